//! Objections to a use of one's data (GDPR 21, care R11): somebody says what they object to, an admin answers within a month, and
//! both stand on the person's page. An answer changes nothing by itself: no function is ever taken away by it, and a pause that
//! was asked for ends when the person says so. The log holds codes, never the words.

pub(super) mod pages;
pub(super) mod store;

use serde::Serialize;

use super::pause::{self, PauseError};
use crate::audit::{self, By, Event, What};
use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::features::posts::{self, News};
use crate::features::{accounts, personas};
use crate::federation::Here;

/// Longest text of an objection, and longest reason of an answer, in characters.
pub const MOST_WORDS: usize = 2000;
/// Most objections of one person that wait for an answer.
pub const MOST_OPEN: usize = 5;
/// Most objections of one person that are kept at a time.
pub const MOST_KEPT: usize = 50;
/// Most objections in a list of staff.
pub const MOST_LISTED: i64 = 200;
/// Most of them that stand in the list of what is to be done; the others follow on the page of objections.
pub const MOST_TASKS: i64 = 20;

/// What is objected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Sharing with partner organisations in a group.
    Sharing,
    /// The lists that are kept about a person: the ledger, and who looked.
    Kept,
    /// Being counted in sums.
    Sums,
    /// Something else; the words say what.
    Other,
}

impl About {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 4] = [Self::Sharing, Self::Kept, Self::Sums, Self::Other];

    /// As stored and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sharing => "sharing",
            Self::Kept => "kept",
            Self::Sums => "sums",
            Self::Other => "other",
        }
    }

    /// Reads [`About::as_str`]; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|about| about.as_str() == text)
    }
}

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What is asked for is done.
    Granted,
    /// Some of it is done.
    Partly,
    /// None of it is done.
    Refused,
}

impl Outcome {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Granted, Self::Partly, Self::Refused];

    /// As stored and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Partly => "partly",
            Self::Refused => "refused",
        }
    }

    /// Reads [`Outcome::as_str`]; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }

    /// Whether a person has to be told why: whenever something of what they ask is not done (GDPR 12(4)).
    pub const fn asks_for_reason(self) -> bool {
        !matches!(self, Self::Granted)
    }
}

/// Where an objection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for an answer.
    Open,
    /// It was answered.
    Answered(Outcome),
    /// The person took it back.
    Withdrawn,
}

impl State {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered(outcome) => outcome.as_str(),
            Self::Withdrawn => "withdrawn",
        }
    }

    fn read(text: &str) -> Self {
        match Outcome::parse(text) {
            Some(outcome) => Self::Answered(outcome),
            // What nobody wrote still waits: it is shown to somebody rather than lost.
            None if text == "withdrawn" => Self::Withdrawn,
            None => Self::Open,
        }
    }
}

/// One objection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub account: Id,
    /// What about.
    pub about: About,
    /// In their own words; empty when it was taken back.
    pub words: String,
    /// A pause of everything was asked for with it.
    pub paused: bool,
    /// Where it stands.
    pub state: State,
    /// When it was made.
    pub made_at: Timestamp,
    /// When an answer is due.
    pub due_at: Timestamp,
    /// When it was answered or taken back.
    pub ended_at: Option<Timestamp>,
    /// What was said with the answer.
    pub reason: String,
}

