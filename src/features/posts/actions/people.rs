//! What a person of this house does with posts, from a page or the command line: write, change, take away, take back, keep for
//! later, and for moderators pin, close and remove. Each looks up where the person stands in the same unit of work.

use crate::base::Id;
use crate::db::{DbError, Tx};
use crate::features::groups::{self, Group, Membership};
use crate::federation::actors::{self, Actor};
use crate::federation::here::Here;
use crate::federation::outbox;

use super::super::post::{Post, State, Text, reason_of};
use super::super::store::kept;
use super::super::store::{self, timeline};
use super::home::{By, Writing};
use super::{PostError, away, home, thread};

/// A new post or answer by a person of this house.
#[derive(Clone, Debug)]
pub struct NewPost<'a> {
    /// The group.
    pub group: &'a Id,
    /// The persona it is written as.
    pub author: &'a Id,
    /// The text.
    pub text: &'a Text,
    /// What it answers.
    pub reply_to: Option<&'a Id>,
    /// The version of the list of readers that the writer saw above the box.
    pub saw_readers: i64,
    /// The own refused post that this one takes the place of.
    pub instead_of: Option<&'a Id>,
}

/// Posts, or sends to the group's home. Returns our id of the post.
pub async fn write(tx: &mut Tx, here: &Here, new: &NewPost<'_>) -> Result<Id, PostError> {
    let (group, membership) = standing(tx, new.group, new.author).await?;
    awake(tx, new.author).await?;
    thread::may_write(&group, membership.as_ref(), here.now)?;
    let membership = membership.ok_or(PostError::NotMember)?;
    if groups::must_confirm(&group, &membership) {
        if new.saw_readers < group.list_version {
            return Err(PostError::ConfirmReaders);
        }
        // Said without a page: who posts from one has agreed before, in the language of that page.
        groups::confirm_readers(tx, here, &group, membership, "").await.map_err(|_| PostError::ConfirmReaders)?;
    }
    let place = thread::place(tx, &group, new.reply_to).await?;
    kept::drop_draft(tx, kept::Place { actor: new.author, group: new.group, parent: new.reply_to }).await?;
    if let Some(old) = new.instead_of {
        drop_refused(tx, here, &group, old, new.author).await?;
    }
    if group.is_local() {
        let writing = Writing { author: new.author, text: new.text, place, origin: None, replaces: None, among: None };
        return Ok(home::publish(tx, here, &group, writing).await?.id);
    }
    let author = persona(tx, new.author).await?;
    let post = away::submit(tx, here, &group, &author, (new.text, &place, None)).await?;
    kept::use_label(tx, &group.id, new.text, here.now).await?;
    Ok(post.id)
}

/// The writer read the longer list above the box, in version `saw` and in this language, and ticked that they did. An older version
/// agrees to nothing: writing then asks again.
pub(in crate::features::posts) async fn agree(
    tx: &mut Tx,
    here: &Here,
    (group, actor): (&Id, &Id),
    (saw, lang): (i64, &str),
) -> Result<(), PostError> {
    let (group, membership) = standing(tx, group, actor).await?;
    let Some(membership) = membership.filter(|membership| membership.is_active() && groups::must_confirm(&group, membership)) else {
        return Ok(());
    };
    if saw < group.list_version {
        return Err(PostError::ConfirmReaders);
    }
    groups::confirm_readers(tx, here, &group, membership, lang).await.map_err(|_| PostError::ConfirmReaders)?;
    Ok(())
}

/// Who paused everything of theirs goes on first.
async fn awake(tx: &mut Tx, author: &Id) -> Result<(), PostError> {
    if actors::is_frozen(tx, author).await? { Err(PostError::Frozen) } else { Ok(()) }
}

async fn drop_refused(tx: &mut Tx, here: &Here, group: &Group, old: &Id, author: &Id) -> Result<(), PostError> {
    match store::by_id(tx, old).await? {
        Some(old) if old.author == *author && old.state == State::Refused => away::take_away(tx, here, group, &old, true).await,
        _ => Ok(()),
    }
}

/// The group under its lock, and where this actor stands in it.
async fn standing(tx: &mut Tx, group: &Id, actor: &Id) -> Result<(Group, Option<Membership>), PostError> {
    thread::lock(tx, group).await?;
    let group = groups::load(tx, group).await?.ok_or(PostError::NotFound)?;
    let membership = groups::membership_of(tx, &group.id, actor).await?;
    Ok((group, membership))
}

async fn persona(tx: &mut Tx, id: &Id) -> Result<Actor, PostError> {
    actors::by_id(tx, id).await?.filter(|actor| actor.is_local() && !actor.gone).ok_or(PostError::NotFound)
}

