//! Whole small twins under random worlds: conservation, limits and consistency after every step, and one answer
//! however a run is computed.

use crate::support::{Snapshot, around, block, cases, context, node_of, plan, seeded, set};
use proptest::prelude::*;
use std::collections::BTreeMap;
use voltcity::chance::{Draw, Purpose, Seed, draw};
use voltcity::clock::DAY_S;
use voltcity::fleet::books::{CELLS, Line, cell};
use voltcity::fleet::charger::{GunStatus, NONE};
use voltcity::fleet::control::discharge_floor;
use voltcity::fleet::daily::{NextLeg, leg_of};
use voltcity::fleet::params::{ControlMode, FleetParams};
use voltcity::fleet::setpoint::{Order, SetPoint};
use voltcity::fleet::shard::FleetShards;
use voltcity::fleet::station::{Ask, Board};
use voltcity::fleet::vehicle::{Phase, Vehicle, VehicleState};
use voltcity::grid::balance::{StepSums, Sums};
use voltcity::grid::ledger::Totals;
use voltcity::phase::Execution;
use voltcity::report::observe::Observations;
use voltcity::twin::{Options, Twin};
use voltcity::units::Energy;
use voltcity::world::Checked;
use voltcity::world::text::Document;

/// A random world and how it is run.
#[derive(Clone, Debug)]
struct Case {
    sets: Vec<String>,
    seed: u64,
    step_s: u32,
    days: u32,
    /// Seed of an operator who asks whatever comes to mind.
    operator: Option<u64>,
}

/// Three zones in two districts, so that there is more than one of everything up the tree.
const ZONES: &str = "zones.rows={1: (district: \"Futian\", lon: 114.05, lat: 22.55, area_m2: 90000, road_m: 1200), \
     2: (district: \"Futian\", lon: 114.06, lat: 22.56, area_m2: 160000, road_m: 2500), \
     3: (district: \"Luohu\", lon: 114.09, lat: 22.56, area_m2: 120000, road_m: 1500)}";
const FUTIAN: &str = "(name_zh: \"福田\", population: (800000, \"assumption\"), v2g_share: (0.6, \"assumption\"))";
const LUOHU: &str = "(name_zh: \"罗湖\", population: (500000, \"assumption\"), v2g_share: (0.4, \"assumption\"))";
const HALF: &str = "(residential: 0.5, office: 0.5, retail: 0.5, industry: 0.5, public: 0.5, data_centre: 0.5, \
     metro: 0.5, district_cooling: 0.5)";

fn town() -> Vec<String> {
    let kinds = ["office", "retail", "industry"].map(|k| set(&format!("load.kinds.{k}.peak_mw"), 0.3));
    let counts = ["office", "retail", "industry"].map(|k| set(&format!("load.kinds.{k}.buildings"), 2));
    let mut sets = vec![
        ZONES.to_owned(),
        format!("districts={{\"Futian\": {FUTIAN}, \"Luohu\": {LUOHU}}}"),
        format!("load_shares.districts={{\"Futian\": {HALF}, \"Luohu\": {HALF}}}"),
        set("load.kinds.residential.buildings", 3),
        set("grid.feeders", 4),
        set("grid.substations", 2),
    ];
    sets.extend(kinds);
    sets.extend(counts);
    sets
}

/// Random patches on one block or on the town of three zones.
fn random_sets(seed: u64) -> Vec<String> {
    let mut d = draw(Seed(seed), Purpose::Test, 0, 0);
    let mut sets = if d.chance(0.5) { town() } else { Vec::new() };
    for (class, most) in [
        ("private", 80),
        ("company", 12),
        ("taxi", 12),
        ("ride_hailing", 12),
        ("bus", 6),
        ("logistics", 6),
        ("heavy", 4),
    ] {
        sets.push(set(&format!("fleet.{class}.count"), d.below(most + 1)));
        sets.push(set(&format!("fleet.{class}.v2g_share"), d.unit()));
        sets.push(set(&format!("fleet.{class}.patience_min"), d.between(1.0, 90.0)));
        sets.push(set(&format!("fleet.{class}.price_follower_share"), d.unit()));
        let (half, width) = (d.between(0.2, 1.2), d.between(0.03, 0.3));
        sets.push(set(&format!("fleet.{class}.plug_in_base"), format!("({half}, {width})")));
        sets.push(set(&format!("fleet.{class}.plug_in_public"), format!("({}, 0.1)", d.between(0.1, 0.9))));
        if d.chance(0.3) {
            let small = format!("({}, {})", d.between(4.0, 30.0), d.between(0.0, 0.5));
            sets.push(set(&format!("fleet.{class}.battery_kwh"), small));
        }
    }
    sets.extend(random_charging(&mut d));
    sets.extend(random_rest(&mut d));
    let mut two_way = draw(Seed(seed), Purpose::Test, 1, 0);
    if two_way.chance(0.5) {
        sets.push(set("charging.two_way_share", two_way.unit()));
    }
    sets
}

