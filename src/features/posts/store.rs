//! The SQL of posts: one row at a time. Lists are in [`timeline`], what is kept beside posts (drafts, notices, topics) in
//! [`kept`]. It keeps and finds rows; every rule is in `post.rs` and `states.rs`. Text of a post never leaves through an error.

mod changes;
pub(super) mod closing;
pub(super) mod freeze;
pub(super) mod kept;
pub(super) mod old;
mod threads;
pub(super) mod timeline;

#[cfg(test)]
pub(super) mod tests;

pub(super) use changes::{
    clear_proposal, propose, refuse_proposal, removed_by, set_answer, set_change, set_create, set_figures, set_origin_updated,
    set_removed_by,
};
pub(super) use threads::{adopt, orphans_of, relink, relist, successor};

use crate::base::html::SafeHtml;
use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::federation::{ledger, objects, outbox};

use super::post::{Edit, Post, State, Text};

macro_rules! post_columns {
    () => {
        "p.id, p.group_id, p.author_id, a.name AS author_name, a.uri AS author_uri, p.uri, p.origin_uri, p.create_uri, p.parent_id,
         p.parent_uri, p.root_id, p.replaces, p.source, p.html, p.lang, p.label, p.state, p.reason, p.audience_id, p.readers, p.created_at,
         p.updated_at, p.origin_updated_at, p.edited_at, p.undo_until, p.pinned, p.closed, p.told, p.confirmed, p.change_uri,
         p.answer_uri, p.answer_to, p.edit_source, p.edit_lang, p.edit_label, p.edit_uri, p.edit_reason"
    };
}
macro_rules! select_post {
    ($where:literal) => {
        concat!("SELECT ", post_columns!(), " FROM posts p JOIN actors a ON a.id = p.author_id WHERE ", $where)
    };
}
pub(super) use {post_columns, select_post};

/// A row of `posts` with its author.
#[derive(sqlx::FromRow)]
pub(super) struct PostRow {
    id: String,
    group_id: String,
    author_id: String,
    author_name: String,
    author_uri: String,
    uri: Option<String>,
    origin_uri: Option<String>,
    create_uri: Option<String>,
    parent_id: Option<String>,
    parent_uri: Option<String>,
    root_id: String,
    replaces: Option<String>,
    source: String,
    html: String,
    lang: String,
    label: String,
    state: String,
    reason: String,
    audience_id: Option<String>,
    readers: String,
    created_at: i64,
    updated_at: i64,
    origin_updated_at: i64,
    edited_at: Option<i64>,
    undo_until: Option<i64>,
    pinned: i64,
    closed: i64,
    told: i64,
    confirmed: i64,
    change_uri: Option<String>,
    answer_uri: Option<String>,
    answer_to: Option<String>,
    edit_source: Option<String>,
    edit_lang: String,
    edit_label: String,
    edit_uri: Option<String>,
    edit_reason: String,
}

/// A row that nobody of ours wrote.
pub(super) fn corrupt() -> DbError {
    DbError::Unreadable("posts")
}

/// An id in a row.
pub(super) fn id(text: &str) -> Result<Id, DbError> {
    Id::parse(text).ok_or_else(corrupt)
}

fn iri(text: Option<&str>) -> Option<Iri> {
    text.and_then(|text| Iri::parse(text).ok())
}

