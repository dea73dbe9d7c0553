//! What another instance says about the partnership as it arrives: an offer, a yes, a no, an end, and the steps and receipts
//! of the test. Only the instance itself speaks about these, never one of its people or bots.

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::base::html;
use crate::db::Tx;
use crate::federation::activity::Verb;
use crate::federation::inbox::{Handled, Inbound, On, Receives, Refusal};

use super::actions;

type Done<'a> = BoxFuture<'a, Result<Handled, Refusal>>;

macro_rules! row {
    ($verb:ident, $on:expr, $run:path) => {{
        fn run<'a>(tx: &'a mut Tx, inbound: &'a Inbound<'a>) -> Done<'a> {
            async move {
                from_instance(inbound)?;
                $run(tx, inbound).await
            }
            .boxed()
        }
        Receives { verb: Verb::$verb, on: $on, run }
    }};
}

/// The rows of this feature.
pub fn receives() -> Vec<Receives> {
    vec![
        row!(Offer, On::Any, actions::offered),
        row!(Accept, On::Activity(Verb::Offer), actions::accepted),
        row!(Reject, On::Activity(Verb::Offer), actions::declined),
        Receives { verb: Verb::Undo, on: On::Id, run: |tx, inbound| actions::ended_by_them(tx, inbound).boxed() },
        row!(Create, On::Canary, actions::canary),
        row!(Update, On::Canary, actions::canary),
        row!(Delete, On::Canary, actions::canary),
        row!(Accept, On::Canary, actions::receipt),
        Receives { verb: Verb::Update, on: On::House, run: update },
    ]
}

fn from_instance(inbound: &Inbound<'_>) -> Result<(), Refusal> {
    if inbound.partner.is_instance(inbound.actor) { Ok(()) } else { Err(Refusal::Code("not-the-instance")) }
}

/// A partner house says how it is called now. Documents of persons are read when they are needed, never from here.
fn update<'a>(tx: &'a mut Tx, inbound: &'a Inbound<'a>) -> Done<'a> {
    async move {
        let document = inbound.activity.own_object().and_then(|object| object.document.as_deref());
        let Some(document) = document.filter(|document| document.id == inbound.actor.uri) else { return Ok(Handled::Ignored) };
        if from_instance(inbound).is_err() {
            return Ok(Handled::Ignored);
        }
        let name = html::name_line(document.name.as_deref().unwrap_or_default(), 60);
        if !name.is_empty() {
            actions::renamed(tx, &inbound.partner.id, inbound.actor, &name).await?;
        }
        Ok(Handled::Done)
    }
    .boxed()
}
