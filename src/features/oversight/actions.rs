//! Breaking the glass, step by step: asking, a second person's answer, reading, the end. Each step is a row of the audit log
//! in the same unit of work, with the id of the break-glass as its ground; without the row nothing is read.

use std::collections::BTreeSet;

use crate::audit::{self, By, Event, What};
use crate::base::Id;
use crate::db::{DbError, Tx};
use crate::features::accounts::{self, Account};
use crate::features::groups::{self, Footing, Group};
use crate::features::{personas, posts};
use crate::federation::Here;
use crate::federation::audience::Audience;
use crate::federation::policy::{self, Facts, Principal, Standing, Visible};

use super::glass::{self, Glass, OPEN_FOR, State, WAITS_FOR};
use super::store;

/// Why a step is not done. Each has a sentence in the words of this feature.
#[derive(Debug, thiserror::Error)]
pub enum GlassError {
    /// No such group of this house, or no such request.
    #[error("there is no such group or request here")]
    NotFound,
    /// Not for this role.
    #[error("your role does not allow this")]
    NotAllowed,
    /// Shorter than a sentence.
    #[error("write the reason in a sentence of at least 20 characters")]
    NoReason,
    /// Members read without it.
    #[error("you are in this group and can read it as it is")]
    Member,
    /// One request at a time.
    #[error("you asked for this group already")]
    Already,
    /// One's own request.
    #[error("somebody else has to agree")]
    Own,
    /// Answered, too old, or over.
    #[error("this request was answered already, or its time is over")]
    Over,
    /// Database trouble.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl GlassError {
    /// The key of the sentence for the person.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::NotFound => "oversight-error-not-found",
            Self::NotAllowed => "oversight-error-not-allowed",
            Self::NoReason => "oversight-error-no-reason",
            Self::Member => "oversight-error-member",
            Self::Already => "oversight-error-already",
            Self::Own => "oversight-error-own",
            Self::Over => "oversight-error-over",
            Self::Db(_) => "oversight-error-database",
        }
    }
}

/// The account with its role as it is now, if it may take part.
async fn staff(tx: &mut Tx, account: &Id) -> Result<Account, GlassError> {
    let found = accounts::by_id(tx, account).await?;
    found.filter(|account| !account.deactivated && glass::may_take_part(account.role)).ok_or(GlassError::NotAllowed)
}

fn by<'a>(who: &'a Account, responsible: &'a str) -> By<'a> {
    By { responsible, ..By::person(who.id.as_str(), who.role.as_str()) }
}

async fn written(
    tx: &mut Tx,
    here: &Here,
    by: By<'_>,
    glass: &Glass,
    (done, object, words): (bool, (&str, &str), &str),
) -> Result<(), DbError> {
    let event =
        Event { at: here.now, what: What::BrokenGlass, done, by, purpose: "safety", object, client: "", ground: glass.id.as_str(), words };
    audit::record(tx, &event).await
}

/// Asks to read a group of this house that one is not in.
///
/// # Errors
/// [`GlassError`].
pub async fn ask(tx: &mut Tx, here: &Here, account: &Id, group: &Id, typed: &str) -> Result<Glass, GlassError> {
    let who = staff(tx, account).await?;
    let reason = glass::reason_of(typed).ok_or(GlassError::NoReason)?;
    tx.lock(&format!("glass {group}")).await?;
    let group = groups::load(tx, group).await?.filter(Group::is_local).ok_or(GlassError::NotFound)?;
    let (_, footing) = where_they_stand(tx, account, &group).await?;
    if footing.active().is_some() {
        return Err(GlassError::Member);
    }
    let earlier = store::of_group(tx, &group.id, here.now.minus(WAITS_FOR)).await?;
    if earlier.iter().any(|earlier| earlier.asked_by == *account && (earlier.waits(here.now) || earlier.is_open(here.now))) {
        return Err(GlassError::Already);
    }
    let glass = Glass {
        id: here.id(),
        group: group.id,
        asked_by: account.clone(),
        asked_at: here.now,
        reason,
        state: State::Asked,
        answered_by: None,
        ends_at: None,
        told_at: None,
    };
    store::insert(tx, &glass).await?;
    let words = format!("asked: {}", glass.reason);
    written(tx, here, by(&who, ""), &glass, (true, ("group", glass.group.as_str()), &words)).await?;
    Ok(glass)
}

/// Answers as the second person. With yes the one who asked may read for an hour from now.
///
/// # Errors
/// [`GlassError`].
pub async fn answer(tx: &mut Tx, here: &Here, account: &Id, id: &Id, yes: bool) -> Result<(), GlassError> {
    let who = staff(tx, account).await?;
    let mut glass = locked(tx, id).await?;
    if glass.asked_by == *account {
        return Err(GlassError::Own);
    }
    if !glass.waits(here.now) {
        return Err(GlassError::Over);
    }
    glass.answered_by = Some(account.clone());
    glass.state = if yes { State::Open } else { State::Refused };
    glass.ends_at = yes.then(|| here.now.plus(OPEN_FOR));
    store::save(tx, &glass, here.now).await?;
    let words = if yes { "agreed" } else { "refused" };
    written(tx, here, by(&who, ""), &glass, (yes, ("group", glass.group.as_str()), words)).await?;
    Ok(())
}

