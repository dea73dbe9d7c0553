//! The ledger: every disclosure, read back. A push is a row of `deliveries` with its row of `outbox`, a read is a row of
//! `served`; both are written in the transaction that causes them, so that nothing leaves without its row. This module only
//! reads them, and says what kind of thing something is. It knows addresses and ids, never what was said.

mod kind;
mod owed;
mod served;

use sqlx::AssertSqlSafe;

use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, DbError, numbered};

pub use kind::Kind;
pub(in crate::federation) use kind::of;
pub use owed::{Open, OpenCursor, Owed, debtors, open};
pub(in crate::federation) use served::served;

/// How a thing came to a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// We sent it.
    Sent,
    /// The partner read it, so many times on that day.
    Read(i64),
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It has not arrived yet.
    Waiting,
    /// It arrived; the HTTP status.
    Delivered(i64),
    /// The partner did not take it; the HTTP status.
    Refused(i64),
    /// It never arrived, and is not tried any more.
    GaveUp,
    /// It was not sent: not needed any more.
    Cancelled,
    /// It was tried and then taken back: it may have arrived.
    Unsure,
}

impl Answer {
    /// As printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered(_) => "delivered",
            Self::Refused(_) => "refused",
            Self::GaveUp => "gave-up",
            Self::Cancelled => "cancelled",
            Self::Unsure => "unsure",
        }
    }

    /// The HTTP status, where there was one.
    pub const fn status(self) -> Option<i64> {
        match self {
            Self::Delivered(status) | Self::Refused(status) => Some(status),
            _ => None,
        }
    }

    /// Whether the partner has it, or may have it.
    pub const fn may_be_there(self) -> bool {
        matches!(self, Self::Delivered(_) | Self::Unsure)
    }
}

/// One disclosure: one thing, to one partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure {
    /// Its place in the order.
    pub seq: i64,
    /// The partner.
    pub partner: Id,
    /// What the partner calls itself now.
    pub partner_name: String,
    /// Its address.
    pub partner_origin: String,
    /// What kind of thing.
    pub kind: Kind,
    /// Address of the thing, if it has one.
    pub thing: Option<Iri>,
    /// The persona or guest of ours whose words or name it is.
    pub whose: Option<Id>,
    /// The group it belongs to; empty for what is of no group: agreements, receipts, documents of personas.
    pub thread: String,
    /// Sent or read.
    pub how: How,
    /// When it was written, or first read on that day.
    pub at: Timestamp,
    /// The organisations the receiver had declared to pass it on to.
    pub onward: Vec<String>,
    /// What became of it.
    pub answer: Answer,
    /// When that was.
    pub answered_at: Option<Timestamp>,
    /// Whether the partner was asked to confirm.
    pub asked: bool,
    /// When it confirmed.
    pub receipt_at: Option<Timestamp>,
}

impl Disclosure {
    /// Where a list goes on after this row.
    pub fn cursor(&self) -> Cursor {
        Cursor { seq: self.seq, partner: self.partner.as_str().to_owned() }
    }
}

/// A place in the order, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    seq: i64,
    partner: String,
}

impl Cursor {
    /// Before everything: the newest come first.
    pub const fn newest() -> Self {
        Self { seq: i64::MAX, partner: String::new() }
    }

    /// Reads `<number>.<partner>`.
    pub fn parse(text: &str) -> Option<Self> {
        let (seq, partner) = text.split_once('.')?;
        Some(Self { seq: seq.parse().ok()?, partner: Id::parse(partner)?.as_str().to_owned() })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.seq, self.partner)
    }
}

/// Which disclosures. Everything that is set must hold; an empty list stands for "any".
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter<'a> {
    /// Of these personas or guests.
    pub whose: &'a [Id],
    /// Of these things.
    pub things: &'a [Iri],
    /// To this partner.
    pub partner: Option<&'a Id>,
    /// In this group.
    pub thread: Option<&'a Id>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

