//! The door in, without sockets: from the parts of a request to a committed activity or a refusal. The order is the
//! point (threats R1, R4): partner, limits, signature, key owner, and only then the body and its origin. Nothing is stored,
//! fetched or told to a stranger, and whoever has not proved to be a partner is answered like one: nobody can find out who is.

use std::net::IpAddr;

use http::HeaderMap;

use crate::base::{Id, Iri, Timestamp};
use crate::db::{Committed, DbError};
use crate::federation::activity::{Activity, ActorDocument};
use crate::federation::actors::{self, Actor};
use crate::federation::fetch::{self, FetchError, InDoubt};
use crate::federation::here::Here;
use crate::federation::inbox::Arrived;
use crate::federation::ingest::{Pending, Sayer};
use crate::federation::partners::State;
use crate::federation::policy::{self, PartnerToken, Traffic};
use crate::federation::refusals::{Proof, Refused};
use crate::federation::runtime::Federation;
use crate::federation::signature::{self, Claims, OwnAuthority, RawRequest, SignedHead, Terms};

/// Why a request is not let in. The status is all the other side learns.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// No signature, a wrong one, a key that is not the actor's.
    #[error("unsigned or wrongly signed ({0})")]
    Signature(&'static str),
    /// Malformed in a way that no retry mends.
    #[error("malformed ({0})")]
    Malformed(&'static str),
    /// Not a partner, or not an active one; told as any wrong signature is.
    #[error("not a partner")]
    Stranger,
    /// The activity claims what its signer may not claim.
    #[error("not allowed ({0})")]
    Forbidden(&'static str),
    /// More than this partner may send now, and it was the partner: seconds to wait.
    #[error("too many requests")]
    TooMany(u64),
    /// More in the name of this partner than is looked at now. Whether it is the partner is not known, so that it is told what a
    /// stranger is told.
    #[error("too many requests in this name")]
    TooManyClaims,
    /// Too much at once, or the database is busy.
    #[error("try again later")]
    Busy,
    /// Database trouble.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Denied {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::Signature(_) | Self::Stranger | Self::TooManyClaims => 401,
            // RFC 9110: it may be sent again as it is. A partner takes a 400 for a lasting no.
            Self::Malformed("unfinished") => 408,
            Self::Malformed("too-large") => 413,
            Self::Malformed("encoded" | "content-type") => 415,
            Self::Malformed(_) => 400,
            Self::Forbidden(_) => 403,
            Self::TooMany(_) => 429,
            Self::Busy | Self::Db(_) => 503,
        }
    }

    /// A code for logs and counters; never content.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Signature(code) | Self::Malformed(code) | Self::Forbidden(code) => code,
            Self::Stranger => "stranger",
            Self::TooMany(_) => "too-many",
            Self::TooManyClaims => "too-many-claims",
            Self::Busy => "busy",
            Self::Db(_) => "database",
        }
    }

    /// As a row of the audit log says it; `None` for what is no refusal, and for strangers.
    const fn refused(&self, proof: Proof) -> Option<Refused> {
        let kind = match self {
            Self::Signature(_) => "signature",
            Self::Malformed(_) => "malformed",
            Self::Forbidden(_) => "forbidden",
            Self::TooMany(_) | Self::TooManyClaims => "rate",
            Self::Stranger | Self::Busy | Self::Db(_) => return None,
        };
        Some(Refused { kind, code: self.code(), proof })
    }

    /// As it is told before anything is proved: one answer, whatever was wrong (threats R9, AUD-15). Database trouble is trouble
    /// for everybody.
    fn before_proof(self) -> Self {
        match self {
            Self::Db(_) => self,
            other => Self::Signature(other.code()),
        }
    }
}

/// Where a request came in, as far as it decides what is counted.
#[derive(Clone, Copy, Debug)]
pub struct Came {
    /// The client's address.
    pub from: Option<IpAddr>,
    /// It asks for a document. Such a request is always looked at to the end: what a partner is told not to be there, it
    /// may forget.
    pub reads: bool,
}

impl From<signature::Refusal> for Denied {
    fn from(refusal: signature::Refusal) -> Self {
        if refusal.status().as_u16() == 400 { Self::Malformed(refusal.code()) } else { Self::Signature(refusal.code()) }
    }
}

/// A partner that may go on, before anything of its request was verified.
pub struct Admitted {
    token: PartnerToken,
    claims: Claims,
    known: Option<Actor>,
    came: Came,
}

/// The head of a request with the proof of who signed it. Its body may still be on its way.
pub struct Signed<'a> {
    /// The partner.
    pub token: PartnerToken,
    /// Exactly what was signed for; nothing else of the request is read.
    head: SignedHead<'a>,
    /// The owner of the key; `None` for a key that was fetched for this request and not stored.
    actor: Option<Actor>,
    document: Option<ActorDocument>,
    uri: Iri,
}

