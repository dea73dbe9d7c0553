//! The rows of break-glasses.

use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx};

use super::glass::{Glass, State};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    group_id: String,
    asked_by: String,
    asked_at: i64,
    reason: String,
    state: String,
    answered_by: String,
    ends_at: Option<i64>,
    told_at: Option<i64>,
}

impl Row {
    fn into_glass(self) -> Result<Glass, DbError> {
        let id = |text: &str| Id::parse(text).ok_or(DbError::Unreadable("glasses"));
        Ok(Glass {
            id: id(&self.id)?,
            group: id(&self.group_id)?,
            asked_by: id(&self.asked_by)?,
            asked_at: Timestamp::from_millis(self.asked_at),
            reason: self.reason,
            state: State::parse(&self.state),
            answered_by: Id::parse(&self.answered_by),
            ends_at: self.ends_at.map(Timestamp::from_millis),
            told_at: self.told_at.map(Timestamp::from_millis),
        })
    }
}

pub(super) async fn insert(tx: &mut Tx, glass: &Glass) -> Result<(), DbError> {
    sqlx::query("INSERT INTO glasses (id, group_id, asked_by, asked_at, reason, state) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(glass.id.as_str())
        .bind(glass.group.as_str())
        .bind(glass.asked_by.as_str())
        .bind(glass.asked_at.millis())
        .bind(&glass.reason)
        .bind(glass.state.as_str())
        .execute(tx.sql())
        .await?;
    Ok(())
}

pub(super) async fn save(tx: &mut Tx, glass: &Glass, now: Timestamp) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE glasses SET state = $2, answered_by = $3, ends_at = $4, told_at = $5,
            answered_at = CASE WHEN answered_at IS NULL AND $3 <> '' THEN $6 ELSE answered_at END WHERE id = $1",
    )
    .bind(glass.id.as_str())
    .bind(glass.state.as_str())
    .bind(glass.answered_by.as_ref().map_or("", Id::as_str))
    .bind(glass.ends_at.map(Timestamp::millis))
    .bind(glass.told_at.map(Timestamp::millis))
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Remembers that this account, or this partner, was told of a break-glass. False when it was already.
pub(super) async fn told(tx: &mut Tx, glass: &Id, who: &Id) -> Result<bool, DbError> {
    let new = sqlx::query("INSERT INTO glass_told (glass_id, who) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(glass.as_str())
        .bind(who.as_str())
        .execute(tx.sql())
        .await?;
    Ok(new.rows_affected() > 0)
}

pub(super) async fn by_id(conn: &mut Conn, id: &Id) -> Result<Option<Glass>, DbError> {
    let row: Option<Row> =
        sqlx::query_as("SELECT id, group_id, asked_by, asked_at, reason, state, answered_by, ends_at, told_at FROM glasses WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(conn.sql())
            .await?;
    row.map(Row::into_glass).transpose()
}

/// The newest, of everybody.
pub(super) async fn newest(conn: &mut Conn, limit: i64) -> Result<Vec<Glass>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, group_id, asked_by, asked_at, reason, state, answered_by, ends_at, told_at FROM glasses
         ORDER BY asked_at DESC, id DESC LIMIT $1",
    )
    .bind(limit)
    .fetch_all(conn.sql())
    .await?;
    rows.into_iter().map(Row::into_glass).collect()
}

/// Those of one group that were asked for since then.
pub(super) async fn of_group(conn: &mut Conn, group: &Id, since: Timestamp) -> Result<Vec<Glass>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, group_id, asked_by, asked_at, reason, state, answered_by, ends_at, told_at FROM glasses
         WHERE group_id = $1 AND asked_at > $2 ORDER BY asked_at DESC",
    )
    .bind(group.as_str())
    .bind(since.millis())
    .fetch_all(conn.sql())
    .await?;
    rows.into_iter().map(Row::into_glass).collect()
}
