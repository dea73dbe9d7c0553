//! `/glass`: asking to read a group in an emergency, answering somebody else's request, and reading for an hour. Every page
//! that shows a word of the group is a row of the audit log before it is shown. There is no button to write.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;

use super::Names;
use crate::base::Id;
use crate::base::html::SafeHtml;
use crate::db::{Conn, DbError};
use crate::features::accounts::Member;
use crate::features::groups;
use crate::features::oversight::actions::{self, GlassError};
use crate::features::oversight::glass::{self, Glass, MOST_REASON, State as Standing};
use crate::features::oversight::store;
use crate::features::posts;
use crate::site::Shared;
use crate::web::{Choice, Ctx, Errors, Form, Html, Problem, Shell, see_other_with_notice};

/// Requests on the page.
const PAGE: i64 = 20;

struct Row {
    id: Id,
    group: String,
    who: String,
    when: String,
    reason: String,
    state: String,
    /// This person may say yes or no.
    may_answer: bool,
    /// This person may read now.
    may_read: bool,
    /// This person may end it.
    may_end: bool,
}

#[derive(Template)]
#[template(path = "features/oversight/pages/glass.html")]
struct GlassPage {
    shell: Shell,
    rows: Vec<Row>,
    groups: Vec<Choice>,
    group: String,
    reason: String,
    most: usize,
    errors: Errors,
}

fn taking_part(member: &Member) -> Result<(), Problem> {
    if glass::may_take_part(member.role) { Ok(()) } else { Err(Problem::Forbidden) }
}

fn refused(error: GlassError) -> Problem {
    match error {
        GlassError::Db(error) => error.into(),
        GlassError::NotFound => Problem::NotFound,
        GlassError::NotAllowed => Problem::Forbidden,
        other => Problem::Refused { key: other.key(), back: "/glass".to_owned() },
    }
}

async fn page(site: &Shared, ctx: &Ctx, member: &Member) -> Result<GlassPage, Problem> {
    let (t, now) = (ctx.t, site.now());
    let mut conn = site.db.read().await?;
    let mut names = Names::default();
    let mut rows = Vec::new();
    for glass in store::newest(&mut conn, PAGE).await? {
        let mine = glass.asked_by == member.account;
        let key = match glass.state {
            Standing::Asked if glass.waits(now) => "oversight-state-asked",
            Standing::Open if glass.is_open(now) => "oversight-state-open",
            Standing::Refused => "oversight-state-refused",
            _ => "oversight-state-over",
        };
        let until = glass.ends_at.map(|end| t.time(end)).unwrap_or_default();
        rows.push(Row {
            group: name_of(&mut conn, &glass).await?,
            who: names.called(&mut conn, t, glass.asked_by.as_str()).await?,
            when: t.date_time(glass.asked_at),
            state: t.with(key, &[("time", &until)]),
            may_answer: !mine && glass.waits(now),
            may_read: mine && glass.is_open(now),
            may_end: (mine && glass.waits(now)) || ((mine || glass.answered_by.as_ref() == Some(&member.account)) && glass.is_open(now)),
            reason: glass.reason,
            id: glass.id,
        });
    }
    let listed = groups::all_here(&mut conn).await?.into_iter().filter(|group| group.is_local() && group.is_findable());
    let groups = std::iter::once(Choice::new("", t.say("oversight-glass-by-address")))
        .chain(listed.map(|group| Choice::new(group.id.to_string(), group.name)))
        .collect();
    Ok(GlassPage {
        shell: ctx.shell(t.say("oversight-glass")),
        rows,
        groups,
        group: String::new(),
        reason: String::new(),
        most: MOST_REASON,
        errors: Errors::none(),
    })
}

async fn name_of(conn: &mut Conn, glass: &Glass) -> Result<String, DbError> {
    Ok(groups::load(conn, &glass.group).await?.map(|group| group.name).unwrap_or_default())
}

/// `GET /glass`
pub async fn list(State(site): State<Shared>, ctx: Ctx, member: Member) -> Result<Response, Problem> {
    taking_part(&member)?;
    Ok(Html(page(&site, &ctx, &member).await?).into_response())
}

