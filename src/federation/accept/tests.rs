//! The door in, step by step: who is let past which step, and that whoever is not has cost nothing. Signed by another hand.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method};
use serde_json::{Value, json};

use super::*;
use crate::base::{Id, Origin};
use crate::federation::actors::{Kind, Learned};
use crate::federation::keys::{KeyPair, KeySource};
use crate::federation::partners::{self, State};
use crate::testing::database::both;
use crate::testing::keys::RecordedKeys;
use crate::testing::peer::{Documents, Hand};
use crate::testing::site::{TestSite, Town};

/// A house, and a partner whose people sign by hand.
struct Scene {
    town: Town,
    house: TestSite,
    partner: Id,
    piet: KeyPair,
}

const PIET: &str = "http://p.test/p/piet";
const KEY: &str = "http://p.test/p/piet#main-key";

impl Scene {
    async fn all() -> Vec<Self> {
        let mut scenes = Vec::new();
        for database in both().await {
            let town = Town::default();
            let house = town.open("veld.test", database, 1).await.unwrap();
            let piet = RecordedKeys::starting_at(5).fresh().unwrap();
            let here = house.site.here();
            let mut tx = house.site.db.begin().await.unwrap();
            let partner = partners::name(&mut tx, &here, &Origin::parse("http://p.test").unwrap(), false).await.unwrap().id;
            for name in ["piet", "quinn"] {
                let uri = Iri::parse(&format!("http://p.test/p/{name}")).unwrap();
                let known = Learned {
                    key: (name == "piet").then(|| (KEY.to_owned(), piet.public_pem())),
                    inbox: Iri::parse(&format!("{uri}/inbox")).unwrap(),
                    uri,
                    kind: Kind::Person,
                    name: name.to_owned(),
                    shared_inbox: None,
                };
                actors::learn(&mut tx, &here, &partner, &known).await.unwrap();
            }
            tx.commit().await.unwrap();
            scenes.push(Self { town, house, partner, piet });
        }
        scenes
    }

    /// Through all steps of the door: nothing, or the code of the refusal.
    async fn told(&self, key: &KeyPair, key_id: &str, said: &Value) -> Result<(), &'static str> {
        self.told_by(key_id.split('#').next().unwrap(), (key, key_id), said).await
    }

    /// The same, where the key is that of this actor.
    async fn told_by(&self, owner: &str, (key, key_id): (&KeyPair, &str), said: &Value) -> Result<(), &'static str> {
        let federation = &self.house.site.federation;
        let (here, inbox, body) = (federation.here(), Iri::parse("http://veld.test/inbox").unwrap(), said.to_string());
        let headers: HeaderMap = Hand { key, key_id }
            .post(&inbox, &body, here.now)
            .into_iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap()))
            .collect();
        let request = RawRequest { method: &Method::POST, target: "/inbox", headers: &headers, body: &[] };
        let admitted = federation.admit(&headers, &request, Came { from: None, reads: false }).await.map_err(|denied| unproved(&denied))?;
        let signed = federation.verify(&here, &request, admitted).await.map_err(|denied| unproved(&denied))?;
        assert_eq!(signed.uri().as_str(), owner);
        federation.receive(&here, signed, body.as_bytes()).await.map(drop).map_err(|denied| denied.code())
    }

    /// What the partner serves from now on.
    fn serving(&self) -> Documents {
        let documents = Documents::default();
        self.town.network.plug("p.test", documents.router());
        documents
    }

    /// How often the partner was asked for something.
    fn asked(&self) -> usize {
        self.town.network.log().into_iter().filter(|call| call.to == "p.test").count()
    }

    async fn stored(&self) -> i64 {
        let mut conn = self.house.site.db.read().await.unwrap();
        let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM inbox").fetch_one(conn.sql()).await.unwrap();
        count
    }

    /// Who is known of the partner, with which key, since when.
    async fn actors(&self) -> Vec<(String, String, i64)> {
        let mut conn = self.house.site.db.read().await.unwrap();
        let text = "SELECT uri, public_key, fetched_at FROM actors WHERE partner_id = $1 ORDER BY uri";
        sqlx::query_as(text).bind(self.partner.as_str()).fetch_all(conn.sql()).await.unwrap()
    }

    async fn set(&self, state: State) {
        let mut tx = self.house.site.db.begin().await.unwrap();
        partners::set_state(&mut tx, &self.partner, state, self.house.site.here().now).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// A refusal before anything is proved is the answer to a stranger.
fn unproved(denied: &Denied) -> &'static str {
    assert!(matches!(denied, Denied::TooMany(_)) || denied.status() == 401, "{denied:?} tells who is a partner");
    denied.code()
}

