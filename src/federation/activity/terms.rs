//! The reading rules (protocol.md §1) for one property at a time: absent, null, one value or many; an object where an address is
//! expected; texts with their languages; dates. What cannot be read is skipped; only what passes a limit is an error.

use serde_json::{Map, Value};

use crate::base::{Iri, Timestamp};

use super::error::ReadError;
use super::json::{self, Limits};
use super::verb::{ObjectKind, Verb};

/// What the whole world is called.
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
/// Where our own terms live.
const HAVEN: &str = "urn:haven:ns#";
const AS: &str = "https://www.w3.org/ns/activitystreams#";
/// How many languages of one text are read.
const MAX_LANGUAGES: usize = 16;

/// One JSON object, read property by property.
#[derive(Clone, Copy)]
pub(super) struct Doc<'a> {
    map: &'a Map<String, Value>,
    /// The limits it is read under.
    pub limits: &'a Limits,
}

/// Reads bytes to one JSON object and hands it to `then`.
pub(super) fn document<T>(bytes: &[u8], limits: &Limits, then: impl FnOnce(Doc<'_>) -> Result<T, ReadError>) -> Result<T, ReadError> {
    match json::read(bytes, limits)? {
        Value::Object(map) => then(Doc { map: &map, limits }),
        _ => Err(ReadError::NotAnObject),
    }
}

/// Who a document is addressed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Addressees {
    pub iris: Vec<Iri>,
    pub public: bool,
}

/// What the `type` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Verb(Verb),
    Kind(ObjectKind),
    /// There is a type, but none that we know.
    Unknown,
}

impl<'a> Doc<'a> {
    /// The same limits for an object within.
    pub fn within(&self, value: &'a Value) -> Option<Doc<'a>> {
        value.as_object().map(|map| Doc { map, limits: self.limits })
    }

    /// The value as it stands; null counts as absent.
    pub fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// A term of our own, short or in full.
    pub fn haven(&self, term: &str) -> Option<&'a Value> {
        self.get(&format!("haven:{term}")).or_else(|| self.get(&format!("{HAVEN}{term}")))
    }

    /// One or many: every value that is not null.
    pub fn many(&self, key: &str) -> &'a [Value] {
        self.get(key).map_or(&[], listed)
    }

    /// The first value that is not null.
    pub fn first(&self, key: &str) -> Option<&'a Value> {
        self.many(key).iter().find(|value| !value.is_null())
    }

    /// The first address.
    pub fn iri(&self, key: &str) -> Option<Iri> {
        self.many(key).iter().find_map(iri)
    }

    /// The `id`: one text, nothing else.
    pub fn id(&self) -> Option<Iri> {
        Iri::parse(self.get("id")?.as_str()?).ok()
    }

    /// The one address that must not be ambiguous: a text, an object with an id, or a list of exactly one of these.
    pub fn only_iri(&self, key: &str) -> Result<Option<Iri>, ReadError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Array(list)) => match list.as_slice() {
                [one] => iri(one).map(Some).ok_or(ReadError::NoActor),
                _ => Err(ReadError::NoActor),
            },
            Some(one) => iri(one).map(Some).ok_or(ReadError::NoActor),
        }
    }

    /// Addressees in all these properties together, without doubles; the whole world is a mark, not an addressee.
    pub fn addressees(&self, key: &str) -> Result<Addressees, ReadError> {
        let values = self.many(key);
        if values.len() > self.limits.addressees {
            return Err(ReadError::TooMany("addressees"));
        }
        let mut found = Addressees::default();
        for value in values {
            if is_public(value) {
                found.public = true;
            } else if let Some(iri) = iri(value)
                && !found.iris.contains(&iri)
            {
                found.iris.push(iri);
            }
        }
        Ok(found)
    }

    /// A text, or one of its languages.
    pub fn text(&self, key: &str) -> Option<String> {
        if let Some(text) = self.many(key).iter().find_map(Value::as_str) {
            return Some(text.to_owned());
        }
        self.languages(key).into_iter().next().map(|(_, text)| text)
    }

    /// The languages of a text: `contentMap` and its like. Odd tags are skipped.
    pub fn languages(&self, key: &str) -> Vec<(String, String)> {
        let Some(map) = self.get(&format!("{key}Map")).and_then(Value::as_object) else { return Vec::new() };
        let texts = map.iter().filter_map(|(tag, text)| Some((tag.clone(), text.as_str()?.to_owned())));
        texts.filter(|(tag, _)| is_language(tag)).take(MAX_LANGUAGES).collect()
    }

    /// A date.
    pub fn date(&self, key: &str) -> Option<Timestamp> {
        self.first(key).and_then(Value::as_str).and_then(Timestamp::parse_rfc3339)
    }

    /// A yes or no, however it is written.
    pub fn flag(&self, key: &str) -> bool {
        self.first(key).is_some_and(yes)
    }

    /// A count, as a number or as digits.
    pub fn count(&self, key: &str) -> Option<u64> {
        self.first(key).and_then(count)
    }

    /// What the `type` says: the first one we know.
    pub fn kind(&self) -> Result<Type, ReadError> {
        let mut found: Option<Type> = None;
        let mut any = false;
        for word in self.many("type").iter().filter_map(Value::as_str) {
            any = true;
            let known = known(word);
            match (found, known) {
                (_, Type::Unknown) => {}
                (None, known) => found = Some(known),
                (Some(first), other) if first == other => {}
                (Some(first), other) if self.limits.strict || is_actor_and_collection(first, other) => return Err(ReadError::TwoTypes),
                _ => {}
            }
        }
        if any { Ok(found.unwrap_or(Type::Unknown)) } else { Err(ReadError::NoType) }
    }
}

