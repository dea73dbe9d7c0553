//! FLT-20, FLT-21, FLT-27: copies and files. A copy made under load holds every 2xx before it began; a house that was put back
//! to an older copy sends nothing until an admin has looked; a damaged or missing file is never taken for a new house.

use std::collections::BTreeSet;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use haven::base::config::DatabaseUrl;
use haven::db::Db;
use tokio::task::JoinHandle;

use crate::house::Engine;
use crate::partner::Partner;
use crate::scene::{Scene, until};

/// Somebody who sends one post after the other until they are stopped.
struct Load {
    sent: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Load {
    fn begin(sender: Partner, to: String, group: String) -> Self {
        let (sent, stop) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicBool>::default());
        let (done, stopped) = (Arc::clone(&sent), Arc::clone(&stop));
        let task = tokio::spawn(async move {
            let mut line = sender.line(&to);
            while !stopped.load(Ordering::SeqCst) {
                let name = Partner::name();
                line.insist(&sender.create(&name, &group, &name)).await;
                done.lock().expect("no panic").push(name);
            }
        });
        Self { sent, stop, task }
    }

    /// What was accepted so far, by name.
    fn sent(&self) -> Vec<String> {
        self.sent.lock().expect("no panic").clone()
    }

    /// Waits until one more is accepted.
    async fn goes_on(&self) {
        let before = self.sent().len();
        until("one more that is accepted", async || (self.sent().len() > before).then_some(())).await;
    }

    async fn end(self) -> Vec<String> {
        self.stop.store(true, Ordering::SeqCst);
        self.task.await.expect("the sender ends");
        self.sent.lock().expect("no panic").clone()
    }
}

