//! The request as it came in, and the one name we answer to. The name comes from the settings and never from the
//! request; a header that could be read in two ways is not read at all.

use std::fmt;

use http::header::{CONTENT_TYPE, DATE, HOST};
use http::{HeaderMap, HeaderName, Method};

use super::refusal::Refusal;
use crate::base::Origin;

/// `Signature`.
pub(super) const SIGNATURE: HeaderName = HeaderName::from_static("signature");
/// `Signature-Input` of RFC 9421.
pub(super) const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");
/// `Digest` of RFC 3230, which draft-cavage signs.
pub(super) const DIGEST: HeaderName = HeaderName::from_static("digest");
/// `Content-Digest` of RFC 9530.
pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// The longest header we read, in bytes: a signature with a 4096-bit key and ten parts takes 1,500.
const MAX_HEADER: usize = 8 * 1024;

/// Headers that decide what a request means and may therefore appear once only, signed or not (threats SIG-10).
const ONCE: [HeaderName; 7] = [SIGNATURE, SIGNATURE_INPUT, DIGEST, CONTENT_DIGEST, DATE, HOST, CONTENT_TYPE];

/// A request as received: nothing decoded, nothing normalised.
#[derive(Clone, Copy)]
pub struct RawRequest<'a> {
    /// The method.
    pub method: &'a Method,
    /// Path and query exactly as in the request line; it begins with `/`.
    pub target: &'a str,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The exact bytes of the body.
    pub body: &'a [u8],
}

impl<'a> RawRequest<'a> {
    /// The path, without the query.
    pub(super) fn path(&self) -> &'a str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The query with its `?`; a lone `?` when there is none, as RFC 9421 §2.2.7 writes it.
    pub(super) fn query(&self) -> &'a str {
        self.target.find('?').map_or("?", |at| &self.target[at..])
    }

    /// Whether the request line has a `?`.
    pub(super) fn has_query(&self) -> bool {
        self.target.contains('?')
    }

    /// Whether nothing but looking is asked, so that there is no body to bind.
    pub(super) fn only_reads(&self) -> bool {
        self.body.is_empty() && (self.method == Method::GET || self.method == Method::HEAD)
    }

    /// Refuses what could be understood in two ways, before anything else is looked at.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        // draft-cavage signs the method in lower case, so `POSt` would pass for `POST`.
        if !self.method.as_str().bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-') {
            return Err(Refusal::Malformed);
        }
        let plain = self.target.starts_with('/') && self.target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        if !plain {
            return Err(Refusal::Malformed);
        }
        ONCE.iter().try_for_each(|name| self.header(name).map(drop))
    }

    /// The one value of a header without the white space around it, or `None`.
    pub(super) fn header(&self, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
        let mut values = self.headers.get_all(name).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Refusal::Doubled);
        }
        if value.len() > MAX_HEADER {
            return Err(Refusal::Malformed);
        }
        let text = value.to_str().map_err(|_| Refusal::Malformed)?;
        Ok(Some(text.trim_matches([' ', '\t'])))
    }

    /// The value of a covered header: there must be exactly one.
    pub(super) fn covered(&self, name: &HeaderName) -> Result<&'a str, Refusal> {
        self.header(name)?.ok_or(Refusal::Component)
    }
}

impl fmt::Debug for RawRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawRequest({}, {} bytes)", self.method, self.body.len())
    }
}

/// What we are called from outside, from the settings: the only host a signature may be made for (threats SIG-07).
#[derive(Clone, Debug)]
pub struct OwnAuthority(Origin);

impl OwnAuthority {
    /// From the public address of the settings.
    pub const fn new(origin: Origin) -> Self {
        Self(origin)
    }

    /// `https` (or `http` on loopback).
    pub(super) fn scheme(&self) -> &str {
        self.0.scheme()
    }

    /// `host` or `host:port`, lower case, without the default port.
    pub(super) fn authority(&self) -> &str {
        self.0.authority()
    }

    /// Our public address followed by what stood in the request line.
    pub(super) fn target_uri(&self, target: &str) -> String {
        format!("{}{target}", self.0)
    }

    /// Whether a `Host` header, if there is one, names us. It can only refuse; its text is never signed over.
    pub(super) fn check_host(&self, request: &RawRequest<'_>) -> Result<(), Refusal> {
        let Some(host) = request.header(&HOST)? else { return Ok(()) };
        let port = if self.scheme() == "http" { ":80" } else { ":443" };
        let host = host.strip_suffix(port).unwrap_or(host);
        if host.eq_ignore_ascii_case(self.authority()) { Ok(()) } else { Err(Refusal::OtherHost) }
    }
}

impl From<Origin> for OwnAuthority {
    fn from(origin: Origin) -> Self {
        Self::new(origin)
    }
}
