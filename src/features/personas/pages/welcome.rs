//! Coming in by an invitation or by the first admin's link: a welcome, then one page on which a person chooses a name
//! to be seen with, a name to sign in with and a passphrase. What was typed stays when something is wrong, except the
//! passphrase. Links that cannot be used all look the same.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::features::accounts::{
    self, Caller, Confidence, Door, Passphrase, Role, SignInError, SignInName, Token, with_browser, with_session,
};
use crate::features::consents::Said;
use crate::features::personas::actions::{self, SignUp, SignUpError, Way};
use crate::features::personas::name::PersonaName;
use crate::site::Shared;
use crate::web::{Choice, Ctx, Errors, Html, Problem, Shell, Words, see_other_with_notice};

/// Names that are offered.
const OFFERED: usize = 5;

#[derive(Template)]
#[template(path = "features/personas/pages/welcome.html")]
struct WelcomePage {
    shell: Shell,
    /// Path of the next page; empty when the link cannot be used.
    next: String,
    setup: bool,
}

fn dead_link(ctx: &Ctx) -> Response {
    let page = WelcomePage { shell: ctx.shell(ctx.t.say("personas-link-dead")), next: String::new(), setup: false };
    Html(page).with_status(StatusCode::NOT_FOUND)
}

/// The link and the role it gives, while it can be used.
async fn open_link(site: &Shared, door: Door, token: &str) -> Result<Option<(Token, Role)>, Problem> {
    let Some(token) = Token::parse(token) else { return Ok(None) };
    let mut reader = site.db.read().await?;
    let role = accounts::look_at(&mut reader, site.here().now, door, &token).await?;
    Ok(role.map(|role| (token, role)))
}

fn path(door: Door, token: &Token) -> String {
    format!("/{}/{}/name", door.as_str(), token.reveal())
}

/// `GET /invite/{token}` and `GET /setup/{token}`
pub async fn hello(State(site): State<Shared>, ctx: Ctx, door: Door, token: String) -> Result<Response, Problem> {
    let Some((token, _)) = open_link(&site, door, &token).await? else { return Ok(dead_link(&ctx)) };
    let page = WelcomePage { shell: ctx.shell(ctx.t.say("personas-welcome")), next: path(door, &token), setup: door == Door::Setup };
    Ok(Html(page).into_response())
}

#[derive(Template)]
#[template(path = "features/personas/pages/choose.html")]
struct ChoosePage {
    shell: Shell,
    path: String,
    offered: Vec<Choice>,
    form: JoinForm,
    /// What is promised with the role that the link gives; empty for a member.
    promise: Vec<String>,
    /// Ask once more about the name.
    doubt: bool,
    errors: Errors,
}

/// What a person types when they come.
#[derive(Deserialize, Default)]
pub struct JoinForm {
    /// An offered name.
    #[serde(default)]
    pick: String,
    /// An own name; it counts when it is there.
    #[serde(default)]
    called: String,
    #[serde(default)]
    sure: bool,
    #[serde(default)]
    sign_in_name: String,
    #[serde(default)]
    passphrase: String,
    #[serde(default)]
    again: String,
    /// The promise of confidentiality, asked for with a role only.
    #[serde(default)]
    confidentiality: bool,
}

impl JoinForm {
    fn name(&self) -> &str {
        if self.called.trim().is_empty() { &self.pick } else { &self.called }
    }
}

async fn choose_page(site: &Shared, ctx: &Ctx, (path, role): (String, Role), form: JoinForm) -> Result<ChoosePage, Problem> {
    let here = site.here();
    let mut names: Vec<String> = Vec::new();
    if PersonaName::parse(&form.pick).is_ok() {
        names.push(form.pick.clone());
    }
    let mut reader = site.db.read().await?;
    for _ in 0..2 * OFFERED {
        let name = actions::suggest(&mut reader, &here, ctx.t).await?.as_str().to_owned();
        if names.len() < OFFERED && !names.contains(&name) {
            names.push(name);
        }
    }
    let offered = names.into_iter().enumerate().map(|(at, name)| Choice::new(name.clone(), name).chosen_if(at == 0)).collect();
    let shell = ctx.shell(ctx.t.say("personas-choose"));
    let promise = if role.asks_for_confidentiality() { Confidence::Promise.lines(ctx.t) } else { Vec::new() };
    Ok(ChoosePage { shell, path, offered, form, promise, doubt: false, errors: Errors::none() })
}

/// `GET /invite/{token}/name` and `GET /setup/{token}/name`
pub async fn choose(State(site): State<Shared>, ctx: Ctx, door: Door, token: String) -> Result<Response, Problem> {
    let Some((token, role)) = open_link(&site, door, &token).await? else { return Ok(dead_link(&ctx)) };
    Ok(Html(choose_page(&site, &ctx, (path(door, &token), role), JoinForm::default()).await?).into_response())
}

/// What was chosen, when all of it can be used.
struct Chosen {
    name: PersonaName,
    sign_in_name: SignInName,
    passphrase: Passphrase,
    /// They promised confidentiality.
    promised: bool,
}

