//! Capability: how much the load of connected resources can be changed now, up and down, and held as long as a class
//! of response asks (实时可调负荷, real-time adjustable load).
//!
//! What is offered is what would really come: a session that will be over in twenty minutes counts for the hour with a
//! third of its power, a vehicle that must charge on to leave in time counts with nothing, a battery with what is in
//! it above its floor. Nothing is counted that the platform does not hear from.

mod flexible;
mod session;
mod table;

pub(crate) use flexible::{part_of as flexible_part, unit_draws_w};
pub use session::Session;
pub use table::{Cell, LEAST_AGGREGATOR_W, Table};

use crate::chance::Seed;
use crate::city::geography::Geography;
use crate::city::tree::{Transformer, TransformerFlow};
use crate::clock::{Calendar, Clock};
use crate::fleet::charger::{Gun, GunKind, NONE};
use crate::fleet::context::Context;
use crate::fleet::life::next_trip;
use crate::fleet::params::{FleetParams, Surroundings};
use crate::fleet::shard::FleetShards;
use crate::fleet::station::{Board, Station};
use crate::fleet::vehicle::{Phase, Vehicle, VehicleState};
use crate::market::programme::{Member, MemberKind, Programme};
use crate::market::resource::{ResourceKind, ResponseClass};
use crate::parallel::{Threads, rows};
use crate::site::pv::{PvArray, PvOutput};
use crate::site::stock::Building;
use crate::site::storage::{StorageKind, StorageState, StorageUnit};
use crate::site::systems::Conditions;
use crate::twin::Twin;
use crate::units::Energy;
use bevy_ecs::prelude::*;
use bevy_ecs::system::{RunSystemOnce, SystemParam};
use std::collections::BTreeMap;

/// What one resource can do now, at the meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// What it is.
    pub kind: ResourceKind,
    /// Row of its agent: a station, a building, a storage unit or an array.
    pub row: u32,
    /// Row of its aggregator.
    pub aggregator: u16,
    /// Row of its transformer.
    pub node: u32,
    /// Power that is connected, in W: ratings of its guns, its flexible load at design conditions, its converter.
    pub connected_w: i64,
    /// By how much it can lower its load, by class of response, in W.
    pub down_w: [i64; 4],
    /// By how much it can raise its load, by class of response, in W.
    pub up_w: [i64; 4],
}

/// What one plugged vehicle can do now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SessionOffer {
    /// Its row.
    pub vehicle: u32,
    /// Row of its station.
    pub station: u32,
    /// How long it would go on drawing by itself, in s.
    pub lasts_s: u32,
    /// After how many seconds it begins to draw by itself; zero for one that draws, or that an operator holds back.
    pub begins_s: u32,
    /// For how long its charge can be held back without making it late, in s; zero for one without a departure.
    pub waits_s: u32,
    /// Energy in its battery.
    pub energy: Energy,
    /// State of charge, 0 to 1.
    pub state_of_charge: f64,
    /// Energy it has still to charge, in J at the battery.
    pub lacks_j: i64,
    /// By how much it can lower what it draws, by class of response, in W at the meter.
    pub down_w: [i64; 4],
    /// What it can deliver beside that, in W at the meter.
    pub discharge_w: [i64; 4],
    /// By how much it can raise what it draws, in W at the meter.
    pub up_w: [i64; 4],
    /// What of that it sells anyway within the time of the class, at the peak price of the standing tariff, in W.
    pub sold_w: [i64; 4],
    /// What it draws now, in W at the meter; negative when it delivers already, as on a standing tariff.
    pub draws_w: i64,
    /// Whether others wait for its gun. It is then left alone, but by a direct call.
    pub waited_for: bool,
    /// What keeps it from discharging; `None` for one that can, and one that never could.
    pub hindrance: Option<Hindrance>,
}

/// What keeps a vehicle from discharging that is able to and whose driver has agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// The gun can only charge.
    OneWayGun,
    /// Nothing is above what owner and next trip need, or there is no time to charge it again.
    AtFloor,
}

/// How many vehicles stand where on the way to a delivered kilowatt-hour of V2G.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Funnel {
    /// Vehicles that can discharge.
    pub capable: u64,
    /// Of these, whose drivers have agreed.
    pub enrolled: u64,
    /// Vehicles that can discharge, plugged in where only charging is possible.
    pub one_way: u64,
    /// Of those whose drivers have agreed, plugged in at a connected bidirectional gun.
    pub plugged: u64,
    /// Of these, above the energy they keep for their owner and the next trip.
    pub above_floor: u64,
    /// Of these, with time to be charged again before they leave.
    pub able: u64,
}

