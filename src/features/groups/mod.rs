//! Groups: founding them, joining and leaving, who does what in them, who can read them. A group lives in one house, its
//! home; other houses hold a copy of what the home says about it and the memberships of their own people (groups.md).
//! This feature never shows a post and never tells one house who of another house is a member.
//!
//! What later features may call is re-exported here; all else is private.

mod group;
mod membership;
mod standing;
mod store;

pub use group::{Charter, Group, GroupName, Hours, JoinRule, Organisation};
pub use membership::store::{
    Guest, Person, by_guest_uri, guest, guest_of, has_members_here, membership_by_id, membership_of, memberships_of, partners_with_members,
};
pub use membership::{Membership, Role, State, may_act_on};
pub use standing::{Footing, audience_for, footing, must_confirm, visible};
pub use store::{active_partners, by_uri, load, organisations, shared_since};

pub use crate::federation::policy::Reach;
