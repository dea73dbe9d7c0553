//! The database: one SQL text for two engines (design D7). SQLite is embedded and needs nothing; PostgreSQL is for sites
//! with several nodes. Features see [`Db`], [`Tx`], [`Reader`] and [`Conn`], never a driver.
//!
//! A write is a unit of work: `let mut tx = db.begin().await?; …; tx.commit().await?`. When `commit` returns, it is durable
//! (D5). This floor knows no table but its own (migrations, marks, the copies it wrote), and nothing is deleted or repaired here on its own
//! account.

mod backup;
mod conn;
mod copies;
mod error;
mod migrate;
mod postgres;
mod serve_lock;
mod sqlite;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use sqlx::AnyPool;
use sqlx::any::AnyConnectOptions;

use crate::base::config::DatabaseUrl;
use crate::base::{SystemChance, Timestamp};

pub use backup::{RESTORED, restore};
pub use conn::{Committed, Conn, Engine, Reader, Tx, numbered};
pub use copies::{Copy, MOST_DAYS, copies, old_copies, remove_copies};
pub use error::DbError;
pub use postgres::{drop_unused_databases, make_database};
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
    /// The name under which this process takes work, once it serves.
    worker: OnceLock<String>,
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
                Self { inner: Arc::new(Inner { options, pool, file: None, worker: OnceLock::new() }) }
            }
        };
        db.pending_migrations().await?;
        Ok(db)
    }

    /// Opens a database that was used before, and makes nothing where there is none: for everything that does not begin an
    /// instance. Does not migrate.
    ///
    /// # Errors
    /// [`DbError::Nowhere`]; else as [`Db::open`].
    pub async fn open_existing(url: &DatabaseUrl) -> Result<Self, DbError> {
        let place = match url {
            DatabaseUrl::Sqlite(path) => sqlite::find(path)?,
            DatabaseUrl::Postgres(_) => "the address in HAVEN_DATABASE_URL".to_owned(),
        };
        let db = Self::open(url).await?;
        if db.is_new().await? {
            db.close().await;
            return Err(DbError::Nowhere(place));
        }
        Ok(db)
    }

    async fn open_sqlite(path: &Path) -> Result<Self, DbError> {
        let path = sqlite::prepare(path)?;
        let options = sqlite::options(&path, "rw")?;
        let mut connection = sqlite::connect(&options).await?;
        sqlite::check_writable(&mut connection).await?;
        let writer = Writer::new(connection, options.clone());
        let pool = sqlite::readers(sqlite::options(&path, "ro")?);
        Ok(Self { inner: Arc::new(Inner { options, pool, file: Some(File { path, writer }), worker: OnceLock::new() }) })
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

    /// Takes the right to serve this database, and from now on takes work under its name. A server holds it as long as it
    /// runs; commands do not need it. `folder` is the data folder, by which a server on PostgreSQL is known.
    ///
    /// # Errors
    /// [`DbError::InUse`] when another server has it (SQLite only; several nodes may serve one PostgreSQL database), or when
    /// the file of the lock cannot be written.
    pub fn serve_lock(&self, folder: &Path) -> Result<ServeLock, DbError> {
        let lock = match self.path() {
            Some(path) => ServeLock::take(path)?,
            None => ServeLock::join(folder, &SystemChance)?,
        };
        // A second lock of one process keeps the first name.
        let _kept = self.inner.worker.set(lock.worker().to_owned());
        Ok(lock)
    }

    /// The name under which this process takes work; empty when it does not serve.
    pub fn worker(&self) -> &str {
        self.inner.worker.get().map_or("", String::as_str)
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

    /// Marks this database as one that was put back to an older copy by other means than [`restore`].
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn mark_restored(&self, now: Timestamp) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        sqlx::query("INSERT INTO marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
            .bind(RESTORED)
            .bind(now.millis().to_string())
            .execute(tx.sql())
            .await?;
        tx.commit().await
    }

    /// Removes the databases that restores before `before` set aside beside this one (SQLite only). Returns how many.
    ///
    /// # Errors
    /// When the folder cannot be read, or a file cannot be removed.
    pub async fn forget_set_aside(&self, before: Timestamp) -> Result<u64, DbError> {
        let Some(path) = self.path().map(Path::to_owned) else { return Ok(0) };
        let done = tokio::task::spawn_blocking(move || backup::forget_set_aside(&path, before)).await;
        done.unwrap_or(Ok(0))
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

    /// Takes what was erased out of the file itself, and out of the log beside it. `whole`: also when the file is large, which
    /// keeps writers waiting for some seconds. True when nothing erased is left in either.
    ///
    /// # Errors
    /// When the database refuses; it can be tried again.
    pub async fn scrub(&self, whole: bool) -> Result<bool, DbError> {
        if let Some(file) = &self.inner.file {
            return sqlite::scrub(&self.inner.options, &file.path, whole).await;
        }
        let mut connection = self.inner.pool.acquire().await?;
        sqlx::raw_sql("VACUUM").execute(&mut *connection).await?;
        Ok(true)
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
