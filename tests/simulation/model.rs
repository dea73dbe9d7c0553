//! The reference: what people did and were told, in plain sets, without messages, order or failures. At the end of a run every
//! house must be as it says. It is fed with what an action of a person answered, never with a message or a row of a house.

use std::collections::{BTreeMap, BTreeSet};

use haven::base::Timestamp;

/// The number by which a text is known through all its versions.
pub type Number = u32;

/// Who wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Writer {
    /// One of the people, by number, and the house they are at home in.
    Person(usize, usize),
    /// Somebody of the hostile house.
    Hostile,
}

impl Writer {
    /// The house they write from.
    fn house(self) -> usize {
        match self {
            Self::Person(_, house) => house,
            Self::Hostile => super::world::HOSTILE,
        }
    }
}

/// One text.
#[derive(Clone, Debug)]
pub struct Post {
    pub group: usize,
    pub writer: Writer,
    pub parent: Option<Number>,
    /// The version of the group that its writer was shown, or the moment the hostile house gives; `None` at the group's home.
    pub saw: Option<Timestamp>,
    /// The version its writer wished last; earlier ones count when the last may have been refused.
    pub version: u32,
    /// The highest version that was ever wished, also when its writer forgot that change.
    pub highest: u32,
    /// The writer took it away, or was erased.
    pub gone: bool,
    /// Somebody asked for its removal, and may not have been heard.
    pub perhaps_gone: bool,
    /// Answers to it are not taken any more, or were not for a time.
    pub closed: bool,
    /// Houses that may hold it besides its home and its writer's, from the moment the home has taken it.
    pub readers: Option<BTreeSet<usize>>,
    /// It was deleted and brought back: houses that may hold it from before.
    pub before: Option<BTreeSet<usize>>,
    /// What was written anew says which text of its home it follows: it is for nobody who was not told of that one.
    pub follows: Option<BTreeSet<usize>>,
}

/// What must be readable at a house when everything has calmed down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Must {
    /// This version.
    Stand(u32),
    /// Some version up to this one, or nothing.
    Perhaps(u32),
    /// Nothing.
    Vanish,
}

/// See the module.
#[derive(Default)]
pub struct Model {
    pub posts: BTreeMap<Number, Post>,
    /// Home of each group.
    pub homes: Vec<usize>,
    /// Whom each group is shared with.
    pub shared: Vec<BTreeSet<usize>>,
    /// Since when a house reads a group, by the home's clock, and since which version of it where that was not so from the
    /// beginning. They differ when the clock went back between: a version is never older than the one before.
    pub since: BTreeMap<(usize, usize), (Timestamp, Option<Timestamp>)>,
    /// The last wish of a person about a group: in or out.
    pub wish: BTreeMap<(usize, usize), bool>,
    /// Persons whose standing in a group is not theirs alone: taken out or paused by its hosts.
    pub moderated: BTreeSet<(usize, usize)>,
    /// Groups that were taken from a house at some time.
    pub unshared: BTreeSet<(usize, usize)>,
    /// Houses between which it was over at some time.
    pub over: BTreeSet<(usize, usize)>,
    /// What a house may have had until it was over, and gives back.
    pub lent: BTreeSet<(Number, usize)>,
    /// Erased people.
    pub erased: BTreeSet<usize>,
    /// People who took a break at some time: answers to them may have been refused in their own house's groups.
    pub rested: BTreeSet<usize>,
}

fn pair(one: usize, two: usize) -> (usize, usize) {
    (one.min(two), one.max(two))
}

impl Model {
    pub fn wrote(&mut self, number: Number, (group, saw): (usize, Option<Timestamp>), writer: Writer, parent: Option<Number>) {
        let post = Post {
            group,
            writer,
            parent,
            saw,
            version: 0,
            highest: 0,
            gone: false,
            perhaps_gone: false,
            closed: false,
            readers: None,
            before: None,
            follows: None,
        };
        self.posts.insert(number, post);
    }

    pub fn edited(&mut self, number: Number, version: u32) {
        let post = self.post(number);
        post.version = version;
        post.highest = post.highest.max(version);
    }

    /// Its writer took a deletion back; this version stands again. `anew`, when it is written anew: what they were shown of the
    /// group, and whether they knew its address at the home.
    pub fn brought_back(&mut self, number: Number, version: u32, anew: Option<(Option<Timestamp>, bool)>) {
        let post = self.post(number);
        (post.gone, post.version) = (false, version);
        let mut before = post.before.take().unwrap_or_default();
        if let Some((saw, known)) = anew {
            let readers = post.readers.take();
            before.extend(readers.iter().flatten());
            (post.saw, post.follows) = (saw, if known { readers } else { None });
        }
        post.before = Some(before);
    }

    pub fn deleted(&mut self, number: Number) {
        self.post(number).gone = true;
    }

    /// A moderator took it away; `heard`: at its home, where it counts at once.
    pub fn removed(&mut self, number: Number, heard: bool) {
        let post = self.post(number);
        post.gone |= heard;
        post.perhaps_gone = true;
    }

    pub fn closed(&mut self, number: Number) {
        self.post(number).closed = true;
    }

    fn post(&mut self, number: Number) -> &mut Post {
        self.posts.get_mut(&number).expect("a post that was written")
    }

