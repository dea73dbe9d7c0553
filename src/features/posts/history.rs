//! Reading the history of a partner's group (groups.md row 15): after somebody of this house came in, and once a day, so that what a
//! delivery lost in an outage comes all the same. Page by page, each a piece of durable work of its own, through the same door as what its home
//! tells by itself: nothing is done twice, nothing that was deleted comes back. It never asks anybody but the group's home.

use std::collections::HashSet;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::base::{Id, Iri};
use crate::features::groups::{self, Group};
use crate::federation::activity::{Activity, Collection, Embedded, Verb};
use crate::federation::actors::{self, Actor};
use crate::federation::fetch::FetchError;
use crate::federation::inbox::{Handled, Refusal};
use crate::federation::partners::{self, State};
use crate::jobs::{self, NewJob, Task, Trouble};
use crate::site::Site;

use super::inbox;

/// After so many pages in a row without anything new the rest is known.
const QUIET: u32 = 2;
/// Most pages of one reading.
const PAGES: u32 = 400;
/// So many writers nobody has heard of are asked after for one page; the others are kept without a name (threats DOS-12).
const WRITERS: usize = 8;
/// So often a home that does not answer is asked; tomorrow it is asked again.
const TRIES: i64 = 5;

/// Where a reading stands: its group, pages read, pages without news, and the next page.
struct Place {
    group: Id,
    pages: u32,
    quiet: u32,
    page: Option<Iri>,
}

impl Place {
    fn read(payload: &str) -> Option<Self> {
        let mut parts = payload.split(' ');
        let group = Id::parse(parts.next()?)?;
        let Some(pages) = parts.next() else { return Some(Self { group, pages: 0, quiet: 0, page: None }) };
        Some(Self { group, pages: pages.parse().ok()?, quiet: parts.next()?.parse().ok()?, page: Some(Iri::parse(parts.next()?).ok()?) })
    }

    /// What follows a page with so much news; `None` at the end.
    fn after(&self, page: &Iri, news: usize, next: Option<&Iri>) -> Option<Self> {
        let quiet = if news > 0 { 0 } else { self.quiet + 1 };
        let next = next.filter(|next| *next != page && next.origin() == page.origin() && quiet < QUIET && self.pages + 1 < PAGES)?;
        Some(Self { group: self.group.clone(), pages: self.pages + 1, quiet, page: Some(next.clone()) })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.group, self.pages, self.quiet)?;
        self.page.as_ref().map_or(Ok(()), |page| write!(f, " {page}"))
    }
}

/// Looks back once a day into every group of a partner in which somebody of this house is.
pub(super) fn look_back<'a>(site: &'a Site, _task: &'a Task) -> BoxFuture<'a, Result<(), Trouble>> {
    async move {
        let here = site.here();
        let mut after = String::new();
        loop {
            let mut tx = site.db.begin().await?;
            let groups = groups::taken_part_in(&mut tx, &after, 200).await?;
            for group in &groups {
                let job = NewJob { kind: groups::HISTORY, key: Some(group.to_string()), payload: group.to_string(), run_at: here.now };
                jobs::enqueue(&mut tx, &*here.chance, job).await?;
            }
            tx.commit().await?;
            match groups.last() {
                Some(last) => after = last.to_string(),
                None => return Ok(()),
            }
        }
    }
    .boxed()
}

/// Reads one page, and writes down that the next one is to be read.
pub(super) fn read<'a>(site: &'a Site, task: &'a Task) -> BoxFuture<'a, Result<(), Trouble>> {
    async move {
        let Some(place) = Place::read(&task.payload) else { return Err(Trouble::Never("history-payload")) };
        // After a restore nothing moves before somebody has looked.
        if site.db.restored().await?.is_some() {
            return Err(Trouble::Later(task.now.plus(std::time::Duration::from_mins(10))));
        }
        let Some((group, home)) = readable(site, &place.group).await? else { return Ok(()) };
        let first = || group.uri.origin().at(&format!("{}/outbox?page=first", group.uri.target()));
        let page = place.page.clone().unwrap_or_else(first);
        let read = match site.federation.fetch_collection(&home, &page).await {
            Ok(read) => read,
            Err(FetchError::Budget) => return Err(Trouble::Later(task.now.plus(std::time::Duration::from_mins(1)))),
            Err(FetchError::Transport(_) | FetchError::Status(429 | 500..=599)) if task.attempt < TRIES => {
                return Err(Trouble::Again("history"));
            }
            // Other software keeps no such pages, and who may not read gets what does not exist.
            Err(_) => return Ok(()),
        };
        let next = read.next.clone();
        let said = announced(&group, read);
        get_to_know_writers(site, &home, &said).await?;
        let here = site.here();
        let mut tx = site.db.begin().await?;
        let news = take_in(&mut tx, &here, (&group, &home), &said).await?;
        if let Some(place) = place.after(&page, news, next.as_ref()) {
            let job = NewJob { kind: groups::HISTORY, key: None, payload: place.to_string(), run_at: here.now };
            jobs::enqueue(&mut tx, &*here.chance, job).await?;
        }
        task.done(&mut tx).await?;
        Ok(tx.commit().await?)
    }
    .boxed()
}

