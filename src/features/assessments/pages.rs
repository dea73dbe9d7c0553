//! The pages of the assessment, for admins: the sections with how they stand, and one section to read, to write down who signed
//! it, and to withdraw that.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State as Held};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;
use serde::Deserialize;

use super::actions::{self, WithdrawError};
use super::section::{Paragraph, SECTIONS, Section, paragraphs};
use super::signature::{MAX_SIGNER, Signature, Signing, Standing};
use super::store;
use crate::features::accounts::{Member, Role};
use crate::site::Shared;
use crate::web::{Ctx, Errors, Form, Html, Lang, Problem, Shell, Words, see_other_with_notice};

/// The routes of this feature.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/admin/dpia", get(list))
        .route("/admin/dpia/{section}", get(show).post(sign))
        .route("/admin/dpia/{section}/withdraw", post(withdraw))
}

/// How a section stands, in one or two sentences.
fn stands(t: Words, standing: &Standing) -> String {
    let key = format!("assessments-state-{}", standing.as_str());
    match standing {
        Standing::Open => t.say(key),
        Standing::Signed(row) | Standing::Changed(row) => {
            let (signer, date) = (row.signer.as_str(), t.date(row.day));
            t.with(key, &[("signer", signer), ("date", &date)])
        }
        Standing::Withdrawn(row) => t.with(key, &[("date", &t.date(row.at))]),
    }
}

struct Line {
    path: String,
    title: String,
    stands: String,
    /// Something is to be done.
    open: bool,
}

#[derive(Template)]
#[template(path = "features/assessments/list.html")]
struct ListPage {
    shell: Shell,
    sections: Vec<Line>,
}

/// `GET /admin/dpia`
async fn list(Held(site): Held<Shared>, member: Member, ctx: Ctx) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let mut conn = site.db.read().await?;
    let mut sections = Vec::new();
    for section in SECTIONS {
        let standing = actions::standing(&mut conn, &section).await?;
        sections.push(Line {
            path: format!("/admin/dpia/{}", section.name),
            title: section.title(ctx.t),
            stands: stands(ctx.t, &standing),
            open: !matches!(standing, Standing::Signed(_)),
        });
    }
    Ok(Html(ListPage { shell: ctx.shell(ctx.t.say("assessments-title")), sections }).into_response())
}

/// An older text that was signed.
struct Old {
    lang: &'static str,
    text: Vec<Paragraph>,
}

#[derive(Template)]
#[template(path = "features/assessments/section.html")]
struct SectionPage {
    shell: Shell,
    path: String,
    version: String,
    stands: String,
    holds: bool,
    changed: bool,
    /// What it shuts or leaves open now.
    effect: String,
    text: Vec<Paragraph>,
    old: Option<Old>,
    /// Id of the signature that stands.
    signature: String,
    errors: Errors,
    form: SignForm,
    /// What stood before, newest first.
    earlier: Vec<String>,
}

/// What was typed.
#[derive(Clone, Debug, Default, Deserialize)]
struct SignForm {
    #[serde(default)]
    signer: String,
    #[serde(default)]
    day: String,
    #[serde(default)]
    agreed: bool,
    /// Version of the text that was on the page.
    #[serde(default)]
    seen: String,
}

fn before(t: Words, row: &Signature) -> String {
    let (at, signer, day, version) = (t.date(row.at), row.signer.as_str(), t.date(row.day), row.version.to_string());
    let values = [("at", at.as_str()), ("signer", signer), ("day", &day), ("version", &version)];
    t.with(format!("assessments-before-{}", row.state.as_str()), &values)
}

async fn page(site: &Shared, ctx: &Ctx, section: &Section, errors: Errors, form: SignForm) -> Result<SectionPage, Problem> {
    let t = ctx.t;
    let mut conn = site.db.read().await?;
    let rows = store::all(&mut conn, section).await?;
    drop(conn);
    let earlier = rows.iter().skip(1).map(|row| before(t, row)).collect();
    let standing = Standing::of(section, rows.into_iter().next());
    let changed = matches!(standing, Standing::Changed(_));
    let old = standing.signature().filter(|_| changed).map(|row| Old {
        lang: Lang::parse(&row.lang).unwrap_or(ctx.lang).code(),
        // The first heading is the section's own.
        text: paragraphs(&row.words).into_iter().skip(1).collect(),
    });
    let effect = if standing.holds() { "open" } else { "shut" };
    Ok(SectionPage {
        shell: ctx.shell(section.title(t)),
        path: format!("/admin/dpia/{}", section.name),
        version: section.version.to_string(),
        stands: stands(t, &standing),
        holds: standing.holds(),
        changed,
        effect: t.say(format!("assessments-{}-{effect}", section.name)),
        text: section.text(t),
        old,
        signature: standing.signature().map(|row| row.id.to_string()).unwrap_or_default(),
        errors,
        form,
        earlier,
    })
}

fn found(name: &str) -> Result<Section, Problem> {
    Section::parse(name).ok_or(Problem::NotFound)
}

/// `GET /admin/dpia/{section}`
async fn show(Held(site): Held<Shared>, member: Member, ctx: Ctx, Path(name): Path<String>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let section = found(&name)?;
    Ok(Html(page(&site, &ctx, &section, Errors::none(), SignForm::default()).await?).into_response())
}

/// `POST /admin/dpia/{section}`
async fn sign(
    Held(site): Held<Shared>,
    member: Member,
    ctx: Ctx,
    Path(name): Path<String>,
    Form(form): Form<SignForm>,
) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let section = found(&name)?;
    let mut errors = Errors::none();
    let signing = match Signing::read(&form.signer, &form.day, site.now()) {
        Ok(signing) => Some(signing),
        Err(faults) => {
            for fault in faults {
                errors.add(fault.field(), ctx.t.say(fault.key()));
            }
            None
        }
    };
    if form.seen != section.version.to_string() {
        // The program was replaced while the page was open: nobody signs what they did not read.
        errors.add("agreed", ctx.t.say("assessments-error-version"));
    } else if !form.agreed {
        errors.add("agreed", ctx.t.say("assessments-error-agreed"));
    }
    let Some(signing) = signing.filter(|_| errors.is_empty()) else {
        return Ok(Html(page(&site, &ctx, &section, errors, form).await?).with_status(StatusCode::UNPROCESSABLE_ENTITY));
    };
    let mut tx = site.db.begin().await?;
    actions::sign(&mut tx, &site.here(), member.by(), &section, &signing, ctx.t).await?;
    tx.commit().await?;
    Ok(see_other_with_notice(&format!("/admin/dpia/{}", section.name), "assessments-said-signed"))
}

/// Which signature was looked at.
#[derive(Default, Deserialize)]
struct WithdrawForm {
    #[serde(default)]
    signature: String,
}

/// `POST /admin/dpia/{section}/withdraw`
async fn withdraw(
    Held(site): Held<Shared>,
    member: Member,
    Path(name): Path<String>,
    Form(form): Form<WithdrawForm>,
) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let section = found(&name)?;
    let back = format!("/admin/dpia/{}", section.name);
    let mut tx = site.db.begin().await?;
    match actions::withdraw(&mut tx, &site.here(), member.by(), &section, &form.signature).await {
        Ok(()) => {}
        Err(WithdrawError::NotThisOne) => return Err(Problem::Refused { key: "assessments-error-withdraw", back }),
        Err(WithdrawError::Db(error)) => return Err(error.into()),
    }
    tx.commit().await?;
    Ok(see_other_with_notice(&back, "assessments-said-withdrawn"))
}
