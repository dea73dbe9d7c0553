//! SIG: signatures. Only the full set, made now, for us, by the key of exactly the actor that speaks, is let in.

use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use haven::testing::keys::sign;

use crate::http::Letter;
use crate::peer::Reply;
use crate::pen::{Actor, Pen, SCHEMES, Scheme, sha256};
use crate::rig::Rig;

const DENIED: &[u16] = &[400, 401, 403, 421];

/// All of SIG.
pub fn run(rig: &mut Rig) {
    bodies_and_coverage(rig);
    elsewhere(rig);
    time(rig);
    doubled(rig);
    owners(rig);
    key_documents(rig);
    rotation(rig);
    algorithms(rig);
    bad_keys(rig);
    subsets(rig);
    several(rig);
    digests(rig);
    strangers(rig);
    proofs(rig);
    mutations(rig);
    replay(rig);
    storm(rig);
}

/// An activity of `who` that is understood and has no effect, so that only the signature decides.
fn harmless(who: &Actor) -> Value {
    Rig::say(who, "Like", &json!("http://127.0.0.1:1/o/none"))
}

fn pen<'a>(rig: &Rig, who: &'a Actor, scheme: Scheme) -> Pen<'a> {
    Pen::post(who, scheme, &rig.authority, "/inbox")
}

fn right(rig: &Rig, who: &Actor, scheme: Scheme) -> Letter {
    pen(rig, who, scheme).write(harmless(who).to_string().as_bytes())
}

fn accept(rig: &mut Rig, case: (&str, &str), letter: &Letter) {
    let answer = rig.send(letter);
    let outcome = if answer.status == 202 { Ok(()) } else { Err(format!("a good request was answered {}", answer.status)) };
    rig.settle();
    rig.report.case(case.0, case.1, outcome);
}

/// The same where strangers and mistakes used up the questions of this minute: it is let in when the minute is over.
fn accept_in_time(rig: &mut Rig, case: (&str, &str), write: impl Fn(&Rig) -> Letter) {
    let begun = Instant::now();
    let mut status = rig.send(&write(rig)).status;
    while status == 401 && begun.elapsed() < Duration::from_mins(5) {
        std::thread::sleep(Duration::from_secs(1));
        status = rig.send(&write(rig)).status;
    }
    let outcome = if status == 202 { Ok(()) } else { Err(format!("a good request was answered {status} for {:?}", begun.elapsed())) };
    rig.settle();
    rig.report.case(case.0, case.1, outcome);
}

fn bodies_and_coverage(rig: &mut Rig) {
    let eve = rig.eve.clone();
    let (anna, group) = (rig.personas["anna"].clone(), rig.group("G-E").id);
    let body = harmless(&eve).to_string();
    for inbox in ["/inbox".to_owned(), "/actor/inbox".to_owned(), format!("/p/{anna}/inbox"), format!("/g/{group}/inbox")] {
        let bare = right(rig, &eve, Scheme::Draft).without("signature").to(&inbox);
        rig.deny(("SIG-01", "without a signature"), &bare, &[401], &[]);
        rig.deny(("SIG-01", "an empty signature"), &bare.clone().with("signature", ""), DENIED, &[]);
    }
    for scheme in SCHEMES {
        let digest = if scheme == Scheme::Draft { "digest" } else { "content-digest" };
        let full = pen(rig, &eve, scheme).covered;
        let without = |names: &[&str]| -> Vec<&'static str> { full.iter().copied().filter(|part| !names.contains(part)).collect() };
        let unbound = pen(rig, &eve, scheme).covering(&without(&[digest])).write(body.as_bytes());
        rig.deny(("SIG-03", "a digest that is not covered"), &unbound, &[401], &[]);
        rig.deny(("SIG-02", "no digest at all"), &unbound.without(digest), &[401], &[]);
        let letter = right(rig, &eve, scheme);
        let other = String::from_utf8_lossy(&letter.body).replace("Like", "Flag");
        rig.deny(("SIG-04", "another body"), &letter.clone().body(other), &[401], &[]);
        for tail in [" ", "\n", "\0"] {
            let longer = [letter.body.as_slice(), tail.as_bytes()].concat();
            rig.deny(("SIG-04", "one byte more"), &letter.clone().body(longer), &[401], &[]);
        }
        rig.deny(("SIG-04", "an empty body"), &letter.clone().body(""), &[401], &[]);
        let other = String::from_utf8_lossy(&letter.body).replace("/p/eve", "/p/frank");
        rig.deny(("SIG-04", "a body with another actor"), &letter.clone().body(other.clone()), &[401], &[]);
        let value = if scheme == Scheme::Draft {
            format!("SHA-256={}", sha256(other.as_bytes()))
        } else {
            format!("sha-256=:{}:", sha256(other.as_bytes()))
        };
        rig.deny(("SIG-04", "another body with its digest"), &letter.clone().body(other).set(digest, &value), &[401], &["E"]);
        let target = if scheme == Scheme::Draft { vec![vec!["(request-target)"]] } else { vec![vec!["@method"], vec!["@target-uri"]] };
        for part in target {
            let letter = pen(rig, &eve, scheme).covering(&without(&part)).write(body.as_bytes());
            rig.deny(("SIG-05", "method or target not covered"), &letter, &[401], &[]);
        }
        let part = if scheme == Scheme::Draft { "host" } else { "@authority" };
        let letter = pen(rig, &eve, scheme).covering(&without(&[part])).write(body.as_bytes());
        rig.deny(("SIG-08", "host not covered"), &letter, &[401], &[]);
    }
}