fn actor_document(name: &str, key: &KeyPair) -> String {
    let uri = format!("http://p.test/p/{name}");
    json!({"@context": "https://www.w3.org/ns/activitystreams", "id": uri, "type": "Person", "name": name, "preferredUsername": name,
        "inbox": format!("{uri}/inbox"), "publicKey": {"id": format!("{uri}#main-key"), "owner": uri, "publicKeyPem": key.public_pem()}})
    .to_string()
}

fn create(id: &str, actor: &str) -> Value {
    json!({"@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": "Create", "actor": actor, "object": "http://p.test/o/1"})
}

#[tokio::test]
async fn only_the_owner_of_the_key_speaks_and_only_of_their_own_origin() {
    for scene in Scene::all().await {
        let good = create("http://p.test/a/1", PIET);
        assert_eq!(scene.told(&scene.piet, KEY, &good).await, Ok(()));
        assert_eq!(scene.stored().await, 1);
        assert_eq!(scene.told(&scene.piet, KEY, &good).await, Ok(()), "again is accepted again");
        for (id, actor, why) in [
            ("http://p.test/a/2", "http://p.test/p/quinn", "other-actor"),
            ("http://p.test/a/2", "http://p.test/p/piet2", "other-actor"),
            ("http://q.test/a/2", "http://q.test/p/piet", "other-actor"),
            ("http://q.test/a/2", PIET, "foreign-id"),
        ] {
            assert_eq!(scene.told(&scene.piet, KEY, &create(id, actor)).await, Err(why), "{id} by {actor}");
        }
        assert_eq!(scene.stored().await, 1, "kept once, and nothing of what was refused");
    }
}

/// A row says that somebody of the partner has an address elsewhere: with it nothing is said in the name of that other house.
#[tokio::test]
async fn a_row_that_leads_elsewhere_speaks_for_nobody_there() {
    for scene in Scene::all().await {
        let mut tx = scene.house.site.db.begin().await.unwrap();
        let moved = sqlx::query("UPDATE actors SET uri = 'http://q.test/p/piet' WHERE uri = $1").bind(PIET);
        assert_eq!(moved.execute(tx.sql()).await.unwrap().rows_affected(), 1);
        tx.commit().await.unwrap();
        let elsewhere = "http://q.test/p/piet";
        let said = create("http://q.test/a/1", elsewhere);
        assert_eq!(scene.told_by(elsewhere, (&scene.piet, KEY), &said).await, Err("foreign-id"));
        assert_eq!(scene.stored().await, 0);
    }
}

/// Whoever is met for the first time signs under the address that their document gives to the key, and under no other.
#[tokio::test]
async fn a_key_has_the_address_that_its_owner_gives_it() {
    for scene in Scene::all().await {
        let rose = RecordedKeys::starting_at(6).fresh().unwrap();
        scene.serving().serve("/p/rose", actor_document("rose", &rose));
        let said = create("http://p.test/a/1", "http://p.test/p/rose");
        assert_eq!(scene.told(&rose, "http://p.test/p/rose#other", &said).await, Err("key-not-found"));
        assert_eq!(scene.stored().await, 0);
        assert_eq!(scene.told(&rose, "http://p.test/p/rose#main-key", &said).await, Ok(()));
    }
}

