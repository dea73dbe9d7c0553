//! The cases of threats §5.1 that this module answers, one test each, both profiles where both can be bent so.

use super::*;
use crate::base::Iri;
use crate::federation::activity::Sealed;
use crate::federation::signature::{Need, Profile, Signer};

fn all_refused(cases: impl IntoIterator<Item = (&'static str, Wire, Refusal)>) {
    for (what, wire, why) in cases {
        assert_eq!(wire.verdict(), Err(why), "{what}");
        assert!(wire.judged(&own(), Terms::Open).is_err(), "{what}: let in under open terms");
        assert!(matches!(why.status().as_u16(), 400 | 401), "{what}");
    }
}

#[test]
fn the_full_set_passes() {
    for wire in Wire::both() {
        assert_eq!(wire.verdict(), Ok(()));
    }
    for wire in [Wire::get("/g/1?page=2").cavage("(request-target) host date"), Wire::get("/g/1?page=2").rfc(&RFC_FULL[..3])] {
        assert_eq!(wire.verdict(), Ok(()));
    }
    let pieces = ["@method", "@authority", "@path", "@query", "@scheme", "@request-target", "date", "host"];
    assert_eq!(Wire::get("/g/1?page=2").rfc(&pieces).verdict(), Ok(()));
    assert_eq!(Wire::get("/g/1").rfc(&pieces).verdict(), Ok(()));
    assert_eq!(Wire::post().without("content-digest").cavage(CAVAGE_FULL).verdict(), Ok(()));
    assert_eq!(Wire::post().without("digest").rfc(&RFC_FULL).verdict(), Ok(()));
}

#[test]
fn white_space_and_case_are_tolerated() {
    let wire = Wire::post().cavage(CAVAGE_FULL);
    let loose = wire.get_header("signature").replace("\",", "\" ,\t ");
    assert_eq!(wire.clone().set("signature", &loose).verdict(), Ok(()));
    let loud = wire.get_header("signature").replace(CAVAGE_FULL, "(Request-Target)  Host Date DIGEST Content-Type");
    assert_eq!(wire.clone().set("signature", &loud).verdict(), Ok(()));
    assert_eq!(wire.clone().set("host", "Veld.Test:443").verdict(), Ok(()));
    let hosted: Vec<&str> = RFC_FULL.into_iter().chain(["host"]).collect();
    assert_eq!(Wire::post().rfc(&hosted).set("host", "Veld.Test:443").verdict(), Ok(()), "our own spelling is what was signed");
    let wire = Wire::post().rfc(&RFC_FULL);
    let loose = wire.get_header("signature-input").replace("\" \"", "\"  \"").replace(';', "; ");
    assert_eq!(wire.set("signature-input", &loose).verdict(), Ok(()));
}

#[test]
fn sig_01_no_signature() {
    let only_input = Wire::post().rfc(&RFC_FULL).without("signature");
    let only_signature = Wire::post().rfc(&RFC_FULL).without("signature-input");
    all_refused([
        ("nothing", Wire::post(), Refusal::Unsigned),
        ("empty", Wire::post().with("signature", ""), Refusal::Malformed),
        ("input without signature", only_input, Refusal::Labels),
        ("signature without input", only_signature, Refusal::Malformed),
    ]);
    let with_authorization = Wire::post().cavage(CAVAGE_FULL);
    let header = format!("Signature {}", with_authorization.get_header("signature"));
    assert_eq!(with_authorization.without("signature").with("authorization", &header).verdict(), Err(Refusal::Unsigned));
}

#[test]
fn sig_02_and_03_digest_missing_or_not_covered() {
    let bare = Wire::post().without("digest").without("content-digest");
    let missing = Refusal::NotCovered(Need::Digest);
    all_refused([
        ("draft, no digest", bare.clone().cavage("(request-target) host date"), missing),
        ("rfc, no digest", bare.rfc(&RFC_FULL[..3]), missing),
        ("draft, digest not covered", Wire::post().cavage("(request-target) host date"), missing),
        ("rfc, digest not covered", Wire::post().rfc(&RFC_FULL[..3]), missing),
        ("draft, the other digest covered", Wire::post().cavage("(request-target) host date content-digest"), missing),
        ("rfc, the other digest covered", Wire::post().rfc(&["@method", "@target-uri", "@authority", "digest"]), missing),
        ("draft, covered but absent", Wire::post().cavage(CAVAGE_FULL).without("digest"), Refusal::Component),
        ("rfc, covered but absent", Wire::post().rfc(&RFC_FULL).without("content-digest"), Refusal::Component),
    ]);
    let mut reading = Wire::get("/g/1").cavage("(request-target) host date");
    reading.body = b"a body after all".to_vec();
    assert_eq!(reading.verdict(), Err(missing));
    let mut silent = Wire::post().cavage("(request-target) host date");
    silent.body = Vec::new();
    assert_eq!(silent.verdict(), Err(missing), "a POST binds its body even when there is none");
}

#[test]
fn sig_04_body_swapped() {
    for wire in Wire::both() {
        for other in [format!("{BODY} "), BODY.replace("piet", "anna"), String::new(), BODY[1..].to_owned()] {
            let mut swapped = wire.clone();
            swapped.body = other.into_bytes();
            assert_eq!(swapped.verdict(), Err(Refusal::DigestMismatch));
        }
    }
    // The digest that is not covered must match, too.
    let digest = sha256_base64(b"something else");
    let wire = Wire::post().cavage(CAVAGE_FULL).set("content-digest", &format!("sha-256=:{digest}:"));
    assert_eq!(wire.verdict(), Err(Refusal::DigestMismatch));
    let wire = Wire::post().rfc(&RFC_FULL).set("digest", &format!("SHA-256={digest}"));
    assert_eq!(wire.verdict(), Err(Refusal::DigestMismatch));
}

#[test]
fn sig_05_and_08_method_target_and_host_not_covered() {
    let (target, method, authority) =
        (Refusal::NotCovered(Need::Target), Refusal::NotCovered(Need::Method), Refusal::NotCovered(Need::Authority));
    all_refused([
        ("draft, no target", Wire::post().cavage("host date digest content-type"), method),
        ("draft, no host", Wire::post().cavage("(request-target) date digest"), authority),
        ("rfc, no method", Wire::post().rfc(&RFC_FULL[1..]), method),
        ("rfc, no target", Wire::post().rfc(&["@method", "@authority", "content-digest"]), target),
        ("rfc, path without authority", Wire::post().rfc(&["@method", "@path", "content-digest"]), target),
        ("rfc, request target is not enough", Wire::post().rfc(&["@method", "@request-target", "content-digest"]), target),
        ("rfc, no query", Wire::get("/g/1?page=2").rfc(&["@method", "@authority", "@path"]), target),
        ("rfc, header host is not @authority", Wire::post().rfc(&["@method", "@path", "host", "content-digest"]), target),
    ]);
    // A partner names the authority by itself; on the open fediverse @target-uri names it (Mastodon).
    let mastodon = Wire::post().rfc(&["@method", "@target-uri", "content-digest"]);
    assert_eq!(mastodon.verdict(), Err(authority));
    assert_eq!(mastodon.judged(&own(), Terms::Open), Ok(()));
}

#[test]
fn sig_06_signed_for_another_request_line() {
    for wire in Wire::both() {
        for target in ["/p/anna/inbox", "/inbox?x=1", "/inbox/", "/INBOX", "//inbox", "/%69nbox", "/inbox?"] {
            let mut other = wire.clone();
            other.target = target.to_owned();
            assert_eq!(other.verdict(), Err(Refusal::BadSignature), "{target}");
        }
        for method in [Method::PUT, Method::DELETE, Method::HEAD] {
            let mut other = wire.clone();
            other.method = method;
            assert_eq!(other.verdict(), Err(Refusal::BadSignature));
        }
        for target in ["", "inbox", "https://veld.test/inbox", "*", "/in box", "/inbox#x", "/inbøx", "/inbox\nhost: veld.test"] {
            let mut other = wire.clone();
            other.target = target.to_owned();
            assert_eq!(other.verdict(), Err(Refusal::Malformed), "{target}");
        }
    }
    for wire in [Wire::get("/g/1").cavage("(request-target) host date"), Wire::get("/g/1").rfc(&RFC_FULL[..3])] {
        let mut sent = wire.clone();
        sent.method = Method::POST;
        assert_eq!(sent.verdict(), Err(Refusal::NotCovered(Need::Digest)));
    }
}

#[test]
fn a_query_may_be_left_out_on_open_terms_by_a_get_only() {
    let (names, bare) = ("(request-target) host date", Wire::get("/g/1"));
    let mut asked = bare.cavage(names);
    asked.target = "/g/1?page=2".to_owned();
    assert_eq!(asked.judged(&own(), Terms::Open), Ok(()));
    assert_eq!(asked.verdict(), Err(Refusal::BadSignature));
    let mut posted = Wire::post().cavage(CAVAGE_FULL);
    posted.target = "/inbox?as=anna".to_owned();
    assert_eq!(posted.judged(&own(), Terms::Open), Err(Refusal::BadSignature));
}

#[test]
fn sig_07_replay_to_another_server() {
    for signed in [
        Wire::post().set("host", "e.test").cavage(CAVAGE_FULL),
        Wire::post().set("host", "e.test").rfc(&RFC_FULL),
        Wire::post().set("host", "e.test").rfc(&["@method", "@authority", "@path", "content-digest"]),
    ] {
        all_refused([
            ("as it was", signed.clone(), Refusal::OtherHost),
            ("renamed", signed.clone().set("host", "veld.test"), Refusal::BadSignature),
            ("behind a proxy", signed.set("host", "veld.test").with("x-forwarded-host", "e.test"), Refusal::BadSignature),
        ]);
    }
    // Scheme and port count as well.
    let plain = OwnAuthority::new(Origin::parse("http://veld.test").unwrap());
    assert_eq!(Wire::post().rfc(&RFC_FULL).judged(&plain, Terms::Partner), Err(Refusal::BadSignature));
    let ported = OwnAuthority::new(Origin::parse("https://veld.test:8443").unwrap());
    for wire in Wire::both() {
        assert_eq!(wire.judged(&ported, Terms::Partner), Err(Refusal::OtherHost));
        assert_eq!(wire.set("host", "veld.test:8443").judged(&ported, Terms::Partner), Err(Refusal::BadSignature));
    }
}

/// A delivery signed at `at`, in each of the ways a time can be stated.
fn signed_at(at: Timestamp) -> [Wire; 4] {
    let (dated, seconds) = (Wire::post().set("date", &at.http_date()), at.seconds());
    let created = format!("created={seconds},");
    let quoted = Wire::post().cavage_with("(request-target) (created) host digest", &created);
    let header = quoted.get_header("signature").replace(&created, &format!("created=\"{seconds}\","));
    [
        dated.cavage(CAVAGE_FULL),
        Wire::post().cavage_with("(request-target) (created) host digest", &created),
        quoted.set("signature", &header),
        Wire::post().rfc_with(&RFC_FULL, &format!(";created={seconds};keyid=\"{KEY_ID}\"")),
    ]
}

#[test]
fn sig_09_time() {
    for (at, verdict) in [
        (-4, Ok(())),
        (-5, Ok(())),
        (4, Ok(())),
        (-6, Err(Refusal::TooOld)),
        (-61, Err(Refusal::TooOld)),
        (-13 * 60, Err(Refusal::TooOld)),
        (6, Err(Refusal::TooNew)),
        (24 * 60, Err(Refusal::TooNew)),
        (100 * 365 * 24 * 60, Err(Refusal::TooNew)),
    ] {
        for wire in signed_at(minutes(at)) {
            assert_eq!(wire.verdict(), verdict, "{at} minutes");
        }
    }
    for (at, verdict) in [(-719, Ok(())), (59, Ok(())), (-721, Err(Refusal::TooOld)), (61, Err(Refusal::TooNew))] {
        for wire in signed_at(minutes(at)) {
            assert_eq!(wire.judged(&own(), Terms::Open), verdict, "{at} minutes, open");
        }
    }
}

#[test]
fn sig_09_no_time_or_two() {
    let none = Refusal::NotCovered(Need::Time);
    let keyid = format!(";keyid=\"{KEY_ID}\"");
    let seconds = NOW.seconds();
    let dated: Vec<&str> = RFC_FULL.into_iter().chain(["date"]).collect();
    all_refused([
        ("draft, none", Wire::post().without("date").cavage("(request-target) host digest"), none),
        ("draft, date not covered", Wire::post().cavage("(request-target) host digest"), none),
        ("draft, created not covered", Wire::post().cavage_with("(request-target) host digest", &format!("created={seconds},")), none),
        ("draft, covered but not given", Wire::post().cavage("(request-target) (created) host digest"), Refusal::Component),
        ("draft, no number", Wire::post().cavage_with("(request-target) (created) host digest", "created=now,"), Refusal::Malformed),
        ("draft, a sign", Wire::post().cavage_with("(request-target) (created) host digest", "created=+1772366400,"), Refusal::Malformed),
        ("draft, no date", Wire::post().set("date", "yesterday").cavage(CAVAGE_FULL), Refusal::Malformed),
        ("rfc, none", Wire::post().rfc_with(&RFC_FULL, &keyid), none),
        ("rfc, date is not enough", Wire::post().rfc_with(&dated, &keyid), none),
        ("rfc, text", Wire::post().rfc_with(&RFC_FULL, &format!(";created=\"{seconds}\"{keyid}")), Refusal::Malformed),
        ("rfc, negative", Wire::post().rfc_with(&RFC_FULL, &format!(";created=-999999999999999{keyid}")), Refusal::TooOld),
        ("rfc, an old date covered", Wire::post().set("date", &minutes(-1000).http_date()).rfc(&dated), Refusal::TooOld),
        (
            "draft, an old date covered beside created",
            Wire::post()
                .set("date", &minutes(-1000).http_date())
                .cavage_with("(request-target) (created) host date digest", &format!("created={seconds},")),
            Refusal::TooOld,
        ),
    ]);
    for (expires, verdict) in [(seconds - 1, Err(Refusal::Expired)), (seconds, Err(Refusal::Expired)), (seconds + 60, Ok(()))] {
        let parameters = format!("created={seconds},expires={expires},");
        for names in ["(request-target) (created) (expires) host digest", "(request-target) (created) host digest"] {
            assert_eq!(Wire::post().cavage_with(names, &parameters).verdict(), verdict, "{names}");
        }
        let parameters = format!(";created={seconds};expires={expires}{keyid}");
        assert_eq!(Wire::post().rfc_with(&RFC_FULL, &parameters).verdict(), verdict);
    }
}

#[test]
fn sig_10_doubled_headers() {
    for wire in Wire::both() {
        for name in ["signature", "signature-input", "digest", "content-digest", "date", "host", "content-type"] {
            let good = wire.get_header(name).to_owned();
            if good.is_empty() {
                continue;
            }
            for bad in [good.as_str(), "something else", ""] {
                let after = wire.clone().with(name, bad);
                let before = wire.clone().without(name).with(name, bad).with(name, &good);
                assert_eq!(after.verdict(), Err(Refusal::Doubled), "{name}, bad one last");
                assert_eq!(before.verdict(), Err(Refusal::Doubled), "{name}, bad one first");
            }
        }
    }
    let covered = Wire::post().with("x-word", "one").cavage("(request-target) host date digest x-word");
    assert_eq!(covered.verdict(), Ok(()));
    assert_eq!(covered.with("x-word", "two").verdict(), Err(Refusal::Doubled));
    let twice = Wire::post().cavage(CAVAGE_FULL);
    let header = twice.get_header("signature").to_owned();
    for more in [format!("keyId=\"{KEY_ID}\",{header}"), format!("{header},SIGNATURE=\"x\""), format!("{header},{header}")] {
        assert_eq!(twice.clone().set("signature", &more).verdict(), Err(Refusal::Doubled));
    }
    let twice = Wire::post().rfc(&RFC_FULL);
    let input = format!("{};created={}", twice.get_header("signature-input"), NOW.seconds());
    assert_eq!(twice.set("signature-input", &input).verdict(), Err(Refusal::Doubled));
}

#[test]
fn sig_16_algorithm_confusion() {
    for name in ["none", "", "hmac-sha256", "rsa-sha1", "rsa-sha512", "ed25519", "ecdsa-sha256", "RSA-SHA256", "rsa-v1_5-sha256"] {
        let wire = Wire::post().cavage_with(CAVAGE_FULL, &format!("algorithm=\"{name}\","));
        assert_eq!(wire.verdict(), Err(Refusal::Algorithm), "{name}");
    }
    for parameters in ["", "algorithm=\"hs2019\","] {
        assert_eq!(Wire::post().cavage_with(CAVAGE_FULL, parameters).verdict(), Ok(()));
    }
    let created = NOW.seconds();
    for name in ["none", "", "hmac-sha256", "rsa-pss-sha512", "ed25519", "rsa-sha256", "hs2019"] {
        let wire = Wire::post().rfc_with(&RFC_FULL, &format!(";created={created};keyid=\"{KEY_ID}\";alg=\"{name}\""));
        assert_eq!(wire.verdict(), Err(Refusal::Algorithm), "{name}");
    }
    let token = Wire::post().rfc_with(&RFC_FULL, &format!(";created={created};keyid=\"{KEY_ID}\";alg=rsa-v1_5-sha256"));
    assert_eq!(token.verdict(), Err(Refusal::Malformed));
    // HMAC with the public key's text as the secret.
    let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key(0).public_pem().as_bytes());
    let tag = STANDARD.encode(aws_lc_rs::hmac::sign(&secret, b"(request-target): post /inbox"));
    let header = format!("keyId=\"{KEY_ID}\",headers=\"(request-target) host date digest\",signature=\"{tag}\"");
    assert_eq!(Wire::post().with("signature", &header).verdict(), Err(Refusal::BadSignature));
}

