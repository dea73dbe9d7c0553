//! Accounts: how a person signs in, what their role lets them do, and the one-use links that make accounts. An account
//! never leaves the instance; nobody is asked for an address, a number or a real name. Later features use the
//! [`Member`] extractor and the plain functions named here; all else is private.

mod account;
mod actions;
mod agent;
mod attempts;
mod confidentiality;
mod known;
mod links;
mod name;
mod pace;
mod pages;
mod passphrase;
mod qr;
mod role;
mod sessions;
mod store;
mod token;

use std::time::Duration;

use futures::future::BoxFuture;

use crate::jobs::{Job, Task, Trouble};
use crate::site::{Feature, Site};

/// What this feature gives to the house.
pub const FEATURE: Feature = Feature { jobs, ..Feature::pages("accounts", pages::routes) };

fn jobs() -> Vec<Job<Site>> {
    vec![Job { kind: "accounts-sweep", every: Some(Duration::from_hours(1)), run: sweep_round }]
}

fn sweep_round<'a>(site: &'a Site, _task: &'a Task) -> BoxFuture<'a, Result<(), Trouble>> {
    Box::pin(async move {
        let mut tx = site.db.begin().await?;
        sweep(&mut tx, &site.here()).await?;
        Ok(tx.commit().await?)
    })
}

pub use account::{Account, Door, InvitationState, MOST_INVITATIONS, NewInvitation, Session};
pub use actions::{
    AccountError, Attempt, ChangeError, Made, NewAccount, OwnCopy, SignInError, by_id, by_sign_in_name, change_role, count_address, create,
    deactivate, erase, forget_invitations, frozen_since, is_last_admin, look, old_invitations, own_copy, reactivate, set_called,
    set_frozen, sign_in, sweep,
};
pub use agent::Agent;
pub use confidentiality::{
    Kind as Confidence, OwnStatement, Statement, StatementError, VERSION as CONFIDENTIALITY_VERSION, goes_on, missing as without_promise,
    promise, promised, record_paper, statements,
};
pub use links::{Invite, address, friendly_words, invite, invite_from_console, look_at, redeem, setup_link, sign_in_link_from_console};
pub use name::{NameFault, SignInName, folded, tidy};
pub use pages::door::{Caller, Member, middleware, with_browser, with_session};
#[cfg(feature = "fuzz")]
pub use pages::door::{cookie_name, token_of};
pub use passphrase::{Busy, Hashed, Passphrase, PassphraseFault, hash};
pub use role::Role;
pub use sessions::{Opening, open};
pub use token::Token;

#[cfg(test)]
mod tests;
