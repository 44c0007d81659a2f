//! What outages need to know of a network: who hangs on which cable, what each carries, and where ties end.

use super::{Assumptions, Element, Outage};
use crate::chance::{Purpose, draw};
use crate::city::tree::Transformer;
use crate::network::draft::kinds;
use crate::network::layout::{self, STRUCTURE};
use crate::network::ties::Ties;
use crate::network::{BySource, CityNetwork};
use crate::plan::Plan;
use crate::site::building::BuildingKind;
use core::ops::{Add, AddAssign, Range, Sub};

/// Power in W of a household at once, by which dwellings are turned into customers (assumption: that of the world
/// `block`).
const HOUSEHOLD_W: u64 = 2_400;

/// Power in whole W and var, so that sums do not depend on their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Active power in W; negative when it flows back.
    pub w: i64,
    /// Reactive power in var.
    pub var: i64,
}

impl Carried {
    /// Apparent power in VA.
    pub fn va(self) -> f64 {
        let (w, var) = (self.w as f64, self.var as f64);
        (w * w + var * var).sqrt()
    }
}

impl Add for Carried {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { w: self.w + other.w, var: self.var + other.var }
    }
}

impl Sub for Carried {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { w: self.w - other.w, var: self.var - other.var }
    }
}

impl AddAssign for Carried {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// What a transformer area can supply by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Island {
    /// Power in W at the meter.
    pub power_w: i64,
    /// Energy in J at the meter.
    pub energy_j: i64,
}

/// What hangs behind a distribution transformer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// Its customers.
    pub customers: u64,
    /// Index of its district.
    pub district: u16,
    /// What cables carry to it, by which ties are judged.
    pub carried: Carried,
    /// What is drawn in it while it is without supply, in W, not negative.
    pub demand_w: i64,
    /// What of that an island must carry: all but vehicles that charge and storage units that do, in W.
    pub essential_w: i64,
    /// What it can supply by itself.
    pub island: Island,
    /// Whether it has no supply already, so that no tie from it brings any.
    pub is_dark: bool,
}

impl Area {
    /// What an island must carry, in W.
    pub(super) fn needed_w(&self) -> i64 {
        self.essential_w.clamp(0, self.demand_w.max(0))
    }

    /// The same area with what is drawn in it by source: buildings less what the sun gives, and vehicles and storage
    /// units that charge. What these deliver is no smaller demand.
    #[must_use]
    pub fn drawing(&self, area: &BySource) -> Self {
        let [buildings_w, vehicles_w, storage_w, solar_w] = *area;
        let essential_w = (buildings_w + solar_w).max(0);
        Self { demand_w: essential_w + vehicles_w.max(0) + storage_w.max(0), essential_w, ..*self }
    }

    /// Whether what is in it carries all that an island must, for some time.
    pub fn carries_itself(&self) -> bool {
        let Island { power_w, energy_j } = self.island;
        power_w > 0 && energy_j > 0 && power_w >= self.needed_w()
    }
}

/// The cable that leads to a transformer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Way {
    /// Its feeder.
    pub feeder: u32,
    /// The transformer it comes from, by row; none from the substation.
    pub from: Option<u32>,
    /// Length of all cables that lie side by side, in km; one that fails takes all out of service (assumption).
    pub cable_km: f64,
    /// What it carries, in VA.
    pub rating_va: f64,
}

/// A feeder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Feeder {
    /// Its transformers.
    pub areas: Range<u32>,
    /// The unit it hangs on; a feeder without transformers hangs on none.
    pub unit: Option<u32>,
    /// Whether its switches are worked from afar.
    pub automated: bool,
    /// Its tie, if it has one.
    pub tie: Option<u32>,
}

/// An open tie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModelTie {
    /// The feeders.
    pub feeders: [u32; 2],
    /// The transformer of each at which it ends.
    pub ends: [u32; 2],
    /// What it carries, in VA.
    pub rating_va: f64,
}

/// A 110/10 kV unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unit {
    /// Its rating in VA.
    pub rating_va: f64,
    /// Its feeders.
    pub feeders: Vec<u32>,
}

/// A network as outages see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// Transformer areas by row of their transformers.
    pub areas: Vec<Area>,
    /// The cable that leads to each.
    pub ways: Vec<Way>,
    /// Transformers again, those of a feeder in their places, every one after the one its cable comes from.
    pub order: Vec<u32>,
    /// Feeders.
    pub feeders: Vec<Feeder>,
    /// Units.
    pub units: Vec<Unit>,
    /// Ties.
    pub ties: Vec<ModelTie>,
    /// Number of districts.
    pub districts: usize,
}

