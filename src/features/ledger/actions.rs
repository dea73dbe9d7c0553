//! Taking leave of somebody for good: a persona of this house whose account is erased, or the guest persona of somebody who was
//! erased at a partner. Their posts go, their places in groups rest, what waits to be sent of theirs is not sent, and every
//! partner that ever heard of them is told, from the ledger and not from who is around today.

use std::time::Duration;

use crate::base::{Id, Timestamp};
use crate::db::{Db, DbError, Tx};
use crate::features::groups::{self, GroupError};
use crate::features::posts::{self, PostError};
use crate::federation::here::Here;
use crate::federation::outbox::{self, Outgoing};
use crate::federation::{actors, ledger, objects};
use crate::jobs::{self, NewJob};

use super::{store, wire};

/// Why somebody could not be taken leave of.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// No such actor.
    #[error("there is nobody of this name")]
    Nobody,
    /// A post that could not be taken away.
    #[error(transparent)]
    Post(#[from] PostError),
    /// A group that could not be left.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// Database trouble.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl PartError {
    /// The database trouble behind it, if that is what it is.
    pub fn into_db(self) -> Option<DbError> {
        match self {
            Self::Db(error) | Self::Post(PostError::Db(error)) | Self::Group(GroupError::Db(error)) => Some(error),
            _ => None,
        }
    }
}

/// Erases a persona or guest of this house: posts, places, words, name. Returns how many readable posts there were.
///
/// # Errors
/// [`PartError`]; the unit of work then fails as a whole.
pub async fn part_with(tx: &mut Tx, here: &Here, who: &Id) -> Result<u64, PartError> {
    let actor = actors::by_id(tx, who).await?.filter(actors::Actor::is_local).ok_or(PartError::Nobody)?;
    let posts = posts::take_all_away(tx, here, who, None).await?;
    groups::forget(tx, here, who).await?;
    outbox::withhold_of(tx, who, here.now).await?;
    say_farewell(tx, here, &actor, None).await?;
    actors::erase(tx, who, here.now).await?;
    objects::erased(tx, objects::ACTOR, actor.uri.as_str(), here.now).await?;
    Ok(posts)
}

/// Tells every partner that knows, or may know, an actor of ours that it is gone; `only`: once more to this one.
pub(super) async fn say_farewell(tx: &mut Tx, here: &Here, who: &actors::Actor, only: Option<&Id>) -> Result<(), DbError> {
    let to = match only {
        Some(only) => vec![only.clone()],
        None => ledger::acquaintances(tx, &who.id).await?,
    };
    let activity = wire::farewell(here, &who.uri);
    let outgoing = Outgoing { from: &who.id, thread: &who.id, to: &to, activity, about: Some(&who.uri), answers: None, receipt: true };
    outbox::publish(tx, here, outgoing).await?;
    Ok(())
}

/// Asks that the database file be cleaned of what was erased, in a minute and once more in a day.
///
/// # Errors
/// Database trouble.
pub async fn scrub_soon(tx: &mut Tx, here: &Here) -> Result<(), DbError> {
    for (key, after) in [("soon", Duration::from_mins(1)), ("later", Duration::from_hours(24))] {
        let job = NewJob { kind: super::watch::SCRUB, key: Some(key.to_owned()), payload: String::new(), run_at: here.now.plus(after) };
        jobs::enqueue(tx, &*here.chance, job).await?;
    }
    Ok(())
}

/// How it stands with a database that was put back to an older copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// When it was put back.
    pub at: Timestamp,
    /// How many erasures were applied again; `None`: not yet.
    pub replayed: Option<i64>,
}

/// Whether the house runs on an older copy that nobody has looked at yet. Nothing is sent to partners until then.
///
/// # Errors
/// Database trouble.
pub async fn restored(db: &Db) -> Result<Option<Restored>, DbError> {
    let Some(at) = db.restored().await? else { return Ok(None) };
    let mut conn = db.read().await?;
    Ok(Some(Restored { at, replayed: store::replayed(&mut conn, at).await? }))
}
