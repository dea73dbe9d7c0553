//! The joining page of a group: what it is for, who can read it, its rules and hours, and with which persona one joins.
//! It is also where one looks all this up later, and leaves. It shows nothing that was written in the group.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::base::html::SafeHtml;
use crate::base::{Id, Timestamp, html};
use crate::db::Conn;
use crate::features::accounts::Member;
use crate::features::personas;
use crate::federation::partners;
use crate::site::Shared;
use crate::web::{Choice, Ctx, Form, Html, Problem, Shell, Words, see_other_with_notice};

use super::super::actions::{self, Joined, Joining};
use super::super::group::Group;
use super::super::membership::store::people_of_this_house;
use super::super::membership::{Membership, State as Standing};
use super::super::{store, wire};
use super::{Look, refused, terms};

/// What the visitor can do here, given where they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Ask to join, or join.
    Join,
    /// Come back.
    Return,
    /// Wait, or take the request back.
    Wait,
    /// Say yes to an invitation, or no.
    Answer,
    /// Read and write; leave.
    Inside,
    /// Nothing: the group is closed, or the hosts took them out.
    Nothing,
}

#[derive(Template)]
#[template(path = "features/groups/pages/about.html")]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of the page")]
struct AboutPage {
    shell: Shell,
    group: String,
    name: String,
    purpose: SafeHtml,
    has_purpose: bool,
    home: Option<String>,
    /// Sentences about who can read, the most important first.
    readers: Vec<String>,
    changed: Option<String>,
    rules: Vec<String>,
    hours: Option<String>,
    host_name: String,
    language: String,
    joining: String,
    people: Option<String>,
    step: Step,
    /// What the hosts said, or what a rule says.
    said: Option<String>,
    paused: Option<String>,
    as_whom: Option<String>,
    personas: Vec<Choice>,
    asks: bool,
    invitation: String,
    archived: bool,
    is_host: bool,
    is_moderator: bool,
    may_confirm: bool,
}

/// `GET /g/{id}/about`
pub async fn show(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let look = Look::at(&mut conn, &member, &id).await?;
    Ok(Html(page(&mut conn, &ctx, &look, site.here().now, "").await?).into_response())
}

