//! What partners may read of a group of this house by signed GET: its document, its moderators, of its followers their
//! own people only (care.md I4), and the personas and guests that take part in a group they share. Whoever may not know of
//! it gets what something that does not exist gives.

use futures::FutureExt;

use crate::base::{Id, Iri};
use crate::db::{Conn, DbError};
use crate::federation::activity::{ActorOut, CollectionOut, Outbound};
use crate::federation::actors::{self, Actor, Kind};
use crate::federation::audience::Audience;
use crate::federation::ledger;
use crate::federation::policy::{Facts, Principal, Reach, Standing, Visible, visible_to};
use crate::federation::serves::{Answer, Asked, Serves};

use super::group::Group;
use super::membership::store::{members_of_partner, stewards};
use super::{store, visible, wire};

/// The rows of this feature: `/g/<id>`, `/g/<id>/followers`, `/g/<id>/moderators`, `/p/<id>`, `/p/<id>/outbox`.
pub fn serves() -> Vec<Serves> {
    vec![
        Serves { kind: "g", tail: "", pages: false, run: |conn, asked| group(conn, asked).boxed() },
        Serves { kind: "g", tail: "followers", pages: false, run: |conn, asked| followers(conn, asked).boxed() },
        Serves { kind: "g", tail: "moderators", pages: false, run: |conn, asked| moderators(conn, asked).boxed() },
        Serves { kind: "p", tail: "", pages: false, run: |conn, asked| person(conn, asked).boxed() },
        Serves { kind: "p", tail: "outbox", pages: false, run: |conn, asked| outbox(conn, asked).boxed() },
    ]
}

async fn group(conn: &mut Conn, asked: Asked<'_>) -> Answer {
    match document_for(conn, asked.principal, asked.id).await? {
        Some(found) => Ok(Some(found.map(|document| document.seal()))),
        None => key_of(conn, &asked).await,
    }
}

/// The key of a group that is not for this partner any more, as long as it is still to hear so: without the key it could not
/// believe it, and would refuse everything else of this house that waits behind it.
async fn key_of(conn: &mut Conn, asked: &Asked<'_>) -> Answer {
    let Principal::Partner(partner) = asked.principal else { return Ok(None) };
    let Some(actor) = actors::by_id(conn, asked.id).await? else { return Ok(None) };
    if actor.partner.is_some() || actor.kind != Kind::Group || !ledger::speaks_to(conn, &actor.id, partner).await? {
        return Ok(None);
    }
    let only = Audience::of_partners([partner.clone()]);
    let facts = Facts {
        reach: Reach::Partners,
        listed: false,
        shared_with: &only,
        audience: None,
        standing: Standing::None,
        archived: false,
        between: None,
    };
    Ok(visible_to(asked.principal, &facts, Outbound::new(wire::key_of(&actor)).seal()))
}

async fn followers(conn: &mut Conn, asked: Asked<'_>) -> Answer {
    let found = followers_for(conn, asked.principal, asked.id).await?;
    Ok(found.map(|found| found.map(|document| document.seal())))
}

async fn moderators(conn: &mut Conn, asked: Asked<'_>) -> Answer {
    let found = moderators_for(conn, asked.principal, asked.id).await?;
    Ok(found.map(|found| found.map(|document| document.seal())))
}

async fn person(conn: &mut Conn, asked: Asked<'_>) -> Answer {
    let known = known_person(conn, &asked).await?;
    Ok(known.map(|actor| actor.map(|actor| Outbound::new(wire::person(&actor)).seal())))
}

/// The outbox of a persona or guest: empty for everybody who may read its document. What somebody says goes to whom it is for.
async fn outbox(conn: &mut Conn, asked: Asked<'_>) -> Answer {
    let uri = asked.uri.clone();
    let known = known_person(conn, &asked).await?;
    Ok(known.map(|actor| actor.map(|_| Outbound::new(CollectionOut::empty(uri)).seal())))
}

/// A persona or guest of ours, if this partner knows it.
async fn known_person(conn: &mut Conn, asked: &Asked<'_>) -> Result<Option<Visible<Actor>>, DbError> {
    let Principal::Partner(partner) = asked.principal else { return Ok(None) };
    let Some(actor) = actors::by_id(conn, asked.id).await? else { return Ok(None) };
    if actor.partner.is_some() || actor.kind != Kind::Person {
        return Ok(None);
    }
    // Who paused everything has no document, except for being checked when they are gone for good.
    if !actor.gone && actors::is_frozen(conn, &actor.id).await? {
        return Ok(None);
    }
    // Who is gone has nothing but a key to show, to whom it is just being told.
    if actor.gone && !ledger::says_farewell(conn, &actor.id, partner).await? {
        return Ok(None);
    }
    // A persona is known to a partner through a group that both have: one of theirs it asked to join, or one of ours.
    let shared = store::taken_part_with(conn, &actor.id, partner).await?;
    let shared = Audience::of_partners(shared.then(|| partner.clone()));
    let facts = Facts {
        reach: Reach::Partners,
        listed: false,
        shared_with: &shared,
        audience: None,
        standing: Standing::None,
        archived: false,
        between: None,
    };
    Ok(visible_to(asked.principal, &facts, actor))
}

/// The group of this house, if this asker may read its document. Members read pages, not documents.
async fn readable(conn: &mut Conn, principal: &Principal, id: &Id) -> Result<Option<(Id, Visible<Group>)>, DbError> {
    let Principal::Partner(partner) = principal else { return Ok(None) };
    let group = visible(conn, principal, id).await?.filter(|group| group.is_local());
    Ok(group.map(|group| (partner.clone(), group)))
}

/// The group's document.
pub async fn document_for(conn: &mut Conn, principal: &Principal, id: &Id) -> Result<Option<Visible<Outbound<ActorOut>>>, DbError> {
    let Some((_, group)) = readable(conn, principal, id).await? else { return Ok(None) };
    let Some(actor) = actors::by_id(conn, &group.id).await? else { return Ok(None) };
    let readers = store::organisations(conn, &group).await?;
    Ok(Some(group.map(|group| Outbound::new(wire::document(&group, &actor, readers)))))
}

/// The group's followers as this partner may know them: its own people.
pub async fn followers_for(conn: &mut Conn, principal: &Principal, id: &Id) -> Result<Option<Visible<Outbound<CollectionOut>>>, DbError> {
    let Some((partner, group)) = readable(conn, principal, id).await? else { return Ok(None) };
    let own = members_of_partner(conn, &group.id, &partner).await?;
    let own = own.iter().filter_map(|uri| Iri::parse(uri).ok()).collect();
    Ok(Some(group.map(|group| wire::collection(&group, "followers", own))))
}

/// The group's hosts and moderators, by the personas they use in it.
pub async fn moderators_for(conn: &mut Conn, principal: &Principal, id: &Id) -> Result<Option<Visible<Outbound<CollectionOut>>>, DbError> {
    let Some((_, group)) = readable(conn, principal, id).await? else { return Ok(None) };
    let found = stewards(conn, &group.id).await?.into_iter().map(|person| person.uri).collect();
    Ok(Some(group.map(|group| wire::collection(&group, "moderators", found))))
}
