//! Another organisation as a scripted peer over real sockets: it serves its people's documents, signs what they say, keeps
//! everything that is delivered to it in order, and answers as it is told.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use haven::base::{Clock, Id, Iri, SystemChance, SystemClock};
use haven::federation::keys::{KeyPair, KeySource};
use haven::testing::keys::RecordedKeys;
use haven::testing::peer::Hand;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

#[derive(Default)]
struct Door {
    documents: Mutex<HashMap<String, Value>>,
    got: Mutex<Vec<Value>>,
}

/// The organisation.
#[derive(Clone)]
pub struct Partner {
    /// Scheme, host, port.
    pub origin: String,
    key: Arc<KeyPair>,
    door: Arc<Door>,
}

async fn answer(State(door): State<Arc<Door>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 21).await.unwrap_or_default();
    let path = parts.uri.path().to_owned();
    if parts.method == hyper::Method::POST {
        door.got.lock().expect("no panic").push(serde_json::from_slice(&body).unwrap_or_default());
        return Response::builder().status(202).body(Body::empty()).expect("a response");
    }
    let document = door.documents.lock().expect("no panic").get(&path).cloned();
    let status = if document.is_some() { 200 } else { 404 };
    let text = document.map(|document| document.to_string()).unwrap_or_default();
    Response::builder().status(status).header("content-type", "application/activity+json").body(Body::from(text)).expect("a response")
}

impl Partner {
    /// Opens its door on loopback. `key` chooses one of the recorded keys.
    pub async fn open(key: usize) -> Self {
        let door = Arc::new(Door::default());
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&door));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let key = Arc::new(RecordedKeys::starting_at(key).fresh().expect("a recorded key"));
        let partner = Self { origin, key, door };
        partner.person("piet");
        partner
    }

    /// The address of somebody here.
    pub fn persona(&self, name: &str) -> String {
        format!("{}/p/{name}", self.origin)
    }

    fn person(&self, name: &str) {
        let (uri, origin) = (self.persona(name), &self.origin);
        let document = json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": uri, "type": "Person", "preferredUsername": name, "name": name,
            "inbox": format!("{uri}/inbox"), "outbox": format!("{uri}/outbox"), "endpoints": {"sharedInbox": format!("{origin}/inbox")},
            "publicKey": {"id": format!("{uri}#main-key"), "owner": uri, "publicKeyPem": self.key.public_pem()},
        });
        self.door.documents.lock().expect("no panic").insert(format!("/p/{name}"), document);
    }

    /// Everything that was delivered so far, in order, also what came twice.
    pub fn got(&self) -> Vec<Value> {
        self.door.got.lock().expect("no panic").clone()
    }

    /// How many deliveries came.
    pub fn count(&self) -> usize {
        self.door.got.lock().expect("no panic").len()
    }

    /// Something piet says about something.
    pub fn says(&self, verb: &str, name: &str, object: &Value) -> Value {
        json!({
            "@context": "https://www.w3.org/ns/activitystreams", "type": verb, "id": format!("{}/a/{name}", self.origin),
            "actor": self.persona("piet"), "object": object, "published": SystemClock.now().rfc3339(),
        })
    }

    /// A fresh name for an activity.
    pub fn name() -> String {
        Id::random(&SystemChance).to_string()
    }

    /// The address of an object of ours.
    pub fn object(&self, name: &str) -> String {
        format!("{}/o/{name}", self.origin)
    }

    /// A post of piet for a group.
    pub fn create(&self, name: &str, group: &str, text: &str) -> Value {
        let mut said = self.says("Create", name, &self.note(name, group, text));
        said["to"] = json!([group]);
        said["audience"] = json!(group);
        said
    }

    /// A changed post. `version` grows.
    pub fn update(&self, name: &str, group: &str, version: i64) -> Value {
        let mut note = self.note(name, group, &format!("{name} version {version}"));
        note["updated"] = json!(SystemClock.now().plus(std::time::Duration::from_millis(u64::try_from(version).unwrap_or(0))).rfc3339());
        let mut said = self.says("Update", &format!("{name}-{version}"), &note);
        said["to"] = json!([group]);
        said["audience"] = json!(group);
        said
    }

    fn note(&self, name: &str, group: &str, text: &str) -> Value {
        json!({"id": self.object(name), "type": "Note", "attributedTo": self.persona("piet"), "to": [group], "audience": group,
            "content": format!("<p>{text}</p>"), "published": SystemClock.now().rfc3339()})
    }

    /// A line to a house, on which piet speaks.
    pub fn line(&self, to: &str) -> Line {
        Line { partner: self.clone(), to: to.to_owned(), open: None, close: false }
    }
}

/// What a house answered.
#[derive(Clone, Debug)]
pub struct Said {
    /// Status.
    pub status: u16,
    /// `Retry-After`.
    pub again: Option<u64>,
}

/// One connection to a house, opened again when it breaks.
pub struct Line {
    partner: Partner,
    to: String,
    open: Option<SendRequest<Full<Bytes>>>,
    /// Whether each request has a connection of its own.
    pub close: bool,
}

impl Line {
    /// Signs and sends; `None` when there was no answer.
    pub async fn send(&mut self, activity: &Value) -> Option<Said> {
        let body = activity.to_string();
        let inbox = Iri::parse(&format!("{}/inbox", self.to)).expect("an address");
        let key_id = format!("{}#main-key", self.partner.persona("piet"));
        let hand = Hand { key: &self.partner.key, key_id: &key_id };
        let mut request = hyper::Request::post("/inbox");
        for (name, value) in hand.post(&inbox, &body, SystemClock.now()) {
            request = request.header(name, value);
        }
        if self.close {
            request = request.header("connection", "close");
        }
        let request = request.body(Full::new(Bytes::from(body))).expect("a request");
        let sent = self.exchange(request).await;
        if sent.is_none() || self.close {
            self.open = None;
        }
        sent
    }

    async fn exchange(&mut self, request: hyper::Request<Full<Bytes>>) -> Option<Said> {
        if self.open.as_ref().is_none_or(SendRequest::is_closed) {
            let stream = TcpStream::connect(self.to.strip_prefix("http://")?).await.ok()?;
            stream.set_nodelay(true).ok()?;
            let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
            tokio::spawn(connection);
            self.open = Some(sender);
        }
        let sender = self.open.as_mut()?;
        sender.ready().await.ok()?;
        let response = sender.send_request(request).await.ok()?;
        let status = response.status().as_u16();
        let again = response.headers().get("retry-after").and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
        response.into_body().collect().await.ok()?;
        Some(Said { status, again })
    }

    /// Sends until it is accepted, as a partner does, for ten minutes at least. How often it was not.
    pub async fn insist(&mut self, activity: &Value) -> usize {
        for refused in 0..6000 {
            if self.send(activity).await.is_some_and(|said| said.status == 202) {
                return refused;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("an activity was never accepted: {activity}");
    }
}
