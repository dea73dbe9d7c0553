//! What kind of thing an activity of ours discloses, and of whom: derived from its closed struct, so that no caller can forget it.

use crate::base::{Id, Iri};
use crate::federation::activity::{Gist, ObjectKind, Piece, Verb};
use crate::federation::here::Here;

/// What kind of thing was disclosed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A post or an answer.
    Post,
    /// A changed post.
    Edit,
    /// That a post is gone.
    Deletion,
    /// That somebody asks to join, is in, or leaves.
    Membership,
    /// What a group says of itself.
    Group,
    /// A persona's document: its name and key.
    Persona,
    /// That a person is gone, with all that was theirs.
    Farewell,
    /// What houses agree on.
    Agreement,
    /// A report or a worry.
    Report,
    /// An answer to something a partner sent; a receipt.
    Answer,
    /// Anything else.
    Other,
}

impl Kind {
    /// All of them, for a list to choose from.
    pub const ALL: [Self; 11] = [
        Self::Post,
        Self::Edit,
        Self::Deletion,
        Self::Membership,
        Self::Group,
        Self::Persona,
        Self::Farewell,
        Self::Agreement,
        Self::Report,
        Self::Answer,
        Self::Other,
    ];

    /// As stored and as printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Edit => "edit",
            Self::Deletion => "deletion",
            Self::Membership => "membership",
            Self::Group => "group",
            Self::Persona => "persona",
            Self::Farewell => "farewell",
            Self::Agreement => "agreement",
            Self::Report => "report",
            Self::Answer => "answer",
            Self::Other => "other",
        }
    }

    /// Reads the stored form; unknown words are [`Kind::Other`].
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).unwrap_or(Self::Other)
    }
}

/// What an activity of ours discloses, and of whom: derived from its closed struct, so that no caller can forget it.
pub(in crate::federation) fn of(verb: Verb, gist: Option<Gist<'_>>, here: &Here) -> (Kind, Option<Id>) {
    // What houses say about their agreement, and its test, carries nothing that is anybody's.
    let Some(gist) = gist else { return (Kind::Agreement, None) };
    let kind = match (verb, gist.object) {
        (Verb::Create, _) | (Verb::Announce, Piece::Activity(Verb::Create, _)) => Kind::Post,
        (Verb::Delete, Piece::Address(object)) if object == gist.actor => Kind::Farewell,
        (Verb::Delete, _) | (Verb::Announce, Piece::Activity(Verb::Delete, _)) => Kind::Deletion,
        (Verb::Update, Piece::Actor(ObjectKind::Group)) => Kind::Group,
        (Verb::Update, Piece::Actor(ObjectKind::Application)) | (Verb::Offer, _) => Kind::Agreement,
        (Verb::Update, Piece::Actor(_)) => Kind::Persona,
        (Verb::Update, _) | (Verb::Announce, Piece::Activity(Verb::Update, _)) => Kind::Edit,
        (Verb::Follow | Verb::Undo, _) | (Verb::Accept | Verb::Reject, Piece::Request) => Kind::Membership,
        (Verb::Accept | Verb::Reject, _) => Kind::Answer,
        (Verb::Flag, _) => Kind::Report,
        _ => Kind::Other,
    };
    let person = match (gist.object, kind) {
        (Piece::Activity(_, inner), _) if verb == Verb::Announce => Some(inner),
        (_, Kind::Membership) => gist.result.or(Some(gist.actor)),
        _ => Some(gist.actor),
    };
    (kind, person.and_then(|person| own_person(here, person)))
}

/// The id of a persona or guest of ours by its address.
pub(super) fn own_person(here: &Here, uri: &Iri) -> Option<Id> {
    if uri.origin() != here.origin {
        return None;
    }
    uri.target().strip_prefix("/p/").and_then(Id::parse)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::{Origin, Timestamp};
    use crate::federation::activity::{Act, Outbound, Shape};
    use crate::testing::chance::SeededChance;

    fn here() -> Here {
        let origin = Origin::parse("https://a.example").unwrap();
        Here::new(Timestamp::from_seconds(1_772_366_400), Arc::new(SeededChance::new(1)), origin, Arc::default())
    }

    fn told<T: Shape>(here: &Here, act: T) -> (Kind, Option<Id>) {
        let out = Outbound::new(act);
        of(out.verb(), out.gist(), here)
    }

    #[test]
    fn what_is_said_tells_what_it_is_and_whose() {
        let here = here();
        let id = here.id();
        let uri = |text: &str| Iri::parse(text).unwrap();
        let person = here.origin.at(&format!("/p/{id}"));
        let (group, post) = (uri("https://a.example/g/coffee"), uri("https://a.example/o/one"));
        let act = |verb, actor: &Iri| Act::new(here.activity_uri(), verb, actor.clone(), post.clone());
        let mine = Some(id);
        assert_eq!(told(&here, act(Verb::Create, &person)), (Kind::Post, mine.clone()));
        assert_eq!(told(&here, act(Verb::Delete, &person)), (Kind::Deletion, mine.clone()));
        let announce = |inner| Act::new(here.activity_uri(), Verb::Announce, group.clone(), inner);
        assert_eq!(told(&here, announce(act(Verb::Update, &person))), (Kind::Edit, mine.clone()));
        assert_eq!(told(&here, announce(act(Verb::Delete, &group))), (Kind::Deletion, None));
        let farewell = Act::new(here.activity_uri(), Verb::Delete, person.clone(), person.clone());
        assert_eq!(told(&here, farewell), (Kind::Farewell, mine.clone()));
        assert_eq!(told(&here, act(Verb::Follow, &person)), (Kind::Membership, mine));
        assert_eq!(of(Verb::Offer, None, &here), (Kind::Agreement, None));
        assert_eq!(told(&here, act(Verb::Accept, &group)), (Kind::Answer, None));
        assert_eq!(told(&here, act(Verb::Create, &uri("https://b.example/p/x"))).1, None, "not one of ours");
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), kind);
        }
    }
}
