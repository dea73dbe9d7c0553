//! What the tests of this feature read and set behind its back: lists without pages, memberships as the hosts of another test
//! would have made them.

use crate::base::Id;
use crate::db::Db;

/// Ids of everything that members of a group can read, oldest first.
pub(in crate::features::posts) async fn readable(db: &Db, group: &Id) -> Vec<Id> {
    ids(db, "SELECT id FROM posts WHERE group_id = $1 AND state = 'posted' ORDER BY created_at, uri", group).await
}

/// Ids of the posts of a thread that stand in the list of threads.
pub(in crate::features::posts) async fn listed(db: &Db, root: &Id) -> Vec<Id> {
    ids(db, "SELECT id FROM posts WHERE root_id = $1 AND listed_at > 0", root).await
}

async fn ids(db: &Db, text: &'static str, key: &Id) -> Vec<Id> {
    let mut conn = db.read().await.unwrap();
    let rows: Vec<(String,)> = sqlx::query_as(text).bind(key.as_str()).fetch_all(conn.sql()).await.unwrap();
    rows.iter().map(|(id,)| Id::parse(id).unwrap()).collect()
}

async fn set(db: &Db, text: &'static str, value: &str) {
    let mut tx = db.begin().await.unwrap();
    sqlx::query(text).bind(value).execute(tx.sql()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Puts all guests of a home into this state of membership.
pub(in crate::features::posts) async fn set_guests(db: &Db, state: &str) {
    set(db, "UPDATE memberships SET state = $1 WHERE actor_id IN (SELECT actor_id FROM guests)", state).await;
}

/// Makes whoever is called so a moderator, in every group they are in.
pub(in crate::features::posts) async fn make_moderator(db: &Db, name: &str) {
    set(db, "UPDATE memberships SET role = 'moderator' WHERE actor_id IN (SELECT id FROM actors WHERE name = $1)", name).await;
}

/// As if an organisation was added to the readers of every group but this one.
pub(in crate::features::posts) async fn grow_lists(db: &Db, but: &str) {
    set(db, "UPDATE groups SET list_version = list_version + 1 WHERE id <> $1", but).await;
}

/// Puts all memberships of a house into this state.
pub(in crate::features::posts) async fn set_members(db: &Db, state: &str) {
    set(db, "UPDATE memberships SET state = $1", state).await;
}

/// The bodies of everything that was said with this verb, oldest first.
pub(in crate::features::posts) async fn said(db: &Db, verb: &str) -> Vec<String> {
    let mut conn = db.read().await.unwrap();
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT body FROM outbox WHERE verb = $1 ORDER BY seq").bind(verb).fetch_all(conn.sql()).await.unwrap();
    rows.into_iter().map(|(body,)| body).collect()
}
