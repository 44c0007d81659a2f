//! `voltcity fork`: several futures of one state, side by side.
//!
//! Every future begins from the same snapshot, which is read anew for it, with the same draws. What makes one is laid
//! over the world that the snapshot carries, or announced to its desk; the future without anything is always told.

use super::args::{ForkRequest, PolicyName};
use super::called::{self, Called};
use super::chart::{Glyphs, figure, table, thousands};
use super::event::{self, offset};
use super::exit::Failure;
use super::journey::{Journey, Stop, tick_at};
use super::outcome::{NetworkOutcome, Outcome};
use super::output::{Account, Output};
use super::progress::Progress;
use super::resume::{beside, desk, read, refuse_past, unusable};
use super::{console, grid, json};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use voltcity::grid::ledger::Totals;
use voltcity::market::desk::{Announcement, Desk};
use voltcity::market::dispatch::Policy;
use voltcity::market::event::run_second;
use voltcity::market::resource::Direction;
use voltcity::report::observe::CURVE_S;
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
    /// Mean net import in W by quarter of an hour from the snapshot on, each with its first second.
    net_w: BTreeMap<u32, i64>,
    /// Events, and the seconds between which each asked for power.
    events: Vec<(Called, (i64, i64))>,
    overload_min: f64,
    /// What its network came to since the run began, if it was solved.
    network: Option<NetworkOutcome>,
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
    let targets = Targets::from(&parent.world().plan());
    for patch in &patches {
        let offset = offset(&patch.world(parent.world())?.plan());
        patch.events.iter().try_for_each(|path| event::read(path, &targets, offset).map(drop))?;
    }
    drop(parent);
    let stop = Stop::listen().unwrap_or_default();
    let out = request.out.clone().unwrap_or_else(|| beside(&request.snapshot, "-fork"));
    let output = Output::open(&out, Account::FORK, &[], |_| Vec::new())?;
    let (mut futures, mut head) = (Vec::new(), None);
    for patch in patches {
        if !request.quiet {
            console::note(&format!("future: {}", patch.name));
        }
        let (of, future) = run(request, patch, &stop)?;
        head = Some(of);
        futures.extend(future);
        if stop.is_asked() {
            break;
        }
    }
    let Some(head) = head.filter(|_| !futures.is_empty()) else {
        return Err(Failure::Interrupted { done: 0, of: request.patches.len() + 1 });
    };
    output.finish(&json::text(&value(&head, &futures)), &[])?;
    if !request.quiet {
        let account = out.join(Account::FORK.0);
        console::print(&text(&head, &futures, &account, Glyphs::detect()))?;
    }
    match futures.iter().find(|future| future.residual_j != 0) {
        None if stop.is_asked() => Err(Failure::Interrupted { done: futures.len(), of: request.patches.len() + 1 }),
        None => Ok(()),
        Some(future) => Err(Failure::Ledger { residual_j: future.residual_j }),
    }
}

impl Patch {
    /// Reads what makes a future: parts with `+` between them, each a file or `PATH=VALUE`.
    fn of(text: &str) -> Result<Self, Failure> {
        if text.is_empty() {
            return Ok(Self { name: UNCHANGED.to_owned(), ..Self::default() });
        }
        let mut patch = Self { name: text.to_owned(), ..Self::default() };
        for part in &parts(text) {
            let path = PathBuf::from(part);
            if path.is_file() {
                let list = if is_event(&path) { &mut patch.events } else { &mut patch.overlays };
                list.push(path);
            } else if part.contains('=') {
                patch.sets.push(part.clone());
            } else {
                let hint = "give a file laid over the world, an event, or PATH=VALUE";
                return Err(Failure::World(Problem::new(format!("`{part}` is no file"), hint.to_owned()).into()));
            }
        }
        Ok(patch)
    }

    /// The world with what is laid over it.
    fn world(&self, world: &Checked) -> Result<Checked, Failure> {
        refuse_past(&self.sets)?;
        world.overlaid(&Disk, &self.overlays, &self.sets).map_err(Failure::World)
    }
}

