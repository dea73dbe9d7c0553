//! Posts of our people in groups of a partner. A post goes to the group's home and to nobody else, and waits there for its
//! answer; a change is kept beside the post until the home announces it. What others of this house read is always what the
//! home said last.

use crate::base::{Id, Iri};
use crate::db::{Conn, DbError, Tx};
use crate::features::groups::{self, Group};
use crate::federation::actors::Actor;
use crate::federation::here::Here;
use crate::federation::outbox::{self, Outgoing};
use crate::federation::partners;

use super::super::post::{self, Post, State, Text, UNDO};
use super::super::states::{AtWriter, Happened, at_writer};
use super::super::store::{self, Hiding, New};
use super::super::wire;
use super::PostError;
use super::thread::Place;

/// Posts that wait for the home of a group that is not shared with this house any more come back to their writers, at most `most`: what of them has
/// not left does not leave. Returns how many.
pub(in crate::features::posts) async fn give_back(tx: &mut Tx, here: &Here, most: i64) -> Result<usize, DbError> {
    let waiting = store::waiting_without_home(tx, most).await?;
    for post in &waiting {
        if let Some(origin) = &post.origin_uri {
            outbox::withhold(tx, origin, here.now).await?;
        }
        store::set_state(tx, &post.id, State::Refused, post::NOT_SHARED).await?;
    }
    Ok(waiting.len())
}

/// Names of the houses that read the group now besides our own: its home, and whom the home named.
async fn readers(conn: &mut Conn, here: &Here, group: &Group, home: &Id) -> Result<Vec<String>, DbError> {
    let mut names: Vec<String> = partners::by_id(conn, home).await?.map(|home| home.name).into_iter().collect();
    names.extend(onward(conn, here, group).await?);
    Ok(names)
}

/// Names of the houses that the group's home, by its last word, shares the group with, besides our own.
async fn onward(conn: &mut Conn, here: &Here, group: &Group) -> Result<Vec<String>, DbError> {
    let others = groups::organisations(conn, group).await?;
    Ok(others.into_iter().filter(|other| other.id != here.origin.as_str()).map(|other| other.name).collect())
}

/// The partner that a group lives at.
fn home_of(group: &Group) -> Result<&Id, PostError> {
    group.home.as_ref().ok_or(PostError::Elsewhere)
}

/// Writes a post down as waiting and sends it to the home.
pub(in crate::features::posts) async fn submit(
    tx: &mut Tx,
    here: &Here,
    group: &Group,
    author: &Actor,
    (text, place, replaces): (&Text, &Place, Option<&Post>),
) -> Result<Post, PostError> {
    let home = home_of(group)?;
    let parent = place.parent.as_ref();
    if parent.is_some_and(|parent| parent.uri.is_none()) {
        return Err(PostError::ParentWaits);
    }
    let id = here.id();
    let origin = here.object_uri(&id);
    let root = place.root.as_ref().map_or_else(|| id.clone(), |root| root.id.clone());
    let readers = readers(tx, here, group, home).await?;
    let new = New {
        id: &id,
        group: &group.id,
        author: &author.id,
        uri: None,
        origin_uri: Some(&origin),
        create_uri: None,
        announce: None,
        parent: parent.map(|parent| &parent.id),
        parent_uri: parent.and_then(|parent| parent.uri.as_ref()),
        root: &root,
        replaces: replaces.and_then(|old| old.uri.as_ref()),
        text,
        state: State::Waiting,
        audience: None,
        readers: &readers,
        created_at: replaces.map_or(here.now, |old| old.created_at),
        updated_at: here.now,
        origin_updated_at: here.now,
        edited_at: None,
        pinned: false,
        closed: false,
    };
    if !store::insert(tx, &new).await? {
        return Err(PostError::Db(store::corrupt()));
    }
    let waiting = store::by_id(tx, &id).await?.ok_or_else(store::corrupt)?;
    let onward = onward(tx, here, group).await?;
    let note = wire::own_note(group, &waiting, &origin, text, here.now).ok_or_else(store::corrupt)?;
    let activity = wire::create(here, group, note);
    let outgoing = Outgoing {
        from: &author.id,
        thread: &group.id,
        to: std::slice::from_ref(home),
        activity,
        about: Some(&origin),
        answers: None,
        receipt: false,
    };
    let create = outbox::publish_onward(tx, here, outgoing, &onward).await?;
    store::set_create(tx, &id, &create).await?;
    Ok(waiting)
}

