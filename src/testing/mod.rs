//! What tests and the simulation need of the world, kept still: a set clock, seeded chance, recorded keys, a network
//! without sockets, databases on both engines, and checks every page must pass. No running site reaches it.

pub mod chance;
pub mod clock;
pub mod database;
#[cfg(feature = "fuzz")]
pub mod fuzz;
pub mod keys;
pub mod network;
pub mod pages;
pub mod peer;
pub mod people;
pub mod site;

use std::io::Write;
use std::path::PathBuf;

/// Says, past the capture of the test harness, that something was not tried, and why.
pub fn not_run(why: &str) {
    drop(writeln!(std::io::stderr(), "NOT RUN: {why}"));
}

/// The folder of recorded payloads and signatures, which lies outside the repository: `corpus` in the folder that `HAVEN_SHARED` names,
/// else in `../shared`. Where it is not, one line says so.
///
/// # Panics
/// Where it is not and everything must be tried (`HAVEN_TEST_ALL`, as in `.ci/run`).
pub fn corpus() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("HAVEN_SHARED").map_or_else(beside, PathBuf::from).join("corpus");
    if folder.join("manifest.json").is_file() {
        return Some(folder);
    }
    assert!(std::env::var_os("HAVEN_TEST_ALL").is_none(), "the corpus is not in {}", folder.display());
    not_run("the corpus is not here; name the shared folder in HAVEN_SHARED");
    None
}
