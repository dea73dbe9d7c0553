//! The sentences of other houses about what people told (groups.md rows 10 and 11). Only an instance speaks about it, never one
//! of its people. A post that the house cannot see is one that does not exist: nothing happens and nothing is answered
//! (threats ORG-24). An answer is believed only for a Flag of ours, from exactly the house that was asked.

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::base::Iri;
use crate::db::Tx;
use crate::features::groups::{self, Group};
use crate::features::posts::{self, Post, State as PostState};
use crate::federation::activity::Verb;
use crate::federation::actors::Kind as ActorKind;
use crate::federation::inbox::{Handled, Inbound, On, Receives, Refusal};
use crate::federation::policy::{self, Principal};

use super::actions::standing::news;
use super::actions::{self, CaseError};
use super::case::Kind;
use super::store::reports;
use super::wire;

/// Objects of one Flag that are looked at.
const MOST_OBJECTS: usize = 16;
/// The same for what does not exist and for what is not for this partner.
const NOT_HERE: Refusal = Refusal::Code("not-here");

/// The rows of this feature.
pub fn receives() -> Vec<Receives> {
    vec![
        Receives { verb: Verb::Flag, on: On::Id, run: flagged },
        Receives { verb: Verb::Flag, on: On::Any, run: flagged },
        Receives { verb: Verb::Accept, on: On::Activity(Verb::Flag), run: answered },
        Receives { verb: Verb::Reject, on: On::Activity(Verb::Flag), run: answered },
    ]
}

fn flagged<'a>(tx: &'a mut Tx, inbound: &'a Inbound<'a>) -> BoxFuture<'a, Result<Handled, Refusal>> {
    flag(tx, inbound).boxed()
}

fn answered<'a>(tx: &'a mut Tx, inbound: &'a Inbound<'a>) -> BoxFuture<'a, Result<Handled, Refusal>> {
    answer(tx, inbound).boxed()
}

impl From<CaseError> for Refusal {
    fn from(error: CaseError) -> Self {
        match error {
            CaseError::Db(error) => Self::Db(error),
            CaseError::TooMany => Self::Code("too-many"),
            _ => NOT_HERE,
        }
    }
}

/// Only the instance itself speaks about what its people told.
fn from_instance(inbound: &Inbound<'_>) -> Result<(), Refusal> {
    let (actor, partner) = (inbound.actor, inbound.partner);
    let known = partner.actor_uri.as_ref().is_none_or(|uri| *uri == actor.uri);
    let instance = actor.kind == ActorKind::Application && actor.partner.as_ref() == Some(&partner.id) && known;
    if instance && actor.uri == inbound.activity.actor { Ok(()) } else { Err(Refusal::Code("not-the-instance")) }
}

async fn flag(tx: &mut Tx, inbound: &Inbound<'_>) -> Result<Handled, Refusal> {
    from_instance(inbound)?;
    let (activity, partner) = (inbound.activity, &inbound.partner.id);
    if reports::by_from_flag(tx, &activity.id).await?.is_some() {
        return Ok(Handled::Ignored);
    }
    let told = wire::told(activity);
    for object in activity.objects.iter().take(MOST_OBJECTS) {
        let Some((post, group)) = place(tx, inbound, told.kind, object).await? else { continue };
        let by = (partner, &activity.id);
        if told.kind == Kind::Report && matches!(post.state, PostState::Removed | PostState::Deleted) {
            actions::gone_already(tx, inbound.here, by, &told, &post).await?;
        } else {
            actions::flagged(tx, inbound.here, by, &told, (&post, &group)).await?;
        }
        return Ok(Handled::Done);
    }
    Err(NOT_HERE)
}

/// The post that a Flag is about: one of a group of ours that the partner may see, or one of our own people in a group of this
/// partner. The group comes from the stored row, never from the message.
async fn place(tx: &mut Tx, inbound: &Inbound<'_>, kind: Kind, object: &Iri) -> Result<Option<(Post, Group)>, Refusal> {
    if object.origin() != inbound.here.origin {
        return Ok(None);
    }
    if let Some(post) = posts::by_uri(tx, object).await? {
        let Some(group) = groups::load(tx, &post.group).await?.filter(Group::is_local) else { return Ok(None) };
        let principal = Principal::Partner(inbound.partner.id.clone());
        let audience = posts::audience_of(tx, &post).await?;
        let footing = groups::footing(tx, &principal, &group).await?;
        let known = policy::visible_to(&principal, &footing.facts(&group, Some(&audience)), ()).is_some();
        let stands = match kind {
            Kind::Appeal => {
                let guest = groups::guest(tx, &post.author).await?;
                post.state == PostState::Removed && guest.is_some_and(|guest| guest.partner == inbound.partner.id)
            }
            // Whoever paused everything is not seen here, and is where the post was told of: there somebody may worry, or mind it.
            Kind::Report | Kind::Worry => {
                matches!(post.state, PostState::Posted | PostState::Frozen | PostState::Removed | PostState::Deleted)
            }
        };
        return Ok((known && stands).then_some((post, group)));
    }
    // Only the group's home knows what we call a post of our own people there.
    let Some(post) = posts::by_origin_uri(tx, object).await?.filter(|_| kind == Kind::Worry) else { return Ok(None) };
    let group = groups::load(tx, &post.group).await?;
    Ok(group.filter(|group| group.home.as_ref() == Some(&inbound.partner.id)).map(|group| (post, group)))
}

/// Of a Flag of ours. It went to one house, and the inbox lets in answers of whom it went to only.
async fn answer(tx: &mut Tx, inbound: &Inbound<'_>) -> Result<Handled, Refusal> {
    from_instance(inbound)?;
    let sent = inbound.answers.ok_or(Refusal::Code("never-asked"))?;
    let Some(report) = reports::by_to_flag(tx, &sent.uri).await? else { return Ok(Handled::Ignored) };
    tx.lock(&format!("report {}", report.id)).await?;
    let report = reports::by_id(tx, &report.id).await?.ok_or(NOT_HERE)?;
    let (status, outcome) = wire::news(inbound.activity);
    let outcome = outcome.map(|outcome| outcome.told(report.kind));
    let moved = news(tx, inbound.here, &report, status, outcome).await?;
    Ok(if moved { Handled::Done } else { Handled::Ignored })
}
