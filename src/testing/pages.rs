//! Looks at a finished page as a careful visitor would: headings, labels, languages, no inline script or style, no words
//! that are missing. It reads tags, not pixels; colours are measured in `web`, and a browser does the rest.

use std::collections::{BTreeMap, BTreeSet};

/// First words of the keys of all features: text that is nothing but such a key is a missing sentence.
const KEY_BEGINNINGS: [&str; 16] = [
    "web",
    "help",
    "accounts",
    "consents",
    "assessments",
    "personas",
    "groups",
    "posts",
    "moderation",
    "partners",
    "ledger",
    "incidents",
    "takeout",
    "oversight",
    "admin",
    "site",
];

/// A start tag with its attributes, and the text up to the next tag.
struct Tag<'a> {
    name: String,
    attributes: BTreeMap<String, &'a str>,
    text: &'a str,
}

impl Tag<'_> {
    fn get(&self, name: &str) -> &str {
        self.attributes.get(name).copied().unwrap_or_default()
    }
}

/// Fails with a sentence about the first thing that is wrong with a whole page, and with the page.
///
/// # Panics
/// When the page is not sound.
#[track_caller]
pub fn assert_page_is_sound(html: &str) {
    let faults = faults(html);
    assert!(faults.is_empty(), "the page is not sound:\n- {}\n\n{html}", faults.join("\n- "));
}

/// Everything that is wrong with a whole page, as sentences.
pub fn faults(html: &str) -> Vec<String> {
    let tags = tags(html);
    let mut found = Vec::new();
    frame(html, &tags, &mut found);
    headings(&tags, &mut found);
    let ids = ids(&tags, &mut found);
    labels(&tags, &ids, &mut found);
    inline(&tags, &mut found);
    words(&tags, &mut found);
    found
}

fn frame(html: &str, tags: &[Tag<'_>], found: &mut Vec<String>) {
    if !html.trim_start().to_ascii_lowercase().starts_with("<!doctype html>") {
        found.push("it does not begin with <!doctype html>".to_owned());
    }
    let count = |name: &str| tags.iter().filter(|tag| tag.name == name).count();
    for name in ["html", "title", "h1", "main"] {
        if count(name) != 1 {
            found.push(format!("it has {} <{name}>, not one", count(name)));
        }
    }
    if tags.iter().any(|tag| tag.name == "html" && !["en", "nl", "da"].contains(&tag.get("lang"))) {
        found.push("<html> does not say its language".to_owned());
    }
    if tags.iter().any(|tag| tag.name == "title" && tag.text.trim().is_empty()) {
        found.push("the title is empty".to_owned());
    }
}

fn headings(tags: &[Tag<'_>], found: &mut Vec<String>) {
    let mut last = 0;
    for tag in tags {
        let level = match tag.name.as_str() {
            "h1" => 1,
            "h2" => 2,
            "h3" => 3,
            "h4" => 4,
            _ => continue,
        };
        if level > last + 1 {
            found.push(format!("a heading jumps from level {last} to {level}: {}", tag.text.trim()));
        }
        last = level;
    }
}

fn ids<'a>(tags: &[Tag<'a>], found: &mut Vec<String>) -> BTreeSet<&'a str> {
    let mut ids = BTreeSet::new();
    for id in tags.iter().filter_map(|tag| tag.attributes.get("id")) {
        if !ids.insert(*id) {
            found.push(format!("the id {id} is there twice"));
        }
    }
    ids
}

