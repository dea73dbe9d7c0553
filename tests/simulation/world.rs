//! The world of one seed: three houses, six people, a group at home in each house, and what can happen next.

use std::time::Duration;

use aws_lc_rs::digest;
use haven::base::{Chance, Id};
use haven::features::accounts::Role;
use haven::features::groups::{self, Group, JoinRule, Joining};
use haven::features::posts::{self, NewPost, Text};
use haven::federation::partners::by_origin;
use haven::server;
use haven::testing::chance::SeededChance;
use haven::testing::database;
use haven::testing::network::Weather;
use haven::testing::people::Person;
use haven::testing::site::{TestSite, Town};

pub const HOSTS: [&str; 3] = ["a.test", "b.test", "c.test"];

pub struct World {
    pub town: Town,
    pub sites: Vec<TestSite>,
    pub people: Vec<(usize, Person)>,
    pub groups: Vec<Group>,
    /// Entries of the network's log that were checked already.
    pub looked_at: usize,
    chance: SeededChance,
    written: usize,
    events: Vec<String>,
    print: bool,
}

impl World {
    pub async fn set(seed: u64, print: bool) -> Self {
        let town = Town::default();
        let mut sites = Vec::new();
        for (at, host) in (0_u64..).zip(HOSTS) {
            sites.push(town.open(host, database::sqlite().await, seed * 3 + at).await.unwrap());
        }
        for (one, two) in [(0, 1), (0, 2), (1, 2)] {
            town.befriend(&sites[one], &sites[two]).await;
        }
        let mut people = Vec::new();
        let mut founded = Vec::new();
        for (at, site) in sites.iter().enumerate() {
            people.push((at, site.person(["Anna", "Bo", "Cis"][at], Role::Member).await));
            people.push((at, site.person(["Ada", "Bea", "Cor"][at], Role::Member).await));
        }
        for (at, site) in sites.iter().enumerate() {
            let others: Vec<&str> = HOSTS.iter().copied().filter(|host| *host != HOSTS[at]).collect();
            let host = &people.iter().find(|(house, _)| *house == at).unwrap().1;
            founded.push(site.group(&host.persona.id, ["Coffee", "Garden", "Music"][at], JoinRule::Open, &others).await);
        }
        let all: Vec<&TestSite> = sites.iter().collect();
        town.settle(&all).await.unwrap();
        // One person of each house is in every group; the others come and go.
        for (house, person) in people.iter().skip(1).step_by(2) {
            for group in &founded {
                sites[*house].join(&person.persona.id, &group.uri).await;
            }
        }
        town.settle(&all).await.unwrap();
        let chance = SeededChance::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        Self { town, sites, people, groups: founded, looked_at: 0, chance, written: 0, events: Vec::new(), print }
    }

    fn pick(&self, below: usize) -> usize {
        usize::try_from(self.chance.below(below as u64)).unwrap()
    }

    fn note(&mut self, event: String) {
        if self.print {
            println!("{event}");
        }
        self.events.push(event);
    }

    /// Draws and does one event.
    pub async fn step(&mut self) {
        match self.pick(100) {
            0..=11 => self.joins().await,
            12..=26 => self.writes().await,
            27..=33 => self.edits().await,
            34..=39 => self.deletes().await,
            40..=42 => self.leaves().await,
            43..=62 => self.handles().await,
            63..=84 => self.delivers().await,
            85..=91 => self.time_passes(),
            92..=94 => self.dies().await,
            95..=97 => self.pauses().await,
            _ => self.runs_all().await,
        }
    }

    async fn joins(&mut self) {
        let (who, which) = (self.pick(self.people.len()), self.pick(self.groups.len()));
        let (house, persona) = (self.people[who].0, self.people[who].1.persona.id.clone());
        let site = &self.sites[house];
        let mut tx = site.database.begin().await.unwrap();
        // What a house does not know yet cannot be joined: it is told by the group's home, through the storm.
        let outcome = match groups::by_uri(&mut tx, &self.groups[which].uri).await.unwrap() {
            None => "unknown".to_owned(),
            Some(group) => match groups::join(&mut tx, &site.site.here(), &group.id, &persona, Joining::default()).await {
                Ok(joined) => {
                    tx.commit().await.unwrap();
                    format!("{joined:?}")
                }
                Err(error) => error.to_string(),
            },
        };
        self.note(format!("{who} joins {which}: {outcome}"));
    }

