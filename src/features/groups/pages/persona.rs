//! A persona as people see it who share a group with it: its name, whether it is from another house, and which groups. Nothing
//! else: not which house, not when it was here, and no number. For everybody else there is no such page.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use crate::base::Id;
use crate::features::accounts::Member;
use crate::features::personas;
use crate::federation::actors::{self, Kind};
use crate::federation::audience::Audience;
use crate::federation::policy::{self, Principal};
use crate::site::Shared;
use crate::web::{Ctx, Html, Problem, Shell};

use super::super::membership::store::{guest, shared_groups};
use super::footing;

#[derive(Template)]
#[template(path = "features/groups/pages/persona.html")]
struct PersonaPage {
    shell: Shell,
    name: String,
    elsewhere: bool,
    /// Address and name of each group.
    groups: Vec<(String, String)>,
}

/// `GET /p/{id}`
pub async fn show(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut conn = site.db.read().await?;
    let mine = personas::ids_of(&mut conn, &member.account).await?;
    let actor = actors::by_id(&mut conn, &id).await?.filter(|actor| actor.is_local() && actor.kind == Kind::Person && !actor.gone);
    let actor = actor.ok_or(Problem::NotFound)?;
    // Who paused everything is on no page.
    if actors::is_frozen(&mut conn, &actor.id).await? {
        return Err(Problem::NotFound);
    }
    let principal = Principal::Member { personas: mine.clone() };
    let mut groups = Vec::new();
    for group in shared_groups(&mut conn, &actor.id, &mine).await? {
        // Who is in a group is inside of it: the policy says for each whether this asker sees that.
        let footing = footing(&mut conn, &principal, &group).await?;
        let shown = (format!("/g/{}", group.id), group.name.clone());
        if let Some(shown) = policy::visible_to(&principal, &footing.facts(&group, Some(&Audience::house())), shown) {
            groups.push(shown.into_inner());
        }
    }
    if groups.is_empty() {
        return Err(Problem::NotFound);
    }
    let page = PersonaPage {
        shell: ctx.shell(actor.name.clone()),
        name: actor.name,
        elsewhere: guest(&mut conn, &actor.id).await?.is_some(),
        groups,
    };
    Ok(Html(page).into_response())
}
