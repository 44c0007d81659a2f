//! What has been called and stands, and what telemetry says of it.

use crate::fleet::params::FleetParams;
use crate::fleet::setpoint::SetPoint;
use crate::fleet::shard::FleetShards;
use crate::fleet::vehicle::{Phase, Vehicle, VehicleState};
use crate::market::dispatch::Direction;
use crate::market::event::Participant;
use crate::market::programme::MemberKind;
use crate::market::resource::ResourceKind;
use crate::parallel::rows;
use crate::site::shed::Shedding;
use crate::site::storage::StorageState;
use crate::twin::Twin;
use crate::units::Energy;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Time within which a vehicle that is let charge does so, in s (assumption).
const FOLLOW_S: u32 = 120;
/// Time over which the power a vehicle would have drawn is taken, in s.
const LOOK_S: u32 = 10;

/// A participant that has been called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Called {
    /// What it is.
    pub kind: ResourceKind,
    /// Row of its aggregator.
    pub aggregator: u16,
    /// By how much it was called to change its load, in W at the meter.
    pub called_w: i64,
    /// What it drew when it was called, in W, negative when it discharged at the price of the hour; of vehicles
    /// and storage units only.
    pub draws_w: i64,
    /// What of the call is to be delivered by discharging, in W.
    pub discharge_w: i64,
    /// What it was told; of vehicles only.
    pub set: SetPoint,
    /// Energy in its battery when it was called; of vehicles only.
    pub energy: Energy,
    /// When it was called.
    pub from_s: u32,
    /// When it would have begun to draw by itself.
    pub begins_s: u32,
    /// When it would have been over by itself.
    pub over_s: u32,
    /// When its order runs out.
    pub until_s: u32,
    /// When its owner takes over.
    pub leaves_s: u32,
    /// By how much its load differs from what it was, as last told, in W.
    pub delivered_w: i64,
    /// True once it would have been over by itself. What it draws from then on is load that has come back.
    pub is_over: bool,
}

/// All that have been called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    now: BTreeMap<Participant, Called>,
    /// Every call of the event, in order.
    all: BTreeMap<Participant, Called>,
}

impl Standing {
    /// True when nothing stands.
    pub fn is_empty(&self) -> bool {
        self.now.is_empty()
    }

    /// Whether a participant follows a call of this event now. One that is only held back does not.
    pub fn holds(&self, participant: Participant) -> bool {
        self.now.get(&participant).is_some_and(|called| called.called_w > 0)
    }

    /// Whether a participant has been called in this event, whether or not it still follows.
    pub fn was_called(&self, participant: Participant) -> bool {
        self.all.contains_key(&participant)
    }

    /// Every call of the event, with what was last told of it.
    pub fn calls(&self) -> impl Iterator<Item = (&Participant, &Called)> {
        self.all.iter()
    }

    /// Vehicles that were called, whether or not they still follow.
    pub fn vehicles(&self) -> impl Iterator<Item = u32> {
        self.all.keys().filter_map(|p| if let Participant::Vehicle(row) = p { Some(*row) } else { None })
    }

    /// What stands by orders, in W.
    pub fn placed_w(&self) -> i64 {
        self.now.values().filter(|called| !called.is_over).map(|called| called.called_w).sum()
    }

    /// What telemetry tells, in W.
    pub fn delivered_w(&self) -> i64 {
        self.now.values().map(|called| called.delivered_w).sum()
    }

    pub(super) fn add(&mut self, participant: Participant, called: Called) {
        self.now.insert(participant, called);
        if called.called_w > 0 {
            self.all.insert(participant, called);
        }
    }

    /// What stands now.
    pub fn standing(&self) -> impl Iterator<Item = (&Participant, &Called)> {
        self.now.iter()
    }

    /// Lets go of everything, and returns it.
    pub(super) fn take(&mut self) -> Vec<(Participant, Called)> {
        core::mem::take(&mut self.now).into_iter().collect()
    }

    /// Lets go of one, if it stands.
    pub(super) fn take_one(&mut self, participant: Participant) -> Option<Called> {
        self.now.remove(&participant)
    }

    /// Lets go of those called last, as long as no more than `most_w` is lost, and returns them.
    pub(super) fn take_last(&mut self, most_w: i64) -> Vec<(Participant, Called)> {
        let mut order: Vec<(u32, Participant, i64)> =
            self.now.iter().map(|(p, called)| (called.from_s, *p, called.delivered_w.max(0))).collect();
        order.sort_unstable_by(|a, b| b.cmp(a));
        let mut left_w = most_w;
        let mut taken = Vec::new();
        for (_, participant, delivered_w) in order {
            if delivered_w > 0 && delivered_w <= left_w && self.holds(participant) {
                left_w -= delivered_w;
                taken.extend(self.now.remove(&participant).map(|called| (participant, called)));
            }
        }
        taken
    }

