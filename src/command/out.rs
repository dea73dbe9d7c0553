//! What a command says on standard output: lines for people, or one JSON object per line for scripts. Nothing else is
//! ever written there.

use std::io::Write;

use serde::Serialize;

use super::failure::Failure;

/// Something a command can say.
pub trait Said: Serialize {
    /// For people; may have several lines.
    fn plain(&self) -> String;

    /// For people, in a list: the cells of its row, when a list of these stands in columns.
    fn cells(&self) -> Option<Vec<String>> {
        None
    }
}

/// Standard output in one of its two forms.
#[derive(Clone, Copy)]
pub struct Out {
    json: bool,
}

impl Out {
    /// With or without `--json`.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether scripts are spoken to.
    pub const fn is_json(self) -> bool {
        self.json
    }

    /// Says one thing.
    ///
    /// # Errors
    /// When standard output is closed.
    pub fn say(&self, said: &impl Said) -> Result<(), Failure> {
        let line = if self.json { serde_json::to_string(said)? } else { said.plain() };
        let mut output = std::io::stdout().lock();
        writeln!(output, "{line}").and_then(|()| output.flush()).map_err(|_| Failure::new("standard output is closed"))
    }

    /// Says something besides, to people only: scripts get what they asked for and nothing else.
    ///
    /// # Errors
    /// When standard output is closed.
    pub fn note(&self, sentence: &str) -> Result<(), Failure> {
        if self.json { Ok(()) } else { self.say(&Sentence { said: sentence.to_owned() }) }
    }

    /// Says all of them; for people `none` when there is nothing.
    ///
    /// # Errors
    /// When standard output is closed.
    pub fn say_all<S: Said>(&self, all: &[S], none: &str) -> Result<(), Failure> {
        if all.is_empty() && !self.json {
            return self.say(&Sentence { said: none.to_owned() });
        }
        match all.iter().map(Said::cells).collect::<Option<Vec<_>>>() {
            Some(rows) if !self.json => self.say(&Sentence { said: columns(&rows) }),
            _ => all.iter().try_for_each(|one| self.say(one)),
        }
    }
}

/// A sentence alone.
#[derive(Serialize)]
pub struct Sentence {
    /// The sentence.
    pub said: String,
}

impl Said for Sentence {
    fn plain(&self) -> String {
        self.said.clone()
    }
}

/// Columns under each other, for people.
pub fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let rows = vec![vec!["a".to_owned(), "bcd".to_owned()], vec!["æøå".to_owned(), "e".to_owned()]];
        assert_eq!(columns(&rows), "a    bcd\næøå  e");
    }
}
