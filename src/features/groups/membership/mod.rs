//! Being in a group: the states of one person in one group, what each wish and each answer does to them, and who may do what.
//! Pure: nothing here reads a clock, a database or the wire. The same rules serve pages and inbox, and every rule may be
//! applied twice or late without doing harm (groups.md, "what must hold" 1).

pub mod store;

use crate::base::{Id, Iri, Timestamp};

use super::group::JoinRule;

/// What a person may do in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads and writes.
    Member,
    /// Also pauses people and removes posts.
    Moderator,
    /// Also edits the group, its people and its readers.
    Host,
}

impl Role {
    /// As stored and as said on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Host => "host",
        }
    }

    /// Reads the stored or sent form.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Member, Self::Moderator, Self::Host].into_iter().find(|role| role.as_str() == text)
    }
}

/// Where a person stands with a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A host invited them; they said nothing yet.
    Invited,
    /// They asked; nobody answered yet.
    Pending,
    /// In.
    Active,
    /// They left, or took back their request. Who was in before may return at once.
    Resting,
    /// Their request was refused; they may ask again.
    Refused,
    /// The hosts took them out; only the hosts can let them back.
    Removed,
}

impl State {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Resting => "resting",
            Self::Refused => "refused",
            Self::Removed => "removed",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Invited, Self::Pending, Self::Active, Self::Resting, Self::Refused, Self::Removed]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// One person in one group.
#[derive(Clone, Debug)]
pub struct Membership {
    /// Id of the row; stays inside.
    pub id: Id,
    /// The group.
    pub group: Id,
    /// Persona of this house, or guest persona in a group of this house.
    pub actor: Id,
    /// What they may do.
    pub role: Role,
    /// Where they stand.
    pub state: State,
    /// A pause, which ends by itself.
    pub paused_until: Option<Timestamp>,
    /// What the hosts told them last.
    pub reason: String,
    /// What they told the hosts when asking.
    pub word: String,
    /// The `Follow` that asked last.
    pub follow: Option<Iri>,
    /// Groups of partners: our persona's guest persona there.
    pub guest_uri: Option<Iri>,
    /// When they last asked, left or returned.
    pub wished_at: Timestamp,
    /// Groups of partners: time of the newest answer applied.
    pub answered_at: Timestamp,
    /// When they first became active.
    pub joined_at: Option<Timestamp>,
    /// When anything here last changed.
    pub changed_at: Timestamp,
    /// The list of readers they confirmed.
    pub seen_list_version: i64,
    /// They left after the hosts had taken them out: let back they may return, and are not in before they do.
    pub stays_out: bool,
}

impl Membership {
    /// In the group: reads it and is counted among its people.
    pub fn is_active(&self) -> bool {
        self.state == State::Active
    }

    /// Until when they cannot write here, if they cannot now.
    pub fn paused(&self, now: Timestamp) -> Option<Timestamp> {
        self.paused_until.filter(|until| *until > now)
    }

    /// In, and not paused.
    pub fn may_write(&self, now: Timestamp) -> bool {
        self.is_active() && self.paused(now).is_none()
    }

    /// May pause people and remove posts.
    pub fn may_moderate(&self, now: Timestamp) -> bool {
        self.may_write(now) && self.role >= Role::Moderator
    }

    /// May edit the group, its people and its readers.
    pub fn may_host(&self, now: Timestamp) -> bool {
        self.may_write(now) && self.role == Role::Host
    }

    /// Was in before and left by themselves: coming back needs nobody's leave.
    pub fn may_return(&self) -> bool {
        self.state == State::Resting && self.joined_at.is_some()
    }
}

/// Why the home of a group does not let a person in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The group is for reading only.
    Archived,
    /// Only the invited.
    InviteOnly,
    /// The hosts took this person out.
    Removed,
}

/// What the home of a group does with a wish to join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// An older wish than the one applied: nothing happens, nothing is answered.
    Late,
    /// In, now or already.
    In,
    /// In, but paused until then.
    Paused(Timestamp),
    /// The hosts will answer.
    Waits,
    /// Not let in.
    Refused(Why),
}

/// A wish to join, as it reached the home.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// When the person wished it.
    pub at: Timestamp,
    /// They brought an invitation that is good.
    pub invited: bool,
}

/// Decides a wish to join at the group's home.
pub fn ask(now: Timestamp, rule: JoinRule, archived: bool, current: Option<&Membership>, wish: Wish) -> Asked {
    let Some(current) = current else {
        return if archived { Asked::Refused(Why::Archived) } else { first(rule, wish.invited) };
    };
    if wish.at < current.wished_at {
        return Asked::Late;
    }
    let entered = current.paused(now).map_or(Asked::In, Asked::Paused);
    match current.state {
        State::Active => entered,
        State::Removed => Asked::Refused(Why::Removed),
        _ if archived => Asked::Refused(Why::Archived),
        State::Resting if current.may_return() => entered,
        State::Invited => entered,
        State::Pending if wish.invited || rule == JoinRule::Open => entered,
        State::Pending => Asked::Waits,
        State::Resting | State::Refused => first(rule, wish.invited),
    }
}

