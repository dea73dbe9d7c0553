//! The SQL of cases; that of reports is in [`reports`]. It keeps and finds rows; every rule is in `case.rs` and `sight.rs`.

pub(super) mod reports;

use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx};

use super::case::{Case, Kind, Outcome, Proposal, State};

/// Open cases that are read at most.
const MOST_OPEN: i64 = 500;
/// Closed cases on the list.
const MOST_CLOSED: i64 = 100;

macro_rules! select_case {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, group_id, post_id, author_id, for_staff, state, owner, decided_by, appealed, outcome, out_by, out_actor,
             out_reason, opened_at, changed_at, due_at, closed_at FROM cases ",
            $rest
        )
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    kind: String,
    group_id: String,
    post_id: String,
    author_id: String,
    for_staff: i64,
    state: String,
    owner: String,
    decided_by: String,
    appealed: i64,
    outcome: String,
    out_by: String,
    out_actor: String,
    out_reason: String,
    opened_at: i64,
    changed_at: i64,
    due_at: Option<i64>,
    closed_at: Option<i64>,
}

/// A row that nobody of ours wrote.
pub(super) fn corrupt() -> DbError {
    DbError::Unreadable("cases")
}

/// An id, or none.
fn some(text: &str) -> Option<Id> {
    Id::parse(text)
}

/// An id as a column keeps it.
fn column(id: Option<&Id>) -> &str {
    id.map_or("", Id::as_str)
}

impl Row {
    fn into_case(self) -> Result<Case, DbError> {
        let out = some(&self.out_by).zip(some(&self.out_actor));
        Ok(Case {
            id: Id::parse(&self.id).ok_or_else(corrupt)?,
            kind: Kind::read(&self.kind),
            group: some(&self.group_id),
            post: some(&self.post_id),
            author: some(&self.author_id),
            for_staff: self.for_staff != 0,
            state: State::read(&self.state),
            owner: some(&self.owner),
            decided_by: some(&self.decided_by),
            appealed: self.appealed != 0,
            outcome: Outcome::parse(&self.outcome),
            out: out.map(|(by, actor)| Proposal { by, actor, reason: self.out_reason }),
            opened_at: Timestamp::from_millis(self.opened_at),
            changed_at: Timestamp::from_millis(self.changed_at),
            due_at: self.due_at.map(Timestamp::from_millis),
            closed_at: self.closed_at.map(Timestamp::from_millis),
        })
    }
}

pub(super) async fn insert(tx: &mut Tx, case: &Case) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO cases (id, kind, group_id, post_id, author_id, for_staff, state, opened_at, changed_at, due_at, appealed, decided_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11)",
    )
    .bind(case.id.as_str())
    .bind(case.kind.as_str())
    .bind(column(case.group.as_ref()))
    .bind(column(case.post.as_ref()))
    .bind(column(case.author.as_ref()))
    .bind(i64::from(case.for_staff))
    .bind(case.state.as_str())
    .bind(case.opened_at.millis())
    .bind(case.due_at.map(Timestamp::millis))
    .bind(i64::from(case.appealed))
    .bind(column(case.decided_by.as_ref()))
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Keeps everything of a case that can change.
pub(super) async fn save(tx: &mut Tx, case: &Case, now: Timestamp) -> Result<(), DbError> {
    let out = case.out.as_ref();
    sqlx::query(
        "UPDATE cases SET state = $2, owner = $3, decided_by = $4, outcome = $5, out_by = $6, out_actor = $7, out_reason = $8,
            changed_at = $9, closed_at = $10, appealed = $11, for_staff = $12,
            taken_at = CASE WHEN $2 = 'owned' AND taken_at IS NULL THEN $9 ELSE taken_at END
         WHERE id = $1",
    )
    .bind(case.id.as_str())
    .bind(case.state.as_str())
    .bind(column(case.owner.as_ref()))
    .bind(column(case.decided_by.as_ref()))
    .bind(case.outcome.map_or("", Outcome::as_str))
    .bind(column(out.map(|out| &out.by)))
    .bind(column(out.map(|out| &out.actor)))
    .bind(out.map_or("", |out| out.reason.as_str()))
    .bind(now.millis())
    .bind(case.closed_at.map(Timestamp::millis))
    .bind(i64::from(case.appealed))
    .bind(i64::from(case.for_staff))
    .execute(tx.sql())
    .await?;
    Ok(())
}

