//! ORG: origin, ownership, authorisation. The stored row decides, never what a message says of itself.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::Answer;
use crate::peer::{Peer, Reply, tombstone};
use crate::pen::{Actor, Pen, Scheme};
use crate::rig::Rig;

/// All of ORG.
pub fn run(rig: &mut Rig) {
    forged(rig);
    neighbours(rig);
    announced(rig);
    answers(rig);
    rights(rig);
    moves_and_keys(rig);
    unseen(rig);
    immutable(rig);
    confused(rig);
    oracle(rig);
    paths(rig);
    graphs(rig);
}

fn with(mut value: Value, path: &str, new: Value) -> Value {
    *value.pointer_mut(path).unwrap_or_else(|| panic!("{path} is not there")) = new;
    value
}

/// The same with fresh ids, so that nothing is taken for a repetition.
fn anew(who: &Actor, mut value: Value) -> Value {
    value["id"] = Rig::say(who, "x", &Value::Null)["id"].clone();
    value
}

fn forged(rig: &mut Rig) {
    let (eve, frank, piet) = (rig.eve.clone(), rig.frank.clone(), rig.piet.clone());
    let group = rig.group("G-E").uri;
    let anna = format!("{}/p/{}", rig.origin, rig.personas["anna"]);
    for other in [
        json!(piet.uri),
        json!(frank.uri),
        json!(anna),
        json!(rig.xeno.uri),
        json!(group),
        json!([piet.uri, eve.uri]),
        Value::Null,
        json!({"id": piet.uri}),
        json!(7),
    ] {
        let said = with(Rig::create(&eve, &group, "forged"), "/object/attributedTo", other);
        rig.no_effect(("ORG-01", "an author that is not the signer"), &eve, &said);
    }
    let theirs = Rig::fresh(&rig.p, "o");
    for id in [theirs.clone(), Rig::fresh(&rig.q, "o"), Rig::fresh(&rig.x, "o"), "urn:x:1".to_owned(), String::new()] {
        let said = with(Rig::create(&eve, &group, "forged"), "/object/id", json!(id));
        rig.no_effect(("ORG-02", "an object of another house"), &eve, &said);
        let said = with(Rig::create(&eve, &rig.group("G-EP").uri, "forged"), "/object/id", json!(id));
        rig.no_effect(("ORG-02", "an object of another house, in a group of both"), &eve, &said);
    }
    let mut early = Vec::new();
    for verb in ["Like", "Flag", "Announce", "Delete", "Undo", "Update"] {
        let said = Rig::say(&eve, verb, &json!(theirs));
        rig.no_effect(("ORG-33", "an id that is taken before it is there"), &eve, &said);
        early.push(said["id"].as_str().expect("an id").to_owned());
    }
    let genuine = with(Rig::create(&piet, &rig.group("G-EP").uri, "genuine"), "/object/id", json!(theirs));
    let became = rig.handled(&piet, &genuine);
    // What was put off has its chance now that the thing is there.
    rig.again(&early);
    let there = rig.word("SELECT state FROM posts WHERE origin_uri = $1", &theirs);
    let outcome = if became == "handled" && there.as_deref() == Some("posted") { Ok(()) } else { Err(format!("{became}, {there:?}")) };
    rig.report.case("ORG-33", "the genuine one arrives", outcome);
    for id in [
        rig.posts["G-E"].1.clone(),
        rig.posts["G-P"].1.clone(),
        format!("{}/o/free", rig.origin),
        format!("{}/g/x", rig.origin),
        anna.clone(),
    ] {
        let said = with(Rig::create(&eve, &group, "forged"), "/object/id", json!(id));
        rig.no_effect(("ORG-03", "an object in our name"), &eve, &said);
        let said = with(Rig::create(&eve, &group, "forged"), "/id", json!(id));
        rig.no_effect(("ORG-03", "an activity in our name"), &eve, &said);
    }
    for id in [
        json!(Rig::fresh(&rig.p, "a")),
        json!(Rig::fresh(&rig.x, "a")),
        Value::Null,
        json!(""),
        json!("a"),
        json!(["a"]),
        json!({}),
        json!(7),
        json!("javascript:1"),
    ] {
        let said = with(Rig::create(&eve, &group, "forged"), "/id", id);
        rig.no_effect(("ORG-04", "an activity of another house"), &eve, &said);
    }
}

