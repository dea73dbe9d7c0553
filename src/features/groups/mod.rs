//! Groups: founding them, joining and leaving, who does what in them, who can read them. A group lives in one house, its
//! home; other houses hold a copy of what the home says about it and the memberships of their own people (groups.md).
//! This feature never shows a post and never tells one house who of another house is a member.
//!
//! What later features may call is re-exported here; all else is private.

mod actions;
mod finding;
mod group;
mod inbox;
mod membership;
mod pages;
mod serving;
mod standing;
mod store;
#[cfg(test)]
mod tests;
mod wire;

use std::time::Duration;

use futures::future::BoxFuture;

use crate::base::Id;
use crate::features::personas;
use crate::jobs::{Job, Task, Trouble};
use crate::site::{Feature, Site};

pub use actions::{
    Founding, GroupError, Joined, Joining, Left, accept_invitation, confirm_readers, create, edit, forget, invitation_opens, invite_link,
    join, keep, leave, let_back, may_read, pause, remove, set_readers, set_role, stop_sharing,
};
pub use finding::{FindError, find};
pub use group::{Charter, Group, GroupName, Hours, JoinRule, Organisation};
pub use membership::store::{
    Guest, Person, by_guest_uri, every_group_of, groups_of, guest, guest_of, guests_of_person, has_members_here, hosted_alone,
    members_since, membership_by_id, membership_of, membership_of_guest, memberships_of, partners_with_members, people_of_this_house,
    stewards, taken_part_in, waiting,
};
pub use membership::{Membership, Role, State, may_act_on};
pub use pages::{ReadersForm, ReadersSheet, readers_sheet, terms};
pub use serving::{document_for, followers_for, moderators_for};
pub use standing::{Footing, audience_among, audience_for, footing, may_join, must_confirm, standing_of, visible};
pub use store::{
    Shown, active_partners, all_here, by_ids, by_uri, forget_invitations, load, old_invitations, organisations, reading_partners,
    reading_partners_at, shared_since, sharing_ended, sharing_partners,
};

pub use crate::federation::policy::Reach;

/// The work of reading the history of a partner's group; a later feature knows what is in it. Its payload begins with the group's id.
pub const HISTORY: &str = "group-history";

/// What this feature gives to the house.
pub const FEATURE: Feature = Feature { name: "groups", routes: pages::routes, receives: inbox::receives, serves: serving::serves, jobs };

fn jobs() -> Vec<Job<Site>> {
    vec![
        Job { kind: "groups-keep", every: Some(Duration::from_mins(1)), run: keep_round },
        Job { kind: personas::RENAMED, every: None, run: renamed },
    ]
}

fn renamed<'a>(site: &'a Site, task: &'a Task) -> BoxFuture<'a, Result<(), Trouble>> {
    Box::pin(async move {
        let mut tx = site.db.begin().await?;
        if let Some(persona) = Id::parse(&task.payload) {
            match actions::tell_name(&mut tx, &site.here(), &persona).await {
                Ok(()) => {}
                Err(GroupError::Db(error)) => return Err(error.into()),
                Err(_) => return Err(Trouble::Again(personas::RENAMED)),
            }
        }
        task.done(&mut tx).await?;
        Ok(tx.commit().await?)
    })
}

fn keep_round<'a>(site: &'a Site, _task: &'a Task) -> BoxFuture<'a, Result<(), Trouble>> {
    Box::pin(async move {
        let mut tx = site.db.begin().await?;
        match actions::keep(&mut tx, &site.here()).await {
            Ok(_) => Ok(tx.commit().await?),
            Err(GroupError::Db(error)) => Err(error.into()),
            Err(_) => Err(Trouble::Again("groups-keep")),
        }
    })
}
