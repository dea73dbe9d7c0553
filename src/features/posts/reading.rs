//! A group's conversations for reading and nothing else, for somebody who is not a member and whom the policy lets in all the
//! same. Every heading and every text passes through the policy with the facts of the asker; there is no button, no draft and
//! no text that is not posted.

use crate::base::html::SafeHtml;
use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError};
use crate::federation::policy::{self, Facts, Principal, Visible};

use super::post::State;
use super::store;
use super::store::timeline::{self, Cursor, Thread};

/// A conversation in a list.
#[derive(Clone, Debug)]
pub struct Heading {
    /// Its beginning.
    pub id: Id,
    /// Its first words; empty when the beginning is gone.
    pub excerpt: String,
    /// Who began it.
    pub author: String,
    /// Language tag.
    pub lang: String,
    /// When it began.
    pub written: Timestamp,
}

/// One text in a conversation.
#[derive(Clone, Debug)]
pub struct Said {
    /// Who wrote it.
    pub author: String,
    /// The text.
    pub html: SafeHtml,
    /// Language tag.
    pub lang: String,
    /// When.
    pub written: Timestamp,
}

/// A part of a list, and where the next part begins.
#[derive(Clone, Debug)]
pub struct Part<T> {
    /// What the asker may see of it.
    pub items: Vec<Visible<T>>,
    /// For the address of the next part.
    pub next: Option<String>,
}

/// The asker and what the policy decides on. The facts must have an audience: without one they are about the group's door.
pub type Asker<'a> = (&'a Principal, &'a Facts<'a>);

/// The conversations of a group, last answer first.
///
/// # Errors
/// When the database does not answer.
pub async fn conversations(conn: &mut Conn, asker: Asker<'_>, group: &Id, before: &str) -> Result<Part<Heading>, DbError> {
    let before = Cursor::parse(before);
    let mut threads = if before.is_none() { timeline::pinned(conn, group).await? } else { Vec::new() };
    let page = timeline::threads(conn, group, &before.unwrap_or_else(Cursor::newest)).await?;
    threads.extend(page.items);
    let next = page.next.map(|next| next.to_string());
    Ok(Part { items: threads.iter().filter_map(heading).filter_map(|heading| seen(asker, heading)).collect(), next })
}

fn heading(thread: &Thread) -> Option<Heading> {
    let posted = thread.state() == State::Posted;
    Some(Heading {
        id: Id::parse(&thread.id)?,
        excerpt: if posted { thread.excerpt.clone() } else { String::new() },
        author: if posted { thread.author_name.clone() } else { String::new() },
        lang: thread.lang.clone(),
        written: thread.created(),
    })
}

/// The texts of one conversation of this group, oldest first; `None` when there is no such conversation in it.
///
/// # Errors
/// When the database does not answer.
pub async fn conversation(
    conn: &mut Conn,
    asker: Asker<'_>,
    (group, root): (&Id, &Id),
    after: &str,
) -> Result<Option<Part<Said>>, DbError> {
    let Some(beginning) = store::by_id(conn, root).await?.filter(|post| post.group == *group && post.is_root()) else { return Ok(None) };
    let after = Cursor::parse(after);
    let mut texts = Vec::new();
    if after.is_none() && beginning.is_readable() {
        texts.push(beginning.clone());
    }
    // Nobody wrote anything under the id of a group: only what is posted comes back.
    let page = timeline::answers(conn, root, group, &after.unwrap_or_else(Cursor::oldest)).await?;
    texts.extend(page.items.into_iter().map(|answer| answer.post));
    let said = texts.into_iter().filter(super::Post::is_readable).map(|post| Said {
        author: post.author_name,
        html: post.html,
        lang: post.lang,
        written: post.created_at,
    });
    Ok(Some(Part { items: said.filter_map(|said| seen(asker, said)).collect(), next: page.next.map(|next| next.to_string()) }))
}

fn seen<T>((principal, facts): Asker<'_>, thing: T) -> Option<Visible<T>> {
    facts.audience.and_then(|_| policy::visible_to(principal, facts, thing))
}

/// Actors of ours whose words stand in a group: personas of this house, and guests.
///
/// # Errors
/// When the database does not answer.
pub async fn writers(conn: &mut Conn, group: &Id) -> Result<Vec<Id>, DbError> {
    timeline::writers(conn, group).await
}
