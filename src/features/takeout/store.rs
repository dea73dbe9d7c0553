//! The SQL of this feature: a person's own notes, and how long this house keeps what. Other features keep their own rows.

use sqlx::AssertSqlSafe;

use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx};

/// A text of a person's own.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Note {
    pub id: String,
    /// `post`, `draft` or `note`.
    pub kind: String,
    /// Name of the group it was written in.
    pub place: String,
    pub text: String,
    pub lang: String,
    written_at: i64,
}

impl Note {
    pub(super) fn written(&self) -> Timestamp {
        Timestamp::from_millis(self.written_at)
    }
}

/// A note to be kept.
pub(super) struct NewNote<'a> {
    pub kind: &'a str,
    pub place: &'a str,
    pub text: &'a str,
    pub lang: &'a str,
    pub written: Timestamp,
}

/// Keeps a note, once. False when the same text of the same moment is there already.
pub(super) async fn keep_note(tx: &mut Tx, id: &Id, account: &Id, note: &NewNote<'_>, now: Timestamp) -> Result<bool, DbError> {
    let there: Option<(String,)> =
        sqlx::query_as("SELECT id FROM notes WHERE account_id = $1 AND written_at = $2 AND kind = $3 AND text = $4 LIMIT 1")
            .bind(account.as_str())
            .bind(note.written.millis())
            .bind(note.kind)
            .bind(note.text)
            .fetch_optional(tx.sql())
            .await?;
    if there.is_some() {
        return Ok(false);
    }
    sqlx::query("INSERT INTO notes (id, account_id, kind, place, text, lang, written_at, kept_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(id.as_str())
        .bind(account.as_str())
        .bind(note.kind)
        .bind(note.place)
        .bind(note.text)
        .bind(note.lang)
        .bind(note.written.millis())
        .bind(now.millis())
        .execute(tx.sql())
        .await?;
    Ok(true)
}

/// Notes of a person before `(at, id)`, newest first.
pub(super) async fn notes(conn: &mut Conn, account: &Id, before: (i64, &str), most: i64) -> Result<Vec<Note>, DbError> {
    Ok(sqlx::query_as(
        "SELECT id, kind, place, text, lang, written_at FROM notes
         WHERE account_id = $1 AND (written_at, id) < ($2, $3) ORDER BY written_at DESC, id DESC LIMIT $4",
    )
    .bind(account.as_str())
    .bind(before.0)
    .bind(before.1)
    .bind(most)
    .fetch_all(conn.sql())
    .await?)
}

/// Throws a note away. False when it is not this person's.
pub(super) async fn drop_note(tx: &mut Tx, account: &Id, note: &str) -> Result<bool, DbError> {
    let done =
        sqlx::query("DELETE FROM notes WHERE account_id = $1 AND id = $2").bind(account.as_str()).bind(note).execute(tx.sql()).await?;
    Ok(done.rows_affected() > 0)
}

/// The house's own choice for each kind.
pub(super) async fn chosen_days(conn: &mut Conn) -> Result<Vec<(String, i64)>, DbError> {
    Ok(sqlx::query_as("SELECT kind, days FROM retention ORDER BY kind").fetch_all(conn.sql()).await?)
}

/// Keeps the house's choice for a kind.
pub(super) async fn choose_days(tx: &mut Tx, kind: &str, days: i64) -> Result<(), DbError> {
    sqlx::query("INSERT INTO retention (kind, days) VALUES ($1, $2) ON CONFLICT (kind) DO UPDATE SET days = excluded.days")
        .bind(kind)
        .bind(days)
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// How many documents partners read before then.
pub(super) async fn old_reads(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    let (count,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM served WHERE last_at < $1").bind(before.millis()).fetch_one(conn.sql()).await?;
    Ok(count)
}

/// Forgets such reads.
pub(super) async fn forget_reads(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    let done = sqlx::query("DELETE FROM served WHERE seq IN (SELECT seq FROM served WHERE last_at < $1 ORDER BY seq LIMIT $2)")
        .bind(before.millis())
        .bind(most)
        .execute(tx.sql())
        .await?;
    Ok(done.rows_affected())
}

/// What a partner was told of a person (that they are in a group, their name, that they are gone) or of a group. Of a person it is
/// past its time only so long after they are gone, since who knows of them is told then; what waits or is not confirmed stays.
const PEOPLE: &str = "o.about IS NOT NULL AND o.kind IN ('membership', 'persona', 'farewell', 'group') AND o.created_at < $1
     AND (o.whose IS NULL OR EXISTS (SELECT 1 FROM actors a WHERE a.id = o.whose AND a.gone_at < $1))
     AND NOT EXISTS (SELECT 1 FROM deliveries d JOIN partners p ON p.id = d.partner_id WHERE d.outbox_seq = o.seq
        AND (d.state IN ('waiting', 'held') OR (o.receipt = 1 AND d.receipt_at IS NULL AND p.handshake = 1 AND p.state <> 'ended')))";

/// How many such rows there are.
pub(super) async fn old_people(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    let text = format!("SELECT COUNT(*) FROM outbox o WHERE {PEOPLE}");
    let (count,): (i64,) = sqlx::query_as(AssertSqlSafe(text)).bind(before.millis()).fetch_one(conn.sql()).await?;
    Ok(count)
}

/// Forgets them.
pub(super) async fn forget_people(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    let text = format!("SELECT o.seq FROM outbox o WHERE {PEOPLE} ORDER BY o.seq LIMIT $2");
    let rows: Vec<(i64,)> = sqlx::query_as(AssertSqlSafe(text)).bind(before.millis()).bind(most).fetch_all(tx.sql()).await?;
    for (seq,) in &rows {
        sqlx::query("DELETE FROM deliveries WHERE outbox_seq = $1").bind(seq).execute(tx.sql()).await?;
        sqlx::query("DELETE FROM outbox WHERE seq = $1").bind(seq).execute(tx.sql()).await?;
    }
    Ok(u64::try_from(rows.len()).unwrap_or(0))
}

/// How many rows the audit log has.
pub(super) async fn audit_rows(conn: &mut Conn) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM audit").fetch_one(conn.sql()).await?;
    Ok(count)
}
