//! Documents of actors: people, groups, instances. Read tolerantly; what they claim of others (an inbox elsewhere, somebody else's
//! key) is read as it stands, and whoever uses it compares origins first.

use serde_json::Value;

use crate::base::{Iri, Timestamp};

use super::error::ReadError;
use super::terms::{Doc, Type, is_language, yes};
use super::verb::ObjectKind;

/// How many organisations a group can name.
const MAX_SHARED_WITH: usize = 512;
/// How many rules of a group are read.
const MAX_RULES: usize = 64;

/// What an actor says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorDocument {
    /// Its address.
    pub id: Iri,
    /// Person, Group, Organization, Application or Service.
    pub kind: ObjectKind,
    /// The name within its instance.
    pub preferred_username: Option<String>,
    /// The name for people; plain text, not clean.
    pub name: Option<String>,
    /// What it says of itself, as HTML, not clean.
    pub summary: Option<String>,
    /// Where to write to.
    pub inbox: Option<Iri>,
    /// What it published.
    pub outbox: Option<Iri>,
    /// Who follows it.
    pub followers: Option<Iri>,
    /// Posts it shows first.
    pub featured: Option<Iri>,
    /// Where to write to for everybody on its instance.
    pub shared_inbox: Option<Iri>,
    /// The key it signs with.
    pub public_key: Option<KeyDocument>,
    /// Of a group: the collection of its moderators.
    pub moderators: Option<Iri>,
    /// Its page for people.
    pub url: Option<Iri>,
    /// Whether it decides about each follower.
    pub manually_approves: bool,
    /// Whether it wants to be found.
    pub discoverable: bool,
    /// When it was made.
    pub published: Option<Timestamp>,
    /// When it was changed.
    pub updated: Option<Timestamp>,
    /// Where it went.
    pub moved_to: Option<Iri>,
    /// Other addresses of the same actor, as it says.
    pub also_known_as: Vec<Iri>,
    /// Of a group: the organisations that can read it.
    pub shared_with: Vec<Party>,
    /// Of a group: when somebody answers.
    pub answering_hours: Option<String>,
    /// Of a group: who may join.
    pub join_rule: Option<String>,
    /// Of a group: its rules, plain text.
    pub rules: Vec<String>,
    /// Of a group: the name of its host; plain text, not clean.
    pub host_name: Option<String>,
    /// Of a group: the language its people write, a BCP 47 tag.
    pub language: Option<String>,
    /// Of a group: whether it is for reading only.
    pub archived: bool,
}

/// An organisation that a group is shared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Its origin, as an address.
    pub id: Iri,
    /// Its name; plain text, not clean.
    pub name: String,
}

/// A public key as it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDocument {
    /// Its address.
    pub id: Iri,
    /// Whose it is.
    pub owner: Iri,
    /// The key itself, PEM.
    pub pem: String,
}

impl ActorDocument {
    pub(super) fn read(doc: Doc<'_>) -> Result<Self, ReadError> {
        let kind = match doc.kind()? {
            Type::Kind(kind) if kind.is_actor() => kind,
            _ => return Err(ReadError::OtherKind),
        };
        let id = doc.id().ok_or(ReadError::NoId)?;
        let endpoints = doc.first("endpoints").and_then(|value| doc.within(value));
        let keys = doc.many("publicKey").iter().filter_map(|value| KeyDocument::read(doc.within(value)?).ok());
        let public_key = keys.take(8).find(|key| key.owner == id);
        Ok(Self {
            kind,
            preferred_username: doc.first("preferredUsername").and_then(Value::as_str).map(str::to_owned),
            name: doc.text("name"),
            summary: doc.text("summary"),
            inbox: doc.iri("inbox"),
            outbox: doc.iri("outbox"),
            followers: doc.iri("followers"),
            featured: doc.iri("featured"),
            shared_inbox: endpoints.and_then(|endpoints| endpoints.iri("sharedInbox")),
            public_key,
            moderators: doc.iri("attributedTo"),
            url: doc.iri("url"),
            manually_approves: doc.flag("manuallyApprovesFollowers"),
            discoverable: doc.flag("discoverable"),
            published: doc.date("published"),
            updated: doc.date("updated"),
            moved_to: doc.iri("movedTo"),
            also_known_as: doc.many("alsoKnownAs").iter().filter_map(super::terms::iri).take(16).collect(),
            shared_with: shared_with(doc)?,
            answering_hours: doc.haven("answeringHours").and_then(short),
            join_rule: doc.haven("joinRule").and_then(short),
            rules: rules(doc),
            host_name: doc.haven("hostName").and_then(short),
            language: doc.haven("language").and_then(short).filter(|tag| is_language(tag)),
            archived: doc.haven("archived").is_some_and(yes),
            id,
        })
    }
}

impl KeyDocument {
    /// Reads a key, on its own or within its owner.
    pub(super) fn read(doc: Doc<'_>) -> Result<Self, ReadError> {
        let pem = doc.first("publicKeyPem").and_then(Value::as_str).filter(|pem| pem.len() <= 16_384);
        Ok(Self {
            id: doc.id().ok_or(ReadError::NoId)?,
            owner: doc.only_iri("owner")?.ok_or(ReadError::NoActor)?,
            pem: pem.ok_or(ReadError::OtherKind)?.to_owned(),
        })
    }
}

fn shared_with(doc: Doc<'_>) -> Result<Vec<Party>, ReadError> {
    let values = match doc.haven("sharedWith") {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    if values.len() > MAX_SHARED_WITH {
        return Err(ReadError::TooMany("parties"));
    }
    let party = |value: &Value| {
        let id = super::terms::iri(value)?;
        let name = value.get("name").and_then(Value::as_str).map_or_else(|| id.origin().host().to_owned(), str::to_owned);
        Some(Party { id, name })
    };
    Ok(values.iter().filter_map(party).collect())
}

fn rules(doc: Doc<'_>) -> Vec<String> {
    let values = match doc.haven("rules") {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    values.iter().filter_map(Value::as_str).filter(|rule| rule.len() <= 4_096).take(MAX_RULES).map(str::to_owned).collect()
}

fn short(value: &Value) -> Option<String> {
    value.as_str().filter(|text| text.len() <= 1_024).map(str::to_owned)
}
