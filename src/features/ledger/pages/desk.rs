//! The admin's view of everything that left the house, with filters and export: kinds, houses, moments and ids. Looking and
//! exporting stand in the audit log.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::audit::{self, By, Event, What};
use crate::base::Id;
use crate::features::accounts::{Member, Role};
use crate::features::groups;
use crate::features::ledger::{Chosen, Line};
use crate::federation::ledger::{self, Cursor, Disclosure, How, Kind};
use crate::federation::partners;
use crate::site::Shared;
use crate::web::{Choice, Ctx, Errors, Html, Problem, Shell, csv};

/// Rows on one page.
const PAGE: usize = 100;
/// Rows in one export at most; a longer one is made in parts, by date.
const MOST: usize = 100_000;

/// The filters, as they stand in the address.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    persona: String,
    #[serde(default)]
    partner: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    since: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    before: String,
}

impl Asked {
    /// Read; the names of the fields that cannot be read are in the list.
    fn read(&self) -> (Chosen, Vec<&'static str>) {
        let mut wrong = Vec::new();
        let mut said = |name: &'static str, text: &str, readable: bool| {
            if !readable && !text.trim().is_empty() {
                wrong.push(name);
            }
        };
        let persona = Id::parse(self.persona.trim().rsplit('/').next().unwrap_or_default());
        let (since, until) = (Chosen::first_of(&self.since), Chosen::after(&self.until));
        said("persona", &self.persona, persona.is_some());
        said("since", &self.since, since.is_some());
        said("until", &self.until, until.is_some());
        let (partner, group, kind) = (Id::parse(&self.partner), Id::parse(&self.group), Chosen::kind_of(&self.kind));
        (Chosen { personas: persona.into_iter().collect(), partner, group, kind, since, until }, wrong)
    }

    fn query(&self, before: Option<&Cursor>) -> String {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("persona", &self.persona),
            ("partner", &self.partner),
            ("group", &self.group),
            ("kind", &self.kind),
            ("since", &self.since),
            ("until", &self.until),
        ] {
            if !value.is_empty() {
                out.append_pair(name, value);
            }
        }
        if let Some(before) = before {
            out.append_pair("before", &before.to_string());
        }
        out.finish()
    }
}

/// A row of the table.
struct Row {
    when: String,
    partner: String,
    kind: String,
    how: String,
    state: String,
    whose: String,
    thing: String,
    onward: String,
}

fn row(ctx: &Ctx, one: &Disclosure) -> Row {
    let state = match (one.receipt_at, one.asked) {
        (Some(at), _) => ctx.t.with("ledger-desk-confirmed", &[("date", &ctx.t.date(at))]),
        _ => ctx.t.say(format!("ledger-state-{}", one.answer.as_str())),
    };
    Row {
        when: ctx.t.date_time(one.at),
        partner: one.partner_name.clone(),
        kind: ctx.t.say(format!("ledger-kind-{}", one.kind.as_str())),
        how: match one.how {
            How::Sent => ctx.t.say("ledger-how-sent"),
            How::Read(times) => ctx.t.with("ledger-how-read", &[("times", &ctx.t.number(times))]),
        },
        state,
        whose: one.whose.as_ref().map(ToString::to_string).unwrap_or_default(),
        thing: one.thing.as_ref().map(ToString::to_string).unwrap_or_default(),
        onward: one.onward.join(", "),
    }
}

#[derive(Template)]
#[template(path = "features/ledger/pages/desk.html")]
struct DeskPage {
    shell: Shell,
    partners: Vec<Choice>,
    groups: Vec<Choice>,
    kinds: Vec<Choice>,
    persona: String,
    since: String,
    until: String,
    errors: Errors,
    rows: Vec<Row>,
    older: Option<String>,
    query: String,
}

