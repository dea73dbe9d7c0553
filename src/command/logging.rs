//! What the program tells about its own work, on standard error. Only our own modules speak, and they name counts, codes
//! and row ids; libraries stay silent at every level, since they would print addresses, headers and statements.

use std::io::Write;

use tracing_subscriber::filter::{EnvFilter, LevelFilter, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use super::failure::Failure;

/// Reads the setting `HAVEN_LOG`. A word alone is a level, or one of our modules: a mistyped level would silence everything.
///
/// # Errors
/// When it cannot be read.
pub fn read(filter: &str) -> Result<EnvFilter, Failure> {
    let wrong = || {
        let levels = "error, warn, info, debug, trace or off";
        Failure::new(format!(
            "HAVEN_LOG cannot be read: \"{filter}\"; write one of {levels}, or a module with one, such as haven::jobs=debug"
        ))
    };
    let known = |part: &str| {
        let ours = part == "haven" || part.starts_with("haven::");
        part.is_empty() || part.contains(['=', '[']) || ours || part.parse::<LevelFilter>().is_ok()
    };
    if !filter.split(',').map(str::trim).all(known) {
        return Err(wrong());
    }
    EnvFilter::try_new(filter).map_err(|_| wrong())
}

/// Begins to tell. `filter` is the setting `HAVEN_LOG`.
///
/// # Errors
/// When the setting cannot be read.
pub fn start(filter: &str) -> Result<(), Failure> {
    let wanted = read(filter)?;
    let ours = filter_fn(|event| event.target() == "haven" || event.target().starts_with("haven::"));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_filter(wanted).with_filter(ours);
    // A second start in one process keeps the first.
    drop(tracing_subscriber::registry().with(lines).try_init());
    std::panic::set_hook(Box::new(|panic| {
        // The message of a panic may hold what somebody wrote; where it happened says enough.
        let place = panic.location().map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
        drop(writeln!(std::io::stderr(), "A part of the program failed{place}; this is a mistake in Haven, please report it."));
    }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_level_is_told() {
        for good in ["info", "WARN", "off", "haven=debug", "info,haven::jobs=trace", "haven"] {
            assert!(read(good).is_ok(), "{good}");
        }
        for wrong in ["nonsense", "inof", "haven=[[", "info,debgu"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
