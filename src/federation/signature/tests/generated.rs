//! Envelopes drawn at random, signed with the real key over exactly what was drawn, sometimes bent afterwards, and judged
//! twice: by `parse` and `verify`, and by [`passes`], a second reading of threats R2 and protocol.md §4 that shares no line
//! with them and does no arithmetic. It knows what was signed and asks whether that is what was received. The two must
//! agree on every envelope, under both terms. `HAVEN_TEST_VARIANTS` says how many are drawn (docs/security/proofs.md).

use std::cell::Cell;

use aws_lc_rs::digest::{SHA256, digest};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use proptest::test_runner::TestRunner;

use super::reading::{Line, MOMENTS, OWN, Read, again, all, base, from_now, hash, long_hash, passes};
use super::*;

/// How many envelopes a plain run draws: a few seconds without optimisation.
const VARIANTS: u32 = 24_000;
/// How many wires are made of one signature: the signed one and three bent ones.
const OF_ONE: u32 = 4;

const BODIES: [&str; 3] = [BODY, "", "{\"type\":\"Delete\"}"];
const TARGETS: [&str; 3] = ["/inbox", "/p/anna/inbox?page=2", "/g/1?"];
const DRAFT_FULL: &[&str] = &["(request-target)", "host", "date", "digest"];
const RFC_NEEDED: &[&str] = &["@method", "@target-uri", "@authority", "content-digest"];
/// The full set, then what does no harm, then three that do.
const DRAFT_ALL: &[&str] = &[
    "(request-target)",
    "host",
    "date",
    "(created)",
    "(expires)",
    "digest",
    "content-type",
    "content-digest",
    "x-word",
    "x-absent",
    "(other)",
    "Date",
];
/// The same; five that do harm.
const RFC_ALL: &[&str] = &[
    "@method",
    "@target-uri",
    "@authority",
    "content-digest",
    "@path",
    "@query",
    "@scheme",
    "@request-target",
    "digest",
    "content-type",
    "date",
    "host",
    "x-word",
    "x-absent",
    "@status",
    "@query-param",
    "@method;req",
    "Content-Digest",
];
/// A right request of each scheme, to be put beside a drawn one.
static BOTH: LazyLock<[Wire; 2]> = LazyLock::new(Wire::both);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Draft,
    Rfc,
}

/// What `Digest` or `Content-Digest` says of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Right,
    Absent,
    /// Beside the right one a right SHA-512 and one of a kind nobody knows.
    Company,
    /// Only the SHA-512.
    Long,
    /// The right one beside a SHA-512 of something else.
    Torn,
    /// The name in the other case.
    OtherCase,
    OfOther,
    Hex,
    Short,
    Unpadded,
    Unknown,
    Empty,
    Twice,
    /// In the manner of the other header.
    OtherManner,
}

const FORMS: [Form; 13] = [
    Form::Absent,
    Form::Company,
    Form::Long,
    Form::Torn,
    Form::OtherCase,
    Form::OfOther,
    Form::Hex,
    Form::Short,
    Form::Unpadded,
    Form::Unknown,
    Form::Empty,
    Form::Twice,
    Form::OtherManner,
];

/// One envelope before it is signed.
#[derive(Clone, Debug)]
struct Plan {
    scheme: Scheme,
    reads: bool,
    target: &'static str,
    /// The signer leaves out the query, as some do for a GET.
    bare: bool,
    /// Whom the signer believes to speak to.
    host: &'static str,
    /// In the order in which they are signed; doubled ones too.
    covered: Vec<&'static str>,
    /// Seconds from now.
    date: i64,
    created: Option<i64>,
    expires: Option<i64>,
    algorithm: Option<&'static str>,
    digest: Form,
    content_digest: Form,
    body: &'static str,
    /// With which of the two keys; the partner has number 0.
    key: usize,
    /// White space, quotes and unknown parameters where they do no harm.
    loose: bool,
    /// Turns the order of the parameters.
    turn: usize,
}

