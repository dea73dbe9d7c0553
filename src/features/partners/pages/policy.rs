//! The rules of what may flow, for admins: for the house, for a partner, as a file, and what a change would do before it is done.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::base::{Id, Origin};
use crate::db::{Conn, Tx};
use crate::features::accounts::{Member, Role};
use crate::features::groups;
use crate::federation::partners::{self, State as Standing};
use crate::federation::rules::{self, Flow, Rules, Scope, Strangers};
use crate::site::Shared;
use crate::web::{Choice, Ctx, Errors, Form, Html, LongForm, Problem, Shell, Words};

use super::super::actions;
use super::super::agreement::sha256;
use super::super::dryrun::{Draft, dry_run};
use super::super::rulebook::{self, Names};
use super::look::{Ask, DryLines, LOOK, look};
use super::{by, done, found, one};

/// One rule as a list of choices.
pub(super) struct FlowField {
    pub(super) name: &'static str,
    pub(super) label: String,
    pub(super) choices: Vec<Choice>,
}

/// The rules of exactly one scope as fields: as the house, yes, no.
pub(super) fn flow_fields(t: Words, all: &Rules, scope: &Scope) -> Vec<FlowField> {
    let mut fields: Vec<FlowField> = Flow::ALL
        .into_iter()
        .map(|flow| {
            let now = all.exact(flow, scope).map_or("", |allow| if allow { "allow" } else { "deny" });
            let choices = ["", "allow", "deny"].into_iter().map(|value| {
                Choice::new(value, t.say(format!("partners-rule-{}", if value.is_empty() { "as-house" } else { value })))
                    .chosen_if(now == value)
            });
            FlowField { name: flow.as_str(), label: t.say(format!("partners-rule-{}", flow.as_str())), choices: choices.collect() }
        })
        .collect();
    let now = all.exact_strangers(scope).map_or("", Strangers::as_str);
    let choices = ["", "allow", "known", "never"].into_iter().map(|value| {
        let key = if value.is_empty() { "partners-rule-as-house".to_owned() } else { format!("partners-strangers-{value}") };
        Choice::new(value, t.say(key)).chosen_if(now == value)
    });
    fields.push(FlowField { name: "strangers", label: t.say("partners-rule-strangers"), choices: choices.collect() });
    fields
}

/// Groups of this house that are an exception for this partner.
pub(super) async fn group_choices(conn: &mut Conn, all: &Rules, partner: &Id) -> Result<Vec<Choice>, Problem> {
    let own = groups::all_here(conn).await?.into_iter().filter(groups::Group::is_local);
    let exact = |group: &Id| all.exact(Flow::Share, &Scope { partner: Some(partner.clone()), group: Some(group.clone()) });
    Ok(own.map(|group| Choice::new(group.id.as_str(), group.name.as_str()).chosen_if(exact(&group.id) == Some(true))).collect())
}

/// Rules of one scope as they were typed.
#[derive(Default, Deserialize)]
pub struct RulesForm {
    #[serde(default)]
    share: String,
    #[serde(default)]
    directory: String,
    #[serde(default)]
    media: String,
    #[serde(default)]
    join: String,
    #[serde(default)]
    strangers: String,
    #[serde(default)]
    known: String,
    #[serde(default)]
    group: Vec<String>,
    #[serde(default)]
    seen: Option<String>,
    #[serde(default)]
    step: String,
}

/// By which a form says which rules it showed.
pub(super) fn stand(all: &Rules) -> String {
    sha256(&format!("{all:?}"))
}

impl RulesForm {
    /// Whether the rules are other ones than those that the form showed.
    fn is_stale(&self, now: &Rules) -> bool {
        self.seen.as_ref().is_some_and(|seen| *seen != stand(now))
    }

    /// The form again, as fields that are not shown: what was looked at is what is applied.
    fn again(&self, now: &Rules) -> Vec<(&'static str, String)> {
        let mut fields = vec![("seen", stand(now)), ("known", self.known.clone())];
        let values = [&self.share, &self.directory, &self.media, &self.join];
        fields.extend(Flow::ALL.into_iter().map(Flow::as_str).zip(values.map(String::clone)));
        fields.push(("strangers", self.strangers.clone()));
        fields.extend(self.group.iter().map(|group| ("group", group.clone())));
        fields
    }

    fn write(&self, all: &mut Rules, scope: &Scope) {
        for (flow, value) in Flow::ALL.into_iter().zip([&self.share, &self.directory, &self.media, &self.join]) {
            let allow = match value.as_str() {
                "allow" => Some(true),
                "deny" => Some(false),
                _ => None,
            };
            all.set(flow, scope, allow);
        }
        all.set_strangers(scope, Strangers::parse(&self.strangers));
    }
}

