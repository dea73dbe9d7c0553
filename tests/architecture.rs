//! The house rules of design §4, read from the source text: floors, order of features, who may name what.
//! A rule that hurts is changed by a decision record, not by an exception here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Floors from the ground up. A file imports its own floor's room or lower floors only.
const FLOORS: [(&str, u8); 9] =
    [("base", 1), ("db", 2), ("web", 2), ("jobs", 3), ("federation", 4), ("site", 5), ("features", 6), ("server", 7), ("testing", 8)];

/// The order of the features: each may know those before it, by their front door.
const FEATURES: [&str; 10] = ["help", "accounts", "personas", "groups", "posts", "moderation", "partners", "ledger", "takeout", "admin"];

/// Files with a `fn main` of their own that stand above the house: the command line.
const ABOVE: [&str; 2] = ["main.rs", "lib.rs"];

struct Source {
    /// Path below `src/`, with `/`.
    path: String,
    /// Text without comments and string literals' contents left in; test modules cut off.
    code: String,
    whole: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    assert!(files.len() > 30, "the sources were not found");
    files
        .into_iter()
        .map(|file| {
            let whole = fs::read_to_string(&file).expect("source is readable");
            let path = file.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
            Source { path, code: production_code(&whole), whole }
        })
        .collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("folder is readable") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
}

