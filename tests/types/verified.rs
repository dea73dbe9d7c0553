//! `Verified<Activity>`: only the inbox makes one, from a row that passed the door; handlers take nothing else (threats R1, R3).

use haven::db::Tx;
use haven::federation::accept::{Admitted, Came, Signed};
use haven::federation::activity::Activity;
use haven::federation::inbox::{Inbound, Verified};
use haven::federation::policy::PartnerToken;
use haven::federation::signature::{Claims, RawRequest, VerifiedRequest};
use haven::federation::{Federation, Here};

fn handler(_: &Verified<Activity>) {}

fn deserialised<T: for<'de> serde::Deserialize<'de>>() {}

fn made<T: Default>() {}

fn from<A, B: From<A>>() {}

fn a_read_activity_is_not_a_verified_one(activity: Activity, verified: &Verified<Activity>) {
    handler(verified);
    handler(&activity); //~ E0308
    let _ = Verified(activity); //~ E0423
}

fn nor_is_one_that_was_taken_apart_and_put_together(activity: Activity, verified: &Verified<Activity>) {
    let _ = &verified.0; //~ E0616
    let _ = Verified { 0: activity }; //~ E0451
}

fn nor_one_out_of_nothing() {
    from::<Activity, Verified<Activity>>(); //~ E0277
    made::<Verified<Activity>>(); //~ E0277
    deserialised::<Activity>(); //~ E0277
    deserialised::<Verified<Activity>>(); //~ E0277
}

fn a_verified_one_says_what_was_signed(verified: &mut Verified<Activity>, mut other: Activity) {
    other.objects.clear();
    verified.objects.clear(); //~ E0596
}

async fn the_door_has_an_order(federation: &Federation, here: &Here, raw: &RawRequest<'_>, admitted: Admitted) {
    // A request that was not admitted is not verified, and one that was not verified is not received.
    let signed = federation.verify(here, raw, admitted).await;
    let _ = federation.verify(here, raw, admitted).await; //~ E0382
    let _ = federation.receive(here, raw, b"").await; //~ E0308
    let _ = signed;
}

fn no_step_of_the_door_can_be_made_up(came: Came, token: PartnerToken, claims: Claims, raw: RawRequest<'static>, other: VerifiedRequest<'static>) {
    let _ = Admitted { token, claims, known: None, came }; //~ E0451
    let _ = VerifiedRequest { request: raw, ..other }; //~ E0451
    let _: Option<haven::federation::inbox::Arrived> = None; //~ E0603
}

fn a_verified_request_keeps_what_was_signed(request: &VerifiedRequest<'_>, signed: &Signed<'_>) {
    let _ = request.body();
    let _ = request.request; //~ E0616
    let _ = &signed.head; //~ E0616
}
