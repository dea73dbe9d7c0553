//! What statements run on: a unit of work that is kept or undone as a whole ([`Tx`]), or a reading connection
//! ([`Reader`]). Both are a [`Conn`], so a read function takes either. Nothing here knows a table.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, Transaction};

use super::error::DbError;
use super::writer::Hold;
use crate::base::crash::{self, Point};

/// Which database runs below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// The embedded one.
    Sqlite,
    /// A server.
    Postgres,
}

/// A connection for statements. Store functions take `&mut Conn` to read and `&mut Tx` to write.
pub struct Conn {
    line: Line,
    engine: Engine,
}

enum Line {
    /// The one writer of a SQLite file.
    Writer(Hold),
    /// A transaction of PostgreSQL.
    Transaction(Transaction<'static, Any>),
    /// A reading connection of either.
    Pooled(PoolConnection<Any>),
}

impl Conn {
    /// What `sqlx` runs statements on: `.fetch_optional(conn.sql())`.
    pub fn sql(&mut self) -> &mut AnyConnection {
        match &mut self.line {
            Line::Writer(hold) => hold.connection(),
            Line::Transaction(transaction) => transaction,
            Line::Pooled(connection) => connection,
        }
    }

    /// Which database runs below, for the few statements that must differ.
    pub fn engine(&self) -> Engine {
        self.engine
    }
}

/// A reading connection. Each statement sees what was committed before it.
pub struct Reader {
    conn: Conn,
}

impl Reader {
    pub(super) fn new(engine: Engine, connection: PoolConnection<Any>) -> Self {
        Self { conn: Conn { line: Line::Pooled(connection), engine } }
    }
}

impl Deref for Reader {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

/// A unit of work: everything written through it is kept by [`Tx::commit`] or, when it is dropped, undone.
///
/// On SQLite it holds the only writer: do not wait for the network, make keys or open a second `Tx` while you have one.
/// After an error of the database (not a refusal that `ON CONFLICT` avoids) drop it; do not go on writing.
#[must_use = "a unit of work that is dropped is undone"]
pub struct Tx {
    conn: Conn,
    /// Locks this unit of work has by now, so that asking again costs nothing.
    held: Vec<i64>,
}

impl Tx {
    pub(super) fn writer(hold: Hold) -> Self {
        Self { conn: Conn { line: Line::Writer(hold), engine: Engine::Sqlite }, held: Vec::new() }
    }

    pub(super) fn transaction(transaction: Transaction<'static, Any>) -> Self {
        Self { conn: Conn { line: Line::Transaction(transaction), engine: Engine::Postgres }, held: Vec::new() }
    }

    /// Keeps the work. Returns when it is durable: flushed to disk, and visible to every reader.
    ///
    /// # Errors
    /// Nothing was kept, except after [`DbError::Unknown`] and [`DbError::Unavailable`], where it is not known.
    pub async fn commit(self) -> Result<(), DbError> {
        crash::passing(Point::BeforeCommit);
        match self.conn.line {
            Line::Writer(hold) => hold.commit().await?,
            Line::Transaction(transaction) => transaction.commit().await?,
            Line::Pooled(_) => {}
        }
        crash::passing(Point::AfterCommit);
        Ok(())
    }

    /// Keeps the work and wraps `value` as the proof of it, for answers that promise durability.
    ///
    /// # Errors
    /// As [`Tx::commit`].
    pub async fn commit_with<T>(self, value: T) -> Result<Committed<T>, DbError> {
        self.commit().await?;
        Ok(Committed(value))
    }

    /// Undoes the work and waits until that is done: what it held (rows, locks) is free for the next unit of work. Dropping it
    /// undoes it too, but on PostgreSQL a moment later.
    pub async fn undo(self) {
        if let Line::Transaction(transaction) = self.conn.line {
            // When this fails the connection is gone, and the server undoes what was open.
            drop(transaction.rollback().await);
        }
    }

    /// Waits for the lock of this name and holds it until the end of the work, so that two nodes do not decide the
    /// same thing at once. On SQLite there is one writer anyway.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn lock(&mut self, name: &str) -> Result<(), DbError> {
        let number = lock_number(name);
        if self.engine() == Engine::Postgres && !self.held.contains(&number) {
            // `SELECT pg_advisory_xact_lock` returns the type void, which `Any` cannot read: count it instead.
            let _: (i64,) = sqlx::query_as("SELECT COUNT(*) FROM (SELECT pg_advisory_xact_lock($1)) AS held")
                .bind(number)
                .fetch_one(self.sql())
                .await?;
            self.held.push(number);
        }
        Ok(())
    }

    /// Begins a part that can be undone by itself. One level: a second call replaces the first point.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn savepoint(&mut self) -> Result<(), DbError> {
        sqlx::query("SAVEPOINT part").execute(self.sql()).await?;
        Ok(())
    }

    /// Ends the part and keeps it within the work.
    ///
    /// # Errors
    /// When there was no savepoint.
    pub async fn release(&mut self) -> Result<(), DbError> {
        sqlx::query("RELEASE SAVEPOINT part").execute(self.sql()).await?;
        Ok(())
    }

    /// Ends the part and undoes it; the work before it stays, also after an error inside the part.
    ///
    /// # Errors
    /// When there was no savepoint.
    pub async fn rollback_to_savepoint(&mut self) -> Result<(), DbError> {
        sqlx::query("ROLLBACK TO SAVEPOINT part").execute(self.sql()).await?;
        // The server gives back the locks that were taken since the savepoint; which those are is not kept.
        self.held.clear();
        self.release().await
    }
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

/// A value that says: what belongs to it is durable. Only [`Tx::commit_with`] makes one (design D5).
#[derive(Clone, Debug)]
#[must_use = "it is the proof that an answer may promise durability"]
pub struct Committed<T>(T);

impl<T> Committed<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// The names of `count` parameters for a list, from number `from`: `numbered(3, 2)` is `$3,$4`.
///
/// It is the only reason for dynamic SQL: `sqlx::query(AssertSqlSafe(format!("… IN ({})", numbered(1, n))))`.
pub fn numbered(from: usize, count: usize) -> String {
    (from..from + count).map(|number| format!("${number}")).collect::<Vec<_>>().join(",")
}

/// FNV-1a: the same number for a name in every process and version.
fn lock_number(name: &str) -> i64 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    i64::from_le_bytes(hash.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_from_anywhere() {
        assert_eq!(numbered(3, 3), "$3,$4,$5");
        assert_eq!(numbered(1, 0), "");
    }

    #[test]
    fn lock_names_have_different_numbers() {
        assert_ne!(lock_number("ledger"), lock_number("delivery"));
        assert_eq!(lock_number("ledger"), lock_number("ledger"));
    }
}
