//! The SQL of durable work. Every change of a row that a worker holds repeats the worker's fence, so that a worker whose
//! lease ran out changes nothing.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use sqlx::AssertSqlSafe;

use super::{ATTEMPTS, Job, LEASE, NewJob, Task};
use crate::base::Timestamp;
use crate::db::{Conn, DbError, Tx, numbered};

/// The key of work that comes back by itself.
const EVERY: &str = "every";

/// The first pause after a failure; it doubles up to [`LONGEST`].
const SHORTEST: Duration = Duration::from_mins(1);
const LONGEST: Duration = Duration::from_hours(12);
/// So often work that was under way when its process died is begun again at the next start without waiting.
const DEATHS: i64 = 3;

/// Work that was given up.
#[derive(Debug, sqlx::FromRow)]
pub struct Dead {
    /// The row.
    pub id: String,
    /// Which work.
    pub kind: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Our word for why.
    pub reason: Option<String>,
    /// When it was given up, in milliseconds.
    pub run_at: i64,
}

pub(super) async fn insert(tx: &mut Tx, id: &str, job: &NewJob) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO jobs (id, kind, key, payload, run_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (kind, key) WHERE key IS NOT NULL AND state = 'waiting' DO UPDATE SET
            payload = excluded.payload, again = 1,
            run_at = CASE WHEN excluded.run_at < jobs.run_at THEN excluded.run_at ELSE jobs.run_at END",
    )
    .bind(id)
    .bind(job.kind)
    .bind(job.key.as_deref())
    .bind(&job.payload)
    .bind(job.run_at.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Kinds that come back by themselves and have a row.
pub(super) async fn recurring(conn: &mut Conn) -> Result<Vec<String>, DbError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT kind FROM jobs WHERE key = $1 AND state = 'waiting'").bind(EVERY).fetch_all(conn.sql()).await?;
    Ok(rows.into_iter().map(|(kind,)| kind).collect())
}

pub(super) async fn insert_recurring(tx: &mut Tx, kind: &str, now: Timestamp) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO jobs (id, kind, key, payload, run_at) VALUES ($1, $2, $3, '', $4)
         ON CONFLICT (kind, key) WHERE key IS NOT NULL AND state = 'waiting' DO NOTHING",
    )
    .bind(format!("{EVERY}-{kind}"))
    .bind(kind)
    .bind(EVERY)
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

type LeaseRow = (String, String, Option<String>, String, i64, i64, i64);

/// Takes up to `limit` rows that are due. The condition is repeated outside the sub-select: on PostgreSQL two workers
/// choose the same rows, and the second one looks again when the first has committed.
pub(super) async fn lease<C>(tx: &mut Tx, worker: &str, jobs: &[Job<C>], now: Timestamp, limit: i64) -> Result<Vec<Task>, DbError> {
    let kinds = numbered(5, jobs.len());
    let due = "state = 'waiting' AND run_at <= $1 AND lease_until <= $1";
    let text = format!(
        "UPDATE jobs SET lease_until = $2, fence = fence + 1, attempts = attempts + 1, again = 0, worker = $4
         WHERE id IN (SELECT id FROM jobs WHERE {due} AND kind IN ({kinds}) ORDER BY run_at, id LIMIT $3) AND {due}
         RETURNING id, kind, key, payload, attempts, run_at, fence"
    );
    let mut query =
        sqlx::query_as::<_, LeaseRow>(AssertSqlSafe(text)).bind(now.millis()).bind(now.plus(LEASE).millis()).bind(limit).bind(worker);
    for job in jobs {
        query = query.bind(job.kind);
    }
    let rows = query.fetch_all(tx.sql()).await?;
    let mut tasks: Vec<Task> = rows.into_iter().map(|row| task(row, jobs, now)).collect();
    tasks.sort_by(|a, b| (a.run_at, &a.id).cmp(&(b.run_at, &b.id)));
    Ok(tasks)
}

