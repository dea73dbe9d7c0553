//! What a partner can say: sentences as plain values, and how they are written as JSON. The model reads the values, the site
//! reads the JSON.

use serde_json::{Value, json};

pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// Scheme and host of an address.
pub fn origin(iri: &str) -> &str {
    iri.match_indices('/').nth(2).map_or(iri, |(at, _)| &iri[..at])
}

/// A moment in milliseconds, written.
pub fn written(at: i64) -> String {
    haven::base::Timestamp::from_millis(at).rfc3339()
}

/// One activity.
#[derive(Clone, Debug)]
pub struct Sentence {
    /// Whose key signs.
    pub signer: String,
    /// Empty: without one.
    pub id: String,
    pub actor: String,
    pub verb: &'static str,
    pub object: Thing,
    pub audience: Option<String>,
    pub public: bool,
    pub published: Option<i64>,
    pub twist: Option<Twist>,
    /// Properties that mean nothing here, some of them names of other groups.
    pub noise: Vec<(&'static str, String)>,
}

/// What it is about.
#[derive(Clone, Debug)]
pub enum Thing {
    Nothing,
    Ref(String),
    Note(Note),
    /// What is left of something.
    Tomb {
        id: String,
        owner: Owner,
    },
    Said(Box<Inner>),
    Document(Document),
}

#[derive(Clone, Debug)]
pub struct Note {
    pub id: String,
    pub owner: Owner,
    pub kind: &'static str,
    pub text: String,
    pub audience: Option<String>,
    pub parent: Option<String>,
    pub public: bool,
    pub updated: Option<i64>,
    pub published: Option<i64>,
}

#[derive(Clone, Debug)]
pub enum Owner {
    Nobody,
    One(String),
    /// As an object with an id.
    Whole(String),
    /// Several: the first counts.
    Many(Vec<String>),
}

impl Owner {
    pub fn first(&self) -> Option<&str> {
        match self {
            Self::Nobody => None,
            Self::One(owner) | Self::Whole(owner) => Some(owner),
            Self::Many(owners) => owners.first().map(String::as_str),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Nobody => Value::Null,
            Self::One(owner) => json!(owner),
            Self::Whole(owner) => json!({"id": owner, "type": "Service"}),
            Self::Many(owners) => json!(owners),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Inner {
    pub id: Option<String>,
    pub verb: &'static str,
    pub actor: String,
    pub object: Thing,
    pub audience: Option<String>,
    pub public: bool,
}

/// An actor's document.
#[derive(Clone, Debug)]
pub struct Document {
    pub id: String,
    pub kind: &'static str,
    pub name: String,
    /// Of a group: whether the site is among its readers.
    pub shared: bool,
    pub updated: i64,
    /// The PEM it shows.
    pub key: String,
    pub inbox: String,
}

/// A shape that is refused at the door, or that means the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Twist {
    /// A key twice.
    Twice(&'static str),
    ActorTwo(String),
    ActorNull,
    ActorNumber,
    /// Harmless: the actor as an object, or as a list of one.
    ActorWhole,
    ActorList,
    TypeTwo(&'static str),
    /// Harmless.
    TypeSame,
    /// Harmless: an unknown type beside it.
    TypeUnknown,
    NoType,
    TypeOfThing,
    TwoObjects(String),
    /// Harmless.
    ObjectList,
    NumberForId,
    ListForId,
    TooManyAddressees,
    TooDeep,
    ThingOfTwoTypes,
    NotAnObject,
}

impl Twist {
    pub fn is_harmless(&self) -> bool {
        matches!(self, Self::ActorWhole | Self::ActorList | Self::TypeSame | Self::TypeUnknown | Self::ObjectList)
    }
}

impl Document {
    pub fn json(&self) -> Value {
        let mut value = json!({"id": self.id, "type": self.kind, "preferredUsername": "x", "name": self.name, "inbox": self.inbox,
            "outbox": format!("{}/outbox", self.id), "updated": written(self.updated),
            "publicKey": {"id": format!("{}#main-key", self.id), "owner": self.id, "publicKeyPem": self.key}});
        if self.kind == "Group" {
            let here = if self.shared { json!([{"id": "http://v.test", "name": "v"}]) } else { json!([]) };
            value["haven:sharedWith"] = here;
            value["followers"] = json!(format!("{}/followers", self.id));
        }
        value
    }
}

impl Thing {
    pub fn json(&self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Ref(id) => json!(id),
            Self::Note(note) => note.json(),
            Self::Tomb { id, owner } => strip(json!({"id": id, "type": "Tombstone", "attributedTo": owner.json()})),
            Self::Said(inner) => inner.json(),
            Self::Document(document) => document.json(),
        }
    }
}

/// Without what is null or empty.
fn strip(mut value: Value) -> Value {
    if let Some(map) = value.as_object_mut() {
        map.retain(|_, value| !value.is_null() && *value != json!(""));
    }
    value
}

impl Note {
    fn json(&self) -> Value {
        let to = if self.public { json!([PUBLIC]) } else { json!(self.audience) };
        let mut note = json!({"id": self.id, "type": self.kind, "attributedTo": self.owner.json(), "audience": self.audience,
            "inReplyTo": self.parent, "to": to, "updated": self.updated.map(written), "published": self.published.map(written)});
        note["content"] = json!(format!("<p>{}</p>", self.text));
        strip(note)
    }
}

impl Inner {
    fn json(&self) -> Value {
        let to = if self.public { json!([PUBLIC]) } else { Value::Null };
        strip(
            json!({"id": self.id, "type": self.verb, "actor": self.actor, "object": self.object.json(), "audience": self.audience, "to": to}),
        )
    }
}

impl Sentence {
    /// The bytes that are signed.
    pub fn body(&self) -> String {
        let to = if self.public { json!(["as:Public", self.audience]) } else { json!(self.audience) };
        let mut said = strip(json!({"@context": "https://www.w3.org/ns/activitystreams", "id": self.id, "type": self.verb,
            "actor": self.actor, "object": self.object.json(), "audience": self.audience, "to": to, "published": self.published.map(written)}));
        for (name, value) in &self.noise {
            if said.get(*name).is_none() {
                said[*name] = json!(value);
            }
        }
        let Some(twist) = &self.twist else { return said.to_string() };
        match twist {
            Twist::Twice(key) => {
                if said.get(*key).is_none() {
                    said[*key] = Value::Null;
                }
                let text = said.to_string();
                return format!("{},\"{key}\":{}}}", &text[..text.len() - 1], said.get(*key).unwrap_or(&Value::Null));
            }
            Twist::NotAnObject => return json!([said]).to_string(),
            Twist::ActorTwo(other) => said["actor"] = json!([self.actor, other]),
            Twist::ActorNull => said["actor"] = Value::Null,
            Twist::ActorNumber => said["actor"] = json!(7),
            Twist::ActorWhole => said["actor"] = json!({"id": self.actor, "type": "Person", "inbox": "http://x.test/inbox"}),
            Twist::ActorList => said["actor"] = json!([self.actor]),
            Twist::TypeTwo(other) => said["type"] = json!([self.verb, other]),
            Twist::TypeSame => said["type"] = json!([self.verb, self.verb]),
            Twist::TypeUnknown => said["type"] = json!(["Thing", self.verb]),
            Twist::NoType => drop(said.as_object_mut().and_then(|map| map.remove("type"))),
            Twist::TypeOfThing => said["type"] = json!("Note"),
            Twist::TwoObjects(other) => said["object"] = json!([said["object"], other]),
            Twist::ObjectList => said["object"] = json!([said["object"]]),
            Twist::NumberForId => said["id"] = json!(7),
            Twist::ListForId => said["id"] = json!([self.id]),
            Twist::TooManyAddressees => {
                said["cc"] = (0..65).map(|at| json!(format!("http://p.test/p/{at}"))).collect();
            }
            Twist::TooDeep => {
                let mut nest = json!({"type": "Undo", "id": format!("{}/deep", self.id), "actor": self.actor, "object": self.id});
                for _ in 0..3 {
                    nest = json!({"type": "Undo", "actor": self.actor, "object": nest});
                }
                said["object"] = nest;
            }
            Twist::ThingOfTwoTypes => {
                said["object"] = json!({"id": format!("{}/two", self.id), "type": ["Note", "Person"], "attributedTo": self.actor});
            }
        }
        said.to_string()
    }
}
