//! How a command names things: a persona by id, address or name; a group by id, address or page; a post by id or address.
//! What cannot be found is a sentence that says how to write it.

use haven::base::{Id, Iri};
use haven::db::Conn;
use haven::features::groups::{self, Group};
use haven::features::personas::{self, Persona};
use haven::features::posts::{self, Post};
use haven::federation::actors;
use haven::site::Site;

use super::failure::Failure;

/// A persona of this instance.
///
/// # Errors
/// When there is none, or more than one fits.
pub async fn persona(conn: &mut Conn, named: &str) -> Result<Persona, Failure> {
    let by_id = match (Id::parse(named), address(named)) {
        (Some(id), _) => personas::by_id(conn, &id).await?,
        (None, Some(uri)) => match actors::by_uri(conn, &uri).await? {
            Some(actor) => personas::by_id(conn, &actor.id).await?,
            None => None,
        },
        (None, None) => None,
    };
    let found = match by_id {
        Some(persona) => Some(persona),
        None => personas::by_name(conn, named).await?,
    };
    found.ok_or_else(|| Failure::new("there is no persona like this here; name it by its id, its address or its name"))
}

/// A group that this instance knows.
///
/// # Errors
/// When there is none.
pub async fn group(conn: &mut Conn, site: &Site, named: &str) -> Result<Group, Failure> {
    let found = match (own_id(site, named, "/g/"), address(named)) {
        (Some(id), _) => groups::load(conn, &id).await?,
        (None, Some(uri)) => groups::by_uri(conn, &uri).await?,
        (None, None) => None,
    };
    found.ok_or_else(|| Failure::new("there is no group like this here; name it by its id, its address or its page (see haven group list)"))
}

/// A post that this instance holds.
///
/// # Errors
/// When there is none.
pub async fn post(conn: &mut Conn, site: &Site, named: &str) -> Result<Post, Failure> {
    let found = match (own_id(site, named, "/o/"), address(named)) {
        (Some(id), _) => posts::by_id(conn, &id).await?,
        (None, Some(uri)) => posts::by_uri(conn, &uri).await?,
        (None, None) => None,
    };
    found.ok_or_else(|| Failure::new("there is no post like this here; name it by its id or its address"))
}

fn address(named: &str) -> Option<Iri> {
    Iri::parse(named.trim()).ok().map(|uri| uri.without_fragment())
}

/// An id, alone or at the end of the address of a page of this instance.
fn own_id(site: &Site, named: &str, path: &str) -> Option<Id> {
    let rest = named.trim().strip_prefix(site.config.origin.as_str()).and_then(|rest| rest.strip_prefix(path));
    Id::parse(rest.unwrap_or(named))
}
