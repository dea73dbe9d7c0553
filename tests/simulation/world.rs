//! The world of one seed: four honest houses with their people and groups, and a hostile one that all of them have agreed with.
//! The scene is set once in a process and copied for every run; what differs is everything that happens afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_lc_rs::digest;
use haven::audit::By;
use haven::base::{Chance, Clock, Id, Iri, Origin, Timestamp};
use haven::db::{Conn, Tx};
use haven::features::accounts::Role;
use haven::features::groups::{self, JoinRule};
use haven::features::partners;
use haven::federation::declaration::Declaration;
use haven::server;
use haven::testing::chance::SeededChance;
use haven::testing::clock::SetClock;
use haven::testing::database;
use haven::testing::network::Network;
use haven::testing::site::{TestSite, Town};
use serde_json::json;

use crate::checks;
use crate::eve::{self, DEN, EVE, Eve, FRANK, HOUSE};
use crate::model::Model;

pub const HOSTS: [&str; 5] = ["a.test", "b.test", "c.test", "d.test", "e.test"];
/// The honest ones come first.
pub const HONEST: usize = 4;
/// The hostile house.
pub const HOSTILE: usize = 4;
/// Name, home, and whom it is shared with at first.
const GROUPS: [(&str, usize, &[usize]); 5] =
    [("Coffee", 0, &[1, 2, 4]), ("Garden", 1, &[0, 3, 4]), ("Music", 2, &[0, 1, 3]), ("Walk", 3, &[1]), ("Kitchen", 0, &[])];
/// The group of the hostile house, after the others.
pub const DEN_GROUP: usize = GROUPS.len();
/// Two people for each house: the first hosts its group, the second is everywhere.
const PEOPLE: [&str; 2 * HONEST] = ["Anna", "Ada", "Berit", "Bea", "Cissy", "Corrie", "Dotty", "Danny"];
/// What stands in every sign-in name and must never leave.
pub const SECRET: &str = "-signs-in";

/// Somebody.
#[derive(Clone)]
pub struct Human {
    pub house: usize,
    pub account: Id,
    pub persona: Id,
    pub uri: Iri,
    pub name: String,
}

/// A group.
#[derive(Clone)]
pub struct Place {
    pub home: usize,
    pub uri: Iri,
    /// The persona that hosts it.
    pub host: usize,
}

struct Template {
    files: Vec<Vec<u8>>,
    people: Vec<Human>,
    groups: Vec<Place>,
    now: Timestamp,
    sent: u64,
    /// Addresses of what the houses sent, and what was read of them, while the scene was set.
    before: BTreeSet<String>,
}

/// Whether a house runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    Up,
    /// It answers nothing and does nothing.
    Frozen,
    /// It is not there.
    Down,
}

pub struct World {
    pub network: Network,
    pub towns: Vec<Town>,
    pub sites: Vec<TestSite>,
    pub people: Vec<Human>,
    pub groups: Vec<Place>,
    pub eve: Eve,
    /// What the hostile house wrote as a partner may.
    pub own: Vec<crate::blows::Own>,
    pub model: Model,
    pub health: [Health; HONEST],
    /// State of the partnership with each other house, as each honest house has it.
    pub states: Vec<BTreeMap<usize, String>>,
    /// Entries of the network's log that were checked already.
    pub looked_at: usize,
    /// What of each text was seen where, under which address.
    pub addresses: BTreeMap<String, u32>,
    /// Addresses under which a text that was brought back is not known any more.
    pub stale: BTreeSet<String>,
    /// People who take a break.
    pub resting: BTreeSet<usize>,
    /// Addresses of activities of the hostile house that may have no effect.
    pub denied: BTreeMap<String, &'static str>,
    /// Attacks that were tried.
    pub tried: BTreeMap<&'static str, u32>,
    /// The house that runs on an older copy since some moment of this run.
    pub restored: Option<usize>,
    /// Nobody has looked after it yet: it sends nothing.
    pub silent: bool,
    /// What was not to be seen in it any more when it was put back.
    pub buried: BTreeSet<u32>,
    /// What was sent and read before the run began.
    pub before: &'static BTreeSet<String>,
    pub written: u32,
    pub poison: u32,
    pub dice: SeededChance,
    pub seed: u64,
    pub moment: Timestamp,
    pub offsets: [i64; HONEST],
    events: Vec<String>,
    pub eyes: Eyes,
}