    async fn leaves(&mut self) {
        let (who, which) = (self.pick(self.people.len()), self.pick(self.groups.len()));
        let (house, persona) = (self.people[who].0, self.people[who].1.persona.id.clone());
        let site = &self.sites[house];
        let mut tx = site.database.begin().await.unwrap();
        let outcome = match groups::by_uri(&mut tx, &self.groups[which].uri).await.unwrap() {
            None => "unknown".to_owned(),
            Some(group) => match groups::leave(&mut tx, &site.site.here(), &group.id, &persona, true).await {
                Ok(_) => {
                    tx.commit().await.unwrap();
                    "left".to_owned()
                }
                Err(error) => error.to_string(),
            },
        };
        self.note(format!("{who} leaves {which}: {outcome}"));
    }

    async fn writes(&mut self) {
        let (who, which) = (self.pick(self.people.len()), self.pick(self.groups.len()));
        let reply = self.pick(3) > 0;
        let (house, persona) = (self.people[who].0, self.people[who].1.persona.id.clone());
        self.written += 1;
        let text = Text::typed(&format!("text {} end", self.written), "en", "").unwrap();
        let site = &self.sites[house];
        let mut tx = site.database.begin().await.unwrap();
        let Some(group) = groups::by_uri(&mut tx, &self.groups[which].uri).await.unwrap() else { return };
        let parents = super::checks::readable(&mut tx, &group.id).await;
        let parent = if reply && !parents.is_empty() { Some(parents[self.pick(parents.len())].clone()) } else { None };
        let new =
            NewPost { group: &group.id, author: &persona, text: &text, reply_to: parent.as_ref(), saw_readers: i64::MAX, instead_of: None };
        let outcome = match posts::write(&mut tx, &site.site.here(), &new).await {
            Ok(_) => {
                tx.commit().await.unwrap();
                "written".to_owned()
            }
            Err(error) => error.to_string(),
        };
        self.note(format!("{who} writes {} in {which}: {outcome}", self.written));
    }

    async fn own_post(&self, who: usize) -> Option<Id> {
        let (house, person) = &self.people[who];
        let mut conn = self.sites[*house].database.read().await.unwrap();
        let own = super::checks::own(&mut conn, &person.persona.id).await;
        if own.is_empty() { None } else { Some(own[self.pick(own.len())].clone()) }
    }

    async fn edits(&mut self) {
        let who = self.pick(self.people.len());
        let Some(post) = self.own_post(who).await else { return };
        self.written += 1;
        let text = Text::typed(&format!("text {} end", self.written), "en", "").unwrap();
        let (house, person) = &self.people[who];
        let site = &self.sites[*house];
        let mut tx = site.database.begin().await.unwrap();
        let outcome = match posts::edit(&mut tx, &site.site.here(), &post, &person.mine(), &text).await {
            Ok(()) => {
                tx.commit().await.unwrap();
                "edited".to_owned()
            }
            Err(error) => error.to_string(),
        };
        self.note(format!("{who} edits into {}: {outcome}", self.written));
    }

    async fn deletes(&mut self) {
        let who = self.pick(self.people.len());
        let at_once = self.pick(2) == 0;
        let Some(post) = self.own_post(who).await else { return };
        let (house, person) = &self.people[who];
        let site = &self.sites[*house];
        let mut tx = site.database.begin().await.unwrap();
        let outcome = match posts::delete(&mut tx, &site.site.here(), &post, &person.mine(), at_once).await {
            Ok(()) => {
                tx.commit().await.unwrap();
                "deleted".to_owned()
            }
            Err(error) => error.to_string(),
        };
        self.note(format!("{who} deletes: {outcome}"));
    }

