//! FLT-09, FLT-29: a partner is away for a day while thousands of things are written for it, on a set clock. It costs a knock
//! now and then; the others never wait; and when it is back it has everything within a quarter of an hour, once, in order.
//! `HAVEN_TEST_OUTAGE` says how many activities (default 300; the catalogue asks for 10,000).

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use haven::features::accounts::Role;
use haven::features::groups::JoinRule;
use haven::features::posts::{self, Text};
use haven::testing::database::{self, TestDb};
use haven::testing::site::Town;
use serde_json::Value;

use crate::number;
use crate::script::{Answers, count, joined, named};

/// Which object an activity of the group speaks of, and which version.
fn version(said: &Value) -> Option<(String, u32)> {
    let text = said.to_string();
    let at = text.find("thing ")?;
    let words: Vec<&str> = text[at..].split([' ', '<', '\\', '"']).take(4).collect();
    Some((words.get(1)?.to_string(), words.get(3)?.parse().ok()?))
}

async fn a_partner_is_away_for_a_day(database: TestDb) {
    let begun = Instant::now();
    let activities = usize::try_from(number("HAVEN_TEST_OUTAGE", 300)).expect("a number");
    let town = Town::default();
    let site = town.open("v.test", database, 1).await.expect("a site");
    let (p, q) = (Answers::timed(&town.clock), Answers::timed(&town.clock));
    town.network.plug("p.test", p.router());
    town.network.plug("q.test", q.router());
    named(&site, "p.test").await;
    named(&site, "q.test").await;
    let anna = site.person("Anna", Role::Member).await;
    let mut groups = Vec::new();
    for name in ["Coffee", "Garden", "Music", "Walks"] {
        let group = site.group(&anna.persona.id, name, JoinRule::Open, &["p.test", "q.test"]).await;
        joined(&town, &site, &p, "p.test", &group.uri).await;
        joined(&town, &site, &q, "q.test", &group.uri).await;
        groups.push(group.id);
    }
    let (before_p, before_q, before) = (p.count(), q.count(), town.network.log().len());
    town.network.unplug("p.test");
    let gone_at = site.site.now();

    // Each thing is written and changed twice, spread over the day.
    let (steps, things) = (24 * 6, activities.div_ceil(3));
    let mut written: Vec<(haven::base::Id, usize)> = Vec::new();
    let mut made = 0;
    for step in 0..steps {
        while made * steps < things * (step + 1) && made < things {
            let text = format!("thing {made} version 0");
            written.push((site.write(&anna.persona.id, &groups[made % groups.len()], &text, None).await, made));
            made += 1;
        }
        // What was written an hour or two ago is changed now.
        for (back, version) in [(things.div_ceil(24), 1), (things.div_ceil(12), 2)] {
            let (from, to) = (things * step / steps, things * (step + 1) / steps);
            for thing in from..to {
                if let Some((post, number)) = thing.checked_sub(back).and_then(|thing| written.get(thing)) {
                    edit(&site, &anna, post, &format!("thing {number} version {version}")).await;
                }
            }
        }
        town.clock.advance(Duration::from_mins(10));
        haven::server::step(&site.site).await.expect("a step");
        assert!(q.count() - before_q >= written.len(), "the other partner never waits");
    }
    let knocks: Vec<_> = town.network.log().split_off(before).into_iter().filter(|call| call.to == "p.test").collect();
    assert!((40..=200).contains(&knocks.len()), "{} knocks in a day: neither silence nor a hot loop", knocks.len());
    assert_eq!(p.count(), before_p);
    let waits = count(
        &site,
        "SELECT COUNT(*) FROM deliveries d JOIN partners p ON p.id = d.partner_id WHERE d.state = 'waiting' AND p.origin = 'http://p.test'",
    )
    .await;

    town.network.plug("p.test", p.router());
    let back_at = site.site.now();
    let mut drained = None;
    for minute in 0..=15 {
        haven::server::step(&site.site).await.expect("a step");
        if count(&site, "SELECT COUNT(*) FROM deliveries WHERE state = 'waiting'").await == 0 {
            drained = Some(minute);
            break;
        }
        town.clock.advance(Duration::from_mins(1));
    }
    let drained = drained.expect("everything is there within a quarter of an hour");
    let taken = everything_once_and_in_order(&p, before_p, things);
    assert_eq!(taken, usize::try_from(waits).expect("a number"), "everything that waited");
    println!(
        "FLT-09: away {:?}, {} activities waited, {} knocks, all there {drained} simulated minutes after the return, 0 lost, 0 doubled; it took {:?}",
        back_at.since(gone_at),
        taken,
        knocks.len(),
        begun.elapsed(),
    );
}

