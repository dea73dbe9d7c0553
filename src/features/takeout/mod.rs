//! Takeout: what belongs to a person. A copy of everything, a pause for all of it, the way to another house, and the end
//! of it all; objecting to a use of it; and what the house answers for besides: how long it keeps what, and the register of what it does with data.
//! Nobody is asked why, and no page elsewhere says where somebody went. A copy is made on the fly and never stored.

mod bring;
mod copy;
mod erase;
mod kept;
mod notice;
mod objections;
mod pages;
mod pause;
mod register;
mod retention;
mod store;
mod withdraw;

use std::time::Duration;

use futures::future::BoxFuture;

use crate::jobs::{Job, Task, Trouble};
use crate::site::{Feature, Site};

pub use bring::{Brought, Incoming, bring};
pub use copy::{Copy, Format, exported, gather};
pub use erase::{EraseError, Erased, ReplayError, erase, notice_older_copy, replay};
pub use objections::{
    About, ObjectionError, Outcome, OwnObjection, Waiting, answer as answer_objection, object, take_back as take_objection_back,
    waiting as waiting_objections,
};
pub use pause::{PauseError, freeze, thaw};
pub use register::{Register, register};
pub use retention::{Bad, Kind, Line, lines, set, sweep};
pub use withdraw::{WithdrawError, withdraw};

/// What this feature gives to the house.
pub const FEATURE: Feature = Feature { jobs, ..Feature::pages("takeout", pages::routes) };

fn jobs() -> Vec<Job<Site>> {
    vec![Job { kind: "takeout-retention", every: Some(Duration::from_hours(1)), run: retention_round }]
}

/// Lets go of what is past its time, and keeps the notice as it reads now.
fn retention_round<'a>(site: &'a Site, _task: &'a Task) -> BoxFuture<'a, Result<(), Trouble>> {
    Box::pin(async move {
        retention::sweep(&site.db, site.now()).await?;
        notice::keep(&site.db, &site.house.name(), site.now()).await?;
        Ok(())
    })
}

#[cfg(test)]
mod tests;
