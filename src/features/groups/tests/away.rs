//! The house of a person in a partner's group: asking, hearing the answer, leaving, and what the home says of its group.

use serde_json::{Value, json};

use crate::base::{Iri, Timestamp};
use crate::federation::actors::{self, Actor, Kind};
use crate::federation::{outbox, partners};
use crate::testing::database;

use super::super::actions::{self, Joined, Joining};
use super::super::group::Group;
use super::super::membership::store::membership_of;
use super::super::membership::{Membership, Role, State};
use super::super::{must_confirm, store, wire};
use super::{Neighbour, Stage, orders};

struct Away {
    stage: Stage,
    /// The partner's group, as who speaks.
    home: Neighbour,
    fern: Actor,
}

impl Away {
    async fn new(db: &crate::db::Db, seed: u64) -> Self {
        let stage = Stage::new(db, seed);
        let partner = stage.partner("h").await;
        let actor = stage.actor(&partner, &format!("/g/{seed}"), Kind::Group).await;
        let fern = stage.persona("Fern").await;
        Self { stage, home: Neighbour { partner, actor }, fern }
    }

    fn update(&self, number: u32, at: Timestamp, readers: &Value) -> Value {
        let uri = &self.home.actor.uri;
        json!({"id": format!("https://h.example/a/u{number}"), "type": "Update", "actor": uri, "to": [format!("{uri}/followers")],
            "published": at.rfc3339(), "object": {"id": uri, "type": "Group", "name": "Evening walk", "preferredUsername": "evening_walk",
            "summary": "<p>Walk<script>x</script></p>", "inbox": format!("{uri}/inbox"), "updated": at.rfc3339(),
            "haven:sharedWith": readers, "haven:answeringHours": "Mo-Fr 10:00-16:00", "haven:joinRule": "ask",
            "haven:rules": ["Be kind"], "haven:hostName": "Mo"}})
    }

    fn ours() -> Value {
        json!([{"id": "https://a.example", "name": "Aalst"}])
    }

    async fn group(&self) -> Option<Group> {
        let mut conn = self.stage.db.read().await.unwrap();
        store::load(&mut conn, &self.home.actor.id).await.unwrap()
    }

    async fn own(&self) -> Membership {
        let mut conn = self.stage.db.read().await.unwrap();
        membership_of(&mut conn, &self.home.actor.id, &self.fern.id).await.unwrap().unwrap()
    }

    async fn join(&self) -> Joined {
        let mut tx = self.stage.begin().await;
        let joining = Joining { word: "Hi <b>you</b>", ..Joining::default() };
        let joined = actions::join(&mut tx, &self.stage.here, &self.home.actor.id, &self.fern.id, joining).await.unwrap();
        tx.commit().await.unwrap();
        joined
    }

