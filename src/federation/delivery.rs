//! Deliveries: what waits in the outbox goes out, in order for each partner and thread, signed at the last moment, with
//! the policy asked again before each request. One partner that is slow or dead hurts nobody else. There is no state here
//! that is not in the database: a crash between sending and marking sends again, and the other side takes it once. What a
//! partner answers decides what waits: one activity, one thread, or the partner as a whole (threats FLT-10).

mod lanes;
mod rows;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crate::base::crash::{self, Point};
use crate::base::{Id, Iri, Timestamp, spare};
use crate::db::{DbError, Tx};
use crate::federation::activity::Sealed;
use crate::federation::actors;
use crate::federation::dialer::{Answer, Call, TransportError};
use crate::federation::here::Here;
use crate::federation::keys::KeyPair;
use crate::federation::partners;
use crate::federation::policy::{self, PartnerToken, Traffic};
use crate::federation::runtime::Federation;
use crate::federation::signature::{Profile, Signer};

pub use lanes::{Lane, failing, free_dead, next_due, set_back};
use rows::Waiting;

const ACTIVITY_JSON: &str = "application/activity+json";
/// Rows of one partner taken in one go.
const BATCH: i64 = 32;
/// After this long a worker gives a slow partner's lane back, well before its lease ends.
const ENOUGH: Duration = Duration::from_secs(45);
/// Waits between tries of one activity; the last one repeats. The first two bridge a restart (docs/decisions/0002).
const BACK_OFF: [Duration; 6] = [
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(15),
    Duration::from_hours(1),
];
/// The same for a partner as a whole, never longer than this: a partner that is back has everything within a quarter of an
/// hour (threats FLT-09), and costs one request for each pause until then.
const LANE_REST: Duration = Duration::from_mins(13);
/// The longest wait that a partner may ask for.
const LONGEST_ASKED: Duration = Duration::from_hours(24);
/// An activity that is not found there is tried so often in a row: a page of an update goes by.
const NOT_FOUND: i64 = 3;
/// After so many refusals of our signature in a row the fault may be in the one activity, and others may go before it.
const NOT_ADMITTED: i64 = 8;
/// At the third refusal of one activity in a row it is said aloud: the first ones belong to every handshake.
const TELL: i64 = 3;
/// When an inbox has said so often in a row that it is gone for good, nothing more is sent until an admin has looked.
const GONE: i64 = 3;