#[test]
fn sig_16_another_key_or_a_broken_signature() {
    let other = Wire::post().cavage_signature(CAVAGE_FULL, "", key(1));
    let header = format!("keyId=\"{KEY_ID}\",headers=\"{CAVAGE_FULL}\",signature=\"{other}\"");
    assert_eq!(Wire::post().with("signature", &header).verdict(), Err(Refusal::BadSignature));
    for (text, why) in [
        ("", Refusal::BadSignature),
        ("AAAA", Refusal::BadSignature),
        ("not base64!", Refusal::Malformed),
        (&"A".repeat(342), Refusal::Malformed),
        (&format!("{}==", "A".repeat(342)), Refusal::BadSignature),
    ] {
        let header = format!("keyId=\"{KEY_ID}\",headers=\"{CAVAGE_FULL}\",signature=\"{text}\"");
        assert_eq!(Wire::post().with("signature", &header).verdict(), Err(why), "{text}");
    }
    for key_id in ["", "main-key", "acct:piet@partner.test", "https://partner.test/ p", "javascript:1"] {
        let wire = Wire::post().cavage(CAVAGE_FULL);
        let header = wire.get_header("signature").replace(KEY_ID, key_id);
        assert_eq!(wire.set("signature", &header).verdict(), Err(Refusal::KeyId), "{key_id}");
    }
}