#[tokio::test]
async fn a_key_is_looked_for_at_its_own_partner_only() {
    for scene in Scene::all().await {
        let other = RecordedKeys::starting_at(6).fresh().unwrap();
        let good = create("http://p.test/a/1", PIET);
        assert_eq!(scene.told(&other, KEY, &good).await, Err("bad_signature"), "another key under this name");
        assert_eq!(
            scene.told(&scene.piet, "http://q.test/p/piet#main-key", &create("http://q.test/a/1", "http://q.test/p/piet")).await,
            Err("stranger")
        );
        assert_eq!(
            scene.told(&scene.piet, "http://p.test:81/p/piet#main-key", &good).await,
            Err("stranger"),
            "another port is another host"
        );
        // Quinn is known without a key: the partner is asked for it, and is not there.
        assert_eq!(scene.told(&other, "http://p.test/p/quinn#main-key", &good).await, Err("key-not-found"));
        assert_eq!(scene.stored().await, 0);
        let asked: Vec<String> = scene.town.network.log().into_iter().map(|call| call.to).collect();
        assert!(asked.iter().all(|to| to == "p.test"), "strangers cost no question: {asked:?}");
    }
}

#[tokio::test]
async fn who_is_paused_or_over_is_a_stranger() {
    for scene in Scene::all().await {
        let good = create("http://p.test/a/1", PIET);
        scene.set(State::Paused).await;
        assert_eq!(scene.told(&scene.piet, KEY, &good).await, Err("stranger"));
        // Over, and Piet is still known here: that he is gone could be said, and nothing else.
        scene.set(State::Ended).await;
        assert_eq!(scene.told(&scene.piet, KEY, &good).await, Err("over"));
        let mut tx = scene.house.site.db.begin().await.unwrap();
        sqlx::query("UPDATE actors SET gone_at = 1 WHERE partner_id = $1").bind(scene.partner.as_str()).execute(tx.sql()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(scene.told(&scene.piet, KEY, &good).await, Err("stranger"), "nobody there is known any more");
        scene.set(State::Proposed).await;
        assert_eq!(scene.told(&scene.piet, KEY, &good).await, Err("not-yet-partners"));
        let mut tx = scene.house.site.db.begin().await.unwrap();
        let now = scene.house.site.here().now;
        partners::end(&mut tx, &scene.partner, now, now.plus(std::time::Duration::from_mins(1))).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(scene.told(&scene.piet, KEY, &good).await, Err("over"), "while it closes, nothing new is said");
        assert_eq!(scene.stored().await, 0);
    }
}

#[tokio::test]
async fn a_pause_between_two_steps_of_the_door_wins() {
    for scene in Scene::all().await {
        let federation = &scene.house.site.federation;
        let (here, inbox, body) =
            (federation.here(), Iri::parse("http://veld.test/inbox").unwrap(), create("http://p.test/a/1", PIET).to_string());
        let headers: HeaderMap = Hand { key: &scene.piet, key_id: KEY }
            .post(&inbox, &body, here.now)
            .into_iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap()))
            .collect();
        let request = RawRequest { method: &Method::POST, target: "/inbox", headers: &headers, body: &[] };
        let admitted = federation.admit(&headers, &request, Came { from: None, reads: false }).await.unwrap();
        let signed = federation.verify(&here, &request, admitted).await.unwrap();
        scene.set(State::Paused).await;
        assert_eq!(federation.receive(&here, signed, body.as_bytes()).await.map(drop).map_err(|denied| denied.code()), Err("stranger"));
        assert_eq!(scene.stored().await, 0);
    }
}

