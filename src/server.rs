//! The server: the one place that names every feature. It joins their routes, their rows of the inbox and their chores.
//! It decides nothing about anybody's content. Below it: `listen`, the door in; `work`, what drives the background work.

mod listen;
mod work;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::base::Origin;
use crate::base::config::Config;
use crate::db::{Db, DbError, ServeLock};
use crate::features::{
    accounts, admin, assessments, consents, groups, help, incidents, ledger, moderation, oversight, partners, personas, posts, takeout,
};
use crate::federation::inbox::Clash;
use crate::federation::runtime::World;
use crate::federation::vault::VaultError;
use crate::federation::{actors, delivery, endpoints};
use crate::jobs::{self, Job};
use crate::site::{Feature, Shared, Site};
use crate::web::{self, WebSettings};

pub use listen::{listen, next_connection};
pub use work::{next_wake, step, work};

/// When somebody who was told that we cannot now may come again, in seconds.
const COME_AGAIN: u32 = 30;

/// Every feature, in the order in which they may know each other.
pub fn features() -> Vec<Feature> {
    vec![
        help::FEATURE,
        accounts::FEATURE,
        consents::FEATURE,
        assessments::FEATURE,
        personas::FEATURE,
        groups::FEATURE,
        posts::FEATURE,
        moderation::FEATURE,
        partners::FEATURE,
        ledger::FEATURE,
        incidents::FEATURE,
        takeout::FEATURE,
        oversight::FEATURE,
        admin::FEATURE,
    ]
}

/// Why a site cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The key under which private keys are sealed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Two features claim one sentence: a mistake in the program.
    #[error(transparent)]
    Clash(#[from] Clash),
    /// The database was put back to an older copy, and what was erased since cannot be erased again.
    #[error(transparent)]
    Replay(#[from] takeout::ReplayError),
    /// The database is of an instance with another address.
    #[error("this database belongs to the instance {stored}, but HAVEN_PUBLIC_URL is {wanted}; an instance keeps its address for ever")]
    OtherAddress {
        /// The address the instance was founded with.
        stored: Origin,
        /// The one in the settings.
        wanted: Origin,
    },
}

/// Opens a site on a migrated database: start is recovery.
///
/// # Errors
/// Database trouble, or a database of an instance with another address.
pub async fn open(config: Config, db: Db, world: World) -> Result<Shared, OpenError> {
    let site = Site::new(config, db, world, &features())?;
    site.federation.recover().await?;
    site.federation.found_instance(&site.house.name()).await?;
    // After the founding: of two nodes that come at once with different files, the second one stops here.
    site.federation.seal_keys().await?;
    let mut conn = site.db.read().await?;
    let instance = actors::instance(&mut conn).await?.ok_or(DbError::Unreadable("actors"))?;
    drop(conn);
    let stored = instance.uri.origin();
    if stored != site.config.origin {
        return Err(OpenError::OtherAddress { stored, wanted: site.config.origin.clone() });
    }
    // What the admin wrote on the page wins over the setting, which only names a new house.
    site.house.rename(&instance.name);
    takeout::replay(&site).await?;
    Ok(Arc::new(site))
}

/// All routes of a site, with everything around them.
pub fn router(site: Shared) -> Router {
    let mut router = Router::new().route("/healthz", get(|| async { "ok" })).route("/readyz", get(ready));
    for feature in features() {
        router = router.merge((feature.routes)());
    }
    let router = router
        .merge(endpoints::routes())
        .merge(web::assets(&site.config.origin))
        .layer(from_fn_with_state(Arc::clone(&site), accounts::middleware))
        .layer(from_fn_with_state(Arc::clone(&site), endpoints::serve_activity::<Shared>))
        .layer(from_fn_with_state(Arc::clone(&site), stir));
    let settings = WebSettings { origin: site.config.origin.clone(), house: site.house.clone() };
    web::layers(router, settings).layer(map_response(come_again)).with_state(site)
}

/// Whoever hears "not now" hears when to try again (RFC 9110 section 15.6.4, threats FLT-05 and FLT-07).
async fn come_again(mut response: Response) -> Response {
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().entry(header::RETRY_AFTER).or_insert_with(|| HeaderValue::from(COME_AGAIN));
    }
    response
}

/// The start of the one who serves: what died in the hands of the server before this one is free at once, not after its
/// lease, and a clock that was set back in the meantime is noticed.
///
/// # Errors
/// Database trouble.
pub async fn take_over(site: &Site, lock: &ServeLock) -> Result<(), DbError> {
    let mut tx = site.db.begin().await?;
    let lanes = delivery::free_dead(&mut tx, lock.worker(), lock.is_sole()).await?;
    let work = jobs::free_dead(&mut tx, lock.worker(), lock.is_sole()).await?;
    tx.commit().await?;
    if lanes + work > 0 {
        tracing::info!(lanes, work, "what was under way when the server ended goes on");
    }
    site.federation.compare_clock().await.map(drop)
}

/// The database answers and is of this version.
async fn ready(State(site): State<Shared>) -> Response {
    match site.db.pending_migrations().await {
        Ok(0) => "ready".into_response(),
        _ => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Whatever changes something may have left work behind.
async fn stir(State(site): State<Shared>, request: Request, next: Next) -> Response {
    let changes = *request.method() == Method::POST;
    let response = next.run(request).await;
    if changes {
        site.stir();
    }
    response
}

/// The durable work of all features.
pub fn jobs() -> Vec<Job<Site>> {
    features().iter().flat_map(|feature| (feature.jobs)()).collect()
}

/// Serves until `stop` resolves; then no new request is taken, and those that run may finish. Nothing is written at the
/// end: a start after a crash and a start after this are the same.
pub async fn serve(site: Shared, listener: TcpListener, stop: impl Future<Output = ()>) {
    let router = router(Arc::clone(&site));
    let origin = site.config.origin.clone();
    let background = tokio::spawn(work(site));
    listen(router, &origin, listener, stop).await;
    background.abort();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_hears_not_now_hears_when_to_come_again() {
        let busy = come_again(StatusCode::SERVICE_UNAVAILABLE.into_response()).await;
        assert_eq!(busy.headers()[header::RETRY_AFTER], "30");
        let own = (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "7")]).into_response();
        assert_eq!(come_again(own).await.headers()[header::RETRY_AFTER], "7");
        assert!(come_again(StatusCode::OK.into_response()).await.headers().is_empty());
    }
}