/// Frees what a dead worker held (`sole`: whoever held it), so that it runs at once instead of after its lease. Work that was
/// under way in several deaths in a row keeps its lease: it may be what the process dies of.
pub(super) async fn free(tx: &mut Tx, worker: &str, sole: bool) -> Result<u64, DbError> {
    let freed = sqlx::query(
        "UPDATE jobs SET lease_until = 0, fence = fence + 1
         WHERE state = 'waiting' AND lease_until > 0 AND attempts <= $3 AND ($1 = 1 OR worker = $2)",
    )
    .bind(i64::from(sole))
    .bind(worker)
    .bind(DEATHS)
    .execute(tx.sql())
    .await?;
    Ok(freed.rows_affected())
}

/// The clock was set back by `by` to `now`: what waits for a moment after that waits as long as it would have, and no longer.
pub(super) async fn set_back(tx: &mut Tx, now: Timestamp, by: Duration) -> Result<(), DbError> {
    let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    for text in [
        "UPDATE jobs SET run_at = CASE WHEN run_at - $2 > $1 THEN run_at - $2 ELSE $1 END WHERE state = 'waiting' AND run_at > $1",
        "UPDATE jobs SET lease_until = CASE WHEN lease_until - $2 > $1 THEN lease_until - $2 ELSE $1 END
         WHERE state = 'waiting' AND lease_until > $1",
    ] {
        sqlx::query(text).bind(now.millis()).bind(by).execute(tx.sql()).await?;
    }
    Ok(())
}

fn task<C>((id, kind, key, payload, attempt, run_at, fence): LeaseRow, jobs: &[Job<C>], now: Timestamp) -> Task {
    let every = jobs.iter().find(|job| job.kind == kind).and_then(|job| job.every).filter(|_| key.as_deref() == Some(EVERY));
    Task { id, kind, key, payload, attempt, now, run_at, fence, every, settled: AtomicBool::new(false) }
}

/// When something is due next: now or later; `None` when nothing waits.
pub(super) async fn next<C>(conn: &mut Conn, jobs: &[Job<C>]) -> Result<Option<Timestamp>, DbError> {
    let text = format!(
        "SELECT MIN(CASE WHEN lease_until > run_at THEN lease_until ELSE run_at END) FROM jobs
         WHERE state = 'waiting' AND kind IN ({})",
        numbered(1, jobs.len())
    );
    let mut query = sqlx::query_as::<_, (Option<i64>,)>(AssertSqlSafe(text));
    for job in jobs {
        query = query.bind(job.kind);
    }
    let (at,) = query.fetch_one(conn.sql()).await?;
    Ok(at.map(Timestamp::from_millis))
}

fn fenced(rows: u64) -> Result<(), DbError> {
    if rows == 0 { Err(DbError::Fenced) } else { Ok(()) }
}

pub(super) async fn hold(tx: &mut Tx, task: &Task) -> Result<(), DbError> {
    let held =
        sqlx::query("UPDATE jobs SET fence = fence WHERE id = $1 AND fence = $2").bind(&task.id).bind(task.fence).execute(tx.sql()).await?;
    fenced(held.rows_affected())
}

/// The work is done: the row goes, or waits for the next time.
pub(super) async fn finish(tx: &mut Tx, task: &Task, now: Timestamp) -> Result<(), DbError> {
    if task.every.is_none() {
        let gone = sqlx::query("DELETE FROM jobs WHERE id = $1 AND fence = $2 AND again = 0")
            .bind(&task.id)
            .bind(task.fence)
            .execute(tx.sql())
            .await?;
        if gone.rows_affected() > 0 {
            return Ok(());
        }
    }
    let next = task.every.map_or(now, |every| now.plus(every));
    let waits = sqlx::query(
        "UPDATE jobs SET lease_until = 0, attempts = 0, again = 0, reason = NULL, fence = fence + 1,
            run_at = CASE WHEN again = 1 THEN $3 ELSE $4 END
         WHERE id = $1 AND fence = $2",
    )
    .bind(&task.id)
    .bind(task.fence)
    .bind(now.millis())
    .bind(next.millis())
    .execute(tx.sql())
    .await?;
    fenced(waits.rows_affected())
}

/// Puts the work back for `at`. A postponement is not a failure, so it does not count.
pub(super) async fn postpone(tx: &mut Tx, task: &Task, at: Timestamp) -> Result<(), DbError> {
    let put = sqlx::query(
        "UPDATE jobs SET lease_until = 0, attempts = attempts - 1, fence = fence + 1, run_at = $3 WHERE id = $1 AND fence = $2",
    )
    .bind(&task.id)
    .bind(task.fence)
    .bind(at.millis())
    .execute(tx.sql())
    .await?;
    fenced(put.rows_affected())
}

