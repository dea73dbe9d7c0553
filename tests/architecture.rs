//! The house rules of design §4, read from the source text: floors, order of features, who may name what.
//! A rule that hurts is changed by a decision record, not by an exception here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Floors from the ground up. A file imports its own floor's room or lower floors only.
const FLOORS: [(&str, u8); 10] = [
    ("base", 1),
    ("db", 2),
    ("web", 2),
    ("jobs", 3),
    ("audit", 3),
    ("federation", 4),
    ("site", 5),
    ("features", 6),
    ("server", 7),
    ("testing", 8),
];

/// The order of the features: each may know those before it, by their front door.
const FEATURES: [&str; 14] = [
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
];

/// Files with a `fn main` of their own that stand above the house: the command line.
const ABOVE: [&str; 2] = ["main.rs", "lib.rs"];

struct Source {
    /// Path below `src/`, with `/`.
    path: String,
    /// Text without comments and without test modules; what stands in strings stays.
    code: String,
    whole: String,
}

/// Read once for all rules.
static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(read_sources);

fn sources() -> &'static [Source] {
    &SOURCES
}

fn read_sources() -> Vec<Source> {
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

/// The text without comments and without test modules, wherever they stand.
fn production_code(text: &str) -> String {
    let code = without_comments(text);
    let mut kept = String::with_capacity(code.len());
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        if line.trim_end() != "#[cfg(test)]" {
            kept.push_str(line);
            kept.push('\n');
            continue;
        }
        // What it stands before: a line that ends with `;`, or everything to the bracket that closes it in the first column.
        for line in lines.by_ref() {
            let ends = line.trim_end();
            if ends.ends_with(';') && !line.starts_with([' ', '}']) || line.starts_with('}') {
                break;
            }
        }
    }
    kept
}

/// The text without comments. A `//` in a string is no comment, and neither is one in a character.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
            continue;
        } else if rest.starts_with("/*") {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
            continue;
        } else if first == 'r' && !out.ends_with(|c: char| c.is_alphanumeric() || c == '_') && raw_string(rest).is_some() {
            raw_string(rest).unwrap_or(1)
        } else if first == '"' {
            1 + quoted(&rest[1..], '"')
        } else if first == '\'' && rest[1..].starts_with('\\') {
            1 + quoted(&rest[1..], '\'')
        } else if first == '\'' && rest.chars().nth(2) == Some('\'') {
            rest.chars().take(3).map(char::len_utf8).sum()
        } else {
            first.len_utf8()
        };
        let (taken, after) = rest.split_at(length.min(rest.len()));
        out.push_str(taken);
        rest = after;
    }
    out
}

/// Length up to the quote that ends it, and with it.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

/// Length of the raw string that begins here, if one does.
fn raw_string(text: &str) -> Option<usize> {
    let marks = text[1..].len() - text[1..].trim_start_matches('#').len();
    let inner = text[1 + marks..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(marks));
    Some(2 + marks + inner.find(&end)? + end.len())
}

