//! The hand of another implementation: signs whatever it is told to, in both schemes, also wrongly. It shares no code with
//! the signer or the verifier of the house.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use haven::base::{Clock, SystemClock, Timestamp};
use haven::federation::keys::{KeyPair, KeySource};
use haven::testing::keys::{RecordedKeys, sign};
use serde_json::{Value, json};

use crate::http::Letter;

/// Somebody who signs.
#[derive(Clone)]
pub struct Actor {
    /// Address.
    pub uri: String,
    /// Address of the key.
    pub key_id: String,
    /// The key.
    pub key: Arc<KeyPair>,
    /// Person, Group, Application.
    pub kind: &'static str,
    /// Name.
    pub name: String,
}

impl Actor {
    /// With one of the recorded keys.
    pub fn new(origin: &str, path: &str, kind: &'static str, name: &str, key: usize) -> Self {
        let uri = format!("{origin}{path}");
        let key = Arc::new(RecordedKeys::starting_at(key).fresh().expect("a recorded key"));
        Self { key_id: format!("{uri}#main-key"), uri, key, kind, name: name.to_owned() }
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> String {
        let rest = self.uri.strip_prefix("http://").expect("http");
        format!("http://{}", rest.split('/').next().expect("a host"))
    }

    /// With another address for the key.
    #[must_use]
    pub fn with_key_id(&self, key_id: &str) -> Self {
        Self { key_id: key_id.to_owned(), ..self.clone() }
    }

    /// With the key of somebody else.
    #[must_use]
    pub fn with_key_of(&self, other: &Self) -> Self {
        Self { key: Arc::clone(&other.key), ..self.clone() }
    }

    /// What it serves of itself.
    pub fn document(&self) -> Value {
        json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": self.uri, "type": self.kind, "preferredUsername": self.name, "name": self.name,
            "inbox": format!("{}/inbox", self.uri), "outbox": format!("{}/outbox", self.uri),
            "followers": format!("{}/followers", self.uri),
            "endpoints": {"sharedInbox": format!("{}/inbox", self.origin())},
            "publicKey": {"id": self.key_id, "owner": self.uri, "publicKeyPem": self.key.public_pem()},
        })
    }
}

/// Which scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// draft-cavage-12.
    Draft,
    /// RFC 9421.
    Rfc,
}

/// Both.
pub const SCHEMES: [Scheme; 2] = [Scheme::Draft, Scheme::Rfc];

/// How one request is signed.
#[derive(Clone)]
pub struct Pen<'a> {
    /// Who signs.
    pub who: &'a Actor,
    /// Which scheme.
    pub scheme: Scheme,
    /// Method and target that are signed (and sent).
    pub method: &'a str,
    /// See `method`.
    pub target: String,
    /// Host that is signed and sent.
    pub host: String,
    /// What is covered, in the words of the scheme.
    pub covered: Vec<&'static str>,
    /// Moment of signing.
    pub at: Timestamp,
    /// Whether `created` is given (always in the RFC's scheme, with `(created)` in the draft).
    pub created: bool,
    /// `expires`, in seconds after `at`.
    pub expires: Option<i64>,
    /// The label of the algorithm.
    pub algorithm: Option<&'a str>,
    /// The scheme of the address, as the RFC's `@target-uri` has it.
    pub web: &'a str,
}

/// `SHA-256` of the body in base64.
pub fn sha256(body: &[u8]) -> String {
    STANDARD.encode(digest(&SHA256, body))
}

impl<'a> Pen<'a> {
    /// The full set for a POST to `target` of the house `authority`.
    pub fn post(who: &'a Actor, scheme: Scheme, authority: &str, target: &str) -> Self {
        let covered = match scheme {
            Scheme::Draft => vec!["(request-target)", "host", "date", "digest", "content-type"],
            Scheme::Rfc => vec!["@method", "@target-uri", "@authority", "content-digest", "content-type"],
        };
        let algorithm = Some(if scheme == Scheme::Draft { "rsa-sha256" } else { "rsa-v1_5-sha256" });
        Self {
            who,
            scheme,
            method: "POST",
            target: target.to_owned(),
            host: authority.to_owned(),
            covered,
            at: SystemClock.now(),
            created: scheme == Scheme::Rfc,
            expires: None,
            algorithm,
            web: "http",
        }
    }

