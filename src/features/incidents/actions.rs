//! Writing an incident down and going through its steps. Each step is a row of the audit log in the same unit of work, in codes;
//! what was typed stands here alone. No step can be taken back: what was wrong is set right by a note.

use std::time::Duration;

use crate::audit::{self, By, Event, What};
use crate::base::Id;
use crate::db::{DbError, Tx};
use crate::federation::Here;

use super::incident::{Done, Incident, Kind, MOST_HOURS_AGO, MOST_STEPS, MOST_TEXT, MOST_WORDS, Scope, Step, still_open};
use super::store;

/// Why something is not written down. Each has a sentence in the words of this feature.
#[derive(Debug, thiserror::Error)]
pub enum IncidentError {
    /// No such incident.
    #[error("there is no such incident")]
    NotFound,
    /// Without a text.
    #[error("write in a few sentences what happened")]
    NoText,
    /// Longer than it may be.
    #[error("this text is too long")]
    TooLong,
    /// No number of hours, or too many.
    #[error("write how many hours ago it was noticed, 0 to {MOST_HOURS_AGO}")]
    Hours,
    /// No kind of data was chosen.
    #[error("choose at least one kind of data")]
    NoKind,
    /// Nothing that it touches was chosen.
    #[error("choose what it touches")]
    NoScope,
    /// A step that needs words has none.
    #[error("write a sentence to this step")]
    NoWords,
    /// Something is to be done first.
    #[error("not everybody was told yet; tell them first or say why it is not needed")]
    StillOpen,
    /// This step was taken already: told, or decided not to be needed.
    #[error("this was done already; add a note")]
    Already,
    /// It is closed already: only notes are added.
    #[error("this incident is closed; add a note")]
    Closed,
    /// More steps than anybody needs.
    #[error("this incident has as many notes as it can hold")]
    Full,
    /// Database trouble.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl IncidentError {
    /// The field of the form that it belongs to, and the key of the sentence.
    pub const fn at(&self) -> (&'static str, &'static str) {
        match self {
            Self::NotFound => ("", "incidents-error-not-found"),
            Self::NoText => ("what", "incidents-error-no-text"),
            Self::TooLong => ("what", "incidents-error-too-long"),
            Self::Hours => ("hours", "incidents-error-hours"),
            Self::NoKind => ("kinds", "incidents-error-no-kind"),
            Self::NoScope => ("scope", "incidents-error-no-scope"),
            Self::NoWords => ("words", "incidents-error-no-words"),
            Self::StillOpen => ("words", "incidents-error-still-open"),
            Self::Already => ("words", "incidents-error-already"),
            Self::Closed => ("words", "incidents-error-closed"),
            Self::Full => ("words", "incidents-error-full"),
            Self::Db(_) => ("", "incidents-error-database"),
        }
    }
}

/// What was typed about a new incident.
pub struct Report<'a> {
    /// So many hours ago it was noticed.
    pub hours: &'a str,
    /// What happened.
    pub what: &'a str,
    /// What people can do.
    pub advice: &'a str,
    /// Which kinds of data.
    pub kinds: Vec<Kind>,
    /// What it touches.
    pub scopes: Vec<Scope>,
}

/// A text as typed, without blank ends and within its limit.
fn text(typed: &str, most: usize) -> Result<String, IncidentError> {
    let text = typed.replace("\r\n", "\n").replace('\0', "");
    let text = text.trim();
    if text.chars().count() > most { Err(IncidentError::TooLong) } else { Ok(text.to_owned()) }
}

async fn written(tx: &mut Tx, here: &Here, by: By<'_>, incident: &Id, (object, client, words): Written<'_>) -> Result<(), DbError> {
    let event =
        Event { at: here.now, what: What::Incident, done: true, by, purpose: "rights", object, client, ground: incident.as_str(), words };
    audit::record(tx, &event).await
}

/// What a row of the audit log says: about which thing, whose, in which code.
type Written<'a> = ((&'a str, &'a str), &'a str, &'a str);

