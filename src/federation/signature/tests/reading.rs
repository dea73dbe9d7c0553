//! The second reading of a signed request (threats R2, protocol.md §4): what is signed, what must be, and whether what came is
//! that. It shares no line with the code under test and does no arithmetic with keys.

use aws_lc_rs::digest::{SHA256, SHA512, digest};

use super::generated::Scheme;
use super::*;

pub(super) const OWN: &str = "veld.test";
pub(super) const ONCE: [&str; 7] = ["signature", "signature-input", "digest", "content-digest", "date", "host", "content-type"];

/// Seconds around the edges of both windows.
pub(super) const MOMENTS: [i64; 14] = [-86_400, -43_201, -43_200, -301, -300, -299, -60, 60, 299, 300, 301, 3_600, 3_601, 86_400];

pub(super) fn hash(body: &[u8]) -> String {
    STANDARD.encode(digest(&SHA256, body))
}

pub(super) fn long_hash(body: &[u8]) -> String {
    STANDARD.encode(digest(&SHA512, body))
}

pub(super) fn from_now(seconds: i64) -> i64 {
    NOW.seconds() + seconds
}

/// What a signature header says, read without the code under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub scheme: Scheme,
    pub key_id: Option<String>,
    pub algorithm: Option<String>,
    pub created: Option<i64>,
    pub expires: Option<i64>,
    pub names: Vec<String>,
    /// RFC 9421: the list with its parameters, in the one standard spelling.
    pub list: String,
    /// The text that this signature was made over, and whether with the right key. `None`: some other bytes.
    pub signed: Option<(String, bool)>,
}

/// A request line and the name of the server, for a signing base.
pub(super) struct Line<'a> {
    pub method: &'a str,
    pub target: &'a str,
    pub host: &'a str,
}

/// The text that is signed, written after the two specifications. `None`: a part that has no value here.
pub(super) fn base(read: &Read, line: &Line<'_>, header: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut lines = Vec::new();
    let (path, query) = line.target.split_once('?').map_or((line.target, "?".to_owned()), |(path, query)| (path, format!("?{query}")));
    for name in &read.names {
        let draft = read.scheme == Scheme::Draft;
        let name = if draft { name.to_lowercase() } else { name.clone() };
        let value = match (draft, name.as_str()) {
            (true, "(request-target)") => format!("{} {}", line.method.to_lowercase(), line.target),
            (true, "(created)") => read.created.map(|at| at.to_string()).unwrap_or_default(),
            (true, "(expires)") => read.expires.map(|at| at.to_string()).unwrap_or_default(),
            (false, "@method") => line.method.to_owned(),
            (false, "@target-uri") => format!("https://{}{}", line.host, line.target),
            (false, "@authority") => line.host.to_owned(),
            (false, "@scheme") => "https".to_owned(),
            (false, "@request-target") => line.target.to_owned(),
            (false, "@path") => path.to_owned(),
            (false, "@query") => query.clone(),
            (_, "host") => {
                header("host")?;
                line.host.to_owned()
            }
            (_, name) => header(name)?,
        };
        lines.push(if draft { format!("{name}: {value}") } else { format!("\"{name}\": {value}") });
    }
    if read.scheme == Scheme::Rfc {
        lines.push(format!("\"@signature-params\": {}", read.list));
    }
    Some(lines.join("\n"))
}

pub(super) fn all<'a>(wire: &'a Wire, name: &str) -> Vec<&'a str> {
    wire.headers.iter().filter(|(own, _)| own == name).map(|(_, value)| value.trim_matches([' ', '\t'])).collect()
}

pub(super) fn ascii(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte))
}

