//! What follows for posts when a partnership is over (groups.md row 16): every copy that the partner holds of our groups is
//! asked back, and so is what people of ours wrote in its groups; our copies of its groups are erased. In steps of a bounded size,
//! each safe to do twice.

use crate::base::{Id, Iri};
use crate::db::{Conn, DbError, Tx};
use crate::features::groups;
use crate::federation::here::Here;
use crate::federation::outbox::{self, Outgoing};

use super::super::post::State;
use super::super::store::closing;
use super::super::store::{self, Hiding};
use super::super::wire;

/// How many posts it will be asked to erase when it is over: copies of our groups, and what people of ours wrote in its groups.
///
/// # Errors
/// When the database does not answer.
pub async fn count_held(conn: &mut Conn, partner: &Id) -> Result<usize, DbError> {
    Ok(closing::held_by(conn, partner, i64::MAX).await?.len() + closing::own_at(conn, partner, i64::MAX).await?.len())
}

/// How many posts of one group of ours it holds, as far as we know.
///
/// # Errors
/// When the database does not answer.
pub async fn count_held_in(conn: &mut Conn, partner: &Id, group: &Id) -> Result<i64, DbError> {
    closing::count_held_in(conn, partner, group).await
}

/// Asks this partner to erase what it holds, at most `limit` posts. Returns how many it was asked for.
///
/// # Errors
/// When the database does not answer.
pub async fn take_back(tx: &mut Tx, here: &Here, partner: &Id, limit: i64) -> Result<usize, DbError> {
    let held = closing::held_by(tx, partner, limit).await?;
    for post in &held {
        let outgoing = Outgoing {
            from: &post.group,
            thread: &post.group,
            to: std::slice::from_ref(partner),
            activity: wire::take_back(here, &post.group_uri, &post.uri),
            about: Some(&post.uri),
            answers: None,
            receipt: true,
        };
        outbox::publish(tx, here, outgoing).await?;
    }
    let left = limit.saturating_sub(i64::try_from(held.len()).unwrap_or(i64::MAX));
    let own = closing::own_at(tx, partner, left).await?;
    for post in &own {
        give_back(tx, here, post).await?;
    }
    Ok(held.len() + own.len())
}

/// Asks the home of one of our people's posts to delete it, for all who have it from there. The writer keeps the text here.
async fn give_back(tx: &mut Tx, here: &Here, post: &Id) -> Result<(), DbError> {
    let Some(post) = store::by_id(tx, post).await? else { return Ok(()) };
    let group = groups::load(tx, &post.group).await?.ok_or_else(store::corrupt)?;
    let (Some(home), Some(origin), Ok(author)) = (&group.home, &post.origin_uri, Iri::parse(&post.author_uri)) else { return Ok(()) };
    let outgoing = Outgoing {
        from: &post.author,
        thread: &group.id,
        to: std::slice::from_ref(home),
        activity: wire::delete(here, &group.uri, &author, origin, ""),
        about: Some(origin),
        answers: None,
        receipt: true,
    };
    let change = outbox::publish(tx, here, outgoing).await?;
    closing::given_back(tx, &post.id, here.now).await?;
    store::set_change(tx, &post.id, &change, 0, 0).await?;
    store::relist(tx, &post.root).await
}

/// How many posts of this partner's groups are kept here as copies.
///
/// # Errors
/// When the database does not answer.
pub async fn copies_of(conn: &mut Conn, partner: &Id) -> Result<i64, DbError> {
    closing::count_copies(conn, partner).await
}

/// Erases copies of this partner's groups, at most `limit`; the place of each stays, so that nothing late brings it back.
/// What people of this house wrote there stays theirs. Returns how many were erased.
///
/// # Errors
/// When the database does not answer.
pub async fn erase_copies_of(tx: &mut Tx, here: &Here, partner: &Id, limit: i64) -> Result<usize, DbError> {
    let copies = closing::copies(tx, partner, limit).await?;
    for (copy, root) in &copies {
        store::hide(tx, copy, &Hiding { state: State::Removed, reason: "", at: here.now, keep_until: None }).await?;
        store::relist(tx, root).await?;
    }
    if i64::try_from(copies.len()).unwrap_or(i64::MAX) < limit {
        closing::forget_labels(tx, partner).await?;
    }
    Ok(copies.len())
}
