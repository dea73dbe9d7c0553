//! What a copy hears from the group's actor: posts, changes, ends (groups.md rows 5–9). Only from exactly that actor, only about
//! objects of its own origin, and the stored row says whose a post is. A change or an end is confirmed with a receipt.

use crate::base::{Id, Iri};
use crate::db::{DbError, Tx};
use crate::features::groups::{self, Group};
use crate::federation::activity::{Inner, Object};
use crate::federation::actors::{self, Kind, Learned};
use crate::federation::inbox::{Handled, Refusal};
use crate::federation::objects;
use crate::federation::outbox::{self, Outgoing};

use super::super::actions::thread;
use super::super::post::{APPEAL, Post, State};
use super::super::states::{AtCopy, Heard, Held, at_copy};
use super::super::store::{self, Hiding, New};
use super::super::wire::{self, Incoming};
use super::{News, Outcome, corrupt, wide};

/// The group whose actor says this: a group of that partner that we know.
async fn speaking(tx: &mut Tx, news: News<'_>) -> Result<Group, Refusal> {
    let group = groups::load(tx, &news.actor.id).await?.filter(|group| group.home.as_ref() == Some(&news.partner.id));
    let group = group.ok_or(Refusal::Code("not-a-group"))?;
    thread::lock(tx, &group.id).await?;
    Ok(group)
}

fn announced<'a>(news: &'a News<'_>) -> Result<&'a Inner, Refusal> {
    news.activity.own_activity().ok_or(Refusal::Code("foreign-activity"))
}

/// Rows 5 and 6: a post, or a changed one. Both carry the whole post, so either may come first.
pub(super) async fn post(tx: &mut Tx, news: News<'_>) -> Outcome {
    wide::told(tx, news).await?;
    let group = speaking(tx, news).await?;
    let inner = announced(&news)?;
    let is_change = inner.verb == crate::federation::activity::Verb::Update;
    let object = inner.own_object().ok_or(Refusal::Code("foreign-object"))?;
    if !object.kind.is_post() {
        return Err(Refusal::Code("not-a-post"));
    }
    if object.audience.as_ref() != Some(&group.uri) || inner.audience.as_ref().is_some_and(|audience| *audience != group.uri) {
        return Err(Refusal::Code("other-group"));
    }
    let owner = object.attributed_to.as_ref().ok_or(Refusal::Code("no-owner"))?;
    let row = store::by_uri(tx, &object.id).await?;
    if let Some(row) = &row {
        owned_by(tx, &group, row, owner).await?;
    }
    let incoming = wire::incoming(object).map_err(|problem| Refusal::Code(problem.key()))?;
    let updated = incoming.updated.unwrap_or(news.here.now);
    let held = match &row {
        Some(row) => Held::Row(row.state, row.updated_at),
        None if objects::is_buried(tx, &object.id).await? => Held::Buried,
        None => Held::Nothing,
    };
    let handled = match (at_copy(held, Heard::Note(updated)), &row) {
        (AtCopy::Insert, _) => insert(tx, news, &group, (object, &incoming)).await?,
        (AtCopy::Replace, Some(row)) => replace(tx, news, row, &incoming).await?,
        _ => Handled::Ignored,
    };
    if is_change {
        confirm(tx, news, &group).await?;
        return Ok(Handled::Done);
    }
    Ok(handled)
}

/// The stored row decides whose a post is and where it belongs; our own posts are known to the home by the guest persona.
async fn owned_by(tx: &mut Tx, group: &Group, row: &Post, owner: &Iri) -> Result<(), Refusal> {
    if row.group != group.id {
        return Err(Refusal::Code("other-group"));
    }
    if row.author_uri == owner.as_str() {
        return Ok(());
    }
    match groups::by_guest_uri(tx, &group.id, owner).await? {
        Some(membership) if membership.actor == row.author => Ok(()),
        _ => Err(Refusal::Code("other-owner")),
    }
}

