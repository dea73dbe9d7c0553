//! FLT-02, FLT-19: the house is ended at each named point, starts again, and goes on; every 2xx is there, everything once,
//! nobody repairs anything. `HAVEN_TEST_SWEEP=n` ends it at each of the first n commits, one after the other.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;

use haven::base::config::DatabaseUrl;
use haven::db::Db;

use crate::house::{Engine, House, program};
use crate::number;
use crate::partner::Partner;
use crate::scene::{PASSPHRASE, Scene, held, until};

/// Sends posts until the house is gone. Adds the objects of those that were accepted, and gives those that were not.
async fn until_the_end(scene: &Scene, accepted: &mut BTreeSet<String>, most: usize) -> Vec<String> {
    let partner = &scene.partners[0];
    let mut line = partner.line(&scene.house.origin());
    line.close = true;
    let mut left = Vec::new();
    for _ in 0..most {
        let name = Partner::name();
        match line.send(&partner.create(&name, &scene.group.1, &name)).await {
            Some(said) if said.status == 202 => {
                accepted.insert(partner.object(&name));
            }
            answer => {
                left.push(name);
                if answer.is_none() {
                    break;
                }
            }
        }
    }
    left
}

/// Ends the house at a point under traffic, starts it again, sends what was not accepted again, and looks.
async fn ends_at(scene: &mut Scene, point: &str, accepted: &mut BTreeSet<String>) {
    scene.house.kill();
    scene.crash_at(Some(point));
    // A point that is passed by the start itself ends the house before it listens.
    let listens = scene.house.try_start().is_some();
    let left = if listens { until_the_end(scene, accepted, 40).await } else { Vec::new() };
    scene.crashed().await;
    scene.crash_at(None);
    scene.start().await;
    let (partner, group) = (scene.partners[0].clone(), scene.group.1.clone());
    let mut line = partner.line(&scene.house.origin());
    for name in left {
        line.insist(&partner.create(&name, &group, &name)).await;
        accepted.insert(partner.object(&name));
    }
    scene.settle().await;
    let (lost, doubled) = scene.lost_and_doubled(accepted).await;
    assert_eq!((lost, doubled), (Vec::new(), Vec::new()), "{point}");
    let (objects, _) = held(&partner);
    let twice: Vec<_> = objects.iter().filter(|(_, said)| said.len() > 1).collect();
    assert!(twice.is_empty(), "{point}: {twice:?}");
    assert!(objects.len() >= accepted.len(), "{point}: {} announced of {}", objects.len(), accepted.len());
}

async fn the_house_goes_on_after_each_point(engine: Engine) {
    let Some(mut scene) = Scene::set(engine, 1).await else { return };
    let mut accepted = BTreeSet::new();
    let sweep = number("HAVEN_TEST_SWEEP", 0);
    let mut points: Vec<String> = [
        "inbox-before-commit:3",
        "inbox-after-commit:3",
        "after-answer:4",
        "mid-fan-out:3",
        "after-delivery:2",
        "before-commit:1",
        "before-commit:9",
        "after-commit:9",
    ]
    .map(str::to_owned)
    .to_vec();
    points.extend((2..=sweep).flat_map(|at| [format!("before-commit:{at}"), format!("after-commit:{at}")]));
    for point in &points {
        ends_at(&mut scene, point, &mut accepted).await;
    }
    println!(
        "FLT-02 {engine:?}: {} crashes, {} accepted, 0 lost, 0 doubled, longest start {:?}",
        points.len(),
        accepted.len(),
        scene.slowest
    );
    erasure(&mut scene).await;
    end_of_a_partnership(&mut scene).await;
}

/// An erasure that is ended in the middle has not happened, or is finished by the next start.
async fn erasure(scene: &mut Scene) {
    scene.house.json(&["account", "create", "--name", "bram", "--persona", "Bram", "--role", "member"], PASSPHRASE);
    let group = scene.group.0.clone();
    assert_eq!(scene.house.text(&["group", "join", &scene.group.1, "--as", "Bram"], "", "state"), "active");
    let post = scene.house.text(&["post", "create", "--group", &group, "--as", "Bram"], "Qwxsoon gone", "post");
    scene.settle().await;
    scene.crash_at(Some("mid-erase"));
    let done = scene.house.run(&["account", "erase", "bram"], "");
    assert!(done.code == -1 && done.err.contains("crashed at mid-erase"), "{done:?}");
    scene.crash_at(None);
    assert_eq!(scene.house.json(&["post", "show", &post], "")["state"], "posted", "nothing of it happened");
    // The list beside the database is written, and its mark in the database is not. While nobody serves, nobody else writes it.
    scene.house.kill();
    scene.house.json(&["account", "erase", "bram"], "");
    let log = scene.house.folder().join("erasures.log");
    let lines = |log: &std::path::Path| std::fs::read_to_string(log).unwrap_or_default().lines().count();
    let before = lines(&log);
    scene.crash_at(Some("mid-erase"));
    scene.house.start();
    scene.crashed().await;
    let listed = lines(&log);
    assert!(listed > before, "the list was written before the crash");
    scene.crash_at(None);
    scene.start().await;
    until("the mark in the database", async || (scene.number("SELECT COUNT(*) FROM erasures WHERE written = 0").await == 0).then_some(()))
        .await;
    assert!(lines(&log) >= listed);
    scene.settle().await;
    assert_eq!(scene.number("SELECT COUNT(*) FROM posts WHERE source LIKE '%Qwxsoon%'").await, 0);
}

