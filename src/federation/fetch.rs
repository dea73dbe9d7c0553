//! Reading documents from partners: actors and groups, by a GET that the instance actor signs, within a budget.
//! Only an active partner's own origin is ever asked; what comes back must be of that origin and say so itself.

use bytes::Bytes;

use crate::base::{Iri, Timestamp, html};
use crate::federation::activity::is_activity_json;
use crate::federation::activity::{self, ActorDocument, Collection, KeyDocument, ObjectKind};
use crate::federation::actors::{Kind, Learned};
use crate::federation::dialer::{Call, Transport, TransportError};
use crate::federation::keys::{KeyPair, PublicKey};
use crate::federation::policy::PartnerToken;
use crate::federation::signature::{Profile, Signer as Sign};

mod budget;

pub use budget::{Budget, Doubts, ForOne, InDoubt, InVain, Purse, Rechecks};

const ACCEPT: &str = "application/activity+json";

/// Why nothing was learned.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is not on the partner's origin.
    #[error("the address belongs to another instance")]
    OtherOrigin,
    /// The partner caused too many fetches.
    #[error("too many questions to this partner within a minute")]
    Budget,
    /// The partner could not be reached.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The partner answered with another status than 200.
    #[error("the partner answered {0}")]
    Status(u16),
    /// The document is not what was asked for.
    #[error("the document cannot be used: {0}")]
    Document(&'static str),
    /// Our own instance has no key yet.
    #[error("this instance has no key yet")]
    NoKey,
}

/// Signs as our instance actor.
pub struct Signer<'a> {
    /// Key of the instance actor.
    pub key: &'a KeyPair,
    /// Its address.
    pub key_id: &'a str,
    /// The moment.
    pub now: Timestamp,
}

/// Reads an actor's document from its partner and checks that it speaks of itself.
///
/// `uri` may be an address under which another actor of the same house is served: that one is then asked, once, and what comes
/// back counts for it only (threats ORG-20). It may also be the address of a key with a document of its own, a bare key or a
/// part of its owner: that only says whose it is, and the owner is asked. A key under another address than its owner's counts
/// when both say so (protocol §4.1, threats SIG-13): nobody can claim the key of a neighbour.
///
/// # Errors
/// See [`FetchError`]. At most three questions are paid for.
pub async fn actor(
    transport: &dyn Transport,
    token: &PartnerToken,
    signer: &Signer<'_>,
    purse: &dyn Purse,
    uri: &Iri,
) -> Result<ActorDocument, FetchError> {
    let asking = Asking { transport, token, signer, purse };
    let asked = uri.without_fragment();
    let first = asking.read(&asked).await?;
    let document = match &first {
        Read::Actor(document) if document.id == asked => (**document).clone(),
        Read::Actor(document) => asking.itself(&document.id).await?,
        Read::Key(key) => asking.itself(&key.owner).await?,
    };
    check(&document, token)?;
    let Some(key) = &document.public_key else { return Ok(document) };
    let place = key.id.without_fragment();
    let lent = if place == document.id {
        false
    } else if place == asked {
        !first.gives(key)
    } else {
        !asking.led_to(&place, "foreign-key").await?.gives(key)
    };
    if lent { Err(FetchError::Document("foreign-key")) } else { Ok(document) }
}

/// Reads a collection of a partner, or one page of it. It must be at the address that was asked; what is on it and is not of the
/// partner's own origin is an address.
pub async fn collection(
    transport: &dyn Transport,
    token: &PartnerToken,
    signer: &Signer<'_>,
    purse: &dyn Purse,
    uri: &Iri,
) -> Result<Collection, FetchError> {
    let url = uri.without_fragment();
    let body = Asking { transport, token, signer, purse }.get(&url).await?;
    let read = activity::read_collection(&body, &activity::Limits::PARTNER).map_err(|error| FetchError::Document(error.code()))?;
    if read.id.as_ref() == Some(&url) { Ok(read) } else { Err(FetchError::Document("other-id")) }
}

