//! Who draws behind transformers, agent by agent.

use super::area::drawn_j;
use crate::clock::Clock;
use crate::fleet::charger::NONE;
use crate::fleet::params::FleetParams;
use crate::fleet::shard::FleetShards;
use crate::fleet::station::Station;
use crate::fleet::vehicle::VehicleState;
use crate::site::pv::{PvArray, PvOutput};
use crate::site::stock::{Building, BuildingLoad};
use crate::site::storage::{StorageState, StorageUnit};
use bevy_ecs::prelude::World;
use serde::{Deserialize, Serialize};

/// An agent that draws or delivers power, by its row; or all that is behind a transformer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Agent {
    /// A vehicle.
    Vehicle(u32),
    /// A building.
    Building(u32),
    /// A solar array.
    Array(u32),
    /// A storage unit.
    Storage(u32),
    /// What is behind a transformer.
    Area(u32),
}

/// Its kind and row, as results name it.
impl core::fmt::Display for Agent {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Vehicle(row) => write!(f, "ev:{row}"),
            Self::Building(row) => write!(f, "building:{row}"),
            Self::Array(row) => write!(f, "pv:{row}"),
            Self::Storage(row) => write!(f, "storage:{row}"),
            Self::Area(row) => write!(f, "transformer:{row}"),
        }
    }
}

/// An agent with its transformer and its mean power of the last step in W, drawn.
pub type Draw = (u32, Agent, i64);

/// Who draws or delivers behind some transformers, given by rows in rising order: in the order of transformers, then of
/// agents. Vehicles whose flow ended within the step are not among them.
pub fn agents_behind(world: &mut World, nodes: &[u32]) -> Vec<Draw> {
    let mut found: Vec<Draw> = Vec::new();
    if nodes.is_empty() {
        return found;
    }
    let clock = *world.resource::<Clock>();
    let (to_s, step_s) = (clock.now_s(), clock.step_s);
    let is_asked = |node: u32| nodes.binary_search(&node).is_ok();
    let mut note = |node: u32, agent: Agent, power_w: i64| {
        if power_w != 0 {
            found.push((node, agent, power_w));
        }
    };
    let mut buildings = world.query::<(&Building, &BuildingLoad)>();
    for (row, (b, load)) in (0..).zip(buildings.iter(world)).filter(|(_, (b, _))| is_asked(b.node)) {
        note(b.node, Agent::Building(row), i64::from(load.power_w));
    }
    let mut arrays = world.query::<(&PvArray, &PvOutput)>();
    for (row, (array, output)) in (0..).zip(arrays.iter(world)).filter(|(_, (array, _))| is_asked(array.node)) {
        note(array.node, Agent::Array(row), -i64::from(output.power_w));
    }
    let mut units = world.query::<(&StorageUnit, &StorageState)>();
    for (row, (unit, state)) in (0..).zip(units.iter(world)).filter(|(_, (unit, _))| is_asked(unit.node)) {
        note(unit.node, Agent::Storage(row), state.meter_j / i64::from(step_s));
    }
    let (mut stations, mut vehicles) = (world.query::<&Station>(), world.query::<&VehicleState>());
    let node_of: Vec<Option<u32>> =
        stations.iter(world).map(|station| Some(station.node).filter(|node| is_asked(*node))).collect();
    let (shards, params) = (world.resource::<FleetShards>(), world.resource::<FleetParams>());
    for (row, state) in (0..).zip(vehicles.iter(world)).filter(|(_, state)| state.gun != NONE) {
        let Some(node) = node_of.get(state.station as usize).copied().flatten() else { continue };
        let taper = shards.of(row).tapers.get(state.taper as usize);
        let drawn_j = drawn_j(state, taper, params.loss_at(state), (to_s.saturating_sub(step_s), to_s));
        note(node, Agent::Vehicle(row), drawn_j / i64::from(step_s));
    }
    found.sort_unstable();
    found
}
