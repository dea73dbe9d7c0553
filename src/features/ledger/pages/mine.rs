//! "Where my words went": everything of a person that left the house, with what became of it, in sentences. Only for the
//! person; somebody else's post is a page that is not there.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::base::{Id, Iri};
use crate::db::{Conn, DbError};
use crate::features::accounts::Member;
use crate::features::{groups, personas, posts};
use crate::federation::ledger::{self, Answer, Cursor, Disclosure, Filter, How, Kind};
use crate::site::Shared;
use crate::web::{Ctx, Html, Problem, Shell, Words, see_other_with_notice};

/// Disclosures on one page.
const PAGE: usize = 60;
/// Characters of a post that are shown so that its writer knows which one it is.
const BEGINNING: usize = 80;

/// One thing and where it went.
struct Card {
    title: String,
    when: String,
    beginning: Option<String>,
    lang: String,
    lines: Vec<String>,
    count: Option<String>,
    post: Option<String>,
    take_back: Option<String>,
    /// The way to take it back where it is no post: address and what is done there.
    withdraw: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "features/ledger/pages/mine.html")]
struct MinePage {
    shell: Shell,
    one: bool,
    cards: Vec<Card>,
    older: Option<String>,
}

/// Where a list goes on.
#[derive(Deserialize)]
pub(super) struct Before {
    #[serde(default)]
    before: String,
}

/// All names a person has or had.
async fn mine(conn: &mut Conn, member: &Member) -> Result<Vec<Id>, DbError> {
    let names = personas::own_copy(conn, &member.account).await?;
    Ok(names.iter().filter_map(|name| Id::parse(&name.actor)).collect())
}

/// `GET /me/words`
pub(super) async fn all(State(site): State<Shared>, member: Member, ctx: Ctx, Query(query): Query<Before>) -> Result<Response, Problem> {
    let before = if query.before.is_empty() { Cursor::newest() } else { Cursor::parse(&query.before).ok_or(Problem::NotFound)? };
    let mut conn = site.db.read().await?;
    let mine = mine(&mut conn, &member).await?;
    let rows = if mine.is_empty() {
        Vec::new()
    } else {
        ledger::list(&mut conn, &Filter { whose: &mine, ..Filter::default() }, &before, PAGE).await?
    };
    let older = (rows.len() == PAGE).then(|| rows.last().map(|row| format!("/me/words?before={}", row.cursor()))).flatten();
    let cards = cards(&mut conn, &ctx, &mine, rows).await?;
    Ok(Html(MinePage { shell: ctx.shell(ctx.t.say("ledger-mine-title")), one: false, cards, older }).into_response())
}

/// `GET /o/{id}/words`
pub(super) async fn one(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let mine = mine(&mut conn, &member).await?;
    let post = own_post(&mut conn, &mine, &id).await?;
    let things: Vec<Iri> = [post.uri.clone(), post.origin_uri.clone()].into_iter().flatten().collect();
    let rows = ledger::of_things(&mut conn, &things).await?;
    let mut cards = cards(&mut conn, &ctx, &mine, rows).await?;
    if cards.is_empty() {
        cards.push(card_of_post(&mut conn, &ctx, &post, &[]).await?);
    }
    Ok(Html(MinePage { shell: ctx.shell(ctx.t.say("ledger-one-title")), one: true, cards, older: None }).into_response())
}

async fn own_post(conn: &mut Conn, mine: &[Id], id: &str) -> Result<posts::Post, Problem> {
    let id = Id::parse(id).ok_or(Problem::NotFound)?;
    posts::by_id(conn, &id).await?.filter(|post| mine.contains(&post.author)).ok_or(Problem::NotFound)
}

/// The rows of a page, one card for each thing, with everything that is known of the thing.
async fn cards(conn: &mut Conn, ctx: &Ctx, mine: &[Id], rows: Vec<Disclosure>) -> Result<Vec<Card>, DbError> {
    let things: BTreeSet<Iri> = rows.iter().filter_map(|row| row.thing.clone()).collect();
    let things: Vec<Iri> = things.into_iter().collect();
    let found = posts::by_addresses(conn, &things).await?;
    let mut of_post: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wanted: BTreeSet<Iri> = BTreeSet::new();
    for (at, post) in found.iter().enumerate().filter(|(_, post)| mine.contains(&post.author)) {
        for uri in [&post.uri, &post.origin_uri].into_iter().flatten() {
            of_post.insert(uri.as_str(), at);
            wanted.insert(uri.clone());
        }
    }
    let wanted: Vec<Iri> = wanted.into_iter().collect();
    let everything = if wanted.is_empty() { Vec::new() } else { ledger::of_things(conn, &wanted).await? };
    let mut told: BTreeMap<usize, Vec<Disclosure>> = BTreeMap::new();
    for row in everything {
        let at = row.thing.as_ref().and_then(|thing| of_post.get(thing.as_str()).copied());
        told.entry(at.unwrap_or(usize::MAX)).or_default().push(row);
    }
    let mut cards = Vec::new();
    let mut shown = BTreeSet::new();
    for row in rows {
        match row.thing.as_ref().and_then(|thing| of_post.get(thing.as_str()).copied()) {
            Some(at) if shown.insert(at) => {
                cards.push(card_of_post(conn, ctx, &found[at], told.get(&at).map_or(&[], Vec::as_slice)).await?);
            }
            Some(_) => {}
            None => cards.push(card_of_name(conn, ctx, &row).await?),
        }
    }
    Ok(cards)
}

