//! The rules of reading and writing, as tables.

mod corpus;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::base::{Iri, Timestamp, html};

fn iri(text: &str) -> Iri {
    Iri::parse(text).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

fn activity(value: &Value) -> Result<Activity, ReadError> {
    read(&bytes(value), &Limits::PARTNER)
}

fn code(value: &Value) -> &'static str {
    activity(value).map_or_else(ReadError::code, |_| "read")
}

/// `base` with the members of `changes` put in; null takes one out.
fn with(base: &Value, changes: &Value) -> Value {
    let mut value = base.clone();
    for (key, change) in changes.as_object().unwrap() {
        let map = value.as_object_mut().unwrap();
        if change.is_null() {
            map.remove(key);
        } else {
            map.insert(key.clone(), change.clone());
        }
    }
    value
}

fn like() -> Value {
    json!({"id": "https://b.example/a/1", "type": "Like", "actor": "https://b.example/p/bee", "object": "https://a.example/o/1"})
}

fn note() -> Value {
    json!({"id": "https://b.example/o/1", "type": "Note", "attributedTo": "https://b.example/p/bee", "content": "<p>Hello</p>"})
}

fn create(object: &Value) -> Value {
    with(&like(), &json!({"type": "Create", "object": object}))
}

#[test]
fn one_actor_one_meaning() {
    for (changes, expected) in [
        (json!({}), "read"),
        (json!({"actor": ["https://b.example/p/bee"]}), "read"),
        (json!({"actor": {"id": "https://b.example/p/bee", "type": "Person"}}), "read"),
        (json!({"actor": ["https://b.example/p/bee", "https://b.example/p/boa"]}), "no-actor"),
        (json!({"actor": []}), "no-actor"),
        (json!({"actor": 7}), "no-actor"),
        (json!({"actor": {"name": "bee"}}), "no-actor"),
        (json!({"actor": null}), "no-actor"),
        (json!({"actor": "bee"}), "no-actor"),
        (json!({"id": null}), "no-id"),
        (json!({"id": 7}), "no-id"),
        (json!({"id": ["https://b.example/a/1"]}), "no-id"),
        (json!({"id": "https://c.example/a/1"}), "foreign-id"),
        (json!({"id": "https://b.example:444/a/1"}), "foreign-id"),
        (json!({"id": "http://b.example/a/1"}), "foreign-id"),
        (json!({"type": ["Like"]}), "read"),
        (json!({"type": ["Like", "https://example.org/ns#Kudos"]}), "read"),
        (json!({"type": ["Like", "Delete"]}), "two-types"),
        (json!({"type": ["Like", "Note"]}), "two-types"),
        (json!({"type": "https://www.w3.org/ns/activitystreams#Like"}), "read"),
        (json!({"type": "Kudos"}), "read"),
        (json!({"type": "Note"}), "other-kind"),
        (json!({"type": null}), "no-type"),
        (json!({"type": 7}), "no-type"),
        (json!({"object": ["https://a.example/o/1", "https://a.example/o/2"]}), "many-objects"),
        (json!({"object": ["https://a.example/o/1"]}), "read"),
        (json!({"type": "Flag", "object": ["https://a.example/o/1", "https://a.example/o/2"]}), "read"),
        (json!({"to": vec!["https://a.example/g/1"; 64]}), "read"),
        (json!({"to": vec!["https://a.example/g/1"; 65]}), "too-many"),
    ] {
        assert_eq!(code(&with(&like(), &changes)), expected, "{changes}");
    }
    assert_eq!(read(b"[]", &Limits::PARTNER), Err(ReadError::NotAnObject));
    let twice = br#"{"id":"https://b.example/a/1","type":"Like","actor":"https://b.example/p/bee","actor":"https://b.example/p/boa"}"#;
    assert_eq!(read(twice, &Limits::PARTNER).map_err(ReadError::code), Err("json-duplicate-key"));
}

#[test]
fn nulls_everywhere_are_absence() {
    let given = with(
        &like(),
        &json!({"to": [null], "cc": {}, "audience": [], "content": 1, "endTime": "soon", "published": 5, "target": "tag:x", "summary": {}}),
    );
    let mut map = given.as_object().unwrap().clone();
    map.insert("updated".to_owned(), Value::Null);
    let read = activity(&Value::Object(map)).unwrap();
    assert_eq!(read, activity(&like()).unwrap());
}