fn elsewhere(rig: &mut Rig) {
    let (eve, piet) = (rig.eve.clone(), rig.piet.clone());
    let (anna, group) = (rig.personas["anna"].clone(), rig.group("G-E").id);
    for scheme in SCHEMES {
        let letter = right(rig, &eve, scheme);
        for target in [
            format!("/p/{anna}/inbox"),
            format!("/g/{group}/inbox"),
            "/actor/inbox".to_owned(),
            "/inbox?".to_owned(),
            "/inbox?a=b".to_owned(),
        ] {
            rig.deny(("SIG-06", "signed for another path"), &letter.clone().to(&target), &[401], &["E"]);
        }
        let get = Pen { method: "GET", ..pen(rig, &eve, scheme) }.covering(match scheme {
            Scheme::Draft => &["(request-target)", "host", "date"],
            Scheme::Rfc => &["@method", "@target-uri", "@authority"],
        });
        let letter = get.write(b"").by("POST").with("content-type", "application/activity+json").body(harmless(&eve).to_string());
        rig.deny(("SIG-06", "a GET sent as a POST"), &letter, &[401], &["E"]);
        // What piet@P sent to E comes on to us.
        let theirs = rig.e.origin.strip_prefix("http://").expect("http").to_owned();
        let sent = Pen::post(&piet, scheme, &theirs, "/inbox").write(harmless(&piet).to_string().as_bytes());
        let ours = rig.authority.clone();
        rig.deny(("SIG-07", "forwarded as it was"), &sent, DENIED, &[]);
        rig.deny(("SIG-07", "forwarded with our host"), &sent.clone().set("host", &ours), &[401], &["P"]);
        let told = sent.set("host", &ours).with("x-forwarded-host", &theirs).with("forwarded", &format!("host={theirs}"));
        rig.deny(("SIG-07", "forwarded with their host in other headers"), &told, &[401], &["P"]);
        let web = Pen { web: "https", ..pen(rig, &eve, Scheme::Rfc) };
        rig.deny(("SIG-07", "signed for another scheme of the address"), &web.write(harmless(&eve).to_string().as_bytes()), &[401], &["E"]);
    }
}

fn time(rig: &mut Rig) {
    let eve = rig.eve.clone();
    for scheme in SCHEMES {
        for minutes in [-4, 0, 4] {
            let letter = pen(rig, &eve, scheme).seconds(minutes * 60).write(harmless(&eve).to_string().as_bytes());
            accept(rig, ("SIG-09", "within the window"), &letter);
        }
        for minutes in [-6, -61, -13 * 60, -366 * 24 * 60, 6, 61, 24 * 60, 80 * 366 * 24 * 60] {
            let letter = pen(rig, &eve, scheme).seconds(minutes * 60).write(harmless(&eve).to_string().as_bytes());
            rig.deny(("SIG-09", "outside the window"), &letter, &[400, 401], &[]);
        }
        let over = Pen { expires: Some(-1), created: true, ..pen(rig, &eve, scheme) };
        rig.deny(("SIG-09", "expired"), &over.write(harmless(&eve).to_string().as_bytes()), &[401], &[]);
    }
    let body = harmless(&eve).to_string();
    let timeless = pen(rig, &eve, Scheme::Draft).covering(&["(request-target)", "host", "digest"]).write(body.as_bytes());
    rig.deny(("SIG-09", "a time that is not covered"), &timeless, &[401], &[]);
    rig.deny(("SIG-09", "no time at all"), &timeless.without("date"), &[401], &[]);
    let timeless = Pen { created: false, ..pen(rig, &eve, Scheme::Rfc) }.write(body.as_bytes());
    rig.deny(("SIG-09", "no time at all"), &timeless, &[401], &[]);
    let odd = pen(rig, &eve, Scheme::Draft).covering(&["(request-target)", "(created)", "host", "digest"]);
    let odd = Pen { created: false, ..odd }.write(body.as_bytes());
    rig.deny(("SIG-09", "a covered time that is not given"), &odd, &[400, 401], &[]);
}

fn doubled(rig: &mut Rig) {
    let eve = rig.eve.clone();
    for scheme in SCHEMES {
        let letter = right(rig, &eve, scheme);
        let names: &[&str] = match scheme {
            Scheme::Draft => &["signature", "digest", "date", "host", "content-type"],
            Scheme::Rfc => &["signature", "signature-input", "content-digest", "date", "host", "content-type"],
        };
        for name in names {
            let good = letter.value(name);
            let bad = match *name {
                "host" => "e.test".to_owned(),
                "date" => "Thu, 01 Jan 1970 00:00:00 GMT".to_owned(),
                "content-type" => "text/plain".to_owned(),
                _ => good.replace(|c: char| c.is_ascii_lowercase(), "a"),
            };
            for value in [&good, &bad, &String::new()] {
                rig.deny(("SIG-10", name), &letter.clone().with(name, value), DENIED, &[]);
                rig.deny(("SIG-10", name), &letter.clone().first(name, value), DENIED, &[]);
            }
        }
    }
}

