//! Turns real data tables into the RON fragments that the Shenzhen worlds carry, and networks into tables.
//!
//! Data flow: file → rows with their place (`table`, `layer`, `tmy`) → figures (`stations`, `list`, `survey`, `zones`,
//! `weather`, `weather_days`) → text (`fragment`) → one atomic write. A network goes through the readers of
//! `voltcity::case` and ends as a folder (`network`, `folder`). Everything odd on the way goes into
//! [`problem::Findings`]: a *bad row* is not in the fragment, a *note* remarks on something that is. Only this file
//! prints and decides exit codes.

mod args;
mod column;
mod encoding;
mod folder;
mod fragment;
mod information;
mod layer;
mod list;
mod network;
mod polygon;
mod problem;
mod stations;
mod survey;
mod table;
mod tmy;
mod weather;
mod weather_days;
mod zones;

use args::{Cli, Command};
use clap::Parser;
use fragment::{Content, Made};
use problem::{Failure, Findings};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// Bad rows were found, or a file is of no use at all.
const EXIT_BAD_ROWS: u8 = 3;

fn main() -> ExitCode {
    let command = Cli::parse().command;
    let mut findings = Findings::default();
    let outcome = inputs_apart_from_output(&command).and_then(|()| make(&command, &mut findings));
    let mut stderr = std::io::stderr().lock();
    // A closed standard error must not change the result, so failures to print are ignored.
    let mut say = |line: &str| drop(writeln!(stderr, "{line}"));
    findings.sorted_notes().iter().for_each(|note| say(&format!("note: {note}")));
    findings.sorted_bad().iter().for_each(|bad| say(&bad.to_string()));
    let outcome = outcome.and_then(|made| finish(&command, &findings, &made, &mut say));
    ExitCode::from(outcome.unwrap_or_else(|failure| {
        say(&format!("error: {failure}"));
        failure.exit_code()
    }))
}

/// Reads the inputs of one subcommand and composes what it writes.
fn make(command: &Command, findings: &mut Findings) -> Result<Made, Failure> {
    match command {
        Command::Zones(options) => zones::import(options, findings),
        Command::Stations(options) => stations::import(options, findings),
        Command::Weather(options) => weather::import(options, findings),
        Command::WeatherDays(options) => weather_days::import(options, findings),
        Command::Network(options) => network::import(options, findings),
    }
}

/// Prints the totals and writes what was made, unless bad rows forbid it. Returns the exit code.
fn finish(command: &Command, findings: &Findings, made: &Made, say: &mut impl FnMut(&str)) -> Result<u8, Failure> {
    let output = command.output();
    made.totals.iter().for_each(|line| say(line));
    let bad = findings.bad_count();
    let problems = if bad == 1 { "problem" } else { "problems" };
    if bad > 0 && output.keep_going != Some(true) {
        let way_out = output.keep_going.map_or("", |_| "; `--keep-going` writes the good rows");
        say(&format!("{bad} {problems}: nothing is written{way_out}"));
        return Ok(EXIT_BAD_ROWS);
    }
    match &made.content {
        Content::Fragment(text) => fragment::write_atomically(output.out, text)?,
        Content::Folder(files) => folder::replace(output.out, files)?,
    }
    let left_out = if bad > 0 { format!(" without the bad rows ({bad} {problems})") } else { String::new() };
    say(&format!("wrote {}{left_out}", output.out.display()));
    Ok(if bad > 0 { EXIT_BAD_ROWS } else { 0 })
}

/// Refuses to write over a file that is read.
fn inputs_apart_from_output(command: &Command) -> Result<(), Failure> {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let Some(out) = real(command.output().out) else { return Ok(()) };
    match command.inputs().into_iter().find(|input| real(input).as_ref() == Some(&out)) {
        Some(input) => Err(Failure::Usage(format!("--out names an input file, {}", input.display()))),
        None => Ok(()),
    }
}
