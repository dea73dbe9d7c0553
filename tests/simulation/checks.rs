//! What must hold after each step, whatever the order and repetition (groups.md, "What must hold"; threats §7): by every byte
//! that moved, and by the rows of the houses that had to do with the step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use haven::audit;
use haven::base::Id;
use haven::db::Conn;
use haven::testing::network::Logged;
use serde_json::Value;
use sqlx::AssertSqlSafe;

use crate::model::Writer;
use crate::world::{DEN_GROUP, Eyes, HONEST, HOSTILE, HOSTS, SECRET, World, group_at};

/// Rows that count, pace or lease: they may change whenever somebody knocks.
const COUNTERS: [&str; 8] = ["sign_in_pace", "sessions", "audit", "lanes", "jobs", "_sqlx_migrations", "marks", "empty_graves"];

/// Every key of JSON that a house of ours writes. A new one is looked at by a person first (threats PRV-02).
const KEYS: &[&str] = &include!("keys.in");

/// The texts that are named: `say 7 v2 end` is (7, 2).
pub fn numbers(text: &str) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    for part in text.split("say ").skip(1) {
        let mut words = part.split(' ');
        let number = words.next().and_then(|word| word.parse().ok());
        let version = words.next().and_then(|word| word.strip_prefix('v')).and_then(|word| word.parse().ok());
        found.extend(number.zip(version));
    }
    found
}

/// Posts of a group that can be answered here: id and text.
pub async fn readable(conn: &mut Conn, group: &Id) -> Vec<(Id, String)> {
    let rows: Vec<(String, String)> = sqlx::query_as("SELECT id, source FROM posts WHERE group_id = $1 AND state = 'posted' ORDER BY id")
        .bind(group.as_str())
        .fetch_all(conn.sql())
        .await
        .unwrap();
    rows.into_iter().map(|(id, source)| (Id::parse(&id).unwrap(), source)).collect()
}

/// Posts of a persona that can be changed, and their numbers.
pub async fn own(conn: &mut Conn, persona: &Id) -> Vec<(Id, u32)> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT id, source FROM posts WHERE author_id = $1 AND state IN ('posted', 'waiting', 'refused') ORDER BY id")
            .bind(persona.as_str())
            .fetch_all(conn.sql())
            .await
            .unwrap();
    rows.into_iter().map(|(id, source)| (Id::parse(&id).unwrap(), numbers(&source)[0].0)).collect()
}

/// The same, also when they are hidden because their writer takes a break.
pub async fn kept(conn: &mut Conn, persona: &Id) -> Vec<(Id, u32)> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT id, source FROM posts WHERE author_id = $1 AND state IN ('posted', 'frozen', 'waiting', 'refused')")
            .bind(persona.as_str())
            .fetch_all(conn.sql())
            .await
            .unwrap();
    rows.into_iter().map(|(id, source)| (Id::parse(&id).unwrap(), numbers(&source)[0].0)).collect()
}

/// Posts of a persona with a change that waits or was refused, and the text that stands.
pub async fn changes(conn: &mut Conn, persona: &Id) -> Vec<(Id, String)> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT id, source FROM posts WHERE author_id = $1 AND edit_source IS NOT NULL AND source <> '' AND state = 'posted' ORDER BY id",
    )
    .bind(persona.as_str())
    .fetch_all(conn.sql())
    .await
    .unwrap();
    rows.into_iter().map(|(id, source)| (Id::parse(&id).unwrap(), source)).collect()
}

/// Address at the group's home and at the writer's house.
type Addresses = (Option<String>, Option<String>);

/// What a persona deleted and could bring back: id, text, addresses, group.
pub async fn deleted(conn: &mut Conn, persona: &Id) -> Vec<(Id, String, Addresses, Id)> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT uri, origin_uri, id, source, group_id FROM posts WHERE author_id = $1 AND state = 'deleted' AND source <> '' ORDER BY id",
    )
    .bind(persona.as_str())
    .fetch_all(conn.sql())
    .await
    .unwrap();
    let id = |text: &str| Id::parse(text).unwrap();
    rows.into_iter().map(|(uri, own, post, source, group)| (id(&post), source, (uri, own), id(&group))).collect()
}

