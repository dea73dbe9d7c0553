//! What questions to partners are paid from, and what is remembered of them. Three things that have nothing to do with each
//! other: a partner's own budget; the small one for questions on the word of a request that nobody has proved yet; and what
//! was asked in vain. Nothing here is stored, nothing is about people, and every table has an end.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::FetchError;
use crate::base::{Id, Iri, Timestamp};
use crate::federation::quota::network;

/// Fetches that one partner can cause in [`WINDOW`] by what it signed, and members of this house by looking for its groups.
pub(super) const BUDGET: u32 = 64;
const WINDOW: Duration = Duration::from_mins(1);

/// Pays for questions, one each time.
pub trait Purse: Sync {
    /// Takes one question to this partner out of it. False when there is none left for now.
    fn pay(&self, partner: &Id, now: Timestamp) -> bool;
}

/// Counts fetches per partner.
#[derive(Debug, Default)]
pub struct Budget(Mutex<HashMap<Id, (Timestamp, u32)>>);

impl Budget {
    /// Takes one fetch from the partner's budget.
    pub fn take(&self, partner: &Id, now: Timestamp) -> bool {
        let Ok(mut counts) = self.0.lock() else { return false };
        let count = counts.entry(partner.clone()).or_insert((now, 0));
        if now.since(count.0) > WINDOW || now < count.0 {
            *count = (now, 0);
        }
        count.1 += 1;
        count.1 <= BUDGET
    }
}

impl Purse for Budget {
    fn pay(&self, partner: &Id, now: Timestamp) -> bool {
        self.take(partner, now)
    }
}

/// The purse of one activity: the partner's own budget, and never more than this over all tries of the activity (threats
/// `N_FETCH`, SSR-19).
pub struct ForOne<'a> {
    budget: &'a Budget,
    left: AtomicUsize,
}

impl<'a> ForOne<'a> {
    /// With so many questions left.
    pub const fn new(budget: &'a Budget, left: usize) -> Self {
        Self { budget, left: AtomicUsize::new(left) }
    }

    /// How many questions are left.
    pub fn left(&self) -> usize {
        self.left.load(Ordering::Relaxed)
    }
}

impl Purse for ForOne<'_> {
    fn pay(&self, partner: &Id, now: Timestamp) -> bool {
        let left = self.left();
        let paid = left > 0 && self.budget.take(partner, now);
        self.left.store(left - usize::from(paid), Ordering::Relaxed);
        paid
    }
}

/// Questions within any minute on the word of unproved requests in the name of one partner (threats `N_FETCH`, SIG-15).
const IN_DOUBT: usize = 8;
/// Of these, all that come from networks the partner has not signed from lately: its own always has two left.
const FROM_UNKNOWN: usize = 6;
/// And those from one such network.
const FROM_ONE: usize = 4;

/// Questions about keys that somebody caused whose signature could not be checked before. Anybody can write a partner's name
/// into a request, so these have a budget of their own, for each partner and for each network they come from; what turns out
/// to be signed by the partner is given back and counts as the partner's own.
#[derive(Debug, Default)]
pub struct Doubts(Mutex<HashMap<Id, Vec<Asked>>>);

#[derive(Clone, Copy, Debug)]
struct Asked {
    at: Timestamp,
    from: IpAddr,
    known: bool,
}

impl Doubts {
    fn take(&self, partner: &Id, from: IpAddr, known: bool, now: Timestamp) -> bool {
        let Ok(mut all) = self.0.lock() else { return false };
        let asked = all.entry(partner.clone()).or_default();
        asked.retain(|one| one.at <= now && now.since(one.at) < WINDOW);
        let unknown = asked.iter().filter(|one| !one.known).count();
        let same = asked.iter().filter(|one| one.from == from).count();
        let room = asked.len() < IN_DOUBT && (known || (unknown < FROM_UNKNOWN && same < FROM_ONE));
        if room {
            asked.push(Asked { at: now, from, known });
        }
        room
    }

    fn give_back(&self, partner: &Id, from: IpAddr) {
        let Ok(mut all) = self.0.lock() else { return };
        let Some(asked) = all.get_mut(partner) else { return };
        if let Some(last) = asked.iter().rposition(|one| one.from == from) {
            asked.remove(last);
        }
    }
}

/// The purse of one unproved request.
pub struct InDoubt<'a> {
    doubts: &'a Doubts,
    from: IpAddr,
    known: bool,
    paid: AtomicUsize,
}

impl<'a> InDoubt<'a> {
    /// For a request from there. `known` when the partner signed something from that network lately.
    pub fn new(doubts: &'a Doubts, from: Option<IpAddr>, known: bool) -> Self {
        Self { doubts, from: network(from), known, paid: AtomicUsize::new(0) }
    }

