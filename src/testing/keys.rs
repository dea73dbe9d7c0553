//! Keys that were made once and are handed out in turn, so that tests and the simulation do not wait for primes
//! and always sign the same bytes. They are public: no running site may use them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

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

/// Keys that were read back for [`sign`], by their public halves: reading one takes longer than signing.
static READ: Mutex<Vec<(String, Arc<rsa::KeyPair>)>> = Mutex::new(Vec::new());

/// Signs any bytes, as another implementation would: ours signs headers and documents of its own and nothing else.
///
/// # Panics
/// When the key cannot sign: a test without its peer has nothing to say.
#[expect(clippy::expect_used, reason = "a test without its peer must fail, loudly")]
pub fn sign(key: &KeyPair, bytes: &[u8]) -> Vec<u8> {
    let public = key.public_pem();
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let known = read.iter().find(|(own, _)| *own == public).map(|(_, private)| Arc::clone(private));
    let private = known.unwrap_or_else(|| {
        let stored = key.to_stored().expect("a key can be written");
        let der = STANDARD.decode(stored.reveal()).expect("a stored key is base64");
        let private = Arc::new(rsa::KeyPair::from_pkcs8(&der).expect("a stored key is a key"));
        read.push((public, Arc::clone(&private)));
        private
    });
    drop(read);
    let mut signature = vec![0; private.public_modulus_len()];
    private.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature).expect("the peer's key signs");
    signature
}
