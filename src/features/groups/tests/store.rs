//! The rows that a test puts in and looks at, and the store tried directly.

use serde_json::Value;

use crate::base::{Id, Iri, Timestamp};
use crate::db::Db;
use crate::federation::inbox;
use crate::testing::database;

use super::super::group::JoinRule;
use super::super::membership::store::{
    groups_of, guest, guest_of, has_members_here, hosted_alone, membership_of, people, people_of_this_house, save_membership,
};
use super::super::membership::{Role, State};
use super::super::{actions, store};
use super::{Neighbour, Stage};

/// Puts a sentence into the inbox as the door would, and handles all that is due. State and reason of its row.
pub async fn hand_in(stage: &Stage, from: &Neighbour, sentence: &Value) -> (String, Option<String>) {
    let id = sentence["id"].as_str().unwrap();
    // A repetition with the same id never gets past the door; handing it in again tries the handler itself.
    let row = format!("{id}#{}", stage.here.id());
    let mut tx = stage.begin().await;
    sqlx::query(
        "INSERT INTO inbox (seq, partner_id, activity_uri, actor_id, verb, body, state, attempts, next_at, received_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'new', 0, $7, $7)",
    )
    .bind(stage.here.sequence())
    .bind(from.partner.id.as_str())
    .bind(&row)
    .bind(from.actor.id.as_str())
    .bind(sentence["type"].as_str().unwrap())
    .bind(sentence.to_string())
    .bind(stage.here.now.millis())
    .execute(tx.sql())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    handle(stage, stage.here.now).await;
    let mut conn = stage.db.read().await.unwrap();
    sqlx::query_as("SELECT state, reason FROM inbox WHERE activity_uri = $1").bind(&row).fetch_one(conn.sql()).await.unwrap()
}

/// Handles all that is due at this moment.
pub async fn handle(stage: &Stage, now: Timestamp) {
    let mut conn = stage.db.read().await.unwrap();
    let mut rows = inbox::due(&mut conn, now, &inbox::Turns::default(), false).await.unwrap().rows;
    drop(conn);
    for row in &mut rows {
        row.fresh_key = Some(stage.key());
    }
    inbox::handle(&stage.db, &stage.here, &stage.table, &rows).await.unwrap();
}

/// Bodies of the outbox, oldest first; without what was called back and emptied.
pub async fn outbox(db: &Db) -> Vec<Value> {
    let mut conn = db.read().await.unwrap();
    let rows: Vec<(String,)> = sqlx::query_as("SELECT body FROM outbox WHERE body <> '' ORDER BY seq").fetch_all(conn.sql()).await.unwrap();
    rows.iter().map(|(body,)| serde_json::from_str(body).unwrap()).collect()
}

/// An announcement of a group that waits for a partner; `receipt` for changes and deletions. Its number.
pub async fn announce(stage: &Stage, group: &Id, partner: &Id, receipt: bool) -> i64 {
    let seq = stage.here.sequence();
    let mut tx = stage.begin().await;
    sqlx::query(
        "INSERT INTO outbox (seq, activity_uri, actor_id, thread, verb, receipt, body, created_at)
         VALUES ($1, $2, $3, $3, 'Announce', $4, '{}', 0)",
    )
    .bind(seq)
    .bind(format!("https://a.example/a/{seq}"))
    .bind(group.as_str())
    .bind(i64::from(receipt))
    .execute(tx.sql())
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO deliveries (partner_id, outbox_seq, thread, state, attempts, next_at, created_at)
         VALUES ($1, $2, $3, 'waiting', 0, 0, 0)",
    )
    .bind(partner.as_str())
    .bind(seq)
    .bind(group.as_str())
    .execute(tx.sql())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    seq
}

/// The state of the one delivery with this number.
pub async fn delivery(stage: &Stage, seq: i64) -> String {
    let mut conn = stage.db.read().await.unwrap();
    let row: (String,) =
        sqlx::query_as("SELECT state FROM deliveries WHERE outbox_seq = $1").bind(seq).fetch_one(conn.sql()).await.unwrap();
    row.0
}

#[tokio::test]
async fn groups_and_memberships_read_back_as_written() {
    for db in database::both().await {
        let stage = Stage::new(&db, 1);
        let (group, host) = stage.group(JoinRule::Ask, &[]).await;
        let mut tx = stage.begin().await;
        let mut changed = group.clone();
        changed.rules = vec!["Be kind".to_owned(), "No names".to_owned()];
        changed.hours = super::super::Hours::parse("Mo-Fr 10:00-16:00");
        changed.archived_at = Some(stage.at(1));
        changed.listed = false;
        store::save(&mut tx, &changed).await.unwrap();
        let read = store::load(&mut tx, &group.id).await.unwrap().unwrap();
        assert_eq!((read.rules, read.hours, read.archived_at, read.listed), (changed.rules, changed.hours, changed.archived_at, false));
        assert_eq!(read.purpose_html.as_str(), "<p>Talk over <em>coffee</em>.</p>\n");
        assert_eq!(store::by_uri(&mut tx, &group.uri).await.unwrap().map(|found| found.id), Some(group.id.clone()));

        let mut own = membership_of(&mut tx, &group.id, &host.id).await.unwrap().unwrap();
        assert_eq!((own.role, own.state, own.joined_at), (Role::Host, State::Active, Some(stage.here.now)));
        own.paused_until = Some(stage.at(60));
        own.reason = "Rule 2".to_owned();
        own.follow = Some(Iri::parse("https://b.example/a/1").unwrap());
        save_membership(&mut tx, &own).await.unwrap();
        let read = membership_of(&mut tx, &group.id, &host.id).await.unwrap().unwrap();
        assert_eq!((read.paused_until, read.reason, read.follow), (own.paused_until, own.reason, own.follow));
        let mine = groups_of(&mut tx, std::slice::from_ref(&host.id)).await.unwrap();
        assert_eq!(mine.len(), 1);
        assert_eq!(mine[0].0.id, group.id);
        assert_eq!(people(&mut tx, &group.id, State::Active, (Timestamp::EPOCH, "")).await.unwrap()[0].name, "Bo");
    }
}

