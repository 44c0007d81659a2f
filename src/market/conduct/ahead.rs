//! Before an event: drivers promise to put their charging off, and vehicles are held back to charge during it.
//!
//! Whom to ask an operator knows from its own records: those who have charged at its stations in the event's hours on the
//! days before, regulars first. What a promise is worth follows from the same records.

use super::Conductor;
use super::standing::Called;
use crate::clock::DAY_S;
use crate::fleet::charger::{Gun, NONE};
use crate::fleet::params::FleetParams;
use crate::fleet::setpoint::{Order, SetPoint};
use crate::fleet::shard::FleetShards;
use crate::fleet::station::Station;
use crate::fleet::vehicle::{ChargePlace, Phase, Vehicle, VehicleState};
use crate::market::capability::{SessionOffer, assess};
use crate::market::event::{Cause, Event, Participant, Stage};
use crate::market::owner::Offered;
use crate::market::resource::{Direction, ResourceKind, ResponseClass};
use crate::parallel::rows;
use crate::twin::Twin;
use crate::units::{Energy, Money};
use bevy_ecs::prelude::{Query, Res};
use bevy_ecs::system::RunSystemOnce;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Time before the start from which drivers can still plan for it, in s (assumption).
const PLAN_S: i64 = 3_600;
/// How often stations are looked at for their customers, in s.
const LOOK_S: i64 = 900;
/// How often vehicles are looked for that can be held back, in s.
const HOLD_S: i64 = 300;
/// How long before the start vehicles are held back at most, in s: an evening (assumption).
pub const HOLD_BACK_S: i64 = 6 * 3_600;
/// Room a vehicle that is held back must have after the start, in s (assumption).
const ROOM_S: i64 = 900;
/// How long before the start a driver who has promised does not go to charge any more, in s: a session begun then would
/// last into the event (assumption: half an hour, about what one at a fast point takes).
const BEFORE_S: i64 = 1_800;
/// How much more is held back than asked for, in 1/1000: some will leave, and some charge slowly (assumption).
const SPARE_MILLI: i64 = 1_200;
/// Energy that a driver has in mind who puts a charge off, in kWh: a session at a fast point (assumption).
const SESSION_KWH: f64 = 20.0;
/// Share of what customers drew on a day that they draw again on the next, if only one day was seen, in 1/1000
/// (assumption).
const AGAIN_MILLI: i64 = 100;
/// Share of what could be called at a station whose drivers will agree, in 1/1000 (assumption).
const AGREE_MILLI: i64 = 700;
/// What an owner of a V2G vehicle is expected to deliver, in W: a site of May 2024 reported 20 kWh in an hour.
const DISCHARGE_W: i64 = 20_000;

/// Who has charged at public points of the invited stations in the event's hours, day by day.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Customers {
    days: Vec<Seen>,
}

/// What was seen on one day.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Seen {
    /// Power at the battery, in W, summed over the looks.
    sum_w: BTreeMap<u32, i64>,
    looks: i64,
    /// What could have been called of those who charged when the event's hours began, in W.
    callable_w: i64,
}

impl Seen {
    fn mean_w(&self, vehicle: u32) -> i64 {
        self.sum_w.get(&vehicle).map_or(0, |sum_w| sum_w / self.looks.max(1))
    }
}

impl Customers {
    /// Everyone who was seen.
    pub(super) fn vehicles(&self) -> impl Iterator<Item = &u32> {
        self.days.iter().flat_map(|day| day.sum_w.keys())
    }

    /// What each of some days' customers drew on average, in W.
    fn means(days: &[Seen]) -> BTreeMap<u32, i64> {
        let vehicles: BTreeSet<u32> = days.iter().flat_map(|day| day.sum_w.keys().copied()).collect();
        let count = days.len().max(1) as i64;
        let mean = |vehicle: u32| days.iter().map(|day| day.mean_w(vehicle)).sum::<i64>() / count;
        vehicles.into_iter().map(|vehicle| (vehicle, mean(vehicle))).collect()
    }

