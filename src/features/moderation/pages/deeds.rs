//! What is done with a case, one form each. A form without the reason it needs comes back with what was typed; everything else
//! leads back to the case.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::super::actions::CaseError;
use super::super::actions::desk;
use super::super::case::Outcome;
use super::super::hours;
use super::super::sight::Viewer;
use super::super::store;
use super::{cases, refused};
use crate::audit::{self, By, Event, What};
use crate::base::Id;
use crate::db::Tx;
use crate::features::accounts::{Member, Role};
use crate::features::groups;
use crate::features::posts;
use crate::federation::here::Here;
use crate::site::Shared;
use crate::web::{Ctx, Form, Html, Problem, Words, see_other, see_other_with_notice};

/// One thing that is done with a case.
enum Deed {
    Take,
    GiveBack,
    Remove { rule: String, reason: String },
    Pause { days: u64, reason: String },
    Talk,
    TakeOut { reason: String },
    Second { yes: bool },
    Close(Outcome),
}

impl Deed {
    /// The sentence that says it was done.
    const fn notice(&self) -> &'static str {
        match self {
            Self::Take => "moderation-said-taken",
            Self::GiveBack => "moderation-said-given-back",
            Self::Remove { .. } => "moderation-said-removed",
            Self::Pause { .. } => "moderation-said-paused",
            Self::Talk => "moderation-said-talk",
            Self::TakeOut { .. } => "moderation-said-proposed",
            Self::Second { yes: true } => "moderation-said-out",
            Self::Second { yes: false } => "moderation-said-not-out",
            Self::Close(_) => "moderation-said-closed",
        }
    }
}

/// What the writer is told: the rule in the group's words, then the reason. A rule alone is no message to a person.
async fn message(tx: &mut Tx, t: Words, case: &Id, rule: &str, reason: &str) -> Result<String, CaseError> {
    let reason = posts::reason_of(reason);
    if reason.is_empty() {
        return Err(CaseError::NoReason);
    }
    let case = store::by_id(tx, case).await?.ok_or(CaseError::NotFound)?;
    let group = match &case.group {
        Some(group) => groups::load(tx, group).await?,
        None => None,
    };
    let number = rule.parse::<usize>().ok();
    let text = number.and_then(|number| group.as_ref()?.rules.get(number.checked_sub(1)?));
    Ok(match (number, text) {
        (Some(number), Some(text)) => {
            let rule = t.with("posts-rule", &[("number", number.to_string().as_str()), ("text", text.as_str())]);
            format!("{rule}\n{reason}")
        }
        _ => reason,
    })
}

async fn done(tx: &mut Tx, here: &Here, who: &Viewer, (id, t): (&Id, Words), deed: &Deed) -> Result<(), CaseError> {
    match deed {
        Deed::Take => desk::take(tx, here, who, id).await,
        Deed::GiveBack => desk::give_back(tx, here, who, id).await,
        Deed::Remove { rule, reason } => {
            let told = message(tx, t, id, rule, reason).await?;
            desk::remove_post(tx, here, who, id, &told).await
        }
        Deed::Pause { days, reason } => desk::pause(tx, here, who, id, (*days, reason)).await,
        Deed::Talk => desk::talk(tx, here, who, id).await,
        Deed::TakeOut { reason } => desk::propose_out(tx, here, who, id, reason).await,
        Deed::Second { yes } => desk::second(tx, here, who, id, *yes).await,
        Deed::Close(outcome) => desk::close(tx, here, who, id, *outcome).await,
    }
}

async fn act(site: &Shared, member: &Member, ctx: &Ctx, id: &str, deed: Deed) -> Result<Response, Problem> {
    let here = site.here();
    let id = Id::parse(id).ok_or(Problem::NotFound)?;
    let path = format!("/desk/cases/{id}");
    let mut tx = site.db.begin().await?;
    let who = Viewer::load(&mut tx, &member.account, member.role).await?;
    match done(&mut tx, &here, &who, (&id, ctx.t), &deed).await {
        Ok(()) => {
            tx.commit().await?;
            let back = if matches!(deed, Deed::GiveBack | Deed::Close(_)) { "/desk/cases" } else { path.as_str() };
            Ok(see_other_with_notice(back, deed.notice()))
        }
        Err(error @ CaseError::NoReason) => {
            drop(tx);
            come_back(site, ctx, &who, (&id, &here), (deed, ctx.t.say(error.key()))).await
        }
        Err(error) => Err(refused(error, path)),
    }
}

/// The page with what was typed and what is missing.
async fn come_back(
    site: &Shared,
    ctx: &Ctx,
    who: &Viewer,
    (id, here): (&Id, &Here),
    (deed, sentence): (Deed, String),
) -> Result<Response, Problem> {
    let mut tx = site.db.begin().await?;
    let open = desk::look(&mut tx, here, who, id).await.map_err(|error| refused(error, "/desk/cases".to_owned()))?;
    let mut page = cases::page(&mut tx, ctx, who, open, here.now).await?;
    tx.commit().await?;
    match deed {
        Deed::Remove { reason, .. } => {
            page.errors.add("reason", sentence);
            page.reason = reason;
        }
        Deed::Pause { reason, .. } => {
            page.errors.add("pause-reason", sentence);
            page.pause_reason = reason;
        }
        Deed::TakeOut { reason } => {
            page.errors.add("out-reason", sentence);
            page.out_reason = reason;
        }
        _ => {}
    }
    Ok(Html(page).with_status(StatusCode::UNPROCESSABLE_ENTITY))
}

