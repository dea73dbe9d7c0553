//! The test between two houses: sending our canary, counting its receipts, and holding theirs as long as their test runs.
//! Only a full set of receipts in both directions makes a partnership active.

use crate::audit::By;
use crate::base::Origin;
use crate::db::{DbError, Tx};
use crate::federation::activity::Verb;
use crate::federation::here::Here;
use crate::federation::inbox::{Handled, Inbound, Refusal};
use crate::federation::partners::{self, Partner, State};

use super::super::agreement::Stage;
use super::super::canary::{GONE, Standing, Test, digest};
use super::super::{store, wire};
use super::{PartnerError, ends, instance, locked, note, record_of, tell, theirs};

/// Tests a partner (again), because an admin wishes it.
///
/// # Errors
/// When there is no such partner, it runs other software, nothing was agreed yet, or a test is under way.
pub async fn test(tx: &mut Tx, here: &Here, origin: &Origin, by: By<'_>) -> Result<Partner, PartnerError> {
    let partner = locked(tx, origin).await?;
    if !partner.handshake {
        return Err(PartnerError::OtherSoftware);
    }
    let record = record_of(tx, &partner).await?;
    let ready = partner.state == State::Active || (partner.state == State::Proposed && record.stage != Stage::Proposed);
    if !ready {
        return Err(PartnerError::State(partner.state.as_str()));
    }
    // A second one would take the place of the first, whose receipts then count for nothing.
    if store::test(tx, &partner.id).await?.is_some_and(|test| test.standing(here.now) == Standing::Running) {
        return Err(PartnerError::TestRuns);
    }
    note(tx, here, by, &partner.id, "test").await?;
    start(tx, here, &partner).await?;
    Ok(partner)
}

/// Sends the three steps of a test. They stay in order; each is answered on its own.
pub(super) async fn start(tx: &mut Tx, here: &Here, partner: &Partner) -> Result<(), PartnerError> {
    let (from, to) = (instance(tx).await?, theirs(partner));
    let ends = ends(&from, &to);
    // Not under /o/: it is nobody's post and has no page.
    let uri = here.origin.at(&format!("/canary/{}", here.id()));
    let (first, second) = (here.id().to_string(), here.id().to_string());
    let create = tell(tx, here, &partner.id, wire::canary_post(here, ends, &uri, &first), None).await?;
    let update = tell(tx, here, &partner.id, wire::canary_edit(here, ends, &uri, &second), None).await?;
    let delete = tell(tx, here, &partner.id, wire::canary_erase(here, ends, &uri), None).await?;
    let good_at = store::test(tx, &partner.id).await?.and_then(|before| before.good_at);
    let test = Test {
        started_at: here.now,
        sent: [create, update, delete],
        digests: [digest(&first), digest(&second)],
        receipts: [None; 3],
        failed: None,
        good_at,
    };
    store::save_test(tx, &partner.id, &test).await?;
    Ok(())
}

/// A step of their test: done here, and answered with what is held now.
pub(in crate::features::partners) async fn canary(tx: &mut Tx, inbound: &Inbound<'_>) -> Result<Handled, Refusal> {
    let (here, partner, activity) = (inbound.here, inbound.partner, inbound.activity);
    let missing = "missing".to_owned();
    let held = match (activity.verb, activity.own_object(), activity.object_id()) {
        (Verb::Create, Some(object), _) => {
            let text = wire::canary_text(object.content.as_deref());
            store::keep_canary(tx, &partner.id, &object.id, &text, here.now).await?;
            digest(&text)
        }
        (Verb::Update, Some(object), _) => {
            let text = wire::canary_text(object.content.as_deref());
            if store::edit_canary(tx, &partner.id, &object.id, &text).await? { digest(&text) } else { missing }
        }
        (Verb::Delete, _, Some(uri)) => {
            if store::erase_canary(tx, &partner.id, uri, here.now).await? {
                GONE.to_owned()
            } else {
                missing
            }
        }
        _ => return Err(Refusal::Code("no-canary")),
    };
    let from = instance(tx).await?;
    let receipt = wire::canary_receipt(here, ends(&from, &inbound.actor.uri), &activity.id, &held);
    tell(tx, here, &partner.id, receipt, Some(&activity.id)).await?;
    advance(tx, here, partner).await?;
    Ok(Handled::Done)
}

/// A receipt of ours came.
pub(in crate::features::partners) async fn receipt(tx: &mut Tx, inbound: &Inbound<'_>) -> Result<Handled, Refusal> {
    let Some(answered) = inbound.answers else { return Err(Refusal::Code("never-asked")) };
    let Some(mut test) = store::test(tx, &inbound.partner.id).await? else { return Ok(Handled::Ignored) };
    let named = inbound.activity.haven.outcome.as_deref().unwrap_or_default();
    if test.receive(&answered.uri, named, inbound.here.now).is_none() {
        // Of an older test.
        return Ok(Handled::Ignored);
    }
    store::save_test(tx, &inbound.partner.id, &test).await?;
    advance(tx, inbound.here, inbound.partner).await?;
    Ok(Handled::Done)
}

/// Goes on to *tested*, and to *active* when their test came to its end here too.
async fn advance(tx: &mut Tx, here: &Here, partner: &Partner) -> Result<(), DbError> {
    tx.lock("partners").await?;
    let Some(partner) = partners::by_id(tx, &partner.id).await? else { return Ok(()) };
    if partner.state != State::Proposed {
        return Ok(());
    }
    let mut record = record_of(tx, &partner).await?;
    let good = store::test(tx, &partner.id).await?.is_some_and(|test| test.standing(here.now) == Standing::Good);
    if record.stage == Stage::Proposed || !good || !store::was_tested_by(tx, &partner.id).await? {
        return Ok(());
    }
    record.stage = Stage::Tested;
    store::save(tx, &partner.id, &record).await?;
    partners::set_state(tx, &partner.id, State::Active, here.now).await?;
    note(tx, here, By::machine(), &partner.id, "tested>active").await?;
    tracing::info!(partner = %partner.id, "a partnership became active");
    Ok(())
}