    /// Share of what customers drew on average that they drew again on the last day, in 1/1000: found by telling the
    /// last day from the days before it.
    fn again_milli(&self) -> i64 {
        let Some((last, before)) = self.days.split_last().filter(|(_, before)| !before.is_empty()) else {
            return AGAIN_MILLI;
        };
        let means = Self::means(before);
        let told_w: i64 = means.values().sum();
        let came_w: i64 = means.keys().map(|&vehicle| last.mean_w(vehicle)).sum();
        if told_w == 0 { AGAIN_MILLI } else { (came_w * 1_000 / told_w).clamp(0, 1_000) }
    }

    /// What each of them is expected to draw in the event's hours, in W, regulars first.
    fn regulars(&self) -> Vec<(u32, i64)> {
        let again_milli = self.again_milli();
        let mut regulars: Vec<(u32, i64)> =
            Self::means(&self.days).into_iter().map(|(vehicle, w)| (vehicle, w * again_milli / 1_000)).collect();
        regulars.sort_unstable_by_key(|&(vehicle, expected_w)| (-expected_w, vehicle));
        regulars
    }

    /// What can be expected to be called of those who charge when the event begins, in W.
    fn callable_w(&self) -> i64 {
        self.days.last().map_or(0, |day| day.callable_w * AGREE_MILLI / 1_000)
    }
}

/// Vehicles held back for an event that raises the load.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Reserve(BTreeMap<u32, Kept>);

/// What a vehicle that is held back will draw: nothing once it is free again.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Kept {
    /// At the meter, in W.
    power_w: i64,
    /// At the battery, in J.
    energy_j: i64,
}

impl Reserve {
    /// Everyone who was held back.
    pub(super) fn all(&self) -> impl Iterator<Item = &u32> {
        self.0.keys()
    }

    /// Who is held back now.
    pub(super) fn vehicles(&self) -> impl Iterator<Item = &u32> {
        self.0.iter().filter(|(_, kept)| kept.power_w > 0).map(|(vehicle, _)| vehicle)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// All of it together.
    fn total(&self) -> Kept {
        self.0.values().fold(Kept::default(), |sum, kept| sum.and(*kept))
    }
}

impl Kept {
    const fn and(self, other: Self) -> Self {
        Self { power_w: self.power_w + other.power_w, energy_j: self.energy_j + other.energy_j }
    }

    /// True when it is more than an event asks for, by what is held back to spare.
    fn is_enough(self, event: &Event) -> bool {
        let enough = |kept: i64, asked: i64| i128::from(kept) * 1_000 >= i128::from(asked) * i128::from(SPARE_MILLI);
        enough(self.power_w, event.peak().0) && enough(self.energy_j, event.energy().0)
    }
}

impl Conductor {
    /// True if drivers can plan for the event, and there is something for them to put off.
    fn can_be_planned_for(&self) -> bool {
        let charging = self.wants(ResourceKind::Charging);
        self.event.direction == Direction::Reduce && charging && self.start_s - self.notice_s >= PLAN_S
    }

    /// Notes who charges at the invited stations in the event's hours of the days before its notice.
    pub fn observe(&mut self, twin: &mut Twin) {
        let now_s = i64::from(twin.clock().now_s());
        let after_start_s = (now_s - self.start_s).rem_euclid(i64::from(DAY_S));
        let in_hours = after_start_s < self.end_s - self.start_s;
        if !in_hours || now_s % LOOK_S != 0 || now_s >= self.notice_s || !self.can_be_planned_for() {
            return;
        }
        if after_start_s < LOOK_S || self.customers.days.is_empty() {
            let callable_w = self.callable_w(twin);
            self.customers.days.push(Seen { callable_w, ..Seen::default() });
        }
        let charging = charging_at(twin, &self.stations);
        if let Some(today) = self.customers.days.last_mut() {
            today.looks += 1;
            charging.into_iter().for_each(|(vehicle, power_w)| *today.sum_w.entry(vehicle).or_default() += power_w);
        }
    }

    /// What could be called now of those who charge at the invited stations, in W.
    fn callable_w(&self, twin: &mut Twin) -> i64 {
        let class = self.event.class.response() as usize;
        let sessions = assess(twin).sessions;
        let callable = |s: &&SessionOffer| !s.waited_for && self.stations.contains(&s.station);
        let here = sessions.iter().filter(callable);
        here.map(|session| session.down_w[class]).sum()
    }

