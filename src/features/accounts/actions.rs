//! What happens to an account: it is made, signs in, gets a new passphrase or role, rests, is erased. Each is one unit
//! of work, whoever asks: a page, the command line or a test. Nothing here leaves the instance.

use std::net::IpAddr;

use serde::Serialize;

use super::account::{Account, Door, Presence, Session};
use super::attempts;
use super::confidentiality::{self, OwnStatement};
use super::known;
use super::name::{SignInName, folded};
use super::pace::Bucket;
use super::passphrase::{self, Busy, Hashed, Passphrase, PassphraseFault};
use super::role::Role;
use super::sessions::{self, Opening};
use super::store;
use super::token::Token;
use crate::audit::{self, By, Event, What};
use crate::base::{Id, Sensitive, Timestamp};
use crate::db::{Conn, Db, DbError, Tx};
use crate::federation::Here;

/// Serialises what would leave the instance without an admin, or make two first ones.
pub(super) const ADMINS: &str = "accounts-admins";

/// Why an account cannot be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Someone has this sign-in name.
    #[error("this sign-in name is taken")]
    NameTaken,
    /// There is no such account.
    #[error("there is no account with this name")]
    Unknown,
    /// The role of who asks does not allow it.
    #[error("your role does not allow this")]
    NotAllowed,
    /// The instance would be left without an admin.
    #[error("this is the last admin; make someone else admin first")]
    LastAdmin,
    /// No promise of confidentiality of this person is on record, and the role asks for one (care R33).
    #[error("this person has not promised confidentiality yet; they do it on the page /me/confidentiality, or an admin records the paper")]
    NoPromise,
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What an account is made of.
pub struct NewAccount<'a> {
    /// The sign-in name.
    pub name: &'a SignInName,
    /// The hashed passphrase.
    pub passphrase: &'a Hashed,
    /// What it may do.
    pub role: Role,
    /// What its pages call it; the name of its first persona.
    pub called: &'a str,
    /// How it came to be.
    pub made: Made,
}

/// How an account comes to be: what its first row in the audit log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// By a link that somebody was given.
    Link(Door),
    /// From the command line.
    Console,
}

/// Makes an account.
///
/// # Errors
/// [`AccountError::NameTaken`], or the database.
pub async fn create(tx: &mut Tx, here: &Here, new: NewAccount<'_>) -> Result<Id, AccountError> {
    let id = here.id();
    let row = store::AccountToInsert {
        id: &id,
        sign_in_name: new.name.as_str(),
        folded: new.name.folded(),
        passphrase: new.passphrase,
        role: new.role,
        called: new.called,
    };
    if !store::insert_account(tx, here.now, row).await? {
        return Err(AccountError::NameTaken);
    }
    let (by, ground) = match new.made {
        Made::Console => (By::console(), "console"),
        Made::Link(Door::Invite) => (By::person(id.as_str(), new.role.as_str()), "invitation"),
        Made::Link(Door::Setup) => (By::person(id.as_str(), new.role.as_str()), "setup"),
    };
    let words = format!("made>{}", new.role.as_str());
    written(tx, here.now, (What::AccountChanged, by), &id, (ground, &words)).await?;
    Ok(id)
}

/// Writes down what is done to an account, in its unit of work.
pub(super) async fn written(
    tx: &mut Tx,
    at: Timestamp,
    (what, by): (What, By<'_>),
    whom: &Id,
    (ground, words): (&str, &str),
) -> Result<(), DbError> {
    let object = ("account", whom.as_str());
    audit::record(tx, &Event { at, what, done: true, by, purpose: "running", object, client: whom.as_str(), ground, words }).await
}

/// By a member of staff, in their role.
pub(super) fn by_staff(staff: &Account) -> By<'_> {
    By::person(staff.id.as_str(), staff.role.as_str())
}

/// Staff open the page of a person: the person sees it under "Who looked?". One's own page is not written down.
///
/// # Errors
/// When the database does not answer.
pub async fn look(tx: &mut Tx, here: &Here, by: By<'_>, whom: &Id) -> Result<(), DbError> {
    if by.user == whom.as_str() { Ok(()) } else { written(tx, here.now, (What::Looked, by), whom, (by.role, "person")).await }
}

/// Writes down that somebody of the staff looks at the list of sign-in names: one row for each person and day (UTC).
///
/// # Errors
/// When the database does not answer.
pub async fn look_at_all(tx: &mut Tx, here: &Here, by: By<'_>) -> Result<(), DbError> {
    let event = Event {
        at: here.now,
        what: What::Looked,
        done: true,
        by,
        purpose: "accounts",
        object: ("accounts", ""),
        client: "",
        ground: by.role,
        words: "list",
    };
    audit::record_once(tx, &event, here.now.day()).await
}