#[derive(Template)]
#[template(path = "features/partners/policy.html")]
pub struct PolicyPage {
    shell: Shell,
    errors: Errors,
    fields: Vec<FlowField>,
    known: String,
    exceptions: Vec<String>,
    partners: Vec<Choice>,
    groups: Vec<Choice>,
    seen: String,
    stale: bool,
}

/// What comes back with a page: what is wrong, what was typed, and whether the rules are other ones by now.
#[derive(Default)]
struct Typed {
    errors: Errors,
    rules: Option<Rules>,
    known: Option<String>,
    stale: bool,
}

async fn page(site: &Shared, ctx: &Ctx, typed: Typed) -> Result<PolicyPage, Problem> {
    let mut conn = site.db.read().await?;
    let (all, names) = (rules::load(&mut conn).await?, Names::load(&mut conn).await?);
    let mut fields = flow_fields(ctx.t, typed.rules.as_ref().unwrap_or(&all), &Scope::HOUSE);
    for field in &mut fields {
        // The house itself has nothing above it.
        field.choices.retain(|choice| !choice.value.is_empty());
    }
    let exceptions = rulebook::differences(&Rules::default(), &all, &names).into_iter().filter(|line| !line.scope.is_empty());
    let known = partners::list(&mut conn).await?.into_iter().filter(|partner| partner.state != Standing::Ended);
    let own = groups::all_here(&mut conn).await?.into_iter().filter(groups::Group::is_local);
    Ok(PolicyPage {
        shell: ctx.shell(ctx.t.say("partners-policy-title")),
        seen: stand(&all),
        stale: typed.stale,
        errors: typed.errors,
        fields,
        known: typed.known.unwrap_or_else(|| all.known().iter().cloned().collect::<Vec<_>>().join("\n")),
        exceptions: exceptions
            .map(|line| {
                format!("{}: {} – {}", line.scope, ctx.t.say(format!("partners-rule-{}", line.what)), value(ctx.t, line.what, &line.after))
            })
            .collect(),
        partners: known.map(|partner| Choice::new(partner.id.as_str(), partner.name)).collect(),
        groups: own.map(|group| Choice::new(group.id.as_str(), group.name)).collect(),
    })
}

/// A rule's value in words.
fn value(t: Words, what: &str, value: &str) -> String {
    match (what, value) {
        (_, "") => t.say("partners-rule-none"),
        ("known", list) => list.to_owned(),
        ("strangers", value) => t.say(format!("partners-strangers-{value}")),
        (_, value) => t.say(format!("partners-rule-{value}")),
    }
}

/// `GET /admin/policy`
pub async fn show(State(site): State<Shared>, member: Member, ctx: Ctx) -> Result<Html<PolicyPage>, Problem> {
    member.at_least(Role::Admin)?;
    Ok(Html(page(&site, &ctx, Typed::default()).await?))
}

/// `POST /admin/policy`: the rules of the house.
pub async fn change_house(State(site): State<Shared>, member: Member, ctx: Ctx, Form(form): Form<RulesForm>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    // Before anything is read: of two admins, the second one sees what the first one did.
    let mut tx = site.db.begin().await?;
    tx.lock("partners").await?;
    let before = rules::load(&mut tx).await?;
    let mut all = before.clone();
    form.write(&mut all, &Scope::HOUSE);
    let known: Result<Vec<Origin>, _> = form.known.lines().map(str::trim).filter(|line| !line.is_empty()).map(Origin::parse).collect();
    let mut errors = Errors::none();
    match known {
        Ok(known) => all.set_known(known),
        Err(_) => errors.add("known", ctx.t.say("partners-error-address")),
    }
    let stale = form.is_stale(&before);
    if stale || !errors.is_empty() {
        drop(tx);
        let typed = Typed { errors, rules: Some(all), known: Some(form.known), stale };
        return Ok(Html(page(&site, &ctx, typed).await?).with_status(StatusCode::UNPROCESSABLE_ENTITY));
    }
    if form.step == LOOK {
        let fields = form.again(&before);
        let ask = Ask {
            question: ctx.t.say("partners-rule-house"),
            action: "/admin/policy".to_owned(),
            fields,
            back: "/admin/policy".to_owned(),
        };
        return look_at_rules(&mut tx, &site, &ctx, (&before, all), ask).await;
    }
    let result = actions::apply(&mut tx, &site.here(), &all, by(&member)).await;
    if result.is_ok() {
        tx.commit().await?;
    }
    done(result, "/admin/policy".to_owned(), "partners-said-rules")
}

