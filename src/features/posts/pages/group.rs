//! A group as its members see it: who can read it, its conversations with the newest answer first (a conversation moves up when
//! somebody answers, so that nobody's answer is left alone), pinned ones before all, topics, and what one has waiting.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::view::{PostView, ThreadView, Viewer};
use super::{Inside, Outside, readers};
use crate::base::Id;
use crate::features::accounts::Member;
use crate::features::groups;
use crate::features::posts::store::kept;
use crate::features::posts::store::timeline::{self, Cursor};
use crate::federation::partners;
use crate::site::Shared;
use crate::web::{Ctx, Html, Problem, Shell, see_other};

/// Which part of the list.
#[derive(Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    before: String,
    #[serde(default)]
    label: String,
}

struct Topic {
    label: String,
    path: String,
    here: bool,
}

#[derive(Template)]
#[template(path = "features/posts/pages/group.html")]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of the page")]
struct GroupPage {
    shell: Shell,
    name: String,
    path: String,
    home: Option<String>,
    host: String,
    readers: String,
    closed: Option<String>,
    writes: bool,
    moderates: bool,
    local: bool,
    label: String,
    labels: Vec<Topic>,
    unsettled: Vec<PostView>,
    heading: String,
    threads: Vec<ThreadView>,
    first: bool,
    newest: String,
    later: Option<String>,
}

fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// `GET /g/{id}`
pub(super) async fn show(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Query(part): Query<Part>,
) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut conn = site.db.read().await?;
    let inside = match Inside::of(&mut conn, &member, &id).await {
        Ok(inside) => inside,
        Err(Outside::Door(id)) => return Ok(see_other(&format!("/g/{id}/about"))),
        Err(outside) => return Err(outside.into()),
    };
    let (t, now, path) = (ctx.t, site.now(), inside.path());
    let before = Cursor::parse(&part.before);
    let first = before.is_none();
    let cursor = before.unwrap_or_else(Cursor::newest);
    let label_key = part.label.trim().to_lowercase();
    let (pinned, page) = if label_key.is_empty() {
        let pinned = if first { timeline::pinned(&mut conn, &id).await? } else { Vec::new() };
        (pinned, timeline::threads(&mut conn, &id, &cursor).await?)
    } else {
        (Vec::new(), timeline::labelled(&mut conn, &id, &label_key, &cursor).await?)
    };
    let home = match &inside.group.home {
        Some(home) => partners::by_id(&mut conn, home).await?.map(|home| home.name),
        None => None,
    };
    let viewer = Viewer {
        t,
        mine: std::slice::from_ref(&inside.me.actor),
        now,
        writes: inside.writes(now),
        moderates: inside.moderates(now),
        home: home.as_deref(),
    };
    let unsettled = if first { timeline::unsettled(&mut conn, &id, &inside.me.actor).await? } else { Vec::new() };
    let labels = kept::labels(&mut conn, &id).await?;
    let shell = ctx.shell(inside.group.name.clone());
    let readers = readers(&mut conn, &t, &shell.house, &inside.group).await?;
    let topic =
        |label: String| Topic { path: format!("{path}?{}", query(&[("label", &label)])), here: label.to_lowercase() == label_key, label };
    let later = page.next.map(|next| {
        let next = next.to_string();
        let pairs: &[(&str, &str)] = if label_key.is_empty() { &[("before", &next)] } else { &[("label", &part.label), ("before", &next)] };
        format!("{path}?{}", query(pairs))
    });
    let page = GroupPage {
        name: inside.group.name.clone(),
        host: host_line(&ctx, &inside),
        home: home.as_ref().map(|house| t.with("posts-home", &[("house", house)])),
        readers,
        closed: closed_line(&ctx, &inside, now),
        writes: viewer.writes,
        moderates: viewer.moderates,
        local: inside.group.is_local(),
        labels: labels.into_iter().map(topic).collect(),
        unsettled: unsettled.iter().map(|post| PostView::of(&viewer, post, None)).collect(),
        heading: if label_key.is_empty() {
            t.say("posts-conversations")
        } else {
            t.with("posts-conversations-label", &[("label", &part.label)])
        },
        threads: pinned.iter().chain(&page.items).map(|thread| ThreadView::of(t, thread)).collect(),
        first,
        newest: path.clone(),
        later,
        label: label_key,
        path,
        shell,
    };
    Ok(Html(page).into_response())
}

fn host_line(ctx: &Ctx, inside: &Inside) -> String {
    let name = &inside.group.host_name;
    let hours = inside.group.hours.as_ref().map(|hours| groups::terms::hours(&ctx.t, hours));
    match (name.is_empty(), hours) {
        (true, _) => String::new(),
        (false, Some(hours)) => ctx.t.with("posts-host-hours", &[("name", name.as_str()), ("hours", hours.as_str())]),
        (false, None) => ctx.t.with("posts-host", &[("name", name)]),
    }
}

/// Why one cannot write here now, if one cannot.
pub(super) fn closed_line(ctx: &Ctx, inside: &Inside, now: crate::base::Timestamp) -> Option<String> {
    if !inside.group.is_open_for_writing() {
        return Some(ctx.t.say("posts-error-archived"));
    }
    if inside.footing.writing(now).is_some() {
        return None;
    }
    inside.me.paused(now).map(|until| ctx.t.with("posts-paused-until", &[("until", &ctx.t.date_time(until))]))
}

#[derive(Template)]
#[template(path = "features/posts/pages/unanswered.html")]
struct UnansweredPage {
    shell: Shell,
    path: String,
    back: String,
    threads: Vec<ThreadView>,
    later: Option<String>,
}

/// `GET /g/{id}/unanswered`: for hosts and moderators, what nobody answered yet, longest waiting first.
pub(super) async fn unanswered(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Query(part): Query<Part>,
) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut conn = site.db.read().await?;
    let inside = Inside::of(&mut conn, &member, &id).await?;
    if !inside.moderates(site.now()) {
        return Err(Problem::Forbidden);
    }
    let cursor = Cursor::parse(&part.before).unwrap_or_else(Cursor::oldest);
    let page = timeline::unanswered(&mut conn, &id, &cursor).await?;
    let path = inside.path();
    let page = UnansweredPage {
        shell: ctx.shell(ctx.t.say("posts-unanswered")),
        back: ctx.t.with("posts-back-group", &[("group", &inside.group.name)]),
        threads: page.items.iter().map(|thread| ThreadView::of(ctx.t, thread)).collect(),
        later: page.next.map(|next| format!("{path}/unanswered?before={next}")),
        path,
    };
    Ok(Html(page).into_response())
}
