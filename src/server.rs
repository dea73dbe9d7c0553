//! The server: the one place that names every feature. It joins their routes, their rows of the inbox and their chores,
//! and runs the loop that drives the background work. It decides nothing about anybody's content.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};

use crate::base::config::Config;
use crate::base::{Origin, Timestamp};
use crate::db::{Db, DbError};
use crate::features::{accounts, admin, groups, help, partners, personas, posts};
use crate::federation::inbox::Clash;
use crate::federation::runtime::World;
use crate::federation::{actors, delivery, endpoints, inbox};
use crate::jobs::{self, Job};
use crate::site::{Feature, Shared, Site};
use crate::web::{self, WebSettings};

/// Lanes that are worked on at the same time.
const LANES: usize = 64;
/// How long the background work sleeps at most, so that work of another process on the same database is found.
const NAP: Duration = Duration::from_millis(250);
/// Connections at the same time; whoever comes later waits at the door.
const CONNECTIONS: usize = 4096;
/// How long the head of a request may take, and how long a connection may rest between two.
const HEADERS: Duration = Duration::from_secs(10);
/// How long the body of a request may stand still.
const SILENCE: Duration = Duration::from_secs(10);
/// How long a request may take in all.
const WHOLE_REQUEST: Duration = Duration::from_secs(30);
/// How long requests that run may take after the end was asked for.
const FAREWELL: Duration = Duration::from_secs(5);

/// Every feature, in the order in which they may know each other.
pub fn features() -> Vec<Feature> {
    vec![help::FEATURE, accounts::FEATURE, personas::FEATURE, groups::FEATURE, posts::FEATURE, partners::FEATURE, admin::FEATURE]
}

