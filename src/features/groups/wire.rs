//! Groups in ActivityPub (groups.md rows 1, 2, 12–14): what we say, from closed structs, and how what others say is read.
//! Pure: no database, no clock. Nothing that came in is ever written again; only checked addresses and our own words.

use crate::base::html::{self, SafeHtml};
use crate::base::{Iri, Timestamp};
use crate::federation::Here;
use crate::federation::activity::{Act, Activity, ActorDocument, ActorOut, CollectionOut, FollowRef, ObjectKind, Outbound, PartyOut, Verb};
use crate::federation::actors::Actor;

use super::actions::GroupFacts;
use super::group::{Group, Hours, JoinRule, MAX_NAME, MAX_RULE, MAX_RULES, Organisation, handle_of};
use super::membership::{Answer, Role, Why};

/// Longest word to the hosts that is read, in characters.
pub const MAX_WORD: usize = 500;

/// A request to join, by its checked addresses.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The `Follow`.
    pub id: &'a Iri,
    /// Who asked.
    pub actor: &'a Iri,
    /// Which group.
    pub group: &'a Iri,
}

impl Request<'_> {
    fn rebuilt(self) -> FollowRef {
        FollowRef::new(self.id.clone(), self.actor.clone(), self.group.clone())
    }
}

/// Row 1: a persona of ours asks a group of a partner. `at` orders this wish among the persona's others.
pub fn ask(here: &Here, persona: &Iri, group: &Iri, word: &str, at: Timestamp) -> Outbound<Act<Iri>> {
    let mut act = Act::new(here.activity_uri(), Verb::Follow, persona.clone(), group.clone()).to([group.clone()]);
    act.content = (!word.trim().is_empty()).then(|| html::clean(&escaped(word)));
    act.published = Some(at);
    Outbound::new(act)
}

/// Plain text as HTML text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Row 12: a persona of ours takes its request back, which is how it leaves.
pub fn undo(here: &Here, request: Request<'_>, at: Timestamp) -> Outbound<Act<FollowRef>> {
    let mut act = Act::new(here.activity_uri(), Verb::Undo, request.actor.clone(), request.rebuilt()).to([request.group.clone()]);
    act.published = Some(at);
    Outbound::new(act)
}

/// What the home of a group decided about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// In, with this role.
    In {
        /// What they may do.
        role: Role,
    },
    /// In, but not writing until then, and why.
    Paused {
        /// The end.
        until: Timestamp,
        /// The hosts' words.
        reason: &'a str,
    },
    /// Not let in, or taken out: the hosts' words, or a rule.
    Refused {
        /// The hosts' words; may be empty.
        reason: &'a str,
        /// The rule.
        outcome: Option<Why>,
    },
}

/// The stable name of a rule on the wire, and its English sentence.
const fn rule(why: Why) -> (&'static str, &'static str) {
    match why {
        Why::Archived => ("archived", "This group is closed for new members."),
        Why::InviteOnly => ("invite-only", "This group can be joined with an invitation only."),
        Why::Removed => ("removed", "The hosts of this group have taken this persona out."),
    }
}

/// Rows 2 and 13: the answer of a group to a request. The request in it is rebuilt from checked addresses.
pub fn verdict(here: &Here, request: Request<'_>, guest: Option<&Iri>, verdict: Verdict<'_>) -> Outbound<Act<FollowRef>> {
    let verb = if matches!(verdict, Verdict::In { .. }) { Verb::Accept } else { Verb::Reject };
    let mut act = Act::new(here.activity_uri(), verb, request.group.clone(), request.rebuilt()).to([request.actor.clone()]);
    act.published = Some(here.now);
    let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    match verdict {
        Verdict::In { role } => {
            act.result = guest.cloned();
            act.outcome = Some(role.as_str().to_owned());
        }
        Verdict::Paused { until, reason } => {
            act.result = guest.cloned();
            act.summary = said(reason);
            act.end_time = Some(until);
        }
        Verdict::Refused { reason, outcome } => {
            let (name, sentence) = outcome.map(rule).unzip();
            act.summary = said(reason).or_else(|| sentence.map(ToOwned::to_owned));
            act.outcome = name.map(ToOwned::to_owned);
        }
    }
    Outbound::new(act)
}

/// What an answer to a request of ours says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Yes, no, or a pause.
    pub answer: Answer,
    /// The hosts' words, plain text.
    pub reason: String,
    /// Our persona's guest persona.
    pub guest: Option<Iri>,
    /// What our persona may do there.
    pub role: Role,
}

/// Reads an answer (rows 2 and 13). The guest persona counts only on the group's own origin.
pub fn heard(activity: &Activity) -> Heard {
    let guest = activity.result.clone().filter(|guest| guest.origin() == activity.actor.origin());
    let outcome = activity.haven.outcome.as_deref();
    let answer = match (activity.verb, activity.end_time) {
        (Verb::Accept, _) => Answer::Yes,
        (_, Some(until)) => Answer::Pause(until),
        _ => Answer::No,
    };
    let reason = match (answer, outcome) {
        (Answer::Yes, _) => String::new(),
        // A rule that we know is said in the reader's own language.
        (Answer::No, Some(code @ ("archived" | "invite-only" | "removed"))) => format!("{CODED}{code}"),
        _ => html::one_line(&html::plain_text(&html::clean(activity.summary.as_deref().unwrap_or_default())), 2 * MAX_WORD),
    };
    Heard { answer, reason, guest, role: outcome.and_then(Role::parse).unwrap_or(Role::Member) }
}

