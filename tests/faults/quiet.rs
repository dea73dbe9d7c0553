//! FLT-11, FLT-23, FLT-24, FLT-28, FLT-30: a house that is frozen, a partner that answers drop by drop, a policy that cannot be
//! read, and federation that does not work at all. The people of the house notice nothing of it, and nothing happens twice.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use haven::features::accounts::Role;
use haven::features::groups::JoinRule;
use haven::server;
use haven::testing::database;
use haven::testing::site::Town;
use serde_json::json;
use sqlx::AssertSqlSafe;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::house::Engine;
use crate::number;
use crate::partner::Partner;
use crate::scene::{Scene, signal, until};
use crate::script::{Answers, joined, named};

/// FLT-23: stopped in the middle of its work and woken later.
async fn frozen(engine: Engine) {
    // The catalogue: 60 seconds.
    let rest = Duration::from_secs(number("HAVEN_TEST_REST", 3).min(60));
    let Some(scene) = Scene::set(engine, 2).await else { return };
    let (partner, group) = (scene.partners[0].clone(), scene.group.1.clone());
    let mut accepted = BTreeSet::new();
    let mut line = partner.line(&scene.house.origin());
    for _ in 0..30 {
        let name = Partner::name();
        line.insist(&partner.create(&name, &group, &name)).await;
        accepted.insert(partner.object(&name));
    }
    let process = scene.house.process().expect("a server");
    signal(process, "-STOP");
    let name = Partner::name();
    let (origin, sent) = (scene.house.origin(), partner.create(&name, &group, &name));
    let late = {
        let partner = partner.clone();
        tokio::spawn(async move { partner.line(&origin).send(&sent).await })
    };
    tokio::time::sleep(rest).await;
    signal(process, "-CONT");
    // What was sent into the silence is answered now, or sent again.
    late.await.expect("it ends");
    line.insist(&partner.create(&name, &group, &name)).await;
    accepted.insert(partner.object(&name));
    scene.settle().await;
    let (lost, doubled) = scene.lost_and_doubled(&accepted).await;
    assert_eq!((lost, doubled), (Vec::new(), Vec::new()));
    for partner in &scene.partners {
        let (objects, _) = crate::scene::held(partner);
        assert_eq!(objects.len(), accepted.len(), "each post once at each partner");
        assert!(objects.values().all(|said| said.len() == 1));
    }
    println!("FLT-23 {engine:?}: frozen for {rest:?}, {} accepted, 0 lost, 0 doubled", accepted.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_23_a_house_that_was_frozen_goes_on() {
    frozen(Engine::Sqlite).await;
    frozen(Engine::Postgres).await;
}

/// A door that sends one byte of its answer every ten seconds: its address, and what it tells. `None`: a request began; a time: the
/// house gave that request up after it.
async fn trickling() -> (String, tokio::sync::mpsc::UnboundedReceiver<Option<Duration>>) {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let tell = tell.clone();
            tokio::spawn(async move {
                let begun = Instant::now();
                let mut buffer = vec![0; 65_536];
                drop(stream.read(&mut buffer).await);
                let _ = tell.send(None);
                for byte in b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n" {
                    if stream.write_all(&[*byte]).await.is_err() {
                        break;
                    }
                    tokio::select! {
                        () = tokio::time::sleep(Duration::from_secs(10)) => {}
                        ended = stream.read(&mut buffer) => if !matches!(ended, Ok(1..)) { break },
                    }
                }
                let _ = tell.send(Some(begun.elapsed()));
            });
        }
    });
    (origin, told)
}

/// FLT-11: a partner that sends one byte of its answer every ten seconds holds a slot for the whole time of a request and no
/// longer; the others never wait for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_11_a_partner_that_trickles_is_given_up_and_holds_nobody_up() {
    let mut scene = Scene::set(Engine::Sqlite, 2).await.expect("SQLite is always there");
    let (slow, mut told) = trickling().await;
    let other = scene.partners[1].clone();
    scene.house.json(&["partner", "add", &slow, "--without-handshake"], "");
    let with = ["--partner", slow.as_str(), "--partner", other.origin.as_str()];
    let make = ["group", "create", "--name", "Evening tea", "--as", "Anna", "--reach", "partners"];
    let made = scene.house.json(&[&make[..], &with[..]].concat(), "");
    let text = |field: &str| made[field].as_str().expect("a text").to_owned();
    let (group, actor) = (text("group"), text("actor"));
    // The other one joins: what is written from now on goes to it.
    other.line(&scene.house.origin()).insist(&other.says("Follow", &Partner::name(), &json!(actor))).await;
    let came = |word: &str| other.got().iter().any(|said| said.to_string().contains(word)).then_some(());
    until("the yes", async || other.got().iter().any(|said| said["type"] == "Accept" && said["actor"] == actor).then_some(())).await;
    // The group's first message holds the slow one's slot; if that was given up meanwhile, the next try does.
    let mut held: Vec<Duration> = Vec::new();
    let mut holds = false;
    while !holds || !told.is_empty() {
        match told.recv().await.expect("the slow one lives") {
            None => holds = true,
            Some(time) => (holds, held) = (false, [held, vec![time]].concat()),
        }
    }
    scene.house.json(&["post", "create", "--group", &group, "--as", "Anna"], "Slowly now");
    until("the post at the other partner", async || came("Slowly now")).await;
    assert!(told.is_empty(), "the other partner waited for the slow one");
    held.push(told.recv().await.flatten().expect("the slot is freed"));
    println!("FLT-11: a partner that trickles held its slot for {held:?}");
    // Twenty seconds are a request's whole time; the answer would have taken seven minutes.
    assert!(held.iter().all(|held| (Duration::from_secs(18)..Duration::from_secs(90)).contains(held)), "{held:?}");
    let waits = "SELECT COUNT(*) FROM deliveries WHERE state = 'waiting' AND reason = 'timeout'";
    until("the reason for which it waits", async || (scene.number(waits).await == 1).then_some(())).await;
    scene.house.kill();
}

