//! Activities in one normal form, parsed once at the edge. What is embedded counts only when it belongs to whoever says it
//! (threats R6): everything else has become a bare address before anybody outside this module can look at it.

use serde_json::Value;

use crate::base::{Iri, Timestamp};

use super::agreement::Agreement;
use super::error::ReadError;
use super::object::Object;
use super::terms::{self, Doc, Type, count, yes};
use super::verb::{ObjectKind, Verb};

/// How many activities may lie in one another.
const MAX_NESTED: usize = 3;
/// How many objects a report can name.
const MAX_OBJECTS: usize = 64;

/// Somebody does something to something.
///
/// The outermost activity has an id ([`Activity`]); an embedded one may do without ([`Inner`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<I> {
    /// Its address; for an outermost activity on its actor's origin.
    pub id: I,
    /// What is done.
    pub verb: Verb,
    /// Who does it.
    pub actor: Iri,
    /// What it is done to, when that is one thing.
    pub object: Option<Embedded>,
    /// Addresses of everything it is done to: reports name several.
    pub objects: Vec<Iri>,
    /// For Accept and Reject: what the answer claims to answer. To be compared with what we asked, never believed.
    pub claim: Option<Claim>,
    /// What came of it.
    pub result: Option<Iri>,
    /// Where something is put.
    pub target: Option<Iri>,
    /// First addressees, without the whole world.
    pub to: Vec<Iri>,
    /// Further addressees, without the whole world.
    pub cc: Vec<Iri>,
    /// The group it is for.
    pub audience: Option<Iri>,
    /// Whether it, or what it carries, is addressed to the whole world.
    pub public: bool,
    /// A word with it, as HTML, not clean.
    pub content: Option<String>,
    /// A reason, plain text.
    pub summary: Option<String>,
    /// Until when it holds.
    pub end_time: Option<Timestamp>,
    /// When it was said, as it says itself.
    pub published: Option<Timestamp>,
    /// When it was changed, as it says itself.
    pub updated: Option<Timestamp>,
    /// Terms of our own.
    pub haven: HavenTerms,
}

/// An activity as it is delivered or fetched.
pub type Activity = Said<Iri>;

/// An activity within another.
pub type Inner = Said<Option<Iri>>;

impl Inner {
    /// The same as an activity of its own: one that stood in a collection of its sayer. `None` without an address.
    pub fn outermost(self) -> Option<Activity> {
        let id = self.id.clone()?;
        Some(self.with_id(id))
    }
}

/// What an activity is about. What is embedded and not the sayer's own is an address here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Embedded {
    /// The sayer's own thing: its id is on the sayer's origin and it is attributed to the sayer (in an Announce: to somebody on the
    /// announcer's origin). For an actor's document: the sayer itself.
    Object(Box<Object>),
    /// The sayer's own activity (in an Announce: of somebody on the announcer's origin).
    Activity(Box<Inner>),
    /// Only an address.
    Ref(Iri),
}

/// What an answer says it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The request's address.
    pub id: Option<Iri>,
    /// What was asked.
    pub verb: Verb,
    /// Who asked.
    pub actor: Iri,
    /// For what.
    pub object: Option<Iri>,
}

/// Terms of our own; other software does not send them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent terms of the wire")]
pub struct HavenTerms {
    /// How many partners were told.
    pub told: Option<u32>,
    /// How many of them confirmed.
    pub confirmed: Option<u32>,
    /// Somebody is worried about the writer.
    pub worry: bool,
    /// How a case ended.
    pub outcome: Option<String>,
    /// What this takes the place of.
    pub replaces: Option<Iri>,
    /// The topic of a post; plain text.
    pub label: Option<String>,
    /// A thread is shown first.
    pub pinned: bool,
    /// A thread takes no more answers.
    pub closed: bool,
    /// When the writer changed the text (`updated` also grows with the marks above).
    pub edited: Option<Timestamp>,
    /// What two instances agree on.
    pub agreement: Option<Box<Agreement>>,
    /// Which version of an offered agreement is accepted.
    pub accepts: Option<String>,
    /// Part of the test between two instances.
    pub canary: bool,
    /// Which version of a group (its `updated`) the writer of a post was shown: who reads it, as the page said.
    pub shared_seen: Option<Timestamp>,
}

