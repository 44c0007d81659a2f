//! The network of a twin that runs: solved every so often for what hangs on each transformer then.

use super::account::GridAccount;
use super::agents::Draw;
use super::carries::CarriesAll;
use super::city::{CityFlow, CityNetwork};
use super::heat::UnitHeat;
use super::outage::{RunningOutages, Upcoming};
use super::section::{Load, Part, Passage, SavedSection, Section};
use super::source::BySource;
use super::violation::Violations;
use crate::parallel::Threads;
use crate::plan::Plan;
use crate::powerflow::limits::OVERLOADED;
use crate::site::blackout::Blackouts;
use bevy_ecs::prelude::Resource;
use core::time::Duration;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// A network, and what it has come to since the run began.
#[derive(Resource, Clone, Debug)]
pub struct RunningGrid {
    network: CityNetwork,
    every_s: u32,
    account: GridAccount,
    violations: Violations,
    units: UnitHeat,
    /// What came of the last solve.
    last: CityFlow,
    /// What is drawn behind transformers, and what load that is: room for both.
    areas: Vec<BySource>,
    loads: Vec<Load>,
    /// What it carries as it was last solved, if anything is held to it.
    carries: Option<CarriesAll>,
    /// Outages that are to come, if there are any.
    outages: Option<RunningOutages>,
    /// By transformer row, what its solar arrays deliver of what they could; empty if they deliver all.
    solar: Vec<f32>,
    /// What the solves have taken of this machine; no result depends on it.
    took: Duration,
    /// How many they were: a run that was resumed has others in its account.
    timed: u32,
}

/// What of it a snapshot keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedGrid {
    every_s: u32,
    account: GridAccount,
    violations: Violations,
    units: UnitHeat,
    sections: Vec<SavedSection>,
    carries: Option<CarriesAll>,
    /// Outages that are to come, if there are to be any, and areas that are or were without supply.
    outages: Option<Upcoming>,
    pub(crate) blackouts: Blackouts,
}

impl RunningGrid {
    /// A network that is solved at every multiple of an interval in s, a whole number of steps.
    pub fn new(network: CityNetwork, every_s: u32) -> Self {
        let (account, violations, units, last) = Default::default();
        Self {
            network,
            every_s: every_s.max(1),
            account,
            violations,
            units,
            last,
            areas: Vec::new(),
            loads: Vec::new(),
            carries: None,
            outages: None,
            solar: Vec::new(),
            took: Duration::ZERO,
            timed: 0,
        }
    }

    /// Lets charging and dispatch keep to what it carries.
    pub fn hold(&mut self, carries: CarriesAll) {
        self.carries = Some(carries);
    }

    /// Lets things fail.
    pub fn expect(&mut self, outages: RunningOutages) {
        self.outages = Some(outages);
    }

    /// Outages that are to come, if things are let fail.
    pub const fn outages(&self) -> Option<&RunningOutages> {
        self.outages.as_ref()
    }

    /// Lets everything fail that is due by a second, at what is drawn behind transformers then; see
    /// [`RunningOutages::begin`].
    pub(crate) fn fail(&mut self, now_s: u32, areas: &[BySource], blackouts: &mut Blackouts) -> Vec<u32> {
        let Self { network, outages, .. } = self;
        outages.as_mut().map_or_else(Vec::new, |all| all.begin(now_s, areas, network.loads(areas), blackouts))
    }

    /// What it carries as it was last solved, if charging and dispatch are to keep to it; none before the first solve,
    /// when the tree's ratings hold.
    pub fn carries(&self) -> Option<&CarriesAll> {
        self.carries.as_ref().filter(|_| self.account.solves > 0)
    }

    /// What solar arrays behind a transformer deliver of what they could, as a share by row; none if all deliver all.
    pub fn solar_shares(&self) -> Option<&[f32]> {
        (!self.solar.is_empty()).then_some(&self.solar)
    }

    /// Books energy in J that the sun would have given, had the voltage been lower.
    pub const fn curtail(&mut self, energy_j: i64) {
        self.account.curtailed_j += energy_j;
    }

    /// Room for what is drawn behind transformers at the next solve, by row.
    pub const fn areas_mut(&mut self) -> &mut Vec<BySource> {
        &mut self.areas
    }

    /// Whether it is to be solved at a second of the run.
    pub const fn is_due(&self, now_s: u32) -> bool {
        now_s.is_multiple_of(self.every_s)
    }