/// What is done to a signed envelope.
#[derive(Clone, Debug)]
enum Bend {
    Drop(&'static str),
    /// One more of this name: the same or another value, before or after the first.
    Double(&'static str, Option<&'static str>, bool),
    Capitals(&'static str),
    /// White space before, after or within.
    Space(&'static str, u8),
    Swap(&'static str, &'static str),
    Other(&'static str, &'static str),
    Body(&'static str),
    Target(&'static str),
    Method(&'static str),
    /// A header that nobody asked for.
    More(&'static str, &'static str),
    /// A second signature, or the other scheme beside this one.
    Second(u8),
    /// One byte of method, target, body or a header: replaced, put in, taken out.
    Byte(Index, Index, Option<u8>, bool),
}

/// The usual one four times out of five, else an odd one.
fn mostly<T: Clone + std::fmt::Debug + 'static>(usual: T, odd: Vec<T>) -> BoxedStrategy<T> {
    prop_oneof![9 => Just(usual), 1 => select(odd)].boxed()
}

fn coverage(full: &'static [&'static str], all: &'static [&'static str], harmful: usize) -> BoxedStrategy<Vec<&'static str>> {
    let extras: Vec<&'static str> = all.iter().copied().filter(|name| !full.contains(name)).collect();
    let with = move |more: Vec<&'static str>| -> Vec<&'static str> { full.iter().copied().chain(more).collect() };
    prop_oneof![
        4 => Just(full.to_vec()).prop_shuffle(),
        3 => subsequence(extras[..extras.len() - harmful].to_vec(), 0..=3).prop_map(with).prop_shuffle(),
        2 => subsequence(extras, 1..=2).prop_map(with).prop_shuffle(),
        2 => subsequence(full.to_vec(), full.len() - 1).prop_shuffle(),
        2 => subsequence(all.to_vec(), 0..=all.len()).prop_shuffle(),
        1 => select(full.to_vec()).prop_map(move |again| with(vec![again])).prop_shuffle(),
    ]
    .boxed()
}

fn plan() -> impl Strategy<Value = Plan> {
    let (draft, rfc): (Vec<Option<&str>>, Vec<Option<&str>>) = (
        vec![None, Some("hs2019"), Some("rsa-sha512"), Some("ed25519"), Some("hmac-sha256"), Some("none"), Some(""), Some("RSA-SHA256")],
        vec![None, Some("rsa-pss-sha512"), Some("ed25519"), Some("hmac-sha256"), Some("none"), Some(""), Some("rsa-sha256")],
    );
    let scheme = prop_oneof![
        (Just(Scheme::Draft), coverage(DRAFT_FULL, DRAFT_ALL, 3), mostly(Some("rsa-sha256"), draft)),
        (Just(Scheme::Rfc), coverage(RFC_NEEDED, RFC_ALL, 5), mostly(Some("rsa-v1_5-sha256"), rfc)),
    ];
    let moment = || mostly(0, MOMENTS.to_vec());
    let times = (
        moment(),
        prop_oneof![12 => Just(Some(0)), 2 => select(MOMENTS.to_vec()).prop_map(Some), 1 => Just(None)],
        prop_oneof![8 => Just(None), 1 => Just(Some(60)), 1 => select(vec![-1, 0, 1]).prop_map(Some)],
    );
    let digests = (mostly(Form::Right, FORMS.to_vec()), mostly(Form::Right, FORMS.to_vec()));
    let line = (
        prop_oneof![5 => Just(false), 1 => Just(true)],
        select(TARGETS.to_vec()),
        prop_oneof![9 => Just(false), 1 => Just(true)],
        mostly(OWN, vec!["e.test", "Veld.Test", "veld.test:443", "veld.test:8443", "veld.test.", ""]),
        mostly(BODY, BODIES.to_vec()),
    );
    let rest = (prop_oneof![14 => Just(0_usize), 1 => Just(1)], any::<bool>(), 0..4_usize);
    (scheme, times, digests, line, rest).prop_map(|(scheme, times, digests, line, rest)| Plan {
        scheme: scheme.0,
        covered: scheme.1,
        algorithm: scheme.2,
        date: times.0,
        created: times.1,
        expires: times.2,
        digest: digests.0,
        content_digest: digests.1,
        reads: line.0,
        target: line.1,
        bare: line.2,
        host: line.3,
        body: if line.0 { "" } else { line.4 },
        key: rest.0,
        loose: rest.1,
        turn: rest.2,
    })
}

const NAMES: [&str; 9] = ["signature", "signature-input", "digest", "content-digest", "date", "host", "content-type", "x-word", "accept"];
const VALUES: [&str; 6] = ["", "two", "e.test", "Veld.Test:443", "Sun, 01 Mar 2026 12:00:00 GMT", "text/plain"];

fn bend() -> impl Strategy<Value = Bend> {
    let name = || select(NAMES.to_vec());
    prop_oneof![
        2 => name().prop_map(Bend::Drop),
        2 => (name(), prop::option::of(select(VALUES.to_vec())), any::<bool>()).prop_map(|(name, value, first)| Bend::Double(name, value, first)),
        1 => name().prop_map(Bend::Capitals),
        2 => (name(), 0..3_u8).prop_map(|(name, at)| Bend::Space(name, at)),
        1 => (name(), name()).prop_map(|(one, two)| Bend::Swap(one, two)),
        2 => (name(), select(VALUES.to_vec())).prop_map(|(name, value)| Bend::Other(name, value)),
        1 => select(vec!["", "{}", "{\"type\":\"Create\",\"actor\":\"https://partner.test/p/piet\"} ", BODY]).prop_map(Bend::Body),
        1 => select(vec!["/inbox", "/inbox/", "//inbox", "/%69nbox", "/inbox?", "/inbox#a", "inbox", "/p/anna/inbox", "/g/1", "/inb\u{f8}x"])
            .prop_map(Bend::Target),
        1 => select(vec!["GET", "POST", "PUT", "HEAD", "POSt", "post"]).prop_map(Bend::Method),
        1 => select(vec![("x-forwarded-host", "e.test"), ("forwarded", "host=e.test"), ("x-word", "two"), ("digest", "SHA-256=AAAA")])
            .prop_map(|(name, value)| Bend::More(name, value)),
        1 => (0..8_u8).prop_map(Bend::Second),
        6 => (any::<Index>(), any::<Index>(), prop::option::of(any::<u8>()), any::<bool>())
            .prop_map(|(part, at, by, insert)| Bend::Byte(part, at, by, insert)),
    ]
}

impl Form {
    /// As `Digest` has it.
    fn plain(self, body: &[u8]) -> Option<String> {
        let right = hash(body);
        Some(match self {
            Self::Right => format!("SHA-256={right}"),
            Self::Absent => return None,
            Self::Company => format!("SHA-256={right}, SHA-512={},MD5=AAAA", long_hash(body)),
            Self::Long => format!("SHA-512={}", long_hash(body)),
            Self::Torn => format!("SHA-256={right},SHA-512={}", long_hash(b"other")),
            Self::OtherCase => format!("sha-256={right}"),
            Self::OfOther => format!("SHA-256={}", hash(b"other")),
            Self::Hex => format!("SHA-256={}", data_encoding::HEXLOWER.encode(digest(&SHA256, body).as_ref())),
            Self::Short => format!("SHA-256={}", &right[..40]),
            Self::Unpadded => format!("SHA-256={}", right.trim_end_matches('=')),
            Self::Unknown => "MD5=1B2M2Y8AsgTpgAmY7PhCfg==".to_owned(),
            Self::Empty => String::new(),
            Self::Twice => format!("SHA-256={right},sha-256={right}"),
            Self::OtherManner => format!("SHA-256=:{right}:"),
        })
    }

    /// As `Content-Digest` has it.
    fn structured(self, body: &[u8]) -> Option<String> {
        let right = hash(body);
        Some(match self {
            Self::Right => format!("sha-256=:{right}:"),
            Self::Absent => return None,
            Self::Company => format!("sha-256=:{right}:, sha-512=:{}:,md5=:AAAA:", long_hash(body)),
            Self::Long => format!("sha-512=:{}:", long_hash(body)),
            Self::Torn => format!("sha-256=:{right}:, sha-512=:{}:", long_hash(b"other")),
            Self::OtherCase => format!("SHA-256=:{right}:"),
            Self::OfOther => format!("sha-256=:{}:", hash(b"other")),
            Self::Hex => format!("sha-256=\"{}\"", data_encoding::HEXLOWER.encode(digest(&SHA256, body).as_ref())),
            Self::Short => format!("sha-256=:{}:", &right[..40]),
            Self::Unpadded => format!("sha-256=:{}:", right.trim_end_matches('=')),
            Self::Unknown => "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:".to_owned(),
            Self::Empty => String::new(),
            Self::Twice => format!("sha-256=:{right}:, sha-256=:{right}:"),
            Self::OtherManner => format!("sha-256={right}"),
        })
    }
}

impl Plan {
    fn unsigned(&self) -> Wire {
        let body = self.body.as_bytes();
        let mut wire = Wire {
            method: if self.reads { Method::GET } else { Method::POST },
            target: self.target.to_owned(),
            headers: Vec::new(),
            body: body.to_vec(),
        }
        .with("host", self.host)
        .with("date", &Timestamp::from_seconds(from_now(self.date)).http_date())
        .with("content-type", "application/activity+json")
        .with("x-word", "one");
        if !self.reads || self.digest != Form::Right {
            wire.headers.extend(self.digest.plain(body).map(|text| ("digest".to_owned(), text)));
            wire.headers.extend(self.content_digest.structured(body).map(|text| ("content-digest".to_owned(), text)));
        }
        wire
    }

    fn signed_target(&self) -> &'static str {
        if self.bare { self.target.split('?').next().unwrap() } else { self.target }
    }

    /// The parameters of RFC 9421, turned.
    fn parameters(&self) -> String {
        let mut given = vec![format!(";keyid=\"{KEY_ID}\"")];
        given.extend(self.created.map(|at| format!(";created={}", from_now(at))));
        given.extend(self.expires.map(|at| format!(";expires={}", from_now(at))));
        given.extend(self.algorithm.map(|name| format!(";alg=\"{name}\"")));
        if self.loose {
            given.push(";nonce=\"abc\"".to_owned());
        }
        let turn = self.turn % given.len();
        given.rotate_left(turn);
        given.concat()
    }

    /// The envelope as it is sent, and what its signature says.
    fn sign(&self) -> (Wire, Read) {
        let wire = self.unsigned();
        let (names, list): (Vec<String>, String) = match self.scheme {
            Scheme::Draft => (self.covered.iter().map(|&name| name.to_owned()).collect(), String::new()),
            Scheme::Rfc => {
                let items = self.covered.iter().map(|name| match name.split_once(';') {
                    Some((name, parameter)) => format!("\"{name}\";{parameter}"),
                    None => format!("\"{name}\""),
                });
                let list = format!("({}){}", items.collect::<Vec<_>>().join(" "), self.parameters());
                (self.covered.iter().map(|&name| name.to_owned()).collect(), list)
            }
        };
        let mut read = Read {
            scheme: self.scheme,
            key_id: Some(KEY_ID.to_owned()),
            algorithm: self.algorithm.map(str::to_owned),
            created: self.created.map(from_now),
            expires: self.expires.map(from_now),
            names,
            list,
            signed: None,
        };
        // The signer takes each first value as it stands; what is not there, it signs as nothing.
        let line = Line { method: wire.method.as_str(), target: self.signed_target(), host: self.host };
        let base = base(&read, &line, |name| Some(wire.get_header(name).to_owned())).unwrap();
        let signature = STANDARD.encode(key(self.key).sign(base.as_bytes()).unwrap());
        read.signed = Some((base, self.key == 0));
        let wire = match self.scheme {
            Scheme::Draft => wire.with("signature", &self.draft(&signature)),
            Scheme::Rfc => {
                let list = if self.loose { read.list.replacen('(', "(  ", 1).replace("\" \"", "\"  \"") } else { read.list.clone() };
                wire.with("signature-input", &format!("sig1={list}")).with("signature", &format!("sig1=:{signature}:"))
            }
        };
        (wire, read)
    }

    fn draft(&self, signature: &str) -> String {
        let quote = if self.loose { "\"" } else { "" };
        let mut given = vec![format!("keyId=\"{KEY_ID}\""), format!("headers=\"{}\"", self.covered.join(" "))];
        given.extend(self.algorithm.map(|name| format!("algorithm=\"{name}\"")));
        given.extend(self.created.map(|at| format!("created={quote}{}{quote}", from_now(at))));
        given.extend(self.expires.map(|at| format!("expires={quote}{}{quote}", from_now(at))));
        if self.loose {
            given.push("opaque=\"word\"".to_owned());
        }
        given.push(format!("signature=\"{signature}\""));
        let turn = self.turn % given.len();
        given.rotate_left(turn);
        given.join(if self.loose { " ,\t " } else { "," })
    }
}

/// What became of a bent envelope: the wire, and what its signature header is read as.
struct Bent {
    wire: Wire,
    read: Option<Read>,
    /// Any byte was changed, or one of a signature header: then only "let in, so it is right" is asked, since the second
    /// reading knows less grammar and takes some spellings that the first does not.
    one_way: bool,
}

fn double(wire: Wire, name: &'static str, value: &str, first: bool) -> Wire {
    if !first {
        return wire.with(name, value);
    }
    let mut wire = wire;
    wire.headers.insert(0, (name.to_owned(), value.to_owned()));
    wire
}

/// `None`: nothing that could be sent, or nothing changed.
fn bent(signed: &Wire, read: &Read, bend: &Bend) -> Option<Bent> {
    let wire = signed.clone();
    let here = |name: &str| !all(signed, name).is_empty();
    let mut one_way = matches!(bend, Bend::Byte(..));
    let wire = match bend {
        Bend::Drop(name) => wire.without(name),
        Bend::Double(name, value, first) => {
            let value = value.unwrap_or_else(|| signed.get_header(name));
            double(wire, name, value, *first)
        }
        Bend::Capitals(name) if here(name) => wire.set(name, &signed.get_header(name).to_uppercase()),
        Bend::Space(name, at) if here(name) => {
            let value = signed.get_header(name);
            let middle = value.char_indices().nth(value.chars().count() / 2).map_or(0, |(at, _)| at);
            let value = match at {
                0 => format!(" \t{value}"),
                1 => format!("{value}  "),
                _ => format!("{} {}", &value[..middle], &value[middle..]),
            };
            wire.set(name, &value)
        }
        Bend::Swap(one, two) if here(one) && here(two) => {
            let (first, second) = (signed.get_header(one).to_owned(), signed.get_header(two).to_owned());
            wire.set(one, &second).set(two, &first)
        }
        Bend::Other(name, value) => wire.set(name, value),
        Bend::Body(body) => Wire { body: (*body).into(), ..wire },
        Bend::Target(target) => Wire { target: (*target).to_owned(), ..wire },
        Bend::Method(method) => Wire { method: Method::from_bytes(method.as_bytes()).unwrap(), ..wire },
        Bend::More(name, value) => wire.with(name, value),
        Bend::Second(kind) => return Some(Bent { wire: second(wire, read, *kind)?, read: None, one_way: false }),
        Bend::Byte(part, at, by, insert) => one_byte(wire, *part, *at, (*by, *insert))?,
        _ => return None,
    };
    let same_line = wire.method == signed.method && wire.target == signed.target;
    if same_line && wire.body == signed.body && wire.headers == signed.headers {
        return None;
    }
    // A header without a signature, or one of the other scheme, is read as none here; what else it might be is refused, too.
    let texts =
        |wire: &Wire| [all(wire, "signature"), all(wire, "signature-input")].map(|texts| texts.join("\n") + &"#".repeat(texts.len()));
    let read = if texts(&wire) == texts(signed) {
        Some(read.clone())
    } else {
        one_way = true;
        again(&wire, signed, read)
    };
    Some(Bent { wire, read, one_way })
}

/// A second signature of some kind beside the right one: never let in.
fn second(wire: Wire, read: &Read, kind: u8) -> Option<Wire> {
    let text = wire.get_header("signature").to_owned();
    let input = wire.get_header("signature-input").to_owned();
    let rfc = read.scheme == Scheme::Rfc;
    Some(match (kind, rfc) {
        (0, true) => wire
            .set("signature-input", &format!("{input}, {}", input.replacen("sig1", "sig2", 1)))
            .set("signature", &format!("{text}, {}", text.replacen("sig1", "sig2", 1))),
        (1, true) => wire.set("signature", &text.replacen("sig1", "sig2", 1)),
        (2, true) => wire.set("signature-input", &format!("{input}, {input}")),
        (3, true) => wire.set("signature", &format!("{text}, {text}")),
        (4, true) => wire.set("signature-input", &format!("{input};keyid=\"{KEY_ID}\"")),
        (5, true) => wire.with("signature", BOTH[0].get_header("signature")),
        (6, true) => wire.set("signature", &format!("{text}, {}", BOTH[0].get_header("signature"))),
        (7, true) => wire.set("signature", "sig1=:AAAA:"),
        (0, false) => wire.with("signature-input", BOTH[1].get_header("signature-input")),
        (1, false) => {
            let both = format!("{}, {text}", BOTH[1].get_header("signature"));
            wire.with("signature-input", BOTH[1].get_header("signature-input")).set("signature", &both)
        }
        (2, false) => wire.set("signature", &format!("{text},{text}")),
        (3, false) => wire.set("signature", &format!("keyId=\"{KEY_ID}\",{text}")),
        (4, false) => wire.set("signature", &format!("{text},HEADERS=\"date\"")),
        (5, false) => wire.with("signature", BOTH[1].get_header("signature")),
        (6, false) => wire.set("signature", &format!("{text},sig1=:AAAA:")),
        (7, false) => wire.set("signature", &text.replace("signature=\"", "signature=\"AAAA")),
        _ => return None,
    })
}

fn one_byte(mut wire: Wire, part: Index, at: Index, (by, insert): (Option<u8>, bool)) -> Option<Wire> {
    let change = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        let at = at.index(bytes.len() + 1);
        match by {
            Some(by) if insert || at == bytes.len() => bytes.insert(at, by),
            Some(by) => bytes[at] = by,
            None if at < bytes.len() => drop(bytes.remove(at)),
            None => {}
        }
        bytes
    };
    let which = part.index(wire.headers.len() + 3);
    match which {
        0 => wire.method = Method::from_bytes(&change(wire.method.as_str().as_bytes())).ok()?,
        1 => wire.target = String::from_utf8(change(wire.target.as_bytes())).ok()?,
        2 => wire.body = change(&wire.body),
        _ => {
            let header = &mut wire.headers[which - 3];
            let changed = String::from_utf8(change(header.1.as_bytes())).ok()?;
            HeaderValue::from_bytes(changed.as_bytes()).ok()?;
            header.1 = changed;
        }
    }
    Some(wire)
}

