//! Who may see and who may store, decided in one pure place with its reasons (design D4). Pages, collections, exports,
//! signed GETs and fan-out all ask here; what the answer is built from ([`Facts`]) is read by the caller in its transaction.
//! Nothing here reads a database except [`admit`], which turns a partner's row into the token that the door out asks for.

use std::ops::Deref;

use crate::base::{Id, Origin};
use crate::db::{Conn, DbError};
use crate::federation::activity::Verb;
use crate::federation::audience::Audience;
use crate::federation::partners::{self, Partner, State};
use crate::federation::rules::{Flow, Rules, Strangers};

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
    /// Begin to read a group, or go on reading it: asked for a partner when a group is shared.
    Share,
    /// Stand in the partner's list of groups.
    List,
    /// Keep pictures and files.
    Media,
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
    /// Two people of staff opened the group for an hour because a life may be in danger (care R28).
    BrokenGlass,
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
    /// Agreement and rules let it flow.
    Agreed,
    /// The partnership is not active yet.
    NotYetPartner,
    /// The partnership is paused.
    PausedPartner,
    /// The partnership is over.
    EndedPartner,
    /// The agreement does not let it flow.
    NotAgreed,
    /// The partner has not said when somebody is there and who takes a worry.
    NotDeclared,
    /// A rule of this house says no.
    Ruled,
    /// Another organisation reads it that this house does not know.
    UnknownReaders,
    /// Another organisation reads it, and this house wants no third ones.
    OtherReaders,
}

impl Reason {
    /// A code for records and for scripts.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ListedInHouse => "listed-in-house",
            Self::ActiveMember => "active-member",
            Self::Concerned => "concerned",
            Self::SharedWithPartner => "shared-with-partner",
            Self::InAudience => "in-audience",
            Self::Public => "public",
            Self::Unknown => "unknown",
            Self::NotShared => "not-shared",
            Self::OutsideAudience => "outside-audience",
            Self::NotMember => "not-member",
            Self::Archived => "archived",
            Self::PausedMember => "paused-member",
            Self::Agreed => "agreed",
            Self::NotYetPartner => "not-yet-partner",
            Self::PausedPartner => "paused-partner",
            Self::EndedPartner => "ended-partner",
            Self::NotAgreed => "not-agreed",
            Self::NotDeclared => "not-declared",
            Self::Ruled => "ruled",
            Self::UnknownReaders => "unknown-readers",
            Self::OtherReaders => "other-readers",
            Self::BrokenGlass => "broken-glass",
        }
    }
}

/// Who reads a group of a partner besides its home and us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// Nobody.
    None,
    /// Only organisations that are partners of ours or on our list.
    Known,
    /// Somebody we do not know.
    Unknown,
}

/// What stands between this house and a partner. With it a decision also rests on state, agreement and rules.
#[derive(Clone, Copy, Debug)]
pub struct Between<'a> {
    /// The partner.
    pub partner: &'a Partner,
    /// The rules of this house.
    pub rules: &'a Rules,
    /// Whether the partner said when somebody is there and who takes a worry.
    pub declared: bool,
    /// The group, where one is meant.
    pub group: Option<&'a Id>,
    /// Who else reads a group of this partner.
    pub others: Others,
}

impl Between<'_> {
    /// Why nothing moves now, if nothing does.
    const fn stopped(&self) -> Option<Reason> {
        match self.partner.state {
            State::Active => None,
            State::Proposed => Some(Reason::NotYetPartner),
            State::Paused => Some(Reason::PausedPartner),
            State::Ended => Some(Reason::EndedPartner),
        }
    }

    /// Whether agreement and rules let this flow.
    fn flows(&self, flow: Flow) -> Result<(), Reason> {
        let agreed = match flow {
            Flow::Share => self.partner.flows.groups,
            Flow::Media => self.partner.flows.groups && self.partner.flows.media,
            Flow::Directory => self.partner.flows.groups && self.partner.flows.directory,
            Flow::Join => true,
        };
        match (agreed, self.rules.allows(flow, &self.partner.id, self.group)) {
            (false, _) => Err(Reason::NotAgreed),
            (true, false) => Err(Reason::Ruled),
            (true, true) => Ok(()),
        }
    }

    fn may_join(&self) -> Result<(), Reason> {
        self.flows(Flow::Join)?;
        match (self.others, self.rules.strangers(&self.partner.id, self.group)) {
            (Others::None, _) | (_, Strangers::Allow) | (Others::Known, Strangers::Known) => Ok(()),
            (Others::Unknown, Strangers::Known) => Err(Reason::UnknownReaders),
            (_, Strangers::Never) => Err(Reason::OtherReaders),
        }
    }
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
    /// What stands between this house and the partner that is asked about, or at which the group lives. Without it the
    /// caller has made sure of that by a [`PartnerToken`], or no partner is meant.
    pub between: Option<Between<'a>>,
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
    /// Not a member, and let in by a break-glass that is open now: to see, and nothing else. Read from its row in the unit
    /// of work that writes down what was seen.
    Emergency,
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

