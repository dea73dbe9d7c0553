//! What a person at the desk does with a case: take it, remove the post, pause or talk, close it, and say yes or no as the second
//! person. Every look and every decision is written into the audit log in the same unit of work. A person is taken out of a
//! group only when two agreed; who removed a post never judges the appeal.

use std::time::Duration;

use crate::audit::{self, By, Event, What};
use crate::base::{Id, html};
use crate::db::{Conn, DbError, Tx};
use crate::features::groups;
use crate::features::personas;
use crate::features::posts::{self, Post, State as PostState};
use crate::federation::actors;
use crate::federation::here::Here;

use super::super::case::{Case, Kind, Outcome, Proposal, Report, State, Status, Step, after};
use super::super::sight::{Sight, Viewer};
use super::super::store::{self, reports};
use super::standing::spread;
use super::{CaseError, new_case};

/// Longest reason for a pause or for taking somebody out, in characters.
pub const MAX_REASON: usize = 500;

/// A case as somebody at the desk sees it.
#[derive(Clone, Debug)]
pub struct Open {
    /// The case.
    pub case: Case,
    /// What they may see and do.
    pub sight: Sight,
    /// What was told.
    pub reports: Vec<Report>,
    /// The post; only for moderators of its group.
    pub post: Option<Post>,
    /// The name the writer goes by in the group.
    pub author_name: String,
    /// The names of those who said that one may talk to them about it.
    pub willing: Vec<String>,
}

/// The case, if it exists for this person.
async fn found(conn: &mut Conn, here: &Here, who: &Viewer, id: &Id) -> Result<(Case, Sight), CaseError> {
    let case = store::by_id(conn, id).await?.ok_or(CaseError::NotFound)?;
    let sight = who.sees(&case, here.now).ok_or(CaseError::NotFound)?;
    Ok((case, sight))
}

/// The same, held against others until the end of the unit of work, in the hands of this person.
async fn in_hand(tx: &mut Tx, here: &Here, who: &Viewer, id: &Id) -> Result<(Case, Sight), CaseError> {
    tx.lock(&format!("desk {id}")).await?;
    let (case, sight) = found(tx, here, who, id).await?;
    if !case.state.is_in_hand() {
        return Err(CaseError::NotAllowed);
    }
    if case.owner.as_ref() == Some(&who.account) { Ok((case, sight)) } else { Err(CaseError::NotYours) }
}

/// Whose data a case is about: the writer's, when they are of this house.
async fn client(conn: &mut Conn, case: &Case) -> Result<Option<Id>, DbError> {
    match &case.author {
        Some(author) => Ok(personas::by_id(conn, author).await?.map(|persona| persona.account)),
        None => Ok(None),
    }
}

struct Entry<'a> {
    what: What,
    case: &'a Case,
    ground: &'a str,
    words: &'a str,
    /// The second person, where there are two.
    responsible: &'a str,
}

async fn write_down(tx: &mut Tx, here: &Here, who: &Viewer, entry: Entry<'_>) -> Result<(), DbError> {
    let client = client(tx, entry.case).await?;
    let by = By { responsible: entry.responsible, ..By::person(who.account.as_str(), who.role.as_str()) };
    let event = Event {
        at: here.now,
        what: entry.what,
        done: true,
        by,
        purpose: "safety",
        object: ("case", entry.case.id.as_str()),
        client: client.as_ref().map_or("", Id::as_str),
        ground: entry.ground,
        words: entry.words,
    };
    audit::record(tx, &event).await
}

async fn decided(tx: &mut Tx, here: &Here, who: &Viewer, (case, sight): (&Case, &Sight), words: &str) -> Result<(), DbError> {
    let entry = Entry { what: What::Case, case, ground: sight.ground(), words, responsible: "" };
    write_down(tx, here, who, entry).await
}

fn step(case: &mut Case, step: Step) -> Result<(), CaseError> {
    case.state = after(case.state, step, case.appealed).ok_or(CaseError::NotAllowed)?;
    Ok(())
}

