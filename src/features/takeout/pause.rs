//! "Pause everything of mine": kept, unseen, and nothing new leaves. The account signs in as before and one button goes on.
//! The pause is one mark on each persona: `outbox` holds what is theirs, posts become `frozen`, lists of people leave them out.

use crate::audit::{self, By, Event, What};
use crate::base::Id;
use crate::db::{DbError, Tx};
use crate::features::posts::{self, PostError, State};
use crate::features::{accounts, personas};
use crate::federation::{Here, actors};

/// Why nothing is paused.
#[derive(Debug, thiserror::Error)]
pub enum PauseError {
    /// A post could not be taken back.
    #[error(transparent)]
    Post(#[from] PostError),
    /// Database trouble.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// All actors of an account, also of retired personas.
pub(super) async fn actors_of(tx: &mut crate::db::Conn, account: &Id) -> Result<Vec<Id>, DbError> {
    let names = personas::own_copy(tx, account).await?;
    Ok(names.iter().filter_map(|name| Id::parse(&name.actor)).collect())
}

/// Pauses everything of a person. With `take_back` the copies at partners are taken away too; each such post can be brought back
/// for a week.
///
/// # Errors
/// [`PauseError`].
pub async fn freeze(tx: &mut Tx, here: &Here, account: &Id, by: By<'_>, take_back: bool) -> Result<(), PauseError> {
    tx.lock(&format!("personas {account}")).await?;
    let people = actors_of(tx, account).await?;
    if take_back {
        for post in posts::own_copy(tx, &people).await? {
            let left = post.origin_uri.is_some() || posts::has_left(tx, &post).await?;
            if left && matches!(post.state, State::Posted | State::Frozen | State::Waiting) {
                posts::delete(tx, here, &post.id, &people, false).await?;
            }
        }
    }
    accounts::set_frozen(tx, account, Some(here.now)).await?;
    for person in &people {
        actors::set_frozen(tx, person, Some(here.now)).await?;
        posts::freeze(tx, person).await?;
    }
    Ok(write_down(tx, here, account, by, if take_back { "frozen and taken back" } else { "frozen" }).await?)
}

/// Lets everything of a person go on.
///
/// # Errors
/// [`PauseError`].
pub async fn thaw(tx: &mut Tx, here: &Here, account: &Id, by: By<'_>) -> Result<(), PauseError> {
    tx.lock(&format!("personas {account}")).await?;
    accounts::set_frozen(tx, account, None).await?;
    for person in actors_of(tx, account).await? {
        actors::set_frozen(tx, &person, None).await?;
        posts::thaw(tx, here, &person).await?;
    }
    Ok(write_down(tx, here, account, by, "thawed").await?)
}

async fn write_down(tx: &mut Tx, here: &Here, account: &Id, by: By<'_>, words: &str) -> Result<(), DbError> {
    let event = Event {
        at: here.now,
        what: What::Frozen,
        done: true,
        by,
        purpose: "rights",
        object: ("account", account.as_str()),
        client: account.as_str(),
        ground: "own wish",
        words,
    };
    audit::record(tx, &event).await
}
