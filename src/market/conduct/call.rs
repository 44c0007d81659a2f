//! During an event: offers from what can be done now, the policy's choice, and the orders that follow from it.

use super::{Conductor, Missing};
use crate::city::tree::{BranchFlow, Feeder, Substation, Transformer, TransformerFlow, Tree};
use crate::fleet::params::FleetParams;
use crate::fleet::station::Station;
use crate::market::capability::{Assessment, Capability, SessionOffer, assess, unit_draws_w};
use crate::market::dispatch::{Direction, Grid, Level, Offer, Request, Room, release, sanitise};
use crate::market::event::{CallClass, Node, Participant, Reach};
use crate::market::owner::Offered;
use crate::market::programme::{MemberKind, Programme};
use crate::market::resource::{ResourceKind, ResponseClass};
use crate::network::{Carries, CarriesAll, RunningGrid};
use crate::site::stock::Building;
use crate::site::storage::{StorageState, StorageUnit};
use crate::twin::Twin;
use crate::units::{Energy, Money};
use bevy_ecs::prelude::World;
use std::collections::BTreeMap;

/// What one participant could do, beside its offer.
#[derive(Clone, Copy)]
pub(super) struct Able {
    pub(super) participant: Participant,
    pub(super) kind: ResourceKind,
    pub(super) aggregator: u16,
    /// For how long it goes on by itself, in s.
    pub(super) lasts_s: u32,
    /// After how many seconds it begins by itself.
    pub(super) begins_s: u32,
    /// For how long it can be held back, in s.
    pub(super) waits_s: u32,
    /// What more it can discharge, if it is to, in W.
    pub(super) discharge_w: i64,
    /// What it draws now, or would if it were let, in W at the meter; negative when it discharges already.
    pub(super) draws_w: i64,
    /// Energy in its battery; of vehicles only.
    pub(super) energy: Energy,
}

/// How many more vehicles an event has places for.
#[derive(Clone, Copy)]
struct Places {
    vehicles: u64,
    /// To discharge; of the vehicles.
    discharging: u64,
}

