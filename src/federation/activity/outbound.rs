//! What we say, as bytes. Bytes come only from closed structs of our own ([`Shape`]); the signer takes [`Sealed`] and nothing else
//! (threats R10, R11), so nothing that a peer wrote can end up under our signature.

use std::fmt;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use crate::base::Iri;

use super::verb::{ObjectKind, Verb};

/// The terms that every document of ours explains, spelled as Mastodon and Lemmy spell them.
const TERMS: [(&str, &str); 4] = [
    ("haven", "urn:haven:ns#"),
    ("manuallyApprovesFollowers", "as:manuallyApprovesFollowers"),
    ("discoverable", "toot:discoverable"),
    ("toot", "http://joinmastodon.org/ns#"),
];

/// A closed struct of ours that may be part of a document: its fields are addresses, dates, numbers, cleaned text. Never JSON that came in.
pub trait Part: Serialize {
    /// Further terms that a document with this part explains.
    const TERMS: &'static [(&'static str, &'static str)] = &[];

    /// What it is, for the record of what was disclosed.
    fn piece(&self) -> Piece<'_> {
        Piece::Thing
    }
}

/// What a part of a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A thing with fields of its own: a post.
    Thing,
    /// The document of an actor.
    Actor(ObjectKind),
    /// A bare address.
    Address(&'a Iri),
    /// A request to follow.
    Request,
    /// Another activity, and who does it.
    Activity(Verb, &'a Iri),
}

/// An activity in short: who does what to what kind of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gist<'a> {
    /// Who.
    pub actor: &'a Iri,
    /// To what.
    pub object: Piece<'a>,
    /// What came of it.
    pub result: Option<&'a Iri>,
}

/// A closed struct of ours that is a whole document.
pub trait Shape: Part {
    /// The document's address.
    fn id(&self) -> &Iri;

    /// What it does, when it is an activity.
    fn verb(&self) -> Verb {
        Verb::Other
    }

    /// The activity in short, when it is one.
    fn gist(&self) -> Option<Gist<'_>> {
        None
    }
}

/// A document of ours, ready to be written.
#[derive(Debug)]
pub struct Outbound<T: Shape>(T);

impl<T: Shape> Outbound<T> {
    /// From a closed struct.
    pub const fn new(document: T) -> Self {
        Self(document)
    }

    /// The document's address.
    pub fn id(&self) -> &Iri {
        self.0.id()
    }

    /// What it does, when it is an activity.
    pub fn verb(&self) -> Verb {
        self.0.verb()
    }

    /// The activity in short, when it is one.
    pub fn gist(&self) -> Option<Gist<'_>> {
        self.0.gist()
    }

    /// The final bytes: `@context` first, then the fields in their fixed order.
    ///
    /// # Panics
    /// Never: closed structs with text keys always serialise.
    #[expect(clippy::expect_used, reason = "closed structs with text keys always serialise")]
    pub fn seal(&self) -> Sealed {
        let document = Document { context: Context(T::TERMS), body: &self.0 };
        Sealed(serde_json::to_string(&document).expect("a closed struct serialises"))
    }
}

/// The bytes of a document of ours. The only thing that is ever signed or served as ActivityPub.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(String);

/// Says how long it is, never what it says (design D10).
impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

impl Sealed {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }

    /// Reads a row of the outbox, which [`Outbound::seal`] wrote.
    pub(in crate::federation) const fn from_outbox(text: String) -> Self {
        Self(text)
    }
}

#[derive(Serialize)]
struct Document<'a, T> {
    #[serde(rename = "@context")]
    context: Context,
    #[serde(flatten)]
    body: &'a T,
}

struct Context(&'static [(&'static str, &'static str)]);

impl Serialize for Context {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(3))?;
        list.serialize_element("https://www.w3.org/ns/activitystreams")?;
        list.serialize_element("https://w3id.org/security/v1")?;
        list.serialize_element(&Terms(self.0))?;
        list.end()
    }
}

struct Terms(&'static [(&'static str, &'static str)]);

impl Serialize for Terms {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (term, meaning) in TERMS.iter().chain(self.0) {
            map.serialize_entry(term, meaning)?;
        }
        map.end()
    }
}