/// A value that stands for a number in a statement.
enum Bound {
    Text(String),
    Number(i64),
}

/// A condition that grows, with its values.
struct Where {
    text: String,
    bound: Vec<Bound>,
}

impl Where {
    /// The next place, for one value.
    fn put(&mut self, value: Bound) -> String {
        self.bound.push(value);
        format!("${}", self.bound.len())
    }

    fn and(&mut self, column: &str, compares: &str, value: Bound) {
        let place = self.put(value);
        self.text.extend([" AND ", column, " ", compares, " ", place.as_str()]);
    }

    fn among(&mut self, column: &str, values: impl ExactSizeIterator<Item = String>) {
        if values.len() == 0 {
            return;
        }
        let places = numbered(self.bound.len() + 1, values.len());
        self.bound.extend(values.map(Bound::Text));
        self.text.extend([" AND ", column, " IN (", places.as_str(), ")"]);
    }

    /// What the two halves of the ledger have in common.
    fn new(filter: &Filter<'_>, before: &Cursor, [table, partner, thing, at]: [&str; 4]) -> Self {
        let mut all = Self { text: String::new(), bound: Vec::new() };
        let (seq, again) = (all.put(Bound::Number(before.seq)), all.put(Bound::Number(before.seq)));
        let other = all.put(Bound::Text(before.partner.clone()));
        all.text = format!("({table}.seq < {seq} OR ({table}.seq = {again} AND {partner} < {other}))");
        all.among(&format!("{table}.whose"), filter.whose.iter().map(ToString::to_string));
        all.among(thing, filter.things.iter().map(ToString::to_string));
        if let Some(id) = filter.partner {
            all.and(partner, "=", Bound::Text(id.as_str().to_owned()));
        }
        if let Some(kind) = filter.kind {
            all.and(&format!("{table}.kind"), "=", Bound::Text(kind.as_str().to_owned()));
        }
        if let Some(since) = filter.since {
            all.and(at, ">=", Bound::Number(since.millis()));
        }
        if let Some(until) = filter.until {
            all.and(at, "<", Bound::Number(until.millis()));
        }
        all
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    partner_id: String,
    name: String,
    origin: String,
    kind: String,
    thing: Option<String>,
    whose: Option<String>,
    thread: String,
    onward: String,
    state: String,
    status: Option<i64>,
    tried: i64,
    at: i64,
    done_at: Option<i64>,
    asked: i64,
    receipt_at: Option<i64>,
}

impl Row {
    fn into_disclosure(self) -> Result<Disclosure, DbError> {
        let read = self.state == "read";
        let answer = match self.state.as_str() {
            "waiting" | "held" => Answer::Waiting,
            "refused" => Answer::Refused(self.status.unwrap_or(0)),
            "gave_up" => Answer::GaveUp,
            "cancelled" if self.tried > 0 => Answer::Unsure,
            "cancelled" => Answer::Cancelled,
            _ => Answer::Delivered(self.status.unwrap_or(200)),
        };
        Ok(Disclosure {
            seq: self.seq,
            partner: Id::parse(&self.partner_id).ok_or(DbError::Unreadable("deliveries"))?,
            partner_name: self.name,
            partner_origin: self.origin,
            kind: Kind::parse(&self.kind),
            thing: self.thing.as_deref().and_then(|text| Iri::parse(text).ok()),
            whose: self.whose.as_deref().and_then(Id::parse),
            thread: self.thread,
            how: if read { How::Read(self.tried) } else { How::Sent },
            at: Timestamp::from_millis(self.at),
            onward: serde_json::from_str(&self.onward).unwrap_or_default(),
            answer,
            answered_at: self.done_at.map(Timestamp::from_millis),
            asked: self.asked != 0,
            receipt_at: self.receipt_at.map(Timestamp::from_millis),
        })
    }
}

async fn rows(conn: &mut Conn, text: String, bound: Vec<Bound>, most: i64) -> Result<Vec<Disclosure>, DbError> {
    let mut query = sqlx::query_as::<_, Row>(AssertSqlSafe(text));
    for value in bound {
        query = match value {
            Bound::Text(text) => query.bind(text),
            Bound::Number(number) => query.bind(number),
        };
    }
    query.bind(most).fetch_all(conn.sql()).await?.into_iter().map(Row::into_disclosure).collect()
}

/// The disclosures of a filter after a place in the order, newest first, at most `most`.
///
/// # Errors
/// Database trouble.
pub async fn list(conn: &mut Conn, filter: &Filter<'_>, before: &Cursor, most: usize) -> Result<Vec<Disclosure>, DbError> {
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let mut sent = Where::new(filter, before, ["o", "d.partner_id", "o.about", "o.created_at"]);
    if let Some(thread) = filter.thread {
        sent.and("o.thread", "=", Bound::Text(thread.as_str().to_owned()));
    }
    let text = format!(
        "SELECT o.seq, d.partner_id, p.name, p.origin, o.kind, o.about AS thing, o.whose,
            COALESCE((SELECT g.id FROM groups g WHERE g.id = o.thread), '') AS thread, o.onward, d.state, d.status,
            d.attempts AS tried, o.created_at AS at, d.done_at, o.receipt AS asked, d.receipt_at
         FROM outbox o JOIN deliveries d ON d.outbox_seq = o.seq JOIN partners p ON p.id = d.partner_id
         WHERE {} ORDER BY o.seq DESC, d.partner_id DESC LIMIT ${}",
        sent.text,
        sent.bound.len() + 1
    );
    let mut found = rows(conn, text, sent.bound, limit).await?;
    let mut read = Where::new(filter, before, ["s", "s.partner_id", "s.document", "s.first_at"]);
    if let Some(thread) = filter.thread {
        read.and("s.group_id", "=", Bound::Text(thread.as_str().to_owned()));
    }
    let text = format!(
        "SELECT s.seq, s.partner_id, p.name, p.origin, s.kind, s.document AS thing, s.whose, s.group_id AS thread, '[]' AS onward,
            'read' AS state, CAST(200 AS BIGINT) AS status, s.times AS tried, s.first_at AS at, s.last_at AS done_at,
            CAST(0 AS BIGINT) AS asked, CAST(NULL AS BIGINT) AS receipt_at
         FROM served s JOIN partners p ON p.id = s.partner_id
         WHERE {} ORDER BY s.seq DESC, s.partner_id DESC LIMIT ${}",
        read.text,
        read.bound.len() + 1
    );
    found.extend(rows(conn, text, read.bound, limit).await?);
    found.sort_by(|one, two| (two.seq, &two.partner).cmp(&(one.seq, &one.partner)));
    found.truncate(most);
    Ok(found)
}

/// Everything that went out about these things, oldest first.
///
/// # Errors
/// Database trouble.
pub async fn of_things(conn: &mut Conn, things: &[Iri]) -> Result<Vec<Disclosure>, DbError> {
    let mut found = Vec::new();
    for things in things.chunks(100) {
        found.extend(list(conn, &Filter { things, ..Filter::default() }, &Cursor::newest(), 10_000).await?);
    }
    found.sort_by(|one, two| (one.seq, &one.partner).cmp(&(two.seq, &two.partner)));
    Ok(found)
}

/// The partners that have, or may have, this thing: told of it in whatever way, or having read it.
///
/// # Errors
/// Database trouble.
pub async fn holders(conn: &mut Conn, thing: &Iri) -> Result<Vec<Id>, DbError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT d.partner_id FROM outbox o JOIN deliveries d ON d.outbox_seq = o.seq WHERE o.about = $1
         UNION SELECT s.partner_id FROM served s WHERE s.document = $1 ORDER BY 1",
    )
    .bind(thing.as_str())
    .fetch_all(conn.sql())
    .await?;
    ids(&rows)
}