fn owners(rig: &mut Rig) {
    let (eve, frank, piet, quinn, den) = (rig.eve.clone(), rig.frank.clone(), rig.piet.clone(), rig.quinn.clone(), rig.den.clone());
    for scheme in SCHEMES {
        for other in [&frank, &den] {
            let body = harmless(other).to_string();
            rig.deny(("SIG-11", "a neighbour's key"), &pen(rig, &eve, scheme).write(body.as_bytes()), &[401, 403], &[]);
            let lent = other.with_key_of(&eve);
            // The known key says no; whether it was changed may be asked of its own house, once.
            rig.deny(("SIG-11", "a neighbour's key under its name"), &pen(rig, &lent, scheme).write(body.as_bytes()), &[401, 403], &["E"]);
        }
        for other in [&piet, &quinn] {
            let body = harmless(other).to_string();
            rig.deny(
                ("SIG-12", "a key of E for an actor of another house"),
                &pen(rig, &eve, scheme).write(body.as_bytes()),
                &[401, 403],
                &[],
            );
        }
        for id in ["", "eve", "http://", "acct:eve@e.test", "data:text/plain,x", "file:///etc/passwd", "//e.test/p/eve"] {
            let odd = eve.with_key_id(id);
            rig.deny(
                ("SIG-12", "a key id that is no address"),
                &pen(rig, &odd, scheme).write(harmless(&eve).to_string().as_bytes()),
                DENIED,
                &[],
            );
        }
    }
}

/// SIG-13: who serves a key is not its owner.
fn key_documents(rig: &mut Rig) {
    let (eve, frank, piet) = (rig.eve.clone(), rig.frank.clone(), rig.piet.clone());
    let upload = rig.e.at("/files/upload");
    // A document under another address that says it is frank, with a key of its own.
    let claimed = frank.with_key_of(&eve).with_key_id(&upload);
    rig.e.serve("/files/upload", Reply::document(&claimed.document()));
    let body = harmless(&frank).to_string();
    let write = |rig: &Rig| pen(rig, &claimed, Scheme::Draft).write(body.as_bytes());
    let (e, q) = (rig.e.clone(), rig.q.clone());
    rig.deny_asked(("SIG-13", "a document elsewhere that names a neighbour"), write, &[401, 403], (&e, "/files/upload"));
    // At two houses, so that the questions of a minute are enough for nearly all of them.
    let at_e = [
        ("/publicKey/owner", json!(frank.uri)),
        ("/publicKey/id", json!(piet.key_id)),
        ("/publicKey/owner", Value::Null),
        ("/id", json!(piet.uri)),
        ("/id", json!(e.at("/p/other"))),
    ];
    let at_q = [
        ("/publicKey/owner", json!(piet.uri)),
        ("/publicKey/id", json!(rig.quinn.key_id)),
        ("/id", json!(rig.quinn.uri)),
        ("/id", Value::Null),
        ("/publicKey", Value::Null),
    ];
    for (home, (place, value)) in at_q.into_iter().map(|bend| (&q, bend)).chain(at_e.into_iter().map(|bend| (&e, bend))) {
        let mallory = Actor::new(&home.origin, "/p/mallory", "Person", "mallory", 2);
        let mut document = mallory.document();
        *document.pointer_mut(place).expect("it is there") = value;
        home.serve("/p/mallory", Reply::document(&document));
        let write = |rig: &Rig| right(rig, &mallory, Scheme::Draft);
        rig.deny_asked(("SIG-13", "a document whose key is not its own"), write, &[401, 403, 503], (home, "/p/mallory"));
    }
    let mallory = Actor::new(&e.origin, "/p/mallory", "Person", "mallory", 2);
    rig.e.serve_actor(&mallory);
    accept_in_time(rig, ("SIG-13", "the rightful document"), |rig| right(rig, &mallory, Scheme::Draft));
    accept(rig, ("SIG-13", "the neighbour's own key still counts"), &right(rig, &frank, Scheme::Draft));
}

