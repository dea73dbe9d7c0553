//! RFC 9421, HTTP Message Signatures, in the profile of the fediverse: one label, RSA with SHA-256, `created`
//! required, no component parameters. What we do not rebuild ourselves we refuse.

use http::header::{DATE, HOST};
use http::{HeaderName, Method};
use sfv::{BareItemFromInput, ListSerializer, StringRef};

use super::claims::{Claims, Coverage, Covered, MAX_PARTS, check_length, key_id};
use super::digest::Digests;
use super::fields::{self, Item, Member};
use super::refusal::Refusal;
use super::request::{CONTENT_DIGEST, OwnAuthority, RawRequest};
use crate::base::Timestamp;

/// The only `alg` that our keys have.
pub(super) const ALGORITHM: &str = "rsa-v1_5-sha256";

/// One line of the signature base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Method,
    TargetUri,
    Authority,
    Scheme,
    RequestTarget,
    Path,
    Query,
    Field(HeaderName),
}

/// Reads `Signature-Input` and `Signature`.
pub(super) fn parse(request: &RawRequest<'_>, input: &str, text: &str) -> Result<Claims, Refusal> {
    let inputs = fields::dictionary(input)?;
    let signatures = fields::dictionary(text)?;
    let ([input], [signature]) = (inputs.as_slice(), signatures.as_slice()) else {
        return Err(if inputs.is_empty() || signatures.is_empty() { Refusal::Malformed } else { Refusal::Several });
    };
    if input.label != signature.label {
        return Err(Refusal::Labels);
    }
    if !input.is_list {
        return Err(Refusal::Malformed);
    }
    let signature = signature.bytes(text).ok_or(Refusal::Malformed)?.to_vec();
    check_length(&signature)?;
    let given = Parameters::read(input)?;
    let key_id = key_id(given.key_id)?;
    if !matches!(given.algorithm, None | Some(ALGORITHM)) {
        return Err(Refusal::Algorithm);
    }
    let parts = parts(&input.items)?;
    let mut times: Vec<Timestamp> = given.created.into_iter().collect();
    if times.is_empty() {
        return Err(Refusal::NotCovered(super::Need::Time));
    }
    if parts.contains(&Part::Field(DATE)) {
        times.push(Timestamp::parse_http_date(request.covered(&DATE)?).ok_or(Refusal::Malformed)?);
    }
    let coverage = coverage(&parts, request);
    let digests = Digests::parse(request)?;
    let covered = Covered::Rfc9421 { parts, parameters: serialized(input) };
    Ok(Claims { key_id, covered, coverage, times, expires: given.expires, digests, signature })
}

/// The text that was signed. The last line is `@signature-params` as received, spelled the one standard way.
pub(super) fn base(parts: &[Part], parameters: &str, request: &RawRequest<'_>, own: &OwnAuthority) -> Result<String, Refusal> {
    let mut base = String::with_capacity(512);
    for part in parts {
        let target_uri;
        let value = match part {
            Part::Method => request.method.as_str(),
            Part::TargetUri => {
                target_uri = own.target_uri(request.target);
                &target_uri
            }
            Part::Authority => own.authority(),
            Part::Scheme => own.scheme(),
            Part::RequestTarget => request.target,
            Part::Path => request.path(),
            Part::Query => request.query(),
            Part::Field(name) if *name == HOST => {
                request.covered(&HOST)?;
                own.authority()
            }
            Part::Field(name) => request.covered(name)?,
        };
        line(&mut base, part.name(), value);
    }
    base.push_str("\"@signature-params\": ");
    base.push_str(parameters);
    Ok(base)
}

fn line(base: &mut String, name: &str, value: &str) {
    base.push('"');
    base.push_str(name);
    base.push_str("\": ");
    base.push_str(value);
    base.push('\n');
}