/// The text without line comments and without the test module at its end.
fn production_code(text: &str) -> String {
    let cut = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
    text[..cut].lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn room(path: &str) -> &str {
    path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

fn feature(path: &str) -> Option<&str> {
    path.strip_prefix("features/").and_then(|rest| rest.split('/').next()).filter(|name| !name.contains('.'))
}

fn is_test_file(path: &str) -> bool {
    path.ends_with("tests.rs") || path.contains("/tests/")
}

/// Every `crate::room…` that the file names.
fn crate_paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let flat = code.split_whitespace().collect::<Vec<_>>().join(" ");
    for (at, _) in flat.match_indices("crate::") {
        let rest = &flat[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let end = group.find('}').unwrap_or(group.len());
            found.extend(group[..end].split(',').map(|part| part.trim().to_owned()));
            continue;
        }
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
        let mut path = rest[..end].trim_end_matches(':').to_owned();
        if rest[end..].starts_with('{') && path.ends_with("features") {
            let group = &rest[end + 1..];
            let close = group.find('}').unwrap_or(group.len());
            found.extend(group[..close].split(',').map(|part| format!("features::{}", part.trim())));
            continue;
        }
        path.truncate(120);
        found.push(path);
    }
    found
}

#[test]
fn a_file_imports_lower_floors_and_its_own_room_only() {
    let mut wrong = Vec::new();
    for source in sources() {
        if ABOVE.contains(&source.path.as_str()) || is_test_file(&source.path) || source.path.starts_with("command/") {
            continue;
        }
        let own = room(&source.path);
        let own_floor = floor(own).unwrap_or_else(|| panic!("{} stands on no floor", source.path));
        for path in crate_paths(&source.code) {
            let other = path.split("::").next().unwrap_or_default();
            let Some(other_floor) = floor(other) else { continue };
            if other != own && other_floor >= own_floor {
                wrong.push(format!("{} (f{own_floor}) names crate::{path} (f{other_floor})", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_feature_knows_only_earlier_features_by_their_front_door() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(own) = feature(&source.path) else { continue };
        let position = FEATURES.iter().position(|name| *name == own).unwrap_or_else(|| panic!("feature {own} has no place in the order"));
        for path in crate_paths(&source.code) {
            let mut parts = path.split("::");
            if parts.next() != Some("features") {
                continue;
            }
            let Some(other) = parts.next().filter(|other| *other != own) else { continue };
            match FEATURES.iter().position(|name| *name == other) {
                Some(at) if at < position => {}
                _ if is_test_file(&source.path) => {}
                _ => wrong.push(format!("{} names features::{other}, which is not before it", source.path)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rooms_of_a_feature_are_private() {
    for source in sources() {
        if feature(&source.path).is_some() && source.path.matches('/').count() == 2 && source.path.ends_with("/mod.rs") {
            for line in source.code.lines() {
                assert!(
                    !line.trim_start().starts_with("pub mod "),
                    "{}: {} – a feature's front door is its re-exports",
                    source.path,
                    line.trim()
                );
            }
        }
    }
}

#[test]
fn only_the_server_names_all_features() {
    for source in sources() {
        let own = room(&source.path);
        if matches!(own, "base" | "db" | "web" | "jobs" | "federation" | "site") {
            assert!(!source.code.contains("features::"), "{} names a feature", source.path);
        }
    }
}

fn allowed(path: &str, rooms: &[&str], names: &[&str]) -> bool {
    let file = path.rsplit('/').next().unwrap_or_default();
    rooms.iter().any(|room| path.starts_with(room))
        || names.contains(&file)
        || names.iter().any(|name| name.ends_with('/') && path.contains(name))
}

#[test]
fn sql_lives_in_stores_and_on_the_ground() {
    for source in sources() {
        if source.code.contains("sqlx::") {
            assert!(
                allowed(&source.path, &["db/", "jobs/", "federation/", "testing/"], &["store.rs", "/store/", "/stores/"]),
                "{} names sqlx: SQL belongs into store.rs, db/, jobs/ or federation/",
                source.path
            );
        }
    }
}

#[test]
fn axum_lives_in_pages() {
    for source in sources() {
        if source.code.contains("axum::") {
            assert!(
                allowed(
                    &source.path,
                    &["web/", "site.rs", "server.rs", "testing/"],
                    &["pages.rs", "endpoints.rs", "/pages/", "session.rs", "/sessions/", "mod.rs"]
                ) && (!source.path.starts_with("federation/") || source.path.ends_with("endpoints.rs")),
                "{} names axum: HTTP belongs into pages, web/, site.rs, endpoints.rs or server.rs",
                source.path
            );
        }
    }
}

#[test]
fn sockets_live_in_the_dialer_and_the_listener() {
    for source in sources() {
        for name in ["TcpStream::connect", "UdpSocket", "lookup_host", "reqwest", "hyper_util::client"] {
            let ok = source.path.starts_with("federation/dialer") || !source.code.contains(name);
            assert!(ok, "{} names {name}: the dialer is the only door out", source.path);
        }
        if source.code.contains("TcpListener") {
            assert!(
                matches!(source.path.as_str(), "server.rs" | "main.rs")
                    || source.path.starts_with("command/")
                    || source.path.starts_with("testing/"),
                "{} opens a listener",
                source.path
            );
        }
    }
}

#[test]
fn federation_and_the_wire_know_no_account() {
    for source in sources() {
        if source.path.starts_with("federation/") || source.path.ends_with("/wire.rs") || source.path.contains("/wire/") {
            let code = source.code.to_ascii_lowercase();
            assert!(!code.contains("account"), "{} names accounts: a person's sign-in never leaves the instance", source.path);
        }
    }
}

#[test]
fn every_module_says_what_it_is() {
    for source in sources() {
        let first = source.whole.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! ") && !first.contains("being written"), "{} does not open with what it is", source.path);
    }
}

#[test]
fn there_is_no_room_without_a_purpose() {
    for source in sources() {
        for part in source.path.trim_end_matches(".rs").split('/') {
            assert!(!matches!(part, "utils" | "util" | "common" | "helpers" | "helper" | "misc"), "{}", source.path);
        }
        let lines = source.whole.lines().count();
        assert!(lines <= 600, "{} has {lines} lines: split it", source.path);
    }
}

#[test]
fn no_feature_imports_in_a_circle() {
    // Follows from the order; this reads the real imports so that a wrong order list cannot hide one.
    let mut edges: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources() {
        let Some(own) = feature(&source.path) else { continue };
        for path in crate_paths(&source.code) {
            let mut parts = path.split("::");
            if parts.next() == Some("features")
                && let Some(other) = parts.next().filter(|other| *other != own)
            {
                edges.entry(own.to_owned()).or_default().push(other.to_owned());
            }
        }
    }
    for start in edges.keys() {
        let mut todo = edges[start].clone();
        let mut seen = Vec::new();
        while let Some(next) = todo.pop() {
            assert_ne!(&next, start, "{start} reaches itself");
            if !seen.contains(&next) {
                todo.extend(edges.get(&next).cloned().unwrap_or_default());
                seen.push(next);
            }
        }
    }
}
