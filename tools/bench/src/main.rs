//! Times voltcity against a hand-written loop, in the same run, on the same threads.
//!
//! Machines differ and are shared, so the figure to keep is the ratio: the full Shenzhen day over a plain
//! struct-of-arrays loop that touches every one of 1.3 M vehicles each minute and does far less.

mod reference;
mod scale;
mod snapshot;

use clap::Parser;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use voltcity::twin::{Options, Twin};
use voltcity::world::Checked;

/// Times voltcity's full day against a reference loop, printed as a ratio.
///
/// Example: voltcity-bench worlds/shenzhen-2024.ron --threads 2 --runs 3
#[derive(Parser)]
struct Args {
    /// The world whose day is timed.
    #[arg(default_value = "worlds/shenzhen-2024.ron")]
    world: PathBuf,
    /// Threads of both.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Pairs of runs; the median ratio counts.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Also times the world scaled to 10,000, 100,000 and all vehicles, to show that cost is linear. Work is compared
    /// on one thread: a small world does not pay for more.
    #[arg(long)]
    scaling: bool,
    /// Also times writing and reading a snapshot of the world against half a simulated hour.
    #[arg(long)]
    snapshot: bool,
    /// Fails (exit code 1) when the median ratio is above this.
    #[arg(long)]
    fail_above: Option<f64>,
}

/// What a run of the twin took.
struct Timing {
    vehicles: usize,
    startup_s: f64,
    warmup_s: f64,
    day_s: f64,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            let _ = writeln!(io::stderr(), "error: {message}");
            ExitCode::from(3)
        }
    }
}

fn run(args: &Args) -> Result<bool, String> {
    let mut out = io::stdout().lock();
    let mut say = |line: String| writeln!(out, "{line}").map_err(|e| e.to_string());
    say(format!(
        "{:>4} {:>12} {:>10} {:>10} {:>10} {:>8}",
        "run", "reference s", "startup s", "warm-up s", "day s", "ratio"
    ))?;
    let mut ratios = Vec::new();
    let mut timings = Vec::new();
    for k in 1..=args.runs.max(1) {
        let loop_s = reference::run(1_300_000, 1_440, args.threads, 42).wall_s;
        let t = time_twin(&args.world, &[], args.threads)?;
        ratios.push(t.day_s / loop_s);
        say(format!(
            "{k:>4} {loop_s:>12.2} {:>10.2} {:>10.2} {:>10.2} {:>8.2}",
            t.startup_s,
            t.warmup_s,
            t.day_s,
            t.day_s / loop_s
        ))?;
        timings.push(t);
    }
    let ratio = median(&mut ratios);
    let startup =
        |whole: fn(&Timing) -> f64| median(&mut timings.iter().map(|t| t.startup_s / whole(t)).collect::<Vec<_>>());
    let (of_day, of_run) = (startup(|t| t.day_s), startup(|t| t.warmup_s + t.day_s));
    say(format!("median ratio twin / reference on {} threads: {ratio:.2} (bar 1.0, aim 0.5)", args.threads))?;
    say(format!("median start-up / day: {of_day:.3} (bar 0.1); / day with its warm-up: {of_run:.3}"))?;
    if let Some(mb) = peak_rss_mb() {
        let vehicles = timings[0].vehicles;
        say(format!("peak memory {mb:.0} MB, {:.0} bytes per vehicle all told (bar 400)", mb * 1e6 / vehicles as f64))?;
    }
    if args.scaling {
        for line in scaling(args)? {
            say(line)?;
        }
    }
    if args.snapshot {
        for line in snapshot::lines(&args.world, args.threads)? {
            say(line)?;
        }
    }
    Ok(args.fail_above.is_none_or(|most| ratio <= most))
}

/// Cost per vehicle at several sizes of the same city.
fn scaling(args: &Args) -> Result<Vec<String>, String> {
    let mut lines = vec![format!("{:>10} {:>10} {:>16}   on one thread", "vehicles", "day s", "ns/vehicle-step")];
    for share in [0.008, 0.08, 1.0] {
        let patches = if share < 1.0 { scale::patches(&args.world, share)? } else { Vec::new() };
        let mut days = Vec::new();
        let mut vehicles = 0;
        for _ in 0..args.runs.max(1) {
            let t = time_twin(&args.world, &patches, 1)?;
            vehicles = t.vehicles;
            days.push(t.day_s);
        }
        let day_s = median(&mut days);
        let per_step_ns = day_s * 1e9 / (vehicles as f64 * 1_440.0);
        lines.push(format!("{vehicles:>10} {day_s:>10.3} {per_step_ns:>16.3}"));
    }
    Ok(lines)
}

fn time_twin(world: &Path, patches: &[String], threads: usize) -> Result<Timing, String> {
    let started = Instant::now();
    let checked = Checked::load(world, patches).map_err(|e| e.to_string())?;
    let plan = checked.plan();
    let vehicles = plan.vehicles.len();
    let mut twin = Twin::new(plan, &Options { threads, ..Options::default() });
    let startup_s = started.elapsed().as_secs_f64();
    let started = Instant::now();
    twin.warm_up();
    let warmup_s = started.elapsed().as_secs_f64();
    let started = Instant::now();
    twin.run();
    let day_s = started.elapsed().as_secs_f64();
    if twin.ledger_residual_j() != 0 {
        return Err("the ledger did not close".into());
    }
    Ok(Timing { vehicles, startup_s, warmup_s, day_s })
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Greatest resident size of this process so far, in MB.
fn peak_rss_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1_024.0 / 1e6)
}
