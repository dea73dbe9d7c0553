//! What every request passes on its way in and every answer on its way out: host name, forms of other sites, panics,
//! problem pages, headers, compression. It knows nothing of accounts or features and decides nothing about who may see what.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

use super::ctx::{Ctx, Visitor};
use super::problem::Problem;
use crate::base::Origin;

/// When "not here" is said at the earliest, counted from when the request came. Finding out that somebody may not see a thing takes
/// some questions to the database more than finding nothing; both are over by then, so that the time of the answer does not tell them
/// apart (threats CONST, F13). Nothing is kept waiting that is there.
pub(super) const NOT_BEFORE: Duration = Duration::from_millis(12);

/// The house's name, as members see it at the top of every page. A copy shares the name with the original.
#[derive(Clone, Debug, Default)]
pub struct House(Arc<ArcSwapOption<Box<str>>>);

impl House {
    /// A house with a name.
    pub fn named(name: &str) -> Self {
        let house = Self::default();
        house.rename(name);
        house
    }

    /// Changes the name, for every copy; an empty name means the neutral one.
    pub fn rename(&self, name: &str) {
        let name = name.trim();
        self.0.store((!name.is_empty()).then(|| Arc::new(name.into())));
    }

    /// The name.
    pub fn name(&self) -> Arc<str> {
        self.0.load().as_ref().map_or_else(|| "Haven".into(), |name| name.as_ref().as_ref().into())
    }
}

/// What the layers need to know of the instance.
#[derive(Clone, Debug)]
pub struct WebSettings {
    /// The only origin that is us.
    pub origin: Origin,
    /// Its name.
    pub house: House,
}

/// Puts everything around `router`. Call it last, after all routes and after accounts' middleware.
pub fn layers<S: Clone + Send + Sync + 'static>(router: Router<S>, settings: WebSettings) -> Router<S> {
    let compression = CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(512).and(is_text));
    router.layer(CatchPanicLayer::custom(panicked)).layer(from_fn_with_state(settings, pass)).layer(compression)
}

fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Problem::Internal.into_response()
}

fn is_text(_: StatusCode, _: http::Version, headers: &HeaderMap, _: &http::Extensions) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/") || kind.contains("json") || kind.starts_with("image/svg")
}

