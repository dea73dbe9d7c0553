//! What a partner answers is believed only about itself: documents by a scripted transport.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use futures::future::BoxFuture;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::*;
use crate::base::{Origin, SystemChance, Timestamp};
use crate::federation::dialer::Answer;
use crate::federation::here::{Here, Sequence};
use crate::federation::keys::KeySource;
use crate::federation::partners;
use crate::federation::policy::{self, Traffic};
use crate::testing::database::sqlite;
use crate::testing::keys::RecordedKeys;

const NOW: Timestamp = Timestamp::from_seconds(1_772_366_400);

/// Answers by target; everything else is not found. Remembers what was asked.
#[derive(Default)]
struct Partner {
    answers: BTreeMap<String, (u16, &'static str, String)>,
    asked: Mutex<Vec<String>>,
}

impl Transport for Partner {
    fn send<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        assert!(call.headers().iter().any(|(name, _)| name == "signature"), "every question is signed");
        self.asked.lock().unwrap().push(call.url().to_string());
        let (status, kind, body) = self.answers.get(&call.url().target()).cloned().unwrap_or((404, "text/plain", String::new()));
        let answer = Answer { status, content_type: Some(kind.to_owned()), retry_after: None, body: Bytes::from(body) };
        async move { Ok(answer) }.boxed()
    }
}

/// The document of piet, with a good key.
fn piet() -> Value {
    let key = RecordedKeys::starting_at(3).fresh().unwrap();
    json!({
        "@context": "https://www.w3.org/ns/activitystreams", "id": "https://p.test/p/piet", "type": "Person", "name": "Piet",
        "preferredUsername": "piet", "inbox": "https://p.test/p/piet/inbox", "endpoints": {"sharedInbox": "https://p.test/inbox"},
        "publicKey": {"id": "https://p.test/p/piet#main-key", "owner": "https://p.test/p/piet", "publicKeyPem": key.public_pem()},
    })
}

