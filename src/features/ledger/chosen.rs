//! Which disclosures somebody asks for: one filter for the admin's page, its files and the command, so that they mean the same.
//! Plain values; it looks nothing up.

use std::time::Duration;

use crate::base::{Id, Timestamp};
use crate::federation::ledger::{Filter, Kind};

/// The filter. Everything that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Of these personas or guests; empty: of anybody.
    pub personas: Vec<Id>,
    /// To this partner.
    pub partner: Option<Id>,
    /// In this group, also what partners read of it.
    pub group: Option<Id>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// From this moment on.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

impl Chosen {
    /// As the ledger is asked.
    pub fn filter(&self) -> Filter<'_> {
        Filter {
            whose: &self.personas,
            things: &[],
            partner: self.partner.as_ref(),
            thread: self.group.as_ref(),
            kind: self.kind,
            since: self.since,
            until: self.until,
        }
    }

    /// A kind by its code.
    pub fn kind_of(code: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == code)
    }

    /// The first moment of a day, `2026-02-03`, UTC.
    pub fn first_of(day: &str) -> Option<Timestamp> {
        let day = day.trim();
        (day.len() == 10).then(|| Timestamp::parse_rfc3339(&format!("{day}T00:00:00Z"))).flatten()
    }

    /// The first moment after a day.
    pub fn after(day: &str) -> Option<Timestamp> {
        Self::first_of(day).map(|at| at.plus(Duration::from_hours(24)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_and_kinds_have_codes() {
        let (from, to) = (Chosen::first_of("2026-02-03").unwrap(), Chosen::after(" 2026-02-03 ").unwrap());
        assert_eq!(to.since(from), Duration::from_hours(24));
        assert_eq!((Chosen::first_of("yesterday"), Chosen::first_of("2026-02-30"), Chosen::after("")), (None, None, None));
        assert_eq!((Chosen::kind_of("post"), Chosen::kind_of("Post"), Chosen::kind_of("")), (Some(Kind::Post), None, None));
    }
}
