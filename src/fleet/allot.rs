//! Phase Allot: sites whose transformer, feeder or substation is short of room share what there is, least laxity first.
//!
//! Laxity is the time a vehicle can still wait: until it leaves, less what its charge takes at full power. The
//! vehicle with the least is served first. Decisions look at the last step and take effect at the next one.

use crate::city::tree::{BranchFlow, Feeder, Substation, Transformer, TransformerFlow};
use crate::clock::Clock;
use crate::fleet::charger::{Gun, NONE};
use crate::fleet::params::{ControlMode, FleetParams};
use crate::fleet::shard::{FleetShards, StationShards};
use crate::fleet::station::{Answer, Reply, Station};
use crate::fleet::vehicle::{ChargePlace, Phase, Vehicle, VehicleState};
use crate::network::{Carries, RunningGrid};
use crate::parallel::rows;
use crate::units::Energy;
use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;

/// How often sites are shared anew, in s.
pub const SHARE_EVERY_S: u32 = 300;
/// Share of a limit that charging may fill at the battery, in 1/1000 (assumption: about 8 % are lost on
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

/// What charging may still fill of every element of the tree, by row, in W.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rooms {
    /// By transformer: its room, and the row of its feeder.
    pub transformers: Vec<(i64, u32)>,
    /// By feeder: its room, and the row of its substation.
    pub feeders: Vec<(i64, u32)>,
    /// By substation.
    pub substations: Vec<i64>,
}

impl Rooms {
    /// Takes as much of a wish as all elements above a transformer leave, and returns it.
    fn take(&mut self, transformer: u32, wanted_w: i64) -> i64 {
        let (of_transformer, feeder) = &mut self.transformers[transformer as usize];
        let (of_feeder, substation) = &mut self.feeders[*feeder as usize];
        let all = [of_transformer, of_feeder, &mut self.substations[*substation as usize]];
        let taken_w = all.iter().fold(wanted_w, |taken_w, room_w| taken_w.min(**room_w)).max(0);
        all.into_iter().for_each(|room_w| *room_w -= taken_w);
        taken_w
    }
}

/// Shares rooms among guests, each with its transformer, least laxity first; the others get nothing for now.
pub fn least_laxity(mut guests: Vec<(u32, Guest)>, mut rooms: Rooms) -> Vec<(Guest, u32)> {
    guests.sort_unstable_by_key(|(_, g)| (g.laxity_s, g.vehicle));
    guests.into_iter().map(|(node, g)| (g, rooms.take(node, i64::from(g.demand_w)) as u32)).collect()
}

/// The tree, with what flows through it.
#[derive(SystemParam)]
pub struct Flows<'w, 's> {
    transformers: Query<'w, 's, (&'static Transformer, &'static TransformerFlow)>,
    feeders: Query<'w, 's, (&'static Feeder, &'static BranchFlow)>,
    substations: Query<'w, 's, (&'static Substation, &'static BranchFlow)>,
    grid: Option<Res<'w, RunningGrid>>,
}

impl Flows<'_, '_> {
    /// What is left for charging when everything else goes on as in the last step: within the tree's ratings, or within
    /// what the network carries as it was last solved, if the twin is held to it.
    fn rooms(&self) -> Rooms {
        let carries = self.grid.as_ref().and_then(|grid| grid.carries());
        let left_w = |limit_w: i64, solved: Option<&Carries>, others_w: i64| {
            solved.map_or(limit_w, |carries| carries.highest_w) * FILL_MILLI / 1_000 - others_w
        };
        let mut ev_w = (vec![0_i64; self.feeders.iter().len()], vec![0_i64; self.substations.iter().len()]);
        let transformer = |(row, (t, flow)): (usize, (&Transformer, &TransformerFlow))| {
            ev_w.0[t.feeder as usize] += i64::from(flow.ev_w);
            let others_w = i64::from(flow.net_w) - i64::from(flow.ev_w);
            (left_w(i64::from(t.limit_w), carries.map(|all| &all.transformers[row]), others_w), t.feeder)
        };
        let transformers = self.transformers.iter().enumerate().map(transformer).collect();
        let feeder = |(row, (f, flow)): (usize, (&Feeder, &BranchFlow))| {
            ev_w.1[f.substation as usize] += ev_w.0[row];
            let others_w = flow.net_w - ev_w.0[row];
            (left_w(i64::from(f.limit_w), carries.map(|all| &all.feeders[row]), others_w), f.substation)
        };
        let feeders = self.feeders.iter().enumerate().map(feeder).collect();
        let substation = |(row, (s, flow)): (usize, (&Substation, &BranchFlow))| {
            left_w(s.limit_w as i64, carries.map(|all| &all.substations[row]), flow.net_w - ev_w.1[row])
        };
        let substations = self.substations.iter().enumerate().map(substation).collect();
        Rooms { transformers, feeders, substations }
    }
}

