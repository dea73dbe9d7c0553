//! Opening a SQLite file: its folder, its settings, its refusals. Only this engine's own words stand here.

use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, ConnectOptions};

use super::error::DbError;

/// Readers at most. Each has a thread and a page cache of its own.
const READERS: u32 = 8;

/// Every connection: rows that refer to nothing are refused, another process is waited for, sorting needs no file.
/// The page cache stays small because the system caches the file as well (no `mmap`: a file that shrinks under us would
/// end the process instead of giving an error).
const PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2000;";

/// The writer: each commit is flushed before it is acknowledged (D5), and the log does not stay large.
const WRITER_PRAGMAS: &str = "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -4000;";

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