/// The partners of [`holders`] that were not asked to delete it: whom a change of it is for. A partner from which everything was
/// asked back at the end of a partnership is told nothing more of it, also when there is a new partnership.
///
/// # Errors
/// Database trouble.
pub async fn keepers(conn: &mut Conn, thing: &Iri) -> Result<Vec<Id>, DbError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT d.partner_id FROM outbox o JOIN deliveries d ON d.outbox_seq = o.seq WHERE o.about = $1
         UNION SELECT s.partner_id FROM served s WHERE s.document = $1
         EXCEPT SELECT d.partner_id FROM outbox o JOIN deliveries d ON d.outbox_seq = o.seq WHERE o.about = $1 AND o.kind = 'deletion'
         ORDER BY 1",
    )
    .bind(thing.as_str())
    .fetch_all(conn.sql())
    .await?;
    ids(&rows)
}

/// The partners that know, or may know, this persona or guest of ours.
///
/// # Errors
/// Database trouble.
pub async fn acquaintances(conn: &mut Conn, person: &Id) -> Result<Vec<Id>, DbError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT d.partner_id FROM outbox o JOIN deliveries d ON d.outbox_seq = o.seq WHERE o.whose = $1
         UNION SELECT s.partner_id FROM served s WHERE s.whose = $1 ORDER BY 1",
    )
    .bind(person.as_str())
    .fetch_all(conn.sql())
    .await?;
    ids(&rows)
}

