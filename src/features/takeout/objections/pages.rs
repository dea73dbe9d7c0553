//! The pages of objections: a person's own, and those of the admin who answers. A person's are looked up by the account of the
//! session. Opening one as staff is a look that is written down; the lists show neither names nor words.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State as Held};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;
use serde::Deserialize;

use super::{About, MOST_LISTED, MOST_WORDS, Objection, ObjectionError, Outcome, State, store};
use crate::base::{Id, Sensitive};
use crate::features::accounts::{self, Member, Role};
use crate::features::posts::PostError;
use crate::features::takeout::pause::PauseError;
use crate::federation::declaration;
use crate::site::Shared;
use crate::web::{Choice, Ctx, Errors, Form, Html, Problem, Shell, see_other_with_notice};

/// The routes of this room.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/me/objections", get(own).post(send))
        .route("/me/objections/{id}/take-back", post(take_back))
        .route("/admin/objections", get(list))
        .route("/admin/objections/{id}", get(one).post(answer))
}

/// One objection as its person sees it.
struct Line {
    id: Id,
    about: String,
    made: String,
    state: String,
    /// Until when an answer is due; only while it waits.
    due: Option<String>,
    /// When it ended, and how.
    ended: Option<String>,
    words: String,
    reason: String,
    open: bool,
    answered: bool,
    paused: bool,
}

#[derive(Template)]
#[template(path = "features/takeout/objections/own.html")]
struct OwnPage {
    shell: Shell,
    contact: String,
    lines: Vec<Line>,
    abouts: Vec<Choice>,
    form: NewForm,
    errors: Errors,
}

fn about_of(ctx: &Ctx, about: About) -> String {
    ctx.t.say(format!("takeout-objection-about-{}", about.as_str()))
}

fn line(ctx: &Ctx, objection: Objection) -> Line {
    let t = ctx.t;
    let (open, answered) = (objection.state == State::Open, matches!(objection.state, State::Answered(_)));
    let ended = |at| t.with(if answered { "takeout-objection-answered" } else { "takeout-objection-ended" }, &[("date", &t.date(at))]);
    Line {
        about: about_of(ctx, objection.about),
        made: t.with("takeout-objection-made", &[("date", &t.date(objection.made_at))]),
        state: t.say(format!("takeout-objection-state-{}", objection.state.as_str())),
        due: open.then(|| t.with("takeout-objection-due", &[("date", &t.date(objection.due_at))])),
        ended: objection.ended_at.map(ended),
        id: objection.id,
        words: objection.words,
        reason: objection.reason,
        open,
        answered,
        paused: objection.paused,
    }
}

/// What is typed.
#[derive(Default, Deserialize)]
struct NewForm {
    #[serde(default)]
    about: String,
    #[serde(default)]
    words: String,
    #[serde(default)]
    pause: bool,
}

async fn own_page(site: &Shared, ctx: &Ctx, member: &Member, form: NewForm, errors: Errors) -> Result<OwnPage, Problem> {
    let mut conn = site.db.read().await?;
    let lines = store::of_account(&mut conn, &member.account).await?.into_iter().map(|one| line(ctx, one)).collect();
    let choice = |about: About| {
        let choice = Choice::new(about.as_str(), about_of(ctx, about)).chosen_if(form.about == about.as_str());
        if about == About::Sharing { choice.with_hint(ctx.t.say("takeout-objection-about-sharing-hint")) } else { choice }
    };
    Ok(OwnPage {
        shell: ctx.shell(ctx.t.say("takeout-objections")),
        contact: declaration::ours(&mut conn).await?.contact,
        lines,
        abouts: About::ALL.into_iter().map(choice).collect(),
        form,
        errors,
    })
}

/// `GET /me/objections`
async fn own(Held(site): Held<Shared>, ctx: Ctx, member: Member) -> Result<Response, Problem> {
    Ok(Html(own_page(&site, &ctx, &member, NewForm::default(), Errors::none()).await?).into_response())
}

/// `POST /me/objections`
async fn send(Held(site): Held<Shared>, ctx: Ctx, member: Member, Form(form): Form<NewForm>) -> Result<Response, Problem> {
    let mut errors = Errors::none();
    if let Some(about) = About::parse(&form.about) {
        let mut tx = site.db.begin().await?;
        match super::object(&mut tx, &site.here(), &member.account, member.by(), (about, &form.words, form.pause)).await {
            Ok(_) => {
                tx.commit().await?;
                return Ok(see_other_with_notice("/me/objections", "takeout-objection-saved"));
            }
            Err(ObjectionError::Words) => errors.add("words", ctx.t.say("takeout-objection-words-missing")),
            Err(ObjectionError::TooLong) => errors.add("words", ctx.t.with("takeout-objection-words-long", &[("most", MOST_WORDS)])),
            Err(ObjectionError::TooMany) => errors.add("about", ctx.t.say("takeout-objection-many")),
            Err(error) => return Err(problem(error)),
        }
    } else {
        errors.add("about", ctx.t.say("takeout-objection-about-missing"));
    }
    Ok(Html(own_page(&site, &ctx, &member, form, errors).await?).with_status(StatusCode::UNPROCESSABLE_ENTITY))
}

/// What has no field to stand at.
fn problem(error: ObjectionError) -> Problem {
    match error {
        ObjectionError::Db(error) | ObjectionError::Pause(PauseError::Db(error) | PauseError::Post(PostError::Db(error))) => error.into(),
        ObjectionError::Pause(PauseError::Post(error)) => Problem::Refused { key: error.key(), back: "/me/objections".to_owned() },
        ObjectionError::Unknown => Problem::NotFound,
        ObjectionError::Over => Problem::Refused { key: "takeout-objection-over", back: "/me/objections".to_owned() },
        ObjectionError::Words | ObjectionError::TooLong | ObjectionError::TooMany => Problem::BadForm,
    }
}

