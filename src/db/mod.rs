//! The database: one SQL text for two engines (design D7). SQLite is embedded and needs nothing; PostgreSQL is for sites
//! with several nodes. Features see [`Db`], [`Tx`], [`Reader`] and [`Conn`], never a driver.
//!
//! A write is a unit of work: `let mut tx = db.begin().await?; …; tx.commit().await?`. When `commit` returns, it is durable
//! (D5). This floor knows no table but its own migrations, and nothing is deleted or repaired here on its own account.

mod backup;
mod conn;
mod error;
mod migrate;
mod postgres;
mod serve_lock;
mod sqlite;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::AnyPool;
use sqlx::any::AnyConnectOptions;

use crate::base::Timestamp;
use crate::base::config::DatabaseUrl;

pub use backup::{RESTORED, restore};
pub use conn::{Committed, Conn, Engine, Reader, Tx, numbered};
pub use error::DbError;
pub use postgres::make_database;
pub use serve_lock::ServeLock;

use writer::Writer;

/// The database of one instance. Clones share it.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    options: AnyConnectOptions,
    /// SQLite: readers only. PostgreSQL: everything.
    pool: AnyPool,
    /// SQLite only.
    file: Option<File>,
}

struct File {
    path: PathBuf,
    writer: Arc<Writer>,
}

impl Db {
    /// Opens the database, and makes an empty SQLite file where there never was one. Does not migrate.
    ///
    /// # Errors
    /// A sentence for the admin: folder or file cannot be written, the file is damaged or gone, the schema is newer than
    /// this binary, or the server would lose acknowledged work.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, DbError> {
        sqlx::any::install_default_drivers();
        let db = match url {
            DatabaseUrl::Sqlite(path) => Self::open_sqlite(path).await?,
            DatabaseUrl::Postgres(url) => {
                let options = postgres::options(url.reveal())?;
                let pool = postgres::pool(options.clone()).await?;
                Self { inner: Arc::new(Inner { options, pool, file: None }) }
            }
        };
        db.pending_migrations().await?;
        Ok(db)
    }

    async fn open_sqlite(path: &Path) -> Result<Self, DbError> {
        let path = sqlite::prepare(path)?;
        let options = sqlite::options(&path, "rw")?;
        let mut connection = sqlite::connect(&options).await?;
        sqlite::check_writable(&mut connection).await?;
        let writer = Writer::new(connection, options.clone());
        let pool = sqlite::readers(sqlite::options(&path, "ro")?);
        Ok(Self { inner: Arc::new(Inner { options, pool, file: Some(File { path, writer }) }) })
    }

    /// Brings the schema up to date: all of it or nothing.
    ///
    /// # Errors
    /// When a migration fails, or the database was made by a newer version.
    pub async fn migrate(&self) -> Result<(), DbError> {
        migrate::run(&self.inner.options, self.engine()).await
    }

    /// How many migrations are still to do; 0 when the instance may serve.
    ///
    /// # Errors
    /// [`DbError::Newer`] when the database was made by a newer version.
    pub async fn pending_migrations(&self) -> Result<usize, DbError> {
        let mut reader = self.read().await?;
        migrate::pending(reader.sql(), self.engine()).await
    }

    /// Whether nothing was ever stored here: a fresh file, or a database that was made a moment ago.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn is_new(&self) -> Result<bool, DbError> {
        let mut reader = self.read().await?;
        Ok(!migrate::known(reader.sql(), self.engine()).await?)
    }

    /// Opens a unit of work. On SQLite waits for its turn at the one writer.
    ///
    /// # Errors
    /// [`DbError::Busy`] when another process holds the file, or no connection is free, for longer than the limit.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        match &self.inner.file {
            Some(file) => Ok(Tx::writer(file.writer.begin().await?)),
            None => Ok(Tx::transaction(self.inner.pool.begin().await?)),
        }
    }

    /// A connection to read with.
    ///
    /// # Errors
    /// [`DbError::Busy`] when none is free for longer than the limit.
    pub async fn read(&self) -> Result<Reader, DbError> {
        Ok(Reader::new(self.engine(), self.inner.pool.acquire().await?))
    }

    /// Which database runs below.
    pub fn engine(&self) -> Engine {
        if self.inner.file.is_some() { Engine::Sqlite } else { Engine::Postgres }
    }

    /// Takes the right to serve this database. A server holds it as long as it runs; commands do not need it.
    ///
    /// # Errors
    /// [`DbError::InUse`] when another server has it (SQLite only; several nodes may serve one PostgreSQL database).
    pub fn serve_lock(&self) -> Result<ServeLock, DbError> {
        self.path().map_or_else(|| Ok(ServeLock::not_needed()), ServeLock::take)
    }

    /// Writes a copy of the database to the new file `target`, beside a running server if there is one. It holds
    /// everything that was committed before the call.
    ///
    /// # Errors
    /// [`DbError::Exists`]; [`DbError::UsePgDump`] on PostgreSQL; [`DbError::Full`] (then there is no file).
    pub async fn backup_to(&self, target: &Path) -> Result<(), DbError> {
        match self.engine() {
            Engine::Sqlite => backup::write(&self.inner.options, target).await,
            Engine::Postgres => Err(DbError::UsePgDump),
        }
    }

    /// Reads the whole database and looks for damage. Slow on a large one; for `haven check`. PostgreSQL looks after
    /// itself: there it only answers whether the database can be reached.
    ///
    /// # Errors
    /// [`DbError::Damaged`].
    pub async fn integrity_check(&self) -> Result<(), DbError> {
        let mut reader = self.read().await?;
        match self.engine() {
            Engine::Sqlite => backup::check(reader.sql()).await,
            Engine::Postgres => {
                sqlx::query("SELECT 1").execute(reader.sql()).await?;
                Ok(())
            }
        }
    }

    /// The moment of the restore that made this database, in milliseconds, until [`Db::settle_restored`].
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn restored(&self) -> Result<Option<Timestamp>, DbError> {
        let mut reader = self.read().await?;
        let row: Option<(String,)> =
            sqlx::query_as("SELECT value FROM marks WHERE name = $1").bind(RESTORED).fetch_optional(reader.sql()).await?;
        row.map(|(value,)| value.parse().map(Timestamp::from_millis).map_err(|_| DbError::Unreadable("marks.value"))).transpose()
    }

    /// Takes the mark of the restore away: erasures were replayed and an admin has looked.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn settle_restored(&self) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM marks WHERE name = $1").bind(RESTORED).execute(tx.sql()).await?;
        tx.commit().await
    }

    /// How many group commits were flushed since the start (SQLite), for metrics; `None` on PostgreSQL.
    pub fn commits(&self) -> Option<u64> {
        self.inner.file.as_ref().map(|file| file.writer.commits())
    }

    /// The database file, if it is one.
    pub fn path(&self) -> Option<&Path> {
        self.inner.file.as_ref().map(|file| file.path.as_path())
    }

    /// Commits what is done and closes all connections. Stopping without it loses nothing (D5: crash-only).
    pub async fn close(&self) {
        if let Some(file) = &self.inner.file {
            self.inner.pool.close().await;
            file.writer.close().await;
        } else {
            self.inner.pool.close().await;
        }
    }
}

#[cfg(test)]
mod tests;
