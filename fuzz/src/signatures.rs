//! Signature headers: read from anything, and a good request with one thing changed.

use std::sync::LazyLock;

use haven::base::{Iri, Origin, Timestamp};
use haven::federation::activity::{Act, Outbound, Verb};
use haven::federation::keys::{KeyPair, KeySource};
use haven::federation::signature::{self, OwnAuthority, Profile, RawRequest, Signer, Terms};
use haven::testing::keys::RecordedKeys;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

const KEY_ID: &str = "https://p.test/p/piet#main-key";
const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

static KEY: LazyLock<KeyPair> = LazyLock::new(|| RecordedKeys::default().fresh().expect("a recorded key"));

fn own() -> OwnAuthority {
    OwnAuthority::new(Origin::parse("https://veld.test").expect("an origin"))
}

/// A request as text: `METHOD target`, header lines, an empty line, the body.
struct Written {
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Written {
    fn of(data: &[u8]) -> Option<Self> {
        let end = data.windows(2).position(|two| two == b"\n\n").unwrap_or(data.len());
        let (head, body) = (&data[..end], data.get(end + 2..).unwrap_or_default());
        let mut lines = head.split(|byte| *byte == b'\n');
        let first = std::str::from_utf8(lines.next()?).ok()?;
        let (method, target) = first.split_once(' ')?;
        let mut headers = HeaderMap::new();
        for line in lines.take(100) {
            let at = line.iter().position(|byte| *byte == b':')?;
            let (name, value) = (HeaderName::from_bytes(&line[..at]).ok()?, HeaderValue::from_bytes(line[at + 1..].trim_ascii()).ok()?);
            headers.append(name, value);
        }
        Some(Self { method: Method::from_bytes(method.as_bytes()).ok()?, target: target.to_owned(), headers, body: body.to_vec() })
    }

    fn raw(&self) -> RawRequest<'_> {
        RawRequest { method: &self.method, target: &self.target, headers: &self.headers, body: &self.body }
    }
}

/// Whatever stands in the headers: no panic, and what reads without the body reads the same with it.
pub fn read(data: &[u8]) {
    let Some(request) = Written::of(data) else { return };
    let raw = request.raw();
    let claims = signature::parse(&raw);
    let again = signature::parse(&raw);
    assert_eq!(claims.is_ok(), again.is_ok(), "reading is a function");
    if let Ok(claims) = claims {
        assert_eq!(again.ok().map(|again| again.key_id().to_string()), Some(claims.key_id().to_string()));
        assert_eq!(Iri::parse(claims.key_id().as_str()).as_ref(), Ok(claims.key_id()));
        for name in ["signature", "signature-input", "digest", "content-digest", "date", "host", "content-type"] {
            assert!(request.headers.get_all(name).iter().count() <= 1, "{name} twice (SIG-10)");
        }
        for terms in [Terms::Partner, Terms::Open] {
            let verified = signature::verify(&raw, &claims, &own(), KEY.public(), NOW, terms);
            // Nobody guesses a signature.
            assert!(verified.is_err() || request.headers == GOOD[0].headers || request.headers == GOOD[1].headers || is_recorded(&request));
        }
    }
}

/// Whether it is one of the requests signed below, with headers added at most.
fn is_recorded(request: &Written) -> bool {
    GOOD.iter().any(|good| good.method == request.method && good.target == request.target && good.body == request.body)
}

