//! The command line: from arguments to files, tables and an exit code.
//!
//! ```text
//! args ─► check | describe | run | capability | event | study | validate | calibrate | resume | fork | diff | why
//!          | grid | hosting
//!      ─► output (files) ─► console (standard output) ─► exit code
//! ```
//!
//! Everything a user can cause is a [`Failure`] with a documented [`ExitCode`]. Standard output holds results alone,
//! which depend on the world and the options and on nothing else; what is about this machine and this moment (progress,
//! speed, memory) goes to standard error.

mod args;
mod calibrate;
mod called;
mod canvas;
mod capability;
mod chart;
mod check;
mod console;
mod day;
mod describe;
mod diff;
mod event;
mod exit;
mod figures;
mod fork;
mod grid;
mod hosting;
mod inventory;
mod journey;
mod json;
mod notes;
#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "no command reads the reports of others yet"))]
mod openadr;
mod outages;
mod outcome;
mod output;
mod parquet_sink;
mod parquet_table;
mod places;
mod progress;
mod report;
mod resume;
mod run;
mod study;
mod summary;
mod taken;
mod validate;
mod why;

use args::{Command, WorldArgs};
use exit::{ExitCode, Failure};
use signal_hook::consts::SIGXFSZ;
use std::ffi::OsString;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use voltcity::world::Checked;
use voltcity::world::text::Disk;

/// Runs the program with the arguments of the process.
pub(crate) fn main() -> ExitCode {
    // With a limit on the size of files, writing then fails as on a full disk, and is told; without, the process would
    // be ended by a signal. Where that cannot be had, it is.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
    // The default hook has told where a panic was; nothing of a half-done run is used after it.
    let done = catch_unwind(AssertUnwindSafe(|| dispatch(std::env::args_os())));
    match done.unwrap_or(Err(Failure::Internal)) {
        Ok(()) => ExitCode::Success,
        Err(failure) => {
            console::complain(&failure);
            failure.exit_code()
        }
    }
}

/// Parses the arguments and does what they ask for.
fn dispatch(arguments: impl Iterator<Item = OsString>) -> Result<(), Failure> {
    match args::parse(arguments)? {
        Command::Text(text) => console::print(&text),
        Command::Check(world) => check::check(&world),
        Command::Describe(request) => describe::describe(&request),
        Command::Run(request) => run::run(&request),
        Command::Capability(request) => capability::capability(&request),
        Command::Event(request) => event::event(&request),
        Command::Study(request) => study::study(&request),
        Command::Validate(request) => validate::validate(&request),
        Command::Calibrate(request) => calibrate::calibrate(&request),
        Command::Resume(request) => resume::resume(&request),
        Command::Fork(request) => fork::fork(&request),
        Command::Diff(request) => diff::diff(&request),
        Command::Why(request) => why::why(&request),
        Command::Grid(request) => grid::grid(&request),
        Command::Outages(request) => outages::outages(&request),
        Command::Hosting(request) => hosting::hosting(&request),
    }
}

/// Reads and checks a world. A world that cannot be read at all is another matter than one with mistakes in it.
fn load(world: &WorldArgs) -> Result<Checked, Failure> {
    let WorldArgs { path, overlays, patches } = world;
    Checked::read_under(&Disk, path, overlays, patches).map_err(|problems| {
        // Only a file that opens has been read; a directory opens and cannot be read.
        let opens = |path: &PathBuf| File::open(path).and_then(|file| file.metadata()).is_ok_and(|file| !file.is_dir());
        let all_open = opens(path) && overlays.iter().all(opens);
        if all_open { Failure::World(problems) } else { Failure::Unreadable(problems) }
    })
}
