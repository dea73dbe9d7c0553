//! Durability proved from outside (threats FLT): the real program is crashed at named points and at random, frozen, robbed of
//! its disk, its database and its partners, and goes on. Whatever was answered 2xx is there, once, and nobody repairs anything
//! by hand. On SQLite and (when `HAVEN_TEST_POSTGRES` names a server) on PostgreSQL; clocks of days are simulated.
//!
//! `HAVEN_TEST_KILLS`, `HAVEN_TEST_OUTAGE`, `HAVEN_TEST_SWEEP` and `HAVEN_TEST_REST` ask for the long forms
//! (docs/security/faults.md).

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on must fail, loudly")]
#![expect(clippy::disallowed_methods, reason = "this is the other side of the wire, with sockets and clocks of its own")]
#![expect(clippy::print_stdout, reason = "figures are printed")]

#[path = "faults/answers.rs"]
mod answers;
#[expect(dead_code, reason = "shared with the stories of processes, which use all of it")]
#[path = "processes/browser.rs"]
mod browser;
#[path = "faults/clock.rs"]
mod clock;
#[path = "faults/cluster.rs"]
mod cluster;
#[path = "faults/disk.rs"]
mod disk;
#[path = "faults/files.rs"]
mod files;
#[path = "faults/flush.rs"]
mod flush;
#[expect(dead_code, reason = "shared with the stories of processes, which use all of it")]
#[path = "processes/house.rs"]
mod house;
#[path = "faults/kills.rs"]
mod kills;
#[path = "faults/outage.rs"]
mod outage;
#[path = "faults/partner.rs"]
mod partner;
#[path = "faults/points.rs"]
mod points;
#[path = "faults/quiet.rs"]
mod quiet;
#[path = "faults/scene.rs"]
mod scene;
#[path = "faults/script.rs"]
mod script;
#[path = "faults/workers.rs"]
mod workers;

/// A number of the environment, for the long forms.
fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}
