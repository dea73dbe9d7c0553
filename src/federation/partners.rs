//! Partners: the instances with which there is, was or may be an agreement. A host that has no row here is a stranger:
//! it costs no look-up, no fetch, no key work and no row (design D1).

use std::time::Duration;

use crate::audit::{self, By, Event, What};
use crate::base::{Id, Iri, IriError, Origin, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::federation::actors::{Actor, Kind};
use crate::federation::declaration;
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

/// What may flow with a partner by the agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flows {
    /// Groups may be shared.
    pub groups: bool,
    /// Pictures and files of shared groups too.
    pub media: bool,
    /// Shared groups stand in the partner's list of groups.
    pub directory: bool,
}

impl Default for Flows {
    fn default() -> Self {
        Self { groups: true, media: true, directory: true }
    }
}

impl Flows {
    /// As stored: the words of what may flow.
    pub fn as_text(self) -> String {
        let words = [(self.groups, "groups"), (self.media, "media"), (self.directory, "directory")];
        words.into_iter().filter_map(|(may, word)| may.then_some(word)).collect::<Vec<_>>().join(" ")
    }

    fn parse(text: &str) -> Self {
        let has = |word: &str| text.split(' ').any(|one| one == word);
        Self { groups: has("groups"), media: has("media"), directory: has("directory") }
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
    /// What may flow by the agreement.
    pub flows: Flows,
    /// Ended, and deletions and receipts still move.
    pub closing: bool,
    /// Why the house itself paused it, as a code; empty: it did not.
    pub paused_for: String,
    /// Ended, and people of it are still known here: that they are gone, or a text of theirs, may be said at any later time.
    pub remembered: bool,
}

/// The code in [`Partner::paused_for`] of a partner that addressed to the whole world what was not for it (threats I6).
pub const WIDENED: &str = "widened";

/// The same of a partner whose inbox says again and again that it is gone for good (HTTP 410).
pub const GONE: &str = "gone";

impl Partner {
    /// Whether this actor is the instance itself. Once its actor is known, it is exactly that one; before, and when an admin has
    /// named the house anew, it is one at an address that no person or bot of the house can have.
    pub fn is_instance(&self, actor: &Actor) -> bool {
        let usual = || ["/actor", "/"].into_iter().any(|path| actor.uri == self.origin.at(path));
        let right = match &self.actor_uri {
            Some(known) => *known == actor.uri || (self.state == State::Proposed && usual()),
            None => usual(),
        };
        right && actor.kind == Kind::Application
    }
}

/// How long deletions and receipts still move after an end: a delivery is tried for seven days, and so is its answer.
pub const CLOSING: Duration = Duration::from_hours(14 * 24);

macro_rules! partner_columns {
    () => {
        "id, origin, name, state, handshake, actor_uri, shared_inbox, offer_uri, started_at, flows, closing_until, paused_for,
         CASE WHEN state = 'ended' AND EXISTS (SELECT 1 FROM actors a
            WHERE a.partner_id = partners.id AND a.kind = 'person' AND a.gone_at IS NULL) THEN 1 ELSE 0 END AS remembered"
    };
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
    flows: String,
    closing_until: Option<i64>,
    paused_for: String,
    remembered: i64,
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
            flows: Flows::parse(&self.flows),
            closing: self.closing_until.is_some(),
            paused_for: self.paused_for,
            remembered: self.remembered != 0,
        })
    }
}

/// The partner with this id.
pub async fn by_id(conn: &mut Conn, id: &Id) -> Result<Option<Partner>, DbError> {
    let row: Option<Row> = sqlx::query_as(concat!("SELECT ", partner_columns!(), " FROM partners WHERE id = $1"))
        .bind(id.as_str())
        .fetch_optional(conn.sql())
        .await?;
    row.map(Row::into_partner).transpose()
}

/// The partner with exactly this origin; sub-domains and other ports are strangers (threats PRV-18).
pub async fn by_origin(conn: &mut Conn, origin: &Origin) -> Result<Option<Partner>, DbError> {
    let row: Option<Row> = sqlx::query_as(concat!("SELECT ", partner_columns!(), " FROM partners WHERE origin = $1"))
        .bind(origin.as_str())
        .fetch_optional(conn.sql())
        .await?;
    row.map(Row::into_partner).transpose()
}

/// All partners, by name.
pub async fn list(conn: &mut Conn) -> Result<Vec<Partner>, DbError> {
    let text = concat!("SELECT ", partner_columns!(), " FROM partners ORDER BY lower(name), origin");
    let rows: Vec<Row> = sqlx::query_as(text).fetch_all(conn.sql()).await?;
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
            started_at = excluded.started_at, changed_at = excluded.changed_at, closing_until = NULL, offer_uri = NULL,
            paused_for = '', flows = 'groups media directory'
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
    let partner = by_origin(tx, origin).await?.ok_or_else(|| DbError::Unreadable("partners"))?;
    if !handshake && declaration::of_partner(tx, &partner.id).await?.is_none() {
        // It cannot declare anything itself: what a new house declares stands for it until an admin wrote down what is true.
        declaration::keep_of_partner(tx, &partner.id, &declaration::Declaration::installed()).await?;
    }
    sqlx::query(
        "INSERT INTO lanes (partner_id, next_at, failures, lease_until, fence) VALUES ($1, $2, 0, 0, 0) ON CONFLICT (partner_id) DO NOTHING",
    )
    .bind(partner.id.as_str())
    .bind(here.now.millis())
    .execute(tx.sql())
    .await?;
    Ok(partner)
}

