//! Browsers that signed in to an account before: whatever strangers guess, they are let try (threats WEB-09). The browser keeps a
//! random token in a cookie, the database a hash over it and the account: neither says who it is, nor that two people share a
//! browser. Knowing one signs nobody in.

use std::time::Duration;

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;

use super::store;
use super::token::Token;
use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx};

/// How long a browser is known after it signed in.
pub const LASTS: Duration = Duration::from_hours(180 * 24);

/// Most known browsers of one account; the oldest are forgotten first.
const MOST: i64 = 20;

/// What is stored: a hash over the token and the account. For a name that nobody has it is over nobody, so that both take as long.
fn hash_of(token: &Token, account: Option<&Id>) -> String {
    let text = format!("haven browser {} {}", account.map_or("", Id::as_str), token.reveal());
    HEXLOWER.encode(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

/// The key of this browser at this account, when it signed in to it before.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn recognise(
    conn: &mut Conn,
    token: Option<&Token>,
    account: Option<&Id>,
    now: Timestamp,
) -> Result<Option<String>, DbError> {
    let Some(token) = token else { return Ok(None) };
    let hash = hash_of(token, account);
    Ok(store::knows_browser(conn, &hash, now).await?.then_some(hash))
}

/// From now on this browser is known at this account. Only the day is kept on which that ends.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn remember(tx: &mut Tx, token: &Token, account: &Id, now: Timestamp) -> Result<(), DbError> {
    let until = now.day().plus(LASTS);
    store::keep_browser(tx, (&hash_of(token, Some(account)), account), until).await?;
    store::forget_oldest_browsers(tx, account, MOST).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::chance::SeededChance;

    #[test]
    fn two_people_at_one_browser_cannot_be_told_from_two_browsers() {
        let chance = SeededChance::new(7);
        let (token, one, two) = (Token::random(&chance), Id::random(&chance), Id::random(&chance));
        assert_ne!(hash_of(&token, Some(&one)), hash_of(&token, Some(&two)));
        assert_ne!(hash_of(&token, Some(&one)), token.hash());
        assert_eq!(hash_of(&token, Some(&one)), hash_of(&token, Some(&one)));
    }
}
