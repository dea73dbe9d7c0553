//! The test of a partner: a post, an edit and an erasure that no person sees go the real way, and each receipt must name
//! what the other side then held. Plain values and pure rules; sending and keeping are elsewhere.

use std::time::Duration;

use crate::base::{Iri, Timestamp};

use super::agreement::sha256;

/// What a receipt of an erasure says.
pub const GONE: &str = "gone";
/// After this long without a receipt a test counts as failed.
const PATIENCE: Duration = Duration::from_mins(10);
/// How often a partner is tested.
pub const EVERY: Duration = Duration::from_hours(24);

/// A step of the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The post.
    Post,
    /// Its edit.
    Edit,
    /// Its erasure.
    Erase,
}

impl Step {
    /// As stored and printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Edit => "edit",
            Self::Erase => "erase",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Post, Self::Edit, Self::Erase].into_iter().find(|step| step.as_str() == text)
    }
}

/// A test that runs or ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// When it began.
    pub started_at: Timestamp,
    /// The three activities.
    pub sent: [Iri; 3],
    /// What the receipts of the first two must name.
    pub digests: [String; 2],
    /// When each receipt came.
    pub receipts: [Option<Timestamp>; 3],
    /// A step that was answered wrongly.
    pub failed: Option<Step>,
    /// The last good end, of this test or an earlier one.
    pub good_at: Option<Timestamp>,
}

/// How a test stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// All receipts came and were right.
    Good,
    /// It runs.
    Running,
    /// No right receipt for this step.
    Failed(Step),
}

impl Test {
    /// How it stands now.
    pub fn standing(&self, now: Timestamp) -> Standing {
        let missing = [Step::Post, Step::Edit, Step::Erase].into_iter().zip(&self.receipts).find(|(_, at)| at.is_none());
        match (self.failed, missing) {
            (Some(step), _) => Standing::Failed(step),
            (None, None) => Standing::Good,
            (None, Some((step, _))) if now.since(self.started_at) > PATIENCE => Standing::Failed(step),
            (None, Some(_)) => Standing::Running,
        }
    }

    /// Takes a receipt. A second one for the same step changes nothing; one that names something else fails the test.
    pub fn receive(&mut self, answered: &Iri, named: &str, now: Timestamp) -> Option<Step> {
        let at = self.sent.iter().position(|sent| sent == answered)?;
        let (step, expected) = match at {
            0 => (Step::Post, self.digests[0].as_str()),
            1 => (Step::Edit, self.digests[1].as_str()),
            _ => (Step::Erase, GONE),
        };
        if named == expected {
            self.receipts[at].get_or_insert(now);
            if self.receipts.iter().all(Option::is_some) && self.failed.is_none() {
                self.good_at = Some(now);
            }
        } else if self.receipts[at].is_none() {
            self.failed.get_or_insert(step);
        }
        Some(step)
    }
}

/// What a receipt names for a text.
pub fn digest(text: &str) -> String {
    sha256(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test() -> Test {
        let iri = |n| Iri::parse(&format!("https://a.example/a/{n}")).unwrap();
        Test {
            started_at: Timestamp::EPOCH,
            sent: [iri(1), iri(2), iri(3)],
            digests: [digest("one"), digest("two")],
            receipts: [None; 3],
            failed: None,
            good_at: None,
        }
    }

    #[test]
    fn only_a_full_set_of_right_receipts_is_good() {
        let now = Timestamp::from_seconds(1);
        let late = Timestamp::from_seconds(3_600);
        let mut good = test();
        let sent = good.sent.clone();
        assert_eq!(good.standing(now), Standing::Running);
        good.receive(&sent[0], &digest("one"), now);
        good.receive(&sent[2], GONE, now);
        assert_eq!(good.standing(late), Standing::Failed(Step::Edit));
        good.receive(&sent[1], &digest("two"), now);
        good.receive(&sent[1], "a second answer", now);
        assert_eq!((good.standing(late), good.good_at), (Standing::Good, Some(now)));

        let mut wrong = test();
        wrong.receive(&sent[0], &digest("one"), now);
        wrong.receive(&sent[1], &digest("one"), now);
        wrong.receive(&sent[2], GONE, now);
        assert_eq!((wrong.standing(now), wrong.good_at), (Standing::Failed(Step::Edit), None));
        assert_eq!(wrong.receive(&Iri::parse("https://a.example/a/9").unwrap(), GONE, now), None);
    }
}
