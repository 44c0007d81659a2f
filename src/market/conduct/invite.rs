//! Before an event: who is invited, and the owners of V2G vehicles who come to a station for it.

use super::Conductor;
use crate::chance::{Purpose, draw};
use crate::city::geography::Geography;
use crate::fleet::params::FleetParams;
use crate::fleet::station::{Board, Station, StationKind};
use crate::fleet::vehicle::{Phase, Vehicle, VehicleState};
use crate::market::dispatch::release;
use crate::market::event::{CallClass, Cause, PARTS_PER_MILLION, Participant, Stage};
use crate::market::owner::Offered;
use crate::market::programme::{Member, MemberKind, Programme};
use crate::market::resource::{Direction, ResourceKind};
use crate::twin::Twin;
use crate::units::{Energy, Money};
use std::collections::BTreeMap;

/// Energy that an owner who comes is asked for, in kWh: a site of May 2024 reported 20 kWh a vehicle.
const COME_KWH: f64 = 20.0;
/// How much further than the nearest one a station may be for an owner to come to it, in m (assumption).
const COME_M: u32 = 6_000;

impl Conductor {
    /// Chooses who is to be invited: stations, buildings and storage units in scope, and with the stations their drivers.
    pub(super) fn choose(&mut self, twin: &mut Twin) {
        let programme = Self::programme(twin).clone();
        let mut stations = Vec::new();
        let nodes = super::call::nodes(twin);
        for kind in [MemberKind::Station, MemberKind::Building, MemberKind::Storage] {
            let rows = super::call::node_of_members(twin, kind);
            for member in &programme.members[kind as usize] {
                let in_reach = self.reach.covers(&nodes[rows[member.row as usize] as usize]);
                if in_reach && self.is_asked(kind, *member) {
                    match kind {
                        MemberKind::Station => stations.push(member.row),
                        _ => _ = self.members.insert(Participant::Member(kind, member.row)),
                    }
                }
            }
        }
        self.stations = self.some_stations(stations, twin).into_iter().collect();
    }

    /// Invites them. Members have agreed by contract.
    pub(super) fn invite(&mut self, now_s: u32) {
        self.is_announced = true;
        let asked: Vec<Participant> = self.members.iter().copied().collect();
        let stations = self.stations.iter().map(|&row| Participant::Member(MemberKind::Station, row));
        for participant in stations.chain(asked).collect::<Vec<_>>() {
            self.turnout.members_invited += 1;
            self.note(now_s, participant, Stage::Announced, Cause::Schedule);
            self.note(now_s, participant, Stage::Accepted, Cause::Contract);
        }
    }

    /// Whether a member's aggregator, and by lot the member itself, is asked.
    fn is_asked(&self, kind: MemberKind, member: Member) -> bool {
        let invited = &self.event.invited;
        let name = &self.aggregators[usize::from(member.aggregator)];
        let its = invited.aggregators.is_empty() || invited.aggregators.contains(name);
        let share = invited.share_ppm.is_none_or(|ppm| {
            let lot = draw(self.seed, Purpose::Answer, kind.address(member.row), u32::MAX).below(PARTS_PER_MILLION);
            lot < ppm
        });
        its && share
    }

    /// As many stations as the event invites; those with bidirectional points first, where discharging is wanted.
    fn some_stations(&self, rows: Vec<u32>, twin: &mut Twin) -> Vec<u32> {
        let Some(most) = self.event.invited.stations else { return rows };
        let w = twin.world_mut();
        let kinds: Vec<StationKind> = w.query::<&Station>().iter(w).map(|s| s.kind).collect();
        let key = |row: &u32| {
            let plain = !matches!(kinds[*row as usize], StationKind::V2g | StationKind::Demonstration);
            (plain, draw(self.seed, Purpose::Answer, MemberKind::Station.address(*row), 0).bits(), *row)
        };
        let mut keyed: Vec<_> = rows.iter().map(key).collect();
        keyed.sort_unstable();
        keyed.into_iter().take(most as usize).map(|(_, _, row)| row).collect()
    }