async fn insert(tx: &mut Tx, news: News<'_>, group: &Group, (object, incoming): (&Object, &Incoming)) -> Outcome {
    if !groups::has_members_here(tx, &group.id).await? {
        // What nobody here reads is not kept.
        return Ok(Handled::Ignored);
    }
    let owner = object.attributed_to.as_ref().ok_or(Refusal::Code("no-owner"))?;
    let Some(author) = author(tx, news, owner).await? else {
        // Whoever wrote it has been erased since: it came too late.
        objects::bury_unknown(tx, (&news.partner.id, &incoming.uri), news.here.now, false).await?;
        return Ok(Handled::Ignored);
    };
    let parent = match &incoming.in_reply_to {
        Some(uri) => known(tx, group, uri).await?,
        None => None,
    };
    let id = news.here.id();
    let root = parent.as_ref().map_or(&id, |parent| &parent.root);
    let created = incoming.published.unwrap_or(news.here.now).min(news.here.now);
    let new = New {
        id: &id,
        group: &group.id,
        author: &author,
        uri: Some(&incoming.uri),
        origin_uri: None,
        create_uri: None,
        announce: None,
        parent: parent.as_ref().map(|parent| &parent.id),
        parent_uri: incoming.in_reply_to.as_ref(),
        root,
        replaces: incoming.replaces.as_ref(),
        text: &incoming.text,
        state: State::Posted,
        audience: None,
        readers: &[],
        created_at: created,
        updated_at: incoming.updated.unwrap_or(created),
        origin_updated_at: crate::base::Timestamp::EPOCH,
        edited_at: incoming.edited,
        pinned: incoming.pinned,
        closed: incoming.closed,
    };
    if !store::insert(tx, &new).await? {
        return Err(Refusal::Db(corrupt()));
    }
    let post = store::by_id(tx, &id).await?.ok_or_else(corrupt)?;
    if hang(tx, &post, incoming).await? {
        thread::settle(tx, &post, &incoming.text).await?;
    } else {
        thread::settle_new(tx, &post, &incoming.text).await?;
    }
    Ok(Handled::Done)
}

/// Children that came before, the deleted post it brings back, notices, its place in the group.
async fn settle_copy(tx: &mut Tx, post: &Post, incoming: &Incoming) -> Result<(), DbError> {
    hang(tx, post, incoming).await?;
    thread::settle(tx, post, &incoming.text).await
}

/// Hangs what came before under it and puts it in the place of what it brings back. Says whether anything moved.
async fn hang(tx: &mut Tx, post: &Post, incoming: &Incoming) -> Result<bool, DbError> {
    let mut moved = false;
    for orphan in store::orphans_of(tx, &incoming.uri).await? {
        if orphan != post.id {
            store::adopt(tx, &orphan, &post.id, &post.root).await?;
            moved = true;
        }
    }
    if let Some(uri) = &incoming.replaces
        && let Some(old) = store::by_uri(tx, uri).await?
    {
        replaced(tx, &old, post).await?;
        moved = true;
    }
    Ok(moved)
}

/// A post stands in the place of another only when that one was deleted by the same writer in the same group.
async fn replaced(tx: &mut Tx, old: &Post, new: &Post) -> Result<(), DbError> {
    let same = old.group == new.group && old.author == new.author && old.id != new.id;
    if same && old.state == State::Deleted {
        store::erase_text(tx, &old.id, new.updated_at).await?;
        thread::take_place(tx, old, new).await?;
    }
    Ok(())
}

/// The post that an address means here: the one itself, or the one that stands in its place.
async fn known(tx: &mut Tx, group: &Group, uri: &Iri) -> Result<Option<Post>, DbError> {
    let found = match store::by_uri(tx, uri).await? {
        Some(found) => Some(found),
        None => store::replacing(tx, uri).await?,
    };
    let Some(found) = found.filter(|found| found.group == group.id) else { return Ok(None) };
    let id = store::successor(tx, &found.id).await?;
    if id == found.id { Ok(Some(found)) } else { store::by_id(tx, &id).await }
}

/// The row of an author of that house. One that could not be read is kept without a name; one that was erased is nobody.
async fn author(tx: &mut Tx, news: News<'_>, uri: &Iri) -> Result<Option<Id>, Refusal> {
    if let Some(actor) = actors::by_uri(tx, uri).await? {
        let theirs = actor.partner.as_ref() == Some(&news.partner.id);
        return if theirs { Ok((!actor.gone).then_some(actor.id)) } else { Err(Refusal::Code("foreign-owner")) };
    }
    if uri.origin() != news.partner.origin {
        return Err(Refusal::Code("foreign-owner"));
    }
    if objects::is_buried(tx, uri).await? {
        return Ok(None);
    }
    if !actors::has_room(tx, &news.partner.id, uri).await? {
        return Err(Refusal::Code("too-many-actors"));
    }
    let learned = Learned {
        uri: uri.clone(),
        kind: Kind::Person,
        name: String::new(),
        inbox: news.actor.inbox.clone(),
        shared_inbox: news.actor.shared_inbox.clone(),
        key: None,
    };
    Ok(Some(actors::learn(tx, news.here, &news.partner.id, &learned).await?.id))
}

