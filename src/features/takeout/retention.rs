//! How long this house keeps what: one table that the pages show, the register repeats and a job enforces, so that they cannot
//! differ. A house chooses within bounds; what has no days here is kept as the page says in words.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::objections::store as objections;
use super::store;
use crate::audit::{self, By, Event, What};
use crate::base::Timestamp;
use crate::db::{self, Conn, Db, DbError, Tx};
use crate::features::posts::Old;
use crate::features::{accounts, groups, incidents, moderation};
use crate::federation::{inbox, objects, outbox};
use crate::jobs;

/// Rows that one unit of work lets go of at most.
const BATCH: i64 = 500;
/// Units of work for one kind in one round.
const ROUNDS: usize = 20;
/// How long the database that a restore set aside stays beside the new one, so that a wrong restore can be taken back.
const SET_ASIDE: Duration = Duration::from_hours(35 * 24);
/// How long before it goes a person is told that a draft will.
pub const NOTICE_DAYS: i64 = 30;

type Due = for<'a> fn(&'a mut Conn, Timestamp) -> BoxFuture<'a, Result<i64, DbError>>;
type LetGo = for<'a> fn(&'a mut Tx, Timestamp, i64) -> BoxFuture<'a, Result<u64, DbError>>;

/// One kind of thing that is kept for a number of days.
#[derive(Clone, Copy)]
pub struct Kind {
    /// Its name: in the table, in forms, and the end of the keys of its words.
    pub name: &'static str,
    /// Days that the program proposes.
    pub usual: i64,
    /// Fewest days a house may choose.
    pub least: i64,
    /// Most days a house may choose.
    pub most: i64,
    due: Due,
    let_go: LetGo,
}

impl Kind {
    /// A kind with its days: proposed, fewest, most.
    const fn of(name: &'static str, (usual, least, most): (i64, i64, i64), due: Due, let_go: LetGo) -> Self {
        Self { name, usual, least, most, due, let_go }
    }
}

/// What has no days to choose: fixed by the program or kept for ever. The words say how long and why.
pub const FIXED: [&str; 14] = [
    "account",
    "sessions",
    "pace",
    "sign-in-links",
    "posts",
    "deleted-posts",
    "notes",
    "consents",
    "confidentiality",
    "glasses",
    "assessments",
    "audit",
    "tombstones",
    "set-aside",
];

/// Everything that is kept for a number of days.
pub const KINDS: [Kind; 16] = [
    Kind::of(
        "invitations",
        (30, 1, 30),
        |conn, before| accounts::old_invitations(conn, before).boxed(),
        |tx, before, most| accounts::forget_invitations(tx, before, most).boxed(),
    ),
    Kind::of(
        "group-invitations",
        (30, 1, 365),
        |conn, before| groups::old_invitations(conn, before).boxed(),
        |tx, before, most| groups::forget_invitations(tx, before, most).boxed(),
    ),
    Kind::of(
        "drafts",
        (365, 90, 1095),
        |conn, before| Old::Drafts.due(conn, before).boxed(),
        |tx, before, most| Old::Drafts.let_go(tx, before, most).boxed(),
    ),
    Kind::of(
        "notices",
        (90, 14, 365),
        |conn, before| Old::Notices.due(conn, before).boxed(),
        |tx, before, most| Old::Notices.let_go(tx, before, most).boxed(),
    ),
    Kind::of(
        "inbox",
        (30, 8, 365),
        |conn, before| inbox::old_settled(conn, before).boxed(),
        |tx, before, most| inbox::forget_settled(tx, before, most).boxed(),
    ),
    Kind::of(
        "outbox",
        (30, 8, 90),
        |conn, before| outbox::old_bodies(conn, before).boxed(),
        |tx, before, most| outbox::empty_bodies(tx, before, most).boxed(),
    ),
    Kind::of(
        "talk",
        (365, 30, 3650),
        |conn, before| outbox::old_talk(conn, before).boxed(),
        |tx, before, most| outbox::forget_talk(tx, before, most).boxed(),
    ),
    Kind::of(
        "ledger",
        (1826, 365, 3653),
        |conn, before| Old::Disclosures.due(conn, before).boxed(),
        |tx, before, most| Old::Disclosures.let_go(tx, before, most).boxed(),
    ),
    Kind::of(
        "reads",
        (1826, 365, 3653),
        |conn, before| store::old_reads(conn, before).boxed(),
        |tx, before, most| store::forget_reads(tx, before, most).boxed(),
    ),
    Kind::of(
        "people",
        (1826, 365, 3653),
        |conn, before| store::old_people(conn, before).boxed(),
        |tx, before, most| store::forget_people(tx, before, most).boxed(),
    ),
    Kind::of(
        "reports",
        (180, 30, 730),
        |conn, before| moderation::old_words(conn, before).boxed(),
        |tx, before, most| moderation::forget_words(tx, before, most).boxed(),
    ),
    Kind::of(
        "cases",
        (1096, 365, 3653),
        |conn, before| moderation::old_cases(conn, before).boxed(),
        |tx, before, most| moderation::forget_cases(tx, before, most).boxed(),
    ),
    Kind::of(
        "incidents",
        (1826, 1826, 3653),
        |conn, before| incidents::old(conn, before).boxed(),
        |tx, before, most| incidents::forget(tx, before, most).boxed(),
    ),
    Kind::of(
        "objections",
        (365, 90, 1096),
        |conn, before| objections::old(conn, before).boxed(),
        |tx, before, most| objections::forget(tx, before, most).boxed(),
    ),
    Kind::of(
        "jobs",
        (90, 7, 365),
        |conn, before| jobs::old_dead(conn, before).boxed(),
        |tx, before, most| jobs::forget_dead(tx, before, most).boxed(),
    ),
    Kind::of(
        "backups",
        (db::MOST_DAYS, 1, db::MOST_DAYS),
        |conn, before| db::old_copies(conn, before).boxed(),
        |tx, before, most| db::remove_copies(tx, before, most).boxed(),
    ),
];

