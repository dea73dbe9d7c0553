//! What goes out. [`publish`] takes the open unit of work and only writes rows: the activity, and one delivery for each
//! partner, which is at the same time the record of what was disclosed to whom. Nothing is ever sent from here.

use crate::base::{Id, Iri, Timestamp};
use sqlx::AssertSqlSafe;

use crate::db::{Conn, DbError, Tx, numbered};
use crate::federation::activity::{Outbound, Shape, Verb};
use crate::federation::here::Here;

/// One activity to be published.
pub struct Outgoing<'a, T: Shape> {
    /// The actor of ours that says it; it signs the delivery.
    pub from: &'a Id,
    /// What must stay in order at each partner: the group's id, or the partner's for agreements.
    pub thread: &'a Id,
    /// The partners it goes to. Empty: nothing leaves and nothing is written.
    pub to: &'a [Id],
    /// The activity itself.
    pub activity: Outbound<T>,
    /// Address of the object that is disclosed by it.
    pub about: Option<&'a Iri>,
    /// Address of the partner's activity that it answers.
    pub answers: Option<&'a Iri>,
    /// Whether the partners are asked to confirm (edits, deletions).
    pub receipt: bool,
}

/// Writes the activity and its deliveries. Returns the activity's address.
///
/// # Errors
/// Database trouble. The caller's unit of work then fails as a whole.
pub async fn publish<T: Shape>(tx: &mut Tx, here: &Here, outgoing: Outgoing<'_, T>) -> Result<Iri, DbError> {
    let uri = outgoing.activity.id().clone();
    if outgoing.to.is_empty() {
        return Ok(uri);
    }
    let seq = here.sequence();
    sqlx::query(
        "INSERT INTO outbox (seq, activity_uri, actor_id, thread, verb, about, answers, receipt, body, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(seq)
    .bind(uri.as_str())
    .bind(outgoing.from.as_str())
    .bind(outgoing.thread.as_str())
    .bind(outgoing.activity.verb().as_str())
    .bind(outgoing.about.map(Iri::as_str))
    .bind(outgoing.answers.map(Iri::as_str))
    .bind(i64::from(outgoing.receipt))
    .bind(outgoing.activity.seal().as_str())
    .bind(here.now.millis())
    .execute(tx.sql())
    .await?;
    for partners in outgoing.to.chunks(200) {
        address(tx, here.now, seq, outgoing.thread, partners).await?;
    }
    Ok(uri)
}

/// One delivery for each of these partners that is not paused for good. A paused partner's rows wait with the pause.
async fn address(tx: &mut Tx, now: Timestamp, seq: i64, thread: &Id, partners: &[Id]) -> Result<(), DbError> {
    let text = format!(
        "INSERT INTO deliveries (partner_id, outbox_seq, thread, state, attempts, next_at, created_at)
         SELECT id, $1, $2, 'waiting', 0, $3, $3 FROM partners WHERE state <> 'ended' AND id IN ({})
         ON CONFLICT DO NOTHING",
        numbered(4, partners.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(text)).bind(seq).bind(thread.as_str()).bind(now.millis());
    for partner in partners {
        query = query.bind(partner.as_str());
    }
    query.execute(tx.sql()).await?;
    let text = format!(
        "INSERT INTO lanes (partner_id, next_at, failures, lease_until, fence)
         SELECT id, $1, 0, 0, 0 FROM partners WHERE id IN ({}) ON CONFLICT (partner_id) DO NOTHING",
        numbered(2, partners.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(text)).bind(now.millis());
    for partner in partners {
        query = query.bind(partner.as_str());
    }
    query.execute(tx.sql()).await?;
    Ok(())
}

/// Something we sent, as an answer to it finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its address.
    pub uri: Iri,
    /// What it said.
    pub verb: Verb,
    /// The actor of ours that said it.
    pub actor: Id,
    /// The object it was about.
    pub about: Option<Iri>,
    /// What it answered.
    pub answers: Option<Iri>,
}

/// What we sent under this address to this partner; `None` when it is not ours or never went to this partner.
pub async fn sent_to(conn: &mut Conn, partner: &Id, uri: &Iri) -> Result<Option<Sent>, DbError> {
    let row: Option<(String, String, Option<String>, Option<String>)> = sqlx::query_as(
        "SELECT o.verb, o.actor_id, o.about, o.answers FROM outbox o
         JOIN deliveries d ON d.outbox_seq = o.seq AND d.partner_id = $1 WHERE o.activity_uri = $2",
    )
    .bind(partner.as_str())
    .bind(uri.as_str())
    .fetch_optional(conn.sql())
    .await?;
    let Some((verb, actor, about, answers)) = row else { return Ok(None) };
    Ok(Some(Sent {
        uri: uri.clone(),
        verb: Verb::parse(&verb),
        actor: Id::parse(&actor).ok_or_else(|| DbError::Unreadable("outbox"))?,
        about: about.as_deref().and_then(|text| Iri::parse(text).ok()),
        answers: answers.as_deref().and_then(|text| Iri::parse(text).ok()),
    }))
}

/// How many partners were told, and how many of them confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receipts {
    /// Partners the activity was addressed to.
    pub told: u32,
    /// Partners that confirmed.
    pub confirmed: u32,
}

impl Receipts {
    /// Whether everybody who was told confirmed.
    pub const fn complete(self) -> bool {
        self.told == self.confirmed
    }
}

/// Marks that this partner confirmed the activity. `None` when it was never asked to; a repeated receipt changes nothing.
pub async fn confirm(tx: &mut Tx, partner: &Id, activity: &Iri, now: Timestamp) -> Result<Option<Receipts>, DbError> {
    let changed = sqlx::query(
        "UPDATE deliveries SET receipt_at = COALESCE(receipt_at, $3)
         WHERE partner_id = $1 AND outbox_seq = (SELECT seq FROM outbox WHERE activity_uri = $2 AND receipt = 1)",
    )
    .bind(partner.as_str())
    .bind(activity.as_str())
    .bind(now.millis())
    .execute(tx.sql())
    .await?
    .rows_affected();
    if changed == 0 { Ok(None) } else { receipts(tx, activity).await.map(Some) }
}

/// Who was told and who confirmed, for one activity.
pub async fn receipts(conn: &mut Conn, activity: &Iri) -> Result<Receipts, DbError> {
    let (told, confirmed): (i64, i64) = sqlx::query_as(
        "SELECT COUNT(*), COUNT(d.receipt_at) FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq WHERE o.activity_uri = $1",
    )
    .bind(activity.as_str())
    .fetch_one(conn.sql())
    .await?;
    Ok(Receipts { told: u32::try_from(told).unwrap_or(u32::MAX), confirmed: u32::try_from(confirmed).unwrap_or(u32::MAX) })
}

/// The newest activity that asked for receipts about this object, with its receipts.
pub async fn latest_receipts(conn: &mut Conn, about: &Iri) -> Result<Option<Receipts>, DbError> {
    let row: Option<(String,)> =
        sqlx::query_as("SELECT activity_uri FROM outbox WHERE about = $1 AND receipt = 1 ORDER BY seq DESC LIMIT 1")
            .bind(about.as_str())
            .fetch_optional(conn.sql())
            .await?;
    let Some(uri) = row.and_then(|(uri,)| Iri::parse(&uri).ok()) else { return Ok(None) };
    receipts(conn, &uri).await.map(Some)
}

/// One row of the queue, for the page and the command.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Queued {
    /// Partner.
    pub partner_id: String,
    /// Order.
    pub outbox_seq: i64,
    /// What kind of activity.
    pub verb: String,
    /// `waiting`, `delivered`, `refused`, `gave_up`, `cancelled`.
    pub state: String,
    /// Last HTTP status.
    pub status: Option<i64>,
    /// Why it waits or was given up; a code, never content.
    pub reason: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub next_at: i64,
    /// When it was written.
    pub created_at: i64,
    /// When it ended.
    pub done_at: Option<i64>,
}

