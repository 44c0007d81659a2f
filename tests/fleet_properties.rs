//! The life of single vehicles in a bare world: one transformer, the stations and vehicles a test asks for, and
//! nothing else, so that what must happen can be worked out by hand.

use crate::support::{ALWAYS, NEVER, Snapshot, cases, gun, leg, live_by, plan, seeded, set, station};
use bevy_ecs::prelude::{Entity, With};
use proptest::prelude::*;
use std::ops::{Deref, DerefMut};
use std::sync::LazyLock;
use voltcity::chance::{Purpose, Seed, draw};
use voltcity::clock::{DAY_S, HOUR_S};
use voltcity::fleet::agenda::{Due, Wheel};
use voltcity::fleet::battery::Curve;
use voltcity::fleet::charger::{GunKind, GunStatus, NONE};
use voltcity::fleet::params::{ControlMode, PlugIn};
use voltcity::fleet::shard::FleetShards;
use voltcity::fleet::station::{Site, Station, StationKind, fill};
use voltcity::fleet::vehicle::{Access, Chemistry, NEVER_S, Phase, Place, Vehicle, VehicleClass, VehicleState};
use voltcity::grid::ledger::Totals;
use voltcity::market::tariff::{ClimateUse, Period};
use voltcity::plan::Plan;
use voltcity::twin::{Options, Twin};
use voltcity::units::Energy;

/// The most vehicles of a scene.
const MOST: usize = 12;
/// Metres driven in a second, at every hour.
const SPEED_M_S: f64 = 10.0;
/// Joules a vehicle uses on a kilometre, unless a test says otherwise: 0.15 kWh.
const J_PER_KM: u32 = 540_000;
/// The most a pile puts into a battery in the minute between the last look at a vehicle and its leaving.
const LAST_MINUTE_J: i64 = 400_000;
/// All ways of controlling charging.
const CONTROLS: [ControlMode; 3] = [ControlMode::Uncontrolled, ControlMode::PriceFollowing, ControlMode::LeastLaxity];
/// When vehicles leave for work and for home.
const COMMUTE: [(Place, f64); 2] = [(Place::Work, 8.0), (Place::Home, 18.0)];

/// A world without buildings, arrays, storage, stations, vehicles, faults, weather or differences between classes.
static BARE: LazyLock<Plan> = LazyLock::new(|| {
    let mut sets = vec![set("fleet.private.count", MOST)];
    sets.extend(["company", "taxi", "ride_hailing"].map(|class| set(&format!("fleet.{class}.count"), 0)));
    let mut plan = plan(&sets);
    plan.guns.clear();
    plan.stations.clear();
    plan.sites.clear();
    plan.buildings.clear();
    plan.pv.clear();
    plan.storage.clear();
    for node in &mut plan.transformers {
        (node.buildings, node.standby_w, node.limit_w) = (0, 0, 10_000_000);
    }
    plan.feeders.iter_mut().for_each(|feeder| feeder.first_building = 0);
    plan.geography.place_stations(&[], 24);
    plan.climate = ClimateUse { mild_from_c: -90.0, mild_to_c: 90.0, per_c_cold: 0.0, per_c_hot: 0.0 };
    plan.fleet.speed_m_s = [SPEED_M_S; 24];
    plan.fleet.mtbf_s = f64::INFINITY;
    plan.fleet.control = ControlMode::Uncontrolled;
    plan.fleet.v2g_on_tariff = false;
    for class in &mut plan.fleet.classes {
        (class.public, class.shift, class.slow_share) = (NEVER, NEVER, 0.0);
        class.shift_windows_s.clear();
        class.dc_target_milli = 900;
        class.away_share = 1.0;
    }
    // Who wants to charge goes at once.
    (plan.fleet.putting_off_h, plan.fleet.putting_off_away_h, plan.fleet.price_now) = (100.0, 100.0, 0.0);
    plan
});

/// A plan with the vehicles a test asks for in the place of those the plan would make.
struct Scene {
    plan: Plan,
    vehicles: Vec<(Vehicle, VehicleState)>,
}

impl Deref for Scene {
    type Target = Plan;

    fn deref(&self) -> &Plan {
        &self.plan
    }
}

impl DerefMut for Scene {
    fn deref_mut(&mut self) -> &mut Plan {
        &mut self.plan
    }
}

