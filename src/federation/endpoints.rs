//! The door in over HTTP: inboxes, documents for partners, and the few addresses of discovery. It reads a request only as
//! far as it must to refuse it; what it answers says nothing about members. All rules are in `accept`, `policy` and `serves`.

use std::error::Error;
use std::net::SocketAddr;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::base::{Id, Iri};
use crate::db::{Committed, DbError};
use crate::federation::accept::{Came, Denied};
use crate::federation::activity::{ActorOut, CollectionOut, ObjectKind, Outbound, Sealed};
use crate::federation::actors::Actor;
use crate::federation::here::Here;
use crate::federation::ledger;
use crate::federation::policy::Principal;
use crate::federation::runtime::Federation;
use crate::federation::serves::{Asked, FIRST_PAGE, Serves};
use crate::federation::signature::RawRequest;

/// The largest body that is read.
const MAX_BODY: usize = 1024 * 1024;
const ACTIVITY_JSON: &str = "application/activity+json";

/// Lets a state give out its federation, so that this floor need not know the site above it.
pub trait HasFederation: Clone + Send + Sync + 'static {
    /// The federation of this instance.
    fn federation(&self) -> &Federation;
}

/// Inboxes and discovery.
pub fn routes<S: HasFederation>() -> Router<S> {
    Router::new()
        .route("/inbox", post(inbox::<S>))
        .route("/actor/inbox", post(inbox::<S>))
        .route("/p/{id}/inbox", post(inbox::<S>))
        .route("/g/{id}/inbox", post(inbox::<S>))
        .route("/actor", get(instance_actor::<S>))
        .route("/actor/outbox", get(instance_outbox::<S>))
        .route("/.well-known/webfinger", get(nothing))
        .route("/.well-known/nodeinfo", get(nodeinfo_links::<S>))
        .route("/nodeinfo/2.1", get(nodeinfo))
}

async fn inbox<S: HasFederation>(State(state): State<S>, request: Request) -> Response {
    let federation = state.federation();
    match take(federation, request).await {
        Ok(committed) => accepted(&committed),
        Err(denied) => refuse(&denied),
    }
}

/// 202 can only be said of something that was committed (design D5).
fn accepted<T>(_proof: &Committed<T>) -> Response {
    StatusCode::ACCEPTED.into_response()
}

