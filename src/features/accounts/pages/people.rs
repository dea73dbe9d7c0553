//! What staff see of people: the name they sign in with, their role, and whether the account is at rest. Not when they
//! were here, not what they wrote, not which personas are theirs (care I5).

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::door::Member;
use super::refused;
use crate::base::{Id, Iri};
use crate::features::accounts::account::Account;
use crate::features::accounts::qr::Qr;
use crate::features::accounts::role::Role;
use crate::features::accounts::{actions, links, store};
use crate::site::Shared;
use crate::web::{Choice, Ctx, Form, Html, Problem, Shell, Words, see_other_with_notice};

/// Accounts on one page of the list.
const PAGE: i64 = 50;

struct Row {
    id: Id,
    name: String,
    role: String,
    resting: bool,
}

#[derive(Template)]
#[template(path = "features/accounts/pages/people.html")]
struct PeoplePage {
    shell: Shell,
    rows: Vec<Row>,
    next: Option<Id>,
}

fn row(t: Words, account: &Account) -> Row {
    Row {
        id: account.id.clone(),
        name: account.sign_in_name.reveal().clone(),
        role: t.say(account.role.word()),
        resting: account.deactivated,
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
    let mut reader = site.db.read().await?;
    let mut accounts = store::accounts_after(&mut reader, &after.after, PAGE + 1).await?;
    let more = accounts.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    if more {
        accounts.pop();
    }
    let next = accounts.last().filter(|_| more).map(|account| account.id.clone());
    let rows = accounts.iter().map(|account| row(ctx.t, account)).collect();
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
    let mine = member.role.may_look_after(account.role);
    let choice = |role: Role| Choice::new(role.as_str(), ctx.t.say(role.word())).chosen_if(role == account.role);
    let mut roles: Vec<Choice> = member.role.grants().into_iter().map(choice).collect();
    if !mine || roles.len() < 2 {
        roles.clear();
    }
    let row = row(ctx.t, &account);
    Ok(Html(PersonPage { shell: ctx.shell(row.name.clone()), row, mine, roles }).into_response())
}

/// A role to give.
#[derive(Deserialize)]
pub struct RoleForm {
    role: String,
}

/// `POST /people/{id}/role`
pub async fn change_role(
    State(site): State<Shared>,
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
    done.map_err(|error| refused(error, &back))?;
    tx.commit().await?;
    Ok(see_other_with_notice(&back, "accounts-role-changed"))
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
    actions::reactivate(&mut tx, &member.account, &account).await.map_err(|error| refused(error, &back))?;
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
