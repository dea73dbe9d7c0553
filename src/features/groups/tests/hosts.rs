//! What hosts may and may not do, and who may know of a group.

use serde_json::{Value, json};

use crate::base::Id;
use crate::federation::audience::Audience;
use crate::federation::policy::{Principal, Reach};
use crate::testing::database;

use super::super::actions::{self, Founding, GroupError, Joined, Joining};
use super::super::group::{Charter, GroupName, JoinRule};
use super::super::membership::store::{membership_of, partners_with_members};
use super::super::membership::{Role, State};
use super::super::{audience_for, document_for, followers_for, moderators_for, visible};
use super::{Stage, follow};

fn member(id: &Id) -> Principal {
    Principal::Member { personas: vec![id.clone()] }
}

#[tokio::test]
async fn the_last_host_stays_until_somebody_else_hosts() {
    for db in database::both().await {
        let stage = Stage::new(&db, 50);
        let (group, bo) = stage.group(JoinRule::Open, &[]).await;
        let lea = stage.persona("Lea").await;
        let mut tx = stage.begin().await;
        actions::join(&mut tx, &stage.here, &group.id, &lea.id, Joining::default()).await.unwrap();
        let (by_bo, by_lea) = ((&group.id, &bo.id), (&group.id, &lea.id));
        let own = membership_of(&mut tx, &group.id, &bo.id).await.unwrap().unwrap();
        let hers = membership_of(&mut tx, &group.id, &lea.id).await.unwrap().unwrap();
        assert!(matches!(actions::leave(&mut tx, &stage.here, &group.id, &bo.id, true).await, Err(GroupError::LastHost)));
        assert!(matches!(actions::set_role(&mut tx, &stage.here, by_bo, &own.id, Role::Member).await, Err(GroupError::LastHost)));
        assert!(matches!(actions::set_role(&mut tx, &stage.here, by_lea, &hers.id, Role::Host).await, Err(GroupError::NotAllowed)));
        actions::set_role(&mut tx, &stage.here, by_bo, &hers.id, Role::Host).await.unwrap();
        let left = actions::leave(&mut tx, &stage.here, &group.id, &bo.id, false).await.unwrap();
        assert!(left.delete_posts && left.actor == bo.id);
        let own = membership_of(&mut tx, &group.id, &bo.id).await.unwrap().unwrap();
        assert_eq!((own.state, own.role), (State::Resting, Role::Member));
        assert_eq!(actions::join(&mut tx, &stage.here, &group.id, &bo.id, Joining::default()).await.unwrap(), Joined::In);
        let own = membership_of(&mut tx, &group.id, &bo.id).await.unwrap().unwrap();
        assert_eq!(own.role, Role::Member, "a role does not come back by itself");
    }
}

#[tokio::test]
async fn moderators_pause_members_and_change_nothing_else() {
    for db in database::both().await {
        let stage = Stage::new(&db, 51);
        let (group, bo) = stage.group(JoinRule::Open, &[]).await;
        let (lea, fern) = (stage.persona("Lea").await, stage.persona("Fern").await);
        let mut tx = stage.begin().await;
        for who in [&lea, &fern] {
            actions::join(&mut tx, &stage.here, &group.id, &who.id, Joining::default()).await.unwrap();
        }
        let hers = membership_of(&mut tx, &group.id, &lea.id).await.unwrap().unwrap();
        let ferns = membership_of(&mut tx, &group.id, &fern.id).await.unwrap().unwrap();
        let bos = membership_of(&mut tx, &group.id, &bo.id).await.unwrap().unwrap();
        actions::set_role(&mut tx, &stage.here, (&group.id, &bo.id), &hers.id, Role::Moderator).await.unwrap();
        let by = (&group.id, &lea.id);
        let until = stage.at(3600);
        actions::pause(&mut tx, &stage.here, by, &ferns.id, until, "Rule 1").await.unwrap();
        let paused = membership_of(&mut tx, &group.id, &fern.id).await.unwrap().unwrap();
        assert_eq!((paused.paused(stage.here.now), paused.reason.as_str()), (Some(until), "Rule 1"));
        actions::resume(&mut tx, &stage.here, by, &ferns.id).await.unwrap();
        assert!(matches!(actions::pause(&mut tx, &stage.here, by, &bos.id, until, "Rule 1").await, Err(GroupError::NotAllowed)));
        assert!(matches!(actions::pause(&mut tx, &stage.here, by, &ferns.id, stage.here.now, "x").await, Err(GroupError::BadEnd)));
        let charter = Charter::named(GroupName::parse("Mine now").unwrap(), JoinRule::Open);
        assert!(matches!(actions::edit(&mut tx, &stage.here, &group.id, &lea.id, &charter).await, Err(GroupError::NotAllowed)));
        assert!(matches!(actions::set_readers(&mut tx, &stage.here, &group.id, &lea.id, &[]).await, Err(GroupError::NotAllowed)));
        assert!(matches!(actions::archive(&mut tx, &stage.here, &group.id, &fern.id).await, Err(GroupError::NotAllowed)));
    }
}

