//! The SQL of lists: threads of a group, answers of a thread, what a writer has unsettled, what a partner may read again.
//! Every list is one statement that walks one index from a cursor; none counts, and none grows with the size of the group.

use sqlx::AssertSqlSafe;

use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, DbError, numbered};
use crate::features::posts::post::{Post, State};

use super::{PostRow, corrupt, id, post_columns};

/// Threads on one page of a group.
pub(in crate::features::posts) const THREADS: usize = 20;
/// Answers on one page of a thread.
pub(in crate::features::posts) const ANSWERS: usize = 50;
/// Items on one page of history for a partner (groups.md row 15).
pub(in crate::features::posts) const HISTORY: usize = 5;

/// Where a list goes on: a moment and an id. Written as `<millis>.<id>` in addresses of pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::features::posts) struct Cursor {
    pub at: i64,
    pub id: String,
}

impl Cursor {
    /// Before everything in a list that runs backwards.
    pub(in crate::features::posts) fn newest() -> Self {
        Self { at: i64::MAX, id: String::new() }
    }

    /// Before everything in a list that runs forwards.
    pub(in crate::features::posts) fn oldest() -> Self {
        Self { at: i64::MIN, id: String::new() }
    }

    /// Reads the written form.
    pub(in crate::features::posts) fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('.')?;
        Some(Self { at: at.parse().ok()?, id: Id::parse(id)?.to_string() })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.at, self.id)
    }
}

/// A page of a list, and where the next one begins.
#[derive(Clone, Debug)]
pub(in crate::features::posts) struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    fn cut(mut items: Vec<T>, size: usize, cursor: impl Fn(&T) -> Cursor) -> Self {
        let more = items.len() > size;
        items.truncate(size);
        let next = if more { items.last().map(cursor) } else { None };
        Self { items, next }
    }
}

/// One thread in a list: its first words and its marks.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(in crate::features::posts) struct Thread {
    pub id: String,
    pub group_id: String,
    pub author_name: String,
    pub excerpt: String,
    pub lang: String,
    pub label: String,
    state: String,
    created_at: i64,
    listed_at: i64,
    edited_at: Option<i64>,
    pinned: i64,
    closed: i64,
    answered: i64,
}

impl Thread {
    pub(in crate::features::posts) fn state(&self) -> State {
        State::read(&self.state)
    }
    pub(in crate::features::posts) fn created(&self) -> Timestamp {
        Timestamp::from_millis(self.created_at)
    }
    /// When the last answer was written, if there is one.
    pub(in crate::features::posts) fn last_answer(&self) -> Option<Timestamp> {
        (self.is_answered() || self.listed_at > self.created_at || self.state() != State::Posted)
            .then(|| Timestamp::from_millis(self.listed_at))
    }
    pub(in crate::features::posts) fn is_edited(&self) -> bool {
        self.edited_at.is_some()
    }
    pub(in crate::features::posts) fn is_pinned(&self) -> bool {
        self.pinned != 0
    }
    pub(in crate::features::posts) fn is_closed(&self) -> bool {
        self.closed != 0
    }
    pub(in crate::features::posts) fn is_answered(&self) -> bool {
        self.answered != 0
    }
    fn cursor(&self) -> Cursor {
        Cursor { at: self.listed_at, id: self.id.clone() }
    }
    fn created_cursor(&self) -> Cursor {
        Cursor { at: self.created_at, id: self.id.clone() }
    }
}

macro_rules! threads {
    ($rest:literal) => {
        concat!(
            "SELECT p.id, p.group_id, a.name AS author_name, p.excerpt, p.lang, p.label, p.state, p.created_at, p.listed_at, p.edited_at,
                p.pinned, p.closed, p.answered FROM posts p JOIN actors a ON a.id = p.author_id WHERE ",
            $rest
        )
    };
}

fn limit(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(20).saturating_add(1)
}

