//! Who may see a case, who may read the post in it, and as whom they may act. It asks for roles in our own rows and for nothing
//! else: a house's moderator who does not moderate the group sees that there is a case and what was told, not the post.

use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError};
use crate::features::accounts::Role;
use crate::features::groups::{self, Group, Membership};
use crate::features::personas;

use super::case::{Case, Kind};

/// Somebody who looks at the desk.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// Their sign-in.
    pub account: Id,
    /// What they may do in the house.
    pub role: Role,
    /// Their personas.
    pub personas: Vec<Id>,
    /// The groups they are in.
    groups: Vec<(Group, Membership)>,
}

/// What somebody may see of a case and do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The post's text: for moderators of its group.
    pub text: bool,
    /// The persona with which they may act in the group; only at the group's home.
    pub acts_as: Option<Id>,
}

impl Sight {
    /// On what ground they look, for the record.
    pub const fn ground(&self) -> &'static str {
        if self.text { "moderates-the-group" } else { "moderates-the-house" }
    }
}

impl Viewer {
    /// Reads who somebody is.
    pub async fn load(conn: &mut Conn, account: &Id, role: Role) -> Result<Self, DbError> {
        let personas: Vec<Id> = personas::ids_of(conn, account).await?;
        let groups = groups::groups_of(conn, &personas).await?;
        Ok(Self { account: account.clone(), role, personas, groups })
    }

    /// Keeps people of the whole house safe.
    pub fn is_staff(&self) -> bool {
        self.role >= Role::Moderator
    }

    /// The membership with which they moderate this group now.
    fn moderating(&self, group: &Id, now: Timestamp) -> Option<&(Group, Membership)> {
        self.groups.iter().find(|(own, membership)| own.id == *group && membership.may_moderate(now))
    }

    /// Whether there is anything on the desk for them.
    pub fn has_a_desk(&self, now: Timestamp) -> bool {
        self.is_staff() || self.groups.iter().any(|(group, membership)| group.is_local() && membership.may_moderate(now))
    }

    /// What they may see of this case; `None`: for them it does not exist. Nobody sees a case about themselves.
    pub fn sees(&self, case: &Case, now: Timestamp) -> Option<Sight> {
        if case.author.as_ref().is_some_and(|author| self.personas.contains(author)) {
            return None;
        }
        let moderating = case.group.as_ref().and_then(|group| self.moderating(group, now));
        let at_home = moderating.filter(|(group, _)| group.is_local());
        let as_staff = self.is_staff() && (case.kind == Kind::Worry || case.for_staff);
        if at_home.is_none() && !as_staff {
            return None;
        }
        Some(Sight { text: moderating.is_some(), acts_as: at_home.map(|(_, membership)| membership.actor.clone()) })
    }
}

/// Whether a case about this writer needs somebody of the house besides the group's own moderators: when the writer is one of
/// them, or when none of them is of this house.
pub async fn needs_staff(conn: &mut Conn, group: &Group, author: &Id, now: Timestamp) -> Result<bool, DbError> {
    if !group.is_local() {
        return Ok(true);
    }
    let mut others = 0;
    for steward in groups::stewards(conn, &group.id).await? {
        if steward.membership.actor == *author {
            return Ok(true);
        }
        if steward.membership.may_moderate(now) && groups::guest(conn, &steward.membership.actor).await?.is_none() {
            others += 1;
        }
    }
    Ok(others == 0)
}