fn random_charging(d: &mut Draw) -> Vec<String> {
    let (stations, points) = (d.below(4), d.below(16));
    let shared = d.below(20);
    vec![
        set("charging.total", 60 + shared + points),
        set("charging.compound_shared", shared),
        set("charging.public_stations", stations),
        set("charging.public_dc_share", d.unit()),
        set("charging.super_stations", d.below(3)),
        set("charging.super_guns", 1 + d.below(7)),
        set("charging.super_host_kw", format!("({}, {})", d.between(100.0, 600.0), 1 + d.below(5))),
        set("charging.v2g_stations", d.below(3)),
        set("charging.v2g_guns", 1 + d.below(5)),
        set("charging.integrated_stations", d.below(2)),
        set("charging.integrated_guns", 1 + d.below(3)),
        set("charging.demonstration_stations", d.below(2)),
        set("charging.demonstration_guns", format!("({}, {})", 1 + d.below(4), 1 + d.below(4))),
        set("charging.long_failed_share", d.between(0.0, 0.3)),
        set("charging.mtbf_days", d.log_normal(5.0, 0.9).clamp(0.2, 120.0)),
        set("charging.mttr_days", d.between(0.02, 3.0)),
        set("charging.own_transformer_kw", if d.chance(0.5) { 200 } else { 100_000 }),
    ]
}

fn random_rest(d: &mut Draw) -> Vec<String> {
    let control = ["Uncontrolled", "PriceFollowing", "LeastLaxity"][d.below(3) as usize];
    vec![
        set("behaviour.control", control),
        set("behaviour.v2g_on_tariff", d.chance(0.8)),
        set("behaviour.v2g_floor_soc", d.between(0.05, 0.8)),
        set("storage.user_side.units", d.below(4)),
        set("storage.user_side.floor", d.between(0.0, 0.5)),
        set("storage.base_station.units", d.below(3)),
        set("storage.station_buffer.power_mw", d.between(0.02, 0.3)),
        set("storage.shave_above", d.between(0.1, 0.9)),
        set("pv.installed_mw", d.between(0.0, 1.5)),
    ]
}

fn any_case() -> impl Strategy<Value = Case> {
    let steps = prop::sample::select(vec![60_u32, 300, 900]);
    let operator = prop::option::weighted(0.6, any::<u64>());
    (any::<u64>(), steps, 1_u32..4, operator).prop_map(|(seed, step_s, days, operator)| Case {
        sets: random_sets(seed),
        seed,
        step_s,
        days,
        operator,
    })
}

/// Orders at random: to anyone, of any power, for no time or for ever, again and again.
fn give_orders(twin: &mut Twin, operator: u64, vehicles: u32) {
    let now_s = twin.clock().now_s();
    let mut d = draw(Seed(operator), Purpose::Test, now_s, 1);
    if !d.chance(0.5) {
        return;
    }
    for _ in 0..d.below(12) {
        let power_w = if d.chance(0.1) { u32::MAX } else { d.below(100_000) };
        let sets = [SetPoint::AtMost(0), SetPoint::AtMost(power_w), SetPoint::Now, SetPoint::Discharge(power_w)];
        let until_s = if d.chance(0.1) { u32::MAX } else { now_s.saturating_sub(60) + d.below(4 * 3_600) };
        twin.order(d.below(vehicles + 3), Order { set: sets[d.below(4) as usize], until_s });
        let stations = twin.resource::<Board>().sites.len() as u32;
        if stations > 0 && d.chance(0.2) {
            twin.call_to(d.below(vehicles), d.below(stations), until_s);
        }
        if d.chance(0.3) {
            twin.put_off(d.below(vehicles), now_s + d.below(3_600), until_s);
        }
    }
}

