//! JSON of partners: activities, things, actors, collections, discovery, agreements, keys.

use std::fmt::Debug;

use haven::base::{Sensitive, Timestamp, html};
use haven::features::partners::Terms;
use haven::federation::activity::{self, Activity, Collection, Embedded, First, Limits, Object, ReadError};
use haven::federation::fetch;
use haven::federation::keys::{KeyPair, MAX_BITS, MIN_BITS, PublicKey};
use haven::testing::fuzz::{agreement_document, agreement_hash, agreement_of};
use haven::{base::Origin, features::posts::Text};
use serde_json::Value;

use crate::texts;

/// Reads under both limits. What a partner may say everybody may say and means the same; the same JSON in another spelling
/// reads the same; U+0000 is nowhere.
fn both<T: Debug + PartialEq>(data: &[u8], read: fn(&[u8], &Limits) -> Result<T, ReadError>) -> Option<T> {
    both_as(data, read, |strict, open| assert_eq!(strict, open, "the narrower limits change no meaning"))
}

/// The same, where the narrower limits may leave something out: `same` looks at the two.
fn both_as<T: Debug + PartialEq>(data: &[u8], read: fn(&[u8], &Limits) -> Result<T, ReadError>, same: fn(&T, &T)) -> Option<T> {
    let strict = read(data, &Limits::PARTNER);
    let open = read(data, &Limits::OPEN);
    if let Ok(strict) = &strict {
        same(strict, open.as_ref().expect("what a partner may say everybody may say"));
        let value: Value = serde_json::from_slice(data).expect("what was read is JSON");
        let spelled = serde_json::to_vec_pretty(&value).expect("JSON is written");
        if spelled.len() <= Limits::PARTNER.bytes {
            assert_eq!(read(&spelled, &Limits::PARTNER).as_ref(), Ok(strict), "white space and escapes change no meaning");
        }
        // A backslash of the text itself is printed twice.
        assert!(!format!("{strict:?}").replace("\\\\", "").contains("\\0"), "U+0000 is dropped");
    }
    if let Err(error) = &open {
        assert!(!error.code().is_empty());
    }
    strict.ok()
}

fn bounded(object: &Object) {
    let limits = Limits::PARTNER;
    assert!(object.to.len() <= limits.addressees && object.cc.len() <= limits.addressees);
    assert!(object.tags.len() <= limits.tags && object.attachments.len() <= limits.attachments);
    assert!(object.content_map.len() <= 16);
    let lang = object.language.as_deref().unwrap_or("und");
    if let Ok(text) = Text::sent(None, object.content.as_deref().unwrap_or_default(), lang, "") {
        texts::inert(text.html().as_str());
    }
}

fn own(activity: &Activity) {
    assert_eq!(activity.id.origin(), activity.actor.origin(), "ORG-04");
    assert!(activity.to.len() <= Limits::PARTNER.addressees && activity.cc.len() <= Limits::PARTNER.addressees);
    assert!(activity.objects.len() <= 64);
    let origin = activity.actor.origin();
    match &activity.object {
        Some(Embedded::Object(object)) => {
            assert_eq!(object.id.origin(), origin, "ORG-02");
            bounded(object);
        }
        Some(Embedded::Activity(inner)) => assert_eq!(inner.actor.origin(), origin, "ORG-10"),
        Some(Embedded::Ref(_)) | None => {}
    }
}

pub fn activity(data: &[u8]) {
    if let Some(activity) = both(data, activity::read) {
        own(&activity);
    }
}

pub fn object(data: &[u8]) {
    if let Some(object) = both(data, activity::read_object) {
        if let Some(owner) = object.attributed_to.as_ref().filter(|_| !object.kind.is_actor()) {
            assert_eq!(owner.origin(), object.id.origin(), "ORG-01");
        }
        bounded(&object);
    }
}

pub fn actor(data: &[u8]) {
    if let Some(actor) = both(data, activity::read_actor) {
        assert!(actor.also_known_as.len() <= 16 && actor.rules.len() <= 64 && actor.shared_with.len() <= 512);
        assert!(actor.public_key.as_ref().is_none_or(|key| key.owner == actor.id && key.pem.len() <= 16_384), "SIG-13");
        if let Some(learned) = fetch::learned(&actor) {
            assert!(learned.name.chars().count() <= 120 && !learned.name.contains(char::is_control));
        }
    }
    if let Some(key) = both(data, activity::read_key) {
        drop(PublicKey::from_pem(&key.pem));
    }
}

