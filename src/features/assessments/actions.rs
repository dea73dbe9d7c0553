//! Signing a section and withdrawing a signature, each with its row in the audit log in the same unit of work, and the question
//! whether a section is signed.

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;

use super::section::{SECTIONS, Section};
use super::signature::{Signature, Signing, Standing, State};
use super::store;
use crate::audit::{self, By, Event, What};
use crate::base::Id;
use crate::db::{Conn, DbError, Tx};
use crate::federation::Here;
use crate::web::Words;

/// Held while a section changes its standing, so that two nodes do not do it at once.
const LOCK: &str = "assessments";

/// How a section stands.
///
/// # Errors
/// Database trouble.
pub async fn standing(conn: &mut Conn, section: &Section) -> Result<Standing, DbError> {
    Ok(Standing::of(section, store::newest(conn, section).await?))
}

/// Whether what a section stands for may begin (care R20): it was signed and that was not withdrawn. A text that changed since
/// takes nothing away.
///
/// # Errors
/// Database trouble.
pub async fn is_signed(conn: &mut Conn, section: &Section) -> Result<bool, DbError> {
    Ok(standing(conn, section).await?.holds())
}

/// Writes down that a section was signed, in the words of `t` as they were shown. The same signature under the same text again adds
/// nothing. Returns the id of the signature that stands.
///
/// # Errors
/// Database trouble.
pub async fn sign(tx: &mut Tx, here: &Here, by: By<'_>, section: &Section, signing: &Signing, t: Words) -> Result<Id, DbError> {
    tx.lock(LOCK).await?;
    if let Standing::Signed(stands) = standing(tx, section).await?
        && stands.signer == signing.signer
        && stands.day == signing.day
    {
        return Ok(stands.id);
    }
    let row = Signature {
        id: here.id(),
        state: State::Signed,
        version: section.version,
        words: section.words(t),
        lang: t.lang().code().to_owned(),
        signer: signing.signer.clone(),
        day: signing.day,
        at: here.now,
    };
    store::insert(tx, here.sequence(), section, &row).await?;
    let hash = HEXLOWER.encode(digest::digest(&digest::SHA256, row.words.as_bytes()).as_ref());
    note(tx, here, by, section, &format!("signed version {} {} {hash}", row.version, row.lang)).await?;
    Ok(row.id)
}

/// Why nothing was withdrawn.
#[derive(Debug, thiserror::Error)]
pub enum WithdrawError {
    /// Another signature stands than the one that was looked at, or none.
    #[error("this signature does not stand any more; look at the section again")]
    NotThisOne,
    /// Database trouble.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Withdraws the signature with this id. What is there stays; nothing new of it can begin until the section is signed anew.
///
/// # Errors
/// [`WithdrawError`].
pub async fn withdraw(tx: &mut Tx, here: &Here, by: By<'_>, section: &Section, seen: &str) -> Result<(), WithdrawError> {
    tx.lock(LOCK).await?;
    let stands = match standing(tx, section).await? {
        Standing::Signed(stands) | Standing::Changed(stands) if stands.id.as_str() == seen => stands,
        _ => return Err(WithdrawError::NotThisOne),
    };
    let row = Signature { id: here.id(), state: State::Withdrawn, words: String::new(), at: here.now, ..stands };
    store::insert(tx, here.sequence(), section, &row).await?;
    Ok(note(tx, here, by, section, &format!("withdrawn version {}", row.version)).await?)
}

/// The name of who signed is on the paper and in the table; the log holds who wrote it down here.
async fn note(tx: &mut Tx, here: &Here, by: By<'_>, section: &Section, words: &str) -> Result<(), DbError> {
    let event = Event {
        at: here.now,
        what: What::Assessment,
        done: true,
        by,
        purpose: "running",
        object: ("assessment", section.name),
        client: "",
        ground: by.role,
        words,
    };
    audit::record(tx, &event).await
}

/// One sentence for each section about how it stands, for the register of processing.
///
/// # Errors
/// Database trouble.
pub async fn lines(conn: &mut Conn, t: Words) -> Result<Vec<String>, DbError> {
    let mut lines = Vec::new();
    for section in SECTIONS {
        let stands = standing(conn, &section).await?;
        let key = format!("assessments-line-{}", stands.as_str());
        let (signer, date, version) = match &stands {
            Standing::Open => (String::new(), String::new(), String::new()),
            Standing::Signed(row) | Standing::Changed(row) => (row.signer.clone(), t.date(row.day), row.version.to_string()),
            Standing::Withdrawn(row) => (row.signer.clone(), t.date(row.at), row.version.to_string()),
        };
        let title = section.title(t);
        let values = [("section", title.as_str()), ("signer", &signer), ("date", &date), ("version", &version)];
        lines.push(t.with(key, &values));
    }
    Ok(lines)
}
