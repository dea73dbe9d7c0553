//! One partner, for admins: its agreement, what it declares, the test, what waits, and every step that can be taken now.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::base::Timestamp;
use crate::db::Conn;
use crate::features::accounts::{Member, Role};
use crate::features::assessments;
use crate::federation::declaration::Declaration;
use crate::federation::partners::{Flows, Partner, State as Standing};
use crate::federation::rules::{self, Rules, Scope};
use crate::federation::{declaration, outbox};
use crate::site::Shared;
use crate::web::{Choice, Ctx, Errors, Form, Html, Problem, Shell, Words};

use super::super::actions::{self, Answer};
use super::super::agreement::{Record, Terms, hash_of, sha256};
use super::super::canary;
use super::super::dryrun::Draft;
use super::super::{record, store};
use super::look::{Ask, LOOK, look};
use super::own::DeclarationForm;
use super::policy::{FlowField, flow_fields, group_choices, stand};
use super::queue::{QueueRow, queue_row};
use super::{Row, by, declared_lines, done, flow_words, found, row};

#[derive(Template)]
#[template(path = "features/partners/one.html")]
#[expect(clippy::struct_excessive_bools, reason = "independent parts of a page")]
pub struct OnePage {
    shell: Shell,
    partner: Row,
    stage: &'static str,
    trouble: String,
    said: String,
    ended: String,
    lines: Vec<(String, String)>,
    confirmed: bool,
    in_force: Vec<String>,
    agreed_at: String,
    over: Option<String>,
    offer: Option<Offer>,
    terms: TermsForm,
    test: Option<TestLine>,
    may_test: bool,
    signed: Option<(String, String)>,
    form: DeclarationForm,
    roles: Vec<Choice>,
    errors: Errors,
    fields: Vec<FlowField>,
    groups: Vec<Choice>,
    waiting: Vec<QueueRow>,
    receipts: Option<Receipts>,
    /// Why the house itself paused it.
    paused_for: Option<String>,
    undeclared: bool,
    changed: Option<Changed>,
    seen: String,
    stale: bool,
    terms_seen: String,
    terms_wrong: String,
    terms_open: bool,
    rules_open: bool,
    /// The section about partners in the assessment of risks is not signed.
    unsigned: bool,
    /// Something was not done because of that.
    refused: bool,
}

/// What comes back with the page: what was typed, what is wrong with it, and whether something else holds by now.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) errors: Errors,
    pub(super) declaration: Option<DeclarationForm>,
    pub(super) terms: Option<TermsForm>,
    pub(super) terms_wrong: String,
    pub(super) rules: Option<Rules>,
    pub(super) stale: bool,
    pub(super) refused: bool,
}

/// What they declared before and what they declare now, line by line.
struct Changed {
    hash: String,
    lines: Vec<(String, String, String)>,
}

/// Their offer that waits.
struct Offer {
    hash: String,
    flows: Vec<String>,
}

/// How the newest test stands.
struct TestLine {
    key: String,
    good: String,
    failed: bool,
}

/// The copies that were asked back.
struct Receipts {
    summary: String,
    open: Vec<(String, String)>,
}

/// Terms as a form.
#[derive(Clone, Debug, Default, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent boxes of a form")]
pub struct TermsForm {
    #[serde(default)]
    groups: bool,
    #[serde(default)]
    media: bool,
    #[serde(default)]
    directory: bool,
    #[serde(default)]
    expires: String,
    #[serde(default)]
    stop: bool,
    #[serde(default)]
    seen: Option<String>,
    #[serde(default)]
    step: String,
}

impl TermsForm {
    fn of(record: &Record) -> Self {
        let Terms { flows, expires, .. } = record.terms;
        let day = expires.map(|end| end.rfc3339().chars().take(10).collect()).unwrap_or_default();
        let Flows { groups, media, directory } = flows;
        Self { groups, media, directory, expires: day, stop: record.stop_when_over, seen: None, step: String::new() }
    }

    /// By which the form says which terms it showed.
    fn stand(record: &Record) -> String {
        sha256(&format!("{} {}", record.terms.as_text(), record.stop_when_over))
    }

    /// The form again, as fields that are not shown: what was looked at is what is offered.
    fn again(&self, record: &Record) -> Vec<(&'static str, String)> {
        let ticks = [("groups", self.groups), ("media", self.media), ("directory", self.directory), ("stop", self.stop)];
        let mut fields = vec![("seen", Self::stand(record)), ("expires", self.expires.clone())];
        fields.extend(ticks.into_iter().filter(|(_, ticked)| *ticked).map(|(name, _)| (name, "on".to_owned())));
        fields
    }

