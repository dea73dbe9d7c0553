//! Hand-made sentences in every order and more than once: at a copy, at the home, at the writer's house; and those that must have
//! no effect, each named by the rule that refuses it.

mod owners;
mod writer;

use serde_json::{Value, json};

use super::super::post::State;
use super::super::tests::cast::{Cast, House, join, partner};
use super::*;
use crate::base::{Id, Timestamp};
use crate::db::Engine;
use crate::features::groups;
use crate::federation::activity::{self, Embedded, Limits};
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
    hear_read(at, from, sayer, read(said), answers).await
}

fn read(said: &Value) -> Activity {
    activity::read(said.to_string().as_bytes(), &Limits::PARTNER).unwrap()
}

async fn hear_read(at: &House, from: &str, sayer: &str, activity: Activity, answers: Option<&Sent>) -> Outcome {
    let site = &at.at.site;
    let here = site.here();
    let mut tx = site.db.begin().await.unwrap();
    let partner = partner(&at.at, from).await;
    let partner = partners::by_id(&mut tx, &partner).await.unwrap().unwrap();
    let actor = actors::by_uri(&mut tx, &Iri::parse(sayer).unwrap()).await.unwrap().unwrap();
    let news = News { here: &here, partner: &partner, actor: &actor, activity: &activity, answers };
    let inner = activity.own_activity().map(|inner| inner.verb);
    let outcome = match (activity.verb, answers.map(|sent| sent.verb).or(inner)) {
        (Verb::Announce, Some(Verb::Delete)) => copies::gone(&mut tx, news).await,
        (Verb::Announce, None) => wide::named(&mut tx, news).await,
        (Verb::Create | Verb::Update, None) if activity.own_object().is_none() => wide::named(&mut tx, news).await,
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
                for time in ["once", "twice"] {
                    says(&said).await;
                    let row = cast.c.by_uri(&Iri::parse(&uri).unwrap()).await;
                    match end {
                        None => {
                            let found = row.map(|row| (row.state, row.source));
                            assert_eq!(found, Some((State::Posted, "three".to_owned())), "{order:?} {time}");
                        }
                        Some(_) => assert!(row.is_none_or(|row| row.state != State::Posted && row.source.is_empty()), "{order:?} {time}"),
                    }
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
        let listed = cast.c.listed(&rows[0].id).await;
        assert_eq!(listed, [rows[0].id.clone()], "{order:?}: one thread in the list");
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
                let rows = cast.b.readable().await.into_iter().filter(|(_, words, _)| words == "one").count();
                assert_eq!(rows, 0, "{order:?}: nothing is doubled");
            }
        }
    }
}

/// This house knows this person of another one.
async fn known(at: &House, from: &str, uri: &str) {
    let here = at.at.site.here();
    let partner: Id = partner(&at.at, from).await;
    let learned = actors::Learned {
        uri: Iri::parse(uri).unwrap(),
        kind: actors::Kind::Person,
        name: "Eve".to_owned(),
        inbox: Iri::parse(&format!("http://{from}/inbox")).unwrap(),
        shared_inbox: None,
        key: None,
    };
    let mut tx = at.at.site.db.begin().await.unwrap();
    actors::learn(&mut tx, &here, &partner, &learned).await.unwrap();
    tx.commit().await.unwrap();
}

/// The partners that read the group from now on.
async fn read_by(cast: &Cast, readers: &[Id]) -> Timestamp {
    let mut tx = cast.home.at.site.db.begin().await.unwrap();
    let here = cast.home.at.site.here();
    let group = groups::set_readers(&mut tx, &here, &cast.home.group, &cast.home.person.persona, readers).await.unwrap();
    tx.commit().await.unwrap();
    group.updated_at
}

