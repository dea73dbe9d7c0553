//! What is done about a deletion a second time: said again to a house that has not confirmed it, and applied again after the
//! database was put back to an older copy. Neither brings anything to anybody who did not have it.

use crate::base::{Id, Iri};
use crate::db::{DbError, Tx};
use crate::features::groups;
use crate::federation::activity::{Outbound, Shape};
use crate::federation::here::Here;
use crate::federation::objects::{self, Erasure};
use crate::federation::outbox::{self, Outgoing};
use crate::federation::{actors, ledger, partners};

use super::super::post::State;
use super::super::store::{self, Hiding, timeline};
use super::super::wire;
use super::{PostError, away, home, thread};

/// Says once more to one partner that a post is gone. False when there is no such deletion.
///
/// # Errors
/// Database trouble.
pub async fn tell_again(tx: &mut Tx, here: &Here, thing: &Iri, to: &Id) -> Result<bool, PostError> {
    let found = match store::by_uri(tx, thing).await? {
        Some(post) => Some(post),
        None => store::by_origin_uri(tx, thing).await?,
    };
    let Some(post) = found else { return Ok(false) };
    thread::lock(tx, &post.group).await?;
    let Some(post) = store::by_id(tx, &post.id).await? else { return Ok(false) };
    let Some(group) = groups::load(tx, &post.group).await? else { return Ok(false) };
    match post.state {
        State::Deleted | State::Removed if group.is_local() => home::delete_again(tx, here, &group, &post, to).await,
        State::Deleted | State::Withdrawn | State::Removed if group.home.as_ref() == Some(to) => {
            away::delete_again(tx, here, &group, &post).await
        }
        _ => Ok(false),
    }
}

/// Makes sure that what was deleted under this address is gone, whatever an older copy of the database says. Nobody is told:
/// they were, when it happened. True when something had come back.
///
/// # Errors
/// Database trouble.
pub async fn erase_again(tx: &mut Tx, here: &Here, thing: &Iri) -> Result<bool, DbError> {
    objects::bury(tx, thing, here.now).await?;
    let found = match store::by_uri(tx, thing).await? {
        Some(post) => Some(post),
        None => store::by_origin_uri(tx, thing).await?,
    };
    let Some(post) = found else { return Ok(false) };
    match post.state {
        State::Deleted | State::Withdrawn if post.source.is_empty() => return Ok(false),
        State::Deleted | State::Withdrawn => store::erase_text(tx, &post.id, here.now).await?,
        _ => {
            let hiding = Hiding { state: State::Deleted, reason: "", at: post.next_update(here.now), keep_until: None };
            store::hide(tx, &post.id, &hiding).await?;
            store::relist(tx, &post.root).await?;
        }
    }
    Ok(true)
}

/// Says a deletion of which this copy of the database knows nothing to everybody who may have the post: of a group of this house
/// to who was told of it or reads the group, else to the group's home, in the name of its writer. What such a house does not have
/// it remembers as gone. False when nobody can be told: the line names no group, or the writer is not known here either.
///
/// # Errors
/// Database trouble.
pub async fn say_lost(tx: &mut Tx, here: &Here, line: &Erasure) -> Result<bool, DbError> {
    let (Ok(thing), Ok(group_uri)) = (Iri::parse(&line.subject), Iri::parse(&line.group_uri)) else { return Ok(false) };
    if thing.origin() != here.origin {
        return Ok(false);
    }
    let group = groups::by_uri(tx, &group_uri).await?;
    if let Some(group) = group.as_ref().filter(|group| group.is_local()) {
        let mut to = ledger::holders(tx, &thing).await?;
        to.extend(groups::partners_with_members(tx, &group.id).await?);
        to.sort();
        to.dedup();
        let activity = wire::announce_delete(here, group, &thing, Some(line.writer_uri.as_str()).filter(|writer| !writer.is_empty()));
        return say(tx, here, (&group.id, &group.id, &thing), &to, activity).await;
    }
    let home = match &group {
        Some(group) => group.home.clone(),
        None => partners::by_origin(tx, &group_uri.origin()).await?.map(|home| home.id),
    };
    let writer = match Iri::parse(&line.writer_uri) {
        Ok(writer) => actors::by_uri(tx, &writer).await?.filter(actors::Actor::is_local),
        Err(_) => None,
    };
    let (Some(home), Some(writer)) = (home, writer) else { return Ok(false) };
    let thread = group.map_or_else(|| writer.id.clone(), |group| group.id);
    let activity = wire::delete(here, &group_uri, &writer.uri, &thing, "");
    say(tx, here, (&writer.id, &thread, &thing), std::slice::from_ref(&home), activity).await
}

async fn say<T: Shape>(
    tx: &mut Tx,
    here: &Here,
    (from, thread, thing): (&Id, &Id, &Iri),
    to: &[Id],
    activity: Outbound<T>,
) -> Result<bool, DbError> {
    let outgoing = Outgoing { from, thread, to, activity, about: Some(thing), answers: None, receipt: true };
    let change = outbox::publish(tx, here, outgoing).await?;
    let post = match store::by_uri(tx, thing).await? {
        Some(post) => Some(post),
        None => store::by_origin_uri(tx, thing).await?,
    };
    if let Some(post) = post {
        let told = if from == thread { i64::from(outbox::receipts(tx, &change).await?.told) } else { 0 };
        store::set_change(tx, &post.id, &change, told, 0).await?;
    }
    Ok(!to.is_empty())
}

/// Takes away what is held here as a copy of somebody of a partner who is gone. Their own house has told everybody else.
///
/// # Errors
/// Database trouble.
pub async fn forget_copies(tx: &mut Tx, here: &Here, author: &Id) -> Result<(), DbError> {
    for id in timeline::all_by(tx, author).await? {
        let Some(post) = store::by_id(tx, &id).await? else { continue };
        thread::lock(tx, &post.group).await?;
        let hiding = Hiding { state: State::Deleted, reason: "", at: post.next_update(here.now), keep_until: None };
        store::hide(tx, &post.id, &hiding).await?;
        store::relist(tx, &post.root).await?;
    }
    Ok(())
}
