//! Text that may be printed as HTML. Only this module makes a [`SafeHtml`], and it makes one only from text that went
//! through a short allow-list (protocol.md §7, threats R16). It never keeps a style, a class, an id, a picture, a form or a script,
//! and its work and its output are bounded by the length of the input (threats DOS-17).
//!
//! Two locks: [`tidy`] rebuilds the text as a small, balanced tree in one pass over it, so that the HTML parser behind it is never
//! handed anything deep or crooked; `ammonia` then parses that and keeps what is on its own list.

mod markdown;
mod ours;
mod pieces;
mod tidy;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use serde::{Serialize, Serializer};

/// The longest text that is read, in bytes; what is beyond it is cut off before anything else happens.
pub const MAX_INPUT: usize = 100_000;

/// The most a cleaned text may weigh, in bytes.
pub const MAX_OUTPUT: usize = 2 * MAX_INPUT;

/// What every link says about its target.
const LINK_REL: &str = "nofollow noopener ugc";

/// HTML that went through the sanitizer. Templates print it unescaped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SafeHtml(String);

impl SafeHtml {
    /// The HTML text, for storing and for the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads HTML back from a row. Rows are not trusted: it is cleaned again, which changes nothing in what we wrote ourselves.
    pub fn from_stored(text: String) -> Self {
        if ours::is_ours(&text) { Self(text) } else { clean(&text) }
    }

    /// As a page shows it: beside each link stands the host it leads to, or the domain its letter goes to, unless its text is that
    /// very address (threats WEB-26).
    fn shown(&self) -> String {
        let mut out = String::with_capacity(self.0.len() + 64);
        let mut rest = self.0.as_str();
        while let Some(begin) = rest.find("<a ")
            && let Some(length) = rest[begin..].find("</a>")
        {
            let end = begin + length;
            let (head, text) = rest[begin..end].split_once('>').unwrap_or_default();
            out.push_str(&rest[..end]);
            out.push_str("</a>");
            if let Some(target) = Target::of(head).filter(|target| !target.is_said_by(&ours::to_text(text))) {
                out.extend([" (", target.named().as_str(), ")"]);
            }
            rest = &rest[end + "</a>".len()..];
        }
        out.push_str(rest);
        out
    }

    /// Nothing but white space and empty elements.
    pub fn is_blank(&self) -> bool {
        plain_text(self).trim().is_empty()
    }
}

/// How templates print it; what is stored and sent is [`SafeHtml::as_str`].
impl fmt::Display for SafeHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

/// Says how long it is, never what it says (design D10).
impl fmt::Debug for SafeHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SafeHtml({} bytes)", self.0.len())
    }
}

impl askama::filters::HtmlSafe for SafeHtml {}

/// Written as text. There is no way to read one back but [`SafeHtml::from_stored`].
impl Serialize for SafeHtml {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Where a link leads. Hosts are in their ASCII form, so that no letter looks like another.
enum Target {
    /// A page at this host.
    Host(String),
    /// A letter to somebody at each of these domains.
    Letter(Vec<String>),
}

impl Target {
    /// What the start tag of a link that we cleaned leads to.
    fn of(tag: &str) -> Option<Self> {
        let address = tag.split_once("href=\"")?.1.split('"').next()?.replace("&amp;", "&");
        let url = url::Url::parse(&address).ok()?;
        if let Some(host) = url.host_str() {
            return Some(Self::Host(host.to_owned()));
        }
        let more = url.query_pairs().filter(|(name, _)| ["to", "cc", "bcc"].iter().any(|known| name.eq_ignore_ascii_case(known)));
        let mut domains = Vec::new();
        for people in std::iter::once(unescaped(url.path())).chain(more.map(|(_, people)| people.into_owned())) {
            for domain in people.split([',', ';']).filter_map(domain_of).filter(|_| url.scheme() == "mailto") {
                if !domains.contains(&domain) {
                    domains.push(domain);
                }
            }
        }
        (!domains.is_empty()).then_some(Self::Letter(domains))
    }

    /// As it stands beside the link.
    fn named(&self) -> String {
        match self {
            Self::Host(host) => host.clone(),
            Self::Letter(domains) => domains.join(", "),
        }
    }

