//! The door in, without sockets: from the parts of a request to a committed activity or a refusal. The order is the
//! point (threats R1, R4): partner, limits, signature, key owner, origin; nothing is stored, fetched or told to a stranger.

use http::HeaderMap;

use crate::base::{Iri, Timestamp};
use crate::db::{Committed, DbError};
use crate::federation::activity::{self, Activity, ActorDocument, Limits, Verb};
use crate::federation::actors::{self, Actor};
use crate::federation::fetch::{self, FetchError};
use crate::federation::here::Here;
use crate::federation::inbox;
use crate::federation::partners::State;
use crate::federation::policy::{self, PartnerToken, Traffic};
use crate::federation::runtime::Federation;
use crate::federation::signature::{self, Claims, OwnAuthority, RawRequest, Terms};

/// Why a request is not let in. The status is all the other side learns.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// No signature, a wrong one, a key that is not the actor's.
    #[error("unsigned or wrongly signed ({0})")]
    Signature(&'static str),
    /// Malformed in a way that no retry mends.
    #[error("malformed ({0})")]
    Malformed(&'static str),
    /// Not a partner, or not an active one.
    #[error("not a partner")]
    Stranger,
    /// The activity claims what its signer may not claim.
    #[error("not allowed ({0})")]
    Forbidden(&'static str),
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
            Self::Signature(_) => 401,
            Self::Malformed("too-large") => 413,
            Self::Malformed("encoded" | "content-type") => 415,
            Self::Malformed(_) => 400,
            Self::Stranger | Self::Forbidden(_) => 403,
            Self::Busy | Self::Db(_) => 503,
        }
    }

    /// A code for logs and counters; never content.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Signature(code) | Self::Malformed(code) | Self::Forbidden(code) => code,
            Self::Stranger => "stranger",
            Self::Busy => "busy",
            Self::Db(_) => "database",
        }
    }
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
}

/// Who signed a request, after verification.
pub struct Signed {
    /// The partner.
    pub token: PartnerToken,
    /// The owner of the key; `None` for a key that was fetched for this request and not stored.
    actor: Option<Actor>,
    document: Option<ActorDocument>,
    uri: Iri,
}

impl Federation {
    /// First step: may this host speak to us at all? Costs one look into the database, and nothing for the rest.
    ///
    /// # Errors
    /// [`Denied::Stranger`], or a signature that cannot even be read.
    pub async fn admit(&self, headers: &HeaderMap, request: &RawRequest<'_>) -> Result<Admitted, Denied> {
        debug_assert!(std::ptr::eq(headers, request.headers), "the same request");
        let claims = signature::parse(request)?;
        let origin = claims.key_id().origin();
        let mut conn = self.db().read().await?;
        let Some(token) = policy::admit_origin(&mut conn, &origin, Traffic::Handshake).await? else { return Err(Denied::Stranger) };
        let known = actors::by_key(&mut conn, &token.partner().id, claims.key_id().as_str()).await?;
        Ok(Admitted { token, claims, known })
    }

    /// Second step: the signature over exactly this request, by a key whose owner belongs to the partner.
    ///
    /// # Errors
    /// [`Denied::Signature`] with a code.
    pub async fn verify(&self, here: &Here, request: &RawRequest<'_>, admitted: Admitted) -> Result<Signed, Denied> {
        let Admitted { token, claims, known } = admitted;
        if let Some(actor) = known.filter(|actor| !actor.public_key.is_empty()) {
            let refused = match self.check(here, request, &claims, &actor.public_key) {
                Ok(()) => {
                    let uri = actor.uri.clone();
                    return Ok(Signed { token, actor: Some(actor), document: None, uri });
                }
                Err(refused) => refused,
            };
            // The key may have been changed: ask once, within the budget. A malformed request is not worth it.
            if refused != signature::Refusal::BadSignature {
                return Err(refused.into());
            }
            return match self.fetch_actor(&token, here, &actor.uri).await {
                Ok(document) if document.public_key.as_ref().is_some_and(|key| key.pem != actor.public_key) => {
                    self.check_document(here, request, &claims, document, token)
                }
                _ => Err(refused.into()),
            };
        }
        let document = self.fetch_actor(&token, here, claims.key_id()).await.map_err(|error| match error {
            FetchError::Budget => Denied::Busy,
            _ => Denied::Signature("key-not-found"),
        })?;
        self.check_document(here, request, &claims, document, token)
    }

    fn check(&self, here: &Here, request: &RawRequest<'_>, claims: &Claims, pem: &str) -> Result<(), signature::Refusal> {
        let key = self.public_key(pem).ok_or(signature::Refusal::BadSignature)?;
        signature::verify(request, claims, &OwnAuthority::new(here.origin.clone()), &key, here.now, Terms::Partner).map(|_| ())
    }

    fn check_document(
        &self,
        here: &Here,
        request: &RawRequest<'_>,
        claims: &Claims,
        document: ActorDocument,
        token: PartnerToken,
    ) -> Result<Signed, Denied> {
        let key = document.public_key.as_ref().filter(|key| key.id == *claims.key_id()).ok_or(Denied::Signature("key-not-found"))?;
        self.check(here, request, claims, &key.pem)?;
        let uri = document.id.clone();
        Ok(Signed { token, actor: None, document: Some(document), uri })
    }

    /// Third step: the body says what its signer may say; then it is committed. The answer 202 is built from the result.
    ///
    /// # Errors
    /// [`Denied`]; nothing is stored then.
    pub async fn receive(&self, here: &Here, signed: Signed, body: &[u8]) -> Result<Committed<Timestamp>, Denied> {
        let activity = activity::read(body, &Limits::PARTNER).map_err(|error| Denied::Malformed(error.code()))?;
        claims_are_own(&activity, &signed)?;
        let text = std::str::from_utf8(body).map_err(|_| Denied::Malformed("utf-8"))?;
        let mut tx = self.db().begin().await?;
        let partner = &signed.token.partner().id;
        // Asked again inside the unit of work that stores: a pause that came in between wins.
        let Some(now) = policy::admit(&mut tx, partner, Traffic::Handshake).await? else { return Err(Denied::Stranger) };
        if now.partner().state == State::Proposed && !matches!(activity.verb, Verb::Offer | Verb::Accept | Verb::Reject) {
            return Err(Denied::Forbidden("not-yet-partners"));
        }
        let actor = match (signed.actor, signed.document.as_ref().and_then(fetch::learned)) {
            (Some(actor), _) => actor,
            (None, Some(learned)) => actors::learn(&mut tx, here, partner, &learned).await?,
            (None, None) => return Err(Denied::Signature("key-not-found")),
        };
        let text = text.replace('\0', "");
        inbox::store(&mut tx, here, partner, &actor.id, &activity, &text).await?;
        Ok(tx.commit_with(here.now).await?)
    }
}

impl Signed {
    /// Address of the actor whose key signed.
    pub const fn uri(&self) -> &Iri {
        &self.uri
    }
}

/// Key ⇒ actor ⇒ partner, and the activity's id is of the same origin (threats R3, R5, ORG-03, ORG-04).
fn claims_are_own(activity: &Activity, signed: &Signed) -> Result<(), Denied> {
    if activity.actor != signed.uri {
        return Err(Denied::Signature("other-actor"));
    }
    if activity.id.origin() != *signed.token.origin() {
        return Err(Denied::Forbidden("foreign-id"));
    }
    Ok(())
}
