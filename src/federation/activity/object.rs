//! Things that activities are about, in one normal form: posts and replies, what is left of erased ones, documents of actors.
//! Texts are raw here: whoever stores or shows one cleans it first (`base::html`).

use serde_json::Value;

use crate::base::{Iri, Timestamp};

use super::actor::ActorDocument;
use super::error::ReadError;
use super::said::HavenTerms;
use super::terms::{self, Doc, Type, is_language};
use super::verb::ObjectKind;

/// A post, a reply, a remains, an actor: whatever an activity can be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its address.
    pub id: Iri,
    /// What it is.
    pub kind: ObjectKind,
    /// Who owns it: one actor.
    pub attributed_to: Option<Iri>,
    /// The text as HTML, not clean. From `content`, else one of its languages.
    pub content: Option<String>,
    /// The text by language, as `contentMap` gave it.
    pub content_map: Vec<(String, String)>,
    /// The language of the text, a BCP 47 tag.
    pub language: Option<String>,
    /// What the writer typed: media type and text.
    pub source: Option<(String, String)>,
    /// The title, or a name; plain text.
    pub name: Option<String>,
    /// A warning (when `sensitive`, and of notes), else a short form of the text.
    pub summary: Option<String>,
    /// Whether it should be shown only on request.
    pub sensitive: bool,
    /// What it replies to.
    pub in_reply_to: Option<Iri>,
    /// The group it is for.
    pub audience: Option<Iri>,
    /// First addressees, without the whole world.
    pub to: Vec<Iri>,
    /// Further addressees, without the whole world.
    pub cc: Vec<Iri>,
    /// Whether it is addressed to the whole world.
    pub public: bool,
    /// When it was published, as it says itself.
    pub published: Option<Timestamp>,
    /// When it was changed, as it says itself.
    pub updated: Option<Timestamp>,
    /// When something it tells of begins.
    pub start_time: Option<Timestamp>,
    /// When something it tells of ends.
    pub end_time: Option<Timestamp>,
    /// Its page for people.
    pub url: Option<Iri>,
    /// Mentions and hashtags.
    pub tags: Vec<Tag>,
    /// Pictures, sounds, films, files, links.
    pub attachments: Vec<Attachment>,
    /// Collection of its replies.
    pub replies: Option<Iri>,
    /// The conversation it belongs to.
    pub context: Option<Iri>,
    /// What it was before it was erased.
    pub former_kind: Option<ObjectKind>,
    /// Terms of our own.
    pub haven: HavenTerms,
    /// For an actor: its document, whole.
    pub document: Option<Box<ActorDocument>>,
}

/// A mention or a hashtag; other tags are skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Somebody is meant.
    Mention {
        /// The actor: the only thing that counts.
        href: Iri,
        /// How it is written, as the sender says.
        name: Option<String>,
    },
    /// A subject.
    Hashtag {
        /// Without the sign.
        name: String,
    },
}

/// Something that comes with a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// What it is; `Other` for a link.
    pub kind: ObjectKind,
    /// Where it is.
    pub url: Iri,
    /// Media type as the sender says; never trusted.
    pub media_type: Option<String>,
    /// The text for those who do not see it.
    pub name: Option<String>,
    /// Width in pixels, as the sender says.
    pub width: Option<u64>,
    /// Height in pixels, as the sender says.
    pub height: Option<u64>,
}

impl Object {
    /// Reads a thing. A thing without an address of its own is none.
    pub(super) fn read(doc: Doc<'_>) -> Result<Self, ReadError> {
        let kind = match doc.kind() {
            Ok(Type::Kind(kind)) => kind,
            Ok(Type::Unknown | Type::Verb(_)) | Err(ReadError::NoType) => ObjectKind::Other,
            Err(error) => return Err(error),
        };
        let to = doc.addressees("to")?;
        let cc = doc.addressees("cc")?;
        Ok(Self {
            id: doc.id().ok_or(ReadError::NoId)?,
            kind,
            attributed_to: owner(doc),
            content: doc.text("content"),
            content_map: doc.languages("content"),
            language: language(doc),
            source: source(doc),
            name: doc.text("name"),
            summary: doc.text("summary"),
            sensitive: doc.flag("sensitive"),
            in_reply_to: doc.iri("inReplyTo"),
            audience: doc.iri("audience"),
            to: to.iris,
            cc: cc.iris,
            public: to.public || cc.public,
            published: doc.date("published"),
            updated: doc.date("updated"),
            start_time: doc.date("startTime"),
            end_time: doc.date("endTime"),
            url: page(doc),
            tags: tags(doc)?,
            attachments: attachments(doc)?,
            replies: doc.iri("replies"),
            context: doc.iri("context"),
            former_kind: doc.first("formerType").and_then(Value::as_str).map(ObjectKind::parse),
            haven: HavenTerms::read(doc),
            document: if kind.is_actor() { ActorDocument::read(doc).ok().map(Box::new) } else { None },
        })
    }
}

