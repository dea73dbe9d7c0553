//! One step of a worker: take what is due, run it, write down how it went. The caller decides when the next step is.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;

use futures::FutureExt;

use super::{Job, Task, Trouble, store};
use crate::base::Timestamp;
use crate::db::{Db, DbError};

/// So much work is taken at once; it is run one after another.
const BATCH: i64 = 16;

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// How much work was run.
    pub ran: usize,
    /// When there is work again; `None` when nothing waits.
    pub next: Option<Timestamp>,
}

/// Runs what is due at `now`.
///
/// # Errors
/// When the database refuses. Work that was under way runs again after its lease.
pub async fn step<C: Sync>(db: &Db, context: &C, jobs: &[Job<C>], now: Timestamp) -> Result<Step, DbError> {
    if jobs.is_empty() {
        return Ok(Step { ran: 0, next: None });
    }
    plant_recurring(db, jobs, now).await?;
    // Looking costs no write, and most of the time nothing is due.
    let mut reader = db.read().await?;
    let next = store::next(&mut reader, jobs).await?;
    drop(reader);
    if next.is_none_or(|at| at > now) {
        return Ok(Step { ran: 0, next });
    }
    let mut tx = db.begin().await?;
    let tasks = store::lease(&mut tx, db.worker(), jobs, now, BATCH).await?;
    tx.commit().await?;
    for task in &tasks {
        let Some(job) = jobs.iter().find(|job| job.kind == task.kind) else { continue };
        // A panic in one piece of work is its failure, not the end of the worker.
        let outcome = AssertUnwindSafe(async { (job.run)(context, task).await }).catch_unwind().await;
        write_down(db, task, outcome.unwrap_or(Err(Trouble::Again("panic")))).await?;
    }
    let mut reader = db.read().await?;
    Ok(Step { ran: tasks.len(), next: store::next(&mut reader, jobs).await? })
}

async fn plant_recurring<C>(db: &Db, jobs: &[Job<C>], now: Timestamp) -> Result<(), DbError> {
    let wanted = jobs.iter().filter(|job| job.every.is_some());
    let mut reader = db.read().await?;
    let there = store::recurring(&mut reader).await?;
    drop(reader);
    let missing: Vec<&str> = wanted.map(|job| job.kind).filter(|kind| !there.iter().any(|known| known == kind)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    for kind in missing {
        store::insert_recurring(&mut tx, kind, now).await?;
    }
    tx.commit().await
}

async fn write_down(db: &Db, task: &Task, outcome: Result<(), Trouble>) -> Result<(), DbError> {
    if outcome.is_ok() && task.settled.load(Ordering::Relaxed) {
        return Ok(());
    }
    if matches!(outcome, Err(Trouble::Db(DbError::Fenced))) {
        tracing::warn!(kind = %task.kind, "work was taken over by another worker");
        return Ok(());
    }
    let mut tx = db.begin().await?;
    let written = match outcome {
        Ok(()) => store::finish(&mut tx, task, task.now).await,
        Err(Trouble::Later(at)) => store::postpone(&mut tx, task, at).await,
        Err(trouble) => {
            let (reason, last) = match trouble {
                Trouble::Never(reason) => (reason, true),
                Trouble::Again(reason) => (reason, false),
                _ => ("database", false),
            };
            tracing::warn!(kind = %task.kind, attempt = task.attempt, reason, "work failed");
            store::fail(&mut tx, task, reason, last, task.now).await
        }
    };
    match written {
        Ok(()) => tx.commit().await,
        // The lease ran out during the work. Whoever has it now decides.
        Err(DbError::Fenced) => Ok(()),
        Err(error) => Err(error),
    }
}