/// What agreement and rules say, before anything else is looked at.
fn decide_between(action: Action, between: &Between<'_>) -> Result<(), Reason> {
    if let Some(stopped) = between.stopped() {
        return Err(stopped);
    }
    match action {
        Action::Share if !between.declared => Err(Reason::NotDeclared),
        Action::Share => between.flows(Flow::Share),
        Action::List => between.flows(Flow::Directory),
        Action::Media => between.flows(Flow::Media),
        Action::See | Action::Store | Action::Write | Action::Join => Ok(()),
    }
}

fn decide_partner(partner: &Id, action: Action, facts: &Facts<'_>) -> Decision {
    match facts.between.as_ref().map(|between| decide_between(action, between)) {
        Some(Err(reason)) => return Decision::no(reason),
        Some(Ok(())) if action == Action::Share => return Decision::yes(Reason::Agreed),
        None if matches!(action, Action::Share | Action::List | Action::Media) => return Decision::no(Reason::NotAgreed),
        _ => {}
    }
    if facts.reach == Reach::House || !facts.shared_with.contains(partner) {
        return Decision::no(Reason::NotShared);
    }
    match (action, facts.audience) {
        (Action::See | Action::Store | Action::Media, Some(audience)) if audience.contains(partner) => Decision::yes(Reason::InAudience),
        (Action::See | Action::Store | Action::Media, Some(_)) => Decision::no(Reason::OutsideAudience),
        (Action::See | Action::Store | Action::Join | Action::Share | Action::List | Action::Media, _) => {
            Decision::yes(Reason::SharedWithPartner)
        }
        (Action::Write, _) => Decision::no(Reason::NotMember),
    }
}

fn decide_member(action: Action, facts: &Facts<'_>) -> Decision {
    // Joining a group of a partner: the partnership and the rules of the house come first.
    if let (Action::Join, Some(between)) = (action, &facts.between)
        && let Err(reason) = between.stopped().map_or_else(|| between.may_join(), Err)
    {
        return Decision::no(reason);
    }
    match (action, facts.standing) {
        (Action::Write, standing) => writes(standing, facts.archived).map_or_else(Decision::no, |()| Decision::yes(Reason::ActiveMember)),
        (Action::Join, _) if facts.archived => Decision::no(Reason::Archived),
        (Action::See | Action::Store, Standing::Active) | (Action::See, Standing::Paused) => Decision::yes(Reason::ActiveMember),
        (Action::See, Standing::Emergency) => Decision::yes(Reason::BrokenGlass),
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
    pub const fn origin(&self) -> &Origin {
        &self.partner.origin
    }
}

/// Which traffic is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// Groups, posts, persons: only with active partners.
    Community,
    /// Anything at all: also with an instance that we named and that has not yet named us, and, for a time, with one with
    /// which it is over. What may then be said is asked of [`may_say`] and [`may_go`].
    Any,
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
        State::Proposed => traffic == Traffic::Any,
        State::Ended => traffic == Traffic::Any && (partner.closing || partner.remembered),
        State::Paused => false,
    };
    open.then_some(PartnerToken { partner })
}

/// What still moves when a partnership is over: deletions, receipts, and the word that it is over.
pub const CLOSING: [Verb; 3] = [Verb::Delete, Verb::Accept, Verb::Undo];

/// Whether it is one of [`CLOSING`].
pub fn closes(verb: Verb) -> bool {
    CLOSING.contains(&verb)
}

/// Whether somebody who stands so with a group may write in it: the rule of [`Action::Write`], for those who know it already.
///
/// # Errors
/// Why not.
pub const fn writes(standing: Standing, archived: bool) -> Result<(), Reason> {
    match (standing, archived) {
        (Standing::Paused, _) => Err(Reason::PausedMember),
        (Standing::Active, true) => Err(Reason::Archived),
        (Standing::Active, false) => Ok(()),
        (Standing::None | Standing::Concerned | Standing::Emergency, _) => Err(Reason::NotMember),
    }
}

/// Whether a partner may say this to us now. `canary`: it belongs to the test before anything is shared. One with which it is over
/// may take away what is known here of its people at any time, and nothing else.
pub fn may_say(partner: &Partner, verb: Verb, canary: bool) -> bool {
    match partner.state {
        State::Active => true,
        State::Proposed => {
            matches!(verb, Verb::Offer | Verb::Accept | Verb::Reject | Verb::Undo)
                || (canary && matches!(verb, Verb::Create | Verb::Update | Verb::Delete))
        }
        State::Ended => (partner.closing && closes(verb)) || (partner.remembered && matches!(verb, Verb::Delete | Verb::Undo)),
        State::Paused => false,
    }
}

/// Whether this may leave for a partner now. What waits for one that is not active yet is handshake and test only.
pub fn may_go(partner: &Partner, verb: Verb) -> bool {
    match partner.state {
        State::Active => true,
        State::Proposed => may_say(partner, verb, true),
        State::Ended => partner.closing && closes(verb),
        State::Paused => false,
    }
}

#[cfg(test)]
mod tests;
