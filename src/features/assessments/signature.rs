//! What is on the paper, checked, and how a section stands. Plain values and rules; nothing here reads a row or a page.

use std::time::Duration;

use super::section::Section;
use crate::base::{Id, Timestamp, html};

/// Longest name or office of who signs, in characters.
pub const MAX_SIGNER: usize = 120;
/// 25 May 2018: before that there was no assessment of this kind to sign (GDPR 99).
const EARLIEST: Timestamp = Timestamp::from_millis(1_527_206_400_000);
/// Somewhere on Earth it is a day so much earlier than in UTC.
const AHEAD: Duration = Duration::from_hours(14);

/// What a person wrote down from the paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signing {
    pub(super) signer: String,
    pub(super) day: Timestamp,
}

/// Why it cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nobody is named.
    #[error("write the name or the office of who signed")]
    NoSigner,
    /// More than [`MAX_SIGNER`] characters.
    #[error("the name or office is too long; {MAX_SIGNER} characters at most")]
    TooLong,
    /// No date, or none that can be read.
    #[error("write the date on the paper as year, month and day")]
    NoDay,
    /// That day has not begun anywhere.
    #[error("the date on the paper has not come yet")]
    NotYet,
    /// Before there were assessments of this kind.
    #[error("the date on the paper is before 25 May 2018; look at it again")]
    TooEarly,
}

impl Fault {
    /// The key of the sentence for the person.
    pub const fn key(self) -> &'static str {
        match self {
            Self::NoSigner => "web-required",
            Self::TooLong => "assessments-error-long",
            Self::NoDay => "assessments-error-day",
            Self::NotYet => "assessments-error-not-yet",
            Self::TooEarly => "assessments-error-early",
        }
    }

    /// The field of the form at which it is said.
    pub const fn field(self) -> &'static str {
        match self {
            Self::NoSigner | Self::TooLong => "signer",
            Self::NoDay | Self::NotYet | Self::TooEarly => "day",
        }
    }
}

impl Signing {
    /// Reads a name or office and a day (`2026-11-22`) as they were typed.
    ///
    /// # Errors
    /// Everything that is to be changed.
    pub fn read(signer: &str, day: &str, now: Timestamp) -> Result<Self, Vec<Fault>> {
        match (read_signer(signer), read_day(day, now)) {
            (Ok(signer), Ok(day)) => Ok(Self { signer, day }),
            (signer, day) => Err(signer.err().into_iter().chain(day.err()).collect()),
        }
    }
}

fn read_signer(text: &str) -> Result<String, Fault> {
    let line = html::one_line(text, MAX_SIGNER + 1);
    match line.chars().count() {
        0 => Err(Fault::NoSigner),
        1..=MAX_SIGNER => Ok(line),
        _ => Err(Fault::TooLong),
    }
}

fn read_day(text: &str, now: Timestamp) -> Result<Timestamp, Fault> {
    let text = text.trim();
    let day = (text.len() == 10).then(|| Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z"))).flatten().ok_or(Fault::NoDay)?;
    if day > now.plus(AHEAD) {
        Err(Fault::NotYet)
    } else if day < EARLIEST {
        Err(Fault::TooEarly)
    } else {
        Ok(day)
    }
}

/// Whether a row is a signature or the end of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Signed.
    Signed,
    /// Withdrawn.
    Withdrawn,
}

impl State {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads the stored form; what nobody wrote opens nothing.
    pub fn read(text: &str) -> Self {
        if text == "signed" { Self::Signed } else { Self::Withdrawn }
    }
}

/// A signature under a section, or its withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Its id.
    pub id: Id,
    /// Which of the two.
    pub state: State,
    /// Version of the text that was signed.
    pub version: i64,
    /// The text as it was shown; empty in a withdrawal.
    pub words: String,
    /// Language of the text.
    pub lang: String,
    /// Name or office of who signed.
    pub signer: String,
    /// The date on the paper.
    pub day: Timestamp,
    /// When it was written down.
    pub at: Timestamp,
}

