//! How fast one partner may send: a burst, then a steady rate. Only what the partner signed counts against it; what somebody
//! sends in its name has a smaller budget of its own ([`Failures`]), so that nobody can use up what is the partner's. Who is over
//! is told to come later, and nobody else notices. Nothing here is stored, and nothing is about people.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use crate::base::{Id, Timestamp};

/// Partners that are counted at the same time; more than any house has.
const MOST: usize = 10_000;
/// Seconds of the steady rate that may come at once.
const BURST_SECONDS: i64 = 10;

/// A rate per second for each partner.
pub struct Quota {
    /// Microseconds that one request costs.
    cost: i64,
    /// For each partner, until when (microseconds) what it sent fills the time.
    busy_until: Mutex<HashMap<Id, i64>>,
}

impl Quota {
    /// So many requests each second in the long run; ten seconds' worth may come at once.
    pub fn per_second(rate: u32) -> Self {
        Self { cost: 1_000_000 / i64::from(rate.max(1)), busy_until: Mutex::default() }
    }

    /// Counts one request that this partner signed.
    ///
    /// # Errors
    /// When it is one too many: the seconds after which there is room again, at least one.
    pub fn count(&self, partner: &Id, now: Timestamp) -> Result<(), u64> {
        let now = micros(now);
        // A lock that broke must not keep a partner out.
        let Ok(mut busy_until) = self.busy_until.lock() else { return Ok(()) };
        if busy_until.len() >= MOST && !busy_until.contains_key(partner) {
            busy_until.retain(|_, until| *until > now);
            if busy_until.len() >= MOST {
                busy_until.clear();
            }
        }
        let until = busy_until.entry(partner.clone()).or_insert(now);
        *until = fill(until, self.cost, now)?;
        Ok(())
    }
}

fn micros(now: Timestamp) -> i64 {
    now.millis().saturating_mul(1000)
}

/// Until when a bucket is filled with one more in it; or, when it would run over, the seconds to wait.
fn fill(until: &mut i64, cost: i64, now: i64) -> Result<i64, u64> {
    let limit = BURST_SECONDS * 1_000_000;
    // Nothing counts further ahead than a burst: the clock went back, and what was counted before says nothing any more.
    *until = if *until > now + limit { now } else { (*until).max(now) };
    let next = *until + cost;
    let over = next - now - limit;
    if over > 0 { Err(u64::try_from(over.saturating_add(999_999) / 1_000_000).unwrap_or(1).max(1)) } else { Ok(next) }
}

/// Addresses whose wrong signatures are counted at the same time.
const MOST_ADDRESSES: usize = 4096;
/// How long an address is known after the partner signed from there, in microseconds: a day.
const KNOWN_FOR: i64 = 24 * 60 * 60 * 1_000_000;

/// Wrong signatures in the name of a partner: a budget for each address they come from, and one for all addresses together
/// from which that partner has not signed anything lately. When it is used up, nothing more in this name is looked at from
/// there until there is room again. What the partner sends from its own address is not touched by what others send from theirs;
/// where both share one (a proxy that is not named in the settings), the partner waits for seconds and tries again.
pub struct Failures {
    cost: i64,
    shared_cost: i64,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    addresses: HashMap<(Id, IpAddr), Address>,
    shared: HashMap<Id, i64>,
}

#[derive(Default)]
struct Address {
    busy_until: i64,
    known_until: i64,
}

impl Failures {
    /// For partners that may send so many requests each second: a fiftieth of that may be wrong from one address, a tenth from
    /// all unknown ones together; at least one each.
    pub fn per_second(rate: u32) -> Self {
        let cost = |rate: u32| 1_000_000 / i64::from(rate.max(1));
        Self { cost: cost(rate / 50), shared_cost: cost(rate / 10), kept: Mutex::default() }
    }

    /// Whether a request in the name of this partner is looked at. Counts nothing.
    ///
    /// # Errors
    /// When too many were wrong: the seconds after which there is room again, at least one.
    pub fn may_try(&self, partner: &Id, from: Option<IpAddr>, now: Timestamp) -> Result<(), u64> {
        let Ok(mut kept) = self.kept.lock() else { return Ok(()) };
        let (now, from) = (micros(now), network(from));
        if let Some(address) = kept.addresses.get_mut(&(partner.clone(), from)) {
            fill(&mut address.busy_until, self.cost, now)?;
            if address.is_known(now) {
                return Ok(());
            }
        }
        kept.shared.get_mut(partner).map_or(Ok(()), |until| fill(until, self.shared_cost, now).map(drop))
    }

    /// Whether the partner signed something from there within a day.
    pub fn knows(&self, partner: &Id, from: Option<IpAddr>, now: Timestamp) -> bool {
        let Ok(kept) = self.kept.lock() else { return false };
        kept.addresses.get(&(partner.clone(), network(from))).is_some_and(|address| address.is_known(micros(now)))
    }