/// The threads of a group, last answer first, without the pinned ones.
pub(in crate::features::posts) async fn threads(conn: &mut Conn, group: &Id, before: &Cursor) -> Result<Page<Thread>, DbError> {
    let rows = sqlx::query_as(threads!(
        "p.group_id = $1 AND p.listed_at > 0 AND (p.listed_at, p.id) < ($2, $3) AND p.pinned = 0 ORDER BY p.listed_at DESC, p.id DESC LIMIT $4"
    ))
    .bind(group.as_str())
    .bind(before.at)
    .bind(&before.id)
    .bind(limit(THREADS))
    .fetch_all(conn.sql())
    .await?;
    Ok(Page::cut(rows, THREADS, Thread::cursor))
}

/// The threads of a group with one topic, pinned ones among them.
pub(in crate::features::posts) async fn labelled(
    conn: &mut Conn,
    group: &Id,
    label_key: &str,
    before: &Cursor,
) -> Result<Page<Thread>, DbError> {
    let rows = sqlx::query_as(threads!(
        "p.group_id = $1 AND p.label_key = $5 AND p.listed_at > 0 AND (p.listed_at, p.id) < ($2, $3)
         ORDER BY p.listed_at DESC, p.id DESC LIMIT $4"
    ))
    .bind(group.as_str())
    .bind(before.at)
    .bind(&before.id)
    .bind(limit(THREADS))
    .bind(label_key)
    .fetch_all(conn.sql())
    .await?;
    Ok(Page::cut(rows, THREADS, Thread::cursor))
}

/// The pinned threads of a group; at most ten.
pub(in crate::features::posts) async fn pinned(conn: &mut Conn, group: &Id) -> Result<Vec<Thread>, DbError> {
    Ok(sqlx::query_as(threads!("p.group_id = $1 AND p.pinned = 1 AND p.listed_at > 0 ORDER BY p.listed_at DESC LIMIT 10"))
        .bind(group.as_str())
        .fetch_all(conn.sql())
        .await?)
}

/// Threads that nobody but their writer answered, oldest first.
pub(in crate::features::posts) async fn unanswered(conn: &mut Conn, group: &Id, after: &Cursor) -> Result<Page<Thread>, DbError> {
    let rows = sqlx::query_as(threads!(
        "p.group_id = $1 AND p.listed_at > 0 AND p.answered = 0 AND p.closed = 0 AND (p.created_at, p.id) > ($2, $3)
         ORDER BY p.created_at, p.id LIMIT $4"
    ))
    .bind(group.as_str())
    .bind(after.at)
    .bind(&after.id)
    .bind(limit(THREADS))
    .fetch_all(conn.sql())
    .await?;
    Ok(Page::cut(rows, THREADS, Thread::created_cursor))
}

/// How many threads of these groups wait for a first answer, and since when the oldest does.
pub(in crate::features::posts) async fn count_unanswered(conn: &mut Conn, groups: &[Id]) -> Result<(i64, Option<Timestamp>), DbError> {
    if groups.is_empty() {
        return Ok((0, None));
    }
    let text = format!(
        "SELECT COUNT(*), MIN(created_at) FROM posts WHERE listed_at > 0 AND answered = 0 AND closed = 0 AND state = 'posted'
         AND group_id IN ({})",
        numbered(1, groups.len())
    );
    let mut query = sqlx::query_as(AssertSqlSafe(text));
    for group in groups {
        query = query.bind(group.as_str());
    }
    let (count, oldest): (i64, Option<i64>) = query.fetch_one(conn.sql()).await?;
    Ok((count, oldest.map(Timestamp::from_millis)))
}

