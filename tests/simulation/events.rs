//! What can happen next: people act, houses work, admins decide, things break. Each event draws from chance of its own.

use std::collections::BTreeSet;
use std::time::Duration;

use haven::audit::By;
use haven::base::{Chance, Id, Timestamp};
use haven::db::Conn;
use haven::features::groups::{self, Joining};
use haven::features::ledger::write_erasures;
use haven::features::moderation::{self, Category, Kind, Telling};
use haven::features::partners;
use haven::features::posts::{self, Mark, NewPost, Text};
use haven::features::takeout::{self, EraseError};
use haven::federation::partners::by_origin;
use haven::testing::network::Weather;

use crate::blows;
use crate::checks::{self, numbers};
use crate::model::Writer;
use crate::world::{DEN_GROUP, HONEST, HOSTILE, HOSTS, Health, World, agree_with_hostile, origin};

/// How a run is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Events.
    pub events: u64,
    /// Longest pause between two of them that is drawn often, in seconds.
    pub pause: u64,
}

fn text_of(number: u32, version: u32, tail: &str) -> Text {
    Text::typed(&format!("say {number} v{version} end{tail}"), "en", "").unwrap()
}

/// The version of a group that its page shows to who writes in another house than its home.
async fn shown(conn: &mut Conn, group: &Id) -> Option<Timestamp> {
    groups::load(conn, group).await.unwrap().filter(|group| !group.is_local()).map(|group| group.updated_at)
}

impl World {
    /// Draws and does one event. The houses that had to do with it, besides those that were called.
    pub async fn step(&mut self, shape: Shape) -> BTreeSet<usize> {
        match self.pick(126) {
            0..=6 => self.joins().await,
            7..=17 => self.writes().await,
            18..=23 => self.edits().await,
            24..=27 => self.deletes().await,
            28..=29 => self.leaves().await,
            30 => self.takes_back().await,
            31..=32 => self.tells().await,
            33..=35 => self.moderates().await,
            36..=37 => self.shares_anew().await,
            38..=39 => self.pauses().await,
            40 => self.ends_or_agrees().await,
            41..=53 => self.handles().await,
            54..=69 => self.delivers().await,
            70..=75 => self.time_passes(shape),
            76..=78 => self.dies().await,
            79..=80 => self.breaks(),
            81..=82 => self.mends(),
            83..=84 => self.arrives_late().await,
            85 => self.is_put_back().await,
            86..=87 => self.runs_all().await,
            88..=90 => blows::lives(self).await,
            91..=92 => blows::asks(self).await,
            110..=112 => self.takes_a_break().await,
            113..=118 => self.forgets_a_change().await,
            119..=125 => self.brings_back().await,
            _ => blows::strikes(self).await,
        }
    }

    /// Somebody of a house that runs, and a group of their choice.
    fn someone(&self) -> Option<(usize, usize, Id)> {
        let who = self.pick(self.people.len());
        let person = &self.people[who];
        self.up(person.house).then(|| (who, person.house, person.persona.clone()))
    }

    /// Half of the time somebody who could be in a group and is not; otherwise anybody, anything.
    async fn joins(&mut self) -> BTreeSet<usize> {
        let could = |who: usize, which: usize| {
            let house = self.people[who].house;
            let reads = self.groups[which].home == house || self.model.shared[which].contains(&house);
            self.up(house) && reads && self.model.wish.get(&(who, which)) != Some(&true)
        };
        let all = (0..self.people.len()).flat_map(|who| (0..DEN_GROUP).map(move |which| (who, which)));
        let outside: Vec<(usize, usize)> = all.filter(|(who, which)| could(*who, *which)).collect();
        let wished = if self.pick(2) == 0 { self.one_of(&outside).copied() } else { None };
        let (who, which) = match (wished, self.someone()) {
            (Some(wished), _) => wished,
            (None, Some((who, ..))) => (who, self.pick(self.groups.len())),
            (None, None) => return BTreeSet::new(),
        };
        let (house, persona) = (self.people[who].house, self.people[who].persona.clone());
        let site = &self.sites[house];
        let mut tx = site.database.begin().await.unwrap();
        // What a house does not know yet cannot be joined: it is told by the group's home, through the storm.
        let outcome = match self.place(&mut tx, which).await {
            None => "unknown".to_owned(),
            Some(group) => match groups::join(&mut tx, &site.site.here(), &group, &persona, Joining::default()).await {
                Ok(joined) => {
                    tx.commit().await.unwrap();
                    self.model.wished(who, which, true);
                    format!("{joined:?}")
                }
                Err(error) => error.to_string(),
            },
        };
        self.note(format!("{who} joins {which}: {outcome}"));
        [house].into()
    }

