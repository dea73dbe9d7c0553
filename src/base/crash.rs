//! Named crash points (threats FLT-02): places at which a test may end the process as a power cut would, without any
//! clean-up. `CRASH_AT=<name>[:n]` arms one; it is honoured only where federation over loopback is on, which a production
//! configuration cannot have (see [`super::config`]). Unarmed, a point costs one relaxed load. It never returns an error and
//! never writes anything but one line on standard error.

use std::io::Write;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

/// Where a process may be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Point {
    /// Any unit of work is done and not yet kept.
    BeforeCommit = 1,
    /// Any unit of work is kept, and nobody has been told.
    AfterCommit,
    /// Activities that came in are written and not yet kept.
    InboxBeforeCommit,
    /// Activities that came in are kept, and their senders have not been answered.
    InboxAfterCommit,
    /// A connection ended: what was answered on it has left.
    AfterAnswer,
    /// Between two deliveries to one partner.
    MidFanOut,
    /// A partner took an activity, and the queue does not know yet.
    AfterDelivery,
    /// In the middle of an erasure: in its unit of work, or between the list beside the database and the mark in it.
    MidErase,
    /// In the middle of a pause or the end of a partnership.
    MidRevoke,
    /// After one of the steps that bring the schema up to date.
    MidMigration,
}

impl Point {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::InboxBeforeCommit,
        Self::InboxAfterCommit,
        Self::AfterAnswer,
        Self::MidFanOut,
        Self::AfterDelivery,
        Self::MidErase,
        Self::MidRevoke,
        Self::MidMigration,
    ];

    /// As written in `CRASH_AT`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BeforeCommit => "before-commit",
            Self::AfterCommit => "after-commit",
            Self::InboxBeforeCommit => "inbox-before-commit",
            Self::InboxAfterCommit => "inbox-after-commit",
            Self::AfterAnswer => "after-answer",
            Self::MidFanOut => "mid-fan-out",
            Self::AfterDelivery => "after-delivery",
            Self::MidErase => "mid-erase",
            Self::MidRevoke => "mid-revoke",
            Self::MidMigration => "mid-migration",
        }
    }
}

/// Which point ends the process, and at which passing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    point: Point,
    passing: u32,
}

impl Plan {
    /// Reads `name` or `name:n`, where `n` counts from 1; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, passing) = text.split_once(':').map_or((text, Some(1)), |(name, number)| (name, number.parse().ok()));
        let point = Point::ALL.into_iter().find(|point| point.name() == name)?;
        passing.filter(|passing| *passing > 0).map(|passing| Self { point, passing })
    }
}

/// The number of the armed point; 0 when none is.
static ARMED: AtomicU8 = AtomicU8::new(0);
static LEFT: AtomicU32 = AtomicU32::new(0);

/// Arms the point of this plan, for the rest of the process.
pub fn arm(plan: Plan) {
    LEFT.store(plan.passing, Ordering::Relaxed);
    ARMED.store(plan.point as u8, Ordering::Release);
}

/// Passes a point. Does not come back when it was armed and this is its turn.
#[inline]
pub fn passing(point: Point) {
    if ARMED.load(Ordering::Relaxed) == point as u8 {
        count(point);
    }
}

#[cold]
fn count(point: Point) {
    if LEFT.fetch_sub(1, Ordering::Relaxed) == 1 {
        // When standard error is closed there is nobody to tell.
        drop(writeln!(std::io::stderr(), "crashed at {}", point.name()));
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_names_a_point_and_a_passing() {
        assert_eq!(Plan::parse("mid-erase"), Some(Plan { point: Point::MidErase, passing: 1 }));
        assert_eq!(Plan::parse("before-commit:12"), Some(Plan { point: Point::BeforeCommit, passing: 12 }));
        for wrong in ["", "commit", "mid-erase:", "mid-erase:0", "mid-erase:-1", "mid-erase:1:2", "Mid-Erase", " mid-erase"] {
            assert_eq!(Plan::parse(wrong), None, "{wrong}");
        }
        for point in Point::ALL {
            assert_eq!(Plan::parse(point.name()), Some(Plan { point, passing: 1 }));
        }
    }
}
