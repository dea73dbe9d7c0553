//! The types of design §4 are the only way: going around one does not build. `tests/types/*.rs` are modules of a crate that uses
//! the library as a stranger would. Each line that ends in `//~ E0123` goes around a type, and the compiler must refuse exactly
//! that line for exactly that reason; without these lines the crate must build, so a scene that is wrong by itself proves nothing.
//!
//! The compiler is asked directly, against the library that this build has made: nothing is built a second time.

#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use haven::testing::database::TempFolder;
use serde_json::Value;

/// A line that must not build: file, line from one, and the code of the error.
type Refused = (String, u64, String);

/// The built library and what it is built of, as the compiler wants them named.
struct Library {
    arguments: Vec<OsString>,
}

impl Library {
    /// Asks Cargo where this very build has put things: the same question as for the test itself, so everything is there already.
    /// A crate may be there twice, for the machine and for macros: one answer for each choice.
    fn find() -> Vec<Self> {
        // <target>/<profile>/deps/types-<hash>
        let own = std::env::current_exe().unwrap();
        let target = own.ancestors().nth(3).unwrap();
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["test", "--no-run", "--test", "types", "--locked", "--offline", "--quiet", "--message-format=json", "--target-dir"]);
        cargo.arg(target);
        if own.ancestors().nth(2).is_some_and(|profile| profile.ends_with("release")) {
            cargo.arg("--release");
        }
        let done = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::from([("haven", vec![]), ("serde", vec![]), ("serde_json", vec![])]);
        for line in String::from_utf8(done.stdout).unwrap().lines() {
            let said: Value = serde_json::from_str(line).unwrap();
            let Some(files) = said["target"]["name"].as_str().and_then(|name| found.get_mut(name)) else { continue };
            let made = said["filenames"].as_array().into_iter().flatten().filter_map(Value::as_str);
            files.extend(made.filter(|file| Path::new(file).extension().is_some_and(|end| end == "rlib")).map(str::to_owned));
        }
        let mut choices = vec![vec![OsString::from("-L"), format!("dependency={}", own.parent().unwrap().display()).into()]];
        for (name, files) in &found {
            let with =
                |choice: &Vec<OsString>, file: &String| [choice.as_slice(), &["--extern".into(), format!("{name}={file}").into()]].concat();
            choices = choices.iter().flat_map(|choice| files.iter().map(move |file| with(choice, file))).collect();
        }
        assert!(!choices.is_empty(), "the library was not found");
        choices.into_iter().map(|arguments| Self { arguments }).collect()
    }

    /// Every error of a crate with these modules: where and which. Errors without a place in them have the file "".
    fn errors(&self, modules: &BTreeMap<String, String>) -> BTreeSet<Refused> {
        let folder = TempFolder::new().unwrap();
        let mut root = String::from("#![allow(warnings)]\n");
        for (name, text) in modules {
            root.extend(["mod ", name.as_str(), ";\n"]);
            fs::write(folder.path().join(format!("{name}.rs")), text).unwrap();
        }
        let file = folder.path().join("lib.rs");
        fs::write(&file, root).unwrap();
        let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        rustc.args([
            "--crate-name=around",
            "--crate-type=lib",
            "--edition=2024",
            "--emit=metadata",
            "--error-format=json",
            "--cap-lints=allow",
        ]);
        let done = rustc.arg("--out-dir").arg(folder.path()).args(&self.arguments).arg(&file).output().unwrap();
        let said = String::from_utf8(done.stderr).unwrap();
        let messages: Vec<Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let errors: BTreeSet<Refused> = messages.iter().filter(|message| message["level"] == "error").filter_map(place).collect();
        assert_eq!(done.status.success(), errors.is_empty(), "{said}");
        errors
    }
}

/// Where an error is, by its first span. The closing line "aborting due to …" is none.
fn place(message: &Value) -> Option<Refused> {
    let text = message["message"].as_str().unwrap_or_default();
    if text.starts_with("aborting due to") {
        return None;
    }
    let span = message["spans"].as_array().and_then(|spans| spans.iter().find(|span| span["is_primary"] == true));
    let file = span.and_then(|span| span["file_name"].as_str()).map(Path::new).and_then(Path::file_stem);
    let code = message["code"]["code"].as_str().unwrap_or(text);
    let line = span.and_then(|span| span["line_start"].as_u64()).unwrap_or(0);
    Some((file.map(|file| file.to_string_lossy().into_owned()).unwrap_or_default(), line, code.to_owned()))
}

/// The modules as they are written, and the lines in them that must not build.
fn scenes() -> (BTreeMap<String, String>, BTreeSet<Refused>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/types");
    let (mut modules, mut refused) = (BTreeMap::new(), BTreeSet::new());
    let files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "rs")) {
        let (name, text) = (file.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(file).unwrap());
        for (at, line) in text.lines().enumerate() {
            if let Some((_, code)) = line.split_once("//~ ") {
                refused.insert((name.clone(), at as u64 + 1, code.trim().to_owned()));
            }
        }
        modules.insert(name, text);
    }
    (modules, refused)
}

/// The modules with only those of the marked lines that are to stay; the others are left empty, so that lines keep their numbers.
fn with(modules: &BTreeMap<String, String>, stays: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
    let kept = |line: &str| line.split_once("//~ ").is_none_or(|(_, code)| stays(code.trim()));
    let text = |text: &String| text.lines().map(|line| if kept(line) { line } else { "" }).collect::<Vec<_>>().join("\n");
    modules.iter().map(|(name, module)| (name.clone(), text(module))).collect()
}

#[test]
fn going_around_a_type_does_not_build() {
    let (modules, refused) = scenes();
    for name in ["verified", "partner_token", "audience", "visible", "outbound", "committed", "safe_html", "sensitive"] {
        assert!(refused.iter().filter(|(module, ..)| module == name).count() >= 4, "{name} has too few lines that go around it");
    }
    let plain = with(&modules, |_| false);
    let mut wrong = BTreeSet::new();
    let library = Library::find().into_iter().find(|library| {
        wrong = library.errors(&plain);
        wrong.is_empty()
    });
    let Some(library) = library else { panic!("without the marked lines everything builds, except {wrong:?}") };
    // One kind of error at a time: the compiler stops after each of its stages, and would not say the rest.
    let codes: BTreeSet<&str> = refused.iter().map(|(.., code)| code.as_str()).collect();
    let found: BTreeSet<Refused> = codes.iter().flat_map(|code| library.errors(&with(&modules, |own| own == *code))).collect();
    let builds: Vec<&Refused> = refused.difference(&found).collect();
    let other: Vec<&Refused> = found.difference(&refused).collect();
    assert!(builds.is_empty() && other.is_empty(), "these ways around a type build: {builds:?}; refused for another reason: {other:?}");
}
