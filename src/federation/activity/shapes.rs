//! The closed structs that our documents are made of. The order of fields is the order on the wire.
//! Text is [`SafeHtml`] where it is HTML and plain text elsewhere; there is no field that takes JSON.

use std::collections::BTreeMap;

use activitypub_federation::kinds::activity::FollowType;
use activitypub_federation::kinds::object::{NoteType, TombstoneType};
use serde::{Serialize, Serializer};

use crate::base::html::SafeHtml;
use crate::base::{Iri, Timestamp};

use super::outbound::{Gist, Part, Piece, Shape};
use super::verb::{ObjectKind, Verb};

/// Somebody of ours does something to `object`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Act<O> {
    /// Its address.
    pub id: Iri,
    /// What is done.
    #[serde(rename = "type")]
    pub verb: Verb,
    /// Who does it.
    pub actor: Iri,
    /// First addressees.
    pub to: Vec<Iri>,
    /// Further addressees.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<Iri>,
    /// The group it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<Iri>,
    /// What it is done to.
    pub object: O,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Iri>,
    /// Where something is put.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Iri>,
    /// A word with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<SafeHtml>,
    /// A reason, plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Until when it holds.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "date")]
    pub end_time: Option<Timestamp>,
    /// When it was said.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "date")]
    pub published: Option<Timestamp>,
    /// How many partners were told.
    #[serde(rename = "haven:told", skip_serializing_if = "Option::is_none")]
    pub told: Option<u32>,
    /// How many of them confirmed.
    #[serde(rename = "haven:confirmed", skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<u32>,
    /// Somebody is worried about the writer.
    #[serde(rename = "haven:worry", skip_serializing_if = "std::ops::Not::not")]
    pub worry: bool,
    /// How a case ended.
    #[serde(rename = "haven:outcome", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// What this takes the place of.
    #[serde(rename = "haven:replaces", skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Iri>,
}

impl<O> Act<O> {
    /// An activity with the parts that every one has; the others are empty until they are set.
    pub const fn new(id: Iri, verb: Verb, actor: Iri, object: O) -> Self {
        Self {
            id,
            verb,
            actor,
            to: Vec::new(),
            cc: Vec::new(),
            audience: None,
            object,
            result: None,
            target: None,
            content: None,
            summary: None,
            end_time: None,
            published: None,
            told: None,
            confirmed: None,
            worry: false,
            outcome: None,
            replaces: None,
        }
    }

    /// With these first addressees.
    #[must_use]
    pub fn to(mut self, to: impl IntoIterator<Item = Iri>) -> Self {
        self.to = to.into_iter().collect();
        self
    }
}

impl<O: Part> Part for Act<O> {
    const TERMS: &'static [(&'static str, &'static str)] = O::TERMS;

    fn piece(&self) -> Piece<'_> {
        Piece::Activity(self.verb, &self.actor)
    }
}

impl<O: Part> Shape for Act<O> {
    fn id(&self) -> &Iri {
        &self.id
    }

    fn verb(&self) -> Verb {
        self.verb
    }

    fn gist(&self) -> Option<Gist<'_>> {
        Some(Gist { actor: &self.actor, object: self.object.piece(), result: self.result.as_ref() })
    }
}

/// An address is a part: the way to speak of what others made.
impl Part for Iri {
    fn piece(&self) -> Piece<'_> {
        Piece::Address(self)
    }
}

/// Several addresses, as reports name them.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Objects(pub Vec<Iri>);

impl Part for Objects {}

/// A request to follow, rebuilt from checked ids to be answered or taken back.
#[derive(Clone, Debug, Serialize)]
pub struct FollowRef {
    /// The request's address.
    pub id: Iri,
    /// Always Follow.
    #[serde(rename = "type")]
    pub kind: FollowType,
    /// Who asked.
    pub actor: Iri,
    /// For what.
    pub object: Iri,
}

impl FollowRef {
    /// From its three parts.
    pub const fn new(id: Iri, actor: Iri, object: Iri) -> Self {
        Self { id, kind: FollowType::Follow, actor, object }
    }
}

impl Part for FollowRef {
    fn piece(&self) -> Piece<'_> {
        Piece::Request
    }
}

