//! ActivityPub actors, ours and others', as rows: who has which address, name and key. An actor of ours is a persona,
//! a guest persona, a group or the instance itself; nothing here knows the person behind it.

use crate::base::{Id, Iri, Sensitive, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::federation::here::Here;
use crate::federation::keys::KeyPair;

/// What an actor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A persona of ours, a guest persona, or a person elsewhere.
    Person,
    /// A group.
    Group,
    /// An instance.
    Application,
}

impl Kind {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Group => "group",
            Self::Application => "application",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "group" => Self::Group,
            "application" => Self::Application,
            _ => Self::Person,
        }
    }
}

/// One actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Our own id of the row, also for actors elsewhere.
    pub id: Id,
    /// Its address on the wire.
    pub uri: Iri,
    /// What it is.
    pub kind: Kind,
    /// The partner it belongs to; `None` for our own.
    pub partner: Option<Id>,
    /// Its display name.
    pub name: String,
    /// Its inbox.
    pub inbox: Iri,
    /// The inbox it shares with others of its instance.
    pub shared_inbox: Option<Iri>,
    /// Address of its key.
    pub key_id: String,
    /// SPKI PEM; empty while unknown.
    pub public_key: String,
    /// Deleted or retired.
    pub gone: bool,
}

impl Actor {
    /// Whether it is one of ours.
    pub const fn is_local(&self) -> bool {
        self.partner.is_none()
    }
}

/// What is known of an actor elsewhere from its document, after the document was checked.
#[derive(Clone, Debug)]
pub struct Learned {
    /// Address.
    pub uri: Iri,
    /// What it is.
    pub kind: Kind,
    /// Display name.
    pub name: String,
    /// Inbox, on the partner's origin.
    pub inbox: Iri,
    /// Shared inbox, on the partner's origin.
    pub shared_inbox: Option<Iri>,
    /// Address and SPKI PEM of its key.
    pub key: Option<(String, String)>,
}

#[derive(sqlx::FromRow)]
pub(in crate::federation) struct Row {
    id: String,
    uri: String,
    kind: String,
    partner_id: Option<String>,
    name: String,
    inbox: String,
    shared_inbox: Option<String>,
    key_id: String,
    public_key: String,
    gone_at: Option<i64>,
}

impl Row {
    pub(in crate::federation) fn into_actor(self) -> Result<Actor, DbError> {
        let read = |text: &str| Iri::parse(text).map_err(|_| DbError::Unreadable("actors"));
        Ok(Actor {
            id: Id::parse(&self.id).ok_or_else(|| DbError::Unreadable("actors"))?,
            uri: read(&self.uri)?,
            kind: Kind::parse(&self.kind),
            partner: self.partner_id.as_deref().and_then(Id::parse),
            name: self.name,
            inbox: read(&self.inbox)?,
            shared_inbox: self.shared_inbox.as_deref().map(read).transpose()?,
            key_id: self.key_id,
            public_key: self.public_key,
            gone: self.gone_at.is_some(),
        })
    }
}

/// The actor with this id.
pub async fn by_id(conn: &mut Conn, id: &Id) -> Result<Option<Actor>, DbError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, uri, kind, partner_id, name, inbox, shared_inbox, key_id, public_key, gone_at FROM actors WHERE id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(conn.sql())
    .await?;
    row.map(Row::into_actor).transpose()
}

/// The actor with this address.
pub async fn by_uri(conn: &mut Conn, uri: &Iri) -> Result<Option<Actor>, DbError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, uri, kind, partner_id, name, inbox, shared_inbox, key_id, public_key, gone_at FROM actors WHERE uri = $1",
    )
    .bind(uri.as_str())
    .fetch_optional(conn.sql())
    .await?;
    row.map(Row::into_actor).transpose()
}

/// The actor of this partner that owns this key.
pub async fn by_key(conn: &mut Conn, partner: &Id, key_id: &str) -> Result<Option<Actor>, DbError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, uri, kind, partner_id, name, inbox, shared_inbox, key_id, public_key, gone_at
         FROM actors WHERE key_id = $1 AND partner_id = $2 LIMIT 1",
    )
    .bind(key_id)
    .bind(partner.as_str())
    .fetch_optional(conn.sql())
    .await?;
    row.map(Row::into_actor).transpose()
}

/// Makes an actor of ours: a persona or guest under `/p/`, a group under `/g/`.
pub async fn create_local(tx: &mut Tx, here: &Here, kind: Kind, name: &str, key: &KeyPair) -> Result<Actor, DbError> {
    let id = here.id();
    let uri = match kind {
        Kind::Group => here.origin.at(&format!("/g/{id}")),
        Kind::Person => here.origin.at(&format!("/p/{id}")),
        Kind::Application => here.origin.at("/actor"),
    };
    let actor = Actor {
        inbox: if kind == Kind::Application { here.origin.at("/inbox") } else { here.origin.at(&format!("{}/inbox", uri.target())) },
        shared_inbox: Some(here.origin.at("/inbox")),
        key_id: format!("{uri}#main-key"),
        public_key: key.public_pem(),
        id,
        uri,
        kind,
        partner: None,
        name: name.to_owned(),
        gone: false,
    };
    let private = key.to_stored().map_err(|_| DbError::Unreadable("a fresh key"))?;
    insert(tx, here.now, &actor, Some(private)).await?;
    Ok(actor)
}