/// What the partner took from number `from` on: each activity once, each thing in the order of its versions. How many.
fn everything_once_and_in_order(p: &Answers, from: usize, things: usize) -> usize {
    let taken: Vec<Value> = p.asked(from).into_iter().filter(|(_, status, _)| *status == 202).map(|(_, _, said)| said).collect();
    let ids: BTreeSet<&str> = taken.iter().filter_map(|said| said["id"].as_str()).collect();
    assert_eq!(ids.len(), taken.len(), "everything once");
    let mut versions: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (thing, version) in taken.iter().filter_map(version) {
        versions.entry(thing).or_default().push(version);
    }
    assert_eq!(versions.len(), things, "every thing is there");
    assert!(versions.values().all(|versions| versions.windows(2).all(|two| two[0] < two[1])), "in order for each thing");
    taken.len()
}

async fn edit(site: &haven::testing::site::TestSite, who: &haven::testing::people::Person, post: &haven::base::Id, text: &str) {
    let text = Text::typed(text, "en", "").expect("a text");
    let mut tx = site.database.begin().await.expect("a unit of work");
    posts::edit(&mut tx, &site.site.here(), post, &who.mine(), &text).await.expect("changed");
    tx.commit().await.expect("kept");
}

#[tokio::test]
async fn flt_09_a_partner_that_was_away_for_a_day_has_everything_soon_on_sqlite() {
    a_partner_is_away_for_a_day(database::sqlite().await).await;
}

#[tokio::test]
async fn flt_09_a_partner_that_was_away_for_a_day_has_everything_soon_on_postgres() {
    if let Some(database) = database::postgres().await {
        a_partner_is_away_for_a_day(database).await;
    }
}

/// The pauses between knocks grow, are spread by chance, and never pass an hour.
#[tokio::test]
async fn flt_09_the_pauses_are_spread_and_never_longer_than_an_hour() {
    for database in database::both().await {
        let town = Town::default();
        let site = town.open("v.test", database, 1).await.expect("a site");
        named(&site, "p.test").await;
        let anna = site.person("Anna", Role::Member).await;
        let group = site.group(&anna.persona.id, "Coffee", JoinRule::Open, &["p.test"]).await;
        joined(&town, &site, &Answers::default(), "p.test", &group.uri).await;
        town.network.unplug("p.test");
        site.write(&anna.persona.id, &group.id, "hello", None).await;
        site.write(&anna.persona.id, &group.id, "and again", None).await;
        let (mut last, mut pauses, mut knocks) = (site.site.now(), Vec::new(), town.network.log().len());
        while pauses.len() < 30 {
            haven::server::step(&site.site).await.expect("a step");
            let seen = town.network.log().len();
            assert_eq!(seen, knocks + 1, "one knock for the partner, not one for each thing, and none before its time");
            pauses.push(site.site.now().since(last));
            (last, knocks) = (site.site.now(), seen);
            let next = haven::server::next_wake(&site.site).await.expect("read").expect("something waits");
            town.clock.set(haven::base::Timestamp::from_millis(next.millis() - 1));
            haven::server::step(&site.site).await.expect("a step");
            town.clock.set(next);
        }
        assert!(pauses.iter().all(|pause| *pause <= Duration::from_hours(1)), "{pauses:?}");
        assert!(pauses[1..6].windows(2).all(|two| two[0] < two[1]), "they grow: {pauses:?}");
        let late: BTreeSet<Duration> = pauses[8..].iter().copied().collect();
        assert!(late.len() > 3, "they are not in step: {late:?}");
    }
}

/// FLT-29: what was written, changed five times and deleted while the partner was away never shows there.
#[tokio::test]
async fn flt_29_what_was_deleted_during_an_outage_is_never_shown() {
    for database in database::both().await {
        let town = Town::default();
        let site = town.open("v.test", database, 1).await.expect("a site");
        let p = Answers::timed(&town.clock);
        named(&site, "p.test").await;
        let anna = site.person("Anna", Role::Member).await;
        let group = site.group(&anna.persona.id, "Coffee", JoinRule::Open, &["p.test"]).await;
        joined(&town, &site, &p, "p.test", &group.uri).await;
        town.network.unplug("p.test");
        let group = group.id;
        let post = site.write(&anna.persona.id, &group, "qwxgone 0", None).await;
        town.settle(&[&site]).await.expect("settled");
        for version in 1..=5 {
            edit(&site, &anna, &post, &format!("qwxgone {version}")).await;
            town.clock.advance(Duration::from_mins(20));
            town.settle(&[&site]).await.expect("settled");
        }
        let kept = site.write(&anna.persona.id, &group, "qwxkept", None).await;
        let mut tx = site.database.begin().await.expect("a unit of work");
        posts::delete(&mut tx, &site.site.here(), &post, &anna.mine(), true).await.expect("deleted");
        tx.commit().await.expect("kept");
        town.network.plug("p.test", p.router());
        for _ in 0..30 {
            town.clock.advance(Duration::from_mins(1));
            town.settle(&[&site]).await.expect("settled");
        }
        let taken = p.taken();
        assert!(taken.iter().all(|said| !said.to_string().contains("qwxgone")), "{taken:?}");
        assert!(taken.iter().any(|said| said.to_string().contains("qwxkept")), "{kept}: {taken:?}");
        assert_eq!(count(&site, "SELECT COUNT(*) FROM deliveries WHERE state = 'waiting'").await, 0);
    }
}
