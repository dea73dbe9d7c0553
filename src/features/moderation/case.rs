//! What a case and a report are, and which step leads from where to where. Plain values and pure rules; no database, no pages,
//! no wire. No rule here lets time or a machine decide about a person: time only says that nobody came.

use crate::base::{Id, Iri, Timestamp};

/// How long a case rests in one person's hands before another may take it over.
pub const RESTS: std::time::Duration = std::time::Duration::from_hours(24);
/// Longest words of a report, in characters.
pub const MAX_WORDS: usize = 2_000;

/// What it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something is wrong with a post.
    Report,
    /// Somebody is worried about the writer.
    Worry,
    /// The writer of a removed post asks somebody else to look again.
    Appeal,
}

impl Kind {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Worry => "worry",
            Self::Appeal => "appeal",
        }
    }

    /// Reads the stored form.
    pub fn read(text: &str) -> Self {
        [Self::Worry, Self::Appeal].into_iter().find(|kind| kind.as_str() == text).unwrap_or(Self::Report)
    }

    /// What can be chosen when something of this kind is told.
    pub const fn categories(self) -> &'static [Category] {
        match self {
            Self::Report => &[Category::Rule, Category::Hurtful, Category::AboutMe, Category::Method, Category::Other],
            Self::Worry => &[Category::Feelings, Category::Risk, Category::Method, Category::OtherPerson],
            Self::Appeal => &[Category::Appeal],
        }
    }
}

/// What the person sees (care R40: feelings, risk and method are told apart).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// Against a rule of the group.
    Rule,
    /// It hurts somebody.
    Hurtful,
    /// It is about the person who tells it.
    AboutMe,
    /// Details of a way to hurt oneself.
    Method,
    /// Something else.
    Other,
    /// Heavy feelings.
    Feelings,
    /// Danger, perhaps soon.
    Risk,
    /// About somebody other than the writer.
    OtherPerson,
    /// A removal is to be looked at again.
    Appeal,
}

impl Category {
    const ALL: [Self; 9] =
        [Self::Rule, Self::Hurtful, Self::AboutMe, Self::Method, Self::Other, Self::Feelings, Self::Risk, Self::OtherPerson, Self::Appeal];

    /// As stored, and as said on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Hurtful => "hurtful",
            Self::AboutMe => "about-me",
            Self::Method => "method",
            Self::Other => "other",
            Self::Feelings => "feelings",
            Self::Risk => "risk",
            Self::OtherPerson => "other-person",
            Self::Appeal => "appeal",
        }
    }

    /// Reads the stored or sent form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == text)
    }

    /// The key of its words.
    pub fn key(self) -> String {
        format!("moderation-category-{}", self.as_str())
    }
}

/// Where a case stands (care §0.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has it.
    New,
    /// A person has it.
    Owned,
    /// Something is under way.
    Acting,
    /// The writer was told what was done and why.
    Explained,
    /// Done.
    Closed,
    /// The writer asked somebody else to look again; nobody has it yet.
    Appealed,
}

impl State {
    const ALL: [Self; 6] = [Self::New, Self::Owned, Self::Acting, Self::Explained, Self::Closed, Self::Appealed];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Owned => "owned",
            Self::Acting => "acting",
            Self::Explained => "explained",
            Self::Closed => "closed",
            Self::Appealed => "appealed",
        }
    }

    /// Reads the stored form; what nobody wrote is new, so that it is looked at.
    pub fn read(text: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == text).unwrap_or(Self::New)
    }

    /// Whether a person has it.
    pub const fn is_in_hand(self) -> bool {
        matches!(self, Self::Owned | Self::Acting | Self::Explained)
    }

    /// The key of its words.
    pub fn key(self) -> String {
        format!("moderation-state-{}", self.as_str())
    }
}

/// What somebody does with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Takes it.
    Take,
    /// Gives it back.
    GiveBack,
    /// Begins something: talks, or asks a second person.
    Act,
    /// Has told the writer.
    Explain,
    /// Ends it.
    Close,
    /// The writer asks somebody else.
    Appeal,
}

