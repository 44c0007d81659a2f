//! The twin: a world of agents, a clock and a timetable, stepped headless.

pub(crate) mod digest;
mod fork;
mod spawn;

use crate::chance::Seed;
use crate::city::tree::{BranchFlow, Feeder, Substation, Transformer, TransformerFlow};
use crate::clock::{Calendar, Clock, DAY_S};
use crate::fleet::books::Counts;
use crate::fleet::causes::{Cause, Trace};
use crate::fleet::charger::Gun;
use crate::fleet::setpoint::Order;
use crate::fleet::shard::{FleetShards, StationShards};
use crate::fleet::station::{Answer, Reply, Station};
use crate::fleet::systems::put_fault;
use crate::fleet::vehicle::{Vehicle, VehicleState};
use crate::grid::ledger::{CellTotals, Totals};
use crate::market::tariff::sense_prices;
use crate::network::outage::RunningOutages;
use crate::network::{BySource, Carries, CarriesAll, CityNetwork, RunningGrid, agents_behind, by_source};
use crate::parallel::Threads;
use crate::phase::{Execution, timetable};
use crate::plan::{Aggregator, Plan};
use crate::report::observe::Observations;
use crate::report::recorder::Recorder;
use crate::report::survey::Survey;
use crate::site::blackout::Blackouts;
use crate::site::pv::PvArray;
use crate::site::shed::{ShedOrder, Shedding};
use crate::site::stock::Building;
use crate::site::storage::{StorageOrder, StorageOrders, StorageState, StorageUnit};
use crate::site::systems::{Conditions, StorageMovers, sense_conditions};
use crate::telemetry::{Frame, Level};
use bevy_ecs::prelude::*;
use bevy_ecs::system::RunSystemOnce;
use serde::{Deserialize, Serialize};

/// The most shards of vehicles and of stations. Results do not depend on their number.
const MOST_SHARDS: usize = 16;
/// Vehicles from which another shard is worth its overhead.
const SHARD_VEHICLES: usize = 8_192;

/// How a run is to be done.
#[derive(Clone, Debug)]
pub struct Options {
    /// First day of the run proper; the world's own when `None`.
    pub start: Option<jiff::civil::Date>,
    /// Days of the run proper.
    pub days: u32,
    /// Days before it; the world's own number when `None`.
    pub warmup_days: Option<u32>,
    /// Step in s; divides an hour.
    pub step_s: u32,
    /// Seed; the world's own when `None`.
    pub seed: Option<u64>,
    /// Threads to compute on.
    pub threads: usize,
    /// How systems are run.
    pub execution: Execution,
    /// Series to record, and how often in s.
    pub series: (Vec<Level>, u32),
    /// Number of shards; as the size of the world asks for when `None`.
    pub shards: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            start: None,
            days: 1,
            warmup_days: None,
            step_s: 60,
            seed: None,
            threads: 1,
            execution: Execution::default(),
            series: (Vec::new(), 900),
            shards: None,
        }
    }
}

/// How many agents of each kind there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentCounts {
    /// Vehicles.
    pub vehicles: usize,
    /// Charge points.
    pub chargers: usize,
    /// Stations.
    pub stations: usize,
    /// Buildings.
    pub buildings: usize,
    /// Solar arrays.
    pub pv_arrays: usize,
    /// Storage units.
    pub storage_units: usize,
    /// Transformers.
    pub transformers: usize,
    /// Feeders.
    pub feeders: usize,
    /// Substations.
    pub substations: usize,
    /// Aggregators.
    pub aggregators: usize,
}

/// Energy in batteries, read from the agents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// In vehicles, in J.
    pub vehicles_j: i64,
    /// In storage units, in J.
    pub storage_j: i64,
}

/// A running twin.
pub struct Twin {
    world: World,
    schedule: Schedule,
    options: Options,
    stored_at_start: Stored,
    first_tick: u32,
    end_tick: u32,
}

