//! The plain values of this feature: an account, a session, an invitation, and how long each lasts.
//! Nothing here reads a row or a page.

use std::time::Duration;

use super::agent::Agent;
use super::role::Role;
use super::token::Token;
use crate::base::{Id, Sensitive, Timestamp};

/// How long a session lasts without being used.
pub const SESSION_IDLE: Duration = Duration::from_hours(30 * 24);
/// How long an invitation can be used.
pub const INVITATION_LASTS: Duration = Duration::from_hours(30 * 24);
/// How long the link for the first admin can be used; each start without an admin prints a new one.
pub const SETUP_LASTS: Duration = Duration::from_hours(7 * 24);
/// How long a printed sign-in link can be used.
pub const SIGN_IN_LINK_LASTS: Duration = Duration::from_hours(24);
/// How long after a sign-in by link the passphrase may be set anew without the old one.
pub const RESET_WINDOW: Duration = Duration::from_hours(1);
/// Most invitations that are made at once.
pub const MOST_INVITATIONS: u32 = 50;
/// Most sessions of one account; the oldest end first.
pub const MOST_SESSIONS: i64 = 50;

/// An account as staff sees it: name, role, and whether it is at rest. No activity (care I5).
#[derive(Clone, Debug)]
pub struct Account {
    /// Its id; never leaves the instance.
    pub id: Id,
    /// As its owner wrote it.
    pub sign_in_name: Sensitive<String>,
    /// What it may do.
    pub role: Role,
    /// What its owner's pages call them.
    pub called: Sensitive<String>,
    /// Put to rest: it cannot sign in.
    pub deactivated: bool,
}

/// One of a person's own sessions.
#[derive(Clone, Debug)]
pub struct Session {
    /// For ending it.
    pub id: Id,
    /// Which browser on what.
    pub agent: Agent,
    /// When it began.
    pub created_at: Timestamp,
    /// The day of its last use.
    pub seen_day: Timestamp,
}

/// What the cookie of a request says: who, with which role, and what is to be done to the session.
#[derive(Clone, Debug)]
pub struct Presence {
    /// The session.
    pub session: Id,
    /// The account.
    pub account: Id,
    /// Its role now.
    pub role: Role,
    /// What its pages call it.
    pub called: Sensitive<String>,
    /// The day of last use, as stored.
    pub seen_day: Timestamp,
    /// Whether the token is to be replaced now.
    pub renew: bool,
    /// Until when a new passphrase needs no old one.
    pub reset_until: Timestamp,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    /// Can be used.
    Open,
    /// Was used.
    Used,
    /// Was withdrawn by staff.
    Revoked,
    /// Is too old.
    Expired,
}

impl InvitationState {
    /// The key of its word on pages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "accounts-invitation-open",
            Self::Used => "accounts-invitation-used",
            Self::Revoked => "accounts-invitation-revoked",
            Self::Expired => "accounts-invitation-expired",
        }
    }
}

/// An invitation as staff sees it in the list.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// For withdrawing it.
    pub id: Id,
    /// The two words on the paper.
    pub label: String,
    /// What the account it makes may do.
    pub role: Role,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// What became of it.
    pub state: InvitationState,
}

/// A new invitation: the only moment at which its token is known.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// The two words on the paper.
    pub label: String,
    /// What the account it makes may do.
    pub role: Role,
    /// The secret of the link.
    pub token: Token,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

/// Which link makes the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// `/invite/<token>`.
    Invite,
    /// `/setup/<token>`: the first admin.
    Setup,
}

impl Door {
    /// As stored and as the first part of the path.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Setup => "setup",
        }
    }
}