/// A list that a partner may not send an item of (one with two types) is read without that item.
fn without_some(strict: &Collection, open: &Collection) {
    let mut rest = open.items.iter();
    assert!(strict.items.iter().all(|item| rest.any(|other| other == item)), "the narrower limits change no item: {strict:?} {open:?}");
    let bare = |collection: &Collection| Collection { items: Vec::new(), first: None, ..collection.clone() };
    assert_eq!(bare(strict), bare(open), "the narrower limits change nothing but what is in the list");
    match (&strict.first, &open.first) {
        (Some(First::Page(strict)), Some(First::Page(open))) => without_some(strict, open),
        (strict, open) => assert_eq!(strict, open, "the narrower limits change no page"),
    }
}

pub fn collection(data: &[u8]) {
    if let Some(collection) = both_as(data, activity::read_collection, without_some) {
        assert!(collection.items.len() <= Limits::PARTNER.items);
        let origin = collection.id.as_ref().map(|id| id.origin());
        for item in &collection.items {
            match item {
                Embedded::Object(object) => assert_eq!(Some(object.id.origin()), origin),
                Embedded::Activity(inner) => assert_eq!(Some(inner.actor.origin()), origin),
                Embedded::Ref(_) => {}
            }
        }
        if let Some(First::Page(page)) = &collection.first {
            assert!(page.first.is_none(), "one page within, not pages within pages (DOS-11)");
        }
    }
}

pub fn discovery(data: &[u8]) {
    if let Some(found) = both(data, activity::read_webfinger) {
        assert!(found.links.len() <= 64 && found.aliases.len() <= 64);
        assert!(found.actor().is_none_or(|actor| found.links.iter().any(|link| link.href.as_ref() == Some(actor))));
    }
    if let Some(index) = both(data, activity::read_nodeinfo_index) {
        assert!(index.links.len() <= 64);
        let _ = index.newest();
    }
    if let Some(info) = both(data, activity::read_nodeinfo) {
        assert!(info.protocols.len() <= 16);
    }
}

/// What was offered, as our own terms and declaration and back: the same, and with the same hash.
pub fn agreement(data: &[u8]) {
    let text = crate::text(data);
    if let Some(terms) = Terms::parse(&text) {
        assert_eq!(Terms::parse(&terms.as_text()), Some(terms));
        assert_eq!(terms.meet(&terms), terms);
    }
    // An Offer around what is being tried, so that most inputs get as far as the agreement.
    let offer = format!(
        r#"{{"id":"https://p.test/a/1","type":"Offer","actor":"https://p.test/actor","object":"https://p.test/actor","haven:agreement":{text}}}"#
    );
    let Ok(activity) = activity::read(offer.as_bytes(), &Limits::PARTNER) else { return };
    let Some(said) = activity.haven.agreement.as_deref() else { return };
    let now = Timestamp::from_seconds(1_800_000_000);
    let (terms, declared) = agreement_of(said, now);
    let written = agreement_document(&terms, &declared);
    let (terms_again, declared_again) = agreement_of(&written, now);
    assert_eq!((&terms, &declared), (&terms_again, &declared_again), "what we keep is what we would say");
    let origin = Origin::parse("https://p.test").expect("an origin");
    assert_eq!(agreement_hash(&origin, &written), agreement_hash(&origin, &agreement_document(&terms_again, &declared_again)));
    for (text, most) in [(&said.purpose, 2000), (&said.role, 200), (&said.country, 2), (&said.contact, 200), (&said.hours, 200)] {
        assert_eq!(&html::one_line(text, most), text, "one line, and not longer");
    }
}

/// Keys as text: only one spelling comes out, within the sizes we trust.
pub fn key(data: &[u8]) {
    let text = crate::text(data);
    if let Ok(key) = PublicKey::from_pem(&text) {
        assert!((MIN_BITS..=MAX_BITS).contains(&key.bits()));
        assert_eq!(PublicKey::from_pem(&key.to_pem()), Ok(key.clone()));
        assert!(!key.verifies(b"words", &vec![0; key.bits() / 8]));
    }
    // The same bytes inside the armour, so that the reader of DER is reached.
    for label in ["PUBLIC KEY", "RSA PUBLIC KEY"] {
        let armoured = format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n");
        if let Ok(key) = PublicKey::from_pem(&armoured) {
            assert_eq!(PublicKey::from_pem(&key.to_pem()), Ok(key));
        }
    }
    if let Ok(pair) = KeyPair::from_pkcs8_pem(&text) {
        let stored = pair.to_stored().expect("a key is stored");
        assert_eq!(KeyPair::from_stored(&stored).expect("and read").public(), pair.public());
    }
    drop(KeyPair::from_stored(&Sensitive::new(text.into_owned())));
}