pub fn origin(house: usize) -> Origin {
    Origin::parse(&format!("http://{}", HOSTS[house])).unwrap()
}

/// The number of the group with this address.
pub fn group_at(groups: &[Place], uri: &str) -> Option<usize> {
    groups.iter().position(|group| group.uri.as_str() == uri)
}

async fn template() -> Template {
    let town = Town::default();
    let mut eve = Eve::open(&town.network, 0);
    let mut sites = Vec::new();
    for (seed, host) in (1_u64..).zip(&HOSTS[..HONEST]) {
        sites.push(town.open(host, database::sqlite().await, seed).await.unwrap());
    }
    for one in 0..HONEST {
        for two in one + 1..HONEST {
            town.befriend(&sites[one], &sites[two]).await;
        }
        let mut tx = sites[one].database.begin().await.unwrap();
        agree_with_hostile(&mut tx, &sites[one]).await;
        tx.commit().await.unwrap();
    }
    let mut people = Vec::new();
    for (at, name) in PEOPLE.iter().enumerate() {
        let person = sites[at / 2].person(name, Role::Member).await;
        people.push(Human {
            house: at / 2,
            account: person.account,
            uri: person.persona.uri.clone(),
            persona: person.persona.id,
            name: (*name).to_owned(),
        });
    }
    let mut places = Vec::new();
    for (name, home, with) in GROUPS {
        let with: Vec<&str> = with.iter().map(|house| HOSTS[*house]).collect();
        let group = sites[home].group(&people[home * 2].persona, name, JoinRule::Open, &with).await;
        places.push(Place { home, uri: group.uri, host: home * 2 });
    }
    places.push(Place { home: HOSTILE, uri: Iri::parse(DEN).unwrap(), host: 0 });
    let all: Vec<&TestSite> = sites.iter().collect();
    town.settle(&all).await.unwrap();
    for (at, site) in sites.iter().enumerate() {
        for (group, place) in places.iter().enumerate() {
            if group == DEN_GROUP || place.home == at || GROUPS[group].2.contains(&at) {
                site.join(&people[at * 2 + 1].persona, &place.uri).await;
            }
        }
        for (who, group) in [(EVE, 0), (FRANK, 0), (EVE, 1)] {
            if places[group].home == at {
                let ask = eve.say(who, "Follow", &json!(places[group].uri));
                bring(&eve, site, who, &ask).await;
            }
        }
        // Everybody of the hostile house is known: what they say later teaches nobody anything about them.
        for who in [EVE, FRANK, HOUSE, DEN] {
            let hello = eve.say(who, "Like", &json!("http://e.test/o/none"));
            bring(&eve, site, who, &hello).await;
        }
    }
    town.settle(&all).await.unwrap();
    for letter in eve.got() {
        let asked: serde_json::Value = serde_json::from_str(&letter.body).unwrap();
        if asked["type"] == "Follow" {
            let at = HOSTS.iter().position(|host| asked["actor"].as_str().unwrap().contains(host)).unwrap();
            let yes = eve.say(DEN, "Accept", &asked);
            bring(&eve, &sites[at], DEN, &yes).await;
        }
    }
    town.settle(&all).await.unwrap();
    let (mut files, mut before) = (Vec::new(), BTreeSet::new());
    for site in &sites {
        let mut conn = site.database.read().await.unwrap();
        let rows: Vec<(String,)> =
            sqlx::query_as("SELECT activity_uri FROM outbox UNION ALL SELECT document FROM served").fetch_all(conn.sql()).await.unwrap();
        before.extend(rows.into_iter().map(|(uri,)| uri));
        drop(conn);
        town.network.unplug(&site.host);
        site.database.close().await;
        files.push(std::fs::read(site.database.path().unwrap()).unwrap());
    }
    Template { files, people, groups: places, now: town.clock.now(), sent: 1000, before }
}

async fn bring(eve: &Eve, site: &TestSite, who: &str, said: &serde_json::Value) {
    let letter = eve.letter(who, &site.host, &said.to_string(), site.site.now());
    assert_eq!(eve::bring(site, &letter).await.status, 202, "{said}");
}

