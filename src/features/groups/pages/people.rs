//! The hosts' page: who asks to come in, who is in, who was taken out; a page for each person with what hosts can do.
//! It shows people of a group of this house by the name they use in it, never from which house they come.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::base::{Id, Timestamp};
use crate::db::Conn;
use crate::features::accounts::Member;
use crate::features::personas;
use crate::site::Shared;
use crate::web::{Choice, Ctx, Errors, Form, Html, Problem, Shell, Words, see_other_with_notice};

use super::super::actions::{self, GroupError};
use super::super::membership::store::{PEOPLE, Person, people, person};
use super::super::membership::{Membership, Role, State as Standing, may_act_on};
use super::{Look, refused};

struct Row {
    path: String,
    name: String,
    note: String,
    word: String,
    /// Id of the field for a word to this person.
    word_at: String,
}

/// A part of one of the lists, and where it goes on.
struct List {
    rows: Vec<Row>,
    /// Whether it is the beginning.
    first: bool,
    next: Option<String>,
}

impl List {
    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.first
    }
}

/// Where each list begins: the wish and the id of the last person of the part before.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Parts {
    asking: String,
    inside: String,
    invited: String,
    removed: String,
}

fn mark(text: &str) -> Option<(Timestamp, String)> {
    let (at, id) = text.split_once('.')?;
    Some((Timestamp::from_millis(at.parse().ok()?), Id::parse(id)?.to_string()))
}

#[derive(Template)]
#[template(path = "features/groups/pages/people.html")]
struct PeoplePage {
    shell: Shell,
    group: String,
    name: String,
    asking: List,
    inside: List,
    invited: List,
    removed: List,
    is_host: bool,
    open: bool,
    /// A new invitation, shown this once.
    link: Option<String>,
    invite: String,
    errors: Errors,
}

/// `GET /g/{id}/people`
pub async fn show(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Query(parts): Query<Parts>,
) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let now = site.here().now;
    let (look, acting) = Look::as_steward(&mut conn, &member, &id, now).await?;
    Ok(Html(page(&mut conn, &ctx, &look, (&acting, now), &parts).await?).into_response())
}

/// One list from its mark on.
async fn list(conn: &mut Conn, t: Words, group: &Id, (name, state, from): (&str, Standing, &str), now: Timestamp) -> Result<List, Problem> {
    let from = mark(from);
    let after = from.as_ref().map_or((Timestamp::EPOCH, ""), |(at, id)| (*at, id.as_str()));
    let mut found = people(conn, group, state, after).await?;
    let more = found.len() > PEOPLE;
    found.truncate(PEOPLE);
    let path = format!("/g/{group}");
    let last = found.last().filter(|_| more).map(|last| (last.membership.wished_at.millis(), last.membership.id.clone()));
    Ok(List {
        next: last.map(|(at, id)| format!("{path}/people?{name}={at}.{id}#{name}")),
        first: from.is_none(),
        rows: found.into_iter().map(|person| row(t, &path, person, now)).collect(),
    })
}

async fn page(
    conn: &mut Conn,
    ctx: &Ctx,
    look: &Look,
    (acting, now): (&Membership, Timestamp),
    parts: &Parts,
) -> Result<PeoplePage, Problem> {
    let group = &look.group;
    let t = ctx.t;
    let path = format!("/g/{}", group.id);
    Ok(PeoplePage {
        shell: ctx.shell(t.say("groups-people")),
        name: group.name.clone(),
        asking: list(conn, t, &group.id, ("asking", Standing::Pending, &parts.asking), now).await?,
        inside: list(conn, t, &group.id, ("inside", Standing::Active, &parts.inside), now).await?,
        invited: list(conn, t, &group.id, ("invited", Standing::Invited, &parts.invited), now).await?,
        removed: list(conn, t, &group.id, ("removed", Standing::Removed, &parts.removed), now).await?,
        is_host: acting.may_host(now),
        open: group.is_open_for_writing(),
        link: None,
        invite: String::new(),
        errors: Errors::none(),
        group: path,
    })
}

fn row(t: Words, group: &str, person: Person, now: Timestamp) -> Row {
    let own = &person.membership;
    let note = match (own.state, own.paused(now), own.role) {
        (Standing::Active, Some(until), _) => t.with("groups-paused-until", &[("until", &t.date_time(until))]),
        (Standing::Active, None, Role::Host) => t.say("groups-role-host"),
        (Standing::Active, None, Role::Moderator) => t.say("groups-role-moderator"),
        _ => String::new(),
    };
    Row { path: format!("{group}/people/{}", own.id), name: person.name, note, word: own.word.clone(), word_at: format!("word-{}", own.id) }
}

#[derive(Template)]
#[template(path = "features/groups/pages/person.html")]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of the page")]
struct PersonPage {
    shell: Shell,
    group: String,
    at: String,
    name: String,
    asking: bool,
    inside: bool,
    removed: bool,
    paused: Option<String>,
    word: String,
    reason: String,
    may_act: bool,
    is_host: bool,
    roles: Vec<Choice>,
    days: Vec<Choice>,
    errors: Errors,
}