fn rotation(rig: &mut Rig) {
    let old = Actor::new(&rig.p.origin, "/p/rota", "Person", "rota", 3);
    let new = old.with_key_of(&rig.eve);
    rig.p.serve_actor(&old);
    accept_in_time(rig, ("SIG-14", "the first key"), |rig| right(rig, &old, Scheme::Draft));
    let other = Actor::new(&rig.p.origin, "/p/other", "Person", "other", 3);
    rig.p.serve_actor(&other);
    accept_in_time(rig, ("SIG-14", "somebody else's first key"), |rig| right(rig, &other, Scheme::Draft));
    let (asked, begun) = (rig.p.count(), Instant::now());
    for _ in 0..20 {
        let forged = other.with_key_of(&rig.eve);
        rig.deny(("SIG-14", "a key that was not announced"), &right(rig, &forged, Scheme::Draft), &[401], &["P"]);
    }
    let asked = rig.p.count() - asked;
    // Once a minute; a slow machine may need more than one.
    rig.report.case(
        "DOS-07",
        "wrong signatures under a known key ask once",
        if asked <= Rig::in_minutes(1, begun) { Ok(()) } else { Err(format!("{asked} times in {:?}", begun.elapsed())) },
    );
    rig.p.serve_actor(&new);
    let asked = rig.p.count();
    accept(rig, ("SIG-14", "the new key"), &right(rig, &new, Scheme::Draft));
    let asked = rig.p.count() - asked;
    rig.report.case("SIG-14", "asked once", if asked == 1 { Ok(()) } else { Err(format!("{asked} times")) });
    rig.deny(("SIG-14", "the old key"), &right(rig, &old, Scheme::Draft), &[401], &["P"]);
    accept(rig, ("SIG-14", "the new key again"), &right(rig, &new, Scheme::Rfc));
    contested(rig);
}

/// SIG-14: the same actor is forged while its key changes. The forger only brings the new key sooner.
fn contested(rig: &mut Rig) {
    let old = Actor::new(&rig.p.origin, "/p/contested", "Person", "contested", 3);
    let (new, forged) = (old.with_key_of(&rig.eve), old.with_key_of(&rig.quinn));
    rig.p.serve_actor(&old);
    accept_in_time(rig, ("SIG-14", "the first key of who is forged"), |rig| right(rig, &old, Scheme::Draft));
    rig.p.serve_actor(&new);
    let (asked, begun) = (rig.p.count(), Instant::now());
    for _ in 0..5 {
        // The row of the actor may change by it: to what its own house says.
        let status = rig.send(&right(rig, &forged, Scheme::Draft)).status;
        rig.report.case("SIG-14", "a forgery of who changes the key", if status == 401 { Ok(()) } else { Err(format!("{status}")) });
    }
    accept(rig, ("SIG-14", "the new key after forgeries"), &right(rig, &new, Scheme::Draft));
    rig.deny(("SIG-14", "the old key after forgeries"), &right(rig, &old, Scheme::Draft), &[401], &["P"]);
    let asked = rig.p.count() - asked;
    let few = (1..=Rig::in_minutes(1, begun)).contains(&asked);
    rig.report.case("SIG-14", "forgeries ask once", if few { Ok(()) } else { Err(format!("{asked} times in {:?}", begun.elapsed())) });
}

fn algorithms(rig: &mut Rig) {
    let eve = rig.eve.clone();
    let pem = eve.key.public_pem();
    let body = harmless(&eve).to_string();
    for scheme in SCHEMES {
        for label in [
            "none",
            "",
            "hmac-sha256",
            "rsa-sha1",
            "rsa-sha512",
            "ed25519",
            "ecdsa-sha256",
            "RSA-SHA256x",
            "rsa-pss-sha512",
            "rsa-sha256 ",
            "\u{1}",
        ] {
            if label == "\u{1}" && scheme == Scheme::Rfc {
                continue;
            }
            rig.deny(("SIG-16", "another label"), &pen(rig, &eve, scheme).labelled(Some(label)).write(body.as_bytes()), &[400, 401], &[]);
        }
        let sign = |base: &[u8]| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, pem.as_bytes());
            hmac::sign(&key, base).as_ref().to_vec()
        };
        for label in [None, Some("hmac-sha256"), Some("hs2019")] {
            let letter = pen(rig, &eve, scheme).labelled(label).write_by(body.as_bytes(), sign);
            rig.deny(("SIG-16", "the public key as a secret"), &letter, &[400, 401], &["E"]);
        }
        for junk in [vec![], vec![0; 256], vec![0xff; 256], vec![0; 255], vec![1; 257], vec![0; 4096]] {
            let letter = pen(rig, &eve, scheme).write_by(body.as_bytes(), |_| junk);
            rig.deny(("SIG-16", "a signature that is none"), &letter, &[400, 401], &["E"]);
        }
    }
}

/// One DER value.
fn der(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len();
    let mut out = vec![tag];
    match length {
        0..128 => out.push(u8::try_from(length).expect("short")),
        128..256 => out.extend([0x81, u8::try_from(length).expect("short")]),
        _ => out.extend([0x82, u8::try_from(length >> 8).expect("short"), u8::try_from(length & 0xff).expect("short")]),
    }
    out.extend_from_slice(value);
    out
}

fn rsa_pem(modulus: &[u8], exponent: &[u8]) -> String {
    use base64::Engine;
    let number = |bytes: &[u8]| der(2, &[&[0], bytes].concat());
    let key = der(0x30, &[number(modulus), number(exponent)].concat());
    let oid = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let spki = der(0x30, &[oid.to_vec(), der(3, &[vec![0], key].concat())].concat());
    let text = base64::engine::general_purpose::STANDARD.encode(spki);
    format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
}

