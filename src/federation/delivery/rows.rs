//! Rows that wait: which may leave now, and what becomes of each. Within a thread the moment at which a row is due never falls,
//! so the order in which rows are due is the order in which they may leave.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sqlx::AssertSqlSafe;

use super::{Fate, back_off};
use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx, numbered};
use crate::federation::activity::{Sealed, Verb};
use crate::federation::here::Here;

/// After this long without success a delivery is given up, counted from its first try under the partnership as it now stands:
/// what waited through a pause has lost nothing by it.
const PATIENCE: Duration = Duration::from_hours(7 * 24);
/// A row, ready to be sent.
pub(super) struct Waiting {
    pub(super) seq: i64,
    pub(super) actor: Id,
    pub(super) verb: Verb,
    pub(super) thread: String,
    pub(super) body: Arc<Sealed>,
    pub(super) attempts: i64,
    /// Why the last try failed.
    reason: Option<String>,
    /// How many tries in a row failed so.
    streak: i64,
}

impl Waiting {
    /// How many tries in a row failed for this reason until now.
    pub(super) fn in_a_row(&self, reason: &str) -> i64 {
        if self.reason.as_deref() == Some(reason) { self.streak } else { 0 }
    }
}

type WaitingRow = (i64, String, String, String, String, i64, Option<String>, i64);

/// What is due, in the order in which it may leave: within a thread that is the order in which it was written.
pub(super) async fn waiting(conn: &mut Conn, partner: &Id, now: Timestamp, most: i64) -> Result<Vec<Waiting>, DbError> {
    let rows: Vec<WaitingRow> = sqlx::query_as(
        "SELECT d.outbox_seq, o.actor_id, o.verb, d.thread, o.body, d.attempts, d.reason, d.streak
         FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq
         WHERE d.partner_id = $1 AND d.state = 'waiting' AND d.next_at <= $2 ORDER BY d.next_at, d.outbox_seq LIMIT $3",
    )
    .bind(partner.as_str())
    .bind(now.millis())
    .bind(most)
    .fetch_all(conn.sql())
    .await?;
    let mut waiting = Vec::with_capacity(rows.len());
    for (seq, actor, verb, thread, body, attempts, reason, streak) in rows {
        waiting.push(Waiting {
            seq,
            actor: Id::parse(&actor).ok_or(DbError::Unreadable("outbox"))?,
            verb: Verb::parse(&verb),
            thread,
            body: Arc::new(Sealed::from_outbox(body)),
            attempts,
            reason,
            streak,
        });
    }
    Ok(waiting)
}

/// Marks what was sent: those that the partner took with one statement for each answer, the others one by one. What was taken
/// back while it was under way, and arrived, has arrived: the ledger says so.
pub(super) async fn mark_all(tx: &mut Tx, here: &Here, partner: &Id, done: &[(&Waiting, Fate)]) -> Result<(), DbError> {
    let mut taken: BTreeMap<u16, Vec<i64>> = BTreeMap::new();
    for (row, fate) in done {
        match fate {
            Fate::Delivered(status) => taken.entry(*status).or_default().push(row.seq),
            _ => mark(tx, here, partner, row, *fate).await?,
        }
    }
    for (status, rows) in taken {
        let text = format!(
            "UPDATE deliveries SET state = 'delivered', status = $1, reason = NULL, next_at = $2, attempts = attempts + 1, done_at = $2
             WHERE partner_id = $3 AND state IN ('waiting', 'cancelled') AND outbox_seq IN ({})",
            numbered(4, rows.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(text)).bind(i64::from(status)).bind(here.now.millis()).bind(partner.as_str());
        for seq in rows {
            query = query.bind(seq);
        }
        query.execute(tx.sql()).await?;
    }
    Ok(())
}

async fn mark(tx: &mut Tx, here: &Here, partner: &Id, row: &Waiting, fate: Fate) -> Result<(), DbError> {
    match fate {
        Fate::Row(status, reason) | Fate::Lane(status, reason, _) => {
            let next_at = here.now.plus(back_off(here, row.attempts, Duration::MAX));
            if try_again(tx, here.now, (partner, row), (status, reason), Some(next_at)).await? {
                push_back(tx, partner, row, next_at).await?;
            }
            Ok(())
        }
        Fate::Delivered(status) => settle(tx, here.now, (partner, row), ("delivered", None), status).await,
        Fate::Refused(status) => settle(tx, here.now, (partner, row), ("refused", Some("refused")), status).await,
    }
}

/// The end of a row.
async fn settle(
    tx: &mut Tx,
    now: Timestamp,
    (partner, row): (&Id, &Waiting),
    (state, reason): (&str, Option<&str>),
    status: u16,
) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE deliveries SET state = $3, status = $4, reason = $5, next_at = $6, attempts = attempts + 1, done_at = $6
         WHERE partner_id = $1 AND outbox_seq = $2 AND state = 'waiting'",
    )
    .bind(partner.as_str())
    .bind(row.seq)
    .bind(state)
    .bind(i64::from(status))
    .bind(reason)
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// A try that failed: the row waits until `next_at` (without one it stays as due as it was, and its lane rests), or is given up
/// when it was tried for too long. Patience begins with the first try that failed, and anew when the partnership changed its state
/// since. Says whether it still waits.
pub(super) async fn try_again(
    tx: &mut Tx,
    now: Timestamp,
    (partner, row): (&Id, &Waiting),
    (status, reason): (Option<u16>, &str),
    next_at: Option<Timestamp>,
) -> Result<bool, DbError> {
    let kept: Option<(String,)> = sqlx::query_as(
        "UPDATE deliveries SET attempts = attempts + 1, status = $3, reason = $4,
            streak = CASE WHEN reason = $4 THEN streak + 1 ELSE 1 END, tried_at = COALESCE(tried_at, $5),
            state = CASE WHEN state = 'waiting' AND tried_at < $6 AND $6 >
                (SELECT p.changed_at FROM partners p WHERE p.id = $1) THEN 'gave_up' ELSE state END,
            done_at = CASE WHEN state = 'waiting' AND tried_at < $6 AND $6 >
                (SELECT p.changed_at FROM partners p WHERE p.id = $1) THEN $5 ELSE done_at END,
            next_at = COALESCE($7, next_at)
         WHERE partner_id = $1 AND outbox_seq = $2 AND state IN ('waiting', 'cancelled') RETURNING state",
    )
    .bind(partner.as_str())
    .bind(row.seq)
    .bind(status.map(i64::from))
    .bind(reason)
    .bind(now.millis())
    .bind(now.minus(PATIENCE).millis())
    .bind(next_at.map(Timestamp::millis))
    .fetch_optional(tx.sql())
    .await?;
    Ok(kept.is_some_and(|(state,)| state == "waiting"))
}

/// What stands behind a row in its thread waits at least as long: nothing of a thread overtakes, and nothing that cannot leave
/// looks as if it were due.
async fn push_back(tx: &mut Tx, partner: &Id, row: &Waiting, next_at: Timestamp) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE deliveries SET next_at = $4
         WHERE partner_id = $1 AND thread = $2 AND state = 'waiting' AND outbox_seq > $3 AND next_at < $4",
    )
    .bind(partner.as_str())
    .bind(&row.thread)
    .bind(row.seq)
    .bind(next_at.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}
