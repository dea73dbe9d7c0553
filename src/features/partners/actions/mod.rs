//! What admins do with partners, from a page or from the command line, one unit of work each: name, offer, accept, decline,
//! test, pause, resume, end, and set rules. Each leaves its row in the audit log. Nothing here waits for the network.

mod agreeing;
mod declaring;
mod ending;
mod keeping;
mod ruling;
mod testing;

use crate::audit::{self, By, Event, What};
use crate::base::crash::{self, Point};
use crate::base::{Id, Origin};
use crate::db::{DbError, Tx};
use crate::features::groups::GroupError;
use crate::federation::partners::{self, Partner, State};
use crate::federation::{Here, actors, outbox};

use super::agreement::Record;
use super::store;
use super::wire::Ends;

pub use agreeing::{Answer, accept, attach, change_terms, declare, decline, propose, write_down};
pub(super) use agreeing::{accepted, declined, offered, renamed};
pub use declaring::looked;
pub use ending::end;
pub(super) use ending::ended_by_them;
pub use keeping::{keep, nightly};
pub use ruling::apply;
pub(super) use ruling::no_longer_allowed;
pub use testing::test;
pub(super) use testing::{canary, receipt};

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
    /// No offer of theirs waits.
    #[error("no offer of theirs waits for an answer")]
    NoOffer,
    /// The offer is another one than the one that was looked at.
    #[error("they changed their offer since; look at it again before you answer")]
    OfferChanged,
    /// They declare something else than what was looked at.
    #[error("they declare something else since; look at it again")]
    DeclaredAnew,
    /// Something that a declaration must say is missing.
    #[error("purpose, contact, hosting country, staffed hours and worry contact are needed")]
    Incomplete,
    /// It was named the other way, and that cannot be changed while it lasts.
    #[error("this house is a partner already ({state}, {named} the handshake); end that first with haven partner end, then add it anew")]
    OtherWay {
        /// Where the partnership stands.
        state: &'static str,
        /// How it was named: `with` or `without`.
        named: &'static str,
    },
    /// A test has not come to its end.
    #[error("a test of this partner is under way; haven partner show says how it went, within ten minutes")]
    TestRuns,
    /// It runs other software.
    #[error("this partner runs other software and cannot do that")]
    OtherSoftware,
    /// Database trouble.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl PartnerError {
    /// The key of the sentence for the person.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Ourselves => "partners-error-ourselves",
            Self::NotHttps => "partners-error-https",
            Self::Unknown => "partners-error-unknown",
            Self::State(_) => "partners-error-state",
            Self::NoOffer => "partners-error-no-offer",
            Self::OfferChanged => "partners-error-offer-changed",
            Self::DeclaredAnew => "partners-error-declared-anew",
            Self::Incomplete => "partners-error-incomplete",
            Self::OtherWay { .. } => "partners-error-other-way",
            Self::TestRuns => "partners-error-test-runs",
            Self::OtherSoftware => "partners-error-other-software",
            Self::NotFounded | Self::Db(_) => "partners-error-later",
        }
    }
}

impl From<GroupError> for PartnerError {
    fn from(error: GroupError) -> Self {
        match error {
            GroupError::Db(error) => Self::Db(error),
            _ => Self::Db(DbError::Unreadable("groups")),
        }
    }
}

/// Writes down that a partnership changed.
async fn note(tx: &mut Tx, here: &Here, by: By<'_>, partner: &Id, words: &str) -> Result<(), DbError> {
    note_of(tx, here, by, ("partner", partner.as_str()), words).await
}

async fn note_of(tx: &mut Tx, here: &Here, by: By<'_>, object: (&str, &str), words: &str) -> Result<(), DbError> {
    let event = Event {
        at: here.now,
        what: What::PartnershipChanged,
        done: true,
        by,
        purpose: "sharing",
        object,
        client: "",
        ground: by.role,
        words,
    };
    audit::record(tx, &event).await
}

/// The partner at this address, with its changes by others kept out until the end of this unit of work.
async fn locked(tx: &mut Tx, origin: &Origin) -> Result<Partner, PartnerError> {
    tx.lock("partners").await?;
    partners::by_origin(tx, origin).await?.ok_or(PartnerError::Unknown)
}

/// The agreement with a partner; one from before there were agreements stands on the standard terms.
async fn record_of(tx: &mut Tx, partner: &Partner) -> Result<Record, DbError> {
    Ok(store::record(tx, &partner.id).await?.unwrap_or_else(|| super::before_agreements(partner)))
}

/// Our instance actor and the address of theirs.
async fn instance(tx: &mut Tx) -> Result<actors::Actor, PartnerError> {
    actors::instance(tx).await?.ok_or(PartnerError::NotFounded)
}

/// The address of a partner's instance actor.
fn theirs(partner: &Partner) -> crate::base::Iri {
    partner.actor_uri.clone().unwrap_or_else(|| partner.origin.at("/actor"))
}

/// Sends one thing from instance to instance, in the partner's own thread. Its address.
async fn tell<T: crate::federation::activity::Shape>(
    tx: &mut Tx,
    here: &Here,
    partner: &Id,
    activity: crate::federation::activity::Outbound<T>,
    answers: Option<&crate::base::Iri>,
) -> Result<crate::base::Iri, PartnerError> {
    let from = instance(tx).await?;
    let to = std::slice::from_ref(partner);
    let outgoing = outbox::Outgoing { from: &from.id, thread: partner, to, activity, about: None, answers, receipt: false };
    Ok(outbox::publish(tx, here, outgoing).await?)
}

fn ends<'a>(ours: &'a actors::Actor, theirs: &'a crate::base::Iri) -> Ends<'a> {
    Ends { ours: &ours.uri, theirs }
}

/// Stops everything in both directions, at once; queued deliveries wait. Loses no relation.
///
/// # Errors
/// When there is no such partner, or it is not active.
pub async fn pause(tx: &mut Tx, here: &Here, origin: &Origin, by: By<'_>) -> Result<Partner, PartnerError> {
    step(tx, here, origin, (State::Active, State::Paused), by).await
}

/// Lets things flow again; what waited goes out first, in order.
///
/// # Errors
/// When there is no such partner, or it is not paused.
pub async fn resume(tx: &mut Tx, here: &Here, origin: &Origin, by: By<'_>) -> Result<Partner, PartnerError> {
    let partner = step(tx, here, origin, (State::Paused, State::Active), by).await?;
    outbox::wake(tx, &partner.id, here.now).await?;
    Ok(partner)
}

async fn step(tx: &mut Tx, here: &Here, origin: &Origin, (from, to): (State, State), by: By<'_>) -> Result<Partner, PartnerError> {
    let partner = locked(tx, origin).await?;
    if partner.state != from {
        return Err(PartnerError::State(partner.state.as_str()));
    }
    partners::set_state(tx, &partner.id, to, here.now).await?;
    crash::passing(Point::MidRevoke);
    note(tx, here, by, &partner.id, &format!("{}>{}", from.as_str(), to.as_str())).await?;
    Ok(Partner { state: to, ..partner })
}
