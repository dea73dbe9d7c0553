//! What people do with posts, one function each, in one unit of work; own people, guests and moderators of partners alike.
//! [`home`] is for groups of this house, [`away`] for groups of a partner, where a wish is written down and sent, and only the
//! home's answer has an effect for others. Nothing here waits for the network, and nothing here widens an audience.

pub(super) mod again;
pub(super) mod away;
pub(super) mod closing;
pub(super) mod home;
pub(super) mod keeping;
pub(super) mod pace;
pub(super) mod people;
pub(super) mod thread;

use crate::db::DbError;

use super::post::TextProblem;

/// Why something with a post is not done. Each has a sentence ([`PostError::key`]) and a code for the wire ([`PostError::code`]).
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// No such post or group for this asker.
    #[error("there is no such post or group")]
    NotFound,
    /// The text itself.
    #[error("the text cannot be posted")]
    Text(TextProblem),
    /// Only active members write.
    #[error("only members of the group can write in it")]
    NotMember,
    /// Paused in this group.
    #[error("this persona is paused in the group")]
    Paused,
    /// Everything of the writer is paused, by themselves.
    #[error("everything of this person is paused")]
    Frozen,
    /// The group is for reading only.
    #[error("the group is for reading only")]
    Archived,
    /// The thread is closed.
    #[error("the thread is closed")]
    Closed,
    /// What it answers is gone, or not here.
    #[error("the post that is answered is not there")]
    ParentGone,
    /// What it answers still waits for the home.
    #[error("the post that is answered still waits for its home")]
    ParentWaits,
    /// The list of readers grew; it must be seen first.
    #[error("more organisations can read the group now; they must be seen first")]
    ConfirmReaders,
    /// Somebody else's, or for moderators.
    #[error("only the writer or a moderator can do this")]
    NotAllowed,
    /// Too late to take it back.
    #[error("it is too late to take this back")]
    TooLate,
    /// A removal says why.
    #[error("a reason is needed")]
    NoReason,
    /// More than a member may write in a while.
    #[error("this is too much in a short time; wait ten minutes")]
    TooFast,
    /// Only at the group's home.
    #[error("this can only be done at the home of the group")]
    Elsewhere,
    /// The group is not shared with the writer's house any more.
    #[error("the group is not shared with this organisation any more")]
    NotShared,
    /// Database trouble.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl PostError {
    /// The key of the sentence for the person.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::NotFound => "posts-error-not-found",
            Self::Text(problem) => problem.key(),
            Self::NotMember => "posts-error-not-member",
            Self::Paused => "posts-error-paused",
            Self::Frozen => "posts-error-frozen",
            Self::Archived => "posts-error-archived",
            Self::Closed => "posts-error-closed",
            Self::ParentGone => "posts-error-parent-gone",
            Self::ParentWaits => "posts-error-parent-waits",
            Self::ConfirmReaders => "posts-error-confirm-readers",
            Self::NotAllowed => "posts-error-not-allowed",
            Self::TooLate => "posts-error-too-late",
            Self::NoReason => "posts-error-no-reason",
            Self::TooFast => "posts-error-too-fast",
            Self::Elsewhere => "posts-error-elsewhere",
            Self::NotShared => "posts-error-not-shared",
            Self::Db(_) => "posts-error-database",
        }
    }

    /// The code by which a home says it to another house: the key without its beginning.
    pub fn code(&self) -> &'static str {
        self.key().strip_prefix("posts-error-").unwrap_or("refused")
    }
}

impl From<TextProblem> for PostError {
    fn from(problem: TextProblem) -> Self {
        Self::Text(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::posts::post::REFUSALS;
    use crate::web::{Lang, Words};

    #[test]
    fn every_refusal_has_a_code_on_the_wire_and_words_in_three_languages() {
        let texts = [TextProblem::Empty, TextProblem::TooLong, TextProblem::LabelTooLong, TextProblem::Language].map(PostError::Text);
        let others = [
            PostError::NotFound,
            PostError::NotMember,
            PostError::Paused,
            PostError::Archived,
            PostError::Closed,
            PostError::ParentGone,
            PostError::ParentWaits,
            PostError::ConfirmReaders,
            PostError::NotAllowed,
            PostError::TooLate,
            PostError::NoReason,
            PostError::Elsewhere,
            PostError::NotShared,
        ];
        for error in texts.iter().chain(&others) {
            assert!(REFUSALS.contains(&error.code()), "{error}");
            for lang in Lang::ALL {
                assert!(Words::new(lang).knows(error.key()), "{} in {}", error.key(), lang.code());
            }
        }
    }
}
