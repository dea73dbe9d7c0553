//! What happens by itself, now and again: tests by night, what is left to do after an end, agreements that are over. Doing it
//! twice changes nothing.

use std::time::Duration;

use crate::audit::{self, By, Event, What};
use crate::db::Tx;
use crate::features::posts;
use crate::federation::declaration;
use crate::federation::here::Here;
use crate::federation::partners::{self, Partner, State};

use super::super::{canary, store};
use super::ending::AT_ONCE;
use super::{PartnerError, note, testing};

const DAY: u64 = 24;
/// A partner's canary that nobody came to erase is gone after this long.
const OLD_CANARY: Duration = Duration::from_hours(DAY);

/// Goes on with what ended, and pauses what is over when an admin set it so. Returns how much there was to do.
///
/// # Errors
/// Database trouble.
pub async fn keep(tx: &mut Tx, here: &Here) -> Result<usize, PartnerError> {
    let mut done = usize::try_from(partners::close_ended(tx, here.now).await?).unwrap_or(usize::MAX);
    store::erase_old_canaries(tx, here.now.minus(OLD_CANARY)).await?;
    for partner in partners::list(tx).await? {
        match partner.state {
            State::Ended => done += finish(tx, here, &partner).await?,
            State::Active => done += usize::from(is_over(tx, here, &partner).await?),
            State::Proposed | State::Paused => {}
        }
    }
    Ok(done)
}

/// Asks for copies that were not asked for yet, and erases ours when their time is over.
async fn finish(tx: &mut Tx, here: &Here, partner: &Partner) -> Result<usize, PartnerError> {
    let mut done = 0;
    if partner.closing {
        done += posts::take_back(tx, here, &partner.id, AT_ONCE).await?;
    }
    let Some(mut record) = store::record(tx, &partner.id).await? else { return Ok(done) };
    let (Some(ended), None) = (record.ended_at, record.erased_at) else { return Ok(done) };
    let kept = u64::try_from(declaration::ours(tx).await?.retention_days).unwrap_or(0);
    if here.now < ended.plus(Duration::from_hours(DAY.saturating_mul(kept))) {
        return Ok(done);
    }
    let erased = posts::erase_copies_of(tx, here, &partner.id, AT_ONCE).await?;
    if i64::try_from(erased).unwrap_or(i64::MAX) < AT_ONCE {
        record.erased_at = Some(here.now);
        store::save(tx, &partner.id, &record).await?;
        let event = Event {
            at: here.now,
            what: What::Erased,
            done: true,
            by: By::machine(),
            purpose: "sharing",
            object: ("partner", partner.id.as_str()),
            client: "",
            ground: "ended",
            words: "copies of their groups",
        };
        audit::record(tx, &event).await?;
    }
    Ok(done + erased)
}

/// Pauses a partnership whose agreement is over, when an admin wished that.
async fn is_over(tx: &mut Tx, here: &Here, partner: &Partner) -> Result<bool, PartnerError> {
    let Some(record) = store::record(tx, &partner.id).await? else { return Ok(false) };
    let over = record.in_force().expires.is_some_and(|end| end <= here.now);
    if !over || !record.stop_when_over {
        return Ok(false);
    }
    partners::set_state(tx, &partner.id, State::Paused, here.now).await?;
    note(tx, here, By::machine(), &partner.id, "active>paused agreement-over").await?;
    Ok(true)
}

/// Tests every active partner whose last test is a day old. Returns how many.
///
/// # Errors
/// Database trouble.
pub async fn nightly(tx: &mut Tx, here: &Here) -> Result<usize, PartnerError> {
    let mut begun = 0;
    for partner in partners::list(tx).await? {
        if partner.state != State::Active || !partner.handshake {
            continue;
        }
        let last = store::test(tx, &partner.id).await?.map(|test| test.started_at);
        if last.is_none_or(|last| here.now.since(last) >= canary::EVERY) {
            testing::start(tx, here, &partner).await?;
            begun += 1;
        }
    }
    Ok(begun)
}
