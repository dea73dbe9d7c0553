//! `/admin/incidents` for admins: the list, a new one, one with its clock, whom it concerns as counts by house, the steps, and the
//! letters to print. `/me/incidents/{id}` for whoever was told: what happened, and what they can do. No page shows who is concerned.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::actions::{self, IncidentError, Report, Taken};
use super::incident::{Clock, Done, Incident, Kind, MOST_TEXT, MOST_WORDS, Open, PARTNER_WITHIN, Scope, Step, still_open};
use super::store;
use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError};
use crate::features::accounts::{self, Member, Role};
use crate::features::groups;
use crate::federation::{declaration, partners};
use crate::site::Shared;
use crate::web::{Choice, Ctx, Errors, Form, Html, Problem, Shell, Words, see_other_with_notice};

/// Incidents on the list.
const PAGE: i64 = 100;

/// The routes of this feature.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/admin/incidents", get(list))
        .route("/admin/incidents/new", get(blank).post(open))
        .route("/admin/incidents/{id}", get(one))
        .route("/admin/incidents/{id}/step", post(step))
        .route("/admin/incidents/{id}/letter", get(letter))
        .route("/admin/incidents/{id}/letter/{partner}", get(partner_letter))
        .route("/me/incidents/{id}", get(told))
}

/// The clock in a sentence.
fn clock_words(t: Words, clock: Clock) -> String {
    let key = match clock {
        Clock::Left(_) => "incidents-clock-left",
        Clock::Over(_) => "incidents-clock-over",
    };
    t.with(key, &[("time", &clock.shown())])
}

struct Line {
    path: String,
    title: String,
    state: String,
    urgent: bool,
}

#[derive(Template)]
#[template(path = "features/incidents/list.html")]
struct ListPage {
    shell: Shell,
    lines: Vec<Line>,
}

/// `GET /admin/incidents`
async fn list(State(site): State<Shared>, ctx: Ctx, member: Member) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let (t, now) = (ctx.t, site.now());
    let all = store::newest(&mut *site.db.read().await?, PAGE).await?;
    let line = |incident: Incident| Line {
        path: super::page_of(&incident.id),
        title: t.with("incidents-noticed", &[("when", &t.date_time(incident.noticed_at))]),
        state: incident
            .closed_at
            .map_or_else(|| clock_words(t, incident.clock(now)), |at| t.with("incidents-closed-on", &[("date", &t.date(at))])),
        urgent: incident.closed_at.is_none() && incident.clock(now).is_urgent(),
    };
    Ok(Html(ListPage { shell: ctx.shell(t.say("incidents-title")), lines: all.into_iter().map(line).collect() }).into_response())
}

/// What was typed about a new one.
#[derive(Deserialize, Default)]
struct NewForm {
    #[serde(default)]
    hours: String,
    #[serde(default)]
    what: String,
    #[serde(default)]
    advice: String,
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    scope: Vec<String>,
}

/// One value of the list of what it may touch.
fn scope_of(value: &str) -> Option<Scope> {
    match value.split_once(':') {
        None if value == "house" => Some(Scope::House),
        Some(("group", id)) => Id::parse(id).map(Scope::Group),
        Some(("partner", id)) => Id::parse(id).map(Scope::Partner),
        _ => None,
    }
}

#[derive(Template)]
#[template(path = "features/incidents/new.html")]
struct NewPage {
    shell: Shell,
    errors: Errors,
    form: NewForm,
    kinds: Vec<Choice>,
    scopes: Vec<Choice>,
    most: usize,
}

/// Everything that an incident may touch: the house, its groups and those of partners that are known here, its partners.
async fn scopes(conn: &mut Conn, t: Words, chosen: &[String]) -> Result<Vec<Choice>, DbError> {
    let choice = |value: String, text: String| {
        let is = chosen.contains(&value);
        Choice::new(value, text).chosen_if(is)
    };
    let mut all = vec![choice("house".to_owned(), t.say("incidents-scope-house"))];
    // As on the page of emergencies: a group that is not in the directory is nobody's to read in a list, also not an admin's.
    for group in groups::all_here(conn).await?.into_iter().filter(groups::Group::is_findable) {
        all.push(choice(format!("group:{}", group.id), t.with("incidents-scope-group", &[("group", &group.name)])));
    }
    for partner in partners::list(conn).await? {
        all.push(choice(format!("partner:{}", partner.id), t.with("incidents-scope-partner", &[("house", &partner.name)])));
    }
    Ok(all)
}

