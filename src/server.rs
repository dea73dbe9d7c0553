//! The server: the one place that names every feature. It joins their routes, their rows of the inbox and their chores,
//! and runs the loop that drives the background work. It decides nothing about anybody's content.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::FutureExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinError, JoinSet};
use tower::ServiceExt;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};

use crate::base::config::Config;
use crate::base::crash::{self, Point};
use crate::base::{Id, Origin, Timestamp};
use crate::db::{Db, DbError, ServeLock};
use crate::features::{
    accounts, admin, assessments, consents, groups, help, incidents, ledger, moderation, oversight, partners, personas, posts, takeout,
};
use crate::federation::delivery::{self, Lane};
use crate::federation::inbox::Clash;
use crate::federation::runtime::World;
use crate::federation::vault::VaultError;
use crate::federation::{actors, endpoints, inbox};
use crate::jobs::{self, Job};
use crate::site::{Feature, Shared, Site};
use crate::web::{self, WebSettings};

/// Lanes that are worked on at the same time.
const LANES: usize = 64;
/// Rows of one lane before its turn is over.
const LANE_ROWS: i64 = 32;
/// How long the background work sleeps at most, so that work of another process on the same database is found.
const NAP: Duration = Duration::from_millis(250);
/// While requests come in, the handling of the inbox gives back so many times what it took of the one writer. What was accepted is
/// safe; a partner that waits for its 202 is not.
const YIELDS: u32 = 2;
/// And never rests longer than this at a time.
const LONGEST_BREATH: Duration = Duration::from_millis(100);
/// Connections at the same time; whoever comes later waits at the door.
const CONNECTIONS: usize = 4096;
/// How long the head of a request may take, and how long a connection may rest between two.
const HEADERS: Duration = Duration::from_secs(10);
/// How long the body of a request may stand still.
const SILENCE: Duration = Duration::from_secs(10);
/// How long a request may take in all.
const WHOLE_REQUEST: Duration = Duration::from_secs(30);
/// When somebody who was told that we cannot now may come again, in seconds.
const COME_AGAIN: u32 = 30;
/// How long background work that broke rests before it begins again.
const BROKEN: Duration = Duration::from_secs(1);
/// How long requests that run may take after the end was asked for.
const FAREWELL: Duration = Duration::from_secs(5);

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

/// One round of all background work, awaited: what tests and the simulation drive. Returns how much was done.
///
/// # Errors
/// Database trouble.
pub async fn step(site: &Site) -> Result<usize, DbError> {
    site.federation.look_at_clock().await?;
    let mut done = site.federation.handle_inbox(&site.here()).await?;
    for lane in site.federation.lease_lanes(&site.here(), 1000).await? {
        done += site.federation.run_lane(&site.here(), &lane, 1000).await?;
    }
    done += jobs::step(&site.db, site, &self::jobs(), site.now()).await?.ran;
    Ok(done)
}

/// When an inbox row or a delivery is due next, if any waits; jobs are looked for by their own clock.
///
/// # Errors
/// Database trouble.
pub async fn next_wake(site: &Site) -> Result<Option<Timestamp>, DbError> {
    let mut conn = site.db.read().await?;
    let (inbox, delivery) = (inbox::next_due(&mut conn).await?, delivery::next_due(&mut conn).await?);
    Ok(inbox.into_iter().chain(delivery).min())
}

/// Drives the background work until the process ends. A fault in one round is logged, and the next round tries again; what
/// breaks altogether begins anew and takes nothing else down (threats FLT-24, FLT-30).
pub async fn work(site: Shared) {
    tokio::join!(
        go_on("clock", BROKEN, || look_at_clock(Arc::clone(&site))),
        go_on("inbox", BROKEN, || work_inbox(Arc::clone(&site))),
        go_on("deliveries", BROKEN, || work_deliveries(Arc::clone(&site))),
        go_on("jobs", BROKEN, || work_jobs(Arc::clone(&site))),
    );
}

/// Begins this work again whenever it panics.
async fn go_on<F: Future<Output = ()>>(what: &'static str, rest: Duration, begin: impl Fn() -> F) {
    while AssertUnwindSafe(begin()).catch_unwind().await.is_err() {
        tracing::error!(what, "background work broke and begins again");
        tokio::time::sleep(rest).await;
    }
}