/// Why a site cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Two features claim one sentence: a mistake in the program.
    #[error(transparent)]
    Clash(#[from] Clash),
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
    let mut conn = site.db.read().await?;
    let instance = actors::instance(&mut conn).await?.ok_or(DbError::Unreadable("actors"))?;
    drop(conn);
    let stored = instance.uri.origin();
    if stored != site.config.origin {
        return Err(OpenError::OtherAddress { stored, wanted: site.config.origin.clone() });
    }
    // What the admin wrote on the page wins over the setting, which only names a new house.
    site.house.rename(&instance.name);
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
        .merge(web::assets())
        .layer(from_fn_with_state(Arc::clone(&site), accounts::middleware))
        .layer(from_fn_with_state(Arc::clone(&site), endpoints::serve_activity::<Shared>))
        .layer(from_fn_with_state(Arc::clone(&site), stir));
    let settings = WebSettings { origin: site.config.origin.clone(), house: site.house.clone() };
    web::layers(router, settings).with_state(site)
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

/// One round of all background work, awaited: what tests and the simulation drive. Returns how much was done.
///
/// # Errors
/// Database trouble.
pub async fn step(site: &Site) -> Result<usize, DbError> {
    let mut done = site.federation.handle_inbox(&site.here()).await?;
    for lane in site.federation.lease_lanes(&site.here(), 1000).await? {
        done += site.federation.run_lane(&site.here(), &lane, 1000).await?;
    }
    done += jobs::step(&site.db, site, &self::jobs(), site.now()).await?.ran;
    Ok(done)
}

/// When background work is due next, if any waits.
///
/// # Errors
/// Database trouble.
pub async fn next_wake(site: &Site) -> Result<Option<Timestamp>, DbError> {
    let mut conn = site.db.read().await?;
    let (inbox, delivery) = (inbox::next_due(&mut conn).await?, delivery::next_due(&mut conn).await?);
    Ok(inbox.into_iter().chain(delivery).min())
}

/// Drives the background work until the process ends. A fault in one round is logged, and the next round tries again.
pub async fn work(site: Shared) {
    tokio::join!(work_inbox(Arc::clone(&site)), work_deliveries(Arc::clone(&site)), work_jobs(site));
}

async fn rest(site: &Site) {
    tokio::select! {
        () = site.stirred() => {}
        () = tokio::time::sleep(NAP) => {}
    }
}

async fn work_inbox(site: Shared) {
    loop {
        match site.federation.handle_inbox(&site.here()).await {
            Ok(0) => rest(&site).await,
            Ok(_) => site.stir(),
            Err(error) => {
                tracing::error!(error = %error, "the inbox could not be handled");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn work_deliveries(site: Shared) {
    let mut lanes = JoinSet::new();
    loop {
        while lanes.try_join_next().is_some() {}
        let free = LANES.saturating_sub(lanes.len());
        let leased =
            if free == 0 { Ok(Vec::new()) } else { site.federation.lease_lanes(&site.here(), i64::try_from(free).unwrap_or(1)).await };
        let leased = match leased {
            Ok(leased) => leased,
            Err(error) => {
                tracing::error!(error = %error, "deliveries could not be leased");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let found = leased.len();
        for lane in leased {
            let site = Arc::clone(&site);
            lanes.spawn(async move {
                if let Err(error) = site.federation.run_lane(&site.here(), &lane, 32).await {
                    tracing::error!(error = %error, partner = %lane.partner, "a delivery lane stopped");
                }
            });
        }
        if found == 0 {
            tokio::select! {
                Some(_) = lanes.join_next() => {}
                () = rest(&site) => {}
            }
        }
    }
}

async fn work_jobs(site: Shared) {
    let registry = self::jobs();
    loop {
        match jobs::step(&site.db, &*site, &registry, site.now()).await {
            Ok(step) if step.ran > 0 => site.stir(),
            Ok(_) => rest(&site).await,
            Err(error) => {
                tracing::error!(error = %error, "the durable work could not be looked at");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Serves until `stop` resolves; then no new request is taken, and those that run may finish. Nothing is written at the
/// end: a start after a crash and a start after this are the same.
pub async fn serve(site: Shared, listener: TcpListener, stop: impl Future<Output = ()>) {
    let router = router(Arc::clone(&site));
    let background = tokio::spawn(work(site));
    listen(router, listener, stop).await;
    background.abort();
}

/// Answers what comes in at this listener until `stop` resolves. Slow senders are cut off: whoever holds a connection
/// without a request on it, or sends one in drops, holds it for seconds only.
pub async fn listen(router: Router, listener: TcpListener, stop: impl Future<Output = ()>) {
    let router = router
        .layer(RequestBodyTimeoutLayer::new(SILENCE))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, WHOLE_REQUEST));
    let seats = Arc::new(Semaphore::new(CONNECTIONS));
    let (open, closing) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &seats) => accepted,
        };
        while connections.try_join_next().is_some() {}
        let Some((stream, from, seat)) = accepted else { continue };
        let answering = answer(router.clone(), (stream, from), closing.clone());
        connections.spawn(async move {
            answering.await;
            drop(seat);
        });
    }
    drop((listener, open));
    let finished = async { while connections.join_next().await.is_some() {} };
    // What is not finished by then is cut off; nothing that was promised is lost by it.
    drop(tokio::time::timeout(FAREWELL, finished).await);
}

/// The next connection, when there is a seat for it.
async fn accept(listener: &TcpListener, seats: &Arc<Semaphore>) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let seat = Arc::clone(seats).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, from)) => Some((stream, from, seat)),
        Err(error) => {
            // Somebody hung up early, or there are no more file handles: those come back.
            if !matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused) {
                tracing::error!(kind = ?error.kind(), "no connection can be accepted");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            None
        }
    }
}

/// One connection, request after request.
async fn answer(router: Router, (stream, from): (TcpStream, SocketAddr), mut closing: watch::Receiver<()>) {
    drop(stream.set_nodelay(true));
    let service = service_fn(move |request: http::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(from));
        router.clone().oneshot(request)
    });
    let connection =
        http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(HEADERS).serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    // A connection that breaks is the other side's matter.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = closing.changed() => connection.as_mut().graceful_shutdown(),
    }
    drop(connection.await);
}