/// Asks a partner at p.test that answers so. What was learned and what was asked, or why nothing was.
async fn asking(answers: &[(&str, u16, &'static str, Value)], uri: &str) -> (Result<ActorDocument, String>, Vec<String>) {
    let (db, ours) = (sqlite().await, Origin::parse("https://veld.test").unwrap());
    let here = Here::new(NOW, Arc::new(SystemChance), ours, Arc::new(Sequence::default()));
    let mut tx = db.begin().await.unwrap();
    let theirs = Origin::parse("https://p.test").unwrap();
    partners::name(&mut tx, &here, &theirs, false).await.unwrap();
    let token = policy::admit_origin(&mut tx, &theirs, Traffic::Community).await.unwrap().unwrap();
    let key = RecordedKeys::default().fresh().unwrap();
    let signer = Signer { key: &key, key_id: "https://veld.test/actor#main-key", now: NOW };
    let answers = answers.iter().map(|(target, status, kind, body)| ((*target).to_owned(), (*status, *kind, body.to_string()))).collect();
    let partner = Partner { answers, ..Partner::default() };
    let found = actor(&partner, &token, &signer, &Budget::default(), &Iri::parse(uri).unwrap()).await;
    (found.map_err(|error| error.to_string()), partner.asked.into_inner().unwrap())
}

const JSON: &str = "application/activity+json";

#[tokio::test]
async fn a_document_that_speaks_of_itself_is_learned() {
    for uri in ["https://p.test/p/piet", "https://p.test/p/piet#main-key"] {
        let (found, asked) = asking(&[("/p/piet", 200, JSON, piet())], uri).await;
        let learned = learned(&found.unwrap()).unwrap();
        assert_eq!((learned.uri.as_str(), learned.name.as_str(), learned.kind), ("https://p.test/p/piet", "Piet", Kind::Person));
        assert_eq!(learned.shared_inbox.unwrap().as_str(), "https://p.test/inbox");
        assert_eq!(learned.key.unwrap().0, "https://p.test/p/piet#main-key");
        assert_eq!(asked, ["https://p.test/p/piet"]);
    }
}

#[tokio::test]
async fn org_19_a_document_that_speaks_of_others_is_not() {
    let with = |path: &[&str], value: Value| {
        let mut document = piet();
        let place = path.iter().fold(&mut document, |place, name| &mut place[*name]);
        *place = value;
        document
    };
    let weak = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----\n";
    for (document, why) in [
        (with(&["inbox"], json!("https://q.test/inbox")), "foreign-inbox"),
        (with(&["inbox"], json!("https://p.test:444/inbox")), "foreign-inbox"),
        (with(&["endpoints", "sharedInbox"], json!("http://p.test/inbox")), "foreign-inbox"),
        (with(&["publicKey", "id"], json!("https://q.test/p/piet#main-key")), "foreign-key"),
        (with(&["publicKey", "publicKeyPem"], json!(weak)), "weak-key"),
    ] {
        let (found, _) = asking(&[("/p/piet", 200, JSON, document.clone())], "https://p.test/p/piet").await;
        assert_eq!(found.unwrap_err(), format!("the document cannot be used: {why}"), "{document}");
    }
    // A key that says it is somebody else's is not read as this one's.
    let lent = with(&["publicKey", "owner"], json!("https://p.test/p/quinn"));
    let (found, _) = asking(&[("/p/piet", 200, JSON, lent)], "https://p.test/p/piet").await;
    assert_eq!(learned(&found.unwrap()).unwrap().key, None);
    let mut bare = piet();
    bare.as_object_mut().unwrap().remove("inbox");
    let (found, _) = asking(&[("/p/piet", 200, JSON, bare)], "https://p.test/p/piet").await;
    assert_eq!(found.unwrap_err(), "the document cannot be used: foreign-inbox");
}

/// The document with its key at an address of its own.
fn piet_with(key_id: &str) -> Value {
    let mut document = piet();
    document["publicKey"]["id"] = json!(key_id);
    document
}

#[tokio::test]
async fn sig_13_a_key_with_a_document_of_its_own_is_confirmed_by_its_owner() {
    let own = "https://p.test/keys/1";
    let stub = piet_with(own);
    let bare = json!({"@context": "https://w3id.org/security/v1", "id": own, "type": "Key", "owner": "https://p.test/p/piet",
        "publicKeyPem": stub["publicKey"]["publicKeyPem"]});
    for served in [&stub, &bare] {
        let both = |owner: &Value| [("/keys/1", 200, JSON, served.clone()), ("/p/piet", 200, JSON, owner.clone())];
        let (found, asked) = asking(&both(&stub), own).await;
        assert_eq!(learned(&found.unwrap()).unwrap().key.unwrap().0, own, "the owner lists it");
        assert_eq!(asked, [own, "https://p.test/p/piet"]);
        // The other way round: the owner's document first, and then the key is asked whose it is.
        let (found, asked) = asking(&both(&stub), "https://p.test/p/piet").await;
        assert_eq!(learned(&found.unwrap()).unwrap().key.unwrap().0, own);
        assert_eq!(asked, ["https://p.test/p/piet", own]);
        // The owner has another key: the actor is learned with that one, and the key asked for is nobody's.
        let (found, _) = asking(&both(&piet()), own).await;
        assert_eq!(learned(&found.unwrap()).unwrap().key.unwrap().0, "https://p.test/p/piet#main-key");
        // The owner is somebody else, or there is none.
        let mut other = stub.clone();
        other["id"] = json!("https://p.test/p/quinn");
        let (found, _) = asking(&both(&other), own).await;
        assert_eq!(found.unwrap_err(), "the document cannot be used: other-id");
        let (found, _) = asking(&both(&bare), own).await;
        assert_eq!(found.unwrap_err(), "the document cannot be used: other-id");
        // A weak owner is not believed either.
        let mut weak = stub.clone();
        weak["inbox"] = json!("https://q.test/inbox");
        let (found, _) = asking(&both(&weak), own).await;
        assert_eq!(found.unwrap_err(), "the document cannot be used: foreign-inbox");
    }
    let mut foreign = bare.clone();
    foreign["owner"] = json!("https://q.test/p/piet");
    let (found, asked) = asking(&[("/keys/1", 200, JSON, foreign)], own).await;
    assert_eq!((found.unwrap_err().as_str(), asked.len()), ("the address belongs to another instance", 1));
}

#[tokio::test]
async fn r3_nobody_claims_the_key_of_a_neighbour() {
    // Quinn's key is under quinn's address; piet's document says that it is piet's.
    for (claimed, place, says) in [
        ("https://p.test/p/quinn#main-key", "/p/quinn", Some(json!({"id": "https://p.test/p/quinn"}))),
        ("https://p.test/p/quinn", "/p/quinn", Some(json!({"id": "https://p.test/p/quinn"}))),
        (
            "https://p.test/keys/2",
            "/keys/2",
            Some(json!({"id": "https://p.test/keys/2", "owner": "https://p.test/p/quinn", "type": "Key"})),
        ),
        ("https://p.test/keys/2", "/keys/2", Some(json!({"id": "https://p.test/keys/3", "owner": "https://p.test/p/piet", "type": "Key"}))),
        ("https://p.test/keys/2", "/keys/2", None),
    ] {
        let mut answers = vec![("/p/piet", 200, JSON, piet_with(claimed))];
        if let Some(mut document) = says {
            let (key, whole) = (piet()["publicKey"]["publicKeyPem"].clone(), document.get("owner").is_none());
            if whole {
                document["type"] = json!("Person");
                document["inbox"] = json!("https://p.test/p/quinn/inbox");
                document["publicKey"] = json!({"id": claimed, "owner": "https://p.test/p/quinn", "publicKeyPem": key});
            } else {
                document["publicKeyPem"] = key;
            }
            answers.push((place, 200, JSON, document));
        }
        let (found, asked) = asking(&answers, "https://p.test/p/piet").await;
        assert_eq!(found.unwrap_err(), "the document cannot be used: foreign-key", "{claimed}");
        assert_eq!(asked, ["https://p.test/p/piet".to_owned(), format!("https://p.test{place}")], "the key's own address is asked");
    }
}

#[tokio::test]
async fn org_20_an_address_that_names_another_is_asked_there_once() {
    let quinn = || {
        let text = piet().to_string().replace("/p/piet", "/p/quinn").replace("\"piet\"", "\"quinn\"");
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let (found, asked) = asking(&[("/p/piet", 200, JSON, quinn()), ("/p/quinn", 200, JSON, quinn())], "https://p.test/p/piet").await;
    assert_eq!(learned(&found.unwrap()).unwrap().uri.as_str(), "https://p.test/p/quinn", "under its own address only");
    assert_eq!(asked, ["https://p.test/p/piet", "https://p.test/p/quinn"]);
    // It names a third: nobody is led around.
    let (found, asked) = asking(&[("/p/piet", 200, JSON, quinn()), ("/p/quinn", 200, JSON, piet())], "https://p.test/p/piet").await;
    assert_eq!((found.unwrap_err().as_str(), asked.len()), ("the document cannot be used: other-id", 2));
    let (found, asked) = asking(&[("/p/piet", 200, JSON, quinn())], "https://p.test/p/piet").await;
    assert_eq!((found.unwrap_err().as_str(), asked.len()), ("the document cannot be used: other-id", 2));
    // Elsewhere, or nowhere: nobody else is asked.
    let mut elsewhere = piet();
    elsewhere["id"] = json!("https://q.test/p/piet");
    let (found, asked) = asking(&[("/p/piet", 200, JSON, elsewhere)], "https://p.test/p/piet").await;
    assert_eq!((found.unwrap_err().as_str(), asked.len()), ("the address belongs to another instance", 1));
    let mut nameless = piet();
    nameless.as_object_mut().unwrap().remove("id");
    let (found, asked) = asking(&[("/p/piet", 200, JSON, nameless)], "https://p.test/p/piet").await;
    assert_eq!((found.unwrap_err().as_str(), asked.len()), ("the document cannot be used: no-id", 1));
}

#[tokio::test]
async fn org_21_what_is_not_activitypub_or_not_found_is_not_read() {
    for (status, kind, why) in [
        (200, "text/html", "the document cannot be used: content-type"),
        (200, "application/json", "the document cannot be used: content-type"),
        (301, JSON, "the partner answered 301"),
        (404, JSON, "the partner answered 404"),
    ] {
        let (found, _) = asking(&[("/p/piet", status, kind, piet())], "https://p.test/p/piet").await;
        assert_eq!(found.unwrap_err(), why);
    }
    let (found, asked) = asking(&[("/p/piet", 200, JSON, piet())], "https://q.test/p/piet").await;
    assert_eq!(found.unwrap_err(), "the address belongs to another instance");
    assert!(asked.is_empty(), "nobody else is asked");
}
