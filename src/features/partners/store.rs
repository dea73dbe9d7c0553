//! The SQL of agreements, of tests with a canary, and of what a dry run counts. It keeps and finds rows; every rule is elsewhere.

use std::collections::BTreeSet;

use sqlx::AssertSqlSafe;

use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, DbError, Tx, numbered};

use super::agreement::{Record, Stage, Terms};
use super::canary::{Step, Test};

fn corrupt() -> DbError {
    DbError::Unreadable("agreements")
}

#[derive(sqlx::FromRow)]
struct Row {
    stage: String,
    terms: String,
    agreed_terms: Option<String>,
    agreed_at: Option<i64>,
    their_offer: Option<String>,
    last_offer: Option<String>,
    their_terms: Option<String>,
    their_hash: String,
    trouble: String,
    said: String,
    ended_by: String,
    ended_at: Option<i64>,
    erased_at: Option<i64>,
    stop_when_over: i64,
    signed_hash: String,
    signed_at: Option<i64>,
}

/// The agreement with this partner, as far as it went. A partner from before there were agreements has none.
pub async fn record(conn: &mut Conn, partner: &Id) -> Result<Option<Record>, DbError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT stage, terms, agreed_terms, agreed_at, their_offer, last_offer, their_terms, their_hash, trouble, said, ended_by, ended_at,
            erased_at, stop_when_over, signed_hash, signed_at FROM agreements WHERE partner_id = $1",
    )
    .bind(partner.as_str())
    .fetch_optional(conn.sql())
    .await?;
    Ok(row.map(|row| Record {
        stage: Stage::parse(&row.stage),
        terms: Terms::parse(&row.terms).unwrap_or_default(),
        agreed: row.agreed_terms.as_deref().and_then(Terms::parse),
        agreed_at: row.agreed_at.map(Timestamp::from_millis),
        their_offer: row.their_offer.as_deref().and_then(|text| Iri::parse(text).ok()),
        last_offer: row.last_offer.as_deref().and_then(|text| Iri::parse(text).ok()),
        their_terms: row.their_terms.as_deref().and_then(Terms::parse),
        their_hash: row.their_hash,
        trouble: row.trouble,
        said: row.said,
        ended_by: row.ended_by,
        ended_at: row.ended_at.map(Timestamp::from_millis),
        erased_at: row.erased_at.map(Timestamp::from_millis),
        stop_when_over: row.stop_when_over != 0,
        signed_hash: row.signed_hash,
        signed_at: row.signed_at.map(Timestamp::from_millis),
    }))
}

/// Writes all of it but the signed text.
pub async fn save(tx: &mut Tx, partner: &Id, record: &Record) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO agreements (partner_id, stage, terms, agreed_terms, agreed_at, their_offer, their_terms, their_hash, trouble, said,
            ended_by, ended_at, erased_at, stop_when_over, last_offer)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT (partner_id) DO UPDATE SET stage = $2, terms = $3, agreed_terms = $4, agreed_at = $5, their_offer = $6,
            their_terms = $7, their_hash = $8, trouble = $9, said = $10, ended_by = $11, ended_at = $12, erased_at = $13,
            stop_when_over = $14, last_offer = $15",
    )
    .bind(partner.as_str())
    .bind(record.stage.as_str())
    .bind(record.terms.as_text())
    .bind(record.agreed.as_ref().map(Terms::as_text))
    .bind(record.agreed_at.map(Timestamp::millis))
    .bind(record.their_offer.as_ref().map(Iri::as_str))
    .bind(record.their_terms.as_ref().map(Terms::as_text))
    .bind(record.their_hash.as_str())
    .bind(record.trouble.as_str())
    .bind(record.said.as_str())
    .bind(record.ended_by.as_str())
    .bind(record.ended_at.map(Timestamp::millis))
    .bind(record.erased_at.map(Timestamp::millis))
    .bind(i64::from(record.stop_when_over))
    .bind(record.last_offer.as_ref().map(Iri::as_str))
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Begins anew: what was agreed and tested before counts no more. The signed text stays.
pub async fn begin(tx: &mut Tx, partner: &Id, record: &Record) -> Result<(), DbError> {
    save(tx, partner, record).await?;
    sqlx::query("DELETE FROM canary_tests WHERE partner_id = $1").bind(partner.as_str()).execute(tx.sql()).await?;
    sqlx::query("DELETE FROM canary_copies WHERE partner_id = $1").bind(partner.as_str()).execute(tx.sql()).await?;
    Ok(())
}