    /// Whether a text is nothing but an address there. What stands before an `@` is not where an address leads, and after a host only
    /// a number is a port: neither may make a foreign host look like the one that is named first.
    fn is_said_by(&self, text: &str) -> bool {
        let text = text.trim();
        match self {
            Self::Host(host) => {
                let text = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
                let (authority, rest) = text.split_at(text.find(['/', '?', '#']).unwrap_or(text.len()));
                let (named, port) = authority.split_once(':').unwrap_or((authority, "0"));
                let number = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
                number && named.eq_ignore_ascii_case(host) && !rest.contains(|c: char| c.is_whitespace() || c == '@')
            }
            Self::Letter(domains) => {
                let text = text.strip_prefix("mailto:").unwrap_or(text);
                let Some((who, domain)) = text.split_once('@') else { return false };
                let plain = who.bytes().all(|b| b.is_ascii_alphanumeric() || b"._+-".contains(&b));
                plain && matches!(domains.as_slice(), [only] if only.eq_ignore_ascii_case(domain))
            }
        }
    }
}

/// Without percent signs, as a mail program reads it.
fn unescaped(path: &str) -> String {
    let path = path.replace('&', "%26").replace('=', "%3D").replace('+', "%2B");
    url::form_urlencoded::parse(path.as_bytes()).map(|(name, _)| name.into_owned()).collect()
}

/// The domain of one mail address, `name@domain` or `Name <name@domain>`.
fn domain_of(address: &str) -> Option<String> {
    let (_, domain) = address.rsplit_once('@')?;
    let end = domain.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))).unwrap_or(domain.len());
    url::Host::parse(&domain[..end]).ok().map(|host| host.to_string())
}

/// Cleans HTML from anywhere. Plain text is HTML too.
pub fn clean(text: &str) -> SafeHtml {
    let text = printable(cut(text, MAX_INPUT));
    let tidied = tidy::tidy(&text);
    if tidied.len() <= MAX_OUTPUT {
        let html = sanitized(&tidied);
        if html.len() <= MAX_OUTPUT {
            return SafeHtml(html);
        }
    }
    // Escaping can make a text five times longer; text that does so is not prose. Keep its beginning.
    SafeHtml(sanitized(&tidy::text_only(cut(&text, MAX_OUTPUT / 6))))
}

/// Turns the small Markdown of the writing box into HTML: paragraphs, line breaks, bold, italic, lists, quotes, code, links.
/// Headings become bold paragraphs, pictures their description, and HTML stays the text it is.
pub fn from_markdown(text: &str) -> SafeHtml {
    clean(&markdown::rendered(&printable(cut(text, MAX_INPUT))))
}

/// The text without its elements: a line per paragraph, line break or list item.
pub fn plain_text(html: &SafeHtml) -> String {
    ours::to_text(&html.0)
}

/// One line of plain text for a name or a title: no control and no direction characters, white space folded, at most `max` characters.
/// The result is text, not HTML: templates escape it.
pub fn one_line(text: &str, max: usize) -> String {
    let mut line = String::with_capacity(text.len().min(4 * max));
    let mut count = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let word: String = word.chars().filter(|c| !turns_text(*c)).collect();
        if word.is_empty() {
            continue;
        }
        if count > 0 {
            line.push(' ');
            count += 1;
        }
        for c in word.chars() {
            if count >= max {
                return line.trim_end().to_owned();
            }
            line.push(c);
            count += 1;
        }
    }
    line
}

/// A name as somebody else gave it, on one line: [`one_line`] without characters that nobody sees. Two names that look alike are alike,
/// and none can write over the words beside it. The joiners of Persian and of emoji stay.
pub fn name_line(text: &str, max: usize) -> String {
    let seen: String = text.chars().filter(|c| !is_unseen(*c)).collect();
    one_line(&seen, max)
}

