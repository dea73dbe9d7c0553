//! Founding a group and changing what it says about itself: one form for both. What was typed comes back with a sentence
//! at the field that has to change.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::base::Id;
use crate::features::accounts::{Member, Role as AccountRole};
use crate::features::personas::{self, Persona};
use crate::federation::partners::{self, Partner, State as PartnerState};
use crate::federation::policy::Reach;
use crate::site::Shared;
use crate::web::{Choice, Ctx, Errors, Form, Html, Problem, Shell, Words, see_other, see_other_with_notice};

use super::super::actions::{self, Founding};
use super::super::group::{Charter, Group, GroupName, Hours, JoinRule, MAX_PURPOSE, minutes, rules_from};
use super::{Look, refused, terms};

/// What is typed about a group.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CharterForm {
    name: String,
    purpose: String,
    rules: String,
    persona: String,
    day: Vec<u8>,
    from: String,
    until: String,
    join: String,
    reach: String,
    partner: Vec<String>,
    language: String,
    unlisted: bool,
}

impl CharterForm {
    /// How the form looks before anything was typed.
    fn starting(t: Words, lang: &str) -> Self {
        Self {
            rules: t.say("groups-starter-rules"),
            join: "ask".to_owned(),
            reach: "house".to_owned(),
            language: lang.to_owned(),
            ..Self::default()
        }
    }

    fn of(group: &Group) -> Self {
        let (from, until) = group.hours.as_ref().map(Hours::span).unwrap_or_default();
        Self {
            name: group.name.clone(),
            purpose: group.purpose.clone(),
            rules: group.rules.join("\n"),
            day: group.hours.as_ref().map(|hours| hours.days().to_vec()).unwrap_or_default(),
            from,
            until,
            join: group.join.as_str().to_owned(),
            language: group.language.clone(),
            unlisted: !group.listed,
            ..Self::default()
        }
    }

    /// What was written freely, with the labels of its fields.
    fn texts(&self) -> [(&'static str, &str); 3] {
        [("groups-field-name", &self.name), ("groups-field-purpose", &self.purpose), ("groups-field-rules", &self.rules)]
    }

    /// Checks what was typed; sentences for the fields that have to change.
    fn charter(&self, t: Words, errors: &mut Errors) -> Option<Charter> {
        let name = GroupName::parse(&self.name);
        if name.is_none() {
            errors.add("name", t.say("groups-field-name-wrong"));
        }
        if self.purpose.chars().count() > MAX_PURPOSE {
            errors.add("purpose", t.say("groups-field-purpose-long"));
        }
        let hours = self.hours(t, errors);
        let join = JoinRule::parse(&self.join);
        if join.is_none() {
            errors.add("join", t.say("groups-field-join-wrong"));
        }
        let language = if matches!(self.language.as_str(), "en" | "nl" | "da") { self.language.clone() } else { String::new() };
        let (Some(name), Some(join), true) = (name, join, errors.is_empty()) else { return None };
        Some(Charter {
            name,
            purpose: self.purpose.trim().to_owned(),
            rules: rules_from(&self.rules),
            hours,
            join,
            language,
            listed: !self.unlisted,
        })
    }

    fn hours(&self, t: Words, errors: &mut Errors) -> Option<Hours> {
        let (from, until) = (self.from.trim(), self.until.trim());
        if self.day.is_empty() && from.is_empty() && until.is_empty() {
            return None;
        }
        if self.day.is_empty() {
            errors.add("day", t.say("groups-field-day-missing"));
        }
        let (from, until) = (minutes(from), minutes(until));
        if from.is_none() {
            errors.add("from", t.say("groups-field-time-wrong"));
        }
        if until.is_none() {
            errors.add("until", t.say("groups-field-time-wrong"));
        }
        let hours = Hours::new(self.day.iter().copied(), from?, until?);
        if hours.is_none() {
            errors.add("until", t.say("groups-field-until-early"));
        }
        hours
    }
}

#[derive(Template)]
#[template(path = "features/groups/pages/charter.html")]
struct CharterPage {
    shell: Shell,
    /// Address of the group that is changed; empty when one is founded.
    group: String,
    archived: bool,
    form: CharterForm,
    personas: Vec<Choice>,
    days: Vec<Choice>,
    joins: Vec<Choice>,
    reaches: Vec<Choice>,
    partners: Vec<Choice>,
    languages: Vec<Choice>,
    errors: Errors,
}

impl CharterPage {
    fn of(ctx: &Ctx, title: &str, form: CharterForm, errors: Errors) -> Self {
        let t = ctx.t;
        let pick = |value: &str, key: &str, now: &str| Choice::new(value, t.say(key)).chosen_if(value == now);
        Self {
            shell: ctx.shell(t.say(title)),
            group: String::new(),
            archived: false,
            personas: Vec::new(),
            days: (0..7).map(|day| Choice::new(day.to_string(), terms::day(&t, day)).chosen_if(form.day.contains(&day))).collect(),
            joins: vec![
                pick("open", "groups-join-open", &form.join),
                pick("ask", "groups-join-ask", &form.join),
                pick("invite", "groups-join-invite", &form.join),
            ],
            reaches: vec![
                pick("house", "groups-reach-house", &form.reach).with_hint(t.say("groups-reach-house-hint")),
                pick("partners", "groups-reach-partners", &form.reach).with_hint(t.say("groups-reach-partners-hint")),
            ],
            partners: Vec::new(),
            languages: vec![
                pick("", "groups-language-any", &form.language),
                pick("en", "groups-language-en", &form.language),
                pick("nl", "groups-language-nl", &form.language),
                pick("da", "groups-language-da", &form.language),
            ],
            form,
            errors,
        }
    }

