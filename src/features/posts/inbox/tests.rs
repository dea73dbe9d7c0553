//! Hand-made sentences in every order and more than once: at a copy, at the home, at the writer's house; and those that must have
//! no effect, each named by the rule that refuses it.

use serde_json::{Value, json};

use super::super::post::State;
use super::super::tests::cast::{Cast, House, partner};
use super::*;
use crate::base::{Id, Timestamp};
use crate::db::Engine;
use crate::features::groups;
use crate::federation::activity::{self, Limits};
use crate::federation::actors;
use crate::federation::partners;

/// All orders of `items`.
fn permutations<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let with = |at: usize| {
        let mut rest = items.to_vec();
        let first = rest.remove(at);
        permutations(&rest).into_iter().map(move |mut order| {
            order.insert(0, first.clone());
            order
        })
    };
    (0..items.len()).flat_map(with).collect()
}

/// One house hears a sentence from another; refusals and "not yet" undo what was begun, as the inbox does.
async fn hear(at: &House, from: &str, sayer: &str, said: &Value, answers: Option<&Sent>) -> Outcome {
    let site = &at.at.site;
    let here = site.here();
    let activity = activity::read(said.to_string().as_bytes(), &Limits::PARTNER).unwrap();
    let mut tx = site.db.begin().await.unwrap();
    let partner = partner(&at.at, from).await;
    let partner = partners::by_id(&mut tx, &partner).await.unwrap().unwrap();
    let actor = actors::by_uri(&mut tx, &Iri::parse(sayer).unwrap()).await.unwrap().unwrap();
    let news = News { here: &here, partner: &partner, actor: &actor, activity: &activity, answers };
    let inner = activity.own_activity().map(|inner| inner.verb);
    let outcome = match (activity.verb, answers.map(|sent| sent.verb).or(inner)) {
        (Verb::Announce, Some(Verb::Delete)) => copies::gone(&mut tx, news).await,
        (Verb::Announce, _) => copies::post(&mut tx, news).await,
        (Verb::Create, _) => home::create(&mut tx, news).await,
        (Verb::Update, _) => home::update(&mut tx, news).await,
        (Verb::Delete, _) => home::delete(&mut tx, news).await,
        (Verb::Accept, Some(Verb::Create)) => answers::taken(&mut tx, news).await,
        (Verb::Reject, Some(Verb::Create)) => answers::refused(&mut tx, news).await,
        (Verb::Accept, Some(Verb::Announce)) => answers::receipt(&mut tx, news).await,
        other => panic!("no row for {other:?}"),
    };
    if matches!(outcome, Ok(Handled::Done | Handled::Ignored)) {
        tx.commit().await.unwrap();
    }
    outcome
}

/// Hears all, and again what was "not yet", as often as it takes.
async fn hear_all(at: &House, from: &str, sayer: &str, said: &[Value]) {
    let mut waiting = said.to_vec();
    for _ in 0..=said.len() {
        let mut still = Vec::new();
        for one in waiting {
            if hear(at, from, sayer, &one, None).await.unwrap() == Handled::NotYet {
                still.push(one);
            }
        }
        waiting = still;
    }
    assert!(waiting.is_empty(), "something waits for ever");
}

struct Names {
    group: String,
    guest: String,
}

async fn names(cast: &Cast) -> Names {
    let mut conn = cast.b.at.site.db.read().await.unwrap();
    let group = groups::load(&mut conn, &cast.b.group).await.unwrap().unwrap();
    let membership = groups::membership_of(&mut conn, &group.id, &cast.b.person.persona).await.unwrap().unwrap();
    Names { group: group.uri.to_string(), guest: membership.guest_uri.unwrap().to_string() }
}

fn at(second: i64) -> String {
    Timestamp::from_seconds(1_700_000_000 + second).rfc3339()
}

fn note(names: &Names, uri: &str, words: &str, updated: i64) -> Value {
    json!({"id": uri, "type": "Note", "attributedTo": names.guest, "to": [format!("{}/followers", names.group)], "audience": names.group,
        "content": format!("<p>{words}</p>"), "source": {"content": words, "mediaType": "text/markdown"}, "contentMap": {"en": words},
        "published": at(0), "updated": at(updated)})
}

fn announce(cast: &Cast, names: &Names, verb: &str, object: impl Into<Value>) -> Value {
    let object: Value = object.into();
    let here = cast.home.at.site.here();
    let actor = if verb == "Remove" { &names.group } else { &names.guest };
    let verb = if verb == "Remove" { "Delete" } else { verb };
    json!({"id": here.activity_uri(), "type": "Announce", "actor": names.group, "to": [format!("{}/followers", names.group)],
        "object": {"id": here.activity_uri(), "type": verb, "actor": actor, "object": object}})
}

