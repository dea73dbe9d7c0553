//! Rebuilds crooked HTML as a small balanced tree in one pass: known elements only, at most [`MAX_OPEN`] deep, no attribute but the
//! address of a link and the first number of a list. It is not the sanitizer (that parses its result again) and never decides what is safe.

use super::pieces::{Piece, Reader};

/// Every element that survives.
pub(super) const KEPT: [&str; 22] = [
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

/// How many elements may be open at once; deeper ones vanish, their text stays.
pub(super) const MAX_OPEN: usize = 32;

/// How long a stretch of text with references may be, in bytes.
const MAX_STRETCH: usize = 512;

/// The longest address of a link, as [`weight`] measures it; a longer one is dropped, its text stays.
const MAX_ADDRESS: usize = 2048;

/// How many bytes before a line break are looked at for one that is there already; more white space than that counts as text.
const LOOK_BACK: usize = 256;

/// How many references like `&eacute;` are looked up in one text.
const MAX_RARE: usize = 500;

/// Elements that stand on lines of their own: only the line break is kept.
const LINES: [&str; 18] = [
    "address",
    "article",
    "aside",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "header",
    "main",
    "nav",
    "section",
    "summary",
    "tr",
];

/// Elements that hold paragraphs: an implied end of a paragraph does not reach beyond them.
const HOLDERS: [&str; 5] = ["blockquote", "li", "ol", "pre", "ul"];

/// The rebuilt text.
pub(super) fn tidy(text: &str) -> String {
    let mut tidy = Tidy { out: String::with_capacity(text.len() + 64), open: Vec::new(), rare: MAX_RARE };
    let mut reader = Reader { rest: text };
    while let Some(piece) = reader.next() {
        match piece {
            Piece::Text(text) => push_text(&mut tidy.out, text, &mut tidy.rare),
            Piece::Bracket => tidy.out.push_str("&#60;"),
            Piece::Start { name, value } => tidy.start(&name, value),
            Piece::End { name } => tidy.end(&name),
        }
    }
    while let Some(name) = tidy.open.pop() {
        tidy.close(name);
    }
    tidy.out
}

/// Copies text with references in the form that is cheap to read: the usual names as numbers, the first `rare` other names as they are,
/// and every other `&` as the sign itself. Long stretches are broken by an empty comment, which the sanitizer drops: the writer of
/// html5ever 0.40 takes quadratic time over `&` and U+0080 to U+00BF within one stretch.
fn push_text(out: &mut String, text: &str, rare: &mut usize) {
    let mut rest = text;
    let mut stretch = out.len();
    while let Some(at) = rest.find(|c: char| c == '&' || ('\u{80}'..='\u{BF}').contains(&c)) {
        if out.len() + at - stretch > MAX_STRETCH {
            out.push_str("<!---->");
            stretch = out.len();
        }
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        rest = match after.strip_prefix('&') {
            Some(after) => push_reference(out, after, rare),
            None => push_char(out, after),
        };
    }
    out.push_str(rest);
}

/// Copies one character; what comes after it.
fn push_char<'a>(out: &mut String, text: &'a str) -> &'a str {
    let mut chars = text.chars();
    out.extend(chars.next());
    chars.as_str()
}

/// Writes what an `&` stands for; what comes after it.
fn push_reference<'a>(out: &mut String, after: &'a str, rare: &mut usize) -> &'a str {
    let reference = reference_at(after);
    let spelled_out = match reference {
        "amp" => "&#38;",
        "lt" => "&#60;",
        "gt" => "&#62;",
        "quot" => "&#34;",
        "apos" => "&#39;",
        "nbsp" => "&#160;",
        _ => "",
    };
    if !spelled_out.is_empty() {
        out.push_str(spelled_out);
        return &after[reference.len() + 1..];
    }
    let keep = reference.starts_with('#') || (!reference.is_empty() && *rare > 0);
    if keep && !reference.starts_with('#') {
        *rare -= 1;
    }
    out.push_str(if keep { "&" } else { "&#38;" });
    after
}

/// What stands between `&` and `;` when that is a complete reference (`name`, `#1`, `#x1`), else nothing.
fn reference_at(after: &str) -> &str {
    let name = after.as_bytes().iter().take(33).position(|b| *b == b';').map_or("", |end| after.get(..end).unwrap_or_default());
    let complete = name.strip_prefix('#').map_or_else(
        || name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(|b| b.is_ascii_alphanumeric()),
        |number| {
            let number = number.strip_prefix(['x', 'X']).unwrap_or(number);
            (1..8).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_hexdigit())
        },
    );
    if complete { name } else { "" }
}

/// How long an address is, in bytes, and more for what the sanitizer may write longer than it stood there: never less than the same
/// for what it writes, so that an address that was kept once is kept again.
fn weight(address: &str) -> usize {
    const WRITTEN: [&str; 5] = ["amp;", "lt;", "gt;", "quot;", "nbsp;"];
    let references = address.split('&').skip(1).map(|after| if WRITTEN.iter().any(|name| after.starts_with(name)) { 7 } else { 12 });
    address.len() + references.sum::<usize>() + 11 * address.matches('\u{a0}').count() + 2 * address.matches(['"', '<', '>']).count()
}

