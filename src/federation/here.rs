//! What an action needs to know of the world: the moment, chance, and who we are. Passed in, so that the same
//! action runs from a page, from the inbox and in the simulation. It reaches no database and no network.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::base::{Chance, Id, Iri, Origin, Sensitive, Timestamp};
use crate::federation::vault::Vault;

/// Numbers that only grow within this process, near the time: the order of inbox and outbox rows.
///
/// They stay inside the database; nothing that leaves the instance is derived from them (design D10).
#[derive(Debug, Default)]
pub struct Sequence(AtomicI64);

/// Numbers in one millisecond. Each process begins somewhere in them by chance, so that several processes on one database
/// (a command beside a server, several nodes) do not give the same number.
const PER_MILLISECOND: u64 = 1_000_000;

impl Sequence {
    /// The next number: now and a bit of chance, or one more than the last when the clock stands still or goes back.
    pub fn next(&self, now: Timestamp, chance: &dyn Chance) -> i64 {
        let bit = i64::try_from(chance.below(PER_MILLISECOND)).unwrap_or(0);
        let wanted = now.millis().saturating_mul(1_000_000).saturating_add(bit);
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
    vault: Option<Arc<Vault>>,
}

impl Here {
    /// Puts together what an action needs.
    pub fn new(now: Timestamp, chance: Arc<dyn Chance>, origin: Origin, sequence: Arc<Sequence>) -> Self {
        Self { now, chance, origin, sequence, vault: None }
    }

    /// The same, with the vault that seals the keys of new actors. Without one no actor of ours can be made.
    #[must_use]
    pub fn with_vault(self, vault: Arc<Vault>) -> Self {
        Self { vault: Some(vault), ..self }
    }

    /// Seals a private key for its actor; nothing when there is no vault.
    pub(in crate::federation) fn seal(&self, owner: &Id, key: &Sensitive<String>) -> Option<Sensitive<String>> {
        self.vault.as_ref().and_then(|vault| vault.seal(&*self.chance, owner, key))
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
        self.sequence.next(self.now, &*self.chance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;
    use crate::testing::chance::SeededChance;

    #[test]
    fn the_sequence_grows_even_when_the_clock_goes_back() {
        let sequence = Sequence::default();
        let next = |millis| sequence.next(Timestamp::from_millis(millis), &SystemChance);
        let (first, second, third, later) = (next(10), next(10), next(5), next(20));
        assert!(first < second && second < third && third < later);
        assert_eq!(later / 1_000_000, 20);
    }

    #[test]
    fn two_processes_do_not_give_the_same_numbers() {
        let now = Timestamp::from_millis(1_772_366_400_000);
        // Each process has chance of its own; that of these two is written down, so that they never clash here by chance.
        let begin = |seed| Sequence::default().next(now, &SeededChance::new(seed));
        assert_ne!(begin(1), begin(2));
        assert_eq!(begin(1), begin(1), "and nothing but chance tells them apart");
    }
}
