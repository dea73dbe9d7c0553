//! ActivityPub actors, ours and others', as rows: who has which address, name and key. An actor of ours is a persona,
//! a guest persona, a group or the instance itself; nothing here knows the person behind it.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::AssertSqlSafe;

use crate::base::{Id, Iri, Sensitive, Timestamp};
use crate::db::{Conn, DbError, Tx, numbered};
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

    /// Whether it was only spoken of so far: its document could not be read, and it has neither name nor key. It is asked for
    /// again whenever it is spoken of.
    pub const fn is_unread(&self) -> bool {
        self.partner.is_some() && self.name.is_empty() && self.public_key.is_empty() && !self.gone
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

macro_rules! actor_columns {
    () => {
        "id, uri, kind, partner_id, name, inbox, shared_inbox, key_id, public_key, gone_at"
    };
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
    let row: Option<Row> = sqlx::query_as(concat!("SELECT ", actor_columns!(), " FROM actors WHERE id = $1"))
        .bind(id.as_str())
        .fetch_optional(conn.sql())
        .await?;
    row.map(Row::into_actor).transpose()
}

/// The actor with this address.
pub async fn by_uri(conn: &mut Conn, uri: &Iri) -> Result<Option<Actor>, DbError> {
    let row: Option<Row> = sqlx::query_as(concat!("SELECT ", actor_columns!(), " FROM actors WHERE uri = $1"))
        .bind(uri.as_str())
        .fetch_optional(conn.sql())
        .await?;
    row.map(Row::into_actor).transpose()
}

/// Which of these addresses belong to actors we know, and have read ([`Actor::is_unread`]).
pub(in crate::federation) async fn known(conn: &mut Conn, uris: &[&Iri]) -> Result<HashSet<String>, DbError> {
    let mut known = HashSet::new();
    for some in uris.chunks(200) {
        let text = format!(
            "SELECT uri FROM actors WHERE uri IN ({}) AND NOT (partner_id IS NOT NULL AND name = '' AND public_key = '' AND gone_at IS NULL)",
            numbered(1, some.len())
        );
        let mut query = sqlx::query_as(AssertSqlSafe(text));
        for uri in some {
            query = query.bind(uri.as_str());
        }
        let rows: Vec<(String,)> = query.fetch_all(conn.sql()).await?;
        known.extend(rows.into_iter().map(|(uri,)| uri));
    }
    Ok(known)
}

/// The actor of this partner that owns this key. Should two rows of an earlier version claim it, the one whose own address it
/// is under.
pub async fn by_key(conn: &mut Conn, partner: &Id, key_id: &str) -> Result<Option<Actor>, DbError> {
    let text = concat!(
        "SELECT ",
        actor_columns!(),
        " FROM actors WHERE key_id = $1 AND partner_id = $2 ORDER BY CASE WHEN uri = $3 THEN 0 ELSE 1 END, id LIMIT 1"
    );
    let row: Option<Row> =
        sqlx::query_as(text).bind(key_id).bind(partner.as_str()).bind(place_of(key_id)).fetch_optional(conn.sql()).await?;
    row.map(Row::into_actor).transpose()
}

/// Where the document of a key stands.
fn place_of(key_id: &str) -> &str {
    key_id.split('#').next().unwrap_or_default()
}

/// Actors of one partner that are kept at most; far more than a house has people (threats R14).
const MOST_OF_A_PARTNER: i64 = 50_000;

/// Whether this actor of a partner can be learned: it is known already, or there is room for one more of this partner.
pub async fn has_room(conn: &mut Conn, partner: &Id, uri: &Iri) -> Result<bool, DbError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT 1 FROM actors WHERE uri = $1").bind(uri.as_str()).fetch_optional(conn.sql()).await?;
    if row.is_some() {
        return Ok(true);
    }
    let (count,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM actors WHERE partner_id = $1").bind(partner.as_str()).fetch_one(conn.sql()).await?;
    Ok(count < MOST_OF_A_PARTNER)
}

/// The key of a document as it may be stored: one actor has it. Whose address it is under is its owner, whoever said otherwise
/// before; any other claim to the key of somebody else is left out (threats R3).
async fn own_key(tx: &mut Tx, partner: &Id, learned: &Learned) -> Result<(String, String), DbError> {
    let Some((key_id, pem)) = learned.key.clone() else { return Ok(Default::default()) };
    let held: Option<(String,)> = sqlx::query_as("SELECT uri FROM actors WHERE key_id = $1 AND partner_id = $2 AND uri <> $3 LIMIT 1")
        .bind(&key_id)
        .bind(partner.as_str())
        .bind(learned.uri.as_str())
        .fetch_optional(tx.sql())
        .await?;
    if held.is_none() {
        return Ok((key_id, pem));
    }
    if place_of(&key_id) != learned.uri.as_str() {
        return Ok(Default::default());
    }
    sqlx::query("UPDATE actors SET key_id = '', public_key = '' WHERE key_id = $1 AND partner_id = $2 AND uri <> $3")
        .bind(&key_id)
        .bind(partner.as_str())
        .bind(learned.uri.as_str())
        .execute(tx.sql())
        .await?;
    Ok((key_id, pem))
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
    let sealed = here.seal(&actor.id, &private).ok_or(DbError::Unreadable("the key of this instance"))?;
    insert(tx, here.now, &actor, sealed).await?;
    Ok(actor)
}

async fn insert(tx: &mut Tx, now: Timestamp, actor: &Actor, sealed: Sensitive<String>) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO actors (id, uri, kind, partner_id, name, inbox, shared_inbox, key_id, public_key, private_key, sealed, fetched_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $11)",
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
    .bind(sealed.into_revealed())
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Stores what a partner's document says of one of its actors. A key that changes is taken over only while the
/// inbox stays on the same origin (threats ORG-19), and only when no other actor of the partner has it; the caller has checked
/// that everything is of the partner's origin, and asked [`has_room`].
pub async fn learn(tx: &mut Tx, here: &Here, partner: &Id, learned: &Learned) -> Result<Actor, DbError> {
    let (key_id, public_key) = own_key(tx, partner, learned).await?;
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
    let row: Option<Row> = sqlx::query_as(concat!(
        "INSERT INTO actors (id, uri, kind, partner_id, name, inbox, shared_inbox, key_id, public_key, fetched_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
         ON CONFLICT (uri) DO UPDATE SET name = excluded.name, inbox = excluded.inbox, shared_inbox = excluded.shared_inbox,
            key_id = CASE WHEN excluded.key_id = '' THEN actors.key_id ELSE excluded.key_id END,
            public_key = CASE WHEN excluded.public_key = '' THEN actors.public_key ELSE excluded.public_key END,
            fetched_at = excluded.fetched_at
         WHERE actors.partner_id = excluded.partner_id AND actors.kind = excluded.kind AND actors.gone_at IS NULL
         RETURNING ",
        actor_columns!()
    ))
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
        // Another kind or another partner holds this address, or it was erased: what is stored stands.
        None => by_uri(tx, &actor.uri).await?.ok_or_else(|| DbError::Unreadable("actors")),
    }
}