impl PostRow {
    pub(super) fn into_post(self) -> Result<Post, DbError> {
        let edit = self.edit_source.map(|source| Edit {
            source,
            lang: self.edit_lang,
            label: self.edit_label,
            uri: iri(self.edit_uri.as_deref()),
            reason: self.edit_reason,
        });
        let answer = iri(self.answer_uri.as_deref()).zip(self.answer_to.as_deref().and_then(Id::parse));
        Ok(Post {
            id: id(&self.id)?,
            group: id(&self.group_id)?,
            author: id(&self.author_id)?,
            author_name: self.author_name,
            author_uri: self.author_uri,
            uri: iri(self.uri.as_deref()),
            origin_uri: iri(self.origin_uri.as_deref()),
            create_uri: iri(self.create_uri.as_deref()),
            parent: self.parent_id.as_deref().and_then(Id::parse),
            parent_uri: iri(self.parent_uri.as_deref()),
            root: id(&self.root_id)?,
            replaces: iri(self.replaces.as_deref()),
            source: self.source,
            html: SafeHtml::from_stored(self.html),
            lang: self.lang,
            label: self.label,
            state: State::read(&self.state),
            reason: self.reason,
            audience: self.audience_id,
            readers: serde_json::from_str(&self.readers).unwrap_or_default(),
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            origin_updated_at: Timestamp::from_millis(self.origin_updated_at),
            edited_at: self.edited_at.map(Timestamp::from_millis),
            undo_until: self.undo_until.map(Timestamp::from_millis),
            pinned: self.pinned != 0,
            closed: self.closed != 0,
            told: self.told,
            confirmed: self.confirmed,
            change_uri: iri(self.change_uri.as_deref()),
            answer,
            edit,
        })
    }
}

async fn one(conn: &mut Conn, text: &'static str, key: &str) -> Result<Option<Post>, DbError> {
    let row: Option<PostRow> = sqlx::query_as(text).bind(key).fetch_optional(conn.sql()).await?;
    row.map(PostRow::into_post).transpose()
}

/// The post with our own id.
pub(super) async fn by_id(conn: &mut Conn, id: &Id) -> Result<Option<Post>, DbError> {
    one(conn, select_post!("p.id = $1"), id.as_str()).await
}

/// The post the home calls so.
pub(super) async fn by_uri(conn: &mut Conn, uri: &Iri) -> Result<Option<Post>, DbError> {
    one(conn, select_post!("p.uri = $1"), uri.as_str()).await
}

/// The post its writer's house calls so.
pub(super) async fn by_origin_uri(conn: &mut Conn, uri: &Iri) -> Result<Option<Post>, DbError> {
    one(conn, select_post!("p.origin_uri = $1"), uri.as_str()).await
}

/// The post that this Create brought.
pub(super) async fn by_create_uri(conn: &mut Conn, uri: &Iri) -> Result<Option<Post>, DbError> {
    one(conn, select_post!("p.create_uri = $1"), uri.as_str()).await
}

/// The own post that this Update of ours is to change.
pub(super) async fn by_edit_uri(conn: &mut Conn, uri: &Iri) -> Result<Option<Post>, DbError> {
    one(conn, select_post!("p.edit_uri = $1"), uri.as_str()).await
}

/// The post whose last change, of which receipts are counted, is this activity.
pub(super) async fn by_change_uri(conn: &mut Conn, uri: &Iri) -> Result<Option<Post>, DbError> {
    one(conn, select_post!("p.change_uri = $1"), uri.as_str()).await
}

/// Own posts that wait for the home of a group which is not shared with this house any more.
pub(super) async fn waiting_without_home(conn: &mut Conn, most: i64) -> Result<Vec<Post>, DbError> {
    let rows: Vec<PostRow> = sqlx::query_as(select_post!(
        "p.state = 'waiting' AND p.group_id IN (SELECT g.id FROM groups g WHERE g.ended_at IS NOT NULL) ORDER BY p.id LIMIT $1"
    ))
    .bind(most)
    .fetch_all(conn.sql())
    .await?;
    rows.into_iter().map(PostRow::into_post).collect()
}

/// A living or waiting post that brings back the deleted one with this uri.
pub(super) async fn replacing(conn: &mut Conn, uri: &Iri) -> Result<Option<Post>, DbError> {
    one(conn, select_post!("p.replaces = $1 AND p.state = 'posted' ORDER BY p.created_at LIMIT 1"), uri.as_str()).await
}

