//! draft-cavage-http-signatures-12: the signature most of the fediverse sends. It is read strictly: every parameter
//! once, every covered part known and present, and the base rebuilt from our own name and the received request line.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{DATE, HOST};
use http::{HeaderName, Method};

use super::claims::{Claims, Coverage, Covered, MAX_PARTS, check_length, key_id};
use super::digest::Digests;
use super::fields;
use super::refusal::Refusal;
use super::request::{DIGEST, OwnAuthority, RawRequest};
use crate::base::Timestamp;

/// One line of the signing base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `(request-target)`: method and target.
    RequestTarget,
    /// `(created)`, as written.
    Created(String),
    /// `(expires)`, as written.
    Expires(String),
    /// `host`: always our own name.
    Host,
    /// Any other header.
    Field(HeaderName),
}

/// The parameters of the header, each at most once.
#[derive(Default)]
struct Parameters<'a> {
    key_id: Option<&'a str>,
    algorithm: Option<&'a str>,
    headers: Option<&'a str>,
    signature: Option<&'a str>,
    created: Option<&'a str>,
    expires: Option<&'a str>,
}

/// Reads the `Signature` header of this profile.
pub(super) fn parse(request: &RawRequest<'_>, text: &str) -> Result<Claims, Refusal> {
    let given = Parameters::read(text)?;
    let signature = STANDARD.decode(given.signature.ok_or(Refusal::Malformed)?).map_err(|_| Refusal::Malformed)?;
    check_length(&signature)?;
    let key_id = key_id(given.key_id)?;
    // The label only may not contradict the key; it never chooses an algorithm (threats SIG-16).
    if !matches!(given.algorithm, None | Some("rsa-sha256" | "hs2019")) {
        return Err(Refusal::Algorithm);
    }
    // Both must be readable, covered or not: a time that means nothing is refused, not overlooked.
    given.created.map(seconds).transpose()?;
    let expires = given.expires.map(seconds).transpose()?;
    let (parts, times) = given.parts(request)?;
    let has = |part: &Part| parts.contains(part);
    let coverage = Coverage {
        method: has(&Part::RequestTarget),
        target: has(&Part::RequestTarget),
        authority: has(&Part::Host),
        authority_by_target: false,
        digest: has(&Part::Field(DIGEST)),
        time: !times.is_empty(),
    };
    let digests = Digests::parse(request)?;
    Ok(Claims { key_id, covered: Covered::Cavage(parts), coverage, times, expires, digests, signature })
}

/// The text that was signed: one `name: value` per line. `target` is what `(request-target)` names.
pub(super) fn base(parts: &[Part], request: &RawRequest<'_>, own: &OwnAuthority, target: &str) -> Result<String, Refusal> {
    let mut base = String::with_capacity(512);
    for part in parts {
        if !base.is_empty() {
            base.push('\n');
        }
        match part {
            Part::RequestTarget => line(&mut base, "(request-target)", &request_target(request.method, target)),
            Part::Created(at) => line(&mut base, "(created)", at),
            Part::Expires(at) => line(&mut base, "(expires)", at),
            Part::Host => {
                request.covered(&HOST)?;
                line(&mut base, "host", own.authority());
            }
            Part::Field(name) => line(&mut base, name.as_str(), request.covered(name)?),
        }
    }
    Ok(base)
}

fn line(base: &mut String, name: &str, value: &str) {
    base.push_str(name);
    base.push_str(": ");
    base.push_str(value);
}

/// `post /inbox`.
pub(super) fn request_target(method: &Method, target: &str) -> String {
    format!("{} {target}", method.as_str().to_ascii_lowercase())
}

impl<'a> Parameters<'a> {
    fn read(text: &'a str) -> Result<Self, Refusal> {
        let mut given = Self::default();
        for (name, value) in split(text)? {
            let place = match name.to_ascii_lowercase().as_str() {
                "keyid" => &mut given.key_id,
                "algorithm" => &mut given.algorithm,
                "headers" => &mut given.headers,
                "signature" => &mut given.signature,
                "created" => &mut given.created,
                "expires" => &mut given.expires,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(Refusal::Doubled);
            }
        }
        Ok(given)
    }

    /// The covered parts, and the times among them.
    fn parts(&self, request: &RawRequest<'_>) -> Result<(Vec<Part>, Vec<Timestamp>), Refusal> {
        let listed = self.headers.unwrap_or("(created)").split_ascii_whitespace();
        let (mut parts, mut times) = (Vec::new(), Vec::new());
        for name in listed {
            let name = name.to_ascii_lowercase();
            let part = match name.as_str() {
                "(request-target)" => Part::RequestTarget,
                "(created)" => {
                    let at = self.created.ok_or(Refusal::Component)?;
                    times.push(seconds(at)?);
                    Part::Created(at.to_owned())
                }
                "(expires)" => Part::Expires(self.expires.ok_or(Refusal::Component)?.to_owned()),
                "host" => Part::Host,
                "date" => {
                    times.push(Timestamp::parse_http_date(request.covered(&DATE)?).ok_or(Refusal::Malformed)?);
                    Part::Field(DATE)
                }
                _ => Part::Field(HeaderName::from_bytes(name.as_bytes()).map_err(|_| Refusal::Component)?),
            };
            if parts.contains(&part) || parts.len() == MAX_PARTS {
                return Err(Refusal::Component);
            }
            parts.push(part);
        }
        Ok((parts, times))
    }
}

/// `name="value"` or `name=word`, separated by commas with or without white space. No escapes: nothing that is
/// written in them needs one.
fn split(text: &str) -> Result<Vec<(&str, &str)>, Refusal> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let (name, after) = rest.split_once('=').ok_or(Refusal::Malformed)?;
        let name = name.trim_matches([' ', '\t']);
        if !is_token(name) {
            return Err(Refusal::Malformed);
        }
        let quoted = after.starts_with('"');
        let (value, after) = match after.strip_prefix('"') {
            Some(value) => value.split_once('"').ok_or(Refusal::Malformed)?,
            None => after.split_at(after.find([',', ' ', '\t']).unwrap_or(after.len())),
        };
        let readable = if quoted { !value.contains('\\') } else { is_token(value) };
        if !readable || found.len() == MAX_PARTS {
            return Err(Refusal::Malformed);
        }
        found.push((name, value));
        let after = after.trim_matches([' ', '\t']);
        if after.is_empty() {
            break;
        }
        rest = after.strip_prefix(',').ok_or(Refusal::Malformed)?;
    }
    let names: Vec<String> = found.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    if fields::once(names.iter().map(String::as_str)) { Ok(found) } else { Err(Refusal::Doubled) }
}

/// A name, a number or a bare word; nothing that could be a value of RFC 9421 (threats SIG-20).
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Whole seconds since 1970: digits only.
fn seconds(text: &str) -> Result<Timestamp, Refusal> {
    let plain = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| plain).ok_or(Refusal::Malformed)?;
    Ok(Timestamp::from_seconds(seconds))
}
