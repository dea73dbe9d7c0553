//! What belongs together leaves in order, and only that waits for each other (threats R20).

use std::time::Duration;

use crate::base::{Id, Iri, Origin};
use crate::federation::activity::{Act, Outbound, Verb};
use crate::federation::delivery::next_due;
use crate::federation::outbox::{self, Outgoing};
use crate::federation::partners::{self, State};
use crate::testing::database::{TestDb, both, sqlite};
use crate::testing::network::Weather;
use crate::testing::site::{TestSite, Town};

/// Writes an activity in a thread to a partner.
async fn say(house: &TestSite, thread: &Id, partner: &Id, name: &str) {
    say_as(house, (thread, Verb::Announce), partner, name).await;
}

async fn say_as(house: &TestSite, (thread, verb): (&Id, Verb), partner: &Id, name: &str) {
    let (instance, _) = house.site.federation.instance().await.unwrap().unwrap();
    let here = house.site.here();
    let about = here.origin.at(&format!("/o/{name}"));
    let activity: Outbound<Act<Iri>> = Outbound::new(Act::new(here.activity_uri(), verb, instance.uri.clone(), about));
    let to = [partner.clone()];
    let outgoing = Outgoing { from: &instance.id, thread, to: &to, activity, about: None, answers: None, receipt: false };
    let mut tx = house.site.db.begin().await.unwrap();
    outbox::publish(&mut tx, &here, outgoing).await.unwrap();
    tx.commit().await.unwrap();
}

/// What was sent since the last look, in order: which object, and the answer.
fn sent(town: &Town, from: usize) -> Vec<(String, Option<u16>)> {
    let posts = town.network.log().into_iter().filter(|call| call.method == "POST").skip(from);
    posts.map(|call| (call.body.split("/o/").nth(1).unwrap()[..1].to_owned(), call.status)).collect()
}

/// A house with one partner that takes what is sent to it, and the partner.
async fn pair(database: TestDb) -> (Town, TestSite, TestSite, Id) {
    let town = Town::default();
    let house = town.open("a.test", database, 1).await.unwrap();
    let mut tx = house.site.db.begin().await.unwrap();
    let partner = partners::name(&mut tx, &house.site.here(), &Origin::parse("http://b.test").unwrap(), false).await.unwrap().id;
    tx.commit().await.unwrap();
    let other = town.open("b.test", sqlite().await, 2).await.unwrap();
    let mut tx = other.site.db.begin().await.unwrap();
    partners::name(&mut tx, &other.site.here(), &Origin::parse("http://a.test").unwrap(), false).await.unwrap();
    tx.commit().await.unwrap();
    (town, house, other, partner)
}

/// Works on lanes as a server does, a few rows at a time; how often one was leased.
async fn work(house: &TestSite) -> usize {
    let mut turns = 0;
    while turns < 50 {
        let lanes = house.site.federation.lease_lanes(&house.site.here(), 8).await.unwrap();
        if lanes.is_empty() {
            break;
        }
        turns += lanes.len();
        for lane in lanes {
            house.site.federation.run_lane(&house.site.here(), &lane, 32).await.unwrap();
        }
    }
    turns
}

async fn states(house: &TestSite) -> Vec<(String, i64)> {
    let mut conn = house.site.db.read().await.unwrap();
    let text = "SELECT state, COUNT(*) FROM deliveries GROUP BY state ORDER BY state";
    sqlx::query_as(text).fetch_all(conn.sql()).await.unwrap()
}

#[tokio::test]
async fn a_long_thread_that_must_wait_holds_up_no_other_and_nobody_runs_in_circles() {
    for database in both().await {
        let (town, house, _other, partner) = pair(database).await;
        let (one, two) = (house.site.here().id(), house.site.here().id());
        for _ in 0..70 {
            say(&house, &one, &partner, "1").await;
        }
        town.network.forecast([Weather::Broken]);
        work(&house).await;
        say(&house, &one, &partner, "1").await;
        say(&house, &two, &partner, "2").await;
        assert_eq!(work(&house).await, 1, "one turn for the other thread, and none for what cannot leave");
        assert_eq!(sent(&town, 0), [("1".to_owned(), Some(500)), ("2".to_owned(), Some(202))]);
        assert!(house.site.federation.lease_lanes(&house.site.here(), 8).await.unwrap().is_empty());
        let due = next_due(&mut house.site.db.read().await.unwrap()).await.unwrap().unwrap();
        assert!(due > house.site.now(), "the next look is worth it only then");
        town.clock.advance(Duration::from_mins(2));
        work(&house).await;
        assert_eq!(states(&house).await, [("delivered".to_owned(), 72)]);
    }
}