#[test]
fn sig_18_components_we_do_not_rebuild() {
    let created = format!(";created={};keyid=\"{KEY_ID}\"", NOW.seconds());
    for part in ["@status", "@query-param", "@signature-params", "@unknown", "@METHOD", "Date", "", "x y"] {
        let parts: Vec<&str> = RFC_FULL.into_iter().chain([part]).collect();
        assert_eq!(Wire::post().rfc_with(&parts, &created).verdict(), Err(Refusal::Component), "{part}");
    }
    for parameter in ["sf", "bs", "req", "tr", "key=\"a\"", "name=\"a\""] {
        let wire = Wire::post().rfc(&RFC_FULL);
        for part in ["@method", "content-digest"] {
            let input = wire.get_header("signature-input").replace(&format!("\"{part}\""), &format!("\"{part}\";{parameter}"));
            assert_eq!(wire.clone().set("signature-input", &input).verdict(), Err(Refusal::Component), "{part};{parameter}");
        }
    }
    let twice: Vec<&str> = RFC_FULL.into_iter().chain(["@method"]).collect();
    assert_eq!(Wire::post().rfc(&twice).verdict(), Err(Refusal::Component));
    let many: Vec<String> = (0..64).map(|at| format!("x-{at}")).collect();
    let many: Vec<&str> = RFC_FULL.into_iter().chain(many.iter().map(String::as_str)).collect();
    assert_eq!(Wire::post().rfc(&many).verdict(), Err(Refusal::Component));
    assert_eq!(Wire::post().cavage("(request-target) host date digest date").verdict(), Err(Refusal::Component));
    assert_eq!(Wire::post().cavage("(request-target) host date digest (other)").verdict(), Err(Refusal::Component));
    assert_eq!(Wire::post().cavage("(request-target) host date digest x-absent").verdict(), Err(Refusal::Component));
}