/// `POST /me/objections/{id}/take-back`
async fn take_back(Held(site): Held<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut tx = site.db.begin().await?;
    super::take_back(&mut tx, &site.here(), &member.account, member.by(), &id).await.map_err(problem)?;
    tx.commit().await?;
    Ok(see_other_with_notice("/me/objections", "takeout-objection-taken-back"))
}

/// One row of the lists of staff.
struct Row {
    id: Id,
    about: String,
    said: String,
    late: bool,
}

#[derive(Template)]
#[template(path = "features/takeout/objections/list.html")]
struct ListPage {
    shell: Shell,
    open: Vec<Row>,
    ended: Vec<Row>,
}

/// `GET /admin/objections`
async fn list(Held(site): Held<Shared>, ctx: Ctx, member: Member) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let (t, now) = (ctx.t, site.now());
    let mut conn = site.db.read().await?;
    let row = |one: Objection| {
        let late = one.state == State::Open && one.due_at < now;
        let key = if late { "takeout-objection-task-late" } else { "takeout-objection-task" };
        let said = match one.state {
            State::Open => t.with(key, &[("date", &t.date(one.due_at))]),
            State::Answered(outcome) => t.say(format!("takeout-objection-outcome-{}", outcome.as_str())),
            State::Withdrawn => t.with("takeout-objection-ended", &[("date", &t.date(one.ended_at.unwrap_or(one.made_at)))]),
        };
        Row { about: about_of(&ctx, one.about), said, late, id: one.id }
    };
    let open = store::open(&mut conn, MOST_LISTED).await?.into_iter().map(row).collect();
    let ended = store::ended(&mut conn, MOST_LISTED).await?.into_iter().map(row).collect();
    Ok(Html(ListPage { shell: ctx.shell(t.say("takeout-objections-admin")), open, ended }).into_response())
}

#[derive(Template)]
#[template(path = "features/takeout/objections/one.html")]
struct OnePage {
    shell: Shell,
    line: Line,
    person: Id,
    name: String,
    frozen: bool,
    outcomes: Vec<Choice>,
    reason: String,
    errors: Errors,
}

/// What is decided, as typed.
#[derive(Default, Deserialize)]
struct AnswerForm {
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    reason: String,
}

/// The page of one objection; the look is written down with it.
async fn one_page(site: &Shared, ctx: &Ctx, member: &Member, id: &Id, (form, errors): (AnswerForm, Errors)) -> Result<OnePage, Problem> {
    let mut tx = site.db.begin().await?;
    let objection = store::by_id(&mut tx, id).await?.ok_or(Problem::NotFound)?;
    let account = accounts::by_id(&mut tx, &objection.account).await?.ok_or(Problem::NotFound)?;
    let frozen = accounts::frozen_since(&mut tx, &objection.account).await?.is_some();
    super::look(&mut tx, &site.here(), member.by(), &objection).await?;
    tx.commit().await?;
    let choice = |outcome: Outcome| {
        let word = ctx.t.say(format!("takeout-objection-outcome-{}", outcome.as_str()));
        Choice::new(outcome.as_str(), word).chosen_if(form.outcome == outcome.as_str())
    };
    Ok(OnePage {
        shell: ctx.shell(about_of(ctx, objection.about)),
        person: account.id,
        name: Sensitive::into_revealed(account.sign_in_name),
        frozen,
        outcomes: Outcome::ALL.into_iter().map(choice).collect(),
        line: line(ctx, objection),
        reason: form.reason,
        errors,
    })
}

/// `GET /admin/objections/{id}`
async fn one(Held(site): Held<Shared>, ctx: Ctx, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    Ok(Html(one_page(&site, &ctx, &member, &id, (AnswerForm::default(), Errors::none())).await?).into_response())
}

/// `POST /admin/objections/{id}`
async fn answer(
    Held(site): Held<Shared>,
    ctx: Ctx,
    member: Member,
    Path(id): Path<String>,
    Form(form): Form<AnswerForm>,
) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let id = Id::parse(&id).ok_or(Problem::NotFound)?;
    let mut errors = Errors::none();
    if let Some(outcome) = Outcome::parse(&form.outcome) {
        let mut tx = site.db.begin().await?;
        match super::answer(&mut tx, &site.here(), member.by(), &id, (outcome, &form.reason)).await {
            Ok(()) => {
                tx.commit().await?;
                return Ok(see_other_with_notice("/admin/objections", "takeout-objection-sent"));
            }
            Err(ObjectionError::Words) => errors.add("reason", ctx.t.say("takeout-objection-reason-missing")),
            Err(ObjectionError::TooLong) => errors.add("reason", ctx.t.with("takeout-objection-reason-long", &[("most", MOST_WORDS)])),
            Err(ObjectionError::Over) => {
                return Err(Problem::Refused { key: "takeout-objection-over", back: "/admin/objections".to_owned() });
            }
            Err(error) => return Err(problem(error)),
        }
    } else {
        errors.add("outcome", ctx.t.say("takeout-objection-outcome-missing"));
    }
    Ok(Html(one_page(&site, &ctx, &member, &id, (form, errors)).await?).with_status(StatusCode::UNPROCESSABLE_ENTITY))
}
