//! "Something is wrong with this post" and "I am worried about this person": two short forms below a post. A text that goes to
//! another house is shown once more before it goes, with the sentence that the name is not sent.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::actions::{self, CaseError, Telling, Way};
use super::super::case::{Category, Kind};
use super::super::wire;
use super::{own_ids, refused};
use crate::base::Id;
use crate::base::html::SafeHtml;
use crate::db::Conn;
use crate::features::accounts::Member;
use crate::features::groups::Group;
use crate::features::posts::Post;
use crate::federation::partners;
use crate::site::Shared;
use crate::web::{Choice, Ctx, Errors, Form, Html, Problem, Shell, see_other_with_notice};

#[derive(Template)]
#[template(path = "features/moderation/pages/tell.html")]
struct TellPage {
    shell: Shell,
    worry: bool,
    action: String,
    back: String,
    lang: String,
    html: SafeHtml,
    /// Who reads it.
    goes: String,
    /// It stays in this house, so that the person may let themselves be named.
    may_be_named: bool,
    categories: Vec<Choice>,
    words: String,
    may_talk: bool,
    errors: Errors,
}

/// The text once more, before it leaves the house.
#[derive(Template)]
#[template(path = "features/moderation/pages/sure.html")]
struct SurePage {
    shell: Shell,
    action: String,
    goes: String,
    category: String,
    category_words: String,
    words: String,
}

/// What was filled in.
#[derive(Default, Deserialize)]
pub struct Filled {
    #[serde(default)]
    category: String,
    #[serde(default)]
    words: String,
    #[serde(default)]
    may_talk: bool,
    /// `yes`: the text was seen and shall go; `change`: back to the form.
    #[serde(default)]
    sure: String,
}

struct Place {
    post: Post,
    group: Group,
    way: Way,
    mine: Vec<Id>,
}

async fn place(conn: &mut Conn, member: &Member, kind: Kind, id: &str) -> Result<Place, Problem> {
    let id = Id::parse(id).ok_or(Problem::NotFound)?;
    let mine = own_ids(conn, member).await?;
    let seen = actions::seen(conn, &id, &mine).await;
    let (post, group, _) = seen.map_err(|error| match error {
        CaseError::Db(error) => error.into(),
        _ => Problem::NotFound,
    })?;
    let way = actions::way(conn, kind, &post, &group).await?;
    Ok(Place { post, group, way, mine })
}

fn path(kind: Kind, post: &Id) -> String {
    if kind == Kind::Worry { format!("/o/{post}/worry") } else { format!("/o/{post}/report") }
}

/// Who reads it, in words. Which house a guest comes from is nobody's business.
async fn goes(conn: &mut Conn, ctx: &Ctx, kind: Kind, place: &Place) -> Result<String, Problem> {
    let key = match (&place.way, kind) {
        (Way::Here, Kind::Worry) => "moderation-goes-worry-here",
        (Way::Here, _) => "moderation-goes-here",
        (Way::To(..), Kind::Worry) if place.group.is_local() => "moderation-goes-worry-writer",
        (Way::To(..), Kind::Worry) => "moderation-goes-worry-home",
        (Way::To(..), _) => "moderation-goes-home",
    };
    let house = match &place.group.home {
        Some(home) => partners::by_id(conn, home).await?.map(|home| home.name).unwrap_or_default(),
        None => String::new(),
    };
    Ok(ctx.t.with(key, &[("house", house.as_str())]))
}

async fn page(conn: &mut Conn, ctx: &Ctx, kind: Kind, place: &Place, filled: &Filled) -> Result<TellPage, Problem> {
    let worry = kind == Kind::Worry;
    let choice = |category: &Category| {
        let name = category.as_str();
        Choice::new(name, ctx.t.say(category.key())).chosen_if(filled.category == name)
    };
    Ok(TellPage {
        shell: ctx.shell(ctx.t.say(if worry { "moderation-worry-title" } else { "moderation-report-title" })),
        worry,
        action: path(kind, &place.post.id),
        back: format!("/o/{}", place.post.id),
        lang: if place.post.lang == "und" { String::new() } else { place.post.lang.clone() },
        html: place.post.html.clone(),
        goes: goes(conn, ctx, kind, place).await?,
        may_be_named: place.way == Way::Here,
        categories: kind.categories().iter().map(choice).collect(),
        words: filled.words.clone(),
        may_talk: filled.may_talk,
        errors: Errors::none(),
    })
}

async fn show(site: &Shared, member: &Member, ctx: &Ctx, id: &str, kind: Kind) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let place = place(&mut conn, member, kind, id).await?;
    Ok(Html(page(&mut conn, ctx, kind, &place, &Filled::default()).await?).into_response())
}

async fn send(site: &Shared, member: &Member, ctx: &Ctx, (id, kind): (&str, Kind), filled: Filled) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let place = place(&mut conn, member, kind, id).await?;
    let category = Category::parse(&filled.category).filter(|category| kind.categories().contains(category));
    let words = wire::words_of(&filled.words);
    let mut errors = Errors::none();
    if category.is_none() {
        errors.add("category", ctx.t.say("moderation-error-category"));
    }
    if words.is_empty() && category == Some(Category::Other) {
        errors.add("words", ctx.t.say(CaseError::Empty.key()));
    }
    let Some(category) = category.filter(|_| errors.is_empty() && filled.sure != "change") else {
        let mut page = page(&mut conn, ctx, kind, &place, &filled).await?;
        let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        page.errors = errors;
        return Ok(Html(page).with_status(status));
    };
    if kind == Kind::Report && place.way != Way::Here && filled.sure != "yes" {
        let page = SurePage {
            shell: ctx.shell(ctx.t.say("moderation-sure-title")),
            action: path(kind, &place.post.id),
            goes: goes(&mut conn, ctx, kind, &place).await?,
            category: category.as_str().to_owned(),
            category_words: ctx.t.say(category.key()),
            words,
        };
        return Ok(Html(page).into_response());
    }
    drop(conn);
    let telling = Telling { post: &place.post.id, mine: &place.mine, kind, category, words: &words, may_talk: filled.may_talk };
    let mut tx = site.db.begin().await?;
    let told = actions::tell(&mut tx, &site.here(), &telling).await.map_err(|error| refused(error, format!("/o/{}", place.post.id)))?;
    tx.commit().await?;
    let notice = if kind == Kind::Worry { "moderation-said-worry" } else { "moderation-said-report" };
    Ok(see_other_with_notice(&format!("/reports/{told}"), notice))
}

/// `GET /o/{id}/report`
pub async fn report(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    show(&site, &member, &ctx, &id, Kind::Report).await
}

/// `POST /o/{id}/report`
pub async fn send_report(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(filled): Form<Filled>,
) -> Result<Response, Problem> {
    send(&site, &member, &ctx, (&id, Kind::Report), filled).await
}

/// `GET /o/{id}/worry`
pub async fn worry(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    show(&site, &member, &ctx, &id, Kind::Worry).await
}

/// `POST /o/{id}/worry`
pub async fn send_worry(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(filled): Form<Filled>,
) -> Result<Response, Problem> {
    send(&site, &member, &ctx, (&id, Kind::Worry), filled).await
}
