//! The headless program: checks, describes and runs worlds.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main().into()
}
