//! A copy of the database in one file, and the way back. A backup is a consistent picture of one moment, taken beside a
//! running server; restoring needs the server stopped. Neither ever overwrites a file that it cannot put back.
//! The file is as readable as the database: encrypting it is the caller's business.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions, Connection};

use super::conn::Engine;
use super::error::DbError;
use super::serve_lock::ServeLock;
use super::{copies, migrate, sqlite};
use crate::base::Timestamp;

/// The mark a restored database carries until an admin has looked after it (threats FLT-20): its value is the moment of the
/// restore in milliseconds. While it is there, nothing may be delivered.
pub const RESTORED: &str = "restored";

/// How long a copy is good for (care R10).
const KEPT: Duration = Duration::from_hours(copies::MOST_DAYS.unsigned_abs() * 24);

/// Writes a copy to `target`, which must not exist. What was committed before this call is in it.
pub(super) async fn write(options: &AnyConnectOptions, target: &Path) -> Result<(), DbError> {
    if target.exists() {
        return Err(DbError::Exists(target.to_owned()));
    }
    let part = sqlite::with_suffix(target, ".part");
    remove(&part)?;
    // Made here so that nobody else may read it while it grows; the engine accepts an empty file.
    sqlite::make_private(&part)?;
    let name = part.to_str().ok_or_else(|| DbError::NoBackup(part.clone()))?;
    let mut connection = sqlite::connect(options).await?;
    let copied = sqlx::query("VACUUM INTO $1").bind(name).execute(&mut connection).await;
    drop(connection.close().await);
    if let Err(error) = copied {
        remove(&part)?;
        return Err(error.into());
    }
    // The engine does not flush what VACUUM INTO writes.
    File::open(&part).and_then(|file| file.sync_all()).map_err(|source| not_writable(&part, source))?;
    put(&part, target)
}

/// Reads every page and every reference. `Ok` when all is well.
pub(super) async fn check(connection: &mut AnyConnection) -> Result<(), DbError> {
    let rows: Vec<(String,)> = sqlx::query_as("PRAGMA integrity_check(1)").fetch_all(&mut *connection).await?;
    if rows.iter().any(|(said,)| said != "ok") {
        return Err(DbError::Damaged);
    }
    let broken = sqlx::query("PRAGMA foreign_key_check").fetch_optional(connection).await?;
    if broken.is_some() { Err(DbError::Damaged) } else { Ok(()) }
}

/// Puts the backup `source` in the place of the database `path`. What was there before is kept beside it, under the name
/// that is returned.
///
/// # Errors
/// [`DbError::InUse`] while a server runs on it; [`DbError::NotThere`], [`DbError::IsFolder`], [`DbError::NoBackup`], [`DbError::Damaged`] or
/// [`DbError::Newer`] when the backup cannot be used; [`DbError::Expired`] when it is past its time and `old` is not said: then nothing was changed.
pub async fn restore(path: &Path, source: &Path, now: Timestamp, old: bool) -> Result<Option<PathBuf>, DbError> {
    sqlx::any::install_default_drivers();
    // Before anything is made: a name that was mistyped leaves no folder behind.
    readable(source)?;
    let path = sqlite::place(path)?;
    let _lock = ServeLock::take(&path)?;
    // The backup is worked on as a copy: opening the original would leave files beside it.
    let fresh = sqlite::with_suffix(&path, ".restoring");
    remove_database(&fresh)?;
    let source_error = |_| DbError::NoBackup(source.to_owned());
    sqlite::make_private(&fresh)?;
    let copied = File::open(source).map_err(source_error).and_then(|mut from| {
        let mut to = fs::OpenOptions::new().write(true).open(&fresh).map_err(|error| not_writable(&fresh, error))?;
        io::copy(&mut from, &mut to).map_err(|error| not_writable(&fresh, error))
    });
    let ready = match copied {
        Ok(_) => examine(&fresh, source, now, old).await,
        Err(error) => Err(error),
    };
    if let Err(error) = ready {
        remove_database(&fresh)?;
        return Err(error);
    }
    File::open(&fresh).and_then(|file| file.sync_all()).map_err(|error| not_writable(&fresh, error))?;
    let kept = set_aside(&path, now)?;
    put(&fresh, &path)?;
    Ok(kept)
}

