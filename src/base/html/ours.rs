//! Reading what the sanitizer wrote: whether a text is that, and its plain text. Nothing here makes a text safe.

use super::pieces::{Piece, Reader};
use super::tidy::{KEPT, MAX_OPEN};

/// The text of sanitized HTML: entities decoded, blocks on lines of their own.
pub(super) fn to_text(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut reader = Reader { rest: html };
    while let Some(piece) = reader.next() {
        match piece {
            Piece::Text(text) => {
                let blank_between_blocks = text.trim().is_empty() && (out.is_empty() || out.ends_with('\n'));
                if !blank_between_blocks {
                    out.push_str(&decoded(text));
                }
            }
            Piece::Bracket => out.push('<'),
            Piece::Start { name, .. } | Piece::End { name } => {
                let breaks = matches!(name.as_str(), "p" | "br" | "hr" | "li" | "ul" | "ol" | "pre" | "blockquote");
                if breaks && !out.is_empty() && !out.ends_with('\n') {
                    out.push('\n');
                }
            }
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The five entities that the sanitizer writes.
fn decoded(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u{A0}").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Whether a text can only be output of the sanitizer: every tag is one it writes, spelled as it spells it, properly nested.
/// This is a recogniser of a tiny language, so that rows need not be parsed as HTML again for every page.
pub(super) fn is_ours(html: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    if html.chars().any(|c| (c.is_control() && !matches!(c, '\n' | '\t')) || super::turns_text(c)) {
        return false;
    }
    while let Some(at) = rest.find(['<', '>']) {
        let Some(after) = rest[at..].strip_prefix('<') else { return false };
        let Some(end) = after.find('>') else { return false };
        let tag = &after[..end];
        rest = &after[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return false;
            }
            continue;
        }
        let Some(name) = start_of_ours(tag) else { return false };
        if !matches!(name, "br" | "hr") {
            if open.len() >= 2 * MAX_OPEN {
                return false;
            }
            open.push(name);
        }
    }
    open.is_empty()
}

/// The element of a start tag as the sanitizer writes it.
fn start_of_ours(tag: &str) -> Option<&str> {
    if let Some(attributes) = tag.strip_prefix("a ") {
        let rel = attributes.strip_suffix(" rel=\"nofollow noopener ugc\"");
        let Some(href) = rel else { return (attributes == "rel=\"nofollow noopener ugc\"").then_some("a") };
        let address = href.strip_prefix("href=\"")?.strip_suffix('"')?;
        let scheme = ["https://", "http://", "mailto:"].iter().any(|scheme| address.starts_with(scheme));
        return (scheme && !address.contains(['"', '<', '\n', '\t'])).then_some("a");
    }
    if let Some(start) = tag.strip_prefix("ol start=\"") {
        let number = start.strip_suffix('"')?;
        return (!number.is_empty() && number.len() < 10 && number.bytes().all(|b| b.is_ascii_digit())).then_some("ol");
    }
    (tag != "a" && KEPT.contains(&tag)).then_some(tag)
}
