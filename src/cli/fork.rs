//! `voltcity fork`: several futures of one state, side by side.
//!
//! Every future begins from the same snapshot, which is read anew for it, with the same draws. What makes one is laid
//! over the world that the snapshot carries, or announced to its desk; the future without anything is always told.

use super::args::{ForkRequest, PolicyName};
use super::chart::{Glyphs, figure, table};
use super::event::{self, offset};
use super::exit::Failure;
use super::journey::{Journey, tick_at};
use super::outcome::Outcome;
use super::output::{Account, Output};
use super::progress::Progress;
use super::resume::{desk, read, unusable};
use super::{console, json};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use voltcity::grid::ledger::Totals;
use voltcity::market::desk::{Announcement, Desk};
use voltcity::market::dispatch::Policy;
use voltcity::snapshot::Head;
use voltcity::twin::Twin;
use voltcity::units::{JOULES_PER_KWH, Power};
use voltcity::world::Checked;
use voltcity::world::event::Targets;
use voltcity::world::problem::Problem;
use voltcity::world::text::Disk;

/// The future without anything.
const UNCHANGED: &str = "unchanged";

/// What makes a future.
#[derive(Debug, Default)]
struct Patch {
    name: String,
    overlays: Vec<PathBuf>,
    sets: Vec<String>,
    events: Vec<PathBuf>,
}

/// A future, run to its end.
struct Future {
    name: String,
    /// Greatest mean net import of a quarter of an hour from the snapshot on, in W, and its time.
    peak: (i64, String),
    /// The same of what vehicles draw, in W.
    ev_peak_w: i64,
    /// What flowed from the snapshot on.
    totals: Totals,
    /// Trips put off to charge first, and trips that could not be made, since the run began.
    trips: [u64; 2],
    overload_min: f64,
    residual_j: i64,
    hash: u64,
}

/// Runs every future, and tells them side by side.
///
/// # Errors
/// A snapshot that cannot be used, patches that do not fit it, and output that cannot be written.
pub(crate) fn fork(request: &ForkRequest) -> Result<(), Failure> {
    let names = std::iter::once("").chain(request.patches.iter().map(String::as_str));
    let patches: Vec<Patch> = names.map(Patch::of).collect::<Result<_, _>>()?;
    // What is wrong with the last of them is told before the first has been run.
    let parent = read(&request.snapshot, request.threads)?;
    patches.iter().try_for_each(|patch| patch.world(parent.world()).map(drop))?;
    drop(parent);
    let out = request.out.clone().unwrap_or_else(|| beside(&request.snapshot));
    let output = Output::open(&out, Account::FORK, &[], |_| Vec::new())?;
    let (mut futures, mut head) = (Vec::new(), None);
    for patch in patches {
        if !request.quiet {
            console::note(&format!("future: {}", patch.name));
        }
        let (of, future) = run(request, patch)?;
        head = Some(of);
        futures.push(future);
    }
    let Some(head) = head else { return Ok(()) };
    output.finish(&json::text(&value(&head, &futures)), &[])?;
    if !request.quiet {
        let account = out.join(Account::FORK.0);
        console::print(&text(&head, &futures, &account, Glyphs::detect()))?;
    }
    match futures.iter().find(|future| future.residual_j != 0) {
        None => Ok(()),
        Some(future) => Err(Failure::Ledger { residual_j: future.residual_j }),
    }
}

/// `<the snapshot's path without its ending>-fork`.
fn beside(snapshot: &Path) -> PathBuf {
    let mut name = snapshot.file_stem().unwrap_or_default().to_owned();
    name.push("-fork");
    snapshot.with_file_name(name)
}

impl Patch {
    /// Reads what makes a future: parts with `+` between them, each a file or `PATH=VALUE`.
    fn of(text: &str) -> Result<Self, Failure> {
        if text.is_empty() {
            return Ok(Self { name: UNCHANGED.to_owned(), ..Self::default() });
        }
        let mut patch = Self { name: text.to_owned(), ..Self::default() };
        for part in text.split('+').map(str::trim) {
            let path = PathBuf::from(part);
            if path.is_file() {
                let list = if is_event(&path) { &mut patch.events } else { &mut patch.overlays };
                list.push(path);
            } else if part.contains('=') {
                patch.sets.push(part.to_owned());
            } else {
                let hint = "give a file laid over the world, an event, or PATH=VALUE";
                return Err(Failure::World(Problem::new(format!("`{part}` is no file"), hint.to_owned()).into()));
            }
        }
        Ok(patch)
    }

    /// The world with what is laid over it.
    fn world(&self, world: &Checked) -> Result<Checked, Failure> {
        world.overlaid(&Disk, &self.overlays, &self.sets).map_err(Failure::World)
    }
}

/// True for a file that tells of an event: OpenADR, or RON that says which way the load is to change.
fn is_event(path: &Path) -> bool {
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let says = |text: String| text.contains("direction:") || text.contains("called_off:");
    is_json || std::fs::read_to_string(path).is_ok_and(says)
}

/// Runs one future.
fn run(request: &ForkRequest, patch: Patch) -> Result<(Head, Future), Failure> {
    let snapshot = read(&request.snapshot, request.threads)?;
    let (head, events, world) = (snapshot.head().clone(), snapshot.events().cloned(), patch.world(snapshot.world())?);
    let is_same = patch.overlays.is_empty() && patch.sets.is_empty();
    let resumed = if is_same { snapshot.resume(request.threads) } else { snapshot.resume_in(&world, request.threads) };
    let mut twin = resumed.map_err(|error| unusable(&request.snapshot, error))?;
    let desk = desk(&request.snapshot, events, &mut twin)?;
    let desk = announce(&patch, &world, desk, request.policy, &mut twin)?;
    let until = request.until.map(|at| tick_at(at, &twin)).transpose();
    let until = until.map_err(|problem| Failure::World(problem.into()))?.unwrap_or(twin.total_steps());
    let from_s = twin.clock().now_s();
    // The books begin anew with the run proper.
    let before = if from_s <= twin.warmup_s() { Totals::default() } else { *twin.resource::<Totals>() };
    let progress = Progress::new(u64::from(until - twin.clock().tick), head.step_s, request.quiet);
    let (_, _, ended) = Journey::with(&world, desk).go(&mut twin, until, None, progress)?;
    debug_assert!(ended.stopped.is_none());
    Ok((head, Future::of(patch.name, &mut twin, &before, from_s)))
}