#[test]
fn every_refusal_has_its_status_and_says_nothing_else() {
    for (denied, status, code, kind) in [
        (Denied::Signature("key-not-found"), 401, "key-not-found", Some("signature")),
        (Denied::Malformed("unfinished"), 408, "unfinished", Some("malformed")),
        (Denied::Malformed("too-large"), 413, "too-large", Some("malformed")),
        (Denied::Malformed("encoded"), 415, "encoded", Some("malformed")),
        (Denied::Malformed("content-type"), 415, "content-type", Some("malformed")),
        (Denied::Malformed("json"), 400, "json", Some("malformed")),
        (Denied::Stranger, 401, "stranger", None),
        (Denied::TooManyClaims, 401, "too-many-claims", Some("rate")),
        (Denied::Forbidden("over"), 403, "over", Some("forbidden")),
        (Denied::TooMany(3), 429, "too-many", Some("rate")),
        (Denied::Busy, 503, "busy", None),
        (Denied::Db(DbError::Unreadable("x")), 503, "database", None),
        (Denied::from(signature::Refusal::Malformed), 400, "signature_malformed", Some("malformed")),
        (Denied::from(signature::Refusal::Unsigned), 401, "unsigned", Some("signature")),
    ] {
        assert_eq!((denied.status(), denied.code()), (status, code));
        let noted = denied.refused(Proof::Signed);
        assert_eq!(noted, kind.map(|kind| Refused { kind, code, proof: Proof::Signed }), "as the audit log says it");
    }
}

#[tokio::test]
async fn sig_14_a_forger_cannot_keep_a_new_key_away() {
    for scene in Scene::all().await {
        let (new, forged) = (RecordedKeys::starting_at(7).fresh().unwrap(), RecordedKeys::starting_at(8).fresh().unwrap());
        let served = scene.serving();
        let serve = |key: &KeyPair| served.serve("/p/piet", actor_document("piet", key));
        let (one, two) = (create("http://p.test/a/1", PIET), create("http://p.test/a/2", PIET));
        serve(&scene.piet);
        // Somebody spends the question of this minute before the key changes.
        assert_eq!(scene.told(&forged, KEY, &one).await, Err("bad_signature"));
        serve(&new);
        for _ in 0..5 {
            assert_eq!(scene.told(&forged, KEY, &one).await, Err("bad_signature"));
        }
        assert_eq!(scene.asked(), 1, "a wrong signature under a known key asks once a minute");
        // A minute later the forger is faster again, and brings the new key with it.
        scene.town.clock.advance(Duration::from_mins(1));
        assert_eq!(scene.told(&forged, KEY, &one).await, Err("bad_signature"));
        assert_eq!(scene.asked(), 2);
        assert_eq!(scene.told(&new, KEY, &one).await, Ok(()), "the new key counts at once");
        assert_eq!(scene.told(&scene.piet, KEY, &two).await, Err("bad_signature"), "and the old one no more");
        assert_eq!((scene.stored().await, scene.asked()), (1, 2));
    }
}

#[tokio::test]
async fn sig_14_a_new_key_counts_from_the_first_request_that_is_signed_with_it() {
    for scene in Scene::all().await {
        let new = RecordedKeys::starting_at(7).fresh().unwrap();
        let served = scene.serving();
        let (one, two) = (create("http://p.test/a/1", PIET), create("http://p.test/a/2", PIET));
        served.serve("/p/piet", actor_document("piet", &new));
        assert_eq!(scene.told(&new, KEY, &one).await, Ok(()));
        // The next one has a name of its own as well. The old name is no way in, and nobody is asked twice.
        let next = RecordedKeys::starting_at(8).fresh().unwrap();
        served.serve("/p/piet", actor_document("piet", &next).replace("#main-key", "#key-2"));
        scene.town.clock.advance(Duration::from_mins(1));
        assert_eq!(scene.told(&next, KEY, &two).await, Err("bad_signature"), "it is not the key that was named");
        assert_eq!(scene.told(&next, "http://p.test/p/piet#key-2", &two).await, Ok(()));
        assert_eq!((scene.stored().await, scene.asked()), (2, 2));
    }
}

