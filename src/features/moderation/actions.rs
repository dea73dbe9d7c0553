//! What people do about what they see: tell it, or ask somebody to look again. One unit of work each, the same for a person of
//! this house and for a partner's Flag. Where it is looked after here it becomes a case; otherwise it goes to the house that can.
//! Nothing here names who told it to another house, and nothing here decides about anybody.

pub(super) mod desk;
pub(super) mod standing;

use std::time::Duration;

use crate::audit::{self, By, Event, What};
use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::features::groups::{self, Group, GroupError};
use crate::features::personas;
use crate::features::posts::{self, Post, PostError, State as PostState};
use crate::federation::actors::{self, Actor};
use crate::federation::declaration;
use crate::federation::here::Here;
use crate::federation::outbox::{self, Outgoing};
use crate::federation::partners::{self, State as PartnerState};
use crate::jobs::{self, NewJob};

use super::case::{Case, Category, Kind, Outcome, Report, State, Status, Step, after};
use super::sight::needs_staff;
use super::store::{self, reports};
use super::wire::{self, Told};
use super::{PROMISE, hours};
use standing::news;

/// What one persona can tell in an hour.
const MOST_TOLD: i64 = 20;
/// What people without a sign-in can tell in a day, all together.
const MOST_FROM_OUTSIDE: i64 = 100;
/// What one partner can have open about one post.
const MOST_FROM_PARTNER: i64 = 20;

/// Why something is not done. Each has a sentence ([`CaseError::key`]).
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// No such post or case for this asker.
    #[error("there is no such post or case")]
    NotFound,
    /// Not from here, or not by this person.
    #[error("this cannot be done with the case now")]
    NotAllowed,
    /// Somebody else has the case.
    #[error("somebody else has this case")]
    NotYours,
    /// It needs another person than this one.
    #[error("another person must do this")]
    SamePerson,
    /// Nothing was said.
    #[error("please say it in a few words")]
    Empty,
    /// A removal or pause says why.
    #[error("a reason is needed")]
    NoReason,
    /// The post is still there.
    #[error("the post was not removed")]
    StillThere,
    /// Asked already.
    #[error("this was asked already")]
    Again,
    /// Too much at once.
    #[error("too much was told in a short time")]
    TooMany,
    /// What posts say.
    #[error(transparent)]
    Post(PostError),
    /// What groups say.
    #[error(transparent)]
    Group(GroupError),
    /// Database trouble.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<PostError> for CaseError {
    fn from(error: PostError) -> Self {
        match error {
            PostError::Db(error) => Self::Db(error),
            PostError::NotFound => Self::NotFound,
            PostError::NoReason => Self::NoReason,
            other => Self::Post(other),
        }
    }
}

impl From<GroupError> for CaseError {
    fn from(error: GroupError) -> Self {
        match error {
            GroupError::Db(error) => Self::Db(error),
            GroupError::NotFound => Self::NotFound,
            GroupError::NoReason => Self::NoReason,
            other => Self::Group(other),
        }
    }
}

impl CaseError {
    /// The key of the sentence for the person.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::NotFound => "moderation-error-not-found",
            Self::NotAllowed => "moderation-error-not-allowed",
            Self::NotYours => "moderation-error-not-yours",
            Self::SamePerson => "moderation-error-same-person",
            Self::Empty => "moderation-error-empty",
            Self::NoReason => "moderation-error-no-reason",
            Self::StillThere => "moderation-error-still-there",
            Self::Again => "moderation-error-again",
            Self::TooMany => "moderation-error-too-many",
            Self::Post(error) => error.key(),
            Self::Group(error) => error.key(),
            Self::Db(_) => "moderation-error-database",
        }
    }
}

/// Who told something.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// A persona of this house; `true`: they may be named to who looks after it.
    Member(&'a Id, bool),
    /// A partner, by this Flag.
    Partner(&'a Id, &'a Iri),
    /// Somebody without a sign-in.
    Outside,
}

/// Where something that was told is looked after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// On our own desk.
    Here,
    /// At another house, which calls the post so.
    To(Id, Iri),
}

/// What a member tells about a post.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'a> {
    /// The post.
    pub post: &'a Id,
    /// Own personas.
    pub mine: &'a [Id],
    /// Report or worry.
    pub kind: Kind,
    /// What they see.
    pub category: Category,
    /// In their words.
    pub words: &'a str,
    /// They may be named to who looks after it.
    pub may_talk: bool,
}

