//! A section as it is described, before it is laid out as a tree: its buses, and the branches between them.

use super::city::power_factor;
use super::equipment::{self, Cable, DISTRIBUTION_PRIMARY_KV, LATERAL, LOW_KV, MAIN, MAIN_KM, MEDIUM_KV, TRUNK};
use super::layout::Way;
use super::section::Part;
use crate::plan::Plan;
use crate::powerflow::limits::Rating;
use crate::powerflow::{Branch, Bus, Element, ElementKind, Pi};

/// Transformers behind a piece of cable, in VA of rating, up to which it is a lateral (assumption: half a lateral's
/// current at the usual coincidence).
const LATERAL_VA: f64 = 5e6;

/// A section as it is described, before it is laid out.
pub(super) struct Draft {
    pub(super) buses: Vec<Bus>,
    pub(super) branches: Vec<Branch>,
    pub(super) parts: Vec<(Part, Rating)>,
    pub(super) cable_km: f64,
}

impl Draft {
    pub(super) fn branch(&mut self, from: u32, to: Bus, model: Pi, (part, rating): (Part, Rating)) -> u32 {
        let id = to.id;
        let element = Element { kind: ElementKind::Branch, id };
        self.branches.push(Branch { element, from, to: id, model, closed: true });
        self.buses.push(to);
        self.parts.push((part, rating));
        id
    }

    fn next(&self) -> u32 {
        self.buses.len() as u32
    }

    /// Adds a feeder behind the busbar.
    pub(super) fn feeder(&mut self, plan: &Plan, feeder: usize, busbar: u32, ways: &[Way]) {
        let row = feeder as u32;
        let transformers = plan.feeders[feeder].transformers;
        let rating_va = |at: usize| f64::from(plan.transformers[transformers.first as usize + at].rating_va);
        let mut bus_of = vec![busbar; ways.len()];
        for (way, (cable, parallel)) in ways.iter().zip(kinds(plan, feeder, ways)) {
            let from = way.from.map_or(busbar, |from| bus_of[from]);
            let part = if way.from.is_none() { Part::Head(row) } else { Part::Cable(row) };
            let bus = Bus::bare(self.next(), MEDIUM_KV);
            let model = cable.pi(way.length_km.max(1e-3), parallel, MEDIUM_KV);
            let medium = self.branch(from, bus, model, (part, cable.rating(parallel)));
            self.cable_km += way.length_km * f64::from(parallel);
            bus_of[way.to] = medium;
            self.area(medium, rating_va(way.to).max(1e3), transformers.first + way.to as u32);
        }
    }

    /// Adds a transformer and the mains to its users.
    fn area(&mut self, medium: u32, rating_va: f64, row: u32) {
        let unit = equipment::distribution(rating_va);
        let rating = unit.rating(DISTRIBUTION_PRIMARY_KV, LOW_KV);
        let busbar = Bus::bare(self.next(), LOW_KV);
        let model = unit.pi(1.0, DISTRIBUTION_PRIMARY_KV / MEDIUM_KV);
        let busbar = self.branch(medium, busbar, model, (Part::Transformer(row), rating));
        let mains = MAIN.needed(rating_va, LOW_KV);
        let users = Bus::bare(self.next(), LOW_KV);
        self.branch(busbar, users, MAIN.pi(MAIN_KM, mains, LOW_KV), (Part::Main(row), MAIN.rating(mains)));
    }
}

/// The cable of each of a feeder's ways, and how many of it lie side by side.
pub(in crate::network) fn kinds(plan: &Plan, feeder: usize, ways: &[Way]) -> Vec<(Cable, u32)> {
    let first = plan.feeders[feeder].transformers.first as usize;
    let behind_va = behind(ways, |at| f64::from(plan.transformers[first + at].rating_va));
    let parallel = cables(plan, feeder);
    let is_trunk = |way: &Way| behind_va[way.to] > LATERAL_VA || way.from.is_none();
    ways.iter().map(|way| if is_trunk(way) { (TRUNK, parallel) } else { (LATERAL, 1) }).collect()
}

/// Ratings of all transformers behind each of a feeder's, itself included.
fn behind(ways: &[Way], rating_va: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut behind: Vec<f64> = (0..ways.len()).map(rating_va).collect();
    for way in ways.iter().rev() {
        if let Some(from) = way.from {
            behind[from] += behind[way.to];
        }
    }
    behind
}

/// Cables of a feeder's trunk side by side: as many as carry what the tree lets it carry.
pub(super) fn cables(plan: &Plan, feeder: usize) -> u32 {
    let one_w = TRUNK.rated_a * MEDIUM_KV * 1e3 * 3.0_f64.sqrt() * power_factor(plan);
    (f64::from(plan.feeders[feeder].limit_w) / one_w).round().max(1.0) as u32
}
