//! The pages of posts: a group with its conversations, one conversation with its writing box, the forms to write, change, take
//! away and remove, and the first page. What a page shows went through the policy once, for the whole group; who is not in
//! the group learns nothing of what is in it. Text that somebody typed is never lost to an error or to a session that ended.

mod change;
mod first;
mod group;
mod leave;
mod sheet;
mod thread;
mod view;
mod write;
mod yours;

use axum::Router;
use axum::routing::{get, post};

use crate::base::Id;
use crate::db::{Conn, DbError};
use crate::features::accounts::Member;
use crate::features::groups::{self, Footing, Group, Membership};
use crate::features::personas::{self, Persona};
use crate::federation::audience::Audience;
use crate::federation::partners;
use crate::federation::policy::{self, Principal, Visible};
use crate::site::Shared;
use crate::web::{Problem, Words};

use super::actions::PostError;
use super::actions::thread::may_write;
use super::post::Post;
use super::store;

/// All addresses of this feature.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(first::show))
        .route("/g/{id}", get(group::show))
        .route("/g/{id}/unanswered", get(group::unanswered))
        .route("/g/{id}/write", get(write::blank).post(write::send))
        .route("/g/{id}/leave", get(leave::ask).post(leave::leave))
        .route("/g/{id}/take-away", get(change::ask_all).post(change::take_all))
        .route("/o/{id}", get(thread::show))
        .route("/o/{id}/answer", get(write::answer_blank).post(write::answer))
        .route("/o/{id}/again", get(yours::again))
        .route("/me/waiting", get(yours::show))
        .route("/me/waiting/drop", post(yours::drop_draft))
        .route("/o/{id}/edit", get(change::edit).post(change::save))
        .route("/o/{id}/delete", get(change::ask_delete).post(change::delete))
        .route("/o/{id}/undo", post(change::undo))
        .route("/o/{id}/withdraw", post(change::withdraw))
        .route("/o/{id}/drop-change", post(change::drop_change))
        .route("/o/{id}/mark", post(change::mark))
        .route("/o/{id}/remove", get(change::ask_remove).post(change::remove))
}

/// A group as somebody in it sees it: the policy said yes to what is inside.
struct Inside {
    group: Visible<Group>,
    footing: Footing,
    personas: Vec<Persona>,
    me: Membership,
    /// Whose pace of writing counts.
    account: Id,
}

/// Somebody who may know of a group but is not in it, or who may not.
enum Outside {
    /// They may see its joining page.
    Door(Id),
    /// For them it does not exist.
    Nothing,
    /// The database.
    Db(DbError),
}

impl From<DbError> for Outside {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<Outside> for Problem {
    fn from(outside: Outside) -> Self {
        match outside {
            Outside::Door(_) | Outside::Nothing => Self::NotFound,
            Outside::Db(error) => error.into(),
        }
    }
}

impl Inside {
    /// Loads a group for somebody who is in it.
    async fn of(conn: &mut Conn, member: &Member, id: &Id) -> Result<Self, Outside> {
        let personas = personas::of_account(conn, &member.account).await?;
        let principal = Principal::Member { personas: personas.iter().map(|persona| persona.id.clone()).collect() };
        let Some(group) = groups::load(conn, id).await? else { return Err(Outside::Nothing) };
        let footing = groups::footing(conn, &principal, &group).await?;
        // What is inside has an audience; the group itself has none. The policy tells the two apart.
        let Some(visible) = policy::visible_to(&principal, &footing.facts(&group, Some(&Audience::house())), group.clone()) else {
            let known = policy::visible_to(&principal, &footing.facts(&group, None), ()).is_some();
            return Err(if known { Outside::Door(group.id) } else { Outside::Nothing });
        };
        let Some(me) = footing.active().cloned() else { return Err(Outside::Nothing) };
        Ok(Self { group: visible, footing, personas, me, account: member.account.clone() })
    }

    /// The same by one of the group's posts.
    async fn around(conn: &mut Conn, member: &Member, post: &str) -> Result<(Self, Post), Problem> {
        let id = Id::parse(post).ok_or(Problem::NotFound)?;
        let post = store::by_id(conn, &id).await?.ok_or(Problem::NotFound)?;
        let inside = Self::of(conn, member, &post.group).await?;
        Ok((inside, post))
    }

    /// Actor ids of all personas of the visitor.
    fn mine(&self) -> Vec<Id> {
        self.personas.iter().map(|persona| persona.id.clone()).collect()
    }

    /// The name of the persona that takes part here.
    fn my_name(&self) -> &str {
        self.personas.iter().find(|persona| persona.id == self.me.actor).map_or("", |persona| persona.name.as_str())
    }

    /// Address of the group's page.
    fn path(&self) -> String {
        format!("/g/{}", self.group.id)
    }

    /// Whether the visitor may write in the group now.
    fn writes(&self, now: crate::base::Timestamp) -> bool {
        may_write(&self.group, self.footing.writing(now), now).is_ok()
    }

    /// Whether one of the visitor's memberships may moderate now.
    fn moderates(&self, now: crate::base::Timestamp) -> bool {
        self.footing.memberships.iter().any(|membership| membership.may_moderate(now))
    }
}

/// All names of a member, also for groups they have left and names they do not use any more: what was written stays theirs.
async fn own_ids(conn: &mut Conn, member: &Member) -> Result<Vec<Id>, DbError> {
    personas::every_id_of(conn, &member.account).await
}

/// Which organisations can read the group, in one sentence that names them; the same above every writing box.
async fn readers(conn: &mut Conn, t: &Words, house: &str, group: &Group) -> Result<String, DbError> {
    let others = groups::organisations(conn, group).await?;
    let Some(home) = &group.home else { return Ok(groups::terms::readers(t, house, &others)) };
    let home = partners::by_id(conn, home).await?.map(|home| home.name).unwrap_or_default();
    let mut names = vec![home];
    names.extend(others.into_iter().map(|other| other.name));
    let count = names.len().to_string();
    Ok(t.with("groups-readers-partners", &[("count", &count), ("names", &groups::terms::listed(t, &names))]))
}

/// A refusal of an action as a problem page that leads back.
fn refused(error: PostError, back: String) -> Problem {
    match error {
        PostError::Db(error) => error.into(),
        PostError::NotFound => Problem::NotFound,
        PostError::NotAllowed | PostError::Elsewhere => Problem::Forbidden,
        other => Problem::Refused { key: other.key(), back },
    }
}
