//! Two-way guns where cars stand: a pile at home gives energy back through the car's own charger, loses on the way both
//! ways, and leaves the driver what the next trip needs; a share of none is the world without them.

use crate::support::{Snapshot, plan, seeded, set};
use crate::twin_properties::floor_of;
use voltcity::clock::HOUR_S;
use voltcity::fleet::charger::GunKind;
use voltcity::fleet::setpoint::{Order, SetPoint};
use voltcity::fleet::vehicle::Phase;
use voltcity::grid::ledger::Totals;
use voltcity::market::ladder::{Tightest, reach};
use voltcity::market::resource::ResponseClass;
use voltcity::twin::Twin;

/// A block where every second car has a pile of its own, and may discharge at it.
fn sets(share: f64, on_tariff: bool) -> Vec<String> {
    vec![
        set("fleet.private.count", 120),
        set("fleet.private.v2g_share", 1),
        set("fleet.private.home", "(0.5, 0.3)"),
        set("fleet.private.plug_in_base", "(2, 0.1)"),
        set("charging.total", 110),
        set("charging.two_way_share", share),
        set("behaviour.v2g_on_tariff", on_tariff),
        set("aggregators.resources", 40),
        set("aggregators.mix", "(0.7, 0.1, 0.1, 0.1)"),
        set("aggregators.programme.drivers", 1),
        set("aggregators.programme.offline", 0),
    ]
}

fn until(twin: &mut Twin, second: u32) {
    while twin.clock().now_s() < second {
        twin.step();
    }
}

#[test]
fn a_pile_at_home_gives_back_through_the_cars_own_charger() {
    let mut twin = Twin::new(plan(&sets(1.0, false)), &seeded(3, 3, 60));
    until(&mut twin, 86_400 + 20 * HOUR_S);
    let before = Snapshot::of(&mut twin);
    let at_home = |row: &usize| {
        let s = &before.states[*row];
        s.phase == Phase::Plugged && s.gun_kind == GunKind::HomeAc && before.vehicles[*row].v2g
    };
    let rows: Vec<usize> = (0..before.states.len()).filter(at_home).collect();
    assert!(rows.len() > 10, "{} at home", rows.len());
    let until_s = twin.clock().now_s() + HOUR_S;
    let (returned_j, lost_j) = (twin.resource::<Totals>().returned_j, twin.resource::<Totals>().losses_j);
    for &row in &rows {
        twin.order(row as u32, Order { set: SetPoint::Discharge(u32::MAX), until_s });
    }
    let (mut given_j, mut was) = (0, before.clone());
    while twin.clock().now_s() < until_s {
        twin.step();
        let now = Snapshot::of(&mut twin);
        for &row in &rows {
            let (v, s) = (&now.vehicles[row], &now.states[row]);
            let stayed = s.phase == Phase::Plugged && s.since_s == was.states[row].since_s;
            let given = (was.energy[row] - now.energy[row]).0;
            if stayed && given > 0 {
                assert!(given <= i64::from(v.ac_w) * 60, "{given} J in a minute through {} W", v.ac_w);
                let (floor, trip) = floor_of(&twin, row, v, s);
                assert!(now.energy[row].0 >= floor.0 - trip.0 / 50, "vehicle {row} below its floor");
                given_j += given;
            }
        }
        was = now;
    }
    let totals = twin.resource::<Totals>();
    let (returned_j, lost_j) = (totals.returned_j - returned_j, totals.losses_j - lost_j);
    // Seven per cent and what runs along are lost on the way out.
    assert!(given_j > 50_000_000 && returned_j > 0, "{given_j} J given, {returned_j} J returned");
    let efficiency = returned_j as f64 / given_j as f64;
    assert!((0.88..0.94).contains(&efficiency), "{efficiency}");
    assert!(lost_j >= given_j - returned_j, "{lost_j} J lost");
    until(&mut twin, 3 * 86_400);
    assert_eq!((twin.ledger_residual_j(), twin.fleet_counts().trips_harmed), (0, 0));
}

#[test]
fn a_share_of_none_is_the_world_without_two_way_guns() {
    let mut without = sets(0.0, true);
    without.retain(|patch| !patch.starts_with("charging.two_way_share"));
    let [mut without, mut none, mut half] =
        [without, sets(0.0, true), sets(0.5, true)].map(|sets| Twin::new(plan(&sets), &seeded(5, 2, 300)));
    [&mut without, &mut none, &mut half].into_iter().for_each(Twin::run);
    assert_eq!(without.hash(), none.hash());
    assert_ne!(without.hash(), half.hash());
}

#[test]
fn more_two_way_guns_reach_further_until_wires_bind() {
    let at_evening = |share: f64| {
        let mut twin = Twin::new(plan(&sets(share, false)), &seeded(5, 2, 300));
        until(&mut twin, 86_400 + 20 * HOUR_S);
        reach(&mut twin, ResponseClass::Hour)
    };
    let [none, some, all] = [0.0, 0.3, 1.0].map(at_evening);
    assert!(none.guns < some.guns && some.guns < all.guns, "{} {} {}", none.guns, some.guns, all.guns);
    assert!(none.able_w < some.able_w && some.able_w < all.able_w, "{none:#?}\n{some:#?}\n{all:#?}");
    for one in [&none, &some, &all] {
        assert_eq!(one.by_kind_w.iter().sum::<i64>(), one.able_w);
        assert!(one.through_w <= one.able_w && one.funnel.plugged <= one.plugged_anywhere);
        // One transformer carries the block: it binds exactly when something is held back.
        assert_eq!(one.binding[0] > 0, one.tightest.first().is_some_and(Tightest::binds));
    }
}

#[test]
fn owners_sell_at_home_when_the_tariff_stands() {
    let at_peak = |on_tariff: bool| {
        let mut twin = Twin::new(plan(&sets(1.0, on_tariff)), &seeded(5, 2, 300));
        until(&mut twin, 86_400 + 14 * HOUR_S + 900);
        reach(&mut twin, ResponseClass::Hour)
    };
    let (sold, kept) = (at_peak(true), at_peak(false));
    assert!(sold.sold_w > 0 && kept.sold_w == 0, "{sold:#?}\n{kept:#?}");
}
