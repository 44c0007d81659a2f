//! `voltcity run`: simulates a world and leaves its results.

use super::args::{Fail, PolicyName, RunRequest};
use super::chart::{Glyphs, figure};
use super::event::{self, offset};
use super::exit::Failure;
use super::journey::{Journey, tell};
use super::outages::exists;
use super::outcome::Outcome;
use super::output::{self, Account, Output};
use super::places::About;
use super::progress::Progress;
use super::{called, console, json, load, notes, report, summary};
use jiff::civil::Date;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use voltcity::chance::Seed;
use voltcity::clock::DAY_S;
use voltcity::market::desk::{Announcement, Desk, DeskError};
use voltcity::market::dispatch::Policy;
use voltcity::market::event::run_second;
use voltcity::network::CityNetwork;
use voltcity::network::outage::{Outage, RunningOutages};
use voltcity::parallel::Threads;
use voltcity::plan::Plan;
use voltcity::telemetry::Level;
use voltcity::twin::{Options, Twin};
use voltcity::world::event::Targets;
use voltcity::world::problem::Problem;

/// What was run: all that the results depend on, and the threads, on which they do not.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// Name of the world.
    pub(crate) name: String,
    /// Its file, as given.
    pub(crate) path: String,
    /// Digest of its content, patches included.
    pub(crate) digest: u64,
    /// Files laid over it, as given.
    pub(crate) overlays: Vec<String>,
    /// Patches, as given.
    pub(crate) patches: Vec<String>,
    /// Seed.
    pub(crate) seed: u64,
    /// First day of the run proper.
    pub(crate) start: Date,
    /// Days of the run proper.
    pub(crate) days: u32,
    /// Days before it.
    pub(crate) warmup_days: u32,
    /// Length of a step in s.
    pub(crate) step_s: u32,
    /// Threads computed on.
    pub(crate) threads: usize,
    /// Series kept.
    pub(crate) levels: Vec<Level>,
    /// Interval of the series in s.
    pub(crate) every_s: u32,
    /// Where the results go.
    pub(crate) out: PathBuf,
}

/// What the run took of this machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// Reading, planning and spawning, in s.
    pub(crate) startup_s: f64,
    /// Days before the run proper, in s.
    pub(crate) warmup_s: f64,
    /// Days of the run proper, in s.
    pub(crate) wall_s: f64,
    /// Steps of these that were simulated here.
    pub(crate) steps: u32,
    /// Greatest memory in use in MB, where the system tells.
    pub(crate) peak_rss_mb: Option<f64>,
}

/// Runs a world.
///
/// # Errors
/// A world that cannot be read or has problems, and output that cannot be begun or completed.
pub(crate) fn run(request: &RunRequest) -> Result<(), Failure> {
    let begun = Instant::now();
    let world = load(&request.world)?;
    let plan = world.plan();
    let setting = Setting::new(request, &plan);
    notes::fits_ledger(&plan, setting.warmup_days + setting.days).map_err(Failure::World)?;
    if !request.quiet {
        let notes = [notes::of_world(&world, &plan), notes::of_days(&plan, setting.start, setting.days)].concat();
        notes.iter().for_each(|note| console::note(note));
    }
    let events = events(request, &plan)?;
    if !request.quiet {
        notes::of_network(request, &plan).iter().for_each(|note| console::note(note));
    }
    let about = About::of(&plan, &world.file().published);
    let output =
        Output::open(&setting.out, Account::SUMMARY, &setting.levels, |level| metadata(&setting, level, &about))?;
    let threads = Threads::start(request.threads);
    let network = request.powerflow_s.map(|_| CityNetwork::of(&plan, threads)).transpose();
    let network = network.map_err(|error| Failure::Network(error.to_string()))?;
    let failing = network.as_ref().map(|network| failing(request, &setting, &plan, network)).transpose()?.flatten();
    let mut twin = Twin::new(plan, &options(request));
    if let Some((network, every_s)) = network.zip(request.powerflow_s) {
        twin.carry(network, every_s);
    }
    if request.within_wires {
        twin.hold_to_network();
    }
    if let Some(outages) = failing {
        twin.fail(outages);
    }
    let desk = desk(request, events, &mut twin)?;
    let mut journey = Journey::new(&world, desk, &request.when, &setting.out, &mut twin)?;
    let startup_s = begun.elapsed().as_secs_f64();
    let steps = twin.total_steps();
    let progress = Progress::new(u64::from(steps), setting.step_s, request.quiet);
    let (output, timing, ended) = journey.go(&mut twin, steps, Some(output), progress)?;
    if twin.clock().now_s() < twin.warmup_s() {
        // There is no result yet.
        return tell(&ended, request.quiet);
    }
    let timing = Timing { startup_s, ..timing };
    let outcome = Outcome::gather(&mut twin);
    let mut value = summary::value(&setting, &timing, &outcome);
    let events = called::all(&journey, &twin);
    summary::add_journey(&mut value, None, &twin, &events, &ended);
    let files = output.map_or_else(|| Ok(Vec::new()), |output| output.finish(&json::text(&value), &[]))?;
    if !request.quiet {
        tell_machine(&setting, &timing, &outcome, &[&files[..], &ended.names()].concat());
        let glyphs = Glyphs::detect();
        let told = report::text(&setting, &outcome, &world.file().published, &files, glyphs);
        tell_result(&twin, &told, &called::text(&events, glyphs))?;
    }
    tell(&ended, request.quiet)?;
    match outcome.residual_j {
        0 => Ok(()),
        residual_j => Err(Failure::Ledger { residual_j }),
    }
}

