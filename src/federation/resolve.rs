//! A round of the inbox: what can be handled is handled at once; what needs something slow first (a document from the partner, a
//! key for a guest) is put aside with all that this partner sent, so that only the partner it belongs to waits for it
//! (threats R14). The unit of work in which a sentence has its effect never waits for the network.

use std::collections::HashSet;

use crate::base::{Id, Iri};
use crate::db::DbError;
use crate::federation::actors;
use crate::federation::fetch::ForOne;
use crate::federation::here::Here;
use crate::federation::inbox::{self, Aside, Due, Outcome};
use crate::federation::policy::{self, Traffic};
use crate::federation::refusals::{Proof, Refused};
use crate::federation::runtime::Federation;

/// So many requests one activity may cause, over all its tries (threats `N_FETCH`).
const MOST_FETCHES: i64 = 8;

/// Rows of one partner that need something slow first. While this is held the partner's other rows rest.
pub struct Slow {
    rows: Vec<Due>,
    _aside: Aside,
}

impl Slow {
    /// Whose they are.
    pub fn partner(&self) -> Option<&Id> {
        self.rows.first().map(Due::partner)
    }
}

/// What a round did, and what is left for [`Federation::finish`].
pub struct Round {
    /// Rows that were looked at.
    pub looked: usize,
    /// What has to be done aside, partner by partner.
    pub slow: Vec<Slow>,
    /// Something came in since the round before: whoever goes on at once takes the one writer from those who wait for their 202.
    pub busy: bool,
}

impl Federation {
    /// Handles what is due in the inbox, one thing after the other. Returns how many rows were looked at.
    ///
    /// # Errors
    /// Database trouble; nothing is lost, the rows stay due.
    pub async fn handle_inbox(&self, here: &Here) -> Result<usize, DbError> {
        let round = self.take_round(here).await?;
        for slow in round.slow {
            self.finish(slow).await?;
        }
        Ok(round.looked)
    }

    /// Handles what is due and ready, and gives back what is not.
    ///
    /// # Errors
    /// As [`Federation::handle_inbox`].
    pub async fn take_round(&self, here: &Here) -> Result<Round, DbError> {
        self.write_refusals(here).await?;
        let busy = self.ingest.busy();
        let taken = {
            let mut conn = self.db().read().await?;
            inbox::due(&mut conn, here.now, &self.turns, busy).await?
        };
        if !taken.unreadable.is_empty() {
            inbox::park_unreadable(self.db(), here, &taken.unreadable).await?;
        }
        let looked = taken.rows.len() + taken.unreadable.len();
        let unknown = self.unknown(here, &taken.rows).await?;
        let waits = |row: &Due| row.mentioned_actors(&here.origin).iter().any(|uri| unknown.contains(uri));
        let (slow, ready): (Vec<_>, Vec<_>) = inbox::by_partner(taken.rows)
            .into_iter()
            .partition(|(_, rows)| rows.iter().any(|row| row.fetches < MOST_FETCHES && waits(row)));
        let ready: Vec<Due> = ready.into_iter().flat_map(|(_, rows)| rows).collect();
        let keyless: HashSet<i64> = self.handle_rows(here, &ready).await?.into_iter().collect();
        let keyless = inbox::by_partner(ready.into_iter().filter(|row| keyless.contains(&row.seq())).collect());
        let slow = slow.into_iter().chain(keyless);
        Ok(Round { looked, slow: slow.filter_map(|(partner, rows)| self.aside(&partner, rows)).collect(), busy })
    }

    /// `None` when something is done for this partner already; its rows stay due.
    fn aside(&self, partner: &Id, rows: Vec<Due>) -> Option<Slow> {
        Some(Slow { _aside: self.turns.put_aside(partner)?, rows })
    }

    /// Does what rows of one partner wait for, and handles them.
    ///
    /// # Errors
    /// As [`Federation::handle_inbox`].
    pub async fn finish(&self, mut slow: Slow) -> Result<(), DbError> {
        for row in &mut slow.rows {
            self.ask_after(row).await?;
        }
        let keyless = self.handle_rows(&self.here(), &slow.rows).await?;
        slow.rows.retain(|row| keyless.contains(&row.seq()));
        for row in &mut slow.rows {
            row.fresh_key = Some(self.fresh_key().await?);
        }
        if !slow.rows.is_empty() {
            self.handle_rows(&self.here(), &slow.rows).await?;
        }
        Ok(())
    }

    /// Handles these rows. Gives the numbers of those that need a key first.
    async fn handle_rows(&self, here: &Here, rows: &[Due]) -> Result<Vec<i64>, DbError> {
        let Outcome { refused, keyless } = inbox::handle(self.db(), here, self.table(), rows).await?;
        for (partner, code) in refused {
            self.refusals.note(&partner, Refused { kind: "effect", code, proof: Proof::Signed }, here.now);
        }
        Ok(keyless)
    }

    /// Actors that these rows name and that are not known here.
    async fn unknown(&self, here: &Here, rows: &[Due]) -> Result<HashSet<Iri>, DbError> {
        let mut asked: HashSet<Iri> = rows.iter().flat_map(|row| row.mentioned_actors(&here.origin)).collect();
        if !asked.is_empty() {
            let known = actors::known(&mut *self.db().read().await?, &asked.iter().collect::<Vec<_>>()).await?;
            asked.retain(|uri| !known.contains(uri.as_str()));
        }
        Ok(asked)
    }

    /// Reads whom a row speaks of and nobody here knows.
    async fn ask_after(&self, row: &mut Due) -> Result<(), DbError> {
        let here = self.here();
        for uri in row.mentioned_actors(&here.origin) {
            let known = actors::by_uri(&mut *self.db().read().await?, &uri).await?;
            if known.as_ref().is_some_and(|actor| !actor.is_unread()) {
                continue;
            }
            if row.fetches >= MOST_FETCHES {
                // It is handled with what is known.
                row.unresolved = false;
                return Ok(());
            }
            let read = self.resolve(&here, row, &uri).await?;
            // What is kept without a name already keeps nobody waiting.
            row.unresolved |= !read && known.is_none();
        }
        row.unresolved &= row.fetches < MOST_FETCHES;
        Ok(())
    }

    /// Reads an actor of this partner. False when it cannot be read just now.
    async fn resolve(&self, here: &Here, row: &mut Due, uri: &Iri) -> Result<bool, DbError> {
        let token = policy::admit(&mut *self.db().read().await?, row.partner(), Traffic::Community).await?;
        let Some(token) = token else { return Ok(true) };
        let left = usize::try_from(MOST_FETCHES - row.fetches).unwrap_or(0);
        let purse = ForOne::new(&self.budget, left);
        let read = self.fetch_actor_from(&token, here, uri, &purse).await;
        row.fetches += i64::try_from(left - purse.left()).unwrap_or(0);
        match read {
            Ok(document) => self.learn(here, &token, &document).await.map(|_| true),
            Err(_) => Ok(false),
        }
    }
}
