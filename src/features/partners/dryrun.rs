//! "What would change if …": every flow of every group, the traffic of the last 30 days, what waits, all present copies and all
//! memberships, judged twice by the one decision of the policy: with the facts of today and with those of the draft. Counts and
//! examples, never content, never who.

mod readers;
mod world;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::{Id, Origin, Timestamp};
use crate::db::{Conn, DbError};
use crate::features::{groups, posts};
use crate::federation::audience::Audience;
use crate::federation::partners::{Flows, State};
use crate::federation::rules::Rules;

use super::{actions, store};
use world::{Fate, World};

pub use readers::{Readers, readers_run};

/// How far back traffic is judged again.
const BACK: Duration = Duration::from_hours(30 * 24);
/// Most examples that are shown.
const EXAMPLES: usize = 8;
/// Most changed flows that are shown.
const LINES: usize = 100;

/// A change that is thought of.
#[derive(Clone, Debug)]
pub enum Draft {
    /// Pausing this partner.
    Pause(Id),
    /// Letting it go on.
    Resume(Id),
    /// Ending it.
    End(Id),
    /// Sharing this group with this partner.
    Share(Id, Id),
    /// Sharing it no more.
    Unshare(Id, Id),
    /// Adding a partner that is not known yet.
    Add(Origin),
    /// Other terms with this partner: what would hold once both said yes to them.
    Terms(Id, Flows),
    /// These rules in the place of those now.
    Rules(Box<Rules>),
}

/// A group that is touched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupLine {
    /// Its name.
    pub group: String,
    /// The partner.
    pub partner: String,
    /// Members' relations of that partner's people in a group of ours.
    pub theirs: i64,
    /// Relations of our people in a group of theirs.
    pub ours: i64,
}

/// A flow of one group that would stop or start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowLine {
    /// `share`, `directory`, `media`, `join`; `may-share` where a host could then share it.
    pub flow: &'static str,
    /// The group.
    pub group: String,
    /// The partner.
    pub partner: String,
    /// True: it would start; false: it would stop.
    pub starts: bool,
    /// Why it would not flow, then or today.
    pub reason: &'static str,
}

/// Deliveries or reads of one kind that would stop or start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Kind of activity; `Read` for what the partner read.
    pub verb: String,
    /// The partner.
    pub partner: String,
    /// The group; empty for what goes between the houses themselves.
    pub group: String,
    /// How many.
    pub count: i64,
    /// The newest.
    pub newest: Timestamp,
    /// True: they would start; false: they would stop.
    pub starts: bool,
    /// Why, as the policy says it.
    pub reason: &'static str,
}

/// What would change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dry {
    /// Groups that are touched.
    pub groups: Vec<GroupLine>,
    /// Flows of groups that would be other ones; at most 100.
    pub flows: Vec<FlowLine>,
    /// Of the last 30 days' deliveries and reads: how many would not have gone.
    pub stop: i64,
    /// How many would have gone besides; when a pause ends: how many that wait would go.
    pub start: i64,
    /// How many would have gone as they did.
    pub same: i64,
    /// What waits to be sent now and would wait on.
    pub held: i64,
    /// What waits to be sent now and would never be sent.
    pub dropped: i64,
    /// Copies at the partner that would have to be erased.
    pub erase_there: i64,
    /// Copies of the partner's posts here that would be erased.
    pub erase_here: i64,
    /// Memberships that would end: theirs in our groups and ours in theirs. A pause ends none.
    pub relations_ended: i64,
    /// Kinds of deliveries that would stop or start.
    pub examples: Vec<Example>,
}

/// What would change. Nothing is written.
///
/// # Errors
/// Database trouble.
pub async fn dry_run(conn: &mut Conn, now: Timestamp, ours: &Origin, draft: &Draft) -> Result<Dry, DbError> {
    let today = World::load(conn, ours).await?;
    let mut then = today.clone();
    let mut dry = Dry::default();
    match draft {
        Draft::Pause(id) => {
            then.set_state(id, State::Paused);
            dry.groups = relations(conn, &today, id).await?;
        }
        Draft::Resume(id) => {
            then.set_state(id, State::Active);
            dry.groups = relations(conn, &today, id).await?;
        }
        Draft::End(id) => {
            then.set_state(id, State::Ended);
            dry.groups = relations(conn, &today, id).await?;
            dry.erase_there = i64::try_from(posts::count_held(conn, id).await?).unwrap_or(i64::MAX);
            dry.erase_here = posts::copies_of(conn, id).await?;
            dry.relations_ended = dry.groups.iter().map(|line| line.theirs + line.ours).sum();
        }
        Draft::Share(group, id) => {
            if then.may_share(group, id) {
                then.share(group, id);
                dry.start = store::posts_since(conn, group, now.minus(BACK)).await?;
            }
            dry.groups = one_group(conn, &today, group, id).await?;
        }
        Draft::Unshare(group, id) => unshared(conn, (&today, &mut then), (group, id), &mut dry).await?,
        Draft::Add(origin) => then.add(origin),
        Draft::Terms(id, flows) => {
            then.set_flows(id, *flows);
            for group in then.shared_with(id) {
                if !then.may_share(&group, id) {
                    unshared(conn, (&today, &mut then), (&group, id), &mut dry).await?;
                }
            }
        }
        Draft::Rules(wanted) => {
            then.rules = (**wanted).clone();
            for (group, id) in actions::no_longer_allowed(conn, wanted).await? {
                unshared(conn, (&today, &mut then), (&group, &id), &mut dry).await?;
            }
        }
    }
    dry.flows = today.changes_to(&then, LINES);
    queue(conn, (&today, &then), &mut dry).await?;
    // What was not sent in the pause is what waits; what went before the pause has gone.
    if !matches!(draft, Draft::Resume(_)) {
        replay(conn, now, (&today, &then), &mut dry).await?;
    }
    Ok(dry)
}

