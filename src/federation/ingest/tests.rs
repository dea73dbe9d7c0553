//! Many at once, on both engines: everyone is told the truth about their own activity, and what was accepted is there once.

use std::sync::Arc;

use futures::future::join_all;

use super::*;
use crate::base::{Origin, SystemChance};
use crate::federation::activity::Verb;
use crate::federation::here::Sequence;
use crate::federation::partners;
use crate::testing::database::both;

fn here() -> Here {
    let origin = Origin::parse("https://veld.test").unwrap();
    Here::new(Timestamp::from_seconds(1_772_366_400), Arc::new(SystemChance), origin, Arc::new(Sequence::default()))
}

fn pending(partner: &Id, uri: &str, verb: Verb) -> Pending {
    let uri = crate::base::Iri::parse(uri).unwrap();
    Pending { partner: partner.clone(), sayer: Sayer::Known(partner.clone()), arrived: Arrived::unsigned(uri, verb) }
}

async fn stored(db: &Db) -> i64 {
    let mut conn = db.read().await.unwrap();
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM inbox").fetch_one(conn.sql()).await.unwrap();
    count
}

#[tokio::test]
async fn many_at_once_are_kept_once_and_refusals_stay_alone() {
    for db in both().await {
        let here = here();
        let mut tx = db.begin().await.unwrap();
        let mut named = Vec::new();
        for (host, handshake) in [("p.test", false), ("q.test", false), ("r.test", true)] {
            let origin = Origin::parse(&format!("https://{host}")).unwrap();
            named.push(partners::name(&mut tx, &here, &origin, handshake).await.unwrap().id);
        }
        partners::set_state(&mut tx, &named[1], State::Paused, here.now).await.unwrap();
        tx.commit().await.unwrap();
        let (active, paused, proposed) = (&named[0], &named[1], &named[2]);

        let ingest = Ingest::default();
        let mut asked = Vec::new();
        for number in 0..100 {
            // Each of the active partner's comes twice.
            let uri = format!("https://p.test/a/{}", number / 2);
            asked.push((true, pending(active, &uri, Verb::Create)));
            if number % 10 == 0 {
                asked.push((false, pending(paused, &format!("https://q.test/a/{number}"), Verb::Create)));
                asked.push((false, pending(proposed, &format!("https://r.test/a/{number}"), Verb::Create)));
            }
        }
        asked.push((true, pending(proposed, "https://r.test/offer", Verb::Offer)));
        let told = join_all(asked.into_iter().map(|(expected, pending)| {
            let (ingest, db, here) = (&ingest, &*db, &here);
            async move { (expected, ingest.commit(db, here, pending).await) }
        }))
        .await;
        for (expected, told) in told {
            match told {
                Ok(_) => assert!(expected, "a partner that may not speak was accepted"),
                Err(denied) => assert!(!expected && matches!(denied.status(), 401 | 403), "{denied:?}"),
            }
        }
        assert_eq!(stored(&db).await, 51);
        assert!(ingest.busy() && !ingest.busy());
    }
}
