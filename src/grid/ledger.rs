//! The ledger: every joule that enters the city is found again.
//!
//! Grid import = battery gain + driving + losses + building load - PV + storage gain. Losses are the residual of each
//! flow (meter less battery), so the check is that the energies of all batteries, read from the agents themselves,
//! agree with what was booked along the way.

use crate::fleet::shard::FleetShards;
use crate::grid::balance::{StepSums, Sums};
use crate::site::systems::StorageBooks;
use bevy_ecs::prelude::*;
use serde::{Deserialize, Serialize};

/// Totals since a run began, in J.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Brought by the grid, in steps in which the city drew power.
    pub grid_import_j: i64,
    /// Taken by the grid, in steps in which the city gave power back.
    pub grid_export_j: i64,
    /// Drawn by buildings.
    pub building_j: i64,
    /// Delivered by solar arrays.
    pub pv_j: i64,
    /// Drawn by vehicles at the meter.
    pub charged_j: i64,
    /// Returned by vehicles at the meter.
    pub returned_j: i64,
    /// Drawn by storage at the meter.
    pub storage_in_j: i64,
    /// Delivered by storage at the meter.
    pub storage_out_j: i64,
    /// Gained by vehicle batteries at guns, net of what they returned.
    pub battery_gain_j: i64,
    /// Gained by storage batteries.
    pub storage_gain_j: i64,
    /// Used for driving.
    pub driving_j: i64,
    /// Lost in converters.
    pub losses_j: i64,
}

/// The fleet's part of a step's totals.
#[derive(Clone, Copy, Debug, Default)]
pub struct FleetStep {
    /// Gained by batteries at guns.
    pub battery_j: i64,
    /// Used for driving.
    pub driving_j: i64,
}

impl Totals {
    /// Adds a step.
    pub fn add(&mut self, sums: &Sums, fleet: FleetStep, storage_gain_j: i64) {
        let net = sums.net_j();
        self.grid_import_j += net.max(0);
        self.grid_export_j += (-net).max(0);
        self.building_j += sums.building_j;
        self.pv_j += sums.pv_j;
        self.charged_j += sums.charged_j;
        self.returned_j += sums.returned_j;
        self.storage_in_j += sums.storage_in_j;
        self.storage_out_j += sums.storage_out_j;
        self.battery_gain_j += fleet.battery_j;
        self.storage_gain_j += storage_gain_j;
        self.driving_j += fleet.driving_j;
        self.losses_j += (sums.charged_j - sums.returned_j - fleet.battery_j)
            + (sums.storage_in_j - sums.storage_out_j - storage_gain_j);
    }

    /// What was added since they stood at others.
    #[must_use]
    pub const fn since(&self, before: &Self) -> Self {
        Self {
            grid_import_j: self.grid_import_j - before.grid_import_j,
            grid_export_j: self.grid_export_j - before.grid_export_j,
            building_j: self.building_j - before.building_j,
            pv_j: self.pv_j - before.pv_j,
            charged_j: self.charged_j - before.charged_j,
            returned_j: self.returned_j - before.returned_j,
            storage_in_j: self.storage_in_j - before.storage_in_j,
            storage_out_j: self.storage_out_j - before.storage_out_j,
            battery_gain_j: self.battery_gain_j - before.battery_gain_j,
            storage_gain_j: self.storage_gain_j - before.storage_gain_j,
            driving_j: self.driving_j - before.driving_j,
            losses_j: self.losses_j - before.losses_j,
        }
    }

    /// What does not close, given how much the energy in vehicles and in storage has really changed; zero always.
    pub const fn residual_j(&self, vehicles_change_j: i64, storage_change_j: i64) -> i64 {
        (self.grid_import_j - self.grid_export_j)
            - (vehicles_change_j + self.driving_j + self.losses_j + self.building_j - self.pv_j + storage_change_j)
    }
}

/// Balance: closes the fleet's books of the step and adds everything to the totals.
pub fn close_ledger(
    clock: Res<crate::clock::Clock>,
    sums: Res<StepSums>,
    storage: Res<StorageBooks>,
    mut shards: ResMut<FleetShards>,
    mut totals: ResMut<Totals>,
    mut cells: ResMut<CellTotals>,
) {
    let mut fleet = FleetStep::default();
    for shard in &mut shards.0 {
        let books = &mut shard.books;
        fleet.battery_j += books.battery.close(clock.step_s);
        fleet.driving_j += core::mem::take(&mut books.driving_j);
        for (total, line) in cells.charged_j.iter_mut().zip(&mut books.charged) {
            *total += line.close(clock.step_s);
        }
        for (total, line) in cells.returned_j.iter_mut().zip(&mut books.returned) {
            *total += line.close(clock.step_s);
        }
    }
    totals.add(&sums.city, fleet, storage.gained_j);
}

/// Energy charged and returned since the run began by class and place, at the meter, in J.
#[derive(Resource, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellTotals {
    /// Drawn.
    pub charged_j: [i64; crate::fleet::books::CELLS],
    /// Returned.
    pub returned_j: [i64; crate::fleet::books::CELLS],
}

impl Default for CellTotals {
    fn default() -> Self {
        Self { charged_j: [0; crate::fleet::books::CELLS], returned_j: [0; crate::fleet::books::CELLS] }
    }
}
