//! The SQL of what is past its time: drafts that nobody touched, old notices, and posts that are gone for so long that even the
//! record of who had them ends. Everything goes in bounded steps; a post that can be read is never touched here.

use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, DbError, Tx};

/// How many drafts were last touched before then.
pub(in crate::features::posts) async fn drafts(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    let (count,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM drafts WHERE saved_at < $1").bind(before.millis()).fetch_one(conn.sql()).await?;
    Ok(count)
}

/// Forgets such drafts.
pub(in crate::features::posts) async fn forget_drafts(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("SELECT actor_id, group_id, parent_id FROM drafts WHERE saved_at < $1 ORDER BY saved_at LIMIT $2")
            .bind(before.millis())
            .bind(most)
            .fetch_all(tx.sql())
            .await?;
    for (actor, group, parent) in &rows {
        sqlx::query("DELETE FROM drafts WHERE actor_id = $1 AND group_id = $2 AND parent_id = $3")
            .bind(actor)
            .bind(group)
            .bind(parent)
            .execute(tx.sql())
            .await?;
    }
    Ok(u64::try_from(rows.len()).unwrap_or(0))
}

/// When the oldest draft of this persona was last touched.
pub(in crate::features::posts) async fn oldest_draft(conn: &mut Conn, actor: &Id) -> Result<Option<Timestamp>, DbError> {
    let (at,): (Option<i64>,) =
        sqlx::query_as("SELECT MIN(saved_at) FROM drafts WHERE actor_id = $1").bind(actor.as_str()).fetch_one(conn.sql()).await?;
    Ok(at.map(Timestamp::from_millis))
}

/// How many notices are from before then.
pub(in crate::features::posts) async fn notices(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    let (count,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM post_notices WHERE at < $1").bind(before.millis()).fetch_one(conn.sql()).await?;
    Ok(count)
}

/// Forgets such notices.
pub(in crate::features::posts) async fn forget_notices(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    let rows: Vec<(String, String)> = sqlx::query_as("SELECT actor_id, post_id FROM post_notices WHERE at < $1 ORDER BY at LIMIT $2")
        .bind(before.millis())
        .bind(most)
        .fetch_all(tx.sql())
        .await?;
    for (actor, post) in &rows {
        sqlx::query("DELETE FROM post_notices WHERE actor_id = $1 AND post_id = $2").bind(actor).bind(post).execute(tx.sql()).await?;
    }
    Ok(u64::try_from(rows.len()).unwrap_or(0))
}

const GONE: &str = "p.deleted_at < $1 AND p.state IN ('deleted', 'removed', 'withdrawn') AND p.source = ''
     AND (EXISTS (SELECT 1 FROM outbox o WHERE o.about = p.uri) OR EXISTS (SELECT 1 FROM outbox o WHERE o.about = p.origin_uri))";

/// How many posts are gone since before then and still have a record of who had them.
pub(in crate::features::posts) async fn gone(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    let text = format!("SELECT COUNT(*) FROM posts p WHERE {GONE}");
    let (count,): (i64,) = sqlx::query_as(sqlx::AssertSqlSafe(text)).bind(before.millis()).fetch_one(conn.sql()).await?;
    Ok(count)
}

/// Addresses of such posts.
pub(in crate::features::posts) async fn gone_addresses(conn: &mut Conn, before: Timestamp, most: i64) -> Result<Vec<Iri>, DbError> {
    let text = format!("SELECT p.uri, p.origin_uri FROM posts p WHERE {GONE} ORDER BY p.deleted_at LIMIT $2");
    let rows: Vec<(Option<String>, Option<String>)> =
        sqlx::query_as(sqlx::AssertSqlSafe(text)).bind(before.millis()).bind(most).fetch_all(conn.sql()).await?;
    let all = rows.into_iter().flat_map(|(uri, origin)| [uri, origin]).flatten();
    Ok(all.filter_map(|uri| Iri::parse(&uri).ok()).collect())
}
