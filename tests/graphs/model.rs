//! The second opinion: who may do what to which row. Written from FEP-fe34 (protocol.md §5), groups.md and threats R5 to R7 over
//! the plain values of a sentence; it shares nothing with the product and knows neither JSON nor SQL.
//!
//! In one breath: a sentence counts when its signer is its actor and its id is of the actor's origin. What it carries counts
//! when it is on the signer's origin and the signer's own, else it is an address. Whose a post is, where it belongs and which
//! text is newest say the rows. Who takes part says the group's home. What is gone stays gone.

use std::collections::{BTreeMap, BTreeSet};

use crate::words::{Document, Inner, Note, Sentence, Thing, Twist, origin};

/// How long a sentence waits for what it speaks of.
const PATIENCE: i64 = 7 * 24 * 3_600_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Life {
    Posted,
    Deleted,
    Removed,
    /// Its writer was erased: no word of it may be left.
    Erased,
}

/// A post in a group of this house, under the address it has at its writer's.
#[derive(Clone, Debug)]
pub struct Post {
    pub group: String,
    pub author: String,
    pub text: String,
    pub updated: i64,
    pub life: Life,
}

/// What anna's house holds of a post in a partner's group.
#[derive(Clone, Debug)]
pub struct Copy {
    pub group: String,
    pub author: String,
    pub text: String,
    pub updated: i64,
    pub life: Life,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Active,
    Pending,
    Resting,
    Refused,
    Removed,
    /// The person was erased.
    Erased,
}

#[derive(Clone, Debug)]
pub struct Member {
    pub standing: Standing,
    pub wished: i64,
    pub was_in: bool,
}

/// A group of this house.
#[derive(Clone, Debug)]
pub struct Local {
    /// Origins that it is shared with.
    pub shared: BTreeSet<String>,
    /// The hosts answer requests; nobody is let in by itself.
    pub asks: bool,
}

/// A group of a partner, and where anna stands in it.
#[derive(Clone, Debug)]
pub struct Remote {
    pub name: String,
    pub updated: i64,
    pub ended: bool,
    pub follow: String,
    pub standing: Standing,
    pub answered: i64,
}

#[derive(Clone, Debug, Default)]
pub struct Model {
    pub now: i64,
    pub anna: String,
    pub local: BTreeMap<String, Local>,
    pub remote: BTreeMap<String, Remote>,
    /// Persons of the partners; who is not here and signs is a group or a house.
    pub persons: BTreeSet<String>,
    pub gone: BTreeSet<String>,
    pub posts: BTreeMap<String, Post>,
    /// Posts of anna in groups of this house, by address: group and text.
    pub annas: BTreeMap<String, (String, String)>,
    /// The address that this house gave to a guest's post.
    pub addresses: BTreeMap<String, String>,
    pub copies: BTreeMap<String, Copy>,
    pub buried: BTreeSet<String>,
    pub members: BTreeMap<(String, String), Member>,
    pub heard: BTreeSet<String>,
    pub waiting: Vec<(i64, Sentence)>,
}

/// What a sentence carries, after it was asked whose it is.
enum Judged<'a> {
    Own(&'a Thing),
    Ref(&'a str),
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    Effect,
    Nothing,
    TooEarly,
}

fn is_post(kind: &str) -> bool {
    matches!(kind, "Note" | "Page" | "Article" | "Question" | "Event" | "Video" | "Audio" | "Image" | "Document")
}

fn judged<'a>(thing: &'a Thing, verb: &str, actor: &str) -> Judged<'a> {
    let announced = verb == "Announce";
    let near = |id: &str| origin(id) == origin(actor);
    let owned = |owner: Option<&str>| owner.is_some_and(|owner| if announced { near(owner) } else { owner == actor });
    let (id, own) = match thing {
        Thing::Nothing => return Judged::Nothing,
        Thing::Ref(id) => return Judged::Ref(id),
        Thing::Note(note) => (note.id.as_str(), near(&note.id) && owned(note.owner.first())),
        Thing::Tomb { id, owner } => (id.as_str(), near(id) && (owner.first().is_none() || owned(owner.first()))),
        Thing::Document(document) => (document.id.as_str(), document.id == actor),
        Thing::Said(inner) => {
            let id = inner.id.as_deref().unwrap_or_default();
            let here = if id.is_empty() { !announced } else { near(id) };
            (id, here && if announced { near(&inner.actor) } else { inner.actor == actor })
        }
    };
    // Without an address a thing is nobody's; an activity may do without.
    match (own && (!id.is_empty() || matches!(thing, Thing::Said(_))), id) {
        (true, _) => Judged::Own(thing),
        (false, "") => Judged::Nothing,
        (false, id) => Judged::Ref(id),
    }
}