#[tokio::test]
async fn a_copy_ends_alike_whatever_the_order_and_repetition() {
    for cast in Cast::both().await {
        let names = names(&cast).await;
        let says = async |said: &[Value]| {
            for one in said {
                hear(&cast.c, "veld.test", &names.group, one, None).await.unwrap();
            }
        };
        for end in [None, Some("Delete"), Some("Remove")] {
            let kinds: Vec<&str> = ["Create", "Update", "Update2"].into_iter().chain(end).collect();
            for order in permutations(&kinds) {
                let uri = format!("http://veld.test/o/{}", cast.home.at.site.here().id());
                let said: Vec<Value> = order
                    .iter()
                    .map(|kind| match *kind {
                        "Create" => announce(&cast, &names, "Create", note(&names, &uri, "one", 0)),
                        "Update" => announce(&cast, &names, "Update", note(&names, &uri, "two", 1)),
                        "Update2" => announce(&cast, &names, "Update", note(&names, &uri, "three", 2)),
                        end => announce(&cast, &names, end, json!(uri)),
                    })
                    .collect();
                says(&said).await;
                says(&said).await;
                let row = cast.c.by_uri(&Iri::parse(&uri).unwrap()).await;
                match end {
                    None => assert_eq!(row.map(|row| (row.state, row.source)), Some((State::Posted, "three".to_owned())), "{order:?}"),
                    Some(_) => assert!(row.is_none_or(|row| row.state != State::Posted && row.source.is_empty()), "{order:?}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn answers_that_come_before_what_they_answer_find_their_place() {
    let cast = Cast::on(Engine::Sqlite).await.unwrap();
    let names = names(&cast).await;
    for order in permutations(&[0, 1, 2]) {
        let uris: Vec<String> = (0..3).map(|_| format!("http://veld.test/o/{}", cast.home.at.site.here().id())).collect();
        for which in &order {
            let mut object = note(&names, &uris[*which], &format!("words {which}"), 0);
            object["published"] = json!(at(i64::try_from(*which).unwrap()));
            if *which > 0 {
                object["inReplyTo"] = json!(uris[*which - 1]);
            }
            hear(&cast.c, "veld.test", &names.group, &announce(&cast, &names, "Create", object), None).await.unwrap();
        }
        let mut rows = Vec::new();
        for uri in &uris {
            rows.push(cast.c.by_uri(&Iri::parse(uri).unwrap()).await.unwrap());
        }
        assert!(rows.iter().all(|row| row.root == rows[0].id), "{order:?}");
        assert_eq!((rows[1].parent.as_ref(), rows[2].parent.as_ref()), (Some(&rows[0].id), Some(&rows[1].id)), "{order:?}");
        let mut conn = cast.c.at.site.db.read().await.unwrap();
        let listed: Vec<(String,)> = sqlx::query_as("SELECT id FROM posts WHERE listed_at > 0 AND root_id = $1")
            .bind(rows[0].id.as_str())
            .fetch_all(conn.sql())
            .await
            .unwrap();
        assert_eq!(listed, [(rows[0].id.to_string(),)], "{order:?}: one thread in the list");
    }
}

fn guest_note(fern: &str, group: &str, uri: &str, words: &str, updated: i64) -> Value {
    json!({"id": uri, "type": "Note", "attributedTo": fern, "to": [group], "audience": group, "content": format!("<p>{words}</p>"),
        "source": {"content": words, "mediaType": "text/markdown"}, "published": at(0), "updated": at(updated)})
}

fn wish(cast: &Cast, fern: &str, group: &str, verb: &str, object: impl Into<Value>) -> Value {
    let object: Value = object.into();
    json!({"id": cast.b.at.site.here().activity_uri(), "type": verb, "actor": fern, "to": [group], "audience": group, "object": object})
}

async fn fern_uri(cast: &Cast) -> String {
    let mut conn = cast.b.at.site.db.read().await.unwrap();
    actors::by_id(&mut conn, &cast.b.person.persona).await.unwrap().unwrap().uri.to_string()
}

#[tokio::test]
async fn the_home_ends_alike_whatever_the_order_and_repetition() {
    for cast in Cast::both().await {
        let (names, fern) = (names(&cast).await, fern_uri(&cast).await);
        for ends in [false, true] {
            let kinds: Vec<&str> = ["Create", "Update", "Update2"].into_iter().chain(ends.then_some("Delete")).collect();
            for order in permutations(&kinds) {
                let uri = format!("http://herning.test/o/{}", cast.b.at.site.here().id());
                let make = |kind: &&str| match *kind {
                    "Create" => wish(&cast, &fern, &names.group, "Create", guest_note(&fern, &names.group, &uri, "one", 0)),
                    "Update" => wish(&cast, &fern, &names.group, "Update", guest_note(&fern, &names.group, &uri, "two", 1)),
                    "Update2" => wish(&cast, &fern, &names.group, "Update", guest_note(&fern, &names.group, &uri, "three", 2)),
                    _ => wish(&cast, &fern, &names.group, "Delete", json!(uri)),
                };
                let said: Vec<Value> = order.iter().map(make).collect();
                hear_all(&cast.home, "herning.test", &fern, &said).await;
                // The same again under other activity ids.
                let again: Vec<Value> = order.iter().map(make).collect();
                hear_all(&cast.home, "herning.test", &fern, &again).await;
                let mut conn = cast.home.at.site.db.read().await.unwrap();
                let row = super::super::store::by_origin_uri(&mut conn, &Iri::parse(&uri).unwrap()).await.unwrap();
                if ends {
                    assert!(row.is_none_or(|row| row.state != State::Posted && row.source.is_empty()), "{order:?}");
                } else {
                    assert_eq!(row.map(|row| (row.state, row.source)), Some((State::Posted, "three".to_owned())), "{order:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_writers_house_joins_answer_and_announce_in_every_order() {
    for cast in Cast::both().await {
        let names = names(&cast).await;
        for end in [None, Some("Delete"), Some("Remove")] {
            let kinds: Vec<&str> = ["Accept", "Create", "Update"].into_iter().chain(end).collect();
            for order in permutations(&kinds) {
                let own = cast.b.write("one", None).await.unwrap();
                let create = cast.b.post(&own).await.create_uri.unwrap();
                let uri = format!("http://veld.test/o/{}", cast.home.at.site.here().id());
                let sent =
                    Sent { uri: create.clone(), verb: Verb::Create, actor: cast.b.person.persona.clone(), about: None, answers: None };
                for kind in &order {
                    let (said, answers) = match *kind {
                        "Accept" => {
                            let id = cast.home.at.site.here().activity_uri();
                            (json!({"id": id, "type": "Accept", "actor": names.group, "object": create, "result": uri}), Some(&sent))
                        }
                        "Create" => (announce(&cast, &names, "Create", note(&names, &uri, "one", 0)), None),
                        "Update" => (announce(&cast, &names, "Update", note(&names, &uri, "two", 1)), None),
                        end => (announce(&cast, &names, end, json!(uri)), None),
                    };
                    hear(&cast.b, "veld.test", &names.group, &said, answers).await.unwrap();
                }
                let row = cast.b.by_uri(&Iri::parse(&uri).unwrap()).await.unwrap();
                assert_eq!(row.id, own, "{order:?}: one post, one row");
                match end {
                    None => assert_eq!((row.state, row.source.as_str()), (State::Posted, "two"), "{order:?}"),
                    Some(_) => assert!(matches!(row.state, State::Deleted | State::Removed), "{order:?} {:?}", row.state),
                }
                let mut conn = cast.b.at.site.db.read().await.unwrap();
                let (rows,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM posts WHERE state = 'posted' AND source = 'one'")
                    .fetch_one(conn.sql())
                    .await
                    .unwrap();
                assert_eq!(rows, 0, "{order:?}: nothing is doubled");
            }
        }
    }
}

fn code(outcome: Outcome) -> &'static str {
    match outcome {
        Err(Refusal::Code(code)) => code,
        Ok(Handled::Done) => "done",
        Ok(Handled::Ignored) => "ignored",
        Ok(Handled::NotYet) => "not-yet",
        Err(Refusal::Db(error)) => panic!("{error}"),
    }
}

#[tokio::test]
async fn what_a_copy_refuses() {
    let cast = Cast::on(Engine::Sqlite).await.unwrap();
    let names = names(&cast).await;
    let uri = format!("http://veld.test/o/{}", cast.home.at.site.here().id());
    hear(&cast.c, "veld.test", &names.group, &announce(&cast, &names, "Create", note(&names, &uri, "one", 0)), None).await.unwrap();
    let stored = cast.c.by_uri(&Iri::parse(&uri).unwrap()).await.unwrap();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut object = note(&names, &uri, "two", 5);
        change(&mut object);
        announce(&cast, &names, "Update", object)
    };
    let other = "http://veld.test/p/other";
    let mut by_other = announce(&cast, &names, "Update", note(&names, &uri, "two", 5));
    by_other["object"]["actor"] = json!(other);
    by_other["object"]["object"]["attributedTo"] = json!(other);
    let mut deleted_by_other = announce(&cast, &names, "Delete", json!(uri));
    deleted_by_other["object"]["actor"] = json!(other);
    let foreign = announce(&cast, &names, "Delete", json!("http://herning.test/o/x"));
    let world = changed(&|object| object["to"] = json!([activity::PUBLIC]));
    let elsewhere = changed(&|object| object["audience"] = json!("http://veld.test/g/other"));
    let mut person = announce(&cast, &names, "Update", note(&names, &uri, "two", 5));
    person["actor"] = json!(names.guest);
    for (who, said, expected) in [
        (&names.group, &world, "widened"),
        (&names.group, &elsewhere, "other-group"),
        (&names.group, &by_other, "other-owner"),
        (&names.group, &deleted_by_other, "other-owner"),
        (&names.group, &foreign, "foreign-object"),
        (&names.guest, &person, "not-a-group"),
    ] {
        assert_eq!(code(hear(&cast.c, "veld.test", who, said, None).await), expected);
    }
    // What may not change does not change, and an old word is no news.
    let moved = changed(&|object| {
        object["inReplyTo"] = json!("http://veld.test/o/else");
        object["published"] = json!(at(-500));
    });
    assert_eq!(code(hear(&cast.c, "veld.test", &names.group, &moved, None).await), "done");
    assert_eq!(code(hear(&cast.c, "veld.test", &names.group, &changed(&|object| object["updated"] = json!(at(1))), None).await), "done");
    let after = cast.c.by_uri(&Iri::parse(&uri).unwrap()).await.unwrap();
    assert_eq!((after.source.as_str(), after.parent, after.created_at), ("two", None, stored.created_at));
}

#[tokio::test]
async fn what_a_home_refuses() {
    let cast = Cast::on(Engine::Sqlite).await.unwrap();
    let (names, fern) = (names(&cast).await, fern_uri(&cast).await);
    let uri = format!("http://herning.test/o/{}", cast.b.at.site.here().id());
    let said = wish(&cast, &fern, &names.group, "Create", guest_note(&fern, &names.group, &uri, "one", 0));
    assert_eq!(code(hear(&cast.home, "herning.test", &fern, &said, None).await), "done");
    // Somebody else of the same house, known to the home but in no group.
    let eve = "http://herning.test/p/eve".to_owned();
    {
        let here = cast.home.at.site.here();
        let mut tx = cast.home.at.site.db.begin().await.unwrap();
        let partner: Id = partner(&cast.home.at, "herning.test").await;
        let learned = actors::Learned {
            uri: Iri::parse(&eve).unwrap(),
            kind: actors::Kind::Person,
            name: "Eve".to_owned(),
            inbox: Iri::parse("http://herning.test/inbox").unwrap(),
            shared_inbox: None,
            key: None,
        };
        actors::learn(&mut tx, &here, &partner, &learned).await.unwrap();
        tx.commit().await.unwrap();
    }
    let eves = |uri: &str| guest_note(&eve, &names.group, uri, "mine", 3);
    let own = cast.home.by_uri_of_origin(&uri).await;
    for (who, said, expected) in [
        (&eve, wish(&cast, &eve, &names.group, "Update", eves(&uri)), "not-yours"),
        (&eve, wish(&cast, &eve, &names.group, "Create", eves(&uri)), "not-yours"),
        (&eve, wish(&cast, &eve, &names.group, "Delete", json!(uri)), "not-yours"),
        (&eve, wish(&cast, &eve, &names.group, "Delete", json!(own)), "no-such-post"),
        (&fern, wish(&cast, &fern, &names.group, "Delete", json!("http://zwolle.test/o/x")), "foreign-object"),
        (
            &fern,
            wish(
                &cast,
                &fern,
                "http://veld.test/g/none",
                "Create",
                guest_note(&fern, "http://veld.test/g/none", "http://herning.test/o/n", "x", 0),
            ),
            "no-such-group",
        ),
    ] {
        assert_eq!(code(hear(&cast.home, "herning.test", who, &said, None).await), expected, "{said}");
    }
    // Not a member: answered with a reason, no row.
    let strange = wish(&cast, &eve, &names.group, "Create", eves("http://herning.test/o/eve1"));
    assert_eq!(code(hear(&cast.home, "herning.test", &eve, &strange, None).await), "done");
    let mut world = wish(&cast, &fern, &names.group, "Create", guest_note(&fern, &names.group, "http://herning.test/o/w", "x", 0));
    world["object"]["to"] = json!([activity::PUBLIC]);
    assert_eq!(code(hear(&cast.home, "herning.test", &fern, &world, None).await), "widened");
    assert_eq!(cast.home.readable().await.len(), 1);
    // A receipt counts only from the instance itself.
    let receipt = json!({"id": "http://herning.test/a/r", "type": "Accept", "actor": fern, "object": "http://veld.test/a/x"});
    let sent = Sent {
        uri: Iri::parse("http://veld.test/a/x").unwrap(),
        verb: Verb::Announce,
        actor: cast.home.group.clone(),
        about: None,
        answers: None,
    };
    assert_eq!(code(hear(&cast.home, "herning.test", &fern, &receipt, Some(&sent)).await), "not-the-instance");
}
