//! Keys and repetitions at the door of a whole site: SIG-10, SIG-13, SIG-14, SIG-17 and SIG-21 of the threats, on both engines.
//! The partner is a table of documents and a few keys; what the site asks it is counted.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use futures::future::join_all;
use haven::base::{Clock, Iri, Origin};
use haven::features::accounts::Role;
use haven::features::groups::{self, JoinRule};
use haven::federation::keys::{KeyPair, KeySource};
use haven::federation::partners;
use haven::testing::database::{self, TestDb};
use haven::testing::keys::RecordedKeys;
use haven::testing::peer::{Hand, Header};
use haven::testing::site::{TestSite, Town};
use http::{Request, StatusCode, Uri};
use serde_json::{Value, json};
use tower::ServiceExt;

const PIET: &str = "http://p.test/p/piet";
const MAIN: &str = "http://p.test/p/piet#main-key";
const CERTIFICATE: &str = include_str!("../src/testing/keys/certificate.pem");

static KEYS: LazyLock<Vec<KeyPair>> = LazyLock::new(|| {
    let recorded = RecordedKeys::default();
    (0..3).map(|_| recorded.fresh().unwrap()).collect()
});

fn pem(number: usize) -> String {
    KEYS[number].public_pem()
}

/// An actor's document with this key.
fn actor(id: &str, kind: &str, key: &str) -> Value {
    json!({"id": id, "type": kind, "name": "Piet", "inbox": format!("{id}/inbox"), "updated": "2026-01-01T00:00:00Z",
        "haven:sharedWith": [{"id": "http://v.test", "name": "v"}],
        "publicKey": {"id": format!("{id}#main-key"), "owner": id, "publicKeyPem": key}})
}

type Served = Arc<Mutex<BTreeMap<String, Value>>>;

struct Scene {
    town: Town,
    site: TestSite,
    group: Iri,
    served: Served,
    said: usize,
}

impl Scene {
    async fn set(database: TestDb) -> Self {
        let town = Town::default();
        let site = town.open("v.test", database, 1).await.unwrap();
        let mut tx = site.database.begin().await.unwrap();
        let origin = Origin::parse("http://p.test").unwrap();
        partners::name(&mut tx, &site.site.here(), &origin, false).await.unwrap();
        tx.commit().await.unwrap();
        let served = Served::default();
        let documents = Arc::clone(&served);
        let answer = async move |uri: Uri| {
            let found = documents.lock().unwrap().get(uri.path()).map(Value::to_string);
            found.map_or_else(
                || StatusCode::NOT_FOUND.into_response(),
                |body| ([("content-type", "application/activity+json")], body).into_response(),
            )
        };
        town.network.plug("p.test", Router::new().fallback(answer));
        let anna = site.person("Anna", Role::Member).await;
        let group = site.group(&anna.persona.id, "Letters", JoinRule::Open, &["p.test"]).await;
        let scene = Self { town, site, group: group.uri, served, said: 0 };
        scene.serve("/p/piet", actor(PIET, "Person", &pem(0)));
        scene
    }

    fn serve(&self, path: &str, document: Value) {
        self.served.lock().unwrap().insert(path.to_owned(), document);
    }

    /// How often the partner was asked so far.
    fn asked(&self) -> usize {
        self.town.network.log().len()
    }

    fn sentence(&mut self, verb: &str, object: &Value) -> String {
        self.said += 1;
        let mut said = json!({"id": format!("http://p.test/a/{}", self.said), "type": verb, "actor": PIET, "object": object});
        if verb == "Create" {
            said["audience"] = json!(self.group);
        }
        said.to_string()
    }

    fn note(&self, id: &str, text: &str) -> Value {
        json!({"id": id, "type": "Note", "attributedTo": PIET, "content": text, "audience": self.group, "to": [self.group]})
    }