impl Twin {
    /// Spawns a plan and makes it ready for its first step, `warmup_days` before the run proper.
    pub fn new(plan: Plan, options: &Options) -> Self {
        let warmup_days = options.warmup_days.unwrap_or(plan.warmup_days);
        let threads = Threads::start(options.threads);
        let mut world = World::new();
        let start = options.start.unwrap_or(plan.start);
        let first = start.saturating_sub(jiff::Span::new().days(i64::from(warmup_days)));
        let days = (warmup_days + options.days) as usize + 1;
        let calendar = Calendar::new(first, days, plan.utc_offset_s, &plan.special_days);
        world.insert_resource(threads);
        world.insert_resource(Clock { tick: 0, step_s: options.step_s });
        world.insert_resource(Seed(options.seed.unwrap_or(plan.seed)));
        spawn::insert_resources(&mut world, &plan, &calendar);
        world.insert_resource(calendar);
        world.insert_resource(Recorder::new(options.series.0.clone(), options.series.1, &plan));
        let fitting = plan.vehicles.len().div_ceil(SHARD_VEHICLES).clamp(1, MOST_SHARDS);
        spawn::insert_shards(&mut world, &plan, options.shards.unwrap_or(fitting));
        spawn::agents(&mut world, plan, threads);
        let schedule = timetable(&mut world, options.execution);
        let per_day = DAY_S / options.step_s;
        let mut twin = Self {
            world,
            schedule,
            options: options.clone(),
            stored_at_start: Stored::default(),
            first_tick: warmup_days * per_day,
            end_tick: (warmup_days + options.days) * per_day,
        };
        twin.stored_at_start = twin.stored();
        twin
    }

    /// Simulates one step.
    pub fn step(&mut self) {
        self.let_fail();
        self.schedule.run(&mut self.world);
        if self.clock().tick.is_multiple_of(60) {
            self.world.clear_trackers();
        }
        self.solve_network();
    }

    /// Gives the twin a network, which it solves in the run proper at every multiple of an interval in s: what flows
    /// through transformers then. The tree's own flows and limits stay as they are.
    pub fn carry(&mut self, network: CityNetwork, every_s: u32) {
        self.world.insert_resource(RunningGrid::new(network, every_s));
    }

    /// Lets dispatch, and charging that is shared by least laxity, keep to what the network it has been given carries
    /// as it was last solved, in place of the tree's ratings.
    pub fn hold_to_network(&mut self) {
        let count = |rows: usize| vec![Carries::default(); rows];
        let carries = CarriesAll {
            transformers: count(self.world.query::<&Transformer>().iter(&self.world).len()),
            feeders: count(self.world.query::<&Feeder>().iter(&self.world).len()),
            substations: count(self.world.query::<&Substation>().iter(&self.world).len()),
        };
        if let Some(mut grid) = self.world.get_resource_mut::<RunningGrid>() {
            grid.hold(carries);
        }
    }

    /// What was drawn in the last step behind each transformer, by row.
    pub fn areas(&mut self) -> Vec<BySource> {
        let mut areas = Vec::new();
        by_source(&mut self.world, &mut areas);
        areas
    }

    /// The network it has been given, and what that has come to.
    pub fn network(&self) -> Option<&RunningGrid> {
        self.world.get_resource::<RunningGrid>()
    }

    /// Lets things fail, if there is a network they can fail in.
    pub fn fail(&mut self, outages: RunningOutages) {
        if let Some(mut grid) = self.world.get_resource_mut::<RunningGrid>() {
            grid.expect(outages);
        }
    }

    /// Areas that are or were without supply.
    pub fn blackouts(&self) -> &Blackouts {
        self.world.resource()
    }

    /// Takes the supply from whoever loses it in the coming step: their points fail.
    fn let_fail(&mut self) {
        let now_s = self.clock().now_s();
        if !self.network().and_then(RunningGrid::outages).is_some_and(|outages| outages.is_due(now_s)) {
            return;
        }
        let areas = self.areas();
        let dark = self.world.resource_scope(|world, mut grid: Mut<RunningGrid>| {
            grid.fail(now_s, &areas, &mut world.resource_mut::<Blackouts>())
        });
        let mut stations = self.world.query::<&Station>();
        let is_dark = |station: &&Station| dark.binary_search(&station.node).is_ok();
        let guns = stations.iter(&self.world).filter(is_dark).map(|s| s.first_gun..s.first_gun + s.guns);
        let guns: Vec<u32> = guns.flatten().collect();
        let shards = &mut self.world.resource_mut::<StationShards>().0;
        for gun in guns {
            let at = shards.partition_point(|shard| shard.first_gun + shard.guns <= gun);
            put_fault(&mut shards[at].faults, (now_s, gun));
        }
    }

    fn solve_network(&mut self) {
        let now_s = self.clock().now_s();
        if now_s <= self.warmup_s() || !self.network().is_some_and(|grid| grid.is_due(now_s)) {
            return;
        }
        let threads = *self.world.resource::<Threads>();
        let air_c = self.world.resource::<Conditions>().air.temperature_c;
        self.world.resource_scope(|world, mut grid: Mut<RunningGrid>| {
            by_source(world, grid.areas_mut());
            grid.solve(air_c, threads);
            let draws = agents_behind(world, &grid.overloaded_transformers());
            grid.book_violations(&draws);
        });
    }

