//! What waits to be sent to partners, and what could not be. Lists say what kind of activity it is and how it stands,
//! never what is in it.

use std::collections::HashMap;

use clap::Subcommand;
use haven::base::config::Config;
use haven::base::{Id, Origin, Timestamp};
use haven::db::Reader;
use haven::federation::outbox::{self, Queued};
use haven::federation::partners;
use serde::Serialize;

use super::failure::Failure;
use super::opened;
use super::out::{Out, Said, Sentence};

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
    },
    /// Try one delivery again now.
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
            Self::List { partner, all } => list(config, partner.as_deref(), all, out).await,
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
    let mut rows = Vec::new();
    let mut before = i64::MAX;
    loop {
        let mut page = outbox::queue(conn, only, all, before).await?;
        let (Some(first), Some(last)) = (page.first().map(|row| row.outbox_seq), page.last().map(|row| row.outbox_seq)) else { break };
        if page.len() < 200 {
            rows.append(&mut page);
            break;
        }
        // The last activity of a full page may go on behind it: it is read again from its beginning.
        if first > last {
            page.retain(|row| row.outbox_seq > last);
            before = last + 1;
        } else {
            before = last;
        }
        rows.append(&mut page);
    }
    Ok(rows)
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

async fn retry(config: Config, id: &str, out: &Out) -> Result<(), Failure> {
    let parsed = id.split_once('.').and_then(|(seq, partner)| Some((seq.parse().ok()?, Id::parse(partner)?)));
    let (seq, partner): (i64, Id) = parsed.ok_or_else(|| Failure::usage("this is no id of the list; see haven queue list"))?;
    let site = opened::site(config).await?;
    let mut tx = site.db.begin().await?;
    let there = outbox::retry(&mut tx, &partner, seq, site.now()).await?;
    if !there {
        return Err(Failure::new("there is nothing to try again under this id; see haven queue list"));
    }
    tx.commit().await?;
    out.say(&Sentence { said: "It is tried again now.".to_owned() })
}
