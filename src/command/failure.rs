//! Why a command was not done: one plain sentence on standard error and an exit code. No stack, no type names, and never
//! a stored value.

use std::io::Write;
use std::process::ExitCode;

/// Not done.
#[derive(Debug)]
pub struct Failure {
    sentence: String,
    code: u8,
}

impl Failure {
    /// It was tried and did not work: exit code 1.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 1 }
    }

    /// The command was used wrongly: exit code 2.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 2 }
    }

    /// Says it, and gives the exit code.
    pub fn tell(&self) -> ExitCode {
        // When standard error is closed there is nobody left to tell.
        drop(writeln!(std::io::stderr(), "{}", sentence(&self.sentence)));
        ExitCode::from(self.code)
    }

    /// The sentence, for commands that print it themselves.
    pub fn said(&self) -> String {
        sentence(&self.sentence)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(error.to_string())
    }
}

/// One line that begins with a capital and ends with a full stop. Names of settings, files and addresses stay as they are.
fn sentence(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let named = line.split(' ').next().is_some_and(|word| word.contains(['/', '\\', '.', ':', '_']));
    if let Some(first) = line.chars().next().filter(|first| !named && first.is_ascii_lowercase()) {
        line.replace_range(..1, &first.to_ascii_uppercase().to_string());
    }
    if !line.ends_with(['.', '!', '?']) {
        line.push('.');
    }
    line
}

/// A line that cannot be read. Help and version are no errors.
pub fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        drop(error.print());
        return ExitCode::SUCCESS;
    }
    let text = error.render().to_string();
    let paragraphs: Vec<&str> = text.split("\n\n").map(str::trim).filter(|part| !part.is_empty()).collect();
    let first = paragraphs.first().copied().unwrap_or("the command cannot be read").trim_start_matches("error:").trim();
    // `haven` alone prints its help; the sentence is then the last thing to look for.
    if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::usage("say what to do; see haven --help").tell();
    }
    let tip = paragraphs.iter().find_map(|part| part.strip_prefix("tip:")).map(str::trim).unwrap_or_default();
    let hint = if tip.is_empty() { "see haven --help".to_owned() } else { tip.split('\n').next().unwrap_or_default().to_owned() };
    Failure::usage(format!("{}; {hint}", first.trim_end_matches('.'))).tell()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_sentence() {
        assert_eq!(sentence("the port is\n taken"), "The port is taken.");
        assert_eq!(sentence("x.db exists already"), "x.db exists already.");
        assert_eq!(sentence("https://herning.example is no partner"), "https://herning.example is no partner.");
        assert_eq!(sentence("HAVEN_PUBLIC_URL: wrong"), "HAVEN_PUBLIC_URL: wrong.");
        assert_eq!(sentence("is it?"), "Is it?");
    }
}