/// One's own post, with its group locked.
async fn own(tx: &mut Tx, post: &Id, mine: &[Id]) -> Result<(Post, Group, Option<Membership>), PostError> {
    let found = store::by_id(tx, post).await?.filter(|post| mine.contains(&post.author)).ok_or(PostError::NotFound)?;
    let (group, membership) = standing(tx, &found.group, &found.author).await?;
    // Read again under the lock.
    let found = store::by_id(tx, post).await?.ok_or(PostError::NotFound)?;
    Ok((found, group, membership))
}

/// Changes one's own post.
pub async fn edit(tx: &mut Tx, here: &Here, post: &Id, mine: &[Id], text: &Text) -> Result<(), PostError> {
    let (post, group, membership) = own(tx, post, mine).await?;
    awake(tx, &post.author).await?;
    thread::may_write(&group, membership.as_ref(), here.now)?;
    if post.state != State::Posted {
        return Err(PostError::TooLate);
    }
    let same = post.source == text.source() && post.lang == text.lang() && post.label == text.label();
    if same && post.edit.is_none() {
        return Ok(());
    }
    if group.is_local() { home::change(tx, here, &group, &post, text).await } else { away::propose(tx, here, &group, &post, text).await }
}

/// Takes one's own post away: hidden everywhere at once, erased after a week, or now. Also in a group one has left.
pub async fn delete(tx: &mut Tx, here: &Here, post: &Id, mine: &[Id], at_once: bool) -> Result<(), PostError> {
    let (post, group, _) = own(tx, post, mine).await?;
    take(tx, here, &group, &post, at_once).await
}

async fn take(tx: &mut Tx, here: &Here, group: &Group, post: &Post, at_once: bool) -> Result<(), PostError> {
    match post.state {
        State::Posted | State::Frozen if group.is_local() => home::hide(tx, here, group, post, By::Writer { at_once }).await.map(|_| ()),
        State::Posted | State::Frozen | State::Waiting | State::Refused => away::take_away(tx, here, group, post, at_once).await,
        State::Deleted | State::Withdrawn | State::Removed if at_once => {
            store::erase_text(tx, &post.id, here.now).await?;
            // What a host removed is kept at the group's home for an answer of its writer, who wishes none.
            if post.state == State::Removed && !group.is_local() {
                away::delete_again(tx, here, group, post).await?;
            }
            Ok(())
        }
        State::Deleted | State::Removed | State::Withdrawn => Ok(()),
    }
}

/// Takes a waiting or refused post back into the writing box: its text becomes a draft.
pub async fn withdraw(tx: &mut Tx, here: &Here, post: &Id, mine: &[Id]) -> Result<Post, PostError> {
    let (post, group, _) = own(tx, post, mine).await?;
    if !matches!(post.state, State::Waiting | State::Refused) {
        return Err(PostError::TooLate);
    }
    let place = kept::Place { actor: &post.author, group: &post.group, parent: post.parent.as_ref() };
    if kept::draft(tx, place).await?.is_none() {
        kept::keep(tx, place, (&post.source, &post.lang, &post.label), here.now).await?;
    }
    away::take_away(tx, here, &group, &post, true).await?;
    Ok(post)
}

/// Brings one's own deleted post back. Returns its id, which is new where others held the old one.
pub async fn undo(tx: &mut Tx, here: &Here, post: &Id, mine: &[Id]) -> Result<Id, PostError> {
    let (post, group, membership) = own(tx, post, mine).await?;
    if !post.can_be_undone(here.now) {
        return Err(PostError::TooLate);
    }
    awake(tx, &post.author).await?;
    thread::may_write(&group, membership.as_ref(), here.now)?;
    if group.is_local() {
        return home::undo(tx, here, &group, &post).await;
    }
    let author = persona(tx, &post.author).await?;
    away::undo(tx, here, &group, &post, &author).await
}

/// Lets go of a change that waits or was refused: it does not leave any more. Of one that may have left the group's home is told what
/// stood there before, and this waits in its place.
pub async fn drop_change(tx: &mut Tx, here: &Here, post: &Id, mine: &[Id]) -> Result<(), PostError> {
    let (post, group, _) = own(tx, post, mine).await?;
    let Some(edit) = &post.edit else { return Ok(()) };
    if let Some(update) = &edit.uri {
        let before = (&edit.source, &edit.lang, &edit.label) == (&post.source, &post.lang, &post.label);
        if before {
            return Ok(());
        }
        let left = outbox::may_have_left(tx, update, here.now).await?;
        outbox::withhold_message(tx, update, here.now).await?;
        if left && post.state == State::Posted && !group.is_local() {
            let text = Text::sent(Some(&post.source), "", &post.lang, &post.label)?;
            return away::propose(tx, here, &group, &post, &text).await;
        }
    }
    Ok(store::clear_proposal(tx, &post.id).await?)
}

