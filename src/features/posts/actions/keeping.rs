//! What is done with everything somebody wrote at once, without reading it: pausing and going on, a copy for themselves, and
//! letting go of what is past its time.

use serde::Serialize;

use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::federation::here::Here;
use crate::federation::outbox;

use super::super::store::{self, freeze as rows, kept, old};

/// Hides everything a persona wrote, here at once, and holds what has not left yet. Copies at partners stay as they are.
///
/// # Errors
/// Database trouble.
pub async fn freeze(tx: &mut Tx, author: &Id) -> Result<(), DbError> {
    outbox::hold(tx, author).await?;
    for root in rows::freeze(tx, author).await? {
        store::relist(tx, &root).await?;
    }
    Ok(())
}

/// Shows everything again and lets go what was held.
///
/// # Errors
/// Database trouble.
pub async fn thaw(tx: &mut Tx, here: &Here, author: &Id) -> Result<(), DbError> {
    outbox::release(tx, author, here.now).await?;
    for root in rows::thaw(tx, author).await? {
        store::relist(tx, &root).await?;
    }
    Ok(())
}

/// A draft in a person's own copy.
#[derive(Clone, Debug, Serialize)]
pub struct OwnDraft {
    /// Id of the group it is for.
    pub group: String,
    /// Id of the post it answers; empty for a new thread.
    pub answers: String,
    /// The text.
    pub text: String,
    /// Its language.
    pub language: String,
    /// Its topic.
    pub topic: String,
    /// When it was last touched.
    pub saved: String,
}

/// A notice in a person's own copy: that somebody answered or named them, not what they said.
#[derive(Clone, Debug, Serialize)]
pub struct OwnNotice {
    /// Page of the post.
    pub post: String,
    /// `answer` or `mention`.
    pub kind: String,
    /// When.
    pub at: String,
}

/// Drafts and notices of these personas.
///
/// # Errors
/// Database trouble.
pub async fn own_kept(conn: &mut Conn, personas: &[Id]) -> Result<(Vec<OwnDraft>, Vec<OwnNotice>), DbError> {
    let drafts = kept::all_drafts(conn, personas).await?.into_iter().map(|draft| OwnDraft {
        saved: draft.saved().rfc3339(),
        group: draft.group_id,
        answers: draft.parent_id,
        text: draft.source,
        language: draft.lang,
        topic: draft.label,
    });
    let drafts = drafts.collect();
    let notices = kept::all_notices(conn, personas).await?.into_iter().map(|(post, kind, at)| OwnNotice {
        post: format!("/o/{post}"),
        kind,
        at: Timestamp::from_millis(at).rfc3339(),
    });
    Ok((drafts, notices.collect()))
}

/// When the oldest draft of these personas was last touched.
///
/// # Errors
/// Database trouble.
pub async fn oldest_draft(conn: &mut Conn, personas: &[Id]) -> Result<Option<Timestamp>, DbError> {
    let mut oldest = None;
    for persona in personas {
        oldest = oldest.into_iter().chain(old::oldest_draft(conn, persona).await?).min();
    }
    Ok(oldest)
}

/// Something that is kept for a time: how many are past it, and letting go of a bounded number of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// Drafts nobody touched.
    Drafts,
    /// Notices.
    Notices,
    /// The record of who had a post that is gone.
    Disclosures,
}

impl Old {
    /// How many are past their time.
    ///
    /// # Errors
    /// Database trouble.
    pub async fn due(self, conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
        match self {
            Self::Drafts => old::drafts(conn, before).await,
            Self::Notices => old::notices(conn, before).await,
            Self::Disclosures => old::gone(conn, before).await,
        }
    }

    /// Lets go of at most `most`.
    ///
    /// # Errors
    /// Database trouble.
    pub async fn let_go(self, tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
        match self {
            Self::Drafts => old::forget_drafts(tx, before, most).await,
            Self::Notices => old::forget_notices(tx, before, most).await,
            Self::Disclosures => {
                let mut gone = 0;
                for about in old::gone_addresses(tx, before, most).await? {
                    gone += outbox::forget_about(tx, &about).await?;
                }
                Ok(gone)
            }
        }
    }
}
