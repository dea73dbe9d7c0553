//! What hosts and moderators do for the people of a group of this house: answer requests, give roles, pause, take out,
//! let back. A reason is always said to the person, and to their house if they are a guest (groups.md row 13).

use std::time::Duration;

use crate::base::{Id, Timestamp, html};
use crate::db::Tx;
use crate::federation::here::Here;

use super::super::membership::store::{guest, membership_by_id, save_membership};
use super::super::membership::{Membership, Role, State, may_act_on};
use super::super::wire::Verdict;
use super::entering::tell;
use super::founding::name_host;
use super::joining::is_last_host;
use super::{GroupError, Need, acting, recording};

/// Longest reason or word, in characters.
pub const MAX_REASON: usize = 500;
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_hours(366 * 24);

async fn whom(tx: &mut Tx, here: &Here, who: &Membership, membership: &Id) -> Result<Membership, GroupError> {
    let whom = membership_by_id(tx, membership).await?.filter(|whom| whom.group == who.group).ok_or(GroupError::NotFound)?;
    if may_act_on(here.now, who, &whom) { Ok(whom) } else { Err(GroupError::NotAllowed) }
}

async fn saved(tx: &mut Tx, here: &Here, membership: &mut Membership) -> Result<(), GroupError> {
    membership.changed_at = here.now;
    save_membership(tx, membership).await?;
    Ok(())
}

/// Answers a request to join. One that was taken back or answered meanwhile is left as it is, and the host is told so.
pub async fn answer(tx: &mut Tx, here: &Here, (group, by): (&Id, &Id), membership: &Id, yes: bool, word: &str) -> Result<(), GroupError> {
    let (group, who) = acting(tx, here, group, by, Need::Moderator).await?;
    let mut whom = whom(tx, here, &who, membership).await?;
    if whom.state != State::Pending {
        return Err(GroupError::NotAsking);
    }
    if yes && !group.is_open_for_writing() {
        return Err(GroupError::Archived);
    }
    whom.reason = html::one_line(word, MAX_REASON);
    if yes {
        whom.state = State::Active;
        whom.joined_at = whom.joined_at.or(Some(here.now));
    } else {
        whom.state = State::Refused;
    }
    saved(tx, here, &mut whom).await?;
    tell(tx, here, &group, &whom, standing(&whom, here.now)).await?;
    Ok(())
}

/// Makes a member a moderator or host, or a member again. The last host of this house stays host.
pub async fn set_role(tx: &mut Tx, here: &Here, (group, by): (&Id, &Id), membership: &Id, role: Role) -> Result<(), GroupError> {
    let (mut group, who) = acting(tx, here, group, by, Need::Host).await?;
    let mut whom = membership_by_id(tx, membership).await?.filter(|whom| whom.group == who.group).ok_or(GroupError::NotFound)?;
    if !whom.is_active() {
        return Err(GroupError::NotFound);
    }
    if whom.role == role {
        return Ok(());
    }
    // A host may lay the role down; everybody else's role is given and taken by hosts only.
    if role != Role::Host && guest(tx, &whom.actor).await?.is_none() && is_last_host(tx, &whom).await? {
        return Err(GroupError::LastHost);
    }
    let words = format!("{}>{}", whom.role.as_str(), role.as_str());
    whom.role = role;
    saved(tx, here, &mut whom).await?;
    name_host(tx, here, &mut group).await?;
    tell(tx, here, &group, &whom, standing(&whom, here.now)).await?;
    recording::about(tx, here, &who, &whom, &words).await?;
    Ok(())
}

