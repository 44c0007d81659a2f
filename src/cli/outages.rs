//! `voltcity outages`: who loses supply when parts of a world's network fail, for how long, and what of it ties and
//! islands save.

mod areas;
mod report;

use super::args::{Fail, OutagesRequest};
use super::chart::Glyphs;
use super::day::Day;
use super::exit::Failure;
use super::output::{Account, Output};
use super::{console, json};
use areas::{Demand, areas};
use jiff::civil::DateTime;
use voltcity::chance::Seed;
use voltcity::network::CityNetwork;
use voltcity::network::outage::{
    Aids, Assumptions, Back, Element, Loads, Model, Outage, Sums, YEAR_S, Year, drawn, each, expected,
};
use voltcity::network::ties::Ties;

/// What was found.
struct Found {
    world: String,
    at: DateTime,
    seed: u64,
    districts: Vec<String>,
    /// By district.
    customers: Vec<u64>,
    /// Demanded in a year like the day, by district, in J.
    demanded_j: Vec<f64>,
    feeders: usize,
    ties: usize,
    lone: usize,
    areas: usize,
    /// Areas that islands carry, if they are wanted.
    able: Option<usize>,
    /// The year to be expected: without ties, with them, and with islands too, if they are wanted.
    bare: Year,
    tied: Year,
    islands: Option<Year>,
    /// Years that were drawn.
    years: Vec<Year>,
    worst: Vec<Worst>,
    fails: Vec<Failed>,
}

/// An element whose failure costs many customer-minutes.
struct Worst {
    outage: Outage,
    district: u16,
    per_year: f64,
    sums: Sums,
}

/// A failure that was given, and what came of it.
struct Failed {
    element: Element,
    at: DateTime,
    /// Areas that lost supply, by how it comes back.
    back: [usize; 3],
    by_district: Vec<(u16, Sums)>,
}

/// Tells what outages of a world amount to.
///
/// # Errors
/// A world that cannot be read or has problems; a failure that is not of its network or day; files that cannot be
/// written.
pub(crate) fn outages(request: &OutagesRequest) -> Result<(), Failure> {
    let found = find(request)?;
    if let Some(out) = &request.out {
        let output = Output::open(out, Account::OUTAGES, &[], |_| Vec::new())?;
        let made = [("outages.csv", report::table_file(&found)?)];
        output.finish(&json::text(&report::value(&found)), &made)?;
    }
    if request.day.quiet {
        return Ok(());
    }
    console::print(&report::text(&found, request, Glyphs::detect()))
}

/// What is made of a world's plan before it runs.
struct Made {
    network: CityNetwork,
    model: Model,
    districts: Vec<String>,
    ties: Ties,
}

fn find(request: &OutagesRequest) -> Result<Found, Failure> {
    let assumptions = Assumptions::default();
    let (mut day, made) = Day::begin(&request.day, None, |plan, threads| {
        let network = CityNetwork::of(plan, threads).map_err(|error| Failure::Network(error.to_string()))?;
        let ties = Ties::of(plan, &network.unit_of(plan));
        let model = Model::of(plan, &network, &ties, &assumptions);
        request.fails.iter().try_for_each(|fail| exists(&model, *fail))?;
        Ok(Made { network, model, districts: plan.tree.districts.clone(), ties })
    })?;
    request.fails.iter().try_for_each(|fail| on_the_day(*fail, day.at))?;
    let Made { network, mut model, districts, ties } = made;
    let at_s = day.seen_s(day.at);
    let mut waiting: Vec<(i64, Fail)> = request.fails.iter().map(|fail| (day.seen_s(fail.at), *fail)).collect();
    let (mut demand, mut fails, mut moment) = (Demand::new(&model), Vec::new(), None);
    day.quarters(|twin, now_s| {
        let now_s64 = i64::from(now_s);
        demand.note(&twin.areas());
        if moment.is_none() && now_s64 >= at_s {
            moment = Some((areas(&model, &network, twin), now_s));
        }
        waiting.retain(|(seen_s, fail)| {
            let is_due = now_s64 >= *seen_s;
            if is_due {
                model.areas = areas(&model, &network, twin);
                fails.push(failed(&model, &assumptions, *fail, request.islands));
            }
            !is_due
        });
    });
    fails.sort_by_key(|failed| (failed.at, failed.element));
    let (areas, seen_s) = moment.unwrap_or_else(|| (model.areas.clone(), 0));
    let at = day.civil(seen_s);
    model.areas = areas;
    demand.apply(&mut model);
    let threads = day.threads;
    let year = |ties, islands| each(&model, &assumptions, Aids { ties, islands }, threads);
    let (bare, tied) = (year(false, false), year(true, false));
    let islands = request.islands.then(|| year(true, true));
    let all = islands.as_ref().unwrap_or(&tied);
    let of_year = |number| drawn(&model, &assumptions, all, (Seed(day.seed), number), threads);
    Ok(Found {
        world: day.world,
        at,
        seed: day.seed,
        customers: model.customers(),
        demanded_j: demanded_j(&model),
        feeders: model.feeders.iter().filter(|feeder| feeder.unit.is_some()).count(),
        ties: ties.ties.len(),
        lone: ties.lone,
        areas: model.areas.len(),
        able: request.islands.then(|| model.areas.iter().filter(|area| area.carries_itself()).count()),
        years: (0..request.years.unwrap_or(0)).map(of_year).collect(),
        worst: worst(&model, &assumptions, all, request.worst),
        bare: expected(&model, &assumptions, &bare),
        tied: expected(&model, &assumptions, &tied),
        islands: islands.as_ref().map(|all| expected(&model, &assumptions, all)),
        districts,
        fails,
    })
}