/// A request: a group from the list, or by its address.
#[derive(Deserialize)]
pub struct AskForm {
    #[serde(default)]
    listed: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    reason: String,
}

impl AskForm {
    /// The id of the group: chosen, or the part after `/g/` of what was typed.
    fn id(&self) -> Option<Id> {
        if let Some(chosen) = Id::parse(self.listed.trim()) {
            return Some(chosen);
        }
        let typed = self.group.trim();
        let rest = typed.rsplit_once("/g/").map_or(typed, |(_, rest)| rest);
        Id::parse(rest.split(['/', '?', '#']).next().unwrap_or_default())
    }
}

/// `POST /glass`
pub async fn ask(State(site): State<Shared>, ctx: Ctx, member: Member, Form(form): Form<AskForm>) -> Result<Response, Problem> {
    taking_part(&member)?;
    let asked = match form.id() {
        None => Err(GlassError::NotFound),
        Some(group) => {
            let mut tx = site.db.begin().await?;
            match actions::ask(&mut tx, &site.here(), &member.account, &group, &form.reason).await {
                Ok(_) => tx.commit().await.map_err(GlassError::Db),
                Err(error) => Err(error),
            }
        }
    };
    let error = match asked {
        Ok(()) => return Ok(see_other_with_notice("/glass", "oversight-said-asked")),
        Err(GlassError::Db(error)) => return Err(error.into()),
        Err(GlassError::NotAllowed) => return Err(Problem::Forbidden),
        Err(error) => error,
    };
    let mut page = page(&site, &ctx, &member).await?;
    let field = if matches!(error, GlassError::NoReason) { "reason" } else { "group" };
    page.errors.add(field, ctx.t.say(error.key()));
    for choice in &mut page.groups {
        choice.chosen = choice.value == form.listed;
    }
    (page.group, page.reason) = (form.group, form.reason);
    Ok(Html(page).with_status(StatusCode::UNPROCESSABLE_ENTITY))
}

/// Yes or no.
#[derive(Deserialize)]
pub struct AnswerForm {
    answer: String,
}

/// `POST /glass/{id}/answer`
pub async fn answer(
    State(site): State<Shared>,
    member: Member,
    Path(id): Path<String>,
    Form(form): Form<AnswerForm>,
) -> Result<Response, Problem> {
    taking_part(&member)?;
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let yes = match form.answer.as_str() {
        "yes" => true,
        "no" => false,
        _ => return Err(Problem::BadForm),
    };
    let mut tx = site.db.begin().await?;
    actions::answer(&mut tx, &site.here(), &member.account, &id, yes).await.map_err(refused)?;
    tx.commit().await?;
    Ok(if yes { see_other_with_notice("/glass", "oversight-said-agreed") } else { see_other_with_notice("/glass", "oversight-said-no") })
}

/// `POST /glass/{id}/end`
pub async fn end(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    taking_part(&member)?;
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut tx = site.db.begin().await?;
    actions::end(&mut tx, &site.here(), &member.account, &id).await.map_err(refused)?;
    tx.commit().await?;
    Ok(see_other_with_notice("/glass", "oversight-said-ended"))
}

/// Where a list goes on.
#[derive(Deserialize)]
pub struct Part {
    #[serde(default)]
    at: String,
}

struct Entry {
    path: String,
    excerpt: String,
    lang: String,
    byline: String,
}

struct Text {
    byline: String,
    lang: String,
    html: SafeHtml,
}

#[derive(Template)]
#[template(path = "features/oversight/pages/reading.html")]
struct ReadingPage {
    shell: Shell,
    back: String,
    notice: String,
    /// That people of other houses wrote here, and which.
    elsewhere: Option<String>,
    entries: Vec<Entry>,
    texts: Vec<Text>,
    later: Option<String>,
}

fn notice(ctx: &Ctx, glass: &Glass) -> String {
    let until = glass.ends_at.map(|end| ctx.t.time(end)).unwrap_or_default();
    ctx.t.with("oversight-reading-until", &[("time", &until)])
}