impl HavenTerms {
    pub(super) fn read(doc: Doc<'_>) -> Self {
        let small = |term| doc.haven(term).and_then(count).and_then(|count| u32::try_from(count).ok());
        Self {
            told: small("told"),
            confirmed: small("confirmed"),
            worry: doc.haven("worry").is_some_and(yes),
            outcome: doc.haven("outcome").and_then(Value::as_str).filter(|text| text.len() <= 4_096).map(str::to_owned),
            replaces: doc.haven("replaces").and_then(terms::iri),
            label: doc.haven("label").and_then(Value::as_str).filter(|text| text.len() <= 400).map(str::to_owned),
            pinned: doc.haven("pinned").is_some_and(yes),
            closed: doc.haven("closed").is_some_and(yes),
            edited: doc.haven("edited").and_then(Value::as_str).and_then(Timestamp::parse_rfc3339),
            agreement: doc.haven("agreement").and_then(|value| doc.within(value)).map(|doc| Box::new(Agreement::read(doc))),
            accepts: doc.haven("accepts").and_then(Value::as_str).filter(|text| text.len() <= 100).map(str::to_owned),
            canary: doc.haven("canary").is_some_and(yes),
            shared_seen: doc.haven("sharedSeen").and_then(Value::as_str).and_then(Timestamp::parse_rfc3339),
        }
    }
}

impl Embedded {
    /// Its address, if it has one.
    pub fn id(&self) -> Option<&Iri> {
        match self {
            Self::Object(object) => Some(&object.id),
            Self::Activity(inner) => inner.id.as_ref(),
            Self::Ref(id) => Some(id),
        }
    }
}

impl<I> Said<I> {
    /// Address of the one thing it is about.
    pub fn object_id(&self) -> Option<&Iri> {
        self.object.as_ref().and_then(Embedded::id)
    }

    /// The sayer's own thing, if that is what it is about.
    pub fn own_object(&self) -> Option<&Object> {
        match &self.object {
            Some(Embedded::Object(object)) => Some(object),
            _ => None,
        }
    }

    /// The sayer's own activity, if that is what it is about.
    pub fn own_activity(&self) -> Option<&Inner> {
        match &self.object {
            Some(Embedded::Activity(inner)) => Some(inner),
            _ => None,
        }
    }
}

impl Activity {
    pub(super) fn read(doc: Doc<'_>) -> Result<Self, ReadError> {
        let inner = Inner::read(doc, 1)?;
        let id = inner.id.clone().ok_or(ReadError::NoId)?;
        if id.origin() != inner.actor.origin() {
            return Err(ReadError::ForeignId);
        }
        Ok(inner.with_id(id))
    }
}

impl<I> Said<I> {
    fn with_id<J>(self, id: J) -> Said<J> {
        Said {
            id,
            verb: self.verb,
            actor: self.actor,
            object: self.object,
            objects: self.objects,
            claim: self.claim,
            result: self.result,
            target: self.target,
            to: self.to,
            cc: self.cc,
            audience: self.audience,
            public: self.public,
            content: self.content,
            summary: self.summary,
            end_time: self.end_time,
            published: self.published,
            updated: self.updated,
            haven: self.haven,
        }
    }
}

impl Inner {
    pub(super) fn read(doc: Doc<'_>, depth: usize) -> Result<Self, ReadError> {
        if depth > MAX_NESTED {
            return Err(ReadError::TooNested);
        }
        let verb = match doc.kind()? {
            Type::Verb(verb) => verb,
            Type::Unknown => Verb::Other,
            Type::Kind(_) => return Err(ReadError::OtherKind),
        };
        let actor = doc.only_iri("actor")?.ok_or(ReadError::NoActor)?;
        let values = doc.many("object");
        if values.len() > MAX_OBJECTS {
            return Err(ReadError::TooMany("objects"));
        }
        let (object, claim, carries_public) = match values {
            [one] => about(doc, one, verb, &actor, depth)?,
            // A report names several things. For anything else two things would be two meanings.
            [_, _, ..] if verb != Verb::Flag && doc.limits.strict => return Err(ReadError::ManyObjects),
            _ => (None, None, false),
        };
        let to = doc.addressees("to")?;
        let cc = doc.addressees("cc")?;
        Ok(Self {
            id: doc.id(),
            verb,
            object,
            objects: values.iter().filter_map(terms::iri).collect(),
            claim,
            result: doc.iri("result"),
            target: doc.iri("target"),
            to: to.iris,
            cc: cc.iris,
            audience: doc.iri("audience"),
            public: to.public || cc.public || carries_public,
            content: doc.text("content"),
            summary: doc.text("summary"),
            end_time: doc.date("endTime"),
            published: doc.date("published"),
            updated: doc.date("updated"),
            haven: HavenTerms::read(doc),
            actor,
        })
    }
}

/// What stands in `object`, before it is judged.
enum Raw {
    Object(Box<Object>),
    Activity(Box<Inner>),
    Ref(Iri),
    Nothing,
}