/// A readable post of somebody else in a group that one of these personas is in, and that persona.
pub(super) async fn seen(conn: &mut Conn, post: &Id, mine: &[Id]) -> Result<(Post, Group, Id), CaseError> {
    let post = posts::by_id(conn, post).await?.ok_or(CaseError::NotFound)?;
    let memberships = groups::memberships_of(conn, &post.group, mine).await?;
    let me = memberships.into_iter().find(groups::Membership::is_active).ok_or(CaseError::NotFound)?;
    if !post.is_readable() || post.uri.is_none() {
        return Err(CaseError::NotFound);
    }
    if mine.contains(&post.author) {
        return Err(CaseError::NotAllowed);
    }
    let group = groups::load(conn, &post.group).await?.ok_or(CaseError::NotFound)?;
    Ok((post, group, me.actor))
}

/// Where a report or worry about this post goes.
pub(super) async fn way(conn: &mut Conn, kind: Kind, post: &Post, group: &Group) -> Result<Way, DbError> {
    if let Some(home) = &group.home {
        // Our own writer, in a group of a partner: a worry stays with us.
        let own = post.origin_uri.is_some();
        return Ok(match &post.uri {
            Some(uri) if kind != Kind::Worry || !own => Way::To(home.clone(), uri.clone()),
            _ => Way::Here,
        });
    }
    if kind != Kind::Worry {
        return Ok(Way::Here);
    }
    let guest = groups::guest(conn, &post.author).await?;
    Ok(guest.zip(post.origin_uri.clone()).map_or(Way::Here, |(guest, uri)| Way::To(guest.partner, uri)))
}

/// A member tells that something is wrong with a post, or that they are worried about its writer. Gives our id of it.
///
/// # Errors
/// See [`CaseError`]; a post that the member cannot see does not exist.
pub async fn tell(tx: &mut Tx, here: &Here, telling: &Telling<'_>) -> Result<Id, CaseError> {
    let (post, group, me) = seen(tx, telling.post, telling.mine).await?;
    let words = wire::words_of(telling.words);
    if !telling.kind.categories().contains(&telling.category) || telling.kind == Kind::Appeal {
        return Err(CaseError::NotAllowed);
    }
    if words.is_empty() && telling.category == Category::Other {
        return Err(CaseError::Empty);
    }
    if reports::told_since(tx, &me, here.now.minus(Duration::from_hours(1))).await? >= MOST_TOLD {
        return Err(CaseError::TooMany);
    }
    let told = Told { kind: telling.kind, category: telling.category, words, said_at: Some(here.now) };
    let way = way(tx, telling.kind, &post, &group).await?;
    // Another house never hears who tells; here it is the person's choice.
    let may_talk = telling.may_talk && way == Way::Here;
    Ok(keep(tx, here, Source::Member(&me, may_talk), &told, (&post, &group), way).await?.id)
}

/// Somebody without a sign-in tells that something here is about them. It only becomes text on the desk.
///
/// # Errors
/// When nothing was said, or too much in a day.
pub async fn tell_from_outside(tx: &mut Tx, here: &Here, words: &str) -> Result<(), CaseError> {
    let words = wire::words_of(words);
    if words.is_empty() {
        return Err(CaseError::Empty);
    }
    if store::from_outside_since(tx, here.now.minus(Duration::from_hours(24))).await? >= MOST_FROM_OUTSIDE {
        return Err(CaseError::TooMany);
    }
    let case = Case { for_staff: true, ..new_case(here, Kind::Report) };
    store::insert(tx, &case).await?;
    let told = Told { kind: Kind::Report, category: Category::AboutMe, words, said_at: None };
    let report = Report { case: Some(case.id), ..new_report(here, Source::Outside, &told) };
    reports::insert(tx, &report).await?;
    Ok(())
}

/// The writer of a removed post asks somebody else to look again.
///
/// # Errors
/// When the post is not their own removed one, or they asked already.
pub async fn appeal(tx: &mut Tx, here: &Here, post: &Id, mine: &[Id], words: &str) -> Result<Id, CaseError> {
    let post = posts::by_id(tx, post).await?.filter(|post| mine.contains(&post.author)).ok_or(CaseError::NotFound)?;
    if post.state != PostState::Removed {
        return Err(CaseError::NotFound);
    }
    tx.lock(&format!("appeal {}", post.id)).await?;
    if reports::appeal_of(tx, &post.id).await?.is_some() {
        return Err(CaseError::Again);
    }
    let group = groups::load(tx, &post.group).await?.ok_or(CaseError::NotFound)?;
    let told = Told { kind: Kind::Appeal, category: Category::Appeal, words: wire::words_of(words), said_at: None };
    let way = way(tx, Kind::Appeal, &post, &group).await?;
    let author = post.author.clone();
    Ok(keep(tx, here, Source::Member(&author, false), &told, (&post, &group), way).await?.id)
}

