//! What partners may read of a group of this house by signed GET: its document, its moderators, and of its followers their
//! own people only (care.md I4). Whoever may not know of the group gets what a group that does not exist gives.

use futures::FutureExt;

use crate::base::{Id, Iri};
use crate::db::{Conn, DbError};
use crate::federation::activity::{ActorOut, CollectionOut, Outbound};
use crate::federation::actors;
use crate::federation::policy::{Principal, Visible};
use crate::federation::serves::{Answer, Asked, Serves};

use super::group::Group;
use super::membership::store::{members_of_partner, stewards};
use super::{store, visible, wire};

/// The rows of this feature: `/g/<id>`, `/g/<id>/followers`, `/g/<id>/moderators`.
pub fn serves() -> Vec<Serves> {
    vec![
        Serves { kind: "g", tail: "", run: |conn, asked| group(conn, asked).boxed() },
        Serves { kind: "g", tail: "followers", run: |conn, asked| followers(conn, asked).boxed() },
        Serves { kind: "g", tail: "moderators", run: |conn, asked| moderators(conn, asked).boxed() },
    ]
}

async fn group(conn: &mut Conn, asked: Asked<'_>) -> Answer {
    let found = document_for(conn, asked.principal, asked.id).await?;
    Ok(found.map(|found| found.map(|document| document.seal())))
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
