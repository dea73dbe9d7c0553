//! `Audience`: a closed set that can be met with another and never joined with one (threats R7).

use std::collections::BTreeSet;

use haven::base::Id;
use haven::federation::audience::Audience;

fn from<A, B: From<A>>() {}

fn collected<B: FromIterator<Id>>() {}

fn extended<T: Extend<Id>>() {}

fn deserialised<T: for<'de> serde::Deserialize<'de>>() {}

fn it_meets_and_never_joins(one: Audience, two: Audience) {
    let _ = one.meet(&two);
    let _ = one.join(&two); //~ E0599
    let _ = one.union(&two); //~ E0599
    let _ = one | two; //~ E0369
}

fn it_does_not_grow(mut audience: Audience, partner: Id) {
    let _ = audience.contains(&partner);
    audience.insert(partner); //~ E0599
    audience.0.insert(partner); //~ E0616
    extended::<Audience>(); //~ E0277
}

fn no_list_is_an_audience(list: BTreeSet<Id>) {
    let _ = Audience(list); //~ E0423
    from::<BTreeSet<Id>, Audience>(); //~ E0277
    collected::<Audience>(); //~ E0277
    deserialised::<Audience>(); //~ E0277
}