fn refuse(denied: &Denied) -> Response {
    tracing::debug!(status = denied.status(), code = denied.code(), "a request was refused");
    let status = StatusCode::from_u16(denied.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = status.into_response();
    let wait = match denied {
        Denied::TooMany(seconds) => Some(*seconds),
        _ => (status == StatusCode::SERVICE_UNAVAILABLE).then_some(30),
    };
    if let Some(seconds) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

async fn take(federation: &Federation, request: Request) -> Result<Committed<crate::base::Timestamp>, Denied> {
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or_else(|| parts.uri.path().to_owned(), ToString::to_string);
    let unread = RawRequest { method: &parts.method, target: &target, headers: &parts.headers, body: &[] };
    // What the headers alone show to be no activity is told to everybody alike, and says nothing about who is a partner.
    shape(&parts.headers)?;
    // Then who it is, by the head alone: nobody's body is read who has not proved to be a partner.
    let admitted = federation.admit(&parts.headers, &unread, came(federation, &parts, false)).await?;
    let signed = federation.verify(&federation.here(), &unread, admitted).await?;
    let bytes = to_bytes(body, MAX_BODY).await;
    let bytes = bytes.map_err(|error| {
        if is_too_large(&error) {
            return federation.unread(&signed, Denied::Malformed("too-large"));
        }
        // A line that broke is nobody's misdeed: it is not written down, and its sender may come again.
        Denied::Malformed("unfinished")
    })?;
    federation.receive(&federation.here(), signed, &bytes).await
}

/// Whether a body was not read to its end because it is larger than what anybody may send; otherwise its sender stopped.
fn is_too_large(error: &axum::Error) -> bool {
    let mut causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.any(<dyn Error + 'static>::is::<http_body_util::LengthLimitError>)
}

/// The client's address: of the connection, or what a proxy of ours says.
fn came(federation: &Federation, parts: &Parts, reads: bool) -> Came {
    let forwarded: Vec<&str> = parts.headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    Came { from: peer.map(|ConnectInfo(peer)| federation.proxies.client(peer.ip(), forwarded.iter().copied())), reads }
}

fn shape(headers: &HeaderMap) -> Result<(), Denied> {
    if headers.get_all(header::CONTENT_ENCODING).iter().any(|value| value != "identity") {
        return Err(Denied::Malformed("encoded"));
    }
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<usize>().ok());
    if length.is_some_and(|length| length > MAX_BODY) {
        return Err(Denied::Malformed("too-large"));
    }
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let kind = kinds.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kinds.next().is_some() {
        return Err(Denied::Malformed("header_doubled"));
    }
    if crate::federation::activity::is_activity_json(kind) { Ok(()) } else { Err(Denied::Malformed("content-type")) }
}

/// Whether the asker wants ActivityPub rather than a page.
fn wants_activity(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    accept.contains("application/activity+json") || (accept.contains("application/ld+json") && accept.contains("activitystreams"))
}

/// Whether a request with these headers is answered with ActivityPub (feature `fuzz`).
#[cfg(feature = "fuzz")]
pub fn asks_for_activity(headers: &HeaderMap) -> bool {
    wants_activity(headers)
}

/// Answers ActivityPub reads before the pages are asked. Everything that may not be seen is the same 404.
pub async fn serve_activity<S: HasFederation>(State(state): State<S>, request: Request, next: Next) -> Response {
    let readable = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path();
    if !readable || matches!(path, "/actor" | "/actor/outbox") || !wants_activity(request.headers()) {
        return next.run(request).await;
    }
    let federation = state.federation();
    let (parts, _body) = request.into_parts();
    match document(federation, &parts).await {
        Ok(Some(sealed)) => private(json(sealed.as_str().to_owned())),
        // The one refusal that is told, and only to who proved to be the partner: one that asks too fast shall come again, not
        // believe that a thing is gone.
        Err(denied @ Denied::TooMany(_)) => private(refuse(&denied)),
        Ok(None) | Err(_) => private(StatusCode::NOT_FOUND.into_response()),
    }
}

async fn document(federation: &Federation, request: &Parts) -> Result<Option<Sealed>, Denied> {
    let here = federation.here();
    let Some((row, id, page)) = named(federation.serves(), &request.uri) else { return Ok(None) };
    let principal = asker(federation, &here, request).await?;
    let uri: Iri = here.origin.at(request.uri.path());
    let mut conn = federation.db().read().await?;
    let asked = Asked { principal: &principal, here: &here, id: &id, uri: &uri, page };
    let Some(sealed) = (row.run)(&mut conn, asked).await?.map(crate::federation::policy::Visible::into_inner) else { return Ok(None) };
    drop(conn);
    if let Principal::Partner(partner) = &principal {
        // A list and its first page stand in the ledger by themselves; what is on further pages stands there post by post.
        let read =
            if page == Some(FIRST_PAGE) { here.origin.at(&format!("{}?page={FIRST_PAGE}", request.uri.path())) } else { uri.clone() };
        disclosed(federation, &here, partner, (&read, &sealed)).await?;
    }
    Ok(Some(sealed))
}

/// The longest name of a page.
const MAX_PAGE: usize = 100;

/// What an address names: the row that answers, the id, and the page of a list. Each thing has one spelling; with a slash or a
/// query more it names nothing, so that the ledger has one row for one thing.
fn named<'a, 'r>(rows: &'r [Serves], uri: &'a Uri) -> Option<(&'r Serves, Id, Option<&'a str>)> {
    let mut parts = uri.path().strip_prefix('/')?.splitn(3, '/');
    let (kind, id) = (parts.next()?, Id::parse(parts.next()?)?);
    let tail = parts.next();
    if tail == Some("") {
        return None;
    }
    let row = rows.iter().find(|row| row.kind == kind && row.tail == tail.unwrap_or_default())?;
    let page = match uri.query() {
        None => None,
        Some(query) => Some(query.strip_prefix("page=").filter(|page| row.pages && is_page(page))?),
    };
    Some((row, id, page))
}

fn is_page(text: &str) -> bool {
    (1..=MAX_PAGE).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
}

/// Nothing is read by a partner before it stands in the ledger.
async fn disclosed(federation: &Federation, here: &Here, partner: &Id, (read, sealed): (&Iri, &Sealed)) -> Result<(), DbError> {
    let mut tx = federation.db().begin().await?;
    ledger::served(&mut tx, here, partner, read, sealed.as_str()).await?;
    tx.commit().await
}

/// Who asks: an active partner by its signature, or nobody.
async fn asker(federation: &Federation, here: &Here, request: &Parts) -> Result<Principal, Denied> {
    let target = request.uri.path_and_query().map_or_else(|| request.uri.path().to_owned(), ToString::to_string);
    let raw = RawRequest { method: &request.method, target: &target, headers: &request.headers, body: &[] };
    if !request.headers.contains_key("signature") {
        return Ok(Principal::Anonymous);
    }
    let admitted = federation.admit(&request.headers, &raw, came(federation, request, true)).await?;
    let token = federation.verify(here, &raw, admitted).await?.asks()?;
    let partner = token.partner();
    let active = partner.state == crate::federation::partners::State::Active;
    Ok(if active { Principal::Partner(partner.id.clone()) } else { Principal::Anonymous })
}

fn json(body: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(ACTIVITY_JSON))], body).into_response()
}

