//! The sentences of other houses about posts (groups.md rows 3–9), each with its effect in one unit of work. [`home`] is what a
//! group's home hears from the houses of its guests, [`copies`] what a copy hears from the group's actor, [`answers`] what
//! comes back to something we sent, [`wide`] what is addressed to more than it was written for. All of them may come late, twice, and in any order: [`super::states`] says why that does no harm.
//!
//! Nothing here believes what a message says of itself: the group comes from the stored row or from the signer, the owner from
//! the stored row, the role from our own memberships.

mod answers;
mod copies;
mod home;
mod wide;

use futures::future::BoxFuture;

use crate::base::Iri;
use crate::db::{DbError, Tx};
use crate::federation::activity::{Activity, Verb};
use crate::federation::actors::Actor;
use crate::federation::here::Here;
use crate::federation::inbox::{Handled, Inbound, On, Receives, Refusal};
use crate::federation::outbox::Sent;
use crate::federation::partners::Partner;

use super::actions::PostError;

/// One received sentence. What the inbox verified; tests make it by hand.
#[derive(Clone, Copy)]
struct News<'a> {
    here: &'a Here,
    partner: &'a Partner,
    actor: &'a Actor,
    activity: &'a Activity,
    answers: Option<&'a Sent>,
}

impl<'a> From<&'a Inbound<'a>> for News<'a> {
    fn from(inbound: &'a Inbound<'a>) -> Self {
        Self { here: inbound.here, partner: inbound.partner, actor: inbound.actor, activity: inbound.activity, answers: inbound.answers }
    }
}

impl News<'_> {
    /// What of ours is answered.
    fn answered(&self) -> Result<&Iri, Refusal> {
        self.answers.map(|sent| &sent.uri).ok_or(Refusal::Code("answers-nothing"))
    }
}

/// An Announce of a post that was read in its group's history: the same as if it had come by itself.
pub(super) async fn read_again(
    tx: &mut Tx,
    here: &Here,
    partner: &Partner,
    (group, said): (&Actor, &Activity),
) -> Result<Handled, Refusal> {
    copies::post(tx, News { here, partner, actor: group, activity: said, answers: None }).await
}

type Outcome = Result<Handled, Refusal>;

macro_rules! row {
    ($verb:ident, $on:expr, $run:path) => {{
        fn run<'a>(tx: &'a mut Tx, inbound: &'a Inbound<'a>) -> BoxFuture<'a, Outcome> {
            Box::pin($run(tx, inbound.into()))
        }
        Receives { verb: Verb::$verb, on: $on, run }
    }};
}

/// The rows of the table.
pub(super) fn receives() -> Vec<Receives> {
    vec![
        row!(Create, On::Note, home::create),
        row!(Update, On::Note, home::update),
        row!(Create, On::Id, wide::named),
        row!(Update, On::Id, wide::named),
        row!(Announce, On::Id, wide::named),
        row!(Announce, On::Note, wide::named),
        row!(Delete, On::Note, home::delete),
        row!(Delete, On::Id, home::delete),
        row!(Announce, On::Activity(Verb::Create), copies::post),
        row!(Announce, On::Activity(Verb::Update), copies::post),
        row!(Announce, On::Activity(Verb::Delete), copies::gone),
        row!(Accept, On::Activity(Verb::Create), answers::taken),
        row!(Reject, On::Activity(Verb::Create), answers::refused),
        row!(Accept, On::Activity(Verb::Update), answers::change_taken),
        row!(Reject, On::Activity(Verb::Update), answers::change_refused),
        row!(Accept, On::Activity(Verb::Delete), answers::figures),
        row!(Reject, On::Activity(Verb::Delete), answers::deletion_refused),
        row!(Accept, On::Activity(Verb::Announce), answers::receipt),
    ]
}

/// Trouble that is ours, never the sender's.
fn trouble(error: PostError) -> Refusal {
    match error {
        PostError::Db(error) => Refusal::Db(error),
        other => Refusal::Code(other.code()),
    }
}

fn corrupt() -> DbError {
    super::store::corrupt()
}

#[cfg(test)]
mod tests;