/// `GET /g/{id}/invitation/{token}`: the joining page, opened by an invitation; also for groups that are not listed.
pub async fn invited(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path((id, token)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    if !actions::invitation_opens(&mut conn, &site.here(), &id, &token).await? {
        return Err(Problem::Refused { key: "groups-error-bad-invitation", back: "/groups".to_owned() });
    }
    // The invitation itself is what lets its holder see the group's joining page.
    let group = store::load(&mut conn, &id).await?.ok_or(Problem::NotFound)?;
    let personas = personas::of_account(&mut conn, &member.account).await?;
    let footing = super::footing(&mut conn, &super::principal(&personas), &group).await?;
    let look = Look { group, footing, personas };
    Ok(Html(page(&mut conn, &ctx, &look, site.here().now, &token).await?).into_response())
}

async fn page(conn: &mut Conn, ctx: &Ctx, look: &Look, now: Timestamp, token: &str) -> Result<AboutPage, Problem> {
    let (t, group) = (ctx.t, &look.group);
    let own = look.footing.memberships.first();
    let shell = ctx.shell(group.name.clone());
    let home = match &group.home {
        Some(home) => partners::by_id(conn, home).await?.map(|home| home.name),
        None => None,
    };
    let organisations = store::organisations(conn, group).await?;
    let readers = reader_sentences(t, &shell.house, home.as_deref(), group, &organisations);
    let inside = own.is_some_and(Membership::is_active);
    let people =
        if inside { Some(t.with("groups-people-count", &[("count", &people_of_this_house(conn, &group.id).await?)])) } else { None };
    let step = step(group, own, !token.is_empty());
    Ok(AboutPage {
        group: format!("/g/{}", group.id),
        name: group.name.clone(),
        has_purpose: !group.purpose_html.is_blank(),
        purpose: group.purpose_html.clone(),
        home,
        readers,
        changed: group.shared_with_changed_at.map(|at| t.with("groups-readers-changed", &[("date", &t.date(at))])),
        rules: group.rules.clone(),
        hours: group.hours.as_ref().map(|hours| terms::hours(&t, hours)),
        host_name: group.host_name.clone(),
        language: terms::language(&t, &group.language),
        joining: terms::join_rule(&t, group.join),
        people,
        step,
        said: own.and_then(|own| said(t, own, now)),
        paused: own.filter(|own| own.is_active()).and_then(|own| own.paused(now)).map(|until| t.date_time(until)),
        as_whom: own.and_then(|own| look.own_name(&own.actor)).map(ToOwned::to_owned),
        personas: persona_choices(look),
        asks: token.is_empty() && group.join == super::super::JoinRule::Ask && matches!(step, Step::Join),
        invitation: token.to_owned(),
        archived: group.archived_at.is_some(),
        is_host: group.is_local() && own.is_some_and(|own| own.may_host(now)),
        is_moderator: group.is_local() && own.is_some_and(|own| own.may_moderate(now)),
        may_confirm: own.is_some_and(|own| own.is_active() && super::super::must_confirm(group, own)),
        shell,
    })
}

fn step(group: &Group, own: Option<&Membership>, invited: bool) -> Step {
    let open = group.is_open_for_writing();
    match own.map(|own| own.state) {
        Some(Standing::Active) => Step::Inside,
        Some(Standing::Pending) if !invited => Step::Wait,
        Some(Standing::Removed) => Step::Nothing,
        _ if !open => Step::Nothing,
        Some(Standing::Invited) => Step::Answer,
        Some(Standing::Resting) if own.is_some_and(Membership::may_return) => Step::Return,
        _ if group.join == super::super::JoinRule::Invite && group.is_local() && !invited => Step::Nothing,
        _ => Step::Join,
    }
}

/// Who can read, as sentences: the list, what they see, and who knows from which house one comes.
fn reader_sentences(t: Words, house: &str, home: Option<&str>, group: &Group, others: &[super::super::Organisation]) -> Vec<String> {
    match home {
        None if others.is_empty() => vec![t.with("groups-readers-house", &[("house", house)])],
        None => vec![terms::readers(&t, house, others), t.say("groups-readers-see")],
        Some(home) => {
            // The home names whom it shares with; it reads the group itself, and this house is one of those it names.
            let mut all = vec![super::super::Organisation { id: String::new(), name: home.to_owned() }];
            let ours = group.uri.origin();
            all.extend(others.iter().filter(|other| other.id != ours.as_str()).cloned());
            let names: Vec<String> = all.into_iter().map(|other| other.name).collect();
            let count = names.len().to_string();
            vec![
                t.with("groups-readers-partners", &[("count", &count), ("names", &terms::listed(&t, &names))]),
                t.with("groups-readers-home", &[("house", home)]),
            ]
        }
    }
}

/// What the person was told by the hosts: their own words, or a rule in the reader's language.
fn said(t: Words, own: &Membership, now: Timestamp) -> Option<String> {
    let relevant = match own.state {
        Standing::Refused | Standing::Removed => true,
        Standing::Active | Standing::Resting => own.paused(now).is_some(),
        Standing::Invited | Standing::Pending => false,
    };
    let reason = own.reason.as_str();
    if !relevant {
        return None;
    }
    match reason.strip_prefix(wire::CODED) {
        Some("archived") => Some(t.say("groups-error-archived")),
        Some("invite-only") => Some(t.say("groups-error-invite-only")),
        Some(_) => Some(t.say("groups-error-removed")),
        None if reason.is_empty() && own.state == Standing::Removed => Some(t.say("groups-error-removed")),
        None if reason.is_empty() && own.state == Standing::Refused => Some(t.say("groups-refused")),
        None => Some(t.with("groups-hosts-say", &[("text", reason)])),
    }
}

fn persona_choices(look: &Look) -> Vec<Choice> {
    let last = look.footing.memberships.first().map(|own| own.actor.clone());
    let choice = |(at, persona): (usize, &personas::Persona)| {
        let chosen = last.as_ref().map_or(at == 0, |last| *last == persona.id);
        Choice::new(persona.id.as_str(), persona.name.as_str()).chosen_if(chosen)
    };
    look.personas.iter().enumerate().map(choice).collect()
}

/// With which persona, and what to tell the hosts.
#[derive(Deserialize)]
pub struct JoinForm {
    #[serde(default)]
    persona: String,
    #[serde(default)]
    word: String,
    #[serde(default)]
    invitation: String,
}

/// `POST /g/{id}/membership`
pub async fn join(
    State(site): State<Shared>,
    member: Member,
    Path(id): Path<String>,
    Form(form): Form<JoinForm>,
) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let about = format!("/g/{id}/about");
    let here = site.here();
    let persona = {
        let mut conn = site.db.read().await?;
        let own = personas::of_account(&mut conn, &member.account).await?;
        let invited = actions::invitation_opens(&mut conn, &here, &id, &form.invitation).await?;
        if !invited && super::visible(&mut conn, &super::principal(&own), &id).await?.is_none() {
            return Err(Problem::NotFound);
        }
        own.into_iter().find(|persona| persona.id.as_str() == form.persona)
    };
    let Some(persona) = persona else { return Err(Problem::Refused { key: "groups-field-persona-missing", back: about }) };
    let word = html::one_line(&form.word, wire::MAX_WORD);
    let mut tx = site.db.begin().await?;
    let joined = if form.invitation.is_empty() {
        actions::join(&mut tx, &here, &id, &persona.id, Joining { word: &word, invitation: None }).await
    } else {
        actions::accept_invitation(&mut tx, &here, &id, &persona.id, &form.invitation).await
    };
    let joined = joined.map_err(|error| refused(error, about.clone()))?;
    tx.commit().await?;
    Ok(match joined {
        Joined::In => see_other_with_notice(&format!("/g/{id}"), "groups-joined"),
        Joined::Paused(_) => see_other_with_notice(&about, "groups-joined"),
        Joined::Waiting => see_other_with_notice(&about, "groups-asked"),
    })
}

/// Which persona leaves; empty: the one that is in.
#[derive(Deserialize)]
pub struct LeaveForm {
    #[serde(default)]
    persona: String,
}

/// `POST /g/{id}/membership/end`: leaves, takes a request back, or says no to an invitation. What was written stays.
pub async fn leave(
    State(site): State<Shared>,
    member: Member,
    Path(id): Path<String>,
    Form(form): Form<LeaveForm>,
) -> Result<Response, Problem> {
    let here = site.here();
    let (group, actor, was_in) = {
        let mut conn = site.db.read().await?;
        let look = Look::at(&mut conn, &member, &id).await?;
        let mut own = look.footing.memberships.into_iter();
        let own = if form.persona.is_empty() { own.next() } else { own.find(|own| own.actor.as_str() == form.persona) };
        let own = own.ok_or(Problem::NotFound)?;
        (look.group.id, own.actor.clone(), own.is_active())
    };
    let mut tx = site.db.begin().await?;
    actions::leave(&mut tx, &here, &group, &actor, true).await.map_err(|error| refused(error, format!("/g/{group}/about")))?;
    tx.commit().await?;
    Ok(see_other_with_notice("/groups", if was_in { "groups-left" } else { "groups-withdrawn" }))
}