/// A new row.
pub(super) struct New<'a> {
    pub id: &'a Id,
    pub group: &'a Id,
    pub author: &'a Id,
    pub uri: Option<&'a Iri>,
    pub origin_uri: Option<&'a Iri>,
    pub create_uri: Option<&'a Iri>,
    /// Home: the Announce that is about to share it.
    pub announce: Option<&'a Iri>,
    pub parent: Option<&'a Id>,
    pub parent_uri: Option<&'a Iri>,
    pub root: &'a Id,
    pub replaces: Option<&'a Iri>,
    pub text: &'a Text,
    pub state: State,
    pub audience: Option<&'a str>,
    pub readers: &'a [String],
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub origin_updated_at: Timestamp,
    pub edited_at: Option<Timestamp>,
    pub pinned: bool,
    pub closed: bool,
}

impl New<'_> {
    /// The place of a thread that begins with this post and has no answer yet; an answer moves the thread it hangs in.
    fn listed_at(&self) -> i64 {
        if self.state == State::Posted && self.id == self.root { self.created_at.millis() } else { 0 }
    }
}

/// Stores a new post. False when one of its addresses is taken already.
pub(super) async fn insert(tx: &mut Tx, new: &New<'_>) -> Result<bool, DbError> {
    let readers = serde_json::to_string(new.readers).unwrap_or_else(|_| "[]".to_owned());
    let done = sqlx::query(
        "INSERT INTO posts (id, group_id, author_id, uri, origin_uri, create_uri, parent_id, parent_uri, root_id, replaces, source, html,
            excerpt, lang, label, label_key, state, reason, audience_id, readers, created_at, updated_at, origin_updated_at, edited_at,
            pinned, closed, listed_at, announce_uri, answered, told, confirmed, edit_lang, edit_label, edit_reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, '', $18, $19, $20, $21, $22, $23, $24, $25,
            $26, $27, 0, 0, 0, '', '', '')
         ON CONFLICT DO NOTHING",
    )
    .bind(new.id.as_str())
    .bind(new.group.as_str())
    .bind(new.author.as_str())
    .bind(new.uri.map(Iri::as_str))
    .bind(new.origin_uri.map(Iri::as_str))
    .bind(new.create_uri.map(Iri::as_str))
    .bind(new.parent.map(Id::as_str))
    .bind(new.parent_uri.map(Iri::as_str))
    .bind(new.root.as_str())
    .bind(new.replaces.map(Iri::as_str))
    .bind(new.text.source())
    .bind(new.text.html().as_str())
    .bind(new.text.excerpt())
    .bind(new.text.lang())
    .bind(new.text.label())
    .bind(new.text.label_key())
    .bind(new.state.as_str())
    .bind(new.audience)
    .bind(readers)
    .bind(new.created_at.millis())
    .bind(new.updated_at.millis())
    .bind(new.origin_updated_at.millis())
    .bind(new.edited_at.map(Timestamp::millis))
    .bind(i64::from(new.pinned))
    .bind(i64::from(new.closed))
    .bind(new.listed_at())
    .bind(new.announce.map(Iri::as_str))
    .execute(tx.sql())
    .await?
    .rows_affected();
    Ok(done > 0)
}

