//! The network in the loop: what it carries, and the voltage it has, act on the next steps.

use crate::support::{options, plan, set};
use voltcity::fleet::charger::{Gun, GunStatus};
use voltcity::fleet::params::ControlMode;
use voltcity::fleet::station::Station;
use voltcity::grid::balance::StepSums;
use voltcity::network::outage::{Element, Outage, RunningOutages};
use voltcity::network::{Agent, CityNetwork, Overloaded, Source};
use voltcity::parallel::Threads;
use voltcity::plan::Plan;
use voltcity::twin::{Options, Twin};
use voltcity::world::Checked;

/// Solar arrays of the block that lift its voltages far out of the band at noon, in MW.
const MUCH_SUN_MW: f64 = 24.0;

/// A block whose transformers are far too small for what their users draw in the evening.
fn crowded(control: ControlMode) -> Plan {
    let mut plan = plan(&[]);
    plan.fleet.control = control;
    for transformer in &mut plan.transformers {
        transformer.rating_va /= 5;
        transformer.limit_w /= 5;
    }
    plan
}

/// A block on a sunny day, its network solved every quarter of an hour.
fn block(sets: &[String], threads: usize) -> Twin {
    carrying(plan(sets), threads)
}

fn carrying(plan: Plan, threads: usize) -> Twin {
    let network = CityNetwork::of(&plan, Threads(1)).unwrap();
    let mut twin = Twin::new(plan, &Options { threads, ..options(1, 300) });
    twin.carry(network, 900);
    twin
}

fn with(inverters: &str) -> Vec<String> {
    vec![set("pv.installed_mw", MUCH_SUN_MW), set("grid.inverters", inverters)]
}

/// What solar arrays delivered over a day, and what was cut, in J.
fn sun(twin: &mut Twin) -> (i64, i64) {
    let mut pv_j = 0;
    while !twin.is_over() {
        twin.step();
        pv_j += twin.world_mut().resource::<StepSums>().city.pv_j;
    }
    (pv_j, twin.network().unwrap().account().curtailed_j)
}

/// Highest voltage that users saw in a day, in pu.
fn highest(twin: &Twin) -> f64 {
    twin.network().unwrap().account().v_pu.unwrap()[1][1]
}

#[test]
fn what_volt_watt_cuts_is_what_is_not_delivered() {
    let mut free = block(&with("Off"), 1);
    let (all_j, none_j) = sun(&mut free);
    assert!(none_j == 0 && highest(&free) > 1.065, "{all_j} J, {} pu", highest(&free));
    let mut cut = block(&with("VoltWatt"), 1);
    let (left_j, cut_j) = sun(&mut cut);
    assert!(cut_j > all_j / 50, "{cut_j} J of {all_j}");
    assert_eq!(left_j + cut_j, all_j);
    assert_eq!(cut.ledger_residual_j(), 0);
}

#[test]
fn volt_var_draws_voltages_in() {
    let mut free = block(&with("Off"), 1);
    let (all_j, _) = sun(&mut free);
    let mut held = block(&with("VoltVar"), 1);
    assert_eq!(sun(&mut held), (all_j, 0), "it takes nothing from the sun");
    assert!(highest(&held) < highest(&free) - 0.005, "{} pu and {}", highest(&held), highest(&free));
    let of = |twin: &Twin| twin.network().unwrap().account().clone();
    assert!(of(&held).out_of_band_s < of(&free).out_of_band_s);
}

/// Nothing depends on threads, or on whether a run was a fork of itself.
#[test]
fn the_loop_repeats() {
    let sets = [with("Both"), vec![set("behaviour.control", "LeastLaxity")]].concat();
    let end = |threads: usize, fork: bool| {
        let mut twin = block(&sets, threads);
        twin.hold_to_network();
        while !twin.is_over() {
            if fork && twin.clock().now_s() == 43_200 {
                twin = twin.fork();
            }
            twin.step();
        }
        (twin.hash(), twin.network().unwrap().save(twin.blackouts()))
    };
    let one = end(1, false);
    assert_eq!(one, end(2, false));
    assert_eq!(one, end(1, true));
}

