//! What waits to be sent to partners, and what could not be. Lists say what kind of activity it is and how it stands,
//! never what is in it.

use std::collections::HashMap;

use clap::Subcommand;
use haven::base::config::Config;
use haven::base::{Id, Origin, Timestamp};
use haven::db::Reader;
use haven::federation::outbox::{self, Place, Queued};
use haven::federation::{parked, partners};
use haven::jobs;
use serde::Serialize;

use super::failure::Failure;
use super::opened;
use super::out::{Out, Said, Sentence};

/// Rows that are read at a time.
const PART: i64 = 200;

/// What can be done.
#[derive(Subcommand)]
pub enum Queue {
    /// What waits or failed, newest first.
    List {
        /// Only what goes to this partner.
        #[arg(long, value_name = "ORIGIN")]
        partner: Option<String>,
        /// Also what was delivered.
        #[arg(long)]
        all: bool,
        /// What came in and was put aside, and work that was given up.
        #[arg(long, conflicts_with_all = ["partner", "all"])]
        parked: bool,
    },
    /// Try one delivery, or one thing that was put aside, again now.
    Retry {
        /// Its id, from the list.
        id: String,
    },
}

#[derive(Serialize)]
struct Row {
    id: String,
    partner: String,
    verb: String,
    state: String,
    status: Option<i64>,
    reason: Option<String>,
    attempts: i64,
    written: String,
    next: Option<String>,
    done: Option<String>,
}

impl Said for Row {
    fn plain(&self) -> String {
        let status = self.status.map(|status| format!(", answered {status}")).unwrap_or_default();
        let reason = self.reason.as_ref().map(|reason| format!(", {reason}")).unwrap_or_default();
        let next = self.next.as_ref().map(|next| format!(", next try {next}")).unwrap_or_default();
        let (id, verb, partner, state) = (&self.id, &self.verb, &self.partner, &self.state);
        format!("{id}: {verb} to {partner}: {state}{status}{reason}, tries: {}{next}", self.attempts)
    }
}

impl Queue {
    /// Does it.
    ///
    /// # Errors
    /// One sentence.
    pub async fn run(self, config: Config, out: &Out) -> Result<(), Failure> {
        match self {
            Self::List { parked: true, .. } => list_parked(config, out).await,
            Self::List { partner, all, .. } => list(config, partner.as_deref(), all, out).await,
            Self::Retry { id } => retry(config, &id, out).await,
        }
    }
}

async fn list(config: Config, partner: Option<&str>, all: bool, out: &Out) -> Result<(), Failure> {
    let origin = partner.map(Origin::parse).transpose().map_err(|error| Failure::usage(error.to_string()))?;
    let site = opened::site(config).await?;
    let mut conn = site.db.read().await?;
    let known = partners::list(&mut conn).await?;
    let only = match origin {
        None => None,
        Some(origin) => {
            let found = known.iter().find(|partner| partner.origin == origin);
            Some(found.ok_or_else(|| Failure::new("there is no partner with this address; see haven partner list"))?.id.clone())
        }
    };
    let names: HashMap<String, String> = known.into_iter().map(|partner| (partner.id.to_string(), partner.origin.to_string())).collect();
    let rows = everything(&mut conn, only.as_ref(), all).await?;
    let rows: Vec<Row> = rows.into_iter().map(|queued| row(&names, queued)).collect();
    out.say_all(&rows, "Nothing waits.")
}

/// All pages of the list.
async fn everything(conn: &mut Reader, only: Option<&Id>, all: bool) -> Result<Vec<Queued>, Failure> {
    let mut rows: Vec<Queued> = Vec::new();
    loop {
        let place = rows.last().map_or_else(Place::newest, Place::behind);
        let page = outbox::queue(conn, only, all, &place).await?;
        let last = page.len() < outbox::PAGE;
        rows.extend(page);
        if last {
            return Ok(rows);
        }
    }
}

/// Something that was put aside.
#[derive(Serialize)]
struct Aside {
    id: String,
    /// `inbox` or `job`.
    of: &'static str,
    partner: Option<String>,
    kind: String,
    reason: Option<String>,
    attempts: i64,
    since: String,
    can_retry: bool,
}

