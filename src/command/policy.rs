//! The rules of what may flow between this house and its partners: write them to a file, read them from one, and see what a
//! change would do before it is done. Counts and examples, never content.

use std::path::PathBuf;

use clap::Subcommand;
use haven::audit::By;
use haven::base::config::Config;
use haven::base::{Id, Origin};
use haven::db::Conn;
use haven::features::partners::{self as desk, Draft, Dry, Names, PartnerError};
use haven::federation::partners::{self, State};
use haven::federation::rules;
use haven::site::Shared;
use serde::Serialize;

use super::failure::Failure;
use super::out::{Out, Said, Sentence};
use super::{named, opened};

/// What can be done.
#[derive(Subcommand)]
pub enum Policy {
    /// Write the rules to a file (- for standard output).
    Export {
        /// The file; it must not exist.
        file: PathBuf,
    },
    /// Put the rules of a file in force. Nothing is changed when one of them is not understood.
    Import {
        /// The file.
        file: PathBuf,
        /// Only say what would change.
        #[arg(long)]
        dry_run: bool,
    },
    /// What would change if … Nothing is changed.
    #[command(subcommand)]
    DryRun(What),
}

/// A change that is thought of.
#[derive(Subcommand)]
pub enum What {
    /// Pausing a partner.
    Pause {
        /// The partner's address.
        origin: String,
    },
    /// Letting a paused partner go on.
    Resume {
        /// The partner's address.
        origin: String,
    },
    /// Ending a partnership.
    End {
        /// The partner's address.
        origin: String,
    },
    /// Sharing a group with a partner.
    Share {
        /// The group: id, address or page.
        group: String,
        /// The partner's address.
        origin: String,
    },
    /// Sharing it no more.
    Unshare {
        /// The group: id, address or page.
        group: String,
        /// The partner's address.
        origin: String,
    },
    /// Adding a partner.
    Add {
        /// Its address.
        origin: String,
    },
    /// Importing a file of rules.
    Import {
        /// The file.
        file: PathBuf,
    },
}

#[derive(Serialize)]
struct Line {
    group: String,
    partner: String,
    theirs: i64,
    ours: i64,
}

#[derive(Serialize)]
struct Example {
    verb: String,
    partner: String,
    group: String,
    count: i64,
    newest: String,
    starts: bool,
    reason: &'static str,
}

#[derive(Serialize)]
struct FlowLine {
    flow: &'static str,
    group: String,
    partner: String,
    starts: bool,
    reason: &'static str,
}

#[derive(Serialize)]
struct Report {
    stop: i64,
    start: i64,
    same: i64,
    held: i64,
    dropped: i64,
    erase_there: i64,
    erase_here: i64,
    relations_ended: i64,
    groups: Vec<Line>,
    flows: Vec<FlowLine>,
    examples: Vec<Example>,
}

impl From<Dry> for Report {
    fn from(dry: Dry) -> Self {
        let groups =
            dry.groups.into_iter().map(|line| Line { group: line.group, partner: line.partner, theirs: line.theirs, ours: line.ours });
        let flows = dry.flows.into_iter().map(|line| FlowLine {
            flow: line.flow,
            group: line.group,
            partner: line.partner,
            starts: line.starts,
            reason: line.reason,
        });
        let examples = dry.examples.into_iter().map(|example| Example {
            verb: example.verb,
            partner: example.partner,
            group: example.group,
            count: example.count,
            newest: example.newest.rfc3339(),
            starts: example.starts,
            reason: example.reason,
        });
        Self {
            stop: dry.stop,
            start: dry.start,
            same: dry.same,
            held: dry.held,
            dropped: dry.dropped,
            erase_there: dry.erase_there,
            erase_here: dry.erase_here,
            relations_ended: dry.relations_ended,
            groups: groups.collect(),
            flows: flows.collect(),
            examples: examples.collect(),
        }
    }
}

impl Said for Report {
    fn plain(&self) -> String {
        let mut lines = vec![
            format!("Messages of the last 30 days that would not have gone: {}", self.stop),
            format!("Messages of the last 30 days that would have gone besides: {}", self.start),
            format!("Messages that would have gone as they did: {}", self.same),
            format!("Messages that wait now and would wait on: {}", self.held),
            format!("Messages that wait now and would never be sent: {}", self.dropped),
            format!("Copies at the partner that would have to be erased: {}", self.erase_there),
            format!("Copies of the partner that would be erased here: {}", self.erase_here),
            format!("Memberships that would end: {}", self.relations_ended),
        ];
        let group = |line: &Line| format!("Group {} ({}): {} of theirs, {} of ours", line.group, line.partner, line.theirs, line.ours);
        lines.extend(self.groups.iter().map(group));
        let change = |starts: bool| if starts { "would start" } else { "would stop" };
        lines.extend(
            self.flows
                .iter()
                .map(|one| format!("Flow: {} of {} ({}) {}, {}", one.flow, one.group, one.partner, change(one.starts), one.reason)),
        );
        lines.extend(self.examples.iter().map(|one| {
            format!("Example: {} to {} {}, {} times ({}), {}", one.verb, one.partner, one.group, one.count, one.reason, change(one.starts))
        }));
        lines.join("\n")
    }
}

