//! Coming to an agreement: naming another house, offering terms, saying yes or no to exactly what was offered. What changed
//! between offer and answer is noticed by its hash, and then nothing is agreed.

use crate::audit::By;
use crate::base::{Id, Iri, Origin, html};
use crate::db::{DbError, Tx};
use crate::federation::activity::Agreement;
use crate::federation::declaration::{self, Declaration};
use crate::federation::here::Here;
use crate::federation::inbox::{Handled, Inbound, Refusal};
use crate::federation::partners::{self, Partner, State};
use crate::federation::{actors, outbox};

use super::super::agreement::{self, MAX_SAID, Record, Stage, Terms, of_document, sha256};
use super::super::{store, wire};
use super::{PartnerError, declaring, ends, instance, locked, note, note_of, record_of, tell, testing, theirs};

/// Names another instance as partner. With the handshake our standard offer goes out; when the other side's admin names us
/// with the same terms, both machines agree, test each other and become active by themselves. Without the handshake (other
/// software) it is active at once and promises nothing.
///
/// # Errors
/// See [`PartnerError`].
pub async fn propose(
    tx: &mut Tx,
    here: &Here,
    origin: &Origin,
    handshake: bool,
    loopback: bool,
    by: By<'_>,
) -> Result<Partner, PartnerError> {
    if *origin == here.origin {
        return Err(PartnerError::Ourselves);
    }
    if origin.scheme() != "https" && !loopback {
        return Err(PartnerError::NotHttps);
    }
    tx.lock("partners").await?;
    let before = partners::by_origin(tx, origin).await?;
    if let Some(known) = before.as_ref().filter(|known| known.state != State::Ended && known.handshake != handshake) {
        let named = if known.handshake { "with" } else { "without" };
        return Err(PartnerError::OtherWay { state: known.state.as_str(), named });
    }
    let partner = partners::name(tx, here, origin, handshake).await?;
    if before.is_none_or(|before| before.state == State::Ended) {
        let stage = if handshake { Stage::Proposed } else { Stage::Agreed };
        let agreed = (!handshake).then(Terms::default);
        // With a last day, a new agreement also stops on it; the admin can say otherwise.
        let record = Record { stage, agreed, stop_when_over: true, ..Record::default() };
        store::begin(tx, &partner.id, &record).await?;
        declaration::settle(tx, &partner.id).await?;
        note(tx, here, by, &partner.id, if handshake { "named" } else { "named-without-handshake" }).await?;
    }
    if partner.state == State::Proposed {
        offer(tx, here, &partner).await?;
    }
    Ok(partner)
}

/// What we say of ourselves with these terms.
async fn ours(tx: &mut Tx, terms: &Terms) -> Result<Agreement, DbError> {
    Ok(agreement::document(terms, &declaration::ours(tx).await?))
}

/// Sends (again) our offer as it is now; an answer to an older one counts no more.
async fn offer(tx: &mut Tx, here: &Here, partner: &Partner) -> Result<(), PartnerError> {
    let record = record_of(tx, partner).await?;
    let (from, to) = (instance(tx).await?, theirs(partner));
    let agreement = ours(tx, &record.terms).await?;
    let uri = tell(tx, here, &partner.id, wire::offer(here, ends(&from, &to), agreement), None).await?;
    partners::set_offer(tx, &partner.id, Some(&uri)).await?;
    Ok(())
}

/// Changes the terms that we offer, and offers them. What was agreed before holds until they said yes.
///
/// # Errors
/// When there is no such partner, or it has ended.
pub async fn change_terms(
    tx: &mut Tx,
    here: &Here,
    origin: &Origin,
    (terms, stop_when_over): (Terms, bool),
    by: By<'_>,
) -> Result<Partner, PartnerError> {
    let partner = locked(tx, origin).await?;
    if partner.state == State::Ended {
        return Err(PartnerError::State(partner.state.as_str()));
    }
    let mut record = record_of(tx, &partner).await?;
    record.stop_when_over = stop_when_over;
    let changed = record.terms != terms;
    if changed {
        record.terms = terms;
        record.trouble = String::new();
        record.said = String::new();
        if !partner.handshake {
            record.agreed = Some(terms);
            partners::set_flows(tx, &partner.id, terms.flows).await?;
        }
    }
    store::save(tx, &partner.id, &record).await?;
    note(tx, here, by, &partner.id, &format!("terms {}", terms.as_text())).await?;
    if changed && partner.handshake {
        // They may have offered just that.
        if partner.state != State::Paused && record.waits_for_us() && record.their_terms == Some(terms) {
            say_yes(tx, here, &partner, record).await?;
        } else {
            offer(tx, here, &partner).await?;
        }
    }
    Ok(partner)
}

