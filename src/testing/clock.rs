//! A clock that stands still until it is moved.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::base::{Clock, Timestamp};

/// Time as a test sets it. Starts on 2026-03-01 at noon (UTC).
#[derive(Debug)]
pub struct SetClock(AtomicI64);

impl Default for SetClock {
    fn default() -> Self {
        Self(AtomicI64::new(1_772_366_400_000))
    }
}

impl SetClock {
    /// Moves on.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// Sets the moment, also to an earlier one.
    pub fn set(&self, to: Timestamp) {
        self.0.store(to.millis(), Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}