    /// The request was the partner's: its questions count as the partner's own, and make room for others.
    pub fn proved(&self, partner: &Id, own: &Budget, now: Timestamp) {
        for _ in 0..self.paid.swap(0, Ordering::Relaxed) {
            self.doubts.give_back(partner, self.from);
            own.take(partner, now);
        }
    }
}

impl Purse for InDoubt<'_> {
    fn pay(&self, partner: &Id, now: Timestamp) -> bool {
        let paid = self.doubts.take(partner, self.from, self.known, now);
        self.paid.fetch_add(usize::from(paid), Ordering::Relaxed);
        paid
    }
}

/// How long a key that is not there is not asked for again.
const NOT_THERE: Duration = Duration::from_mins(3);
/// The same for one that could not be had just now.
const NOT_NOW: Duration = Duration::from_secs(10);
/// Keys of whom that is remembered; more than eight a minute for each partner there cannot be.
const KEPT: usize = 10_000;

/// Keys that were asked for in vain. Looked at only for keys that are not stored: whatever else brings a key, it is found
/// first, and nothing here stands in its way.
#[derive(Debug, Default)]
pub struct InVain(Mutex<HashMap<(Id, String), (Timestamp, Duration)>>);

impl InVain {
    /// Whether this key was asked for a short while ago and not found.
    pub fn holds(&self, partner: &Id, key: &Iri, now: Timestamp) -> bool {
        let Ok(kept) = self.0.lock() else { return false };
        kept.get(&(partner.clone(), key.to_string())).is_some_and(|remembered| is_fresh(*remembered, now))
    }

    /// Remembers that it was not found. A document that was wrong is not remembered: the rightful one works at once (SIG-13).
    pub fn note(&self, partner: &Id, key: &Iri, error: &FetchError, now: Timestamp) {
        let wait = match error {
            FetchError::Transport(_) | FetchError::Status(408 | 429 | 500..) => NOT_NOW,
            FetchError::Status(_) => NOT_THERE,
            FetchError::OtherOrigin | FetchError::Budget | FetchError::Document(_) | FetchError::NoKey => return,
        };
        let Ok(mut kept) = self.0.lock() else { return };
        kept.retain(|_, remembered| is_fresh(*remembered, now));
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert((partner.clone(), key.to_string()), (now, wait));
    }

    /// Forgets it: the key was learned.
    pub fn forget(&self, partner: &Id, key: &str) {
        if let Ok(mut kept) = self.0.lock() {
            kept.remove(&(partner.clone(), key.to_owned()));
        }
    }
}

fn is_fresh((at, wait): (Timestamp, Duration), now: Timestamp) -> bool {
    at <= now && now.since(at) < wait
}

/// How long a known key that says no is not asked for again.
const RECHECK: Duration = Duration::from_mins(1);
/// Actors of whom that is remembered; what is forgotten is asked once more, within the budget.
const RECHECKS_KEPT: usize = 10_000;

/// When each known actor was last asked for a changed key: anybody can send a wrong signature under a name, so that a
/// wrong one may cause one question a minute and no more (threats DOS-07, SIG-14).
#[derive(Debug, Default)]
pub struct Rechecks(Mutex<HashMap<Id, Timestamp>>);

impl Rechecks {
    /// Whether this actor may be asked again now.
    pub fn take(&self, actor: &Id, now: Timestamp) -> bool {
        let Ok(mut asked) = self.0.lock() else { return false };
        if asked.get(actor).is_some_and(|at| *at <= now && now.since(*at) < RECHECK) {
            return false;
        }
        if asked.len() >= RECHECKS_KEPT {
            asked.clear();
        }
        asked.insert(actor.clone(), now);
        true
    }