/// An admin's answer to an offer.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The version that was looked at; empty: whatever stands there now.
    pub hash: &'a str,
    /// A sentence that goes along with a no.
    pub words: &'a str,
}

/// Says yes to their offer, in the version that was looked at.
///
/// # Errors
/// When there is no offer, or it is another one by now.
pub async fn accept(tx: &mut Tx, here: &Here, origin: &Origin, answer: Answer<'_>, by: By<'_>) -> Result<Partner, PartnerError> {
    let partner = locked(tx, origin).await?;
    let record = waiting_offer(tx, &partner, answer).await?;
    note(tx, here, by, &partner.id, &format!("accepted {}", record.their_hash)).await?;
    say_yes(tx, here, &partner, record).await?;
    partners::by_id(tx, &partner.id).await?.ok_or(PartnerError::Unknown)
}

async fn waiting_offer(tx: &mut Tx, partner: &Partner, answer: Answer<'_>) -> Result<Record, PartnerError> {
    if !matches!(partner.state, State::Proposed | State::Active) {
        return Err(PartnerError::State(partner.state.as_str()));
    }
    let record = record_of(tx, partner).await?;
    if !record.waits_for_us() {
        return Err(PartnerError::NoOffer);
    }
    if answer.hash.is_empty() || answer.hash == record.their_hash { Ok(record) } else { Err(PartnerError::OfferChanged) }
}

/// Says no to their offer, with a sentence.
///
/// # Errors
/// When there is no offer, or it is another one by now.
pub async fn decline(tx: &mut Tx, here: &Here, origin: &Origin, answer: Answer<'_>, by: By<'_>) -> Result<Partner, PartnerError> {
    let partner = locked(tx, origin).await?;
    let mut record = waiting_offer(tx, &partner, answer).await?;
    let Some(offer) = record.their_offer.take() else { return Err(PartnerError::NoOffer) };
    let (from, to) = (instance(tx).await?, theirs(&partner));
    let words = html::one_line(answer.words, MAX_SAID);
    tell(tx, here, &partner.id, wire::decline(here, ends(&from, &to), &offer, &words), Some(&offer)).await?;
    record.trouble = String::new();
    store::save(tx, &partner.id, &record).await?;
    note(tx, here, by, &partner.id, "declined").await?;
    Ok(partner)
}

/// Sends our yes to their waiting offer; both sides are then agreed.
async fn say_yes(tx: &mut Tx, here: &Here, partner: &Partner, mut record: Record) -> Result<(), PartnerError> {
    let (Some(offer), Some(terms)) = (record.their_offer.take(), record.their_terms) else { return Err(PartnerError::NoOffer) };
    let (from, to) = (instance(tx).await?, theirs(partner));
    let agreement = ours(tx, &terms).await?;
    tell(tx, here, &partner.id, wire::accept(here, ends(&from, &to), &offer, &record.their_hash, agreement), Some(&offer)).await?;
    record.terms = terms;
    agreed(tx, here, partner, record).await
}

/// Both said yes to the terms in `record.terms`.
async fn agreed(tx: &mut Tx, here: &Here, partner: &Partner, mut record: Record) -> Result<(), PartnerError> {
    let first = record.stage == Stage::Proposed;
    record.trouble = String::new();
    record.said = String::new();
    if record.agreed != Some(record.terms) {
        record.agreed = Some(record.terms);
        record.agreed_at = Some(here.now);
        partners::set_flows(tx, &partner.id, record.terms.flows).await?;
        note(tx, here, By::machine(), &partner.id, "agreed").await?;
    }
    if first {
        record.stage = Stage::Agreed;
    }
    store::save(tx, &partner.id, &record).await?;
    if first && partner.state == State::Proposed {
        testing::start(tx, here, partner).await?;
    }
    Ok(())
}