#[test]
fn the_whole_world_is_a_mark() {
    for (changes, public, to) in [
        (json!({"to": "as:Public"}), true, 0),
        (json!({"cc": ["Public"]}), true, 0),
        (json!({"to": [PUBLIC, "https://a.example/g/1", "https://a.example/g/1"]}), true, 1),
        (json!({"to": {"id": "https://a.example/g/1"}}), false, 1),
        (json!({"bto": PUBLIC, "bcc": PUBLIC}), false, 0),
    ] {
        let read = activity(&with(&like(), &changes)).unwrap();
        assert_eq!((read.public, read.to.len()), (public, to), "{changes}");
    }
}

#[test]
fn nothing_embedded_is_true_unless_it_is_the_sayers_own() {
    // What differs from bee's own note in a Create by bee, and whether it still counts.
    for (changes, own) in [
        (json!({}), true),
        (json!({"id": "https://c.example/o/1"}), false),
        (json!({"id": "https://a.example/o/1"}), false),
        (json!({"attributedTo": "https://b.example/p/boa"}), false),
        (json!({"attributedTo": "https://c.example/p/cat"}), false),
        (json!({"attributedTo": null}), false),
        (json!({"attributedTo": null, "type": "Tombstone"}), true),
        (json!({"attributedTo": ["https://b.example/p/bee"]}), true),
        (json!({"attributedTo": null, "actor": "https://b.example/p/bee"}), true),
        (json!({"type": "Person"}), false),
        (json!({"type": "Person", "id": "https://b.example/p/bee"}), true),
        (json!({"type": "Group", "id": "https://c.example/g/1", "attributedTo": "https://b.example/p/bee"}), false),
    ] {
        for verb in ["Create", "Update", "Delete"] {
            let object = with(&note(), &changes);
            let read = activity(&with(&create(&object), &json!({"type": verb}))).unwrap();
            assert_eq!(read.own_object().is_some(), own, "{verb} {changes}");
            assert_eq!(read.object_id().map(Iri::as_str), object["id"].as_str(), "{verb} {changes}");
        }
    }
}

#[test]
fn an_announcer_speaks_for_its_own_origin_only() {
    let group = "https://b.example/g/1";
    let announce = |inner: &Value| json!({"id": "https://b.example/a/9", "type": "Announce", "actor": group, "object": inner});
    let inner = create(&note());
    let read = activity(&announce(&inner)).unwrap();
    let said = read.own_activity().unwrap();
    assert_eq!((said.verb, said.own_object().unwrap().content.as_deref()), (Verb::Create, Some("<p>Hello</p>")));

    for (changes, becomes) in [
        // The announcer may not speak for another instance, nor without an id that says where it belongs.
        (json!({"actor": "https://c.example/p/cat"}), Some("https://b.example/a/1")),
        (json!({"id": "https://c.example/a/1"}), Some("https://c.example/a/1")),
        (json!({"id": null}), None),
    ] {
        let read = activity(&announce(&with(&inner, &changes))).unwrap();
        assert_eq!(read.object, becomes.map(|id| Embedded::Ref(iri(id))), "{changes}");
    }
    // The inner object is judged by the inner actor.
    let forged = with(&inner, &json!({"object": with(&note(), &json!({"attributedTo": "https://b.example/p/boa"}))}));
    let read = activity(&announce(&forged)).unwrap();
    assert_eq!(read.own_activity().unwrap().object, Some(Embedded::Ref(iri("https://b.example/o/1"))));

    let twice = announce(&with(&announce(&inner), &json!({"id": "https://b.example/a/8"})));
    assert_eq!(code(&twice), "nested-announce");
    let undo =
        |object: &Value| json!({"id": "https://b.example/a/7", "type": "Undo", "actor": "https://b.example/p/bee", "object": object});
    assert_eq!(code(&announce(&undo(&like()))), "read");
    assert_eq!(code(&announce(&undo(&undo(&like())))), "too-nested");
}