/// Reads what an activity is about and judges it. Beside it, whether that is addressed to the whole world, own or not.
fn about(doc: Doc<'_>, value: &Value, verb: Verb, actor: &Iri, depth: usize) -> Result<(Option<Embedded>, Option<Claim>, bool), ReadError> {
    let raw = raw(doc, value, depth)?;
    let claim = match (&raw, verb) {
        (Raw::Activity(inner), Verb::Accept | Verb::Reject) => {
            Some(Claim { id: inner.id.clone(), verb: inner.verb, actor: inner.actor.clone(), object: inner.objects.first().cloned() })
        }
        (Raw::Activity(inner), Verb::Announce) if inner.verb == Verb::Announce => return Err(ReadError::NestedAnnounce),
        _ => None,
    };
    let public = match &raw {
        Raw::Object(object) => object.public,
        Raw::Activity(inner) => inner.public,
        Raw::Ref(_) | Raw::Nothing => false,
    };
    Ok((judged(raw, verb, actor), claim, public))
}

fn raw(doc: Doc<'_>, value: &Value, depth: usize) -> Result<Raw, ReadError> {
    let Some(within) = doc.within(value) else { return Ok(terms::iri(value).map_or(Raw::Nothing, Raw::Ref)) };
    let is_activity = match within.kind() {
        Ok(Type::Verb(_)) => true,
        Ok(Type::Unknown) => within.get("actor").is_some() && within.get("object").is_some(),
        Ok(Type::Kind(_)) | Err(ReadError::NoType) => false,
        Err(error) => return Err(error),
    };
    let read = if is_activity {
        Inner::read(within, depth + 1).map(|inner| Raw::Activity(Box::new(inner)))
    } else if within.get("type").is_none() {
        // Only an address in an object's clothes.
        return Ok(terms::iri(value).map_or(Raw::Nothing, Raw::Ref));
    } else {
        Object::read(within).map(|object| Raw::Object(Box::new(object)))
    };
    match read {
        Ok(raw) => Ok(raw),
        // Without owner or address it can be nobody's own.
        Err(ReadError::NoId | ReadError::NoActor) => Ok(terms::iri(value).map_or(Raw::Nothing, Raw::Ref)),
        Err(error) => Err(error),
    }
}

/// What is not the actor's own becomes an address, or nothing.
fn judged(raw: Raw, verb: Verb, actor: &Iri) -> Option<Embedded> {
    let origin = actor.origin();
    let announced = verb == Verb::Announce;
    match raw {
        Raw::Nothing => None,
        Raw::Ref(id) => Some(Embedded::Ref(id)),
        Raw::Object(object) => {
            let owned = match &object.attributed_to {
                _ if object.kind.is_actor() => object.id == *actor,
                Some(owner) if announced => owner.origin() == origin,
                Some(owner) => owner == actor,
                None => object.kind == ObjectKind::Tombstone,
            };
            let own = owned && object.id.origin() == origin;
            Some(if own { Embedded::Object(object) } else { Embedded::Ref(object.id) })
        }
        Raw::Activity(inner) => {
            let near = inner.id.as_ref().map_or(!announced, |id| id.origin() == origin);
            let owned = if announced { inner.actor.origin() == origin } else { inner.actor == *actor };
            if near && owned { Some(Embedded::Activity(inner)) } else { inner.id.map(Embedded::Ref) }
        }
    }
}

/// A thing of a fetched collection: it counts when it and its owner are on the collection's origin, else it is an address.
pub(super) fn item(doc: Doc<'_>, value: &Value, collection: Option<&Iri>) -> Result<Option<Embedded>, ReadError> {
    let raw = raw(doc, value, 1)?;
    let Some(origin) = collection.map(Iri::origin) else {
        return Ok(match raw {
            Raw::Nothing => None,
            Raw::Ref(id) => Some(Embedded::Ref(id)),
            Raw::Object(object) => Some(Embedded::Ref(object.id)),
            Raw::Activity(inner) => inner.id.map(Embedded::Ref),
        });
    };
    Ok(match raw {
        Raw::Nothing => None,
        Raw::Ref(id) => Some(Embedded::Ref(id)),
        Raw::Object(object) => {
            let owner = if object.kind.is_actor() { Some(&object.id) } else { object.attributed_to.as_ref() };
            let own = object.id.origin() == origin && owner.is_some_and(|owner| owner.origin() == origin);
            Some(if own { Embedded::Object(object) } else { Embedded::Ref(object.id) })
        }
        Raw::Activity(inner) => {
            let own = inner.id.as_ref().is_some_and(|id| id.origin() == origin) && inner.actor.origin() == origin;
            if own { Some(Embedded::Activity(inner)) } else { inner.id.map(Embedded::Ref) }
        }
    })
}
