//! Dispatch held against linear programs, solved by a simplex method that shares no line with it.

use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};
use proptest::prelude::*;
use voltcity::market::dispatch::kit::{self, Case, Shape};
use voltcity::market::dispatch::{Level, Limited, MeritOrder, Proportional, Rotation, limited};

/// Up to 12 offers behind 3 transformers, 2 feeders and 1 substation.
fn small(seed: u64, offers: u32) -> Case {
    kit::case_of(seed, Shape { offers, transformers: 3, feeders: 2, substations: 1, wild: false })
}

/// Which limits a program has.
#[derive(Clone, Copy, PartialEq)]
enum Limits {
    Offers,
    Tree,
}

/// One variable in W for each offer, within the request and the limits; `weight` is what a watt counts for.
fn program(
    case: &Case,
    limits: Limits,
    direction: OptimizationDirection,
    weight: impl Fn(usize) -> f64,
) -> (Problem, Vec<Variable>) {
    let mut problem = Problem::new(direction);
    let watts: Vec<Variable> = (0..case.offers.len())
        .map(|i| problem.add_var(weight(i), (0.0, case.offers[i].within_w(&case.request) as f64)))
        .collect();
    let all: Vec<(Variable, f64)> = watts.iter().map(|&w| (w, 1.0)).collect();
    problem.add_constraint(&all, ComparisonOp::Le, case.request.wanted_w() as f64);
    if limits == Limits::Tree {
        for level in Level::ALL {
            for (row, room) in case.grid.rooms(level).iter().enumerate() {
                let behind: Vec<(Variable, f64)> = (0..case.offers.len())
                    .filter(|&i| case.grid.path(case.offers[i].node).unwrap()[level as usize] == row)
                    .map(|i| (watts[i], 1.0))
                    .collect();
                let room_w = room.room_w(case.request.direction) as f64;
                problem.add_constraint(&behind, ComparisonOp::Le, room_w);
            }
        }
    }
    (problem, watts)
}

/// The most that can be placed, in W.
fn most_w(case: &Case, limits: Limits) -> f64 {
    let (problem, _) = program(case, limits, OptimizationDirection::Maximize, |_| 1.0);
    problem.solve().expect("nothing is always allowed").into_solution().expect("solved to the end").objective()
}

/// The least that the most can cost, in yuan/kWh times W, by whatever stands for a price.
fn least_cost(case: &Case, limits: Limits, price: impl Fn(usize) -> f64) -> f64 {
    let most_w = most_w(case, limits);
    let (mut problem, watts) = program(case, limits, OptimizationDirection::Minimize, price);
    let all: Vec<(Variable, f64)> = watts.iter().map(|&w| (w, 1.0)).collect();
    problem.add_constraint(&all, ComparisonOp::Ge, most_w.round());
    problem.solve().expect("the most can be placed").into_solution().expect("solved to the end").objective()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * (1.0 + a.abs().max(b.abs()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn limited_dispatch_places_the_most_there_is(seed: u64, offers in 1..=12_u32) {
        let case = small(seed, offers);
        let most_w = most_w(&case, Limits::Tree);
        prop_assert!(close(case.grid.most_w(&case.request, &case.offers) as f64, most_w));
        for policy in limited() {
            let placed_w: i64 = kit::call(&policy, &case).iter().sum();
            prop_assert!(close(placed_w as f64, most_w), "{}: {} of {}", policy.name(), placed_w, most_w);
        }
    }

    #[test]
    fn a_merit_order_costs_the_least(seed: u64, offers in 1..=12_u32) {
        let case = small(seed, offers);
        let price = |i: usize| case.offers[i].price_per_kwh.0 as f64 / 1e6;
        let cost = |called_w: &[i64]| called_w.iter().enumerate().map(|(i, &w)| price(i) * w as f64).sum::<f64>();
        let bare = cost(&kit::call(&MeritOrder, &case));
        prop_assert!(close(bare, least_cost(&case, Limits::Offers, price)), "{}", bare);
        let within = cost(&kit::call(&Limited::new(MeritOrder), &case));
        prop_assert!(close(within, least_cost(&case, Limits::Tree, price)), "{}", within);
    }

    #[test]
    fn rotation_calls_the_least_used(seed: u64, offers in 1..=12_u32) {
        let case = small(seed, offers);
        let used = |i: usize| case.offers[i].used_j as f64 / 3.6e6;
        let called_w = kit::call(&Limited::new(Rotation), &case);
        let burden: f64 = called_w.iter().enumerate().map(|(i, &w)| used(i) * w as f64).sum();
        prop_assert!(close(burden, least_cost(&case, Limits::Tree, used)), "{}", burden);
    }

    #[test]
    fn the_least_share_is_as_great_as_it_can_be(seed: u64, offers in 1..=12_u32) {
        // The first rung of max-min fairness: maximise the share that everyone who can give anything gives at least.
        let case = small(seed, offers);
        let within = |i: usize| case.offers[i].within_w(&case.request) as f64;
        let (mut problem, watts) = program(&case, Limits::Tree, OptimizationDirection::Maximize, |_| 0.0);
        let share = problem.add_var(1.0, (0.0, 1.0));
        let givers: Vec<usize> = (0..case.offers.len()).filter(|&i| within(i) >= 1_000.0).collect();
        // Offers of a few watts are left out, where a watt of rounding is much: their watts may not help the others.
        for (i, &watt) in watts.iter().enumerate() {
            problem.add_constraint([(watt, 1.0), (share, -within(i))], ComparisonOp::Ge, 0.0);
        }
        let best = problem.solve().expect("nothing is always allowed").into_solution().expect("solved").objective();
        let called_w = kit::call(&Limited::new(Proportional), &case);
        let shares = givers.iter().map(|&i| called_w[i] as f64 / within(i));
        if let Some(least) = shares.reduce(f64::min) {
            prop_assert!(least >= best - 0.002, "{} of {}", least, best);
        }
    }
}
