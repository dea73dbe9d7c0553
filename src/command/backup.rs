//! The database as a whole: bring it up to date, copy it away, put a copy back. The last two only of the embedded database; a
//! PostgreSQL database has tools of its own, and `haven restored` says that they were used.

use std::path::{Path, PathBuf};

use clap::Args;
use haven::audit::{self, By, Event, What};
use haven::base::config::{Config, DatabaseUrl};
use haven::base::{Clock, SystemClock};
use haven::db::{Db, DbError};
use haven::features::ledger;
use haven::federation::actors;
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

/// Writes down that everything was copied away or put back.
async fn written(db: &Db, what: What, words: &str) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    let event = Event {
        at: SystemClock.now(),
        what,
        done: true,
        by: By::console(),
        purpose: "running",
        object: ("database", ""),
        client: "",
        ground: "operator",
        words,
    };
    audit::record(&mut tx, &event).await?;
    tx.commit().await
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
    /// Only where it is there.
    key_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl Said for Copied {
    fn plain(&self) -> String {
        let key = match (&self.key_file, &self.note) {
            (Some(key), _) => format!(" To use it one also needs the key file {}: keep a copy of that elsewhere.", key.display()),
            (None, Some(note)) => format!("\n{note}"),
            (None, None) => String::new(),
        };
        format!(
            "The copy is in {}. It holds everything, so keep it as safe as the database. The server removes it there when its time is over \
             (at most {} days, see haven check); whoever moves it must remove it.{key}",
            self.file.display(),
            haven::db::MOST_DAYS
        )
    }
}

impl Backup {
    /// Does it.
    ///
    /// # Errors
    /// One sentence.
    pub async fn run(self, config: &Config, out: &Out) -> Result<(), Failure> {
        let db = super::opened::database(config).await?;
        db.backup_to(&self.file, SystemClock.now()).await?;
        written(&db, What::BackedUp, "backup").await?;
        let key = &config.key_file;
        let (key_file, note) = if key.is_file() {
            (Some(key.clone()), None)
        } else {
            let sealed = actors::holds_sealed_keys(&mut *db.read().await?).await?;
            (None, sealed.then(|| no_key(key)))
        };
        out.say(&Copied { file: self.file, key_file, note })
    }
}

/// What is said when a copy was made of what cannot be opened without a file that is not there.
fn no_key(key: &Path) -> String {
    format!(
        "Warning: there is no key file at {}, and without it neither the database nor this copy can be used. Put it back, or name its place \
         in HAVEN_KEY_FILE.",
        key.display()
    )
}

/// Where from.
#[derive(Args)]
pub struct Restore {
    /// A file that `haven backup` wrote.
    file: PathBuf,
    /// Also when its time is over. What was deleted since is deleted again as far as the list beside the database tells.
    #[arg(long)]
    old: bool,
}

#[derive(Serialize)]
struct Restored {
    restored: PathBuf,
    kept: Option<PathBuf>,
}

impl Said for Restored {
    fn plain(&self) -> String {
        let kept =
            self.kept.as_ref().map(|kept| format!(" What was there before is kept in {} for 35 days, then it is removed.", kept.display()));
        format!("The database is the one of {}.{}", self.restored.display(), kept.unwrap_or_default())
    }
}

/// What the present database knows to be erased goes into the list beside it first, as far as the database can still be read.
async fn keep_erasures(config: &Config, path: &Path) {
    if !path.exists() {
        return;
    }
    let Ok(db) = Db::open(&config.database).await else { return };
    if matches!(db.pending_migrations().await, Ok(0)) {
        // One that is damaged is restored all the same.
        drop(ledger::write_erasures(&db, &config.data_dir).await);
    }
    db.close().await;
}

impl Restore {
    /// Does it.
    ///
    /// # Errors
    /// One sentence; then nothing was changed.
    pub async fn run(self, config: &Config, out: &Out) -> Result<(), Failure> {
        let DatabaseUrl::Sqlite(path) = &config.database else { return Err(DbError::UsePgDump.into()) };
        // A name that was mistyped opens nothing.
        if !self.file.exists() {
            return Err(DbError::NotThere(self.file).into());
        }
        keep_erasures(config, path).await;
        let kept = haven::db::restore(path, &self.file, SystemClock.now(), self.old).await?;
        // A copy of an earlier version has no audit log yet: it is brought up to date here as a start would do it.
        let db = Db::open(&config.database).await?;
        if db.pending_migrations().await? > 0 {
            db.migrate().await?;
        }
        written(&db, What::Restored, "restore").await?;
        db.close().await;
        out.say(&Restored { restored: self.file, kept })
    }
}

#[derive(Serialize)]
struct Again {
    restored: String,
    applied_again: i64,
}

impl Said for Again {
    fn plain(&self) -> String {
        format!(
            "The database counts as put back to an older copy since {}; {} erasures were applied again. Nothing is sent to partners until \
             an admin has looked at the page /admin/restored.",
            self.restored, self.applied_again
        )
    }
}

/// Says that the database was put back to an older copy by a tool of its own (`pg_restore`): what was erased since, by the list
/// beside the database, is erased again, and nothing is sent until an admin has looked. It may be said twice.
///
/// # Errors
/// One sentence.
pub async fn restored(config: Config, out: &Out) -> Result<(), Failure> {
    let db = super::opened::database(&config).await?;
    db.mark_restored(SystemClock.now()).await?;
    written(&db, What::Restored, "restore").await?;
    db.close().await;
    let site = super::opened::site(config).await?;
    let found = ledger::restored(&site.db).await?.and_then(|found| found.replayed.map(|count| (found.at, count)));
    let (at, applied_again) = found.ok_or_else(|| Failure::new("the erasures could not be applied again; look at haven check"))?;
    out.say(&Again { restored: at.rfc3339(), applied_again })
}
