//! The sentences about groups that partners send: ask, answer, take back, change (groups.md rows 1, 2, 12, 13, 14).
//! Each may come late, twice or in another order. A group that is not shared with the partner is treated as one that
//! does not exist: nothing happens and nothing is answered (threats AUD-11).

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::base::{Id, Iri};
use crate::db::Tx;
use crate::federation::activity::{ActorDocument, Embedded, Verb};
use crate::federation::actors::{self, Actor, Kind};
use crate::federation::fetch;
use crate::federation::inbox::{Handled, Inbound, On, Receives, Refusal};
use crate::federation::outbox;
use crate::federation::partners::WIDENED;
use crate::federation::policy::Reach;
use crate::jobs::{self, NewJob};

use super::actions::{Entrant, GroupError, admit, heard_name, learn, rests, send_verdict, standing};
use super::group::Group;
use super::membership::store::{Guest, by_follow, guest_of, insert_guest, membership_of, save_membership};
use super::membership::{self, Asked, State};
use super::store;
use super::wire::{self, Verdict};

/// The rows of this feature.
pub fn receives() -> Vec<Receives> {
    vec![
        // What is followed is ours, so it is a bare address here: a group, or nothing.
        Receives { verb: Verb::Follow, on: On::Id, run: |tx, inbound| follow(tx, inbound).boxed() },
        Receives { verb: Verb::Undo, on: On::Activity(Verb::Follow), run: |tx, inbound| undo(tx, inbound).boxed() },
        Receives { verb: Verb::Accept, on: On::Activity(Verb::Follow), run: answered },
        Receives { verb: Verb::Reject, on: On::Activity(Verb::Follow), run: answered },
        Receives { verb: Verb::Update, on: On::Group, run: |tx, inbound| update(tx, inbound).boxed() },
        Receives { verb: Verb::Update, on: On::Person, run: |tx, inbound| renamed(tx, inbound).boxed() },
    ]
}

fn answered<'a>(tx: &'a mut Tx, inbound: &'a Inbound<'a>) -> BoxFuture<'a, Result<Handled, Refusal>> {
    answer(tx, inbound).boxed()
}

impl From<GroupError> for Refusal {
    fn from(error: GroupError) -> Self {
        match error {
            GroupError::Db(error) => Self::Db(error),
            GroupError::NotFound | GroupError::Elsewhere => NOT_HERE,
            _ => Self::Code("not-allowed"),
        }
    }
}

/// The same for what does not exist and for what is not for this partner.
const NOT_HERE: Refusal = Refusal::Code("not-here");

/// The group of ours at this address, if it is shared with the partner that speaks; locked for this unit of work.
async fn shared_group(tx: &mut Tx, inbound: &Inbound<'_>, uri: &Iri) -> Result<Group, Refusal> {
    let group = store::by_uri(tx, uri).await?.filter(Group::is_local).ok_or(NOT_HERE)?;
    tx.lock(&format!("group {}", group.id)).await?;
    let group = store::load(tx, &group.id).await?.ok_or(NOT_HERE)?;
    store::shared_since(tx, &group.id, &inbound.partner.id).await?.ok_or(NOT_HERE)?;
    Ok(group)
}

/// The person of the partner that speaks.
fn asker<'a>(inbound: &'a Inbound<'_>) -> Result<&'a actors::Actor, Refusal> {
    let actor = inbound.actor;
    if actor.kind == Kind::Person && actor.partner.as_ref() == Some(&inbound.partner.id) && actor.uri == inbound.activity.actor {
        Ok(actor)
    } else {
        Err(Refusal::Code("not-a-person"))
    }
}

