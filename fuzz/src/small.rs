//! Everything short: rules, settings, copies, names, dates, addresses, networks, headers, forms, cells.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use haven::audit::Kept;
use haven::base::config::Config;
use haven::base::proxy::TrustedProxies;
use haven::base::{Id, Iri, Origin, Timestamp};
use haven::features::accounts::{Agent, Passphrase, SignInName, Token, folded, tidy};
use haven::features::groups::{GroupName, Hours};
use haven::features::partners::{Names, read_rules, write_rules};
use haven::features::personas::PersonaName;
use haven::features::takeout::Incoming;
use haven::federation::activity::is_activity_json;
use haven::federation::dialer::is_global_unicast;
use haven::federation::ledger::Cursor;
use haven::testing::fuzz::{asks_for_activity, cookie_name, cursor, lets_in, retry_after, token_of};
use haven::web::{Lang, csv, decode, local_path};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

/// The rules of the house as a file: what is read is written so that it reads the same.
pub fn rules(data: &[u8]) {
    let id = |c: &str| Id::parse(&c.repeat(26)).expect("an id");
    let names = Names::known(
        &[("https://b.example", id("b"), "Herning \"1\""), ("https://c.example", id("c"), "Zwolle\n[house]")],
        &[("https://a.example/g/1", id("g"), "Morning # coffee")],
    );
    let text = crate::text(data);
    match read_rules(&text, &names) {
        Ok(rules) => {
            let written = write_rules(&rules, &names);
            assert_eq!(read_rules(&written, &names).as_ref(), Ok(&rules), "{written}");
        }
        Err(fault) => assert!(!fault.to_string().is_empty()),
    }
}