/// The shortest time in s from one phase to another, entering and leaving at will but for drives, which take a
/// minute; `None` when there is no way.
fn shortest_s(from: Phase, to: Phase) -> Option<u32> {
    let stay_s = |p: Phase| if matches!(p, Phase::Driving | Phase::Detour | Phase::Returning) { 60 } else { 0 };
    let mut best: BTreeMap<Phase, u32> = BTreeMap::from([(from, 0)]);
    for _ in Phase::ALL {
        for a in Phase::ALL {
            let Some(&at_s) = best.get(&a) else { continue };
            for b in Phase::ALL.into_iter().filter(|&b| a.may_become(b)) {
                let left_s = at_s + if a == from && at_s == 0 { 0 } else { stay_s(a) };
                let known = best.entry(b).or_insert(u32::MAX);
                *known = left_s.min(*known);
            }
        }
    }
    best.get(&to).copied()
}

/// Checks of one step, with the words of what is wrong.
struct Step<'a> {
    twin: &'a mut Twin,
    before: &'a Snapshot,
    after: &'a Snapshot,
    length_s: u32,
    /// True when an operator may have given orders.
    operator: bool,
}

type Verdict = Result<(), String>;

macro_rules! ensure {
    ($holds:expr, $($what:tt)+) => {
        match $holds {
            true => {}
            false => return Err(format!($($what)+)),
        }
    };
}

