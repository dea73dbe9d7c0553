//! Durable work: a row that is written in the transaction that causes it ([`enqueue`]) and run by [`step`], again and
//! again with growing pauses until it succeeds or is given up. A crash loses nothing: the lease ends and another worker
//! takes over. A worker that wakes up late is fenced off.
//!
//! Work must be safe to run twice, or end its own row inside its own transaction ([`Task::done`]), which makes its effect
//! happen once. This floor knows no feature: the context `C` and the registry are given to it. It never sleeps and never
//! asks the time; whoever calls [`step`] does.

mod step;
mod store;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;

use crate::base::{Chance, Id, Timestamp};
use crate::db::{Conn, DbError, Tx};

pub use step::{Step, step};
pub use store::Dead;

/// How long a worker holds work before another may take it.
pub const LEASE: Duration = Duration::from_mins(10);

/// How often a job is tried before it is given up: about five days.
pub const ATTEMPTS: i64 = 20;

/// One kind of work: a line of the registry.
pub struct Job<C> {
    /// Its name in the table. Never reuse one for something else.
    pub kind: &'static str,
    /// For work that comes back by itself: the pause between two runs. It needs no [`enqueue`].
    pub every: Option<Duration>,
    /// Does it.
    pub run: Run<C>,
}

/// What a kind of work does.
pub type Run<C> = for<'a> fn(&'a C, &'a Task) -> BoxFuture<'a, Result<(), Trouble>>;

impl<C> Clone for Job<C> {
    fn clone(&self) -> Self {
        Self { kind: self.kind, every: self.every, run: self.run }
    }
}

/// Work to be written down.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Which line of the registry runs it.
    pub kind: &'static str,
    /// While work of this kind with this key is unfinished, it exists once; asking again while it runs makes it run
    /// once more.
    pub key: Option<String>,
    /// What the work needs to know. Ids, not text: it stays in backups.
    pub payload: String,
    /// Not before.
    pub run_at: Timestamp,
}

/// Writes work down in the caller's unit of work: it exists when that is committed, or not at all.
///
/// # Errors
/// When the database refuses.
pub async fn enqueue(tx: &mut Tx, chance: &dyn Chance, job: NewJob) -> Result<(), DbError> {
    let id = Id::random(chance);
    store::insert(tx, id.as_str(), &job).await
}

/// Work in the hands of a worker.
#[derive(Debug)]
pub struct Task {
    /// The row.
    pub id: String,
    /// Which line of the registry.
    pub kind: String,
    /// As enqueued.
    pub key: Option<String>,
    /// As enqueued.
    pub payload: String,
    /// 1 for the first try.
    pub attempt: i64,
    /// The moment of this step.
    pub now: Timestamp,
    run_at: i64,
    fence: i64,
    every: Option<Duration>,
    settled: AtomicBool,
}

impl Task {
    /// Ends this work in `tx`, so that its effect and its end are committed together.
    ///
    /// # Errors
    /// [`DbError::Fenced`] when another worker has taken over: drop `tx`.
    pub async fn done(&self, tx: &mut Tx) -> Result<(), DbError> {
        store::finish(tx, self, self.now).await?;
        self.settled.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Makes sure that this work is still ours, and keeps it so until the end of `tx`.
    ///
    /// # Errors
    /// [`DbError::Fenced`] when another worker has taken over: drop `tx`.
    pub async fn hold(&self, tx: &mut Tx) -> Result<(), DbError> {
        store::hold(tx, self).await
    }
}

/// Why work did not get done. The reason is a word of ours; it is stored and shown to admins.
#[derive(Debug)]
pub enum Trouble {
    /// Try again after the usual pause.
    Again(&'static str),
    /// Try again at this moment, without counting it as a failure.
    Later(Timestamp),
    /// Trying again is of no use.
    Never(&'static str),
    /// The database.
    Db(DbError),
}

impl From<DbError> for Trouble {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

/// Work that was given up, newest first, for the admin's page: at most `limit` before this moment and id.
///
/// # Errors
/// When the database refuses.
pub async fn dead(conn: &mut Conn, before: (i64, &str), limit: i64) -> Result<Vec<Dead>, DbError> {
    store::dead(conn, before, limit).await
}

/// At the start of a server: frees the work that died with the one before it (`sole`: all that anybody held, for nobody else
/// serves this database). Returns how much. A worker that was not dead after all is fenced off.
///
/// # Errors
/// When the database refuses.
pub async fn free_dead(tx: &mut Tx, worker: &str, sole: bool) -> Result<u64, DbError> {
    store::free(tx, worker, sole).await
}

/// The clock was set back by `by` to `now`: what waits for a moment after that waits as long as it would have, and no longer.
///
/// # Errors
/// When the database refuses.
pub async fn set_back(tx: &mut Tx, now: Timestamp, by: Duration) -> Result<(), DbError> {
    store::set_back(tx, now, by).await
}

/// How much work was given up before then.
///
/// # Errors
/// When the database refuses.
pub async fn old_dead(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    store::old_dead(conn, before).await
}

/// Forgets at most so much work that was given up before then.
///
/// # Errors
/// When the database refuses.
pub async fn forget_dead(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    store::forget_dead(tx, before, most).await
}

/// How much work waits and how much was given up.
///
/// # Errors
/// When the database refuses.
pub async fn counts(conn: &mut Conn) -> Result<(i64, i64), DbError> {
    store::counts(conn).await
}

/// Gives work that was given up another chance. Says whether there was such work.
///
/// # Errors
/// When the database refuses.
pub async fn retry(tx: &mut Tx, now: Timestamp, id: &str) -> Result<bool, DbError> {
    store::retry(tx, id, now).await
}

#[cfg(test)]
mod tests;
