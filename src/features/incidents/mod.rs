//! Incidents: when something went wrong with what is known about people, an admin writes it down here. From then on a clock of
//! 72 hours runs (GDPR 33), the page says how many people of which house it concerns, and who was told when (care R19, F43). It
//! gives nobody a list of names: the people of this house are told on their own pages, those of partners by their own house.

mod actions;
mod incident;
mod pages;
mod store;

use crate::base::Id;
use crate::site::Feature;

pub use incident::{Clock, Incident};
pub use store::{OwnIncident, forget, forget_person, old, open, own_copy};

/// What this feature gives to the house.
pub const FEATURE: Feature = Feature::pages("incidents", pages::routes);

/// The page of an incident for admins.
pub fn page_of(id: &Id) -> String {
    format!("/admin/incidents/{id}")
}

#[cfg(test)]
mod tests;