#[derive(Serialize)]
struct Change {
    scope: String,
    rule: &'static str,
    before: String,
    after: String,
}

impl Said for Change {
    fn plain(&self) -> String {
        let scope = if self.scope.is_empty() { "The whole house" } else { &self.scope };
        let word = |word: &str| if word.is_empty() { "no rule".to_owned() } else { word.to_owned() };
        format!("{scope}: {} – now {}, then {}", self.rule, word(&self.before), word(&self.after))
    }
}

impl Policy {
    /// Does it.
    ///
    /// # Errors
    /// One sentence.
    pub async fn run(self, config: Config, out: &Out) -> Result<(), Failure> {
        let site = opened::site(config).await?;
        match self {
            Self::Export { file } => export(&site, file, out).await,
            Self::Import { file, dry_run } => import(&site, &file, dry_run, out).await,
            Self::DryRun(what) => {
                let mut conn = site.db.read().await?;
                let draft = what.draft(&mut conn, &site).await?;
                let dry = desk::dry_run(&mut conn, site.now(), &site.config.origin, &draft).await?;
                out.say(&Report::from(dry))
            }
        }
    }
}

async fn export(site: &Shared, file: PathBuf, out: &Out) -> Result<(), Failure> {
    let mut conn = site.db.read().await?;
    let text = desk::write_rules(&rules::load(&mut conn).await?, &Names::load(&mut conn).await?);
    if file.as_os_str() == "-" {
        return out.say(&Sentence { said: text });
    }
    if file.exists() {
        return Err(Failure::new(format!("the file {} exists; choose another name", file.display())));
    }
    std::fs::write(&file, text).map_err(|error| Failure::new(format!("the file {} cannot be written: {error}", file.display())))?;
    out.say(&Sentence { said: format!("The rules are in {}.", file.display()) })
}

fn book(file: &PathBuf) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| Failure::new(format!("the file {} cannot be read: {error}", file.display())))
}

async fn import(site: &Shared, file: &PathBuf, dry_run: bool, out: &Out) -> Result<(), Failure> {
    let text = book(file)?;
    let mut tx = site.db.begin().await?;
    let (before, names) = (rules::load(&mut tx).await?, Names::load(&mut tx).await?);
    let after = desk::read_rules(&text, &names)?;
    let changes: Vec<Change> = desk::differences(&before, &after, &names)
        .into_iter()
        .map(|line| Change { scope: line.scope, rule: line.what, before: line.before, after: line.after })
        .collect();
    if !dry_run {
        desk::apply(&mut tx, &site.here(), &after, By::console()).await?;
        tx.commit().await?;
    }
    out.say_all(&changes, "This file changes nothing.")?;
    if dry_run { Ok(()) } else { super::partner::remind(site, out).await }
}

async fn partner(conn: &mut Conn, origin: &str) -> Result<Id, Failure> {
    let origin = Origin::parse(origin).map_err(|error| Failure::usage(error.to_string()))?;
    Ok(partners::by_origin(conn, &origin).await?.ok_or(PartnerError::Unknown)?.id)
}

/// A partner in one of these states; of another one the command itself would change nothing, and says why.
async fn partner_in(conn: &mut Conn, origin: &str, from: &[State]) -> Result<Id, Failure> {
    let id = partner(conn, origin).await?;
    let known = partners::by_id(conn, &id).await?.ok_or(PartnerError::Unknown)?;
    if from.contains(&known.state) { Ok(id) } else { Err(PartnerError::State(known.state.as_str()).into()) }
}

impl What {
    async fn draft(self, conn: &mut Conn, site: &Shared) -> Result<Draft, Failure> {
        Ok(match self {
            Self::Pause { origin } => Draft::Pause(partner_in(conn, &origin, &[State::Active]).await?),
            Self::Resume { origin } => Draft::Resume(partner_in(conn, &origin, &[State::Paused]).await?),
            Self::End { origin } => Draft::End(partner_in(conn, &origin, &[State::Proposed, State::Active, State::Paused]).await?),
            Self::Share { group, origin } => Draft::Share(named::group(conn, site, &group).await?.id, partner(conn, &origin).await?),
            Self::Unshare { group, origin } => Draft::Unshare(named::group(conn, site, &group).await?.id, partner(conn, &origin).await?),
            Self::Add { origin } => Draft::Add(Origin::parse(&origin).map_err(|error| Failure::usage(error.to_string()))?),
            Self::Import { file } => {
                let names = Names::load(conn).await?;
                Draft::Rules(Box::new(desk::read_rules(&book(&file)?, &names)?))
            }
        })
    }
}
