//! Opening a PostgreSQL database: the pool, and the settings without which nothing may be acknowledged.

use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyPool, AssertSqlSafe, ConnectOptions, Connection};
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
    let plain = !name.is_empty() && name.len() < 60 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let mut own = Url::parse(url).map_err(|_| DbError::Url)?;
    if !plain {
        return Err(DbError::Url);
    }
    sqlx::any::install_default_drivers();
    let mut connection = options(url)?.connect().await?;
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

pub(super) async fn pool(options: AnyConnectOptions) -> Result<AnyPool, DbError> {
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