#[test]
fn sig_19_several_signatures() {
    let good = Wire::post().rfc(&RFC_FULL);
    let (input, signature) = (good.get_header("signature-input").to_owned(), good.get_header("signature").to_owned());
    let less = Wire::post().rfc(&["@method"]);
    let (less_input, less_signature) =
        (less.get_header("signature-input").replace("sig1", "sig2"), less.get_header("signature").replace("sig1", "sig2"));
    let broken = signature.replace("sig1=:", "sig1=:AAAA");
    let set = |input: &str, signature: &str| good.clone().set("signature-input", input).set("signature", signature);
    all_refused([
        ("broken and less", set(&format!("{input}, {less_input}"), &format!("{broken}, {less_signature}")), Refusal::Several),
        ("less and good", set(&format!("{less_input}, {input}"), &format!("{less_signature}, {signature}")), Refusal::Several),
        ("more signatures than inputs", set(&input, &format!("{signature}, {less_signature}")), Refusal::Several),
        ("more inputs than signatures", set(&format!("{input}, {less_input}"), &signature), Refusal::Several),
        ("labels differ", set(&input, &signature.replace("sig1", "sig2")), Refusal::Labels),
        ("label twice in both", set(&format!("{less_input}, {input}").replace("sig2", "sig1"), &signature), Refusal::Doubled),
        ("label twice, broken first", set(&input, &format!("{broken}, {signature}")), Refusal::Doubled),
        ("signature twice", set(&input, &format!("{signature}, {signature}")), Refusal::Doubled),
        ("an item for an input", set("sig1=1", &signature), Refusal::Malformed),
        ("no members", set("", ""), Refusal::Malformed),
        ("a trailing comma", set(&format!("{input},"), &signature), Refusal::Malformed),
    ]);
}

