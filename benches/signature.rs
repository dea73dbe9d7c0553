//! What a signature costs, in and out, in both profiles: `cargo bench --bench signature`.
//! *Verify* is the whole door of the inbox: reading the headers, digest, base and RSA. No network, no database.

use std::hint::black_box;

use criterion::Criterion;
use haven::base::{Iri, Origin, Timestamp};
use haven::federation::activity::{Act, Outbound, Verb};
use haven::federation::keys::{KeyError, KeyPair, KeySource, PublicKey};
use haven::federation::signature::{OwnAuthority, Profile, RawRequest, Signer, Terms, parse, verify};
use haven::testing::keys::RecordedKeys;
use http::{HeaderMap, Method};

const NOW: Timestamp = Timestamp::from_seconds(1_772_366_400);
const KEY_ID: &str = "https://partner.test/p/piet#main-key";

fn profiles(criterion: &mut Criterion, key: &KeyPair, inbox: &Iri) -> Result<(), KeyError> {
    let public = PublicKey::from_pem(&key.public_pem())?;
    let own = OwnAuthority::new(inbox.origin());
    let partner = Origin::parse("https://partner.test").map_err(|_| KeyError::Signing)?;
    // About as long as a post of 200 words.
    let long = partner.at(&format!("/{}", "words/".repeat(200)));
    let body = Outbound::new(Act::new(partner.at("/a/1"), Verb::Create, partner.at("/p/piet"), long)).seal();
    for (name, profile) in [("cavage", Profile::Cavage), ("rfc9421", Profile::Rfc9421)] {
        let signer = Signer { profile, key, key_id: KEY_ID };
        let mut group = criterion.benchmark_group(name);
        group.bench_function("sign", |bencher| bencher.iter(|| signer.post(inbox, black_box(&body), "application/activity+json", NOW)));
        let headers: HeaderMap = signer.post(inbox, &body, "application/activity+json", NOW)?.into_iter().collect();
        let target = inbox.target();
        let request = RawRequest { method: &Method::POST, target: &target, headers: &headers, body: body.as_str().as_bytes() };
        group.bench_function("parse", |bencher| bencher.iter(|| parse(black_box(&request))));
        group.bench_function("verify", |bencher| {
            bencher.iter(|| {
                let claims = parse(black_box(&request))?;
                verify(&request, &claims, &own, &public, NOW, Terms::Partner).map(|verified| verified.signed_at())
            });
        });
        group.finish();
    }
    Ok(())
}

fn keys(criterion: &mut Criterion, key: &KeyPair) {
    let pem = key.public_pem();
    let mut group = criterion.benchmark_group("keys");
    group.bench_function("read a public key", |bencher| bencher.iter(|| PublicKey::from_pem(black_box(&pem))));
    group.sample_size(20);
    group.bench_function("make a key pair", |bencher| bencher.iter(KeyPair::generate));
    group.finish();
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = RecordedKeys::default().fresh()?;
    let inbox = Origin::parse("https://veld.test")?.at("/inbox");
    let mut criterion = Criterion::default().configure_from_args();
    profiles(&mut criterion, &key, &inbox)?;
    keys(&mut criterion, &key);
    criterion.final_summary();
    Ok(())
}