/// What all connected resources can do at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assessment {
    /// Second of the run.
    pub at_s: u32,
    /// Resources that have joined.
    pub joined: usize,
    /// Of these, heard from.
    pub heard: usize,
    /// What each can do; a station with bidirectional guns comes twice, as charging and as V2G.
    pub resources: Vec<Capability>,
    /// What stands behind charging and V2G: the vehicles that can do something.
    pub sessions: Vec<SessionOffer>,
    /// V2G.
    pub funnel: Funnel,
}

/// What a kind of resource can do by class of response: nothing where it is not quick enough.
fn by_class(kind: ResourceKind, of: impl Fn(ResponseClass) -> i64) -> [i64; 4] {
    ResponseClass::ALL.map(|class| if class.takes(kind) { of(class).max(0) } else { 0 })
}

/// What kind of resource every agent of a kind of member is, by row: nothing of which nothing can be called.
pub(crate) fn kind_of_member(twin: &mut Twin, kind: MemberKind) -> Vec<Option<ResourceKind>> {
    let programme: Programme = twin.resource::<Programme>().clone();
    let w = twin.world_mut();
    match kind {
        MemberKind::Station => vec![Some(ResourceKind::Charging); w.query::<&Station>().iter(w).len()],
        MemberKind::Pv => vec![Some(ResourceKind::Solar); w.query::<&PvArray>().iter(w).len()],
        MemberKind::Storage => w.query::<&StorageUnit>().iter(w).map(|unit| Some(kind_of_unit(unit.kind))).collect(),
        MemberKind::Building => {
            let of = |b: &Building| flexible::rule(&programme, b.kind).map(|(kind, _, _)| kind);
            w.query::<&Building>().iter(w).map(of).collect()
        }
    }
}

const fn kind_of_unit(kind: StorageKind) -> ResourceKind {
    match kind {
        StorageKind::BaseStation => ResourceKind::BaseStation,
        StorageKind::UserSide | StorageKind::StationBuffer => ResourceKind::UserStorage,
    }
}

/// Everything that resources are read from.
#[derive(SystemParam)]
pub struct Agents<'w, 's> {
    clock: Res<'w, Clock>,
    threads: Res<'w, Threads>,
    seed: Res<'w, Seed>,
    params: Res<'w, FleetParams>,
    geography: Res<'w, Geography>,
    board: Res<'w, Board>,
    calendar: Res<'w, Calendar>,
    around: Res<'w, Surroundings>,
    conditions: Res<'w, Conditions>,
    programme: Res<'w, Programme>,
    fleet: Res<'w, FleetShards>,
    stations: Query<'w, 's, &'static Station>,
    guns: Query<'w, 's, &'static Gun>,
    vehicles: Query<'w, 's, &'static Vehicle>,
    states: Query<'w, 's, &'static VehicleState>,
    buildings: Query<'w, 's, &'static Building>,
    units: Query<'w, 's, &'static StorageUnit>,
    storage: Query<'w, 's, &'static StorageState>,
    arrays: Query<'w, 's, &'static PvArray>,
    outputs: Query<'w, 's, &'static PvOutput>,
    nodes: Query<'w, 's, &'static Transformer>,
    flows: Query<'w, 's, &'static TransformerFlow>,
}

/// Assesses what every connected resource can do now.
pub fn assess(twin: &mut Twin) -> Assessment {
    twin.world_mut().run_system_once(assess_agents).expect("a twin has everything that is assessed")
}

/// The same as a system.
pub fn assess_agents(agents: Agents) -> Assessment {
    let now_s = agents.clock.now_s();
    let joined = agents.programme.members.iter().map(Vec::len).sum();
    let mut out = Assessment { at_s: now_s, joined, ..Assessment::default() };
    agents.count_vehicles(&mut out.funnel);
    agents.all_stations(&mut out);
    for (row, aggregator) in agents.heard(MemberKind::Building, &mut out) {
        out.resources.extend(agents.building(row, aggregator));
    }
    let dear = ResponseClass::ALL.map(|class| agents.around.peak_within(now_s, class.hold_s()));
    // Units behind one transformer share what it draws and what it carries.
    let mut taken_w = BTreeMap::new();
    for (row, aggregator) in agents.heard(MemberKind::Storage, &mut out) {
        out.resources.push(agents.unit(row, aggregator, dear, &mut taken_w));
    }
    for (row, aggregator) in agents.heard(MemberKind::Pv, &mut out) {
        out.resources.push(agents.array(row, aggregator));
    }
    out
}