/// The newest threads of several groups: at most three of each, at most twenty groups.
pub(in crate::features::posts) async fn newest(conn: &mut Conn, groups: &[Id]) -> Result<Vec<Thread>, DbError> {
    let groups = groups.get(..20).unwrap_or(groups);
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let part = |at: usize| {
        format!(
            "SELECT * FROM (SELECT p.id, p.group_id, a.name AS author_name, p.excerpt, p.lang, p.label, p.state, p.created_at, p.listed_at,
                p.edited_at, p.pinned, p.closed, p.answered FROM posts p JOIN actors a ON a.id = p.author_id
             WHERE p.group_id = ${} AND p.listed_at > 0 ORDER BY p.listed_at DESC, p.id DESC LIMIT 3) AS g{at}",
            at + 1
        )
    };
    let text = (0..groups.len()).map(part).collect::<Vec<_>>().join(" UNION ALL ");
    let mut query = sqlx::query_as::<_, Thread>(AssertSqlSafe(text));
    for group in groups {
        query = query.bind(group.as_str());
    }
    let mut rows = query.fetch_all(conn.sql()).await?;
    rows.sort_by(|a, b| (b.listed_at, &b.id).cmp(&(a.listed_at, &a.id)));
    Ok(rows)
}

/// An answer with the name of the person it answers, when that is not the beginning of the thread.
pub(in crate::features::posts) struct Answer {
    pub post: Post,
    pub to: Option<String>,
}

#[derive(sqlx::FromRow)]
struct AnswerRow {
    #[sqlx(flatten)]
    post: PostRow,
    parent_name: Option<String>,
}

/// The answers of a thread, oldest first: what members can read, and besides that what `me` wrote and can still do something about.
pub(in crate::features::posts) async fn answers(conn: &mut Conn, root: &Id, me: &Id, after: &Cursor) -> Result<Page<Answer>, DbError> {
    let rows: Vec<AnswerRow> = sqlx::query_as(concat!(
        "SELECT ",
        post_columns!(),
        ", pa.name AS parent_name FROM posts p JOIN actors a ON a.id = p.author_id
           LEFT JOIN posts pp ON pp.id = p.parent_id AND pp.id <> p.root_id AND pp.state = 'posted' LEFT JOIN actors pa ON pa.id = pp.author_id
         WHERE p.root_id = $1 AND p.id <> $1 AND (p.created_at, p.id) > ($2, $3)
           AND (p.state = 'posted' OR (p.author_id = $4 AND p.state <> 'withdrawn' AND p.source <> ''))
         ORDER BY p.created_at, p.id LIMIT $5"
    ))
    .bind(root.as_str())
    .bind(after.at)
    .bind(&after.id)
    .bind(me.as_str())
    .bind(limit(ANSWERS))
    .fetch_all(conn.sql())
    .await?;
    let answers =
        rows.into_iter().map(|row| Ok(Answer { post: row.post.into_post()?, to: row.parent_name })).collect::<Result<_, DbError>>()?;
    Ok(Page::cut(answers, ANSWERS, |answer: &Answer| Cursor { at: answer.post.created_at.millis(), id: answer.post.id.to_string() }))
}

/// Threads of this writer that members cannot read but the writer can still do something about: waiting, refused, deleted, removed.
pub(in crate::features::posts) async fn unsettled(conn: &mut Conn, group: &Id, author: &Id) -> Result<Vec<Post>, DbError> {
    let rows: Vec<PostRow> = sqlx::query_as(super::select_post!(
        "p.author_id = $1 AND p.group_id = $2 AND p.state <> 'posted' AND p.state <> 'withdrawn' AND p.root_id = p.id AND p.source <> ''
         ORDER BY p.created_at DESC LIMIT 20"
    ))
    .bind(author.as_str())
    .bind(group.as_str())
    .fetch_all(conn.sql())
    .await?;
    rows.into_iter().map(PostRow::into_post).collect()
}

/// Everything of these writers that waits for a home, was refused or was removed, in any group, newest first.
pub(in crate::features::posts) async fn waiting_of(conn: &mut Conn, authors: &[Id], before: &Cursor) -> Result<Page<Post>, DbError> {
    of_writers(conn, authors, "p.state <> 'posted' AND p.state IN ('waiting', 'refused', 'removed') AND p.source <> ''", before).await
}

/// Everything of these writers that can be read, newest first: for names that are not used any more.
pub(in crate::features::posts) async fn readable_of(conn: &mut Conn, authors: &[Id], before: &Cursor) -> Result<Page<Post>, DbError> {
    of_writers(conn, authors, "p.state = 'posted'", before).await
}