    fn signed(&self, key: usize, key_id: &str, body: &str) -> Vec<Header> {
        Hand { key: &KEYS[key], key_id }.post(&Iri::parse("http://v.test/inbox").unwrap(), body, self.town.clock.now())
    }

    async fn send(&self, headers: &[Header], body: &str) -> u16 {
        let mut request = Request::post("/inbox");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        self.site.router.clone().oneshot(request).await.unwrap().status().as_u16()
    }

    /// Something harmless, signed with this key. The status, and how often the partner was asked for it.
    async fn knocks(&mut self, key: usize, key_id: &str) -> (u16, usize) {
        let (body, before) = (self.sentence("Like", &json!("http://v.test/o/x")), self.asked());
        let status = self.send(&self.signed(key, key_id, &body), &body).await;
        (status, self.asked() - before)
    }

    async fn number(&self, text: &'static str) -> i64 {
        let mut conn = self.site.database.read().await.unwrap();
        let (number,): (i64,) = sqlx::query_as(text).fetch_one(conn.sql()).await.unwrap();
        number
    }

    /// Lets the inbox be handled; how many posts there are then.
    async fn posts(&self) -> i64 {
        while self.site.site.federation.handle_inbox(&self.site.site.here()).await.unwrap() > 0 {}
        self.number("SELECT COUNT(*) FROM posts").await
    }

    async fn joins(&mut self) {
        let follow = self.sentence("Follow", &json!(self.group));
        assert_eq!(self.send(&self.signed(0, MAIN, &follow), &follow).await, 202);
        self.posts().await;
    }
}

async fn scenes() -> Vec<Scene> {
    let mut scenes = Vec::new();
    for database in database::both().await {
        scenes.push(Scene::set(database).await);
    }
    scenes
}

#[tokio::test]
async fn sig_14_a_changed_key_is_asked_for_once_and_the_old_one_is_over() {
    for mut scene in scenes().await {
        assert_eq!(scene.knocks(0, MAIN).await, (202, 1), "the first time it is asked for");
        assert_eq!(scene.knocks(0, MAIN).await, (202, 0), "and then known");
        assert_eq!(scene.knocks(1, MAIN).await, (401, 1), "a key that was not announced");
        assert_eq!(scene.knocks(1, MAIN).await, (401, 0), "a wrong key is no reason to ask again within a minute");
        scene.serve("/p/piet", actor(PIET, "Person", &pem(1)));
        scene.town.clock.advance(Duration::from_secs(61));
        assert_eq!(scene.knocks(1, MAIN).await, (202, 1), "the new key");
        assert_eq!(scene.knocks(0, MAIN).await, (401, 0), "the old key");
        scene.town.clock.advance(Duration::from_secs(61));
        assert_eq!(scene.knocks(0, MAIN).await, (401, 1), "the old key, looked after once more");
        assert_eq!(scene.knocks(1, MAIN).await, (202, 0), "the new key again");
        // A document that takes the inbox elsewhere together with the key is not believed at all (ORG-19).
        let mut moved = actor(PIET, "Person", &pem(2));
        moved["inbox"] = json!("http://e.test/inbox");
        scene.serve("/p/piet", moved);
        scene.town.clock.advance(Duration::from_secs(61));
        assert_eq!(scene.knocks(2, MAIN).await, (401, 1));
        assert_eq!(scene.knocks(1, MAIN).await, (202, 0));
    }
}

