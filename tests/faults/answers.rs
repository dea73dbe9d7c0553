//! FLT-10: what a partner answers decides what waits and for how long. On a set clock, without sockets; what goes out is signed
//! and sent by the real parts. Nothing that a partner may still take is ever lost by an answer.

use std::time::Duration;

use haven::audit::By;
use haven::base::{Clock, Origin};
use haven::features::accounts::Role;
use haven::features::groups::JoinRule;
use haven::features::partners;
use haven::federation::delivery;
use haven::testing::database::{self, TestDb};
use haven::testing::people::Person;
use haven::testing::site::{TestSite, Town};

use crate::script::{Answer, Answers, count, joined, named};

struct Story {
    town: Town,
    site: TestSite,
    p: Answers,
    anna: Person,
    group: haven::base::Id,
}

impl Story {
    async fn begin(database: TestDb) -> Self {
        let town = Town::default();
        let site = town.open("v.test", database, 1).await.expect("a site");
        let p = Answers::timed(&town.clock);
        named(&site, "p.test").await;
        let anna = site.person("Anna", Role::Admin).await;
        let group = site.group(&anna.persona.id, "Coffee", JoinRule::Open, &["p.test"]).await;
        joined(&town, &site, &p, "p.test", &group.uri).await;
        Self { town, site, p, anna, group: group.id }
    }

    async fn settle(&self) {
        self.town.settle(&[&self.site]).await.expect("settled");
    }

    async fn write(&self, text: &str) {
        self.site.write(&self.anna.persona.id, &self.group, text, None).await;
        self.settle().await;
    }

    /// Lets time pass, from one moment at which something is due to the next.
    async fn pass(&self, time: Duration) {
        let end = self.town.clock.now().plus(time);
        loop {
            let next = haven::server::next_wake(&self.site.site).await.expect("read").filter(|next| *next < end);
            self.town.clock.set(next.unwrap_or(end).max(self.town.clock.now()));
            self.settle().await;
            if next.is_none() {
                return;
            }
        }
    }

    async fn waiting(&self) -> i64 {
        count(&self.site, "SELECT COUNT(*) FROM deliveries WHERE state = 'waiting'").await
    }

    async fn refused(&self) -> i64 {
        count(&self.site, "SELECT COUNT(*) FROM deliveries WHERE state = 'refused'").await
    }

    async fn failing(&self) -> usize {
        let mut conn = self.site.database.read().await.expect("a reader");
        delivery::failing(&mut conn).await.expect("read").len()
    }
}

fn told(status: u16) -> Answer {
    Answer(status, None)
}

#[tokio::test]
async fn flt_10_a_server_error_is_tried_again_and_holds_up_its_thread_only() {
    for database in database::both().await {
        let story = Story::begin(database).await;
        let other = story.site.group(&story.anna.persona.id, "Garden", JoinRule::Open, &["p.test"]).await;
        joined(&story.town, &story.site, &story.p, "p.test", &other.uri).await;
        let other = other.id;
        let from = story.p.count();
        story.p.script([told(500), told(500), told(500)]);
        story.write("first").await;
        story.site.write(&story.anna.persona.id, &story.group, "second", None).await;
        story.site.write(&story.anna.persona.id, &other, "elsewhere", None).await;
        story.settle().await;
        story.pass(Duration::from_mins(8)).await;
        let asked = story.p.asked(from);
        let text = |said: &serde_json::Value| {
            ["first", "second", "elsewhere"].into_iter().find(|word| said.to_string().contains(word)).unwrap_or("?")
        };
        let order: Vec<(&str, u16)> = asked.iter().map(|(_, status, said)| (text(said), *status)).collect();
        assert_eq!(order.iter().filter(|(_, status)| *status == 202).count(), 3, "each is taken once: {order:?}");
        let taken: Vec<&str> = order.iter().filter(|(_, status)| *status == 202).map(|(text, _)| *text).collect();
        assert!(taken.iter().position(|text| *text == "first") < taken.iter().position(|text| *text == "second"), "{taken:?}");
        assert_eq!((story.waiting().await, story.refused().await, story.failing().await), (0, 0, 0));
    }
}

#[tokio::test]
async fn flt_10_who_asks_for_quiet_gets_it_in_seconds_and_by_date() {
    for database in database::both().await {
        let story = Story::begin(database).await;
        for (status, asked, quiet) in [
            (503, Some("120"), 120),
            (429, Some("3600"), 3600),
            // By date.
            (429, None, 7999),
            (503, Some("nonsense"), 1),
            (429, Some("999999999"), 86_000),
        ] {
            let date = story.town.clock.now().plus(Duration::from_secs(8000)).http_date();
            let asked = asked.map_or(date, str::to_owned);
            let from = story.p.count();
            let begun = story.town.clock.now();
            story.p.script([Answer(status, Some(asked.clone()))]);
            story.write("quiet").await;
            story.site.write(&story.anna.persona.id, &story.group, "behind it", None).await;
            story.settle().await;
            // Long enough for the longest wait that is granted.
            story.pass(Duration::from_hours(25)).await;
            assert_eq!(story.waiting().await, 0, "{asked}");
            let tries = story.p.asked(from);
            assert_eq!(tries.len(), 3, "{asked}: asked once, then both");
            let silent = tries[1].0.since(begun);
            assert!(silent >= Duration::from_secs(quiet) && silent <= Duration::from_hours(25), "{asked}: {silent:?}");
        }
    }
}