    /// The full set for a GET.
    pub fn get(who: &'a Actor, scheme: Scheme, authority: &str, target: &str) -> Self {
        let covered = match scheme {
            Scheme::Draft => vec!["(request-target)", "host", "date", "accept"],
            Scheme::Rfc => vec!["@method", "@target-uri", "@authority"],
        };
        Self { method: "GET", covered, ..Self::post(who, scheme, authority, target) }
    }

    /// Covers these instead.
    #[must_use]
    pub fn covering(mut self, covered: &[&'static str]) -> Self {
        self.covered = covered.to_vec();
        self
    }

    /// Signed at another moment, in seconds from now.
    #[must_use]
    pub fn seconds(mut self, from_now: i64) -> Self {
        self.at = Timestamp::from_seconds(SystemClock.now().seconds() + from_now);
        self
    }

    /// With another label.
    #[must_use]
    pub fn labelled(mut self, algorithm: Option<&'a str>) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// The request.
    pub fn write(&self, body: &[u8]) -> Letter {
        self.write_by(body, |base| sign(&self.who.key, base))
    }

    /// The request with a signature made by the caller.
    pub fn write_by(&self, body: &[u8], sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Letter {
        let mut letter = Letter::new(self.method, &self.target).with("host", &self.host).with("date", &self.at.http_date());
        if self.method == "POST" {
            let hash = sha256(body);
            letter = match self.scheme {
                Scheme::Draft => letter.with("digest", &format!("SHA-256={hash}")),
                Scheme::Rfc => letter.with("content-digest", &format!("sha-256=:{hash}:")),
            };
            letter = letter.with("content-type", "application/activity+json").body(body);
        } else {
            letter = letter.with("accept", "application/activity+json");
        }
        match self.scheme {
            Scheme::Draft => self.draft(letter, sign),
            Scheme::Rfc => self.rfc(letter, sign),
        }
    }

    fn draft(&self, letter: Letter, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Letter {
        let expires = self.expires.map(|after| self.at.seconds() + after);
        let line = |name: &&str| match *name {
            "(request-target)" => format!("(request-target): {} {}", self.method.to_lowercase(), self.target),
            "(created)" => format!("(created): {}", self.at.seconds()),
            "(expires)" => format!("(expires): {}", expires.unwrap_or_default()),
            name => format!("{name}: {}", letter.value(name)),
        };
        let base: Vec<String> = self.covered.iter().map(line).collect();
        let mut text = format!("keyId=\"{}\"", self.who.key_id);
        if let Some(algorithm) = self.algorithm {
            text.push_str(&format!(",algorithm=\"{algorithm}\""));
        }
        if self.created {
            text.push_str(&format!(",created={}", self.at.seconds()));
        }
        if let Some(expires) = expires {
            text.push_str(&format!(",expires={expires}"));
        }
        let signature = STANDARD.encode(sign(base.join("\n").as_bytes()));
        text.push_str(&format!(",headers=\"{}\",signature=\"{signature}\"", self.covered.join(" ")));
        letter.with("signature", &text)
    }

    fn rfc(&self, letter: Letter, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Letter {
        let names: Vec<String> = self.covered.iter().map(|name| format!("\"{name}\"")).collect();
        let mut parameters = format!("({})", names.join(" "));
        if self.created {
            parameters.push_str(&format!(";created={}", self.at.seconds()));
        }
        if let Some(after) = self.expires {
            parameters.push_str(&format!(";expires={}", self.at.seconds() + after));
        }
        parameters.push_str(&format!(";keyid=\"{}\"", self.who.key_id));
        if let Some(algorithm) = self.algorithm {
            parameters.push_str(&format!(";alg=\"{algorithm}\""));
        }
        let mut base = String::new();
        for name in &self.covered {
            let (path, query) = self.target.split_once('?').map_or((self.target.as_str(), "?".to_owned()), |(p, q)| (p, format!("?{q}")));
            let value = match *name {
                "@method" => self.method.to_owned(),
                "@target-uri" => format!("{}://{}{}", self.web, self.host, self.target),
                "@authority" => self.host.clone(),
                "@scheme" => self.web.to_owned(),
                "@request-target" => self.target.clone(),
                "@path" => path.to_owned(),
                "@query" => query,
                name => letter.value(name),
            };
            base.push_str(&format!("\"{name}\": {value}\n"));
        }
        base.push_str(&format!("\"@signature-params\": {parameters}"));
        let signature = STANDARD.encode(sign(base.as_bytes()));
        letter.with("signature-input", &format!("sig1={parameters}")).with("signature", &format!("sig1=:{signature}:"))
    }
}