#[tokio::test]
async fn sig_14_what_is_as_it_was_and_what_is_somebody_elses_changes_nothing() {
    for scene in Scene::all().await {
        let forged = RecordedKeys::starting_at(8).fresh().unwrap();
        let served = scene.serving();
        let said = create("http://p.test/a/1", PIET);
        let before = scene.actors().await;
        served.serve("/p/piet", actor_document("piet", &scene.piet));
        scene.town.clock.advance(Duration::from_mins(1));
        assert_eq!(scene.told(&forged, KEY, &said).await, Err("bad_signature"));
        assert_eq!((scene.actors().await, scene.asked()), (before.clone(), 1), "the same key: nothing is written");
        // At Piet's address stands somebody else, with a key that nobody named.
        served.serve("/p/piet", actor_document("other", &forged));
        served.serve("/p/other", actor_document("other", &forged));
        scene.town.clock.advance(Duration::from_mins(1));
        assert_eq!(scene.told(&forged, KEY, &said).await, Err("bad_signature"));
        assert_eq!((scene.actors().await, scene.asked()), (before, 3));
        assert_eq!(scene.stored().await, 0);
    }
}

#[tokio::test]
async fn sig_14_the_owner_of_a_key_gets_it_back_from_whoever_named_it() {
    for scene in Scene::all().await {
        let owners = RecordedKeys::starting_at(7).fresh().unwrap();
        let (owner, key) = ("http://p.test/p/owner", "http://p.test/p/owner#main-key");
        let mut tx = scene.house.site.db.begin().await.unwrap();
        sqlx::query("UPDATE actors SET key_id = $1 WHERE uri = $2").bind(key).bind(PIET).execute(tx.sql()).await.unwrap();
        tx.commit().await.unwrap();
        scene.serving().serve("/p/owner", actor_document("owner", &owners));
        assert_eq!(scene.told(&owners, key, &create("http://p.test/a/1", owner)).await, Ok(()));
        assert_eq!(scene.told(&scene.piet, key, &create("http://p.test/a/2", owner)).await, Err("bad_signature"));
    }
}

#[tokio::test]
async fn sig_15_a_document_that_names_another_key_proves_nothing() {
    for scene in Scene::all().await {
        let new = RecordedKeys::starting_at(7).fresh().unwrap();
        scene.serving().serve("/p/new", actor_document("new", &new).replace("#main-key", "#key-2"));
        let (uri, said) = ("http://p.test/p/new", create("http://p.test/a/1", "http://p.test/p/new"));
        assert_eq!(scene.told(&new, &format!("{uri}#main-key"), &said).await, Err("key-not-found"));
        assert_eq!(scene.told(&new, &format!("{uri}#key-2"), &said).await, Ok(()));
    }
}

#[tokio::test]
async fn dos_07_wrong_signatures_use_up_a_name_for_a_moment_and_nobody_who_reads_waits() {
    for scene in Scene::all().await {
        let forged = RecordedKeys::starting_at(8).fresh().unwrap();
        let federation = &scene.house.site.federation;
        let (now, said) = (federation.here().now, create("http://p.test/a/1", PIET));
        let wrong = (0..100_000).take_while(|_| federation.failures.may_try(&scene.partner, None, now).is_ok());
        wrong.for_each(|_| federation.failures.wrong(&scene.partner, None, now));
        assert_eq!(scene.told(&scene.piet, KEY, &said).await, Err("too-many-claims"), "not even who it is, is looked at");
        let url = Iri::parse("http://veld.test/o/1").unwrap();
        let headers: HeaderMap = Hand { key: &scene.piet, key_id: KEY }
            .get(&url, now)
            .into_iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap()))
            .collect();
        let request = RawRequest { method: &Method::GET, target: "/o/1", headers: &headers, body: &[] };
        assert!(federation.admit(&headers, &request, Came { from: None, reads: true }).await.is_ok());
        // Room for one more, and a wrong one takes it.
        scene.town.clock.advance(Duration::from_millis(10));
        assert_eq!(scene.told(&forged, KEY, &said).await, Err("bad_signature"));
        assert_eq!(scene.told(&forged, KEY, &said).await, Err("too-many-claims"));
    }
}