#[test]
fn sig_20_two_schemes_at_once() {
    let draft = Wire::post().cavage(CAVAGE_FULL).get_header("signature").to_owned();
    let rfc = Wire::post().rfc(&RFC_FULL);
    let rfc_signature = rfc.get_header("signature").to_owned();
    let broken = rfc_signature.replace("sig1=:", "sig1=:AAAA");
    for other in [rfc_signature.as_str(), &broken] {
        let merged = rfc.clone().set("signature", &format!("{other}, {draft}"));
        assert_eq!(merged.verdict(), Err(Refusal::Malformed));
        assert_eq!(rfc.clone().set("signature", &format!("{draft}, {other}")).verdict(), Err(Refusal::Malformed));
        assert_eq!(rfc.clone().set("signature", other).with("signature", &draft).verdict(), Err(Refusal::Doubled));
        assert_eq!(rfc.clone().set("signature", &draft).with("signature", other).verdict(), Err(Refusal::Doubled));
    }
    assert_eq!(rfc.clone().set("signature", &draft).verdict(), Err(Refusal::Malformed), "a draft signature under an RFC input");
    let unlabelled = rfc.without("signature-input").set("signature", &format!("{draft},{rfc_signature}"));
    assert_eq!(unlabelled.verdict(), Err(Refusal::Malformed), "an RFC signature is no parameter of a draft one");
    let unknown = Wire::post().cavage_with(CAVAGE_FULL, "opaque=\"word\",");
    assert_eq!(unknown.verdict(), Ok(()), "an unknown parameter in the draft's own grammar is");
}

