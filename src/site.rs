//! The site: what a handler can reach, and what a feature gives to the house. It names no feature.

use std::sync::Arc;

use axum::Router;
use tokio::sync::Notify;

use crate::base::config::Config;
use crate::base::{Clock, Timestamp};
use crate::db::{Db, DbError};
use crate::federation::endpoints::HasFederation;
use crate::federation::inbox::{Clash, Receives};
use crate::federation::keys::KeyPair;
use crate::federation::runtime::World;
use crate::federation::serves::Serves;
use crate::federation::{Federation, Here};
use crate::jobs::Job;
use crate::web::{House, Problem};

/// One running instance. Handlers get it as [`Shared`].
pub struct Site {
    /// Settings.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// The house's name, as every page shows it.
    pub house: House,
    /// Everything that speaks with partners.
    pub federation: Federation,
    clock: Arc<dyn Clock>,
    stir: Notify,
}

/// What handlers take as their state.
pub type Shared = Arc<Site>;

impl Site {
    /// Puts a site together from its parts and the features' rows.
    ///
    /// # Errors
    /// When two features claim one sentence of the inbox.
    pub fn new(config: Config, db: Db, world: World, features: &[Feature]) -> Result<Self, Clash> {
        let rows = features.iter().flat_map(|feature| (feature.receives)()).collect();
        let serves = features.iter().flat_map(|feature| (feature.serves)()).collect();
        let clock = Arc::clone(&world.clock);
        let house = House::named(&config.name);
        let federation = Federation::new(db.clone(), world, rows, serves)?
            .with_partner_rate(config.partner_rate)
            .with_proxies(config.trusted_proxy.clone());
        Ok(Self { config, db, house, federation, clock, stir: Notify::new() })
    }

    /// The moment, chance and our origin, for one action.
    pub fn here(&self) -> Here {
        self.federation.here()
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A fresh key for a new actor, made off the async threads. Ask for it before a unit of work is opened.
    ///
    /// # Errors
    /// When the machine cannot make one.
    pub async fn fresh_key(&self) -> Result<KeyPair, DbError> {
        self.federation.fresh_key().await
    }

    /// Tells the background work that there may be something to do. Forgetting it costs a moment, never work.
    pub fn stir(&self) {
        self.stir.notify_waiters();
    }

    /// Resolves at the next [`Site::stir`].
    pub async fn stirred(&self) {
        self.stir.notified().await;
    }
}

impl HasFederation for Arc<Site> {
    fn federation(&self) -> &Federation {
        &self.federation
    }
}

/// A database that is busy or away is worth trying again; anything else is ours to repair. Messages of `DbError` hold no stored values.
impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        tracing::error!(%error, "a page could not use the database");
        if error.is_transient() || matches!(error, DbError::ReadOnly) { Self::Unavailable } else { Self::Internal }
    }
}

/// What one feature gives to the house. A new feature is one folder and one line in `server.rs`.
#[derive(Clone, Copy)]
pub struct Feature {
    /// Its folder's name.
    pub name: &'static str,
    /// Its pages.
    pub routes: fn() -> Router<Shared>,
    /// The sentences of the inbox it understands.
    pub receives: fn() -> Vec<Receives>,
    /// The documents it serves to partners.
    pub serves: fn() -> Vec<Serves>,
    /// Its durable work: what it does again and again, and what its actions wrote down for later.
    pub jobs: fn() -> Vec<Job<Site>>,
}

impl Feature {
    /// A feature that has pages only.
    pub const fn pages(name: &'static str, routes: fn() -> Router<Shared>) -> Self {
        Self { name, routes, receives: Vec::new, serves: Vec::new, jobs: Vec::new }
    }
}
