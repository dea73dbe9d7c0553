//! Reading documents from partners: actors and groups, by a GET that the instance actor signs, within a budget.
//! Only an active partner's own origin is ever asked; what comes back must be of that origin and say so itself.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use crate::base::{Id, Iri, Timestamp};
use crate::federation::activity::is_activity_json;
use crate::federation::activity::{self, ActorDocument, ObjectKind};
use crate::federation::actors::{Kind, Learned};
use crate::federation::dialer::{Call, Method, Transport, TransportError};
use crate::federation::keys::{KeyPair, PublicKey};
use crate::federation::policy::PartnerToken;
use crate::federation::signature::{Profile, Signer as Sign};

/// Fetches that one partner can cause in [`WINDOW`] (threats `N_FETCH`, SIG-15).
const BUDGET: u32 = 64;
const ACCEPT: &str = "application/activity+json";
const WINDOW: Duration = Duration::from_mins(1);

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

/// Counts fetches per partner.
#[derive(Debug, Default)]
pub struct Budget(Mutex<HashMap<Id, (Timestamp, u32)>>);

impl Budget {
    /// Takes one fetch from the partner's budget.
    pub fn take(&self, partner: &Id, now: Timestamp) -> bool {
        let Ok(mut counts) = self.0.lock() else { return false };
        let count = counts.entry(partner.clone()).or_insert((now, 0));
        if now.since(count.0) > WINDOW || now < count.0 {
            *count = (now, 0);
        }
        count.1 += 1;
        count.1 <= BUDGET
    }
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
pub async fn actor(
    transport: &dyn Transport,
    token: &PartnerToken,
    signer: &Signer<'_>,
    budget: &Budget,
    uri: &Iri,
) -> Result<ActorDocument, FetchError> {
    if uri.origin() != *token.origin() {
        return Err(FetchError::OtherOrigin);
    }
    if !budget.take(&token.partner().id, signer.now) {
        return Err(FetchError::Budget);
    }
    let url = uri.without_fragment();
    let signed = Sign { profile: Profile::Cavage, key: signer.key, key_id: signer.key_id };
    let headers = signed.get(&url, ACCEPT, signer.now).map_err(|_| FetchError::NoKey)?;
    let call = Call { origin: token.origin(), url: &url, method: Method::Get, headers, body: None };
    let answer = transport.send(call).await?;
    if answer.status != 200 {
        return Err(FetchError::Status(answer.status));
    }
    if !answer.content_type().is_some_and(is_activity_json) {
        return Err(FetchError::Document("content-type"));
    }
    let document = activity::read_actor(&answer.body, &activity::Limits::PARTNER).map_err(|error| FetchError::Document(error.code()))?;
    check(&document, uri, token)?;
    Ok(document)
}

fn check(document: &ActorDocument, uri: &Iri, token: &PartnerToken) -> Result<(), FetchError> {
    // A key's own address (`…/main-key`) may answer with its owner; otherwise the document must be what was asked for.
    let names_key = document.public_key.as_ref().is_some_and(|key| key.id == *uri);
    if document.id != uri.without_fragment() && !names_key {
        return Err(FetchError::Document("other-id"));
    }
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
        name: name.chars().filter(|c| !c.is_control()).take(120).collect(),
        inbox: document.inbox.clone()?,
        shared_inbox: document.shared_inbox.clone(),
        key: document.public_key.as_ref().map(|key| (key.id.to_string(), key.pem.clone())),
    })
}
