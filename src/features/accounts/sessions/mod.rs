//! Sessions: a cookie's token stands for an account until it is ended, unused for 30 days, or replaced. Knowing the
//! database does not let anyone in. Nothing here tells one person when another was here (care I5).

mod store;

use super::account::{MOST_SESSIONS, Presence, SESSION_IDLE, Session};
use super::agent::Agent;
use super::token::Token;
use crate::base::{Id, Timestamp};
use crate::db::{Conn, Db, DbError, Tx};
use crate::features::accounts::known;
use crate::federation::Here;

/// What a new session is made of.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Which browser on what.
    pub agent: Agent,
    /// The token of the cookie that came with the request: it is dead afterwards (threats WEB-07).
    pub replaces: Option<Token>,
    /// Until when a new passphrase needs no old one.
    pub reset_until: Timestamp,
    /// The token by which this browser is known at the account from now on.
    pub browser: Option<Token>,
}

impl Opening {
    /// An ordinary sign-in, in a browser that is not kept in mind.
    pub const fn new(agent: Agent, replaces: Option<Token>) -> Self {
        Self { agent, replaces, reset_until: Timestamp::EPOCH, browser: None }
    }
}

/// Begins a session and returns its token, for the cookie.
///
/// # Errors
/// When the database does not answer.
pub async fn open(tx: &mut Tx, here: &Here, account: &Id, opening: Opening) -> Result<Token, DbError> {
    if let Some(old) = &opening.replaces {
        store::end_session_of_token(tx, &old.hash()).await?;
    }
    let token = Token::random(&*here.chance);
    let session = store::SessionToInsert {
        id: &here.id(),
        token_hash: &token.hash(),
        account,
        agent: opening.agent,
        created_at: here.now,
        seen_day: here.now.day(),
        expires_at: here.now.plus(SESSION_IDLE),
        reset_until: opening.reset_until,
    };
    store::insert_session(tx, session).await?;
    store::end_oldest_sessions(tx, account, MOST_SESSIONS).await?;
    if let Some(browser) = &opening.browser {
        known::remember(tx, browser, account, here.now).await?;
    }
    Ok(token)
}

/// A request's cookie, looked up: who it is, and the token to send back if the cookie is to be set again.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Who.
    pub presence: Presence,
    /// Set when the cookie must be set again: a new day, or a new token after a change of role.
    pub cookie: Option<Token>,
}

/// Who the token of a request signs in. Reads once; writes only on the first request of a day and after a change of role.
///
/// # Errors
/// When the database does not answer.
pub async fn see(db: &Db, here: &Here, token: &Token) -> Result<Option<Seen>, DbError> {
    let hash = token.hash();
    let mut reader = db.read().await?;
    let found = store::presence(&mut reader, &hash, here.now).await?;
    drop(reader);
    let Some(presence) = found else { return Ok(None) };
    let today = here.now.day();
    let mut cookie = None;
    if presence.renew || presence.seen_day != today {
        // What cannot be written now is written at the next request; nobody is kept out for it.
        cookie = refresh(db, here, token, &presence).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a session cannot be refreshed");
            None
        });
    }
    Ok(Some(Seen { presence, cookie }))
}

/// Writes the day of use, and a new token when one is asked for; returns the token for the cookie.
async fn refresh(db: &Db, here: &Here, token: &Token, presence: &Presence) -> Result<Option<Token>, DbError> {
    let mut tx = db.begin().await?;
    store::touch_session(&mut tx, &presence.session, here.now.day(), here.now.plus(SESSION_IDLE)).await?;
    let mut cookie = Some(token.clone());
    if presence.renew {
        let new = Token::random(&*here.chance);
        // When two requests come at once, one changes the token and answers with it; the other leaves it alone.
        cookie = store::replace_token(&mut tx, &presence.session, &token.hash(), &new.hash()).await?.then_some(new);
    }
    tx.commit().await?;
    Ok(cookie)
}

/// A person's own sessions, most recently used first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_account(conn: &mut Conn, account: &Id, now: Timestamp) -> Result<Vec<Session>, DbError> {
    store::sessions_of(conn, account, now).await
}

/// Ends one of a person's own sessions; false when it is not theirs.
///
/// # Errors
/// When the database does not answer.
pub async fn end(tx: &mut Tx, account: &Id, session: &Id) -> Result<bool, DbError> {
    store::end_session(tx, account, session).await
}

/// Ends all sessions of an account but `kept`; returns how many.
///
/// # Errors
/// When the database does not answer.
pub async fn end_all(tx: &mut Tx, account: &Id, kept: Option<&Id>) -> Result<u64, DbError> {
    store::end_sessions(tx, account, kept).await
}

/// The role changed: each session gets a new token at its next request.
pub(super) async fn renew_all(tx: &mut Tx, account: &Id) -> Result<(), DbError> {
    store::ask_new_tokens(tx, account).await
}

/// A new passphrase was set: no session may set another without it.
pub(super) async fn end_reset(tx: &mut Tx, account: &Id) -> Result<(), DbError> {
    store::end_reset(tx, account).await
}
