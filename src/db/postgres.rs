//! Opening a PostgreSQL database: the pool, and the settings without which nothing may be acknowledged.

use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, ConnectOptions, Connection};
use url::Url;

use super::error::DbError;
use crate::base::config::DatabaseUrl;

/// Connections of one node.
const CONNECTIONS: u32 = 16;

/// A connection that rested longer is asked whether it is still there.
const TRUSTED: Duration = Duration::from_secs(1);

/// Settings that make a commit durable, and the value with which it is not.
const DURABLE: [&str; 3] = ["fsync", "full_page_writes", "synchronous_commit"];

pub(super) fn options(url: &str) -> Result<AnyConnectOptions, DbError> {
    let options: AnyConnectOptions = url.parse().map_err(|_| DbError::Url)?;
    Ok(options.disable_statement_logging())
}

/// Makes the database `name` on the server of `url`, unless it is there, and gives its address. For the demo, which has
/// a database for each of its organisations.
///
/// # Errors
/// [`DbError::Url`] for an address or name that cannot be used, or what the server says.
pub async fn make_database(url: &str, name: &str) -> Result<DatabaseUrl, DbError> {
    let mut own = Url::parse(url).map_err(|_| DbError::Url)?;
    plain(name)?;
    let mut connection = server(url).await?;
    let there: Option<(i64,)> = sqlx::query_as("SELECT CAST(1 AS BIGINT) FROM pg_database WHERE CAST(datname AS TEXT) = $1")
        .bind(name)
        .fetch_optional(&mut connection)
        .await?;
    if there.is_none() {
        // The name was checked above: letters, digits and underscores.
        let text = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await?;
    }
    connection.close().await?;
    own.set_path(name);
    Ok(DatabaseUrl::Postgres(String::from(own).into()))
}

/// A name that can stand in a statement as it is: letters, digits and underscores.
fn plain(name: &str) -> Result<(), DbError> {
    let plain = !name.is_empty() && name.len() < 60 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if plain { Ok(()) } else { Err(DbError::Url) }
}

async fn server(url: &str) -> Result<AnyConnection, DbError> {
    sqlx::any::install_default_drivers();
    Ok(options(url)?.connect().await?)
}

/// Removes every database on the server of `url` whose name begins with `prefix` and that nobody is connected to; gives how many. For
/// the demo, which leaves nothing behind.
///
/// # Errors
/// [`DbError::Url`] for an address or prefix that cannot be used, or what the server says.
pub async fn drop_unused_databases(url: &str, prefix: &str) -> Result<usize, DbError> {
    plain(prefix)?;
    let mut connection = server(url).await?;
    let found: Vec<(String,)> =
        sqlx::query_as("SELECT CAST(datname AS TEXT) FROM pg_database WHERE starts_with(CAST(datname AS TEXT), $1)")
            .bind(prefix)
            .fetch_all(&mut connection)
            .await?;
    let mut dropped = 0;
    for (name,) in found {
        if plain(&name).is_ok() {
            // One that is in use is refused by the server, and left to who uses it.
            let text = format!("DROP DATABASE IF EXISTS {name}");
            dropped += usize::from(sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await.is_ok());
        }
    }
    connection.close().await?;
    Ok(dropped)
}

pub(super) async fn pool(options: AnyConnectOptions) -> Result<AnyPool, DbError> {
    // The pool tries again and again, and then says only that it took too long. One connection of our own says what is wrong.
    options.connect().await?.close().await?;
    let pool = AnyPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > TRUSTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await?;
    let mut connection = pool.acquire().await?;
    for name in DURABLE {
        let (value,): (String,) = sqlx::query_as("SELECT current_setting($1)").bind(name).fetch_one(&mut *connection).await?;
        if value == "off" {
            return Err(DbError::Weak(name));
        }
    }
    drop(connection);
    Ok(pool)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_is_not_there_is_said_without_its_address() {
        sqlx::any::install_default_drivers();
        // Nobody listens on port 1.
        let options = options("postgres://haven:secret@127.0.0.1:1/haven").unwrap();
        let error = pool(options).await.map(drop).unwrap_err();
        assert!(matches!(error, DbError::Unavailable(_)), "{error}");
        let said = error.to_string();
        assert!(said.contains("HAVEN_DATABASE_URL") && !said.contains("secret") && !said.contains("127.0.0.1"), "{said}");
    }
}
