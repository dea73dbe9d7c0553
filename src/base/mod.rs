//! The ground floor: ids, time, chance, text, settings. It knows nothing of databases, pages or federation,
//! reads no clock and draws no random number except through the traits that `main` wires to the machine.

pub mod chance;
pub mod clock;
pub mod config;
pub mod crash;
pub mod html;
pub mod ids;
pub mod proxy;
pub mod sensitive;
pub mod spare;

pub use chance::{Chance, SystemChance};
pub use clock::{Clock, SystemClock, Timestamp};
pub use ids::{Id, Iri, IriError, Origin};
pub use sensitive::Sensitive;