fn labels(tags: &[Tag<'_>], ids: &BTreeSet<&str>, found: &mut Vec<String>) {
    let labelled: BTreeSet<&str> = tags.iter().filter(|tag| tag.name == "label").map(|tag| tag.get("for")).collect();
    let mut inside_label = false;
    for tag in tags {
        match tag.name.as_str() {
            "label" => inside_label = true,
            "/label" => inside_label = false,
            "input" | "select" | "textarea" => {
                let silent = ["hidden", "submit", "button", "image"].contains(&tag.get("type"));
                let named = inside_label || !tag.get("aria-label").is_empty() || !tag.get("aria-labelledby").is_empty();
                if !silent && !named && !labelled.contains(tag.get("id")) {
                    found.push(format!("<{} name=\"{}\"> has no label", tag.name, tag.get("name")));
                }
            }
            "img" if !tag.attributes.contains_key("alt") => found.push("a picture has no alt text".to_owned()),
            _ => {}
        }
        for name in ["for", "aria-describedby", "aria-labelledby"] {
            for id in tag.get(name).split_whitespace().filter(|id| !ids.contains(id)) {
                found.push(format!("{name} of <{}> names {id}, which is not there", tag.name));
            }
        }
    }
}

fn inline(tags: &[Tag<'_>], found: &mut Vec<String>) {
    for tag in tags {
        if tag.name == "style" || tag.attributes.contains_key("style") {
            found.push(format!("<{}> has a style of its own", tag.name));
        }
        if tag.name == "script" && (tag.get("src").is_empty() || !tag.text.trim().is_empty()) {
            found.push("a script stands in the page".to_owned());
        }
        if let Some(name) = tag.attributes.keys().find(|name| name.starts_with("on")) {
            found.push(format!("<{}> has a script in {name}", tag.name));
        }
        let loads = match tag.name.as_str() {
            "link" => tag.get("href"),
            "form" => tag.get("action"),
            _ => tag.get("src"),
        };
        if loads.contains("//") {
            found.push(format!("<{}> reaches another host", tag.name));
        }
    }
}

fn words(tags: &[Tag<'_>], found: &mut Vec<String>) {
    for tag in tags {
        let shown = ["aria-label", "alt", "title", "placeholder"].map(|name| tag.get(name));
        for text in shown.into_iter().chain([tag.text]) {
            if is_missing_word(text.trim()) {
                found.push(format!("these words are missing: {}", text.trim()));
            }
        }
    }
}

fn is_missing_word(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    plain && text.split_once('-').is_some_and(|(first, rest)| KEY_BEGINNINGS.contains(&first) && !rest.is_empty())
}

/// All tags in order. Good enough for pages that our own templates wrote: every `<` in text is escaped there.
fn tags(html: &str) -> Vec<Tag<'_>> {
    let mut all = Vec::new();
    for piece in html.split('<').skip(1) {
        let end = end_of_tag(piece);
        let (inside, text) = (&piece[..end], piece.get(end + 1..).unwrap_or_default());
        let length = inside.find(|c: char| c.is_whitespace()).unwrap_or(inside.len());
        let name = inside[..length].trim_end_matches('/').to_ascii_lowercase();
        let name = if inside.starts_with('/') { format!("/{}", name.trim_start_matches('/')) } else { name };
        all.push(Tag { name, attributes: attributes(&inside[length..]), text });
    }
    all
}

/// Where the tag ends: the first `>` that is not inside a value.
fn end_of_tag(piece: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in piece.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at,
            _ => {}
        }
    }
    piece.len()
}

fn attributes(mut rest: &str) -> BTreeMap<String, &str> {
    let mut all = BTreeMap::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            return all;
        }
        let length = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(length);
        let (value, after) = match after.strip_prefix("=\"") {
            Some(after) => after.split_once('"').unwrap_or((after, "")),
            None => ("", after.strip_prefix('=').unwrap_or(after)),
        };
        all.insert(name.to_ascii_lowercase(), value);
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "<!doctype html><html lang=\"nl\"><head><title>Hallo</title><link rel=\"stylesheet\" href=\"/a.css\"></head>\
        <body><main><h1>Hallo <em>daar</em></h1><h2>Meer</h2><form method=\"post\" action=\"/x\"><label for=\"a\">Naam</label>\
        <input id=\"a\" name=\"a\" aria-describedby=\"b\"><p id=\"b\">Help-nu &lt;b&gt;</p><label><input type=\"checkbox\" name=\"c\"> Ja</label>\
        <input type=\"hidden\" name=\"d\" value=\"x > y\"></form></main></body></html>";

    #[test]
    fn a_sound_page_has_no_faults() {
        assert_eq!(faults(SOUND), Vec::<String>::new());
        assert_page_is_sound(SOUND);
    }

    #[test]
    fn every_fault_is_found() {
        for (from, to, sentence) in [
            ("<h1>", "<h1>a</h1><h1>", "2 <h1>"),
            (" lang=\"nl\"", "", "language"),
            ("<title>Hallo", "<title>", "title is empty"),
            ("<h2>", "<h3>", "jumps"),
            ("id=\"b\"", "id=\"a\"", "twice"),
            ("<label for=\"a\">Naam</label>", "", "no label"),
            ("<p id=\"b\">", "<p id=\"b\" style=\"x\">", "style of its own"),
            ("<p id=\"b\">", "<p id=\"b\" onclick=\"x\">", "script in onclick"),
            ("</form>", "</form><script>x</script>", "script stands"),
            ("/a.css", "https://e.example/a.css", "another host"),
            ("Meer", "groups-more", "words are missing: groups-more"),
            ("aria-describedby=\"b\"", "aria-describedby=\"z\"", "names z"),
            ("<h2>", "<img src=\"/a.png\"><h2>", "alt text"),
            ("<main>", "<div>", "0 <main>"),
        ] {
            assert!(SOUND.contains(from), "{from}");
            let found = faults(&SOUND.replacen(from, to, 1));
            assert!(found.iter().any(|fault| fault.contains(sentence)), "{sentence}: {found:?}");
        }
    }
}
