//! What can go wrong with a database, as sentences an admin can act on. Pages turn them into a problem page;
//! no message holds a stored value (design D10): the library's own text is kept as the source, for a debugger only.

use std::path::PathBuf;
use std::sync::Arc;

use sqlx::migrate::MigrateError;

use crate::base::Timestamp;

/// Why the database did not do what was asked. Cheap to clone, since one failed commit fails all jobs in it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DbError {
    /// Locked by another process, or too many waiting. Trying again later helps.
    #[error("the database is busy; try again in a moment")]
    Busy,
    /// No space left.
    #[error("the disk of the database is full; nothing can be written until there is space again")]
    Full,
    /// The file or the server accepts no writes.
    #[error("the database cannot be written to; check the rights of the data folder and its file system")]
    ReadOnly,
    /// Not a database, or a broken one.
    #[error("the database file is damaged; stop Haven and restore a backup (haven restore FILE)")]
    Damaged,
    /// The server cannot be reached.
    #[error("the database server cannot be reached; see whether it runs, and where HAVEN_DATABASE_URL points")]
    Unavailable(#[source] Arc<sqlx::Error>),
    /// The connection was lost while a commit was under way.
    #[error("the database did not say whether the change was kept; look before you try again")]
    Unknown,
    /// Other work in the same commit failed, and took this along. Nothing was kept; the same call may be made again.
    #[error("the change was not kept because of other work; try again")]
    Undone,
    /// A value that must be unique exists already.
    #[error("this exists already")]
    Unique(#[source] Arc<sqlx::Error>),
    /// Any other refusal.
    #[error("the database refused a statement ({})", code(.0))]
    Sql(#[source] Arc<sqlx::Error>),
    /// A stored value is not what its column should hold. The text names the column, never the value.
    #[error("a stored value cannot be read: {0}")]
    Unreadable(&'static str),
    /// The lease of this work was lost to another worker.
    #[error("another worker has taken this work over")]
    Fenced,
    /// The data folder cannot be made or read.
    #[error("the folder {path} cannot be used: {source}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: Arc<std::io::Error>,
    },
    /// The database file cannot be opened for writing.
    #[error("the file {path} cannot be opened for reading and writing: {source}")]
    NotWritable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: Arc<std::io::Error>,
    },
    /// There was a database here and it is gone: starting empty would hide that.
    #[error(
        "the database {path} is missing or empty, but this folder was in use; restore a backup (haven restore FILE), \
         or remove {lock} to start with nothing"
    )]
    Missing {
        /// The database.
        path: PathBuf,
        /// The file that shows that the folder was in use.
        lock: PathBuf,
    },
    /// There is nothing at this place, and what was asked for makes nothing.
    #[error(
        "there is no database of Haven at {0}; run this where the instance runs, or name the place in HAVEN_DATA_DIR or with --config \
         (haven serve begins a new instance)"
    )]
    Nowhere(String),
    /// Written by a later version.
    #[error("this database was made by a newer version of Haven (change {0}); install that version or a later one")]
    Newer(i64),
    /// A migration in the database is not the one in this binary.
    #[error("change {0} of this database is not the one this version of Haven knows; install the version that made it")]
    Changed(i64),
    /// Tables are missing.
    #[error("the database is not prepared for this version; run haven migrate")]
    NotMigrated,
    /// A migration failed; nothing of it was kept.
    #[error("the database could not be brought up to date; nothing was changed")]
    Migration(#[source] Arc<MigrateError>),
    /// A server that may lose acknowledged work.
    #[error("the PostgreSQL setting {0} is off: it may lose what was acknowledged; turn it on")]
    Weak(&'static str),
    /// Another server runs on this file.
    #[error("another Haven server is running on the database {0}; stop it first")]
    InUse(PathBuf),
    /// Backup and restore of a PostgreSQL database belong to its own tools.
    #[error("this instance uses PostgreSQL: use pg_dump and pg_restore")]
    UsePgDump,
    /// A backup never overwrites.
    #[error("the file {0} exists already; choose another name")]
    Exists(PathBuf),
    /// There is no file of this name.
    #[error("there is no file {0}")]
    NotThere(PathBuf),
    /// A folder where a file was meant.
    #[error("this is a folder: {0}; name the file that haven backup wrote")]
    IsFolder(PathBuf),
    /// A backup file that is none.
    #[error("the file {0} is not a backup of Haven")]
    NoBackup(PathBuf),
    /// A backup past its time.
    #[error(
        "the backup {path} is of {made} and past its time: what people have deleted since is in it; use a younger one, or, when there is \
         none, say haven restore --old FILE"
    )]
    Expired {
        /// The file.
        path: PathBuf,
        /// When it was written.
        made: Timestamp,
    },
    /// The server knows no such database.
    #[error("the database that HAVEN_DATABASE_URL names does not exist on its server; create it first")]
    NoDatabase,
    /// The server does not let this user in.
    #[error("the database server does not let this user in; see user and passphrase in HAVEN_DATABASE_URL")]
    NotAdmitted,
    /// The address in the settings cannot be used.
    #[error("HAVEN_DATABASE_URL cannot be used; write it like postgres://haven@localhost/haven")]
    Url,
}

