//! A network without sockets: a call goes straight into the router of the site that is meant, with the same bytes as on
//! the wire. It keeps a log of what was sent, and can lose, double or refuse calls when a test says so.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, header};
use tower::ServiceExt;

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
}

/// One call that was made.
#[derive(Clone, Debug)]
pub struct Logged {
    /// Authority of the other side.
    pub to: String,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path and query.
    pub target: String,
    /// The body.
    pub body: String,
    /// Status that came back; `None` when nothing came back.
    pub status: Option<u16>,
}

#[derive(Default)]
struct Inner {
    sites: BTreeMap<String, Router>,
    weather: Vec<Weather>,
    log: Vec<Logged>,
}

/// The network between the sites of a test. Clones share it.
#[derive(Clone, Default)]
pub struct Network(Arc<Mutex<Inner>>);

impl Network {
    fn inner<T>(&self, with: impl FnOnce(&mut Inner) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
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

    async fn carry(&self, call: &Call<'_>) -> Result<Answer, TransportError> {
        let to = call.origin.authority().to_owned();
        let weather = self.inner(|inner| inner.weather.pop().unwrap_or_default());
        let logged = Logged {
            to: to.clone(),
            method: if call.method == Method::Post { "POST" } else { "GET" },
            target: call.url.target(),
            body: call.body.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default(),
            status: None,
        };
        let router = self.inner(|inner| inner.sites.get(&to).cloned());
        let (Some(router), false) = (router, weather == Weather::Lost) else {
            self.inner(|inner| inner.log.push(logged));
            return Err(TransportError::Connect);
        };
        if weather == Weather::Broken {
            self.inner(|inner| inner.log.push(Logged { status: Some(500), ..logged }));
            return Ok(Answer { status: 500, ..Answer::default() });
        }
        if weather == Weather::Doubled {
            deliver(router.clone(), call).await?;
        }
        let answer = deliver(router, call).await?;
        self.inner(|inner| inner.log.push(Logged { status: Some(answer.status), ..logged }));
        if weather == Weather::AnswerLost { Err(TransportError::Timeout) } else { Ok(answer) }
    }
}

async fn deliver(router: Router, call: &Call<'_>) -> Result<Answer, TransportError> {
    let method = if call.method == Method::Post { http::Method::POST } else { http::Method::GET };
    let mut request = Request::builder().method(method).uri(call.url.target());
    for (name, value) in &call.headers {
        request = request.header(name, value);
    }
    if let Some(body) = &call.body {
        request = request.header(header::CONTENT_LENGTH, body.len());
    }
    let body = call.body.clone().map_or_else(Body::empty, Body::from);
    let request = request.body(body).map_err(|_| TransportError::Refused("request"))?;
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