impl Places {
    fn take(&mut self, one: &Able, has_promised: bool) {
        self.vehicles -= u64::from(!has_promised && self.vehicles < u64::MAX);
        self.discharging -= u64::from(one.discharge_w > 0 && self.discharging < u64::MAX);
    }
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

/// What every element of the tree still carries, from the last step's flows: within the tree's ratings, or within what
/// the network carries as it was last solved, if the twin is held to it.
pub(crate) fn refresh(grid: &mut Grid, twin: &mut Twin) {
    let w = twin.world_mut();
    let mut transformers = w.query::<(&Transformer, &TransformerFlow)>();
    let mut feeders = w.query::<(&Feeder, &BranchFlow)>();
    let mut substations = w.query::<(&Substation, &BranchFlow)>();
    let w: &World = w;
    let carries = w.get_resource::<RunningGrid>().and_then(RunningGrid::carries);
    let room = |net_w: i64, limit_w: i64, solved: Option<&Carries>| {
        let (lowest_w, highest_w) = solved.map_or((-limit_w, limit_w), |of| (of.lowest_w, of.highest_w));
        Room::of(net_w, lowest_w, highest_w)
    };
    let of_level = |level: fn(&CarriesAll) -> &[Carries], row: usize| carries.map(|all| &level(all)[row]);
    let rooms = grid.rooms_mut(Level::Transformer).iter_mut().zip(transformers.iter(w));
    for (row, (to, (t, flow))) in rooms.enumerate() {
        *to = room(i64::from(flow.net_w), i64::from(t.limit_w), of_level(|all| &all.transformers, row));
    }
    for (row, (to, (f, flow))) in grid.rooms_mut(Level::Feeder).iter_mut().zip(feeders.iter(w)).enumerate() {
        *to = room(flow.net_w, i64::from(f.limit_w), of_level(|all| &all.feeders, row));
    }
    for (row, (to, (s, flow))) in grid.rooms_mut(Level::Substation).iter_mut().zip(substations.iter(w)).enumerate() {
        *to = room(flow.net_w, s.limit_w as i64, of_level(|all| &all.substations, row));
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
        let by_station = self.invited_stations(assessment);
        let floor = twin.resource::<FleetParams>().v2g_floor_soc;
        let mut room = Places {
            vehicles: Self::left_of(self.event.invited.vehicles, self.turnout.taking_part()),
            discharging: Self::left_of(self.event.invited.discharging, self.turnout.vehicles_discharging),
        };
        let (discharges, mut here) = (self.wants(ResourceKind::V2g) && self.event.direction == Direction::Reduce, 0);
        let invited = assessment.sessions.iter().filter_map(|s| Some((s, *by_station.get(&s.station)?)));
        for (session, station) in self.in_order(invited) {
            if discharges && (session.hindrance.is_some() || session.discharge_w[ResponseClass::Minute as usize] > 0) {
                missing.count_hindered(session);
                here += 1;
            }
            if session.waited_for && self.event.class != CallClass::Direct {
                continue;
            }
            let participant = Participant::Vehicle(session.vehicle);
            if self.standing.holds(participant) || self.barred.contains(&participant) {
                continue;
            }
            if !self.may_begin(participant, now_s) {
                continue;
            }
            let Some((one, most_w)) = self.session(session, station, class, now_s, room) else { continue };
            if !self.hears(station.aggregator, now_s) {
                missing.communications_w += most_w;
                continue;
            }
            if !self.accepts(&programme, session, &one, floor, now_s) {
                missing.declined_w += most_w;
                continue;
            }
            room.take(&one, self.promised.contains_key(&session.vehicle));
            offers.push(self.offer(&one, station.node, most_w, offers.len()));
            able.push(one);
        }
        let storage_w = storage_w(twin, self.held(class, now_s).hold_s());
        for resource in &assessment.resources {
            let Some(kind) = member_kind(resource.kind) else { continue };
            let participant = Participant::Member(kind, resource.row);
            let watts = if self.event.direction == Direction::Reduce { resource.down_w } else { resource.up_w };
            let most_w = watts[self.held(class, now_s) as usize];
            let quick = class.takes(resource.kind);
            let invited = quick && self.members.contains(&participant) && self.wants(resource.kind);
            let taken = self.standing.holds(participant) || self.barred.contains(&participant);
            if !invited || most_w < 1 || taken || !self.may_begin(participant, now_s) {
                continue;
            }
            if !self.hears(resource.aggregator, now_s) {
                missing.communications_w += most_w;
                continue;
            }
            let one = Able {
                participant,
                kind: resource.kind,
                aggregator: resource.aggregator,
                lasts_s: u32::MAX,
                begins_s: 0,
                waits_s: u32::MAX,
                discharge_w: 0,
                draws_w: if kind == MemberKind::Storage { storage_w[resource.row as usize] } else { 0 },
                energy: Energy::ZERO,
            };
            offers.push(self.offer(&one, resource.node, most_w, offers.len()));
            able.push(one);
        }
        if discharges && self.reach == Reach::City {
            missing.count_away(assessment.funnel.enrolled.saturating_sub(here));
        }
        (able, offers)
    }

    /// Stations of an assessment that are invited, by row.
    pub(super) fn invited_stations<'a>(&self, assessment: &'a Assessment) -> BTreeMap<u32, &'a Capability> {
        let invited = |r: &&Capability| r.kind == ResourceKind::Charging && self.stations.contains(&r.row);
        assessment.resources.iter().filter(invited).map(|r| (r.row, r)).collect()
    }

    /// Sessions in the order in which drivers mind least, which decides between offers that a policy holds for equal: to
    /// charge less, those first that can wait longest; to charge more, those that have to begin soonest.
    fn in_order<'a>(
        &self,
        sessions: impl Iterator<Item = (&'a SessionOffer, &'a Capability)>,
    ) -> Vec<(&'a SessionOffer, &'a Capability)> {
        let mut order: Vec<_> = sessions.collect();
        match self.event.direction {
            Direction::Reduce => order.sort_by_key(|(session, _)| (u32::MAX - session.waits_s, session.vehicle)),
            Direction::Raise => order.sort_by_key(|(session, _)| (session.waits_s, session.vehicle)),
        }
        order
    }

    /// True from a participant's own moment on: each begins a little after the start, if the event asks for it.
    fn may_begin(&self, participant: Participant, now_s: u32) -> bool {
        let number = match participant {
            Participant::Vehicle(row) | Participant::Aggregator(row) => row,
            Participant::Member(kind, row) => kind.address(row),
        };
        let after_s = release::randomised_s(self.seed, u32::MAX - self.no.0, number, self.event.randomise_start_s);
        i64::from(now_s) >= self.start_s + i64::from(after_s)
    }

    /// How many more vehicles an event invites.
    fn left_of(most: Option<u32>, taken: u64) -> u64 {
        most.map_or(u64::MAX, |most| u64::from(most).saturating_sub(taken))
    }

    /// The class of response whose time of holding covers what is left of the event, as far as any does.
    fn held(&self, class: ResponseClass, now_s: u32) -> ResponseClass {
        let left_s = self.end_s - i64::from(now_s);
        let covers = |one: &ResponseClass| *one >= class && i64::from(one.hold_s()) >= left_s;
        ResponseClass::ALL.into_iter().find(covers).unwrap_or(ResponseClass::Hour.max(class))
    }

    /// What a session could do: how, and how much of it now.
    fn session(
        &self,
        s: &SessionOffer,
        station: &Capability,
        class: ResponseClass,
        now_s: u32,
        left: Places,
    ) -> Option<(Able, i64)> {
        let c = self.held(class, now_s) as usize;
        let at_once = ResponseClass::Second as usize;
        let able = |kind, lasts_s, discharge_w, draws_w| Able {
            participant: Participant::Vehicle(s.vehicle),
            kind,
            aggregator: station.aggregator,
            lasts_s,
            begins_s: s.begins_s,
            waits_s: s.waits_s,
            discharge_w,
            draws_w,
            energy: s.energy,
        };
        if left.vehicles == 0 && !self.promised.contains_key(&s.vehicle) {
            return None;
        }
        if self.event.direction == Direction::Raise {
            let now_w = s.up_w[at_once];
            let offers = self.wants(ResourceKind::Charging) && s.up_w[c] > 0 && now_w > 0;
            return offers.then(|| (able(ResourceKind::Charging, s.lasts_s, 0, now_w), now_w));
        }
        let now_w = s.down_w[at_once];
        // Who has come for the event would not have sold anything elsewhere.
        let sold_w = if self.gathered.contains(&s.vehicle) { 0 } else { s.sold_w[c] };
        let discharge_w = s.discharge_w[c] - sold_w;
        if self.wants(ResourceKind::V2g) && discharge_w > 0 && left.discharging > 0 {
            let draws_w = if s.draws_w < 0 { s.draws_w } else { now_w };
            return Some((able(ResourceKind::V2g, u32::MAX, discharge_w, draws_w), now_w + discharge_w));
        }
        let offers = self.wants(ResourceKind::Charging) && s.down_w[c] > 0 && now_w > 0;
        offers.then(|| (able(ResourceKind::Charging, s.lasts_s, 0, now_w), now_w))
    }

    /// Asks the owner, for what it would earn; `floor` is the state of charge that the owner keeps.
    fn accepts(&mut self, programme: &Programme, session: &SessionOffer, able: &Able, floor: f64, now_s: u32) -> bool {
        let left_h = (self.end_s - i64::from(now_s)) as f64 / 3_600.0;
        let prices = &self.event.prices;
        let shifted_kwh = able.draws_w as f64 / 1e3 * left_h.min(f64::from(able.lasts_s) / 3_600.0);
        let given_kwh = able.discharge_w as f64 / 1e3 * left_h;
        let yuan = |price: i64, kwh: f64| Money(price).f64() / 1e6 * kwh;
        let offered = Offered {
            yuan: yuan(prices.owner_shift.0, shifted_kwh) + yuan(prices.owner_discharge.0, given_kwh),
            state_of_charge: session.state_of_charge,
            needed: floor,
            calls: self.calls_before(session.vehicle),
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
            laxity_s: i64::from(able.waits_s),
            price_per_kwh: Money(price),
            used_j: 0,
        }
    }
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

