//! Arguments: what may be said on the command line, checked as far as it can be without the world.
//!
//! The raw arguments stay in this module; the rest of the program sees a [`Command`] whose values are sound.

mod calibrate;
mod capability;
mod day;
mod event;
mod grid;
mod hosting;
mod outages;
mod powerflow;
mod snapshot;
mod study;
mod validate;

pub(crate) use calibrate::{CalibrateRequest, Stage};
pub(crate) use capability::CapabilityRequest;
pub(crate) use day::DayRequest;
pub(crate) use event::{EventRequest, PolicyName};
pub(crate) use grid::{GridRequest, is_world};
pub(crate) use hosting::HostingRequest;
pub(crate) use outages::{Fail, OutagesRequest};
pub(crate) use snapshot::{DiffRequest, ForkRequest, Kind, ResumeRequest, When, WhyRequest};
pub(crate) use study::StudyRequest;
pub(crate) use validate::ValidateRequest;

use super::console;
use super::exit::{EXIT_CODES, Failure};
use calibrate::CalibrateArgs;
use capability::CapabilityArgs;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use event::EventArgs;
use grid::GridArgs;
use hosting::HostingArgs;
use jiff::civil::Date;
use outages::{OutagesArgs, fail};
use powerflow::PowerflowArgs;
use snapshot::{DiffArgs, ForkArgs, ResumeArgs, WhenArgs, WhyArgs, span};
use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use study::StudyArgs;
use validate::ValidateArgs;
use voltcity::clock::{DAY_S, HOUR_S};
use voltcity::phase::Execution;
use voltcity::report::observe::CURVE_S;
use voltcity::telemetry::Level;

/// Days of a run at most: ten years.
const DAYS_MAX: i64 = 3_660;
/// Days of warm-up at most.
const WARMUP_DAYS_MAX: i64 = 366;
/// Threads at most: beyond it something has been mistyped.
const THREADS_MAX: i64 = 1_024;
/// The years for which the sun's position is known (`site::sun`).
pub(crate) const YEARS: core::ops::RangeInclusive<i16> = 1990..=2050;

/// What the program is asked to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Print a help text or the version.
    Text(String),
    /// Check a world.
    Check(CheckArgs),
    /// Describe a world.
    Describe(DescribeArgs),
    /// Run a world.
    Run(RunRequest),
    /// Tell what the virtual power plant can do.
    Capability(CapabilityRequest),
    /// Carry out a response event.
    Event(EventRequest),
    /// Assess a world on the rungs of a ladder.
    Study(StudyRequest),
    /// Compare a world with what was measured.
    Validate(ValidateRequest),
    /// Fit a world to what was measured.
    Calibrate(CalibrateRequest),
    /// Go on from a snapshot.
    Resume(ResumeRequest),
    /// Try several futures of a snapshot.
    Fork(ForkRequest),
    /// Compare two snapshots.
    Diff(DiffRequest),
    /// Tell what led a vehicle to what it did.
    Why(WhyRequest),
    /// Solve a network.
    Grid(GridRequest),
    /// Tell what outages of the network amount to.
    Outages(OutagesRequest),
    /// Tell how much more a network takes.
    Hosting(HostingRequest),
}

/// A run, as asked for.
#[derive(Debug)]
pub(crate) struct RunRequest {
    /// The world.
    pub(crate) world: WorldArgs,
    /// First day; the world's own when `None`.
    pub(crate) start: Option<Date>,
    /// Days of the run proper.
    pub(crate) days: u32,
    /// Days before it; the world's own number when `None`.
    pub(crate) warmup_days: Option<u32>,
    /// Length of a step in s.
    pub(crate) step_s: u32,
    /// Seed; the world's own when `None`.
    pub(crate) seed: Option<u64>,
    /// Threads to compute on.
    pub(crate) threads: usize,
    /// How systems are run.
    pub(crate) execution: Execution,
    /// Series to keep.
    pub(crate) levels: Vec<Level>,
    /// Interval of the series in s.
    pub(crate) every_s: u32,
    /// Where to; a name made of the world and the date when `None`.
    pub(crate) out: Option<PathBuf>,
    /// Whether to say nothing but errors.
    pub(crate) quiet: bool,
    /// Files of events that are carried out meanwhile.
    pub(crate) events: Vec<PathBuf>,
    /// How they are dispatched.
    pub(crate) policy: PolicyName,
    /// When snapshots are taken.
    pub(crate) when: When,
    /// Time between two solves of the network in s; none when it is not solved.
    pub(crate) powerflow_s: Option<u32>,
    /// Whether calls and shared charging keep to what it carries.
    pub(crate) within_wires: bool,
    /// What fails meanwhile.
    pub(crate) fails: Vec<Fail>,
    /// Whether more fails, as it is drawn.
    pub(crate) draw_outages: bool,
}