/// The parts of a patch. A `+` within the name of a file or within a value does not part them: what would be neither
/// belongs to what stands before it.
fn parts(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for piece in text.split('+') {
        let is_part = piece.contains('=') || Path::new(piece.trim()).is_file();
        match parts.last_mut() {
            Some(last) if !is_part || !is_complete(last) => *last = format!("{last}+{piece}"),
            _ => parts.push(piece.to_owned()),
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

/// True for a part to which nothing has to be added.
fn is_complete(part: &str) -> bool {
    part.contains('=') || Path::new(part.trim()).is_file()
}

/// True for a file that tells of an event: OpenADR, or RON that says which way the load is to change.
fn is_event(path: &Path) -> bool {
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let says = |text: String| text.contains("direction:") || text.contains("called_off:");
    is_json || std::fs::read_to_string(path).is_ok_and(says)
}

/// Runs one future; nothing comes of it when the user asks for a stop.
fn run(request: &ForkRequest, patch: Patch, stop: &Stop) -> Result<(Head, Option<Future>), Failure> {
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
    let mut journey = Journey::with(&world, desk, stop.clone());
    journey.go(&mut twin, until, None, progress)?;
    if twin.clock().tick < until {
        return Ok((head, None));
    }
    let first = twin.calendar().first();
    let window = |called: &Called| (run_second(first, called.start), run_second(first, called.end));
    let events = called::all(&journey, &twin).into_iter().map(|called| (called.clone(), window(&called))).collect();
    Ok((head, Some(Future { events, ..Future::of(patch.name, &mut twin, &before, from_s) })))
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
        let net_w = later.clone().map(|point| (point.from_s, point.net_w)).collect();
        let ev_peak_w = later.map(|point| point.charged_w).max().unwrap_or(0);
        let (peak_w, peak_s) = peak.unwrap_or_default();
        let fleet = outcome.fleet;
        Self {
            name,
            peak: (peak_w, twin.calendar().civil(peak_s)),
            ev_peak_w,
            totals: outcome.totals.since(before),
            trips: [fleet.trips_late, fleet.trips_unmet],
            net_w,
            events: Vec::new(),
            overload_min: outcome.overload.seconds as f64 / 60.0,
            network: outcome.network,
            residual_j: outcome.residual_j,
            hash: outcome.hash,
        }
    }

    /// What an event brought, in J: by how much net import was lower than in another future, or higher, as was asked.
    fn delivered_j(&self, without: &Self, called: &Called, (from_s, to_s): (i64, i64)) -> i64 {
        let within = |at: &u32| (from_s..to_s).contains(&i64::from(*at));
        let pairs =
            self.net_w.iter().filter(|(at, _)| within(at)).filter_map(|(at, w)| Some((without.net_w.get(at)?, w)));
        let lower_w: i64 = pairs.map(|(without_w, with_w)| without_w - with_w).sum();
        let lower_j = lower_w * i64::from(CURVE_S);
        if called.direction == Direction::Reduce { lower_j } else { -lower_j }
    }

    /// Events that the future without anything does not have, with what they brought.
    fn brought<'a>(&'a self, without: &'a Self) -> impl Iterator<Item = (&'a Called, i64)> {
        let is_new = |called: &Called| without.events.iter().all(|(other, _)| other.id != called.id);
        let new = self.events.iter().filter(move |(called, _)| is_new(called));
        new.map(|(called, window)| (called, self.delivered_j(without, called, *window)))
    }

    fn value(&self, without: &Self) -> Value {
        let event = |(called, delivered_j): (&Called, i64)| {
            let mut value = called.value();
            value["delivered_mwh"] = (delivered_j as f64 / JOULES_PER_KWH / 1e3).into();
            value
        };
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
            "events": self.brought(without).map(event).collect::<Vec<_>>(),
            "trips_late": self.trips[0],
            "trips_unmet": self.trips[1],
            "overload_minutes": self.overload_min,
            "grid": self.network.as_ref().map(grid::account::value),
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
        "futures": futures.iter().map(|future| future.value(&futures[0])).collect::<Vec<_>>(),
    })
}

/// The futures by number, and their figures side by side.
fn text(head: &Head, futures: &[Future], account: &Path, glyphs: Glyphs) -> String {
    let mwh = |j: i64| j as f64 / JOULES_PER_KWH / 1e3;
    let header = ["No.", "Peak, MW", "at", "EV, MW", "Import, MWh", "EV, MWh", "back", "late", "unmet"];
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
            future.trips[1].to_string(),
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
         are of the time after that; EV: vehicles, drawn and given back; late, unmet:\n\
         trips of the whole run put off to charge first, or not made.\n\n{}\n\n{}\n{}{}Written to {}\n",
        head.world,
        head.seed,
        names.join("\n"),
        table(&header, &rows, glyphs),
        brought(futures, glyphs),
        wires(futures, glyphs),
        account.display()
    )
}

/// What the events of the futures brought; nothing when there are none.
fn brought(futures: &[Future], glyphs: Glyphs) -> String {
    let row = |number: usize, called: &Called, delivered_j: i64| {
        vec![
            number.to_string(),
            called.id.clone(),
            figure(called.asked_j as f64 / JOULES_PER_KWH / 1e3),
            figure(delivered_j as f64 / JOULES_PER_KWH / 1e3),
            thousands(called.turnout.vehicles_called as i64),
            thousands(called.turnout.vehicles_discharging as i64),
            called.state.to_owned(),
        ]
    };
    let of = |(number, future): (usize, &Future)| {
        future.brought(&futures[0]).map(|(called, delivered_j)| row(number, called, delivered_j)).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<String>> = futures.iter().enumerate().flat_map(of).collect();
    if rows.is_empty() {
        return String::new();
    }
    let header = ["No.", "Event", "asked", "brought", "called", "back", "state"];
    format!("\nBrought: net import against future 0 while it was asked, in MWh.\n\n{}\n", table(&header, &rows, glyphs))
}

/// What the networks of the futures came to; nothing when none is solved.
fn wires(futures: &[Future], glyphs: Glyphs) -> String {
    let row = |(number, future): (usize, &Future)| {
        let network = future.network.as_ref()?;
        let (account, pu) = (&network.account, |[low, high]: [f64; 2]| format!("{low:.3} to {high:.3}"));
        let [at_10_kv, of_users] = account.v_pu?.map(pu);
        let mwh = |j: i64| figure(j as f64 / JOULES_PER_KWH / 1e3);
        let [transformers, feeders, units] = network.overloaded.map(|(parts, _)| parts.to_string());
        Some(vec![number.to_string(), mwh(account.lost_j), at_10_kv, of_users, transformers, feeders, units])
    };
    let rows: Vec<Vec<String>> = futures.iter().enumerate().filter_map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let header = ["No.", "Lost, MWh", "pu at 10 kV", "pu of users", "transf.", "feeders", "units"];
    format!(
        "\nThe network since the run began: losses, voltages, and what was overloaded.\n\n{}\n",
        table(&header, &rows, glyphs)
    )
}
