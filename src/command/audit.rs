//! The audit log from the machine: its rows, and whether its chain holds. Listing it is a row of it.

use clap::Subcommand;
use haven::audit::{self, By, Event, Filter, Shown, Verdict, What};
use haven::base::config::Config;
use haven::base::{Clock, Id, SystemClock};
use haven::db::{Db, DbError};
use serde::Serialize;

use super::failure::Failure;
use super::opened;
use super::out::{Out, Said};

/// Rows read in one go.
const PART: i64 = 1000;

/// What can be done.
#[derive(Subcommand)]
pub enum Audit {
    /// List rows, newest first.
    List {
        /// Only what happened so: looked, broken-glass, role-changed …
        #[arg(long)]
        event: Option<String>,
        /// Only what this person did, or what was done about them: an id as it stands in the rows.
        #[arg(long)]
        person: Option<String>,
        /// At most so many.
        #[arg(long)]
        limit: Option<usize>,
    },
    /// Read the whole chain and say whether it holds.
    Verify,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Row<'a>(Shown<'a>);

impl Said for Row<'_> {
    fn plain(&self) -> String {
        let Shown { seq, at, event, user, role, object_kind, object_id, words, .. } = &self.0;
        format!("{seq} {at} {event} {user} ({role}) {object_kind} {object_id} {words}").trim_end().to_owned()
    }
}

#[derive(Serialize)]
struct Holds {
    whole: bool,
    rows: i64,
    head: String,
}

impl Said for Holds {
    fn plain(&self) -> String {
        match self.rows {
            0 => "The audit log is empty.".to_owned(),
            rows => format!("The audit log is whole: {rows} rows, the last one is {}.", self.head),
        }
    }
}

impl Audit {
    /// Does it.
    ///
    /// # Errors
    /// One sentence; for a chain that does not hold as well.
    pub async fn run(self, config: &Config, out: &Out) -> Result<(), Failure> {
        let db = opened::database(config).await?;
        match self {
            Self::List { event, person, limit } => {
                if let Some(event) = event.as_deref().filter(|event| What::parse(event).is_none()) {
                    let known = What::ALL.map(What::as_str).join(", ");
                    return Err(Failure::usage(format!("there is no event \"{event}\"; there are {known}")));
                }
                let codes = codes(event.as_deref(), person.as_deref());
                read(&db, &codes).await?;
                let filter = Filter {
                    event: event.as_deref().unwrap_or_default(),
                    person: person.as_deref().unwrap_or_default(),
                    ..Filter::default()
                };
                list(&db, &filter, limit.unwrap_or(usize::MAX), out).await
            }
            Self::Verify => match audit::verify(&mut *db.read().await?).await? {
                Verdict::Whole { rows, head } => out.say(&Holds { whole: true, rows, head }),
                Verdict::Broken { seq } => Err(Failure::new(format!(
                    "the audit log does not hold: row {seq} was changed, or a row before it is missing; compare it with a backup"
                ))),
            },
        }
    }
}

async fn list(db: &Db, filter: &Filter<'_>, limit: usize, out: &Out) -> Result<(), Failure> {
    let (mut before, mut left) = (i64::MAX, limit);
    while left > 0 {
        let part = audit::list(&mut *db.read().await?, filter, before, PART).await?;
        let Some(last) = part.last() else { break };
        before = last.seq;
        for kept in part.iter().take(left) {
            out.say(&Row(kept.into()))?;
        }
        left = left.saturating_sub(part.len());
    }
    Ok(())
}

/// The filter as the log keeps it: codes and ids. What was typed and is no id stands there as just that.
fn codes(event: Option<&str>, person: Option<&str>) -> String {
    let event = event.map(|event| format!("event:{event}"));
    let person = person.map(|person| format!("person:{}", Id::parse(person).map_or("unknown", |_| person)));
    event.into_iter().chain(person).collect::<Vec<_>>().join(" ")
}

/// That the log is read at the machine, and what was looked for.
async fn read(db: &Db, words: &str) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    let event = Event {
        at: SystemClock.now(),
        what: What::AuditRead,
        done: true,
        by: By::console(),
        purpose: "oversight",
        object: ("audit", "list"),
        client: "",
        ground: "console",
        words,
    };
    audit::record(&mut tx, &event).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_kept_as_codes_and_ids() {
        let id = "a".repeat(26);
        assert_eq!(codes(None, None), "");
        assert_eq!(codes(Some("looked"), None), "event:looked");
        assert_eq!(codes(Some("looked"), Some(&id)), format!("event:looked person:{id}"));
        assert_eq!(codes(None, Some("Fern of the garden")), "person:unknown");
    }
}
