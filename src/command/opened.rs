//! The house as a command reaches it: the same site a server runs, on the same database, beside it. What a command leaves
//! to be sent is sent by the running server, or by the next one.

use std::sync::Arc;

use haven::base::config::Config;
use haven::base::{SystemChance, SystemClock};
use haven::db::{Db, DbError};
use haven::federation::dialer::{Dialer, DialerError, Settings};
use haven::federation::keys::SystemKeys;
use haven::federation::runtime::World;
use haven::server;
use haven::site::Shared;

use super::failure::Failure;

/// The real world: the machine's clock, chance and keys, and the network.
///
/// # Errors
/// When the network cannot be set up.
pub fn world(config: &Config) -> Result<World, DialerError> {
    Ok(World {
        clock: Arc::new(SystemClock),
        chance: Arc::new(SystemChance),
        transport: Arc::new(Dialer::new(Settings::new(config.loopback_federation))?),
        keys: Arc::new(SystemKeys),
        origin: config.origin.clone(),
    })
}

/// The database, up to date. One that was never used is prepared; an older one is left to `haven migrate`, since the
/// server that runs on it may be older too.
///
/// # Errors
/// When it cannot be opened, or is of another version.
pub async fn database(config: &Config) -> Result<Db, DbError> {
    let db = Db::open(&config.database).await?;
    match db.pending_migrations().await? {
        0 => Ok(db),
        _ if db.is_new().await? => {
            db.migrate().await?;
            Ok(db)
        }
        _ => Err(DbError::NotMigrated),
    }
}

/// The site.
///
/// # Errors
/// As [`database`].
pub async fn site(config: Config) -> Result<Shared, Failure> {
    let db = database(&config).await?;
    let world = world(&config)?;
    Ok(server::open(config, db, world).await?)
}
