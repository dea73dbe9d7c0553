//! For stepped stories on a set clock: partners without sockets that answer as they are told and keep what they took, in order.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use haven::audit::By;
use haven::base::{Clock, Id, Iri, Origin, SystemChance, Timestamp};
use haven::features::partners;
use haven::federation::keys::{KeyPair, KeySource};
use haven::testing::clock::SetClock;
use haven::testing::keys::RecordedKeys;
use haven::testing::peer::Hand;
use haven::testing::site::{TestSite, Town};
use serde_json::{Value, json};
use tower::ServiceExt;

/// One answer: a status and perhaps `Retry-After`.
#[derive(Clone, Debug)]
pub struct Answer(pub u16, pub Option<String>);

#[derive(Default)]
struct Inner {
    next: VecDeque<Answer>,
    usual: Option<Answer>,
    asked: Vec<(Timestamp, u16, Value)>,
    clock: Option<Arc<SetClock>>,
    host: String,
}

/// A partner that answers by a script.
#[derive(Clone, Default)]
pub struct Answers(Arc<Mutex<Inner>>);

impl Answers {
    fn inner<T>(&self, with: impl FnOnce(&mut Inner) -> T) -> T {
        with(&mut self.0.lock().expect("no panic"))
    }

    /// One that notes when it was asked, by this clock.
    pub fn timed(clock: &Arc<SetClock>) -> Self {
        let answers = Self::default();
        answers.inner(|inner| inner.clock = Some(Arc::clone(clock)));
        answers
    }

    /// The next answers, one after the other; then it is 202 again, or what is usual.
    pub fn script(&self, answers: impl IntoIterator<Item = Answer>) {
        self.inner(|inner| inner.next = answers.into_iter().collect());
    }

    /// What is answered from now on.
    pub fn usually(&self, answer: Option<Answer>) {
        self.inner(|inner| inner.usual = answer);
    }

    /// How many requests came.
    pub fn count(&self) -> usize {
        self.inner(|inner| inner.asked.len())
    }

    /// Moment, answer and activity of each request from number `from` on.
    pub fn asked(&self, from: usize) -> Vec<(Timestamp, u16, Value)> {
        self.inner(|inner| inner.asked[from..].to_vec())
    }

    /// Everything that was taken, in order.
    pub fn taken(&self) -> Vec<Value> {
        self.inner(|inner| inner.asked.iter().filter(|(_, status, _)| *status < 300).map(|(_, _, said)| said.clone()).collect())
    }

    /// Its door.
    pub fn router(&self) -> Router {
        Router::new().fallback(answer).with_state(self.clone())
    }
}

async fn answer(State(answers): State<Answers>, request: Request) -> Response {
    if request.method() == http::Method::GET {
        let host = answers.inner(|inner| inner.host.clone());
        let response = Response::builder().header("content-type", "application/activity+json");
        return response.body(Body::from(person(&host).to_string())).expect("a response");
    }
    let body = to_bytes(request.into_body(), 1 << 21).await.unwrap_or_default();
    let Answer(status, again) = answers.inner(|inner| {
        let answer = inner.next.pop_front().or_else(|| inner.usual.clone()).unwrap_or(Answer(202, None));
        let now = inner.clock.as_ref().map_or(Timestamp::EPOCH, |clock| clock.now());
        inner.asked.push((now, answer.0, serde_json::from_slice(&body).unwrap_or_default()));
        answer
    });
    let mut response = Response::builder().status(status);
    if let Some(again) = again {
        response = response.header("retry-after", again);
    }
    response.body(Body::empty()).expect("a response")
}

/// Names a partner without the handshake.
pub async fn named(site: &TestSite, host: &str) {
    let origin = Origin::parse(&format!("http://{host}")).expect("an address");
    let mut tx = site.database.begin().await.expect("a unit of work");
    partners::propose(&mut tx, &site.site.here(), &origin, false, true, By::console()).await.expect("named");
    tx.commit().await.expect("kept");
}

/// The key of everybody at the scripted partners.
fn key() -> KeyPair {
    RecordedKeys::starting_at(3).fresh().expect("a recorded key")
}

/// The document of piet at this host.
fn person(host: &str) -> Value {
    let uri = format!("http://{host}/p/piet");
    json!({
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": uri, "type": "Person", "preferredUsername": "piet", "name": "piet", "inbox": format!("{uri}/inbox"),
        "outbox": format!("{uri}/outbox"), "endpoints": {"sharedInbox": format!("http://{host}/inbox")},
        "publicKey": {"id": format!("{uri}#main-key"), "owner": uri, "publicKeyPem": key().public_pem()},
    })
}

/// Piet at this host says something at the inbox of a site; gives the status.
pub async fn knock(site: &TestSite, host: &str, verb: &str, object: &str) -> u16 {
    let (uri, name) = (format!("http://{host}/p/piet"), Id::random(&SystemChance));
    let body = json!({"id": format!("http://{host}/a/{name}"), "type": verb, "actor": uri, "object": object}).to_string();
    let inbox = Iri::parse(&format!("http://{}/inbox", site.host)).expect("an address");
    let hand = Hand { key: &key(), key_id: &format!("{uri}#main-key") };
    let mut request = http::Request::post("/inbox");
    for (name, value) in hand.post(&inbox, &body, site.site.now()) {
        request = request.header(name, value);
    }
    let request = request.body(Body::from(body)).expect("a request");
    site.router.clone().oneshot(request).await.expect("an answer").status().as_u16()
}

/// Piet at this host becomes a member of the group, so that what is said there goes to the host.
pub async fn joined(town: &Town, site: &TestSite, answers: &Answers, host: &str, group: &Iri) {
    answers.inner(|inner| host.clone_into(&mut inner.host));
    town.network.plug(host, answers.router());
    assert_eq!(knock(site, host, "Follow", group.as_str()).await, 202);
    town.settle(&[site]).await.expect("settled");
    assert!(answers.taken().iter().any(|said| said["type"] == "Accept"), "piet is in: {:?}", answers.taken());
}

/// One number of a site's database.
pub async fn count(site: &TestSite, text: &str) -> i64 {
    let mut conn = site.database.read().await.expect("a reader");
    let (number,): (i64,) = sqlx::query_as(sqlx::AssertSqlSafe(text.to_owned())).fetch_one(conn.sql()).await.expect("a number");
    number
}
