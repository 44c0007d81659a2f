//! The digest of a twin: one number for the state of every agent.

use super::Twin;
use crate::city::tree::TransformerFlow;
use crate::clock::Clock;
use crate::fleet::charger::Gun;
use crate::fleet::setpoint::Standing;
use crate::fleet::shard::FleetShards;
use crate::fleet::station::Station;
use crate::fleet::vehicle::VehicleState;
use crate::parallel::{Threads, rows};
use crate::site::blackout::Blackouts;
use crate::site::shed::Shedding;
use crate::site::storage::{StorageOrders, StorageState};
use bevy_ecs::prelude::World;
use core::ops::Range;

impl Twin {
    /// A 64-bit digest of the state of every agent: equal for equal runs, whatever the threads, the executor or the
    /// order of insertion.
    pub fn hash(&mut self) -> u64 {
        let (mut vehicles, mut guns) = (self.world.query::<&VehicleState>(), self.world.query::<&Gun>());
        let world = &self.world;
        let (vehicles, guns) = (vehicles.query(world), guns.query(world));
        let (vehicles, guns) = (Vehicles::of(world, rows(&vehicles)), rows(&guns));
        let threads = *world.resource::<Threads>();
        let runs = |count: usize| (0..count).step_by(RUN).map(move |first| first..(first + RUN).min(count)).collect();
        let (of_vehicles, of_guns): (Vec<Range<usize>>, Vec<Range<usize>>) =
            (runs(vehicles.states.len()), runs(guns.len()));
        let vehicles = threads.parts(&of_vehicles, |sum, run| add(sum, vehicles.hash(run.clone())));
        let guns = threads.parts(&of_guns, |sum, run| add(sum, hash_of_guns(guns, run.clone())));
        vehicles.into_iter().chain(guns).fold(hash_of_others(world), u64::wrapping_add)
    }
}

/// Rows that a thread takes at once (a tuning figure: the digest does not depend on it).
const RUN: usize = 4_096;

/// What a digest is: a sum, so that parts of it may be made at the same time.
const fn add(sum: &mut u64, more: u64) {
    *sum = sum.wrapping_add(more);
}

/// All vehicles, for the digest.
#[derive(Clone, Copy)]
pub(crate) struct Vehicles<'a> {
    states: &'a [VehicleState],
    shards: &'a FleetShards,
    now_s: u32,
}

impl<'a> Vehicles<'a> {
    /// The vehicles of a world, whose rows are these.
    pub(crate) fn of(world: &'a World, states: &'a [VehicleState]) -> Self {
        let now_s = world.resource::<Clock>().now_s();
        Self { states, shards: world.resource::<FleetShards>(), now_s }
    }

    /// The part of some of them in the digest.
    pub(crate) fn hash(&self, rows: Range<usize>) -> u64 {
        let mut sum = 0;
        let shards = self.shards.0.iter().skip(rows.start / self.shards.per() as usize);
        for shard in shards {
            let (first, end) = (shard.first as usize, (shard.first + shard.len) as usize);
            let mine = first.max(rows.start)..end.min(rows.end);
            if mine.is_empty() {
                break;
            }
            for (row, s) in mine.clone().zip(&self.states[mine]) {
                let energy = shard.energy_at(s, self.now_s);
                let flags = u64::from(s.phase as u8) << 32 | u64::from(s.place as u8) << 24;
                let flags = flags | u64::from(s.leg) << 16 | u64::from(s.held);
                let next_gun = u64::from(s.next_s) << 32 | u64::from(s.gun);
                let values = [energy.0 as u64, flags, next_gun, s.battery_w as u64];
                add(&mut sum, digest(1, row, &values));
            }
        }
        sum
    }
}

/// The part of some charge points in the digest.
pub(crate) fn hash_of_guns(guns: &[Gun], rows: Range<usize>) -> u64 {
    let mut sum = 0;
    for (row, g) in rows.clone().zip(&guns[rows]) {
        add(&mut sum, digest(2, row, &[u64::from(g.vehicle), g.status as u64, u64::from(g.allotted_w)]));
    }
    sum
}

/// The part of the time, and of all that is neither a vehicle's row nor a charge point, in the digest.
pub(crate) fn hash_of_others(world: &World) -> u64 {
    let mut sum = fold(u64::from(world.resource::<Clock>().now_s()) ^ START);
    let mut note = |kind: u64, row: usize, values: &[u64]| add(&mut sum, digest(kind, row, values));
    let shards = world.resource::<FleetShards>();
    for (row, standing) in shards.0.iter().flat_map(|shard| &shard.orders) {
        let Standing { order, followed } = *standing;
        let (kind, power_w) = order.set.code();
        note(6, *row as usize, &[kind, u64::from(power_w), u64::from(order.until_s), u64::from(followed)]);
    }
    for (row, promise) in shards.0.iter().flat_map(|shard| &shard.promises) {
        note(9, *row as usize, &promise.code());
    }
    for (&row, shed) in &world.resource::<Shedding>().0 {
        let order = [shed.order.part as u64, shed.order.power_w as u64, u64::from(shed.order.until_s)];
        note(7, row as usize, &[order[0], order[1], order[2], shed.owed_j as u64]);
    }
    for (&row, blackout) in &world.resource::<Blackouts>().0 {
        note(10, row as usize, &[u64::from(blackout.until_s), blackout.dark_s, blackout.not_served_j as u64]);
    }
    for (&row, order) in &world.resource::<StorageOrders>().0 {
        note(8, row as usize, &[order.power_w as u64, u64::from(order.until_s)]);
    }
    if let Some(mut query) = world.try_query::<&Station>() {
        for (row, s) in query.iter(world).enumerate() {
            s.queue.iter().for_each(|w| note(3, row, &[u64::from(w.vehicle), u64::from(w.since_s)]));
        }
    }
    if let Some(mut query) = world.try_query::<&StorageState>() {
        for (row, s) in query.iter(world).enumerate() {
            note(4, row, &[s.energy.0 as u64, s.meter_j as u64]);
        }
    }
    if let Some(mut query) = world.try_query::<&TransformerFlow>() {
        for (row, f) in query.iter(world).enumerate() {
            note(5, row, &[f.net_w as u64, f.peak_w as u64, u64::from(f.overload_s)]);
        }
    }
    sum
}

/// The digest of one agent of a kind.
fn digest(kind: u64, row: usize, values: &[u64]) -> u64 {
    values.iter().fold(fold(kind << 40 ^ row as u64 ^ START), |h, &v| fold(h ^ v))
}

/// What a digest starts from, and what it multiplies by: bits of pi, behind the point, the second made odd.
const START: u64 = 0x243f_6a88_85a3_08d3;
const FACTOR: u64 = 0x1319_8a2e_0370_7345;

/// Both halves of a product in one word: one multiplication mixes as well as several rounds of shifts would (the
/// construction of wyhash and foldhash).
const fn fold(word: u64) -> u64 {
    let product = word as u128 * FACTOR as u128;
    product as u64 ^ (product >> 64) as u64
}
