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

    /// Nothing but white space and empty elements.
    pub fn is_blank(&self) -> bool {
        plain_text(self).trim().is_empty()
    }
}

impl fmt::Display for SafeHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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

/// What `ammonia` keeps of the tidied text, without characters that turn text around.
fn sanitized(tidied: &str) -> String {
    without_turns(&SANITIZER.clean(tidied).to_string())
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
        ] {
            let once = clean(given);
            assert_eq!(clean(once.as_str()), once, "{given}");
            assert!(ours::is_ours(once.as_str()), "{}", once.as_str());
            assert_eq!(SafeHtml::from_stored(once.as_str().to_owned()), once);
        }
        assert_eq!(SafeHtml::from_stored("<img src=x onerror=y>a".to_owned()).as_str(), "a");
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
        ];
        for bomb in &bombs {
            let html = clean(bomb);
            assert!(html.as_str().len() <= MAX_OUTPUT, "{} gave {}", bomb.chars().take(20).collect::<String>(), html.as_str().len());
            let html = from_markdown(bomb);
            assert!(html.as_str().len() <= MAX_OUTPUT, "{} gave {}", bomb.chars().take(20).collect::<String>(), html.as_str().len());
        }
        assert_eq!(clean(&"<p>Hello</p>".repeat(20_000)).as_str().len(), 100_004);
    }
}
