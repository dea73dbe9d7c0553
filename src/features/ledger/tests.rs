//! What the pages of the ledger show, to whom.

use crate::features::accounts::Role;
use crate::features::groups::JoinRule;
use crate::testing::database;
use crate::testing::pages::assert_page_is_sound;
use crate::testing::site::Town;
use http::StatusCode;

#[tokio::test]
async fn a_person_sees_their_own_and_an_admin_sees_no_name() {
    for (one, two) in database::both().await.into_iter().zip(database::both().await) {
        let town = Town::default();
        let (a, b) = (town.open("a.test", one, 1).await.unwrap(), town.open("b.test", two, 2).await.unwrap());
        town.befriend(&a, &b).await;
        let anna = a.person("Anna", Role::Member).await;
        let ada = a.person("Ada", Role::Admin).await;
        let bo = b.person("Bo", Role::Member).await;
        let group = a.group(&anna.persona.id, "Morning coffee", JoinRule::Open, &["b.test"]).await;
        town.settle(&[&a, &b]).await.unwrap();
        b.join(&bo.persona.id, &group.uri).await;
        town.settle(&[&a, &b]).await.unwrap();
        let post = a.write(&anna.persona.id, &group.id, "Canary vinter", None).await;
        town.settle(&[&a, &b]).await.unwrap();
        let mine = a.get("/me/words", Some(&anna.cookie)).await;
        assert_eq!(mine.status, StatusCode::OK);
        assert_page_is_sound(&mine.text);
        assert!(mine.text.contains("Canary vinter") && mine.text.contains("got it"), "{}", mine.text);
        let one = a.get(&format!("/o/{post}/words"), Some(&anna.cookie)).await;
        assert_page_is_sound(&one.text);
        let other = a.get(&format!("/o/{post}/words"), Some(&ada.cookie)).await;
        assert_eq!(other.status, StatusCode::NOT_FOUND, "somebody else's post is not there");
        for path in ["/admin/ledger", "/admin/erasures", "/admin/restored", "/admin"] {
            let page = a.get(path, Some(&ada.cookie)).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert_page_is_sound(&page.text);
            assert!(!page.text.contains("Canary") && !page.text.contains("Anna"), "{path} shows a name or a word");
            assert_eq!(a.get(path, Some(&anna.cookie)).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        for path in ["/admin/ledger.csv?kind=post", "/admin/ledger.json?kind=post"] {
            let file = a.get(path, Some(&ada.cookie)).await;
            assert!(file.text.contains("/o/") && !file.text.contains("Canary") && !file.text.contains("Anna"), "{path}");
        }
        // One filter for what went and what was read: by group and by persona.
        let other = a.group(&anna.persona.id, "Night walk", JoinRule::Open, &[]).await;
        let rows = async |query: String| {
            let file = a.get(&format!("/admin/ledger.json?{query}"), Some(&ada.cookie)).await;
            serde_json::from_str::<Vec<serde_json::Value>>(&file.text).unwrap()
        };
        let of_group = rows(format!("group={}", group.id)).await;
        let read = of_group.iter().filter(|row| row["how"] == "read").count();
        assert!(read > 0 && of_group.len() > read, "what the partner read of the group is there too: {of_group:?}");
        assert!(rows(format!("group={}", other.id)).await.is_empty());
        let hers = rows(format!("persona={}", anna.persona.id)).await;
        assert!(!hers.is_empty() && hers.iter().all(|row| row["persona"] == anna.persona.id.as_str()), "{hers:?}");
        let wrong = a.get("/admin/ledger?persona=Anna", Some(&ada.cookie)).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_page_is_sound(&wrong.text);
        assert!(wrong.text.contains("Write the number of a persona") && wrong.text.contains("value=\"Anna\""), "{}", wrong.text);
        let ask = a.get(&format!("/o/{post}/words/take-back"), Some(&anna.cookie)).await;
        assert_page_is_sound(&ask.text);
        let gone = a.post(&format!("/o/{post}/words/take-back"), Some(&anna.cookie), &[]).await;
        assert_eq!(gone.status, StatusCode::SEE_OTHER);
        town.settle(&[&a, &b]).await.unwrap();
        let after = a.get(&format!("/o/{post}/words"), Some(&anna.cookie)).await;
        assert!(after.text.contains("1 of 1 have confirmed"), "{}", after.text);
        let mut conn = a.database.read().await.unwrap();
        let looked: (i64,) = sqlx::query_as("SELECT COUNT(*) FROM audit WHERE object_kind = 'ledger'").fetch_one(conn.sql()).await.unwrap();
        assert_eq!(looked.0, 7, "each look and each export stands in the audit log");
    }
}

#[tokio::test]
async fn a_partner_that_never_confirms_is_asked_daily_and_paused_after_a_week_when_the_house_wants_it() {
    for wanted in [false, true] {
        let town = Town::default();
        let a = town.open("a.test", database::sqlite().await, 1).await.unwrap();
        let b = town.open("b.test", database::sqlite().await, 2).await.unwrap();
        town.befriend(&a, &b).await;
        let anna = a.person("Anna", Role::Member).await;
        let ada = a.person("Ada", Role::Admin).await;
        let bo = b.person("Bo", Role::Member).await;
        let group = a.group(&anna.persona.id, "Morning coffee", JoinRule::Open, &["b.test"]).await;
        town.settle(&[&a, &b]).await.unwrap();
        b.join(&bo.persona.id, &group.uri).await;
        town.settle(&[&a, &b]).await.unwrap();
        let post = a.write(&anna.persona.id, &group.id, "A walk", None).await;
        town.settle(&[&a, &b]).await.unwrap();
        if wanted {
            let set = a.post("/admin/erasures", Some(&ada.cookie), &[("pauses", "on")]).await;
            assert_eq!(set.status, StatusCode::SEE_OTHER);
        }
        a.post(&format!("/o/{post}/words/take-back"), Some(&anna.cookie), &[]).await;
        // B takes everything in and says nothing.
        for _ in 0..16 {
            town.settle(&[&a]).await.unwrap();
            town.clock.advance(std::time::Duration::from_hours(12));
        }
        town.settle(&[&a]).await.unwrap();
        let mut conn = a.database.read().await.unwrap();
        let partner = crate::federation::partners::list(&mut conn).await.unwrap().remove(0);
        let said: (i64,) = sqlx::query_as("SELECT COUNT(*) FROM outbox WHERE kind = 'deletion'").fetch_one(conn.sql()).await.unwrap();
        assert!((5..=7).contains(&said.0), "once, and once a day from the third day on: {}", said.0);
        let paused = partner.state == crate::federation::partners::State::Paused;
        assert_eq!(paused, wanted);
        let page = a.get("/admin/erasures", Some(&ada.cookie)).await;
        assert_page_is_sound(&page.text);
        assert!(page.text.contains("Please call them"), "{}", page.text);
        assert!(a.get("/admin", Some(&ada.cookie)).await.text.contains("not confirmed by partners"));
        let log = crate::audit::Filter { event: "partnership-changed", ..crate::audit::Filter::default() };
        let events = crate::audit::list(&mut conn, &log, i64::MAX, 10).await.unwrap();
        assert_eq!(events.iter().any(|event| event.words == "active>paused"), wanted);
    }
}
