//! One house as a real process, partners as scripted peers, a group that they share; and the looks from beside into what the
//! house holds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub use crate::house::eventually as until;
use crate::house::{Engine, House, program};
use crate::partner::Partner;

/// The passphrase of everybody.
pub const PASSPHRASE: &str = "four calm words here\n";

/// The scene.
pub struct Scene {
    /// The house.
    pub house: House,
    /// Its partners.
    pub partners: Vec<Partner>,
    /// The group they share: id and address.
    pub group: (String, String),
    /// The longest time from a start to the first page, so far.
    pub slowest: Duration,
}

impl Scene {
    /// A house that serves, with so many partners in its group; `None` when there is no such engine here.
    pub async fn set(engine: Engine, partners: usize) -> Option<Self> {
        Some(Self::with(House::new(engine).await?, partners).await)
    }

    /// The same for a house with settings of its own.
    pub async fn with(mut house: House, count: usize) -> Self {
        house.tells = "info";
        house.start();
        let mut partners = Vec::new();
        for number in 0..count {
            partners.push(Partner::open(number).await);
        }
        house.json(&["account", "create", "--name", "anna", "--persona", "Anna", "--role", "admin"], PASSPHRASE);
        let mut args = vec!["group", "create", "--name", "Morning coffee", "--as", "Anna", "--reach", "partners"];
        for partner in &partners {
            house.json(&["partner", "add", &partner.origin, "--without-handshake"], "");
            args.extend(["--partner", &partner.origin]);
        }
        let made = house.json(&args, "");
        let text = |field: &str| made[field].as_str().expect("a text").to_owned();
        let scene = Self { group: (text("group"), text("actor")), house, partners, slowest: Duration::ZERO };
        for partner in &scene.partners {
            let follow = partner.says("Follow", &Partner::name(), &json!(scene.group.1));
            partner.line(&scene.house.origin()).insist(&follow).await;
        }
        scene.settle().await;
        for partner in &scene.partners {
            let got = partner.got();
            let welcome = got.iter().any(|said| said["type"] == "Accept" && said["actor"] == scene.group.1);
            assert!(welcome, "who is not in the group gets nothing of it: {got:?}");
        }
        scene
    }

    /// Starts the house again, and measures how long it takes until it serves.
    pub async fn start(&mut self) {
        let begun = Instant::now();
        self.house.start();
        let ready = format!("{}/readyz", self.house.origin());
        let mut visitor = crate::browser::Browser::new(self.house.origin());
        let page = visitor.get("/readyz").await;
        assert_eq!(page.status, 200, "{ready}");
        self.slowest = self.slowest.max(begun.elapsed());
    }

    /// Waits until the house ended by itself, as a crash point ends it.
    pub async fn crashed(&mut self) {
        use std::os::unix::process::ExitStatusExt;
        let house = &mut self.house;
        let ended = until("a crash", async || house.ended()).await;
        assert_eq!(ended.signal(), Some(6), "it was to be ended by the crash point: {ended:?}");
    }

    /// Arms a crash point for the next starts and commands, or none.
    pub fn crash_at(&mut self, point: Option<&str>) {
        self.house.settings.retain(|(name, _)| *name != "CRASH_AT");
        self.house.settings.extend(point.map(|point| ("CRASH_AT", point.to_owned())));
    }

    /// One look into the database from beside.
    pub async fn rows(&self, text: &str) -> Vec<(String, i64)> {
        self.house.rows(text).await
    }

    /// One number.
    pub async fn number(&self, text: &str) -> i64 {
        self.rows(&format!("SELECT '', ({text})")).await[0].1
    }

    /// Waits until everything that came in is handled and everything that goes out has left.
    pub async fn settle(&self) {
        let text = "SELECT COUNT(*) FROM inbox WHERE state IN ('new', 'waiting')";
        let out = "SELECT COUNT(*) FROM deliveries WHERE state = 'waiting'";
        for _ in 0..6000 {
            if self.number(text).await == 0 && self.number(out).await == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let left = self.rows("SELECT state || ' ' || COALESCE(reason, '') || ' ' || attempts, COUNT(*) FROM inbox GROUP BY 1").await;
        let out = self.rows("SELECT state || ' ' || COALESCE(reason, '') || ' ' || attempts, COUNT(*) FROM deliveries GROUP BY 1").await;
        let lanes = self.rows("SELECT failures || ' failures, leased until ' || lease_until, next_at FROM lanes").await;
        panic!("the house does not come to rest: inbox {left:?}, deliveries {out:?}, lanes {lanes:?}; it told {}", self.house.told());
    }

    /// What was accepted and is not there, and what is there more than once: both must be empty.
    pub async fn lost_and_doubled(&self, accepted: &BTreeSet<String>) -> (Vec<String>, Vec<String>) {
        let posts = self.rows("SELECT origin_uri, COUNT(*) FROM posts WHERE origin_uri IS NOT NULL GROUP BY origin_uri").await;
        let posts: BTreeMap<String, i64> = posts.into_iter().collect();
        let lost = accepted.iter().filter(|uri| !posts.contains_key(*uri)).cloned().collect();
        let doubled = posts.iter().filter(|(_, count)| **count != 1).map(|(uri, _)| uri.clone()).collect();
        (lost, doubled)
    }
}

/// What a partner holds: for each object the versions in the order of their first arrival, by activity, each activity once.
pub fn held(partner: &Partner) -> (BTreeMap<String, Vec<String>>, usize) {
    let mut seen = BTreeSet::new();
    let mut objects: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut again = 0;
    for said in partner.got() {
        let id = said["id"].as_str().unwrap_or_default().to_owned();
        if !seen.insert(id) {
            again += 1;
            continue;
        }
        if let Some((object, what)) = about(&said) {
            objects.entry(object).or_default().push(what);
        }
    }
    (objects, again)
}

/// Which object a message of a group's home speaks of, and what it says of it.
fn about(said: &Value) -> Option<(String, String)> {
    let (mut verb, mut object) = (said["type"].as_str()?, &said["object"]);
    if verb == "Announce" && !object["object"].is_null() {
        (verb, object) = (object["type"].as_str()?, &object["object"]);
    }
    let id = object["id"].as_str().or_else(|| object.as_str())?;
    let content = object["content"].as_str().unwrap_or_default();
    let about = verb == "Delete" || object["type"] == "Note";
    about.then(|| (id.to_owned(), format!("{verb} {content}")))
}

/// Sends a signal to a process that we started.
pub fn signal(process: u32, name: &str) {
    let asked = std::process::Command::new("kill").args([name, &process.to_string()]).status().expect("kill runs");
    assert!(asked.success(), "kill {name} {process}");
}

/// The name of the program, for tools that start it themselves.
pub fn program_name() -> String {
    program(&[]).get_program().to_string_lossy().into_owned()
}
