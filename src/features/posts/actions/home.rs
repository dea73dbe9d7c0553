//! Posts in groups of this house: published under our own address, told to the partners of their audience that have members
//! in the group, changed and hidden for all of them at once. Own personas and guests are the same to this module.

use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::features::groups::{self, Group};
use crate::federation::actors;
use crate::federation::audience::Audience;
use crate::federation::here::Here;
use crate::federation::ledger;
use crate::federation::outbox::{self, Outgoing};

use super::super::post::{APPEAL, Post, State, Text, UNDO};
use super::super::store::{self, Hiding, New};
use super::super::wire;
use super::thread::{self, Place};
use super::{PostError, away};

/// What somebody wrote, ready to be published.
pub(in crate::features::posts) struct Writing<'a> {
    /// Persona or guest.
    pub author: &'a Id,
    /// The text.
    pub text: &'a Text,
    /// Where it hangs.
    pub place: Place,
    /// From another house: its id there, the Create that brought it, and its `updated` there.
    pub origin: Option<Origin<'a>>,
    /// The writer's deleted post that it brings back.
    pub replaces: Option<&'a Post>,
    /// From another house: the partners that its writer was told of. `None`: those that read the group now.
    pub among: Option<&'a [Id]>,
}

/// What the writer's house calls a post. Stays here.
pub(in crate::features::posts) struct Origin<'a> {
    pub uri: &'a Iri,
    pub create: &'a Iri,
    pub updated: Timestamp,
}

/// Publishes a post: stored, then shared.
pub(in crate::features::posts) async fn publish(tx: &mut Tx, here: &Here, group: &Group, writing: Writing<'_>) -> Result<Post, PostError> {
    let taken = take(tx, here, group, writing).await?;
    share(tx, here, group, &taken).await?;
    Ok(taken.post)
}

/// A post that was stored and is not shared yet.
pub(in crate::features::posts) struct Taken {
    /// The post.
    pub post: Post,
    audience: Audience,
    announce: Iri,
}

/// Makes a text an own post: row, audience, place in its thread, notices. Nothing is sent yet.
pub(in crate::features::posts) async fn take(tx: &mut Tx, here: &Here, group: &Group, writing: Writing<'_>) -> Result<Taken, PostError> {
    let audience = audience_of(tx, group, &writing).await?;
    let key = audience.stored(tx).await?;
    let id = here.id();
    let (uri, announce) = (here.object_uri(&id), here.activity_uri());
    let root = writing.place.root.as_ref().map_or_else(|| id.clone(), |root| root.id.clone());
    let parent = writing.place.parent.as_ref();
    let created = writing.replaces.map_or(here.now, |old| old.created_at);
    let new = New {
        id: &id,
        group: &group.id,
        author: writing.author,
        uri: Some(&uri),
        origin_uri: writing.origin.as_ref().map(|origin| origin.uri),
        create_uri: writing.origin.as_ref().map(|origin| origin.create),
        announce: Some(&announce),
        parent: parent.map(|parent| &parent.id),
        parent_uri: parent.and_then(|parent| parent.uri.as_ref()),
        root: &root,
        replaces: writing.replaces.and_then(|old| old.uri.as_ref()),
        text: writing.text,
        state: State::Posted,
        audience: Some(&key),
        readers: &[],
        created_at: created,
        updated_at: here.now.max(created),
        origin_updated_at: writing.origin.as_ref().map_or(Timestamp::EPOCH, |origin| origin.updated),
        edited_at: writing.replaces.and_then(|old| old.edited_at),
        pinned: false,
        closed: writing.replaces.is_some_and(|old| old.closed),
    };
    if !store::insert(tx, &new).await? {
        return Err(PostError::Db(store::corrupt()));
    }
    let post = store::by_id(tx, &id).await?.ok_or_else(store::corrupt)?;
    if let Some(old) = writing.replaces {
        store::erase_text(tx, &old.id, here.now).await?;
        thread::take_place(tx, old, &post).await?;
    }
    thread::settle_new(tx, &post, writing.text).await?;
    Ok(Taken { post, audience, announce })
}

