//! Names of things: random ids of our own, and the origins and addresses of others, parsed once.
//! An id says nothing about what it names: 128 random bits, never a sequence, never a time (design D10, care I3).

use std::fmt;

use data_encoding::Specification;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::chance::Chance;

/// The longest address we read, in bytes. Longer ones are refused, not cut.
pub const MAX_IRI: usize = 2048;

/// A random 128-bit id: 26 characters of lower-case base32 (RFC 4648 alphabet, no padding).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Id(String);

impl Id {
    /// Length in characters of every id.
    pub const LEN: usize = 26;

    /// Draws a new id.
    pub fn random(chance: &dyn Chance) -> Self {
        let mut bytes = [0; 16];
        chance.fill(&mut bytes);
        Self(encode(&bytes))
    }

    /// Reads an id from a path or a row; `None` for anything that could not have been made by [`Id::random`].
    pub fn parse(text: &str) -> Option<Self> {
        let ok = text.len() == Self::LEN && text.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b));
        ok.then(|| Self(text.to_owned()))
    }

    /// The text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Id {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Lower-case base32 without padding; used for ids and one-use tokens.
pub fn encode(bytes: &[u8]) -> String {
    let mut specification = Specification::new();
    specification.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    specification.encoding().map_or_else(|_| data_encoding::HEXLOWER.encode(bytes), |encoding| encoding.encode(bytes))
}

/// Why an address of another party cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IriError {
    /// Not an absolute address.
    #[error("this is not a complete address; write it like https://herning.example")]
    Malformed,
    /// Longer than [`MAX_IRI`].
    #[error("this address is too long")]
    TooLong,
    /// Neither https nor (for loopback federation) http.
    #[error("an address must begin with https://")]
    Scheme,
    /// A name or password before the host.
    #[error("an address must not contain a name or password before the host")]
    UserInfo,
    /// An IP address in an unusual spelling, an empty host, or a host that is no name.
    #[error("the host of this address cannot be used")]
    Host,
}

/// Scheme, host and port: what an instance is called, and what two addresses must share to belong together (FEP-fe34).
///
/// The host is lower case and in its A-label form; the default port is left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Origin(String);

