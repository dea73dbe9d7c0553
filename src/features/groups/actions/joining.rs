//! Joining, leaving and returning. In a group of this house it takes effect at once; in a group of a partner the home is
//! asked, and nothing is seen before it said yes (threats ORG-13).

use crate::base::{Id, Iri, Timestamp};
use crate::db::Tx;
use crate::federation::actors::{self, Actor};
use crate::federation::here::Here;
use crate::federation::outbox::{self, Outgoing};

use super::super::group::Group;
use super::super::membership::store::{hosted_alone, membership_of, save_membership};
use super::super::membership::{self, Asked, Membership, Role, State, Why};
use super::super::standing::may_join;
use super::super::store;
use super::super::wire;
use super::agreeing;
use super::entering::{Entrant, admit, fresh};
use super::{GroupError, locked, persona};

/// What a person brings along when asking to join.
#[derive(Clone, Copy, Debug, Default)]
pub struct Joining<'a> {
    /// A word to the hosts.
    pub word: &'a str,
    /// The token of an invitation.
    pub invitation: Option<&'a str>,
    /// Language of the page on which the readers were shown; empty when it was no page.
    pub lang: &'a str,
    /// The version of the list of readers that the page showed; `None` when it was no page.
    pub saw: Option<i64>,
}

/// What came of asking to join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// In.
    In,
    /// In, but may not write until then.
    Paused(Timestamp),
    /// The hosts, or the home of the group, will answer.
    Waiting,
}

/// A persona of this house joins a group, or returns to it.
pub async fn join(tx: &mut Tx, here: &Here, group: &Id, who: &Id, joining: Joining<'_>) -> Result<Joined, GroupError> {
    let group = locked(tx, group).await?;
    let who = persona(tx, who).await?;
    if actors::is_frozen(tx, &who.id).await? {
        return Err(GroupError::Frozen);
    }
    let current = membership_of(tx, &group.id, &who.id).await?;
    // A yes is to the readers that were shown, and to nobody who came since (care I3).
    if joining.saw.is_some_and(|saw| saw != group.list_version) {
        return Err(GroupError::ReadersChanged);
    }
    agreeing::agrees(tx, here, &group, &who.id, joining.lang).await?;
    if let Some(home) = &group.home {
        return ask_home(tx, here, &group, home, (&who, current), joining).await;
    }
    let at = next_wish(here.now, current.as_ref());
    let entrant = Entrant { at, follow: None, word: joining.word, invitation: joining.invitation };
    let entry = admit(tx, here, &group, current.as_ref(), &entrant).await?;
    let joined = match entry.asked {
        Asked::In | Asked::Late => Joined::In,
        Asked::Paused(until) => Joined::Paused(until),
        Asked::Waits => Joined::Waiting,
        Asked::Refused(Why::Archived) => return Err(GroupError::Archived),
        Asked::Refused(Why::InviteOnly) => return Err(GroupError::InviteOnly),
        Asked::Refused(Why::Removed) => return Err(GroupError::Removed),
    };
    entry.settle(tx, here, &group, (&who.id, current), &entrant).await?;
    Ok(joined)
}

/// A wish is always later than the one before it, so that its order can be told at the other end.
fn next_wish(now: Timestamp, current: Option<&Membership>) -> Timestamp {
    current.map_or(now, |membership| now.later_than(membership.wished_at))
}

async fn ask_home(
    tx: &mut Tx,
    here: &Here,
    group: &Group,
    home: &Id,
    (who, current): (&Actor, Option<Membership>),
    joining: Joining<'_>,
) -> Result<Joined, GroupError> {
    if !group.is_open_for_writing() {
        return Err(GroupError::Archived);
    }
    match current.as_ref().map(|membership| membership.state) {
        Some(State::Active) => return Ok(Joined::In),
        Some(State::Pending) => return Ok(Joined::Waiting),
        Some(State::Removed) => return Err(GroupError::Removed),
        _ => {}
    }
    if let Err(reason) = may_join(tx, &here.origin, group).await? {
        return Err(GroupError::of_policy(reason));
    }
    let at = next_wish(here.now, current.as_ref());
    let mut membership = current.unwrap_or_else(|| fresh(here, group, &who.id));
    let word = joining.invitation.unwrap_or(joining.word);
    let activity = wire::ask(here, &who.uri, &group.uri, word, at);
    let to = std::slice::from_ref(home);
    let outgoing = Outgoing { from: &who.id, thread: &group.id, to, activity, about: Some(&group.uri), answers: None, receipt: false };
    let others = store::organisations(tx, group).await?;
    let onward: Vec<String> = others.into_iter().filter(|other| other.id != here.origin.as_str()).map(|other| other.name).collect();
    membership.follow = Some(outbox::publish_onward(tx, here, outgoing, &onward).await?);
    membership.state = State::Pending;
    membership.role = Role::Member;
    joining.word.clone_into(&mut membership.word);
    membership.reason.clear();
    membership.wished_at = at;
    membership.answered_at = Timestamp::EPOCH;
    membership.changed_at = here.now;
    membership.seen_list_version = group.list_version;
    save_membership(tx, &membership).await?;
    Ok(Joined::Waiting)
}