/// Tells the partners of a new post's audience that have members in the group.
pub(in crate::features::posts) async fn share(tx: &mut Tx, here: &Here, group: &Group, taken: &Taken) -> Result<(), PostError> {
    let Taken { post, audience, announce } = taken;
    let to: Vec<Id> =
        groups::partners_with_members(tx, &group.id).await?.into_iter().filter(|partner| audience.contains(partner)).collect();
    let note = note_of(tx, group, post).await?;
    let activity = wire::announce_create(announce.clone(), group, note);
    let about = post.uri.as_ref();
    let outgoing = Outgoing { from: &group.id, thread: &group.id, to: &to, activity, about, answers: None, receipt: false };
    outbox::publish(tx, here, outgoing).await?;
    Ok(())
}

/// A post as the wire shows it, with the address of what it answers.
pub(in crate::features::posts) async fn note_of(conn: &mut Conn, group: &Group, post: &Post) -> Result<wire::Note, DbError> {
    let parent = match &post.parent {
        Some(parent) => store::by_id(conn, parent).await?,
        None => None,
    };
    wire::note_of(group, post, parent.as_ref()).ok_or_else(store::corrupt)
}

async fn audience_of(tx: &mut Tx, group: &Group, writing: &Writing<'_>) -> Result<Audience, DbError> {
    // No further than what it answers, and no further than the post it brings back.
    let mut bound: Option<Audience> = None;
    for post in [writing.place.parent.as_ref(), writing.replaces].into_iter().flatten() {
        let theirs = load_audience(tx, post).await?;
        bound = Some(bound.map_or_else(|| theirs.clone(), |bound| bound.meet(&theirs)));
    }
    match writing.among {
        Some(among) => Ok(groups::audience_among(among, bound.as_ref())),
        None => groups::audience_for(tx, group, bound.as_ref()).await,
    }
}

/// The partners that may hold a post.
pub(in crate::features::posts) async fn load_audience(tx: &mut Tx, post: &Post) -> Result<Audience, DbError> {
    match &post.audience {
        Some(key) => Audience::load(tx, key).await,
        None => Ok(Audience::house()),
    }
}

/// Changes the text of a readable post and tells everybody who was told of it.
pub(in crate::features::posts) async fn change(tx: &mut Tx, here: &Here, group: &Group, post: &Post, text: &Text) -> Result<(), PostError> {
    let updated = post.next_update(here.now);
    store::set_text(tx, &post.id, text, updated, Some(updated)).await?;
    let changed = store::by_id(tx, &post.id).await?.ok_or_else(store::corrupt)?;
    thread::settle(tx, &changed, text).await?;
    tell_update(tx, here, group, &changed, true).await
}

/// Pins or closes a thread, or takes that back.
pub(in crate::features::posts) async fn mark(
    tx: &mut Tx,
    here: &Here,
    group: &Group,
    post: &Post,
    (pinned, closed): (bool, bool),
) -> Result<(), PostError> {
    if post.pinned == pinned && post.closed == closed {
        return Ok(());
    }
    store::set_flags(tx, &post.id, pinned, closed, post.next_update(here.now)).await?;
    let changed = store::by_id(tx, &post.id).await?.ok_or_else(store::corrupt)?;
    tell_update(tx, here, group, &changed, false).await
}

/// `by_writer`: the text changed, and receipts are counted for it; otherwise the group speaks of its own marks.
async fn tell_update(tx: &mut Tx, here: &Here, group: &Group, post: &Post, by_writer: bool) -> Result<(), PostError> {
    let Some(uri) = &post.uri else { return Ok(()) };
    let to = ledger::keepers(tx, uri).await?;
    let note = note_of(tx, group, post).await?;
    let activity = wire::announce_update(here, group, note);
    let outgoing = Outgoing { from: &group.id, thread: &group.id, to: &to, activity, about: Some(uri), answers: None, receipt: by_writer };
    let change = outbox::publish(tx, here, outgoing).await?;
    if by_writer {
        let told = told_by(tx, &change).await?;
        store::set_change(tx, &post.id, &change, told, 0).await?;
        store::set_answer(tx, &post.id, None).await?;
    }
    Ok(())
}

/// Who takes a post away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::features::posts) enum By<'a> {
    /// Its writer; `at_once`: without a week to take it back.
    Writer { at_once: bool },
    /// A moderator, with rule and reason for the writer.
    Moderator { reason: &'a str },
}

