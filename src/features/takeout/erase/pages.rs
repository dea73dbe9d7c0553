//! "Delete everything": what it means, what to do first, and a second page on which the words are typed. Nobody is asked
//! why, and nobody can stop it.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use serde::Deserialize;

use crate::audit::By;
use crate::base::Id;
use crate::db::Conn;
use crate::features::accounts::{self, Member};
use crate::features::groups;
use crate::federation::{ledger, partners};
use crate::site::Shared;
use crate::web::{Ctx, Errors, Form, Html, Problem, Shell};

use super::{EraseError, actors_of, erase};

/// The routes of this part.
pub(in crate::features::takeout) fn routes() -> Router<Shared> {
    Router::new().route("/me/erase", get(ask).post(done)).route("/me/erase/sure", get(sure))
}

#[derive(Template)]
#[template(path = "features/takeout/erase/ask.html")]
struct AskPage {
    shell: Shell,
    told: String,
    first: Vec<String>,
}

/// What stands in the way: sentences that say what to do first.
async fn hindrances(conn: &mut Conn, ctx: &Ctx, member: &Member, actors: &[Id]) -> Result<Vec<String>, Problem> {
    let mut first = Vec::new();
    if accounts::is_last_admin(conn, &member.account).await? {
        first.push(ctx.t.say("takeout-erase-last-admin"));
    }
    for group in groups::hosted_alone(conn, actors).await? {
        first.push(ctx.t.with("takeout-erase-last-host", &[("group", &group.name)]));
    }
    Ok(first)
}

/// `GET /me/erase`
async fn ask(State(site): State<Shared>, member: Member, ctx: Ctx) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let actors = actors_of(&mut conn, &member.account).await?;
    let mut told = Vec::new();
    for actor in &actors {
        told.extend(ledger::acquaintances(&mut conn, actor).await?);
    }
    let known = partners::list(&mut conn).await?;
    let names: Vec<String> = known.into_iter().filter(|one| told.contains(&one.id)).map(|one| one.name).collect();
    let told = if names.is_empty() {
        ctx.t.say("takeout-erase-nobody")
    } else {
        ctx.t.with("takeout-erase-told", &[("names", &groups::terms::listed(&ctx.t, &names))])
    };
    let first = hindrances(&mut conn, &ctx, &member, &actors).await?;
    Ok(Html(AskPage { shell: ctx.shell(ctx.t.say("takeout-erase-title")), told, first }).into_response())
}

#[derive(Template)]
#[template(path = "features/takeout/erase/sure.html")]
struct SurePage {
    shell: Shell,
    word: String,
    errors: Errors,
}

fn sure_page(ctx: &Ctx, errors: Errors) -> SurePage {
    SurePage { shell: ctx.shell(ctx.t.say("takeout-erase-sure-title")), word: ctx.t.say("takeout-erase-word"), errors }
}

/// `GET /me/erase/sure`
async fn sure(_member: Member, ctx: Ctx) -> Html<SurePage> {
    Html(sure_page(&ctx, Errors::none()))
}

/// The words, as typed.
#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    words: String,
}

#[derive(Template)]
#[template(path = "features/takeout/erase/gone.html")]
struct GonePage {
    shell: Shell,
    told: String,
}

/// `POST /me/erase`
async fn done(State(site): State<Shared>, member: Member, ctx: Ctx, Form(typed): Form<Typed>) -> Result<Response, Problem> {
    let said = typed.words.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    if said != ctx.t.say("takeout-erase-word").to_lowercase() {
        let mut errors = Errors::none();
        errors.add("words", ctx.t.say("takeout-erase-other-word"));
        return Ok(Html(sure_page(&ctx, errors)).with_status(StatusCode::UNPROCESSABLE_ENTITY));
    }
    let mut tx = site.db.begin().await?;
    let by = By::person(member.account.as_str(), member.role.as_str());
    let erased = match erase(&mut tx, &site.here(), by, &member.account).await {
        Ok(erased) => erased,
        Err(EraseError::Db(error)) => return Err(error.into()),
        Err(EraseError::LastAdmin | EraseError::LastHost(_)) => {
            return Err(Problem::Refused { key: "takeout-erase-not-yet", back: "/me/erase".to_owned() });
        }
        Err(EraseError::Unknown | EraseError::Part(_)) => return Err(Problem::Internal),
    };
    tx.commit().await?;
    let told = ctx.t.with("takeout-erase-gone-told", &[("count", erased.partners)]);
    Ok(Html(GonePage { shell: ctx.shell(ctx.t.say("takeout-erase-gone-title")).bare(), told }).into_response())
}