impl Scene {
    /// Spawns the plan and puts its vehicles in their places; rows that are left over never do anything.
    fn twin(self, options: &Options) -> Twin {
        let count = self.vehicles.len();
        assert!(count <= MOST, "no more than {MOST} vehicles");
        let mut twin = Twin::new(self.plan, options);
        let w = twin.world_mut();
        let rows: Vec<Entity> = w.query_filtered::<Entity, With<Vehicle>>().iter(w).collect();
        let idle = (car(), VehicleState::parked(Energy::ZERO, 0, Place::Home, 0));
        let vehicles = self.vehicles.into_iter().chain(std::iter::repeat(idle));
        let mut agenda = Vec::new();
        for ((&entity, row), (v, state)) in rows.iter().zip(0_u32..).zip(vehicles) {
            agenda.push(Due { row, at_s: state.next_s });
            w.entity_mut(entity).insert((v, state));
        }
        let mut shards = w.resource_mut::<FleetShards>();
        let per = shards.per();
        shards.0.iter_mut().for_each(|s| s.wheel = Wheel::new(0));
        for due in agenda.into_iter().filter(|due| due.at_s != NEVER_S) {
            shards.0[(due.row / per) as usize].wheel.push(due);
        }
        // The books begin anew, with what these vehicles hold.
        twin.warm_up();
        twin
    }
}

/// The bare world, whose vehicles go to work and home at fixed hours.
fn bare() -> Scene {
    let mut plan = BARE.clone();
    live_by(&mut plan, &COMMUTE.map(|(to, hour)| leg(to, hour)));
    Scene { plan, vehicles: Vec::new() }
}

/// Adds a station `east_m` metres from the centre of the only zone.
fn add_station(plan: &mut Scene, kind: StationKind, east_m: f64, guns: &[(GunKind, u32)], host_w: u32) -> u32 {
    let (row, first) = (plan.stations.len() as u32, plan.guns.len() as u32);
    let zone = &plan.geography.zones()[0];
    let (lon, lat) = (zone.lon + east_m / 102_700.0, zone.lat);
    let host_guns = guns.len() as u32;
    let station = Station { kind, lon, lat, ..station(first, guns.len() as u32, host_w, host_guns) };
    let mut own = Vec::new();
    for &(kind, rating_w) in guns {
        own.push(voltcity::fleet::charger::Gun { station: row, ..gun(kind, rating_w) });
    }
    let mut site = Site {
        node: 0,
        zone: 0,
        guns_ac: 0,
        guns_dc: 0,
        free_ac: 0,
        free_dc: 0,
        queued: 0,
        appeal_ac: 0.0,
        appeal_dc: 0.0,
        fee: 0.0,
        by_hour: true,
        survey: voltcity::fleet::station::UNSURVEYED,
    };
    site.recount(&station, &own);
    plan.guns.extend(own);
    plan.stations.push(station);
    plan.sites.push(site);
    let open = plan.stations.iter().zip(0..).filter(|(s, _)| s.kind.is_public());
    let has = |s: &Station, ac| {
        let guns = &plan.guns[s.first_gun as usize..(s.first_gun + s.guns) as usize];
        guns.iter().any(|g| g.kind.is_ac() == ac)
    };
    let open: Vec<_> = open.map(|(s, row)| (row, 0, s.lon, s.lat, has(s, true), has(s, false))).collect();
    plan.geography.place_stations(&open, 24);
    row
}

/// A car of 60 kWh that can charge nowhere in particular, 10 km from work.
fn car() -> Vehicle {
    Vehicle {
        capacity_j: 216_000_000,
        j_per_km: J_PER_KM,
        ac_w: 6_600,
        dc_w: 90_000,
        home_station: NONE,
        own_gun: NONE,
        commute_m: 10_000,
        home_zone: 0,
        work_zone: 0,
        class: VehicleClass::Private,
        chemistry: Chemistry::Lfp,
        access: Access::Public,
        hybrid: false,
        v2g: false,
        follows_price: false,
        worker: true,
        habit: 0,
        caution: 128,
    }
}

/// Adds a vehicle that comes to its base at a second of the first day, which is the last thing it does that day.
fn add_arriving(plan: &mut Scene, v: Vehicle, soc: f64, at_s: u32) -> usize {
    let place = if v.access == Access::Depot { Place::Depot } else { Place::Home };
    let mut state = VehicleState::parked(Energy::round(soc * f64::from(v.capacity_j)), 0, place, 0);
    (state.phase, state.next_s) = (Phase::Driving, at_s);
    plan.vehicles.push((v, state));
    plan.vehicles.len() - 1
}

