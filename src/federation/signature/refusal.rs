//! Why a signed request is refused: a reason code for the audit log and a status for the peer.
//! No variant carries anything that the peer wrote.

use http::StatusCode;

/// What a signature must bind (threats R2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The request method.
    Method,
    /// Path and query.
    Target,
    /// Host and port, and with RFC 9421 the scheme.
    Authority,
    /// The digest of the body.
    Digest,
    /// The moment of signing.
    Time,
}

/// Why a request is not taken for what its signature says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code())]
pub enum Refusal {
    /// There is no signature at all.
    Unsigned,
    /// A header or the request line cannot be read.
    Malformed,
    /// A header that may appear once appears twice, or a parameter is given twice.
    Doubled,
    /// More than one signature or label.
    Several,
    /// A label of one header is missing in the other.
    Labels,
    /// Something that must be bound is not.
    NotCovered(Need),
    /// A covered part is absent, listed twice, or of a kind we do not rebuild.
    Component,
    /// An algorithm label other than the one our keys have.
    Algorithm,
    /// No key id, or one that is no address.
    KeyId,
    /// Signed too long ago.
    TooOld,
    /// Signed in the future.
    TooNew,
    /// Its own `expires` is over.
    Expired,
    /// No digest, or one that is not a SHA-256 or SHA-512 in base64.
    Digest,
    /// The body is not the one that was signed.
    DigestMismatch,
    /// The `Host` header names another server.
    OtherHost,
    /// The key says no.
    BadSignature,
}

impl Refusal {
    /// A short stable word for the audit log and the counters.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::Malformed => "signature_malformed",
            Self::Doubled => "header_doubled",
            Self::Several => "signatures_several",
            Self::Labels => "signature_labels",
            Self::NotCovered(Need::Method) => "method_not_covered",
            Self::NotCovered(Need::Target) => "target_not_covered",
            Self::NotCovered(Need::Authority) => "authority_not_covered",
            Self::NotCovered(Need::Digest) => "digest_not_covered",
            Self::NotCovered(Need::Time) => "time_not_covered",
            Self::Component => "component",
            Self::Algorithm => "algorithm",
            Self::KeyId => "key_id",
            Self::TooOld => "too_old",
            Self::TooNew => "too_new",
            Self::Expired => "expired",
            Self::Digest => "digest",
            Self::DigestMismatch => "digest_mismatch",
            Self::OtherHost => "other_host",
            Self::BadSignature => "bad_signature",
        }
    }

    /// 400 for what cannot be read or says two things at once, 401 for everything else, so that peers
    /// who know a second way of signing try it.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Malformed | Self::Doubled => StatusCode::BAD_REQUEST,
            _ => StatusCode::UNAUTHORIZED,
        }
    }
}