/// What RSASSA-PKCS1-v1_5 signs: with the exponent 1 it is its own signature.
fn padded(base: &[u8], length: usize) -> Vec<u8> {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, base);
    let info = [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];
    let mut out = vec![0, 1];
    out.resize(length - info.len() - hash.as_ref().len() - 1, 0xff);
    out.push(0);
    out.extend_from_slice(&info);
    out.extend_from_slice(hash.as_ref());
    out
}

/// SIG-17: keys that prove nothing. Those with the exponent 1 come with a signature that is right for them.
fn bad_keys(rig: &mut Rig) {
    let modulus = |bytes: usize| [vec![0xc5], vec![0x5a; bytes - 2], vec![0x0d]].concat();
    let keys = [
        ("512 bits", rsa_pem(&modulus(64), &[1, 0, 1]), 64),
        ("1024 bits", rsa_pem(&modulus(128), &[1, 0, 1]), 128),
        ("exponent 1", rsa_pem(&modulus(256), &[1]), 256),
        ("exponent 1, 1024 bits", rsa_pem(&modulus(128), &[1]), 128),
        ("exponent 0", rsa_pem(&modulus(256), &[0]), 256),
        ("16384 bits", rsa_pem(&modulus(2048), &[1, 0, 1]), 2048),
        ("nothing", String::new(), 256),
        ("a certificate", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n".to_owned(), 256),
        ("a megabyte", format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", "A".repeat(900_000)), 256),
        (
            "ed25519, all zero",
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----\n"
                .to_owned(),
            256,
        ),
    ];
    // A common key that is not the one that signed: it costs a question and a check, as a weak one may.
    let wrong = Actor::new(&rig.p.origin, "/p/wrong", "Person", "wrong", 2);
    rig.p.serve_actor(&wrong);
    let (forged, p, q) = (wrong.with_key_of(&rig.frank), rig.p.clone(), rig.q.clone());
    let write = |rig: &Rig| right(rig, &forged, Scheme::Draft);
    let harmless_one = rig.deny_asked(("SIG-17", "another's key"), write, &[401], (&p, "/p/wrong"));
    for (at, (what, pem, length)) in keys.iter().enumerate() {
        let (home, path) = (if at % 2 == 0 { &p } else { &q }, format!("/p/weak{at}"));
        let weak = Actor::new(&home.origin, &path, "Person", "weak", 2);
        let mut document = weak.document();
        document["publicKey"]["publicKeyPem"] = json!(pem);
        home.serve(&path, Reply::document(&document));
        let body = harmless(&weak).to_string();
        // A signature as short or as long as no key we take can make says so by itself; the key has to be looked at as well.
        if !(256..=512).contains(length) {
            let letter = pen(rig, &weak, Scheme::Draft).write_by(body.as_bytes(), |base| padded(base, *length));
            rig.deny(("SIG-17", what), &letter, &[400, 401, 403], &[]);
        }
        let length = if (256..=512).contains(length) { *length } else { 256 };
        let write = |rig: &Rig| pen(rig, &weak, Scheme::Draft).write_by(body.as_bytes(), |base| padded(base, length));
        let took = rig.deny_asked(("SIG-17", what), write, &[400, 401, 403], (home, &path));
        rig.report.case(
            "SIG-17",
            "refused without long work",
            if took > Rig::patience(harmless_one) { Err(format!("{what} took {took:?}, another {harmless_one:?}")) } else { Ok(()) },
        );
        let stored = rig.number(&format!("SELECT COUNT(*) FROM actors WHERE uri = '{}'", weak.uri));
        rig.report.case("SIG-17", "nothing stored", if stored == 0 { Ok(()) } else { Err(format!("{what} is stored")) });
    }
}

/// SIG-18: only the full set passes.
fn subsets(rig: &mut Rig) {
    let eve = rig.eve.clone();
    let body = harmless(&eve).to_string();
    let rfc = ["@method", "@target-uri", "@authority", "content-digest"];
    let draft = ["(request-target)", "host", "date", "(created)", "digest", "content-type"];
    for (scheme, parts) in [(Scheme::Rfc, rfc.as_slice()), (Scheme::Draft, draft.as_slice())] {
        for bits in 0..1_usize << parts.len() {
            let covered: Vec<&'static str> = (0..parts.len()).filter(|at| bits >> at & 1 == 1).map(|at| parts[at]).collect();
            let has = |name| covered.contains(&name);
            for created in [true, false] {
                let full = match scheme {
                    Scheme::Rfc => covered.len() == parts.len() && created,
                    Scheme::Draft => {
                        has("(request-target)")
                            && has("host")
                            && has("digest")
                            && (has("date") || has("(created)"))
                            && (created || !has("(created)"))
                    }
                };
                let mut body = body.clone();
                if full {
                    body = harmless(&eve).to_string();
                }
                let letter = Pen { created, ..pen(rig, &eve, scheme) }.covering(&covered).write(body.as_bytes());
                if full {
                    accept(rig, ("SIG-18", "the full set"), &letter);
                } else {
                    rig.deny(("SIG-18", "less than the full set"), &letter, &[400, 401], &[]);
                }
            }
        }
    }
    for covered in [
        ["@method", "@path", "@query", "content-digest"].as_slice(),
        &["@method", "@authority", "@query", "content-digest"],
        &["@request-target", "@scheme", "host", "content-digest"],
    ] {
        let letter = pen(rig, &eve, Scheme::Rfc).covering(covered).write(body.as_bytes());
        rig.deny(("SIG-18", "pieces that are not the whole"), &letter, &[400, 401], &[]);
    }
}

fn several(rig: &mut Rig) {
    let eve = rig.eve.clone();
    let good = right(rig, &eve, Scheme::Rfc);
    let (input, signature) = (good.value("signature-input"), good.value("signature"));
    let renamed = |text: &str, label: &str| text.replacen("sig1", label, 1);
    let broken = signature.replacen(":A", ":B", 1).replacen("=:", "=:AAAA", 1);
    let less = Pen::post(&eve, Scheme::Rfc, &rig.authority, "/inbox").covering(&["@method"]).write(&good.body);
    let (less_input, less_signature) = (renamed(&less.value("signature-input"), "sig2"), renamed(&less.value("signature"), "sig2"));
    for (inputs, signatures) in [
        (format!("{input}, {less_input}"), format!("{broken}, {less_signature}")),
        (format!("{input}, {less_input}"), format!("{signature}, {less_signature}")),
        (format!("{less_input}, {input}"), format!("{less_signature}, {signature}")),
        (format!("{input}, {}", renamed(&input, "sig2")), format!("{signature}, {}", renamed(&signature, "sig2"))),
        (renamed(&input, "sig2"), signature.clone()),
        (input.clone(), renamed(&signature, "sig2")),
        (format!("{input}, {}", renamed(&input, "sig2")), signature.clone()),
        (input.clone(), format!("{signature}, {}", renamed(&signature, "sig2"))),
        (format!("{input}, {input}"), signature.clone()),
        (input.clone(), format!("{broken}, {signature}")),
        (format!("{less_input}, {input}").replace("sig2", "sig1"), signature.clone()),
        (String::new(), signature.clone()),
        (input.clone(), String::new()),
    ] {
        let letter = good.clone().set("signature-input", &inputs).set("signature", &signatures);
        rig.deny(("SIG-19", "several signatures"), &letter, &[400, 401], &["E"]);
    }
    let draft = right(rig, &eve, Scheme::Draft);
    for letter in [
        draft.clone().with("signature-input", &input),
        draft.clone().with("signature-input", "sig1=()"),
        draft.clone().with("signature-input", ""),
        draft.clone().with("signature-input", &input).with("signature", &signature),
        good.clone().with("signature", &draft.value("signature")),
        good.clone().first("signature", &draft.value("signature")),
        good.clone().set("signature", &format!("{signature}, {}", draft.value("signature"))),
        good.clone().set("signature", &draft.value("signature")),
        good.clone().without("signature-input"),
        draft.clone().set("signature", &format!("{}, {signature}", draft.value("signature"))),
        draft.clone().with("content-digest", &format!("sha-256=:{}:", sha256(b"other"))),
        good.clone().with("digest", &format!("SHA-256={}", sha256(b"other"))),
    ] {
        rig.deny(("SIG-20", "two schemes at once"), &letter, &[400, 401], &["E"]);
    }
}

fn digests(rig: &mut Rig) {
    let eve = rig.eve.clone();
    let body = harmless(&eve).to_string();
    let hash = sha256(body.as_bytes());
    let hex = data_encoding::HEXLOWER.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body.as_bytes()).as_ref());
    for (scheme, name, values) in [
        (
            Scheme::Draft,
            "digest",
            vec![
                format!("SHA-256={hex}"),
                format!("SHA-256={}", &hash[..40]),
                "MD5=1B2M2Y8AsgTpgAmY7PhCfg==".to_owned(),
                String::new(),
                "SHA-256=".to_owned(),
                format!("sha256={hash}"),
                hash.clone(),
                format!("SHA-256={}", hash.trim_end_matches('=')),
                format!("SHA-256={hash},SHA-256={}", sha256(b"x")),
                format!("SHA-256={},SHA-256={hash}", sha256(b"x")),
                format!("SHA-256={hash},SHA-512={}", sha256(b"x")),
                format!("SHA-256=:{hash}:"),
            ],
        ),
        (
            Scheme::Rfc,
            "content-digest",
            vec![
                format!("sha-256=:{hex}:"),
                format!("sha-256=:{}:", &hash[..40]),
                format!("sha-256={hash}"),
                "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:".to_owned(),
                String::new(),
                "sha-256=::".to_owned(),
                format!("SHA-256=:{hash}:"),
                format!("sha-256=:{hash}:, sha-256=:{}:", sha256(b"x")),
                format!("sha-256=:{hash}:, sha-512=:{}:", sha256(b"x")),
            ],
        ),
    ] {
        for value in values {
            // Signed over exactly the header that is sent: only its form is wrong.
            let own = if scheme == Scheme::Draft { format!("SHA-256={hash}") } else { format!("sha-256=:{hash}:") };
            let letter = pen(rig, &eve, scheme).write_by(body.as_bytes(), |base| {
                let text = String::from_utf8_lossy(base).replace(&own, &value);
                sign(&eve.key, text.as_bytes())
            });
            rig.deny(("SIG-22", "a digest in another form"), &letter.set(name, &value), &[400, 401], &[]);
        }
    }
}

