//! What became of everything that was handled or put aside: rows whose only use is to keep repetitions out, for so long as a partner
//! may repeat itself.

use sqlx::AssertSqlSafe;

use crate::base::Timestamp;
use crate::db::{Conn, DbError, Tx};

const SETTLED: &str = "handled_at < $1 AND state IN ('handled', 'ignored', 'refused', 'parked')";

/// How many activities were settled or put aside before then. The bodies of the settled are empty already; the rows keep repetitions out.
///
/// # Errors
/// Database trouble.
pub async fn old_settled(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    let text = format!("SELECT COUNT(*) FROM inbox WHERE {SETTLED}");
    let (count,): (i64,) = sqlx::query_as(AssertSqlSafe(text)).bind(before.millis()).fetch_one(conn.sql()).await?;
    Ok(count)
}

/// Forgets at most so many of them. Never ask for less than eight days: a partner may try for seven.
///
/// # Errors
/// Database trouble.
pub async fn forget_settled(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    let text = format!("DELETE FROM inbox WHERE seq IN (SELECT seq FROM inbox WHERE {SETTLED} ORDER BY handled_at LIMIT $2)");
    Ok(sqlx::query(AssertSqlSafe(text)).bind(before.millis()).bind(most).execute(tx.sql()).await?.rows_affected())
}