/// Good requests of both schemes.
static GOOD: LazyLock<[Written; 3]> = LazyLock::new(|| {
    let inbox = Iri::parse("https://veld.test/inbox").expect("an address");
    let iri = |path: &str| Iri::parse(&format!("https://p.test{path}")).expect("an address");
    let act = Act::<Iri>::new(iri("/a/1"), Verb::Follow, iri("/p/piet"), inbox.clone());
    let body = Outbound::new(act).seal();
    let post = |profile| {
        let signer = Signer { profile, key: &KEY, key_id: KEY_ID };
        let headers = signer.post(&inbox, &body, "application/activity+json", NOW).expect("signed");
        Written {
            method: Method::POST,
            target: "/inbox".to_owned(),
            headers: headers.into_iter().collect(),
            body: body.as_str().as_bytes().to_vec(),
        }
    };
    let page = Iri::parse("https://veld.test/g/abc?page=first").expect("an address");
    let headers =
        Signer { profile: Profile::Cavage, key: &KEY, key_id: KEY_ID }.get(&page, "application/activity+json", NOW).expect("signed");
    let get = Written { method: Method::GET, target: page.target(), headers: headers.into_iter().collect(), body: Vec::new() };
    [post(Profile::Cavage), post(Profile::Rfc9421), get]
});

/// A good request with one header put, added or removed, or with another method, target, body or time. If it is still believed,
/// everything that we act on is what was signed (threats R2).
pub fn edited(data: &[u8]) {
    let [which, kind, rest @ ..] = data else { return };
    let good = &GOOD[usize::from(*which) % GOOD.len()];
    let mut request =
        Written { method: good.method.clone(), target: good.target.clone(), headers: good.headers.clone(), body: good.body.clone() };
    let mut now = NOW;
    let pair = |rest: &[u8]| {
        let at = rest.iter().position(|byte| *byte == b':')?;
        Some((HeaderName::from_bytes(&rest[..at]).ok()?, HeaderValue::from_bytes(&rest[at + 1..]).ok()?))
    };
    match kind % 8 {
        0 => request.body = rest.to_vec(),
        1 => request.target = String::from_utf8_lossy(rest).into_owned(),
        2 => {
            let Ok(method) = Method::from_bytes(rest) else { return };
            request.method = method;
        }
        3 => {
            let Some((name, value)) = pair(rest) else { return };
            request.headers.insert(name, value);
        }
        4 => {
            let Some((name, value)) = pair(rest) else { return };
            request.headers.append(name, value);
        }
        5 => {
            let Ok(name) = HeaderName::from_bytes(rest) else { return };
            request.headers.remove(name);
        }
        6 => {
            // One byte of one header becomes another.
            let [header, at, byte, ..] = rest else { return };
            let names: Vec<HeaderName> = request.headers.keys().cloned().collect();
            let name = names[usize::from(*header) % names.len()].clone();
            let mut value = request.headers[&name].as_bytes().to_vec();
            if value.is_empty() {
                return;
            }
            let at = usize::from(*at) % value.len();
            value[at] = *byte;
            let Ok(value) = HeaderValue::from_bytes(&value) else { return };
            request.headers.insert(name, value);
        }
        _ => {
            let seconds = rest.iter().take(3).fold(0_i64, |sum, byte| sum * 256 + i64::from(*byte)) - (1 << 16);
            now = Timestamp::from_seconds(NOW.seconds() + seconds);
        }
    }
    let raw = request.raw();
    let Ok(claims) = signature::parse(&raw) else { return };
    if claims.key_id().as_str() != KEY_ID {
        // Nobody has that key: it is looked up by exactly this address.
        return;
    }
    let Ok(verified) = signature::verify(&raw, &claims, &own(), KEY.public(), now, Terms::Partner) else { return };
    assert_eq!(verified.body(), good.body, "the body that was signed (SIG-04)");
    assert_eq!(verified.target(), good.target, "the target that was signed (SIG-06)");
    assert_eq!(request.method, good.method, "the method that was signed (SIG-05)");
    assert_eq!(verified.key_id().as_str(), KEY_ID);
    assert!(now.since(NOW).max(NOW.since(now)) <= Terms::Partner.past(), "within five minutes (SIG-09)");
    if let Some(host) = request.headers.get("host") {
        assert_eq!(host.to_str().map(str::to_ascii_lowercase).ok().as_deref().map(|host| host.trim_end_matches(":443")), Some("veld.test"));
    }
}
