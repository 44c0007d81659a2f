//! Before an event: owners of V2G vehicles come to a two-way gun for it.

use super::{COME_S, Conductor};
use crate::city::geography::Geography;
use crate::fleet::params::FleetParams;
use crate::fleet::station::{Board, Station, StationKind};
use crate::fleet::vehicle::{Phase, Vehicle, VehicleState};
use crate::market::dispatch::release;
use crate::market::event::Participant;
use crate::market::owner::Offered;
use crate::market::resource::{Direction, ResourceKind};
use crate::parallel::rows;
use crate::twin::Twin;
use crate::units::{Energy, Money};
use std::collections::BTreeMap;

/// Energy that an owner who comes is asked for, in kWh: a site of May 2024 reported 20 kWh a vehicle.
const COME_KWH: f64 = 20.0;
/// How far a station may be for an owner to come to it, in m (assumption).
const COME_M: u32 = 6_000;

/// How long before the start an owner sets out at the latest, in s (assumption).
const LAST_S: i64 = 900;

/// Owners who have set out.
#[derive(Default)]
struct Gathered {
    /// How many are on the way or there.
    count: usize,
    /// How many of them have still to arrive, by station.
    on_the_way: BTreeMap<u32, i64>,
}

impl Conductor {
    /// Owners of V2G vehicles who accept set out for a bidirectional point near them, each in its own minute.
    pub(super) fn gather(&mut self, twin: &mut Twin) {
        let most = self.event.invited.discharging.map_or(usize::MAX, |most| most as usize);
        if self.event.direction == Direction::Raise || !self.wants(ResourceKind::V2g) || most == 0 {
            return;
        }
        let programme = Self::programme(twin).clone();
        let floor = twin.resource::<FleetParams>().v2g_floor_soc;
        let (now_s, step_s) = (twin.clock().now_s(), twin.clock().step_s);
        let mut gathered = self.gathered(twin);
        let mut free = self.free_points(twin, &gathered);
        let reward = Money(self.event.prices.owner_discharge.0).f64() / 1e6 * COME_KWH;
        for (vehicle, v, s) in candidates(twin) {
            let minute = release::randomised_s(self.seed, self.no.0, vehicle, (COME_S / 2) as u32);
            let goes_s = (self.start_s - COME_S).max(self.notice_s) + i64::from(minute);
            let now = i64::from(now_s) <= goes_s && goes_s < i64::from(now_s + step_s);
            let kept = Energy::round(floor * f64::from(v.capacity_j));
            let spare = (s.energy - kept - Energy::from_kwh(COME_KWH)).0;
            let stays = i64::from(s.depart_s) > self.end_s;
            let participant = Participant::Vehicle(vehicle);
            // Who would arrive when it is over is not asked.
            let now = now && goes_s <= self.start_s - LAST_S;
            let wanted = now && spare >= 0 && stays && !self.barred.contains(&participant);
            if !wanted || gathered.count >= most || !programme.has_consented(self.seed, vehicle) {
                continue;
            }
            let Some(station) = nearest(twin, s.zone, &free) else { continue };
            let soc = s.energy.f64() / f64::from(v.capacity_j);
            let calls = self.calls_before(vehicle);
            let offered = Offered { yuan: reward, state_of_charge: soc, needed: floor, calls };
            if !self.ask(&programme, vehicle, &offered, now_s) {
                continue;
            }
            *free.entry(station).or_default() -= 1;
            gathered.count += 1;
            self.gathered.insert(vehicle);
            self.turnout.came += 1;
            twin.call_to(vehicle, station, self.until_s(participant));
        }
    }

    /// Who of those who set out is still on the way or there.
    fn gathered(&self, twin: &mut Twin) -> Gathered {
        let w = twin.world_mut();
        let mut states = w.query::<&VehicleState>();
        let states = states.query(w);
        let states = rows(&states);
        let mut gathered = Gathered::default();
        for &row in &self.gathered {
            let s = &states[row as usize];
            gathered.count += usize::from(!matches!(s.phase, Phase::Parked | Phase::Driving | Phase::Returning));
            if s.phase == Phase::Detour {
                *gathered.on_the_way.entry(s.station).or_default() += 1;
            }
        }
        gathered
    }

    /// Free bidirectional points of invited stations, without those that somebody is on the way to.
    fn free_points(&self, twin: &mut Twin, gathered: &Gathered) -> BTreeMap<u32, i64> {
        let board: &Board = twin.resource();
        let free: Vec<i64> = board.sites.iter().map(|site| i64::from(site.free_dc)).collect();
        let w = twin.world_mut();
        let mut stations = w.query::<&Station>();
        let stations = stations.iter(w).zip(0_u32..).filter(|(s, _)| s.kind == StationKind::V2g);
        stations
            .map(|(_, row)| row)
            .filter(|row| self.stations.contains(row))
            .map(|row| (row, free[row as usize] - gathered.on_the_way.get(&row).copied().unwrap_or(0)))
            .collect()
    }
}

/// Parked vehicles that can discharge.
fn candidates(twin: &mut Twin) -> Vec<(u32, Vehicle, VehicleState)> {
    let w = twin.world_mut();
    let mut vehicles = w.query::<(&Vehicle, &VehicleState)>();
    let all = (0..).zip(vehicles.iter(w));
    all.filter(|(_, (v, s))| v.v2g && s.phase == Phase::Parked).map(|(row, (v, s))| (row, *v, *s)).collect()
}

/// The nearest of some stations with a free point, within reach.
fn nearest(twin: &Twin, zone: u16, free: &BTreeMap<u32, i64>) -> Option<u32> {
    let (geography, board): (&Geography, &Board) = (twin.resource(), twin.resource());
    let with_room = free.iter().filter(|(_, points)| **points > 0).map(|(&row, _)| row);
    let metres = |row: u32| geography.metres(zone, board.sites[row as usize].zone);
    with_room.map(|row| (metres(row), row)).filter(|(metres, _)| *metres <= COME_M).min().map(|(_, row)| row)
}
