//! Taking somebody out of all groups for good, when everything of theirs is erased: a persona of this house, or the guest
//! persona of somebody elsewhere. Nobody is kept in a group against their will, not even its last host.

use crate::base::Id;
use crate::db::Tx;
use crate::federation::actors;
use crate::federation::here::Here;

use super::super::membership::Role;
use super::super::membership::store::{all_of, forget_words, stewards};
use super::joining::let_go;
use super::sharing::announce;
use super::{GroupError, locked};

/// Brings every membership of this persona or guest to rest, empties the words in them, and takes the name off the pages of
/// groups it was the host of. To be called while the actor still has its name.
///
/// # Errors
/// [`GroupError::NotFound`] when there is no such actor.
pub async fn forget(tx: &mut Tx, here: &Here, who: &Id) -> Result<(), GroupError> {
    let name = actors::by_id(tx, who).await?.ok_or(GroupError::NotFound)?.name;
    for membership in all_of(tx, who).await? {
        let group = membership.group.clone();
        let_go(tx, here, membership).await?;
        let mut group = locked(tx, &group).await?;
        if group.is_local() && !name.is_empty() && group.host_name == name {
            let people = stewards(tx, &group.id).await?;
            let host = people.into_iter().find(|person| person.membership.role == Role::Host && person.membership.actor != *who);
            group.host_name = host.map(|host| host.name).unwrap_or_default();
            announce(tx, here, &mut group, &[]).await?;
        }
    }
    Ok(forget_words(tx, who).await?)
}
