//! The working parts of federation that live as long as the process: the door out, key source, table of sentences,
//! caches and budgets. Everything that was promised to anyone is in the database; what is here may vanish at any moment.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::audit::{self, By, Event, What};
use crate::base::proxy::TrustedProxies;
use crate::base::{Chance, Clock, Id, Iri, Origin, Sensitive, Timestamp, spare};
use crate::db::{Conn, Db, DbError};
use crate::federation::activity::{ActorDocument, Collection, ObjectKind};
use crate::federation::actors::{self, Actor};
use crate::federation::delivery;
use crate::federation::dialer::Transport;
use crate::federation::fetch::{self, Budget, Doubts, FetchError, InVain, Purse, Rechecks, Signer};
use crate::federation::here::{Here, Sequence};
use crate::federation::inbox::{self, Clash, Receives, Table, Turns};
use crate::federation::ingest::Ingest;
use crate::federation::keys::{KeyPair, KeySource, PublicKey};
use crate::federation::outbox;
use crate::federation::policy::{self, PartnerToken, Traffic};
use crate::federation::quota::{Failures, Quota};
use crate::federation::refusals::{self, Refusals};
use crate::federation::serves::Serves;
use crate::federation::vault::{Vault, VaultError};
use crate::jobs;

/// Requests each second that one partner may send, unless the settings say otherwise.
const PARTNER_RATE: u32 = 5000;
/// A clock that goes back by less than this is being kept right; by more, somebody set it.
const BACKWARDS: Duration = Duration::from_secs(5);
/// Parsed keys kept in memory.
const KEYS_KEPT: usize = 10_000;

/// What comes from outside the process: passed in, so that tests set it (design D9).
#[derive(Clone)]
pub struct World {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub chance: Arc<dyn Chance>,
    /// The network.
    pub transport: Arc<dyn Transport>,
    /// Fresh keys.
    pub keys: Arc<dyn KeySource>,
    /// Our own origin.
    pub origin: Origin,
    /// What private keys are sealed with.
    pub vault: Arc<Vault>,
}

/// See the module.
pub struct Federation {
    db: Db,
    world: World,
    sequence: Arc<Sequence>,
    table: Table,
    serves: Vec<Serves>,
    pub(in crate::federation) budget: Budget,
    pub(in crate::federation) doubts: Doubts,
    pub(in crate::federation) in_vain: InVain,
    pub(in crate::federation) rechecks: Rechecks,
    pub(in crate::federation) quota: Quota,
    pub(in crate::federation) failures: Failures,
    pub(in crate::federation) refusals: Refusals,
    pub(in crate::federation) proxies: TrustedProxies,
    pub(in crate::federation) ingest: Ingest,
    pub(in crate::federation) turns: Arc<Turns>,
    public_keys: Mutex<HashMap<String, Arc<PublicKey>>>,
    private_keys: Mutex<HashMap<Id, Arc<KeyPair>>>,
    /// The moment of the last look at the clock, in milliseconds; 0 before the first.
    looked: AtomicI64,
}

impl Federation {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When two features claim one sentence.
    pub fn new(db: Db, world: World, rows: Vec<Receives>, serves: Vec<Serves>) -> Result<Self, Clash> {
        Ok(Self {
            db,
            world,
            sequence: Arc::default(),
            table: Table::new(rows)?,
            serves,
            budget: Budget::default(),
            doubts: Doubts::default(),
            in_vain: InVain::default(),
            rechecks: Rechecks::default(),
            quota: Quota::per_second(PARTNER_RATE),
            failures: Failures::per_second(PARTNER_RATE),
            refusals: Refusals::default(),
            proxies: TrustedProxies::default(),
            ingest: Ingest::default(),
            turns: Arc::default(),
            public_keys: Mutex::default(),
            private_keys: Mutex::default(),
            looked: AtomicI64::new(0),
        })
    }