/// The account with this id.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(conn: &mut Conn, id: &Id) -> Result<Option<Account>, DbError> {
    store::account(conn, id).await
}

/// The account with this sign-in name, however its capitals and spaces are written.
///
/// # Errors
/// When the database does not answer.
pub async fn by_sign_in_name(conn: &mut Conn, name: &str) -> Result<Option<Account>, DbError> {
    store::account_by_name(conn, &folded(name)).await
}

/// Changes what an account's own pages call it.
///
/// # Errors
/// When the database does not answer.
pub async fn set_called(tx: &mut Tx, account: &Id, called: &str) -> Result<(), DbError> {
    store::set_called(tx, account, called).await
}

/// Why someone is not signed in. It never says whether the name exists.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Name or passphrase.
    #[error("this name and passphrase do not belong together")]
    Wrong,
    /// Too many attempts: seconds to wait.
    #[error("wait {0} seconds before the next try")]
    Wait(u64),
    /// Too many people at this moment.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// An attempt to sign in.
pub struct Attempt<'a> {
    /// As typed.
    pub name: &'a str,
    /// As typed.
    pub passphrase: &'a str,
    /// The other end of the connection.
    pub address: Option<IpAddr>,
}

/// Signs in with name and passphrase; the token is for the cookie. An unknown name takes as long as a known one,
/// and attempts are counted before they are tried, so that a thousand at once gain nothing.
///
/// # Errors
/// [`SignInError`].
pub async fn sign_in(db: &Db, here: &Here, attempt: Attempt<'_>, opening: Opening) -> Result<Token, SignInError> {
    let Some(passphrase) = Passphrase::attempt(attempt.passphrase).filter(|_| attempt.name.len() <= 1024) else {
        return Err(SignInError::Wrong);
    };
    let name = folded(attempt.name);
    let mut reader = db.read().await?;
    let (account, hashed) = store::credentials(&mut reader, &name).await?.unzip();
    let asked = account.clone().zip(hashed.clone());
    let known = known::recognise(&mut reader, opening.browser.as_ref(), account.as_ref(), here.now).await?;
    drop(reader);
    let counted = attempts::begin(db, here, (&name, attempt.address), known.as_deref()).await?;
    let right = passphrase::verify(hashed, passphrase).await?;
    let Some(account) = account.filter(|_| right) else { return Err(SignInError::Wrong) };

    let mut tx = db.begin().await?;
    tx.lock(&lock_of(&account)).await?;
    // Hashing takes a while: a passphrase that was changed meanwhile, or an account put to rest, opens nothing.
    if store::credentials(&mut tx, &name).await? != asked {
        return Err(SignInError::Wrong);
    }
    counted.was_right(&mut tx).await?;
    let token = sessions::open(&mut tx, here, &account, opening).await?;
    sweep(&mut tx, here).await?;
    tx.commit().await?;
    Ok(token)
}

/// Signing in, a new passphrase and putting to rest wait for one another.
fn lock_of(account: &Id) -> String {
    format!("account {account}")
}

/// Counts an attempt from an address that is not a sign-in: a form that makes an account says whether a name is taken.
///
/// # Errors
/// [`SignInError::Wait`], or the database.
pub async fn count_address(db: &Db, here: &Here, address: Option<IpAddr>) -> Result<(), SignInError> {
    attempts::count(db, here, &Bucket::of_address(address)).await
}

/// Why a passphrase is not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The present one is not this.
    #[error("this is not your passphrase now")]
    Wrong,
    /// The new one cannot be used.
    #[error(transparent)]
    Fault(#[from] PassphraseFault),
    /// Too many attempts: seconds to wait.
    #[error("wait {0} seconds before the next try")]
    Wait(u64),
    /// Too many people at this moment.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<SignInError> for ChangeError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Wrong => Self::Wrong,
            SignInError::Wait(seconds) => Self::Wait(seconds),
            SignInError::Busy(busy) => Self::Busy(busy),
            SignInError::Db(error) => Self::Db(error),
        }
    }
}

