//! What is drawn: first something that makes sense for who says it, then, more often than not, something in it is bent.

use crate::model::Model;
use crate::words::{Document, Inner, Note, Owner, Sentence, Thing, Twist, origin};

/// Who is on a stage, and where.
#[derive(Clone, Debug)]
pub struct Cast {
    pub number: usize,
    /// At P and at E: three who speak, and one whom nobody has met.
    pub persons: Vec<String>,
    /// A group of P that anna is in, and one of E that she asked.
    pub groups: [String; 2],
    pub houses: [String; 2],
    /// Of this house: for both, for P only, by leave of the hosts, for nobody else.
    pub local: [String; 4],
    pub anna: String,
    pub annas: Vec<String>,
}

/// Numbers from a seed, the same on every machine (splitmix64).
#[derive(Debug)]
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }

    /// Once in so many.
    fn once_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    fn moment(&mut self, now: i64) -> i64 {
        let minutes = i64::try_from(self.below(41)).unwrap() - 20;
        now + minutes * 60_000
    }
}

const KINDS: [&str; 8] = ["Article", "Page", "Question", "Event", "Thing", "Place", "Collection", "Note"];
const VERBS: [&str; 22] = [
    "Create",
    "Update",
    "Delete",
    "Undo",
    "Announce",
    "Accept",
    "Reject",
    "Follow",
    "Join",
    "Leave",
    "Add",
    "Remove",
    "Flag",
    "Block",
    "Move",
    "Lock",
    "Like",
    "Dislike",
    "EmojiReact",
    "Invite",
    "View",
    "Arrive",
];
const NOBODY: &str = "http://x.test/p/xeno";

/// One draw.
pub struct Draw<'a> {
    pub dice: &'a mut Dice,
    pub cast: &'a Cast,
    pub model: &'a Model,
    /// Addresses that are new in this graph.
    pub fresh: &'a [String],
    /// Activities said before, to be said again.
    pub said: &'a [String],
    /// How many sentences this stage has heard: makes ids and texts that were never there.
    pub count: usize,
    /// A key that is nobody's.
    pub other_key: &'a str,
}

/// Fresh addresses for one graph: two at each partner.
pub fn fresh(stage: usize, graph: u64) -> Vec<String> {
    let at = |host: &str, which: usize| format!("http://{host}/o/{stage}-{graph}-{which}");
    vec![at("p.test", 0), at("p.test", 1), at("e.test", 0), at("e.test", 1)]
}

