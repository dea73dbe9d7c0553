//! HTTP signatures, both profiles of the fediverse, with one rule (threats R2): the signature covers the request we
//! act on. Method, full target, our own configured name, the digest of the exact bytes and the time of signing are
//! all mandatory; what is missing, doubled or can be read in two ways is refused.
//!
//! Three steps. [`parse`] needs no key and does no arithmetic: it says whose key is claimed, so that a stranger costs
//! nothing. [`verify_head`] takes the stored key and confirms everything but the body, which need not have been read yet;
//! [`SignedHead::with_body`] holds the body against the digest that was signed and is the only maker of a
//! [`VerifiedRequest`]. [`verify`] is both at once. This module fetches nothing, stores nothing and does not know who is a
//! partner; replays are the inbox's to notice.

use std::fmt;
use std::time::Duration;

mod cavage;
mod claims;
mod digest;
mod fields;
mod refusal;
mod request;
mod rfc9421;
mod sign;

pub use claims::{Claims, Profile};
pub use refusal::{Need, Refusal};
pub use request::{OwnAuthority, RawRequest};
pub use sign::Signer;

use claims::Covered;
use digest::Digests;
use http::Method;
use request::{SIGNATURE, SIGNATURE_INPUT};

use super::keys::PublicKey;
use crate::base::{Iri, Timestamp};

/// How strictly time and coverage are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terms {
    /// For partners: five minutes either way, the authority named by itself (`host` or `@authority`), the query
    /// always signed (threats §1.4, R2, SIG-18).
    Partner,
    /// For groups with reach *Everyone*: from twelve hours ago to an hour ahead, `@target-uri` names the authority
    /// well enough, and a GET may be signed without its query (protocol.md §4).
    Open,
}

impl Terms {
    /// How long ago a request may have been signed.
    pub const fn past(self) -> Duration {
        match self {
            Self::Partner => Duration::from_mins(5),
            Self::Open => Duration::from_hours(12),
        }
    }

    /// How far the signer's clock may be ahead of ours.
    pub const fn ahead(self) -> Duration {
        match self {
            Self::Partner => Duration::from_mins(5),
            Self::Open => Duration::from_hours(1),
        }
    }
}

/// The head of a request whose signature the key confirmed. Its body is still to be held against the digest that was signed.
pub struct SignedHead<'a> {
    request: RawRequest<'a>,
    key_id: Iri,
    signed_at: Timestamp,
    profile: Profile,
    digests: Digests,
    binds_body: bool,
}

impl<'a> SignedHead<'a> {
    /// The whole request, once its body was read.
    ///
    /// # Errors
    /// When `body` is not the one that was signed for, or there is one and none was signed for.
    pub fn with_body(self, body: &'a [u8]) -> Result<VerifiedRequest<'a>, Refusal> {
        if !body.is_empty() && !self.binds_body {
            return Err(Refusal::NotCovered(Need::Digest));
        }
        self.digests.check(body)?;
        let Self { request, key_id, signed_at, profile, .. } = self;
        Ok(VerifiedRequest { request: RawRequest { body, ..request }, key_id, signed_at, profile })
    }
}

impl fmt::Debug for SignedHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedHead({:?}, {:?})", self.profile, self.request)
    }
}

/// A request whose signature the key confirmed. Only [`SignedHead::with_body`] makes one.
pub struct VerifiedRequest<'a> {
    request: RawRequest<'a>,
    key_id: Iri,
    signed_at: Timestamp,
    profile: Profile,
}

impl<'a> VerifiedRequest<'a> {
    /// The exact bytes that were signed for: read these and no others.
    pub const fn body(&self) -> &'a [u8] {
        self.request.body
    }

    /// The request line that was signed for.
    pub const fn target(&self) -> &'a str {
        self.request.target
    }

    /// The address of the key that confirmed it.
    pub const fn key_id(&self) -> &Iri {
        &self.key_id
    }

    /// When it was signed (the earliest of the signed times).
    pub const fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// Which scheme was used.
    pub const fn profile(&self) -> Profile {
        self.profile
    }
}

