//! The hosts' page: who asks to come in, who is in, who was taken out; a page for each person with what hosts can do.
//! It shows people of a group of this house by the name they use in it, never from which house they come.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
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
use super::super::membership::store::{Person, people, person};
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

#[derive(Template)]
#[template(path = "features/groups/pages/people.html")]
struct PeoplePage {
    shell: Shell,
    group: String,
    name: String,
    asking: Vec<Row>,
    inside: Vec<Row>,
    invited: Vec<Row>,
    removed: Vec<Row>,
    is_host: bool,
    open: bool,
    /// A new invitation, shown this once.
    link: Option<String>,
    invite: String,
    errors: Errors,
}

/// `GET /g/{id}/people`
pub async fn show(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let now = site.here().now;
    let (look, acting) = Look::as_steward(&mut conn, &member, &id, now).await?;
    Ok(Html(page(&mut conn, &ctx, &look, &acting, now).await?).into_response())
}

async fn page(conn: &mut Conn, ctx: &Ctx, look: &Look, acting: &Membership, now: Timestamp) -> Result<PeoplePage, Problem> {
    let group = &look.group;
    let t = ctx.t;
    let path = format!("/g/{}", group.id);
    let beginning = (Timestamp::EPOCH, "");
    let row = |person: Person| row(t, &path, person, now);
    Ok(PeoplePage {
        shell: ctx.shell(t.say("groups-people")),
        name: group.name.clone(),
        asking: people(conn, &group.id, Standing::Pending, beginning).await?.into_iter().map(row).collect(),
        inside: people(conn, &group.id, Standing::Active, beginning).await?.into_iter().map(row).collect(),
        invited: people(conn, &group.id, Standing::Invited, beginning).await?.into_iter().map(row).collect(),
        removed: people(conn, &group.id, Standing::Removed, beginning).await?.into_iter().map(row).collect(),
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

async fn act(site: &Shared, member: &Member, ctx: &Ctx, (id, at): (String, String), deed: Deed) -> Result<Response, Problem> {
    let here = site.here();
    let (look, acting, person) = {
        let mut conn = site.db.read().await?;
        let (look, acting) = Look::as_steward(&mut conn, member, &id, here.now).await?;
        let person = person_at(&mut conn, &look, &at).await?;
        (look, acting, person)
    };
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
    member: Member,
    ctx: Ctx,
    Path(at): Path<(String, String)>,
    Form(form): Form<AnswerForm>,
) -> Result<Response, Problem> {
    act(&site, &member, &ctx, at, Deed::Answer { yes: form.yes, word: form.word }).await
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
    act(&site, &member, &ctx, at, Deed::Role(role)).await
}

/// How long, and why.
#[derive(Deserialize)]
pub struct PauseForm {
    days: u64,
    #[serde(default)]
    reason: String,
}

/// `POST /g/{id}/people/{membership}/pause`
pub async fn pause(
    State(site): State<Shared>,
    member: Member,
    ctx: Ctx,
    Path(at): Path<(String, String)>,
    Form(form): Form<PauseForm>,
) -> Result<Response, Problem> {
    act(&site, &member, &ctx, at, Deed::Pause { days: form.days, reason: form.reason }).await
}

/// `POST /g/{id}/people/{membership}/resume`
pub async fn resume(State(site): State<Shared>, member: Member, ctx: Ctx, Path(at): Path<(String, String)>) -> Result<Response, Problem> {
    act(&site, &member, &ctx, at, Deed::Resume).await
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
    member: Member,
    ctx: Ctx,
    Path(at): Path<(String, String)>,
    Form(form): Form<RemoveForm>,
) -> Result<Response, Problem> {
    act(&site, &member, &ctx, at, Deed::Remove { reason: form.reason }).await
}

/// `POST /g/{id}/people/{membership}/let-back`
pub async fn let_back(State(site): State<Shared>, member: Member, ctx: Ctx, Path(at): Path<(String, String)>) -> Result<Response, Problem> {
    act(&site, &member, &ctx, at, Deed::LetBack).await
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
        let mut page = page(&mut tx, &ctx, &look, &acting, here.now).await?;
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
    let mut page = page(&mut tx, &ctx, &look, &acting, here.now).await?;
    tx.commit().await?;
    page.link = Some(here.origin.at(&format!("/g/{}/invitation/{token}", look.group.id)).to_string());
    Ok(Html(page).into_response())
}
