//! `/admin/audit`: the log for admins and auditors, newest first, and the log as a file. Reading it is a row of it, one for
//! each reader and day; every export is a row of its own.

use std::time::Duration;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Deserialize;

use super::{Names, day};
use crate::audit::{self, Event, Filter, Kept, What};
use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError};
use crate::features::accounts::{self, Member};
use crate::features::oversight::{export as file, lines};
use crate::site::Shared;
use crate::web::{Choice, Ctx, Errors, Form, Html, Problem, Shell};

/// Rows on one page.
const PAGE: i64 = 50;
/// Rows in one file; the command gives more.
const MOST: usize = 100_000;
/// Rows read in one go for a file.
const PART: i64 = 1000;

/// Which rows.
#[derive(Deserialize, Default)]
pub struct Wanted {
    #[serde(default)]
    event: String,
    #[serde(default)]
    person: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    before: String,
}

/// What the database is asked for.
struct Asked {
    event: &'static str,
    person: String,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Asked {
    /// A person is named by the sign-in name or, when the account is gone, by its id as it stands in the rows.
    async fn read(conn: &mut Conn, wanted: &Wanted, errors: &mut Errors, ctx: &Ctx) -> Result<Self, DbError> {
        let typed = wanted.person.trim();
        let person = match accounts::by_sign_in_name(conn, typed).await? {
            Some(account) if !typed.is_empty() => account.id.to_string(),
            _ => typed.to_owned(),
        };
        let mut moment = |name: &'static str, text: &str| {
            let day = day(text);
            if day.is_none() && !text.trim().is_empty() {
                errors.add(name, ctx.t.say("oversight-error-day"));
            }
            day
        };
        let from = moment("from", &wanted.from);
        // The last day is in.
        let until = moment("until", &wanted.until).map(|day| day.plus(Duration::from_hours(24)));
        Ok(Self { event: What::parse(&wanted.event).map_or("", What::as_str), person, from, until })
    }

    /// The filter as the log keeps it: codes, ids and moments. What was typed and is nobody here stands there as just that.
    fn codes(&self) -> String {
        let person = match self.person.as_str() {
            "" => String::new(),
            id if Id::parse(id).is_some() => id.to_owned(),
            _ => "unknown".to_owned(),
        };
        let moment = |at: Option<Timestamp>| at.map(Timestamp::rfc3339).unwrap_or_default();
        let parts = [("event", self.event.to_owned()), ("person", person), ("from", moment(self.from)), ("until", moment(self.until))];
        let said = parts.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}:{value}"));
        said.collect::<Vec<_>>().join(" ")
    }

    fn filter(&self) -> Filter<'_> {
        Filter { event: self.event, person: &self.person, from: self.from, until: self.until, ..Filter::default() }
    }
}

struct Row {
    seq: i64,
    when: String,
    event: String,
    done: bool,
    who: String,
    role: String,
    /// The second person; empty when the one who did it answers for it.
    responsible: String,
    object: String,
    object_id: String,
    client: String,
    ground: String,
    words: String,
}

#[derive(Template)]
#[template(path = "features/oversight/pages/log.html")]
struct LogPage {
    shell: Shell,
    rows: Vec<Row>,
    events: Vec<Choice>,
    wanted: Wanted,
    errors: Errors,
    older: Option<String>,
}

