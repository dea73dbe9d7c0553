//! What was put aside: messages that came in and broke something, and work of this house that was given up. It shows kinds and
//! reasons, never what was said or by whom; a button has each tried again.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use crate::base::Timestamp;
use crate::features::accounts::{Member, Role};
use crate::federation::{parked, partners};
use crate::jobs;
use crate::site::Shared;
use crate::web::{Ctx, Html, Problem, Shell, Words, see_other, see_other_with_notice};

/// Rows of each list on one page.
const ROWS: i64 = 50;

/// One thing that was put aside.
struct Row {
    /// Empty: it cannot be tried again.
    id: String,
    when: String,
    what: String,
    why: String,
    attempts: String,
}

/// `GET /admin/queue/parked`
#[derive(Template)]
#[template(path = "features/partners/parked.html")]
pub struct ParkedPage {
    shell: Shell,
    came: Vec<Row>,
    older_came: Option<i64>,
    work: Vec<Row>,
    older_work: Option<String>,
}

/// Where the lists begin: a row of the inbox, and a moment and id of a piece of work.
#[derive(Deserialize)]
pub struct Places {
    #[serde(default)]
    came: Option<i64>,
    #[serde(default)]
    work: Option<String>,
}

/// Why, in words; a code that is not known says nothing to an admin and is shown as it is.
fn why(t: Words, reason: Option<&str>) -> String {
    match reason {
        Some("panicked") => t.say("partners-parked-panicked"),
        Some("database") => t.say("partners-parked-database"),
        Some(other) => other.to_owned(),
        None => String::new(),
    }
}

fn came(t: Words, names: &HashMap<String, String>, row: &parked::Parked) -> Row {
    let house = names.get(&row.partner_id).cloned().unwrap_or_default();
    Row {
        id: if row.whole == 1 { format!("in.{}", row.seq) } else { String::new() },
        when: t.date_time(Timestamp::from_millis(row.received_at)),
        what: t.with("partners-parked-from", &[("kind", &super::kind_of(t, &row.verb)), ("house", &house)]),
        why: why(t, row.reason.as_deref()),
        attempts: t.number(row.attempts),
    }
}

fn work(t: Words, dead: &jobs::Dead) -> Row {
    Row {
        id: format!("job.{}", dead.id),
        when: t.date_time(Timestamp::from_millis(dead.run_at)),
        what: t.with("partners-parked-work", &[("kind", &dead.kind)]),
        why: why(t, dead.reason.as_deref()),
        attempts: t.number(dead.attempts),
    }
}

/// Shows both lists.
pub async fn show(State(site): State<Shared>, member: Member, ctx: Ctx, Query(places): Query<Places>) -> Result<Html<ParkedPage>, Problem> {
    member.at_least(Role::Admin)?;
    let mut conn = site.db.read().await?;
    let names = partners::list(&mut conn).await?.into_iter().map(|partner| (partner.id.to_string(), partner.name)).collect();
    let aside = parked::list(&mut conn, places.came.unwrap_or(i64::MAX), ROWS).await?;
    let place = places.work.as_deref().and_then(|place| place.split_once('.'));
    let place = place.and_then(|(at, id)| Some((at.parse().ok()?, id))).unwrap_or((i64::MAX, ""));
    let dead = jobs::dead(&mut conn, place, ROWS).await?;
    let full = |count: usize| i64::try_from(count).is_ok_and(|count| count == ROWS);
    Ok(Html(ParkedPage {
        shell: ctx.shell(ctx.t.say("partners-parked-title")),
        older_came: aside.last().filter(|_| full(aside.len())).map(|row| row.seq),
        older_work: dead.last().filter(|_| full(dead.len())).map(|row| format!("{}.{}", row.run_at, row.id)),
        came: aside.iter().map(|row| came(ctx.t, &names, row)).collect(),
        work: dead.iter().map(|row| work(ctx.t, row)).collect(),
    }))
}

/// `POST /admin/queue/parked/{id}/retry`
pub async fn retry(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let mut tx = site.db.begin().await?;
    let there = match id.split_once('.') {
        Some(("in", seq)) => parked::retry(&mut tx, seq.parse().map_err(|_| Problem::NotFound)?, site.now()).await?,
        Some(("job", job)) => jobs::retry(&mut tx, site.now(), job).await?,
        _ => return Err(Problem::NotFound),
    };
    tx.commit().await?;
    if there { Ok(see_other_with_notice("/admin/queue/parked", "partners-said-retry")) } else { Ok(see_other("/admin/queue/parked")) }
}
