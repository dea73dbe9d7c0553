//! Pages about partners: one that every member can read ("houses we share with"), and the desk of the admin with the
//! queue of what waits. No page here shows what was said or who said it.

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use crate::base::{Id, Origin, Timestamp};
use crate::features::accounts::{Member, Role};
use crate::federation::partners::Partner;
use crate::federation::{outbox, partners};
use crate::site::Shared;
use crate::web::{Ctx, Errors, Form, Html, Problem, Shell, see_other, see_other_with_notice};

use super::actions::{self, PartnerError};

/// The routes of this feature.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/partners", get(public))
        .route("/admin/partners", get(desk).post(add))
        .route("/admin/partners/{id}", get(one))
        .route("/admin/partners/{id}/pause", post(pause))
        .route("/admin/partners/{id}/resume", post(resume))
        .route("/admin/partners/{id}/end", post(end))
        .route("/admin/queue", get(queue))
        .route("/admin/queue/{partner}/{seq}/retry", post(retry))
}

/// One partner as a page shows it.
struct Row {
    id: String,
    name: String,
    origin: String,
    state: &'static str,
    handshake: bool,
    since: String,
}

fn row(ctx: &Ctx, partner: Partner) -> Row {
    Row {
        id: partner.id.to_string(),
        name: partner.name,
        origin: partner.origin.to_string(),
        state: partner.state.as_str(),
        handshake: partner.handshake,
        since: partner.started_at.map(|at| ctx.t.date(at)).unwrap_or_default(),
    }
}

#[derive(Template)]
#[template(path = "features/partners/public.html")]
struct PublicPage {
    shell: Shell,
    partners: Vec<Row>,
}

async fn public(State(site): State<Shared>, _member: Member, ctx: Ctx) -> Result<Html<PublicPage>, Problem> {
    let mut conn = site.db.read().await?;
    let known = partners::list(&mut conn).await?;
    let shown = known.into_iter().filter(|partner| matches!(partner.state, partners::State::Active | partners::State::Paused));
    let partners = shown.map(|partner| row(&ctx, partner)).collect();
    Ok(Html(PublicPage { shell: ctx.shell(ctx.t.say("partners-title")), partners }))
}

#[derive(Template)]
#[template(path = "features/partners/desk.html")]
struct DeskPage {
    shell: Shell,
    partners: Vec<Row>,
    errors: Errors,
    origin: String,
    without_handshake: bool,
    ours: String,
}

async fn desk_page(site: &Shared, ctx: &Ctx, errors: Errors, typed: NewPartner) -> Result<DeskPage, Problem> {
    let mut conn = site.db.read().await?;
    let partners = partners::list(&mut conn).await?.into_iter().map(|partner| row(ctx, partner)).collect();
    Ok(DeskPage {
        shell: ctx.shell(ctx.t.say("partners-desk-title")),
        partners,
        errors,
        origin: typed.origin,
        without_handshake: typed.without_handshake,
        ours: site.config.origin.to_string(),
    })
}

async fn desk(State(site): State<Shared>, member: Member, ctx: Ctx) -> Result<Html<DeskPage>, Problem> {
    member.at_least(Role::Admin)?;
    Ok(Html(desk_page(&site, &ctx, Errors::none(), NewPartner::default()).await?))
}

#[derive(Default, Deserialize)]
struct NewPartner {
    origin: String,
    #[serde(default)]
    without_handshake: bool,
}

async fn add(State(site): State<Shared>, member: Member, ctx: Ctx, Form(typed): Form<NewPartner>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let mut errors = Errors::none();
    let result = match Origin::parse(&typed.origin) {
        Err(_) => {
            errors.add("origin", ctx.t.say("partners-error-address"));
            None
        }
        Ok(origin) => {
            let mut tx = site.db.begin().await?;
            let loopback = site.config.loopback_federation;
            match actions::propose(&mut tx, &site.here(), &origin, !typed.without_handshake, loopback).await {
                Ok(partner) => {
                    tx.commit().await?;
                    Some(partner)
                }
                Err(PartnerError::Db(error)) => return Err(error.into()),
                Err(error) => {
                    errors.add("origin", ctx.t.say(error_key(&error)));
                    None
                }
            }
        }
    };
    if result.is_some() {
        return Ok(see_other_with_notice("/admin/partners", "partners-said-named"));
    }
    Ok(Html(desk_page(&site, &ctx, errors, typed).await?).with_status(axum::http::StatusCode::UNPROCESSABLE_ENTITY))
}

const fn error_key(error: &PartnerError) -> &'static str {
    match error {
        PartnerError::Ourselves => "partners-error-ourselves",
        PartnerError::NotHttps => "partners-error-https",
        PartnerError::Unknown => "partners-error-unknown",
        PartnerError::State(_) => "partners-error-state",
        PartnerError::NotFounded | PartnerError::Db(_) => "partners-error-later",
    }
}

