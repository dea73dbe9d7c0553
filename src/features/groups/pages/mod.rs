//! The pages of groups: the directory, founding and editing, the joining page, people, readers. What is inside a group
//! (its posts) is shown by posts. Every page asks the policy first; who may not know of a group gets "not found".

mod about;
mod directory;
mod founding;
mod people;
mod persona;
mod readers;
pub mod terms;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};

pub use readers::{ReadersForm, ReadersSheet, readers_sheet};

use crate::base::{Id, Timestamp};
use crate::db::Conn;
use crate::features::accounts::Member;
use crate::features::personas::{self, Persona};
use crate::federation::policy::Principal;
use crate::site::Shared;
use crate::web::{Ctx, Kept, Problem, kept};

use super::actions::GroupError;
use super::group::Group;
use super::membership::Membership;
use super::standing::{Footing, footing};
use super::visible;

/// All addresses of this feature.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/groups", get(directory::show).post(founding::found))
        .route("/groups/new", get(founding::new))
        .route("/groups/find", post(directory::find))
        .route("/p/{id}", get(persona::show))
        .route("/g/{id}/about", get(about::show))
        .route("/g/{id}/invitation/{token}", get(about::invited))
        .route("/g/{id}/membership", post(about::join))
        .route("/g/{id}/membership/end", post(about::leave))
        .route("/g/{id}/edit", get(founding::edit).post(founding::change))
        .route("/g/{id}/archive", post(founding::archive))
        .route("/g/{id}/reopen", post(founding::reopen))
        .route("/g/{id}/readers", get(readers::show).post(readers::change))
        .route("/g/{id}/readers/seen", post(readers::seen))
        .route("/g/{id}/people", get(people::show))
        .route("/g/{id}/people/{membership}", get(people::one))
        .route("/g/{id}/people/{membership}/answer", post(people::answer))
        .route("/g/{id}/people/{membership}/role", post(people::role))
        .route("/g/{id}/people/{membership}/pause", post(people::pause))
        .route("/g/{id}/people/{membership}/resume", post(people::resume))
        .route("/g/{id}/people/{membership}/remove", post(people::remove))
        .route("/g/{id}/people/{membership}/let-back", post(people::let_back))
        .route("/g/{id}/invitations", post(people::invite))
        .route("/g/{id}/invitations/link", post(people::link))
}

/// Who looks at a group, and the group, after the policy said yes.
struct Look {
    group: Group,
    footing: Footing,
    personas: Vec<Persona>,
}

impl Look {
    /// Loads a group for a member; "not found" when the member may not know of it.
    async fn at(conn: &mut Conn, member: &Member, id: &str) -> Result<Self, Problem> {
        let id = Id::parse(id).ok_or(Problem::NotFound)?;
        let personas = personas::of_account(conn, &member.account).await?;
        let principal = principal(&personas);
        let group = visible(conn, &principal, &id).await?.ok_or(Problem::NotFound)?.into_inner();
        let footing = footing(conn, &principal, &group).await?;
        Ok(Self { group, footing, personas })
    }

    /// Loads a group of this house for one of its hosts or moderators; everybody else learns nothing.
    async fn as_steward(conn: &mut Conn, member: &Member, id: &str, now: Timestamp) -> Result<(Self, Membership), Problem> {
        let look = Self::at(conn, member, id).await?;
        let acting = look.footing.memberships.iter().find(|membership| membership.may_moderate(now)).cloned();
        match acting {
            Some(acting) if look.group.is_local() => Ok((look, acting)),
            _ => Err(Problem::Forbidden),
        }
    }

    /// The same for hosts only.
    async fn as_host(conn: &mut Conn, member: &Member, id: &str, now: Timestamp) -> Result<(Self, Membership), Problem> {
        let look = Self::at(conn, member, id).await?;
        let acting = look.footing.memberships.iter().find(|membership| membership.may_host(now)).cloned();
        match acting {
            Some(acting) if look.group.is_local() => Ok((look, acting)),
            _ => Err(Problem::Forbidden),
        }
    }

    /// The name of the persona with this actor id, if it is the visitor's own.
    fn own_name(&self, actor: &Id) -> Option<&str> {
        self.personas.iter().find(|persona| persona.id == *actor).map(|persona| persona.name.as_str())
    }
}

fn principal(personas: &[Persona]) -> Principal {
    Principal::Member { personas: personas.iter().map(|persona| persona.id.clone()).collect() }
}

/// The session ended while something was typed: it is shown again, to copy. Where nothing was typed, one signs in and comes back to `back`.
fn signed_out(ctx: &Ctx, back: &str, texts: &[(&'static str, &str)]) -> Result<Response, Problem> {
    if texts.iter().all(|(_, text)| text.trim().is_empty()) {
        return Err(Problem::SignIn { next: back.to_owned() });
    }
    Ok(kept(ctx, Kept::SignedOut, texts))
}

/// A refusal of an action as a problem page that leads back.
fn refused(error: GroupError, back: String) -> Problem {
    match error {
        GroupError::Db(error) => error.into(),
        GroupError::NotFound => Problem::NotFound,
        GroupError::NotAllowed | GroupError::Elsewhere => Problem::Forbidden,
        other => Problem::Refused { key: other.key(), back },
    }
}
