//! Writing a record down, in the unit of work of the thing itself, with its row in the audit log.

use serde::Serialize;

use super::consent::{Consent, Flags, Purpose, Said, State, is_less};
use super::store;
use crate::audit::{self, By, Event, What};
use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::federation::Here;

/// Records what a person said. Saying again what stands already adds nothing. A yes to fewer organisations than before is
/// [`State::Narrowed`]. Returns the record that stands.
///
/// # Errors
/// Database trouble.
pub async fn record(
    tx: &mut Tx,
    here: &Here,
    account: &Id,
    purpose: Purpose,
    (state, flags): (State, Flags),
    said: Said<'_>,
) -> Result<Id, DbError> {
    let last = store::latest(tx, account, &purpose.stored()).await?;
    let state = match &last {
        Some(last) if state == State::Given && last.state.holds() && is_less(&last.words, said.words) => State::Narrowed,
        _ => state,
    };
    if let Some(last) = &last {
        let same_words = last.words == said.words && last.version == said.version;
        let settled = !state.holds() && last.state == state;
        if settled || (state.holds() && last.state.holds() && same_words) {
            return Ok(last.id.clone());
        }
    }
    // Who takes something back is shown the words they said yes to.
    let words = if said.words.is_empty() { last.as_ref().map_or("", |last| last.words.as_str()) } else { said.words };
    let consent = Consent {
        id: here.id(),
        purpose,
        title: said.title.to_owned(),
        state,
        words: words.to_owned(),
        lang: said.lang.to_owned(),
        version: said.version,
        flags,
        at: here.now,
    };
    store::insert(tx, here.sequence(), account, &consent).await?;
    let stored = consent.purpose.stored();
    let event = Event {
        at: here.now,
        what: What::Consent,
        done: true,
        by: By::person(account.as_str(), "member"),
        purpose: "rights",
        object: ("consent", consent.id.as_str()),
        client: account.as_str(),
        ground: consent.id.as_str(),
        words: &format!("{} {stored}", state.as_str()),
    };
    audit::record(tx, &event).await?;
    Ok(consent.id)
}

/// Keeps a record that a person brought from another house, as history: it has no effect here.
///
/// # Errors
/// Database trouble.
pub async fn remember(tx: &mut Tx, here: &Here, account: &Id, old: &OwnConsent) -> Result<(), DbError> {
    let bounded = |text: &str, most: usize| -> String { text.chars().filter(|c| *c != '\0').take(most).collect() };
    let consent = Consent {
        id: here.id(),
        purpose: Purpose::Elsewhere(bounded(&old.purpose, 80)),
        title: bounded(&old.title, 200),
        state: State::read(&old.state),
        words: bounded(&old.words, 4000),
        lang: bounded(&old.language, 8),
        version: old.version,
        flags: Flags::default(),
        at: Timestamp::parse_rfc3339(&old.at).unwrap_or(here.now),
    };
    store::insert(tx, here.sequence(), account, &consent).await
}

/// The newest record of a person for one purpose.
///
/// # Errors
/// Database trouble.
pub async fn latest(conn: &mut Conn, account: &Id, purpose: &Purpose) -> Result<Option<Consent>, DbError> {
    store::latest(conn, account, &purpose.stored()).await
}

/// All records of a person, newest first.
///
/// # Errors
/// Database trouble.
pub async fn all(conn: &mut Conn, account: &Id) -> Result<Vec<Consent>, DbError> {
    store::all(conn, account).await
}

/// How many people say yes to being here, and how many times to sharing: sums for the register.
///
/// # Errors
/// Database trouble.
pub async fn declared(conn: &mut Conn) -> Result<(i64, i64), DbError> {
    store::declared(conn).await
}

/// One record in a person's own copy.
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
pub struct OwnConsent {
    /// What for, a code.
    pub purpose: String,
    /// What it is called.
    #[serde(default)]
    pub title: String,
    /// `given`, `narrowed`, `withdrawn`, `declined`.
    pub state: String,
    /// What was shown.
    #[serde(default)]
    pub words: String,
    /// In which language.
    #[serde(default)]
    pub language: String,
    /// Version of the words.
    #[serde(default)]
    pub version: i64,
    /// Ground of data protection.
    #[serde(default)]
    pub data_protection_basis: String,
    /// Whether somebody is released from professional secrecy.
    #[serde(default)]
    pub release_from_secrecy: bool,
    /// Whether it chooses who can see something.
    #[serde(default)]
    pub visibility_choice: bool,
    /// When.
    pub at: String,
}

/// A person's own copy of what this feature keeps, oldest first.
///
/// # Errors
/// Database trouble.
pub async fn own_copy(conn: &mut Conn, account: &Id) -> Result<Vec<OwnConsent>, DbError> {
    let mut all = store::all(conn, account).await?;
    all.reverse();
    let own = |consent: Consent| OwnConsent {
        purpose: consent.purpose.stored(),
        title: consent.title,
        state: consent.state.as_str().to_owned(),
        words: consent.words,
        language: consent.lang,
        version: consent.version,
        data_protection_basis: consent.flags.basis.as_str().to_owned(),
        release_from_secrecy: consent.flags.secrecy,
        visibility_choice: consent.flags.visibility,
        at: consent.at.rfc3339(),
    };
    Ok(all.into_iter().map(own).collect())
}