/// Until the network has been solved the tree's ratings hold.
#[test]
fn nothing_is_held_to_what_is_not_known_yet() {
    let mut twin = block(&[], 1);
    twin.hold_to_network();
    let is_known = |twin: &Twin| twin.network().unwrap().carries().is_some();
    assert!(!is_known(&twin));
    while twin.clock().now_s() < 900 {
        assert!(!is_known(&twin));
        twin.step();
    }
    assert!(is_known(&twin));
}

/// Charging that keeps to what the network carries leaves less overload behind than charging that does not look.
#[test]
fn charging_keeps_to_what_the_network_carries() {
    let overload_s = |control: ControlMode, is_held: bool| {
        let mut twin = carrying(crowded(control), 1);
        if is_held {
            twin.hold_to_network();
        }
        let mut charged_j = 0;
        while !twin.is_over() {
            twin.step();
            charged_j += twin.world_mut().resource::<StepSums>().city.charged_j;
        }
        let grid = twin.network().unwrap();
        (grid.violations().by_level().iter().map(|(_, seconds)| seconds).sum::<u64>(), charged_j)
    };
    let (free_s, free_j) = overload_s(ControlMode::Uncontrolled, false);
    let (held_s, held_j) = overload_s(ControlMode::LeastLaxity, true);
    assert!(held_s < free_s, "{held_s} s of overload, {free_s} s when nobody looks");
    assert!(held_j > 0 && held_j <= free_j, "{held_j} J charged, {free_j} J when nobody looks");
}

/// A failed transformer darkens its area for as long as a repair takes: nothing flows there, its points are out of
/// order, and what was not served is what the same day has there without the failure.
#[test]
fn a_failed_transformer_darkens_its_area() {
    const AT_S: u32 = 8 * 3_600;
    const REPAIR_S: u32 = 10 * 3_600;
    let plan = plan(&[]);
    let network = CityNetwork::of(&plan, Threads(1)).unwrap();
    let node = plan.stations.iter().find(|station| station.guns > 1).unwrap().node;
    let outages = vec![(AT_S, Outage::failure(Element::Transformer(node)))];
    let outages = RunningOutages::of(&plan, &network, outages);
    let mut usual = Twin::new(plan.clone(), &options(1, 300));
    let mut failed = Twin::new(plan, &options(1, 300));
    failed.carry(network, 900);
    failed.fail(outages);
    let (mut missed_j, mut customers) = (0, None);
    while !failed.is_over() {
        let now_s = failed.clock().now_s();
        usual.step();
        failed.step();
        let is_dark = (AT_S..AT_S + REPAIR_S).contains(&now_s);
        let area = |twin: &mut Twin| twin.areas()[node as usize];
        let ([buildings_w, _, _, solar_w], [usual_w, ..]) = (area(&mut failed), area(&mut usual));
        if is_dark {
            missed_j += usual_w * 300;
            assert_eq!((buildings_w, solar_w), (0, 0), "at {now_s} s");
        } else {
            // What is of vehicles, and rounded, may differ by a watt.
            assert!((buildings_w - usual_w).abs() <= 1, "at {now_s} s");
        }
        let w = failed.world_mut();
        let stations: Vec<Station> = w.query::<&Station>().iter(w).cloned().collect();
        let guns: Vec<Gun> = w.query::<&Gun>().iter(w).copied().collect();
        let dark = stations.iter().filter(|station| station.node == node);
        for gun in dark.flat_map(|s| &guns[s.first_gun as usize..(s.first_gun + s.guns) as usize]) {
            let is_out = matches!(gun.status, GunStatus::Faulted | GunStatus::LongFailed);
            assert!(!is_dark || is_out, "{gun:?} at {now_s} s");
        }
        customers.get_or_insert_with(|| failed.network().unwrap().outages().unwrap().customers());
    }
    let blackout = failed.blackouts().0[&node];
    assert_eq!((blackout.times, blackout.dark_s), (1, u64::from(REPAIR_S)));
    // Each area's energy beside standing power is rounded to whole W.
    assert!((blackout.not_served_j - missed_j).abs() <= 300 * i64::from(REPAIR_S / 300), "{blackout:?}, {missed_j} J");
    assert!(missed_j > 0);
    assert_eq!(failed.ledger_residual_j(), 0);
    let indices = failed.network().unwrap().outages().unwrap().indices(failed.blackouts());
    assert!((indices.caidi_min - f64::from(REPAIR_S / 60)).abs() < 1e-9, "{indices:?}");
    let all: u64 = customers.unwrap().iter().sum();
    assert!(indices.saidi_min > 0.0 && indices.saidi_min <= f64::from(REPAIR_S / 60), "{indices:?} of {all}");
}

