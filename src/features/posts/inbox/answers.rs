//! What comes back to something we sent: the home took, refused or removed a post of ours, counted receipts, and the receipts
//! themselves. The inbox has made sure that this partner was asked; here it is made sure that the right actor answers.

use crate::base::{Iri, Timestamp};
use crate::db::{DbError, Tx};
use crate::features::groups::{self, Group};
use crate::federation::activity::Activity;
use crate::federation::actors::Kind;
use crate::federation::inbox::{Handled, Refusal};
use crate::federation::objects;
use crate::federation::outbox::{self, Outgoing};

use super::super::actions::thread;
use super::super::post::{APPEAL, Post, State, Text};
use super::super::states::{AtWriter, Happened, at_writer};
use super::super::store::{self, Hiding};
use super::super::wire::{self, Answer};
use super::{News, Outcome, corrupt};

/// The group of an own post, when its actor at its home is who answers.
async fn home_of(tx: &mut Tx, news: News<'_>, post: &Post) -> Result<Group, Refusal> {
    thread::lock(tx, &post.group).await?;
    let group = groups::load(tx, &post.group).await?.ok_or_else(corrupt)?;
    if group.id == news.actor.id && group.home.as_ref() == Some(&news.partner.id) { Ok(group) } else { Err(Refusal::Code("not-the-home")) }
}

/// Row 4: the home took a post of ours and tells its address there.
pub(super) async fn taken(tx: &mut Tx, news: News<'_>) -> Outcome {
    let Some(post) = store::by_create_uri(tx, news.answered()?).await? else { return Ok(Handled::Ignored) };
    let group = home_of(tx, news, &post).await?;
    let post = store::by_id(tx, &post.id).await?.ok_or_else(corrupt)?;
    let uri = news.activity.result.as_ref().filter(|uri| uri.origin() == news.partner.origin).ok_or(Refusal::Code("no-result"))?;
    let mut state = match at_writer(post.state, Happened::Taken) {
        AtWriter::Post => State::Posted,
        AtWriter::JoinOnly => post.state,
        _ => return Ok(Handled::Ignored),
    };
    if post.uri.as_ref().is_some_and(|known| known != uri) {
        return Err(Refusal::Code("other-result"));
    }
    let copy = store::by_uri(tx, uri).await?.filter(|copy| copy.id != post.id);
    let mut updated = if post.uri.is_some() { post.updated_at } else { Timestamp::EPOCH };
    if let Some(copy) = &copy {
        its_copy(tx, &group, &post, copy).await?;
        store::relink(tx, &copy.id, &post.id).await?;
        store::drop_copy(tx, &copy.id).await?;
        updated = copy.updated_at;
        state = merged(state, copy.state);
    } else if objects::is_buried(tx, uri).await? {
        state = merged(state, State::Deleted);
    }
    if state != post.state && matches!(state, State::Deleted | State::Removed) {
        let keep_until = (state == State::Removed).then(|| news.here.now.plus(APPEAL));
        store::hide(tx, &post.id, &Hiding { state, reason: &post.reason, at: news.here.now, keep_until }).await?;
    }
    store::join(tx, &post.id, uri, state, updated).await?;
    if let Some(copy) = copy.filter(|_| state == State::Posted) {
        adopt_words(tx, &post, &copy).await?;
    }
    settle_own(tx, &post).await?;
    Ok(Handled::Done)
}

/// An end that the copy saw already is an end; otherwise our own state stands.
fn merged(own: State, copy: State) -> State {
    match (own, copy) {
        (State::Posted, State::Deleted | State::Removed) => copy,
        _ => own,
    }
}

/// The Announce came before the Accept: the row it made must be of our own guest persona in the same group.
async fn its_copy(tx: &mut Tx, group: &Group, post: &Post, copy: &Post) -> Result<(), Refusal> {
    let guest = Iri::parse(&copy.author_uri).ok();
    let membership = match &guest {
        Some(guest) => groups::by_guest_uri(tx, &group.id, guest).await?,
        None => None,
    };
    let same = copy.group == group.id && copy.origin_uri.is_none() && membership.is_some_and(|membership| membership.actor == post.author);
    if same { Ok(()) } else { Err(Refusal::Code("other-result")) }
}

