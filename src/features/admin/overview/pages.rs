//! `/admin` and `/desk`: a short list of what can be done, and what waits.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError};
use crate::features::accounts::{Member, Role};
use crate::features::admin::actions::{self, HouseName, HouseNameFault};
use crate::features::partners as desk;
use crate::features::{assessments, groups, help, incidents, ledger, moderation, personas, posts, takeout};
use crate::federation::{outbox, partners};
use crate::site::Shared;
use crate::web::{Ctx, Errors, Form, Html, Problem, Shell, Words, see_other_with_notice};

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
    /// The house runs on an older copy, and nobody has looked yet.
    restored: bool,
    /// Deletions that partners have not confirmed for three days.
    late: Option<String>,
    tasks: Vec<TaskLine>,
}

/// One thing that waits for an admin.
struct TaskLine {
    text: String,
    link: String,
    urgent: bool,
}

async fn page(site: &Shared, ctx: &Ctx, errors: Errors, typed: Option<String>) -> Result<OverviewPage, Problem> {
    let mut conn = site.db.read().await?;
    let active = partners::list(&mut conn).await?.iter().filter(|partner| partner.state == partners::State::Active).count();
    let waiting = outbox::count_waiting(&mut conn).await?;
    let lines = help::lines(&mut conn).await?;
    let late = ledger::count_open(&mut conn, site.now()).await?;
    Ok(OverviewPage {
        shell: ctx.shell(ctx.t.say("admin-title")),
        name: typed.unwrap_or_else(|| site.house.name().to_string()),
        errors,
        origin: site.config.origin.to_string(),
        partners: ctx.t.number(i64::try_from(active).unwrap_or(0)),
        waiting: ctx.t.number(waiting),
        restored: ledger::restored(&site.db).await?.is_some(),
        late: (late > 0).then(|| ctx.t.with("admin-erasures-late", &[("count", late)])),
        stale_lines: lines.is_empty() || help::is_stale(&lines, site.now()),
        tasks: tasks(&mut conn, ctx.t, site.now()).await?,
    })
}

/// What went wrong and is not closed, what somebody waits for by law, then what houses wait for.
async fn tasks(conn: &mut Conn, t: Words, now: Timestamp) -> Result<Vec<TaskLine>, DbError> {
    let incident = |incident: incidents::Incident| {
        let clock = incident.clock(now);
        let key = match clock {
            incidents::Clock::Left(_) => "admin-incident-left",
            incidents::Clock::Over(_) => "admin-incident-over",
        };
        TaskLine { text: t.with(key, &[("time", &clock.shown())]), link: incidents::page_of(&incident.id), urgent: clock.is_urgent() }
    };
    let mut all: Vec<TaskLine> = incidents::open(conn).await?.into_iter().map(incident).collect();
    all.extend(unsigned(conn, t).await?);
    all.extend(takeout::waiting_objections(conn, now).await?.into_iter().map(|one| objection_line(t, one)));
    all.extend(desk::tasks(conn, now).await?.into_iter().map(|task| task_line(t, task)));
    Ok(all)
}

fn task_line(t: Words, task: desk::Task) -> TaskLine {
    let date = task.at.map(|at| t.date(at)).unwrap_or_default();
    TaskLine { text: t.with(task.key, &[("house", &task.house), ("date", &date)]), link: task.link, urgent: task.urgent }
}

/// An objection that waits for an answer: its date, no name.
fn objection_line(t: Words, waits: takeout::Waiting) -> TaskLine {
    let key = if waits.late { "takeout-objection-task-late" } else { "takeout-objection-task" };
    TaskLine { text: t.with(key, &[("date", &t.date(waits.due))]), link: waits.link, urgent: waits.late }
}

/// The sections of the assessment that somebody has to sign, or to sign again, before the house opens what they stand for (care,
/// screen 16).
async fn unsigned(conn: &mut Conn, t: Words) -> Result<Vec<TaskLine>, DbError> {
    let mut found = Vec::new();
    for section in assessments::SECTIONS {
        let stands = assessments::standing(conn, &section).await?;
        if !matches!(stands, assessments::Standing::Signed(_)) {
            let text = t.with(format!("assessments-task-{}", stands.as_str()), &[("section", &section.title(t))]);
            found.push(TaskLine { text, link: format!("/admin/dpia/{}", section.name), urgent: false });
        }
    }
    Ok(found)
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
    actions::name_house(&mut tx, &site.here(), member.by(), &name).await?;
    tx.commit().await?;
    site.house.rename(name.as_str());
    Ok(see_other_with_notice("/admin", "admin-said-named"))
}

#[derive(Template)]
#[template(path = "features/admin/overview/desk.html")]
pub struct DeskPage {
    shell: Shell,
    worries: String,
    overdue: Option<String>,
    reports: String,
    mine: Option<String>,
    first: String,
    oldest: Option<String>,
    asking: String,
    /// Groups in which something waits.
    groups: Vec<GroupLine>,
}

struct GroupLine {
    path: String,
    name: String,
    first: i64,
    asking: i64,
}

/// The first page of hosts and moderators.
pub async fn desk(State(site): State<Shared>, member: Member, ctx: Ctx) -> Result<Html<DeskPage>, Problem> {
    member.at_least(Role::Host)?;
    let (t, here) = (ctx.t, site.here());
    let mut conn = site.db.read().await?;
    let today = moderation::today(&mut conn, &here, &member.account, member.role).await?;
    let personas: Vec<Id> = personas::ids_of(&mut conn, &member.account).await?;
    let (mut first, mut asking, mut since) = (0, 0, None);
    let mut groups = Vec::new();
    for (group, membership) in groups::groups_of(&mut conn, &personas).await? {
        if !membership.may_moderate(here.now) {
            continue;
        }
        let (unanswered, oldest) = posts::count_unanswered(&mut conn, std::slice::from_ref(&group.id)).await?;
        let waiting = if group.is_local() { groups::waiting(&mut conn, &group.id).await? } else { 0 };
        since = since.into_iter().chain(oldest).min();
        first += unanswered;
        asking += waiting;
        if unanswered + waiting > 0 {
            groups.push(GroupLine { path: format!("/g/{}", group.id), name: group.name, first: unanswered, asking: waiting });
        }
    }
    let count = |key: &str, count: usize| t.with(key, &[("count", count)]);
    Ok(Html(DeskPage {
        shell: ctx.shell(t.say("admin-desk-title")),
        worries: count("admin-today-worries", today.worries),
        overdue: (today.overdue > 0).then(|| count("admin-today-overdue", today.overdue)),
        reports: count("admin-today-reports", today.reports),
        mine: (today.mine > 0).then(|| count("admin-today-mine", today.mine)),
        first: t.with("admin-today-first", &[("count", first)]),
        oldest: since.map(|at| t.with("admin-today-oldest", &[("when", t.date_time(at))])),
        asking: t.with("admin-today-asking", &[("count", asking)]),
        groups,
    }))
}