fn known(word: &str) -> Type {
    let word = word.strip_prefix(AS).or_else(|| word.strip_prefix("as:")).unwrap_or(word);
    match (Verb::parse(word), ObjectKind::parse(word)) {
        (Verb::Other, ObjectKind::Other) => Type::Unknown,
        (Verb::Other, kind) => Type::Kind(kind),
        (verb, _) => Type::Verb(verb),
    }
}

/// A document that is both is refused (FEP-2277).
fn is_actor_and_collection(one: Type, other: Type) -> bool {
    let pair = [one, other];
    pair.contains(&Type::Kind(ObjectKind::Collection)) && pair.iter().any(|kind| matches!(kind, Type::Kind(kind) if kind.is_actor()))
}

/// One value or the values of a list.
fn listed(value: &Value) -> &[Value] {
    match value {
        Value::Array(list) => list,
        one => std::slice::from_ref(one),
    }
}

/// An address: a text, or the `id` (of a link: the `href`) of an object.
pub(super) fn iri(value: &Value) -> Option<Iri> {
    let text = match value {
        Value::String(text) => text,
        Value::Object(map) => map.get("id").or_else(|| map.get("href"))?.as_str()?,
        _ => return None,
    };
    Iri::parse(text).ok()
}

fn is_public(value: &Value) -> bool {
    let text = match value {
        Value::String(text) => text.as_str(),
        Value::Object(map) => map.get("id").and_then(Value::as_str).unwrap_or_default(),
        _ => "",
    };
    matches!(text, PUBLIC | "as:Public" | "Public")
}

pub(super) fn yes(value: &Value) -> bool {
    match value {
        Value::Bool(yes) => *yes,
        Value::String(text) => matches!(text.as_str(), "true" | "1"),
        Value::Number(number) => number.as_u64() == Some(1),
        _ => false,
    }
}

pub(super) fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) if text.len() <= 20 => text.parse().ok(),
        _ => None,
    }
}

/// Whether a text looks like a BCP 47 tag.
pub(super) fn is_language(tag: &str) -> bool {
    (2..=35).contains(&tag.len())
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && tag.starts_with(|c: char| c.is_ascii_alphabetic())
        && !tag.ends_with('-')
}
