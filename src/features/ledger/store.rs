//! The SQL of this feature's own few rows: the switch about partners that do not confirm, and the mark of a replay.

use crate::base::Timestamp;
use crate::db::{Conn, DbError, Tx};

const PAUSE: &str = "pause-after-week";
const REPLAYED: &str = "replayed";

/// Whether a partner that does not confirm an erasure for a week is paused by itself. As installed: no.
pub(super) async fn pauses(conn: &mut Conn) -> Result<bool, DbError> {
    let row: Option<(i64,)> =
        sqlx::query_as("SELECT value FROM erasure_rules WHERE name = $1").bind(PAUSE).fetch_optional(conn.sql()).await?;
    Ok(row.is_some_and(|(value,)| value != 0))
}

/// Turns that on or off.
pub(super) async fn set_pauses(tx: &mut Tx, on: bool) -> Result<(), DbError> {
    sqlx::query("INSERT INTO erasure_rules (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .bind(PAUSE)
        .bind(i64::from(on))
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Whether the erasures were applied again after the restore of this moment, and how many there were.
///
/// # Errors
/// Database trouble.
pub async fn replayed(conn: &mut Conn, restore: Timestamp) -> Result<Option<i64>, DbError> {
    let row: Option<(String,)> =
        sqlx::query_as("SELECT value FROM marks WHERE name = $1").bind(REPLAYED).fetch_optional(conn.sql()).await?;
    let marked = row.as_ref().and_then(|(value,)| value.split_once(' '));
    Ok(marked.filter(|(at, _)| *at == restore.millis().to_string()).and_then(|(_, count)| count.parse().ok()))
}

/// Remembers that they were.
///
/// # Errors
/// Database trouble.
pub async fn mark_replayed(tx: &mut Tx, restore: Timestamp, count: i64) -> Result<(), DbError> {
    sqlx::query("INSERT INTO marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .bind(REPLAYED)
        .bind(format!("{} {count}", restore.millis()))
        .execute(tx.sql())
        .await?;
    Ok(())
}