    /// Asks customers, regulars first, to put their charging off, until what they are expected to put off is what calls
    /// will not bring of what is asked for.
    pub(super) fn seek_promises(&mut self, twin: &mut Twin) {
        if !self.can_be_planned_for() {
            return;
        }
        let now_s = twin.clock().now_s();
        let programme = Self::programme(twin).clone();
        let people = socs(twin);
        let floor = twin.resource::<FleetParams>().v2g_floor_soc;
        let yuan = Money(self.event.prices.owner_shift.0).f64() / 1e6 * SESSION_KWH;
        // Promises are for what calls will not bring.
        let discharge_w = i64::from(self.event.invited.discharging.unwrap_or(0)) * DISCHARGE_W;
        let aim_w = self.event.peak().0 - discharge_w - self.customers.callable_w();
        let mut expected_w = 0;
        for (vehicle, worth_w) in self.customers.regulars() {
            if expected_w >= aim_w {
                break;
            }
            let barred = self.barred.contains(&Participant::Vehicle(vehicle));
            let from_s = (self.start_s - BEFORE_S).max(i64::from(now_s)) as u32;
            let until_s = self.until_s(Participant::Vehicle(vehicle));
            if let Some(worth_w) = self.promised.get(&vehicle) {
                // Of a new version it hears the new hours.
                expected_w += worth_w;
                twin.put_off(vehicle, from_s, until_s);
                continue;
            }
            if barred || !programme.has_consented(self.seed, vehicle) {
                continue;
            }
            let calls = self.calls_before(vehicle);
            let offered = Offered { yuan, state_of_charge: people[vehicle as usize], needed: floor, calls };
            if self.ask(&programme, vehicle, &offered, now_s) {
                expected_w += worth_w;
                self.promised.insert(vehicle, worth_w);
                self.turnout.promised += 1;
                twin.put_off(vehicle, from_s, until_s);
            }
        }
    }

    /// At the start, promises begin to count.
    pub(super) fn begin_promises(&mut self, now_s: u32) {
        if self.beats.is_empty() {
            for vehicle in self.promised.keys().copied().collect::<Vec<_>>() {
                self.note(now_s, Participant::Vehicle(vehicle), Stage::Armed, Cause::Schedule);
                self.note(now_s, Participant::Vehicle(vehicle), Stage::Dispatched, Cause::Schedule);
            }
        }
    }

    /// At the end, drivers are as free as before; those who waited are counted.
    pub(super) fn end_promises(&mut self, twin: &Twin) {
        let now_s = twin.clock().now_s();
        let shards: &FleetShards = twin.resource();
        for vehicle in core::mem::take(&mut self.promised).into_keys() {
            let promise = shards.of(vehicle).promises.get(&vehicle);
            self.turnout.put_off += u64::from(promise.is_some_and(|promise| promise.kept));
            self.note(now_s, Participant::Vehicle(vehicle), Stage::Released, Cause::Schedule);
        }
    }

    /// Before an event that raises the load, holds vehicles back that can wait for it, so that there is something to
    /// raise it with.
    pub(super) fn hold_back(&mut self, twin: &mut Twin) {
        let now_s = i64::from(twin.clock().now_s());
        let due = now_s >= self.start_s - HOLD_BACK_S && now_s % HOLD_S == 0;
        if self.event.direction == Direction::Reduce || !self.wants(ResourceKind::Charging) || !due {
            return;
        }
        self.make_room(twin);
        let mut total = self.reserve.total();
        if total.is_enough(&self.event) {
            return;
        }
        let assessment = assess(twin);
        let programme = Self::programme(twin).clone();
        let floor = twin.resource::<FleetParams>().v2g_floor_soc;
        let at_once = ResponseClass::Second as usize;
        let stations = self.invited_stations(&assessment);
        for session in &assessment.sessions {
            let Some(station) = stations.get(&session.station) else { continue };
            let power_w = session.down_w[at_once].max(session.up_w[at_once]);
            let waits = i64::from(session.waits_s) >= self.start_s - now_s + ROOM_S;
            let participant = Participant::Vehicle(session.vehicle);
            let taken = self.reserve.0.contains_key(&session.vehicle) || self.barred.contains(&participant);
            if power_w < 1 || !waits || taken || session.waited_for || !self.hears(station.aggregator, now_s as u32) {
                continue;
            }
            let yuan = Money(self.event.prices.owner_shift.0).f64() / 1e6 * Energy(session.lacks_j).kwh();
            let calls = self.calls_before(session.vehicle);
            let offered = Offered { yuan, state_of_charge: session.state_of_charge, needed: floor, calls };
            if self.ask(&programme, session.vehicle, &offered, now_s as u32) {
                let kept = Kept { power_w, energy_j: session.lacks_j };
                self.reserve.0.insert(session.vehicle, kept);
                total = total.and(kept);
                self.turnout.held_back += 1;
                let called = self.watched(session, station.aggregator, power_w, now_s as u32);
                self.send(twin, participant, &called, called.until_s);
                self.standing.add(participant, called);
                if total.is_enough(&self.event) {
                    return;
                }
            }
        }
    }

