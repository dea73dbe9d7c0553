//! The commands, one file for each noun. A command reads its arguments, calls the house, and prints what came of it: for
//! people in a sentence, with `--json` as one JSON object per line. An error is one sentence on standard error.

mod account;
mod audit;
mod backup;
mod case;
mod check;
mod demo;
mod failure;
mod group;
mod input;
mod ledger;
mod logging;
mod named;
mod opened;
mod out;
mod partner;
mod policy;
mod post;
mod queue;
mod register;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use haven::base::config::Config;
use haven::base::crash;

use failure::Failure;
use out::Out;

/// A privacy-first community server for care and recovery.
#[derive(Parser)]
#[command(name = "haven", version, propagate_version = true, disable_help_subcommand = true)]
struct Line {
    /// The settings file; without it the one that the variable `HAVEN_CONFIG` names, else ./haven.toml if it is there.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print one JSON object per line.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run one instance.
    Serve,
    /// Run three organisations that share groups, to look and try.
    Demo(demo::Demo),
    /// Look at settings, database, clock and address, and say what to do.
    Check,
    /// Bring the database up to date.
    Migrate,
    /// Copy the database into a new file, beside a running server.
    Backup(backup::Backup),
    /// Put a copy of the database in the place of the present one.
    Restore(backup::Restore),
    /// Say that the database was put back to an older copy with a tool of its own (`pg_restore`).
    Restored,
    /// The audit log: list it, and check that nothing in it was changed.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// People: invite, create, help back in.
    #[command(subcommand)]
    Account(account::Account),
    /// Groups: found, list, join.
    #[command(subcommand)]
    Group(group::Group),
    /// Posts: write, change, take away, count.
    #[command(subcommand)]
    Post(post::Post),
    /// The instances with which this one shares groups.
    #[command(subcommand)]
    Partner(partner::Partner),
    /// The rules of what may flow to partners, and what a change would do.
    #[command(subcommand)]
    Policy(policy::Policy),
    /// What left this house, to whom, and what became of it.
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// What waits to be sent to partners.
    #[command(subcommand)]
    Queue(queue::Queue),
    /// Reports and worries that wait on the desk.
    #[command(subcommand)]
    Case(case::Case),
    /// Print the register of processing from what is really set, as Markdown; with --json as one object.
    Register(register::Register),
}

/// Reads the line, does it, and says how it went: 0 done, 1 failed, 2 wrong use.
pub fn main() -> ExitCode {
    let line = match Line::try_parse() {
        Ok(line) => line,
        Err(error) => return failure::usage(&error),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return Failure::new(format!("the program cannot start its threads: {error}")).tell(),
    };
    let out = Out::new(line.json);
    let done = runtime.block_on(run(line, out));
    // Whoever still waits for a disk or a partner is not waited for: nothing of theirs was promised yet.
    runtime.shutdown_background();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}

async fn run(line: Line, out: Out) -> Result<(), Failure> {
    // An empty variable is one that is not set, as with every setting.
    let named = line.config.or_else(|| std::env::var_os("HAVEN_CONFIG").filter(|name| !name.is_empty()).map(PathBuf::from));
    let config = Config::load(named.as_deref());
    if let Some(plan) = config.as_ref().ok().and_then(|config| config.crash_at) {
        crash::arm(plan);
    }
    match line.command {
        Command::Check => check::run(config, &out).await,
        Command::Serve => serve::run(config?, &out).await,
        Command::Demo(what) => what.run(config?, &out).await,
        Command::Migrate => backup::migrate(&config?, &out).await,
        Command::Backup(what) => what.run(&config?, &out).await,
        Command::Restore(what) => what.run(&config?, &out).await,
        Command::Restored => backup::restored(config?, &out).await,
        Command::Audit(what) => what.run(&config?, &out).await,
        Command::Account(what) => what.run(config?, &out).await,
        Command::Group(what) => what.run(config?, &out).await,
        Command::Post(what) => what.run(config?, &out).await,
        Command::Partner(what) => what.run(config?, &out).await,
        Command::Policy(what) => what.run(config?, &out).await,
        Command::Ledger(what) => what.run(config?, &out).await,
        Command::Queue(what) => what.run(config?, &out).await,
        Command::Case(what) => what.run(config?, &out).await,
        Command::Register(what) => what.run(config?, &out).await,
    }
}