async fn insert(tx: &mut Tx, now: Timestamp, actor: &Actor, private: Option<Sensitive<String>>) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO actors (id, uri, kind, partner_id, name, inbox, shared_inbox, key_id, public_key, private_key, fetched_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
    )
    .bind(actor.id.as_str())
    .bind(actor.uri.as_str())
    .bind(actor.kind.as_str())
    .bind(actor.partner.as_ref().map(Id::as_str))
    .bind(&actor.name)
    .bind(actor.inbox.as_str())
    .bind(actor.shared_inbox.as_ref().map(Iri::as_str))
    .bind(&actor.key_id)
    .bind(&actor.public_key)
    .bind(private.map(Sensitive::into_revealed))
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Stores what a partner's document says of one of its actors. A key that changes is taken over only while the
/// inbox stays on the same origin (threats ORG-19); the caller has checked that everything is of the partner's origin.
pub async fn learn(tx: &mut Tx, here: &Here, partner: &Id, learned: &Learned) -> Result<Actor, DbError> {
    let (key_id, public_key) = learned.key.clone().unwrap_or_default();
    let actor = Actor {
        id: here.id(),
        uri: learned.uri.clone(),
        kind: learned.kind,
        partner: Some(partner.clone()),
        name: learned.name.clone(),
        inbox: learned.inbox.clone(),
        shared_inbox: learned.shared_inbox.clone(),
        key_id,
        public_key,
        gone: false,
    };
    let row: Option<Row> = sqlx::query_as(
        "INSERT INTO actors (id, uri, kind, partner_id, name, inbox, shared_inbox, key_id, public_key, fetched_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
         ON CONFLICT (uri) DO UPDATE SET name = excluded.name, inbox = excluded.inbox, shared_inbox = excluded.shared_inbox,
            key_id = CASE WHEN excluded.key_id = '' THEN actors.key_id ELSE excluded.key_id END,
            public_key = CASE WHEN excluded.public_key = '' THEN actors.public_key ELSE excluded.public_key END,
            fetched_at = excluded.fetched_at
         WHERE actors.partner_id = excluded.partner_id AND actors.kind = excluded.kind
         RETURNING id, uri, kind, partner_id, name, inbox, shared_inbox, key_id, public_key, gone_at",
    )
    .bind(actor.id.as_str())
    .bind(actor.uri.as_str())
    .bind(actor.kind.as_str())
    .bind(partner.as_str())
    .bind(&actor.name)
    .bind(actor.inbox.as_str())
    .bind(actor.shared_inbox.as_ref().map(Iri::as_str))
    .bind(&actor.key_id)
    .bind(&actor.public_key)
    .bind(here.now.millis())
    .fetch_optional(tx.sql())
    .await?;
    match row {
        Some(row) => row.into_actor(),
        // Another kind or another partner holds this address: what is stored stands.
        None => by_uri(tx, &actor.uri).await?.ok_or_else(|| DbError::Unreadable("actors")),
    }
}

/// Changes the display name.
pub async fn rename(tx: &mut Tx, id: &Id, name: &str) -> Result<(), DbError> {
    sqlx::query("UPDATE actors SET name = $2 WHERE id = $1").bind(id.as_str()).bind(name).execute(tx.sql()).await?;
    Ok(())
}

/// Marks an actor as gone: its address answers like one that never existed.
pub async fn retire(tx: &mut Tx, id: &Id, now: Timestamp) -> Result<(), DbError> {
    sqlx::query("UPDATE actors SET gone_at = $2 WHERE id = $1").bind(id.as_str()).bind(now.millis()).execute(tx.sql()).await?;
    Ok(())
}

/// The instance's own actor; `None` before the first start made it.
pub async fn instance(conn: &mut Conn) -> Result<Option<Actor>, DbError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, uri, kind, partner_id, name, inbox, shared_inbox, key_id, public_key, gone_at
         FROM actors WHERE kind = 'application' AND partner_id IS NULL LIMIT 1",
    )
    .fetch_optional(conn.sql())
    .await?;
    row.map(Row::into_actor).transpose()
}

/// The private key of an actor of ours, for the signer only.
pub(in crate::federation) async fn private_key(conn: &mut Conn, id: &Id) -> Result<Option<Sensitive<String>>, DbError> {
    let row: Option<(Option<String>,)> =
        sqlx::query_as("SELECT private_key FROM actors WHERE id = $1").bind(id.as_str()).fetch_optional(conn.sql()).await?;
    Ok(row.and_then(|(key,)| key).map(Sensitive::new))
}