fn neighbours(rig: &mut Rig) {
    let (eve, frank, piet) = (rig.eve.clone(), rig.frank.clone(), rig.piet.clone());
    let group = rig.group("G-E").uri;
    let anna = format!("{}/p/{}", rig.origin, rig.personas["anna"]);
    let (franks, piets) = (rig.posts["frank"].1.clone(), rig.posts["piet"].1.clone());
    let ours: Vec<String> = ["G-E", "G-P", "G-int"].iter().map(|name| rig.posts[name].1.clone()).collect();
    let updated = |id: &str, by: &str| {
        let note = json!({"id": id, "type": "Note", "attributedTo": by, "content": "<p>overwritten</p>", "audience": group,
            "to": [group], "updated": Rig::time(60)});
        let mut said = Rig::say(&eve, "Update", &note);
        said["audience"] = json!(group);
        said["to"] = json!([group]);
        said
    };
    for by in [&eve.uri, &frank.uri] {
        rig.no_effect(("ORG-05", "a neighbour's post is changed"), &eve, &updated(&franks, by));
    }
    for (at, id) in ours.iter().enumerate() {
        for by in [&eve.uri, &anna] {
            rig.no_effect(("ORG-06", ["a post of the house", "of a foreign group", "of this house only"][at]), &eve, &updated(id, by));
        }
    }
    for id in ours.iter().chain([&franks, &piets]) {
        let forms = [
            json!(id),
            tombstone(id),
            json!({"id": id, "type": "Note", "attributedTo": eve.uri}),
            json!([id]),
            json!({"type": "Tombstone", "id": id, "formerType": "Note"}),
        ];
        for form in forms {
            let mut said = Rig::say(&eve, "Delete", &form);
            said["audience"] = json!(group);
            rig.no_effect(("ORG-07", "somebody else's post is deleted"), &eve, &said);
        }
        for inner in ["Create", "Delete", "Announce"] {
            let said = Rig::say(&eve, "Undo", &json!({"type": inner, "id": Rig::fresh(&rig.e, "a"), "actor": eve.uri, "object": id}));
            rig.no_effect(("ORG-07", "somebody else's post is undone"), &eve, &said);
        }
    }
    for thing in [
        &piet.uri,
        &frank.uri,
        &rig.quinn.uri.clone(),
        &anna,
        &group,
        &rig.group("G-P").uri,
        &rig.origin.clone(),
        &format!("{}/actor", rig.origin),
        &rig.club.uri.clone(),
    ] {
        rig.no_effect(("ORG-08", "somebody is deleted"), &eve, &Rig::say(&eve, "Delete", &json!(thing)));
        rig.no_effect(("ORG-08", "somebody is deleted"), &eve, &Rig::say(&eve, "Delete", &tombstone(thing)));
    }
    for form in [json!({"type": "Follow", "id": Rig::fresh(&rig.p, "a"), "actor": piet.uri, "object": rig.group("G-EP").uri}),
        json!({"type": "Follow", "id": Rig::fresh(&rig.e, "a"), "actor": piet.uri, "object": rig.group("G-EP").uri}),
        json!({"type": "Follow", "id": Rig::fresh(&rig.e, "a"), "actor": frank.uri, "object": group}),
        json!({"type": "Like", "actor": piet.uri, "object": ours[0]}), json!({"type": "Announce", "actor": frank.uri, "object": ours[0]}),
        json!(rig.word("SELECT follow_id FROM memberships WHERE follow_id LIKE $1 LIMIT 1", &format!("{}%", rig.p.origin))),
        json!(rig.word("SELECT m.follow_id FROM memberships m JOIN guests g ON g.actor_id = m.actor_id JOIN actors a ON a.id = g.remote_actor_id WHERE a.uri = $1 LIMIT 1", &frank.uri)),
    ] {
        rig.no_effect(("ORG-11", "what others did is undone"), &eve, &Rig::say(&eve, "Undo", &form));
    }
}

/// ORG-11: a service of a house is not the house, and nobody's hand either.
pub fn services(rig: &mut Rig) {
    let (frank, group) = (rig.frank.clone(), rig.group("G-E").uri);
    let service = Actor::new(&rig.e.origin, "/p/service", "Service", "service", 2);
    rig.e.serve_actor(&service);
    rig.introduce(&service);
    let followed =
        "SELECT m.follow_id FROM memberships m JOIN guests g ON g.actor_id = m.actor_id JOIN actors a ON a.id = g.remote_actor_id
                    WHERE a.uri = $1 AND m.follow_id IS NOT NULL LIMIT 1";
    let theirs = rig.word(followed, &frank.uri).unwrap_or_else(|| Rig::fresh(&rig.e, "a"));
    for form in [
        json!(theirs),
        json!(service.uri),
        json!({"type": "Follow", "id": theirs, "actor": frank.uri, "object": group}),
        json!({"type": "Follow", "id": theirs, "actor": service.uri, "object": group}),
    ] {
        rig.no_effect(("ORG-11", "undone by a service of the house"), &service, &Rig::say(&service, "Undo", &form));
    }
}

