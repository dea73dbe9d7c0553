//! The SQL of what is kept beside posts: drafts, notices (an answer to you, your name in a post) and topics of a group.
//! Nothing here records that somebody read something.

use sqlx::AssertSqlSafe;

use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx, numbered};
use crate::features::posts::post::Text;

use super::id;

/// Text kept for later.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(in crate::features::posts) struct Draft {
    pub group_id: String,
    /// Empty for a new thread.
    pub parent_id: String,
    pub source: String,
    pub lang: String,
    pub label: String,
    saved_at: i64,
}

impl Draft {
    pub(in crate::features::posts) fn saved(&self) -> Timestamp {
        Timestamp::from_millis(self.saved_at)
    }
}

/// Where a draft belongs: a persona, a group, and for an answer the post.
#[derive(Clone, Copy)]
pub(in crate::features::posts) struct Place<'a> {
    pub actor: &'a Id,
    pub group: &'a Id,
    pub parent: Option<&'a Id>,
}

impl Place<'_> {
    fn parent(&self) -> &str {
        self.parent.map_or("", Id::as_str)
    }
}

/// Keeps a draft; an older one at the same place gives way.
pub(in crate::features::posts) async fn keep(
    tx: &mut Tx,
    place: Place<'_>,
    (source, lang, label): (&str, &str, &str),
    now: Timestamp,
) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO drafts (actor_id, group_id, parent_id, source, lang, label, saved_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (actor_id, group_id, parent_id) DO UPDATE SET source = excluded.source, lang = excluded.lang, label = excluded.label,
            saved_at = excluded.saved_at",
    )
    .bind(place.actor.as_str())
    .bind(place.group.as_str())
    .bind(place.parent())
    .bind(source)
    .bind(lang)
    .bind(label)
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// The draft at this place.
pub(in crate::features::posts) async fn draft(conn: &mut Conn, place: Place<'_>) -> Result<Option<Draft>, DbError> {
    Ok(sqlx::query_as(
        "SELECT group_id, parent_id, source, lang, label, saved_at FROM drafts WHERE actor_id = $1 AND group_id = $2 AND parent_id = $3",
    )
    .bind(place.actor.as_str())
    .bind(place.group.as_str())
    .bind(place.parent())
    .fetch_optional(conn.sql())
    .await?)
}

/// All drafts of these personas, newest first.
pub(in crate::features::posts) async fn drafts_of(conn: &mut Conn, actors: &[Id]) -> Result<Vec<Draft>, DbError> {
    if actors.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT group_id, parent_id, source, lang, label, saved_at FROM drafts WHERE actor_id IN ({}) ORDER BY saved_at DESC LIMIT 20",
        numbered(1, actors.len())
    );
    let mut query = sqlx::query_as(AssertSqlSafe(text));
    for actor in actors {
        query = query.bind(actor.as_str());
    }
    Ok(query.fetch_all(conn.sql()).await?)
}

/// Throws the draft at this place away.
pub(in crate::features::posts) async fn drop_draft(tx: &mut Tx, place: Place<'_>) -> Result<(), DbError> {
    sqlx::query("DELETE FROM drafts WHERE actor_id = $1 AND group_id = $2 AND parent_id = $3")
        .bind(place.actor.as_str())
        .bind(place.group.as_str())
        .bind(place.parent())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Why a post concerns somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::features::posts) enum Why {
    /// It answers a post of theirs.
    Answer,
    /// It names them.
    Mention,
}

impl Why {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Mention => "mention",
        }
    }
}

/// Remembers that a post concerns a persona of this house. Once per post: being answered counts more than being named.
pub(in crate::features::posts) async fn notice(
    tx: &mut Tx,
    actor: &Id,
    (post, group): (&Id, &Id),
    why: Why,
    at: Timestamp,
) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO post_notices (actor_id, post_id, group_id, kind, at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (actor_id, post_id) DO UPDATE SET kind = CASE WHEN post_notices.kind = 'answer' THEN 'answer' ELSE excluded.kind END",
    )
    .bind(actor.as_str())
    .bind(post.as_str())
    .bind(group.as_str())
    .bind(why.as_str())
    .bind(at.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Forgets who was named in a post, before its new text is read.
pub(in crate::features::posts) async fn forget_mentions(tx: &mut Tx, post: &Id) -> Result<(), DbError> {
    sqlx::query("DELETE FROM post_notices WHERE post_id = $1 AND kind = 'mention'").bind(post.as_str()).execute(tx.sql()).await?;
    Ok(())
}

/// A post that concerns somebody, as their home page shows it: who and where, not what.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(in crate::features::posts) struct Notice {
    pub post_id: String,
    pub group_id: String,
    pub author_name: String,
    kind: String,
    at: i64,
}

impl Notice {
    pub(in crate::features::posts) fn is_answer(&self) -> bool {
        self.kind == "answer"
    }
    pub(in crate::features::posts) fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.at)
    }
}

/// The newest notices of these personas since then, in groups they are still in.
pub(in crate::features::posts) async fn notices(
    conn: &mut Conn,
    actors: &[Id],
    groups: &[Id],
    since: Timestamp,
) -> Result<Vec<Notice>, DbError> {
    if actors.is_empty() || groups.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT n.post_id, n.group_id, a.name AS author_name, n.kind, n.at FROM post_notices n
         JOIN posts p ON p.id = n.post_id AND p.state = 'posted' JOIN actors a ON a.id = p.author_id
         WHERE n.at > $1 AND n.actor_id IN ({}) AND n.group_id IN ({}) ORDER BY n.at DESC, n.post_id DESC LIMIT 8",
        numbered(2, actors.len()),
        numbered(2 + actors.len(), groups.len())
    );
    let mut query = sqlx::query_as(AssertSqlSafe(text)).bind(since.millis());
    for key in actors.iter().chain(groups) {
        query = query.bind(key.as_str());
    }
    Ok(query.fetch_all(conn.sql()).await?)
}

