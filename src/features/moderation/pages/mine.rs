//! What one told, and what became of it: on its way, taken by a person, nobody on shift, closed. Only for who told it. Where
//! nobody is on shift the page says so, and what one can do now.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::super::case::{Kind, Report, Status};
use super::super::store::reports;
use super::own_ids;
use crate::base::{Id, Timestamp};
use crate::db::Conn;
use crate::features::accounts::Member;
use crate::features::groups;
use crate::site::Shared;
use crate::web::{Ctx, Html, Problem, Shell, Words};

struct Line {
    path: String,
    title: String,
    when: String,
    status: String,
}

#[derive(Template)]
#[template(path = "features/moderation/pages/reports.html")]
struct ReportsPage {
    shell: Shell,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "features/moderation/pages/report.html")]
struct ReportPage {
    shell: Shell,
    when: String,
    status: String,
    category: String,
    words: String,
    post: Option<String>,
    /// A worry that no person has: what to do now.
    nobody: bool,
    /// A worry that waits: what to do meanwhile.
    meanwhile: bool,
    /// It went to another house.
    away: bool,
}

/// What became of it, in a sentence.
fn status(t: Words, report: &Report, now: Timestamp) -> String {
    match (report.standing(now), report.outcome) {
        (Status::Sent, _) => match report.due_at {
            Some(due) => t.with("moderation-status-waits", &[("until", &t.time(due))]),
            None => t.say("moderation-status-sent"),
        },
        (Status::Taken, _) => t.say("moderation-status-taken"),
        (Status::Nobody, _) => t.say("moderation-status-nobody"),
        (Status::Closed, Some(outcome)) => t.with("moderation-status-closed", &[("how", &t.say(outcome.key()))]),
        (Status::Closed, None) => t.with("moderation-status-closed", &[("how", &t.say("moderation-outcome-no-action"))]),
    }
}

async fn title(conn: &mut Conn, t: Words, report: &Report) -> Result<String, Problem> {
    let group = match &report.group {
        Some(group) => groups::load(conn, group).await?.map(|group| group.name).unwrap_or_default(),
        None => String::new(),
    };
    let key = match report.kind {
        Kind::Report => "moderation-mine-report",
        Kind::Worry => "moderation-mine-worry",
        Kind::Appeal => "moderation-mine-appeal",
    };
    Ok(t.with(key, &[("group", group.as_str())]))
}

/// `GET /reports`
pub async fn list(State(site): State<Shared>, member: Member, ctx: Ctx) -> Result<Response, Problem> {
    let (t, now) = (ctx.t, site.now());
    let mut conn = site.db.read().await?;
    let mine = own_ids(&mut conn, &member).await?;
    let mut lines = Vec::new();
    for report in reports::of_reporters(&mut conn, &mine).await? {
        lines.push(Line {
            path: format!("/reports/{}", report.id),
            title: title(&mut conn, t, &report).await?,
            when: t.date_time(report.said_at),
            status: status(t, &report, now),
        });
    }
    Ok(Html(ReportsPage { shell: ctx.shell(t.say("moderation-mine-title")), lines }).into_response())
}

/// `GET /reports/{id}`
pub async fn one(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let (t, now) = (ctx.t, site.now());
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut conn = site.db.read().await?;
    let mine = own_ids(&mut conn, &member).await?;
    let report = reports::by_id(&mut conn, &id).await?.ok_or(Problem::NotFound)?;
    if report.reporter.as_ref().is_none_or(|reporter| !mine.contains(reporter)) {
        return Err(Problem::NotFound);
    }
    let worry = report.kind == Kind::Worry;
    let standing = report.standing(now);
    let page = ReportPage {
        shell: ctx.shell(title(&mut conn, t, &report).await?),
        when: t.date_time(report.said_at),
        status: status(t, &report, now),
        category: t.say(report.category.key()),
        words: report.words.clone(),
        post: report.post.as_ref().map(|post| if report.kind == Kind::Appeal { format!("/o/{post}/notice") } else { format!("/o/{post}") }),
        nobody: worry && standing == Status::Nobody,
        meanwhile: worry && standing == Status::Sent,
        away: report.to.is_some(),
    };
    Ok(Html(page).into_response())
}