    /// The moment, chance and our origin, for one action.
    pub fn here(&self) -> Here {
        let world = &self.world;
        Here::new(world.clock.now(), Arc::clone(&world.chance), world.origin.clone(), Arc::clone(&self.sequence))
            .with_vault(Arc::clone(&world.vault))
    }

    /// The same, with so many requests each second for one partner.
    #[must_use]
    pub fn with_partner_rate(self, rate: u32) -> Self {
        Self { quota: Quota::per_second(rate), failures: Failures::per_second(rate), ..self }
    }

    /// The same, with these proxies before the listener: whose word about a client's address is believed.
    #[must_use]
    pub fn with_proxies(self, proxies: TrustedProxies) -> Self {
        Self { proxies, ..self }
    }

    /// Seals what an earlier version left open, and finds out whether the key is the one of this database.
    ///
    /// # Errors
    /// [`VaultError::Wrong`], or the database.
    pub async fn seal_keys(&self) -> Result<(), VaultError> {
        if !self.world.vault.fits(&mut *self.db.read().await?).await? {
            return Err(VaultError::Wrong);
        }
        let here = self.here();
        loop {
            let open = actors::unsealed_keys(&mut *self.db.read().await?).await?;
            if open.is_empty() {
                return Ok(());
            }
            let mut tx = self.db.begin().await?;
            for (id, key) in open {
                let sealed = here.seal(&id, &key).ok_or(VaultError::Wrong)?;
                actors::set_sealed_key(&mut tx, &id, sealed).await?;
            }
            tx.commit().await?;
        }
    }

    /// The network.
    pub(in crate::federation) fn transport(&self) -> &dyn Transport {
        &*self.world.transport
    }

    /// Start is recovery: numbers go on after the highest stored one.
    ///
    /// # Errors
    /// Database trouble.
    pub async fn recover(&self) -> Result<(), DbError> {
        let mut conn = self.db.read().await?;
        self.sequence.start_after(outbox::last_sequence(&mut conn).await?);
        Ok(())
    }

    /// Looks at the clock. When it was set back since the last look, says so, and takes care that nothing waits for the hours
    /// that come twice (threats FLT-13). Returns by how much.
    ///
    /// # Errors
    /// Database trouble; the next look does not see it again, so that what waits then waits as long as the clock says.
    pub async fn look_at_clock(&self) -> Result<Option<Duration>, DbError> {
        let now = self.here().now;
        let before = Timestamp::from_millis(self.looked.swap(now.millis(), Ordering::Relaxed));
        self.went_back(before, now).await
    }

    /// The same at the start of a server: the newest thing in the database says when that was.
    ///
    /// # Errors
    /// Database trouble.
    pub async fn compare_clock(&self) -> Result<Option<Duration>, DbError> {
        let newest = outbox::last_sequence(&mut *self.db.read().await?).await? / 1_000_000;
        self.went_back(Timestamp::from_millis(newest), self.here().now).await
    }

    async fn went_back(&self, before: Timestamp, now: Timestamp) -> Result<Option<Duration>, DbError> {
        let by = before.since(now);
        if by < BACKWARDS {
            return Ok(None);
        }
        tracing::error!(seconds = by.as_secs(), "the clock was set back; check the time service of this machine");
        let mut tx = self.db.begin().await?;
        delivery::set_back(&mut tx, now, by).await?;
        inbox::set_back(&mut tx, now, by).await?;
        jobs::set_back(&mut tx, now, by).await?;
        tx.commit().await?;
        Ok(Some(by))
    }