    async fn leaves(&mut self) -> BTreeSet<usize> {
        let (Some((who, house, persona)), which) = (self.someone(), self.pick(self.groups.len())) else { return BTreeSet::new() };
        let site = &self.sites[house];
        let mut tx = site.database.begin().await.unwrap();
        let outcome = match self.place(&mut tx, which).await {
            None => "unknown".to_owned(),
            Some(group) => match groups::leave(&mut tx, &site.site.here(), &group, &persona, true).await {
                Ok(_) => {
                    tx.commit().await.unwrap();
                    self.model.wished(who, which, false);
                    "left".to_owned()
                }
                Err(error) => error.to_string(),
            },
        };
        self.note(format!("{who} leaves {which}: {outcome}"));
        [house].into()
    }

    async fn writes(&mut self) -> BTreeSet<usize> {
        let (Some((who, house, persona)), which) = (self.someone(), self.pick(self.groups.len())) else { return BTreeSet::new() };
        let (reply, mention) = (self.pick(3) > 0, self.pick(5) == 0);
        self.written += 1;
        let number = self.written;
        let tail = if mention { format!(" @{}", self.people[self.pick(self.people.len())].name) } else { String::new() };
        let text = text_of(number, 0, &tail);
        let site = &self.sites[house];
        let mut tx = site.database.begin().await.unwrap();
        let Some(group) = self.place(&mut tx, which).await else { return BTreeSet::new() };
        let parents = checks::readable(&mut tx, &group).await;
        let parent = if reply { self.one_of(&parents).cloned() } else { None };
        let saw = shown(&mut tx, &group).await;
        let new = NewPost {
            group: &group,
            author: &persona,
            text: &text,
            reply_to: parent.as_ref().map(|(id, _)| id),
            saw_readers: i64::MAX,
            instead_of: None,
        };
        let outcome = match posts::write(&mut tx, &site.site.here(), &new).await {
            Ok(_) => {
                tx.commit().await.unwrap();
                let parent = parent.and_then(|(_, source)| numbers(&source).first().map(|(number, _)| *number));
                self.model.wrote(number, (which, saw), Writer::Person(who, house), parent);
                "written".to_owned()
            }
            Err(error) => error.to_string(),
        };
        self.note(format!("{who} writes {number} in {which}: {outcome}"));
        [house].into()
    }

    /// One of somebody's own posts, and its number.
    async fn own_post(&self, who: usize) -> Option<(Id, u32)> {
        let person = &self.people[who];
        let mut conn = self.sites[person.house].database.read().await.unwrap();
        let own = checks::own(&mut conn, &person.persona).await;
        self.one_of(&own).cloned()
    }

    async fn edits(&mut self) -> BTreeSet<usize> {
        let Some((who, house, persona)) = self.someone() else { return BTreeSet::new() };
        let Some((post, number)) = self.own_post(who).await else { return BTreeSet::new() };
        let version = self.model.posts[&number].highest + 1;
        let site = &self.sites[house];
        let mut tx = site.database.begin().await.unwrap();
        let outcome = match posts::edit(&mut tx, &site.site.here(), &post, &[persona], &text_of(number, version, "")).await {
            Ok(()) => {
                tx.commit().await.unwrap();
                self.model.edited(number, version);
                "edited".to_owned()
            }
            Err(error) => error.to_string(),
        };
        self.note(format!("{who} edits {number} into v{version}: {outcome}"));
        [house].into()
    }

    async fn deletes(&mut self) -> BTreeSet<usize> {
        let (Some((who, house, persona)), at_once) = (self.someone(), self.pick(3) == 0) else { return BTreeSet::new() };
        let Some((post, number)) = self.own_post(who).await else { return BTreeSet::new() };
        let site = &self.sites[house];
        let mut tx = site.database.begin().await.unwrap();
        let outcome = match posts::delete(&mut tx, &site.site.here(), &post, &[persona], at_once).await {
            Ok(()) => {
                tx.commit().await.unwrap();
                self.model.deleted(number);
                "deleted".to_owned()
            }
            Err(error) => error.to_string(),
        };
        self.note(format!("{who} deletes {number}: {outcome}"));
        [house].into()
    }