/// Memberships of a group of the house, or only those of who was taken out, and whose they are, by the address of the persona (a
/// guest's own one).
pub async fn members(conn: &mut Conn, group: &Id, out: bool) -> Vec<(Id, String)> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT m.id, COALESCE(r.uri, a.uri) FROM memberships m JOIN actors a ON a.id = m.actor_id
         LEFT JOIN guests g ON g.actor_id = m.actor_id LEFT JOIN actors r ON r.id = g.remote_actor_id
         WHERE m.group_id = $1 AND ($2 = 0 OR m.state = 'removed') ORDER BY m.id",
    )
    .bind(group.as_str())
    .bind(i64::from(out))
    .fetch_all(conn.sql())
    .await
    .unwrap();
    rows.into_iter().map(|(id, uri)| (Id::parse(&id).unwrap(), uri)).collect()
}

/// Texts that a house holds a place for and shows no more.
pub async fn hidden(w: &World, house: usize) -> BTreeSet<u32> {
    let mut conn = w.sites[house].database.read().await.unwrap();
    let rows: Vec<(Option<String>, Option<String>)> =
        sqlx::query_as("SELECT uri, origin_uri FROM posts WHERE state IN ('deleted', 'removed', 'withdrawn')")
            .fetch_all(conn.sql())
            .await
            .unwrap();
    let hidden = rows.iter().flat_map(|(uri, own)| [uri, own]).flatten().filter_map(|uri| w.addresses.get(uri).copied());
    // What was brought back stands somewhere else.
    hidden.filter(|number| w.model.posts.get(number).is_none_or(|post| post.before.is_none())).collect()
}

/// All rows of a house, by table.
pub type Dump = BTreeMap<String, String>;

/// One statement that reads everything; the same for every house of a process.
async fn everything(conn: &mut Conn) -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    if let Some(text) = TEXT.get() {
        return text;
    }
    let tables: Vec<(String,)> =
        sqlx::query_as("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
            .fetch_all(conn.sql())
            .await
            .unwrap();
    let mut parts = Vec::new();
    for (table,) in tables.into_iter().filter(|(table,)| !COUNTERS.contains(&table.as_str())) {
        let columns: Vec<(String,)> =
            sqlx::query_as(AssertSqlSafe(format!("SELECT name FROM pragma_table_info('{table}')"))).fetch_all(conn.sql()).await.unwrap();
        let row = columns.iter().map(|(name,)| format!("quote(\"{name}\")")).collect::<Vec<_>>().join("||'|'||");
        parts.push(format!(
            "SELECT '{table}', COALESCE((SELECT group_concat(r, char(10)) FROM (SELECT {row} AS r FROM \"{table}\" ORDER BY 1)), '')"
        ));
    }
    TEXT.get_or_init(|| parts.join(" UNION ALL "))
}

/// Every row of a house; nothing when nobody looks.
pub async fn dump(w: &World, house: usize) -> Dump {
    if w.eyes == Eyes::Closed {
        return Dump::new();
    }
    let mut conn = w.sites[house].database.read().await.unwrap();
    let text = everything(&mut conn).await;
    let rows: Vec<(String, String)> = sqlx::query_as(text).fetch_all(conn.sql()).await.unwrap();
    rows.into_iter().collect()
}

/// Nothing changed, except perhaps in these tables.
pub fn same(before: &Dump, after: &Dump, except: &[&str], why: &str) {
    for (table, rows) in before.iter().filter(|(table, _)| !except.contains(&table.as_str())) {
        if rows != &after[table] {
            let old: BTreeSet<&str> = rows.lines().collect();
            let new: Vec<&str> = after[table].lines().filter(|line| !old.contains(line)).collect();
            panic!("{why}: {table} changed: {new:?}");
        }
    }
}

