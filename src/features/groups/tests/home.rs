//! The home of a group hears from a partner: rows 1 and 12, in any order and more than once.

use serde_json::{Value, json};

use crate::base::Timestamp;
use crate::federation::actors::{self, Kind};
use crate::federation::partners;
use crate::testing::database;

use super::super::actions::{self, Joining};
use super::super::group::{Group, JoinRule};
use super::super::membership::store::{guest_of, membership_by_id, membership_of, partners_with_members};
use super::super::membership::{Membership, State};
use super::{Neighbour, Stage, follow, orders, store, undo};

async fn standing(stage: &Stage, group: &Group, who: &Neighbour) -> Option<Membership> {
    let mut conn = stage.db.read().await.unwrap();
    let guest = guest_of(&mut conn, &group.id, &who.actor.id).await.unwrap()?;
    membership_of(&mut conn, &group.id, &guest.actor).await.unwrap()
}

async fn answers(stage: &Stage) -> Vec<Value> {
    let said = stage.said().await;
    said.into_iter().filter(|said| said["type"] == "Accept" || said["type"] == "Reject").collect()
}

#[tokio::test]
async fn who_asks_an_open_group_is_in_and_told_their_guest_persona() {
    for db in database::both().await {
        let stage = Stage::new(&db, 10);
        let fern = stage.neighbour("b", "fern").await;
        let (group, _) = stage.group(JoinRule::Open, &[&fern.partner]).await;
        let asked = follow(&fern.actor, &group.uri, 1, stage.here.now);
        assert_eq!(stage.hear(&fern, &asked).await.0, "handled");
        assert_eq!(standing(&stage, &group, &fern).await.unwrap().state, State::Active);
        let answer = answers(&stage).await.pop().unwrap();
        assert_eq!((&answer["type"], &answer["actor"]), (&json!("Accept"), &json!(group.uri)));
        let rebuilt = json!({"id": asked["id"], "type": "Follow", "actor": fern.actor.uri, "object": group.uri});
        assert_eq!(answer["object"], rebuilt);
        assert_eq!(answer["to"], json!([fern.actor.uri]));
        let shown = answer["result"].as_str().unwrap();
        assert!(shown.starts_with("https://a.example/p/"), "{shown}");
        let mut conn = db.read().await.unwrap();
        let guest = actors::by_uri(&mut conn, &crate::base::Iri::parse(shown).unwrap()).await.unwrap().unwrap();
        assert_eq!((guest.kind, guest.partner, guest.name.as_str()), (Kind::Person, None, "fern"));
        assert_eq!(partners_with_members(&mut conn, &group.id).await.unwrap(), vec![fern.partner.id.clone()]);
    }
}

#[tokio::test]
async fn asking_again_is_accepted_again_with_the_same_guest_persona() {
    for db in database::both().await {
        let stage = Stage::new(&db, 11);
        let fern = stage.neighbour("b", "fern").await;
        let (group, _) = stage.group(JoinRule::Open, &[&fern.partner]).await;
        for number in [1, 1, 2] {
            stage.hear(&fern, &follow(&fern.actor, &group.uri, number, stage.here.now)).await;
        }
        let results: Vec<_> = answers(&stage).await.iter().map(|answer| answer["result"].clone()).collect();
        assert_eq!(results.len(), 3);
        assert!(results.iter().all(|result| *result == results[0]), "{results:?}");
    }
}