/// Adds a vehicle that stands at home at midnight, with its day before it.
fn add_parked(plan: &mut Scene, v: Vehicle, soc: f64) -> usize {
    let row = add_arriving(plan, v, soc, 0);
    let state = &mut plan.vehicles[row].1;
    state.phase = Phase::Parked;
    let first_s = COMMUTE[0].1 * f64::from(HOUR_S);
    (state.depart_s, state.next_s) = (first_s as u32, first_s as u32);
    row
}

/// Adds a pile to a compound of its own and makes it the vehicle's.
fn add_pile(plan: &mut Scene, v: &mut Vehicle, kind: GunKind, rating_w: u32) {
    v.home_station = add_station(plan, StationKind::Compound, 0.0, &[(kind, rating_w)], 0);
    v.own_gun = plan.stations[v.home_station as usize].first_gun;
    v.access = Access::Own;
    plan.guns[v.own_gun as usize].owner = plan.vehicles.len() as u32;
}

/// Energy of a drive in J, as the engine counts it.
fn need_j(v: &Vehicle, metres: u32) -> i64 {
    (f64::from(v.j_per_km) * f64::from(metres) / 1_000.0) as i64
}

/// Steps a twin to its end, looking at it after every step.
fn follow(twin: &mut Twin, mut look: impl FnMut(&mut Twin, &Snapshot)) {
    while !twin.is_over() {
        twin.step();
        let seen = Snapshot::of(twin);
        look(twin, &seen);
        assert_eq!(twin.ledger_residual_j(), 0);
    }
}