/// An activity of the hostile house had no effect.
pub async fn no_effect(w: &World, house: usize, uri: &str, answered: bool, why: &str) {
    let mut conn = w.sites[house].database.read().await.unwrap();
    let row: Option<(String, Option<String>)> = sqlx::query_as(
        "SELECT i.state, i.reason FROM inbox i JOIN partners p ON p.id = i.partner_id AND p.origin = 'http://e.test' WHERE i.activity_uri = $1",
    )
    .bind(uri)
    .fetch_optional(conn.sql())
    .await
    .unwrap();
    let (state, reason) = row.unwrap_or_default();
    let idle = matches!(state.as_str(), "refused" | "ignored" | "waiting" | "new" | "") || (answered && state == "handled");
    assert!(idle, "{why}: {uri} is {state} ({reason:?}) at {}", HOSTS[house]);
}

/// After each step.
pub async fn after(w: &mut World, touched: &BTreeSet<usize>) {
    let calls = w.network.since(w.looked_at);
    let mut touched = touched.clone();
    touched.extend(w.reached(w.looked_at));
    w.looked_at += calls.len();
    for house in &touched {
        w.admin_looks(*house).await;
        notice(w, *house).await;
    }
    for call in &calls {
        if w.eyes == Eyes::Printing {
            let status = call.status.map_or_else(|| "lost".to_owned(), |status| status.to_string());
            println!("      {} > {} {} {}: {status}", call.by, call.to, call.method, summary(call));
        }
        if w.eyes != Eyes::Closed {
            bytes(w, call);
            accepted_is_kept(w, call).await;
        }
    }
}

/// A call in one line, for a printed run.
fn summary(call: &Logged) -> String {
    let Ok(said) = serde_json::from_str::<Value>(&call.body) else { return call.target.clone() };
    let texts = numbers(&call.body);
    let object = said["object"]["id"].as_str().or(said["object"].as_str()).unwrap_or_default();
    let inner = [&said["object"]["type"], &said["object"]["object"]["type"]].map(|kind| kind.as_str().unwrap_or_default());
    let end = said["object"]["object"].as_str().unwrap_or(object);
    format!("{} {} {texts:?} {end} ({})", said["type"].as_str().unwrap_or_default(), inner.join(" "), said["id"])
}

/// Address at its home and at its writer's house, state (or id), text, group.
type Row = (Option<String>, Option<String>, String, String, String);

/// What a house holds now: nothing it may not hold, nothing twice; and what it took is known from now on.
async fn notice(w: &mut World, house: usize) {
    let mut conn = w.sites[house].database.read().await.unwrap();
    let states: Vec<(String, String)> = sqlx::query_as("SELECT origin, state FROM partners").fetch_all(conn.sql()).await.unwrap();
    let posts: Vec<Row> = sqlx::query_as(
        "SELECT p.uri, p.origin_uri, p.state, p.source, g.uri FROM posts p JOIN groups g ON g.id = p.group_id ORDER BY p.id",
    )
    .fetch_all(conn.sql())
    .await
    .unwrap();
    drop(conn);
    let mut seen = BTreeSet::new();
    for (uri, origin_uri, state, source, group) in &posts {
        assert!(!source.contains("poison"), "{}: {source} is kept as {state}", HOSTS[house]);
        let known = [uri, origin_uri].into_iter().flatten().find_map(|address| w.addresses.get(address)).map(|number| (*number, 0));
        // A text that came and went within one step is known by its address at its writer's house.
        let Some((number, version)) = numbers(source).first().copied().or(known) else { continue };
        let group = group_at(&w.groups, group).expect("a group of this world");
        let post = &w.model.posts[&number];
        assert_eq!(group, post.group, "{number} is in another group at {}", HOSTS[house]);
        assert!(version <= post.highest, "{number} v{version} was never written");
        // What its writer brought back is heard by its home under another address.
        let anew = [uri, origin_uri].into_iter().flatten().all(|address| !w.stale.contains(address));
        let again = post.before.is_some();
        if w.groups[group].home == house && anew {
            w.model.taken(number);
        }
        for address in [uri, origin_uri].into_iter().flatten() {
            w.addresses.insert(address.clone(), number);
        }
        // A home that was put back shares its groups again as they were shared then, and has forgotten under which address it
        // told a text that it hears anew.
        let put_back = w.restored == Some(w.model.homes[group]);
        assert!(
            source.is_empty() || put_back || w.model.may_hold(number, house) || w.model.lent.contains(&(number, house)),
            "{} holds {number} ({state}), which is not for it",
            HOSTS[house]
        );
        // What was brought back may come before what takes the old one away.
        assert!(state != "posted" || seen.insert(number) || put_back || again, "{} holds {number} twice", HOSTS[house]);
    }
    // What is over for a house is over for what it holds and shares, from that moment on.
    for (origin, state) in states {
        let other = HOSTS.iter().position(|host| origin.ends_with(&format!("//{host}"))).expect("a house of this world");
        if state == "ended" && w.states[house][&other] != "ended" {
            w.model.ended(house, other);
        }
        w.states[house].insert(other, state);
    }
}

