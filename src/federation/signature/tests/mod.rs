//! Requests made by hand. The signing bases here are built anew, not with the code under test.

mod cases;
mod corpus;
mod coverage;
mod edges;
mod generated;
mod reading;

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::digest::sha256_base64;
use super::{OwnAuthority, RawRequest, Refusal, Terms, parse, verify};
use crate::base::{Origin, Timestamp};
use crate::federation::keys::{KeyPair, KeySource};
use crate::testing::keys::RecordedKeys;

/// 2026-03-01T12:00:00Z.
const NOW: Timestamp = Timestamp::from_seconds(1_772_366_400);
const KEY_ID: &str = "https://partner.test/p/piet#main-key";
const BODY: &str = r#"{"type":"Create","actor":"https://partner.test/p/piet"}"#;
const CAVAGE_FULL: &str = "(request-target) host date digest content-type";
const RFC_FULL: [&str; 5] = ["@method", "@target-uri", "@authority", "content-digest", "content-type"];

fn own() -> OwnAuthority {
    OwnAuthority::new(Origin::parse("https://veld.test").unwrap())
}

static KEYS: LazyLock<[KeyPair; 2]> = LazyLock::new(|| {
    let recorded = RecordedKeys::default();
    [recorded.fresh().unwrap(), recorded.fresh().unwrap()]
});

/// One of two keys; the partner has number 0.
fn key(number: usize) -> &'static KeyPair {
    &KEYS[number]
}

fn minutes(count: i64) -> Timestamp {
    Timestamp::from_seconds(NOW.seconds() + 60 * count)
}

/// A request that can be bent.
#[derive(Clone, Debug)]
struct Wire {
    method: Method,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Wire {
    /// An unsigned delivery with both digests.
    fn post() -> Self {
        let digest = sha256_base64(BODY.as_bytes());
        Self { method: Method::POST, target: "/inbox".to_owned(), headers: Vec::new(), body: BODY.into() }
            .with("host", "veld.test")
            .with("date", &NOW.http_date())
            .with("content-type", "application/activity+json")
            .with("digest", &format!("SHA-256={digest}"))
            .with("content-digest", &format!("sha-256=:{digest}:"))
    }

    /// An unsigned reading request.
    fn get(target: &str) -> Self {
        Self { method: Method::GET, target: target.to_owned(), headers: Vec::new(), body: Vec::new() }
            .with("host", "veld.test")
            .with("date", &NOW.http_date())
            .with("accept", "application/activity+json")
    }

    /// One more header of this name.
    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(own, _)| own != name);
        self
    }

    /// This header and no other of its name.
    fn set(self, name: &str, value: &str) -> Self {
        self.without(name).with(name, value)
    }

    fn get_header(&self, name: &str) -> &str {
        self.headers.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }

    /// Signed with key 0 in the manner of draft-cavage.
    fn cavage(self, names: &str) -> Self {
        self.cavage_with(names, "algorithm=\"rsa-sha256\",")
    }

    /// The same with other parameters, written before `headers`; `(created)` and `(expires)` take their values from them.
    fn cavage_with(self, names: &str, parameters: &str) -> Self {
        let signature = self.cavage_signature(names, parameters, key(0));
        let header = format!("keyId=\"{KEY_ID}\",{parameters}headers=\"{names}\",signature=\"{signature}\"");
        self.set("signature", &header)
    }

    fn cavage_signature(&self, names: &str, parameters: &str, key: &KeyPair) -> String {
        let numbered = |name: &str| {
            let rest = parameters.split(&format!("{name}=")).nth(1).unwrap_or_default();
            rest.split(',').next().unwrap_or_default().to_owned()
        };
        let lines = names.split(' ').map(|name| match name {
            "(request-target)" => format!("(request-target): {} {}", self.method.as_str().to_lowercase(), self.target),
            "(created)" => format!("(created): {}", numbered("created")),
            "(expires)" => format!("(expires): {}", numbered("expires")),
            _ => format!("{name}: {}", self.get_header(name)),
        });
        STANDARD.encode(key.sign(lines.collect::<Vec<_>>().join("\n").as_bytes()).unwrap())
    }

    /// Signed with key 0 in the manner of RFC 9421, label `sig1`.
    fn rfc(self, parts: &[&str]) -> Self {
        self.rfc_with(parts, &format!(";created={};keyid=\"{KEY_ID}\";alg=\"rsa-v1_5-sha256\"", NOW.seconds()))
    }

    /// The same with other parameters.
    fn rfc_with(self, parts: &[&str], parameters: &str) -> Self {
        let (input, signature) = self.rfc_signature(parts, parameters);
        self.set("signature-input", &format!("sig1={input}")).set("signature", &format!("sig1=:{signature}:"))
    }

    fn rfc_signature(&self, parts: &[&str], parameters: &str) -> (String, String) {
        let names: Vec<String> = parts.iter().map(|part| format!("\"{part}\"")).collect();
        let input = format!("({}){parameters}", names.join(" "));
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let lines = parts.iter().map(|part| {
            let value = match *part {
                "@method" => self.method.to_string(),
                "@target-uri" => format!("https://{}{}", self.get_header("host"), self.target),
                "@authority" => self.get_header("host").to_owned(),
                "@scheme" => "https".to_owned(),
                "@path" => path.to_owned(),
                "@query" => format!("?{query}"),
                "@request-target" => self.target.clone(),
                _ => self.get_header(part).to_owned(),
            };
            format!("\"{part}\": {value}\n")
        });
        let base = format!("{}\"@signature-params\": {input}", lines.collect::<String>());
        (input, STANDARD.encode(key(0).sign(base.as_bytes()).unwrap()))
    }

    /// Both signatures of the full set.
    fn both() -> [Self; 2] {
        [Self::post().cavage(CAVAGE_FULL), Self::post().rfc(&RFC_FULL)]
    }

    /// What a partner's inbox says.
    fn verdict(&self) -> Result<(), Refusal> {
        self.judged(&own(), Terms::Partner)
    }

    fn judged(&self, own: &OwnAuthority, terms: Terms) -> Result<(), Refusal> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let request = RawRequest { method: &self.method, target: &self.target, headers: &headers, body: &self.body };
        let claims = parse(&request)?;
        // The key is looked up by exactly the address that is claimed, as the inbox does.
        if claims.key_id().as_str() != KEY_ID {
            return Err(Refusal::KeyId);
        }
        let verified = verify(&request, &claims, own, key(0).public(), NOW, terms)?;
        assert_eq!((verified.body(), verified.target()), (self.body.as_slice(), self.target.as_str()));
        assert_eq!(verified.key_id(), claims.key_id());
        Ok(())
    }
}