impl Part {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Method => "@method",
            Self::TargetUri => "@target-uri",
            Self::Authority => "@authority",
            Self::Scheme => "@scheme",
            Self::RequestTarget => "@request-target",
            Self::Path => "@path",
            Self::Query => "@query",
            Self::Field(name) => name.as_str(),
        }
    }

    fn read(item: &Item<'_>) -> Result<Self, Refusal> {
        let name = item.value.as_string().ok_or(Refusal::Malformed)?.as_str();
        // `;sf`, `;bs`, `;key`, `;req`, `;tr`, `;name`: each changes what is signed, and we rebuild none of them.
        if !item.parameters.is_empty() {
            return Err(Refusal::Component);
        }
        Ok(match name {
            "@method" => Self::Method,
            "@target-uri" => Self::TargetUri,
            "@authority" => Self::Authority,
            "@scheme" => Self::Scheme,
            "@request-target" => Self::RequestTarget,
            "@path" => Self::Path,
            "@query" => Self::Query,
            _ if name.bytes().any(|byte| byte.is_ascii_uppercase()) => return Err(Refusal::Component),
            _ => Self::Field(HeaderName::from_bytes(name.as_bytes()).map_err(|_| Refusal::Component)?),
        })
    }
}

fn parts(items: &[Item<'_>]) -> Result<Vec<Part>, Refusal> {
    let mut parts = Vec::with_capacity(items.len());
    for item in items {
        let part = Part::read(item)?;
        if parts.contains(&part) || parts.len() == MAX_PARTS {
            return Err(Refusal::Component);
        }
        parts.push(part);
    }
    Ok(parts)
}

fn coverage(parts: &[Part], request: &RawRequest<'_>) -> Coverage {
    let has = |part: Part| parts.contains(&part);
    let by_pieces = has(Part::Authority) && has(Part::Path) && (has(Part::Query) || !request.has_query());
    Coverage {
        method: has(Part::Method),
        target: has(Part::TargetUri) || by_pieces,
        authority: has(Part::Authority),
        authority_by_target: has(Part::TargetUri),
        digest: has(Part::Field(CONTENT_DIGEST)),
        time: true,
    }
}

/// The signature parameters, which are always signed.
#[derive(Default)]
struct Parameters<'a> {
    key_id: Option<&'a str>,
    algorithm: Option<&'a str>,
    created: Option<Timestamp>,
    expires: Option<Timestamp>,
}

impl<'a> Parameters<'a> {
    fn read(input: &'a Member<'_>) -> Result<Self, Refusal> {
        let mut given = Self::default();
        for (name, value) in &input.parameters {
            match name.as_str() {
                "keyid" => given.key_id = Some(string(value)?),
                "alg" => given.algorithm = Some(string(value)?),
                "created" => given.created = Some(moment(value)?),
                "expires" => given.expires = Some(moment(value)?),
                _ => {}
            }
        }
        Ok(given)
    }
}

fn string<'a>(value: &'a BareItemFromInput<'_>) -> Result<&'a str, Refusal> {
    value.as_string().map(StringRef::as_str).ok_or(Refusal::Malformed)
}

fn moment(value: &BareItemFromInput<'_>) -> Result<Timestamp, Refusal> {
    value.as_integer().map(|seconds| Timestamp::from_seconds(seconds.into())).ok_or(Refusal::Malformed)
}

/// The inner list with its parameters, in the order received.
fn serialized(input: &Member<'_>) -> String {
    let mut text = String::with_capacity(256);
    let mut list = ListSerializer::with_buffer(&mut text);
    let mut inner = list.inner_list();
    for item in &input.items {
        // Items with parameters were refused.
        let _ = inner.bare_item(&item.value);
    }
    let _ = inner.finish().parameters(input.parameters.iter().map(|(name, value)| (*name, value)));
    text
}

/// The parts and parameters that we sign with, as they stand in `Signature-Input` and in the base.
pub(super) fn own_parameters(parts: &[Part], created: Timestamp, key_id: &str) -> String {
    let names: Vec<String> = parts.iter().map(|part| format!("\"{}\"", part.name())).collect();
    format!("({});created={};keyid=\"{key_id}\";alg=\"{ALGORITHM}\"", names.join(" "), created.seconds())
}

/// What we sign: everything there is to bind.
pub(super) fn own_parts(method: &Method) -> Vec<Part> {
    let mut parts = vec![Part::Method, Part::TargetUri, Part::Authority];
    if *method == Method::POST {
        parts.extend([Part::Field(CONTENT_DIGEST), Part::Field(http::header::CONTENT_TYPE)]);
    }
    parts
}