impl Draw<'_> {
    pub fn sentence(&mut self) -> Sentence {
        let signer = self.signer();
        let mut said = self.sensible(&signer);
        let bends = [0, 0, 0, 0, 1, 1, 1, 1, 2, 3][self.dice.below(10)];
        for _ in 0..bends {
            self.bend(&mut said);
        }
        // The end of a partnership is another story: a house that takes back an offer.
        if self.cast.houses.contains(&said.signer) && matches!(said.verb, "Undo" | "Offer") {
            said.verb = "Like";
        }
        said
    }

    fn signer(&mut self) -> String {
        match self.dice.below(20) {
            0 => self.dice.of(&self.cast.houses).clone(),
            1..=6 => self.dice.of(&self.cast.groups).clone(),
            _ => self.speaker(),
        }
    }

    /// One who speaks: not the one whom nobody has met.
    fn speaker(&mut self) -> String {
        loop {
            let one = self.dice.of(&self.cast.persons);
            if !one.ends_with("shy") {
                return one.clone();
            }
        }
    }

    fn new_id(&self, at: &str, what: &str) -> String {
        format!("{}/a/{}-{}{what}", origin(at), self.cast.number, self.count)
    }

    fn sentence_of(&mut self, signer: &str, verb: &'static str, object: Thing) -> Sentence {
        Sentence {
            signer: signer.to_owned(),
            id: self.new_id(signer, ""),
            actor: signer.to_owned(),
            verb,
            object,
            audience: None,
            public: false,
            published: None,
            twist: None,
            noise: Vec::new(),
        }
    }

    fn sensible(&mut self, signer: &str) -> Sentence {
        if self.cast.groups.iter().any(|group| group == signer) {
            return self.of_group(signer);
        }
        let near = |all: &[String]| -> Vec<String> { all.iter().filter(|id| origin(id) == origin(signer)).cloned().collect() };
        match self.dice.below(32) {
            0..=10 => {
                let id = if self.dice.once_in(3) { self.known(signer) } else { self.dice.of(&near(self.fresh)).clone() };
                self.posting(signer, "Create", id)
            }
            11..=16 => {
                let id = self.known(signer);
                self.posting(signer, "Update", id)
            }
            17..=20 => {
                let id = match self.dice.below(4) {
                    0 => self.address(),
                    1 => self.dice.of(&near(self.fresh)).clone(),
                    _ => self.known(signer),
                };
                let object = if self.dice.once_in(3) { Thing::Tomb { id, owner: Owner::Nobody } } else { Thing::Ref(id) };
                self.sentence_of(signer, "Delete", object)
            }
            21..=24 => {
                let group = self.group();
                let mut said = self.sentence_of(signer, "Follow", Thing::Ref(group));
                said.published = self.sometimes();
                said
            }
            25..=27 => {
                let id = (!self.dice.once_in(3)).then(|| self.new_id(signer, "-follow"));
                let object = Thing::Ref(self.group());
                let inner = Inner { id, verb: "Follow", actor: signer.to_owned(), object, audience: None, public: false };
                let mut said = self.sentence_of(signer, "Undo", Thing::Said(Box::new(inner)));
                said.published = self.sometimes();
                said
            }
            28 => {
                let document = self.document(signer, "Person");
                self.sentence_of(signer, "Update", Thing::Document(document))
            }
            29 if self.dice.once_in(4) => {
                let own = Thing::Ref(signer.to_owned());
                self.sentence_of(signer, "Delete", own)
            }
            _ => {
                let verb = VERBS[8 + self.dice.below(VERBS.len() - 8)];
                let object = Thing::Ref(self.anything());
                let mut said = self.sentence_of(signer, verb, object);
                said.noise.push(("target", self.anything()));
                said
            }
        }
    }

    fn of_group(&mut self, group: &str) -> Sentence {
        let which = usize::from(self.cast.groups[1] == group);
        match self.dice.below(20) {
            0..=12 => {
                let near: Vec<String> = self.cast.persons.iter().filter(|who| origin(who) == origin(group)).cloned().collect();
                let (mut author, id) = (self.dice.of(&near).clone(), self.id_near(group));
                if let Some(copy) = self.model.copies.get(&id)
                    && !self.dice.once_in(5)
                {
                    author.clone_from(&copy.author);
                }
                let verb = *self.dice.of(&["Create", "Create", "Update", "Delete"]);
                if verb == "Delete" && self.dice.once_in(2) {
                    group.clone_into(&mut author);
                }
                let object = if verb == "Delete" { Thing::Ref(id) } else { Thing::Note(self.note(id, &author, group)) };
                let id = Some(self.new_id(group, "-inner"));
                let inner = Inner { id, verb, actor: author, object, audience: Some(group.to_owned()), public: false };
                self.sentence_of(group, "Announce", Thing::Said(Box::new(inner)))
            }
            13..=15 => {
                let verb = if self.dice.once_in(3) { "Reject" } else { "Accept" };
                let follow = self.model.remote[group].follow.clone();
                let object = if self.dice.once_in(2) {
                    Thing::Ref(follow)
                } else {
                    let (id, object) = (Some(follow), Thing::Ref(group.to_owned()));
                    Thing::Said(Box::new(Inner {
                        id,
                        verb: "Follow",
                        actor: self.cast.anna.clone(),
                        object,
                        audience: None,
                        public: false,
                    }))
                };
                let mut said = self.sentence_of(group, verb, object);
                said.published = self.sometimes();
                said
            }
            16..=17 => {
                let document = self.document(group, "Group");
                self.sentence_of(group, "Update", Thing::Document(document))
            }
            _ => {
                let id = self.id_near(&self.cast.groups[which].clone());
                self.sentence_of(group, "Delete", Thing::Ref(id))
            }
        }
    }

    fn sometimes(&mut self) -> Option<i64> {
        (!self.dice.once_in(3)).then(|| self.dice.moment(self.model.now))
    }

    fn posting(&mut self, signer: &str, verb: &'static str, id: String) -> Sentence {
        let group = match self.model.posts.get(&id) {
            Some(post) if !self.dice.once_in(6) => post.group.clone(),
            _ => self.group(),
        };
        let mut note = self.note(id, signer, &group);
        if verb == "Create" && self.dice.once_in(4) {
            note.parent = Some(self.address());
        }
        let mut said = self.sentence_of(signer, verb, Thing::Note(note));
        said.audience = (!self.dice.once_in(3)).then_some(group);
        said
    }

    fn note(&mut self, id: String, owner: &str, group: &str) -> Note {
        Note {
            id,
            owner: Owner::One(owner.to_owned()),
            kind: if self.dice.once_in(8) { KINDS[self.dice.below(4)] } else { "Note" },
            text: format!("words{}", self.count),
            audience: Some(group.to_owned()),
            parent: None,
            public: false,
            updated: self.sometimes(),
            published: if self.dice.once_in(4) { self.sometimes() } else { None },
        }
    }

    fn document(&mut self, id: &str, kind: &'static str) -> Document {
        Document {
            id: id.to_owned(),
            kind,
            name: format!("Name {}", self.count),
            shared: !self.dice.once_in(12),
            updated: self.dice.moment(self.model.now),
            key: self.other_key.to_owned(),
            inbox: if self.dice.once_in(2) { "http://x.test/inbox".to_owned() } else { format!("{id}/inbox") },
        }
    }

    /// A group that can be joined and written in; mostly the first.
    fn group(&mut self) -> String {
        let which = [0, 0, 0, 0, 1, 1, 2, 3][self.dice.below(8)];
        self.cast.local[which].clone()
    }

    /// A post that this signer may have.
    fn known(&mut self, signer: &str) -> String {
        let own: Vec<&String> = self.model.posts.iter().filter(|(_, post)| post.author == signer).map(|(id, _)| id).collect();
        if own.is_empty() || self.dice.once_in(6) { self.id_near(signer) } else { (*self.dice.of(&own)).clone() }
    }

    /// Something on that origin, known or new.
    fn id_near(&mut self, at: &str) -> String {
        let model = self.model;
        let all = self.fresh.iter().chain(model.posts.keys()).chain(model.copies.keys()).chain(&model.buried);
        let near: Vec<&String> = all.filter(|id| origin(id) == origin(at) && id.contains("/o/")).collect();
        if near.is_empty() {
            return format!("{}/o/none{}", origin(at), self.count);
        }
        // Something new comes often enough.
        if self.dice.once_in(2) { (*self.dice.of(&near[..near.len().min(2)])).clone() } else { (*self.dice.of(&near)).clone() }
    }

    /// An address in our name: of a guest's post or of anna's.
    fn address(&mut self) -> String {
        let all: Vec<&String> = self.model.addresses.keys().chain(&self.cast.annas).collect();
        (*self.dice.of(&all)).clone()
    }

    fn anybody(&mut self) -> String {
        let cast = self.cast;
        let mut all: Vec<&str> = cast.persons.iter().chain(&cast.groups).chain(&cast.houses).map(String::as_str).collect();
        all.extend([cast.anna.as_str(), NOBODY]);
        (*self.dice.of(&all)).to_owned()
    }

    fn anything(&mut self) -> String {
        match self.dice.below(7) {
            0 => self.anybody(),
            1 => self.dice.of(&self.cast.local).clone(),
            2 => self.dice.of(&self.cast.groups).clone(),
            3 => self.address(),
            4 => self.id_near("http://e.test"),
            5 => self.id_near("http://p.test"),
            _ => format!("http://v.test/o/none{}", self.count),
        }
    }

    fn owner(&mut self, own: &str) -> Owner {
        let other = self.anybody();
        match self.dice.below(6) {
            0 => Owner::Nobody,
            1 => Owner::Many(vec![own.to_owned(), other]),
            2 => Owner::Many(vec![other, own.to_owned()]),
            3 => Owner::Whole(own.to_owned()),
            _ => Owner::One(other),
        }
    }

    fn bend(&mut self, said: &mut Sentence) {
        let actor = said.actor.clone();
        match self.dice.below(14) {
            0 => said.actor = self.anybody(),
            1 => {
                // Somebody else says exactly this, in their own name and with an id of their own.
                said.signer = self.signer();
                said.actor.clone_from(&said.signer);
                said.id = self.new_id(&said.signer.clone(), "");
            }
            2 => said.signer = self.signer(),
            3 => {
                said.id = match self.dice.below(6) {
                    0 => String::new(),
                    1 | 2 if !self.said.is_empty() => self.dice.of(self.said).clone(),
                    3 => self.new_id("http://v.test", "v"),
                    4 => self.new_id(NOBODY, "x"),
                    _ => self.new_id(if origin(&actor) == "http://p.test" { "http://e.test" } else { "http://p.test" }, "o"),
                }
            }
            4 => said.verb = VERBS[self.dice.below(VERBS.len())],
            5 => said.audience = if self.dice.once_in(3) { None } else { Some(self.anything()) },
            6 => said.twist = Some(self.twist()),
            7 => {
                let name = *self.dice.of(&["target", "context", "conversation", "origin", "instrument", "url", "attributedTo", "movedTo"]);
                said.noise.push((name, self.anything()));
            }
            8 if self.dice.once_in(2) => said.public = true,
            9 => said.published = self.sometimes(),
            10 => {
                let thing = said.object.clone();
                said.object = self.other_thing(&actor, thing);
            }
            _ => {
                let mut thing = std::mem::replace(&mut said.object, Thing::Nothing);
                self.bend_thing(&mut thing, &actor);
                said.object = thing;
            }
        }
    }

    fn other_thing(&mut self, actor: &str, thing: Thing) -> Thing {
        match self.dice.below(6) {
            0 => Thing::Nothing,
            1 => Thing::Ref(self.anything()),
            2 => {
                let (id, owner) = (self.anything(), self.owner(actor));
                Thing::Tomb { id, owner }
            }
            3 => {
                let (id, actor) = (Some(self.new_id(actor, "-wrap")), if self.dice.once_in(3) { self.anybody() } else { actor.to_owned() });
                let verb = VERBS[self.dice.below(VERBS.len())];
                Thing::Said(Box::new(Inner { id, verb, actor, object: thing, audience: None, public: false }))
            }
            4 => {
                let kind = *self.dice.of(&["Person", "Group", "Application"]);
                let who = if self.dice.once_in(2) { actor.to_owned() } else { self.anybody() };
                // A document of the kind that it is not: who is what is known already.
                let kind = if who == actor { self.kind_of(actor) } else { kind };
                Thing::Document(self.document(&who, kind))
            }
            _ => match thing {
                Thing::Said(inner) => inner.object,
                Thing::Note(note) => Thing::Ref(note.id),
                other => other,
            },
        }
    }

    fn kind_of(&self, who: &str) -> &'static str {
        match who {
            _ if self.cast.groups.iter().any(|group| group == who) => "Group",
            _ if self.cast.houses.iter().any(|house| house == who) => "Application",
            _ => "Person",
        }
    }

    fn bend_thing(&mut self, thing: &mut Thing, actor: &str) {
        match thing {
            Thing::Nothing => *thing = Thing::Ref(self.anything()),
            Thing::Ref(id) => *id = self.anything(),
            Thing::Tomb { id, owner } => match self.dice.below(2) {
                0 => *id = self.anything(),
                _ => *owner = self.owner(actor),
            },
            Thing::Document(document) => match self.dice.below(2) {
                0 => document.updated -= 3_600_000,
                _ => document.shared = !document.shared,
            },
            Thing::Note(note) => self.bend_note(note, actor),
            Thing::Said(inner) => match self.dice.below(6) {
                0 => inner.actor = self.anybody(),
                1 => inner.id = None,
                2 => {
                    let at = *self.dice.of(&["http://v.test", "http://e.test"]);
                    inner.id = Some(self.new_id(at, "-in"));
                }
                3 => inner.verb = VERBS[self.dice.below(VERBS.len())],
                4 if self.dice.once_in(3) => inner.public = true,
                4 => inner.audience = Some(self.anything()),
                _ => {
                    let actor = inner.actor.clone();
                    self.bend_thing(&mut inner.object, &actor);
                }
            },
        }
    }

    fn bend_note(&mut self, note: &mut Note, actor: &str) {
        match self.dice.below(9) {
            0 => note.id = self.anything(),
            1 => note.id = self.id_near(actor),
            2 => note.owner = self.owner(actor),
            3 => note.audience = if self.dice.once_in(4) { None } else { Some(self.anything()) },
            4 => note.kind = KINDS[self.dice.below(KINDS.len())],
            5 if self.dice.once_in(2) => note.text.clear(),
            5 => note.public = true,
            6 => note.parent = Some(self.anything()),
            7 => note.updated = Some(self.dice.moment(self.model.now) - 86_400_000),
            _ => note.id.clear(),
        }
    }

    fn twist(&mut self) -> Twist {
        match self.dice.below(22) {
            0 => Twist::Twice("actor"),
            1 => Twist::Twice("id"),
            2 => Twist::Twice("type"),
            3 => Twist::Twice("object"),
            4 => Twist::ActorTwo(self.anybody()),
            5 => Twist::ActorNull,
            6 => Twist::ActorNumber,
            7 => Twist::TypeTwo("Person"),
            8 => Twist::TypeTwo("Like"),
            9 => Twist::NoType,
            10 => Twist::TypeOfThing,
            11 => Twist::TwoObjects(self.anything()),
            12 => Twist::NumberForId,
            13 => Twist::ListForId,
            14 => Twist::TooManyAddressees,
            15 => Twist::TooDeep,
            16 => Twist::ThingOfTwoTypes,
            17 => Twist::NotAnObject,
            18 => Twist::ActorWhole,
            19 => Twist::ActorList,
            20 => Twist::TypeUnknown,
            _ if self.dice.once_in(2) => Twist::TypeSame,
            _ => Twist::ObjectList,
        }
    }
}