    async fn leave(&self) {
        let mut tx = self.stage.begin().await;
        actions::leave(&mut tx, &self.stage.here, &self.home.actor.id, &self.fern.id, true).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The newest request that was sent.
    async fn follow(&self) -> Value {
        self.stage.said().await.into_iter().rev().find(|said| said["type"] == "Follow").unwrap()
    }

    fn answer(&self, verb: &str, follow: &Value, number: u32, at: Timestamp) -> Value {
        json!({"id": format!("https://h.example/a/r{number}"), "type": verb, "actor": self.home.actor.uri, "to": [self.fern.uri],
            "published": at.rfc3339(), "result": "https://h.example/p/guest",
            "object": {"id": follow["id"], "type": "Follow", "actor": self.fern.uri, "object": self.home.actor.uri}})
    }
}

#[tokio::test]
async fn a_partner_tells_of_its_group_and_only_what_is_shared_with_us_is_kept() {
    for db in database::both().await {
        let away = Away::new(&db, 30).await;
        let strangers = json!([{"id": "https://c.example", "name": "Zwolle"}]);
        away.stage.hear(&away.home, &away.update(1, away.stage.at(1), &strangers)).await;
        let kept = away.group().await.unwrap();
        assert!(kept.ended_at.is_some() && !kept.is_findable());
        assert_eq!((kept.name.as_str(), kept.rules.len(), kept.shared_with.len()), ("", 0, 0));
        assert_eq!(away.stage.hear(&away.home, &away.update(2, away.stage.at(2), &Away::ours())).await.0, "handled");
        let group = away.group().await.unwrap();
        assert_eq!((group.name.as_str(), group.purpose_html.as_str()), ("Evening walk", "<p>Walk</p>"));
        assert_eq!((group.rules.len(), group.host_name.as_str(), group.list_version), (1, "Mo", 1));
        assert_eq!(group.hours.map(|hours| hours.to_string()).as_deref(), Some("Mo-Fr 10:00-16:00"));
    }
}

/// A person is no group, whatever their document says; and of another group nobody believes anything.
#[tokio::test]
async fn only_a_group_says_how_it_is() {
    for db in database::both().await {
        let away = Away::new(&db, 40).await;
        let (stage, home) = (&away.stage, &away.home.partner);
        let eve = Neighbour { actor: stage.actor(home, "/p/eve", Kind::Person).await, partner: home.clone() };
        let other = Neighbour { actor: stage.actor(home, "/g/other", Kind::Group).await, partner: home.clone() };
        let mut said = away.update(1, stage.at(1), &Away::ours());
        said["actor"] = json!(eve.actor.uri);
        said["object"]["id"] = json!(eve.actor.uri);
        assert_eq!(stage.hear(&eve, &said).await.1.as_deref(), Some("not-here"));
        let mut said = away.update(2, stage.at(1), &Away::ours());
        said["actor"] = json!(other.actor.uri);
        assert_ne!(stage.hear(&other, &said).await.0, "handled", "its document is that of the first group");
        let mut conn = db.read().await.unwrap();
        for who in [&eve, &other, &away.home] {
            assert!(store::load(&mut conn, &who.actor.id).await.unwrap().is_none(), "{}", who.actor.uri);
        }
    }
}

#[tokio::test]
async fn news_of_a_group_end_the_same_in_every_order() {
    for db in database::both().await {
        for (seed, order) in (300..).zip(orders(3)) {
            let away = Away::new(&db, seed).await;
            let longer = json!([{"id": "https://a.example", "name": "Aalst"}, {"id": "https://c.example", "name": "Zwolle"}]);
            let gone = json!([{"id": "https://c.example", "name": "Zwolle"}]);
            let all = [
                away.update(1, away.stage.at(1), &Away::ours()),
                away.update(2, away.stage.at(2), &longer),
                away.update(3, away.stage.at(3), &gone),
            ];
            for at in &order {
                away.stage.hear(&away.home, &all[*at]).await;
            }
            assert!(away.group().await.unwrap().ended_at.is_some(), "{order:?}");
        }
    }
}

#[tokio::test]
async fn a_longer_list_of_readers_asks_once_more() {
    for db in database::both().await {
        let away = Away::new(&db, 31).await;
        away.stage.hear(&away.home, &away.update(1, away.stage.at(1), &Away::ours())).await;
        away.join().await;
        let follow = away.follow().await;
        away.stage.hear(&away.home, &away.answer("Accept", &follow, 1, away.stage.at(2))).await;
        assert!(!must_confirm(&away.group().await.unwrap(), &away.own().await));
        let longer = json!([{"id": "https://a.example", "name": "Aalst"}, {"id": "https://c.example", "name": "Zwolle"}]);
        away.stage.hear(&away.home, &away.update(2, away.stage.at(3), &longer)).await;
        let group = away.group().await.unwrap();
        assert!(must_confirm(&group, &away.own().await));
        let mut tx = away.stage.begin().await;
        let own = actions::confirm_readers(&mut tx, &away.stage.here, &group, away.own().await, "en").await.unwrap();
        tx.commit().await.unwrap();
        assert!(!must_confirm(&group, &own));
        away.stage.hear(&away.home, &away.update(3, away.stage.at(4), &Away::ours())).await;
        assert!(!must_confirm(&away.group().await.unwrap(), &own), "a shorter list asks nothing");
    }
}

#[tokio::test]
async fn asking_waits_for_exactly_the_answer_of_exactly_that_group() {
    for db in database::both().await {
        let away = Away::new(&db, 32).await;
        away.stage.hear(&away.home, &away.update(1, away.stage.at(1), &Away::ours())).await;
        assert_eq!(away.join().await, Joined::Waiting);
        assert_eq!(away.join().await, Joined::Waiting, "asking twice sends one request");
        let follow = away.follow().await;
        assert_eq!((&follow["actor"], &follow["object"]), (&json!(away.fern.uri), &json!(away.home.actor.uri)));
        assert_eq!(follow["content"], "Hi &lt;b&gt;you&lt;/b&gt;");
        let follows = away.stage.said().await.iter().filter(|said| said["type"] == "Follow").count();
        assert_eq!(follows, 1);

        // Another group of the same partner, another request, an altered request: none has an effect.
        let other =
            Neighbour { actor: away.stage.actor(&away.home.partner, "/g/other", Kind::Group).await, partner: away.home.partner.clone() };
        let mut foreign = away.answer("Accept", &follow, 1, away.stage.at(2));
        foreign["actor"] = json!(other.actor.uri);
        assert_eq!(away.stage.hear(&other, &foreign).await.1.as_deref(), Some("another-group"));
        // The same when that group is known here and is for this house too.
        let mut told = away.update(2, away.stage.at(1), &Away::ours());
        told["actor"] = json!(other.actor.uri);
        told["object"]["id"] = json!(other.actor.uri);
        assert_eq!(away.stage.hear(&other, &told).await.0, "handled");
        foreign["id"] = json!("https://h.example/a/again");
        foreign["object"] = follow["id"].clone();
        assert_eq!(away.stage.hear(&other, &foreign).await.1.as_deref(), Some("another-group"));
        assert_eq!(away.own().await.state, State::Pending);
        let mut unknown = away.answer("Accept", &follow, 2, away.stage.at(2));
        unknown["object"]["id"] = json!("https://a.example/a/neversent");
        assert_eq!(away.stage.hear(&away.home, &unknown).await.1.as_deref(), Some("never-asked"));
        let mut altered = away.answer("Accept", &follow, 3, away.stage.at(2));
        altered["object"]["actor"] = json!("https://a.example/p/somebodyelse");
        assert_eq!(away.stage.hear(&away.home, &altered).await.1.as_deref(), Some("altered-request"));
        assert_eq!(away.own().await.state, State::Pending);

        let mut yes = away.answer("Accept", &follow, 4, away.stage.at(3));
        yes["haven:outcome"] = json!("moderator");
        for _ in 0..2 {
            away.stage.hear(&away.home, &yes).await;
        }
        let own = away.own().await;
        assert_eq!((own.state, own.role), (State::Active, Role::Moderator));
        assert_eq!(own.guest_uri, Iri::parse("https://h.example/p/guest").ok());
    }
}

#[tokio::test]
async fn a_guest_persona_elsewhere_is_not_believed() {
    for db in database::both().await {
        let away = Away::new(&db, 33).await;
        away.stage.hear(&away.home, &away.update(1, away.stage.at(1), &Away::ours())).await;
        away.join().await;
        let mut yes = away.answer("Accept", &away.follow().await, 1, away.stage.at(2));
        yes["result"] = json!("https://c.example/p/guest");
        away.stage.hear(&away.home, &yes).await;
        assert_eq!(away.own().await.guest_uri, None);
    }
}

#[tokio::test]
async fn answers_end_the_same_in_every_order() {
    for db in database::both().await {
        for (seed, order) in (340..).zip(orders(3)) {
            let away = Away::new(&db, seed).await;
            away.stage.hear(&away.home, &away.update(1, away.stage.at(1), &Away::ours())).await;
            away.join().await;
            let follow = away.follow().await;
            let until = away.stage.at(9000);
            let mut pause = away.answer("Reject", &follow, 2, away.stage.at(3));
            pause["summary"] = json!("Rule 2");
            pause["endTime"] = json!(until.rfc3339());
            let mut out = away.answer("Reject", &follow, 3, away.stage.at(4));
            out["summary"] = json!("Rule 5");
            let all = [away.answer("Accept", &follow, 1, away.stage.at(2)), out, pause];
            for at in order.iter().chain(&order) {
                away.stage.hear(&away.home, &all[*at]).await;
            }
            let own = away.own().await;
            assert!(matches!(own.state, State::Removed | State::Refused), "{order:?} {:?}", own.state);
            assert_eq!((own.reason.as_str(), own.may_write(away.stage.here.now)), ("Rule 5", false), "{order:?}");
        }
    }
}

#[tokio::test]
async fn a_late_answer_to_a_request_that_was_taken_back_changes_nothing() {
    for db in database::both().await {
        let mut away = Away::new(&db, 35).await;
        away.stage.hear(&away.home, &away.update(1, away.stage.at(1), &Away::ours())).await;
        away.join().await;
        let first = away.follow().await;
        away.leave().await;
        let undo = away.stage.said().await.pop().unwrap();
        assert_eq!((&undo["type"], &undo["object"]["id"]), (&json!("Undo"), &first["id"]));
        assert!(undo["published"].as_str() > first["published"].as_str(), "a wish is later than the one before, also in the same moment");
        away.stage.hear(&away.home, &away.answer("Accept", &first, 1, away.stage.at(5))).await;
        assert_eq!(away.own().await.state, State::Resting);
        away.stage.here.now = away.stage.at(10);
        away.join().await;
        away.stage.hear(&away.home, &away.answer("Accept", &first, 2, away.stage.at(6))).await;
        assert_eq!(away.own().await.state, State::Pending, "the answer is about the first request");
        let second = away.follow().await;
        away.stage.hear(&away.home, &away.answer("Accept", &second, 3, away.stage.at(7))).await;
        assert_eq!(away.own().await.state, State::Active);
    }
}

#[tokio::test]
async fn a_rule_is_told_in_the_readers_language() {
    for db in database::both().await {
        let away = Away::new(&db, 36).await;
        away.stage.hear(&away.home, &away.update(1, away.stage.at(1), &Away::ours())).await;
        away.join().await;
        let mut no = away.answer("Reject", &away.follow().await, 1, away.stage.at(2));
        no["haven:outcome"] = json!("invite-only");
        no["summary"] = json!("This group can be joined with an invitation only.");
        away.stage.hear(&away.home, &no).await;
        let own = away.own().await;
        assert_eq!((own.state, own.reason), (State::Refused, format!("{}invite-only", wire::CODED)));
    }
}

#[tokio::test]
async fn a_group_that_is_no_longer_shared_brings_our_people_to_rest() {
    for db in database::both().await {
        let mut away = Away::new(&db, 37).await;
        away.stage.hear(&away.home, &away.update(1, away.stage.at(1), &Away::ours())).await;
        away.join().await;
        away.stage.hear(&away.home, &away.answer("Accept", &away.follow().await, 1, away.stage.at(2))).await;
        away.stage.hear(&away.home, &away.update(2, away.stage.at(3), &json!([]))).await;
        assert_eq!(away.own().await.state, State::Resting);
        assert!(!away.group().await.unwrap().is_open_for_writing());
        away.stage.here.now = away.stage.at(10);
        let mut tx = away.stage.begin().await;
        let closed = actions::join(&mut tx, &away.stage.here, &away.home.actor.id, &away.fern.id, Joining::default()).await;
        assert!(matches!(closed, Err(actions::GroupError::Archived)));
        drop(tx);
        away.stage.hear(&away.home, &away.update(3, away.stage.at(4), &Away::ours())).await;
        assert_eq!(away.join().await, Joined::Waiting);
    }
}

/// The group is not for this house for a moment, and comes back with an answer to what was asked before.
#[tokio::test]
async fn who_leaves_while_the_group_is_away_is_not_brought_in_when_it_returns() {
    for db in database::both().await {
        for leaves in [true, false] {
            let mut away = Away::new(&db, if leaves { 41 } else { 42 }).await;
            away.stage.hear(&away.home, &away.update(1, away.stage.at(1), &Away::ours())).await;
            away.join().await;
            let follow = away.follow().await;
            away.stage.hear(&away.home, &away.update(2, away.stage.at(3), &json!([]))).await;
            assert_eq!(away.own().await.state, State::Resting);
            away.stage.here.now = away.stage.at(10);
            if leaves {
                away.leave().await;
                let said = away.stage.said().await;
                let undo = said.last().unwrap();
                assert_eq!((&undo["type"], &undo["object"]["id"]), (&json!("Undo"), &follow["id"]));
                away.leave().await;
                assert_eq!(away.stage.said().await.len(), said.len(), "leaving twice is leaving once");
            }
            away.stage.hear(&away.home, &away.update(3, away.stage.at(11), &Away::ours())).await;
            away.stage.hear(&away.home, &away.answer("Accept", &follow, 1, away.stage.at(12))).await;
            let expected = if leaves { State::Resting } else { State::Active };
            assert_eq!(away.own().await.state, expected, "leaves: {leaves}");
        }
    }
}

#[tokio::test]
async fn who_left_after_being_taken_out_may_return_when_let_back_and_is_not_in_before() {
    for db in database::both().await {
        let mut away = Away::new(&db, 43).await;
        away.stage.hear(&away.home, &away.update(1, away.stage.at(1), &Away::ours())).await;
        away.join().await;
        let follow = away.follow().await;
        away.stage.hear(&away.home, &away.answer("Accept", &follow, 1, away.stage.at(2))).await;
        away.stage.hear(&away.home, &away.answer("Reject", &follow, 2, away.stage.at(3))).await;
        away.stage.here.now = away.stage.at(10);
        away.leave().await;
        let own = away.own().await;
        assert_eq!((own.state, own.stays_out), (State::Removed, true));
        let said = away.stage.said().await;
        assert_eq!((&said.last().unwrap()["type"], &said.last().unwrap()["object"]["id"]), (&json!("Undo"), &follow["id"]));
        away.leave().await;
        assert_eq!(away.stage.said().await.len(), said.len(), "leaving twice is leaving once");
        away.stage.hear(&away.home, &away.answer("Accept", &follow, 3, away.stage.at(11))).await;
        let own = away.own().await;
        assert_eq!((own.state, own.stays_out), (State::Resting, false));
        // The same once more, late: they are still not in.
        away.stage.hear(&away.home, &away.answer("Accept", &follow, 4, away.stage.at(12))).await;
        assert_eq!(away.own().await.state, State::Resting);
        away.stage.here.now = away.stage.at(20);
        assert_eq!(away.join().await, Joined::Waiting, "they may ask again");
    }
}

/// Held back by a pause of everything it would arrive after what takes it back.
#[tokio::test]
async fn a_request_that_is_taken_back_before_it_left_does_not_leave() {
    for db in database::both().await {
        for pauses in [false, true] {
            let away = Away::new(&db, if pauses { 45 } else { 44 }).await;
            away.stage.hear(&away.home, &away.update(1, away.stage.at(1), &Away::ours())).await;
            away.join().await;
            if pauses {
                let mut tx = away.stage.begin().await;
                actors::set_frozen(&mut tx, &away.fern.id, Some(away.stage.here.now)).await.unwrap();
                assert_eq!(outbox::hold(&mut tx, &away.fern.id).await.unwrap(), 1);
                tx.commit().await.unwrap();
            }
            away.leave().await;
            let mut tx = away.stage.begin().await;
            outbox::release(&mut tx, &away.fern.id, away.stage.here.now).await.unwrap();
            let going: Vec<(String,)> = sqlx::query_as(
                "SELECT o.verb FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq WHERE d.state IN ('waiting', 'held') AND o.actor_id = $1",
            )
            .bind(away.fern.id.as_str())
            .fetch_all(tx.sql())
            .await
            .unwrap();
            assert_eq!(going, [("Undo".to_owned(),)], "pauses: {pauses}");
            tx.commit().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_persona_that_is_gone_leaves_its_groups() {
    for db in database::both().await {
        let mut away = Away::new(&db, 38).await;
        away.stage.hear(&away.home, &away.update(1, away.stage.at(1), &Away::ours())).await;
        away.join().await;
        away.stage.hear(&away.home, &away.answer("Accept", &away.follow().await, 1, away.stage.at(2))).await;
        let (group, bo) = away.stage.group(super::JoinRule::Open, &[]).await;
        away.stage.here.now = away.stage.at(10);
        let mut tx = away.stage.begin().await;
        for who in [&away.fern, &bo] {
            actors::retire(&mut tx, &who.id, away.stage.here.now).await.unwrap();
        }
        assert_eq!(actions::keep(&mut tx, &away.stage.here).await.unwrap(), 2);
        assert_eq!(actions::keep(&mut tx, &away.stage.here).await.unwrap(), 0);
        assert_eq!(membership_of(&mut tx, &group.id, &bo.id).await.unwrap().unwrap().state, State::Resting, "also the last host");
        tx.commit().await.unwrap();
        assert_eq!(away.own().await.state, State::Resting);
        assert_eq!(away.stage.said().await.pop().unwrap()["type"], "Undo");
    }
}

#[tokio::test]
async fn the_end_of_an_agreement_ends_the_groups_of_that_house() {
    for db in database::both().await {
        let mut away = Away::new(&db, 39).await;
        away.stage.hear(&away.home, &away.update(1, away.stage.at(1), &Away::ours())).await;
        away.join().await;
        away.stage.here.now = away.stage.at(10);
        let mut tx = away.stage.begin().await;
        partners::set_state(&mut tx, &away.home.partner.id, partners::State::Ended, away.stage.here.now).await.unwrap();
        assert_eq!(actions::keep(&mut tx, &away.stage.here).await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert_eq!(away.own().await.state, State::Resting);
        assert!(away.group().await.unwrap().ended_at.is_some());
    }
}
