//! Partners: how two organisations agree that their instances speak with each other, test it, pause it and end it, and what
//! may flow between them. Nothing flows before both admins said yes to the same terms and a test came to a good end. The
//! state itself is a row of `federation::partners`, which every request asks; this feature only moves it.

mod actions;
mod agreement;
mod canary;
mod dryrun;
mod inbox;
mod pages;
mod rulebook;
mod store;
mod tasks;
#[cfg(test)]
mod tests;
mod wire;

use std::time::Duration;

use futures::future::BoxFuture;

use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError};
use crate::federation::partners::{Partner, State};
use crate::jobs::{Job, Task as Work, Trouble};
use crate::site::{Feature, Site};

pub use actions::{
    Answer, PartnerError, accept, apply, attach, change_terms, declare, decline, end, keep, looked, nightly, pause, propose, resume, test,
    write_down,
};
pub use agreement::{Record, Stage, Terms};
#[cfg(feature = "fuzz")]
pub use agreement::{document as agreement_document, hash as agreement_hash, of_document as agreement_of};
pub use canary::{Standing, Step, Test};
pub use dryrun::{Draft, Dry, Example, FlowLine, GroupLine, Readers, dry_run, readers_run};
pub use rulebook::{Fault, Names, differences, read as read_rules, write as write_rules};
pub use tasks::{Task, tasks};

/// What this feature gives to the house.
pub const FEATURE: Feature = Feature { name: "partners", routes: pages::routes, receives: inbox::receives, serves: Vec::new, jobs };

fn jobs() -> Vec<Job<Site>> {
    vec![
        Job { kind: "partners-keep", every: Some(Duration::from_mins(1)), run: keep_round },
        Job { kind: "partners-test", every: Some(Duration::from_mins(30)), run: test_round },
    ]
}

fn keep_round<'a>(site: &'a Site, _work: &'a Work) -> BoxFuture<'a, Result<(), Trouble>> {
    Box::pin(async move {
        let mut tx = site.db.begin().await?;
        actions::keep(&mut tx, &site.here()).await.map_err(trouble)?;
        Ok(tx.commit().await?)
    })
}

fn test_round<'a>(site: &'a Site, _work: &'a Work) -> BoxFuture<'a, Result<(), Trouble>> {
    Box::pin(async move {
        let mut tx = site.db.begin().await?;
        actions::nightly(&mut tx, &site.here()).await.map_err(trouble)?;
        Ok(tx.commit().await?)
    })
}

fn trouble(error: PartnerError) -> Trouble {
    match error {
        PartnerError::Db(error) => Trouble::Db(error),
        _ => Trouble::Again("partners"),
    }
}

/// What stands for the agreement with a partner from before there were agreements.
fn before_agreements(partner: &Partner) -> Record {
    match partner.state {
        State::Active | State::Paused => Record { stage: Stage::Tested, agreed: Some(Terms::default()), ..Record::default() },
        State::Proposed | State::Ended => Record::default(),
    }
}

/// The agreement with this partner, as far as it went.
///
/// # Errors
/// Database trouble.
pub async fn record(conn: &mut Conn, partner: &Partner) -> Result<Record, DbError> {
    Ok(store::record(conn, &partner.id).await?.unwrap_or_else(|| before_agreements(partner)))
}

/// When the partnership came into the state it is in: named, paused, ended.
///
/// # Errors
/// Database trouble.
pub async fn changed_at(conn: &mut Conn, partner: &Id) -> Result<Option<Timestamp>, DbError> {
    store::changed_at(conn, partner).await
}

/// The newest test of this partner.
///
/// # Errors
/// Database trouble.
pub async fn last_test(conn: &mut Conn, partner: &Id) -> Result<Option<Test>, DbError> {
    store::test(conn, partner).await
}

/// How many copies were asked back since the partnership ended, and how many the partner confirmed.
///
/// # Errors
/// Database trouble.
pub async fn receipts(conn: &mut Conn, partner: &Partner) -> Result<(i64, i64), DbError> {
    let record = record(conn, partner).await?;
    match record.ended_at {
        Some(since) => store::asked_back(conn, &partner.id, since).await,
        None => Ok((0, 0)),
    }
}