impl fmt::Debug for VerifiedRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifiedRequest({:?}, {:?})", self.profile, self.request)
    }
}

/// Step one: reads the signature of a request. No key, no arithmetic, no allocation beyond the headers.
///
/// # Errors
/// No signature, an unreadable or ambiguous one, or one that does not cover what even [`Terms::Open`] asks for.
pub fn parse(request: &RawRequest<'_>) -> Result<Claims, Refusal> {
    request.check()?;
    let signature = request.header(&SIGNATURE)?;
    let input = request.header(&SIGNATURE_INPUT)?;
    // The presence of Signature-Input decides. If reading that way fails, the other way is not tried (threats SIG-20).
    let claims = match (signature, input) {
        (None, None) => return Err(Refusal::Unsigned),
        (None, Some(_)) => return Err(Refusal::Labels),
        (Some(signature), None) => cavage::parse(request, signature)?,
        (Some(signature), Some(input)) => rfc9421::parse(request, input, signature)?,
    };
    claims.coverage.check(request, Terms::Open)?;
    Ok(claims)
}

/// Step two: confirms the claims of a request with the key that is stored for their key id, before its body is read: what is
/// signed is the digest of the body. `request` may therefore still have an empty body.
///
/// `own` is who we are by the settings, `now` the injected time. The caller has made sure that `key` belongs to
/// `claims.key_id()`; the algorithm follows from the key.
///
/// # Errors
/// Says what is wrong; nothing of the request may be used then.
pub fn verify_head<'a>(
    request: &RawRequest<'a>,
    claims: &Claims,
    own: &OwnAuthority,
    key: &PublicKey,
    now: Timestamp,
    terms: Terms,
) -> Result<SignedHead<'a>, Refusal> {
    request.check()?;
    claims.coverage.check(request, terms)?;
    own.check_host(request)?;
    let signed_at = claims.check_time(now, terms)?;
    if !confirmed(request, claims, own, key, terms)? {
        return Err(Refusal::BadSignature);
    }
    Ok(SignedHead {
        request: *request,
        key_id: claims.key_id.clone(),
        signed_at,
        profile: claims.profile(),
        digests: claims.digests.clone(),
        binds_body: claims.coverage.digest,
    })
}

/// Steps two and three for a request that was read to its end.
///
/// # Errors
/// As for [`verify_head`] and [`SignedHead::with_body`].
pub fn verify<'a>(
    request: &RawRequest<'a>,
    claims: &Claims,
    own: &OwnAuthority,
    key: &PublicKey,
    now: Timestamp,
    terms: Terms,
) -> Result<VerifiedRequest<'a>, Refusal> {
    verify_head(request, claims, own, key, now, terms)?.with_body(request.body)
}

fn confirmed(request: &RawRequest<'_>, claims: &Claims, own: &OwnAuthority, key: &PublicKey, terms: Terms) -> Result<bool, Refusal> {
    let parts = match &claims.covered {
        Covered::Rfc9421 { parts, parameters } => {
            let base = rfc9421::base(parts, parameters, request, own)?;
            return Ok(key.verifies(base.as_bytes(), &claims.signature));
        }
        Covered::Cavage(parts) => parts,
    };
    let base = cavage::base(parts, request, own, request.target)?;
    if key.verifies(base.as_bytes(), &claims.signature) {
        return Ok(true);
    }
    // Some peers sign a GET without its query (protocol.md §4.1). What that leaves open is which page of a list is read.
    let may_lack_query = terms == Terms::Open && *request.method == Method::GET && request.only_reads() && request.has_query();
    if !may_lack_query {
        return Ok(false);
    }
    let base = cavage::base(parts, request, own, request.path())?;
    Ok(key.verifies(base.as_bytes(), &claims.signature))
}

#[cfg(test)]
mod tests;
