//! The one writer of a SQLite file, with group commit (design D5).
//!
//! Units of work run one after another on one connection, inside one open transaction, each in a savepoint of its own
//! (the first needs none). A unit that says "commit" leaves its place to the next and waits. A flusher queues for the
//! same lock, so everyone who was waiting before it is folded into the same `COMMIT`: one flush to disk for all of
//! them, and nobody is told "kept" before it. A unit that is dropped is undone by whoever holds the writer next.
//!
//! Statements that change the state of the transaction run in tasks of their own, never in the caller's future: a caller
//! that goes away (a closed connection, a timeout) cannot leave the transaction half way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, AssertSqlSafe, Connection};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::error::DbError;
use super::sqlite;

/// So many units of work at most share one commit, which bounds how long the first of them waits.
const GROUP: usize = 64;

pub(super) struct Writer {
    state: Arc<Mutex<State>>,
    options: AnyConnectOptions,
    /// How often another process kept the file locked for longer than the busy timeout.
    stalls: AtomicU64,
    /// How many times something was flushed to disk.
    commits: AtomicU64,
}

struct State {
    /// None: it was thrown away after a failure, and the next unit of work opens it again.
    connection: Option<AnyConnection>,
    scope: Scope,
    /// Number of the savepoint the current unit runs in; 0 when it is the first of its group.
    savepoint: u64,
    /// Units that are done and wait for the commit.
    waiting: Vec<oneshot::Sender<Result<(), DbError>>>,
    /// A flusher is queued.
    flusher: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// No transaction is open.
    Idle,
    /// A unit of work is under way. Found by the next holder, it means: that unit was dropped.
    Unit,
    /// A transaction is open, and every unit in it is done.
    Between,
    /// A statement that changes the transaction was sent and its answer never read.
    Unsure,
}

impl Writer {
    pub(super) fn new(connection: AnyConnection, options: AnyConnectOptions) -> Arc<Self> {
        let state = State { connection: Some(connection), scope: Scope::Idle, savepoint: 0, waiting: Vec::new(), flusher: false };
        Arc::new(Self { state: Arc::new(Mutex::new(state)), options, stalls: AtomicU64::new(0), commits: AtomicU64::new(0) })
    }

    /// How many commits were made.
    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Waits for the turn of this caller and opens a unit of work.
    pub(super) async fn begin(self: &Arc<Self>) -> Result<Hold, DbError> {
        let stalls = self.stalls.load(Ordering::Acquire);
        let guard = Arc::clone(&self.state).lock_owned().await;
        // Who waited through a time-out of the one in front does not wait for another one.
        if guard.scope == Scope::Idle && self.stalls.load(Ordering::Acquire) != stalls {
            return Err(DbError::Busy);
        }
        let mut hold = Hold { guard, writer: Arc::clone(self) };
        let entering = tokio::spawn(async move {
            hold.enter().await?;
            Ok(hold)
        });
        entering.await.map_err(|_| DbError::Unknown)?
    }

    /// Commits what is open and closes the connection, so that the file is whole by itself.
    pub(super) async fn close(self: &Arc<Self>) {
        let guard = Arc::clone(&self.state).lock_owned().await;
        let mut hold = Hold { guard, writer: Arc::clone(self) };
        let closing = tokio::spawn(async move {
            hold.flush().await;
            hold.throw_away().await;
        });
        // The task cannot fail but by a panic of the driver; the connection is gone then, too.
        drop(closing.await);
    }
}

/// The writer, held by one unit of work.
pub(super) struct Hold {
    guard: OwnedMutexGuard<State>,
    writer: Arc<Writer>,
}

