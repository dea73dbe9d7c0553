//! What an admin has to do about partners: a short list for the overview. Facts of organisations; nobody who takes part.

use std::time::Duration;

use crate::base::Timestamp;
use crate::db::{Conn, DbError};
use crate::federation::declaration;
use crate::federation::partners::{self, GONE, Partner, State, WIDENED};
use crate::federation::rules;

use super::agreement::Record;
use super::canary::Standing;
use super::{record, store};

/// So long before its end an agreement is a task.
const SOON: Duration = Duration::from_hours(60 * 24);

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Key of the sentence; it may use `$house` and `$date`.
    pub key: &'static str,
    /// The partner's name; empty for a task about our own house.
    pub house: String,
    /// A date in it, if there is one.
    pub at: Option<Timestamp>,
    /// Where it is done.
    pub link: String,
    /// To be shown in red.
    pub urgent: bool,
}

/// Everything that waits for an admin of this house.
///
/// # Errors
/// Database trouble.
pub async fn tasks(conn: &mut Conn, now: Timestamp) -> Result<Vec<Task>, DbError> {
    let mut found = Vec::new();
    let known = partners::list(conn).await?;
    if declaration::ours(conn).await?.confirmed_at.is_none() && !known.is_empty() {
        let link = "/admin/agreement".to_owned();
        found.push(Task { key: "partners-task-declare", house: String::new(), at: None, link, urgent: false });
    }
    for partner in known {
        of_partner(conn, now, &partner, &mut found).await?;
    }
    Ok(found)
}

async fn of_partner(conn: &mut Conn, now: Timestamp, partner: &Partner, found: &mut Vec<Task>) -> Result<(), DbError> {
    let mut add = |key, at, urgent| {
        let link = format!("/admin/partners/{}", partner.id);
        found.push(Task { key, house: partner.name.clone(), at, link, urgent });
    };
    let record = record(conn, partner).await?;
    match partner.state {
        State::Ended => return Ok(()),
        State::Paused if partner.paused_for == WIDENED => add("partners-task-widened", None, true),
        State::Paused if partner.paused_for == GONE => add("partners-task-gone", None, true),
        State::Paused => {}
        State::Proposed | State::Active => {
            if let Some(key) = waiting(&record) {
                add(key, None, false);
            }
            let test = store::test(conn, &partner.id).await?;
            if test.is_some_and(|test| matches!(test.standing(now), Standing::Failed(_))) {
                add("partners-task-test", None, true);
            }
        }
    }
    if declaration::agreed_of_partner(conn, &partner.id).await?.is_some() {
        add("partners-task-declared", None, false);
    }
    if partner.state == State::Active && !rules::has_declared(conn, &partner.id).await? {
        add("partners-task-undeclared", None, true);
    }
    if let Some(end) = record.in_force().expires.filter(|_| record.agreed.is_some()) {
        if end <= now {
            add("partners-task-over", Some(end), true);
        } else if now.plus(SOON) >= end {
            add("partners-task-expires", Some(end), false);
        }
    }
    if !partner.handshake && declaration::of_partner(conn, &partner.id).await?.is_none_or(|said| said.confirmed_at.is_none()) {
        add("partners-task-write-down", None, false);
    }
    Ok(())
}

fn waiting(record: &Record) -> Option<&'static str> {
    match record.trouble.as_str() {
        "changed" => Some("partners-task-changed"),
        "declined" => Some("partners-task-declined"),
        "no-terms" => Some("partners-task-no-terms"),
        _ if record.waits_for_us() => Some("partners-task-answer"),
        _ => None,
    }
}