    fn read(&self) -> Option<(Terms, bool)> {
        let expires = match self.expires.trim() {
            "" => None,
            day => Some(Timestamp::parse_rfc3339(&format!("{day}T00:00:00Z"))?),
        };
        let flows = Flows { groups: self.groups, media: self.media, directory: self.directory };
        Some((Terms { flows, expires, ..Terms::default() }, self.stop))
    }
}

fn test_line(t: Words, test: &canary::Test, now: Timestamp) -> TestLine {
    let (key, failed) = match test.standing(now) {
        canary::Standing::Good => (t.say("partners-test-good"), false),
        canary::Standing::Running => (t.say("partners-test-running"), false),
        canary::Standing::Failed(step) => (t.say(format!("partners-test-failed-{}", step.as_str())), true),
    };
    TestLine { key, good: test.good_at.map(|at| t.with("partners-test-last", &[("date", &t.date_time(at))])).unwrap_or_default(), failed }
}

async fn receipts(conn: &mut Conn, t: Words, partner: &Partner, record: &Record) -> Result<Option<Receipts>, Problem> {
    let Some(since) = record.ended_at.filter(|_| partner.state == Standing::Ended) else { return Ok(None) };
    let (told, confirmed) = store::asked_back(conn, &partner.id, since).await?;
    let open = store::receipts(conn, &partner.id, since).await?.into_iter().filter(|row| row.confirmed_at.is_none());
    Ok(Some(Receipts {
        summary: t.with("partners-receipts", &[("told", &told), ("confirmed", &confirmed)]),
        open: open.map(|row| (row.group_name, t.say(format!("partners-queue-{}", row.state)))).collect(),
    }))
}

/// The lines of both declarations that differ, when they declare something else than somebody here has seen.
async fn changed(conn: &mut Conn, t: Words, partner: &Partner, now: Option<&Declaration>) -> Result<Option<Changed>, Problem> {
    let (Some(before), Some(now)) = (declaration::agreed_of_partner(conn, &partner.id).await?, now) else { return Ok(None) };
    let both = declared_lines(t, &before).into_iter().zip(declared_lines(t, now));
    let lines = both.filter(|(old, new)| old.1 != new.1).map(|((label, old), (_, new))| (label, old, new)).collect();
    Ok(Some(Changed { hash: hash_of(now), lines }))
}

async fn page(site: &Shared, ctx: &Ctx, partner: &Partner, typed: Typed) -> Result<OnePage, Problem> {
    let (t, now) = (ctx.t, site.now());
    let mut conn = site.db.read().await?;
    let record = record(&mut conn, partner).await?;
    let said = declaration::of_partner(&mut conn, &partner.id).await?;
    let rows = outbox::queue(&mut conn, Some(&partner.id), false, &outbox::Place::newest()).await?;
    let names = HashMap::from([(partner.id.to_string(), partner.name.clone())]);
    let test = store::test(&mut conn, &partner.id).await?;
    let all_rules = rules::load(&mut conn).await?;
    let shown_rules = typed.rules.as_ref().unwrap_or(&all_rules);
    let form = typed.declaration.unwrap_or_else(|| said.as_ref().map(DeclarationForm::of).unwrap_or_default());
    let over = record.in_force().expires.filter(|end| record.agreed.is_some() && *end <= now);
    let tested = partner.state == Standing::Active || (partner.state == Standing::Proposed && record.agreed.is_some());
    Ok(OnePage {
        shell: ctx.shell(partner.name.clone()),
        stage: record.stage.as_str(),
        trouble: record.trouble.clone(),
        said: record.said.clone(),
        ended: record.ended_by.clone(),
        confirmed: said.as_ref().is_some_and(|said| said.confirmed_at.is_some()),
        lines: said.as_ref().map(|said| declared_lines(t, said)).unwrap_or_default(),
        in_force: record.agreed.as_ref().map(|terms| flow_words(t, terms)).unwrap_or_default(),
        agreed_at: record.agreed_at.map(|at| t.date(at)).unwrap_or_default(),
        over: over.map(|end| t.with("partners-over", &[("date", &t.date(end))])),
        offer: record
            .their_terms
            .filter(|_| record.waits_for_us())
            .map(|terms| Offer { hash: record.their_hash.clone(), flows: flow_words(t, &terms) }),
        terms_seen: TermsForm::stand(&record),
        terms_open: typed.terms.is_some(),
        terms: typed.terms.unwrap_or_else(|| TermsForm::of(&record)),
        terms_wrong: typed.terms_wrong,
        seen: stand(&all_rules),
        stale: typed.stale,
        rules_open: typed.rules.is_some(),
        unsigned: !assessments::is_signed(&mut conn, &assessments::PARTNERS).await?,
        refused: typed.refused,
        test: test.as_ref().map(|test| test_line(t, test, now)),
        may_test: partner.handshake && tested,
        signed: record.signed_at.map(|at| (t.date(at), record.signed_hash.clone())),
        roles: form.roles(t),
        form,
        errors: typed.errors,
        fields: flow_fields(t, shown_rules, &Scope::partner(partner.id.clone())),
        groups: group_choices(&mut conn, shown_rules, &partner.id).await?,
        waiting: rows.into_iter().map(|queued| queue_row(ctx, &names, queued)).collect(),
        receipts: receipts(&mut conn, t, partner, &record).await?,
        paused_for: Some(format!("partners-paused-{}", partner.paused_for))
            .filter(|_| partner.state == Standing::Paused && !partner.paused_for.is_empty()),
        undeclared: partner.state == Standing::Active && !rules::has_declared(&mut conn, &partner.id).await?,
        changed: changed(&mut conn, t, partner, said.as_ref()).await?,
        partner: row(ctx, partner),
    })
}