/// Keeps the signed text.
pub async fn attach(tx: &mut Tx, partner: &Id, text: &str, hash: &str, now: Timestamp) -> Result<(), DbError> {
    sqlx::query("UPDATE agreements SET signed_text = $2, signed_hash = $3, signed_at = $4 WHERE partner_id = $1")
        .bind(partner.as_str())
        .bind(text)
        .bind(hash)
        .bind(now.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// The signed text; empty when there is none.
pub async fn signed_text(conn: &mut Conn, partner: &Id) -> Result<String, DbError> {
    let row: Option<(String,)> = sqlx::query_as("SELECT signed_text FROM agreements WHERE partner_id = $1")
        .bind(partner.as_str())
        .fetch_optional(conn.sql())
        .await?;
    Ok(row.map(|(text,)| text).unwrap_or_default())
}

/// When the partnership came into the state it is in.
pub async fn changed_at(conn: &mut Conn, partner: &Id) -> Result<Option<Timestamp>, DbError> {
    let row: Option<(i64,)> =
        sqlx::query_as("SELECT changed_at FROM partners WHERE id = $1").bind(partner.as_str()).fetch_optional(conn.sql()).await?;
    Ok(row.map(|(at,)| Timestamp::from_millis(at)))
}

#[derive(sqlx::FromRow)]
struct TestRow {
    started_at: i64,
    create_uri: String,
    update_uri: String,
    delete_uri: String,
    first: String,
    second: String,
    created_at: Option<i64>,
    edited_at: Option<i64>,
    erased_at: Option<i64>,
    failed: String,
    good_at: Option<i64>,
}

/// The newest test of this partner.
pub async fn test(conn: &mut Conn, partner: &Id) -> Result<Option<Test>, DbError> {
    let row: Option<TestRow> = sqlx::query_as(
        "SELECT started_at, create_uri, update_uri, delete_uri, first, second, created_at, edited_at, erased_at, failed, good_at
         FROM canary_tests WHERE partner_id = $1",
    )
    .bind(partner.as_str())
    .fetch_optional(conn.sql())
    .await?;
    row.map(|row| {
        let iri = |text: &str| Iri::parse(text).map_err(|_| corrupt());
        Ok(Test {
            started_at: Timestamp::from_millis(row.started_at),
            sent: [iri(&row.create_uri)?, iri(&row.update_uri)?, iri(&row.delete_uri)?],
            digests: [row.first, row.second],
            receipts: [row.created_at, row.edited_at, row.erased_at].map(|at| at.map(Timestamp::from_millis)),
            failed: Step::parse(&row.failed),
            good_at: row.good_at.map(Timestamp::from_millis),
        })
    })
    .transpose()
}

/// Keeps the newest test in the place of the one before.
pub async fn save_test(tx: &mut Tx, partner: &Id, test: &Test) -> Result<(), DbError> {
    let [created, edited, erased] = test.receipts.map(|at| at.map(Timestamp::millis));
    sqlx::query(
        "INSERT INTO canary_tests (partner_id, started_at, create_uri, update_uri, delete_uri, first, second, created_at, edited_at,
            erased_at, failed, good_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (partner_id) DO UPDATE SET started_at = $2, create_uri = $3, update_uri = $4, delete_uri = $5, first = $6, second = $7,
            created_at = $8, edited_at = $9, erased_at = $10, failed = $11, good_at = $12",
    )
    .bind(partner.as_str())
    .bind(test.started_at.millis())
    .bind(test.sent[0].as_str())
    .bind(test.sent[1].as_str())
    .bind(test.sent[2].as_str())
    .bind(test.digests[0].as_str())
    .bind(test.digests[1].as_str())
    .bind(created)
    .bind(edited)
    .bind(erased)
    .bind(test.failed.map_or("", Step::as_str))
    .bind(test.good_at.map(Timestamp::millis))
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Keeps a partner's canary while its test runs.
pub async fn keep_canary(tx: &mut Tx, partner: &Id, uri: &Iri, text: &str, now: Timestamp) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO canary_copies (partner_id, uri, text, at, done_at) VALUES ($1, $2, $3, $4, NULL)
         ON CONFLICT (partner_id) DO UPDATE SET uri = $2, text = $3, at = $4",
    )
    .bind(partner.as_str())
    .bind(uri.as_str())
    .bind(text)
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Changes a partner's canary. False when it is not here.
pub async fn edit_canary(tx: &mut Tx, partner: &Id, uri: &Iri, text: &str) -> Result<bool, DbError> {
    let changed = sqlx::query("UPDATE canary_copies SET text = $3 WHERE partner_id = $1 AND uri = $2")
        .bind(partner.as_str())
        .bind(uri.as_str())
        .bind(text)
        .execute(tx.sql())
        .await?;
    Ok(changed.rows_affected() > 0)
}

/// Erases a partner's canary: its test went all the way here. False when it is not here.
pub async fn erase_canary(tx: &mut Tx, partner: &Id, uri: &Iri, now: Timestamp) -> Result<bool, DbError> {
    let erased = sqlx::query("UPDATE canary_copies SET uri = '', text = '', done_at = $3 WHERE partner_id = $1 AND uri = $2")
        .bind(partner.as_str())
        .bind(uri.as_str())
        .bind(now.millis())
        .execute(tx.sql())
        .await?;
    Ok(erased.rows_affected() > 0)
}

/// Erases canaries whose test never came to its end.
pub async fn erase_old_canaries(tx: &mut Tx, before: Timestamp) -> Result<(), DbError> {
    let query = sqlx::query("UPDATE canary_copies SET uri = '', text = '' WHERE at < $1 AND uri <> ''").bind(before.millis());
    query.execute(tx.sql()).await?;
    Ok(())
}

/// Whether a test of this partner's went all the way here.
pub async fn was_tested_by(conn: &mut Conn, partner: &Id) -> Result<bool, DbError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT done_at FROM canary_copies WHERE partner_id = $1 AND done_at IS NOT NULL")
        .bind(partner.as_str())
        .fetch_optional(conn.sql())
        .await?;
    Ok(row.is_some())
}

/// How many copies were asked back from this partner since then, and how many it confirmed.
pub async fn asked_back(conn: &mut Conn, partner: &Id, since: Timestamp) -> Result<(i64, i64), DbError> {
    Ok(sqlx::query_as(
        "SELECT COUNT(*), COUNT(d.receipt_at) FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq
         WHERE d.partner_id = $1 AND o.verb = 'Delete' AND o.receipt = 1 AND o.created_at >= $2",
    )
    .bind(partner.as_str())
    .bind(since.millis())
    .fetch_one(conn.sql())
    .await?)
}

/// One copy that was asked back.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Receipt {
    /// State of the delivery.
    pub state: String,
    /// When it was asked for.
    pub created_at: i64,
    /// When it was confirmed.
    pub confirmed_at: Option<i64>,
    /// The group it was in.
    pub group_name: String,
}

