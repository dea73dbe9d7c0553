//! Assessments: the sections of the assessment of risks that ships with the house (GDPR 35, care R20), and who signed which of
//! them when. A section says in plain words what is done, for what, what can go wrong, what is done about it and what remains.
//! This feature shuts nothing by itself: whoever has something to open asks it first. It holds no account and no address.

mod actions;
mod pages;
mod section;
mod signature;
mod store;

use crate::site::Feature;

pub use actions::{WithdrawError, is_signed, lines, sign, standing, withdraw};
pub use section::{PARTNERS, SECTIONS, Section};
pub use signature::{Fault, Signature, Signing, Standing};

/// What this feature gives to the house.
pub const FEATURE: Feature = Feature::pages("assessments", pages::routes);

#[cfg(test)]
mod tests;
