//! What came in: committed before it is answered, handled once, in order, each in one unit of work with its effect.
//! The table of sentences is given by the features; this module knows which rows there are, never what they do.
//! It never acts on bytes: only an [`Activity`] that was verified and parsed at the edge gets here.

use std::ops::Deref;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, Db, DbError, Tx};
use crate::federation::activity::{self, Activity, Embedded, ObjectKind, Verb};
use crate::federation::actors::{self, Actor};
use crate::federation::here::Here;
use crate::federation::keys::KeyPair;
use crate::federation::outbox::{self, Sent};
use crate::federation::partners::{self, Partner};

/// How long an activity that came too early waits for what it needs.
const PATIENCE: Duration = Duration::from_hours(7 * 24);
/// So often an activity waits for an actor that cannot be read; then it is handled with what is known.
const TRIES_TO_RESOLVE: i64 = 6;
/// Rows handled in one unit of work.
const BATCH: i64 = 32;

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
    /// Another activity: the one embedded, or ours that is answered.
    Activity(Verb),
    /// A bare address that says nothing of its kind.
    Id,
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
    /// For Follow: a key made beforehand, for a guest persona.
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

/// Commits a verified activity. False when it was there already.
pub(in crate::federation) async fn store(
    tx: &mut Tx,
    here: &Here,
    partner: &Id,
    actor: &Id,
    activity: &Activity,
    body: &str,
) -> Result<bool, DbError> {
    let new = sqlx::query(
        "INSERT INTO inbox (seq, partner_id, activity_uri, actor_id, verb, body, state, attempts, next_at, received_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'new', 0, $7, $7) ON CONFLICT (partner_id, activity_uri) DO NOTHING",
    )
    .bind(here.sequence())
    .bind(partner.as_str())
    .bind(activity.id.as_str())
    .bind(actor.as_str())
    .bind(activity.verb.as_str())
    .bind(body)
    .bind(here.now.millis())
    .execute(tx.sql())
    .await?
    .rows_affected();
    Ok(new > 0)
}

/// A stored row that is due.
pub struct Due {
    seq: i64,
    partner: Id,
    actor: Id,
    received_at: Timestamp,
    attempts: i64,
    /// The activity, parsed again from what was verified and stored.
    pub activity: Verified<Activity>,
    /// A key for a guest persona, made before the unit of work.
    pub fresh_key: Option<KeyPair>,
    /// Somebody it speaks of could not be read from the partner just now.
    pub unresolved: bool,
}

impl Due {
    /// The partner it came from.
    pub fn partner(&self) -> &Id {
        &self.partner
    }

    /// Actors that the sentence speaks of besides its own: they should be known before it is handled.
    pub fn mentioned_actors(&self) -> Vec<Iri> {
        let mut found = Vec::new();
        if let Some(Embedded::Activity(inner)) = &self.activity.object {
            found.push(inner.actor.clone());
            if let Some(Embedded::Object(object)) = &inner.object {
                found.extend(object.attributed_to.clone());
            }
        }
        found.dedup();
        found
    }
}

type Stored = (i64, String, String, String, i64, i64);