fn variants() -> u32 {
    let asked = std::env::var("HAVEN_TEST_VARIANTS").ok().map(|text| text.parse().expect("HAVEN_TEST_VARIANTS is a number"));
    asked.unwrap_or(VARIANTS)
}

#[test]
#[expect(clippy::print_stdout, reason = "the figure is reported in docs/security")]
fn sig_drawn_envelopes_pass_exactly_when_the_second_reading_says_so() {
    let cases = variants().div_ceil(OF_ONE);
    let config = ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 20_000, ..ProptestConfig::default() };
    let (tried, passed, bends_passed) = (Cell::new(0_u32), Cell::new(0_u32), Cell::new(0_u32));
    let agree = |wire: &Wire, read: Option<&Read>, one_way: bool| {
        for terms in [Terms::Partner, Terms::Open] {
            let (verdict, expected) = (wire.judged(&own(), terms), passes(wire, read, terms));
            let fine = verdict.is_ok() == expected || (one_way && verdict.is_err());
            prop_assert!(fine, "{terms:?}: {verdict:?}, the second reading says {expected}: {wire:#?} {read:#?}");
            if terms == Terms::Partner {
                tried.set(tried.get() + 1);
                passed.set(passed.get() + u32::from(verdict.is_ok()));
            }
        }
        Ok(())
    };
    let run = TestRunner::new(config).run(&(plan(), prop::collection::vec(bend(), 3)), |(plan, bends)| {
        let (wire, read) = plan.sign();
        agree(&wire, Some(&read), false)?;
        for bend in &bends {
            let Some(bent) = bent(&wire, &read, bend) else { continue };
            let before = passed.get();
            agree(&bent.wire, bent.read.as_ref(), bent.one_way)?;
            bends_passed.set(bends_passed.get() + passed.get() - before);
        }
        Ok(())
    });
    println!("{} envelopes, {} of them right, {} of these after a change without meaning", tried.get(), passed.get(), bends_passed.get());
    if let Err(error) = run {
        panic!("{error}");
    }
    // A generator that draws nothing right, or only right ones, proves nothing.
    assert!(passed.get() > tried.get() / 20 && passed.get() < tried.get() / 2, "{} of {}", passed.get(), tried.get());
    assert!(bends_passed.get() > 0);
}
