//! The words of the exchange: what can be done, and what it can be done to. Unknown words have a place of their own and are never kept.

use serde::{Serialize, Serializer};

/// What an activity does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verb {
    /// Agree to something asked.
    Accept,
    /// Put into a collection.
    Add,
    /// Share with followers.
    Announce,
    /// Ban.
    Block,
    /// Publish.
    Create,
    /// Erase.
    Delete,
    /// Vote against.
    Dislike,
    /// React with a sign.
    EmojiReact,
    /// Report, or say that one is worried.
    Flag,
    /// Ask to follow or join.
    Follow,
    /// Invite somebody.
    Invite,
    /// Take part.
    Join,
    /// Stop taking part.
    Leave,
    /// React kindly.
    Like,
    /// Close to replies.
    Lock,
    /// Move an actor elsewhere.
    Move,
    /// Propose, for example an agreement.
    Offer,
    /// Refuse something asked.
    Reject,
    /// Take out of a collection.
    Remove,
    /// Take back.
    Undo,
    /// Change.
    Update,
    /// A word we do not know.
    Other,
}

impl Verb {
    const ALL: [(Self, &'static str); 21] = [
        (Self::Accept, "Accept"),
        (Self::Add, "Add"),
        (Self::Announce, "Announce"),
        (Self::Block, "Block"),
        (Self::Create, "Create"),
        (Self::Delete, "Delete"),
        (Self::Dislike, "Dislike"),
        (Self::EmojiReact, "EmojiReact"),
        (Self::Flag, "Flag"),
        (Self::Follow, "Follow"),
        (Self::Invite, "Invite"),
        (Self::Join, "Join"),
        (Self::Leave, "Leave"),
        (Self::Like, "Like"),
        (Self::Lock, "Lock"),
        (Self::Move, "Move"),
        (Self::Offer, "Offer"),
        (Self::Reject, "Reject"),
        (Self::Remove, "Remove"),
        (Self::Undo, "Undo"),
        (Self::Update, "Update"),
    ];

    /// The word as it is written; `Other` for words we do not know.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(verb, _)| *verb == self).map_or("Other", |(_, word)| word)
    }

    /// Reads a word.
    pub fn parse(word: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == word).map_or(Self::Other, |(verb, _)| *verb)
    }
}

impl Serialize for Verb {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectKind {
    /// A short text: a post or a reply.
    Note,
    /// A post with a title.
    Page,
    /// A long text.
    Article,
    /// A poll.
    Question,
    /// Something that happens at a time.
    Event,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// A picture.
    Image,
    /// A file.
    Document,
    /// A place.
    Place,
    /// What is left of something erased.
    Tombstone,
    /// A collection or a page of one.
    Collection,
    /// A person, under whatever name.
    Person,
    /// A group.
    Group,
    /// An organisation.
    Organization,
    /// An instance or a program.
    Application,
    /// A program that acts by itself.
    Service,
    /// Something we do not know.
    Other,
}

impl ObjectKind {
    const ALL: [(Self, &'static str); 21] = [
        (Self::Note, "Note"),
        (Self::Page, "Page"),
        (Self::Article, "Article"),
        (Self::Question, "Question"),
        (Self::Event, "Event"),
        (Self::Video, "Video"),
        (Self::Audio, "Audio"),
        (Self::Image, "Image"),
        (Self::Document, "Document"),
        (Self::Place, "Place"),
        (Self::Tombstone, "Tombstone"),
        (Self::Collection, "Collection"),
        (Self::Collection, "OrderedCollection"),
        (Self::Collection, "CollectionPage"),
        (Self::Collection, "OrderedCollectionPage"),
        (Self::Person, "Person"),
        (Self::Group, "Group"),
        (Self::Organization, "Organization"),
        (Self::Application, "Application"),
        (Self::Service, "Service"),
        (Self::Note, "ChatMessage"),
    ];

    /// The word as it is written; `Other` for words we do not know.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("Other", |(_, word)| word)
    }

    /// Reads a word.
    pub fn parse(word: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == word).map_or(Self::Other, |(kind, _)| *kind)
    }

    /// Whether it can say something itself.
    pub const fn is_actor(self) -> bool {
        matches!(self, Self::Person | Self::Group | Self::Organization | Self::Application | Self::Service)
    }

    /// Whether it is shown as a post or a reply.
    pub const fn is_post(self) -> bool {
        matches!(
            self,
            Self::Note
                | Self::Page
                | Self::Article
                | Self::Question
                | Self::Event
                | Self::Video
                | Self::Audio
                | Self::Image
                | Self::Document
        )
    }
}

impl Serialize for ObjectKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for (verb, word) in Verb::ALL {
            assert_eq!((Verb::parse(word), verb.as_str()), (verb, word));
        }
        assert_eq!(Verb::parse("create"), Verb::Other);
        assert_eq!(ObjectKind::parse("OrderedCollectionPage").as_str(), "Collection");
        assert_eq!(ObjectKind::parse(ObjectKind::Service.as_str()), ObjectKind::Service);
    }
}