/// Changes the display name.
pub async fn rename(tx: &mut Tx, id: &Id, name: &str) -> Result<(), DbError> {
    sqlx::query("UPDATE actors SET name = $2 WHERE id = $1").bind(id.as_str()).bind(name).execute(tx.sql()).await?;
    Ok(())
}

/// Takes over the name that somebody of a partner gave at this moment, by their own clock. False, and nothing changes, when a later word of
/// theirs was heard already.
pub async fn hear_name(tx: &mut Tx, id: &Id, name: &str, at: Timestamp) -> Result<bool, DbError> {
    let done = sqlx::query("UPDATE actors SET name = $2, named_at = $3 WHERE id = $1 AND (named_at IS NULL OR named_at <= $3)")
        .bind(id.as_str())
        .bind(name)
        .bind(at.millis())
        .execute(tx.sql())
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Marks an actor as gone: its address answers like one that never existed.
pub async fn retire(tx: &mut Tx, id: &Id, now: Timestamp) -> Result<(), DbError> {
    sqlx::query("UPDATE actors SET gone_at = $2 WHERE id = $1").bind(id.as_str()).bind(now.millis()).execute(tx.sql()).await?;
    Ok(())
}

/// Pauses everything of an actor of ours, or lets it go on. While it is paused nothing new of it leaves (see `outbox`), partners
/// get no document of it, and lists of people leave it out.
pub async fn set_frozen(tx: &mut Tx, id: &Id, at: Option<Timestamp>) -> Result<(), DbError> {
    sqlx::query("UPDATE actors SET frozen_at = $2 WHERE id = $1 AND partner_id IS NULL")
        .bind(id.as_str())
        .bind(at.map(Timestamp::millis))
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Takes the name out of an actor, ours or another's, and marks it as gone: it was erased, and nothing late brings it back.
/// Its key stays as long as a repeated farewell may still have to be verified with it ([`forget_keys`]).
pub async fn erase(tx: &mut Tx, id: &Id, now: Timestamp) -> Result<(), DbError> {
    sqlx::query("UPDATE actors SET name = '', gone_at = COALESCE(gone_at, $2) WHERE id = $1")
        .bind(id.as_str())
        .bind(now.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Whether everything of this actor is paused.
pub async fn is_frozen(conn: &mut Conn, id: &Id) -> Result<bool, DbError> {
    let row: Option<(Option<i64>,)> =
        sqlx::query_as("SELECT frozen_at FROM actors WHERE id = $1").bind(id.as_str()).fetch_optional(conn.sql()).await?;
    Ok(row.is_some_and(|(at,)| at.is_some()))
}

/// How long the key of an erased actor is kept for what is repeated late: longer than a delivery is tried.
const LATE: Duration = Duration::from_hours(8 * 24);

/// Lets go of the keys of erased actors: of others' after eight days, of our own when every partner has confirmed, or it is over
/// with it. A deletion is signed by the key of who is gone: without it no partner that comes back late would believe it.
/// Returns how many.
pub async fn forget_keys(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    let done = sqlx::query(
        "UPDATE actors SET private_key = NULL, public_key = '' WHERE gone_at IS NOT NULL AND name = '' AND kind = 'person'
           AND (public_key <> '' OR private_key IS NOT NULL) AND (partner_id IS NULL OR gone_at < $1)
           AND NOT EXISTS (
             SELECT 1 FROM outbox o JOIN deliveries d ON d.outbox_seq = o.seq JOIN partners p ON p.id = d.partner_id
             WHERE o.whose = actors.id AND o.actor_id = actors.id AND (p.state <> 'ended' OR p.closing_until IS NOT NULL)
               AND (d.state = 'waiting' OR (o.receipt = 1 AND p.handshake = 1 AND d.receipt_at IS NULL)))",
    )
    .bind(now.minus(LATE).millis())
    .execute(tx.sql())
    .await?;
    Ok(done.rows_affected())
}

/// The instance's own actor; `None` before the first start made it.
pub async fn instance(conn: &mut Conn) -> Result<Option<Actor>, DbError> {
    let text = concat!("SELECT ", actor_columns!(), " FROM actors WHERE kind = 'application' AND partner_id IS NULL LIMIT 1");
    let row: Option<Row> = sqlx::query_as(text).fetch_optional(conn.sql()).await?;
    row.map(Row::into_actor).transpose()
}

/// The private key of an actor of ours as it is stored, for the signer only, and whether it is sealed: one of an earlier
/// version is not, until the next start.
pub(in crate::federation) async fn private_key(conn: &mut Conn, id: &Id) -> Result<Option<(Sensitive<String>, bool)>, DbError> {
    let row: Option<(Option<String>, i64)> =
        sqlx::query_as("SELECT private_key, sealed FROM actors WHERE id = $1").bind(id.as_str()).fetch_optional(conn.sql()).await?;
    Ok(row.and_then(|(key, sealed)| Some((Sensitive::new(key?), sealed == 1))))
}

/// Whether the database needs the instance's key.
///
/// # Errors
/// Database trouble.
pub async fn holds_sealed_keys(conn: &mut Conn) -> Result<bool, DbError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT sealed FROM actors WHERE sealed = 1 LIMIT 1").fetch_optional(conn.sql()).await?;
    Ok(row.is_some())
}

/// Keys of an earlier version that are not sealed yet, a few at a time.
pub(in crate::federation) async fn unsealed_keys(conn: &mut Conn) -> Result<Vec<(Id, Sensitive<String>)>, DbError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT id, private_key FROM actors WHERE sealed = 0 AND private_key IS NOT NULL LIMIT 500")
            .fetch_all(conn.sql())
            .await?;
    rows.into_iter().map(|(id, key)| Ok((Id::parse(&id).ok_or(DbError::Unreadable("actors"))?, Sensitive::new(key)))).collect()
}

/// Puts the sealed form in the place of a key.
pub(in crate::federation) async fn set_sealed_key(tx: &mut Tx, id: &Id, sealed: Sensitive<String>) -> Result<(), DbError> {
    sqlx::query("UPDATE actors SET private_key = $2, sealed = 1 WHERE id = $1 AND sealed = 0")
        .bind(id.as_str())
        .bind(sealed.into_revealed())
        .execute(tx.sql())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
