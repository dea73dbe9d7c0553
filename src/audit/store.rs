//! The rows of the audit log and their hashes. There is an INSERT here and no UPDATE and no DELETE.

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;

use super::Event;
use crate::base::Timestamp;
use crate::db::{Conn, DbError, Tx};

/// Longest typed reason that is kept, in characters.
const MOST_WORDS: usize = 500;
/// Rows read in one go when the chain is checked.
const PAGE: i64 = 1000;

/// One row as it was kept.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Kept {
    /// Its number, from 1.
    pub seq: i64,
    /// When, in milliseconds.
    pub at: i64,
    /// What happened, a code.
    pub event: String,
    /// `done` or `refused`.
    pub outcome: String,
    /// Who.
    pub user_id: String,
    /// In which role.
    pub role: String,
    /// Who answers for it.
    pub responsible: String,
    /// What for.
    pub purpose: String,
    /// Where.
    pub access: String,
    /// Kind of what it concerns.
    pub object_kind: String,
    /// Its id.
    pub object_id: String,
    /// Whose data.
    pub client: String,
    /// On what ground.
    pub ground: String,
    /// The typed reason or what changed.
    pub words: String,
    previous: String,
    hash: String,
}

impl Kept {
    /// Its hash.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The hash of the row before.
    pub fn previous(&self) -> &str {
        &self.previous
    }

    /// When.
    pub const fn when(&self) -> Timestamp {
        Timestamp::from_millis(self.at)
    }

    /// Whether it was done, not refused.
    pub fn is_done(&self) -> bool {
        self.outcome == "done"
    }

    /// The hash of a row with these texts, in the order of the columns from `event` to `previous` (feature `fuzz`).
    #[cfg(feature = "fuzz")]
    pub fn hash_of(seq: i64, at: i64, texts: [String; 13]) -> String {
        let [event, outcome, user_id, role, responsible, purpose, access, object_kind, object_id, client, ground, words, previous] = texts;
        let hash = String::new();
        let row = Self {
            seq,
            at,
            event,
            outcome,
            user_id,
            role,
            responsible,
            purpose,
            access,
            object_kind,
            object_id,
            client,
            ground,
            words,
            previous,
            hash,
        };
        row.expected()
    }

    /// SHA-256 over all fields and the hash before, each with its length in front, so that no two rows look alike.
    fn expected(&self) -> String {
        let mut context = digest::Context::new(&digest::SHA256);
        let numbers = [self.seq.to_string(), self.at.to_string()];
        let texts = [
            &self.event,
            &self.outcome,
            &self.user_id,
            &self.role,
            &self.responsible,
            &self.purpose,
            &self.access,
            &self.object_kind,
            &self.object_id,
            &self.client,
            &self.ground,
            &self.words,
            &self.previous,
        ];
        for field in numbers.iter().chain(texts) {
            context.update(&u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(field.as_bytes());
        }
        HEXLOWER.encode(context.finish().as_ref())
    }
}

/// Whether the chain holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every row is as it was written.
    Whole {
        /// How many rows.
        rows: i64,
        /// Hash of the last; keep it elsewhere to find out whether the end was cut off.
        head: String,
    },
    /// This row was changed, or one before it is missing.
    Broken {
        /// Its number.
        seq: i64,
    },
}

/// Which rows are wanted; empty texts ask for all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter<'a> {
    /// What happened.
    pub event: &'a str,
    /// Whose data.
    pub client: &'a str,
    /// Who did it, or whose data: one person in either place.
    pub person: &'a str,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

const COLUMNS: &str =
    "seq, at, event, outcome, user_id, role, responsible, purpose, access, object_kind, object_id, client, ground, words, previous, hash";

