//! Somebody of a partner is gone. What they wrote here as a guest goes, for us and for all who hold it; what we hold of
//! them as a copy goes; their name goes. The partner gets a receipt. Saying it twice changes nothing.

use futures::FutureExt;

use crate::base::Id;
use crate::db::Tx;
use crate::features::{groups, posts};
use crate::federation::activity::Verb;
use crate::federation::actors::{self, Kind};
use crate::federation::inbox::{Handled, Inbound, On, Receives, Refusal};
use crate::federation::objects;
use crate::federation::outbox::{self, Outgoing};

use super::actions::{self, PartError};
use super::wire;

/// The rows of this feature.
pub(super) fn receives() -> Vec<Receives> {
    vec![Receives { verb: Verb::Delete, on: On::Person, run: |tx, inbound| gone(tx, inbound).boxed() }]
}

async fn gone(tx: &mut Tx, inbound: &Inbound<'_>) -> Result<Handled, Refusal> {
    let who = inbound.actor;
    let themself = inbound.activity.object_id() == Some(&who.uri) && inbound.activity.actor == who.uri;
    if who.kind != Kind::Person || who.partner.as_ref() != Some(&inbound.partner.id) || !themself {
        return Err(Refusal::Code("not-themself"));
    }
    if !who.gone {
        for guest in groups::guests_of_person(tx, &who.id).await? {
            part(tx, inbound, &guest).await?;
        }
        posts::forget_copies(tx, inbound.here, &who.id).await?;
        actors::erase(tx, &who.id, inbound.here.now).await?;
        objects::bury(tx, &who.uri, inbound.here.now).await?;
        objects::erased(tx, objects::ACTOR, who.uri.as_str(), inbound.here.now).await?;
        actions::scrub_soon(tx, inbound.here).await?;
    }
    let Some(instance) = actors::instance(tx).await? else { return Ok(Handled::Done) };
    let outgoing = Outgoing {
        from: &instance.id,
        thread: &inbound.partner.id,
        to: std::slice::from_ref(&inbound.partner.id),
        activity: wire::receipt(inbound.here, &instance.uri, &inbound.activity.id, &who.uri),
        about: None,
        answers: Some(&inbound.activity.id),
        receipt: false,
    };
    outbox::publish(tx, inbound.here, outgoing).await?;
    Ok(Handled::Done)
}

async fn part(tx: &mut Tx, inbound: &Inbound<'_>, guest: &Id) -> Result<(), Refusal> {
    match actions::part_with(tx, inbound.here, guest).await {
        Ok(_) | Err(PartError::Nobody) => Ok(()),
        Err(error) => match error.into_db() {
            Some(error) => Err(Refusal::Db(error)),
            None => Err(Refusal::Code("not-erased")),
        },
    }
}