/// Outages that begin at midnight, overlap, and last over midnight; nothing depends on threads.
#[test]
fn outages_repeat_at_any_time() {
    let plan = plan(&[]);
    let network = CityNetwork::of(&plan, Threads(1)).unwrap();
    let areas = plan.transformers.len() as u32;
    let end = |threads: usize| {
        let outages = [(0, 0), (86_400, 1), (80_000, 2), (82_000, 2), (5_000, 3)]
            .map(|(at_s, row)| (at_s, Outage::failure(Element::Transformer(row % areas))));
        let outages = RunningOutages::of(&plan, &network, outages.to_vec());
        let mut twin = Twin::new(plan.clone(), &Options { threads, ..options(3, 60) });
        twin.carry(network.clone(), 900);
        twin.fail(outages);
        twin.run();
        assert_eq!(twin.ledger_residual_j(), 0);
        assert!(twin.network().unwrap().outages().unwrap().upcoming().pending.is_empty());
        (twin.hash(), twin.blackouts().clone())
    };
    let one = end(1);
    assert_eq!(one, end(2));
    assert!(one.1.0.values().all(|blackout| blackout.dark_s > 0 && blackout.until_s < 3 * 86_400), "{one:?}");
}

/// Agents behind an overload are all of it, of transformers with what has no agent any more: flows of vehicles that
/// ended within the step, standby, and what is below a watt.
#[test]
fn agents_behind_an_overload_are_all_of_it() {
    let plan = crowded(ControlMode::Uncontrolled);
    let standby_w: i64 = plan.transformers.iter().map(|t| i64::from(t.standby_w)).sum();
    let network = CityNetwork::of(&plan, Threads(1)).unwrap();
    let mut twin = Twin::new(plan, &options(1, 60));
    twin.carry(network, 900);
    twin.run();
    let all = twin.network().unwrap().violations().ranked();
    assert!(all.iter().any(|(of, _)| matches!(of, Overloaded::Transformer(_))), "{all:?}");
    for (of, found) in all {
        let (agents_j, all_j) = (found.agents.values().sum::<i64>(), found.energy_j.iter().sum::<i64>());
        assert_eq!(agents_j, all_j, "{of:?}");
        if let Overloaded::Transformer(row) = of {
            let rest_j = found.agents.get(&Agent::Area(row)).copied().unwrap_or(0);
            let standby_j = standby_w * found.seconds as i64;
            assert!(rest_j.abs() <= all_j / 50 + standby_j, "{of:?}: {rest_j} J of {all_j}");
            let is = |agent: &Agent| matches!(agent, Agent::Vehicle(_));
            let vehicles_j: i64 =
                found.agents.iter().filter(|(agent, _)| is(agent)).map(|(_, energy_j)| energy_j).sum();
            assert!(vehicles_j <= found.energy_j[Source::Vehicles as usize] + all_j / 50, "{of:?}: {vehicles_j} J");
        }
        let shares: u32 = found.by_agent(usize::MAX).iter().map(|(_, _, ppm)| ppm).sum();
        assert_eq!(shares, 1_000_000, "{of:?}");
    }
}

