//! What incidents promise, through the door and on both engines: the clock runs, the counts are right and name nobody, the people
//! are told on their own page, nothing is closed before everybody was told, and every step is in the audit log.

use std::time::Duration;

use http::StatusCode;

use super::incident::{AUTHORITY_WITHIN, Clock, Done, Kind, MOST_TEXT, Open, Step, still_open};
use super::store;
use crate::audit::{self, Filter, Kept, Verdict};
use crate::base::{Id, SystemChance, Timestamp};
use crate::features::accounts::Role;
use crate::features::groups::{Group, JoinRule};
use crate::federation::partners;
use crate::testing::database::{TestDb, both};
use crate::testing::pages::assert_page_is_sound;
use crate::testing::people::Person;
use crate::testing::site::{Seen, TestSite, Town};

#[test]
fn the_clock_runs_from_when_it_was_noticed() {
    let at = Timestamp::from_millis(1_000_000_000_000);
    let clock = |passed: Duration| Clock::of(at, AUTHORITY_WITHIN, at.plus(passed));
    assert_eq!(clock(Duration::ZERO).shown(), "72:00");
    assert_eq!(clock(Duration::from_mins(108)).shown(), "70:12");
    assert!(!clock(Duration::from_hours(47)).is_urgent() && clock(Duration::from_hours(49)).is_urgent());
    assert_eq!(clock(Duration::from_hours(72)), Clock::Over(Duration::ZERO));
    assert!(clock(Duration::from_hours(100)).is_urgent());
    assert_eq!(clock(Duration::from_hours(100)).shown(), "28:00");
}

#[test]
fn nothing_is_closed_before_everybody_was_told() {
    let id = || Id::random(&SystemChance);
    let (one, two, by) = (id(), id(), id());
    let done = |step: Step, partner: Option<&Id>, told: bool| Done {
        step,
        partner: partner.cloned(),
        told,
        words: String::new(),
        by: by.clone(),
        at: Timestamp::EPOCH,
    };
    let partners = [one.clone(), two.clone()];
    assert_eq!(still_open(&[], &partners), [Open::Authority, Open::People, Open::Partner]);
    assert_eq!(still_open(&[], &[]), [Open::Authority, Open::People]);
    let mut all = vec![done(Step::Authority, None, false), done(Step::People, None, true), done(Step::Partner, Some(&one), true)];
    assert_eq!(still_open(&all, &partners), [Open::Partner]);
    all.push(done(Step::Partner, Some(&two), false));
    assert!(still_open(&all, &partners).is_empty());
    for step in [Step::Authority, Step::People, Step::Partner, Step::Note, Step::Closed] {
        assert_eq!(Step::parse(step.as_str()), Some(step));
    }
    for kind in Kind::ALL {
        assert_eq!(Kind::parse(kind.as_str()), Some(kind));
    }
}

/// Veld with a group that Herning reads; a guest of Herning is in it.
struct Scene {
    town: Town,
    at: TestSite,
    there: TestSite,
    ada: Person,
    fern: Person,
    lea: Person,
    group: Group,
    herning: Id,
}

async fn scene(databases: [TestDb; 2]) -> Scene {
    let town = Town::default();
    let [one, two] = databases;
    let at = town.open("veld.test", one, 3).await.unwrap();
    let there = town.open("herning.test", two, 4).await.unwrap();
    town.befriend(&at, &there).await;
    let ada = at.person("Ada", Role::Admin).await;
    let fern = at.person("Fern", Role::Member).await;
    let lea = at.person("Lea", Role::Member).await;
    let bo = there.person("Bo", Role::Member).await;
    let group = at.group(&fern.persona.id, "Morning coffee", JoinRule::Open, &["herning.test"]).await;
    there.join(&bo.persona.id, &group.uri).await;
    town.settle(&[&at, &there]).await.unwrap();
    let herning = partners::list(&mut at.database.read().await.unwrap()).await.unwrap()[0].id.clone();
    Scene { town, at, there, ada, fern, lea, group, herning }
}

async fn scenes() -> Vec<Scene> {
    let mut all = Vec::new();
    for (one, two) in both().await.into_iter().zip(both().await) {
        all.push(scene([one, two]).await);
    }
    all
}

impl Scene {
    async fn get(&self, who: &Person, path: &str) -> Seen {
        let seen = self.at.get(path, Some(&who.cookie)).await;
        if seen.status == StatusCode::OK {
            assert_page_is_sound(&seen.text);
        }
        seen
    }

    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Seen {
        self.at.post(path, Some(&self.ada.cookie), fields).await
    }