#[derive(Template)]
#[template(path = "features/partners/one.html")]
struct OnePage {
    shell: Shell,
    partner: Row,
    waiting: Vec<QueueRow>,
}

async fn found(site: &Shared, id: &str) -> Result<Partner, Problem> {
    let id = Id::parse(id).ok_or(Problem::NotFound)?;
    let mut conn = site.db.read().await?;
    partners::by_id(&mut conn, &id).await?.ok_or(Problem::NotFound)
}

async fn one(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Html<OnePage>, Problem> {
    member.at_least(Role::Admin)?;
    let partner = found(&site, &id).await?;
    let mut conn = site.db.read().await?;
    let rows = outbox::queue(&mut conn, Some(&partner.id), false, i64::MAX).await?;
    let names = HashMap::from([(partner.id.to_string(), partner.name.clone())]);
    let waiting = rows.into_iter().map(|queued| queue_row(&ctx, &names, queued)).collect();
    Ok(Html(OnePage { shell: ctx.shell(partner.name.clone()), partner: row(&ctx, partner), waiting }))
}

/// Runs one of the three moves and goes back to the partner's page.
async fn moved(site: &Shared, partner: &Partner, to: Move) -> Result<Response, Problem> {
    let mut tx = site.db.begin().await?;
    let here = site.here();
    let (result, notice) = match to {
        Move::Pause => (actions::pause(&mut tx, &here, &partner.origin).await, "partners-said-paused"),
        Move::Resume => (actions::resume(&mut tx, &here, &partner.origin).await, "partners-said-resumed"),
        Move::End => (actions::end(&mut tx, &here, &partner.origin).await, "partners-said-ended"),
    };
    let back = format!("/admin/partners/{}", partner.id);
    match result {
        Ok(_) => {
            tx.commit().await?;
            Ok(see_other_with_notice(&back, notice))
        }
        Err(PartnerError::Db(error)) => Err(error.into()),
        Err(error) => Err(Problem::Refused { key: error_key(&error), back }),
    }
}

#[derive(Clone, Copy)]
enum Move {
    Pause,
    Resume,
    End,
}

async fn pause(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    moved(&site, &found(&site, &id).await?, Move::Pause).await
}

async fn resume(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    moved(&site, &found(&site, &id).await?, Move::Resume).await
}

async fn end(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    moved(&site, &found(&site, &id).await?, Move::End).await
}

/// One delivery as the queue shows it.
struct QueueRow {
    partner: String,
    partner_id: String,
    seq: i64,
    verb: String,
    state: String,
    status: String,
    attempts: String,
    written: String,
    next: String,
}

fn queue_row(ctx: &Ctx, names: &HashMap<String, String>, queued: outbox::Queued) -> QueueRow {
    let next = if queued.state == "waiting" { ctx.t.date_time(Timestamp::from_millis(queued.next_at)) } else { String::new() };
    QueueRow {
        partner: names.get(&queued.partner_id).cloned().unwrap_or_default(),
        partner_id: queued.partner_id,
        seq: queued.outbox_seq,
        verb: queued.verb,
        state: queued.state,
        status: queued.status.map(|status| status.to_string()).unwrap_or_default(),
        attempts: ctx.t.number(queued.attempts),
        written: ctx.t.date_time(Timestamp::from_millis(queued.created_at)),
        next,
    }
}

#[derive(Template)]
#[template(path = "features/partners/queue.html")]
struct QueuePage {
    shell: Shell,
    rows: Vec<QueueRow>,
    all: bool,
    older: Option<i64>,
}

#[derive(Deserialize)]
struct QueueQuery {
    #[serde(default)]
    all: Option<String>,
    #[serde(default)]
    before: Option<i64>,
}

async fn queue(State(site): State<Shared>, member: Member, ctx: Ctx, Query(query): Query<QueueQuery>) -> Result<Html<QueuePage>, Problem> {
    member.at_least(Role::Admin)?;
    let all = query.all.is_some();
    let mut conn = site.db.read().await?;
    let names = partners::list(&mut conn).await?.into_iter().map(|partner| (partner.id.to_string(), partner.name)).collect();
    let rows = outbox::queue(&mut conn, None, all, query.before.unwrap_or(i64::MAX)).await?;
    let older = (rows.len() == 200).then(|| rows.last().map(|row| row.outbox_seq)).flatten();
    let rows = rows.into_iter().map(|queued| queue_row(&ctx, &names, queued)).collect();
    Ok(Html(QueuePage { shell: ctx.shell(ctx.t.say("partners-queue-title")), rows, all, older }))
}

async fn retry(State(site): State<Shared>, member: Member, Path((partner, seq)): Path<(String, i64)>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let partner = Id::parse(&partner).ok_or(Problem::NotFound)?;
    let mut tx = site.db.begin().await?;
    let there = outbox::retry(&mut tx, &partner, seq, site.now()).await?;
    tx.commit().await?;
    if there { Ok(see_other_with_notice("/admin/queue", "partners-said-retry")) } else { Ok(see_other("/admin/queue")) }
}