async fn of_writers(conn: &mut Conn, authors: &[Id], which: &'static str, before: &Cursor) -> Result<Page<Post>, DbError> {
    if authors.is_empty() {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let text = format!(
        concat!(
            "SELECT ",
            post_columns!(),
            " FROM posts p JOIN actors a ON a.id = p.author_id WHERE p.author_id IN ({}) AND {}
              AND (p.created_at, p.id) < ($1, $2) ORDER BY p.created_at DESC, p.id DESC LIMIT $3"
        ),
        numbered(4, authors.len()),
        which
    );
    let mut query = sqlx::query_as::<_, PostRow>(AssertSqlSafe(text)).bind(before.at).bind(&before.id).bind(limit(THREADS));
    for author in authors {
        query = query.bind(author.as_str());
    }
    let posts = query.fetch_all(conn.sql()).await?.into_iter().map(PostRow::into_post).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(posts, THREADS, |post: &Post| Cursor { at: post.created_at.millis(), id: post.id.to_string() }))
}

/// From when on a partner may read the history of a group again.
#[derive(Clone, Copy, Debug)]
pub(in crate::features::posts) struct Start {
    /// Since when the group is shared with it: nothing from before, whatever it was told then.
    pub shared: Timestamp,
    /// Since when it has members in the group: of what was written before only what it was told of.
    pub members: Timestamp,
}

/// The posts of a group that this partner may hold, newest first: those of its audience from its start on, and what it was told of
/// already (groups.md row 15).
pub(in crate::features::posts) async fn history(
    conn: &mut Conn,
    (group, partner): (&Id, &Id),
    start: Start,
    before: &Cursor,
) -> Result<Page<Post>, DbError> {
    let rows: Vec<PostRow> = sqlx::query_as(concat!(
        "SELECT ",
        post_columns!(),
        " FROM posts p JOIN actors a ON a.id = p.author_id
           JOIN audience_partners h ON h.audience_id = p.audience_id AND h.partner_id = $2
         WHERE p.group_id = $1 AND p.state = 'posted' AND (p.created_at, p.id) < ($3, $4) AND p.created_at >= $6
           AND (p.created_at >= $7 OR EXISTS (SELECT 1 FROM outbox o JOIN deliveries d ON d.outbox_seq = o.seq AND d.partner_id = $2
                                              WHERE o.activity_uri = p.announce_uri))
         ORDER BY p.created_at DESC, p.id DESC LIMIT $5"
    ))
    .bind(group.as_str())
    .bind(partner.as_str())
    .bind(before.at)
    .bind(&before.id)
    .bind(limit(HISTORY))
    .bind(start.shared.millis())
    .bind(start.members.millis())
    .fetch_all(conn.sql())
    .await?;
    let posts = rows.into_iter().map(PostRow::into_post).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(posts, HISTORY, |post: &Post| Cursor { at: post.created_at.millis(), id: post.id.to_string() }))
}

/// How much these writers wrote since then, whatever became of it.
pub(in crate::features::posts) async fn written_since(conn: &mut Conn, authors: &[Id], since: Timestamp) -> Result<i64, DbError> {
    if authors.is_empty() {
        return Ok(0);
    }
    let list = numbered(2, authors.len());
    // Two parts, so that each walks an index of its own.
    let text = format!(
        "SELECT (SELECT COUNT(*) FROM posts WHERE author_id IN ({list}) AND state = 'posted' AND created_at > $1)
              + (SELECT COUNT(*) FROM posts WHERE author_id IN ({list}) AND state <> 'posted' AND created_at > $1)"
    );
    let mut query = sqlx::query_as::<_, (i64,)>(AssertSqlSafe(text)).bind(since.millis());
    for author in authors {
        query = query.bind(author.as_str());
    }
    Ok(query.fetch_one(conn.sql()).await?.0)
}

