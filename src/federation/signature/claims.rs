//! What a signature says of itself, before any key is looked at: who signed, what is covered, when, and the digest.
//! Claims are only words; [`super::verify`] alone turns them into a verified request.

use std::fmt;

use super::digest::Digests;
use super::refusal::{Need, Refusal};
use super::request::RawRequest;
use super::{Terms, cavage, rfc9421};
use crate::base::{Iri, Timestamp};
use crate::federation::keys::{MAX_BITS, MIN_BITS};

/// How many covered parts, or parameters, we look at.
pub(super) const MAX_PARTS: usize = 32;

/// Which of the two signature schemes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// draft-cavage-http-signatures-12.
    Cavage,
    /// RFC 9421 with RFC 9530.
    Rfc9421,
}

/// The covered parts in order.
pub(super) enum Covered {
    Cavage(Vec<cavage::Part>),
    Rfc9421 { parts: Vec<rfc9421::Part>, parameters: String },
}

/// Which of the things that must be bound are bound.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is one item of the constant list of threats R2")]
pub(super) struct Coverage {
    pub(super) method: bool,
    pub(super) target: bool,
    /// Named by itself: `host` or `@authority`.
    pub(super) authority: bool,
    /// Named inside `@target-uri`.
    pub(super) authority_by_target: bool,
    pub(super) digest: bool,
    pub(super) time: bool,
}

impl Coverage {
    /// The constant list of threats R2 against what is covered. Nothing is optional except the digest of no body.
    pub(super) fn check(self, request: &RawRequest<'_>, terms: Terms) -> Result<(), Refusal> {
        let authority = self.authority || (self.authority_by_target && terms == Terms::Open);
        for (bound, need) in [
            (self.method, Need::Method),
            (self.target, Need::Target),
            (authority, Need::Authority),
            (self.digest || request.only_reads(), Need::Digest),
            (self.time, Need::Time),
        ] {
            if !bound {
                return Err(Refusal::NotCovered(need));
            }
        }
        Ok(())
    }
}

/// A signature that was read and covers what it must, but is not yet verified.
pub struct Claims {
    pub(super) key_id: Iri,
    pub(super) covered: Covered,
    pub(super) coverage: Coverage,
    /// Every covered moment of signing.
    pub(super) times: Vec<Timestamp>,
    pub(super) expires: Option<Timestamp>,
    pub(super) digests: Digests,
    pub(super) signature: Vec<u8>,
}

impl Claims {
    /// The address of the key, exactly as written: the partner is looked up by its origin first, and only then a key.
    pub const fn key_id(&self) -> &Iri {
        &self.key_id
    }

    /// Which scheme was used.
    pub const fn profile(&self) -> Profile {
        match self.covered {
            Covered::Cavage(_) => Profile::Cavage,
            Covered::Rfc9421 { .. } => Profile::Rfc9421,
        }
    }

    /// Every covered moment lies in the window and `expires`, if given, is still to come.
    pub(super) fn check_time(&self, now: Timestamp, terms: Terms) -> Result<Timestamp, Refusal> {
        let (oldest, newest) = (now.minus(terms.past()), now.plus(terms.ahead()));
        for at in &self.times {
            if *at < oldest {
                return Err(Refusal::TooOld);
            }
            if *at > newest {
                return Err(Refusal::TooNew);
            }
        }
        if self.expires.is_some_and(|expires| expires <= now) {
            return Err(Refusal::Expired);
        }
        self.times.iter().min().copied().ok_or(Refusal::NotCovered(Need::Time))
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claims({:?})", self.profile())
    }
}

/// The key id as an address.
pub(super) fn key_id(text: Option<&str>) -> Result<Iri, Refusal> {
    Iri::parse(text.ok_or(Refusal::KeyId)?).map_err(|_| Refusal::KeyId)
}

/// A signature is as long as its key, so some lengths need no key to be wrong.
pub(super) fn check_length(signature: &[u8]) -> Result<(), Refusal> {
    let possible = (MIN_BITS / 8..=MAX_BITS / 8).contains(&signature.len());
    if possible { Ok(()) } else { Err(Refusal::BadSignature) }
}
