//! All SQL of the records of confidentiality. They are only added; nothing here changes a row.

use super::{Kind, Statement};
use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::features::accounts::store::id;

#[derive(sqlx::FromRow)]
struct Row {
    kind: String,
    way: String,
    words: String,
    version: i64,
    hash: String,
    lang: String,
    signed_at: i64,
    recorded_at: i64,
}

impl From<Row> for Statement {
    fn from(row: Row) -> Self {
        Self {
            kind: Kind::read(&row.kind),
            on_paper: row.way == "paper",
            words: row.words,
            version: row.version,
            hash: row.hash,
            lang: row.lang,
            signed_at: Timestamp::from_millis(row.signed_at),
            recorded_at: Timestamp::from_millis(row.recorded_at),
        }
    }
}

/// Adds a record.
pub(super) async fn insert(tx: &mut Tx, seq: i64, account: &Id, new: &Statement) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO confidentiality (seq, account_id, kind, way, words, version, hash, lang, signed_at, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(seq)
    .bind(account.as_str())
    .bind(new.kind.as_str())
    .bind(if new.on_paper { "paper" } else { "page" })
    .bind(&new.words)
    .bind(new.version)
    .bind(&new.hash)
    .bind(&new.lang)
    .bind(new.signed_at.millis())
    .bind(new.recorded_at.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// The records of a person, newest first.
pub(super) async fn all(conn: &mut Conn, account: &Id, most: i64) -> Result<Vec<Statement>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT kind, way, words, version, hash, lang, signed_at, recorded_at FROM confidentiality
         WHERE account_id = $1 ORDER BY seq DESC LIMIT $2",
    )
    .bind(account.as_str())
    .bind(most)
    .fetch_all(conn.sql())
    .await?;
    Ok(rows.into_iter().map(Statement::from).collect())
}

/// Whether there is a promise of this person.
pub(super) async fn promised(conn: &mut Conn, account: &Id) -> Result<bool, DbError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT seq FROM confidentiality WHERE account_id = $1 AND kind = 'promise' LIMIT 1")
        .bind(account.as_str())
        .fetch_optional(conn.sql())
        .await?;
    Ok(row.is_some())
}

/// How many people with a role who can sign in have made no promise.
pub(super) async fn missing(conn: &mut Conn) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM accounts a WHERE a.role <> 'member' AND a.deactivated_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM confidentiality c WHERE c.account_id = a.id AND c.kind = 'promise')",
    )
    .fetch_one(conn.sql())
    .await?;
    Ok(count)
}

/// Those among the accounts by name after this one, the first so many.
pub(super) async fn missing_after(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<Id>, DbError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT a.id FROM accounts a
         WHERE a.folded_name > COALESCE((SELECT folded_name FROM accounts WHERE id = $1), '') AND a.role <> 'member'
         AND NOT EXISTS (SELECT 1 FROM confidentiality c WHERE c.account_id = a.id AND c.kind = 'promise')
         ORDER BY a.folded_name LIMIT $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(conn.sql())
    .await?;
    rows.into_iter().map(|(text,)| id(&text)).collect()
}