#[test]
fn sig_22_digest_format() {
    let hash = sha256_base64(BODY.as_bytes());
    let hex = data_encoding::HEXLOWER.encode(&STANDARD.decode(&hash).unwrap());
    let sha512 = STANDARD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA512, BODY.as_bytes()));
    for (text, verdict) in [
        (format!("SHA-256={hash}"), Ok(())),
        (format!("sha-256={hash}"), Ok(())),
        (format!("SHA-256={hash}, SHA-512={sha512}, MD5=abc="), Ok(())),
        (format!("SHA-256={hex}"), Err(Refusal::Digest)),
        (format!("SHA-256={}", &hash[..40]), Err(Refusal::Digest)),
        (format!("SHA-256={}", hash.trim_end_matches('=')), Err(Refusal::Digest)),
        (format!("SHA-256=:{hash}:"), Err(Refusal::Digest)),
        ("SHA-256=".to_owned(), Err(Refusal::Digest)),
        ("MD5=1B2M2Y8AsgTpgAmY7PhCfg==".to_owned(), Err(Refusal::Digest)),
        (format!("SHA-512={sha512}"), Err(Refusal::Digest)),
        (String::new(), Err(Refusal::Digest)),
        (hash.clone(), Err(Refusal::Digest)),
        (format!("SHA-256={hash},SHA-256={hash}"), Err(Refusal::Doubled)),
        (format!("SHA-256={hash},sha-512={}", STANDARD.encode([0; 64])), Err(Refusal::DigestMismatch)),
    ] {
        assert_eq!(Wire::post().set("digest", &text).cavage(CAVAGE_FULL).verdict(), verdict, "{text}");
    }
    for (text, verdict) in [
        (format!("sha-512=:{sha512}:"), Ok(())),
        (format!("sha-512=:{sha512}:, sha-256=:{hash}:"), Ok(())),
        (format!("sha-256=:{hash}:, md5=:AAAA:"), Ok(())),
        (format!("SHA-256=:{hash}:"), Err(Refusal::Malformed)),
        (format!("sha-256=\"{hash}\""), Err(Refusal::Digest)),
        (format!("sha-256=:{}:", hash.trim_end_matches('=')), Err(Refusal::Digest)),
        (format!("sha-256=(:{hash}:)"), Err(Refusal::Digest)),
        ("sha-256=::".to_owned(), Err(Refusal::Digest)),
        ("md5=:1B2M2Y8AsgTpgAmY7PhCfg==:".to_owned(), Err(Refusal::Digest)),
        (String::new(), Err(Refusal::Digest)),
        (format!("sha-256=:{hash}:, sha-256=:{hash}:"), Err(Refusal::Doubled)),
        (format!("sha-256=:{hash}:, sha-512=:{}:", STANDARD.encode([0; 64])), Err(Refusal::DigestMismatch)),
    ] {
        assert_eq!(Wire::post().set("content-digest", &text).rfc(&RFC_FULL).verdict(), verdict, "{text}");
    }
}

