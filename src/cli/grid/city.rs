//! The network of a world: solved through a day, and told as it is at one moment of it.

use super::report::csv;
use crate::cli::args::GridRequest;
use crate::cli::chart::{Glyphs, figure, table, thousands};
use crate::cli::exit::Failure;
use crate::cli::notes::fits_ledger;
use crate::cli::output::{Account, Output};
use crate::cli::progress::Progress;
use crate::cli::{console, json, load};
use jiff::civil::DateTime;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Instant;
use voltcity::city::tree::{Transformer, TransformerFlow};
use voltcity::market::event::run_second;
use voltcity::network::check::{Finding, Survey, survey};
use voltcity::network::{CityFlow, CityNetwork, Load, Part, Passage};
use voltcity::parallel::Threads;
use voltcity::plan::Plan;
use voltcity::powerflow::limits::OVERLOADED;
use voltcity::twin::{Options, Twin};

/// Time between two solves in s.
const EVERY_S: u32 = 900;

/// What was found.
struct Found {
    world: String,
    at: DateTime,
    seed: u64,
    nodes: usize,
    sections: usize,
    /// Ratings of transformers in VA, and zone and district of each.
    transformers: Vec<(Transformer, u32, String)>,
    /// The moment.
    flow: CityFlow,
    survey: Survey,
    findings: Vec<Finding>,
    day: Day,
}

/// The day around it.
#[derive(Clone, Debug, Default)]
struct Day {
    solves: u32,
    supplied_j: f64,
    lost_j: f64,
    /// Lowest and highest voltage anywhere below 110 kV, in pu.
    v_pu: [f64; 2],
    /// Transformers, feeders and units that were overloaded at any solve, and the sum of that time in min.
    overloaded: [usize; 3],
    overload_min: f64,
    unsolved: usize,
    sweeps: u64,
    tap_moves: u64,
    /// Time that the solves took, and all else, in s.
    solving_s: f64,
    simulating_s: f64,
}

/// Solves the network of a world.
///
/// # Errors
/// A world that cannot be read or has problems; files that cannot be written.
pub(super) fn city(request: &GridRequest) -> Result<(), Failure> {
    let found = find(request)?;
    if let Some(out) = &request.out {
        let output = Output::open(out, Account::GRID, &[], |_| Vec::new())?;
        let made = [("transformers.csv", transformers(&found)?), ("feeders.csv", feeders(&found)?)];
        output.finish(&json::text(&value(&found)), &made)?;
    }
    if request.quiet {
        return Ok(());
    }
    console::print(&text(&found, request, Glyphs::detect()))
}

fn find(request: &GridRequest) -> Result<Found, Failure> {
    let plan = load(&request.world)?.plan();
    let warmup_days = request.warmup_days.unwrap_or(plan.warmup_days);
    fits_ledger(&plan, warmup_days + 1).map_err(Failure::World)?;
    let at = request.at.unwrap_or_else(|| plan.start.at(plan.programme.reference_hour as i8, 0, 0, 0));
    let options = Options {
        start: Some(at.date()),
        warmup_days: Some(warmup_days),
        step_s: request.step_s,
        seed: request.seed,
        threads: request.threads,
        ..Options::default()
    };
    let threads = Threads::start(request.threads);
    let mut network = CityNetwork::of(&plan, threads).map_err(|error| Failure::Network(error.to_string()))?;
    let (world, seed) = (plan.name.clone(), request.seed.unwrap_or(plan.seed));
    let transformers = places(&plan);
    let mut twin = Twin::new(plan, &options);
    let (mut day, mut overloaded) = (Day { v_pu: [f64::MAX, 0.0], ..Day::default() }, Overloaded::default());
    let at_s = run_second(twin.calendar().first(), at);
    let mut progress = Progress::new(u64::from(twin.total_steps()), request.step_s, request.quiet);
    let begun = Instant::now();
    let mut moment = None;
    while !twin.is_over() {
        twin.step();
        progress.at(u64::from(twin.clock().tick), "");
        let now_s = twin.clock().now_s();
        if now_s <= twin.warmup_s() || !now_s.is_multiple_of(EVERY_S) {
            continue;
        }
        let loads = loads(&network, &mut twin);
        let solving = Instant::now();
        let flow = network.solve(&loads, threads);
        day.solving_s += solving.elapsed().as_secs_f64();
        let seen = survey(&network);
        day.note(&flow, &seen);
        overloaded.note(&seen);
        if moment.is_none() && i64::from(now_s) >= at_s.max(i64::from(twin.warmup_s()) + 1) {
            moment = Some((flow, seen, now_s));
        }
    }
    progress.finish();
    day.simulating_s = begun.elapsed().as_secs_f64() - day.solving_s;
    day.overloaded = overloaded.counts();
    let (flow, survey, seen_s) = moment.unwrap_or_default();
    // What was solved is what was on at the end of a quarter of an hour: the first one not before the wanted time.
    let at = twin.calendar().civil(seen_s).parse().unwrap_or(at);
    let findings = survey.findings(&flow);
    let (nodes, sections) = (network.nodes(), network.sections().len());
    Ok(Found { world, at, seed, nodes, sections, transformers, flow, survey, findings, day })
}

