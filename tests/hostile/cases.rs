//! Where each case of the catalogue is tried: one line each in `cases.in`. A case without a line fails, as does a line that says
//! "here" and was not tried, one that was tried and does not say so, and a named test that is not in the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::rig::Rig;

/// Id, then `here`, `file::test`, or `open` with the reason, in any number.
const CASES: &str = include_str!("cases.in");
/// How many cases each class of the catalogue has, for a repository that is not beside it.
const KNOWN: [(&str, usize); 8] = [("SIG", 26), ("ORG", 33), ("AUD", 29), ("SSR", 20), ("DOS", 28), ("WEB", 29), ("FLT", 30), ("PRV", 23)];

/// The catalogue: `HAVEN_TEST_THREATS`, or `shared/threats.md` in a folder above this one.
fn catalogue() -> Option<PathBuf> {
    let named = std::env::var_os("HAVEN_TEST_THREATS").map(PathBuf::from);
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared/threats.md"));
    named.into_iter().chain(above).find(|path| path.is_file())
}

/// The ids of section 5, or those that are known to be in it.
fn wanted() -> (BTreeSet<String>, bool) {
    let Some(text) = catalogue().and_then(|path| std::fs::read_to_string(path).ok()) else {
        let all = KNOWN.iter().flat_map(|(class, count)| (1..=*count).map(move |number| format!("{class}-{number:02}")));
        return (all.collect(), false);
    };
    let cases = text.lines().filter_map(|line| line.strip_prefix("- **")).filter_map(|rest| rest.split(' ').next());
    let ids = cases.filter(|id| KNOWN.iter().any(|(class, _)| id.strip_prefix(class).is_some_and(|rest| rest.starts_with('-'))));
    (ids.map(str::to_owned).collect(), true)
}

fn exists(test: &str) -> bool {
    let Some((file, name)) = test.split_once("::") else { return false };
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap_or_default();
    text.contains(&format!("fn {name}("))
}

/// Compares the list with the catalogue, with what was tried, and with the sources.
pub fn run(rig: &mut Rig) {
    let mut wrong = Vec::new();
    let mut listed: BTreeMap<&str, &str> = BTreeMap::new();
    for line in CASES.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let (id, places) = line.split_once(' ').unwrap_or((line, ""));
        if listed.insert(id, places.trim()).is_some() {
            wrong.push(format!("{id} stands there twice"));
        }
    }
    let (wanted, compared) = wanted();
    wrong
        .extend(wanted.iter().filter(|id| !listed.contains_key(id.as_str())).map(|id| format!("{id} is in the catalogue and has no line")));
    wrong.extend(listed.keys().filter(|id| !wanted.contains(**id)).map(|id| format!("{id} is not in the catalogue")));
    let (mut here, mut elsewhere, mut open) = (0, 0, Vec::new());
    for (id, places) in &listed {
        let (places, reason) = places.split_once("open ").map_or((*places, ""), |(places, reason)| (places, reason));
        let tried = rig.report.tried().contains(*id);
        let mut said = false;
        let mut named = 0;
        for place in places.split_whitespace() {
            if place == "here" {
                said = true;
            } else if exists(place) {
                named += 1;
            } else {
                wrong.push(format!("{id}: there is no test {place}"));
            }
        }
        if said != tried {
            wrong.push(format!("{id}: {}", if tried { "was tried and does not say so" } else { "says here, and was not tried" }));
        }
        match (said, named) {
            (true, _) => here += 1,
            (false, 0) if reason.is_empty() => wrong.push(format!("{id}: tried nowhere")),
            (false, 0) => {}
            (false, _) => elsewhere += 1,
        }
        if !reason.is_empty() {
            open.push(format!("{id} ({reason})"));
        }
    }
    let whole =
        if compared { "compared with the catalogue" } else { "the catalogue is not beside this repository: compared with its numbers" };
    rig.report.note(&format!(
        "{} cases: {here} tried here, {elsewhere} by named tests, {} open in whole or in part; {whole}",
        listed.len(),
        open.len()
    ));
    if !open.is_empty() {
        rig.report.note(&format!("open: {}", open.join(", ")));
    }
    for line in wrong {
        rig.report.wrong(&line);
    }
}