/// Replaces the text.
pub(super) async fn set_text(tx: &mut Tx, id: &Id, text: &Text, updated: Timestamp, edited: Option<Timestamp>) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE posts SET source = $2, html = $3, excerpt = $4, lang = $5, label = $6, label_key = $7, updated_at = $8, edited_at = $9
         WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(text.source())
    .bind(text.html().as_str())
    .bind(text.excerpt())
    .bind(text.lang())
    .bind(text.label())
    .bind(text.label_key())
    .bind(updated.millis())
    .bind(edited.map(Timestamp::millis))
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Pins, closes, or takes that back.
pub(super) async fn set_flags(tx: &mut Tx, id: &Id, pinned: bool, closed: bool, updated: Timestamp) -> Result<(), DbError> {
    sqlx::query("UPDATE posts SET pinned = $2, closed = $3, updated_at = $4 WHERE id = $1")
        .bind(id.as_str())
        .bind(i64::from(pinned))
        .bind(i64::from(closed))
        .bind(updated.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// How a post leaves the eyes of members.
pub(super) struct Hiding<'a> {
    pub state: State,
    pub reason: &'a str,
    pub at: Timestamp,
    /// Until when the text is kept for its writer; `None`: it goes now.
    pub keep_until: Option<Timestamp>,
}

/// Hides a post: members read it no more, what of it has not left does not leave any more, and unless it is kept for undo, its text
/// is gone from this database.
pub(super) async fn hide(tx: &mut Tx, id: &Id, hiding: &Hiding<'_>) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE posts SET state = $2, reason = $3, deleted_at = $4, undo_until = $5, updated_at = CASE WHEN updated_at < $4 THEN $4 ELSE updated_at END,
            pinned = 0, excerpt = '', edit_source = NULL, edit_uri = NULL, edit_label = '', edit_reason = ''
         WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(hiding.state.as_str())
    .bind(hiding.reason)
    .bind(hiding.at.millis())
    .bind(hiding.keep_until.map(Timestamp::millis))
    .execute(tx.sql())
    .await?;
    sqlx::query("DELETE FROM post_notices WHERE post_id = $1").bind(id.as_str()).execute(tx.sql()).await?;
    note_erased(tx, id, hiding).await?;
    if hiding.keep_until.is_none() {
        return erase_text(tx, id, hiding.at).await;
    }
    call_back(tx, id, hiding.at).await
}

/// Into the list of erasures: every address of the post, and with the one that this house gave it also its group and who took it
/// away, so that the deletion can be said again from the list alone.
async fn note_erased(tx: &mut Tx, id: &Id, hiding: &Hiding<'_>) -> Result<(), DbError> {
    type Known = (Option<String>, Option<String>, Option<String>, Option<String>, Option<String>);
    let row: Option<Known> = sqlx::query_as(
        "SELECT p.uri, p.origin_uri, g.home_id, g.uri, a.uri FROM posts p LEFT JOIN groups g ON g.id = p.group_id
         LEFT JOIN actors a ON a.id = p.author_id WHERE p.id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(tx.sql())
    .await?;
    let Some((uri, origin, home, group, writer)) = row else { return Ok(()) };
    let group = group.unwrap_or_default();
    let writer = writer.filter(|_| hiding.state != State::Removed).unwrap_or_default();
    for (address, ours) in [(uri, home.is_none()), (origin, home.is_some())] {
        let Some(address) = address else { continue };
        let whence = if ours { (group.as_str(), writer.as_str()) } else { ("", "") };
        objects::erased_from(tx, objects::OBJECT, &address, whence, hiding.at).await?;
    }
    Ok(())
}

/// The addresses a post has: its home's, and the writer's own.
async fn addresses(conn: &mut Conn, id: &Id) -> Result<Vec<Iri>, DbError> {
    let row: Option<(Option<String>, Option<String>)> =
        sqlx::query_as("SELECT uri, origin_uri FROM posts WHERE id = $1").bind(id.as_str()).fetch_optional(conn.sql()).await?;
    let (uri, origin) = row.unwrap_or_default();
    Ok([uri, origin].into_iter().filter_map(|text| iri(text.as_deref())).collect())
}

/// What has not left yet of a post does not leave any more.
pub(super) async fn call_back(tx: &mut Tx, id: &Id, now: Timestamp) -> Result<(), DbError> {
    for uri in addresses(tx, id).await? {
        outbox::withhold(tx, &uri, now).await?;
    }
    Ok(())
}

/// Takes the words out of a row, out of what waits to be sent, and out of the list of topics; the place stays, so that nothing
/// late brings it back.
pub(super) async fn erase_text(tx: &mut Tx, id: &Id, now: Timestamp) -> Result<(), DbError> {
    call_back(tx, id, now).await?;
    sqlx::query(
        "DELETE FROM post_labels WHERE group_id = (SELECT group_id FROM posts WHERE id = $1)
           AND label_key = (SELECT label_key FROM posts WHERE id = $1) AND NOT EXISTS (SELECT 1 FROM posts p
             WHERE p.group_id = post_labels.group_id AND p.label_key = post_labels.label_key AND p.listed_at > 0 AND p.id <> $1)",
    )
    .bind(id.as_str())
    .execute(tx.sql())
    .await?;
    sqlx::query(
        "UPDATE posts SET source = '', html = '', excerpt = '', label = '', label_key = '', undo_until = NULL, edit_source = NULL,
            edit_label = '', edit_uri = NULL
         WHERE id = $1",
    )
    .bind(id.as_str())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Erases the text of hidden posts whose time of undo is over, at most 200 at a time. Returns how many.
pub(super) async fn erase_due(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT id FROM posts WHERE undo_until <= $1 AND state <> 'posted' ORDER BY undo_until LIMIT 200")
            .bind(now.millis())
            .fetch_all(tx.sql())
            .await?;
    let mut done = 0;
    for (text,) in &rows {
        erase_text(tx, &id(text)?, now).await?;
        done += 1;
    }
    Ok(done)
}

/// Brings a hidden post back as it was (nobody outside this house ever held it).
pub(super) async fn unhide(tx: &mut Tx, post: &Post, excerpt: &str, updated: Timestamp) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE posts SET state = 'posted', reason = '', deleted_at = NULL, undo_until = NULL, excerpt = $2, updated_at = $3 WHERE id = $1",
    )
    .bind(post.id.as_str())
    .bind(excerpt)
    .bind(updated.millis())
    .execute(tx.sql())
    .await?;
    for uri in addresses(tx, &post.id).await? {
        objects::erased(tx, objects::BACK, uri.as_str(), updated).await?;
    }
    freeze::stays(tx, &post.id).await
}

/// Joins an own post to the id that the home gave it, and sets its state. `updated`: what the home said of it last; the epoch when it
/// said nothing yet, so that its first word counts whatever our clock says.
pub(super) async fn join(tx: &mut Tx, id: &Id, uri: &Iri, state: State, updated: Timestamp) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE posts SET uri = $2, state = $3, updated_at = $4, reason = CASE WHEN $3 = 'posted' THEN '' ELSE reason END WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(uri.as_str())
    .bind(state.as_str())
    .bind(updated.millis())
    .execute(tx.sql())
    .await?;
    if matches!(state, State::Deleted | State::Withdrawn) {
        objects::erased(tx, objects::OBJECT, uri.as_str(), updated).await?;
    }
    freeze::stays(tx, id).await
}

