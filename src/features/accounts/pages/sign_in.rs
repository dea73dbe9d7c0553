//! Signing in with name and passphrase or with a one-use link, and signing out. A wrong name and a wrong passphrase
//! look the same and take the same time; looking at a link does not use it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::door::{Caller, Member, with_browser, with_session, without_session};
use crate::features::accounts::actions::{self, Attempt, SignInError};
use crate::features::accounts::links;
use crate::features::accounts::sessions;
use crate::features::accounts::token::Token;
use crate::site::Shared;
use crate::web::{Ctx, Errors, Form, Html, Problem, Shell, local_path, see_other, see_other_with_notice};

#[derive(Template)]
#[template(path = "features/accounts/pages/sign_in.html")]
struct SignInPage {
    shell: Shell,
    name: String,
    next: String,
    errors: Errors,
}

/// Where to go after signing in.
#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// `GET /sign-in`
pub async fn form(ctx: Ctx, member: Option<Member>, Query(Next { next }): Query<Next>) -> Response {
    let next = local_path(&next).unwrap_or("/").to_owned();
    if member.is_some() {
        return see_other(&next);
    }
    Html(SignInPage { shell: ctx.shell(ctx.t.say("accounts-sign-in")), name: String::new(), next, errors: Errors::none() }).into_response()
}

/// What is typed to sign in.
#[derive(Deserialize)]
pub struct SignInForm {
    name: String,
    passphrase: String,
    #[serde(default)]
    next: String,
}

/// `POST /sign-in`
pub async fn submit(State(site): State<Shared>, ctx: Ctx, caller: Caller, Form(form): Form<SignInForm>) -> Result<Response, Problem> {
    let attempt = Attempt { name: &form.name, passphrase: &form.passphrase, address: caller.address };
    let next = local_path(&form.next).unwrap_or("/").to_owned();
    let mut errors = Errors::none();
    let (status, wait) = match actions::sign_in(&site.db, &site.here(), attempt, caller.opening()).await {
        Ok(token) => {
            let origin = &site.config.origin;
            return Ok(with_browser(with_session(see_other(&next), origin, &token), origin, &caller));
        }
        Err(SignInError::Db(error)) => return Err(error.into()),
        Err(SignInError::Busy(_)) => return Err(Problem::TooMany { retry_after: 5 }),
        Err(SignInError::Wrong) => {
            errors.add("name", ctx.t.say("accounts-sign-in-wrong"));
            (StatusCode::UNPROCESSABLE_ENTITY, None)
        }
        Err(SignInError::Wait(seconds)) => {
            errors.add("name", ctx.t.with("accounts-sign-in-wait", &[("minutes", seconds.div_ceil(60))]));
            (StatusCode::TOO_MANY_REQUESTS, Some(seconds))
        }
    };
    let name: String = form.name.chars().take(100).collect();
    let mut response = Html(SignInPage { shell: ctx.shell(ctx.t.say("accounts-sign-in")), name, next, errors }).with_status(status);
    if let Some(seconds) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// `POST /sign-out`: ends this session. Signing out twice is fine.
pub async fn sign_out(State(site): State<Shared>, member: Option<Member>) -> Result<Response, Problem> {
    if let Some(member) = member {
        let mut tx = site.db.begin().await?;
        sessions::end(&mut tx, &member.account, &member.presence().session).await?;
        tx.commit().await?;
    }
    Ok(without_session(see_other_with_notice("/sign-in", "accounts-signed-out"), &site.config.origin))
}

#[derive(Template)]
#[template(path = "features/accounts/pages/link.html")]
struct LinkPage {
    shell: Shell,
    token: String,
    open: bool,
}

fn link_page(ctx: &Ctx, token: &str, open: bool) -> Response {
    let title = ctx.t.say(if open { "accounts-link" } else { "accounts-link-dead" });
    let page = Html(LinkPage { shell: ctx.shell(title), token: token.to_owned(), open });
    if open { page.into_response() } else { page.with_status(StatusCode::NOT_FOUND) }
}

/// `GET /sign-in/link/{token}`: asks before it signs in, so that looking ahead does not use the link up.
pub async fn link(State(site): State<Shared>, ctx: Ctx, Path(token): Path<String>) -> Result<Response, Problem> {
    let Some(secret) = Token::parse(&token) else { return Ok(link_page(&ctx, "", false)) };
    let mut reader = site.db.read().await?;
    let open = links::sign_in_link_is_open(&mut reader, site.here().now, &secret).await?;
    Ok(link_page(&ctx, &token, open))
}

/// `POST /sign-in/link/{token}`: signs in, once, and leads to a new passphrase.
pub async fn use_link(State(site): State<Shared>, ctx: Ctx, caller: Caller, Path(token): Path<String>) -> Result<Response, Problem> {
    let Some(secret) = Token::parse(&token) else { return Ok(link_page(&ctx, "", false)) };
    let mut tx = site.db.begin().await?;
    let Some(session) = links::sign_in_by_link(&mut tx, &site.here(), &secret, caller.opening()).await? else {
        return Ok(link_page(&ctx, "", false));
    };
    tx.commit().await?;
    let origin = &site.config.origin;
    Ok(with_browser(with_session(see_other("/me/passphrase"), origin, &session), origin, &caller))
}
