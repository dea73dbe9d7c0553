//! Which rows of the inbox are taken next: of every partner that has something due a fair share, each partner's rows in the
//! order in which they came. What one partner's rows wait for, and how many there are of them, is nobody else's matter
//! (threats R14). Nothing is handled here.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use crate::base::{Id, Iri, Origin, Timestamp};
use crate::db::{Conn, DbError};
use crate::federation::activity::{self, Embedded};
use crate::federation::keys::KeyPair;

use super::Verified;
use crate::federation::activity::Activity;

/// Rows handled in one unit of work.
const BATCH: usize = 64;
/// The same while requests come in, so that they need not wait long for the one writer.
const SMALL_BATCH: usize = 8;

/// A stored row that is due.
pub struct Due {
    pub(super) seq: i64,
    pub(super) partner: Id,
    pub(super) actor: Id,
    pub(super) received_at: Timestamp,
    pub(super) attempts: i64,
    /// Questions to the partner that this activity has caused.
    pub fetches: i64,
    /// The activity, parsed again from what was verified and stored.
    pub activity: Verified<Activity>,
    /// A key for a guest persona, made before the unit of work.
    pub fresh_key: Option<KeyPair>,
    /// Somebody it speaks of could not be read from the partner just now.
    pub unresolved: bool,
}

impl Due {
    /// Its number.
    pub const fn seq(&self) -> i64 {
        self.seq
    }

    /// The partner it came from.
    pub const fn partner(&self) -> &Id {
        &self.partner
    }

    /// Actors of other instances that the sentence speaks of besides its own: they should be known before it is handled.
    pub fn mentioned_actors(&self, own: &Origin) -> Vec<Iri> {
        let mut found = Vec::new();
        if let Some(Embedded::Activity(inner)) = &self.activity.object {
            found.push(inner.actor.clone());
            if let Some(Embedded::Object(object)) = &inner.object {
                found.extend(object.attributed_to.clone());
            }
        }
        found.retain(|uri| uri.origin() != *own);
        found.dedup();
        found
    }
}

/// Whose turn comes next, and whose rows rest while something slow is done for them. In memory: nobody is promised anything by it.
#[derive(Default)]
pub struct Turns {
    /// The partner that was served last.
    last: Mutex<Option<Id>>,
    aside: Mutex<HashSet<Id>>,
}

/// A partner's rows rest as long as this is held.
pub struct Aside {
    turns: Arc<Turns>,
    partner: Id,
}

impl Turns {
    /// Lets this partner's rows rest. `None` when they rest already.
    pub fn put_aside(self: &Arc<Self>, partner: &Id) -> Option<Aside> {
        let fresh = self.aside.lock().is_ok_and(|mut aside| aside.insert(partner.clone()));
        fresh.then(|| Aside { turns: Arc::clone(self), partner: partner.clone() })
    }

    /// Of these partners, in order of their ids, those whose turn it is: at most `most`, beginning after the one served last.
    fn pick(&self, mut partners: Vec<Id>, most: usize) -> Vec<Id> {
        if let Ok(aside) = self.aside.lock() {
            partners.retain(|partner| !aside.contains(partner));
        }
        let Ok(mut last) = self.last.lock() else { return partners };
        let first = last.as_ref().map_or(0, |last| partners.partition_point(|partner| partner <= last));
        partners.rotate_left(first);
        partners.truncate(most);
        *last = partners.last().cloned();
        partners
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if let Ok(mut aside) = self.turns.aside.lock() {
            aside.remove(&self.partner);
        }
    }
}

/// What was taken in one round.
#[derive(Default)]
pub struct Taken {
    /// The rows, partner by partner, oldest first.
    pub rows: Vec<Due>,
    /// Numbers of rows that can no longer be read: a newer version reads more strictly than the one that stored them.
    pub unreadable: Vec<i64>,
}

type Stored = (i64, String, String, i64, i64, i64);

/// The rows that are due; few of them while requests come in.
///
/// # Errors
/// Database trouble.
pub async fn due(conn: &mut Conn, now: Timestamp, turns: &Turns, busy: bool) -> Result<Taken, DbError> {
    let partners: Vec<(String,)> = sqlx::query_as(
        "SELECT p.id FROM partners p WHERE p.state <> 'paused' AND EXISTS (
            SELECT 1 FROM inbox i WHERE i.partner_id = p.id AND i.state IN ('new', 'waiting') AND i.next_at <= $1)
         ORDER BY p.id",
    )
    .bind(now.millis())
    .fetch_all(conn.sql())
    .await?;
    let partners: Option<Vec<Id>> = partners.iter().map(|(id,)| Id::parse(id)).collect();
    let batch = if busy { SMALL_BATCH } else { BATCH };
    let turn = turns.pick(partners.ok_or(DbError::Unreadable("partners"))?, batch);
    let share = i64::try_from(batch.div_ceil(turn.len().max(1))).unwrap_or(1);
    let mut taken = Taken::default();
    for partner in turn {
        of_partner(conn, now, partner, share, &mut taken).await?;
    }
    Ok(taken)
}

async fn of_partner(conn: &mut Conn, now: Timestamp, partner: Id, share: i64, taken: &mut Taken) -> Result<(), DbError> {
    let rows: Vec<Stored> = sqlx::query_as(
        "SELECT seq, actor_id, body, received_at, attempts, fetches FROM inbox
         WHERE partner_id = $1 AND state IN ('new', 'waiting') AND next_at <= $2 ORDER BY seq LIMIT $3",
    )
    .bind(partner.as_str())
    .bind(now.millis())
    .bind(share)
    .fetch_all(conn.sql())
    .await?;
    for (seq, actor, body, received_at, attempts, fetches) in rows {
        let read = (activity::read(body.as_bytes(), &activity::Limits::PARTNER), Id::parse(&actor));
        let (Ok(activity), Some(actor)) = read else {
            taken.unreadable.push(seq);
            continue;
        };
        taken.rows.push(Due {
            seq,
            partner: partner.clone(),
            actor,
            received_at: Timestamp::from_millis(received_at),
            attempts,
            fetches,
            activity: Verified(activity),
            fresh_key: None,
            unresolved: false,
        });
    }
    Ok(())
}

/// The rows of each partner together, in the order in which the partners come.
pub fn by_partner(rows: Vec<Due>) -> Vec<(Id, Vec<Due>)> {
    let (mut order, mut places) = (Vec::<(Id, Vec<Due>)>::new(), HashMap::new());
    for row in rows {
        let place = *places.entry(row.partner.clone()).or_insert_with(|| {
            order.push((row.partner.clone(), Vec::new()));
            order.len() - 1
        });
        order[place].1.push(row);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;

    #[test]
    fn every_partner_has_its_turn_and_one_that_rests_has_none() {
        let mut ids: Vec<Id> = (0..3).map(|_| Id::random(&SystemChance)).collect();
        ids.sort();
        let turns = Arc::new(Turns::default());
        assert_eq!(turns.pick(ids.clone(), 2), ids[..2]);
        assert_eq!(turns.pick(ids.clone(), 2), [ids[2].clone(), ids[0].clone()]);
        let resting = turns.put_aside(&ids[1]).unwrap();
        assert!(turns.put_aside(&ids[1]).is_none(), "it rests already");
        assert_eq!(turns.pick(ids.clone(), 2), [ids[2].clone(), ids[0].clone()]);
        drop(resting);
        assert_eq!(turns.pick(ids.clone(), 3), [ids[1].clone(), ids[2].clone(), ids[0].clone()]);
        assert_eq!(turns.pick(Vec::new(), 3), []);
    }
}
