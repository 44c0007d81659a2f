//! From a plan to a world: its resources, its shards, and every agent, rows following ids.

use crate::city::tree::{BranchFlow, TransformerFlow};
use crate::clock::Calendar;
use crate::fleet::agenda::Due;
use crate::fleet::books::{Line, SurveyLines};
use crate::fleet::charger::GunStatus;
use crate::fleet::params::Surroundings;
use crate::fleet::shard::{FleetShards, Shard, StationShard, StationShards, rows_per_shard};
use crate::fleet::station::{Board, Site, UNSURVEYED};
use crate::fleet::vehicle::{NEVER_S, Vehicle, VehicleState};
use crate::grid::balance::StepSums;
use crate::grid::ledger::{CellTotals, Totals};
use crate::parallel::Threads;
use crate::plan::Plan;
use crate::report::observe::Observations;
use crate::report::survey::Survey;
use crate::site::blackout::Blackouts;
use crate::site::building::{FactorTable, Moment};
use crate::site::pv::PvOutput;
use crate::site::shed::Shedding;
use crate::site::stock::BuildingLoad;
use crate::site::storage::{StorageKind, StorageOrders, StorageState, StorageUnit};
use crate::site::systems::{Conditions, LoadRes, StorageBooks, StorageMovers, WeatherRes};
use crate::site::weather::Memo;
use bevy_ecs::prelude::*;

/// Puts into the world what all systems read.
pub(super) fn insert_resources(world: &mut World, plan: &Plan, calendar: &Calendar) {
    let weather = WeatherRes { weather: plan.weather.clone(), memo: Memo::default() };
    let day = calendar.day(0);
    let at = Moment { unix_day: day.unix_day, second: 0, today: day.kind, yesterday: day.kind };
    let air = weather.weather.air(day.unix_day, 0);
    let factors: FactorTable = plan.load.table(&at, &air);
    world.insert_resource(weather);
    world.insert_resource(Conditions { air, sky: None, factors });
    world.insert_resource(LoadRes(plan.load.clone()));
    world.insert_resource(plan.pv_params.clone());
    world.insert_resource(plan.storage_params);
    world.insert_resource(plan.fleet.clone());
    world.insert_resource(plan.tariff.clone());
    world.insert_resource(plan.climate);
    world.insert_resource(plan.programme.clone());
    world.insert_resource(Surroundings::of_prices([0.0; 24], 1));
    world.insert_resource(StorageBooks::default());
    world.insert_resource(StorageOrders::default());
    world.insert_resource(Shedding::default());
    world.insert_resource(Blackouts::default());
    let moves = |u: &StorageUnit| u.kind != StorageKind::BaseStation;
    let movers = (0..).zip(&plan.storage).filter(|(_, (unit, _))| moves(unit)).map(|(row, _)| row).collect();
    world.insert_resource(StorageMovers(movers));
    world.insert_resource(StepSums::new(&plan.transformers, plan.tree.zone_ids.len()));
    world.insert_resource(Totals::default());
    world.insert_resource(CellTotals::default());
    world.insert_resource(Observations::default());
    world.insert_resource(Survey::new(plan.surveyed.clone()));
}

/// Divides vehicles and stations into shards.
pub(super) fn insert_shards(world: &mut World, plan: &Plan, shards: usize) {
    let per_station = rows_per_shard(plan.stations.len(), shards);
    let slots = plan.surveyed.len();
    let mut fleet = FleetShards::new(plan.vehicles.len(), shards, shards, 0);
    fleet.0.iter_mut().for_each(|s| s.books.survey = vec![SurveyLines::default(); slots]);
    let fleet_shards = fleet.0.len();
    let station_shards = (0..plan.stations.len())
        .step_by(per_station)
        .map(|first| {
            let stations = &plan.stations[first..(first + per_station).min(plan.stations.len())];
            StationShard {
                first: first as u32,
                len: stations.len() as u32,
                first_gun: stations[0].first_gun,
                guns: stations.iter().map(|s| s.guns).sum(),
                replies: vec![Vec::new(); fleet_shards],
                busy: busy_at_start(plan, first..first + stations.len(), slots),
                ..StationShard::default()
            }
        })
        .collect();
    world.insert_resource(StationShards(station_shards));
    world.insert_resource(Board { sites: counted_sites(plan), per_shard: per_station as u32 });
    world.insert_resource(fleet);
}

/// What everyone may know of the stations, their guns counted as they are whenever one has been served.
fn counted_sites(plan: &Plan) -> Vec<Site> {
    let mut sites = plan.sites.clone();
    for (site, station) in sites.iter_mut().zip(&plan.stations) {
        site.recount(station, &plan.guns[station.first_gun as usize..(station.first_gun + station.guns) as usize]);
    }
    sites
}