pub(super) async fn head(conn: &mut Conn) -> Result<Option<(i64, String)>, DbError> {
    Ok(sqlx::query_as("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetch_optional(conn.sql()).await?)
}

/// Whether this person did this to this thing since then.
pub(super) async fn is_there(conn: &mut Conn, event: &Event<'_>, since: Timestamp) -> Result<bool, DbError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT seq FROM audit WHERE event = $1 AND user_id = $2 AND object_kind = $3 AND object_id = $4 AND at >= $5 AND words = $6 LIMIT 1",
    )
    .bind(event.what.as_str())
    .bind(event.by.user)
    .bind(event.object.0)
    .bind(event.object.1)
    .bind(since.millis())
    .bind(event.words)
    .fetch_optional(conn.sql())
    .await?;
    Ok(row.is_some())
}

pub(super) async fn append(tx: &mut Tx, event: &Event<'_>) -> Result<(), DbError> {
    tx.lock("audit").await?;
    let (seq, previous) = head(tx).await?.map_or((1, String::new()), |(seq, hash)| (seq + 1, hash));
    let by = event.by;
    let mut row = Kept {
        seq,
        at: event.at.millis(),
        event: event.what.as_str().to_owned(),
        outcome: if event.done { "done" } else { "refused" }.to_owned(),
        user_id: by.user.to_owned(),
        role: by.role.to_owned(),
        responsible: if by.responsible.is_empty() { by.user } else { by.responsible }.to_owned(),
        purpose: event.purpose.to_owned(),
        access: by.access.as_str().to_owned(),
        object_kind: event.object.0.to_owned(),
        object_id: event.object.1.to_owned(),
        client: event.client.to_owned(),
        ground: event.ground.to_owned(),
        words: event.words.chars().filter(|c| *c != '\0').take(MOST_WORDS).collect(),
        previous,
        hash: String::new(),
    };
    row.hash = row.expected();
    sqlx::query(
        "INSERT INTO audit (seq, at, event, outcome, user_id, role, responsible, purpose, access, object_kind, object_id, client, ground,
            words, previous, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(row.seq)
    .bind(row.at)
    .bind(row.event)
    .bind(row.outcome)
    .bind(row.user_id)
    .bind(row.role)
    .bind(row.responsible)
    .bind(row.purpose)
    .bind(row.access)
    .bind(row.object_kind)
    .bind(row.object_id)
    .bind(row.client)
    .bind(row.ground)
    .bind(row.words)
    .bind(row.previous)
    .bind(row.hash)
    .execute(tx.sql())
    .await?;
    Ok(())
}

pub(super) async fn verify(conn: &mut Conn) -> Result<Verdict, DbError> {
    let (mut rows, mut head) = (0, String::new());
    loop {
        let text = format!("SELECT {COLUMNS} FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2");
        let page: Vec<Kept> = sqlx::query_as(sqlx::AssertSqlSafe(text)).bind(rows).bind(PAGE).fetch_all(conn.sql()).await?;
        if page.is_empty() {
            return Ok(Verdict::Whole { rows, head });
        }
        for row in page {
            if row.seq != rows + 1 || row.previous != head || row.hash != row.expected() {
                return Ok(Verdict::Broken { seq: row.seq });
            }
            rows = row.seq;
            head = row.hash;
        }
    }
}

pub(super) async fn list(conn: &mut Conn, filter: &Filter<'_>, before: i64, limit: i64) -> Result<Vec<Kept>, DbError> {
    let text = format!(
        "SELECT {COLUMNS} FROM audit WHERE seq < $1 AND ($2 = '' OR event = $2) AND ($3 = '' OR client = $3)
           AND ($4 = '' OR user_id = $4 OR client = $4) AND at >= $5 AND at < $6 ORDER BY seq DESC LIMIT $7"
    );
    let rows = sqlx::query_as(sqlx::AssertSqlSafe(text))
        .bind(before)
        .bind(filter.event)
        .bind(filter.client)
        .bind(filter.person)
        .bind(filter.from.map_or(i64::MIN, Timestamp::millis))
        .bind(filter.until.map_or(i64::MAX, Timestamp::millis))
        .bind(limit)
        .fetch_all(conn.sql())
        .await?;
    Ok(rows)
}