#[tokio::test]
async fn an_archived_group_lets_nobody_in_and_members_stay() {
    for db in database::both().await {
        let stage = Stage::new(&db, 52);
        let (group, bo) = stage.group(JoinRule::Open, &[]).await;
        let lea = stage.persona("Lea").await;
        let mut tx = stage.begin().await;
        actions::archive(&mut tx, &stage.here, &group.id, &bo.id).await.unwrap();
        let refused = actions::join(&mut tx, &stage.here, &group.id, &lea.id, Joining::default()).await;
        assert!(matches!(refused, Err(GroupError::Archived)));
        assert!(membership_of(&mut tx, &group.id, &bo.id).await.unwrap().unwrap().is_active());
        actions::reopen(&mut tx, &stage.here, &group.id, &bo.id).await.unwrap();
        assert_eq!(actions::join(&mut tx, &stage.here, &group.id, &lea.id, Joining::default()).await.unwrap(), Joined::In);
    }
}

#[tokio::test]
async fn a_group_reaches_only_active_partners_and_never_everyone_unasked() {
    for db in database::both().await {
        let stage = Stage::new(&db, 53);
        let bo = stage.persona("Bo").await;
        let key = stage.key();
        let charter = Charter::named(GroupName::parse("Wide").unwrap(), JoinRule::Open);
        let mut tx = stage.begin().await;
        let unknown = [stage.here.id()];
        let founding = Founding { charter: &charter, founder: &bo.id, reach: Reach::Partners, partners: &unknown };
        assert!(matches!(actions::create(&mut tx, &stage.here, &key, founding).await, Err(GroupError::NoPartner)));
        let founding = Founding { reach: Reach::Everyone, partners: &[], ..founding };
        assert!(matches!(actions::create(&mut tx, &stage.here, &key, founding).await, Err(GroupError::NotEveryone)));
    }
}

#[tokio::test]
async fn who_may_know_of_a_group() {
    for db in database::both().await {
        let stage = Stage::new(&db, 54);
        let (fern, quinn) = (stage.neighbour("b", "fern").await, stage.neighbour("c", "quinn").await);
        let (shared, bo) = stage.group(JoinRule::Open, &[&fern.partner]).await;
        let lea = stage.persona("Lea").await;
        let mut hidden = Charter::named(GroupName::parse("Hidden").unwrap(), JoinRule::Invite);
        hidden.listed = false;
        let key = stage.key();
        let mut tx = stage.begin().await;
        let founding = Founding { charter: &hidden, founder: &bo.id, reach: Reach::House, partners: &[] };
        let hidden = actions::create(&mut tx, &stage.here, &key, founding).await.unwrap();
        for (who, group, seen) in [
            (member(&lea.id), &shared, true),
            (member(&lea.id), &hidden, false),
            (member(&bo.id), &hidden, true),
            (Principal::Partner(fern.partner.id.clone()), &shared, true),
            (Principal::Partner(quinn.partner.id.clone()), &shared, false),
            (Principal::Partner(fern.partner.id.clone()), &hidden, false),
            (Principal::Anonymous, &shared, false),
        ] {
            assert_eq!(visible(&mut tx, &who, &group.id).await.unwrap().is_some(), seen, "{who:?} {}", group.name);
        }
        actions::invite_persona(&mut tx, &stage.here, &hidden.id, &bo.id, &lea.id).await.unwrap();
        assert!(visible(&mut tx, &member(&lea.id), &hidden.id).await.unwrap().is_some(), "who is invited may look");
        let joined = actions::join(&mut tx, &stage.here, &hidden.id, &lea.id, Joining::default()).await.unwrap();
        assert_eq!(joined, Joined::In);
    }
}