async fn replace(tx: &mut Tx, news: News<'_>, row: &Post, incoming: &Incoming) -> Outcome {
    let updated = incoming.updated.unwrap_or(news.here.now);
    store::set_text(tx, &row.id, &incoming.text, updated, incoming.edited).await?;
    let own = row.origin_uri.is_some();
    // Our own post has our moment until the home says its own; for others' posts it never changes.
    let created = if own { incoming.published.unwrap_or(row.created_at).min(news.here.now) } else { row.created_at };
    store::confirm(tx, &row.id, created, incoming.pinned, incoming.closed).await?;
    let post = store::by_id(tx, &row.id).await?.ok_or_else(corrupt)?;
    settle_copy(tx, &post, incoming).await?;
    Ok(Handled::Done)
}

/// Rows 7 and 9: a post is gone, by its writer or by the group.
pub(super) async fn gone(tx: &mut Tx, news: News<'_>) -> Outcome {
    let group = speaking(tx, news).await?;
    let inner = announced(&news)?;
    let uri = inner.object_id().ok_or(Refusal::Code("no-object"))?;
    if uri.origin() != news.partner.origin {
        return Err(Refusal::Code("foreign-object"));
    }
    let heard = if inner.actor == group.uri { Heard::Removed } else { Heard::Deleted };
    if let Some(row) = store::by_uri(tx, uri).await? {
        if heard == Heard::Deleted {
            owned_by(tx, &group, &row, &inner.actor).await?;
        } else if row.group != group.id {
            return Err(Refusal::Code("other-group"));
        }
        end(tx, news, &row, heard).await?;
    } else {
        objects::bury_unknown(tx, (&news.partner.id, uri), news.here.now, true).await?;
    }
    confirm(tx, news, &group).await?;
    Ok(Handled::Done)
}

/// Row 16: the group's actor itself takes back a copy, without saying whose wish it was.
pub(super) async fn taken_back(tx: &mut Tx, news: News<'_>, copy: &Post) -> Outcome {
    let group = speaking(tx, news).await?;
    if copy.group != group.id {
        return Err(Refusal::Code("other-group"));
    }
    end(tx, news, copy, Heard::Removed).await?;
    confirm(tx, news, &group).await?;
    Ok(Handled::Done)
}

/// Row 16 for a copy that never came or is gone: it stays away, and the receipt says so.
pub(super) async fn never_held(tx: &mut Tx, news: News<'_>, uri: &Iri) -> Outcome {
    let group = speaking(tx, news).await?;
    objects::bury_unknown(tx, (&news.partner.id, uri), news.here.now, false).await?;
    confirm(tx, news, &group).await?;
    Ok(Handled::Done)
}

async fn end(tx: &mut Tx, news: News<'_>, row: &Post, heard: Heard) -> Result<(), Refusal> {
    let AtCopy::Clear(state) = at_copy(Held::Row(row.state, row.updated_at), heard) else { return Ok(()) };
    // The writer's own house keeps a removed text for its writer, who may ask somebody to look again.
    let own = row.origin_uri.is_some();
    let keep_until = (own && state == State::Removed && !row.source.is_empty()).then(|| news.here.now.plus(APPEAL));
    store::hide(tx, &row.id, &Hiding { state, reason: &row.reason, at: news.here.now, keep_until }).await?;
    store::relist(tx, &row.root).await?;
    if state == State::Deleted
        && let Some(uri) = &row.uri
        && let Some(new) = store::replacing(tx, uri).await?
        && let Some(old) = store::by_id(tx, &row.id).await?
    {
        replaced(tx, &old, &new).await?;
    }
    Ok(())
}

/// The receipt, from our instance actor: it is done here.
async fn confirm(tx: &mut Tx, news: News<'_>, group: &Group) -> Result<(), DbError> {
    let Some(instance) = actors::instance(tx).await? else { return Ok(()) };
    let activity = wire::receipt(news.here, &instance.uri, &group.uri, &news.activity.id);
    let outgoing = Outgoing {
        from: &instance.id,
        thread: &group.id,
        to: std::slice::from_ref(&news.partner.id),
        activity,
        about: None,
        answers: Some(&news.activity.id),
        receipt: false,
    };
    outbox::publish(tx, news.here, outgoing).await?;
    Ok(())
}