/// The work failed: it waits longer than the last time, or is given up. Recurring work is never given up.
pub(super) async fn fail(tx: &mut Tx, task: &Task, reason: &str, last: bool, now: Timestamp) -> Result<(), DbError> {
    let dead = task.every.is_none() && (last || task.attempt >= ATTEMPTS);
    let at = if dead { now } else { now.plus(pause(task)) };
    let put = sqlx::query(
        "UPDATE jobs SET lease_until = 0, fence = fence + 1, state = $3, reason = $4, run_at = $5 WHERE id = $1 AND fence = $2",
    )
    .bind(&task.id)
    .bind(task.fence)
    .bind(if dead { "dead" } else { "waiting" })
    .bind(reason)
    .bind(at.millis())
    .execute(tx.sql())
    .await?;
    fenced(put.rows_affected())
}

/// 1 minute, 2, 4 … 12 hours; up to a tenth longer, by the row's random id, so that not all come back at once.
pub(super) fn pause(task: &Task) -> Duration {
    let doublings = u32::try_from((task.attempt - 1).clamp(0, 16)).unwrap_or(0);
    let pause = SHORTEST.saturating_mul(1 << doublings).min(LONGEST);
    let spread = task.id.bytes().fold(task.attempt.unsigned_abs(), |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte))) % 100;
    let pause = pause + pause.mul_f64(0.001 * f64::from(u32::try_from(spread).unwrap_or(0)));
    task.every.map_or(pause, |every| pause.min(every))
}

pub(super) async fn dead(conn: &mut Conn, (at, id): (i64, &str), limit: i64) -> Result<Vec<Dead>, DbError> {
    let rows = sqlx::query_as(
        "SELECT id, kind, attempts, reason, run_at FROM jobs
         WHERE state = 'dead' AND run_at <= $1 AND (run_at < $1 OR id < $2) ORDER BY run_at DESC, id DESC LIMIT $3",
    )
    .bind(at)
    .bind(id)
    .bind(limit)
    .fetch_all(conn.sql())
    .await?;
    Ok(rows)
}

pub(super) async fn counts(conn: &mut Conn) -> Result<(i64, i64), DbError> {
    let row = sqlx::query_as(
        "SELECT COUNT(CASE WHEN state = 'waiting' THEN 1 END), COUNT(CASE WHEN state = 'dead' THEN 1 END) FROM jobs
         WHERE key IS NULL OR key <> $1",
    )
    .bind(EVERY)
    .fetch_one(conn.sql())
    .await?;
    Ok(row)
}

/// When the same work was asked for again in the meantime, that row stands and the dead one goes.
pub(super) async fn retry(tx: &mut Tx, id: &str, now: Timestamp) -> Result<bool, DbError> {
    let gone = sqlx::query(
        "DELETE FROM jobs WHERE id = $1 AND state = 'dead' AND key IS NOT NULL AND
            (kind, key) IN (SELECT kind, key FROM jobs WHERE state = 'waiting' AND key IS NOT NULL)",
    )
    .bind(id)
    .execute(tx.sql())
    .await?;
    if gone.rows_affected() > 0 {
        return Ok(true);
    }
    let put = sqlx::query("UPDATE jobs SET state = 'waiting', attempts = 0, reason = NULL, run_at = $2 WHERE id = $1 AND state = 'dead'")
        .bind(id)
        .bind(now.millis())
        .execute(tx.sql())
        .await?;
    Ok(put.rows_affected() > 0)
}

/// How many rows were given up before then.
pub(super) async fn old_dead(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM jobs WHERE state = 'dead' AND run_at < $1")
        .bind(before.millis())
        .fetch_one(conn.sql())
        .await?;
    Ok(count)
}

/// Removes such rows.
pub(super) async fn forget_dead(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    let done = sqlx::query("DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE state = 'dead' AND run_at < $1 LIMIT $2)")
        .bind(before.millis())
        .bind(most)
        .execute(tx.sql())
        .await?;
    Ok(done.rows_affected())
}
