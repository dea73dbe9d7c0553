//! Looks at all words of the house: every key that a page names exists in three languages, with the same values, in words
//! that are translated and sentences that are short.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;

use super::language::Lang;
use super::words::sources;

/// Key → text as it stands in the file, of all files in one language.
fn texts(lang: Lang) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut key: Option<String> = None;
    for (path, source) in sources(lang) {
        let resource = FluentResource::try_new(source.clone());
        let resource = resource.unwrap_or_else(|(_, errors)| panic!("{path} cannot be read: {errors:?}"));
        let mut bundle = FluentBundle::new_concurrent(vec![lang.code().parse().unwrap()]);
        bundle.add_resource(resource).unwrap_or_else(|errors| panic!("{path} says a key twice: {errors:?}"));
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            match line.split_once('=') {
                Some((name, text)) if line.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                    let name = name.trim().to_owned();
                    assert!(all.insert(name.clone(), text.trim().to_owned()).is_none(), "{path}: {name} is in another file too");
                    key = Some(name);
                }
                _ => {
                    if let Some(text) = key.as_ref().and_then(|key| all.get_mut(key)) {
                        text.push('\n');
                        text.push_str(line.trim());
                    }
                }
            }
        }
        key = None;
    }
    all
}

fn values(text: &str) -> BTreeSet<String> {
    let names =
        text.split('$').skip(1).map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '-').collect());
    names.collect()
}

fn files(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, endings, found);
        } else if path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| endings.contains(&ending)) {
            found.push(path);
        }
    }
}

fn is_key(text: &str) -> bool {
    text.contains('-')
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The string that begins right after `at` in `text`, when it is a key.
fn key_after<'a>(text: &'a str, call: &str, found: &mut BTreeSet<&'a str>) {
    for (at, _) in text.match_indices(call) {
        let line = text[..at].rsplit('\n').next().unwrap_or_default();
        if line.trim_start().starts_with("//") {
            continue;
        }
        let rest = text[at + call.len()..].trim_start();
        let literal = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')).map(|(literal, _)| literal);
        found.extend(literal.filter(|literal| is_key(literal)));
    }
}

fn is_of(features: &BTreeSet<String>, key: &str) -> bool {
    key.split('-').next().is_some_and(|first| features.contains(first))
}

/// First words of keys: `web` and the features' folders.
fn features() -> BTreeSet<String> {
    let folders = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/features")).unwrap();
    let names = folders.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned());
    names.chain(["web".to_owned()]).collect()
}

/// Keys that a source file asks for by name.
fn asked_in_rust<'a>(text: &'a str, features: &BTreeSet<String>) -> BTreeSet<&'a str> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = BTreeSet::new();
    for call in [".with(", "key: ", "=> "] {
        key_after(text, call, &mut found);
    }
    // Others have methods and fields of these names too.
    found.retain(|key| is_of(features, key));
    key_after(text, ".say(", &mut found);
    for (at, call) in text.match_indices("see_other_with_notice(") {
        let arguments = text[at + call.len()..].split(';').next().unwrap_or_default();
        found.extend(arguments.rsplit('"').nth(1).filter(|literal| is_key(literal)));
    }
    found
}

/// Keys that a template asks for by name: in calls, and as arguments of the field macros.
fn asked_in_template<'a>(text: &'a str, features: &BTreeSet<String>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let text = text.split("-#}").last().unwrap_or_default();
    for call in [".say(", ".with("] {
        key_after(text, call, &mut found);
    }
    for tag in text.split("{%").skip(1).filter_map(|rest| rest.split("%}").next()) {
        let literals = tag.split('"').skip(1).step_by(2);
        found.extend(literals.filter(|literal| is_key(literal) && is_of(features, literal)));
    }
    found
}

#[test]
fn every_key_that_a_page_names_exists() {
    let known = texts(Lang::En);
    let features = features();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&source, &["html", "rs"], &mut paths);
    assert!(paths.len() > 20, "the sources were not found");
    let mut missing = Vec::new();
    for path in paths.iter().filter(|path| !path.ends_with("web/words_tests.rs")) {
        let text = fs::read_to_string(path).unwrap();
        let asked = if path.extension().is_some_and(|ending| ending == "rs") {
            asked_in_rust(&text, &features)
        } else {
            asked_in_template(&text, &features)
        };
        let lost = asked.into_iter().filter(|key| !known.contains_key(*key));
        missing.extend(lost.map(|key| format!("{key} ({})", path.strip_prefix(&source).unwrap().display())));
    }
    assert!(missing.is_empty(), "keys without words:\n{}", missing.join("\n"));
}

/// Words of a text that are not values put into it.
fn own_words(text: &str) -> usize {
    let outside: String = text
        .split('{')
        .enumerate()
        .map(|(at, part)| if at == 0 { part } else { part.split_once('}').map_or("", |(_, rest)| rest) })
        .collect();
    outside.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count()
}

#[test]
fn three_languages_say_the_same_in_their_own_words() {
    let english = texts(Lang::En);
    let mut faults = Vec::new();
    for lang in [Lang::Nl, Lang::Da] {
        let other = texts(lang);
        let code = lang.code();
        faults.extend(english.keys().filter(|key| !other.contains_key(*key)).map(|key| format!("{code}: {key} is missing")));
        faults.extend(other.keys().filter(|key| !english.contains_key(*key)).map(|key| format!("{code}: {key} is not in English")));
        for (key, text) in &other {
            let Some(original) = english.get(key) else { continue };
            if values(text) != values(original) {
                faults.push(format!("{code}: {key} has other values than in English"));
            }
            if text == original && own_words(text) > 3 {
                faults.push(format!("{code}: {key} is not translated"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn sentences_are_short() {
    let mut long = Vec::new();
    for lang in Lang::ALL {
        for (key, text) in texts(lang) {
            for sentence in text.split(['.', '?', '!', ':', '\n', ';']) {
                let words = sentence.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count();
                let is_list = sentence.matches(',').count() * 2 > words;
                if words > 25 && !is_list {
                    long.push(format!("{} {key}: {sentence}", lang.code()));
                }
            }
        }
    }
    assert!(long.is_empty(), "sentences of more than 25 words:\n{}", long.join("\n"));
}

#[test]
fn keys_are_found_where_they_are_asked_for() {
    let features = BTreeSet::from(["web".to_owned()]);
    let rust = r#"headers.with("x-word"); t.say("web-a"); t.with("web-b", &[]); Problem::Refused { key: "web-c", back } see_other_with_notice(&format!("/g/{id}"), "web-d");"#;
    assert_eq!(asked_in_rust(rust, &features), BTreeSet::from(["web-a", "web-b", "web-c", "web-d"]));
    let template =
        r#"<p class="web-x">{{ shell.t.say("other-a") }}</p>{% call field::text(shell.t, "name", "web-b", form.name, hint="web-c") %}"#;
    assert_eq!(asked_in_template(template, &features), BTreeSet::from(["other-a", "web-b", "web-c"]));
}
