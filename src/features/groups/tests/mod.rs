//! Groups tried as a whole, on both engines: what partners say and what is answered, what hosts do, what pages show.
//! The stage below is one house with a partner; sentences are handed in as if they had been verified.

mod away;
mod home;
mod hosts;
mod names;
mod pages;
mod store;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::base::{Id, Iri, Origin, Timestamp};
use crate::db::{Db, Tx};
use crate::federation::actors::{self, Actor, Kind, Learned};
use crate::federation::here::{Here, Sequence};
use crate::federation::inbox::Table;
use crate::federation::keys::{KeyPair, KeySource};
use crate::federation::partners::{self, Partner};
use crate::federation::policy::Reach;
use crate::federation::vault::Vault;
use crate::testing::chance::SeededChance;
use crate::testing::keys::RecordedKeys;
use crate::testing::site::VAULT_KEY;

use super::actions::{Founding, create};
use super::group::{Charter, Group, GroupName, JoinRule};
use super::inbox;

/// One house and what it needs.
struct Stage {
    db: Db,
    here: Here,
    keys: RecordedKeys,
    table: Table,
}

/// Somebody of a partner.
struct Neighbour {
    partner: Partner,
    actor: Actor,
}

impl Stage {
    fn new(db: &Db, seed: u64) -> Self {
        let now = Timestamp::from_seconds(1_772_366_400);
        let origin = Origin::parse("https://a.example").unwrap();
        // Several stages may stand on one database: each has its own stretch of numbers.
        let sequence = Sequence::default();
        sequence.start_after(now.millis() * 1_000_000 + i64::try_from(seed).unwrap() * 10_000_000);
        let vault = Arc::new(Vault::new(&VAULT_KEY).unwrap());
        let here = Here::new(now, Arc::new(SeededChance::new(seed)), origin, Arc::new(sequence)).with_vault(vault);
        Self { db: db.clone(), here, keys: RecordedKeys::default(), table: Table::new(inbox::receives()).unwrap() }
    }

    fn key(&self) -> KeyPair {
        self.keys.fresh().unwrap()
    }

    /// This many seconds after the beginning.
    fn at(&self, seconds: i64) -> Timestamp {
        Timestamp::from_millis(self.here.now.millis() + seconds * 1000)
    }

    async fn begin(&self) -> Tx {
        self.db.begin().await.unwrap()
    }

    async fn persona(&self, name: &str) -> Actor {
        let key = self.key();
        let mut tx = self.begin().await;
        let actor = actors::create_local(&mut tx, &self.here, Kind::Person, name, &key).await.unwrap();
        tx.commit().await.unwrap();
        actor
    }

    async fn partner(&self, host: &str) -> Partner {
        let mut tx = self.begin().await;
        let origin = Origin::parse(&format!("https://{host}.example")).unwrap();
        let partner = partners::name(&mut tx, &self.here, &origin, false).await.unwrap();
        tx.commit().await.unwrap();
        partner
    }

    /// An actor of a partner, as if its document had been read.
    async fn actor(&self, partner: &Partner, path: &str, kind: Kind) -> Actor {
        let uri = partner.origin.at(path);
        let learned = Learned {
            inbox: partner.origin.at(&format!("{path}/inbox")),
            shared_inbox: Some(partner.origin.at("/inbox")),
            name: path.rsplit('/').next().unwrap().to_owned(),
            key: None,
            uri,
            kind,
        };
        let mut tx = self.begin().await;
        let actor = actors::learn(&mut tx, &self.here, &partner.id, &learned).await.unwrap();
        tx.commit().await.unwrap();
        actor
    }

    async fn neighbour(&self, host: &str, name: &str) -> Neighbour {
        let partner = self.partner(host).await;
        let actor = self.actor(&partner, &format!("/p/{name}"), Kind::Person).await;
        Neighbour { partner, actor }
    }

    /// A group of this house with a host, shared with these partners.
    async fn group(&self, join: JoinRule, partners: &[&Partner]) -> (Group, Actor) {
        let host = self.persona("Bo").await;
        let key = self.key();
        let charter =
            Charter { purpose: "Talk over *coffee*.".to_owned(), ..Charter::named(GroupName::parse("Morning coffee").unwrap(), join) };
        let ids: Vec<Id> = partners.iter().map(|partner| partner.id.clone()).collect();
        let reach = if ids.is_empty() { Reach::House } else { Reach::Partners };
        let founding = Founding { charter: &charter, founder: &host.id, reach, partners: &ids };
        let mut tx = self.begin().await;
        let group = create(&mut tx, &self.here, &key, founding).await.unwrap();
        tx.commit().await.unwrap();
        (group, host)
    }

    /// Hands a sentence in and lets it be handled. The state and reason of its row.
    async fn hear(&self, from: &Neighbour, sentence: &Value) -> (String, Option<String>) {
        store::hand_in(self, from, sentence).await
    }

    /// Everything that was written for partners so far, oldest first.
    async fn said(&self) -> Vec<Value> {
        store::outbox(&self.db).await
    }
}

/// Row 1 of groups.md.
fn follow(who: &Actor, group: &Iri, number: u32, at: Timestamp) -> Value {
    json!({"id": format!("{}/a/f{number}", who.uri.origin()), "type": "Follow", "actor": who.uri, "object": group,
           "to": [group], "published": at.rfc3339()})
}

/// Row 12.
fn undo(who: &Actor, group: &Iri, number: u32, at: Timestamp) -> Value {
    let id = format!("{}/a/f{number}", who.uri.origin());
    json!({"id": format!("{id}-undone"), "type": "Undo", "actor": who.uri, "to": [group], "published": at.rfc3339(),
           "object": {"id": id, "type": "Follow", "actor": who.uri, "object": group}})
}

/// All orders of `0..n`.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for order in orders(n - 1) {
        for at in 0..n {
            let mut longer = order.clone();
            longer.insert(at, n - 1);
            all.push(longer);
        }
    }
    all
}
