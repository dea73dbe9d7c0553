//! The recorded cases of `shared/corpus/http-signatures`, under the wide window they are written for and under the terms that
//! partners have.

use std::path::PathBuf;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Deserialize;

use crate::base::{Iri, Timestamp};
use crate::federation::keys::PublicKey;
use crate::federation::signature::{Need, OwnAuthority, RawRequest, Refusal, Terms, parse, verify};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    name: String,
    profile: String,
    now: String,
    request: Recorded,
    key_id: String,
    public_key_pem: String,
    expect: String,
}

#[derive(Deserialize)]
struct Recorded {
    method: String,
    url: Iri,
    headers: std::collections::BTreeMap<String, String>,
    body: Option<String>,
}

impl Case {
    /// How far the date of the request is from the moment it is judged at, in whole minutes.
    fn minutes_off(&self) -> u64 {
        let now = Timestamp::parse_rfc3339(&self.now).unwrap();
        let dated = self.request.headers.get("date").and_then(|date| Timestamp::parse_http_date(date));
        dated.map_or(0, |date| now.since(date).max(date.since(now)).as_secs() / 60)
    }

    fn judged(&self, terms: Terms) -> Result<(), Refusal> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.request.headers {
            headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        let (method, target) = (Method::from_bytes(self.request.method.as_bytes()).unwrap(), self.request.url.target());
        let body = self.request.body.as_deref().unwrap_or_default().as_bytes();
        let request = RawRequest { method: &method, target: &target, headers: &headers, body };
        let claims = parse(&request)?;
        assert_eq!(claims.key_id().as_str(), self.key_id, "{}", self.name);
        let key = PublicKey::from_pem(&self.public_key_pem).unwrap();
        let now = Timestamp::parse_rfc3339(&self.now).unwrap();
        verify(&request, &claims, &OwnAuthority::new(self.request.url.origin()), &key, now, terms).map(drop)
    }
}

/// The folder of the cases, and the cases: every file in it, and as many as the corpus says of itself.
fn cases() -> Option<Vec<Case>> {
    let corpus = crate::testing::corpus()?;
    let mut files: Vec<_> = std::fs::read_dir(corpus.join("http-signatures")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let said = std::fs::read_to_string(corpus.join("README.md")).unwrap();
    let count = said.split(" HTTP signature cases").next().and_then(|text| text.split(' ').next_back()).and_then(|word| word.parse().ok());
    assert_eq!(Some(files.len()), count, "the README of the corpus counts the cases");
    let read = |file: &PathBuf| -> Case {
        let case: Case =
            serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert_eq!(file.file_stem().and_then(|stem| stem.to_str()), Some(case.name.as_str()), "a case is called like its file");
        case
    };
    Some(files.iter().map(read).collect())
}

/// What is valid for the open fediverse and refused from a partner, and why: `docs/decisions/0004`.
const STRICTER: [(&str, Refusal); 4] = [
    ("get-query-left-out", Refusal::BadSignature),
    ("rfc-get", Refusal::NotCovered(Need::Authority)),
    ("rfc-get-query", Refusal::NotCovered(Need::Authority)),
    ("rfc-mastodon-profile", Refusal::NotCovered(Need::Authority)),
];

#[test]
#[expect(clippy::print_stdout, reason = "what ran is counted")]
fn every_recorded_signature_gets_its_verdict() {
    let Some(cases) = cases() else { return };
    let (mut tried, mut valid, mut refused) = (0, 0, Vec::new());
    for case in &cases {
        let verdict = case.judged(Terms::Open);
        match case.expect.as_str() {
            "valid" => assert_eq!(verdict, Ok(()), "{}", case.name),
            "invalid" => assert!(verdict.is_err(), "{} was let in", case.name),
            other => assert_eq!(other, "any", "{}", case.name),
        }
        // A partner's terms let in nothing that the open ones refuse, and refuse what is listed and too old for them, and no more.
        let strict = case.judged(Terms::Partner);
        match (&verdict, STRICTER.iter().find(|(name, _)| *name == case.name)) {
            (Ok(()), Some((name, why))) => {
                assert_eq!(strict, Err(*why), "{name}");
                refused.push(*name);
            }
            (Ok(()), None) if case.minutes_off() > 5 => assert!(matches!(strict, Err(Refusal::TooOld | Refusal::TooNew)), "{}", case.name),
            (Ok(()), None) => assert_eq!(strict, Ok(()), "{}", case.name),
            (Err(_), _) => assert!(strict.is_err(), "{} is let in from a partner", case.name),
        }
        tried += 1;
        valid += usize::from(verdict.is_ok());
    }
    println!("{tried} of {} recorded signatures, {valid} let in", cases.len());
    assert_eq!(tried, cases.len());
    refused.sort_unstable();
    assert_eq!(refused, STRICTER.map(|(name, _)| name), "every exception of the decision is met");
    let profiles: std::collections::BTreeSet<&str> = cases.iter().map(|case| case.profile.as_str()).collect();
    assert_eq!(profiles.len(), 2, "both profiles: {profiles:?}");
}
