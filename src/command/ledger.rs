//! What left this house, from the machine it runs on: every disclosure with what became of it. Kinds, addresses and ids,
//! never a word of what was said. That it was read stands in the audit log.

use clap::Subcommand;
use haven::audit::{self, By, Event, What};
use haven::base::config::Config;
use haven::base::{Id, Origin, Timestamp};
use haven::features::ledger::{Chosen, Line};
use haven::federation::ledger::{self, Cursor, Disclosure, Kind};
use haven::federation::partners;
use haven::site::Shared;

use super::failure::Failure;
use super::named;
use super::opened;
use super::out::{Out, Said};

/// What can be done.
#[derive(Subcommand)]
pub enum Ledger {
    /// Everything that went to partners or was read by them, newest first.
    List {
        /// Only what is of this persona: id, address or name.
        #[arg(long)]
        persona: Option<String>,
        /// Only what went to this partner.
        #[arg(long, value_name = "ORIGIN")]
        partner: Option<String>,
        /// Only what is of this group: id, address or page.
        #[arg(long)]
        group: Option<String>,
        /// Only things of this kind: post, edit, deletion, membership, group, persona, farewell, agreement, report, answer, other.
        #[arg(long)]
        kind: Option<String>,
        /// Only from this day on (2026-02-03, UTC).
        #[arg(long, value_name = "DAY")]
        since: Option<String>,
        /// Only up to this day, the day itself included.
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
    },
}

/// The filter as it was typed.
struct Typed {
    persona: Option<String>,
    partner: Option<String>,
    group: Option<String>,
    kind: Option<String>,
    since: Option<String>,
    until: Option<String>,
}

impl Said for Line {
    fn plain(&self) -> String {
        let thing = self.thing.as_deref().unwrap_or("-");
        let onward = if self.onward.is_empty() { String::new() } else { format!(", shared on with {}", self.onward.join(", ")) };
        let receipt = self.receipt.as_deref().map(|at| format!(", confirmed {at}")).unwrap_or_default();
        let how = if self.how == "read" { "read by" } else { "sent to" };
        let (at, kind, partner, state) = (&self.at, self.kind, &self.partner, self.state);
        format!("{at}: {kind} {thing} {how} {partner}: {state}{onward}{receipt}")
    }
}

impl Ledger {
    /// Does it.
    ///
    /// # Errors
    /// One sentence.
    pub async fn run(self, config: Config, out: &Out) -> Result<(), Failure> {
        match self {
            Self::List { persona, partner, group, kind, since, until } => {
                let typed = Typed { persona, partner, group, kind, since, until };
                let (kind, since, until) =
                    (typed.kind()?, Typed::day("--since", typed.since.as_ref())?, Typed::day("--until", typed.until.as_ref())?);
                // The last day is in.
                let until = until.map(|at| at.plus(std::time::Duration::from_hours(24)));
                list(&opened::site(config).await?, &typed, Chosen { kind, since, until, ..Chosen::default() }, out).await
            }
        }
    }
}

impl Typed {
    fn kind(&self) -> Result<Option<Kind>, Failure> {
        let Some(code) = &self.kind else { return Ok(None) };
        let kinds = || Kind::ALL.map(Kind::as_str).join(", ");
        Chosen::kind_of(code).map(Some).ok_or_else(|| Failure::usage(format!("there is no kind {code}; choose one of {}", kinds())))
    }

    fn day(flag: &str, typed: Option<&String>) -> Result<Option<Timestamp>, Failure> {
        let Some(day) = typed else { return Ok(None) };
        let read = Chosen::first_of(day).map(Some);
        read.ok_or_else(|| Failure::usage(format!("write the day of {flag} as year, month and day: 2026-02-03")))
    }

    /// Looks up who and what is named.
    async fn found(&self, site: &Shared, chosen: Chosen) -> Result<Chosen, Failure> {
        let origin = self.partner.as_deref().map(Origin::parse).transpose().map_err(|error| Failure::usage(error.to_string()))?;
        let mut conn = site.db.read().await?;
        let personas = match self.persona.as_deref() {
            // An id is taken as it stands: guests and erased people have no name here.
            Some(text) => vec![match Id::parse(text) {
                Some(id) => id,
                None => named::persona(&mut conn, text).await?.id,
            }],
            None => Vec::new(),
        };
        let partner = match origin {
            None => None,
            Some(origin) => Some(
                partners::by_origin(&mut conn, &origin)
                    .await?
                    .ok_or_else(|| Failure::new("there is no partner with this address; see haven partner list"))?
                    .id,
            ),
        };
        let group = match &self.group {
            Some(text) => Some(named::group(&mut conn, site, text).await?.id),
            None => None,
        };
        Ok(Chosen { personas, partner, group, ..chosen })
    }
}

async fn list(site: &Shared, typed: &Typed, chosen: Chosen, out: &Out) -> Result<(), Failure> {
    let chosen = typed.found(site, chosen).await?;
    record(site).await?;
    let filter = chosen.filter();
    let mut conn = site.db.read().await?;
    let mut before = Cursor::newest();
    let mut none = "Nothing of this kind left this house.";
    loop {
        let page = ledger::list(&mut conn, &filter, &before, 500).await?;
        let last = page.last().map(Disclosure::cursor);
        let whole = page.len() == 500;
        let rows: Vec<Line> = page.into_iter().map(Line::from).collect();
        if !rows.is_empty() || !none.is_empty() {
            out.say_all(&rows, none)?;
        }
        none = "";
        match last {
            Some(last) if whole => before = last,
            _ => return Ok(()),
        }
    }
}

async fn record(site: &Shared) -> Result<(), Failure> {
    let mut tx = site.db.begin().await?;
    let event = Event {
        at: site.now(),
        what: What::Looked,
        done: true,
        by: By::console(),
        purpose: "sharing",
        object: ("ledger", ""),
        client: "",
        ground: "operator",
        words: "",
    };
    audit::record(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}
