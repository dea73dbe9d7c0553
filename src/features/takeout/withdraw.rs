//! Taking back the yes to a group's readers: from the commit on nothing new of the person goes to them, what waits is called
//! back, what they wrote in the group is taken away everywhere with receipts, and they leave it. Leaving is the honest form:
//! a group has one list of readers, and nobody can be in it for some of them only.

use crate::base::Id;
use crate::db::{DbError, Tx};
use crate::features::consents::{self, Flags, Purpose, Said, State};
use crate::features::groups::{self, GroupError, Membership};
use crate::features::posts::{self, PostError};
use crate::federation::Here;

use super::pause::actors_of;

/// Why a yes is not taken back.
#[derive(Debug, thiserror::Error)]
pub enum WithdrawError {
    /// The group: the last host, no such group.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// A post.
    #[error(transparent)]
    Post(#[from] PostError),
    /// Database trouble.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Takes it back. Returns how many readable posts were taken away.
///
/// # Errors
/// [`WithdrawError`]; nothing is done then.
pub async fn withdraw(tx: &mut Tx, here: &Here, account: &Id, group: &Id) -> Result<u64, WithdrawError> {
    let group = groups::load(tx, group).await?.ok_or(GroupError::NotFound)?;
    let people = actors_of(tx, account).await?;
    let mut gone = 0;
    for person in &people {
        gone += posts::take_all_away(tx, here, person, Some(&group.id)).await?;
    }
    let memberships: Vec<Membership> = groups::memberships_of(tx, &group.id, &people).await?;
    // Who never was in the group learns neither its name nor that it is there (threats WEB-13).
    if memberships.is_empty() && gone == 0 {
        return Err(GroupError::NotFound.into());
    }
    for membership in &memberships {
        match groups::leave(tx, here, &group.id, &membership.actor, false).await {
            // A name that is not used any more was taken out of its groups already.
            Ok(_) | Err(GroupError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let said = Said { title: &group.name, words: "", lang: "", version: group.list_version };
    let flags = Flags { visibility: true, ..Flags::default() };
    consents::record(tx, here, account, Purpose::Share(group.id.clone()), (State::Withdrawn, flags), said).await?;
    Ok(gone)
}