/// A pause or an end that is cut off has not happened; the next try does it whole.
async fn end_of_a_partnership(scene: &mut Scene) {
    let origin = scene.partners[0].origin.clone();
    let state = async |scene: &Scene| scene.rows("SELECT state, COUNT(*) FROM partners GROUP BY state").await[0].0.clone();
    for (what, after) in [("pause", "paused"), ("resume", "active"), ("end", "ended")] {
        let before = state(scene).await;
        scene.crash_at(Some("mid-revoke"));
        let done = scene.house.run(&["partner", what, &origin], "");
        assert!(done.code == -1 && done.err.contains("crashed at mid-revoke"), "{done:?}");
        assert_eq!(state(scene).await, before, "{what}: half of it happened");
        scene.crash_at(None);
        scene.house.json(&["partner", what, &origin], "");
        assert_eq!(state(scene).await, after);
    }
    assert_eq!(scene.house.json(&["audit", "verify"], "")["whole"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_02_the_house_goes_on_after_each_point_on_sqlite() {
    the_house_goes_on_after_each_point(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_02_the_house_goes_on_after_each_point_on_postgres() {
    the_house_goes_on_after_each_point(Engine::Postgres).await;
}

/// FLT-19: a migration that is cut off leaves the old schema, and the next start finishes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_19_a_migration_that_is_cut_off_is_done_by_the_next_start() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(mut house) = House::new(engine).await else { continue };
        let url = match &house.postgres {
            Some(db) => {
                let mut tx = db.begin().await.expect("a unit of work");
                sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public").execute(tx.sql()).await.expect("emptied");
                tx.commit().await.expect("kept");
                db.url().clone()
            }
            None => DatabaseUrl::Sqlite(house.folder().join("haven.db")),
        };
        let steps = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).expect("the migrations").count();
        for step in [1, steps / 2, steps] {
            house.settings.push(("CRASH_AT", format!("mid-migration:{step}")));
            let done = house.run(&["migrate"], "");
            assert!(done.code == -1 && done.err.contains("crashed at mid-migration"), "{done:?}");
            house.settings.pop();
            let db = Db::open(&url).await.expect("the database opens");
            assert!(db.is_new().await.expect("read"), "nothing of {step} steps was kept");
            db.close().await;
        }
        house.start();
        house.kill();
        let db = Db::open(&url).await.expect("the database opens");
        assert_eq!(db.pending_migrations().await.expect("read"), 0);
        let mut tx = db.begin().await.expect("a unit of work");
        let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
            SELECT 9999, description, success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
        sqlx::query(newer).execute(tx.sql()).await.expect("written");
        tx.commit().await.expect("kept");
        db.close().await;
        assert!(house.run(&["serve"], "").sentence(1).contains("newer version"), "an old program leaves a newer schema alone");
    }
}

/// The seam itself: refused in a production configuration, by each command, and for a name that does not exist.
#[test]
fn a_crash_point_is_refused_outside_tests() {
    for (settings, part) in [
        (&[("HAVEN_PUBLIC_URL", "https://haven.example")][..], "CRASH_AT is set"),
        (&[("HAVEN_PUBLIC_URL", "http://127.0.0.1:1")], "CRASH_AT is set"),
        (&[("HAVEN_PUBLIC_URL", "https://haven.example"), ("HAVEN_LOOPBACK_FEDERATION", "true")], "LOOPBACK_FEDERATION"),
    ] {
        for args in [&["serve"][..], &["migrate"], &["partner", "list"]] {
            let mut command = program(args);
            command.env("CRASH_AT", "before-commit").envs(settings.iter().copied());
            let done = crate::house::finish(command, "");
            assert!(done.sentence(1).contains(part), "{args:?} {settings:?}: {done:?}");
        }
    }
    let mut command = program(&["migrate"]);
    command.env("CRASH_AT", "somewhere").env("HAVEN_PUBLIC_URL", "http://127.0.0.1:1").env("HAVEN_LOOPBACK_FEDERATION", "true");
    assert!(crate::house::finish(command, "").sentence(1).contains("must name a crash point"));
    // And where it is allowed it is a real end, not an exit.
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = program(&["migrate"]);
    command.env("CRASH_AT", "mid-migration").env("HAVEN_PUBLIC_URL", "http://127.0.0.1:1").env("HAVEN_LOOPBACK_FEDERATION", "true");
    let ended = command.env("HAVEN_DATA_DIR", folder.path()).output().expect("it runs");
    assert_eq!(ended.status.signal(), Some(6), "{ended:?}");
}