    /// Somebody takes a break from everything, with or without what lies elsewhere; or goes on.
    async fn takes_a_break(&mut self) -> BTreeSet<usize> {
        let (Some((who, house, _)), take_back) = (self.someone(), self.pick(3) == 0) else { return BTreeSet::new() };
        if self.resting.contains(&who) {
            self.goes_on(who).await;
            self.note(format!("{who} goes on"));
            return [house].into();
        }
        let person = self.people[who].clone();
        let site = &self.sites[house];
        let (mut tx, here) = (site.database.begin().await.unwrap(), site.site.here());
        let before = checks::own(&mut tx, &person.persona).await;
        takeout::freeze(&mut tx, &here, &person.account, By::console(), take_back).await.unwrap();
        let after = checks::kept(&mut tx, &person.persona).await;
        tx.commit().await.unwrap();
        for (_, number) in before.into_iter().filter(|one| !after.contains(one)) {
            self.model.deleted(number);
        }
        self.model.rested.insert(who);
        self.resting.insert(who);
        self.note(format!("{who} takes a break{}", if take_back { " and takes copies away" } else { "" }));
        [house].into()
    }

    /// The break of somebody is over.
    pub async fn goes_on(&mut self, who: usize) {
        let person = &self.people[who];
        let site = &self.sites[person.house];
        let mut tx = site.database.begin().await.unwrap();
        takeout::thaw(&mut tx, &site.site.here(), &person.account, By::console()).await.unwrap();
        tx.commit().await.unwrap();
        self.resting.remove(&who);
    }

    /// Somebody lets go of a change that waits or was refused: what their own house shows is what they wish.
    async fn forgets_a_change(&mut self) -> BTreeSet<usize> {
        let mut all = Vec::new();
        for (who, person) in self.people.iter().enumerate().filter(|(_, person)| self.up(person.house)) {
            let mut conn = self.sites[person.house].database.read().await.unwrap();
            all.extend(checks::changes(&mut conn, &person.persona).await.into_iter().map(|(post, source)| (who, post, source)));
        }
        let Some((who, post, source)) = self.one_of(&all).cloned() else { return BTreeSet::new() };
        let (house, persona) = (self.people[who].house, self.people[who].persona.clone());
        let (number, version) = numbers(&source)[0];
        let site = &self.sites[house];
        let mut tx = site.database.begin().await.unwrap();
        let outcome = match posts::drop_change(&mut tx, &site.site.here(), &post, &[persona]).await {
            Ok(()) => {
                tx.commit().await.unwrap();
                self.model.edited(number, version);
                format!("v{version} stands")
            }
            Err(error) => error.to_string(),
        };
        self.note(format!("{who} forgets a change of {number}: {outcome}"));
        [house].into()
    }

    /// Somebody brings back what they deleted.
    async fn brings_back(&mut self) -> BTreeSet<usize> {
        let mut all = Vec::new();
        for (who, person) in self.people.iter().enumerate().filter(|(_, person)| self.up(person.house)) {
            let mut conn = self.sites[person.house].database.read().await.unwrap();
            all.extend(checks::deleted(&mut conn, &person.persona).await.into_iter().map(|deleted| (who, deleted)));
        }
        let Some((who, (post, source, (uri, own), group))) = self.one_of(&all).cloned() else { return BTreeSet::new() };
        let (house, persona) = (self.people[who].house, self.people[who].persona.clone());
        let (number, version) = numbers(&source)[0];
        let site = &self.sites[house];
        let mut tx = site.database.begin().await.unwrap();
        let (saw, known) = (shown(&mut tx, &group).await, uri.is_some());
        let outcome = match posts::undo(&mut tx, &site.site.here(), &post, &[persona]).await {
            Ok(back) => {
                tx.commit().await.unwrap();
                let anew = back != post;
                if anew {
                    self.stale.extend(uri.into_iter().chain(own));
                }
                self.model.brought_back(number, version, anew.then_some((saw, known)));
                format!("v{version} {}", if anew { "anew" } else { "as it was" })
            }
            Err(error) => error.to_string(),
        };
        self.note(format!("{who} brings back {number}: {outcome}"));
        [house].into()
    }

