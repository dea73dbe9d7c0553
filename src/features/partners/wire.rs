//! The handshake on the wire: `Offer` and `Accept` between two instance actors. Nothing in it but addresses.

use crate::base::Iri;
use crate::federation::Here;
use crate::federation::activity::{Act, Outbound, Verb};

/// We would like to be partners.
pub fn offer(here: &Here, ours: &Iri, theirs: &Iri) -> Outbound<Act<Iri>> {
    let mut offer = Act::new(here.activity_uri(), Verb::Offer, ours.clone(), ours.clone());
    offer.to = vec![theirs.clone()];
    Outbound::new(offer)
}

/// We agree.
pub fn accept(here: &Here, ours: &Iri, theirs: &Iri, offer: &Iri) -> Outbound<Act<Iri>> {
    let mut accept = Act::new(here.activity_uri(), Verb::Accept, ours.clone(), offer.clone());
    accept.to = vec![theirs.clone()];
    Outbound::new(accept)
}
