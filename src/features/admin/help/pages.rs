//! `/admin/help`: one form with the lines in order. A line with an empty name is left out; a ticked box says that the
//! number was called today and answered.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::base::Timestamp;
use crate::features::accounts::{Member, Role};
use crate::features::help::{self, Line, Status};
use crate::site::Shared;
use crate::web::{Ctx, Errors, Form, Html, Lang, Problem, Shell, see_other_with_notice};

/// Empty rows offered below the filled ones.
const SPARE: usize = 2;

/// One line as the form shows it.
struct Row {
    at: usize,
    danger: bool,
    label: String,
    numbers: String,
    hours: String,
    place: String,
    lang: String,
    checked: String,
    checked_ms: String,
}

#[derive(Template)]
#[template(path = "features/admin/help/help.html")]
pub struct HelpPage {
    shell: Shell,
    rows: Vec<Row>,
    door: String,
    door_hours: String,
    peer_hours: String,
    /// Until when someone is at the door, if anybody is.
    staffed: Option<String>,
    errors: Errors,
}

/// The form as it is sent: one value of each list for each row.
#[derive(Default, Deserialize)]
pub struct HelpForm {
    #[serde(default)]
    label: Vec<String>,
    #[serde(default)]
    numbers: Vec<String>,
    #[serde(default)]
    hours: Vec<String>,
    #[serde(default)]
    place: Vec<String>,
    #[serde(default)]
    lang: Vec<String>,
    #[serde(default)]
    checked_ms: Vec<String>,
    /// Numbers of the rows that are about danger to life.
    #[serde(default)]
    danger: Vec<String>,
    /// Numbers of the rows that were called today.
    #[serde(default)]
    called: Vec<String>,
    #[serde(default)]
    door: String,
    #[serde(default)]
    door_hours: String,
    #[serde(default)]
    peer_hours: String,
}

fn page(ctx: &Ctx, lines: &[Line], status: Status, (errors, now): (Errors, Timestamp)) -> HelpPage {
    let staffed = status.staffed(now).map(|until| ctx.t.time(until));
    let empty = Line {
        danger: false,
        label: String::new(),
        numbers: String::new(),
        hours: String::new(),
        place: String::new(),
        lang: None,
        checked_at: None,
    };
    let all = lines.iter().cloned().chain(std::iter::repeat_n(empty, SPARE)).take(help::MAX_LINES);
    let rows = all.enumerate().map(|(at, line)| Row {
        at,
        danger: line.danger,
        label: line.label,
        numbers: line.numbers,
        hours: line.hours,
        place: line.place,
        lang: line.lang.map_or("", Lang::code).to_owned(),
        checked: line.checked_at.map(|at| ctx.t.date(at)).unwrap_or_default(),
        checked_ms: line.checked_at.map(|at| at.millis().to_string()).unwrap_or_default(),
    });
    HelpPage {
        shell: ctx.shell(ctx.t.say("admin-help-title")),
        rows: rows.collect(),
        door: status.door,
        door_hours: status.door_hours,
        peer_hours: status.peer_hours,
        staffed,
        errors,
    }
}

/// The form, filled with what is stored.
pub async fn show(State(site): State<Shared>, member: Member, ctx: Ctx) -> Result<Html<HelpPage>, Problem> {
    member.at_least(Role::Admin)?;
    let mut conn = site.db.read().await?;
    let (lines, status) = (help::lines(&mut conn).await?, help::status(&mut conn).await?);
    Ok(Html(page(&ctx, &lines, status, (Errors::none(), site.now()))))
}

fn lines_of(form: &HelpForm, now: Timestamp) -> Vec<Line> {
    let text = |list: &[String], at: usize| list.get(at).map(|text| text.trim().to_owned()).unwrap_or_default();
    let ticked = |list: &[String], at: usize| list.iter().any(|number| *number == at.to_string());
    let mut lines = Vec::new();
    for at in 0..form.label.len().min(help::MAX_LINES) {
        let label = text(&form.label, at);
        if label.is_empty() && text(&form.numbers, at).is_empty() {
            continue;
        }
        let before = text(&form.checked_ms, at).parse().ok().map(Timestamp::from_millis).filter(|at| *at <= now);
        lines.push(Line {
            danger: ticked(&form.danger, at),
            label,
            numbers: text(&form.numbers, at),
            hours: text(&form.hours, at),
            place: text(&form.place, at),
            lang: Lang::parse(&text(&form.lang, at)),
            checked_at: if ticked(&form.called, at) { Some(now) } else { before },
        });
    }
    lines
}

/// Saves all of it, or says at which line what to change.
pub async fn save(State(site): State<Shared>, member: Member, ctx: Ctx, Form(form): Form<HelpForm>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let lines = lines_of(&form, site.now());
    let mut conn = site.db.read().await?;
    let staffed_until = help::status(&mut conn).await?.staffed_until;
    drop(conn);
    let cut = |text: &str| text.trim().chars().filter(|c| !c.is_control()).take(200).collect::<String>();
    let status = Status { door: cut(&form.door), door_hours: cut(&form.door_hours), peer_hours: cut(&form.peer_hours), staffed_until };
    let mut errors = Errors::none();
    for (number, line) in (1_i64..).zip(&lines) {
        if let Err(fault) = line.check() {
            let (number, why) = (ctx.t.number(number), ctx.t.say(fault.key()));
            let sentence = ctx.t.with("admin-help-line-error", &[("number", number.as_str()), ("why", why.as_str())]);
            errors.add("line", sentence);
        }
    }
    if !errors.is_empty() {
        return Ok(Html(page(&ctx, &lines, status, (errors, site.now()))).with_status(StatusCode::UNPROCESSABLE_ENTITY));
    }
    let mut tx = site.db.begin().await?;
    help::save_lines(&mut tx, &lines).await?;
    help::save_status(&mut tx, &status).await?;
    tx.commit().await?;
    Ok(see_other_with_notice("/admin/help", "admin-said-help"))
}

/// For how many hours from now someone is at the door; none: nobody is.
#[derive(Default, Deserialize)]
pub struct ThereForm {
    #[serde(default)]
    hours: u64,
}

/// The longest time for which somebody can say at once that the door is staffed, in hours.
const LONGEST_THERE: u64 = 12;

/// `POST /admin/help/there`: somebody says that they are there now, and until when; or that they have gone.
pub async fn there(State(site): State<Shared>, member: Member, Form(form): Form<ThereForm>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let hours = form.hours.min(LONGEST_THERE);
    let until = (hours > 0).then(|| site.now().plus(Duration::from_hours(hours)));
    let mut tx = site.db.begin().await?;
    help::set_staffed_until(&mut tx, until).await?;
    tx.commit().await?;
    Ok(see_other_with_notice("/admin/help", "admin-said-help"))
}
