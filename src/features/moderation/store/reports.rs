//! The SQL of reports: what people told, from where, to where, and what became of it.

use sqlx::AssertSqlSafe;

use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, DbError, Tx, numbered};

use super::super::case::{Category, Kind, Outcome, Report, Status};
use super::{column, corrupt, some};

/// Reports on a person's own page.
const MOST: i64 = 100;

macro_rules! columns {
    () => {
        "id, kind, case_id, group_id, post_id, reporter_id, may_talk, category, words, from_partner, from_flag, to_partner, to_flag,
         status, outcome, due_at, said_at"
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    kind: String,
    case_id: String,
    group_id: String,
    post_id: String,
    reporter_id: String,
    may_talk: i64,
    category: String,
    words: String,
    from_partner: String,
    from_flag: Option<String>,
    to_partner: String,
    to_flag: Option<String>,
    status: String,
    outcome: String,
    due_at: Option<i64>,
    said_at: i64,
}

fn pair(partner: &str, flag: Option<&str>) -> Option<(Id, Iri)> {
    some(partner).zip(flag.and_then(|flag| Iri::parse(flag).ok()))
}

impl Row {
    fn into_report(self) -> Result<Report, DbError> {
        Ok(Report {
            id: Id::parse(&self.id).ok_or_else(corrupt)?,
            kind: Kind::read(&self.kind),
            case: some(&self.case_id),
            group: some(&self.group_id),
            post: some(&self.post_id),
            reporter: some(&self.reporter_id),
            may_talk: self.may_talk != 0,
            category: Category::parse(&self.category).unwrap_or(Category::Other),
            words: self.words,
            from: pair(&self.from_partner, self.from_flag.as_deref()),
            to: pair(&self.to_partner, self.to_flag.as_deref()),
            status: Status::read(&self.status),
            outcome: Outcome::parse(&self.outcome),
            due_at: self.due_at.map(Timestamp::from_millis),
            said_at: Timestamp::from_millis(self.said_at),
        })
    }
}

fn all(rows: Vec<Row>) -> Result<Vec<Report>, DbError> {
    rows.into_iter().map(Row::into_report).collect()
}

/// Keeps something that was told. False when this Flag is known already.
pub async fn insert(tx: &mut Tx, report: &Report) -> Result<bool, DbError> {
    let (from, to) = (report.from.as_ref(), report.to.as_ref());
    let new = sqlx::query(
        "INSERT INTO reports (id, kind, case_id, group_id, post_id, reporter_id, may_talk, category, words, from_partner, from_flag,
            to_partner, to_flag, status, outcome, due_at, said_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT (from_flag) DO NOTHING",
    )
    .bind(report.id.as_str())
    .bind(report.kind.as_str())
    .bind(column(report.case.as_ref()))
    .bind(column(report.group.as_ref()))
    .bind(column(report.post.as_ref()))
    .bind(column(report.reporter.as_ref()))
    .bind(i64::from(report.may_talk))
    .bind(report.category.as_str())
    .bind(report.words.as_str())
    .bind(column(from.map(|(partner, _)| partner)))
    .bind(from.map(|(_, flag)| flag.as_str()))
    .bind(column(to.map(|(partner, _)| partner)))
    .bind(to.map(|(_, flag)| flag.as_str()))
    .bind(report.status.as_str())
    .bind(report.outcome.map_or("", Outcome::as_str))
    .bind(report.due_at.map(Timestamp::millis))
    .bind(report.said_at.millis())
    .execute(tx.sql())
    .await?
    .rows_affected();
    Ok(new > 0)
}

pub async fn by_id(conn: &mut Conn, id: &Id) -> Result<Option<Report>, DbError> {
    let row: Option<Row> =
        sqlx::query_as(concat!("SELECT ", columns!(), " FROM reports WHERE id = $1")).bind(id.as_str()).fetch_optional(conn.sql()).await?;
    row.map(Row::into_report).transpose()
}

/// What this Flag of a partner brought.
pub async fn by_from_flag(conn: &mut Conn, flag: &Iri) -> Result<Option<Report>, DbError> {
    let row: Option<Row> = sqlx::query_as(concat!("SELECT ", columns!(), " FROM reports WHERE from_flag = $1"))
        .bind(flag.as_str())
        .fetch_optional(conn.sql())
        .await?;
    row.map(Row::into_report).transpose()
}

/// What this Flag of ours carried.
pub async fn by_to_flag(conn: &mut Conn, flag: &Iri) -> Result<Option<Report>, DbError> {
    let row: Option<Row> = sqlx::query_as(concat!("SELECT ", columns!(), " FROM reports WHERE to_flag = $1"))
        .bind(flag.as_str())
        .fetch_optional(conn.sql())
        .await?;
    row.map(Row::into_report).transpose()
}

/// Everything that was told in one case, oldest first.
pub async fn of_case(conn: &mut Conn, case: &Id) -> Result<Vec<Report>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(concat!("SELECT ", columns!(), " FROM reports WHERE case_id = $1 ORDER BY said_at, id LIMIT 200"))
        .bind(case.as_str())
        .fetch_all(conn.sql())
        .await?;
    all(rows)
}

