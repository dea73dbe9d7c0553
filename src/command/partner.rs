//! Partners, from the machine the instance runs on: name one, look, answer an offer, test, pause, resume, end. The same moves
//! as on the admin's pages; what is to be told to the other side is left to the running server.

use clap::{Args, Subcommand};
use haven::audit::By;
use haven::base::config::Config;
use haven::base::{Origin, Sensitive, Timestamp};
use haven::db::{Reader, Tx};
use haven::features::assessments;
use haven::features::groups::Hours;
use haven::features::partners::{self as desk, Answer, PartnerError, Standing};
use haven::federation::declaration::{self, Declaration};
use haven::federation::partners::{self, Partner as Known};
use haven::site::Shared;
use serde::Serialize;

use super::failure::Failure;
use super::opened;
use super::out::{Out, Said, Sentence};

/// What can be done.
#[derive(Subcommand)]
pub enum Partner {
    /// Name another instance as partner: says yes to the standard agreement.
    Add {
        #[command(flatten)]
        which: Which,
        /// It runs other software: add it at once, without an agreement and without receipts.
        #[arg(long)]
        without_handshake: bool,
        #[command(flatten)]
        says: Says,
    },
    /// All partners.
    List,
    /// One partner.
    Show(Which),
    /// Say yes to its offer.
    Accept(Which),
    /// Say no to its offer.
    Decline {
        #[command(flatten)]
        which: Which,
        /// A sentence for its admin.
        #[arg(long, default_value = "")]
        words: String,
    },
    /// Attach the signed text of the agreement, from standard input.
    Attach(Which),
    /// Start a test and return at once: a post, an edit and an erasure that nobody sees go out. `haven partner show` says how it went.
    Test(Which),
    /// Stop everything in both directions; nothing is lost.
    Pause(Which),
    /// Let things flow again.
    Resume(Which),
    /// End the partnership: its copies are asked back.
    End {
        #[command(flatten)]
        which: Which,
        /// A sentence for its admin.
        #[arg(long, default_value = "")]
        words: String,
    },
    /// Say what this house declares to its partners; what is not given stays as it is.
    Declare {
        #[command(flatten)]
        says: Says,
    },
}

/// Which partner.
#[derive(Args)]
pub struct Which {
    /// Scheme, host and port, as in <https://herning.example>.
    origin: String,
}

/// What a house says of itself.
#[derive(Args)]
pub struct Says {
    /// What for groups are shared.
    #[arg(long)]
    purpose: Option<String>,
    /// Country where the data is hosted, two letters.
    #[arg(long)]
    country: Option<String>,
    /// Contact for data protection.
    #[arg(long)]
    contact: Option<String>,
    /// Staffed hours, as in "Mo-Fr 09:00-17:00".
    #[arg(long)]
    hours: Option<String>,
    /// Who takes a worry in these hours.
    #[arg(long)]
    worry_contact: Option<String>,
    /// How many days copies are kept after the end, 0 to 3650.
    #[arg(long, value_parser = clap::value_parser!(i64).range(0..=3650))]
    retention_days: Option<i64>,
}

impl Says {
    /// In the form in which it is kept, or what cannot be read: what is wrong is said, never set right in silence.
    fn read(self) -> Result<Self, Failure> {
        let country = self.country.map(|country| country.trim().to_ascii_uppercase());
        if country.as_ref().is_some_and(|country| country.len() != 2 || !country.bytes().all(|letter| letter.is_ascii_uppercase())) {
            return Err(Failure::usage("write the --country with its two letters, for example NL"));
        }
        let hours = self.hours.map(|hours| {
            let read = Hours::parse(&hours).map(|hours| hours.to_string());
            read.ok_or_else(|| Failure::usage("write the --hours as days and a span, for example \"Mo-Fr 09:00-17:00\""))
        });
        Ok(Self { country, hours: hours.transpose()?, ..self })
    }

