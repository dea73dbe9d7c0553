//! What every member can read of the houses we share with: the essence of each agreement, in plain words (GDPR 26, care R15).

use askama::Template;
use axum::extract::{Path, State};

use crate::features::accounts::Member;
use crate::federation::declaration;
use crate::federation::partners::{self, State as Standing};
use crate::site::Shared;
use crate::web::{Ctx, Html, Problem, Shell};

use super::super::agreement::in_force;
use super::super::{record, store};
use super::{Row, declared_lines, flow_words, found, row};

#[derive(Template)]
#[template(path = "features/partners/public.html")]
pub struct ListPage {
    shell: Shell,
    partners: Vec<Row>,
}

const fn is_shown(state: Standing) -> bool {
    matches!(state, Standing::Active | Standing::Paused)
}

/// `GET /partners`
pub async fn list(State(site): State<Shared>, _member: Member, ctx: Ctx) -> Result<Html<ListPage>, Problem> {
    let mut conn = site.db.read().await?;
    let known = partners::list(&mut conn).await?;
    let partners = known.iter().filter(|partner| is_shown(partner.state)).map(|partner| row(&ctx, partner)).collect();
    Ok(Html(ListPage { shell: ctx.shell(ctx.t.say("partners-title")), partners }))
}

#[derive(Template)]
#[template(path = "features/partners/public_one.html")]
pub struct OnePage {
    shell: Shell,
    partner: Row,
    confirmed: bool,
    lines: Vec<(String, String)>,
    flows: Vec<String>,
    groups: String,
}

/// `GET /partners/{id}`
pub async fn one(State(site): State<Shared>, _member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Html<OnePage>, Problem> {
    let partner = found(&site, &id).await?;
    if !is_shown(partner.state) {
        return Err(Problem::NotFound);
    }
    let mut conn = site.db.read().await?;
    let agreed = declaration::agreed_of_partner(&mut conn, &partner.id).await?;
    let said = declaration::of_partner(&mut conn, &partner.id).await?.map(|today| in_force(agreed, today));
    let record = record(&mut conn, &partner).await?;
    let shared = store::theirs_in_ours(&mut conn, &partner.id).await?.len();
    Ok(Html(OnePage {
        shell: ctx.shell(partner.name.clone()),
        confirmed: said.as_ref().is_some_and(|said| said.confirmed_at.is_some()),
        lines: said.map(|said| declared_lines(ctx.t, &said)).unwrap_or_default(),
        flows: flow_words(ctx.t, record.in_force()),
        groups: ctx.t.with("partners-groups-shared", &[("count", &i64::try_from(shared).unwrap_or(0))]),
        partner: row(&ctx, &partner),
    }))
}
