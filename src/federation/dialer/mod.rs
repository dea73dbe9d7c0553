//! The only door out. [`Transport`] is what the rest of the house sees of the network: one request to one agreed origin, one answer.
//!
//! [`Dialer`] is the only client socket: https to the agreed origin, one look-up per connection, every address checked before
//! connecting to exactly that one, no redirect, no proxy, no cookie, a bounded answer in a bounded time (threats R12, R13, SSR-01…18).

mod addresses;
mod door;
mod resolve;

use futures::future::BoxFuture;
use http::{HeaderName, HeaderValue};
use hyper::body::Bytes;

use crate::base::{Iri, Origin};
use crate::federation::activity::Sealed;
use crate::federation::policy::PartnerToken;

pub use addresses::is_global_unicast;
pub use door::{Dialer, DialerError, Settings};
pub use resolve::{FixedNames, Resolve, SystemNames, Watch};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read a document.
    Get,
    /// Deliver an activity.
    Post,
}

/// One request to a partner that the policy let through. It is made from the proof of that and from nothing else, so there is no
/// way to call somebody without having asked (threats R4), and what is sent as a body is a document of ours (threats R10).
#[derive(Debug)]
pub struct Call<'a> {
    token: &'a PartnerToken,
    url: &'a Iri,
    method: Method,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Option<&'a Sealed>,
}

impl<'a> Call<'a> {
    /// Reads `url`, which must be on the partner's origin. `headers` with the signature; `Host` and `Content-Length` are the transport's.
    pub const fn get(token: &'a PartnerToken, url: &'a Iri, headers: Vec<(HeaderName, HeaderValue)>) -> Self {
        Self { token, url, method: Method::Get, headers, body: None }
    }

    /// Delivers `body` to `url`. Otherwise as [`Call::get`].
    pub const fn post(token: &'a PartnerToken, url: &'a Iri, headers: Vec<(HeaderName, HeaderValue)>, body: &'a Sealed) -> Self {
        Self { token, url, method: Method::Post, headers, body: Some(body) }
    }

    /// The agreed origin.
    pub const fn origin(&self) -> &'a Origin {
        self.token.origin()
    }

    /// Where to.
    pub const fn url(&self) -> &'a Iri {
        self.url
    }

    /// What is asked.
    pub const fn method(&self) -> Method {
        self.method
    }

    /// Headers, signature included.
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.headers
    }

    /// The body of a POST.
    pub fn body(&self) -> Option<&'a str> {
        self.body.map(Sealed::as_str)
    }
}

/// What came back. A redirect is an answer like any other: it is never followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`, if readable.
    pub content_type: Option<String>,
    /// `Retry-After`, if readable, as it was sent.
    pub retry_after: Option<String>,
    /// The body, at most 1 MiB.
    pub body: Bytes,
}

impl Answer {
    /// `Content-Type`.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// `Retry-After`, as it was sent: seconds or a date.
    pub fn retry_after(&self) -> Option<&str> {
        self.retry_after.as_deref()
    }
}

/// Why there is no answer. Texts name neither host nor address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// We do not connect there.
    #[error("refused: {0}")]
    Refused(&'static str),
    /// No connection, or it broke.
    #[error("no connection")]
    Connect,
    /// The other side is not who it should be, or speaks no TLS of today.
    #[error("no trust in the connection")]
    Tls,
    /// It took too long.
    #[error("no answer in time")]
    Timeout,
    /// More than 1 MiB came back.
    #[error("the answer is too large")]
    TooLarge,
}

/// A way to other instances: the dialer, or a recorded one in tests.
pub trait Transport: Send + Sync + 'static {
    /// Sends one request and waits for its answer.
    fn send<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Result<Answer, TransportError>>;
}
