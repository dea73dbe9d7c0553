//! The first page: for members what concerns them and what is new, with an end; for everyone else a few words of welcome that
//! say nothing about anybody. It counts nothing, and nothing on it says whether something was read.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::view;
use crate::audit::{self, Filter, What};
use crate::base::Id;
use crate::db::Conn;
use crate::features::accounts::Member;
use crate::features::groups::{self, Group};
use crate::features::personas;
use crate::features::posts::post::State as Standing;
use crate::features::posts::store::kept;
use crate::features::posts::store::timeline::{self, Cursor};
use crate::site::Shared;
use crate::web::{Ctx, Html, Problem, Shell};

/// How far back the first page looks for answers and names.
const RECENT: Duration = Duration::from_hours(14 * 24);

#[derive(Template)]
#[template(path = "features/posts/pages/welcome.html")]
struct WelcomePage {
    shell: Shell,
}

struct Line {
    path: String,
    text: String,
    when: String,
    lang: String,
}

struct GroupLine {
    path: String,
    name: String,
    threads: Vec<Line>,
}

#[derive(Template)]
#[template(path = "features/posts/pages/home.html")]
struct HomePage {
    shell: Shell,
    wrong: Vec<Line>,
    looked: Vec<Line>,
    waiting: Vec<Line>,
    news: Vec<Line>,
    concerns: Vec<Line>,
    drafts: Vec<Line>,
    groups: Vec<GroupLine>,
}

/// `GET /`
pub(super) async fn show(State(site): State<Shared>, member: Option<Member>, ctx: Ctx) -> Result<Response, Problem> {
    let Some(member) = member else {
        return Ok(Html(WelcomePage { shell: ctx.shell(ctx.t.say("posts-welcome")) }).into_response());
    };
    let mut conn = site.db.read().await?;
    let personas: Vec<Id> = personas::ids_of(&mut conn, &member.account).await?;
    let groups: Vec<Group> = groups::groups_of(&mut conn, &personas)
        .await?
        .into_iter()
        .filter(|(_, membership)| membership.is_active())
        .map(|(group, _)| group)
        .collect();
    let page = HomePage {
        shell: ctx.shell(ctx.t.with("posts-hello", &[("name", member.called())])),
        wrong: wrong(&mut conn, &ctx, &member.account, site.now().minus(RECENT)).await?,
        looked: looked(&mut conn, &ctx, &member.account, site.now().minus(RECENT)).await?,
        waiting: waiting(&mut conn, &ctx, &personas, &groups).await?,
        news: news(&mut conn, &ctx, &personas, site.now().minus(RECENT)).await?,
        concerns: concerns(&mut conn, &ctx, (&personas, &groups), site.now().minus(RECENT)).await?,
        drafts: drafts(&mut conn, &ctx, &personas, &groups).await?,
        groups: newest(&mut conn, &ctx, &groups).await?,
    };
    Ok(Html(page).into_response())
}

/// Groups of this member that staff read in an emergency: told here at once, and in full under "Who looked?".
async fn looked(conn: &mut Conn, ctx: &Ctx, account: &Id, since: crate::base::Timestamp) -> Result<Vec<Line>, Problem> {
    let filter = Filter { event: What::BrokenGlass.as_str(), client: account.as_str(), from: Some(since), ..Filter::default() };
    let mut lines = Vec::new();
    for row in audit::list(conn, &filter, i64::MAX, 20).await? {
        let group = match Id::parse(&row.object_id) {
            Some(id) => groups::load(conn, &id).await?.map(|group| group.name).unwrap_or_default(),
            None => String::new(),
        };
        lines.push(Line {
            path: "/me/looks".to_owned(),
            text: ctx.t.with("posts-home-glass", &[("group", &group)]),
            when: ctx.t.date_time(row.when()),
            lang: String::new(),
        });
    }
    Ok(lines)
}

/// Letters to this member about something that went wrong with their data.
async fn wrong(conn: &mut Conn, ctx: &Ctx, account: &Id, since: crate::base::Timestamp) -> Result<Vec<Line>, Problem> {
    let filter = Filter { event: What::Incident.as_str(), client: account.as_str(), from: Some(since), ..Filter::default() };
    let line = |row: audit::Kept| Line {
        path: format!("/me/incidents/{}", row.object_id),
        text: ctx.t.say("posts-home-incident"),
        when: ctx.t.date_time(row.when()),
        lang: String::new(),
    };
    Ok(audit::list(conn, &filter, i64::MAX, 20).await?.into_iter().map(line).collect())
}

fn name_of<'a>(groups: &'a [Group], id: &str) -> Option<&'a str> {
    groups.iter().find(|group| group.id.as_str() == id).map(|group| group.name.as_str())
}

