//! What of a group's life is written into the audit log: roles, pauses, removals, and who else may read it. The row names the
//! person behind the persona that acted, since that person answers for it; the log never leaves the house. A reason that was
//! typed stays with the membership and is not copied here.

use crate::audit::{self, By, Event, What};
use crate::base::Id;
use crate::db::{DbError, Tx};
use crate::features::personas;
use crate::federation::here::Here;

use super::super::group::Group;
use super::super::membership::{Membership, Role};

/// In which role somebody acts in a group.
const fn role_of(role: Role) -> &'static str {
    match role {
        Role::Host => "group-host",
        Role::Moderator => "group-moderator",
        Role::Member => "member",
    }
}

/// The person behind a persona of this house; a guest has none here.
async fn person_of(tx: &mut Tx, persona: &Id) -> Result<Option<Id>, DbError> {
    Ok(personas::by_id(tx, persona).await?.map(|persona| persona.account))
}

/// A role, a pause or a removal in a group: `words` says what changed, in codes.
pub(super) async fn about(tx: &mut Tx, here: &Here, who: &Membership, whom: &Membership, words: &str) -> Result<(), DbError> {
    let client = person_of(tx, &whom.actor).await?;
    let object = ("membership", whom.id.as_str());
    let client = client.as_ref().map_or("", Id::as_str);
    write(tx, here, (What::RoleChanged, who), (object, client, "safety"), words).await
}

/// Who else may read a group was changed: partners added and taken away, by their ids here.
pub(super) async fn readers(
    tx: &mut Tx,
    here: &Here,
    (group, who): (&Group, &Membership),
    (added, removed): (&[Id], &[Id]),
) -> Result<(), DbError> {
    let list = |ids: &[Id]| ids.iter().map(Id::as_str).collect::<Vec<_>>().join(",");
    let words = format!("added:{} removed:{}", list(added), list(removed));
    write(tx, here, (What::PolicyChanged, who), (("group", group.id.as_str()), "", "sharing"), &words).await
}

async fn write(
    tx: &mut Tx,
    here: &Here,
    (what, who): (What, &Membership),
    (object, client, purpose): ((&str, &str), &str, &str),
    words: &str,
) -> Result<(), DbError> {
    let person = person_of(tx, &who.actor).await?;
    let role = role_of(who.role);
    // A moderator of a partner acts through a guest persona: that is all we know of them.
    let by = person.as_ref().map_or(By::partner(who.actor.as_str()), |person| By::person(person.as_str(), role));
    audit::record(tx, &Event { at: here.now, what, done: true, by, purpose, object, client, ground: role, words }).await
}
