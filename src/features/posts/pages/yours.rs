//! "Your texts that wait": what the visitor wrote and nobody else reads (it waits for a home, was not taken, was removed), what they kept
//! for later, and what stands under names they do not use any more. It asks for no membership: a text comes back to its writer also when the
//! group is closed to them. Nobody else's words are on it.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::view::{self, PostView, Viewer};
use super::{Inside, Outside, own_ids};
use crate::base::Id;
use crate::db::Conn;
use crate::features::accounts::Member;
use crate::features::groups::{self, Group};
use crate::features::personas;
use crate::features::posts::actions::people;
use crate::features::posts::post::{Post, State as Standing};
use crate::features::posts::store::timeline::{self, Cursor};
use crate::features::posts::store::{self, kept};
use crate::federation::partners;
use crate::site::Shared;
use crate::web::{Ctx, Form, Html, Kept, Problem, Shell, kept as show_kept, see_other, see_other_with_notice};

/// Where the two lists go on.
#[derive(Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    before: String,
    #[serde(default)]
    old: String,
}

struct Own {
    group: String,
    post: PostView,
}

struct DraftView {
    heading: String,
    when: String,
    lang: String,
    text: String,
    /// Where it is written on; `None`: the visitor is not in the group any more.
    path: Option<String>,
    group: String,
    parent: String,
}

struct Old {
    path: String,
    text: String,
    byline: String,
    lang: String,
}

#[derive(Template)]
#[template(path = "features/posts/pages/yours.html")]
struct YoursPage {
    shell: Shell,
    texts: Vec<Own>,
    later: Option<String>,
    drafts: Vec<DraftView>,
    old: Vec<Old>,
    old_later: Option<String>,
}

/// `GET /me/waiting`
pub(super) async fn show(State(site): State<Shared>, member: Member, ctx: Ctx, Query(part): Query<Part>) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let (active, every) = (personas::ids_of(&mut conn, &member.account).await?, own_ids(&mut conn, &member).await?);
    let retired: Vec<Id> = every.iter().filter(|id| !active.contains(id)).cloned().collect();
    let from = |text: &str| Cursor::parse(text).unwrap_or_else(Cursor::newest);
    let posts = timeline::waiting_of(&mut conn, &every, &from(&part.before)).await?;
    let drafts = kept::drafts_of(&mut conn, &active).await?;
    let old = timeline::readable_of(&mut conn, &retired, &from(&part.old)).await?;
    let about = posts.items.iter().map(|post| post.group.clone()).chain(drafts.iter().filter_map(|draft| Id::parse(&draft.group_id)));
    let about: Vec<Id> = about.collect::<BTreeSet<_>>().into_iter().collect();
    let groups = groups::by_ids(&mut conn, &about).await?;
    let inside = groups::groups_of(&mut conn, &active).await?;
    let inside: BTreeSet<Id> = inside.into_iter().filter(|(_, membership)| membership.is_active()).map(|(group, _)| group.id).collect();
    let mut texts = Vec::with_capacity(posts.items.len());
    let houses = partners::list(&mut conn).await?;
    for post in &posts.items {
        let group = groups.iter().find(|group| group.id == post.group);
        let home = group.and_then(|group| group.home.as_ref());
        let home = houses.iter().find(|house| Some(&house.id) == home).map(|house| house.name.as_str());
        let viewer = Viewer { t: ctx.t, mine: &every, now: site.now(), writes: false, moderates: false, home };
        texts.push(Own { group: group.map(|group| group.name.clone()).unwrap_or_default(), post: PostView::of(&viewer, post, None) });
    }
    let page = YoursPage {
        shell: ctx.shell(ctx.t.say("posts-waiting-title")),
        texts,
        later: posts.next.map(|next| format!("/me/waiting?before={next}")),
        drafts: drafts.into_iter().map(|draft| draft_view(&ctx, &groups, &inside, draft)).collect(),
        old: old.items.iter().map(|post| old_view(&ctx, post)).collect(),
        old_later: old.next.map(|next| format!("/me/waiting?old={next}")),
    };
    Ok(Html(page).into_response())
}

