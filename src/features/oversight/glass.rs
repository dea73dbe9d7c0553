//! A break-glass: asked for by one person of staff, agreed to by another, open for an hour. Plain values and rules.

use std::time::Duration;

use crate::base::{Id, Timestamp};
use crate::features::accounts::Role;

/// How long one may read.
pub const OPEN_FOR: Duration = Duration::from_hours(1);
/// How long a request waits for a second person.
pub const WAITS_FOR: Duration = Duration::from_hours(24);
/// Shortest reason, in characters.
pub const LEAST_REASON: usize = 20;
/// Longest reason, in characters.
pub const MOST_REASON: usize = 400;

/// Who may ask and agree.
pub fn may_take_part(role: Role) -> bool {
    role >= Role::Moderator
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Waits for a second person.
    Asked,
    /// Agreed to.
    Open,
    /// The second person said no.
    Refused,
    /// Over before its time.
    Ended,
}

impl State {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Open => "open",
            Self::Refused => "refused",
            Self::Ended => "ended",
        }
    }

    /// Reads [`State::as_str`]; anything else is over.
    pub fn parse(text: &str) -> Self {
        [Self::Asked, Self::Open, Self::Refused].into_iter().find(|state| state.as_str() == text).unwrap_or(Self::Ended)
    }
}

/// One break-glass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glass {
    /// Its id: the ground of every row of the audit log that belongs to it.
    pub id: Id,
    /// Which group.
    pub group: Id,
    /// Who asked: an account.
    pub asked_by: Id,
    /// When.
    pub asked_at: Timestamp,
    /// Why, as typed.
    pub reason: String,
    /// Where it stands.
    pub state: State,
    /// The second person; `None` while nobody answered.
    pub answered_by: Option<Id>,
    /// When it ends by itself.
    pub ends_at: Option<Timestamp>,
    /// When the people of the group were told.
    pub told_at: Option<Timestamp>,
}

impl Glass {
    /// Whether a second person may still answer.
    pub fn waits(&self, now: Timestamp) -> bool {
        self.state == State::Asked && now < self.asked_at.plus(WAITS_FOR)
    }

    /// Whether the one who asked may read now. It ends by itself.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == State::Open && self.ends_at.is_some_and(|end| now < end)
    }
}

/// The reason on one line, or nothing when it is too short to be one.
pub fn reason_of(typed: &str) -> Option<String> {
    let reason = crate::base::html::one_line(typed, MOST_REASON);
    (reason.chars().count() >= LEAST_REASON).then_some(reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;

    #[test]
    fn it_ends_by_itself() {
        let at = Timestamp::from_millis(1_000_000);
        let id = || Id::random(&SystemChance);
        let mut glass = Glass {
            id: id(),
            group: id(),
            asked_by: id(),
            asked_at: at,
            reason: String::new(),
            state: State::Asked,
            answered_by: None,
            ends_at: None,
            told_at: None,
        };
        assert!(glass.waits(at) && !glass.is_open(at) && !glass.waits(at.plus(WAITS_FOR)));
        (glass.state, glass.ends_at) = (State::Open, Some(at.plus(OPEN_FOR)));
        assert!(glass.is_open(at) && !glass.waits(at));
        assert!(!glass.is_open(at.plus(OPEN_FOR)));
        for state in [State::Asked, State::Open, State::Refused, State::Ended] {
            assert_eq!(State::parse(state.as_str()), state);
        }
    }

    #[test]
    fn a_reason_is_a_sentence() {
        assert_eq!(reason_of("   too   short   "), None);
        assert_eq!(reason_of(" Somebody said goodbye\nthis morning ").as_deref(), Some("Somebody said goodbye this morning"));
        assert!(reason_of(&"x".repeat(1000)).is_some_and(|reason| reason.chars().count() <= MOST_REASON));
    }

    #[test]
    fn hosts_and_auditors_have_no_part_in_it() {
        let may: Vec<Role> = Role::ALL.into_iter().filter(|role| may_take_part(*role)).collect();
        assert_eq!(may, [Role::Moderator, Role::Admin]);
    }
}