/// What became of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The partner has it.
    Delivered(u16),
    /// The partner does not want it; not tried again.
    Refused(u16),
    /// The partner cannot take this one now; others of it may go.
    Row(Option<u16>, &'static str),
    /// The partner as a whole is out of reach or asks for quiet.
    Lane(Option<u16>, &'static str, Option<Duration>),
}

impl Federation {
    /// Leases what is due; each lane is then given to [`Federation::run_lane`]. Looking costs no write.
    ///
    /// # Errors
    /// Database trouble.
    pub async fn lease_lanes(&self, here: &Here, most: i64) -> Result<Vec<Lane>, DbError> {
        if !lanes::anything_due(&mut *self.db().read().await?, here.now).await? {
            return Ok(Vec::new());
        }
        let mut tx = self.db().begin().await?;
        let lanes = lanes::lease(&mut tx, self.db().worker(), here.now, most).await?;
        tx.commit().await?;
        Ok(lanes)
    }

    /// Gives back what is leased to this process and not among the lanes it works on.
    ///
    /// # Errors
    /// Database trouble; the leases then run out by themselves.
    pub async fn free_idle_lanes(&self, busy: &[Id]) -> Result<(), DbError> {
        let mut tx = self.db().begin().await?;
        lanes::free_idle(&mut tx, self.db().worker(), busy).await?;
        tx.commit().await
    }

    /// Sends what waits for one partner, at most `most` rows, and gives the lane back. Returns how many were sent.
    ///
    /// # Errors
    /// Database trouble; the lease then runs out by itself.
    pub async fn run_lane(&self, here: &Here, lane: &Lane, most: i64) -> Result<usize, DbError> {
        let (mut left, mut sent) = (most, 0);
        let mut blocked: HashSet<String> = HashSet::new();
        loop {
            let rows = {
                let mut conn = self.db().read().await?;
                rows::waiting(&mut conn, &lane.partner, here.now, left.min(BATCH)).await?
            };
            let batch = self.send_batch(here, lane, &rows, &mut blocked).await?;
            sent += batch.done.len();
            left -= i64::try_from(rows.len()).unwrap_or(i64::MAX);
            // A full batch that went well is followed by the next one; the lane is held until then.
            let more = batch.whole && rows.len() == usize::try_from(BATCH).unwrap_or(0) && left > 0;
            let mut tx = self.db().begin().await?;
            rows::mark_all(&mut tx, here, &lane.partner, &batch.done).await?;
            if !more {
                // Whoever took something in between is not worse off than at the first failure.
                let went = batch.done.iter().any(|(_, fate)| matches!(fate, Fate::Delivered(_)));
                let lane = Lane { failures: if went { 0 } else { lane.failures }, ..lane.clone() };
                close(&mut tx, here, &lane, batch.failed.as_ref().map(|(row, fate)| (*row, *fate))).await?;
            }
            tx.commit().await?;
            if !more {
                return Ok(sent);
            }
        }
    }

    /// Sends these rows one after the other, as long as the partner takes them.
    async fn send_batch<'a>(
        &self,
        here: &Here,
        lane: &Lane,
        rows: &'a [Waiting],
        blocked: &mut HashSet<String>,
    ) -> Result<Batch<'a>, DbError> {
        let mut batch = Batch { done: Vec::new(), failed: None, whole: false };
        let mut signers = HashMap::new();
        for row in rows {
            if self.here().now.since(here.now) > ENOUGH {
                return Ok(batch);
            }
            if blocked.contains(&row.thread) {
                continue;
            }
            match self.still_waits(lane, row).await? {
                Still::Waits => {}
                // Called back or held since the rows were read: not one byte of it leaves any more.
                Still::Gone => continue,
                // We slept through our lease: the lane belongs to another worker.
                Still::Fenced => return Ok(batch),
            }
            crash::passing(Point::MidFanOut);
            let Some(fate) = self.send(&lane.partner, row, &mut signers).await? else { return Ok(batch) };
            if matches!(fate, Fate::Delivered(_)) {
                crash::passing(Point::AfterDelivery);
            }
            match fate {
                Fate::Lane(..) => {
                    batch.failed = Some((row, fate));
                    return Ok(batch);
                }
                Fate::Row(..) => {
                    blocked.insert(row.thread.clone());
                }
                Fate::Delivered(_) | Fate::Refused(_) => {}
            }
            batch.done.push((row, fate));
        }
        batch.whole = true;
        Ok(batch)
    }

    /// Whether a row that was read with others still waits, and the lane is still ours, asked right before it goes out.
    async fn still_waits(&self, lane: &Lane, row: &Waiting) -> Result<Still, DbError> {
        let mut conn = self.db().read().await?;
        let found: Option<(i64, Option<i64>)> = sqlx::query_as(
            "SELECT l.fence, d.outbox_seq FROM lanes l
             LEFT JOIN deliveries d ON d.partner_id = l.partner_id AND d.outbox_seq = $2 AND d.state = 'waiting'
             WHERE l.partner_id = $1",
        )
        .bind(lane.partner.as_str())
        .bind(row.seq)
        .fetch_optional(conn.sql())
        .await?;
        Ok(match found {
            Some((fence, _)) if fence != lane.fence => Still::Fenced,
            Some((_, Some(_))) => Still::Waits,
            _ => Still::Gone,
        })
    }

    /// One request. `None` when the policy no longer lets anything go to this partner: it is asked before each one.
    async fn send(&self, partner: &Id, row: &Waiting, signers: &mut HashMap<Id, Signs>) -> Result<Option<Fate>, DbError> {
        let mut conn = self.db().read().await?;
        let Some(token) = policy::admit(&mut conn, partner, Traffic::Any).await? else { return Ok(None) };
        if !policy::may_go(token.partner(), row.verb) {
            return Ok(Some(Fate::Refused(0)));
        }
        let signs = if let Some(signs) = signers.get(&row.actor) {
            signs.clone()
        } else {
            let (actor, key) = (actors::by_id(&mut conn, &row.actor).await?, self.private_key(&mut conn, &row.actor).await?);
            let (Some(actor), Some(key)) = (actor, key) else { return Ok(Some(Fate::Refused(0))) };
            signers.entry(row.actor.clone()).or_insert(Signs { key, key_id: actor.key_id }).clone()
        };
        drop(conn);
        let url = inbox_of(&token);
        let first = self.post(&token, &url, Profile::Cavage, &signs, &row.body).await;
        // A peer that only understands RFC 9421 answers 401 or 400 to the first knock (protocol.md §4.2).
        let answer = match first {
            Ok(answer) if matches!(answer.status, 400 | 401) && !token.partner().handshake => {
                self.post(&token, &url, Profile::Rfc9421, &signs, &row.body).await
            }
            other => other,
        };
        Ok(Some(fate(&answer, row, self.here().now)))
    }

    async fn post(
        &self,
        token: &PartnerToken,
        url: &Iri,
        profile: Profile,
        signs: &Signs,
        body: &Arc<Sealed>,
    ) -> Result<Answer, TransportError> {
        let (signs, to, text, now) = (signs.clone(), url.clone(), Arc::clone(body), self.here().now);
        let signing = spare::run(move || Signer { profile, key: &signs.key, key_id: &signs.key_id }.post(&to, &text, ACTIVITY_JSON, now));
        let Some(Ok(headers)) = signing.await else { return Err(TransportError::Refused("signing")) };
        self.transport().send(Call::post(token, url, headers, body)).await
    }
}

