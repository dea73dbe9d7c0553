//! Pages about partners: what every member can read of the houses we share with, and for admins the desk of partnerships, our
//! own declaration, the rules, the dry run, and the queue; for hosts what another choice of readers would change. No page here shows what was said or who said it.

mod desk;
mod look;
mod one;
mod own;
mod parked;
mod policy;
mod public;
mod queue;
mod readers;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};

use crate::audit::By;
use crate::base::Id;
use crate::features::accounts::Member;
use crate::features::groups::{Hours, terms};
use crate::federation::declaration::Declaration;
use crate::federation::partners::{self, Partner};
use crate::site::Shared;
use crate::web::{Ctx, Problem, Words, see_other_with_notice};

use super::actions::PartnerError;
use super::agreement::Terms;

/// What a message is, in words: whoever looks at these pages does not have to know the protocol.
fn kind_of(t: Words, verb: &str) -> String {
    let known = ["accept", "announce", "create", "delete", "flag", "follow", "offer", "read", "reject", "undo", "update"];
    let verb = verb.to_lowercase();
    t.say(format!("partners-verb-{}", if known.contains(&verb.as_str()) { verb.as_str() } else { "other" }))
}

/// The routes of this feature.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/partners", get(public::list))
        .route("/partners/{id}", get(public::one))
        .route("/g/{id}/readers/look", get(readers::back).post(readers::look))
        .route("/admin/partners", get(desk::desk).post(desk::add))
        .route("/admin/partners/{id}", get(one::show))
        .route("/admin/partners/{id}/accept", post(one::accept))
        .route("/admin/partners/{id}/decline", post(one::decline))
        .route("/admin/partners/{id}/looked", post(one::looked))
        .route("/admin/partners/{id}/terms", post(one::change_terms))
        .route("/admin/partners/{id}/declaration", post(one::write_down))
        .route("/admin/partners/{id}/signed", get(one::signed).post(one::attach))
        .route("/admin/partners/{id}/rules", post(policy::change_partner))
        .route("/admin/partners/{id}/test", post(one::test))
        .route("/admin/partners/{id}/pause", post(one::pause))
        .route("/admin/partners/{id}/resume", post(one::resume))
        .route("/admin/partners/{id}/end", post(one::end))
        .route("/admin/agreement", get(own::show).post(own::save))
        .route("/admin/policy", get(policy::show).post(policy::change_house))
        .route("/admin/policy/rules.toml", get(policy::export))
        .route("/admin/policy/import", post(policy::import))
        .route("/admin/policy/dry-run", get(look::what_if))
        .route("/admin/queue", get(queue::queue))
        .route("/admin/queue/parked", get(parked::show))
        .route("/admin/queue/parked/{id}/retry", post(parked::retry))
        .route("/admin/queue/{partner}/{seq}/retry", post(queue::retry))
}

/// One partner as a page shows it.
struct Row {
    id: String,
    name: String,
    origin: String,
    state: &'static str,
    handshake: bool,
    /// Since when it is active; empty when it is not.
    since: String,
}

fn row(ctx: &Ctx, partner: &Partner) -> Row {
    Row {
        id: partner.id.to_string(),
        name: partner.name.clone(),
        origin: partner.origin.to_string(),
        state: partner.state.as_str(),
        handshake: partner.handshake,
        // "Paused since" or "ended since" the day on which it began would be wrong.
        since: partner.started_at.filter(|_| partner.state == partners::State::Active).map(|at| ctx.t.date(at)).unwrap_or_default(),
    }
}

async fn found(site: &Shared, id: &str) -> Result<Partner, Problem> {
    let id = Id::parse(id).ok_or(Problem::NotFound)?;
    let mut conn = site.db.read().await?;
    partners::by_id(&mut conn, &id).await?.ok_or(Problem::NotFound)
}

/// Who acts, for the audit log.
fn by(member: &Member) -> By<'_> {
    By::person(member.account.as_str(), member.role.as_str())
}

/// Back to where it was done, with what came of it.
fn done<T>(result: Result<T, PartnerError>, back: String, notice: &'static str) -> Result<Response, Problem> {
    match result {
        Ok(_) => Ok(see_other_with_notice(&back, notice)),
        Err(PartnerError::Db(error)) => Err(error.into()),
        Err(error) => Err(Problem::Refused { key: error.key(), back }),
    }
}

/// What a house declares, as lines of a list: label and value.
fn declared_lines(t: Words, said: &Declaration) -> Vec<(String, String)> {
    let hours = Hours::parse(&said.hours).map_or_else(|| said.hours.clone(), |hours| terms::hours(&t, &hours));
    let line = |key: &str, value: String| (t.say(key), value);
    vec![
        line("partners-field-purpose", said.purpose.clone()),
        line("partners-field-role", t.say(format!("partners-role-{}", said.role.as_str()))),
        line("partners-field-country", said.country.clone()),
        line("partners-field-contact", said.contact.clone()),
        line("partners-field-hours", hours),
        line("partners-field-worry", said.worry_contact.clone()),
        line("partners-field-retention", t.with("partners-days", &[("count", &said.retention_days)])),
    ]
}

/// What may flow, in words.
fn flow_words(t: Words, terms: &Terms) -> Vec<String> {
    let say = |may: bool, yes: &str, no: &str| t.say(if may { yes } else { no });
    let mut words = vec![
        say(terms.flows.groups, "partners-flow-groups-yes", "partners-flow-groups-no"),
        say(terms.flows.media, "partners-flow-media-yes", "partners-flow-media-no"),
        say(terms.flows.directory, "partners-flow-directory-yes", "partners-flow-directory-no"),
    ];
    words.push(match terms.expires {
        Some(end) => t.with("partners-until", &[("date", &t.date(end))]),
        None => t.say("partners-no-end"),
    });
    words
}