    /// The same declaration with what was given; `None` when nothing was given.
    fn over(self, before: Declaration, now: Timestamp) -> Option<Declaration> {
        let given = self.purpose.is_some()
            || self.country.is_some()
            || self.contact.is_some()
            || self.hours.is_some()
            || self.worry_contact.is_some()
            || self.retention_days.is_some();
        given.then(|| Declaration {
            purpose: self.purpose.unwrap_or(before.purpose),
            role: before.role,
            retention_days: self.retention_days.unwrap_or(before.retention_days),
            country: self.country.unwrap_or(before.country),
            contact: self.contact.unwrap_or(before.contact),
            hours: self.hours.unwrap_or(before.hours),
            worry_contact: self.worry_contact.unwrap_or(before.worry_contact),
            confirmed_at: Some(now),
        })
    }
}

impl Which {
    fn origin(&self) -> Result<Origin, Failure> {
        Origin::parse(&self.origin).map_err(|error| Failure::usage(error.to_string()))
    }
}

#[derive(Serialize)]
struct Shown {
    partner: String,
    name: String,
    state: &'static str,
    handshake: bool,
    actor: Option<String>,
    /// When it was first active.
    since: Option<String>,
    /// When it came into the state it is in.
    changed: Option<String>,
    agreement: &'static str,
    trouble: Option<String>,
    offer_waits: bool,
    flows: String,
    expires: Option<String>,
    declared: Option<Declared>,
    test: Option<&'static str>,
    last_good_test: Option<String>,
    ended_by: Option<String>,
    said: Option<String>,
    asked_back: i64,
    confirmed_erased: i64,
    /// What is to be thought of besides, after a step that begins something.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
}

#[derive(Serialize)]
struct Declared {
    purpose: String,
    role: &'static str,
    country: String,
    contact: String,
    hours: String,
    worry_contact: String,
    retention_days: i64,
    confirmed: bool,
}

async fn shown(conn: &mut Reader, known: Known, now: Timestamp) -> Result<Shown, Failure> {
    let record = desk::record(conn, &known).await?;
    let test = desk::last_test(conn, &known.id).await?;
    let said = declaration::of_partner(conn, &known.id).await?;
    let (asked_back, confirmed_erased) = desk::receipts(conn, &known).await?;
    let changed = desk::changed_at(conn, &known.id).await?;
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok(Shown {
        partner: known.origin.to_string(),
        state: known.state.as_str(),
        handshake: known.handshake,
        actor: known.actor_uri.as_ref().map(ToString::to_string),
        since: known.started_at.map(Timestamp::rfc3339),
        changed: changed.map(Timestamp::rfc3339),
        agreement: record.stage.as_str(),
        trouble: text(&record.trouble),
        offer_waits: record.waits_for_us(),
        flows: record.in_force().flows.as_text(),
        expires: record.in_force().expires.map(Timestamp::rfc3339),
        declared: said.map(|said| Declared {
            purpose: said.purpose,
            role: said.role.as_str(),
            country: said.country,
            contact: said.contact,
            hours: said.hours,
            worry_contact: said.worry_contact,
            retention_days: said.retention_days,
            confirmed: said.confirmed_at.is_some(),
        }),
        test: test.as_ref().map(|test| match test.standing(now) {
            Standing::Good => "good",
            Standing::Running => "running",
            Standing::Failed(step) => step.as_str(),
        }),
        last_good_test: test.and_then(|test| test.good_at).map(Timestamp::rfc3339),
        ended_by: text(&record.ended_by),
        said: text(&record.said),
        asked_back,
        confirmed_erased,
        note: None,
        name: known.name,
    })
}