/// Reads the form; what is wrong goes to `errors`. The second value says whether to ask once more about the name.
fn read(ctx: &Ctx, form: &JoinForm, role: Role, errors: &mut Errors) -> (Option<Chosen>, bool) {
    let sign_in_name = SignInName::parse(&form.sign_in_name);
    let name = PersonaName::parse(form.name());
    let mut doubtful = false;
    match &name {
        Err(fault) => errors.add("called", ctx.t.say(fault.word())),
        Ok(name) => {
            if let Some(doubt) = name.doubt(&form.sign_in_name) {
                doubtful = true;
                if !form.sure {
                    errors.add("called", ctx.t.say(doubt.word()));
                }
            }
        }
    }
    if let Err(fault) = &sign_in_name {
        errors.add("sign_in_name", ctx.t.say(fault.word()));
    }
    let passphrase = Passphrase::choose(&form.passphrase, &[&form.sign_in_name, form.name()]);
    if let Err(fault) = &passphrase {
        errors.add("passphrase", ctx.t.say(fault.word()));
    }
    if form.passphrase != form.again {
        errors.add("again", ctx.t.say("accounts-passphrase-differs"));
    }
    if role.asks_for_confidentiality() && !form.confidentiality {
        errors.add("confidentiality", ctx.t.say("accounts-confidential-tick-first"));
    }
    let promised = form.confidentiality;
    let chosen = match (name, sign_in_name, passphrase) {
        (Ok(name), Ok(sign_in_name), Ok(passphrase)) => Some(Chosen { name, sign_in_name, passphrase, promised }),
        _ => None,
    };
    (chosen.filter(|_| errors.is_empty()), doubtful)
}

/// Makes the account and begins its first session.
async fn welcome((site, t): (&Shared, Words), caller: &Caller, (door, token): (Door, &Token), chosen: Chosen) -> Result<Token, Refusal> {
    accounts::count_address(&site.db, &site.here(), caller.address).await?;
    let hashed = accounts::hash(&*site.here().chance, chosen.passphrase).await.map_err(SignInError::from)?;
    let key = site.fresh_key().await.map_err(SignUpError::from)?;
    let here = site.here();
    let mut tx = site.db.begin().await.map_err(SignUpError::from)?;
    let house = site.house.name();
    let words = [
        "personas-welcome-quiet",
        "personas-welcome-name",
        "personas-welcome-outside",
        "personas-welcome-care",
        "personas-part-sign-in-text",
        "personas-agree",
    ];
    let words = words.map(|key| t.say(key)).join("\n");
    let said = Said { title: &house, words: &words, lang: t.lang().code(), version: 0 };
    let new = SignUp {
        name: &chosen.name,
        sign_in_name: &chosen.sign_in_name,
        passphrase: &hashed,
        said: Some(said),
        confidentiality: chosen.promised.then_some(t),
    };
    let persona = actions::sign_up(&mut tx, &here, &key, Way::Link(door, token), new).await?;
    let session = accounts::open(&mut tx, &here, &persona.account, caller.opening()).await.map_err(SignUpError::from)?;
    tx.commit().await.map_err(SignUpError::from)?;
    Ok(session)
}

/// Why nobody came in: a rule, or too many tries.
enum Refusal {
    Rule(SignUpError),
    Pace(SignInError),
}

impl From<SignUpError> for Refusal {
    fn from(error: SignUpError) -> Self {
        Self::Rule(error)
    }
}

impl From<SignInError> for Refusal {
    fn from(error: SignInError) -> Self {
        Self::Pace(error)
    }
}

/// `POST /invite/{token}/name` and `POST /setup/{token}/name`
pub async fn join(site: &Shared, ctx: &Ctx, caller: Caller, (door, token): (Door, String), form: JoinForm) -> Result<Response, Problem> {
    let Some((token, role)) = open_link(site, door, &token).await? else { return Ok(dead_link(ctx)) };
    let mut errors = Errors::none();
    let (chosen, doubt) = read(ctx, &form, role, &mut errors);
    if let Some(chosen) = chosen {
        match welcome((site, ctx.t), &caller, (door, &token), chosen).await {
            Ok(session) => {
                let origin = &site.config.origin;
                let response = with_session(see_other_with_notice("/", "personas-welcomed"), origin, &session);
                return Ok(with_browser(response, origin, &caller));
            }
            Err(Refusal::Rule(SignUpError::Link)) => return Ok(dead_link(ctx)),
            Err(Refusal::Rule(SignUpError::Db(error)) | Refusal::Pace(SignInError::Db(error))) => return Err(error.into()),
            Err(Refusal::Rule(SignUpError::SignInNameTaken)) => errors.add("sign_in_name", ctx.t.say("accounts-name-taken")),
            Err(Refusal::Rule(SignUpError::NameTaken)) => errors.add("called", ctx.t.say("personas-taken")),
            Err(Refusal::Rule(SignUpError::NoPromise)) => errors.add("confidentiality", ctx.t.say("accounts-confidential-tick-first")),
            Err(Refusal::Pace(SignInError::Wait(seconds))) => return Err(Problem::TooMany { retry_after: seconds }),
            Err(Refusal::Pace(_)) => return Err(Problem::TooMany { retry_after: 5 }),
        }
    }
    let mut page = choose_page(site, ctx, (path(door, &token), role), form).await?;
    page.doubt = doubt;
    page.errors = errors;
    Ok(Html(page).with_status(StatusCode::UNPROCESSABLE_ENTITY))
}
