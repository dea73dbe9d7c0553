//! Deliveries: what waits in the outbox goes out, in order for each partner and thread, signed at the last moment, with
//! the policy asked again before each request. One partner that is slow or dead hurts nobody else. There is no state here
//! that is not in the database: a crash between sending and marking sends again, and the other side takes it once.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::federation::activity::Sealed;
use crate::federation::actors;
use crate::federation::dialer::{Answer, Call, Method, TransportError};
use crate::federation::here::Here;
use crate::federation::keys::KeyPair;
use crate::federation::policy::{self, PartnerToken, Traffic};
use crate::federation::runtime::Federation;
use crate::federation::signature::{Profile, Signer};

const ACTIVITY_JSON: &str = "application/activity+json";
/// Rows of one partner taken in one go.
const BATCH: i64 = 32;
/// After this long a worker gives a slow partner's lane back, well before its lease ends.
const ENOUGH: Duration = Duration::from_secs(45);
/// How long a worker may hold a partner's lane: longer than one request can take.
const LEASE: Duration = Duration::from_secs(90);
/// After this long without success a delivery is given up.
const PATIENCE: Duration = Duration::from_hours(7 * 24);
/// Waits between tries; the last one repeats. The first two bridge a restart (docs/decisions/0002).
const BACK_OFF: [Duration; 9] = [
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(15),
    Duration::from_hours(1),
    Duration::from_hours(4),
    Duration::from_hours(8),
    Duration::from_hours(12),
];

/// A partner's lane, leased to this worker.
#[derive(Clone, Debug)]
pub struct Lane {
    /// The partner.
    pub partner: Id,
    fence: i64,
    failures: i64,
}

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

struct Waiting {
    seq: i64,
    actor: Id,
    thread: String,
    body: Sealed,
    attempts: i64,
    next_at: Timestamp,
    created_at: Timestamp,
}

/// Leases up to `most` lanes that have something due. Two workers never get the same lane.
///
/// # Errors
/// Database trouble.
pub async fn lease(tx: &mut Tx, now: Timestamp, most: i64) -> Result<Vec<Lane>, DbError> {
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(
        "UPDATE lanes SET lease_until = $2, fence = fence + 1
         WHERE lease_until < $1 AND next_at <= $1 AND partner_id IN (
            SELECT l.partner_id FROM lanes l JOIN partners p ON p.id = l.partner_id
            WHERE l.lease_until < $1 AND l.next_at <= $1 AND p.state IN ('active', 'proposed')
              AND EXISTS (SELECT 1 FROM deliveries d WHERE d.partner_id = l.partner_id AND d.state = 'waiting' AND d.next_at <= $1)
            ORDER BY l.next_at, l.partner_id LIMIT $3)
         RETURNING partner_id, fence, failures",
    )
    .bind(now.millis())
    .bind(now.plus(LEASE).millis())
    .bind(most)
    .fetch_all(tx.sql())
    .await?;
    let mut lanes = Vec::with_capacity(rows.len());
    for (partner, fence, failures) in rows {
        lanes.push(Lane { partner: Id::parse(&partner).ok_or(DbError::Unreadable("lanes"))?, fence, failures });
    }
    lanes.sort_by(|a, b| a.partner.cmp(&b.partner));
    Ok(lanes)
}

/// When something is due next, if anything waits.
///
/// # Errors
/// Database trouble.
pub async fn next_due(conn: &mut Conn) -> Result<Option<Timestamp>, DbError> {
    let (next,): (Option<i64>,) = sqlx::query_as(
        "SELECT MIN(CASE WHEN l.next_at > d.next_at THEN l.next_at ELSE d.next_at END) FROM lanes l
         JOIN partners p ON p.id = l.partner_id AND p.state IN ('active', 'proposed')
         JOIN deliveries d ON d.partner_id = l.partner_id AND d.state = 'waiting'
           AND d.outbox_seq = (SELECT MIN(w.outbox_seq) FROM deliveries w WHERE w.partner_id = l.partner_id AND w.state = 'waiting')",
    )
    .fetch_one(conn.sql())
    .await?;
    Ok(next.map(Timestamp::from_millis))
}

