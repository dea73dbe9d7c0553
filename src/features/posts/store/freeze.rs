//! The SQL of pausing everything that somebody wrote. What is frozen is in no list, no document and no history, because all of
//! them ask for `posted`: there is nothing that has to be remembered elsewhere.

use crate::base::Id;
use crate::db::{DbError, Tx};

use super::id;

/// Freezes every readable post of a writer. Returns threads whose place changes.
pub(in crate::features::posts) async fn freeze(tx: &mut Tx, author: &Id) -> Result<Vec<Id>, DbError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("UPDATE posts SET state = 'frozen' WHERE author_id = $1 AND state = 'posted' RETURNING root_id")
            .bind(author.as_str())
            .fetch_all(tx.sql())
            .await?;
    roots(&rows)
}

/// Shows every frozen post of a writer again. Returns threads whose place changes.
pub(in crate::features::posts) async fn thaw(tx: &mut Tx, author: &Id) -> Result<Vec<Id>, DbError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("UPDATE posts SET state = 'posted' WHERE author_id = $1 AND state = 'frozen' RETURNING root_id")
            .bind(author.as_str())
            .fetch_all(tx.sql())
            .await?;
    roots(&rows)
}

fn roots(rows: &[(String,)]) -> Result<Vec<Id>, DbError> {
    let mut roots = rows.iter().map(|(root,)| id(root)).collect::<Result<Vec<_>, _>>()?;
    roots.sort();
    roots.dedup();
    Ok(roots)
}

/// A post that became readable while its writer is frozen does not stay so: an answer of the home came late.
pub(in crate::features::posts) async fn stays(tx: &mut Tx, post: &Id) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE posts SET state = 'frozen' WHERE id = $1 AND state = 'posted'
         AND EXISTS (SELECT 1 FROM actors a WHERE a.id = posts.author_id AND a.frozen_at IS NOT NULL)",
    )
    .bind(post.as_str())
    .execute(tx.sql())
    .await?;
    Ok(())
}
