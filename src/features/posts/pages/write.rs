//! Writing: a new conversation or an answer, kept for later or posted. What was typed comes back with every error, also when the
//! session ended meanwhile: the page then shows the text, a way to sign in beside it, and the same button.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;

use super::sheet::{Sheet, Typed};
use super::view::{PostView, Viewer};
use super::{Inside, thread};
use crate::base::Id;
use crate::db::Conn;
use crate::features::accounts::Member;
use crate::features::posts::actions::PostError;
use crate::features::posts::actions::people::{self, NewPost};
use crate::features::posts::post::{Post, State as Standing, Text, TextProblem};
use crate::features::posts::store::{self, kept};
use crate::site::{Shared, Site};
use crate::web::{Ctx, Errors, Html, LongForm, Problem, Shell, see_other_with_notice};

/// The fields of the writing box.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Filled {
    #[serde(default)]
    text: String,
    #[serde(default)]
    lang: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    saw: i64,
    #[serde(default)]
    agreed: bool,
    #[serde(default)]
    instead: String,
    #[serde(default, rename = "do")]
    what: String,
}

impl Filled {
    pub(super) fn typed(&self) -> Typed {
        Typed { text: self.text.clone(), lang: self.lang.clone(), label: self.label.clone() }
    }

    pub(super) fn text(&self) -> Result<Text, TextProblem> {
        Text::typed(&self.text, &self.lang, &self.label)
    }
}

/// The page with a writing box alone.
#[derive(Template)]
#[template(path = "features/posts/pages/write.html")]
pub(super) struct WritePage {
    pub shell: Shell,
    pub back_path: String,
    pub back: String,
    pub note: Option<String>,
    pub link: Option<String>,
    pub quoted: Option<PostView>,
    pub sheet: Sheet,
}

/// What to begin with.
#[derive(Deserialize)]
pub(super) struct Begin {
    /// An own refused post whose text is written anew.
    #[serde(default)]
    again: String,
}

/// `GET /g/{id}/write`
pub(super) async fn blank(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Query(begin): Query<Begin>,
) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut conn = site.db.read().await?;
    let inside = Inside::of(&mut conn, &member, &id).await?;
    let again = refused_post(&mut conn, &inside, &begin.again).await?;
    let draft = kept::draft(&mut conn, kept::Place { actor: &inside.me.actor, group: &id, parent: None }).await?;
    let when = draft.as_ref().map(|draft| ctx.t.with("posts-kept", &[("when", &ctx.t.date_time(draft.saved()))]));
    let typed = match &again {
        Some(post) => words_of(post),
        None => draft.map(Typed::from).unwrap_or_default(),
    };
    let mut page = page(&mut conn, &ctx, &inside, None, typed).await?;
    page.sheet.kept = when;
    page.sheet.instead = again.map(|post| post.id.to_string()).unwrap_or_default();
    Ok(Html(page).into_response())
}

fn words_of(post: &Post) -> Typed {
    Typed { text: post.source.clone(), lang: post.lang.clone(), label: post.label.clone() }
}

async fn refused_post(conn: &mut Conn, inside: &Inside, id: &str) -> Result<Option<Post>, Problem> {
    let Some(id) = Id::parse(id) else { return Ok(None) };
    let post = store::by_id(conn, &id).await?;
    Ok(post.filter(|post| post.author == inside.me.actor && post.state == Standing::Refused && post.group == inside.group.id))
}

/// `GET /o/{id}/answer`
pub(super) async fn answer_blank(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Query(begin): Query<Begin>,
) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let (inside, post) = Inside::around(&mut conn, &member, &id).await?;
    if !post.is_readable() {
        return Err(Problem::NotFound);
    }
    let again = refused_post(&mut conn, &inside, &begin.again).await?;
    let page = match again {
        Some(again) => {
            let mut page = page(&mut conn, &ctx, &inside, Some(&post), words_of(&again)).await?;
            page.sheet.instead = again.id.to_string();
            page
        }
        None => {
            let sheet = thread::answer_sheet(&mut conn, &ctx, &inside, &post).await?;
            WritePage { sheet, ..page(&mut conn, &ctx, &inside, Some(&post), Typed::default()).await? }
        }
    };
    Ok(Html(page).into_response())
}

/// The page for a new conversation, or for an answer to `to`.
async fn page(conn: &mut Conn, ctx: &Ctx, inside: &Inside, to: Option<&Post>, typed: Typed) -> Result<WritePage, Problem> {
    let t = ctx.t;
    let (action, title, back_path) = match to {
        None => (format!("{}/write", inside.path()), t.say("posts-write"), inside.path()),
        Some(to) => (format!("/o/{}/answer", to.id), t.say("posts-write-answer"), format!("/o/{}", to.root)),
    };
    let mut sheet = thread::fitted(conn, ctx, inside, Sheet::new(ctx.lang, action, typed)).await?;
    sheet.has_label = to.is_none();
    sheet.button = if to.is_none() { "posts-post" } else { "posts-post-answer" };
    if to.is_none() {
        sheet.labels = kept::labels(conn, &inside.group.id).await?;
    }
    let viewer = Viewer { t, me: &inside.me.id, now: crate::base::Timestamp::EPOCH, writes: false, moderates: false, home: None };
    Ok(WritePage {
        shell: ctx.shell(title),
        back: if to.is_some() { t.say("posts-back-thread") } else { t.with("posts-back-group", &[("group", &inside.group.name)]) },
        back_path,
        note: None,
        link: None,
        quoted: to.map(|to| PostView::of(&viewer, to, None)),
        sheet,
    })
}