/// The owner: `attributedTo`, of several the person (`PeerTube`), else the first; `actor` where that is absent (Pleroma).
fn owner(doc: Doc<'_>) -> Option<Iri> {
    let owners = doc.many("attributedTo");
    let person = owners.iter().find(|owner| owner.get("type").and_then(Value::as_str) == Some("Person"));
    person.and_then(terms::iri).or_else(|| owners.iter().find_map(terms::iri)).or_else(|| doc.only_iri("actor").ok().flatten())
}

/// `language` as an object or a text, else the only language of the text.
fn language(doc: Doc<'_>) -> Option<String> {
    let given = doc.first("language").or_else(|| doc.first("inLanguage"));
    let given = given.and_then(|value| value.as_str().or_else(|| value.get("identifier").and_then(Value::as_str)));
    if let Some(tag) = given.filter(|tag| is_language(tag)) {
        return Some(tag.to_owned());
    }
    match <[_; 1]>::try_from(doc.languages("content")) {
        Ok([(tag, _)]) => Some(tag),
        Err(_) => None,
    }
}

fn source(doc: Doc<'_>) -> Option<(String, String)> {
    let source = doc.within(doc.first("source")?)?;
    let text = source.first("content")?.as_str()?;
    let media_type = source.first("mediaType").and_then(Value::as_str).unwrap_or("text/plain");
    (media_type.len() <= 100).then(|| (media_type.to_owned(), text.to_owned()))
}

/// The page for people: of several links the one that is HTML, else the first.
fn page(doc: Doc<'_>) -> Option<Iri> {
    let links = doc.many("url");
    let html = links.iter().find(|link| link.get("mediaType").and_then(Value::as_str) == Some("text/html"));
    html.and_then(link).or_else(|| links.iter().find_map(link))
}

/// The target of a link, or an address.
fn link(value: &Value) -> Option<Iri> {
    match value {
        Value::Object(map) => map.get("href").or_else(|| map.get("url")).or_else(|| map.get("id")).and_then(|value| match value {
            Value::Array(list) => list.iter().find_map(link),
            Value::String(text) => Iri::parse(text).ok(),
            _ => None,
        }),
        Value::String(text) => Iri::parse(text).ok(),
        _ => None,
    }
}

fn tags(doc: Doc<'_>) -> Result<Vec<Tag>, ReadError> {
    let values = doc.many("tag");
    if values.len() > doc.limits.tags {
        return Err(ReadError::TooMany("tags"));
    }
    Ok(values.iter().filter_map(|value| tag(doc.within(value)?)).collect())
}

fn tag(doc: Doc<'_>) -> Option<Tag> {
    let name = doc.first("name").and_then(Value::as_str);
    match doc.first("type")?.as_str()? {
        "Mention" | "as:Mention" => Some(Tag::Mention { href: doc.iri("href")?, name: name.map(str::to_owned) }),
        "Hashtag" | "as:Hashtag" => {
            let name = name?.trim().trim_start_matches('#');
            (!name.is_empty() && name.len() <= 256).then(|| Tag::Hashtag { name: name.to_owned() })
        }
        _ => None,
    }
}

fn attachments(doc: Doc<'_>) -> Result<Vec<Attachment>, ReadError> {
    let values = doc.many("attachment");
    if values.len() > doc.limits.attachments {
        return Err(ReadError::TooMany("attachments"));
    }
    Ok(values.iter().filter_map(|value| attachment(doc.within(value)?)).collect())
}

fn attachment(doc: Doc<'_>) -> Option<Attachment> {
    let kind = doc.first("type").and_then(Value::as_str).map_or(ObjectKind::Other, ObjectKind::parse);
    let media_type = doc.first("mediaType").and_then(Value::as_str).filter(|text| text.len() <= 100);
    Some(Attachment {
        kind,
        url: doc.many("url").iter().find_map(link).or_else(|| doc.many("href").iter().find_map(link))?,
        media_type: media_type.map(str::to_owned),
        name: doc.text("name").or_else(|| doc.text("summary")),
        width: doc.count("width"),
        height: doc.count("height"),
    })
}
