//! Generators: nothing passes unless the full set is covered and every covered byte is the one that was signed.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

/// Every subset of `items`.
fn subsets<'a>(items: &[&'a str]) -> Vec<Vec<&'a str>> {
    (0..1_usize << items.len()).map(|bits| (0..items.len()).filter(|at| bits >> at & 1 == 1).map(|at| items[at]).collect()).collect()
}

#[test]
fn sig_18_only_the_full_rfc_set_passes() {
    let keyid = format!(";keyid=\"{KEY_ID}\"");
    let created = format!(";created={}{keyid}", NOW.seconds());
    let mut passed = Vec::new();
    for parts in subsets(&["@method", "@target-uri", "@authority", "content-digest"]) {
        for parameters in [&created, &keyid] {
            if Wire::post().rfc_with(&parts, parameters).verdict().is_ok() {
                passed.push((parts.clone(), parameters == &created));
            }
        }
    }
    assert_eq!(passed, [(vec!["@method", "@target-uri", "@authority", "content-digest"], true)]);
}

#[test]
fn sig_18_pieces_pass_only_together() {
    let parts = ["@method", "@authority", "@path", "@query", "@scheme", "@request-target", "host", "date"];
    for parts in subsets(&parts) {
        let full = ["@method", "@authority", "@path", "@query"].iter().all(|part| parts.contains(part));
        let wire = Wire::get("/g/1?page=2").rfc(&parts);
        assert_eq!(wire.verdict().is_ok(), full, "{parts:?}");
        assert_eq!(wire.judged(&own(), Terms::Open).is_ok(), full, "{parts:?}");
    }
}

#[test]
fn sig_18_only_the_full_draft_set_passes() {
    let parameters = format!("algorithm=\"hs2019\",created={},", NOW.seconds());
    for names in subsets(&["(request-target)", "host", "date", "(created)", "digest", "content-type"]) {
        if names.is_empty() {
            continue;
        }
        let has = |name| names.contains(&name);
        let full = has("(request-target)") && has("host") && has("digest") && (has("date") || has("(created)"));
        let wire = Wire::post().cavage_with(&names.join(" "), &parameters);
        assert_eq!(wire.verdict().is_ok(), full, "{names:?}");
        assert_eq!(wire.judged(&own(), Terms::Open).is_ok(), full, "{names:?}");
    }
}

static SIGNED: LazyLock<[Wire; 2]> = LazyLock::new(Wire::both);

/// One covered thing bent: another character somewhere in it, one more, or one fewer.
#[derive(Clone, Debug)]
enum Bend {
    Replace(char),
    Insert(char),
    Remove,
}

impl Bend {
    fn apply(&self, text: &str, at: usize) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        let at = at % chars.len().max(1);
        match self {
            Self::Replace(by) => chars[at] = *by,
            Self::Insert(more) => chars.insert(at, *more),
            Self::Remove => drop(chars.remove(at)),
        }
        chars.into_iter().collect()
    }
}

fn bend() -> impl Strategy<Value = Bend> {
    let graphic = || proptest::char::range('!', '~');
    prop_oneof![graphic().prop_map(Bend::Replace), graphic().prop_map(Bend::Insert), Just(Bend::Remove)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bent_request_passes(rfc in any::<bool>(), place in 0..9_usize, at in any::<prop::sample::Index>(), bend in bend()) {
        let signed = &SIGNED[usize::from(rfc)];
        let mut bent = signed.clone();
        let name = match place {
            0 => {
                bent.target = bend.apply(&signed.target, at.index(signed.target.len()));
                "target"
            }
            1 => {
                let body = String::from_utf8(signed.body.clone()).unwrap();
                bent.body = bend.apply(&body, at.index(body.len())).into_bytes();
                "body"
            }
            2 => {
                let method = bend.apply("POST", at.index(4));
                prop_assume!(method != "POST");
                let Ok(method) = Method::from_bytes(method.as_bytes()) else { return Ok(()) };
                bent.method = method;
                "method"
            }
            _ => {
                let covered = if rfc {
                    ["content-digest", "content-type", "signature", "signature-input", "host", "digest"]
                } else {
                    ["date", "digest", "content-type", "host", "content-digest", "date"]
                };
                let name = covered[place - 3];
                let value = signed.get_header(name);
                bent = bent.set(name, &bend.apply(value, at.index(value.len())));
                name
            }
        };
        let header = |wire: &Wire| wire.get_header(name).to_owned();
        let unchanged = bent.target == signed.target && bent.body == signed.body && header(&bent) == header(signed) && bent.method == signed.method;
        prop_assume!(!unchanged);
        // These say the same in other letters: our name in capitals, an unknown digest beside the known ones.
        let same_host = name == "host" && header(&bent).eq_ignore_ascii_case("veld.test");
        prop_assume!(!same_host);
        let verdict = bent.verdict();
        if verdict.is_ok() {
            let uncovered = if rfc { "digest" } else { "content-digest" };
            prop_assert_eq!(name, uncovered, "{:?}", bent);
        }
    }

    #[test]
    fn no_order_of_covered_parts_matters_but_all_must_be_there(order in Just(RFC_FULL.to_vec()).prop_shuffle(), left_out in 0..=5_usize) {
        let mut parts = order;
        if left_out < parts.len() {
            parts.remove(left_out);
        }
        // The content type is signed by us but not asked of others.
        let full = RFC_FULL[..4].iter().all(|part| parts.contains(part));
        prop_assert_eq!(Wire::post().rfc(&parts).verdict().is_ok(), full);
    }

    #[test]
    fn no_text_makes_the_readers_fail_in_another_way(signature in "[ -~]{0,200}", input in prop::option::of("[ -~]{0,200}"), digest in "[ -~]{0,80}") {
        let mut wire = Wire::post().set("digest", &digest).with("signature", &signature);
        if let Some(input) = input {
            wire = wire.with("signature-input", &input);
        }
        prop_assert!(wire.verdict().is_err());
    }
}