async fn pass(State(settings): State<WebSettings>, mut request: Request, next: Next) -> Response {
    // Counts from now; asked to wake somebody only when it is waited for.
    let not_before = tokio::time::sleep(NOT_BEFORE);
    request.extensions_mut().insert(settings.house.clone());
    let (parts, body) = request.into_parts();
    let head = wants_page(parts.uri.path(), &parts.headers).then(|| remembered(&parts));
    let inbox = is_inbox(parts.uri.path());
    let mut response = match refused(&settings.origin, &parts) {
        Some(problem) => problem.into_response(),
        None => next.run(Request::from_parts(parts, body)).await,
    };
    if let Some(problem) = problem_of(&mut response, inbox) {
        let visitor = response.extensions_mut().remove::<Visitor>();
        // A session that was given a new cookie on the way must not lose it with the page.
        let cookies: Vec<HeaderValue> = response.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
        response = match head {
            Some(mut head) => {
                if let Some(visitor) = visitor {
                    head.extensions.insert(visitor);
                }
                problem.page(&Ctx::of(&head).nowhere(), &settings.origin)
            }
            None => problem.bare(),
        };
        for cookie in cookies {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    set_headers(&settings.origin, &mut response);
    if response.status() == StatusCode::NOT_FOUND {
        not_before.await;
    }
    response
}

/// What a problem page needs of the request's head: no more than the language and whose house this is. Not the path, so that
/// a page that is not there and a page that may not be seen are the same to the byte.
fn remembered(parts: &http::request::Parts) -> http::request::Parts {
    let mut head = http::Request::new(()).into_parts().0;
    for name in [header::COOKIE, header::ACCEPT_LANGUAGE] {
        for value in parts.headers.get_all(&name) {
            head.headers.append(name.clone(), value.clone());
        }
    }
    if let Some(house) = parts.extensions.get::<House>() {
        head.extensions.insert(house.clone());
    }
    head
}

/// Whether a request of this head may go on to the pages (feature `fuzz`).
#[cfg(feature = "fuzz")]
pub fn lets_in(origin: &Origin, parts: &http::request::Parts) -> bool {
    refused(origin, parts).is_none()
}

/// Why a request goes no further.
fn refused(origin: &Origin, parts: &http::request::Parts) -> Option<Problem> {
    let path = parts.uri.path();
    // Who speaks HTTP/1.1 says to whom (RFC 9112 section 3.2, threats WEB-17).
    if parts.version == Version::HTTP_11 && !parts.headers.contains_key(header::HOST) {
        return Some(Problem::BadForm);
    }
    let any_host = path == "/healthz" || path == "/readyz" || path.starts_with("/assets/");
    if !any_host && !is_our_host(origin, parts) {
        return Some(Problem::OtherHost);
    }
    // Nothing of ours has U+0000 in its name, and PostgreSQL refuses to look for it; in a question it is a mistake (threats DOS-21).
    if parts.uri.path().contains("%00") {
        return Some(Problem::NotFound);
    }
    if parts.uri.query().is_some_and(|query| query.contains("%00")) {
        return Some(Problem::BadForm);
    }
    let safe = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE);
    (!safe && !is_inbox(path) && !from_our_pages(origin, &parts.headers)).then_some(Problem::OtherSite)
}

/// Where other instances post, signed: no browser, no cookie, so no form of another site.
fn is_inbox(path: &str) -> bool {
    path.ends_with("/inbox")
}

/// Whether every name that the request gives us, in its first line and in its `Host`, is ours.
fn is_our_host(origin: &Origin, parts: &http::request::Parts) -> bool {
    let mut named = parts.headers.get_all(header::HOST).into_iter();
    let host = match (named.next(), named.next()) {
        (None, _) => None,
        (Some(host), None) => Some(host.to_str().unwrap_or("?")),
        (Some(_), Some(_)) => Some("?"),
    };
    let ours = |host: &str| {
        let default_port = if origin.scheme() == "http" { ":80" } else { ":443" };
        host.strip_suffix(default_port).unwrap_or(host).eq_ignore_ascii_case(origin.authority())
    };
    // Without any host name (HTTP/1.0) there is nothing that could be mistaken: our links use the configured origin only.
    host.is_none_or(ours) && parts.uri.authority().is_none_or(|authority| ours(authority.as_str()))
}

/// Whether a form was sent from one of our own pages: the browser says so, or the origin or the page it names is ours.
fn from_our_pages(origin: &Origin, headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin" || site == "none";
    }
    if let Some(from) = text(header::ORIGIN) {
        return from == origin.as_str();
    }
    text(header::REFERER).is_some_and(|page| page.strip_prefix(origin.as_str()).is_some_and(|rest| rest.starts_with('/')))
}

/// Whether a person looks at the answer. Instances ask for JSON and get no page.
fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("text/html");
    let json =
        accept.contains("application/activity+json") || accept.contains("application/ld+json") || accept.starts_with("application/json");
    !json && !is_inbox(path) && !path.starts_with("/.well-known/")
}

/// The problem an answer stands for: named by a handler, or an answer of the framework without a page. What an inbox answers
/// is said to a machine by its status, which stays as it is.
fn problem_of(response: &mut Response, inbox: bool) -> Option<Problem> {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return Some(problem);
    }
    if inbox {
        return None;
    }
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("text/plain");
    kind.starts_with("text/plain").then(|| Problem::of_status(response.status())).flatten()
}

/// The headers that every answer carries (threats WEB-06, WEB-19), also one that was made before or after the pages.
pub fn set_headers(origin: &Origin, response: &mut Response) {
    const ALWAYS: [(HeaderName, &str); 6] = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; manifest-src 'self'; \
             worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), browsing-topics=()"),
    ];
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if origin.scheme() == "https" {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000"));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