/// A post or a reply.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NoteOut {
    /// Its address.
    pub id: Iri,
    /// Always Note.
    #[serde(rename = "type")]
    pub kind: NoteType,
    /// Whose it is.
    pub attributed_to: Iri,
    /// First addressees.
    pub to: Vec<Iri>,
    /// Further addressees.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<Iri>,
    /// The group it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<Iri>,
    /// A title; plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A warning; plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Whether it should be shown only on request.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// The text.
    pub content: SafeHtml,
    /// The text by language: at most the one it is written in.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub content_map: BTreeMap<String, SafeHtml>,
    /// What the writer typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceOut>,
    /// What it replies to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<Iri>,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "date")]
    pub published: Option<Timestamp>,
    /// When it was changed.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "date")]
    pub updated: Option<Timestamp>,
    /// Mentions and hashtags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tag: Vec<TagOut>,
    /// What comes with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachment: Vec<AttachmentOut>,
    /// What this takes the place of.
    #[serde(rename = "haven:replaces", skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Iri>,
}

impl NoteOut {
    /// A post with the parts that every one has.
    pub const fn new(id: Iri, attributed_to: Iri, content: SafeHtml) -> Self {
        Self {
            id,
            kind: NoteType::Note,
            attributed_to,
            to: Vec::new(),
            cc: Vec::new(),
            audience: None,
            name: None,
            summary: None,
            sensitive: false,
            content,
            content_map: BTreeMap::new(),
            source: None,
            in_reply_to: None,
            published: None,
            updated: None,
            tag: Vec::new(),
            attachment: Vec::new(),
            replaces: None,
        }
    }

    /// Says in which language the text is (a BCP 47 tag).
    #[must_use]
    pub fn language(mut self, tag: &str) -> Self {
        self.content_map = BTreeMap::from([(tag.to_owned(), self.content.clone())]);
        self
    }
}

impl Part for NoteOut {
    const TERMS: &'static [(&'static str, &'static str)] = &[("sensitive", "as:sensitive"), ("Hashtag", "as:Hashtag")];
}

impl Shape for NoteOut {
    fn id(&self) -> &Iri {
        &self.id
    }
}

/// What the writer typed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceOut {
    /// The text as typed.
    pub content: String,
    /// `text/markdown`.
    pub media_type: &'static str,
}

impl SourceOut {
    /// Markdown.
    pub const fn markdown(content: String) -> Self {
        Self { content, media_type: "text/markdown" }
    }
}

/// A mention or a hashtag.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type")]
pub enum TagOut {
    /// Somebody is meant.
    Mention {
        /// The actor.
        href: Iri,
        /// How it is written.
        name: String,
    },
    /// A subject.
    Hashtag {
        /// With the sign.
        name: String,
    },
}

/// A file that comes with a post.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttachmentOut {
    /// Image, Video, Audio or Document.
    #[serde(rename = "type")]
    pub kind: ObjectKind,
    /// Media type, as we found it.
    pub media_type: String,
    /// Where it is.
    pub url: Iri,
    /// The text for those who do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What is left of something erased.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TombstoneOut {
    /// Its address.
    pub id: Iri,
    /// Always Tombstone.
    #[serde(rename = "type")]
    pub kind: TombstoneType,
    /// What it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former_type: Option<ObjectKind>,
    /// When it was erased.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "date")]
    pub deleted: Option<Timestamp>,
}

impl TombstoneOut {
    /// Nothing but its address.
    pub const fn new(id: Iri) -> Self {
        Self { id, kind: TombstoneType::Tombstone, former_type: None, deleted: None }
    }
}

impl Part for TombstoneOut {}

impl Shape for TombstoneOut {
    fn id(&self) -> &Iri {
        &self.id
    }
}

/// A person, a group or the instance itself.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActorOut {
    /// Its address.
    pub id: Iri,
    /// Person, Group or Application.
    #[serde(rename = "type")]
    pub kind: ObjectKind,
    /// The name within our instance.
    pub preferred_username: String,
    /// The name for people; plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it says of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<SafeHtml>,
    /// Where to write to.
    pub inbox: Iri,
    /// What it published.
    pub outbox: Iri,
    /// Who follows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followers: Option<Iri>,
    /// Of a group: the collection of its moderators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributed_to: Option<Iri>,
    /// Its page for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Iri>,
    /// Where to write to for everybody here.
    pub endpoints: Endpoints,
    /// Whether it decides about each follower.
    pub manually_approves_followers: bool,
    /// Whether it wants to be found.
    pub discoverable: bool,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "date")]
    pub published: Option<Timestamp>,
    /// When it was changed.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "date")]
    pub updated: Option<Timestamp>,
    /// Of a group: the organisations that can read it.
    #[serde(rename = "haven:sharedWith", skip_serializing_if = "Option::is_none")]
    pub shared_with: Option<Vec<PartyOut>>,
    /// Of a group: when somebody answers.
    #[serde(rename = "haven:answeringHours", skip_serializing_if = "Option::is_none")]
    pub answering_hours: Option<String>,
    /// Of a group: who may join.
    #[serde(rename = "haven:joinRule", skip_serializing_if = "Option::is_none")]
    pub join_rule: Option<String>,
    /// Of a group: its rules, plain text.
    #[serde(rename = "haven:rules", skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Of a group: the name of its host; plain text.
    #[serde(rename = "haven:hostName", skip_serializing_if = "Option::is_none")]
    pub host_name: Option<String>,
    /// Of a group: the language its people write, a BCP 47 tag.
    #[serde(rename = "haven:language", skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Of a group: whether it is for reading only.
    #[serde(rename = "haven:archived", skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// The key it signs with.
    pub public_key: KeyOut,
}

