//! Doors for the fuzz targets of `fuzz/`: parsers whose modules keep them to themselves, under one roof and behind the cargo
//! feature `fuzz`. No program of ours is built with it; what is public without it is called by the targets directly.

pub use crate::features::accounts::{cookie_name, token_of};
pub use crate::features::partners::{agreement_document, agreement_hash, agreement_of};
pub use crate::features::posts::{cursor, named};
pub use crate::federation::delivery::retry_after;
pub use crate::federation::endpoints::asks_for_activity;
pub use crate::web::lets_in;
