//! The copies of the whole database that this house has written itself (`haven backup`): each is written down, also in itself, and
//! removed when its time is over (care R10). Never removes a file that is not the copy that was written there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::{AnyConnection, ConnectOptions, Connection};

use super::conn::{Conn, Tx};
use super::error::DbError;
use super::{Db, backup, migrate, sqlite};
use crate::base::Timestamp;
use crate::db::Engine;

/// The most days that a copy may be kept (care R10). An older one is put back only when that is asked for.
pub const MOST_DAYS: i64 = 35;
/// How long a copy that was not where it was written is remembered and named by `haven check`.
const NAMED_FOR: Duration = Duration::from_hours(365 * 24);

/// A copy that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Where it was written.
    pub path: PathBuf,
    /// When.
    pub made_at: Timestamp,
    /// Its time was over, and it was not there: somebody has moved it.
    pub lost: bool,
}

type Row = (String, i64, Option<i64>);

fn read(row: Row) -> Copy {
    Copy { path: row.0.into(), made_at: Timestamp::from_millis(row.1), lost: row.2.is_some() }
}

/// Writes down that a copy is about to be written. Twice in one millisecond to one place is one copy.
pub(super) async fn note(tx: &mut Tx, path: &str, now: Timestamp) -> Result<(), DbError> {
    sqlx::query("INSERT INTO backups (path, made_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(path)
        .bind(now.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Forgets a copy: it is gone, or was never written.
pub(super) async fn forget(tx: &mut Tx, path: &str, made_at: Timestamp) -> Result<(), DbError> {
    sqlx::query("DELETE FROM backups WHERE path = $1 AND made_at = $2").bind(path).bind(made_at.millis()).execute(tx.sql()).await?;
    Ok(())
}

/// The copies that are known, the oldest first: those that should be there, and those that somebody has moved.
///
/// # Errors
/// Database trouble.
pub async fn copies(conn: &mut Conn) -> Result<Vec<Copy>, DbError> {
    let rows: Vec<Row> =
        sqlx::query_as("SELECT path, made_at, lost_at FROM backups ORDER BY made_at, path LIMIT 10000").fetch_all(conn.sql()).await?;
    Ok(rows.into_iter().map(read).collect())
}

/// How many copies from before `before` have not been removed and not been missed yet.
///
/// # Errors
/// Database trouble.
pub async fn old_copies(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM backups WHERE made_at < $1 AND lost_at IS NULL")
        .bind(before.millis())
        .fetch_one(conn.sql())
        .await?;
    Ok(count)
}

/// Removes the files of copies from before `before`, at most `most`, and says how many are settled: removed, or not there any more. A
/// file that cannot be removed stays due, and `haven check` names it.
///
/// # Errors
/// Database trouble.
pub async fn remove_copies(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    let rows: Vec<Row> =
        sqlx::query_as("SELECT path, made_at, lost_at FROM backups WHERE made_at < $1 AND lost_at IS NULL ORDER BY made_at, path LIMIT $2")
            .bind(before.millis())
            .bind(most)
            .fetch_all(tx.sql())
            .await?;
    let mut settled = 0;
    for copy in rows.into_iter().map(read) {
        let path = copy.path.to_string_lossy().into_owned();
        if !is_there(&copy).await {
            sqlx::query("UPDATE backups SET lost_at = $3 WHERE path = $1 AND made_at = $2")
                .bind(&path)
                .bind(copy.made_at.millis())
                .bind(before.millis())
                .execute(tx.sql())
                .await?;
        } else if backup::remove(&copy.path).is_ok() {
            forget(tx, &path, copy.made_at).await?;
        } else {
            continue;
        }
        settled += 1;
    }
    if settled > 0 {
        sqlx::query("DELETE FROM backups WHERE lost_at < $1").bind(before.minus(NAMED_FOR).millis()).execute(tx.sql()).await?;
    }
    Ok(settled)
}

/// Whether the file at its place is this copy and no other: the last copy it knows of is itself.
async fn is_there(copy: &Copy) -> bool {
    matches!(written_in(&copy.path).await, Ok(Some(last)) if last.made_at == copy.made_at && last.path == copy.path)
}

/// What a copy says of itself; `None` for one by a version that did not write it down.
async fn written_in(path: &Path) -> Result<Option<Copy>, DbError> {
    let mut connection = sqlite::options(path, "ro")?.connect().await?;
    let found = last(&mut connection).await;
    drop(connection.close().await);
    found
}

/// The copy that was written last, as far as this database knows: in a copy, itself.
pub(super) async fn last(connection: &mut AnyConnection) -> Result<Option<Copy>, DbError> {
    if !migrate::has_table(&mut *connection, Engine::Sqlite, "backups").await? {
        return Ok(None);
    }
    let row: Option<Row> = sqlx::query_as("SELECT path, made_at, lost_at FROM backups ORDER BY made_at DESC, path DESC LIMIT 1")
        .fetch_optional(connection)
        .await?;
    Ok(row.map(read))
}

impl Db {
    /// Writes a copy of the database to the new file `target`, beside a running server if there is one. It holds
    /// everything that was committed before the call, and is removed by the server when its time is over.
    ///
    /// # Errors
    /// [`DbError::Exists`]; [`DbError::UsePgDump`] on PostgreSQL; [`DbError::Full`] (then there is no file).
    pub async fn backup_to(&self, target: &Path, now: Timestamp) -> Result<(), DbError> {
        if self.engine() == Engine::Postgres {
            return Err(DbError::UsePgDump);
        }
        if target.exists() {
            return Err(DbError::Exists(target.to_owned()));
        }
        let place = std::path::absolute(target).ok().and_then(|place| place.to_str().map(str::to_owned));
        let place = place.ok_or_else(|| DbError::NoBackup(target.to_owned()))?;
        // First the row: the copy holds it, and a crash in between leaves a row without a file, not a file that nobody knows.
        let mut tx = self.begin().await?;
        note(&mut tx, &place, now).await?;
        tx.commit().await?;
        let written = backup::write(&self.inner.options, target).await;
        if written.is_err() {
            let mut tx = self.begin().await?;
            forget(&mut tx, &place, now).await?;
            tx.commit().await?;
        }
        written
    }
}
