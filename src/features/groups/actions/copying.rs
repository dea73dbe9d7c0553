//! What a house remembers of a partner's group: a copy of what its home said last. Older news never overwrites newer news,
//! and who is told that the group is no longer shared brings its own members to rest.

use crate::base::html::SafeHtml;
use crate::base::{Id, Timestamp};
use crate::db::Tx;
use crate::federation::actors::{Actor, Kind};
use crate::federation::here::Here;
use crate::federation::policy::Reach;

use super::super::group::{Group, Hours, JoinRule, Organisation};
use super::super::membership::State;
use super::super::membership::store::{ours_in, save_membership};
use super::super::store;
use super::GroupError;

/// What a home says about its group, read and cleaned.
#[derive(Clone, Debug)]
pub struct GroupFacts {
    /// Name.
    pub name: String,
    /// Purpose.
    pub purpose: SafeHtml,
    /// Rules.
    pub rules: Vec<String>,
    /// Answering hours.
    pub hours: Option<Hours>,
    /// Language tag.
    pub language: String,
    /// Name of the host.
    pub host_name: String,
    /// Who may join.
    pub join: JoinRule,
    /// Organisations it is shared with.
    pub shared_with: Vec<Organisation>,
    /// For reading only.
    pub archived: bool,
    /// When the home said so.
    pub updated: Timestamp,
}

/// Takes over what the home says about its group. The group; `None` when it was never shared with this house: then
/// nothing that the home says about it is kept.
///
/// The caller has checked that the facts come from `actor`.
pub async fn learn(tx: &mut Tx, here: &Here, home: &Id, actor: &Actor, facts: &GroupFacts) -> Result<Option<Group>, GroupError> {
    if actor.kind != Kind::Group || actor.partner.as_ref() != Some(home) {
        return Err(GroupError::NotFound);
    }
    tx.lock(&format!("group {}", actor.id)).await?;
    let known = store::load(tx, &actor.id).await?;
    let shared = Group::names(&facts.shared_with, &here.origin);
    let mut group = match known {
        Some(group) if group.updated_at >= facts.updated => return Ok(Some(group)),
        Some(group) => group,
        None if !shared => {
            // Only that there is nothing for us is remembered, so that older news that comes later changes nothing.
            let nothing = Group { ended_at: Some(here.now), listed: false, updated_at: facts.updated, ..unknown(here, home, actor) };
            store::save(tx, &nothing).await?;
            return Ok(None);
        }
        None => unknown(here, home, actor),
    };
    let grew = facts.shared_with.iter().any(|new| !group.shared_with.iter().any(|old| old.id == new.id));
    let first = group.shared_with.is_empty();
    if grew && !first {
        group.list_version += 1;
        group.shared_with_changed_at = Some(here.now);
    }
    group.listed = true;
    group.name.clone_from(&facts.name);
    group.purpose_html = facts.purpose.clone();
    group.rules.clone_from(&facts.rules);
    group.hours.clone_from(&facts.hours);
    group.language.clone_from(&facts.language);
    group.host_name.clone_from(&facts.host_name);
    group.join = facts.join;
    group.archived_at = facts.archived.then(|| group.archived_at.unwrap_or(facts.updated));
    group.ended_at = (!shared).then(|| group.ended_at.unwrap_or(here.now));
    group.shared_with.clone_from(&facts.shared_with);
    group.updated_at = facts.updated;
    store::save(tx, &group).await?;
    if group.ended_at.is_some() {
        bring_to_rest(tx, here, &group).await?;
    }
    Ok(Some(group))
}

/// Our members of a partner's group rest: it is no longer for this house.
pub(super) async fn bring_to_rest(tx: &mut Tx, here: &Here, group: &Group) -> Result<(), GroupError> {
    for mut membership in ours_in(tx, &group.id).await? {
        membership.state = State::Resting;
        membership.changed_at = here.now;
        save_membership(tx, &membership).await?;
    }
    Ok(())
}

fn unknown(here: &Here, home: &Id, actor: &Actor) -> Group {
    Group {
        id: actor.id.clone(),
        uri: actor.uri.clone(),
        home: Some(home.clone()),
        name: String::new(),
        purpose: String::new(),
        purpose_html: SafeHtml::default(),
        rules: Vec::new(),
        hours: None,
        language: String::new(),
        host_name: String::new(),
        join: JoinRule::Ask,
        reach: Reach::Partners,
        listed: true,
        archived_at: None,
        ended_at: None,
        shared_with: Vec::new(),
        list_version: 1,
        shared_with_changed_at: None,
        founded_at: here.now,
        updated_at: Timestamp::EPOCH,
    }
}
