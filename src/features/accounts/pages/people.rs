//! What staff see of people: the name they sign in with, their role, and whether the account is at rest. Not when they
//! were here, not what they wrote, not which personas are theirs (care I5).

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;

use super::door::Member;
use crate::base::{Id, Iri, Timestamp};
use crate::features::accounts::account::Account;
use crate::features::accounts::actions::AccountError;
use crate::features::accounts::confidentiality::{self, Kind, StatementError};
use crate::features::accounts::qr::Qr;
use crate::features::accounts::role::Role;
use crate::features::accounts::{actions, links, store};
use crate::site::Shared;
use crate::web::{Choice, Ctx, Errors, Form, Html, Problem, Shell, Words, see_other_with_notice};

/// Accounts on one page of the list.
const PAGE: i64 = 50;

struct Row {
    id: Id,
    name: String,
    role: String,
    resting: bool,
    /// They have a role, and no promise of confidentiality is on record.
    unpromised: bool,
}

#[derive(Template)]
#[template(path = "features/accounts/pages/people.html")]
struct PeoplePage {
    shell: Shell,
    rows: Vec<Row>,
    next: Option<Id>,
}

fn row(t: Words, account: &Account, unpromised: bool) -> Row {
    Row {
        id: account.id.clone(),
        name: account.sign_in_name.reveal().clone(),
        role: t.say(account.role.word()),
        resting: account.deactivated,
        unpromised,
    }
}

/// Where the list goes on.
#[derive(Deserialize)]
pub struct After {
    #[serde(default)]
    after: String,
}

/// `GET /people`
pub async fn list(State(site): State<Shared>, ctx: Ctx, member: Member, Query(after): Query<After>) -> Result<Response, Problem> {
    member.at_least(Role::Host)?;
    let mut tx = site.db.begin().await?;
    actions::look_at_all(&mut tx, &site.here(), member.by()).await?;
    tx.commit().await?;
    let mut reader = site.db.read().await?;
    let mut accounts = store::accounts_after(&mut reader, &after.after, PAGE + 1).await?;
    let more = accounts.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    if more {
        accounts.pop();
    }
    let next = accounts.last().filter(|_| more).map(|account| account.id.clone());
    // Who has to see to it sees it.
    let missing = match member.role {
        Role::Admin => confidentiality::missing_after(&mut reader, &after.after, PAGE + 1).await?,
        _ => Vec::new(),
    };
    let rows = accounts.iter().map(|account| row(ctx.t, account, missing.contains(&account.id))).collect();
    Ok(Html(PeoplePage { shell: ctx.shell(ctx.t.say("accounts-people")), rows, next }).into_response())
}

#[derive(Template)]
#[template(path = "features/accounts/pages/person.html")]
struct PersonPage {
    shell: Shell,
    row: Row,
    /// Whether who looks may act on this account.
    mine: bool,
    roles: Vec<Choice>,
    /// What is on record about confidentiality, a sentence for each promise.
    promises: Vec<String>,
    /// They promised, and have no role any more.
    over: bool,
    /// Whether who looks may record a paper.
    paper: bool,
    /// What was typed as the day on the paper.
    signed_on: String,
    /// Where the person promises it themselves.
    own_page: Iri,
    errors: Errors,
}

async fn load(site: &Shared, id: &str) -> Result<Account, Problem> {
    let id = Id::parse(id).ok_or(Problem::NotFound)?;
    let mut reader = site.db.read().await?;
    store::account(&mut reader, &id).await?.ok_or(Problem::NotFound)
}

/// `GET /people/{id}`
pub async fn person(State(site): State<Shared>, ctx: Ctx, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    member.at_least(Role::Host)?;
    let account = load(&site, &id).await?;
    let mut tx = site.db.begin().await?;
    actions::look(&mut tx, &site.here(), member.by(), &account.id).await?;
    tx.commit().await?;
    Ok(Html(person_page(&site, &ctx, &member, &account, Typed::default()).await?).into_response())
}

/// What was typed on the page of a person, when it comes back.
#[derive(Default)]
struct Typed {
    role: Option<Role>,
    signed_on: String,
    errors: Errors,
}

async fn person_page(site: &Shared, ctx: &Ctx, member: &Member, account: &Account, typed: Typed) -> Result<PersonPage, Problem> {
    let (t, mine) = (ctx.t, member.role.may_look_after(account.role));
    let chosen = typed.role.unwrap_or(account.role);
    let choice = |role: Role| Choice::new(role.as_str(), t.say(role.word())).chosen_if(role == chosen);
    let mut roles: Vec<Choice> = member.role.grants().into_iter().map(choice).collect();
    if !mine || roles.len() < 2 {
        roles.clear();
    }
    let records = confidentiality::statements(&mut *site.db.read().await?, &account.id).await?;
    let said = |on_paper: bool, at: Timestamp| {
        let key = if on_paper { "accounts-confidential-they-paper" } else { "accounts-confidential-they-page" };
        t.with(key, &[("date", &t.date(at))])
    };
    let promises: Vec<String> =
        records.iter().filter(|one| one.kind == Kind::Promise).map(|one| said(one.on_paper, one.signed_at)).collect();
    let asks = account.role.asks_for_confidentiality();
    let row = row(t, account, asks && promises.is_empty());
    Ok(PersonPage {
        shell: ctx.shell(row.name.clone()),
        row,
        mine,
        roles,
        over: !asks && !promises.is_empty(),
        promises,
        paper: mine && member.role == Role::Admin,
        signed_on: typed.signed_on,
        own_page: site.config.origin.at("/me/confidentiality"),
        errors: typed.errors,
    })
}

