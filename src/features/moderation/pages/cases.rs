//! The desk: what waits, and one case. Each look at a case is written down in the unit of work that shows it. The post is shown
//! to moderators of its group only; who told something is not shown, unless they said so.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::super::actions::desk::{self, Open};
use super::super::case::{Case, Kind, Outcome, Report, State as Standing};
use super::super::hours;
use super::super::sight::Viewer;
use super::refused;
use crate::base::html::SafeHtml;
use crate::base::{Id, Timestamp};
use crate::db::Conn;
use crate::features::accounts::{Member, Role};
use crate::features::groups;
use crate::features::posts::State as PostState;
use crate::site::Shared;
use crate::web::{Choice, Ctx, Errors, Html, Problem, Shell, Words};

struct Line {
    path: String,
    title: String,
    state: String,
    when: String,
    overdue: bool,
}

#[derive(Template)]
#[template(path = "features/moderation/pages/cases.html")]
struct CasesPage {
    shell: Shell,
    waiting: Vec<Line>,
    mine: Vec<Line>,
    others: Vec<Line>,
    /// For admins: how soon a worry is looked at.
    promise: Option<String>,
}

#[derive(Template)]
#[template(path = "features/moderation/pages/closed.html")]
struct ClosedPage {
    shell: Shell,
    lines: Vec<Line>,
}

/// Somebody with something on the desk; everybody else is sent away.
pub(super) async fn viewer(conn: &mut Conn, member: &Member, now: Timestamp) -> Result<Viewer, Problem> {
    let who = Viewer::load(conn, &member.account, member.role).await?;
    if who.has_a_desk(now) { Ok(who) } else { Err(Problem::Forbidden) }
}

const fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Report => "moderation-kind-report",
        Kind::Worry => "moderation-kind-worry",
        Kind::Appeal => "moderation-kind-appeal",
    }
}

async fn name_of(conn: &mut Conn, case: &Case) -> Result<String, Problem> {
    Ok(match &case.group {
        Some(group) => groups::load(conn, group).await?.map(|group| group.name).unwrap_or_default(),
        None => String::new(),
    })
}

async fn line(conn: &mut Conn, t: Words, case: &Case, now: Timestamp) -> Result<Line, Problem> {
    let group = name_of(conn, case).await?;
    let kind = t.say(title(case.kind));
    let state = match case.outcome.filter(|_| case.state == Standing::Closed) {
        Some(outcome) => t.say(outcome.key()),
        None => t.say(case.state.key()),
    };
    Ok(Line {
        path: format!("/desk/cases/{}", case.id),
        title: if group.is_empty() { kind } else { format!("{kind} · {group}") },
        state,
        when: t.date_time(case.closed_at.unwrap_or(case.opened_at)),
        overdue: case.is_overdue(now),
    })
}

