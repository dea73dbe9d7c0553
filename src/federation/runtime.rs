//! The working parts of federation that live as long as the process: the door out, key source, table of sentences,
//! caches and budgets. Everything that was promised to anyone is in the database; what is here may vanish at any moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::base::{Chance, Clock, Id, Iri, Origin, Sensitive};
use crate::db::{Conn, Db, DbError};
use crate::federation::activity::{ActorDocument, ObjectKind, Verb};
use crate::federation::actors::{self, Actor};
use crate::federation::dialer::Transport;
use crate::federation::fetch::{self, Budget, FetchError, Signer};
use crate::federation::here::{Here, Sequence};
use crate::federation::inbox::{self, Clash, Due, Receives, Table};
use crate::federation::keys::{KeyPair, KeySource, PublicKey};
use crate::federation::outbox;
use crate::federation::policy::{self, PartnerToken, Traffic};
use crate::federation::serves::Serves;

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
}

/// See the module.
pub struct Federation {
    db: Db,
    world: World,
    sequence: Arc<Sequence>,
    table: Table,
    serves: Vec<Serves>,
    pub(in crate::federation) budget: Budget,
    public_keys: Mutex<HashMap<String, Arc<PublicKey>>>,
    private_keys: Mutex<HashMap<Id, Arc<KeyPair>>>,
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
            public_keys: Mutex::default(),
            private_keys: Mutex::default(),
        })
    }

    /// The moment, chance and our origin, for one action.
    pub fn here(&self) -> Here {
        Here::new(self.world.clock.now(), Arc::clone(&self.world.chance), self.world.origin.clone(), Arc::clone(&self.sequence))
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
            actors::create_local(&mut tx, &here, actors::Kind::Application, name, &key).await?;
        }
        tx.commit().await
    }

    /// The database, for the parts of this floor.
    pub(in crate::federation) fn db(&self) -> &Db {
        &self.db
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
        let made = tokio::task::spawn_blocking(move || keys.fresh()).await;
        made.ok().and_then(Result::ok).ok_or(DbError::Unreadable("a fresh key"))
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
        let Some(stored): Option<Sensitive<String>> = actors::private_key(conn, actor).await? else { return Ok(None) };
        let key = Arc::new(KeyPair::from_stored(&stored).map_err(|_| DbError::Unreadable("actors.private_key"))?);
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
        let Ok(Some((instance, key))) = self.instance().await else { return Err(FetchError::NoKey) };
        let signer = Signer { key: &key, key_id: &instance.key_id, now: here.now };
        fetch::actor(self.transport(), token, &signer, &self.budget, uri).await
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

    /// Handles what is due in the inbox. Returns how many rows were looked at.
    ///
    /// # Errors
    /// Database trouble; nothing is lost, the rows stay due.
    pub async fn handle_inbox(&self, here: &Here) -> Result<usize, DbError> {
        let mut rows = {
            let mut conn = self.db.read().await?;
            inbox::due(&mut conn, here.now).await?
        };
        for row in &mut rows {
            self.prepare(here, row).await?;
        }
        inbox::handle(&self.db, here, &self.table, &rows).await?;
        Ok(rows.len())
    }

    /// Everything slow that a sentence needs before its unit of work opens: a key for a guest, actors not yet known.
    async fn prepare(&self, here: &Here, row: &mut Due) -> Result<(), DbError> {
        if row.activity.verb == Verb::Follow {
            row.fresh_key = Some(self.fresh_key().await?);
        }
        for uri in row.mentioned_actors() {
            let token = {
                let mut conn = self.db.read().await?;
                if uri.origin() == here.origin || actors::by_uri(&mut conn, &uri).await?.is_some() {
                    continue;
                }
                policy::admit(&mut conn, row.partner(), Traffic::Community).await?
            };
            let Some(token) = token else { continue };
            match self.fetch_actor(&token, here, &uri).await {
                Ok(document) => drop(self.learn(here, &token, &document).await?),
                Err(_) => row.unresolved = true,
            }
        }
        Ok(())
    }

    /// Stores what a checked document says.
    ///
    /// # Errors
    /// Database trouble.
    pub async fn learn(&self, here: &Here, token: &PartnerToken, document: &ActorDocument) -> Result<Option<Actor>, DbError> {
        let Some(learned) = fetch::learned(document) else { return Ok(None) };
        let mut tx = self.db.begin().await?;
        let actor = actors::learn(&mut tx, here, &token.partner().id, &learned).await?;
        tx.commit().await?;
        Ok(Some(actor))
    }
}