fn id_of<'a>(judged: &Judged<'a>) -> Option<&'a str> {
    match judged {
        Judged::Ref(id) => Some(id),
        Judged::Own(Thing::Note(note)) => Some(&note.id),
        Judged::Own(Thing::Tomb { id, .. }) => Some(id),
        Judged::Own(Thing::Document(document)) => Some(&document.id),
        Judged::Own(Thing::Said(inner)) => inner.id.as_deref(),
        Judged::Nothing | Judged::Own(_) => None,
    }
}

/// An announcement in an announcement is refused as a whole, whoever says it.
fn nests_announcements(thing: &Thing, verb: &str) -> bool {
    match thing {
        Thing::Said(inner) => (verb == "Announce" && inner.verb == "Announce") || nests_announcements(&inner.object, inner.verb),
        _ => false,
    }
}

/// Activities in one another: three are read.
fn nested(thing: &Thing) -> usize {
    if let Thing::Said(inner) = thing { 1 + nested(&inner.object) } else { 0 }
}

impl Model {
    /// Whether the door takes it at all: signed by its actor, named on the actor's origin, of one meaning.
    pub fn is_taken(said: &Sentence) -> bool {
        let one_meaning = said.twist.as_ref().is_none_or(|twist| {
            // A report names several things; so does nothing else.
            twist.is_harmless()
                || (said.verb == "Flag" && matches!(twist, Twist::TwoObjects(_)))
                // Once more the same, or beside a word that nobody knows.
                || matches!(twist, Twist::TypeTwo(other) if *other == said.verb || (*other == "Like" && matches!(said.verb, "View" | "Arrive")))
        });
        let named = !said.id.is_empty() && origin(&said.id) == origin(&said.actor);
        one_meaning && named && said.actor == said.signer && !nests_announcements(&said.object, said.verb) && nested(&said.object) < 3
    }

    /// What waits is looked at again; what nobody came for in a week is let go.
    pub fn time_passes(&mut self, now: i64) -> usize {
        self.now = now;
        let mut effects = 0;
        for (since, said) in std::mem::take(&mut self.waiting) {
            match self.handle(&said) {
                Came::TooEarly if now - since <= PATIENCE => self.waiting.push((since, said)),
                Came::Effect => effects += 1,
                _ => {}
            }
        }
        effects
    }

    /// A sentence that the door took. Whether it changed anything.
    pub fn hear(&mut self, said: &Sentence) -> bool {
        if !self.heard.insert(said.id.clone()) {
            return false;
        }
        match self.handle(said) {
            Came::Effect => true,
            Came::Nothing => false,
            Came::TooEarly => {
                self.waiting.push((self.now, said.clone()));
                false
            }
        }
    }

