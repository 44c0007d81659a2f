//! During an event: offers from what can be done now, the policy's choice, and the orders that follow from it.

use super::standing::Called;
use super::{Conductor, Missing};
use crate::chance::{Purpose, draw};
use crate::city::tree::{BranchFlow, Feeder, Substation, Transformer, TransformerFlow, Tree};
use crate::fleet::params::FleetParams;
use crate::fleet::setpoint::{Order, SetPoint};
use crate::fleet::station::Station;
use crate::fleet::vehicle::{Vehicle, VehicleState};
use crate::market::capability::{Assessment, Capability, SessionOffer, assess, flexible_part};
use crate::market::dispatch::{Direction, Grid, Level, Offer, Request, Room, release, sanitise};
use crate::market::event::{Cause, Node, Participant, Stage};
use crate::market::owner::Offered;
use crate::market::programme::{MemberKind, Programme};
use crate::market::resource::{ResourceKind, ResponseClass};
use crate::site::shed::ShedOrder;
use crate::site::stock::Building;
use crate::site::storage::{StorageOrder, StorageUnit};
use crate::twin::Twin;
use crate::units::Money;
use std::collections::BTreeMap;

/// What one participant could do, beside its offer.
#[derive(Clone, Copy)]
struct Able {
    participant: Participant,
    kind: ResourceKind,
    aggregator: u16,
    /// For how long it goes on by itself, in s.
    lasts_s: u32,
    /// What it draws less than nothing of, if it is to discharge, in W.
    discharge_w: i64,
    /// What it draws now, in W at the meter.
    draws_w: i64,
}

/// Every transformer's place in the tree, by row.
pub(super) fn nodes(twin: &mut Twin) -> Vec<Node> {
    let w = twin.world_mut();
    let feeders: Vec<Feeder> = w.query::<&Feeder>().iter(w).copied().collect();
    let transformers: Vec<Transformer> = w.query::<&Transformer>().iter(w).copied().collect();
    let tree: &Tree = w.resource();
    let node = |(row, t): (u32, &Transformer)| Node {
        district: tree.zone_district[usize::from(t.zone)],
        substation: feeders[t.feeder as usize].substation,
        feeder: t.feeder,
        transformer: row,
    };
    (0..).zip(&transformers).map(node).collect()
}

/// The transformer of every agent of a kind, by row.
pub(super) fn node_of_members(twin: &mut Twin, kind: MemberKind) -> Vec<u32> {
    let w = twin.world_mut();
    match kind {
        MemberKind::Station => w.query::<&Station>().iter(w).map(|s| s.node).collect(),
        MemberKind::Building => w.query::<&Building>().iter(w).map(|b| b.node).collect(),
        MemberKind::Storage => w.query::<&StorageUnit>().iter(w).map(|u| u.node).collect(),
        MemberKind::Pv => w.query::<&crate::site::pv::PvArray>().iter(w).map(|a| a.node).collect(),
    }
}

/// The tree without its rooms.
pub(crate) fn grid(twin: &mut Twin) -> Grid {
    let nodes = nodes(twin);
    let w = twin.world_mut();
    let substation_of: Vec<u32> = w.query::<&Feeder>().iter(w).map(|f| f.substation).collect();
    let substations = w.query::<&Substation>().iter(w).len();
    let feeder_of = nodes.iter().map(|node| node.feeder).collect();
    Grid::new(feeder_of, substation_of, substations).expect("the tree of a twin is sound")
}

/// What every element of the tree still carries, from the last step's flows.
pub(crate) fn refresh(grid: &mut Grid, twin: &mut Twin) {
    let w = twin.world_mut();
    let room = |net_w: i64, limit_w: i64| Room::of(net_w, -limit_w, limit_w);
    for (to, (t, flow)) in
        grid.rooms_mut(Level::Transformer).iter_mut().zip(w.query::<(&Transformer, &TransformerFlow)>().iter(w))
    {
        *to = room(i64::from(flow.net_w), i64::from(t.limit_w));
    }
    for (to, (f, flow)) in grid.rooms_mut(Level::Feeder).iter_mut().zip(w.query::<(&Feeder, &BranchFlow)>().iter(w)) {
        *to = room(flow.net_w, i64::from(f.limit_w));
    }
    let substations = w.query::<(&Substation, &BranchFlow)>();
    let mut substations = substations;
    for (to, (s, flow)) in grid.rooms_mut(Level::Substation).iter_mut().zip(substations.iter(w)) {
        *to = room(flow.net_w, s.limit_w as i64);
    }
}

