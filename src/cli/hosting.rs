//! `voltcity hosting`: how much more V2G, charging or solar power each element of a world's network takes.

mod picture;
mod report;

use super::args::HostingRequest;
use super::chart::Glyphs;
use super::day::{Day, EVERY_S};
use super::exit::Failure;
use super::output::{Account, Output};
use super::{console, grid, json};
use jiff::civil::DateTime;
use voltcity::network::hosting::{Hosting, Kind, Level, of_city};
use voltcity::network::{CityNetwork, Load, Part};
use voltcity::plan::Plan;

/// Hour at which solar arrays are added if nothing is said: near the sun's highest (assumption).
const PV_HOUR: i8 = 13;

/// What an element takes, and where it is.
pub(super) struct Element {
    /// Place of its section.
    pub(super) section: u32,
    pub(super) hosting: Hosting,
    /// Its zone; none of a 110/10 kV unit, which serves several.
    pub(super) zone: Option<u32>,
    pub(super) district: String,
    /// Ratings of the distribution transformers behind it in VA.
    pub(super) rating_va: u64,
}

/// What was found.
pub(super) struct Found {
    pub(super) world: String,
    pub(super) at: DateTime,
    pub(super) seed: u64,
    pub(super) what: Kind,
    pub(super) level: Level,
    /// From the one that takes least.
    pub(super) elements: Vec<Element>,
    /// Sections that have no solution as they are.
    pub(super) unsolved: Vec<String>,
}

/// Finds what a world's network takes, and tells it.
///
/// # Errors
/// A world that cannot be read or has problems; files that cannot be written.
pub(crate) fn hosting(request: &HostingRequest) -> Result<(), Failure> {
    let found = find(request)?;
    if let Some(out) = &request.out {
        let output = Output::open(out, Account::HOSTING, &[], |_| Vec::new())?;
        let picture = picture::svg(&found)?.into_bytes();
        let made = [("hosting.parquet", report::parquet(&found)?), (picture::NAME, picture)];
        output.finish(&json::text(&report::value(&found, request.worst)), &made)?;
    }
    if request.day.quiet {
        return Ok(());
    }
    console::print(&report::text(&found, request, Glyphs::detect()))
}

/// Runs a world to a time, with its network as it was solved through that day, so that tap changers stand where they
/// would, and finds what it takes then.
fn find(request: &HostingRequest) -> Result<Found, Failure> {
    let hour = (request.what == Kind::Pv).then_some(PV_HOUR);
    let (mut run, (network, places)) = Day::begin(&request.day, hour, |plan, threads| {
        let network = CityNetwork::of(plan, threads).map_err(|error| Failure::Network(error.to_string()))?;
        let places = Places::of(plan, &network);
        Ok((network, places))
    })?;
    run.twin.carry(network, EVERY_S);
    run.until(run.seen_s(run.at));
    let at = run.civil(run.twin.clock().now_s());
    let areas = run.twin.areas();
    let network = run.twin.network().ok_or(Failure::Internal)?.network();
    let loads: Vec<Load> = network.loads(&areas).collect();
    let all = of_city(network, &loads, request.what, request.level, run.threads);
    let mut elements: Vec<Element> =
        all.elements.into_iter().map(|(at, hosting)| places.element(at, hosting)).collect();
    // Those that take the same stay in the order of their rows.
    elements.sort_by(|a, b| a.hosting.added_w.total_cmp(&b.hosting.added_w));
    let (what, level) = (request.what, request.level);
    Ok(Found { world: run.world, at, seed: run.seed, what, level, elements, unsolved: all.unsolved })
}

/// Where elements are: zone and district of each transformer and feeder, district of each section.
struct Places {
    transformers: Vec<(u64, u32, String)>,
    feeders: Vec<(u64, u32, String)>,
    sections: Vec<(u64, String)>,
}

impl Places {
    fn of(plan: &Plan, network: &CityNetwork) -> Self {
        let transformers: Vec<(u64, u32, String)> = grid::places(plan)
            .into_iter()
            .map(|(transformer, zone, district)| (u64::from(transformer.rating_va), zone, district))
            .collect();
        let sum_va = |rows: &mut dyn Iterator<Item = usize>| rows.map(|row| transformers[row].0).sum::<u64>();
        let feeders = plan.feeders.iter().map(|feeder| {
            let rows = feeder.transformers.range();
            let (zone, district) = transformers
                .get(rows.start)
                .map_or((0, String::new()), |(_, zone, district)| (*zone, district.clone()));
            (sum_va(&mut rows.clone()), zone, district)
        });
        let sections = network.sections().iter().map(|section| {
            let district = usize::from(plan.substations[section.substation as usize].district);
            let sum_va = sum_va(&mut section.transformers().map(|row| row as usize));
            (sum_va, plan.tree.districts[district].clone())
        });
        Self { feeders: feeders.collect(), sections: sections.collect(), transformers }
    }

    fn element(&self, section: u32, hosting: Hosting) -> Element {
        let of_zone = |(rating_va, zone, district): &(u64, u32, String)| (*rating_va, Some(*zone), district.clone());
        let (rating_va, zone, district) = match hosting.of {
            Part::Transformer(row) | Part::Main(row) => of_zone(&self.transformers[row as usize]),
            Part::Head(row) | Part::Cable(row) => of_zone(&self.feeders[row as usize]),
            Part::Unit => {
                let (rating_va, district) = &self.sections[section as usize];
                (*rating_va, None, district.clone())
            }
        };
        Element { section, hosting, zone, district, rating_va }
    }
}
