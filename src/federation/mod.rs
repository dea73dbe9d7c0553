//! ActivityPub without features: reading and writing activities, actors, signatures, the door out, the door in,
//! durable inbox and outbox, partners and policy. It knows no sign-in of a person, no page and no feature.

pub mod accept;
pub mod activity;
pub mod actors;
pub mod audience;
pub mod declaration;
pub mod delivery;
pub mod dialer;
pub mod endpoints;
pub mod fetch;
pub mod here;
pub mod inbox;
mod ingest;
pub mod keys;
pub mod ledger;
pub mod objects;
pub mod outbox;
pub mod parked;
pub mod partners;
pub mod policy;
pub mod quota;
pub mod refusals;
pub mod resolve;
pub mod rules;
pub mod runtime;
pub mod serves;
pub mod signature;
pub mod vault;

pub use here::{Here, Sequence};
pub use runtime::Federation;
