//! What partners may read of posts by signed GET: a post they may hold, what is left of a deleted one, and of a group's history the
//! posts of their audience since they have members in it, and those they were told of already (groups.md row 15; nothing from before, AUD-26).
//! Everything else is like what never existed.

use futures::FutureExt;

use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError};
use crate::features::groups;
use crate::federation::activity::{CollectionOut, Outbound, PageOut, Sealed};
use crate::federation::audience::Audience;
use crate::federation::policy::{self, Principal, Visible};
use crate::federation::serves::{Answer, Asked, FIRST_PAGE, Serves};

use super::actions::home;
use super::post::State;
use super::store::timeline::{self, Cursor, Start};
use super::{store, wire};

/// The rows of this feature: `/o/<id>` and `/g/<id>/outbox`.
pub(super) fn serves() -> Vec<Serves> {
    vec![
        Serves { kind: "o", tail: "", pages: false, run: |conn, asked| object(conn, asked).boxed() },
        Serves { kind: "g", tail: "outbox", pages: true, run: |conn, asked| outbox(conn, asked).boxed() },
    ]
}

async fn object(conn: &mut Conn, asked: Asked<'_>) -> Answer {
    object_for(conn, asked.principal, asked.id).await
}

/// A post of a group of this house, for a partner in its audience: the Note, or a Tombstone when it is gone.
///
/// # Errors
/// When the database does not answer.
pub async fn object_for(conn: &mut Conn, principal: &Principal, id: &Id) -> Result<Option<Visible<Sealed>>, DbError> {
    let Principal::Partner(_) = principal else { return Ok(None) };
    let Some(post) = store::by_id(conn, id).await? else { return Ok(None) };
    let Some(group) = groups::load(conn, &post.group).await?.filter(groups::Group::is_local) else { return Ok(None) };
    let (Some(uri), Some(key)) = (post.uri.clone(), &post.audience) else { return Ok(None) };
    let audience = Audience::load(conn, key).await?;
    let footing = groups::footing(conn, principal, &group).await?;
    let sealed = match post.state {
        State::Posted => Outbound::new(home::note_of(conn, &group, &post).await?).seal(),
        State::Deleted | State::Removed => Outbound::new(wire::tombstone(uri)).seal(),
        State::Waiting | State::Frozen | State::Refused | State::Withdrawn => return Ok(None),
    };
    Ok(policy::visible_to(principal, &footing.facts(&group, Some(&audience)), sealed))
}

async fn outbox(conn: &mut Conn, asked: Asked<'_>) -> Answer {
    let cursor = match asked.page {
        None => return collection_for(conn, asked.principal, asked.id).await,
        Some(FIRST_PAGE) => Cursor::newest(),
        // A page has one spelling, as we gave it out.
        Some(text) => match Cursor::parse(text).filter(|cursor| cursor.to_string() == text) {
            Some(cursor) => cursor,
            None => return Ok(None),
        },
    };
    outbox_page_for(conn, asked.principal, asked.id, &cursor).await
}

/// The shell of a group's outbox: where the first page is, and no number (AUD-06).
async fn collection_for(conn: &mut Conn, principal: &Principal, id: &Id) -> Answer {
    let Principal::Partner(_) = principal else { return Ok(None) };
    let Some(group) = groups::visible(conn, principal, id).await?.filter(|group| group.is_local()) else { return Ok(None) };
    Ok(Some(group.map(|group| {
        let uri = group.uri.origin().at(&format!("{}/outbox", group.uri.target()));
        let mut collection = CollectionOut::new(uri.clone(), 0);
        collection.first = Some(uri.origin().at(&format!("{}?page={FIRST_PAGE}", uri.target())));
        Outbound::new(collection).seal()
    })))
}

/// One page of history, five Announces: what this partner may hold and is still there.
async fn outbox_page_for(conn: &mut Conn, principal: &Principal, id: &Id, cursor: &Cursor) -> Answer {
    let Principal::Partner(partner) = principal else { return Ok(None) };
    let Some(visible) = groups::visible(conn, principal, id).await?.filter(|group| group.is_local()) else { return Ok(None) };
    let Some(shared) = groups::shared_since(conn, id, partner).await? else { return Ok(None) };
    let members = groups::members_since(conn, id, partner).await?.unwrap_or(Timestamp::from_millis(i64::MAX));
    let page = timeline::history(conn, (id, partner), Start { shared, members }, cursor).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for post in &page.items {
        let Some(announce) = timeline::announce_of(conn, &post.id).await? else { continue };
        items.push(wire::history(&visible, announce, home::note_of(conn, &visible, post).await?));
    }
    Ok(Some(visible.map(|group| {
        let outbox = group.uri.origin().at(&format!("{}/outbox", group.uri.target()));
        let named = |name: &str| outbox.origin().at(&format!("{}?page={name}", outbox.target()));
        let own = if *cursor == Cursor::newest() { named(FIRST_PAGE) } else { named(&cursor.to_string()) };
        let mut out: wire::HistoryPage = PageOut::new(own, outbox.clone(), items);
        out.next = page.next.map(|next| named(&next.to_string()));
        Outbound::new(out).seal()
    })))
}
