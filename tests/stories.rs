//! Stories: several sites in one process, real bytes and signatures between them, no sockets. Each story is told on
//! SQLite, and on PostgreSQL when `HAVEN_TEST_POSTGRES` names a server.

#[path = "stories/agreements.rs"]
mod agreements;
#[path = "stories/endings.rs"]
mod endings;
#[path = "stories/erasure.rs"]
mod erasure;
#[path = "stories/handshake.rs"]
mod handshake;
#[path = "stories/house.rs"]
mod house;
#[path = "stories/houses.rs"]
mod houses;
#[path = "stories/others.rs"]
mod others;
#[path = "stories/three_houses.rs"]
mod three_houses;
#[path = "stories/worries.rs"]
mod worries;