/// The copies that were asked back since then, open ones first; at most 200.
pub async fn receipts(conn: &mut Conn, partner: &Id, since: Timestamp) -> Result<Vec<Receipt>, DbError> {
    Ok(sqlx::query_as(
        "SELECT d.state, d.created_at, d.receipt_at AS confirmed_at, g.name AS group_name FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq
         JOIN groups g ON g.id = o.thread
         WHERE d.partner_id = $1 AND o.verb = 'Delete' AND o.receipt = 1 AND o.created_at >= $2
         ORDER BY CASE WHEN d.receipt_at IS NULL THEN 0 ELSE 1 END, o.seq LIMIT 200",
    )
    .bind(partner.as_str())
    .bind(since.millis())
    .fetch_all(conn.sql())
    .await?)
}

/// Deliveries of one kind, counted: same partner, thread, verb, audience and state.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Traffic {
    /// The partner.
    pub partner_id: String,
    /// The group, or the partner for agreements.
    pub thread: String,
    /// What kind of activity.
    pub verb: String,
    /// The audience of the post it is about; empty when it is about none.
    pub audience: String,
    /// How many.
    pub count: i64,
    /// The newest of them.
    pub newest: i64,
}

/// What went or was to go to partners since then.
pub async fn traffic(conn: &mut Conn, since: Timestamp) -> Result<Vec<Traffic>, DbError> {
    Ok(sqlx::query_as(
        "SELECT d.partner_id, o.thread, o.verb, COALESCE(p.audience_id, '') AS audience, COUNT(*) AS count, MAX(d.created_at) AS newest
         FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq LEFT JOIN posts p ON p.uri = o.about
         WHERE d.created_at >= $1 AND d.state <> 'cancelled'
         GROUP BY d.partner_id, o.thread, o.verb, COALESCE(p.audience_id, '') ORDER BY d.partner_id, o.thread, o.verb",
    )
    .bind(since.millis())
    .fetch_all(conn.sql())
    .await?)
}