    fn founding(ctx: &Ctx, form: CharterForm, errors: Errors, personas: &[Persona], partners: &[Partner]) -> Self {
        let mut page = Self::of(ctx, "groups-new", form, errors);
        let chosen = page.form.persona.clone();
        page.personas = personas
            .iter()
            .enumerate()
            .map(|(at, persona)| {
                let now = if chosen.is_empty() { at == 0 } else { chosen == persona.id.as_str() };
                Choice::new(persona.id.as_str(), persona.name.as_str()).chosen_if(now)
            })
            .collect();
        page.partners = partner_choices(partners, |partner| page.form.partner.iter().any(|id| id == partner.id.as_str()));
        page
    }
}

/// Active partners as tick boxes.
pub(super) fn partner_choices(partners: &[Partner], chosen: impl Fn(&Partner) -> bool) -> Vec<Choice> {
    let choice = |partner: &Partner| {
        Choice::new(partner.id.as_str(), partner.name.as_str()).with_hint(partner.origin.host()).chosen_if(chosen(partner))
    };
    partners.iter().map(choice).collect()
}

/// `GET /groups/new`
pub async fn new(State(site): State<Shared>, member: Member, ctx: Ctx) -> Result<Response, Problem> {
    member.at_least(AccountRole::Host)?;
    let form = CharterForm::starting(ctx.t, ctx.lang.code());
    founding_page(&site, &member, &ctx, form, Errors::none()).await
}

async fn founding_page(site: &Shared, member: &Member, ctx: &Ctx, form: CharterForm, errors: Errors) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let personas = personas::of_account(&mut conn, &member.account).await?;
    let partners = active(partners::list(&mut conn).await?);
    let wrong = !errors.is_empty();
    let page = Html(CharterPage::founding(ctx, form, errors, &personas, &partners));
    Ok(if wrong { page.with_status(StatusCode::UNPROCESSABLE_ENTITY) } else { page.into_response() })
}

/// Partners with which things flow now.
pub(super) fn active(partners: Vec<Partner>) -> Vec<Partner> {
    partners.into_iter().filter(|partner| partner.state == PartnerState::Active).collect()
}

