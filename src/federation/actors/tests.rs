//! Actors of partners as rows, on both engines: whose a key is, and how many there may be.

use std::sync::Arc;

use super::*;
use crate::base::{Origin, SystemChance};
use crate::federation::here::Sequence;
use crate::federation::partners;
use crate::testing::database::both;

fn here() -> Here {
    let ours = Origin::parse("https://veld.test").unwrap();
    Here::new(Timestamp::from_seconds(1_772_366_400), Arc::new(SystemChance), ours, Arc::new(Sequence::default()))
}

fn iri(path: &str) -> Iri {
    Iri::parse(&format!("https://p.test{path}")).unwrap()
}

fn learned(name: &str, key_id: &str) -> Learned {
    Learned {
        uri: iri(&format!("/p/{name}")),
        kind: Kind::Person,
        name: name.to_owned(),
        inbox: iri("/inbox"),
        shared_inbox: None,
        key: Some((iri(key_id).to_string(), format!("the key of {name}"))),
    }
}

#[tokio::test]
async fn r3_one_actor_has_a_key_and_it_is_whose_address_it_is_under() {
    for db in both().await {
        let here = here();
        let mut tx = db.begin().await.unwrap();
        let p = partners::name(&mut tx, &here, &Origin::parse("https://p.test").unwrap(), false).await.unwrap().id;
        let q = partners::name(&mut tx, &here, &Origin::parse("https://q.test").unwrap(), false).await.unwrap().id;
        // (who says so, which key, who has it then)
        for (who, key, owner) in [
            ("mallory", "/p/frank#main-key", "mallory"), // nobody else says so yet; the door asked the address before
            ("frank", "/p/frank#main-key", "frank"),
            ("mallory", "/p/frank#main-key", "frank"),
            ("mallory", "/p/mallory#main-key", "mallory"),
            ("eve", "/keys/1", "eve"),
            ("mallory", "/keys/1", "eve"),
            ("eve", "/keys/1", "eve"),
        ] {
            let stored = learn(&mut tx, &here, &p, &learned(who, key)).await.unwrap();
            let found = by_key(&mut tx, &p, iri(key).as_str()).await.unwrap().unwrap();
            assert_eq!((found.name.as_str(), found.public_key), (owner, format!("the key of {owner}")), "{who} says {key} is theirs");
            assert!(who == owner || stored.key_id != iri(key).as_str(), "{who} has {key}");
            assert_eq!(by_key(&mut tx, &q, iri(key).as_str()).await.unwrap(), None, "no other partner's actor has it");
        }
        // Mallory kept the key that is mallory's own.
        let mallory = by_uri(&mut tx, &iri("/p/mallory")).await.unwrap().unwrap();
        assert_eq!(mallory.key_id, iri("/p/mallory#main-key").as_str());
        // Two rows of an earlier version: the rightful one is found.
        sqlx::query("UPDATE actors SET key_id = $1 WHERE name = 'mallory'")
            .bind(iri("/p/frank#main-key").as_str())
            .execute(tx.sql())
            .await
            .unwrap();
        let found = by_key(&mut tx, &p, iri("/p/frank#main-key").as_str()).await.unwrap().unwrap();
        assert_eq!(found.name, "frank");
    }
}

#[tokio::test]
async fn r14_a_partner_has_so_many_actors_and_no_more() {
    for db in both().await {
        let here = here();
        let mut tx = db.begin().await.unwrap();
        let p = partners::name(&mut tx, &here, &Origin::parse("https://p.test").unwrap(), false).await.unwrap().id;
        let q = partners::name(&mut tx, &here, &Origin::parse("https://q.test").unwrap(), false).await.unwrap().id;
        sqlx::query(
            "INSERT INTO actors (id, uri, kind, partner_id, name, inbox, key_id, public_key, created_at)
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
             SELECT 'n' || CAST(i AS TEXT), 'https://p.test/p/n' || CAST(i AS TEXT), 'person', $2, '', 'https://p.test/inbox', '', '', 0
             FROM n",
        )
        .bind(MOST_OF_A_PARTNER - 1)
        .bind(p.as_str())
        .execute(tx.sql())
        .await
        .unwrap();
        assert!(has_room(&mut tx, &p, &iri("/p/last")).await.unwrap());
        learn(&mut tx, &here, &p, &learned("last", "/p/last#main-key")).await.unwrap();
        assert!(!has_room(&mut tx, &p, &iri("/p/another")).await.unwrap(), "it is full");
        assert!(has_room(&mut tx, &p, &iri("/p/last")).await.unwrap(), "who is known can be learned anew");
        assert!(has_room(&mut tx, &q, &iri("/p/another")).await.unwrap(), "another partner has room of its own");
    }
}
