//! Founding a group in this house, changing what it says about itself, closing it for writing and opening it again.
//! Every change is told to the partners it is shared with, in the same unit of work.

use crate::base::Id;
use crate::db::{DbError, Tx};
use crate::federation::actors::{self, Kind};
use crate::federation::here::Here;
use crate::federation::keys::KeyPair;
use crate::federation::policy::Reach;

use super::super::group::{Charter, Group};
use super::super::membership::store::{save_membership, stewards};
use super::super::membership::{Role, State};
use super::super::store;
use super::agreeing::agrees;
use super::entering::fresh;
use super::sharing::{announce, begin};
use super::{GroupError, Need, acting, persona, recording};

/// A group to be founded.
#[derive(Clone, Copy, Debug)]
pub struct Founding<'a> {
    /// What it says about itself.
    pub charter: &'a Charter,
    /// Persona of this house that founds it and becomes its host.
    pub founder: &'a Id,
    /// How far it reaches.
    pub reach: Reach,
    /// Row ids of the partners it is shared with; empty unless the reach is *Partners*.
    pub partners: &'a [Id],
}

/// Founds a group. The key was made before the unit of work began.
pub async fn create(tx: &mut Tx, here: &Here, key: &KeyPair, founding: Founding<'_>) -> Result<Group, GroupError> {
    if founding.reach == Reach::Everyone {
        return Err(GroupError::NotEveryone);
    }
    let founder = persona(tx, founding.founder).await?;
    let charter = founding.charter;
    let actor = actors::create_local(tx, here, Kind::Group, charter.name.as_str(), key).await?;
    let mut group = Group {
        id: actor.id,
        uri: actor.uri,
        home: None,
        name: charter.name.as_str().to_owned(),
        purpose: charter.purpose.clone(),
        purpose_html: charter.purpose_html(),
        rules: charter.rules.clone(),
        hours: charter.hours.clone(),
        language: charter.language.clone(),
        host_name: founder.name,
        join: charter.join,
        reach: founding.reach,
        listed: charter.listed,
        archived_at: None,
        ended_at: None,
        shared_with: Vec::new(),
        list_version: 1,
        shared_with_changed_at: None,
        founded_at: here.now,
        updated_at: here.now,
    };
    store::save(tx, &group).await?;
    let mut host = fresh(here, &group, &founder.id);
    host.state = State::Active;
    host.role = Role::Host;
    host.joined_at = Some(here.now);
    host.seen_list_version = group.list_version;
    save_membership(tx, &host).await?;
    if group.reach == Reach::Partners && !founding.partners.is_empty() {
        for partner in founding.partners {
            begin(tx, here, &group.id, partner).await?;
        }
        announce(tx, here, &mut group, &[]).await?;
        recording::readers(tx, here, (&group, &host), (founding.partners, &[])).await?;
        agrees(tx, here, &group, &founder.id, "").await?;
    }
    Ok(group)
}

/// Changes what a group says about itself.
pub async fn edit(tx: &mut Tx, here: &Here, group: &Id, by: &Id, charter: &Charter) -> Result<Group, GroupError> {
    let (mut group, _) = acting(tx, here, group, by, Need::Host).await?;
    if group.name != charter.name.as_str() {
        actors::rename(tx, &group.id, charter.name.as_str()).await?;
    }
    charter.name.as_str().clone_into(&mut group.name);
    group.purpose.clone_from(&charter.purpose);
    group.purpose_html = charter.purpose_html();
    group.rules.clone_from(&charter.rules);
    group.hours.clone_from(&charter.hours);
    group.language.clone_from(&charter.language);
    group.join = charter.join;
    group.listed = charter.listed;
    announce(tx, here, &mut group, &[]).await?;
    Ok(group)
}

/// Closes a group for writing and joining; what is in it stays to be read.
pub async fn archive(tx: &mut Tx, here: &Here, group: &Id, by: &Id) -> Result<Group, GroupError> {
    let (mut group, _) = acting(tx, here, group, by, Need::Host).await?;
    if group.archived_at.is_none() {
        group.archived_at = Some(here.now);
        announce(tx, here, &mut group, &[]).await?;
    }
    Ok(group)
}

/// Opens an archived group again.
pub async fn reopen(tx: &mut Tx, here: &Here, group: &Id, by: &Id) -> Result<Group, GroupError> {
    let (mut group, _) = acting(tx, here, group, by, Need::Host).await?;
    if group.archived_at.is_some() {
        group.archived_at = None;
        announce(tx, here, &mut group, &[]).await?;
    }
    Ok(group)
}

/// Keeps the name of the host on the group's page true after hosts changed.
pub(super) async fn name_host(tx: &mut Tx, here: &Here, group: &mut Group) -> Result<(), DbError> {
    let hosts = stewards(tx, &group.id).await?;
    let name = hosts.iter().find(|person| person.membership.role == Role::Host).map(|person| person.name.clone());
    match name {
        Some(name) if name != group.host_name => {
            group.host_name = name;
            announce(tx, here, group, &[]).await
        }
        _ => Ok(()),
    }
}