/// What posts have to do after somebody left.
#[derive(Clone, Debug)]
pub struct Left {
    /// The group.
    pub group: Group,
    /// The persona that left: author of their posts here.
    pub actor: Id,
    /// Whether their posts go too.
    pub delete_posts: bool,
}

/// Leaves a group, or takes a request or an invitation back. Leaving twice is leaving once.
///
/// Deleting the posts is done by posts in the same unit of work; the home of a group accepts a deletion from who has left.
pub async fn leave(tx: &mut Tx, here: &Here, group: &Id, who: &Id, keep_posts: bool) -> Result<Left, GroupError> {
    let group = locked(tx, group).await?;
    let who = persona(tx, who).await?;
    let membership = membership_of(tx, &group.id, &who.id).await?.ok_or(GroupError::NotFound)?;
    let at = next_wish(here.now, Some(&membership));
    let left = Left { group: group.clone(), actor: who.id.clone(), delete_posts: !keep_posts };
    if !goes(tx, &group, &membership, at).await? {
        return Ok(left);
    }
    if is_last_host(tx, &membership).await? {
        return Err(GroupError::LastHost);
    }
    say_goodbye(tx, here, &group, &who, membership, at).await?;
    Ok(left)
}

/// Whether a wish to leave changes anything. Who rests because the group was not for this house for a moment may have a request at
/// the group's home that is answered yet: leaving takes it back all the same. Who was taken out is not brought in any more when the
/// hosts let them back.
async fn goes(tx: &mut Tx, group: &Group, membership: &Membership, at: Timestamp) -> Result<bool, GroupError> {
    match (membership.state, &group.home, &membership.follow) {
        _ if membership::leaves(membership, at) => Ok(true),
        (State::Removed, ..) => Ok(!membership.stays_out),
        (State::Resting, Some(_), Some(follow)) => Ok(outbox::stands(tx, follow).await?),
        _ => Ok(false),
    }
}

/// Brings a membership of ours to rest and takes its request back at the home of the group.
async fn say_goodbye(
    tx: &mut Tx,
    here: &Here,
    group: &Group,
    who: &Actor,
    membership: Membership,
    at: Timestamp,
) -> Result<(), GroupError> {
    if let (Some(home), Some(follow)) = (&group.home, &membership.follow) {
        // A request that has not left does not leave any more: held back by a pause of everything, it would come after what takes
        // it back.
        outbox::withhold_message(tx, follow, here.now).await?;
        let request = wire::Request { id: follow, actor: &who.uri, group: &group.uri };
        let activity = wire::undo(here, request, at);
        let to = std::slice::from_ref(home);
        let outgoing = Outgoing { from: &who.id, thread: &group.id, to, activity, about: Some(&group.uri), answers: None, receipt: false };
        outbox::publish(tx, here, outgoing).await?;
    }
    agreeing::takes_back(tx, here, group, &who.id).await?;
    rests(tx, here, membership, at, None).await
}

/// Takes a persona that was retired or erased out of a group, also if it was the last host: nobody is kept against their will.
pub(super) async fn let_go(tx: &mut Tx, here: &Here, membership: Membership) -> Result<(), GroupError> {
    let group = locked(tx, &membership.group).await?;
    let who = actors::by_id(tx, &membership.actor).await?.ok_or(GroupError::NotFound)?;
    let at = next_wish(here.now, Some(&membership));
    if goes(tx, &group, &membership, at).await? {
        say_goodbye(tx, here, &group, &who, membership, at).await?;
    }
    Ok(())
}

/// Whether nobody else of this house would be left to host this group of ours, which is not archived.
pub(super) async fn is_last_host(tx: &mut Tx, membership: &Membership) -> Result<bool, GroupError> {
    let alone = hosted_alone(tx, std::slice::from_ref(&membership.actor)).await?;
    Ok(alone.iter().any(|group| group.id == membership.group))
}

/// Brings a membership to rest; who was taken out stays so, and is not in when let back. `undone` is the `Follow` that a partner
/// took back.
pub async fn rests(tx: &mut Tx, here: &Here, mut membership: Membership, at: Timestamp, undone: Option<&Iri>) -> Result<(), GroupError> {
    membership.stays_out = membership.state == State::Removed;
    if !membership.stays_out {
        membership.state = State::Resting;
        membership.changed_at = here.now;
    }
    membership.role = Role::Member;
    membership.wished_at = at;
    if let Some(undone) = undone {
        membership.follow = Some(undone.clone());
    }
    save_membership(tx, &membership).await?;
    Ok(())
}

/// The member read the list of organisations and writes on.
pub async fn confirm_readers(
    tx: &mut Tx,
    here: &Here,
    group: &Group,
    mut membership: Membership,
    lang: &str,
) -> Result<Membership, GroupError> {
    agreeing::agrees(tx, here, group, &membership.actor, lang).await?;
    membership.seen_list_version = membership.seen_list_version.max(group.list_version);
    save_membership(tx, &membership).await?;
    Ok(membership)
}
