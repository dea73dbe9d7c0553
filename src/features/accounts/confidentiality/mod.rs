//! Confidentiality: what somebody promised before they got a role, on a page or on paper, and that it goes on without one (care
//! R31, R33). Rows are only added, and nobody else's page shows the words. A role is never taken away because of it, and
//! members are never asked.

mod store;

use std::time::Duration;

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use serde::Serialize;

use super::actions::written;
use super::role::Role;
use crate::audit::{By, What};
use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::federation::Here;
use crate::web::Words;

/// Version of the words. Who changes a word in any language makes it one more; a test holds the words to it.
pub const VERSION: i64 = 1;
/// Most records of one account; what comes after them is not kept, since it says nothing new.
pub const MOST: i64 = 50;
/// How long ago a paper may have been signed.
const OLDEST_PAPER: Duration = Duration::from_hours(50 * 366 * 24);
/// The day begins here up to two hours before it does in UTC: a paper of this morning is no paper of tomorrow.
const AHEAD: Duration = Duration::from_hours(2);

/// Keys of what is promised with a role.
const PROMISE: [&str; 5] =
    ["accounts-confidential-1", "accounts-confidential-2", "accounts-confidential-3", "accounts-confidential-4", "accounts-confidential-5"];
/// Keys of what is said when there is no role any more.
const GOES_ON: [&str; 2] = ["accounts-confidential-on-1", "accounts-confidential-on-2"];

/// What is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// That one keeps quiet; asked for before a role is given.
    Promise,
    /// That this goes on, said by somebody who has no role any more.
    GoesOn,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Promise => "promise",
            Self::GoesOn => "goes-on",
        }
    }

    fn read(text: &str) -> Self {
        if text == "goes-on" { Self::GoesOn } else { Self::Promise }
    }

    /// The sentences that are shown, in the language of the page.
    pub fn lines(self, t: Words) -> Vec<String> {
        let keys: &[&str] = match self {
            Self::Promise => &PROMISE,
            Self::GoesOn => &GOES_ON,
        };
        keys.iter().map(|key| t.say(key)).collect()
    }
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What was said.
    pub kind: Kind,
    /// It was signed on paper, and an admin wrote that down.
    pub on_paper: bool,
    /// What was shown, one sentence a line; empty for paper.
    pub words: String,
    /// Version of the words; 0 for paper.
    pub version: i64,
    /// SHA-256 of the words; empty for paper.
    pub hash: String,
    /// Language of the words; empty for paper.
    pub lang: String,
    /// When; for paper noon of the day that stands on it.
    pub signed_at: Timestamp,
    /// When it was written down here.
    pub recorded_at: Timestamp,
}

/// Why nothing is recorded.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// There is no such account.
    #[error("there is no such account")]
    Unknown,
    /// Only an admin writes down what was signed on paper.
    #[error("your role does not allow this; ask an admin")]
    NotAllowed,
    /// The day on the paper is in the future, or too long ago to be true.
    #[error("this day cannot be on the paper: it is in the future, or more than 50 years ago")]
    Day,
    /// Whoever never promised has nothing that goes on; whoever has a role promises anew.
    #[error("there is nothing to confirm")]
    Nothing,
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

fn hash_of(words: &str) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, words.as_bytes()).as_ref())
}

/// What somebody agreed to on a page, now.
fn on_page(kind: Kind, t: Words, now: Timestamp) -> Statement {
    let words = kind.lines(t).join("\n");
    Statement {
        kind,
        on_paper: false,
        hash: hash_of(&words),
        words,
        version: VERSION,
        lang: t.lang().code().to_owned(),
        signed_at: now,
        recorded_at: now,
    }
}

/// Adds a record with its row in the audit log, unless the newest one of its kind says the same.
async fn add(tx: &mut Tx, here: &Here, by: By<'_>, whom: &Id, statement: &Statement) -> Result<(), DbError> {
    tx.lock(&format!("confidentiality {whom}")).await?;
    let before = store::all(tx, whom, MOST).await?;
    let full = i64::try_from(before.len()).is_ok_and(|count| count >= MOST);
    let newest = before.iter().find(|known| known.kind == statement.kind);
    let same_day = |known: &Statement| known.signed_at.day() == statement.signed_at.day();
    let said = newest.is_some_and(|known| {
        let same = (known.on_paper, known.version) == (statement.on_paper, statement.version);
        same && (same_day(known) || (statement.kind == Kind::Promise && !statement.on_paper))
    });
    if full || said {
        return Ok(());
    }
    store::insert(tx, here.sequence(), whom, statement).await?;
    let words = if statement.on_paper {
        let day: String = statement.signed_at.rfc3339().chars().take(10).collect();
        format!("{} paper {day}", statement.kind.as_str())
    } else {
        format!("{} page v{} {} {}", statement.kind.as_str(), statement.version, statement.lang, statement.hash)
    };
    written(tx, here.now, (What::Confidentiality, by), whom, (by.role, &words)).await
}