/// A digital twin of a city's electric vehicles, chargers, solar roofs and storage
#[derive(Debug, Parser)]
#[command(name = "voltcity", version, arg_required_else_help = true)]
#[command(after_help = format!("\
Example:
    voltcity run worlds/shenzhen-2024.ron

`voltcity COMMAND --help` says more, each with an example.

{EXIT_CODES}"))]
struct Raw {
    #[command(subcommand)]
    command: RawCommand,
}

/// What decides a run beside its world, and what it is computed on.
#[derive(Args, Debug)]
struct Draws {
    /// Seed of all draws of the run [default: the world's]
    #[arg(long, value_name = "N", value_parser = seed)]
    seed: Option<u64>,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=THREADS_MAX))]
    #[arg(help = "Threads to compute on; results do not depend on them\n[default: as many as the machine has]")]
    threads: Option<u32>,
}

#[derive(Debug, Subcommand)]
enum RawCommand {
    /// Check a world file: all problems at once, each with its place
    #[command(after_help = format!("\
Example:
    voltcity check worlds/block.ron --set fleet.private.count.0=200

{EXIT_CODES}"))]
    Check(CheckArgs),
    /// Describe a world: its agents, its totals and what is assumed of it
    #[command(after_help = format!("\
Example:
    voltcity describe worlds/shenzhen-2024.ron --out shenzhen-2024.json

{EXIT_CODES}"))]
    Describe(DescribeArgs),
    /// Run a world: a report to read, a summary and series for machines
    #[command(allow_negative_numbers = true, after_help = format!("\
Examples:
    voltcity run worlds/shenzhen-2024.ron
    voltcity run worlds/block.ron --days 7 --series city,transformer --every 5
    voltcity run worlds/shenzhen-2024.ron --set pv.installed_mw.0=2000

{EXIT_CODES}"))]
    Run(RunArgs),
    /// Tell how much connected load can be changed, and for how long
    #[command(after_help = format!("\
Examples:
    voltcity capability worlds/shenzhen-2024.ron
    voltcity capability worlds/shenzhen-2025.ron \\
        --beside worlds/shenzhen-2024.ron
    voltcity capability worlds/shenzhen-2024.ron --at \"2024-07-25 03:00\" \\
        --out capability.json

{EXIT_CODES}"))]
    Capability(CapabilityArgs),
    /// Carry out a response event beside the same day without it
    #[command(after_help = format!("\
Example:
    voltcity event worlds/shenzhen-2024.ron \\
        worlds/events/july-evening-100-mw.ron

{EXIT_CODES}"))]
    Event(EventArgs),
    /// Raise the share of two-way guns and tell what each rung brings
    #[command(after_help = format!("\
Example:
    voltcity study worlds/studies/v2g-ladder.ron

{EXIT_CODES}"))]
    Study(StudyArgs),
    /// Compare a world with measured charging: tables, pictures, a file
    #[command(after_help = format!("\
Examples:
    voltcity validate worlds/shenzhen-2022.ron --data data
    voltcity validate worlds/shenzhen-2022.ron --daily january.csv \\
        --days 2023-01-01..2023-01-17

{EXIT_CODES}"))]
    Validate(ValidateArgs),
    /// Fit a world to measured charging: a patch for other runs
    #[command(after_help = format!("\
Examples:
    voltcity calibrate worlds/shenzhen-2022.ron --data data
    voltcity validate worlds/shenzhen-2022.ron --data data \\
        --patch out/shenzhen-2022-fit.ron

{EXIT_CODES}"))]
    Calibrate(CalibrateArgs),
    /// Go on from a snapshot, as if the run had never been interrupted
    #[command(after_help = format!("\
Examples:
    voltcity resume out/shenzhen-2024-2024-07-25/2024-07-25T18-00.twin
    voltcity resume noon.twin --until \"2024-07-25 15:00\" --threads 1

{EXIT_CODES}"))]
    Resume(ResumeArgs),
    /// Try several futures of a snapshot, side by side in one table
    #[command(after_help = format!("\
Examples:
    voltcity fork noon.twin worlds/events/july-evening-100-mw.ron
    voltcity fork noon.twin dear-evening.ron storage.shave_above.0=0.7

{EXIT_CODES}"))]
    Fork(ForkArgs),
    /// Tell which agents and which fields of two snapshots differ
    #[command(after_help = format!("\
Examples:
    voltcity diff a.twin b.twin --kind vehicle --limit 20
    voltcity diff out/run-a out/run-b

{EXIT_CODES}"))]
    Diff(DiffArgs),
    /// Tell what a vehicle decided, and why
    #[command(after_help = format!("\
Examples:
    voltcity run worlds/block.ron --trace ev:12 --out out/traced
    voltcity why out/traced --agent ev:12 --at \"2024-07-22 18:05\"

{EXIT_CODES}"))]
    Why(WhyArgs),
    /// Solve the power flow of a world's network, or of one that is given
    #[command(after_help = format!("\
Examples:
    voltcity grid worlds/shenzhen-2024.ron --at \"2024-07-25 15:00\"
    voltcity grid worlds/futian.ron --area 12,40 --at \"2024-07-25 21:00\"
    voltcity grid networks/case33bw.m
    voltcity grid networks/cell --worst 20 --out out/cell

A network is given as a MATPOWER case (*.m), a pandapower file (*.json) or
a folder of tables; of a world it is made by a recipe. A folder has the
tables of pandapower's elements (bus.csv, line.csv, trafo.csv, load.csv,
ext_grid.csv, ...) or buses and branches in per unit (ppc_bus.csv,
ppc_branch.csv).