    /// A signature in the name of this partner was wrong.
    pub fn wrong(&self, partner: &Id, from: Option<IpAddr>, now: Timestamp) {
        let Ok(mut kept) = self.kept.lock() else { return };
        let (now, from) = (micros(now), network(from));
        kept.make_room(now);
        let address = kept.addresses.entry((partner.clone(), from)).or_default();
        if let Ok(next) = fill(&mut address.busy_until, self.cost, now) {
            address.busy_until = next;
        }
        if !address.is_known(now) {
            let until = kept.shared.entry(partner.clone()).or_insert(now);
            if let Ok(next) = fill(until, self.shared_cost, now) {
                *until = next;
            }
        }
    }

    /// A signature of this partner was right: its address is known from now on.
    pub fn right(&self, partner: &Id, from: Option<IpAddr>, now: Timestamp) {
        let Ok(mut kept) = self.kept.lock() else { return };
        let (now, from) = (micros(now), network(from));
        kept.make_room(now);
        kept.addresses.entry((partner.clone(), from)).or_default().known_until = now.saturating_add(KNOWN_FOR);
    }
}

impl Address {
    const fn is_known(&self, now: i64) -> bool {
        self.known_until > now
    }
}

impl Kept {
    /// Forgets what counts no more; then unknown addresses, whose common budget still holds; then all.
    fn make_room(&mut self, now: i64) {
        if self.addresses.len() >= MOST_ADDRESSES {
            self.addresses.retain(|_, address| address.busy_until > now || address.is_known(now));
        }
        if self.addresses.len() >= MOST_ADDRESSES {
            self.addresses.retain(|_, address| address.is_known(now));
        }
        if self.addresses.len() >= MOST_ADDRESSES {
            self.addresses.clear();
        }
        if self.shared.len() >= MOST {
            self.shared.clear();
        }
    }
}