/// Prints the report of a run that has come to its end. Of one that has not, its figures a day would mislead: the
/// summary has them as far as they go.
pub(crate) fn tell_result(twin: &Twin, report: &str, events: &str) -> Result<(), Failure> {
    if twin.is_over() {
        return console::print(&format!("{report}{events}"));
    }
    let time = twin.calendar().civil(twin.clock().now_s()).replacen('T', " ", 1);
    console::print(&format!("The run ended early, at {time}; summary.json and the series go as far as that.\n{events}"))
}

/// What fails in the run, if anything is to.
fn failing(
    request: &RunRequest,
    setting: &Setting,
    plan: &Plan,
    network: &CityNetwork,
) -> Result<Option<RunningOutages>, Failure> {
    if request.fails.is_empty() && !request.draw_outages {
        return Ok(None);
    }
    let first = setting.start.saturating_sub(jiff::Span::new().days(i64::from(setting.warmup_days)));
    let (begins_s, length_s) = (setting.warmup_days * DAY_S, setting.days * DAY_S);
    let second = |fail: &Fail| {
        let at_s = run_second(first, fail.at);
        u32::try_from(at_s).ok().filter(|at_s| (begins_s..begins_s + length_s).contains(at_s)).ok_or_else(|| {
            let (kind, row, at) = (fail.element.kind(), fail.element.row(), fail.at);
            Failure::Network(format!(
                "--fail {kind}:{row}@{at}: the run is from {} on and lasts {} days: choose a time within it",
                setting.start, setting.days
            ))
        })
    };
    let given = request.fails.iter().map(|fail| Ok((second(fail)?, Outage::failure(fail.element))));
    let mut outages = RunningOutages::of(plan, network, given.collect::<Result<_, Failure>>()?);
    request.fails.iter().try_for_each(|fail| exists(outages.model(), *fail))?;
    if request.draw_outages {
        outages.draw(Seed(setting.seed), begins_s, length_s);
    }
    Ok(Some(outages))
}

/// Events that are carried out meanwhile.
fn events(request: &RunRequest, plan: &Plan) -> Result<Vec<Announcement>, Failure> {
    let (targets, offset) = (Targets::from(plan), offset(plan));
    let read = request.events.iter().map(|path| event::read(path, &targets, offset));
    read.map(|read| read.map(|read| read.announcement())).collect()
}

/// The desk of these events.
fn desk(
    request: &RunRequest,
    events: Vec<Announcement>,
    twin: &mut Twin,
) -> Result<Option<(Desk, PolicyName)>, Failure> {
    if events.is_empty() {
        return Ok(None);
    }
    let policy: Arc<dyn Policy> = request.policy.policy(false).into();
    let wrong = |error: DeskError| Failure::World(Problem::new(error.to_string(), None).into());
    Ok(Some((Desk::new(events, &policy, twin).map_err(wrong)?, request.policy)))
}

impl Setting {
    /// What a run of a plan is to be.
    pub(crate) fn new(request: &RunRequest, plan: &Plan) -> Self {
        let path = &request.world.path;
        let start = request.start.unwrap_or(plan.start);
        Self {
            name: plan.name.clone(),
            path: path.display().to_string(),
            digest: plan.digest,
            overlays: request.world.overlays.iter().map(|path| path.display().to_string()).collect(),
            patches: request.world.patches.clone(),
            seed: request.seed.unwrap_or(plan.seed),
            start,
            days: request.days,
            warmup_days: request.warmup_days.unwrap_or(plan.warmup_days),
            step_s: request.step_s,
            threads: request.threads,
            levels: request.levels.clone(),
            every_s: request.every_s,
            out: request.out.clone().unwrap_or_else(|| default_out(path, start)),
        }
    }
}

