//! The admin's own pages: what this house is called, its Help-now lines and door, and the way to people, partners and the
//! queue. It shows states and sums, never what anyone wrote or when anyone was here.

mod actions;
mod help;
mod overview;
mod pages;

use crate::site::Feature;

pub use actions::{HouseName, HouseNameFault, name_house};

/// What this feature gives to the house.
pub const FEATURE: Feature = Feature::pages("admin", pages::routes);
