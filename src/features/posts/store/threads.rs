//! The SQL of where posts hang: under which post, in which thread, at which place in the group. Late parents, posts that come
//! back under a new address and ends all go through here; a place is always worked out from the rows, never counted along.

use crate::base::{Id, Iri};
use crate::db::{Conn, DbError, Tx};
use crate::features::posts::post::State;

use super::id;

/// Moves the answers of one post under another, and remembers which one stands in its place.
pub(in crate::features::posts) async fn relink(tx: &mut Tx, old: &Id, new: &Id) -> Result<(), DbError> {
    sqlx::query("UPDATE posts SET parent_id = $2 WHERE parent_id = $1 AND id <> $2")
        .bind(old.as_str())
        .bind(new.as_str())
        .execute(tx.sql())
        .await?;
    sqlx::query("UPDATE posts SET root_id = $2 WHERE root_id = $1 AND id <> $1")
        .bind(old.as_str())
        .bind(new.as_str())
        .execute(tx.sql())
        .await?;
    sqlx::query("UPDATE posts SET replaced_by = $2 WHERE id = $1").bind(old.as_str()).bind(new.as_str()).execute(tx.sql()).await?;
    Ok(())
}

/// The post that stands in the place of this one; itself when none does. Follows at most eight steps.
pub(in crate::features::posts) async fn successor(conn: &mut Conn, of: &Id) -> Result<Id, DbError> {
    let mut current = of.clone();
    for _ in 0..8 {
        let row: Option<(Option<String>,)> =
            sqlx::query_as("SELECT replaced_by FROM posts WHERE id = $1").bind(current.as_str()).fetch_optional(conn.sql()).await?;
        match row.and_then(|(next,)| next).as_deref().and_then(Id::parse) {
            Some(next) => current = next,
            None => break,
        }
    }
    Ok(current)
}

/// Answers that came before what they answer (in a copy): their ids.
pub(in crate::features::posts) async fn orphans_of(conn: &mut Conn, uri: &Iri) -> Result<Vec<Id>, DbError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT id FROM posts WHERE parent_uri = $1 AND parent_id IS NULL").bind(uri.as_str()).fetch_all(conn.sql()).await?;
    rows.iter().map(|(text,)| id(text)).collect()
}

/// Hangs an orphan and all below it under its parent.
pub(in crate::features::posts) async fn adopt(tx: &mut Tx, orphan: &Id, parent: &Id, root: &Id) -> Result<(), DbError> {
    sqlx::query("UPDATE posts SET root_id = $2 WHERE root_id = $1").bind(orphan.as_str()).bind(root.as_str()).execute(tx.sql()).await?;
    sqlx::query("UPDATE posts SET parent_id = $2, listed_at = 0, answered = 0 WHERE id = $1")
        .bind(orphan.as_str())
        .bind(parent.as_str())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Works out anew where a thread stands in its group: by its last readable answer, or by its beginning, or nowhere.
pub(in crate::features::posts) async fn relist(tx: &mut Tx, root: &Id) -> Result<(), DbError> {
    let beginning: Option<(String, i64, String, String)> =
        sqlx::query_as("SELECT state, created_at, author_id, root_id FROM posts WHERE id = $1")
            .bind(root.as_str())
            .fetch_optional(tx.sql())
            .await?;
    let Some((state, created, author, its_root)) = beginning else { return Ok(()) };
    if its_root != root.as_str() {
        return Ok(());
    }
    let last: Option<(i64,)> = sqlx::query_as(
        "SELECT created_at FROM posts WHERE root_id = $1 AND id <> $1 AND state = 'posted' ORDER BY created_at DESC, id DESC LIMIT 1",
    )
    .bind(root.as_str())
    .fetch_optional(tx.sql())
    .await?;
    let other: Option<(i64,)> = sqlx::query_as(
        "SELECT created_at FROM posts WHERE root_id = $1 AND id <> $1 AND state = 'posted' AND author_id <> $2 ORDER BY created_at, id LIMIT 1",
    )
    .bind(root.as_str())
    .bind(author)
    .fetch_optional(tx.sql())
    .await?;
    let readable = State::read(&state) == State::Posted;
    let posted = if readable { created } else { 0 };
    let listed = last.map_or(posted, |(at,)| at.max(posted));
    sqlx::query("UPDATE posts SET listed_at = $2, answered = $3 WHERE id = $1")
        .bind(root.as_str())
        .bind(listed)
        .bind(i64::from(other.is_some() || !readable))
        .execute(tx.sql())
        .await?;
    Ok(())
}
