//! What must hold in the simulation, whatever the order and repetition (groups.md, "What must hold").

use std::collections::{BTreeMap, BTreeSet};

use haven::base::Id;
use haven::db::Conn;

use crate::world::{HOSTS, World};

/// Posts of a group that can be answered here.
pub async fn readable(conn: &mut Conn, group: &Id) -> Vec<Id> {
    let rows: Vec<(String,)> = sqlx::query_as("SELECT id FROM posts WHERE group_id = $1 AND state = 'posted' ORDER BY id")
        .bind(group.as_str())
        .fetch_all(conn.sql())
        .await
        .unwrap();
    rows.iter().map(|(id,)| Id::parse(id).unwrap()).collect()
}

/// Posts of a persona that can be changed.
pub async fn own(conn: &mut Conn, persona: &Id) -> Vec<Id> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT id FROM posts WHERE author_id = $1 AND state IN ('posted', 'waiting', 'refused') ORDER BY id")
            .bind(persona.as_str())
            .fetch_all(conn.sql())
            .await
            .unwrap();
    rows.iter().map(|(id,)| Id::parse(id).unwrap()).collect()
}

/// Nothing that goes to a house names a person, object or activity of a third house; the sender's own are the only ones.
pub fn nothing_leaks(world: &mut World) {
    let log = world.town.network.log();
    for call in &log[world.looked_at..] {
        if call.method != "POST" {
            continue;
        }
        let (_, after) = call.body.split_once("\"id\":\"http://").expect("every activity has an id");
        let sender = HOSTS.iter().find(|host| after.starts_with(**host)).expect("of one of the houses");
        for third in HOSTS.iter().filter(|host| *host != sender && **host != call.to) {
            for kind in ["p", "o", "a"] {
                let trace = format!("http://{third}/{kind}/");
                assert!(!call.body.contains(&trace), "{sender} tells {} of {third}: {}", call.to, call.body);
            }
        }
    }
    world.looked_at = log.len();
}

/// A post as a house holds it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone)]
struct Held {
    state: String,
    source: String,
    author: String,
}

async fn held(world: &World, at: usize, group: &str) -> BTreeMap<String, Held> {
    let mut conn = world.sites[at].database.read().await.unwrap();
    let rows: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT p.uri, p.state, p.source, a.name FROM posts p JOIN actors a ON a.id = p.author_id JOIN groups g ON g.id = p.group_id
         WHERE g.uri = $1 AND p.uri IS NOT NULL",
    )
    .bind(group)
    .fetch_all(conn.sql())
    .await
    .unwrap();
    rows.into_iter().map(|(uri, state, source, author)| (uri, Held { state, source, author })).collect()
}

/// Which posts of the home went to which house, by its own record.
async fn disclosed(world: &World, home: usize, to: &str) -> BTreeSet<String> {
    let mut conn = world.sites[home].database.read().await.unwrap();
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT DISTINCT o.about FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq JOIN partners p ON p.id = d.partner_id
         WHERE p.origin = $1 AND o.about IS NOT NULL AND d.state = 'delivered'",
    )
    .bind(format!("http://{to}"))
    .fetch_all(conn.sql())
    .await
    .unwrap();
    rows.into_iter().map(|(about,)| about).collect()
}