fn draft_view(ctx: &Ctx, groups: &[Group], inside: &BTreeSet<Id>, draft: kept::Draft) -> DraftView {
    let group = groups.iter().find(|group| group.id.as_str() == draft.group_id);
    let name = group.map_or("", |group| group.name.as_str());
    let new = draft.parent_id.is_empty();
    let path = if new { format!("/g/{}/write", draft.group_id) } else { format!("/o/{}/answer", draft.parent_id) };
    DraftView {
        heading: ctx.t.with(if new { "posts-draft-new" } else { "posts-draft-answer" }, &[("group", name)]),
        when: ctx.t.date_time(draft.saved()),
        lang: view::lang(&draft.lang),
        path: group.is_some_and(|group| inside.contains(&group.id)).then_some(path),
        text: draft.source,
        group: draft.group_id,
        parent: draft.parent_id,
    }
}

fn old_view(ctx: &Ctx, post: &Post) -> Old {
    let when = ctx.t.date_time(post.created_at);
    Old {
        path: format!("/o/{}/delete", post.id),
        text: first_words(&post.source),
        byline: ctx.t.with("posts-byline", &[("name", post.author_name.as_str()), ("when", &when)]),
        lang: view::lang(&post.lang),
    }
}

fn first_words(source: &str) -> String {
    let line = crate::base::html::one_line(source, 81);
    if line.chars().count() > 80 { format!("{}…", line.chars().take(80).collect::<String>()) } else { line }
}

/// Which draft.
#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    group: String,
    #[serde(default)]
    parent: String,
}

/// `POST /me/waiting/drop`: throws a draft away, also one of a group that the visitor is not in any more.
pub(super) async fn drop_draft(State(site): State<Shared>, member: Member, Form(which): Form<Which>) -> Result<Response, Problem> {
    let group = Id::parse(&which.group).ok_or(Problem::NotFound)?;
    let parent = Id::parse(&which.parent);
    let mut tx = site.db.begin().await?;
    for actor in personas::ids_of(&mut tx, &member.account).await? {
        people::keep_draft(&mut tx, &site.here(), (&actor, &group, parent.as_ref()), ("", "", "")).await?;
    }
    tx.commit().await?;
    Ok(see_other_with_notice("/me/waiting", "posts-thrown-away"))
}

/// `GET /o/{id}/again`: where an own text that was not taken is written anew: as the answer it was, else as a new conversation, and
/// where the visitor cannot write any more, as a text to copy.
pub(super) async fn again(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut conn = site.db.read().await?;
    let mine = own_ids(&mut conn, &member).await?;
    let post = store::by_id(&mut conn, &id).await?.filter(|post| mine.contains(&post.author) && post.state == Standing::Refused);
    let post = post.ok_or(Problem::NotFound)?;
    match Inside::of(&mut conn, &member, &post.group).await {
        Ok(inside) if inside.writes(site.now()) => {
            let parent = readable_parent(&mut conn, &post).await?;
            let place = parent.map_or_else(|| format!("{}/write", inside.path()), |parent| format!("/o/{parent}/answer"));
            Ok(see_other(&format!("{place}?again={}", post.id)))
        }
        Err(Outside::Db(error)) => Err(error.into()),
        Ok(_) | Err(_) => Ok(show_kept(&ctx, Kept::Copy, &[("posts-text", &post.source), ("posts-label", &post.label)])),
    }
}

/// What a text answers, if that can still be answered.
async fn readable_parent(conn: &mut Conn, post: &Post) -> Result<Option<Id>, Problem> {
    let Some(parent) = &post.parent else { return Ok(None) };
    let parent = store::successor(conn, parent).await?;
    let Some(parent) = store::by_id(conn, &parent).await?.filter(Post::is_readable) else { return Ok(None) };
    let closed = store::by_id(conn, &parent.root).await?.is_some_and(|root| root.closed);
    Ok((!closed).then_some(parent.id))
}
