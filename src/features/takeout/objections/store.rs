//! The SQL of objections. Who may do what is decided in the room above.

use super::{About, MOST_KEPT, Objection, State};
use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    account_id: String,
    about: String,
    words: String,
    paused: i64,
    state: String,
    made_at: i64,
    due_at: i64,
    ended_at: Option<i64>,
    reason: String,
}

impl Row {
    fn into_objection(self) -> Result<Objection, DbError> {
        let id = |text: &str| Id::parse(text).ok_or(DbError::Unreadable("objections"));
        Ok(Objection {
            id: id(&self.id)?,
            account: id(&self.account_id)?,
            about: About::parse(&self.about).unwrap_or(About::Other),
            words: self.words,
            paused: self.paused != 0,
            state: State::read(&self.state),
            made_at: Timestamp::from_millis(self.made_at),
            due_at: Timestamp::from_millis(self.due_at),
            ended_at: self.ended_at.map(Timestamp::from_millis),
            reason: self.reason,
        })
    }
}

fn read(rows: Vec<Row>) -> Result<Vec<Objection>, DbError> {
    rows.into_iter().map(Row::into_objection).collect()
}

/// Keeps a new objection.
pub(super) async fn insert(tx: &mut Tx, new: &Objection) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO objections (id, account_id, about, words, paused, state, made_at, due_at, ended_at, reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(new.id.as_str())
    .bind(new.account.as_str())
    .bind(new.about.as_str())
    .bind(&new.words)
    .bind(i64::from(new.paused))
    .bind(new.state.as_str())
    .bind(new.made_at.millis())
    .bind(new.due_at.millis())
    .bind(new.ended_at.map(Timestamp::millis))
    .bind(&new.reason)
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// The objection with this id.
pub(super) async fn by_id(conn: &mut Conn, id: &Id) -> Result<Option<Objection>, DbError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, account_id, about, words, paused, state, made_at, due_at, ended_at, reason FROM objections WHERE id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(conn.sql())
    .await?;
    row.map(Row::into_objection).transpose()
}

/// The objections of a person, newest first.
pub(super) async fn of_account(conn: &mut Conn, account: &Id) -> Result<Vec<Objection>, DbError> {
    let rows = sqlx::query_as(
        "SELECT id, account_id, about, words, paused, state, made_at, due_at, ended_at, reason FROM objections
         WHERE account_id = $1 ORDER BY made_at DESC, id DESC LIMIT $2",
    )
    .bind(account.as_str())
    .bind(i64::try_from(MOST_KEPT).unwrap_or(i64::MAX))
    .fetch_all(conn.sql())
    .await?;
    read(rows)
}

/// What waits for an answer, the one that is due first before the others.
pub(super) async fn open(conn: &mut Conn, most: i64) -> Result<Vec<Objection>, DbError> {
    let rows = sqlx::query_as(
        "SELECT id, account_id, about, words, paused, state, made_at, due_at, ended_at, reason FROM objections
         WHERE state = 'open' ORDER BY due_at, id LIMIT $1",
    )
    .bind(most)
    .fetch_all(conn.sql())
    .await?;
    read(rows)
}

/// What was answered or taken back, newest first.
pub(super) async fn ended(conn: &mut Conn, most: i64) -> Result<Vec<Objection>, DbError> {
    let rows = sqlx::query_as(
        "SELECT id, account_id, about, words, paused, state, made_at, due_at, ended_at, reason FROM objections
         WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT $1",
    )
    .bind(most)
    .fetch_all(conn.sql())
    .await?;
    read(rows)
}

/// How many wait, and for how many of them the answer was due before then: sums for the register.
pub(in crate::features::takeout) async fn sums(conn: &mut Conn, now: Timestamp) -> Result<(i64, i64), DbError> {
    let (open,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM objections WHERE state = 'open'").fetch_one(conn.sql()).await?;
    let (late,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM objections WHERE state = 'open' AND due_at < $1")
        .bind(now.millis())
        .fetch_one(conn.sql())
        .await?;
    Ok((open, late))
}

/// Ends an objection that waits: of two at once, one does. The words of one that is taken back go.
pub(super) async fn end(tx: &mut Tx, id: &Id, state: State, now: Timestamp, reason: &str) -> Result<bool, DbError> {
    let done = sqlx::query(
        "UPDATE objections SET state = $2, ended_at = $3, reason = $4, words = CASE WHEN $5 = 1 THEN '' ELSE words END
         WHERE id = $1 AND state = 'open'",
    )
    .bind(id.as_str())
    .bind(state.as_str())
    .bind(now.millis())
    .bind(reason)
    .bind(i64::from(state == State::Withdrawn))
    .execute(tx.sql())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How many were answered or taken back before then.
pub(in crate::features::takeout) async fn old(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM objections WHERE ended_at IS NOT NULL AND ended_at < $1")
        .bind(before.millis())
        .fetch_one(conn.sql())
        .await?;
    Ok(count)
}

/// Forgets at most so many of these. One that waits is never among them, however old it is.
pub(in crate::features::takeout) async fn forget(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    let done = sqlx::query(
        "DELETE FROM objections WHERE id IN
         (SELECT id FROM objections WHERE ended_at IS NOT NULL AND ended_at < $1 ORDER BY ended_at, id LIMIT $2)",
    )
    .bind(before.millis())
    .bind(most)
    .execute(tx.sql())
    .await?;
    Ok(done.rows_affected())
}