/// `POST /g/{id}/write`
pub(super) async fn send(
    State(site): State<Shared>,
    member: Option<Member>,
    ctx: Ctx,
    Path(id): Path<String>,
    LongForm { 0: filled }: LongForm<Filled>,
) -> Result<Response, Problem> {
    let group = Id::parse(&id).ok_or(Problem::NotFound)?;
    let Some(member) = member else { return Ok(signed_out(&ctx, format!("/g/{group}/write"), &filled)) };
    let inside = {
        let mut conn = site.db.read().await?;
        Inside::of(&mut conn, &member, &group).await?
    };
    take(&site, &ctx, &inside, None, filled).await
}

/// `POST /o/{id}/answer`
pub(super) async fn answer(
    State(site): State<Shared>,
    member: Option<Member>,
    ctx: Ctx,
    Path(id): Path<String>,
    LongForm { 0: filled }: LongForm<Filled>,
) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let Some(member) = member else { return Ok(signed_out(&ctx, format!("/o/{id}/answer"), &filled)) };
    let (inside, post) = {
        let mut conn = site.db.read().await?;
        Inside::around(&mut conn, &member, id.as_str()).await?
    };
    take(&site, &ctx, &inside, Some(post), filled).await
}

async fn take(site: &Site, ctx: &Ctx, inside: &Inside, to: Option<Post>, filled: Filled) -> Result<Response, Problem> {
    let here = site.here();
    let (actor, group) = (&inside.me.actor, &inside.group.id);
    let parent = to.as_ref().map(|to| &to.id);
    let back = to.as_ref().map_or_else(|| inside.path(), |to| format!("/o/{}", to.root));
    if matches!(filled.what.as_str(), "keep" | "drop") {
        let mut tx = site.db.begin().await?;
        let text = if filled.what == "keep" { filled.text.as_str() } else { "" };
        people::keep_draft(&mut tx, &here, (actor, group, parent), (text, &filled.lang, &filled.label)).await?;
        tx.commit().await?;
        return Ok(see_other_with_notice(&back, if filled.what == "keep" { "posts-kept-notice" } else { "posts-thrown-away" }));
    }
    let outcome = match filled.text() {
        Err(problem) => Err(PostError::Text(problem)),
        Ok(text) => {
            let saw_readers = if filled.agreed { filled.saw } else { 0 };
            let instead = Id::parse(&filled.instead);
            let new = NewPost { group, author: actor, text: &text, reply_to: parent, saw_readers, instead_of: instead.as_ref() };
            let mut tx = site.db.begin().await?;
            match people::write(&mut tx, &here, &new).await {
                Ok(id) => tx.commit().await.map(|()| id).map_err(PostError::Db),
                Err(error) => Err(error),
            }
        }
    };
    match outcome {
        Ok(id) => {
            let notice = if inside.group.is_local() { "posts-posted" } else { "posts-sent" };
            Ok(see_other_with_notice(&if to.is_some() { format!("{back}#p-{id}") } else { format!("/o/{id}") }, notice))
        }
        Err(PostError::Db(error)) => Err(error.into()),
        Err(error) => again(site, ctx, inside, to.as_ref(), (&filled, &error)).await,
    }
}

/// The form comes back with what was typed and a sentence at the field.
async fn again(
    site: &Site,
    ctx: &Ctx,
    inside: &Inside,
    to: Option<&Post>,
    (filled, error): (&Filled, &PostError),
) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let mut page = page(&mut conn, ctx, inside, to, filled.typed()).await?;
    page.sheet.instead.clone_from(&filled.instead);
    page.sheet.errors = errors(ctx, error);
    page.sheet.must_confirm |= matches!(error, PostError::ConfirmReaders);
    Ok(Html(page).with_status(StatusCode::UNPROCESSABLE_ENTITY))
}

/// A refusal as a sentence at the field it is about.
pub(super) fn errors(ctx: &Ctx, error: &PostError) -> Errors {
    let field = match error {
        PostError::Text(TextProblem::LabelTooLong) => "label",
        PostError::Text(TextProblem::Language) => "lang",
        PostError::ConfirmReaders => "agreed",
        _ => "text",
    };
    let mut errors = Errors::none();
    errors.add(field, ctx.t.say(error.key()));
    errors
}

/// The session is over and a text arrived: it is shown back, nothing of the group is, and nothing is stored.
fn signed_out(ctx: &Ctx, action: String, filled: &Filled) -> Response {
    let mut sheet = Sheet::new(ctx.lang, action, filled.typed());
    sheet.has_label = !filled.label.is_empty();
    sheet.saw = filled.saw;
    sheet.must_confirm = filled.agreed;
    sheet.instead.clone_from(&filled.instead);
    let page = WritePage {
        shell: ctx.shell(ctx.t.say("posts-write")),
        back_path: "/".to_owned(),
        back: ctx.t.say("posts-back-home"),
        note: Some(ctx.t.say("posts-signed-out")),
        link: Some("/sign-in".to_owned()),
        quoted: None,
        sheet,
    };
    Html(page).with_status(StatusCode::FORBIDDEN)
}
