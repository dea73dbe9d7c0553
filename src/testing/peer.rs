//! Another implementation's hand: signs whatever it is given, as draft-cavage-12 has it, so that tests and the load command
//! can play a partner that says things we would never say. It shares no code with our own signer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::http::{StatusCode, Uri, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::base::{Iri, Timestamp};
use crate::federation::keys::KeyPair;

use super::keys::sign;

/// One header: name and value.
pub type Header = (&'static str, String);

/// What a played partner serves: documents by path. Everything else is not found. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Documents(Arc<Mutex<HashMap<String, String>>>);

impl Documents {
    /// From now on this stands at this path.
    pub fn serve(&self, path: &str, document: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), document);
    }

    /// To be plugged into the network.
    pub fn router(&self) -> Router {
        let documents = self.clone();
        Router::new().fallback(move |uri: Uri| {
            let found = documents.0.lock().unwrap_or_else(PoisonError::into_inner).get(uri.path()).cloned();
            async move { found.map(|body| ([(header::CONTENT_TYPE, "application/activity+json")], body)).ok_or(StatusCode::NOT_FOUND) }
        })
    }
}

/// A peer's actor as it signs.
#[derive(Clone, Copy, Debug)]
pub struct Hand<'a> {
    /// Its key.
    pub key: &'a KeyPair,
    /// The address it gives for the key.
    pub key_id: &'a str,
}

impl Hand<'_> {
    /// The headers of a POST of `body`.
    pub fn post(&self, inbox: &Iri, body: &str, now: Timestamp) -> Vec<Header> {
        let kind = "application/activity+json".to_owned();
        let host = inbox.origin().authority().to_owned();
        let (date, hash) = (now.http_date(), format!("SHA-256={}", STANDARD.encode(digest(&SHA256, body.as_bytes()))));
        let target = inbox.target();
        let base = format!("(request-target): post {target}\nhost: {host}\ndate: {date}\ndigest: {hash}\ncontent-type: {kind}");
        let signature = self.header("(request-target) host date digest content-type", &base);
        vec![("host", host), ("date", date), ("digest", hash), ("content-type", kind), ("signature", signature)]
    }

    /// The headers of a GET.
    pub fn get(&self, url: &Iri, now: Timestamp) -> Vec<Header> {
        let accept = "application/activity+json".to_owned();
        let (host, date) = (url.origin().authority().to_owned(), now.http_date());
        let base = format!("(request-target): get {}\nhost: {host}\ndate: {date}\naccept: {accept}", url.target());
        let signature = self.header("(request-target) host date accept", &base);
        vec![("host", host), ("date", date), ("accept", accept), ("signature", signature)]
    }

    /// A `Signature` header over a base that the caller wrote, also a wrong one.
    ///
    /// # Panics
    /// When the key cannot sign: a test without its peer has nothing to say.
    pub fn header(&self, covered: &str, base: &str) -> String {
        let signature = STANDARD.encode(sign(self.key, base.as_bytes()));
        format!("keyId=\"{}\",algorithm=\"rsa-sha256\",headers=\"{covered}\",signature=\"{signature}\"", self.key_id)
    }
}
