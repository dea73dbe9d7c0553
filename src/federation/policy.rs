//! Who may see and who may store, decided in one pure place with its reasons (design D4). Pages, collections, exports,
//! signed GETs and fan-out all ask here; what the answer is built from ([`Facts`]) is read by the caller in its transaction.
//! Nothing here reads a database except [`admit`], which turns a partner's row into the token that the door out asks for.

use std::ops::Deref;

use crate::base::{Id, Origin};
use crate::db::{Conn, DbError};
use crate::federation::audience::Audience;
use crate::federation::partners::{self, Partner, State};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Nobody we know: no sign-in, no signature of a partner.
    Anonymous,
    /// Somebody signed in here, through the personas they have.
    Member {
        /// Actor ids of the personas.
        personas: Vec<Id>,
    },
    /// A partner instance, by a signed request.
    Partner(Id),
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A person may see it on a page here.
    See,
    /// An instance may keep a copy.
    Store,
    /// Write into it.
    Write,
    /// Ask to become a member.
    Join,
}

/// Who may read a group, in words that a member sees (care.md §0.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// This instance.
    House,
    /// This instance and named partners.
    Partners,
    /// The public web; exists only where the admin turned it on.
    Everyone,
}

impl Reach {
    /// As stored and as written in commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::House => "house",
            Self::Partners => "partners",
            Self::Everyone => "everyone",
        }
    }

    /// Reads the stored form; anything unknown is the narrowest.
    pub fn parse(text: &str) -> Self {
        match text {
            "partners" => Self::Partners,
            "everyone" => Self::Everyone,
            _ => Self::House,
        }
    }
}

/// Why the answer is what it is. Feeds the audit log, "why can't I see this", and the dry run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The group may be found by everybody in this house.
    ListedInHouse,
    /// The asker is an active member.
    ActiveMember,
    /// The asker was invited or waits for an answer.
    Concerned,
    /// The group is shared with this partner now.
    SharedWithPartner,
    /// The thing was written for this partner.
    InAudience,
    /// The group's reach is *Everyone*.
    Public,
    /// Nobody signed in and no partner's signature.
    Unknown,
    /// The group is not shared with this partner.
    NotShared,
    /// The thing was not written for this partner.
    OutsideAudience,
    /// Only members may.
    NotMember,
    /// The group rests.
    Archived,
    /// The member is paused in this group.
    PausedMember,
}

/// What the decision rests on, read in the same transaction that acts on it.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The group's reach.
    pub reach: Reach,
    /// Whether the group stands in the list for everybody of this house.
    pub listed: bool,
    /// Partners with which the group is shared now.
    pub shared_with: &'a Audience,
    /// The audience of one thing in the group; `None` when the group itself is asked about.
    pub audience: Option<&'a Audience>,
    /// Where the asker stands.
    pub standing: Standing,
    /// Whether the group rests.
    pub archived: bool,
}

/// Where the asker stands with the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No relation.
    None,
    /// Invited or asked to join.
    Concerned,
    /// Active member.
    Active,
    /// Paused for a time.
    Paused,
}

/// The answer and its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Yes or no.
    pub allow: bool,
    /// Why.
    pub reasons: Vec<Reason>,
}

impl Decision {
    fn yes(reason: Reason) -> Self {
        Self { allow: true, reasons: vec![reason] }
    }

    fn no(reason: Reason) -> Self {
        Self { allow: false, reasons: vec![reason] }
    }
}

/// The one decision. Default is no.
pub fn decide(principal: &Principal, action: Action, facts: &Facts<'_>) -> Decision {
    match principal {
        Principal::Anonymous if facts.reach == Reach::Everyone && action == Action::See => Decision::yes(Reason::Public),
        Principal::Anonymous => Decision::no(Reason::Unknown),
        Principal::Partner(partner) => decide_partner(partner, action, facts),
        Principal::Member { .. } => decide_member(action, facts),
    }
}

fn decide_partner(partner: &Id, action: Action, facts: &Facts<'_>) -> Decision {
    if facts.reach == Reach::House || !facts.shared_with.contains(partner) {
        return Decision::no(Reason::NotShared);
    }
    match (action, facts.audience) {
        (Action::See | Action::Store, Some(audience)) if audience.contains(partner) => Decision::yes(Reason::InAudience),
        (Action::See | Action::Store, Some(_)) => Decision::no(Reason::OutsideAudience),
        (Action::See | Action::Store | Action::Join, _) => Decision::yes(Reason::SharedWithPartner),
        (Action::Write, _) => Decision::no(Reason::NotMember),
    }
}

fn decide_member(action: Action, facts: &Facts<'_>) -> Decision {
    match (action, facts.standing) {
        (Action::Write | Action::Join, _) if facts.archived => Decision::no(Reason::Archived),
        (Action::Write, Standing::Paused) => Decision::no(Reason::PausedMember),
        (Action::See | Action::Store | Action::Write, Standing::Active) | (Action::See, Standing::Paused) => {
            Decision::yes(Reason::ActiveMember)
        }
        // What is inside a group is for its members; that the group exists may be known more widely.
        (Action::See | Action::Join, standing) if facts.audience.is_none() => match standing {
            Standing::Concerned => Decision::yes(Reason::Concerned),
            _ if facts.listed => Decision::yes(Reason::ListedInHouse),
            _ => Decision::no(Reason::NotMember),
        },
        _ => Decision::no(Reason::NotMember),
    }
}