async fn look_at_clock(site: Shared) {
    loop {
        if let Err(error) = site.federation.look_at_clock().await {
            tracing::error!(error = %error, "what waits could not be moved with the clock");
        }
        tokio::time::sleep(NAP).await;
    }
}

async fn rest(site: &Site) {
    tokio::select! {
        () = site.stirred() => {}
        () = tokio::time::sleep(NAP) => {}
    }
}

async fn work_inbox(site: Shared) {
    // What needs the network or a new key is done aside, at most one thing for each partner at a time.
    let mut aside = JoinSet::new();
    loop {
        while aside.try_join_next().is_some() {}
        let here = site.here();
        match site.federation.take_round(&here).await {
            Ok(round) => {
                let took = site.now().since(here.now);
                let breath = if round.busy { (took * YIELDS).min(LONGEST_BREATH) } else { Duration::ZERO };
                for slow in round.slow {
                    let site = Arc::clone(&site);
                    aside.spawn(async move {
                        if let Err(error) = site.federation.finish(slow).await {
                            tracing::error!(error = %error, "what a partner sent could not be handled");
                            tokio::time::sleep(Duration::from_secs(1)).await;
                        }
                        site.stir();
                    });
                }
                if round.looked == 0 {
                    rest(&site).await;
                } else {
                    site.stir();
                    tokio::time::sleep(breath).await;
                }
            }
            Err(error) => {
                tracing::error!(error = %error, "the inbox could not be handled");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// The lanes that are being worked on, each in a task of its own.
#[derive(Default)]
struct Working {
    tasks: JoinSet<(Id, bool)>,
    partners: HashSet<Id>,
    /// After a fault some lane may be leased to us and not be worked on.
    unsure: bool,
}

impl Working {
    fn begin(&mut self, site: &Shared, lane: Lane) {
        let site = Arc::clone(site);
        self.partners.insert(lane.partner.clone());
        self.tasks.spawn(async move {
            let run = site.federation.run_lane(&site.here(), &lane, LANE_ROWS).await;
            if let Err(error) = &run {
                tracing::error!(error = %error, partner = %lane.partner, "a delivery lane stopped");
            }
            (lane.partner, run.is_ok())
        });
    }

    fn ended(&mut self, ended: Result<(Id, bool), JoinError>) {
        if let Ok((partner, well)) = ended {
            self.partners.remove(&partner);
            self.unsure |= !well;
        } else {
            // One of them panicked; which one is not told.
            self.partners.clear();
            self.unsure = true;
        }
    }

    fn collect(&mut self) {
        while let Some(ended) = self.tasks.try_join_next() {
            self.ended(ended);
        }
    }

    /// More lanes, as far as there are hands for them.
    async fn lease(&mut self, site: &Site) -> Result<Vec<Lane>, DbError> {
        if self.unsure {
            let busy: Vec<Id> = self.partners.iter().cloned().collect();
            site.federation.free_idle_lanes(&busy).await?;
            self.unsure = false;
        }
        match LANES.saturating_sub(self.tasks.len()) {
            0 => Ok(Vec::new()),
            free => site.federation.lease_lanes(&site.here(), i64::try_from(free).unwrap_or(1)).await,
        }
    }
}

async fn work_deliveries(site: Shared) {
    let mut working = Working::default();
    loop {
        working.collect();
        let leased = match working.lease(&site).await {
            Ok(leased) => leased,
            Err(error) => {
                tracing::error!(error = %error, "deliveries could not be leased");
                working.unsure = true;
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let found = leased.len();
        for lane in leased {
            working.begin(&site, lane);
        }
        if found == 0 {
            tokio::select! {
                Some(ended) = working.tasks.join_next() => working.ended(ended),
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
    let origin = site.config.origin.clone();
    let background = tokio::spawn(work(site));
    listen(router, &origin, listener, stop).await;
    background.abort();
}

/// Answers what comes in at this listener until `stop` resolves. Slow senders are cut off: whoever holds a connection
/// without a request on it, or sends one in drops, holds it for seconds only. What is refused here carries the headers of every answer.
pub async fn listen(router: Router, origin: &Origin, listener: TcpListener, stop: impl Future<Output = ()>) {
    let router = in_time(router, origin, WHOLE_REQUEST);
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
        let answering = answer(router.clone(), origin.clone(), (stream, from), closing.clone());
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

/// A router whose requests end after `whole` at the latest.
fn in_time(router: Router, origin: &Origin, whole: Duration) -> Router {
    let origin = origin.clone();
    router.layer(RequestBodyTimeoutLayer::new(SILENCE)).layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, whole)).layer(
        map_response(move |mut response: Response| {
            if response.status() == StatusCode::REQUEST_TIMEOUT {
                web::set_headers(&origin, &mut response);
            }
            std::future::ready(response)
        }),
    )
}

/// The next connection, when there is a seat for it.
async fn accept(listener: &TcpListener, seats: &Arc<Semaphore>) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let seat = Arc::clone(seats).acquire_owned().await.ok()?;
    next_connection(listener).await.map(|(stream, from)| (stream, from, seat))
}

/// The next connection at a listener. `None` when there is none this time: whoever asks asks again. When there are no more file
/// handles it rests a moment, so that asking again does not take the whole machine.
pub async fn next_connection(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    match listener.accept().await {
        Ok((stream, from)) => Some((stream, from)),
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

/// Whether everybody reads the same end of the body: one plain `chunked`, or no transfer coding at all (threats WEB-18).
fn has_one_length(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(coding), None) => coding.as_bytes().eq_ignore_ascii_case(b"chunked"),
        (Some(_), Some(_)) => false,
    }
}

/// Refused, and nothing more is read from this connection.
fn refused_length(origin: &Origin) -> Response {
    let mut response = (StatusCode::BAD_REQUEST, [(header::CONNECTION, "close")]).into_response();
    web::set_headers(origin, &mut response);
    response
}

/// One connection, request after request.
async fn answer(router: Router, origin: Origin, (stream, from): (TcpStream, SocketAddr), mut closing: watch::Receiver<()>) {
    drop(stream.set_nodelay(true));
    let service = service_fn(move |request: http::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(from));
        let answer = if has_one_length(request.headers()) { Ok(router.clone()) } else { Err(refused_length(&origin)) };
        async move {
            match answer {
                Ok(router) => router.oneshot(request).await,
                Err(refused) => Ok(refused),
            }
        }
    });
    let connection =
        http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(HEADERS).serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    // A connection that breaks is the other side's matter.
    tokio::select! {
        _ = connection.as_mut() => return crash::passing(Point::AfterAnswer),
        _ = closing.changed() => connection.as_mut().graceful_shutdown(),
    }
    drop(connection.await);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_panics_begins_again() {
        let begun = std::sync::atomic::AtomicU32::new(0);
        go_on("tests", Duration::ZERO, || async {
            assert!(begun.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 1, "on purpose");
        })
        .await;
        assert_eq!(begun.into_inner(), 3);
    }

    #[tokio::test]
    async fn who_hears_not_now_hears_when_to_come_again() {
        let busy = come_again(StatusCode::SERVICE_UNAVAILABLE.into_response()).await;
        assert_eq!(busy.headers()[header::RETRY_AFTER], "30");
        let own = (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "7")]).into_response();
        assert_eq!(come_again(own).await.headers()[header::RETRY_AFTER], "7");
        assert!(come_again(StatusCode::OK.into_response()).await.headers().is_empty());
    }

    #[tokio::test]
    async fn web_19_what_is_refused_before_the_pages_carries_their_headers() {
        let origin = Origin::parse("https://veld.example").unwrap();
        let slow = Router::new().route("/", get(std::future::pending::<&'static str>));
        let late = in_time(slow, &origin, Duration::ZERO).oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        let cut = refused_length(&origin);
        assert_eq!((late.status(), cut.status()), (StatusCode::REQUEST_TIMEOUT, StatusCode::BAD_REQUEST));
        assert_eq!(cut.headers()[header::CONNECTION], "close");
        for answer in [late, cut] {
            for name in
                ["content-security-policy", "x-content-type-options", "referrer-policy", "strict-transport-security", "cache-control"]
            {
                assert!(answer.headers().contains_key(name), "{name} in {answer:?}");
            }
        }
    }

    #[test]
    fn a_body_has_one_end() {
        for (codings, one) in [
            (&[][..], true),
            (&["chunked"], true),
            (&["Chunked"], true),
            (&["chunked, chunked"], false),
            (&["chunked", "chunked"], false),
            (&["gzip, chunked"], false),
            (&["identity"], false),
            (&[""], false),
        ] {
            let mut headers = HeaderMap::new();
            for coding in codings {
                headers.append(header::TRANSFER_ENCODING, coding.parse().unwrap());
            }
            assert_eq!(has_one_length(&headers), one, "{codings:?}");
        }
    }
}
