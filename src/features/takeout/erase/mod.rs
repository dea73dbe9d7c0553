//! The end of it all: an account is erased with everything that was written under its names, here and at every partner that
//! ever got any of it. One function for the person's own page, for the command line, and for the start after a restore. It
//! needs no partner to be in reach: what is to be told waits in the outbox, without a word of the person in it.

pub(super) mod pages;

use std::collections::{BTreeMap, HashSet};

use crate::audit::{self, By, Event, What};
use crate::base::crash::{self, Point};
use crate::base::{Id, Iri};
use crate::db::{Conn, DbError, Tx};
use crate::features::accounts::{self, AccountError};
use crate::features::ledger::{self, PartError};
use crate::features::{groups, incidents, moderation, personas, posts};
use crate::federation::here::Here;
use crate::federation::objects::{self, Erasure};
use crate::federation::{actors, ledger as disclosed};
use crate::site::Site;

/// An account in the list of erasures.
const ACCOUNT: &str = "account";

/// What was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Posts that could be read until now.
    pub posts: u64,
    /// Partners that were told.
    pub partners: usize,
}

/// Why nothing was erased. Each is one plain sentence.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// There is no such account.
    #[error("there is no account with this name")]
    Unknown,
    /// The house would be left without an admin.
    #[error("this is the last admin; make somebody else admin first")]
    LastAdmin,
    /// A group would be left without a host.
    #[error("the group {0} has no other host; make somebody else host first")]
    LastHost(Id),
    /// Something of theirs could not be taken away.
    #[error("this could not be erased: {0}")]
    Part(&'static str),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<PartError> for EraseError {
    fn from(error: PartError) -> Self {
        let code = match &error {
            PartError::Post(error) => error.key(),
            PartError::Group(error) => error.key(),
            PartError::Nobody | PartError::Db(_) => "nobody",
        };
        error.into_db().map_or(Self::Part(code), Self::Db)
    }
}

impl From<AccountError> for EraseError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::LastAdmin => Self::LastAdmin,
            AccountError::Db(error) => Self::Db(error),
            _ => Self::Unknown,
        }
    }
}

/// All actors of an account, also of retired names.
pub(super) async fn actors_of(conn: &mut Conn, account: &Id) -> Result<Vec<Id>, DbError> {
    let names = personas::own_copy(conn, account).await?;
    Ok(names.iter().filter_map(|name| Id::parse(&name.actor)).collect())
}

/// Erases an account and everything of it: posts, drafts, notices, places in groups, names, keys (as soon as the last partner
/// has confirmed), sessions, links. Partners are told from the ledger. All of it in this unit of work, or nothing.
///
/// # Errors
/// [`EraseError`]: drop the unit of work then.
pub async fn erase(tx: &mut Tx, here: &Here, by: By<'_>, account: &Id) -> Result<Erased, EraseError> {
    let actors = actors_of(tx, account).await?;
    if let Some(group) = groups::hosted_alone(tx, &actors).await?.into_iter().next() {
        return Err(EraseError::LastHost(group.id));
    }
    end(tx, here, by, (account, &actors), false).await
}

async fn end(tx: &mut Tx, here: &Here, by: By<'_>, (account, actors): (&Id, &[Id]), even_last: bool) -> Result<Erased, EraseError> {
    let known = accounts::by_id(tx, account).await?.ok_or(EraseError::Unknown)?;
    let mut partners = std::collections::BTreeSet::new();
    let mut posts = 0;
    for actor in actors {
        posts += ledger::part_with(tx, here, actor).await?;
        moderation::forget(tx, actor, here.now).await?;
        partners.extend(disclosed::told_farewell(tx, actor).await?);
    }
    crash::passing(Point::MidErase);
    // Later features that keep rows of an account forget theirs here, before the account goes: their rows point to it.
    incidents::forget_person(tx, account).await?;
    personas::erase(tx, here, account).await?;
    accounts::erase(tx, here, account, even_last).await?;
    objects::erased(tx, ACCOUNT, account.as_str(), here.now).await?;
    ledger::scrub_soon(tx, here).await?;
    let event = Event {
        at: here.now,
        what: What::Erased,
        done: true,
        by,
        purpose: "rights",
        object: (ACCOUNT, account.as_str()),
        client: account.as_str(),
        ground: known.role.as_str(),
        words: "",
    };
    audit::record(tx, &event).await?;
    Ok(Erased { posts, partners: partners.len() })
}

