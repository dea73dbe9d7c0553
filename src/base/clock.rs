//! Time as a value that is passed in. Nothing else in the crate may ask the machine what time it is
//! (`clippy.toml` refuses it), so that tests and the simulation set the hour themselves.

use std::fmt;
use std::time::Duration;

/// The first moment that RFC 3339 can write, in milliseconds.
const YEAR_ZERO: i64 = -62_167_219_200_000;

/// Milliseconds since 1970-01-01T00:00:00Z. The only form of time in the database and in rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The beginning of 1970.
    pub const EPOCH: Self = Self(0);

    /// From milliseconds since the epoch, as stored.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From whole seconds since the epoch, as in `created` of RFC 9421.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the epoch, for storing.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The beginning of its day (UTC).
    #[must_use]
    pub const fn day(self) -> Self {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        Self(self.0.div_euclid(DAY) * DAY)
    }

    /// This moment, or one millisecond after `last` where the clock stood still or went back: of two versions the later one is newer.
    #[must_use]
    pub fn later_than(self, last: Self) -> Self {
        Self(self.0.max(last.0.saturating_add(1)))
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Later by `by`; saturates.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Earlier by `by`; saturates.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero when it is before.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// RFC 3339 in UTC with milliseconds, as ActivityStreams dates are written.
    pub fn rfc3339(self) -> String {
        self.civil().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    }

    /// Reads an RFC 3339 date. A missing zone is UTC and missing seconds are zero (protocol.md §1); anything else, also a year before 0000,
    /// is `None`.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > 64 {
            return None;
        }
        let at = match text.parse::<jiff::Timestamp>() {
            Ok(at) => at,
            Err(_) => text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp(),
        };
        (at.as_millisecond() >= YEAR_ZERO).then(|| Self(at.as_millisecond()))
    }

    /// The date of an HTTP header (`Sun, 06 Nov 1994 08:49:37 GMT`), whole seconds.
    pub fn http_date(self) -> String {
        self.civil().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Reads the date of an HTTP header; `None` when it is not one of the three forms of RFC 9110.
    pub fn parse_http_date(text: &str) -> Option<Self> {
        let at = httpdate::parse_http_date(text).ok()?;
        let since = at.duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_millis()).ok().map(Self)
    }

    /// As a date and time in UTC, for pages to format.
    pub fn civil(self) -> jiff::Zoned {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_zoned(jiff::tz::TimeZone::UTC)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// Where "now" comes from.
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_and_a_version_is_later_than_the_one_before() {
        let at = Timestamp::parse_rfc3339("2026-03-03T23:59:59Z").unwrap();
        assert_eq!(at.day().rfc3339(), "2026-03-03T00:00:00.000Z");
        assert_eq!(at.day().day(), at.day());
        let moment = Timestamp::from_millis;
        for (now, last, next) in [(10, 5, 10), (10, 10, 11), (1, 10, 11)] {
            assert_eq!(moment(now).later_than(moment(last)), moment(next));
        }
    }

    #[test]
    fn dates_are_read_with_and_without_zone_and_seconds() {
        let expected = Timestamp::from_millis(1_772_366_400_000);
        for text in ["2026-03-01T12:00:00Z", "2026-03-01T13:00:00+01:00", "2026-03-01T12:00:00", "2026-03-01T12:00Z", "2026-03-01T12:00"] {
            assert_eq!(Timestamp::parse_rfc3339(text), Some(expected), "{text}");
        }
        assert_eq!(Timestamp::parse_rfc3339("0000-01-01T00:00:00Z").map(Timestamp::rfc3339).as_deref(), Some("0000-01-01T00:00:00.000Z"));
        for text in ["", "yesterday", "2026-13-01T00:00:00Z", "1772366400", "-000001-01-01T00:00:00Z", "0000-01-01T00:00:00+01:00"] {
            assert_eq!(Timestamp::parse_rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn dates_survive_both_spellings() {
        let at = Timestamp::from_millis(1_772_366_400_000);
        assert_eq!(at.rfc3339(), "2026-03-01T12:00:00.000Z");
        assert_eq!(at.http_date(), "Sun, 01 Mar 2026 12:00:00 GMT");
        assert_eq!(Timestamp::parse_http_date(&at.http_date()), Some(at));
        assert_eq!(Timestamp::parse_rfc3339(&at.rfc3339()), Some(at));
    }
}