async fn elsewhere(conn: &mut Conn, ctx: &Ctx, houses: &[Id]) -> Result<Option<String>, DbError> {
    let mut names = Names::default();
    let mut called = Vec::new();
    for house in houses {
        called.push(names.partner(conn, house.as_str()).await?);
    }
    Ok((!called.is_empty()).then(|| ctx.t.with("oversight-reading-elsewhere", &[("houses", &groups::terms::listed(&ctx.t, &called))])))
}

fn lang(tag: &str) -> String {
    if tag == "und" { String::new() } else { tag.to_owned() }
}

fn byline(ctx: &Ctx, author: &str, written: crate::base::Timestamp) -> String {
    let author = if author.is_empty() { ctx.t.say("oversight-someone") } else { author.to_owned() };
    ctx.t.with("oversight-byline", &[("name", &author), ("when", &ctx.t.date_time(written))])
}

/// `GET /glass/{id}`: the conversations of the group.
pub async fn group(
    State(site): State<Shared>,
    ctx: Ctx,
    member: Member,
    Path(id): Path<String>,
    Query(part): Query<Part>,
) -> Result<Response, Problem> {
    taking_part(&member)?;
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut tx = site.db.begin().await?;
    let reading = actions::read(&mut tx, &site.here(), &member.account, &id, None).await.map_err(refused)?;
    let (principal, facts) = reading.asker();
    let list = posts::conversations(&mut tx, (principal, &facts), &reading.glass.group, &part.at).await?;
    let elsewhere = elsewhere(&mut tx, &ctx, &reading.elsewhere).await?;
    tx.commit().await?;
    let entries = list.items.into_iter().map(|heading| Entry {
        path: format!("/glass/{id}/{}", heading.id),
        excerpt: if heading.excerpt.is_empty() { ctx.t.say("oversight-reading-gone") } else { heading.excerpt.clone() },
        lang: lang(&heading.lang),
        byline: byline(&ctx, &heading.author, heading.written),
    });
    let page = ReadingPage {
        shell: ctx.shell(reading.group.name.clone()),
        back: "/glass".to_owned(),
        notice: notice(&ctx, &reading.glass),
        elsewhere,
        entries: entries.collect(),
        texts: Vec::new(),
        later: list.next.map(|next| format!("/glass/{id}?at={next}")),
    };
    Ok(Html(page).into_response())
}

/// `GET /glass/{id}/{thread}`: one conversation.
pub async fn thread(
    State(site): State<Shared>,
    ctx: Ctx,
    member: Member,
    Path((id, thread)): Path<(String, String)>,
    Query(part): Query<Part>,
) -> Result<Response, Problem> {
    taking_part(&member)?;
    let (Some(id), Some(thread)) = (Id::parse(&id), Id::parse(&thread)) else { return Err(Problem::NotFound) };
    let mut tx = site.db.begin().await?;
    let reading = actions::read(&mut tx, &site.here(), &member.account, &id, Some(&thread)).await.map_err(refused)?;
    let (principal, facts) = reading.asker();
    let texts = posts::conversation(&mut tx, (principal, &facts), (&reading.glass.group, &thread), &part.at).await?;
    let texts = texts.ok_or(Problem::NotFound)?;
    let elsewhere = elsewhere(&mut tx, &ctx, &reading.elsewhere).await?;
    tx.commit().await?;
    let shown = texts.items.into_iter().map(|said| Text {
        byline: byline(&ctx, &said.author, said.written),
        lang: lang(&said.lang),
        html: said.html.clone(),
    });
    let page = ReadingPage {
        shell: ctx.shell(reading.group.name.clone()),
        back: format!("/glass/{id}"),
        notice: notice(&ctx, &reading.glass),
        elsewhere,
        entries: Vec::new(),
        texts: shown.collect(),
        later: texts.next.map(|next| format!("/glass/{id}/{thread}?at={next}")),
    };
    Ok(Html(page).into_response())
}