/// ORG-09, ORG-10: what a group of E says of others.
fn announced(rig: &mut Rig) {
    let (den, club, piet, eve) = (rig.den.clone(), rig.club.clone(), rig.piet.clone(), rig.eve.clone());
    let group = rig.group("G-P").uri;
    let inner = |verb: &str, actor: &str, id: &str, object: Value| json!({"type": verb, "id": id, "actor": actor, "object": object, "to": [format!("{}/followers", den.uri)]});
    let note = |id: &str, by: &str, audience: &str| {
        json!({"id": id, "type": "Note", "attributedTo": by, "content": "<p>poisonInvented</p>",
        "audience": audience, "to": [format!("{audience}/followers")], "published": Rig::time(0)})
    };
    rig.poison.push("poisonInvented".to_owned());
    let (at_p, at_e, at_v) = (Rig::fresh(&rig.p, "o"), Rig::fresh(&rig.e, "o"), rig.posts["G-P"].1.clone());
    rig.p.serve(at_p.strip_prefix(&rig.p.origin).expect("at P"), Reply::status(404));
    let (by_p, by_e) = (Rig::fresh(&rig.p, "a"), Rig::fresh(&rig.e, "a"));
    for object in [
        note(&at_p, &piet.uri, &den.uri),
        note(&at_e, &piet.uri, &den.uri),
        inner("Create", &piet.uri, &by_p, note(&at_p, &piet.uri, &den.uri)),
        inner("Create", &piet.uri, &by_e, note(&at_e, &piet.uri, &den.uri)),
        inner("Create", &eve.uri, &by_e, note(&at_e, &piet.uri, &den.uri)),
        inner("Create", &eve.uri, &by_e, note(&at_p, &eve.uri, &den.uri)),
        inner("Update", &piet.uri, &by_p, note(&rig.posts["piet"].1.clone(), &piet.uri, &den.uri)),
        inner("Update", &eve.uri, &by_e, note(&at_v, &eve.uri, &den.uri)),
        inner("Create", &format!("{}/p/{}", rig.origin, rig.personas["anna"]), &by_e, note(&at_e, &eve.uri, &den.uri)),
    ] {
        rig.no_effect(("ORG-09", "a group announces in another's name"), &den, &Rig::say(&den, "Announce", &object));
    }
    for audience in [&club.uri, &group, &rig.group("G-E").uri] {
        for object in [
            inner("Create", &eve.uri, &by_e, note(&at_e, &eve.uri, audience)),
            inner("Create", &piet.uri, &by_p, note(&at_p, &piet.uri, audience)),
            inner("Update", &piet.uri, &by_p, note(&at_p, &piet.uri, audience)),
        ] {
            rig.no_effect(("ORG-10", "a group relays for another group"), &den, &Rig::say(&den, "Announce", &object));
        }
    }
    for id in [&at_v, &rig.posts["piet"].1.clone(), &rig.posts["G-E"].1.clone(), &at_p] {
        for actor in [&piet.uri, &eve.uri, &den.uri] {
            let object = inner("Delete", actor, &by_e, json!(id));
            rig.no_effect(("ORG-10", "a group relays a deletion"), &den, &Rig::say(&den, "Announce", &object));
        }
    }
    // Persons and the house itself are no groups; and nothing is announced twice over.
    for who in [&eve, &rig.e_house.clone()] {
        let object = inner("Create", &eve.uri, &by_e, note(&at_e, &eve.uri, &den.uri));
        rig.no_effect(("ORG-10", "somebody who is no group announces"), who, &Rig::say(who, "Announce", &object));
    }
    let object = inner("Announce", &den.uri, &by_e, inner("Create", &eve.uri, &Rig::fresh(&rig.e, "a"), note(&at_e, &eve.uri, &den.uri)));
    rig.no_effect(("ORG-10", "an announcement of an announcement"), &den, &Rig::say(&den, "Announce", &object));
    let mut wide = inner("Create", &eve.uri, &by_e, note(&at_e, &eve.uri, &den.uri));
    wide["to"] = json!(["https://www.w3.org/ns/activitystreams#Public"]);
    rig.widened(("AUD-05", "a group announces to the world"), &den, &Rig::say(&den, "Announce", &wide));
    let (eve, shared) = (rig.eve.clone(), rig.posts["G-E"].1.clone());
    let mut passed_on = Rig::say(&eve, "Announce", &json!(shared));
    for (to, what) in [(rig.origin.clone(), "to V"), (rig.xeno.uri.clone(), "to a stranger")] {
        passed_on = anew(&eve, passed_on);
        passed_on["to"] = json!([to]);
        rig.no_effect(("AUD-05", what), &eve, &passed_on);
    }
    passed_on = anew(&eve, passed_on);
    passed_on["to"] = json!(["as:Public"]);
    rig.widened(("AUD-05", "a person announces a post to the world"), &eve, &passed_on);
}

/// ORG-12 to ORG-14: answers to what was never asked, or not of them.
fn answers(rig: &mut Rig) {
    let (club, den, piet, eve, frank) = (rig.club.clone(), rig.den.clone(), rig.piet.clone(), rig.eve.clone(), rig.frank.clone());
    let (anna, bram) = (rig.personas["anna"].clone(), rig.personas["bram"].clone());
    let from = rig.p.count();
    rig.house.json(&["group", "join", &club.uri, "--as", &anna], "");
    rig.until("the question", |rig| rig.p.activities(from).iter().any(|said| said["type"] == "Follow"));
    let asked = rig.p.activities(from).into_iter().find(|said| said["type"] == "Follow").expect("a Follow");
    let membership = |rig: &Rig| rig.word("SELECT state FROM memberships WHERE follow_id = $1", asked["id"].as_str().expect("an id"));
    let den_follow =
        rig.word("SELECT follow_id FROM memberships m JOIN groups g ON g.id = m.group_id WHERE g.uri = $1", &den.uri).expect("a Follow");
    let never =
        json!({"type": "Follow", "id": format!("{}/a/never", rig.origin), "actor": format!("{}/p/{bram}", rig.origin), "object": club.uri});
    let altered = |field: &str, value: &str| with(asked.clone(), &format!("/{field}"), json!(value));
    for (who, object) in [
        (&club, never.clone()),
        (&club, never["id"].clone()),
        (&den, asked.clone()),
        (&den, asked["id"].clone()),
        (&eve, asked.clone()),
        (&piet, asked.clone()),
        (&piet, asked["id"].clone()),
        (&club, altered("actor", &format!("{}/p/{bram}", rig.origin))),
        (&club, altered("object", &rig.den.uri.clone())),
        (&club, altered("id", &format!("{}/a/other", rig.origin))),
        (&club, json!(den_follow)),
        (&club, json!([asked["id"], den_follow])),
    ] {
        rig.no_effect(("ORG-12", "an answer to what was not asked"), who, &Rig::say(who, "Accept", &object));
    }
    // Before the answer nothing is seen.
    let text = "poisonBeforeAnswer";
    rig.poison.push(text.to_owned());
    let note = json!({"id": Rig::fresh(&rig.p, "o"), "type": "Note", "attributedTo": piet.uri, "content": format!("<p>{text}</p>"),
        "audience": club.uri, "to": [format!("{}/followers", club.uri)], "published": Rig::time(0)});
    let inner = json!({"type": "Create", "id": Rig::fresh(&rig.p, "a"), "actor": piet.uri, "object": note, "audience": club.uri});
    rig.no_effect(("ORG-13", "posts before the answer"), &club, &Rig::say(&club, "Announce", &inner));
    let id = rig.word("SELECT id FROM groups WHERE uri = $1", &club.uri).expect("the group");
    let page = rig.person("anna").get(&format!("/g/{id}")).text();
    let pending = membership(rig).as_deref() == Some("pending");
    rig.report.case(
        "ORG-13",
        "pending is not member",
        if pending && !page.contains(text) { Ok(()) } else { Err(format!("{:?}", membership(rig))) },
    );
    let waiting = rig.piet.clone();
    let ask = Rig::say(&waiting, "Follow", &json!(rig.group("G-ask").uri));
    assert_eq!(rig.handled(&waiting, &ask), "handled");
    rig.no_effect(("ORG-13", "a guest writes before the answer"), &waiting, &Rig::create(&waiting, &rig.group("G-ask").uri, "too early"));
    for (who, object) in [
        (&frank, json!(den_follow)),
        (&eve, json!(den_follow)),
        (&rig.e_house.clone(), json!(den_follow)),
        (&den, asked.clone()),
        (&den, asked["id"].clone()),
        (&piet, asked.clone()),
        (&club, json!(den_follow)),
    ] {
        rig.no_effect(("ORG-14", "a third says no"), who, &Rig::say(who, "Reject", &object));
    }
    let became = rig.handled(&club, &Rig::say(&club, "Accept", &asked));
    let outcome = if membership(rig).as_deref() == Some("active") { Ok(()) } else { Err(became) };
    rig.report.case("ORG-13", "exactly the group that was asked", outcome);
}

