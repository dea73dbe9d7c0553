//! The schema: one folder of portable migrations inside the binary, applied in one piece or not at all.
//! A database that a later version has changed is refused before anything is read from it.

use sqlx::any::AnyConnectOptions;
use sqlx::migrate::{Migration, Migrator};
use sqlx::{AnyConnection, ConnectOptions, Connection};

use super::conn::Engine;
use super::error::DbError;
use super::sqlite;
use crate::base::crash::{self, Point};

/// The lock of PostgreSQL under which one process at a time migrates ("haven").
const LOCK: i64 = 0x0068_6176_656e;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Whether a version of Haven has ever prepared this database.
pub(super) async fn known(connection: &mut AnyConnection, engine: Engine) -> Result<bool, DbError> {
    has_table(connection, engine, "_sqlx_migrations").await
}

/// Whether there is a table of this name.
pub(super) async fn has_table(connection: &mut AnyConnection, engine: Engine, name: &str) -> Result<bool, DbError> {
    let table = match engine {
        Engine::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE name = $1",
        Engine::Postgres => "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = $1 AND table_schema = current_schema()",
    };
    let (tables,): (i64,) = sqlx::query_as(table).bind(name).fetch_one(connection).await?;
    Ok(tables > 0)
}

/// Refuses what a later version made; says how many migrations are still to do.
pub(super) async fn pending(connection: &mut AnyConnection, engine: Engine) -> Result<usize, DbError> {
    if !known(&mut *connection, engine).await? {
        return Ok(MIGRATIONS.iter().count());
    }
    let applied: Vec<(i64,)> = sqlx::query_as("SELECT version FROM _sqlx_migrations ORDER BY version").fetch_all(connection).await?;
    if let Some((version,)) = applied.iter().find(|(version,)| !MIGRATIONS.version_exists(*version)) {
        return Err(DbError::Newer(*version));
    }
    Ok(MIGRATIONS.iter().filter(|migration| !applied.contains(&(migration.version,))).count())
}

/// Applies what is missing, in one transaction on a connection of its own (a crash leaves the old schema; two
/// processes take turns).
pub(super) async fn run(options: &AnyConnectOptions, engine: Engine) -> Result<(), DbError> {
    let mut connection = match engine {
        Engine::Sqlite => sqlite::connect(options).await?,
        Engine::Postgres => options.connect().await?,
    };
    let result = run_on(&mut connection, engine).await;
    // The answer is what counts; a connection that ends badly has ended, and its locks with it.
    drop(connection.close().await);
    result
}

async fn run_on(connection: &mut AnyConnection, engine: Engine) -> Result<(), DbError> {
    let mut tx = match engine {
        Engine::Sqlite => connection.begin_with("BEGIN IMMEDIATE").await?,
        Engine::Postgres => connection.begin().await?,
    };
    if engine == Engine::Postgres {
        // The migrator's own lock ends before this transaction does; ours ends with it.
        let held = "SELECT COUNT(*) FROM (SELECT pg_advisory_xact_lock($1)) AS held";
        let _: (i64,) = sqlx::query_as(held).bind(LOCK).fetch_one(&mut *tx).await?;
    }
    for step in steps(&mut tx, engine).await? {
        step.run_direct(None, &mut *tx, false).await?;
        crash::passing(Point::MidMigration);
    }
    Ok(tx.commit().await?)
}

/// What is to be done, one migration more in each step, so that a crash in between can be tried; the last step is the whole
/// and checks the whole.
async fn steps(connection: &mut AnyConnection, engine: Engine) -> Result<Vec<Migrator>, DbError> {
    let todo = pending(connection, engine).await?;
    let all: Vec<Migration> = MIGRATIONS.iter().cloned().collect();
    let part = |end: usize| {
        let mut part = Migrator::with_migrations(all[..end].to_vec());
        // What stands further on in the list may have been applied already.
        part.set_ignore_missing(end < all.len());
        part
    };
    Ok((all.len() - todo.saturating_sub(1)..=all.len()).map(part).collect())
}