impl Federation {
    /// First step: may this host speak to us at all? Costs one look into the database, and nothing for the rest.
    ///
    /// # Errors
    /// [`Denied::Stranger`], a signature that cannot even be read, or too much in this name. Whoever is told one of these has
    /// learned nothing about who is a partner.
    pub async fn admit(&self, headers: &HeaderMap, request: &RawRequest<'_>, came: Came) -> Result<Admitted, Denied> {
        debug_assert!(std::ptr::eq(headers, request.headers), "the same request");
        let claims = signature::parse(request)?;
        let origin = claims.key_id().origin();
        let mut conn = self.db().read().await?;
        let Some(token) = policy::admit_origin(&mut conn, &origin, Traffic::Any).await? else { return Err(Denied::Stranger) };
        if !came.reads {
            let (partner, now) = (&token.partner().id, self.here().now);
            let room = self.failures.may_try(partner, came.from, now);
            room.map_err(|_| self.noted(partner, Proof::Claimed, Denied::TooManyClaims))?;
        }
        let known = actors::by_key(&mut conn, &token.partner().id, claims.key_id().as_str()).await?;
        // Where it is over nobody new is heard, and nothing is asked of that house any more: no key is fetched (threats PRV-10).
        if known.is_none() && token.partner().state == State::Ended {
            return Err(Denied::Stranger);
        }
        Ok(Admitted { token, claims, known, came })
    }

    /// Counts a refusal in the name of a partner, for the audit log.
    fn noted(&self, partner: &Id, proof: Proof, denied: Denied) -> Denied {
        if let Some(refused) = denied.refused(proof) {
            self.refusals.note(partner, refused, self.here().now);
        }
        denied
    }

    /// The same for what is refused between the second step and the third: a body that could not be read.
    pub fn unread(&self, signed: &Signed<'_>, denied: Denied) -> Denied {
        self.noted(&signed.token.partner().id, Proof::Signed, denied)
    }

