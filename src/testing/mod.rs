//! What tests need of the world, kept still: a set clock, recorded keys, a recorded network, a cast of people.
//! Nothing here is reached by a running site.

pub mod chance;
pub mod clock;
pub mod keys;