{EXIT_CODES}"))]
    Grid(GridArgs),
    /// Tell who loses supply when parts of the network fail
    #[command(after_help = format!("\
Examples:
    voltcity outages worlds/futian.ron
    voltcity outages worlds/futian.ron --island --years 20 --out out/outages
    voltcity outages worlds/futian.ron --fail \"unit:3@2024-07-25 15:00\"

Failures that are given are of a cable (the row of the transformer that it
leads to), a feeder's head, a transformer or a unit, by row.

{EXIT_CODES}"))]
    Outages(OutagesArgs),
    /// Tell how much more V2G, charging or solar power each element takes
    #[command(after_help = format!("\
Examples:
    voltcity hosting worlds/shenzhen-2024.ron
    voltcity hosting worlds/shenzhen-2024.ron --what pv --level feeder \\
        --at \"2024-07-25 13:00\" --out out/hosting

Added at a power factor of one until the first limit binds: the rating of
a transformer, a cable or a 110/10 kV unit on the way, or the band of
voltages at any node of the section. Everything else stays as it is.

{EXIT_CODES}"))]
    Hosting(HostingArgs),
}

/// Which world.
#[derive(Args, Clone, Debug)]
pub(crate) struct WorldArgs {
    /// World file, such as worlds/shenzhen-2024.ron
    #[arg(value_name = "WORLD")]
    pub(crate) path: PathBuf,
    #[arg(long = "patch", value_name = "FILE")]
    #[arg(help = "Lay a file over the world, such as the patch of a\ncalibration, before --set; may be repeated")]
    pub(crate) overlays: Vec<PathBuf>,
    #[arg(long = "set", value_name = "PATH=VALUE")]
    #[arg(help = "Change a value, such as fleet.taxi.count.0=15000;\nmay be repeated")]
    pub(crate) patches: Vec<String>,
}

/// What to check.
#[derive(Args, Clone, Debug)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) world: WorldArgs,
    #[arg(long)]
    #[arg(
        help = "Also make the network that the world's may have, solve\nits first day, and hold it against the recipe's checks"
    )]
    pub(crate) grid: bool,
}

