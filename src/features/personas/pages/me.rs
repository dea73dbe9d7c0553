//! A person's own page: the names they take part with, and the way to sessions, passphrase and language. Everything is
//! looked up by the account of the session: someone else's name is a page that is not there.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::base::Id;
use crate::features::accounts::{self, Member};
use crate::features::personas::actions::{self, MOST, PersonaError};
use crate::features::personas::name::PersonaName;
use crate::features::personas::{Persona, store};
use crate::site::Shared;
use crate::web::{Ctx, Errors, Form, Html, Problem, Shell, see_other_with_notice};

#[derive(Template)]
#[template(path = "features/personas/pages/me.html")]
struct MePage {
    shell: Shell,
    called: String,
    sign_in_name: String,
    names: Vec<Persona>,
    may_add: bool,
    /// Whether this person reads the logs.
    logs: bool,
    /// Whether they have to do with the promise of confidentiality: by a role, or by having made it.
    confidential: bool,
}

/// `GET /me`
pub async fn page(State(site): State<Shared>, ctx: Ctx, member: Member) -> Result<Response, Problem> {
    let mut reader = site.db.read().await?;
    let names = store::of_account(&mut reader, &member.account).await?;
    let account = accounts::by_id(&mut reader, &member.account).await?.ok_or(Problem::NotFound)?;
    let page = MePage {
        shell: ctx.shell(ctx.t.say("personas-me")),
        called: member.called().to_owned(),
        sign_in_name: account.sign_in_name.into_revealed(),
        may_add: names.len() < MOST,
        names,
        logs: member.role.may_read_logs(),
        confidential: member.role.asks_for_confidentiality() || accounts::promised(&mut reader, &member.account).await?,
    };
    Ok(Html(page).into_response())
}

#[derive(Template)]
#[template(path = "features/personas/pages/name.html")]
struct NamePage {
    shell: Shell,
    /// Where the form goes.
    action: String,
    /// The persona that is changed; `None` for a new one.
    persona: Option<Persona>,
    may_retire: bool,
    called: String,
    doubt: bool,
    errors: Errors,
}

/// A name that is typed.
#[derive(Deserialize)]
pub struct NameForm {
    called: String,
    #[serde(default)]
    sure: bool,
}

/// `GET /me/names/new`
pub async fn new(State(site): State<Shared>, ctx: Ctx, _: Member) -> Result<Response, Problem> {
    let mut reader = site.db.read().await?;
    let called = actions::suggest(&mut reader, &site.here(), ctx.t).await?.as_str().to_owned();
    Ok(Html(new_page(&ctx, called)).into_response())
}

fn new_page(ctx: &Ctx, called: String) -> NamePage {
    NamePage {
        shell: ctx.shell(ctx.t.say("personas-add")),
        action: "/me/names".to_owned(),
        persona: None,
        may_retire: false,
        called,
        doubt: false,
        errors: Errors::none(),
    }
}

/// Reads a name; `Err` says what is wrong and whether to ask once more.
async fn read(site: &Shared, ctx: &Ctx, member: &Member, form: &NameForm) -> Result<Result<PersonaName, (String, bool)>, Problem> {
    let name = match PersonaName::parse(&form.called) {
        Ok(name) => name,
        Err(fault) => return Ok(Err((ctx.t.say(fault.word()), false))),
    };
    let mut reader = site.db.read().await?;
    let account = accounts::by_id(&mut reader, &member.account).await?.ok_or(Problem::NotFound)?;
    match name.doubt(account.sign_in_name.reveal()) {
        Some(doubt) if !form.sure => Ok(Err((ctx.t.say(doubt.word()), true))),
        _ => Ok(Ok(name)),
    }
}

fn wrong(mut page: NamePage, sentence: String, doubt: bool) -> Response {
    page.errors.add("called", sentence);
    page.doubt = doubt;
    Html(page).with_status(StatusCode::UNPROCESSABLE_ENTITY)
}

/// `POST /me/names`
pub async fn add(State(site): State<Shared>, ctx: Ctx, member: Member, Form(form): Form<NameForm>) -> Result<Response, Problem> {
    let name = match read(&site, &ctx, &member, &form).await? {
        Ok(name) => name,
        Err((sentence, doubt)) => return Ok(wrong(new_page(&ctx, form.called), sentence, doubt)),
    };
    let key = site.fresh_key().await?;
    let mut tx = site.db.begin().await?;
    match actions::create(&mut tx, &site.here(), &key, &member.account, &name).await {
        Ok(_) => {}
        Err(PersonaError::Taken) => return Ok(wrong(new_page(&ctx, form.called), ctx.t.say("personas-taken"), false)),
        Err(error) => return Err(refused(error)),
    }
    tx.commit().await?;
    Ok(see_other_with_notice("/me", "personas-added"))
}

fn refused(error: PersonaError) -> Problem {
    let key = match error {
        PersonaError::Taken => "personas-taken",
        PersonaError::TooMany => "personas-too-many",
        PersonaError::LastOne => "personas-last-one",
        PersonaError::Unknown => return Problem::NotFound,
        PersonaError::Db(error) => return error.into(),
    };
    Problem::Refused { key, back: "/me".to_owned() }
}

async fn edit_page(site: &Shared, ctx: &Ctx, member: &Member, id: &str) -> Result<NamePage, Problem> {
    let id = Id::parse(id).ok_or(Problem::NotFound)?;
    let mut reader = site.db.read().await?;
    let names = store::of_account(&mut reader, &member.account).await?;
    let may_retire = names.len() > 1;
    let persona = names.into_iter().find(|persona| persona.id == id).ok_or(Problem::NotFound)?;
    Ok(NamePage {
        shell: ctx.shell(persona.name.clone()),
        action: format!("/me/names/{id}"),
        may_retire,
        called: persona.name.clone(),
        persona: Some(persona),
        doubt: false,
        errors: Errors::none(),
    })
}

/// `GET /me/names/{id}`
pub async fn edit(State(site): State<Shared>, ctx: Ctx, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    Ok(Html(edit_page(&site, &ctx, &member, &id).await?).into_response())
}

/// `POST /me/names/{id}`
pub async fn rename(
    State(site): State<Shared>,
    ctx: Ctx,
    member: Member,
    Path(id): Path<String>,
    Form(form): Form<NameForm>,
) -> Result<Response, Problem> {
    let mut page = edit_page(&site, &ctx, &member, &id).await?;
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    page.called.clone_from(&form.called);
    let name = match read(&site, &ctx, &member, &form).await? {
        Ok(name) => name,
        Err((sentence, doubt)) => return Ok(wrong(page, sentence, doubt)),
    };
    let mut tx = site.db.begin().await?;
    match actions::rename(&mut tx, &site.here(), &member.account, (&id, &name)).await {
        Ok(_) => {}
        Err(PersonaError::Taken) => return Ok(wrong(page, ctx.t.say("personas-taken"), false)),
        Err(error) => return Err(refused(error)),
    }
    tx.commit().await?;
    Ok(see_other_with_notice("/me", "personas-renamed"))
}

/// `POST /me/names/{id}/retire`
pub async fn retire(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut tx = site.db.begin().await?;
    actions::retire(&mut tx, &site.here(), &member.account, &id).await.map_err(refused)?;
    tx.commit().await?;
    Ok(see_other_with_notice("/me", "personas-retired"))
}