async fn new_page(site: &Shared, ctx: &Ctx, form: NewForm, errors: Errors) -> Result<NewPage, Problem> {
    let t = ctx.t;
    let mut conn = site.db.read().await?;
    let kind = |kind: Kind| Choice::new(kind.as_str(), t.say(kind.key())).chosen_if(form.kinds.iter().any(|is| is == kind.as_str()));
    Ok(NewPage {
        shell: ctx.shell(t.say("incidents-new")),
        errors,
        kinds: Kind::ALL.into_iter().map(kind).collect(),
        scopes: scopes(&mut conn, t, &form.scope).await?,
        form,
        most: MOST_TEXT,
    })
}

/// `GET /admin/incidents/new`
async fn blank(State(site): State<Shared>, ctx: Ctx, member: Member) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let form = NewForm { hours: "0".to_owned(), ..NewForm::default() };
    Ok(Html(new_page(&site, &ctx, form, Errors::none()).await?).into_response())
}

/// A fault as a sentence at its field; what is no fault of the form is a problem.
fn fault(t: Words, error: IncidentError, errors: &mut Errors) -> Result<(), Problem> {
    match error {
        IncidentError::Db(error) => return Err(error.into()),
        IncidentError::NotFound => return Err(Problem::NotFound),
        error => {
            let (field, key) = error.at();
            errors.add(field, t.say(key));
        }
    }
    Ok(())
}

