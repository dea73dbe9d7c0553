//! A copy of everything, the pause, and taking back a yes. Everything is looked up by the account of the session.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Deserialize;

use super::super::copy::{self, Format};
use super::super::pause::{self, PauseError};
use super::super::retention::{self, NOTICE_DAYS};
use super::super::withdraw::{self, WithdrawError};
use crate::audit::By;
use crate::base::Id;
use crate::features::accounts::{self, Member};
use crate::features::groups::GroupError;
use crate::features::{personas, posts};
use crate::site::Shared;
use crate::web::{Ctx, Form, Html, Problem, Shell, see_other_with_notice};

#[derive(Template)]
#[template(path = "features/takeout/pages/copy.html")]
struct CopyPage {
    shell: Shell,
    /// "A draft of yours goes on 3 March."
    draft_goes: Option<String>,
}

/// `GET /me/copy`
pub async fn copy(State(site): State<Shared>, ctx: Ctx, member: Member) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let own: Vec<Id> = personas::ids_of(&mut conn, &member.account).await?;
    let held = retention::lines(&mut conn).await?;
    let days = held.iter().find(|line| line.kind.name == "drafts").map_or(i64::MAX, |line| line.days);
    let span = |days: i64| std::time::Duration::from_hours(u64::try_from(days).unwrap_or(0).saturating_mul(24));
    let goes = posts::oldest_draft(&mut conn, &own).await?.map(|at| at.plus(span(days)));
    let soon = goes.filter(|at| *at <= site.now().plus(span(NOTICE_DAYS)));
    let draft_goes = soon.map(|at| ctx.t.with("takeout-draft-goes", &[("date", &ctx.t.date(at))]));
    Ok(Html(CopyPage { shell: ctx.shell(ctx.t.say("takeout-copy")), draft_goes }).into_response())
}

/// `POST /me/copy/page`
pub async fn copy_page(State(site): State<Shared>, ctx: Ctx, member: Member) -> Result<Response, Problem> {
    hand_out(&site, &ctx, &member, Format::Page).await
}

/// `POST /me/copy/json`
pub async fn copy_json(State(site): State<Shared>, ctx: Ctx, member: Member) -> Result<Response, Problem> {
    hand_out(&site, &ctx, &member, Format::Json).await
}

/// Makes the copy now, writes down that it was made, and hands it over. It is never on a disk of ours.
async fn hand_out(site: &Shared, ctx: &Ctx, member: &Member, format: Format) -> Result<Response, Problem> {
    let mut tx = site.db.begin().await?;
    let by = By::person(member.account.as_str(), member.role.as_str());
    copy::exported(&mut tx, site.now(), &member.account, by, format).await?;
    tx.commit().await?;
    let mut conn = site.db.read().await?;
    let copy = copy::gather(&mut conn, site, &member.account).await?.ok_or(Problem::NotFound)?;
    drop(conn);
    let (bytes, kind, name) = match format {
        Format::Page => {
            let page = copy.page(ctx.t).map_err(|_| Problem::Internal)?;
            (page.into_bytes(), "text/html; charset=utf-8", "attachment; filename=\"my-copy.html\"")
        }
        Format::Json => (copy.json().map_err(|_| Problem::Internal)?, "application/json", "attachment; filename=\"my-copy.json\""),
    };
    let mut response = bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(name));
    Ok(response)
}

#[derive(Template)]
#[template(path = "features/takeout/pages/pause.html")]
struct PausePage {
    shell: Shell,
    /// Since when it is paused.
    since: Option<String>,
}

/// `GET /me/freeze`
pub async fn pause(State(site): State<Shared>, ctx: Ctx, member: Member) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let since = accounts::frozen_since(&mut conn, &member.account).await?.map(|at| ctx.t.date(at));
    Ok(Html(PausePage { shell: ctx.shell(ctx.t.say("takeout-pause")), since }).into_response())
}

/// Whether copies at partners are taken back.
#[derive(Deserialize)]
pub struct PauseForm {
    #[serde(default)]
    take_back: bool,
}

fn paused(error: PauseError) -> Problem {
    match error {
        PauseError::Db(error) | PauseError::Post(posts::PostError::Db(error)) => error.into(),
        PauseError::Post(error) => Problem::Refused { key: error.key(), back: "/me/freeze".to_owned() },
    }
}

/// `POST /me/freeze`
pub async fn freeze(State(site): State<Shared>, member: Member, Form(form): Form<PauseForm>) -> Result<Response, Problem> {
    let mut tx = site.db.begin().await?;
    let by = By::person(member.account.as_str(), member.role.as_str());
    pause::freeze(&mut tx, &site.here(), &member.account, by, form.take_back).await.map_err(paused)?;
    tx.commit().await?;
    Ok(see_other_with_notice("/me/freeze", "takeout-paused"))
}

/// `POST /me/thaw`
pub async fn thaw(State(site): State<Shared>, member: Member) -> Result<Response, Problem> {
    let mut tx = site.db.begin().await?;
    let by = By::person(member.account.as_str(), member.role.as_str());
    pause::thaw(&mut tx, &site.here(), &member.account, by).await.map_err(paused)?;
    tx.commit().await?;
    Ok(see_other_with_notice("/me/freeze", "takeout-thawed"))
}

/// `POST /me/consents/{group}/withdraw`
pub async fn withdraw(State(site): State<Shared>, member: Member, Path(group): Path<String>) -> Result<Response, Problem> {
    let group = Id::parse(&group).ok_or(Problem::NotFound)?;
    let mut tx = site.db.begin().await?;
    let back = || "/me/consents".to_owned();
    withdraw::withdraw(&mut tx, &site.here(), &member.account, &group).await.map_err(|error| match error {
        WithdrawError::Db(error) | WithdrawError::Group(GroupError::Db(error)) | WithdrawError::Post(posts::PostError::Db(error)) => {
            error.into()
        }
        WithdrawError::Group(GroupError::NotFound) => Problem::NotFound,
        WithdrawError::Group(error) => Problem::Refused { key: error.key(), back: back() },
        WithdrawError::Post(error) => Problem::Refused { key: error.key(), back: back() },
    })?;
    tx.commit().await?;
    Ok(see_other_with_notice("/me/consents", "takeout-withdrawn"))
}
