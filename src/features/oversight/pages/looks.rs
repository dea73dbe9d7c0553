//! `/me/looks`: who looked at what is kept of the person who asks, as the audit log has it. Rows of one day that say the same
//! are one line; what the person did themselves is left out. Nothing is added to what the log says.

use std::time::Duration;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Names;
use crate::audit::{self, Filter, Kept, What};
use crate::base::{Id, Timestamp};
use crate::db::Conn;
use crate::features::accounts::Member;
use crate::features::groups;
use crate::features::oversight::{lines, store};
use crate::site::Shared;
use crate::web::{Choice, Ctx, Html, Problem, Shell};

/// Most rows that are looked at for one page.
const MOST: i64 = 1000;

/// Which period.
#[derive(Deserialize)]
pub struct Period {
    #[serde(default)]
    period: String,
}

struct Line {
    when: String,
    house: String,
    what: String,
    role: String,
    ground: String,
    emergency: bool,
    times: String,
}

/// A group that was read in an emergency, in full.
struct Told {
    text: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "features/oversight/pages/looks.html")]
struct LooksPage {
    shell: Shell,
    house: String,
    periods: Vec<Choice>,
    told: Vec<Told>,
    lines: Vec<Line>,
    full: bool,
}

/// `GET /me/looks`
pub async fn show(State(site): State<Shared>, ctx: Ctx, member: Member, Query(asked): Query<Period>) -> Result<Response, Problem> {
    let t = ctx.t;
    let days: Option<u64> = match asked.period.as_str() {
        "month" => Some(31),
        "all" => None,
        _ => Some(366),
    };
    let from = days.map(|days| site.now().minus(Duration::from_hours(days * 24)));
    let mut conn = site.db.read().await?;
    let filter = Filter { client: member.account.as_str(), from, ..Filter::default() };
    let mut rows = audit::list(&mut conn, &filter, i64::MAX, MOST).await?;
    let full = rows.len() >= usize::try_from(MOST).unwrap_or(usize::MAX);
    rows.retain(|row| row.user_id != member.account.as_str());
    let told = told(&mut conn, &ctx, &rows).await?;
    let here = site.house.name().to_string();
    let mut names = Names::default();
    let mut lines = Vec::new();
    for line in lines::merged(&rows) {
        lines.push(Line {
            when: t.date(Timestamp::from_millis(line.day)),
            house: if line.partner.is_empty() { here.clone() } else { names.partner(&mut conn, &line.partner).await? },
            what: what(&ctx, &line),
            role: lines::role(t, &line.role),
            ground: if line.emergency { t.say("oversight-ground-emergency") } else { lines::ground(t, &line.ground) },
            emergency: line.emergency,
            times: if line.times > 1 { t.with("oversight-times", &[("count", line.times)]) } else { String::new() },
        });
    }
    let choice = |value: &str, key: &str, chosen: bool| Choice::new(value, t.say(key)).chosen_if(chosen);
    let periods = vec![
        choice("month", "oversight-period-month", days == Some(31)),
        choice("year", "oversight-period-year", days == Some(366)),
        choice("all", "oversight-period-all", days.is_none()),
    ];
    let house = t.with("oversight-looks-house", &[("house", &here)]);
    Ok(Html(LooksPage { shell: ctx.shell(t.say("oversight-looks")), house, periods, told, lines, full }).into_response())
}

/// What was looked at or changed, in words; for a role from what to what.
fn what(ctx: &Ctx, line: &lines::Line) -> String {
    let t = ctx.t;
    let key = match line.words.as_str() {
        "sign-in-link" => "oversight-said-sign-in-link",
        "put-to-rest" => "oversight-said-put-to-rest",
        "woken" => "oversight-said-woken",
        "person" => "oversight-said-person",
        words if words.starts_with("made>") => "oversight-said-made",
        words if words.starts_with("paused:") => "oversight-said-paused",
        "pause-ended" => "oversight-said-pause-ended",
        words if words.ends_with(">removed") => "oversight-said-removed",
        _ if line.emergency => "oversight-said-read",
        _ => return format!("{}: {}", lines::event(t, &line.event), lines::object(t, &line.object)),
    };
    t.say(key)
}

async fn told(conn: &mut Conn, ctx: &Ctx, rows: &[Kept]) -> Result<Vec<Told>, Problem> {
    let mut names = Names::default();
    let mut told = Vec::new();
    for row in rows.iter().filter(|row| row.event == What::BrokenGlass.as_str()) {
        let glass = match Id::parse(&row.ground) {
            Some(id) => store::by_id(conn, &id).await?,
            None => None,
        };
        let Some(glass) = glass else { continue };
        let group = groups::load(conn, &glass.group).await?.map(|group| group.name).unwrap_or_default();
        let who = names.called(conn, ctx.t, &row.user_id).await?;
        let second = names.called(conn, ctx.t, &row.responsible).await?;
        let when = ctx.t.date_time(row.when());
        let values = [("when", when.as_str()), ("who", who.as_str()), ("second", second.as_str()), ("group", group.as_str())];
        told.push(Told { text: ctx.t.with("oversight-told", &values), reason: glass.reason });
    }
    Ok(told)
}