/// Records that somebody agreed to the promise on a page, in the language of that page. Saying it again adds nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn promise(tx: &mut Tx, here: &Here, account: &Id, role: Role, t: Words) -> Result<(), DbError> {
    let statement = on_page(Kind::Promise, t, here.now);
    add(tx, here, By::person(account.as_str(), role.as_str()), account, &statement).await
}

/// Records that somebody without a role said that what they promised goes on (care R31), once a day.
///
/// # Errors
/// [`StatementError::Nothing`] for somebody with a role, or who never promised; [`StatementError::Unknown`]; the database.
pub async fn goes_on(tx: &mut Tx, here: &Here, account: &Id, t: Words) -> Result<(), StatementError> {
    let who = super::store::account(tx, account).await?.ok_or(StatementError::Unknown)?;
    if who.role.asks_for_confidentiality() || !promised(tx, account).await? {
        return Err(StatementError::Nothing);
    }
    let statement = on_page(Kind::GoesOn, t, here.now);
    Ok(add(tx, here, By::person(account.as_str(), who.role.as_str()), account, &statement).await?)
}

/// An admin records that somebody signed on paper, on that day (any moment of it). The role is read again in this unit of work.
///
/// # Errors
/// [`StatementError`].
pub async fn record_paper(tx: &mut Tx, here: &Here, by: &Id, whom: &Id, day: Timestamp) -> Result<(), StatementError> {
    let by = super::store::account(tx, by).await?.filter(|account| !account.deactivated && account.role == Role::Admin);
    let by = by.ok_or(StatementError::NotAllowed)?;
    let whom = super::store::account(tx, whom).await?.ok_or(StatementError::Unknown)?;
    let begins = day.day();
    if begins > here.now.plus(AHEAD) || begins < here.now.minus(OLDEST_PAPER) {
        return Err(StatementError::Day);
    }
    let statement = Statement {
        kind: Kind::Promise,
        on_paper: true,
        words: String::new(),
        version: 0,
        hash: String::new(),
        lang: String::new(),
        signed_at: begins.plus(Duration::from_hours(12)),
        recorded_at: here.now,
    };
    Ok(add(tx, here, super::actions::by_staff(&by), &whom.id, &statement).await?)
}

/// Whether a promise of this person is on record, in whatever version, on a page or on paper.
///
/// # Errors
/// When the database does not answer.
pub async fn promised(conn: &mut Conn, account: &Id) -> Result<bool, DbError> {
    store::promised(conn, account).await
}

/// The records of a person, newest first, at most [`MOST`].
///
/// # Errors
/// When the database does not answer.
pub async fn statements(conn: &mut Conn, account: &Id) -> Result<Vec<Statement>, DbError> {
    store::all(conn, account, MOST).await
}

/// How many people with a role, who can sign in, have no promise on record.
///
/// # Errors
/// When the database does not answer.
pub async fn missing(conn: &mut Conn) -> Result<i64, DbError> {
    store::missing(conn).await
}

/// Of the accounts by name after this one, the first so many that have a role and no promise on record.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn missing_after(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<Id>, DbError> {
    store::missing_after(conn, after, limit).await
}

/// One record in a person's own copy.
#[derive(Clone, Debug, Serialize)]
pub struct OwnStatement {
    /// `promise` or `goes-on`.
    pub kind: &'static str,
    /// `page` or `paper`.
    pub way: &'static str,
    /// What was shown.
    pub words: String,
    /// Version of the words.
    pub version: i64,
    /// SHA-256 of the words.
    pub hash: String,
    /// Language of the words.
    pub language: String,
    /// When it was said, or the day on the paper.
    pub signed: String,
    /// When it was written down here.
    pub recorded: String,
}

/// A person's own copy of these records, oldest first.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn own_copy(conn: &mut Conn, account: &Id) -> Result<Vec<OwnStatement>, DbError> {
    let mut all = statements(conn, account).await?;
    all.reverse();
    let own = |said: Statement| OwnStatement {
        kind: said.kind.as_str(),
        way: if said.on_paper { "paper" } else { "page" },
        words: said.words,
        version: said.version,
        hash: said.hash,
        language: said.lang,
        signed: said.signed_at.rfc3339(),
        recorded: said.recorded_at.rfc3339(),
    };
    Ok(all.into_iter().map(own).collect())
}

#[cfg(test)]
mod tests;
