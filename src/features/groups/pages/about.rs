//! The joining page of a group: what it is for, who can read it, its rules and hours, and with which persona one joins.
//! It is also where one looks all this up later, and leaves. It shows nothing that was written in the group.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::base::html::SafeHtml;
use crate::base::{Id, Origin, Timestamp, html};
use crate::db::Conn;
use crate::features::accounts::Member;
use crate::features::personas;
use crate::federation::partners;
use crate::federation::policy::Reach;
use crate::site::Shared;
use crate::web::{Choice, Ctx, Errors, Form, Html, Problem, Shell, Words, see_other_with_notice};

use super::super::actions::{self, GroupError, Joined, Joining};
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
    /// Version of the list of readers that stands on the page.
    saw: i64,
    word: String,
    errors: Errors,
}

/// `GET /g/{id}/about`
pub async fn show(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let look = Look::at(&mut conn, &member, &id).await?;
    Ok(Html(page(&mut conn, &ctx, &look, (site.now(), &site.config.origin), "").await?).into_response())
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
    Ok(Html(page(&mut conn, &ctx, &look, (site.now(), &site.config.origin), &token).await?).into_response())
}

async fn page(conn: &mut Conn, ctx: &Ctx, look: &Look, (now, ours): (Timestamp, &Origin), token: &str) -> Result<AboutPage, Problem> {
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
    let refused = match step {
        Step::Join | Step::Return | Step::Answer => super::super::may_join(conn, ours, group).await?.err(),
        _ => None,
    };
    let step = if refused.is_some() { Step::Nothing } else { step };
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
        said: refused.map(|reason| t.say(actions::policy_key(reason))).or_else(|| own.and_then(|own| said(t, own, now))),
        paused: own.filter(|own| own.is_active()).and_then(|own| own.paused(now)).map(|until| t.date_time(until)),
        as_whom: own.and_then(|own| look.own_name(&own.actor)).map(ToOwned::to_owned),
        personas: persona_choices(look),
        asks: token.is_empty() && group.join == super::super::JoinRule::Ask && matches!(step, Step::Join),
        invitation: token.to_owned(),
        archived: group.archived_at.is_some(),
        is_host: group.is_local() && own.is_some_and(|own| own.may_host(now)),
        is_moderator: group.is_local() && own.is_some_and(|own| own.may_moderate(now)),
        may_confirm: own.is_some_and(|own| own.is_active() && super::super::must_confirm(group, own)),
        saw: group.list_version,
        word: String::new(),
        errors: Errors::none(),
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
    let only = look.personas.len() == 1;
    let choice = |persona: &personas::Persona| {
        // With several names nothing is chosen beforehand: which one to use here is a decision.
        let chosen = last.as_ref().map_or(only, |last| *last == persona.id);
        Choice::new(persona.id.as_str(), persona.name.as_str()).chosen_if(chosen)
    };
    look.personas.iter().map(choice).collect()
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
    /// `no` or `later`; anything else is a yes.
    #[serde(default)]
    answer: String,
    /// The version of the list of readers that the page showed.
    #[serde(default)]
    saw: String,
}

impl JoinForm {
    /// What the person was shown. A form that does not say so showed nothing, which counts only where there are readers to show.
    fn saw(&self, group: &Group) -> Option<i64> {
        match self.saw.trim().parse() {
            Ok(saw) => Some(saw),
            Err(_) if group.is_local() && group.reach == Reach::House => None,
            Err(_) => Some(0),
        }
    }
}