/// Row 1.
async fn follow(tx: &mut Tx, inbound: &Inbound<'_>) -> Result<Handled, Refusal> {
    let asker = asker(inbound)?;
    let object = inbound.activity.object_id().ok_or(NOT_HERE)?;
    let group = shared_group(tx, inbound, object).await?;
    let guest = guest_of(tx, &group.id, &asker.id).await?;
    let current = match &guest {
        Some(guest) => membership_of(tx, &group.id, &guest.actor).await?,
        None => None,
    };
    let word = wire::word(inbound.activity);
    let at = inbound.activity.published.unwrap_or(inbound.here.now);
    // Whoever was given an invitation by a host may put its code into the word.
    let entrant = Entrant { at, follow: Some(&inbound.activity.id), word: &word, invitation: Some(word.as_str()) };
    let entry = admit(tx, inbound.here, &group, current.as_ref(), &entrant).await?;
    let request = wire::Request { id: &inbound.activity.id, actor: &asker.uri, group: &group.uri };
    match (entry.asked, &guest) {
        (Asked::Late, _) => return Ok(Handled::Ignored),
        // Nobody is kept for a stranger to the group who is not let in.
        (Asked::Refused(why), None) => {
            let verdict = Verdict::Refused { reason: "", outcome: Some(why) };
            send_verdict(tx, inbound.here, &group, &inbound.partner.id, (request, None), verdict).await?;
            return Ok(Handled::Done);
        }
        _ => {}
    }
    let decision = entry.asked;
    let (guest, shown) = guest_persona(tx, inbound, &group, guest).await?;
    let membership = entry.settle(tx, inbound.here, &group, (&guest, current), &entrant).await?;
    let verdict = match decision {
        Asked::Waits | Asked::Late => return Ok(Handled::Done),
        Asked::In | Asked::Paused(_) => standing(&membership, inbound.here.now),
        Asked::Refused(why) => Verdict::Refused { reason: &membership.reason, outcome: Some(why) },
    };
    send_verdict(tx, inbound.here, &group, &inbound.partner.id, (request, Some(&shown)), verdict).await?;
    Ok(Handled::Done)
}

/// The guest persona for who speaks: the one there is, or a new one. Its id and its address.
async fn guest_persona(tx: &mut Tx, inbound: &Inbound<'_>, group: &Group, known: Option<Guest>) -> Result<(Id, Iri), Refusal> {
    if let Some(guest) = known {
        let actor = actors::by_id(tx, &guest.actor).await?.ok_or(Refusal::Code("no-guest"))?;
        return Ok((actor.id, actor.uri));
    }
    let key = inbound.fresh_key.ok_or(Refusal::NeedsKey)?;
    let actor = actors::create_local(tx, inbound.here, Kind::Person, &inbound.actor.name, key).await?;
    let guest = Guest {
        actor: actor.id.clone(),
        group: group.id.clone(),
        remote_actor: inbound.actor.id.clone(),
        partner: inbound.partner.id.clone(),
    };
    insert_guest(tx, &guest).await?;
    Ok((actor.id, actor.uri))
}

/// Row 12. A request that was taken back before it came is remembered by the time of the wish. Whose request is named is who speaks:
/// of another's the reader leaves only the address (threats R6).
async fn undo(tx: &mut Tx, inbound: &Inbound<'_>) -> Result<Handled, Refusal> {
    let asker = asker(inbound)?;
    let Some(Embedded::Activity(follow)) = &inbound.activity.object else { return Err(NOT_HERE) };
    let object = follow.object_id().ok_or(NOT_HERE)?;
    let group = store::by_uri(tx, object).await?.filter(Group::is_local).ok_or(NOT_HERE)?;
    tx.lock(&format!("group {}", group.id)).await?;
    let Some(guest) = guest_of(tx, &group.id, &asker.id).await? else {
        // Only who may know of the group is waited for.
        store::shared_since(tx, &group.id, &inbound.partner.id).await?.ok_or(NOT_HERE)?;
        return Ok(Handled::NotYet);
    };
    let Some(current) = membership_of(tx, &group.id, &guest.actor).await? else { return Ok(Handled::Ignored) };
    let at = inbound.activity.published.unwrap_or(inbound.here.now);
    if !membership::leaves(&current, at) {
        let mut current = current;
        // Who was taken out stays out, and is not brought in when the hosts let them back; and an older request must not bring
        // anybody in who took it back.
        if at > current.wished_at {
            current.wished_at = at;
            current.stays_out = current.state == State::Removed;
            save_membership(tx, &current).await?;
        }
        return Ok(Handled::Ignored);
    }
    rests(tx, inbound.here, current, at, follow.id.as_ref()).await?;
    Ok(Handled::Done)
}