/// The rows that are due, oldest first.
pub async fn due(conn: &mut Conn, now: Timestamp) -> Result<Vec<Due>, DbError> {
    let rows: Vec<Stored> = sqlx::query_as(
        "SELECT i.seq, i.partner_id, i.actor_id, i.body, i.received_at, i.attempts FROM inbox i
         JOIN partners p ON p.id = i.partner_id AND p.state <> 'paused'
         WHERE i.state IN ('new', 'waiting') AND i.next_at <= $1 ORDER BY i.seq LIMIT $2",
    )
    .bind(now.millis())
    .bind(BATCH)
    .fetch_all(conn.sql())
    .await?;
    let mut due = Vec::with_capacity(rows.len());
    for (seq, partner, actor, body, received_at, attempts) in rows {
        let activity = activity::read(body.as_bytes(), &activity::Limits::PARTNER).map_err(|_| DbError::Unreadable("inbox"))?;
        due.push(Due {
            seq,
            partner: Id::parse(&partner).ok_or_else(|| DbError::Unreadable("inbox"))?,
            actor: Id::parse(&actor).ok_or_else(|| DbError::Unreadable("inbox"))?,
            received_at: Timestamp::from_millis(received_at),
            attempts,
            activity: Verified(activity),
            fresh_key: None,
            unresolved: false,
        });
    }
    Ok(due)
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

/// Handles these rows in one unit of work, each behind its own savepoint. When the database or a handler breaks,
/// everything is rolled back and the rows are handled one by one, so that a poisonous one is parked alone.
pub async fn handle(db: &Db, here: &Here, table: &Table, rows: &[Due]) -> Result<(), DbError> {
    if rows.len() > 1 && attempt(db, here, table, rows).await.is_ok() {
        return Ok(());
    }
    for row in rows {
        if let Err(broken) = attempt(db, here, table, std::slice::from_ref(row)).await {
            put_off(db, here, row, &broken).await?;
        }
    }
    Ok(())
}

enum Broken {
    Db(DbError),
    Panicked,
}

impl From<DbError> for Broken {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

async fn attempt(db: &Db, here: &Here, table: &Table, rows: &[Due]) -> Result<(), Broken> {
    let mut tx = db.begin().await?;
    for row in rows {
        if row.unresolved && row.attempts < TRIES_TO_RESOLVE {
            wait(&mut tx, here, row).await?;
            continue;
        }
        tx.savepoint().await?;
        let outcome = AssertUnwindSafe(handle_one(&mut tx, here, table, row)).catch_unwind().await;
        match outcome {
            Err(_panic) => return Err(Broken::Panicked),
            Ok(Err(Refusal::Db(error))) => return Err(error.into()),
            Ok(Ok(Handled::NotYet)) => {
                tx.rollback_to_savepoint().await?;
                wait(&mut tx, here, row).await?;
            }
            Ok(Ok(handled)) => {
                tx.release().await?;
                let state = if handled == Handled::Done { "handled" } else { "ignored" };
                finish(&mut tx, here, row, state, None).await?;
            }
            Ok(Err(Refusal::Code(code))) => {
                tx.rollback_to_savepoint().await?;
                finish(&mut tx, here, row, "refused", Some(code)).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(())
}

async fn handle_one(tx: &mut Tx, here: &Here, table: &Table, row: &Due) -> Result<Handled, Refusal> {
    let still_open: Option<(i64,)> = sqlx::query_as("SELECT seq FROM inbox WHERE seq = $1 AND state IN ('new', 'waiting')")
        .bind(row.seq)
        .fetch_optional(tx.sql())
        .await
        .map_err(DbError::from)?;
    if still_open.is_none() {
        return Ok(Handled::Ignored);
    }
    let partner = partners::by_id(tx, &row.partner).await?.ok_or(Refusal::Code("no-partner"))?;
    let handshake = matches!(row.activity.verb, Verb::Offer | Verb::Accept | Verb::Reject);
    match partner.state {
        partners::State::Active => {}
        partners::State::Proposed if handshake => {}
        _ => return Err(Refusal::Code("not-active")),
    }
    let actor = actors::by_id(tx, &row.actor).await?.ok_or(Refusal::Code("no-actor"))?;
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
    (found.run)(tx, &inbound).await
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
    if let Some(sent) = answers {
        return Ok(On::Activity(sent.verb));
    }
    Ok(match &activity.object {
        Some(Embedded::Activity(inner)) if activity.verb == Verb::Announce && inner.verb == Verb::Announce => {
            return Err(Refusal::Code("nested-announce"));
        }
        Some(Embedded::Activity(inner)) => On::Activity(inner.verb),
        Some(Embedded::Object(object)) => match object.kind {
            ObjectKind::Group => On::Group,
            kind if kind.is_actor() => On::Person,
            _ => On::Note,
        },
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

/// Waits 2, 4, 8 … seconds, at most an hour, and gives up after [`PATIENCE`].
async fn wait(tx: &mut Tx, here: &Here, row: &Due) -> Result<(), DbError> {
    if here.now.since(row.received_at) > PATIENCE {
        return finish(tx, here, row, "refused", Some("never-complete")).await;
    }
    sqlx::query("UPDATE inbox SET state = 'waiting', reason = 'not-yet', attempts = attempts + 1, next_at = $2 WHERE seq = $1")
        .bind(row.seq)
        .bind(here.now.plus(pause(row.attempts)).millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

fn pause(attempts: i64) -> Duration {
    let exponent = u32::try_from(attempts.clamp(0, 11)).unwrap_or(11);
    Duration::from_secs((2_u64 << exponent).min(3600))
}

async fn put_off(db: &Db, here: &Here, row: &Due, broken: &Broken) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    match broken {
        Broken::Panicked => finish(&mut tx, here, row, "parked", Some("panicked")).await?,
        Broken::Db(error) if row.attempts >= 12 => {
            tracing::error!(error = %error, "an activity was parked after many tries");
            finish(&mut tx, here, row, "parked", Some("database")).await?;
        }
        Broken::Db(error) => {
            tracing::warn!(error = %error, "an activity is tried again later");
            wait(&mut tx, here, row).await?;
        }
    }
    tx.commit().await
}