#[tokio::test]
async fn what_waited_through_a_pause_is_not_given_up_at_the_first_try_after_it() {
    for database in both().await {
        let (town, house, _other, partner) = pair(database).await;
        let thread = house.site.here().id();
        say(&house, &thread, &partner, "1").await;
        town.network.forecast([Weather::Broken]);
        work(&house).await;
        for state in [State::Paused, State::Active] {
            town.clock.advance(Duration::from_hours(9 * 24));
            let mut tx = house.site.db.begin().await.unwrap();
            partners::set_state(&mut tx, &partner, state, house.site.now()).await.unwrap();
            tx.commit().await.unwrap();
        }
        town.network.forecast([Weather::Broken]);
        work(&house).await;
        assert_eq!(states(&house).await, [("waiting".to_owned(), 1)]);
        // Without a pause patience ends.
        town.clock.advance(Duration::from_hours(8 * 24));
        town.network.forecast([Weather::Broken]);
        work(&house).await;
        assert_eq!(states(&house).await, [("gave_up".to_owned(), 1)]);
    }
}

#[tokio::test]
async fn what_is_leased_to_nobody_who_works_is_given_back() {
    for database in both().await {
        let (_town, house, _other, partner) = pair(database).await;
        let lock = house.site.db.serve_lock(house.database.folder()).unwrap();
        say(&house, &house.site.here().id(), &partner, "1").await;
        let lanes = house.site.federation.lease_lanes(&house.site.here(), 8).await.unwrap();
        let federation = &house.site.federation;
        federation.free_idle_lanes(std::slice::from_ref(&partner)).await.unwrap();
        assert!(federation.lease_lanes(&house.site.here(), 8).await.unwrap().is_empty(), "it is being worked on");
        federation.free_idle_lanes(&[]).await.unwrap();
        assert_eq!(federation.lease_lanes(&house.site.here(), 8).await.unwrap().len(), 1);
        // Whoever held it before sends nothing any more.
        assert_eq!(federation.run_lane(&house.site.here(), &lanes[0], 8).await.unwrap(), 0);
        drop(lock);
    }
}

#[tokio::test]
async fn what_follows_in_a_thread_waits_for_what_comes_before() {
    for database in both().await {
        let (town, house, _other, partner) = pair(database).await;
        let here = house.site.here();
        let (one, two) = (here.id(), here.id());
        for (thread, name) in [(&one, "1"), (&one, "2"), (&two, "3")] {
            say(&house, thread, &partner, name).await;
        }
        town.network.forecast([Weather::Broken]);
        town.settle(&[&house]).await.unwrap();
        let expected = [("1".to_owned(), Some(500)), ("3".to_owned(), Some(202))];
        assert_eq!(sent(&town, 0), expected, "the second of the first thread waits, the other thread does not");
        town.clock.advance(Duration::from_mins(2));
        town.settle(&[&house]).await.unwrap();
        assert_eq!(sent(&town, 2), [("1".to_owned(), Some(202)), ("2".to_owned(), Some(202))]);
    }
}

/// Who left while nobody answered for longer than anything is tried is not in for ever: it is said again after a day. What is no
/// taking back, or is for a partner that rests, stays given up.
#[tokio::test]
async fn what_was_taken_back_and_given_up_is_said_again() {
    for database in both().await {
        let (town, house, _other, partner) = pair(database).await;
        let (one, two) = (house.site.here().id(), house.site.here().id());
        say(&house, &one, &partner, "1").await;
        say_as(&house, (&two, Verb::Undo), &partner, "2").await;
        for _ in 0..2 {
            town.network.forecast([Weather::Broken, Weather::Broken]);
            work(&house).await;
            town.clock.advance(Duration::from_hours(8 * 24));
        }
        assert_eq!(states(&house).await, [("gave_up".to_owned(), 2)]);
        let again = async |later: u64| {
            let now = house.site.now().plus(Duration::from_hours(later));
            let mut tx = house.site.db.begin().await.unwrap();
            let count = outbox::take_back_again(&mut tx, now, now.minus(Duration::from_hours(24))).await.unwrap();
            tx.commit().await.unwrap();
            count
        };
        let state = async |state| {
            let mut tx = house.site.db.begin().await.unwrap();
            partners::set_state(&mut tx, &partner, state, house.site.now()).await.unwrap();
            tx.commit().await.unwrap();
        };
        state(State::Paused).await;
        assert_eq!(again(1000).await, 0);
        state(State::Active).await;
        assert_eq!(again(1000).await, 1);
        assert_eq!(again(1000).await, 0);
        town.clock.advance(Duration::from_hours(1000));
        work(&house).await;
        assert_eq!(states(&house).await, [("delivered".to_owned(), 1), ("gave_up".to_owned(), 1)]);
    }
}
