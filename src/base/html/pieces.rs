//! HTML taken apart: text, start tags, end tags, one after the other and each byte looked at a bounded number of times. What browsers do
//! with crooked tags is not imitated; what is read differently from them costs looks, never safety.

/// Elements whose content is not text for people.
const SKIPPED: [&str; 19] = [
    "script",
    "style",
    "svg",
    "math",
    "template",
    "noscript",
    "noembed",
    "noframes",
    "iframe",
    "object",
    "textarea",
    "title",
    "xmp",
    "select",
    "audio",
    "video",
    "canvas",
    "head",
    "plaintext",
];

/// One piece of the text.
pub(super) enum Piece<'a> {
    Text(&'a str),
    /// A `<` that begins no tag.
    Bracket,
    Start {
        name: String,
        /// `href` of a link, `start` of a list.
        value: Option<&'a str>,
    },
    End {
        name: String,
    },
}

/// Reads pieces from the front; every byte is looked at a bounded number of times.
pub(super) struct Reader<'a> {
    pub rest: &'a str,
}

impl<'a> Reader<'a> {
    pub fn next(&mut self) -> Option<Piece<'a>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let at = self.rest.find('<').unwrap_or(self.rest.len());
            if at > 0 {
                let (text, rest) = self.rest.split_at(at);
                self.rest = rest;
                return Some(Piece::Text(text));
            }
            let after = &self.rest[1..];
            if let Some(comment) = after.strip_prefix("!--") {
                self.rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            } else if after.starts_with(['!', '?']) {
                self.rest = after.find('>').map_or("", |end| &after[end + 1..]);
            } else if after.strip_prefix('/').is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic())) {
                let name = name_at(&after[1..]);
                self.rest = after.find('>').map_or("", |end| &after[end + 1..]);
                return Some(Piece::End { name });
            } else if after.starts_with(|c: char| c.is_ascii_alphabetic()) {
                let name = name_at(after);
                let (value, rest) = attributes(&after[name.len()..], if name == "ol" { "start" } else { "href" });
                self.rest = rest;
                if SKIPPED.contains(&name.as_str()) {
                    self.rest = beyond_end_of(rest, &name);
                    continue;
                }
                return Some(Piece::Start { name, value });
            } else {
                self.rest = after;
                return Some(Piece::Bracket);
            }
        }
    }
}

/// The element name at the beginning of `text`, lower case.
fn name_at(text: &str) -> String {
    let end = text.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(text.len());
    text[..end].to_ascii_lowercase()
}

/// Reads attributes up to the end of the tag: the value of the wanted one, and what comes after the tag.
fn attributes<'a>(text: &'a str, wanted: &str) -> (Option<&'a str>, &'a str) {
    let mut value = None;
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return (value, "");
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (value, after);
        }
        // A name may begin with `=`; it ends at the next one.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '=');
        let end = rest[first..].find(ends).map_or(rest.len(), |end| first + end);
        let (name, after) = rest.split_at(end);
        rest = after.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let Some(after) = rest.strip_prefix('=') else { continue };
        let after = after.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let (given, after) = match after.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => {
                let quoted = &after[1..];
                match quoted.find(*quote as char) {
                    Some(end) => (&quoted[..end], &quoted[end + 1..]),
                    None => (quoted, ""),
                }
            }
            _ => after.split_at(after.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(after.len())),
        };
        rest = after;
        if value.is_none() && name.eq_ignore_ascii_case(wanted) {
            value = Some(given);
        }
    }
}

/// What comes after the end tag of `name`; nothing when there is none.
fn beyond_end_of<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        let after = &rest[at + 2..];
        if after.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return after.find('>').map_or("", |end| &after[end + 1..]);
        }
        rest = after;
    }
    ""
}
