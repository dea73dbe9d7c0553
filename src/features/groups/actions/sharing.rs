//! Who reads a group of this house besides the house: choosing partners, and telling them and each other
//! (groups.md row 14, design D3). Members are told first; a partner gets only what is written after it was added.

use std::collections::BTreeSet;

use crate::base::Id;
use crate::db::{DbError, Tx};
use crate::federation::actors;
use crate::federation::audience::Audience;
use crate::federation::here::Here;
use crate::federation::outbox::{self, Outgoing};
use crate::federation::partners::{self, Partner};
use crate::federation::policy::{self, Action, Between, Decision, Facts, Principal, Reach, Reason, Standing};
use crate::federation::rules;

use super::super::group::Group;
use super::super::membership::State;
use super::super::membership::store::{guests_of_partner, partners_with_members, save_membership};
use super::super::store;
use super::super::wire;
use super::{GroupError, Need, acting, recording};

/// Sets the partners a group is shared with; none: it stays in this house. Returns the group as it then is.
///
/// What was written before stays with whom it was written for: an audience is fixed when a post is written.
pub async fn set_readers(tx: &mut Tx, here: &Here, group: &Id, by: &Id, wanted: &[Id]) -> Result<Group, GroupError> {
    let (mut group, who) = acting(tx, here, group, by, Need::Host).await?;
    let before: BTreeSet<Id> = store::sharing_partners(tx, &group.id).await?.into_iter().collect();
    let wanted: BTreeSet<Id> = wanted.iter().cloned().collect();
    let removed: Vec<Id> = before.difference(&wanted).cloned().collect();
    let added: Vec<Id> = wanted.difference(&before).cloned().collect();
    if removed.is_empty() && added.is_empty() {
        return Ok(group);
    }
    for partner in &added {
        begin(tx, here, &group.id, partner).await?;
    }
    for partner in &removed {
        end(tx, here, &group, partner).await?;
    }
    group.reach = if wanted.is_empty() { Reach::House } else { Reach::Partners };
    if !added.is_empty() {
        group.list_version += 1;
        group.shared_with_changed_at = Some(here.now);
    }
    announce(tx, here, &mut group, &removed).await?;
    recording::readers(tx, here, (&group, &who), (&added, &removed)).await?;
    Ok(group)
}

/// Begins sharing with one partner, if agreement, declaration and rules let it.
pub(super) async fn begin(tx: &mut Tx, here: &Here, group: &Id, partner: &Id) -> Result<(), GroupError> {
    let known = partners::by_id(tx, partner).await?.ok_or(GroupError::NoPartner)?;
    let rules = rules::load(tx).await?;
    let declared = rules::has_declared(tx, partner).await?;
    if let Some(reason) = refusal(&may_read(&rules::between(&known, &rules, declared, Some(group)))) {
        return Err(GroupError::of_policy(reason));
    }
    store::begin_sharing(tx, group, partner, here.now).await?;
    Ok(())
}

/// Whether a group of this house may be shared with the partner of `between`.
pub fn may_read(between: &Between<'_>) -> Decision {
    let nobody = Audience::house();
    let facts = Facts {
        reach: Reach::Partners,
        listed: true,
        shared_with: &nobody,
        audience: None,
        standing: Standing::None,
        archived: false,
        between: Some(*between),
    };
    policy::decide(&Principal::Partner(between.partner.id.clone()), Action::Share, &facts)
}

fn refusal(decision: &Decision) -> Option<Reason> {
    if decision.allow { None } else { Some(decision.reasons.first().copied().unwrap_or(Reason::Ruled)) }
}

/// Ends sharing one group of this house with one partner, because a rule now says so. Tells all who read it.
pub async fn stop_sharing(tx: &mut Tx, here: &Here, group: &Id, partner: &Id) -> Result<(), GroupError> {
    let mut group = super::locked(tx, group).await?;
    end(tx, here, &group, partner).await?;
    if store::sharing_partners(tx, &group.id).await?.is_empty() {
        group.reach = Reach::House;
    }
    announce(tx, here, &mut group, std::slice::from_ref(partner)).await?;
    Ok(())
}

/// Ends sharing with one partner: its members' guest personas rest, requests of its people are closed.
pub(super) async fn end(tx: &mut Tx, here: &Here, group: &Group, partner: &Id) -> Result<(), GroupError> {
    store::end_sharing(tx, &group.id, partner, here.now).await?;
    // What was written for it and has not left yet stays here (threats AUD-28); deletions still go.
    outbox::keep_back(tx, partner, &group.id, here.now).await?;
    for mut membership in guests_of_partner(tx, &group.id, partner).await? {
        membership.state = State::Resting;
        membership.changed_at = here.now;
        save_membership(tx, &membership).await?;
    }
    Ok(())
}

/// Writes the group with a new `updated` and tells every partner it is shared with, and those in `also`, how it is now.
pub(super) async fn announce(tx: &mut Tx, here: &Here, group: &mut Group, also: &[Id]) -> Result<(), DbError> {
    group.updated_at = group.next_update(here.now);
    store::save(tx, group).await?;
    let mut to = listed_at(tx, group).await?;
    to.extend_from_slice(also);
    if to.is_empty() {
        return Ok(());
    }
    let Some(actor) = actors::by_id(tx, &group.id).await? else { return Ok(()) };
    let readers = store::organisations(tx, group).await?;
    let activity = wire::update(here, group, &actor, readers);
    let outgoing =
        Outgoing { from: &group.id, thread: &group.id, to: &to, activity, about: Some(&group.uri), answers: None, receipt: false };
    outbox::publish(tx, here, outgoing).await?;
    Ok(())
}

/// Who hears how a group is: partners in whose list of groups it may stand, and those whose people are in it already.
async fn listed_at(tx: &mut Tx, group: &Group) -> Result<Vec<Id>, DbError> {
    let sharing = store::sharing_partners(tx, &group.id).await?;
    if sharing.is_empty() {
        return Ok(sharing);
    }
    let rules = rules::load(tx).await?;
    let inside = partners_with_members(tx, &group.id).await?;
    let shared = Audience::of_partners(sharing.iter().cloned());
    let mut to = Vec::with_capacity(sharing.len());
    for id in sharing {
        let Some(known) = partners::by_id(tx, &id).await? else { continue };
        // A pause does not change what a partner may know; what it is told waits until the pause is over.
        let known = Partner { state: partners::State::Active, ..known };
        let facts = Facts {
            reach: Reach::Partners,
            listed: true,
            shared_with: &shared,
            audience: None,
            standing: Standing::None,
            archived: false,
            between: Some(rules::between(&known, &rules, true, Some(&group.id))),
        };
        if inside.contains(&id) || policy::decide(&Principal::Partner(id.clone()), Action::List, &facts).allow {
            to.push(id);
        }
    }
    Ok(to)
}
