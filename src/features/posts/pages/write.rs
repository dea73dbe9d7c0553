//! Writing: a new conversation or an answer, kept for later or posted. What was typed comes back with every error, also when the
//! session ended meanwhile (the page then shows the text, a way to sign in beside it, and the same button), when the database is
//! busy, and when the visitor is not in the group any more.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::sheet::{Sheet, Typed};
use super::view::{PostView, Viewer};
use super::{Inside, thread};
use crate::base::Id;
use crate::db::{Conn, DbError, Tx};
use crate::features::accounts::Member;
use crate::features::posts::actions::people::{self, NewPost};
use crate::features::posts::actions::{PostError, pace};
use crate::features::posts::post::{Post, State as Standing, Text, TextProblem};
use crate::features::posts::store::{self, kept};
use crate::site::{Shared, Site};
use crate::web::{Ctx, Errors, Html, Kept, LongForm, Problem, Shell, kept as kept_page, see_other, see_other_with_notice};

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
    #[serde(default)]
    draft: String,
    #[serde(default, rename = "do")]
    what: String,
}

impl Filled {
    pub(super) fn typed(&self) -> Typed {
        Typed { text: self.text.clone(), lang: self.lang.clone(), label: self.label.clone() }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
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
    /// The post that a draft answers, when that post is gone: the draft then begins a new conversation.
    #[serde(default)]
    draft: String,
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
    let parent = Id::parse(&begin.draft).filter(|_| again.is_none());
    let draft = kept::draft(&mut conn, kept::Place { actor: &inside.me.actor, group: &id, parent: parent.as_ref() }).await?;
    let parent = parent.filter(|_| draft.is_some());
    let when = draft.as_ref().map(|draft| ctx.t.with("posts-kept", &[("when", &ctx.t.date_time(draft.saved()))]));
    let typed = match &again {
        Some(post) => words_of(post),
        None => draft.map(Typed::from).unwrap_or_default(),
    };
    let mut page = page(&mut conn, &ctx, &inside, None, typed).await?;
    page.sheet.kept = when;
    if parent.is_some() || again.as_ref().is_some_and(|post| post.parent.is_some()) {
        page.note = Some(ctx.t.say("posts-new-instead"));
    }
    page.sheet.draft_of = parent.map(|parent| parent.to_string()).unwrap_or_default();
    page.sheet.instead = again.map(|post| post.id.to_string()).unwrap_or_default();
    Ok(Html(page).into_response())
}

fn words_of(post: &Post) -> Typed {
    Typed { text: post.source.clone(), lang: post.lang.clone(), label: post.label.clone() }
}

async fn refused_post(conn: &mut Conn, inside: &Inside, id: &str) -> Result<Option<Post>, Problem> {
    let Some(id) = Id::parse(id) else { return Ok(None) };
    let post = store::by_id(conn, &id).await?;
    Ok(post.filter(|post| inside.mine().contains(&post.author) && post.state == Standing::Refused && post.group == inside.group.id))
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
        // What was kept for it is not lost: it can begin a new conversation.
        let place = kept::Place { actor: &inside.me.actor, group: &inside.group.id, parent: Some(&post.id) };
        let draft = kept::draft(&mut conn, place).await?;
        return draft.map(|_| see_other(&format!("{}/write?draft={}", inside.path(), post.id))).ok_or(Problem::NotFound);
    }
    let again = refused_post(&mut conn, &inside, &begin.again).await?;
    let page = if let Some(again) = again {
        let mut page = page(&mut conn, &ctx, &inside, Some(&post), words_of(&again)).await?;
        page.sheet.instead = again.id.to_string();
        page
    } else {
        let sheet = thread::answer_sheet(&mut conn, &ctx, &inside, &post).await?;
        WritePage { sheet, ..page(&mut conn, &ctx, &inside, Some(&post), Typed::default()).await? }
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
    let viewer = Viewer { t, mine: &[], now: crate::base::Timestamp::EPOCH, writes: false, moderates: false, home: None };
    Ok(WritePage {
        shell: ctx.shell(title),
        back: if to.is_some() { t.say("posts-back-thread") } else { t.with("posts-back-group", &[("group", &inside.group.name)]) },
        back_path,
        note: None,
        link: None,
        quoted: to.filter(|to| to.is_readable()).map(|to| PostView::of(&viewer, to, None)),
        sheet,
    })
}

/// `POST /g/{id}/write`
pub(super) async fn send(
    State(site): State<Shared>,
    member: Result<Member, Problem>,
    ctx: Ctx,
    Path(id): Path<String>,
    LongForm { 0: filled }: LongForm<Filled>,
) -> Result<Response, Problem> {
    let group = Id::parse(&id).ok_or(Problem::NotFound)?;
    let action = format!("/g/{group}/write");
    let member = match member {
        Ok(member) => member,
        Err(problem) => return nobody(&ctx, action, &filled, problem),
    };
    let inside = match site.db.read().await {
        Ok(mut conn) => Inside::of(&mut conn, &member, &group).await.map_err(Problem::from),
        Err(error) => Err(error.into()),
    };
    let done = match inside {
        Ok(inside) => take(&site, &ctx, &inside, None, &filled).await,
        Err(problem) => Err(problem),
    };
    done.or_else(|problem| not_lost(&ctx, action, &filled, problem))
}

/// `POST /o/{id}/answer`
pub(super) async fn answer(
    State(site): State<Shared>,
    member: Result<Member, Problem>,
    ctx: Ctx,
    Path(id): Path<String>,
    LongForm { 0: filled }: LongForm<Filled>,
) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let action = format!("/o/{id}/answer");
    let member = match member {
        Ok(member) => member,
        Err(problem) => return nobody(&ctx, action, &filled, problem),
    };
    let found = match site.db.read().await {
        Ok(mut conn) => Inside::around(&mut conn, &member, id.as_str()).await,
        Err(error) => Err(error.into()),
    };
    let done = match found {
        Ok((inside, post)) => take(&site, &ctx, &inside, Some(&post), &filled).await,
        Err(problem) => Err(problem),
    };
    done.or_else(|problem| not_lost(&ctx, action, &filled, problem))
}