    /// Somebody takes back the yes to a group's readers, or deletes everything; hosts of a group are refused.
    async fn takes_back(&mut self) -> BTreeSet<usize> {
        let (Some((who, house, _)), which) = (self.someone(), self.pick(self.groups.len())) else { return BTreeSet::new() };
        let (everything, account) = (self.pick(2) == 0, self.people[who].account.clone());
        let site = &self.sites[house];
        let (mut tx, here) = (site.database.begin().await.unwrap(), site.site.here());
        let outcome = if everything {
            match takeout::erase(&mut tx, &here, By::console(), &account).await {
                Ok(erased) => {
                    tx.commit().await.unwrap();
                    self.model.took_all(who, None);
                    format!("{} posts", erased.posts)
                }
                Err(EraseError::Db(error)) => panic!("{error}"),
                Err(error) => error.to_string(),
            }
        } else {
            match self.place(&mut tx, which).await {
                None => "unknown".to_owned(),
                Some(group) => match takeout::withdraw(&mut tx, &here, &account, &group).await {
                    Ok(gone) => {
                        tx.commit().await.unwrap();
                        self.model.took_all(who, Some(which));
                        format!("{gone} posts")
                    }
                    Err(error) => error.to_string(),
                },
            }
        };
        let what = if everything { "erases everything".to_owned() } else { format!("takes back the consent to {which}") };
        self.note(format!("{who} {what}: {outcome}"));
        [house].into()
    }

    /// A report, or a worry about the writer.
    async fn tells(&mut self) -> BTreeSet<usize> {
        let (Some((who, house, persona)), which, worry) = (self.someone(), self.pick(self.groups.len()), self.pick(2) == 0) else {
            return BTreeSet::new();
        };
        let site = &self.sites[house];
        let mut tx = site.database.begin().await.unwrap();
        let Some(group) = self.place(&mut tx, which).await else { return BTreeSet::new() };
        let posts = checks::readable(&mut tx, &group).await;
        let Some((post, _)) = self.one_of(&posts) else { return BTreeSet::new() };
        let (kind, category) = if worry { (Kind::Worry, Category::Feelings) } else { (Kind::Report, Category::Rule) };
        let telling = Telling { post, mine: &[persona], kind, category, words: "please look", may_talk: true };
        let outcome = match moderation::tell(&mut tx, &site.site.here(), &telling).await {
            Ok(_) => {
                tx.commit().await.unwrap();
                "told".to_owned()
            }
            Err(error) => error.to_string(),
        };
        self.note(format!("{who} tells ({}) in {which}: {outcome}", if worry { "worry" } else { "report" }));
        [house].into()
    }

    /// What the host of a group does, or a moderator at another house.
    async fn moderates(&mut self) -> BTreeSet<usize> {
        let which = self.pick(DEN_GROUP);
        let home = self.groups[which].home;
        match self.pick(8) {
            0 | 1 => self.removes_a_post(which).await,
            2 if self.up(home) => self.closes_a_thread(which).await,
            3..=7 if self.up(home) => self.looks_after_people(which).await,
            _ => BTreeSet::new(),
        }
    }

    /// By whoever may, at the home or elsewhere.
    async fn removes_a_post(&mut self, which: usize) -> BTreeSet<usize> {
        let Some((who, house, persona)) = self.someone() else { return BTreeSet::new() };
        let site = &self.sites[house];
        let mut tx = site.database.begin().await.unwrap();
        let Some(group) = self.place(&mut tx, which).await else { return BTreeSet::new() };
        let posts = checks::readable(&mut tx, &group).await;
        let Some((post, source)) = self.one_of(&posts).cloned() else { return BTreeSet::new() };
        let number = numbers(&source).first().map(|(number, _)| *number);
        let outcome = match posts::remove(&mut tx, &site.site.here(), &post, &[persona], "rule 1").await {
            Ok(()) => {
                tx.commit().await.unwrap();
                if let Some(number) = number {
                    self.model.removed(number, self.groups[which].home == house);
                }
                "removed".to_owned()
            }
            Err(error) => error.to_string(),
        };
        self.note(format!("{who} removes {number:?} from {which}: {outcome}"));
        [house].into()
    }