#[test]
fn what_is_read_as_code_is_code() {
    for (text, code) in [
        ("let a = \"https://x.example\"; use axum::Router;", "let a = \"https://x.example\"; use axum::Router;\n"),
        ("let a = 1; // use axum", "let a = 1; \n"),
        ("let a = r#\"no \" // end\"#; b();", "let a = r#\"no \" // end\"#; b();\n"),
        ("let a = '\"'; // \"\nlet b = '\\''; // x", "let a = '\"'; \nlet b = '\\''; \n"),
        ("fn a<'a>(b: &'a str) {} // 'x", "fn a<'a>(b: &'a str) {} \n"),
        ("/* a\nb */ c", " c\n"),
        ("a();\n#[cfg(test)]\nmod tests;\nb();", "a();\nb();\n"),
        ("a();\n#[cfg(test)]\nmod tests {\n    fn b() {}\n    use c;\n}\nd();", "a();\nd();\n"),
        ("a(\"\\\\\"); // b", "a(\"\\\\\"); \n"),
    ] {
        assert_eq!(production_code(text), code, "{text}");
    }
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
        if matches!(own, "base" | "db" | "web" | "jobs" | "audit" | "federation" | "site") {
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
        // Tests may look at rows themselves.
        if source.code.contains("sqlx::") && !is_test_file(&source.path) {
            assert!(
                allowed(&source.path, &["db/", "jobs/", "audit/", "federation/", "testing/"], &["store.rs", "/store/", "/stores/"]),
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
                    &["web/", "site.rs", "server.rs", "server/listen.rs", "testing/"],
                    &["pages.rs", "endpoints.rs", "/endpoints/", "/pages/"]
                ) && (!source.path.starts_with("federation/") || source.path.starts_with("federation/endpoints")),
                "{} names axum: HTTP belongs into pages, web/, site.rs, endpoints.rs, server.rs or server/listen.rs",
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
                matches!(source.path.as_str(), "server.rs" | "server/listen.rs" | "main.rs")
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
fn the_way_in_without_membership_is_opened_in_one_place() {
    for source in sources() {
        let may = matches!(source.path.as_str(), "federation/policy.rs" | "features/oversight/actions.rs") || is_test_file(&source.path);
        assert!(may || !source.code.contains("Standing::Emergency"), "{} lets somebody in who is not a member", source.path);
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

/// How often production code of the sources says `text`, by file.
fn said(text: &str) -> BTreeMap<String, usize> {
    let counted = sources().iter().filter(|source| !is_test_file(&source.path));
    counted.map(|source| (source.path.clone(), source.code.matches(text).count())).filter(|(_, count)| *count > 0).collect()
}

fn only_in(text: &str, places: &[(&str, usize)]) {
    let expected: BTreeMap<String, usize> = places.iter().map(|(path, count)| ((*path).to_owned(), *count)).collect();
    assert_eq!(said(text), expected, "{text} is said elsewhere, or more often");
}

#[test]
fn a_proof_is_made_in_one_place() {
    // `tests/types.rs` shows that nobody outside the module can make one; inside it there is one place as well.
    only_in("Verified(", &[("federation/inbox/due.rs", 1)]);
    only_in("PartnerToken { partner }", &[("federation/policy.rs", 1)]);
    only_in("Visible(value)", &[("federation/policy.rs", 1)]);
    only_in("Committed(value)", &[("db/conn.rs", 1)]);
    only_in("Sealed::from_outbox(", &[("federation/delivery/rows.rs", 1)]);
    only_in("VerifiedRequest { request", &[("federation/signature/mod.rs", 1)]);
    only_in("Arrived::read(", &[("federation/accept.rs", 1)]);
}

#[test]
fn a_token_is_asked_for_where_it_is_used_and_kept_nowhere() {
    for source in sources() {
        let kept = source.code.contains("PartnerToken") && !is_test_file(&source.path);
        let may = matches!(source.path.as_str(), "federation/accept.rs" | "federation/delivery.rs" | "federation/fetch.rs")
            || matches!(source.path.as_str(), "federation/policy.rs" | "federation/runtime.rs" | "federation/dialer/mod.rs");
        assert!(!kept || may, "{} holds the proof that a partner is active now", source.path);
        assert!(!source.code.contains("static TOKEN"), "{} keeps a token", source.path);
    }
    only_in("Call::post(", &[("federation/delivery.rs", 1)]);
    only_in("Call::get(", &[("federation/fetch.rs", 1)]);
}

#[test]
fn bodies_of_others_are_read_at_the_door_only() {
    only_in("activity::read(", &[("federation/inbox.rs", 1), ("federation/inbox/due.rs", 1)]);
    only_in("activity::read_actor(", &[("federation/fetch.rs", 1)]);
    only_in("activity::read_key(", &[("federation/fetch.rs", 1)]);
    only_in("activity::read_collection(", &[("federation/fetch.rs", 1)]);
    for reader in ["activity::read_object(", "activity::read_webfinger("] {
        only_in(reader, &[]);
    }
}

#[test]
fn what_goes_out_is_a_closed_struct() {
    for source in sources() {
        let shapes = source.code.contains(" Part for ") || source.code.contains(" Shape for ");
        let may = source.path.starts_with("federation/activity/") || source.path.ends_with("/wire.rs") || is_test_file(&source.path);
        assert!(may || !shapes, "{} makes a document of its own", source.path);
        let wire =
            source.path.ends_with("/wire.rs") || source.path == "federation/activity/shapes.rs" || source.path.ends_with("/outbound.rs");
        for open in ["Value", "RawValue", "json!", "serde_json::from_"] {
            assert!(!wire || !source.code.contains(open), "{} has a field that takes JSON: {open}", source.path);
        }
    }
}

#[test]
fn only_the_signer_signs() {
    for source in sources() {
        let may = matches!(source.path.as_str(), "federation/signature/sign.rs" | "federation/keys.rs" | "testing/keys.rs");
        assert!(may || is_test_file(&source.path) || !source.code.contains(".sign("), "{} signs bytes", source.path);
    }
    only_in("Signer { profile", &[("federation/delivery.rs", 1)]);
}

#[test]
fn an_audience_is_taken_from_the_shares_and_never_changed() {
    only_in(
        "Audience::of_partners(",
        &[
            ("features/groups/actions/sharing.rs", 1),
            ("features/groups/serving.rs", 2),
            ("features/groups/standing.rs", 3),
            ("features/partners/dryrun/world.rs", 1),
        ],
    );
    only_in("INSERT INTO audience_partners", &[("federation/audience.rs", 1)]);
    for source in sources() {
        let flat = source.code.split_whitespace().collect::<Vec<_>>().join(" ");
        for wider in ["UPDATE audience", "DELETE FROM audience", "SET audience_id", ", audience_id ="] {
            assert!(!flat.contains(wider), "{} changes a stored audience: {wider}", source.path);
        }
    }
}

#[test]
fn only_clean_html_is_printed_as_it_is() {
    only_in("HtmlSafe for", &[("base/html/mod.rs", 1)]);
    let mut templates = Vec::new();
    walk_for(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "html", &mut templates);
    assert!(templates.len() > 30, "the templates were not found");
    for template in templates {
        let text = fs::read_to_string(&template).expect("template is readable");
        let flat: String = text.split_whitespace().collect();
        for open in ["|safe", "escape(\"none\")", "escape('none')", "autoescape", "{%raw"] {
            assert!(!flat.contains(open), "{} prints text unescaped: {open}", template.display());
        }
    }
    for source in sources() {
        assert!(!source.code.contains("escape = \"none\""), "{} has a template without escaping", source.path);
    }
}

/// Threats R17: Haven has no pictures and files of members. Whoever brings them has to build what the rule asks for first.
#[test]
fn no_picture_of_a_member_is_shown_or_served() {
    let mut templates = Vec::new();
    walk_for(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "html", &mut templates);
    for template in templates {
        let text = fs::read_to_string(&template).expect("template is readable");
        for shown in ["<img", "<picture", "<video", "<audio", "<object", "<embed", "<iframe", "background-image"] {
            assert!(!text.contains(shown), "{} shows {shown}", template.display());
        }
    }
    for source in sources() {
        let ours = source.path == "web/assets.rs" || source.path == "web/gate.rs" || is_test_file(&source.path);
        assert!(ours || !source.code.contains("\"image/"), "{} serves a picture", source.path);
        if source.path == "base/html/tidy.rs" {
            for kept in ["\"img\"", "\"video\"", "\"audio\"", "\"iframe\"", "\"source\""] {
                assert!(!source.code.contains(kept), "a text keeps {kept}");
            }
        }
    }
}

fn walk_for(folder: &Path, ending: &str, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("folder is readable") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            walk_for(&path, ending, files);
        } else if path.extension().is_some_and(|extension| extension == ending) {
            files.push(path);
        }
    }
}

#[test]
fn accepted_is_said_of_what_is_committed() {
    only_in("StatusCode::ACCEPTED", &[("federation/endpoints.rs", 1)]);
    only_in("fn accepted<T>(_proof: &Committed<T>)", &[("federation/endpoints.rs", 1)]);
}

#[test]
fn time_and_chance_come_from_the_ground() {
    for source in sources() {
        for name in
            ["SystemTime::now", "Instant::now", "Zoned::now", "jiff::Timestamp::now", "rand::rng(", "rand::random", "SysRng", "OsRng"]
        {
            let ok = source.path.starts_with("base/") || is_test_file(&source.path) || !source.code.contains(name);
            assert!(ok, "{} names {name}: time and chance are passed in", source.path);
        }
    }
}

/// Threats R26: the table of `docs/security/rules.md` names for each rule a test that dies with it. Whether it does is tried by
/// `docs/security/rules.py`; here it is seen to that the tests it names are there, and that no rule is left out.
#[test]
fn every_rule_names_a_test_that_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("docs/security/rules.md")).expect("the table of the rules");
    let mut files = Vec::new();
    for folder in ["src", "tests"] {
        walk(&root.join(folder), &mut files);
    }
    let code: String = files.iter().map(|file| fs::read_to_string(file).expect("source is readable")).collect();
    for number in 1..=26 {
        let row = table.lines().find(|line| line.starts_with(&format!("| R{number} |")));
        let row = row.unwrap_or_else(|| panic!("rule R{number} has no row"));
        let tests: Vec<&str> = row.split('`').filter_map(|part| part.strip_prefix("test ")).collect();
        assert!(!tests.is_empty(), "rule R{number} names no test");
        for test in tests {
            let name = test.rsplit("::").next().unwrap_or_default();
            assert!(code.contains(&format!("fn {name}(")), "rule R{number} names {test}, which is not there");
        }
    }
}