impl ActorOut {
    /// An actor with the parts that every one has: addresses below its own, the shared inbox of its origin, shy settings.
    pub fn new(id: Iri, kind: ObjectKind, preferred_username: String, pem: String) -> Self {
        let below = |part: &str| id.origin().at(&format!("{}/{part}", id.url().path().trim_end_matches('/')));
        Self {
            kind,
            preferred_username,
            name: None,
            summary: None,
            inbox: below("inbox"),
            outbox: below("outbox"),
            followers: None,
            attributed_to: None,
            url: None,
            endpoints: Endpoints { shared_inbox: id.origin().at("/inbox") },
            manually_approves_followers: true,
            discoverable: false,
            published: None,
            updated: None,
            shared_with: None,
            answering_hours: None,
            join_rule: None,
            rules: Vec::new(),
            host_name: None,
            language: None,
            archived: false,
            public_key: KeyOut { id: format!("{id}#main-key"), owner: id.clone(), public_key_pem: pem },
            id,
        }
    }
}

impl Part for ActorOut {
    fn piece(&self) -> Piece<'_> {
        Piece::Actor(self.kind)
    }
}

impl Shape for ActorOut {
    fn id(&self) -> &Iri {
        &self.id
    }
}

/// Where to write to for everybody on an instance.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoints {
    /// The shared inbox.
    pub shared_inbox: Iri,
}

/// An organisation that a group is shared with.
#[derive(Clone, Debug, Serialize)]
pub struct PartyOut {
    /// Its origin.
    pub id: Iri,
    /// Its name; plain text.
    pub name: String,
}

/// A public key.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyOut {
    /// Its address.
    pub id: String,
    /// Whose it is.
    pub owner: Iri,
    /// The key itself.
    pub public_key_pem: String,
}

/// A collection: how many there are, and where the first page is or all items.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionOut {
    /// Its address.
    pub id: Iri,
    /// Always `OrderedCollection`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Who keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributed_to: Option<Iri>,
    /// How many there are; left out where that is nobody's to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_items: Option<u64>,
    /// The first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Iri>,
    /// All items, when they are few.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordered_items: Option<Vec<Iri>>,
}

impl CollectionOut {
    /// Only how many there are.
    pub const fn new(id: Iri, total_items: u64) -> Self {
        Self { id, kind: "OrderedCollection", attributed_to: None, total_items: Some(total_items), first: None, ordered_items: None }
    }

    /// An empty one without a count: the outbox of an actor. What it says goes to its addressees and is listed nowhere.
    pub const fn empty(id: Iri) -> Self {
        Self { id, kind: "OrderedCollection", attributed_to: None, total_items: None, first: None, ordered_items: Some(Vec::new()) }
    }
}

impl Part for CollectionOut {}

impl Shape for CollectionOut {
    fn id(&self) -> &Iri {
        &self.id
    }
}

/// One page of a collection.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageOut<O> {
    /// Its address.
    pub id: Iri,
    /// Always `OrderedCollectionPage`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The collection.
    pub part_of: Iri,
    /// The page after this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Iri>,
    /// What is on it.
    pub ordered_items: Vec<O>,
}

impl<O> PageOut<O> {
    /// A page without a next one.
    pub const fn new(id: Iri, part_of: Iri, ordered_items: Vec<O>) -> Self {
        Self { id, kind: "OrderedCollectionPage", part_of, next: None, ordered_items }
    }
}

impl<O: Part> Part for PageOut<O> {
    const TERMS: &'static [(&'static str, &'static str)] = O::TERMS;
}

impl<O: Part> Shape for PageOut<O> {
    fn id(&self) -> &Iri {
        &self.id
    }
}

#[expect(clippy::ref_option, reason = "serde hands the field over as it is")]
fn date<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(Timestamp::rfc3339).serialize(serializer)
}
