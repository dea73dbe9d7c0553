//! The house as a command reaches it: the same site a server runs, on the same database, beside it. What a command leaves
//! to be sent is sent by the running server, or by the next one.

use std::sync::Arc;

use haven::base::config::Config;
use haven::base::{SystemChance, SystemClock};
use haven::db::{Db, DbError};
use haven::federation::dialer::{Dialer, Settings};
use haven::federation::keys::SystemKeys;
use haven::federation::runtime::World;
use haven::federation::vault::Vault;
use haven::server;
use haven::site::Shared;

use super::failure::Failure;

/// The real world: the machine's clock, chance and keys, the network, and the file with the instance's key, which is made
/// when it is missing and the migrated database needs none yet.
///
/// # Errors
/// When the network cannot be set up, or the key file is not there any more.
pub async fn world(config: &Config, db: &Db) -> Result<World, Failure> {
    Ok(World {
        clock: Arc::new(SystemClock),
        chance: Arc::new(SystemChance),
        transport: Arc::new(Dialer::new(Settings::new(config.loopback_federation))?),
        keys: Arc::new(SystemKeys),
        origin: config.origin.clone(),
        vault: Arc::new(Vault::of_database(&config.key_file, db, &SystemChance).await?),
    })
}

/// The database, which must be there and up to date: whoever types a command in the wrong folder is told so, and finds nothing
/// new there afterwards. An older one is left to `haven migrate`, since the server that runs on it may be older too.
///
/// # Errors
/// When there is none, it cannot be opened, or is of another version.
pub async fn database(config: &Config) -> Result<Db, DbError> {
    let db = Db::open_existing(&config.database).await?;
    match db.pending_migrations().await? {
        0 => Ok(db),
        _ => Err(DbError::NotMigrated),
    }
}

/// The site.
///
/// # Errors
/// As [`database`].
pub async fn site(config: Config) -> Result<Shared, Failure> {
    let db = database(&config).await?;
    opened(config, db).await
}

/// The site, for what begins a new instance: a database that was never used is prepared.
///
/// # Errors
/// When the database cannot be opened or made, or is of another version.
pub async fn new_site(config: Config) -> Result<Shared, Failure> {
    let db = Db::open(&config.database).await?;
    if db.is_new().await? {
        db.migrate().await?;
    }
    if db.pending_migrations().await? > 0 {
        return Err(DbError::NotMigrated.into());
    }
    opened(config, db).await
}

async fn opened(config: Config, db: Db) -> Result<Shared, Failure> {
    let world = world(&config, &db).await?;
    Ok(server::open(config, db, world).await?)
}
