//! What partners were refused, counted until it is written into the audit log: a row for the first of each kind, and one row at
//! the end of the hour that says how many more there were. However much comes in, a partner costs a few rows an hour and no
//! unit of work of its own (threats §1.3 DENY). What the partner signed and what only bears its name are counted apart, so that
//! noise in its name does not hide what it did. Strangers never get here. What was counted and not written yet is lost when the
//! process dies, and nothing else is.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::audit::{self, Access, By, Event, What};
use crate::base::{Id, Timestamp};
use crate::db::{DbError, Tx};

/// Kinds of refusals of one partner that get a row of their own in an hour, signed and claimed ones each; what is beyond them
/// is only counted.
const KINDS_AN_HOUR: usize = 8;
/// Partners that are counted at the same time; more than any house has.
const MOST: usize = 10_000;
/// Rows that wait to be written at most, should the database be away.
const MOST_WAITING: usize = 10_000;
const HOUR: i64 = 60 * 60 * 1000;

/// How far a request had come when it was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// Somebody used the partner's name; whether it was the partner is not known.
    Claimed,
    /// The partner's signature was right.
    Signed,
}

/// A refusal, as a word for its kind and a code. Never content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// `signature`, `malformed`, `forbidden`, `rate`, or `effect` for what was taken in and then refused.
    pub kind: &'static str,
    /// The reason.
    pub code: &'static str,
    /// How far it had come.
    pub proof: Proof,
}

/// A row to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::federation) struct Row {
    partner: Id,
    proof: Proof,
    at: Timestamp,
    said: Said,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    First(Refused),
    More(u64),
}

struct Hour {
    began: i64,
    seen: Vec<Refused>,
    more: u64,
}

#[derive(Default)]
struct Counted {
    hours: HashMap<(Id, Proof), Hour>,
    waiting: Vec<Row>,
}

/// See the module.
#[derive(Default)]
pub(in crate::federation) struct Refusals(Mutex<Counted>);

impl Refusals {
    /// Counts a refusal in the name of this partner.
    pub fn note(&self, partner: &Id, refused: Refused, now: Timestamp) {
        let Ok(mut counted) = self.0.lock() else { return };
        let Counted { hours, waiting } = &mut *counted;
        let whose = (partner.clone(), refused.proof);
        if hours.len() >= MOST && !hours.contains_key(&whose) {
            return;
        }
        let began = now.millis().div_euclid(HOUR);
        let hour = hours.entry(whose.clone()).or_insert(Hour { began, seen: Vec::new(), more: 0 });
        if hour.began != began {
            close(&whose, hour, waiting);
            *hour = Hour { began, seen: Vec::new(), more: 0 };
        }
        if hour.seen.contains(&refused) || hour.seen.len() >= KINDS_AN_HOUR || waiting.len() >= MOST_WAITING {
            hour.more += 1;
        } else {
            hour.seen.push(refused);
            waiting.push(Row { partner: partner.clone(), proof: refused.proof, at: now, said: Said::First(refused) });
        }
    }

    /// What is to be written now: first ones, and the sums of hours that are over.
    pub fn due(&self, now: Timestamp) -> Vec<Row> {
        let Ok(mut counted) = self.0.lock() else { return Vec::new() };
        let Counted { hours, waiting } = &mut *counted;
        let began = now.millis().div_euclid(HOUR);
        hours.retain(|whose, hour| {
            let over = hour.began != began;
            if over {
                close(whose, hour, waiting);
            }
            !over
        });
        // In one order, whatever the order of the table: two runs of one story write the same log.
        waiting.sort_by(|a, b| (a.at, &a.partner, a.proof).cmp(&(b.at, &b.partner, b.proof)));
        std::mem::take(waiting)
    }

    /// Rows that could not be written wait for the next round.
    pub fn again(&self, rows: Vec<Row>) {
        let Ok(mut counted) = self.0.lock() else { return };
        let room = MOST_WAITING.saturating_sub(counted.waiting.len());
        counted.waiting.extend(rows.into_iter().take(room));
    }
}