/// What to describe, and where to.
#[derive(Args, Clone, Debug)]
pub(crate) struct DescribeArgs {
    #[command(flatten)]
    pub(crate) world: WorldArgs,
    /// Write everything as JSON to this file too
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// The arguments of a run as they are given.
#[derive(Args, Debug)]
struct RunArgs {
    #[command(flatten)]
    world: WorldArgs,
    /// First day, as in 2024-07-25 [default: the world's]
    #[arg(long, value_name = "DATE", value_parser = date)]
    start: Option<Date>,
    /// Number of days
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=DAYS_MAX))]
    days: u32,
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = step, hide_default_value = true)]
    #[arg(help = "Length of a step: whole minutes that divide an hour\n[default: 60]")]
    step: u32,
    #[command(flatten)]
    draws: Draws,
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(0..=WARMUP_DAYS_MAX))]
    #[arg(help = "Days simulated before the start to settle it\n[default: the world's]")]
    warmup: Option<u32>,
    #[arg(long, value_name = "LEVELS", default_value = "city,district", hide_default_value = true)]
    #[arg(
        help = "Series to keep, of city, district, zone, station,\nfeeder and transformer, or none\n[default: city,district]"
    )]
    series: Levels,
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(1..=1_440))]
    #[arg(help = "Interval of the series; a multiple of the step that\ndivides a day [default: 15]")]
    every: Option<u32>,
    #[arg(long, value_name = "DIR")]
    #[arg(help = "Directory for the results\n[default: out/<name of the world file>-<start>]")]
    out: Option<PathBuf>,
    #[arg(long = "event", value_name = "FILE")]
    #[arg(help = "Carry out an event meanwhile; may be repeated, for\nlater versions of one too")]
    events: Vec<PathBuf>,
    #[arg(long, value_name = "NAME", value_enum, default_value_t = PolicyName::MeritOrder, hide_default_value = true)]
    #[arg(help = "How much of whom is called [default: merit-order]", hide_possible_values = true)]
    policy: PolicyName,
    #[command(flatten)]
    when: WhenArgs,
    #[command(flatten)]
    powerflow: PowerflowArgs,
    #[arg(long, requires = "powerflow")]
    #[arg(
        help = "Let calls of events, and charging shared by least\nlaxity, keep to what the network carries as solved"
    )]
    within_wires: bool,
    #[arg(long = "fail", value_name = "FAILURE", value_parser = fail, requires = "powerflow")]
    #[arg(help = "Let something fail, as in\n\"head:12@2024-07-25 15:00\"; may be repeated")]
    fails: Vec<Fail>,
    #[arg(long, requires = "powerflow")]
    #[arg(help = "Draw failures and planned work from their rates, as\n`voltcity outages` tells them")]
    outages: bool,
    /// Say nothing but errors; the files have it all
    #[arg(long)]
    quiet: bool,
    /// How systems are run; results do not depend on it
    #[arg(long, hide = true, value_enum, default_value_t = Executor::Single)]
    executor: Executor,
    /// Shuffles the order of systems where it is free; results do not depend on it
    #[arg(long, hide = true, value_name = "SEED")]
    shuffle: Option<u64>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Executor {
    Single,
    Multi,
}

/// Levels by name, from the city down, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Levels(Vec<Level>);

impl FromStr for Levels {
    type Err = voltcity::telemetry::LevelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "none" {
            return Ok(Self(Vec::new()));
        }
        let mut levels = text.split(',').map(|word| word.trim().parse()).collect::<Result<Vec<Level>, _>>()?;
        levels.sort_unstable();
        levels.dedup();
        Ok(Self(levels))
    }
}

/// Parses the arguments of a process, the first of which is the program's name.
///
/// # Errors
/// What is wrong with them, in the parser's words.
pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Command, Failure> {
    match Raw::try_parse_from(powerflow::joined(arguments)) {
        Ok(raw) => raw.command.checked().map_err(Failure::Usage),
        Err(error) if error.use_stderr() => Err(Failure::Usage(error)),
        Err(text) => {
            let text = text.render();
            Ok(Command::Text(if console::has_colours() { text.ansi().to_string() } else { text.to_string() }))
        }
    }
}