/// Writes down that the ledger was looked at or taken along.
async fn record(site: &Shared, member: &Member, what: What) -> Result<(), Problem> {
    let mut tx = site.db.begin().await?;
    let event = Event {
        at: site.now(),
        what,
        done: true,
        by: By::person(member.account.as_str(), member.role.as_str()),
        purpose: "sharing",
        object: ("ledger", ""),
        client: "",
        ground: member.role.as_str(),
        words: "",
    };
    audit::record(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

/// `GET /admin/ledger`
pub(super) async fn show(State(site): State<Shared>, member: Member, ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let before = if asked.before.is_empty() { Cursor::newest() } else { Cursor::parse(&asked.before).ok_or(Problem::NotFound)? };
    record(&site, &member, What::Looked).await?;
    let (read, wrong) = asked.read();
    let mut errors = Errors::none();
    for field in wrong {
        errors.add(field, ctx.t.say(if field == "persona" { "ledger-error-persona" } else { "ledger-error-day" }));
    }
    let mut conn = site.db.read().await?;
    let found = if errors.is_empty() { ledger::list(&mut conn, &read.filter(), &before, PAGE).await? } else { Vec::new() };
    let last = (found.len() == PAGE).then(|| found.last().map(Disclosure::cursor)).flatten();
    let any = || Choice::new("", ctx.t.say("ledger-any"));
    let known = partners::list(&mut conn).await?;
    let partners = known.into_iter().map(|one| Choice::new(one.id.as_str(), one.name).chosen_if(read.partner.as_ref() == Some(&one.id)));
    let here = groups::all_here(&mut conn).await?;
    let groups = here.into_iter().map(|one| Choice::new(one.id.as_str(), one.name).chosen_if(read.group.as_ref() == Some(&one.id)));
    let kinds = Kind::ALL
        .into_iter()
        .map(|kind| Choice::new(kind.as_str(), ctx.t.say(format!("ledger-kind-{}", kind.as_str()))).chosen_if(read.kind == Some(kind)));
    let page = DeskPage {
        shell: ctx.shell(ctx.t.say("ledger-desk-title")),
        partners: std::iter::once(any()).chain(partners).collect(),
        groups: std::iter::once(any()).chain(groups).collect(),
        kinds: std::iter::once(any()).chain(kinds).collect(),
        rows: found.iter().map(|one| row(&ctx, one)).collect(),
        older: last.map(|last| format!("/admin/ledger?{}", asked.query(Some(&last)))),
        query: asked.query(None),
        persona: asked.persona,
        since: asked.since,
        until: asked.until,
        errors,
    };
    if page.errors.is_empty() { Ok(Html(page).into_response()) } else { Ok(Html(page).with_status(StatusCode::UNPROCESSABLE_ENTITY)) }
}

async fn everything(site: &Shared, member: &Member, asked: &Asked) -> Result<Vec<Line>, Problem> {
    member.at_least(Role::Admin)?;
    let (read, wrong) = asked.read();
    if !wrong.is_empty() {
        return Err(Problem::BadForm);
    }
    record(site, member, What::Exported).await?;
    let mut conn = site.db.read().await?;
    let mut all = Vec::new();
    let mut before = Cursor::newest();
    while all.len() < MOST {
        let page = ledger::list(&mut conn, &read.filter(), &before, 1000).await?;
        let Some(last) = page.last() else { break };
        before = last.cursor();
        all.extend(page.into_iter().map(Line::from));
    }
    Ok(all)
}

fn file(body: String, kind: &'static str, name: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(name)),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    (headers, body).into_response()
}

/// `GET /admin/ledger.json`
pub(super) async fn json(State(site): State<Shared>, member: Member, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let all = everything(&site, &member, &asked).await?;
    let body = serde_json::to_string_pretty(&all).map_err(|_| Problem::Internal)?;
    Ok(file(body, "application/json", "attachment; filename=\"ledger.json\""))
}

/// `GET /admin/ledger.csv`
pub(super) async fn table(State(site): State<Shared>, member: Member, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let all = everything(&site, &member, &asked).await?;
    let mut body = csv::line([
        "at", "partner", "kind", "thing", "persona", "group", "how", "times", "onward", "state", "status", "answered", "receipt",
    ]);
    for one in all {
        let text = Option::<String>::unwrap_or_default;
        let status = one.status.map(|status| status.to_string());
        body.push_str(&csv::line([
            one.at.as_str(),
            &one.partner,
            one.kind,
            &text(one.thing),
            &text(one.persona),
            &text(one.group),
            one.how,
            &one.times.to_string(),
            &one.onward.join("; "),
            one.state,
            &text(status),
            &text(one.answered),
            &text(one.receipt),
        ]));
    }
    Ok(file(body, "text/csv; charset=utf-8", "attachment; filename=\"ledger.csv\""))
}

/// Names of partners by id, for pages that have ids only.
pub(super) fn names(known: Vec<partners::Partner>) -> BTreeMap<Id, String> {
    known.into_iter().map(|partner| (partner.id, partner.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;

    #[test]
    fn what_is_typed_is_read_or_told() {
        let persona = Id::random(&SystemChance);
        for typed in [persona.to_string(), format!(" https://a.example/p/{persona}")] {
            let asked = Asked { since: "2026-02-03".to_owned(), kind: "post".to_owned(), persona: typed, ..Asked::default() };
            let (read, wrong) = asked.read();
            assert_eq!((read.personas, read.kind, wrong), (vec![persona.clone()], Some(Kind::Post), vec![]));
            assert!(asked.query(None).contains("since=2026-02-03"));
        }
        let wrong = Asked { persona: "Anna".to_owned(), until: "tomorrow".to_owned(), ..Asked::default() };
        assert_eq!(wrong.read().1, ["persona", "until"]);
    }
}