    /// Written down two hours after it was noticed: the address of its page.
    async fn opened(&self) -> String {
        let scope = format!("group:{}", self.group.id);
        let fields = [
            ("hours", "2"),
            ("what", "A letter with names was left in a train."),
            ("advice", "Choose another name."),
            ("kinds", "names"),
            ("kinds", "places"),
            ("scope", scope.as_str()),
        ];
        let seen = self.send("/admin/incidents/new", &fields).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
        super::page_of(&super::open(&mut self.at.database.read().await.unwrap()).await.unwrap()[0].id)
    }

    async fn step(&self, page: &str, fields: &[(&str, &str)]) -> Seen {
        self.send(&format!("{page}/step"), fields).await
    }

    async fn rows(&self) -> Vec<Kept> {
        let mut conn = self.at.database.read().await.unwrap();
        assert!(matches!(audit::verify(&mut conn).await.unwrap(), Verdict::Whole { .. }));
        audit::list(&mut conn, &Filter { event: "incident", ..Filter::default() }, i64::MAX, 100).await.unwrap()
    }
}

#[tokio::test]
async fn what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost() {
    for scene in scenes().await {
        let long = "x".repeat(MOST_TEXT + 1);
        let base = [("hours", "0"), ("what", "Something"), ("kinds", "texts"), ("scope", "house")];
        for (field, value, said) in [
            ("hours", "soon", "whole number of hours"),
            ("hours", "17521", "whole number of hours"),
            ("what", " \n ", "few sentences"),
            ("what", long.as_str(), "too long"),
            ("kinds", "shoes", "at least one kind"),
            ("scope", "group:nobody", "what it touches"),
        ] {
            let fields: Vec<(&str, &str)> = base.iter().map(|(name, old)| (*name, if *name == field { value } else { *old })).collect();
            let seen = scene.send("/admin/incidents/new", &fields).await;
            assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {said}");
            assert_page_is_sound(&seen.text);
            assert!(seen.text.contains(said), "{said}: {}", seen.text);
            if field != "what" {
                assert!(seen.text.contains("Something</textarea>"), "what was typed stays");
            }
        }
        assert!(scene.rows().await.is_empty());
        for path in ["/admin/incidents", "/admin/incidents/new"] {
            assert_eq!(scene.get(&scene.fern, path).await.status, StatusCode::FORBIDDEN);
            assert_eq!(scene.get(&scene.ada, path).await.status, StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn it_is_counted_by_house_told_and_closed() {
    for scene in scenes().await {
        let page = scene.opened().await;
        let id = Id::parse(page.rsplit('/').next().unwrap()).unwrap();
        let seen = scene.get(&scene.ada, &page).await.text;
        assert!(seen.contains("70:00 hours left") && seen.contains("22:00 hours left"), "{seen}");
        // Fern hosts the group, Bo of Herning is in it; Lea is not, and Ada is not. Nobody is named but who wrote it down.
        let counts = store::affected(&mut scene.at.database.read().await.unwrap(), &id).await.unwrap();
        assert_eq!(counts, [(None, 1), (Some(scene.herning.clone()), 1)]);
        assert!(!seen.contains("Fern") && !seen.contains("Bo<") && !seen.contains("Lea"), "{seen}");
        assert!(scene.get(&scene.ada, "/admin").await.text.contains("70:00 hours left"));

        let early = scene.step(&page, &[("step", "closed"), ("words", "All is well")]).await;
        assert!(early.status == StatusCode::UNPROCESSABLE_ENTITY && early.text.contains("Not everybody was told yet"), "{}", early.text);
        let wordless = scene.step(&page, &[("step", "authority"), ("told", "no"), ("words", " ")]).await;
        assert!(wordless.status == StatusCode::UNPROCESSABLE_ENTITY && wordless.text.contains("Write a sentence"), "{}", wordless.text);
        let own = format!("/me/incidents/{id}");
        assert_eq!(scene.get(&scene.fern, &own).await.status, StatusCode::NOT_FOUND);
        assert_eq!(scene.step(&page, &[("step", "partner"), ("partner", id.as_str())]).await.status, StatusCode::NOT_FOUND);
        for fields in [
            &[("step", "authority"), ("told", "yes"), ("words", "Number 12")][..],
            &[("step", "people"), ("told", "yes"), ("words", "")],
            &[("step", "partner"), ("partner", scene.herning.as_str())],
            &[("step", "closed"), ("words", "Letters stay in the house")],
        ] {
            let done = scene.step(&page, fields).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{fields:?} {}", done.text);
            let again = scene.step(&page, fields).await;
            assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
            assert_page_is_sound(&again.text);
        }
        let home = scene.get(&scene.fern, "/").await.text;
        assert!(home.contains(&own), "{home}");
        let letter = scene.get(&scene.fern, &own).await.text;
        assert!(letter.contains("left in a train") && letter.contains("Choose another name."), "{letter}");
        assert!(!scene.get(&scene.lea, "/").await.text.contains("/me/incidents/"));
        assert_eq!(scene.get(&scene.lea, &own).await.status, StatusCode::NOT_FOUND);
        for path in [format!("{page}/letter"), format!("{page}/letter/{}", scene.herning), page.clone()] {
            assert!(scene.get(&scene.ada, &path).await.text.contains("left in a train"), "{path}");
        }
        assert_eq!(scene.get(&scene.ada, &format!("{page}/letter/{id}")).await.status, StatusCode::NOT_FOUND);
        assert!(!scene.get(&scene.ada, "/admin").await.text.contains("hours left"));

        // Taken once.
        assert_eq!(scene.rows().await.iter().filter(|row| row.words == "closed").count(), 1);
        // Closed: only a note is added. The log says all of it in codes.
        assert_eq!(scene.step(&page, &[("step", "people"), ("words", "again")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(scene.step(&page, &[("step", "note"), ("words", "The letter was found")]).await.status, StatusCode::SEE_OTHER);
        let rows = scene.rows().await;
        let said: Vec<&str> = rows.iter().rev().map(|row| row.words.as_str()).collect();
        assert_eq!(said, ["opened", "authority", "people", "told", "partner", "closed", "note"]);
        let told = rows.iter().find(|row| row.words == "told").unwrap();
        assert_eq!(told.client, scene.fern.account.as_str());
    }
}

#[tokio::test]
async fn a_partner_that_lost_something_concerns_those_whose_words_it_had() {
    for scene in scenes().await {
        scene.at.write(&scene.fern.persona.id, &scene.group.id, "to Herning", None).await;
        scene.town.settle(&[&scene.at, &scene.there]).await.unwrap();
        let scope = format!("partner:{}", scene.herning);
        let fields = [("hours", "0"), ("what", "Herning lost a disk"), ("kinds", "texts"), ("scope", scope.as_str())];
        assert_eq!(scene.send("/admin/incidents/new", &fields).await.status, StatusCode::SEE_OTHER);
        let fields = [("hours", "1"), ("what", "A disk of ours"), ("kinds", "texts"), ("scope", "house")];
        assert_eq!(scene.send("/admin/incidents/new", &fields).await.status, StatusCode::SEE_OTHER);
        let mut conn = scene.at.database.read().await.unwrap();
        let open = super::open(&mut conn).await.unwrap();
        assert_eq!(open.iter().map(|one| one.what.as_str()).collect::<Vec<_>>(), ["A disk of ours", "Herning lost a disk"]);
        let (house, partner) = (&open[0].id, &open[1].id);
        assert_eq!(store::affected(&mut conn, partner).await.unwrap(), [(None, 1), (Some(scene.herning.clone()), 1)]);
        assert_eq!(store::affected(&mut conn, house).await.unwrap(), [(None, 3), (Some(scene.herning.clone()), 1)]);
    }
}

#[tokio::test]
async fn what_is_closed_goes_after_its_time_and_who_was_told_goes_with_the_account() {
    for scene in scenes().await {
        let page = scene.opened().await;
        for fields in [
            &[("step", "authority"), ("told", "no"), ("words", "Nobody can be harmed")][..],
            &[("step", "people"), ("told", "yes")],
            &[("step", "partner"), ("partner", scene.herning.as_str())],
            &[("step", "closed")],
        ] {
            assert_eq!(scene.step(&page, fields).await.status, StatusCode::SEE_OTHER);
        }
        let now = scene.at.site.now();
        let db = &scene.at.database;
        assert_eq!(super::own_copy(&mut db.read().await.unwrap(), &scene.fern.account).await.unwrap().len(), 1);
        let mut tx = db.begin().await.unwrap();
        super::forget_person(&mut tx, &scene.fern.account).await.unwrap();
        assert!(super::own_copy(&mut tx, &scene.fern.account).await.unwrap().is_empty());
        assert_eq!((super::old(&mut tx, now).await.unwrap(), super::forget(&mut tx, now, 10).await.unwrap()), (0, 0));
        let later = now.plus(Duration::from_secs(1));
        assert_eq!((super::old(&mut tx, later).await.unwrap(), super::forget(&mut tx, later, 10).await.unwrap()), (1, 1));
        tx.commit().await.unwrap();
        for table in ["incidents", "incident_scope", "incident_steps", "incident_told"] {
            let (rows,): (i64,) = sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}")))
                .fetch_one(db.read().await.unwrap().sql())
                .await
                .unwrap();
            assert_eq!(rows, 0, "{table}");
        }
    }
}