/// The queue, newest first: what waits or failed, and with `all` what was delivered too. At most 200 rows before `before`.
pub async fn queue(conn: &mut Conn, partner: Option<&Id>, all: bool, before: i64) -> Result<Vec<Queued>, DbError> {
    let rows = sqlx::query_as(
        "SELECT d.partner_id, d.outbox_seq, o.verb, d.state, d.status, d.reason, d.attempts,
                CASE WHEN l.next_at > d.next_at THEN l.next_at ELSE d.next_at END AS next_at, d.created_at, d.done_at
         FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq LEFT JOIN lanes l ON l.partner_id = d.partner_id
         WHERE d.outbox_seq < $1 AND ($2 = '' OR d.partner_id = $2) AND ($3 = 1 OR d.state <> 'delivered')
         ORDER BY d.outbox_seq DESC, d.partner_id LIMIT 200",
    )
    .bind(before)
    .bind(partner.map_or("", Id::as_str))
    .bind(i64::from(all))
    .fetch_all(conn.sql())
    .await?;
    Ok(rows)
}

/// How many deliveries wait.
pub async fn count_waiting(conn: &mut Conn) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM deliveries WHERE state = 'waiting'").fetch_one(conn.sql()).await?;
    Ok(count)
}

/// Tries one delivery again now, also one that was refused or given up. False when there is no such row.
pub async fn retry(tx: &mut Tx, partner: &Id, seq: i64, now: Timestamp) -> Result<bool, DbError> {
    let changed = sqlx::query(
        "UPDATE deliveries SET state = 'waiting', next_at = $3, done_at = NULL, reason = NULL
         WHERE partner_id = $1 AND outbox_seq = $2 AND state IN ('waiting', 'refused', 'gave_up')",
    )
    .bind(partner.as_str())
    .bind(seq)
    .bind(now.millis())
    .execute(tx.sql())
    .await?
    .rows_affected();
    wake(tx, partner, now).await?;
    Ok(changed > 0)
}