/// Actors of ours whose posts can be read in a group.
pub(in crate::features::posts) async fn writers(conn: &mut Conn, group: &Id) -> Result<Vec<Id>, DbError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT DISTINCT p.author_id FROM posts p JOIN actors a ON a.id = p.author_id
         WHERE p.group_id = $1 AND p.state = 'posted' AND a.partner_id IS NULL ORDER BY p.author_id",
    )
    .bind(group.as_str())
    .fetch_all(conn.sql())
    .await?;
    rows.iter().map(|(text,)| id(text)).collect()
}

/// Where in its thread a post stands, so that a page can begin there: the cursor just before it.
pub(in crate::features::posts) fn just_before(post: &Post) -> Cursor {
    Cursor { at: post.created_at.millis().saturating_sub(1), id: "z".repeat(Id::LEN) }
}

/// The address of the Announce that shared this post.
pub(in crate::features::posts) async fn announce_of(conn: &mut Conn, post: &Id) -> Result<Option<Iri>, DbError> {
    let row: Option<(Option<String>,)> =
        sqlx::query_as("SELECT announce_uri FROM posts WHERE id = $1").bind(post.as_str()).fetch_optional(conn.sql()).await?;
    row.and_then(|(uri,)| uri).map(|uri| Iri::parse(&uri).map_err(|_| corrupt())).transpose()
}

/// Every text that these writers have here, oldest first: for their own copy.
pub(in crate::features::posts) async fn own_copy(conn: &mut Conn, authors: &[Id]) -> Result<Vec<Post>, DbError> {
    let mut posts: Vec<Post> = Vec::new();
    for author in authors {
        let mut after = Cursor::oldest();
        loop {
            let rows: Vec<PostRow> = sqlx::query_as(super::select_post!(
                "p.author_id = $1 AND (p.state = 'posted' OR p.source <> '') AND (p.created_at, p.id) > ($2, $3)
                 ORDER BY p.created_at, p.id LIMIT 500"
            ))
            .bind(author.as_str())
            .bind(after.at)
            .bind(&after.id)
            .fetch_all(conn.sql())
            .await?;
            let part = rows.into_iter().map(PostRow::into_post).collect::<Result<Vec<_>, _>>()?;
            let Some(last) = part.last() else { break };
            after = Cursor { at: last.created_at.millis(), id: last.id.to_string() };
            posts.extend(part);
        }
    }
    posts.sort_by_key(|post| post.created_at);
    Ok(posts)
}

/// Ids of all posts of one writer that are not erased yet, for taking everything away.
pub(in crate::features::posts) async fn all_by(conn: &mut Conn, author: &Id) -> Result<Vec<Id>, DbError> {
    let mut rows: Vec<(String,)> = sqlx::query_as("SELECT id FROM posts WHERE author_id = $1 AND state = 'posted' ORDER BY created_at, id")
        .bind(author.as_str())
        .fetch_all(conn.sql())
        .await?;
    let unsettled: Vec<(String,)> = sqlx::query_as("SELECT id FROM posts WHERE author_id = $1 AND state <> 'posted' AND source <> ''")
        .bind(author.as_str())
        .fetch_all(conn.sql())
        .await?;
    rows.extend(unsettled);
    rows.iter().map(|(text,)| id(text)).collect()
}

/// The posts with any of these addresses, the home's or the writer's own.
pub(in crate::features::posts) async fn by_addresses(conn: &mut Conn, addresses: &[Iri]) -> Result<Vec<Post>, DbError> {
    let mut posts = Vec::new();
    for some in addresses.chunks(100) {
        for column in ["uri", "origin_uri"] {
            let text = format!(
                concat!("SELECT ", post_columns!(), " FROM posts p JOIN actors a ON a.id = p.author_id WHERE p.{} IN ({})"),
                column,
                numbered(1, some.len())
            );
            let mut query = sqlx::query_as::<_, PostRow>(AssertSqlSafe(text));
            for address in some {
                query = query.bind(address.as_str());
            }
            for row in query.fetch_all(conn.sql()).await? {
                posts.push(row.into_post()?);
            }
        }
    }
    posts.sort_by(|one: &Post, two| one.id.cmp(&two.id));
    posts.dedup_by(|one, two| one.id == two.id);
    Ok(posts)
}
