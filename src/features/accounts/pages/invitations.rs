//! Invitations: the list, making some to print, withdrawing one. A link is on the page that made it and nowhere else.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;

use super::door::Member;
use super::refused;
use crate::base::{Id, Iri, Timestamp};
use crate::features::accounts::account::{Door, Invitation, InvitationState, MOST_INVITATIONS, NewInvitation};
use crate::features::accounts::links::{self, Invite};
use crate::features::accounts::qr::Qr;
use crate::features::accounts::role::Role;
use crate::site::Shared;
use crate::web::{Choice, Ctx, Errors, Form, Html, Problem, Shell, see_other_with_notice};

/// Invitations on one page of the list.
const PAGE: i64 = 50;

struct Row {
    id: Id,
    label: String,
    role: String,
    state: String,
    /// Until when; empty when it can no longer be used.
    until: String,
    open: bool,
}

#[derive(Template)]
#[template(path = "features/accounts/pages/invitations.html")]
struct InvitationsPage {
    shell: Shell,
    rows: Vec<Row>,
    /// Time and id of the last row, when there are more.
    next: Option<(i64, Id)>,
    roles: Vec<Choice>,
    count: String,
    errors: Errors,
}

/// Where the list goes on.
#[derive(Deserialize, Default)]
pub struct Before {
    #[serde(default)]
    at: Option<i64>,
    #[serde(default)]
    id: String,
}

async fn page(site: &Shared, ctx: &Ctx, member: &Member, before: &Before) -> Result<InvitationsPage, Problem> {
    let now = site.here().now;
    let at = before.at.map_or(Timestamp::from_millis(i64::MAX), Timestamp::from_millis);
    let mut reader = site.db.read().await?;
    let mut list = links::list(&mut reader, now, (at, &before.id), PAGE + 1).await?;
    let more = list.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    if more {
        list.pop();
    }
    let next = list.last().filter(|_| more).map(|last| (last.made_at.millis(), last.id.clone()));
    let row = |invitation: Invitation| {
        let open = invitation.state == InvitationState::Open;
        Row {
            label: invitation.label,
            role: ctx.t.say(invitation.role.word()),
            state: ctx.t.say(invitation.state.word()),
            until: if open { ctx.t.date(invitation.expires_at) } else { String::new() },
            open: open && member.role.may_grant(invitation.role),
            id: invitation.id,
        }
    };
    let choice = |role: Role| Choice::new(role.as_str(), ctx.t.say(role.word())).chosen_if(role == Role::Member);
    Ok(InvitationsPage {
        shell: ctx.shell(ctx.t.say("accounts-invitations")),
        rows: list.into_iter().map(row).collect(),
        next,
        roles: member.role.grants().into_iter().map(choice).collect(),
        count: "1".to_owned(),
        errors: Errors::none(),
    })
}

/// `GET /people/invitations`
pub async fn list(State(site): State<Shared>, ctx: Ctx, member: Member, Query(before): Query<Before>) -> Result<Response, Problem> {
    member.at_least(Role::Host)?;
    Ok(Html(page(&site, &ctx, &member, &before).await?).into_response())
}

/// How many invitations, for which role.
#[derive(Deserialize)]
pub struct InviteForm {
    role: String,
    #[serde(default)]
    count: String,
}

struct Paper {
    label: String,
    role: String,
    link: Iri,
    until: String,
    qr: Qr,
}

#[derive(Template)]
#[template(path = "features/accounts/pages/papers.html")]
struct PapersPage {
    shell: Shell,
    papers: Vec<Paper>,
}

/// `POST /people/invitations`: the answer is the papers themselves, since the links are known only now.
pub async fn make(State(site): State<Shared>, ctx: Ctx, member: Member, Form(form): Form<InviteForm>) -> Result<Response, Problem> {
    member.at_least(Role::Host)?;
    let role = Role::parse(&form.role).ok_or(Problem::BadForm)?;
    let count = form.count.trim().parse::<u32>().ok().filter(|count| (1..=MOST_INVITATIONS).contains(count));
    let Some(count) = count else {
        let mut page = page(&site, &ctx, &member, &Before::default()).await?;
        page.errors.add("count", ctx.t.with("accounts-invite-count-wrong", &[("most", MOST_INVITATIONS)]));
        page.count = form.count.chars().take(10).collect();
        return Ok(Html(page).with_status(StatusCode::UNPROCESSABLE_ENTITY));
    };
    let mut tx = site.db.begin().await?;
    let made = links::invite(&mut tx, &site.here(), &member.account, Invite { role, count, lang: ctx.lang }).await;
    let made = made.map_err(|error| refused(error, "/people/invitations"))?;
    tx.commit().await?;
    let paper = |new: &NewInvitation| {
        let link = links::address(&site.config.origin, Door::Invite, &new.token);
        let qr = Qr::of(link.as_str()).unwrap_or_default();
        Paper { label: new.label.clone(), role: ctx.t.say(new.role.word()), until: ctx.t.date(new.expires_at), link, qr }
    };
    let papers = made.iter().map(paper).collect();
    Ok(Html(PapersPage { shell: ctx.shell(ctx.t.say("accounts-papers")), papers }).into_response())
}

/// `POST /people/invitations/{id}/revoke`
pub async fn revoke(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    member.at_least(Role::Host)?;
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut tx = site.db.begin().await?;
    links::revoke(&mut tx, &site.here(), &member.account, &id).await.map_err(|error| refused(error, "/people/invitations"))?;
    tx.commit().await?;
    Ok(see_other_with_notice("/people/invitations", "accounts-invitation-withdrawn"))
}
