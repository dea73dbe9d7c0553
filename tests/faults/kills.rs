//! FLT-01, FLT-04, FLT-25: the house is killed at random while a partner sends and while it delivers. The harness plays the
//! partner: what got no 2xx is sent again. `HAVEN_TEST_KILLS=200` is the long form; every third round asks the process to end
//! instead of killing it, which must promise neither more nor less.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use haven::base::{Chance, SystemChance};
use serde_json::{Value, json};

use crate::house::Engine;
use crate::number;
use crate::partner::Partner;
use crate::scene::{Scene, held, until};

/// Connections of the partner.
const LINES: usize = 24;
/// Acknowledged in each round before the end comes.
const ROUND: usize = 105;

/// What the partner has to say, and what it was told.
struct Mail {
    partner: Partner,
    group: String,
    next: AtomicU64,
    again: Mutex<VecDeque<u64>>,
    accepted: Mutex<BTreeSet<u64>>,
}

impl Mail {
    fn of(scene: &Scene) -> Arc<Self> {
        Arc::new(Self {
            partner: scene.partners[0].clone(),
            group: scene.group.1.clone(),
            next: AtomicU64::new(0),
            again: Mutex::default(),
            accepted: Mutex::default(),
        })
    }

    fn accepted(&self) -> usize {
        self.accepted.lock().expect("no panic").len()
    }

    fn create(&self, number: u64) -> Value {
        self.partner.create(&format!("n{number}"), &self.group, &format!("post {number}"))
    }

    /// Sends one after the other until the house is gone. Every tenth goes twice.
    async fn send(self: Arc<Self>, to: String) {
        let mut line = self.partner.line(&to);
        loop {
            let waiting = self.again.lock().expect("no panic").pop_front();
            let number = waiting.unwrap_or_else(|| self.next.fetch_add(1, Ordering::Relaxed));
            let activity = self.create(number);
            let answer = line.send(&activity).await;
            match answer {
                Some(said) if said.status == 202 => {
                    self.accepted.lock().expect("no panic").insert(number);
                    if number.is_multiple_of(10) {
                        line.send(&activity).await;
                    }
                }
                other => {
                    self.again.lock().expect("no panic").push_back(number);
                    if other.is_none() {
                        return;
                    }
                }
            }
        }
    }

    /// After the last round: everything that is left is sent until it is taken.
    async fn rest(&self, to: &str) {
        let mut line = self.partner.line(to);
        while let Some(number) = { self.again.lock().expect("no panic").pop_front() } {
            line.insist(&self.create(number)).await;
            self.accepted.lock().expect("no panic").insert(number);
        }
    }

    fn objects(&self) -> BTreeSet<String> {
        self.accepted.lock().expect("no panic").iter().map(|number| self.partner.object(&format!("n{number}"))).collect()
    }
}

