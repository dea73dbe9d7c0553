//! What is fuzzed and what must hold. Each target is a function from bytes to nothing that panics when a property of the
//! parser does not hold: what is printed reads back the same, what is accepted lies within the limits, HTML is inert and
//! bounded, and no input takes longer than [`PATIENCE`].

mod documents;
mod signatures;
mod small;
mod texts;

use std::time::{Duration, Instant};

/// Processor time that one input may take. The promise is 100 ms in a release (threats F3); counters and little optimisation
/// make a build for fuzzing several times slower, and one machine is three times slower than the next. What grows with the square of its
/// length takes many seconds at [`LARGE`].
const PATIENCE: Duration = Duration::from_millis(1500);
/// How large a repeated input becomes, in bytes.
const LARGE: usize = 50_000;

/// One parser with its properties.
pub struct Target {
    /// What it is called on the command line.
    pub name: &'static str,
    check: fn(&[u8]),
    /// Whether inputs are also repeated until they are large: where work could grow faster than the input.
    grows: bool,
}

const fn target(name: &'static str, check: fn(&[u8])) -> Target {
    Target { name, check, grows: false }
}

const fn growing(name: &'static str, check: fn(&[u8])) -> Target {
    Target { name, check, grows: true }
}

/// All targets.
pub const TARGETS: [Target; 24] = [
    growing("signature", signatures::read),
    target("signature_edit", signatures::edited),
    growing("activity", documents::activity),
    growing("object", documents::object),
    growing("actor", documents::actor),
    growing("collection", documents::collection),
    growing("discovery", documents::discovery),
    target("agreement", documents::agreement),
    target("key", documents::key),
    growing("html", texts::html),
    growing("markdown", texts::markdown),
    growing("stored", texts::stored),
    growing("post", texts::post),
    growing("line", texts::line),
    growing("rules", small::rules),
    growing("settings", small::settings),
    growing("import", small::import),
    target("names", small::names),
    target("dates", small::dates),
    target("addresses", small::addresses),
    target("networks", small::networks),
    growing("headers", small::headers),
    growing("form", small::form),
    growing("cells", small::cells),
];

/// The target of this name.
pub fn find(name: &str) -> Option<&'static Target> {
    static ALL: [Target; TARGETS.len()] = TARGETS;
    ALL.iter().find(|target| target.name == name)
}

/// All names, for a message.
pub fn names() -> String {
    TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(" ")
}

impl Target {
    /// Runs one input.
    pub fn run(&self, data: &[u8]) {
        let grown = if self.grows { grown(data) } else { None };
        let data = grown.as_deref().unwrap_or(data);
        let before = Instant::now();
        (self.check)(data);
        if before.elapsed() > PATIENCE {
            // The machine may have been busy with others: what counts is the processor time of another try.
            let before = processor_time();
            (self.check)(data);
            let took = processor_time().saturating_sub(before);
            assert!(took <= PATIENCE, "{} bytes took {took:?}", data.len());
        }
    }
}

/// An input that begins with 0xFF is a head, a part that is repeated until all is large, and a tail.
fn grown(data: &[u8]) -> Option<Vec<u8>> {
    let [0xFF, head, tail, rest @ ..] = data else { return None };
    let head = usize::from(*head).min(rest.len());
    let (head, rest) = rest.split_at(head);
    let tail = usize::from(*tail).min(rest.len());
    let (part, tail) = rest.split_at(rest.len() - tail);
    if part.is_empty() {
        return None;
    }
    let mut large = Vec::with_capacity(LARGE);
    large.extend_from_slice(head);
    while large.len() + part.len() + tail.len() <= LARGE {
        large.extend_from_slice(part);
    }
    large.extend_from_slice(tail);
    Some(large)
}

/// What this thread has used of a processor so far.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

/// The bytes as text; what is no text becomes its replacement sign.
fn text(data: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(data)
}

/// Defines the program of one target.
#[macro_export]
macro_rules! program {
    ($name:literal) => {
        libfuzzer_sys::fuzz_target!(|data: &[u8]| {
            static CHOSEN: std::sync::LazyLock<&'static $crate::Target> =
                std::sync::LazyLock::new(|| $crate::find($name).expect("the target is on the list"));
            CHOSEN.run(data)
        });
    };
}