/// Looks at a case, which is written down.
///
/// # Errors
/// When it does not exist for this person.
pub async fn look(tx: &mut Tx, here: &Here, who: &Viewer, id: &Id) -> Result<Open, CaseError> {
    let (case, sight) = found(tx, here, who, id).await?;
    let reports = reports::of_case(tx, &case.id).await?;
    let post = match &case.post {
        Some(post) => posts::by_id(tx, post).await?,
        None => None,
    };
    let author_name = match &case.author {
        Some(author) => actors::by_id(tx, author).await?.map(|actor| actor.name).unwrap_or_default(),
        None => String::new(),
    };
    let mut willing = Vec::new();
    for persona in reports.iter().filter(|report| report.may_talk).filter_map(|report| report.reporter.as_ref()) {
        willing.extend(personas::by_id(tx, persona).await?.map(|persona| persona.name));
    }
    willing.sort_unstable();
    willing.dedup();
    let words = if sight.text { "case and post" } else { "case" };
    write_down(tx, here, who, Entry { what: What::Looked, case: &case, ground: sight.ground(), words, responsible: "" }).await?;
    let post = post.filter(|_| sight.text);
    Ok(Open { case, sight, reports, post, author_name, willing })
}

/// Takes a case. Whoever told something in it hears that a person has it now.
///
/// # Errors
/// When somebody has it and did something with it in the last day, or it is an appeal against this person's own decision.
pub async fn take(tx: &mut Tx, here: &Here, who: &Viewer, id: &Id) -> Result<(), CaseError> {
    tx.lock(&format!("desk {id}")).await?;
    let (mut case, sight) = found(tx, here, who, id).await?;
    if case.owner.as_ref() == Some(&who.account) {
        return Ok(());
    }
    if case.decided_by.as_ref() == Some(&who.account) {
        return Err(CaseError::SamePerson);
    }
    let over = case.rests(here.now);
    if case.state.is_in_hand() && !over {
        return Err(CaseError::NotYours);
    }
    if !over {
        step(&mut case, Step::Take)?;
    }
    case.owner = Some(who.account.clone());
    store::save(tx, &case, here.now).await?;
    spread(tx, here, &case, Status::Taken, None).await?;
    Ok(decided(tx, here, who, (&case, &sight), if over { "taken over" } else { "taken" }).await?)
}

/// Gives a case back, for somebody else to take.
///
/// # Errors
/// When it is not in this person's hands.
pub async fn give_back(tx: &mut Tx, here: &Here, who: &Viewer, id: &Id) -> Result<(), CaseError> {
    let (mut case, sight) = in_hand(tx, here, who, id).await?;
    step(&mut case, Step::GiveBack)?;
    case.owner = None;
    store::save(tx, &case, here.now).await?;
    Ok(decided(tx, here, who, (&case, &sight), "given back").await?)
}

/// Removes the post with rule and reason, which the writer reads together with how to ask somebody else.
///
/// # Errors
/// When this person does not moderate the group, or without a reason.
pub async fn remove_post(tx: &mut Tx, here: &Here, who: &Viewer, id: &Id, reason: &str) -> Result<(), CaseError> {
    let (mut case, sight) = in_hand(tx, here, who, id).await?;
    let post = case.post.clone().ok_or(CaseError::NotAllowed)?;
    sight.acts_as.as_ref().ok_or(CaseError::NotAllowed)?;
    posts::remove(tx, here, &post, &who.personas, reason).await?;
    step(&mut case, Step::Explain)?;
    store::save(tx, &case, here.now).await?;
    Ok(decided(tx, here, who, (&case, &sight), "post removed").await?)
}

