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

use crate::jobs::{Job, Task, Trouble};
use crate::site::{Feature, Site};

pub use actions::{
    Founding, GroupError, Joined, Joining, Left, accept_invitation, confirm_readers, create, edit, invitation_opens, invite_link, join,
    leave, set_readers, set_role,
};
pub use finding::{FindError, find};
pub use group::{Charter, Group, GroupName, Hours, JoinRule, Organisation};
pub use membership::store::{
    Guest, Person, by_guest_uri, groups_of, guest, guest_of, has_members_here, membership_by_id, membership_of, memberships_of,
    partners_with_members, people_of_this_house, stewards, waiting,
};
pub use membership::{Membership, Role, State, may_act_on};
pub use pages::terms;
pub use serving::{document_for, followers_for, moderators_for};
pub use standing::{Footing, audience_for, footing, must_confirm, visible};
pub use store::{active_partners, all_here, by_uri, load, organisations, shared_since};

pub use crate::federation::policy::Reach;

/// What this feature gives to the house.
pub const FEATURE: Feature = Feature { name: "groups", routes: pages::routes, receives: inbox::receives, serves: serving::serves, jobs };

fn jobs() -> Vec<Job<Site>> {
    vec![Job { kind: "groups-keep", every: Some(Duration::from_mins(1)), run: keep_round }]
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
