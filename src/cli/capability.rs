//! `voltcity capability`: how much the load of connected resources can be changed, and for how long.

mod report;
mod wires;

use super::args::{CapabilityRequest, WorldArgs};
use super::chart::Glyphs;
use super::exit::Failure;
use super::notes::fits_ledger;
use super::progress::Progress;
use super::{console, json, load};
use jiff::civil::DateTime;
use std::collections::BTreeMap;
use std::fs;
use voltcity::city::tree::{Transformer, Tree};
use voltcity::clock::{DAY_S, HOUR_S};
use voltcity::market::capability::{Assessment, Table, assess};
use voltcity::network::{CityNetwork, Load};
use voltcity::parallel::Threads;
use voltcity::plan::Aggregator;
use voltcity::twin::{Options, Twin};
use voltcity::world::schema::PublishedFile;

/// What has been found.
pub(super) struct Found {
    /// Name of the world.
    pub(super) world: String,
    /// Local time of the assessment.
    pub(super) at: DateTime,
    /// Its seed.
    pub(super) seed: u64,
    /// The assessment at that time.
    pub(super) now: Assessment,
    /// The same summed up.
    pub(super) table: Table,
    /// The whole city at every full hour of that day.
    pub(super) hours: Vec<Table>,
    /// Names of aggregators by row.
    pub(super) aggregators: Vec<String>,
    /// Names of districts by index.
    pub(super) districts: Vec<String>,
    /// Ratings of transformers in VA, by row.
    pub(super) ratings_va: Vec<u32>,
    /// Zone and district of each transformer.
    pub(super) places: Vec<(u32, String)>,
    /// What the network lets through of it, if that was asked for.
    wires: Option<wires::Wires>,
    /// Published figures.
    pub(super) published: BTreeMap<String, PublishedFile>,
}

/// Assesses a world and says what it can.
///
/// # Errors
/// A world that cannot be read or has problems; a file that cannot be written.
pub(crate) fn capability(request: &CapabilityRequest) -> Result<(), Failure> {
    let found = find(&request.world, request)?;
    let beside = request.beside.as_ref().map(|path| {
        let world = WorldArgs { path: path.clone(), overlays: Vec::new(), patches: Vec::new() };
        find(&world, &CapabilityRequest { at: None, ..request.clone() })
    });
    let beside = beside.transpose()?;
    if let Some(path) = &request.out {
        let text = json::text(&report::value(&found, beside.as_ref()));
        fs::write(path, text).map_err(|cause| Failure::Unwritable { path: path.clone(), cause })?;
    }
    if request.quiet {
        return Ok(());
    }
    console::print(&report::text(&found, beside.as_ref(), Glyphs::detect()))
}

/// Assesses a world at the wanted time, or at its own reference hour.
fn find(world: &WorldArgs, request: &CapabilityRequest) -> Result<Found, Failure> {
    let world = load(world)?;
    let plan = world.plan();
    let warmup_days = request.warmup_days.unwrap_or(plan.warmup_days);
    fits_ledger(&plan, warmup_days + 1).map_err(Failure::World)?;
    let hour = plan.programme.reference_hour as i8;
    let at = request.at.unwrap_or_else(|| plan.start.at(hour, 0, 0, 0));
    let options = Options {
        start: Some(at.date()),
        warmup_days: Some(warmup_days),
        step_s: request.step_s,
        seed: request.seed,
        threads: request.threads,
        ..Options::default()
    };
    let (name, seed) = (plan.name.clone(), request.seed.unwrap_or(plan.seed));
    let threads = Threads::start(request.threads);
    let network = request.powerflow.then(|| CityNetwork::of(&plan, threads)).transpose();
    let network = network.map_err(|error| Failure::Network(error.to_string()))?;
    let mut twin = Twin::new(plan, &options);
    let (now, loads, hours) = watch(&mut twin, at, network.as_ref(), request);
    let wires = network.as_ref().map(|network| wires::Wires::of(network, &loads, &now, threads));
    let w = twin.world_mut();
    let nodes: Vec<Transformer> = w.query::<&Transformer>().iter(w).copied().collect();
    let aggregators = w.query::<&Aggregator>().iter(w).map(|a| a.name.clone()).collect();
    let tree = w.resource::<Tree>();
    let sum = |assessment: &Assessment| {
        Table::of(assessment, |node| tree.zone_district[usize::from(nodes[node as usize].zone)])
    };
    Ok(Found {
        world: name,
        at,
        seed,
        table: sum(&now),
        hours: hours.iter().map(sum).collect(),
        now,
        aggregators,
        districts: tree.districts.clone(),
        places: nodes.iter().map(|node| place(tree, node)).collect(),
        wires,
        ratings_va: nodes.iter().map(|node| node.rating_va).collect(),
        published: world.file().published.clone(),
    })
}

/// Number of a transformer's zone and name of its district.
fn place(tree: &Tree, node: &Transformer) -> (u32, String) {
    let zone = usize::from(node.zone);
    (tree.zone_ids[zone], tree.districts[usize::from(tree.zone_district[zone])].clone())
}

/// Runs the day, and assesses at the wanted time and at every full hour.
fn watch(
    twin: &mut Twin,
    at: DateTime,
    network: Option<&CityNetwork>,
    request: &CapabilityRequest,
) -> (Assessment, Vec<Load>, Vec<Assessment>) {
    let mut progress = Progress::new(u64::from(twin.total_steps()), request.step_s, request.quiet);
    let from_s = (twin.total_steps() * request.step_s) - DAY_S;
    let second = u32::from(at.hour() as u8) * HOUR_S + u32::from(at.minute() as u8) * 60;
    // The first moment of the twin's own clock that is not before the wanted time.
    let at_s = from_s + second.next_multiple_of(request.step_s).min(DAY_S - request.step_s);
    let (mut now, mut loads, mut hours) = (Assessment::default(), Vec::new(), Vec::new());
    while !twin.is_over() {
        let clock = twin.clock();
        if clock.now_s() >= from_s && clock.begins(HOUR_S) {
            hours.push(assess(twin));
        }
        if clock.now_s() == at_s {
            now = assess(twin);
            loads = network.map_or_else(Vec::new, |network| network.loads(&twin.areas()).collect());
        }
        twin.step();
        progress.at(u64::from(twin.clock().tick), "");
    }
    progress.finish();
    (now, loads, hours)
}