/// Stands for the verb of what a partner read by a signed request.
pub const READ: &str = "Read";
/// Stands in [`Traffic::audience`] of what waits and must arrive whatever becomes of a sharing: it asks for a receipt.
pub const RECEIPT: &str = "receipt";

/// What partners read by signed requests since then. The ledger counts by day, so a day counts whole.
pub async fn reads(conn: &mut Conn, since: Timestamp) -> Result<Vec<Traffic>, DbError> {
    Ok(sqlx::query_as(
        "SELECT s.partner_id, COALESCE(p.group_id, g.id, '') AS thread, $2 AS verb, COALESCE(p.audience_id, '') AS audience,
            CAST(SUM(s.times) AS BIGINT) AS count, MAX(s.last_at) AS newest
         FROM served s LEFT JOIN posts p ON p.uri = s.document LEFT JOIN groups g ON g.uri = s.document
         WHERE s.last_at >= $1 GROUP BY s.partner_id, COALESCE(p.group_id, g.id, ''), COALESCE(p.audience_id, '')
         ORDER BY s.partner_id, COALESCE(p.group_id, g.id, ''), COALESCE(p.audience_id, '')",
    )
    .bind(since.millis())
    .bind(READ)
    .fetch_all(conn.sql())
    .await?)
}

/// What waits for partners now, also what is held for a person who paused everything.
pub async fn queued(conn: &mut Conn) -> Result<Vec<Traffic>, DbError> {
    Ok(sqlx::query_as(
        "SELECT d.partner_id, o.thread, o.verb, CASE WHEN o.receipt = 1 THEN $1 ELSE '' END AS audience, COUNT(*) AS count,
            MAX(d.created_at) AS newest
         FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq WHERE d.state IN ('waiting', 'held')
         GROUP BY d.partner_id, o.thread, o.verb, o.receipt ORDER BY d.partner_id, o.thread, o.verb, o.receipt",
    )
    .bind(RECEIPT)
    .fetch_all(conn.sql())
    .await?)
}

/// Groups that live at this partner and their active or waiting members of ours: (group, name, count).
pub async fn ours_at(conn: &mut Conn, partner: &Id) -> Result<Vec<(String, String, i64)>, DbError> {
    Ok(sqlx::query_as(
        "SELECT g.id, g.name, COUNT(m.id) FROM groups g JOIN memberships m ON m.group_id = g.id AND m.state IN ('active', 'pending')
         WHERE g.home_id = $1 AND g.ended_at IS NULL GROUP BY g.id, g.name ORDER BY g.name, g.id",
    )
    .bind(partner.as_str())
    .fetch_all(conn.sql())
    .await?)
}

