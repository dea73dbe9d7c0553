//! The plain values of this feature: a purpose, what was shown, what was said. Nothing here reads a row or a page.

use crate::base::{Id, Timestamp};

/// What something was said yes or no to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Being a member of this house.
    House,
    /// Sharing what one writes in this group with the organisations that read it.
    Share(Id),
    /// Something at another house; brought along as history, without any effect here.
    Elsewhere(String),
}

impl Purpose {
    /// As stored.
    pub fn stored(&self) -> String {
        match self {
            Self::House => "house".to_owned(),
            Self::Share(group) => format!("share:{group}"),
            Self::Elsewhere(what) => format!("elsewhere:{what}"),
        }
    }

    /// Reads the stored form.
    pub fn read(text: &str) -> Self {
        match text.split_once(':') {
            Some(("share", group)) => Id::parse(group).map_or_else(|| Self::Elsewhere(text.to_owned()), Self::Share),
            Some(("elsewhere", what)) => Self::Elsewhere(what.to_owned()),
            _ if text == "house" => Self::House,
            _ => Self::Elsewhere(text.to_owned()),
        }
    }
}

/// What was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Yes.
    Given,
    /// Yes, to less than before.
    Narrowed,
    /// No more.
    Withdrawn,
    /// No.
    Declined,
}

impl State {
    const ALL: [Self; 4] = [Self::Given, Self::Narrowed, Self::Withdrawn, Self::Declined];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Narrowed => "narrowed",
            Self::Withdrawn => "withdrawn",
            Self::Declined => "declined",
        }
    }

    /// Reads the stored form; what nobody wrote reads as a no.
    pub fn read(text: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == text).unwrap_or(Self::Declined)
    }

    /// Whether it is a yes now.
    pub const fn holds(self) -> bool {
        matches!(self, Self::Given | Self::Narrowed)
    }
}

/// On what ground of data protection it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Basis {
    /// Explicit consent (GDPR 6(1)(a), 9(2)(a)).
    #[default]
    Consent,
    /// What a person asked the house to do for them (GDPR 6(1)(b)).
    Contract,
}

impl Basis {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Contract => "contract",
        }
    }

    pub(super) fn read(text: &str) -> Self {
        if text == "contract" { Self::Contract } else { Self::Consent }
    }
}

/// Three questions that are often mixed up, answered apart (care R5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// On what ground of data protection it stands.
    pub basis: Basis,
    /// Whether somebody is released from professional secrecy by it.
    pub secrecy: bool,
    /// Whether it chooses who can see something.
    pub visibility: bool,
}

/// What was on the screen when somebody answered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'a> {
    /// What it is called: the group, the house.
    pub title: &'a str,
    /// The words; for readers the names of the organisations, one a line.
    pub words: &'a str,
    /// The language of the page; empty when it was no page.
    pub lang: &'a str,
    /// Version of the words.
    pub version: i64,
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Its id; the ground in the audit log.
    pub id: Id,
    /// What for.
    pub purpose: Purpose,
    /// What it is called.
    pub title: String,
    /// What was said.
    pub state: State,
    /// What was shown.
    pub words: String,
    /// In which language.
    pub lang: String,
    /// Version of the words.
    pub version: i64,
    /// The three flags.
    pub flags: Flags,
    /// When.
    pub at: Timestamp,
}

/// Whether the second list names nobody new and not all of the first.
pub(super) fn is_less(before: &str, now: &str) -> bool {
    let had: Vec<&str> = before.lines().collect();
    let has: Vec<&str> = now.lines().collect();
    has.iter().all(|name| had.contains(name)) && has.len() < had.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;

    #[test]
    fn purposes_are_read_as_they_were_written() {
        let id = Id::random(&SystemChance);
        for purpose in [Purpose::House, Purpose::Share(id), Purpose::Elsewhere("house".to_owned())] {
            assert_eq!(Purpose::read(&purpose.stored()), purpose);
        }
        assert_eq!(Purpose::read("share:nonsense"), Purpose::Elsewhere("share:nonsense".to_owned()));
    }

    #[test]
    fn a_shorter_list_of_the_same_names_is_less() {
        assert!(is_less("A\nB\nC", "A\nC"));
        for (before, now) in [("A\nB", "A\nB"), ("A", "A\nB"), ("A\nB", "A\nC"), ("A\nB", "C")] {
            assert!(!is_less(before, now), "{before:?} {now:?}");
        }
        assert_eq!(State::read("whatever"), State::Declined);
    }
}
