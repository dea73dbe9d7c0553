//! Consents: what a person said yes or no to, in which words, and when they took it back. Each purpose has a record of
//! its own; no is as easy as yes, and neither changes what care anybody gets. This feature decides nothing by itself:
//! others ask it and write into it. Rows are only added; they go with the account.

mod actions;
mod consent;
mod notice;
mod pages;
mod store;

use crate::site::Feature;

pub use actions::{OwnConsent, all, declared, latest, own_copy, record, remember};
pub use consent::{Basis, Consent, Flags, Purpose, Said, State};
pub use notice::{Notice, keep as keep_notice, newest as newest_notice, version as notice_version, version_of as notice_of};

/// What this feature gives to the house.
pub const FEATURE: Feature = Feature::pages("consents", pages::routes);

#[cfg(test)]
mod tests;