#[tokio::test]
async fn flt_10_an_inbox_that_is_gone_stops_its_partner_and_an_admin_decides() {
    for database in database::both().await {
        let story = Story::begin(database).await;
        let from = story.p.count();
        story.p.usually(Some(told(410)));
        story.write("first").await;
        story.write("second").await;
        story.pass(Duration::from_mins(3)).await;
        assert_eq!(story.p.asked(from).len(), 3, "three times, and then never again");
        story.pass(Duration::from_hours(1)).await;
        assert_eq!(story.p.asked(from).len(), 3);
        assert_eq!(story.waiting().await, 2, "everything is kept");
        assert_eq!(count(&story.site, "SELECT COUNT(*) FROM partners WHERE state = 'paused'").await, 1);
        assert_eq!(count(&story.site, "SELECT COUNT(*) FROM audit WHERE ground = 'gone' AND words = 'active>paused'").await, 1);
        for path in ["/admin/partners", "/admin"] {
            let page = story.site.get(path, Some(&story.anna.cookie)).await;
            assert!(page.status.is_success(), "{path}: {}", page.status);
            assert!(path != "/admin" || page.text.contains("gone for good"), "it stands under To do: {}", page.text);
        }
        story.p.usually(None);
        let origin = Origin::parse("http://p.test").expect("an address");
        let mut tx = story.site.database.begin().await.expect("a unit of work");
        partners::resume(&mut tx, &story.site.site.here(), &origin, By::console()).await.expect("resumed");
        tx.commit().await.expect("kept");
        story.settle().await;
        assert_eq!((story.waiting().await, story.p.asked(from).len()), (0, 5));
    }
}

#[tokio::test]
async fn flt_10_one_word_of_gone_is_not_the_end() {
    for database in database::both().await {
        let story = Story::begin(database).await;
        let from = story.p.count();
        story.p.script([told(410), told(410)]);
        story.write("first").await;
        story.pass(Duration::from_mins(2)).await;
        assert_eq!((story.waiting().await, story.p.asked(from).len()), (0, 3));
        assert_eq!(count(&story.site, "SELECT COUNT(*) FROM partners WHERE state = 'active'").await, 1);
    }
}

/// Only what is said in a row counts: other troubles before it do not.
#[tokio::test]
async fn flt_10_one_word_after_other_troubles_is_neither_the_end_nor_a_lasting_no() {
    for database in database::both().await {
        for last in [410, 404] {
            let story = Story::begin(database_like(&database).await).await;
            let from = story.p.count();
            story.p.script([told(503), told(503), told(503), told(last), told(503), told(last)]);
            story.write("first").await;
            story.pass(Duration::from_hours(3)).await;
            assert_eq!((story.waiting().await, story.refused().await), (0, 0), "{last}");
            assert_eq!(story.p.asked(from).len(), 7, "{last}");
            assert_eq!(count(&story.site, "SELECT COUNT(*) FROM partners WHERE state = 'active'").await, 1, "{last}");
        }
    }
}

#[tokio::test]
async fn flt_10_what_is_not_wanted_is_parked_after_few_tries_and_the_next_goes() {
    for database in database::both().await {
        let story = Story::begin(database).await;
        // A partner without the handshake is asked in both schemes when it says 400.
        for (status, requests) in [(404, 3), (400, 2), (422, 1), (405, 1), (413, 1)] {
            let (from, refused) = (story.p.count(), story.refused().await);
            story.p.script((0..requests).map(|_| told(status)));
            story.write("unwanted").await;
            story.write("wanted").await;
            story.pass(Duration::from_mins(1)).await;
            let asked = story.p.asked(from);
            let unwanted = asked.iter().filter(|(_, _, said)| said.to_string().contains("unwanted")).count();
            assert_eq!(unwanted, requests, "{status}");
            assert_eq!((story.waiting().await, story.refused().await), (0, refused + 1), "{status}: parked where the admin sees it");
            assert!(asked.iter().any(|(_, status, said)| *status == 202 && !said.to_string().contains("unwanted")), "{status}");
        }
    }
}

#[tokio::test]
async fn flt_10_who_does_not_admit_us_is_left_alone_is_told_of_and_loses_nothing() {
    for database in database::both().await {
        for status in [401, 403] {
            let story = Story::begin(database_like(&database).await).await;
            let from = story.p.count();
            story.p.usually(Some(told(status)));
            for number in 0..4 {
                story.write(&format!("kept {number}")).await;
            }
            assert_eq!(story.failing().await, 1, "the alert");
            story.pass(Duration::from_hours(24)).await;
            let tries = story.p.asked(from).len();
            assert!(tries < 400, "a whole day and {tries} requests");
            assert_eq!((story.waiting().await, story.refused().await), (4, 0), "nothing is lost");
            story.p.usually(None);
            story.pass(Duration::from_mins(61)).await;
            assert_eq!((story.waiting().await, story.failing().await), (0, 0));
            let taken = story.p.asked(from).into_iter().filter(|(_, status, _)| *status == 202).count();
            assert_eq!(taken, 4);
        }
    }
}

/// Another fresh one on the same engine.
async fn database_like(database: &TestDb) -> TestDb {
    if database.engine() == haven::db::Engine::Sqlite { database::sqlite().await } else { database::postgres().await.expect("it is there") }
}
