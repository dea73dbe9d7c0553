//! One server per SQLite file (threats FLT-18). The lock is the operating system's, on a file beside the database, so it
//! ends with the process however that ends. Commands of the command line are no servers and take no lock. On PostgreSQL
//! several servers are welcome. The file stays: it also shows that a database was here ([`DbError::Missing`]).

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use super::error::DbError;
use super::sqlite;

/// The right to serve a database, until it is dropped.
#[must_use = "the lock ends when this is dropped"]
#[derive(Debug)]
pub struct ServeLock {
    /// None on PostgreSQL.
    _file: Option<File>,
}

impl ServeLock {
    pub(super) fn not_needed() -> Self {
        Self { _file: None }
    }

    pub(super) fn take(database: &Path) -> Result<Self, DbError> {
        let path = sqlite::lock_file(database);
        let opened = OpenOptions::new().create(true).append(true).mode(0o600).open(&path);
        let file = opened.map_err(|source| DbError::NotWritable { path: path.clone(), source: Arc::new(source) })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(DbError::InUse(database.to_owned())),
            Err(TryLockError::Error(source)) => Err(DbError::NotWritable { path, source: Arc::new(source) }),
        }
    }
}
