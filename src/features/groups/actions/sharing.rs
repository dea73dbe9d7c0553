//! Who reads a group of this house besides the house: choosing partners, and telling them and each other
//! (groups.md row 14, design D3). Members are told first; a partner gets only what is written after it was added.

use std::collections::BTreeSet;

use crate::base::Id;
use crate::db::{DbError, Tx};
use crate::federation::actors;
use crate::federation::here::Here;
use crate::federation::outbox::{self, Outgoing};
use crate::federation::partners;
use crate::federation::policy::Reach;

use super::super::group::Group;
use super::super::membership::State;
use super::super::membership::store::{guests_of_partner, save_membership};
use super::super::store;
use super::super::wire;
use super::{GroupError, Need, acting};

/// Sets the partners a group is shared with; none: it stays in this house. Returns the group as it then is.
///
/// What was written before stays with whom it was written for: an audience is fixed when a post is written.
pub async fn set_readers(tx: &mut Tx, here: &Here, group: &Id, by: &Id, wanted: &[Id]) -> Result<Group, GroupError> {
    let (mut group, _) = acting(tx, here, group, by, Need::Host).await?;
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
    Ok(group)
}

/// Begins sharing with one partner, which must be active.
pub(super) async fn begin(tx: &mut Tx, here: &Here, group: &Id, partner: &Id) -> Result<(), GroupError> {
    let known = partners::by_id(tx, partner).await?.ok_or(GroupError::NoPartner)?;
    if known.state != partners::State::Active {
        return Err(GroupError::NoPartner);
    }
    store::begin_sharing(tx, group, partner, here.now).await?;
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
    let mut to = store::sharing_partners(tx, &group.id).await?;
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