/// What a partner's Flag tells about a post of a group of ours, after it was made sure that the partner may see the post.
pub(super) async fn flagged(
    tx: &mut Tx,
    here: &Here,
    (partner, flag): (&Id, &Iri),
    told: &Told,
    (post, group): (&Post, &Group),
) -> Result<Report, CaseError> {
    if reports::open_from(tx, partner, &post.id).await? >= MOST_FROM_PARTNER {
        return Err(CaseError::TooMany);
    }
    let way = way(tx, told.kind, post, group).await?;
    keep(tx, here, Source::Partner(partner, flag), told, (post, group), way).await
}

/// A partner told about a post that is gone by now: it hears just that.
pub(super) async fn gone_already(
    tx: &mut Tx,
    here: &Here,
    (partner, flag): (&Id, &Iri),
    told: &Told,
    post: &Post,
) -> Result<(), CaseError> {
    let report =
        Report { post: Some(post.id.clone()), group: Some(post.group.clone()), ..new_report(here, Source::Partner(partner, flag), told) };
    if reports::insert(tx, &report).await? {
        news(tx, here, &report, Status::Closed, Some(Outcome::Gone)).await?;
    }
    Ok(())
}

fn new_case(here: &Here, kind: Kind) -> Case {
    Case {
        id: here.id(),
        kind,
        group: None,
        post: None,
        author: None,
        for_staff: false,
        state: State::New,
        owner: None,
        decided_by: None,
        appealed: false,
        outcome: None,
        out: None,
        opened_at: here.now,
        changed_at: here.now,
        due_at: None,
        closed_at: None,
    }
}

fn new_report(here: &Here, source: Source<'_>, told: &Told) -> Report {
    let (reporter, may_talk, from) = match source {
        Source::Member(persona, may_talk) => (Some(persona.clone()), may_talk, None),
        Source::Partner(partner, flag) => (None, false, Some((partner.clone(), flag.clone()))),
        Source::Outside => (None, false, None),
    };
    Report {
        id: here.id(),
        kind: told.kind,
        case: None,
        group: None,
        post: None,
        reporter,
        may_talk,
        category: told.category,
        words: told.words.clone(),
        from,
        to: None,
        status: Status::Sent,
        outcome: None,
        due_at: None,
        // What was said earlier came late; nothing was said later than now.
        said_at: told.said_at.map_or(here.now, |at| at.min(here.now)),
    }
}

/// Keeps what was told, and brings it to where it is looked after.
async fn keep(
    tx: &mut Tx,
    here: &Here,
    source: Source<'_>,
    told: &Told,
    (post, group): (&Post, &Group),
    way: Way,
) -> Result<Report, CaseError> {
    let mut report = new_report(here, source, told);
    report.post = Some(post.id.clone());
    report.group = Some(group.id.clone());
    match way {
        Way::Here => on_the_desk(tx, here, report, (post, group)).await,
        Way::To(partner, object) => on_the_way(tx, here, report, told, (&partner, &object)).await,
    }
}

async fn on_the_desk(tx: &mut Tx, here: &Here, mut report: Report, (post, group): (&Post, &Group)) -> Result<Report, CaseError> {
    let case = match report.kind {
        Kind::Appeal => case_of_appeal(tx, here, post, group).await?,
        kind => case_about(tx, here, (kind, report.said_at), post, group).await?,
    };
    report.case = Some(case.id.clone());
    if report.kind == Kind::Worry && report.reporter.is_some() {
        // Each worry of a person of this house has its own promise, also where somebody else worried before. What came from a
        // partner is answered for by the clock there.
        report.due_at = Some(report.said_at.plus(hours::promise(tx).await?));
    }
    if !reports::insert(tx, &report).await? {
        return Err(CaseError::Again);
    }
    promise(tx, here, &report).await?;
    if case.state.is_in_hand() {
        news(tx, here, &report, Status::Taken, None).await?;
    } else if report.kind == Kind::Worry && !hours::we_are_there(tx, here.now).await? {
        // A fact about the clock, not a decision about a person: the case stays open for who comes next.
        news(tx, here, &report, Status::Nobody, None).await?;
    }
    Ok(report)
}

