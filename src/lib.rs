//! Haven: a privacy-first federated community server for care and recovery.
//!
//! The map, floor by floor. A floor imports only floors above it in this list; `tests/architecture.rs` keeps it so.

pub mod base; // f1: ids, time, chance, text, settings
pub mod db; // f2: the database, one SQL text for two engines
pub mod features; // f6: what people do
pub mod federation; // f4: ActivityPub without features
pub mod jobs; // f3: durable work in the database
pub mod server;
pub mod site; // f5: what a handler reaches, what a feature gives
pub mod web; // f2: layout, forms, languages, problem pages // f7: names every feature, once

pub mod testing; // a site on either engine, set clock, recorded transport, a cast of people
