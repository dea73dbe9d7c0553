//! Signing what we send. Draft-cavage first, since everybody reads it; RFC 9421 as the second knock (protocol.md §4).
//! What is signed is rebuilt by our own verifier's code, so the two cannot drift apart.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, CONTENT_TYPE, DATE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::claims::Profile;
use super::digest::sha256_base64;
use super::request::{CONTENT_DIGEST, DIGEST, OwnAuthority, RawRequest, SIGNATURE, SIGNATURE_INPUT};
use super::{cavage, rfc9421};
use crate::base::{Iri, Timestamp};
use crate::federation::activity::Sealed;
use crate::federation::keys::{KeyError, KeyPair};

/// Headers to send, each replacing one of the same name.
pub type Headers = Vec<(HeaderName, HeaderValue)>;

/// Signs as one of our actors. About 0.7 ms per signature: use it off the async threads.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// Which scheme.
    pub profile: Profile,
    /// The actor's key.
    pub key: &'a KeyPair,
    /// The address of the key, with its fragment.
    pub key_id: &'a str,
}

impl Signer<'_> {
    /// The headers of a POST of a document of ours to `url`: `Host`, `Date`, the digest, `Content-Type` and the signature. Nothing
    /// else can be signed with a body (threats R11).
    ///
    /// # Errors
    /// When the key fails, or the key id or content type holds characters that no header can.
    pub fn post(&self, url: &Iri, body: &Sealed, content_type: &str, now: Timestamp) -> Result<Headers, KeyError> {
        let mut headers = self.common(url, now)?;
        let digest = sha256_base64(body.as_str().as_bytes());
        match self.profile {
            Profile::Cavage => headers.insert(DIGEST, value(&format!("SHA-256={digest}"))?),
            Profile::Rfc9421 => headers.insert(CONTENT_DIGEST, value(&format!("sha-256=:{digest}:"))?),
        };
        headers.insert(CONTENT_TYPE, value(content_type)?);
        self.signed(&Method::POST, url, &url.target(), headers, now)
    }

    /// The headers of a GET of `url`: `Host`, `Date`, `Accept` and the signature.
    ///
    /// # Errors
    /// As [`Signer::post`].
    pub fn get(&self, url: &Iri, accept: &str, now: Timestamp) -> Result<Headers, KeyError> {
        self.get_target(url, &url.target(), accept, now)
    }

    /// As [`Signer::get`] with the query left out of what is signed, for peers that check it so: only after they
    /// answered 401 to the first (protocol.md §4.1). The request itself still has its query.
    ///
    /// # Errors
    /// As [`Signer::post`].
    pub fn get_without_query(&self, url: &Iri, accept: &str, now: Timestamp) -> Result<Headers, KeyError> {
        let target = url.target();
        let path = target.split('?').next().unwrap_or_default();
        self.get_target(url, path, accept, now)
    }

    fn get_target(&self, url: &Iri, target: &str, accept: &str, now: Timestamp) -> Result<Headers, KeyError> {
        let mut headers = self.common(url, now)?;
        headers.insert(ACCEPT, value(accept)?);
        self.signed(&Method::GET, url, target, headers, now)
    }

    fn common(&self, url: &Iri, now: Timestamp) -> Result<HeaderMap, KeyError> {
        if self.key_id.contains(['"', '\\']) {
            return Err(KeyError::Signing);
        }
        let mut headers = HeaderMap::new();
        headers.insert(HOST, value(url.origin().authority())?);
        headers.insert(DATE, value(&now.http_date())?);
        Ok(headers)
    }

    fn signed(&self, method: &Method, url: &Iri, target: &str, mut headers: HeaderMap, now: Timestamp) -> Result<Headers, KeyError> {
        let theirs = OwnAuthority::new(url.origin());
        let request = RawRequest { method, target, headers: &headers, body: &[] };
        let (input, signature) = match self.profile {
            Profile::Cavage => (None, self.cavage(&request, &theirs)?),
            Profile::Rfc9421 => {
                let parts = rfc9421::own_parts(method);
                let parameters = rfc9421::own_parameters(&parts, now, self.key_id);
                let base = rfc9421::base(&parts, &parameters, &request, &theirs).map_err(|_| KeyError::Signing)?;
                (Some(format!("sig1={parameters}")), format!("sig1=:{}:", self.sign(&base)?))
            }
        };
        if let Some(input) = input {
            headers.insert(SIGNATURE_INPUT, value(&input)?);
        }
        headers.insert(SIGNATURE, value(&signature)?);
        Ok(headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    fn cavage(&self, request: &RawRequest<'_>, theirs: &OwnAuthority) -> Result<String, KeyError> {
        let mut parts = vec![cavage::Part::RequestTarget, cavage::Part::Host, cavage::Part::Field(DATE)];
        let names = if *request.method == Method::POST {
            parts.extend([cavage::Part::Field(DIGEST), cavage::Part::Field(CONTENT_TYPE)]);
            "(request-target) host date digest content-type"
        } else {
            parts.push(cavage::Part::Field(ACCEPT));
            "(request-target) host date accept"
        };
        let base = cavage::base(&parts, request, theirs, request.target).map_err(|_| KeyError::Signing)?;
        let (key_id, signature) = (self.key_id, self.sign(&base)?);
        Ok(format!("keyId=\"{key_id}\",algorithm=\"rsa-sha256\",headers=\"{names}\",signature=\"{signature}\""))
    }

    fn sign(&self, base: &str) -> Result<String, KeyError> {
        self.key.sign(base.as_bytes()).map(|signature| STANDARD.encode(signature))
    }
}

fn value(text: &str) -> Result<HeaderValue, KeyError> {
    HeaderValue::from_str(text).map_err(|_| KeyError::Signing)
}