/// Sets a new passphrase and ends all other sessions and printed links. The old one is asked, unless the session began
/// with a one-use link less than an hour ago.
///
/// # Errors
/// [`ChangeError`].
pub async fn change_passphrase(db: &Db, here: &Here, who: &Presence, old: &str, new: &str) -> Result<(), ChangeError> {
    let mut reader = db.read().await?;
    let stored = store::passphrase_of(&mut reader, &who.account).await?;
    drop(reader);
    let Some((name, hashed)) = stored else { return Err(ChangeError::Wrong) };
    let new = Passphrase::choose(new, &[&name, who.called.reveal()])?;
    let bucket = Bucket::of_change(who.account.as_str());
    if who.reset_until <= here.now {
        let old = Passphrase::attempt(old).ok_or(ChangeError::Wrong)?;
        attempts::count(db, here, &bucket).await?;
        if !passphrase::verify(Some(hashed), old).await? {
            return Err(ChangeError::Wrong);
        }
    }
    let hashed = passphrase::hash(&*here.chance, new).await?;
    let mut tx = db.begin().await?;
    tx.lock(&lock_of(&who.account)).await?;
    store::set_passphrase(&mut tx, &who.account, &hashed).await?;
    store::forget_attempts(&mut tx, &bucket).await?;
    store::delete_sign_in_links(&mut tx, &who.account).await?;
    sessions::end_all(&mut tx, &who.account, Some(&who.session)).await?;
    sessions::end_reset(&mut tx, &who.account).await?;
    tx.commit().await?;
    Ok(())
}

/// Loads who asks and whom it is about, with their roles as they are now.
async fn both(tx: &mut Tx, by: &Id, whom: &Id) -> Result<(Account, Account), AccountError> {
    tx.lock(ADMINS).await?;
    let by = store::account(tx, by).await?.filter(|account| !account.deactivated).ok_or(AccountError::NotAllowed)?;
    let whom = store::account(tx, whom).await?.ok_or(AccountError::Unknown)?;
    Ok((by, whom))
}

async fn keep_an_admin(tx: &mut Tx, loses: &Account) -> Result<(), AccountError> {
    let counts = loses.role == Role::Admin && !loses.deactivated;
    if counts && store::active_admins(tx).await? <= 1 { Err(AccountError::LastAdmin) } else { Ok(()) }
}

/// Whether the instance would be left without an admin if this account went.
///
/// # Errors
/// When the database does not answer.
pub async fn is_last_admin(conn: &mut Conn, account: &Id) -> Result<bool, DbError> {
    let Some(found) = store::account(conn, account).await? else { return Ok(false) };
    Ok(found.role == Role::Admin && !found.deactivated && store::active_admins(conn).await? <= 1)
}

/// Gives `whom` another role; effective on their next request. Invitations they may no longer give are withdrawn. A role is given
/// only to somebody whose promise of confidentiality is on record; it is taken away without.
///
/// # Errors
/// [`AccountError`].
pub async fn change_role(tx: &mut Tx, here: &Here, by: &Id, whom: &Id, to: Role) -> Result<(), AccountError> {
    let (by, whom) = both(tx, by, whom).await?;
    if !by.role.may_change(whom.role, to) {
        return Err(AccountError::NotAllowed);
    }
    if to == whom.role {
        return Ok(());
    }
    if to != Role::Admin {
        keep_an_admin(tx, &whom).await?;
    }
    if whom.role.promises_for(to) && !confidentiality::promised(tx, &whom.id).await? {
        return Err(AccountError::NoPromise);
    }
    store::set_role(tx, &whom.id, to).await?;
    sessions::renew_all(tx, &whom.id).await?;
    for role in Role::ALL.into_iter().filter(|role| !to.may_grant(*role)) {
        store::revoke_invitations_of(tx, &whom.id, role, here.now).await?;
    }
    let words = format!("{}>{}", whom.role.as_str(), to.as_str());
    written(tx, here.now, (What::RoleChanged, by_staff(&by)), &whom.id, (by.role.as_str(), &words)).await?;
    Ok(())
}

/// Puts an account to rest: its sessions and links end now, nothing is erased.
///
/// # Errors
/// [`AccountError`].
pub async fn deactivate(tx: &mut Tx, here: &Here, by: &Id, whom: &Id) -> Result<(), AccountError> {
    let (by, whom) = both(tx, by, whom).await?;
    if !by.role.may_look_after(whom.role) {
        return Err(AccountError::NotAllowed);
    }
    keep_an_admin(tx, &whom).await?;
    tx.lock(&lock_of(&whom.id)).await?;
    store::set_deactivated(tx, &whom.id, Some(here.now)).await?;
    store::delete_sign_in_links(tx, &whom.id).await?;
    sessions::end_all(tx, &whom.id, None).await?;
    for role in Role::ALL {
        store::revoke_invitations_of(tx, &whom.id, role, here.now).await?;
    }
    written(tx, here.now, (What::AccountChanged, by_staff(&by)), &whom.id, (by.role.as_str(), "put-to-rest")).await?;
    Ok(())
}

