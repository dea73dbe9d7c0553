//! The door over HTTP: one spelling for each document, one answer to everybody who has not proved to be a partner.

use axum::body::Body;
use futures::FutureExt;
use tower::ServiceExt;

use super::*;
use crate::base::Origin;
use crate::federation::actors::{self, Kind, Learned};
use crate::federation::keys::{KeyPair, KeySource};
use crate::federation::partners::{self, State as Standing};
use crate::testing::database::sqlite;
use crate::testing::keys::RecordedKeys;
use crate::testing::peer::Hand;
use crate::testing::site::{TestSite, Town};

#[test]
fn dos_08_who_sends_too_much_is_told_when_to_come_again() {
    let refused = refuse(&Denied::TooMany(7));
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "7");
    assert_eq!(refuse(&Denied::Busy).headers()[header::RETRY_AFTER], "30");
    for unproved in [Denied::Stranger, Denied::TooManyClaims, Denied::Signature("bad_signature")] {
        let refused = refuse(&unproved);
        assert_eq!((refused.status(), refused.headers().len()), (StatusCode::UNAUTHORIZED, 0), "{unproved:?}");
    }
}

#[test]
fn a_document_has_one_spelling() {
    let id = "a".repeat(26);
    let row = |kind, tail, pages| Serves { kind, tail, pages, run: |_, _| async { Ok(None) }.boxed() };
    let rows = [row("o", "", false), row("g", "outbox", true)];
    let names = |text: &str| {
        let uri: Uri = text.parse().unwrap();
        named(&rows, &uri).map(|(row, found, page)| {
            assert_eq!(found.as_str(), id);
            (row.kind, row.tail, page.map(str::to_owned))
        })
    };
    let long = "1".repeat(MAX_PAGE);
    for (written, expected) in [
        (format!("/o/{id}"), Some(("o", "", None))),
        (format!("/g/{id}/outbox"), Some(("g", "outbox", None))),
        (format!("/g/{id}/outbox?page=first"), Some(("g", "outbox", Some("first".to_owned())))),
        (format!("/g/{id}/outbox?page=-1.{id}"), Some(("g", "outbox", Some(format!("-1.{id}"))))),
        (format!("/g/{id}/outbox?page={long}"), Some(("g", "outbox", Some(long.clone())))),
    ] {
        assert_eq!(names(&written), expected, "{written}");
    }
    for other in [
        format!("//o/{id}"),
        format!("/o//{id}"),
        format!("/o/{id}/"),
        format!("/o/{id}//"),
        format!("/o/./{id}"),
        format!("/o/../o/{id}"),
        format!("/%6f/{id}"),
        format!("/o/%61{}", &id[1..]),
        format!("/o/{}", id.to_uppercase()),
        format!("/o/{id};a=b"),
        format!("/o/{id}?"),
        format!("/o/{id}?1"),
        format!("/o/{id}?page=first"),
        format!("/o/{id}/outbox"),
        format!("/g/{id}"),
        format!("/g/{id}/outbox/"),
        format!("/g//{id}/outbox"),
        format!("/g/{id}//outbox"),
        format!("/g/{id}/outbox?"),
        format!("/g/{id}/outbox?page="),
        format!("/g/{id}/outbox?page=first&page=first"),
        format!("/g/{id}/outbox?page=first&a"),
        format!("/g/{id}/outbox?a&page=first"),
        format!("/g/{id}/outbox?Page=first"),
        format!("/g/{id}/outbox?page=%66irst"),
        format!("/g/{id}/outbox?page=1{long}"),
    ] {
        assert_eq!(names(&other), None, "{other}");
    }
}

/// What a partner, or somebody who says so, is answered.
async fn asked(site: &TestSite, path: &str, hand: Option<Hand<'_>>) -> (StatusCode, Vec<(String, String)>, usize) {
    let mut request = Request::get(path).header("accept", ACTIVITY_JSON).header("host", "veld.test");
    let url: Iri = site.site.here().origin.at(path);
    for (name, value) in hand.map(|hand| hand.get(&url, site.site.here().now)).unwrap_or_default() {
        if !matches!(name, "host" | "accept") {
            request = request.header(name, value);
        }
    }
    let response = site.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    (parts.status, headers.collect(), to_bytes(body, 1 << 20).await.unwrap().len())
}