/// `GET /g/{id}/people/{membership}`
pub async fn one(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path((id, membership)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let now = site.here().now;
    let (look, acting) = Look::as_steward(&mut conn, &member, &id, now).await?;
    let person = person_at(&mut conn, &look, &membership).await?;
    Ok(Html(person_page(&ctx, &look, &acting, &person, now)).into_response())
}

async fn person_at(conn: &mut Conn, look: &Look, membership: &str) -> Result<Person, Problem> {
    let membership = Id::parse(membership).ok_or(Problem::NotFound)?;
    person(conn, &look.group.id, &membership).await?.ok_or(Problem::NotFound)
}

fn person_page(ctx: &Ctx, look: &Look, acting: &Membership, person: &Person, now: Timestamp) -> PersonPage {
    let (t, own) = (ctx.t, &person.membership);
    let group = format!("/g/{}", look.group.id);
    let role = |role: Role, key: &str| Choice::new(role.as_str(), t.say(key)).chosen_if(own.role == role);
    PersonPage {
        shell: ctx.shell(person.name.clone()),
        at: format!("{group}/people/{}", own.id),
        group,
        name: person.name.clone(),
        asking: own.state == Standing::Pending,
        inside: own.is_active(),
        removed: own.state == Standing::Removed,
        paused: own.paused(now).map(|until| t.date_time(until)),
        word: own.word.clone(),
        reason: own.reason.clone(),
        may_act: may_act_on(now, acting, own),
        is_host: acting.may_host(now),
        roles: vec![
            role(Role::Member, "groups-role-member"),
            role(Role::Moderator, "groups-role-moderator"),
            role(Role::Host, "groups-role-host"),
        ],
        days: [1_i64, 2, 3, 7, 14, 30]
            .iter()
            .map(|days| Choice::new(days.to_string(), t.with("groups-pause-days", &[("days", days)])).chosen_if(*days == 2))
            .collect(),
        errors: Errors::none(),
    }
}

/// One thing a host does about one person.
enum Deed {
    Answer { yes: bool, word: String },
    Role(Role),
    Pause { days: u64, reason: String },
    Resume,
    Remove { reason: String },
    LetBack,
}

impl Deed {
    /// What was written with it.
    fn typed(&self) -> &str {
        match self {
            Self::Answer { word: text, .. } | Self::Pause { reason: text, .. } | Self::Remove { reason: text } => text,
            Self::Role(_) | Self::Resume | Self::LetBack => "",
        }
    }

    /// The sentence that says it was done.
    const fn notice(&self) -> &'static str {
        match self {
            Self::Answer { yes: true, .. } => "groups-answered-yes",
            Self::Answer { yes: false, .. } => "groups-answered-no",
            Self::Role(_) => "groups-role-saved",
            Self::Pause { .. } => "groups-paused",
            Self::Resume => "groups-resumed",
            Self::Remove { .. } => "groups-removed",
            Self::LetBack => "groups-let-back",
        }
    }
}

