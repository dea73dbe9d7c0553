//! The queue: what waits to be sent to partners, and what could not be. It shows kinds and states, never what was said or by whom.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use crate::base::{Id, Timestamp};
use crate::features::accounts::{Member, Role};
use crate::federation::{outbox, parked, partners};
use crate::jobs;
use crate::site::Shared;
use crate::web::{Ctx, Html, Problem, Shell, see_other, see_other_with_notice};

/// One delivery as the queue shows it.
pub(super) struct QueueRow {
    partner: String,
    partner_id: String,
    seq: i64,
    pub(super) verb: String,
    pub(super) state: String,
    status: String,
    pub(super) attempts: String,
    pub(super) written: String,
    pub(super) next: String,
}

pub(super) fn queue_row(ctx: &Ctx, names: &HashMap<String, String>, queued: outbox::Queued) -> QueueRow {
    let next = if queued.state == "waiting" { ctx.t.date_time(Timestamp::from_millis(queued.next_at)) } else { String::new() };
    QueueRow {
        partner: names.get(&queued.partner_id).cloned().unwrap_or_default(),
        partner_id: queued.partner_id,
        seq: queued.outbox_seq,
        verb: super::kind_of(ctx.t, &queued.verb),
        state: queued.state,
        status: queued.status.map(|status| status.to_string()).unwrap_or_default(),
        attempts: ctx.t.number(queued.attempts),
        written: ctx.t.date_time(Timestamp::from_millis(queued.created_at)),
        next,
    }
}

#[derive(Template)]
#[template(path = "features/partners/queue.html")]
pub struct QueuePage {
    shell: Shell,
    rows: Vec<QueueRow>,
    all: bool,
    older: Option<String>,
    /// That something was put aside.
    aside: Option<String>,
}

#[derive(Deserialize)]
pub struct QueueQuery {
    #[serde(default)]
    all: Option<String>,
    #[serde(default)]
    before: Option<String>,
}

/// `GET /admin/queue`
pub async fn queue(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Query(query): Query<QueueQuery>,
) -> Result<Html<QueuePage>, Problem> {
    member.at_least(Role::Admin)?;
    let all = query.all.is_some();
    let mut conn = site.db.read().await?;
    let names = partners::list(&mut conn).await?.into_iter().map(|partner| (partner.id.to_string(), partner.name)).collect();
    let place = query.before.as_deref().map_or_else(outbox::Place::newest, outbox::Place::parse);
    let rows = outbox::queue(&mut conn, None, all, &place).await?;
    let older = rows.last().filter(|_| rows.len() == outbox::PAGE).map(|row| outbox::Place::behind(row).to_string());
    let aside = parked::count(&mut conn).await? + jobs::counts(&mut conn).await?.1;
    let aside = (aside > 0).then(|| ctx.t.with("partners-parked-some", &[("count", aside)]));
    let rows = rows.into_iter().map(|queued| queue_row(&ctx, &names, queued)).collect();
    Ok(Html(QueuePage { shell: ctx.shell(ctx.t.say("partners-queue-title")), rows, all, older, aside }))
}

/// `POST /admin/queue/{partner}/{seq}/retry`
pub async fn retry(State(site): State<Shared>, member: Member, Path((partner, seq)): Path<(String, i64)>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let partner = Id::parse(&partner).ok_or(Problem::NotFound)?;
    let mut tx = site.db.begin().await?;
    let there = outbox::retry(&mut tx, &partner, seq, site.now()).await?;
    tx.commit().await?;
    if there { Ok(see_other_with_notice("/admin/queue", "partners-said-retry")) } else { Ok(see_other("/admin/queue")) }
}