#[test]
fn what_we_sign_we_accept() {
    let key = key(0);
    for profile in [Profile::Cavage, Profile::Rfc9421] {
        let signer = Signer { profile, key, key_id: KEY_ID };
        let inbox = Iri::parse("https://veld.test/inbox").unwrap();
        let page = Iri::parse("https://veld.test/g/1?page=2#top").unwrap();
        let plain = |headers: Vec<(HeaderName, HeaderValue)>| -> Vec<(String, String)> {
            headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
        };
        let headers = plain(signer.post(&inbox, &Sealed::from_outbox(BODY.to_owned()), "application/activity+json", NOW).unwrap());
        let sent = Wire { method: Method::POST, target: inbox.target(), headers, body: BODY.into() };
        assert_eq!(sent.verdict(), Ok(()));
        assert_eq!(sent.get_header("host"), "veld.test");
        let headers = plain(signer.get(&page, "application/activity+json", NOW).unwrap());
        let asked = Wire { method: Method::GET, target: page.target(), headers, body: Vec::new() };
        assert_eq!(asked.verdict(), Ok(()));
        let headers = plain(signer.get_without_query(&page, "application/activity+json", NOW).unwrap());
        assert!(Wire { headers, ..asked }.verdict().is_err());
        assert!(
            Signer { key_id: "https://a.test/\"", ..signer }.post(&inbox, &Sealed::from_outbox(String::new()), "text/plain", NOW).is_err()
        );
    }
}