/// What depends on who asks is kept by nobody in between.
fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Signature, Signature-Input"));
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    response
}

/// The instance actor: its key and its inbox, nothing else. The one document that needs no signature, since
/// signatures are checked with it.
async fn instance_actor<S: HasFederation>(State(state): State<S>) -> Response {
    let federation = state.federation();
    match federation.instance().await {
        Ok(Some((actor, _))) => json(Outbound::new(instance_document(actor)).seal().as_str().to_owned()),
        _ => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// What the instance says to everybody: nothing. Whatever it says is for one partner and goes there.
async fn instance_outbox<S: HasFederation>(State(state): State<S>) -> Response {
    let outbox = state.federation().here().origin.at("/actor/outbox");
    json(Outbound::new(CollectionOut::empty(outbox)).seal().as_str().to_owned())
}

/// What the instance says of itself: its name, its inbox, its key.
pub fn instance_document(actor: Actor) -> ActorOut {
    let mut document = ActorOut::new(actor.uri, ObjectKind::Application, actor.name.clone(), actor.public_key);
    document.inbox = actor.inbox;
    document.name = Some(actor.name);
    document
}

/// A closed instance has no handle to tell anyone.
async fn nothing() -> StatusCode {
    StatusCode::NOT_FOUND
}

async fn nodeinfo_links<S: HasFederation>(State(state): State<S>) -> Response {
    let origin = state.federation().here().origin;
    let link = origin.at("/nodeinfo/2.1");
    let application = origin.at("/actor");
    let body = serde_json::json!({"links": [
        {"rel": "http://nodeinfo.diaspora.software/ns/schema/2.1", "href": link},
        {"rel": "https://www.w3.org/ns/activitystreams#Application", "href": application},
    ]});
    ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// That this is an ActivityPub server, and no number, name or version (threats AUD-15).
async fn nodeinfo() -> Response {
    let body = serde_json::json!({
        "version": "2.1", "software": {"name": "haven", "version": "0"}, "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []}, "openRegistrations": false, "usage": {"users": {}}, "metadata": {}
    });
    let kind = "application/json; profile=\"http://nodeinfo.diaspora.software/ns/schema/2.1#\"";
    ([(header::CONTENT_TYPE, kind)], body.to_string()).into_response()
}

#[cfg(test)]
mod tests;
