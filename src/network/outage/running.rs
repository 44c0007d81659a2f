//! Outages of a twin that runs: what fails when, and what of the city that darkens.

use super::books::Indices;
use super::model::{Area, Model};
use super::restore::Loads;
use super::year::address;
use super::{Assumptions, Means, Outage};
use crate::chance::{Purpose, Seed, draw};
use crate::network::ties::Ties;
use crate::network::{BySource, CityNetwork, Load};
use crate::plan::Plan;
use crate::site::blackout::Blackouts;

/// Years of a drawing of outages in a run are numbered from here on, so that they are no year's of [`super::drawn`].
const RUN_YEARS: u32 = 1 << 24;
/// Seconds of a year of 365 days.
const YEAR_S: f64 = 365.0 * 86_400.0;

/// Outages that are still to come, and the network they happen to.
#[derive(Clone, Debug)]
pub struct RunningOutages {
    model: Model,
    assumptions: Assumptions,
    /// With their seconds, the next one last.
    pending: Vec<(u32, Outage)>,
}

impl RunningOutages {
    /// Outages of a planned world by the second of the run at which they begin.
    pub fn of(plan: &Plan, network: &CityNetwork, mut outages: Vec<(u32, Outage)>) -> Self {
        let assumptions = Assumptions::default();
        let ties = Ties::of(plan, &network.unit_of(plan));
        let model = Model::of(plan, network, &ties, &assumptions);
        outages.sort_unstable_by(|a, b| b.cmp(a));
        Self { model, assumptions, pending: outages }
    }

    /// Adds outages of some seconds of a run, as they are drawn.
    pub fn draw(&mut self, seed: Seed, from_s: u32, length_s: u32) {
        let drawn = drawn_in(&self.model, &self.assumptions, seed, length_s);
        self.pending.extend(drawn.into_iter().map(|(at_s, outage)| (from_s + at_s, outage)));
        self.pending.sort_unstable_by(|a, b| b.cmp(a));
    }

    /// The network that things fail in.
    pub const fn model(&self) -> &Model {
        &self.model
    }

    /// What is still to come, the next one last.
    pub fn pending(&self) -> &[(u32, Outage)] {
        &self.pending
    }

    /// Whether something fails by a second.
    pub fn is_due(&self, now_s: u32) -> bool {
        self.pending.last().is_some_and(|(at_s, _)| *at_s <= now_s)
    }

    /// Lets everything fail that is due by a second, at what is drawn behind transformers then, and takes the supply
    /// from whoever loses it. Returns the areas that had one.
    pub fn begin(
        &mut self,
        now_s: u32,
        areas: &[BySource],
        loads: impl Iterator<Item = Load>,
        blackouts: &mut Blackouts,
    ) -> Vec<u32> {
        for (area, (by_source, load)) in self.model.areas.iter_mut().zip(areas.iter().zip(loads)) {
            *area = Area { carried: load.carried(), ..area.drawing(by_source) };
        }
        let loads = Loads::of(&self.model);
        let mut dark = Vec::new();
        while let Some((_, outage)) = self.pending.pop_if(|(at_s, _)| *at_s <= now_s) {
            let lost = self.model.lost(&loads, &self.assumptions, outage, true);
            for one in lost.iter().filter(|one| one.out_s > 0) {
                if blackouts.begin(one.area, now_s, now_s + one.out_s) {
                    dark.push(one.area);
                }
            }
        }
        dark.sort_unstable();
        dark.dedup();
        dark
    }

    /// What outages have amounted to, by district.
    pub fn by_district(&self, blackouts: &Blackouts) -> Vec<Means> {
        let mut districts = vec![Means::default(); self.model.districts];
        for (node, blackout) in &blackouts.0 {
            let area = &self.model.areas[*node as usize];
            districts[usize::from(area.district)] += Means {
                outages: 0.0,
                interruptions: (area.customers * u64::from(blackout.times)) as f64,
                customer_min: (area.customers * blackout.dark_s) as f64 / 60.0,
                island_j: 0.0,
                not_served_j: blackout.not_served_j as f64,
            };
        }
        districts
    }

    /// Its customers by district.
    pub fn customers(&self) -> Vec<u64> {
        self.model.customers()
    }

    /// What outages have amounted to, for a mean customer.
    pub fn indices(&self, blackouts: &Blackouts) -> Indices {
        let mut sum = Means::default();
        self.by_district(blackouts).into_iter().for_each(|district| sum += district);
        sum.indices(self.customers().iter().sum())
    }
}

/// Outages of some seconds of a run, as they are drawn: how often each comes, and when, is addressed by seed and
/// element. Seconds count from the first of them.
pub fn drawn_in(model: &Model, assumptions: &Assumptions, seed: Seed, length_s: u32) -> Vec<(u32, Outage)> {
    let mut all = Vec::new();
    for outage in model.outages() {
        let per_s = assumptions.per_year(model, outage) / YEAR_S;
        if per_s <= 0.0 {
            continue;
        }
        let mut draw = draw(seed, Purpose::Outage, outage.element.row(), address(RUN_YEARS, outage));
        let mut at_s = draw.exponential(1.0 / per_s);
        while at_s < f64::from(length_s) {
            all.push((at_s as u32, outage));
            at_s += draw.exponential(1.0 / per_s);
        }
    }
    all
}
