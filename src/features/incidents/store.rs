//! The rows of incidents, and the one question whom an incident concerns: counts by house, no names.

use serde::Serialize;

use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx};

use super::incident::{Done, Incident, Kind, Scope, Step};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    noticed_at: i64,
    opened_at: i64,
    opened_by: String,
    what: String,
    advice: String,
    kinds: String,
    closed_at: Option<i64>,
}

macro_rules! columns {
    () => {
        "i.id, i.noticed_at, i.opened_at, i.opened_by, i.what, i.advice, i.kinds, i.closed_at"
    };
}

impl Row {
    fn read(self) -> Result<Incident, DbError> {
        let id = |text: &str| Id::parse(text).ok_or(DbError::Unreadable("incidents"));
        Ok(Incident {
            id: id(&self.id)?,
            noticed_at: Timestamp::from_millis(self.noticed_at),
            opened_at: Timestamp::from_millis(self.opened_at),
            opened_by: id(&self.opened_by)?,
            what: self.what,
            advice: self.advice,
            kinds: self.kinds.split(' ').filter_map(Kind::parse).collect(),
            closed_at: self.closed_at.map(Timestamp::from_millis),
        })
    }
}

/// What is stored of a scope: its kind and the id in it.
fn stored(scope: &Scope) -> (&'static str, &str) {
    match scope {
        Scope::House => ("house", ""),
        Scope::Group(id) => ("group", id.as_str()),
        Scope::Partner(id) => ("partner", id.as_str()),
    }
}

pub(super) async fn insert(tx: &mut Tx, incident: &Incident, scopes: &[Scope]) -> Result<(), DbError> {
    let kinds = incident.kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" ");
    sqlx::query("INSERT INTO incidents (id, noticed_at, opened_at, opened_by, what, advice, kinds) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(incident.id.as_str())
        .bind(incident.noticed_at.millis())
        .bind(incident.opened_at.millis())
        .bind(incident.opened_by.as_str())
        .bind(&incident.what)
        .bind(&incident.advice)
        .bind(kinds)
        .execute(tx.sql())
        .await?;
    for scope in scopes {
        let (kind, thing) = stored(scope);
        sqlx::query("INSERT INTO incident_scope (incident_id, kind, thing) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(incident.id.as_str())
            .bind(kind)
            .bind(thing)
            .execute(tx.sql())
            .await?;
    }
    Ok(())
}

pub(super) async fn by_id(conn: &mut Conn, id: &Id) -> Result<Option<Incident>, DbError> {
    let row: Option<Row> = sqlx::query_as(concat!("SELECT ", columns!(), " FROM incidents i WHERE i.id = $1"))
        .bind(id.as_str())
        .fetch_optional(conn.sql())
        .await?;
    row.map(Row::read).transpose()
}

/// The incidents that are not closed, the one that was noticed first in front.
///
/// # Errors
/// Database trouble.
pub async fn open(conn: &mut Conn) -> Result<Vec<Incident>, DbError> {
    let text = concat!("SELECT ", columns!(), " FROM incidents i WHERE i.closed_at IS NULL ORDER BY i.noticed_at, i.id LIMIT 100");
    let rows: Vec<Row> = sqlx::query_as(text).fetch_all(conn.sql()).await?;
    rows.into_iter().map(Row::read).collect()
}

/// The newest, open and closed.
pub(super) async fn newest(conn: &mut Conn, most: i64) -> Result<Vec<Incident>, DbError> {
    let text = concat!("SELECT ", columns!(), " FROM incidents i ORDER BY i.noticed_at DESC, i.id DESC LIMIT $1");
    let rows: Vec<Row> = sqlx::query_as(text).bind(most).fetch_all(conn.sql()).await?;
    rows.into_iter().map(Row::read).collect()
}

pub(super) async fn scopes(conn: &mut Conn, incident: &Id) -> Result<Vec<Scope>, DbError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT kind, thing FROM incident_scope WHERE incident_id = $1 ORDER BY kind DESC, thing")
            .bind(incident.as_str())
            .fetch_all(conn.sql())
            .await?;
    let read = |(kind, thing): (String, String)| match (kind.as_str(), Id::parse(&thing)) {
        ("house", _) => Ok(Scope::House),
        ("group", Some(id)) => Ok(Scope::Group(id)),
        ("partner", Some(id)) => Ok(Scope::Partner(id)),
        _ => Err(DbError::Unreadable("incident_scope")),
    };
    rows.into_iter().map(read).collect()
}

