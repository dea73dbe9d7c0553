//! Activities in: one partner's member writes into a group of the site, over kept-open connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use haven::base::{Clock, Id, Origin, SystemChance, SystemClock};
use haven::db::Db;
use haven::features::groups::Group;
use haven::federation::actors::Actor;
use haven::federation::keys::KeyPair;
use serde_json::json;
use tokio::sync::mpsc;

use crate::Common;
use crate::house::{self, House};
use crate::report::{Report, cpu, ms, rate, share};
use crate::wire::{self, Connection};

pub async fn run(report: &Report, common: &Common, count: usize, connections: usize) {
    let house = House::new(common).await;
    let peer = SocketAddr::from(([127, 0, 0, 2], house::free_port()));
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    wire::sink(peer, 0, Duration::ZERO, arrived).await;
    let site = house.open().await;
    let key = Arc::new(house.key());
    let anna = house::resident(&house, &site, "Anna").await;
    let partner = house::partner(&site, &Origin::parse(&format!("http://{peer}")).expect("an origin")).await;
    let piet = house::stranger(&site, &partner, &key).await;
    let group = house::group(&house, &site, &anna.persona.id, std::slice::from_ref(&partner.id)).await;
    site.db.close().await;
    drop(site);
    let (running, _) = house.start().await;

    follow(&house, &key, &piet, &group).await;
    let Ok(Some(_)) = tokio::time::timeout(Duration::from_secs(20), arrivals.recv()).await else {
        panic!("the Follow was not answered");
    };
    let requests = presign(&house, &key, &piet, &group, count).await;
    let db = Db::open(&house.database()).await.expect("a reader");
    while arrivals.try_recv().is_ok() {}

    let (cpu_before, before) = (cpu(running.pid()), Instant::now());
    let (mut waits, refused) = send(house.address, requests, connections).await;
    let (accepted_in, cpu_accepted) = (before.elapsed(), cpu(running.pid()));
    let last = Instant::now();
    while open_rows(&db, "SELECT COUNT(*) FROM inbox WHERE state IN ('new', 'waiting')").await > 0 {
        assert!(last.elapsed() < Duration::from_mins(5), "the inbox is not handled");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (handled_after, cpu_handled) = (last.elapsed(), cpu(running.pid()));
    let effects = open_rows(&db, "SELECT COUNT(*) FROM posts WHERE state = 'posted'").await;
    while open_rows(&db, "SELECT COUNT(*) FROM deliveries WHERE state = 'waiting'").await > 0 {
        assert!(last.elapsed() < Duration::from_mins(10), "the answers are not delivered");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (delivered_after, cpu_delivered) = (last.elapsed(), cpu(running.pid()));
    waits.sort();
    let per = |time: Duration| ms(time.saturating_sub(cpu_before) / u32::try_from(count).unwrap_or(1));
    report.say(
        &format!("inbox, {}, {connections} connections", house.engine()),
        &[
            ("activities", json!(count)),
            ("refused", json!(refused)),
            ("posts_made", json!(effects)),
            ("accepted_per_second", rate(count, accepted_in)),
            ("answer_p50_ms", ms(share(&waits, 0.5))),
            ("answer_p99_ms", ms(share(&waits, 0.99))),
            ("all_handled_after_last_ms", ms(handled_after)),
            ("handled_per_second_overall", rate(count, accepted_in + handled_after)),
            ("all_answers_delivered_after_last_ms", ms(delivered_after)),
            ("cpu_ms_per_activity_until_accepted", per(cpu_accepted)),
            ("cpu_ms_per_activity_until_handled", per(cpu_handled)),
            ("cpu_ms_per_activity_until_answers_delivered", per(cpu_delivered)),
        ],
    );
    drop(running);
    db.close().await;
    house.remove().await;
}

async fn open_rows(db: &Db, text: &'static str) -> i64 {
    let mut conn = db.read().await.expect("a reader");
    let (count,): (i64,) = sqlx::query_as(text).fetch_one(conn.sql()).await.expect("a number");
    count
}

pub async fn follow(house: &House, key: &KeyPair, who: &Actor, group: &Group) {
    let body = json!({
        "@context": "https://www.w3.org/ns/activitystreams", "type": "Follow", "id": format!("{}/f", who.uri),
        "actor": who.uri, "object": group.uri, "to": [group.uri], "published": SystemClock.now().rfc3339(),
    });
    let inbox = house.origin.at("/inbox");
    let request = wire::post(key, &who.key_id, &inbox, &body.to_string(), SystemClock.now());
    let mut line = Connection::open(house.address).await.expect("a connection");
    assert_eq!(line.ask(&request).await.expect("an answer"), 202, "the Follow is accepted");
}

/// All requests, signed on every core before the clock starts.
pub async fn presign(house: &House, key: &Arc<KeyPair>, who: &Actor, group: &Group, count: usize) -> Vec<Vec<u8>> {
    let parts = std::thread::available_parallelism().map_or(1, usize::from);
    let tasks: Vec<_> = (0..parts)
        .map(|part| {
            let (key, who, uri, inbox) = (Arc::clone(key), who.clone(), group.uri.clone(), house.origin.at("/inbox"));
            let share = count / parts + usize::from(part < count % parts);
            tokio::task::spawn_blocking(move || {
                let sign = |_| {
                    let (id, now) = (Id::random(&SystemChance), SystemClock.now());
                    let (origin, words) = (who.uri.origin(), "a few words about the morning ".repeat(8));
                    let note = origin.at(&format!("/o/{id}"));
                    let body = json!({
                        "@context": "https://www.w3.org/ns/activitystreams", "type": "Create", "id": origin.at(&format!("/a/{id}")),
                        "actor": who.uri, "to": [uri], "audience": uri,
                        "object": {
                            "type": "Note", "id": note, "attributedTo": who.uri, "to": [uri], "audience": uri,
                            "content": format!("<p>{words}</p>"), "source": {"content": words, "mediaType": "text/markdown"},
                            "published": now.rfc3339(), "updated": now.rfc3339(),
                        },
                    });
                    wire::post(&key, &who.key_id, &inbox, &body.to_string(), now)
                };
                (0..share).map(sign).collect::<Vec<_>>()
            })
        })
        .collect();
    let mut all = Vec::with_capacity(count);
    for task in tasks {
        all.extend(task.await.expect("signed"));
    }
    all
}

/// Sends everything over so many connections; gives the waits and how many were not answered 202.
async fn send(address: SocketAddr, requests: Vec<Vec<u8>>, connections: usize) -> (Vec<Duration>, usize) {
    let (requests, next) = (Arc::new(requests), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = (0..connections)
        .map(|_| {
            let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
            tokio::spawn(async move {
                let mut line = Connection::open(address).await.expect("a connection");
                let (mut waits, mut refused) = (Vec::new(), 0);
                while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let before = Instant::now();
                    let status = line.ask(request).await.expect("an answer");
                    waits.push(before.elapsed());
                    refused += usize::from(status != 202);
                }
                (waits, refused)
            })
        })
        .collect();
    let (mut waits, mut refused) = (Vec::new(), 0);
    for client in clients {
        let (some, not) = client.await.expect("a client");
        waits.extend(some);
        refused += not;
    }
    (waits, refused)
}
