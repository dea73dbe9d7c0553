//! Lanes: one for each partner, with the lease of who works on it and its rest after a failure. A lane is due when its partner
//! may be spoken with and something of it may leave now. Nothing is sent from here.

use std::time::Duration;

use sqlx::AssertSqlSafe;

use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx, numbered};

/// How long a worker may hold a partner's lane: longer than one request can take.
const LEASE: Duration = Duration::from_secs(90);
/// A partner's lane, leased to this worker.
#[derive(Clone, Debug)]
pub struct Lane {
    /// The partner.
    pub partner: Id,
    pub(super) fence: i64,
    pub(super) failures: i64,
}

/// The lanes that may be worked on at `$1` and have something to send. What stands behind something that must wait is not due
/// either (see [`push_back`]), so one look into the index tells.
macro_rules! due_lanes {
    () => {
        "lanes l JOIN partners p ON p.id = l.partner_id
         WHERE l.lease_until < $1 AND l.next_at <= $1 AND (p.state IN ('active', 'proposed') OR p.closing_until IS NOT NULL)
           AND EXISTS (SELECT 1 FROM deliveries d WHERE d.partner_id = l.partner_id AND d.state = 'waiting' AND d.next_at <= $1)
           AND NOT EXISTS (SELECT 1 FROM marks WHERE name = 'restored')"
    };
}

/// Leases up to `most` lanes that have something due. Two workers never get the same lane.
///
/// # Errors
/// Database trouble.
pub async fn lease(tx: &mut Tx, worker: &str, now: Timestamp, most: i64) -> Result<Vec<Lane>, DbError> {
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(concat!(
        "UPDATE lanes SET lease_until = $2, fence = fence + 1, worker = $4
         WHERE lease_until < $1 AND next_at <= $1 AND partner_id IN (
            SELECT l.partner_id FROM ",
        due_lanes!(),
        " ORDER BY l.next_at, l.partner_id LIMIT $3)
         RETURNING partner_id, fence, failures"
    ))
    .bind(now.millis())
    .bind(now.plus(LEASE).millis())
    .bind(most)
    .bind(worker)
    .fetch_all(tx.sql())
    .await?;
    let mut lanes = Vec::with_capacity(rows.len());
    for (partner, fence, failures) in rows {
        lanes.push(Lane { partner: Id::parse(&partner).ok_or(DbError::Unreadable("lanes"))?, fence, failures });
    }
    lanes.sort_by(|a, b| a.partner.cmp(&b.partner));
    Ok(lanes)
}

/// Whether any lane has something to do. Looking costs no write.
pub(super) async fn anything_due(conn: &mut Conn, now: Timestamp) -> Result<bool, DbError> {
    let row: Option<(i64,)> =
        sqlx::query_as(concat!("SELECT 1 FROM ", due_lanes!(), " LIMIT 1")).bind(now.millis()).fetch_optional(conn.sql()).await?;
    Ok(row.is_some())
}

/// At the start of a server: gives back the lanes that died with the one before it (`sole`: all that anybody held, for nobody
/// else serves this database). Returns how many. A worker that was not dead after all is fenced off.
///
/// # Errors
/// Database trouble.
pub async fn free_dead(tx: &mut Tx, worker: &str, sole: bool) -> Result<u64, DbError> {
    let freed = sqlx::query("UPDATE lanes SET lease_until = 0, fence = fence + 1 WHERE lease_until > 0 AND ($1 = 1 OR worker = $2)")
        .bind(i64::from(sole))
        .bind(worker)
        .execute(tx.sql())
        .await?;
    Ok(freed.rows_affected())
}

/// Gives back the lanes that this worker holds and is not working on: after a fault it may not know which were leased to it.
/// Whoever is working on one of them after all is fenced off.
///
/// # Errors
/// Database trouble.
pub(super) async fn free_idle(tx: &mut Tx, worker: &str, busy: &[Id]) -> Result<u64, DbError> {
    let text = format!(
        "UPDATE lanes SET lease_until = 0, fence = fence + 1 WHERE lease_until > 0 AND worker = $1 AND partner_id NOT IN ({})",
        numbered(2, busy.len().max(1))
    );
    let mut query = sqlx::query(AssertSqlSafe(text)).bind(worker);
    for partner in busy {
        query = query.bind(partner.as_str());
    }
    if busy.is_empty() {
        query = query.bind("");
    }
    Ok(query.execute(tx.sql()).await?.rows_affected())
}

/// Partners that do not take what we send, with the moment since when.
///
/// # Errors
/// Database trouble.
pub async fn failing(conn: &mut Conn) -> Result<Vec<(String, Timestamp)>, DbError> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT l.partner_id, l.failing_since FROM lanes l JOIN partners p ON p.id = l.partner_id
         WHERE l.failing_since IS NOT NULL AND p.state IN ('active', 'paused') ORDER BY l.failing_since, l.partner_id",
    )
    .fetch_all(conn.sql())
    .await?;
    Ok(rows.into_iter().map(|(partner, since)| (partner, Timestamp::from_millis(since))).collect())
}

/// The clock was set back by `by` to `now`: what waits for a moment after that waits as long as it would have, and no longer.
///
/// # Errors
/// Database trouble.
pub async fn set_back(tx: &mut Tx, now: Timestamp, by: Duration) -> Result<(), DbError> {
    let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    for text in [
        "UPDATE lanes SET next_at = CASE WHEN next_at - $2 > $1 THEN next_at - $2 ELSE $1 END WHERE next_at > $1",
        "UPDATE lanes SET lease_until = CASE WHEN lease_until - $2 > $1 THEN lease_until - $2 ELSE $1 END WHERE lease_until > $1",
        "UPDATE deliveries SET next_at = CASE WHEN next_at - $2 > $1 THEN next_at - $2 ELSE $1 END WHERE state = 'waiting' AND next_at > $1",
    ] {
        sqlx::query(text).bind(now.millis()).bind(by).execute(tx.sql()).await?;
    }
    Ok(())
}

/// When something is due next, if anything waits.
///
/// # Errors
/// Database trouble.
pub async fn next_due(conn: &mut Conn) -> Result<Option<Timestamp>, DbError> {
    let (next,): (Option<i64>,) = sqlx::query_as(
        "SELECT MIN(CASE WHEN l.next_at > due.next_at THEN l.next_at ELSE due.next_at END) FROM (
            SELECT p.id, (SELECT MIN(d.next_at) FROM deliveries d WHERE d.partner_id = p.id AND d.state = 'waiting') AS next_at
            FROM partners p WHERE p.state IN ('active', 'proposed') OR p.closing_until IS NOT NULL) due
         JOIN lanes l ON l.partner_id = due.id
         WHERE due.next_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM marks WHERE name = 'restored')",
    )
    .fetch_one(conn.sql())
    .await?;
    Ok(next.map(Timestamp::from_millis))
}
