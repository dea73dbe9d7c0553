//! What can be done with a post that is there: change it, take it away, bring it back, withdraw it from the home's desk, and for
//! moderators pin, close and remove. Each form says what will happen, to whom it is told, and how to take it back.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;

use super::sheet::{Sheet, Typed};
use super::view;
use super::write::{Filled, WritePage, errors, nobody, not_lost};
use super::{Inside, own_ids, refused, thread};
use crate::base::Id;
use crate::base::html::SafeHtml;
use crate::db::Conn;
use crate::features::accounts::Member;
use crate::features::posts::actions::PostError;
use crate::features::posts::actions::people::{self, Mark};
use crate::features::posts::post::Post;
use crate::features::posts::store;
use crate::site::Shared;
use crate::web::{Choice, Ctx, Errors, Form, Html, Kept, LongForm, Problem, Shell, kept, see_other, see_other_with_notice};

/// Where a post is shown.
fn shown_at(post: &Post) -> String {
    format!("/o/{}", post.id)
}

async fn edit_page(conn: &mut Conn, ctx: &Ctx, inside: &Inside, post: &Post, typed: Typed) -> Result<WritePage, Problem> {
    let mut sheet = thread::fitted(conn, ctx, inside, Sheet::new(ctx.lang, format!("/o/{}/edit", post.id), typed)).await?;
    sheet.has_label = post.is_root();
    sheet.keeps = false;
    sheet.must_confirm = false;
    sheet.button = "posts-save";
    Ok(WritePage {
        shell: ctx.shell(ctx.t.say("posts-edit-title")),
        back_path: shown_at(post),
        back: ctx.t.say("posts-back-thread"),
        note: None,
        link: None,
        quoted: None,
        sheet,
    })
}

/// `GET /o/{id}/edit`
pub(super) async fn edit(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let (inside, post) = Inside::around(&mut conn, &member, &id).await?;
    if !inside.mine().contains(&post.author) || !post.is_readable() {
        return Err(Problem::NotFound);
    }
    let typed = match &post.edit {
        Some(edit) => Typed { text: edit.source.clone(), lang: edit.lang.clone(), label: edit.label.clone() },
        None => Typed { text: post.source.clone(), lang: post.lang.clone(), label: post.label.clone() },
    };
    Ok(Html(edit_page(&mut conn, &ctx, &inside, &post, typed).await?).into_response())
}

/// `POST /o/{id}/edit`
pub(super) async fn save(
    State(site): State<Shared>,
    member: Result<Member, Problem>,
    ctx: Ctx,
    Path(id): Path<String>,
    LongForm { 0: filled }: LongForm<Filled>,
) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let action = format!("/o/{id}/edit");
    let member = match member {
        Ok(member) => member,
        Err(problem) if filled.is_blank() => return Err(problem),
        Err(problem) => return nobody(&ctx, action, &filled, problem),
    };
    change(&site, &ctx, &member, (&id, &filled)).await.or_else(|problem| not_lost(&ctx, action, &filled, problem))
}

