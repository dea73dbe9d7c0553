//! Whether somebody is on shift, by what a house declares, and how soon a worry is looked at. It says when nobody can be there;
//! it never says that a person is.

use std::time::Duration;

use crate::base::Timestamp;
use crate::db::{Conn, DbError};
use crate::features::groups::Hours;
use crate::federation::declaration::{self, Declaration};
use crate::web;

use super::store;

/// Minutes that a new house promises.
pub const INSTALLED: i64 = 30;
/// Least and most minutes that a house can promise.
pub const RANGE: std::ops::RangeInclusive<i64> = 5..=240;

/// Whether the declared hours cover this moment. Hours that say something else than days and a span do not say "nobody".
pub fn on_shift(declared: &Declaration, now: Timestamp) -> bool {
    let (day, minute) = web::day_and_minute(now);
    Hours::parse(&declared.hours).is_none_or(|hours| hours.covers(day, minute))
}

/// Whether this house says that somebody is there now.
pub async fn we_are_there(conn: &mut Conn, now: Timestamp) -> Result<bool, DbError> {
    Ok(on_shift(&declaration::ours(conn).await?, now))
}

/// Within which time a worry is looked at here, and after which one that was sent is "nobody on shift".
pub async fn promise(conn: &mut Conn) -> Result<Duration, DbError> {
    let minutes = store::promise(conn).await?.unwrap_or(INSTALLED).clamp(*RANGE.start(), *RANGE.end());
    Ok(Duration::from_mins(u64::try_from(minutes).unwrap_or(30)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_follow_the_clock_on_the_wall() {
        for (hours, at, there) in [
            // A Tuesday in winter: 10:00 on the wall.
            ("Mo-Fr 09:00-17:00", "2026-03-03T09:00:00Z", true),
            ("Mo-Fr 09:00-17:00", "2026-03-03T07:59:00Z", false),
            ("Mo-Fr 09:00-17:00", "2026-03-03T16:00:00Z", false),
            // In summer the wall is two hours ahead.
            ("Mo-Fr 09:00-17:00", "2026-06-30T07:00:00Z", true),
            // A Saturday.
            ("Mo-Fr 09:00-17:00", "2026-03-07T10:00:00Z", false),
            ("Sa 00:00-24:00", "2026-03-06T23:30:00Z", true),
            ("day and night", "2026-03-07T03:00:00Z", true),
        ] {
            let declared = Declaration { hours: hours.to_owned(), ..Declaration::installed() };
            assert_eq!(on_shift(&declared, Timestamp::parse_rfc3339(at).unwrap()), there, "{hours} {at}");
        }
    }
}