impl Said for Shown {
    fn plain(&self) -> String {
        // Paused and ended since it was paused or ended; active since the beginning, whatever pauses there were.
        let since = if self.state == "active" { &self.since } else { &self.changed };
        let since = since.as_deref().map(|since| format!(" since {since}")).unwrap_or_default();
        let software = if self.handshake { "" } else { ", without a handshake: it promises no receipts" };
        let trouble = self.trouble.as_deref().map(|trouble| format!(", {trouble}")).unwrap_or_default();
        let test = match (self.test, self.last_good_test.as_deref()) {
            (Some("running"), _) => ", a test is under way: haven partner show says how it went".to_owned(),
            (_, Some(at)) => format!(", last good test {at}"),
            (_, None) => String::new(),
        };
        let closing = match self.asked_back {
            0 => String::new(),
            asked => format!(", {} of {asked} copies confirmed as erased", self.confirmed_erased),
        };
        let note = self.note.map(|note| format!("\n{note}")).unwrap_or_default();
        format!("{} ({}): {}{since}{software}{trouble}{test}{closing}{note}", self.partner, self.name, self.state)
    }
}

impl Partner {
    /// Does it.
    ///
    /// # Errors
    /// One sentence.
    pub async fn run(self, config: Config, out: &Out) -> Result<(), Failure> {
        // What cannot be read is wrong use, before anything is opened.
        let this = self.read()?;
        let site = opened::site(config).await?;
        this.done(&site, out).await
    }

    /// The same with what was typed in the form in which it is kept.
    fn read(self) -> Result<Self, Failure> {
        match &self {
            Self::List | Self::Declare { .. } => {}
            Self::Add { which, .. }
            | Self::Show(which)
            | Self::Accept(which)
            | Self::Attach(which)
            | Self::Test(which)
            | Self::Pause(which)
            | Self::Resume(which)
            | Self::Decline { which, .. }
            | Self::End { which, .. } => {
                which.origin()?;
            }
        }
        Ok(match self {
            Self::Add { which, without_handshake, says } => Self::Add { which, without_handshake, says: says.read()? },
            Self::Declare { says } => Self::Declare { says: says.read()? },
            other => other,
        })
    }

    async fn done(self, site: &Shared, out: &Out) -> Result<(), Failure> {
        match self {
            Self::List => {
                let mut conn = site.db.read().await?;
                let mut all = Vec::new();
                for known in partners::list(&mut conn).await? {
                    all.push(shown(&mut conn, known, site.now()).await?);
                }
                out.say_all(&all, "There are no partners yet.")
            }
            Self::Declare { says } => declare(site, says, out).await,
            Self::Show(which) => say(site, &which.origin()?, None, out).await,
            Self::Add { which, without_handshake, says } => add(site, &which.origin()?, (!without_handshake, says), out).await,
            Self::Attach(which) => {
                let text = super::input::text()?;
                change(site, &which, Move::Attach(text), out).await
            }
            Self::Accept(which) => change(site, &which, Move::Accept, out).await,
            Self::Decline { which, words } => change(site, &which, Move::Decline(words), out).await,
            Self::Test(which) => change(site, &which, Move::Test, out).await,
            Self::Pause(which) => change(site, &which, Move::Pause, out).await,
            Self::Resume(which) => change(site, &which, Move::Resume, out).await,
            Self::End { which, words } => change(site, &which, Move::End(words), out).await,
        }
    }
}

async fn say(site: &Shared, origin: &Origin, note: Option<&'static str>, out: &Out) -> Result<(), Failure> {
    let mut conn = site.db.read().await?;
    let known = partners::by_origin(&mut conn, origin).await?.ok_or(PartnerError::Unknown)?;
    let shown = shown(&mut conn, known, site.now()).await?;
    out.say(&Shown { note, ..shown })
}

async fn add(site: &Shared, origin: &Origin, (handshake, says): (bool, Says), out: &Out) -> Result<(), Failure> {
    let here = site.here();
    let mut tx = site.db.begin().await?;
    let known = desk::propose(&mut tx, &here, origin, handshake, site.config.loopback_federation, By::console()).await?;
    let before = declaration::of_partner(&mut tx, &known.id).await?.unwrap_or_else(Declaration::installed);
    if let Some(said) = says.over(before, site.now()) {
        if handshake {
            return Err(Failure::usage("a Haven declares this itself; these options are for --without-handshake"));
        }
        desk::write_down(&mut tx, &here, origin, &said, By::console()).await?;
    }
    tx.commit().await?;
    say(site, origin, unsigned(site).await?, out).await
}