    /// Vehicles whose owners take over now; they stand no longer.
    pub(super) fn leavers(&mut self, now_s: u32) -> Vec<u32> {
        let gone = |p: &Participant, called: &Called| match p {
            Participant::Vehicle(row) if called.leaves_s <= now_s => Some(*row),
            _ => None,
        };
        let leavers: Vec<u32> = self.now.iter().filter_map(|(p, called)| gone(p, called)).collect();
        leavers.iter().for_each(|row| _ = self.now.remove(&Participant::Vehicle(*row)));
        leavers
    }

    /// Reads what everything that stands does now. What has left its gun stands no longer.
    pub(super) fn update(&mut self, twin: &mut Twin, direction: Direction) {
        let lowered = lowered_w(twin, &self.now);
        let sign = if direction == Direction::Reduce { 1 } else { -1 };
        let now_s = twin.clock().now_s();
        self.now.retain(|participant, called| {
            let reading = lowered.get(participant);
            called.delivered_w = sign * reading.copied().unwrap_or(0);
            called.is_over = match direction {
                Direction::Reduce => now_s >= called.over_s,
                Direction::Raise => now_s >= called.from_s + FOLLOW_S && called.delivered_w <= 0,
            };
            reading.is_some()
        });
        for (participant, called) in self.now.iter().filter(|(_, called)| called.called_w > 0) {
            self.all.insert(*participant, *called);
        }
    }
}

/// By how much plugged vehicles, buildings and storage units draw less than they would have, in W at the meter.
/// Vehicles that are not plugged in have no entry.
///
/// What a vehicle would have drawn follows from its battery's curve, the energy in it when it was called, and the limit
/// of its gun.
fn lowered_w(twin: &mut Twin, standing: &BTreeMap<Participant, Called>) -> BTreeMap<Participant, i64> {
    let (now_s, step_s) = (twin.clock().now_s(), i64::from(twin.clock().step_s));
    let w = twin.world_mut();
    let (mut vehicles, mut states) = (w.query::<&Vehicle>(), w.query::<&VehicleState>());
    let mut storage = w.query::<&StorageState>();
    let (vehicles, states, storage) = (vehicles.query(w), states.query(w), storage.query(w));
    let (vehicles, states, storage) = (rows(&vehicles), rows(&states), rows(&storage));
    let (params, shards): (&FleetParams, &FleetShards) = (w.resource(), w.resource());
    let shedding: &Shedding = w.resource();
    let reading = |participant: &Participant, called: &Called| match *participant {
        Participant::Vehicle(row) => {
            let (v, s) = (&vehicles[row as usize], &states[row as usize]);
            let drawn_w = params.meter_w(s, shards.battery_w(row, s, now_s));
            (s.phase == Phase::Plugged).then(|| usual_w(params, v, s, called, now_s) - drawn_w)
        }
        Participant::Member(MemberKind::Building, row) => Some(shedding.0.get(&row).map_or(0, |shed| shed.lowered_w)),
        Participant::Member(MemberKind::Storage, row) => Some(called.draws_w - storage[row as usize].meter_j / step_s),
        Participant::Member(..) | Participant::Aggregator(_) => Some(0),
    };
    standing.iter().filter_map(|(p, called)| Some((*p, reading(p, called)?))).collect()
}

/// What a vehicle would draw now if it had not been called, in W at the meter.
fn usual_w(params: &FleetParams, v: &Vehicle, s: &VehicleState, called: &Called, now_s: u32) -> i64 {
    if called.draws_w <= 0 {
        return called.draws_w;
    }
    if now_s < called.begins_s || now_s >= called.over_s {
        return 0;
    }
    let (curve, max_w) = params.curve(v, s.gun_kind);
    let (capacity, limit_w) = (Energy(i64::from(v.capacity_j)), f64::from(s.limit_w));
    let after = |seconds: u32| curve.charge(called.energy, capacity, f64::from(max_w), limit_w, f64::from(seconds));
    let passed_s = now_s - called.begins_s;
    let power_w = (after(passed_s + LOOK_S) - after(passed_s)).0 / i64::from(LOOK_S);
    params.meter_w(s, power_w)
}