/// Why somebody should be taken out of a group.
#[derive(Deserialize)]
pub struct FromGroup {
    #[serde(default, rename = "remove-reason")]
    reason: String,
}

/// `POST /g/{id}/people/{membership}/take-out`: from the page of a person in a group. A second person says yes or no.
pub async fn from_group(
    State(site): State<Shared>,
    member: Member,
    Path((group, membership)): Path<(String, String)>,
    Form(form): Form<FromGroup>,
) -> Result<Response, Problem> {
    let (Some(group), Some(membership)) = (Id::parse(&group), Id::parse(&membership)) else { return Err(Problem::NotFound) };
    let back = format!("/g/{group}/people/{membership}");
    let mut tx = site.db.begin().await?;
    let who = Viewer::load(&mut tx, &member.account, member.role).await?;
    let proposed = desk::propose_from_the_group(&mut tx, &site.here(), &who, (&group, &membership), &form.reason).await;
    let case = proposed.map_err(|error| refused(error, back))?;
    tx.commit().await?;
    Ok(see_other_with_notice(&format!("/desk/cases/{case}"), "moderation-said-proposed"))
}

/// `POST /desk/cases/{id}/take`
pub async fn take(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    act(&site, &member, &ctx, &id, Deed::Take).await
}

/// `POST /desk/cases/{id}/give-back`
pub async fn give_back(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    act(&site, &member, &ctx, &id, Deed::GiveBack).await
}

/// Rule and reason.
#[derive(Deserialize)]
pub struct Removal {
    #[serde(default)]
    rule: String,
    #[serde(default)]
    reason: String,
}

/// `POST /desk/cases/{id}/remove`
pub async fn remove(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<Removal>,
) -> Result<Response, Problem> {
    act(&site, &member, &ctx, &id, Deed::Remove { rule: form.rule, reason: form.reason }).await
}

/// How long, and why.
#[derive(Deserialize)]
pub struct Pause {
    days: u64,
    #[serde(default, rename = "pause-reason")]
    reason: String,
}

/// `POST /desk/cases/{id}/pause`
pub async fn pause(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<Pause>,
) -> Result<Response, Problem> {
    act(&site, &member, &ctx, &id, Deed::Pause { days: form.days, reason: form.reason }).await
}

/// `POST /desk/cases/{id}/talk`
pub async fn talk(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    act(&site, &member, &ctx, &id, Deed::Talk).await
}

/// Why.
#[derive(Deserialize)]
pub struct TakeOut {
    #[serde(default, rename = "out-reason")]
    reason: String,
}

/// `POST /desk/cases/{id}/take-out`
pub async fn take_out(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<TakeOut>,
) -> Result<Response, Problem> {
    act(&site, &member, &ctx, &id, Deed::TakeOut { reason: form.reason }).await
}

/// Yes or no.
#[derive(Deserialize)]
pub struct Answer {
    #[serde(default)]
    yes: bool,
}

/// `POST /desk/cases/{id}/second`
pub async fn second(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<Answer>,
) -> Result<Response, Problem> {
    act(&site, &member, &ctx, &id, Deed::Second { yes: form.yes }).await
}

/// How it ended.
#[derive(Deserialize)]
pub struct Ending {
    #[serde(default)]
    outcome: String,
}

/// `POST /desk/cases/{id}/close`
pub async fn close(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<Ending>,
) -> Result<Response, Problem> {
    let outcome = Outcome::parse(&form.outcome)
        .ok_or_else(|| Problem::Refused { key: "moderation-error-outcome", back: format!("/desk/cases/{id}") })?;
    act(&site, &member, &ctx, &id, Deed::Close(outcome)).await
}

/// `POST /desk/cases/{id}/who`: the look is written down, then the person's page is shown.
pub async fn who(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut tx = site.db.begin().await?;
    let who = Viewer::load(&mut tx, &member.account, member.role).await?;
    let person = desk::who_is(&mut tx, &site.here(), &who, &id).await.map_err(|error| refused(error, format!("/desk/cases/{id}")))?;
    tx.commit().await?;
    Ok(see_other(&format!("/people/{person}")))
}

/// How soon a worry is looked at.
#[derive(Deserialize)]
pub struct Promise {
    minutes: i64,
}

/// `POST /desk/promise`
pub async fn promise(State(site): State<Shared>, member: Member, Form(form): Form<Promise>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    if !hours::RANGE.contains(&form.minutes) {
        return Err(Problem::Refused { key: "moderation-error-minutes", back: "/desk/cases".to_owned() });
    }
    let mut tx = site.db.begin().await?;
    store::set_promise(&mut tx, form.minutes).await?;
    let event = Event {
        at: site.now(),
        what: What::PolicyChanged,
        done: true,
        by: By::person(member.account.as_str(), member.role.as_str()),
        purpose: "safety",
        object: ("promise", "worry"),
        client: "",
        ground: member.role.as_str(),
        words: &format!("{} minutes", form.minutes),
    };
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    Ok(see_other_with_notice("/desk/cases", "moderation-said-promise"))
}