fn rights(rig: &mut Rig) {
    let eve = rig.eve.clone();
    let (own, other) = (rig.group("G-E").uri, rig.group("G-PQ").uri);
    let anna = format!("{}/p/{}", rig.origin, rig.personas["anna"]);
    for (verb, object, target) in [
        ("Add", eve.uri.clone(), format!("{own}/moderators")),
        ("Add", rig.posts["G-PQ"].1.clone(), format!("{own}/featured")),
        ("Add", rig.posts["G-E"].1.clone(), format!("{own}/featured")),
        ("Remove", anna.clone(), format!("{own}/moderators")),
        ("Remove", anna.clone(), format!("{own}/followers")),
        ("Add", rig.posts["eve"].1.clone(), format!("{}/outbox", rig.piet.uri)),
        ("Block", anna.clone(), rig.origin.clone()),
        ("Block", anna.clone(), rig.p.origin.clone()),
        ("Block", anna.clone(), own.clone()),
        ("Lock", rig.posts["G-E"].1.clone(), own.clone()),
        ("Invite", eve.uri.clone(), other.clone()),
        ("Join", other.clone(), other.clone()),
        ("Leave", own.clone(), own.clone()),
    ] {
        let mut said = Rig::say(&eve, verb, &json!(object));
        said["target"] = json!(target);
        let case = if verb == "Block" { "ORG-17" } else { "ORG-15" };
        rig.no_effect((case, verb), &eve, &said);
    }
    for verb in ["Add", "Remove", "Follow", "Join"] {
        for group in ["G-int", "G-P", "G-PQ", "G-inv"] {
            rig.no_effect(("ORG-15", "a group that is not for this partner"), &eve, &Rig::say(&eve, verb, &json!(rig.group(group).uri)));
        }
    }
    for (outer, inner) in [(&other, &other), (&own, &other), (&other, &own)] {
        let mut said = Rig::create(&eve, inner, "into another group");
        said["audience"] = json!(outer);
        rig.no_effect(("ORG-16", "the group that the payload names"), &eve, &said);
    }
    for target in ["target", "context"] {
        let mut said = Rig::create(&eve, &other, "into another group");
        said[target] = json!(own);
        said["object"][target] = json!(own);
        rig.no_effect(("ORG-16", "the group that the payload names beside"), &eve, &said);
    }
    let document =
        json!({"id": own, "type": "Group", "name": "taken over", "inbox": format!("{own}/inbox"), "outbox": format!("{own}/outbox")});
    rig.no_effect(("ORG-16", "our group is described by E"), &eve, &Rig::say(&eve, "Update", &document));
    let document = json!({"id": rig.club.uri, "type": "Group", "name": "taken over", "inbox": format!("{}/inbox", rig.club.uri)});
    for who in [rig.eve.clone(), rig.den.clone(), rig.piet.clone()] {
        rig.no_effect(("ORG-16", "a group of P is described by others"), &who, &Rig::say(&who, "Update", &document));
    }
}

fn moves_and_keys(rig: &mut Rig) {
    let (eve, piet, frank) = (rig.eve.clone(), rig.piet.clone(), rig.frank.clone());
    for (actor, object, target) in [
        (&eve, &piet.uri, &eve.uri),
        (&eve, &eve.uri, &rig.xeno.uri.clone()),
        (&eve, &eve.uri, &piet.uri),
        (&piet, &piet.uri, &eve.uri),
        (&eve, &rig.group("G-E").uri, &rig.den.uri.clone()),
    ] {
        let mut said = Rig::say(actor, "Move", &json!(object));
        said["target"] = json!(target);
        rig.no_effect(("ORG-18", "somebody moves"), actor, &said);
    }
    for who in [&eve, &frank, &rig.e_house.clone()] {
        let stolen = piet.with_key_of(&eve).document();
        rig.no_effect(("ORG-19", "somebody's document from another house"), who, &Rig::say(who, "Update", &stolen));
    }
    let mut moved = piet.with_key_of(&eve).document();
    moved["inbox"] = json!(format!("{}/inbox", rig.x.origin));
    rig.no_effect(("ORG-19", "a changed key and inbox in one's own document"), &piet, &Rig::say(&piet, "Update", &moved));
    moved["endpoints"] = json!({"sharedInbox": format!("{}/inbox", rig.x.origin)});
    rig.no_effect(("ORG-19", "a changed shared inbox in one's own document"), &piet, &Rig::say(&piet, "Update", &moved));
    // Served that way, it is refused as a whole, and the stored key still counts.
    rig.p.serve("/p/piet", Reply::document(&moved));
    let body = Rig::say(&piet, "Like", &json!("x")).to_string();
    let (forged, p) = (piet.with_key_of(&eve), rig.p.clone());
    let write = |rig: &Rig| Pen::post(&forged, Scheme::Draft, &rig.authority, "/inbox").write(body.as_bytes());
    rig.deny_asked(("ORG-19", "a served document with a foreign inbox"), write, &[401], (&p, "/p/piet"));
    rig.p.serve_actor(&piet);
    fetched(rig);
}

