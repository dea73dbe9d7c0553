//! What came in: committed before it is answered, handled once, in order, each in one unit of work with its effect.
//! The table of sentences is given by the features; this module knows which rows there are, never what they do.
//! It never acts on bytes: only an [`Activity`] that was verified and parsed at the edge gets here.

use std::collections::{HashMap, HashSet};
use std::ops::Deref;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

mod due;
mod settled;

use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::AssertSqlSafe;

use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, Db, DbError, Engine, Tx, numbered};
use crate::federation::activity::{self, Activity, Embedded, ObjectKind, Verb};
use crate::federation::actors::{self, Actor};
use crate::federation::here::Here;
use crate::federation::keys::KeyPair;
use crate::federation::outbox::{self, Sent};
use crate::federation::partners::{self, Partner};
use crate::federation::policy;
use crate::federation::signature::VerifiedRequest;

pub use due::{Aside, Due, Taken, Turns, by_partner, due};
pub use settled::{forget_settled, old_settled};

/// How long an activity that came too early waits for what it needs.
const PATIENCE: Duration = Duration::from_hours(7 * 24);
/// So much of one partner may wait for something that has not come yet: rows, and bytes of their bodies (threats DOS-22).
const WAITING_ROWS: i64 = 1000;
const WAITING_BYTES: i64 = 16 * 1024 * 1024;

/// A value whose signature, digest, time, key owner and partner were checked. Only the inbox makes one.
#[derive(Debug)]
pub struct Verified<T>(T);

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// What a sentence is about, for finding its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// A post or something that is shown as one.
    Note,
    /// A group's document.
    Group,
    /// A person's document.
    Person,
    /// The document of an instance itself.
    House,
    /// Another activity: the one embedded, or ours that is answered.
    Activity(Verb),
    /// A bare address that says nothing of its kind.
    Id,
    /// The test between two instances: shown to nobody, whatever it is.
    Canary,
    /// Whatever it is.
    Any,
}

/// One received sentence, as an action gets it.
pub struct Inbound<'a> {
    /// The moment, chance and our origin.
    pub here: &'a Here,
    /// The partner it came from, read in this unit of work.
    pub partner: &'a Partner,
    /// Who says it: the owner of the key that signed.
    pub actor: &'a Actor,
    /// What is said.
    pub activity: &'a Verified<Activity>,
    /// For Accept and Reject: what of ours is answered. The partner was asked; anything else never gets here.
    pub answers: Option<&'a Sent>,
    /// A key for a guest persona, once [`Refusal::NeedsKey`] was said.
    pub fresh_key: Option<&'a KeyPair>,
}

/// What became of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// It had its effect, now or at an earlier delivery.
    Done,
    /// Understood, and nothing to do.
    Ignored,
    /// It speaks of something that has not come yet; it is tried again.
    NotYet,
}