    /// Makes the instance actor at the first start.
    ///
    /// # Errors
    /// Database trouble.
    pub async fn found_instance(&self, name: &str) -> Result<(), DbError> {
        let mut conn = self.db.read().await?;
        if actors::instance(&mut conn).await?.is_some() {
            return Ok(());
        }
        drop(conn);
        let key = self.fresh_key().await?;
        let here = self.here();
        let mut tx = self.db.begin().await?;
        tx.lock("instance-actor").await?;
        if actors::instance(&mut tx).await?.is_none() {
            let instance = actors::create_local(&mut tx, &here, actors::Kind::Application, name, &key).await?;
            let event = Event {
                at: here.now,
                what: What::HouseChanged,
                done: true,
                by: By::machine(),
                purpose: "running",
                object: ("house", instance.id.as_str()),
                client: "",
                ground: "setup",
                words: "founded",
            };
            audit::record(&mut tx, &event).await?;
        }
        tx.commit().await
    }

    /// The database, for the parts of this floor.
    pub(in crate::federation) fn db(&self) -> &Db {
        &self.db
    }

    /// Who does what with which sentence.
    pub(in crate::federation) const fn table(&self) -> &Table {
        &self.table
    }

    /// What the features serve to partners.
    pub(in crate::federation) fn serves(&self) -> &[Serves] {
        &self.serves
    }

    /// A fresh key, made off the async threads.
    ///
    /// # Errors
    /// When the machine cannot make one.
    pub async fn fresh_key(&self) -> Result<KeyPair, DbError> {
        let keys = Arc::clone(&self.world.keys);
        spare::run(move || keys.fresh()).await.and_then(Result::ok).ok_or(DbError::Unreadable("a fresh key"))
    }

    /// A partner's key, parsed once.
    pub(in crate::federation) fn public_key(&self, pem: &str) -> Option<Arc<PublicKey>> {
        let mut kept = self.public_keys.lock().ok()?;
        if let Some(key) = kept.get(pem) {
            return Some(Arc::clone(key));
        }
        let key = Arc::new(PublicKey::from_pem(pem).ok()?);
        if kept.len() >= KEYS_KEPT {
            kept.clear();
        }
        kept.insert(pem.to_owned(), Arc::clone(&key));
        Some(key)
    }

    /// The private key of an actor of ours, parsed once.
    pub(in crate::federation) async fn private_key(&self, conn: &mut Conn, actor: &Id) -> Result<Option<Arc<KeyPair>>, DbError> {
        if let Some(key) = self.private_keys.lock().ok().and_then(|kept| kept.get(actor).cloned()) {
            return Ok(Some(key));
        }
        let Some((stored, sealed)): Option<(Sensitive<String>, bool)> = actors::private_key(conn, actor).await? else { return Ok(None) };
        let unreadable = || DbError::Unreadable("actors.private_key");
        let stored = if sealed { self.world.vault.open(actor, &stored).map_err(|_| unreadable())? } else { stored };
        let key = Arc::new(KeyPair::from_stored(&stored).map_err(|_| unreadable())?);
        if let Ok(mut kept) = self.private_keys.lock() {
            if kept.len() >= KEYS_KEPT {
                kept.clear();
            }
            kept.insert(actor.clone(), Arc::clone(&key));
        }
        Ok(Some(key))
    }

    /// Our instance actor and its key.
    pub(in crate::federation) async fn instance(&self) -> Result<Option<(Actor, Arc<KeyPair>)>, DbError> {
        let mut conn = self.db.read().await?;
        let Some(actor) = actors::instance(&mut conn).await? else { return Ok(None) };
        let key = self.private_key(&mut conn, &actor.id).await?;
        Ok(key.map(|key| (actor, key)))
    }

    /// Reads an actor's document from a partner.
    ///
    /// # Errors
    /// See [`FetchError`]; database trouble counts as no key.
    pub async fn fetch_actor(&self, token: &PartnerToken, here: &Here, uri: &Iri) -> Result<ActorDocument, FetchError> {
        self.fetch_actor_from(token, here, uri, &self.budget).await
    }