/// Announces the events of a future to a desk, beside those that go on.
fn announce(
    patch: &Patch,
    world: &Checked,
    desk: Option<(Desk, PolicyName)>,
    otherwise: PolicyName,
    twin: &mut Twin,
) -> Result<Option<(Desk, PolicyName)>, Failure> {
    if patch.events.is_empty() {
        return Ok(desk);
    }
    let plan = world.plan();
    let (targets, offset) = (Targets::from(&plan), offset(&plan));
    let announced: Vec<Announcement> = patch
        .events
        .iter()
        .map(|path| event::read(path, &targets, offset).map(|read| read.announcement()))
        .collect::<Result<_, _>>()?;
    let name = desk.as_ref().map_or(otherwise, |(_, policy)| *policy);
    let policy: Arc<dyn Policy> = name.policy(false).into();
    let done = match desk {
        None => Desk::new(announced, &policy, twin),
        Some((mut desk, _)) => desk.announce_more(announced, &policy, twin).map(|()| desk),
    };
    let wrong = |error: voltcity::market::desk::DeskError| Problem::new(error.to_string(), None);
    Ok(Some((done.map_err(|error| Failure::World(wrong(error).into()))?, name)))
}

impl Future {
    fn of(name: String, twin: &mut Twin, before: &Totals, from_s: u32) -> Self {
        let outcome = Outcome::gather(twin);
        let later =
            twin.resource::<voltcity::report::observe::Observations>().curve.iter().filter(|p| p.from_s >= from_s);
        let peak = later.clone().map(|point| (point.net_w, point.from_s)).max_by_key(|(w, at)| (*w, -i64::from(*at)));
        let ev_peak_w = later.map(|point| point.charged_w).max().unwrap_or(0);
        let (peak_w, peak_s) = peak.unwrap_or_default();
        let fleet = outcome.fleet;
        Self {
            name,
            peak: (peak_w, twin.calendar().civil(peak_s)),
            ev_peak_w,
            totals: outcome.totals.since(before),
            trips: [fleet.trips_late, fleet.trips_unmet],
            overload_min: outcome.overload.seconds as f64 / 60.0,
            residual_j: outcome.residual_j,
            hash: outcome.hash,
        }
    }

    fn value(&self) -> Value {
        let mwh = |j: i64| j as f64 / JOULES_PER_KWH / 1e3;
        let t = &self.totals;
        json!({
            "name": self.name,
            "peak_mw": Power(self.peak.0).mw(),
            "peak_time": self.peak.1,
            "ev_peak_mw": Power(self.ev_peak_w).mw(),
            "energy_mwh": {
                "grid_import": mwh(t.grid_import_j),
                "building": mwh(t.building_j),
                "pv": mwh(t.pv_j),
                "ev_charged": mwh(t.charged_j),
                "ev_returned": mwh(t.returned_j),
                "storage_in": mwh(t.storage_in_j),
                "storage_out": mwh(t.storage_out_j),
                "losses": mwh(t.losses_j),
            },
            "trips_late": self.trips[0],
            "trips_unmet": self.trips[1],
            "overload_minutes": self.overload_min,
            "ledger_residual_j": self.residual_j,
            "state_hash": format!("{:016x}", self.hash),
        })
    }
}

fn value(head: &Head, futures: &[Future]) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "world": head.world,
        "world_digest": head.world_digest,
        "seed": head.seed,
        "step_s": head.step_s,
        "from": { "time": head.time, "state_hash": head.state_hash },
        "futures": futures.iter().map(Future::value).collect::<Vec<_>>(),
    })
}

/// The futures by number, and their figures side by side.
fn text(head: &Head, futures: &[Future], account: &Path, glyphs: Glyphs) -> String {
    let mwh = |j: i64| j as f64 / JOULES_PER_KWH / 1e3;
    let header = ["Future", "Peak, MW", "at", "EV, MW", "Import, MWh", "EV, MWh", "back", "late"];
    let row = |(number, future): (usize, &Future)| {
        vec![
            number.to_string(),
            figure(Power(future.peak.0).mw()),
            future.peak.1.split('T').next_back().unwrap_or_default().to_owned(),
            figure(Power(future.ev_peak_w).mw()),
            figure(mwh(future.totals.grid_import_j)),
            figure(mwh(future.totals.charged_j)),
            figure(mwh(future.totals.returned_j)),
            future.trips[0].to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = futures.iter().enumerate().map(row).collect();
    let names: Vec<String> = (0..)
        .zip(futures)
        .map(|(number, future): (u32, &Future)| {
            format!("{number:>3}  {}\n     final state {:016x}", future.name, future.hash)
        })
        .collect();
    let time = head.time.replacen('T', " ", 1);
    format!(
        "{}\nFutures from {time} on, seed {}. Peaks (of 15 min) and energies\n\
         are of the time after that; EV: vehicles, drawn and given back; late: trips of\n\
         the whole run that were put off to charge first.\n\n{}\n\n{}\nWritten to {}\n",
        head.world,
        head.seed,
        names.join("\n"),
        table(&header, &rows, glyphs),
        account.display()
    )
}