    /// Second step: the signature over exactly this request, by a key whose owner belongs to the partner. The body need not have
    /// been read: its digest is signed. Only now it counts as one of the partner's requests.
    ///
    /// # Errors
    /// [`Denied::Signature`] with a code, or [`Denied::TooMany`].
    pub async fn verify<'a>(&self, here: &Here, request: &RawRequest<'a>, admitted: Admitted) -> Result<Signed<'a>, Denied> {
        let (partner, came) = (admitted.token.partner().id.clone(), admitted.came);
        match self.prove(here, request, admitted).await {
            Ok(signed) => {
                self.failures.right(&partner, came.from, here.now);
                let counted = self.quota.count(&partner, here.now);
                counted.map_err(|wait| self.noted(&partner, Proof::Signed, Denied::TooMany(wait)))?;
                Ok(signed)
            }
            Err(denied) => {
                if !matches!(denied, Denied::Db(_)) {
                    self.failures.wrong(&partner, came.from, here.now);
                }
                Err(self.noted(&partner, Proof::Claimed, denied).before_proof())
            }
        }
    }

    async fn prove<'a>(&self, here: &Here, request: &RawRequest<'a>, admitted: Admitted) -> Result<Signed<'a>, Denied> {
        let Admitted { token, claims, known, came } = admitted;
        let partner = token.partner().id.clone();
        let purse = InDoubt::new(&self.doubts, came.from, self.failures.knows(&partner, came.from, here.now));
        let signed = if let Some(actor) = known.filter(|actor| !actor.public_key.is_empty()) {
            match self.check(here, request, &claims, &actor.public_key) {
                Ok(head) => Signed::known(token, head, actor),
                // The key may have been changed. A malformed request is not worth a question.
                Err(signature::Refusal::BadSignature) => {
                    let actor = self.changed(here, &token, (&claims, &actor), &purse).await?;
                    let actor = actor.ok_or(signature::Refusal::BadSignature)?;
                    Signed::known(token, self.check(here, request, &claims, &actor.public_key)?, actor)
                }
                Err(refused) => return Err(refused.into()),
            }
        } else {
            let document = self.first_seen(here, &token, claims.key_id(), &purse).await?;
            let key = document.public_key.as_ref().ok_or(Denied::Signature("key-not-found"))?;
            let head = self.check(here, request, &claims, &key.pem)?;
            Signed { token, head, uri: document.id.clone(), actor: None, document: Some(document) }
        };
        purse.proved(&partner, &self.budget, here.now);
        Ok(signed)
    }

    /// The stored key says no: its house is asked, now and then, whether it was changed. A changed one is kept at once, whatever
    /// becomes of this request: it came from the actor's own address, and whoever forges under a name must not be able to keep
    /// a new key away (threats SIG-14). `None` when there is nothing new.
    async fn changed(
        &self,
        here: &Here,
        token: &PartnerToken,
        (claims, actor): (&Claims, &Actor),
        purse: &InDoubt<'_>,
    ) -> Result<Option<Actor>, Denied> {
        if token.partner().state == State::Ended || !self.rechecks.take(&actor.id, here.now) {
            return Ok(None);
        }
        let document = match self.fetch_actor_from(token, here, claims.key_id(), purse).await {
            Ok(document) => document,
            Err(FetchError::Budget) => {
                self.rechecks.give_back(&actor.id);
                return Err(Denied::TooManyClaims);
            }
            Err(_) => return Ok(None),
        };
        let Some(key) = &document.public_key else { return Ok(None) };
        let rightful = document.id == actor.uri || key.id == *claims.key_id();
        let same = document.id == actor.uri && key.pem == actor.public_key && key.id.as_str() == actor.key_id;
        if !rightful || same {
            return Ok(None);
        }
        let learned = self.learn(here, token, &document).await?;
        Ok(learned.filter(|actor| actor.key_id == claims.key_id().as_str() && !actor.public_key.is_empty()))
    }

    /// The document of the owner of a key that is not stored. What is not there is not asked for again for a while.
    async fn first_seen(&self, here: &Here, token: &PartnerToken, key: &Iri, purse: &InDoubt<'_>) -> Result<ActorDocument, Denied> {
        let partner = &token.partner().id;
        let nothing = Denied::Signature("key-not-found");
        if self.in_vain.holds(partner, key, here.now) {
            return Err(nothing);
        }
        match self.fetch_actor_from(token, here, key, purse).await {
            Ok(document) if document.public_key.as_ref().is_some_and(|own| own.id == *key) => Ok(document),
            Ok(_) => Err(nothing),
            Err(FetchError::Budget) => Err(Denied::TooManyClaims),
            Err(error) => {
                self.in_vain.note(partner, key, &error, here.now);
                Err(nothing)
            }
        }
    }

    fn check<'a>(&self, here: &Here, request: &RawRequest<'a>, claims: &Claims, pem: &str) -> Result<SignedHead<'a>, signature::Refusal> {
        let key = self.public_key(pem).ok_or(signature::Refusal::BadSignature)?;
        signature::verify_head(request, claims, &OwnAuthority::new(here.origin.clone()), &key, here.now, Terms::Partner)
    }

    /// Third step: the body is the one that was signed for and says what its signer may say; then it is committed. The answer 202
    /// is built from the result.
    ///
    /// # Errors
    /// [`Denied`]; nothing is stored then.
    pub async fn receive(&self, here: &Here, signed: Signed<'_>, body: &[u8]) -> Result<Committed<Timestamp>, Denied> {
        let partner = signed.token.partner().id.clone();
        self.take_in(here, signed, body).await.map_err(|denied| self.noted(&partner, Proof::Signed, denied))
    }

    async fn take_in(&self, here: &Here, signed: Signed<'_>, body: &[u8]) -> Result<Committed<Timestamp>, Denied> {
        let Signed { token, head, actor, document, uri } = signed;
        let (activity, arrived) = Arrived::read(&head.with_body(body)?).map_err(Denied::Malformed)?;
        claims_are_own(&activity, &uri, &token)?;
        let sayer = match (actor, document.as_ref().and_then(fetch::learned)) {
            (Some(actor), _) => Sayer::Known(actor.id),
            (None, Some(learned)) => Sayer::New(Box::new(learned)),
            (None, None) => return Err(Denied::Signature("key-not-found")),
        };
        let pending = Pending { partner: token.partner().id.clone(), sayer, arrived };
        self.ingest.commit(self.db(), here, pending).await
    }
}

impl<'a> Signed<'a> {
    fn known(token: PartnerToken, head: SignedHead<'a>, actor: Actor) -> Self {
        let uri = actor.uri.clone();
        Self { token, head, actor: Some(actor), document: None, uri }
    }

    /// Of a request that only reads: the partner that asks. There is no body, and nothing may say that there is one.
    ///
    /// # Errors
    /// When a digest was sent, and not the one of nothing.
    pub fn asks(self) -> Result<PartnerToken, Denied> {
        self.head.with_body(&[])?;
        Ok(self.token)
    }

    /// Address of the actor whose key signed.
    pub const fn uri(&self) -> &Iri {
        &self.uri
    }
}

/// Key ⇒ actor ⇒ partner, and the activity's id is of the same origin (threats R3, R5, ORG-03, ORG-04).
fn claims_are_own(activity: &Activity, signer: &Iri, token: &PartnerToken) -> Result<(), Denied> {
    if activity.actor != *signer {
        return Err(Denied::Signature("other-actor"));
    }
    if activity.id.origin() != *token.origin() {
        return Err(Denied::Forbidden("foreign-id"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
