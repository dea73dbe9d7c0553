//! The hostile house: an agreed partner with valid keys that is under somebody else's hand. It signs, serves and answers as it
//! likes, keeps every byte it gets, and shares no code with our own signer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use haven::base::Timestamp;
use haven::federation::keys::KeyPair;
use haven::testing::network::Network;
use haven::testing::peer::Hand;
use haven::testing::site::TestSite;
use serde_json::{Value, json};
use tower::ServiceExt;

pub const HOST: &str = "e.test";
pub const EVE: &str = "http://e.test/p/eve";
pub const FRANK: &str = "http://e.test/p/frank";
pub const DEN: &str = "http://e.test/g/den";
pub const HOUSE: &str = "http://e.test/actor";
const ACTIVITY: &str = "application/activity+json";

/// One request, as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Letter {
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub body: String,
}

#[derive(Default)]
struct Inner {
    got: Vec<Letter>,
    documents: BTreeMap<String, Value>,
    /// Statuses of the next answers to a POST; then 202 again.
    moods: Vec<u16>,
}

/// See the module.
pub struct Eve {
    inner: Arc<Mutex<Inner>>,
    keys: BTreeMap<&'static str, usize>,
    /// Numbers her activities and objects.
    next: u64,
    /// What she sent: to which house, when (by its clock), and what.
    pub sent: Vec<(usize, Timestamp, Letter)>,
}

/// Keys of her own: no honest house has one of them. Made for these tests and public.
const KEYS: [&str; 5] = [
    include_str!("keys/0.pem"),
    include_str!("keys/1.pem"),
    include_str!("keys/2.pem"),
    include_str!("keys/3.pem"),
    include_str!("keys/4.pem"),
];

fn key(number: usize) -> KeyPair {
    KeyPair::from_pkcs8_pem(KEYS[number]).unwrap()
}

fn locked(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap()
}

async fn answer(State(inner): State<Arc<Mutex<Inner>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
    let mut inner = locked(&inner);
    if parts.method == http::Method::POST {
        let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        inner.got.push(Letter { target, headers, body });
        let status = inner.moods.pop().unwrap_or(202);
        return http::StatusCode::from_u16(status).unwrap().into_response();
    }
    match inner.documents.get(&target) {
        Some(document) => ([("content-type", ACTIVITY)], document.to_string()).into_response(),
        None => http::StatusCode::NOT_FOUND.into_response(),
    }
}

impl Eve {
    /// Opens the house. `from`: the number of its first activity, so that two runs on one template never use a number twice.
    pub fn open(network: &Network, from: u64) -> Self {
        let inner = Arc::<Mutex<Inner>>::default();
        let keys = BTreeMap::from([(EVE, 0), (FRANK, 1), (HOUSE, 2), (DEN, 3)]);
        let eve = Self { inner: Arc::clone(&inner), keys, next: from, sent: Vec::new() };
        for who in [EVE, FRANK, HOUSE, DEN] {
            eve.describe(who);
        }
        network.plug(HOST, Router::new().fallback(answer).with_state(inner));
        eve
    }

