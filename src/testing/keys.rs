//! Keys that were made once and are handed out in turn, so that tests and the simulation do not wait for primes
//! and always sign the same bytes. They are public: no running site may use them.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::federation::keys::{KeyError, KeyPair, KeySource};

/// How many different keys there are.
pub const COUNT: usize = 8;

const PEMS: [&str; COUNT] = [
    include_str!("keys/0.pem"),
    include_str!("keys/1.pem"),
    include_str!("keys/2.pem"),
    include_str!("keys/3.pem"),
    include_str!("keys/4.pem"),
    include_str!("keys/5.pem"),
    include_str!("keys/6.pem"),
    include_str!("keys/7.pem"),
];

/// The recorded keys, from the first (or a chosen one) to the last and round again.
#[derive(Debug, Default)]
pub struct RecordedKeys {
    next: AtomicUsize,
}

impl RecordedKeys {
    /// Begins at key `first`, so that two sites of a story do not hold the same keys in the same order.
    pub const fn starting_at(first: usize) -> Self {
        Self { next: AtomicUsize::new(first) }
    }
}

impl KeySource for RecordedKeys {
    fn fresh(&self) -> Result<KeyPair, KeyError> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        KeyPair::from_pkcs8_pem(PEMS[turn % COUNT])
    }
}