impl Step<'_> {
    fn check(&mut self) -> Verdict {
        let residual_j = self.twin.ledger_residual_j();
        ensure!(residual_j == 0, "the ledger is off by {residual_j} J");
        for row in 0..self.after.vehicles.len() {
            self.check_vehicle(row).map_err(|what| format!("vehicle {row}: {what}\n{:#?}", self.after.states[row]))?;
        }
        self.check_guns()?;
        self.check_storage()?;
        self.check_standing()?;
        self.check_tree()
    }

    fn check_vehicle(&self, row: usize) -> Verdict {
        let (v, s, e) = (&self.after.vehicles[row], &self.after.states[row], self.after.energy[row]);
        let was = &self.before.states[row];
        ensure!((0..=i64::from(v.capacity_j)).contains(&e.0), "{e} in a battery of {} J", v.capacity_j);
        if was.phase != s.phase {
            let least_s = shortest_s(was.phase, s.phase);
            let possible = least_s.is_some_and(|least| least < self.length_s);
            ensure!(possible, "from {:?} to {:?} within {} s", was.phase, s.phase, self.length_s);
        }
        ensure!(s.next_s >= self.after.now_s, "an event was missed at {} s", s.next_s);
        let flows = s.battery_w != 0 || self.after.tapers[row].is_some();
        ensure!(!flows || s.phase == Phase::Plugged, "power flows while {:?}", s.phase);
        match s.phase {
            Phase::Plugged => self.check_plugged(row)?,
            _ => ensure!(s.gun == NONE, "a gun while {:?}", s.phase),
        }
        let asks = |what: &Ask| matches!(what, Ask::Arrive { .. } | Ask::GiveUp);
        let asked = self.after.mail.iter().any(|m| m.vehicle as usize == row && asks(&m.what));
        ensure!(s.phase != Phase::Asking || asked, "waits for an answer to nothing");
        let queued = |w: &&voltcity::fleet::station::Waiting| w.vehicle as usize == row;
        let queues = self.after.stations.iter().flat_map(|s| s.queue.iter()).filter(queued).count();
        ensure!(queues == usize::from(s.phase == Phase::Queued) || asked, "in {queues} queues while {:?}", s.phase);
        self.check_discharge(row)
    }

    fn check_plugged(&self, row: usize) -> Verdict {
        let (v, s) = (&self.after.vehicles[row], &self.after.states[row]);
        let gun = self.after.guns.get(s.gun as usize).ok_or("plugged into nothing")?;
        ensure!(
            gun.vehicle as usize == row && gun.status == GunStatus::Plugged,
            "its gun knows nothing of it: {gun:?}"
        );
        ensure!(gun.station == s.station && gun.kind == s.gun_kind, "another gun: {gun:?}");
        ensure!(gun.owner == NONE || gun.owner as usize == row, "on the pile of {}", gun.owner);
        let taper = self.after.tapers[row];
        ensure!(taper.is_none_or(|t| t.row as usize == row && s.battery_w == 0), "two flows: {taper:?}");
        let (power_w, limit_w) = (self.after.battery_w(row), f64::from(s.limit_w));
        ensure!(power_w.abs() <= limit_w + 1.0, "{power_w} W at a limit of {limit_w} W");
        ensure!(s.limit_w as u32 <= gun.allotted_w, "a limit of {limit_w} W where {} W are allotted", gun.allotted_w);
        ensure!(gun.allotted_w <= gun.demand_w && gun.demand_w <= gun.rating_w, "{gun:?}");
        let most_w = if gun.kind.is_ac() { v.ac_w } else { v.dc_w };
        ensure!(power_w <= f64::from(most_w) + 1.0, "{power_w} W into a battery that takes {most_w} W");
        ensure!(power_w >= 0.0 || (v.v2g && s.bidirectional()), "discharged without being able to");
        ensure!(s.unplug_s >= self.after.now_s, "it should have left");
        Ok(())
    }

    /// While it stays plugged in, a vehicle loses energy only above what its owner and its next trip need.
    fn check_discharge(&self, row: usize) -> Verdict {
        let (was, s, v) = (&self.before.states[row], &self.after.states[row], &self.after.vehicles[row]);
        let same_stay = was.phase == Phase::Plugged && s.phase == Phase::Plugged && was.since_s == s.since_s;
        let (before, after) = (self.before.energy[row], self.after.energy[row]);
        if !same_stay || after >= before {
            return Ok(());
        }
        let allowed = self.operator || self.twin.resource::<FleetParams>().v2g_on_tariff;
        ensure!(allowed, "sold without a tariff or an order");
        let (floor, trip) = floor_of(self.twin, row, v, s);
        // The floor was fixed when the flow began, up to an hour ago; the weather has moved a little since.
        let slack = Energy(trip.0 / 50);
        ensure!(after >= floor - slack, "discharged to {after}, below {floor} (next trip {trip})");
        ensure!(after >= trip, "cannot drive its next trip of {trip} with {after}");
        Ok(())
    }

    fn check_guns(&self) -> Verdict {
        for (row, gun) in self.after.guns.iter().enumerate() {
            ensure!((gun.vehicle == NONE) == (gun.status != GunStatus::Plugged), "gun {row}: {gun:?}");
            if gun.vehicle == NONE {
                continue;
            }
            let v = &self.after.states[gun.vehicle as usize];
            let leaves =
                |m: &voltcity::fleet::station::Request| m.vehicle == gun.vehicle && m.what == Ask::Leave(row as u32);
            let known = v.phase == Phase::Plugged && v.gun as usize == row;
            ensure!(
                known || self.after.mail.iter().any(leaves),
                "gun {row} holds a vehicle that is gone: {gun:?} {v:?}"
            );
        }
        for (row, station) in self.after.stations.iter().enumerate().filter(|(_, s)| s.host_w > 0) {
            let guns = &self.after.guns[station.first_gun as usize..(station.first_gun + station.guns) as usize];
            for host in guns.chunks(station.host_guns as usize) {
                let supers = host.iter().filter(|g| g.kind == voltcity::fleet::charger::GunKind::Super);
                let drawn = |g: &voltcity::fleet::charger::Gun| match g.vehicle {
                    NONE => 0.0,
                    v => self.after.battery_w(v as usize),
                };
                let drawn_w: f64 = supers.map(drawn).sum();
                ensure!(
                    drawn_w <= f64::from(station.host_w) + 8.0,
                    "station {row}: {drawn_w} W from {} W",
                    station.host_w
                );
            }
        }
        Ok(())
    }

    fn check_storage(&self) -> Verdict {
        for (unit, state) in self.after.units.iter().zip(&self.after.storage) {
            ensure!((unit.floor..=unit.capacity).contains(&state.energy), "{unit:?} holds {}", state.energy);
            let most_j = i64::from(unit.power_w) * i64::from(self.length_s);
            ensure!(-most_j <= state.meter_j, "{unit:?} delivers {} J", state.meter_j);
        }
        Ok(())
    }

    /// Standing power of the books and of transformers is that of the vehicles that are plugged in.
    fn check_standing(&self) -> Verdict {
        let twin = &*self.twin;
        let params: &FleetParams = twin.resource();
        let (mut battery_w, mut cells, mut nodes) = (0, [(0, 0); CELLS], vec![(0, 0); self.after.nodes.len()]);
        for (v, s) in self.after.vehicles.iter().zip(&self.after.states).filter(|(_, s)| s.battery_w != 0) {
            let flow_w = i64::from(s.battery_w);
            let meter_w = params.loss_at(s).meter_w(flow_w);
            battery_w += flow_w;
            for sums in [&mut cells[cell(v.class, s.charge_place)], &mut nodes[node_of(twin, s.station)]] {
                sums.0 += meter_w.max(0);
                sums.1 += (-meter_w).max(0);
            }
        }
        let shards = &twin.resource::<FleetShards>().0;
        let sum = |line: &dyn Fn(&voltcity::fleet::books::Books) -> Line| -> i64 {
            shards.iter().map(|s| line(&s.books).standing_w).sum()
        };
        let booked_w = sum(&|b| b.battery);
        ensure!(booked_w == battery_w, "{booked_w} W stand in the books, {battery_w} W flow");
        for (k, expected) in cells.into_iter().enumerate() {
            let booked = (sum(&|b| b.charged[k]), sum(&|b| b.returned[k]));
            ensure!(booked == expected, "cell {k}: {booked:?} booked, {expected:?} flow");
        }
        for (k, (flow, (drawn_w, returned_w))) in self.after.flows.iter().zip(nodes).enumerate() {
            let booked_w = i64::from(flow.ev_standing_w) - i64::from(self.after.nodes[k].standby_w);
            let flows_w = drawn_w - returned_w;
            ensure!(booked_w == flows_w, "transformer {k}: {booked_w} W booked, {flows_w} W flow");
        }
        let plugged = self.after.states.iter().filter(|s| s.phase == Phase::Plugged).count() as i64;
        let counted = twin.fleet_counts().plugged;
        ensure!(counted == plugged, "{counted} vehicles counted as plugged in, {plugged} are");
        Ok(())
    }

    /// Sums up the tree, made anew from the agents.
    fn check_tree(&self) -> Verdict {
        let (after, seconds) = (self.after, i64::from(self.length_s));
        let mut city = Sums::default();
        let at_node = |rows: &[(u32, i32)]| {
            let mut sums = vec![0_i64; after.nodes.len()];
            rows.iter().for_each(|&(node, power_w)| sums[node as usize] += i64::from(power_w));
            sums
        };
        let (buildings, pv) = (at_node(&after.buildings), at_node(&after.pv));
        let meters = || after.units.iter().zip(&after.storage).map(|(unit, state)| (unit.node as usize, state.meter_j));
        for (k, flow) in after.flows.iter().enumerate() {
            let (building_w, pv_w) = (buildings[k], pv[k]);
            let storage_j: i64 = meters().filter(|m| m.0 == k).map(|m| m.1).sum();
            let net_j = (building_w - pv_w + i64::from(flow.ev_w)) * seconds + storage_j;
            let off_w = (i64::from(flow.net_w) - net_j / seconds).abs();
            ensure!(off_w <= 2, "transformer {k}: {} W, from its parts {} W", flow.net_w, net_j / seconds);
            self.check_steady(k)?;
            city.building_j += building_w * seconds;
            city.pv_j += pv_w * seconds;
        }
        city.storage_in_j = meters().map(|m| m.1.max(0)).sum();
        city.storage_out_j = meters().map(|m| (-m.1).max(0)).sum();
        let sums: &StepSums = self.twin.resource();
        let mut zones = Sums::default();
        sums.zones.iter().for_each(|z| zones.add(z));
        ensure!(zones == sums.city, "zones add up to {zones:?}, not to {:?}", sums.city);
        (city.charged_j, city.returned_j) = (zones.charged_j, zones.returned_j);
        ensure!(city == sums.city, "agents add up to {city:?}, not to {:?}", sums.city);
        let ev_w: i64 = after.flows.iter().map(|f| i64::from(f.ev_w)).sum();
        let off_j = (ev_w * seconds - (city.charged_j - city.returned_j)).abs();
        ensure!(
            off_j <= 2 * seconds * after.flows.len() as i64,
            "vehicles at transformers and in zones differ by {off_j} J"
        );
        self.check_branches(city.net_j() / seconds)
    }

    fn check_branches(&self, city_w: i64) -> Verdict {
        let after = self.after;
        for (k, (feeder, flow)) in after.feeders.iter().zip(&after.feeder_flows).enumerate() {
            let sum: i64 = after.flows[feeder.transformers.range()].iter().map(|f| i64::from(f.net_w)).sum();
            let slack = 3 * (1 + i64::from(feeder.transformers.len));
            ensure!((flow.net_w - sum).abs() <= slack, "feeder {k}: {} W, its transformers {sum} W", flow.net_w);
        }
        for (k, (substation, flow)) in after.substations.iter().zip(&after.substation_flows).enumerate() {
            let sum: i64 = after.feeder_flows[substation.feeders.range()].iter().map(|f| f.net_w).sum();
            ensure!(flow.net_w == sum, "substation {k}: {} W, its feeders {sum} W", flow.net_w);
        }
        let sum: i64 = after.substation_flows.iter().map(|s| s.net_w).sum();
        let slack = 2 * after.feeders.len() as i64 + 2;
        ensure!((sum - city_w).abs() <= slack, "substations carry {sum} W, the city {city_w} W");
        Ok(())
    }

    /// Where nothing has changed over a step, what vehicles draw at a transformer is what their flows say.
    fn check_steady(&self, node: usize) -> Verdict {
        if self.before.sessions != self.after.sessions {
            // Someone has plugged in, and may have gone again.
            return Ok(());
        }
        let twin = &*self.twin;
        let mut ev_w = i64::from(self.after.nodes[node].standby_w);
        for (row, (was, s)) in self.before.states.iter().zip(&self.after.states).enumerate() {
            let here = |s: &VehicleState| s.phase == Phase::Plugged && node_of(twin, s.station) == node;
            if !here(was) && !here(s) {
                continue;
            }
            let same = was.anchor_s == s.anchor_s && was.battery_w == s.battery_w && was.gun == s.gun;
            if !same || self.before.tapers[row].is_some() || self.after.tapers[row].is_some() {
                return Ok(());
            }
            if s.battery_w != 0 {
                ev_w += twin.resource::<FleetParams>().loss_at(s).meter_w(i64::from(s.battery_w));
            }
        }
        let booked_w = i64::from(self.after.flows[node].ev_w);
        ensure!(
            booked_w == ev_w,
            "transformer {node}: vehicles draw {booked_w} W in the books, {ev_w} W by their flows"
        );
        Ok(())
    }
}