    async fn closes_a_thread(&mut self, which: usize) -> BTreeSet<usize> {
        let (home, host) = (self.groups[which].home, self.people[self.groups[which].host].persona.clone());
        let mark = [Mark::Close, Mark::Close, Mark::Reopen, Mark::Pin][self.pick(4)];
        let site = &self.sites[home];
        let mut tx = site.database.begin().await.unwrap();
        let Some(group) = self.place(&mut tx, which).await else { return BTreeSet::new() };
        let posts = checks::readable(&mut tx, &group).await;
        let Some((post, source)) = self.one_of(&posts).cloned() else { return BTreeSet::new() };
        let outcome = match posts::mark(&mut tx, &site.site.here(), &post, &[host], mark).await {
            Ok(()) => {
                tx.commit().await.unwrap();
                if let (Mark::Close, Some((number, _))) = (mark, numbers(&source).first()) {
                    self.model.closed(*number);
                }
                "done".to_owned()
            }
            Err(error) => error.to_string(),
        };
        self.note(format!("{mark:?} in {which}: {outcome}"));
        [home].into()
    }

    /// Roles, pauses, removals.
    async fn looks_after_people(&mut self, which: usize) -> BTreeSet<usize> {
        let (home, host) = (self.groups[which].home, self.people[self.groups[which].host].persona.clone());
        let (what, site) = (self.pick(8), &self.sites[home]);
        let (mut tx, here) = (site.database.begin().await.unwrap(), site.site.here());
        let Some(group) = self.place(&mut tx, which).await else { return BTreeSet::new() };
        let members = checks::members(&mut tx, &group, what > 5).await;
        let Some((membership, uri)) = self.one_of(&members).cloned() else { return BTreeSet::new() };
        let by = (&group, &host);
        let (said, done) = match what {
            // The hostile house gets no role: its blows are told apart from what a moderator may do.
            0 | 1 | 3 if uri.starts_with("http://e.test") => ("nothing", Ok(())),
            0 | 3 => ("moderator", groups::set_role(&mut tx, &here, by, &membership, groups::Role::Moderator).await),
            1 => ("member", groups::set_role(&mut tx, &here, by, &membership, groups::Role::Member).await),
            2 | 4 => {
                let until = here.now.plus(Duration::from_hours(1));
                ("paused", groups::pause(&mut tx, &here, by, &membership, until, "a break").await)
            }
            5 => ("taken out", groups::remove(&mut tx, &here, by, &membership, "rule 2").await),
            _ => ("let back", groups::let_back(&mut tx, &here, by, &membership).await),
        };
        let outcome = match done {
            Ok(()) => {
                tx.commit().await.unwrap();
                if let (2 | 4 | 5, Some(person)) = (what, self.person_at(&uri)) {
                    self.model.moderated.insert((person, which));
                }
                "done".to_owned()
            }
            Err(error) => error.to_string(),
        };
        self.note(format!("somebody in {which} is {said}: {outcome}"));
        [home].into()
    }

    /// A group gets other readers.
    async fn shares_anew(&mut self) -> BTreeSet<usize> {
        let which = self.pick(DEN_GROUP);
        let (home, host) = (self.groups[which].home, self.people[self.groups[which].host].persona.clone());
        let wanted: BTreeSet<usize> = (0..HOSTS.len()).filter(|other| *other != home && self.pick(3) > 0).collect();
        if !self.up(home) {
            return BTreeSet::new();
        }
        let site = &self.sites[home];
        let mut tx = site.database.begin().await.unwrap();
        let Some(group) = self.place(&mut tx, which).await else { return BTreeSet::new() };
        let mut partners = Vec::new();
        for house in &wanted {
            partners.extend(by_origin(&mut tx, &origin(*house)).await.unwrap().map(|partner| partner.id));
        }
        let moment = site.site.now();
        let outcome = match groups::set_readers(&mut tx, &site.site.here(), &group, &host, &partners).await {
            Ok(group) => {
                tx.commit().await.unwrap();
                self.model.shared_with(which, (moment, group.updated_at), wanted.clone());
                "shared".to_owned()
            }
            Err(error) => error.to_string(),
        };
        self.note(format!("{which} is to be read by {wanted:?}: {outcome}"));
        [home].into()
    }

