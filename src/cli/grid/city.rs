//! The network of a world: solved through a day, and told as it is at one moment of it.

use super::account;
use super::networks;
use super::report::csv;
use crate::cli::args::GridRequest;
use crate::cli::chart::{Glyphs, figure, table, thousands};
use crate::cli::day::{Day, EVERY_S};
use crate::cli::exit::Failure;
use crate::cli::outcome::NetworkOutcome;
use crate::cli::output::{Account, Output};
use crate::cli::{console, json};
use jiff::civil::DateTime;
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::Instant;
use voltcity::city::tree::Transformer;
use voltcity::network::check::{Finding, Survey, survey};
use voltcity::network::{CityFlow, CityNetwork, Part, Passage, Section};
use voltcity::plan::Plan;

/// What was found.
struct Found {
    world: String,
    at: DateTime,
    seed: u64,
    sections: usize,
    /// Ratings of transformers in VA, and zone and district of each.
    transformers: Vec<(Transformer, u32, String)>,
    /// The moment.
    flow: CityFlow,
    survey: Survey,
    /// Sections that are to be written, each with its number.
    networks: Vec<(usize, Section)>,
    findings: Vec<Finding>,
    /// The day around it, and what it took without the network in s.
    day: NetworkOutcome,
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
        networks::write(out, &found.networks)?;
        let made = [("transformers.csv", transformers(&found)?), ("feeders.csv", feeders(&found)?)];
        output.finish(&json::text(&value(&found)), &made)?;
    }
    if request.day.quiet {
        return Ok(());
    }
    console::print(&text(&found, request, Glyphs::detect()))
}

/// Holds the network of a world against the recipe's checks.
///
/// # Errors
/// A world that cannot be read or has problems.
pub(crate) fn checks(request: &GridRequest) -> Result<(), Failure> {
    let found = find(request)?;
    let rows: Vec<Vec<String>> = found.findings.iter().map(finding).collect();
    console::print(&format!(
        "  its network on {}\n\n{}",
        found.at.strftime("%Y-%m-%d %H:%M"),
        table(&["Check", "found", "should be", ""], &rows, Glyphs::detect())
    ))
}

fn find(request: &GridRequest) -> Result<Found, Failure> {
    let (mut run, (network, transformers)) = Day::begin(&request.day, None, |plan, threads| {
        let network = CityNetwork::of(plan, threads).map_err(|error| Failure::Network(error.to_string()))?;
        Ok((network, places(plan)))
    })?;
    let sections = network.sections().len();
    run.twin.carry(network, EVERY_S);
    let (seen_s, warmup_s) = (run.seen_s(run.at), run.twin.warmup_s());
    let (mut begun, mut moment) = (Instant::now(), None);
    run.steps(|twin, now_s| {
        if now_s == warmup_s {
            begun = Instant::now();
        }
        // What was solved is what was on at the end of a quarter of an hour: the first one not before the wanted time.
        if let Some(grid) = twin.network()
            && moment.is_none()
            && grid.is_due(now_s)
            && i64::from(now_s) >= seen_s
        {
            let networks = networks::sample(grid.network().sections(), request.networks);
            moment = Some((grid.last().clone(), survey(grid.network()), networks, now_s));
        }
    });
    let (flow, survey, networks, seen_s) = moment.unwrap_or_default();
    let day = NetworkOutcome::of(&run.twin).unwrap_or_default();
    let solving_s = day.ms_per_solve * f64::from(day.account.solves) / 1e3;
    let simulating_s = begun.elapsed().as_secs_f64() - solving_s;
    let at = run.civil(seen_s);
    let (world, seed) = (run.world, run.seed);
    let findings = survey.findings(&flow);
    Ok(Found { world, at, seed, sections, transformers, flow, survey, networks, findings, day, simulating_s })
}

/// Each transformer with its zone and district.
pub(crate) fn places(plan: &Plan) -> Vec<(Transformer, u32, String)> {
    let of = |t: &Transformer| {
        let zone = usize::from(t.zone);
        let district = &plan.tree.districts[usize::from(plan.tree.zone_district[zone])];
        (*t, plan.tree.zone_ids[zone], district.clone())
    };
    plan.transformers.iter().map(of).collect()
}

