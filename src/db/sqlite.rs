//! Opening a SQLite file: its folder, its settings, its refusals. Only this engine's own words stand here.

use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, ConnectOptions, Connection};

use super::error::DbError;

/// Readers at most. Each has a thread and a page cache of its own.
const READERS: u32 = 8;

/// Every connection: rows that refer to nothing are refused, another process is waited for, sorting needs no file.
/// The page cache stays small because the system caches the file as well (no `mmap`: a file that shrinks under us would
/// end the process instead of giving an error).
const PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2000;";

/// The writer: each commit is flushed before it is acknowledged (D5), the log does not stay large, and what is changed or
/// deleted is overwritten with zeros, so that erased words and keys of earlier versions do not rest in the file.
const WRITER_PRAGMAS: &str =
    "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -4000; PRAGMA secure_delete = ON;";

/// Up to this size the file is written anew after an erasure, whatever the hour; a larger one at night.
const SMALL: u64 = 64 * 1024 * 1024;

/// The file beside a database that shows it was served; the lock on it keeps a second server out.
pub(super) fn lock_file(path: &Path) -> PathBuf {
    with_suffix(path, ".lock")
}

/// `haven.db` and `-wal` make `haven.db-wal`.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// That there is a file with something in it, without touching it; its name, for people. A file that is gone from a folder that
/// was in use is left to [`prepare`], which says so.
pub(super) fn find(path: &Path) -> Result<String, DbError> {
    let named = std::path::absolute(path).map_or_else(|_| path.display().to_string(), |path| path.display().to_string());
    let empty = fs::metadata(path).map_or(true, |file| file.len() == 0);
    let used = [lock_file(path), with_suffix(path, "-wal")].into_iter().any(|trace| trace.exists());
    if empty && !used { Err(DbError::Nowhere(named)) } else { Ok(named) }
}

/// Makes the folder and an empty, private file where there is none; refuses where there was one.
pub(super) fn prepare(path: &Path) -> Result<PathBuf, DbError> {
    let path = place(path)?;
    let empty = fs::metadata(&path).map_or(true, |file| file.len() == 0);
    let used = [lock_file(&path), with_suffix(&path, "-wal")].into_iter().find(|trace| trace.exists());
    if let (true, Some(lock)) = (empty, used) {
        return Err(DbError::Missing { path, lock });
    }
    // Only a file that is not there is opened here: closing one that SQLite has open in this process ends SQLite's locks.
    if !path.exists() {
        make_private(&path)?;
    }
    Ok(path)
}

/// Makes the folder of `path` and returns the full name of the file.
pub(super) fn place(path: &Path) -> Result<PathBuf, DbError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder_error = |source: io::Error| DbError::Folder { path: folder.to_owned(), source: Arc::new(source) };
    fs::create_dir_all(folder).map_err(folder_error)?;
    let name = path.file_name().ok_or(DbError::Url)?;
    Ok(fs::canonicalize(folder).map_err(folder_error)?.join(name))
}

/// Makes an empty file that only its owner may read.
pub(super) fn make_private(path: &Path) -> Result<(), DbError> {
    let made = fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    made.map(drop).map_err(|source| DbError::NotWritable { path: path.to_owned(), source: Arc::new(source) })
}

/// How to connect to `path`; `mode` is `rw` or `ro`.
pub(super) fn options(path: &Path, mode: &str) -> Result<AnyConnectOptions, DbError> {
    let text = path.to_str().ok_or(DbError::Url)?;
    let mut url = String::from("sqlite://");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push('%');
            url.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    let options: AnyConnectOptions = format!("{url}?mode={mode}").parse()?;
    Ok(options.disable_statement_logging())
}

/// A connection that may write.
pub(super) async fn connect(options: &AnyConnectOptions) -> Result<AnyConnection, DbError> {
    let mut connection = options.connect().await?;
    sqlx::raw_sql(PRAGMAS).execute(&mut connection).await?;
    let (journal,): (String,) = sqlx::query_as("PRAGMA journal_mode").fetch_one(&mut connection).await?;
    if journal != "wal" {
        sqlx::raw_sql("PRAGMA journal_mode = WAL").execute(&mut connection).await?;
    }
    sqlx::raw_sql(WRITER_PRAGMAS).execute(&mut connection).await?;
    Ok(connection)
}

/// Refuses a file that can only be read. SQLite opens it all the same and would refuse the first write.
pub(super) async fn check_writable(connection: &mut AnyConnection) -> Result<(), DbError> {
    match sqlx::raw_sql("BEGIN IMMEDIATE; ROLLBACK").execute(connection).await.map_err(DbError::from) {
        // Another process is writing, so it can be written.
        Ok(_) | Err(DbError::Busy) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The readers, opened when they are first needed.
pub(super) fn readers(options: AnyConnectOptions) -> AnyPool {
    AnyPoolOptions::new()
        .max_connections(READERS)
        .min_connections(0)
        .acquire_timeout(Duration::from_secs(10))
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql(PRAGMAS).execute(connection).await?;
                Ok(())
            })
        })
        .connect_lazy_with(options)
}

/// Takes what was erased out of the file itself: pages that only look empty are written anew (`whole`, or when the file is
/// small), and the log beside it is emptied. Says whether the log could be emptied; readers of an older moment prevent it.
pub(super) async fn scrub(options: &AnyConnectOptions, path: &Path, whole: bool) -> Result<bool, DbError> {
    let small = fs::metadata(path).is_ok_and(|file| file.len() <= SMALL);
    let mut connection = connect(options).await?;
    let scrubbed = async {
        if whole || small {
            // Sorted in a file, not in memory: the copy is as large as the database.
            sqlx::raw_sql("PRAGMA temp_store = FILE; VACUUM").execute(&mut connection).await?;
        }
        let (busy, _, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut connection).await?;
        Ok(busy == 0 && (whole || small))
    }
    .await;
    drop(connection.close().await);
    scrubbed
}
