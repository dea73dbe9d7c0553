//! What comes on standard input: passphrases and texts, which would otherwise stand in the list of processes and in the
//! history of a shell.

use std::io::{IsTerminal, Read, Write};

use haven::base::Sensitive;

use super::failure::Failure;

/// More than any text or passphrase can have.
const MOST: u64 = 1024 * 1024;

/// A passphrase: the first line, without its end.
///
/// # Errors
/// When there is none.
pub fn passphrase() -> Result<Sensitive<String>, Failure> {
    let mut input = std::io::stdin();
    let typed = if input.is_terminal() {
        // Shown while it is typed: a command line that hides it would need to change the terminal.
        drop(writeln!(std::io::stderr(), "Type the passphrase and press Enter:"));
        let mut line = String::new();
        input.read_line(&mut line)?;
        line
    } else {
        all(&mut input)?
    };
    let line = typed.lines().next().unwrap_or_default().to_owned();
    if line.is_empty() {
        return Err(Failure::new("the passphrase is read from standard input, and nothing came"));
    }
    Ok(Sensitive::new(line))
}

/// A text: everything.
///
/// # Errors
/// When there is none.
pub fn text() -> Result<Sensitive<String>, Failure> {
    let mut input = std::io::stdin();
    if input.is_terminal() {
        drop(writeln!(std::io::stderr(), "Type the text and end it with Ctrl-D:"));
    }
    let text = all(&mut input)?;
    if text.trim().is_empty() {
        return Err(Failure::new("the text is read from standard input, and nothing came"));
    }
    Ok(Sensitive::new(text))
}

fn all(input: &mut impl Read) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    input.take(MOST).read_to_end(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| Failure::new("standard input is not text in UTF-8"))
}