/// The groups of these posts, also those that the visitor is not in any more: a text comes back to its writer all the same.
async fn with_left(conn: &mut Conn, groups: &[Group], about: impl Iterator<Item = Id>) -> Result<Vec<Group>, Problem> {
    let mut left: Vec<Id> = about.filter(|id| !groups.iter().any(|group| group.id == *id)).collect();
    left.sort();
    left.dedup();
    let mut all = groups.to_vec();
    all.extend(groups::by_ids(conn, &left).await?);
    Ok(all)
}

async fn waiting(conn: &mut Conn, ctx: &Ctx, personas: &[Id], groups: &[Group]) -> Result<Vec<Line>, Problem> {
    let posts = timeline::waiting_of(conn, personas, &Cursor::newest()).await?.items;
    let all = with_left(conn, groups, posts.iter().map(|post| post.group.clone())).await?;
    let line = |post: crate::features::posts::post::Post| {
        let group = name_of(&all, post.group.as_str())?;
        let key = match post.state {
            Standing::Waiting => "posts-home-waiting",
            Standing::Refused => "posts-home-refused",
            _ => "posts-home-removed",
        };
        let path = match post.state {
            Standing::Removed => format!("/o/{}/notice", post.id),
            _ => format!("/me/waiting#p-{}", post.id),
        };
        Some(Line { path, text: ctx.t.with(key, &[("group", group)]), when: String::new(), lang: String::new() })
    };
    Ok(posts.into_iter().filter_map(line).collect())
}

/// That there is news, never what.
async fn news(conn: &mut Conn, ctx: &Ctx, personas: &[Id], since: crate::base::Timestamp) -> Result<Vec<Line>, Problem> {
    let line = |(news, at): (kept::News, crate::base::Timestamp)| {
        let (path, text) = match news {
            kept::News::Told => ("/reports", ctx.t.say("posts-news-told")),
            kept::News::Appeal => ("/reports", ctx.t.say("posts-news-appeal")),
            kept::News::Objection => ("/me/objections", ctx.t.say("posts-news-objection")),
        };
        Line { path: path.to_owned(), text, when: ctx.t.date_time(at), lang: String::new() }
    };
    Ok(kept::news(conn, personas, since).await?.into_iter().map(line).collect())
}

async fn concerns(
    conn: &mut Conn,
    ctx: &Ctx,
    (personas, groups): (&[Id], &[Group]),
    since: crate::base::Timestamp,
) -> Result<Vec<Line>, Problem> {
    let ids: Vec<Id> = groups.iter().map(|group| group.id.clone()).collect();
    let notices = kept::notices(conn, personas, &ids, since).await?;
    let line = |notice: kept::Notice| {
        let group = name_of(groups, &notice.group_id)?;
        let name = view::name(ctx.t, &notice.author_name);
        let key = if notice.is_answer() { "posts-home-answered" } else { "posts-home-named" };
        Some(Line {
            path: format!("/o/{}", notice.post_id),
            text: ctx.t.with(key, &[("name", name.as_str()), ("group", group)]),
            when: ctx.t.date_time(notice.at()),
            lang: String::new(),
        })
    };
    Ok(notices.into_iter().filter_map(line).collect())
}

async fn drafts(conn: &mut Conn, ctx: &Ctx, personas: &[Id], groups: &[Group]) -> Result<Vec<Line>, Problem> {
    let drafts = kept::drafts_of(conn, personas).await?;
    let all = with_left(conn, groups, drafts.iter().filter_map(|draft| Id::parse(&draft.group_id))).await?;
    let line = |draft: kept::Draft| {
        let group = name_of(&all, &draft.group_id)?;
        let new = draft.parent_id.is_empty();
        let inside = name_of(groups, &draft.group_id).is_some();
        Some(Line {
            path: match (inside, new) {
                (false, _) => "/me/waiting".to_owned(),
                (true, true) => format!("/g/{}/write", draft.group_id),
                (true, false) => format!("/o/{}/answer", draft.parent_id),
            },
            text: ctx.t.with(if new { "posts-draft-new" } else { "posts-draft-answer" }, &[("group", group)]),
            when: ctx.t.date_time(draft.saved()),
            lang: String::new(),
        })
    };
    Ok(drafts.into_iter().filter_map(line).collect())
}

async fn newest(conn: &mut Conn, ctx: &Ctx, groups: &[Group]) -> Result<Vec<GroupLine>, Problem> {
    let ids: Vec<Id> = groups.iter().map(|group| group.id.clone()).collect();
    let threads = timeline::newest(conn, &ids).await?;
    let lines = groups.iter().map(|group| {
        let own = threads.iter().filter(|thread| thread.group_id == group.id.as_str()).map(|thread| {
            let shown = view::ThreadView::of(ctx.t, thread);
            let when = ctx.t.date_time(thread.last_answer().unwrap_or_else(|| thread.created()));
            Line { path: shown.path, text: shown.title, when, lang: shown.lang }
        });
        GroupLine { path: format!("/g/{}", group.id), name: group.name.clone(), threads: own.collect() }
    });
    Ok(lines.collect())
}