/// Where a step leads; `None`: not from there. `appealed`: the writer has asked somebody else to look.
pub const fn after(state: State, step: Step, appealed: bool) -> Option<State> {
    match (state, step) {
        (State::New | State::Appealed, Step::Take) => Some(State::Owned),
        (State::Owned | State::Acting | State::Explained, Step::GiveBack) if appealed => Some(State::Appealed),
        (State::Owned | State::Acting | State::Explained, Step::GiveBack) => Some(State::New),
        (State::Owned | State::Acting | State::Explained, Step::Act) => Some(State::Acting),
        (State::Owned | State::Acting | State::Explained, Step::Explain) => Some(State::Explained),
        (State::Owned | State::Acting | State::Explained, Step::Close) => Some(State::Closed),
        (State::New | State::Owned | State::Acting | State::Explained | State::Closed, Step::Appeal) => Some(State::Appealed),
        _ => None,
    }
}

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The post was removed.
    Removed,
    /// Nothing was to be done.
    NoAction,
    /// Somebody talked with the writer.
    Talked,
    /// The post was gone before anybody looked.
    Gone,
    /// Looked at again: the removal stays.
    Stays,
    /// Looked at again: the writer may post it again.
    Again,
}

impl Outcome {
    const ALL: [Self; 6] = [Self::Removed, Self::NoAction, Self::Talked, Self::Gone, Self::Stays, Self::Again];

    /// As stored, and as `haven:outcome` on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::NoAction => "no-action",
            Self::Talked => "talked",
            Self::Gone => "gone",
            Self::Stays => "stays",
            Self::Again => "again",
        }
    }

    /// Reads the stored or sent form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }

    /// What whoever told something of this kind hears. How an appeal ended is for the writer only.
    #[must_use]
    pub const fn told(self, kind: Kind) -> Self {
        match (kind, self) {
            (Kind::Appeal, own) => own,
            (_, Self::Stays) => Self::Removed,
            (_, Self::Again) => Self::NoAction,
            (_, other) => other,
        }
    }

    /// With what a case can be closed.
    pub const fn choices(appealed: bool) -> &'static [Self] {
        if appealed { &[Self::Stays, Self::Again] } else { &[Self::Removed, Self::Talked, Self::NoAction] }
    }

    /// The key of its words.
    pub fn key(self) -> String {
        format!("moderation-outcome-{}", self.as_str())
    }
}

/// What became of something that was told, for who told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// On its way, or waiting for a person.
    Sent,
    /// A person has it.
    Taken,
    /// Nobody is on shift, or nobody came in the promised time.
    Nobody,
    /// Closed, with an outcome.
    Closed,
}

impl Status {
    const ALL: [Self; 4] = [Self::Sent, Self::Taken, Self::Nobody, Self::Closed];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Taken => "taken",
            Self::Nobody => "nobody",
            Self::Closed => "closed",
        }
    }

    /// Reads the stored form.
    pub fn read(text: &str) -> Self {
        Self::ALL.into_iter().find(|status| status.as_str() == text).unwrap_or(Self::Sent)
    }

    /// Whether this news changes what is known. News may come late, twice and in any order: what is further on stays.
    /// A person who comes late is still a person.
    pub const fn moves(self, news: Self) -> bool {
        matches!(
            (self, news),
            (Self::Sent, Self::Nobody | Self::Taken | Self::Closed)
                | (Self::Nobody, Self::Taken | Self::Closed)
                | (Self::Taken, Self::Closed)
        )
    }
}

/// A case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Ours; stays here.
    pub id: Id,
    /// What it is about.
    pub kind: Kind,
    /// The group.
    pub group: Option<Id>,
    /// The post.
    pub post: Option<Id>,
    /// Row of the writer's actor.
    pub author: Option<Id>,
    /// Whether it is also for the moderators of the house.
    pub for_staff: bool,
    /// Where it stands.
    pub state: State,
    /// Who has it.
    pub owner: Option<Id>,
    /// Appealed: whose decision it was.
    pub decided_by: Option<Id>,
    /// Whether the writer asked somebody else to look again.
    pub appealed: bool,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// A proposal to take the writer out of the group.
    pub out: Option<Proposal>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When anything was done with it last.
    pub changed_at: Timestamp,
    /// Worry: until when a person was promised.
    pub due_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

impl Case {
    /// A worry that nobody took in the promised time.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.state == State::New && self.due_at.is_some_and(|due| due <= now)
    }

    /// In hands that did nothing for a day: somebody else may go on with it.
    pub fn rests(&self, now: Timestamp) -> bool {
        self.state.is_in_hand() && now.since(self.changed_at) >= RESTS
    }
}

/// A proposal to take somebody out of a group. It has an effect when a second person agrees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Who proposes it.
    pub by: Id,
    /// The persona they act as.
    pub actor: Id,
    /// What the person is told.
    pub reason: String,
}

