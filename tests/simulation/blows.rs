//! What the hostile house does (threats §5.1–5.3). [`lives`]: what a partner may do, so that there is something of its own.
//! [`asks`]: reads of what is not for it. [`strikes`]: the cases, each as one step, in whatever state the world is in. Half of
//! the blows are struck at a house that has nothing else to do, and not one row may change; the others come in among the rest.

#![expect(clippy::needless_pass_by_value, reason = "values of JSON are built where they are handed over")]

use std::collections::BTreeSet;

use haven::base::{Iri, Timestamp};
use serde_json::{Value, json};

use crate::checks;
use crate::eve::{self, Answer, DEN, EVE, FRANK, HOUSE, Letter};
use crate::model::Writer;
use crate::world::{DEN_GROUP, HONEST, HOSTILE, HOSTS, World};

/// What must come of a blow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    /// Refused at the door: not a row, not an answer but the status.
    Door,
    /// Refused there or later: not a row but that of the inbox.
    Nothing,
    /// As before, or a no is sent back, and that the thing will not come is remembered.
    Answer,
}

struct Blow {
    case: &'static str,
    letter: Letter,
    expect: Expect,
    /// Address of the activity, when it may get as far as the inbox.
    uri: Option<String>,
}

/// Something of the hostile house that was accepted somewhere.
#[derive(Clone, Debug)]
pub struct Own {
    pub number: u32,
    pub id: String,
    pub who: &'static str,
    pub group: usize,
    pub house: usize,
}

/// What there is at a house to strike at.
#[derive(Default)]
struct Sight {
    /// Posts of its groups that the hostile house may know.
    known: Vec<String>,
    /// Posts of its groups that it may not.
    hidden: Vec<String>,
    /// What frank wrote there, by his own address.
    franks: Vec<String>,
    /// What guests of honest houses wrote there, by their own address.
    guests: Vec<String>,
    /// Requests of others to join.
    requests: Vec<String>,
    /// Its own requests: to the den, and to others.
    to_den: Vec<String>,
    to_others: Vec<String>,
    /// Its groups that the hostile house reads or could read once. A post for one of them may be answered, also with the reason
    /// that it is not for that house any more, and is taken by nobody.
    told: Vec<String>,
}

async fn look(w: &World, house: usize) -> Sight {
    let mut conn = w.sites[house].database.read().await.unwrap();
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM audience_partners s JOIN partners p ON p.id = s.partner_id AND p.origin = 'http://e.test'
            WHERE s.audience_id = t.audience_id) THEN 'known' ELSE 'hidden' END, t.uri
         FROM posts t JOIN groups g ON g.id = t.group_id WHERE g.home_id IS NULL AND t.uri IS NOT NULL AND NOT EXISTS
            (SELECT 1 FROM guests b JOIN partners p ON p.id = b.partner_id WHERE b.actor_id = t.author_id AND p.origin = 'http://e.test')
         UNION ALL SELECT CASE WHEN a.uri = 'http://e.test/p/frank' THEN 'frank' ELSE 'guest' END, t.origin_uri FROM posts t
            JOIN guests b ON b.actor_id = t.author_id JOIN actors a ON a.id = b.remote_actor_id
            WHERE t.origin_uri IS NOT NULL AND a.uri <> 'http://e.test/p/eve'
         UNION ALL SELECT CASE WHEN g.home_id IS NULL THEN 'request' WHEN g.uri = 'http://e.test/g/den' THEN 'den' ELSE 'other' END, m.follow_id
            FROM memberships m JOIN groups g ON g.id = m.group_id WHERE m.follow_id IS NOT NULL AND m.follow_id NOT LIKE 'http://e.test%'
         UNION ALL SELECT 'told', g.uri FROM group_partners s JOIN groups g ON g.id = s.group_id
            JOIN partners p ON p.id = s.partner_id AND p.origin = 'http://e.test'
         ORDER BY 1, 2",
    )
    .fetch_all(conn.sql())
    .await
    .unwrap();
    let mut sight = Sight::default();
    for (kind, uri) in rows {
        match kind.as_str() {
            "known" => &mut sight.known,
            "hidden" => &mut sight.hidden,
            "frank" => &mut sight.franks,
            "guest" => &mut sight.guests,
            "request" => &mut sight.requests,
            "den" => &mut sight.to_den,
            "told" => &mut sight.told,
            _ => &mut sight.to_others,
        }
        .push(uri);
    }
    sight
}

