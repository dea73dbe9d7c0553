//! Personas: the names under which a person takes part. Each is an ActivityPub actor of its own; what joins it to an
//! account stays in this feature's table. Coming in (`/invite`, `/setup`) is here too, since it begins with a name.

mod actions;
mod name;
mod pages;
mod store;

use crate::base::{Id, Iri};
use crate::db::{Conn, DbError};
use crate::features::accounts;
use crate::site::Feature;

pub use actions::{
    Console, ConsoleError, MOST, OwnName, PersonaError, SignUp, SignUpError, Way, create, erase, own, own_copy, rename, retire, sign_up,
    sign_up_from_console, suggest,
};
pub use name::{Doubt, PersonaName};

/// What this feature gives to the house.
pub const FEATURE: Feature = Feature::pages("personas", pages::routes);

/// A name under which an account takes part. Only active ones are handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Persona {
    /// Its actor.
    pub id: Id,
    /// Whose it is. Never put it on a page or on the wire.
    pub account: Id,
    /// The name.
    pub name: String,
    /// The actor's address.
    pub uri: Iri,
}

/// Active personas of an account, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_account(conn: &mut Conn, account: &Id) -> Result<Vec<Persona>, DbError> {
    store::of_account(conn, account).await
}

/// The active persona with this actor id.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(conn: &mut Conn, id: &Id) -> Result<Option<Persona>, DbError> {
    store::by_id(conn, id).await
}

/// The active persona with this name, however its capitals and spaces are written.
///
/// # Errors
/// When the database does not answer.
pub async fn by_name(conn: &mut Conn, name: &str) -> Result<Option<Persona>, DbError> {
    store::by_folded(conn, &accounts::folded(name)).await
}

#[cfg(test)]
mod tests;
