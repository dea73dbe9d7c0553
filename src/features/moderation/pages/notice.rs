//! The notice to the writer of a removed post: the rule and the reason, and a button to ask somebody else to look again. Only
//! for the writer.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::actions;
use super::super::case::Status;
use super::super::store::reports;
use super::{own_ids, refused};
use crate::base::Id;
use crate::base::html::SafeHtml;
use crate::features::accounts::Member;
use crate::features::groups;
use crate::features::posts::{self, State as PostState};
use crate::site::Shared;
use crate::web::{Ctx, Form, Html, Problem, Shell, see_other_with_notice};

#[derive(Template)]
#[template(path = "features/moderation/pages/notice.html")]
struct NoticePage {
    shell: Shell,
    group: String,
    group_path: String,
    lang: String,
    /// The own text, as long as it is kept.
    html: Option<SafeHtml>,
    reason: Vec<String>,
    /// What became of the wish that somebody else looks; `None`: not asked yet.
    asked: Option<String>,
    action: String,
}

/// `GET /o/{id}/notice`
pub async fn show(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let t = ctx.t;
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut conn = site.db.read().await?;
    let mine = own_ids(&mut conn, &member).await?;
    let post = posts::by_id(&mut conn, &id).await?.ok_or(Problem::NotFound)?;
    if !mine.contains(&post.author) || post.state != PostState::Removed {
        return Err(Problem::NotFound);
    }
    let group = groups::load(&mut conn, &post.group).await?.ok_or(Problem::NotFound)?;
    let asked = reports::appeal_of(&mut conn, &post.id).await?.map(|report| match (report.status, report.outcome) {
        (Status::Closed, Some(outcome)) => t.say(outcome.key()),
        (Status::Taken, _) => t.say("moderation-appeal-taken"),
        _ => t.say("moderation-appeal-sent"),
    });
    let page = NoticePage {
        shell: ctx.shell(t.say("moderation-notice-title")),
        group: t.with("moderation-notice-text", &[("group", group.name.as_str())]),
        group_path: format!("/g/{}/about", group.id),
        lang: if post.lang == "und" { String::new() } else { post.lang.clone() },
        html: (!post.source.is_empty()).then(|| post.html.clone()),
        reason: post.reason.lines().map(str::to_owned).collect(),
        asked,
        action: format!("/o/{}/appeal", post.id),
    };
    Ok(Html(page).into_response())
}

/// A word to who looks again.
#[derive(Deserialize)]
pub struct Words {
    #[serde(default)]
    words: String,
}

/// `POST /o/{id}/appeal`
pub async fn appeal(
    State(site): State<Shared>,
    member: Member,
    Path(id): Path<String>,
    Form(form): Form<Words>,
) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mine = {
        let mut conn = site.db.read().await?;
        own_ids(&mut conn, &member).await?
    };
    let back = format!("/o/{id}/notice");
    let mut tx = site.db.begin().await?;
    actions::appeal(&mut tx, &site.here(), &id, &mine, &form.words).await.map_err(|error| refused(error, back.clone()))?;
    tx.commit().await?;
    Ok(see_other_with_notice(&back, "moderation-said-appeal"))
}