fn close((partner, proof): &(Id, Proof), hour: &Hour, waiting: &mut Vec<Row>) {
    if hour.more > 0 && waiting.len() < MOST_WAITING {
        let end = Timestamp::from_millis((hour.began + 1).saturating_mul(HOUR));
        waiting.push(Row { partner: partner.clone(), proof: *proof, at: end, said: Said::More(hour.more) });
    }
}

/// Writes rows into the audit log.
pub(in crate::federation) async fn write(tx: &mut Tx, rows: &[Row]) -> Result<(), DbError> {
    for row in rows {
        let role = if row.proof == Proof::Signed { "partner" } else { "unproven" };
        let words = match row.said {
            Said::First(Refused { kind, code, .. }) => format!("{kind} {code}"),
            Said::More(count) => format!("more {count}"),
        };
        let partner = row.partner.as_str();
        let event = Event {
            at: row.at,
            what: What::Refused,
            done: false,
            by: By { user: partner, role, responsible: "", access: Access::Partner },
            purpose: "safety",
            object: ("partner", partner),
            client: "",
            ground: "",
            words: &words,
        };
        audit::record(tx, &event).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;

    fn wrong(code: &'static str) -> Refused {
        Refused { kind: "signature", code, proof: Proof::Claimed }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_770_000_000 / 3600 * 3600 + seconds)
    }

    #[test]
    fn a_flood_costs_a_few_rows_an_hour() {
        let refusals = Refusals::default();
        let (p, q) = (Id::random(&SystemChance), Id::random(&SystemChance));
        for _ in 0..10_000 {
            refusals.note(&p, wrong("bad-signature"), at(1));
        }
        refusals.note(&q, wrong("bad-signature"), at(2));
        let rows = refusals.due(at(3));
        let first =
            |partner: &Id, at| Row { partner: partner.clone(), proof: Proof::Claimed, at, said: Said::First(wrong("bad-signature")) };
        assert_eq!(rows, [first(&p, at(1)), first(&q, at(2))], "the first at once");
        assert_eq!(refusals.due(at(4)), [], "and no more in this hour");
        for code in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"] {
            refusals.note(&p, wrong(code), at(5));
        }
        assert_eq!(refusals.due(at(6)).len(), KINDS_AN_HOUR - 1, "kinds are bounded too");
        let signed = Refused { kind: "effect", code: "other-group", proof: Proof::Signed };
        refusals.note(&p, signed, at(7));
        assert_eq!(refusals.due(at(8)).len(), 1, "noise in its name does not hide what a partner signed");
        let rows = refusals.due(at(3600));
        assert_eq!(
            rows,
            [Row { partner: p.clone(), proof: Proof::Claimed, at: at(3600), said: Said::More(9_999 + 4) }],
            "the sum when the hour is over"
        );
        assert_eq!(refusals.due(at(7200)), [], "nothing is said twice");
        refusals.note(&p, wrong("bad-signature"), at(7201));
        assert_eq!(refusals.due(at(7201)), [first(&p, at(7201))], "a new hour begins anew");
    }

    #[test]
    fn an_hour_that_ends_under_way_is_summed_as_well() {
        let refusals = Refusals::default();
        let p = Id::random(&SystemChance);
        refusals.note(&p, wrong("a"), at(3598));
        refusals.note(&p, wrong("a"), at(3599));
        refusals.note(&p, wrong("a"), at(3601));
        let said: Vec<Said> = refusals.due(at(3602)).into_iter().map(|row| row.said).collect();
        assert_eq!(said, [Said::First(wrong("a")), Said::More(1), Said::First(wrong("a"))]);
        refusals.again(vec![Row { partner: p.clone(), proof: Proof::Claimed, at: at(1), said: Said::More(3) }]);
        assert_eq!(refusals.due(at(3602)).len(), 1, "what could not be written is kept");
    }

    #[test]
    fn what_waits_is_bounded() {
        let refusals = Refusals::default();
        for _ in 0..MOST + 10 {
            refusals.note(&Id::random(&SystemChance), wrong("a"), at(1));
        }
        assert!(refusals.due(at(2)).len() <= MOST);
    }
}
