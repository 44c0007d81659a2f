//! `voltcity study`: how much V2G brings as ever more guns are two-way, and where that ends.

mod picture;
mod report;
mod rungs;

use super::args::StudyRequest;
use super::chart::Glyphs;
use super::exit::Failure;
use super::notes::fits_ledger;
use super::output::{Account, Output};
use super::progress::Progress;
use super::{console, json};
use rungs::{Climbed, Rung};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use voltcity::city::tree::Tree;
use voltcity::clock::{DAY_S, HOUR_S};
use voltcity::market::ladder::{Reach, reach};
use voltcity::network::{CityNetwork, LetThrough, Load};
use voltcity::parallel::Threads;
use voltcity::twin::{Options, Twin};
use voltcity::world::Checked;
use voltcity::world::problem::Problems;
use voltcity::world::study::{CheckedStudy, Study};
use voltcity::world::text::Disk;

/// What a study has found.
struct Found {
    /// What was asked.
    study: Study,
    /// Name of the world.
    world: String,
    /// Its seed.
    seed: u64,
    /// Zones and districts.
    tree: Tree,
    /// The ladders.
    ladders: Vec<Climbed>,
}

/// Climbs the ladders of a study and tells what it found.
///
/// # Errors
/// A study or a world that cannot be read or has problems; files that cannot be written.
pub(crate) fn study(request: &StudyRequest) -> Result<(), Failure> {
    let checked = CheckedStudy::load(&request.study).map_err(|problems| of_file(&request.study, problems))?;
    let base = checked.world(&Disk).map_err(|problems| of_file(&checked.study().world, problems))?;
    let output = request.out.as_ref().map(|out| Output::open(out, Account::STUDY, &[], |_| Vec::new())).transpose()?;
    let found = climb(&checked, &base, request)?;
    if let Some(output) = output {
        let picture = (picture::NAME, picture::svg(&found)?.into_bytes());
        output.finish(&json::text(&report::value(&found)), &[picture])?;
    }
    if request.quiet {
        return Ok(());
    }
    console::print(&report::text(&found, Glyphs::detect()))
}

/// The failure of a file with problems: one that does not open is another matter than one with mistakes in it.
fn of_file(path: &Path, problems: Problems) -> Failure {
    let opens = fs::metadata(path).is_ok_and(|file| file.is_file());
    if opens { Failure::World(problems) } else { Failure::Unreadable(problems) }
}

/// Runs every rung of every ladder once.
fn climb(checked: &CheckedStudy, base: &Checked, request: &StudyRequest) -> Result<Found, Failure> {
    let study = checked.study();
    let of_ladder = |ladder| study.shares.iter().map(|&share| checked.rung(base, ladder, share)).collect();
    let ladders: Vec<Vec<Vec<String>>> = study.ladders.iter().map(of_ladder).collect();
    // Rungs of two ladders may be the same city.
    let mut cities: BTreeMap<&Vec<String>, Option<Assessed>> =
        ladders.iter().flatten().map(|rung| (rung, None)).collect();
    let plan = base.plan();
    fits_ledger(&plan, study.warmup_days + 1).map_err(Failure::World)?;
    let seed = request.seed.unwrap_or(plan.seed);
    let steps = last_step(study, request.step_s);
    let mut progress = Progress::new(u64::from(steps) * cities.len() as u64, request.step_s, request.quiet);
    let mut done = 0;
    for (patches, reach) in &mut cities {
        let world = base.patched(patches).map_err(Failure::World)?;
        *reach = Some(assessed(&world, study, request, steps, |step| progress.at(done + u64::from(step), ""))?);
        done += u64::from(steps);
    }
    progress.finish();
    let rung = |(&share, patches): (&f64, &Vec<String>)| {
        let (reach, wires) = cities.get(patches)?.clone()?;
        Some(Rung { share, reach, wires })
    };
    let climbed = |(ladder, rungs): (&voltcity::world::study::Ladder, &Vec<Vec<String>>)| Climbed {
        name: ladder.name.clone(),
        rungs: study.shares.iter().zip(rungs).filter_map(rung).collect(),
    };
    let ladders = study.ladders.iter().zip(&ladders).map(climbed).collect();
    Ok(Found { study: study.clone(), world: plan.name, seed, tree: plan.tree, ladders })
}

/// The steps from the first midnight to the moment of a study, or to the first that is not before it.
fn last_step(study: &Study, step_s: u32) -> u32 {
    let second = u32::from(study.at.hour() as u8) * HOUR_S + u32::from(study.at.minute() as u8) * 60;
    (study.warmup_days * DAY_S + second.min(DAY_S - 1)).div_ceil(step_s)
}

/// What V2G can do, and what the network lets through of it.
type Assessed = (Reach, Option<LetThrough>);

/// Runs a world to the moment of a study and assesses it there.
fn assessed(
    world: &Checked,
    study: &Study,
    request: &StudyRequest,
    steps: u32,
    mut tick: impl FnMut(u32),
) -> Result<Assessed, Failure> {
    let options = Options {
        start: Some(study.at.date()),
        warmup_days: Some(study.warmup_days),
        step_s: request.step_s,
        seed: request.seed,
        threads: request.threads,
        ..Options::default()
    };
    let (plan, threads) = (world.plan(), Threads::start(request.threads));
    let network = request.powerflow.then(|| CityNetwork::of(&plan, threads)).transpose();
    let network = network.map_err(|error| Failure::Network(error.to_string()))?;
    let mut twin = Twin::new(plan, &options);
    for step in 0..steps {
        twin.step();
        tick(step);
    }
    let reach = reach(&mut twin, study.class.response());
    let through = |network: CityNetwork| {
        let mut loads: Vec<Load> = network.loads(&twin.areas()).collect();
        let mut change_w = vec![0; loads.len()];
        for &(node, draws_w, able_w) in &reach.by_node {
            // Who delivers no longer draws.
            loads[node as usize].power_w -= draws_w as f64;
            change_w[node as usize] = -able_w;
        }
        network.let_through(&loads, &change_w, threads)
    };
    let wires = network.map(through);
    Ok((reach, wires))
}
