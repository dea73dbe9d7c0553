//! The right to serve a database, and under which name (threats FLT-17, FLT-18). It is a lock of the operating system on a
//! file, so it ends with the process however that ends. On SQLite the file stands beside the database and lets one server in;
//! it stays, and so it also shows that a database was here ([`DbError::Missing`]). On PostgreSQL several servers are welcome:
//! there the file stands in the data folder, holds the name of that place, and only says who the server is that died there.
//! Commands of the command line are no servers and take no lock.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::DbError;
use super::sqlite;
use crate::base::{Chance, Id};

/// The file in the data folder of a server on PostgreSQL.
const NODE: &str = "node";

/// The right to serve a database, until it is dropped.
#[must_use = "the lock ends when this is dropped"]
#[derive(Debug)]
pub struct ServeLock {
    /// None: another server runs in this folder, too, so nothing can be said about who died there.
    _file: Option<File>,
    worker: String,
    sole: bool,
}

impl ServeLock {
    /// Under which name work is taken by this process.
    pub fn worker(&self) -> &str {
        &self.worker
    }

    /// Whether nobody else can be serving this database now: whatever is held is held by the dead.
    pub const fn is_sole(&self) -> bool {
        self.sole
    }

    /// On SQLite: the one server of a file.
    pub(super) fn take(database: &Path) -> Result<Self, DbError> {
        let path = sqlite::lock_file(database);
        match locked(&path)? {
            Some(file) => Ok(Self { _file: Some(file), worker: "server".to_owned(), sole: true }),
            None => Err(DbError::InUse(database.to_owned())),
        }
    }

    /// On PostgreSQL: one of several servers, known by its data folder. A second one in the same folder gets a name of its own
    /// that nobody had before.
    pub(super) fn join(folder: &Path, chance: &dyn Chance) -> Result<Self, DbError> {
        let fault = |source: std::io::Error| DbError::Folder { path: folder.to_owned(), source: Arc::new(source) };
        fs::create_dir_all(folder).map_err(fault)?;
        let path = folder.join(NODE);
        let fresh = Id::random(chance).to_string();
        let Some(mut file) = locked(&path)? else { return Ok(Self { _file: None, worker: fresh, sole: false }) };
        let mut name = String::new();
        file.read_to_string(&mut name).map_err(fault)?;
        // What is no name was cut off by a crash, before any work was taken under it.
        let worker = if let Some(known) = Id::parse(name.trim()) {
            known.to_string()
        } else {
            file.set_len(0).and_then(|()| file.write_all(fresh.as_bytes())).and_then(|()| file.sync_all()).map_err(fault)?;
            fresh
        };
        Ok(Self { _file: Some(file), worker, sole: false })
    }
}

/// The file, made when it is missing and locked; `None` when another process has it.
fn locked(path: &PathBuf) -> Result<Option<File>, DbError> {
    let fault = |source: std::io::Error| DbError::NotWritable { path: path.clone(), source: Arc::new(source) };
    let file = OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(path).map_err(fault)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(fault(source)),
    }
}
