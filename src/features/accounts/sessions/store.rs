//! All SQL of sessions: one indexed query for the cookie of a request, and what a person does with their own list.
//! It stores the hash of a token, never the token.

use crate::base::{Id, Sensitive, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::features::accounts::account::{Presence, Session};
use crate::features::accounts::agent::Agent;
use crate::features::accounts::store::{id, role};

/// What is written of a new session.
pub(super) struct SessionToInsert<'a> {
    pub id: &'a Id,
    pub token_hash: &'a str,
    pub account: &'a Id,
    pub agent: Agent,
    pub created_at: Timestamp,
    pub seen_day: Timestamp,
    pub expires_at: Timestamp,
    pub reset_until: Timestamp,
}

/// Writes a session.
pub(super) async fn insert_session(tx: &mut Tx, new: SessionToInsert<'_>) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO sessions (id, token_hash, account_id, agent, created_at, seen_day, expires_at, renew, reset_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)",
    )
    .bind(new.id.as_str())
    .bind(new.token_hash)
    .bind(new.account.as_str())
    .bind(new.agent.stored())
    .bind(new.created_at.millis())
    .bind(new.seen_day.millis())
    .bind(new.expires_at.millis())
    .bind(new.reset_until.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct PresenceRow {
    session: String,
    account: String,
    role: String,
    called: String,
    seen_day: i64,
    renew: i64,
    reset_until: i64,
}

/// Who a token signs in, now. One query for each request with a cookie.
pub(super) async fn presence(conn: &mut Conn, token_hash: &str, now: Timestamp) -> Result<Option<Presence>, DbError> {
    let row: Option<PresenceRow> = sqlx::query_as(
        "SELECT s.id AS session, a.id AS account, a.role AS role, a.called AS called, s.seen_day AS seen_day, s.renew AS renew,
                s.reset_until AS reset_until
         FROM sessions s JOIN accounts a ON a.id = s.account_id
         WHERE s.token_hash = $1 AND s.expires_at > $2 AND a.deactivated_at IS NULL",
    )
    .bind(token_hash)
    .bind(now.millis())
    .fetch_optional(conn.sql())
    .await?;
    let read = |row: PresenceRow| {
        Ok(Presence {
            session: id(&row.session)?,
            account: id(&row.account)?,
            role: role(&row.role),
            called: Sensitive::new(row.called),
            seen_day: Timestamp::from_millis(row.seen_day),
            renew: row.renew != 0,
            reset_until: Timestamp::from_millis(row.reset_until),
        })
    };
    row.map(read).transpose()
}

/// Writes the day of use and the new end.
pub(super) async fn touch_session(tx: &mut Tx, session: &Id, day: Timestamp, expires_at: Timestamp) -> Result<(), DbError> {
    sqlx::query("UPDATE sessions SET seen_day = $2, expires_at = $3 WHERE id = $1")
        .bind(session.as_str())
        .bind(day.millis())
        .bind(expires_at.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Gives a session a new token; false when another request was first.
pub(super) async fn replace_token(tx: &mut Tx, session: &Id, old: &str, new: &str) -> Result<bool, DbError> {
    let done = sqlx::query("UPDATE sessions SET token_hash = $3, renew = 0 WHERE id = $1 AND token_hash = $2")
        .bind(session.as_str())
        .bind(old)
        .bind(new)
        .execute(tx.sql())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Asks for a new token at the next request of each session of an account.
pub(super) async fn ask_new_tokens(tx: &mut Tx, account: &Id) -> Result<(), DbError> {
    sqlx::query("UPDATE sessions SET renew = 1 WHERE account_id = $1").bind(account.as_str()).execute(tx.sql()).await?;
    Ok(())
}

/// Ends the permission to set a passphrase without the old one.
pub(super) async fn end_reset(tx: &mut Tx, account: &Id) -> Result<(), DbError> {
    sqlx::query("UPDATE sessions SET reset_until = 0 WHERE account_id = $1").bind(account.as_str()).execute(tx.sql()).await?;
    Ok(())
}

/// The sessions of an account, newest first.
pub(super) async fn sessions_of(conn: &mut Conn, account: &Id, now: Timestamp) -> Result<Vec<Session>, DbError> {
    let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(
        "SELECT id, agent, created_at, seen_day FROM sessions WHERE account_id = $1 AND expires_at > $2
         ORDER BY seen_day DESC, created_at DESC, id DESC LIMIT 100",
    )
    .bind(account.as_str())
    .bind(now.millis())
    .fetch_all(conn.sql())
    .await?;
    let read = |(session, agent, created_at, seen_day): (String, String, i64, i64)| {
        Ok(Session {
            id: id(&session)?,
            agent: Agent::from_stored(&agent),
            created_at: Timestamp::from_millis(created_at),
            seen_day: Timestamp::from_millis(seen_day),
        })
    };
    rows.into_iter().map(read).collect()
}

/// Ends one session of an account; false when the account has no such session.
pub(super) async fn end_session(tx: &mut Tx, account: &Id, session: &Id) -> Result<bool, DbError> {
    let done = sqlx::query("DELETE FROM sessions WHERE id = $1 AND account_id = $2")
        .bind(session.as_str())
        .bind(account.as_str())
        .execute(tx.sql())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends the session of a token, whoever's it is.
pub(super) async fn end_session_of_token(tx: &mut Tx, token_hash: &str) -> Result<(), DbError> {
    sqlx::query("DELETE FROM sessions WHERE token_hash = $1").bind(token_hash).execute(tx.sql()).await?;
    Ok(())
}

/// Ends all sessions of an account but `kept`.
pub(super) async fn end_sessions(tx: &mut Tx, account: &Id, kept: Option<&Id>) -> Result<u64, DbError> {
    let done = sqlx::query("DELETE FROM sessions WHERE account_id = $1 AND id <> $2")
        .bind(account.as_str())
        .bind(kept.map_or("", Id::as_str))
        .execute(tx.sql())
        .await?;
    Ok(done.rows_affected())
}

/// Ends the oldest sessions of an account beyond `most`.
pub(super) async fn end_oldest_sessions(tx: &mut Tx, account: &Id, most: i64) -> Result<(), DbError> {
    sqlx::query(
        "DELETE FROM sessions WHERE account_id = $1 AND id NOT IN
           (SELECT id FROM sessions WHERE account_id = $1 ORDER BY seen_day DESC, created_at DESC, id DESC LIMIT $2)",
    )
    .bind(account.as_str())
    .bind(most)
    .execute(tx.sql())
    .await?;
    Ok(())
}