    fn describe(&self, who: &str) {
        let kind = if who == DEN {
            "Group"
        } else if who == HOUSE {
            "Application"
        } else {
            "Person"
        };
        let name = who.rsplit('/').next().unwrap();
        let shared: Vec<Value> =
            ["a", "b", "c", "d"].iter().map(|host| json!({"id": format!("http://{host}.test"), "name": host})).collect();
        let document = json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1", {"haven": "urn:haven:ns#"}],
            "id": who, "type": kind, "preferredUsername": name, "name": name, "inbox": format!("{who}/inbox"),
            "outbox": format!("{who}/outbox"), "followers": format!("{who}/followers"), "haven:sharedWith": shared,
            "endpoints": {"sharedInbox": "http://e.test/inbox"},
            "publicKey": {"id": format!("{who}#main-key"), "owner": who, "publicKeyPem": key(self.keys[who]).public_pem()},
        });
        locked(&self.inner).documents.insert(who.trim_start_matches("http://e.test").to_owned(), document);
    }

    /// Changes somebody's key; the old one is void from now on.
    pub fn rotate(&mut self, who: &'static str) {
        let now = self.keys[who];
        self.keys.insert(who, if now == 1 { 4 } else { 1 });
        self.describe(who);
    }

    /// What came so far.
    pub fn got(&self) -> Vec<Letter> {
        locked(&self.inner).got.clone()
    }

    /// How she answers the next deliveries.
    pub fn moods(&self, moods: Vec<u16>) {
        locked(&self.inner).moods = moods;
    }

    /// An address of hers that was never used.
    pub fn fresh(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("http://e.test/{kind}/{:026}", self.next)
    }

    /// A sentence in somebody's name.
    pub fn say(&mut self, who: &str, verb: &str, object: &Value) -> Value {
        json!({"@context": "https://www.w3.org/ns/activitystreams", "id": self.fresh("a"), "type": verb, "actor": who, "object": object})
    }

    /// A post for a group.
    pub fn create(&mut self, who: &str, group: &str, text: &str, at: Timestamp) -> Value {
        let note = json!({
            "id": self.fresh("o"), "type": "Note", "attributedTo": who, "to": [group], "audience": group,
            "content": format!("<p>{text}</p>"), "published": at.rfc3339(),
        });
        let mut said = self.say(who, "Create", &note);
        said["to"] = json!([group]);
        said["audience"] = json!(group);
        said
    }

    /// A letter signed as it should be.
    pub fn letter(&self, who: &str, to: &str, body: &str, at: Timestamp) -> Letter {
        self.envelope(who, to, body, at, &["(request-target)", "host", "date", "digest", "content-type"])
    }

    /// A letter that covers these parts.
    pub fn envelope(&self, who: &str, to: &str, body: &str, at: Timestamp, covered: &[&str]) -> Letter {
        self.forged((who, &format!("{who}#main-key")), (to, "/inbox"), (body, body), at, covered)
    }

    /// A letter signed with the key of `by.0` in the name of the key `by.1`, for the target `to.1`, over the body `bodies.0`;
    /// sent to `/inbox` with the body `bodies.1`.
    pub fn forged(&self, by: (&str, &str), to: (&str, &str), bodies: (&str, &str), at: Timestamp, covered: &[&str]) -> Letter {
        let (host, date) = (to.0.to_owned(), at.http_date());
        let digest = format!("SHA-256={}", STANDARD.encode(digest(&SHA256, bodies.0.as_bytes())));
        let parts = [("host", host), ("date", date), ("digest", digest), ("content-type", ACTIVITY.to_owned())];
        let line = |name: &&str| match parts.iter().find(|(part, _)| part == name) {
            Some((_, value)) => format!("{name}: {value}"),
            None => format!("(request-target): post {}", to.1),
        };
        let base: Vec<String> = covered.iter().map(line).collect();
        let key = key(self.keys[by.0]);
        let signature = Hand { key: &key, key_id: by.1 }.header(&covered.join(" "), &base.join("\n"));
        let mut headers: Vec<(String, String)> = parts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        headers.push(("signature".to_owned(), signature));
        Letter { target: "/inbox".to_owned(), headers, body: bodies.1.to_owned() }
    }

    /// A read, signed by the house.
    pub fn question(&self, url: &haven::base::Iri, at: Timestamp) -> Letter {
        let key = key(self.keys[HOUSE]);
        let key_id = format!("{HOUSE}#main-key");
        let headers = Hand { key: &key, key_id: &key_id }.get(url, at);
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Letter { target: url.target(), headers, body: String::new() }
    }
}

/// Brings a letter to a house, past all weather. A letter without a body is a read.
pub async fn bring(site: &TestSite, letter: &Letter) -> Answer {
    let method = if letter.body.is_empty() { http::Method::GET } else { http::Method::POST };
    let mut request = Request::builder().method(method).uri(&letter.target);
    for (name, value) in &letter.headers {
        request = request.header(name, value);
    }
    let response = site.router.clone().oneshot(request.body(Body::from(letter.body.clone())).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = String::from_utf8_lossy(&to_bytes(body, 1 << 20).await.unwrap()).into_owned();
    Answer { status: parts.status.as_u16(), headers: format!("{:?}", parts.headers), body }
}