#[test]
fn only_ones_own_is_undone() {
    let follow = json!({"type": "Follow", "actor": "https://b.example/p/bee", "object": "https://a.example/g/1"});
    let undo = |object: &Value| activity(&with(&like(), &json!({"type": "Undo", "object": object}))).unwrap();
    let read = undo(&follow);
    assert_eq!(read.own_activity().unwrap().object_id(), Some(&iri("https://a.example/g/1")));
    assert_eq!(undo(&with(&follow, &json!({"actor": "https://b.example/p/boa"}))).object, None);
    let foreign = with(&follow, &json!({"actor": "https://b.example/p/boa", "id": "https://b.example/a/5"}));
    assert_eq!(undo(&foreign).object, Some(Embedded::Ref(iri("https://b.example/a/5"))));
}

#[test]
fn an_answer_is_a_claim() {
    let follow =
        json!({"id": "https://b.example/a/1", "type": "Follow", "actor": "https://b.example/p/bee", "object": "https://a.example/g/1"});
    let accept = json!({"id": "https://a.example/a/2", "type": "Accept", "actor": "https://a.example/g/1", "object": follow,
        "result": "https://a.example/p/guest", "to": ["https://b.example/p/bee"]});
    let read = activity(&accept).unwrap();
    assert_eq!(read.object, Some(Embedded::Ref(iri("https://b.example/a/1"))));
    assert_eq!(
        read.claim,
        Some(Claim {
            id: Some(iri("https://b.example/a/1")),
            verb: Verb::Follow,
            actor: iri("https://b.example/p/bee"),
            object: Some(iri("https://a.example/g/1")),
        })
    );
    assert_eq!(read.result, Some(iri("https://a.example/p/guest")));
}

#[test]
fn our_own_terms_are_read_short_and_in_full() {
    let short = json!({"haven:told": 2, "haven:confirmed": "1", "haven:worry": true, "haven:outcome": "talked", "haven:replaces": "https://b.example/o/0", "haven:label": "tea", "haven:pinned": true, "haven:edited": "1970-01-01T00:00:00Z", "haven:accepts": "v1", "haven:canary": true, "haven:sharedSeen": "1970-01-01T00:00:01Z"});
    let full: serde_json::Map<String, Value> =
        short.as_object().unwrap().iter().map(|(key, value)| (key.replace("haven:", "urn:haven:ns#"), value.clone())).collect();
    let expected = HavenTerms {
        told: Some(2),
        confirmed: Some(1),
        worry: true,
        outcome: Some("talked".to_owned()),
        replaces: Some(iri("https://b.example/o/0")),
        label: Some("tea".to_owned()),
        pinned: true,
        closed: false,
        edited: Some(Timestamp::EPOCH),
        agreement: None,
        accepts: Some("v1".to_owned()),
        canary: true,
        shared_seen: Some(Timestamp::from_seconds(1)),
    };
    assert_eq!(activity(&with(&like(), &short)).unwrap().haven, expected);
    assert_eq!(activity(&with(&like(), &Value::Object(full))).unwrap().haven, expected);
}

#[test]
fn texts_come_in_every_form() {
    for (changes, content, language) in [
        (json!({}), Some("<p>Hello</p>"), None),
        (json!({"content": null, "contentMap": {"da": "Hej"}}), Some("Hej"), Some("da")),
        (json!({"contentMap": {"en": "<p>Hello</p>", "da": "Hej"}}), Some("<p>Hello</p>"), None),
        (json!({"language": {"identifier": "nl", "name": "Nederlands"}}), Some("<p>Hello</p>"), Some("nl")),
        (json!({"language": "not a tag!"}), Some("<p>Hello</p>"), None),
        (json!({"content": ["<p>One</p>", "<p>Two</p>"]}), Some("<p>One</p>"), None),
        (json!({"content": 7, "contentMap": 7}), None, None),
        (json!({"content": "a\u{0}b"}), Some("ab"), None),
    ] {
        let object = read_object(&bytes(&with(&note(), &changes)), &Limits::PARTNER).unwrap();
        assert_eq!((object.content.as_deref(), object.language.as_deref()), (content, language), "{changes}");
    }
}

