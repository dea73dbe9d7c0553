//! The end of a partnership, by us or by them: nothing flows any more, every copy is asked back, people of both sides rest,
//! and for a time deletions and their receipts still move.

use crate::audit::By;
use crate::base::crash::{self, Point};
use crate::base::{Origin, html};
use crate::db::{DbError, Tx};
use crate::features::{groups, posts};
use crate::federation::here::Here;
use crate::federation::inbox::{Handled, Inbound, Refusal};
use crate::federation::outbox;
use crate::federation::partners::{self, Partner, State};

use super::super::agreement::MAX_SAID;
use super::super::{store, wire};
use super::{PartnerError, agreeing, ends, instance, locked, note, record_of, tell, theirs};

/// Copies asked back in the unit of work of the end itself; the rest follows within minutes.
pub(super) const AT_ONCE: i64 = 200;

/// Ends a partnership: asks for the erasure of every copy of ours, tells the other side with a sentence, and lets nothing else
/// flow from this moment on.
///
/// # Errors
/// When there is no such partner, or it has ended.
pub async fn end(tx: &mut Tx, here: &Here, origin: &Origin, words: &str, by: By<'_>) -> Result<Partner, PartnerError> {
    let partner = locked(tx, origin).await?;
    if partner.state == State::Ended {
        return Err(PartnerError::State(partner.state.as_str()));
    }
    note(tx, here, by, &partner.id, &format!("{}>ended", partner.state.as_str())).await?;
    close(tx, here, &partner, ("us", "")).await?;
    if partner.handshake {
        let (from, to) = (instance(tx).await?, theirs(&partner));
        let words = html::one_line(words, MAX_SAID);
        tell(tx, here, &partner.id, wire::over(here, ends(&from, &to), &words), None).await?;
    }
    outbox::wake(tx, &partner.id, here.now).await?;
    partners::by_id(tx, &partner.id).await?.ok_or(PartnerError::Unknown)
}

/// They ended it: their instance takes back itself, or the offer that it made. Whatever else is taken back ends nothing.
pub(in crate::features::partners) async fn ended_by_them(tx: &mut Tx, inbound: &Inbound<'_>) -> Result<Handled, Refusal> {
    tx.lock("partners").await?;
    let Some(partner) = partners::by_id(tx, &inbound.partner.id).await? else { return Ok(Handled::Ignored) };
    if partner.state == State::Ended || !names_partnership(tx, &partner, inbound).await? {
        return Ok(Handled::Ignored);
    }
    if !partner.is_instance(inbound.actor) {
        return Err(Refusal::Code("not-the-instance"));
    }
    let words = agreeing::said(inbound.activity.summary.as_deref());
    note(tx, inbound.here, By::partner(partner.id.as_str()), &partner.id, &format!("{}>ended", partner.state.as_str())).await?;
    close(tx, inbound.here, &partner, ("them", &words)).await?;
    tracing::info!(partner = %partner.id, "a partner ended the partnership");
    Ok(Handled::Done)
}

/// Whether what is taken back is the partnership: their instance, or an offer of theirs that we know.
async fn names_partnership(tx: &mut Tx, partner: &Partner, inbound: &Inbound<'_>) -> Result<bool, DbError> {
    let Some(object) = inbound.activity.object_id() else { return Ok(false) };
    let record = record_of(tx, partner).await?;
    let offers = [&record.their_offer, &record.last_offer];
    let itself = *object == theirs(partner) || (*object == inbound.actor.uri && partner.is_instance(inbound.actor));
    Ok(itself || offers.into_iter().flatten().any(|offer| offer == object))
}

async fn close(tx: &mut Tx, here: &Here, partner: &Partner, (by, words): (&str, &str)) -> Result<(), PartnerError> {
    let mut record = record_of(tx, partner).await?;
    by.clone_into(&mut record.ended_by);
    words.clone_into(&mut record.said);
    record.ended_at = Some(here.now);
    record.erased_at = None;
    record.their_offer = None;
    record.trouble = String::new();
    store::save(tx, &partner.id, &record).await?;
    outbox::stop(tx, &partner.id, here.now).await?;
    crash::passing(Point::MidRevoke);
    partners::end(tx, &partner.id, here.now, here.now.plus(partners::CLOSING)).await?;
    posts::take_back(tx, here, &partner.id, AT_ONCE).await?;
    groups::keep(tx, here).await?;
    Ok(())
}
