//! The digest of a twin: one number for the state of every agent.

use super::Twin;
use crate::chance::mix;
use crate::city::tree::TransformerFlow;
use crate::fleet::charger::Gun;
use crate::fleet::setpoint::Standing;
use crate::fleet::shard::{FleetShards, Shard};
use crate::fleet::station::Station;
use crate::fleet::vehicle::VehicleState;
use crate::parallel::{Threads, rows};
use crate::site::blackout::Blackouts;
use crate::site::shed::Shedding;
use crate::site::storage::{StorageOrders, StorageState};

impl Twin {
    /// A 64-bit digest of the state of every agent: equal for equal runs, whatever the threads, the executor or the
    /// order of insertion.
    pub fn hash(&mut self) -> u64 {
        let now_s = self.clock().now_s();
        let mut sum = mix(u64::from(now_s)).wrapping_add(self.hash_of_vehicles(now_s));
        sum = sum.wrapping_add(self.hash_of_guns());
        let mut note = |kind: u64, row: usize, values: &[u64]| sum = sum.wrapping_add(digest(kind, row, values));
        let shards = self.world.resource::<FleetShards>();
        for (row, standing) in shards.0.iter().flat_map(|shard| &shard.orders) {
            let Standing { order, followed } = *standing;
            let (kind, power_w) = order.set.code();
            note(6, *row as usize, &[kind, u64::from(power_w), u64::from(order.until_s), u64::from(followed)]);
        }
        for (row, promise) in shards.0.iter().flat_map(|shard| &shard.promises) {
            note(9, *row as usize, &promise.code());
        }
        for (&row, shed) in &self.world.resource::<Shedding>().0 {
            let order = [shed.order.part as u64, shed.order.power_w as u64, u64::from(shed.order.until_s)];
            note(7, row as usize, &[order[0], order[1], order[2], shed.owed_j as u64]);
        }
        for (&row, blackout) in &self.world.resource::<Blackouts>().0 {
            note(10, row as usize, &[u64::from(blackout.until_s), blackout.dark_s, blackout.not_served_j as u64]);
        }
        for (&row, order) in &self.world.resource::<StorageOrders>().0 {
            note(8, row as usize, &[order.power_w as u64, u64::from(order.until_s)]);
        }
        if let Some(mut query) = self.world.try_query::<&Station>() {
            for (row, s) in query.iter(&self.world).enumerate() {
                s.queue.iter().for_each(|w| note(3, row, &[u64::from(w.vehicle), u64::from(w.since_s)]));
            }
        }
        if let Some(mut query) = self.world.try_query::<&StorageState>() {
            for (row, s) in query.iter(&self.world).enumerate() {
                note(4, row, &[s.energy.0 as u64, s.meter_j as u64]);
            }
        }
        if let Some(mut query) = self.world.try_query::<&TransformerFlow>() {
            for (row, f) in query.iter(&self.world).enumerate() {
                note(5, row, &[f.net_w as u64, f.peak_w as u64, u64::from(f.overload_s)]);
            }
        }
        sum
    }

    /// The charge points' part of the digest.
    fn hash_of_guns(&mut self) -> u64 {
        const RUN: usize = 4_096;
        let threads = *self.world.resource::<Threads>();
        let mut query = self.world.query::<&Gun>();
        let query = query.query(&self.world);
        let runs: Vec<(usize, &[Gun])> = (0..).step_by(RUN).zip(rows(&query).chunks(RUN)).collect();
        let of_run = |sum: &mut u64, (first, guns): &(usize, &[Gun])| {
            for (row, g) in (*first..).zip(*guns) {
                let values = [u64::from(g.vehicle), g.status as u64, u64::from(g.allotted_w)];
                *sum = sum.wrapping_add(digest(2, row, &values));
            }
        };
        threads.parts(&runs, of_run).into_iter().fold(0, u64::wrapping_add)
    }

    /// The vehicles' part of the digest: a sum, so that parts of it may be made at the same time.
    fn hash_of_vehicles(&mut self, now_s: u32) -> u64 {
        let threads = *self.world.resource::<Threads>();
        let mut query = self.world.query::<&VehicleState>();
        let query = query.query(&self.world);
        let (states, shards) = (rows(&query), self.world.resource::<FleetShards>());
        let of_shard = |sum: &mut u64, shard: &Shard| {
            let mine = (shard.first as usize..).zip(&states[shard.first as usize..(shard.first + shard.len) as usize]);
            for (row, s) in mine {
                let energy = shard.energy_at(s, now_s);
                let flags = u64::from(s.phase as u8) << 32 | u64::from(s.place as u8) << 24;
                let flags = flags | u64::from(s.leg) << 16 | u64::from(s.held);
                let values = [energy.0 as u64, flags, u64::from(s.next_s), u64::from(s.gun), s.battery_w as u64];
                *sum = sum.wrapping_add(digest(1, row, &values));
            }
        };
        threads.parts(&shards.0, of_shard).into_iter().fold(0, u64::wrapping_add)
    }
}

/// The digest of one agent of a kind.
fn digest(kind: u64, row: usize, values: &[u64]) -> u64 {
    let start = mix(kind << 40 ^ row as u64);
    values.iter().fold(start, |h, &v| mix(h ^ v).wrapping_add(v.rotate_left(17)))
}
