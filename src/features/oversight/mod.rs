//! Oversight: the audit log as a page, "Who looked?" for every member, and breaking the glass: the one way by which staff can
//! read a group that they are not in, for an hour, by two people, with a reason, and told to those concerned (care R25–R28).
//! Nothing here changes a row of the log, and nothing here can be switched off.

mod actions;
mod export;
mod glass;
mod lines;
mod pages;
mod store;
#[cfg(test)]
mod tests;

use std::time::Duration;

use futures::future::BoxFuture;

use crate::audit;
use crate::db::DbError;
use crate::jobs::{Job, Task, Trouble};
use crate::site::{Feature, Site};

/// What this feature gives to the house.
pub const FEATURE: Feature = Feature { jobs, ..Feature::pages("oversight", pages::routes) };

fn jobs() -> Vec<Job<Site>> {
    vec![Job { kind: "oversight-anchor", every: Some(Duration::from_hours(24)), run: anchor_round }]
}

fn anchor_round<'a>(site: &'a Site, _task: &'a Task) -> BoxFuture<'a, Result<(), Trouble>> {
    Box::pin(async move { Ok(anchor(site).await?) })
}

/// Writes the number and hash of the last row into the system's log: if the end of the audit log is ever cut off, a later row
/// with this number has another hash, or none. The hash says nothing about what is in the row.
///
/// # Errors
/// When the database does not answer.
pub async fn anchor(site: &Site) -> Result<(), DbError> {
    if let Some((rows, head)) = audit::head(&mut *site.db.read().await?).await? {
        tracing::info!(rows, head, "the audit log so far");
    }
    Ok(())
}