#[tokio::test]
async fn partners_read_the_document_and_only_their_own_followers() {
    for db in database::both().await {
        let stage = Stage::new(&db, 55);
        let (fern, quinn) = (stage.neighbour("b", "fern").await, stage.neighbour("c", "quinn").await);
        let (group, bo) = stage.group(JoinRule::Open, &[&fern.partner, &quinn.partner]).await;
        stage.hear(&fern, &follow(&fern.actor, &group.uri, 1, stage.here.now)).await;
        stage.hear(&quinn, &follow(&quinn.actor, &group.uri, 1, stage.here.now)).await;
        let mut conn = db.read().await.unwrap();
        let b = Principal::Partner(fern.partner.id.clone());
        let document = document_for(&mut conn, &b, &group.id).await.unwrap().unwrap().seal();
        let uri = &group.uri;
        let document: Value = serde_json::from_str(document.as_str()).unwrap();
        let expected = json!({
            "@context": document["@context"], "id": uri, "type": "Group", "preferredUsername": "morning_coffee", "name": "Morning coffee",
            "summary": "<p>Talk over <em>coffee</em>.</p>\n", "inbox": format!("{uri}/inbox"), "outbox": format!("{uri}/outbox"),
            "followers": format!("{uri}/followers"), "attributedTo": format!("{uri}/moderators"),
            "endpoints": {"sharedInbox": "https://a.example/inbox"}, "manuallyApprovesFollowers": true, "discoverable": false,
            "published": stage.here.now.rfc3339(), "updated": group.updated_at.rfc3339(),
            "haven:sharedWith": [{"id": "https://b.example", "name": "b.example"}, {"id": "https://c.example", "name": "c.example"}],
            "haven:joinRule": "open", "haven:hostName": "Bo",
            "publicKey": {"id": format!("{uri}#main-key"), "owner": uri, "publicKeyPem": document["publicKey"]["publicKeyPem"]},
        });
        assert_eq!(document, expected);
        let followers = followers_for(&mut conn, &b, &group.id).await.unwrap().unwrap().seal();
        assert!(followers.as_str().contains(fern.actor.uri.as_str()), "{followers:?}");
        assert!(followers.as_str().contains("\"totalItems\":1") && !followers.as_str().contains("quinn"), "{followers:?}");
        let moderators = moderators_for(&mut conn, &b, &group.id).await.unwrap().unwrap().seal();
        assert!(moderators.as_str().contains(bo.uri.as_str()), "{moderators:?}");
        for nobody in [Principal::Anonymous, member(&bo.id), Principal::Partner(stage.here.id())] {
            assert!(document_for(&mut conn, &nobody, &group.id).await.unwrap().is_none());
            assert!(followers_for(&mut conn, &nobody, &group.id).await.unwrap().is_none());
            assert!(moderators_for(&mut conn, &nobody, &group.id).await.unwrap().is_none());
        }
    }
}

#[tokio::test]
async fn an_audience_only_narrows() {
    for db in database::both().await {
        let stage = Stage::new(&db, 56);
        let (fern, quinn) = (stage.neighbour("b", "fern").await, stage.neighbour("c", "quinn").await);
        let (group, bo) = stage.group(JoinRule::Open, &[&fern.partner]).await;
        let (b, c) = (fern.partner.id.clone(), quinn.partner.id.clone());
        let mut tx = stage.begin().await;
        let first = audience_for(&mut tx, &group, None).await.unwrap();
        assert_eq!(first, Audience::of_partners([b.clone()]));
        actions::set_readers(&mut tx, &stage.here, &group.id, &bo.id, &[b.clone(), c.clone()]).await.unwrap();
        assert_eq!(audience_for(&mut tx, &group, None).await.unwrap(), Audience::of_partners([b.clone(), c.clone()]));
        assert_eq!(audience_for(&mut tx, &group, Some(&first)).await.unwrap(), first, "a reply goes no further than its parent");
        actions::set_readers(&mut tx, &stage.here, &group.id, &bo.id, &[c]).await.unwrap();
        assert!(audience_for(&mut tx, &group, Some(&first)).await.unwrap().is_house());
        assert!(partners_with_members(&mut tx, &group.id).await.unwrap().is_empty());
    }
}

/// A second person agreed to taking somebody out who had left meanwhile.
#[tokio::test]
async fn who_had_left_before_being_taken_out_is_let_back_and_not_brought_in() {
    for db in database::both().await {
        let stage = Stage::new(&db, 77);
        let (group, host) = stage.group(JoinRule::Open, &[]).await;
        let lea = stage.persona("Lea").await;
        let by = (&group.id, &host.id);
        let mut tx = stage.begin().await;
        actions::join(&mut tx, &stage.here, &group.id, &lea.id, Joining::default()).await.unwrap();
        actions::leave(&mut tx, &stage.here, &group.id, &lea.id, true).await.unwrap();
        let own = membership_of(&mut tx, &group.id, &lea.id).await.unwrap().unwrap();
        actions::remove(&mut tx, &stage.here, by, &own.id, "Rule 5").await.unwrap();
        assert!(matches!(
            actions::join(&mut tx, &stage.here, &group.id, &lea.id, Joining::default()).await,
            Err(actions::GroupError::Removed)
        ));
        actions::let_back(&mut tx, &stage.here, by, &own.id).await.unwrap();
        assert_eq!(membership_of(&mut tx, &group.id, &lea.id).await.unwrap().unwrap().state, State::Resting);
        assert_eq!(actions::join(&mut tx, &stage.here, &group.id, &lea.id, Joining::default()).await.unwrap(), actions::Joined::In);
    }
}
