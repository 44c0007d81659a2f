//! From what was read to a twin.
//!
//! Everything is held against the world before it is put into a row: a snapshot that goes wrong leaves nothing half
//! done, and none of its numbers is taken for an index before it is known to be one.

use super::books;
use super::error::SnapshotError;
use super::fields::is_row;
use super::read::Snapshot;
use super::rows::{Runs, Sessions, Stations};
use crate::city::tree::{BranchFlow, Feeder, Substation, TransformerFlow};
use crate::fleet::agenda::{Due, Wheel};
use crate::fleet::battery::Piece;
use crate::fleet::charger::{Gun, NONE};
use crate::fleet::shard::{FleetShards, StationShards};
use crate::fleet::station::{Board, Request, Station, Waiting};
use crate::fleet::vehicle::{NEVER_S, Vehicle, VehicleState};
use crate::network::{CityNetwork, RunningGrid, SavedGrid};
use crate::parallel::{Threads, rows, with_rows};
use crate::plan::Plan;
use crate::report::recorder::Recorder;
use crate::site::blackout::Blackouts;
use crate::site::pv::PvOutput;
use crate::site::storage::{StorageState, StorageUnit};
use crate::site::systems::{StorageBooks, StorageMovers};
use crate::twin::Twin;
use crate::units::Energy;
use crate::world::Checked;
use bevy_ecs::component::Mutable;
use bevy_ecs::prelude::{Component, With, World};
use std::collections::VecDeque;

/// More energy than any battery holds, in J.
const MOST_J: u64 = 1 << 50;

impl Snapshot {
    /// The twin as it was, on some threads.
    ///
    /// # Errors
    /// What does not hold together.
    pub fn resume(self, threads: usize) -> Result<Twin, SnapshotError> {
        let stated = self.head.hash();
        let world = self.world.clone();
        let mut twin = self.resume_in(&world, threads)?;
        let found = twin.hash();
        match stated {
            Some(stated) if stated == found => Ok(twin),
            stated => Err(SnapshotError::OtherState { stated: stated.unwrap_or_default(), found }),
        }
    }

    /// The twin as it was, in another world with the same agents: other prices, another behaviour, another weather.
    ///
    /// # Errors
    /// What does not hold together, and a world with other agents.
    pub fn resume_in(mut self, world: &Checked, threads: usize) -> Result<Twin, SnapshotError> {
        let options = self.head.options(threads)?;
        let (tick, plan) = (self.head.tick, world.plan());
        let saved = self.network.take();
        let blackouts = saved.as_ref().map_or_else(Blackouts::default, |saved| saved.blackouts.clone());
        let network = saved.map(|saved| network(saved, &plan, threads)).transpose()?;
        let mut twin = Twin::new(plan, &options);
        self.check(&mut twin)?;
        self.check_batteries(&mut twin)?;
        self.put(&mut twin);
        twin.world_mut().insert_resource(blackouts);
        if let Some(network) = network {
            twin.world_mut().insert_resource(network);
        }
        twin.resume_at(tick);
        Ok(twin)
    }

