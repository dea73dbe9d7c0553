//! "What would change?" for the host of one group: another choice of the partners that read it, judged by the same decision and the
//! same thirty days as an admin's dry run, and of this group only. Counts and nothing else: no house, no person, no word. It
//! writes nothing.

use std::collections::BTreeSet;

use crate::base::{Id, Origin, Timestamp};
use crate::db::{Conn, DbError};
use crate::features::{groups, posts};
use crate::federation::audience::Audience;

use super::super::store;
use super::BACK;
use super::world::{Fate, World};

/// What another choice of readers would do. Everything is counted over all partners of the choice together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readers {
    /// Partners that would begin to read.
    pub begin: i64,
    /// Partners that were chosen and may not read: with one of them the choice cannot be saved.
    pub refused: i64,
    /// Partners that would stop reading.
    pub stop: i64,
    /// Partners that would go on reading.
    pub stay: i64,
    /// People of this house who would be told first that the list grows.
    pub told: i64,
    /// Posts of the last 30 days that would have gone to the new ones.
    pub more: i64,
    /// Posts of the last 30 days that would not have gone to those that stop.
    pub less: i64,
    /// Messages that wait for those that stop and would never be sent.
    pub dropped: i64,
    /// People of those that stop who are in the group, or asked to be.
    pub relations: i64,
    /// Posts of which those that stop hold a copy now.
    pub copies: i64,
}

/// What would change if exactly these partners read this group of ours. Nothing is written.
///
/// # Errors
/// Database trouble.
pub async fn readers_run(
    conn: &mut Conn,
    now: Timestamp,
    ours: &Origin,
    (group, wanted): (&Id, &BTreeSet<Id>),
) -> Result<Readers, DbError> {
    let today = World::load(conn, ours).await?;
    let before = today.readers_of(group);
    let mut then = today.clone();
    let mut found = Readers { stay: count(before.intersection(wanted).count()), ..Readers::default() };
    for id in wanted.difference(&before) {
        if then.may_share(group, id) {
            then.share(group, id);
            found.begin += 1;
        } else {
            found.refused += 1;
        }
    }
    if found.begin > 0 {
        found.told = groups::people_of_this_house(conn, group).await?;
        found.more = store::posts_since(conn, group, now.minus(BACK)).await?;
    }
    for id in before.difference(wanted) {
        then.unshare(group, id);
        found.stop += 1;
        found.relations += store::theirs_in(conn, group, id).await?;
        found.copies += posts::count_held_in(conn, id, group).await?;
    }
    if found.stop > 0 {
        lost(conn, now, (&today, &then), (group, &mut found)).await?;
    }
    Ok(found)
}

/// Judges what went in the last 30 days, and what waits, with both worlds.
async fn lost(
    conn: &mut Conn,
    now: Timestamp,
    (today, then): (&World, &World),
    (group, found): (&Id, &mut Readers),
) -> Result<(), DbError> {
    let since = now.minus(BACK);
    let mut stopped = BTreeSet::new();
    for row in store::told_in(conn, group, since).await? {
        let audience = if row.audience.is_empty() { None } else { Some(Audience::load(conn, &row.audience).await?) };
        if today.goes(&row, audience.as_ref()).is_ok() && then.goes(&row, audience.as_ref()).is_err() {
            stopped.insert(row.partner_id);
        }
    }
    found.less = store::count_told_in(conn, group, since, &stopped).await?;
    for row in store::queued(conn).await? {
        if row.thread == group.as_str() && today.fate(&row) != Fate::Dropped && then.fate(&row) == Fate::Dropped {
            found.dropped += row.count;
        }
    }
    Ok(())
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}
