//! Posts: what people write in groups, the pages where they read it, and what goes to and comes from other houses about it.
//! A post is at home in its group's home; everywhere else it is a copy of what the home said last (groups.md). This feature never
//! widens who may read a post, never counts readers, and never tells one house who of another house wrote something.
//!
//! What later features may call is re-exported here; all else is private.

mod actions;
mod inbox;
mod pages;
mod post;
mod serving;
mod states;
mod store;
mod wire;

#[cfg(test)]
mod tests;

use std::time::Duration;

use futures::future::BoxFuture;

use crate::base::{Id, Iri};
use crate::db::{Conn, DbError};
use crate::jobs::{Job, Task, Trouble};
use crate::site::{Feature, Site};

pub use actions::PostError;
pub use actions::people::{Mark, NewPost, delete, edit, mark, remove, take_all_away, undo, withdraw, write};
pub use post::{Post, State, Text, TextProblem};
pub use serving::object_for;

/// What this feature gives to the house.
pub const FEATURE: Feature = Feature { name: "posts", routes: pages::routes, receives: inbox::receives, serves: serving::serves, jobs };

fn jobs() -> Vec<Job<Site>> {
    vec![Job { kind: "posts-erase", every: Some(Duration::from_mins(10)), run: erase_round }]
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

/// Everything these personas have written and not erased, oldest first, with what became of it: for a person's own copy.
///
/// # Errors
/// When the database does not answer.
pub async fn own_copy(conn: &mut Conn, personas: &[Id]) -> Result<Vec<Post>, DbError> {
    store::timeline::own_copy(conn, personas).await
}

/// How many readable posts there are, in one group or in all: for the command line and the load tools, not for pages.
///
/// # Errors
/// When the database does not answer.
pub async fn count(conn: &mut Conn, group: Option<&Id>) -> Result<i64, DbError> {
    store::count(conn, group).await
}