fn strangers(rig: &mut Rig) {
    let (xeno, ruth, eve) = (rig.xeno.clone(), rig.ruth.clone(), rig.eve.clone());
    for scheme in SCHEMES {
        for (case, who) in [("SIG-23", &xeno), ("SIG-24", &ruth)] {
            let secret = format!("poison{}", Rig::fresh(&rig.x, "o").len()) + &who.name;
            let mut said = harmless(who);
            said["content"] = json!(secret);
            rig.poison.push(secret);
            let body = said.to_string();
            rig.deny((case, "a perfect signature"), &pen(rig, who, scheme).write(body.as_bytes()), &[401, 403], &[]);
            let create = Rig::create(who, &rig.group("G-P").uri, "nothing").to_string();
            rig.deny((case, "a perfect post"), &pen(rig, who, scheme).write(create.as_bytes()), &[401, 403], &[]);
            let offer = Rig::say(who, "Offer", &json!(rig.origin)).to_string();
            rig.deny((case, "an offer"), &pen(rig, who, scheme).write(offer.as_bytes()), &[401, 403], &[]);
        }
        // Names that only look like a partner's.
        let (host, port) = rig.e.origin.rsplit_once(':').expect("a port");
        for origin in [
            format!("{host}:1"),
            host.to_owned(),
            format!("http://x.{}", &host[7..]),
            rig.e.origin.replace("http", "https"),
            format!("http://{}@{}", &host[7..], "127.0.0.5:1"),
            format!("http://0{}:{port}", &host[7..]),
        ] {
            let near = eve.with_key_id(&format!("{origin}/p/eve#main-key"));
            rig.deny(
                ("SIG-23", "a name near a partner's"),
                &pen(rig, &near, scheme).write(harmless(&eve).to_string().as_bytes()),
                DENIED,
                &[],
            );
        }
    }
}