/// The energy a plugged vehicle keeps, and its next trip's, by what may be known now.
pub(crate) fn floor_of(twin: &Twin, row: usize, v: &Vehicle, s: &VehicleState) -> (Energy, Energy) {
    let ctx = context(twin);
    let next = NextLeg { day: s.leg_day, leg: s.leg, pattern: s.pattern, depart_s: s.depart_s };
    let metres = leg_of(&ctx, row as u32, v, s.zone, next).map_or(0, |leg| leg.metres);
    let consumption = around(twin).consumption;
    let trip = Energy((f64::from(v.j_per_km) * f64::from(metres) / 1_000.0 * consumption) as i64);
    (discharge_floor(&ctx, v, trip), trip)
}

/// Steps a world by hand and checks everything after each step. Returns the digest at the end.
fn check_case(case: &Case) -> Result<u64, String> {
    let mut twin = Twin::new(plan(&case.sets), &seeded(case.seed, case.days, case.step_s));
    let mut before = Snapshot::of(&mut twin);
    while !twin.is_over() {
        if let Some(operator) = case.operator {
            give_orders(&mut twin, operator, before.states.len() as u32);
        }
        twin.step();
        let after = Snapshot::of(&mut twin);
        let (operator, length_s) = (case.operator.is_some(), case.step_s);
        let mut step = Step { twin: &mut twin, before: &before, after: &after, length_s, operator };
        let verdict = step.check();
        verdict.map_err(|what| format!("in the step before {}: {what}", twin.calendar().civil(after.now_s)))?;
        before = after;
    }
    let harmed = twin.fleet_counts().trips_harmed;
    ensure!(harmed == 0, "{harmed} trips put off because an order was followed");
    Ok(twin.hash())
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 40, ..ProptestConfig::with_cases(cases(12)) })]

    #[test]
    fn random_worlds_keep_every_rule(case in any_case()) {
        check_case(&case).map_err(TestCaseError::fail)?;
    }

    /// However it is computed, a run has one result.
    #[test]
    fn random_worlds_have_one_answer(case in any_case(), shuffle in any::<u64>(), shards in 1_usize..70) {
        let base = seeded(case.seed, 1, case.step_s);
        let run = |options: &Options| {
            let mut twin = Twin::new(plan(&case.sets), options);
            while !twin.is_over() {
                if let Some(operator) = case.operator {
                    give_orders(&mut twin, operator, 40);
                }
                twin.step();
            }
            (twin.hash(), *twin.resource::<Totals>())
        };
        let execution = Execution { multi_threaded: true, shuffle: Some(shuffle) };
        let other = Options { shards: Some(shards), execution, threads: 2, ..base.clone() };
        prop_assert_eq!(run(&base), run(&other));
    }
}

