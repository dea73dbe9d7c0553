//! What the house answers for: the notice about data protection with its versions, how long it keeps what, and the register.
//! The notice is for everybody, also before they come in; the rest is for admins.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::super::notice;
use super::super::register::{self, Register};
use super::super::retention::{self, Bad};
use crate::audit::By;
use crate::features::accounts::{Member, Role};
use crate::features::consents::{self, Notice};
use crate::site::Shared;
use crate::web::{Ctx, Errors, Form, Html, Problem, Shell, see_other_with_notice};

struct Part {
    title: String,
    lines: Vec<String>,
}

/// Headings with their paragraphs.
fn parts(words: &str) -> Vec<Part> {
    let mut all: Vec<Part> = Vec::new();
    for line in words.lines() {
        match (line.strip_prefix("# "), all.last_mut()) {
            (Some(title), _) => all.push(Part { title: title.to_owned(), lines: Vec::new() }),
            (None, Some(part)) => part.lines.push(line.to_owned()),
            (None, None) => {}
        }
    }
    all
}

#[derive(Template)]
#[template(path = "features/takeout/pages/privacy.html")]
struct PrivacyPage {
    shell: Shell,
    short: Vec<String>,
    short_title: String,
    more: Vec<Part>,
    version: String,
    /// An older version is shown.
    old: bool,
    earlier: Option<i64>,
}

fn privacy_page(ctx: &Ctx, words: &str, kept: Option<&Notice>, old: bool) -> PrivacyPage {
    let mut all = parts(words).into_iter();
    let first = all.next().unwrap_or(Part { title: String::new(), lines: Vec::new() });
    let version =
        kept.map(|kept| ctx.t.with("takeout-notice-version", &[("version", &kept.version.to_string()), ("date", &ctx.t.date(kept.since))]));
    PrivacyPage {
        shell: ctx.shell(ctx.t.say("takeout-notice")),
        short: first.lines,
        short_title: first.title,
        more: all.collect(),
        version: version.unwrap_or_default(),
        old,
        earlier: kept.map(|kept| kept.version - 1).filter(|version| *version > 0),
    }
}

/// `GET /privacy`
pub async fn privacy(State(site): State<Shared>, ctx: Ctx) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let words = notice::words(&mut conn, ctx.t, &site.house.name()).await?;
    // What was changed a moment ago is shown at once; it gets its number within the hour.
    let kept = consents::newest_notice(&mut conn, ctx.lang).await?.filter(|kept| kept.words == words);
    Ok(Html(privacy_page(&ctx, &words, kept.as_ref(), false)).into_response())
}

/// `GET /privacy/{version}`
pub async fn version(State(site): State<Shared>, ctx: Ctx, Path(version): Path<i64>) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let kept = consents::notice_of(&mut conn, version, ctx.lang).await?.ok_or(Problem::NotFound)?;
    Ok(Html(privacy_page(&ctx, &kept.words, Some(&kept), true)).into_response())
}

struct Row {
    name: &'static str,
    title: String,
    days: String,
    bounds: String,
    due: String,
    error: String,
}

#[derive(Template)]
#[template(path = "features/takeout/pages/retention.html")]
struct RetentionPage {
    shell: Shell,
    rows: Vec<Row>,
    fixed: Vec<String>,
    errors: Errors,
}

async fn retention_page(site: &Shared, ctx: &Ctx, errors: Errors, typed: &BTreeMap<String, String>) -> Result<RetentionPage, Problem> {
    let t = ctx.t;
    let mut conn = site.db.read().await?;
    let mut rows = Vec::new();
    for line in retention::lines(&mut conn).await? {
        let name = line.kind.name;
        let due = line.due(&mut conn, site.now()).await?;
        rows.push(Row {
            name,
            title: t.with(format!("takeout-kept-{name}"), &[("span", &notice::span(t, line.days))]),
            days: typed.get(name).cloned().unwrap_or_else(|| line.days.to_string()),
            bounds: t.with("takeout-retention-bounds", &[("least", &line.kind.least), ("most", &line.kind.most)]),
            due: t.with("takeout-retention-due", &[("count", &due)]),
            error: errors.get(name).to_owned(),
        });
    }
    let fixed = retention::FIXED.iter().map(|name| t.say(format!("takeout-kept-{name}"))).collect();
    Ok(RetentionPage { shell: ctx.shell(t.say("takeout-retention")), rows, fixed, errors })
}

/// `GET /admin/retention`
pub async fn retention(State(site): State<Shared>, ctx: Ctx, member: Member) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    Ok(Html(retention_page(&site, &ctx, Errors::none(), &BTreeMap::new()).await?).into_response())
}

/// `POST /admin/retention`
pub async fn choose(
    State(site): State<Shared>,
    ctx: Ctx,
    member: Member,
    Form(typed): Form<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let mut errors = Errors::none();
    let mut choices: Vec<(&str, i64)> = Vec::new();
    for kind in &retention::KINDS {
        let Some(text) = typed.get(kind.name) else { continue };
        match text.trim().parse::<i64>() {
            Ok(days) if (kind.least..=kind.most).contains(&days) => choices.push((kind.name, days)),
            _ => errors.add(kind.name, ctx.t.with("takeout-retention-wrong", &[("least", &kind.least), ("most", &kind.most)])),
        }
    }
    if errors.is_empty() {
        let mut tx = site.db.begin().await?;
        let by = By::person(member.account.as_str(), member.role.as_str());
        match retention::set(&mut tx, site.now(), by, &choices).await? {
            Ok(()) => {
                tx.commit().await?;
                return Ok(see_other_with_notice("/admin/retention", "takeout-retention-saved"));
            }
            Err((_, Bad::Unknown | Bad::Bounds)) => return Err(Problem::BadForm),
        }
    }
    Ok(Html(retention_page(&site, &ctx, errors, &typed).await?).with_status(StatusCode::UNPROCESSABLE_ENTITY))
}

#[derive(Template)]
#[template(path = "features/takeout/pages/register.html")]
struct RegisterPage {
    shell: Shell,
    register: Register,
    recipients: Vec<String>,
    made: String,
}

/// `GET /admin/register`
pub async fn register(State(site): State<Shared>, ctx: Ctx, member: Member) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let mut conn = site.db.read().await?;
    let register = register::register(&mut conn, &site, ctx.t).await?;
    let recipients = register.recipients.iter().map(|one| one.line(ctx.t)).collect();
    let made = ctx.t.date_time(site.now());
    Ok(Html(RegisterPage { shell: ctx.shell(ctx.t.say("takeout-register-title")), register, recipients, made }).into_response())
}

/// `GET /admin/register/json`
pub async fn register_json(State(site): State<Shared>, ctx: Ctx, member: Member) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let mut conn = site.db.read().await?;
    let named = [(header::CONTENT_DISPOSITION, "attachment; filename=\"register.json\"")];
    Ok((named, axum::Json(register::register(&mut conn, &site, ctx.t).await?)).into_response())
}