impl Conductor {
    /// Calls up to `wanted_w` more of what is not called yet. Returns what could not be called, by cause.
    pub(super) fn call(&mut self, twin: &mut Twin, wanted_w: i64) -> Missing {
        let mut missing = Missing::default();
        if wanted_w <= 0 {
            return missing;
        }
        let assessment = assess(twin);
        self.funnel.get_or_insert(assessment.funnel);
        let (able, offers) = self.offers(twin, &assessment, &mut missing);
        refresh(&mut self.grid, twin);
        let (now_s, step_s) = (twin.clock().now_s(), twin.clock().step_s);
        let wanted_w = wanted_w - self.call_gathered(twin, &able, &offers, wanted_w, &mut missing);
        let came = |one: &Able| self.standing.holds(one.participant);
        let (able, offers): (Vec<Able>, Vec<Offer>) =
            able.into_iter().zip(offers).filter(|(one, _)| !came(one)).unzip();
        let request = Request { direction: self.event.direction, power_w: wanted_w, now_s, hold_s: step_s };
        let mut called_w = vec![0; offers.len()];
        self.policy.dispatch(&request, &offers, &self.grid, &mut called_w);
        let placed_w = sanitise(&request, &offers, &mut called_w);
        let offered_w: i64 = offers.iter().map(|offer| offer.within_w(&request)).sum();
        missing.feeder_cap_w += (wanted_w.min(offered_w) - placed_w).max(0);
        missing.short_w = wanted_w - placed_w;
        for ((able, offer), called_w) in able.iter().zip(&offers).zip(called_w).filter(|(_, called_w)| *called_w > 0) {
            self.give_order(twin, able, offer, called_w, &mut missing);
        }
        missing
    }

    /// Owners who have come for the event are called first, whatever the policy: it was agreed with them. Returns what
    /// they were called for, in W.
    fn call_gathered(
        &mut self,
        twin: &mut Twin,
        able: &[Able],
        offers: &[Offer],
        wanted_w: i64,
        missing: &mut Missing,
    ) -> i64 {
        let mut left_w = wanted_w;
        for (one, offer) in able.iter().zip(offers) {
            let Participant::Vehicle(row) = one.participant else { continue };
            if one.discharge_w > 0 && self.gathered.contains(&row) && left_w > 0 {
                let called_w = offer.most_w.min(left_w);
                self.give_order(twin, one, offer, called_w, missing);
                left_w -= called_w;
            }
        }
        wanted_w - left_w
    }

    /// What can be called now and is not yet.
    fn offers(&mut self, twin: &mut Twin, assessment: &Assessment, missing: &mut Missing) -> (Vec<Able>, Vec<Offer>) {
        let class = self.event.class.response();
        let programme = Self::programme(twin).clone();
        let now_s = assessment.at_s;
        let (mut able, mut offers) = (Vec::new(), Vec::new());
        let by_station: BTreeMap<u32, &Capability> = assessment
            .resources
            .iter()
            .filter(|r| r.kind == ResourceKind::Charging && self.stations.contains(&r.row))
            .map(|r| (r.row, r))
            .collect();
        let people = vehicles(twin, assessment);
        let floor = twin.resource::<FleetParams>().v2g_floor_soc;
        for session in &assessment.sessions {
            let Some(station) = by_station.get(&session.station) else { continue };
            if self.standing.holds(Participant::Vehicle(session.vehicle)) {
                continue;
            }
            let Some((one, most_w)) = self.session(session, station, class, now_s) else { continue };
            if !self.hears(station.aggregator, now_s) {
                missing.communications_w += most_w;
                continue;
            }
            let (v, s) = people[&session.vehicle];
            let soc = (s.energy.f64() / f64::from(v.capacity_j), floor);
            if !self.accepts(&programme, session, &one, soc, now_s) {
                missing.declined_w += most_w;
                continue;
            }
            offers.push(self.offer(&one, station.node, most_w, offers.len()));
            able.push(one);
        }
        for resource in &assessment.resources {
            let Some(kind) = member_kind(resource.kind) else { continue };
            let participant = Participant::Member(kind, resource.row);
            let watts = if self.event.direction == Direction::Reduce { resource.down_w } else { resource.up_w };
            let most_w = watts[self.held(class, now_s) as usize];
            let quick = class.takes(resource.kind);
            let invited = quick && self.members.contains(&participant) && self.wants(resource.kind);
            if !invited || most_w < 1 || self.standing.holds(participant) {
                continue;
            }
            if !self.hears(resource.aggregator, now_s) {
                missing.communications_w += most_w;
                continue;
            }
            let (lasts_s, draws_w) = (u32::MAX, 0);
            let aggregator = resource.aggregator;
            let one = Able { participant, kind: resource.kind, aggregator, lasts_s, discharge_w: 0, draws_w };
            offers.push(self.offer(&one, resource.node, most_w, offers.len()));
            able.push(one);
        }
        missing.count_v2g(assessment, self.wants(ResourceKind::V2g), twin);
        (able, offers)
    }