async fn nothing_that_was_accepted_is_lost_or_doubled(engine: Engine) {
    let kills = number("HAVEN_TEST_KILLS", 3);
    let Some(mut scene) = Scene::set(engine, 1).await else { return };
    let (mail, begun) = (Mail::of(&scene), Instant::now());
    for round in 0..kills {
        let before = mail.accepted();
        let senders: Vec<_> = (0..LINES).map(|_| tokio::spawn(Arc::clone(&mail).send(scene.house.origin()))).collect();
        until("enough that is accepted", async || (mail.accepted() >= before + ROUND).then_some(())).await;
        // A moment that nobody chose.
        tokio::time::sleep(Duration::from_micros(SystemChance.below(30_000))).await;
        if round % 3 == 2 {
            assert_eq!(scene.house.terminate(), Some(0));
        } else {
            scene.house.kill();
        }
        for sender in senders {
            sender.await.expect("a sender ends by itself");
        }
        scene.start().await;
    }
    mail.rest(&scene.house.origin()).await;
    scene.settle().await;
    let (lost, doubled) = scene.lost_and_doubled(&mail.objects()).await;
    let rows = scene.number("SELECT COUNT(*) - COUNT(DISTINCT activity_uri) FROM inbox").await;
    let parked = scene.number("SELECT COUNT(*) FROM inbox WHERE state NOT IN ('handled', 'ignored')").await;
    let (announced, again) = held(&scene.partners[0]);
    let twice = announced.values().filter(|said| said.iter().filter(|what| what.starts_with("Create")).count() > 1).count();
    println!(
        "FLT-01 {engine:?}: {kills} rounds, {} accepted, {} lost, {} doubled, {again} deliveries repeated and taken once, longest start {:?}, {:?}",
        mail.accepted(),
        lost.len(),
        doubled.len(),
        scene.slowest,
        begun.elapsed(),
    );
    assert_eq!((lost, doubled, rows, parked, twice), (Vec::new(), Vec::new(), 0, 0, 0));
    assert!(mail.accepted() >= usize::try_from(kills).expect("a number") * ROUND);
    assert!(announced.len() >= mail.accepted(), "{} of {} were announced to the partner", announced.len(), mail.accepted());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_01_nothing_that_was_accepted_is_lost_or_doubled_on_sqlite() {
    nothing_that_was_accepted_is_lost_or_doubled(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_01_nothing_that_was_accepted_is_lost_or_doubled_on_postgres() {
    nothing_that_was_accepted_is_lost_or_doubled(Engine::Postgres).await;
}

/// FLT-04: posts, changes and deletions go to three partners while the house is killed again and again.
async fn every_partner_has_everything_in_order_and_once(engine: Engine) {
    // The catalogue: 500 posts, 50 kills.
    let kills = number("HAVEN_TEST_KILLS", 2).min(50);
    let posts = if kills >= 50 { 500 } else { 24 };
    let Some(mut scene) = Scene::set(engine, 3).await else { return };
    let partner = scene.partners[0].clone();
    let (group, base) = (scene.group.1.clone(), scene.partners[1].count());
    for number in 0..posts {
        let name = format!("m{number}");
        let mut line = partner.line(&scene.house.origin());
        line.insist(&partner.create(&name, &group, &format!("{name} version 0"))).await;
        line.insist(&partner.update(&name, &group, 1)).await;
        if number % 4 == 0 {
            let mut gone = partner.says("Delete", &format!("{name}-gone"), &json!(partner.object(&name)));
            gone["to"] = json!([group]);
            gone["audience"] = json!(group);
            line.insist(&gone).await;
        }
        if kills > 0 && number % (posts / kills).max(1) == 0 {
            let more = scene.partners[1].count() + usize::try_from(SystemChance.below(4)).expect("a number");
            // It is killed in the middle of a fan-out when there is one; a deletion may leave nothing to send.
            for _ in 0..40 {
                if scene.partners[1].count() >= more {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            scene.house.kill();
            scene.start().await;
        }
    }
    scene.settle().await;
    let expected = scene.number("SELECT COUNT(*) FROM deliveries WHERE state = 'delivered'").await;
    let open = scene.number("SELECT COUNT(*) FROM deliveries WHERE state NOT IN ('delivered', 'cancelled')").await;
    assert_eq!(open, 0, "nothing was refused or given up");
    let mut repeated = 0;
    for partner in &scene.partners {
        let (objects, again) = held(partner);
        repeated += again;
        for (object, said) in &objects {
            let rank = |what: &String| match what.split(' ').next() {
                Some("Delete") => 9,
                _ if what.contains("version 1") => 1,
                _ => 0,
            };
            let ranks: Vec<i32> = said.iter().map(rank).collect();
            assert!(ranks.is_sorted(), "{object} came in the wrong order: {said:?}");
            let mut once = said.clone();
            once.dedup();
            assert_eq!(once.len(), said.len(), "{object} was said twice: {said:?}");
        }
    }
    let delivered: usize = scene.partners.iter().map(|partner| held(partner).0.values().map(Vec::len).sum::<usize>()).sum();
    println!(
        "FLT-04 {engine:?}: {posts} posts, {kills} kills, {expected} deliveries, {delivered} about posts, {repeated} repeated and taken once, {base} before"
    );
    let live = scene.number("SELECT COUNT(*) FROM posts WHERE state = 'posted' AND origin_uri IS NOT NULL").await;
    assert_eq!(live, i64::try_from(posts - posts.div_ceil(4)).expect("a number"));
    for partner in &scene.partners[1..] {
        let (objects, _) = held(partner);
        let latest = objects.values().filter(|said| said.last().is_some_and(|what| what.contains("version 1"))).count();
        assert_eq!(i64::try_from(latest).expect("a number"), live, "every post that is left is held in its newest version");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_04_every_partner_has_everything_in_order_and_once_on_sqlite() {
    every_partner_has_everything_in_order_and_once(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_04_every_partner_has_everything_in_order_and_once_on_postgres() {
    every_partner_has_everything_in_order_and_once(Engine::Postgres).await;
}