/// No, or not now: both are one tap, like yes. A no is written down, takes an invitation back, and closes nothing.
async fn not_now(site: &Shared, ctx: &Ctx, member: &Member, id: &Id, no: bool) -> Result<Response, Problem> {
    if !no {
        return Ok(see_other_with_notice("/groups", "groups-later"));
    }
    let here = site.here();
    let mut tx = site.db.begin().await?;
    let group = store::load(&mut tx, id).await?.ok_or(Problem::NotFound)?;
    let own = personas::of_account(&mut tx, &member.account).await?;
    let footing = super::footing(&mut tx, &super::principal(&own), &group).await?;
    actions::declines(&mut tx, &here, &group, &member.account, ctx.lang.code()).await?;
    for invited in footing.memberships.iter().filter(|own| own.state == Standing::Invited) {
        actions::leave(&mut tx, &here, id, &invited.actor, true).await.map_err(|error| refused(error, "/groups".to_owned()))?;
    }
    tx.commit().await?;
    Ok(see_other_with_notice("/groups", "groups-said-no"))
}

/// `POST /g/{id}/membership`
pub async fn join(
    State(site): State<Shared>,
    ctx: Ctx,
    member: Option<Member>,
    Path(id): Path<String>,
    Form(form): Form<JoinForm>,
) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let about = format!("/g/{id}/about");
    let here = site.here();
    let Some(member) = member else { return super::signed_out(&ctx, &about, &[("groups-field-word", &form.word)]) };
    let look = {
        let mut conn = site.db.read().await?;
        let personas = personas::of_account(&mut conn, &member.account).await?;
        let invited = actions::invitation_opens(&mut conn, &here, &id, &form.invitation).await?;
        if !invited && super::visible(&mut conn, &super::principal(&personas), &id).await?.is_none() {
            return Err(Problem::NotFound);
        }
        let group = store::load(&mut conn, &id).await?.ok_or(Problem::NotFound)?;
        let footing = super::footing(&mut conn, &super::principal(&personas), &group).await?;
        Look { group, footing, personas }
    };
    if matches!(form.answer.as_str(), "no" | "later") {
        return not_now(&site, &ctx, &member, &id, form.answer == "no").await;
    }
    let persona = look.personas.iter().find(|persona| persona.id.as_str() == form.persona);
    let Some(persona) = persona else { return once_more(&site, &ctx, look, (&form, "persona", "groups-field-persona-missing")).await };
    let word = html::one_line(&form.word, wire::MAX_WORD);
    let (lang, saw) = (ctx.lang.code(), form.saw(&look.group));
    let mut tx = site.db.begin().await?;
    let joined = if form.invitation.is_empty() {
        actions::join(&mut tx, &here, &id, &persona.id, Joining { word: &word, invitation: None, lang, saw }).await
    } else {
        actions::accept_invitation(&mut tx, &here, &id, &persona.id, (&form.invitation, lang, saw)).await
    };
    let joined = match joined {
        Err(GroupError::ReadersChanged) => {
            drop(tx);
            return once_more(&site, &ctx, look, (&form, "readers", GroupError::ReadersChanged.key())).await;
        }
        joined => joined.map_err(|error| refused(error, about.clone()))?,
    };
    tx.commit().await?;
    Ok(match joined {
        Joined::In => see_other_with_notice(&format!("/g/{id}"), "groups-joined"),
        Joined::Paused(_) => see_other_with_notice(&about, "groups-joined"),
        Joined::Waiting => see_other_with_notice(&about, "groups-asked"),
    })
}

/// The page as it is now, with what was typed and what has to be looked at.
async fn once_more(
    site: &Shared,
    ctx: &Ctx,
    mut look: Look,
    (form, field, key): (&JoinForm, &'static str, &'static str),
) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    look.group = store::load(&mut conn, &look.group.id).await?.ok_or(Problem::NotFound)?;
    let mut page = page(&mut conn, ctx, &look, (site.now(), &site.config.origin), &form.invitation).await?;
    for choice in &mut page.personas {
        choice.chosen = choice.value == form.persona || (form.persona.is_empty() && choice.chosen);
    }
    page.word.clone_from(&form.word);
    page.errors.add(field, ctx.t.say(key));
    Ok(Html(page).with_status(StatusCode::UNPROCESSABLE_ENTITY))
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