    /// Simulates the days before the run proper, if any, and starts the books anew. Within the run proper it does
    /// nothing: what has been booked stands.
    pub fn warm_up(&mut self) {
        while self.clock().tick < self.first_tick {
            self.step();
        }
        if self.clock().tick == self.first_tick {
            self.start_books();
        }
    }

    /// Simulates to the end of the run proper.
    pub fn run(&mut self) {
        self.warm_up();
        while !self.is_over() {
            self.step();
        }
    }

    /// Forgets what has been booked and observed so far.
    fn start_books(&mut self) {
        self.world.insert_resource(Totals::default());
        self.world.insert_resource(CellTotals::default());
        self.world.insert_resource(Observations::default());
        self.world.resource_mut::<Recorder>().ready.clear();
        self.world.resource_mut::<Survey>().start();
        for shard in &mut self.world.resource_mut::<FleetShards>().0 {
            let plugged = shard.books.counts.plugged;
            shard.books.counts = Counts { plugged, ..Counts::default() };
            shard.books.driving_by_class_j = [0; 8];
            shard.books.metres_by_class = [0; 8];
            shard.books.late_by_class = [0; 8];
            shard.books.sessions_by_cell.fill(0);
            shard.books.public_sessions_by_hour.fill([0; 24]);
        }
        for mut flow in self.world.query::<&mut TransformerFlow>().iter_mut(&mut self.world) {
            (flow.peak_w, flow.overload_s) = (0, 0);
        }
        for mut flow in self.world.query::<&mut BranchFlow>().iter_mut(&mut self.world) {
            (flow.peak_w, flow.overload_s) = (0, 0);
        }
        self.stored_at_start = self.stored();
    }

    /// How the run was asked to be done.
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// Seed of all draws.
    pub fn seed(&self) -> u64 {
        self.world.resource::<Seed>().0
    }

    /// Length of the days before the run proper, in s.
    pub fn warmup_s(&self) -> u32 {
        self.first_tick * self.clock().step_s
    }

    /// Energy in all batteries when the run proper began.
    pub(crate) const fn stored_at_start(&self) -> Stored {
        self.stored_at_start
    }

    /// The same, read from a snapshot.
    pub(crate) const fn set_stored_at_start(&mut self, stored: Stored) {
        self.stored_at_start = stored;
    }

    /// Goes on after `tick` steps, whose state has been put into the rows: what follows from the clock is worked out as
    /// it was in the last of them.
    pub(crate) fn resume_at(&mut self, tick: u32) {
        if tick > 0 {
            self.world.resource_mut::<Clock>().tick = tick - 1;
            // They have no parameters that could be missing.
            self.world.run_system_once(sense_conditions).expect("the world has all its resources");
            self.world.run_system_once(sense_prices).expect("the world has all its resources");
        }
        self.world.resource_mut::<Clock>().tick = tick;
    }

    /// True when the run has reached its end.
    pub fn is_over(&self) -> bool {
        self.clock().tick >= self.end_tick
    }

    /// Steps from the first of the warm-up to the end.
    pub const fn total_steps(&self) -> u32 {
        self.end_tick
    }

    /// The clock.
    pub fn clock(&self) -> Clock {
        *self.world.resource::<Clock>()
    }

    /// The calendar.
    pub fn calendar(&self) -> &Calendar {
        self.world.resource::<Calendar>()
    }

    /// A resource of the world, to read.
    pub fn resource<R: Resource>(&self) -> &R {
        self.world.resource::<R>()
    }

    /// The world, to be read.
    pub(crate) const fn world(&self) -> &World {
        &self.world
    }

    /// The world, for queries of tests and tools.
    pub const fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    /// Asks something of a vehicle; it hears it as the next step begins, if it is plugged in then.
    pub fn order(&mut self, vehicle: u32, order: Order) {
        self.send(vehicle, Answer::Order(order));
    }

    /// Calls a vehicle to a station, as its driver has agreed; it goes if it is parked and free, and stays ready there
    /// until a second of the run, unless it has to leave before.
    pub fn call_to(&mut self, vehicle: u32, station: u32, until_s: u32) {
        self.send(vehicle, Answer::Come { station, until_s });
    }

    /// Reminds a driver that it has agreed not to go to a charging point in some seconds of the run.
    pub fn put_off(&mut self, vehicle: u32, from_s: u32, until_s: u32) {
        self.send(vehicle, Answer::PutOff { from_s, until_s });
    }