/// Whether there is a file of this name with something in it.
fn readable(source: &Path) -> Result<(), DbError> {
    let about = fs::metadata(source).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => DbError::NotThere(source.to_owned()),
        _ => not_writable(source, error),
    })?;
    if about.is_dir() {
        return Err(DbError::IsFolder(source.to_owned()));
    }
    if about.is_file() && about.len() > 0 { Ok(()) } else { Err(DbError::NoBackup(source.to_owned())) }
}

/// Checks the copy and marks it as restored.
async fn examine(fresh: &Path, source: &Path, now: Timestamp, old: bool) -> Result<(), DbError> {
    let no_backup = |error: DbError| match error {
        DbError::Damaged | DbError::Sql(_) => DbError::NoBackup(source.to_owned()),
        other => other,
    };
    let mut connection = sqlite::options(fresh, "rw")?.connect().await?;
    let mut examined = async {
        let known = migrate::known(&mut connection, Engine::Sqlite).await.map_err(no_backup)?;
        if !known {
            return Err(DbError::NoBackup(source.to_owned()));
        }
        migrate::pending(&mut connection, Engine::Sqlite).await?;
        check(&mut connection).await?;
        let made = copies::last(&mut connection).await?.map(|copy| copy.made_at);
        if let Some(made) = made.filter(|made| !old && *made < now.minus(KEPT)) {
            return Err(DbError::Expired { path: source.to_owned(), made });
        }
        sqlx::query("INSERT INTO marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
            .bind(RESTORED)
            .bind(now.millis().to_string())
            .execute(&mut connection)
            .await?;
        // One file, without a log beside it: its name is about to change.
        sqlx::raw_sql("PRAGMA journal_mode = DELETE").execute(&mut connection).await?;
        Ok(())
    }
    .await;
    let closed = connection.close().await;
    if examined.is_ok() {
        examined = closed.map_err(DbError::from);
    }
    examined
}

/// Renames the database and its log, so that a wrong restore can be taken back.
fn set_aside(path: &Path, now: Timestamp) -> Result<Option<PathBuf>, DbError> {
    remove(&sqlite::with_suffix(path, "-shm"))?;
    if !path.exists() {
        // A log without its database is of no use, and would be played into the new one.
        remove(&sqlite::with_suffix(path, "-wal"))?;
        return Ok(None);
    }
    let kept = sqlite::with_suffix(path, &format!(".before-{}", now.millis()));
    // The database first: a crash in between leaves "missing", which is refused; a database without its log would not be.
    for suffix in ["", "-wal"] {
        let (from, to) = (sqlite::with_suffix(path, suffix), sqlite::with_suffix(&kept, suffix));
        if from.exists() {
            fs::rename(&from, &to).map_err(|error| not_writable(&to, error))?;
        }
    }
    Ok(Some(kept))
}

/// Removes what restores before `before` set aside beside the database. Returns how many databases.
pub(super) fn forget_set_aside(path: &Path, before: Timestamp) -> Result<u64, DbError> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else { return Ok(0) };
    let prefix = format!("{name}.before-");
    let mut gone = 0;
    for entry in fs::read_dir(folder).map_err(|error| not_writable(folder, error))? {
        let entry = entry.map_err(|error| not_writable(folder, error))?;
        let file = entry.file_name();
        let Some(rest) = file.to_str().and_then(|file| file.strip_prefix(&prefix)) else { continue };
        // The log beside it, if there is one, goes with it or alone.
        let Ok(at) = rest.trim_end_matches("-wal").parse::<i64>() else { continue };
        if at < before.millis() {
            remove(&entry.path())?;
            gone += u64::from(!rest.ends_with("-wal"));
        }
    }
    Ok(gone)
}

/// Renames a whole file into place, and makes the new name durable.
fn put(from: &Path, to: &Path) -> Result<(), DbError> {
    fs::rename(from, to).map_err(|error| not_writable(to, error))?;
    let folder = match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| not_writable(to, error))
}

fn remove_database(path: &Path) -> Result<(), DbError> {
    ["", "-wal", "-shm", "-journal"].into_iter().try_for_each(|suffix| remove(&sqlite::with_suffix(path, suffix)))
}

pub(super) fn remove(path: &Path) -> Result<(), DbError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(not_writable(path, error)),
        _ => Ok(()),
    }
}

fn not_writable(path: &Path, source: io::Error) -> DbError {
    DbError::NotWritable { path: path.to_owned(), source: Arc::new(source) }
}