    /// The class of response whose time of holding covers what is left of the event, as far as any does.
    fn held(&self, class: ResponseClass, now_s: u32) -> ResponseClass {
        let left_s = self.end_s - i64::from(now_s);
        let covers = |one: &ResponseClass| *one >= class && i64::from(one.hold_s()) >= left_s;
        ResponseClass::ALL.into_iter().find(covers).unwrap_or(ResponseClass::Hour.max(class))
    }

    /// What a session could do: how, and how much of it now.
    fn session(&self, s: &SessionOffer, station: &Capability, class: ResponseClass, now_s: u32) -> Option<(Able, i64)> {
        let c = self.held(class, now_s) as usize;
        let at_once = ResponseClass::Second as usize;
        let able = |kind, lasts_s, discharge_w, draws_w| Able {
            participant: Participant::Vehicle(s.vehicle),
            kind,
            aggregator: station.aggregator,
            lasts_s,
            discharge_w,
            draws_w,
        };
        if self.event.direction == Direction::Raise {
            let now_w = s.up_w[at_once];
            let offers = self.wants(ResourceKind::Charging) && s.up_w[c] > 0 && now_w > 0;
            return offers.then(|| (able(ResourceKind::Charging, s.lasts_s, 0, 0), now_w));
        }
        let invited = &self.event.invited;
        let more = invited.discharging.is_none_or(|most| self.turnout.vehicles_discharging < u64::from(most));
        if invited.vehicles.is_some_and(|most| self.turnout.vehicles_called >= u64::from(most)) {
            return None;
        }
        let now_w = s.down_w[at_once];
        let discharge_w = s.discharge_w[c];
        if self.wants(ResourceKind::V2g) && discharge_w > 0 && more {
            return Some((able(ResourceKind::V2g, u32::MAX, discharge_w, now_w), now_w + discharge_w));
        }
        let offers = self.wants(ResourceKind::Charging) && s.down_w[c] > 0 && now_w > 0;
        offers.then(|| (able(ResourceKind::Charging, s.lasts_s, 0, now_w), now_w))
    }

    /// Asks the owner, for what it would earn; `soc` is the state of charge, and what the owner keeps of it.
    fn accepts(
        &mut self,
        programme: &Programme,
        session: &SessionOffer,
        able: &Able,
        soc: (f64, f64),
        now_s: u32,
    ) -> bool {
        let left_h = (self.end_s - i64::from(now_s)) as f64 / 3_600.0;
        let prices = &self.event.prices;
        let shifted_kwh = able.draws_w as f64 / 1e3 * left_h.min(f64::from(able.lasts_s) / 3_600.0);
        let given_kwh = able.discharge_w as f64 / 1e3 * left_h;
        let yuan = |price: i64, kwh: f64| Money(price).f64() / 1e6 * kwh;
        let offered = Offered {
            yuan: yuan(prices.owner_shift.0, shifted_kwh) + yuan(prices.owner_discharge.0, given_kwh),
            state_of_charge: soc.0,
            needed: soc.1,
            calls: 0,
        };
        self.ask(programme, session.vehicle, &offered, now_s)
    }

    fn offer(&self, able: &Able, node: u32, most_w: i64, number: usize) -> Offer {
        let price = if able.kind == ResourceKind::V2g {
            self.event.prices.owner_discharge.0
        } else {
            self.event.prices.owner_shift.0
        };
        Offer {
            resource: number as u32,
            node,
            aggregator: able.aggregator,
            kind: able.kind,
            held_s: able.lasts_s,
            most_w,
            laxity_s: i64::from(able.lasts_s),
            price_per_kwh: Money(price),
            used_j: 0,
        }
    }

