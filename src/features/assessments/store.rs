//! All SQL of assessments. Rows are only added; nothing here changes one.

use super::section::Section;
use super::signature::{Signature, State};
use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx};

/// Rows of a section that a page shows at most.
const MOST: i64 = 50;

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    state: String,
    version: i64,
    words: String,
    lang: String,
    signer: String,
    day: i64,
    at: i64,
}

impl Row {
    fn into_signature(self) -> Result<Signature, DbError> {
        Ok(Signature {
            id: Id::parse(&self.id).ok_or(DbError::Unreadable("assessment_signatures"))?,
            state: State::read(&self.state),
            version: self.version,
            words: self.words,
            lang: self.lang,
            signer: self.signer,
            day: Timestamp::from_millis(self.day),
            at: Timestamp::from_millis(self.at),
        })
    }
}

/// Adds a row to a section.
pub(super) async fn insert(tx: &mut Tx, seq: i64, section: &Section, row: &Signature) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO assessment_signatures (seq, id, section, state, version, words, lang, signer, day, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(seq)
    .bind(row.id.as_str())
    .bind(section.name)
    .bind(row.state.as_str())
    .bind(row.version)
    .bind(&row.words)
    .bind(&row.lang)
    .bind(&row.signer)
    .bind(row.day.millis())
    .bind(row.at.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// The newest row of a section.
pub(super) async fn newest(conn: &mut Conn, section: &Section) -> Result<Option<Signature>, DbError> {
    Ok(rows(conn, section, 1).await?.pop())
}

/// The rows of a section, newest first, at most 50.
pub(super) async fn all(conn: &mut Conn, section: &Section) -> Result<Vec<Signature>, DbError> {
    rows(conn, section, MOST).await
}

async fn rows(conn: &mut Conn, section: &Section, most: i64) -> Result<Vec<Signature>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, state, version, words, lang, signer, day, at FROM assessment_signatures
         WHERE section = $1 ORDER BY seq DESC LIMIT $2",
    )
    .bind(section.name)
    .bind(most)
    .fetch_all(conn.sql())
    .await?;
    rows.into_iter().map(Row::into_signature).collect()
}