/// What their instance actor says of them, and that there is a way to them now.
async fn meet(tx: &mut Tx, here: &Here, partner: &Partner, actor: &actors::Actor) -> Result<(), DbError> {
    let inbox = actor.shared_inbox.as_ref().unwrap_or(&actor.inbox);
    partners::describe(tx, &partner.id, &actor.name, &actor.uri, inbox).await?;
    outbox::wake(tx, &partner.id, here.now).await
}

impl From<PartnerError> for Refusal {
    fn from(error: PartnerError) -> Self {
        match error {
            PartnerError::Db(error) => Self::Db(error),
            _ => Self::Code("partnership"),
        }
    }
}

/// Their offer came. When it is what we offer too, that is a yes from both; otherwise it waits for an admin.
pub(in crate::features::partners) async fn offered(tx: &mut Tx, inbound: &Inbound<'_>) -> Result<Handled, Refusal> {
    tx.lock("partners").await?;
    let Some(partner) = partners::by_id(tx, &inbound.partner.id).await? else { return Err(Refusal::Code("no-partner")) };
    if !matches!(partner.state, State::Proposed | State::Active) {
        return Err(Refusal::Code("not-active"));
    }
    meet(tx, inbound.here, &partner, inbound.actor).await?;
    let mut record = record_of(tx, &partner).await?;
    record.last_offer = Some(inbound.activity.id.clone());
    let Some(said) = inbound.activity.haven.agreement.as_deref() else {
        "no-terms".clone_into(&mut record.trouble);
        store::save(tx, &partner.id, &record).await?;
        return Ok(Handled::Done);
    };
    let terms = hear(tx, inbound, &partner, said).await?;
    record.their_hash = agreement::hash(&partner.origin, said);
    record.their_offer = Some(inbound.activity.id.clone());
    record.their_terms = Some(terms);
    if terms == record.terms {
        say_yes(tx, inbound.here, &partner, record).await?;
    } else {
        "other-terms".clone_into(&mut record.trouble);
        record.said = String::new();
        store::save(tx, &partner.id, &record).await?;
    }
    Ok(Handled::Done)
}

/// Keeps what they declare of themselves. Gives the terms. What differs from what somebody here knew is not silently taken over.
async fn hear(tx: &mut Tx, inbound: &Inbound<'_>, partner: &Partner, said: &Agreement) -> Result<Terms, PartnerError> {
    let (terms, declared) = of_document(said, inbound.here.now);
    let before = declaration::of_partner(tx, &partner.id).await?;
    declaration::keep_of_partner(tx, &partner.id, &declared).await?;
    if let (State::Active, Some(before)) = (partner.state, before) {
        declaring::heard_anew(tx, inbound.here, partner, (&before, &declared)).await?;
    }
    Ok(terms)
}

/// Their yes came. It counts for the version that it names: when our offer is another one by now, nothing is agreed.
pub(in crate::features::partners) async fn accepted(tx: &mut Tx, inbound: &Inbound<'_>) -> Result<Handled, Refusal> {
    tx.lock("partners").await?;
    let Some(partner) = partners::by_id(tx, &inbound.partner.id).await? else { return Err(Refusal::Code("no-partner")) };
    if !matches!(partner.state, State::Proposed | State::Active) {
        return Err(Refusal::Code("not-active"));
    }
    meet(tx, inbound.here, &partner, inbound.actor).await?;
    let mut record = record_of(tx, &partner).await?;
    let expected = agreement::hash(&inbound.here.origin, &ours(tx, &record.terms).await?);
    if inbound.activity.haven.accepts.as_deref() != Some(expected.as_str()) {
        return crossed(tx, inbound, &partner, record).await;
    }
    if let Some(said) = inbound.activity.haven.agreement.as_deref() {
        hear(tx, inbound, &partner, said).await?;
    }
    if inbound.answers.map(|sent| &sent.uri) == partner.offer_uri.as_ref() {
        partners::set_offer(tx, &partner.id, None).await?;
    }
    // Who says yes to our terms offers no others any more.
    record.their_offer = None;
    agreed(tx, inbound.here, &partner, record).await?;
    Ok(Handled::Done)
}