/// A house to turn to.
fn house(w: &World) -> Option<usize> {
    let which = w.pick(HONEST);
    w.up(which).then_some(which)
}

async fn send(w: &mut World, house: usize, letter: Letter) -> Answer {
    let answer = eve::bring(&w.sites[house], &letter).await;
    if answer.status == 202 {
        let at = w.sites[house].site.now();
        w.eve.sent.push((house, at, letter));
    }
    answer
}

/// Both of the hostile house have written something before a run begins, so that there are neighbours to reach for.
pub async fn moves_in(w: &mut World) -> BTreeSet<usize> {
    let now = w.sites[0].site.now();
    for who in [EVE, FRANK] {
        let (_, said) = writes(w, 0, (who, 0), now);
        let letter = w.eve.letter(who, HOSTS[0], &said.to_string(), now);
        assert_eq!(send(w, 0, letter).await.status, 202);
    }
    let site = &w.sites[0].site;
    site.federation.handle_inbox(&site.here()).await.unwrap();
    [0].into()
}

/// What a partner may do.
pub async fn lives(w: &mut World) -> BTreeSet<usize> {
    let Some(house) = house(w) else { return BTreeSet::new() };
    let who = [EVE, FRANK][w.pick(2)];
    let now = w.sites[house].site.now();
    let groups = w.shared_with_hostile(house);
    let own: Vec<Own> = w.own.iter().filter(|own| own.house == house).cloned().collect();
    let what = w.pick(9);
    let said = match (what, w.one_of(&groups).copied(), w.one_of(&own).cloned()) {
        (0..=2, Some(group), _) => writes(w, house, (who, group), now),
        (3, _, Some(own)) => changes(w, &own, now),
        (4, _, Some(own)) => {
            w.model.removed(own.number, false);
            (own.who, w.eve.say(own.who, "Delete", &json!(own.id)))
        }
        (5, Some(group), _) => {
            let mut ask = w.eve.say(who, "Follow", &json!(w.groups[group].uri));
            ask["published"] = json!(now.rfc3339());
            (who, ask)
        }
        (6 | 7, ..) => announces(w, house, now),
        (8, ..) => {
            w.eve.rotate(FRANK);
            w.note("frank has another key".to_owned());
            return BTreeSet::new();
        }
        _ => return BTreeSet::new(),
    };
    let letter = w.eve.letter(said.0, HOSTS[house], &said.1.to_string(), now);
    let status = send(w, house, letter).await.status;
    w.note(format!("the hostile house says {} to {house}: {status}", said.1["type"]));
    [house].into()
}