async fn card_of_post(conn: &mut Conn, ctx: &Ctx, post: &posts::Post, rows: &[Disclosure]) -> Result<Card, DbError> {
    let group = groups::load(conn, &post.group).await?.map(|group| group.name).unwrap_or_default();
    let readable = matches!(post.state, posts::State::Posted);
    let there = readable || matches!(post.state, posts::State::Waiting);
    let text: String = post.source.split_whitespace().collect::<Vec<_>>().join(" ");
    let beginning: String = text.chars().take(BEGINNING).collect();
    let more = if text.chars().count() > BEGINNING { "…" } else { "" };
    let mut lines: Vec<String> = rows.iter().map(|row| sentence(&ctx.t, row)).collect();
    if rows.is_empty() {
        lines.push(ctx.t.say("ledger-nowhere"));
    }
    // What the group's home says of the houses it told.
    if !there && post.origin_uri.is_some() && post.told > 0 {
        lines.push(ctx.t.with("ledger-figures", &[("told", post.told), ("confirmed", post.confirmed)]));
    }
    Ok(Card {
        title: ctx.t.with("ledger-card-post", &[("group", &group)]),
        when: ctx.t.date(post.created_at),
        beginning: (there && !beginning.is_empty()).then(|| format!("{beginning}{more}")),
        lang: if post.lang.is_empty() { "und".to_owned() } else { post.lang.clone() },
        count: confirmed(&ctx.t, rows, if !there && post.origin_uri.is_some() { (post.told, post.confirmed) } else { (0, 0) }),
        lines,
        post: readable.then(|| format!("/o/{}", post.id)),
        take_back: there.then(|| format!("/o/{}/words/take-back", post.id)),
        withdraw: None,
    })
}

/// A disclosure of a name alone: joining, leaving, the document of a persona.
async fn card_of_name(conn: &mut Conn, ctx: &Ctx, row: &Disclosure) -> Result<Card, DbError> {
    let group = match Id::parse(&row.thread) {
        Some(group) => groups::load(conn, &group).await?.map(|group| group.name),
        None => None,
    };
    let withdraw = way_back(conn, ctx, row).await?;
    let title = match (row.kind, group) {
        (Kind::Membership, Some(group)) => ctx.t.with("ledger-card-member", &[("group", &group)]),
        (Kind::Report, _) => ctx.t.say("ledger-card-report"),
        (Kind::Post | Kind::Edit | Kind::Deletion, _) => ctx.t.say("ledger-card-gone"),
        _ => ctx.t.say("ledger-card-name"),
    };
    Ok(Card {
        title,
        when: ctx.t.date(row.at),
        beginning: None,
        lang: String::new(),
        lines: vec![sentence(&ctx.t, row)],
        count: None,
        post: None,
        take_back: None,
        withdraw,
    })
}

/// Where a person ends what this row tells of: leaving the group, or the page of the name. Nothing for what has ended.
async fn way_back(conn: &mut Conn, ctx: &Ctx, row: &Disclosure) -> Result<Option<(String, String)>, DbError> {
    let Some(whose) = &row.whose else { return Ok(None) };
    match row.kind {
        Kind::Membership => {
            let Some(group) = Id::parse(&row.thread) else { return Ok(None) };
            let inside = groups::membership_of(conn, &group, whose).await?.is_some_and(|membership| membership.is_active());
            Ok(inside.then(|| (format!("/g/{group}/leave"), ctx.t.say("ledger-leave"))))
        }
        Kind::Persona => {
            let known = personas::by_id(conn, whose).await?.is_some();
            Ok(known.then(|| (format!("/me/names/{whose}"), ctx.t.say("ledger-name"))))
        }
        _ => Ok(None),
    }
}

/// "3 of 3 have confirmed", when a deletion was said to anybody. `onward`: how many houses the group's home told in turn, and how
/// many of them have confirmed.
fn confirmed(t: &Words, rows: &[Disclosure], onward: (i64, i64)) -> Option<String> {
    let asked: BTreeMap<&Id, bool> =
        rows.iter().filter(|row| row.kind == Kind::Deletion && row.asked).fold(BTreeMap::new(), |mut all, row| {
            *all.entry(&row.partner).or_default() |= row.receipt_at.is_some();
            all
        });
    if asked.is_empty() {
        return None;
    }
    let count = |some: usize| i64::try_from(some).unwrap_or(i64::MAX);
    let done = count(asked.values().filter(|done| **done).count()).saturating_add(onward.1);
    Some(t.with("ledger-confirmed", &[("done", done), ("asked", count(asked.len()).saturating_add(onward.0))]))
}