/// Writes an incident down. The clock runs from when it was noticed.
///
/// # Errors
/// [`IncidentError`]: the first thing that is missing.
pub async fn open(tx: &mut Tx, here: &Here, by: By<'_>, report: Report<'_>) -> Result<Incident, IncidentError> {
    let hours: u64 = report.hours.trim().parse().map_err(|_| IncidentError::Hours)?;
    if hours > MOST_HOURS_AGO {
        return Err(IncidentError::Hours);
    }
    let what = text(report.what, MOST_TEXT)?;
    if what.is_empty() {
        return Err(IncidentError::NoText);
    }
    if report.kinds.is_empty() {
        return Err(IncidentError::NoKind);
    }
    if report.scopes.is_empty() {
        return Err(IncidentError::NoScope);
    }
    let incident = Incident {
        id: here.id(),
        noticed_at: here.now.minus(Duration::from_hours(hours)),
        opened_at: here.now,
        opened_by: Id::parse(by.user).ok_or(IncidentError::NotFound)?,
        what,
        advice: text(report.advice, MOST_TEXT)?,
        kinds: report.kinds,
        closed_at: None,
    };
    store::insert(tx, &incident, &report.scopes).await?;
    written(tx, here, by, &incident.id, (("incident", incident.id.as_str()), "", "opened")).await?;
    Ok(incident)
}

/// What was typed with a step.
pub struct Taken<'a> {
    /// Which.
    pub step: Step,
    /// Which partner, for [`Step::Partner`].
    pub partner: Option<Id>,
    /// False: it is not needed, for the reason in the words.
    pub told: bool,
    /// The words.
    pub words: &'a str,
}

/// Goes one step on. Telling the people puts a notice on the own pages of everybody of this house whom it concerns.
///
/// # Errors
/// [`IncidentError`]; then nothing was done.
pub async fn step(tx: &mut Tx, here: &Here, by: By<'_>, id: &Id, taken: Taken<'_>) -> Result<(), IncidentError> {
    tx.lock(&format!("incident {id}")).await?;
    let incident = store::by_id(tx, id).await?.ok_or(IncidentError::NotFound)?;
    let words = text(taken.words, MOST_WORDS)?;
    let needs_words = !taken.told || matches!(taken.step, Step::Authority | Step::Note);
    if words.is_empty() && needs_words {
        return Err(IncidentError::NoWords);
    }
    if incident.closed_at.is_some() && taken.step != Step::Note {
        return Err(IncidentError::Closed);
    }
    let done = store::steps(tx, id).await?;
    if done.len() >= MOST_STEPS {
        return Err(IncidentError::Full);
    }
    let partners: Vec<Id> = store::affected(tx, id).await?.into_iter().filter_map(|(house, _)| house).collect();
    let partner = match taken.step {
        Step::Partner => Some(taken.partner.filter(|partner| partners.contains(partner)).ok_or(IncidentError::NotFound)?),
        _ => None,
    };
    if taken.step != Step::Note && done.iter().any(|line| line.step == taken.step && line.partner == partner) {
        return Err(IncidentError::Already);
    }
    if taken.step == Step::Closed && !still_open(&done, &partners).is_empty() {
        return Err(IncidentError::StillOpen);
    }
    let line = Done {
        step: taken.step,
        partner: partner.clone(),
        told: taken.told,
        words,
        by: Id::parse(by.user).ok_or(IncidentError::NotFound)?,
        at: here.now,
    };
    store::add_step(tx, (&here.id(), id), &line).await?;
    let object = partner.as_ref().map_or(("incident", id.as_str()), |partner| ("partner", partner.as_str()));
    let code = if taken.told { taken.step.as_str().to_owned() } else { format!("{}>not-needed", taken.step.as_str()) };
    written(tx, here, by, id, (object, "", &code)).await?;
    match taken.step {
        Step::People if taken.told => {
            for person in store::tell(tx, id, here.now).await? {
                written(tx, here, by, id, (("incident", id.as_str()), person.as_str(), "told")).await?;
            }
        }
        Step::Closed => store::close(tx, id, here.now).await?,
        _ => {}
    }
    Ok(())
}