impl DbError {
    /// Whether a unique value existed already.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Unique(_))
    }

    /// Whether the same call may succeed a little later without anybody's help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Busy | Self::Full | Self::Unavailable(_) | Self::Unknown | Self::Undone)
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(refusal) => {
                if refusal.is_unique_violation() {
                    return Self::Unique(Arc::new(error));
                }
                let code = refusal.code().unwrap_or_default();
                match class(&code) {
                    Class::NoDatabase => Self::NoDatabase,
                    Class::NotAdmitted => Self::NotAdmitted,
                    Class::Busy => Self::Busy,
                    Class::Full => Self::Full,
                    Class::ReadOnly => Self::ReadOnly,
                    Class::Damaged => Self::Damaged,
                    Class::Gone => Self::Unavailable(Arc::new(error)),
                    Class::Other => Self::Sql(Arc::new(error)),
                }
            }
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_) => {
                Self::Unavailable(Arc::new(error))
            }
            sqlx::Error::Configuration(_) => Self::Url,
            _ => Self::Sql(Arc::new(error)),
        }
    }
}

impl From<MigrateError> for DbError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) | MigrateError::VersionTooNew(version, _) => Self::Newer(version),
            MigrateError::VersionMismatch(version) | MigrateError::Dirty(version) => Self::Changed(version),
            MigrateError::Execute(error) => Self::from(error),
            other => Self::Migration(Arc::new(other)),
        }
    }
}

enum Class {
    Busy,
    Full,
    ReadOnly,
    Damaged,
    Gone,
    NoDatabase,
    NotAdmitted,
    Other,
}

/// SQLSTATE has five characters; SQLite's extended result codes are numbers of at most four digits.
fn class(code: &str) -> Class {
    if code.len() == 5 {
        return match code {
            "40001" | "40P01" | "55P03" | "57014" | "53300" => Class::Busy,
            "53100" | "53200" => Class::Full,
            "25006" => Class::ReadOnly,
            "XX001" | "XX002" => Class::Damaged,
            "3D000" => Class::NoDatabase,
            "28000" | "28P01" => Class::NotAdmitted,
            // 55000: it is there and takes no connections now.
            _ if code.starts_with("08") || code.starts_with("57P") || code == "55000" => Class::Gone,
            _ => Class::Other,
        };
    }
    match code.parse::<u32>().unwrap_or(0) & 0xff {
        5 | 6 => Class::Busy,
        8 => Class::ReadOnly,
        11 | 26 => Class::Damaged,
        13 => Class::Full,
        _ => Class::Other,
    }
}

/// The engine's code for the refusal, which says enough to look it up and nothing about the row.
fn code(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(refusal) => refusal.code().map_or_else(|| "no code".to_owned(), std::borrow::Cow::into_owned),
        sqlx::Error::RowNotFound => "no row".to_owned(),
        sqlx::Error::ColumnNotFound(name) => format!("no column {name}"),
        sqlx::Error::ColumnDecode { index, .. } => format!("column {index} has another type"),
        sqlx::Error::ColumnIndexOutOfBounds { index, .. } => format!("no column {index}"),
        _ => "driver".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_no_to_is_told_apart() {
        for code in ["08006", "57P01", "57P03", "55000"] {
            assert!(matches!(class(code), Class::Gone), "{code}");
        }
        for code in ["28000", "28P01"] {
            assert!(matches!(class(code), Class::NotAdmitted), "{code}");
        }
        assert!(matches!(class("3D000"), Class::NoDatabase));
        assert!(matches!(class("53300"), Class::Busy));
        assert!(matches!(class("42P01"), Class::Other));
        // Of SQLite: locked in this process.
        assert!(matches!(class("262"), Class::Busy));
    }
}