/// Battery-side power of an alternating-current pile in W.
fn pile_w(plan: &Plan, v: &Vehicle, kind: GunKind, rating_w: u32) -> i64 {
    plan.fleet.loss(kind).battery_w(i64::from(rating_w)).min(i64::from(v.ac_w))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(16)))]

    /// What is driven is what it takes to drive it: no trip is cut short because the battery is empty.
    #[test]
    fn no_trip_is_driven_on_an_empty_battery(
        kwh in 3.0_f64..60.0,
        soc in 0.0_f64..1.0,
        commute_m in 500_u32..200_000,
        piles in any::<bool>(),
        stations in prop::collection::vec((0.0_f64..20_000.0, any::<bool>()), 0..3),
        seed in any::<u64>(),
    ) {
        let mut plan = bare();
        let often = PlugIn { half_soc: 0.5, width: 0.2 };
        plan.fleet.classes.iter_mut().for_each(|c| c.public = often);
        for (east_m, dc) in stations {
            let kind = if dc { GunKind::Dc60 } else { GunKind::PublicAc };
            add_station(&mut plan, StationKind::Public, east_m, &[(kind, if dc { 60_000 } else { 7_000 })], 0);
        }
        let mut v = Vehicle { capacity_j: Energy::from_kwh(kwh).0 as u32, commute_m, ..car() };
        if piles {
            add_pile(&mut plan, &mut v, GunKind::HomeAc, 7_000);
        }
        add_parked(&mut plan, v, soc);
        let mut twin = plan.twin(&seeded(seed, 3, 300));
        let mut drives = 0;
        let mut was = Phase::Parked;
        follow(&mut twin, |_, seen| {
            let phase = seen.states[0].phase;
            drives += i64::from(was != phase);
            was = phase;
        });
        let (metres, used_j) = (twin.fleet_counts().metres, twin.resource::<Totals>().driving_j);
        let expected_j = f64::from(v.j_per_km) * metres as f64 / 1_000.0;
        // Every drive is rounded down to the joule; no more than one begins and ends unseen in each step.
        let off_j = expected_j - used_j as f64;
        prop_assert!((-1.0..(2 * drives + 100) as f64).contains(&off_j), "{metres} m took {used_j} J");
    }

    /// Without a point anywhere, a vehicle makes the trips its battery holds, and every other one is counted.
    #[test]
    fn trips_beyond_the_battery_are_counted(
        kwh in 2.0_f64..80.0,
        soc in 0.0_f64..1.0,
        commute_m in 500_u32..120_000,
        hybrid in any::<bool>(),
    ) {
        let mut plan = bare();
        let v = Vehicle { capacity_j: Energy::from_kwh(kwh).0 as u32, commute_m, hybrid, ..car() };
        add_parked(&mut plan, v, soc);
        let (mut energy_j, mut at_home) = (plan.vehicles[0].1.energy.0, true);
        let (need, mut trips, mut unmet) = (need_j(&v, commute_m), 0, 0);
        for at_home_by_rights in [true, false].repeat(5) {
            if at_home != at_home_by_rights {
                // It never got there, so it need not come back.
                continue;
            }
            if need <= energy_j || hybrid {
                energy_j -= need.min(energy_j);
                at_home = !at_home;
                trips += 1;
            } else {
                unmet += 1;
            }
        }
        let mut twin = plan.twin(&seeded(1, 5, 300));
        twin.run();
        let counts = twin.fleet_counts();
        prop_assert_eq!((counts.trips, counts.trips_unmet), (trips, unmet));
        prop_assert_eq!((counts.sessions, counts.trips_late), (0, 0));
        prop_assert_eq!(Snapshot::of(&mut twin).energy[0], Energy(energy_j));
        prop_assert!(!hybrid || unmet == 0);
    }

    /// A pile at home does not help over a leg longer than the battery: the driver waits, then gives up the trip.
    #[test]
    fn a_leg_beyond_the_battery_is_lost_every_day(
        over in 1.001_f64..3.0,
        soc in 0.0_f64..1.0,
        hybrid in any::<bool>(),
    ) {
        let mut plan = bare();
        let commute_m = 100_000;
        let capacity_j = (need_j(&car(), commute_m) as f64 / over) as u32;
        let mut v = Vehicle { commute_m, capacity_j, hybrid, ..car() };
        add_pile(&mut plan, &mut v, GunKind::HomeAc, 7_000);
        add_arriving(&mut plan, v, soc, 0);
        let mut twin = plan.twin(&seeded(1, 4, 300));
        twin.run();
        let counts = twin.fleet_counts();
        // The first day is over when it arrives; hybrids go and come on three.
        let expected = if hybrid { (6, 0, 0) } else { (0, 3, 3) };
        prop_assert_eq!((counts.trips, counts.trips_unmet, counts.trips_late), expected);
        let energy = Snapshot::of(&mut twin).energy[0];
        prop_assert!(hybrid || energy == Energy(i64::from(v.capacity_j)), "it stays plugged in, and is full: {energy}");
    }

    /// Where a fast point is all there is, a leg longer than it fills a battery is lost, and nobody drives to and fro
    /// for it; one that it can fill is driven.
    #[test]
    fn a_leg_beyond_the_fast_target_is_lost_and_no_more(
        share in 0.3_f64..1.3,
        soc in 0.1_f64..0.9,
        east_m in 0.0_f64..3_000.0,
        seed in any::<u64>(),
    ) {
        let mut plan = bare();
        add_station(&mut plan, StationKind::Public, east_m, &[(GunKind::Dc60, 60_000)], 0);
        let v = Vehicle { commute_m: (share * 216e6 / f64::from(J_PER_KM) * 1_000.0) as u32, ..car() };
        // It only ever leaves for work, and stays there.
        live_by(&mut plan, &[leg(Place::Work, 6.0)]);
        let row = add_arriving(&mut plan, v, soc, 0);
        plan.vehicles[row].1.leg = u8::MAX;
        let need = need_j(&v, v.commute_m);
        let (target_j, has_j) = (i64::from(v.capacity_j) * 9 / 10, plan.vehicles[row].1.energy.0);
        let near_j = need_j(&v, plan.geography.near(0, true)[0].metres);
        // Nobody sets off who could not get to the point afterwards, a quarter more than the way to it in hand.
        let need = need + near_j * 5 / 4;
        prop_assume!((need - has_j).abs() > 10 && (need - target_j).abs() > 10);
        let mut twin = plan.twin(&seeded(seed, 3, 60));
        twin.run();
        let counts = twin.fleet_counts();
        if need <= has_j {
            // What is left at work may send it to the station there, once.
            prop_assert_eq!((counts.trips, counts.trips_unmet, counts.trips_late), (1, 0, 0));
            prop_assert!(counts.sessions <= 1, "{:?}", counts);
        } else if need < target_j {
            let reaches = has_j * 99 / 100 > near_j;
            prop_assume!(reaches);
            prop_assert_eq!((counts.trips, counts.trips_unmet), (1, 0));
            prop_assert!((1..=2).contains(&counts.sessions) && counts.trips_late == 1, "{:?}", counts);
        } else {
            prop_assert_eq!((counts.trips, counts.sessions, counts.metres), (0, 0, 0));
            prop_assert_eq!(counts.trips_unmet, 3, "one a day");
        }
    }
}

/// True when an hour of the bare world's day is in the valley.
fn in_valley(plan: &Plan, hour: u32) -> bool {
    plan.tariff.hours[(hour % 24) as usize] == Period::Valley
}

