//! What comes too early waits within bounds, what cannot be read stands in nobody's way, and a backlog is its sender's own.

use std::sync::Arc;

use super::*;
use crate::base::{Origin, SystemChance};
use crate::federation::here::Sequence;
use crate::testing::database::both;

fn here() -> Here {
    let origin = Origin::parse("https://veld.test").unwrap();
    Here::new(Timestamp::from_seconds(1_772_366_400), Arc::new(SystemChance), origin, Arc::new(Sequence::default()))
}

async fn partner(db: &Db, here: &Here, host: &str) -> Id {
    let mut tx = db.begin().await.unwrap();
    let named = partners::name(&mut tx, here, &Origin::parse(&format!("https://{host}")).unwrap(), false).await.unwrap();
    let uri = Iri::parse(&format!("https://{host}/p/piet")).unwrap();
    let learned =
        actors::Learned { inbox: uri.clone(), uri, kind: actors::Kind::Person, name: String::new(), shared_inbox: None, key: None };
    actors::learn(&mut tx, here, &named.id, &learned).await.unwrap();
    tx.commit().await.unwrap();
    named.id
}

/// Rows of this partner, as the door stores them; `body` in the place of what they say.
async fn came(db: &Db, here: &Here, partner: &Id, host: &str, count: usize, body: Option<&str>) {
    let mut tx = db.begin().await.unwrap();
    let actor = actors::by_uri(&mut tx, &Iri::parse(&format!("https://{host}/p/piet")).unwrap()).await.unwrap().unwrap();
    for _ in 0..count {
        let uri = Iri::parse(&format!("https://{host}/a/{}", here.id())).unwrap();
        let said = format!(r#"{{"type":"Update","id":"{uri}","actor":"{}","object":"https://{host}/o/1"}}"#, actor.uri);
        let arrived = Arrived { uri, verb: Verb::Update, canary: false, body: body.map_or(said, ToOwned::to_owned) };
        store(&mut tx, here, &[(partner.clone(), actor.id.clone(), arrived)]).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn take(db: &Db, now: Timestamp, turns: &Turns) -> Taken {
    due(&mut db.read().await.unwrap(), now, turns, false).await.unwrap()
}

async fn states(db: &Db) -> Vec<(String, String, i64)> {
    let mut conn = db.read().await.unwrap();
    let text = "SELECT state, COALESCE(reason, ''), COUNT(*) FROM inbox GROUP BY 1, 2 ORDER BY 1, 2";
    sqlx::query_as(text).fetch_all(conn.sql()).await.unwrap()
}

/// Everything comes too early.
fn early() -> Table {
    let run: Run = |_, _| async { Ok(Handled::NotYet) }.boxed();
    Table::new(vec![Receives { verb: Verb::Update, on: On::Any, run }]).unwrap()
}

#[tokio::test]
async fn only_so_much_of_one_partner_waits() {
    for db in both().await {
        let here = here();
        let (p, q) = (partner(&db, &here, "p.test").await, partner(&db, &here, "q.test").await);
        came(&db, &here, &p, "p.test", 64, None).await;
        let rows = take(&db, here.now, &Turns::default()).await.rows;
        handle(&db, &here, &early(), &rows).await.unwrap();
        assert_eq!(states(&db).await, [("waiting".into(), "not-yet".into(), 64)]);
        // The bodies of some of them grow until the limit is reached: nothing more of this partner waits, of others it does.
        let mut tx = db.begin().await.unwrap();
        sqlx::query("UPDATE inbox SET body = $1 WHERE seq IN (SELECT seq FROM inbox ORDER BY seq LIMIT 16)")
            .bind("x".repeat(1024 * 1024))
            .execute(tx.sql())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        for (partner, host) in [(&p, "p.test"), (&q, "q.test")] {
            came(&db, &here, partner, host, 1, None).await;
        }
        let rows = take(&db, here.now, &Turns::default()).await.rows;
        assert_eq!(rows.len(), 2);
        handle(&db, &here, &early(), &rows).await.unwrap();
        assert_eq!(states(&db).await, [("refused".into(), "too-much-waits".into(), 1), ("waiting".into(), "not-yet".into(), 65)]);
    }
}

#[tokio::test]
async fn the_backlog_of_one_partner_is_not_the_others() {
    for db in both().await {
        let here = here();
        let (p, q) = (partner(&db, &here, "p.test").await, partner(&db, &here, "q.test").await);
        came(&db, &here, &p, "p.test", 100, None).await;
        came(&db, &here, &q, "q.test", 1, None).await;
        let turns = Arc::new(Turns::default());
        let of = |taken: &Taken, partner: &Id| taken.rows.iter().filter(|row| row.partner() == partner).count();
        let taken = take(&db, here.now, &turns).await;
        assert_eq!((of(&taken, &p), of(&taken, &q)), (32, 1), "each has its share");
        let resting = turns.put_aside(&p).unwrap();
        let taken = take(&db, here.now, &turns).await;
        assert_eq!((of(&taken, &p), of(&taken, &q)), (0, 1), "who waits for something waits alone");
        drop(resting);
        assert_eq!(of(&take(&db, here.now, &turns).await, &p), 32);
    }
}

#[tokio::test]
async fn what_can_no_longer_be_read_stands_in_nobodys_way() {
    for db in both().await {
        let here = here();
        let p = partner(&db, &here, "p.test").await;
        came(&db, &here, &p, "p.test", 1, Some("{}")).await;
        came(&db, &here, &p, "p.test", 1, None).await;
        let taken = take(&db, here.now, &Turns::default()).await;
        assert_eq!((taken.rows.len(), taken.unreadable.len()), (1, 1));
        park_unreadable(&db, &here, &taken.unreadable).await.unwrap();
        handle(&db, &here, &Table::default(), &taken.rows).await.unwrap();
        assert_eq!(states(&db).await, [("ignored".into(), String::new(), 1), ("parked".into(), "unreadable".into(), 1)]);
    }
}

/// It came while the partnership stood and is handled when it stands no more, and the rows of who is over are still taken: nothing
/// but what such a partner may say has an effect.
#[tokio::test]
async fn what_came_before_an_end_has_no_effect_after_it() {
    let run: Run = |_, _| async { Ok(Handled::Done) }.boxed();
    for db in both().await {
        let here = here();
        let table = Table::new(vec![Receives { verb: Verb::Update, on: On::Any, run }]).unwrap();
        for (host, anew) in [("p.test", false), ("q.test", true)] {
            let p = partner(&db, &here, host).await;
            came(&db, &here, &p, host, 2, None).await;
            let before = take(&db, here.now, &Turns::default()).await.rows;
            assert_eq!(before.len(), 2);
            let mut tx = db.begin().await.unwrap();
            if anew {
                partners::set_state(&mut tx, &p, partners::State::Proposed, here.now).await.unwrap();
            } else {
                partners::end(&mut tx, &p, here.now, here.now.plus(Duration::from_hours(1))).await.unwrap();
            }
            tx.commit().await.unwrap();
            handle(&db, &here, &table, &before[..1]).await.unwrap();
            let after = take(&db, here.now, &Turns::default()).await.rows;
            handle(&db, &here, &table, &after).await.unwrap();
        }
        assert_eq!(states(&db).await, [("refused".into(), "not-active".into(), 4)]);
    }
}