    fn send(&mut self, vehicle: u32, what: Answer) {
        let at_s = self.clock().now_s();
        let mut shards = self.world.resource_mut::<FleetShards>();
        let per = shards.per();
        if let Some(shard) = shards.0.get_mut((vehicle / per) as usize).filter(|s| vehicle < s.first + s.len) {
            shard.inbox.push(Reply { vehicle, at_s, what });
        }
    }

    /// Traces some vehicles from now on, beside those that are traced already: what they decide is kept, with reasons.
    pub fn trace(&mut self, vehicles: impl IntoIterator<Item = u32>) {
        let mut shards = self.world.resource_mut::<FleetShards>();
        let per = shards.per();
        for vehicle in vehicles {
            let shard = shards.0.get_mut((vehicle / per) as usize).filter(|s| vehicle < s.first + s.len);
            if let Some(shard) = shard
                && let Err(place) = shard.trace.of.binary_search(&vehicle)
            {
                shard.trace.of.insert(place, vehicle);
            }
        }
    }

    /// What traced vehicles have decided: by vehicle, each in order.
    pub fn traced(&self) -> Trace {
        let shards = &self.world.resource::<FleetShards>().0;
        let of = shards.iter().flat_map(|shard| &shard.trace.of).copied().collect();
        let mut log: Vec<Cause> = shards.iter().flat_map(|shard| &shard.trace.log).copied().collect();
        // Stable: what a vehicle decides in one second stays in order.
        log.sort_by_key(|cause| cause.vehicle);
        Trace { of, log }
    }

    /// Goes on with a trace that was kept elsewhere.
    pub(crate) fn set_traced(&mut self, trace: Trace) {
        self.trace(trace.of);
        let mut shards = self.world.resource_mut::<FleetShards>();
        let per = shards.per();
        for cause in trace.log {
            shards.0[(cause.vehicle / per) as usize].trace.log.push(cause);
        }
    }

    /// Asks a building to shed load, from the next step on.
    pub fn order_building(&mut self, row: u32, order: ShedOrder) {
        self.world.resource_mut::<Shedding>().ask(row, order);
    }

    /// Asks a storage unit to charge or to discharge, from the next step on.
    pub fn order_storage(&mut self, row: u32, order: StorageOrder) {
        self.world.resource_mut::<StorageOrders>().0.insert(row, order);
        self.world.resource_mut::<StorageMovers>().wake(row);
    }

    /// Frames that are ready to be written.
    pub fn take_frames(&mut self) -> Vec<Frame> {
        core::mem::take(&mut self.world.resource_mut::<Recorder>().ready)
    }

    /// How many agents there are.
    pub fn counts(&mut self) -> AgentCounts {
        let w = &mut self.world;
        AgentCounts {
            vehicles: w.query::<&Vehicle>().iter(w).len(),
            chargers: w.query::<&Gun>().iter(w).len(),
            stations: w.query::<&Station>().iter(w).len(),
            buildings: w.query::<&Building>().iter(w).len(),
            pv_arrays: w.query::<&PvArray>().iter(w).len(),
            storage_units: w.query::<&StorageUnit>().iter(w).len(),
            transformers: w.query::<&Transformer>().iter(w).len(),
            feeders: w.query::<&Feeder>().iter(w).len(),
            substations: w.query::<&Substation>().iter(w).len(),
            aggregators: w.query::<&Aggregator>().iter(w).len(),
        }
    }

    /// Energy in all batteries now, read from the agents themselves.
    pub fn stored(&mut self) -> Stored {
        let now_s = self.clock().now_s();
        let mut states = self.world.query::<&VehicleState>();
        let shards = self.world.resource::<FleetShards>();
        let per = shards.per();
        let vehicles_j = states
            .iter(&self.world)
            .enumerate()
            .map(|(row, s)| {
                let tapers = &shards.0[row / per as usize].tapers;
                tapers.get(s.taper as usize).map_or_else(|| s.flat_energy_at(now_s), |t| t.energy_at(now_s)).0
            })
            .sum();
        let storage_j = self.world.query::<&StorageState>().iter(&self.world).map(|s| s.energy.0).sum();
        Stored { vehicles_j, storage_j }
    }

    /// What does not close in the ledger since the run proper began, in J; zero unless there is a mistake of ours.
    pub fn ledger_residual_j(&mut self) -> i64 {
        let now = self.stored();
        let before = self.stored_at_start;
        let totals = self.world.resource::<Totals>();
        totals.residual_j(now.vehicles_j - before.vehicles_j, now.storage_j - before.storage_j)
    }

    /// Counts of the fleet since the run proper began.
    pub fn fleet_counts(&self) -> Counts {
        let mut sum = Counts::default();
        self.world.resource::<FleetShards>().0.iter().for_each(|s| sum.add(&s.books.counts));
        sum
    }
}