    /// Holds what was read against the agents of a world.
    fn check(&self, twin: &mut Twin) -> Result<(), SnapshotError> {
        let counts = twin.counts();
        let kinds = [
            ("vehicles", self.vehicles.len(), counts.vehicles),
            ("charge points", self.guns.len(), counts.chargers),
            ("stations", self.head.agents.stations, counts.stations),
            ("buildings", self.sites.buildings.len(), counts.buildings),
            ("solar arrays", self.sites.pv.len(), counts.pv_arrays),
            ("storage units", self.sites.storage.len(), counts.storage_units),
            ("transformers", self.tree.transformers.len(), counts.transformers),
            ("feeders", self.tree.feeders.len(), counts.feeders),
            ("substations", self.tree.substations.len(), counts.substations),
            ("aggregators", self.head.agents.aggregators, counts.aggregators),
        ];
        let hint = "change prices, behaviour or weather, but not how many there are";
        for (kind, found, expected) in kinds {
            if found != expected {
                return Err(SnapshotError::OtherWorld { kind, found, expected, hint });
            }
        }
        let zones = twin.resource::<crate::city::tree::Tree>().zone_ids.len();
        let zone = |zone: u16| usize::from(zone) < zones;
        let now_s = self.head.tick * self.head.step_s;
        let energy = |energy: Energy| energy.0.unsigned_abs() < MOST_J;
        let vehicle = |s: &VehicleState| {
            energy(s.energy)
                && is_row(s.station, counts.stations)
                && is_row(s.gun, counts.chargers)
                && zone(s.zone)
                && zone(s.to_zone)
        };
        let row = |row: u32| (row as usize) < counts.vehicles;
        let (sessions, stations) = (&self.sessions, &self.stations);
        let taper = |t: &crate::fleet::session::Taper| {
            let Piece { energy: from, power_w, slope_per_s, .. } = t.piece;
            let past_s = f64::from(now_s.saturating_sub(t.from_s));
            row(t.row)
                && energy(from)
                && energy(t.booked)
                && power_w.abs() < 1e9
                && (slope_per_s * past_s).abs() < 50.0
                && (t.node as usize) < counts.transformers
                && usize::from(t.cell) < crate::fleet::books::CELLS
                && zone(t.zone)
        };
        let station = |at: u32| (at as usize) < counts.stations;
        let slots = twin.resource::<crate::report::survey::Survey>().zones.len();
        let sound = self.vehicles.iter().all(vehicle)
            && self.guns.iter().all(|gun| is_row(gun.vehicle, counts.vehicles))
            && sessions.tapers.iter().all(taper)
            && sessions.tapers.is_sorted_by(|a, b| a.row < b.row)
            && self.causes.of.iter().all(|at| row(*at))
            && self.causes.log.iter().all(|cause| row(cause.vehicle))
            && sessions.orders.iter().all(|(at, _)| row(*at))
            && sessions.promises.iter().all(|(at, _)| row(*at))
            && stations.queues.iter().all(|(at, queue)| station(*at) && queue.iter().all(|w| row(w.vehicle)))
            && stations.faults.iter().all(|(_, gun)| (*gun as usize) < counts.chargers)
            && stations.requests.iter().all(|r| station(r.station) && row(r.vehicle))
            && stations.replies.iter().all(|r| row(r.vehicle))
            && self.sites.movers.iter().all(|unit| (*unit as usize) < counts.storage_units)
            && self.sites.orders.0.keys().all(|unit| (*unit as usize) < counts.storage_units)
            && self.sites.shedding.0.keys().all(|building| (*building as usize) < counts.buildings)
            && (self.booked.fleet.survey.len() == slots || counts.vehicles == 0)
            && self.booked.busy.len() == slots
            && self.booked.sums.zones.len() == zones
            && self.booked.sums.books.len() == zones
            && self.booked.interval.fits(&twin.resource::<Recorder>().open);
        sound.then_some(()).ok_or_else(|| SnapshotError::inconsistent("it names agents that its world does not have"))
    }

    /// Holds the energy in batteries and storage units against what the world lets them have.
    fn check_batteries(&self, twin: &mut Twin) -> Result<(), SnapshotError> {
        let w = twin.world_mut();
        let mut fleet = w.query::<&Vehicle>();
        let fits = |(s, v): (&VehicleState, &Vehicle)| s.energy.0 <= i64::from(v.capacity_j);
        let vehicles = self.vehicles.iter().zip(rows(&fleet.query(w))).filter(|pair| !fits(*pair)).count();
        let mut units = w.query::<&StorageUnit>();
        let fits = |(s, unit): (&StorageState, &StorageUnit)| s.energy <= unit.capacity;
        let units = self.sites.storage.iter().zip(rows(&units.query(w))).filter(|pair| !fits(*pair)).count();
        match (vehicles, units) {
            (0, 0) => Ok(()),
            (0, units) => Err(SnapshotError::Overfull { kind: "storage units", count: units }),
            (vehicles, _) => Err(SnapshotError::Overfull { kind: "vehicles", count: vehicles }),
        }
    }

    /// Puts what was read into the rows and resources of a twin that has not begun.
    fn put(self, twin: &mut Twin) {
        let Self { head, mut vehicles, guns, sessions, stations, sites, tree, booked, causes, .. } = self;
        let now_s = head.tick * head.step_s;
        let w = twin.world_mut();
        put_sessions(&mut w.resource_mut::<FleetShards>(), &mut vehicles, sessions, now_s);
        put_runs(w, &vehicles);
        put_guns(w, &guns);
        put_stations(w, stations);
        put_rows(w, sites.buildings);
        put_rows::<PvOutput>(w, sites.pv);
        put_rows::<StorageState>(w, sites.storage);
        w.insert_resource(StorageMovers(sites.movers));
        w.insert_resource(sites.orders);
        w.insert_resource(sites.shedding);
        put_rows::<TransformerFlow>(w, tree.transformers);
        let feeders = w.query_filtered::<&mut BranchFlow, With<Feeder>>().iter_mut(w).collect::<Vec<_>>();
        feeders.into_iter().zip(tree.feeders).for_each(|(mut to, flow)| *to = flow);
        let substations = w.query_filtered::<&mut BranchFlow, With<Substation>>().iter_mut(w).collect::<Vec<_>>();
        substations.into_iter().zip(tree.substations).for_each(|(mut to, flow)| *to = flow);
        books::give(&mut w.resource_mut::<FleetShards>(), booked.fleet);
        books::give_busy(&mut w.resource_mut::<StationShards>(), booked.busy);
        w.insert_resource(booked.sums);
        w.insert_resource(booked.totals);
        w.insert_resource(booked.cells);
        w.insert_resource(booked.observations);
        w.insert_resource(booked.survey);
        w.insert_resource(StorageBooks { gained_j: booked.storage_gained_j });
        w.resource_mut::<Recorder>().open = booked.interval;
        twin.set_stored_at_start(booked.stored_at_start);
        twin.set_traced(causes);
    }
}

