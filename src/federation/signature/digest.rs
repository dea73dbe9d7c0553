//! The digest headers: what a peer says the body hashes to, and whether it does. Every digest we know must match,
//! whichever of them is signed; one that we cannot read is refused, not skipped.

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::fields;
use super::refusal::Refusal;
use super::request::{CONTENT_DIGEST, DIGEST, RawRequest};

/// What the headers say of the body.
#[derive(Clone, Default)]
pub(super) struct Digests {
    sha256: Vec<Vec<u8>>,
    sha512: Vec<Vec<u8>>,
}

impl Digests {
    /// Reads `Digest` and `Content-Digest`, as far as they are there.
    pub(super) fn parse(request: &RawRequest<'_>) -> Result<Self, Refusal> {
        let mut digests = Self::default();
        if let Some(text) = request.header(&DIGEST)? {
            digests.read_digest(text)?;
        }
        if let Some(text) = request.header(&CONTENT_DIGEST)? {
            digests.read_content_digest(text)?;
        }
        Ok(digests)
    }

    /// `Digest: SHA-256=<base64>[,…]`. SHA-256 must be there (threats SIG-22).
    fn read_digest(&mut self, text: &str) -> Result<(), Refusal> {
        let mut names = Vec::new();
        for part in text.split(',') {
            let (name, value) = part.trim_matches([' ', '\t']).split_once('=').ok_or(Refusal::Digest)?;
            let name = name.to_ascii_lowercase();
            match name.as_str() {
                "sha-256" => self.sha256.push(exact(STANDARD.decode(value).ok(), 32)?),
                "sha-512" => self.sha512.push(exact(STANDARD.decode(value).ok(), 64)?),
                _ => {}
            }
            names.push(name);
        }
        if !fields::once(names.iter().map(String::as_str)) {
            return Err(Refusal::Doubled);
        }
        if names.iter().any(|name| name == "sha-256") { Ok(()) } else { Err(Refusal::Digest) }
    }

    /// `Content-Digest: sha-256=:<base64>:[, …]` (RFC 9530). SHA-256 or SHA-512 must be there.
    fn read_content_digest(&mut self, text: &str) -> Result<(), Refusal> {
        let mut known = 0;
        for member in fields::dictionary(text)? {
            match member.label {
                "sha-256" => self.sha256.push(exact(member.bytes(text).map(<[u8]>::to_vec), 32)?),
                "sha-512" => self.sha512.push(exact(member.bytes(text).map(<[u8]>::to_vec), 64)?),
                _ => continue,
            }
            known += 1;
        }
        if known == 0 { Err(Refusal::Digest) } else { Ok(()) }
    }

    /// Whether every digest that was given is the one of `body`.
    pub(super) fn check(&self, body: &[u8]) -> Result<(), Refusal> {
        let same = |given: &[Vec<u8>], algorithm| {
            given.is_empty() || {
                let actual = digest(algorithm, body);
                given.iter().all(|one| one.as_slice() == actual.as_ref())
            }
        };
        if same(&self.sha256, &SHA256) && same(&self.sha512, &SHA512) { Ok(()) } else { Err(Refusal::DigestMismatch) }
    }
}

fn exact(bytes: Option<Vec<u8>>, length: usize) -> Result<Vec<u8>, Refusal> {
    bytes.filter(|bytes| bytes.len() == length).ok_or(Refusal::Digest)
}

/// SHA-256 of `body` in base64, as both headers carry it.
pub(super) fn sha256_base64(body: &[u8]) -> String {
    STANDARD.encode(digest(&SHA256, body))
}
