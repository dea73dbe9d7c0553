//! Letting somebody into a group of this house, by whichever door they came: a persona of ours through a page, a partner's
//! persona through its guest persona. Also what is told to a guest's house when the hosts decide something about the guest.

use crate::base::{Id, Iri, Timestamp};
use crate::db::{DbError, Tx};
use crate::federation::actors;
use crate::federation::here::Here;
use crate::federation::outbox::{self, Outgoing};

use super::super::group::Group;
use super::super::membership::store::{guest, save_membership};
use super::super::membership::{self, Asked, Membership, Role, State, Why, Wish};
use super::super::store;
use super::super::wire::{self, Verdict};
use super::GroupError;
use super::inviting::digest_of;

/// Somebody who wants to come in.
#[derive(Clone, Copy, Debug)]
pub struct Entrant<'a> {
    /// When they wished it.
    pub at: Timestamp,
    /// The `Follow` that says so; `None` for personas of this house.
    pub follow: Option<&'a Iri>,
    /// A word to the hosts.
    pub word: &'a str,
    /// The token of an invitation.
    pub invitation: Option<&'a str>,
}

/// What was decided about an entrant.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The decision.
    pub asked: Asked,
    invitation: Option<String>,
}

/// Decides, without changing anything, whether an entrant may come into a group of this house.
pub async fn admit(
    tx: &mut Tx,
    here: &Here,
    group: &Group,
    current: Option<&Membership>,
    entrant: &Entrant<'_>,
) -> Result<Entry, GroupError> {
    let digest = entrant.invitation.and_then(digest_of);
    let invitation = match digest {
        Some(digest) if store::invitation_is_good(tx, &digest, &group.id, here.now).await? => Some(digest),
        _ => None,
    };
    let wish = Wish { at: entrant.at, invited: invitation.is_some() };
    let asked = membership::ask(here.now, group.join, !group.is_open_for_writing(), current, wish);
    Ok(Entry { asked, invitation })
}

impl Entry {
    /// Writes what was decided for `actor` (persona or guest). The membership as it stands afterwards.
    pub async fn settle(
        self,
        tx: &mut Tx,
        here: &Here,
        group: &Group,
        (actor, current): (&Id, Option<Membership>),
        entrant: &Entrant<'_>,
    ) -> Result<Membership, GroupError> {
        let was_in = current.as_ref().is_some_and(Membership::is_active);
        let mut membership = current.unwrap_or_else(|| fresh(here, group, actor));
        if self.asked == Asked::Late {
            return Ok(membership);
        }
        membership.wished_at = entrant.at;
        membership.follow = entrant.follow.cloned();
        membership.changed_at = here.now;
        membership.stays_out = false;
        match self.asked {
            Asked::In | Asked::Paused(_) if was_in => {}
            Asked::In | Asked::Paused(_) => {
                membership.state = State::Active;
                membership.role = Role::Member;
                membership.joined_at = membership.joined_at.or(Some(here.now));
                membership.seen_list_version = group.list_version;
                if matches!(self.asked, Asked::In) {
                    membership.reason.clear();
                }
                if let Some(digest) = &self.invitation {
                    store::use_invitation(tx, digest, &group.id, here.now).await?;
                }
            }
            Asked::Waits => {
                membership.state = State::Pending;
                entrant.word.clone_into(&mut membership.word);
                membership.reason.clear();
                membership.seen_list_version = group.list_version;
            }
            Asked::Refused(Why::Removed) => {}
            Asked::Refused(_) => membership.state = State::Refused,
            Asked::Late => return Ok(membership),
        }
        save_membership(tx, &membership).await?;
        Ok(membership)
    }
}

/// A membership that says nothing yet.
pub(super) fn fresh(here: &Here, group: &Group, actor: &Id) -> Membership {
    Membership {
        id: here.id(),
        group: group.id.clone(),
        actor: actor.clone(),
        role: Role::Member,
        state: State::Resting,
        paused_until: None,
        reason: String::new(),
        word: String::new(),
        follow: None,
        guest_uri: None,
        wished_at: here.now,
        answered_at: Timestamp::EPOCH,
        joined_at: None,
        changed_at: here.now,
        seen_list_version: 0,
        stays_out: false,
    }
}

/// Tells the house of a guest what was decided about the guest. For personas of this house there is nobody to tell.
pub async fn tell(tx: &mut Tx, here: &Here, group: &Group, membership: &Membership, verdict: Verdict<'_>) -> Result<(), DbError> {
    let Some(guest) = guest(tx, &membership.actor).await? else { return Ok(()) };
    let (Some(follow), Some(asker), Some(shown)) =
        (&membership.follow, actors::by_id(tx, &guest.remote_actor).await?, actors::by_id(tx, &guest.actor).await?)
    else {
        return Ok(());
    };
    let request = wire::Request { id: follow, actor: &asker.uri, group: &group.uri };
    send_verdict(tx, here, group, &guest.partner, (request, Some(&shown.uri)), verdict).await
}

/// Sends a decision about one request to the partner it came from.
pub(in super::super) async fn send_verdict(
    tx: &mut Tx,
    here: &Here,
    group: &Group,
    partner: &Id,
    (request, guest): (wire::Request<'_>, Option<&Iri>),
    verdict: Verdict<'_>,
) -> Result<(), DbError> {
    let (follow, asker) = (request.id, request.actor);
    let to = std::slice::from_ref(partner);
    let activity = wire::verdict(here, request, guest, verdict);
    let outgoing = Outgoing { from: &group.id, thread: &group.id, to, activity, about: Some(asker), answers: Some(follow), receipt: false };
    outbox::publish(tx, here, outgoing).await?;
    Ok(())
}