/// FLT-28: when the policy cannot be read, nothing flows either way, and the pages of the house work.
#[tokio::test]
async fn flt_28_without_a_policy_federation_stops_and_the_house_lives() {
    for database in database::both().await {
        let (town, answers) = (Town::default(), Answers::default());
        let site = town.open("v.test", database, 1).await.expect("a site");
        named(&site, "p.test").await;
        let anna = site.person("Anna", Role::Member).await;
        let own = site.group(&anna.persona.id, "Only us", JoinRule::Open, &[]).await;
        let shared = site.group(&anna.persona.id, "With them", JoinRule::Open, &["p.test"]).await;
        joined(&town, &site, &answers, "p.test", &shared.uri).await;
        let before = answers.count();
        site.write(&anna.persona.id, &shared.id, "Written before", None).await;
        site.write(&anna.persona.id, &own.id, "Local words", None).await;
        let change = async |text: &str| {
            let mut tx = site.database.begin().await.expect("a unit of work");
            sqlx::raw_sql(AssertSqlSafe(text.to_owned())).execute(tx.sql()).await.expect("changed");
            tx.commit().await.expect("kept");
        };
        change("UPDATE partners SET origin = 'no address at all'").await;
        for _ in 0..3 {
            // Every round fails or does nothing; none sends.
            drop(server::step(&site.site).await);
        }
        assert_eq!(answers.count(), before, "nothing leaves");
        let inbound = crate::script::knock(&site, "p.test", "Like", "http://v.test/o/none").await;
        assert_eq!(inbound, 401, "nothing comes in: who cannot be read is a stranger");
        site.write(&anna.persona.id, &own.id, "And words during it", None).await;
        // A single thread and the list of all groups name the partners, so they are not there either (docs/security/faults.md).
        for path in ["/".to_owned(), "/me".to_owned(), format!("/g/{}", own.id)] {
            let page = site.get(&path, Some(&anna.cookie)).await;
            assert!(page.status.is_success(), "{path}: {}", page.status);
        }
        change("UPDATE partners SET origin = 'http://p.test'").await;
        // A lane that broke on the database is free again when its lease is over.
        town.clock.advance(Duration::from_secs(100));
        town.settle(&[&site]).await.expect("settled");
        assert_eq!(answers.count(), before + 1, "it goes on by itself");
    }
}

/// FLT-30: when federation does nothing at all, the house is fully usable, and the queue grows where the admin sees it.
#[tokio::test]
async fn flt_30_without_federation_the_house_lives_and_the_queue_is_seen() {
    for database in database::both().await {
        let (town, answers) = (Town::default(), Answers::default());
        let site = town.open("v.test", database, 1).await.expect("a site");
        named(&site, "p.test").await;
        let anna = site.person("Anna", Role::Admin).await;
        let bram = site.person("Bram", Role::Member).await;
        let group = site.group(&anna.persona.id, "With them", JoinRule::Open, &["p.test"]).await;
        joined(&town, &site, &answers, "p.test", &group.uri).await;
        let before = answers.count();
        // From here on nobody steps: the worker is dead.
        let joined = site.join(&bram.persona.id, &group.uri).await;
        assert_eq!(joined, group.id);
        for number in 0..5 {
            let post = site.write(&anna.persona.id, &group.id, &format!("Words {number}"), None).await;
            let answer = site.write(&bram.persona.id, &group.id, "An answer", Some(&post)).await;
            for (who, path) in [(&anna, format!("/o/{post}")), (&bram, format!("/o/{answer}")), (&bram, format!("/g/{}", group.id))] {
                let page = site.get(&path, Some(&who.cookie)).await;
                // An answer leads on to its place in the thread.
                assert!(page.status.is_success() || page.status.is_redirection(), "{path}: {}", page.status);
            }
        }
        let queue = site.get("/admin/queue", Some(&anna.cookie)).await;
        assert!(queue.text.matches("/retry").count() >= 10, "the queue grows visibly: {}", queue.text);
        assert_eq!(answers.count(), before);
        town.settle(&[&site]).await.expect("settled");
        assert!(answers.count() >= before + 10, "all of it leaves when the worker is back");
    }
}