/// Keeps a change beside the own post and sends it to the home.
pub(in crate::features::posts) async fn propose(
    tx: &mut Tx,
    here: &Here,
    group: &Group,
    post: &Post,
    text: &Text,
) -> Result<(), PostError> {
    let home = home_of(group)?;
    let (State::Posted, Some(origin)) = (post.state, &post.origin_uri) else { return Err(PostError::ParentWaits) };
    let updated = here.now.later_than(post.origin_updated_at);
    let note = wire::own_note(group, post, origin, text, updated).ok_or_else(store::corrupt)?;
    let activity = wire::update(here, group, note);
    let outgoing = Outgoing {
        from: &post.author,
        thread: &group.id,
        to: std::slice::from_ref(home),
        activity,
        about: Some(origin),
        answers: None,
        receipt: false,
    };
    let onward = onward(tx, here, group).await?;
    let update = outbox::publish_onward(tx, here, outgoing, &onward).await?;
    store::propose(tx, &post.id, text, &update).await?;
    store::set_origin_updated(tx, &post.id, updated).await?;
    Ok(())
}

/// Takes an own post away: before the home answered, after it refused, or after it was posted.
pub(in crate::features::posts) async fn take_away(
    tx: &mut Tx,
    here: &Here,
    group: &Group,
    post: &Post,
    at_once: bool,
) -> Result<(), PostError> {
    let step = at_writer(post.state, Happened::TakenAway);
    let (state, keep_until) = match step {
        AtWriter::Withdraw | AtWriter::Drop => (State::Withdrawn, None),
        AtWriter::Delete => (State::Deleted, (!at_once).then(|| here.now.plus(UNDO))),
        _ => return Ok(()),
    };
    store::hide(tx, &post.id, &Hiding { state, reason: "", at: post.next_update(here.now), keep_until }).await?;
    store::relist(tx, &post.root).await?;
    // What the home refused it does not have. Of what we gave up ourselves it may have heard: it is told all the same.
    if step == AtWriter::Drop && post.reason != post::NOT_SHARED {
        return Ok(());
    }
    let Some(origin) = &post.origin_uri else { return Ok(()) };
    let change = send_delete(tx, here, group, (&post.author, true), (&post.author_uri, origin, "")).await?;
    store::set_change(tx, &post.id, &change, 0, 0).await?;
    Ok(())
}

/// A moderator of ours asks the home to remove a post of anybody (groups.md row 9).
pub(in crate::features::posts) async fn ask_removal(
    tx: &mut Tx,
    here: &Here,
    group: &Group,
    post: &Post,
    (by, reason): (&Actor, &str),
) -> Result<(), PostError> {
    let uri = post.uri.as_ref().ok_or(PostError::NotFound)?;
    send_delete(tx, here, group, (&by.id, false), (by.uri.as_str(), uri, reason)).await?;
    Ok(())
}

/// Says once more to the home that an own post is gone, and waits for its figures anew.
pub(in crate::features::posts) async fn delete_again(tx: &mut Tx, here: &Here, group: &Group, post: &Post) -> Result<bool, PostError> {
    let Some(origin) = &post.origin_uri else { return Ok(false) };
    let change = send_delete(tx, here, group, (&post.author, true), (&post.author_uri, origin, "")).await?;
    store::set_change(tx, &post.id, &change, post.told, post.confirmed).await?;
    Ok(true)
}

/// `receipt`: whether the home is asked for figures, which it is for the writer's own posts.
async fn send_delete(
    tx: &mut Tx,
    here: &Here,
    group: &Group,
    (from, receipt): (&Id, bool),
    (actor, object, summary): (&str, &Iri, &str),
) -> Result<Iri, PostError> {
    let actor = Iri::parse(actor).map_err(|_| PostError::Db(store::corrupt()))?;
    let activity = wire::delete(here, &group.uri, &actor, object, summary);
    let to = std::slice::from_ref(home_of(group)?);
    let outgoing = Outgoing { from, thread: &group.id, to, activity, about: Some(object), answers: None, receipt };
    Ok(outbox::publish(tx, here, outgoing).await?)
}

/// Sends the text of an own deleted post once more, as a new post that names the old one.
pub(in crate::features::posts) async fn undo(
    tx: &mut Tx,
    here: &Here,
    group: &Group,
    post: &Post,
    author: &Actor,
) -> Result<Id, PostError> {
    let text = Text::typed(&post.source, &post.lang, &post.label)?;
    let place = place_of(tx, post).await?;
    let again = submit(tx, here, group, author, (&text, &place, Some(post))).await?;
    store::erase_text(tx, &post.id, here.now).await?;
    Ok(again.id)
}

/// Where a post hangs already, whatever became of what it answers.
pub(in crate::features::posts) async fn place_of(conn: &mut Conn, post: &Post) -> Result<Place, DbError> {
    let Some(parent) = &post.parent else { return Ok(Place::default()) };
    let parent = store::successor(conn, parent).await?;
    let parent = store::by_id(conn, &parent).await?;
    let root = match &parent {
        Some(parent) => store::by_id(conn, &parent.root).await?,
        None => None,
    };
    Ok(Place { parent, root })
}