/// Why nothing is changed. Each is one plain sentence.
#[derive(Debug, thiserror::Error)]
pub enum ObjectionError {
    /// There is no such objection, or it is somebody else's.
    #[error("there is no such objection")]
    Unknown,
    /// It was answered or taken back meanwhile.
    #[error("this objection was answered or taken back in the meantime")]
    Over,
    /// [`MOST_OPEN`] wait, or [`MOST_KEPT`] are kept.
    #[error("there are many objections already; wait for an answer or take one back")]
    TooMany,
    /// Longer than [`MOST_WORDS`].
    #[error("this is too long; use at most 2000 characters")]
    TooLong,
    /// "Something else" without words, or an answer that does not grant all of it without a reason.
    #[error("say in words what it is about, or why it is not granted")]
    Words,
    /// Everything could not be paused with it.
    #[error(transparent)]
    Pause(#[from] PauseError),
    /// Database trouble.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// When an answer is due: one month later by the calendar (GDPR 12(3)); on the last day of a shorter month.
pub fn due(made: Timestamp) -> Timestamp {
    let later = made.civil().checked_add(jiff::Span::new().months(1));
    later.map_or_else(|_| made.plus(std::time::Duration::from_hours(28 * 24)), |at| Timestamp::from_millis(at.timestamp().as_millisecond()))
}

fn bounded(text: &str) -> Result<&str, ObjectionError> {
    let text = text.trim();
    if text.chars().count() > MOST_WORDS { Err(ObjectionError::TooLong) } else { Ok(text) }
}

/// Makes an objection; with `pause` everything of the person is paused in the same unit of work.
///
/// # Errors
/// [`ObjectionError`]: drop the unit of work then.
pub async fn object(
    tx: &mut Tx,
    here: &Here,
    account: &Id,
    by: By<'_>,
    (about, words, pause): (About, &str, bool),
) -> Result<Id, ObjectionError> {
    let words = bounded(words)?;
    if words.is_empty() && about == About::Other {
        return Err(ObjectionError::Words);
    }
    tx.lock(&format!("objections {account}")).await?;
    let before = store::of_account(tx, account).await?;
    let open = before.iter().filter(|known| known.state == State::Open).count();
    if open >= MOST_OPEN || before.len() >= MOST_KEPT {
        return Err(ObjectionError::TooMany);
    }
    let objection = Objection {
        id: here.id(),
        account: account.clone(),
        about,
        words: words.to_owned(),
        paused: pause,
        state: State::Open,
        made_at: here.now,
        due_at: due(here.now),
        ended_at: None,
        reason: String::new(),
    };
    store::insert(tx, &objection).await?;
    written(tx, here, by, &objection, if pause { "made, with a pause" } else { "made" }).await?;
    if pause && accounts::frozen_since(tx, account).await?.is_none() {
        pause::freeze(tx, here, account, by, false).await?;
    }
    Ok(objection.id)
}

/// Takes an objection back while it waits; what was written with it is emptied.
///
/// # Errors
/// [`ObjectionError::Unknown`], [`ObjectionError::Over`], or the database.
pub async fn take_back(tx: &mut Tx, here: &Here, account: &Id, by: By<'_>, id: &Id) -> Result<(), ObjectionError> {
    let objection = store::by_id(tx, id).await?.filter(|known| known.account == *account).ok_or(ObjectionError::Unknown)?;
    if !store::end(tx, id, State::Withdrawn, here.now, "").await? {
        return Err(ObjectionError::Over);
    }
    Ok(written(tx, here, by, &objection, "taken back").await?)
}

/// Answers an objection, once. The person reads it on their page and is told on their first page that there is news.
///
/// # Errors
/// [`ObjectionError::Words`] without a reason where one is due; [`ObjectionError::Over`]; the database.
pub async fn answer(tx: &mut Tx, here: &Here, by: By<'_>, id: &Id, (outcome, reason): (Outcome, &str)) -> Result<(), ObjectionError> {
    let reason = bounded(reason)?;
    if reason.is_empty() && outcome.asks_for_reason() {
        return Err(ObjectionError::Words);
    }
    let objection = store::by_id(tx, id).await?.ok_or(ObjectionError::Unknown)?;
    if !store::end(tx, id, State::Answered(outcome), here.now, reason).await? {
        return Err(ObjectionError::Over);
    }
    for persona in personas::ids_of(tx, &objection.account).await? {
        posts::tell_news(tx, &persona, News::Objection, here.now).await?;
    }
    Ok(written(tx, here, by, &objection, outcome.as_str()).await?)
}

/// Somebody of the staff opens an objection: the person sees it under "Who looked?". One's own is no look.
///
/// # Errors
/// Database trouble.
pub async fn look(tx: &mut Tx, here: &Here, by: By<'_>, objection: &Objection) -> Result<(), DbError> {
    if by.user == objection.account.as_str() {
        return Ok(());
    }
    audit::record(tx, &event(here, What::Looked, by, objection, "objection")).await
}

async fn written(tx: &mut Tx, here: &Here, by: By<'_>, objection: &Objection, what: &str) -> Result<(), DbError> {
    let words = format!("{what}: {}", objection.about.as_str());
    audit::record(tx, &event(here, What::Objection, by, objection, &words)).await
}

fn event<'a>(here: &Here, what: What, by: By<'a>, objection: &'a Objection, words: &'a str) -> Event<'a> {
    Event {
        at: here.now,
        what,
        done: true,
        by,
        purpose: "rights",
        object: ("objection", objection.id.as_str()),
        client: objection.account.as_str(),
        ground: by.role,
        words,
    }
}

/// An objection that waits, for the list of what is to be done: no name and no words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Where it is answered.
    pub link: String,
    /// When the answer is due.
    pub due: Timestamp,
    /// The month is over.
    pub late: bool,
}

/// The objections that wait for an answer, the one that is due first before the others, at most [`MOST_TASKS`].
///
/// # Errors
/// Database trouble.
pub async fn waiting(conn: &mut Conn, now: Timestamp) -> Result<Vec<Waiting>, DbError> {
    let open = store::open(conn, MOST_TASKS).await?;
    let task = |known: Objection| Waiting { link: format!("/admin/objections/{}", known.id), due: known.due_at, late: known.due_at < now };
    Ok(open.into_iter().map(task).collect())
}

/// One objection in a person's own copy.
#[derive(Clone, Debug, Serialize)]
pub struct OwnObjection {
    /// What about, a code.
    pub about: &'static str,
    /// In their own words.
    pub words: String,
    /// `open`, `granted`, `partly`, `refused`, `withdrawn`.
    pub state: &'static str,
    /// Whether a pause of everything was asked for with it.
    pub paused: bool,
    /// When it was made.
    pub made: String,
    /// When the answer is or was due.
    pub due: String,
    /// When it was answered or taken back.
    pub ended: Option<String>,
    /// What was said with the answer.
    pub reason: String,
}

/// A person's own copy of what they objected to, oldest first.
///
/// # Errors
/// Database trouble.
pub(super) async fn own_copy(conn: &mut Conn, account: &Id) -> Result<Vec<OwnObjection>, DbError> {
    let mut all = store::of_account(conn, account).await?;
    all.reverse();
    let own = |known: Objection| OwnObjection {
        about: known.about.as_str(),
        words: known.words,
        state: known.state.as_str(),
        paused: known.paused,
        made: known.made_at.rfc3339(),
        due: known.due_at.rfc3339(),
        ended: known.ended_at.map(Timestamp::rfc3339),
        reason: known.reason,
    };
    Ok(all.into_iter().map(own).collect())
}

#[cfg(test)]
mod tests;