#[test]
fn parts_of_a_post_are_read_one_by_one() {
    let given = with(
        &note(),
        &json!({
            "source": {"content": "Hello", "mediaType": "text/markdown"}, "sensitive": "true", "summary": "a warning",
            "published": "2026-03-01T12:00", "updated": "2026-03-01T13:00:00+01:00", "inReplyTo": {"id": "https://a.example/o/9"},
            "audience": ["https://a.example/g/1"], "context": "tag:x", "replies": {"id": "https://b.example/o/1/replies", "type": "Collection"},
            "url": [{"type": "Link", "mediaType": "video/mp4", "href": "https://b.example/v"}, {"type": "Link", "mediaType": "text/html", "href": "https://b.example/w"}],
            "tag": [{"type": "Mention", "href": "https://a.example/p/ann", "name": "@ann"}, {"type": "Hashtag", "name": "#tea"},
                {"type": "Mention", "href": "javascript:x"}, {"type": "Emoji", "name": ":x:"}, 7, null],
            "attachment": [{"type": "Image", "url": "https://b.example/i.png", "mediaType": "image/png", "name": "A cup", "width": 3},
                {"type": "Document", "url": [{"type": "Link", "href": "https://b.example/d.pdf"}]}, {"type": "Link", "href": "https://x.example/"},
                {"type": "Image", "url": "data:image/png;base64,x"}, "https://b.example/bare"]
        }),
    );
    let object = read_object(&bytes(&given), &Limits::PARTNER).unwrap();
    assert_eq!(object.source, Some(("text/markdown".to_owned(), "Hello".to_owned())));
    assert!(object.sensitive);
    assert_eq!((object.published, object.updated), (object.updated, Timestamp::parse_rfc3339("2026-03-01T12:00:00Z")));
    assert_eq!(object.in_reply_to, Some(iri("https://a.example/o/9")));
    assert_eq!(object.audience, Some(iri("https://a.example/g/1")));
    assert_eq!((object.context, object.replies), (None, Some(iri("https://b.example/o/1/replies"))));
    assert_eq!(object.url, Some(iri("https://b.example/w")));
    let mention = Tag::Mention { href: iri("https://a.example/p/ann"), name: Some("@ann".to_owned()) };
    assert_eq!(object.tags, [mention, Tag::Hashtag { name: "tea".to_owned() }]);
    let urls: Vec<&str> = object.attachments.iter().map(|attachment| attachment.url.as_str()).collect();
    assert_eq!(urls, ["https://b.example/i.png", "https://b.example/d.pdf", "https://x.example/"]);
    for (key, most) in [("tag", 64), ("attachment", 16)] {
        let many = with(&note(), &json!({key: vec![json!({}); most + 1]}));
        assert_eq!(read_object(&bytes(&many), &Limits::PARTNER).map_err(ReadError::code), Err("too-many"), "{key}");
        assert_eq!(code(&create(&many)), "too-many", "{key}");
    }
}

fn group() -> Value {
    json!({"id": "https://a.example/g/1", "type": "Group", "preferredUsername": "morning-coffee", "name": "Morning coffee",
        "inbox": "https://a.example/g/1/inbox", "outbox": "https://a.example/g/1/outbox", "attributedTo": "https://a.example/g/1/moderators",
        "endpoints": {"sharedInbox": "https://a.example/inbox"}, "manuallyApprovesFollowers": true, "haven:answeringHours": "Mo-Fr 10:00-16:00",
        "haven:sharedWith": [{"id": "https://b.example", "name": "Herning"}, {"id": "https://c.example"}, {"name": "nobody"}, 7],
        "haven:joinRule": "ask", "haven:rules": ["Be kind", 7],
        "publicKey": {"id": "https://a.example/g/1#main-key", "owner": "https://a.example/g/1", "publicKeyPem": "PEM"}})
}