    /// Its home has it now: who may hold it is settled, and never grows.
    pub fn taken(&mut self, number: Number) {
        let post = &self.posts[&number];
        if post.readers.is_some() {
            return;
        }
        let told = |house: &usize| {
            let since = self.since.get(&(post.group, *house)).and_then(|(moment, version)| match post.writer {
                // The hostile house does not say which version it was shown: the moment it gives counts.
                Writer::Hostile => Some(*moment),
                Writer::Person(..) => *version,
            });
            post.writer.house() == *house || since.zip(post.saw).is_none_or(|(since, saw)| since <= saw)
        };
        let mut readers: BTreeSet<usize> = self.shared[post.group].iter().copied().filter(told).collect();
        if let Some(parent) = post.parent {
            let bound = self.posts[&parent].readers.clone().unwrap_or_default();
            readers = readers.intersection(&bound).copied().collect();
        }
        if let Some(bound) = &self.posts[&number].follows {
            readers = readers.intersection(bound).copied().collect();
        }
        self.post(number).readers = Some(readers);
    }

    pub fn wished(&mut self, person: usize, group: usize, inside: bool) {
        self.wish.insert((person, group), inside);
    }

    /// Everything a person wrote, in one group or in all, was taken away, and they left.
    pub fn took_all(&mut self, person: usize, only: Option<usize>) {
        for post in self.posts.values_mut() {
            let theirs = matches!(post.writer, Writer::Person(who, _) if who == person);
            post.gone |= theirs && only.is_none_or(|group| group == post.group);
        }
        for group in 0..self.homes.len() {
            if only.is_none_or(|one| one == group) && self.wish.contains_key(&(person, group)) {
                self.wish.insert((person, group), false);
            }
        }
        if only.is_none() {
            self.erased.insert(person);
        }
    }

    /// When: the moment by the home's clock, and the version of the group.
    pub fn shared_with(&mut self, group: usize, (moment, version): (Timestamp, Timestamp), houses: BTreeSet<usize>) {
        for house in houses.difference(&self.shared[group]) {
            self.since.insert((group, *house), (moment, Some(version)));
        }
        for house in self.shared[group].difference(&houses) {
            self.unshared.insert((group, *house));
        }
        self.shared[group] = houses;
    }

    /// For the house `one` it is over with `two`: nothing of its groups is for the other any more. The other hears of it later.
    pub fn ended(&mut self, one: usize, two: usize) {
        self.over.insert(pair(one, two));
        for group in (0..self.homes.len()).filter(|group| self.homes[*group] == one) {
            if self.shared[group].remove(&two) {
                self.unshared.insert((group, two));
            }
            for (number, post) in self.posts.iter_mut().filter(|(_, post)| post.group == group) {
                for readers in [&mut post.readers, &mut post.before].into_iter().flatten() {
                    if readers.remove(&two) {
                        self.lent.insert((*number, two));
                    }
                }
            }
        }
    }

    pub fn was_over(&self, one: usize, two: usize) -> bool {
        self.over.contains(&pair(one, two))
    }

    /// Whether this house may see these words, now or ever again.
    pub fn may_hold(&self, number: Number, house: usize) -> bool {
        let Some(post) = self.posts.get(&number) else { return false };
        let own = matches!(post.writer, Writer::Person(_, at) if at == house) || self.homes[post.group] == house;
        own || [&post.readers, &post.before].into_iter().flatten().any(|readers| readers.contains(&house))
    }

    /// What the home must show.
    pub fn at_home(&self, number: Number) -> Must {
        let post = &self.posts[&number];
        if post.gone {
            return Must::Vanish;
        }
        let home = self.homes[post.group];
        let sure = match post.writer {
            Writer::Hostile => false,
            Writer::Person(_, at) if at == home => true,
            Writer::Person(who, at) => {
                !self.moderated.contains(&(who, post.group))
                    && !self.unshared.contains(&(post.group, at))
                    && !self.was_over(at, home)
                    && !self.shaken(post.parent)
            }
        };
        if sure && !post.perhaps_gone { Must::Stand(post.version) } else { Must::Perhaps(post.highest) }
    }

    /// Whether an answer to this may have been refused: what it answers went, or was closed.
    fn shaken(&self, parent: Option<Number>) -> bool {
        let mut next = parent;
        while let Some(number) = next {
            let post = &self.posts[&number];
            let went = post.gone || post.perhaps_gone || post.before.is_some();
            if went || post.closed || post.writer == Writer::Hostile || self.shaken_writer(post) {
                return true;
            }
            next = post.parent;
        }
        false
    }

    fn shaken_writer(&self, post: &Post) -> bool {
        matches!(post.writer, Writer::Person(who, _) if self.erased.contains(&who) || self.rested.contains(&who))
    }

    /// Whether somebody must be in a group, must not be, or it is not theirs alone to say (`None`).
    pub fn inside(&self, person: usize, group: usize, house: usize) -> Option<bool> {
        let wish = *self.wish.get(&(person, group))?;
        let home = self.homes[group];
        let others = self.moderated.contains(&(person, group)) || self.unshared.contains(&(group, house)) || self.was_over(home, house);
        if wish && others { None } else { Some(wish) }
    }
}