/// Pauses a person in this group until a moment; they read on, and the pause ends by itself.
pub async fn pause(
    tx: &mut Tx,
    here: &Here,
    (group, by): (&Id, &Id),
    membership: &Id,
    until: Timestamp,
    reason: &str,
) -> Result<(), GroupError> {
    let (group, who) = acting(tx, here, group, by, Need::Moderator).await?;
    let mut whom = whom(tx, here, &who, membership).await?;
    let reason = html::one_line(reason, MAX_REASON);
    if reason.is_empty() {
        return Err(GroupError::NoReason);
    }
    if until <= here.now || until > here.now.plus(LONGEST_PAUSE) {
        return Err(GroupError::BadEnd);
    }
    if !matches!(whom.state, State::Active | State::Resting) {
        return Err(GroupError::NotFound);
    }
    whom.paused_until = Some(until);
    whom.reason = reason;
    saved(tx, here, &mut whom).await?;
    if whom.is_active() {
        tell(tx, here, &group, &whom, standing(&whom, here.now)).await?;
    }
    recording::about(tx, here, &who, &whom, &format!("paused:{}", until.rfc3339())).await?;
    Ok(())
}

/// Ends a pause early.
pub async fn resume(tx: &mut Tx, here: &Here, (group, by): (&Id, &Id), membership: &Id) -> Result<(), GroupError> {
    let (group, who) = acting(tx, here, group, by, Need::Moderator).await?;
    let mut whom = whom(tx, here, &who, membership).await?;
    if whom.paused_until.take().is_none() {
        return Ok(());
    }
    whom.reason.clear();
    saved(tx, here, &mut whom).await?;
    if whom.is_active() {
        tell(tx, here, &group, &whom, standing(&whom, here.now)).await?;
    }
    recording::about(tx, here, &who, &whom, "pause-ended").await?;
    Ok(())
}

/// Takes a person out of the group; only the hosts can let them back.
pub async fn remove(tx: &mut Tx, here: &Here, (group, by): (&Id, &Id), membership: &Id, reason: &str) -> Result<(), GroupError> {
    let (mut group, who) = acting(tx, here, group, by, Need::Moderator).await?;
    let mut whom = whom(tx, here, &who, membership).await?;
    let reason = html::one_line(reason, MAX_REASON);
    if reason.is_empty() {
        return Err(GroupError::NoReason);
    }
    if whom.state == State::Removed {
        return Ok(());
    }
    let told = matches!(whom.state, State::Active | State::Pending);
    let was_host = whom.role == Role::Host;
    let words = format!("{}>removed", whom.role.as_str());
    // Who is not in and asks for nothing is not brought in when they are let back.
    whom.stays_out = !told;
    whom.state = State::Removed;
    whom.role = Role::Member;
    whom.paused_until = None;
    whom.reason = reason;
    saved(tx, here, &mut whom).await?;
    if was_host {
        name_host(tx, here, &mut group).await?;
    }
    if told {
        tell(tx, here, &group, &whom, standing(&whom, here.now)).await?;
    }
    recording::about(tx, here, &who, &whom, &words).await?;
    Ok(())
}

/// Lets somebody back who was taken out: they are in again, or may return if they have left meanwhile.
pub async fn let_back(tx: &mut Tx, here: &Here, (group, by): (&Id, &Id), membership: &Id) -> Result<(), GroupError> {
    let (group, who) = acting(tx, here, group, by, Need::Host).await?;
    let mut whom = whom(tx, here, &who, membership).await?;
    if whom.state != State::Removed {
        return Ok(());
    }
    if std::mem::take(&mut whom.stays_out) {
        whom.state = State::Resting;
    } else {
        whom.state = State::Active;
        whom.joined_at = whom.joined_at.or(Some(here.now));
    }
    whom.reason.clear();
    saved(tx, here, &mut whom).await?;
    // The house of who has left is told the same: it knows that they have, and that they may return now.
    tell(tx, here, &group, &whom, Verdict::In { role: whom.role }).await?;
    recording::about(tx, here, &who, &whom, "removed>member").await?;
    Ok(())
}

/// What a guest's house is told about the guest as things stand. The same for the first answer and for a repeated one.
pub(in super::super) fn standing(membership: &Membership, now: Timestamp) -> Verdict<'_> {
    match membership.state {
        State::Active => match membership.paused(now) {
            Some(until) => Verdict::Paused { until, reason: &membership.reason },
            None => Verdict::In { role: membership.role },
        },
        _ => Verdict::Refused { reason: &membership.reason, outcome: None },
    }
}