async fn unshared(conn: &mut Conn, (today, then): (&World, &mut World), (group, id): (&Id, &Id), dry: &mut Dry) -> Result<(), DbError> {
    then.unshare(group, id);
    let lines = one_group(conn, today, group, id).await?;
    dry.relations_ended += lines.iter().map(|line| line.theirs).sum::<i64>();
    dry.groups.extend(lines);
    Ok(())
}

/// Judges what waits now with both worlds.
async fn queue(conn: &mut Conn, (today, then): (&World, &World), dry: &mut Dry) -> Result<(), DbError> {
    let mut names = BTreeMap::new();
    for row in store::queued(conn).await? {
        match (today.fate(&row), then.fate(&row)) {
            (Fate::Goes | Fate::Dropped, Fate::Held(_)) => dry.held += row.count,
            (Fate::Goes | Fate::Held(_), Fate::Dropped) => dry.dropped += row.count,
            (Fate::Held(reason), Fate::Goes) => {
                dry.start += row.count;
                example(conn, &mut names, today, (row, true, reason), dry).await?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Judges the deliveries and the reads of the last 30 days with both worlds.
async fn replay(conn: &mut Conn, now: Timestamp, (today, then): (&World, &World), dry: &mut Dry) -> Result<(), DbError> {
    let mut names = BTreeMap::new();
    let since = now.minus(BACK);
    let mut rows = store::traffic(conn, since).await?;
    rows.extend(store::reads(conn, since).await?);
    for row in rows {
        let audience = if row.audience.is_empty() { None } else { Some(Audience::load(conn, &row.audience).await?) };
        let (starts, reason) = match (today.goes(&row, audience.as_ref()), then.goes(&row, audience.as_ref())) {
            (Ok(()), Err(reason)) => {
                dry.stop += row.count;
                (false, reason)
            }
            (Err(reason), Ok(())) => {
                dry.start += row.count;
                (true, reason)
            }
            (Ok(()), Ok(())) => {
                dry.same += row.count;
                continue;
            }
            (Err(_), Err(_)) => continue,
        };
        example(conn, &mut names, today, (row, starts, reason), dry).await?;
    }
    Ok(())
}

async fn example(
    conn: &mut Conn,
    names: &mut BTreeMap<String, String>,
    world: &World,
    (row, starts, reason): (store::Traffic, bool, &'static str),
    dry: &mut Dry,
) -> Result<(), DbError> {
    if dry.examples.len() >= EXAMPLES {
        return Ok(());
    }
    let group = name_of(conn, names, &row.thread).await?;
    let partner = Id::parse(&row.partner_id).map(|id| world.name_of(&id)).unwrap_or_default();
    let newest = Timestamp::from_millis(row.newest);
    dry.examples.push(Example { verb: row.verb, partner, group, count: row.count, newest, starts, reason });
    Ok(())
}

async fn name_of(conn: &mut Conn, names: &mut BTreeMap<String, String>, thread: &str) -> Result<String, DbError> {
    if let Some(name) = names.get(thread) {
        return Ok(name.clone());
    }
    let group = match Id::parse(thread) {
        Some(id) => groups::load(conn, &id).await?,
        None => None,
    };
    let name = group.map(|group| group.name).unwrap_or_default();
    names.insert(thread.to_owned(), name.clone());
    Ok(name)
}

/// Every group that both houses have in common, with the relations in it.
async fn relations(conn: &mut Conn, world: &World, id: &Id) -> Result<Vec<GroupLine>, DbError> {
    let partner = world.name_of(id);
    let mut lines = Vec::new();
    for (_, group, theirs) in store::theirs_in_ours(conn, id).await? {
        lines.push(GroupLine { group, partner: partner.clone(), theirs, ours: 0 });
    }
    for (_, group, ours) in store::ours_at(conn, id).await? {
        lines.push(GroupLine { group, partner: partner.clone(), theirs: 0, ours });
    }
    Ok(lines)
}

async fn one_group(conn: &mut Conn, world: &World, group: &Id, id: &Id) -> Result<Vec<GroupLine>, DbError> {
    let partner = world.name_of(id);
    let theirs = store::theirs_in_ours(conn, id).await?.into_iter().find(|(found, _, _)| found == group.as_str()).map_or(0, |row| row.2);
    let Some(known) = groups::load(conn, group).await? else { return Ok(Vec::new()) };
    // Who is told first: the people of this house in it.
    let ours = groups::people_of_this_house(conn, group).await?;
    Ok(vec![GroupLine { group: known.name, partner, theirs, ours }])
}