/// One disclosure as a sentence, and what the partner did with it.
fn sentence(t: &Words, row: &Disclosure) -> String {
    let (date, name) = (t.date(row.at), row.partner_name.clone());
    if let How::Read(times) = row.how {
        let times = t.number(times);
        return t.with("ledger-read", &[("date", &date), ("partner", &name), ("times", &times)]);
    }
    if row.kind == Kind::Deletion {
        return deletion(t, row);
    }
    let said = match row.answer {
        Answer::Delivered(_) if row.kind == Kind::Edit => t.with("ledger-got-edit", &[("date", &date), ("partner", &name)]),
        Answer::Delivered(_) if row.kind == Kind::Membership => t.with("ledger-got-member", &[("date", &date), ("partner", &name)]),
        Answer::Delivered(_) => t.with("ledger-got", &[("date", &date), ("partner", &name)]),
        Answer::Waiting => t.with("ledger-waiting", &[("partner", &name)]),
        Answer::Refused(_) => t.with("ledger-refused", &[("partner", &name)]),
        Answer::GaveUp => t.with("ledger-gave-up", &[("partner", &name)]),
        Answer::Cancelled => t.with("ledger-cancelled", &[("partner", &name)]),
        Answer::Unsure => t.with("ledger-unsure", &[("partner", &name)]),
    };
    if row.onward.is_empty() || !row.answer.may_be_there() {
        return said;
    }
    let names = groups::terms::listed(t, &row.onward);
    format!("{said} {}", t.with("ledger-onward", &[("partner", &name), ("names", &names)]))
}

fn deletion(t: &Words, row: &Disclosure) -> String {
    let name = &row.partner_name;
    match (row.receipt_at, row.answer) {
        (Some(at), _) => t.with("ledger-receipt", &[("date", &t.date(at)), ("partner", name)]),
        (None, Answer::Delivered(_)) if row.asked => t.with("ledger-no-receipt", &[("partner", name)]),
        (None, Answer::Delivered(_)) => t.with("ledger-told-gone", &[("date", &t.date(row.at)), ("partner", name)]),
        (None, _) => t.with("ledger-deletion-waits", &[("partner", name)]),
    }
}

#[derive(Template)]
#[template(path = "features/ledger/pages/take_back.html")]
struct TakeBackPage {
    shell: Shell,
    action: String,
    back: String,
    beginning: String,
    lang: String,
    who: String,
}

/// `GET /o/{id}/words/take-back`
pub(super) async fn ask(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let mine = mine(&mut conn, &member).await?;
    let post = own_post(&mut conn, &mine, &id).await?;
    let things: Vec<Iri> = [post.uri.clone(), post.origin_uri.clone()].into_iter().flatten().collect();
    let rows = ledger::of_things(&mut conn, &things).await?;
    let mut names: Vec<String> = rows.iter().flat_map(|row| row.onward.iter().cloned().chain([row.partner_name.clone()])).collect();
    names.sort();
    names.dedup();
    let who = if names.is_empty() {
        ctx.t.say("ledger-take-back-here")
    } else {
        ctx.t.with("ledger-take-back-who", &[("names", &groups::terms::listed(&ctx.t, &names))])
    };
    let page = TakeBackPage {
        shell: ctx.shell(ctx.t.say("ledger-take-back-title")),
        action: format!("/o/{}/words/take-back", post.id),
        back: format!("/o/{}/words", post.id),
        beginning: post.source.chars().take(BEGINNING).collect(),
        lang: post.lang.clone(),
        who,
    };
    Ok(Html(page).into_response())
}

/// `POST /o/{id}/words/take-back`: gone everywhere, at once.
pub(super) async fn take_back(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let (mine, post) = {
        let mut conn = site.db.read().await?;
        let mine = mine(&mut conn, &member).await?;
        let post = own_post(&mut conn, &mine, &id).await?;
        (mine, post)
    };
    let back = format!("/o/{}/words", post.id);
    let mut tx = site.db.begin().await?;
    match posts::delete(&mut tx, &site.here(), &post.id, &mine, true).await {
        Ok(()) => tx.commit().await?,
        Err(posts::PostError::Db(error)) => return Err(error.into()),
        Err(posts::PostError::NotFound) => return Err(Problem::NotFound),
        Err(error) => return Err(Problem::Refused { key: error.key(), back }),
    }
    Ok(see_other_with_notice(&back, "ledger-said-taken-back"))
}