#[tokio::test]
async fn sig_15_unknown_keys_have_a_small_budget_of_their_own() {
    for scene in Scene::all().await {
        let served = scene.serving();
        let ghost = |number: usize| format!("http://p.test/p/ghost{number}");
        for number in 0..100 {
            let said = create("http://p.test/a/1", &ghost(number));
            let told = scene.told(&scene.piet, &format!("{}#main-key", ghost(number)), &said).await;
            assert!(matches!(told, Err("key-not-found" | "too-many-claims")), "{told:?}");
        }
        let asked = scene.asked();
        assert!((1..=8).contains(&asked), "{asked} questions");
        // The partner itself goes on with the keys that are known, and its own budget is whole.
        assert_eq!(scene.told(&scene.piet, KEY, &create("http://p.test/a/1", PIET)).await, Ok(()));
        let token = {
            let mut conn = scene.house.site.db.read().await.unwrap();
            policy::admit(&mut conn, &scene.partner, Traffic::Any).await.unwrap().unwrap()
        };
        let federation = &scene.house.site.federation;
        let found = federation.fetch_actor(&token, &federation.here(), &Iri::parse(&ghost(0)).unwrap()).await;
        assert!(matches!(found, Err(FetchError::Status(404))), "{found:?}");
        // What was not found is remembered, a new key is learned, and what is proved takes nothing from the small budget.
        scene.town.clock.advance(Duration::from_mins(1));
        let before = scene.asked();
        assert_eq!(
            scene.told(&scene.piet, &format!("{}#main-key", ghost(0)), &create("http://p.test/a/2", &ghost(0))).await,
            Err("key-not-found")
        );
        assert_eq!(scene.asked(), before, "it was asked for a minute ago");
        for number in 0..20 {
            let name = format!("new{number}");
            let key = RecordedKeys::starting_at(7).fresh().unwrap();
            served.serve(&format!("/p/{name}"), actor_document(&name, &key));
            let (uri, id) = (format!("http://p.test/p/{name}"), format!("http://p.test/a/new{number}"));
            assert_eq!(scene.told(&key, &format!("{uri}#main-key"), &create(&id, &uri)).await, Ok(()), "{name}");
        }
        assert_eq!(scene.asked(), before + 20);
    }
}

#[tokio::test]
async fn the_digest_is_signed_before_the_body_is_read() {
    for scene in Scene::all().await {
        let federation = &scene.house.site.federation;
        let (here, inbox) = (federation.here(), Iri::parse("http://veld.test/inbox").unwrap());
        let body = create("http://p.test/a/1", PIET).to_string();
        for (sent, code) in [(body.clone(), None), (format!("{body} "), Some("digest_mismatch")), (String::new(), Some("digest_mismatch"))]
        {
            let headers: HeaderMap = Hand { key: &scene.piet, key_id: KEY }
                .post(&inbox, &body, here.now)
                .into_iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap()))
                .collect();
            let request = RawRequest { method: &Method::POST, target: "/inbox", headers: &headers, body: &[] };
            let admitted = federation.admit(&headers, &request, Came { from: None, reads: false }).await.unwrap();
            let signed = federation.verify(&here, &request, admitted).await.unwrap();
            let told = federation.receive(&here, signed, sent.as_bytes()).await.map(drop).map_err(|denied| denied.code());
            assert_eq!(told.err(), code);
        }
        assert_eq!(scene.stored().await, 1);
    }
}
