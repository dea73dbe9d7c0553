//! What people do with groups, one function each, in one unit of work: founding, joining, leaving, looking after people,
//! choosing readers. Pages, commands and the inbox call the same functions. Nothing here waits for the network.

mod agreeing;
mod copying;
mod entering;
mod forgetting;
mod founding;
mod hosting;
mod inviting;
mod joining;
mod keeping;
mod naming;
mod recording;
mod sharing;

use crate::base::Id;
use crate::db::{Conn, DbError, Tx};
use crate::federation::actors;
use crate::federation::here::Here;
use crate::federation::policy::Reason;

use super::group::Group;
use super::membership::Membership;
use super::membership::store::membership_of;
use super::store;

pub use agreeing::declines;
pub use copying::{GroupFacts, learn};
pub(super) use entering::send_verdict;
pub use entering::{Entrant, admit};
pub use forgetting::forget;
pub use founding::{Founding, archive, create, edit, reopen};
pub(super) use hosting::standing;
pub use hosting::{answer, let_back, pause, remove, resume, set_role};
pub use inviting::{accept_invitation, invitation_opens, invite_link, invite_persona};
pub use joining::{Joined, Joining, Left, confirm_readers, join, leave, rests};
pub use keeping::keep;
pub use naming::{heard_name, tell_name};
pub use sharing::{may_read, set_readers, stop_sharing};

/// Why something with a group cannot be done. Each has a sentence in the words of this feature ([`GroupError::key`]).
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    /// No such group, person or request for this asker.
    #[error("there is no such group or person")]
    NotFound,
    /// For hosts or moderators of the group only.
    #[error("only a host of this group can do this")]
    NotAllowed,
    /// A group keeps at least one host of its house.
    #[error("a group needs a host: make somebody else a host first")]
    LastHost,
    /// The group is for reading only.
    #[error("this group is closed for writing and joining")]
    Archived,
    /// Only with an invitation.
    #[error("this group can be joined with an invitation only")]
    InviteOnly,
    /// The hosts took this person out.
    #[error("the hosts of this group have taken this persona out")]
    Removed,
    /// The invitation was used, is over, or is for another group.
    #[error("this invitation is no longer good")]
    BadInvitation,
    /// The partner is not active, or there is no such partner.
    #[error("this organisation is not an active partner")]
    NoPartner,
    /// Agreement or rules do not let it flow.
    #[error("the agreement with this organisation or the rules of this house do not allow it ({})", .0.code())]
    Policy(Reason),
    /// This version has no groups for everyone.
    #[error("this version of Haven has no groups for everyone yet; choose the reach house or partners")]
    NotEveryone,
    /// The request was taken back, or somebody answered it already.
    #[error("this person does not ask any more: they took it back, or another host answered")]
    NotAsking,
    /// The list of readers is another one than was shown.
    #[error("other organisations can read this group than were shown; look at the list and say yes again")]
    ReadersChanged,
    /// A pause or removal says why.
    #[error("a reason is needed")]
    NoReason,
    /// A pause ends later than now, and not in more than a year.
    #[error("the end of the pause must be a day in the coming year")]
    BadEnd,
    /// Everything of this person is paused, by themselves.
    #[error("everything of this person is paused")]
    Frozen,
    /// Only at the group's home.
    #[error("this can only be done at the home of the group")]
    Elsewhere,
    /// Database trouble.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl GroupError {
    /// The key of the sentence for the person.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::NotFound => "groups-error-not-found",
            Self::NotAllowed => "groups-error-not-allowed",
            Self::LastHost => "groups-error-last-host",
            Self::Archived => "groups-error-archived",
            Self::InviteOnly => "groups-error-invite-only",
            Self::Removed => "groups-error-removed",
            Self::BadInvitation => "groups-error-bad-invitation",
            Self::NoPartner => "groups-error-no-partner",
            Self::Policy(reason) => policy_key(*reason),
            Self::NotEveryone => "groups-error-not-everyone",
            Self::NotAsking => "groups-error-not-asking",
            Self::ReadersChanged => "groups-error-readers-changed",
            Self::NoReason => "groups-error-no-reason",
            Self::BadEnd => "groups-error-bad-end",
            Self::Frozen => "groups-error-frozen",
            Self::Elsewhere => "groups-error-elsewhere",
            Self::Db(_) => "groups-error-database",
        }
    }
}

impl GroupError {
    /// Whether it is about the partners that were chosen as readers.
    pub const fn is_about_readers(&self) -> bool {
        matches!(self, Self::NoPartner | Self::Policy(_))
    }

    /// What a no of the policy is here.
    const fn of_policy(reason: Reason) -> Self {
        match reason {
            Reason::NotYetPartner | Reason::PausedPartner | Reason::EndedPartner => Self::NoPartner,
            reason => Self::Policy(reason),
        }
    }
}

/// The key of the sentence that says why the policy said no.
pub const fn policy_key(reason: Reason) -> &'static str {
    match reason {
        Reason::NotYetPartner | Reason::PausedPartner | Reason::EndedPartner => "groups-error-no-partner",
        Reason::NotAgreed => "groups-error-not-agreed",
        Reason::NotDeclared => "groups-error-not-declared",
        Reason::UnknownReaders => "groups-error-unknown-readers",
        Reason::OtherReaders => "groups-error-other-readers",
        _ => "groups-error-ruled",
    }
}

/// The group, with its changes by others kept out until the end of this unit of work.
pub(super) async fn locked(tx: &mut Tx, id: &Id) -> Result<Group, GroupError> {
    tx.lock(&format!("group {id}")).await?;
    store::load(tx, id).await?.ok_or(GroupError::NotFound)
}

/// What somebody must be to do something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Host,
    Moderator,
}

/// A group of this house and the membership by which `by` may act in it.
async fn acting(tx: &mut Tx, here: &Here, group: &Id, by: &Id, need: Need) -> Result<(Group, Membership), GroupError> {
    let group = locked(tx, group).await?;
    if !group.is_local() {
        return Err(GroupError::Elsewhere);
    }
    let who = membership_of(tx, &group.id, by).await?.ok_or(GroupError::NotAllowed)?;
    let may = match need {
        Need::Host => who.may_host(here.now),
        Need::Moderator => who.may_moderate(here.now),
    };
    if may { Ok((group, who)) } else { Err(GroupError::NotAllowed) }
}

/// A persona of this house by its actor id.
async fn persona(conn: &mut Conn, id: &Id) -> Result<actors::Actor, GroupError> {
    let actor = actors::by_id(conn, id).await?.ok_or(GroupError::NotFound)?;
    if actor.partner.is_some() || actor.kind != actors::Kind::Person || actor.gone {
        return Err(GroupError::NotFound);
    }
    Ok(actor)
}