/// `GET /admin/audit`
pub async fn show(State(site): State<Shared>, ctx: Ctx, member: Member, Query(wanted): Query<Wanted>) -> Result<Response, Problem> {
    member.reads_logs()?;
    let (t, now) = (ctx.t, site.now());
    let mut errors = Errors::none();
    let mut tx = site.db.begin().await?;
    let asked = Asked::read(&mut tx, &wanted, &mut errors, &ctx).await?;
    audit::record_once(&mut tx, &reading(&member, now, ("log", &asked.codes())), now.day()).await?;
    let before = wanted.before.parse().unwrap_or(i64::MAX);
    let mut kept = audit::list(&mut tx, &asked.filter(), before, PAGE + 1).await?;
    tx.commit().await?;
    let more = kept.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    if more {
        kept.pop();
    }
    let older = kept.last().filter(|_| more).map(|last| {
        let pairs = [("event", &wanted.event), ("person", &wanted.person), ("from", &wanted.from), ("until", &wanted.until)];
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("/admin/audit?{query}&before={}", last.seq)
    });
    let mut conn = site.db.read().await?;
    let mut names = Names::default();
    let mut rows = Vec::with_capacity(kept.len());
    for row in &kept {
        rows.push(shown(&mut conn, &mut names, &ctx, row).await?);
    }
    let choice = |what: What| Choice::new(what.as_str(), lines::event(t, what.as_str())).chosen_if(what.as_str() == asked.event);
    let events = std::iter::once(Choice::new("", t.say("oversight-any-event")).chosen_if(asked.event.is_empty()))
        .chain(What::ALL.into_iter().map(choice))
        .collect();
    let page = LogPage { shell: ctx.shell(t.say("oversight-log")), rows, events, wanted, errors, older };
    Ok(Html(page).into_response())
}

/// That the log is read, as a row of it.
fn reading<'a>(member: &'a Member, now: Timestamp, (object, words): (&'a str, &'a str)) -> Event<'a> {
    Event {
        at: now,
        what: What::AuditRead,
        done: true,
        by: member.by(),
        purpose: "oversight",
        object: ("audit", object),
        client: "",
        ground: member.role.as_str(),
        words,
    }
}

async fn shown(conn: &mut Conn, names: &mut Names, ctx: &Ctx, row: &Kept) -> Result<Row, DbError> {
    let t = ctx.t;
    let person = matches!(row.access.as_str(), "page") || !matches!(row.user_id.as_str(), "console" | "machine");
    Ok(Row {
        seq: row.seq,
        when: t.date_time(row.when()),
        event: lines::event(t, &row.event),
        done: row.is_done(),
        who: match row.access.as_str() {
            "partner" => names.partner(conn, &row.user_id).await?,
            _ if person => names.called(conn, t, &row.user_id).await?,
            _ => lines::role(t, &row.role),
        },
        role: lines::role(t, &row.role),
        responsible: if row.responsible == row.user_id { String::new() } else { names.called(conn, t, &row.responsible).await? },
        object: lines::object(t, &row.object_kind),
        object_id: row.object_id.clone(),
        client: if row.client.is_empty() { String::new() } else { names.called(conn, t, &row.client).await? },
        ground: lines::ground(t, &row.ground),
        words: lines::words(t, &row.event, &row.words),
    })
}

/// Which rows, in which form.
#[derive(Deserialize)]
pub struct ExportForm {
    #[serde(default)]
    event: String,
    #[serde(default)]
    person: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    form: String,
}

/// `POST /admin/audit/export`
pub async fn export(State(site): State<Shared>, ctx: Ctx, member: Member, Form(form): Form<ExportForm>) -> Result<Response, Problem> {
    member.reads_logs()?;
    let (kind, name) = match form.form.as_str() {
        "csv" => ("text/csv; charset=utf-8", "attachment; filename=\"audit.csv\""),
        "json" => ("application/json", "attachment; filename=\"audit.json\""),
        _ => return Err(Problem::BadForm),
    };
    let wanted = Wanted { event: form.event, person: form.person, from: form.from, until: form.until, before: String::new() };
    let mut errors = Errors::none();
    let mut tx = site.db.begin().await?;
    let asked = Asked::read(&mut tx, &wanted, &mut errors, &ctx).await?;
    if !errors.is_empty() {
        return Err(Problem::BadForm);
    }
    let words = format!("{} {}", form.form, asked.codes());
    audit::record(&mut tx, &reading(&member, site.now(), ("export", words.trim()))).await?;
    tx.commit().await?;
    let mut conn = site.db.read().await?;
    let mut rows: Vec<Kept> = Vec::new();
    let mut before = i64::MAX;
    while rows.len() < MOST {
        let part = audit::list(&mut conn, &asked.filter(), before, PART).await?;
        let Some(last) = part.last() else { break };
        before = last.seq;
        rows.extend(part);
    }
    let source = site.config.origin.as_str();
    let body = if form.form == "csv" { file::table(source, &rows) } else { file::json(source, &rows) };
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, HeaderValue::from_static(name))];
    Ok((headers, body).into_response())
}
