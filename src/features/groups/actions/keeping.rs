//! What follows for groups when something ended elsewhere: a persona was retired, a partnership is over. Earlier features
//! do not know groups, so groups look for themselves, now and again. Doing it twice changes nothing.

use crate::db::Tx;
use crate::federation::here::Here;

use super::super::membership::store::of_gone_personas;
use super::super::store;
use super::copying::bring_to_rest;
use super::joining::let_go;
use super::sharing::{announce, end};
use super::{GroupError, locked};

/// Most things done in one unit of work.
const ENOUGH: i64 = 50;

/// Looks for what has ended and draws the conclusions. Returns how many there were.
pub async fn keep(tx: &mut Tx, here: &Here) -> Result<usize, GroupError> {
    let mut done = 0;
    for membership in of_gone_personas(tx, ENOUGH).await? {
        let_go(tx, here, membership).await?;
        done += 1;
    }
    for (group, partner) in store::shared_with_ended(tx, ENOUGH).await? {
        let mut group = locked(tx, &group).await?;
        end(tx, here, &group, &partner).await?;
        announce(tx, here, &mut group, &[]).await?;
        done += 1;
    }
    for id in store::homes_ended(tx, ENOUGH).await? {
        let mut group = locked(tx, &id).await?;
        group.ended_at = Some(here.now);
        store::save(tx, &group).await?;
        bring_to_rest(tx, here, &group).await?;
        done += 1;
    }
    Ok(done)
}
