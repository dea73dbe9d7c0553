//! The SQL of what is under way with a post: who was told of its last change and who confirmed, which answer is awaited, and
//! the change that an own post proposes to its home.

use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::features::posts::post::Text;

/// Which activity carries the last change, and who was told.
pub(in crate::features::posts) async fn set_change(tx: &mut Tx, id: &Id, change: &Iri, told: i64, confirmed: i64) -> Result<(), DbError> {
    sqlx::query("UPDATE posts SET change_uri = $2, told = $3, confirmed = $4 WHERE id = $1")
        .bind(id.as_str())
        .bind(change.as_str())
        .bind(told)
        .bind(confirmed)
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// The figures of the last change. They only grow.
pub(in crate::features::posts) async fn set_figures(tx: &mut Tx, id: &Id, told: i64, confirmed: i64) -> Result<(), DbError> {
    sqlx::query("UPDATE posts SET told = $2, confirmed = CASE WHEN confirmed > $3 AND told = $2 THEN confirmed ELSE $3 END WHERE id = $1")
        .bind(id.as_str())
        .bind(told)
        .bind(confirmed)
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// At the home: which Delete of a guest's house waits for the figures (`None`: none any more).
pub(in crate::features::posts) async fn set_answer(tx: &mut Tx, id: &Id, answer: Option<(&Iri, &Id)>) -> Result<(), DbError> {
    sqlx::query("UPDATE posts SET answer_uri = $2, answer_to = $3 WHERE id = $1")
        .bind(id.as_str())
        .bind(answer.map(|(uri, _)| uri.as_str()))
        .bind(answer.map(|(_, partner)| partner.as_str()))
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// At the home: which `updated` of the guest's house was applied.
pub(in crate::features::posts) async fn set_origin_updated(tx: &mut Tx, id: &Id, updated: Timestamp) -> Result<(), DbError> {
    sqlx::query("UPDATE posts SET origin_updated_at = $2 WHERE id = $1").bind(id.as_str()).bind(updated.millis()).execute(tx.sql()).await?;
    Ok(())
}

/// At the writer's house: which Create of ours carries a post.
pub(in crate::features::posts) async fn set_create(tx: &mut Tx, id: &Id, create: &Iri) -> Result<(), DbError> {
    sqlx::query("UPDATE posts SET create_uri = $2 WHERE id = $1").bind(id.as_str()).bind(create.as_str()).execute(tx.sql()).await?;
    Ok(())
}

/// At the writer's house: a change that waits for the home.
pub(in crate::features::posts) async fn propose(tx: &mut Tx, id: &Id, text: &Text, update: &Iri) -> Result<(), DbError> {
    sqlx::query("UPDATE posts SET edit_source = $2, edit_lang = $3, edit_label = $4, edit_uri = $5, edit_reason = '' WHERE id = $1")
        .bind(id.as_str())
        .bind(text.source())
        .bind(text.lang())
        .bind(text.label())
        .bind(update.as_str())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// The home took the change, or the writer dropped it.
pub(in crate::features::posts) async fn clear_proposal(tx: &mut Tx, id: &Id) -> Result<(), DbError> {
    sqlx::query("UPDATE posts SET edit_source = NULL, edit_uri = NULL, edit_reason = '' WHERE id = $1")
        .bind(id.as_str())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// The home refused the change; the text stays for the writer.
pub(in crate::features::posts) async fn refuse_proposal(tx: &mut Tx, id: &Id, reason: &str) -> Result<(), DbError> {
    sqlx::query("UPDATE posts SET edit_uri = NULL, edit_reason = $2 WHERE id = $1")
        .bind(id.as_str())
        .bind(reason)
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Remembers who removed a post, so that somebody else looks again when its writer asks.
pub(in crate::features::posts) async fn set_removed_by(tx: &mut Tx, id: &Id, actor: &Id) -> Result<(), DbError> {
    sqlx::query("UPDATE posts SET removed_by = $2 WHERE id = $1").bind(id.as_str()).bind(actor.as_str()).execute(tx.sql()).await?;
    Ok(())
}

/// Who removed a post, when that is known here.
pub(in crate::features::posts) async fn removed_by(conn: &mut Conn, id: &Id) -> Result<Option<Id>, DbError> {
    let row: Option<(String,)> =
        sqlx::query_as("SELECT removed_by FROM posts WHERE id = $1").bind(id.as_str()).fetch_optional(conn.sql()).await?;
    Ok(row.and_then(|(actor,)| Id::parse(&actor)))
}
