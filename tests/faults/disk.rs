//! FLT-05, FLT-07: no space on the disk of the database, and another process that holds its write lock. Writes are refused with
//! "not now, come again", reading goes on, what was accepted is there, and the house goes on by itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::{Connection, SqliteConnection};

use crate::browser::Browser;
use crate::house::{Engine, House};
use crate::number;
use crate::partner::{Line, Partner};
use crate::scene::Scene;

/// A file system of its own, of a few megabytes; unmounted with the value.
struct Small(PathBuf);

impl Small {
    fn mount(at: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(at).expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size},mode=700"), "haven-test"]).arg(at);
        let mounted = mount.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|done| done.success());
        mounted.then(|| Self(at.to_owned()))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

/// Writes until there is no byte left.
fn fill(file: &Path) {
    use std::io::Write;
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).expect("a file");
    let block = vec![7; 4096];
    while file.write_all(&block).is_ok() {}
    while file.write_all(&block[..1]).is_ok() {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_05_a_full_disk_refuses_writes_keeps_reading_and_loses_nothing() {
    let house = House::new(Engine::Sqlite).await.expect("SQLite is always there");
    let Some(small) = Small::mount(&house.folder(), "24m") else {
        haven::testing::not_run("FLT-05, a small file system cannot be mounted here (it needs root)");
        return;
    };
    let mut scene = Scene::with(house, 1).await;
    // Let go of before the scene, which removes the folder.
    let _small = small;
    let link = scene.house.text(&["account", "sign-in-link", "anna"], "", "link");
    let mut anna = Browser::signed_in(scene.house.origin(), &link).await;
    let (partner, group) = (scene.partners[0].clone(), scene.group.clone());
    let mut line = partner.line(&scene.house.origin());
    // The house closes a connection that rests, perhaps at the moment at which it would be used again.
    line.close = true;
    let mut accepted = BTreeSet::new();
    let filler = scene.house.folder().join("filler");
    for round in 0..2 {
        let first = Partner::name();
        line.insist(&partner.create(&first, &group.1, &first)).await;
        accepted.insert(partner.object(&first));
        fill(&filler);
        // The log has room left in its file until it must grow; then there is none.
        let text = "x".repeat(20_000);
        let mut refused = Vec::new();
        for _ in 0..2000 {
            let name = Partner::name();
            let said = line.send(&partner.create(&name, &group.1, &text)).await.expect("it answers");
            match said.status {
                202 => {
                    accepted.insert(partner.object(&name));
                }
                503 => {
                    assert!(said.again.is_some(), "with a time to come again");
                    refused.push(name);
                }
                other => panic!("answered {other}"),
            }
            if refused.len() == 20 {
                break;
            }
        }
        assert_eq!(refused.len(), 20, "round {round}: the disk was never full");
        for path in ["/groups", "/me", &format!("/g/{}", group.0), "/healthz"] {
            assert_eq!(anna.get(path).await.status, 200, "reading goes on: {path}");
        }
        if round == 1 {
            // Killed with a full disk: it starts when there is space again.
            scene.house.kill();
        }
        std::fs::remove_file(&filler).expect("space again");
        if round == 1 {
            scene.start().await;
        }
        for name in refused {
            line.insist(&partner.create(&name, &group.1, &name)).await;
            accepted.insert(partner.object(&name));
        }
    }
    scene.settle().await;
    let (lost, doubled) = scene.lost_and_doubled(&accepted).await;
    println!("FLT-05 SQLite: {} accepted around two full disks, {} lost, {} doubled", accepted.len(), lost.len(), doubled.len());
    assert_eq!((lost, doubled), (Vec::new(), Vec::new()));
    assert_eq!(
        scene.house.run(&["check", "--json"], "").lines().iter().filter(|said| said["check"] == "database" && said["ok"] == true).count(),
        1
    );
}

/// A short lock is waited for: what is sent while `other` holds it for a second is taken. On a machine on which the second became as
/// long as the house waits this says nothing, and it is tried again.
async fn a_short_lock_is_waited_for(line: &mut Line, other: &mut SqliteConnection, activity: &Value) {
    for _ in 0..60 {
        let begun = Instant::now();
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *other).await.expect("locked");
        let (said, held) = tokio::join!(line.send(activity), async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            sqlx::raw_sql("COMMIT").execute(&mut *other).await.expect("free");
            begun.elapsed()
        });
        if held < Duration::from_secs(4) {
            assert_eq!(said.map(|said| said.status), Some(202), "who waits a second is taken; the lock was held for {held:?}");
            return;
        }
    }
    panic!("a lock of one second was never given back within four");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_07_a_locked_database_is_waited_for_and_then_refused() {
    // The catalogue: 30 seconds.
    let locked_for = Duration::from_secs(number("HAVEN_TEST_REST", 9).min(30));
    let scene = Scene::set(Engine::Sqlite, 1).await.expect("SQLite is always there");
    let link = scene.house.text(&["account", "sign-in-link", "anna"], "", "link");
    let mut anna = Browser::signed_in(scene.house.origin(), &link).await;
    let (partner, group) = (scene.partners[0].clone(), scene.group.clone());
    let mut line = partner.line(&scene.house.origin());
    // The house closes a connection that rests, perhaps at the moment at which it would be used again.
    line.close = true;
    let mut accepted = BTreeSet::new();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(scene.house.folder().join("haven.db"));
    let mut other = SqliteConnection::connect_with(&options.busy_timeout(Duration::from_mins(10))).await.expect("another process");

    let name = Partner::name();
    a_short_lock_is_waited_for(&mut line, &mut other, &partner.create(&name, &group.1, &name)).await;
    accepted.insert(partner.object(&name));

    // A long one is waited for, too, and then everything is refused, again and again, with a time to come again.
    let begun = Instant::now();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.expect("locked");
    let (mut refused, mut first) = (Vec::new(), None);
    while begun.elapsed() < locked_for {
        let name = Partner::name();
        let said = line.send(&partner.create(&name, &group.1, &name)).await.expect("it answers");
        assert!(said.status == 503 && said.again.is_some(), "{said:?}");
        let first = *first.get_or_insert(begun.elapsed());
        assert!(first >= Duration::from_secs(4), "it was waited for before it was refused: {first:?}");
        assert_eq!(anna.get(&format!("/g/{}", group.0)).await.status, 200, "reading goes on");
        refused.push(name);
    }
    sqlx::raw_sql("COMMIT").execute(&mut other).await.expect("free");
    other.close().await.expect("closed");
    for name in refused {
        line.insist(&partner.create(&name, &group.1, &name)).await;
        accepted.insert(partner.object(&name));
    }
    scene.settle().await;
    let (lost, doubled) = scene.lost_and_doubled(&accepted).await;
    println!(
        "FLT-07 SQLite: locked for {:?}, {} accepted, {} lost, {} doubled",
        begun.elapsed(),
        accepted.len(),
        lost.len(),
        doubled.len()
    );
    assert_eq!((lost, doubled), (Vec::new(), Vec::new()));
}
