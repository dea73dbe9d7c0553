//! Moderation: reports, worries and the desk that answers them, across houses (groups.md rows 10 and 11). It never names
//! who reported, and never lets a machine decide about a person: time only says that nobody came.
//!
//! What later features may call is re-exported here; all else is private.

mod actions;
mod case;
mod hours;
mod inbox;
mod pages;
mod sight;
mod store;
mod wire;

#[cfg(test)]
mod tests;

use futures::future::BoxFuture;

use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::features::accounts::Role;
use crate::federation::here::Here;
use crate::federation::outbox;
use crate::jobs::{Job, Task, Trouble};
use crate::site::{Feature, Site};

pub use actions::{CaseError, Telling, appeal, tell, tell_from_outside};
pub use case::{Case, Category, Kind, Outcome, Report, State, Status};
pub use hours::on_shift;

use sight::Viewer;

/// What this feature gives to the house.
pub const FEATURE: Feature = Feature { name: "moderation", routes: pages::routes, receives: inbox::receives, serves: Vec::new, jobs };

/// The promised time of a worry that went to another house is over.
const PROMISE: &str = "moderation-promise";
fn jobs() -> Vec<Job<Site>> {
    vec![Job { kind: PROMISE, every: None, run: promise_round }]
}

fn promise_round<'a>(site: &'a Site, task: &'a Task) -> BoxFuture<'a, Result<(), Trouble>> {
    Box::pin(async move {
        let report = Id::parse(&task.payload).ok_or(Trouble::Never("no-report"))?;
        let mut tx = site.db.begin().await?;
        match actions::standing::promise_over(&mut tx, &site.here(), &report).await {
            Ok(()) => {}
            Err(CaseError::Db(error)) => return Err(error.into()),
            Err(_) => return Err(Trouble::Again(PROMISE)),
        }
        task.done(&mut tx).await?;
        Ok(tx.commit().await?)
    })
}

/// How many reports were closed before then and still have their words.
///
/// # Errors
/// When the database does not answer.
pub async fn old_words(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    store::reports::old_words(conn, before).await
}

/// Takes the words out of at most so many of them: only what it was and how it ended stays.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_words(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    store::reports::forget_words(tx, before, most).await
}

/// How many cases were closed before then.
///
/// # Errors
/// When the database does not answer.
pub async fn old_cases(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    store::old(conn, before).await
}

/// Forgets at most so many of them, with everything that was told in them.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_cases(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    store::forget_old(tx, before, most).await
}

/// What waits for somebody, as the desk shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Today {
    /// Worries that nobody took.
    pub worries: usize,
    /// Of these, later than promised.
    pub overdue: usize,
    /// Reports and appeals that nobody took.
    pub reports: usize,
    /// Cases in this person's own hands.
    pub mine: usize,
}

/// What waits for this person on the desk.
///
/// # Errors
/// When the database does not answer.
pub async fn today(conn: &mut Conn, here: &Here, account: &Id, role: Role) -> Result<Today, DbError> {
    let who = Viewer::load(conn, account, role).await?;
    let mut today = Today::default();
    for case in actions::desk::open(conn, here, &who).await? {
        match (case.state.is_in_hand(), case.kind) {
            (true, _) => today.mine += usize::from(case.owner.as_ref() == Some(account)),
            (false, Kind::Worry) => {
                today.worries += 1;
                today.overdue += usize::from(case.is_overdue(here.now));
            }
            (false, _) => today.reports += 1,
        }
    }
    Ok(today)
}

/// All open cases, oldest first, for the command line: what they are and since when, not what was told.
///
/// # Errors
/// When the database does not answer.
pub async fn open_cases(conn: &mut Conn) -> Result<Vec<Case>, DbError> {
    store::open(conn).await
}

/// What these personas told, newest first, for a person's own copy.
///
/// # Errors
/// When the database does not answer.
pub async fn own_copy(conn: &mut Conn, personas: &[Id]) -> Result<Vec<Report>, DbError> {
    store::reports::of_reporters(conn, personas).await
}

/// Takes a persona's name and words out of everything they told, and out of what of it waits to be sent. Cases go on without
/// them.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(tx: &mut Tx, persona: &Id, now: Timestamp) -> Result<(), DbError> {
    for flag in store::reports::flags_of(tx, persona).await? {
        outbox::withhold_message(tx, &flag, now).await?;
    }
    store::reports::forget_reporter(tx, persona).await
}
