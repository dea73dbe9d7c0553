//! A network without sockets: a call goes straight into the router of the site that is meant, with the same bytes as on
//! the wire. It keeps a log of what was sent, and can lose, double or refuse calls when a test says so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{HeaderMap, Request, header};
use tower::ServiceExt;

use crate::base::Iri;
use crate::federation::dialer::{Answer, Call, Method, Transport, TransportError};

/// What happens to one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weather {
    /// It arrives and the answer comes back.
    #[default]
    Clear,
    /// It never arrives.
    Lost,
    /// It arrives, and the answer is lost.
    AnswerLost,
    /// It arrives twice.
    Doubled,
    /// The other side answers 500 without looking.
    Broken,
    /// The other side answers 503 without looking.
    Busy,
    /// The other side answers 429 and asks for a minute.
    TooMany,
    /// Nothing comes back, and it arrives when the test says so ([`Network::arrive`]), whatever came in between.
    Late,
}

/// One call that was made.
#[derive(Clone, Debug, Default)]
pub struct Logged {
    /// Host of the site that called; empty when the caller has no name here.
    pub by: String,
    /// Origin of the key that signed; empty without a signature.
    pub from: String,
    /// Authority of the other side.
    pub to: String,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path and query.
    pub target: String,
    /// The body.
    pub body: String,
    /// Status that was answered; `None` when it never arrived.
    pub status: Option<u16>,
    /// The body that was answered.
    pub answer: String,
    /// It left some time ago, when it stands here already as lost, and arrived now.
    pub late: bool,
}

/// A call that is under way for longer than its sender waits.
struct Late {
    logged: Logged,
    method: http::Method,
    headers: HeaderMap,
    body: Option<bytes::Bytes>,
}

#[derive(Default)]
struct Inner {
    sites: BTreeMap<String, Router>,
    weather: Vec<Weather>,
    log: Vec<Logged>,
    /// Pairs that cannot reach each other, in both directions.
    cut: BTreeSet<(String, String)>,
    /// Sites that take a call and never answer.
    frozen: BTreeSet<String>,
    late: Vec<Late>,
}

/// The network between the sites of a test. Clones share it; each knows whose it is.
#[derive(Clone, Default)]
pub struct Network {
    shared: Arc<Mutex<Inner>>,
    by: String,
}

