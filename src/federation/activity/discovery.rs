//! How instances are found and what software they run: `WebFinger` and `NodeInfo` documents, read tolerantly. Every field is optional;
//! one bad link spoils nothing. Nothing here is believed further than for display and for where to ask next.

use serde_json::Value;

use crate::base::Iri;

use super::terms::{Doc, count};

/// How many links of a document are read.
const MAX_LINKS: usize = 64;

/// An answer to "who is `acct:name@host`?".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebFinger {
    /// Whom it is about.
    pub subject: Option<String>,
    /// Other names of the same.
    pub aliases: Vec<String>,
    /// Where more is.
    pub links: Vec<Link>,
}

/// One link of a discovery document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it is to the subject.
    pub rel: String,
    /// Media type, if told.
    pub media_type: Option<String>,
    /// The target, if it is an address.
    pub href: Option<Iri>,
    /// A pattern with `{uri}`.
    pub template: Option<String>,
}

impl WebFinger {
    pub(super) fn read(doc: Doc<'_>) -> Self {
        Self {
            subject: doc.first("subject").and_then(Value::as_str).map(str::to_owned),
            aliases: doc.many("aliases").iter().filter_map(Value::as_str).take(MAX_LINKS).map(str::to_owned).collect(),
            links: links(doc),
        }
    }

    /// The actor: the first `self` link of an ActivityPub media type.
    pub fn actor(&self) -> Option<&Iri> {
        let typed = |link: &&Link| link.media_type.as_deref().is_some_and(super::is_activity_json);
        self.links.iter().filter(|link| link.rel == "self").filter(typed).find_map(|link| link.href.as_ref())
    }
}

/// Where the `NodeInfo` documents are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeInfoIndex {
    /// One link per version.
    pub links: Vec<Link>,
}

impl NodeInfoIndex {
    pub(super) fn read(doc: Doc<'_>) -> Self {
        Self { links: links(doc) }
    }

    /// The newest version we read.
    pub fn newest(&self) -> Option<&Iri> {
        ["2.1", "2.0"].iter().find_map(|version| {
            let rel = format!("http://nodeinfo.diaspora.software/ns/schema/{version}");
            self.links.iter().find(|link| link.rel == rel).and_then(|link| link.href.as_ref())
        })
    }
}

/// What an instance says of its software.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeInfo {
    /// Name of the software.
    pub software: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// What it speaks.
    pub protocols: Vec<String>,
    /// Whether anybody may register.
    pub open_registrations: Option<bool>,
    /// How many people, if told.
    pub users: Option<u64>,
}

impl NodeInfo {
    pub(super) fn read(doc: Doc<'_>) -> Self {
        let software = doc.first("software").and_then(|value| doc.within(value));
        let text = |key: &str| software.and_then(|software| software.first(key)).and_then(Value::as_str).map(str::to_owned);
        let users = doc.first("usage").and_then(|value| value.get("users")?.get("total"));
        Self {
            software: text("name"),
            version: text("version"),
            protocols: doc.many("protocols").iter().filter_map(Value::as_str).take(16).map(str::to_owned).collect(),
            open_registrations: doc.get("openRegistrations").and_then(Value::as_bool),
            users: users.and_then(count),
        }
    }
}

fn links(doc: Doc<'_>) -> Vec<Link> {
    let link = |value: &Value| {
        let doc = doc.within(value)?;
        Some(Link {
            rel: doc.first("rel")?.as_str()?.to_owned(),
            media_type: doc.first("type").and_then(Value::as_str).map(str::to_owned),
            href: doc.first("href").and_then(Value::as_str).and_then(|text| Iri::parse(text).ok()),
            template: doc.first("template").and_then(Value::as_str).map(str::to_owned),
        })
    };
    doc.many("links").iter().filter_map(link).take(MAX_LINKS).collect()
}
