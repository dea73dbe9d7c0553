//! What the home of a group hears from the houses of its guests: `Create`, `Update`, `Delete`, and the `Delete` of a moderator who
//! lives elsewhere. A guest writes as the guest persona that we keep; what the guest's house calls a post stays here.

use crate::base::{Id, Iri};
use crate::db::Tx;
use crate::features::groups::{self, Group};
use crate::federation::activity::Object;
use crate::federation::actors::{self, Kind};
use crate::federation::inbox::{Handled, Refusal};
use crate::federation::objects;
use crate::federation::outbox::{self, Outgoing};
use crate::federation::partners::WIDENED;

use super::super::actions::home::{self, By, Origin, Taken, Writing};
use super::super::actions::{PostError, thread};
use super::super::post::{Post, State, reason_of};
use super::super::states::{Asked, AtHome, Held, at_home};
use super::super::store;
use super::super::wire::{self, Answer};
use super::{News, Outcome, corrupt, trouble, wide};

/// No such group, or not for this partner.
const MISSING: &str = "no-such-group";

/// Row 3: a post or answer of a guest.
pub(super) async fn create(tx: &mut Tx, news: News<'_>) -> Outcome {
    let object = own_post(tx, news).await?;
    let group = match addressed(tx, news, object).await {
        Err(Refusal::Code(MISSING)) => return not_shared_any_more(tx, news, object).await,
        group => group?,
    };
    let held = match store::by_origin_uri(tx, &object.id).await? {
        Some(post) => {
            theirs(tx, news, &post).await?;
            return match at_home(Held::Row(post.state, post.updated_at), Asked::Create) {
                AtHome::AnswerAgain => answer_taken(tx, news, &group, &post).await,
                _ => Ok(Handled::Ignored),
            };
        }
        None if objects::is_buried(tx, &object.id).await? => Held::Buried,
        None => Held::Nothing,
    };
    if at_home(held, Asked::Create) != AtHome::Take {
        return Ok(Handled::Ignored);
    }
    let among = told_to_writer(tx, news, &group, object).await?;
    match take(tx, news, (&group, &among), object).await {
        Ok(taken) => {
            answer_taken(tx, news, &group, &taken.post).await?;
            home::share(tx, news.here, &group, &taken).await.map_err(trouble)?;
            Ok(Handled::Done)
        }
        Err(PostError::Db(error)) => Err(Refusal::Db(error)),
        Err(error) => {
            // What was refused once is not taken later from a doubled message; the writer may send it anew.
            objects::bury_unknown(tx, (&news.partner.id, &object.id), news.here.now, false).await?;
            answer_no(tx, news, &group, &error).await
        }
    }
}

/// A post for a group that was shared with the writer's house once. That house knows the group and was told of the end, so a `Reject`
/// says nothing new, and the writer gets the text back. For everybody else the group does not exist.
async fn not_shared_any_more(tx: &mut Tx, news: News<'_>, object: &Object) -> Outcome {
    let missing = Refusal::Code(MISSING);
    let Some(uri) = object.audience.as_ref().filter(|uri| news.activity.audience.as_ref().is_none_or(|other| other == *uri)) else {
        return Err(missing);
    };
    let Some(group) = groups::by_uri(tx, uri).await?.filter(Group::is_local) else { return Err(missing) };
    thread::lock(tx, &group.id).await?;
    let ended = groups::sharing_ended(tx, &group.id, &news.partner.id).await?;
    if !ended || store::by_origin_uri(tx, &object.id).await?.is_some() || objects::is_buried(tx, &object.id).await? {
        return Err(missing);
    }
    objects::bury_unknown(tx, (&news.partner.id, &object.id), news.here.now, false).await?;
    answer_no(tx, news, &group, &PostError::NotShared).await
}