/// Points of a run of stations that are busy as the run begins, by slot of the survey.
fn busy_at_start(plan: &Plan, stations: core::ops::Range<usize>, slots: usize) -> Vec<Line> {
    let mut busy = vec![Line::default(); slots];
    for row in stations.filter(|&row| plan.sites[row].survey != UNSURVEYED) {
        let station = &plan.stations[row];
        let guns = &plan.guns[station.first_gun as usize..(station.first_gun + station.guns) as usize];
        let not_free = guns.iter().filter(|g| g.status != GunStatus::Available).count();
        busy[usize::from(plan.sites[row].survey)].standing_w += not_free as i64;
    }
    busy
}

/// Spawns every agent; rows follow ids.
pub(super) fn agents(world: &mut World, plan: Plan, threads: Threads) {
    spawn_vehicles(world, &plan, threads);
    first_appointments(world, threads);
    world.insert_resource(plan.tree);
    world.insert_resource(plan.geography);
    world.spawn_batch(plan.guns);
    world.spawn_batch(plan.stations);
    world.spawn_batch(plan.buildings.into_iter().map(|b| (b, BuildingLoad::default())));
    world.spawn_batch(plan.pv.into_iter().map(|p| (p, PvOutput::default())));
    let storage = plan.storage.into_iter().map(|(unit, energy)| (unit, StorageState { energy, meter_j: 0 }));
    world.spawn_batch(storage);
    world.spawn_batch(plan.transformers.into_iter().map(|t| (t, TransformerFlow::idle(&t))));
    world.spawn_batch(plan.feeders.into_iter().map(|f| (f, BranchFlow::default())));
    world.spawn_batch(plan.substations.into_iter().map(|s| (s, BranchFlow::default())));
    world.spawn_batch(plan.aggregators);
}

/// Vehicles made at a time by one thread: few enough to stay in the cache until they are spawned.
const BATCH: usize = 4_096;
/// Batches that wait to be spawned, at most, for each thread that makes them.
const BATCHES_AHEAD: usize = 4;

type Batch = Vec<(Vehicle, VehicleState)>;

/// Hands out vehicles in id order, from batches that other threads make ahead. Its length is known, so that the world's
/// table is laid out once.
struct VehicleStream<B: Iterator<Item = Batch>> {
    batches: B,
    batch: std::vec::IntoIter<(Vehicle, VehicleState)>,
    left: usize,
}

impl<B: Iterator<Item = Batch>> Iterator for VehicleStream<B> {
    type Item = (Vehicle, VehicleState);

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(vehicle) = self.batch.next() {
            self.left -= 1;
            return Some(vehicle);
        }
        self.batch = self.batches.next()?.into_iter();
        self.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

/// Spawns the vehicles: while this thread lays them out in the world, the others make the next ones.
fn spawn_vehicles(world: &mut World, plan: &Plan, threads: Threads) {
    let total = plan.vehicles.len();
    let batches = total.div_ceil(BATCH);
    let make =
        |k: usize| -> Batch { (k * BATCH..((k + 1) * BATCH).min(total)).map(|row| plan.vehicle(row as u32)).collect() };
    let mut spawn = |batches: &mut dyn Iterator<Item = Batch>| {
        world.spawn_batch(VehicleStream { batches, batch: Vec::new().into_iter(), left: total });
    };
    let makers = if threads.0 == 1 { 0 } else { threads.0.min(batches) };
    if makers == 0 {
        return spawn(&mut (0..batches).map(make));
    }
    std::thread::scope(|scope| {
        let receivers: Vec<_> = (0..makers)
            .map(|maker| {
                let (sender, receiver) = crossbeam::channel::bounded(BATCHES_AHEAD);
                // Nobody receives any more only when the spawning thread has panicked: then there is nothing to do.
                scope.spawn(move || (maker..batches).step_by(makers).all(|k| sender.send(make(k)).is_ok()));
                receiver
            })
            .collect();
        spawn(&mut (0..batches).filter_map(|k| receivers[k % makers].recv().ok()));
    });
}

/// Makes every vehicle's first appointment.
fn first_appointments(world: &mut World, threads: Threads) {
    world.resource_scope(|world, mut fleet: Mut<FleetShards>| {
        let mut query = world.query::<&VehicleState>();
        let query = query.query(world);
        let states = crate::parallel::rows(&query);
        threads.each(fleet.0.iter_mut().collect(), |shard: &mut Shard| {
            for row in shard.first..shard.first + shard.len {
                let at_s = states[row as usize].next_s;
                if at_s != NEVER_S {
                    shard.wheel.push(Due { row, at_s });
                }
            }
        });
    });
}