impl Said for Aside {
    fn plain(&self) -> String {
        let from = self.partner.as_ref().map(|partner| format!(" from {partner}")).unwrap_or_default();
        let reason = self.reason.as_ref().map(|reason| format!(", {reason}")).unwrap_or_default();
        let gone = if self.can_retry { "" } else { ", cannot be tried again" };
        format!("{}: {}{from}{reason}, tries: {}, since {}{gone}", self.id, self.kind, self.attempts, self.since)
    }
}

async fn list_parked(config: Config, out: &Out) -> Result<(), Failure> {
    let site = opened::site(config).await?;
    let mut conn = site.db.read().await?;
    let known = partners::list(&mut conn).await?;
    let names: HashMap<String, String> = known.into_iter().map(|partner| (partner.id.to_string(), partner.origin.to_string())).collect();
    let mut all = Vec::new();
    let mut before = i64::MAX;
    loop {
        let page = parked::list(&mut conn, before, PART).await?;
        let Some(last) = page.last() else { break };
        before = last.seq;
        all.extend(page.into_iter().map(|row| Aside {
            id: format!("in.{}", row.seq),
            of: "inbox",
            partner: names.get(&row.partner_id).cloned(),
            kind: row.verb,
            reason: row.reason,
            attempts: row.attempts,
            since: Timestamp::from_millis(row.received_at).rfc3339(),
            can_retry: row.whole == 1,
        }));
    }
    let mut place = (i64::MAX, String::new());
    loop {
        let page = jobs::dead(&mut conn, (place.0, &place.1), PART).await?;
        let Some(last) = page.last() else { break };
        place = (last.run_at, last.id.clone());
        all.extend(page.into_iter().map(|dead| Aside {
            id: format!("job.{}", dead.id),
            of: "job",
            partner: None,
            kind: dead.kind,
            reason: dead.reason,
            attempts: dead.attempts,
            since: Timestamp::from_millis(dead.run_at).rfc3339(),
            can_retry: true,
        }));
    }
    out.say_all(&all, "Nothing is put aside.")
}

fn row(names: &HashMap<String, String>, queued: Queued) -> Row {
    let waits = queued.state == "waiting";
    Row {
        id: format!("{}.{}", queued.outbox_seq, queued.partner_id),
        partner: names.get(&queued.partner_id).cloned().unwrap_or_default(),
        verb: queued.verb,
        state: queued.state,
        status: queued.status,
        reason: queued.reason,
        attempts: queued.attempts,
        written: Timestamp::from_millis(queued.created_at).rfc3339(),
        next: waits.then(|| Timestamp::from_millis(queued.next_at).rfc3339()),
        done: queued.done_at.map(|at| Timestamp::from_millis(at).rfc3339()),
    }
}

/// What an id of a list names.
#[derive(Debug, PartialEq, Eq)]
enum Which {
    Out(i64, Id),
    In(i64),
    Job(String),
}

impl Which {
    fn parse(id: &str) -> Option<Self> {
        match id.split_once('.')? {
            ("in", seq) => seq.parse().ok().map(Self::In),
            ("job", job) => Some(Self::Job(job.to_owned())),
            (seq, partner) => Some(Self::Out(seq.parse().ok()?, Id::parse(partner)?)),
        }
    }
}

async fn retry(config: Config, id: &str, out: &Out) -> Result<(), Failure> {
    let what = Which::parse(id).ok_or_else(|| Failure::usage("this is no id of the list; see haven queue list"))?;
    let site = opened::site(config).await?;
    let mut tx = site.db.begin().await?;
    let there = match what {
        Which::Out(seq, partner) => outbox::retry(&mut tx, &partner, seq, site.now()).await?,
        Which::In(seq) => parked::retry(&mut tx, seq, site.now()).await?,
        Which::Job(job) => jobs::retry(&mut tx, site.now(), &job).await?,
    };
    if !there {
        return Err(Failure::new("there is nothing to try again under this id; see haven queue list"));
    }
    tx.commit().await?;
    out.say(&Sentence { said: "It is tried again now.".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_what_goes_out_what_came_in_or_work() {
        let partner = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
        assert_eq!(Which::parse(&format!("12.{partner}")), Id::parse(partner).map(|id| Which::Out(12, id)));
        assert_eq!(Which::parse("in.7"), Some(Which::In(7)));
        assert_eq!(Which::parse("job.abc"), Some(Which::Job("abc".to_owned())));
        for wrong in ["", "12", "in.x", "12.x y", "."] {
            assert_eq!(Which::parse(wrong), None, "{wrong}");
        }
    }
}
