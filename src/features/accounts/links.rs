//! One-use links: the one that makes the first admin, invitations, and sign-in links for someone who forgot. A link is
//! shown once, when it is made; the database holds its hash. Nobody is asked for an address or a number to send it to.

use super::account::{Door, INVITATION_LASTS, NewInvitation, RESET_WINDOW, SETUP_LASTS, SIGN_IN_LINK_LASTS};
use super::account::{Invitation, MOST_INVITATIONS};
use super::actions::{ADMINS, AccountError, by_staff, written};
use super::role::Role;
use super::sessions::{self, Opening};
use super::store;
use super::token::Token;
use crate::audit::{self, By, Event, What};
use crate::base::{Chance, Id, Iri, Origin, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::federation::Here;
use crate::web::{Lang, Words};

/// The address of an invitation or of the first admin's link.
pub fn address(origin: &Origin, door: Door, token: &Token) -> Iri {
    origin.at(&format!("/{}/{}", door.as_str(), token.reveal()))
}

/// The address of a sign-in link.
pub fn sign_in_address(origin: &Origin, token: &Token) -> Iri {
    origin.at(&format!("/sign-in/link/{}", token.reveal()))
}

/// Two calm words, drawn by chance: what an invitation is called on paper and in the list.
pub fn friendly_words(chance: &dyn Chance, t: Words) -> String {
    let pick = |key: &str| {
        let list = t.say(key);
        let words: Vec<&str> = list.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
        let at = usize::try_from(chance.below(words.len() as u64)).unwrap_or(0);
        words.get(at).copied().unwrap_or_default().to_owned()
    };
    format!("{} {}", pick("accounts-calm-first"), pick("accounts-calm-second"))
}

/// The link that makes the first admin, when there is no admin: printed at the first start. An earlier one stops working.
///
/// # Errors
/// When the database does not answer.
pub async fn setup_link(tx: &mut Tx, here: &Here) -> Result<Option<Iri>, DbError> {
    tx.lock(ADMINS).await?;
    if store::active_admins(tx).await? > 0 {
        return Ok(None);
    }
    store::revoke_setup(tx, here.now).await?;
    let new = NewInvitation {
        label: String::new(),
        role: Role::Admin,
        token: Token::random(&*here.chance),
        expires_at: here.now.plus(SETUP_LASTS),
    };
    store::insert_invitation(tx, here.now, (&here.id(), Door::Setup.as_str()), &new, None).await?;
    Ok(Some(address(&here.origin, Door::Setup, &new.token)))
}

/// Makes invitations as staff. The role is read again inside this unit of work.
///
/// # Errors
/// [`AccountError::NotAllowed`] when `by` may not give this role; the database.
pub async fn invite(tx: &mut Tx, here: &Here, by: &Id, what: Invite) -> Result<Vec<NewInvitation>, AccountError> {
    let maker = store::account(tx, by).await?.filter(|account| !account.deactivated && account.role.may_grant(what.role));
    let maker = maker.ok_or(AccountError::NotAllowed)?;
    let made = make_invitations(tx, here, Some(by), what).await?;
    invited(tx, here, by_staff(&maker), what).await?;
    Ok(made)
}

/// Makes invitations from the command line, where the operating system says who may.
///
/// # Errors
/// When the database does not answer.
pub async fn invite_from_console(tx: &mut Tx, here: &Here, role: Role, count: u32) -> Result<Vec<Iri>, DbError> {
    let what = Invite { role, count, lang: Lang::En };
    let made = make_invitations(tx, here, None, what).await?;
    invited(tx, here, By::console(), what).await?;
    Ok(made.iter().map(|new| address(&here.origin, Door::Invite, &new.token)).collect())
}

/// Writes down that invitations for more than a member were made.
async fn invited(tx: &mut Tx, here: &Here, by: By<'_>, what: Invite) -> Result<(), DbError> {
    if what.role == Role::Member {
        return Ok(());
    }
    let words = format!("invitations:{}", what.count.min(MOST_INVITATIONS));
    let object = ("role", what.role.as_str());
    let event = Event {
        at: here.now,
        what: What::RoleChanged,
        done: true,
        by,
        purpose: "running",
        object,
        client: "",
        ground: by.role,
        words: &words,
    };
    audit::record(tx, &event).await
}

/// Which invitations to make.
#[derive(Clone, Copy, Debug)]
pub struct Invite {
    /// For which role.
    pub role: Role,
    /// How many.
    pub count: u32,
    /// The language of the two words on each.
    pub lang: Lang,
}

async fn make_invitations(tx: &mut Tx, here: &Here, by: Option<&Id>, what: Invite) -> Result<Vec<NewInvitation>, DbError> {
    let mut made = Vec::new();
    for _ in 0..what.count.min(MOST_INVITATIONS) {
        let new = NewInvitation {
            label: friendly_words(&*here.chance, Words::new(what.lang)),
            role: what.role,
            token: Token::random(&*here.chance),
            expires_at: here.now.plus(INVITATION_LASTS),
        };
        store::insert_invitation(tx, here.now, (&here.id(), Door::Invite.as_str()), &new, by).await?;
        made.push(new);
    }
    Ok(made)
}

/// Withdraws an invitation. Staff withdraw what they could have given.
///
/// # Errors
/// [`AccountError`].
pub async fn revoke(tx: &mut Tx, here: &Here, by: &Id, invitation: &Id) -> Result<(), AccountError> {
    let by = store::account(tx, by).await?.filter(|account| !account.deactivated).ok_or(AccountError::NotAllowed)?;
    if store::revoke_invitation(tx, invitation, &by.role.grants(), here.now).await? { Ok(()) } else { Err(AccountError::Unknown) }
}

/// Invitations, newest first, before `(made_at, id)`.
///
/// # Errors
/// When the database does not answer.
pub async fn list(conn: &mut Conn, now: Timestamp, before: (Timestamp, &str), limit: i64) -> Result<Vec<Invitation>, DbError> {
    store::invitations_before(conn, now, before, limit).await
}

/// The role a link gives, while it can be used. Unknown, used, withdrawn and old links are the same: `None`.
///
/// # Errors
/// When the database does not answer.
pub async fn look_at(conn: &mut Conn, now: Timestamp, door: Door, token: &Token) -> Result<Option<Role>, DbError> {
    let role = store::open_invitation(conn, door.as_str(), &token.hash(), now).await?;
    if role.is_some() && door == Door::Setup && store::active_admins(conn).await? > 0 {
        return Ok(None);
    }
    Ok(role)
}

/// Uses a link up in the unit of work that makes the account: of many at once, one gets the role (threats WEB-12).
///
/// # Errors
/// When the database does not answer.
pub async fn redeem(tx: &mut Tx, now: Timestamp, door: Door, token: &Token) -> Result<Option<Role>, DbError> {
    if door == Door::Setup {
        tx.lock(ADMINS).await?;
        if store::active_admins(tx).await? > 0 {
            return Ok(None);
        }
    }
    store::use_invitation(tx, door.as_str(), &token.hash(), now).await
}

/// Makes a sign-in link as staff for someone who forgot; an earlier one stops working.
///
/// # Errors
/// [`AccountError::NotAllowed`] for someone of the same or a higher role.
pub async fn sign_in_link(tx: &mut Tx, here: &Here, by: &Id, whom: &Id) -> Result<Iri, AccountError> {
    let by = store::account(tx, by).await?.filter(|account| !account.deactivated).ok_or(AccountError::NotAllowed)?;
    let whom = store::account(tx, whom).await?.filter(|account| !account.deactivated).ok_or(AccountError::Unknown)?;
    if !by.role.may_look_after(whom.role) {
        return Err(AccountError::NotAllowed);
    }
    let link = make_sign_in_link(tx, here, &whom.id).await?;
    written(tx, here.now, (What::AccountChanged, by_staff(&by)), &whom.id, (by.role.as_str(), "sign-in-link")).await?;
    Ok(link)
}

/// Makes a sign-in link from the command line.
///
/// # Errors
/// [`AccountError::Unknown`] when no active account has this name.
pub async fn sign_in_link_from_console(tx: &mut Tx, here: &Here, name: &str) -> Result<Iri, AccountError> {
    let folded = super::name::folded(name);
    let whom = store::account_by_name(tx, &folded).await?.filter(|account| !account.deactivated).ok_or(AccountError::Unknown)?;
    let link = make_sign_in_link(tx, here, &whom.id).await?;
    written(tx, here.now, (What::AccountChanged, By::console()), &whom.id, ("console", "sign-in-link")).await?;
    Ok(link)
}

async fn make_sign_in_link(tx: &mut Tx, here: &Here, account: &Id) -> Result<Iri, DbError> {
    let token = Token::random(&*here.chance);
    store::insert_sign_in_link(tx, account, &token.hash(), here.now.plus(SIGN_IN_LINK_LASTS)).await?;
    Ok(sign_in_address(&here.origin, &token))
}

/// Whether a sign-in link can be used. Looking does not use it.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_in_link_is_open(conn: &mut Conn, now: Timestamp, token: &Token) -> Result<bool, DbError> {
    store::sign_in_link_is_open(conn, &token.hash(), now).await
}

/// Signs in by link, once. For an hour this session may set a new passphrase without the old one.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_in_by_link(tx: &mut Tx, here: &Here, token: &Token, opening: Opening) -> Result<Option<Token>, DbError> {
    let Some(account) = store::use_sign_in_link(tx, &token.hash(), here.now).await? else { return Ok(None) };
    let opening = Opening { reset_until: here.now.plus(RESET_WINDOW), ..opening };
    sessions::open(tx, here, &account, opening).await.map(Some)
}