/// What became of a row between reading it and sending it.
enum Still {
    Waits,
    Gone,
    Fenced,
}

/// With what an actor of ours signs.
#[derive(Clone)]
struct Signs {
    key: Arc<KeyPair>,
    key_id: String,
}

/// What became of the rows of one go.
struct Batch<'a> {
    done: Vec<(&'a Waiting, Fate)>,
    /// The row on which the partner as a whole failed.
    failed: Option<(&'a Waiting, Fate)>,
    /// Every row was looked at, and the partner takes more.
    whole: bool,
}

/// The shared inbox the partner told us, else the one every Haven has.
fn inbox_of(token: &PartnerToken) -> Iri {
    token.partner().shared_inbox.clone().unwrap_or_else(|| token.origin().at("/inbox"))
}

const fn error_code(error: TransportError) -> &'static str {
    match error {
        TransportError::Refused(code) => code,
        TransportError::Connect => "no-connection",
        TransportError::Tls => "no-trust",
        TransportError::Timeout => "timeout",
        TransportError::TooLarge => "too-large",
    }
}

/// What a `Retry-After` asks for (feature `fuzz`).
#[cfg(feature = "fuzz")]
pub fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    asked_to_wait(text, now)
}

/// `Retry-After` (RFC 9110 section 10.2.3): seconds or a date.
fn asked_to_wait(text: &str, now: Timestamp) -> Option<Duration> {
    let seconds = text.trim().parse::<u64>().ok().map(Duration::from_secs);
    seconds.or_else(|| Timestamp::parse_http_date(text).map(|at| at.since(now)))
}

fn fate(answer: &Result<Answer, TransportError>, row: &Waiting, now: Timestamp) -> Fate {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Fate::Lane(None, error_code(*error), None),
    };
    let status = answer.status;
    match status {
        200..=299 => Fate::Delivered(status),
        408 | 429 | 502 | 503 | 504 => {
            Fate::Lane(Some(status), "unavailable", answer.retry_after().and_then(|text| asked_to_wait(text, now)))
        }
        // The signature or the partnership is not accepted now: a pause, a lost key, a wrong clock. Nothing is lost by it; the
        // partner is left alone, and when it goes on, it may be the one activity, so that others are let by.
        401 | 403 if row.in_a_row("not-admitted") < NOT_ADMITTED => Fate::Lane(Some(status), "not-admitted", None),
        401 | 403 => Fate::Row(Some(status), "not-admitted"),
        404 if row.in_a_row("not-found") + 1 < NOT_FOUND => Fate::Row(Some(status), "not-found"),
        410 => Fate::Lane(Some(status), partners::GONE, None),
        500..=599 => Fate::Row(Some(status), "server-error"),
        _ => Fate::Refused(status),
    }
}

/// Gives the lane back; after a failure of the partner as a whole it rests.
async fn close(tx: &mut Tx, here: &Here, lane: &Lane, failed: Option<(&Waiting, Fate)>) -> Result<(), DbError> {
    let (failures, next_at) = match failed {
        None => (0, here.now),
        Some((row, fate)) => {
            let Fate::Lane(status, reason, asked) = fate else { return Ok(()) };
            // The row stays due with the lane; only its count and reason are kept, and its end.
            rows::try_again(tx, here.now, (&lane.partner, row), (status, reason), None).await?;
            let times = row.in_a_row(reason) + 1;
            if matches!(reason, partners::GONE | "not-admitted") && times == TELL {
                tracing::warn!(partner = %lane.partner, status, reason, "a partner does not take what is sent to it");
            }
            if reason == partners::GONE && times >= GONE {
                // Everything that waits is kept, and the partnership rests until an admin lets it go on or ends it.
                partners::pause_for(tx, here, &lane.partner, partners::GONE).await?;
            }
            let wait = back_off(here, lane.failures, LANE_REST).max(asked.unwrap_or_default()).min(LONGEST_ASKED);
            (lane.failures + 1, here.now.plus(wait))
        }
    };
    sqlx::query(
        "UPDATE lanes SET lease_until = 0, failures = $3, next_at = $4,
            failing_since = CASE WHEN $3 = 0 THEN NULL ELSE COALESCE(failing_since, $5) END
         WHERE partner_id = $1 AND fence = $2",
    )
    .bind(lane.partner.as_str())
    .bind(lane.fence)
    .bind(failures)
    .bind(next_at.millis())
    .bind(here.now.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// The wait after this many failures, at most `most`, with up to a tenth taken off by chance so that partners do not knock in
/// step.
fn back_off(here: &Here, failures: i64, most: Duration) -> Duration {
    let at = usize::try_from(failures.max(0)).unwrap_or(usize::MAX).min(BACK_OFF.len() - 1);
    let base = BACK_OFF[at].min(most);
    let jitter = here.chance.below(u64::try_from(base.as_millis() / 10).unwrap_or(0).max(1));
    base.saturating_sub(Duration::from_millis(jitter))
}

#[cfg(test)]
mod order_tests;