/// The admin of a house agrees with the hostile one: other software, without the handshake.
pub async fn agree_with_hostile(tx: &mut Tx, site: &TestSite) {
    let here = site.site.here();
    partners::propose(tx, &here, &origin(HOSTILE), false, true, By::console()).await.unwrap();
    partners::write_down(tx, &here, &origin(HOSTILE), &Declaration::installed(), By::console()).await.unwrap();
}

/// Sets the scene, once. Outside of any runtime.
pub fn prepare() {
    scene();
}

fn scene() -> &'static Template {
    static SCENE: OnceLock<Template> = OnceLock::new();
    SCENE.get_or_init(|| tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(template()))
}

/// How closely a play is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eyes {
    /// Everything is printed and checked.
    Printing,
    /// Everything is checked.
    Open,
    /// Only the reference is kept, on which the play depends, and the trace.
    Closed,
}

/// Whom a group is shared with, by the number of the house, and since when by the home's clock.
async fn readers_since(conn: &mut Conn, group: &str) -> Vec<(usize, Timestamp)> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT p.origin, s.since FROM group_partners s JOIN partners p ON p.id = s.partner_id JOIN groups g ON g.id = s.group_id
         WHERE g.uri = $1 AND s.ended_at IS NULL",
    )
    .bind(group)
    .fetch_all(conn.sql())
    .await
    .unwrap();
    let number = |origin: &str| HOSTS.iter().position(|host| origin.ends_with(&format!("//{host}"))).unwrap();
    rows.into_iter().map(|(origin, since)| (number(&origin), Timestamp::from_millis(since))).collect()
}

impl World {
    pub async fn set(seed: u64, eyes: Eyes) -> Self {
        let scene = scene();
        let network = Network::default();
        let (mut towns, mut sites) = (Vec::new(), Vec::new());
        for (at, host) in (0_u64..).zip(&HOSTS[..HONEST]) {
            let town = Town { clock: Arc::new(SetClock::default()), network: network.clone() };
            town.clock.set(scene.now);
            let file = &scene.files[towns.len()];
            sites.push(town.open(host, database::sqlite_of(file).await, 1000 + seed * 8 + at).await.unwrap());
            towns.push(town);
        }
        let mut model = Model { homes: scene.groups.iter().map(|group| group.home).collect(), ..Model::default() };
        for (group, (_, home, with)) in GROUPS.iter().enumerate() {
            model.shared.push(with.iter().copied().collect());
            model.wished(scene.groups[group].host, group, true);
            for at in (0..HONEST).filter(|at| at == home || with.contains(at)) {
                model.wished(at * 2 + 1, group, true);
            }
        }
        model.shared.push((0..HONEST).collect());
        for (group, place) in scene.groups.iter().enumerate().take(DEN_GROUP) {
            let mut conn = sites[place.home].database.read().await.unwrap();
            for (other, since) in readers_since(&mut conn, place.uri.as_str()).await {
                model.since.insert((group, other), (since, None));
            }
        }
        let states = vec![(0..HOSTS.len()).map(|other| (other, "active".to_owned())).collect(); HONEST];
        Self {
            eve: Eve::open(&network, scene.sent),
            own: Vec::new(),
            network,
            towns,
            sites,
            people: scene.people.clone(),
            groups: scene.groups.clone(),
            model,
            health: [Health::Up; HONEST],
            states,
            looked_at: 0,
            addresses: BTreeMap::new(),
            stale: BTreeSet::new(),
            resting: BTreeSet::new(),
            denied: BTreeMap::new(),
            tried: BTreeMap::new(),
            restored: None,
            silent: false,
            buried: BTreeSet::new(),
            before: &scene.before,
            written: 0,
            poison: 0,
            dice: SeededChance::new(seed),
            seed,
            moment: scene.now,
            offsets: [0; HONEST],
            events: Vec::new(),
            eyes,
        }
    }

    pub fn pick(&self, below: usize) -> usize {
        usize::try_from(self.dice.below(below as u64)).unwrap()
    }