#[test]
fn groups_say_who_reads_them() {
    let read = read_actor(&bytes(&group()), &Limits::PARTNER).unwrap();
    assert_eq!(read.kind, ObjectKind::Group);
    assert_eq!(read.moderators, Some(iri("https://a.example/g/1/moderators")));
    assert_eq!(read.shared_inbox, Some(iri("https://a.example/inbox")));
    let parties: Vec<(&str, &str)> = read.shared_with.iter().map(|party| (party.id.as_str(), party.name.as_str())).collect();
    assert_eq!(parties, [("https://b.example", "Herning"), ("https://c.example", "c.example")]);
    assert_eq!((read.join_rule.as_deref(), read.rules.len(), read.manually_approves, read.discoverable), (Some("ask"), 1, true, false));
    assert_eq!(read.public_key.as_ref().map(|key| key.pem.as_str()), Some("PEM"));

    // The group changes itself: its document comes along whole. Nobody else's does.
    let update = |actor: &str| json!({"id": "https://a.example/a/1", "type": "Update", "actor": actor, "object": group()});
    let own = activity(&update("https://a.example/g/1")).unwrap();
    assert_eq!(own.own_object().and_then(|object| object.document.as_deref()), Some(&read));
    let other = activity(&update("https://a.example/p/guest")).unwrap();
    assert_eq!(other.object, Some(Embedded::Ref(iri("https://a.example/g/1"))));
}

#[test]
fn a_key_counts_for_its_owner_only() {
    let key = |owner: &str| json!({"id": "https://a.example/g/1#main-key", "owner": owner, "publicKeyPem": "PEM"});
    for (keys, found) in [
        (key("https://a.example/g/1"), true),
        (json!([key("https://x.example/p/eve"), key("https://a.example/g/1")]), true),
        (key("https://x.example/p/eve"), false),
        (json!("https://a.example/g/1#main-key"), false),
    ] {
        let read = read_actor(&bytes(&with(&group(), &json!({"publicKey": keys}))), &Limits::PARTNER).unwrap();
        assert_eq!(read.public_key.is_some(), found, "{keys}");
    }
    assert!(read_key(&bytes(&key("https://a.example/g/1")), &Limits::PARTNER).is_ok());
}

#[test]
fn actors_are_not_collections() {
    for limits in [Limits::PARTNER, Limits::OPEN] {
        let both = with(&group(), &json!({"type": ["Group", "OrderedCollection"]}));
        assert_eq!(read_actor(&bytes(&both), &limits), Err(ReadError::TwoTypes));
    }
    assert_eq!(read_actor(&bytes(&note()), &Limits::PARTNER), Err(ReadError::OtherKind));
}

#[test]
fn a_collection_speaks_for_its_own_origin_only() {
    let announce = json!({"id": "https://b.example/a/9", "type": "Announce", "actor": "https://b.example/g/1", "object": create(&note())});
    let foreign = with(&note(), &json!({"id": "https://c.example/o/1", "attributedTo": "https://c.example/p/cat"}));
    let page = json!({"id": "https://b.example/g/1/outbox?page=1", "type": "OrderedCollectionPage", "partOf": "https://b.example/g/1/outbox",
        "next": "https://b.example/g/1/outbox?page=2", "orderedItems": [announce, note(), foreign, "https://a.example/o/3", 7, null]});
    let read = read_collection(&bytes(&page), &Limits::PARTNER).unwrap();
    let kinds: Vec<&str> = read
        .items
        .iter()
        .map(|item| match item {
            Embedded::Activity(_) => "activity",
            Embedded::Object(_) => "object",
            Embedded::Ref(_) => "ref",
        })
        .collect();
    assert_eq!(kinds, ["activity", "object", "ref", "ref"]);
    let whole = json!({"id": "https://b.example/g/1/outbox", "type": "OrderedCollection", "totalItems": "12", "first": page});
    let read = read_collection(&bytes(&whole), &Limits::PARTNER).unwrap();
    assert_eq!(read.total, Some(12));
    assert!(matches!(read.first, Some(First::Page(page)) if page.items.len() == 4));
}

