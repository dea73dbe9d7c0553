//! All SQL of consents and of the kept notices. Consents are only added; nothing here changes a row.

use super::consent::{Basis, Consent, Flags, Purpose, State};
use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    purpose: String,
    title: String,
    state: String,
    words: String,
    lang: String,
    version: i64,
    basis: String,
    secrecy: i64,
    visibility: i64,
    at: i64,
}

impl Row {
    fn into_consent(self) -> Result<Consent, DbError> {
        Ok(Consent {
            id: Id::parse(&self.id).ok_or(DbError::Unreadable("consents"))?,
            purpose: Purpose::read(&self.purpose),
            title: self.title,
            state: State::read(&self.state),
            words: self.words,
            lang: self.lang,
            version: self.version,
            flags: Flags { basis: Basis::read(&self.basis), secrecy: self.secrecy != 0, visibility: self.visibility != 0 },
            at: Timestamp::from_millis(self.at),
        })
    }
}

const COLUMNS: &str = "c.id, c.purpose, c.title, c.state, c.words, c.lang, c.version, c.basis, c.secrecy, c.visibility, c.at";

/// Adds a record.
pub(super) async fn insert(tx: &mut Tx, seq: i64, account: &Id, consent: &Consent) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO consents (seq, id, account_id, purpose, title, state, words, lang, version, basis, secrecy, visibility, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(seq)
    .bind(consent.id.as_str())
    .bind(account.as_str())
    .bind(consent.purpose.stored())
    .bind(&consent.title)
    .bind(consent.state.as_str())
    .bind(&consent.words)
    .bind(&consent.lang)
    .bind(consent.version)
    .bind(consent.flags.basis.as_str())
    .bind(i64::from(consent.flags.secrecy))
    .bind(i64::from(consent.flags.visibility))
    .bind(consent.at.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// The newest record of a person for one purpose.
pub(super) async fn latest(conn: &mut Conn, account: &Id, purpose: &str) -> Result<Option<Consent>, DbError> {
    let text = format!("SELECT {COLUMNS} FROM consents c WHERE c.account_id = $1 AND c.purpose = $2 ORDER BY c.seq DESC LIMIT 1");
    let row: Option<Row> =
        sqlx::query_as(sqlx::AssertSqlSafe(text)).bind(account.as_str()).bind(purpose).fetch_optional(conn.sql()).await?;
    row.map(Row::into_consent).transpose()
}

/// All records of a person, newest first.
pub(super) async fn all(conn: &mut Conn, account: &Id) -> Result<Vec<Consent>, DbError> {
    let text = format!("SELECT {COLUMNS} FROM consents c WHERE c.account_id = $1 ORDER BY c.seq DESC LIMIT 2000");
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(text)).bind(account.as_str()).fetch_all(conn.sql()).await?;
    rows.into_iter().map(Row::into_consent).collect()
}

/// How many people of this house say yes to each kind of purpose now: for the register, never with a name.
pub(super) async fn declared(conn: &mut Conn) -> Result<(i64, i64), DbError> {
    let count = |kind: &'static str| {
        format!(
            "SELECT COUNT(*) FROM consents c WHERE c.purpose LIKE '{kind}%' AND c.state IN ('given', 'narrowed')
             AND NOT EXISTS (SELECT 1 FROM consents n WHERE n.account_id = c.account_id AND n.purpose = c.purpose AND n.seq > c.seq)"
        )
    };
    let (house,): (i64,) = sqlx::query_as(sqlx::AssertSqlSafe(count("house"))).fetch_one(conn.sql()).await?;
    let (share,): (i64,) = sqlx::query_as(sqlx::AssertSqlSafe(count("share:"))).fetch_one(conn.sql()).await?;
    Ok((house, share))
}

/// The newest notice in a language: version, words, since when.
pub(super) async fn newest_notice(conn: &mut Conn, lang: &str) -> Result<Option<(i64, String, i64)>, DbError> {
    Ok(sqlx::query_as("SELECT version, words, since FROM privacy_notices WHERE lang = $1 ORDER BY version DESC LIMIT 1")
        .bind(lang)
        .fetch_optional(conn.sql())
        .await?)
}

/// One version of the notice in a language.
pub(super) async fn notice(conn: &mut Conn, version: i64, lang: &str) -> Result<Option<(i64, String, i64)>, DbError> {
    Ok(sqlx::query_as("SELECT version, words, since FROM privacy_notices WHERE version = $1 AND lang = $2")
        .bind(version)
        .bind(lang)
        .fetch_optional(conn.sql())
        .await?)
}

/// Keeps a version of the notice.
pub(super) async fn insert_notice(tx: &mut Tx, version: i64, lang: &str, words: &str, since: Timestamp) -> Result<(), DbError> {
    sqlx::query("INSERT INTO privacy_notices (version, lang, words, since) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING")
        .bind(version)
        .bind(lang)
        .bind(words)
        .bind(since.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}