    fn handle(&mut self, said: &Sentence) -> Came {
        if self.gone.contains(&said.actor) && !matches!(said.verb, "Delete" | "Undo") {
            return Came::Nothing;
        }
        let carried = judged(&said.object, said.verb, &said.actor);
        let id = id_of(&carried);
        match (said.verb, &carried) {
            ("Accept" | "Reject", _) => self.answer(said, id),
            ("Follow", Judged::Ref(group)) => self.follow(said, group),
            ("Undo", Judged::Own(Thing::Said(inner))) if inner.verb == "Follow" => self.leave(said, inner),
            ("Create", Judged::Own(Thing::Note(note))) => self.create(said, note),
            ("Update", Judged::Own(Thing::Note(note))) => self.update(said, note),
            ("Update", Judged::Own(Thing::Document(document))) if document.kind == "Group" => self.describe(said, document),
            ("Delete", Judged::Own(Thing::Said(_))) => Came::Nothing,
            ("Delete", Judged::Own(Thing::Document(document))) if document.kind == "Group" => Came::Nothing,
            ("Delete", _) if id == Some(said.actor.as_str()) => self.erase(said),
            ("Delete", _) => id.map_or(Came::Nothing, |id| self.delete(said, id)),
            ("Announce", Judged::Own(Thing::Said(inner))) if matches!(inner.verb, "Create" | "Update") => self.copy(said, inner),
            ("Announce", Judged::Own(Thing::Said(inner))) if inner.verb == "Delete" => self.copy_gone(said, inner),
            _ => Came::Nothing,
        }
    }

    /// The group that a post names, if it is one of ours and for this partner.
    fn addressed(&self, said: &Sentence, note: &Note) -> Option<String> {
        let group = note.audience.clone()?;
        let shared = self.local.get(&group)?.shared.contains(origin(&said.actor));
        let alike = said.audience.as_ref().is_none_or(|other| *other == group);
        (shared && alike && is_post(note.kind) && !note.public && !said.public).then_some(group)
    }

    fn takes_part(&self, group: &str, who: &str) -> bool {
        self.members.get(&(group.to_owned(), who.to_owned())).is_some_and(|member| member.standing == Standing::Active)
    }

    fn create(&mut self, said: &Sentence, note: &Note) -> Came {
        let Some(group) = self.addressed(said, note) else { return Came::Nothing };
        if self.posts.contains_key(&note.id) || self.buried.contains(&note.id) {
            return Came::Nothing;
        }
        let answers = note.parent.as_ref().is_none_or(|parent| self.can_be_answered(&group, parent));
        if !self.takes_part(&group, &said.actor) || note.text.is_empty() || !answers {
            // Refused once is refused: the same message does not come back later when it would fit.
            self.buried.insert(note.id.clone());
            return Came::Nothing;
        }
        let updated = note.updated.or(note.published).unwrap_or(self.now);
        let post = Post { group, author: said.actor.clone(), text: note.text.clone(), updated, life: Life::Posted };
        self.posts.insert(note.id.clone(), post);
        Came::Effect
    }

    fn can_be_answered(&self, group: &str, parent: &str) -> bool {
        if let Some((place, _)) = self.annas.get(parent) {
            return place == group;
        }
        let post = self.addresses.get(parent).and_then(|id| self.posts.get(id));
        post.is_some_and(|post| post.group == group && post.life == Life::Posted)
    }

    fn update(&mut self, said: &Sentence, note: &Note) -> Came {
        let Some(group) = self.addressed(said, note) else { return Came::Nothing };
        let Some(post) = self.posts.get(&note.id) else {
            return if self.buried.contains(&note.id) { Came::Nothing } else { Came::TooEarly };
        };
        if post.author != said.actor || post.group != group || post.life != Life::Posted {
            return Came::Nothing;
        }
        let updated = note.updated.or(note.published).unwrap_or(self.now.max(post.updated + 1));
        if updated <= post.updated || note.text.is_empty() || !self.takes_part(&group, &said.actor) {
            return Came::Nothing;
        }
        let post = self.posts.get_mut(&note.id).expect("it was there");
        post.text.clone_from(&note.text);
        post.updated = updated;
        Came::Effect
    }

