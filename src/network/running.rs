//! The network of a twin that runs: solved every so often for what hangs on each transformer then.

use super::account::GridAccount;
use super::city::{CityFlow, CityNetwork};
use super::section::{Load, SavedSection, Section};
use super::violation::Violations;
use crate::city::tree::TransformerFlow;
use crate::parallel::Threads;
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
    /// What came of the last solve.
    last: CityFlow,
    /// Room for the loads.
    loads: Vec<Load>,
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
    sections: Vec<SavedSection>,
}

impl RunningGrid {
    /// A network that is solved at every multiple of an interval in s, a whole number of steps.
    pub fn new(network: CityNetwork, every_s: u32) -> Self {
        let (account, violations, last) = Default::default();
        Self {
            network,
            every_s: every_s.max(1),
            account,
            violations,
            last,
            loads: Vec::new(),
            took: Duration::ZERO,
            timed: 0,
        }
    }

    /// Whether it is to be solved at a second of the run.
    pub const fn is_due(&self, now_s: u32) -> bool {
        now_s.is_multiple_of(self.every_s)
    }

    /// Solves it for the flows of transformers by row in a step of some length in s, in air of a temperature in °C.
    pub fn solve(&mut self, flows: &[TransformerFlow], step_s: u32, air_c: f64, threads: Threads) {
        let begun = Instant::now();
        let Self { network, loads, .. } = self;
        loads.clear();
        loads.extend(flows.iter().map(|flow| network.load(flow, step_s)));
        self.last = network.solve(loads, self.every_s, threads);
        self.account.add(&self.last, self.every_s, air_c);
        self.violations.add(&self.network, flows, step_s, self.every_s);
        self.took += begun.elapsed();
        self.timed += 1;
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

    /// Time between two solves in s.
    pub const fn every_s(&self) -> u32 {
        self.every_s
    }

    /// Mean time that a solve takes on this machine in ms, getting loads included.
    pub fn ms_per_solve(&self) -> f64 {
        self.took.as_secs_f64() * 1e3 / f64::from(self.timed.max(1))
    }

    /// What a snapshot keeps.
    pub fn save(&self) -> SavedGrid {
        let sections = self.network.sections().iter().map(Section::save).collect();
        let (account, violations) = (self.account.clone(), self.violations.clone());
        SavedGrid { every_s: self.every_s, account, violations, sections }
    }

    /// Goes on with a network as it was saved; `None` if it is another network's.
    pub fn resume(mut network: CityNetwork, saved: SavedGrid) -> Option<Self> {
        if saved.sections.len() != network.sections().len() || saved.every_s == 0 {
            return None;
        }
        network
            .sections_mut()
            .iter_mut()
            .zip(&saved.sections)
            .try_for_each(|(section, saved)| section.resume(saved))?;
        let SavedGrid { every_s, account, violations, .. } = saved;
        Some(Self { account, violations, ..Self::new(network, every_s) })
    }
}
