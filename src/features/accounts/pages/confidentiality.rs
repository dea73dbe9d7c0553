//! A person's own promise of confidentiality: reading it, making it, and saying that it goes on without a role. Everything is
//! looked up by the account of the session; what staff see of it is in `people.rs`.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;

use super::door::Member;
use crate::features::accounts::confidentiality::{self, Kind, Statement, StatementError};
use crate::site::Shared;
use crate::web::{Ctx, Errors, Form, Html, Lang, Problem, Shell, see_other_with_notice};

/// One record as its owner sees it.
struct Line {
    said: String,
    words: Vec<String>,
    lang: String,
}

#[derive(Template)]
#[template(path = "features/accounts/pages/confidentiality.html")]
struct ConfidentialityPage {
    shell: Shell,
    /// What is promised.
    lines: Vec<String>,
    /// What is asked for now: `promise`, `on`, or nothing.
    ask: &'static str,
    /// What is said without a role; empty for somebody with one, or who never promised.
    on: Vec<String>,
    records: Vec<Line>,
    errors: Errors,
}

fn line(ctx: &Ctx, said: &Statement) -> Line {
    let key = match (said.kind, said.on_paper) {
        (Kind::Promise, false) => "accounts-confidential-said-page",
        (Kind::Promise, true) => "accounts-confidential-said-paper",
        (Kind::GoesOn, _) => "accounts-confidential-said-on",
    };
    Line {
        said: ctx.t.with(key, &[("date", &ctx.t.date(said.signed_at))]),
        words: said.words.lines().map(ToOwned::to_owned).collect(),
        lang: Lang::parse(&said.lang).unwrap_or(ctx.lang).code().to_owned(),
    }
}

async fn page(site: &Shared, ctx: &Ctx, member: &Member, errors: Errors) -> Result<ConfidentialityPage, Problem> {
    let mut conn = site.db.read().await?;
    let records = confidentiality::statements(&mut conn, &member.account).await?;
    let promised = records.iter().any(|said| said.kind == Kind::Promise);
    let over = promised && !member.role.asks_for_confidentiality();
    Ok(ConfidentialityPage {
        shell: ctx.shell(ctx.t.say("accounts-confidential")),
        lines: Kind::Promise.lines(ctx.t),
        ask: match (promised, over) {
            (false, _) => "promise",
            (true, true) => "on",
            (true, false) => "",
        },
        on: if over { Kind::GoesOn.lines(ctx.t) } else { Vec::new() },
        records: records.iter().map(|said| line(ctx, said)).collect(),
        errors,
    })
}

/// `GET /me/confidentiality`
pub async fn show(State(site): State<Shared>, ctx: Ctx, member: Member) -> Result<Response, Problem> {
    Ok(Html(page(&site, &ctx, &member, Errors::none()).await?).into_response())
}

/// What is agreed to.
#[derive(Deserialize)]
pub struct PromiseForm {
    #[serde(default)]
    confidentiality: bool,
}

/// `POST /me/confidentiality`
pub async fn agree(State(site): State<Shared>, ctx: Ctx, member: Member, Form(form): Form<PromiseForm>) -> Result<Response, Problem> {
    if !form.confidentiality {
        let mut errors = Errors::none();
        errors.add("confidentiality", ctx.t.say("accounts-confidential-tick-first"));
        return Ok(Html(page(&site, &ctx, &member, errors).await?).with_status(StatusCode::UNPROCESSABLE_ENTITY));
    }
    let mut tx = site.db.begin().await?;
    if confidentiality::promised(&mut tx, &member.account).await? {
        match confidentiality::goes_on(&mut tx, &site.here(), &member.account, ctx.t).await {
            // Who has a role has promised already: there is nothing to add.
            Ok(()) | Err(StatementError::Nothing) => {}
            Err(StatementError::Db(error)) => return Err(error.into()),
            Err(_) => return Err(Problem::NotFound),
        }
    } else {
        confidentiality::promise(&mut tx, &site.here(), &member.account, member.role, ctx.t).await?;
    }
    tx.commit().await?;
    Ok(see_other_with_notice("/me/confidentiality", "accounts-confidential-saved"))
}
