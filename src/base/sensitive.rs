//! A wrapper for what must never be printed: names, addresses, tokens, text of members.
//! It has no `Display` and no `Serialize`, and its `Debug` says only that something is there (design D10, threats R24).

use std::fmt;

/// A value that cannot reach a log line by accident.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// Wraps `value`.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for the one place that needs it. The name says what it does: a reviewer should see it.
    pub const fn reveal(&self) -> &T {
        &self.0
    }

    /// The value itself.
    pub fn into_revealed(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(kept back)")
    }
}

impl<T> From<T> for Sensitive<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_says_nothing() {
        assert_eq!(format!("{:?}", Sensitive::new("Fern")), "(kept back)");
    }
}
