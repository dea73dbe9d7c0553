//! A partner says that somebody has another name: who is believed, and what else of the document is not taken.

use serde_json::{Value, json};

use crate::federation::actors::{self, Actor, Kind};
use crate::testing::database;

use super::super::group::JoinRule;
use super::super::membership::store::guest_of;
use super::{Neighbour, Stage, follow};

/// `who` sends the document of `whose` under a new name, with other addresses and another key.
fn renamed(who: &Actor, whose: &Actor, kind: &str, name: &str) -> Value {
    let origin = who.uri.origin();
    json!({"id": format!("{origin}/a/{name}"), "type": "Update", "actor": who.uri, "object": {
        "id": whose.uri, "type": kind, "name": name, "preferredUsername": "x", "inbox": format!("{origin}/p/elsewhere/inbox"),
        "publicKey": {"id": format!("{}#other", whose.uri), "owner": whose.uri, "publicKeyPem": "x"}}})
}

async fn stored(stage: &Stage, who: &Neighbour) -> Actor {
    let mut conn = stage.db.read().await.unwrap();
    actors::by_id(&mut conn, &who.actor.id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_person_renames_themself_and_their_guests_and_nothing_else() {
    for db in database::both().await {
        let stage = Stage::new(&db, 60);
        let fern = stage.neighbour("b", "fern").await;
        let other = stage.partner("c").await;
        let (group, _) = stage.group(JoinRule::Open, &[&fern.partner, &other]).await;
        stage.hear(&fern, &follow(&fern.actor, &group.uri, 1, stage.here.now)).await;
        let before = stage.said().await.len();

        assert_eq!(stage.hear(&fern, &renamed(&fern.actor, &fern.actor, "Person", "Wren")).await.0, "handled");
        let after = stored(&stage, &fern).await;
        assert_eq!(after.name, "Wren");
        let (was, is) = (&fern.actor, &after);
        assert_eq!(
            (&is.inbox, &is.shared_inbox, &is.key_id, &is.public_key),
            (&was.inbox, &was.shared_inbox, &was.key_id, &was.public_key)
        );
        let mut conn = db.read().await.unwrap();
        let guest = guest_of(&mut conn, &group.id, &fern.actor.id).await.unwrap().unwrap();
        assert_eq!(actors::by_id(&mut conn, &guest.actor).await.unwrap().unwrap().name, "Wren");
        let told: Vec<(String,)> = sqlx::query_as(
            "SELECT p.origin FROM deliveries d JOIN partners p ON p.id = d.partner_id JOIN outbox o ON o.seq = d.outbox_seq
             WHERE o.actor_id = $1 AND o.kind = 'persona'",
        )
        .bind(guest.actor.as_str())
        .fetch_all(conn.sql())
        .await
        .unwrap();
        drop(conn);
        assert_eq!(told, [("https://c.example".to_owned(),)], "who reads the group is told, and not the house that said it");

        stage.hear(&fern, &renamed(&fern.actor, &fern.actor, "Person", "Wren")).await;
        assert_eq!(stage.said().await.len(), before + 1, "the same name again is no news");
    }
}

#[tokio::test]
async fn nobody_renames_a_neighbour_a_house_or_a_stranger() {
    for db in database::both().await {
        let stage = Stage::new(&db, 61);
        let eve = stage.neighbour("b", "eve").await;
        let frank = Neighbour { partner: eve.partner.clone(), actor: stage.actor(&eve.partner, "/p/frank", Kind::Person).await };
        let house = Neighbour { partner: eve.partner.clone(), actor: stage.actor(&eve.partner, "/actor", Kind::Application).await };
        for (from, whose, kind) in
            [(&eve, &frank, "Person"), (&house, &frank, "Person"), (&eve, &house, "Person"), (&house, &house, "Person")]
        {
            let heard = stage.hear(from, &renamed(&from.actor, &whose.actor, kind, "Other")).await;
            assert_ne!(heard.0, "handled", "{} of {}", from.actor.uri, whose.actor.uri);
        }
        // What a house says of itself is for another room, whichever of the two kinds its software calls it.
        for kind in ["Application", "Service"] {
            assert_eq!(stage.hear(&house, &renamed(&house.actor, &house.actor, kind, kind)).await.0, "ignored", "{kind}");
        }
        for (who, name) in [(&eve, "eve"), (&frank, "frank"), (&house, "actor")] {
            assert_eq!(stored(&stage, who).await.name, name);
        }
    }
}

/// A document of one's own that leads to the doors of another house has no effect at all, not even its name.
#[tokio::test]
async fn a_document_that_leads_elsewhere_renames_nobody() {
    for db in database::both().await {
        let stage = Stage::new(&db, 65);
        let fern = stage.neighbour("b", "fern").await;
        let elsewhere = "https://c.example/inbox";
        for (number, (inbox, shared)) in
            [(elsewhere, "https://b.example/inbox"), ("https://b.example/p/fern/inbox", elsewhere)].into_iter().enumerate()
        {
            let mut said = renamed(&fern.actor, &fern.actor, "Person", &format!("Wren{number}"));
            said["object"]["inbox"] = json!(inbox);
            said["object"]["endpoints"] = json!({"sharedInbox": shared});
            assert_eq!(stage.hear(&fern, &said).await.1.as_deref(), Some("other-doors"), "{inbox} {shared}");
            assert_eq!(stored(&stage, &fern).await.name, "fern");
        }
    }
}

#[tokio::test]
async fn the_last_word_about_a_name_stays_whatever_the_order() {
    for (seed, order) in [(62, [1_i64, 2]), (63, [2, 1])] {
        for db in database::both().await {
            let stage = Stage::new(&db, seed);
            let fern = stage.neighbour("b", "fern").await;
            let (group, _) = stage.group(JoinRule::Open, &[&fern.partner]).await;
            stage.hear(&fern, &follow(&fern.actor, &group.uri, 1, stage.here.now)).await;
            for at in order {
                let mut said = renamed(&fern.actor, &fern.actor, "Person", &format!("Wren{at}"));
                said["object"]["updated"] = json!(stage.at(at).rfc3339());
                stage.hear(&fern, &said).await;
            }
            assert_eq!(stored(&stage, &fern).await.name, "Wren2", "{order:?}");
        }
    }
}

#[tokio::test]
async fn names_of_others_hold_nothing_that_is_not_seen() {
    for db in database::both().await {
        let stage = Stage::new(&db, 64);
        let fern = stage.neighbour("b", "fern").await;
        let mut said = renamed(&fern.actor, &fern.actor, "Person", "Wren");
        said["object"]["name"] = json!("W\u{202E}r\u{200B}e\u{200F}n\u{2066} \u{FEFF}\u{0007}B");
        stage.hear(&fern, &said).await;
        assert_eq!(stored(&stage, &fern).await.name, "Wren B");
    }
}