/// `GET /admin/partners/{id}`
pub async fn show(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Html<OnePage>, Problem> {
    member.at_least(Role::Admin)?;
    let partner = found(&site, &id).await?;
    Ok(Html(page(&site, &ctx, &partner, Typed::default()).await?))
}

/// The page again, with what was typed.
pub(super) async fn again(site: &Shared, ctx: &Ctx, partner: &Partner, typed: Typed) -> Result<Response, Problem> {
    Ok(Html(page(site, ctx, partner, typed).await?).with_status(StatusCode::UNPROCESSABLE_ENTITY))
}

/// Whether this step would be the way into a new partnership before somebody answers for its risks (care R20). A partnership that
/// runs is none.
async fn is_shut(conn: &mut Conn, partner: &Partner) -> Result<bool, Problem> {
    Ok(partner.state == Standing::Proposed && !assessments::is_signed(conn, &assessments::PARTNERS).await?)
}

/// What would change if this step were taken, with a button that takes it.
async fn look_first(site: &Shared, ctx: &Ctx, (id, what): (&str, &str), words: String) -> Result<Response, Problem> {
    let partner = found(site, id).await?;
    let draft = match what {
        "pause" => Draft::Pause(partner.id.clone()),
        "resume" => Draft::Resume(partner.id.clone()),
        _ => Draft::End(partner.id.clone()),
    };
    let back = format!("/admin/partners/{}", partner.id);
    let fields = if words.is_empty() { Vec::new() } else { vec![("words", words)] };
    let question = format!("{}: {}", partner.name, ctx.t.say(format!("partners-dry-{what}")));
    let ask = Ask { question, action: format!("{back}/{what}"), fields, back };
    let mut conn = site.db.read().await?;
    look(&mut conn, site, ctx, (&draft, Vec::new()), ask).await
}

/// Runs one action on a partner and goes back to its page.
macro_rules! act {
    ($site:expr, $member:expr, $id:expr, $notice:literal, |$tx:ident, $here:ident, $origin:ident, $by:ident| $run:expr) => {{
        $member.at_least(Role::Admin)?;
        let partner = found(&$site, &$id).await?;
        let mut tx = $site.db.begin().await?;
        let ($here, $origin, $by) = (&$site.here(), &partner.origin, by(&$member));
        let result = {
            let $tx = &mut tx;
            $run.await
        };
        if result.is_ok() {
            tx.commit().await?;
        }
        done(result, format!("/admin/partners/{}", partner.id), $notice)
    }};
}

/// `POST /admin/partners/{id}/pause`
pub async fn pause(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<WordsForm>,
) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    if form.step == LOOK {
        return look_first(&site, &ctx, (&id, "pause"), String::new()).await;
    }
    act!(site, member, id, "partners-said-paused", |tx, here, origin, by| actions::pause(tx, here, origin, by))
}

/// `POST /admin/partners/{id}/resume`
pub async fn resume(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<WordsForm>,
) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    if form.step == LOOK {
        return look_first(&site, &ctx, (&id, "resume"), String::new()).await;
    }
    act!(site, member, id, "partners-said-resumed", |tx, here, origin, by| actions::resume(tx, here, origin, by))
}

/// `POST /admin/partners/{id}/test`
pub async fn test(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    act!(site, member, id, "partners-said-test", |tx, here, origin, by| actions::test(tx, here, origin, by))
}

/// A sentence that goes along, and for answers the version that was looked at.
#[derive(Default, Deserialize)]
pub struct WordsForm {
    #[serde(default)]
    words: String,
    #[serde(default)]
    hash: String,
    #[serde(default)]
    step: String,
}

/// `POST /admin/partners/{id}/end`
pub async fn end(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<WordsForm>,
) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    if form.step == LOOK {
        return look_first(&site, &ctx, (&id, "end"), form.words).await;
    }
    act!(site, member, id, "partners-said-ended", |tx, here, origin, by| actions::end(tx, here, origin, &form.words, by))
}