impl Origin {
    /// Reads an origin as an admin types it: with or without a trailing slash, but with no path.
    ///
    /// # Errors
    /// Says which part cannot be used.
    pub fn parse(text: &str) -> Result<Self, IriError> {
        let iri = Iri::parse(text.trim())?;
        let url = iri.url();
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(IriError::Malformed);
        }
        Ok(iri.origin())
    }

    /// `https://host` or `https://host:port`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme: `https`, or `http` on loopback and `.test` names only.
    pub fn scheme(&self) -> &str {
        self.0.split_once("://").map_or("https", |(scheme, _)| scheme)
    }

    /// `host` or `host:port`, as in the `Host` header.
    pub fn authority(&self) -> &str {
        self.0.split_once("://").map_or(&self.0, |(_, authority)| authority)
    }

    /// Host without port (an IPv6 host keeps its brackets).
    pub fn host(&self) -> &str {
        let authority = self.authority();
        match authority.rfind(':') {
            Some(at) if !authority[at..].contains(']') => &authority[..at],
            _ => authority,
        }
    }

    /// The port, given or implied by the scheme.
    pub fn port(&self) -> u16 {
        let authority = self.authority();
        let given = authority.rfind(':').filter(|at| !authority[*at..].contains(']')).and_then(|at| authority[at + 1..].parse().ok());
        given.unwrap_or(if self.scheme() == "http" { 80 } else { 443 })
    }

    /// An address on this origin. `path` begins with `/`.
    pub fn at(&self, path: &str) -> Iri {
        Iri(format!("{}{path}", self.0))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An absolute http(s) address without user info, at most [`MAX_IRI`] bytes: the id of an actor, object or activity.
///
/// The text is kept as written, since ids are compared as text; only its origin is normalised.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Iri(String);

impl Iri {
    /// Reads an address.
    ///
    /// # Errors
    /// Says why the address cannot be used. IPv4 hosts in any spelling but the usual one are refused (threats SSR-06).
    pub fn parse(text: &str) -> Result<Self, IriError> {
        if text.len() > MAX_IRI {
            return Err(IriError::TooLong);
        }
        if text.bytes().any(|b| b.is_ascii_control() || b == b' ' || b == b'\\') {
            return Err(IriError::Malformed);
        }
        let url = Url::parse(text).map_err(|_| IriError::Malformed)?;
        if url.scheme() != "https" && url.scheme() != "http" {
            return Err(IriError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(IriError::UserInfo);
        }
        // `https:/host` and `https:///host` are read as `https://host` by browsers; here an address has one spelling of that.
        let written = text.get(url.scheme().len()..).and_then(|rest| rest.strip_prefix("://")).unwrap_or_default();
        let written = written.split(['/', '?', '#']).next().unwrap_or_default();
        if written.is_empty() {
            return Err(IriError::Malformed);
        }
        match url.host() {
            Some(Host::Ipv4(address)) => {
                let host = written.split(':').next().unwrap_or_default();
                if host != address.to_string() {
                    return Err(IriError::Host);
                }
            }
            Some(Host::Domain(name)) if !name.is_empty() => {}
            Some(Host::Ipv6(_)) => {}
            _ => return Err(IriError::Host),
        }
        Ok(Self(text.to_owned()))
    }

    /// The address as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> Origin {
        let url = self.url();
        Origin(url.origin().ascii_serialization())
    }

    /// Without the part after `#`.
    #[must_use]
    pub fn without_fragment(&self) -> Self {
        Self(self.0.split('#').next().unwrap_or_default().to_owned())
    }

    /// Path and query as sent in a request line.
    pub fn target(&self) -> String {
        let url = self.url();
        url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// Parsed form.
    #[expect(clippy::expect_used, reason = "the text was parsed when the value was made, and an origin plus a path of ours parses")]
    pub fn url(&self) -> Url {
        Url::parse(&self.0).expect("an Iri holds an address that parses")
    }
}

impl fmt::Display for Iri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Iri {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Iri {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;

    #[test]
    fn ids_are_long_random_and_read_back() {
        let (one, two) = (Id::random(&SystemChance), Id::random(&SystemChance));
        assert_ne!(one, two);
        assert_eq!(Id::parse(one.as_str()), Some(one));
        for bad in ["", "short", "UPPERCASEUPPERCASEUPPERCASE", "aaaaaaaaaaaaaaaaaaaaaaaaa1", "aaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
            assert_eq!(Id::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn origins_are_normalised() {
        for (typed, origin) in [
            ("https://Herning.Example", "https://herning.example"),
            ("https://herning.example/", "https://herning.example"),
            ("https://herning.example:443", "https://herning.example"),
            ("http://127.0.0.1:8421", "http://127.0.0.1:8421"),
            ("https://blåbær.example", "https://xn--blbr-roah.example"),
        ] {
            assert_eq!(Origin::parse(typed).map(|o| o.to_string()), Ok(origin.to_owned()), "{typed}");
        }
        let origin = Origin::parse("http://127.0.0.1:8421").unwrap();
        assert_eq!((origin.scheme(), origin.host(), origin.port()), ("http", "127.0.0.1", 8421));
        let six = Origin::parse("http://[::1]:80").unwrap();
        assert_eq!((six.host(), six.port()), ("[::1]", 80));
        assert_eq!(Origin::parse("https://a.example/path"), Err(IriError::Malformed));
    }

    #[test]
    fn odd_addresses_are_refused() {
        for (text, why) in [
            ("herning.example", IriError::Malformed),
            ("ftp://herning.example/", IriError::Scheme),
            ("javascript:alert(1)", IriError::Scheme),
            ("https://name@herning.example/", IriError::UserInfo),
            ("https://2130706433/", IriError::Host),
            ("https://0x7f000001/", IriError::Host),
            ("https://0177.0.0.1/", IriError::Host),
            ("https://127.1/", IriError::Host),
            ("https://a.example/\n", IriError::Malformed),
            ("https://a.example\\b", IriError::Malformed),
            ("https:/herning.example/a", IriError::Malformed),
            ("https:///herning.example/a", IriError::Malformed),
            ("https:herning.example", IriError::Malformed),
        ] {
            assert_eq!(Iri::parse(text), Err(why), "{text}");
        }
    }
}