/// Pauses the writer in this group for some days, with a reason they read.
///
/// # Errors
/// When this person may not, or without a reason.
pub async fn pause(tx: &mut Tx, here: &Here, who: &Viewer, id: &Id, (days, reason): (u64, &str)) -> Result<(), CaseError> {
    let (mut case, sight) = in_hand(tx, here, who, id).await?;
    let acts_as = sight.acts_as.clone().ok_or(CaseError::NotAllowed)?;
    let membership = writers_membership(tx, &case).await?;
    let until = here.now.plus(Duration::from_hours(days.clamp(1, 366).saturating_mul(24)));
    groups::pause(tx, here, (&membership.group, &acts_as), &membership.id, until, reason).await?;
    step(&mut case, Step::Explain)?;
    store::save(tx, &case, here.now).await?;
    Ok(decided(tx, here, who, (&case, &sight), &format!("paused {days}")).await?)
}

async fn writers_membership(conn: &mut Conn, case: &Case) -> Result<groups::Membership, CaseError> {
    let (Some(group), Some(author)) = (&case.group, &case.author) else { return Err(CaseError::NotAllowed) };
    groups::membership_of(conn, group, author).await?.ok_or(CaseError::NotFound)
}

/// Notes that somebody talks with the writer.
///
/// # Errors
/// When it is not in this person's hands.
pub async fn talk(tx: &mut Tx, here: &Here, who: &Viewer, id: &Id) -> Result<(), CaseError> {
    let (mut case, sight) = in_hand(tx, here, who, id).await?;
    step(&mut case, Step::Act)?;
    store::save(tx, &case, here.now).await?;
    Ok(decided(tx, here, who, (&case, &sight), "talking").await?)
}

/// Proposes to take the writer out of the group. Nothing happens before a second person agreed.
///
/// # Errors
/// When this person does not moderate the group, or without a reason.
pub async fn propose_out(tx: &mut Tx, here: &Here, who: &Viewer, id: &Id, reason: &str) -> Result<(), CaseError> {
    let (mut case, sight) = in_hand(tx, here, who, id).await?;
    let actor = sight.acts_as.clone().ok_or(CaseError::NotAllowed)?;
    let reason = html::one_line(reason, MAX_REASON);
    if reason.is_empty() {
        return Err(CaseError::NoReason);
    }
    writers_membership(tx, &case).await?;
    step(&mut case, Step::Act)?;
    case.out = Some(Proposal { by: who.account.clone(), actor, reason });
    store::save(tx, &case, here.now).await?;
    Ok(decided(tx, here, who, (&case, &sight), "proposed to take out").await?)
}

/// Proposes to take somebody out of a group of this house, without a report before it: a case that waits for a second person.
///
/// # Errors
/// When this person does not moderate the group, or without a reason.
pub async fn propose_from_the_group(
    tx: &mut Tx,
    here: &Here,
    who: &Viewer,
    (group, membership): (&Id, &Id),
    reason: &str,
) -> Result<Id, CaseError> {
    let group = groups::load(tx, group).await?.filter(groups::Group::is_local).ok_or(CaseError::NotFound)?;
    let membership = groups::membership_by_id(tx, membership).await?.filter(|whom| whom.group == group.id).ok_or(CaseError::NotFound)?;
    let case = Case {
        group: Some(group.id.clone()),
        author: Some(membership.actor.clone()),
        // Whoever keeps the house safe may be the second person.
        for_staff: true,
        state: State::Acting,
        owner: Some(who.account.clone()),
        ..new_case(here, Kind::Report)
    };
    let sight = who.sees(&case, here.now).ok_or(CaseError::NotFound)?;
    let actor = sight.acts_as.clone().ok_or(CaseError::NotFound)?;
    let me = groups::membership_of(tx, &group.id, &actor).await?.ok_or(CaseError::NotFound)?;
    if !groups::may_act_on(here.now, &me, &membership) {
        return Err(CaseError::NotAllowed);
    }
    let reason = html::one_line(reason, MAX_REASON);
    if reason.is_empty() {
        return Err(CaseError::NoReason);
    }
    store::insert(tx, &case).await?;
    let case = Case { out: Some(Proposal { by: who.account.clone(), actor, reason }), ..case };
    store::save(tx, &case, here.now).await?;
    decided(tx, here, who, (&case, &sight), "proposed to take out").await?;
    Ok(case.id)
}

