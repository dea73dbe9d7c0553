//! The handshake on the wire: `Offer` and `Accept` between two instance actors. Nothing in it but addresses.

use crate::base::Iri;
use crate::federation::Here;
use crate::federation::activity::{Act, Outbound, Verb};

/// We would like to be partners.
pub fn offer(here: &Here, ours: &Iri, theirs: &Iri) -> Outbound<Act<Iri>> {
    Outbound::new(Act::new(here.activity_uri(), Verb::Offer, ours.clone(), ours.clone()).to([theirs.clone()]))
}

/// We agree.
pub fn accept(here: &Here, ours: &Iri, theirs: &Iri, offer: &Iri) -> Outbound<Act<Iri>> {
    Outbound::new(Act::new(here.activity_uri(), Verb::Accept, ours.clone(), offer.clone()).to([theirs.clone()]))
}
