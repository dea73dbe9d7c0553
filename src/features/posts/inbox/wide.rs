//! Widening: a partner addresses to the whole world what was written for few (threats I6). It is refused, and when it concerns
//! something that we hold and the partner may know of, the partner is paused until an admin has looked. What is not for the
//! partner is treated like what does not exist, so that nobody learns from a pause what is here.

use crate::base::Iri;
use crate::db::{DbError, Tx};
use crate::features::groups::{self, Group, Reach};
use crate::federation::activity::Inner;
use crate::federation::inbox::{Handled, Refusal};
use crate::federation::partners::WIDENED;

use super::super::actions::home;
use super::super::store;
use super::{News, Outcome};

/// `Create`, `Update` or `Announce` of something that is not the sayer's own to tell: nothing comes of it.
pub(super) async fn named(tx: &mut Tx, news: News<'_>) -> Outcome {
    if let (true, Some(uri)) = (news.activity.public, news.activity.object_id()) {
        thing(tx, news, uri).await?;
    }
    Ok(Handled::Ignored)
}

/// Something is announced: by the group itself, or by somebody who is no group. What is for the world is never let on: what a house
/// keeps of a group was written for few.
///
/// # Errors
/// A breach when it concerns what we hold, otherwise a plain refusal.
pub(super) async fn told(tx: &mut Tx, news: News<'_>) -> Result<(), Refusal> {
    if !news.activity.public {
        return Ok(());
    }
    let group = groups::load(tx, &news.actor.id).await?;
    if group.is_some_and(|group| group.home.as_ref() == Some(&news.partner.id) && group.ended_at.is_none() && is_for_few(&group)) {
        return Err(Refusal::Breach(WIDENED));
    }
    if let Some(uri) = news.activity.own_activity().and_then(Inner::object_id) {
        thing(tx, news, uri).await?;
    }
    Err(Refusal::Code(WIDENED))
}

/// Whether this, addressed to the whole world, is a thing that we hold and the partner may know of.
pub(super) async fn thing(tx: &mut Tx, news: News<'_>, uri: &Iri) -> Result<(), Refusal> {
    if is_held_for(tx, news, uri).await? { Err(Refusal::Breach(WIDENED)) } else { Ok(()) }
}

fn is_for_few(group: &Group) -> bool {
    group.reach != Reach::Everyone
}

async fn is_held_for(tx: &mut Tx, news: News<'_>, uri: &Iri) -> Result<bool, DbError> {
    let post = match store::by_uri(tx, uri).await? {
        Some(post) => Some(post),
        None => store::by_origin_uri(tx, uri).await?,
    };
    let Some(post) = post else { return Ok(false) };
    let Some(group) = groups::load(tx, &post.group).await?.filter(is_for_few) else { return Ok(false) };
    let partner = &news.partner.id;
    if let Some(home) = &group.home {
        return Ok(home == partner);
    }
    let own = groups::guest(tx, &post.author).await?.is_some_and(|guest| guest.partner == *partner);
    Ok(own || home::load_audience(tx, &post).await?.contains(partner))
}
