//! The SQL of the end of a partnership: what the partner holds of us, by the record of what went to it, and what we hold of it.

use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, DbError, Tx};

use super::{corrupt, id};

/// A post of ours that a partner holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::features::posts) struct Held {
    /// The post's address.
    pub uri: Iri,
    /// The group it is in.
    pub group: Id,
    /// The group's address.
    pub group_uri: Iri,
}

/// What went to the partner `$1`, may have arrived, and was neither asked back nor confirmed as deleted.
macro_rules! held {
    () => {
        "FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq JOIN groups g ON g.id = o.thread AND g.home_id IS NULL
         WHERE d.partner_id = $1 AND o.verb = 'Announce' AND o.about IS NOT NULL AND (d.state = 'delivered' OR d.attempts > 0)
           AND NOT EXISTS (SELECT 1 FROM outbox q JOIN deliveries e ON e.outbox_seq = q.seq AND e.partner_id = $1
                           WHERE q.about = o.about AND q.verb = 'Delete')
           AND NOT EXISTS (SELECT 1 FROM posts p JOIN outbox q ON q.activity_uri = p.change_uri
                           JOIN deliveries e ON e.outbox_seq = q.seq AND e.partner_id = $1
                           WHERE p.uri = o.about AND p.state <> 'posted' AND e.receipt_at IS NOT NULL)"
    };
}

/// How many posts of one group this partner holds.
pub(in crate::features::posts) async fn count_held_in(conn: &mut Conn, partner: &Id, group: &Id) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as(concat!("SELECT COUNT(DISTINCT o.about) ", held!(), " AND g.id = $2"))
        .bind(partner.as_str())
        .bind(group.as_str())
        .fetch_one(conn.sql())
        .await?;
    Ok(count)
}

/// What this partner holds, at most `limit` posts.
pub(in crate::features::posts) async fn held_by(conn: &mut Conn, partner: &Id, limit: i64) -> Result<Vec<Held>, DbError> {
    let rows: Vec<(String, String, String)> =
        sqlx::query_as(concat!("SELECT DISTINCT o.about, g.id, g.uri ", held!(), " ORDER BY o.about LIMIT $2"))
            .bind(partner.as_str())
            .bind(limit)
            .fetch_all(conn.sql())
            .await?;
    rows.into_iter()
        .map(|(uri, group, group_uri)| {
            let iri = |text: &str| Iri::parse(text).map_err(|_| corrupt());
            Ok(Held { uri: iri(&uri)?, group: id(&group)?, group_uri: iri(&group_uri)? })
        })
        .collect()
}

/// Posts of people of this house in groups of this partner that it has, or may have, and was not asked to delete.
pub(in crate::features::posts) async fn own_at(conn: &mut Conn, partner: &Id, limit: i64) -> Result<Vec<Id>, DbError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT p.id FROM posts p JOIN groups g ON g.id = p.group_id
         WHERE g.home_id = $1 AND p.origin_uri IS NOT NULL AND p.state IN ('posted', 'frozen', 'waiting')
           AND (p.uri IS NOT NULL OR EXISTS (SELECT 1 FROM outbox o JOIN deliveries d ON d.outbox_seq = o.seq AND d.partner_id = $1
                WHERE o.about = p.origin_uri AND o.kind = 'post' AND (d.state = 'delivered' OR d.attempts > 0)))
           AND NOT EXISTS (SELECT 1 FROM outbox q JOIN deliveries e ON e.outbox_seq = q.seq AND e.partner_id = $1
                           WHERE q.about = p.origin_uri AND q.verb = 'Delete')
         ORDER BY p.id LIMIT $2",
    )
    .bind(partner.as_str())
    .bind(limit)
    .fetch_all(conn.sql())
    .await?;
    rows.iter().map(|(post,)| id(post)).collect()
}

/// A post of somebody of this house that its home is asked to give back: gone for all but its writer, whose text stays.
pub(in crate::features::posts) async fn given_back(tx: &mut Tx, post: &Id, now: Timestamp) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE posts SET state = 'deleted', reason = '', deleted_at = $2, undo_until = NULL, pinned = 0, excerpt = '', edit_source = NULL,
            edit_uri = NULL, edit_label = '', edit_reason = '' WHERE id = $1",
    )
    .bind(post.as_str())
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    sqlx::query("DELETE FROM post_notices WHERE post_id = $1").bind(post.as_str()).execute(tx.sql()).await?;
    Ok(())
}

/// Copies of this partner's groups with a text, and the beginnings of their threads.
pub(in crate::features::posts) async fn copies(conn: &mut Conn, partner: &Id, limit: i64) -> Result<Vec<(Id, Id)>, DbError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT p.id, p.root_id FROM posts p JOIN groups g ON g.id = p.group_id
         WHERE g.home_id = $1 AND p.origin_uri IS NULL AND (p.state = 'posted' OR p.source <> '') ORDER BY p.id LIMIT $2",
    )
    .bind(partner.as_str())
    .bind(limit)
    .fetch_all(conn.sql())
    .await?;
    rows.iter().map(|(copy, root)| Ok((id(copy)?, id(root)?))).collect()
}

/// How many there are.
pub(in crate::features::posts) async fn count_copies(conn: &mut Conn, partner: &Id) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM posts p JOIN groups g ON g.id = p.group_id
         WHERE g.home_id = $1 AND p.origin_uri IS NULL AND (p.state = 'posted' OR p.source <> '')",
    )
    .bind(partner.as_str())
    .fetch_one(conn.sql())
    .await?;
    Ok(count)
}

/// Takes away the topics of this partner's groups, which are words of others too.
pub(in crate::features::posts) async fn forget_labels(tx: &mut Tx, partner: &Id) -> Result<(), DbError> {
    sqlx::query("DELETE FROM post_labels WHERE group_id IN (SELECT id FROM groups WHERE home_id = $1)")
        .bind(partner.as_str())
        .execute(tx.sql())
        .await?;
    Ok(())
}