/// `POST /admin/incidents/new`
async fn open(State(site): State<Shared>, ctx: Ctx, member: Member, Form(form): Form<NewForm>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let mut tx = site.db.begin().await?;
    let known: Vec<String> = scopes(&mut tx, ctx.t, &[]).await?.into_iter().map(|choice| choice.value).collect();
    let report = Report {
        hours: &form.hours,
        what: &form.what,
        advice: &form.advice,
        kinds: form.kinds.iter().filter_map(|kind| Kind::parse(kind)).collect(),
        scopes: form.scope.iter().filter(|value| known.contains(value)).filter_map(|value| scope_of(value)).collect(),
    };
    match actions::open(&mut tx, &site.here(), member.by(), report).await {
        Ok(incident) => {
            tx.commit().await?;
            Ok(see_other_with_notice(&super::page_of(&incident.id), "incidents-said-opened"))
        }
        Err(error) => {
            drop(tx);
            let mut errors = Errors::none();
            fault(ctx.t, error, &mut errors)?;
            Ok(Html(new_page(&site, &ctx, form, errors).await?).with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

/// One house whom it concerns.
struct House {
    name: String,
    people: String,
    /// A partner: its id, its contact, and what is left of the 24 hours, or that it was told.
    partner: Option<String>,
    contact: String,
    told: String,
    waits: bool,
    urgent: bool,
}

/// A line of what was done.
struct DoneLine {
    when: String,
    text: String,
    words: String,
}

#[derive(Template)]
#[template(path = "features/incidents/one.html")]
struct OnePage {
    shell: Shell,
    id: Id,
    clock: String,
    urgent: bool,
    closed: bool,
    noticed: String,
    written: String,
    what: String,
    advice: String,
    kinds: Vec<String>,
    scopes: Vec<String>,
    houses: Vec<House>,
    told: String,
    done: Vec<DoneLine>,
    /// What is to be done before it can be closed.
    still: Vec<Open>,
    step: String,
    words: String,
    most: usize,
    errors: Errors,
}

impl OnePage {
    fn waits_for_authority(&self) -> bool {
        self.still.contains(&Open::Authority)
    }

    fn waits_for_people(&self) -> bool {
        self.still.contains(&Open::People)
    }

    /// The id of the field of a house: the first that waits has the one to which the summary of what is wrong leads.
    fn field_of(&self, partner: &str) -> String {
        let first = self.houses.iter().find(|house| house.waits).and_then(|house| house.partner.as_deref());
        if first == Some(partner) { "f-partner".to_owned() } else { format!("f-{partner}") }
    }

    /// What is wrong with the words of this step, when it came back.
    fn wrong(&self, step: &str) -> &str {
        self.errors.get(step)
    }

    /// What was typed with this step, when it came back.
    fn typed(&self, step: &str) -> &str {
        if self.step == step { &self.words } else { "" }
    }
}

/// The name of a partner, or words for one that is not known any more.
async fn partner_name(conn: &mut Conn, t: Words, id: &Id) -> Result<String, DbError> {
    Ok(partners::by_id(conn, id).await?.map_or_else(|| t.say("incidents-unknown"), |partner| partner.name))
}

/// The houses of the count, each with what is left of its time.
async fn houses(
    conn: &mut Conn,
    ctx: &Ctx,
    (incident, done, affected): (&Incident, &[Done], Vec<store::Count>),
    (here, now): (&str, Timestamp),
) -> Result<Vec<House>, DbError> {
    let t = ctx.t;
    let mut all = Vec::new();
    for (partner, count) in affected {
        let people = t.with("incidents-people", &[("count", count)]);
        let Some(id) = partner else {
            all.push(House {
                name: here.to_owned(),
                people,
                partner: None,
                contact: String::new(),
                told: String::new(),
                waits: false,
                urgent: false,
            });
            continue;
        };
        let told = done.iter().find(|line| line.step == Step::Partner && line.partner.as_ref() == Some(&id));
        let clock = Clock::of(incident.noticed_at, PARTNER_WITHIN, now);
        all.push(House {
            name: partner_name(conn, t, &id).await?,
            people,
            contact: declaration::of_partner(conn, &id).await?.map(|said| said.contact).unwrap_or_default(),
            told: match told {
                Some(line) if line.told => t.with("incidents-told-on", &[("when", &t.date_time(line.at))]),
                Some(_) => t.say("incidents-not-needed"),
                None => clock_words(t, clock),
            },
            waits: told.is_none() && incident.closed_at.is_none(),
            urgent: told.is_none() && incident.closed_at.is_none() && clock.is_urgent(),
            partner: Some(id.to_string()),
        });
    }
    Ok(all)
}

/// What a step was, in words.
async fn step_words(conn: &mut Conn, t: Words, line: &Done) -> Result<String, DbError> {
    let house = match &line.partner {
        Some(id) => partner_name(conn, t, id).await?,
        None => String::new(),
    };
    let key = match (line.step, line.told) {
        (Step::Authority, true) => "incidents-done-authority",
        (Step::Authority, false) => "incidents-done-authority-not",
        (Step::People, true) => "incidents-done-people",
        (Step::People, false) => "incidents-done-people-not",
        (Step::Partner, true) => "incidents-done-partner",
        (Step::Partner, false) => "incidents-done-partner-not",
        (Step::Note, _) => "incidents-done-note",
        (Step::Closed, _) => "incidents-done-closed",
    };
    let who = accounts::by_id(conn, &line.by).await?.map_or_else(|| t.say("incidents-someone"), |account| account.called.into_revealed());
    Ok(t.with(key, &[("house", house.as_str()), ("who", who.as_str())]))
}

async fn scope_words(conn: &mut Conn, t: Words, incident: &Id) -> Result<Vec<String>, DbError> {
    let mut all = Vec::new();
    for scope in store::scopes(conn, incident).await? {
        all.push(match scope {
            Scope::House => t.say("incidents-scope-house"),
            Scope::Group(id) => {
                let name = groups::load(conn, &id).await?.map_or_else(|| t.say("incidents-unknown"), |group| group.name);
                t.with("incidents-scope-group", &[("group", &name)])
            }
            Scope::Partner(id) => t.with("incidents-scope-partner", &[("house", &partner_name(conn, t, &id).await?)]),
        });
    }
    Ok(all)
}

async fn one_page(site: &Shared, ctx: &Ctx, id: &str, typed: (&str, &str), errors: Errors) -> Result<OnePage, Problem> {
    let (t, now) = (ctx.t, site.now());
    let id = Id::parse(id).ok_or(Problem::NotFound)?;
    let mut conn = site.db.read().await?;
    let incident = store::by_id(&mut conn, &id).await?.ok_or(Problem::NotFound)?;
    let done = store::steps(&mut conn, &id).await?;
    let affected = store::affected(&mut conn, &id).await?;
    let partners: Vec<Id> = affected.iter().filter_map(|(house, _)| house.clone()).collect();
    let still = still_open(&done, &partners);
    let here = site.house.name().to_string();
    let houses = houses(&mut conn, ctx, (&incident, &done, affected), (&here, now)).await?;
    let mut lines = Vec::new();
    for line in &done {
        let text = step_words(&mut conn, t, line).await?;
        lines.push(DoneLine { when: t.date_time(line.at), text, words: line.words.clone() });
    }
    let closed = incident.closed_at.is_some();
    Ok(OnePage {
        shell: ctx.shell(t.with("incidents-one", &[("date", &t.date(incident.noticed_at))])),
        clock: match incident.closed_at {
            Some(at) => t.with("incidents-closed-on", &[("date", &t.date(at))]),
            None => clock_words(t, incident.clock(now)),
        },
        urgent: !closed && incident.clock(now).is_urgent() && still.contains(&Open::Authority),
        closed,
        noticed: t.date_time(incident.noticed_at),
        written: t.date_time(incident.opened_at),
        kinds: incident.kinds.iter().map(|kind| t.say(kind.key())).collect(),
        scopes: scope_words(&mut conn, t, &id).await?,
        houses,
        told: t.with("incidents-told-count", &[("count", store::count_told(&mut conn, &id).await?)]),
        done: lines,
        still,
        step: typed.0.to_owned(),
        words: typed.1.to_owned(),
        most: MOST_WORDS,
        errors,
        what: incident.what,
        advice: incident.advice,
        id,
    })
}

/// `GET /admin/incidents/{id}`
async fn one(State(site): State<Shared>, ctx: Ctx, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    Ok(Html(one_page(&site, &ctx, &id, ("", ""), Errors::none()).await?).into_response())
}

/// A step.
#[derive(Deserialize)]
struct StepForm {
    #[serde(default)]
    step: String,
    #[serde(default)]
    told: String,
    #[serde(default)]
    partner: String,
    #[serde(default)]
    words: String,
}

/// `POST /admin/incidents/{id}/step`
async fn step(
    State(site): State<Shared>,
    ctx: Ctx,
    member: Member,
    Path(id): Path<String>,
    Form(form): Form<StepForm>,
) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let incident = Id::parse(&id).ok_or(Problem::NotFound)?;
    let step = Step::parse(&form.step).ok_or(Problem::BadForm)?;
    let taken = Taken { step, partner: Id::parse(&form.partner), told: form.told != "no", words: &form.words };
    let mut tx = site.db.begin().await?;
    match actions::step(&mut tx, &site.here(), member.by(), &incident, taken).await {
        Ok(()) => {
            tx.commit().await?;
            Ok(see_other_with_notice(&super::page_of(&incident), "incidents-said-step"))
        }
        Err(error) => {
            drop(tx);
            // The sentence stands at the field of this step, whose id is the step's name; a partner's steps stand at its house.
            let mut sentence = Errors::none();
            fault(ctx.t, error, &mut sentence)?;
            let mut errors = Errors::none();
            for (_, said) in sentence.all() {
                errors.add(step.as_str(), said.clone());
            }
            let page = one_page(&site, &ctx, &id, (&form.step, &form.words), errors).await?;
            Ok(Html(page).with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

#[derive(Template)]
#[template(path = "features/incidents/letter.html")]
struct LetterPage {
    shell: Shell,
    /// Back to where it came from; a member has no way back to the desk.
    back: String,
    intro: String,
    noticed: String,
    kinds: Vec<String>,
    what: String,
    advice: String,
    partner: bool,
    contact: String,
    house: String,
}

async fn letter_page(conn: &mut Conn, site: &Shared, ctx: &Ctx, incident: Incident, to: Option<String>) -> Result<LetterPage, DbError> {
    let t = ctx.t;
    let house = site.house.name().to_string();
    Ok(LetterPage {
        shell: ctx.shell(t.say("incidents-letter")),
        back: super::page_of(&incident.id),
        intro: match &to {
            Some(partner) => t.with("incidents-letter-partner", &[("house", house.as_str()), ("partner", partner.as_str())]),
            None => t.with("incidents-letter-person", &[("house", &house)]),
        },
        noticed: t.with("incidents-letter-noticed", &[("when", &t.date_time(incident.noticed_at))]),
        kinds: incident.kinds.iter().map(|kind| t.say(kind.key())).collect(),
        what: incident.what,
        advice: incident.advice,
        partner: to.is_some(),
        contact: declaration::ours(conn).await?.contact,
        house,
    })
}

/// `GET /admin/incidents/{id}/letter`
async fn letter(State(site): State<Shared>, ctx: Ctx, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut conn = site.db.read().await?;
    let incident = store::by_id(&mut conn, &id).await?.ok_or(Problem::NotFound)?;
    Ok(Html(letter_page(&mut conn, &site, &ctx, incident, None).await?).into_response())
}

/// `GET /admin/incidents/{id}/letter/{partner}`
async fn partner_letter(
    State(site): State<Shared>,
    ctx: Ctx,
    member: Member,
    Path((id, partner)): Path<(String, String)>,
) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let (id, partner) = Id::parse(&id).zip(Id::parse(&partner)).ok_or(Problem::NotFound)?;
    let mut conn = site.db.read().await?;
    let incident = store::by_id(&mut conn, &id).await?.ok_or(Problem::NotFound)?;
    if !store::affected(&mut conn, &id).await?.iter().any(|(house, _)| house.as_ref() == Some(&partner)) {
        return Err(Problem::NotFound);
    }
    let name = partner_name(&mut conn, ctx.t, &partner).await?;
    Ok(Html(letter_page(&mut conn, &site, &ctx, incident, Some(name)).await?).into_response())
}

/// `GET /me/incidents/{id}`: for whoever was told, and for nobody else.
async fn told(State(site): State<Shared>, ctx: Ctx, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut conn = site.db.read().await?;
    store::told(&mut conn, &id, &member.account).await?.ok_or(Problem::NotFound)?;
    let incident = store::by_id(&mut conn, &id).await?.ok_or(Problem::NotFound)?;
    let page = letter_page(&mut conn, &site, &ctx, incident, None).await?;
    Ok(Html(LetterPage { back: "/".to_owned(), ..page }).into_response())
}
