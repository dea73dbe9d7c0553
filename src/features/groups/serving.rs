//! What partners may read by signed GET of a group of this house: its document, its moderators, and of its followers their
//! own people only (care.md I4); and of the personas that take part in it or ask at a partner's, their names and keys.
//! Whoever may not know of one of them gets what one that does not exist gives.

use futures::FutureExt;

use crate::base::{Id, Iri};
use crate::db::{Conn, DbError};
use crate::federation::activity::{ActorOut, CollectionOut, Outbound};
use crate::federation::actors;
use crate::federation::audience::Audience;
use crate::federation::policy::{self, Facts, Principal, Reach, Standing, Visible};
use crate::federation::serves::{Answer, Asked, Serves};

use super::group::Group;
use super::membership::store::{meets_partner, members_of_partner, stewards};
use super::{store, visible, wire};

/// The rows of this feature: `/g/<id>`, `/g/<id>/followers`, `/g/<id>/moderators`, and `/p/<id>`.
pub fn serves() -> Vec<Serves> {
    vec![
        Serves { kind: "p", tail: "", run: |conn, asked| person(conn, asked).boxed() },
        Serves { kind: "g", tail: "", run: |conn, asked| group(conn, asked).boxed() },
        Serves { kind: "g", tail: "followers", run: |conn, asked| followers(conn, asked).boxed() },
        Serves { kind: "g", tail: "moderators", run: |conn, asked| moderators(conn, asked).boxed() },
    ]
}

async fn group(conn: &mut Conn, asked: Asked<'_>) -> Answer {
    let found = document_for(conn, asked.principal, asked.id).await?;
    Ok(found.map(|found| found.map(|document| document.seal())))
}

/// A persona or guest persona of this house, for a partner that meets it in a group. Both look the same.
async fn person(conn: &mut Conn, asked: Asked<'_>) -> Answer {
    let Principal::Partner(partner) = asked.principal else { return Ok(None) };
    let actor = actors::by_id(conn, asked.id).await?;
    let Some(actor) = actor.filter(|actor| actor.is_local() && actor.kind == actors::Kind::Person && !actor.gone) else { return Ok(None) };
    let met = meets_partner(conn, &actor.id, partner).await?;
    let known_to = Audience::of_partners(met.then(|| partner.clone()));
    let facts = Facts {
        reach: Reach::Partners,
        listed: false,
        shared_with: &known_to,
        audience: Some(&known_to),
        standing: Standing::None,
        archived: false,
    };
    let visible = policy::visible_to(asked.principal, &facts, actor);
    Ok(visible.map(|actor| actor.map(|actor| Outbound::new(wire::persona(&actor)).seal())))
}

async fn followers(conn: &mut Conn, asked: Asked<'_>) -> Answer {
    let found = followers_for(conn, asked.principal, asked.id).await?;
    Ok(found.map(|found| found.map(|document| document.seal())))
}

async fn moderators(conn: &mut Conn, asked: Asked<'_>) -> Answer {
    let found = moderators_for(conn, asked.principal, asked.id).await?;
    Ok(found.map(|found| found.map(|document| document.seal())))
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
pub async fn followers_for(
    conn: &mut Conn,
    principal: &Principal,
    id: &Id,
) -> Result<Option<Visible<Outbound<CollectionOut>>>, DbError> {
    let Some((partner, group)) = readable(conn, principal, id).await? else { return Ok(None) };
    let own = members_of_partner(conn, &group.id, &partner).await?;
    let own = own.iter().filter_map(|uri| Iri::parse(uri).ok()).collect();
    Ok(Some(group.map(|group| wire::collection(&group, "followers", own))))
}

/// The group's hosts and moderators, by the personas they use in it.
pub async fn moderators_for(
    conn: &mut Conn,
    principal: &Principal,
    id: &Id,
) -> Result<Option<Visible<Outbound<CollectionOut>>>, DbError> {
    let Some((_, group)) = readable(conn, principal, id).await? else { return Ok(None) };
    let found = stewards(conn, &group.id).await?.into_iter().map(|person| person.uri).collect();
    Ok(Some(group.map(|group| wire::collection(&group, "moderators", found))))
}
