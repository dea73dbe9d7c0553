//! Two admins name each other; before that nothing moves, and a stranger costs nothing.

use haven::audit::By;
use haven::base::Origin;
use haven::features::partners;
use haven::federation::partners::{State, by_origin};
use haven::testing::database::{self, TestDb};
use haven::testing::site::{TestSite, Town};
use http::StatusCode;

async fn name(site: &TestSite, other: &str) {
    let mut tx = site.database.begin().await.unwrap();
    let origin = Origin::parse(&format!("http://{other}")).unwrap();
    partners::propose(&mut tx, &site.site.here(), &origin, true, true, By::console()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn state(site: &TestSite, other: &str) -> Option<State> {
    let mut conn = site.database.read().await.unwrap();
    let origin = Origin::parse(&format!("http://{other}")).unwrap();
    by_origin(&mut conn, &origin).await.unwrap().map(|partner| partner.state)
}

async fn both_name_each_other(one: TestDb, two: TestDb) {
    let town = Town::default();
    let a = town.open("a.test", one, 1).await.unwrap();
    let b = town.open("b.test", two, 2).await.unwrap();
    name(&a, "b.test").await;
    town.settle(&[&a, &b]).await.unwrap();
    assert_eq!(state(&a, "b.test").await, Some(State::Proposed), "only one side has named the other");
    assert_eq!(state(&b, "a.test").await, None, "an offer from a stranger leaves no row");
    name(&b, "a.test").await;
    town.settle(&[&a, &b]).await.unwrap();
    assert_eq!(state(&a, "b.test").await, Some(State::Active));
    assert_eq!(state(&b, "a.test").await, Some(State::Active));
    let refused: Vec<_> = town.network.log().into_iter().filter(|call| call.status == Some(401)).collect();
    assert!(!refused.is_empty() && refused.iter().all(|call| call.to == "b.test"), "{refused:?}");
}

#[tokio::test]
async fn a_partnership_is_active_when_both_sides_named_each_other() {
    let (ones, twos) = (database::both().await, database::both().await);
    for (one, two) in ones.into_iter().zip(twos) {
        both_name_each_other(one, two).await;
    }
}

#[tokio::test]
async fn health_is_told_without_a_sign_in() {
    let town = Town::default();
    let site = town.open("a.test", database::sqlite().await, 1).await.unwrap();
    assert_eq!(site.get("/healthz", None).await.status, StatusCode::OK);
    assert_eq!(site.get("/readyz", None).await.status, StatusCode::OK);
    assert_eq!(site.get("/partners", None).await.status, StatusCode::SEE_OTHER);
}
