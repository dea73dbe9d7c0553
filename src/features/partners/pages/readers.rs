//! "What would change?" beside the form in which a host says who reads a group: counts in words and the same form with what was
//! chosen. Nothing is saved here, and no house and no person is named.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use crate::features::accounts::Member;
use crate::features::groups::{ReadersForm, ReadersSheet, readers_sheet};
use crate::site::Shared;
use crate::web::{Choice, Ctx, Form, Html, Problem, Shell, Words, see_other};

use super::super::dryrun::{Readers, readers_run};

/// From so many people on their number is said; of fewer only that there are some, for of few one knows who.
const MANY: i64 = 5;

#[derive(Template)]
#[template(path = "features/partners/readers.html")]
struct LookPage {
    shell: Shell,
    group: String,
    name: String,
    lines: Vec<String>,
    partners: Vec<Choice>,
}

/// `POST /g/{id}/readers/look`
pub async fn look(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<ReadersForm>,
) -> Result<Response, Problem> {
    let (now, wanted) = (site.now(), form.wanted());
    let mut conn = site.db.read().await?;
    let ReadersSheet { id, group, name, partners } = readers_sheet(&mut conn, &member, (&id, now), Some(&wanted)).await?;
    let wanted: BTreeSet<_> = wanted.into_iter().collect();
    let found = readers_run(&mut conn, now, &site.config.origin, (&id, &wanted)).await?;
    let shell = ctx.shell(ctx.t.say("partners-dry-look-first"));
    Ok(Html(LookPage { shell, group, name, lines: lines(ctx.t, &found), partners }).into_response())
}

/// `GET /g/{id}/readers/look`: the address was opened anew, as the choice of another language does. What was chosen is gone by then.
pub async fn back(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let sheet = readers_sheet(&mut conn, &member, (&id, site.now()), None).await?;
    Ok(see_other(&format!("{}/readers", sheet.group)))
}

/// The counts as sentences; what would not change is not said.
fn lines(t: Words, found: &Readers) -> Vec<String> {
    let counted = |key: &'static str, count: i64| (count > 0).then(|| t.with(key, &[("count", &count)]));
    let relations = if found.relations < MANY { "partners-readers-relations-few" } else { "partners-readers-relations" };
    let (begins, stops) = (found.begin > 0, found.stop > 0);
    let also = |when: bool, key: &'static str, count: i64| when.then(|| t.with(key, &[("count", &count)]));
    let lines = [
        counted("partners-readers-refused", found.refused),
        counted("partners-readers-begin", found.begin),
        counted("partners-readers-told", found.told),
        also(begins, "partners-readers-more", found.more),
        counted("partners-readers-stop", found.stop),
        also(stops, "partners-readers-less", found.less),
        counted("partners-readers-dropped", found.dropped),
        counted(relations, found.relations),
        also(stops, "partners-readers-copies", found.copies),
        (!begins && !stops && found.refused == 0).then(|| t.say("partners-readers-same")),
        counted("partners-readers-stay", found.stay),
    ];
    lines.into_iter().flatten().collect()
}