impl Network {
    fn inner<T>(&self, with: impl FnOnce(&mut Inner) -> T) -> T {
        with(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same network, as this host uses it.
    #[must_use]
    pub fn of(&self, authority: &str) -> Self {
        Self { shared: Arc::clone(&self.shared), by: authority.to_owned() }
    }

    /// Cuts the line between two hosts.
    pub fn cut(&self, one: &str, two: &str) {
        self.inner(|inner| inner.cut.insert(pair(one, two)));
    }

    /// Mends all lines.
    pub fn mend(&self) {
        self.inner(|inner| inner.cut.clear());
    }

    /// A frozen site takes calls and answers none of them; nothing in it happens.
    pub fn freeze(&self, authority: &str, frozen: bool) {
        self.inner(|inner| if frozen { inner.frozen.insert(authority.to_owned()) } else { inner.frozen.remove(authority) });
    }

    /// How many calls are late.
    pub fn late(&self) -> usize {
        self.inner(|inner| inner.late.len())
    }

    /// Lets one of the late calls arrive now; nobody waits for its answer. `None` when there is no such call, or its site
    /// is down or frozen: then it is lost.
    pub async fn arrive(&self, which: usize) -> Option<u16> {
        let late = self.inner(|inner| (which < inner.late.len()).then(|| inner.late.remove(which)))?;
        let frozen = self.inner(|inner| inner.frozen.contains(&late.logged.to));
        let router = self.inner(|inner| inner.sites.get(&late.logged.to).cloned()).filter(|_| !frozen)?;
        let answer = deliver(router, (late.method, &late.logged.target), &late.headers, late.body).await.ok()?;
        let (status, answer) = (answer.status, String::from_utf8_lossy(&answer.body).into_owned());
        self.inner(|inner| inner.log.push(Logged { status: Some(status), answer, late: true, ..late.logged }));
        Some(status)
    }

    /// Plugs a site in.
    pub fn plug(&self, authority: &str, router: Router) {
        self.inner(|inner| inner.sites.insert(authority.to_owned(), router));
    }

    /// Pulls a site out: calls to it fail as if it were down.
    pub fn unplug(&self, authority: &str) {
        self.inner(|inner| inner.sites.remove(authority));
    }

    /// The weather of the next calls, first call first; after them it is clear again.
    pub fn forecast(&self, weather: impl IntoIterator<Item = Weather>) {
        self.inner(|inner| {
            inner.weather = weather.into_iter().collect();
            inner.weather.reverse();
        });
    }

    /// Everything that was sent so far.
    pub fn log(&self) -> Vec<Logged> {
        self.inner(|inner| inner.log.clone())
    }

    /// How many calls were made so far.
    pub fn count(&self) -> usize {
        self.inner(|inner| inner.log.len())
    }

    /// The calls from number `from` on.
    pub fn since(&self, from: usize) -> Vec<Logged> {
        self.inner(|inner| inner.log.get(from..).unwrap_or_default().to_vec())
    }

    fn blocked(&self, to: &str) -> bool {
        self.inner(|inner| inner.cut.contains(&pair(&self.by, to)))
    }

    async fn carry(&self, call: &Call<'_>) -> Result<Answer, TransportError> {
        let to = call.origin().authority().to_owned();
        let weather = self.inner(|inner| inner.weather.pop().unwrap_or_default());
        let method = if call.method() == Method::Post { http::Method::POST } else { http::Method::GET };
        let target = call.url().target();
        let body = call.body().map(|body| bytes::Bytes::copy_from_slice(body.as_bytes()));
        let logged = Logged {
            by: self.by.clone(),
            from: signer(call),
            to: to.clone(),
            method: if call.method() == Method::Post { "POST" } else { "GET" },
            target: target.clone(),
            body: call.body().unwrap_or_default().to_owned(),
            status: None,
            answer: String::new(),
            late: false,
        };
        let router = self.inner(|inner| inner.sites.get(&to).cloned());
        let (Some(router), false, false) = (router, weather == Weather::Lost, self.blocked(&to)) else {
            self.inner(|inner| inner.log.push(logged));
            return Err(TransportError::Connect);
        };
        if weather == Weather::Late {
            let late = Late { logged: logged.clone(), method: method.clone(), headers: headers_of(call), body: body.clone() };
            self.inner(|inner| inner.late.push(late));
        }
        if weather == Weather::Late || self.inner(|inner| inner.frozen.contains(&to)) {
            self.inner(|inner| inner.log.push(logged));
            return Err(TransportError::Timeout);
        }
        let refused = match weather {
            Weather::Broken => Some((500, None)),
            Weather::Busy => Some((503, None)),
            Weather::TooMany => Some((429, Some("60".to_owned()))),
            _ => None,
        };
        if let Some((status, retry_after)) = refused {
            self.inner(|inner| inner.log.push(Logged { status: Some(status), ..logged }));
            return Ok(Answer { status, retry_after, ..Answer::default() });
        }
        let headers = headers_of(call);
        let first = match weather {
            Weather::Doubled => Some(deliver(router.clone(), (method.clone(), &target), &headers, body.clone()).await?),
            _ => None,
        };
        let answer = deliver(router, (method, &target), &headers, body).await?;
        // A doubled call stands in the log once, unless its two answers differ: the second may be one too many for a quota.
        if let Some(first) = first.filter(|first| first.status != answer.status) {
            let text = String::from_utf8_lossy(&first.body).into_owned();
            self.inner(|inner| inner.log.push(Logged { status: Some(first.status), answer: text, ..logged.clone() }));
        }
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        self.inner(|inner| inner.log.push(Logged { status: Some(answer.status), answer: text, ..logged }));
        if weather == Weather::AnswerLost { Err(TransportError::Timeout) } else { Ok(answer) }
    }
}

fn pair(one: &str, two: &str) -> (String, String) {
    let (first, second) = if one < two { (one, two) } else { (two, one) };
    (first.to_owned(), second.to_owned())
}

fn headers_of(call: &Call<'_>) -> HeaderMap {
    call.headers().iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Who signed, by the address of the key.
fn signer(call: &Call<'_>) -> String {
    let signed = call.headers().iter().filter(|(name, _)| matches!(name.as_str(), "signature" | "signature-input"));
    let lines = signed.filter_map(|(_, value)| value.to_str().ok());
    let key = lines.flat_map(|line| line.split("keyid=\"").chain(line.split("keyId=\"")).skip(1)).find(|rest| rest.starts_with("http"));
    let key = key.and_then(|rest| rest.split('"').next()).and_then(|text| Iri::parse(text).ok());
    key.map(|key| key.origin().as_str().to_owned()).unwrap_or_default()
}

async fn deliver(
    router: Router,
    (method, target): (http::Method, &str),
    headers: &HeaderMap,
    body: Option<bytes::Bytes>,
) -> Result<Answer, TransportError> {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    if let Some(body) = &body {
        request = request.header(header::CONTENT_LENGTH, body.len());
    }
    let request = request.body(body.map_or_else(Body::empty, Body::from)).map_err(|_| TransportError::Refused("request"))?;
    let response = router.oneshot(request).await.map_err(|_| TransportError::Connect)?;
    let (parts, body) = response.into_parts();
    let text = |name| parts.headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok()).map(ToOwned::to_owned);
    let (kind, after) = (text(header::CONTENT_TYPE), text(header::RETRY_AFTER));
    let body = to_bytes(body, 1024 * 1024).await.map_err(|_| TransportError::TooLarge)?;
    Ok(Answer { status: parts.status.as_u16(), content_type: kind, retry_after: after, body })
}

impl Transport for Network {
    fn send<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        async move { self.carry(&call).await }.boxed()
    }
}
