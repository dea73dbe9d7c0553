//! The database as a whole: bring it up to date, copy it away, put a copy back. Only of the embedded database; a
//! PostgreSQL database has tools of its own.

use std::path::PathBuf;

use clap::Args;
use haven::base::config::{Config, DatabaseUrl};
use haven::base::{Clock, SystemClock};
use haven::db::{Db, DbError};
use serde::Serialize;

use super::failure::Failure;
use super::out::{Out, Said};

#[derive(Serialize)]
struct Migrated {
    done: usize,
}

impl Said for Migrated {
    fn plain(&self) -> String {
        match self.done {
            0 => "The database was up to date.".to_owned(),
            1 => "The database is up to date: 1 change was made.".to_owned(),
            done => format!("The database is up to date: {done} changes were made."),
        }
    }
}

/// Brings the database up to date.
///
/// # Errors
/// When it cannot be opened or changed; then nothing was.
pub async fn migrate(config: &Config, out: &Out) -> Result<(), Failure> {
    let db = Db::open(&config.database).await?;
    let done = db.pending_migrations().await?;
    if done > 0 {
        db.migrate().await?;
    }
    out.say(&Migrated { done })
}

/// Where to.
#[derive(Args)]
pub struct Backup {
    /// A file that does not exist yet.
    file: PathBuf,
}

#[derive(Serialize)]
struct Copied {
    file: PathBuf,
}

impl Said for Copied {
    fn plain(&self) -> String {
        format!("The copy is in {}. It holds everything, so keep it as safe as the database.", self.file.display())
    }
}

impl Backup {
    /// Does it.
    ///
    /// # Errors
    /// One sentence.
    pub async fn run(self, config: &Config, out: &Out) -> Result<(), Failure> {
        let db = super::opened::database(config).await?;
        db.backup_to(&self.file).await?;
        out.say(&Copied { file: self.file })
    }
}

/// Where from.
#[derive(Args)]
pub struct Restore {
    /// A file that `haven backup` wrote.
    file: PathBuf,
}

#[derive(Serialize)]
struct Restored {
    restored: PathBuf,
    kept: Option<PathBuf>,
}

impl Said for Restored {
    fn plain(&self) -> String {
        let kept = self.kept.as_ref().map(|kept| format!(" What was there before is kept in {}.", kept.display()));
        format!("The database is the one of {}.{}", self.restored.display(), kept.unwrap_or_default())
    }
}

impl Restore {
    /// Does it.
    ///
    /// # Errors
    /// One sentence; then nothing was changed.
    pub async fn run(self, config: &Config, out: &Out) -> Result<(), Failure> {
        let DatabaseUrl::Sqlite(path) = &config.database else { return Err(DbError::UsePgDump.into()) };
        let kept = haven::db::restore(path, &self.file, SystemClock.now()).await?;
        out.say(&Restored { restored: self.file, kept })
    }
}