impl RawCommand {
    fn checked(self) -> Result<Command, clap::Error> {
        Ok(match self {
            Self::Check(world) => Command::Check(world),
            Self::Describe(request) => Command::Describe(request),
            Self::Run(args) => Command::Run(args.checked()?),
            Self::Capability(args) => Command::Capability(args.checked()),
            Self::Event(args) => Command::Event(args.checked()?),
            Self::Study(args) => Command::Study(args.checked()),
            Self::Validate(args) => Command::Validate(args.checked()),
            Self::Calibrate(args) => Command::Calibrate(args.checked()),
            Self::Resume(args) => Command::Resume(args.checked()?),
            Self::Fork(args) => Command::Fork(args.checked()),
            Self::Diff(args) => Command::Diff(args.checked()),
            Self::Why(args) => Command::Why(args.checked()),
            Self::Grid(args) => Command::Grid(args.checked()?),
            Self::Outages(args) => Command::Outages(args.checked()),
            Self::Hosting(args) => Command::Hosting(args.checked()),
        })
    }
}

impl RunArgs {
    fn checked(self) -> Result<RunRequest, clap::Error> {
        let every_s = match self.every {
            None => whole_steps(self.step),
            Some(minutes) => interval(minutes, self.step).map_err(|message| refused("run", message))?,
        };
        let powerflow_s = self.powerflow.checked(self.step).map_err(|message| refused("run", message))?;
        Ok(RunRequest {
            world: self.world,
            start: self.start,
            days: self.days,
            warmup_days: self.warmup,
            step_s: self.step,
            seed: self.draws.seed,
            threads: available_threads(self.draws.threads),
            execution: Execution { multi_threaded: matches!(self.executor, Executor::Multi), shuffle: self.shuffle },
            levels: self.series.0,
            every_s,
            out: self.out,
            quiet: self.quiet,
            events: self.events,
            policy: self.policy,
            when: self.when.checked(self.step).map_err(|message| refused("run", message))?,
            powerflow_s,
            within_wires: self.within_wires,
            fails: self.fails,
            draw_outages: self.outages,
        })
    }
}

/// As many threads as asked for, or as the machine has.
fn available_threads(asked: Option<u32>) -> usize {
    let available = || std::thread::available_parallelism().map_or(1, usize::from);
    asked.map_or_else(available, |threads| threads as usize)
}

/// The error of a value that does not go with another, with the usage of a command.
fn refused(command: &str, message: String) -> clap::Error {
    let mut program = Raw::command();
    program.build();
    match program.find_subcommand_mut(command) {
        Some(command) => command.error(ErrorKind::ValueValidation, message),
        None => program.error(ErrorKind::ValueValidation, message),
    }
}

/// A date within the years of the sun's table.
fn date(text: &str) -> Result<Date, String> {
    let parsed = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
    let date = parsed.ok_or_else(|| "not a date: write it as 2024-07-25".to_owned())?;
    if YEARS.contains(&date.year()) {
        Ok(date)
    } else {
        Err(format!("the sun is known from {} to {}: choose a date of these years", YEARS.start(), YEARS.end()))
    }
}

/// Any whole number of 64 bits.
fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("write a whole number from 0 to {}", u64::MAX))
}

/// A step that divides an hour and either divides a minute or is a multiple of it.
fn step(text: &str) -> Result<u32, String> {
    let allowed = |step: u32| step > 0 && HOUR_S.is_multiple_of(step) && step.is_multiple_of(60);
    text.parse().ok().filter(|step| allowed(*step)).ok_or_else(|| {
        "write whole minutes that divide an hour: 60, 120, 180, 240, 300, 360, 600, 720, 900, 1200, 1800 or 3600"
            .to_owned()
    })
}

/// The interval of the series if nothing is said: that of the load curve, a quarter of an hour in whole steps.
const fn whole_steps(step_s: u32) -> u32 {
    CURVE_S.div_ceil(step_s) * step_s
}

