//! Phase Allot: sites whose transformer is short of room share what there is, least laxity first.
//!
//! Laxity is the time a vehicle can still wait: until it leaves, less what its charge takes at full power. The
//! vehicle with the least is served first. Decisions look at the last step and take effect at the next one.

use crate::city::tree::{Transformer, TransformerFlow};
use crate::clock::Clock;
use crate::fleet::charger::{Gun, NONE};
use crate::fleet::params::{ControlMode, FleetParams};
use crate::fleet::shard::{FleetShards, StationShards};
use crate::fleet::station::{Answer, Reply, Station};
use crate::fleet::vehicle::{ChargePlace, Phase, Vehicle, VehicleState};
use crate::parallel::rows;
use crate::units::Energy;
use bevy_ecs::prelude::*;

/// How often sites are shared anew, in s.
pub const SHARE_EVERY_S: u32 = 300;
/// Share of a transformer's limit that charging may fill at the battery, in 1/1000 (assumption: about 8 % are lost on
/// the way there, and a margin of 5 % is kept).
const FILL_MILLI: i64 = 870;
/// How long a vehicle at a fast point is taken to stay, in s: it has no departure of its own (assumption).
const FAST_STAY_S: u32 = 3_600;

/// A plugged vehicle as a site sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guest {
    /// Row of its gun.
    pub gun: u32,
    /// Its row.
    pub vehicle: u32,
    /// The most it can take in W at the battery.
    pub demand_w: u32,
    /// What it may take now in W.
    pub limit_w: u32,
    /// Seconds it can still wait.
    pub laxity_s: i64,
}

/// Seconds a vehicle can wait before it must charge at full power to leave with `target`.
pub fn laxity_s(energy: Energy, target: Energy, power_w: u32, now_s: u32, leaves_s: u32) -> i64 {
    let missing_j = (target.0 - energy.0).max(0);
    let needed_s = missing_j / i64::from(power_w.max(1));
    i64::from(leaves_s) - i64::from(now_s) - needed_s
}

/// Shares `room_w` among guests, least laxity first; the others get nothing for now.
pub fn least_laxity(mut guests: Vec<Guest>, room_w: i64) -> Vec<(Guest, u32)> {
    guests.sort_unstable_by_key(|g| (g.laxity_s, g.vehicle));
    let mut left_w = room_w.max(0);
    guests
        .into_iter()
        .map(|g| {
            let share_w = i64::from(g.demand_w).min(left_w);
            left_w -= share_w;
            (g, share_w as u32)
        })
        .collect()
}

/// Allot: least-laxity limits for the guns of every site. Only in that mode; a site with room for all is left alone.
#[expect(clippy::too_many_arguments, reason = "one argument per kind of row it reads")]
pub fn share_sites(
    clock: Res<Clock>,
    params: Res<FleetParams>,
    station_shards: Res<StationShards>,
    mut fleet: ResMut<FleetShards>,
    stations: Query<&Station>,
    guns: Query<&Gun>,
    nodes: (Query<&Transformer>, Query<&TransformerFlow>),
    vehicles: (Query<&Vehicle>, Query<&VehicleState>),
) {
    if params.control != ControlMode::LeastLaxity || !clock.begins(SHARE_EVERY_S) || station_shards.0.is_empty() {
        return;
    }
    let (stations, guns) = (rows(&stations), rows(&guns));
    let (nodes, flows) = (rows(&nodes.0), rows(&nodes.1));
    let (traits, states) = (rows(&vehicles.0), rows(&vehicles.1));
    let per = fleet.per();
    for (node, guests) in
        guests_by_node(stations, |gun| guest(gun, &params, guns, traits, states, &fleet, clock.end_s()))
    {
        let (node, flow) = (&nodes[node as usize], &flows[node as usize]);
        let others_w = i64::from(flow.net_w) - i64::from(flow.ev_w);
        let room_w = i64::from(node.limit_w) * FILL_MILLI / 1_000 - others_w;
        for (guest, share_w) in least_laxity(guests, room_w) {
            if share_w != guest.limit_w {
                let what = Answer::Limit { gun: guest.gun, limit_w: share_w };
                let reply = Reply { vehicle: guest.vehicle, at_s: clock.end_s(), what };
                fleet.0[(guest.vehicle / per) as usize].inbox.push(reply);
            }
        }
    }
}

/// Guests by transformer: stations behind one transformer share its room.
fn guests_by_node(
    stations: &[Station],
    guest: impl Fn(u32) -> Option<Guest>,
) -> std::collections::BTreeMap<u32, Vec<Guest>> {
    let mut by_node = std::collections::BTreeMap::new();
    for station in stations {
        let guests = (station.first_gun..station.first_gun + station.guns).filter_map(&guest);
        for g in guests {
            by_node.entry(station.node).or_insert_with(Vec::new).push(g);
        }
    }
    by_node
}

/// The vehicle at a gun, if one is there and still wants energy.
fn guest(
    gun: u32,
    params: &FleetParams,
    guns: &[Gun],
    traits: &[Vehicle],
    states: &[VehicleState],
    fleet: &FleetShards,
    now_s: u32,
) -> Option<Guest> {
    let g = &guns[gun as usize];
    if g.vehicle == NONE {
        return None;
    }
    let (v, s) = (&traits[g.vehicle as usize], &states[g.vehicle as usize]);
    if s.phase != Phase::Plugged || s.gun != gun {
        return None;
    }
    let target = params.target(v, s.charge_place);
    let shard = &fleet.0[(g.vehicle / fleet.per()) as usize];
    let energy = shard.energy_at(s, now_s);
    let demand_w = g.allotted_w;
    let fast = s.charge_place == ChargePlace::PublicDc;
    let leaves_s = if fast { s.unplug_s.min(s.since_s + FAST_STAY_S) } else { s.unplug_s };
    (energy < target).then(|| Guest {
        gun,
        vehicle: g.vehicle,
        demand_w,
        limit_w: s.limit_w.max(0) as u32,
        laxity_s: laxity_s(energy, target, demand_w, now_s, leaves_s),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hurried_are_served_first() {
        let guest = |vehicle, laxity_s| Guest { gun: 0, vehicle, demand_w: 7_000, limit_w: 7_000, laxity_s };
        let shares = least_laxity(vec![guest(1, 900), guest(2, 10), guest(3, 400)], 10_000);
        let by_vehicle: Vec<(u32, u32)> = shares.iter().map(|(g, w)| (g.vehicle, *w)).collect();
        assert_eq!(by_vehicle, [(2, 7_000), (3, 3_000), (1, 0)]);
    }

    #[test]
    fn laxity_is_waiting_time() {
        // 7 kWh at 7 kW takes an hour; three hours remain.
        assert_eq!(laxity_s(Energy::ZERO, Energy::from_kwh(7.0), 7_000, 0, 10_800), 7_200);
    }
}