/// Names by which people of this house take part in a group: for finding who is named in a text.
pub(in crate::features::posts) async fn names_here(conn: &mut Conn, group: &Id) -> Result<Vec<(Id, String)>, DbError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT m.actor_id, a.name FROM memberships m JOIN actors a ON a.id = m.actor_id
         WHERE m.group_id = $1 AND m.state = 'active' AND a.partner_id IS NULL AND a.gone_at IS NULL AND a.frozen_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM guests g WHERE g.actor_id = m.actor_id)
         ORDER BY m.actor_id LIMIT 2000",
    )
    .bind(group.as_str())
    .fetch_all(conn.sql())
    .await?;
    rows.into_iter().map(|(actor, name)| Ok((id(&actor)?, name))).collect()
}

/// Remembers a topic for suggestions.
pub(in crate::features::posts) async fn use_label(tx: &mut Tx, group: &Id, text: &Text, at: Timestamp) -> Result<(), DbError> {
    if text.label().is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO post_labels (group_id, label_key, label, used_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (group_id, label_key) DO UPDATE SET label = excluded.label, used_at = excluded.used_at
         WHERE post_labels.used_at < excluded.used_at",
    )
    .bind(group.as_str())
    .bind(text.label_key())
    .bind(text.label())
    .bind(at.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// The topics used last in a group, as long as a thread has them.
pub(in crate::features::posts) async fn labels(conn: &mut Conn, group: &Id) -> Result<Vec<String>, DbError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT l.label FROM post_labels l WHERE l.group_id = $1
           AND EXISTS (SELECT 1 FROM posts p WHERE p.group_id = l.group_id AND p.label_key = l.label_key AND p.listed_at > 0)
         ORDER BY l.used_at DESC, l.label_key LIMIT 12",
    )
    .bind(group.as_str())
    .fetch_all(conn.sql())
    .await?;
    Ok(rows.into_iter().map(|(label,)| label).collect())
}

/// What a line of news is about. It says that there is something, never what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Somebody looked at something the person had told.
    Told,
    /// Somebody else looked again at a removal.
    Appeal,
    /// An objection of theirs was answered.
    Objection,
}

impl News {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Appeal => "appeal",
            Self::Objection => "objection",
        }
    }
}

/// Puts a line of news on a persona's first page; the newest of a kind stands for all.
pub(in crate::features::posts) async fn tell(tx: &mut Tx, actor: &Id, news: News, at: Timestamp) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO post_news (actor_id, kind, at) VALUES ($1, $2, $3) ON CONFLICT (actor_id, kind) DO UPDATE SET at = excluded.at",
    )
    .bind(actor.as_str())
    .bind(news.as_str())
    .bind(at.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// The news of these personas since then: kind and moment, newest first.
pub(in crate::features::posts) async fn news(conn: &mut Conn, actors: &[Id], since: Timestamp) -> Result<Vec<(News, Timestamp)>, DbError> {
    if actors.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT kind, MAX(at) FROM post_news WHERE at > $1 AND actor_id IN ({}) GROUP BY kind ORDER BY 2 DESC",
        numbered(2, actors.len())
    );
    let mut query = sqlx::query_as(AssertSqlSafe(text)).bind(since.millis());
    for actor in actors {
        query = query.bind(actor.as_str());
    }
    let rows: Vec<(String, i64)> = query.fetch_all(conn.sql()).await?;
    let read = |kind: &str| match kind {
        "appeal" => News::Appeal,
        "objection" => News::Objection,
        _ => News::Told,
    };
    Ok(rows.into_iter().map(|(kind, at)| (read(&kind), Timestamp::from_millis(at))).collect())
}

/// Takes away what a persona kept and was told: drafts and notices.
pub(in crate::features::posts) async fn forget(tx: &mut Tx, actor: &Id) -> Result<(), DbError> {
    sqlx::query("DELETE FROM drafts WHERE actor_id = $1").bind(actor.as_str()).execute(tx.sql()).await?;
    sqlx::query("DELETE FROM post_notices WHERE actor_id = $1").bind(actor.as_str()).execute(tx.sql()).await?;
    sqlx::query("DELETE FROM post_news WHERE actor_id = $1").bind(actor.as_str()).execute(tx.sql()).await?;
    Ok(())
}

/// Everything these personas kept for later, oldest first: for their own copy.
pub(in crate::features::posts) async fn all_drafts(conn: &mut Conn, actors: &[Id]) -> Result<Vec<Draft>, DbError> {
    let mut all: Vec<Draft> = Vec::new();
    for actor in actors {
        let rows: Vec<Draft> = sqlx::query_as(
            "SELECT group_id, parent_id, source, lang, label, saved_at FROM drafts WHERE actor_id = $1 ORDER BY saved_at LIMIT 5000",
        )
        .bind(actor.as_str())
        .fetch_all(conn.sql())
        .await?;
        all.extend(rows);
    }
    Ok(all)
}

/// Every notice of these personas (post, kind, moment), oldest first: for their own copy.
pub(in crate::features::posts) async fn all_notices(conn: &mut Conn, actors: &[Id]) -> Result<Vec<(String, String, i64)>, DbError> {
    let mut all = Vec::new();
    for actor in actors {
        let rows: Vec<(String, String, i64)> =
            sqlx::query_as("SELECT post_id, kind, at FROM post_notices WHERE actor_id = $1 ORDER BY at, post_id LIMIT 5000")
                .bind(actor.as_str())
                .fetch_all(conn.sql())
                .await?;
        all.extend(rows);
    }
    Ok(all)
}