/// Groups of ours shared with this partner and its active or waiting members in them: (group, name, count).
pub async fn theirs_in_ours(conn: &mut Conn, partner: &Id) -> Result<Vec<(String, String, i64)>, DbError> {
    Ok(sqlx::query_as(
        "SELECT g.id, g.name, COUNT(m.id) FROM group_partners s JOIN groups g ON g.id = s.group_id
         LEFT JOIN guests b ON b.group_id = s.group_id AND b.partner_id = s.partner_id
         LEFT JOIN memberships m ON m.group_id = b.group_id AND m.actor_id = b.actor_id AND m.state IN ('active', 'pending')
         WHERE s.partner_id = $1 AND s.ended_at IS NULL GROUP BY g.id, g.name ORDER BY g.name, g.id",
    )
    .bind(partner.as_str())
    .fetch_all(conn.sql())
    .await?)
}

/// Active or waiting members that this partner has in this group of ours.
pub async fn theirs_in(conn: &mut Conn, group: &Id, partner: &Id) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM guests b JOIN memberships m ON m.group_id = b.group_id AND m.actor_id = b.actor_id
         WHERE b.group_id = $1 AND b.partner_id = $2 AND m.state IN ('active', 'pending')",
    )
    .bind(group.as_str())
    .bind(partner.as_str())
    .fetch_one(conn.sql())
    .await?;
    Ok(count)
}

/// What went out about posts of this group that were written since then, by partner and audience.
pub async fn told_in(conn: &mut Conn, group: &Id, since: Timestamp) -> Result<Vec<Traffic>, DbError> {
    Ok(sqlx::query_as(
        "SELECT d.partner_id, o.thread, o.verb, COALESCE(p.audience_id, '') AS audience, COUNT(*) AS count, MAX(d.created_at) AS newest
         FROM posts p JOIN outbox o ON o.about = p.uri AND o.thread = p.group_id AND o.verb = 'Announce'
         JOIN deliveries d ON d.outbox_seq = o.seq AND d.state <> 'cancelled'
         WHERE p.group_id = $1 AND p.created_at >= $2
         GROUP BY d.partner_id, o.thread, o.verb, COALESCE(p.audience_id, '') ORDER BY d.partner_id, COALESCE(p.audience_id, '')",
    )
    .bind(group.as_str())
    .bind(since.millis())
    .fetch_all(conn.sql())
    .await?)
}

/// How many posts of this group that were written since then went to at least one of these partners.
pub async fn count_told_in(conn: &mut Conn, group: &Id, since: Timestamp, partners: &BTreeSet<String>) -> Result<i64, DbError> {
    if partners.is_empty() {
        return Ok(0);
    }
    let text = format!(
        "SELECT COUNT(DISTINCT p.id) FROM posts p JOIN outbox o ON o.about = p.uri AND o.thread = p.group_id AND o.verb = 'Announce'
         JOIN deliveries d ON d.outbox_seq = o.seq AND d.state <> 'cancelled'
         WHERE p.group_id = $1 AND p.created_at >= $2 AND d.partner_id IN ({})",
        numbered(3, partners.len())
    );
    let mut query = sqlx::query_as(AssertSqlSafe(text)).bind(group.as_str()).bind(since.millis());
    for partner in partners {
        query = query.bind(partner.as_str());
    }
    let (count,): (i64,) = query.fetch_one(conn.sql()).await?;
    Ok(count)
}

/// All present sharings of groups of ours: (group, partner).
pub async fn sharings(conn: &mut Conn) -> Result<Vec<(Id, Id)>, DbError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT group_id, partner_id FROM group_partners WHERE ended_at IS NULL ORDER BY group_id, partner_id")
            .fetch_all(conn.sql())
            .await?;
    rows.iter().map(|(group, partner)| Id::parse(group).zip(Id::parse(partner)).ok_or_else(corrupt)).collect()
}

/// Posts of a group of ours since then, by audience; what a new reader would have got.
pub async fn posts_since(conn: &mut Conn, group: &Id, since: Timestamp) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM posts WHERE group_id = $1 AND created_at >= $2 AND state = 'posted'")
        .bind(group.as_str())
        .bind(since.millis())
        .fetch_one(conn.sql())
        .await?;
    Ok(count)
}
