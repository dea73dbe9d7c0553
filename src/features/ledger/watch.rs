//! The watch over erasures: said again to who has not confirmed, told to the admin, written into the list beside the database,
//! taken out of the file. What else was taken back and could not be said is said again here too. Everything here may run twice and at any time.

use std::path::Path;
use std::time::Duration;

use futures::future::BoxFuture;

use crate::audit::{self, By, Event, What};
use crate::base::crash::{self, Point};
use crate::base::{Id, Timestamp};
use crate::db::{Conn, Db, DbError};
use crate::features::{partners, posts};
use crate::federation::ledger::{self, Kind, Open, Owed};
use crate::federation::partners as known;
use crate::federation::{actors, objects, outbox};
use crate::jobs::{self, Job, NewJob, Task, Trouble};
use crate::site::Site;

use super::{actions, list, store};

/// The kind of work that cleans the database file.
pub(super) const SCRUB: &str = "ledger-scrub";
/// After this long without a receipt a deletion is said again, and the admin has a task (care R9).
const LATE: Duration = Duration::from_hours(72);
/// It is said again once a day.
const AGAIN: Duration = Duration::from_hours(24);
/// After this long the partner can be paused.
const TOO_LATE: Duration = Duration::from_hours(7 * 24);
/// Lines stay in the database this long after they were written to the file.
const KEPT: Duration = Duration::from_hours(90 * 24);
/// Most deletions that are said again to one partner in one round. Each partner has its own share: one that is dead takes nothing
/// from the others.
const MOST: usize = 500;
/// So many are read at a time.
const PAGE: i64 = 200;

/// The durable work of this feature.
pub(super) fn jobs() -> Vec<Job<Site>> {
    vec![
        Job { kind: "ledger-list", every: Some(Duration::from_secs(15)), run: write_list },
        Job { kind: "ledger-empty", every: Some(Duration::from_mins(10)), run: empty },
        Job { kind: "ledger-watch", every: Some(Duration::from_hours(1)), run: watch },
        Job { kind: SCRUB, every: None, run: scrub },
    ]
}

/// Deletions that a partner has owed a receipt for longer than three days: the admin's task.
///
/// # Errors
/// Database trouble.
pub async fn late(conn: &mut Conn, now: Timestamp, most: i64) -> Result<Vec<Open>, DbError> {
    ledger::open(conn, &Owed::since(now.minus(LATE)), most).await
}

/// Whether one that was said first then is late now.
pub(super) fn is_late(since: Timestamp, now: Timestamp) -> bool {
    since < now.minus(LATE)
}

/// How many of them there are, up to a thousand.
///
/// # Errors
/// Database trouble.
pub async fn count_open(conn: &mut Conn, now: Timestamp) -> Result<usize, DbError> {
    Ok(late(conn, now, 1000).await?.len())
}

/// Writes what was erased, and does not stand there yet, into the list beside the database. Returns how many lines.
///
/// # Errors
/// When the database refuses, or the folder cannot be written.
pub async fn write_erasures(db: &Db, folder: &Path) -> Result<usize, DbError> {
    let mut count = 0;
    loop {
        let lines = objects::unwritten(&mut *db.read().await?, 200).await?;
        if lines.is_empty() {
            return Ok(count);
        }
        let (place, kept) = (folder.to_owned(), lines.clone());
        let written = tokio::task::spawn_blocking(move || list::append(&place, &kept)).await;
        let written = written.unwrap_or_else(|_| Err(std::io::Error::other("interrupted")));
        written.map_err(|source| DbError::NotWritable { path: folder.to_owned(), source: source.into() })?;
        crash::passing(Point::MidErase);
        let mut tx = db.begin().await?;
        objects::written(&mut tx, &lines).await?;
        tx.commit().await?;
        count += lines.len();
    }
}

fn write_list<'a>(site: &'a Site, _task: &'a Task) -> BoxFuture<'a, Result<(), Trouble>> {
    Box::pin(async move {
        if write_erasures(&site.db, &site.config.data_dir).await? > 0 {
            let here = site.here();
            let run_at = here.now.plus(Duration::from_hours(1));
            let job = NewJob { kind: SCRUB, key: Some("list".to_owned()), payload: String::new(), run_at };
            let mut tx = site.db.begin().await?;
            jobs::enqueue(&mut tx, &*here.chance, job).await?;
            tx.commit().await?;
        }
        Ok(())
    })
}

