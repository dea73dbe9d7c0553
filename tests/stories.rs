//! Stories: several sites in one process, real bytes and signatures between them, no sockets. Each story is told on
//! SQLite, and on PostgreSQL when `HAVEN_TEST_POSTGRES` names a server.

#[path = "stories/handshake.rs"]
mod handshake;
#[path = "stories/house.rs"]
mod house;
#[path = "stories/three_houses.rs"]
mod three_houses;