/// One thing that was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Ours; stays here.
    pub id: Id,
    /// What it is.
    pub kind: Kind,
    /// The case here, if it is looked after here.
    pub case: Option<Id>,
    /// The group.
    pub group: Option<Id>,
    /// The post.
    pub post: Option<Id>,
    /// The persona of this house that told it.
    pub reporter: Option<Id>,
    /// Whether that persona may be named to who looks after the case.
    pub may_talk: bool,
    /// What the person sees.
    pub category: Category,
    /// In their words.
    pub words: String,
    /// The partner and Flag it came by.
    pub from: Option<(Id, Iri)>,
    /// The partner and Flag it went on by.
    pub to: Option<(Id, Iri)>,
    /// What became of it.
    pub status: Status,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Worry: without an answer by then it is "nobody on shift".
    pub due_at: Option<Timestamp>,
    /// When it was told.
    pub said_at: Timestamp,
}

impl Report {
    /// What became of it, as of now: a promised time that is over needs no machine to say so.
    pub fn standing(&self, now: Timestamp) -> Status {
        if self.status == Status::Sent && self.due_at.is_some_and(|due| due <= now) { Status::Nobody } else { self.status }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [Step; 6] = [Step::Take, Step::GiveBack, Step::Act, Step::Explain, Step::Close, Step::Appeal];

    #[test]
    fn every_step_from_every_state() {
        use State::{Acting, Appealed, Closed, Explained, New, Owned};
        // In the order of STEPS: take, give back, act, explain, close, appeal.
        let table = [
            (New, [Some(Owned), None, None, None, None, Some(Appealed)]),
            (Owned, [None, Some(New), Some(Acting), Some(Explained), Some(Closed), Some(Appealed)]),
            (Acting, [None, Some(New), Some(Acting), Some(Explained), Some(Closed), Some(Appealed)]),
            (Explained, [None, Some(New), Some(Acting), Some(Explained), Some(Closed), Some(Appealed)]),
            (Closed, [None, None, None, None, None, Some(Appealed)]),
            (Appealed, [Some(Owned), None, None, None, None, None]),
        ];
        assert_eq!(table.map(|(state, _)| state), State::ALL, "every state is in the table");
        for (state, leads) in table {
            for (step, expected) in STEPS.into_iter().zip(leads) {
                assert_eq!(after(state, step, false), expected, "{state:?} {step:?}");
                let appealed = if expected == Some(New) { Some(Appealed) } else { expected };
                assert_eq!(after(state, step, true), appealed, "{state:?} {step:?}, appealed");
            }
        }
    }

    #[test]
    fn nothing_is_done_with_a_case_that_nobody_has() {
        for state in [State::New, State::Appealed, State::Closed] {
            for step in [Step::Act, Step::Explain, Step::Close, Step::GiveBack] {
                assert_eq!(after(state, step, false), None, "{state:?} {step:?}");
            }
        }
    }

    #[test]
    fn news_moves_forward_only_and_a_late_person_counts() {
        use Status::{Closed, Nobody, Sent, Taken};
        for (now, news, moves) in [
            (Sent, Sent, false),
            (Sent, Taken, true),
            (Sent, Nobody, true),
            (Sent, Closed, true),
            (Nobody, Sent, false),
            (Nobody, Nobody, false),
            (Nobody, Taken, true),
            (Nobody, Closed, true),
            (Taken, Sent, false),
            (Taken, Nobody, false),
            (Taken, Taken, false),
            (Taken, Closed, true),
            (Closed, Sent, false),
            (Closed, Nobody, false),
            (Closed, Taken, false),
            (Closed, Closed, false),
        ] {
            assert_eq!(now.moves(news), moves, "{now:?} {news:?}");
        }
    }

    #[test]
    fn how_an_appeal_ended_is_for_the_writer() {
        assert_eq!(Outcome::Stays.told(Kind::Report), Outcome::Removed);
        assert_eq!(Outcome::Again.told(Kind::Worry), Outcome::NoAction);
        assert_eq!(Outcome::Again.told(Kind::Appeal), Outcome::Again);
        assert_eq!(Outcome::Talked.told(Kind::Report), Outcome::Talked);
    }

    #[test]
    fn names_read_back() {
        for state in State::ALL {
            assert_eq!(State::read(state.as_str()), state);
        }
        for status in Status::ALL {
            assert_eq!(Status::read(status.as_str()), status);
        }
        for kind in [Kind::Report, Kind::Worry, Kind::Appeal] {
            assert_eq!(Kind::read(kind.as_str()), kind);
            assert!(kind.categories().iter().all(|category| Category::parse(category.as_str()) == Some(*category)));
        }
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.as_str()), Some(outcome));
        }
    }
}