#[tokio::test]
async fn what_may_not_be_seen_is_what_is_not_there() {
    let site = Town::default().open("veld.test", sqlite().await, 1).await.unwrap();
    let keys = RecordedKeys::starting_at(4);
    let key = keys.fresh().unwrap();
    let stranger = Hand { key: &key, key_id: "http://x.test/actor#main-key" };
    let (instance, _) = site.site.federation.instance().await.unwrap().unwrap();
    let mut answers = Vec::new();
    for path in [format!("/o/{}", site.site.here().id()), format!("/g/{}", instance.id), format!("/p/{}", instance.id)] {
        for hand in [None, Some(stranger)] {
            answers.push(asked(&site, &path, hand).await);
        }
    }
    // Without a signature, by a stranger, of nothing, of something: one answer.
    assert_eq!(answers[0].0, StatusCode::NOT_FOUND);
    assert_eq!(answers[0].2, 0);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

type Told = (StatusCode, Vec<(String, String)>, usize);

/// What an inbox answers under these headers; whoever reads the body of such a request fails the test.
async fn posted(site: &TestSite, headers: Vec<(&'static str, String)>) -> Told {
    let unreadable = futures::stream::repeat_with(|| -> Result<Vec<u8>, std::io::Error> { panic!("the body of a stranger was read") });
    let mut request = Request::post("/inbox");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let response = site.router.clone().oneshot(request.body(Body::from_stream(unreadable)).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    (parts.status, headers.collect(), to_bytes(body, 1 << 20).await.unwrap().len())
}

/// A house with three partners: one active, one paused, one with which it is over. Each has a `piet` with this key.
async fn with_partners(key: &KeyPair) -> TestSite {
    let site = Town::default().open("veld.test", sqlite().await, 1).await.unwrap();
    let here = site.site.here();
    let mut tx = site.site.db.begin().await.unwrap();
    for (host, state) in [("p.test", Standing::Active), ("paused.test", Standing::Paused), ("over.test", Standing::Ended)] {
        let origin = Origin::parse(&format!("http://{host}")).unwrap();
        let partner = partners::name(&mut tx, &here, &origin, false).await.unwrap().id;
        let (uri, inbox) = (origin.at("/p/piet"), origin.at("/inbox"));
        let key = Some((format!("{uri}#main-key"), key.public_pem()));
        let learned = Learned { uri, inbox, key, kind: Kind::Person, name: String::new(), shared_inbox: None };
        let piet = actors::learn(&mut tx, &here, &partner, &learned).await.unwrap();
        if state == Standing::Ended {
            // With nobody there who could still be taken away.
            actors::erase(&mut tx, &piet.id, here.now).await.unwrap();
        }
        partners::set_state(&mut tx, &partner, state, here.now).await.unwrap();
    }
    tx.commit().await.unwrap();
    site
}

#[tokio::test]
async fn aud_15_an_inbox_does_not_tell_who_is_a_partner() {
    let keys = RecordedKeys::starting_at(4);
    let (known, forged) = (keys.fresh().unwrap(), keys.fresh().unwrap());
    let site = with_partners(&known).await;
    let (inbox, now) = (site.site.here().origin.at("/inbox"), site.site.here().now);
    let letter = |host: &str, path: &str, key: &KeyPair| {
        let key_id = format!("http://{host}{path}#main-key");
        Hand { key, key_id: &key_id }.post(&inbox, "{}", now)
    };
    let first = posted(&site, letter("x.test", "/p/piet", &forged)).await;
    assert_eq!((first.0, first.2), (StatusCode::UNAUTHORIZED, 0));
    assert!(first.1.iter().all(|(name, _)| name != "retry-after"));
    // Who is paused or over, rightly signed; unknown keys until the budgets are used up; wrong signatures until they are not looked at.
    let mut names = vec![("paused.test", "/p/piet".to_owned(), &known), ("over.test", "/p/piet".to_owned(), &known)];
    names.extend((0..50).map(|number| ("p.test", format!("/p/nobody{number}"), &known)));
    names.extend((0..200).map(|_| ("p.test", "/p/piet".to_owned(), &forged)));
    for (host, path, key) in names {
        assert_eq!(posted(&site, letter(host, &path, key)).await, first, "{host}{path}");
    }
    // What the headers alone show to be wrong is told to everybody alike, whoever it is said to be from.
    for (bent, value, status) in [
        ("content-type", "text/plain", 415),
        ("content-type", "", 415),
        ("content-encoding", "gzip", 415),
        ("content-encoding", "identity, gzip", 415),
        ("content-length", "1048577", 413),
        ("date", "yesterday", 400),
        ("signature", "keyId=", 400),
        ("signature", "", 400),
        ("x-odd", "\u{e9}", 401),
    ] {
        let mut told = Vec::new();
        for host in ["x.test", "p.test", "paused.test", "over.test"] {
            let mut headers = letter(host, "/p/piet", &forged);
            headers.retain(|(name, _)| *name != bent);
            for (_, signature) in headers.iter_mut().filter(|(name, _)| bent == "x-odd" && *name == "signature") {
                *signature = signature.replace("headers=\"", "headers=\"x-odd ");
            }
            headers.push((bent, value.to_owned()));
            told.push(posted(&site, headers).await);
        }
        assert_eq!(told[0].0.as_u16(), status, "{bent}: {value}");
        assert!(told.iter().all(|one| *one == told[0]), "{bent}: {value} tells who is a partner: {told:?}");
    }
}