#[tokio::test]
async fn sig_13_a_key_belongs_to_whom_lists_it() {
    for mut scene in scenes().await {
        let id = "http://p.test/keys/1";
        let key = json!({"id": id, "owner": PIET, "publicKeyPem": pem(1), "type": "Key"});
        let stub = |owner: &str, listed: &str| {
            let mut stub = actor(owner, "Person", &pem(1));
            stub["publicKey"]["id"] = json!(listed);
            stub
        };
        let foreign = stub("http://e.test/p/eve", id);
        let mut other_owner = stub("http://p.test/p/pia", id);
        other_owner["publicKey"]["owner"] = json!(PIET);
        for (what, document) in [
            ("a key that its owner does not list", key),
            ("a stub of an actor that does not list it", stub(PIET, id)),
            ("an actor of another house", foreign),
            ("somebody else's key in a document", other_owner),
            ("an actor under another address", actor("http://p.test/p/pia", "Person", &pem(1))),
        ] {
            // Nobody proved anything yet, and such questions are few in a minute.
            scene.town.clock.advance(Duration::from_secs(61));
            scene.serve("/keys/1", document);
            let (status, asked) = scene.knocks(1, id).await;
            assert_eq!(status, 401, "{what}");
            assert!(asked > 0, "{what}: it was looked at");
            assert_eq!(scene.number("SELECT COUNT(*) FROM actors WHERE partner_id IS NOT NULL").await, 0, "{what}");
        }
        // Both say so: then it is.
        scene.serve("/keys/1", stub(PIET, id));
        scene.serve("/p/piet", stub(PIET, id));
        assert_eq!(scene.knocks(1, id).await, (202, 2));
    }
    // The same with a key that stands on its own.
    for mut scene in scenes().await {
        let id = "http://p.test/keys/1";
        scene.serve("/keys/1", json!({"id": id, "owner": PIET, "publicKeyPem": pem(1), "type": "Key"}));
        let mut piet = actor(PIET, "Person", &pem(1));
        piet["publicKey"]["id"] = json!(id);
        scene.serve("/p/piet", piet);
        assert_eq!(scene.knocks(1, id).await, (202, 2), "its owner lists it");
        assert_eq!(scene.knocks(1, id).await, (202, 0), "and it is known");
    }
}

/// An RSA key with a made-up modulus of so many bytes.
fn made_up(bytes: usize, exponent: &[u8]) -> String {
    let der = |tag: u8, content: &[u8]| {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82, length[0], length[1]], content].concat()
    };
    let short = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
    let modulus = [&[0, 0xc5][..], &vec![0x5a; bytes - 2], &[0x0d]].concat();
    let modulus = if modulus.len() < 128 {
        short(2, &modulus)
    } else if modulus.len() < 256 {
        [&[2, 0x81, u8::try_from(modulus.len()).unwrap()], &modulus[..]].concat()
    } else {
        der(2, &modulus)
    };
    let body = [modulus, short(2, exponent)].concat();
    let wrap = |tag: u8, content: &[u8]| match content.len() {
        0..128 => short(tag, content),
        128..256 => [&[tag, 0x81, u8::try_from(content.len()).unwrap()], content].concat(),
        _ => der(tag, content),
    };
    let algorithm = [0x30, 13, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let spki = wrap(0x30, &[&algorithm[..], &wrap(3, &[&[0], &wrap(0x30, &body)[..]].concat())].concat());
    let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, spki);
    format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
}