/// Whether a failure is of something that there is.
pub(super) fn exists(model: &Model, fail: Fail) -> Result<(), Failure> {
    if model.has(fail.element) {
        return Ok(());
    }
    let (kind, row) = (fail.element.kind(), fail.element.row());
    let hint = match fail.element {
        Element::Cable(_) => "it goes by the transformer it leads to, and the first of a feeder is its head".to_owned(),
        Element::Head(_) => format!("feeders with transformers are among rows 0 to {}", model.feeders.len().max(1) - 1),
        Element::Transformer(_) => format!("rows go from 0 to {}", model.areas.len().max(1) - 1),
        Element::Unit(_) => format!("rows go from 0 to {}", model.units.len().max(1) - 1),
    };
    Err(Failure::Network(format!("--fail {kind}:{row}: the network has no such {kind}: {hint}")))
}

/// Whether a failure is on the day that is simulated.
fn on_the_day(fail: Fail, at: DateTime) -> Result<(), Failure> {
    if fail.at.date() == at.date() {
        return Ok(());
    }
    let (kind, row, day) = (fail.element.kind(), fail.element.row(), at.date());
    let text =
        format!("--fail {kind}:{row}@{}: only {day} is simulated: choose a time of it, or another --at", fail.at);
    Err(Failure::Network(text))
}

/// What comes of a failure, at the loads of its time.
fn failed(model: &Model, assumptions: &Assumptions, fail: Fail, islands: bool) -> Failed {
    let outage = Outage::failure(fail.element);
    let lost = model.lost(&Loads::of(model), assumptions, outage, true);
    let mut back = [0; 3];
    for one in &lost {
        back[match one.back {
            Back::Switching => 0,
            Back::Tie => 1,
            Back::Repair => 2,
        }] += 1;
    }
    let by_district = model.sums(&lost, assumptions.lasts_s(outage), islands);
    Failed { element: fail.element, at: fail.at, back, by_district }
}

/// What areas demand in a year, by district, in J.
fn demanded_j(model: &Model) -> Vec<f64> {
    let mut demanded_w = vec![0_i64; model.districts];
    for area in &model.areas {
        demanded_w[usize::from(area.district)] += area.demand_w;
    }
    demanded_w.into_iter().map(|power_w| power_w as f64 * f64::from(YEAR_S)).collect()
}

/// The failures that cost most customer-minutes each time.
fn worst(model: &Model, assumptions: &Assumptions, outages: &[(Outage, Vec<(u16, Sums)>)], most: usize) -> Vec<Worst> {
    let of = |(outage, by_district): &(Outage, Vec<(u16, Sums)>)| {
        let mut sums = Sums::default();
        by_district.iter().for_each(|(_, more)| sums += *more);
        let most = by_district.iter().max_by_key(|(district, sums)| (sums.customer_s, core::cmp::Reverse(*district)));
        let district = most.map_or(0, |(district, _)| *district);
        Worst { outage: *outage, district, per_year: assumptions.per_year(model, *outage), sums }
    };
    let failures = outages.iter().filter(|(outage, sums)| !outage.planned && !sums.is_empty());
    let mut worst: Vec<Worst> = failures.map(of).collect();
    worst.sort_by_key(|worst| (core::cmp::Reverse(worst.sums.customer_s), worst.outage));
    worst.truncate(most);
    worst
}