/// `POST /admin/partners/{id}/rules`: the rules for one partner, and the groups that are exceptions.
pub async fn change_partner(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<RulesForm>,
) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let partner = found(&site, &id).await?;
    let mut tx = site.db.begin().await?;
    tx.lock("partners").await?;
    let before = rules::load(&mut tx).await?;
    let mut all = before.clone();
    form.write(&mut all, &Scope::partner(partner.id.clone()));
    for group in groups::all_here(&mut tx).await?.into_iter().filter(groups::Group::is_local) {
        let ticked = form.group.iter().any(|id| id == group.id.as_str());
        let scope = Scope { partner: Some(partner.id.clone()), group: Some(group.id) };
        if ticked || all.exact(Flow::Share, &scope) == Some(true) {
            all.set(Flow::Share, &scope, ticked.then_some(true));
        }
    }
    let back = format!("/admin/partners/{}", partner.id);
    if form.is_stale(&before) {
        drop(tx);
        let typed = one::Typed { rules: Some(all), stale: true, ..one::Typed::default() };
        return one::again(&site, &ctx, &partner, typed).await;
    }
    if form.step == LOOK {
        let ask = Ask { question: partner.name.clone(), action: format!("{back}/rules"), fields: form.again(&before), back };
        return look_at_rules(&mut tx, &site, &ctx, (&before, all), ask).await;
    }
    let result = actions::apply(&mut tx, &site.here(), &all, by(&member)).await;
    if result.is_ok() {
        tx.commit().await?;
    }
    done(result, back, "partners-said-rules")
}

/// `GET /admin/policy/rules.toml`
pub async fn export(State(site): State<Shared>, member: Member) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let mut conn = site.db.read().await?;
    let (all, names) = (rules::load(&mut conn).await?, Names::load(&mut conn).await?);
    let named = (header::CONTENT_DISPOSITION, "attachment; filename=\"haven-rules.toml\"");
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8"), named], rulebook::write(&all, &names)).into_response())
}

/// A file of rules, and whether the differences were looked at.
#[derive(Deserialize)]
pub struct ImportForm {
    #[serde(default)]
    book: String,
    #[serde(default)]
    confirmed: String,
}

#[derive(Template)]
#[template(path = "features/partners/import.html")]
struct ImportPage {
    shell: Shell,
    fault: String,
    changes: Vec<String>,
    book: String,
    dry: DryLines,
    seen: String,
}

/// `POST /admin/policy/import`: shows what would change; with the same file confirmed, changes it.
pub async fn import(State(site): State<Shared>, member: Member, ctx: Ctx, form: LongForm<ImportForm>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let (t, ImportForm { book, confirmed }) = (ctx.t, form.0);
    let shell = ctx.shell(t.say("partners-import-title"));
    let mut tx = site.db.begin().await?;
    tx.lock("partners").await?;
    let (before, names) = (rules::load(&mut tx).await?, Names::load(&mut tx).await?);
    let after = match rulebook::read(&book, &names) {
        Ok(after) => after,
        Err(fault) => {
            let (key, what) = fault.key();
            let fault = t.with(key, &[("what", &what)]);
            let page = ImportPage { shell, fault, changes: Vec::new(), book, dry: DryLines::default(), seen: String::new() };
            return Ok(Html(page).with_status(StatusCode::UNPROCESSABLE_ENTITY));
        }
    };
    // What was looked at is what is done: if the rules changed in between, the page shows the new differences first.
    let seen = sha256(&format!("{before:?} {after:?}"));
    if confirmed == seen {
        let result = actions::apply(&mut tx, &site.here(), &after, by(&member)).await;
        if result.is_ok() {
            tx.commit().await?;
        }
        return done(result, "/admin/policy".to_owned(), "partners-said-rules");
    }
    let changes = rulebook::differences(&before, &after, &names).iter().map(|line| change(t, line)).collect();
    let dry = DryLines::of(t, &dry_run(&mut tx, site.now(), &site.config.origin, &Draft::Rules(Box::new(after))).await?);
    Ok(Html(ImportPage { shell, fault: String::new(), changes, book, dry, seen }).into_response())
}

/// What would change if these rules took the place of those, with a button that puts exactly them in force.
async fn look_at_rules(tx: &mut Tx, site: &Shared, ctx: &Ctx, (before, after): (&Rules, Rules), ask: Ask) -> Result<Response, Problem> {
    let names = Names::load(tx).await?;
    let changes = rulebook::differences(before, &after, &names).iter().map(|line| change(ctx.t, line)).collect();
    look(tx, site, ctx, (&Draft::Rules(Box::new(after)), changes), ask).await
}

/// One difference in words.
fn change(t: Words, line: &rulebook::Difference) -> String {
    let scope = if line.scope.is_empty() { t.say("partners-rule-house") } else { line.scope.clone() };
    let what = t.say(format!("partners-rule-{}", line.what));
    let (was, will) = (value(t, line.what, &line.before), value(t, line.what, &line.after));
    t.with("partners-import-change", &[("scope", &scope), ("what", &what), ("before", &was), ("after", &will)])
}
