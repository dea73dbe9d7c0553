//! What admins do with partners, from a page or from the command line: name, pause, resume, end. One unit of work each.

use crate::base::{Id, Origin};
use crate::db::{DbError, Tx};
use crate::federation::outbox::{self, Outgoing};
use crate::federation::partners::{self, Partner, State};
use crate::federation::{Here, actors};

use super::wire;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum PartnerError {
    /// The own instance cannot be its partner.
    #[error("this is the address of this instance itself")]
    Ourselves,
    /// http outside of tests.
    #[error("a partner's address must begin with https://")]
    NotHttps,
    /// No such partner.
    #[error("there is no partner with this address; see haven partner list")]
    Unknown,
    /// Not from this state.
    #[error("this partnership is {0}; that cannot be done now")]
    State(&'static str),
    /// The instance was never started.
    #[error("this instance has no key yet; start it once with haven serve")]
    NotFounded,
    /// Database trouble.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Names another instance as partner. With the handshake an offer goes out, and the partnership becomes active when the
/// other side's admin named us too; without it (other software) it is active at once and promises nothing.
///
/// # Errors
/// See [`PartnerError`].
pub async fn propose(tx: &mut Tx, here: &Here, origin: &Origin, handshake: bool, loopback: bool) -> Result<Partner, PartnerError> {
    if *origin == here.origin {
        return Err(PartnerError::Ourselves);
    }
    if origin.scheme() != "https" && !loopback {
        return Err(PartnerError::NotHttps);
    }
    tx.lock("partners").await?;
    let partner = partners::name(tx, here, origin, handshake).await?;
    if partner.state == State::Proposed {
        offer(tx, here, &partner).await?;
    }
    Ok(partner)
}

/// Sends (again) the offer to be partners.
async fn offer(tx: &mut Tx, here: &Here, partner: &Partner) -> Result<(), PartnerError> {
    let instance = actors::instance(tx).await?.ok_or(PartnerError::NotFounded)?;
    let theirs = partner.origin.at("/actor");
    let uri = outbox::publish(
        tx,
        here,
        Outgoing {
            from: &instance.id,
            thread: &partner.id,
            to: std::slice::from_ref(&partner.id),
            activity: wire::offer(here, &instance.uri, &theirs),
            about: None,
            answers: None,
            receipt: false,
        },
    )
    .await?;
    partners::set_offer(tx, &partner.id, Some(&uri)).await?;
    Ok(())
}

/// Stops everything in both directions, at once; queued deliveries wait. Loses no relation.
///
/// # Errors
/// When there is no such partner, or it is not active.
pub async fn pause(tx: &mut Tx, here: &Here, origin: &Origin) -> Result<Partner, PartnerError> {
    step(tx, here, origin, &[State::Active], State::Paused).await
}

/// Lets things flow again; what waited goes out first, in order.
///
/// # Errors
/// When there is no such partner, or it is not paused.
pub async fn resume(tx: &mut Tx, here: &Here, origin: &Origin) -> Result<Partner, PartnerError> {
    let partner = step(tx, here, origin, &[State::Paused], State::Active).await?;
    outbox::wake(tx, &partner.id, here.now).await?;
    Ok(partner)
}

/// Ends a partnership.
///
/// # Errors
/// When there is no such partner, or it has ended.
pub async fn end(tx: &mut Tx, here: &Here, origin: &Origin) -> Result<Partner, PartnerError> {
    step(tx, here, origin, &[State::Proposed, State::Active, State::Paused], State::Ended).await
}

async fn step(tx: &mut Tx, here: &Here, origin: &Origin, from: &[State], to: State) -> Result<Partner, PartnerError> {
    tx.lock("partners").await?;
    let partner = partners::by_origin(tx, origin).await?.ok_or(PartnerError::Unknown)?;
    if !from.contains(&partner.state) {
        return Err(PartnerError::State(partner.state.as_str()));
    }
    partners::set_state(tx, &partner.id, to, here.now).await?;
    Ok(Partner { state: to, ..partner })
}

/// The other side named us: both did now. Their instance actor tells us their name and inbox. Answers with an Accept.
pub(super) async fn offered(
    tx: &mut Tx,
    here: &Here,
    partner: &Partner,
    theirs: &actors::Actor,
    offer: &crate::base::Iri,
) -> Result<(), DbError> {
    tx.lock("partners").await?;
    activate(tx, here, &partner.id, theirs).await?;
    let instance = actors::instance(tx).await?.ok_or(DbError::Unreadable("actors"))?;
    outbox::publish(
        tx,
        here,
        Outgoing {
            from: &instance.id,
            thread: &partner.id,
            to: std::slice::from_ref(&partner.id),
            activity: wire::accept(here, &instance.uri, &theirs.uri, offer),
            about: None,
            answers: Some(offer),
            receipt: false,
        },
    )
    .await?;
    Ok(())
}

/// Both sides named each other.
pub(super) async fn activate(tx: &mut Tx, here: &Here, partner: &Id, theirs: &actors::Actor) -> Result<(), DbError> {
    let Some(now) = partners::by_id(tx, partner).await? else { return Ok(()) };
    let inbox = theirs.shared_inbox.as_ref().unwrap_or(&theirs.inbox);
    partners::describe(tx, partner, &theirs.name, &theirs.uri, inbox).await?;
    if now.state == State::Proposed {
        partners::set_state(tx, partner, State::Active, here.now).await?;
        tracing::info!(partner = %partner, "a partnership became active");
    }
    partners::set_offer(tx, partner, None).await?;
    outbox::wake(tx, partner, here.now).await
}

/// The partner calls itself differently now.
pub(super) async fn renamed(tx: &mut Tx, partner: &Id, theirs: &actors::Actor, name: &str) -> Result<(), DbError> {
    actors::rename(tx, &theirs.id, name).await?;
    partners::describe(tx, partner, name, &theirs.uri, theirs.shared_inbox.as_ref().unwrap_or(&theirs.inbox)).await
}