/// The network of a plan as it was.
fn network(saved: SavedGrid, plan: &Plan, threads: usize) -> Result<RunningGrid, SnapshotError> {
    let network = CityNetwork::of(plan, Threads::start(threads));
    let network = network.map_err(|error| SnapshotError::inconsistent(error.to_string()))?;
    let other = || SnapshotError::inconsistent("its network is not the one that its world has");
    RunningGrid::resume(network, saved, plan).ok_or_else(other)
}

/// Puts values into the rows of a component, of which there are as many.
fn put_rows<A: Component<Mutability = Mutable> + Copy>(w: &mut World, values: Vec<A>) {
    let mut query = w.query::<&mut A>();
    let mut query = query.query_mut(w);
    with_rows(&mut query, |rows| rows.copy_from_slice(&values));
}

/// The same for rows in runs.
fn put_runs<A: Component<Mutability = Mutable> + Copy>(w: &mut World, values: &Runs<A>) {
    let mut query = w.query::<&mut A>();
    let mut query = query.query_mut(w);
    with_rows(&mut query, |rows| {
        let mut rest = rows;
        for run in &values.0 {
            rest.split_off_mut(..run.len()).expect("as many rows as were checked").copy_from_slice(run);
        }
    });
}

/// Charge points take what changes; what they are comes from the world.
fn put_guns(w: &mut World, read: &Runs<Gun>) {
    let mut query = w.query::<&mut Gun>();
    let mut query = query.query_mut(w);
    with_rows(&mut query, |guns| {
        for (gun, read) in guns.iter_mut().zip(read.iter()) {
            let Gun { vehicle, demand_w, allotted_w, repaired_s, status, .. } = *read;
            *gun = Gun { vehicle, demand_w, allotted_w, repaired_s, status, ..*gun };
        }
    });
}

/// Gives shards their tapering flows, orders, promises and agendas.
fn put_sessions(shards: &mut FleetShards, vehicles: &mut Runs<VehicleState>, sessions: Sessions, now_s: u32) {
    let per = shards.per();
    for shard in &mut shards.0 {
        shard.wheel = Wheel::new(now_s);
        shard.tapers.clear();
        for row in shard.first..shard.first + shard.len {
            let at_s = vehicles[row as usize].next_s;
            if at_s != NEVER_S {
                shard.wheel.push(Due { row, at_s });
            }
        }
    }
    for taper in sessions.tapers {
        let shard = &mut shards.0[(taper.row / per) as usize];
        vehicles[taper.row as usize].taper = shard.tapers.len() as u32;
        shard.tapers.push(taper);
    }
    for (row, order) in sessions.orders {
        shards.0[(row / per) as usize].orders.insert(row, order);
    }
    for (row, promise) in sessions.promises {
        shards.0[(row / per) as usize].promises.insert(row, promise);
    }
}

fn put_queues(w: &mut World, queues: Vec<(u32, Vec<Waiting>)>) {
    let mut query = w.query::<&mut Station>();
    let mut query = query.query_mut(w);
    with_rows(&mut query, |stations| {
        for (row, queue) in queues {
            stations[row as usize].queue = VecDeque::from(queue);
        }
    });
}

/// Gives stations their queues, failures and messages, and counts their guns for the board.
fn put_stations(w: &mut World, read: Stations) {
    put_queues(w, read.queues);
    w.resource_scope(|w, mut board: bevy_ecs::prelude::Mut<Board>| {
        let mut guns = w.query::<&Gun>();
        let mut stations = w.query::<&Station>();
        let (guns, stations) = (guns.query(w), stations.query(w));
        let guns = rows(&guns);
        for (site, station) in board.sites.iter_mut().zip(rows(&stations)) {
            site.recount(station, &guns[station.first_gun as usize..(station.first_gun + station.guns) as usize]);
        }
    });
    let shard_of: Vec<(u32, u32)> =
        w.resource::<StationShards>().0.iter().map(|s| (s.first_gun, s.first_gun + s.guns)).collect();
    let mut shards = w.resource_mut::<StationShards>();
    for (second, gun) in read.faults {
        let shard = shard_of.partition_point(|(_, end)| *end <= gun);
        shards.0[shard].faults.push((second, gun));
    }
    let per_station = w.resource::<Board>().per_shard;
    let mut fleet = w.resource_mut::<FleetShards>();
    let per = fleet.per();
    let place = |request: &Request| (request.station / per_station.max(1)) as usize;
    for request in read.requests {
        let sender = if request.vehicle == NONE { 0 } else { (request.vehicle / per) as usize };
        fleet.0[sender].outbox[place(&request)].push(request);
    }
    for reply in read.replies {
        fleet.0[(reply.vehicle / per) as usize].inbox.push(reply);
    }
}