/// Why a sentence has no effect.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Refused for a reason that is recorded; never tried again. A code, never content.
    #[error("refused: {0}")]
    Code(&'static str),
    /// Not refused at all: a new persona is to be kept for who speaks, and its key was not made yet. It is handled again with one.
    #[error("a key is needed first")]
    NeedsKey,
    /// Refused, and the partner is paused in the same unit of work: it did what no agreement allows, and an admin has to look
    /// (threats I6). A code, never content.
    #[error("refused, and the partner is paused: {0}")]
    Breach(&'static str),
    /// Database trouble; tried again.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The function behind a row of the table.
pub type Run = for<'a> fn(&'a mut Tx, &'a Inbound<'a>) -> BoxFuture<'a, Result<Handled, Refusal>>;

/// One row: (verb, what it is about) → action.
#[derive(Clone, Copy)]
pub struct Receives {
    /// The verb.
    pub verb: Verb,
    /// What it is about.
    pub on: On,
    /// What to do.
    pub run: Run,
}

/// Two features claim one sentence.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("two features receive {0:?} about {1:?}")]
pub struct Clash(Verb, On);

/// All rows of all features.
#[derive(Default)]
pub struct Table(Vec<Receives>);

impl Table {
    /// Joins the rows of the features.
    ///
    /// # Errors
    /// When two rows claim the same sentence; the start stops.
    pub fn new(rows: Vec<Receives>) -> Result<Self, Clash> {
        for (at, row) in rows.iter().enumerate() {
            if rows[..at].iter().any(|other| other.verb == row.verb && other.on == row.on) {
                return Err(Clash(row.verb, row.on));
            }
        }
        Ok(Self(rows))
    }

    fn find(&self, verb: Verb, on: On) -> Option<&Receives> {
        let exact = self.0.iter().find(|row| row.verb == verb && row.on == on);
        exact.or_else(|| self.0.iter().find(|row| row.verb == verb && row.on == On::Any))
    }
}

/// A verified activity on its way into the table. Only [`Arrived::read`] makes one, from a request whose signature was confirmed,
/// so no other body is ever read and stored (threats R1).
pub(in crate::federation) struct Arrived {
    uri: Iri,
    verb: Verb,
    canary: bool,
    body: String,
}

impl Arrived {
    /// Reads the body that was signed for. What the activity may claim is the caller's to check.
    ///
    /// # Errors
    /// Why it cannot be read, as a code.
    pub(in crate::federation) fn read(request: &VerifiedRequest<'_>) -> Result<(Activity, Self), &'static str> {
        let body = request.body();
        let activity = activity::read(body, &activity::Limits::PARTNER).map_err(activity::ReadError::code)?;
        let text = std::str::from_utf8(body).map_err(|_| "utf-8")?.replace('\0', "");
        let arrived = Self { uri: activity.id.clone(), verb: activity.verb, canary: activity.haven.canary, body: text };
        Ok((activity, arrived))
    }

    /// Whether this partner may say it now.
    pub(in crate::federation) fn may_be_said_by(&self, partner: &Partner) -> bool {
        policy::may_say(partner, self.verb, self.canary)
    }

    /// One that nobody signed, for tests of what comes after.
    #[cfg(test)]
    pub(in crate::federation) fn unsigned(uri: Iri, verb: Verb) -> Self {
        Self { uri, verb, canary: false, body: "{}".to_owned() }
    }
}

/// Stores verified activities. What was there already stays as it is.
pub(in crate::federation) async fn store(tx: &mut Tx, here: &Here, rows: &[(Id, Id, Arrived)]) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    let values = (0..rows.len()).map(|row| {
        let list = numbered(3 + row * 6, 6);
        format!("({list}, $1, 0, $2, $2)")
    });
    let text = format!(
        "INSERT INTO inbox (seq, partner_id, activity_uri, actor_id, verb, body, state, attempts, next_at, received_at)
         VALUES {} ON CONFLICT (partner_id, activity_uri) DO NOTHING",
        values.collect::<Vec<_>>().join(", ")
    );
    let mut query = sqlx::query(AssertSqlSafe(text)).bind("new").bind(here.now.millis());
    for (partner, actor, arrived) in rows {
        query = query.bind(here.sequence()).bind(partner.as_str()).bind(arrived.uri.as_str());
        query = query.bind(actor.as_str()).bind(arrived.verb.as_str()).bind(arrived.body.as_str());
    }
    query.execute(tx.sql()).await?;
    Ok(())
}

/// When the next waiting row is due; `None` when nothing waits.
pub async fn next_due(conn: &mut Conn) -> Result<Option<Timestamp>, DbError> {
    let (next,): (Option<i64>,) = sqlx::query_as(
        "SELECT MIN(i.next_at) FROM inbox i JOIN partners p ON p.id = i.partner_id AND p.state <> 'paused'
         WHERE i.state IN ('new', 'waiting')",
    )
    .fetch_one(conn.sql())
    .await?;
    Ok(next.map(Timestamp::from_millis))
}

/// What became of the rows that had no effect.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whose sentences were refused, and why.
    pub refused: Vec<(Id, &'static str)>,
    /// Numbers of rows that need a key first; nothing was done with them.
    pub keyless: Vec<i64>,
}

/// Handles these rows in one unit of work. When all goes well that is all; when one of them is refused, comes too early or
/// breaks, the whole is rolled back and each row gets a savepoint of its own; when the database or a handler breaks there,
/// the rows are handled one by one, so that a poisonous one is parked alone.
pub async fn handle(db: &Db, here: &Here, table: &Table, rows: &[Due]) -> Result<Outcome, DbError> {
    if rows.is_empty() || (rows.len() > 1 && together(db, here, table, rows).await.is_ok()) {
        return Ok(Outcome::default());
    }
    if rows.len() > 1
        && let Ok(outcome) = attempt(db, here, table, rows).await
    {
        return Ok(outcome);
    }
    let mut all = Outcome::default();
    for row in rows {
        match attempt(db, here, table, std::slice::from_ref(row)).await {
            Ok(one) => {
                all.refused.extend(one.refused);
                all.keyless.extend(one.keyless);
            }
            Err(broken) => put_off(db, here, row, &broken).await?,
        }
    }
    Ok(all)
}

enum Broken {
    Db(DbError),
    Panicked,
    /// One of several rows needs a savepoint of its own.
    Mixed,
}

impl From<DbError> for Broken {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

/// The partners and actors that the rows of one unit of work share: read once in it, and again after a sentence that may
/// have changed them.
#[derive(Default)]
struct Known {
    partners: HashMap<Id, Partner>,
    actors: HashMap<Id, Actor>,
}

impl Known {
    async fn partner(&mut self, tx: &mut Tx, id: &Id) -> Result<Partner, Refusal> {
        if let Some(partner) = self.partners.get(id) {
            return Ok(partner.clone());
        }
        let partner = partners::by_id(tx, id).await?.ok_or(Refusal::Code("no-partner"))?;
        self.partners.insert(id.clone(), partner.clone());
        Ok(partner)
    }

    async fn actor(&mut self, tx: &mut Tx, id: &Id) -> Result<Actor, Refusal> {
        if let Some(actor) = self.actors.get(id) {
            return Ok(actor.clone());
        }
        let actor = actors::by_id(tx, id).await?.ok_or(Refusal::Code("no-actor"))?;
        self.actors.insert(id.clone(), actor.clone());
        Ok(actor)
    }

    /// Posts and what is said about posts change no partner and no actor; anything else may.
    fn after(&mut self, activity: &Activity, on: On) {
        let about_posts = match activity.verb {
            Verb::Create | Verb::Announce => on != On::Canary,
            Verb::Accept | Verb::Reject => {
                matches!(on, On::Activity(Verb::Create | Verb::Update | Verb::Delete | Verb::Announce))
            }
            _ => false,
        };
        if !about_posts {
            *self = Self::default();
        }
    }
}

/// Everything in one unit of work without savepoints, which is how it nearly always goes.
async fn together(db: &Db, here: &Here, table: &Table, rows: &[Due]) -> Result<(), Broken> {
    if rows.iter().any(|row| row.unresolved) {
        return Err(Broken::Mixed);
    }
    let mut tx = db.begin().await?;
    let went = all_well(&mut tx, here, table, rows).await;
    if went.is_ok() {
        return Ok(tx.commit().await?);
    }
    // What it held must be free before the rows are tried again.
    tx.undo().await;
    went
}

async fn all_well(tx: &mut Tx, here: &Here, table: &Table, rows: &[Due]) -> Result<(), Broken> {
    let open = still_open(tx, rows).await?;
    let (mut known, mut done, mut ignored) = (Known::default(), Vec::new(), Vec::new());
    for row in rows.iter().filter(|row| open.contains(&row.seq)) {
        match AssertUnwindSafe(handle_one(tx, here, table, (row, &mut known))).catch_unwind().await {
            Ok(Ok(Handled::Done)) => done.push(row.seq),
            Ok(Ok(Handled::Ignored)) => ignored.push(row.seq),
            _ => return Err(Broken::Mixed),
        }
    }
    finish_all(tx, here, &done, "handled").await?;
    finish_all(tx, here, &ignored, "ignored").await?;
    Ok(())
}

async fn attempt(db: &Db, here: &Here, table: &Table, rows: &[Due]) -> Result<Outcome, Broken> {
    let mut tx = db.begin().await?;
    let went = one_by_one(&mut tx, here, table, rows).await;
    if went.is_ok() {
        tx.commit().await?;
    } else {
        tx.undo().await;
    }
    went
}

/// Each in a savepoint of its own.
async fn one_by_one(tx: &mut Tx, here: &Here, table: &Table, rows: &[Due]) -> Result<Outcome, Broken> {
    let mut outcome = Outcome::default();
    let open = still_open(tx, rows).await?;
    for row in rows.iter().filter(|row| open.contains(&row.seq)) {
        let mut known = Known::default();
        if known.partner(tx, &row.partner).await.is_ok_and(|partner| partner.state == partners::State::Paused) {
            // Paused since the rows were read: this one waits with the rest until the pause is over.
            continue;
        }
        if row.unresolved {
            wait(tx, here, row).await?;
            continue;
        }
        tx.savepoint().await?;
        let became = AssertUnwindSafe(handle_one(tx, here, table, (row, &mut known))).catch_unwind().await;
        match became {
            Err(_panic) => return Err(Broken::Panicked),
            Ok(Err(Refusal::Db(error))) => return Err(error.into()),
            Ok(Ok(Handled::NotYet)) => {
                tx.rollback_to_savepoint().await?;
                wait(tx, here, row).await?;
            }
            Ok(Ok(handled)) => {
                tx.release().await?;
                let state = if handled == Handled::Done { "handled" } else { "ignored" };
                finish(tx, here, row, state, None).await?;
            }
            Ok(Err(refusal @ (Refusal::Code(code) | Refusal::Breach(code)))) => {
                tx.rollback_to_savepoint().await?;
                finish(tx, here, row, "refused", Some(code)).await?;
                if matches!(refusal, Refusal::Breach(_)) {
                    partners::pause_for(tx, here, &row.partner, code).await?;
                }
                outcome.refused.push((row.partner.clone(), code));
            }
            Ok(Err(Refusal::NeedsKey)) => {
                tx.rollback_to_savepoint().await?;
                outcome.keyless.push(row.seq);
            }
        }
    }
    Ok(outcome)
}

/// Which of these rows nobody has handled yet. Held until the end of the unit of work, so that of two nodes on one
/// PostgreSQL only one handles a row; what the other holds is left to it.
async fn still_open(tx: &mut Tx, rows: &[Due]) -> Result<HashSet<i64>, DbError> {
    let hold = if tx.engine() == Engine::Postgres { " FOR UPDATE SKIP LOCKED" } else { "" };
    let text = format!("SELECT seq FROM inbox WHERE state IN ('new', 'waiting') AND seq IN ({}){hold}", numbered(1, rows.len()));
    let mut query = sqlx::query_as(AssertSqlSafe(text));
    for row in rows {
        query = query.bind(row.seq);
    }
    let open: Vec<(i64,)> = query.fetch_all(tx.sql()).await?;
    Ok(open.into_iter().map(|(seq,)| seq).collect())
}

async fn finish_all(tx: &mut Tx, here: &Here, rows: &[i64], state: &str) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    let list = numbered(3, rows.len());
    let text = format!("UPDATE inbox SET state = $1, reason = NULL, body = '', handled_at = $2 WHERE seq IN ({list})");
    let mut query = sqlx::query(AssertSqlSafe(text)).bind(state).bind(here.now.millis());
    for seq in rows {
        query = query.bind(seq);
    }
    query.execute(tx.sql()).await?;
    Ok(())
}

async fn handle_one(tx: &mut Tx, here: &Here, table: &Table, (row, known): (&Due, &mut Known)) -> Result<Handled, Refusal> {
    let partner = known.partner(tx, &row.partner).await?;
    if !policy::may_say(&partner, row.activity.verb, row.activity.haven.canary) {
        return Err(Refusal::Code("not-active"));
    }
    let actor = known.actor(tx, &row.actor).await?;
    if actor.gone && !matches!(row.activity.verb, Verb::Delete | Verb::Undo) {
        return Err(Refusal::Code("gone"));
    }
    let answers = answered(tx, &partner.id, &row.activity).await?;
    let on = about(&row.activity, answers.as_ref())?;
    let Some(found) = table.find(row.activity.verb, on) else { return Ok(Handled::Ignored) };
    let inbound = Inbound {
        here,
        partner: &partner,
        actor: &actor,
        activity: &row.activity,
        answers: answers.as_ref(),
        fresh_key: row.fresh_key.as_ref(),
    };
    let handled = (found.run)(tx, &inbound).await?;
    known.after(&row.activity, on);
    Ok(handled)
}

/// What of ours an Accept or Reject answers. An answer to something we never sent to this partner is refused (ORG-12).
async fn answered(tx: &mut Tx, partner: &Id, activity: &Activity) -> Result<Option<Sent>, Refusal> {
    if !matches!(activity.verb, Verb::Accept | Verb::Reject) {
        return Ok(None);
    }
    let id = activity.object_id().cloned().or_else(|| activity.claim.as_ref().and_then(|claim| claim.id.clone()));
    let id = id.ok_or(Refusal::Code("answers-nothing"))?;
    match outbox::sent_to(tx, partner, &id).await? {
        Some(sent) => Ok(Some(sent)),
        None => Err(Refusal::Code("never-asked")),
    }
}

fn about(activity: &Activity, answers: Option<&Sent>) -> Result<On, Refusal> {
    if activity.haven.canary {
        return Ok(On::Canary);
    }
    if let Some(sent) = answers {
        return Ok(On::Activity(sent.verb));
    }
    Ok(match &activity.object {
        Some(Embedded::Activity(inner)) if activity.verb == Verb::Announce && inner.verb == Verb::Announce => {
            return Err(Refusal::Code("nested-announce"));
        }
        Some(Embedded::Activity(inner)) => On::Activity(inner.verb),
        // Somebody deletes themself, in whatever form: bare, as what is left of them, as their document (protocol.md §8).
        Some(Embedded::Object(object)) if activity.verb == Verb::Delete && object.id == activity.actor => On::Person,
        Some(Embedded::Object(object)) => match object.kind {
            ObjectKind::Group => On::Group,
            ObjectKind::Application | ObjectKind::Service => On::House,
            kind if kind.is_actor() => On::Person,
            _ => On::Note,
        },
        Some(Embedded::Ref(uri)) if activity.verb == Verb::Delete && *uri == activity.actor => On::Person,
        Some(Embedded::Ref(_)) => On::Id,
        None => On::Any,
    })
}

async fn finish(tx: &mut Tx, here: &Here, row: &Due, state: &str, reason: Option<&str>) -> Result<(), DbError> {
    sqlx::query("UPDATE inbox SET state = $2, reason = $3, body = '', handled_at = $4 WHERE seq = $1")
        .bind(row.seq)
        .bind(state)
        .bind(reason)
        .bind(here.now.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Waits 2, 4, 8 … seconds, at most an hour, and gives up after [`PATIENCE`], or at once when too much of this partner waits.
async fn wait(tx: &mut Tx, here: &Here, row: &Due) -> Result<(), DbError> {
    if here.now.since(row.received_at) > PATIENCE {
        return finish(tx, here, row, "refused", Some("never-complete")).await;
    }
    let (rows, bytes): (i64, i64) = sqlx::query_as(
        "SELECT COUNT(*), CAST(COALESCE(SUM(LENGTH(body)), 0) AS BIGINT) FROM inbox WHERE partner_id = $1 AND state = 'waiting' AND seq <> $2",
    )
    .bind(row.partner.as_str())
    .bind(row.seq)
    .fetch_one(tx.sql())
    .await?;
    if rows >= WAITING_ROWS || bytes >= WAITING_BYTES {
        return finish(tx, here, row, "refused", Some("too-much-waits")).await;
    }
    sqlx::query(
        "UPDATE inbox SET state = 'waiting', reason = 'not-yet', attempts = attempts + 1, next_at = $2, fetches = $3 WHERE seq = $1",
    )
    .bind(row.seq)
    .bind(here.now.plus(back_off(row.attempts)).millis())
    .bind(row.fetches)
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Puts rows aside that can no longer be read, so that what comes after them is handled.
pub(in crate::federation) async fn park_unreadable(db: &Db, here: &Here, rows: &[i64]) -> Result<(), DbError> {
    tracing::error!(count = rows.len(), "what came in earlier cannot be read by this version and was put aside");
    let mut tx = db.begin().await?;
    for seq in rows {
        park(&mut tx, here, *seq, "unreadable").await?;
    }
    tx.commit().await
}

fn back_off(attempts: i64) -> Duration {
    let exponent = u32::try_from(attempts.clamp(0, 11)).unwrap_or(11);
    Duration::from_secs((2_u64 << exponent).min(3600))
}

async fn put_off(db: &Db, here: &Here, row: &Due, broken: &Broken) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    match broken {
        Broken::Panicked => park(&mut tx, here, row.seq, "panicked").await?,
        // One row alone always has its own savepoint.
        Broken::Mixed => wait(&mut tx, here, row).await?,
        Broken::Db(error) if row.attempts >= 12 => {
            tracing::error!(error = %error, "an activity was parked after many tries");
            park(&mut tx, here, row.seq, "database").await?;
        }
        Broken::Db(error) => {
            tracing::warn!(error = %error, "an activity is tried again later");
            wait(&mut tx, here, row).await?;
        }
    }
    tx.commit().await
}

/// Puts a row aside with what it says, so that it can be tried again when what broke is mended (`parked.rs`).
async fn park(tx: &mut Tx, here: &Here, seq: i64, reason: &str) -> Result<(), DbError> {
    sqlx::query("UPDATE inbox SET state = 'parked', reason = $2, attempts = attempts + 1, handled_at = $3 WHERE seq = $1")
        .bind(seq)
        .bind(reason)
        .bind(here.now.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// The clock was set back by `by` to `now`: what waits for a moment after that waits as long as it would have, and no longer.
pub(in crate::federation) async fn set_back(tx: &mut Tx, now: Timestamp, by: Duration) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE inbox SET next_at = CASE WHEN next_at - $2 > $1 THEN next_at - $2 ELSE $1 END
         WHERE state IN ('new', 'waiting') AND next_at > $1",
    )
    .bind(now.millis())
    .bind(i64::try_from(by.as_millis()).unwrap_or(i64::MAX))
    .execute(tx.sql())
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