    fn delete(&mut self, said: &Sentence, id: &str) -> Came {
        if origin(id) == "http://v.test" {
            // Under our address: by its writer, or a moderator; nobody of a partner is one here.
            let Some(post) = self.addresses.get(id).and_then(|id| self.posts.get_mut(id)) else { return Came::Nothing };
            return if post.author == said.actor { end(&mut post.life, Life::Deleted) } else { Came::Nothing };
        }
        if origin(id) != origin(&said.actor) {
            return Came::Nothing;
        }
        let is_group = self.remote.contains_key(&said.actor);
        if is_group {
            // A group takes back a copy of what is its own, and of nothing else.
            return match self.copies.get_mut(id) {
                Some(copy) if copy.group == said.actor => end(&mut copy.life, Life::Removed),
                Some(_) => Came::Nothing,
                None => {
                    self.buried.insert(id.to_owned());
                    Came::Nothing
                }
            };
        }
        if let Some(post) = self.posts.get_mut(id) {
            return if post.author == said.actor { end(&mut post.life, Life::Deleted) } else { Came::Nothing };
        }
        if !self.copies.contains_key(id) {
            self.buried.insert(id.to_owned());
        }
        Came::Nothing
    }

    /// Somebody of a partner is gone, by their own word.
    fn erase(&mut self, said: &Sentence) -> Came {
        if !self.persons.contains(&said.actor) || !self.gone.insert(said.actor.clone()) {
            return Came::Nothing;
        }
        let who = &said.actor;
        self.posts.values_mut().filter(|post| post.author == *who).for_each(|post| post.life = Life::Erased);
        self.copies.values_mut().filter(|copy| copy.author == *who).for_each(|copy| copy.life = Life::Erased);
        self.members.iter_mut().filter(|((_, actor), _)| actor == who).for_each(|(_, member)| member.standing = Standing::Erased);
        self.buried.insert(who.clone());
        Came::Effect
    }

    fn follow(&mut self, said: &Sentence, group: &str) -> Came {
        let Some(local) = self.local.get(group).filter(|local| local.shared.contains(origin(&said.actor))) else { return Came::Nothing };
        if !self.persons.contains(&said.actor) {
            return Came::Nothing;
        }
        let at = said.published.unwrap_or(self.now);
        let key = (group.to_owned(), said.actor.clone());
        let first = if local.asks { Standing::Pending } else { Standing::Active };
        let Some(member) = self.members.get_mut(&key) else {
            self.members.insert(key, Member { standing: first, wished: at, was_in: !local.asks });
            return Came::Effect;
        };
        if at < member.wished {
            return Came::Nothing;
        }
        member.wished = at;
        let before = member.standing;
        // Who was in and left by themselves comes back; everybody else meets the rule of the group.
        member.standing = match before {
            Standing::Active => Standing::Active,
            Standing::Resting if member.was_in => Standing::Active,
            _ => first,
        };
        member.was_in |= member.standing == Standing::Active;
        if member.standing == before { Came::Nothing } else { Came::Effect }
    }

    fn leave(&mut self, said: &Sentence, follow: &Inner) -> Came {
        let carried = judged(&follow.object, follow.verb, &follow.actor);
        let Some(group) = id_of(&carried) else { return Came::Nothing };
        let Some(local) = self.local.get(group) else { return Came::Nothing };
        if !self.persons.contains(&said.actor) {
            return Came::Nothing;
        }
        let Some(member) = self.members.get_mut(&(group.to_owned(), said.actor.clone())) else {
            return if local.shared.contains(origin(&said.actor)) { Came::TooEarly } else { Came::Nothing };
        };
        let at = said.published.unwrap_or(self.now);
        if at < member.wished || member.standing == Standing::Erased {
            return Came::Nothing;
        }
        member.wished = at;
        if matches!(member.standing, Standing::Active | Standing::Pending | Standing::Refused) {
            member.standing = Standing::Resting;
            return Came::Effect;
        }
        Came::Nothing
    }