/// Each transformer with its zone and district.
fn places(plan: &Plan) -> Vec<(Transformer, u32, String)> {
    let of = |t: &Transformer| {
        let zone = usize::from(t.zone);
        let district = &plan.tree.districts[usize::from(plan.tree.zone_district[zone])];
        (*t, plan.tree.zone_ids[zone], district.clone())
    };
    plan.transformers.iter().map(of).collect()
}

fn loads(network: &CityNetwork, twin: &mut Twin) -> Vec<Load> {
    let w = twin.world_mut();
    w.query::<&TransformerFlow>().iter(w).map(|flow| network.load(flow)).collect()
}

/// Elements that were overloaded at some time.
#[derive(Default)]
struct Overloaded([BTreeSet<u32>; 3]);

impl Overloaded {
    fn note(&mut self, seen: &Survey) {
        let is_full = |passage: &&Passage| passage.loading > OVERLOADED;
        for passage in seen.transformers.iter().chain(&seen.feeders).filter(is_full) {
            match passage.part {
                Part::Transformer(row) => _ = self.0[0].insert(row),
                Part::Head(row) => _ = self.0[1].insert(row),
                Part::Unit | Part::Cable(_) => {}
            }
        }
        self.0[2].extend(seen.units.iter().filter(|(_, passage)| is_full(&passage)).map(|(section, _)| *section));
    }

    fn counts(&self) -> [usize; 3] {
        [0, 1, 2].map(|level| self.0[level].len())
    }
}

impl Day {
    fn note(&mut self, flow: &CityFlow, seen: &Survey) {
        let held_s = f64::from(EVERY_S);
        self.solves += 1;
        self.supplied_j += flow.sum.supplied_w * held_s;
        self.lost_j += flow.sum.lost_w() * held_s;
        for [low, high] in [seen.medium_pu, seen.low_pu] {
            self.v_pu = [self.v_pu[0].min(low), self.v_pu[1].max(high)];
        }
        let full = seen.transformers.iter().filter(|passage| passage.loading > OVERLOADED).count();
        self.overload_min += full as f64 * held_s / 60.0;
        self.unsolved += flow.unsolved.len();
        self.sweeps += u64::from(flow.sum.sweeps);
        self.tap_moves += u64::from(flow.sum.tap_moves);
    }

    fn lost_share(&self) -> f64 {
        if self.supplied_j == 0.0 { 0.0 } else { self.lost_j / self.supplied_j }
    }
}