/// `GET /desk/cases`
pub async fn list(State(site): State<Shared>, member: Member, ctx: Ctx) -> Result<Response, Problem> {
    let (t, here) = (ctx.t, site.here());
    let mut conn = site.db.read().await?;
    let who = viewer(&mut conn, &member, here.now).await?;
    let (mut waiting, mut mine, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for case in desk::open(&mut conn, &here, &who).await? {
        let line = line(&mut conn, t, &case, here.now).await?;
        if !case.state.is_in_hand() {
            waiting.push(line);
        } else if case.owner.as_ref() == Some(&member.account) {
            mine.push(line);
        } else {
            others.push(line);
        }
    }
    let minutes = hours::promise(&mut conn).await?.as_secs() / 60;
    let promise = (member.role >= Role::Admin).then(|| minutes.to_string());
    Ok(Html(CasesPage { shell: ctx.shell(t.say("moderation-desk")), waiting, mine, others, promise }).into_response())
}

/// `GET /desk/cases/closed`
pub async fn closed(State(site): State<Shared>, member: Member, ctx: Ctx) -> Result<Response, Problem> {
    let here = site.here();
    let mut conn = site.db.read().await?;
    let who = viewer(&mut conn, &member, here.now).await?;
    let mut lines = Vec::new();
    for case in desk::closed(&mut conn, &here, &who).await? {
        lines.push(line(&mut conn, ctx.t, &case, here.now).await?);
    }
    Ok(Html(ClosedPage { shell: ctx.shell(ctx.t.say("moderation-desk-closed")), lines }).into_response())
}

struct Told {
    when: String,
    category: String,
    words: String,
}

#[derive(Template)]
#[template(path = "features/moderation/pages/case.html")]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of the page")]
pub(super) struct CasePage {
    shell: Shell,
    at: String,
    state: String,
    opened: String,
    overdue: Option<String>,
    group: String,
    author: String,
    lang: String,
    /// The post, for moderators of its group.
    html: Option<SafeHtml>,
    post: Option<String>,
    hidden: bool,
    told: Vec<Told>,
    /// Who said that one may talk to them about it.
    willing: Option<String>,
    worry: bool,
    method: bool,
    can_take: bool,
    own_decision: bool,
    taken_by_other: bool,
    mine: bool,
    can_remove: bool,
    can_act: bool,
    can_look_up: bool,
    /// The reason of a proposal to take the writer out.
    out: Option<String>,
    out_is_mine: bool,
    rules: Vec<Choice>,
    days: Vec<Choice>,
    outcomes: Vec<Choice>,
    pub(super) reason: String,
    pub(super) pause_reason: String,
    pub(super) out_reason: String,
    pub(super) errors: Errors,
}

fn told(t: Words, report: &Report) -> Told {
    Told { when: t.date_time(report.said_at), category: t.say(report.category.key()), words: report.words.clone() }
}

/// The rules of the group, to choose the one it is about.
fn rules(rules: &[String]) -> Vec<Choice> {
    let numbered = rules.iter().enumerate().map(|(at, rule)| (at + 1, rule));
    numbered.map(|(number, rule)| Choice::new(number.to_string(), format!("{number}. {rule}"))).collect()
}

pub(super) async fn page(conn: &mut Conn, ctx: &Ctx, who: &Viewer, open: Open, now: Timestamp) -> Result<CasePage, Problem> {
    let t = ctx.t;
    let Open { case, sight, reports, post, author_name, willing } = open;
    let group = match &case.group {
        Some(group) => groups::load(conn, group).await?,
        None => None,
    };
    let in_hand = case.state.is_in_hand();
    let mine = in_hand && case.owner.as_ref() == Some(&who.account);
    let standing = post.as_ref().map(|post| post.state);
    let acts = mine && sight.acts_as.is_some() && case.author.is_some();
    let days = [1_i64, 2, 3, 7, 14, 30].iter();
    let own_decision = case.decided_by.as_ref() == Some(&who.account);
    let outcomes = Outcome::choices(case.appealed).iter();
    Ok(CasePage {
        shell: ctx.shell(t.say(title(case.kind))),
        at: format!("/desk/cases/{}", case.id),
        state: match case.outcome.filter(|_| case.state == Standing::Closed) {
            Some(outcome) => t.with("moderation-status-closed", &[("how", &t.say(outcome.key()))]),
            None => t.say(case.state.key()),
        },
        opened: t.date_time(case.opened_at),
        overdue: case.due_at.filter(|_| case.is_overdue(now)).map(|due| t.with("moderation-overdue", &[("since", &t.date_time(due))])),
        author: author_name,
        lang: post.as_ref().map(|post| post.lang.clone()).filter(|tag| tag != "und").unwrap_or_default(),
        post: post.as_ref().filter(|post| post.state == PostState::Posted).map(|post| format!("/o/{}", post.id)),
        hidden: case.post.is_some() && !sight.text,
        html: post.map(|post| post.html),
        told: reports.iter().map(|report| told(t, report)).collect(),
        willing: (!willing.is_empty()).then(|| t.with("moderation-willing", &[("names", &groups::terms::listed(&t, &willing))])),
        worry: case.kind == Kind::Worry,
        method: reports.iter().any(|report| report.category.as_str() == "method"),
        can_take: (!in_hand || (!mine && case.rests(now))) && case.state != Standing::Closed && !own_decision,
        own_decision: own_decision && !in_hand && case.state != Standing::Closed,
        taken_by_other: in_hand && !mine,
        mine,
        can_remove: acts && matches!(standing, Some(PostState::Posted | PostState::Frozen)),
        can_act: acts,
        can_look_up: mine && case.kind == Kind::Worry && who.is_staff() && case.author.is_some(),
        out_is_mine: case.out.as_ref().is_some_and(|out| out.by == who.account),
        out: case.out.map(|out| out.reason),
        rules: rules(group.as_ref().map_or(&[], |group| &group.rules)),
        days: days
            .map(|days| Choice::new(days.to_string(), t.with("groups-pause-days", &[("days", days)])).chosen_if(*days == 2))
            .collect(),
        outcomes: outcomes.map(|outcome| Choice::new(outcome.as_str(), t.say(outcome.key()))).collect(),
        group: group.map(|group| group.name).unwrap_or_default(),
        reason: String::new(),
        pause_reason: String::new(),
        out_reason: String::new(),
        errors: Errors::none(),
    })
}

/// `GET /desk/cases/{id}`
pub async fn one(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let here = site.here();
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut tx = site.db.begin().await?;
    let who = Viewer::load(&mut tx, &member.account, member.role).await?;
    let open = desk::look(&mut tx, &here, &who, &id).await.map_err(|error| refused(error, "/desk/cases".to_owned()))?;
    let page = page(&mut tx, &ctx, &who, open, here.now).await?;
    tx.commit().await?;
    Ok(Html(page).into_response())
}
