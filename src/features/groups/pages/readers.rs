//! Who reads a group besides this house: hosts choose partners here, and members say that they have read a longer list.
//! The page says before the change what it means: a new reader gets only what is written from then on.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::base::{Id, Timestamp};
use crate::db::Conn;
use crate::features::accounts::Member;
use crate::federation::partners;
use crate::site::Shared;
use crate::web::{Choice, Ctx, Form, Html, Problem, Shell, see_other_with_notice};

use super::super::group::Group;
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

/// The form in which a host says who reads a group. A later feature shows it again, beside what the choice would change.
pub struct ReadersSheet {
    /// The group.
    pub id: Id,
    /// Its address in this house.
    pub group: String,
    /// Its name.
    pub name: String,
    /// The partners that can be chosen, with those ticked that are.
    pub partners: Vec<Choice>,
}

/// The form as a host chose in it; `None`: as the group is now.
///
/// # Errors
/// "Not found" for who may not know of the group, a refusal for who is no host of it, database trouble.
pub async fn readers_sheet(
    conn: &mut Conn,
    member: &Member,
    (group, now): (&str, Timestamp),
    chosen: Option<&[Id]>,
) -> Result<ReadersSheet, Problem> {
    let (look, _) = Look::as_host(conn, member, group, now).await?;
    sheet(conn, &look.group, chosen).await
}

async fn sheet(conn: &mut Conn, group: &Group, chosen: Option<&[Id]>) -> Result<ReadersSheet, Problem> {
    let shared = store::sharing_partners(conn, &group.id).await?;
    // Who reads now stays on the list while it is paused: leaving it out would end the sharing by accident.
    let (reads, others): (Vec<_>, Vec<_>) = partners::list(conn).await?.into_iter().partition(|partner| shared.contains(&partner.id));
    let offered: Vec<_> = reads.into_iter().chain(active(others)).collect();
    let ticked = chosen.unwrap_or(&shared);
    Ok(ReadersSheet {
        id: group.id.clone(),
        group: format!("/g/{}", group.id),
        name: group.name.clone(),
        partners: partner_choices(&offered, |partner| ticked.contains(&partner.id)),
    })
}

/// `GET /g/{id}/readers`
pub async fn show(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let (look, _) = Look::as_host(&mut conn, &member, &id, site.here().now).await?;
    let ReadersSheet { group, name, partners, .. } = sheet(&mut conn, &look.group, None).await?;
    let organisations = store::organisations(&mut conn, &look.group).await?;
    let shell = ctx.shell(ctx.t.say("groups-readers"));
    let now = terms::readers(&ctx.t, &shell.house, &organisations);
    Ok(Html(ReadersPage { shell, group, name, now, partners }).into_response())
}

/// The partners that shall read.
#[derive(Deserialize)]
pub struct ReadersForm {
    #[serde(default)]
    partner: Vec<String>,
}

impl ReadersForm {
    /// Their ids; what is no id is left out.
    pub fn wanted(&self) -> Vec<Id> {
        self.partner.iter().filter_map(|id| Id::parse(id)).collect()
    }
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
    let wanted = form.wanted();
    let back = format!("/g/{}/readers", look.group.id);
    let mut tx = site.db.begin().await?;
    actions::set_readers(&mut tx, &here, &look.group.id, &acting.actor, &wanted).await.map_err(|error| refused(error, back))?;
    tx.commit().await?;
    Ok(see_other_with_notice(&format!("/g/{}/about", look.group.id), "groups-readers-saved"))
}

/// `POST /g/{id}/readers/seen`: the member read the longer list.
pub async fn seen(State(site): State<Shared>, ctx: Ctx, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let mut tx = site.db.begin().await?;
    let look = Look::at(&mut tx, &member, &id).await?;
    let here = site.here();
    for membership in look.footing.memberships.into_iter().filter(super::super::Membership::is_active) {
        actions::confirm_readers(&mut tx, &here, &look.group, membership, ctx.lang.code())
            .await
            .map_err(|error| refused(error, "/groups".to_owned()))?;
    }
    tx.commit().await?;
    Ok(see_other_with_notice(&format!("/g/{}", look.group.id), "groups-readers-confirmed"))
}