/// The report.
fn text(found: &Found, request: &GridRequest, glyphs: Glyphs) -> String {
    let checks: Vec<Vec<String>> = found.findings.iter().map(finding).collect();
    let mut out = format!(
        "{}, {} (seed {})\n{} units of 110/10 kV, {} nodes, {} km of 10 kV cable; none of it\n\
         is published, so it is made by a recipe\n\n{}\n\n{}\n\n{}\n",
        found.world,
        found.at.strftime("%Y-%m-%d %H:%M"),
        found.seed,
        thousands(found.sections as i64),
        thousands(found.nodes as i64),
        thousands(found.survey.cable_km.round() as i64),
        table(&["At this moment", "MW", "share"], &losses(&found.flow), glyphs),
        table(&["Check", "found", "should be", ""], &checks, glyphs),
        table(&["The day", ""], &of_day(found), glyphs),
    );
    for (name, head, rows) in lists(found, request.worst) {
        let _ = writeln!(out, "\n{name}\n\n{}", table(&head, &rows, glyphs));
    }
    for error in found.flow.unsolved.iter().take(request.worst) {
        let _ = writeln!(out, "not solved: {error}");
    }
    if let Some(dir) = &request.out {
        let _ = writeln!(out, "\nWritten to {}: grid.json, transformers.csv, feeders.csv", dir.display());
    }
    out
}

fn finding(finding: &Finding) -> Vec<String> {
    let verdict = if finding.holds() { "holds" } else { "missed" };
    let [low, high] = finding.bar;
    let bar = if low == 0.0 { format!("at most {high:.2}") } else { format!("{low:.2} to {high:.2}") };
    vec![finding.name.to_owned(), format!("{:.3}", finding.found), bar, verdict.to_owned()]
}

fn losses(flow: &CityFlow) -> Vec<Vec<String>> {
    let sum = &flow.sum;
    let row = |name: &str, power_w: f64| {
        let share = if sum.supplied_w == 0.0 { 0.0 } else { power_w / sum.supplied_w };
        vec![name.to_owned(), figure(power_w / 1e6), format!("{:.2} %", share * 100.0)]
    };
    vec![
        row("supplied at 110 kV", sum.supplied_w),
        row("lost in 110/10 kV units", sum.lost_unit_w),
        row("lost in 10 kV cables", sum.lost_cables_w),
        row("lost in distribution transformers", sum.lost_transformers_w),
        row("lost in all", sum.lost_w()),
    ]
}

fn of_day(found: &Found) -> Vec<Vec<String>> {
    let day = &found.day;
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let per_node_us = day.solving_s * 1e6 / (f64::from(day.solves.max(1)) * found.nodes.max(1) as f64);
    vec![
        row("lost, MWh", figure(day.lost_j / 3.6e9)),
        row("  of what was supplied", format!("{:.2} %", day.lost_share() * 100.0)),
        row("lowest and highest voltage, pu", format!("{:.3} to {:.3}", day.v_pu[0], day.v_pu[1])),
        row("transformers overloaded at some time", thousands(day.overloaded[0] as i64)),
        row("  for, transformer-minutes", thousands(day.overload_min.round() as i64)),
        row("feeders overloaded", thousands(day.overloaded[1] as i64)),
        row("110/10 kV units overloaded", thousands(day.overloaded[2] as i64)),
        row("steps of tap changers", thousands(day.tap_moves as i64)),
        row("sections not solved, in all solves", thousands(day.unsolved as i64)),
        row("solves", thousands(i64::from(day.solves))),
        row("  microseconds a node and solve", format!("{per_node_us:.3}")),
        row("  time beside that of the day itself", format!("{:.2}", day.solving_s / day.simulating_s.max(1e-9))),
    ]
}

/// A list: its name, heads and rows.
type List = (&'static str, Vec<&'static str>, Vec<Vec<String>>);