pub(super) async fn add_step(tx: &mut Tx, (id, incident): (&Id, &Id), done: &Done) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO incident_steps (id, incident_id, step, partner_id, told, words, by_account, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id.as_str())
    .bind(incident.as_str())
    .bind(done.step.as_str())
    .bind(done.partner.as_ref().map_or("", Id::as_str))
    .bind(i64::from(done.told))
    .bind(&done.words)
    .bind(done.by.as_str())
    .bind(done.at.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct StepRow {
    step: String,
    partner_id: String,
    told: i64,
    words: String,
    by_account: String,
    at: i64,
}

/// What was done, in order.
pub(super) async fn steps(conn: &mut Conn, incident: &Id) -> Result<Vec<Done>, DbError> {
    let rows: Vec<StepRow> =
        sqlx::query_as("SELECT step, partner_id, told, words, by_account, at FROM incident_steps WHERE incident_id = $1 ORDER BY at, id")
            .bind(incident.as_str())
            .fetch_all(conn.sql())
            .await?;
    let read = |row: StepRow| {
        Ok(Done {
            step: Step::parse(&row.step).ok_or(DbError::Unreadable("incident_steps"))?,
            partner: Id::parse(&row.partner_id),
            told: row.told != 0,
            words: row.words,
            by: Id::parse(&row.by_account).ok_or(DbError::Unreadable("incident_steps"))?,
            at: Timestamp::from_millis(row.at),
        })
    };
    rows.into_iter().map(read).collect()
}

pub(super) async fn close(tx: &mut Tx, incident: &Id, now: Timestamp) -> Result<(), DbError> {
    sqlx::query("UPDATE incidents SET closed_at = $2 WHERE id = $1").bind(incident.as_str()).bind(now.millis()).execute(tx.sql()).await?;
    Ok(())
}

/// Whom an incident concerns: pairs of a house (`''`: ours) and somebody of it. Of a partner that is named: our people of whom
/// it got something, and its people who are guests here. A partner that reads a group that it touches is concerned also when nobody of it
/// is a guest there, and every partner when it is about the whole house; its row is then without anybody. Of what was sent counts what was
/// delivered or may have been.
macro_rules! concerned {
    () => {
        "SELECT '' AS house, p.account_id AS who FROM incident_scope s
           JOIN memberships m ON m.group_id = s.thing AND m.state IN ('active', 'resting')
           JOIN personas p ON p.actor_id = m.actor_id
           WHERE s.incident_id = $1 AND s.kind = 'group' AND p.account_id IS NOT NULL
         UNION SELECT g.partner_id, g.remote_actor_id FROM incident_scope s
           JOIN memberships m ON m.group_id = s.thing AND m.state IN ('active', 'resting')
           JOIN guests g ON g.actor_id = m.actor_id
           WHERE s.incident_id = $1 AND s.kind = 'group'
         UNION SELECT gp.partner_id, NULL FROM incident_scope s
           JOIN group_partners gp ON gp.group_id = s.thing AND gp.ended_at IS NULL
           WHERE s.incident_id = $1 AND s.kind = 'group'
         UNION SELECT g.home_id, NULL FROM incident_scope s JOIN groups g ON g.id = s.thing
           WHERE s.incident_id = $1 AND s.kind = 'group' AND g.home_id IS NOT NULL
         UNION SELECT '', p.account_id FROM incident_scope s
           JOIN deliveries d ON d.partner_id = s.thing AND (d.state = 'delivered' OR d.attempts > 0) JOIN outbox o ON o.seq = d.outbox_seq JOIN personas p ON p.actor_id = o.whose
           WHERE s.incident_id = $1 AND s.kind = 'partner' AND p.account_id IS NOT NULL
         UNION SELECT '', p.account_id FROM incident_scope s
           JOIN served r ON r.partner_id = s.thing JOIN personas p ON p.actor_id = r.whose
           WHERE s.incident_id = $1 AND s.kind = 'partner' AND p.account_id IS NOT NULL
         UNION SELECT s.thing, g.remote_actor_id FROM incident_scope s LEFT JOIN guests g ON g.partner_id = s.thing
           WHERE s.incident_id = $1 AND s.kind = 'partner'
         UNION SELECT '', a.id FROM incident_scope s CROSS JOIN accounts a WHERE s.incident_id = $1 AND s.kind = 'house'
         UNION SELECT g.partner_id, g.remote_actor_id FROM incident_scope s CROSS JOIN guests g
           WHERE s.incident_id = $1 AND s.kind = 'house'
         UNION SELECT r.id, NULL FROM incident_scope s CROSS JOIN partners r
           WHERE s.incident_id = $1 AND s.kind = 'house' AND r.state IN ('active', 'paused')"
    };
}

/// A house (`None`: this one) and how many of its people it concerns.
pub(super) type Count = (Option<Id>, i64);

/// How many people of which house it concerns, in one query (care R19).
pub(super) async fn affected(conn: &mut Conn, incident: &Id) -> Result<Vec<Count>, DbError> {
    let text = concat!("SELECT c.house, COUNT(c.who) FROM (", concerned!(), ") c GROUP BY c.house ORDER BY c.house");
    let rows: Vec<(String, i64)> = sqlx::query_as(text).bind(incident.as_str()).fetch_all(conn.sql()).await?;
    Ok(rows.into_iter().map(|(house, count)| (Id::parse(&house), count)).collect())
}

/// Writes down that the people of this house are told, and gives those who were not told before.
pub(super) async fn tell(tx: &mut Tx, incident: &Id, now: Timestamp) -> Result<Vec<Id>, DbError> {
    let text = concat!(
        "INSERT INTO incident_told (incident_id, account_id, at)
         SELECT $1, c.who, CAST($2 AS BIGINT) FROM (",
        concerned!(),
        ") c WHERE c.house = '' AND c.who IS NOT NULL ON CONFLICT DO NOTHING RETURNING account_id"
    );
    let rows: Vec<(String,)> = sqlx::query_as(text).bind(incident.as_str()).bind(now.millis()).fetch_all(tx.sql()).await?;
    rows.into_iter().map(|(id,)| Id::parse(&id).ok_or(DbError::Unreadable("incident_told"))).collect()
}

/// The incident if this person was told of it, with the moment.
pub(super) async fn told(conn: &mut Conn, incident: &Id, account: &Id) -> Result<Option<Timestamp>, DbError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT at FROM incident_told WHERE incident_id = $1 AND account_id = $2")
        .bind(incident.as_str())
        .bind(account.as_str())
        .fetch_optional(conn.sql())
        .await?;
    Ok(row.map(|(at,)| Timestamp::from_millis(at)))
}

/// How many people of this house were told.
pub(super) async fn count_told(conn: &mut Conn, incident: &Id) -> Result<i64, DbError> {
    let (count,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM incident_told WHERE incident_id = $1").bind(incident.as_str()).fetch_one(conn.sql()).await?;
    Ok(count)
}

/// An incident in a person's copy of everything.
#[derive(Serialize)]
pub struct OwnIncident {
    /// When it was noticed.
    pub noticed: String,
    /// When this person was told.
    pub told: String,
    /// What happened.
    pub what: String,
    /// What people can do.
    pub advice: String,
}

/// The incidents that a person was told of.
///
/// # Errors
/// Database trouble.
pub async fn own_copy(conn: &mut Conn, account: &Id) -> Result<Vec<OwnIncident>, DbError> {
    let rows: Vec<(i64, i64, String, String)> = sqlx::query_as(
        "SELECT i.noticed_at, t.at, i.what, i.advice FROM incident_told t JOIN incidents i ON i.id = t.incident_id
         WHERE t.account_id = $1 ORDER BY t.at, i.id",
    )
    .bind(account.as_str())
    .fetch_all(conn.sql())
    .await?;
    let read = |(noticed, told, what, advice)| OwnIncident {
        noticed: Timestamp::from_millis(noticed).rfc3339(),
        told: Timestamp::from_millis(told).rfc3339(),
        what,
        advice,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// That somebody was told goes with their account.
///
/// # Errors
/// Database trouble.
pub async fn forget_person(tx: &mut Tx, account: &Id) -> Result<(), DbError> {
    sqlx::query("DELETE FROM incident_told WHERE account_id = $1").bind(account.as_str()).execute(tx.sql()).await?;
    Ok(())
}

/// How many were closed before `before`.
///
/// # Errors
/// Database trouble.
pub async fn old(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    let (count,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM incidents WHERE closed_at < $1").bind(before.millis()).fetch_one(conn.sql()).await?;
    Ok(count)
}

/// Lets go of what was closed before `before`, at most `most` incidents with all that belongs to them.
///
/// # Errors
/// Database trouble.
pub async fn forget(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    let gone =
        sqlx::query("DELETE FROM incidents WHERE id IN (SELECT id FROM incidents WHERE closed_at < $1 ORDER BY closed_at, id LIMIT $2)")
            .bind(before.millis())
            .bind(most)
            .execute(tx.sql())
            .await?;
    Ok(gone.rows_affected())
}