/// What the home says of an own post besides its text: its moment there and its marks.
pub(super) async fn confirm(tx: &mut Tx, id: &Id, created: Timestamp, pinned: bool, closed: bool) -> Result<(), DbError> {
    sqlx::query("UPDATE posts SET created_at = $2, pinned = $3, closed = $4 WHERE id = $1")
        .bind(id.as_str())
        .bind(created.millis())
        .bind(i64::from(pinned))
        .bind(i64::from(closed))
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Sets state and reason; the text stays.
pub(super) async fn set_state(tx: &mut Tx, id: &Id, state: State, reason: &str) -> Result<(), DbError> {
    sqlx::query("UPDATE posts SET state = $2, reason = $3 WHERE id = $1")
        .bind(id.as_str())
        .bind(state.as_str())
        .bind(reason)
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Removes a copy whose place an own post takes over.
pub(super) async fn drop_copy(tx: &mut Tx, id: &Id) -> Result<(), DbError> {
    sqlx::query("DELETE FROM post_notices WHERE post_id = $1").bind(id.as_str()).execute(tx.sql()).await?;
    sqlx::query("DELETE FROM posts WHERE id = $1").bind(id.as_str()).execute(tx.sql()).await?;
    Ok(())
}

/// The partners that hold, or may hold, this object: from the record of what was disclosed to whom.
pub(super) async fn told_of(conn: &mut Conn, uri: &Iri) -> Result<Vec<Id>, DbError> {
    ledger::holders(conn, uri).await
}

/// How many readable posts there are, in one group or in all.
pub(super) async fn count(conn: &mut Conn, group: Option<&Id>) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM posts WHERE state = 'posted' AND ($1 = '' OR group_id = $1)")
        .bind(group.map_or("", Id::as_str))
        .fetch_one(conn.sql())
        .await?;
    Ok(count)
}