/// The report.
fn text(found: &Found, request: &GridRequest, glyphs: Glyphs) -> String {
    let checks: Vec<Vec<String>> = found.findings.iter().map(finding).collect();
    let mut out = format!(
        "{}, {} (seed {})\n{} units of 110/10 kV, {} nodes, {} km of 10 kV cable; none of it\n\
         is published, so it is made by a recipe\n\n{}\n{}\n{}",
        found.world,
        found.at.strftime("%Y-%m-%d %H:%M"),
        found.seed,
        thousands(found.sections as i64),
        thousands(found.day.nodes as i64),
        thousands(found.survey.cable_km.round() as i64),
        table(&["At this moment", "MW", "share"], &losses(&found.flow), glyphs),
        table(&["Check", "found", "should be", ""], &checks, glyphs),
        table(&["The day", ""], &of_day(found), glyphs),
    );
    let violations = account::violations(&found.day, request.worst, glyphs);
    if !violations.is_empty() {
        let _ = write!(out, "\n{violations}");
    }
    for (name, head, rows) in lists(found, request.worst) {
        let _ = write!(out, "\n{name}\n\n{}", table(&head, &rows, glyphs));
    }
    for error in found.flow.unsolved.iter().take(request.worst) {
        let _ = writeln!(out, "not solved: {error}");
    }
    if let Some(dir) = &request.out {
        let networks = match found.networks.len() {
            0 => String::new(),
            count => format!(", {count} sections in {}/", networks::FOLDER),
        };
        let _ = writeln!(out, "\nWritten to {}: grid.json, transformers.csv, feeders.csv{networks}", dir.display());
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
        let share = (sum.supplied_w > 0.0).then(|| format!("{:.2} %", power_w / sum.supplied_w * 100.0));
        vec![name.to_owned(), figure(power_w / 1e6), share.unwrap_or_else(|| "-".to_owned())]
    };
    vec![
        row("supplied at 110 kV", sum.supplied_w),
        row("lost in 110/10 kV units", sum.lost_unit_w),
        row("lost in 10 kV cables", sum.lost_cables_w),
        row("lost in distribution transformers", sum.lost_transformers_w),
        row("lost in low-voltage mains", sum.lost_mains_w),
        row("lost in all", sum.lost_w()),
    ]
}

fn of_day(found: &Found) -> Vec<Vec<String>> {
    let day = &found.day;
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let per_node_us = day.ms_per_solve * 1e3 / day.nodes.max(1) as f64;
    let solving_s = day.ms_per_solve * f64::from(day.account.solves) / 1e3;
    let mut rows = account::rows(day);
    rows.push(row("  microseconds a node and solve", format!("{per_node_us:.3}")));
    rows.push(row("  time beside that of the day itself", format!("{:.2}", solving_s / found.simulating_s.max(1e-9))));
    rows
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
            vec!["Row", "loading", "pu of 0.4 kV", "kVA", "zone", "district"],
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
    let sum = &found.flow.sum;
    let check = |finding: &Finding| {
        let Finding { name, found, bar } = finding;
        json!({ "check": name, "found": found, "bar": bar, "holds": finding.holds() })
    };
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "world": found.world,
        "seed": found.seed,
        "at": found.at.to_string(),
        "sections": found.sections,
        "nodes": found.day.nodes,
        "cable_km": found.survey.cable_km,
        "supplied_mw": sum.supplied_w / 1e6,
        "lost_mw": { "units": sum.lost_unit_w / 1e6, "cables": sum.lost_cables_w / 1e6,
            "transformers": sum.lost_transformers_w / 1e6, "mains": sum.lost_mains_w / 1e6 },
        "lost_share": found.flow.lost_share(),
        "checks": found.findings.iter().map(check).collect::<Vec<_>>(),
        "unsolved": found.flow.unsolved,
        "day": account::value(&found.day),
        "simulating_s": found.simulating_s,
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
    let heads = ["transformer", "zone", "district", "rating_va", "loading", "v_pu_of_400_v", "power_w", "lost_w"];
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
