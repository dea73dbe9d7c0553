//! The catalogue of attacks against the real program: a scripted peer that signs, serves and misbehaves on command, over
//! loopback, on SQLite and (when `HAVEN_TEST_POSTGRES` names a server) on PostgreSQL. It says what was tried, what got in and
//! what was skipped, by class; anything let in or skipped fails. `HAVEN_TEST_BINARY` names the program, else this build's.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on must fail, loudly")]
#![expect(clippy::disallowed_methods, reason = "this is the other side of the wire, with sockets and clocks of its own")]
#![expect(
    clippy::format_push_string,
    clippy::format_collect,
    clippy::too_many_lines,
    clippy::many_single_char_names,
    reason = "requests are written to the byte, cases stand in long lists, and the cast has the letters of the catalogue"
)]

#[path = "hostile/aud.rs"]
mod aud;
#[path = "hostile/browser.rs"]
mod browser;
#[path = "hostile/cases.rs"]
mod cases;
#[path = "hostile/dos.rs"]
mod dos;
#[path = "hostile/flt.rs"]
mod flt;
#[expect(dead_code, reason = "shared with the stories of processes, which use all of it")]
#[path = "processes/house.rs"]
mod house;
#[path = "hostile/http.rs"]
mod http;
#[path = "hostile/matrix.rs"]
mod matrix;
#[path = "hostile/org.rs"]
mod org;
#[path = "hostile/pacts.rs"]
mod pacts;
#[path = "hostile/peer.rs"]
mod peer;
#[path = "hostile/pen.rs"]
mod pen;
#[path = "hostile/prv.rs"]
mod prv;
#[path = "hostile/report.rs"]
mod report;
#[path = "hostile/rig.rs"]
mod rig;
#[path = "hostile/rooms.rs"]
mod rooms;
#[path = "hostile/scene.rs"]
mod scene;
#[path = "hostile/sig.rs"]
mod sig;
#[path = "hostile/ssr.rs"]
mod ssr;
#[path = "hostile/web.rs"]
mod web;

use house::Engine;

/// All cases of one class.
type Class = fn(&mut rig::Rig);

fn run(engine: Engine) {
    let Some(mut rig) = scene::set(engine) else { return };
    let only = std::env::var("HAVEN_TEST_CLASS").ok();
    // What spoils the scene comes late; the scanner looks at what all others left behind.
    let classes: [(&str, Class); 13] = [
        ("SIG", sig::run),
        ("ORG", org::run),
        ("MATRIX", matrix::run),
        ("SSR", ssr::run),
        ("AUD", aud::run),
        ("ROOMS", rooms::run),
        ("WEB", web::run),
        ("DOS", dos::run),
        ("PACTS", pacts::run),
        ("FLT", flt::run),
        ("PRV", prv::run),
        ("SERVICES", org::services),
        ("END", ssr::close),
    ];
    for (class, run) in classes {
        if only.as_deref().is_some_and(|only| !only.split(',').any(|only| only == class)) {
            rig.report.skip(class, "HAVEN_TEST_CLASS names other classes");
            continue;
        }
        let begun = std::time::Instant::now();
        rig.rounds();
        run(&mut rig);
        eprintln!("{class} on {engine:?} took {:?}", begun.elapsed());
    }
    if only.is_none() {
        cases::run(&mut rig);
    }
    if let Err(report) = rig.report.close(&format!("{engine:?}")) {
        panic!("{report}");
    }
}

#[test]
fn nothing_gets_in_on_sqlite() {
    run(Engine::Sqlite);
}

#[test]
fn nothing_gets_in_on_postgres() {
    run(Engine::Postgres);
}