    /// An admin pauses a partner, or lets it go on.
    async fn pauses(&mut self) -> BTreeSet<usize> {
        let (which, other) = (self.pick(HONEST), self.pick(HOSTS.len()));
        if which == other || !self.up(which) {
            return BTreeSet::new();
        }
        let site = &self.sites[which];
        let (mut tx, here) = (site.database.begin().await.unwrap(), site.site.here());
        let paused = self.states[which][&other] == "paused";
        let changed = if paused {
            partners::resume(&mut tx, &here, &origin(other), By::console()).await
        } else {
            partners::pause(&mut tx, &here, &origin(other), By::console()).await
        };
        let outcome = match changed {
            Ok(_) => {
                tx.commit().await.unwrap();
                "done".to_owned()
            }
            Err(error) => error.to_string(),
        };
        self.note(format!("{which} {} {other}: {outcome}", if paused { "resumes" } else { "pauses" }));
        [which].into()
    }

    /// A partnership ends; or one that ended at both sides is agreed again.
    async fn ends_or_agrees(&mut self) -> BTreeSet<usize> {
        let (which, other) = (self.pick(HONEST), self.pick(HOSTS.len()));
        if which == other || !self.up(which) || (other != HOSTILE && !self.up(other)) {
            return BTreeSet::new();
        }
        let over = self.states[which][&other] == "ended" && (other == HOSTILE || self.states[other][&which] == "ended");
        let site = &self.sites[which];
        let (mut tx, here) = (site.database.begin().await.unwrap(), site.site.here());
        let outcome = if over && other == HOSTILE {
            agree_with_hostile(&mut tx, site).await;
            tx.commit().await.unwrap();
            "agreed".to_owned()
        } else if over {
            partners::propose(&mut tx, &here, &origin(other), true, true, By::console()).await.unwrap();
            tx.commit().await.unwrap();
            let site = &self.sites[other];
            let mut tx = site.database.begin().await.unwrap();
            partners::propose(&mut tx, &site.site.here(), &origin(which), true, true, By::console()).await.unwrap();
            tx.commit().await.unwrap();
            "proposed".to_owned()
        } else if self.pick(2) == 0 {
            match partners::end(&mut tx, &here, &origin(other), "it is over", By::console()).await {
                Ok(_) => {
                    tx.commit().await.unwrap();
                    "ended".to_owned()
                }
                Err(error) => error.to_string(),
            }
        } else {
            "nothing".to_owned()
        };
        self.note(format!("{which} and {other}: {outcome}"));
        let mut touched = BTreeSet::from([which]);
        if other != HOSTILE {
            touched.insert(other);
        }
        touched
    }

    async fn handles(&mut self) -> BTreeSet<usize> {
        let which = self.pick(HONEST);
        if !self.up(which) {
            return BTreeSet::new();
        }
        let site = &self.sites[which].site;
        let rows = site.federation.handle_inbox(&site.here()).await.unwrap();
        self.note(format!("{which} handles {rows}"));
        [which].into()
    }

    async fn delivers(&mut self) -> BTreeSet<usize> {
        let which = self.pick(HONEST);
        let most = 1 + self.pick(4);
        let weather = |drawn| match drawn {
            0 => Weather::Lost,
            1 => Weather::AnswerLost,
            2 | 3 => Weather::Doubled,
            4 => Weather::Broken,
            5 => Weather::Busy,
            6 => Weather::TooMany,
            7 | 8 => Weather::Late,
            _ => Weather::Clear,
        };
        let weather: Vec<Weather> = (0..most).map(|_| weather(self.pick(20))).collect();
        let mood = if self.pick(4) == 0 { [500, 410, 404, 503][self.pick(4)] } else { 202 };
        if !self.up(which) {
            return BTreeSet::new();
        }
        self.network.forecast(weather.clone());
        self.eve.moods(vec![mood]);
        let site = &self.sites[which].site;
        let mut sent = 0;
        for lane in site.federation.lease_lanes(&site.here(), 1).await.unwrap() {
            sent += site.federation.run_lane(&site.here(), &lane, i64::try_from(most).unwrap()).await.unwrap();
        }
        self.network.forecast([]);
        self.eve.moods(Vec::new());
        self.note(format!("{which} delivers {sent} in {weather:?}"));
        [which].into()
    }

    fn time_passes(&mut self, shape: Shape) -> BTreeSet<usize> {
        let seconds = [1, 5, 30, 120, shape.pause.min(900), shape.pause][self.pick(6)];
        self.tick(Duration::from_secs(seconds));
        self.note(format!("{seconds} s pass"));
        BTreeSet::new()
    }

