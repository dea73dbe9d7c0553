//! What was tried and what got in, by class of the catalogue. A case that was skipped counts as failed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

/// The classes of the catalogue, in its order; the crawler and the scanner stand beside them.
const CLASSES: [&str; 8] = ["SIG", "ORG", "AUD", "SSR", "DOS", "WEB", "FLT", "PRV"];

/// Everything that was tried on one engine.
#[derive(Default)]
pub struct Report {
    tried: BTreeMap<String, usize>,
    cases: BTreeSet<String>,
    let_in: Vec<String>,
    skipped: Vec<String>,
    notes: Vec<String>,
}

impl Report {
    /// One thing that was tried, under the id of its case.
    pub fn case(&mut self, id: &str, what: &str, outcome: Result<(), String>) {
        self.many(id, what, 1, outcome);
    }

    /// Several things of one kind that were tried together.
    pub fn many(&mut self, id: &str, what: &str, count: usize, outcome: Result<(), String>) {
        let class = id.split('-').next().unwrap_or_default().to_owned();
        assert!(CLASSES.contains(&class.as_str()), "{id} is of no class");
        *self.tried.entry(class).or_default() += count;
        self.cases.insert(id.to_owned());
        if let Err(why) = outcome {
            let line = format!("LET IN {id} · {what}: {why}");
            drop(writeln!(std::io::stderr(), "{line}"));
            self.let_in.push(line);
        }
    }

    /// A line below the table.
    pub fn note(&mut self, line: &str) {
        self.notes.push(line.to_owned());
    }

    /// The ids that were tried.
    pub const fn tried(&self) -> &BTreeSet<String> {
        &self.cases
    }

    /// Something about the suite itself that is not as it must be.
    pub fn wrong(&mut self, line: &str) {
        self.let_in.push(format!("WRONG {line}"));
    }

    /// A case that could not be tried.
    pub fn skip(&mut self, id: &str, why: &str) {
        self.skipped.push(format!("SKIPPED {id}: {why}"));
    }

    /// The table, and whether everything held.
    pub fn close(&self, engine: &str) -> Result<(), String> {
        let mut text = format!("hostile peer on {engine}\n{:<6}{:>8}{:>8}{:>9}{:>7}\n", "class", "tried", "let in", "skipped", "cases");
        let of = |lines: &[String], class: &str| lines.iter().filter(|line| line.contains(&format!(" {class}-"))).count();
        for class in CLASSES {
            let cases = self.cases.iter().filter(|id| id.starts_with(class)).count();
            let tried = self.tried.get(class).copied().unwrap_or(0);
            text.push_str(&format!("{class:<6}{tried:>8}{:>8}{:>9}{cases:>7}\n", of(&self.let_in, class), of(&self.skipped, class)));
        }
        let tried: usize = self.tried.values().sum();
        text.push_str(&format!("{:<6}{tried:>8}{:>8}{:>9}{:>7}\n", "all", self.let_in.len(), self.skipped.len(), self.cases.len()));
        for line in self.notes.iter().chain(&self.let_in).chain(&self.skipped) {
            text.push_str(line);
            text.push('\n');
        }
        // Written past the capture of the test harness: the result is always told.
        drop(write!(std::io::stderr(), "{text}"));
        if self.let_in.is_empty() && self.skipped.is_empty() { Ok(()) } else { Err(text) }
    }
}
