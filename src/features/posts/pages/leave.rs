//! Leaving a group, and what becomes of what one wrote in it: it stays, or it goes along (groups.md row 12). Both are one unit
//! of work, and nobody is asked why.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{Inside, refused};
use crate::base::Id;
use crate::features::accounts::Member;
use crate::features::groups::{self, GroupError};
use crate::features::posts::actions::people;
use crate::site::Shared;
use crate::web::{Choice, Ctx, Form, Html, Problem, Shell, see_other_with_notice};

#[derive(Template)]
#[template(path = "features/posts/pages/leave.html")]
struct LeavePage {
    shell: Shell,
    path: String,
    back: String,
    choices: Vec<Choice>,
}

/// `GET /g/{id}/leave`
pub(super) async fn ask(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut conn = site.db.read().await?;
    let inside = Inside::of(&mut conn, &member, &id).await?;
    let page = LeavePage {
        shell: ctx.shell(ctx.t.with("posts-leave-title", &[("group", &inside.group.name)])),
        path: inside.path(),
        back: ctx.t.with("posts-back-group", &[("group", &inside.group.name)]),
        choices: vec![
            Choice::new("stay", ctx.t.say("posts-leave-stay")).with_hint(ctx.t.say("posts-leave-stay-hint")).chosen_if(true),
            Choice::new("go", ctx.t.say("posts-leave-go")).with_hint(ctx.t.say("posts-leave-go-hint")),
        ],
    };
    Ok(Html(page).into_response())
}

/// What becomes of the posts.
#[derive(Deserialize)]
pub(super) struct Choose {
    #[serde(default)]
    posts: String,
}

/// `POST /g/{id}/leave`: every name of the person leaves, with or without what it wrote.
pub(super) async fn leave(
    State(site): State<Shared>,
    member: Member,
    Path(id): Path<String>,
    Form(choose): Form<Choose>,
) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let inside = {
        let mut conn = site.db.read().await?;
        Inside::of(&mut conn, &member, &id).await?
    };
    let goes = match choose.posts.as_str() {
        "go" => true,
        "stay" => false,
        _ => return Err(Problem::BadForm),
    };
    let here = site.here();
    let mut tx = site.db.begin().await?;
    for membership in inside.footing.memberships.iter().filter(|membership| membership.is_active()) {
        if goes {
            people::take_all_away(&mut tx, &here, &membership.actor, Some(&id)).await.map_err(|error| refused(error, inside.path()))?;
        }
        groups::leave(&mut tx, &here, &id, &membership.actor, !goes).await.map_err(|error| match error {
            GroupError::Db(error) => error.into(),
            GroupError::NotFound => Problem::NotFound,
            other => Problem::Refused { key: other.key(), back: format!("{}/about", inside.path()) },
        })?;
    }
    tx.commit().await?;
    Ok(see_other_with_notice("/groups", if goes { "posts-left-with-all" } else { "posts-left" }))
}
