//! "What would change?": what a draft would do, in words, before it is done, and the button that does exactly that draft. Looking
//! changes nothing. It shows kinds and counts, never what was said or by whom.

use std::fmt::Write as _;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::base::{Id, Origin};
use crate::db::Conn;
use crate::features::accounts::{Member, Role};
use crate::site::Shared;
use crate::web::{Ctx, Html, Problem, Shell, Value, Words};

use super::super::dryrun::{Draft, Dry, Example, FlowLine, GroupLine, dry_run};
use super::{found, kind_of};

/// The step of a form that only looks.
pub(super) const LOOK: &str = "look";

/// A dry run in words.
#[derive(Default)]
pub(super) struct DryLines {
    pub(super) lines: Vec<String>,
    pub(super) groups: Vec<String>,
    pub(super) flows: Vec<String>,
    pub(super) examples: Vec<String>,
}

/// Why something would not flow, in words.
fn reason(t: Words, code: &str) -> String {
    const KNOWN: [&str; 10] = [
        "not-yet-partner",
        "paused-partner",
        "ended-partner",
        "not-shared",
        "outside-audience",
        "not-agreed",
        "not-declared",
        "ruled",
        "unknown-readers",
        "other-readers",
    ];
    t.say(format!("partners-reason-{}", if KNOWN.contains(&code) { code } else { "other" }))
}

/// A line that would stop or start, with the reason.
fn turned(t: Words, starts: bool, what: &str, code: &str) -> String {
    let key = if starts { "partners-dry-would-start" } else { "partners-dry-would-stop" };
    t.with(key, &[("what", &what as &dyn Value), ("reason", &reason(t, code))])
}

impl DryLines {
    pub(super) fn of(t: Words, dry: &Dry) -> Self {
        let counts: [(&str, i64); 8] = [
            ("partners-dry-stop", dry.stop),
            ("partners-dry-start", dry.start),
            ("partners-dry-same", dry.same),
            ("partners-dry-held", dry.held),
            ("partners-dry-dropped", dry.dropped),
            ("partners-dry-erase-there", dry.erase_there),
            ("partners-dry-erase-here", dry.erase_here),
            ("partners-dry-relations", dry.relations_ended),
        ];
        let group = |line: &GroupLine| {
            let GroupLine { group, partner, theirs, ours } = line;
            t.with("partners-dry-group", &[("group", group as &dyn Value), ("partner", partner), ("theirs", theirs), ("ours", ours)])
        };
        let flow = |line: &FlowLine| {
            let what = format!("{} – {} ({})", t.say(format!("partners-dry-flow-{}", line.flow)), line.group, line.partner);
            if line.flow == "may-share" { what } else { turned(t, line.starts, &what, line.reason) }
        };
        let example = |example: &Example| {
            let mut what = format!("{} → {}", kind_of(t, &example.verb), example.partner);
            if !example.group.is_empty() {
                _ = write!(what, " ({})", example.group);
            }
            _ = write!(what, " × {}, {}", t.number(example.count), t.date_time(example.newest));
            turned(t, example.starts, &what, example.reason)
        };
        Self {
            lines: counts.iter().map(|(key, count)| t.with(*key, &[("count", count)])).collect(),
            groups: dry.groups.iter().map(group).collect(),
            flows: dry.flows.iter().map(flow).collect(),
            examples: dry.examples.iter().map(example).collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "features/partners/dry.html")]
pub(super) struct DryPage {
    shell: Shell,
    question: String,
    changes: Vec<String>,
    dry: DryLines,
    action: String,
    fields: Vec<(&'static str, String)>,
    back: String,
}

/// What is asked, and the form that does it: where it goes and what it carries. Without an address there is no form.
pub(super) struct Ask {
    pub(super) question: String,
    pub(super) action: String,
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) back: String,
}

/// The page of a draft, with the changes in words where there are some.
pub(super) async fn look(
    conn: &mut Conn,
    site: &Shared,
    ctx: &Ctx,
    (draft, changes): (&Draft, Vec<String>),
    ask: Ask,
) -> Result<Response, Problem> {
    let dry = dry_run(conn, site.now(), &site.config.origin, draft).await?;
    let Ask { question, action, fields, back } = ask;
    let (shell, dry) = (ctx.shell(ctx.t.say("partners-dry-title")), DryLines::of(ctx.t, &dry));
    Ok(Html(DryPage { shell, question, changes, dry, action, fields, back }).into_response())
}

/// What is thought of.
#[derive(Default, Deserialize)]
pub struct WhatIf {
    #[serde(default)]
    what: String,
    #[serde(default)]
    partner: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    origin: String,
}

/// `GET /admin/policy/dry-run`
pub async fn what_if(State(site): State<Shared>, member: Member, ctx: Ctx, Query(form): Query<WhatIf>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let (t, back) = (ctx.t, "/admin/policy".to_owned());
    if form.what == "add" {
        let refused = Problem::Refused { key: "partners-error-address", back: back.clone() };
        let Ok(origin) = Origin::parse(form.origin.trim()) else { return Err(refused) };
        let question = format!("{origin}: {}", t.say("partners-dry-add"));
        let ask = Ask { question, action: "/admin/partners".to_owned(), fields: vec![("origin", origin.to_string())], back };
        let mut conn = site.db.read().await?;
        return look(&mut conn, &site, &ctx, (&Draft::Add(origin), Vec::new()), ask).await;
    }
    let partner = found(&site, &form.partner).await?;
    let (id, group) = (partner.id.clone(), Id::parse(&form.group));
    let (draft, done_by_admin) = match (form.what.as_str(), group) {
        ("pause", _) => (Draft::Pause(id), true),
        ("resume", _) => (Draft::Resume(id), true),
        ("end", _) => (Draft::End(id), true),
        // Hosts share their groups; an admin only looks.
        ("share", Some(group)) => (Draft::Share(group, id), false),
        ("unshare", Some(group)) => (Draft::Unshare(group, id), false),
        _ => return Err(Problem::Refused { key: "partners-error-what-if", back }),
    };
    let question = format!("{}: {}", partner.name, t.say(format!("partners-dry-{}", form.what)));
    let action = if done_by_admin { format!("/admin/partners/{}/{}", partner.id, form.what) } else { String::new() };
    let mut conn = site.db.read().await?;
    look(&mut conn, &site, &ctx, (&draft, Vec::new()), Ask { question, action, fields: Vec::new(), back }).await
}