    /// The same, paid from this purse.
    pub(in crate::federation) async fn fetch_actor_from(
        &self,
        token: &PartnerToken,
        here: &Here,
        uri: &Iri,
        purse: &dyn Purse,
    ) -> Result<ActorDocument, FetchError> {
        let Ok(Some((instance, key))) = self.instance().await else { return Err(FetchError::NoKey) };
        let signer = Signer { key: &key, key_id: &instance.key_id, now: here.now };
        fetch::actor(self.transport(), token, &signer, purse, uri).await
    }

    /// Reads a group's document from an active partner, so that a member can look at it and ask to join.
    ///
    /// # Errors
    /// See [`FetchError`]; a partner that is not active counts as another origin.
    pub async fn fetch_group(&self, partner: &Id, uri: &Iri) -> Result<ActorDocument, FetchError> {
        let token = match self.db.read().await {
            Ok(mut conn) => policy::admit(&mut conn, partner, Traffic::Community).await.ok().flatten(),
            Err(_) => None,
        };
        let Some(token) = token else { return Err(FetchError::OtherOrigin) };
        let document = self.fetch_actor(&token, &self.here(), uri).await?;
        if document.kind == ObjectKind::Group { Ok(document) } else { Err(FetchError::Document("not-a-group")) }
    }

    /// Reads a collection of an active partner, or one page of it, within the budget of that partner.
    ///
    /// # Errors
    /// See [`FetchError`]; a partner that is not active counts as another origin.
    pub async fn fetch_collection(&self, partner: &Id, uri: &Iri) -> Result<Collection, FetchError> {
        let token = match self.db.read().await {
            Ok(mut conn) => policy::admit(&mut conn, partner, Traffic::Community).await.ok().flatten(),
            Err(_) => None,
        };
        let token = token.ok_or(FetchError::OtherOrigin)?;
        let Ok(Some((instance, key))) = self.instance().await else { return Err(FetchError::NoKey) };
        let signer = Signer { key: &key, key_id: &instance.key_id, now: self.here().now };
        fetch::collection(self.transport(), &token, &signer, &self.budget, uri).await
    }

    /// Reads the document of somebody of an active partner who is not known here yet, and stores it. False when nothing was learned.
    ///
    /// # Errors
    /// Database trouble.
    pub async fn get_to_know(&self, partner: &Id, uri: &Iri) -> Result<bool, DbError> {
        let token = {
            let mut conn = self.db.read().await?;
            policy::admit(&mut conn, partner, Traffic::Community).await?
        };
        let Some(token) = token else { return Ok(false) };
        let here = self.here();
        match self.fetch_actor(&token, &here, uri).await {
            Ok(document) => Ok(self.learn(&here, &token, &document).await?.is_some()),
            Err(_) => Ok(false),
        }
    }

    /// Writes what partners were refused into the audit log. Nearly always there is nothing, and nothing is asked of the database.
    pub(in crate::federation) async fn write_refusals(&self, here: &Here) -> Result<(), DbError> {
        let rows = self.refusals.due(here.now);
        if rows.is_empty() {
            return Ok(());
        }
        let written = async {
            let mut tx = self.db.begin().await?;
            refusals::write(&mut tx, &rows).await?;
            tx.commit().await
        };
        let written = written.await;
        if written.is_err() {
            self.refusals.again(rows);
        }
        written
    }

    /// Stores what a checked document says.
    ///
    /// # Errors
    /// Database trouble.
    pub async fn learn(&self, here: &Here, token: &PartnerToken, document: &ActorDocument) -> Result<Option<Actor>, DbError> {
        let Some(learned) = fetch::learned(document) else { return Ok(None) };
        let mut tx = self.db.begin().await?;
        if !actors::has_room(&mut tx, &token.partner().id, &learned.uri).await? {
            return Ok(None);
        }
        let actor = actors::learn(&mut tx, here, &token.partner().id, &learned).await?;
        tx.commit().await?;
        self.in_vain.forget(&token.partner().id, &actor.key_id);
        Ok(Some(actor))
    }
}
