//! The desk of partnerships: all of them, and adding one.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::base::Origin;
use crate::features::accounts::{Member, Role};
use crate::features::assessments;
use crate::federation::partners;
use crate::site::Shared;
use crate::web::{Ctx, Errors, Form, Html, Problem, Shell, see_other_with_notice};

use super::super::actions::{self, PartnerError};
use super::{Row, by, row};

#[derive(Template)]
#[template(path = "features/partners/desk.html")]
#[expect(clippy::struct_excessive_bools, reason = "independent parts of a page")]
pub struct DeskPage {
    shell: Shell,
    partners: Vec<Row>,
    errors: Errors,
    origin: String,
    without_handshake: bool,
    ours: String,
    /// The section about partners in the assessment of risks is not signed.
    unsigned: bool,
    /// It is, and its text is another one since.
    changed: bool,
    /// There are partners all the same.
    going_on: bool,
    /// Something was not done because of that.
    refused: bool,
}

async fn page(site: &Shared, ctx: &Ctx, errors: Errors, typed: NewPartner) -> Result<DeskPage, Problem> {
    let mut conn = site.db.read().await?;
    let known = partners::list(&mut conn).await?;
    let standing = assessments::standing(&mut conn, &assessments::PARTNERS).await?;
    Ok(DeskPage {
        shell: ctx.shell(ctx.t.say("partners-desk-title")),
        partners: known.iter().map(|partner| row(ctx, partner)).collect(),
        errors,
        origin: typed.origin,
        without_handshake: typed.without_handshake,
        ours: site.config.origin.to_string(),
        unsigned: !standing.holds(),
        changed: matches!(standing, assessments::Standing::Changed(_)),
        going_on: known.iter().any(|partner| partner.state != partners::State::Ended),
        refused: false,
    })
}

/// `GET /admin/partners`
pub async fn desk(State(site): State<Shared>, member: Member, ctx: Ctx) -> Result<Html<DeskPage>, Problem> {
    member.at_least(Role::Admin)?;
    Ok(Html(page(&site, &ctx, Errors::none(), NewPartner::default()).await?))
}

#[derive(Default, Deserialize)]
pub struct NewPartner {
    origin: String,
    #[serde(default)]
    without_handshake: bool,
}

/// `POST /admin/partners`
pub async fn add(State(site): State<Shared>, member: Member, ctx: Ctx, Form(typed): Form<NewPartner>) -> Result<Response, Problem> {
    member.at_least(Role::Admin)?;
    let mut errors = Errors::none();
    match Origin::parse(&typed.origin) {
        Err(_) => errors.add("origin", ctx.t.say("partners-error-address")),
        Ok(origin) => {
            let mut tx = site.db.begin().await?;
            if !assessments::is_signed(&mut tx, &assessments::PARTNERS).await? {
                drop(tx);
                let page = DeskPage { refused: true, ..page(&site, &ctx, errors, typed).await? };
                return Ok(Html(page).with_status(StatusCode::UNPROCESSABLE_ENTITY));
            }
            let loopback = site.config.loopback_federation;
            match actions::propose(&mut tx, &site.here(), &origin, !typed.without_handshake, loopback, by(&member)).await {
                Ok(partner) => {
                    tx.commit().await?;
                    return Ok(see_other_with_notice(&format!("/admin/partners/{}", partner.id), "partners-said-named"));
                }
                Err(PartnerError::Db(error)) => return Err(error.into()),
                Err(error) => errors.add("origin", ctx.t.say(error.key())),
            }
        }
    }
    Ok(Html(page(&site, &ctx, errors, typed).await?).with_status(StatusCode::UNPROCESSABLE_ENTITY))
}
