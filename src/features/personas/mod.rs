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
    Console, ConsoleError, MOST, OwnName, PersonaError, RENAMED, SignUp, SignUpError, Way, create, erase, own, own_copy, rename, retire,
    sign_up, sign_up_from_console, suggest,
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

/// Actor ids of the active personas of an account, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn ids_of(conn: &mut Conn, account: &Id) -> Result<Vec<Id>, DbError> {
    Ok(store::of_account(conn, account).await?.into_iter().map(|persona| persona.id).collect())
}

/// Actor ids of all names an account ever had, also of those it does not use any more: what was written under them stays theirs.
///
/// # Errors
/// When the database does not answer.
pub async fn every_id_of(conn: &mut Conn, account: &Id) -> Result<Vec<Id>, DbError> {
    Ok(store::all_of_account(conn, account).await?.into_iter().map(|(id, ..)| id).collect())
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

/// The accounts behind these actors, also behind retired personas, each once: for telling people, never for a page.
///
/// # Errors
/// When the database does not answer.
pub async fn accounts_behind(conn: &mut Conn, actors: &[Id]) -> Result<Vec<Id>, DbError> {
    store::accounts_behind(conn, actors).await
}

/// Whether a name is somebody's, also of a persona that is not used any more.
///
/// # Errors
/// When the database does not answer.
pub async fn is_taken(conn: &mut Conn, name: &PersonaName) -> Result<bool, DbError> {
    store::is_taken(conn, name.folded()).await
}

#[cfg(test)]
mod tests;