/// How a section stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody signed yet.
    Open,
    /// Signed, in the version of now.
    Signed(Signature),
    /// Signed, and the text is another one since. It holds until it is withdrawn.
    Changed(Signature),
    /// It was signed, and that was withdrawn.
    Withdrawn(Signature),
}

impl Standing {
    /// From the newest row of the section.
    pub(super) fn of(section: &Section, newest: Option<Signature>) -> Self {
        match newest {
            None => Self::Open,
            Some(row) if row.state == State::Withdrawn => Self::Withdrawn(row),
            Some(row) if row.version == section.version => Self::Signed(row),
            Some(row) => Self::Changed(row),
        }
    }

    /// Whether what it stands for may begin.
    pub const fn holds(&self) -> bool {
        matches!(self, Self::Signed(_) | Self::Changed(_))
    }

    /// Its name, also the end of keys of words.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Signed(_) => "signed",
            Self::Changed(_) => "changed",
            Self::Withdrawn(_) => "withdrawn",
        }
    }

    /// The signature that stands.
    pub fn signature(&self) -> Option<&Signature> {
        match self {
            Self::Signed(row) | Self::Changed(row) => Some(row),
            Self::Open | Self::Withdrawn(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;
    use crate::features::assessments::PARTNERS;

    #[test]
    fn what_is_on_the_paper_is_checked_field_by_field() {
        let now = Timestamp::parse_rfc3339("2026-11-22T09:59:59Z").unwrap();
        let office = "Data protection officer";
        for (signer, day, faults) in [
            (office, "2026-11-22", vec![]),
            (office, "2018-05-25", vec![]),
            (office, " 2026-11-22 ", vec![]),
            (office, "2026-11-23", vec![Fault::NotYet]),
            (office, "2126-11-22", vec![Fault::NotYet]),
            (office, "2018-05-24", vec![Fault::TooEarly]),
            (office, "0001-01-01", vec![Fault::TooEarly]),
            (office, "", vec![Fault::NoDay]),
            (office, "yesterday", vec![Fault::NoDay]),
            (office, "2026-02-30", vec![Fault::NoDay]),
            (office, "2026-11-22T00:00:00Z", vec![Fault::NoDay]),
            (" \u{202e}\n ", "2026-11-22", vec![Fault::NoSigner]),
            ("", "", vec![Fault::NoSigner, Fault::NoDay]),
        ] {
            let read = Signing::read(signer, day, now);
            assert_eq!(read.clone().err().unwrap_or_default(), faults, "{signer:?} {day:?}");
            assert!(read.is_err() || faults.is_empty());
        }
        let later = Timestamp::parse_rfc3339("2026-11-22T10:00:00Z").unwrap();
        assert!(Signing::read(office, "2026-11-23", later).is_ok(), "the day began in the east");
        let long = "x".repeat(MAX_SIGNER);
        assert_eq!(Signing::read(&long, "2026-11-22", now).unwrap().signer, long);
        assert_eq!(Signing::read(&format!("{long}x"), "2026-11-22", now), Err(vec![Fault::TooLong]));
        assert_eq!(Signing::read(" Ada \n of  the office ", "2026-11-22", now).unwrap().signer, "Ada of the office");
    }

    #[test]
    fn the_newest_row_says_how_a_section_stands() {
        let row = |state, version| Signature {
            id: Id::random(&SystemChance),
            state,
            version,
            words: String::new(),
            lang: String::new(),
            signer: String::new(),
            day: EARLIEST,
            at: EARLIEST,
        };
        for (newest, stands, holds) in [
            (None, "open", false),
            (Some(row(State::Signed, PARTNERS.version)), "signed", true),
            (Some(row(State::Signed, PARTNERS.version - 1)), "changed", true),
            // A program that was put back knows an older text than the one that was signed.
            (Some(row(State::Signed, PARTNERS.version + 1)), "changed", true),
            (Some(row(State::Withdrawn, PARTNERS.version)), "withdrawn", false),
            (Some(row(State::read("whatever"), PARTNERS.version)), "withdrawn", false),
        ] {
            let standing = Standing::of(&PARTNERS, newest);
            assert_eq!((standing.as_str(), standing.holds(), standing.signature().is_some()), (stands, holds, holds));
        }
    }
}
