//! Partners: the instances with which there is, was or may be an agreement. A host that has no row here is a stranger:
//! it costs no look-up, no fetch, no key work and no row (design D1).

use crate::base::{Id, Iri, IriError, Origin, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::federation::here::Here;

/// Where a partnership stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// We named them; they have not yet named us.
    Proposed,
    /// Both named each other (or an admin added them without the handshake): things flow.
    Active,
    /// Nothing moves in either direction; everything is kept.
    Paused,
    /// Over. Only the closing messages move.
    Ended,
}

impl State {
    /// As stored and as printed by the commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Ended => "ended",
        }
    }

    pub(in crate::federation) fn parse(text: &str) -> Self {
        match text {
            "proposed" => Self::Proposed,
            "active" => Self::Active,
            "paused" => Self::Paused,
            _ => Self::Ended,
        }
    }
}

/// One partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// Our own id of the row; it may stand in a log.
    pub id: Id,
    /// Scheme, host and port.
    pub origin: Origin,
    /// What the organisation calls itself.
    pub name: String,
    /// Where the partnership stands.
    pub state: State,
    /// Whether it made the handshake of Haven; without it no receipts are promised.
    pub handshake: bool,
    /// Its instance actor, once known.
    pub actor_uri: Option<Iri>,
    /// Its shared inbox, once known.
    pub shared_inbox: Option<Iri>,
    /// Our offer that waits for an answer.
    pub offer_uri: Option<Iri>,
    /// Since when it is active.
    pub started_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    origin: String,
    name: String,
    state: String,
    handshake: i64,
    actor_uri: Option<String>,
    shared_inbox: Option<String>,
    offer_uri: Option<String>,
    started_at: Option<i64>,
}

impl Row {
    fn into_partner(self) -> Result<Partner, DbError> {
        let origin = Origin::parse(&self.origin).map_err(|_: IriError| DbError::Unreadable("partners"))?;
        Ok(Partner {
            id: Id::parse(&self.id).ok_or_else(|| DbError::Unreadable("partners"))?,
            origin,
            name: self.name,
            state: State::parse(&self.state),
            handshake: self.handshake != 0,
            actor_uri: self.actor_uri.as_deref().and_then(|text| Iri::parse(text).ok()),
            shared_inbox: self.shared_inbox.as_deref().and_then(|text| Iri::parse(text).ok()),
            offer_uri: self.offer_uri.as_deref().and_then(|text| Iri::parse(text).ok()),
            started_at: self.started_at.map(Timestamp::from_millis),
        })
    }
}

/// The partner with this id.
pub async fn by_id(conn: &mut Conn, id: &Id) -> Result<Option<Partner>, DbError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, origin, name, state, handshake, actor_uri, shared_inbox, offer_uri, started_at FROM partners WHERE id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(conn.sql())
    .await?;
    row.map(Row::into_partner).transpose()
}

/// The partner with exactly this origin; sub-domains and other ports are strangers (threats PRV-18).
pub async fn by_origin(conn: &mut Conn, origin: &Origin) -> Result<Option<Partner>, DbError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, origin, name, state, handshake, actor_uri, shared_inbox, offer_uri, started_at FROM partners WHERE origin = $1",
    )
    .bind(origin.as_str())
    .fetch_optional(conn.sql())
    .await?;
    row.map(Row::into_partner).transpose()
}

/// All partners, by name.
pub async fn list(conn: &mut Conn) -> Result<Vec<Partner>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, origin, name, state, handshake, actor_uri, shared_inbox, offer_uri, started_at FROM partners ORDER BY lower(name), origin",
    )
    .fetch_all(conn.sql())
    .await?;
    rows.into_iter().map(Row::into_partner).collect()
}

/// Names another instance: the first half of a partnership, or all of it with `handshake` false.
/// Naming one that ended begins anew; one that is there already stays as it is.
pub async fn name(tx: &mut Tx, here: &Here, origin: &Origin, handshake: bool) -> Result<Partner, DbError> {
    let state = if handshake { State::Proposed } else { State::Active };
    sqlx::query(
        "INSERT INTO partners (id, origin, name, state, handshake, started_at, changed_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
         ON CONFLICT (origin) DO UPDATE SET state = excluded.state, handshake = excluded.handshake,
            started_at = excluded.started_at, changed_at = excluded.changed_at
         WHERE partners.state = 'ended'",
    )
    .bind(here.id().as_str())
    .bind(origin.as_str())
    .bind(origin.host())
    .bind(state.as_str())
    .bind(i64::from(handshake))
    .bind((!handshake).then_some(here.now.millis()))
    .bind(here.now.millis())
    .execute(tx.sql())
    .await?;
    by_origin(tx, origin).await?.ok_or_else(|| DbError::Unreadable("partners"))
}

/// Moves a partnership to another state. `started_at` is set when it first becomes active.
pub async fn set_state(tx: &mut Tx, id: &Id, state: State, now: Timestamp) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE partners SET state = $2, changed_at = $3,
            started_at = CASE WHEN $2 = 'active' AND started_at IS NULL THEN $3 ELSE started_at END
         WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(state.as_str())
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Stores what the partner's instance actor says of it.
pub async fn describe(tx: &mut Tx, id: &Id, name: &str, actor: &Iri, shared_inbox: &Iri) -> Result<(), DbError> {
    sqlx::query("UPDATE partners SET name = $2, actor_uri = $3, shared_inbox = $4 WHERE id = $1")
        .bind(id.as_str())
        .bind(name)
        .bind(actor.as_str())
        .bind(shared_inbox.as_str())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Remembers our offer, or that none waits.
pub async fn set_offer(tx: &mut Tx, id: &Id, offer: Option<&Iri>) -> Result<(), DbError> {
    sqlx::query("UPDATE partners SET offer_uri = $2 WHERE id = $1")
        .bind(id.as_str())
        .bind(offer.map(Iri::as_str))
        .execute(tx.sql())
        .await?;
    Ok(())
}