pub(super) async fn by_id(conn: &mut Conn, id: &Id) -> Result<Option<Case>, DbError> {
    let row: Option<Row> = sqlx::query_as(select_case!("WHERE id = $1")).bind(id.as_str()).fetch_optional(conn.sql()).await?;
    row.map(Row::into_case).transpose()
}

/// The open case of this kind about this post.
pub(super) async fn open_about(conn: &mut Conn, kind: Kind, post: &Id) -> Result<Option<Case>, DbError> {
    let row: Option<Row> =
        sqlx::query_as(select_case!("WHERE post_id = $1 AND kind = $2 AND state <> 'closed' ORDER BY opened_at, id LIMIT 1"))
            .bind(post.as_str())
            .bind(kind.as_str())
            .fetch_optional(conn.sql())
            .await?;
    row.map(Row::into_case).transpose()
}

/// The newest case about this post that is no worry, open or not: an appeal goes on where it ended.
pub(super) async fn latest_about(conn: &mut Conn, post: &Id) -> Result<Option<Case>, DbError> {
    let row: Option<Row> = sqlx::query_as(select_case!("WHERE post_id = $1 AND kind <> 'worry' ORDER BY opened_at DESC, id DESC LIMIT 1"))
        .bind(post.as_str())
        .fetch_optional(conn.sql())
        .await?;
    row.map(Row::into_case).transpose()
}

/// All open cases, oldest first.
pub(super) async fn open(conn: &mut Conn) -> Result<Vec<Case>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(select_case!("WHERE state <> 'closed' ORDER BY opened_at, id LIMIT $1"))
        .bind(MOST_OPEN)
        .fetch_all(conn.sql())
        .await?;
    rows.into_iter().map(Row::into_case).collect()
}

/// The cases closed last, newest first.
pub(super) async fn closed(conn: &mut Conn) -> Result<Vec<Case>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(select_case!("WHERE state = 'closed' ORDER BY closed_at DESC, id LIMIT $1"))
        .bind(MOST_CLOSED)
        .fetch_all(conn.sql())
        .await?;
    rows.into_iter().map(Row::into_case).collect()
}

/// Cases opened since then by people without a sign-in.
pub(super) async fn old(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM cases WHERE state = 'closed' AND closed_at < $1")
        .bind(before.millis())
        .fetch_one(conn.sql())
        .await?;
    Ok(count)
}

/// Forgets such cases and what was told in them.
pub(super) async fn forget_old(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT id FROM cases WHERE state = 'closed' AND closed_at < $1 ORDER BY closed_at, id LIMIT $2")
            .bind(before.millis())
            .bind(most)
            .fetch_all(tx.sql())
            .await?;
    for (case,) in &rows {
        sqlx::query("DELETE FROM reports WHERE case_id = $1").bind(case).execute(tx.sql()).await?;
        sqlx::query("DELETE FROM cases WHERE id = $1").bind(case).execute(tx.sql()).await?;
    }
    Ok(u64::try_from(rows.len()).unwrap_or(0))
}

pub(super) async fn from_outside_since(conn: &mut Conn, since: Timestamp) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM cases WHERE group_id = '' AND post_id = '' AND opened_at > $1")
        .bind(since.millis())
        .fetch_one(conn.sql())
        .await?;
    Ok(count)
}

/// How many minutes this house promises for a worry; `None`: as installed.
pub(super) async fn promise(conn: &mut Conn) -> Result<Option<i64>, DbError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT minutes FROM worry_promise WHERE id = 1").fetch_optional(conn.sql()).await?;
    Ok(row.map(|(minutes,)| minutes))
}

pub(super) async fn set_promise(tx: &mut Tx, minutes: i64) -> Result<(), DbError> {
    sqlx::query("INSERT INTO worry_promise (id, minutes) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET minutes = $1")
        .bind(minutes)
        .execute(tx.sql())
        .await?;
    Ok(())
}
