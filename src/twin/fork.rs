//! Two futures of one past: a copy of a twin goes on from the same state with the same draws.

use super::Twin;
use crate::chance::Seed;
use crate::city::geography::Geography;
use crate::city::tree::{BranchFlow, Feeder, Substation, Transformer, TransformerFlow, Tree};
use crate::clock::{Calendar, Clock};
use crate::fleet::charger::Gun;
use crate::fleet::params::{FleetParams, Surroundings};
use crate::fleet::shard::{FleetShards, StationShards};
use crate::fleet::station::{Board, Station};
use crate::fleet::vehicle::{Vehicle, VehicleState};
use crate::grid::balance::StepSums;
use crate::grid::ledger::{CellTotals, Totals};
use crate::market::programme::Programme;
use crate::market::tariff::{ClimateUse, Tariff};
use crate::network::RunningGrid;
use crate::parallel::Threads;
use crate::phase::timetable;
use crate::plan::Aggregator;
use crate::report::observe::Observations;
use crate::report::recorder::Recorder;
use crate::report::survey::Survey;
use crate::site::blackout::Blackouts;
use crate::site::pv::{PvArray, PvOutput, PvParams};
use crate::site::shed::Shedding;
use crate::site::stock::{Building, BuildingLoad};
use crate::site::storage::{StorageOrders, StorageParams, StorageState, StorageUnit};
use crate::site::systems::{Conditions, LoadRes, StorageBooks, StorageMovers, WeatherRes};
use bevy_ecs::prelude::*;

impl Twin {
    /// A copy that goes on by itself. Until something is done to one of them, both have the same future.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        let mut world = World::new();
        copy_resources(&self.world, &mut world);
        copy_rows(&mut self.world, &mut world);
        let schedule = timetable(&mut world, self.options.execution);
        Self {
            world,
            schedule,
            options: self.options.clone(),
            stored_at_start: self.stored_at_start,
            first_tick: self.first_tick,
            end_tick: self.end_tick,
        }
    }
}

/// Copies resources of the given types.
macro_rules! copy {
    ($from:ident, $to:ident: $($resource:ty),+ $(,)?) => {
        $($to.insert_resource($from.resource::<$resource>().clone());)+
    };
}

/// Copies everything that is not an agent. What the timetable needs for itself it makes anew.
fn copy_resources(from: &World, to: &mut World) {
    copy!(from, to: Threads, Clock, Seed, Calendar, Tree, Geography, Board, FleetShards, StationShards);
    copy!(from, to: WeatherRes, Conditions, LoadRes, PvParams, StorageParams, StorageBooks, StorageMovers);
    copy!(from, to: StorageOrders, Shedding, Blackouts);
    copy!(from, to: FleetParams, Tariff, ClimateUse, Surroundings, Programme);
    copy!(from, to: StepSums, Totals, CellTotals, Observations, Survey, Recorder);
    if let Some(grid) = from.get_resource::<RunningGrid>() {
        to.insert_resource(grid.clone());
    }
}

/// Copies the agents; rows stay ids.
fn copy_rows(from: &mut World, to: &mut World) {
    copy_pairs_of::<Vehicle, VehicleState>(from, to);
    copy_rows_of::<Gun>(from, to);
    copy_rows_of::<Station>(from, to);
    copy_pairs_of::<Building, BuildingLoad>(from, to);
    copy_pairs_of::<PvArray, PvOutput>(from, to);
    copy_pairs_of::<StorageUnit, StorageState>(from, to);
    copy_pairs_of::<Transformer, TransformerFlow>(from, to);
    copy_pairs_of::<Feeder, BranchFlow>(from, to);
    copy_pairs_of::<Substation, BranchFlow>(from, to);
    copy_rows_of::<Aggregator>(from, to);
}

fn copy_rows_of<A: Component + Clone>(from: &mut World, to: &mut World) {
    let rows: Vec<A> = from.query::<&A>().iter(from).cloned().collect();
    to.spawn_batch(rows.into_iter().map(|a| (a,)));
}

fn copy_pairs_of<A: Component + Clone, B: Component + Clone>(from: &mut World, to: &mut World) {
    let rows: Vec<(A, B)> = from.query::<(&A, &B)>().iter(from).map(|(a, b)| (a.clone(), b.clone())).collect();
    to.spawn_batch(rows);
}
