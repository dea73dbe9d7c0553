//! Rows of the audit log in words: for the page of the log, and for a member's "Who looked?", where rows of one day that say
//! the same are one line. It invents nothing: a code that has no words is shown as it is.

use crate::audit::Kept;
use crate::web::Words;

/// One line of "Who looked?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The day of it (UTC), in milliseconds.
    pub day: i64,
    /// The partner by which it was done; empty: in this house.
    pub partner: String,
    /// In which role.
    pub role: String,
    /// What happened.
    pub event: String,
    /// Kind of data.
    pub object: String,
    /// What changed, or which part.
    pub words: String,
    /// On what ground.
    pub ground: String,
    /// Whether it was an emergency.
    pub emergency: bool,
    /// How often on that day.
    pub times: usize,
}

/// Rows about a person, newest first, with equal ones of a day as one line.
pub fn merged(rows: &[Kept]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for row in rows {
        let emergency = row.event == crate::audit::What::BrokenGlass.as_str();
        let line = Line {
            day: row.when().day().millis(),
            partner: if row.access == "partner" { row.user_id.clone() } else { String::new() },
            role: row.role.clone(),
            event: row.event.clone(),
            object: row.object_kind.clone(),
            words: row.words.clone(),
            ground: row.ground.clone(),
            emergency,
            times: 1,
        };
        let same = |known: &&mut Line| Line { times: known.times, ..line.clone() } == **known;
        match lines.iter_mut().rev().take_while(|known| known.day == line.day).find(same) {
            Some(known) => known.times += 1,
            None => lines.push(line),
        }
    }
    lines
}

/// A role in words.
pub fn role(t: Words, code: &str) -> String {
    role_key(code).map_or_else(|| code.to_owned(), |key| t.say(key))
}

fn role_key(code: &str) -> Option<&'static str> {
    Some(match code {
        "admin" => "oversight-role-admin",
        "moderator" => "oversight-role-moderator",
        "host" => "oversight-role-host",
        "auditor" => "oversight-role-auditor",
        "member" => "oversight-role-member",
        "group-host" => "oversight-role-group-host",
        "group-moderator" => "oversight-role-group-moderator",
        "operator" => "oversight-role-operator",
        "machine" => "oversight-role-machine",
        "partner" => "oversight-role-partner",
        "unproven" => "oversight-role-unproven",
        _ => return None,
    })
}

/// What happened, in words.
pub fn event(t: Words, code: &str) -> String {
    let key = match code {
        "policy-changed" => "oversight-event-policy",
        "partnership-changed" => "oversight-event-partnership",
        "role-changed" => "oversight-event-role",
        "looked" => "oversight-event-looked",
        "audit-read" => "oversight-event-audit",
        "broken-glass" => "oversight-event-glass",
        "exported" => "oversight-event-exported",
        "erased" => "oversight-event-erased",
        "frozen" => "oversight-event-frozen",
        "consent" => "oversight-event-consent",
        "case" => "oversight-event-case",
        "account-changed" => "oversight-event-account",
        "confidentiality" => "oversight-event-confidentiality",
        "objection" => "oversight-event-objection",
        "restored" => "oversight-event-restored",
        "incident" => "oversight-event-incident",
        "house-changed" => "oversight-event-house",
        "assessment" => "oversight-event-assessment",
        "request-refused" => "oversight-event-refused",
        other => return other.to_owned(),
    };
    t.say(key)
}

/// What a partner's request was refused for, in words with the code behind them; anything else as it was kept.
pub fn words(t: Words, event: &str, kept: &str) -> String {
    let (kind, code) = kept.split_once(' ').unwrap_or((kept, ""));
    let key = match kind {
        _ if event != crate::audit::What::Refused.as_str() => return kept.to_owned(),
        "signature" => "oversight-refused-signature",
        "malformed" => "oversight-refused-malformed",
        "forbidden" => "oversight-refused-forbidden",
        "rate" => "oversight-refused-rate",
        "effect" => "oversight-refused-effect",
        "more" => "oversight-refused-more",
        _ => return kept.to_owned(),
    };
    t.with(key, &[("code", code)])
}

/// Which data, in words.
pub fn object(t: Words, kind: &str) -> String {
    let key = match kind {
        "account" => "oversight-object-account",
        "accounts" => "oversight-object-accounts",
        "membership" => "oversight-object-membership",
        "group" => "oversight-object-group",
        "thread" => "oversight-object-thread",
        "partner" => "oversight-object-partner",
        "role" => "oversight-object-role",
        "house" => "oversight-object-house",
        "assessment" => "oversight-object-assessment",
        "audit" => "oversight-object-audit",
        "incident" => "oversight-object-incident",
        "database" => "oversight-object-database",
        "objection" => "oversight-object-objection",
        other => return other.to_owned(),
    };
    t.say(key)
}

/// On what ground, in words: a role, a link, the machine, or the id of a consent or break-glass.
pub fn ground(t: Words, code: &str) -> String {
    match code {
        "console" => t.say("oversight-ground-console"),
        "invitation" => t.say("oversight-ground-invitation"),
        "setup" => t.say("oversight-ground-setup"),
        other => match role_key(other) {
            Some(key) => t.with("oversight-ground-role", &[("role", &t.say(key))]),
            None => other.to_owned(),
        },
    }
}
