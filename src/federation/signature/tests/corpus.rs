//! The recorded cases of `shared/corpus/http-signatures`, under the wide window they are written for.

use std::path::PathBuf;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Deserialize;

use crate::base::{Iri, Timestamp};
use crate::federation::keys::PublicKey;
use crate::federation::signature::{OwnAuthority, RawRequest, Refusal, Terms, parse, verify};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    name: String,
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

fn cases() -> Option<Vec<Case>> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared"));
    let shared = std::env::var_os("HAVEN_SHARED").map_or(beside, PathBuf::from);
    let mut files: Vec<_> = std::fs::read_dir(shared.join("corpus/http-signatures")).ok()?.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    Some(files.iter().map(|file| serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()).collect())
}

#[test]
#[expect(clippy::print_stdout, reason = "a check that did not run must say so")]
fn every_recorded_signature_gets_its_verdict() {
    let Some(cases) = cases() else {
        println!("NOT RUN: the http-signatures corpus is not here; name the shared folder in HAVEN_SHARED");
        return;
    };
    assert!(cases.len() >= 22, "only {} cases", cases.len());
    for case in cases {
        let verdict = case.judged(Terms::Open);
        match case.expect.as_str() {
            "valid" => assert_eq!(verdict, Ok(()), "{}", case.name),
            "invalid" => assert!(verdict.is_err(), "{} was let in", case.name),
            other => assert_eq!(other, "any", "{}", case.name),
        }
        // A partner's terms let in nothing that the open ones refuse.
        assert!(verdict.is_ok() || case.judged(Terms::Partner).is_err(), "{}", case.name);
    }
}
