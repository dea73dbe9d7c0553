//! The audit log: an append-only chain of who did what to what, on what ground (NEN 7513, care R25–R28). Every feature
//! writes into it in the unit of work of the thing itself, so that nothing of note happens without its row. It holds ids
//! and codes, never content; it cannot be switched off, and nothing here changes or removes a row.

mod shown;
mod store;

use crate::base::Timestamp;
use crate::db::{Conn, DbError, Tx};

pub use shown::Shown;
pub use store::{Filter, Kept, Verdict};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A rule of the policy, or what a group is shared with, was changed.
    PolicyChanged,
    /// A partnership changed its state or its agreement.
    PartnershipChanged,
    /// A person's role in the house or in a group was changed.
    RoleChanged,
    /// Staff looked at something about a person.
    Looked,
    /// The audit log itself was read.
    AuditRead,
    /// A closed room was opened in an emergency: asked for, agreed to, used, ended.
    BrokenGlass,
    /// A copy of somebody's data was made.
    Exported,
    /// Somebody's data was erased.
    Erased,
    /// Somebody's data was frozen or thawed.
    Frozen,
    /// A consent was given, narrowed or withdrawn.
    Consent,
    /// A report or a worry was taken, decided or handed on.
    Case,
    /// An account was made, put to rest, or helped back in.
    AccountChanged,
    /// Somebody promised confidentiality, or it was recorded that they signed on paper.
    Confidentiality,
    /// Somebody objected to a use of their data, took that back, or was answered.
    Objection,
    /// The database was copied away.
    BackedUp,
    /// The database was put back to an older copy, or people went on after that.
    Restored,
    /// The house was founded or got another name.
    HouseChanged,
    /// Something that went wrong with people's data was written down, or somebody was told of it.
    Incident,
    /// A section of the assessment of risks was signed, or that was withdrawn.
    Assessment,
    /// A partner, or somebody in its name, asked for what it may not have.
    Refused,
}

impl What {
    /// All of them, for lists to choose from.
    pub const ALL: [Self; 20] = [
        Self::Looked,
        Self::BrokenGlass,
        Self::RoleChanged,
        Self::AccountChanged,
        Self::Confidentiality,
        Self::PolicyChanged,
        Self::PartnershipChanged,
        Self::Consent,
        Self::Objection,
        Self::Case,
        Self::Exported,
        Self::Erased,
        Self::Frozen,
        Self::HouseChanged,
        Self::Assessment,
        Self::BackedUp,
        Self::Restored,
        Self::Incident,
        Self::Refused,
        Self::AuditRead,
    ];

    /// The code in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PolicyChanged => "policy-changed",
            Self::PartnershipChanged => "partnership-changed",
            Self::RoleChanged => "role-changed",
            Self::Looked => "looked",
            Self::AuditRead => "audit-read",
            Self::BrokenGlass => "broken-glass",
            Self::Exported => "exported",
            Self::Erased => "erased",
            Self::Frozen => "frozen",
            Self::Consent => "consent",
            Self::Case => "case",
            Self::AccountChanged => "account-changed",
            Self::Confidentiality => "confidentiality",
            Self::Objection => "objection",
            Self::BackedUp => "backed-up",
            Self::Restored => "restored",
            Self::HouseChanged => "house-changed",
            Self::Incident => "incident",
            Self::Assessment => "assessment",
            Self::Refused => "request-refused",
        }
    }

    /// Reads [`What::as_str`]; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.as_str() == text)
    }
}

/// Where it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// On a page of this house.
    Page,
    /// On the command line of the machine.
    Command,
    /// By a partner's signed request.
    Partner,
    /// By the house itself, on time.
    Machine,
}

impl Access {
    /// The code in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Command => "command",
            Self::Partner => "partner",
            Self::Machine => "machine",
        }
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct By<'a> {
    /// The account's id; see [`By::console`] and [`By::machine`] for those without.
    pub user: &'a str,
    /// The role in which it was done.
    pub role: &'a str,
    /// Who answers for it besides: the second person of a break-glass. Empty: the one who did it.
    pub responsible: &'a str,
    /// Where.
    pub access: Access,
}

impl<'a> By<'a> {
    /// A signed-in person, on a page.
    pub const fn person(user: &'a str, role: &'a str) -> Self {
        Self { user, role, responsible: "", access: Access::Page }
    }

    /// Whoever can run commands on the machine.
    pub const fn console() -> By<'static> {
        By { user: "console", role: "operator", responsible: "", access: Access::Command }
    }

    /// The house itself.
    pub const fn machine() -> By<'static> {
        By { user: "machine", role: "machine", responsible: "", access: Access::Machine }
    }

    /// A partner; its id of ours stands for it.
    pub const fn partner(partner: &'a str) -> Self {
        Self { user: partner, role: "partner", responsible: "", access: Access::Partner }
    }
}

/// One thing to be written down.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// The present moment.
    pub at: Timestamp,
    /// What happened.
    pub what: What,
    /// False: it was asked for and refused.
    pub done: bool,
    /// Who.
    pub by: By<'a>,
    /// What for: a code, such as `care`, `safety`, `sharing`, `rights`, `running`.
    pub purpose: &'a str,
    /// Kind and id of what it concerns: `("partner", id)`, `("group", id)`, `("account", id)`.
    pub object: (&'a str, &'a str),
    /// Whose data it is, if it is somebody's: the account's id. They see the row under "Who looked?".
    pub client: &'a str,
    /// On what ground it was allowed: a role, a consent's id, a break-glass's id.
    pub ground: &'a str,
    /// The reason that was typed, or what changed in codes (`member>host`). At most 500 characters are kept.
    pub words: &'a str,
}

/// Adds a row to the chain, in the unit of work of the thing itself.
///
/// # Errors
/// Database trouble; the thing itself then does not happen either.
pub async fn record(tx: &mut Tx, event: &Event<'_>) -> Result<(), DbError> {
    store::append(tx, event).await
}

/// Adds a row unless the same person did the same to the same thing, in the same words, since `since`: for what is done again and again and
/// would otherwise fill the log, such as reading it.
///
/// # Errors
/// Database trouble.
pub async fn record_once(tx: &mut Tx, event: &Event<'_>, since: Timestamp) -> Result<(), DbError> {
    if store::is_there(tx, event, since).await? { Ok(()) } else { store::append(tx, event).await }
}

/// The number and hash of the last row: written down elsewhere, they show whether the end was cut off.
///
/// # Errors
/// Database trouble.
pub async fn head(conn: &mut Conn) -> Result<Option<(i64, String)>, DbError> {
    store::head(conn).await
}

/// Reads the whole chain and says whether it holds.
///
/// # Errors
/// Database trouble.
pub async fn verify(conn: &mut Conn) -> Result<Verdict, DbError> {
    store::verify(conn).await
}

/// Rows before `before` (a row's number; `i64::MAX` for the newest), newest first, at most `limit`.
///
/// # Errors
/// Database trouble.
pub async fn list(conn: &mut Conn, filter: &Filter<'_>, before: i64, limit: i64) -> Result<Vec<Kept>, DbError> {
    store::list(conn, filter, before, limit).await
}

#[cfg(test)]
mod tests;