/// ORG-20: an address that leads to another group of the same house is that group, and nothing under its own.
fn elsewhere_in_the_house(rig: &mut Rig, good: &Value) {
    let real = Actor::new(&rig.p.origin, "/g/real", "Group", "real", 6);
    rig.p.serve("/g/real", Reply::document(&rig.shared(&real)));
    rig.p.serve("/g/alias", Reply::document(&with(good.clone(), "/id", json!(real.uri))));
    let (answer, asked) = looked_for(rig, &rig.p, "/g/alias");
    let stored = |rig: &Rig, path: &str| rig.number(&format!("SELECT COUNT(*) FROM actors WHERE uri = '{}'", rig.p.at(path)));
    let good = answer.status == 303 && asked == ["/g/alias", "/g/real"] && stored(rig, "/g/real") == 1 && stored(rig, "/g/alias") == 0;
    rig.report.case(
        "ORG-20",
        "another address of the same house",
        if good { Ok(()) } else { Err(format!("answered {}, asked {asked:?}", answer.status)) },
    );
}

/// Looks for a group at a partner as a member, and what the partner was asked for. Where the partner's questions of this minute are
/// used up nothing is asked, and it is tried again.
fn looked_for(rig: &Rig, at: &Peer, path: &str) -> (Answer, Vec<String>) {
    let begun = Instant::now();
    loop {
        let from = at.count();
        let answer = rig.person("anna").post("/groups/find", &[("address", &at.at(path))]);
        let asked: Vec<String> = at.since(from).iter().map(|seen| seen.target.clone()).collect();
        if !asked.is_empty() || begun.elapsed() > Duration::from_mins(3) {
            return (answer, asked);
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// ORG-20 to ORG-22, SSR-09: what a partner serves when it is asked.
fn fetched(rig: &mut Rig) {
    let odd = Actor::new(&rig.p.origin, "/g/odd", "Group", "odd", 6);
    let good = rig.shared(&odd);
    let mut replies = Vec::new();
    for id in [
        json!(rig.p.at("/g/other")),
        json!(rig.e.at("/g/odd")),
        Value::Null,
        json!(format!("{}/g/odd", rig.origin)),
        json!(format!("{}?x", odd.uri)),
        json!(format!("{}/", odd.uri)),
    ] {
        replies.push(("ORG-20", Reply::document(&with(good.clone(), "/id", id))));
    }
    elsewhere_in_the_house(rig, &good);
    let mut keyed = with(good.clone(), "/id", json!(rig.p.at("/g/other")));
    keyed["publicKey"]["id"] = json!(odd.uri);
    keyed["publicKey"]["owner"] = json!(rig.p.at("/g/other"));
    replies.push(("ORG-20", Reply::document(&keyed)));
    for (field, value) in [
        ("inbox", json!(rig.e.at("/inbox"))),
        ("inbox", Value::Null),
        ("endpoints", json!({"sharedInbox": rig.x.at("/inbox")})),
        ("type", json!("Person")),
        ("type", json!(["Group", "Person"])),
        ("type", json!("Collection")),
    ] {
        replies.push(("ORG-20", Reply::document(&with(good.clone(), &format!("/{field}"), value))));
    }
    for kind in [
        "text/html",
        "application/json",
        "text/plain",
        "image/png",
        "application/ld+json",
        "application/activity+jsonx",
        "text/html; application/activity+json",
        "",
    ] {
        replies.push(("ORG-21", Reply::document(&good).with("content-type", kind)));
    }
    replies.push(("ORG-21", Reply::document(&good).without("content-type")));
    for status in [301, 302, 303, 307, 308, 300, 304] {
        for to in [
            rig.e.at("/g/den"),
            rig.x.at("/g/odd"),
            rig.p.at("/g/club"),
            rig.p.at("/g/odd"),
            "http://127.0.0.1:22/".to_owned(),
            "file:///etc/passwd".to_owned(),
            format!("{}/actor", rig.origin),
        ] {
            replies.push((
                if to.starts_with("file") || to.contains(":22") { "SSR-09" } else { "ORG-22" },
                Reply::document(&good).with("location", &to).coded(status),
            ));
        }
    }
    for status in [201, 202, 204, 206, 400, 401, 403, 404, 410, 429, 500, 503] {
        replies.push(("ORG-22", Reply::document(&good).coded(status)));
    }
    for (case, reply) in replies {
        // Two partners, so that the budget of fetches holds for all of them.
        let asked_at = if matches!(case, "ORG-20" | "ORG-21") { rig.p.clone() } else { rig.q.clone() };
        let others =
            |rig: &Rig| -> Vec<usize> { rig.peers().iter().filter(|peer| peer.name != asked_at.name).map(|peer| peer.reached()).collect() };
        asked_at.serve("/g/odd", reply);
        let (before, reached) = (rig.digest(), others(rig));
        let (answer, asked) = looked_for(rig, &asked_at, "/g/odd");
        let others = others(rig);
        let mut outcome = rig.unchanged(&before, &[]);
        // Of the same house, it is asked there once; what is there counts for there only.
        let led = ["/g/odd", "/g/club", "/g/other", "/g/odd?x", "/g/odd/"];
        let elsewhere = asked.iter().any(|target| !led.contains(&target.as_str())) || asked.len() > 2 || asked.is_empty();
        if outcome.is_ok() && (answer.status == 303 || elsewhere || reached != others) {
            outcome = Err(format!("answered {}, asked {asked:?}", answer.status));
        }
        rig.report.case(case, "a document that is not what was asked for", outcome);
    }
}

/// ORG-24 to ORG-26, AUD-11: things that are there but not for E, beside things that are not there.
fn unseen(rig: &mut Rig) {
    let eve = rig.eve.clone();
    let own = rig.group("G-E").uri;
    let mut said = Vec::new();
    for hidden in ["G-P", "G-PQ", "G-int", "piet"] {
        let there = rig.posts[hidden].1.clone();
        let nowhere = there[..there.len() - 3].to_owned() + "zzz";
        for verb in ["Like", "Dislike", "EmojiReact", "Flag", "Announce", "View", "Delete", "Undo"] {
            said.push((Rig::say(&eve, verb, &json!(there)), Rig::say(&eve, verb, &json!(nowhere)), "ORG-24"));
        }
        for field in ["inReplyTo", "context", "conversation"] {
            let reply = |to: &str| {
                let mut said = Rig::create(&eve, &own, "in reply to the unseen");
                said["object"][field] = json!(to);
                said
            };
            if field == "inReplyTo" {
                said.push((reply(&there), reply(&nowhere), "ORG-26"));
            }
            let vote = |to: &str| with(reply(to), "/object/content", Value::Null);
            if field == "inReplyTo" {
                said.push((vote(&there), vote(&nowhere), "ORG-24"));
            }
        }
        let wide = |id: &str| {
            let mut said = with(Rig::create(&eve, &own, "widened"), "/object/id", json!(id));
            said["object"]["to"] = json!(["https://www.w3.org/ns/activitystreams#Public"]);
            said
        };
        said.push((wide(&there), wide(&nowhere), "ORG-25"));
    }
    let mut times = [Vec::new(), Vec::new()];
    for (there, nowhere, case) in said {
        let mut told = Vec::new();
        for (activity, times) in [&there, &nowhere].into_iter().zip(&mut times) {
            let from = rig.e.count();
            rig.no_effect((case, "what is not for this partner"), &eve, activity);
            // Said again it is answered as before; how long the answer takes is looked at from outside.
            let begun = Instant::now();
            rig.post(&eve, activity);
            times.push(begun.elapsed());
            let state = rig.became(activity["id"].as_str().expect("an id"));
            rig.settle();
            let answers: Vec<(Value, Value, Value)> = rig
                .e
                .activities(from)
                .into_iter()
                .map(|said| (said["type"].clone(), said["summary"].clone(), said["haven:outcome"].clone()))
                .collect();
            told.push((state, answers));
        }
        let outcome = if told[0].1 == told[1].1 { Ok(()) } else { Err(format!("told apart: {told:?}")) };
        rig.report.case("AUD-11", "hidden and missing are answered alike", outcome);
    }
    // Coarse on purpose: what a busy machine does to single answers does not count, what a whole question to somebody would cost does.
    let [there, nowhere] = times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    let near = there.abs_diff(nowhere) < Duration::from_millis(50) + there.min(nowhere);
    let outcome = if near { Ok(()) } else { Err(format!("{there:?} and {nowhere:?}")) };
    rig.report.case("AUD-11", "answered in the same time", outcome);
    // The rightful owner cannot widen either.
    let mut wider = Rig::create(&eve, &own, "wider than before");
    wider["object"]["id"] = json!(rig.posts["eve"].1);
    wider["object"]["to"] = json!(["https://www.w3.org/ns/activitystreams#Public", own]);
    rig.widened(("ORG-25", "one's own post again, for the world"), &eve, &wider);
    let mut wider = anew(&eve, wider);
    wider["object"]["to"] = json!([own]);
    wider["object"]["audience"] = json!(rig.group("G-EP").uri);
    wider["audience"] = json!(rig.group("G-EP").uri);
    rig.no_effect(("ORG-25", "one's own post again, for another group"), &eve, &wider);
}

fn immutable(rig: &mut Rig) {
    let eve = rig.eve.clone();
    let own = rig.group("G-E").uri;
    let id = rig.posts["eve"].1.clone();
    let row = |rig: &Rig| {
        let text = "SELECT COALESCE(parent_id, '') || '|' || group_id || '|' || author_id || '|' || root_id || '|' || COALESCE(audience_id, '') || '|' || CAST(created_at AS TEXT) || '|' || COALESCE(uri, '') || '|' || state || '|' || CAST(pinned AS TEXT) || '|' || CAST(closed AS TEXT) FROM posts WHERE origin_uri = $1";
        rig.word(text, &id)
    };
    let before = row(rig);
    for (at, (field, value)) in [
        ("inReplyTo", json!(rig.posts["G-E"].1)),
        ("inReplyTo", json!(rig.posts["G-P"].1)),
        ("audience", json!(rig.group("G-EP").uri)),
        ("type", json!("Question")),
        ("type", json!("Article")),
        ("attributedTo", json!(rig.frank.uri)),
        ("published", json!("2001-01-01T00:00:00Z")),
        ("url", json!("http://127.0.0.1:1/")),
        ("haven:pinned", json!(true)),
        ("haven:closed", json!(true)),
        ("haven:replaces", json!(rig.posts["frank"].1)),
    ]
    .into_iter()
    .enumerate()
    {
        let mut note = json!({"id": id, "type": "Note", "attributedTo": eve.uri, "content": format!("<p>changed {at}</p>"), "audience": own,
            "to": [own], "updated": Rig::time(1 + i64::try_from(at).expect("small"))});
        note[field] = value;
        let mut said = Rig::say(&eve, "Update", &note);
        said["audience"] = json!(own);
        let became = rig.handled(&eve, &said);
        let now = row(rig);
        rig.report.case("ORG-27", field, if now == before { Ok(()) } else { Err(format!("{became}: {before:?} became {now:?}")) });
    }
    let update = |text: &str, seconds: i64| {
        let note = json!({"id": id, "type": "Note", "attributedTo": eve.uri, "content": format!("<p>{text}</p>"), "audience": own, "to": [own],
            "updated": Rig::time(seconds)});
        let mut said = Rig::say(&eve, "Update", &note);
        said["audience"] = json!(own);
        said
    };
    let mut wide = update("for the world", 99);
    wide["object"]["to"] = json!(["https://www.w3.org/ns/activitystreams#Public"]);
    rig.widened(("ORG-27", "to"), &eve, &wide);
    let newest = update("the newest", 200);
    for said in [newest.clone(), update("older", 100), anew(&eve, newest.clone()), newest] {
        rig.handled(&eve, &said);
        let source = rig.word("SELECT source FROM posts WHERE origin_uri = $1", &id).unwrap_or_default();
        rig.report.case("ORG-28", "an older change comes late", if source.contains("the newest") { Ok(()) } else { Err(source) });
    }
}

/// ORG-29, DOS-23: shapes that mean two things or nothing.
fn confused(rig: &mut Rig) {
    let (eve, piet) = (rig.eve.clone(), rig.piet.clone());
    let good = Rig::create(&eve, &rig.group("G-E").uri, "confused");
    let text = good.to_string();
    let mut bodies: Vec<String> = Vec::new();
    for actor in [
        json!([eve.uri, piet.uri]),
        json!([piet.uri, eve.uri]),
        json!({"id": piet.uri}),
        json!(7),
        json!(true),
        Value::Null,
        json!([]),
        json!([[eve.uri]]),
        json!({"type": "Person"}),
    ] {
        bodies.push(with(good.clone(), "/actor", actor).to_string());
    }
    for kind in [
        json!(["Create", "Delete"]),
        json!(["Delete", "Create"]),
        json!([]),
        json!(7),
        Value::Null,
        json!({"id": "Create"}),
        json!("Person"),
        json!("Note"),
        json!(["Create", "Person"]),
    ] {
        bodies.push(with(good.clone(), "/type", kind).to_string());
    }
    let object = good["object"].clone();
    for object in [
        json!([object, object]),
        json!([object, piet.uri]),
        Value::Null,
        json!(7),
        json!([]),
        json!({}),
        json!([[]]),
        json!(""),
        json!({"type": "Create"}),
        json!({"id": 7, "type": 8, "attributedTo": 9}),
    ] {
        bodies.push(with(good.clone(), "/object", object).to_string());
    }
    for key in ["actor", "id", "type", "object", "audience"] {
        bodies.push(text.replacen('{', &format!("{{\"{key}\":\"{}\",", piet.uri), 1));
        bodies.push(format!("{},\"{key}\":\"{}\"}}", &text[..text.len() - 1], piet.uri));
        bodies.push(text.replacen('{', &format!("{{\"\\u00{:02x}{}\":\"{}\",", key.as_bytes()[0], &key[1..], piet.uri), 1));
    }
    for value in ["null", "[]", "\"x\"", "7", "true", "{}", "", "[{}]", "{\"type\":\"Create\"}", "\u{feff}{}", "{\"a\":", "nan"] {
        bodies.push(value.to_owned());
    }
    for field in
        ["/object/content", "/object/id", "/object/type", "/object/attributedTo", "/published", "/to", "/audience", "/object/published"]
    {
        for value in [
            Value::Null,
            json!([]),
            json!({}),
            json!(-1),
            json!(1e308),
            json!("\u{0}"),
            json!([null, null]),
            json!("9999-99-99T99:99:99Z"),
            json!("x".repeat(100_000)),
        ] {
            bodies.push(with(with(good.clone(), "/object/id", json!(rig.p.at("/o/never"))), field, value).to_string());
        }
    }
    for body in bodies {
        let letter = Pen::post(&eve, Scheme::Draft, &rig.authority, "/inbox").write(body.as_bytes());
        let before = rig.digest();
        let answer = rig.send(&letter);
        let id = serde_json::from_str::<Value>(&body).ok().and_then(|said| said["id"].as_str().map(str::to_owned));
        if answer.status == 202
            && let Some(id) = &id
        {
            rig.became(id);
        }
        rig.settle();
        let fits = matches!(answer.status, 202 | 400 | 401 | 403);
        let shown: String = body.chars().take(120).collect();
        let outcome = if fits { rig.unchanged(&before, &crate::rig::MAIL) } else { Err(format!("answered {}", answer.status)) };
        rig.report.case("ORG-29", "a shape with two meanings", outcome.map_err(|why| format!("{why}: {shown}")));
    }
    let parked = rig.number("SELECT COUNT(*) FROM inbox WHERE state = 'parked'");
    rig.report.case("DOS-23", "nothing panicked", if parked == 0 { Ok(()) } else { Err(format!("{parked} parked")) });
    let became = rig.handled(&eve, &Rig::create(&eve, &rig.group("G-E").uri, "after the poison"));
    rig.report.case("DOS-23", "what comes behind flows", if became == "handled" { Ok(()) } else { Err(became) });
}

/// ORG-31: nothing that a peer wrote is ever inside what we sign.
fn oracle(rig: &mut Rig) {
    let frank = rig.frank.clone();
    let group = rig.group("G-E").uri;
    let from = rig.e.count();
    let mark = |mut said: Value| {
        said["evil"] = json!({"marker": "oracleMark"});
        said["oracleMark"] = json!("oracleMark");
        said["@context"] = json!(["https://www.w3.org/ns/activitystreams", {"oracleMark": "http://127.0.0.5:1/oracleMark"}]);
        if said["object"].is_object() {
            said["object"]["oracleMark"] = json!(["oracleMark"]);
            said["object"]["tag"] = json!([{"type": "Mention", "href": "http://127.0.0.5:1/oracleMark", "name": "oracleMark"}]);
        }
        said
    };
    let create = mark(Rig::create(&frank, &group, "asked to sign"));
    let id = create["object"]["id"].clone();
    let note =
        json!({"id": id, "type": "Note", "attributedTo": frank.uri, "content": "<p>again</p>", "audience": group, "updated": Rig::time(5)});
    let update = mark(with_audience(Rig::say(&frank, "Update", &note), &group));
    let follow = mark(Rig::say(&frank, "Follow", &json!(group)));
    let undo = mark(Rig::say(
        &frank,
        "Undo",
        &json!({"type": "Follow", "id": follow["id"], "actor": frank.uri, "object": group, "oracleMark": 1}),
    ));
    let delete = mark(with_audience(Rig::say(&frank, "Delete", &id), &group));
    let offer = mark(Rig::say(&rig.e_house.clone(), "Offer", &json!({"oracleMark": "oracleMark"})));
    let refused = mark(Rig::create(&rig.piet.clone(), &rig.group("G-ask").uri, "asked to refuse"));
    for (who, said) in [
        (&frank, create),
        (&frank, update),
        (&frank, delete),
        (&frank, undo),
        (&frank, follow),
        (&rig.piet.clone(), refused),
        (&rig.e_house.clone(), offer),
    ] {
        rig.handled(who, &said);
    }
    rig.settle();
    let sent: Vec<String> = rig.e.since(from).iter().map(|seen| seen.body.clone()).collect();
    let outcome = if sent.is_empty() {
        Err("nothing was answered".to_owned())
    } else if sent.iter().any(|body| body.contains("oracleMark")) {
        Err(sent.join("\n"))
    } else {
        Ok(())
    };
    rig.report.many("ORG-31", "what we sign", sent.len().max(1), outcome);
    let long = format!("{}/a/{}", rig.e.origin, "x".repeat(20_000));
    let said = with(Rig::say(&frank, "Follow", &json!(group)), "/id", json!(long));
    rig.no_effect(("ORG-31", "an id without end"), &frank, &said);
}

fn with_audience(mut said: Value, group: &str) -> Value {
    said["audience"] = json!(group);
    said
}

/// ORG-32: the inbox that is used says nothing.
fn paths(rig: &mut Rig) {
    let eve = rig.eve.clone();
    let (anna, bram) = (rig.personas["anna"].clone(), rig.personas["bram"].clone());
    let targets = [
        format!("/p/{anna}/inbox"),
        format!("/p/{bram}/inbox"),
        format!("/g/{}/inbox", rig.group("G-P").id),
        format!("/g/{}/inbox", rig.group("G-E").id),
        "/actor/inbox".to_owned(),
    ];
    for target in targets {
        for group in ["G-P", "G-int", "G-PQ"] {
            let said = Rig::create(&eve, &rig.group(group).uri, "by another door");
            let letter = Pen::post(&eve, Scheme::Draft, &rig.authority, &target).write(said.to_string().as_bytes());
            rig.no_effect_of(("ORG-32", "another inbox"), &eve, &said, &letter);
        }
        let said = with(
            Rig::say(
                &eve,
                "Create",
                &json!({"id": Rig::fresh(&rig.e, "o"), "type": "Note", "attributedTo": eve.uri, "content": "x", "to": []}),
            ),
            "/type",
            json!("Create"),
        );
        let letter = Pen::post(&eve, Scheme::Draft, &rig.authority, &target).write(said.to_string().as_bytes());
        rig.no_effect_of(("ORG-32", "for nobody"), &eve, &said, &letter);
    }
}

/// ORG-01 to ORG-04, ORG-16 as one predicate over all combinations: only one's own thing, in one's own group, becomes a post.
fn graphs(rig: &mut Rig) {
    rig.settle();
    let mut expected = Vec::new();
    let (mut tried, mut sent) = (0, Vec::new());
    let anna = format!("{}/p/{}", rig.origin, rig.personas["anna"]);
    let everybody = [rig.piet.uri.clone(), rig.eve.uri.clone(), rig.frank.uri.clone(), anna, rig.xeno.uri.clone()];
    let origins = [rig.p.origin.clone(), rig.e.origin.clone(), rig.origin.clone(), rig.x.origin.clone()];
    let groups: Vec<String> = ["G-P", "G-E", "G-EP", "G-int"].iter().map(|name| rig.group(name).uri).collect();
    for (signer, member) in [(rig.piet.clone(), [true, false, true, false]), (rig.eve.clone(), [false, true, true, false])] {
        for (said_at, object_at) in (0..4).flat_map(|a| (0..4).map(move |b| (a, b))) {
            for (author, group) in (0..5).flat_map(|a| (0..4).map(move |b| (a, b))) {
                let mut said = Rig::create(&signer, &groups[group], "a graph");
                let number = tried;
                said["id"] = json!(format!("{}/a/graph{number}{}", origins[said_at], signer.name));
                let id = format!("{}/o/graph{number}{}", origins[object_at], signer.name);
                said["object"]["id"] = json!(id);
                said["object"]["attributedTo"] = json!(everybody[author]);
                let own = signer.origin();
                let good = origins[said_at] == own && origins[object_at] == own && everybody[author] == signer.uri && member[group];
                if good {
                    expected.push(id);
                }
                let status = rig.post(&signer, &said).status;
                sent.push(status);
                tried += 1;
            }
        }
    }
    rig.settle();
    let mut found: Vec<String> = rig.runtime.block_on(async {
        let mut conn = rig.db.read().await.expect("a reader");
        let rows: Vec<(String,)> =
            sqlx::query_as("SELECT COALESCE(origin_uri, uri) FROM posts WHERE origin_uri LIKE '%/o/graph%' OR uri LIKE '%/o/graph%'")
                .fetch_all(conn.sql())
                .await
                .expect("posts");
        rows.into_iter().map(|(uri,)| uri).collect()
    });
    found.sort();
    expected.sort();
    let odd: Vec<u16> = sent.into_iter().filter(|status| !matches!(status, 202 | 400 | 401 | 403)).collect();
    let outcome =
        if found == expected && odd.is_empty() { Ok(()) } else { Err(format!("expected {expected:?}, found {found:?}, answered {odd:?}")) };
    rig.report.many("ORG-16", "all combinations against the predicate", tried, outcome);
}