/// What stands at an address.
enum Read {
    Actor(Box<ActorDocument>),
    /// A key that stands on its own.
    Key(KeyDocument),
}

impl Read {
    /// Whether it says that this key is its owner's.
    fn gives(&self, key: &KeyDocument) -> bool {
        match self {
            Self::Actor(stub) => stub.id == key.owner && stub.public_key.as_ref().is_some_and(|own| own.id == key.id),
            Self::Key(bare) => bare.id == key.id && bare.owner == key.owner,
        }
    }
}

struct Asking<'a> {
    transport: &'a dyn Transport,
    token: &'a PartnerToken,
    signer: &'a Signer<'a>,
    purse: &'a dyn Purse,
}

impl Asking<'_> {
    /// The actor with exactly this address.
    async fn itself(&self, uri: &Iri) -> Result<ActorDocument, FetchError> {
        match self.led_to(uri, "other-id").await? {
            Read::Actor(document) if document.id == *uri => Ok(*document),
            _ => Err(FetchError::Document("other-id")),
        }
    }

    /// What stands where a document led to. When nothing does, it is the document that is wrong.
    async fn led_to(&self, url: &Iri, wrong: &'static str) -> Result<Read, FetchError> {
        match self.read(url).await {
            Err(FetchError::Status(404 | 410)) => Err(FetchError::Document(wrong)),
            other => other,
        }
    }

    async fn get(&self, url: &Iri) -> Result<Bytes, FetchError> {
        if url.origin() != *self.token.origin() {
            return Err(FetchError::OtherOrigin);
        }
        if !self.purse.pay(&self.token.partner().id, self.signer.now) {
            return Err(FetchError::Budget);
        }
        let signed = Sign { profile: Profile::Cavage, key: self.signer.key, key_id: self.signer.key_id };
        let headers = signed.get(url, ACCEPT, self.signer.now).map_err(|_| FetchError::NoKey)?;
        let answer = self.transport.send(Call::get(self.token, url, headers)).await?;
        if answer.status != 200 {
            return Err(FetchError::Status(answer.status));
        }
        if !answer.content_type().is_some_and(is_activity_json) {
            return Err(FetchError::Document("content-type"));
        }
        Ok(answer.body)
    }

    async fn read(&self, url: &Iri) -> Result<Read, FetchError> {
        let (body, limits) = (self.get(url).await?, &activity::Limits::PARTNER);
        match activity::read_actor(&body, limits) {
            Ok(document) => Ok(Read::Actor(Box::new(document))),
            Err(error) => activity::read_key(&body, limits).map(Read::Key).map_err(|_| FetchError::Document(error.code())),
        }
    }
}

fn check(document: &ActorDocument, token: &PartnerToken) -> Result<(), FetchError> {
    let origin = token.origin();
    let own = |iri: &Iri| iri.origin() == *origin;
    if !own(&document.id) || !document.inbox.as_ref().is_some_and(own) || !document.shared_inbox.iter().all(own) {
        return Err(FetchError::Document("foreign-inbox"));
    }
    if let Some(key) = &document.public_key {
        if key.owner != document.id || !own(&key.id) {
            return Err(FetchError::Document("foreign-key"));
        }
        PublicKey::from_pem(&key.pem).map_err(|_| FetchError::Document("weak-key"))?;
    }
    Ok(())
}

/// What the actor table keeps of a checked document.
pub fn learned(document: &ActorDocument) -> Option<Learned> {
    let name = document.name.clone().or_else(|| document.preferred_username.clone()).unwrap_or_default();
    Some(Learned {
        uri: document.id.clone(),
        kind: match document.kind {
            ObjectKind::Group => Kind::Group,
            ObjectKind::Application | ObjectKind::Service => Kind::Application,
            _ => Kind::Person,
        },
        name: html::name_line(&name, 120),
        inbox: document.inbox.clone()?,
        shared_inbox: document.shared_inbox.clone(),
        key: document.public_key.as_ref().map(|key| (key.id.to_string(), key.pem.clone())),
    })
}

#[cfg(test)]
mod tests;