/// Something that is done to a file.
type Harm = fn(&std::path::Path);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_20_and_21_a_copy_under_load_is_whole_and_a_house_put_back_is_quiet() {
    let mut scene = Scene::set(Engine::Sqlite, 1).await.expect("SQLite is always there");
    let (partner, group) = (scene.partners[0].clone(), scene.group.1.clone());
    let mut accepted = BTreeSet::new();
    let mut line = partner.line(&scene.house.origin());
    for _ in 0..40 {
        let name = Partner::name();
        line.insist(&partner.create(&name, &group, &name)).await;
        accepted.insert(partner.object(&name));
    }
    // Others go on sending from before the copy is begun until after it is made.
    let load = Load::begin(partner.clone(), scene.house.origin(), group.clone());
    load.goes_on().await;
    let before = load.sent();
    accepted.extend(before.iter().map(|name| partner.object(name)));
    let copy = scene.house.folder().join("copy.db");
    let place = copy.to_str().expect("a path").to_owned();
    let made = tokio::task::block_in_place(|| scene.house.run(&["backup", &place, "--json"], ""));
    load.goes_on().await;
    let later = load.end().await.split_off(before.len());
    assert_eq!(made.code, 0, "{made:?}");
    let db = Db::open(&DatabaseUrl::Sqlite(copy.clone())).await.expect("the copy opens");
    db.integrity_check().await.expect("the copy is whole");
    let mut conn = db.read().await.expect("a reader");
    let there: Vec<(String,)> = sqlx::query_as("SELECT activity_uri FROM inbox").fetch_all(conn.sql()).await.expect("rows");
    let there: BTreeSet<String> = there.into_iter().map(|(uri,)| uri.replace("/a/", "/o/")).collect();
    drop(conn);
    db.close().await;
    for side in ["-wal", "-shm"] {
        drop(std::fs::remove_file(scene.house.folder().join(format!("copy.db{side}"))));
    }
    assert!(accepted.iter().all(|uri| there.contains(uri)), "every 2xx before the copy began is in it");

    // An account is erased after the copy; then the house is put back.
    scene.settle().await;
    scene.house.json(&["account", "create", "--name", "bram", "--persona", "Bram", "--role", "member"], crate::scene::PASSPHRASE);
    scene.house.kill();
    let count = partner.count();
    scene.house.json(&["restore", &place], "");
    scene.start().await;
    let name = Partner::name();
    line.insist(&partner.create(&name, &group, &name)).await;
    until("the post", async || (scene.number("SELECT COUNT(*) FROM inbox WHERE state IN ('new', 'waiting')").await == 0).then_some(()))
        .await;
    assert_eq!(scene.number("SELECT COUNT(*) FROM marks WHERE name = 'restored'").await, 1, "restored mode");
    assert!(scene.number("SELECT COUNT(*) FROM deliveries WHERE state = 'waiting'").await > 0);
    assert_eq!(partner.count(), count, "nothing is sent until an admin has looked");
    // What the copy did not have is sent again by the partner, and taken once.
    for name in &later {
        line.insist(&partner.create(name, &group, name)).await;
        accepted.insert(partner.object(name));
    }
    until("all posts", async || (scene.number("SELECT COUNT(*) FROM inbox WHERE state IN ('new', 'waiting')").await == 0).then_some(()))
        .await;
    let (lost, doubled) = scene.lost_and_doubled(&accepted).await;
    assert_eq!((lost, doubled), (Vec::new(), Vec::new()));
    assert_eq!(partner.count(), count, "and nothing was sent all the time");
    assert_eq!(scene.number("SELECT COUNT(*) FROM lanes WHERE lease_until > 0").await, 0, "nor is it about to be");
    let reused = scene.number("SELECT COUNT(*) - COUNT(DISTINCT activity_uri) FROM outbox").await;
    assert_eq!(reused, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_27_a_wrong_or_broken_file_is_refused_and_never_taken_for_a_new_house() {
    let mut scene = Scene::set(Engine::Sqlite, 1).await.expect("SQLite is always there");
    let (partner, group) = (scene.partners[0].clone(), scene.group.1.clone());
    let mut line = partner.line(&scene.house.origin());
    for _ in 0..60 {
        let name = Partner::name();
        line.insist(&partner.create(&name, &group, &name)).await;
    }
    scene.settle().await;
    scene.house.kill();
    let file = |suffix: &str| scene.house.folder().join(format!("haven.db{suffix}"));
    let kept: Vec<(&str, Vec<u8>)> = ["", "-wal"].map(|suffix| (suffix, std::fs::read(file(suffix)).expect("a file"))).to_vec();
    let back = || {
        for suffix in ["", "-wal", "-shm"] {
            drop(std::fs::remove_file(file(suffix)));
        }
        for (suffix, bytes) in &kept {
            std::fs::write(file(suffix), bytes).expect("put back");
        }
    };
    // The log is cut at many places: the house never starts empty and never with half of a unit of work.
    let log = u64::try_from(kept[1].1.len()).expect("a number");
    assert!(log > 100_000, "there is a log to cut: {log}");
    let mut whole = 0;
    for cut in [log - 1, log - 4096, log / 2, log / 2 + 777, 5000, 33] {
        back();
        std::fs::OpenOptions::new().write(true).open(file("-wal")).expect("the log").set_len(cut).expect("cut");
        let done = scene.house.run(&["check", "--json"], "");
        let said = done.lines();
        let database = said.iter().find(|finding| finding["check"] == "database").unwrap_or_else(|| panic!("{done:?}"));
        if database["ok"] == true {
            whole += 1;
            assert_eq!(scene.number("SELECT COUNT(*) FROM actors WHERE kind = 'application' AND partner_id IS NULL").await, 1, "{cut}");
            let halves = "SELECT COUNT(*) FROM posts p WHERE p.origin_uri IS NOT NULL AND NOT EXISTS
                (SELECT 1 FROM inbox i WHERE i.state = 'handled' AND REPLACE(i.activity_uri, '/a/', '/o/') = p.origin_uri)";
            assert_eq!(scene.number(halves).await, 0, "{cut}: an effect without its cause");
        }
    }
    assert!(whole > 1, "some of what was left could be looked at");
    // Missing, empty, foreign, flipped.
    let harms: [(&str, Harm); 4] = [
        ("missing", |path| std::fs::remove_file(path).expect("gone")),
        ("missing", |path| std::fs::write(path, b"").expect("emptied")),
        ("damaged", |path| std::fs::write(path, vec![b'x'; 50_000]).expect("overwritten")),
        ("damaged", |path| {
            let file = std::fs::OpenOptions::new().write(true).open(path).expect("the file");
            file.write_all_at(&[0x55; 3000], 0).expect("flipped");
        }),
    ];
    for (part, harm) in harms {
        back();
        // As after a clean end, so that the log does not mend the file.
        drop(std::fs::remove_file(file("-wal")));
        harm(&file(""));
        let done = scene.house.run(&["serve"], "");
        assert!(done.sentence(1).contains(part), "{part}: {done:?}");
    }
    back();
    scene.start().await;
    assert_eq!(scene.number("SELECT COUNT(*) FROM posts WHERE origin_uri IS NOT NULL").await, 60);
}
