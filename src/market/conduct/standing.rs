//! What has been called and stands, and what telemetry says of it.

use crate::fleet::params::FleetParams;
use crate::fleet::shard::FleetShards;
use crate::fleet::vehicle::{Phase, VehicleState};
use crate::market::dispatch::Direction;
use crate::market::event::Participant;
use crate::market::programme::MemberKind;
use crate::market::resource::ResourceKind;
use crate::site::shed::Shedding;
use crate::site::storage::StorageState;
use crate::twin::Twin;
use std::collections::BTreeMap;

/// A participant that has been called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Called {
    /// What it is.
    pub kind: ResourceKind,
    /// Row of its aggregator.
    pub aggregator: u16,
    /// By how much it was called to change its load, in W at the meter.
    pub called_w: i64,
    /// What it drew when it was called, in W; of vehicles only.
    pub draws_w: i64,
    /// What of the call is to be delivered by discharging, in W.
    pub discharge_w: i64,
    /// When it was called.
    pub from_s: u32,
    /// When it would have been over by itself.
    pub over_s: u32,
    /// When its order runs out.
    pub until_s: u32,
    /// When its owner takes over.
    pub leaves_s: u32,
    /// By how much its load differs from what it was, as last told, in W.
    pub delivered_w: i64,
}

/// All that have been called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

    /// Whether a participant has been called in this event, whether or not it still follows.
    pub fn holds(&self, participant: Participant) -> bool {
        self.all.contains_key(&participant)
    }

    /// Every call of the event, with what was last told of it.
    pub fn calls(&self) -> impl Iterator<Item = (&Participant, &Called)> {
        self.all.iter()
    }

    /// What stands by orders, in W.
    pub fn placed_w(&self) -> i64 {
        self.now.values().map(|called| called.called_w).sum()
    }

    /// What telemetry tells, in W.
    pub fn delivered_w(&self) -> i64 {
        self.now.values().map(|called| called.delivered_w).sum()
    }

    pub(super) fn add(&mut self, participant: Participant, called: Called) {
        self.now.insert(participant, called);
        self.all.insert(participant, called);
    }

    /// Lets go of everything, and returns it.
    pub(super) fn take(&mut self) -> Vec<Participant> {
        core::mem::take(&mut self.now).into_keys().collect()
    }

    /// Lets go of those called last, as long as no more than `most_w` is lost, and returns them.
    pub(super) fn take_last(&mut self, most_w: i64) -> Vec<Participant> {
        let mut order: Vec<(u32, Participant, i64)> =
            self.now.iter().map(|(p, called)| (called.from_s, *p, called.delivered_w.max(0))).collect();
        order.sort_unstable_by(|a, b| b.cmp(a));
        let mut left_w = most_w;
        let mut taken = Vec::new();
        for (_, participant, delivered_w) in order {
            if delivered_w > 0 && delivered_w <= left_w {
                left_w -= delivered_w;
                self.now.remove(&participant);
                taken.push(participant);
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

    /// Reads what everything that stands does now. What has left its gun, or would be over by now, stands no longer.
    pub(super) fn update(&mut self, twin: &mut Twin, direction: Direction) {
        let now_s = twin.clock().now_s();
        let drawn = drawn_w(twin, self.now.keys());
        self.now.retain(|participant, called| {
            let reading = match (participant, drawn.get(participant)) {
                (Participant::Vehicle(_), Some(&drawn_w)) => Some(called.draws_w - drawn_w),
                (Participant::Vehicle(_), None) => None,
                (_, reading) => reading.copied(),
            };
            let sign = if direction == Direction::Reduce { 1 } else { -1 };
            called.delivered_w = sign * reading.unwrap_or(0);
            reading.is_some() && now_s < called.over_s
        });
        for (participant, called) in &self.now {
            self.all.insert(*participant, *called);
        }
    }
}

/// What plugged vehicles draw, and by how much buildings and storage units draw less than they would, in W at the
/// meter. Vehicles that are not plugged in have no entry.
fn drawn_w<'a>(twin: &mut Twin, wanted: impl Iterator<Item = &'a Participant>) -> BTreeMap<Participant, i64> {
    let (now_s, step_s) = (twin.clock().now_s(), i64::from(twin.clock().step_s));
    let w = twin.world_mut();
    let mut states = w.query::<&VehicleState>();
    let states: Vec<&VehicleState> = states.iter(w).collect();
    let mut wanted: Vec<Participant> = wanted.copied().collect();
    wanted.sort_unstable();
    let (params, shards): (&FleetParams, &FleetShards) = (w.resource(), w.resource());
    let shedding: &Shedding = w.resource();
    let mut found = BTreeMap::new();
    for participant in wanted {
        let reading = match participant {
            Participant::Vehicle(row) => {
                let s = states[row as usize];
                let taper = shards.0[(row / shards.per()) as usize].tapers.get(s.taper as usize);
                let battery_w = taper.map_or(i64::from(s.battery_w), |taper| taper.power_w_at(now_s));
                let meter_w = if battery_w == 0 { 0 } else { params.loss_at(s).meter_w(battery_w) };
                (s.phase == Phase::Plugged).then_some(meter_w)
            }
            Participant::Member(MemberKind::Building, row) => {
                Some(shedding.0.get(&row).map_or(0, |shed| shed.lowered_w))
            }
            Participant::Member(..) | Participant::Aggregator(_) => Some(0),
        };
        found.extend(reading.map(|reading| (participant, reading)));
    }
    let units: Vec<u32> = found
        .keys()
        .filter_map(|p| if let Participant::Member(MemberKind::Storage, row) = p { Some(*row) } else { None })
        .collect();
    let mut storage = w.query::<&StorageState>();
    let storage: Vec<&StorageState> = storage.iter(w).collect();
    for row in units {
        let lowered_w = -storage[row as usize].meter_j / step_s;
        found.insert(Participant::Member(MemberKind::Storage, row), lowered_w);
    }
    found
}