    /// Whether a kind of resource is invited.
    pub(super) fn wants(&self, kind: ResourceKind) -> bool {
        self.event.invited.kinds.is_empty() || self.event.invited.kinds.contains(&kind)
    }

    /// Asks an owner, once, and remembers the answer.
    pub(super) fn ask(&mut self, programme: &Programme, vehicle: u32, offered: &Offered, now_s: u32) -> bool {
        if let Some(&answer) = self.owners.get(&vehicle) {
            return answer;
        }
        let participant = Participant::Vehicle(vehicle);
        self.turnout.vehicles_invited += 1;
        self.note(now_s, participant, Stage::Announced, Cause::Schedule);
        if self.event.class != CallClass::Direct {
            self.note(now_s, participant, Stage::Invited, Cause::Request);
        }
        let by_contract = self.event.class == CallClass::Direct;
        let accepts = by_contract || programme.owners.accepts(self.seed, vehicle, self.no.0, offered);
        let (stage, cause) = match (accepts, by_contract) {
            (true, true) => (Stage::Accepted, Cause::Contract),
            (true, false) => (Stage::Accepted, Cause::Owner),
            (false, _) => (Stage::Declined, Cause::Owner),
        };
        self.note(now_s, participant, stage, cause);
        let stays_away = accepts && programme.owners.stays_away(self.seed, vehicle, self.no.0);
        if stays_away {
            self.turnout.no_shows += 1;
            self.note(now_s, participant, Stage::NoShow, Cause::Owner);
        }
        self.turnout.vehicles_accepted += u64::from(accepts);
        self.owners.insert(vehicle, accepts && !stays_away);
        accepts && !stays_away
    }

    /// Owners of V2G vehicles who have accepted set out for a bidirectional point near them, each in its own minute.
    pub(super) fn gather(&mut self, twin: &mut Twin) {
        let most = self.event.invited.discharging.map_or(usize::MAX, |most| most as usize);
        if self.event.direction == Direction::Raise || !self.wants(ResourceKind::V2g) || most == 0 {
            return;
        }
        let programme = Self::programme(twin).clone();
        let floor = twin.resource::<FleetParams>().v2g_floor_soc;
        let (now_s, step_s) = (twin.clock().now_s(), twin.clock().step_s);
        let mut free = self.free_points(twin);
        let reward = Money(self.event.prices.owner_discharge.0).f64() / 1e6 * COME_KWH;
        for (vehicle, v, s) in candidates(twin) {
            let minute = release::randomised_s(self.seed, self.no.0, vehicle, (super::COME_S / 2) as u32);
            let goes_s = self.start_s - super::COME_S + i64::from(minute);
            let now = i64::from(now_s) <= goes_s && goes_s < i64::from(now_s + step_s);
            let kept = Energy::round(floor * f64::from(v.capacity_j));
            let spare = (s.energy - kept - Energy::from_kwh(COME_KWH)).0;
            let stays = i64::from(s.depart_s) > self.end_s;
            if !now || spare < 0 || !stays || !programme.has_consented(self.seed, vehicle) {
                continue;
            }
            let Some(station) = nearest(twin, s.zone, &free) else { continue };
            let soc = s.energy.f64() / f64::from(v.capacity_j);
            let offered = Offered { yuan: reward, state_of_charge: soc, needed: floor, calls: 0 };
            if self.gathered.len() >= most || !self.ask(&programme, vehicle, &offered, now_s) {
                continue;
            }
            *free.entry(station).or_default() -= 1;
            self.gathered.insert(vehicle);
            twin.call_to(vehicle, station);
        }
    }

    /// Free bidirectional points of invited stations.
    fn free_points(&self, twin: &mut Twin) -> BTreeMap<u32, i64> {
        let board: &Board = twin.resource();
        let free: Vec<i64> = board.sites.iter().map(|site| i64::from(site.free_dc)).collect();
        let w = twin.world_mut();
        let mut stations = w.query::<&Station>();
        let stations = stations.iter(w).zip(0_u32..).filter(|(s, _)| s.kind == StationKind::V2g);
        stations
            .map(|(_, row)| row)
            .filter(|row| self.stations.contains(row))
            .map(|row| (row, free[row as usize]))
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