impl Model {
    /// The network of a planned world with its ties, nothing drawn in any area.
    pub fn of(plan: &Plan, city: &CityNetwork, ties: &Ties, assumptions: &Assumptions) -> Self {
        let unit_of = city.unit_of(plan);
        let mut ways = vec![Way::default(); plan.transformers.len()];
        let mut order = vec![0; ways.len()];
        let mut feeders = Vec::with_capacity(plan.feeders.len());
        for (row, feeder) in plan.feeders.iter().enumerate() {
            let first = feeder.transformers.first;
            let spot = layout::substation_spot(plan, feeder.substation as usize);
            let laid = layout::ways(plan, row, spot);
            for (place, (way, (cable, parallel))) in laid.iter().zip(kinds(plan, row, &laid)).enumerate() {
                let to = first + way.to as u32;
                order[first as usize + place] = to;
                ways[to as usize] = Way {
                    feeder: row as u32,
                    from: way.from.map(|from| first + from as u32),
                    cable_km: way.length_km * f64::from(parallel),
                    rating_va: cable.rated_va(parallel),
                };
            }
            let automated = draw(STRUCTURE, Purpose::Automation, row as u32, 0).chance(assumptions.automated_share);
            let areas = first..first + feeder.transformers.len;
            feeders.push(Feeder { areas, unit: unit_of[row], automated, tie: None });
        }
        let mut model = Self { ways, order, feeders, ..Self::default() };
        model.join(ties);
        let unit = |section: &crate::network::Section| Unit {
            rating_va: section.unit_va,
            feeders: section.feeders().collect(),
        };
        model.units = city.sections().iter().map(unit).collect();
        model.districts = plan.tree.districts.len();
        model.areas = areas(plan);
        model
    }

    fn join(&mut self, ties: &Ties) {
        for (number, tie) in (0..).zip(&ties.ties) {
            tie.feeders.iter().for_each(|&feeder| self.feeders[feeder as usize].tie = Some(number));
            self.ties.push(ModelTie { feeders: tie.feeders, ends: tie.ends, rating_va: tie.rating_va });
        }
    }

    /// The first transformer of a feeder, to which its head leads.
    pub fn root(&self, feeder: u32) -> Option<u32> {
        self.feeders.get(feeder as usize).and_then(|feeder| self.in_order(feeder).first().copied())
    }

    /// The transformers of a feeder, every one after the one its cable comes from.
    pub(super) fn in_order(&self, feeder: &Feeder) -> &[u32] {
        self.order.get(feeder.areas.start as usize..feeder.areas.end as usize).unwrap_or_default()
    }

    /// Everything that can be out of service, unplanned and planned.
    pub fn outages(&self) -> Vec<Outage> {
        let rows = 0..self.ways.len() as u32;
        let cables = rows.clone().filter(|&row| self.ways[row as usize].from.is_some()).map(Element::Cable);
        let heads = (0..self.feeders.len() as u32).filter(|&feeder| self.root(feeder).is_some()).map(Element::Head);
        let units = (0..self.units.len() as u32).map(Element::Unit);
        let all: Vec<Element> = cables.chain(heads).chain(rows.map(Element::Transformer)).collect();
        let failures = all.iter().copied().chain(units).map(Outage::failure);
        failures.chain(all.iter().map(|&element| Outage { element, planned: true })).collect()
    }

    /// Whether there is such an element.
    pub fn has(&self, element: Element) -> bool {
        match element {
            Element::Cable(row) => self.ways.get(row as usize).is_some_and(|way| way.from.is_some()),
            Element::Head(feeder) => self.root(feeder).is_some(),
            Element::Transformer(row) => (row as usize) < self.areas.len(),
            Element::Unit(row) => (row as usize) < self.units.len(),
        }
    }

    /// Customers by district.
    pub fn customers(&self) -> Vec<u64> {
        let mut customers = vec![0; self.districts];
        for area in &self.areas {
            customers[usize::from(area.district)] += area.customers;
        }
        customers
    }
}

/// The areas of a plan with their customers: the households of dwellings, any other building, and a station that has a
/// transformer of its own (assumption: the tree knows buildings, not meters).
fn areas(plan: &Plan) -> Vec<Area> {
    let district = |t: &Transformer| plan.tree.zone_district[usize::from(t.zone)];
    let mut areas: Vec<Area> =
        plan.transformers.iter().map(|t| Area { district: district(t), ..Area::default() }).collect();
    for building in &plan.buildings {
        let design_w = u64::from(building.base_w) + u64::from(building.cooling_w);
        let is_home = building.kind == BuildingKind::Residential;
        areas[building.node as usize].customers += if is_home { design_w.div_ceil(HOUSEHOLD_W) } else { 1 };
    }
    areas.iter_mut().for_each(|area| area.customers = area.customers.max(1));
    areas
}