fn writes(w: &mut World, house: usize, (who, group): (&'static str, usize), now: Timestamp) -> (&'static str, Value) {
    w.written += 1;
    let number = w.written;
    let uri = w.groups[group].uri.clone();
    let said = w.eve.create(who, uri.as_str(), &format!("say {number} v0 end"), now);
    w.model.wrote(number, (group, Some(now)), Writer::Hostile, None);
    let id = said["object"]["id"].as_str().unwrap().to_owned();
    w.own.push(Own { number, id, who, group, house });
    (who, said)
}

fn changes(w: &mut World, own: &Own, now: Timestamp) -> (&'static str, Value) {
    let version = w.model.posts[&own.number].version + 1;
    w.model.edited(own.number, version);
    let uri = w.groups[own.group].uri.clone();
    let mut said = w.eve.create(own.who, uri.as_str(), &format!("say {} v{version} end", own.number), now);
    said["object"]["id"] = json!(own.id);
    said["object"]["updated"] = json!(now.rfc3339());
    if own.group == DEN_GROUP {
        return (DEN, announce(w, "Update", said["object"].take()));
    }
    said["type"] = json!("Update");
    (own.who, said)
}

/// The den tells something of its own.
fn announces(w: &mut World, house: usize, now: Timestamp) -> (&'static str, Value) {
    w.written += 1;
    let number = w.written;
    let mut said = w.eve.create(EVE, DEN, &format!("say {number} v0 end"), now);
    w.model.wrote(number, (DEN_GROUP, None), Writer::Hostile, None);
    w.model.taken(number);
    let id = said["object"]["id"].as_str().unwrap().to_owned();
    w.own.push(Own { number, id, who: DEN, group: DEN_GROUP, house });
    (DEN, announce(w, "Create", said["object"].take()))
}

fn announce(w: &mut World, verb: &str, mut note: Value) -> Value {
    note["attributedTo"] = json!(EVE);
    note["audience"] = json!(DEN);
    let inner = json!({"id": w.eve.fresh("a"), "type": verb, "actor": EVE, "to": [format!("{DEN}/followers")], "object": note});
    w_say(w, DEN, "Announce", inner)
}

/// Reads of things that exist and are not for the hostile house: the same answer, byte for byte, as for what never existed.
pub async fn asks(w: &mut World) -> BTreeSet<usize> {
    let Some(house) = house(w) else { return BTreeSet::new() };
    let sight = look(w, house).await;
    let here = format!("http://{}", HOSTS[house]);
    let mut doors: Vec<String> = sight.hidden;
    for (number, group) in w.groups.iter().enumerate().filter(|(_, group)| group.home == house) {
        if !w.model.shared[number].contains(&HOSTILE) {
            doors.extend(["", "/followers", "/outbox", "/outbox?page=first", "/moderators"].map(|door| format!("{}{door}", group.uri)));
        }
    }
    doors.extend(sight.guests.iter().filter(|uri| uri.starts_with(&here)).cloned());
    let Some(door) = w.one_of(&doors).cloned() else { return BTreeSet::new() };
    let (kind, tail) = door[here.len() + 1..].split_once('/').unwrap();
    let missing = format!("{here}/{kind}/{}{}", "a".repeat(26), tail.get(26..).unwrap_or_default());
    let now = w.sites[house].site.now();
    let mut answers = Vec::new();
    let before = checks::dump(w, house).await;
    for url in [&door, &missing] {
        let letter = w.eve.question(&Iri::parse(url).unwrap(), now);
        answers.push(eve::bring(&w.sites[house], &letter).await);
    }
    checks::same(&before, &checks::dump(w, house).await, &["served"], &door);
    // As long as the news that a group is not for it any more is on its way, its key can be read, and nothing of the group.
    let key = answers[0].status == 200 && !answers[0].body.contains("\"haven:") && !answers[0].body.contains("summary");
    if key && w.groups.iter().any(|group| group.uri.as_str() == door) {
        w.note(format!("the hostile house reads the key of a group of {house}"));
        return [house].into();
    }
    assert_eq!(answers[0], answers[1], "{door} is told apart from what never existed");
    // After a clock went back, a partner counts for a moment as one that has just sent a burst.
    assert!(matches!(answers[0].status, 404 | 429), "{door} is served to the hostile house: {}", answers[0].status);
    *w.tried.entry("AUD-06/10 a read of what is not for it").or_default() += 1;
    w.note(format!("the hostile house asks {house} for what is not for it"));
    [house].into()
}

/// One of the cases.
pub async fn strikes(w: &mut World) -> BTreeSet<usize> {
    let Some(house) = house(w) else { return BTreeSet::new() };
    let (number, alone) = (w.pick(48), w.pick(2) == 0);
    let sight = look(w, house).await;
    w.poison += 1;
    let Some(blow) = (if (18..46).contains(&number) { inside(w, house, number, &sight) } else { at_the_door(w, house, number) }) else {
        return BTreeSet::new();
    };
    *w.tried.entry(blow.case).or_default() += 1;
    w.note(format!("{} at {house}, {}", blow.case, if alone { "alone" } else { "among others" }));
    if alone {
        strike_alone(w, house, &blow).await;
    } else {
        strike(w, house, blow).await;
    }
    [house].into()
}

/// Every case in turn, at one house that is quiet.
pub async fn strikes_all(w: &mut World, house: usize) {
    for number in 0..48 {
        let sight = look(w, house).await;
        w.poison += 1;
        let blow = if (18..46).contains(&number) { inside(w, house, number, &sight) } else { at_the_door(w, house, number) };
        if let Some(blow) = blow {
            *w.tried.entry(blow.case).or_default() += 1;
            strike_alone(w, house, &blow).await;
        }
    }
}

/// A blow among everything else: what came of it is seen at the end.
async fn strike(w: &mut World, house: usize, blow: Blow) {
    let status = eve::bring(&w.sites[house], &blow.letter).await.status;
    w.note(format!("{status}"));
    match (status, blow.expect) {
        (400 | 401 | 403 | 413 | 415 | 421 | 429, _) => {}
        (202, Expect::Nothing | Expect::Answer) => {
            // A group that was not for that house may have become so before the letter's turn comes; then it is told no.
            let answer = blow.expect == Expect::Answer || blow.case == NAMED;
            if let Some(uri) = blow.uri {
                w.denied.insert(uri, if answer { "answer" } else { "nothing" });
            }
        }
        _ => panic!("{}: answered {status}", blow.case),
    }
}

/// A blow at a house that has nothing else to do: the state is the same afterwards.
async fn strike_alone(w: &mut World, house: usize, blow: &Blow) {
    for _ in 0..40 {
        let site = &w.sites[house].site;
        let handled = site.federation.handle_inbox(&site.here()).await.unwrap();
        if !w.admin_looks(house).await && handled == 0 {
            break;
        }
    }
    let before = checks::dump(w, house).await;
    let calls = w.network.count();
    let status = eve::bring(&w.sites[house], &blow.letter).await.status;
    w.note(format!("{status}"));
    if matches!(status, 400 | 401 | 403 | 413 | 415 | 421 | 429) {
        // A wrong signature in frank's name may show that frank has another key since: that is kept, and nothing of the blow.
        let frank = blow.letter.headers.iter().any(|(_, value)| value.contains("/p/frank#main-key"));
        checks::same(&before, &checks::dump(w, house).await, if frank { &["actors"] } else { &[] }, blow.case);
    } else {
        assert!(status == 202 && blow.expect != Expect::Door, "{}: answered {status}", blow.case);
        let site = &w.sites[house].site;
        site.federation.handle_inbox(&site.here()).await.unwrap();
        // Whoever has another key since is read again.
        let widened = w.admin_looks(house).await;
        let mail: &[&str] = if widened {
            &["inbox", "actors", "partners", "lanes", "audit"]
        } else if blow.expect == Expect::Answer {
            &["inbox", "actors", "outbox", "deliveries", "tombstones", "erasures"]
        } else if blow.letter.body.contains("\"actor\":\"http://e.test/p/frank\"") {
            &["inbox", "actors"]
        } else {
            &["inbox"]
        };
        checks::same(&before, &checks::dump(w, house).await, mail, blow.case);
        if let Some(uri) = &blow.uri {
            checks::no_effect(w, house, uri, blow.expect == Expect::Answer, blow.case).await;
        }
    }
    // A key may be asked for again at its own house; nothing else is called.
    let key = blow.letter.headers.iter().find(|(name, _)| name == "signature").map(|(_, value)| value.clone()).unwrap_or_default();
    for call in w.network.since(calls).iter().filter(|call| call.by == HOSTS[house]) {
        assert!(call.method == "GET" && key.contains(&call.to), "{}: {} {} is called", blow.case, call.method, call.to);
    }
}

#[expect(clippy::unnecessary_wraps, reason = "some blows find nothing to strike at, and all stand in one table")]
fn door(case: &'static str, letter: Letter) -> Option<Blow> {
    Some(Blow { case, letter, expect: Expect::Door, uri: None })
}

/// A post for a group that is not for its writer's house.
const NAMED: &str = "ORG-16 the group named in the payload";

const FULL: [&str; 5] = ["(request-target)", "host", "date", "digest", "content-type"];

/// SIG: nothing of this is let in.
fn at_the_door(w: &mut World, house: usize, number: usize) -> Option<Blow> {
    let (now, to, poison) = (w.sites[house].site.now(), HOSTS[house], w.poison);
    let group = w.groups[house].uri.clone();
    let body = w.eve.create(EVE, group.as_str(), &format!("poison{poison}"), now).to_string();
    let seconds = |seconds: i64| Timestamp::from_millis(now.millis() + seconds * 1000);
    let eve = &w.eve;
    let drop_header = |mut letter: Letter, name: &str| {
        letter.headers.retain(|(header, _)| header != name);
        letter
    };
    match number {
        0 => door("SIG-01 no signature", drop_header(eve.letter(EVE, to, &body, now), "signature")),
        1 => door("SIG-02 no digest", drop_header(eve.envelope(EVE, to, &body, now, &["(request-target)", "host", "date"]), "digest")),
        2 => door("SIG-03 digest not covered", eve.envelope(EVE, to, &body, now, &["(request-target)", "host", "date", "content-type"])),
        3 => door("SIG-04 body swapped", Letter { body: format!("{body} "), ..eve.letter(EVE, to, &body, now) }),
        4 => door("SIG-05 target not covered", eve.envelope(EVE, to, &body, now, &FULL[1..])),
        5 => door(
            "SIG-06 signed for another path",
            eve.forged((EVE, &format!("{EVE}#main-key")), (to, "/elsewhere"), (&body, &body), now, &FULL),
        ),
        6 => door("SIG-08 host not covered", eve.envelope(EVE, to, &body, now, &["(request-target)", "date", "digest", "content-type"])),
        7 => {
            let at = seconds([-310, -420, -46_800, 310, 420, 86_400][w.pick(6)]);
            door("SIG-09 time", w.eve.letter(EVE, to, &body, at))
        }
        8 => {
            let mut letter = eve.letter(EVE, to, &body, now);
            let header = ["signature", "digest", "date", "host"][w.pick(4)];
            let double = letter.headers.iter().find(|(name, _)| name == header).cloned().unwrap();
            letter.headers.push(double);
            door("SIG-10 a header twice", letter)
        }
        9 => door("SIG-11 neighbour's key", eve.letter(FRANK, to, &body, now)),
        10 => door(
            "SIG-11 one's own key in a neighbour's name",
            eve.forged((EVE, &format!("{FRANK}#main-key")), (to, "/inbox"), (&body, &body), now, &FULL),
        ),
        11 => {
            let victim = w.people[w.pick(w.people.len())].uri.clone();
            let said = w.eve.create(victim.as_str(), group.as_str(), &format!("poison{poison}"), now).to_string();
            door("SIG-12 foreign key", w.eve.letter(EVE, to, &said, now))
        }
        12 => {
            let victim = w.people[w.pick(w.people.len())].uri.clone();
            let said =
                json!({"id": victim.origin().at("/a/forged").as_str(), "type": "Delete", "actor": victim, "object": victim}).to_string();
            let key = format!("{victim}#main-key");
            door("SIG-13 somebody else's key id", w.eve.forged((EVE, &key), (to, "/inbox"), (&said, &said), now, &FULL))
        }
        13 => door("SIG-23 a stranger", eve.forged((EVE, "http://x.test/p/x#main-key"), (to, "/inbox"), (&body, &body), now, &FULL)),
        14 => {
            let mut letter = eve.letter(EVE, to, &body, now);
            for (_, value) in letter.headers.iter_mut().filter(|(name, _)| name == "digest") {
                ["SHA-256=", "SHA-256=00", "MD5=rL0Y20zC+Fzt72VPzMSk2A=="][poison as usize % 3].clone_into(value);
            }
            door("SIG-22 digest", letter)
        }
        15 => {
            let got = w.eve.got();
            let mut letter = w.one_of(&got)?.clone();
            let kept = w.pick(2) == 0;
            for (_, value) in letter.headers.iter_mut().filter(|(name, _)| name == "host" && !kept) {
                to.clone_into(value);
            }
            "/inbox".clone_into(&mut letter.target);
            door("SIG-07 a delivery is brought to another house", letter)
        }
        16 => {
            let others: Vec<Letter> = w.eve.sent.iter().filter(|(at, ..)| *at != house).map(|(.., letter)| letter.clone()).collect();
            door("SIG-07 what was sent elsewhere", w.one_of(&others)?.clone())
        }
        17 => confused(w, house, &body),
        // ORG-03, ORG-04: an activity with an address of another house, or of ours.
        _ => {
            let other = HOSTS[(house + w.pick(HONEST)) % HONEST];
            let said = with(serde_json::from_str(&body).unwrap(), "/id", json!(format!("http://{other}/a/{poison}")));
            door("ORG-03/04 foreign activity id", w.eve.letter(EVE, to, &said.to_string(), now))
        }
    }
}

/// ORG-29: what no reading makes sense of.
fn confused(w: &World, house: usize, body: &str) -> Option<Blow> {
    let now = w.sites[house].site.now();
    let mut said: Value = serde_json::from_str(body).unwrap();
    let text = match w.pick(6) {
        0 => {
            said["actor"] = json!([EVE, FRANK]);
            said.to_string()
        }
        1 => {
            said["actor"] = json!(7);
            said.to_string()
        }
        2 => body.replacen('{', &format!("{{\"actor\":\"{FRANK}\","), 1),
        3 => body[..body.len() - 1].to_owned(),
        4 => format!("{}{}", "[".repeat(200), "]".repeat(200)),
        _ => {
            said["id"] = json!(7);
            said.to_string()
        }
    };
    door("ORG-29 confused body", w.eve.letter(EVE, HOSTS[house], &text, now))
}

fn with(mut value: Value, path: &str, new: Value) -> Value {
    *value.pointer_mut(path).unwrap() = new;
    value
}

/// What a blow of the second kind is made of.
struct Aim {
    text: String,
    /// Groups of the house that the hostile house may know, and one of them (or another of the house).
    shared: Vec<usize>,
    group: String,
    /// Another honest house, a person of it, and a group of a third one.
    next: usize,
    stranger: String,
    other: String,
    /// A person of the house, and anybody but the sayer.
    ours: String,
    theirs: String,
    /// A post as a partner may send it.
    good: Value,
}

type Said = (&'static str, &'static str, Value, Expect);

/// ORG and AUD: signed as it should be, and not theirs to say.
fn inside(w: &mut World, house: usize, number: usize, sight: &Sight) -> Option<Blow> {
    let now = w.sites[house].site.now();
    let text = format!("poison{}", w.poison);
    let shared = w.shared_with_hostile(house);
    let group = w.groups[w.one_of(&shared).copied().unwrap_or(house)].uri.to_string();
    let (next, other) = ((house + 1) % HONEST, w.groups[(house + 2) % HONEST].uri.to_string());
    let stranger = w.people[next * 2 + w.pick(2)].uri.to_string();
    let ours = w.people[house * 2 + w.pick(2)].uri.to_string();
    let good = w.eve.create(EVE, &group, &text, now);
    let theirs = [stranger.clone(), ours.clone(), FRANK.to_owned()][w.pick(3)].clone();
    let aim = Aim { text, shared, group, next, stranger, other, ours, theirs, good };
    let (case, who, said, expect) = match number {
        18..=31 => things(w, house, number, (sight, &aim))?,
        32..=44 => answers(w, house, number, (sight, &aim))?,
        _ => return replayed(w, house, now),
    };
    let who = [DEN, EVE].into_iter().find(|name| said["actor"] == *name).unwrap_or(who);
    let uri = said["id"].as_str().map(ToOwned::to_owned);
    Some(Blow { case, letter: w.eve.letter(who, HOSTS[house], &said.to_string(), now), expect, uri })
}

/// Things of others: written, changed, deleted, announced, undone.
fn things(w: &mut World, house: usize, number: usize, (sight, aim): (&Sight, &Aim)) -> Option<Said> {
    let any = |list: &[String]| w.one_of(list).cloned();
    Some(match number {
        18 => ("ORG-01 forged author", EVE, with(aim.good.clone(), "/object/attributedTo", json!(aim.theirs)), Expect::Nothing),
        19 => (
            "ORG-02 foreign object id",
            EVE,
            with(aim.good.clone(), "/object/id", json!(format!("http://{}/o/{}", HOSTS[aim.next], w.poison))),
            Expect::Nothing,
        ),
        20 => {
            let taken = any(&sight.known).unwrap_or_else(|| format!("http://{}/o/free", HOSTS[house]));
            ("ORG-03 our own namespace", EVE, with(aim.good.clone(), "/object/id", json!(taken)), Expect::Nothing)
        }
        21 => {
            let said = with(with(aim.good.clone(), "/type", json!("Update")), "/object/id", json!(any(&sight.franks)?));
            ("ORG-05 neighbour update", EVE, said, Expect::Nothing)
        }
        22 => {
            let said = with(with(aim.good.clone(), "/type", json!("Update")), "/object/id", json!(any(&sight.known)?));
            ("ORG-06 update of our post", EVE, said, Expect::Nothing)
        }
        23 => (
            "ORG-07 delete of others' things",
            EVE,
            w_say(w, EVE, "Delete", json!(any(&[&sight.known[..], &sight.hidden[..]].concat())?)),
            Expect::Nothing,
        ),
        24 => (
            "ORG-07 delete of others' things",
            EVE,
            w_say(w, EVE, "Delete", json!(any(&[&sight.franks[..], &sight.guests[..]].concat())?)),
            Expect::Nothing,
        ),
        25 => {
            let den: Vec<String> =
                w.own.iter().filter(|own| own.group == DEN_GROUP && own.house == house).map(|own| own.id.clone()).collect();
            let id = any(&den)?;
            ("ORG-07 a person deletes what a group told", EVE, w_say(w, EVE, "Delete", json!(id)), Expect::Answer)
        }
        26 => (
            "ORG-08 delete of an actor",
            EVE,
            w_say(w, EVE, "Delete", json!(choose(w, &[&aim.stranger, &aim.ours, &aim.group]))),
            Expect::Nothing,
        ),
        27 => {
            let note = json!({"id": format!("http://{}/o/x{}", HOSTS[aim.next], w.poison), "type": "Note", "attributedTo": aim.stranger, "content": aim.text,
                "audience": DEN, "to": [format!("{DEN}/followers")]});
            ("ORG-09 announce with forged content", DEN, told(w, "Create", &aim.stranger, note), Expect::Nothing)
        }
        28 => {
            let note = json!({"id": w.eve.fresh("o"), "type": "Note", "attributedTo": aim.stranger, "content": aim.text, "audience": DEN});
            ("ORG-09 announce with a forged author", DEN, told(w, "Create", EVE, note), Expect::Nothing)
        }
        29 => {
            let note = json!({"id": w.eve.fresh("o"), "type": "Note", "attributedTo": EVE, "content": aim.text, "audience": choose(w, &[&aim.group, &aim.other])});
            ("ORG-10 a group relays for another group", DEN, told(w, "Create", EVE, note), Expect::Nothing)
        }
        30 => {
            let target = any(&[&sight.known[..], &sight.guests[..], &sight.hidden[..]].concat())?;
            ("ORG-10 a group relays a deletion", DEN, told(w, "Delete", DEN, json!(target)), Expect::Nothing)
        }
        31 => {
            let follow =
                json!({"id": any(&sight.requests)?, "type": "Follow", "actor": choose(w, &[&aim.theirs, FRANK]), "object": aim.group});
            ("ORG-11 undo of others", EVE, w_say(w, EVE, "Undo", follow), Expect::Nothing)
        }
        _ => return None,
    })
}

/// Answers, rights, groups, reports, audiences.
fn answers(w: &mut World, house: usize, number: usize, (sight, aim): (&Sight, &Aim)) -> Option<Said> {
    let any = |list: &[String]| w.one_of(list).cloned();
    Some(match number {
        32 => (
            "ORG-12 accept out of the blue",
            DEN,
            w_say(w, DEN, "Accept", json!(format!("http://{}/a/never", HOSTS[house]))),
            Expect::Nothing,
        ),
        33 => ("ORG-12 accept of what others were asked", DEN, w_say(w, DEN, "Accept", json!(any(&sight.to_others)?)), Expect::Nothing),
        34 => {
            let (who, verb) = ([EVE, FRANK, HOUSE][w.pick(3)], ["Accept", "Reject"][w.pick(2)]);
            ("ORG-14 answered by a third", who, w_say(w, who, verb, json!(any(&sight.to_den)?)), Expect::Nothing)
        }
        35 => {
            let verb = ["Add", "Remove", "Block", "Lock", "Invite", "Join", "Leave", "Move", "Like", "Dislike"][w.pick(10)];
            let mut said = w_say(w, EVE, verb, json!(any(&sight.known).unwrap_or_else(|| aim.ours.clone())));
            said["target"] = json!(format!("{}/moderators", aim.group));
            ("ORG-15/17/18/33 add, remove, block, move, like", EVE, said, Expect::Nothing)
        }
        36 => {
            let hidden: Vec<String> =
                w.groups.iter().enumerate().filter(|(at, _)| !aim.shared.contains(at)).map(|(_, group)| group.uri.to_string()).collect();
            let named = any(&hidden)?;
            let expect = if sight.told.contains(&named) { Expect::Answer } else { Expect::Nothing };
            (NAMED, EVE, with(aim.good.clone(), "/object/audience", json!(named)), expect)
        }
        37 => {
            let document =
                json!({"id": choose(w, &[&aim.group, &aim.other]), "type": "Group", "name": aim.text, "inbox": "http://e.test/inbox"});
            ("ORG-16 our group described by another", [EVE, DEN][w.pick(2)], w_say(w, EVE, "Update", document), Expect::Nothing)
        }
        38 => {
            let document = json!({"id": aim.stranger, "type": "Person", "name": aim.text, "inbox": "http://e.test/inbox",
                "publicKey": {"id": format!("{}#main-key", aim.stranger), "owner": aim.stranger, "publicKeyPem": "none"}});
            ("ORG-19 key takeover", EVE, w_say(w, EVE, "Update", document), Expect::Nothing)
        }
        39 => {
            let mut flag = w_say(w, HOUSE, "Flag", json!(any(&sight.hidden)?));
            flag["content"] = json!(aim.text);
            ("ORG-24 report of the unseen", HOUSE, flag, Expect::Nothing)
        }
        40 => {
            let mut flag = w_say(w, EVE, "Flag", json!(any(&sight.known)?));
            flag["content"] = json!(aim.text);
            ("ORG-24 report by a person", EVE, flag, Expect::Nothing)
        }
        41 => {
            let mut said = with(aim.good.clone(), "/object/to", json!(["https://www.w3.org/ns/activitystreams#Public"]));
            if let Some(own) = w.own.iter().find(|own| own.house == house && own.group != DEN_GROUP) {
                said["object"]["id"] = json!(own.id);
            }
            ("ORG-25 widening by re-create", EVE, said, Expect::Nothing)
        }
        42 => {
            aim.shared.first()?;
            let mut said = aim.good.clone();
            said["object"]["inReplyTo"] = json!(any(&[&sight.hidden[..], &sight.guests[..]].concat())?);
            ("ORG-26 reply into a foreign room", EVE, said, Expect::Answer)
        }
        43 => {
            let own = w.own.iter().find(|own| own.house == house && own.group != DEN_GROUP)?.clone();
            let mut said = with(with(aim.good.clone(), "/type", json!("Update")), "/object/id", json!(own.id));
            said["object"]["updated"] = json!("2020-01-01T00:00:00Z");
            said["object"]["attributedTo"] = json!(own.who);
            said["actor"] = json!(own.who);
            ("ORG-28 stale update", own.who, said, Expect::Answer)
        }
        44 => {
            let note = json!({"id": w.eve.fresh("o"), "type": "Note", "attributedTo": EVE, "content": aim.text, "audience": DEN});
            let mut said = told(w, "Create", EVE, note);
            said["to"] = json!(["https://www.w3.org/ns/activitystreams#Public"]);
            ("AUD-05 announce to the world", DEN, said, Expect::Nothing)
        }
        _ => return None,
    })
}

/// SIG-21: what this house has taken already, again.
fn replayed(w: &World, house: usize, now: Timestamp) -> Option<Blow> {
    if w.restored == Some(house) {
        // It has forgotten what it took since the copy, and takes it anew.
        return None;
    }
    let letters: Vec<&(usize, Timestamp, Letter)> = w.eve.sent.iter().filter(|(at, ..)| *at == house).collect();
    let (_, at, letter) = w.one_of(&letters)?;
    let age = (now.millis() - at.millis()).abs();
    let expect = if age > 302_000 { Expect::Door } else { Expect::Nothing };
    Some(Blow { case: "SIG-21 replay", letter: letter.clone(), expect, uri: None })
}

/// One of these, by the number of the blow.
fn choose(w: &World, from: &[&str]) -> String {
    from[w.poison as usize % from.len()].to_owned()
}

fn w_say(w: &mut World, who: &str, verb: &str, object: Value) -> Value {
    w.eve.say(who, verb, &object)
}

fn told(w: &mut World, verb: &str, actor: &str, object: Value) -> Value {
    let inner = json!({"id": w.eve.fresh("a"), "type": verb, "actor": actor, "object": object});
    w.eve.say(DEN, "Announce", &inner)
}