/// What is said where nobody answers yet for the risks of sharing.
const UNSIGNED: &str =
    "Note: the section about partners in the assessment of risks is not signed. Read and sign it on the page /admin/dpia/partners.";

/// That nobody answers yet for the risks of sharing, if so. Pages wait for that; commands are the operator's and go on
/// (decision 0005).
async fn unsigned(site: &Shared) -> Result<Option<&'static str>, Failure> {
    let mut conn = site.db.read().await?;
    let signed = assessments::is_signed(&mut conn, &assessments::PARTNERS).await?;
    Ok((!signed).then_some(UNSIGNED))
}

/// Says the same to people, after what has no answer of one object.
///
/// # Errors
/// Database trouble, or standard output is closed.
pub async fn remind(site: &Shared, out: &Out) -> Result<(), Failure> {
    unsigned(site).await?.map_or(Ok(()), |note| out.note(note))
}

async fn declare(site: &Shared, says: Says, out: &Out) -> Result<(), Failure> {
    let mut tx = site.db.begin().await?;
    let before = declaration::ours(&mut tx).await?;
    // Saying it again without a change confirms it.
    let said = says.over(before.clone(), site.now()).unwrap_or(Declaration { confirmed_at: Some(site.now()), ..before });
    desk::declare(&mut tx, &site.here(), &said, By::console()).await?;
    tx.commit().await?;
    out.say(&Sentence { said: "Partners are told what this house declares.".to_owned() })
}

/// What is said of a test that has just begun.
const STARTED: &str = "The test has started and this command does not wait for it: see how it went with haven partner show.";

enum Move {
    Accept,
    Decline(String),
    Attach(Sensitive<String>),
    Test,
    Pause,
    Resume,
    End(String),
}

async fn change(site: &Shared, which: &Which, to: Move, out: &Out) -> Result<(), Failure> {
    let origin = which.origin()?;
    // A yes begins something, and so does a test, which goes on without this command.
    let accepts = matches!(to, Move::Accept);
    let started = matches!(to, Move::Test).then_some(STARTED);
    let mut tx = site.db.begin().await?;
    moved(&mut tx, site, &origin, to).await?;
    tx.commit().await?;
    let note = if accepts { unsigned(site).await? } else { started };
    say(site, &origin, note, out).await
}

async fn moved(tx: &mut Tx, site: &Shared, origin: &Origin, to: Move) -> Result<(), PartnerError> {
    let (here, by) = (&site.here(), By::console());
    match to {
        Move::Accept => drop(desk::accept(tx, here, origin, Answer { hash: "", words: "" }, by).await?),
        Move::Decline(words) => drop(desk::decline(tx, here, origin, Answer { hash: "", words: &words }, by).await?),
        Move::Attach(text) => drop(desk::attach(tx, here, origin, text.reveal().trim(), by).await?),
        Move::Test => drop(desk::test(tx, here, origin, by).await?),
        Move::Pause => drop(desk::pause(tx, here, origin, by).await?),
        Move::Resume => drop(desk::resume(tx, here, origin, by).await?),
        Move::End(words) => drop(desk::end(tx, here, origin, &words, by).await?),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(country: &str, hours: &str) -> Says {
        let (country, hours) = (Some(country.to_owned()), Some(hours.to_owned()));
        Says { purpose: None, country, contact: None, hours, worry_contact: None, retention_days: None }
    }

    #[test]
    fn what_a_house_says_is_read_or_refused_and_never_cut_to_size() {
        let read = says(" dk ", "Mo-Fr 9:00-17:00").read().unwrap();
        assert_eq!((read.country.as_deref(), read.hours.as_deref()), (Some("DK"), Some("Mo-Fr 09:00-17:00")));
        for (country, hours, part) in
            [("NLD", "Mo-Fr 09:00-17:00", "two letters"), ("N1", "Sa 10:00-12:00", "two letters"), ("NL", "always", "--hours")]
        {
            let said = says(country, hours).read().err().unwrap().said();
            assert!(said.contains(part), "{country} {hours}: {said}");
        }
    }
}