/// Moves a partnership to another state. `started_at` is set when it first becomes active.
pub async fn set_state(tx: &mut Tx, id: &Id, state: State, now: Timestamp) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE partners SET state = $2, changed_at = $3, paused_for = '',
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

/// Pauses an active partner because it did what no agreement allows, or is not there any more, and writes that down: nothing moves
/// until an admin has looked. One that is not active stays as it is. One statement decides, so it may be called wherever a unit of work stands.
///
/// # Errors
/// Database trouble.
pub async fn pause_for(tx: &mut Tx, here: &Here, id: &Id, reason: &'static str) -> Result<(), DbError> {
    let paused = sqlx::query("UPDATE partners SET state = 'paused', changed_at = $3, paused_for = $2 WHERE id = $1 AND state = 'active'")
        .bind(id.as_str())
        .bind(reason)
        .bind(here.now.millis())
        .execute(tx.sql())
        .await?;
    if paused.rows_affected() == 0 {
        return Ok(());
    }
    tracing::warn!(partner = %id, reason, "a partner was paused; an admin has to look");
    let (by, what, object) = (By::machine(), What::PartnershipChanged, ("partner", id.as_str()));
    let words = "active>paused";
    let event = Event { at: here.now, what, done: true, by, purpose: "safety", object, client: "", ground: reason, words };
    audit::record(tx, &event).await
}

/// Ends a partnership; until then deletions and receipts still move.
pub async fn end(tx: &mut Tx, id: &Id, now: Timestamp, closing_until: Timestamp) -> Result<(), DbError> {
    set_state(tx, id, State::Ended, now).await?;
    sqlx::query("UPDATE partners SET closing_until = $2 WHERE id = $1")
        .bind(id.as_str())
        .bind(closing_until.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Closes the door for good behind those that ended long enough ago. Returns how many.
pub async fn close_ended(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    let closed = sqlx::query("UPDATE partners SET closing_until = NULL WHERE closing_until <= $1").bind(now.millis());
    Ok(closed.execute(tx.sql()).await?.rows_affected())
}

/// Keeps what may flow by the agreement.
pub async fn set_flows(tx: &mut Tx, id: &Id, flows: Flows) -> Result<(), DbError> {
    sqlx::query("UPDATE partners SET flows = $2 WHERE id = $1").bind(id.as_str()).bind(flows.as_text()).execute(tx.sql()).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(uri: &str, kind: Kind) -> Actor {
        let uri = Iri::parse(uri).unwrap();
        Actor {
            id: Id::parse(&"a".repeat(26)).unwrap(),
            kind,
            partner: None,
            name: String::new(),
            inbox: uri.clone(),
            shared_inbox: None,
            key_id: String::new(),
            public_key: String::new(),
            gone: false,
            uri,
        }
    }

    #[test]
    fn only_the_actor_of_the_house_speaks_for_it() {
        use Kind::{Application, Person};
        use State::{Active, Proposed};
        for (known, state, uri, kind, speaks) in [
            (Some("https://p.test/actor"), Active, "https://p.test/actor", Application, true),
            (Some("https://p.test/actor"), Active, "https://p.test/users/newsbot", Application, false),
            (Some("https://p.test/actor"), Active, "https://p.test/", Application, false),
            (Some("https://p.test/house"), Active, "https://p.test/house", Application, true),
            (Some("https://p.test/house"), Active, "https://p.test/actor", Application, false),
            // Named anew by an admin: it may have moved.
            (Some("https://p.test/house"), Proposed, "https://p.test/actor", Application, true),
            (Some("https://p.test/house"), Proposed, "https://p.test/users/newsbot", Application, false),
            (None, Proposed, "https://p.test/actor", Application, true),
            (None, Proposed, "https://p.test/actor", Person, false),
            (None, Active, "https://p.test/", Application, true),
            (None, Proposed, "https://p.test/users/newsbot", Application, false),
            (None, Proposed, "https://q.test/actor", Application, false),
        ] {
            let partner = Partner {
                id: Id::parse(&"p".repeat(26)).unwrap(),
                origin: Origin::parse("https://p.test").unwrap(),
                name: String::new(),
                state,
                handshake: true,
                actor_uri: known.map(|uri| Iri::parse(uri).unwrap()),
                shared_inbox: None,
                offer_uri: None,
                started_at: None,
                flows: Flows::default(),
                closing: false,
                paused_for: String::new(),
                remembered: false,
            };
            assert_eq!(partner.is_instance(&actor(uri, kind)), speaks, "{known:?} {state:?} {uri}");
        }
    }
}
