//! `voltcity resume`: goes on from a snapshot as if the run had never been interrupted.

use super::args::{PolicyName, ResumeRequest};
use super::chart::Glyphs;
use super::exit::Failure;
use super::journey::{Journey, tell, tick_at};
use super::outcome::Outcome;
use super::output::{Account, Output};
use super::places::About;
use super::progress::Progress;
use super::run::{Setting, Timing, metadata, tell_machine, tell_result};
use super::{called, json, report, summary};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use voltcity::market::desk::Desk;
use voltcity::market::dispatch::Policy;
use voltcity::snapshot::{Events, Head, Snapshot, SnapshotError};
use voltcity::twin::Twin;
use voltcity::world::Checked;
use voltcity::world::problem::Problem;

/// Goes on from a snapshot.
///
/// # Errors
/// A snapshot that cannot be used, changes that do not fit it, and output that cannot be begun or completed.
pub(crate) fn resume(request: &ResumeRequest) -> Result<(), Failure> {
    let begun = Instant::now();
    let read = read(&request.snapshot, request.threads)?;
    let (world, head) = (changed(read.world(), &request.patches)?, read.head().clone());
    let events = read.events().cloned();
    let mut twin =
        if request.patches.is_empty() { read.resume(request.threads) } else { read.resume_in(&world, request.threads) }
            .map_err(|error| unusable(&request.snapshot, error))?;
    let desk = desk(&request.snapshot, events, &mut twin)?;
    let wrong = |problem: Problem| Failure::World(problem.into());
    let until = request.until.map(|at| tick_at(at, &twin)).transpose().map_err(wrong)?;
    let out = request.out.clone().unwrap_or_else(|| match request.snapshot.extension() {
        Some(_) => request.snapshot.with_extension(""),
        None => beside(&request.snapshot, "-resumed"),
    });
    keep_series(&request.snapshot, &out)?;
    let setting = setting(&head, &world, request, &twin, out);
    let about = About::of(&world.plan(), &world.file().published);
    let output =
        Output::open(&setting.out, Account::SUMMARY, &setting.levels, |level| metadata(&setting, level, &about))?;
    let startup_s = begun.elapsed().as_secs_f64();
    let mut journey = Journey::new(&world, desk, &request.when, &setting.out, &mut twin)?.also_at(until);
    let until = until.unwrap_or(twin.total_steps());
    let progress = Progress::new(u64::from(until - twin.clock().tick), setting.step_s, request.quiet);
    let (output, timing, ended) = journey.go(&mut twin, until, Some(output), progress)?;
    let timing = Timing { startup_s, ..timing };
    let outcome = Outcome::gather(&mut twin);
    let mut value = summary::value(&setting, &timing, &outcome);
    let events = called::all(&journey, &twin);
    summary::add_journey(&mut value, Some(&head), &twin, &events, &ended);
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

/// The snapshot's path with another ending of its name.
pub(crate) fn beside(snapshot: &Path, ending: &str) -> PathBuf {
    let mut name = snapshot.file_stem().unwrap_or_default().to_owned();
    name.push(ending);
    snapshot.with_file_name(name)
}

/// Refuses to put the second part of a run over the first.
fn keep_series(snapshot: &Path, out: &Path) -> Result<(), Failure> {
    let parent = snapshot.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let same = match (parent.canonicalize(), out.canonicalize()) {
        (Ok(parent), Ok(out)) => parent == out,
        _ => false,
    };
    if !same || !parent.join(Account::SUMMARY.0).exists() {
        return Ok(());
    }
    let message = format!("{} holds the run up to the snapshot, whose series would be lost", out.display());
    Err(Failure::World(Problem::new(message, "choose another directory with --out".to_owned()).into()))
}

/// Reads a snapshot.
///
/// # Errors
/// A file that cannot be read, or is no sound snapshot.
pub(crate) fn read(path: &Path, threads: usize) -> Result<Snapshot, Failure> {
    let file = File::open(path).map_err(|cause| unusable(path, SnapshotError::Io(cause)))?;
    Snapshot::read(BufReader::with_capacity(1 << 20, file), threads).map_err(|error| unusable(path, error))
}

/// The failure of a snapshot that cannot be used.
pub(crate) fn unusable(path: &Path, error: SnapshotError) -> Failure {
    Failure::Snapshot { path: path.to_owned(), error }
}

/// A world with changes.
fn changed(world: &Checked, patches: &[String]) -> Result<Checked, Failure> {
    if patches.is_empty() {
        return Ok(world.clone());
    }
    refuse_past(patches)?;
    world.patched(patches).map_err(Failure::World)
}

/// Parts of a world that only say how a run begins.
const PAST: [&str; 3] = ["seed", "calendar.start", "calendar.warmup_days"];

/// Refuses patches of what has been decided when the run began.
///
/// # Errors
/// The first such patch.
pub(crate) fn refuse_past(patches: &[String]) -> Result<(), Failure> {
    let of_past = |patch: &&String| {
        let path = patch.split('=').next().unwrap_or_default().trim();
        // The value of a figure, beside its source.
        let path = path.strip_suffix(".0").unwrap_or(path);
        PAST.contains(&path) || path.ends_with("km_per_day")
    };
    let Some(patch) = patches.iter().find(of_past) else { return Ok(()) };
    let message = format!("`{patch}` says how a run begins, and this one has begun");
    let hint = "begin a run of its own with it; prices, behaviour and weather can be changed from here on".to_owned();
    Err(Failure::World(Problem::new(message, hint).into()))
}

/// The desk of the events in a snapshot, on the twin that was resumed.
///
/// # Errors
/// Events that do not fit the twin, or are dispatched by a policy that this program does not have.
pub(crate) fn desk(
    path: &Path,
    events: Option<Events>,
    twin: &mut Twin,
) -> Result<Option<(Desk, PolicyName)>, Failure> {
    let Some(events) = events else { return Ok(None) };
    let wrong = |what: String| unusable(path, SnapshotError::Inconsistent { what });
    let policy = PolicyName::of(&events.policy).ok_or_else(|| wrong(format!("no policy `{}`", events.policy)))?;
    let dispatch: Arc<dyn Policy> = policy.policy(false).into();
    let desk = Desk::resume(events.desk, &dispatch, twin).map_err(|error| wrong(error.to_string()))?;
    Ok(Some((desk, policy)))
}

fn setting(head: &Head, world: &Checked, request: &ResumeRequest, twin: &Twin, out: PathBuf) -> Setting {
    let options = twin.options();
    Setting {
        name: world.file().name.clone(),
        path: request.snapshot.display().to_string(),
        digest: world.document().digest(),
        overlays: Vec::new(),
        patches: request.patches.clone(),
        seed: twin.seed(),
        start: twin.calendar().day_at(twin.warmup_s()).date,
        days: options.days,
        warmup_days: head.warmup_days,
        step_s: head.step_s,
        threads: request.threads,
        levels: options.series.0.clone(),
        every_s: options.series.1,
        out,
    }
}
