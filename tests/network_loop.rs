//! The network in the loop: what it carries, and the voltage it has, act on the next steps.

use crate::support::{options, plan, set};
use voltcity::grid::balance::StepSums;
use voltcity::network::CityNetwork;
use voltcity::parallel::Threads;
use voltcity::twin::{Options, Twin};

/// Solar arrays of the block that lift its voltages far out of the band at noon, in MW.
const MUCH_SUN_MW: f64 = 8.0;

/// A block on a sunny day, its network solved every quarter of an hour.
fn block(sets: &[String], threads: usize) -> Twin {
    let plan = plan(sets);
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
    assert!(none_j == 0 && highest(&free) > 1.10, "{all_j} J, {} pu", highest(&free));
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
    assert!(highest(&held) < highest(&free) - 0.01, "{} pu and {}", highest(&held), highest(&free));
    let of = |twin: &Twin| twin.network().unwrap().account().clone();
    assert!(of(&held).out_of_band_s < of(&free).out_of_band_s);
}

/// Nothing depends on threads, or on whether a run was a fork of itself.
#[test]
fn the_loop_repeats() {
    let sets = [with("Both"), vec!["fleet.control=LeastLaxity".to_owned()]].concat();
    let end = |threads: usize, fork: bool| {
        let mut twin = block(&sets, threads);
        twin.hold_to_network();
        while !twin.is_over() {
            if fork && twin.clock().now_s() == 43_200 {
                twin = twin.fork();
            }
            twin.step();
        }
        (twin.hash(), twin.network().unwrap().save())
    };
    let one = end(1, false);
    assert_eq!(one, end(2, false));
    assert_eq!(one, end(1, true));
}

/// Charging that keeps to what the network carries leaves less overload behind than charging that does not look.
#[test]
fn charging_keeps_to_what_the_network_carries() {
    // Transformers far too small for what their users draw in the evening.
    let sets = |control: &str| vec![set("grid.ratings_kva", "[100, 125]"), format!("fleet.control={control}")];
    let overload_s = |control: &str, is_held: bool| {
        let mut twin = block(&sets(control), 1);
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
    let (free_s, free_j) = overload_s("Uncontrolled", false);
    let (held_s, held_j) = overload_s("LeastLaxity", true);
    assert!(held_s < free_s, "{held_s} s of overload, {free_s} s when nobody looks");
    assert!(held_j > 0 && held_j <= free_j, "{held_j} J charged, {free_j} J when nobody looks");
}