/// Marks a stored reason as the name of a rule; no line of plain text begins with it.
pub const CODED: &str = "\u{1f}";

/// The word to the hosts in a request, as plain text.
pub fn word(activity: &Activity) -> String {
    html::one_line(&html::plain_text(&html::clean(activity.content.as_deref().unwrap_or_default())), MAX_WORD)
}

/// A group of ours as partners read it.
pub fn document(group: &Group, actor: &Actor, readers: Vec<Organisation>) -> ActorOut {
    let below = |part: &str| group.uri.origin().at(&format!("{}/{part}", group.uri.url().path()));
    let mut out = ActorOut::new(group.uri.clone(), ObjectKind::Group, handle_of(&group.name), actor.public_key.clone());
    out.name = Some(group.name.clone());
    out.summary = Some(group.purpose_html.clone());
    out.followers = Some(below("followers"));
    out.attributed_to = Some(below("moderators"));
    out.published = Some(group.founded_at);
    out.updated = Some(group.updated_at);
    out.shared_with = Some(readers.into_iter().filter_map(party).collect());
    out.answering_hours = group.hours.as_ref().map(ToString::to_string);
    out.join_rule = Some(group.join.as_str().to_owned());
    out.rules.clone_from(&group.rules);
    out.host_name = Some(group.host_name.clone()).filter(|name| !name.is_empty());
    out.language = Some(group.language.clone()).filter(|tag| !tag.is_empty());
    out.archived = group.archived_at.is_some();
    out
}

fn party(organisation: Organisation) -> Option<PartyOut> {
    Some(PartyOut { id: Iri::parse(&organisation.id).ok()?, name: organisation.name })
}

/// Row 14: a group of ours says how it is now.
pub fn update(here: &Here, group: &Group, actor: &Actor, readers: Vec<Organisation>) -> Outbound<Act<ActorOut>> {
    let mut act = Act::new(here.activity_uri(), Verb::Update, group.uri.clone(), document(group, actor, readers));
    act.to = vec![group.uri.origin().at(&format!("{}/followers", group.uri.url().path()))];
    act.published = Some(group.updated_at);
    Outbound::new(act)
}

/// A collection below a group: how many there are for the asker, and which.
pub fn collection(group: &Group, part: &str, items: Vec<Iri>) -> Outbound<CollectionOut> {
    let id = group.uri.origin().at(&format!("{}/{part}", group.uri.url().path()));
    let mut out = CollectionOut::new(id, u64::try_from(items.len()).unwrap_or(u64::MAX));
    out.attributed_to = Some(group.uri.clone());
    out.ordered_items = Some(items);
    Outbound::new(out)
}

/// What a home says about its group, cleaned and bounded. `now` stands in where it does not say when.
pub fn facts(document: &ActorDocument, now: Timestamp) -> GroupFacts {
    let name = html::name_line(document.name.as_deref().unwrap_or_default(), MAX_NAME);
    let name = if name.is_empty() { html::name_line(document.preferred_username.as_deref().unwrap_or_default(), MAX_NAME) } else { name };
    let shared_with = document
        .shared_with
        .iter()
        .map(|party| Organisation { id: party.id.origin().to_string(), name: html::name_line(&party.name, 120) });
    GroupFacts {
        name,
        purpose: document.summary.as_deref().map_or_else(SafeHtml::default, html::clean),
        rules: document.rules.iter().map(|rule| html::name_line(rule, MAX_RULE)).filter(|rule| !rule.is_empty()).take(MAX_RULES).collect(),
        hours: document.answering_hours.as_deref().and_then(Hours::parse),
        language: document.language.clone().unwrap_or_default(),
        host_name: html::name_line(document.host_name.as_deref().unwrap_or_default(), MAX_NAME),
        join: document.join_rule.as_deref().and_then(JoinRule::parse).unwrap_or(JoinRule::Ask),
        shared_with: shared_with.collect(),
        archived: document.archived,
        updated: document.updated.or(document.published).unwrap_or(now),
    }
}
/// A persona or guest of ours says how it is called now.
pub fn renamed(here: &Here, actor: &Actor) -> Outbound<Act<ActorOut>> {
    let mut document = person(actor);
    document.updated = Some(here.now);
    let mut act = Act::new(here.activity_uri(), Verb::Update, actor.uri.clone(), document);
    act.published = Some(here.now);
    Outbound::new(act)
}

/// A group by its key and its inbox, and nothing that is said of it.
pub fn key_of(actor: &Actor) -> ActorOut {
    ActorOut::new(actor.uri.clone(), ObjectKind::Group, actor.id.to_string(), actor.public_key.clone())
}

/// The document of a persona or guest: the same shape for both, so that nobody can tell them apart (groups.md).
pub fn person(actor: &Actor) -> ActorOut {
    // The handle is the opaque id: it says nothing, and no two are alike.
    let mut document = ActorOut::new(actor.uri.clone(), ObjectKind::Person, actor.id.to_string(), actor.public_key.clone());
    document.name = Some(actor.name.clone());
    document
}