/// The settings file: what is accepted is within its bounds, what is not is said in one sentence.
pub fn settings(data: &[u8]) {
    match Config::of_text(&crate::text(data)) {
        Ok(config) => {
            assert!(config.name.chars().count() <= 80.max(config.origin.host().chars().count()) && !config.name.contains(char::is_control));
            assert!((1..=1_000_000).contains(&config.partner_rate));
            let host = config.origin.host();
            let near = host == "localhost" || host == "[::1]" || host.starts_with("127.") || host.ends_with(".test") || host == "test";
            assert!(config.origin.scheme() == "https" || near, "{}", config.origin);
            assert!(!config.loopback_federation || near, "{}", config.origin);
            assert!(!config.trusted_proxy.holds(IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8))) || crate::text(data).contains("trusted_proxy"));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A copy from another house.
pub fn import(data: &[u8]) {
    if let Some(incoming) = Incoming::read(data) {
        assert!(incoming.names().len() <= 100);
    }
}

/// Names of people and groups, answering hours, passphrases.
pub fn names(data: &[u8]) {
    let text = crate::text(data);
    if let Ok(name) = tidy(&text, 2, 40) {
        assert_eq!(tidy(&name, 2, 40).as_deref(), Ok(name.as_str()), "a tidy name is tidy");
        assert!((2..=40).contains(&name.chars().count()) && !name.contains(['<', '>', '&', '"', '@', '\0', '\n']));
    }
    let once = folded(&text);
    assert_eq!(folded(&once), once, "folding twice changes nothing");
    if let Ok(name) = SignInName::parse(&text) {
        assert_eq!(SignInName::parse(name.as_str()).as_ref().map(SignInName::folded).ok(), Some(name.folded()));
    }
    if let Ok(name) = PersonaName::parse(&text) {
        assert_eq!(PersonaName::parse(name.as_str()).as_ref(), Ok(&name));
        let _ = name.doubt(&text);
    }
    if let Some(name) = GroupName::parse(&text) {
        assert_eq!(GroupName::parse(name.as_str()).as_ref(), Some(&name));
    }
    if let Some(hours) = Hours::parse(&text) {
        assert_eq!(Hours::parse(&hours.to_string()).as_ref(), Some(&hours), "{hours}");
        assert!(hours.days().iter().all(|day| *day < 7) && !hours.covers(7, 0));
    }
    drop(Passphrase::choose(&text, &["Fern", "anna river"]));
}

/// Dates of the wire and of headers.
pub fn dates(data: &[u8]) {
    let text = crate::text(data);
    if let Some(at) = Timestamp::parse_rfc3339(&text) {
        assert_eq!(Timestamp::parse_rfc3339(&at.rfc3339()), Some(at), "{} of {text}", at.rfc3339());
    }
    if let Some(at) = Timestamp::parse_http_date(&text) {
        assert_eq!(Timestamp::parse_http_date(&at.http_date()), Some(at), "{}", at.http_date());
    }
    let now = Timestamp::from_seconds(1_800_000_000);
    if let Some(wait) = retry_after(&text, now) {
        assert!(now.plus(wait) >= now);
    }
    if let Ok(bytes) = <[u8; 8]>::try_from(data) {
        let at = Timestamp::from_millis(i64::from_le_bytes(bytes));
        assert!(!at.rfc3339().is_empty() && !at.http_date().is_empty());
        assert!(at.seconds() <= at.millis().max(at.seconds()));
    }
}

/// Ids, addresses, origins, tokens, places in lists, addresses of our own pages.
pub fn addresses(data: &[u8]) {
    let text = crate::text(data);
    let text = text.as_ref();
    if let Some(id) = Id::parse(text) {
        assert_eq!(id.as_str(), text);
        assert!(text.len() == Id::LEN && text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
    if let Some(token) = Token::parse(text) {
        assert_eq!((token.reveal(), token.hash().len()), (text, 64));
    }
    if let Some(written) = cursor(text) {
        assert_eq!(cursor(&written).as_ref(), Some(&written));
    }
    if let Some(place) = Cursor::parse(text) {
        assert_eq!(Cursor::parse(&place.to_string()), Some(place));
    }
    if let Ok(iri) = Iri::parse(text) {
        assert_eq!(iri.as_str(), text, "kept as written");
        assert!(text.len() <= 2048);
        let origin = iri.origin();
        assert_eq!(Origin::parse(origin.as_str()).as_ref(), Ok(&origin), "{text}");
        assert!(matches!(origin.scheme(), "https" | "http") && !origin.host().is_empty(), "{origin}");
        assert!(!origin.authority().contains(['@', '/', '?', '#', ' ']), "{origin}");
        assert!(iri.target().starts_with('/'), "{}", iri.target());
        assert!(iri.target().bytes().all(|byte| byte.is_ascii_graphic()), "{}", iri.target());
        assert_eq!(iri.without_fragment().origin(), origin);
        assert_eq!(origin.at("/inbox").origin(), origin);
        if let Ok(address) = Ipv4Addr::from_str(origin.host()) {
            assert_eq!(address.to_string(), origin.host(), "SSR-06");
        }
    }
    if let Ok(origin) = Origin::parse(text) {
        assert_eq!(Origin::parse(origin.as_str()), Ok(origin.clone()));
        assert_eq!(origin.at("/").origin(), origin);
    }
    if let Some(path) = local_path(text) {
        let house = url::Url::parse("https://veld.test/").expect("an address");
        let leads = house.join(path).expect("a path of ours");
        assert_eq!(leads.origin(), house.origin(), "{path} leads away (WEB-11)");
    }
}

/// Special-purpose prefixes of the IANA registries, and what is not unicast: none of it is out in the world.
const SPECIAL: [(&str, u32); 41] = [
    // Never given out.
    ("2000::", 16),
    ("0.0.0.0", 8),
    ("10.0.0.0", 8),
    ("100.64.0.0", 10),
    ("127.0.0.0", 8),
    ("169.254.0.0", 16),
    ("172.16.0.0", 12),
    ("192.0.0.0", 24),
    ("192.0.2.0", 24),
    ("192.31.196.0", 24),
    ("192.52.193.0", 24),
    ("192.88.99.0", 24),
    ("192.168.0.0", 16),
    ("192.175.48.0", 24),
    ("198.18.0.0", 15),
    ("198.51.100.0", 24),
    ("203.0.113.0", 24),
    ("224.0.0.0", 4),
    ("240.0.0.0", 4),
    ("::", 96),
    ("::ffff:0:0", 96),
    ("64:ff9b::", 96),
    ("64:ff9b:1::", 48),
    ("100::", 64),
    ("100:0:0:1::", 64),
    ("2001::", 23),
    ("2001:db8::", 32),
    ("2002::", 16),
    ("2620:4f:8000::", 48),
    ("3fff::", 20),
    ("5f00::", 16),
    ("fc00::", 7),
    ("fe80::", 10),
    ("fec0::", 10),
    ("ff00::", 8),
    ("4000::", 2),
    ("8000::", 1),
    ("::", 3),
    ("2001:2::", 48),
    ("2001:4:112::", 48),
    ("2001:20::", 28),
];

fn within(address: IpAddr, (prefix, bits): (&str, u32)) -> bool {
    match (address, prefix.parse::<IpAddr>().expect("an address")) {
        (IpAddr::V4(address), IpAddr::V4(prefix)) => (address.to_bits() ^ prefix.to_bits()) >> (32 - bits) == 0,
        (IpAddr::V6(address), IpAddr::V6(prefix)) => (address.to_bits() ^ prefix.to_bits()) >> (128 - bits) == 0,
        _ => false,
    }
}

/// Addresses of the network: the table against the registries, and what a proxy may say about a client.
pub fn networks(data: &[u8]) {
    let mut addresses = Vec::new();
    if let Some(four) = data.first_chunk::<4>() {
        addresses.push(IpAddr::V4(Ipv4Addr::from(*four)));
    }
    if let Some(six) = data.first_chunk::<16>() {
        addresses.push(IpAddr::V6(Ipv6Addr::from(*six)));
    }
    // One end of a prefix, and its neighbour.
    if let [which, side, ..] = data {
        let (prefix, bits) = SPECIAL[usize::from(*which) % SPECIAL.len()];
        match prefix.parse::<IpAddr>().expect("an address") {
            IpAddr::V4(first) => {
                let last = first.to_bits() | (u32::MAX.checked_shr(bits).unwrap_or(0));
                let edge = [first.to_bits(), last, first.to_bits().wrapping_sub(1), last.wrapping_add(1)][usize::from(*side) % 4];
                addresses.push(IpAddr::V4(Ipv4Addr::from_bits(edge)));
            }
            IpAddr::V6(first) => {
                let last = first.to_bits() | (u128::MAX.checked_shr(bits).unwrap_or(0));
                let edge = [first.to_bits(), last, first.to_bits().wrapping_sub(1), last.wrapping_add(1)][usize::from(*side) % 4];
                addresses.push(IpAddr::V6(Ipv6Addr::from_bits(edge)));
            }
        }
    }
    for address in &addresses {
        let special = SPECIAL.iter().any(|prefix| within(*address, *prefix));
        assert_eq!(is_global_unicast(*address), !special, "{address} (R13)");
    }
    let text = crate::text(data);
    let (proxies, forwarded) = text.split_once('\n').unwrap_or((&text, ""));
    if let Some(trusted) = TrustedProxies::parse(proxies) {
        for address in addresses {
            let client = trusted.client(address, forwarded.split('\n'));
            assert!(client == address || trusted.holds(address), "a stranger does not choose its address (WEB-09)");
        }
        assert!(
            !(trusted.holds(IpAddr::V4(Ipv4Addr::new(0, 0, 0, 1))) && trusted.holds(IpAddr::V4(Ipv4Addr::new(255, 0, 0, 1))))
                || proxies.contains(',')
        );
    }
}

/// Headers of browsers and instances: which language, whether JSON is wanted, whose session, from which page.
pub fn headers(data: &[u8]) {
    let mut headers = HeaderMap::new();
    let mut lines = data.split(|byte| *byte == b'\n');
    let query = crate::text(lines.next().unwrap_or_default()).into_owned();
    for line in lines.take(64) {
        let Some(at) = line.iter().position(|byte| *byte == b':') else { continue };
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(&line[..at]), HeaderValue::from_bytes(&line[at + 1..])) else { continue };
        headers.append(name, value);
    }
    let lang = Lang::of_request(Some(&query), &headers);
    assert_eq!(Lang::parse(lang.code()), Some(lang));
    let _ = asks_for_activity(&headers);
    let veld = Origin::parse("https://veld.test").expect("an origin");
    if let Some(token) = token_of(&veld, &headers) {
        let name = cookie_name(&veld);
        assert!(headers.get_all("cookie").iter().any(|line| {
            let line = String::from_utf8_lossy(line.as_bytes());
            line.contains(&name) && line.contains(token.reveal())
        }));
    }
    let mut request = http::Request::post("/g/abc").body(()).expect("a request");
    *request.headers_mut() = headers;
    let (parts, ()) = request.into_parts();
    if lets_in(&veld, &parts) {
        assert!(parts.headers.get_all("host").iter().count() <= 1, "one host (WEB-17)");
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let ours = |name: &str, value: &str| text(name) == Some(value);
        let referer = text("referer").is_some_and(|page| page.starts_with("https://veld.test/"));
        assert!(
            ours("sec-fetch-site", "same-origin") || ours("sec-fetch-site", "none") || ours("origin", "https://veld.test") || referer,
            "WEB-04"
        );
    }
    if let Some(kind) = parts.headers.get("content-type").and_then(|kind| kind.to_str().ok()) {
        let _ = is_activity_json(kind);
    }
    let agent = Agent::of_header(&query);
    assert_eq!(Agent::from_stored(&agent.stored()), agent);
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Choice {
    House,
    Partners,
}

#[derive(Deserialize)]
struct Asked {
    name: String,
    choice: Option<Choice>,
    days: Option<i64>,
    small: Option<u8>,
    #[serde(default)]
    agreed: bool,
    #[serde(default)]
    partner: Vec<String>,
}

/// Forms: what is decoded does not weigh more than what was sent.
pub fn form(data: &[u8]) {
    if let Ok(asked) = decode::<Asked>(data) {
        let texts = asked.name.len() + asked.partner.iter().map(String::len).sum::<usize>();
        // A byte that is no text becomes a sign of three.
        assert!(texts <= 3 * data.len() && asked.partner.len() <= 1000);
        assert!(!asked.name.contains('\0') && asked.partner.iter().all(|id| !id.contains('\0')));
        let _ = (asked.days, asked.small, asked.agreed, asked.choice.map(|choice| matches!(choice, Choice::House | Choice::Partners)));
    }
}

/// A cell of an exported table reads back as it was and is no formula; two rows of the audit log never hash alike.
pub fn cells(data: &[u8]) {
    let text = crate::text(data);
    let cell = csv::cell(&text);
    let quoted = cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"'));
    assert!(quoted.is_some() || !cell.contains([',', '"', '\n', '\r']), "an open cell: {cell}");
    let inner = quoted.unwrap_or(&cell);
    let read = inner.replace("\"\"", "\"");
    assert_eq!(inner.matches('"').count(), 2 * read.matches('"').count(), "every quote is doubled");
    assert!(read == text || read.strip_prefix('\'') == Some(&*text));
    assert!(!read.starts_with(['=', '+', '-', '@', '\t', '\r']), "no formula: {read}");
    if text.len() <= 4096 {
        let mut fields: Vec<String> = text.split('\u{1}').map(str::to_owned).collect();
        fields.resize(13, String::new());
        let fields: [String; 13] = fields.try_into().expect("thirteen");
        let hash = Kept::hash_of(1, 2, fields.clone());
        // The end of a field moved to the beginning of the next is another row.
        let mut moved = fields.clone();
        if let Some(last) = moved[0].pop() {
            moved[1].insert(0, last);
            assert_ne!(Kept::hash_of(1, 2, moved), hash);
        }
        assert_eq!(Kept::hash_of(1, 2, fields), hash);
    }
}