/// Hides a readable post at once, here and at everybody who was told of it. Returns how many of these promise receipts.
pub(in crate::features::posts) async fn hide(tx: &mut Tx, here: &Here, group: &Group, post: &Post, by: By<'_>) -> Result<i64, PostError> {
    let guest = post.origin_uri.is_some();
    let (state, reason, keep) = match by {
        // A guest's text is kept at the guest's own house, not here.
        By::Writer { at_once } => (State::Deleted, "", (!at_once && !guest).then(|| here.now.plus(UNDO))),
        By::Moderator { reason } => (State::Removed, reason, Some(here.now.plus(APPEAL))),
    };
    store::hide(tx, &post.id, &Hiding { state, reason, at: post.next_update(here.now), keep_until: keep }).await?;
    store::relist(tx, &post.root).await?;
    let Some(uri) = &post.uri else { return Ok(0) };
    let to = store::told_of(tx, uri).await?;
    let activity = wire::announce_delete(here, group, uri, matches!(by, By::Writer { .. }).then_some(post.author_uri.as_str()));
    let outgoing = Outgoing { from: &group.id, thread: &group.id, to: &to, activity, about: Some(uri), answers: None, receipt: true };
    let change = outbox::publish(tx, here, outgoing).await?;
    let told = told_by(tx, &change).await?;
    store::set_change(tx, &post.id, &change, told, 0).await?;
    if let By::Moderator { reason } = by {
        tell_writer(tx, here, group, post, reason).await?;
    }
    Ok(told)
}

/// How many of those that a message goes to promise receipts: by its deliveries, so that nobody is counted to whom nothing goes.
async fn told_by(tx: &mut Tx, change: &Iri) -> Result<i64, DbError> {
    Ok(i64::from(outbox::receipts(tx, change).await?.told))
}

/// Says once more to one partner that a post is gone.
pub(in crate::features::posts) async fn delete_again(
    tx: &mut Tx,
    here: &Here,
    group: &Group,
    post: &Post,
    to: &Id,
) -> Result<bool, PostError> {
    let Some(uri) = &post.uri else { return Ok(false) };
    let activity = wire::announce_delete(here, group, uri, (post.state == State::Deleted).then_some(post.author_uri.as_str()));
    let to = std::slice::from_ref(to);
    let outgoing = Outgoing { from: &group.id, thread: &group.id, to, activity, about: Some(uri), answers: None, receipt: true };
    outbox::publish(tx, here, outgoing).await?;
    Ok(true)
}

/// The house of a guest hears why its member's post was removed, and nobody else does: as a `Reject` of the `Create` it sent.
async fn tell_writer(tx: &mut Tx, here: &Here, group: &Group, post: &Post, reason: &str) -> Result<(), PostError> {
    let (Some(create), Some(guest)) = (&post.create_uri, groups::guest(tx, &post.author).await?) else { return Ok(()) };
    let writer = actors::by_id(tx, &guest.remote_actor).await?.map(|actor| actor.uri);
    let activity = wire::reject(here, group, create, writer.as_ref(), ("removed", reason));
    let to = std::slice::from_ref(&guest.partner);
    let outgoing = Outgoing { from: &group.id, thread: &group.id, to, activity, about: None, answers: Some(create), receipt: false };
    outbox::publish(tx, here, outgoing).await?;
    Ok(())
}

/// Brings the writer's own deleted post back. Where no partner ever held it, the same post; else a new one that names the old.
pub(in crate::features::posts) async fn undo(tx: &mut Tx, here: &Here, group: &Group, post: &Post) -> Result<Id, PostError> {
    let text = Text::typed(&post.source, &post.lang, &post.label)?;
    let told = match &post.uri {
        Some(uri) => store::told_of(tx, uri).await?,
        None => Vec::new(),
    };
    if told.is_empty() {
        store::unhide(tx, post, text.excerpt(), post.next_update(here.now)).await?;
        let back = store::by_id(tx, &post.id).await?.ok_or_else(store::corrupt)?;
        thread::settle(tx, &back, &text).await?;
        return Ok(back.id);
    }
    let place = away::place_of(tx, post).await?;
    let writing = Writing { author: &post.author, text: &text, place, origin: None, replaces: Some(post), among: None };
    Ok(publish(tx, here, group, writing).await?.id)
}
