//! The load command: how fast a Haven is on this machine, measured from outside over loopback.
//! `cargo run --release --example load -- inbox|page|fanout|flood|alike|start|memory [--json] [--postgres URL]`.
//!
//! It makes databases of its own in a temporary folder (with `--postgres`: schemas that it drops again), starts sites on free
//! loopback ports as children of itself, and speaks to them as partners and browsers do. It asserts nothing and sends nothing
//! beyond this machine. Budgets are in the design, figures in `docs/performance.md`.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a load command measures time, prints, and stops when its scene cannot be set"
)]

mod alike;
mod fanout;
mod flood;
mod house;
mod inbox;
mod page;
mod report;
mod slow;
mod start;
mod wire;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use report::Report;

/// How fast is a Haven here?
#[derive(Parser)]
struct Line {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    what: What,
}

/// What every measurement needs.
#[derive(Args, Clone)]
struct Common {
    /// One JSON object per line.
    #[arg(long, global = true)]
    json: bool,
    /// A PostgreSQL server under which a database may be made; without it, SQLite.
    #[arg(long, global = true, value_name = "URL")]
    postgres: Option<String>,
    /// The program that is measured, for example `target/release/haven`; without it a child of this command, built as this command is.
    #[arg(long, global = true, value_name = "PATH")]
    binary: Option<PathBuf>,
}

#[derive(Subcommand)]
enum What {
    /// Signed Creates of one partner's member: accepted per second, answers, all handled, CPU.
    Inbox {
        /// How many activities.
        #[arg(long, default_value_t = 4000)]
        count: usize,
        /// Connections.
        #[arg(long, default_value_t = 16)]
        connections: usize,
    },
    /// The page of a group with many posts, for a member who is signed in.
    Page {
        /// Posts stored.
        #[arg(long, default_value_t = 100_000)]
        posts: usize,
        /// Seconds for each of the two measurements.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// Connections of the first measurement.
        #[arg(long, default_value_t = 16)]
        connections: usize,
        /// Requests per second of the second.
        #[arg(long, default_value_t = 200)]
        rate: u64,
    },
    /// One post to many partners: time to the last.
    Fanout {
        /// How many partners.
        #[arg(long, default_value_t = 100)]
        partners: usize,
        /// How many posts, one after another.
        #[arg(long, default_value_t = 5)]
        posts: usize,
        /// One partner answers only after five seconds.
        #[arg(long)]
        slow: bool,
    },
    /// From the start of the process to the first answer.
    Start {
        /// Deliveries that wait in the database.
        #[arg(long, default_value_t = 0)]
        queued: usize,
    },
    /// A flood for so many seconds, and what members notice of it before, during and after (docs/security/floods.md).
    Flood {
        /// Which.
        kind: flood::Kind,
        /// How long.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
    /// Whether the time of an answer says that something invisible exists (docs/security/floods.md).
    Alike {
        /// Questions of each kind.
        #[arg(long, default_value_t = 1000)]
        samples: usize,
    },
    /// Idle memory of a site, and the size of the release binary if it was built.
    Memory,
    /// One site, as a child of this command.
    #[command(hide = true)]
    Serve {
        /// Its public address.
        #[arg(long)]
        url: String,
        /// Its data folder.
        #[arg(long)]
        dir: PathBuf,
        /// Requests per second that one partner may send; the usual number when it is left out.
        #[arg(long)]
        rate: Option<u32>,
    },
}

fn main() {
    let line = Line::parse();
    let report = Report::new(line.common.json);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    runtime.block_on(async {
        match line.what {
            What::Inbox { count, connections } => inbox::run(&report, &line.common, count, connections).await,
            What::Page { posts, seconds, connections, rate } => page::run(&report, &line.common, posts, (seconds, connections, rate)).await,
            What::Fanout { partners, posts, slow } => fanout::run(&report, &line.common, partners, posts, slow).await,
            What::Start { queued } => start::run(&report, &line.common, queued).await,
            What::Flood { kind, seconds } => flood::run(&report, &line.common, kind, seconds).await,
            What::Alike { samples } => alike::run(&report, &line.common, samples).await,
            What::Memory => start::memory(&report, &line.common).await,
            What::Serve { url, dir, rate } => house::serve(&url, &dir, line.common.postgres.as_deref(), rate).await,
        }
    });
    runtime.shutdown_background();
}
