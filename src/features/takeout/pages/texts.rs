//! Moving to another house and coming from one: what moves, the form that takes a copy, and a person's own notes.

use askama::Template;
use axum::extract::{Multipart, Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;

use super::super::bring::{self, Incoming, MOST_BYTES};
use super::super::store::{self, Note};
use crate::audit::By;
use crate::features::accounts::Member;
use crate::site::Shared;
use crate::web::{Ctx, Errors, Html, Problem, Shell, see_other_with_notice};

/// Notes on one page.
const PAGE: i64 = 30;

#[derive(Template)]
#[template(path = "features/takeout/pages/move.html")]
struct MovePage {
    shell: Shell,
}

/// `GET /me/move`
pub async fn moving(ctx: Ctx, _: Member) -> Response {
    Html(MovePage { shell: ctx.shell(ctx.t.say("takeout-move")) }).into_response()
}

#[derive(Template)]
#[template(path = "features/takeout/pages/import.html")]
struct ImportPage {
    shell: Shell,
    errors: Errors,
}

fn import_page(ctx: &Ctx, errors: Errors) -> ImportPage {
    ImportPage { shell: ctx.shell(ctx.t.say("takeout-import")), errors }
}

/// `GET /me/import`
pub async fn import(ctx: Ctx, _: Member) -> Response {
    Html(import_page(&ctx, Errors::none())).into_response()
}

/// The file of the form, when it is one and not too large.
async fn file_of(mut form: Multipart) -> Option<Vec<u8>> {
    while let Ok(Some(field)) = form.next_field().await {
        if field.name() == Some("file") {
            let bytes = field.bytes().await.ok()?;
            return (bytes.len() <= MOST_BYTES).then(|| bytes.to_vec());
        }
    }
    None
}

/// `POST /me/import`
pub async fn take(State(site): State<Shared>, ctx: Ctx, member: Member, form: Multipart) -> Result<Response, Problem> {
    let Some(incoming) = file_of(form).await.as_deref().and_then(Incoming::read) else {
        let mut errors = Errors::none();
        errors.add("file", ctx.t.say("takeout-import-wrong"));
        return Ok(Html(import_page(&ctx, errors)).with_status(StatusCode::UNPROCESSABLE_ENTITY));
    };
    // Keys are made before the unit of work is opened.
    let mut keys = Vec::new();
    for _ in incoming.names() {
        keys.push(site.fresh_key().await?);
    }
    let mut tx = site.db.begin().await?;
    let by = By::person(member.account.as_str(), member.role.as_str());
    let brought = bring::bring(&mut tx, &site.here(), &member.account, (&incoming, &keys), by).await?;
    tx.commit().await?;
    let said = if brought.names_left > 0 { "takeout-imported-names-left" } else { "takeout-imported" };
    Ok(if said == "takeout-imported" {
        see_other_with_notice("/me/notes", "takeout-imported")
    } else {
        see_other_with_notice("/me/notes", "takeout-imported-names-left")
    })
}

struct NoteLine {
    id: String,
    heading: String,
    lang: String,
    text: String,
}

#[derive(Template)]
#[template(path = "features/takeout/pages/notes.html")]
struct NotesPage {
    shell: Shell,
    notes: Vec<NoteLine>,
    next: Option<String>,
}

/// Where the list goes on.
#[derive(Deserialize)]
pub struct From {
    #[serde(default)]
    before: String,
}

fn note_line(ctx: &Ctx, note: Note) -> NoteLine {
    let when = ctx.t.date(note.written());
    let place = if note.place.is_empty() { ctx.t.say("takeout-note-nowhere") } else { note.place };
    let lang = if note.lang == "und" { String::new() } else { note.lang };
    let heading = ctx.t.with(format!("takeout-note-{}", note.kind), &[("place", place.as_str()), ("date", when.as_str())]);
    NoteLine { id: note.id, heading, lang, text: note.text }
}

/// `GET /me/notes`
pub async fn notes(State(site): State<Shared>, ctx: Ctx, member: Member, Query(from): Query<From>) -> Result<Response, Problem> {
    let before = from.before.split_once('.').and_then(|(at, id)| Some((at.parse::<i64>().ok()?, id.to_owned())));
    let before = before.unwrap_or((i64::MAX, String::new()));
    let mut conn = site.db.read().await?;
    let mut found = store::notes(&mut conn, &member.account, (before.0, &before.1), PAGE + 1).await?;
    let more = found.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    found.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let next = found.last().filter(|_| more).map(|note| format!("/me/notes?before={}.{}", note.written().millis(), note.id));
    let notes = found.into_iter().map(|note| note_line(&ctx, note)).collect();
    Ok(Html(NotesPage { shell: ctx.shell(ctx.t.say("takeout-notes")), notes, next }).into_response())
}

/// `POST /me/notes/{id}/drop`
pub async fn drop(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let mut tx = site.db.begin().await?;
    if !store::drop_note(&mut tx, &member.account, &id).await? {
        return Err(Problem::NotFound);
    }
    tx.commit().await?;
    Ok(see_other_with_notice("/me/notes", "takeout-note-dropped"))
}
