//! `Outbound<T>` and `Sealed`: bytes that leave come from closed structs of ours, and nothing else is signed (threats R10, R11).

use haven::base::{Iri, Timestamp};
use haven::federation::activity::{Activity, NoteOut, Object, Outbound, Sealed, TombstoneOut};
use haven::federation::keys::KeyPair;
use haven::federation::signature::Signer;
use serde_json::{Value, json};

fn deserialised<T: for<'de> serde::Deserialize<'de>>() {}

fn serialised<T: serde::Serialize>() {}

fn from<A, B: From<A>>() {}

fn only_our_structs_go_out(ours: TombstoneOut, value: Value, text: String, heard: Activity) {
    let _: Sealed = Outbound::new(ours).seal();
    let _ = Outbound::new(value); //~ E0277
    let _ = Outbound::new(text); //~ E0277
    let _ = Outbound::new(heard); //~ E0277
}

fn an_open_struct_cannot_be_put_together(ours: Outbound<TombstoneOut>, text: String, value: Value) {
    let _ = ours.id();
    let _ = ours.0; //~ E0616
    let _ = Outbound(value); //~ E0423
    let _ = Sealed(text); //~ E0423
}

fn bytes_are_not_sealed_from_outside(text: String) {
    let _ = Sealed::from_outbox(text); //~ E0624
    from::<String, Sealed>(); //~ E0277
    deserialised::<Sealed>(); //~ E0277
}

fn what_was_heard_is_not_written_again() {
    serialised::<NoteOut>();
    serialised::<Activity>(); //~ E0277
    serialised::<Object>(); //~ E0277
    deserialised::<NoteOut>(); //~ E0277
}

fn html_goes_out_clean(id: Iri, owner: Iri, text: String) {
    let _ = NoteOut::new(id, owner, text); //~ E0308
}

fn only_documents_are_signed(signer: &Signer<'_>, url: &Iri, sealed: &Sealed, heard: &[u8], now: Timestamp) {
    let _ = signer.post(url, sealed, "application/activity+json", now);
    let _ = signer.post(url, heard, "application/activity+json", now); //~ E0308
}

fn a_key_signs_no_bytes(key: &KeyPair, heard: &[u8]) {
    let _ = key.sign(heard); //~ E0624
}