/// Who sends this is not known: signed out meanwhile, or the database does not say.
pub(super) fn nobody(ctx: &Ctx, action: String, filled: &Filled, problem: Problem) -> Result<Response, Problem> {
    match problem {
        Problem::SignIn { .. } => Ok(bare(ctx, action, filled, Bare::SignedOut)),
        problem => not_lost(ctx, action, filled, problem),
    }
}

/// What was typed comes back with every problem: into the same form where it can be sent again, else to be copied.
pub(super) fn not_lost(ctx: &Ctx, action: String, filled: &Filled, problem: Problem) -> Result<Response, Problem> {
    if filled.is_blank() {
        return Err(problem);
    }
    match problem {
        Problem::Unavailable | Problem::Internal => Ok(bare(ctx, action, filled, Bare::Busy)),
        Problem::NotFound | Problem::Forbidden => {
            Ok(kept_page(ctx, Kept::NotHere, &[("posts-text", &filled.text), ("posts-label", &filled.label)]))
        }
        other => Err(other),
    }
}

/// Keeps or throws away what is in the box. A draft of an answer that cannot be given any more moves to its new place.
async fn keep_or_drop(site: &Site, inside: &Inside, parent: Option<&Id>, filled: &Filled) -> Result<&'static str, DbError> {
    let (actor, group) = (&inside.me.actor, &inside.group.id);
    let keeps = filled.what == "keep";
    let text = if keeps { filled.text.as_str() } else { "" };
    let here = site.here();
    let mut tx = site.db.begin().await?;
    people::keep_draft(&mut tx, &here, (actor, group, parent), (text, &filled.lang, &filled.label)).await?;
    moved(&mut tx, inside, filled).await?;
    tx.commit().await?;
    Ok(if keeps { "posts-kept-notice" } else { "posts-thrown-away" })
}

/// Lets go of the draft at the place that the box was filled from, when that is not the place where it stands now.
async fn moved(tx: &mut Tx, inside: &Inside, filled: &Filled) -> Result<(), DbError> {
    let Some(parent) = Id::parse(&filled.draft) else { return Ok(()) };
    kept::drop_draft(tx, kept::Place { actor: &inside.me.actor, group: &inside.group.id, parent: Some(&parent) }).await
}

async fn take(site: &Site, ctx: &Ctx, inside: &Inside, to: Option<&Post>, filled: &Filled) -> Result<Response, Problem> {
    let (actor, group) = (&inside.me.actor, &inside.group.id);
    let parent = to.map(|to| &to.id);
    let back = to.map_or_else(|| inside.path(), |to| format!("/o/{}", to.root));
    if matches!(filled.what.as_str(), "keep" | "drop") {
        return Ok(see_other_with_notice(&back, keep_or_drop(site, inside, parent, filled).await?));
    }
    let outcome = match filled.text() {
        Err(problem) => Err(PostError::Text(problem)),
        Ok(text) => {
            let instead = Id::parse(&filled.instead);
            let new = NewPost { group, author: actor, text: &text, reply_to: parent, saw_readers: 0, instead_of: instead.as_ref() };
            written(site, ctx, inside, (filled, &new)).await
        }
    };
    match outcome {
        Ok(id) => {
            let notice = if inside.group.is_local() { "posts-posted" } else { "posts-sent" };
            Ok(see_other_with_notice(&if to.is_some() { format!("{back}#p-{id}") } else { format!("/o/{id}") }, notice))
        }
        Err(PostError::Db(error)) => Err(error.into()),
        Err(error) => again(site, ctx, inside, to, (filled, &error)).await,
    }
}