/// Whom the writer was told of: partners that read the group in the version it was shown in. What came late, because a line was
/// down, is for nobody who was added meanwhile. A house that does not say which version it showed is taken at the moment
/// it gives, and never at a later one than this. The writer's own house has it already.
async fn told_to_writer(tx: &mut Tx, news: News<'_>, group: &Group, object: &Object) -> Result<Vec<Id>, Refusal> {
    let said = news.activity.published.or(object.published).unwrap_or(news.here.now).min(news.here.now);
    let shown = object.haven.shared_seen.map_or(groups::Shown::At(said), groups::Shown::Version);
    let mut among = groups::reading_partners_at(tx, &group.id, shown).await?;
    if !among.contains(&news.partner.id) {
        among.push(news.partner.id.clone());
    }
    Ok(among)
}

async fn take(tx: &mut Tx, news: News<'_>, (group, among): (&Group, &[Id]), object: &Object) -> Result<Taken, PostError> {
    let guest = groups::membership_of_guest(tx, &group.id, &news.actor.id).await?.ok_or(PostError::NotMember)?;
    thread::may_write(group, Some(&guest), news.here.now)?;
    let incoming = wire::incoming(object)?;
    let place = match &incoming.in_reply_to {
        None => thread::Place::default(),
        Some(uri) => {
            let parent = store::by_uri(tx, uri).await?.ok_or(PostError::ParentGone)?;
            let place = thread::place(tx, group, Some(&parent.id)).await?;
            // What the writer's house may not hold cannot be answered from there.
            let Some(parent) = &place.parent else { return Err(PostError::ParentGone) };
            if !home::load_audience(tx, parent).await?.contains(&news.partner.id) {
                return Err(PostError::ParentGone);
            }
            place
        }
    };
    let old = match &incoming.replaces {
        Some(uri) => {
            store::by_uri(tx, uri).await?.filter(|old| old.state == State::Deleted && old.author == guest.actor && old.group == group.id)
        }
        None => None,
    };
    let updated = incoming.updated.unwrap_or(news.here.now);
    let origin = Origin { uri: &incoming.uri, create: &news.activity.id, updated };
    let writing =
        Writing { author: &guest.actor, text: &incoming.text, place, origin: Some(origin), replaces: old.as_ref(), among: Some(among) };
    home::take(tx, news.here, group, writing).await
}

/// Row 6: a guest changes a post.
pub(super) async fn update(tx: &mut Tx, news: News<'_>) -> Outcome {
    let object = own_post(tx, news).await?;
    let group = addressed(tx, news, object).await?;
    let Some(post) = store::by_origin_uri(tx, &object.id).await? else {
        let held = if objects::is_buried(tx, &object.id).await? { Held::Buried } else { Held::Nothing };
        return Ok(if at_home(held, Asked::Update) == AtHome::NotYet { Handled::NotYet } else { Handled::Ignored });
    };
    theirs(tx, news, &post).await?;
    if post.group != group.id {
        return Err(Refusal::Code("other-group"));
    }
    if at_home(Held::Row(post.state, post.updated_at), Asked::Update) != AtHome::Change {
        return Ok(Handled::Ignored);
    }
    let updated = object.updated.or(object.published).unwrap_or_else(|| news.here.now.later_than(post.origin_updated_at));
    if updated > post.origin_updated_at {
        match change(tx, news, &group, &post, object).await {
            Ok(()) => store::set_origin_updated(tx, &post.id, updated).await?,
            Err(PostError::Db(error)) => return Err(Refusal::Db(error)),
            Err(error) => return answer_no(tx, news, &group, &error).await,
        }
    }
    answer_yes(tx, news, &group, Answer::default()).await
}

async fn change(tx: &mut Tx, news: News<'_>, group: &Group, post: &Post, object: &Object) -> Result<(), PostError> {
    let membership = groups::membership_of(tx, &group.id, &post.author).await?;
    thread::may_write(group, membership.as_ref(), news.here.now)?;
    // Only the words change; what it answers, whose it is and when it was written stay as stored.
    let incoming = wire::incoming(object)?;
    home::change(tx, news.here, group, post, &incoming.text).await
}