fn code(outcome: Outcome) -> &'static str {
    match outcome {
        Err(Refusal::Code(code)) => code,
        Err(Refusal::Breach(code)) => {
            assert_eq!(code, "widened");
            "paused"
        }
        Ok(Handled::Done) => "done",
        Ok(Handled::Ignored) => "ignored",
        Ok(Handled::NotYet) => "not-yet",
        Err(Refusal::NeedsKey) => "needs-key",
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
    let mut new_to_the_world = note(&names, &format!("http://veld.test/o/{}", cast.home.at.site.here().id()), "one", 0);
    new_to_the_world["to"] = json!([activity::PUBLIC]);
    let new_to_the_world = announce(&cast, &names, "Create", new_to_the_world);
    // Somebody of the group's house passes a post of it on to the world, to a few, and one that nobody knows.
    let passes_on = |object: &str, to: &str| json!({"id": format!("{}/a/{to}", names.guest), "type": "Announce", "actor": names.guest, "object": object, "cc": [to]});
    let boost = passes_on(&uri, "as:Public");
    let among_few = passes_on(&uri, &format!("{}/followers", names.guest));
    let unknown = passes_on("http://veld.test/o/nothing", activity::PUBLIC);
    let elsewhere = changed(&|object| object["audience"] = json!("http://veld.test/g/other"));
    let mut person = announce(&cast, &names, "Update", note(&names, &uri, "two", 5));
    person["actor"] = json!(names.guest);
    for (who, said, expected) in [
        (&names.group, &world, "paused"),
        (&names.group, &new_to_the_world, "paused"),
        (&names.guest, &boost, "paused"),
        (&names.guest, &among_few, "ignored"),
        (&names.guest, &unknown, "ignored"),
        (&names.group, &elsewhere, "other-group"),
        (&names.group, &by_other, "other-owner"),
        (&names.group, &deleted_by_other, "other-owner"),
        (&names.group, &foreign, "foreign-object"),
        (&names.guest, &person, "not-a-group"),
    ] {
        assert_eq!(code(hear(&cast.c, "veld.test", who, said, None).await), expected);
    }
    // Words that are said to be of somebody of a third house, who is known here, or not. The reader makes an address of such a post
    // (threats R6); what would get past it goes no further.
    let (eve, nobody) = ("http://herning.test/p/eve", "http://herning.test/p/nobody");
    known(&cast.c, "herning.test", eve).await;
    for who in [eve, nobody] {
        let theirs = note(&names, &format!("http://veld.test/o/{}", cast.home.at.site.here().id()), "not theirs", 0);
        let mut said = read(&announce(&cast, &names, "Create", theirs));
        let Some(Embedded::Activity(inner)) = &mut said.object else { panic!("a post") };
        let Some(Embedded::Object(object)) = &mut inner.object else { panic!("a post") };
        object.attributed_to = Iri::parse(who).ok();
        assert_eq!(code(hear_read(&cast.c, "veld.test", &names.group, said, None).await), "foreign-owner", "{who}");
    }
    // A group speaks at its partners, not at its own home.
    let own = announce(&cast, &names, "Create", note(&names, "http://veld.test/o/own", "one", 0));
    assert_eq!(code(hear(&cast.home, "herning.test", &names.group, &own, None).await), "not-a-group");
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
    known(&cast.home, "herning.test", &eve).await;
    let eves = |uri: &str| guest_note(&eve, &names.group, uri, "mine", 3);
    let own = cast.home.by_uri_of_origin(&uri).await;
    // Another group of the home that the house reads too, and a post of somebody of the home.
    let second =
        cast.home.at.group(&cast.home.person.persona, "Evening tea", groups::JoinRule::Open, &["herning.test"]).await.uri.to_string();
    let theirs = cast.home.write("of the home", None).await.unwrap();
    let theirs = cast.home.post(&theirs).await.uri.unwrap().to_string();
    for (who, said, expected) in [
        (&eve, wish(&cast, &eve, &names.group, "Update", eves(&uri)), "not-yours"),
        (&eve, wish(&cast, &eve, &names.group, "Create", eves(&uri)), "not-yours"),
        (&eve, wish(&cast, &eve, &names.group, "Delete", json!(uri)), "not-yours"),
        (&eve, wish(&cast, &eve, &names.group, "Delete", json!(own)), "no-such-post"),
        (&fern, wish(&cast, &fern, &names.group, "Delete", json!(theirs)), "not-allowed"),
        (&fern, wish(&cast, &fern, &second, "Update", guest_note(&fern, &second, &uri, "moved", 9)), "other-group"),
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
    // The same of what is here already, by its writer or anybody else of the house, under its own address or ours.
    for verb in ["Create", "Update"] {
        for (who, id) in [(&fern, uri.as_str()), (&eve, uri.as_str()), (&fern, own.as_str()), (&eve, own.as_str())] {
            let mut world = wish(&cast, who, &names.group, verb, guest_note(who, &names.group, id, "x", 9));
            world["object"]["cc"] = json!(["Public"]);
            assert_eq!(code(hear(&cast.home, "herning.test", who, &world, None).await), "paused", "{verb} {who} {id}");
            world["object"]["id"] = json!(id.replace("/o/", "/o/z"));
            let nothing = if id == uri { "widened" } else { "ignored" };
            assert_eq!(code(hear(&cast.home, "herning.test", who, &world, None).await), nothing, "{verb} {who} {id}");
        }
    }
    assert_eq!(cast.home.readable().await.len(), 2);
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

/// Only the actor of the group says that a post of ours is taken, with an address of its own house, and says it once.
#[tokio::test]
async fn what_a_writers_house_refuses() {
    let cast = Cast::on(Engine::Sqlite).await.unwrap();
    let names = names(&cast).await;
    let own = cast.b.write("one", None).await.unwrap();
    let create = cast.b.post(&own).await.create_uri.unwrap();
    let sent = Sent { uri: create.clone(), verb: Verb::Create, actor: cast.b.person.persona.clone(), about: None, answers: None };
    let house = "http://veld.test/actor".to_owned();
    let (first, second) = ("http://veld.test/o/first", "http://veld.test/o/second");
    for (who, result, expected) in [
        (&house, first, "not-the-home"),
        (&names.group, "http://zwolle.test/o/first", "no-result"),
        (&names.group, first, "done"),
        (&names.group, second, "ignored"),
        (&names.group, first, "ignored"),
    ] {
        let said =
            json!({"id": cast.home.at.site.here().activity_uri(), "type": "Accept", "actor": who, "object": create, "result": result});
        assert_eq!(code(hear(&cast.b, "veld.test", who, &said, Some(&sent)).await), expected, "{who} {result}");
    }
    // Taken away since: a late answer may still tell the address, and it is the one that is known.
    cast.b.delete(&own, false).await.unwrap();
    for (result, expected) in [(second, "other-result"), (first, "done")] {
        let id = cast.home.at.site.here().activity_uri();
        let said = json!({"id": id, "type": "Accept", "actor": names.group, "object": create, "result": result});
        assert_eq!(code(hear(&cast.b, "veld.test", &names.group, &said, Some(&sent)).await), expected, "{result}");
    }
    assert_eq!(cast.b.post(&own).await.uri.map(|uri| uri.to_string()).as_deref(), Some(first));
    // The address of what somebody else wrote: a copy of theirs must not become the post of ours.
    let theirs = cast.home.write("of the home", None).await.unwrap();
    let theirs = cast.home.post(&theirs).await.uri.unwrap();
    cast.settle().await;
    let other = cast.b.write("two", None).await.unwrap();
    let create = cast.b.post(&other).await.create_uri.unwrap();
    let sent = Sent { uri: create.clone(), ..sent };
    let id = cast.home.at.site.here().activity_uri();
    let said = json!({"id": id, "type": "Accept", "actor": names.group, "object": create, "result": theirs});
    assert_eq!(code(hear(&cast.b, "veld.test", &names.group, &said, Some(&sent)).await), "other-result");
    assert_eq!(cast.b.by_uri(&theirs).await.map(|row| row.source).as_deref(), Some("of the home"));
}

/// Who is added to a group while a post is under way does not get it, whatever the post says of itself.
#[tokio::test]
async fn a_late_post_is_for_whom_its_writer_was_told_of() {
    for cast in Cast::both().await {
        let (names, fern) = (names(&cast).await, fern_uri(&cast).await);
        let group = {
            let mut conn = cast.home.at.site.db.read().await.unwrap();
            groups::load(&mut conn, &cast.home.group).await.unwrap().unwrap()
        };
        let (b, c) = (partner(&cast.home.at, "herning.test").await, partner(&cast.home.at, "zwolle.test").await);
        let first = group.updated_at;
        let without = read_by(&cast, std::slice::from_ref(&b)).await;
        let again = read_by(&cast, &[b.clone(), c.clone()]).await;
        let now = cast.home.at.site.now();
        let shortly_before = Timestamp::from_millis(now.millis() - 1);
        cast.town.clock.advance(std::time::Duration::from_mins(1));
        let minute_later = cast.home.at.site.now();
        for (seen, published, reaches_c) in [
            (Some(first), None, false),
            (Some(without), Some(minute_later), false),
            (Some(again), None, true),
            (Some(again), Some(shortly_before), true),
            (None, Some(shortly_before), false),
            (None, Some(minute_later), true),
            (None, Some(Timestamp::from_millis(minute_later.millis() + 1_000_000)), true),
        ] {
            let uri = format!("http://herning.test/o/{}", cast.b.at.site.here().id());
            let mut object = guest_note(&fern, &names.group, &uri, "one", 0);
            object["published"] = published.map_or(json!(at(0)), |at| json!(at.rfc3339()));
            if let Some(seen) = seen {
                object["haven:sharedSeen"] = json!(seen.rfc3339());
            }
            let said = wish(&cast, &fern, &names.group, "Create", object);
            assert_eq!(code(hear(&cast.home, "herning.test", &fern, &said, None).await), "done");
            let mut conn = cast.home.at.site.db.read().await.unwrap();
            let row = super::super::store::by_origin_uri(&mut conn, &Iri::parse(&uri).unwrap()).await.unwrap().unwrap();
            let audience = super::super::audience_of(&mut conn, &row).await.unwrap();
            assert_eq!((audience.contains(&b), audience.contains(&c)), (true, reaches_c), "{seen:?} {published:?}");
        }
    }
}

/// A house that read the group once hears why, and the writer gets the text back; for one that never did there is no such group.
#[tokio::test]
async fn a_post_for_a_group_that_is_not_shared_any_more_is_answered_once() {
    for cast in Cast::both().await {
        let (names, fern) = (names(&cast).await, fern_uri(&cast).await);
        let c = partner(&cast.home.at, "zwolle.test").await;
        let never = cast.home.at.group(&cast.home.person.persona, "Evening tea", groups::JoinRule::Open, &["zwolle.test"]).await;
        read_by(&cast, &[c]).await;
        let before = refusals(&cast).await;
        for (group, id, expected) in [
            (&names.group, "http://herning.test/o/late", "done"),
            (&names.group, "http://herning.test/o/late", "no-such-group"),
            (&never.uri.to_string(), "http://herning.test/o/never", "no-such-group"),
        ] {
            let said = wish(&cast, &fern, group, "Create", guest_note(&fern, group, id, "one", 0));
            assert_eq!(code(hear(&cast.home, "herning.test", &fern, &said, None).await), expected, "{group} {id}");
        }
        let after = refusals(&cast).await;
        assert_eq!(after.len(), before.len() + 1, "one answer");
        assert!(after.last().unwrap().contains("\"haven:outcome\":\"not-shared\""), "{after:?}");
        assert_eq!(cast.home.readable().await.len(), 0);
    }
}

/// What the home said no with, oldest first.
async fn refusals(cast: &Cast) -> Vec<String> {
    super::super::store::tests::said(&cast.home.at.site.db, "Reject").await
}
