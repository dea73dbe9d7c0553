//! The door in over HTTP: inboxes, documents for partners, and the few addresses of discovery. It reads a request only as
//! far as it must to refuse it; what it answers says nothing about members. All rules are in `accept`, `policy` and `serves`.

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::base::{Id, Iri};
use crate::db::Committed;
use crate::federation::accept::Denied;
use crate::federation::activity::{ActorOut, ObjectKind, Outbound, Sealed};
use crate::federation::actors::Actor;
use crate::federation::here::Here;
use crate::federation::policy::Principal;
use crate::federation::runtime::Federation;
use crate::federation::serves::Asked;
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
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
    }
    response
}

async fn take(federation: &Federation, request: Request) -> Result<Committed<crate::base::Timestamp>, Denied> {
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or_else(|| parts.uri.path().to_owned(), ToString::to_string);
    let unread = RawRequest { method: &parts.method, target: &target, headers: &parts.headers, body: &[] };
    // The partner first: a stranger's body is not even read.
    let admitted = federation.admit(&parts.headers, &unread).await?;
    shape(&parts.headers)?;
    let bytes = to_bytes(body, MAX_BODY).await.map_err(|_| Denied::Malformed("too-large"))?;
    let here = federation.here();
    let request = RawRequest { body: &bytes, ..unread };
    let signed = federation.verify(&here, &request, admitted).await?;
    federation.receive(&here, signed, &bytes).await
}

fn shape(headers: &HeaderMap) -> Result<(), Denied> {
    if headers.get(header::CONTENT_ENCODING).is_some_and(|value| value != "identity") {
        return Err(Denied::Malformed("encoded"));
    }
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<usize>().ok());
    if length.is_some_and(|length| length > MAX_BODY) {
        return Err(Denied::Malformed("too-large"));
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if crate::federation::activity::is_activity_json(kind) { Ok(()) } else { Err(Denied::Malformed("content-type")) }
}

/// Whether the asker wants ActivityPub rather than a page.
fn wants_activity(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    accept.contains("application/activity+json") || (accept.contains("application/ld+json") && accept.contains("activitystreams"))
}

/// Answers ActivityPub reads before the pages are asked. Everything that may not be seen is the same 404.
pub async fn serve_activity<S: HasFederation>(State(state): State<S>, request: Request, next: Next) -> Response {
    let readable = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path();
    if !readable || path == "/actor" || !wants_activity(request.headers()) {
        return next.run(request).await;
    }
    let federation = state.federation();
    let (parts, _body) = request.into_parts();
    match document(federation, &parts).await {
        Some(sealed) => private(json(sealed.as_str().to_owned())),
        None => private(StatusCode::NOT_FOUND.into_response()),
    }
}

async fn document(federation: &Federation, request: &Parts) -> Option<Sealed> {
    let here = federation.here();
    let mut parts = request.uri.path().trim_start_matches('/').splitn(3, '/');
    let (kind, id, tail) = (parts.next()?, Id::parse(parts.next()?)?, parts.next().unwrap_or_default());
    let row = federation.serves().iter().find(|row| row.kind == kind && row.tail == tail)?;
    let principal = asker(federation, &here, request).await.ok()?;
    let query = request.uri.query().filter(|query| query.len() <= 200);
    let uri: Iri = here.origin.at(request.uri.path());
    let mut conn = federation.db().read().await.ok()?;
    let asked = Asked { principal: &principal, here: &here, id: &id, uri: &uri, query };
    (row.run)(&mut conn, asked).await.ok()?.map(crate::federation::policy::Visible::into_inner)
}

/// Who asks: an active partner by its signature, or nobody.
async fn asker(federation: &Federation, here: &Here, request: &Parts) -> Result<Principal, Denied> {
    let target = request.uri.path_and_query().map_or_else(|| request.uri.path().to_owned(), ToString::to_string);
    let raw = RawRequest { method: &request.method, target: &target, headers: &request.headers, body: &[] };
    if !request.headers.contains_key("signature") {
        return Ok(Principal::Anonymous);
    }
    let admitted = federation.admit(&request.headers, &raw).await?;
    let signed = federation.verify(here, &raw, admitted).await?;
    let partner = signed.token.partner();
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