/// Row 7 (a guest's own post, under the id it has at the guest's house) and row 9 (a moderator, under ours); also row 16, where a
/// group's actor takes back a copy.
pub(super) async fn delete(tx: &mut Tx, news: News<'_>) -> Outcome {
    let target = news.activity.object_id().ok_or(Refusal::Code("no-object"))?.clone();
    if target.origin() == news.here.origin {
        return remove(tx, news, &target).await;
    }
    if target.origin() != news.partner.origin {
        return Err(Refusal::Code("foreign-object"));
    }
    let copy = store::by_uri(tx, &target).await?;
    if news.actor.kind == Kind::Group {
        return match copy {
            Some(copy) => super::copies::taken_back(tx, news, &copy).await,
            None => super::copies::never_held(tx, news, &target).await,
        };
    }
    // Before the copy: a group of the writer's house that announces something under the same address must not keep the
    // writer from taking their own words back.
    if let Some(post) = store::by_origin_uri(tx, &target).await? {
        theirs(tx, news, &post).await?;
        return take_away(tx, news, &post).await;
    }
    if copy.is_some() {
        return Err(Refusal::Code("not-a-group"));
    }
    objects::bury_unknown(tx, (&news.partner.id, &target), news.here.now, true).await?;
    match named_group(tx, news, news.activity.audience.as_ref()).await {
        Ok(group) => answer_yes(tx, news, &group, Answer { figures: Some((0, 0)), ..Answer::default() }).await,
        Err(Refusal::Code(_)) => nothing_here(tx, news).await,
        Err(error) => Err(error),
    }
}

/// What is to be deleted is not here and will not come, whatever group it was for: our instance confirms just that, so that an
/// erasure does not stay open because the group is not for that house any more.
async fn nothing_here(tx: &mut Tx, news: News<'_>) -> Outcome {
    let Some(instance) = actors::instance(tx).await? else { return Ok(Handled::Done) };
    let partner = &news.partner.id;
    let activity = wire::receipt(news.here, &instance.uri, &news.actor.uri, &news.activity.id);
    let to = std::slice::from_ref(partner);
    let outgoing =
        Outgoing { from: &instance.id, thread: partner, to, activity, about: None, answers: Some(&news.activity.id), receipt: false };
    outbox::publish(tx, news.here, outgoing).await?;
    Ok(Handled::Done)
}

async fn take_away(tx: &mut Tx, news: News<'_>, post: &Post) -> Outcome {
    thread::lock(tx, &post.group).await?;
    let post = store::by_id(tx, &post.id).await?.ok_or_else(corrupt)?;
    let group = groups::load(tx, &post.group).await?.ok_or_else(corrupt)?;
    let mut figures = (post.told, post.confirmed);
    if at_home(Held::Row(post.state, post.updated_at), Asked::Delete) == AtHome::Hide {
        let told = home::hide(tx, news.here, &group, &post, By::Writer { at_once: true }).await.map_err(trouble)?;
        figures = (told, 0);
    } else if post.state == State::Removed {
        // It was kept for an answer of the writer, who wishes none.
        store::erase_text(tx, &post.id, news.here.now).await?;
    }
    if figures.1 < figures.0 {
        store::set_answer(tx, &post.id, Some((&news.activity.id, &news.partner.id))).await?;
    }
    answer_yes(tx, news, &group, Answer { figures: Some(figures), ..Answer::default() }).await
}

/// A moderator who is a guest; the role is read from our rows.
async fn remove(tx: &mut Tx, news: News<'_>, target: &Iri) -> Outcome {
    let post = store::by_uri(tx, target).await?.ok_or(Refusal::Code("no-such-post"))?;
    thread::lock(tx, &post.group).await?;
    let post = store::by_id(tx, &post.id).await?.ok_or_else(corrupt)?;
    let group = groups::load(tx, &post.group).await?.filter(Group::is_local).ok_or(Refusal::Code("no-such-post"))?;
    let guest = groups::guest_of(tx, &group.id, &news.actor.id).await?.ok_or(Refusal::Code("no-such-post"))?;
    let membership = groups::membership_of(tx, &group.id, &guest.actor).await?.ok_or(Refusal::Code("no-such-post"))?;
    let by_writer = post.author == guest.actor;
    if !by_writer && !membership.may_moderate(news.here.now) {
        return Err(Refusal::Code("not-allowed"));
    }
    let mut figures = (post.told, post.confirmed);
    if matches!(post.state, State::Posted | State::Frozen) {
        let reason = reason_of(news.activity.summary.as_deref().unwrap_or_default());
        let by = if by_writer { By::Writer { at_once: true } } else { By::Moderator { reason: &reason } };
        figures = (home::hide(tx, news.here, &group, &post, by).await.map_err(trouble)?, 0);
        if !by_writer {
            store::set_removed_by(tx, &post.id, &guest.actor).await?;
        }
    }
    answer_yes(tx, news, &group, Answer { figures: Some(figures), ..Answer::default() }).await
}

