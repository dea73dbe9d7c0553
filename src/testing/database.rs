//! A database of one's own for every test, on either engine: made in a moment, migrated, and gone with the value.
//! PostgreSQL needs `HAVEN_TEST_POSTGRES`, the address of a server under which databases may be made; without it the
//! tests run on SQLite and say so once. Nothing here touches a database that it did not make.

use std::io::Write;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Once;

use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tokio::sync::OnceCell;
use url::Url;

use crate::base::config::DatabaseUrl;
use crate::base::{Id, SystemChance};
use crate::db::{Db, DbError, Engine};

/// The variable that names the server.
const POSTGRES: &str = "HAVEN_TEST_POSTGRES";

/// A folder below the system's temporary one, with a random name; removed with the value.
#[derive(Debug)]
pub struct TempFolder(PathBuf);

impl TempFolder {
    /// Makes the folder.
    ///
    /// # Errors
    /// When the temporary folder cannot be written to.
    pub fn new() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("haven-{}", Id::random(&SystemChance)));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }

    /// The same in memory, where the system has such a place: what is flushed there costs nothing and survives everything but
    /// the machine. For runs that open many sites and prove other things than the disk.
    ///
    /// # Errors
    /// When neither place can be written to.
    pub fn in_memory() -> std::io::Result<Self> {
        let path = Path::new("/dev/shm").join(format!("haven-{}", Id::random(&SystemChance)));
        if std::fs::create_dir(&path).is_ok() { Ok(Self(path)) } else { Self::new() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        // What cannot be removed stays for the system to clear; a test has no use for the error.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A migrated database of this test alone. Use it like a [`Db`].
pub struct TestDb {
    db: Db,
    url: DatabaseUrl,
    keep: Keep,
}

/// What is cleared away after the connections are gone (fields are dropped in order).
enum Keep {
    Folder(TempFolder),
    Database { admin: Url, name: String, folder: TempFolder },
}

impl TestDb {
    /// The address, to open the same database a second time: another process, or the instance after a crash.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Lets go of the connections as they are and opens the same database anew, as after a crash.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn reopen(&mut self) -> Result<(), DbError> {
        self.db = Db::open(&self.url).await?;
        Ok(())
    }

    /// A folder of this test alone: the data folder of its site.
    pub fn folder(&self) -> &Path {
        match &self.keep {
            Keep::Folder(folder) | Keep::Database { folder, .. } => folder.path(),
        }
    }
}

impl Deref for TestDb {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

/// A fresh SQLite database in a folder of its own.
///
/// # Panics
/// When it cannot be made: a test without its database has nothing to say.
#[expect(clippy::panic, reason = "a test without its database must fail, loudly")]
pub async fn sqlite() -> TestDb {
    new_sqlite().await.unwrap_or_else(|error| panic!("no SQLite database for this test: {error}"))
}

/// A SQLite database in memory that begins as these bytes: the file of another one, closed.
///
/// # Panics
/// When it cannot be made.
#[expect(clippy::panic, reason = "a test without its database must fail, loudly")]
pub async fn sqlite_of(bytes: &[u8]) -> TestDb {
    copied(bytes).await.unwrap_or_else(|error| panic!("no SQLite database for this test: {error}"))
}

async fn copied(bytes: &[u8]) -> Result<TestDb, DbError> {
    let folder = TempFolder::in_memory().map_err(|source| DbError::Folder { path: std::env::temp_dir(), source: source.into() })?;
    let path = folder.path().join("haven.db");
    write(&path, bytes)?;
    let url = DatabaseUrl::Sqlite(path);
    Ok(TestDb { db: Db::open(&url).await?, url, keep: Keep::Folder(folder) })
}

/// A fresh PostgreSQL database with C collation, or nothing when no server is named in `HAVEN_TEST_POSTGRES`.
///
/// # Panics
/// When a server is named and the database cannot be made.
#[expect(clippy::panic, reason = "a check that was asked for and cannot run is a failed check")]
pub async fn postgres() -> Option<TestDb> {
    let Ok(address) = std::env::var(POSTGRES) else {
        static SAID: Once = Once::new();
        // Written past the capture of the test harness: a check that did not run is always told.
        SAID.call_once(|| drop(writeln!(std::io::stderr(), "PostgreSQL tests did not run: {POSTGRES} is not set")));
        return None;
    };
    Some(new_postgres(&address).await.unwrap_or_else(|error| panic!("no PostgreSQL database for this test: {error}")))
}

/// One on each engine that is there.
///
/// # Panics
/// As [`sqlite`] and [`postgres`].
pub async fn both() -> Vec<TestDb> {
    let mut all = vec![sqlite().await];
    all.extend(postgres().await);
    all
}

async fn new_sqlite() -> Result<TestDb, DbError> {
    static MIGRATED: OnceCell<Vec<u8>> = OnceCell::const_new();
    let migrated = MIGRATED.get_or_try_init(migrated_file).await?;
    let folder = temp_folder()?;
    let path = folder.path().join("haven.db");
    write(&path, migrated)?;
    let url = DatabaseUrl::Sqlite(path);
    Ok(TestDb { db: Db::open(&url).await?, url, keep: Keep::Folder(folder) })
}

/// The bytes of an empty, migrated file, so that each test copies instead of migrating.
async fn migrated_file() -> Result<Vec<u8>, DbError> {
    let folder = temp_folder()?;
    let path = folder.path().join("haven.db");
    let db = Db::open(&DatabaseUrl::Sqlite(path.clone())).await?;
    db.migrate().await?;
    db.close().await;
    std::fs::read(&path).map_err(|source| DbError::NotWritable { path, source: source.into() })
}

fn temp_folder() -> Result<TempFolder, DbError> {
    TempFolder::new().map_err(|source| DbError::Folder { path: std::env::temp_dir(), source: source.into() })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), DbError> {
    std::fs::write(path, bytes).map_err(|source| DbError::NotWritable { path: path.to_owned(), source: source.into() })
}

async fn new_postgres(address: &str) -> Result<TestDb, DbError> {
    sqlx::any::install_default_drivers();
    let admin = Url::parse(address).map_err(|_| DbError::Url)?;
    let name = format!("haven_test_{}", Id::random(&SystemChance));
    statement(&admin, format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")).await?;
    let mut own = admin.clone();
    own.set_path(&name);
    let url = DatabaseUrl::Postgres(String::from(own).into());
    let keep = Keep::Database { admin, name, folder: temp_folder()? };
    let db = Db::open(&url).await?;
    db.migrate().await?;
    debug_assert_eq!(db.engine(), Engine::Postgres);
    Ok(TestDb { db, url, keep })
}

async fn statement(admin: &Url, text: String) -> Result<(), DbError> {
    let options = sqlx::any::AnyConnectOptions::from_url(admin)?;
    let mut connection = options.disable_statement_logging().connect().await?;
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

impl Drop for Keep {
    fn drop(&mut self) {
        let Self::Database { admin, name, .. } = self else { return };
        let (admin, text) = (admin.clone(), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        // A value is dropped outside of any task, so the statement has a thread and a small runtime of its own.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(statement(&admin, text)))
        });
        if !matches!(dropping.join(), Ok(Ok(Ok(())))) {
            drop(writeln!(std::io::stderr(), "a PostgreSQL test database could not be dropped; look for haven_test_*"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_test_has_an_empty_database_of_its_own() {
        for engine in 0..both().await.len() {
            let (one, two) = (both().await.remove(engine), both().await.remove(engine));
            let mut tx = one.begin().await.unwrap();
            sqlx::query("INSERT INTO marks (name, value) VALUES ('here', '1')").execute(tx.sql()).await.unwrap();
            tx.commit().await.unwrap();
            let mut reader = two.read().await.unwrap();
            let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM marks").fetch_one(reader.sql()).await.unwrap();
            assert_eq!(count, 0);
            assert_eq!(two.pending_migrations().await.unwrap(), 0);
        }
    }

    #[test]
    fn a_folder_goes_with_its_value() {
        let folder = TempFolder::new().unwrap();
        let path = folder.path().to_owned();
        std::fs::write(path.join("file"), "x").unwrap();
        drop(folder);
        assert!(!path.exists());
    }
}