    pub fn one_of<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { from.get(self.pick(from.len())) }
    }

    pub fn note(&mut self, event: String) {
        if self.eyes == Eyes::Printing {
            println!("  {event}");
        }
        self.events.push(event);
    }

    /// Every event draws from chance of its own, so that leaving one out does not change what the others draw.
    pub fn begin_event(&mut self, number: u64) {
        self.dice = SeededChance::new(self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number.wrapping_mul(0xD1B5_4A32_D192_ED03));
        if self.eyes == Eyes::Printing {
            println!("{number}");
        }
    }

    pub fn up(&self, house: usize) -> bool {
        self.health[house] == Health::Up
    }

    /// Sets every clock to the moment, as each house has it.
    pub fn tick(&mut self, by: Duration) {
        self.moment = self.moment.plus(by);
        for (town, offset) in self.towns.iter().zip(self.offsets) {
            town.clock.set(Timestamp::from_millis(self.moment.millis() + offset));
        }
    }

    /// A group as a house has it.
    pub async fn place(&self, tx: &mut Conn, group: usize) -> Option<Id> {
        groups::by_uri(tx, &self.groups[group].uri).await.unwrap().map(|group| group.id)
    }

    pub fn person_at(&self, uri: &str) -> Option<usize> {
        self.people.iter().position(|person| person.uri.as_str() == uri)
    }

    /// Takes everything down: a site and the network it is plugged into would keep each other alive.
    pub async fn end(self) {
        self.network.unplug(eve::HOST);
        for site in &self.sites {
            self.network.unplug(&site.host);
            site.database.close().await;
        }
    }

    /// The faults stop: clocks agree, lines are mended, everybody is there, pauses end, time passes, everything drains.
    pub async fn calm(&mut self) {
        self.network.mend();
        self.network.forecast([]);
        self.eve.moods(Vec::new());
        for house in 0..HONEST {
            if self.health[house] != Health::Up {
                self.wake(house);
            }
        }
        let latest = self.offsets.iter().copied().max().unwrap_or(0).max(0);
        self.moment = Timestamp::from_millis(self.moment.millis() + latest);
        self.offsets = [0; HONEST];
        self.tick(Duration::from_secs(1));
        while self.network.late() > 0 {
            self.network.arrive(0).await;
        }
        self.silent = false;
        for house in 0..HONEST {
            self.resume_all(house).await;
        }
        for who in self.resting.clone() {
            self.goes_on(who).await;
        }
        let mut quiet = 0;
        // A house that is not admitted any more knocks each hour for a week before it gives up.
        for _ in 0..1200 {
            self.settle().await;
            self.admins_try_again().await;
            let wakes = self.wakes().await;
            match wakes {
                Some(at) => {
                    let wait = at.since(self.moment).max(Duration::from_secs(2));
                    self.tick(wait);
                }
                // Once more after some minutes, for what is done now and again.
                None if quiet < 2 => {
                    quiet += 1;
                    self.tick(Duration::from_mins(12));
                }
                None => return,
            }
        }
        panic!("the queues do not drain: {}", self.stuck().await);
    }

    /// Every house works until none has anything to do; looked at after each step.
    async fn settle(&mut self) {
        for _ in 0..100 {
            let mut done = 0;
            for house in 0..HONEST {
                done += self.step_of(house).await;
                checks::after(self, &[house].into()).await;
            }
            if done == 0 {
                return;
            }
        }
    }

    pub fn wake(&mut self, house: usize) {
        self.health[house] = Health::Up;
        self.network.freeze(HOSTS[house], false);
        self.network.plug(HOSTS[house], self.sites[house].router.clone());
    }

    /// Who widened is paused by the house itself; its admin looks and lets it go on. Only the hostile house ever does it.
    pub async fn admin_looks(&mut self, house: usize) -> bool {
        let site = &self.sites[house];
        let mut conn = site.database.read().await.unwrap();
        let all = haven::federation::partners::list(&mut conn).await.unwrap();
        drop(conn);
        let Some(widened) = all.into_iter().find(|partner| partner.paused_for == haven::federation::partners::WIDENED) else {
            return false;
        };
        assert_eq!(widened.origin, origin(HOSTILE), "{} paused an honest house", HOSTS[house]);
        let mut conn = site.database.read().await.unwrap();
        let tasks = partners::tasks(&mut conn, site.site.now()).await.unwrap();
        drop(conn);
        assert!(tasks.iter().any(|task| task.key == "partners-task-widened"), "nobody was told: {tasks:?}");
        let mut tx = site.database.begin().await.unwrap();
        partners::resume(&mut tx, &site.site.here(), &widened.origin, By::console()).await.unwrap();
        tx.commit().await.unwrap();
        *self.tried.entry("I6 paused for widening").or_default() += 1;
        self.note(format!("the admin of {house} looks at what the hostile house did"));
        true
    }

    async fn resume_all(&mut self, house: usize) {
        let site = &self.sites[house];
        if self.restored == Some(house) {
            site.database.settle_restored().await.unwrap();
        }
        for other in (0..HOSTS.len()).filter(|other| *other != house) {
            let mut tx = site.database.begin().await.unwrap();
            if partners::resume(&mut tx, &site.site.here(), &origin(other), By::console()).await.is_ok() {
                tx.commit().await.unwrap();
            }
        }
    }

    /// What was refused while a clock was wrong or a partner paused is tried again by the admin, as the page of the queue offers.
    async fn admins_try_again(&self) {
        for site in &self.sites {
            let mut tx = site.database.begin().await.unwrap();
            let rows: Vec<(String, i64)> = sqlx::query_as(
                "SELECT d.partner_id, d.outbox_seq FROM deliveries d JOIN partners p ON p.id = d.partner_id AND p.handshake = 1 AND p.state = 'active'
                 WHERE (d.state = 'refused' AND d.status IN (401, 403)) OR d.state = 'gave_up'",
            )
            .fetch_all(tx.sql())
            .await
            .unwrap();
            for (partner, seq) in rows {
                haven::federation::outbox::retry(&mut tx, &Id::parse(&partner).unwrap(), seq, site.site.now()).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
    }

    /// When something is due next; what the hostile house said too early may wait for ever.
    async fn wakes(&self) -> Option<Timestamp> {
        let mut next: Option<Timestamp> = None;
        for site in &self.sites {
            let mut conn = site.database.read().await.unwrap();
            let (inbox,): (Option<i64>,) = sqlx::query_as(
                "SELECT MIN(i.next_at) FROM inbox i JOIN partners p ON p.id = i.partner_id AND p.handshake = 1
                 WHERE i.state IN ('new', 'waiting') AND p.state <> 'paused'",
            )
            .fetch_one(conn.sql())
            .await
            .unwrap();
            let due = haven::federation::delivery::next_due(&mut conn).await.unwrap();
            next = next.into_iter().chain(inbox.map(Timestamp::from_millis)).chain(due).min();
        }
        next
    }

    async fn stuck(&self) -> String {
        let mut text = String::new();
        for site in &self.sites {
            let mut conn = site.database.read().await.unwrap();
            let rows: Vec<(String, String, String, Option<String>, i64)> = sqlx::query_as(
                "SELECT p.origin, o.verb, d.state, d.reason, d.attempts FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq
                 JOIN partners p ON p.id = d.partner_id WHERE d.state = 'waiting'
                 UNION ALL SELECT p.origin, i.verb, i.state, i.reason, i.attempts FROM inbox i JOIN partners p ON p.id = i.partner_id
                 WHERE i.state IN ('new', 'waiting')",
            )
            .fetch_all(conn.sql())
            .await
            .unwrap();
            text = format!("{text}{}: {rows:?}; ", site.host);
        }
        text
    }

    /// One round of all background work of a house.
    pub async fn step_of(&self, house: usize) -> usize {
        server::step(&self.sites[house].site).await.unwrap()
    }

    /// Everything that happened and every byte that moved, as one hash.
    pub fn trace(&self) -> String {
        let mut context = digest::Context::new(&digest::SHA256);
        for event in &self.events {
            context.update(event.as_bytes());
        }
        for call in self.network.log() {
            context.update(format!("{} {} {} {} {:?} {}", call.by, call.to, call.method, call.target, call.status, call.body).as_bytes());
        }
        data_encoding::HEXLOWER.encode(context.finish().as_ref())
    }

    /// Houses other than the hostile one that a step has to do with, by the calls that were made in it.
    pub fn reached(&self, from: usize) -> BTreeSet<usize> {
        let calls = self.network.since(from);
        calls.iter().filter_map(|call| HOSTS[..HONEST].iter().position(|host| *host == call.to)).collect()
    }
}