/// When the faults have stopped and the queues are empty.
pub async fn at_rest(world: &World) {
    for (home, group) in world.groups.iter().enumerate() {
        let truth = held(world, home, group.uri.as_str()).await;
        for at in (0..3).filter(|at| *at != home) {
            let copies = held(world, at, group.uri.as_str()).await;
            let told = disclosed(world, home, HOSTS[at]).await;
            for (uri, copy) in &copies {
                let original = truth.get(uri).unwrap_or_else(|| panic!("{} holds {uri}, which its home does not know", HOSTS[at]));
                if copy.state == "posted" {
                    assert_eq!(copy, original, "{} holds another {uri} than its home", HOSTS[at]);
                    assert!(told.contains(uri), "{} holds {uri}, which was never disclosed to it", HOSTS[at]);
                } else {
                    assert_ne!(original.state, "posted", "{} has lost {uri}", HOSTS[at]);
                    // The writer's own house calls it withdrawn when it took the text back before the home had answered.
                    let gone = |held: &Held| matches!(held.state.as_str(), "deleted" | "withdrawn");
                    assert_eq!(gone(copy), gone(original), "{uri}: {copy:?} {original:?}");
                }
            }
            for (uri, original) in truth.iter().filter(|(uri, original)| original.state == "posted" && told.contains(*uri)) {
                if copies.get(uri) != Some(original) && received(world, at, uri).await {
                    // Nobody of this house was in the group at the moment it arrived: the house has no business holding it.
                    continue;
                }
                assert_eq!(copies.get(uri), Some(original), "{} was told of {uri} and does not hold it", HOSTS[at]);
            }
        }
    }
    for (at, site) in world.sites.iter().enumerate() {
        let mut conn = site.database.read().await.unwrap();
        let doubled: Vec<(String, i64)> = sqlx::query_as(
            "SELECT source, COUNT(*) FROM posts WHERE state = 'posted' AND source <> '' GROUP BY source HAVING COUNT(*) > 1",
        )
        .fetch_all(conn.sql())
        .await
        .unwrap();
        assert!(doubled.is_empty(), "{} holds something twice: {doubled:?}", HOSTS[at]);
        let waiting: Vec<(String,)> = sqlx::query_as("SELECT id FROM posts WHERE state = 'waiting'").fetch_all(conn.sql()).await.unwrap();
        assert!(waiting.is_empty(), "{}: {} posts wait for ever", HOSTS[at], waiting.len());
        let parked: Vec<(String, Option<String>)> =
            sqlx::query_as("SELECT verb, reason FROM inbox WHERE state IN ('parked', 'new', 'waiting')")
                .fetch_all(conn.sql())
                .await
                .unwrap();
        assert!(parked.is_empty(), "{}: {parked:?}", HOSTS[at]);
    }
    ledger_equals_the_network(world).await;
}

/// Every delivery that was answered with 2xx is recorded as delivered, and nothing else is.
async fn ledger_equals_the_network(world: &World) {
    let mut arrived: BTreeSet<(String, String)> = BTreeSet::new();
    for call in world.town.network.log() {
        if call.method == "POST" && call.status.is_some_and(|status| (200..300).contains(&status)) {
            let value: serde_json::Value = serde_json::from_str(&call.body).unwrap();
            arrived.insert((value["id"].as_str().unwrap().to_owned(), format!("http://{}", call.to)));
        }
    }
    let mut recorded: BTreeSet<(String, String)> = BTreeSet::new();
    for site in &world.sites {
        let mut conn = site.database.read().await.unwrap();
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT o.activity_uri, p.origin FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq
             JOIN partners p ON p.id = d.partner_id WHERE d.state = 'delivered'",
        )
        .fetch_all(conn.sql())
        .await
        .unwrap();
        recorded.extend(rows);
    }
    assert_eq!(recorded, arrived, "the record of what was disclosed is what moved");
}

/// Whether this house ignored the news of an object. Prints what it received about it, for a failed run.
async fn received(world: &World, at: usize, uri: &str) -> bool {
    let mut conn = world.sites[at].database.read().await.unwrap();
    let mut ignored = false;
    for call in world.town.network.log().iter().filter(|call| call.to == HOSTS[at] && call.body.contains(uri)) {
        let value: serde_json::Value = serde_json::from_str(&call.body).unwrap();
        let row: Option<(String, String, Option<String>)> = sqlx::query_as("SELECT verb, state, reason FROM inbox WHERE activity_uri = $1")
            .bind(value["id"].as_str().unwrap())
            .fetch_optional(conn.sql())
            .await
            .unwrap();
        ignored |= value["object"]["type"] == "Create" && row.as_ref().is_some_and(|(_, state, _)| state == "ignored");
        println!("{:?} {} {row:?} {}", call.status, HOSTS[at], call.body);
    }
    ignored
}
