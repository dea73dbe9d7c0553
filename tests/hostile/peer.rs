//! A scripted instance: serves what it is told to serve, misbehaves as it is told to, and keeps every byte it gets.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Handle;

use crate::pen::Actor;

/// One request that came in.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Headers, lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: String,
}

impl Seen {
    /// A header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Everything as one text.
    pub fn whole(&self) -> String {
        let headers: Vec<String> = self.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        format!("{} {}\n{}\n\n{}", self.method, self.target, headers.join("\n"), self.body)
    }
}

/// How a body comes.
#[derive(Clone, Debug)]
pub enum Content {
    /// All of it.
    Whole(String),
    /// Never an end.
    Endless,
    /// A byte each quarter of a second.
    Trickle,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    content: Content,
    wait: Duration,
    cut: bool,
}

impl Reply {
    /// A status and nothing else.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), content: Content::Whole(String::new()), wait: Duration::ZERO, cut: false }
    }

    /// A document with the right media type.
    pub fn document(body: &Value) -> Self {
        Self::status(200).with("content-type", "application/activity+json").content(Content::Whole(body.to_string()))
    }

    /// With a header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(key, _)| key != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without a header.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(key, _)| key != name);
        self
    }

    /// With another status.
    #[must_use]
    pub fn coded(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// After so long.
    #[must_use]
    pub const fn after(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// With another body.
    #[must_use]
    pub fn content(mut self, content: Content) -> Self {
        self.content = content;
        self
    }

    /// The request is read, and the connection cut without an answer.
    pub fn cut() -> Self {
        Self { cut: true, ..Self::status(202) }
    }
}

#[derive(Default)]
struct State {
    log: Mutex<Vec<Seen>>,
    replies: Mutex<HashMap<String, Reply>>,
    connections: AtomicUsize,
    answered: AtomicUsize,
}

/// The instance.
#[derive(Clone)]
pub struct Peer {
    /// Its letter in the catalogue.
    pub name: &'static str,
    /// Scheme, host, port.
    pub origin: String,
    state: Arc<State>,
}

impl Peer {
    /// Opens its door on `127.0.0.{number}`.
    pub fn open(runtime: &Handle, name: &'static str, number: u8) -> Self {
        let state = Arc::new(State::default());
        let listener = runtime.block_on(TcpListener::bind(SocketAddr::from(([127, 0, 0, number], 0)))).expect("a loopback address");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let serving = Arc::clone(&state);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serving.connections.fetch_add(1, Ordering::SeqCst);
                let state = Arc::clone(&serving);
                tokio::spawn(async move {
                    let service = service_fn(move |request| answer(Arc::clone(&state), request));
                    drop(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
                });
            }
        });
        Self { name, origin, state }
    }

    /// An address here.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// From now on this is answered at this path.
    pub fn serve(&self, path: &str, reply: Reply) {
        self.state.replies.lock().expect("no panic").insert(path.to_owned(), reply);
    }

    /// Serves an actor's own document.
    pub fn serve_actor(&self, actor: &Actor) {
        let path = actor.uri.strip_prefix(&self.origin).expect("one of ours");
        self.serve(path, Reply::document(&actor.document()));
    }

    /// What came in so far.
    pub fn log(&self) -> Vec<Seen> {
        self.state.log.lock().expect("no panic").clone()
    }

    /// Connections and requests so far: grows with everything that reaches this instance.
    pub fn reached(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst) + self.state.log.lock().expect("no panic").len()
    }

    /// Requests from number `from` on.
    pub fn since(&self, from: usize) -> Vec<Seen> {
        self.log().split_off(from)
    }

    /// How many requests came.
    pub fn count(&self) -> usize {
        self.state.log.lock().expect("no panic").len()
    }

    /// Whether this was asked for from number `from` on.
    pub fn was_asked(&self, target: &str, from: usize) -> bool {
        self.since(from).iter().any(|seen| seen.method == "GET" && seen.target == target)
    }

    /// How many requests were answered, or cut off, so far.
    pub fn answered(&self) -> usize {
        self.state.answered.load(Ordering::SeqCst)
    }

    /// How many requests wait for their answer.
    pub fn held(&self) -> usize {
        let answered = self.answered();
        self.count().saturating_sub(answered)
    }

    /// Activities that were posted from number `from` on.
    pub fn activities(&self, from: usize) -> Vec<Value> {
        self.since(from).iter().filter(|seen| seen.method == "POST").map(Seen::json).collect()
    }
}

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Body>, std::io::Error> {
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or_else(|| parts.uri.to_string(), ToString::to_string);
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let seen = Seen {
        method: parts.method.as_str().to_owned(),
        target: target.clone(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    state.log.lock().expect("no panic").push(seen);
    let known = state.replies.lock().expect("no panic").get(&target).cloned();
    let usual = if parts.method == hyper::Method::POST { 202 } else { 404 };
    let reply = known.unwrap_or_else(|| Reply::status(usual));
    tokio::time::sleep(reply.wait).await;
    state.answered.fetch_add(1, Ordering::SeqCst);
    if reply.cut {
        return Err(std::io::ErrorKind::ConnectionReset.into());
    }
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    let body = match reply.content {
        Content::Whole(text) => Body::from(text),
        Content::Endless => Body::from_stream(futures::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 65_536])))),
        Content::Trickle => Body::from_stream(futures::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(250)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
        })),
    };
    Ok(response.body(body).expect("a response"))
}

/// A document of what is not there any more.
pub fn tombstone(id: &str) -> Value {
    json!({"@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": "Tombstone"})
}
