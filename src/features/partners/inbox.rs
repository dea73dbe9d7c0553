//! The handshake as it arrives: an offer from an instance that we named, or its answer to ours.

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::db::Tx;
use crate::federation::activity::Verb;
use crate::federation::actors::Kind;
use crate::federation::inbox::{Handled, Inbound, On, Receives, Refusal};
use crate::federation::partners::State;

use super::actions;

/// The rows of this feature.
pub fn receives() -> Vec<Receives> {
    vec![
        Receives { verb: Verb::Offer, on: On::Any, run: offer },
        Receives { verb: Verb::Accept, on: On::Activity(Verb::Offer), run: accept },
        Receives { verb: Verb::Reject, on: On::Activity(Verb::Offer), run: reject },
        Receives { verb: Verb::Update, on: On::Person, run: update },
    ]
}

/// Only the instance itself speaks about partnerships, never one of its people.
fn from_instance(inbound: &Inbound<'_>) -> Result<(), Refusal> {
    if inbound.actor.kind == Kind::Application { Ok(()) } else { Err(Refusal::Code("not-the-instance")) }
}

fn offer<'a>(tx: &'a mut Tx, inbound: &'a Inbound<'a>) -> BoxFuture<'a, Result<Handled, Refusal>> {
    async move {
        from_instance(inbound)?;
        if !matches!(inbound.partner.state, State::Proposed | State::Active) {
            return Err(Refusal::Code("not-active"));
        }
        actions::offered(tx, inbound.here, inbound.partner, inbound.actor, &inbound.activity.id).await?;
        Ok(Handled::Done)
    }
    .boxed()
}

fn accept<'a>(tx: &'a mut Tx, inbound: &'a Inbound<'a>) -> BoxFuture<'a, Result<Handled, Refusal>> {
    async move {
        from_instance(inbound)?;
        actions::activate(tx, inbound.here, &inbound.partner.id, inbound.actor).await?;
        Ok(Handled::Done)
    }
    .boxed()
}

/// A partner house says how it is called now. Documents of persons are read when they are needed, never from here.
fn update<'a>(tx: &'a mut Tx, inbound: &'a Inbound<'a>) -> BoxFuture<'a, Result<Handled, Refusal>> {
    async move {
        let document = inbound.activity.own_object().and_then(|object| object.document.as_deref());
        let Some(document) = document.filter(|document| document.id == inbound.actor.uri) else { return Ok(Handled::Ignored) };
        if from_instance(inbound).is_err() {
            return Ok(Handled::Ignored);
        }
        let name: String = document.name.iter().flat_map(|name| name.chars()).filter(|c| !c.is_control()).take(60).collect();
        if !name.trim().is_empty() {
            actions::renamed(tx, &inbound.partner.id, inbound.actor, name.trim()).await?;
        }
        Ok(Handled::Done)
    }
    .boxed()
}

fn reject<'a>(_tx: &'a mut Tx, inbound: &'a Inbound<'a>) -> BoxFuture<'a, Result<Handled, Refusal>> {
    async move {
        from_instance(inbound)?;
        // It stays as proposed: the admin sees that the other side has not agreed.
        Ok(Handled::Done)
    }
    .boxed()
}
