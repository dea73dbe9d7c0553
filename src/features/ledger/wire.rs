//! The two sentences of this feature: somebody is gone, and the receipt for it. Pure; ids only.

use crate::base::Iri;
use crate::federation::activity::{Act, Outbound, Verb};
use crate::federation::here::Here;

/// Somebody deletes themself, as Mastodon says it: actor and object are the same.
pub(super) fn farewell(here: &Here, who: &Iri) -> Outbound<Act<Iri>> {
    Outbound::new(Act::new(here.activity_uri(), Verb::Delete, who.clone(), who.clone()))
}

/// The receipt, from our instance: name, words and places of who is gone are gone here.
pub(super) fn receipt(here: &Here, instance: &Iri, farewell: &Iri, to: &Iri) -> Outbound<Act<Iri>> {
    Outbound::new(Act::new(here.activity_uri(), Verb::Accept, instance.clone(), farewell.clone()).to([to.clone()]))
}