/// The digest at the end of a day of the town of three zones.
fn digest(options: &Options) -> u64 {
    let mut twin = Twin::new(plan(&town()), options);
    twin.run();
    twin.hash()
}

#[test]
fn one_answer_for_every_way_of_computing() {
    let base = seeded(7, 1, 300);
    let expected = digest(&base);
    for shards in [1, 3, 64] {
        assert_eq!(digest(&Options { shards: Some(shards), ..base.clone() }), expected, "{shards} shards");
    }
    for multi_threaded in [false, true] {
        for shuffle in [None, Some(1), Some(2)] {
            let execution = Execution { multi_threaded, shuffle };
            assert_eq!(digest(&Options { execution, ..base.clone() }), expected, "{execution:?}");
        }
    }
    for threads in [2, 4] {
        assert_eq!(digest(&Options { threads, ..base.clone() }), expected, "{threads} threads");
    }
    assert_ne!(digest(&seeded(8, 1, 300)), expected, "another seed is another run");
}

#[test]
fn stepping_by_hand_and_starting_early_change_nothing() {
    let options = Options { warmup_days: Some(1), ..seeded(7, 2, 300) };
    let mut whole = Twin::new(plan(&town()), &options);
    whole.run();
    let mut parts = Twin::new(plan(&town()), &options);
    parts.warm_up();
    for _ in 0..100 {
        parts.step();
        assert_eq!(parts.hash(), parts.hash(), "looking changes nothing");
    }
    parts.run();
    assert_eq!(parts.hash(), whole.hash());
    assert_eq!(parts.resource::<Totals>(), whole.resource::<Totals>());
}

