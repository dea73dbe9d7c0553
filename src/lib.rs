//! Haven: a privacy-first federated community server for care and recovery.
//!
//! The map, floor by floor. A floor imports only floors above it in this list; `tests/architecture.rs` keeps it so.
//!
//! | floor | what it is |
//! |---|---|
//! | [`base`] | ids, time, chance, text, settings |
//! | [`db`] | the database, one SQL text for two engines |
//! | [`web`] | layout, forms, languages, problem pages |
//! | [`audit`] | who did what on what ground, in a chain |
//! | [`jobs`] | durable work in the database |
//! | [`federation`] | ActivityPub without features |
//! | [`site`] | what a handler reaches, what a feature gives |
//! | [`features`] | what people do |
//! | [`server`] | names every feature, once |
//! | [`testing`] | a site on either engine, set clock, recorded transport, a cast of people |

pub mod audit;
pub mod base;
pub mod db;
pub mod features;
pub mod federation;
pub mod jobs;
pub mod server;
pub mod site;
pub mod web;

pub mod testing;
