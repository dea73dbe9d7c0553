//! Posts: what people write in groups, the pages where they read it, and what goes to and comes from other houses about it.
//! A post is at home in its group's home; everywhere else it is a copy of what the home said last (groups.md). This feature never
//! widens who may read a post, never counts readers, and never tells one house who of another house wrote something.
//!
//! What later features may call is re-exported here; all else is private.

mod actions;
mod history;
mod inbox;
mod pages;
mod post;
mod reading;
mod serving;
mod states;
mod store;
mod wire;

#[cfg(test)]
mod tests;

use std::time::Duration;

use futures::future::BoxFuture;

use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::features::groups;
use crate::federation::audience::Audience;
use crate::jobs::{Job, Task, Trouble};
use crate::site::{Feature, Site};

pub use actions::PostError;
pub use actions::again::{erase_again, forget_copies, say_lost, tell_again};
pub use actions::closing::{copies_of, count_held, count_held_in, erase_copies_of, take_back};
pub use actions::keeping::{Old, OwnDraft, OwnNotice, freeze, oldest_draft, own_kept, thaw};
pub use actions::people::{Mark, NewPost, delete, drop_change, edit, mark, remove, take_all_away, undo, withdraw, write};
pub use post::{Post, State, Text, TextProblem, reason_of};
pub use reading::{Asker, Heading, Part, Said, conversation, conversations, writers};
pub use serving::object_for;
pub use store::kept::News;

/// Who is named in a text (feature `fuzz`).
#[cfg(feature = "fuzz")]
pub fn named<'a>(text: &str, names: &'a [(Id, String)]) -> Vec<&'a Id> {
    post::named(text, names)
}

/// A cursor of the lists, read and written again (feature `fuzz`).
#[cfg(feature = "fuzz")]
pub fn cursor(text: &str) -> Option<String> {
    store::timeline::Cursor::parse(text).map(|cursor| cursor.to_string())
}

/// What this feature gives to the house.
pub const FEATURE: Feature = Feature { name: "posts", routes: pages::routes, receives: inbox::receives, serves: serving::serves, jobs };

fn jobs() -> Vec<Job<Site>> {
    vec![
        Job { kind: "posts-erase", every: Some(Duration::from_mins(10)), run: erase_round },
        Job { kind: "posts-give-back", every: Some(Duration::from_mins(1)), run: give_back_round },
        Job { kind: "posts-look-back", every: Some(Duration::from_hours(24)), run: history::look_back },
        Job { kind: groups::HISTORY, every: None, run: history::read },
    ]
}

/// Gives waiting posts back to their writers where the group is not shared with this house any more.
fn give_back_round<'a>(site: &'a Site, _task: &'a Task) -> BoxFuture<'a, Result<(), Trouble>> {
    Box::pin(async move {
        let mut tx = site.db.begin().await?;
        actions::away::give_back(&mut tx, &site.here(), 200).await?;
        Ok(tx.commit().await?)
    })
}

/// Erases the text of posts whose week is over.
fn erase_round<'a>(site: &'a Site, _task: &'a Task) -> BoxFuture<'a, Result<(), Trouble>> {
    Box::pin(async move {
        let mut tx = site.db.begin().await?;
        store::erase_due(&mut tx, site.now()).await?;
        Ok(tx.commit().await?)
    })
}

/// The post with this id, whatever its state. Who may see it is for the caller to ask the policy.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(conn: &mut Conn, id: &Id) -> Result<Option<Post>, DbError> {
    store::by_id(conn, id).await
}

/// The post that its group's home calls so.
///
/// # Errors
/// When the database does not answer.
pub async fn by_uri(conn: &mut Conn, uri: &Iri) -> Result<Option<Post>, DbError> {
    store::by_uri(conn, uri).await
}

/// The post that its writer's house calls so.
///
/// # Errors
/// When the database does not answer.
pub async fn by_origin_uri(conn: &mut Conn, uri: &Iri) -> Result<Option<Post>, DbError> {
    store::by_origin_uri(conn, uri).await
}

/// Who removed a post, when that is known here: a persona or guest.
///
/// # Errors
/// When the database does not answer.
pub async fn removed_by(conn: &mut Conn, id: &Id) -> Result<Option<Id>, DbError> {
    store::removed_by(conn, id).await
}

/// Puts "there is news" on a persona's first page, without saying what.
///
/// # Errors
/// When the database does not answer.
pub async fn tell_news(tx: &mut Tx, persona: &Id, news: News, now: Timestamp) -> Result<(), DbError> {
    store::kept::tell(tx, persona, news, now).await
}

/// How many conversations of these groups wait for a first answer, and since when the oldest does.
///
/// # Errors
/// When the database does not answer.
pub async fn count_unanswered(conn: &mut Conn, groups: &[Id]) -> Result<(i64, Option<Timestamp>), DbError> {
    store::timeline::count_unanswered(conn, groups).await
}

/// The partners that may hold a post of a group of this house.
///
/// # Errors
/// When the database does not answer.
pub async fn audience_of(conn: &mut Conn, post: &Post) -> Result<Audience, DbError> {
    match &post.audience {
        Some(key) => Audience::load(conn, key).await,
        None => Ok(Audience::house()),
    }
}

/// The posts that somebody calls so: their home, or the writer's own house.
///
/// # Errors
/// When the database does not answer.
pub async fn by_addresses(conn: &mut Conn, addresses: &[Iri]) -> Result<Vec<Post>, DbError> {
    store::timeline::by_addresses(conn, addresses).await
}

/// Everything these personas have written and not erased, oldest first, with what became of it: for a person's own copy.
///
/// # Errors
/// When the database does not answer.
pub async fn own_copy(conn: &mut Conn, personas: &[Id]) -> Result<Vec<Post>, DbError> {
    store::timeline::own_copy(conn, personas).await
}

/// Whether a post of a group of this house went, or is to go, to a partner.
///
/// # Errors
/// When the database does not answer.
pub async fn has_left(conn: &mut Conn, post: &Post) -> Result<bool, DbError> {
    match &post.uri {
        Some(uri) => Ok(!store::told_of(conn, uri).await?.is_empty()),
        None => Ok(false),
    }
}

/// How many readable posts there are, in one group or in all: for the command line and the load tools, not for pages.
///
/// # Errors
/// When the database does not answer.
pub async fn count(conn: &mut Conn, group: Option<&Id>) -> Result<i64, DbError> {
    store::count(conn, group).await
}