/// After a restore of an older copy: everything that was erased since is erased again, before anything is served. Does nothing
/// when the house does not run on an older copy, or it was done already. Returns how many erasures were gone through.
///
/// # Errors
/// When the list cannot be read, or the database refuses: the house then does not start.
pub async fn replay(site: &Site) -> Result<Option<i64>, ReplayError> {
    let Some(restore) = site.db.restored().await? else { return Ok(None) };
    if ledger::replayed(&mut *site.db.read().await?, restore).await?.is_some() {
        return Ok(None);
    }
    let all = ledger::read_erasures(&site.config.data_dir)?;
    let unknown = objects::missing(&mut *site.db.read().await?, &all).await?;
    let unknown: HashSet<&Erasure> = unknown.iter().collect();
    let here = site.here();
    let mut count = 0;
    for lines in last_words(&all).chunks(50) {
        let mut tx = site.db.begin().await?;
        for line in lines {
            again(&mut tx, &here, line, unknown.contains(line)).await?;
            count += 1;
        }
        tx.commit().await?;
    }
    for lines in all.chunks(200) {
        let mut tx = site.db.begin().await?;
        objects::remember(&mut tx, lines).await?;
        tx.commit().await?;
    }
    let mut tx = site.db.begin().await?;
    ledger::mark_replayed(&mut tx, restore, count).await?;
    ledger::scrub_soon(&mut tx, &here).await?;
    let words = count.to_string();
    let event = Event {
        at: here.now,
        what: What::Restored,
        done: true,
        by: By::machine(),
        purpose: "rights",
        object: ("database", ""),
        client: "",
        ground: "restore",
        words: &words,
    };
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    tracing::warn!(count, "this house runs on an older copy: erasures were applied again, nothing is sent until an admin has looked");
    Ok(Some(count))
}

/// Looks whether the database is an older copy than the list of erasures beside it: a line that was written there and is not in
/// the database says so, whoever put it back and with whatever tool. Then it is marked as put back and erased again, as after
/// `haven restore`. True when it was. For the start of a server, before anything is served or sent.
///
/// # Errors
/// As [`replay`].
pub async fn notice_older_copy(site: &Site) -> Result<bool, ReplayError> {
    if site.db.restored().await?.is_some() {
        return Ok(false);
    }
    let lines = ledger::read_whole_erasures(&site.config.data_dir)?;
    let mut conn = site.db.read().await?;
    let since = objects::known_since(&mut conn).await?.millis();
    let lines: Vec<Erasure> = lines.into_iter().filter(|line| line.at >= since).collect();
    let missing = objects::missing(&mut conn, &lines).await?.len();
    drop(conn);
    if missing == 0 {
        return Ok(false);
    }
    let now = site.now();
    site.db.mark_restored(now).await?;
    let words = format!("an older copy: {missing} erasures were not in it");
    let event = Event {
        at: now,
        what: What::Restored,
        done: true,
        by: By::machine(),
        purpose: "rights",
        object: ("database", ""),
        client: "",
        ground: "older-copy",
        words: &words,
    };
    let mut tx = site.db.begin().await?;
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    tracing::error!(missing, "this database is an older copy than erasures.log beside it; it is treated like one that was put back");
    replay(site).await?;
    Ok(true)
}

/// Why a house that was put back does not start.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The list of erasures.
    #[error("erasures.log in the data folder cannot be read, so that what was erased could come back: {0}")]
    List(#[from] std::io::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The last word on each subject, people and accounts last: what they wrote goes first.
fn last_words(lines: &[Erasure]) -> Vec<Erasure> {
    let mut last: BTreeMap<&str, &Erasure> = BTreeMap::new();
    for line in lines {
        last.insert(&line.subject, line);
    }
    let mut lines: Vec<Erasure> = last.into_values().filter(|line| line.kind != objects::BACK).cloned().collect();
    lines.sort_by_key(|line| (line.kind != objects::OBJECT, line.kind == objects::ACTOR, line.at));
    lines
}

/// `unknown`: the database knew nothing of it, so that nobody may have been told yet.
async fn again(tx: &mut Tx, here: &Here, line: &Erasure, unknown: bool) -> Result<(), DbError> {
    if line.kind == ACCOUNT {
        let Some(account) = Id::parse(&line.subject) else { return Ok(()) };
        if accounts::by_id(tx, &account).await?.is_none() {
            return Ok(());
        }
        let actors = actors_of(tx, &account).await?;
        return match end(tx, here, By::machine(), (&account, &actors), true).await {
            Err(EraseError::Db(error)) => Err(error),
            Err(_) => Err(DbError::Unreadable("erasures.log")),
            Ok(_) => Ok(()),
        };
    }
    let Ok(uri) = Iri::parse(&line.subject) else { return Ok(()) };
    if line.kind == objects::OBJECT {
        posts::erase_again(tx, here, &uri).await?;
        if unknown {
            posts::say_lost(tx, here, line).await?;
        }
    } else if line.kind == objects::ACTOR {
        objects::bury(tx, &uri, here.now).await?;
        if let Some(actor) = actors::by_uri(tx, &uri).await? {
            if actor.is_local() && !actor.gone {
                // A guest of a partner, or a name whose account the copy does not know: nobody is told twice what they know.
                match ledger::part_with(tx, here, &actor.id).await.map_err(PartError::into_db) {
                    Ok(_) | Err(None) => {}
                    Err(Some(error)) => return Err(error),
                }
            }
            posts::forget_copies(tx, here, &actor.id).await?;
            actors::erase(tx, &actor.id, here.now).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