/// An interval of whole steps, and whole in a day, in s.
fn interval(minutes: u32, step_s: u32) -> Result<u32, String> {
    let every_s = minutes * 60;
    if !every_s.is_multiple_of(step_s) {
        Err(format!("--every {minutes} is not a whole number of steps of {step_s} s: choose a multiple of the step"))
    } else if !DAY_S.is_multiple_of(every_s) {
        Err(format!("--every {minutes} does not divide a day: choose a divisor of 1440 min, such as 5, 15 or 60"))
    } else {
        Ok(every_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(line.split(' ').map(OsString::from)).map_err(|failure| failure.to_string())
    }

    fn run(line: &str) -> RunRequest {
        match parsed(format!("voltcity run w.ron {line}").trim_end()) {
            Ok(Command::Run(request)) => request,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        Raw::command().debug_assert();
    }

    #[test]
    fn a_run_has_defaults() {
        let request = run("");
        assert_eq!((request.days, request.step_s, request.every_s, request.quiet), (1, 60, 900, false));
        assert_eq!(request.levels, [Level::City, Level::District]);
        assert_eq!((request.start, request.seed, request.warmup_days, request.out), (None, None, None, None));
        assert!(request.threads >= 1 && request.execution == Execution::default());
    }

    #[test]
    fn a_run_takes_what_it_is_told() {
        let request =
            run("--series zone,city,zone --every 5 --step 300 --start 2024-07-01 --executor multi --shuffle 3");
        assert_eq!(request.levels, [Level::City, Level::Zone]);
        assert_eq!((request.every_s, request.step_s), (300, 300));
        assert_eq!(request.start, Some(Date::constant(2024, 7, 1)));
        assert_eq!(request.execution, Execution { multi_threaded: true, shuffle: Some(3) });
        assert_eq!(run("--series none").levels, []);
        assert_eq!(run("--set a=1 --set b=2").world.patches, ["a=1", "b=2"]);
        assert_eq!(run("--patch a.ron --patch b.ron").world.overlays, [PathBuf::from("a.ron"), PathBuf::from("b.ron")]);
    }

    #[test]
    fn every_allowed_step_has_an_interval_that_divides_a_day() {
        let allowed: Vec<u32> = (0..4_000).filter(|s| step(&s.to_string()).is_ok()).collect();
        assert_eq!(allowed.len(), 12);
        for step_s in allowed {
            let every_s = whole_steps(step_s);
            assert!(
                every_s >= CURVE_S && every_s.is_multiple_of(step_s) && DAY_S.is_multiple_of(every_s),
                "{step_s}: {every_s}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_refused_with_what_would_be_right() {
        let cases = [
            ("run w.ron --step 7", "write whole minutes"),
            ("run w.ron --step 0", "write whole minutes"),
            ("run w.ron --step 86400", "write whole minutes"),
            ("run w.ron --days 0", "0 is not in 1..=3660"),
            ("run w.ron --days 3661", "3661 is not in 1..=3660"),
            ("run w.ron --threads 0", "0 is not in 1..=1024"),
            ("run w.ron --start 2024-02-30", "write it as 2024-07-25"),
            ("run w.ron --start 1889-01-01", "choose a date of these years"),
            ("run w.ron --series city,ward", "write city, district, zone, station, feeder or transformer"),
            ("run w.ron --every 7", "does not divide a day"),
            ("run w.ron --every 5 --step 600", "choose a multiple of the step"),
            ("run w.ron --seed -1", "write a whole number from 0 to 18446744073709551615"),
            ("grid case.m --step 300 --networks 0 --out o", "of a world (*.ron) only: --step, --networks; case.m is"),
            ("grid case.m --seed 1", "of a world (*.ron) only: --seed; case.m is"),
            ("run", "<WORLD>"),
            ("go w.ron", "unrecognized subcommand 'go'"),
        ];
        for (line, message) in cases {
            let error = parsed(&format!("voltcity {line}")).unwrap_err();
            assert!(error.contains(message), "{line}: {error}");
        }
    }

    #[test]
    fn every_help_has_an_example_and_the_exit_codes() {
        let commands = [
            "check",
            "describe",
            "run",
            "capability",
            "event",
            "study",
            "validate",
            "calibrate",
            "resume",
            "fork",
            "diff",
            "why",
            "grid",
            "outages",
            "hosting",
        ];
        let lines = commands.map(|command| format!("{command} --help"));
        for line in lines.iter().map(String::as_str).chain(["--help"]) {
            let Ok(Command::Text(text)) = parsed(&format!("voltcity {line}")) else { panic!("{line}") };
            assert!(
                text.contains("Example") && text.contains("\n    voltcity ") && text.contains(EXIT_CODES),
                "{text}"
            );
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
            assert!(!text.contains("--shuffle") && !text.contains("--executor"), "{text}");
        }
    }
}
