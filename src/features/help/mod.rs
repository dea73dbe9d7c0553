//! Help now: one public page with the lines to call and the house's own door. It needs no sign-in, sets no cookie, runs no
//! script, works offline once seen, and is also there when the database is not. It knows nothing of accounts, and it never
//! shows that someone is there unless someone of the house said so, for the hours they said.
//!
//! The page where an admin changes all this lives in `features/admin`; it uses the functions and values below.

mod lines;
mod pages;
mod store;

pub use lines::{CHECK_EVERY, Line, LineFault, MAX_LINES, Status, is_stale};
pub use store::{lines, save_lines, save_status, set_staffed_until, status};

use crate::site::Feature;

/// What this feature gives to the house.
pub const FEATURE: Feature = Feature::pages("help", pages::routes);
