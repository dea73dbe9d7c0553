//! What posts promise, tried on both engines with whole houses: real pages, real bytes and signatures between them, no sockets.

pub(crate) mod cast;
mod exchange;
mod pages;
mod stores;