/// Seconds from midnight to the end of the valley, which begins at midnight.
fn valley_s(plan: &Plan) -> u32 {
    let hours = (0..24).take_while(|&h| in_valley(plan, h)).count() as u32;
    assert!(hours > 3 && !in_valley(plan, 23), "the tariff of these tests has one valley, from midnight on");
    hours * HOUR_S
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(20)))]

    /// Who follows the price begins in the valley and leaves full, if the valley is long enough for it; a driver in a
    /// hurry begins at once. Nobody who could have left full leaves with less.
    #[test]
    fn a_follower_of_the_price_starts_in_the_valley_and_leaves_full(
        soc in prop_oneof![0.02_f64..0.9, 0.9_f64..0.999],
        kwh in 20.0_f64..100.0,
        arrives_s in 8 * HOUR_S..DAY_S,
        leaves_h in prop_oneof![0.4_f64..1.5, 0.5_f64..12.0],
        seed in any::<u64>(),
    ) {
        let mut plan = bare();
        plan.fleet.control = ControlMode::PriceFollowing;
        live_by(&mut plan, &[leg(Place::Work, leaves_h)]);
        let capacity_j = Energy::from_kwh(kwh).0 as u32;
        let mut v = Vehicle { capacity_j, follows_price: true, commute_m: 1_000, ..car() };
        add_pile(&mut plan, &mut v, GunKind::HomeAc, 7_000);
        // The leg of the first day is over.
        let row = add_arriving(&mut plan, v, soc, arrives_s);
        let capacity = Energy(i64::from(v.capacity_j));
        let before = plan.vehicles[row].1.energy;
        let limit_w = pile_w(&plan, &v, GunKind::HomeAc, 7_000) as f64;
        let curve = &plan.fleet.ac_curve;
        let takes_s = curve.seconds_to(before, capacity, capacity, f64::from(v.ac_w), limit_w);
        let takes_s = takes_s.expect("the curve ends full");
        let leaves_s = DAY_S + (leaves_h * f64::from(HOUR_S)) as u32;
        let valley_end_s = DAY_S + valley_s(&plan);
        let in_time = takes_s * 1.3 + 60.0 <= f64::from(leaves_s.min(valley_end_s) - DAY_S);
        let possible = takes_s + 60.0 <= f64::from(leaves_s - arrives_s);
        let mut twin = plan.twin(&seeded(seed, 2, 60));
        let (mut first_s, mut last) = (None, before);
        follow(&mut twin, |_, seen| {
            let energy = seen.energy[0];
            if seen.states[0].phase == Phase::Plugged {
                if energy > before && first_s.is_none() {
                    first_s = Some(seen.now_s - 60);
                }
                last = energy;
            }
        });
        let first_s = first_s.unwrap_or(u32::MAX);
        if in_time {
            prop_assert!((DAY_S..valley_end_s).contains(&first_s), "begins at {} s", first_s);
        }
        if possible {
            prop_assert!(capacity.0 - last.0 <= LAST_MINUTE_J, "leaves {} J short of full", capacity.0 - last.0);
        } else {
            prop_assert!(first_s <= arrives_s, "{first_s}");
        }
    }

    /// Stations behind one transformer share its room: it is kept under its limit once shares are made, and those who
    /// have the time all leave full.
    #[test]
    fn least_laxity_keeps_a_transformer_under_its_limit(
        cars in prop::collection::vec((0.2_f64..0.8, 18 * HOUR_S..20 * HOUR_S, 0_u32..3), 4..12),
        fill_share in 0.3_f64..0.8,
        seed in any::<u64>(),
    ) {
        let mut plan = bare();
        plan.fleet.control = ControlMode::LeastLaxity;
        let stays_s = f64::from(DAY_S + 8 * HOUR_S - 20 * HOUR_S);
        let (mut missing_j, mut longest_s) = (0.0, 0.0_f64);
        for station in 0..3 {
            let mine: Vec<_> = cars.iter().filter(|c| c.2 == station).collect();
            if mine.is_empty() {
                continue;
            }
            let piles = vec![(GunKind::HomeAc, 7_000); mine.len()];
            let row = add_station(&mut plan, StationKind::Compound, 0.0, &piles, 0);
            let first = plan.stations[row as usize].first_gun;
            for (&&(soc, at_s, _), gun) in mine.iter().zip(first..) {
                let v = Vehicle { home_station: row, own_gun: gun, access: Access::Own, ..car() };
                plan.guns[gun as usize].owner = plan.vehicles.len() as u32;
                add_arriving(&mut plan, v, soc, at_s);
                let lacks_j = (1.0 - soc) * f64::from(v.capacity_j);
                missing_j += lacks_j;
                longest_s = longest_s.max(lacks_j / pile_w(&plan, &v, GunKind::HomeAc, 7_000) as f64);
            }
        }
        // Room enough that energy and the slowest car fit into three quarters of the night.
        prop_assume!(longest_s < 0.75 * stays_s);
        let all_w = 7_000.0 * cars.len() as f64;
        let limit_w = (fill_share * all_w).max(missing_j / stays_s / 0.75 / 0.87).max(8_100.0);
        plan.transformers[0].limit_w = limit_w as u32;
        let last_s = cars.iter().map(|c| c.1).max().unwrap_or(0);
        let n = plan.vehicles.len();
        let capacity = Energy(216_000_000);
        let mut twin = plan.twin(&seeded(seed, 2, 60));
        let mut fullest = vec![Energy::ZERO; n];
        let mut busiest_w = 0;
        follow(&mut twin, |_, seen| {
            if seen.now_s > last_s + 360 + 60 && seen.now_s <= DAY_S + 8 * HOUR_S {
                let net_w = seen.flows[0].net_w;
                busiest_w = busiest_w.max(net_w);
                assert!(f64::from(net_w) <= limit_w, "{net_w} W through {limit_w} W at {} s", seen.now_s);
            }
            for (fullest, &energy) in fullest.iter_mut().zip(&seen.energy) {
                *fullest = energy.max(*fullest);
            }
        });
        prop_assert!(busiest_w > 0, "somebody charged");
        for (row, energy) in fullest.iter().enumerate() {
            prop_assert!(capacity.0 - energy.0 <= LAST_MINUTE_J, "vehicle {row} leaves with {energy}");
        }
    }

    /// A pile that fails while a vehicle charges cuts it short at that second, and what has flowed is booked exactly.
    #[test]
    fn a_fault_interrupts_at_its_second(
        arrives_s in 0..DAY_S,
        soc in 0.05_f64..0.5,
        seed in any::<u64>(),
        step_s in prop::sample::select(vec![60_u32, 300, 900]),
    ) {
        let mut plan = bare();
        // Every point fails once a day, and is not repaired for years, but for one in a thousand.
        (plan.fleet.mtbf_s, plan.fleet.mttr_s) = (f64::from(DAY_S), 1e8);
        let mut v = Vehicle { capacity_j: 2_000_000_000, ..car() };
        add_pile(&mut plan, &mut v, GunKind::HomeAc, 7_000);
        let row = add_arriving(&mut plan, v, soc, arrives_s);
        let before = plan.vehicles[row].1.energy;
        let mut faults = draw(Seed(seed), Purpose::Fault, v.own_gun, 0);
        prop_assert!(faults.chance(1.0));
        let fails_s = faults.below(DAY_S);
        prop_assume!(fails_s != arrives_s);
        let power_w = pile_w(&plan, &v, GunKind::HomeAc, 7_000);
        let meter_w = plan.fleet.loss(GunKind::HomeAc).meter_w(power_w);
        let seconds = i64::from(fails_s.saturating_sub(arrives_s));
        let mut twin = plan.twin(&seeded(seed, 1, step_s));
        follow(&mut twin, |_, _| ());
        let (counts, totals, end) = (twin.fleet_counts(), *twin.resource::<Totals>(), Snapshot::of(&mut twin));
        let cut = u64::from(fails_s > arrives_s);
        prop_assert_eq!((counts.sessions, counts.interrupted, counts.plugged), (cut, cut, 0));
        prop_assert_eq!(end.energy[0], Energy(before.0 + power_w * seconds));
        prop_assert_eq!((totals.charged_j, totals.battery_gain_j), (meter_w * seconds, power_w * seconds));
        let repaired = end.guns[0].repaired_s < DAY_S;
        prop_assert!(repaired || end.guns[0].status == GunStatus::Faulted);
        prop_assert_eq!(end.guns[0].vehicle, NONE);
        prop_assert_eq!((end.states[0].phase, end.states[0].gun), (Phase::Parked, NONE));
    }

    /// The guns of a host share its power from second to second, and each battery gets its share to the joule.
    #[test]
    fn a_host_shares_its_power_to_the_joule(
        host_kw in 60_u32..600,
        cars in prop::collection::vec((20_000_u32..300_000, 0_u32..3 * HOUR_S), 1..6),
        step_s in prop::sample::select(vec![60_u32, 300, 900]),
    ) {
        let mut plan = bare();
        plan.fleet.dc_curve = Curve::new(&[(0.0, 1.0), (1.0, 1.0)]).expect("a flat curve");
        let host_w = host_kw * 1_000;
        let guns = vec![(GunKind::Super, 250_000); cars.len()];
        let yard = add_station(&mut plan, StationKind::Depot, 0.0, &guns, host_w);
        for &(dc_w, at_s) in &cars {
            // So large that nobody is full by then.
            let v = Vehicle { capacity_j: 4_200_000_000, dc_w, home_station: yard, access: Access::Depot, ..car() };
            add_arriving(&mut plan, v, 0.01, at_s);
        }
        let end_s = 4 * HOUR_S;
        let mut expected: Vec<i64> = plan.vehicles.iter().map(|(_, s)| s.energy.0).collect();
        let mut order: Vec<usize> = (0..cars.len()).collect();
        order.sort_by_key(|&k| (cars[k].1, k));
        for (n, &k) in order.iter().enumerate() {
            let until_s = order.get(n + 1).map_or(end_s, |&next| cars[next].1);
            let demands: Vec<u32> = order[..=n].iter().map(|&k| cars[k].0.min(250_000)).collect();
            for (share, &who) in fill(host_w, &demands).into_iter().zip(&order) {
                expected[who] += i64::from(share) * i64::from(until_s - cars[k].1);
            }
        }
        let mut twin = plan.twin(&seeded(1, 1, step_s));
        let mut at_end = Vec::new();
        follow(&mut twin, |_, seen| {
            let drawn_w: f64 = (0..seen.states.len()).map(|row| seen.battery_w(row)).sum();
            assert!(drawn_w <= f64::from(host_w), "{drawn_w} W from {host_w} W");
            if seen.now_s == end_s {
                at_end.clone_from(&seen.energy);
            }
        });
        let at_end: Vec<i64> = at_end.iter().take(cars.len()).map(|e| e.0).collect();
        prop_assert_eq!(at_end, expected);
    }

    /// Who has driven to a station from home drives as far to be back.
    #[test]
    fn the_way_back_is_as_long_as_the_detour(
        stations in prop::collection::vec(0.0_f64..15_000.0, 1..5),
        soc in 0.2_f64..0.6,
        arrives_s in 8 * HOUR_S..20 * HOUR_S,
        seed in any::<u64>(),
    ) {
        let mut plan = bare();
        plan.fleet.classes.iter_mut().for_each(|c| c.public = ALWAYS);
        for east_m in stations {
            add_station(&mut plan, StationKind::Public, east_m, &[(GunKind::Dc120, 120_000)], 0);
        }
        add_arriving(&mut plan, car(), soc, arrives_s);
        let (mut out, mut back) = (None, None);
        let mut twin = plan.twin(&seeded(seed, 1, 60));
        follow(&mut twin, |_, seen| match seen.states[0].phase {
            Phase::Detour => out = Some(seen.metres),
            Phase::Returning => back = out.map(|there| seen.metres - there),
            _ => {}
        });
        prop_assert!(out.is_some());
        prop_assert_eq!(out, back);
        prop_assert_eq!(twin.fleet_counts().metres, 2 * out.unwrap_or(0));
    }

    /// Who sells at the peak does not buy back at its price when the valley comes before the next trip, and leaves
    /// with what it came to fetch, however charging is controlled. Who waits for the valley sells nothing twice.
    #[test]
    fn a_seller_buys_back_in_the_valley(
        soc in 0.5_f64..1.0,
        arrives_s in 8 * HOUR_S..19 * HOUR_S,
        public in any::<bool>(),
        control in prop::sample::select(CONTROLS.to_vec()),
        kw in prop::sample::select(vec![20_u32, 60]),
        seed in any::<u64>(),
    ) {
        let mut plan = bare();
        plan.fleet.control = control;
        (plan.fleet.v2g_on_tariff, plan.fleet.v2g_floor_soc) = (true, 0.4);
        plan.fleet.classes.iter_mut().for_each(|c| c.public = ALWAYS);
        let mut v = Vehicle { v2g: true, ..car() };
        if public {
            add_station(&mut plan, StationKind::V2g, 500.0, &[(GunKind::V2g, kw * 1_000)], 0);
        } else {
            add_pile(&mut plan, &mut v, GunKind::V2g, kw * 1_000);
        }
        add_arriving(&mut plan, v, soc, arrives_s);
        let hours = plan.tariff.hours;
        let target_j = if public { f64::from(v.capacity_j) * 0.9 } else { f64::from(v.capacity_j) };
        let floor_j = 0.4 * f64::from(v.capacity_j);
        let mut twin = plan.twin(&seeded(seed, 2, 60));
        let (mut sold_j, mut was, mut plugged) = (0, None::<Energy>, None);
        follow(&mut twin, |_, seen| {
            let (s, energy) = (&seen.states[0], seen.energy[0]);
            let began_s = seen.now_s - 60;
            let here = s.phase == Phase::Plugged;
            if let Some(was) = was.filter(|_| here && began_s < DAY_S + 8 * HOUR_S) {
                let gained_j = energy.0 - was.0;
                sold_j += (-gained_j).max(0);
                let peak = matches!(hours[(began_s / HOUR_S % 24) as usize], Period::Peak | Period::Sharp);
                assert!(!peak || gained_j <= 0, "buys {gained_j} J at the peak, at {began_s} s\n{s:#?}");
            }
            was = here.then_some(energy);
            plugged = was.filter(|_| seen.now_s <= DAY_S + 8 * HOUR_S).or(plugged);
        });
        let came_with_j = soc * f64::from(v.capacity_j);
        let once = sold_j as f64 <= came_with_j - floor_j + 1.0;
        prop_assert!(once || control != ControlMode::PriceFollowing, "sold {} J", sold_j);
        // At a public point nobody stays whose battery is as full as drivers fill it there.
        let stays = !public || soc < 0.85 && control == ControlMode::PriceFollowing;
        let stays = stays && soc > 0.55 && arrives_s < 18 * HOUR_S;
        prop_assert!(sold_j > 0 || !stays, "nothing is sold");
        let Some(left) = plugged else {
            prop_assert!(public && came_with_j >= 0.99 * target_j, "it does not plug in");
            return Ok(());
        };
        // What its gun may still put in between the last look and the second it leaves.
        let last_minute_j = f64::from(kw) * 60_000.0;
        prop_assert!(target_j - left.f64() <= last_minute_j, "leaves with {left}");
    }
}