/// The entries of a struct, map, list or tuple, given its text without the outer brackets.
fn entries(text: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut escaped, mut from) = (0, false, false, 0);
    let mut parts = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[from..].trim());
    parts.retain(|p| !p.is_empty());
    parts
}

/// Where the key of an entry ends, if it has one.
fn key_end(entry: &str) -> Option<usize> {
    let quoted = entry.strip_prefix('"').map(|rest| rest.find('"').map_or(0, |end| end + 2));
    let end = quoted.unwrap_or_else(|| entry.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(entry.len()));
    entry[end..].trim_start().starts_with(':').then_some(end)
}

/// The same content with the entries of every struct and map in another order.
fn shuffled(text: &str, d: &mut Draw) -> String {
    let Some(open) = text.find(['(', '[', '{']).filter(|_| !text.trim_start().starts_with('"')) else {
        return text.to_owned();
    };
    let inside = &text[open + 1..text.len() - 1];
    let mut parts = Vec::new();
    let all = entries(inside);
    let named = all.iter().all(|e| key_end(e).is_some());
    for entry in &all {
        parts.push(match key_end(entry).filter(|_| named) {
            Some(end) => {
                let colon = end + entry[end..].find(':').expect("a key ends in a colon") + 1;
                format!("{}{}", &entry[..colon], shuffled(entry[colon..].trim(), d))
            }
            None => shuffled(entry, d),
        });
    }
    if named {
        for i in (1..parts.len()).rev() {
            parts.swap(i, d.below(i as u32 + 1) as usize);
        }
    }
    format!("{}{}{}", &text[..=open], parts.join(","), &text[text.len() - 1..])
}

#[test]
fn the_order_of_entries_in_a_file_changes_nothing() {
    let document = Document::load(&block(), &town()).expect("the town is sound");
    let text = document.text("").expect("a world has text");
    let day = |text: &str| {
        let document = Document::from_str("town.ron", text).expect("what was written can be read");
        let plan = Checked::from_document(document).expect("a sound world").plan();
        let mut twin = Twin::new(plan, &seeded(7, 1, 900));
        twin.run();
        (twin.hash(), *twin.resource::<Totals>())
    };
    let expected = day(&text);
    for k in 0..3 {
        let other = shuffled(&text, &mut draw(Seed(k), Purpose::Test, 1, 0));
        assert_ne!(other, text, "nothing was shuffled");
        assert!(day(&other) == expected, "another order of the file's entries, another result");
    }
}

