//! FLT-17 and the known weakness that is gone: several workers on one queue. Whoever holds a partner's lane and dies is followed
//! at the next start, not after the lease; whoever sleeps through the lease and wakes up sends nothing any more.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use haven::db::{Db, Engine as Kind};
use haven::features::accounts::Role;
use haven::features::groups::JoinRule;
use haven::federation::delivery;
use haven::server;
use haven::testing::database;
use haven::testing::site::Town;

use crate::house::{Engine, House};
use crate::partner::Partner;
use crate::scene::{Scene, held};
use crate::script::{Answers, joined, named};

/// A worker that was frozen with its lease wakes up after another has taken over.
#[tokio::test]
async fn flt_17_a_worker_that_slept_through_its_lease_sends_nothing() {
    for database in database::both().await {
        let (town, p) = (Town::default(), Answers::default());
        let site = town.open("v.test", database, 1).await.expect("a site");
        named(&site, "p.test").await;
        let anna = site.person("Anna", Role::Member).await;
        let group = site.group(&anna.persona.id, "Coffee", JoinRule::Open, &["p.test"]).await;
        joined(&town, &site, &p, "p.test", &group.uri).await;
        let group = group.id;
        let before = p.count();
        for number in 0..3 {
            site.write(&anna.persona.id, &group, &format!("post {number}"), None).await;
        }
        let federation = &site.site.federation;
        let slept = federation.lease_lanes(&site.site.here(), 10).await.expect("leased");
        assert_eq!(slept.len(), 1);
        assert!(federation.lease_lanes(&site.site.here(), 10).await.expect("asked").is_empty(), "a lane has one worker");
        town.clock.advance(Duration::from_mins(2));
        let taken = federation.lease_lanes(&site.site.here(), 10).await.expect("leased");
        assert_eq!(taken.len(), 1, "the lease is over");
        // The sleeper wakes: not one byte leaves, and it cannot give the lane of the other back.
        assert_eq!(federation.run_lane(&site.site.here(), &slept[0], 100).await.expect("it ends"), 0);
        assert_eq!(p.count(), before);
        assert!(federation.lease_lanes(&site.site.here(), 10).await.expect("asked").is_empty());
        assert_eq!(federation.run_lane(&site.site.here(), &taken[0], 100).await.expect("sent"), 3);
        assert_eq!(p.count(), before + 3);
    }
}

/// The next process in the same place frees what died; one in another place does not.
#[tokio::test]
async fn a_successor_frees_the_lanes_of_the_dead_and_of_nobody_else() {
    for database in database::both().await {
        let (town, p) = (Town::default(), Answers::default());
        let mut site = town.open("v.test", database, 1).await.expect("a site");
        named(&site, "p.test").await;
        let anna = site.person("Anna", Role::Member).await;
        let group = site.group(&anna.persona.id, "Coffee", JoinRule::Open, &["p.test"]).await;
        joined(&town, &site, &p, "p.test", &group.uri).await;
        let group = group.id;
        let lock = site.site.db.serve_lock(site.database.folder()).expect("the right to serve");
        site.write(&anna.persona.id, &group, "hello", None).await;
        let dead = site.site.federation.lease_lanes(&site.site.here(), 10).await.expect("leased");
        assert_eq!(dead.len(), 1);
        if site.database.engine() == Kind::Postgres {
            let elsewhere = database::TempFolder::new().expect("a folder");
            let other = Db::open(site.database.url()).await.expect("another server");
            let other_lock = other.serve_lock(elsewhere.path()).expect("welcome");
            let mut tx = other.begin().await.expect("a unit of work");
            let freed = delivery::free_dead(&mut tx, other_lock.worker(), other_lock.is_sole()).await.expect("asked");
            assert_eq!(freed, 0, "the lane of a server that lives is left alone");
            drop(tx);
            other.close().await;
        }
        drop(lock);
        town.reopen(&mut site, 7).await.expect("opened again");
        let lock = site.site.db.serve_lock(site.database.folder()).expect("the right to serve");
        server::take_over(&site.site, &lock).await.expect("taken over");
        let before = p.count();
        town.settle(&[&site]).await.expect("settled");
        assert_eq!(p.count(), before + 1, "at once, not after the lease");
    }
}

/// Two servers on one PostgreSQL; one is killed and comes back, again and again, while both deliver.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_17_of_two_servers_on_one_database_one_may_die_at_any_moment() {
    let Some(mut scene) = Scene::set(Engine::Postgres, 2).await else { return };
    let mut second = House::new(Engine::Sqlite).await.expect("a folder");
    second.tells = "info";
    let haven::base::config::DatabaseUrl::Postgres(url) = scene.house.database() else { panic!("this is PostgreSQL") };
    second.settings = vec![
        ("HAVEN_DATABASE_URL", url.reveal().clone()),
        ("HAVEN_PUBLIC_URL", scene.house.origin()),
        ("HAVEN_KEY_FILE", scene.house.folder().join("instance.key").to_string_lossy().into_owned()),
    ];
    second.start();
    let (partner, group) = (scene.partners[0].clone(), scene.group.1.clone());
    let mut accepted = BTreeSet::new();
    let begun = Instant::now();
    let mut died = 0;
    for round in 0..3 {
        for _ in 0..25 {
            let name = Partner::name();
            partner.line(&scene.house.origin()).insist(&partner.create(&name, &group, &name)).await;
            accepted.insert(partner.object(&name));
        }
        let who = if round == 1 { &mut scene.house } else { &mut second };
        who.kill();
        let dead = lanes_of(who).await;
        who.start();
        // The fence of a lane that was freed is another one. Nobody waits for a lease of ninety seconds.
        let now = lanes_of(who).await;
        assert!(dead.iter().all(|lane| !now.contains(lane)), "{dead:?} died with the server and are held still: {now:?}");
        died += dead.len();
    }
    scene.settle().await;
    let (lost, doubled) = scene.lost_and_doubled(&accepted).await;
    assert_eq!((lost, doubled), (Vec::new(), Vec::new()));
    let mut repeated = 0;
    for partner in &scene.partners {
        let (objects, again) = held(partner);
        repeated += again;
        assert_eq!(objects.len(), accepted.len());
        assert!(objects.values().all(|said| said.len() == 1), "each activity once");
    }
    println!(
        "FLT-17 PostgreSQL: two servers, 3 kills, {died} lanes died, {} accepted, 0 lost, 0 doubled, {repeated} came twice, {:?}",
        accepted.len(),
        begun.elapsed()
    );
    assert_eq!(second.terminate(), Some(0));
}

/// The lanes in the hands of this server: partner and fence.
async fn lanes_of(house: &House) -> Vec<(String, i64)> {
    let worker = std::fs::read_to_string(house.folder().join("node")).expect("the name of the server");
    house.rows(&format!("SELECT partner_id, fence FROM lanes WHERE lease_until > 0 AND worker = '{}'", worker.trim())).await
}