/// Keeps back what is new in one thread and has not left for this partner yet: it may no longer have it. Changes and
/// deletions of what it has already (they ask for receipts) still go, and so does everything that is no announcement.
pub async fn keep_back(tx: &mut Tx, partner: &Id, thread: &Id, now: Timestamp) -> Result<u64, DbError> {
    let kept = sqlx::query(
        "UPDATE deliveries SET state = 'cancelled', reason = 'not-shared', done_at = $3
         WHERE partner_id = $1 AND thread = $2 AND state = 'waiting'
         AND outbox_seq IN (SELECT seq FROM outbox WHERE thread = $2 AND verb = 'Announce' AND receipt = 0)",
    )
    .bind(partner.as_str())
    .bind(thread.as_str())
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    Ok(kept.rows_affected())
}

/// Lets a partner's lane run again at once: it was resumed, or it gave a sign of life.
pub async fn wake(tx: &mut Tx, partner: &Id, now: Timestamp) -> Result<(), DbError> {
    sqlx::query("UPDATE lanes SET next_at = $2 WHERE partner_id = $1 AND next_at > $2")
        .bind(partner.as_str())
        .bind(now.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// The highest number given so far, so that a restart goes on after it.
pub async fn last_sequence(conn: &mut Conn) -> Result<i64, DbError> {
    let (out,): (Option<i64>,) = sqlx::query_as("SELECT MAX(seq) FROM outbox").fetch_one(conn.sql()).await?;
    let (incoming,): (Option<i64>,) = sqlx::query_as("SELECT MAX(seq) FROM inbox").fetch_one(conn.sql()).await?;
    Ok(out.unwrap_or(0).max(incoming.unwrap_or(0)))
}
