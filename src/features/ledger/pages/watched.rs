//! Erasures that a partner has not confirmed, with the switch of what to do about it; and the page that holds everything back
//! after the database was put back to an older copy, until an admin has looked.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::audit::{self, By, Event, What};
use crate::features::accounts::{Member, Role};
use crate::federation::ledger::{self, Kind, Open, OpenCursor, Owed};
use crate::federation::partners;
use crate::site::Shared;
use crate::web::{Ctx, Form, Html, Problem, Shell, see_other_with_notice};

use super::super::{actions, store, watch};
use super::desk::names;

/// Rows on one page; the oldest come first.
const PAGE: usize = 100;

struct Row {
    partner: String,
    partner_id: String,
    kind: String,
    since: String,
    hours: String,
    late: bool,
    waiting: bool,
    thing: String,
}

#[derive(Template)]
#[template(path = "features/ledger/pages/open.html")]
struct OpenPage {
    shell: Shell,
    rows: Vec<Row>,
    more: Option<String>,
    pauses: bool,
}

/// Where the list goes on.
#[derive(Deserialize)]
pub(super) struct After {
    #[serde(default)]
    after: String,
}

/// `GET /admin/erasures`
pub(super) async fn show(State(site): State<Shared>, member: Member, ctx: Ctx, Query(query): Query<After>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let after = if query.after.is_empty() { None } else { Some(OpenCursor::parse(&query.after).ok_or(Problem::NotFound)?) };
    let now = site.now();
    let mut conn = site.db.read().await?;
    let owed = Owed { after: after.as_ref(), ..Owed::since(now.plus(std::time::Duration::from_millis(1))) };
    let open = ledger::open(&mut conn, &owed, i64::try_from(PAGE).unwrap_or(i64::MAX)).await?;
    let more = (open.len() == PAGE).then(|| open.last().map(Open::cursor)).flatten().map(|last| {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("after", &last.to_string()).finish();
        format!("/admin/erasures?{query}")
    });
    let names = names(partners::list(&mut conn).await?);
    let rows = open.into_iter().map(|one| Row {
        partner: names.get(&one.partner).cloned().unwrap_or_default(),
        kind: ctx.t.say(if one.kind == Kind::Farewell { "ledger-kind-farewell" } else { "ledger-kind-deletion" }),
        since: ctx.t.date_time(one.since),
        hours: ctx.t.with("ledger-open-hours", &[("hours", now.since(one.since).as_secs() / 3600)]),
        late: watch::is_late(one.since, now),
        waiting: one.waiting,
        thing: one.thing.to_string(),
        partner_id: one.partner.to_string(),
    });
    let (rows, pauses) = (rows.collect(), store::pauses(&mut conn).await?);
    let page = OpenPage { shell: ctx.shell(ctx.t.say("ledger-open-title")), rows, more, pauses };
    Ok(Html(page).into_response())
}

/// The switch.
#[derive(Deserialize)]
pub(super) struct Rule {
    #[serde(default)]
    pauses: bool,
}

fn event<'a>(site: &Shared, member: &'a Member, what: What, words: &'a str) -> Event<'a> {
    Event {
        at: site.now(),
        what,
        done: true,
        by: By::person(member.account.as_str(), member.role.as_str()),
        purpose: "rights",
        object: ("erasures", ""),
        client: "",
        ground: member.role.as_str(),
        words,
    }
}

/// `POST /admin/erasures`
pub(super) async fn set(State(site): State<Shared>, member: Member, Form(rule): Form<Rule>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let mut tx = site.db.begin().await?;
    store::set_pauses(&mut tx, rule.pauses).await?;
    let words = if rule.pauses { "pause-after-week>on" } else { "pause-after-week>off" };
    audit::record(&mut tx, &event(&site, &member, What::PolicyChanged, words)).await?;
    tx.commit().await?;
    Ok(see_other_with_notice("/admin/erasures", "ledger-said-rule"))
}

#[derive(Template)]
#[template(path = "features/ledger/pages/restored.html")]
struct RestoredPage {
    shell: Shell,
    /// When, and what was applied again; nothing: the house does not run on an older copy.
    restored: Option<(String, Option<String>)>,
}

/// `GET /admin/restored`
pub(super) async fn restored(State(site): State<Shared>, member: Member, ctx: Ctx) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let found = actions::restored(&site.db).await?;
    let restored = found.map(|found| {
        let replayed = found.replayed.map(|count| ctx.t.with("ledger-restored-replayed", &[("count", count)]));
        (ctx.t.date_time(found.at), replayed)
    });
    Ok(Html(RestoredPage { shell: ctx.shell(ctx.t.say("ledger-restored-title")), restored }).into_response())
}

/// `POST /admin/restored`: the admin has looked; deliveries go on.
pub(super) async fn go_on(State(site): State<Shared>, member: Member) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    match actions::restored(&site.db).await? {
        None => return Ok(see_other_with_notice("/admin/restored", "ledger-said-go-on")),
        Some(found) if found.replayed.is_none() => {
            return Err(Problem::Refused { key: "ledger-error-not-replayed", back: "/admin/restored".to_owned() });
        }
        Some(_) => {}
    }
    let mut tx = site.db.begin().await?;
    audit::record(&mut tx, &event(&site, &member, What::Restored, "go-on")).await?;
    tx.commit().await?;
    site.db.settle_restored().await?;
    site.stir();
    Ok(see_other_with_notice("/admin/restored", "ledger-said-go-on"))
}
