//! What people do, one folder each. Earlier lines know nothing of later ones; the order is kept by `tests/architecture.rs`.

pub mod accounts;
pub mod admin;
pub mod assessments;
pub mod consents;
pub mod groups;
pub mod help;
pub mod incidents;
pub mod ledger;
pub mod moderation;
pub mod oversight;
pub mod partners;
pub mod personas;
pub mod posts;
pub mod takeout;