/// One call: what went out by it, and what was answered.
fn bytes(w: &World, call: &Logged) {
    let from = HOSTS.iter().position(|host| *host == call.by).expect("every caller is a house");
    let to = HOSTS.iter().position(|host| *host == call.to).expect("only partners are ever called");
    if call.late {
        // It was looked at when it left.
        return;
    }
    if call.method == "POST" {
        said(w, from, to, &call.body);
        let sent: Value = serde_json::from_str(&call.body).expect("JSON");
        keys(&sent);
        if sent["type"] == "Announce" && sent["object"]["type"] == "Create" {
            // What was written for a house and had not left when the group was taken from it stays here (AUD-28).
            let numbers = numbers(&call.body);
            let shared = numbers.iter().all(|(number, _)| w.model.shared[w.model.posts[number].group].contains(&to));
            assert!(shared || w.restored == Some(from), "{} still tells {} of {numbers:?}", HOSTS[from], HOSTS[to]);
        }
        let rests = w.resting.iter().any(|who| sent["actor"] == w.people[*who].uri.as_str());
        assert!(!rests || sent["type"] == "Delete" || sent["type"] == "Undo", "who takes a break says something: {}", call.body);
        if sent["type"] == "Flag" {
            assert!(!call.body.contains(&format!("http://{}/p/", call.by)), "a report names somebody: {}", call.body);
        }
    } else if to < HONEST && call.status == Some(200) {
        said(w, to, from, &call.answer);
        keys(&serde_json::from_str(&call.answer).expect("JSON"));
    }
}

/// Words of one house to another.
fn said(w: &World, from: usize, to: usize, text: &str) {
    assert!(!text.contains("poison"), "{} says for the hostile house: {text}", HOSTS[from]);
    assert!(!text.contains(SECRET), "{} tells a sign-in: {text}", HOSTS[from]);
    for third in HOSTS.iter().filter(|host| **host != HOSTS[from] && **host != HOSTS[to]) {
        for kind in ["p", "o", "a"] {
            let trace = format!("http://{third}/{kind}/");
            assert!(!text.contains(&trace), "{} tells {} of {third}: {text}", HOSTS[from], HOSTS[to]);
        }
    }
    for (number, _) in numbers(text) {
        let post = &w.model.posts[&number];
        let home = w.model.homes[post.group];
        let to_home = to == home && matches!(post.writer, Writer::Person(_, at) if at == from);
        assert!(to_home || from == home, "{} tells {} of {number}, which is not its own to tell", HOSTS[from], HOSTS[to]);
        // A house that was put back shares its groups again as they were shared then.
        let told = w.model.may_hold(number, to) || w.restored == Some(home);
        assert!(to_home || told, "{} tells {} of {number}, which is not for it: {text}", HOSTS[from], HOSTS[to]);
        if post.writer == Writer::Hostile {
            assert!(post.group != DEN_GROUP && text.contains("\"Announce\"") || text.contains("\"Note\""), "not as a post: {text}");
        }
    }
}