impl Hold {
    /// The connection of this unit.
    #[expect(clippy::expect_used, reason = "a Hold that was entered has a connection; only its own end takes it away")]
    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        self.guard.connection.as_mut().expect("an open unit of work has a connection")
    }

    /// Leaves the writer to the next and waits until the work is on disk.
    pub(super) async fn commit(mut self) -> Result<(), DbError> {
        let (tell, told) = oneshot::channel();
        self.guard.waiting.push(tell);
        self.guard.scope = Scope::Between;
        self.call_flusher();
        drop(self);
        told.await.unwrap_or(Err(DbError::Unknown))
    }

    /// Opens a unit of work in the group that is open, or begins a group.
    async fn enter(&mut self) -> Result<(), DbError> {
        self.settle().await;
        if self.guard.waiting.len() >= GROUP {
            self.commit_group().await;
        }
        if self.guard.scope == Scope::Between {
            let next = self.guard.savepoint + 1;
            let statement = match self.guard.savepoint {
                0 => format!("SAVEPOINT unit_{next}"),
                done => format!("RELEASE unit_{done}; SAVEPOINT unit_{next}"),
            };
            match self.turn(statement).await {
                Ok(()) => {
                    self.guard.savepoint = next;
                    self.guard.scope = Scope::Unit;
                    return Ok(());
                }
                Err(error) => self.fail_group(&error).await,
            }
        }
        self.begin_group().await
    }

    async fn begin_group(&mut self) -> Result<(), DbError> {
        if self.guard.connection.is_none() {
            self.guard.connection = Some(sqlite::connect(&self.writer.options).await?);
        }
        match self.turn("BEGIN IMMEDIATE".to_owned()).await {
            Ok(()) => {
                self.guard.savepoint = 0;
                self.guard.scope = Scope::Unit;
                Ok(())
            }
            Err(error) => {
                if matches!(error, DbError::Busy) {
                    self.guard.scope = Scope::Idle;
                    self.writer.stalls.fetch_add(1, Ordering::Release);
                } else {
                    self.throw_away().await;
                }
                Err(error)
            }
        }
    }

    /// Undoes what a dropped unit or a lost task left behind.
    async fn settle(&mut self) {
        match self.guard.scope {
            Scope::Idle | Scope::Between => {}
            Scope::Unsure => self.fail_group(&DbError::Unknown).await,
            Scope::Unit if self.guard.waiting.is_empty() => match self.turn("ROLLBACK".to_owned()).await {
                Ok(()) => self.guard.scope = Scope::Idle,
                Err(error) => self.fail_group(&error).await,
            },
            Scope::Unit => {
                let statement = format!("ROLLBACK TO unit_{}", self.guard.savepoint);
                match self.turn(statement).await {
                    Ok(()) => self.guard.scope = Scope::Between,
                    // The engine undid the whole transaction by itself (disk full, I/O): nobody in it was kept.
                    Err(_) => self.fail_group(&DbError::Undone).await,
                }
            }
        }
    }

    /// Undoes the dropped, commits the done.
    async fn flush(&mut self) {
        self.settle().await;
        if self.guard.scope == Scope::Between {
            self.commit_group().await;
        }
    }

    async fn commit_group(&mut self) {
        // RELEASE fails when the transaction is not the one that was begun, so no lost unit is ever acknowledged.
        let statement = match self.guard.savepoint {
            0 => "COMMIT".to_owned(),
            last => format!("RELEASE unit_{last}; COMMIT"),
        };
        match self.turn(statement).await {
            Ok(()) => {
                self.guard.scope = Scope::Idle;
                self.writer.commits.fetch_add(1, Ordering::Relaxed);
                for told in self.guard.waiting.drain(..) {
                    // Whoever no longer listens was still committed.
                    let _ = told.send(Ok(()));
                }
            }
            Err(error) => self.fail_group(&error).await,
        }
    }

    /// Tells every waiting unit that it was not kept, and gives up the connection, which undoes the transaction.
    async fn fail_group(&mut self, error: &DbError) {
        self.throw_away().await;
        // A reason that concerns the disk or the process concerns all; any other belongs to a unit that is not known.
        let error = if error.is_transient() || self.guard.waiting.len() == 1 { error } else { &DbError::Undone };
        for told in self.guard.waiting.drain(..) {
            let _ = told.send(Err(error.clone()));
        }
    }

    async fn throw_away(&mut self) {
        self.guard.scope = Scope::Idle;
        self.guard.savepoint = 0;
        if let Some(connection) = self.guard.connection.take() {
            // An error on closing changes nothing: the connection is gone, and with it what was open.
            drop(connection.close().await);
        }
    }

    /// Runs statements that change the transaction. Until the answer is read the state counts as unsure.
    async fn turn(&mut self, statement: String) -> Result<(), DbError> {
        self.guard.scope = Scope::Unsure;
        let connection = self.guard.connection.as_mut().ok_or(DbError::Unknown)?;
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await?;
        Ok(())
    }

    /// Queues a flusher behind everyone who waits now, unless one is queued.
    fn call_flusher(&mut self) {
        if self.guard.flusher {
            return;
        }
        // Outside a runtime the next unit of work does the flusher's part.
        let Ok(runtime) = Handle::try_current() else { return };
        self.guard.flusher = true;
        let writer = Arc::clone(&self.writer);
        runtime.spawn(async move {
            let guard = Arc::clone(&writer.state).lock_owned().await;
            let mut hold = Hold { guard, writer };
            hold.guard.flusher = false;
            hold.flush().await;
        });
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if matches!(self.guard.scope, Scope::Unit | Scope::Unsure) {
            self.call_flusher();
        }
    }
}
