//! What tests and the simulation need of the world, kept still: a set clock, seeded chance, recorded keys, a network
//! without sockets, databases on both engines, and checks every page must pass. No running site reaches it.

pub mod chance;
pub mod clock;
pub mod database;
pub mod keys;
pub mod network;
pub mod pages;
pub mod people;
pub mod site;