#[tokio::test]
async fn sig_17_keys_that_prove_nothing_are_not_taken_in() {
    let weak = [
        ("512 bits", made_up(64, &[1, 0, 1])),
        ("1024 bits", made_up(128, &[1, 0, 1])),
        ("2040 bits", made_up(255, &[1, 0, 1])),
        ("exponent 1", made_up(256, &[1])),
        ("an even exponent", made_up(256, &[4])),
        ("8192 bits", made_up(1024, &[1, 0, 1])),
        ("16384 bits", made_up(2048, &[1, 0, 1])),
        ("a certificate", CERTIFICATE.to_owned()),
        ("a private key", include_str!("../src/testing/keys/0.pem").to_owned()),
        ("two keys", pem(0) + &pem(1)),
        ("half a megabyte", format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", "A".repeat(1 << 19))),
        ("nothing", String::new()),
        (
            "an Ed25519 point of zeros",
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----\n"
                .to_owned(),
        ),
    ];
    for mut scene in scenes().await {
        for (at, (what, key)) in weak.iter().enumerate() {
            scene.town.clock.advance(Duration::from_secs(61));
            // Whoever knocks with it is not let in.
            scene.serve("/p/piet", actor(PIET, "Person", key));
            assert_eq!(scene.knocks(0, MAIN).await.0, 401, "{what}");
            // And a member who looks up a group with such a key finds nothing: here no signature would have been asked for.
            let (path, id) = (format!("/g/{at}"), format!("http://p.test/g/{at}"));
            scene.serve(&path, actor(&id, "Group", key));
            let found = groups::find(&scene.site.site, &Iri::parse(&id).unwrap()).await;
            // Too long for a key at all: the document is then one without a key, which proves nothing and is nobody's.
            let without_key = what.contains("megabyte");
            assert!(found.is_err() || without_key, "{what}");
            let text = "SELECT COUNT(*) FROM actors WHERE partner_id IS NOT NULL AND public_key <> ''";
            assert_eq!(scene.number(text).await, 0, "{what}: nothing of it is stored");
        }
        scene.serve("/g/right", actor("http://p.test/g/right", "Group", &pem(1)));
        groups::find(&scene.site.site, &Iri::parse("http://p.test/g/right").unwrap()).await.unwrap();
    }
}

#[tokio::test]
async fn sig_21_the_same_request_has_its_effect_once_also_after_a_restart() {
    for mut scene in scenes().await {
        scene.joins().await;
        let note = scene.note("http://p.test/o/1", "once");
        let body = scene.sentence("Create", &note);
        let headers = scene.signed(0, MAIN, &body);
        let statuses = join_all((0..4).map(|_| scene.send(&headers, &body))).await;
        assert_eq!(statuses, [202; 4], "four times at once");
        assert_eq!(scene.posts().await, 1);
        scene.town.clock.advance(Duration::from_mins(4));
        assert_eq!(scene.send(&headers, &body).await, 202);
        assert_eq!(scene.posts().await, 1, "within the window");
        // The same name for something else is the same sentence.
        let mut other: Value = serde_json::from_str(&body).unwrap();
        other["object"] = scene.note("http://p.test/o/2", "twice");
        let other = other.to_string();
        assert_eq!(scene.send(&scene.signed(0, MAIN, &other), &other).await, 202);
        assert_eq!(scene.posts().await, 1, "the same name again");
        scene.town.reopen(&mut scene.site, 7).await.unwrap();
        assert_eq!(scene.send(&headers, &body).await, 202);
        assert_eq!(scene.posts().await, 1, "after a restart");
        assert_eq!(scene.number("SELECT COUNT(*) FROM inbox WHERE verb = 'Create'").await, 1);
        scene.town.clock.advance(Duration::from_mins(6));
        assert_eq!(scene.send(&headers, &body).await, 401, "after the window");
        assert_eq!(scene.posts().await, 1);
    }
}

#[tokio::test]
async fn sig_10_what_stands_twice_is_not_read_at_all() {
    for mut scene in scenes().await {
        assert_eq!(scene.knocks(0, MAIN).await.0, 202);
        let stored = scene.number("SELECT COUNT(*) FROM inbox").await;
        for name in ["signature", "digest", "date", "host", "content-type"] {
            let body = scene.sentence("Like", &json!("http://v.test/o/x"));
            let headers = scene.signed(0, MAIN, &body);
            let good = headers.iter().find(|(own, _)| *own == name).unwrap().1.clone();
            for bad in [good.as_str(), "e.test", ""] {
                let after: Vec<Header> = headers.iter().cloned().chain([(name, bad.to_owned())]).collect();
                let before: Vec<Header> = [(name, bad.to_owned())].into_iter().chain(headers.clone()).collect();
                for headers in [after, before] {
                    let status = scene.send(&headers, &body).await;
                    assert!(matches!(status, 400 | 401 | 421), "{name}: {status}");
                }
            }
        }
        assert_eq!(scene.number("SELECT COUNT(*) FROM inbox").await, stored);
    }
}
