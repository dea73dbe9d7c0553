//! Pages out: the page of a group that holds many posts, asked for by a member.

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use haven::base::{Id, SystemChance};
use haven::db::Engine;
use haven::features::posts::{self, NewPost, Text};
use haven::site::Shared;
use serde_json::json;
use sqlx::AssertSqlSafe;

use crate::Common;
use crate::house::{self, House};
use crate::report::{Report, cpu, ms, rate, share};
use crate::wire::{self, Connection};

/// Columns of a post that all copies share with the first.
const SAME: &str =
    "group_id, author_id, replaces, replaced_by, source, html, excerpt, lang, label, label_key, state, reason, audience_id, readers,
    origin_updated_at, edited_at, deleted_at, undo_until, pinned, closed, answered, change_uri, answer_uri, answer_to, told, confirmed,
    edit_source, edit_lang, edit_label, edit_reason";
/// Posts of one thread.
const THREAD: usize = 5;

pub async fn run(report: &Report, common: &Common, posts: usize, (seconds, connections, per_second): (u64, usize, u64)) {
    let house = House::new(common).await;
    let site = house.open().await;
    let anna = house::resident(&house, &site, "Anna").await;
    let group = house::group(&house, &site, &anna.persona.id, &[]).await;
    let here = site.here();
    let words = "A few words about the morning, the coffee and who was there. ".repeat(4);
    let text = Text::typed(&words, "en", "").expect("a text");
    let new = NewPost { group: &group.id, author: &anna.persona.id, text: &text, reply_to: None, saw_readers: i64::MAX, instead_of: None };
    let mut tx = site.db.begin().await.expect("a unit of work");
    let first = posts::write(&mut tx, &here, &new).await.expect("written");
    tx.commit().await.expect("committed");
    let before = Instant::now();
    fill(&site, &first, here.now.millis(), posts).await;
    let filled = before.elapsed();
    site.db.close().await;
    drop(site);

    let (running, _) = house.start().await;
    let request = wire::get(&house.origin, &format!("/g/{}", group.id), &anna.cookie);
    let mut line = Connection::open(house.address).await.expect("a connection");
    assert_eq!(line.ask(&request).await.expect("an answer"), 200, "the page is shown");
    let size = line.length;
    let request = Arc::new(request);
    let (cpu_before, before) = (cpu(running.pid()), Instant::now());
    let mut waits = closed(&house, &request, connections, Duration::from_secs(seconds)).await;
    let (took, used) = (before.elapsed(), cpu(running.pid()).saturating_sub(cpu_before));
    waits.sort();
    let mut paced = open(&house, &request, per_second, Duration::from_secs(seconds)).await;
    paced.sort();
    report.say(
        &format!("group page, {}, {posts} posts", house.engine()),
        &[
            ("filled_in_ms", ms(filled)),
            ("page_bytes", json!(size)),
            ("connections", json!(connections)),
            ("pages_per_second", rate(waits.len(), took)),
            ("p50_ms", ms(share(&waits, 0.5))),
            ("p99_ms", ms(share(&waits, 0.99))),
            ("cpu_ms_per_page", ms(used / u32::try_from(waits.len().max(1)).unwrap_or(1))),
            ("paced_per_second", json!(per_second)),
            ("paced_p50_ms", ms(share(&paced, 0.5))),
            ("paced_p99_ms", ms(share(&paced, 0.99))),
            ("pss_mb", json!(crate::report::pss(running.pid()))),
        ],
    );
    drop(running);
    house.remove().await;
}

/// Copies of the first post, in threads, a second apart, into the past.
async fn fill(site: &Shared, first: &Id, now: i64, posts: usize) {
    let mut root = first.clone();
    for batch in (1..posts).collect::<Vec<_>>().chunks(500) {
        let mut rows = String::new();
        for number in batch {
            let id = Id::random(&SystemChance);
            let begins = number % THREAD == 0;
            if begins {
                root = id.clone();
            }
            let at = now - i64::try_from(posts - number).unwrap_or(0) * 1000;
            let (parent, listed) = if begins { ("NULL".to_owned(), at) } else { (format!("'{root}'"), 0) };
            let comma = if rows.is_empty() { "" } else { "," };
            write!(rows, "{comma}('{id}','{root}',{parent},CAST({at} AS BIGINT),CAST({listed} AS BIGINT))").expect("a text");
        }
        let text = format!(
            "INSERT INTO posts (id, root_id, parent_id, created_at, updated_at, listed_at, uri, {SAME})
             SELECT v.column1, v.column2, v.column3, v.column4, v.column4, v.column5, 'http://127.0.0.1/o/' || v.column1, {SAME}
             FROM (VALUES {rows}) AS v JOIN posts p ON p.id = '{first}'"
        );
        let mut tx = site.db.begin().await.expect("a unit of work");
        sqlx::query(AssertSqlSafe(text)).execute(tx.sql()).await.expect("filled");
        tx.commit().await.expect("committed");
    }
    // PostgreSQL looks at its tables by itself sooner or later; SQLite never does, and Haven does not ask it to.
    if site.db.engine() == Engine::Postgres {
        let mut tx = site.db.begin().await.expect("a unit of work");
        sqlx::raw_sql("ANALYZE").execute(tx.sql()).await.expect("analysed");
        tx.commit().await.expect("committed");
    }
}

/// Each connection asks again as soon as it was answered.
async fn closed(house: &House, request: &Arc<Vec<u8>>, connections: usize, time: Duration) -> Vec<Duration> {
    let end = Instant::now() + time;
    let clients: Vec<_> = (0..connections)
        .map(|_| {
            let (request, address) = (Arc::clone(request), house.address);
            tokio::spawn(async move {
                let mut line = Connection::open(address).await.expect("a connection");
                let mut waits = Vec::new();
                while Instant::now() < end {
                    let before = Instant::now();
                    assert_eq!(line.ask(&request).await.expect("an answer"), 200);
                    waits.push(before.elapsed());
                }
                waits
            })
        })
        .collect();
    let mut all = Vec::new();
    for client in clients {
        all.extend(client.await.expect("a client"));
    }
    all
}

/// So many a second, whatever becomes of those before; a wait counts from when the request was due.
async fn open(house: &House, request: &Arc<Vec<u8>>, per_second: u64, time: Duration) -> Vec<Duration> {
    let (lines, free) = tokio::sync::mpsc::unbounded_channel();
    for _ in 0..64 {
        drop(lines.send(Connection::open(house.address).await.expect("a connection")));
    }
    let free = Arc::new(tokio::sync::Mutex::new(free));
    let start = Instant::now();
    let count = per_second * time.as_secs();
    let mut asked = Vec::new();
    for number in 0..count {
        let due = start + Duration::from_secs(1) * u32::try_from(number).unwrap_or(0) / u32::try_from(per_second).unwrap_or(1);
        tokio::time::sleep_until(due.into()).await;
        let (free, lines, request) = (Arc::clone(&free), lines.clone(), Arc::clone(request));
        asked.push(tokio::spawn(async move {
            let mut line = free.lock().await.recv().await.expect("a connection");
            assert_eq!(line.ask(&request).await.expect("an answer"), 200);
            drop(lines.send(line));
            due.elapsed()
        }));
    }
    let mut waits = Vec::new();
    for one in asked {
        waits.push(one.await.expect("a request"));
    }
    waits
}
