//! The schema: one folder of portable migrations inside the binary, applied in one piece or not at all.
//! A database that a later version has changed is refused before anything is read from it.

use sqlx::any::AnyConnectOptions;
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, ConnectOptions, Connection};

use super::conn::Engine;
use super::error::DbError;
use super::sqlite;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Refuses what a later version made; says how many migrations are still to do.
pub(super) async fn pending(connection: &mut AnyConnection, engine: Engine) -> Result<usize, DbError> {
    let table = match engine {
        Engine::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'",
        Engine::Postgres => {
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = '_sqlx_migrations' AND table_schema = current_schema()"
        }
    };
    let (exists,): (i64,) = sqlx::query_as(table).fetch_one(&mut *connection).await?;
    if exists == 0 {
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
    MIGRATIONS.run_direct(None, &mut *tx, false).await?;
    Ok(tx.commit().await?)
}