/// Rows 2 and 13: believed only about a request of ours, from exactly the group that was asked (threats ORG-12, ORG-14).
async fn answer(tx: &mut Tx, inbound: &Inbound<'_>) -> Result<Handled, Refusal> {
    let sent = inbound.answers.ok_or(Refusal::Code("never-asked"))?;
    let group = store::by_uri(tx, &inbound.activity.actor).await?.ok_or(Refusal::Code("another-group"))?;
    if group.home.as_ref() != Some(&inbound.partner.id) || sent.about.as_ref() != Some(&group.uri) {
        return Err(Refusal::Code("another-group"));
    }
    tx.lock(&format!("group {}", group.id)).await?;
    // Not our newest request: we asked again, or left, since.
    let Some(mut membership) = by_follow(tx, &inbound.partner.id, &sent.uri).await? else { return Ok(Handled::Ignored) };
    if let Some(claim) = &inbound.activity.claim {
        let persona = actors::by_id(tx, &membership.actor).await?.ok_or(Refusal::Code("no-persona"))?;
        if claim.verb != Verb::Follow || claim.actor != persona.uri || claim.object.as_ref().is_some_and(|object| *object != group.uri) {
            return Err(Refusal::Code("altered-request"));
        }
    }
    // Brought to rest because the group was not for this house for a moment, and not by the person: the request still stands, and
    // the group's home counts on it.
    if membership.state == State::Resting && group.ended_at.is_none() && outbox::stands(tx, &sent.uri).await? {
        membership.state = State::Pending;
    }
    let heard = wire::heard(inbound.activity);
    let at = inbound.activity.published.unwrap_or(inbound.here.now);
    let Some((state, paused_until)) = membership::answered(&membership, heard.answer, at) else { return Ok(Handled::Ignored) };
    let comes_in = state == State::Active && !membership.is_active();
    membership.state = state;
    membership.paused_until = paused_until;
    membership.stays_out &= state == State::Removed;
    membership.reason = heard.reason;
    membership.role = if state == State::Active { heard.role } else { membership::Role::Member };
    membership.guest_uri = heard.guest.or(membership.guest_uri);
    membership.answered_at = at;
    membership.changed_at = inbound.here.now;
    if comes_in {
        read_history(tx, inbound, &group).await?;
    }
    if state == State::Active {
        membership.joined_at = membership.joined_at.or(Some(inbound.here.now));
    }
    save_membership(tx, &membership).await?;
    Ok(Handled::Done)
}

/// Somebody of ours is in: what its home lets us read of before is asked for. Once for all who come in meanwhile.
async fn read_history(tx: &mut Tx, inbound: &Inbound<'_>, group: &Group) -> Result<(), Refusal> {
    let here = inbound.here;
    let job = NewJob { kind: super::HISTORY, key: Some(group.id.to_string()), payload: group.id.to_string(), run_at: here.now };
    Ok(jobs::enqueue(tx, &*here.chance, job).await?)
}

/// A person of a partner says how they are called now. Only the name is taken from the document: keys and addresses are
/// read at their own place, never from here (threats ORG-19). The document is the sayer's own, or the reader would have left only its
/// address (threats R6).
async fn renamed(tx: &mut Tx, inbound: &Inbound<'_>) -> Result<Handled, Refusal> {
    let person = asker(inbound)?;
    let document = inbound.activity.own_object().and_then(|object| object.document.as_deref()).ok_or(Refusal::Code("no-document"))?;
    if !stays_at_home(person, document) {
        return Err(Refusal::Code("other-doors"));
    }
    let learned = fetch::learned(document).filter(|learned| !learned.name.trim().is_empty());
    let Some(learned) = learned else { return Ok(Handled::Ignored) };
    let at = document.updated.or(inbound.activity.published).unwrap_or(inbound.here.now);
    let news = heard_name(tx, inbound.here, person, (learned.name.trim(), at)).await?;
    Ok(if news { Handled::Done } else { Handled::Ignored })
}

/// Whether a person's own document stays within their house: only the name is taken from it, and one that would lead elsewhere
/// has no effect at all (threats ORG-19).
fn stays_at_home(person: &Actor, document: &ActorDocument) -> bool {
    let home = person.uri.origin();
    document.inbox.iter().chain(&document.shared_inbox).all(|door| door.origin() == home)
}

/// Whether this is a group of the sayer's house that is shared with this one, and not with everybody.
fn is_for_few(inbound: &Inbound<'_>, group: &Group) -> bool {
    group.home.as_ref() == Some(&inbound.partner.id) && group.ended_at.is_none() && group.reach != Reach::Everyone
}

/// Row 14: a partner's group says how it is now. The document is the sayer's own (threats R6); that the sayer is a group of that
/// house, [`learn`] sees to.
async fn update(tx: &mut Tx, inbound: &Inbound<'_>) -> Result<Handled, Refusal> {
    let document = inbound.activity.own_object().and_then(|object| object.document.as_deref()).ok_or(Refusal::Code("no-document"))?;
    if inbound.activity.public && store::load(tx, &inbound.actor.id).await?.is_some_and(|group| is_for_few(inbound, &group)) {
        return Err(Refusal::Breach(WIDENED));
    }
    let facts = wire::facts(document, inbound.activity.published.unwrap_or(inbound.here.now));
    let learned = learn(tx, inbound.here, &inbound.partner.id, inbound.actor, &facts).await?;
    if let Some(group) = learned.filter(|group| !group.name.is_empty()) {
        actors::rename(tx, &inbound.actor.id, &group.name).await?;
    }
    Ok(Handled::Done)
}