#[tokio::test]
async fn leaving_and_returning_end_the_same_in_every_order() {
    for db in database::both().await {
        let mut seed = 100;
        for (sentences, expected) in [(2, State::Resting), (3, State::Active), (4, State::Resting)] {
            for order in orders(sentences) {
                seed += 1;
                let stage = Stage::new(&db, seed);
                let fern = stage.neighbour("b", &format!("fern{seed}")).await;
                let (group, _) = stage.group(JoinRule::Open, &[&fern.partner]).await;
                let all = [
                    follow(&fern.actor, &group.uri, 1, stage.at(1)),
                    undo(&fern.actor, &group.uri, 1, stage.at(2)),
                    follow(&fern.actor, &group.uri, 2, stage.at(3)),
                    undo(&fern.actor, &group.uri, 2, stage.at(4)),
                ];
                for at in order.iter().chain(&order) {
                    stage.hear(&fern, &all[*at]).await;
                }
                // What came too early is tried again.
                store::handle(&stage, stage.at(3600)).await;
                assert_eq!(standing(&stage, &group, &fern).await.unwrap().state, expected, "{order:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_group_that_is_not_shared_looks_like_one_that_is_not_there() {
    for db in database::both().await {
        let stage = Stage::new(&db, 12);
        let fern = stage.neighbour("b", "fern").await;
        let quinn = stage.neighbour("c", "quinn").await;
        let (group, _) = stage.group(JoinRule::Open, &[&quinn.partner]).await;
        let (house, _) = stage.group(JoinRule::Open, &[]).await;
        let nothing = stage.here.origin.at("/g/aaaaaaaaaaaaaaaaaaaaaaaaaa");
        let before = stage.said().await.len();
        for (number, uri) in [&group.uri, &house.uri, &nothing, &fern.actor.uri].into_iter().enumerate() {
            let number = u32::try_from(number).unwrap();
            let asked = stage.hear(&fern, &follow(&fern.actor, uri, number, stage.here.now)).await;
            assert_eq!(asked, ("refused".to_owned(), Some("not-here".to_owned())), "{uri}");
            let taken_back = stage.hear(&fern, &undo(&fern.actor, uri, number, stage.here.now)).await;
            assert_eq!(taken_back, ("refused".to_owned(), Some("not-here".to_owned())), "{uri}");
        }
        assert_eq!(stage.said().await.len(), before);
        assert!(standing(&stage, &group, &fern).await.is_none());
    }
}

#[tokio::test]
async fn hosts_answer_who_asks() {
    for db in database::both().await {
        let stage = Stage::new(&db, 13);
        let fern = stage.neighbour("b", "fern").await;
        let lea = Neighbour { actor: stage.actor(&fern.partner, "/p/lea", Kind::Person).await, partner: fern.partner.clone() };
        let (group, host) = stage.group(JoinRule::Ask, &[&fern.partner]).await;
        let mut asked = follow(&fern.actor, &group.uri, 1, stage.here.now);
        asked["content"] = json!("<p>I know <script>x</script>Bo</p>");
        stage.hear(&fern, &asked).await;
        stage.hear(&lea, &follow(&lea.actor, &group.uri, 2, stage.here.now)).await;
        assert!(answers(&stage).await.is_empty());
        let (one, two) = (standing(&stage, &group, &fern).await.unwrap(), standing(&stage, &group, &lea).await.unwrap());
        assert_eq!((one.state, one.word.as_str()), (State::Pending, "I know Bo"));
        let by = (&group.id, &host.id);
        let mut tx = stage.begin().await;
        actions::answer(&mut tx, &stage.here, by, &one.id, true, "Welcome").await.unwrap();
        actions::answer(&mut tx, &stage.here, by, &two.id, false, "The group is full").await.unwrap();
        // Answering twice is answering once.
        let again = actions::answer(&mut tx, &stage.here, by, &two.id, true, "").await;
        assert!(matches!(again, Err(super::super::GroupError::NotAsking)), "what was answered is not answered again: {again:?}");
        tx.commit().await.unwrap();
        let said = answers(&stage).await;
        assert_eq!(said.len(), 2);
        assert_eq!((&said[0]["type"], &said[0]["object"]["actor"]), (&json!("Accept"), &json!(fern.actor.uri)));
        assert_eq!((&said[1]["type"], &said[1]["summary"]), (&json!("Reject"), &json!("The group is full")));
        assert_eq!(standing(&stage, &group, &fern).await.unwrap().state, State::Active);
        assert_eq!(standing(&stage, &group, &lea).await.unwrap().state, State::Refused);
    }
}

#[tokio::test]
async fn a_stranger_to_an_invited_group_is_refused_and_nothing_is_kept() {
    for db in database::both().await {
        let stage = Stage::new(&db, 14);
        let fern = stage.neighbour("b", "fern").await;
        let (group, host) = stage.group(JoinRule::Invite, &[&fern.partner]).await;
        stage.hear(&fern, &follow(&fern.actor, &group.uri, 1, stage.here.now)).await;
        let refused = answers(&stage).await.pop().unwrap();
        assert_eq!((&refused["type"], &refused["haven:outcome"]), (&json!("Reject"), &json!("invite-only")));
        assert_eq!(refused["summary"], "This group can be joined with an invitation only.");
        assert!(standing(&stage, &group, &fern).await.is_none());

        // With the code of an invitation as the word, the same person is in.
        let mut tx = stage.begin().await;
        let token = actions::invite_link(&mut tx, &stage.here, &group.id, &host.id).await.unwrap();
        tx.commit().await.unwrap();
        let mut asked = follow(&fern.actor, &group.uri, 2, stage.at(1));
        asked["content"] = json!(token);
        stage.hear(&fern, &asked).await;
        let membership = standing(&stage, &group, &fern).await.unwrap();
        assert_eq!((membership.state, membership.word.as_str()), (State::Active, ""));
    }
}

#[tokio::test]
async fn a_pause_goes_to_the_guests_house_and_ends_by_itself() {
    for db in database::both().await {
        let mut stage = Stage::new(&db, 15);
        let fern = stage.neighbour("b", "fern").await;
        let (group, host) = stage.group(JoinRule::Open, &[&fern.partner]).await;
        stage.hear(&fern, &follow(&fern.actor, &group.uri, 1, stage.here.now)).await;
        let own = standing(&stage, &group, &fern).await.unwrap();
        let until = stage.at(3600);
        let mut tx = stage.begin().await;
        actions::pause(&mut tx, &stage.here, (&group.id, &host.id), &own.id, until, "Rule 2: no names.").await.unwrap();
        tx.commit().await.unwrap();
        let paused = answers(&stage).await.pop().unwrap();
        assert_eq!((&paused["type"], &paused["summary"]), (&json!("Reject"), &json!("Rule 2: no names.")));
        assert_eq!(paused["endTime"], until.rfc3339());
        assert!(!standing(&stage, &group, &fern).await.unwrap().may_write(stage.here.now));

        // Leaving and coming back does not end it; its time does.
        stage.hear(&fern, &undo(&fern.actor, &group.uri, 1, stage.at(1))).await;
        stage.hear(&fern, &follow(&fern.actor, &group.uri, 2, stage.at(2))).await;
        let again = answers(&stage).await.pop().unwrap();
        assert_eq!((&again["type"], &again["endTime"]), (&json!("Reject"), &json!(until.rfc3339())));
        stage.here.now = until;
        stage.hear(&fern, &follow(&fern.actor, &group.uri, 2, stage.at(0))).await;
        assert_eq!(answers(&stage).await.pop().unwrap()["type"], "Accept");
        assert!(standing(&stage, &group, &fern).await.unwrap().may_write(stage.here.now));
    }
}

#[tokio::test]
async fn who_was_taken_out_stays_out_until_let_back() {
    for db in database::both().await {
        let stage = Stage::new(&db, 16);
        let fern = stage.neighbour("b", "fern").await;
        let (group, host) = stage.group(JoinRule::Open, &[&fern.partner]).await;
        stage.hear(&fern, &follow(&fern.actor, &group.uri, 1, stage.here.now)).await;
        let own = standing(&stage, &group, &fern).await.unwrap();
        let by = (&group.id, &host.id);
        let mut tx = stage.begin().await;
        assert!(matches!(actions::remove(&mut tx, &stage.here, by, &own.id, " ").await, Err(actions::GroupError::NoReason)));
        actions::remove(&mut tx, &stage.here, by, &own.id, "Rule 5").await.unwrap();
        tx.commit().await.unwrap();
        stage.hear(&fern, &undo(&fern.actor, &group.uri, 1, stage.at(1))).await;
        stage.hear(&fern, &follow(&fern.actor, &group.uri, 2, stage.at(2))).await;
        let refused = answers(&stage).await.pop().unwrap();
        assert_eq!((&refused["type"], &refused["haven:outcome"]), (&json!("Reject"), &json!("removed")));
        assert_eq!(refused["object"]["id"], "https://b.example/a/f2");
        assert_eq!(standing(&stage, &group, &fern).await.unwrap().state, State::Removed);
        let mut tx = stage.begin().await;
        actions::let_back(&mut tx, &stage.here, by, &own.id).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(answers(&stage).await.pop().unwrap()["type"], "Accept");
    }
}

/// Somebody elsewhere, and one of this house: what they said last counts when the hosts let them back.
#[tokio::test]
async fn who_left_after_being_taken_out_is_let_back_and_not_brought_in() {
    for db in database::both().await {
        let stage = Stage::new(&db, 29);
        let fern = stage.neighbour("b", "fern").await;
        let (group, host) = stage.group(JoinRule::Open, &[&fern.partner]).await;
        let lea = stage.persona("Lea").await;
        stage.hear(&fern, &follow(&fern.actor, &group.uri, 1, stage.here.now)).await;
        let guest = standing(&stage, &group, &fern).await.unwrap();
        let by = (&group.id, &host.id);
        let mut tx = stage.begin().await;
        actions::join(&mut tx, &stage.here, &group.id, &lea.id, Joining::default()).await.unwrap();
        let own = membership_of(&mut tx, &group.id, &lea.id).await.unwrap().unwrap();
        for membership in [&guest, &own] {
            actions::remove(&mut tx, &stage.here, by, &membership.id, "Rule 5").await.unwrap();
        }
        actions::leave(&mut tx, &stage.here, &group.id, &lea.id, true).await.unwrap();
        tx.commit().await.unwrap();
        stage.hear(&fern, &undo(&fern.actor, &group.uri, 1, stage.at(1))).await;
        let mut tx = stage.begin().await;
        for membership in [&guest, &own] {
            let out = membership_by_id(&mut tx, &membership.id).await.unwrap().unwrap();
            assert_eq!((out.state, out.stays_out), (State::Removed, true));
            actions::let_back(&mut tx, &stage.here, by, &membership.id).await.unwrap();
            let back = membership_by_id(&mut tx, &membership.id).await.unwrap().unwrap();
            assert_eq!((back.state, back.stays_out), (State::Resting, false));
        }
        assert_eq!(actions::join(&mut tx, &stage.here, &group.id, &lea.id, Joining::default()).await.unwrap(), actions::Joined::In);
        tx.commit().await.unwrap();
        assert_eq!(answers(&stage).await.pop().unwrap()["type"], "Accept", "their house learns that they may return");
        stage.hear(&fern, &follow(&fern.actor, &group.uri, 2, stage.at(2))).await;
        assert_eq!(standing(&stage, &group, &fern).await.unwrap().state, State::Active);
    }
}

#[tokio::test]
async fn nobody_takes_back_for_another() {
    for db in database::both().await {
        let stage = Stage::new(&db, 17);
        let fern = stage.neighbour("b", "fern").await;
        let lea = Neighbour { actor: stage.actor(&fern.partner, "/p/lea", Kind::Person).await, partner: fern.partner.clone() };
        let (group, _) = stage.group(JoinRule::Open, &[&fern.partner]).await;
        // Both are members: who takes back another's request must not leave by it either.
        stage.hear(&fern, &follow(&fern.actor, &group.uri, 1, stage.here.now)).await;
        stage.hear(&lea, &follow(&lea.actor, &group.uri, 2, stage.here.now)).await;
        let mut forged = undo(&fern.actor, &group.uri, 1, stage.at(1));
        forged["actor"] = json!(lea.actor.uri);
        let heard = stage.hear(&lea, &forged).await;
        assert_ne!(heard.0, "handled", "{heard:?}");
        for who in [&fern, &lea] {
            assert_eq!(standing(&stage, &group, who).await.unwrap().state, State::Active);
        }
    }
}

#[tokio::test]
async fn ending_the_sharing_brings_guests_to_rest_and_says_so_to_all() {
    for db in database::both().await {
        let mut stage = Stage::new(&db, 18);
        let (fern, quinn) = (stage.neighbour("b", "fern").await, stage.neighbour("c", "quinn").await);
        let (group, host) = stage.group(JoinRule::Open, &[&fern.partner, &quinn.partner]).await;
        stage.hear(&fern, &follow(&fern.actor, &group.uri, 1, stage.here.now)).await;
        stage.here.now = stage.at(10);
        let mut tx = stage.begin().await;
        let changed =
            actions::set_readers(&mut tx, &stage.here, &group.id, &host.id, std::slice::from_ref(&quinn.partner.id)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(standing(&stage, &group, &fern).await.unwrap().state, State::Resting);
        assert_eq!(changed.list_version, 1, "a shorter list needs no new yes");
        let update = stage.said().await.pop().unwrap();
        assert_eq!((&update["type"], &update["object"]["type"]), (&json!("Update"), &json!("Group")));
        assert_eq!(update["object"]["haven:sharedWith"], json!([{"id": "https://c.example", "name": "c.example"}]));
        let back = stage.hear(&fern, &follow(&fern.actor, &group.uri, 2, stage.at(1))).await;
        assert_eq!(back.1.as_deref(), Some("not-here"));

        // Shared again: they come back at once, with the same guest persona.
        stage.here.now = stage.at(20);
        let mut tx = stage.begin().await;
        let both = [quinn.partner.id.clone(), fern.partner.id.clone()];
        let changed = actions::set_readers(&mut tx, &stage.here, &group.id, &host.id, &both).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((changed.list_version, changed.shared_with_changed_at), (2, Some(stage.here.now)));
        stage.hear(&fern, &follow(&fern.actor, &group.uri, 3, stage.here.now)).await;
        assert_eq!(standing(&stage, &group, &fern).await.unwrap().state, State::Active);
    }
}

#[tokio::test]
async fn a_wish_without_a_date_counts_from_when_it_came() {
    for db in database::both().await {
        let stage = Stage::new(&db, 19);
        let fern = stage.neighbour("b", "fern").await;
        let (group, _) = stage.group(JoinRule::Open, &[&fern.partner]).await;
        let mut asked = follow(&fern.actor, &group.uri, 1, Timestamp::EPOCH);
        asked.as_object_mut().unwrap().remove("published");
        stage.hear(&fern, &asked).await;
        assert_eq!(standing(&stage, &group, &fern).await.unwrap().wished_at, stage.here.now);
    }
}

#[tokio::test]
async fn what_waits_for_a_partner_that_was_taken_off_the_list_stays_here() {
    for db in database::both().await {
        let mut stage = Stage::new(&db, 20);
        let fern = stage.neighbour("b", "fern").await;
        let (group, host) = stage.group(JoinRule::Open, &[&fern.partner]).await;
        let new = store::announce(&stage, &group.id, &fern.partner.id, false).await;
        let change = store::announce(&stage, &group.id, &fern.partner.id, true).await;
        stage.here.now = stage.at(1);
        let mut tx = stage.begin().await;
        actions::set_readers(&mut tx, &stage.here, &group.id, &host.id, &[]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store::delivery(&stage, new).await, "cancelled");
        assert_eq!(store::delivery(&stage, change).await, "waiting", "a deletion still goes to who has the copy");
        let update = stage.said().await.pop().unwrap();
        assert_eq!(update["object"]["haven:sharedWith"], json!([]), "the partner is told that it is out");
    }
}

#[tokio::test]
async fn the_end_of_an_agreement_ends_the_sharing() {
    for db in database::both().await {
        let mut stage = Stage::new(&db, 21);
        let (fern, quinn) = (stage.neighbour("b", "fern").await, stage.neighbour("c", "quinn").await);
        let (group, _) = stage.group(JoinRule::Open, &[&fern.partner, &quinn.partner]).await;
        stage.hear(&fern, &follow(&fern.actor, &group.uri, 1, stage.here.now)).await;
        stage.here.now = stage.at(1);
        let mut tx = stage.begin().await;
        partners::set_state(&mut tx, &fern.partner.id, partners::State::Ended, stage.here.now).await.unwrap();
        assert_eq!(actions::keep(&mut tx, &stage.here).await.unwrap(), 1);
        assert_eq!(actions::keep(&mut tx, &stage.here).await.unwrap(), 0);
        tx.commit().await.unwrap();
        assert_eq!(standing(&stage, &group, &fern).await.unwrap().state, State::Resting);
        let update = stage.said().await.pop().unwrap();
        assert_eq!(update["object"]["haven:sharedWith"], json!([{"id": "https://c.example", "name": "c.example"}]));
    }
}