/// The open case of this kind about this post, or a new one.
async fn case_about(tx: &mut Tx, here: &Here, (kind, said_at): (Kind, Timestamp), post: &Post, group: &Group) -> Result<Case, CaseError> {
    tx.lock(&format!("case {}", post.id)).await?;
    if let Some(known) = store::open_about(tx, kind, &post.id).await? {
        // It may be closed at this very moment.
        tx.lock(&format!("desk {}", known.id)).await?;
        if let Some(case) = store::open_about(tx, kind, &post.id).await? {
            return Ok(case);
        }
    }
    let due_at = if kind == Kind::Worry { Some(said_at.plus(hours::promise(tx).await?)) } else { None };
    let case = Case {
        group: Some(group.id.clone()),
        post: Some(post.id.clone()),
        author: Some(post.author.clone()),
        for_staff: needs_staff(tx, group, &post.author, here.now).await?,
        due_at,
        ..new_case(here, kind)
    };
    store::insert(tx, &case).await?;
    Ok(case)
}

/// The case in which somebody other than who removed the post looks again.
async fn case_of_appeal(tx: &mut Tx, here: &Here, post: &Post, group: &Group) -> Result<Case, CaseError> {
    tx.lock(&format!("case {}", post.id)).await?;
    let remover = match posts::removed_by(tx, &post.id).await? {
        Some(actor) => personas::by_id(tx, &actor).await?.map(|persona| persona.account),
        None => None,
    };
    let known = store::latest_about(tx, &post.id).await?;
    if let Some(known) = known {
        tx.lock(&format!("desk {}", known.id)).await?;
        let mut case = store::by_id(tx, &known.id).await?.ok_or_else(store::corrupt)?;
        if let Some(state) = after(case.state, Step::Appeal, true) {
            case.decided_by = remover.or_else(|| case.owner.take());
            case = Case { state, owner: None, appealed: true, for_staff: true, outcome: None, out: None, closed_at: None, ..case };
            store::save(tx, &case, here.now).await?;
        }
        return Ok(case);
    }
    let case = Case {
        group: Some(group.id.clone()),
        post: Some(post.id.clone()),
        author: Some(post.author.clone()),
        for_staff: true,
        state: State::Appealed,
        appealed: true,
        decided_by: remover,
        ..new_case(here, Kind::Appeal)
    };
    store::insert(tx, &case).await?;
    Ok(case)
}

/// Our instance actor: the one who speaks about cases.
pub(super) async fn ourselves(conn: &mut Conn) -> Result<Actor, DbError> {
    actors::instance(conn).await?.ok_or(DbError::Unreadable("actors"))
}

async fn on_the_way(
    tx: &mut Tx,
    here: &Here,
    mut report: Report,
    told: &Told,
    (partner, object): (&Id, &Iri),
) -> Result<Report, CaseError> {
    let partner = partners::by_id(tx, partner).await?.ok_or(CaseError::NotFound)?;
    let ours = ourselves(tx).await?;
    let activity = wire::flag(here, (&ours.uri, &wire::instance_of(&partner)), object, told);
    report.to = Some((partner.id.clone(), activity.id().clone()));
    if report.kind == Kind::Worry {
        let closed = declaration::of_partner(tx, &partner.id).await?.is_some_and(|declared| !hours::on_shift(&declared, here.now));
        let wait = if closed { Duration::ZERO } else { hours::promise(tx).await? };
        report.due_at = Some(here.now.plus(wait));
    }
    if !reports::insert(tx, &report).await? {
        return Err(CaseError::Again);
    }
    let to = std::slice::from_ref(&partner.id);
    // `about` stays empty: where the writer sees what went where, nobody who told something shows.
    let outgoing = Outgoing { from: &ours.id, thread: &report.id, to, activity, about: None, answers: None, receipt: false };
    outbox::publish(tx, here, outgoing).await?;
    if let Some((from, _)) = &report.from {
        let event = Event {
            at: here.now,
            what: What::Case,
            done: true,
            by: By::partner(from.as_str()),
            purpose: "safety",
            object: ("report", report.id.as_str()),
            client: "",
            ground: "writer-of-another-house",
            words: "handed on",
        };
        audit::record(tx, &event).await?;
    }
    promise(tx, here, &report).await?;
    if report.due_at.is_some() && partner.state != PartnerState::Active {
        news(tx, here, &report, Status::Nobody, None).await?;
    }
    Ok(report)
}

/// Sees to it that who worried is told when the promised time is over and nobody came.
async fn promise(tx: &mut Tx, here: &Here, report: &Report) -> Result<(), DbError> {
    let Some(due) = report.due_at else { return Ok(()) };
    let key = report.id.to_string();
    jobs::enqueue(tx, &*here.chance, NewJob { kind: PROMISE, key: Some(key.clone()), payload: key, run_at: due }).await
}
