//! Invitations to a group of this house: a link that lets one person in once, or a word to a persona by name.
//! The link's token is shown once and kept as a digest only.

use std::time::Duration;

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;

use crate::base::{Chance, Id, ids};
use crate::db::{Conn, DbError, Tx};
use crate::federation::here::Here;

use super::super::membership::State;
use super::super::membership::store::{membership_of, save_membership};
use super::super::store;
use super::entering::fresh;
use super::{GroupError, Joined, Joining, Need, acting, join, persona};

/// How long a link is good.
const GOOD_FOR: Duration = Duration::from_hours(14 * 24);
/// Characters of a token: 160 random bits.
const TOKEN_LEN: usize = 32;

/// The digest under which a token is kept; `None` for what cannot be a token.
pub(super) fn digest_of(token: &str) -> Option<String> {
    let plausible = token.len() == TOKEN_LEN && token.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b));
    plausible.then(|| HEXLOWER.encode(digest::digest(&digest::SHA256, token.as_bytes()).as_ref()))
}

fn new_token(chance: &dyn Chance) -> String {
    let mut bytes = [0; 20];
    chance.fill(&mut bytes);
    ids::encode(&bytes)
}

/// Makes a link that lets one person in. Returns its token; it cannot be read again.
pub async fn invite_link(tx: &mut Tx, here: &Here, group: &Id, by: &Id) -> Result<String, GroupError> {
    let (group, host) = acting(tx, here, group, by, Need::Host).await?;
    if !group.is_open_for_writing() {
        return Err(GroupError::Archived);
    }
    let token = new_token(&*here.chance);
    let digest = digest_of(&token).ok_or(GroupError::BadInvitation)?;
    store::insert_invitation(tx, &digest, &group.id, &host.actor, (here.now, here.now.plus(GOOD_FOR))).await?;
    Ok(token)
}

/// Whether this token opens this group now.
pub async fn invitation_opens(conn: &mut Conn, here: &Here, group: &Id, token: &str) -> Result<bool, DbError> {
    match digest_of(token) {
        Some(digest) => store::invitation_is_good(conn, &digest, group, here.now).await,
        None => Ok(false),
    }
}

/// Joins with an invitation; refused when it is no longer good, also where the join rule would not need one.
pub async fn accept_invitation(
    tx: &mut Tx,
    here: &Here,
    group: &Id,
    persona: &Id,
    (token, lang, saw): (&str, &str, Option<i64>),
) -> Result<Joined, GroupError> {
    if !invitation_opens(tx, here, group, token).await? {
        return Err(GroupError::BadInvitation);
    }
    join(tx, here, group, persona, Joining { word: "", invitation: Some(token), lang, saw }).await
}

/// Invites a persona of this house. Who is in, waits or was taken out is left as they are.
pub async fn invite_persona(tx: &mut Tx, here: &Here, group: &Id, by: &Id, whom: &Id) -> Result<(), GroupError> {
    let (group, _) = acting(tx, here, group, by, Need::Host).await?;
    if !group.is_open_for_writing() {
        return Err(GroupError::Archived);
    }
    let whom = persona(tx, whom).await?;
    let mut membership = membership_of(tx, &group.id, &whom.id).await?.unwrap_or_else(|| fresh(here, &group, &whom.id));
    if matches!(membership.state, State::Resting | State::Refused) {
        membership.state = State::Invited;
        membership.changed_at = here.now;
        save_membership(tx, &membership).await?;
    }
    Ok(())
}