    /// Sends an order, unless it is lost on the way.
    fn give_order(&mut self, twin: &mut Twin, able: &Able, offer: &Offer, called_w: i64, missing: &mut Missing) {
        let now_s = twin.clock().now_s();
        let (member, number) = match able.participant {
            Participant::Vehicle(row) => (MemberKind::Station, row),
            Participant::Member(kind, row) => (kind, kind.address(row)),
            Participant::Aggregator(_) => return,
        };
        let loss = Self::programme(twin).telemetry[member as usize].loss;
        if draw(self.seed, Purpose::Answer, number, now_s).chance(loss) {
            missing.communications_w += called_w;
            return;
        }
        let recovery_s = release::randomised_s(self.seed, self.no.0, number, self.event.recovery_s / 2);
        let until_s = (self.end_s as u32).saturating_add(recovery_s);
        match able.participant {
            Participant::Vehicle(vehicle) => {
                twin.order(vehicle, Order { set: set_point(self.event.direction, able, offer, called_w), until_s });
            }
            Participant::Member(MemberKind::Building, row) => {
                let (part, rebound_milli) = flexible_part(Self::programme(twin), self.buildings[row as usize]);
                twin.order_building(row, ShedOrder { part, power_w: called_w, until_s, rebound_milli });
            }
            Participant::Member(_, row) => {
                let power_w = if self.event.direction == Direction::Reduce { -called_w } else { called_w };
                // Batteries have nobody who waits for them: they stop with the event.
                twin.order_storage(row, StorageOrder { power_w, until_s: self.end_s as u32 });
            }
            Participant::Aggregator(_) => {}
        }
        let owners = Self::programme(twin).owners;
        let leaves_s = match able.participant {
            Participant::Vehicle(row) => now_s.saturating_add(owners.patience_s(self.seed, row, self.no.0)),
            _ => u32::MAX,
        };
        let called = Called {
            kind: able.kind,
            aggregator: able.aggregator,
            called_w,
            draws_w: able.draws_w,
            discharge_w: if able.discharge_w > 0 { (called_w - able.draws_w).max(0) } else { 0 },
            from_s: now_s,
            over_s: now_s.saturating_add(able.lasts_s),
            until_s,
            leaves_s,
            delivered_w: 0,
        };
        self.note(now_s, able.participant, Stage::Armed, Cause::Schedule);
        self.note(now_s, able.participant, Stage::Dispatched, Cause::Schedule);
        if matches!(able.participant, Participant::Vehicle(_)) {
            self.turnout.vehicles_called += 1;
            self.turnout.vehicles_discharging += u64::from(called.discharge_w > 0);
        }
        self.standing.add(able.participant, called);
    }
}

/// The set-point by which a session changes what it draws by `called_w`.
fn set_point(direction: Direction, able: &Able, offer: &Offer, called_w: i64) -> SetPoint {
    if direction == Direction::Raise {
        return SetPoint::Now;
    }
    if able.discharge_w > 0 && called_w > able.draws_w {
        // At the battery a little more than at the meter; what is above its floor is the vehicle's own concern.
        return SetPoint::Discharge((called_w - able.draws_w) as u32);
    }
    let left_w = if called_w >= offer.most_w.min(able.draws_w) { 0 } else { able.draws_w - called_w };
    SetPoint::AtMost(left_w as u32)
}

/// The kind of agent behind a resource that is called as a whole.
const fn member_kind(kind: ResourceKind) -> Option<MemberKind> {
    match kind {
        ResourceKind::Cooling | ResourceKind::DistrictCooling | ResourceKind::Industry | ResourceKind::DataCentre => {
            Some(MemberKind::Building)
        }
        ResourceKind::BaseStation | ResourceKind::UserStorage => Some(MemberKind::Storage),
        // Sessions are called one by one; arrays are not turned down.
        ResourceKind::Charging | ResourceKind::V2g | ResourceKind::Solar => None,
    }
}

/// Traits and states of the vehicles of an assessment.
fn vehicles(twin: &mut Twin, assessment: &Assessment) -> BTreeMap<u32, (Vehicle, VehicleState)> {
    let w = twin.world_mut();
    let mut rows: Vec<u32> = assessment.sessions.iter().map(|session| session.vehicle).collect();
    rows.sort_unstable();
    let mut wanted = rows.into_iter().peekable();
    let mut found = BTreeMap::new();
    for (row, (v, s)) in (0..).zip(w.query::<(&Vehicle, &VehicleState)>().iter(w)) {
        if wanted.peek() == Some(&row) {
            wanted.next();
            found.insert(row, (*v, *s));
        }
    }
    found
}