/// What a moderator does to the beginning of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Shown first.
    Pin,
    /// In its place again.
    Unpin,
    /// No more answers.
    Close,
    /// Answers again.
    Reopen,
}

/// Pins, closes, or takes that back. Only at the group's home.
pub async fn mark(tx: &mut Tx, here: &Here, post: &Id, by: &[Id], mark: Mark) -> Result<(), PostError> {
    let (post, group, _) = moderating(tx, here, post, by).await?;
    if !group.is_local() {
        return Err(PostError::Elsewhere);
    }
    if !post.is_root() || post.state != State::Posted {
        return Err(PostError::NotFound);
    }
    let flags = match mark {
        Mark::Pin => (true, post.closed),
        Mark::Unpin => (false, post.closed),
        Mark::Close => (post.pinned, true),
        Mark::Reopen => (post.pinned, false),
    };
    home::mark(tx, here, &group, &post, flags).await
}

/// Removes somebody's post with rule and reason, here or by asking the group's home.
pub async fn remove(tx: &mut Tx, here: &Here, post: &Id, by: &[Id], reason: &str) -> Result<(), PostError> {
    let reason = reason_of(reason);
    if reason.is_empty() {
        return Err(PostError::NoReason);
    }
    let (post, group, moderator) = moderating(tx, here, post, by).await?;
    // Also of somebody who paused everything: where it was told of it is read on.
    if !matches!(post.state, State::Posted | State::Frozen) {
        return Ok(());
    }
    if group.is_local() {
        home::hide(tx, here, &group, &post, By::Moderator { reason: &reason }).await?;
        return Ok(store::set_removed_by(tx, &post.id, &moderator.actor).await?);
    }
    let moderator = persona(tx, &moderator.actor).await?;
    away::ask_removal(tx, here, &group, &post, (&moderator, &reason)).await
}

async fn moderating(tx: &mut Tx, here: &Here, post: &Id, by: &[Id]) -> Result<(Post, Group, Membership), PostError> {
    let group = store::by_id(tx, post).await?.ok_or(PostError::NotFound)?.group;
    thread::lock(tx, &group).await?;
    let post = store::by_id(tx, post).await?.ok_or(PostError::NotFound)?;
    let group = groups::load(tx, &group).await?.ok_or(PostError::NotFound)?;
    let memberships = groups::memberships_of(tx, &group.id, by).await?;
    if !memberships.iter().any(Membership::is_active) {
        return Err(PostError::NotFound);
    }
    let moderator = memberships.into_iter().find(|membership| membership.may_moderate(here.now)).ok_or(PostError::NotAllowed)?;
    Ok((post, group, moderator))
}

/// Keeps what was typed for later. Nothing is checked: half a sentence may be kept.
pub async fn keep_draft(
    tx: &mut Tx,
    here: &Here,
    (actor, group, parent): (&Id, &Id, Option<&Id>),
    (source, lang, label): (&str, &str, &str),
) -> Result<(), DbError> {
    let bounded = |text: &str, most: usize| -> String { text.chars().take(most).collect() };
    let place = kept::Place { actor, group, parent };
    if source.trim().is_empty() {
        return kept::drop_draft(tx, place).await;
    }
    let words = (bounded(source, 2 * super::super::post::MAX_TEXT), bounded(lang, 35), bounded(label, 200));
    kept::keep(tx, place, (&words.0, &words.1, &words.2), here.now).await
}

/// Takes away everything a persona wrote, in one group or in all: for who leaves and wants their posts gone, and for who erases everything.
/// Without a week to take it back. Returns how many posts were readable.
pub async fn take_all_away(tx: &mut Tx, here: &Here, actor: &Id, only: Option<&Id>) -> Result<u64, PostError> {
    let mut gone = 0;
    for id in timeline::all_by(tx, actor).await? {
        let Some(post) = store::by_id(tx, &id).await? else { continue };
        if only.is_some_and(|group| *group != post.group) {
            continue;
        }
        let (group, _) = standing(tx, &post.group, actor).await?;
        gone += u64::from(matches!(post.state, State::Posted | State::Frozen));
        store::call_back(tx, &post.id, here.now).await?;
        take(tx, here, &group, &post, true).await?;
        store::erase_text(tx, &post.id, here.now).await?;
    }
    if only.is_none() {
        kept::forget(tx, actor).await?;
    }
    Ok(gone)
}