    /// Solves it for what is drawn behind transformers, in air of a temperature in °C.
    pub fn solve(&mut self, air_c: f64, threads: Threads) {
        let begun = Instant::now();
        let Self { network, areas, loads, .. } = self;
        loads.clear();
        loads.extend(network.loads(areas));
        self.last = network.solve(loads, self.every_s, threads);
        self.account.add(&self.last, self.every_s, air_c);
        self.units.step(&self.network, air_c, self.every_s);
        if let Some(carries) = &mut self.carries {
            carries.look(&self.network, threads);
        }
        self.limit_solar();
        self.took += begun.elapsed();
        self.timed += 1;
    }

    /// Transformers that were overloaded at the last solve, by row in rising order.
    pub fn overloaded_transformers(&self) -> Vec<u32> {
        let sections = self.network.sections().iter().filter(|section| section.has_violation());
        let full = sections.flat_map(Section::passages).filter(|passage| passage.loading > OVERLOADED);
        let row = |passage: Passage| if let Part::Transformer(row) = passage.part { Some(row) } else { None };
        let mut rows: Vec<u32> = full.filter_map(row).collect();
        rows.sort_unstable();
        rows
    }

    /// Books what was overloaded at the last solve, and whose power that was: what the agents behind its overloaded
    /// transformers draw.
    pub fn book_violations(&mut self, draws: &[Draw]) {
        self.violations.add(&self.network, &self.areas, draws, self.every_s);
    }

    /// Works out what solar arrays do about the voltage they see.
    fn limit_solar(&mut self) {
        let inverters = self.network.inverters();
        if !inverters.is_solar_limited() {
            return;
        }
        self.solar.resize(self.network.transformers(), 1.0);
        for (row, v_pu) in self.network.sections().iter().flat_map(Section::users_v_pu) {
            // Where no voltage was found there is nothing to go by.
            self.solar[row as usize] = v_pu.map_or(1.0, |v_pu| inverters.solar_share(v_pu) as f32);
        }
    }

    /// The network as it was last solved.
    pub const fn network(&self) -> &CityNetwork {
        &self.network
    }

    /// What came of the last solve.
    pub const fn last(&self) -> &CityFlow {
        &self.last
    }

    /// What it has come to.
    pub const fn account(&self) -> &GridAccount {
        &self.account
    }

    /// What was overloaded, and whose power that was.
    pub const fn violations(&self) -> &Violations {
        &self.violations
    }

    /// How hot its 110/10 kV units have become.
    pub const fn units(&self) -> &UnitHeat {
        &self.units
    }

    /// Time between two solves in s.
    pub const fn every_s(&self) -> u32 {
        self.every_s
    }

    /// Mean time that a solve takes on this machine in ms, getting loads included.
    pub fn ms_per_solve(&self) -> f64 {
        self.took.as_secs_f64() * 1e3 / f64::from(self.timed.max(1))
    }

    /// What a snapshot keeps, with the areas that are or were without supply.
    pub fn save(&self, blackouts: &Blackouts) -> SavedGrid {
        let sections = self.network.sections().iter().map(Section::save).collect();
        let (account, violations) = (self.account.clone(), self.violations.clone());
        SavedGrid {
            every_s: self.every_s,
            account,
            violations,
            units: self.units.clone(),
            sections,
            carries: self.carries.clone(),
            outages: self.outages.as_ref().map(|all| all.upcoming().clone()),
            blackouts: blackouts.clone(),
        }
    }

    /// Goes on with the network of a plan as it was saved; `None` if it is another network's.
    pub fn resume(mut network: CityNetwork, saved: SavedGrid, plan: &Plan) -> Option<Self> {
        let is_row = |node: &u32| (*node as usize) < plan.transformers.len();
        let fits = saved.carries.as_ref().is_none_or(|carries| carries.fits(&CarriesAll::of(plan)))
            && saved.blackouts.0.keys().all(is_row)
            && saved.outages.as_ref().is_none_or(|upcoming| upcoming.fits(plan.transformers.len()));
        if saved.sections.len() != network.sections().len()
            || !saved.units.fits(network.sections().len())
            || saved.every_s == 0
            || !fits
        {
            return None;
        }
        network
            .sections_mut()
            .iter_mut()
            .zip(&saved.sections)
            .try_for_each(|(section, saved)| section.resume(saved))?;
        let SavedGrid { every_s, account, violations, units, carries, outages, .. } = saved;
        let outages = outages.map(|upcoming| RunningOutages::resume(plan, &network, upcoming));
        let mut grid = Self { account, violations, units, carries, outages, ..Self::new(network, every_s) };
        if grid.account.solves > 0 {
            grid.limit_solar();
        }
        Some(grid)
    }
}