/// What these personas told, newest first.
pub async fn of_reporters(conn: &mut Conn, personas: &[Id]) -> Result<Vec<Report>, DbError> {
    if personas.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        concat!("SELECT ", columns!(), " FROM reports WHERE reporter_id IN ({}) ORDER BY said_at DESC, id LIMIT $1"),
        numbered(2, personas.len())
    );
    let mut query = sqlx::query_as(AssertSqlSafe(text)).bind(MOST);
    for persona in personas {
        query = query.bind(persona.as_str());
    }
    let rows: Vec<Row> = query.fetch_all(conn.sql()).await?;
    all(rows)
}

/// The writer's own wish that somebody else looks again at a removal, if there is one.
pub async fn appeal_of(conn: &mut Conn, post: &Id) -> Result<Option<Report>, DbError> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM reports WHERE post_id = $1 AND kind = 'appeal' ORDER BY said_at DESC, id LIMIT 1"
    ))
    .bind(post.as_str())
    .fetch_optional(conn.sql())
    .await?;
    row.map(Row::into_report).transpose()
}

/// How much a partner has told about one post that is still open.
pub async fn open_from(conn: &mut Conn, partner: &Id, post: &Id) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM reports WHERE post_id = $1 AND from_partner = $2 AND status <> 'closed'")
        .bind(post.as_str())
        .bind(partner.as_str())
        .fetch_one(conn.sql())
        .await?;
    Ok(count)
}

/// How much a persona has told since then.
pub async fn told_since(conn: &mut Conn, persona: &Id, since: Timestamp) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM reports WHERE reporter_id = $1 AND said_at > $2")
        .bind(persona.as_str())
        .bind(since.millis())
        .fetch_one(conn.sql())
        .await?;
    Ok(count)
}

pub async fn set_status(tx: &mut Tx, id: &Id, status: Status, outcome: Option<Outcome>, now: Timestamp) -> Result<(), DbError> {
    sqlx::query("UPDATE reports SET status = $2, outcome = $3, answered_at = $4 WHERE id = $1")
        .bind(id.as_str())
        .bind(status.as_str())
        .bind(outcome.map_or("", Outcome::as_str))
        .bind(now.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// How many closed before this moment still have their words.
pub async fn old_words(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM reports WHERE words <> '' AND status = 'closed' AND answered_at < $1")
        .bind(before.millis())
        .fetch_one(conn.sql())
        .await?;
    Ok(count)
}

/// Takes the words out of what was closed before this moment: only what it was and how it ended stays.
pub async fn forget_words(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    let done = sqlx::query(
        "UPDATE reports SET words = '' WHERE id IN (
            SELECT id FROM reports WHERE words <> '' AND status = 'closed' AND answered_at < $1 ORDER BY answered_at LIMIT $2)",
    )
    .bind(before.millis())
    .bind(most)
    .execute(tx.sql())
    .await?;
    Ok(done.rows_affected())
}

/// Our Flags that carried what a persona told.
pub async fn flags_of(conn: &mut Conn, persona: &Id) -> Result<Vec<Iri>, DbError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT to_flag FROM reports WHERE reporter_id = $1 AND to_flag IS NOT NULL ORDER BY said_at, id")
            .bind(persona.as_str())
            .fetch_all(conn.sql())
            .await?;
    Ok(rows.iter().filter_map(|(flag,)| Iri::parse(flag).ok()).collect())
}

/// Takes a persona's name and words out of what they told. The case goes on without them.
pub async fn forget_reporter(tx: &mut Tx, persona: &Id) -> Result<(), DbError> {
    sqlx::query("UPDATE reports SET reporter_id = '', words = '', may_talk = 0 WHERE reporter_id = $1")
        .bind(persona.as_str())
        .execute(tx.sql())
        .await?;
    Ok(())
}