/// A value that the asker may see. Only [`visible_to`] makes one; templates and serializers take nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visible<T>(T);

impl<T> Visible<T> {
    /// The value itself.
    pub fn into_inner(self) -> T {
        self.0
    }

    /// Another view of the same visible thing, built from it alone.
    pub fn map<U>(self, build: impl FnOnce(T) -> U) -> Visible<U> {
        Visible(build(self.0))
    }
}

impl<T> Deref for Visible<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// The value, if this principal may see it; otherwise nothing, which is also what a value that does not exist gives.
pub fn visible_to<T>(principal: &Principal, facts: &Facts<'_>, value: T) -> Option<Visible<T>> {
    decide(principal, Action::See, facts).allow.then_some(Visible(value))
}

/// Proof that a partner is active now. It comes from the policy table inside the current unit of work, cannot be
/// copied, and is asked for by the door out and by the serializers (threats R4).
#[derive(Debug)]
pub struct PartnerToken {
    partner: Partner,
}

impl PartnerToken {
    /// The partner.
    pub fn partner(&self) -> &Partner {
        &self.partner
    }

    /// The only origin that may be reached with this token.
    pub fn origin(&self) -> &Origin {
        &self.partner.origin
    }
}

/// Which traffic is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// Groups, posts, persons: only with active partners.
    Community,
    /// The handshake itself: also with an instance that we named and that has not yet named us.
    Handshake,
}

/// Lets a partner through, or not. Strangers, paused and ended partners get nothing.
pub async fn admit(conn: &mut Conn, partner: &Id, traffic: Traffic) -> Result<Option<PartnerToken>, DbError> {
    Ok(partners::by_id(conn, partner).await?.and_then(|partner| token(partner, traffic)))
}

/// The same by origin, for requests that come in.
pub async fn admit_origin(conn: &mut Conn, origin: &Origin, traffic: Traffic) -> Result<Option<PartnerToken>, DbError> {
    Ok(partners::by_origin(conn, origin).await?.and_then(|partner| token(partner, traffic)))
}

fn token(partner: Partner, traffic: Traffic) -> Option<PartnerToken> {
    let open = match partner.state {
        State::Active => true,
        State::Proposed => traffic == Traffic::Handshake,
        State::Paused | State::Ended => false,
    };
    open.then_some(PartnerToken { partner })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;

    #[test]
    fn the_decision_table() {
        let (p, q) = (Id::random(&SystemChance), Id::random(&SystemChance));
        let with_p = Audience::of_partners([p.clone()]);
        let with_both = Audience::of_partners([p.clone(), q.clone()]);
        let house = Audience::house();
        let anna = Principal::Member { personas: vec![] };
        let facts =
            |reach, listed, shared_with, audience, standing, archived| Facts { reach, listed, shared_with, audience, standing, archived };
        let group_p = |standing| facts(Reach::Partners, true, &with_p, None, standing, false);
        let post_p = |standing| facts(Reach::Partners, true, &with_both, Some(&with_p), standing, false);
        let internal = |standing| facts(Reach::House, true, &house, Some(&house), standing, false);
        let unlisted = |standing| facts(Reach::House, false, &house, None, standing, false);
        for (who, action, facts, allow, why) in [
            (&Principal::Anonymous, Action::See, group_p(Standing::None), false, Reason::Unknown),
            (&Principal::Partner(p.clone()), Action::See, group_p(Standing::None), true, Reason::SharedWithPartner),
            (&Principal::Partner(q.clone()), Action::See, group_p(Standing::None), false, Reason::NotShared),
            (&Principal::Partner(q.clone()), Action::Store, post_p(Standing::None), false, Reason::OutsideAudience),
            (&Principal::Partner(p.clone()), Action::Store, post_p(Standing::None), true, Reason::InAudience),
            (&Principal::Partner(p.clone()), Action::See, internal(Standing::None), false, Reason::NotShared),
            (&Principal::Partner(p.clone()), Action::Write, post_p(Standing::None), false, Reason::NotMember),
            (&anna, Action::See, post_p(Standing::Active), true, Reason::ActiveMember),
            (&anna, Action::See, post_p(Standing::None), false, Reason::NotMember),
            (&anna, Action::See, post_p(Standing::Concerned), false, Reason::NotMember),
            (&anna, Action::See, group_p(Standing::None), true, Reason::ListedInHouse),
            (&anna, Action::See, unlisted(Standing::None), false, Reason::NotMember),
            (&anna, Action::See, unlisted(Standing::Concerned), true, Reason::Concerned),
            (&anna, Action::Write, internal(Standing::Paused), false, Reason::PausedMember),
            (&anna, Action::See, internal(Standing::Paused), true, Reason::ActiveMember),
            (&anna, Action::Write, facts(Reach::House, true, &house, None, Standing::Active, true), false, Reason::Archived),
        ] {
            let decision = decide(who, action, &facts);
            assert_eq!((decision.allow, decision.reasons), (allow, vec![why]), "{who:?} {action:?} {facts:?}");
        }
    }
}