/// Whoever has an IPv6 network of their own has one address here; a request without an address is one more.
pub(in crate::federation) fn network(from: Option<IpAddr>) -> IpAddr {
    match from.map(|from| from.to_canonical()) {
        Some(IpAddr::V6(address)) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        Some(address) => address,
        None => IpAddr::from([0, 0, 0, 0]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;

    #[test]
    fn dos_08_a_burst_then_the_rate_and_each_partner_for_itself() {
        let quota = Quota::per_second(20);
        let (p, q) = (Id::random(&SystemChance), Id::random(&SystemChance));
        let at = |millis: i64| Timestamp::from_millis(1_000_000 + millis);
        let taken = (0..1000).filter(|_| quota.count(&p, at(0)).is_ok()).count();
        assert_eq!(taken, 200, "ten seconds' worth");
        assert_eq!(quota.count(&p, at(0)), Err(1));
        assert!(quota.count(&q, at(0)).is_ok(), "another partner does not notice");
        assert!(quota.count(&p, at(50)).is_ok() && quota.count(&p, at(50)).is_err());
        let later = (0..1000).filter(|_| quota.count(&p, at(1050)).is_ok()).count();
        assert_eq!(later, 20, "one second later, one second's worth");
        let rested = (0..1000).filter(|_| quota.count(&p, at(3_600_000)).is_ok()).count();
        assert_eq!(rested, 200, "not more than a burst, however long it was quiet");
        assert!(quota.count(&p, at(0)).is_ok(), "a clock that went back keeps nobody waiting (FLT-13)");
        let again = (0..1000).filter(|_| quota.count(&p, at(0)).is_ok()).count();
        assert_eq!(again, 199, "and opens no second burst at the same moment");
    }

    #[test]
    fn dos_07_wrong_signatures_use_up_their_own_budget_only() {
        let failures = Failures::per_second(500);
        let (p, q) = (Id::random(&SystemChance), Id::random(&SystemChance));
        let at = |millis: i64| Timestamp::from_millis(1_000_000_000 + millis);
        let ip = |last: u8| Some(IpAddr::from([192, 0, 2, last]));
        failures.right(&p, ip(1), at(0));
        assert!(failures.knows(&p, ip(1), at(0)) && !failures.knows(&p, ip(9), at(0)) && !failures.knows(&q, ip(1), at(0)));
        assert!(failures.knows(&p, ip(1), at(23 * 3_600_000)) && !failures.knows(&p, ip(1), at(24 * 3_600_000)));
        let looked_at = |from, now| {
            let looked = failures.may_try(&p, from, now).is_ok();
            if looked {
                failures.wrong(&p, from, now);
            }
            looked
        };
        let seen = (0..1000).filter(|_| looked_at(ip(9), at(0))).count();
        assert_eq!(seen, 100, "ten seconds' worth of a fiftieth");
        assert_eq!(failures.may_try(&p, ip(9), at(0)), Err(1));
        assert!(failures.may_try(&p, ip(1), at(0)).is_ok() && failures.may_try(&q, ip(9), at(0)).is_ok());
        assert!(failures.may_try(&p, ip(9), at(100)).is_ok(), "room comes back");
        // From many addresses: together a tenth; the one the partner signed from goes on.
        let seen: usize = (10..250).map(|last| (0..100).filter(|_| looked_at(ip(last), at(200))).count()).sum();
        assert!((300..=420).contains(&seen), "{seen}");
        assert!(failures.may_try(&p, ip(251), at(200)).is_err() && failures.may_try(&p, ip(1), at(200)).is_ok());
        // Behind one address with the flood, the partner waits for a moment, not for ever.
        let seen = (0..1000).filter(|_| looked_at(ip(1), at(200))).count();
        assert_eq!(seen, 100);
        assert!(failures.may_try(&p, ip(1), at(200)).is_err() && failures.may_try(&p, ip(1), at(400)).is_ok());
        let v6 = |text: &str| Some(text.parse().unwrap());
        assert_eq!(network(v6("2001:db8::1")), network(v6("2001:db8::ffff:1")));
        assert_ne!(network(v6("2001:db8::1")), network(v6("2001:db8:0:1::1")), "the next network is somebody else");
        assert_eq!(network(v6("::ffff:192.0.2.1")), IpAddr::from([192, 0, 2, 1]));
    }

    #[test]
    fn dos_22_addresses_are_bounded_and_the_known_one_stays() {
        let failures = Failures::per_second(5000);
        let p = Id::random(&SystemChance);
        let now = Timestamp::from_millis(1_000_000);
        failures.right(&p, Some(IpAddr::from([192, 0, 2, 1])), now);
        for number in 0..u32::try_from(MOST_ADDRESSES * 3).unwrap() {
            failures.wrong(&p, Some(IpAddr::from((0x0a00_0000 + number).to_be_bytes())), now);
        }
        assert!(failures.kept.lock().unwrap().addresses.len() <= MOST_ADDRESSES);
        assert!(failures.may_try(&p, Some(IpAddr::from([192, 0, 2, 1])), now).is_ok());
    }

    #[test]
    fn dos_22_whoever_is_quiet_makes_room_and_whoever_is_over_stays_counted() {
        // A millisecond each for an address, ten thousand at once; five in a millisecond for all together.
        let failures = Failures::per_second(50_000);
        let p = Id::random(&SystemChance);
        let (before, now) = (Timestamp::from_millis(1_000_000), Timestamp::from_millis(1_000_001));
        let from = Some(IpAddr::from([192, 0, 2, 9]));
        failures.wrong(&p, from, before);
        failures.wrong(&p, from, before);
        for number in 0..u32::try_from(MOST_ADDRESSES - 1).unwrap() {
            failures.wrong(&p, Some(IpAddr::from((0x0a00_0000 + number).to_be_bytes())), before);
        }
        let looked_at = || failures.may_try(&p, from, now).map(|()| failures.wrong(&p, from, now)).is_ok();
        let seen = (0..20_000).filter(|_| looked_at()).count();
        assert_eq!(seen, 9_999, "what is full forgets those whose time is over, and not the one that still has one to go");
        assert_eq!(failures.kept.lock().unwrap().addresses.len(), 1);
    }

    #[test]
    fn a_full_table_forgets_nobody_who_is_over() {
        let quota = Quota::per_second(1000);
        let (p, q) = (Id::random(&SystemChance), Id::random(&SystemChance));
        let at = |millis: i64| Timestamp::from_millis(1_000_000 + millis);
        assert_eq!((0..20_000).filter(|_| quota.count(&p, at(0)).is_ok()).count(), 10_000);
        for _ in 1..MOST {
            assert!(quota.count(&Id::random(&SystemChance), at(0)).is_ok());
        }
        assert_eq!(quota.count(&p, at(0)), Err(1), "it is in the full table, and counted there");
        // A millisecond later nobody else fills any time: they make room for who is new.
        assert!(quota.count(&q, at(1)).is_ok());
        assert_eq!(quota.busy_until.lock().unwrap().len(), 2);
        assert_eq!((0..10).filter(|_| quota.count(&p, at(1)).is_ok()).count(), 1, "a millisecond's worth");
    }

    #[test]
    fn the_table_does_not_grow_without_end() {
        let quota = Quota::per_second(5000);
        for _ in 0..MOST + 10 {
            assert!(quota.count(&Id::random(&SystemChance), Timestamp::from_millis(1)).is_ok());
        }
        assert!(quota.busy_until.lock().unwrap().len() <= MOST);
    }
}