    async fn handles(&mut self) {
        let which = self.pick(self.sites.len());
        let site = &self.sites[which].site;
        let rows = site.federation.handle_inbox(&site.here()).await.unwrap();
        self.note(format!("{which} handles {rows}"));
    }

    async fn delivers(&mut self) {
        let which = self.pick(self.sites.len());
        let most = 1 + self.pick(3);
        let weather = (0..most).map(|_| match self.pick(10) {
            0 => Weather::Lost,
            1 => Weather::AnswerLost,
            2 => Weather::Doubled,
            3 => Weather::Broken,
            _ => Weather::Clear,
        });
        let weather: Vec<Weather> = weather.collect();
        self.town.network.forecast(weather.clone());
        let site = &self.sites[which].site;
        let mut sent = 0;
        for lane in site.federation.lease_lanes(&site.here(), 1).await.unwrap() {
            sent += site.federation.run_lane(&site.here(), &lane, i64::try_from(most).unwrap()).await.unwrap();
        }
        self.town.network.forecast([]);
        self.note(format!("{which} delivers {sent} in {weather:?}"));
    }

    fn time_passes(&mut self) {
        let seconds = [1, 5, 30, 120, 900][self.pick(5)];
        self.town.clock.advance(Duration::from_secs(seconds));
        self.note(format!("{seconds} s pass"));
    }

    /// The site dies and is opened again on its database, while a delivery may be under way.
    async fn dies(&mut self) {
        let which = self.pick(self.sites.len());
        let seed = self.chance.below(1 << 40);
        self.town.reopen(&mut self.sites[which], seed).await.unwrap();
        self.note(format!("{which} dies and comes back"));
    }

    /// An admin pauses a partner, or lets it go on.
    async fn pauses(&mut self) {
        let (which, other) = (self.pick(3), self.pick(3));
        if which == other {
            return;
        }
        let site = &self.sites[which];
        let mut tx = site.database.begin().await.unwrap();
        let origin = haven::base::Origin::parse(&format!("http://{}", HOSTS[other])).unwrap();
        let partner = by_origin(&mut tx, &origin).await.unwrap().unwrap();
        let here = site.site.here();
        let paused = partner.state == haven::federation::partners::State::Paused;
        if paused {
            haven::features::partners::resume(&mut tx, &here, &origin).await.unwrap();
        } else {
            haven::features::partners::pause(&mut tx, &here, &origin).await.unwrap();
        }
        tx.commit().await.unwrap();
        self.note(format!("{which} {} {other}", if paused { "resumes" } else { "pauses" }));
    }

    async fn runs_all(&mut self) {
        let which = self.pick(self.sites.len());
        let done = server::step(&self.sites[which].site).await.unwrap();
        self.note(format!("{which} does all: {done}"));
    }

    /// The faults stop: pauses end, time passes, everything drains.
    pub async fn calm(&mut self) {
        for (which, site) in self.sites.iter().enumerate() {
            for other in (0..3).filter(|other| *other != which) {
                let mut tx = site.database.begin().await.unwrap();
                let origin = haven::base::Origin::parse(&format!("http://{}", HOSTS[other])).unwrap();
                if haven::features::partners::resume(&mut tx, &site.site.here(), &origin).await.is_ok() {
                    tx.commit().await.unwrap();
                }
            }
        }
        for _ in 0..60 {
            let all: Vec<&TestSite> = self.sites.iter().collect();
            self.town.settle(&all).await.unwrap();
            let mut waits = false;
            for site in &self.sites {
                waits |= server::next_wake(&site.site).await.unwrap().is_some();
            }
            if !waits {
                return;
            }
            self.town.clock.advance(Duration::from_mins(20));
        }
        panic!("the queues do not drain");
    }

    /// Everything that happened and every byte that moved, as one hash.
    pub fn trace(&self) -> String {
        let mut context = digest::Context::new(&digest::SHA256);
        for event in &self.events {
            context.update(event.as_bytes());
        }
        for call in self.town.network.log() {
            context.update(format!("{} {} {} {:?} {}", call.to, call.method, call.target, call.status, call.body).as_bytes());
        }
        data_encoding::HEXLOWER.encode(context.finish().as_ref())
    }
}