/// Every digest that is given must be readable and be the body's, and one of those that count must be there.
pub(super) fn digest_agrees(text: &str, structured: bool, body: &[u8]) -> bool {
    let mut seen: Vec<String> = Vec::new();
    for part in text.split(',') {
        let Some((name, value)) = part.trim_matches([' ', '\t']).split_once('=') else { return false };
        let name = if structured { name.to_owned() } else { name.to_lowercase() };
        let value = if structured && value.len() > 1 {
            value.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')).map(str::to_owned)
        } else if structured {
            None
        } else {
            Some(value.to_owned())
        };
        let expected = match name.as_str() {
            "sha-256" => Some(hash(body)),
            "sha-512" => Some(long_hash(body)),
            _ if structured && (value.is_none() || name.chars().any(|c| c.is_ascii_uppercase())) => return false,
            _ => None,
        };
        if seen.contains(&name) || expected.is_some_and(|expected| value != Some(expected)) {
            return false;
        }
        seen.push(name);
    }
    seen.iter().any(|name| name == "sha-256" || (structured && name == "sha-512"))
}

/// The second reading: whether this envelope is to be let in. `read` is what its signature header says; nothing when the
/// header itself is to be refused.
pub(super) fn passes(wire: &Wire, read: Option<&Read>, terms: Terms) -> bool {
    let Some(read) = read else { return false };
    let draft = read.scheme == Scheme::Draft;
    let lower: Vec<String> = read.names.iter().map(|name| if draft { name.to_lowercase() } else { name.clone() }).collect();
    let has = |name: &str| lower.iter().any(|own| own == name);
    let fields = lower.iter().filter(|name| !name.starts_with(['(', '@'])).map(String::as_str);
    // Once, readable, unambiguous.
    if ONCE.iter().any(|name| all(wire, name).len() > 1) || fields.clone().any(|name| all(wire, name).len() != 1) {
        return false;
    }
    if ONCE.into_iter().chain(fields).flat_map(|name| all(wire, name)).any(|value| !ascii(value)) {
        return false;
    }
    let (method, target) = (wire.method.as_str(), wire.target.as_str());
    if !method.chars().all(|c| c.is_ascii_uppercase() || c == '-') || !target.starts_with('/') {
        return false;
    }
    if target.chars().any(|c| !c.is_ascii_graphic() || c == '#') {
        return false;
    }
    // Only parts that can be rebuilt, each once.
    let known = |name: &str| match name.chars().next() {
        Some('(') => draft && matches!(name, "(request-target)" | "(created)" | "(expires)"),
        Some('@') => {
            !draft && matches!(name, "@method" | "@target-uri" | "@authority" | "@scheme" | "@request-target" | "@path" | "@query")
        }
        _ => !name.contains(';') && !name.chars().any(|c| c.is_ascii_uppercase()),
    };
    if !lower.iter().all(|name| known(name)) || (1..lower.len()).any(|at| lower[..at].contains(&lower[at])) {
        return false;
    }
    // The full set.
    let reads = wire.body.is_empty() && matches!(method, "GET" | "HEAD");
    let whole_target = has("@target-uri") || (has("@authority") && has("@path") && (has("@query") || !target.contains('?')));
    let bound = if draft {
        has("(request-target)") && has("host") && (has("date") || has("(created)")) && (reads || has("digest"))
    } else {
        let authority = has("@authority") || (terms == Terms::Open && has("@target-uri"));
        has("@method") && whole_target && authority && read.created.is_some() && (reads || has("content-digest"))
    };
    if !bound || (has("(created)") && read.created.is_none()) || (has("(expires)") && read.expires.is_none()) {
        return false;
    }
    in_window(wire, read, &has, terms) && says_right(wire, read) && is_signed(wire, read, terms, reads)
}

pub(super) fn in_window(wire: &Wire, read: &Read, has: &dyn Fn(&str) -> bool, terms: Terms) -> bool {
    let (past, ahead) = if terms == Terms::Partner { (300, 300) } else { (43_200, 3_600) };
    let mut times = Vec::new();
    if read.scheme == Scheme::Rfc || has("(created)") {
        times.extend(read.created);
    }
    if has("date") {
        let text = all(wire, "date")[0];
        let at = MOMENTS.into_iter().chain([0]).map(from_now).find(|at| Timestamp::from_seconds(*at).http_date() == text);
        let Some(at) = at else { return false };
        times.push(at);
    }
    !times.is_empty()
        && times.iter().all(|at| (from_now(-past)..=from_now(ahead)).contains(at))
        && read.expires.is_none_or(|at| at > from_now(0))
}