/// What every storage unit would draw on average for `hold_s` if it went on, in W at the meter.
fn storage_w(twin: &mut Twin, hold_s: u32) -> Vec<i64> {
    let step_s = twin.clock().step_s;
    let w = twin.world_mut();
    let mut units = w.query::<(&StorageUnit, &StorageState)>();
    units.iter(w).map(|(unit, state)| unit_draws_w(unit, state, step_s, hold_s)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::CityNetwork;
    use crate::parallel::Threads;
    use crate::twin::Options;
    use crate::world::Checked;
    use std::path::Path;

    /// Calls are held to the tree's ratings, and to what the network carries as soon as it has been solved.
    #[test]
    fn rooms_are_those_of_the_network_once_it_is_solved() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/block.ron");
        let plan = Checked::load(&path, &[]).unwrap_or_else(|problems| panic!("{problems}")).plan();
        let limit_w = i64::from(plan.transformers[0].limit_w);
        let network = CityNetwork::of(&plan, Threads(1)).unwrap();
        let mut twin = Twin::new(plan, &Options { warmup_days: Some(0), step_s: 300, ..Options::default() });
        twin.carry(network, 900);
        twin.hold_to_network();
        let mut tree = grid(&mut twin);
        for is_solved in [false, true] {
            twin.step();
            while is_solved && twin.clock().now_s() < 900 {
                twin.step();
            }
            refresh(&mut tree, &mut twin);
            let net_w: i64 = twin.areas()[0].iter().sum();
            let rooms = [Level::Transformer, Level::Feeder, Level::Substation].map(|level| tree.rooms(level)[0]);
            let Some(carries) = twin.network().unwrap().carries() else {
                assert!(!is_solved);
                assert_eq!(rooms[0], Room::of(net_w, -limit_w, limit_w));
                continue;
            };
            let of = |carries: &Carries| Room::of(net_w, carries.lowest_w, carries.highest_w);
            let expected = [&carries.transformers, &carries.feeders, &carries.substations].map(|all| of(&all[0]));
            assert_eq!(rooms, expected);
            assert_ne!(rooms[0], Room::of(net_w, -limit_w, limit_w));
        }
    }
}