/// Wakes an account that was put to rest.
///
/// # Errors
/// [`AccountError`].
pub async fn reactivate(tx: &mut Tx, here: &Here, by: &Id, whom: &Id) -> Result<(), AccountError> {
    let (by, whom) = both(tx, by, whom).await?;
    if !by.role.may_look_after(whom.role) {
        return Err(AccountError::NotAllowed);
    }
    store::set_deactivated(tx, &whom.id, None).await?;
    written(tx, here.now, (What::AccountChanged, by_staff(&by)), &whom.id, (by.role.as_str(), "woken")).await?;
    Ok(())
}

/// Removes the rows of an account: name, passphrase, sessions, links. Later features erase theirs first, since their
/// rows point here. The last admin is kept unless `even_last_admin`.
///
/// # Errors
/// [`AccountError::LastAdmin`], or the database.
pub async fn erase(tx: &mut Tx, here: &Here, account: &Id, even_last_admin: bool) -> Result<(), AccountError> {
    tx.lock(ADMINS).await?;
    let whom = store::account(tx, account).await?.ok_or(AccountError::Unknown)?;
    if !even_last_admin {
        keep_an_admin(tx, &whom).await?;
    }
    for role in Role::ALL {
        store::revoke_invitations_of(tx, account, role, here.now).await?;
    }
    store::forget_attempts(tx, &Bucket::of_name(&folded(whom.sign_in_name.reveal()))).await?;
    store::delete_account(tx, account).await?;
    Ok(())
}

/// What this feature keeps of a person, for their own copy.
#[derive(Serialize)]
pub struct OwnCopy {
    /// The name they sign in with.
    pub sign_in_name: String,
    /// Their role.
    pub role: &'static str,
    /// When the account was made.
    pub made: String,
    /// Since when everything of theirs is paused, if it is.
    pub paused_since: Option<String>,
    /// Their sessions.
    pub sessions: Vec<OwnSession>,
    /// Until which day each browser is known in which they signed in.
    pub browsers_known_until: Vec<String>,
    /// What they promised about confidentiality.
    pub confidentiality: Vec<OwnStatement>,
}

/// One session in a person's own copy.
#[derive(Serialize)]
pub struct OwnSession {
    /// Program.
    pub browser: &'static str,
    /// System.
    pub system: &'static str,
    /// When it began.
    pub began: String,
    /// The day of its last use.
    pub last_used: String,
}

fn day(at: Timestamp) -> String {
    at.rfc3339().chars().take(10).collect()
}

impl From<Session> for OwnSession {
    fn from(session: Session) -> Self {
        let day = day(session.seen_day);
        Self { browser: session.agent.browser, system: session.agent.system, began: session.created_at.rfc3339(), last_used: day }
    }
}

/// A person's own copy of what this feature keeps.
///
/// # Errors
/// When the database does not answer.
pub async fn own_copy(conn: &mut Conn, here: &Here, account: &Id) -> Result<Option<OwnCopy>, DbError> {
    let Some(found) = store::account(conn, account).await? else { return Ok(None) };
    let list = sessions::of_account(conn, account, here.now).await?;
    Ok(Some(OwnCopy {
        sign_in_name: Sensitive::into_revealed(found.sign_in_name),
        role: found.role.as_str(),
        made: store::made_at(conn, account).await?.map(Timestamp::rfc3339).unwrap_or_default(),
        paused_since: store::frozen_since(conn, account).await?.map(Timestamp::rfc3339),
        sessions: list.into_iter().map(OwnSession::from).collect(),
        browsers_known_until: store::browsers_of(conn, account, here.now).await?.into_iter().map(day).collect(),
        confidentiality: confidentiality::own_copy(conn, account).await?,
    }))
}

/// Removes what is past its time (threats PRV-14); returns how many rows. Cheap: done at each sign-in and once an hour.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(tx: &mut Tx, here: &Here) -> Result<u64, DbError> {
    store::sweep(tx, here.now).await
}

/// Pauses everything of an account, or lets it go on. It can sign in all the same.
///
/// # Errors
/// When the database does not answer.
pub async fn set_frozen(tx: &mut Tx, account: &Id, at: Option<Timestamp>) -> Result<(), DbError> {
    store::set_frozen(tx, account, at).await
}

/// Since when everything of an account is paused; `None` when it is not.
///
/// # Errors
/// When the database does not answer.
pub async fn frozen_since(conn: &mut Conn, account: &Id) -> Result<Option<Timestamp>, DbError> {
    store::frozen_since(conn, account).await
}

/// How many invitations ended before then.
///
/// # Errors
/// When the database does not answer.
pub async fn old_invitations(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    store::old_invitations(conn, before).await
}

/// Forgets at most so many invitations that ended before then.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_invitations(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    store::forget_invitations(tx, before, most).await
}
