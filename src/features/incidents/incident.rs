//! An incident and its clock: plain values and rules. Which steps are still to be done follows from those that were.

use std::time::Duration;

use crate::base::{Id, Timestamp};

/// So soon the authority is told (GDPR 33(1)).
pub const AUTHORITY_WITHIN: Duration = Duration::from_hours(72);
/// So soon a partner is told (care R19, the agreement between houses).
pub const PARTNER_WITHIN: Duration = Duration::from_hours(24);
/// When so little is left, the admin's first page says it in red.
pub const URGENT: Duration = Duration::from_hours(24);
/// So long ago something may have been noticed when it is written down, in hours: two years.
pub const MOST_HOURS_AGO: u64 = 2 * 365 * 24;
/// Longest text of what happened, and of what people can do, in characters.
pub const MOST_TEXT: usize = 2000;
/// Longest words with a step, in characters.
pub const MOST_WORDS: usize = 500;
/// Steps of one incident; more are refused.
pub const MOST_STEPS: usize = 200;

/// A kind of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The names under which people take part.
    Names,
    /// Who is in which group.
    Places,
    /// What people wrote.
    Texts,
    /// Reports and worries.
    Cases,
    /// Sign-in names, sessions, links.
    SignIn,
    /// Something else; the text says what.
    Else,
}

impl Kind {
    /// All, as the form shows them.
    pub const ALL: [Self; 6] = [Self::Names, Self::Places, Self::Texts, Self::Cases, Self::SignIn, Self::Else];

    /// As stored and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Places => "places",
            Self::Texts => "texts",
            Self::Cases => "cases",
            Self::SignIn => "sign-in",
            Self::Else => "else",
        }
    }

    /// Reads [`Kind::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The key of its words.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Names => "incidents-kind-names",
            Self::Places => "incidents-kind-places",
            Self::Texts => "incidents-kind-texts",
            Self::Cases => "incidents-kind-cases",
            Self::SignIn => "incidents-kind-sign-in",
            Self::Else => "incidents-kind-else",
        }
    }
}

/// What an incident touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything in this house.
    House,
    /// One group, of this house or of a partner.
    Group(Id),
    /// Everything of this house that a partner holds, and everything of that partner's people that is here.
    Partner(Id),
}

/// One incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Its id.
    pub id: Id,
    /// When it was noticed.
    pub noticed_at: Timestamp,
    /// When it was written down.
    pub opened_at: Timestamp,
    /// By whom: an account.
    pub opened_by: Id,
    /// What happened, as typed.
    pub what: String,
    /// What people can do, as typed; may be empty.
    pub advice: String,
    /// Which kinds of data.
    pub kinds: Vec<Kind>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// How much of a term is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// So much.
    Left(Duration),
    /// It was over so long ago.
    Over(Duration),
}

impl Clock {
    /// Of a term that began at `from`.
    pub fn of(from: Timestamp, term: Duration, now: Timestamp) -> Self {
        let end = from.plus(term);
        if now < end { Self::Left(end.since(now)) } else { Self::Over(now.since(end)) }
    }

    /// Whether an admin has to hurry.
    pub fn is_urgent(self) -> bool {
        match self {
            Self::Left(left) => left < URGENT,
            Self::Over(_) => true,
        }
    }

    /// Hours and minutes: `70:12`.
    pub fn shown(self) -> String {
        let (Self::Left(span) | Self::Over(span)) = self;
        let minutes = span.as_secs() / 60;
        format!("{}:{:02}", minutes / 60, minutes % 60)
    }
}

impl Incident {
    /// How much of the 72 hours is left.
    pub fn clock(&self, now: Timestamp) -> Clock {
        Clock::of(self.noticed_at, AUTHORITY_WITHIN, now)
    }
}

/// A step that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The authority.
    Authority,
    /// The people whom it concerns.
    People,
    /// A partner.
    Partner,
    /// A further word: what was done, what was found out, what was wrong in an earlier step.
    Note,
    /// The end.
    Closed,
}

impl Step {
    /// As stored and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authority => "authority",
            Self::People => "people",
            Self::Partner => "partner",
            Self::Note => "note",
            Self::Closed => "closed",
        }
    }

    /// Reads [`Step::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Authority, Self::People, Self::Partner, Self::Note, Self::Closed].into_iter().find(|step| step.as_str() == text)
    }
}

/// One line of what was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// What.
    pub step: Step,
    /// Which partner, for [`Step::Partner`].
    pub partner: Option<Id>,
    /// False: it was decided that it is not needed.
    pub told: bool,
    /// The words with it.
    pub words: String,
    /// By whom: an account.
    pub by: Id,
    /// When.
    pub at: Timestamp,
}

/// What still stands in the way of closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// The authority was not told, and nobody said why not.
    Authority,
    /// The people were not told, and nobody said why not.
    People,
    /// A partner whose people it concerns, or that holds what it concerns, was not told.
    Partner,
}

/// What is to be done before it can be closed; `partners` are those whom it concerns.
pub fn still_open(done: &[Done], partners: &[Id]) -> Vec<Open> {
    let has = |step: Step| done.iter().any(|line| line.step == step);
    let told = |partner: &Id| done.iter().any(|line| line.step == Step::Partner && line.partner.as_ref() == Some(partner));
    let mut open = Vec::new();
    if !has(Step::Authority) {
        open.push(Open::Authority);
    }
    if !has(Step::People) {
        open.push(Open::People);
    }
    if !partners.iter().all(told) {
        open.push(Open::Partner);
    }
    open
}