fn keys(value: &Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                assert!(KEYS.contains(&key.as_str()) || key.len() == 2, "a key that nobody has looked at: {key}");
                keys(value);
            }
        }
        Value::Array(list) => {
            for value in list {
                keys(value);
            }
        }
        _ => {}
    }
}

/// Between a pause or an end and its taking back nothing moves but what closes; what was answered with 2xx is there.
async fn accepted_is_kept(w: &World, call: &Logged) {
    let Some(to) = HOSTS[..HONEST].iter().position(|host| *host == call.to) else { return };
    if call.method != "POST" || !call.status.is_some_and(|status| (200..300).contains(&status)) || w.restored.is_some() {
        return;
    }
    let sent: Value = serde_json::from_str(&call.body).unwrap();
    let mut conn = w.sites[to].database.read().await.unwrap();
    let row: Option<(String,)> = sqlx::query_as("SELECT state FROM inbox WHERE activity_uri = $1")
        .bind(sent["id"].as_str().unwrap())
        .fetch_optional(conn.sql())
        .await
        .unwrap();
    assert!(row.is_some(), "{} accepted {} and does not have it", call.to, sent["id"]);
}

/// What may move between two houses, by the word of the one that sends. `before`: as it was when the step began.
pub fn nothing_to_who_is_paused(w: &World, before: &[BTreeMap<usize, String>], from: usize) {
    for call in w.network.since(from) {
        let (Some(by), Some(to)) =
            (HOSTS[..HONEST].iter().position(|host| *host == call.by), HOSTS.iter().position(|host| *host == call.to))
        else {
            continue;
        };
        if call.late {
            continue;
        }
        assert!(!w.silent || w.restored != Some(by) || call.method == "GET", "{} sends before anybody has looked", call.by);
        let (then, now) = (&before[by][&to], &w.states[by][&to]);
        assert!(then != "paused" || now != "paused", "{} calls {}, which it has paused", call.by, call.to);
        if then == "ended" && now == "ended" {
            let sent: Value = serde_json::from_str(&call.body).unwrap_or_default();
            let closes = ["Delete", "Accept", "Undo"].iter().any(|verb| sent["type"] == *verb);
            // Who is not known yet is asked for its key, so that a deletion can be checked.
            assert!(closes || call.method == "GET", "{} says {} to {}, with which it is over", call.by, sent["type"], call.to);
        }
        if to < HONEST && before[to][&by] == "paused" && w.states[to][&by] == "paused" && call.method == "POST" {
            let refused = call.status.is_none_or(|status| status >= 400);
            assert!(refused, "{} takes something of {}, which it has paused", call.to, call.by);
        }
    }
}

/// Now and then, and at the end: the chain of the audit log is whole, and nothing of the hostile house stands anywhere.
pub async fn whole(w: &World, house: usize) {
    if w.eyes == Eyes::Closed {
        return;
    }
    let mut conn = w.sites[house].database.read().await.unwrap();
    let verdict = audit::verify(&mut conn).await.unwrap();
    assert!(matches!(verdict, audit::Verdict::Whole { .. }), "{}: {verdict:?}", HOSTS[house]);
    drop(conn);
    for (table, rows) in dump(w, house).await {
        // What came in stands in the inbox until it is handled.
        let line = rows.lines().find(|line| table != "inbox" && line.contains("poison"));
        assert!(line.is_none(), "{}: {table} holds {line:?}", HOSTS[house]);
    }
}

/// What the hostile house said and may have no effect has none anywhere.
pub async fn denied(w: &World) {
    for (uri, kind) in &w.denied {
        for house in 0..HONEST {
            no_effect(w, house, uri, *kind == "answer", "among others").await;
        }
    }
    assert!(
        w.model.posts.values().all(|post| post.writer != Writer::Hostile || w.model.homes[post.group] != HOSTILE || post.readers.is_some())
    );
}
