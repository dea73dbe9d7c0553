//! Where an asker stands with a group, and what follows for seeing, writing and copying. It reads the facts and lets
//! [`policy::decide`] decide; it makes no exception of its own.

use crate::base::{Id, Origin, Timestamp};
use crate::db::{Conn, DbError};
use crate::federation::audience::Audience;
use crate::federation::partners;
use crate::federation::policy::{self, Action, Between, Facts, Principal, Reason, Standing, Visible};
use crate::federation::rules;

use super::group::Group;
use super::membership::store::memberships_of;
use super::membership::{Membership, State};
use super::store;

/// The facts about one asker and one group, read once and good for many things in the group.
#[derive(Clone, Debug)]
pub struct Footing {
    shared_with: Audience,
    standing: Standing,
    /// The asker's memberships in the group, the most useful first.
    pub memberships: Vec<Membership>,
}

impl Footing {
    /// What the policy decides on; `audience` is that of one post, or `None` for the group itself.
    pub fn facts<'a>(&'a self, group: &Group, audience: Option<&'a Audience>) -> Facts<'a> {
        Facts {
            reach: group.reach,
            listed: group.is_findable(),
            shared_with: &self.shared_with,
            audience,
            standing: self.standing,
            archived: !group.is_open_for_writing(),
            between: None,
        }
    }

    /// The membership through which the asker takes part, if they do.
    pub fn active(&self) -> Option<&Membership> {
        self.memberships.iter().find(|membership| membership.is_active())
    }

    /// The membership with which the asker may write now.
    pub fn writing(&self, now: Timestamp) -> Option<&Membership> {
        self.memberships.iter().find(|membership| membership.may_write(now))
    }
}

/// Reads where `principal` stands with `group`.
pub async fn footing(conn: &mut Conn, principal: &Principal, group: &Group) -> Result<Footing, DbError> {
    let shared_with = Audience::of_partners(store::active_partners(conn, &group.id).await?);
    let mut memberships = match principal {
        Principal::Member { personas } => memberships_of(conn, &group.id, personas).await?,
        Principal::Anonymous | Principal::Partner(_) => Vec::new(),
    };
    memberships.sort_by_key(|membership| (usefulness(membership), std::cmp::Reverse(membership.role)));
    // What a person sees does not change with a pause; whether one lasts is asked when they write.
    let standing = memberships.first().map_or(Standing::None, without_pause);
    Ok(Footing { shared_with, standing, memberships })
}

fn usefulness(membership: &Membership) -> u8 {
    match membership.state {
        State::Active if membership.paused_until.is_none() => 0,
        State::Active => 1,
        State::Invited => 2,
        State::Pending => 3,
        State::Resting => 4,
        State::Refused => 5,
        State::Removed => 6,
    }
}

/// How the policy sees a person now.
pub fn standing_of(membership: &Membership, now: Timestamp) -> Standing {
    match without_pause(membership) {
        Standing::Active if membership.paused(now).is_some() => Standing::Paused,
        standing => standing,
    }
}

fn without_pause(membership: &Membership) -> Standing {
    match membership.state {
        State::Active => Standing::Active,
        State::Invited | State::Pending => Standing::Concerned,
        State::Resting | State::Refused | State::Removed => Standing::None,
    }
}

/// The group, if this principal may know of it; otherwise what a group that does not exist gives.
pub async fn visible(conn: &mut Conn, principal: &Principal, id: &Id) -> Result<Option<Visible<Group>>, DbError> {
    let Some(group) = store::load(conn, id).await? else { return Ok(None) };
    let footing = footing(conn, principal, &group).await?;
    let facts = footing.facts(&group, None);
    // A group of a partner is told about by its home alone.
    if !group.is_local() && matches!(principal, Principal::Partner(_) | Principal::Anonymous) {
        return Ok(None);
    }
    Ok(policy::visible_to(principal, &facts, group.clone()))
}

/// Who may store what is written in `group` now: the partners it is shared with (to a paused one it goes after the pause), and for a reply nobody whom `parent` leaves out.
///
/// In a group of a partner it is that partner alone: its home decides whom it tells (design D2).
pub async fn audience_for(conn: &mut Conn, group: &Group, parent: Option<&Audience>) -> Result<Audience, DbError> {
    if let Some(home) = &group.home {
        return Ok(Audience::of_partners([home.clone()]));
    }
    let reading = store::reading_partners(conn, &group.id).await?;
    Ok(audience_among(&reading, parent))
}

/// The same for a group of this house whose active partners were read already.
pub fn audience_among(active: &[Id], parent: Option<&Audience>) -> Audience {
    let now = Audience::of_partners(active.iter().cloned());
    parent.map_or_else(|| now.clone(), |parent| now.meet(parent))
}

/// Why people of this house may not join a group of a partner now, if the partnership or the rules say no. A group of this
/// house asks its own hosts only.
pub async fn may_join(conn: &mut Conn, ours: &Origin, group: &Group) -> Result<Result<(), Reason>, DbError> {
    let Some(home) = &group.home else { return Ok(Ok(())) };
    let Some(partner) = partners::by_id(conn, home).await? else { return Ok(Err(Reason::EndedPartner)) };
    let rules = rules::load(conn).await?;
    let named: Vec<String> = group.shared_with.iter().map(|organisation| organisation.id.clone()).collect();
    let others = rules::others(conn, &rules, &partner, ours, &named).await?;
    let between = Between { others, ..rules::between(&partner, &rules, true, Some(&group.id)) };
    let nobody = Audience::house();
    let facts = Facts {
        reach: group.reach,
        listed: true,
        shared_with: &nobody,
        audience: None,
        standing: Standing::None,
        archived: false,
        between: Some(between),
    };
    let decision = policy::decide(&Principal::Member { personas: Vec::new() }, Action::Join, &facts);
    Ok(if decision.allow { Ok(()) } else { Err(decision.reasons.first().copied().unwrap_or(Reason::Ruled)) })
}

/// Whether the list of readers grew since this member last confirmed it: the writing box then asks once more (groups.md, 7).
pub fn must_confirm(group: &Group, membership: &Membership) -> bool {
    membership.seen_list_version < group.list_version
}