/// Allot: least-laxity limits for the guns of every site. Only in that mode; where there is room for all nothing
/// changes.
#[expect(clippy::too_many_arguments, reason = "one argument per kind of row it reads")]
pub fn share_sites(
    clock: Res<Clock>,
    params: Res<FleetParams>,
    station_shards: Res<StationShards>,
    mut fleet: ResMut<FleetShards>,
    stations: Query<&Station>,
    guns: Query<&Gun>,
    flows: Flows,
    vehicles: (Query<&Vehicle>, Query<&VehicleState>),
) {
    if params.control != ControlMode::LeastLaxity || !clock.begins(SHARE_EVERY_S) || station_shards.0.is_empty() {
        return;
    }
    let guns = rows(&guns);
    let (traits, states) = (rows(&vehicles.0), rows(&vehicles.1));
    let per = fleet.per();
    let of_station = |station: &Station| {
        let all = station.first_gun..station.first_gun + station.guns;
        let node = station.node;
        let guest = |gun| guest(gun, &params, guns, traits, states, &fleet, clock.end_s()).map(|guest| (node, guest));
        all.filter_map(guest).collect::<Vec<_>>()
    };
    let guests = rows(&stations).iter().flat_map(of_station).collect();
    for (guest, share_w) in least_laxity(guests, flows.rooms()) {
        if share_w != guest.limit_w {
            let what = Answer::Limit { gun: guest.gun, limit_w: share_w };
            let reply = Reply { vehicle: guest.vehicle, at_s: clock.end_s(), what };
            fleet.0[(guest.vehicle / per) as usize].inbox.push(reply);
        }
    }
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
    use proptest::prelude::*;

    fn guest(vehicle: u32, laxity_s: i64) -> Guest {
        Guest { gun: 0, vehicle, demand_w: 7_000, limit_w: 7_000, laxity_s }
    }

    fn shares(guests: Vec<(u32, Guest)>, rooms: &Rooms) -> Vec<(u32, u32)> {
        least_laxity(guests, rooms.clone()).iter().map(|(g, w)| (g.vehicle, *w)).collect()
    }

    #[test]
    fn the_hurried_are_served_first() {
        let free = 1_000_000;
        let rooms = Rooms { transformers: vec![(10_000, 0)], feeders: vec![(free, 0)], substations: vec![free] };
        let guests = vec![(0, guest(1, 900)), (0, guest(2, 10)), (0, guest(3, 400))];
        assert_eq!(shares(guests, &rooms), [(2, 7_000), (3, 3_000), (1, 0)]);
    }

    /// Two transformers with room on a feeder that has less, beside one on another feeder of the same substation.
    #[test]
    fn the_feeder_and_the_substation_are_shared_too() {
        let (transformers, feeders) = (vec![(9_000, 0), (9_000, 0), (9_000, 1)], vec![(10_000, 0), (-1, 0)]);
        let rooms = Rooms { transformers, feeders, substations: vec![8_000] };
        let guests = || vec![(0, guest(1, 900)), (1, guest(2, 10)), (2, guest(3, 400))];
        // Nothing goes through a feeder that is full without it.
        assert_eq!(shares(guests(), &rooms), [(2, 7_000), (3, 0), (1, 1_000)]);
        let wide = Rooms { substations: vec![100_000], ..rooms };
        assert_eq!(shares(guests(), &wide), [(2, 7_000), (3, 0), (1, 3_000)]);
    }

    proptest! {
        /// What is shared never exceeds any room, and nobody gets more than wanted.
        #[test]
        fn no_room_is_exceeded(
            of_transformers in prop::collection::vec((-5_000_i64..30_000, 0_u32..3), 6),
            of_feeders in prop::collection::vec((-5_000_i64..40_000, 0_u32..2), 3),
            substations in prop::collection::vec(-5_000_i64..60_000, 2),
            places in prop::collection::vec((0_u32..6, -1_000_i64..1_000), 0..24),
        ) {
            let rooms = Rooms { transformers: of_transformers, feeders: of_feeders, substations };
            let guests: Vec<(u32, Guest)> =
                (0..).zip(&places).map(|(vehicle, (node, laxity_s))| (*node, guest(vehicle, *laxity_s))).collect();
            let (mut left, mut missed) = (rooms.clone(), false);
            for (g, share_w) in least_laxity(guests, rooms.clone()) {
                let (node, _) = places[g.vehicle as usize];
                prop_assert!(share_w <= g.demand_w);
                let taken_w = left.take(node, i64::from(share_w));
                prop_assert_eq!(taken_w, i64::from(share_w), "a room was exceeded");
                missed |= share_w < g.demand_w;
            }
            // Somebody goes short only where something is full.
            let is_full = left.transformers.iter().chain(&left.feeders).any(|(room_w, _)| *room_w <= 0)
                || left.substations.iter().any(|room_w| *room_w <= 0);
            prop_assert!(!missed || is_full);
        }
    }

    #[test]
    fn laxity_is_waiting_time() {
        // 7 kWh at 7 kW takes an hour; three hours remain.
        assert_eq!(laxity_s(Energy::ZERO, Energy::from_kwh(7.0), 7_000, 0, 10_800), 7_200);
    }
}