    /// It could not be asked after all.
    pub fn give_back(&self, actor: &Id) {
        if let Ok(mut asked) = self.0.lock() {
            asked.remove(actor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;
    use crate::federation::dialer::TransportError;

    const NOW: Timestamp = Timestamp::from_seconds(1_772_366_400);

    fn after(seconds: u64) -> Timestamp {
        NOW.plus(Duration::from_secs(seconds))
    }

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn a_known_key_is_asked_for_once_a_minute() {
        let rechecks = Rechecks::default();
        let (eve, frank) = (Id::random(&SystemChance), Id::random(&SystemChance));
        for (actor, seconds, expected) in [(&eve, 0, true), (&eve, 59, false), (&frank, 59, true), (&eve, 60, true), (&eve, 30, true)] {
            assert_eq!(rechecks.take(actor, after(seconds)), expected, "after {seconds} s");
        }
        rechecks.give_back(&eve);
        assert!(rechecks.take(&eve, after(31)), "what could not be asked does not count");
    }

    #[test]
    fn sig_15_a_partner_causes_so_many_fetches_in_a_minute() {
        let (budget, partner, other) = (Budget::default(), Id::random(&SystemChance), Id::random(&SystemChance));
        assert!((0..BUDGET).all(|_| budget.take(&partner, NOW)));
        assert!(!budget.take(&partner, NOW) && !budget.take(&partner, after(60)), "a minute is not over before its end");
        assert!(budget.take(&other, NOW), "a partner uses its own only");
        assert!(budget.take(&partner, after(61)));
        assert!(budget.take(&partner, NOW), "a clock that went back begins anew");
    }

    #[test]
    fn sig_15_whoever_uses_a_name_causes_eight_in_any_minute() {
        let (doubts, partner, other) = (Doubts::default(), Id::random(&SystemChance), Id::random(&SystemChance));
        let ask = |partner: &Id, from, known, now| InDoubt::new(&doubts, Some(ip(from)), known).pay(partner, now);
        let many = |from, known, now| (0..100).filter(|_| ask(&partner, from, known, now)).count();
        assert_eq!(many(9, false, NOW), FROM_ONE, "from one network");
        assert_eq!((10..100).map(|from| many(from, false, NOW)).sum::<usize>(), FROM_UNKNOWN - FROM_ONE, "from all strange ones together");
        assert!(ask(&other, 9, false, NOW), "in another name");
        assert_eq!(many(1, true, after(1)), IN_DOUBT - FROM_UNKNOWN, "the partner's own network always has some left");
        assert_eq!(many(9, false, after(59)) + many(1, true, after(59)), 0);
        assert_eq!(many(1, true, after(60)), FROM_UNKNOWN, "as many as are a minute old come back, and no more");
        assert_eq!(many(1, true, after(61)), IN_DOUBT - FROM_UNKNOWN);
        assert_eq!(many(1, true, NOW), IN_DOUBT, "a clock that went back begins anew");
    }

    #[test]
    fn what_the_partner_signed_is_given_back_and_counts_as_its_own() {
        let (doubts, own, partner) = (Doubts::default(), Budget::default(), Id::random(&SystemChance));
        for asked in 0..BUDGET {
            let purse = InDoubt::new(&doubts, Some(ip(1)), false);
            assert!(purse.pay(&partner, NOW), "{asked}");
            purse.proved(&partner, &own, NOW);
        }
        assert!(!own.take(&partner, NOW), "what it causes has an end of its own");
        let wrong: Vec<bool> = (0..5).map(|_| InDoubt::new(&doubts, Some(ip(1)), false).pay(&partner, NOW)).collect();
        assert_eq!(wrong, [true, true, true, true, false], "and what is not proved has not come back");
    }

    #[test]
    fn sig_15_what_was_asked_in_vain_is_remembered_for_a_while() {
        let (vain, partner, other) = (InVain::default(), Id::random(&SystemChance), Id::random(&SystemChance));
        let key = |name: &str| Iri::parse(&format!("https://p.test/p/{name}#main-key")).unwrap();
        for (name, error, seconds) in [
            ("none", FetchError::Status(404), 180),
            ("gone", FetchError::Status(410), 180),
            ("down", FetchError::Transport(TransportError::Connect), 10),
            ("ill", FetchError::Status(500), 10),
            ("asked", FetchError::Status(429), 10),
            ("other", FetchError::Document("other-id"), 0),
            ("unpaid", FetchError::Budget, 0),
            ("ours", FetchError::NoKey, 0),
        ] {
            vain.note(&partner, &key(name), &error, NOW);
            assert_eq!(vain.holds(&partner, &key(name), NOW), seconds > 0, "{name}");
            assert!(seconds == 0 || vain.holds(&partner, &key(name), after(seconds - 1)), "{name}");
            assert!(!vain.holds(&partner, &key(name), after(seconds)), "{name}");
        }
        assert!(!vain.holds(&other, &key("none"), NOW) && !vain.holds(&partner, &key("new"), NOW));
        assert!(!vain.holds(&partner, &key("none"), NOW.minus(Duration::from_secs(1))), "a clock that went back asks again");
        vain.forget(&partner, key("none").as_str());
        assert!(!vain.holds(&partner, &key("none"), NOW));
        for number in 0..50 {
            vain.note(&partner, &key(&number.to_string()), &FetchError::Status(404), NOW);
        }
        assert!(vain.0.lock().unwrap().len() > 50);
        vain.note(&partner, &key("later"), &FetchError::Status(404), after(180));
        assert_eq!(vain.0.lock().unwrap().len(), 1, "what is over is not kept");
    }
}