impl Federation {
    /// Leases what is due; each lane is then given to [`Federation::run_lane`].
    ///
    /// # Errors
    /// Database trouble.
    pub async fn lease_lanes(&self, here: &Here, most: i64) -> Result<Vec<Lane>, DbError> {
        let mut tx = self.db().begin().await?;
        let lanes = lease(&mut tx, here.now, most).await?;
        tx.commit().await?;
        Ok(lanes)
    }

    /// Sends what waits for one partner, at most `most` rows, and gives the lane back. Returns how many were sent.
    ///
    /// # Errors
    /// Database trouble; the lease then runs out by itself.
    pub async fn run_lane(&self, here: &Here, lane: &Lane, most: i64) -> Result<usize, DbError> {
        let rows = {
            let mut conn = self.db().read().await?;
            waiting(&mut conn, &lane.partner, most.min(BATCH)).await?
        };
        let mut blocked: HashSet<String> = HashSet::new();
        let mut done: Vec<(&Waiting, Fate)> = Vec::new();
        let mut lane_fate = None;
        for row in &rows {
            if self.here().now.since(here.now) > ENOUGH {
                break;
            }
            if row.next_at > here.now || blocked.contains(&row.thread) {
                blocked.insert(row.thread.clone());
                continue;
            }
            let Some(fate) = self.send(&lane.partner, row).await? else { break };
            match fate {
                Fate::Lane(..) => {
                    lane_fate = Some((row, fate));
                    break;
                }
                Fate::Row(..) => {
                    blocked.insert(row.thread.clone());
                }
                Fate::Delivered(_) | Fate::Refused(_) => {}
            }
            done.push((row, fate));
        }
        let mut tx = self.db().begin().await?;
        for (row, fate) in &done {
            mark(&mut tx, here, &lane.partner, row, *fate).await?;
        }
        close(&mut tx, here, lane, lane_fate.as_ref().map(|(row, fate)| (*row, *fate))).await?;
        tx.commit().await?;
        Ok(done.len())
    }