    /// Yes and no are heard from exactly the group that was asked, about exactly what was asked.
    fn answer(&mut self, said: &Sentence, id: Option<&str>) -> Came {
        let (claim, anna) = (if let Thing::Said(inner) = &said.object { Some(inner) } else { None }, self.anna.clone());
        let id = id.or(claim.and_then(|claim| claim.id.as_deref()));
        let Some(group) = self.remote.get_mut(&said.actor).filter(|group| Some(group.follow.as_str()) == id) else { return Came::Nothing };
        if let Some(claim) = claim {
            let about = match &claim.object {
                Thing::Ref(id) => Some(id.as_str()),
                Thing::Note(note) => Some(note.id.as_str()),
                _ => None,
            };
            if claim.verb != "Follow" || claim.actor != anna || about.is_some_and(|about| about != said.actor) {
                return Came::Nothing;
            }
        }
        let at = said.published.unwrap_or(self.now);
        if at < group.answered || group.standing == Standing::Resting {
            return Came::Nothing;
        }
        group.answered = at;
        let before = group.standing;
        group.standing = match (said.verb, before) {
            ("Accept", _) => Standing::Active,
            (_, Standing::Active | Standing::Removed) => Standing::Removed,
            _ => Standing::Refused,
        };
        if group.standing == before { Came::Nothing } else { Came::Effect }
    }

    /// A group says how it is now.
    fn describe(&mut self, said: &Sentence, document: &Document) -> Came {
        let Some(group) = self.remote.get_mut(&said.actor).filter(|group| group.updated < document.updated) else { return Came::Nothing };
        if said.public && !group.ended {
            // What is shared with few is not told to the world.
            return Came::Nothing;
        }
        group.updated = document.updated;
        group.name.clone_from(&document.name);
        group.ended = !document.shared;
        if group.ended && matches!(group.standing, Standing::Active | Standing::Pending) {
            group.standing = Standing::Resting;
        }
        Came::Effect
    }

    fn copy(&mut self, said: &Sentence, inner: &Inner) -> Came {
        let Some(group) = self.remote.get(&said.actor) else { return Came::Nothing };
        let Judged::Own(Thing::Note(note)) = judged(&inner.object, inner.verb, &inner.actor) else { return Came::Nothing };
        let here = note.audience.as_ref() == Some(&said.actor) && inner.audience.as_ref().is_none_or(|other| *other == said.actor);
        if !here || !is_post(note.kind) || note.public || inner.public || said.public || note.text.is_empty() {
            return Came::Nothing;
        }
        let updated = note.updated.or(note.published);
        if let Some(copy) = self.copies.get_mut(&note.id) {
            let newer = updated.unwrap_or(self.now) > copy.updated;
            if copy.group != said.actor || copy.author != inner.actor || copy.life != Life::Posted || !newer {
                return Came::Nothing;
            }
            copy.text.clone_from(&note.text);
            copy.updated = updated.unwrap_or(self.now);
            return Came::Effect;
        }
        if self.buried.contains(&note.id) || group.standing != Standing::Active {
            return Came::Nothing;
        }
        if self.gone.contains(&inner.actor) {
            self.buried.insert(note.id.clone());
            return Came::Nothing;
        }
        let (group, author) = (said.actor.clone(), inner.actor.clone());
        let copy = Copy { group, author, text: note.text.clone(), updated: updated.unwrap_or(self.now), life: Life::Posted };
        self.copies.insert(note.id.clone(), copy);
        Came::Effect
    }

    fn copy_gone(&mut self, said: &Sentence, inner: &Inner) -> Came {
        if !self.remote.contains_key(&said.actor) {
            return Came::Nothing;
        }
        let carried = judged(&inner.object, inner.verb, &inner.actor);
        let Some(id) = id_of(&carried).filter(|id| origin(id) == origin(&said.actor)) else { return Came::Nothing };
        let by_group = inner.actor == said.actor;
        match self.copies.get_mut(id) {
            Some(copy) if copy.group != said.actor || (!by_group && copy.author != inner.actor) => Came::Nothing,
            Some(copy) => end(&mut copy.life, if by_group { Life::Removed } else { Life::Deleted }),
            None => {
                self.buried.insert(id.to_owned());
                Came::Nothing
            }
        }
    }
}

/// What is readable ends as said; what its writer took away can still be named as removed; nothing comes back.
fn end(life: &mut Life, into: Life) -> Came {
    if *life == Life::Posted || (*life == Life::Deleted && into == Life::Removed) {
        *life = into;
        return Came::Effect;
    }
    Came::Nothing
}
