//! What an action needs to know of the world: the moment, chance, and who we are. Passed in, so that the same
//! action runs from a page, from the inbox and in the simulation. It reaches no database and no network.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::base::{Chance, Id, Iri, Origin, Timestamp};

/// Numbers that only grow within this process, near the time in microseconds: the order of inbox and outbox rows.
///
/// They stay inside the database; nothing that leaves the instance is derived from them (design D10).
#[derive(Debug, Default)]
pub struct Sequence(AtomicI64);

impl Sequence {
    /// The next number: now in microseconds, or one more than the last when the clock stands still or goes back.
    pub fn next(&self, now: Timestamp) -> i64 {
        let wanted = now.millis().saturating_mul(1000);
        let last = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(wanted.max(last.saturating_add(1))));
        let last = last.unwrap_or_else(|last| last);
        wanted.max(last.saturating_add(1))
    }

    /// Starts after `seq`, the highest number stored.
    pub fn start_after(&self, seq: i64) {
        self.0.fetch_max(seq, Ordering::SeqCst);
    }
}

/// The moment, chance and our own origin. Cheap to clone.
#[derive(Clone)]
pub struct Here {
    /// The present moment; one value for a whole action.
    pub now: Timestamp,
    /// Where ids and tokens come from.
    pub chance: Arc<dyn Chance>,
    /// The instance's origin.
    pub origin: Origin,
    sequence: Arc<Sequence>,
}

impl Here {
    /// Puts together what an action needs.
    pub fn new(now: Timestamp, chance: Arc<dyn Chance>, origin: Origin, sequence: Arc<Sequence>) -> Self {
        Self { now, chance, origin, sequence }
    }

    /// A new random id.
    pub fn id(&self) -> Id {
        Id::random(&*self.chance)
    }

    /// The address of a new activity of ours.
    pub fn activity_uri(&self) -> Iri {
        self.origin.at(&format!("/a/{}", self.id()))
    }

    /// The address of an object of ours.
    pub fn object_uri(&self, id: &Id) -> Iri {
        self.origin.at(&format!("/o/{id}"))
    }

    /// The next number in the order of stored things.
    pub fn sequence(&self) -> i64 {
        self.sequence.next(self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_grows_even_when_the_clock_goes_back() {
        let sequence = Sequence::default();
        let first = sequence.next(Timestamp::from_millis(10));
        let second = sequence.next(Timestamp::from_millis(10));
        let third = sequence.next(Timestamp::from_millis(5));
        let later = sequence.next(Timestamp::from_millis(20));
        assert!(first < second && second < third && third < later);
        assert_eq!(later, 20_000);
    }
}