/// What the home said of the post before we knew that it is ours.
async fn adopt_words(tx: &mut Tx, post: &Post, copy: &Post) -> Result<(), Refusal> {
    if let Ok(text) = Text::typed(&copy.source, &copy.lang, &copy.label) {
        store::set_text(tx, &post.id, &text, copy.updated_at, copy.edited_at).await?;
    }
    store::confirm(tx, &post.id, copy.created_at, copy.pinned, copy.closed).await?;
    Ok(())
}

async fn settle_own(tx: &mut Tx, post: &Post) -> Result<(), Refusal> {
    let now = store::by_id(tx, &post.id).await?.ok_or_else(corrupt)?;
    if let Some(uri) = &now.uri {
        for orphan in store::orphans_of(tx, uri).await? {
            store::adopt(tx, &orphan, &now.id, &now.root).await?;
        }
    }
    if now.state == State::Posted {
        if let Some(old) = &now.replaces
            && let Some(old) = store::by_uri(tx, old).await?
            && old.author == now.author
            && old.state == State::Deleted
        {
            thread::take_place(tx, &old, &now).await?;
        }
        thread::concern(tx, &now).await?;
    }
    store::relist(tx, &now.root).await?;
    Ok(())
}

fn why(activity: &Activity) -> String {
    wire::reason(activity.haven.outcome.as_deref(), activity.summary.as_deref())
}

/// Row 4, the other way: the home did not take a post, or (after it had) a moderator removed it and this is the reason.
pub(super) async fn refused(tx: &mut Tx, news: News<'_>) -> Outcome {
    let Some(post) = store::by_create_uri(tx, news.answered()?).await? else { return Ok(Handled::Ignored) };
    home_of(tx, news, &post).await?;
    let post = store::by_id(tx, &post.id).await?.ok_or_else(corrupt)?;
    let reason = why(news.activity);
    match at_writer(post.state, Happened::Refused) {
        AtWriter::Refuse => store::set_state(tx, &post.id, State::Refused, &reason).await?,
        AtWriter::Remove => {
            let keep_until = Some(news.here.now.plus(APPEAL));
            store::hide(tx, &post.id, &Hiding { state: State::Removed, reason: &reason, at: news.here.now, keep_until }).await?;
            store::relist(tx, &post.root).await?;
        }
        AtWriter::Explain => store::set_state(tx, &post.id, State::Removed, &reason).await?,
        _ => return Ok(Handled::Ignored),
    }
    Ok(Handled::Done)
}

/// Row 6: the home took a change; its Announce brings the words.
pub(super) async fn change_taken(tx: &mut Tx, news: News<'_>) -> Outcome {
    let Some(post) = store::by_edit_uri(tx, news.answered()?).await? else { return Ok(Handled::Ignored) };
    home_of(tx, news, &post).await?;
    store::clear_proposal(tx, &post.id).await?;
    Ok(Handled::Done)
}

/// The home did not take a change; the writer sees why and keeps the words.
pub(super) async fn change_refused(tx: &mut Tx, news: News<'_>) -> Outcome {
    let Some(post) = store::by_edit_uri(tx, news.answered()?).await? else { return Ok(Handled::Ignored) };
    home_of(tx, news, &post).await?;
    store::refuse_proposal(tx, &post.id, &why(news.activity)).await?;
    Ok(Handled::Done)
}

/// Row 8: how many houses were told of our deletion, and how many confirmed.
pub(super) async fn figures(tx: &mut Tx, news: News<'_>) -> Outcome {
    if news.partner.actor_uri.as_ref() == Some(&news.actor.uri) {
        // Not a home that counts, but a house that gave a copy back (row 16).
        return receipt(tx, news).await;
    }
    let Some(post) = store::by_change_uri(tx, news.answered()?).await? else { return confirmed(tx, news).await };
    home_of(tx, news, &post).await?;
    let told = i64::from(news.activity.haven.told.unwrap_or(0));
    let confirmed = i64::from(news.activity.haven.confirmed.unwrap_or(0)).min(told);
    // Its first figures say that the home itself has done it. What others owe, they owe the home, which asks them.
    outbox::confirm(tx, &news.partner.id, news.answered()?, news.here.now).await?;
    if newer((post.told, post.confirmed), (told, confirmed)) {
        store::set_figures(tx, &post.id, told, confirmed).await?;
    }
    Ok(Handled::Done)
}

