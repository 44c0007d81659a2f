//! Outages of a twin that runs: what fails when, and what of the city that darkens.

use super::books::{Indices, YEAR_S};
use super::model::{Area, Model};
use super::restore::{Back, Loads};
use super::year::address;
use super::{Assumptions, Means, Outage};
use crate::chance::{Purpose, Seed, draw};
use crate::network::ties::Ties;
use crate::network::{BySource, CityNetwork, Load};
use crate::plan::Plan;
use crate::site::blackout::Blackouts;
use serde::{Deserialize, Serialize};

/// Years of a drawing of outages in a run are numbered from here on, so that they are no year's of [`super::drawn`].
const RUN_YEARS: u32 = 1 << 24;

/// What of outages a snapshot keeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Upcoming {
    /// Outages that are still to come with their seconds, the next one last.
    pub pending: Vec<(u32, Outage)>,
    /// Areas that are fed through a tie: each with the area at the tie's other end, and the second of its repair.
    guests: Vec<(u32, u32, u32)>,
}

impl Upcoming {
    /// Whether its areas are among so many.
    pub(in crate::network) fn fits(&self, areas: usize) -> bool {
        self.guests.iter().all(|(area, host, _)| [area, host].iter().all(|row| (**row as usize) < areas))
    }
}

/// Outages of a network that is in operation.
#[derive(Clone, Debug)]
pub struct RunningOutages {
    model: Model,
    assumptions: Assumptions,
    upcoming: Upcoming,
}

impl RunningOutages {
    /// Outages of a planned world by the second of the run at which they begin.
    pub fn of(plan: &Plan, network: &CityNetwork, outages: Vec<(u32, Outage)>) -> Self {
        let upcoming = Upcoming { pending: outages, guests: Vec::new() };
        let mut all = Self::resume(plan, network, upcoming);
        all.sort();
        all
    }

    /// Goes on with what was still to come.
    pub fn resume(plan: &Plan, network: &CityNetwork, upcoming: Upcoming) -> Self {
        let assumptions = Assumptions::default();
        let ties = Ties::of(plan, &network.unit_of(plan));
        let model = Model::of(plan, network, &ties, &assumptions);
        Self { model, assumptions, upcoming }
    }

    fn sort(&mut self) {
        self.upcoming.pending.sort_unstable_by(|a, b| b.cmp(a));
    }

    /// Adds outages of some seconds of a run, as they are drawn.
    pub fn draw(&mut self, seed: Seed, from_s: u32, length_s: u32) {
        let drawn = drawn_in(&self.model, &self.assumptions, seed, length_s);
        self.upcoming.pending.extend(drawn.into_iter().map(|(at_s, outage)| (from_s + at_s, outage)));
        self.sort();
    }

    /// The network that things fail in.
    pub const fn model(&self) -> &Model {
        &self.model
    }

    /// What is still to come, and what a snapshot keeps.
    pub const fn upcoming(&self) -> &Upcoming {
        &self.upcoming
    }

    /// Whether something fails by a second.
    pub fn is_due(&self, now_s: u32) -> bool {
        self.upcoming.pending.last().is_some_and(|(at_s, _)| *at_s <= now_s)
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
        let is_dark = |row: u32| blackouts.until(row, now_s).is_some();
        for (row, (area, (by_source, load))) in (0..).zip(self.model.areas.iter_mut().zip(areas.iter().zip(loads))) {
            *area = Area { carried: load.carried(), is_dark: is_dark(row), ..area.drawing(by_source) };
        }
        let loads = Loads::of(&self.model);
        let pending = &mut self.upcoming.pending;
        let due: Vec<Outage> =
            core::iter::from_fn(|| pending.pop_if(|(at_s, _)| *at_s <= now_s)).map(|(_, outage)| outage).collect();
        // What fails at once brings nobody supply through a tie either.
        for outage in &due {
            let lost = self.model.lost(&loads, &self.assumptions, *outage, false);
            for one in lost.iter().filter(|one| one.back == Back::Repair) {
                self.model.areas[one.area as usize].is_dark = true;
            }
        }
        let mut dark = Vec::new();
        for outage in due {
            let repair_s = now_s + self.assumptions.lasts_s(outage);
            let lost = self.model.lost(&loads, &self.assumptions, outage, true);
            for one in lost.iter().filter(|one| one.out_s > 0) {
                if blackouts.begin(one.area, now_s, now_s + one.out_s) {
                    dark.push(one.area);
                }
                self.upcoming.guests.extend(one.host.map(|host| (one.area, host, repair_s)));
            }
        }
        // Who is fed through a tie goes dark with whom it ends at.
        self.upcoming.guests.retain(|(_, _, repair_s)| *repair_s > now_s);
        for (area, host, repair_s) in &self.upcoming.guests {
            if let Some(until_s) = blackouts.until(*host, now_s) {
                let until_s = until_s.min(*repair_s);
                if blackouts.begin(*area, now_s, until_s) {
                    dark.push(*area);
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
        let per_s = assumptions.per_year(model, outage) / f64::from(YEAR_S);
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