    /// A house dies and is opened again on its database, while a delivery may be under way.
    async fn dies(&mut self) -> BTreeSet<usize> {
        let which = self.pick(HONEST);
        let seed = self.dice.below(1 << 40);
        self.towns[which].reopen(&mut self.sites[which], seed).await.unwrap();
        match self.health[which] {
            Health::Down => self.network.unplug(HOSTS[which]),
            _ => self.wake(which),
        }
        self.note(format!("{which} dies and comes back"));
        [which].into()
    }

    /// A house freezes or goes away, a line is cut, a clock goes wrong.
    fn breaks(&mut self) -> BTreeSet<usize> {
        let (which, other) = (self.pick(HONEST), self.pick(HOSTS.len()));
        let said = match self.pick(4) {
            0 => {
                self.network.freeze(HOSTS[which], true);
                self.health[which] = Health::Frozen;
                format!("{which} freezes")
            }
            1 => {
                self.network.unplug(HOSTS[which]);
                self.health[which] = Health::Down;
                format!("{which} is down")
            }
            2 => {
                self.network.cut(HOSTS[which], HOSTS[other]);
                format!("the line between {which} and {other} is cut")
            }
            _ => {
                let offset = [-3_600, -600, -200, 200, 600, 86_400][self.pick(6)];
                self.offsets[which] = offset * 1000;
                self.tick(Duration::ZERO);
                format!("the clock of {which} is wrong by {offset} s")
            }
        };
        self.note(said);
        BTreeSet::new()
    }

    fn mends(&mut self) -> BTreeSet<usize> {
        let which = self.pick(HONEST);
        match self.pick(3) {
            0 => self.network.mend(),
            1 => self.offsets[which] = 0,
            _ => {
                for house in (0..HONEST).filter(|house| self.health[*house] != Health::Up).collect::<Vec<_>>() {
                    self.wake(house);
                }
            }
        }
        self.tick(Duration::ZERO);
        self.note("something is mended".to_owned());
        BTreeSet::new()
    }

    async fn arrives_late(&mut self) -> BTreeSet<usize> {
        if self.network.late() == 0 {
            return BTreeSet::new();
        }
        let which = self.pick(self.network.late());
        let status = self.network.arrive(which).await;
        self.note(format!("something arrives late: {status:?}"));
        BTreeSet::new()
    }

    /// A copy of a house's database is made; or, in one of five plays and once in it, the house is put back to such a copy.
    async fn is_put_back(&mut self) -> BTreeSet<usize> {
        let which = self.pick(HONEST);
        let seed = self.dice.below(1 << 40);
        if !self.up(which) || self.restored.is_some() || !self.seed.is_multiple_of(5) {
            return BTreeSet::new();
        }
        if !self.copy_of(which).exists() {
            self.copies(which).await;
            return BTreeSet::new();
        }
        self.puts_back(which, seed).await;
        [which].into()
    }

    fn copy_of(&self, which: usize) -> std::path::PathBuf {
        self.sites[which].database.folder().join("copy.db")
    }

    /// A copy of a house's database is made.
    pub async fn copies(&mut self, which: usize) {
        let now = self.sites[which].site.now();
        self.sites[which].database.backup_to(&self.copy_of(which), now).await.unwrap();
        self.note(format!("{which} is copied"));
    }

    /// The house is put back to its copy.
    pub async fn puts_back(&mut self, which: usize, seed: u64) {
        self.buried = checks::hidden(self, which).await;
        let copy = self.copy_of(which);
        let site = &self.sites[which];
        let (path, now) = (site.database.path().unwrap().to_owned(), site.site.now());
        write_erasures(&site.database, site.database.folder()).await.unwrap();
        site.database.close().await;
        haven::db::restore(&path, &copy, now, false).await.unwrap();
        self.towns[which].reopen(&mut self.sites[which], seed).await.unwrap();
        self.restored = Some(which);
        self.silent = true;
        self.note(format!("{which} is put back to an older copy"));
    }

    async fn runs_all(&mut self) -> BTreeSet<usize> {
        let which = self.pick(HONEST);
        if !self.up(which) {
            return BTreeSet::new();
        }
        let done = self.step_of(which).await;
        self.note(format!("{which} does all: {done}"));
        [which].into()
    }

