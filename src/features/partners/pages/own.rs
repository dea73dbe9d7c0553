//! What our own house declares to its partners, and the form in which a person says that it is true. The same form writes down
//! what a partner with other software says of itself.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::base::{Timestamp, html};
use crate::features::accounts::{Member, Role as AccountRole};
use crate::features::groups::Hours;
use crate::federation::declaration::{self, Declaration, Role};
use crate::site::Shared;
use crate::web::{Choice, Ctx, Errors, Form, Html, Problem, Shell, Words, see_other_with_notice};

use super::super::actions;
use super::super::agreement::{MAX_PURPOSE, MAX_TEXT};
use super::by;

/// What was typed.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct DeclarationForm {
    #[serde(default)]
    pub purpose: String,
    #[serde(default)]
    pub role: String,
    #[serde(default)]
    pub retention: String,
    #[serde(default)]
    pub country: String,
    #[serde(default)]
    pub contact: String,
    #[serde(default)]
    pub hours: String,
    #[serde(default)]
    pub worry: String,
}

impl DeclarationForm {
    /// As it stands now.
    pub fn of(said: &Declaration) -> Self {
        Self {
            purpose: said.purpose.clone(),
            role: said.role.as_str().to_owned(),
            retention: said.retention_days.to_string(),
            country: said.country.clone(),
            contact: said.contact.clone(),
            hours: said.hours.clone(),
            worry: said.worry_contact.clone(),
        }
    }

    /// The roles to choose from.
    pub fn roles(&self, t: Words) -> Vec<Choice> {
        let roles = [Role::Separate, Role::Joint, Role::Processor].map(Role::as_str);
        let choice = |role: &str| Choice::new(role, t.say(format!("partners-role-{role}"))).chosen_if(self.role == role);
        roles.into_iter().map(choice).collect()
    }

    /// The declaration, or what is wrong with it.
    pub fn read(&self, t: Words, errors: &mut Errors, now: Timestamp) -> Option<Declaration> {
        let mut text = |name, value: &str, most| {
            let value = html::one_line(value, most);
            if value.is_empty() {
                errors.add(name, t.say("web-required"));
            }
            value
        };
        let purpose = text("purpose", &self.purpose, MAX_PURPOSE);
        let contact = text("contact", &self.contact, MAX_TEXT);
        let worry_contact = text("worry", &self.worry, MAX_TEXT);
        let country = self.country.trim().to_ascii_uppercase();
        if country.len() != 2 || !country.bytes().all(|letter| letter.is_ascii_uppercase()) {
            errors.add("country", t.say("partners-error-country"));
        }
        let hours = Hours::parse(&self.hours).map(|hours| hours.to_string());
        if hours.is_none() {
            errors.add("hours", t.say("partners-error-hours"));
        }
        let retention = self.retention.trim().parse::<i64>().ok().filter(|days| (0..=3_650).contains(days));
        if retention.is_none() {
            errors.add("retention", t.say("partners-error-retention"));
        }
        let role = Role::parse(&self.role).unwrap_or_default();
        let (hours, retention_days) = (hours?, retention?);
        let said = Declaration { purpose, role, retention_days, country, contact, hours, worry_contact, confirmed_at: Some(now) };
        errors.is_empty().then_some(said)
    }
}

#[derive(Template)]
#[template(path = "features/partners/own.html")]
pub struct OwnPage {
    shell: Shell,
    errors: Errors,
    form: DeclarationForm,
    roles: Vec<Choice>,
    confirmed: String,
}

async fn page(site: &Shared, ctx: &Ctx, errors: Errors, typed: Option<DeclarationForm>) -> Result<OwnPage, Problem> {
    let mut conn = site.db.read().await?;
    let said = declaration::ours(&mut conn).await?;
    let form = typed.unwrap_or_else(|| DeclarationForm::of(&said));
    Ok(OwnPage {
        shell: ctx.shell(ctx.t.say("partners-own-title")),
        roles: form.roles(ctx.t),
        form,
        errors,
        confirmed: said.confirmed_at.map(|at| ctx.t.date(at)).unwrap_or_default(),
    })
}

/// `GET /admin/agreement`
pub async fn show(State(site): State<Shared>, member: Member, ctx: Ctx) -> Result<Html<OwnPage>, Problem> {
    member.at_least(AccountRole::Admin)?;
    Ok(Html(page(&site, &ctx, Errors::none(), None).await?))
}

/// `POST /admin/agreement`
pub async fn save(State(site): State<Shared>, member: Member, ctx: Ctx, Form(form): Form<DeclarationForm>) -> Result<Response, Problem> {
    member.at_least(AccountRole::Admin)?;
    let mut errors = Errors::none();
    let Some(said) = form.read(ctx.t, &mut errors, site.now()) else {
        return Ok(Html(page(&site, &ctx, errors, Some(form)).await?).with_status(StatusCode::UNPROCESSABLE_ENTITY));
    };
    let mut tx = site.db.begin().await?;
    let result = actions::declare(&mut tx, &site.here(), &said, by(&member)).await;
    if result.is_ok() {
        tx.commit().await?;
        return Ok(see_other_with_notice("/admin/agreement", "partners-said-declared"));
    }
    super::done(result, "/admin/agreement".to_owned(), "partners-said-declared")
}