/// SIG-26: a proof in the body does not help.
fn proofs(rig: &mut Rig) {
    let (eve, piet) = (rig.eve.clone(), rig.piet.clone());
    let mut said = Rig::create(&piet, &rig.group("G-P").uri, "proven");
    said["signature"] = json!({"type": "RsaSignature2017", "creator": piet.key_id, "created": Rig::time(0), "signatureValue": "AAAA"});
    said["proof"] = json!({"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "verificationMethod": piet.key_id,
        "proofPurpose": "assertionMethod", "proofValue": "z3"});
    let body = said.to_string();
    rig.deny(
        ("SIG-26", "a proof without a signature"),
        &pen(rig, &piet, Scheme::Draft).write(body.as_bytes()).without("signature"),
        &[401],
        &[],
    );
    for scheme in SCHEMES {
        rig.deny(("SIG-26", "a proof with another's signature"), &pen(rig, &eve, scheme).write(body.as_bytes()), &[401, 403], &[]);
    }
}

/// SIG-18, SIG-25: one thing bent in an otherwise right request.
fn mutations(rig: &mut Rig) {
    let eve = rig.eve.clone();
    let mut seed: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % u64::try_from(below.max(1)).expect("small")).expect("small")
    };
    for scheme in SCHEMES {
        let letter = right(rig, &eve, scheme);
        let before = rig.digest();
        let (mut tried, mut let_in) = (0, Vec::new());
        for _ in 0..300 {
            let mut bent = letter.clone();
            let at = next(letter.headers.len() + 2);
            let mut bend = |text: &str| {
                let mut chars: Vec<char> = text.chars().collect();
                let place = next(chars.len());
                let graphic = char::from(u8::try_from(33 + next(94)).expect("ASCII"));
                match next(3) {
                    0 => chars[place] = graphic,
                    1 => chars.insert(place, graphic),
                    _ => drop(chars.remove(place)),
                }
                chars.into_iter().collect::<String>()
            };
            match at {
                0 => bent.target = bend(&letter.target),
                1 => bent.body = bend(&String::from_utf8_lossy(&letter.body)).into_bytes(),
                at => bent.headers[at - 2].1 = bend(&letter.headers[at - 2].1),
            }
            if harmless_change(&letter, &bent, scheme, &eve) {
                continue;
            }
            tried += 1;
            let status = rig.send(&bent).status;
            if (200..300).contains(&status) {
                let_in.push(format!("{status} for {bent:?}"));
            }
        }
        let outcome = if let_in.is_empty() { rig.unchanged(&before, &[]) } else { Err(let_in.join("\n")) };
        rig.report.many("SIG-25", "a bent request", tried, outcome);
    }
}

