//! The list of groups: the visitor's own first, then what else there is to find in this house and at its partners.
//! It counts nobody and ranks nothing.

use std::collections::{BTreeMap, HashSet};

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::base::{Id, Iri, Timestamp, html};
use crate::db::Conn;
use crate::features::accounts::{Member, Role as AccountRole};
use crate::features::personas;
use crate::federation::partners::{self, Partner, State as PartnerState};
use crate::federation::policy::Principal;
use crate::site::Shared;
use crate::web::{Ctx, Errors, Form, Html, Problem, Shell, Words, see_other};

use super::super::group::Group;
use super::super::membership::store::groups_of;
use super::super::membership::{Membership, Role, State as Standing};
use super::super::{finding, store};
use super::terms;

const PAGE: i64 = 30;

struct Card {
    path: String,
    name: String,
    purpose: String,
    home: Option<String>,
    joining: String,
    standing: String,
}

#[derive(Template)]
#[template(path = "features/groups/pages/directory.html")]
struct DirectoryPage {
    shell: Shell,
    mine: Vec<Card>,
    others: Vec<Card>,
    older: Option<String>,
    first_page: bool,
    may_found: bool,
    address: String,
    errors: Errors,
}

/// Where a further page of the list begins.
#[derive(Debug, Default, Deserialize)]
pub struct Before {
    before: Option<String>,
}

impl Before {
    fn mark(&self) -> Option<(Timestamp, String)> {
        let (at, id) = self.before.as_deref()?.split_once('.')?;
        Some((Timestamp::from_millis(at.parse().ok()?), Id::parse(id)?.to_string()))
    }
}

/// `GET /groups`
pub async fn show(State(site): State<Shared>, member: Member, ctx: Ctx, Query(before): Query<Before>) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    Ok(Html(page(&mut conn, &ctx, &member, site.here().now, &before).await?).into_response())
}

async fn page(conn: &mut Conn, ctx: &Ctx, member: &Member, now: Timestamp, before: &Before) -> Result<DirectoryPage, Problem> {
    let personas: Vec<Id> = personas::ids_of(conn, &member.account).await?;
    let homes: BTreeMap<Id, Partner> = partners::list(conn).await?.into_iter().map(|partner| (partner.id.clone(), partner)).collect();
    let mine = groups_of(conn, &personas).await?;
    let own: HashSet<Id> = mine.iter().map(|(group, _)| group.id.clone()).collect();
    let mark = before.mark();
    let from = mark.as_ref().map_or((Timestamp::from_millis(i64::MAX), ""), |(at, id)| (*at, id.as_str()));
    let found = store::findable(conn, from, PAGE + 1).await?;
    let more = found.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    let shown = &found[..found.len().min(usize::try_from(PAGE).unwrap_or(usize::MAX))];
    let older = shown.last().filter(|_| more).map(|last| format!("/groups?before={}.{}", last.founded_at.millis(), last.id));
    // A group of a partner that is paused or gone cannot be joined now, so it is not offered.
    let reachable = |group: &Group| group.home.as_ref().is_none_or(|home| homes.get(home).is_some_and(|p| p.state == PartnerState::Active));
    let t = ctx.t;
    let others = shown.iter().filter(|group| !own.contains(&group.id) && reachable(group));
    Ok(DirectoryPage {
        shell: ctx.shell(t.say("groups-title")),
        mine: if mark.is_none() { mine.iter().map(|(group, own)| card(t, &homes, group, Some(own), now)).collect() } else { Vec::new() },
        others: others.map(|group| card(t, &homes, group, None, now)).collect(),
        older,
        first_page: mark.is_none(),
        may_found: member.role >= AccountRole::Host,
        address: String::new(),
        errors: Errors::none(),
    })
}

fn card(t: Words, homes: &BTreeMap<Id, Partner>, group: &Group, own: Option<&Membership>, now: Timestamp) -> Card {
    let inside = own.is_some_and(Membership::is_active);
    let purpose = html::one_line(&html::plain_text(&group.purpose_html), 160);
    Card {
        path: if inside { format!("/g/{}", group.id) } else { format!("/g/{}/about", group.id) },
        name: group.name.clone(),
        purpose,
        home: group.home.as_ref().and_then(|home| homes.get(home)).map(|home| home.name.clone()),
        joining: if own.is_some() { String::new() } else { terms::join_rule(&t, group.join) },
        standing: own.map(|own| standing(t, group, own, now)).unwrap_or_default(),
    }
}

fn standing(t: Words, group: &Group, own: &Membership, now: Timestamp) -> String {
    match (own.state, own.paused(now)) {
        (Standing::Pending, _) => t.say("groups-standing-pending"),
        (Standing::Invited, _) => t.say("groups-standing-invited"),
        (_, Some(until)) => t.with("groups-standing-paused", &[("until", &t.date_time(until))]),
        _ if group.archived_at.is_some() => t.say("groups-standing-archived"),
        _ => match own.role {
            Role::Host => t.say("groups-standing-host"),
            Role::Moderator => t.say("groups-standing-moderator"),
            Role::Member => String::new(),
        },
    }
}

/// The address of a group at a partner.
#[derive(Deserialize)]
pub struct FindForm {
    #[serde(default)]
    address: String,
}

/// `POST /groups/find`: looks a partner's group up by its address and leads to its joining page.
pub async fn find(State(site): State<Shared>, member: Member, ctx: Ctx, Form(form): Form<FindForm>) -> Result<Response, Problem> {
    let found = match Iri::parse(form.address.trim()) {
        Ok(iri) => {
            let personas = personas::ids_of(&mut *site.db.read().await?, &member.account).await?;
            finding::find_for(&site, &Principal::Member { personas }, &iri).await.map_err(|error| error.key())
        }
        Err(_) => Err("groups-find-malformed"),
    };
    match found {
        Ok(id) => Ok(see_other(&format!("/g/{id}/about"))),
        Err(key) => {
            let mut conn = site.db.read().await?;
            let mut page = page(&mut conn, &ctx, &member, site.here().now, &Before::default()).await?;
            page.errors.add("address", ctx.t.say(key));
            page.address = form.address;
            Ok(Html(page).with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}