/// `out/<name of the world file>-<start>`.
fn default_out(world: &Path, start: Date) -> PathBuf {
    let stem = world.file_stem().unwrap_or_default().to_string_lossy();
    Path::new("out").join(format!("{stem}-{start}"))
}

/// The same for the twin.
pub(crate) fn options(request: &RunRequest) -> Options {
    Options {
        start: request.start,
        days: request.days,
        warmup_days: request.warmup_days,
        step_s: request.step_s,
        seed: request.seed,
        threads: request.threads,
        execution: request.execution,
        series: (request.levels.clone(), request.every_s),
        ..Options::default()
    }
}

/// What a series says about its run. Equal runs make equal files, so nothing of this machine is in it.
pub(crate) fn metadata(setting: &Setting, level: Level, about: &About) -> Vec<(String, String)> {
    let mut pairs = vec![
        ("voltcity.version", env!("CARGO_PKG_VERSION").to_owned()),
        ("voltcity.world", setting.name.clone()),
        ("voltcity.world_digest", format!("{:016x}", setting.digest)),
        ("voltcity.seed", setting.seed.to_string()),
        ("voltcity.start", setting.start.to_string()),
        ("voltcity.step_s", setting.step_s.to_string()),
    ];
    pairs.extend(about.pair(level));
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Greatest memory this process has used, in MB of 1,000,000 bytes.
pub(crate) fn peak_rss_mb() -> Option<f64> {
    peak_rss_of(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// Reads `VmHWM:   123456 kB`, whose kB are 1,024 bytes.
fn peak_rss_of(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1_024.0 / 1e6)
}

/// Says on standard error what the run took of this machine, and what lies beside its results.
pub(crate) fn tell_machine(setting: &Setting, timing: &Timing, outcome: &Outcome, files: &[String]) {
    let Timing { startup_s, warmup_s, wall_s, peak_rss_mb, .. } = timing;
    let speed = figure(summary::agent_steps_per_s(timing, outcome) / 1e6);
    let memory = peak_rss_mb.map_or_else(String::new, |mb| format!(", {} MB", figure(mb)));
    let (startup, warmup, wall) = (figure(*startup_s), figure(*warmup_s), figure(*wall_s));
    let threads = if setting.threads == 1 { "1 thread".to_owned() } else { format!("{} threads", setting.threads) };
    console::note(&format!(
        "start-up {startup} s, warm-up {warmup} s, run {wall} s on {threads}: {speed} million agent steps/s{memory}"
    ));
    for name in output::leftovers(&setting.out, files) {
        console::note(&format!("note: {} is of an earlier run", setting.out.join(name).display()));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::args::{self, Command};
    use super::*;
    use voltcity::world::Checked;

    /// A run of the smallest world, without files.
    pub(crate) fn block(days: u32) -> (Setting, Outcome) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/block.ron");
        let days = days.to_string();
        let line = ["voltcity", "run", path.to_str().unwrap(), "--days", &days, "--threads", "1"];
        let Ok(Command::Run(request)) = args::parse(line.into_iter().map(Into::into)) else { panic!("{line:?}") };
        let world = Checked::load(&path, &[]).unwrap_or_else(|problems| panic!("{problems}"));
        let plan = world.plan();
        let setting = Setting { path: "worlds/block.ron".to_owned(), ..Setting::new(&request, &plan) };
        let mut twin = Twin::new(plan, &options(&request));
        twin.run();
        (setting, Outcome::gather(&mut twin))
    }

    #[test]
    fn the_default_directory_names_world_and_day() {
        let out = default_out(Path::new("worlds/shenzhen-2024.ron"), Date::constant(2024, 7, 25));
        assert_eq!(out, Path::new("out/shenzhen-2024-2024-07-25"));
    }

    #[test]
    fn memory_is_read_where_the_system_tells() {
        assert_eq!(peak_rss_of("VmPeak:\t 9 kB\nVmHWM:\t  1000 kB\n"), Some(1.024));
        assert_eq!(peak_rss_of("VmPeak:\t 9 kB\n"), None);
        assert_eq!(peak_rss_of("VmHWM:\t many kB\n"), None);
    }
}