/// Ends it early: the one who asked has seen enough, or the second person takes the agreement back.
///
/// # Errors
/// [`GlassError`].
pub async fn end(tx: &mut Tx, here: &Here, account: &Id, id: &Id) -> Result<(), GlassError> {
    let who = staff(tx, account).await?;
    let mut glass = locked(tx, id).await?;
    if glass.asked_by != *account && glass.answered_by.as_ref() != Some(account) {
        return Err(GlassError::NotAllowed);
    }
    if !glass.is_open(here.now) && !glass.waits(here.now) {
        return Err(GlassError::Over);
    }
    glass.state = State::Ended;
    store::save(tx, &glass, here.now).await?;
    written(tx, here, by(&who, ""), &glass, (true, ("group", glass.group.as_str()), "ended")).await?;
    Ok(())
}

async fn locked(tx: &mut Tx, id: &Id) -> Result<Glass, GlassError> {
    tx.lock(&format!("glass-row {id}")).await?;
    store::by_id(tx, id).await?.ok_or(GlassError::NotFound)
}

/// The asker as the policy knows them, and where they stand with the group.
async fn where_they_stand(tx: &mut Tx, account: &Id, group: &Group) -> Result<(Principal, Footing), DbError> {
    let personas = personas::ids_of(tx, account).await?;
    let principal = Principal::Member { personas };
    let footing = groups::footing(tx, &principal, group).await?;
    Ok((principal, footing))
}

/// What may be read now: the asker and the group for as long as one unit of work, which has written down that it is read.
pub struct Reading {
    /// The break-glass.
    pub glass: Glass,
    /// The group.
    pub group: Visible<Group>,
    /// Partner houses of which somebody wrote here: this house cannot tell those people, and staff is asked to.
    pub elsewhere: Vec<Id>,
    principal: Principal,
    footing: Footing,
    house: Audience,
}

impl Reading {
    /// Who asks, and what the policy decides on for everything in the group.
    pub fn asker(&self) -> (&Principal, Facts<'_>) {
        (&self.principal, emergency(&self.footing, &self.group, &self.house))
    }
}

/// The facts about somebody who is let in by an open break-glass.
fn emergency<'a>(footing: &'a Footing, group: &Group, house: &'a Audience) -> Facts<'a> {
    Facts { standing: Standing::Emergency, ..footing.facts(group, Some(house)) }
}

/// Begins to read: writes down who reads which part, tells the people whose words are there if they were not told yet, and
/// gives what the policy allows. `thread` is the conversation that is opened; without it the list is.
///
/// # Errors
/// [`GlassError`].
pub async fn read(tx: &mut Tx, here: &Here, account: &Id, id: &Id, thread: Option<&Id>) -> Result<Reading, GlassError> {
    let who = staff(tx, account).await?;
    let mut glass = locked(tx, id).await?;
    if glass.asked_by != *account {
        return Err(GlassError::NotFound);
    }
    let second = glass.answered_by.clone().filter(|_| glass.is_open(here.now)).ok_or(GlassError::Over)?;
    let group = groups::load(tx, &glass.group).await?.filter(Group::is_local).ok_or(GlassError::NotFound)?;
    let (principal, footing) = where_they_stand(tx, account, &group).await?;
    let house = Audience::house();
    let visible = policy::visible_to(&principal, &emergency(&footing, &group, &house), group.clone()).ok_or(GlassError::NotFound)?;
    let reader = by(&who, second.as_str());
    let object = thread.map_or(("group", glass.group.as_str()), |thread| ("thread", thread.as_str()));
    written(tx, here, reader, &glass, (true, object, "read")).await?;
    let elsewhere = tell(tx, here, reader, &glass).await?;
    if glass.told_at.is_none() {
        glass.told_at = Some(here.now);
        store::save(tx, &glass, here.now).await?;
    }
    Ok(Reading { glass, group: visible, elsewhere, principal, footing, house })
}

/// A row for each person of this house whose words are in the group, also for who wrote only after the first page was read:
/// their first page and "Who looked?" show it. Whoever was told is not told again. Gives the partners of which somebody wrote;
/// that they are to be told stands in the log too.
async fn tell(tx: &mut Tx, here: &Here, reader: By<'_>, glass: &Glass) -> Result<Vec<Id>, DbError> {
    let writers = posts::writers(tx, &glass.group).await?;
    for client in personas::accounts_behind(tx, &writers).await? {
        if store::told(tx, &glass.id, &client).await? {
            audit::record(tx, &telling(here, reader, glass, ("group", glass.group.as_str()), (client.as_str(), "told"))).await?;
        }
    }
    let mut elsewhere = BTreeSet::new();
    for writer in &writers {
        elsewhere.extend(groups::guest(tx, writer).await?.map(|guest| guest.partner));
    }
    for partner in &elsewhere {
        if store::told(tx, &glass.id, partner).await? {
            audit::record(tx, &telling(here, reader, glass, ("partner", partner.as_str()), ("", "guests to be told"))).await?;
        }
    }
    Ok(elsewhere.into_iter().collect())
}

fn telling<'a>(here: &Here, by: By<'a>, glass: &'a Glass, object: (&'a str, &'a str), (client, words): (&'a str, &'a str)) -> Event<'a> {
    Event { at: here.now, what: What::BrokenGlass, done: true, by, purpose: "safety", object, client, ground: glass.id.as_str(), words }
}