/// A hybrid whose battery is empty goes to a station on petrol: it is not lost to the charging points for good.
#[test]
fn an_empty_hybrid_still_finds_a_point() {
    let mut plan = bare();
    plan.fleet.classes.iter_mut().for_each(|c| c.public = ALWAYS);
    add_station(&mut plan, StationKind::Public, 2_000.0, &[(GunKind::PublicAc, 7_000)], 0);
    let row = add_arriving(&mut plan, Vehicle { hybrid: true, capacity_j: 72_000_000, ..car() }, 0.0, 19 * HOUR_S);
    let mut fullest = 0;
    follow(&mut plan.twin(&seeded(3, 2, 60)), |_, seen| fullest = fullest.max(seen.energy[row].0));
    assert!(fullest > 60_000_000, "it charges to {fullest} J at most");
}

/// Repairs, patience and overstays without end are longer than a run, and nothing worse.
#[test]
fn times_without_end_outlast_the_run() {
    let mut plan = bare();
    (plan.fleet.mtbf_s, plan.fleet.mttr_s) = (f64::from(DAY_S), 1e15);
    for class in &mut plan.fleet.classes {
        (class.public, class.patience_s, class.overstay_s) = (ALWAYS, 1e15, 1e15);
    }
    add_station(&mut plan, StationKind::Public, 0.0, &[(GunKind::Dc60, 60_000)], 0);
    add_arriving(&mut plan, car(), 0.5, HOUR_S);
    add_arriving(&mut plan, car(), 0.5, HOUR_S + 600);
    let fails_s = |seed: u64| {
        let mut d = draw(Seed(seed), Purpose::Fault, 0, 0);
        assert!(d.chance(1.0));
        d.below(DAY_S)
    };
    // A seed with which the first vehicle has long been full when its point fails.
    let seed = (0..100).find(|&seed| fails_s(seed) > 12 * HOUR_S).expect("half of all seeds will do");
    let mut twin = plan.twin(&seeded(seed, 3, 60));
    let mut full = false;
    follow(&mut twin, |_, seen| {
        full |= seen.states[0].phase == Phase::Plugged && seen.energy[0] == Energy(194_400_000);
    });
    let end = Snapshot::of(&mut twin);
    assert!(full && twin.fleet_counts().interrupted <= 1);
    assert_eq!(end.states[1].phase, Phase::Queued, "the second waits for ever");
    assert_eq!(end.guns[0].status, GunStatus::Faulted);
}