/// The partners that are, or were, told that this actor of ours is gone: by the deliveries, not by who should be.
///
/// # Errors
/// Database trouble.
pub async fn told_farewell(conn: &mut Conn, person: &Id) -> Result<Vec<Id>, DbError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT DISTINCT d.partner_id FROM outbox o JOIN deliveries d ON d.outbox_seq = o.seq
         WHERE o.whose = $1 AND o.kind = 'farewell' AND d.state IN ('waiting', 'delivered') ORDER BY 1",
    )
    .bind(person.as_str())
    .fetch_all(conn.sql())
    .await?;
    ids(&rows)
}

fn ids(rows: &[(String,)]) -> Result<Vec<Id>, DbError> {
    rows.iter().map(|(text,)| Id::parse(text).ok_or(DbError::Unreadable("deliveries"))).collect()
}

/// Whether something that an actor of ours says is still on its way to this partner: until it has arrived, the key it is checked
/// with must be readable there.
///
/// # Errors
/// Database trouble.
pub async fn speaks_to(conn: &mut Conn, actor: &Id, partner: &Id) -> Result<bool, DbError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT d.outbox_seq FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq
         WHERE d.partner_id = $2 AND d.state = 'waiting' AND o.actor_id = $1 LIMIT 1",
    )
    .bind(actor.as_str())
    .bind(partner.as_str())
    .fetch_optional(conn.sql())
    .await?;
    Ok(row.is_some())
}

/// Whether a gone actor of ours is still saying to this partner that it is gone: until then its key must be readable there.
///
/// # Errors
/// Database trouble.
pub async fn says_farewell(conn: &mut Conn, actor: &Id, partner: &Id) -> Result<bool, DbError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT o.seq FROM outbox o JOIN deliveries d ON d.outbox_seq = o.seq AND d.partner_id = $2
         WHERE o.whose = $1 AND o.kind = 'farewell' AND (d.state = 'waiting' OR d.receipt_at IS NULL) LIMIT 1",
    )
    .bind(actor.as_str())
    .bind(partner.as_str())
    .fetch_optional(conn.sql())
    .await?;
    Ok(row.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;

    #[test]
    fn a_cursor_is_read_back() {
        let partner = Id::random(&SystemChance);
        let cursor = Cursor { seq: 17, partner: partner.as_str().to_owned() };
        assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        assert_eq!(Cursor::parse("x"), None);
    }
}