/// The worst of each level.
fn lists(found: &Found, worst: usize) -> Vec<List> {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let transformer = |passage: &Passage| {
        let Part::Transformer(row) = passage.part else { return Vec::new() };
        let (t, zone, district) = &found.transformers[row as usize];
        vec![
            row.to_string(),
            percent(passage.loading),
            format!("{:.3}", passage.v_pu),
            figure(f64::from(t.rating_va) / 1e3),
            zone.to_string(),
            district.clone(),
        ]
    };
    let feeder = |passage: &Passage| {
        let Part::Head(row) = passage.part else { return Vec::new() };
        vec![row.to_string(), percent(passage.loading), figure(passage.power_w / 1e6)]
    };
    let unit = |(section, passage): &(u32, Passage)| {
        vec![
            section.to_string(),
            percent(passage.loading),
            figure(passage.power_w / 1e6),
            format!("{:.3}", passage.v_pu),
        ]
    };
    let seen = &found.survey;
    vec![
        (
            "Fullest transformers",
            vec!["Row", "loading", "pu", "kVA", "zone", "district"],
            seen.transformers.iter().take(worst).map(transformer).collect(),
        ),
        ("Fullest feeders", vec!["Row", "loading", "MW"], seen.feeders.iter().take(worst).map(feeder).collect()),
        (
            "Fullest 110/10 kV units",
            vec!["Section", "loading", "MW", "pu at 10 kV"],
            seen.units.iter().take(worst).map(unit).collect(),
        ),
    ]
}

/// The account.
fn value(found: &Found) -> Value {
    let (sum, day) = (&found.flow.sum, &found.day);
    let check = |finding: &Finding| json!({ "check": finding.name, "found": finding.found, "bar": finding.bar, "holds": finding.holds() });
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "world": found.world,
        "seed": found.seed,
        "at": found.at.to_string(),
        "sections": found.sections,
        "nodes": found.nodes,
        "cable_km": found.survey.cable_km,
        "supplied_mw": sum.supplied_w / 1e6,
        "lost_mw": { "units": sum.lost_unit_w / 1e6, "cables": sum.lost_cables_w / 1e6,
            "transformers": sum.lost_transformers_w / 1e6 },
        "lost_share": found.flow.lost_share(),
        "checks": found.findings.iter().map(check).collect::<Vec<_>>(),
        "unsolved": found.flow.unsolved,
        "day": {
            "losses_mwh": day.lost_j / 3.6e9,
            "losses_share": day.lost_share(),
            "min_v_pu": day.v_pu[0],
            "max_v_pu": day.v_pu[1],
            "overloaded": { "transformers": day.overloaded[0], "feeders": day.overloaded[1],
                "substations": day.overloaded[2] },
            "violation_minutes": day.overload_min,
            "nonconverged": day.unsolved,
            "solves": day.solves,
            "sweeps": day.sweeps,
            "tap_moves": day.tap_moves,
        },
        "powerflow_ms_per_solve": day.solving_s * 1e3 / f64::from(day.solves.max(1)),
        "simulating_s": day.simulating_s,
    })
}

/// Transformers from the fullest.
fn transformers(found: &Found) -> Result<Vec<u8>, Failure> {
    let row = |passage: &Passage| {
        let Part::Transformer(row) = passage.part else { return Vec::new() };
        let (t, zone, district) = &found.transformers[row as usize];
        let place = [row.to_string(), zone.to_string(), district.clone(), t.rating_va.to_string()];
        let flows = [passage.loading, passage.v_pu, passage.power_w, passage.lost_w].map(|number| number.to_string());
        place.into_iter().chain(flows).collect()
    };
    let heads = ["transformer", "zone", "district", "rating_va", "loading", "v_pu", "power_w", "lost_w"];
    csv(&heads, found.survey.transformers.iter().map(row))
}

/// Feeders from the fullest.
fn feeders(found: &Found) -> Result<Vec<u8>, Failure> {
    let row = |passage: &Passage| {
        let Part::Head(row) = passage.part else { return Vec::new() };
        let flows = [passage.loading, passage.v_pu, passage.power_w].map(|number| number.to_string());
        [row.to_string()].into_iter().chain(flows).collect()
    };
    csv(&["feeder", "loading", "v_pu", "power_w"], found.survey.feeders.iter().map(row))
}
