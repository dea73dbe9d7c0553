//! Partners: how two organisations agree that their instances speak with each other, and where an admin sees and changes
//! it. Two admins each name the other; nothing flows before both did. The state itself is a row of `federation::partners`,
//! which every request asks; this feature only moves it.

mod actions;
mod inbox;
mod pages;
mod wire;

pub use actions::{PartnerError, end, pause, propose, resume};

use crate::site::Feature;

/// What this feature gives to the house.
pub const FEATURE: Feature =
    Feature { name: "partners", routes: pages::routes, receives: inbox::receives, serves: Vec::new, jobs: Vec::new };