/// The page of a person once more, with what was typed and what is wrong with it: a look at it like any other.
async fn again(site: &Shared, ctx: &Ctx, member: &Member, account: &Id, typed: Typed) -> Result<Response, Problem> {
    let account = load(site, account.as_str()).await?;
    let mut tx = site.db.begin().await?;
    actions::look(&mut tx, &site.here(), member.by(), &account.id).await?;
    tx.commit().await?;
    Ok(Html(person_page(site, ctx, member, &account, typed).await?).with_status(StatusCode::UNPROCESSABLE_ENTITY))
}

/// An action's refusal. An account that this member may not look after is answered as one that never was (threats CONST).
fn refused(error: AccountError, back: &str) -> Problem {
    match error {
        AccountError::NotAllowed => Problem::NotFound,
        other => super::refused(other, back),
    }
}

/// A role to give.
#[derive(Deserialize)]
pub struct RoleForm {
    role: String,
}

/// `POST /people/{id}/role`
pub async fn change_role(
    State(site): State<Shared>,
    ctx: Ctx,
    member: Member,
    Path(id): Path<String>,
    Form(form): Form<RoleForm>,
) -> Result<Response, Problem> {
    member.at_least(Role::Host)?;
    let account = Id::parse(&id).ok_or(Problem::NotFound)?;
    let role = Role::parse(&form.role).ok_or(Problem::BadForm)?;
    let back = format!("/people/{account}");
    let mut tx = site.db.begin().await?;
    let done = actions::change_role(&mut tx, &site.here(), &member.account, &account, role).await;
    if matches!(done, Err(AccountError::NoPromise)) {
        drop(tx);
        let mut errors = Errors::none();
        let page = site.config.origin.at("/me/confidentiality");
        errors.add("role", ctx.t.with("accounts-confidential-missing", &[("page", page.as_str())]));
        return again(&site, &ctx, &member, &account, Typed { role: Some(role), errors, ..Typed::default() }).await;
    }
    done.map_err(|error| refused(error, &back))?;
    tx.commit().await?;
    Ok(see_other_with_notice(&back, "accounts-role-changed"))
}

/// The day on a paper.
#[derive(Deserialize)]
pub struct PaperForm {
    #[serde(default)]
    signed_on: String,
}

/// A day as it is typed: year, month, day.
fn day(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let is_day = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    if is_day { Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")) } else { None }
}

/// `POST /people/{id}/confidentiality`: an admin records that the promise was signed on paper.
pub async fn record_paper(
    State(site): State<Shared>,
    ctx: Ctx,
    member: Member,
    Path(id): Path<String>,
    Form(form): Form<PaperForm>,
) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let account = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut tx = site.db.begin().await?;
    let done = match day(&form.signed_on) {
        Some(day) => confidentiality::record_paper(&mut tx, &site.here(), &member.account, &account, day).await,
        None => Err(StatementError::Day),
    };
    match done {
        Ok(()) => {
            tx.commit().await?;
            Ok(see_other_with_notice(&format!("/people/{account}"), "accounts-confidential-recorded"))
        }
        Err(StatementError::Day) => {
            drop(tx);
            let mut errors = Errors::none();
            errors.add("signed_on", ctx.t.say("accounts-confidential-day-wrong"));
            again(&site, &ctx, &member, &account, Typed { signed_on: form.signed_on, errors, ..Typed::default() }).await
        }
        Err(StatementError::Db(error)) => Err(error.into()),
        Err(StatementError::NotAllowed) => Err(Problem::Forbidden),
        Err(StatementError::Unknown | StatementError::Nothing) => Err(Problem::NotFound),
    }
}

/// `POST /people/{id}/deactivate`
pub async fn deactivate(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    member.at_least(Role::Host)?;
    let account = Id::parse(&id).ok_or(Problem::NotFound)?;
    let back = format!("/people/{account}");
    let mut tx = site.db.begin().await?;
    actions::deactivate(&mut tx, &site.here(), &member.account, &account).await.map_err(|error| refused(error, &back))?;
    tx.commit().await?;
    Ok(see_other_with_notice(&back, "accounts-deactivated"))
}

/// `POST /people/{id}/reactivate`
pub async fn reactivate(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    member.at_least(Role::Host)?;
    let account = Id::parse(&id).ok_or(Problem::NotFound)?;
    let back = format!("/people/{account}");
    let mut tx = site.db.begin().await?;
    actions::reactivate(&mut tx, &site.here(), &member.account, &account).await.map_err(|error| refused(error, &back))?;
    tx.commit().await?;
    Ok(see_other_with_notice(&back, "accounts-reactivated"))
}

#[derive(Template)]
#[template(path = "features/accounts/pages/sign_in_link.html")]
struct SignInLinkPage {
    shell: Shell,
    back: String,
    link: Iri,
    qr: Qr,
}

/// `POST /people/{id}/sign-in-link`: the answer is the paper itself, since the link is known only now.
pub async fn sign_in_link(State(site): State<Shared>, ctx: Ctx, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    member.at_least(Role::Host)?;
    let account = Id::parse(&id).ok_or(Problem::NotFound)?;
    let back = format!("/people/{account}");
    let mut tx = site.db.begin().await?;
    let link = links::sign_in_link(&mut tx, &site.here(), &member.account, &account).await.map_err(|error| refused(error, &back))?;
    tx.commit().await?;
    let qr = Qr::of(link.as_str()).unwrap_or_default();
    Ok(Html(SignInLinkPage { shell: ctx.shell(ctx.t.say("accounts-link-paper")), back, link, qr }).into_response())
}