/// Empties what has arrived everywhere, and lets go of the keys of who is gone.
fn empty<'a>(site: &'a Site, _task: &'a Task) -> BoxFuture<'a, Result<(), Trouble>> {
    Box::pin(async move {
        for _ in 0..40 {
            let mut tx = site.db.begin().await?;
            let done = outbox::empty_done(&mut tx, 500).await?;
            tx.commit().await?;
            if done < 500 {
                break;
            }
        }
        let mut tx = site.db.begin().await?;
        actors::forget_keys(&mut tx, site.now()).await?;
        objects::forget_written(&mut tx, site.now().minus(KEPT)).await?;
        Ok(tx.commit().await?)
    })
}

/// Cleans the file. A large one only at night, since writers wait meanwhile.
fn scrub<'a>(site: &'a Site, task: &'a Task) -> BoxFuture<'a, Result<(), Trouble>> {
    Box::pin(async move {
        let night = (1..5).contains(&(task.now.seconds().rem_euclid(86_400) / 3600));
        if site.db.scrub(night).await? { Ok(()) } else { Err(Trouble::Later(task.now.plus(Duration::from_mins(30)))) }
    })
}

fn watch<'a>(site: &'a Site, _task: &'a Task) -> BoxFuture<'a, Result<(), Trouble>> {
    Box::pin(async move {
        if site.db.restored().await?.is_some() {
            return Ok(());
        }
        let now = site.now();
        let mut tx = site.db.begin().await?;
        outbox::take_back_again(&mut tx, now, now.minus(AGAIN)).await?;
        tx.commit().await?;
        for partner in ledger::debtors(&mut *site.db.read().await?, now.minus(LATE)).await? {
            say_all_again(site, now, &partner).await?;
        }
        if store::pauses(&mut *site.db.read().await?).await? {
            for partner in ledger::debtors(&mut *site.db.read().await?, now.minus(TOO_LATE).plus(Duration::from_millis(1))).await? {
                pause(site, &partner).await?;
            }
        }
        Ok(())
    })
}

/// Says again to one partner what it has not confirmed and was not told for a day.
async fn say_all_again(site: &Site, now: Timestamp, partner: &Id) -> Result<(), Trouble> {
    let (mut said, mut after) = (0, None);
    loop {
        let owed =
            Owed { silent_since: Some(now.minus(AGAIN)), partner: Some(partner), after: after.as_ref(), ..Owed::since(now.minus(LATE)) };
        let page = ledger::open(&mut *site.db.read().await?, &owed, PAGE).await?;
        for one in &page {
            said += usize::from(say_again(site, one).await?);
        }
        if said >= MOST || page.len() < usize::try_from(PAGE).unwrap_or(0) {
            return Ok(());
        }
        after = page.last().map(Open::cursor);
    }
}

/// False when there is nothing more to say about it.
async fn say_again(site: &Site, one: &Open) -> Result<bool, Trouble> {
    let here = site.here();
    let mut tx = site.db.begin().await?;
    let mut said = false;
    if one.kind == Kind::Farewell {
        if let Some(actor) = actors::by_id(&mut tx, &one.actor).await? {
            actions::say_farewell(&mut tx, &here, &actor, Some(&one.partner)).await?;
            said = true;
        }
    } else {
        match posts::tell_again(&mut tx, &here, &one.thing, &one.partner).await {
            Ok(told) => said = told,
            Err(posts::PostError::Db(error)) => return Err(error.into()),
            Err(_) => return Ok(false),
        }
    }
    tx.commit().await?;
    Ok(said)
}

/// Pauses a partner that has not confirmed for a week. An admin lets it go on.
async fn pause(site: &Site, partner: &Id) -> Result<(), Trouble> {
    let here = site.here();
    let mut tx = site.db.begin().await?;
    let Some(found) = known::by_id(&mut tx, partner).await?.filter(|found| found.state == known::State::Active) else {
        return Ok(());
    };
    match partners::pause(&mut tx, &here, &found.origin, By::machine()).await {
        Ok(_) => {}
        Err(partners::PartnerError::Db(error)) => return Err(error.into()),
        Err(_) => return Ok(()),
    }
    let event = Event {
        at: here.now,
        what: What::PartnershipChanged,
        done: true,
        by: By::machine(),
        purpose: "rights",
        object: ("partner", partner.as_str()),
        client: "",
        ground: "pause-after-week",
        words: "active>paused",
    };
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    tracing::warn!(partner = %partner, "a partner was paused: it has not confirmed an erasure for a week");
    Ok(())
}