/// Marks of direction and characters without a width, which change what is read and are not read themselves.
const fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{00AD}' | '\u{180E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

/// What `ammonia` keeps of the tidied text, without characters that turn text around.
fn sanitized(tidied: &str) -> String {
    // A numeric reference may have brought back what has no shape.
    printable(&without_turns(&SANITIZER.clean(tidied).to_string()))
}

/// `text` up to `max` bytes, cut between characters and not inside a tag.
fn cut(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let mut end = max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let kept = &text[..end];
    match (kept.rfind('<'), kept.rfind('>')) {
        (Some(open), close) if close.is_none_or(|close| close < open) && end - open < 4096 => &kept[..open],
        _ => kept,
    }
}

/// Without U+0000 (a database refuses it) and the other control characters; lines end in a line feed.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = ' ';
    for c in text.chars() {
        match c {
            '\r' => out.push('\n'),
            '\n' if last == '\r' => {}
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
        last = c;
    }
    out
}

/// Whether a character embeds or overrides the direction of the text around it.
const fn turns_text(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Removes characters that turn text around, and inside links the direction marks as well: the text of a link must not be able to
/// read like another address. `html` is output of the sanitizer, so `<a ` and `</a>` are tags; removing characters cannot make one.
fn without_turns(html: &str) -> String {
    let suspicious = |c: char| turns_text(c) || matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}');
    if !html.contains(suspicious) {
        return html.to_owned();
    }
    let mut out = String::with_capacity(html.len());
    let mut in_link = false;
    for (at, c) in html.char_indices() {
        if c == '<' {
            in_link = html[at..].starts_with("<a ") || (in_link && !html[at..].starts_with("</a>"));
        }
        if !(turns_text(c) || (in_link && suspicious(c))) {
            out.push(c);
        }
    }
    out
}

static SANITIZER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(tidy::KEPT.iter().copied().collect())
        .clean_content_tags(HashSet::from(["script", "style"]))
        .generic_attributes(HashSet::new())
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some(LINK_REL))
        .strip_comments(true);
    builder
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_short() {
        for (given, kept) in [
            ("<p>Good <strong>morning</strong></p>", "<p>Good <strong>morning</strong></p>"),
            ("plain & simple <3", "plain &amp; simple &lt;3"),
            (r#"<p onclick="x()" style="a" class="b" id="c">a</p>"#, "<p>a</p>"),
            ("a<script>alert(1)</script>b", "ab"),
            ("a<style>p{}</style>b", "ab"),
            (r#"<a href="javascript:alert(1)">b</a>"#, r#"<a rel="nofollow noopener ugc">b</a>"#),
            (r#"<a href="/local">b</a>"#, r#"<a rel="nofollow noopener ugc">b</a>"#),
            (r#"<a href="https://x.example/" target=_blank>b</a>"#, r#"<a href="https://x.example/" rel="nofollow noopener ugc">b</a>"#),
            ("<img src=x onerror=alert(1)>", ""),
            ("<svg><a xlink:href=x>t</a></svg>after", "after"),
            ("<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>", ""),
            ("<form action=x><input name=y><button>go</button></form>", "go"),
            ("<h1>Title</h1>text", "<p><strong>Title</strong></p>text"),
            ("<div>one</div><div>two</div>", "one<br>two<br>"),
            ("<b>bold<p>para</b>", "<b>bold<p>para</p></b>"),
            ("<!-- a --><p>b<!-- ", "<p>b</p>"),
            ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
            (
                "AT&T &amp; R&D &eacute;&#233; <a href='https://x.example/?a=1&b=2'>l</a>",
                "AT&amp;T &amp; R&amp;D éé <a href=\"https://x.example/?a=1&amp;b=2\" rel=\"nofollow noopener ugc\">l</a>",
            ),
            ("a\0b\u{7}c", "abc"),
            ("a&#x13;b&#7;c", "abc"),
        ] {
            assert_eq!(clean(given).as_str(), kept, "{given}");
        }
    }

    #[test]
    fn cleaning_twice_changes_nothing() {
        for given in [
            "<p>Good <strong>morning</strong> &amp; <a href='https://x.example/?a=1&b=2'>link</a></p><ul><li>a<li>b<ol start=3><li>c</ul>",
            "a<div>b</div><pre><code>x &lt; y\n</code></pre><blockquote><p>q</p></blockquote>",
            "&nbsp;&quot;quoted&quot; '",
            "<ruby>a<rt>b</rt></ruby><sub>1</sub><hr>",
            "<pre>\n\n\na</pre>",
        ] {
            let once = clean(given);
            assert_eq!(clean(once.as_str()), once, "{given}");
            assert!(ours::is_ours(once.as_str()), "{}", once.as_str());
            assert_eq!(SafeHtml::from_stored(once.as_str().to_owned()), once);
        }
        // An address that is written longer than it stood there is as long as it is written: kept for good, or not at all.
        for odd in ["&", "&lt", "&#34;", "&amplt;", "&quot", "\u{a0}", "&nbsp;", "\"", "&eacute;"] {
            for length in (1000..2100).step_by(odd.len()) {
                let once = clean(&format!("<a href='https://x.example/{}'>a</a>", odd.repeat(length / odd.len())));
                assert_eq!(clean(once.as_str()), once, "{odd} {length}");
            }
        }
        assert_eq!(SafeHtml::from_stored("<img src=x onerror=y>a".to_owned()).as_str(), "a");
    }

    #[test]
    fn web_26_a_link_says_where_it_leads() {
        for (given, shown) in [
            ("<a href='https://evil.example/a?b=1&c=2'>your bank</a>!", "</a> (evil.example)"),
            ("<a href='https://evil.example/'>https://good.example/login</a>", "</a> (evil.example)"),
            ("<a href='https://good.example@evil.example/'>good.example</a>", "</a> (evil.example)"),
            ("<a href='https://evil.example/'>evil.example is not good.example</a>", "</a> (evil.example)"),
            ("<a href='https://b\u{fc}cher.example/'>books</a>", " (xn--bcher-kva.example)"),
            ("<a href='https://evil.example/'>https://evil.example:x@good.example/login</a>", "</a> (evil.example)"),
            ("<a href='https://evil.example/'>https://evil.example@good.example</a>", "</a> (evil.example)"),
            ("<a href='https://evil.example/'>evil.example:443@good.example</a>", "</a> (evil.example)"),
            ("<a href='https://evil.example/'>evil.example/@good.example</a>", "</a> (evil.example)"),
            ("<a href='https://evil.example/'>evil.example:good.example</a>", "</a> (evil.example)"),
            ("<a href='https://evil.example/'>evil.example:</a>", "</a> (evil.example)"),
            ("<a href='mailto:x@evil.example'>bank@good.example</a>", "</a> (evil.example)"),
            ("<a href='mailto:x@evil.example'>write to us</a>", "</a> (evil.example)"),
            ("<a href='mailto:bank%40good.example%40evil.example'>bank@good.example</a>", "</a> (evil.example)"),
            ("<a href='mailto:bank@good.example,x@evil.example'>bank@good.example</a>", "</a> (good.example, evil.example)"),
            (
                "<a href='mailto:bank@good.example?subject=a&BCC=x%40evil.example'>bank@good.example</a>",
                "</a> (good.example, evil.example)",
            ),
            ("<a href='mailto:%22bank@good.example%22%20%3Cx@evil%2Eexample%3E'>bank@good.example</a>", "</a> (evil.example)"),
            ("<a href='mailto:x@evil.example'>good.example/x@evil.example</a>", "</a> (evil.example)"),
        ] {
            let html = clean(&format!("<p>{given}</p>")).to_string();
            assert!(html.contains(shown), "{given}: {html}");
        }
        for given in [
            "<p>https://x.example and no link</p>",
            "<a href='https://x.example/a'>https://x.example/a</a>",
            "<a href='https://x.example'>X.example</a>",
            "<a href='https://x.example:8443/'>https://x.example:8443</a>",
            "<a href='mailto:us@x.example'>us@x.example</a>",
            "<a href='mailto:us@x.example?subject=hello'>mailto:us@X.example</a>",
            "<a href='mailto:nobody'>nobody</a>",
            "<a>nothing</a>",
        ] {
            let html = clean(given);
            assert_eq!(html.to_string(), html.as_str(), "{given}");
        }
        let two = clean("<a href='https://one.example'>1</a><a href='https://two.example'>2</a>").to_string();
        assert!(two.contains("1</a> (one.example)<a ") && two.ends_with("2</a> (two.example)"));
    }

    #[test]
    fn markdown_is_small() {
        for (given, kept) in [
            ("Hello *you* and **you**", "<p>Hello <em>you</em> and <strong>you</strong></p>"),
            ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
            ("# Title\ntext", "<p><strong>Title</strong></p><p>text</p>"),
            ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
            ("> quote", "<blockquote><p>quote</p></blockquote>"),
            ("<script>alert(1)</script> <b>x</b>", "<p>&lt;script&gt;alert(1)&lt;/script&gt; &lt;b&gt;x&lt;/b&gt;</p>"),
            ("![a cat](https://x.example/cat.png)", "<p>a cat</p>"),
            ("`<b>`", "<p><code>&lt;b&gt;</code></p>"),
            ("[here](https://x.example/)", r#"<p><a href="https://x.example/" rel="nofollow noopener ugc">here</a></p>"#),
            ("[here](javascript:alert)", r#"<p><a rel="nofollow noopener ugc">here</a></p>"#),
        ] {
            let html = from_markdown(given).as_str().replace('\n', "");
            assert_eq!(html, kept, "{given}");
        }
    }

    #[test]
    fn plain_text_has_lines() {
        assert_eq!(plain_text(&clean("<p>a &amp; b</p><p>c<br>d</p><ul><li>e</li><li>f</li></ul>")), "a & b\nc\nd\ne\nf");
    }

    #[test]
    fn names_are_one_line() {
        assert_eq!(one_line("  Fern\n\u{202E}of \0 the\tsea ", 100), "Fern of the sea");
        assert_eq!(one_line("abcdef", 3), "abc");
        for (name, line) in [
            ("F\u{200B}e\u{200E}r\u{200F}n\u{061C}", "Fern"),
            ("\u{202E}\u{2066}\u{FEFF} Fern \u{2060}of\u{00AD} it", "Fern of it"),
            ("می\u{200C}خواهم", "می\u{200C}خواهم"),
        ] {
            assert_eq!(name_line(name, 100), line);
        }
        assert_eq!(one_line("", 3), "");
    }

    #[test]
    fn link_texts_cannot_turn_round() {
        let html = clean("<p>\u{202E}x \u{200F}y <a href='https://x.example'>moc\u{202E}.&#x202E;elpmaxe&#8207;</a>\u{200F}</p>");
        assert_eq!(html.as_str(), "<p>x \u{200F}y <a href=\"https://x.example\" rel=\"nofollow noopener ugc\">moc.elpmaxe</a>\u{200F}</p>");
    }

    #[test]
    fn long_and_crooked_text_stays_bounded() {
        let bombs = [
            "<b>".repeat(400_000),
            "<div>".repeat(200_000),
            "<ul><li>".repeat(100_000),
            (0..100_000).fold(String::new(), |text, n| text + &format!("<b x={n}><p>x")),
            "<a href=http:a>".repeat(60_000),
            "&".repeat(1_000_000),
            "\u{A0}".repeat(500_000),
            format!("<a href='https://x.example/?{}'>x</a>", "&".repeat(2_000)).repeat(400),
            "&zz;".repeat(100_000),
            "&#0;".repeat(100_000),
            "&amp".repeat(100_000),
            "&NotEqualTilde;".repeat(20_000),
            "<".repeat(1_000_000),
            "<a title='".repeat(100_000),
            "<!--".repeat(250_000),
            "</p>".repeat(250_000),
            "<table><td>".repeat(100_000),
            "<svg><style>".repeat(100_000),
            format!("<p title={}>", "a".repeat(1_000_000)),
            "é".repeat(500_000),
            format!("<p>{}{}", " ".repeat(50_000), "<div>".repeat(10_000)),
        ];
        for bomb in &bombs {
            let html = clean(bomb);
            assert!(html.as_str().len() <= MAX_OUTPUT, "{} gave {}", bomb.chars().take(20).collect::<String>(), html.as_str().len());
            let html = from_markdown(bomb);
            assert!(html.as_str().len() <= MAX_OUTPUT, "{} gave {}", bomb.chars().take(20).collect::<String>(), html.as_str().len());
        }
        assert_eq!(clean(&"<p>Hello</p>".repeat(20_000)).as_str().len(), 100_004);
    }

    #[test]
    fn dos_17_a_line_break_looks_back_a_little_way_only() {
        let after = |spaces: usize| {
            let html = clean(&format!("<p>{}<div>a", " ".repeat(spaces)));
            html.as_str().trim_start_matches("<p>").trim_start().to_owned()
        };
        assert_eq!(after(200), "a</p>", "a paragraph has just begun");
        assert_eq!(after(300), "<br>a</p>", "so much white space is text");
    }
}