#[test]
fn another_step_length_gives_the_same_energy_and_peak() {
    let week = |step_s| {
        let mut twin = Twin::new(plan(&[]), &Options { warmup_days: Some(1), ..seeded(7, 7, step_s) });
        twin.run();
        let curve = &twin.resource::<Observations>().curve;
        let peak_w = curve.iter().map(|p| p.net_w).max().unwrap_or(0);
        (twin.resource::<Totals>().charged_j as f64, peak_w as f64)
    };
    let (energy, peak) = week(60);
    for step_s in [300, 900] {
        let (e, p) = week(step_s);
        let (de, dp) = (100.0 * (e / energy - 1.0), 100.0 * (p / peak - 1.0));
        assert!(de.abs() < 0.5, "{step_s} s: {de:+.3} % of a week's charging");
        assert!(dp.abs() < 2.0, "{step_s} s: {dp:+.3} % of the peak");
    }
}

/// Energy that vehicles draw by day of a run from a Monday on, in kWh.
fn daily_kwh(sets: &[String], days: u32) -> Vec<f64> {
    // As many days before the run proper as the world itself asks for.
    let mut twin = Twin::new(plan(sets), &Options { warmup_days: None, ..seeded(3, days, 300) });
    let (mut out, mut before) = (Vec::new(), 0);
    twin.warm_up();
    while !twin.is_over() {
        twin.step();
        if twin.clock().now_s().is_multiple_of(DAY_S) {
            let total = twin.resource::<Totals>().charged_j;
            out.push(Energy(total - before).kwh());
            before = total;
        }
    }
    out
}

#[test]
fn a_run_starts_settled() {
    let sets = [
        set("fleet.private.count", 1_700),
        set("fleet.company.count", 100),
        set("fleet.taxi.count", 60),
        set("fleet.ride_hailing.count", 140),
        set("charging.total", 620),
        set("charging.compound_shared", 160),
        set("charging.public_stations", 12),
        set("charging.v2g_stations", 4),
        // Wide enough for trips of the length that vehicles are said to make before the start.
        "zones.rows.1.area_m2=100000000".to_owned(),
    ];
    let kwh = daily_kwh(&sets, 12);
    // The first day is a Monday; the other working days of a fortnight are its like.
    let like: Vec<f64> = [1, 2, 3, 4, 7, 8, 9, 10, 11].map(|d| kwh[d]).to_vec();
    let mean = like.iter().sum::<f64>() / like.len() as f64;
    let variance = like.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (like.len() - 1) as f64;
    let off = (kwh[0] - mean).abs();
    assert!(kwh[0] > 0.0 && off <= 3.0 * variance.sqrt(), "the first day: {:.0} kWh, like days {like:.0?}", kwh[0]);
}

/// With every vehicle and every station able to sell, much is sold and the guarantee still holds.
#[test]
fn selling_never_costs_a_trip() {
    let mut sets: Vec<String> =
        ["private", "company", "taxi", "ride_hailing"].map(|c| set(&format!("fleet.{c}.v2g_share"), 1)).into();
    sets.extend([
        set("charging.public_stations", 1),
        set("charging.v2g_stations", 3),
        set("charging.v2g_guns", 12),
        set("charging.total", 96),
        set("fleet.private.plug_in_public", "(0.9, 0.1)"),
        set("behaviour.v2g_floor_soc", 0.2),
    ]);
    for control in [ControlMode::Uncontrolled, ControlMode::PriceFollowing, ControlMode::LeastLaxity] {
        sets.push(set("behaviour.control", format!("{control:?}")));
        let case = Case { sets: sets.clone(), seed: 5, step_s: 300, days: 2, operator: None };
        check_case(&case).unwrap_or_else(|what| panic!("{control:?}: {what}"));
        let mut twin = Twin::new(plan(&sets), &seeded(5, 2, 300));
        twin.run();
        let sold = Energy(twin.resource::<Totals>().returned_j).kwh();
        assert!(sold > 20.0, "{control:?}: only {sold:.1} kWh were sold");
    }
}

/// When one vehicle leaves a host and the next in the queue takes its gun in the same second, the others' limits go up
/// and down again; the last word is what counts.
#[test]
fn a_busy_host_never_gives_more_than_it_has() {
    let sets = [
        set("fleet.taxi.count", 30),
        set("charging.public_stations", 1),
        set("charging.v2g_stations", 0),
        set("charging.super_stations", 1),
        set("charging.super_guns", 3),
        set("charging.super_host_kw", "(150, 3)"),
        set("charging.long_failed_share", 0),
        set("charging.total", 53),
    ];
    let case = Case { sets: sets.into(), seed: 1, step_s: 60, days: 1, operator: None };
    check_case(&case).unwrap_or_else(|what| panic!("{what}"));
}