/// Algorithm, key id, our own name and the digests.
pub(super) fn says_right(wire: &Wire, read: &Read) -> bool {
    let labels: &[&str] = if read.scheme == Scheme::Draft { &["rsa-sha256", "hs2019"] } else { &["rsa-v1_5-sha256"] };
    let host = all(wire, "host").first().is_none_or(|host| ["veld.test", "veld.test:443"].contains(&host.to_lowercase().as_str()));
    read.key_id.as_deref() == Some(KEY_ID)
        && read.algorithm.as_deref().is_none_or(|label| labels.contains(&label))
        && host
        && all(wire, "digest").iter().all(|text| digest_agrees(text, false, &wire.body))
        && all(wire, "content-digest").iter().all(|text| digest_agrees(text, true, &wire.body))
}

/// Whether what was signed, by the partner's key, is this request to us.
pub(super) fn is_signed(wire: &Wire, read: &Read, terms: Terms, reads: bool) -> bool {
    let Some((signed, by_partner)) = &read.signed else { return false };
    let header = |name: &str| all(wire, name).first().map(|value| (*value).to_owned());
    let over = |target: &str| base(read, &Line { method: wire.method.as_str(), target, host: OWN }, header);
    let bare = wire.target.split('?').next().unwrap();
    let may_be_bare =
        terms == Terms::Open && read.scheme == Scheme::Draft && reads && wire.method == Method::GET && wire.target.contains('?');
    *by_partner && (over(&wire.target).as_ref() == Some(signed) || (may_be_bare && over(bare).as_ref() == Some(signed)))
}

/// Reads signature headers whose bytes were changed; `None` when they cannot be read here.
pub(super) fn again(wire: &Wire, signed: &Wire, read: &Read) -> Option<Read> {
    let [text] = all(wire, "signature")[..] else { return None };
    match (read.scheme, &all(wire, "signature-input")[..]) {
        (Scheme::Draft, []) => read_draft(text, signed, read),
        (Scheme::Rfc, [input]) => {
            let same =
                [("signature", text), ("signature-input", *input)].iter().all(|(name, value)| tidy(value) == tidy(signed.get_header(name)));
            same.then(|| read.clone())
        }
        _ => None,
    }
}

/// Without white space outside quotes and without zeros before a number: what RFC 8941 reads alike.
pub(super) fn tidy(text: &str) -> String {
    let (mut out, mut quoted) = (String::new(), false);
    for (at, c) in text.char_indices() {
        quoted ^= c == '"';
        let leading_zero = c == '0' && !quoted && out.ends_with('=') && text[at + 1..].starts_with(|c: char| c.is_ascii_digit());
        if quoted || !(matches!(c, ' ' | '\t') || leading_zero) {
            out.push(c);
        }
    }
    out
}

pub(super) fn read_draft(text: &str, signed: &Wire, read: &Read) -> Option<Read> {
    let signature = |text: &str| text.split("signature=\"").nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
    let mut again =
        Read { key_id: None, algorithm: None, created: None, expires: None, names: vec!["(created)".to_owned()], ..read.clone() };
    let mut bytes = None;
    let mut rest = text;
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = match after.strip_prefix('"') {
            Some(after) => after.split_once('"')?,
            None => after.split_at(after.find([',', ' ', '\t']).unwrap_or(after.len())),
        };
        match name.trim_matches([' ', '\t', ',']).to_lowercase().as_str() {
            "keyid" => again.key_id = Some(value.to_owned()),
            "algorithm" => again.algorithm = Some(value.to_owned()),
            "headers" => again.names = value.split_ascii_whitespace().map(str::to_owned).collect(),
            "created" => again.created = Some(value.parse().ok()?),
            "expires" => again.expires = Some(value.parse().ok()?),
            "signature" => bytes = Some(value.to_owned()),
            _ => {}
        }
        rest = after.trim_start_matches([' ', '\t', ',']);
    }
    let same = bytes.is_some() && bytes == signature(signed.get_header("signature"));
    again.signed = again.signed.filter(|_| same);
    Some(again)
}
