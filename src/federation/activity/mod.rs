//! What instances say to each other: reading it under limits into one normal form, and writing it from closed structs.
//! No JSON value leaves this module and none that was received can be written again (threats R10, R11); no `@context` is ever fetched.

mod actor;
mod agreement;
mod collection;
mod discovery;
mod error;
mod json;
mod object;
mod outbound;
mod said;
mod shapes;
mod terms;
mod verb;

#[cfg(test)]
mod tests;

pub use actor::{ActorDocument, KeyDocument, Party};
pub use agreement::Agreement;
pub use collection::{Collection, First};
pub use discovery::{Link, NodeInfo, NodeInfoIndex, WebFinger};
pub use error::ReadError;
pub use json::{JsonError, Limits};
pub use object::{Attachment, Object, Tag};
pub use outbound::{Gist, Outbound, Part, Piece, Sealed, Shape};
pub use said::{Activity, Claim, Embedded, HavenTerms, Inner, Said};
pub use shapes::{
    Act, ActorOut, AttachmentOut, CollectionOut, Endpoints, FollowRef, KeyOut, NoteOut, Objects, PageOut, PartyOut, SourceOut, TagOut,
    TombstoneOut,
};
pub use terms::PUBLIC;
pub use verb::{ObjectKind, Verb};

/// Reads an activity as it is delivered: with an id on its actor's origin, exactly one actor, and only what is that actor's own embedded.
///
/// # Errors
/// Says which rule it breaks; [`ReadError::code`] is fit for a record.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Activity, ReadError> {
    terms::document(bytes, limits, Activity::read)
}

/// Reads a fetched thing: a post, a reply, what is left of one, an actor. The caller compares its id with where it came from.
///
/// # Errors
/// Says which rule it breaks.
pub fn read_object(bytes: &[u8], limits: &Limits) -> Result<Object, ReadError> {
    terms::document(bytes, limits, |doc| {
        let object = Object::read(doc)?;
        match &object.attributed_to {
            Some(owner) if !object.kind.is_actor() && owner.origin() != object.id.origin() => Err(ReadError::ForeignId),
            _ => Ok(object),
        }
    })
}

/// Reads a fetched actor. The caller compares its id, inboxes and key with where it came from.
///
/// # Errors
/// Says which rule it breaks.
pub fn read_actor(bytes: &[u8], limits: &Limits) -> Result<ActorDocument, ReadError> {
    terms::document(bytes, limits, ActorDocument::read)
}

/// Reads a fetched key that stands on its own.
///
/// # Errors
/// Says which rule it breaks.
pub fn read_key(bytes: &[u8], limits: &Limits) -> Result<KeyDocument, ReadError> {
    terms::document(bytes, limits, KeyDocument::read)
}

/// Reads a fetched collection or page.
///
/// # Errors
/// Says which rule it breaks.
pub fn read_collection(bytes: &[u8], limits: &Limits) -> Result<Collection, ReadError> {
    terms::document(bytes, limits, Collection::read)
}

/// Reads a `WebFinger` answer.
///
/// # Errors
/// When it is not a JSON object within the limits.
pub fn read_webfinger(bytes: &[u8], limits: &Limits) -> Result<WebFinger, ReadError> {
    terms::document(bytes, limits, |doc| Ok(WebFinger::read(doc)))
}

/// Reads the list of `NodeInfo` documents.
///
/// # Errors
/// When it is not a JSON object within the limits.
pub fn read_nodeinfo_index(bytes: &[u8], limits: &Limits) -> Result<NodeInfoIndex, ReadError> {
    terms::document(bytes, limits, |doc| Ok(NodeInfoIndex::read(doc)))
}

/// Reads a `NodeInfo` document.
///
/// # Errors
/// When it is not a JSON object within the limits.
pub fn read_nodeinfo(bytes: &[u8], limits: &Limits) -> Result<NodeInfo, ReadError> {
    terms::document(bytes, limits, |doc| Ok(NodeInfo::read(doc)))
}

/// Whether a `Content-Type` says ActivityPub: `application/activity+json`, or `application/ld+json` with the ActivityStreams profile.
/// Case, spacing and further parameters do not matter (threats ORG-21).
pub fn is_activity_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    if media_type.eq_ignore_ascii_case("application/activity+json") {
        return true;
    }
    let profile = |part: &str| {
        let Some((name, value)) = part.split_once('=') else { return false };
        let mut profiles = value.trim().trim_matches('"').split_ascii_whitespace();
        name.trim().eq_ignore_ascii_case("profile") && profiles.any(|profile| profile == "https://www.w3.org/ns/activitystreams")
    };
    media_type.eq_ignore_ascii_case("application/ld+json") && parts.any(profile)
}