/// One unit of work: the agreement that was ticked, the text, and the draft it was.
async fn written(site: &Site, ctx: &Ctx, inside: &Inside, (filled, new): (&Filled, &NewPost<'_>)) -> Result<Id, PostError> {
    let here = site.here();
    let mut tx = site.db.begin().await?;
    pace::may_go_on(&mut tx, &inside.account, here.now).await?;
    if filled.agreed {
        people::agree(&mut tx, &here, (new.group, new.author), (filled.saw, ctx.lang.code())).await?;
    }
    let id = people::write(&mut tx, &here, new).await?;
    moved(&mut tx, inside, filled).await?;
    tx.commit().await?;
    Ok(id)
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
    // What it answers is gone: the text can begin a new conversation.
    let gone = matches!(error, PostError::ParentGone);
    let to = to.filter(|_| !gone);
    let mut page = page(&mut conn, ctx, inside, to, filled.typed()).await?;
    page.note = gone.then(|| ctx.t.say("posts-new-instead"));
    page.sheet.instead.clone_from(&filled.instead);
    page.sheet.draft_of.clone_from(&filled.draft);
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

/// Why a text comes back in a form that says nothing of the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bare {
    /// The session is over.
    SignedOut,
    /// The database does not answer.
    Busy,
}

/// A text arrived and cannot be taken now: it is shown back with the same button, nothing of the group is, and nothing is stored.
fn bare(ctx: &Ctx, action: String, filled: &Filled, why: Bare) -> Response {
    let out = why == Bare::SignedOut;
    let mut sheet = Sheet::new(ctx.lang, action, filled.typed());
    sheet.has_label = !filled.label.is_empty();
    sheet.saw = filled.saw;
    sheet.must_confirm = filled.agreed;
    sheet.instead.clone_from(&filled.instead);
    sheet.draft_of.clone_from(&filled.draft);
    if sheet.action.ends_with("/edit") {
        sheet.keeps = false;
        sheet.button = "posts-save";
    }
    let page = WritePage {
        shell: ctx.shell(ctx.t.say("posts-write")),
        back_path: "/".to_owned(),
        back: ctx.t.say("posts-back-home"),
        note: Some(ctx.t.say(if out { "posts-signed-out" } else { "posts-busy" })),
        link: out.then(|| "/sign-in".to_owned()),
        quoted: None,
        sheet,
    };
    let mut response = Html(page).with_status(if out { StatusCode::FORBIDDEN } else { StatusCode::SERVICE_UNAVAILABLE });
    if !out {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::extract::FromRequestParts;

    use super::*;
    use crate::testing::pages::assert_page_is_sound;

    async fn shown(response: Response) -> String {
        String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_busy_database_gives_the_form_back_and_nothing_gives_nothing_back() {
        let (mut parts, ()) = http::Request::builder().uri("/").body(()).unwrap().into_parts();
        let ctx = Ctx::from_request_parts(&mut parts, &()).await.unwrap();
        let filled =
            Filled { text: "A long <thought>".to_owned(), lang: "nl".to_owned(), draft: "x".to_owned(), saw: 3, ..Filled::default() };
        for (action, button) in [("/g/x/write", "name=\"do\" value=\"keep\""), ("/o/x/edit", "Save the change")] {
            let back = not_lost(&ctx, action.to_owned(), &filled, Problem::Unavailable).unwrap();
            assert_eq!((back.status(), back.headers()[header::RETRY_AFTER].to_str().unwrap()), (StatusCode::SERVICE_UNAVAILABLE, "30"));
            let page = shown(back).await;
            assert_page_is_sound(&page);
            for words in ["A long &#60;thought&#62;", &format!("action=\"{action}\""), button, "press the button again"] {
                assert!(page.contains(words), "{words}\n{page}");
            }
        }
        for (problem, status) in [(Problem::NotFound, 404), (Problem::Forbidden, 404), (Problem::Internal, 503)] {
            let back = not_lost(&ctx, "/g/x/write".to_owned(), &filled, problem).unwrap();
            assert_eq!(back.status().as_u16(), status);
            assert!(shown(back).await.contains("A long &#60;thought&#62;"));
        }
        let empty = not_lost(&ctx, "/g/x/write".to_owned(), &Filled::default(), Problem::NotFound);
        assert_eq!(empty.unwrap_err(), Problem::NotFound);
    }
}