async fn change(site: &Shared, ctx: &Ctx, member: &Member, (id, filled): (&Id, &Filled)) -> Result<Response, Problem> {
    let (inside, post) = {
        let mut conn = site.db.read().await?;
        Inside::around(&mut conn, member, id.as_str()).await?
    };
    let outcome = match filled.text() {
        Err(problem) => Err(PostError::Text(problem)),
        Ok(text) => {
            let mut tx = site.db.begin().await?;
            match people::edit(&mut tx, &site.here(), &post.id, &inside.mine(), &text).await {
                Ok(()) => tx.commit().await.map_err(PostError::Db),
                Err(error) => Err(error),
            }
        }
    };
    let local = inside.group.is_local();
    match outcome {
        Ok(()) => Ok(see_other_with_notice(&shown_at(&post), if local { "posts-saved" } else { "posts-change-sent" })),
        Err(PostError::Db(error)) => Err(error.into()),
        Err(PostError::NotFound) => Err(Problem::NotFound),
        Err(error) => {
            let mut conn = site.db.read().await?;
            let mut page = edit_page(&mut conn, ctx, &inside, &post, filled.typed()).await?;
            page.sheet.errors = errors(ctx, &error);
            Ok(Html(page).with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

#[derive(Template)]
#[template(path = "features/posts/pages/delete.html")]
struct DeletePage {
    shell: Shell,
    action: String,
    back: String,
    lang: String,
    html: SafeHtml,
    told: Option<String>,
}

/// `GET /o/{id}/delete`
pub(super) async fn ask_delete(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let post = own_post(&mut conn, &member, &id).await?;
    let told = match &post.uri {
        Some(uri) => store::told_of(&mut conn, uri).await?.len(),
        None => 0,
    };
    let told = if post.origin_uri.is_some() { post.readers.len() } else { told };
    let page = DeletePage {
        shell: ctx.shell(ctx.t.say("posts-delete-title")),
        action: format!("/o/{}/delete", post.id),
        back: shown_at(&post),
        lang: view::lang(&post.lang),
        html: post.html.clone(),
        told: (told > 0).then(|| ctx.t.with("posts-delete-told", &[("count", &told)])),
    };
    Ok(Html(page).into_response())
}

async fn own_post(conn: &mut Conn, member: &Member, id: &str) -> Result<Post, Problem> {
    let id = Id::parse(id).ok_or(Problem::NotFound)?;
    let mine = own_ids(conn, member).await?;
    store::by_id(conn, &id).await?.filter(|post| mine.contains(&post.author)).ok_or(Problem::NotFound)
}

/// With a week to take it back, or at once.
#[derive(Deserialize)]
pub(super) struct How {
    #[serde(default)]
    how: String,
}

/// `POST /o/{id}/delete`
pub(super) async fn delete(
    State(site): State<Shared>,
    member: Member,
    Path(id): Path<String>,
    Form(how): Form<How>,
) -> Result<Response, Problem> {
    let (post, mine) = {
        let mut conn = site.db.read().await?;
        (own_post(&mut conn, &member, &id).await?, own_ids(&mut conn, &member).await?)
    };
    let at_once = how.how == "now";
    let mut tx = site.db.begin().await?;
    people::delete(&mut tx, &site.here(), &post.id, &mine, at_once).await.map_err(|error| refused(error, shown_at(&post)))?;
    tx.commit().await?;
    // A conversation that only its writer still sees has its place on the group's page.
    let inside = {
        let mut conn = site.db.read().await?;
        Inside::of(&mut conn, &member, &post.group).await.is_ok()
    };
    let place = match (inside, post.is_root()) {
        (false, _) => "/me/waiting".to_owned(),
        (true, true) => format!("/g/{}", post.group),
        (true, false) => format!("/o/{}", post.root),
    };
    Ok(see_other_with_notice(&place, if at_once { "posts-erased-notice" } else { "posts-deleted-notice" }))
}

/// `POST /o/{id}/undo`
pub(super) async fn undo(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let (post, mine) = {
        let mut conn = site.db.read().await?;
        (own_post(&mut conn, &member, &id).await?, own_ids(&mut conn, &member).await?)
    };
    let mut tx = site.db.begin().await?;
    let back = people::undo(&mut tx, &site.here(), &post.id, &mine).await.map_err(|error| refused(error, format!("/g/{}", post.group)))?;
    tx.commit().await?;
    Ok(see_other_with_notice(&format!("/o/{back}"), "posts-undone"))
}

/// `POST /o/{id}/withdraw`: the text goes back into the writing box.
pub(super) async fn withdraw(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let (post, mine) = {
        let mut conn = site.db.read().await?;
        (own_post(&mut conn, &member, &id).await?, own_ids(&mut conn, &member).await?)
    };
    let mut tx = site.db.begin().await?;
    let post = people::withdraw(&mut tx, &site.here(), &post.id, &mine).await.map_err(|error| refused(error, shown_at(&post)))?;
    tx.commit().await?;
    let place = post.parent.as_ref().map_or_else(|| format!("/g/{}/write", post.group), |parent| format!("/o/{parent}/answer"));
    Ok(see_other_with_notice(&place, "posts-withdrawn"))
}

/// `POST /o/{id}/drop-change`
pub(super) async fn drop_change(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let (post, mine) = {
        let mut conn = site.db.read().await?;
        (own_post(&mut conn, &member, &id).await?, own_ids(&mut conn, &member).await?)
    };
    let mut tx = site.db.begin().await?;
    people::drop_change(&mut tx, &site.here(), &post.id, &mine).await.map_err(|error| refused(error, shown_at(&post)))?;
    tx.commit().await?;
    Ok(see_other(&shown_at(&post)))
}

/// Which mark.
#[derive(Deserialize)]
pub(super) struct Marked {
    mark: String,
}

/// `POST /o/{id}/mark`
pub(super) async fn mark(
    State(site): State<Shared>,
    member: Member,
    Path(id): Path<String>,
    Form(form): Form<Marked>,
) -> Result<Response, Problem> {
    let (inside, post) = {
        let mut conn = site.db.read().await?;
        Inside::around(&mut conn, &member, &id).await?
    };
    let (mark, notice) = match form.mark.as_str() {
        "pin" => (Mark::Pin, "posts-pinned-notice"),
        "unpin" => (Mark::Unpin, "posts-unpinned-notice"),
        "close" => (Mark::Close, "posts-closed-notice"),
        "reopen" => (Mark::Reopen, "posts-reopened-notice"),
        _ => return Err(Problem::BadForm),
    };
    let mut tx = site.db.begin().await?;
    people::mark(&mut tx, &site.here(), &post.id, &inside.mine(), mark).await.map_err(|error| refused(error, shown_at(&post)))?;
    tx.commit().await?;
    Ok(see_other_with_notice(&shown_at(&post), notice))
}

#[derive(Template)]
#[template(path = "features/posts/pages/remove.html")]
struct RemovePage {
    shell: Shell,
    action: String,
    back: String,
    byline: String,
    lang: String,
    html: SafeHtml,
    rules: Vec<Choice>,
    reason: String,
    errors: Errors,
}

fn remove_page(ctx: &Ctx, inside: &Inside, post: &Post, chosen: &Removal) -> RemovePage {
    let rules = inside.group.rules.iter().enumerate().map(|(at, rule)| {
        let number = (at + 1).to_string();
        Choice::new(number.as_str(), format!("{number}. {rule}")).chosen_if(chosen.rule == number)
    });
    let name = view::name(ctx.t, &post.author_name);
    RemovePage {
        shell: ctx.shell(ctx.t.say("posts-remove-title")),
        action: format!("/o/{}/remove", post.id),
        back: shown_at(post),
        byline: ctx.t.with("posts-byline", &[("name", &name), ("when", &ctx.t.date_time(post.created_at))]),
        lang: view::lang(&post.lang),
        html: post.html.clone(),
        rules: rules.collect(),
        reason: chosen.reason.clone(),
        errors: Errors::none(),
    }
}

/// Rule and reason.
#[derive(Default, Deserialize)]
pub(super) struct Removal {
    #[serde(default)]
    rule: String,
    #[serde(default)]
    reason: String,
}

impl Removal {
    /// What the writer is told: the rule in the group's words, then the reason.
    fn told(&self, ctx: &Ctx, rules: &[String]) -> String {
        let rule = self.rule.parse::<usize>().ok().and_then(|number| Some((number, rules.get(number.checked_sub(1)?)?)));
        let rule = rule.map(|(number, text)| ctx.t.with("posts-rule", &[("number", &number.to_string()), ("text", text)]));
        [rule.unwrap_or_default(), self.reason.trim().to_owned()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

/// `GET /o/{id}/remove`
pub(super) async fn ask_remove(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let (inside, post) = Inside::around(&mut conn, &member, &id).await?;
    if !post.is_readable() {
        return Err(Problem::NotFound);
    }
    if !inside.moderates(site.now()) {
        return Err(Problem::Forbidden);
    }
    Ok(Html(remove_page(&ctx, &inside, &post, &Removal::default())).into_response())
}

/// `POST /o/{id}/remove`
pub(super) async fn remove(
    State(site): State<Shared>,
    member: Option<Member>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<Removal>,
) -> Result<Response, Problem> {
    let words = [("posts-remove-reason", form.reason.as_str())];
    let Some(member) = member else {
        let next = "/".to_owned();
        return if form.reason.trim().is_empty() { Err(Problem::SignIn { next }) } else { Ok(kept(&ctx, Kept::SignedOut, &words)) };
    };
    match take_out(&site, &ctx, &member, (&id, &form)).await {
        Err(Problem::NotFound | Problem::Forbidden) if !form.reason.trim().is_empty() => Ok(kept(&ctx, Kept::NotHere, &words)),
        Err(Problem::Unavailable | Problem::Internal) if !form.reason.trim().is_empty() => Ok(kept(&ctx, Kept::Busy, &words)),
        done => done,
    }
}

async fn take_out(site: &Shared, ctx: &Ctx, member: &Member, (id, form): (&str, &Removal)) -> Result<Response, Problem> {
    let (inside, post) = {
        let mut conn = site.db.read().await?;
        Inside::around(&mut conn, member, id).await?
    };
    let told = form.told(ctx, &inside.group.rules);
    let mut tx = site.db.begin().await?;
    match people::remove(&mut tx, &site.here(), &post.id, &inside.mine(), &told).await {
        Ok(()) => {
            tx.commit().await?;
            Ok(see_other_with_notice(&inside.path(), if inside.group.is_local() { "posts-removed-notice" } else { "posts-remove-asked" }))
        }
        Err(error @ PostError::NoReason) => {
            let mut page = remove_page(ctx, &inside, &post, form);
            page.errors.add("reason", ctx.t.say(error.key()));
            Ok(Html(page).with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(error) => Err(refused(error, shown_at(&post))),
    }
}

#[derive(Template)]
#[template(path = "features/posts/pages/all.html")]
struct AllPage {
    shell: Shell,
    path: String,
    back: String,
    text: String,
}

/// `GET /g/{id}/take-away`
pub(super) async fn ask_all(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut conn = site.db.read().await?;
    let inside = Inside::of(&mut conn, &member, &id).await?;
    let name = &inside.group.name;
    let page = AllPage {
        shell: ctx.shell(ctx.t.say("posts-all-mine")),
        path: inside.path(),
        back: ctx.t.with("posts-back-group", &[("group", name)]),
        text: ctx.t.with("posts-all-mine-text", &[("group", name)]),
    };
    Ok(Html(page).into_response())
}

/// `POST /g/{id}/take-away`
pub(super) async fn take_all(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let inside = {
        let mut conn = site.db.read().await?;
        Inside::of(&mut conn, &member, &id).await?
    };
    let mut tx = site.db.begin().await?;
    for persona in inside.mine() {
        people::take_all_away(&mut tx, &site.here(), &persona, Some(&id)).await.map_err(|error| refused(error, inside.path()))?;
    }
    tx.commit().await?;
    Ok(see_other_with_notice(&inside.path(), "posts-all-mine-gone"))
}
