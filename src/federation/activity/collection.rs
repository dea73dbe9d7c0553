//! Collections and their pages: members, outboxes, moderators. A page is read whole or not at all; further pages are the caller's to ask
//! for, within its budget.

use crate::base::Iri;

use super::error::ReadError;
use super::said::{self, Embedded};
use super::terms::{Doc, Type};
use super::verb::ObjectKind;

/// A collection or one page of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// Its address.
    pub id: Option<Iri>,
    /// Who keeps it.
    pub attributed_to: Option<Iri>,
    /// How many there are, as it says.
    pub total: Option<u64>,
    /// What is on this page. Things that are not of the collection's own origin are addresses.
    pub items: Vec<Embedded>,
    /// The first page.
    pub first: Option<First>,
    /// The page after this one.
    pub next: Option<Iri>,
    /// Of a page: the collection it belongs to.
    pub part_of: Option<Iri>,
}

/// The first page: embedded, or to be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum First {
    /// The page itself.
    Page(Box<Collection>),
    /// Where it is.
    Ref(Iri),
}

impl Collection {
    pub(super) fn read(doc: Doc<'_>) -> Result<Self, ReadError> {
        Self::read_from(doc, None, false)
    }

    fn read_from(doc: Doc<'_>, parent: Option<&Iri>, within: bool) -> Result<Self, ReadError> {
        if doc.kind()? != Type::Kind(ObjectKind::Collection) {
            return Err(ReadError::OtherKind);
        }
        // An embedded page is as much worth as what it is embedded in.
        let id = doc.id();
        let origin_of = parent.or(id.as_ref());
        let key = if doc.get("orderedItems").is_some() { "orderedItems" } else { "items" };
        let values = doc.many(key);
        if values.len() > doc.limits.items {
            return Err(ReadError::TooMany("items"));
        }
        let mut items = Vec::with_capacity(values.len());
        for value in values {
            match said::item(doc, value, origin_of) {
                Ok(found) => items.extend(found),
                Err(ReadError::TooMany(what)) => return Err(ReadError::TooMany(what)),
                // One odd item does not spoil the page.
                Err(_) => {}
            }
        }
        let first = match doc.first("first") {
            Some(value) if !within => match doc.within(value).filter(|page| page.get("type").is_some()) {
                Some(page) => Some(First::Page(Box::new(Self::read_from(page, id.as_ref(), true)?))),
                None => super::terms::iri(value).map(First::Ref),
            },
            _ => None,
        };
        Ok(Self {
            attributed_to: doc.iri("attributedTo"),
            total: doc.count("totalItems"),
            items,
            first,
            next: doc.iri("next"),
            part_of: doc.iri("partOf"),
            id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::federation::activity::{Limits, read_collection};

    #[test]
    fn dos_11_there_is_one_page_within_and_no_more() {
        let page = r#"{"type":"CollectionPage","items":[],"first":{"type":"CollectionPage","items":[]}}"#;
        for id in [r#""id":"https://p.example/c","#, ""] {
            let text = format!(r#"{{{id}"type":"Collection","first":{page}}}"#);
            let read = read_collection(text.as_bytes(), &Limits::PARTNER).unwrap();
            assert!(matches!(&read.first, Some(First::Page(page)) if page.first.is_none()), "{text}");
        }
    }
}