/// `POST /groups`
pub async fn found(
    State(site): State<Shared>,
    member: Option<Member>,
    ctx: Ctx,
    Form(form): Form<CharterForm>,
) -> Result<Response, Problem> {
    let Some(member) = member else { return super::signed_out(&ctx, "/groups/new", &form.texts()) };
    member.at_least(AccountRole::Host)?;
    let mut errors = Errors::none();
    let charter = form.charter(ctx.t, &mut errors);
    let reach = Reach::parse(&form.reach);
    let chosen: Vec<Id> = form.partner.iter().filter_map(|id| Id::parse(id)).collect();
    if reach == Reach::Partners && chosen.is_empty() {
        errors.add("partner", ctx.t.say("groups-field-partner-missing"));
    }
    let persona = {
        let mut conn = site.db.read().await?;
        let own = personas::of_account(&mut conn, &member.account).await?;
        own.into_iter().find(|persona| persona.id.as_str() == form.persona)
    };
    if persona.is_none() {
        errors.add("persona", ctx.t.say("groups-field-persona-missing"));
    }
    let (Some(charter), Some(persona), true) = (charter, persona, errors.is_empty()) else {
        return founding_page(&site, &member, &ctx, form, errors).await;
    };
    let key = site.fresh_key().await?;
    let here = site.here();
    let founding =
        Founding { charter: &charter, founder: &persona.id, reach, partners: if reach == Reach::Partners { &chosen } else { &[] } };
    let mut tx = site.db.begin().await?;
    match actions::create(&mut tx, &here, &key, founding).await {
        Ok(group) => {
            tx.commit().await?;
            Ok(see_other_with_notice(&format!("/g/{}", group.id), "groups-founded"))
        }
        Err(error) if error.is_about_readers() => {
            drop(tx);
            errors.add("partner", ctx.t.say(error.key()));
            founding_page(&site, &member, &ctx, form, errors).await
        }
        Err(error) => Err(refused(error, "/groups/new".to_owned())),
    }
}

/// `GET /g/{id}/edit`
pub async fn edit(State(site): State<Shared>, member: Member, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let (look, _) = Look::as_host(&mut conn, &member, &id, site.here().now).await?;
    Ok(Html(edit_page(&ctx, &look.group, CharterForm::of(&look.group), Errors::none())).into_response())
}

fn edit_page(ctx: &Ctx, group: &Group, form: CharterForm, errors: Errors) -> CharterPage {
    let mut page = CharterPage::of(ctx, "groups-edit", form, errors);
    page.group = format!("/g/{}", group.id);
    page.archived = group.archived_at.is_some();
    page
}

/// `POST /g/{id}/edit`
pub async fn change(
    State(site): State<Shared>,
    member: Option<Member>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<CharterForm>,
) -> Result<Response, Problem> {
    let here = site.here();
    let Some(member) = member else { return super::signed_out(&ctx, "/groups", &form.texts()) };
    let (look, acting) = {
        let mut conn = site.db.read().await?;
        Look::as_host(&mut conn, &member, &id, here.now).await?
    };
    let mut errors = Errors::none();
    let Some(charter) = form.charter(ctx.t, &mut errors) else {
        return Ok(Html(edit_page(&ctx, &look.group, form, errors)).with_status(StatusCode::UNPROCESSABLE_ENTITY));
    };
    let about = format!("/g/{}/about", look.group.id);
    let mut tx = site.db.begin().await?;
    actions::edit(&mut tx, &here, &look.group.id, &acting.actor, &charter).await.map_err(|error| refused(error, about.clone()))?;
    tx.commit().await?;
    Ok(see_other_with_notice(&about, "groups-saved"))
}

/// `POST /g/{id}/archive`
pub async fn archive(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    rest(&site, &member, &id, true).await
}

/// `POST /g/{id}/reopen`
pub async fn reopen(State(site): State<Shared>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    rest(&site, &member, &id, false).await
}

async fn rest(site: &Shared, member: &Member, id: &str, archived: bool) -> Result<Response, Problem> {
    let here = site.here();
    let (look, acting) = {
        let mut conn = site.db.read().await?;
        Look::as_host(&mut conn, member, id, here.now).await?
    };
    let about = format!("/g/{}/about", look.group.id);
    let mut tx = site.db.begin().await?;
    let done = if archived {
        actions::archive(&mut tx, &here, &look.group.id, &acting.actor).await
    } else {
        actions::reopen(&mut tx, &here, &look.group.id, &acting.actor).await
    };
    done.map_err(|error| refused(error, about.clone()))?;
    tx.commit().await?;
    Ok(if archived { see_other_with_notice(&about, "groups-archived") } else { see_other(&about) })
}
