//! Meters: what the invited members of each aggregator draw, as a settlement would read it.

use super::Conductor;
use crate::fleet::charger::{Gun, NONE};
use crate::fleet::params::FleetParams;
use crate::fleet::shard::FleetShards;
use crate::fleet::station::Station;
use crate::fleet::vehicle::{Phase, VehicleState};
use crate::market::event::Participant;
use crate::market::programme::{Member, MemberKind, Programme};
use crate::parallel::{Threads, rows};
use crate::site::stock::BuildingLoad;
use crate::site::storage::StorageState;
use crate::twin::Twin;
use std::collections::BTreeMap;

impl Conductor {
    /// What the invited stations, buildings and storage units of each aggregator draw now, in W, by the row of the
    /// aggregator.
    pub fn meters_w(&self, twin: &mut Twin) -> Vec<i64> {
        let mut watts = vec![0; self.aggregators.len()];
        let (now_s, step_s) = (twin.clock().now_s(), i64::from(twin.clock().step_s));
        let w = twin.world_mut();
        let (mut stations, mut guns, mut states) =
            (w.query::<&Station>(), w.query::<&Gun>(), w.query::<&VehicleState>());
        let (mut loads, mut storage) = (w.query::<&BuildingLoad>(), w.query::<&StorageState>());
        let (stations, guns, states) = (stations.query(w), guns.query(w), states.query(w));
        let (stations, guns, states) = (rows(&stations), rows(&guns), rows(&states));
        let (loads, storage) = (loads.query(w), storage.query(w));
        let (loads, storage) = (rows(&loads), rows(&storage));
        let (params, shards): (&FleetParams, &FleetShards) = (w.resource(), w.resource());
        let programme: &Programme = w.resource();
        let gun_w = |gun: &Gun| {
            if gun.vehicle == NONE {
                return 0;
            }
            let s = &states[gun.vehicle as usize];
            let plugged = s.phase == Phase::Plugged;
            if plugged { params.meter_w(s, shards.battery_w(gun.vehicle, s, now_s)) } else { 0 }
        };
        let members = &programme.members[MemberKind::Station as usize];
        let add = |sums: &mut BTreeMap<u16, i64>, member: &Member| {
            if self.stations.contains(&member.row) {
                let station = &stations[member.row as usize];
                let its = &guns[station.first_gun as usize..(station.first_gun + station.guns) as usize];
                *sums.entry(member.aggregator).or_default() += its.iter().map(gun_w).sum::<i64>();
            }
        };
        let threads: Threads = *w.resource();
        for (aggregator, drawn_w) in threads.parts(members, add).into_iter().flatten() {
            watts[usize::from(aggregator)] += drawn_w;
        }
        for kind in [MemberKind::Building, MemberKind::Storage] {
            let of_kind = Participant::Member(kind, 0)..=Participant::Member(kind, u32::MAX);
            let mut invited = self.members.range(of_kind).peekable();
            for member in &programme.members[kind as usize] {
                if invited.next_if(|one| **one == Participant::Member(kind, member.row)).is_some() {
                    watts[usize::from(member.aggregator)] += match kind {
                        MemberKind::Building => i64::from(loads[member.row as usize].power_w),
                        _ => storage[member.row as usize].meter_j / step_s,
                    };
                }
            }
        }
        watts
    }
}
