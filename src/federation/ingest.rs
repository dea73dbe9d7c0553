//! The last step of the door in: what many requests bring at the same time is committed together. Whoever comes first opens
//! the unit of work for all who came until then; nobody is told "accepted" before the commit that holds their activity.
//! It asks the policy again in that unit of work and decides nothing else about an activity.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::oneshot;

use crate::base::crash::{self, Point};
use crate::base::{Id, Timestamp};
use crate::db::{Committed, Db, DbError, Tx};
use crate::federation::accept::Denied;
use crate::federation::actors::{self, Learned};
use crate::federation::here::Here;
use crate::federation::inbox::{self, Arrived};
use crate::federation::partners::{Partner, State};
use crate::federation::policy::{self, Traffic};

/// So many activities at most share a unit of work.
const MOST: usize = 64;

/// The actor behind a verified request.
pub(in crate::federation) enum Sayer {
    /// A row we have.
    Known(Id),
    /// A checked document that is stored with the activity.
    New(Box<Learned>),
}

/// A verified activity that waits to be committed.
pub(in crate::federation) struct Pending {
    pub partner: Id,
    pub sayer: Sayer,
    pub arrived: Arrived,
}

type Told = Result<Committed<Timestamp>, Denied>;

struct Waiting {
    pending: Pending,
    tell: oneshot::Sender<Told>,
}

/// Those who wait, and who serves them.
#[derive(Default)]
pub(in crate::federation) struct Ingest {
    waiting: Mutex<Vec<Waiting>>,
    turn: std::sync::Arc<tokio::sync::Mutex<()>>,
    /// Something came since this was looked at last.
    stirred: AtomicBool,
}

impl Ingest {
    /// Commits an activity, together with whatever else came in by now.
    ///
    /// # Errors
    /// The partner may not speak any more, or the database did not take it; it is then not stored.
    pub(in crate::federation) async fn commit(&self, db: &Db, here: &Here, pending: Pending) -> Told {
        let (tell, mut told) = oneshot::channel();
        self.stirred.store(true, Ordering::Relaxed);
        self.waiting.lock().map_err(|_| Denied::Busy)?.push(Waiting { pending, tell });
        let turn = tokio::select! {
            // Somebody else took it along.
            done = &mut told => return done.unwrap_or(Err(Denied::Busy)),
            turn = std::sync::Arc::clone(&self.turn).lock_owned() => turn,
        };
        let batch = self.take();
        if !batch.is_empty() {
            let (db, here) = (db.clone(), here.clone());
            // In a task of its own: a sender that hangs up takes nobody else down with it.
            tokio::spawn(async move {
                let (tx, tellers) = match gather(&db, &here, batch).await {
                    Ok(gathered) => gathered,
                    Err(tellers) => return tell_all(tellers, || Err(Denied::Busy)),
                };
                drop(turn);
                crash::passing(Point::InboxBeforeCommit);
                let kept = tx.commit_with(here.now).await;
                crash::passing(Point::InboxAfterCommit);
                match kept {
                    Ok(committed) => tell_all(tellers, || Ok(committed.clone())),
                    Err(error) => tell_all(tellers, || Err(Denied::Db(error.clone()))),
                }
            });
        }
        told.await.unwrap_or(Err(Denied::Busy))
    }

    /// Whether anything came in since the last call: the handling of the inbox then takes smaller steps.
    pub(in crate::federation) fn busy(&self) -> bool {
        self.stirred.swap(false, Ordering::Relaxed)
    }

    fn take(&self) -> Vec<Waiting> {
        let Ok(mut waiting) = self.waiting.lock() else { return Vec::new() };
        let most = waiting.len().min(MOST);
        waiting.drain(..most).collect()
    }
}

type Tellers = Vec<oneshot::Sender<Told>>;

fn tell_all(tellers: Tellers, said: impl Fn() -> Told) {
    for tell in tellers {
        // Who no longer listens will send it again, and it is there already.
        let _ = tell.send(said());
    }
}

/// Writes a batch into one unit of work. Those whose partner may not speak are told so and left out.
async fn gather(db: &Db, here: &Here, batch: Vec<Waiting>) -> Result<(Tx, Tellers), Tellers> {
    let (pending, tellers): (Vec<_>, Vec<_>) = batch.into_iter().map(|waiting| (waiting.pending, waiting.tell)).unzip();
    match write(db, here, pending).await {
        Ok((tx, refused)) => {
            let mut kept = Tellers::new();
            for (tell, refusal) in tellers.into_iter().zip(refused) {
                match refusal {
                    None => kept.push(tell),
                    Some(denied) => drop(tell.send(Err(denied))),
                }
            }
            Ok((tx, kept))
        }
        Err(error) => {
            tracing::warn!(%error, "what came in could not be stored");
            Err(tellers)
        }
    }
}

async fn write(db: &Db, here: &Here, batch: Vec<Pending>) -> Result<(Tx, Vec<Option<Denied>>), DbError> {
    let mut tx = db.begin().await?;
    let mut states: HashMap<Id, Option<Partner>> = HashMap::new();
    let (mut rows, mut refused) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
    for Pending { partner, sayer, arrived } in batch {
        if !states.contains_key(&partner) {
            // Asked again inside the unit of work that stores: a pause that came in between wins.
            let token = policy::admit(&mut tx, &partner, Traffic::Any).await?;
            states.insert(partner.clone(), token.map(|token| token.partner().clone()));
        }
        let mut refusal = refusal(states.get(&partner).and_then(Option::as_ref), &arrived);
        if let (None, Sayer::New(learned)) = (&refusal, &sayer)
            && !actors::has_room(&mut tx, &partner, &learned.uri).await?
        {
            refusal = Some(Denied::Forbidden("too-many-actors"));
        }
        if refusal.is_none() {
            let actor = match sayer {
                Sayer::Known(id) => id,
                Sayer::New(learned) => actors::learn(&mut tx, here, &partner, &learned).await?.id,
            };
            rows.push((partner, actor, arrived));
        }
        refused.push(refusal);
    }
    inbox::store(&mut tx, here, &rows).await?;
    Ok((tx, refused))
}

fn refusal(partner: Option<&Partner>, arrived: &Arrived) -> Option<Denied> {
    match partner {
        None => Some(Denied::Stranger),
        Some(partner) if arrived.may_be_said_by(partner) => None,
        Some(partner) if partner.state == State::Proposed => Some(Denied::Forbidden("not-yet-partners")),
        Some(_) => Some(Denied::Forbidden("over")),
    }
}

#[cfg(test)]
mod tests;
