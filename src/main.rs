//! The command line of Haven: reads what was asked, does it, says what came of it. Everything it does to people, groups
//! and posts is done by the same functions that the pages call; nothing is decided here.

mod command;

fn main() -> std::process::ExitCode {
    command::main()
}