/// Their yes is to something else than what we offer now. When we said yes to theirs in the same moment, what both allow is
/// agreed, which is the same at both ends; otherwise nothing is.
async fn crossed(tx: &mut Tx, inbound: &Inbound<'_>, partner: &Partner, mut record: Record) -> Result<Handled, Refusal> {
    let to_our_newest = inbound.answers.map(|sent| &sent.uri) == partner.offer_uri.as_ref();
    match (record.agreed, inbound.activity.haven.agreement.as_deref()) {
        (Some(ours), Some(said)) if ours == record.terms && to_our_newest => {
            let theirs = hear(tx, inbound, partner, said).await?;
            record.terms = ours.meet(&theirs);
            partners::set_offer(tx, &partner.id, None).await?;
            agreed(tx, inbound.here, partner, record).await?;
        }
        (agreed, _) if agreed != Some(record.terms) => {
            "changed".clone_into(&mut record.trouble);
            store::save(tx, &partner.id, &record).await?;
        }
        // An older yes that comes late changes nothing.
        _ => {}
    }
    Ok(Handled::Done)
}

/// Their no came.
pub(in crate::features::partners) async fn declined(tx: &mut Tx, inbound: &Inbound<'_>) -> Result<Handled, Refusal> {
    tx.lock("partners").await?;
    let partner = inbound.partner;
    let current = inbound.answers.map(|sent| &sent.uri) == partner.offer_uri.as_ref();
    if !current {
        return Ok(Handled::Ignored);
    }
    let mut record = record_of(tx, partner).await?;
    "declined".clone_into(&mut record.trouble);
    record.said = said(inbound.activity.summary.as_deref());
    if let Some(agreed) = record.agreed {
        // What was agreed before still holds.
        record.terms = agreed;
    }
    store::save(tx, &partner.id, &record).await?;
    partners::set_offer(tx, &partner.id, None).await?;
    note(tx, inbound.here, By::partner(partner.id.as_str()), &partner.id, "declined").await?;
    Ok(Handled::Done)
}

/// A sentence of theirs as plain text.
pub(super) fn said(summary: Option<&str>) -> String {
    html::one_line(&html::plain_text(&html::clean(summary.unwrap_or_default())), MAX_SAID)
}

/// Changes what this house declares, and tells every partner and everybody we offered to.
///
/// # Errors
/// When something is missing.
pub async fn declare(tx: &mut Tx, here: &Here, declared: &Declaration, by: By<'_>) -> Result<(), PartnerError> {
    if !agreement::is_complete(declared) {
        return Err(PartnerError::Incomplete);
    }
    tx.lock("partners").await?;
    declaration::keep_ours(tx, declared).await?;
    for partner in partners::list(tx).await? {
        if partner.handshake && matches!(partner.state, State::Active | State::Proposed | State::Paused) {
            offer(tx, here, &partner).await?;
        }
    }
    note_of(tx, here, by, ("house", "declaration"), "declared").await?;
    Ok(())
}

/// Writes down what a partner without the handshake says of itself.
///
/// # Errors
/// When something is missing, or it speaks for itself.
pub async fn write_down(tx: &mut Tx, here: &Here, origin: &Origin, declared: &Declaration, by: By<'_>) -> Result<Partner, PartnerError> {
    let partner = locked(tx, origin).await?;
    if partner.handshake {
        return Err(PartnerError::State(partner.state.as_str()));
    }
    if !agreement::is_complete(declared) {
        return Err(PartnerError::Incomplete);
    }
    declaration::keep_of_partner(tx, &partner.id, declared).await?;
    note(tx, here, by, &partner.id, "declaration-written-down").await?;
    Ok(partner)
}

/// Attaches the text that both houses signed. Its SHA-256.
///
/// # Errors
/// When there is no such partner.
pub async fn attach(tx: &mut Tx, here: &Here, origin: &Origin, text: &str, by: By<'_>) -> Result<String, PartnerError> {
    let partner = locked(tx, origin).await?;
    let record = record_of(tx, &partner).await?;
    store::save(tx, &partner.id, &record).await?;
    let hash = sha256(text);
    store::attach(tx, &partner.id, text, &hash, here.now).await?;
    note(tx, here, by, &partner.id, &format!("signed-text {hash}")).await?;
    Ok(hash)
}

/// The partner calls itself differently now.
pub(in crate::features::partners) async fn renamed(tx: &mut Tx, partner: &Id, theirs: &actors::Actor, name: &str) -> Result<(), DbError> {
    actors::rename(tx, &theirs.id, name).await?;
    let inbox: &Iri = theirs.shared_inbox.as_ref().unwrap_or(&theirs.inbox);
    partners::describe(tx, partner, name, &theirs.uri, inbox).await
}