#[tokio::test]
async fn guests_are_counted_nowhere_but_at_their_own_house() {
    for db in database::both().await {
        let stage = Stage::new(&db, 2);
        let fern = stage.neighbour("b", "fern").await;
        let (group, host) = stage.group(JoinRule::Open, &[&fern.partner]).await;
        stage.hear(&fern, &super::follow(&fern.actor, &group.uri, 1, stage.here.now)).await;
        let mut conn = db.read().await.unwrap();
        let kept = guest_of(&mut conn, &group.id, &fern.actor.id).await.unwrap().unwrap();
        let kept_id = kept.actor.clone();
        assert_eq!(guest(&mut conn, &kept_id).await.unwrap(), Some(kept));
        assert_eq!(people_of_this_house(&mut conn, &group.id).await.unwrap(), 1);
        assert_eq!(hosted_alone(&mut conn, std::slice::from_ref(&host.id)).await.unwrap().len(), 1);
        assert!(hosted_alone(&mut conn, &[kept_id]).await.unwrap().is_empty(), "a guest hosts nothing");
        assert!(has_members_here(&mut conn, &group.id).await.unwrap());
    }
}

#[tokio::test]
async fn the_directory_pages_by_key() {
    for db in database::both().await {
        let mut stage = Stage::new(&db, 3);
        let mut made = Vec::new();
        for _ in 0..5 {
            stage.here.now = stage.at(1);
            made.push(stage.group(JoinRule::Open, &[]).await.0.id);
        }
        made.reverse();
        let mut conn = db.read().await.unwrap();
        let first = store::findable(&mut conn, (Timestamp::from_millis(i64::MAX), ""), 3).await.unwrap();
        let last = first.last().unwrap();
        let second = store::findable(&mut conn, (last.founded_at, last.id.as_str()), 3).await.unwrap();
        let seen: Vec<_> = first.iter().chain(&second).map(|group| group.id.clone()).collect();
        assert_eq!(seen, made);
    }
}

#[tokio::test]
async fn an_invitation_is_used_once_and_only_for_its_group() {
    for db in database::both().await {
        let stage = Stage::new(&db, 4);
        let (group, host) = stage.group(JoinRule::Invite, &[]).await;
        let (other, _) = stage.group(JoinRule::Invite, &[]).await;
        let (fern, lea) = (stage.persona("Fern").await, stage.persona("Lea").await);
        let mut tx = stage.begin().await;
        let token = actions::invite_link(&mut tx, &stage.here, &group.id, &host.id).await.unwrap();
        let wrong = actions::accept_invitation(&mut tx, &stage.here, &other.id, &fern.id, (&token, "en", None)).await;
        assert!(matches!(wrong, Err(actions::GroupError::BadInvitation)));
        let mut late = stage.here.clone();
        late.now = stage.at(15 * 24 * 3600);
        assert!(!actions::invitation_opens(&mut tx, &late, &group.id, &token).await.unwrap());
        let joined = actions::accept_invitation(&mut tx, &stage.here, &group.id, &fern.id, (&token, "en", None)).await.unwrap();
        assert_eq!(joined, actions::Joined::In);
        let again = actions::accept_invitation(&mut tx, &stage.here, &group.id, &lea.id, (&token, "en", None)).await;
        assert!(matches!(again, Err(actions::GroupError::BadInvitation)));
    }
}

/// So many people of this house in a group, "Member 0" and on.
pub(super) async fn many_members(db: &crate::db::Db, group: &crate::base::Id, count: i64) {
    let mut tx = db.begin().await.unwrap();
    for number in 0..count {
        let id = crate::base::Id::random(&crate::base::SystemChance);
        sqlx::query(
            "INSERT INTO actors (id, uri, kind, name, inbox, key_id, public_key, created_at) VALUES ($1, $2, 'person', $3, $2, $1, '', 0)",
        )
        .bind(id.as_str())
        .bind(format!("http://aalst.test/p/{id}"))
        .bind(format!("Member {number}"))
        .execute(tx.sql())
        .await
        .unwrap();
        // Some wished it in the same moment.
        sqlx::query(
            "INSERT INTO memberships (id, group_id, actor_id, role, state, wished_at, changed_at) VALUES ($1, $2, $1, 'member', 'active', $3, 0)",
        )
        .bind(id.as_str())
        .bind(group.as_str())
        .bind(number / 7)
        .execute(tx.sql())
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
}