    /// Where somebody waits for a point, those held back are free again, and not held back a second time. What they do
    /// is watched on: they charge later than they would have.
    fn make_room(&mut self, twin: &mut Twin) {
        let w = twin.world_mut();
        let waiting: Vec<bool> = w.query::<&Station>().iter(w).map(|station| !station.queue.is_empty()).collect();
        let mut states = w.query::<&VehicleState>();
        let states = states.query(w);
        let states = rows(&states);
        let in_the_way = |vehicle: &u32| {
            let s = &states[*vehicle as usize];
            s.phase == Phase::Plugged && waiting[s.station as usize]
        };
        let crowded: Vec<u32> = self.reserve.vehicles().copied().filter(in_the_way).collect();
        let now_s = twin.clock().now_s();
        for vehicle in crowded {
            self.reserve.0.insert(vehicle, Kept::default());
            self.turnout.held_back -= 1;
            twin.order(vehicle, Order { set: SetPoint::Now, until_s: now_s });
        }
    }

    /// A vehicle that is held back: nothing has been called of it yet, but what it does is watched.
    fn watched(&self, session: &SessionOffer, aggregator: u16, draws_w: i64, now_s: u32) -> Called {
        Called {
            kind: ResourceKind::Charging,
            aggregator,
            called_w: 0,
            draws_w,
            discharge_w: 0,
            set: SetPoint::AtMost(0),
            energy: session.energy,
            from_s: now_s,
            begins_s: now_s + session.begins_s,
            over_s: now_s.saturating_add(session.begins_s).saturating_add(session.lasts_s),
            until_s: self.until_s(Participant::Vehicle(session.vehicle)),
            leaves_s: u32::MAX,
            delivered_w: 0,
            is_over: false,
        }
    }
}

/// State of charge of every vehicle when its last flow began: what an owner has in mind.
fn socs(twin: &mut Twin) -> Vec<f64> {
    let w = twin.world_mut();
    let mut vehicles = w.query::<(&Vehicle, &VehicleState)>();
    vehicles.iter(w).map(|(v, s)| s.energy.f64() / f64::from(v.capacity_j)).collect()
}

/// Vehicles that charge at public points of some stations now, and how much, in W at the battery.
fn charging_at(twin: &mut Twin, stations: &BTreeSet<u32>) -> Vec<(u32, i64)> {
    let now_s = twin.clock().now_s();
    let wanted: Vec<u32> = stations.iter().copied().collect();
    let look = move |at: Query<&Station>, guns: Query<&Gun>, states: Query<&VehicleState>, fleet: Res<FleetShards>| {
        let (at, guns, states) = (rows(&at), rows(&guns), rows(&states));
        let mut found = Vec::new();
        for row in &wanted {
            let station = &at[*row as usize];
            let its = &guns[station.first_gun as usize..(station.first_gun + station.guns) as usize];
            for vehicle in its.iter().map(|gun| gun.vehicle).filter(|vehicle| *vehicle != NONE) {
                let s = &states[vehicle as usize];
                let public = matches!(s.charge_place, ChargePlace::PublicAc | ChargePlace::PublicDc);
                let power_w = if s.phase == Phase::Plugged { fleet.battery_w(vehicle, s, now_s) } else { 0 };
                found.extend((public && power_w > 0).then_some((vehicle, power_w)));
            }
        }
        found
    };
    twin.world_mut().run_system_once(look).expect("a twin has stations, guns and vehicles")
}
