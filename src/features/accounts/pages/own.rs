//! A person's own sessions and passphrase. Everything is looked up by the account of the session, so that nobody can
//! name someone else's (threats WEB-13).

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;

use super::door::Member;
use crate::base::Id;
use crate::features::accounts::actions::{self, ChangeError};
use crate::features::accounts::agent::Agent;
use crate::features::accounts::sessions as open_sessions;
use crate::site::Shared;
use crate::web::{Ctx, Errors, Form, Html, Problem, Shell, Words, see_other_with_notice};

struct Row {
    id: Id,
    agent: String,
    began: String,
    last_used: String,
    this: bool,
}

#[derive(Template)]
#[template(path = "features/accounts/pages/sessions.html")]
struct SessionsPage {
    shell: Shell,
    rows: Vec<Row>,
}

fn agent_words(t: Words, agent: Agent) -> String {
    match (agent.browser, agent.system) {
        ("", "") => t.say("accounts-agent-unknown"),
        ("", one) | (one, "") => one.to_owned(),
        (browser, system) => t.with("accounts-agent", &[("browser", browser), ("system", system)]),
    }
}

/// `GET /me/sessions`
pub async fn sessions(State(site): State<Shared>, ctx: Ctx, member: Member) -> Result<Response, Problem> {
    let mut reader = site.db.read().await?;
    let list = open_sessions::of_account(&mut reader, &member.account, site.here().now).await?;
    let row = |session: super::super::account::Session| Row {
        this: session.id == member.presence().session,
        agent: agent_words(ctx.t, session.agent),
        began: ctx.t.date(session.created_at),
        last_used: ctx.t.date(session.seen_day),
        id: session.id,
    };
    let rows = list.into_iter().map(row).collect();
    Ok(Html(SessionsPage { shell: ctx.shell(ctx.t.say("accounts-sessions")), rows }).into_response())
}

/// `POST /me/sessions/{id}/end`
pub async fn end_one(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut tx = site.db.begin().await?;
    if !open_sessions::end(&mut tx, &member.account, &id).await? {
        return Err(Problem::NotFound);
    }
    tx.commit().await?;
    Ok(see_other_with_notice("/me/sessions", "accounts-session-ended"))
}

/// `POST /me/sessions/end-others`
pub async fn end_others(State(site): State<Shared>, member: Member) -> Result<Response, Problem> {
    let mut tx = site.db.begin().await?;
    open_sessions::end_all(&mut tx, &member.account, Some(&member.presence().session)).await?;
    tx.commit().await?;
    Ok(see_other_with_notice("/me/sessions", "accounts-sessions-ended"))
}

#[derive(Template)]
#[template(path = "features/accounts/pages/passphrase.html")]
struct PassphrasePage {
    shell: Shell,
    /// Whether the present passphrase is asked.
    ask: bool,
    errors: Errors,
}

fn passphrase_page(site: &Shared, ctx: &Ctx, member: &Member, errors: Errors) -> PassphrasePage {
    let ask = member.presence().reset_until <= site.here().now;
    let title = ctx.t.say(if ask { "accounts-passphrase-change" } else { "accounts-passphrase-new-one" });
    PassphrasePage { shell: ctx.shell(title), ask, errors }
}

/// `GET /me/passphrase`
pub async fn passphrase(State(site): State<Shared>, ctx: Ctx, member: Member) -> Response {
    Html(passphrase_page(&site, &ctx, &member, Errors::none())).into_response()
}

/// What is typed to change the passphrase.
#[derive(Deserialize)]
pub struct PassphraseForm {
    #[serde(default)]
    old: String,
    new: String,
    again: String,
}

/// `POST /me/passphrase`
pub async fn change_passphrase(
    State(site): State<Shared>,
    ctx: Ctx,
    member: Member,
    Form(form): Form<PassphraseForm>,
) -> Result<Response, Problem> {
    let mut errors = Errors::none();
    if form.new == form.again {
        let changed = actions::change_passphrase(&site.db, &site.here(), member.presence(), &form.old, &form.new).await;
        match changed {
            Ok(()) => return Ok(see_other_with_notice("/me", "accounts-passphrase-changed")),
            Err(ChangeError::Db(error)) => return Err(error.into()),
            Err(ChangeError::Busy(_)) => return Err(Problem::TooMany { retry_after: 5 }),
            Err(ChangeError::Wait(seconds)) => return Err(Problem::TooMany { retry_after: seconds }),
            Err(ChangeError::Wrong) => errors.add("old", ctx.t.say("accounts-passphrase-wrong")),
            Err(ChangeError::Fault(fault)) => errors.add("new", ctx.t.say(fault.word())),
        }
    } else {
        errors.add("again", ctx.t.say("accounts-passphrase-differs"));
    }
    Ok(Html(passphrase_page(&site, &ctx, &member, errors)).with_status(StatusCode::UNPROCESSABLE_ENTITY))
}
