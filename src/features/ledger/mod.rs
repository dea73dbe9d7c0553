//! The ledger: where words went. A person's page of everything of theirs that left the house, the admin's view of the
//! same, and the watch over erasures until every partner has confirmed. It shows disclosures, never content.
//!
//! What later features may call is re-exported here; all else is private.

mod actions;
mod chosen;
mod inbox;
mod line;
mod list;
mod pages;
mod store;
mod watch;
mod wire;

#[cfg(test)]
mod tests;

pub use actions::{PartError, Restored, part_with, restored, scrub_soon};
pub use chosen::Chosen;
pub use line::Line;
pub use list::{read as read_erasures, read_whole as read_whole_erasures};
pub use store::{mark_replayed, replayed};
pub use watch::{count_open, late, write_erasures};

use crate::site::Feature;

/// What this feature gives to the house.
pub const FEATURE: Feature =
    Feature { name: "ledger", routes: pages::routes, receives: inbox::receives, serves: Vec::new, jobs: watch::jobs };
