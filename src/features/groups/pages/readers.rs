//! Who reads a group besides this house: hosts choose partners here, and members say that they have read a longer list.
//! The page says before the change what it means: a new reader gets only what is written from then on.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::base::Id;
use crate::features::accounts::Member;
use crate::federation::partners;
use crate::site::Shared;
use crate::web::{Choice, Ctx, Form, Html, Problem, Shell, see_other_with_notice};

use super::super::{actions, store};
use super::founding::{active, partner_choices};
use super::{Look, refused, terms};

#[derive(Template)]
#[template(path = "features/groups/pages/readers.html")]
struct ReadersPage {
    shell: Shell,
    group: String,
    name: String,
    now: String,
    partners: Vec<Choice>,
}

/// `GET /g/{id}/readers`
pub async fn show(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let (look, _) = Look::as_host(&mut conn, &member, &id, site.here().now).await?;
    let shared = store::sharing_partners(&mut conn, &look.group.id).await?;
    let organisations = store::organisations(&mut conn, &look.group).await?;
    let all = partners::list(&mut conn).await?;
    // Who reads now stays on the list while it is paused: leaving it out would end the sharing by accident.
    let offered: Vec<_> = all.iter().filter(|partner| shared.contains(&partner.id)).cloned().chain(active(all.clone())).collect();
    let mut seen = std::collections::HashSet::new();
    let offered: Vec<_> = offered.into_iter().filter(|partner| seen.insert(partner.id.clone())).collect();
    let shell = ctx.shell(ctx.t.say("groups-readers"));
    Ok(Html(ReadersPage {
        group: format!("/g/{}", look.group.id),
        name: look.group.name.clone(),
        now: terms::readers(&ctx.t, &shell.house, &organisations),
        partners: partner_choices(&offered, |partner| shared.contains(&partner.id)),
        shell,
    })
    .into_response())
}

/// The partners that shall read.
#[derive(Deserialize)]
pub struct ReadersForm {
    #[serde(default)]
    partner: Vec<String>,
}

/// `POST /g/{id}/readers`
pub async fn change(
    State(site): State<Shared>,
    member: Member,
    Path(id): Path<String>,
    Form(form): Form<ReadersForm>,
) -> Result<Response, Problem> {
    let here = site.here();
    let (look, acting) = {
        let mut conn = site.db.read().await?;
        Look::as_host(&mut conn, &member, &id, here.now).await?
    };
    let wanted: Vec<Id> = form.partner.iter().filter_map(|id| Id::parse(id)).collect();
    let back = format!("/g/{}/readers", look.group.id);
    let mut tx = site.db.begin().await?;
    actions::set_readers(&mut tx, &here, &look.group.id, &acting.actor, &wanted).await.map_err(|error| refused(error, back))?;
    tx.commit().await?;
    Ok(see_other_with_notice(&format!("/g/{}/about", look.group.id), "groups-readers-saved"))
}

/// `POST /g/{id}/readers/seen`: the member read the longer list.
pub async fn seen(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let mut tx = site.db.begin().await?;
    let look = Look::at(&mut tx, &member, &id).await?;
    for membership in look.footing.memberships {
        actions::confirm_readers(&mut tx, &look.group, membership).await.map_err(|error| refused(error, "/groups".to_owned()))?;
    }
    tx.commit().await?;
    Ok(see_other_with_notice(&format!("/g/{}", look.group.id), "groups-readers-confirmed"))
}