/// The text between the tags, entities untouched.
pub(super) fn text_only(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut reader = Reader { rest: text };
    while let Some(piece) = reader.next() {
        match piece {
            Piece::Text(text) => push_text(&mut out, text, &mut 0),
            Piece::Bracket => out.push_str("&#60;"),
            _ => {}
        }
    }
    out
}

/// The text as it is being rebuilt.
struct Tidy {
    out: String,
    open: Vec<&'static str>,
    /// How many uncommon named references may still be passed on.
    rare: usize,
}

impl Tidy {
    fn start(&mut self, name: &str, value: Option<&str>) {
        match name {
            "br" => self.out.push_str("<br>"),
            "hr" => {
                self.end_paragraph();
                self.out.push_str("<hr>");
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.end_paragraph();
                self.open("p", None);
                self.open("strong", None);
            }
            "p" | "ul" | "ol" | "blockquote" | "pre" => {
                self.end_paragraph();
                self.open(name, value);
            }
            "li" => {
                let list = self.open.iter().rposition(|open| matches!(*open, "ul" | "ol"));
                match (list, self.open.iter().rposition(|open| *open == "li")) {
                    (Some(list), Some(item)) if item > list => self.close_from(item),
                    (Some(_), _) => self.end_paragraph(),
                    (None, _) => return self.break_line(),
                }
                self.open(name, None);
            }
            "a" => {
                if let Some(at) = self.open.iter().rposition(|open| *open == "a") {
                    self.close_from(at);
                }
                self.open(name, value);
            }
            "td" | "th" => self.out.push(' '),
            _ if LINES.contains(&name) => self.break_line(),
            _ => self.open(name, None),
        }
    }

    fn end(&mut self, name: &str) {
        let name = if matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6") { "p" } else { name };
        if LINES.contains(&name) {
            self.break_line();
        } else if let Some(at) = self.open.iter().rposition(|open| *open == name) {
            self.close_from(at);
        }
    }

    /// Opens an element we keep, unless too many are open.
    fn open(&mut self, name: &str, value: Option<&str>) {
        let name = if name == "strike" { "s" } else { name };
        let Some(kept) = KEPT.iter().find(|kept| **kept == name) else { return };
        if self.open.len() >= MAX_OPEN {
            return;
        }
        self.open.push(kept);
        self.out.push('<');
        self.out.push_str(kept);
        let attribute = match *kept {
            "a" => value.filter(|value| weight(value) <= MAX_ADDRESS).map(|value| ("href", value)),
            "ol" => value
                .filter(|value| !value.is_empty() && value.len() < 10 && value.bytes().all(|b| b.is_ascii_digit()))
                .map(|value| ("start", value)),
            _ => None,
        };
        if let Some((attribute, value)) = attribute {
            self.out.push(' ');
            self.out.push_str(attribute);
            self.out.push_str("=\"");
            for c in value.chars() {
                match c {
                    '"' => self.out.push_str("%22"),
                    '<' => self.out.push_str("%3C"),
                    '>' => self.out.push_str("%3E"),
                    c => self.out.push(c),
                }
            }
            self.out.push('"');
        }
        self.out.push('>');
        if *kept == "pre" {
            // The parser drops a line end right behind this tag; this one, and not one of the text.
            self.out.push('\n');
        }
    }

    fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    fn close_from(&mut self, at: usize) {
        while self.open.len() > at {
            if let Some(name) = self.open.pop() {
                self.close(name);
            }
        }
    }

    /// Ends the open paragraph, if there is one inside the innermost holder.
    fn end_paragraph(&mut self) {
        let holder = self.open.iter().rposition(|open| HOLDERS.contains(open));
        let paragraph = self.open.iter().rposition(|open| *open == "p");
        if let Some(at) = paragraph.filter(|at| holder.is_none_or(|holder| *at > holder)) {
            self.close_from(at);
        }
    }

    /// What a block of unknown meaning leaves: the next text begins on a new line. Only the last [`LOOK_BACK`] bytes are looked at, so
    /// that ever more blocks after a long stretch of white space cost no more each (threats DOS-17).
    fn break_line(&mut self) {
        let tail = self.out[self.out.floor_char_boundary(self.out.len().saturating_sub(LOOK_BACK))..].trim_end();
        let fresh = self.out.is_empty()
            || ["<br>", "<hr>", "<p>", "</p>", "<li>", "</li>", "</ul>", "</ol>", "<blockquote>", "</blockquote>", "</pre>", "<pre>"]
                .iter()
                .any(|end| tail.ends_with(end));
        if !fresh {
            self.out.push_str("<br>");
        }
    }
}
