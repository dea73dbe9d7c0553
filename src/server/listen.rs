//! The door in: connections, their seats and their time. What is no proper request is refused before any page hears of it, with the
//! headers of every answer. It reads no body and knows no route.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};

use crate::base::Origin;
use crate::base::crash::{self, Point};
use crate::web;

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
    use axum::extract::Request;
    use axum::routing::get;

    use super::*;

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
