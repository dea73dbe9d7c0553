//! What is the same at a home and away: may this be written here, where does it hang, whom does it concern.
//! Nothing here sends anything.

use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::features::groups::{self, Group, Membership};
use crate::federation::policy::{self, Reason, Standing};

use super::super::post::{self, Post, State, Text};
use super::super::store;
use super::super::store::kept::{self, Why};
use super::PostError;

/// Takes the group's lock: posts of a group are changed, and go out, one after the other.
pub(in crate::features::posts) async fn lock(tx: &mut Tx, group: &Id) -> Result<(), DbError> {
    tx.lock(&format!("group {group}")).await
}

/// Where a text hangs: under a post and in its thread, or at the beginning of one.
#[derive(Clone, Debug, Default)]
pub(in crate::features::posts) struct Place {
    /// The post it answers.
    pub parent: Option<Post>,
    /// The beginning of that thread.
    pub root: Option<Post>,
}

/// Reads where an answer hangs. The post answered must be readable, in this group, in a thread that is open.
pub(in crate::features::posts) async fn place(conn: &mut Conn, group: &Group, parent: Option<&Id>) -> Result<Place, PostError> {
    let Some(parent) = parent else { return Ok(Place::default()) };
    let parent = store::successor(conn, parent).await?;
    let parent = store::by_id(conn, &parent).await?.filter(|parent| parent.group == group.id).ok_or(PostError::ParentGone)?;
    match parent.state {
        State::Posted => {}
        State::Waiting => return Err(PostError::ParentWaits),
        _ => return Err(PostError::ParentGone),
    }
    let root = if parent.is_root() { Some(parent.clone()) } else { store::by_id(conn, &parent.root).await? };
    if root.as_ref().is_some_and(|root| root.closed) {
        return Err(PostError::Closed);
    }
    Ok(Place { parent: Some(parent), root })
}

/// Whether this membership may write in this group now.
pub(in crate::features::posts) fn may_write(group: &Group, membership: Option<&Membership>, now: Timestamp) -> Result<(), PostError> {
    let membership = membership.filter(|membership| membership.group == group.id);
    let standing = membership.map_or(Standing::None, |membership| groups::standing_of(membership, now));
    policy::writes(standing, !group.is_open_for_writing()).map_err(|reason| match reason {
        Reason::PausedMember => PostError::Paused,
        Reason::Archived => PostError::Archived,
        _ => PostError::NotMember,
    })
}

/// What follows in this house from a post that was stored a moment ago. A new beginning has its place already.
pub(in crate::features::posts) async fn settle_new(tx: &mut Tx, post: &Post, label: &Text) -> Result<(), DbError> {
    tell_whom_it_concerns(tx, post).await?;
    if post.is_root() {
        return kept::use_label(tx, &post.group, label, post.created_at).await;
    }
    store::relist(tx, &post.root).await
}

/// What follows in this house from a readable post: notices to those it concerns, the topic, the place of its thread.
pub(in crate::features::posts) async fn settle(tx: &mut Tx, post: &Post, label: &Text) -> Result<(), DbError> {
    concern(tx, post).await?;
    if post.is_root() {
        kept::use_label(tx, &post.group, label, post.created_at).await?;
    }
    store::relist(tx, &post.root).await
}

/// Notices for people of this house: the writers of what is answered, and who is named. Never for the writer themselves.
pub(in crate::features::posts) async fn concern(tx: &mut Tx, post: &Post) -> Result<(), DbError> {
    kept::forget_mentions(tx, &post.id).await?;
    tell_whom_it_concerns(tx, post).await
}

async fn tell_whom_it_concerns(tx: &mut Tx, post: &Post) -> Result<(), DbError> {
    let named_at_all = post.source.contains('@');
    if post.parent.is_none() && !named_at_all {
        return Ok(());
    }
    let mut answered = Vec::new();
    if let Some(parent) = &post.parent {
        for id in [parent, &post.root] {
            if let Some(other) = store::by_id(tx, id).await? {
                answered.push(other.author);
            }
        }
    }
    // Only people of this house who are in the group now: a notice is no way round leaving.
    let names = kept::names_here(tx, &post.group).await?;
    for (actor, _) in names.iter().filter(|(actor, _)| answered.contains(actor) && *actor != post.author) {
        kept::notice(tx, actor, (&post.id, &post.group), Why::Answer, post.created_at).await?;
    }
    for actor in post::named(&post.source, &names).into_iter().filter(|actor| **actor != post.author) {
        kept::notice(tx, actor, (&post.id, &post.group), Why::Mention, post.created_at).await?;
    }
    Ok(())
}

/// Lets `new` stand in the place of `old`: answers hang under it, lists name it.
pub(in crate::features::posts) async fn take_place(tx: &mut Tx, old: &Post, new: &Post) -> Result<(), DbError> {
    store::relink(tx, &old.id, &new.id).await?;
    store::relist(tx, &old.root).await?;
    store::relist(tx, &new.root).await
}
