//! The admin's own pages: what this house is called, its Help-now lines and door, and the way to people, partners and the
//! queue. It shows states and sums, never what anyone wrote or when anyone was here.

mod actions;
mod help;
mod overview;

use axum::Router;
use axum::routing::get;

use crate::site::{Feature, Shared};

pub use actions::{HouseName, HouseNameFault, name_house};

/// What this feature gives to the house.
pub const FEATURE: Feature = Feature::pages("admin", routes);

fn routes() -> Router<Shared> {
    Router::new()
        .route("/admin", get(overview::pages::show).post(overview::pages::rename))
        .route("/admin/help", get(help::pages::show).post(help::pages::save))
        .route("/desk", get(overview::pages::desk))
}
