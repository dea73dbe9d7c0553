//! How fast someone may try to sign in: a burst, then one attempt at a time. It slows a guesser down and never locks a
//! member out for good: the longest wait is one step of the pace. Addresses are kept only as a hash, and for an hour at most.

use std::net::IpAddr;
use std::time::Duration;

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;

/// A burst, then one attempt each `every`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Time that one attempt costs.
    pub every: Duration,
    /// Attempts that are free.
    pub burst: u32,
}

/// Wrong attempts on one name from everywhere: beyond ten, and one each five minutes, each new place has fewer.
pub const PER_NAME: Pace = Pace { every: Duration::from_mins(5), burst: 10 };
/// Wrong attempts on one name from one place, or from one known browser: ten, then one each five minutes.
pub const PER_PAIR: Pace = Pace { every: Duration::from_mins(5), burst: 10 };
/// The same while a name is guessed from many places: three, then one each quarter of an hour.
pub const PER_PAIR_BESIEGED: Pace = Pace { every: Duration::from_mins(15), burst: 3 };
/// Wrong attempts from one address: thirty, then one each ten seconds.
pub const PER_ADDRESS: Pace = Pace { every: Duration::from_secs(10), burst: 30 };
/// From this machine: a proxy that stands before everyone, so it is faster.
pub const PER_LOOPBACK: Pace = Pace { every: Duration::from_secs(2), burst: 60 };

impl Pace {
    /// Milliseconds of one step.
    pub fn step(&self) -> i64 {
        i64::try_from(self.every.as_millis()).unwrap_or(i64::MAX)
    }

    /// How far ahead of now the account of attempts may be for one more to be allowed.
    pub fn slack(&self) -> i64 {
        self.step().saturating_mul(i64::from(self.burst.saturating_sub(1)))
    }

    /// Whole seconds until the next attempt, when the attempts so far fill the time until `busy_until`; at least one.
    pub fn wait(&self, busy_until: i64, now: i64) -> u64 {
        let ahead = busy_until.saturating_sub(now).saturating_sub(self.slack());
        u64::try_from(ahead.saturating_add(999) / 1000).unwrap_or(0).max(1)
    }
}

/// What is counted: one name, one client address, one name from one place, one known browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Key of the row; says nothing by itself.
    pub key: String,
    /// How fast.
    pub pace: Pace,
}

impl Bucket {
    /// For attempts on a name, known or not.
    pub fn of_name(folded: &str) -> Self {
        Self { key: key("name", folded), pace: PER_NAME }
    }

    /// For attempts on a name from one place: a network of 256 IPv4 addresses, or the /48 of an IPv6 one, so that who has many
    /// addresses next to each other is one place. `besieged`: many places try this name.
    pub fn of_pair(folded: &str, address: Option<IpAddr>, besieged: bool) -> Self {
        let place = match address.map(|address| address.to_canonical()) {
            None => "unknown".to_owned(),
            Some(IpAddr::V4(four)) => four.octets()[..3].iter().map(u8::to_string).collect::<Vec<_>>().join("."),
            Some(IpAddr::V6(six)) => six.segments()[..3].iter().map(|s| format!("{s:x}")).collect::<Vec<_>>().join(":"),
        };
        Self { key: key("pair", &format!("{place} {folded}")), pace: if besieged { PER_PAIR_BESIEGED } else { PER_PAIR } }
    }

    /// For attempts from a browser that signed in to an account before.
    pub fn of_browser(hash: &str) -> Self {
        Self { key: key("browser", hash), pace: PER_PAIR }
    }

    /// For attempts of somebody who is signed in to say their present passphrase.
    pub fn of_change(account: &str) -> Self {
        Self { key: key("change", account), pace: PER_PAIR }
    }

    /// For attempts from an address: an IPv4 address, or the /64 of an IPv6 one. Unknown addresses share one.
    pub fn of_address(address: Option<IpAddr>) -> Self {
        let Some(address) = address.map(|a| a.to_canonical()) else {
            return Self { key: key("address", "unknown"), pace: PER_LOOPBACK };
        };
        let pace = if address.is_loopback() { PER_LOOPBACK } else { PER_ADDRESS };
        let text = match address {
            IpAddr::V4(four) => four.to_string(),
            IpAddr::V6(six) => six.segments()[..4].iter().map(|s| format!("{s:x}")).collect::<Vec<_>>().join(":"),
        };
        Self { key: key("address", &text), pace }
    }
}

fn key(kind: &str, text: &str) -> String {
    HEXLOWER.encode(&digest::digest(&digest::SHA256, format!("haven pace {kind} {text}").as_bytes()).as_ref()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_wait_is_one_step() {
        for pace in [PER_NAME, PER_PAIR, PER_PAIR_BESIEGED, PER_ADDRESS, PER_LOOPBACK] {
            let full = pace.step() * i64::from(pace.burst);
            assert_eq!(pace.wait(full, 0), pace.every.as_secs());
            assert_eq!(pace.wait(full, pace.step() - 1), 1);
        }
    }

    #[test]
    fn neighbours_in_one_house_share_and_others_do_not() {
        let of = |text: &str| Bucket::of_address(Some(text.parse().unwrap())).key;
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_ne!(Bucket::of_name("unknown").key, Bucket::of_address(None).key);
        assert!(!of("192.0.2.1").contains("192"));
    }

    #[test]
    fn one_network_is_one_place_for_one_name() {
        let of = |name: &str, text: &str| Bucket::of_pair(name, text.parse().ok(), false).key;
        assert_eq!(of("anna", "192.0.2.1"), of("anna", "192.0.2.254"));
        assert_eq!(of("anna", "2001:db8:1:2::1"), of("anna", "2001:db8:1:ffff::9"));
        assert_ne!(of("anna", "192.0.2.1"), of("anna", "192.0.3.1"));
        assert_ne!(of("anna", "192.0.2.1"), of("fern", "192.0.2.1"));
        assert_eq!(
            of("anna", "192.0.2.1"),
            Bucket::of_pair("anna", "192.0.2.7".parse().ok(), true).key,
            "one count, also when it is slower"
        );
    }
}
