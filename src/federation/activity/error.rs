//! Why a document is refused at the edge. The texts name rules, never what the document said.

use super::json::JsonError;

/// Why a document cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It passes a limit, or is not JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// It is not an object.
    #[error("the document is not an object")]
    NotAnObject,
    /// It has no type.
    #[error("the document has no type")]
    NoType,
    /// It has two types that we know, or is an actor and a collection at once.
    #[error("the document has two types")]
    TwoTypes,
    /// It is something else than was asked for.
    #[error("the document is of another kind than expected")]
    OtherKind,
    /// It has no id that can be used.
    #[error("the document has no usable id")]
    NoId,
    /// It does not say who acts, or says so in a form that could mean two.
    #[error("the activity does not have exactly one actor")]
    NoActor,
    /// The activity's id is on another origin than its actor.
    #[error("the activity's id is not on its actor's origin")]
    ForeignId,
    /// It has several objects where one belongs.
    #[error("the activity has more than one object")]
    ManyObjects,
    /// It has more addressees, tags, attachments or items than allowed.
    #[error("the document has too many {0}")]
    TooMany(&'static str),
    /// Activities within activities within activities.
    #[error("the activity is nested too deeply")]
    TooNested,
    /// An Announce within an Announce.
    #[error("an Announce may not announce an Announce")]
    NestedAnnounce,
}

impl ReadError {
    /// A short stable name, for records and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Json(error) => error.code(),
            Self::NotAnObject => "not-an-object",
            Self::NoType => "no-type",
            Self::TwoTypes => "two-types",
            Self::OtherKind => "other-kind",
            Self::NoId => "no-id",
            Self::NoActor => "no-actor",
            Self::ForeignId => "foreign-id",
            Self::ManyObjects => "many-objects",
            Self::TooMany(_) => "too-many",
            Self::TooNested => "too-nested",
            Self::NestedAnnounce => "nested-announce",
        }
    }
}