impl Assessment {
    fn add(&mut self, part: Self) {
        self.heard += part.heard;
        self.resources.extend(part.resources);
        self.sessions.extend(part.sessions);
        let (to, from) = (&mut self.funnel, part.funnel);
        to.plugged += from.plugged;
        to.above_floor += from.above_floor;
        to.able += from.able;
    }
}

/// What units behind one transformer have been taken to lower and to raise so far, by class, in W.
type Taken = BTreeMap<u32, ([i64; 4], [i64; 4])>;

impl Agents<'_, '_> {
    fn context(&self) -> Context<'_> {
        Context {
            seed: *self.seed,
            params: &self.params,
            geography: &self.geography,
            board: &self.board,
            calendar: &self.calendar,
            around: &self.around,
            step_from_s: self.clock.now_s(),
        }
    }

    /// All stations, in parallel: there are far more sessions than anything else. Parts are put together in order.
    fn all_stations(&self, out: &mut Assessment) {
        let members = &self.programme.members[MemberKind::Station as usize];
        let add = |part: &mut Assessment, member: &Member| {
            if self.is_connected(MemberKind::Station, *member) {
                part.heard += 1;
                self.station(member.row as usize, member.aggregator, part);
            }
        };
        self.threads.parts(members, add).into_iter().for_each(|part| out.add(part));
    }

    fn is_connected(&self, kind: MemberKind, member: Member) -> bool {
        self.programme.is_connected(*self.seed, kind, member.row, self.clock.now_s())
    }

    /// Members of a kind that are heard from; counts them.
    fn heard(&self, kind: MemberKind, out: &mut Assessment) -> Vec<(usize, u16)> {
        let members = self.programme.members[kind as usize].iter().filter(|member| self.is_connected(kind, **member));
        let heard: Vec<(usize, u16)> = members.map(|member| (member.row as usize, member.aggregator)).collect();
        out.heard += heard.len();
        heard
    }

    /// The first two steps of the funnel: whatever is plugged in or not.
    fn count_vehicles(&self, funnel: &mut Funnel) {
        let states = rows(&self.states);
        for (row, _) in (0..).zip(rows(&self.vehicles)).filter(|(_, v)| v.v2g) {
            let s = &states[row as usize];
            funnel.capable += 1;
            funnel.enrolled += u64::from(self.programme.has_consented(*self.seed, row));
            funnel.one_way += u64::from(s.phase == Phase::Plugged && !s.bidirectional());
        }
    }

    /// A station: its sessions, and what its bidirectional guns can deliver.
    fn station(&self, row: usize, aggregator: u16, out: &mut Assessment) {
        let station = &rows(&self.stations)[row];
        let guns = &rows(&self.guns)[station.first_gun as usize..(station.first_gun + station.guns) as usize];
        let at = |kind| Capability { kind, row: row as u32, aggregator, node: station.node, ..Capability::none() };
        let (mut charging, mut v2g) = (at(ResourceKind::Charging), at(ResourceKind::V2g));
        for (gun, index) in guns.iter().zip(station.first_gun..) {
            charging.connected_w += i64::from(gun.rating_w);
            v2g.connected_w += if gun.is_two_way() { i64::from(gun.rating_w) } else { 0 };
            if gun.vehicle != NONE {
                let waited_for = gun.kind != GunKind::HomeAc && !station.queue.is_empty();
                let Some(offer) = self.session(gun.vehicle, index, waited_for, &mut out.funnel) else { continue };
                if !waited_for {
                    add(&mut charging.down_w, offer.down_w);
                }
                add(&mut charging.up_w, offer.up_w);
                // What is sold anyway does not lower the load once more when it is called.
                add(&mut v2g.down_w, core::array::from_fn(|class| offer.discharge_w[class] - offer.sold_w[class]));
                let something = [offer.down_w, offer.discharge_w, offer.up_w] != [[0; 4]; 3];
                out.sessions.extend((something || offer.hindrance.is_some()).then_some(offer));
            }
        }
        out.resources.push(charging);
        out.resources.extend((v2g.connected_w > 0).then_some(v2g));
    }

    /// What the vehicle at a gun can do, if its driver has agreed.
    fn session(&self, row: u32, gun: u32, waited_for: bool, funnel: &mut Funnel) -> Option<SessionOffer> {
        let (v, s) = (&rows(&self.vehicles)[row as usize], &rows(&self.states)[row as usize]);
        let here = s.phase == Phase::Plugged && s.gun == gun;
        if !here || !self.programme.has_consented(*self.seed, row) {
            return None;
        }
        let (now_s, ctx) = (self.clock.now_s(), self.context());
        let energy = self.fleet.energy_at(row, s, now_s);
        let battery_w = self.fleet.battery_w(row, s, now_s);
        let ordered = self.fleet.of(row).orders.get(&row).is_some_and(|standing| now_s < standing.order.until_s);
        let session = Session { ctx: &ctx, v, s, energy, now_s, ordered };
        let mut offer = SessionOffer {
            vehicle: row,
            station: s.station,
            begins_s: session.begins_s(),
            waits_s: session.waits_s(),
            energy,
            state_of_charge: energy.f64() / f64::from(v.capacity_j.max(1)),
            lacks_j: session.lacks_j(),
            lasts_s: if energy < self.params.target(v, s.charge_place) { session.lasts_s() } else { 0 },
            down_w: by_class(ResourceKind::Charging, |class| session.down_w(class.hold_s())),
            discharge_w: [0; 4],
            sold_w: [0; 4],
            up_w: by_class(ResourceKind::Charging, |class| session.up_w(class.hold_s())),
            draws_w: self.params.meter_w(s, battery_w),
            waited_for,
            hindrance: None,
        };
        if v.v2g && !s.bidirectional() {
            offer.hindrance = Some(Hindrance::OneWayGun);
        } else if v.v2g && !waited_for {
            let next = next_trip(&ctx, row, v, s);
            offer.discharge_w = by_class(ResourceKind::V2g, |class| session.discharge_w(next, class.hold_s()));
            offer.sold_w = by_class(ResourceKind::V2g, |class| session.sold_w(next, class.hold_s()));
            funnel.plugged += 1;
            funnel.above_floor += u64::from(session.above_floor_j(next) > 0);
            let able = offer.discharge_w[ResponseClass::Minute as usize] > 0;
            funnel.able += u64::from(able);
            offer.hindrance = (!able).then_some(Hindrance::AtFloor);
        }
        Some(offer)
    }

    /// A building, if something of it is flexible.
    fn building(&self, row: usize, aggregator: u16) -> Option<Capability> {
        let b = &rows(&self.buildings)[row];
        let (kind, flexible, is_cooling) = flexible::rule(&self.programme, b.kind)?;
        let factors = *self.conditions.factors.of(b.kind, b.variant);
        Some(Capability {
            kind,
            row: row as u32,
            aggregator,
            node: b.node,
            connected_w: flexible::connected_w(b, flexible, is_cooling),
            down_w: by_class(kind, |class| flexible::shed_w(b, flexible, is_cooling, factors, class.hold_s())),
            up_w: [0; 4],
        })
    }

    /// A storage unit: what those before it behind the same transformer leave to it. `dear` tells for each class
    /// whether a peak hour is on, or begins while it holds.
    fn unit(&self, row: usize, aggregator: u16, dear: [bool; 4], taken_w: &mut Taken) -> Capability {
        let (unit, state) = (&rows(&self.units)[row], &rows(&self.storage)[row]);
        let (node, flow) = (&rows(&self.nodes)[unit.node as usize], &rows(&self.flows)[unit.node as usize]);
        let kind = kind_of_unit(unit.kind);
        let (site_w, room_w) = (i64::from(flow.net_w), i64::from(node.limit_w) - i64::from(flow.net_w));
        let step_s = self.clock.step_s;
        let (down, up) = taken_w.entry(unit.node).or_default();
        let down_w = by_class(kind, |class| {
            let (k, hold_s) = (class as usize, class.hold_s());
            flexible::unit_down_w(unit, state, step_s, site_w - down[k], hold_s, dear[k])
        });
        let up_w = by_class(kind, |class| {
            flexible::unit_up_w(unit, state, step_s, room_w - up[class as usize], class.hold_s())
        });
        add(down, down_w);
        add(up, up_w);
        let connected_w = i64::from(unit.power_w);
        Capability { kind, row: row as u32, aggregator, node: unit.node, connected_w, down_w, up_w }
    }

    /// A solar array: to deliver less raises the load.
    fn array(&self, row: usize, aggregator: u16) -> Capability {
        let (array, output) = (&rows(&self.arrays)[row], &rows(&self.outputs)[row]);
        let kind = ResourceKind::Solar;
        let up_w = by_class(kind, |_| i64::from(output.power_w));
        let connected_w = i64::from(array.peak_w);
        Capability { kind, row: row as u32, aggregator, node: array.node, connected_w, down_w: [0; 4], up_w }
    }
}

impl Capability {
    const fn none() -> Self {
        Self {
            kind: ResourceKind::Charging,
            row: 0,
            aggregator: 0,
            node: 0,
            connected_w: 0,
            down_w: [0; 4],
            up_w: [0; 4],
        }
    }
}

fn add(sum: &mut [i64; 4], more: [i64; 4]) {
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}
