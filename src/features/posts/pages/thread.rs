//! One conversation: its beginning, its answers oldest first, and the writing box at the end. The address of an answer leads to
//! the place of that answer in its conversation.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::sheet::{Sheet, Typed};
use super::view::{PostView, Viewer};
use super::{Inside, group, own_ids, readers};
use crate::base::Id;
use crate::db::{Conn, DbError};
use crate::features::accounts::Member;
use crate::features::groups;
use crate::features::posts::post::{Post, State as Standing};
use crate::features::posts::store::timeline::{self, Cursor};
use crate::features::posts::store::{self, kept};
use crate::federation::audience::Audience;
use crate::federation::partners;
use crate::site::Shared;
use crate::web::{Ctx, Html, Problem, Shell, see_other};

/// Which part of the answers.
#[derive(Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    after: String,
}

#[derive(Template)]
#[template(path = "features/posts/pages/thread.html")]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of the page")]
struct ThreadPage {
    shell: Shell,
    group_path: String,
    back: String,
    /// It answers something that is not here.
    orphan: bool,
    root: PostView,
    pinned: bool,
    closed: bool,
    /// The visitor may pin and close.
    marks: bool,
    answers: Vec<PostView>,
    first: bool,
    later: Option<String>,
    cannot: Option<String>,
    sheet: Option<Sheet>,
}

/// `GET /o/{id}`
pub(super) async fn show(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Query(part): Query<Part>,
) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let (inside, post) = Inside::around(&mut conn, &member, &id).await?;
    if let Some(elsewhere) = place_of(&mut conn, &post).await? {
        return Ok(see_other(&elsewhere));
    }
    let (t, now) = (ctx.t, site.now());
    let mine = post.author == inside.me.actor;
    let after = Cursor::parse(&part.after);
    let first = after.is_none();
    let page = timeline::answers(&mut conn, &post.id, &inside.me.actor, &after.unwrap_or_else(Cursor::oldest)).await?;
    // A beginning that only its writer may see is no page for others; one that is gone stands as long as it has answers.
    let gone = post.state != Standing::Posted;
    if gone && !mine && (page.items.is_empty() || matches!(post.state, Standing::Waiting | Standing::Refused | Standing::Withdrawn)) {
        return Err(Problem::NotFound);
    }
    let home = match &inside.group.home {
        Some(home) => partners::by_id(&mut conn, home).await?.map(|home| home.name),
        None => None,
    };
    let moderates = inside.moderates(now);
    // Also under a name that is not used any more: its texts can be taken away one by one.
    let mine_all = own_ids(&mut conn, &member).await?;
    let viewer = Viewer { t, mine: &mine_all, now, writes: inside.writes(now) && !post.closed, moderates, home: home.as_deref() };
    let mut houses = Houses::default();
    let received = houses.line(&mut conn, &ctx, &inside, &post).await?;
    let root = PostView::of(&viewer, &post, received.as_deref());
    let mut answers = Vec::with_capacity(page.items.len());
    for answer in &page.items {
        let received = houses.line(&mut conn, &ctx, &inside, &answer.post).await?;
        answers.push(PostView::answer(&viewer, answer, received.as_deref()));
    }
    let last_part = page.next.is_none();
    let writes = viewer.writes && post.is_readable() && post.uri.is_some();
    let sheet = if writes && last_part { Some(answer_sheet(&mut conn, &ctx, &inside, &post).await?) } else { None };
    let page = ThreadPage {
        group_path: inside.path(),
        back: t.with("posts-back-group", &[("group", &inside.group.name)]),
        orphan: post.parent_uri.is_some() && post.parent.is_none(),
        pinned: post.pinned,
        closed: post.closed,
        marks: moderates && inside.group.is_local() && post.is_readable(),
        root,
        answers,
        first,
        later: page.next.map(|next| format!("/o/{}?after={next}", post.id)),
        cannot: group::closed_line(&ctx, &inside, now),
        sheet,
        shell: ctx.shell(t.with("posts-thread", &[("group", &inside.group.name)])),
    };
    Ok(Html(page).into_response())
}

/// For an answer, or a post that another stands in place of: where to look instead.
async fn place_of(conn: &mut Conn, post: &Post) -> Result<Option<String>, DbError> {
    let successor = store::successor(conn, &post.id).await?;
    if successor != post.id {
        return Ok(Some(format!("/o/{successor}")));
    }
    Ok((!post.is_root()).then(|| format!("/o/{}?after={}#p-{}", post.root, timeline::just_before(post), post.id)))
}

/// The writing box below a conversation or on its own page.
pub(super) async fn answer_sheet(conn: &mut Conn, ctx: &Ctx, inside: &Inside, to: &Post) -> Result<Sheet, DbError> {
    let place = kept::Place { actor: &inside.me.actor, group: &inside.group.id, parent: Some(&to.id) };
    let draft = kept::draft(conn, place).await?;
    let kept = draft.as_ref().map(|draft| ctx.t.with("posts-kept", &[("when", &ctx.t.date_time(draft.saved()))]));
    let typed = draft.map(Typed::from).unwrap_or_default();
    let mut sheet = fitted(conn, ctx, inside, Sheet::new(ctx.lang, format!("/o/{}/answer", to.id), typed)).await?;
    sheet.kept = kept;
    sheet.button = "posts-post-answer";
    Ok(sheet)
}

/// A box with what every box of this group says: as whom, who can read, whether that must be seen first.
pub(super) async fn fitted(conn: &mut Conn, ctx: &Ctx, inside: &Inside, mut sheet: Sheet) -> Result<Sheet, DbError> {
    let house = ctx.shell("").house;
    sheet.as_whom = ctx.t.with("posts-as-whom", &[("name", inside.my_name())]);
    sheet.readers = readers(conn, &ctx.t, &house, &inside.group).await?;
    sheet.about = format!("{}/about", inside.path());
    sheet.must_confirm = groups::must_confirm(&inside.group, &inside.me);
    sheet.saw = inside.group.list_version;
    Ok(sheet)
}

/// Names of the houses that received one's own posts; equal audiences are looked up once.
#[derive(Default)]
struct Houses(HashMap<String, Vec<String>>);

impl Houses {
    async fn line(&mut self, conn: &mut Conn, ctx: &Ctx, inside: &Inside, post: &Post) -> Result<Option<String>, DbError> {
        if post.author != inside.me.actor || !matches!(post.state, Standing::Posted | Standing::Waiting | Standing::Deleted) {
            return Ok(None);
        }
        let names = match &post.audience {
            _ if !inside.group.is_local() => post.readers.clone(),
            None => Vec::new(),
            Some(key) => {
                if !self.0.contains_key(key) {
                    let audience = Audience::load(conn, key).await?;
                    let names = names_of(conn, &audience).await?;
                    self.0.insert(key.clone(), names);
                }
                self.0.get(key).cloned().unwrap_or_default()
            }
        };
        Ok(Some(if names.is_empty() {
            ctx.t.say("posts-received-none")
        } else {
            ctx.t.with("posts-received", &[("names", &groups::terms::listed(&ctx.t, &names))])
        }))
    }
}

async fn names_of(conn: &mut Conn, audience: &Audience) -> Result<Vec<String>, DbError> {
    let all = partners::list(conn).await?;
    let ids: Vec<&Id> = audience.partners().collect();
    Ok(all.into_iter().filter(|partner| ids.contains(&&partner.id)).map(|partner| partner.name).collect())
}