#[test]
fn what_we_send_is_spelled_as_peers_read_it() {
    let (key, inbox) = (key(0), Iri::parse("https://veld.test:8443/inbox").unwrap());
    let text = |profile, name: &str| {
        let signer = Signer { profile, key, key_id: KEY_ID };
        let headers = signer.post(&inbox, &Sealed::from_outbox("{}".to_owned()), "application/activity+json", NOW).unwrap();
        let value = headers.iter().find(|(own, _)| own == name).unwrap().1.to_str().unwrap().to_owned();
        value.split("signature=").next().unwrap().to_owned()
    };
    assert_eq!(text(Profile::Cavage, "digest"), "SHA-256=RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=");
    assert_eq!(text(Profile::Cavage, "host"), "veld.test:8443");
    assert_eq!(
        text(Profile::Cavage, "signature"),
        format!("keyId=\"{KEY_ID}\",algorithm=\"rsa-sha256\",headers=\"(request-target) host date digest content-type\",")
    );
    assert_eq!(text(Profile::Rfc9421, "content-digest"), "sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:");
    assert_eq!(
        text(Profile::Rfc9421, "signature-input"),
        format!(
            "sig1=(\"@method\" \"@target-uri\" \"@authority\" \"content-digest\" \"content-type\");created=1772366400;\
             keyid=\"{KEY_ID}\";alg=\"rsa-v1_5-sha256\""
        )
    );
}

#[test]
fn nothing_of_a_request_is_printed() {
    let wire = Wire::post().cavage(CAVAGE_FULL);
    let headers: HeaderMap = [(HeaderName::from_static("signature"), HeaderValue::from_str(wire.get_header("signature")).unwrap())]
        .into_iter()
        .chain([(HeaderName::from_static("date"), HeaderValue::from_str(&NOW.http_date()).unwrap())])
        .collect();
    let request = RawRequest { method: &wire.method, target: &wire.target, headers: &headers, body: &wire.body };
    let printed = format!("{request:?} {:?} {}", parse(&request).unwrap(), Refusal::BadSignature);
    assert_eq!(printed, "RawRequest(POST, 55 bytes) Claims(Cavage) bad_signature");
}
