//! FLT-13: the clock of the house is wrong, or jumps. It is said aloud; nothing is lost, nothing comes twice, nobody waits for
//! the hours that come twice, and no session lives longer for it.

use std::sync::Arc;
use std::time::Duration;

use haven::features::accounts::Role;
use haven::features::groups::JoinRule;
use haven::server;
use haven::testing::clock::SetClock;
use haven::testing::database;
use haven::testing::site::{TestSite, Town};

use crate::script::count;

/// Two houses with clocks of their own on one network, a group of the first, a member of it at the second.
struct Two {
    first: Town,
    second: Town,
    v: TestSite,
    w: TestSite,
    anna: haven::testing::people::Person,
    wim: haven::testing::people::Person,
    group: haven::features::groups::Group,
    at_w: haven::base::Id,
}

impl Two {
    async fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for (one, two) in database::both().await.into_iter().zip(database::both().await) {
            let first = Town::default();
            let second = Town { clock: Arc::new(SetClock::default()), network: first.network.clone() };
            let (v, w) = (first.open("v.test", one, 1).await.expect("a site"), second.open("w.test", two, 2).await.expect("a site"));
            first.befriend(&v, &w).await;
            let (anna, wim) = (v.person("Anna", Role::Member).await, w.person("Wim", Role::Member).await);
            let group = v.group(&anna.persona.id, "Coffee", JoinRule::Open, &["w.test"]).await;
            first.settle(&[&v, &w]).await.expect("settled");
            let at_w = w.join(&wim.persona.id, &group.uri).await;
            first.settle(&[&v, &w]).await.expect("settled");
            all.push(Self { first, second, v, w, anna, wim, group, at_w });
        }
        all
    }

    async fn settle(&self) {
        self.first.settle(&[&self.v, &self.w]).await.expect("settled");
    }

    /// The clock of the first house jumps.
    fn jump(&self, seconds: i64) {
        let now = self.v.site.now().millis();
        self.first.clock.set(haven::base::Timestamp::from_millis(now + seconds * 1000));
    }

    /// Time passes for both.
    async fn pass(&self, time: Duration) {
        for _ in 0..time.as_secs().div_ceil(30) {
            self.first.clock.advance(Duration::from_secs(30));
            self.second.clock.advance(Duration::from_secs(30));
            self.settle().await;
        }
    }

    async fn both_write(&self, text: &str) {
        self.v.write(&self.anna.persona.id, &self.group.id, &format!("from v: {text}"), None).await;
        self.w.write(&self.wim.persona.id, &self.at_w, &format!("from w: {text}"), None).await;
        self.settle().await;
    }

    /// What waits or was refused, for a failure's words.
    async fn story(&self) -> String {
        let mut all = Vec::new();
        for site in [&self.v, &self.w] {
            let mut conn = site.database.read().await.expect("a reader");
            for text in [
                "SELECT state, COALESCE(reason, ''), attempts FROM deliveries WHERE state <> 'delivered'",
                "SELECT state, COALESCE(reason, ''), attempts FROM inbox WHERE state <> 'handled'",
                "SELECT state, reason, created_at FROM posts",
            ] {
                let rows: Vec<(String, String, i64)> = sqlx::query_as(text).fetch_all(conn.sql()).await.expect("rows");
                all.push(format!("{}: {rows:?}", site.host));
            }
        }
        all.join("; ")
    }

    /// How many posts with this text each house shows.
    async fn held(&self, text: &str) -> (i64, i64) {
        let query = format!("SELECT COUNT(*) FROM posts WHERE state = 'posted' AND source LIKE '%{text}%'");
        (count(&self.v, &query).await, count(&self.w, &query).await)
    }
}

#[tokio::test]
async fn flt_13_ten_minutes_wrong_stop_federation_for_a_while_and_lose_nothing() {
    for two in Two::all().await {
        for skew in [600, -600] {
            let text = format!("skewed {skew} end");
            two.jump(skew);
            two.both_write(&text).await;
            two.pass(Duration::from_mins(2)).await;
            let (v, w) = two.held(&text).await;
            assert!((v, w) != (2, 2), "signatures of another hour are refused");
            // The clock is put right again.
            two.jump(-skew);
            two.pass(Duration::from_mins(16)).await;
            assert_eq!(two.held(&text).await, (2, 2), "{skew}: both have both, once; {}", two.story().await);
        }
        for site in [&two.v, &two.w] {
            assert_eq!(count(site, "SELECT COUNT(*) FROM deliveries WHERE state IN ('waiting', 'refused', 'gave_up')").await, 0);
        }
    }
}

#[tokio::test]
async fn flt_13_a_clock_that_was_a_day_ahead_makes_nobody_wait_for_a_day() {
    for two in Two::all().await {
        for jump in [3600, 24 * 3600] {
            let text = format!("ahead {jump} end");
            two.jump(jump);
            two.both_write(&text).await;
            let jobs = server::step(&two.v.site).await.expect("a step");
            two.jump(-jump);
            // The alert is the return of the look; the log says it, too.
            assert!(two.v.site.federation.look_at_clock().await.expect("a look").is_some(), "{jobs}");
            two.pass(Duration::from_mins(16)).await;
            assert_eq!(two.held(&text).await, (2, 2), "{jump}: within minutes, once");
        }
    }
}

#[tokio::test]
async fn flt_13_a_clock_that_jumps_back_while_the_server_is_down_is_noticed_at_the_start() {
    for mut two in Two::all().await {
        two.jump(24 * 3600);
        two.v.write(&two.anna.persona.id, &two.group.id, "dated tomorrow", None).await;
        two.jump(-24 * 3600);
        let mut v = two.v;
        two.first.reopen(&mut v, 9).await.expect("opened again");
        let lock = v.site.db.serve_lock(v.database.folder()).expect("the right to serve");
        server::take_over(&v.site, &lock).await.expect("taken over");
        two.v = v;
        two.pass(Duration::from_mins(2)).await;
        assert_eq!(two.held("dated tomorrow").await, (1, 1));
    }
}

#[tokio::test]
async fn flt_13_sessions_do_not_live_longer_for_a_jump() {
    for two in Two::all().await {
        let cookie = Some(two.anna.cookie.as_str());
        let status = async || two.v.get("/groups", cookie).await.status.as_u16();
        assert_eq!(status().await, 200);
        two.jump(-3600);
        assert_eq!(status().await, 200);
        two.jump(3600 + 24 * 3600);
        assert_eq!(status().await, 200);
        two.jump(-24 * 3600);
        assert_eq!(status().await, 200);
        // Thirty days without use count from the last real use.
        two.jump(31 * 24 * 3600);
        assert_ne!(status().await, 200, "the session has ended");
    }
}
