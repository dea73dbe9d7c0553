//! Graves: the addresses of deleted things, whether or not we ever had them. What lies here never comes back,
//! however late or often its `Create` arrives.

use crate::base::{Iri, Timestamp};
use crate::db::{Conn, DbError, Tx};

/// Remembers that this address was deleted.
pub async fn bury(tx: &mut Tx, uri: &Iri, now: Timestamp) -> Result<(), DbError> {
    sqlx::query("INSERT INTO tombstones (uri, buried_at) VALUES ($1, $2) ON CONFLICT (uri) DO NOTHING")
        .bind(uri.as_str())
        .bind(now.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Whether this address was deleted.
pub async fn is_buried(conn: &mut Conn, uri: &Iri) -> Result<bool, DbError> {
    let row: Option<(String,)> =
        sqlx::query_as("SELECT uri FROM tombstones WHERE uri = $1").bind(uri.as_str()).fetch_optional(conn.sql()).await?;
    Ok(row.is_some())
}
