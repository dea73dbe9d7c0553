//! Texts of people: HTML from anywhere, small Markdown, rows, names of one line.

use haven::base::html::{self, MAX_OUTPUT, SafeHtml};
use haven::base::{Chance, Id};
use haven::features::posts::Text;
use haven::testing::fuzz::named;

/// Elements that may come out.
const KEPT: [&str; 22] = [
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "hr",
    "i",
    "li",
    "ol",
    "p",
    "pre",
    "rp",
    "rt",
    "ruby",
    "s",
    "strong",
    "sub",
    "sup",
    "u",
    "ul",
];

/// Reads HTML as a browser's tokenizer would in text: nothing but listed elements, and attributes of exactly the forms we write.
/// Shares no code with the sanitizer.
pub fn inert(html: &str) {
    assert!(html.len() <= MAX_OUTPUT, "{} bytes", html.len());
    assert!(!html.contains('\0'));
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let after = &rest[at + 1..];
        let end = end_of_tag(after).expect("an open tag");
        let tag = &after[..end];
        rest = &after[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert!(KEPT.contains(&name), "</{name}>");
        } else if let Some(number) = tag.strip_prefix("ol start=\"") {
            assert!(number.strip_suffix('"').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit())), "<{tag}>");
        } else if let Some(attributes) = tag.strip_prefix("a ") {
            let address = attributes.strip_suffix("rel=\"nofollow noopener ugc\"").expect("a link says what it is");
            if let Some(address) = address.strip_prefix("href=\"") {
                let address = address.strip_suffix("\" ").expect("the address ends");
                assert!(!address.contains('"'), "{address}");
                let read = address
                    .replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&quot;", "\"")
                    .replace("&nbsp;", "\u{A0}")
                    .replace("&amp;", "&");
                let url = url::Url::parse(&read).expect("a whole address");
                assert!(matches!(url.scheme(), "https" | "http" | "mailto"), "{address}");
            } else {
                assert_eq!(address, "");
            }
        } else {
            assert!(KEPT.contains(&tag), "<{tag}>");
        }
    }
}

/// Where a tag ends: a `>` that stands in no quotes.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b'>' && !quoted
    })
}

/// Outside of tags, `&` begins one of the references that the sanitizer writes.
fn spelled(html: &str) {
    let mut rest = html;
    while let Some(at) = rest.find('&') {
        let after = &rest[at + 1..];
        let end = after.find(';').expect("an open reference");
        assert!(matches!(&after[..end], "amp" | "lt" | "gt" | "quot" | "nbsp"), "&{};", &after[..end]);
        rest = &after[end + 1..];
    }
}

/// What came out of the sanitizer: inert, bounded, and the same when it is cleaned or stored again.
fn clean_is_final(cleaned: &SafeHtml, given: usize) {
    let html = cleaned.as_str();
    inert(html);
    spelled(html);
    // `<a>` becomes a link with its `rel` and its end, a `>` of Markdown a quote: 25 times as long. Nothing grows more.
    assert!(html.len() <= 32 * given + 64, "{given} bytes became {}", html.len());
    let stored = SafeHtml::from_stored(html.to_owned());
    inert(stored.as_str());
    let plain = html::plain_text(cleaned);
    assert!(plain.len() <= html.len() && !plain.contains('\0'));
    // Cut off text may be cut again; everything else is a fixed point.
    if html.len() <= html::MAX_INPUT {
        assert_eq!(html::clean(html).as_str(), html, "cleaning twice changes nothing");
        assert_eq!(stored.as_str(), html, "what we wrote is kept as it is");
    }
}

pub fn html(data: &[u8]) {
    let text = crate::text(data);
    clean_is_final(&html::clean(&text), text.len());
}

pub fn markdown(data: &[u8]) {
    let text = crate::text(data);
    clean_is_final(&html::from_markdown(&text), text.len());
}

/// A row is not trusted: whatever stands in it, what is printed is inert.
pub fn stored(data: &[u8]) {
    let text = crate::text(data).into_owned();
    let read = SafeHtml::from_stored(text);
    inert(read.as_str());
    let _ = read.is_blank();
}

struct Steady;

impl Chance for Steady {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// Posts: Markdown or HTML, with language and topic, and who is named in them.
pub fn post(data: &[u8]) {
    let text = crate::text(data);
    let (label, rest) = text.split_once('\n').unwrap_or(("", &text));
    let (lang, words) = rest.split_once('\n').unwrap_or(("en", rest));
    for made in [Text::typed(words, lang, label), Text::sent(None, words, lang, label), Text::sent(Some(words), "", lang, label)] {
        let Ok(made) = made else { continue };
        inert(made.html().as_str());
        assert!(made.source().chars().count() <= 20_000 && !made.source().is_empty());
        assert!(made.label().chars().count() <= 40 && !made.label().contains(char::is_control));
        assert!(made.excerpt().chars().count() <= 281 && !made.excerpt().contains(char::is_control));
        assert!(made.lang().len() <= 35 && made.lang().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
        let again = Text::typed(made.source(), made.lang(), made.label()).map(|again| (again.lang().to_owned(), again.label().to_owned()));
        if let Ok(again) = again {
            assert_eq!(again, (made.lang().to_owned(), made.label().to_owned()));
        }
        let names: Vec<(Id, String)> = words.split_whitespace().take(200).map(|word| (Id::random(&Steady), word.to_owned())).collect();
        assert!(named(made.source(), &names).len() <= names.len());
    }
}

/// Names and titles: one line, bounded, the same when read again.
pub fn line(data: &[u8]) {
    let text = crate::text(data);
    for most in [1, 2, 40, 280, 2000] {
        let line = html::one_line(&text, most);
        assert!(line.chars().count() <= most);
        assert!(!line.contains(|c: char| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')));
        assert_eq!(html::one_line(&line, most), line);
    }
}