    /// One request. `None` when the policy no longer lets anything go to this partner.
    async fn send(&self, partner: &Id, row: &Waiting) -> Result<Option<Fate>, DbError> {
        let mut conn = self.db().read().await?;
        let Some(token) = policy::admit(&mut conn, partner, Traffic::Handshake).await? else { return Ok(None) };
        let (Some(actor), Some(key)) = (actors::by_id(&mut conn, &row.actor).await?, self.private_key(&mut conn, &row.actor).await?) else {
            return Ok(Some(Fate::Refused(0)));
        };
        drop(conn);
        let url = inbox_of(&token);
        let body: Arc<str> = row.body.as_str().into();
        let first = self.post(&token, &url, Profile::Cavage, (&key, &actor.key_id), &body).await;
        // A peer that only understands RFC 9421 answers 401 or 400 to the first knock (protocol.md §4.2).
        let answer = match first {
            Ok(answer) if matches!(answer.status, 400 | 401) && !token.partner().handshake => {
                self.post(&token, &url, Profile::Rfc9421, (&key, &actor.key_id), &body).await
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
        (key, key_id): (&Arc<KeyPair>, &str),
        body: &Arc<str>,
    ) -> Result<Answer, TransportError> {
        let (key, key_id, to, text, now) = (Arc::clone(key), key_id.to_owned(), url.clone(), Arc::clone(body), self.here().now);
        let signing = tokio::task::spawn_blocking(move || {
            Signer { profile, key: &key, key_id: &key_id }.post(&to, text.as_bytes(), ACTIVITY_JSON, now)
        });
        let Ok(Ok(headers)) = signing.await else { return Err(TransportError::Refused("signing")) };
        let body = Some(bytes::Bytes::copy_from_slice(body.as_bytes()));
        self.transport().send(Call { origin: token.origin(), url, method: Method::Post, headers, body }).await
    }
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

/// `Retry-After`: seconds or a date.
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
        // The signature or the partnership is not accepted now: a pause or a lost key on their side.
        401 | 403 if row.attempts < 8 => Fate::Lane(Some(status), "not-admitted", None),
        500..=599 => Fate::Row(Some(status), "server-error"),
        _ => Fate::Refused(status),
    }
}

async fn waiting(conn: &mut Conn, partner: &Id, most: i64) -> Result<Vec<Waiting>, DbError> {
    let rows: Vec<(i64, String, String, String, i64, i64, i64)> = sqlx::query_as(
        "SELECT d.outbox_seq, o.actor_id, d.thread, o.body, d.attempts, d.next_at, d.created_at
         FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq
         WHERE d.partner_id = $1 AND d.state = 'waiting' ORDER BY d.outbox_seq LIMIT $2",
    )
    .bind(partner.as_str())
    .bind(most)
    .fetch_all(conn.sql())
    .await?;
    let mut waiting = Vec::with_capacity(rows.len());
    for (seq, actor, thread, body, attempts, next_at, created_at) in rows {
        waiting.push(Waiting {
            seq,
            actor: Id::parse(&actor).ok_or(DbError::Unreadable("outbox"))?,
            thread,
            body: Sealed::from_outbox(body),
            attempts,
            next_at: Timestamp::from_millis(next_at),
            created_at: Timestamp::from_millis(created_at),
        });
    }
    Ok(waiting)
}

async fn mark(tx: &mut Tx, here: &Here, partner: &Id, row: &Waiting, fate: Fate) -> Result<(), DbError> {
    let now = here.now;
    let (state, status, reason, next_at) = match fate {
        Fate::Delivered(status) => ("delivered", Some(status), None, now),
        Fate::Refused(status) => ("refused", Some(status), Some("refused"), now),
        Fate::Row(status, reason) | Fate::Lane(status, reason, _) => {
            if now.since(row.created_at) > PATIENCE {
                ("gave_up", status, Some(reason), now)
            } else {
                ("waiting", status, Some(reason), now.plus(back_off(here, row.attempts)))
            }
        }
    };
    sqlx::query(
        "UPDATE deliveries SET state = $3, status = $4, reason = $5, next_at = $6, attempts = attempts + 1,
            done_at = CASE WHEN $3 = 'waiting' THEN NULL ELSE $7 END
         WHERE partner_id = $1 AND outbox_seq = $2 AND state = 'waiting'",
    )
    .bind(partner.as_str())
    .bind(row.seq)
    .bind(state)
    .bind(status.map(i64::from))
    .bind(reason)
    .bind(next_at.millis())
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Gives the lane back; after a failure of the partner as a whole it rests.
async fn close(tx: &mut Tx, here: &Here, lane: &Lane, failed: Option<(&Waiting, Fate)>) -> Result<(), DbError> {
    let (failures, next_at) = match failed {
        None => (0, here.now),
        Some((row, fate)) => {
            mark_failed(tx, here, &lane.partner, row, fate).await?;
            let asked = if let Fate::Lane(_, _, asked) = fate { asked } else { None };
            let wait = back_off(here, lane.failures).max(asked.unwrap_or_default()).min(Duration::from_hours(24));
            (lane.failures + 1, here.now.plus(wait))
        }
    };
    sqlx::query("UPDATE lanes SET lease_until = 0, failures = $3, next_at = $4 WHERE partner_id = $1 AND fence = $2")
        .bind(lane.partner.as_str())
        .bind(lane.fence)
        .bind(failures)
        .bind(next_at.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// The row on which the lane failed stays due with the lane; only its count and reason are kept, and its end.
async fn mark_failed(tx: &mut Tx, here: &Here, partner: &Id, row: &Waiting, fate: Fate) -> Result<(), DbError> {
    let Fate::Lane(status, reason, _) = fate else { return Ok(()) };
    let over = here.now.since(row.created_at) > PATIENCE;
    sqlx::query(
        "UPDATE deliveries SET attempts = attempts + 1, status = $3, reason = $4,
            state = CASE WHEN $5 = 1 THEN 'gave_up' ELSE state END, done_at = CASE WHEN $5 = 1 THEN $6 ELSE NULL END
         WHERE partner_id = $1 AND outbox_seq = $2 AND state = 'waiting'",
    )
    .bind(partner.as_str())
    .bind(row.seq)
    .bind(status.map(i64::from))
    .bind(reason)
    .bind(i64::from(over))
    .bind(here.now.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// The wait after this many failures, with up to a tenth added by chance so that partners do not knock in step.
fn back_off(here: &Here, failures: i64) -> Duration {
    let at = usize::try_from(failures.max(0)).unwrap_or(usize::MAX).min(BACK_OFF.len() - 1);
    let base = BACK_OFF[at];
    let jitter = here.chance.below(u64::try_from(base.as_millis() / 10).unwrap_or(0).max(1));
    base + Duration::from_millis(jitter)
}