/// A group of an active partner in which somebody of this house is.
async fn readable(site: &Site, group: &Id) -> Result<Option<(Group, Id)>, Trouble> {
    let mut conn = site.db.read().await?;
    let Some(group) = groups::load(&mut conn, group).await?.filter(|group| group.ended_at.is_none()) else { return Ok(None) };
    let Some(home) = group.home.clone() else { return Ok(None) };
    let inside = groups::has_members_here(&mut conn, &group.id).await?;
    Ok(inside.then_some((group, home)))
}

/// The Announces of the group itself on a page; everything else on it is nothing.
fn announced(group: &Group, page: Collection) -> Vec<Activity> {
    let own = |item: Embedded| match item {
        Embedded::Activity(inner) if inner.verb == Verb::Announce && inner.actor == group.uri => inner.outermost(),
        _ => None,
    };
    page.items.into_iter().filter_map(own).collect()
}

/// The names of writers who were never heard of are read first: within a unit of work nothing waits for the network.
async fn get_to_know_writers(site: &Site, home: &Id, said: &[Activity]) -> Result<(), Trouble> {
    let mut asked = HashSet::new();
    for one in said {
        let note = one.own_activity().and_then(|inner| inner.own_object());
        let Some(writer) = note.and_then(|note| note.attributed_to.as_ref()) else { continue };
        if asked.contains(writer) || asked.len() >= WRITERS {
            continue;
        }
        let known = actors::by_uri(&mut *site.db.read().await?, writer).await?.is_some_and(|actor| !actor.is_unread());
        if !known {
            // Who cannot be read is kept without a name, as in the inbox.
            site.federation.get_to_know(home, writer).await?;
            asked.insert(writer);
        }
    }
    Ok(())
}

/// Takes in what a page tells. Returns how much of it was new.
async fn take_in(
    tx: &mut crate::db::Tx,
    here: &crate::federation::here::Here,
    (group, home): (&Group, &Id),
    said: &[Activity],
) -> Result<usize, Trouble> {
    let partner = partners::by_id(tx, home).await?.filter(|partner| partner.state == State::Active);
    let actor: Option<Actor> = actors::by_id(tx, &group.id).await?;
    let (Some(partner), Some(actor)) = (partner, actor) else { return Ok(0) };
    let mut news = 0;
    for one in said {
        let creation = one.own_activity().is_some_and(|inner| inner.verb == Verb::Create);
        if !creation {
            continue;
        }
        tx.savepoint().await?;
        match inbox::read_again(tx, here, &partner, (&actor, one)).await {
            Ok(Handled::Done) => news += 1,
            Ok(Handled::Ignored | Handled::NotYet) => {}
            Err(Refusal::Code(_) | Refusal::NeedsKey) => tx.rollback_to_savepoint().await?,
            Err(Refusal::Breach(code)) => {
                tx.rollback_to_savepoint().await?;
                partners::pause_for(tx, here, &partner.id, code).await?;
                return Ok(news);
            }
            Err(Refusal::Db(error)) => return Err(error.into()),
        }
    }
    Ok(news)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_ends_where_nothing_is_new_and_never_goes_round() {
        let group = "a".repeat(26);
        let at = |page: &str| Iri::parse(&format!("https://a.example/g/x/outbox?page={page}")).unwrap();
        let begun = Place::read(&group).unwrap();
        let second = begun.after(&at("first"), 5, Some(&at("two"))).unwrap();
        let written = Place::read(&second.to_string()).unwrap();
        assert_eq!((written.pages, written.quiet, written.page.as_ref()), (1, 0, Some(&at("two"))));
        let quiet = second.after(&at("two"), 0, Some(&at("three"))).unwrap();
        assert!(quiet.after(&at("three"), 0, Some(&at("four"))).is_none(), "two quiet pages");
        assert!(quiet.after(&at("three"), 1, Some(&at("four"))).is_some(), "news: it goes on");
        let elsewhere = Iri::parse("https://b.example/g/x/outbox?page=two").unwrap();
        for (next, why) in [(None, "the end"), (Some(&at("first")), "the same page"), (Some(&elsewhere), "another house")] {
            assert!(begun.after(&at("first"), 5, next).is_none(), "{why}");
        }
        let long = Place { pages: PAGES, ..Place::read(&group).unwrap() };
        assert!(long.after(&at("first"), 5, Some(&at("two"))).is_none(), "an end to everything");
        for bad in ["", "x", &format!("{group} 1"), &format!("{group} 1 0"), &format!("{group} a 0 https://a.example/")] {
            assert!(Place::read(bad).is_none(), "{bad:?}");
        }
    }
}