    /// The numbers of the groups that are shared with the hostile house by this house now.
    pub fn shared_with_hostile(&self, house: usize) -> Vec<usize> {
        let shared = &self.model.shared;
        (0..DEN_GROUP).filter(|group| self.groups[*group].home == house && shared[*group].contains(&HOSTILE)).collect()
    }

    /// Somebody writes, for a played scene.
    pub async fn wishes_to_write(&mut self, who: usize, which: usize) {
        let person = self.people[who].clone();
        self.written += 1;
        let site = &self.sites[person.house];
        let mut tx = site.database.begin().await.unwrap();
        let group = self.place(&mut tx, which).await.unwrap();
        let text = text_of(self.written, 0, "");
        let new = NewPost { group: &group, author: &person.persona, text: &text, reply_to: None, saw_readers: i64::MAX, instead_of: None };
        let saw = shown(&mut tx, &group).await;
        posts::write(&mut tx, &site.site.here(), &new).await.unwrap();
        tx.commit().await.unwrap();
        self.model.wrote(self.written, (which, saw), Writer::Person(who, person.house), None);
        checks::after(self, &[person.house].into()).await;
    }

    /// Somebody asks to join, for a played scene.
    pub async fn wishes_in(&mut self, who: usize, which: usize) {
        let person = self.people[who].clone();
        let site = &self.sites[person.house];
        let mut tx = site.database.begin().await.unwrap();
        let group = self.place(&mut tx, which).await.unwrap();
        groups::join(&mut tx, &site.site.here(), &group, &person.persona, Joining::default()).await.unwrap();
        tx.commit().await.unwrap();
        self.model.wished(who, which, true);
    }

    /// Somebody leaves, for a played scene.
    pub async fn wishes_out(&mut self, who: usize, which: usize) {
        let person = self.people[who].clone();
        let site = &self.sites[person.house];
        let mut tx = site.database.begin().await.unwrap();
        let group = self.place(&mut tx, which).await.unwrap();
        groups::leave(&mut tx, &site.site.here(), &group, &person.persona, true).await.unwrap();
        tx.commit().await.unwrap();
        self.model.wished(who, which, false);
    }

    /// A house reads what came and sends nothing yet, for a played scene.
    pub async fn reads(&mut self, house: usize) {
        let site = &self.sites[house].site;
        site.federation.handle_inbox(&site.here()).await.unwrap();
    }

    /// Somebody deletes a text of theirs at once, for a played scene.
    pub async fn wishes_gone(&mut self, who: usize) {
        let (post, number) = self.own_post(who).await.expect("they wrote something");
        let person = self.people[who].clone();
        let site = &self.sites[person.house];
        let mut tx = site.database.begin().await.unwrap();
        posts::delete(&mut tx, &site.site.here(), &post, &[person.persona], true).await.unwrap();
        tx.commit().await.unwrap();
        self.model.deleted(number);
        checks::after(self, &[person.house].into()).await;
    }

    /// A group gets these readers, for a played scene.
    pub async fn wishes_readers(&mut self, which: usize, wanted: &[usize]) {
        let (home, host) = (self.groups[which].home, self.people[self.groups[which].host].persona.clone());
        let site = &self.sites[home];
        let mut tx = site.database.begin().await.unwrap();
        let group = self.place(&mut tx, which).await.unwrap();
        let mut partners = Vec::new();
        for house in wanted {
            partners.extend(by_origin(&mut tx, &origin(*house)).await.unwrap().map(|partner| partner.id));
        }
        let moment = site.site.now();
        let group = groups::set_readers(&mut tx, &site.site.here(), &group, &host, &partners).await.unwrap();
        tx.commit().await.unwrap();
        self.model.shared_with(which, (moment, group.updated_at), wanted.iter().copied().collect());
    }

    /// Somebody erases everything, for a played scene.
    pub async fn erases(&mut self, who: usize) {
        let person = self.people[who].clone();
        let site = &self.sites[person.house];
        let mut tx = site.database.begin().await.unwrap();
        takeout::erase(&mut tx, &site.site.here(), By::console(), &person.account).await.unwrap();
        tx.commit().await.unwrap();
        self.model.took_all(who, None);
    }

    /// A house does all its work, for a played scene.
    pub async fn works(&mut self, house: usize) {
        self.step_of(house).await;
        checks::after(self, &[house].into()).await;
    }
}