fn first(rule: JoinRule, invited: bool) -> Asked {
    match rule {
        JoinRule::Open => Asked::In,
        _ if invited => Asked::In,
        JoinRule::Ask => Asked::Waits,
        JoinRule::Invite => Asked::Refused(Why::InviteOnly),
    }
}

/// What a home said about a request of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// In.
    Yes,
    /// Refused, or taken out.
    No,
    /// In, but paused until then.
    Pause(Timestamp),
}

/// What an answer changes at the house of the person who asked; `None`: it is late, or about a wish that was taken back.
///
/// The caller has checked that the answer comes from exactly the group that was asked, about exactly the newest request.
pub fn answered(current: &Membership, answer: Answer, at: Timestamp) -> Option<(State, Option<Timestamp>)> {
    if at < current.answered_at || matches!(current.state, State::Resting | State::Invited) {
        return None;
    }
    Some(match (answer, current.state) {
        // Let back by the hosts; whether to come is theirs to say.
        (Answer::Yes | Answer::Pause(_), State::Removed) if current.stays_out => (State::Resting, None),
        (Answer::Yes, _) => (State::Active, None),
        (Answer::Pause(until), _) => (State::Active, Some(until)),
        (Answer::No, State::Active | State::Removed) => (State::Removed, None),
        (Answer::No, _) => (State::Refused, None),
    })
}

/// Whether a wish to leave (dated `at`) takes effect, at either end.
pub fn leaves(current: &Membership, at: Timestamp) -> bool {
    at >= current.wished_at && matches!(current.state, State::Active | State::Pending | State::Invited | State::Refused)
}