/// A kind with the days that hold in this house.
#[derive(Clone, Copy)]
pub struct Line {
    /// The kind.
    pub kind: &'static Kind,
    /// Days that hold here.
    pub days: i64,
}

impl Line {
    /// What is older than this is past its time.
    pub fn before(&self, now: Timestamp) -> Timestamp {
        now.minus(Duration::from_hours(u64::try_from(self.days).unwrap_or(u64::MAX / 24).saturating_mul(24)))
    }

    /// How many are past their time.
    ///
    /// # Errors
    /// Database trouble.
    pub async fn due(&self, conn: &mut Conn, now: Timestamp) -> Result<i64, DbError> {
        (self.kind.due)(conn, self.before(now)).await
    }
}

/// Every kind with the days that hold in this house. A choice out of bounds, from an older program, counts as the nearest bound.
///
/// # Errors
/// Database trouble.
pub async fn lines(conn: &mut Conn) -> Result<Vec<Line>, DbError> {
    let chosen = store::chosen_days(conn).await?;
    let days = |kind: &Kind| {
        let own = chosen.iter().find(|(name, _)| name == kind.name).map(|(_, days)| *days);
        own.unwrap_or(kind.usual).clamp(kind.least, kind.most)
    };
    Ok(KINDS.iter().map(|kind| Line { kind, days: days(kind) }).collect())
}

/// Why a choice is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// No such kind.
    Unknown,
    /// Fewer or more days than a house may choose.
    Bounds,
}

/// Keeps the house's choices; all or none. What did not change is not written down.
///
/// # Errors
/// Database trouble; the inner one says for which kind a choice cannot be taken.
pub async fn set(tx: &mut Tx, now: Timestamp, by: By<'_>, choices: &[(&str, i64)]) -> Result<Result<(), (&'static str, Bad)>, DbError> {
    let mut wanted = Vec::new();
    for (name, days) in choices {
        let Some(kind) = KINDS.iter().find(|kind| kind.name == *name) else { return Ok(Err(("", Bad::Unknown))) };
        if !(kind.least..=kind.most).contains(days) {
            return Ok(Err((kind.name, Bad::Bounds)));
        }
        wanted.push((kind, *days));
    }
    let held = lines(tx).await?;
    for (kind, days) in wanted {
        let before = held.iter().find(|line| line.kind.name == kind.name).map_or(kind.usual, |line| line.days);
        if before == days {
            continue;
        }
        store::choose_days(tx, kind.name, days).await?;
        let words = format!("{before}>{days} days");
        let event = Event {
            at: now,
            what: What::PolicyChanged,
            done: true,
            by,
            purpose: "running",
            object: ("retention", kind.name),
            client: "",
            ground: by.role,
            words: &words,
        };
        audit::record(tx, &event).await?;
    }
    Ok(Ok(()))
}

/// Lets go of what is past its time, in bounded steps. Returns how many rows went or were emptied.
///
/// # Errors
/// Database trouble.
pub async fn sweep(db: &Db, now: Timestamp) -> Result<u64, DbError> {
    let held = lines(&mut *db.read().await?).await?;
    let mut all = 0;
    for line in held {
        for _ in 0..ROUNDS {
            let mut tx = db.begin().await?;
            let gone = (line.kind.let_go)(&mut tx, line.before(now), BATCH).await?;
            if gone == 0 {
                break;
            }
            tx.commit().await?;
            all += gone;
        }
    }
    for _ in 0..ROUNDS {
        let mut tx = db.begin().await?;
        let gone = objects::forget_unknown(&mut tx, now.minus(objects::EMPTY_FOR), BATCH).await?;
        if gone == 0 {
            break;
        }
        tx.commit().await?;
        all += gone;
    }
    all += db.forget_set_aside(now.minus(SET_ASIDE)).await?;
    Ok(all)
}