/// Changes that bend nothing that is bound, or that would ask E for one more key.
fn harmless_change(letter: &Letter, bent: &Letter, scheme: Scheme, who: &Actor) -> bool {
    let text = bent.value(if scheme == Scheme::Draft { "signature" } else { "signature-input" });
    let same = letter.bytes() == bent.bytes();
    // An address is that of another path or none at all.
    let elsewhere = !bent.target.starts_with("/inbox");
    // The draft's header may hold parameters that nobody knows, and its list has names in any case.
    let unknown = scheme == Scheme::Draft
        && text.split_once("headers=").map(|(_, rest)| rest.to_lowercase())
            == letter.value("signature").split_once("headers=").map(|(_, rest)| rest.to_lowercase());
    let signature_bent = bent.value("signature") != letter.value("signature");
    // Which of the headers has a date is not looked at by the RFC's set.
    let date = scheme == Scheme::Rfc && bent.value("date") != letter.value("date");
    same || elsewhere || date || !text.contains(&who.key_id) || (unknown && signature_bent)
}

/// SIG-21: the same request again.
fn replay(rig: &mut Rig) {
    let piet = rig.piet.clone();
    let create = Rig::create(&piet, &rig.group("G-P").uri, "said once");
    // Old, and with minutes left: all of it has to be said within the window, by a slow machine as well.
    let old = Pen::post(&piet, Scheme::Draft, &rig.authority, "/inbox").seconds(-120).write(create.to_string().as_bytes());
    let count = |rig: &Rig| rig.number("SELECT COUNT(*) FROM posts");
    let before = count(rig);
    let bytes = old.bytes();
    let address = rig.address;
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let bytes = bytes.clone();
            std::thread::spawn(move || crate::http::send(address, &bytes).status)
        })
        .collect();
    let statuses: Vec<u16> = threads.into_iter().map(|thread| thread.join().expect("an answer")).collect();
    rig.settle();
    rig.until("the post", |rig| count(rig) > before);
    let outcome =
        if count(rig) == before + 1 && statuses.iter().all(|status| *status == 202) { Ok(()) } else { Err(format!("{statuses:?}")) };
    rig.report.case("SIG-21", "four times at once", outcome);
    let answer = rig.send(&old);
    rig.settle();
    let outcome = if answer.status == 202 && count(rig) == before + 1 { Ok(()) } else { Err(format!("answered {}", answer.status)) };
    rig.report.case("SIG-21", "again within the window", outcome);
    let late = Pen::post(&piet, Scheme::Draft, &rig.authority, "/inbox").seconds(-301).write(create.to_string().as_bytes());
    rig.deny(("SIG-21", "after the window"), &late, &[401], &[]);
}

/// SIG-15: unknown keys without end, at a partner that has nothing else to do.
fn storm(rig: &mut Rig) {
    let sam = rig.sam.clone();
    let before = rig.digest();
    let from = rig.s.count();
    let mut wrong = Vec::new();
    let begun = Instant::now();
    for at in 0..1000 {
        let nobody = sam.with_key_id(&rig.s.at(&format!("/p/nobody{at}#main-key")));
        let status = rig.send(&pen(rig, &nobody, Scheme::Draft).write(harmless(&sam).to_string().as_bytes())).status;
        if status != 401 {
            wrong.push(status);
        }
    }
    let asked: Vec<String> = rig.s.since(from).into_iter().map(|seen| seen.target).collect();
    // Eight in a minute (N_FETCH); a slow machine may need more than one.
    let few = (1..=Rig::in_minutes(8, begun)).contains(&asked.len());
    let outcome = if wrong.is_empty() && few { rig.unchanged(&before, &[]) } else { Err(format!("{} fetches, {wrong:?}", asked.len())) };
    rig.report.many("SIG-15", "a thousand unknown keys", 1000, outcome);
    // The same by reads, which are looked at to the end.
    let (from, begun) = (rig.s.count(), Instant::now());
    for at in 1000..1100 {
        let nobody = sam.with_key_id(&rig.s.at(&format!("/p/nobody{at}#main-key")));
        let answer = rig.read(&nobody, "/o/aaaaaaaaaaaaaaaaaaaaaaaaaa");
        if answer.status != 404 {
            wrong.push(answer.status);
        }
    }
    let read = rig.s.count() - from;
    let outcome = if wrong.is_empty() && read <= Rig::in_minutes(8, begun) { Ok(()) } else { Err(format!("{read} fetches, {wrong:?}")) };
    rig.report.many("SIG-15", "reads with unknown keys", 100, outcome);
    // Whoever is new at the partner is learned after all, and what was not there is not asked for again.
    let newcomer = Actor::new(&rig.s.origin, "/p/newcomer", "Person", "newcomer", 5);
    rig.s.serve_actor(&newcomer);
    accept_in_time(rig, ("SIG-15", "the next new key"), |rig| right(rig, &newcomer, Scheme::Draft));
    let (s, gone) = (rig.s.clone(), sam.with_key_id(&rig.s.at("/p/nobody-there#main-key")));
    rig.deny_asked(("SIG-15", "one more unknown key"), |rig| right(rig, &gone, Scheme::Draft), &[401], (&s, "/p/nobody-there"));
    // For three minutes; this is the very next request.
    let from = rig.s.count();
    let status = rig.send(&right(rig, &gone, Scheme::Draft)).status;
    let asked = rig.s.was_asked("/p/nobody-there", from);
    let outcome = if status == 401 && !asked { Ok(()) } else { Err(format!("{status}, asked again: {asked}")) };
    rig.report.case("SIG-15", "what was not there is remembered", outcome);
}
