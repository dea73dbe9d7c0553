//! `/admin` and `/desk`: a short list of what can be done, and what waits.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::features::accounts::{Member, Role};
use crate::features::admin::actions::{self, HouseName, HouseNameFault};
use crate::features::help;
use crate::federation::{outbox, partners};
use crate::site::Shared;
use crate::web::{Ctx, Errors, Form, Html, Problem, Shell, see_other_with_notice};

#[derive(Template)]
#[template(path = "features/admin/overview/overview.html")]
pub struct OverviewPage {
    shell: Shell,
    name: String,
    errors: Errors,
    origin: String,
    partners: String,
    waiting: String,
    stale_lines: bool,
}

async fn page(site: &Shared, ctx: &Ctx, errors: Errors, typed: Option<String>) -> Result<OverviewPage, Problem> {
    let mut conn = site.db.read().await?;
    let active = partners::list(&mut conn).await?.iter().filter(|partner| partner.state == partners::State::Active).count();
    let waiting = outbox::count_waiting(&mut conn).await?;
    let lines = help::lines(&mut conn).await?;
    Ok(OverviewPage {
        shell: ctx.shell(ctx.t.say("admin-title")),
        name: typed.unwrap_or_else(|| site.house.name().to_string()),
        errors,
        origin: site.config.origin.to_string(),
        partners: ctx.t.number(i64::try_from(active).unwrap_or(0)),
        waiting: ctx.t.number(waiting),
        stale_lines: lines.is_empty() || help::is_stale(&lines, site.now()),
    })
}

/// The admin's first page.
pub async fn show(State(site): State<Shared>, member: Member, ctx: Ctx) -> Result<Html<OverviewPage>, Problem> {
    member.at_least(Role::Admin)?;
    Ok(Html(page(&site, &ctx, Errors::none(), None).await?))
}

#[derive(Deserialize)]
pub struct NameForm {
    name: String,
}

/// Gives the house a name.
pub async fn rename(State(site): State<Shared>, member: Member, ctx: Ctx, Form(typed): Form<NameForm>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let name = match HouseName::parse(&typed.name) {
        Ok(name) => name,
        Err(fault) => {
            let key = match fault {
                HouseNameFault::Empty => "web-required",
                HouseNameFault::TooLong => "admin-name-too-long",
            };
            let mut errors = Errors::none();
            errors.add("name", ctx.t.say(key));
            return Ok(Html(page(&site, &ctx, errors, Some(typed.name)).await?).with_status(StatusCode::UNPROCESSABLE_ENTITY));
        }
    };
    let mut tx = site.db.begin().await?;
    actions::name_house(&mut tx, &site.here(), &name).await?;
    tx.commit().await?;
    site.house.rename(name.as_str());
    Ok(see_other_with_notice("/admin", "admin-said-named"))
}

#[derive(Template)]
#[template(path = "features/admin/overview/desk.html")]
pub struct DeskPage {
    shell: Shell,
}

/// The first page of hosts and moderators.
pub async fn desk(member: Member, ctx: Ctx) -> Result<Html<DeskPage>, Problem> {
    member.at_least(Role::Host)?;
    Ok(Html(DeskPage { shell: ctx.shell(ctx.t.say("admin-desk-title")) }))
}
