//! Telling partners that somebody who takes part has another name now, so that the old one does not stay on their pages: a
//! persona of this house, or the guest persona of somebody elsewhere. Said only where the persona is known: to the homes of
//! the groups it took part in, and to the houses that read groups of ours it takes part in.

use std::collections::BTreeSet;

use crate::base::{Id, Timestamp};
use crate::db::Tx;
use crate::federation::actors::{self, Actor};
use crate::federation::here::Here;
use crate::federation::outbox::{self, Outgoing};

use super::super::membership::store::{all_of, guest, guests_of_person, stewards};
use super::super::membership::{Membership, Role, State};
use super::super::store;
use super::super::wire;
use super::GroupError;
use super::locked;
use super::sharing::announce;

/// Says to every partner that knows this persona or guest of ours how it is called now, and puts the new name where a group
/// of ours names its host.
///
/// # Errors
/// Database trouble.
pub async fn tell_name(tx: &mut Tx, here: &Here, who: &Id) -> Result<(), GroupError> {
    let Some(actor) = actors::by_id(tx, who).await?.filter(|actor| actor.partner.is_none() && !actor.gone) else { return Ok(()) };
    // A guest's own house said it first.
    let already = guest(tx, who).await?.map(|guest| guest.partner);
    let mut to = BTreeSet::new();
    for membership in all_of(tx, who).await? {
        to.extend(readers(tx, &membership).await?);
        host_name(tx, here, &membership).await?;
    }
    let to: Vec<Id> = to.into_iter().filter(|partner| Some(partner) != already.as_ref()).collect();
    let activity = wire::renamed(here, &actor);
    let outgoing = Outgoing { from: who, thread: who, to: &to, activity, about: Some(&actor.uri), answers: None, receipt: false };
    outbox::publish(tx, here, outgoing).await?;
    Ok(())
}

/// Who knows a name through this membership: the group's home, or the partners that read a group of ours.
async fn readers(tx: &mut Tx, membership: &Membership) -> Result<Vec<Id>, GroupError> {
    if membership.state == State::Invited {
        return Ok(Vec::new());
    }
    let Some(group) = store::load(tx, &membership.group).await? else { return Ok(Vec::new()) };
    match group.home {
        Some(home) => Ok(vec![home]),
        None => Ok(store::reading_partners(tx, &group.id).await?),
    }
}

/// The old name of a host is on the group's page: the name of a host as it is now takes its place.
async fn host_name(tx: &mut Tx, here: &Here, membership: &Membership) -> Result<(), GroupError> {
    if membership.role != Role::Host || !membership.is_active() {
        return Ok(());
    }
    let mut group = locked(tx, &membership.group).await?;
    if !group.is_local() {
        return Ok(());
    }
    let hosts = stewards(tx, &group.id).await?.into_iter().filter(|person| person.membership.role == Role::Host);
    let names: Vec<String> = hosts.map(|host| host.name).collect();
    if names.contains(&group.host_name) {
        return Ok(());
    }
    let Some(first) = names.into_iter().next() else { return Ok(()) };
    group.host_name = first;
    Ok(announce(tx, here, &mut group, &[]).await?)
}

/// A partner says that a person of theirs has another name: it and the guest personas kept for it are called so from now on,
/// and the partners that know the guests are told. `at` is when they said so: what is older than the last word is no news, however late
/// it comes. Says whether it was the last word.
///
/// # Errors
/// Database trouble.
pub async fn heard_name(tx: &mut Tx, here: &Here, theirs: &Actor, (name, at): (&str, Timestamp)) -> Result<bool, GroupError> {
    if !actors::hear_name(tx, &theirs.id, name, at).await? {
        return Ok(false);
    }
    if theirs.name == name {
        return Ok(true);
    }
    for guest in guests_of_person(tx, &theirs.id).await? {
        actors::rename(tx, &guest, name).await?;
        tell_name(tx, here, &guest).await?;
    }
    Ok(true)
}
