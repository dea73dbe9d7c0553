//! Deletions that come to an end whatever became of the houses that were told: one that is dead, one with which it is over, one
//! that comes back after more than a month.

use std::time::Duration;

use haven::audit::By;
use haven::base::{Id, Origin};
use haven::features::posts::{self, State};
use haven::features::{partners, takeout};
use haven::federation::ledger::{self, Cursor, Filter, Kind, Owed};
use haven::federation::{actors, partners as known};
use haven::testing::database;
use haven::testing::people::Person;
use haven::testing::site::TestSite;

use crate::houses::Scene;

async fn scenes() -> Vec<Scene> {
    let (ones, twos, threes) = (database::both().await, database::both().await, database::both().await);
    let mut scenes = Vec::new();
    for ((one, two), three) in ones.into_iter().zip(twos).zip(threes) {
        scenes.push(Scene::set([one, two, three]).await);
    }
    scenes
}

fn origin(host: &str) -> Origin {
    Origin::parse(&format!("http://{host}")).unwrap()
}

async fn ends(site: &TestSite, other: &str) {
    let mut tx = site.database.begin().await.unwrap();
    partners::end(&mut tx, &site.site.here(), &origin(other), "it is over", By::console()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn erase(site: &TestSite, who: &Person) -> takeout::Erased {
    let mut tx = site.database.begin().await.unwrap();
    let erased = takeout::erase(&mut tx, &site.site.here(), By::console(), &who.account).await.unwrap();
    tx.commit().await.unwrap();
    erased
}

async fn deletes(site: &TestSite, who: &Person, post: &Id) {
    let mut tx = site.database.begin().await.unwrap();
    posts::delete(&mut tx, &site.site.here(), post, &who.mine(), true).await.unwrap();
    tx.commit().await.unwrap();
}

/// What a house waits for, besides what was said in the last three days.
async fn late(site: &TestSite) -> usize {
    let mut conn = site.database.read().await.unwrap();
    haven::features::ledger::late(&mut conn, site.site.now(), 100).await.unwrap().len()
}

impl Scene {
    async fn days(&self, days: usize, sites: &[&TestSite]) {
        for _ in 0..days {
            self.town.settle(sites).await.unwrap();
            self.town.clock.advance(Duration::from_hours(24));
        }
        self.town.settle(sites).await.unwrap();
    }
}

#[tokio::test]
async fn a_guests_deletion_is_complete_though_it_is_over_with_a_house_that_had_it() {
    for scene in scenes().await {
        let (own, uri) = scene.bo_writes("kvist").await;
        ends(&scene.a, "c.test").await;
        scene.settle().await;
        assert_eq!(scene.c.post_at(&uri).await.unwrap().source, "", "C gave it back");
        deletes(&scene.b, &scene.bo, &own).await;
        scene.settle().await;
        let gone = scene.b.post_of(&own).await.unwrap();
        assert_eq!((gone.told, gone.confirmed), (1, 1), "who is told nothing is not waited for");
        scene.days(9, &[&scene.a, &scene.b, &scene.c]).await;
        assert_eq!((late(&scene.a).await, late(&scene.b).await), (0, 0));
    }
}

#[tokio::test]
async fn a_dead_house_is_owed_for_by_itself_and_not_by_the_groups_home() {
    for scene in scenes().await {
        let (own, _) = scene.bo_writes("kvist").await;
        let ada = scene.b.person("Ada", haven::features::accounts::Role::Admin).await;
        scene.b.post("/admin/erasures", Some(&ada.cookie), &[("pauses", "on")]).await;
        scene.town.network.unplug("c.test");
        deletes(&scene.b, &scene.bo, &own).await;
        scene.days(9, &[&scene.a, &scene.b]).await;
        let gone = scene.b.post_of(&own).await.unwrap();
        assert_eq!((gone.told, gone.confirmed), (2, 0), "the home has told B and C, and says more when both have done it");
        assert_eq!((late(&scene.a).await, late(&scene.b).await), (1, 0), "C owes it to A; A owes B nothing");
        let mut conn = scene.b.database.read().await.unwrap();
        let home = known::by_origin(&mut conn, &origin("a.test")).await.unwrap().unwrap();
        assert_eq!(home.state, known::State::Active, "an honest home is not paused for another's silence");
        let page = scene.b.get(&format!("/o/{own}/words"), Some(&scene.bo.cookie)).await;
        assert!(page.text.contains("1 of 3 have confirmed"), "{}", page.text);
        scene.town.network.plug("c.test", scene.c.router.clone());
        scene.days(3, &[&scene.a, &scene.b, &scene.c]).await;
        let gone = scene.b.post_of(&own).await.unwrap();
        assert_eq!((gone.told, gone.confirmed), (2, 2));
        let page = scene.b.get(&format!("/o/{own}/words"), Some(&scene.bo.cookie)).await;
        assert!(page.text.contains("3 of 3 have confirmed"), "{}", page.text);
    }
}

#[tokio::test]
async fn what_people_wrote_at_a_house_goes_with_the_partnership_and_the_receipts_are_listed() {
    for scene in scenes().await {
        let (own, uri) = scene.bo_writes("kvist").await;
        ends(&scene.b, "a.test").await;
        scene.settle().await;
        for site in [&scene.a, &scene.c] {
            let there = site.post_at(&uri).await.unwrap();
            assert_eq!((there.state, there.source.as_str()), (State::Deleted, ""), "{}", site.host);
        }
        let mine = scene.b.post_of(&own).await.unwrap();
        assert!(matches!(mine.state, State::Deleted | State::Removed), "A asks for its copy back at the same time: {:?}", mine.state);
        assert_eq!(mine.source, "kvist", "the writer keeps the text");
        let mut conn = scene.b.database.read().await.unwrap();
        let filter = Filter { kind: Some(Kind::Deletion), ..Filter::default() };
        let told = ledger::list(&mut conn, &filter, &Cursor::newest(), 10).await.unwrap();
        assert_eq!(told.iter().filter(|one| one.receipt_at.is_some()).count(), 1, "{told:?}");
        assert_eq!(posts::count_held(&mut conn, &told[0].partner).await.unwrap(), 0, "and nothing is asked for twice");
    }
}

#[tokio::test]
async fn who_is_erased_long_after_an_end_is_gone_there_too() {
    for scene in scenes().await {
        scene.bo_writes("kvist").await;
        ends(&scene.b, "a.test").await;
        scene.days(20, &[&scene.a, &scene.b, &scene.c]).await;
        for (site, other) in [(&scene.a, "b.test"), (&scene.b, "a.test")] {
            let mut conn = site.database.read().await.unwrap();
            let partner = known::by_origin(&mut conn, &origin(other)).await.unwrap().unwrap();
            assert!(!partner.closing, "{}: the door is shut", site.host);
        }
        let erased = erase(&scene.b, &scene.bo).await;
        assert_eq!(erased.partners, 1, "who is told is counted, and only who is told");
        scene.days(3, &[&scene.a, &scene.b, &scene.c]).await;
        let mut conn = scene.a.database.read().await.unwrap();
        let there = actors::by_uri(&mut conn, &scene.bo.persona.uri).await.unwrap().unwrap();
        assert!(there.gone && there.name.is_empty(), "A has forgotten the name");
        let mut conn = scene.b.database.read().await.unwrap();
        let whose = [scene.bo.persona.id.clone()];
        let filter = Filter { whose: &whose, kind: Some(Kind::Farewell), ..Filter::default() };
        let told = ledger::list(&mut conn, &filter, &Cursor::newest(), 10).await.unwrap();
        assert!(told.len() == 1 && told[0].receipt_at.is_some(), "and says so: {told:?}");
        // Nobody else of B is heard at A, and nothing else goes.
        drop(conn);
        let calls = scene.town.network.log().len();
        scene.days(16, &[&scene.a, &scene.b, &scene.c]).await;
        let between = scene.town.network.log().split_off(calls);
        assert!(!between.iter().any(|call| call.to == "b.test" || call.by == "b.test"), "{between:?}");
    }
}

#[tokio::test]
async fn a_house_that_comes_back_after_forty_days_still_believes_the_farewell() {
    for scene in scenes().await {
        let (_, uri) = scene.bo_writes("kvist").await;
        scene.town.network.unplug("a.test");
        erase(&scene.b, &scene.bo).await;
        scene.days(40, &[&scene.b]).await;
        scene.town.network.plug("a.test", scene.a.router.clone());
        scene.days(3, &[&scene.a, &scene.b, &scene.c]).await;
        for site in [&scene.a, &scene.c] {
            assert_eq!(site.post_at(&uri).await.unwrap().source, "", "{}", site.host);
        }
        let mut conn = scene.a.database.read().await.unwrap();
        assert!(actors::by_uri(&mut conn, &scene.bo.persona.uri).await.unwrap().unwrap().gone);
        let mut conn = scene.b.database.read().await.unwrap();
        assert!(ledger::open(&mut conn, &Owed::since(scene.b.site.now()), 10).await.unwrap().is_empty(), "nobody owes anything");
        let (key,): (Option<String>,) = sqlx::query_as("SELECT private_key FROM actors WHERE id = $1")
            .bind(scene.bo.persona.id.as_str())
            .fetch_one(conn.sql())
            .await
            .unwrap();
        assert_eq!(key, None, "and now the key can go");
    }
}
