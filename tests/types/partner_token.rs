//! `PartnerToken`: only the policy table gives one, and only for one question; the door out and the fetches ask for it (threats R4, R12).

use haven::base::{Iri, Origin};
use haven::federation::activity::Sealed;
use haven::federation::dialer::{Call, Method, Transport};
use haven::federation::partners::Partner;
use haven::federation::policy::{self, PartnerToken, Traffic};
use haven::federation::{Federation, Here};

fn made<T: Default>() {}

fn from<A, B: From<A>>() {}

fn copied<T: Clone>() {}

fn a_partner_is_no_proof(partner: Partner) {
    let _ = PartnerToken { partner }; //~ E0451
}

fn the_table_alone_judges(partner: Partner) {
    let _ = policy::token(partner, Traffic::Any); //~ E0603
}

fn it_comes_from_nothing_else() {
    from::<Partner, PartnerToken>(); //~ E0277
    made::<PartnerToken>(); //~ E0277
}

fn it_is_not_copied(token: PartnerToken) {
    let _ = token.partner();
    copied::<PartnerToken>(); //~ E0277
    let _: PartnerToken = token.clone(); //~ E0599
    let (_one, _two) = (token, token); //~ E0382
}

fn a_call_needs_it(token: &PartnerToken, origin: &Origin, url: &Iri, body: &Sealed) {
    let _ = Call::get(token, url, Vec::new());
    let _ = Call::post(token, url, Vec::new(), body);
    let _ = Call::get(origin, url, Vec::new()); //~ E0308
    let _ = Call { token, url, method: Method::Get, headers: Vec::new(), body: None }; //~ E0451
}

fn a_call_says_only_what_we_wrote(token: &PartnerToken, url: &Iri, bytes: &[u8], text: &str) {
    let _ = Call::post(token, url, Vec::new(), bytes); //~ E0308
    let _ = Call::post(token, url, Vec::new(), text); //~ E0308
}

async fn the_door_takes_calls_only(door: &dyn Transport, url: &Iri) {
    let _ = door.send(url).await; //~ E0308
}

async fn a_fetch_needs_it(federation: &Federation, here: &Here, token: &PartnerToken, partner: &Partner, uri: &Iri) {
    let _ = federation.fetch_actor(token, here, uri).await;
    let _ = federation.fetch_actor(partner, here, uri).await; //~ E0308
}