/// `POST /admin/partners/{id}/accept`
pub async fn accept(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<WordsForm>,
) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let partner = found(&site, &id).await?;
    if is_shut(&mut *site.db.read().await?, &partner).await? {
        return again(&site, &ctx, &partner, Typed { refused: true, ..Typed::default() }).await;
    }
    let answer = Answer { hash: &form.hash, words: "" };
    act!(site, member, id, "partners-said-accepted", |tx, here, origin, by| actions::accept(tx, here, origin, answer, by))
}

/// `POST /admin/partners/{id}/decline`
pub async fn decline(
    State(site): State<Shared>,
    member: Member,
    Path(id): Path<String>,
    Form(form): Form<WordsForm>,
) -> Result<Response, Problem> {
    let answer = Answer { hash: &form.hash, words: &form.words };
    act!(site, member, id, "partners-said-declined", |tx, here, origin, by| actions::decline(tx, here, origin, answer, by))
}

/// `POST /admin/partners/{id}/looked`: what they declare now was looked at.
pub async fn looked(
    State(site): State<Shared>,
    member: Member,
    Path(id): Path<String>,
    Form(form): Form<WordsForm>,
) -> Result<Response, Problem> {
    act!(site, member, id, "partners-said-looked", |tx, here, origin, by| actions::looked(tx, here, origin, &form.hash, by))
}

/// `POST /admin/partners/{id}/terms`
pub async fn change_terms(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<TermsForm>,
) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let partner = found(&site, &id).await?;
    let Some(terms) = form.read() else {
        let typed = Typed { terms: Some(form), terms_wrong: ctx.t.say("partners-error-date"), ..Typed::default() };
        return again(&site, &ctx, &partner, typed).await;
    };
    // Before anything is read: of two admins, the second one sees what the first one did.
    let mut tx = site.db.begin().await?;
    tx.lock("partners").await?;
    let record = record(&mut tx, &partner).await?;
    if form.seen.as_ref().is_some_and(|seen| *seen != TermsForm::stand(&record)) {
        drop(tx);
        return again(&site, &ctx, &partner, Typed { terms: Some(form), stale: true, ..Typed::default() }).await;
    }
    let back = format!("/admin/partners/{}", partner.id);
    if form.step == LOOK {
        let question = format!("{}: {}", partner.name, ctx.t.say("partners-terms"));
        let ask = Ask { question, action: format!("{back}/terms"), fields: form.again(&record), back };
        let changes = flow_words(ctx.t, &terms.0);
        return look(&mut tx, &site, &ctx, (&Draft::Terms(partner.id, terms.0.flows), changes), ask).await;
    }
    if is_shut(&mut tx, &partner).await? {
        drop(tx);
        return again(&site, &ctx, &partner, Typed { terms: Some(form), refused: true, ..Typed::default() }).await;
    }
    let result = actions::change_terms(&mut tx, &site.here(), &partner.origin, terms, by(&member)).await;
    if result.is_ok() {
        tx.commit().await?;
    }
    done(result, back, "partners-said-terms")
}

/// `POST /admin/partners/{id}/declaration`: for partners with other software.
pub async fn write_down(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<DeclarationForm>,
) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let mut errors = Errors::none();
    let Some(said) = form.read(ctx.t, &mut errors, site.now()) else {
        let partner = found(&site, &id).await?;
        return again(&site, &ctx, &partner, Typed { errors, declaration: Some(form), ..Typed::default() }).await;
    };
    act!(site, member, id, "partners-said-declared", |tx, here, origin, by| actions::write_down(tx, here, origin, &said, by))
}

/// The signed text, pasted.
#[derive(Deserialize)]
pub struct SignedForm {
    text: String,
}

/// `POST /admin/partners/{id}/signed`
pub async fn attach(
    State(site): State<Shared>,
    member: Member,
    Path(id): Path<String>,
    Form(form): Form<SignedForm, 1_400_000>,
) -> Result<Response, Problem> {
    let back = format!("/admin/partners/{id}");
    let text = form.text.trim().to_owned();
    if text.is_empty() || text.len() > 1_048_576 {
        return Err(Problem::Refused { key: "partners-error-signed", back });
    }
    act!(site, member, id, "partners-said-attached", |tx, here, origin, by| actions::attach(tx, here, origin, &text, by))
}

/// `GET /admin/partners/{id}/signed`
pub async fn signed(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let partner = found(&site, &id).await?;
    let mut conn = site.db.read().await?;
    let text = store::signed_text(&mut conn, &partner.id).await?;
    if text.is_empty() {
        return Err(Problem::NotFound);
    }
    let named = (header::CONTENT_DISPOSITION, "attachment; filename=\"agreement.txt\"");
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8"), named], text).into_response())
}