#[test]
fn media_types_are_read_as_rfc_9110_has_them() {
    for (text, yes) in [
        ("application/activity+json", true),
        ("Application/Activity+JSON; charset=utf-8", true),
        ("application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"", true),
        ("application/ld+json;charset=utf-8 ; Profile=\"https://www.w3.org/ns/activitystreams\"", true),
        ("application/ld+json", false),
        ("application/ld+json; profile=\"https://www.w3.org/ns/activitystreamsx\"", false),
        ("application/json", false),
        ("text/html; application/activity+json", false),
        ("image/png", false),
        ("", false),
    ] {
        assert_eq!(is_activity_json(text), yes, "{text}");
    }
}

fn shown(sealed: &Sealed) -> String {
    serde_json::to_string_pretty(&serde_json::from_str::<Value>(sealed.as_str()).unwrap()).unwrap()
}

fn note_out() -> NoteOut {
    let mut note = NoteOut::new(iri("https://a.example/o/1"), iri("https://a.example/p/guest"), html::clean("<p>Good <b>morning</b></p>"));
    note.to = vec![iri("https://a.example/g/1")];
    note.audience = Some(iri("https://a.example/g/1"));
    note.published = Some(Timestamp::from_millis(1_772_366_400_000));
    note.source = Some(SourceOut::markdown("Good **morning**".to_owned()));
    note.tag = vec![
        TagOut::Mention { href: iri("https://b.example/p/bee"), name: "@bee".to_owned() },
        TagOut::Hashtag { name: "#tea".to_owned() },
    ];
    note.attachment = vec![AttachmentOut {
        kind: ObjectKind::Image,
        media_type: "image/jpeg".to_owned(),
        url: iri("https://a.example/m/1"),
        name: Some("A cup".to_owned()),
    }];
    note.language("en")
}

#[test]
fn what_we_say_has_a_fixed_form() {
    let group = iri("https://a.example/g/1");
    let mut doc = ActorOut::new(group.clone(), ObjectKind::Group, "morning-coffee".to_owned(), "PEM".to_owned());
    doc.name = Some("Morning coffee".to_owned());
    doc.summary = Some(html::clean("<p>Coffee</p>"));
    doc.followers = Some(iri("https://a.example/g/1/followers"));
    doc.attributed_to = Some(iri("https://a.example/g/1/moderators"));
    doc.answering_hours = Some("Mo-Fr 10:00-16:00".to_owned());
    doc.shared_with = Some(vec![PartyOut { id: iri("https://b.example"), name: "Herning".to_owned() }]);
    insta::assert_snapshot!("group", shown(&Outbound::new(doc).seal()));

    let create = Act::new(iri("https://a.example/a/2"), Verb::Create, iri("https://a.example/p/guest"), note_out()).to([group.clone()]);
    let announce =
        Act::new(iri("https://a.example/a/1"), Verb::Announce, group.clone(), create).to([iri("https://a.example/g/1/followers")]);
    insta::assert_snapshot!("announce", shown(&Outbound::new(announce).seal()));

    let follow = FollowRef::new(iri("https://b.example/a/1"), iri("https://b.example/p/bee"), group.clone());
    let mut accept = Act::new(iri("https://a.example/a/3"), Verb::Accept, group.clone(), follow).to([iri("https://b.example/p/bee")]);
    accept.result = Some(iri("https://a.example/p/guest"));
    insta::assert_snapshot!("accept_follow", shown(&Outbound::new(accept).seal()));

    let mut receipt = Act::new(iri("https://a.example/a/4"), Verb::Accept, group.clone(), iri("https://b.example/a/7"));
    (receipt.told, receipt.confirmed) = (Some(2), Some(2));
    insta::assert_snapshot!("receipt", shown(&Outbound::new(receipt).seal()));

    let mut worry =
        Act::new(iri("https://a.example/a/5"), Verb::Flag, iri("https://a.example/actor"), Objects(vec![iri("https://b.example/o/1")]));
    (worry.worry, worry.content, worry.summary) = (true, Some(html::clean("Please look")), Some("worried".to_owned()));
    (worry.end_time, worry.outcome) = (Some(Timestamp::EPOCH), Some("talked".to_owned()));
    insta::assert_snapshot!("worry", shown(&Outbound::new(worry).seal()));

    let mut stone = TombstoneOut::new(iri("https://a.example/o/1"));
    (stone.former_type, stone.deleted) = (Some(ObjectKind::Note), Some(Timestamp::EPOCH));
    insta::assert_snapshot!("tombstone", shown(&Outbound::new(stone).seal()));

    let mut outbox = CollectionOut::new(iri("https://a.example/g/1/outbox"), 12);
    outbox.first = Some(iri("https://a.example/g/1/outbox?page=1"));
    insta::assert_snapshot!("collection", shown(&Outbound::new(outbox).seal()));

    let mut page =
        PageOut::new(iri("https://a.example/g/1/outbox?page=1"), iri("https://a.example/g/1/outbox"), vec![iri("https://a.example/o/1")]);
    page.next = Some(iri("https://a.example/g/1/outbox?page=2"));
    insta::assert_snapshot!("page", shown(&Outbound::new(page).seal()));
}

#[test]
fn what_we_say_can_be_read() {
    let create = Act::new(iri("https://a.example/a/2"), Verb::Create, iri("https://a.example/p/guest"), note_out());
    let announce = Outbound::new(Act::new(iri("https://a.example/a/1"), Verb::Announce, iri("https://a.example/g/1"), create));
    assert_eq!((announce.id().as_str(), announce.verb()), ("https://a.example/a/1", Verb::Announce));
    let sealed = announce.seal();
    assert!(sealed.as_str().starts_with(r#"{"@context":["https://www.w3.org/ns/activitystreams","#));
    let read = read(sealed.as_str().as_bytes(), &Limits::PARTNER).unwrap();
    let object = read.own_activity().unwrap().own_object().unwrap();
    assert_eq!((object.language.as_deref(), object.attachments.len(), object.tags.len()), (Some("en"), 1, 2));
}

fn address() -> impl Strategy<Value = String> {
    (0..3_usize, 0..2_usize).prop_map(|(host, path)| format!("https://{}.example/{path}", ["a", "b", "c"][host]))
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        address().prop_map(Value::from),
        prop::sample::select(vec!["Create", "Announce", "Follow", "Note", "Group", "Mention", "as:Public"]).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "id",
        "type",
        "actor",
        "object",
        "to",
        "cc",
        "attributedTo",
        "content",
        "contentMap",
        "tag",
        "attachment",
        "url",
        "publicKey",
        "first",
        "items",
        "haven:told",
        "endpoints",
        "name",
        "href",
        "published",
    ]);
    leaf.prop_recursive(4, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(key.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_document_is_read_or_refused(value in any_json()) {
        let bytes = bytes(&value);
        for limits in [Limits::PARTNER, Limits::OPEN] {
            let _ = read(&bytes, &limits);
            let _ = read_object(&bytes, &limits);
            let _ = read_actor(&bytes, &limits);
            let _ = read_collection(&bytes, &limits);
            let _ = read_key(&bytes, &limits);
            let _ = read_webfinger(&bytes, &limits);
            let _ = read_nodeinfo(&bytes, &limits);
            let _ = read_nodeinfo_index(&bytes, &limits);
        }
    }

    /// FEP-fe34 as a predicate: in a random graph of origins and owners, what is embedded counts exactly when this holds.
    #[test]
    fn what_is_embedded_counts_exactly_when_it_is_own(
        announcer in address(), outer in address(), inner in address(), actor in address(), object in address(), owner in address(),
    ) {
        let origin = |text: &str| iri(text).origin();
        let note = json!({"id": object, "type": "Note", "attributedTo": owner});
        let create = json!({"id": inner, "type": "Create", "actor": actor, "object": note});
        let own_note = origin(&object) == origin(&actor) && owner == actor;

        let read_create = activity(&create);
        prop_assert_eq!(read_create.is_ok(), origin(&inner) == origin(&actor));
        if let Ok(read) = read_create {
            prop_assert_eq!(read.own_object().is_some(), own_note);
        }
        let announce = json!({"id": outer, "type": "Announce", "actor": announcer, "object": create});
        if let Ok(read) = activity(&announce) {
            let near = origin(&inner) == origin(&announcer) && origin(&actor) == origin(&announcer);
            prop_assert_eq!(read.own_activity().is_some(), near);
            if let Some(said) = read.own_activity() {
                prop_assert_eq!(said.own_object().is_some(), own_note);
            }
        }
    }
}
