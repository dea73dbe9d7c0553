//! Opening a PostgreSQL database: the pool, and the settings without which nothing may be acknowledged.

use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyPool, ConnectOptions, Connection};

use super::error::DbError;

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