async fn act(site: &Shared, member: Option<Member>, ctx: &Ctx, (id, at): (String, String), deed: Deed) -> Result<Response, Problem> {
    let Some(member) = member else { return super::signed_out(ctx, "/groups", &[("groups-typed", deed.typed())]) };
    let here = site.here();
    let (look, acting, person) = {
        let mut conn = site.db.read().await?;
        let (look, acting) = Look::as_steward(&mut conn, &member, &id, here.now).await?;
        let person = person_at(&mut conn, &look, &at).await?;
        (look, acting, person)
    };
    // Who is in is taken out by two: the page leads to the desk, where a second person says yes or no (care §0.3).
    if matches!(deed, Deed::Remove { .. }) && person.membership.is_active() {
        return Err(Problem::Forbidden);
    }
    let by = (&look.group.id, &acting.actor);
    let whom = &person.membership.id;
    let mut tx = site.db.begin().await?;
    let done = match &deed {
        Deed::Answer { yes, word } => actions::answer(&mut tx, &here, by, whom, *yes, word).await,
        Deed::Role(role) => actions::set_role(&mut tx, &here, by, whom, *role).await,
        Deed::Pause { days, reason } => {
            let until = here.now.plus(Duration::from_hours((*days).clamp(1, 366).saturating_mul(24)));
            actions::pause(&mut tx, &here, by, whom, until, reason).await
        }
        Deed::Resume => actions::resume(&mut tx, &here, by, whom).await,
        Deed::Remove { reason } => actions::remove(&mut tx, &here, by, whom, reason).await,
        Deed::LetBack => actions::let_back(&mut tx, &here, by, whom).await,
    };
    match done {
        Ok(()) => {
            tx.commit().await?;
            Ok(see_other_with_notice(&format!("/g/{}/people", look.group.id), deed.notice()))
        }
        Err(GroupError::NoReason) => {
            drop(tx);
            let mut page = person_page(ctx, &look, &acting, &person, here.now);
            let field = if matches!(deed, Deed::Remove { .. }) { "remove-reason" } else { "reason" };
            if let Deed::Pause { days, .. } = &deed {
                let chosen = days.to_string();
                page.days.iter_mut().for_each(|choice| choice.chosen = choice.value == chosen);
            }
            page.errors.add(field, ctx.t.say(GroupError::NoReason.key()));
            Ok(Html(page).with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(error) => Err(refused(error, format!("/g/{}/people/{whom}", look.group.id))),
    }
}

/// Yes or no, and a word.
#[derive(Deserialize)]
pub struct AnswerForm {
    #[serde(default)]
    yes: bool,
    #[serde(default)]
    word: String,
}

/// `POST /g/{id}/people/{membership}/answer`
pub async fn answer(
    State(site): State<Shared>,
    member: Option<Member>,
    ctx: Ctx,
    Path(at): Path<(String, String)>,
    Form(form): Form<AnswerForm>,
) -> Result<Response, Problem> {
    act(&site, member, &ctx, at, Deed::Answer { yes: form.yes, word: form.word }).await
}

/// The new role.
#[derive(Deserialize)]
pub struct RoleForm {
    role: String,
}

/// `POST /g/{id}/people/{membership}/role`
pub async fn role(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(at): Path<(String, String)>,
    Form(form): Form<RoleForm>,
) -> Result<Response, Problem> {
    let role = Role::parse(&form.role).ok_or(Problem::BadForm)?;
    act(&site, Some(member), &ctx, at, Deed::Role(role)).await
}

/// How long, and why.
#[derive(Deserialize)]
pub struct PauseForm {
    #[serde(default)]
    days: u64,
    #[serde(default)]
    reason: String,
}

/// `POST /g/{id}/people/{membership}/pause`
pub async fn pause(
    State(site): State<Shared>,
    member: Option<Member>,
    ctx: Ctx,
    Path(at): Path<(String, String)>,
    Form(form): Form<PauseForm>,
) -> Result<Response, Problem> {
    act(&site, member, &ctx, at, Deed::Pause { days: form.days, reason: form.reason }).await
}

/// `POST /g/{id}/people/{membership}/resume`
pub async fn resume(State(site): State<Shared>, member: Member, ctx: Ctx, Path(at): Path<(String, String)>) -> Result<Response, Problem> {
    act(&site, Some(member), &ctx, at, Deed::Resume).await
}

/// Why.
#[derive(Deserialize)]
pub struct RemoveForm {
    #[serde(default, rename = "remove-reason")]
    reason: String,
}

/// `POST /g/{id}/people/{membership}/remove`
pub async fn remove(
    State(site): State<Shared>,
    member: Option<Member>,
    ctx: Ctx,
    Path(at): Path<(String, String)>,
    Form(form): Form<RemoveForm>,
) -> Result<Response, Problem> {
    act(&site, member, &ctx, at, Deed::Remove { reason: form.reason }).await
}

/// `POST /g/{id}/people/{membership}/let-back`
pub async fn let_back(State(site): State<Shared>, member: Member, ctx: Ctx, Path(at): Path<(String, String)>) -> Result<Response, Problem> {
    act(&site, Some(member), &ctx, at, Deed::LetBack).await
}

/// Whom to invite, by the name of their persona.
#[derive(Deserialize)]
pub struct InviteForm {
    #[serde(default)]
    persona: String,
}

/// `POST /g/{id}/invitations`: a persona of this house by name. Whether there is such a persona shows only to hosts.
pub async fn invite(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<InviteForm>,
) -> Result<Response, Problem> {
    let here = site.here();
    let mut tx = site.db.begin().await?;
    let (look, acting) = Look::as_host(&mut tx, &member, &id, here.now).await?;
    let Some(whom) = personas::by_name(&mut tx, form.persona.trim()).await? else {
        let mut page = page(&mut tx, &ctx, &look, (&acting, here.now), &Parts::default()).await?;
        page.errors.add("persona", ctx.t.say("groups-field-invite-unknown"));
        page.invite = form.persona;
        return Ok(Html(page).with_status(StatusCode::UNPROCESSABLE_ENTITY));
    };
    let back = format!("/g/{}/people", look.group.id);
    actions::invite_persona(&mut tx, &here, &look.group.id, &acting.actor, &whom.id).await.map_err(|error| refused(error, back.clone()))?;
    tx.commit().await?;
    Ok(see_other_with_notice(&back, "groups-invited-persona"))
}

/// `POST /g/{id}/invitations/link`: a link that lets one person in, shown this once.
pub async fn link(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let here = site.here();
    let mut tx = site.db.begin().await?;
    let (look, acting) = Look::as_host(&mut tx, &member, &id, here.now).await?;
    let back = format!("/g/{}/people", look.group.id);
    let token = actions::invite_link(&mut tx, &here, &look.group.id, &acting.actor).await.map_err(|error| refused(error, back))?;
    let mut page = page(&mut tx, &ctx, &look, (&acting, here.now), &Parts::default()).await?;
    tx.commit().await?;
    page.link = Some(here.origin.at(&format!("/g/{}/invitation/{token}", look.group.id)).to_string());
    Ok(Html(page).into_response())
}