/// Whether `who` may change `whom`: hosts everybody but themselves, moderators plain members only.
pub fn may_act_on(now: Timestamp, who: &Membership, whom: &Membership) -> bool {
    who.group == whom.group && who.actor != whom.actor && (who.may_host(now) || (who.may_moderate(now) && whom.role == Role::Member))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    fn member(state: State, joined: bool) -> Membership {
        Membership {
            id: Id::random(&SystemChance),
            group: Id::parse(&"a".repeat(26)).unwrap(),
            actor: Id::random(&SystemChance),
            role: Role::Member,
            state,
            paused_until: None,
            reason: String::new(),
            word: String::new(),
            follow: None,
            guest_uri: None,
            wished_at: Timestamp::from_seconds(500),
            answered_at: Timestamp::from_seconds(500),
            joined_at: joined.then_some(Timestamp::from_seconds(100)),
            changed_at: Timestamp::from_seconds(500),
            seen_list_version: 0,
            stays_out: false,
        }
    }

    const RULES: [JoinRule; 3] = [JoinRule::Open, JoinRule::Ask, JoinRule::Invite];

    fn wish(invited: bool) -> Wish {
        Wish { at: NOW, invited }
    }

    #[test]
    fn a_first_request_meets_the_join_rule() {
        for (rule, invited, expected) in [
            (JoinRule::Open, false, Asked::In),
            (JoinRule::Ask, false, Asked::Waits),
            (JoinRule::Ask, true, Asked::In),
            (JoinRule::Invite, false, Asked::Refused(Why::InviteOnly)),
            (JoinRule::Invite, true, Asked::In),
        ] {
            assert_eq!(ask(NOW, rule, false, None, wish(invited)), expected, "{rule:?} {invited}");
            assert_eq!(ask(NOW, rule, true, None, wish(invited)), Asked::Refused(Why::Archived));
            for before in [member(State::Refused, false), member(State::Resting, false)] {
                assert_eq!(ask(NOW, rule, false, Some(&before), wish(invited)), expected, "{rule:?} {invited} {:?}", before.state);
            }
        }
    }

    #[test]
    fn who_left_returns_at_once_whatever_the_rule() {
        for rule in RULES {
            assert_eq!(ask(NOW, rule, false, Some(&member(State::Resting, true)), wish(false)), Asked::In);
        }
    }

    #[test]
    fn a_pause_survives_leaving_and_returning_and_ends_by_itself() {
        let mut resting = member(State::Resting, true);
        let until = Timestamp::from_seconds(2_000);
        resting.paused_until = Some(until);
        assert_eq!(ask(NOW, JoinRule::Open, false, Some(&resting), wish(false)), Asked::Paused(until));
        let later = Wish { at: until, invited: false };
        assert_eq!(ask(until, JoinRule::Open, false, Some(&resting), later), Asked::In);
    }

    #[test]
    fn who_was_removed_stays_out_even_with_an_invitation() {
        for rule in RULES {
            assert_eq!(ask(NOW, rule, false, Some(&member(State::Removed, true)), wish(true)), Asked::Refused(Why::Removed));
        }
    }

    #[test]
    fn members_are_accepted_again_and_late_wishes_do_nothing() {
        for rule in RULES {
            assert_eq!(ask(NOW, rule, true, Some(&member(State::Active, true)), wish(false)), Asked::In);
            let late = Wish { at: Timestamp::from_seconds(499), invited: true };
            for state in [State::Active, State::Resting, State::Pending, State::Removed] {
                assert_eq!(ask(NOW, rule, false, Some(&member(state, true)), late), Asked::Late);
            }
        }
    }

    #[test]
    fn a_waiting_request_waits_until_the_rule_or_an_invitation_lets_it_in() {
        let pending = member(State::Pending, false);
        assert_eq!(ask(NOW, JoinRule::Ask, false, Some(&pending), wish(false)), Asked::Waits);
        assert_eq!(ask(NOW, JoinRule::Ask, false, Some(&pending), wish(true)), Asked::In);
        assert_eq!(ask(NOW, JoinRule::Open, false, Some(&pending), wish(false)), Asked::In);
        assert_eq!(ask(NOW, JoinRule::Invite, false, Some(&member(State::Invited, false)), wish(false)), Asked::In);
    }

    #[test]
    fn answers_change_what_was_asked_for_and_nothing_else() {
        let until = Timestamp::from_seconds(9_000);
        for (state, answer, expected) in [
            (State::Pending, Answer::Yes, Some((State::Active, None))),
            (State::Pending, Answer::No, Some((State::Refused, None))),
            (State::Pending, Answer::Pause(until), Some((State::Active, Some(until)))),
            (State::Active, Answer::Yes, Some((State::Active, None))),
            (State::Active, Answer::No, Some((State::Removed, None))),
            (State::Active, Answer::Pause(until), Some((State::Active, Some(until)))),
            (State::Removed, Answer::No, Some((State::Removed, None))),
            (State::Removed, Answer::Yes, Some((State::Active, None))),
            (State::Refused, Answer::Yes, Some((State::Active, None))),
            (State::Refused, Answer::No, Some((State::Refused, None))),
            (State::Resting, Answer::Yes, None),
            (State::Resting, Answer::No, None),
            (State::Invited, Answer::Yes, None),
        ] {
            assert_eq!(answered(&member(state, true), answer, NOW), expected, "{state:?} {answer:?}");
            assert_eq!(answered(&member(state, true), answer, Timestamp::from_seconds(499)), None, "late: {state:?}");
        }
    }

    #[test]
    fn who_left_after_being_taken_out_may_return_and_is_not_brought_in() {
        let out = Membership { stays_out: true, ..member(State::Removed, true) };
        for answer in [Answer::Yes, Answer::Pause(Timestamp::from_seconds(9_000))] {
            assert_eq!(answered(&out, answer, NOW), Some((State::Resting, None)), "{answer:?}");
        }
        assert_eq!(answered(&out, Answer::No, NOW), Some((State::Removed, None)));
    }

    #[test]
    fn leaving_works_once_and_not_late() {
        for (state, effect) in [
            (State::Active, true),
            (State::Pending, true),
            (State::Invited, true),
            (State::Refused, true),
            (State::Resting, false),
            (State::Removed, false),
        ] {
            assert_eq!(leaves(&member(state, true), NOW), effect, "{state:?}");
            assert!(!leaves(&member(state, true), Timestamp::from_seconds(499)), "{state:?}");
        }
    }

    #[test]
    fn hosts_act_on_all_moderators_on_members_nobody_on_themselves() {
        for (who, whom, may) in [
            (Role::Host, Role::Host, true),
            (Role::Host, Role::Moderator, true),
            (Role::Host, Role::Member, true),
            (Role::Moderator, Role::Member, true),
            (Role::Moderator, Role::Moderator, false),
            (Role::Moderator, Role::Host, false),
            (Role::Member, Role::Member, false),
        ] {
            let (mut a, mut b) = (member(State::Active, true), member(State::Active, true));
            (a.role, b.role) = (who, whom);
            assert_eq!(may_act_on(NOW, &a, &b), may, "{who:?} on {whom:?}");
            assert!(!may_act_on(NOW, &a, &a.clone()));
            a.paused_until = Some(Timestamp::from_seconds(2_000));
            assert!(!may_act_on(NOW, &a, &b), "paused {who:?}");
            a.paused_until = None;
            b.group = Id::parse(&"b".repeat(26)).unwrap();
            assert!(!may_act_on(NOW, &a, &b), "other group");
        }
    }

    #[test]
    fn names_of_states_and_roles_read_back() {
        for state in [State::Invited, State::Pending, State::Active, State::Resting, State::Refused, State::Removed] {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        for role in [Role::Member, Role::Moderator, Role::Host] {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
    }
}