/// The second person says yes or no to taking the writer out of the group.
///
/// # Errors
/// When nothing is proposed, or by the same person.
pub async fn second(tx: &mut Tx, here: &Here, who: &Viewer, id: &Id, yes: bool) -> Result<(), CaseError> {
    tx.lock(&format!("desk {id}")).await?;
    let (mut case, sight) = found(tx, here, who, id).await?;
    let proposal = case.out.take().ok_or(CaseError::NotAllowed)?;
    if proposal.by == who.account {
        return Err(CaseError::SamePerson);
    }
    if yes {
        let membership = writers_membership(tx, &case).await?;
        groups::remove(tx, here, (&membership.group, &proposal.actor), &membership.id, &proposal.reason).await?;
        step(&mut case, Step::Explain)?;
    }
    store::save(tx, &case, here.now).await?;
    let words = if yes { "taken out by two" } else { "not taken out" };
    let entry = Entry { what: What::Case, case: &case, ground: sight.ground(), words, responsible: proposal.by.as_str() };
    Ok(write_down(tx, here, who, entry).await?)
}

/// Closes a case. Whoever told something in it hears how it ended.
///
/// # Errors
/// When it is not in this person's hands, or the outcome is not what happened.
pub async fn close(tx: &mut Tx, here: &Here, who: &Viewer, id: &Id, outcome: Outcome) -> Result<(), CaseError> {
    let (mut case, sight) = in_hand(tx, here, who, id).await?;
    if !Outcome::choices(case.appealed).contains(&outcome) {
        return Err(CaseError::NotAllowed);
    }
    if outcome == Outcome::Removed {
        let post = match &case.post {
            Some(post) => posts::by_id(tx, post).await?,
            None => None,
        };
        if post.is_none_or(|post| post.state != PostState::Removed) {
            return Err(CaseError::StillThere);
        }
    }
    step(&mut case, Step::Close)?;
    case.outcome = Some(outcome);
    case.out = None;
    case.closed_at = Some(here.now);
    store::save(tx, &case, here.now).await?;
    spread(tx, here, &case, Status::Closed, Some(outcome)).await?;
    Ok(decided(tx, here, who, (&case, &sight), &format!("closed {}", outcome.as_str())).await?)
}

/// Looks up who the writer is, for a worry that this person has taken. Gives the account; the look is written down.
///
/// # Errors
/// When it is no worry in this person's hands, or the writer is of another house.
pub async fn who_is(tx: &mut Tx, here: &Here, who: &Viewer, id: &Id) -> Result<Id, CaseError> {
    let (case, _) = in_hand(tx, here, who, id).await?;
    if case.kind != Kind::Worry || !who.is_staff() {
        return Err(CaseError::NotAllowed);
    }
    let account = client(tx, &case).await?.ok_or(CaseError::NotFound)?;
    let entry = Entry { what: What::Looked, case: &case, ground: "worry", words: "who the writer is", responsible: "" };
    write_down(tx, here, who, entry).await?;
    Ok(account)
}

/// The open cases that somebody may see, oldest first: worries before all else.
///
/// # Errors
/// When the database does not answer.
pub async fn open(conn: &mut Conn, here: &Here, who: &Viewer) -> Result<Vec<Case>, DbError> {
    let mut cases: Vec<Case> = store::open(conn).await?.into_iter().filter(|case| who.sees(case, here.now).is_some()).collect();
    cases.sort_by_key(|case| (case.kind != Kind::Worry, case.state.is_in_hand(), case.opened_at));
    Ok(cases)
}

/// The cases closed last that somebody may see.
///
/// # Errors
/// When the database does not answer.
pub async fn closed(conn: &mut Conn, here: &Here, who: &Viewer) -> Result<Vec<Case>, DbError> {
    Ok(store::closed(conn).await?.into_iter().filter(|case| who.sees(case, here.now).is_some()).collect())
}
