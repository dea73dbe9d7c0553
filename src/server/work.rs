//! The background work: what came in, what goes out, and the chores of the features, each in a loop of its own that a fault does not
//! end. It knows when something is due and who works on it; what is done stands in `federation` and in the features.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::task::{JoinError, JoinSet};

use crate::base::{Id, Timestamp};
use crate::db::DbError;
use crate::federation::delivery::{self, Lane};
use crate::federation::inbox;
use crate::jobs;
use crate::site::{Shared, Site};

/// Lanes that are worked on at the same time.
const LANES: usize = 64;
/// Rows of one lane before its turn is over.
const LANE_ROWS: i64 = 32;
/// How long the background work sleeps at most, so that work of another process on the same database is found.
const NAP: Duration = Duration::from_millis(250);
/// While requests come in, the handling of the inbox gives back so many times what it took of the one writer. What was accepted is
/// safe; a partner that waits for its 202 is not.
const YIELDS: u32 = 2;
/// And never rests longer than this at a time.
const LONGEST_BREATH: Duration = Duration::from_millis(100);
/// How long background work that broke rests before it begins again.
const BROKEN: Duration = Duration::from_secs(1);

/// One round of all background work, awaited: what tests and the simulation drive. Returns how much was done.
///
/// # Errors
/// Database trouble.
pub async fn step(site: &Site) -> Result<usize, DbError> {
    site.federation.look_at_clock().await?;
    let mut done = site.federation.handle_inbox(&site.here()).await?;
    for lane in site.federation.lease_lanes(&site.here(), 1000).await? {
        done += site.federation.run_lane(&site.here(), &lane, 1000).await?;
    }
    done += jobs::step(&site.db, site, &super::jobs(), site.now()).await?.ran;
    Ok(done)
}

/// When an inbox row or a delivery is due next, if any waits; jobs are looked for by their own clock.
///
/// # Errors
/// Database trouble.
pub async fn next_wake(site: &Site) -> Result<Option<Timestamp>, DbError> {
    let mut conn = site.db.read().await?;
    let (inbox, delivery) = (inbox::next_due(&mut conn).await?, delivery::next_due(&mut conn).await?);
    Ok(inbox.into_iter().chain(delivery).min())
}

/// Drives the background work until the process ends. A fault in one round is logged, and the next round tries again; what
/// breaks altogether begins anew and takes nothing else down (threats FLT-24, FLT-30).
pub async fn work(site: Shared) {
    tokio::join!(
        go_on("clock", BROKEN, || look_at_clock(Arc::clone(&site))),
        go_on("inbox", BROKEN, || work_inbox(Arc::clone(&site))),
        go_on("deliveries", BROKEN, || work_deliveries(Arc::clone(&site))),
        go_on("jobs", BROKEN, || work_jobs(Arc::clone(&site))),
    );
}

/// Begins this work again whenever it panics.
async fn go_on<F: Future<Output = ()>>(what: &'static str, rest: Duration, begin: impl Fn() -> F) {
    while AssertUnwindSafe(begin()).catch_unwind().await.is_err() {
        tracing::error!(what, "background work broke and begins again");
        tokio::time::sleep(rest).await;
    }
}

async fn look_at_clock(site: Shared) {
    loop {
        if let Err(error) = site.federation.look_at_clock().await {
            tracing::error!(error = %error, "what waits could not be moved with the clock");
        }
        tokio::time::sleep(NAP).await;
    }
}

async fn rest(site: &Site) {
    tokio::select! {
        () = site.stirred() => {}
        () = tokio::time::sleep(NAP) => {}
    }
}

async fn work_inbox(site: Shared) {
    // What needs the network or a new key is done aside, at most one thing for each partner at a time.
    let mut aside = JoinSet::new();
    loop {
        while aside.try_join_next().is_some() {}
        let here = site.here();
        match site.federation.take_round(&here).await {
            Ok(round) => {
                let took = site.now().since(here.now);
                let breath = if round.busy { (took * YIELDS).min(LONGEST_BREATH) } else { Duration::ZERO };
                for slow in round.slow {
                    let site = Arc::clone(&site);
                    aside.spawn(async move {
                        if let Err(error) = site.federation.finish(slow).await {
                            tracing::error!(error = %error, "what a partner sent could not be handled");
                            tokio::time::sleep(Duration::from_secs(1)).await;
                        }
                        site.stir();
                    });
                }
                if round.looked == 0 {
                    rest(&site).await;
                } else {
                    site.stir();
                    tokio::time::sleep(breath).await;
                }
            }
            Err(error) => {
                tracing::error!(error = %error, "the inbox could not be handled");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// The lanes that are being worked on, each in a task of its own.
#[derive(Default)]
struct Working {
    tasks: JoinSet<(Id, bool)>,
    partners: HashSet<Id>,
    /// After a fault some lane may be leased to us and not be worked on.
    unsure: bool,
}

impl Working {
    fn begin(&mut self, site: &Shared, lane: Lane) {
        let site = Arc::clone(site);
        self.partners.insert(lane.partner.clone());
        self.tasks.spawn(async move {
            let run = site.federation.run_lane(&site.here(), &lane, LANE_ROWS).await;
            if let Err(error) = &run {
                tracing::error!(error = %error, partner = %lane.partner, "a delivery lane stopped");
            }
            (lane.partner, run.is_ok())
        });
    }

    fn ended(&mut self, ended: Result<(Id, bool), JoinError>) {
        if let Ok((partner, well)) = ended {
            self.partners.remove(&partner);
            self.unsure |= !well;
        } else {
            // One of them panicked; which one is not told.
            self.partners.clear();
            self.unsure = true;
        }
    }

    fn collect(&mut self) {
        while let Some(ended) = self.tasks.try_join_next() {
            self.ended(ended);
        }
    }

    /// More lanes, as far as there are hands for them.
    async fn lease(&mut self, site: &Site) -> Result<Vec<Lane>, DbError> {
        if self.unsure {
            let busy: Vec<Id> = self.partners.iter().cloned().collect();
            site.federation.free_idle_lanes(&busy).await?;
            self.unsure = false;
        }
        match LANES.saturating_sub(self.tasks.len()) {
            0 => Ok(Vec::new()),
            free => site.federation.lease_lanes(&site.here(), i64::try_from(free).unwrap_or(1)).await,
        }
    }
}

async fn work_deliveries(site: Shared) {
    let mut working = Working::default();
    loop {
        working.collect();
        let leased = match working.lease(&site).await {
            Ok(leased) => leased,
            Err(error) => {
                tracing::error!(error = %error, "deliveries could not be leased");
                working.unsure = true;
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let found = leased.len();
        for lane in leased {
            working.begin(&site, lane);
        }
        if found == 0 {
            tokio::select! {
                Some(ended) = working.tasks.join_next() => working.ended(ended),
                () = rest(&site) => {}
            }
        }
    }
}

async fn work_jobs(site: Shared) {
    let registry = super::jobs();
    loop {
        match jobs::step(&site.db, &*site, &registry, site.now()).await {
            Ok(step) if step.ran > 0 => site.stir(),
            Ok(_) => rest(&site).await,
            Err(error) => {
                tracing::error!(error = %error, "the durable work could not be looked at");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_panics_begins_again() {
        let begun = std::sync::atomic::AtomicU32::new(0);
        go_on("tests", Duration::ZERO, || async {
            assert!(begun.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 1, "on purpose");
        })
        .await;
        assert_eq!(begun.into_inner(), 3);
    }
}