/// A voltage that solar power has lifted out of its band is put down to the sun, and to the areas it shines on.
#[test]
fn a_voltage_out_of_its_band_is_attributed() {
    let mut twin = block(&with("Off"), 1);
    twin.run();
    let grid = twin.network().unwrap();
    let all = grid.violations().ranked();
    let is_voltage = |(of, _): &&(Overloaded, _)| matches!(of, Overloaded::Voltage(_));
    let (_, found) = all.iter().find(is_voltage).unwrap_or_else(|| panic!("{all:?}"));
    assert!(found.is_reverse && (found.worst - (highest(&twin) - 1.0)).abs() < 1e-12, "{found:?}");
    assert!(found.seconds > 0 && found.seconds <= grid.account().out_of_band_s);
    let causes = found.shares().causes;
    assert_eq!(
        causes.iter().map(|share| (share.id, share.ppm)).collect::<Vec<_>>(),
        [(Source::Solar as u32, 1_000_000)]
    );
    let sources_j: i64 = found.energy_j.iter().sum();
    assert_eq!(found.agents.values().sum::<i64>(), sources_j);
    assert!(found.by_agent(1).iter().all(|(agent, _, ppm)| matches!(agent, Agent::Area(_)) && *ppm == 1_000_000));
    // Levels count what is overloaded alone.
    let [transformers, _, units] = grid.violations().by_level();
    assert_eq!((transformers, units), ((0, 0), (0, 0)));
}

/// A tie brings nothing from where nothing is: when all 110/10 kV units of a district fail at once, everybody waits for
/// repair, however long a step is; when a host fails later, its guests go dark with it.
#[test]
fn a_tie_brings_nothing_from_where_nothing_is() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/futian.ron");
    let plan = Checked::load(&path, &[]).unwrap_or_else(|problems| panic!("{problems}")).plan();
    let network = CityNetwork::of(&plan, Threads(1)).unwrap();
    let units = network.sections().len() as u32;
    let day = |step_s: u32, outages: &[(u32, Element)]| {
        let outages = outages.iter().map(|(at_s, element)| (*at_s, Outage::failure(*element))).collect();
        let outages = RunningOutages::of(&plan, &network, outages);
        let mut twin = Twin::new(plan.clone(), &options(1, step_s));
        twin.carry(network.clone(), 3_600);
        twin.fail(outages);
        twin.run();
        assert_eq!(twin.ledger_residual_j(), 0);
        let indices = twin.network().unwrap().outages().unwrap().indices(twin.blackouts());
        (indices, twin)
    };
    let all: Vec<(u32, Element)> = (0..units).map(|unit| (3_600, Element::Unit(unit))).collect();
    let (dark, _) = day(900, &all);
    assert!((dark.saifi, dark.saidi_min) == (1.0, 15.0 * 60.0), "{dark:?}");
    // A head alone: those behind it come back within the hour, through ties.
    let (one, twin) = day(300, &[(7_200, Element::Head(12))]);
    let (coarse, _) = day(3_600, &[(7_200, Element::Head(12))]);
    assert_eq!(one, coarse, "minutes do not depend on steps");
    let guests: Vec<u32> = twin.blackouts().0.keys().copied().collect();
    let most_s = twin.blackouts().0.values().map(|blackout| blackout.dark_s).max().unwrap();
    assert!(most_s <= 3_600, "{most_s} s");
    let later: Vec<(u32, Element)> = all.iter().map(|(_, unit)| (14_400, *unit)).collect();
    // All units fail once the tie is closed: whoever came back is dark again, with everybody else.
    let (_, twin) = day(300, &[&[(7_200, Element::Head(12))], &later[..]].concat());
    for area in guests {
        let blackout = twin.blackouts().0[&area];
        assert_eq!((blackout.times, blackout.until_s), (2, 14_400 + 15 * 3_600), "area {area}");
    }
}
