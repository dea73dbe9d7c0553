//! "This is about me": a form for people without a sign-in (care R23, R34). It says nothing of who is here or what is written;
//! whatever is typed, the answer is the same. What comes in is text on the desk and nothing else.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::actions::{self, CaseError};
use super::refused;
use crate::features::accounts::{self, Caller, SignInError};
use crate::site::Shared;
use crate::web::{Ctx, Errors, Form, Html, Problem, Shell, see_other_with_notice};

#[derive(Template)]
#[template(path = "features/moderation/pages/outside.html")]
struct OutsidePage {
    shell: Shell,
    words: String,
    errors: Errors,
}

fn page(ctx: &Ctx, words: String, errors: Errors) -> OutsidePage {
    OutsidePage { shell: ctx.shell(ctx.t.say("moderation-outside-title")), words, errors }
}

/// `GET /report`
pub async fn show(ctx: Ctx) -> Response {
    Html(page(&ctx, String::new(), Errors::none())).into_response()
}

/// What somebody tells.
#[derive(Deserialize)]
pub struct Words {
    #[serde(default)]
    words: String,
}

/// `POST /report`
pub async fn send(State(site): State<Shared>, ctx: Ctx, caller: Caller, Form(form): Form<Words>) -> Result<Response, Problem> {
    if form.words.trim().is_empty() {
        let mut errors = Errors::none();
        errors.add("words", ctx.t.say(CaseError::Empty.key()));
        return Ok(Html(page(&ctx, form.words, errors)).with_status(StatusCode::UNPROCESSABLE_ENTITY));
    }
    accounts::count_address(&site.db, &site.here(), caller.address).await.map_err(|error| match error {
        SignInError::Wait(seconds) => Problem::TooMany { retry_after: seconds },
        _ => Problem::Unavailable,
    })?;
    let mut tx = site.db.begin().await?;
    actions::tell_from_outside(&mut tx, &site.here(), &form.words).await.map_err(|error| match error {
        CaseError::TooMany => Problem::TooMany { retry_after: 3600 },
        other => refused(other, "/report".to_owned()),
    })?;
    tx.commit().await?;
    Ok(see_other_with_notice("/report", "moderation-said-outside"))
}
