//! `Committed<T>`: only a commit makes one, and "accepted" is built from it (threats R18).

use haven::db::{Committed, Tx};
use haven::federation::accept::Signed;
use haven::federation::{Federation, Here};

fn made<T: Default>() {}

fn from<A, B: From<A>>() {}

fn a_value_is_not_durable(value: u8, proof: &Committed<u8>) {
    let _ = proof.clone().into_inner();
    let _ = Committed(value); //~ E0423
    let _ = Committed { 0: value }; //~ E0451
    let _ = proof.0; //~ E0616
}

fn nor_is_nothing() {
    made::<Committed<u8>>(); //~ E0277
    from::<u8, Committed<u8>>(); //~ E0277
}

async fn after_the_commit_nothing_is_added(mut tx: Tx) {
    let _proof: Result<Committed<u8>, _> = tx.commit_with(1).await;
    let _ = tx.savepoint().await; //~ E0382
}

async fn the_door_in_gives_the_proof(federation: &Federation, here: &Here, signed: Signed<'_>) {
    let received = federation.receive(here, signed, b"{}").await;
    let Ok(proof) = received else { return };
    let _: Committed<_> = proof;
    let _: u8 = proof; //~ E0308
}

fn the_answer_is_made_in_one_place() {
    let _ = haven::federation::endpoints::accepted::<u8>; //~ E0603
}