/// Whether figures of a home take the place of those we have: they tell of more houses, or say that all have confirmed. A home
/// may count fewer houses than at first: one with which it is over is told nothing.
const fn newer((told, confirmed): (i64, i64), (then_told, then_confirmed): (i64, i64)) -> bool {
    if told == confirmed { then_told > told } else { then_told >= told || then_told == then_confirmed }
}

/// A house has done what a deletion of ours said that was no post of a writer's: that a person is gone, or a copy is taken back.
/// Of a post that this house knows nothing of any more, since it was put back to an older copy, a group's word is as good.
async fn confirmed(tx: &mut Tx, news: News<'_>) -> Outcome {
    let house = news.partner.actor_uri.as_ref() == Some(&news.actor.uri);
    let counts = house || (news.actor.kind == Kind::Group && is_lost(tx, news).await?);
    if !counts {
        return Ok(Handled::Ignored);
    }
    let known = outbox::confirm(tx, &news.partner.id, news.answered()?, news.here.now).await?;
    Ok(if known.is_some() { Handled::Done } else { Handled::Ignored })
}

async fn is_lost(tx: &mut Tx, news: News<'_>) -> Result<bool, DbError> {
    let Some(about) = news.answers.and_then(|sent| sent.about.as_ref()) else { return Ok(false) };
    Ok(about.origin() == news.here.origin && store::by_origin_uri(tx, about).await?.is_none())
}

/// A home that does not delete is heard and nothing more: the post stays hidden here.
pub(super) async fn deletion_refused(_tx: &mut Tx, news: News<'_>) -> Outcome {
    news.answered()?;
    Ok(Handled::Ignored)
}

/// Row 8: a partner has done what our Announce said. When all have, the house of the guest who asked is told.
pub(super) async fn receipt(tx: &mut Tx, news: News<'_>) -> Outcome {
    let announce = news.answered()?;
    if news.partner.actor_uri.as_ref() != Some(&news.actor.uri) {
        return Err(Refusal::Code("not-the-instance"));
    }
    if outbox::confirm(tx, &news.partner.id, announce, news.here.now).await?.is_none() {
        return Ok(Handled::Ignored);
    }
    let Some(post) = changed_by(tx, news, announce).await? else { return Ok(Handled::Done) };
    let Some(change) = &post.change_uri else { return Ok(Handled::Done) };
    let receipts = outbox::receipts(tx, change).await?;
    let figures = (i64::from(receipts.told), i64::from(receipts.confirmed));
    store::set_figures(tx, &post.id, figures.0, figures.1).await?;
    let Some((asked, partner)) = post.answer.as_ref().filter(|_| receipts.complete()) else { return Ok(Handled::Done) };
    let group = groups::load(tx, &post.group).await?.ok_or_else(corrupt)?;
    let activity = wire::accept(news.here, &group, asked, Answer { figures: Some(figures), ..Answer::default() });
    let to = std::slice::from_ref(partner);
    let outgoing = Outgoing { from: &group.id, thread: &group.id, to, activity, about: None, answers: Some(asked), receipt: false };
    outbox::publish(tx, news.here, outgoing).await?;
    store::set_answer(tx, &post.id, None).await?;
    Ok(Handled::Done)
}

/// The post whose last change this announced. A deletion that was said again to who had not confirmed counts for the first one.
async fn changed_by(tx: &mut Tx, news: News<'_>, announce: &Iri) -> Result<Option<Post>, Refusal> {
    if let Some(post) = store::by_change_uri(tx, announce).await? {
        return Ok(Some(post));
    }
    let Some(about) = news.answers.and_then(|sent| sent.about.as_ref()) else { return Ok(None) };
    let post = store::by_uri(tx, about).await?;
    Ok(post.filter(|post| matches!(post.state, State::Deleted | State::Removed)))
}

#[cfg(test)]
mod tests {
    use super::newer;

    #[test]
    fn figures_that_are_complete_count_though_they_tell_of_fewer_houses() {
        for (have, said, taken) in [
            ((0, 0), (2, 0), true),
            ((2, 0), (2, 0), true),
            ((2, 0), (2, 2), true),
            ((2, 0), (1, 1), true),
            ((2, 0), (0, 0), true),
            ((2, 0), (1, 0), false),
            ((2, 2), (2, 0), false),
            ((2, 2), (1, 1), false),
            ((1, 1), (2, 1), true),
        ] {
            assert_eq!(newer(have, said), taken, "{have:?} {said:?}");
        }
    }
}