/// The post that the sayer sends as their own, with an address of their house.
async fn own_post<'a>(tx: &mut Tx, news: News<'a>) -> Result<&'a Object, Refusal> {
    let activity = news.activity;
    let object = activity.own_object().ok_or(Refusal::Code("foreign-object"))?;
    if !object.kind.is_post() {
        return Err(Refusal::Code("not-a-post"));
    }
    if activity.public {
        wide::thing(tx, news, &object.id).await?;
        // Something new: its writer may know of no smaller world.
        return Err(Refusal::Code(WIDENED));
    }
    Ok(object)
}

/// The group of this house that a post is for. For a house that the group is not shared with, it
/// does not exist.
async fn addressed(tx: &mut Tx, news: News<'_>, object: &Object) -> Result<Group, Refusal> {
    let group = named_group(tx, news, object.audience.as_ref()).await?;
    match &news.activity.audience {
        Some(other) if *other != group.uri => Err(Refusal::Code("other-group")),
        _ => Ok(group),
    }
}

async fn named_group(tx: &mut Tx, news: News<'_>, audience: Option<&Iri>) -> Result<Group, Refusal> {
    let missing = Refusal::Code(MISSING);
    let Some(uri) = audience else { return Err(missing) };
    let Some(group) = groups::by_uri(tx, uri).await?.filter(Group::is_local) else { return Err(missing) };
    thread::lock(tx, &group.id).await?;
    let among = groups::reading_partners(tx, &group.id).await?;
    if among.contains(&news.partner.id) { Ok(group) } else { Err(missing) }
}

/// Whether the sayer is the guest whose post this is.
async fn theirs(tx: &mut Tx, news: News<'_>, post: &Post) -> Result<(), Refusal> {
    let guest = groups::guest(tx, &post.author).await?.ok_or(Refusal::Code("not-yours"))?;
    if guest.remote_actor == news.actor.id && guest.partner == news.partner.id { Ok(()) } else { Err(Refusal::Code("not-yours")) }
}

async fn answer_taken(tx: &mut Tx, news: News<'_>, group: &Group, post: &Post) -> Outcome {
    answer_yes(tx, news, group, Answer { result: post.uri.as_ref(), ..Answer::default() }).await
}

async fn answer_yes(tx: &mut Tx, news: News<'_>, group: &Group, answer: Answer<'_>) -> Outcome {
    let activity = wire::accept(news.here, group, &news.activity.id, Answer { to: Some(&news.actor.uri), ..answer });
    send(tx, news, &group.id, activity).await
}

async fn answer_no(tx: &mut Tx, news: News<'_>, group: &Group, error: &PostError) -> Outcome {
    let sentence = error.to_string();
    let activity = wire::reject(news.here, group, &news.activity.id, Some(&news.actor.uri), (error.code(), &sentence));
    send(tx, news, &group.id, activity).await
}

async fn send(
    tx: &mut Tx,
    news: News<'_>,
    group: &Id,
    activity: crate::federation::activity::Outbound<crate::federation::activity::Act<Iri>>,
) -> Outcome {
    let to = std::slice::from_ref(&news.partner.id);
    let outgoing = Outgoing { from: group, thread: group, to, activity, about: None, answers: Some(&news.activity.id), receipt: false };
    outbox::publish(tx, news.here, outgoing).await?;
    Ok(Handled::Done)
}
