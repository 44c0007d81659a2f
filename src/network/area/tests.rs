use super::draws::station_design_w;
use super::*;
use crate::city::tree::TransformerFlow;
use crate::fleet::station::StationKind;
use crate::network::InverterControl;
use crate::network::Load;
use crate::parallel::Threads;
use crate::plan::Plan;
use crate::powerflow::Complex;
use crate::site::building::BuildingKind;
use crate::twin::Options;
use crate::world::Checked;
use proptest::prelude::*;
use std::path::Path;

fn plan(world: &str) -> Plan {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds").join(world);
    Checked::load(&path, &[]).unwrap_or_else(|problems| panic!("{problems}")).plan()
}

/// A building of a kind and a compound's station with a point for each power.
fn draws(kind: BuildingKind, building_w: i64, points_w: &[i64]) -> Draws {
    let building = User { design_w: 400_000, building_w, ..User::idle(UserKind::Building(kind), 3) };
    let point = |(gun, power_w): (u32, &i64)| Point { gun, rating_w: 7_000, power_w: *power_w };
    let points: Vec<Point> = (40..).zip(points_w).map(point).collect();
    let design_w = station_design_w(&points);
    let station = User { design_w, points, ..User::idle(UserKind::Station(StationKind::Compound), 9) };
    let users = vec![building, station];
    let net_w = users.iter().map(User::power_w).sum();
    Draws { row: 5, rating_va: 800_000, net_w, standby_w: 0, remainder_w: 0, users }
}

/// The block at an hour of its first day, solved.
fn block(threads: usize, seed: u64, step_s: u32, hour: u32) -> Twin {
    let plan = plan("block.ron");
    let network = CityNetwork::of(&plan, Threads::start(threads)).unwrap();
    let options = Options { warmup_days: Some(0), step_s, threads, seed: Some(seed), ..Options::default() };
    let mut twin = Twin::new(plan, &options);
    twin.carry(network, 900);
    while twin.clock().now_s() < hour * 3_600 {
        twin.step();
    }
    twin
}

/// Inverters that answer to the voltage are in both models.
#[test]
fn inverters_are_in_both_models() {
    let mut plan = plan("block.ron");
    plan.inverters = InverterControl::VoltVar;
    let network = CityNetwork::of(&plan, Threads(1)).unwrap();
    let mut twin = Twin::new(plan, &Options { warmup_days: Some(0), step_s: 300, ..Options::default() });
    twin.carry(network, 900);
    while twin.clock().now_s() < 13 * 3_600 {
        twin.step();
    }
    let area = Area::of(&mut twin, 0).unwrap();
    let buildings_w: i64 = area.draws.users.iter().map(|user| user.building_w).sum();
    let network = twin.network().unwrap().network();
    assert!(area.lumped.drawn_var > network.tangent() * buildings_w as f64 + 1e3, "{:?}", area.lumped);
    let phases = area.even.phases.iter().map(|phase| phase.loading).fold(0.0, f64::max);
    assert!((phases / area.lumped.loading - 1.0).abs() < 0.03, "{phases} and {}", area.lumped.loading);
}

/// With even phases the area is what the balanced model has: to 2e-4 pu and 1 % of losses. What is left is where the
/// no-load branch stands: there half of it before the transformer's impedance, here all of it behind, which is half of
/// 0.6 % of the rated current at 6 % of impedance, 1.8e-4 pu.
#[test]
fn even_phases_are_the_balanced_model() {
    let plan = plan("futian.ron");
    let mut city = CityNetwork::of(&plan, Threads(1)).unwrap();
    let tangent = city.tangent();
    let power_w = |row: usize| (f64::from(plan.transformers[row].limit_w) * (0.1 + row as f64 % 7.0 / 10.0)).round();
    let load = |row| Load { power_w: power_w(row), reactive_var: power_w(row) * tangent, ..Load::default() };
    let loads: Vec<Load> = (0..plan.transformers.len()).map(load).collect();
    assert_eq!(city.solve(&loads, 900, Threads(1)).unsolved, Vec::<String>::new());
    for row in (0..plan.transformers.len()).step_by(97) {
        let building =
            User { building_w: power_w(row) as i64, ..User::idle(UserKind::Building(BuildingKind::Office), 0) };
        // Two quarters and a half of it in three buildings, whose mains are laid for the same part of what they draw.
        let part = |w: i64| User { building_w: w, design_w: 3 * w, ..building.clone() };
        let quarter_w = building.building_w / 4;
        let users = vec![part(quarter_w), part(quarter_w), part(building.building_w - 2 * quarter_w)];
        let rating_va = plan.transformers[row].rating_va;
        let draws = Draws { row: row as u32, rating_va, net_w: 0, standby_w: 0, remainder_w: 0, users };
        let lumped = Lumped::of(&city, row as u32).unwrap();
        let flow = AreaFlow::of(&draws, lumped.medium_pu, &loaded(&draws, tangent, 1)).unwrap();
        for user in &flow.users {
            for v_pu in user.v_pu {
                assert!((v_pu - lumped.users_pu).abs() < 2e-4, "{row}: {v_pu}, not {}", lumped.users_pu);
            }
        }
        let busbar_pu = flow.busbar.v_pu[0];
        assert!((busbar_pu - lumped.busbar_pu).abs() < 2e-4, "{row}: {busbar_pu}, not {}", lumped.busbar_pu);
        assert!(flow.unbalance() < 1e-9 && flow.busbar.neutral_a < 1e-6, "{flow:?}");
        let close = |found: f64, wanted: f64| (found / wanted - 1.0).abs() < 0.01;
        assert!(close(flow.mains_lost_w, lumped.mains_lost_w), "{row}: {flow:?} {lumped:?}");
        assert!(close(flow.transformer_lost_w, lumped.transformer_lost_w), "{row}: {flow:?} {lumped:?}");
        assert!(close(flow.busbar.loading, lumped.loading), "{row}: {flow:?} {lumped:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// On each phase the busbar delivers what users draw and mains lose; 10 kV that and the transformer's loss.
    #[test]
    fn power_is_conserved_on_every_phase(
        building_w in 0_i64..400_000, points_w in prop::collection::vec(-6_000_i64..7_100, 0..40), seed: u64,
        three_w in -100_000_i64..150_000, remainder_w in -20_000_i64..60_000,
    ) {
        let mut draws = draws(BuildingKind::Residential, building_w, &points_w);
        draws.users[0].storage_w = three_w;
        draws.remainder_w = remainder_w;
        let loaded = loaded(&draws, 0.3, seed);
        let asked_w: f64 = loaded.iter().map(|user| user.sum_va().re).sum();
        prop_assert_eq!(asked_w, draws.users.iter().map(User::power_w).sum::<i64>() as f64);
        let flow = AreaFlow::of(&draws, 1.0, &loaded).unwrap();
        for phase in flow.phases {
            let missing_w = phase.delivered_w - phase.drawn_w - phase.lost_w;
            prop_assert!(missing_w.abs() < 0.01, "{} W of {:?}", missing_w, phase);
        }
        let delivered_w: f64 = flow.phases.iter().map(|phase| phase.delivered_w).sum();
        let drawn_w: f64 = flow.phases.iter().map(|phase| phase.drawn_w).sum();
        prop_assert!((drawn_w - asked_w - remainder_w as f64).abs() < 1e-6, "{:?}", flow);
        let lost_w: f64 = flow.phases.iter().map(|phase| phase.lost_w).sum();
        prop_assert!((flow.supplied_w - flow.transformer_lost_w - delivered_w).abs() < 0.01, "{:?}", flow);
        prop_assert!((lost_w - flow.mains_lost_w).abs() < 0.01 && lost_w >= 0.0, "{:?}", flow);
        prop_assert!(flow.transformer_lost_w > 0.0);
    }

    /// What is on one phase unbalances more, loses more and sags deeper than the same spread over three.
    #[test]
    fn one_phase_is_worse_than_three(single_w in 1_000_i64..60_000, building_w in 20_000_i64..200_000, phase in 0_usize..3) {
        let draws = draws(BuildingKind::Office, building_w, &[0; 20]);
        let mut spread = loaded(&draws, 0.3, 1);
        let mut one = spread.clone();
        let va = Complex::new(single_w as f64, 0.0);
        spread[1].single_va = [va.scale(1.0 / 3.0); 3];
        one[1].single_va[phase] = va;
        let [one, spread] = [one, spread].map(|loaded| AreaFlow::of(&draws, 1.0, &loaded).unwrap());
        prop_assert!(one.unbalance() > spread.unbalance() + 1e-6, "{} {}", one.unbalance(), spread.unbalance());
        prop_assert!(one.users[1].v_pu[phase] < spread.users[1].v_pu[phase]);
        prop_assert!(one.mains_lost_w > spread.mains_lost_w);
        prop_assert!(one.busbar.neutral_a > 1.0 && spread.busbar.neutral_a < 1e-6);
        let at = one.users[1].v_pu;
        prop_assert!(at.iter().all(|v_pu| at[phase] <= *v_pu), "the loaded phase is the lowest: {:?}", at);
    }

    /// Another seed moves connections between phases and leaves every user its power; the order of points is nothing.
    #[test]
    fn the_seed_changes_phases_and_nothing_else(
        building_w in 1_000_i64..400_000, points_w in prop::collection::vec(1_000_i64..7_100, 6..40), seed: u64,
    ) {
        let draws = draws(BuildingKind::Residential, building_w, &points_w);
        let (here, there) = (loaded(&draws, 0.3, seed), loaded(&draws, 0.3, seed ^ 1));
        for (a, b) in here.iter().zip(&there) {
            prop_assert_eq!(a.three_va, b.three_va);
            prop_assert_eq!(a.sum_va().re, b.sum_va().re);
        }
        prop_assert_ne!(&here, &there);
        let mut turned = draws.clone();
        turned.users[1].points.reverse();
        prop_assert_eq!(loaded(&turned, 0.3, seed), here);
        let elsewhere = Draws { row: draws.row + 1, ..draws };
        prop_assert_ne!(loaded(&elsewhere, 0.3, seed), loaded(&turned, 0.3, seed));
    }
}

#[test]
fn a_single_phase_point_is_on_one_phase_and_a_fast_one_on_three() {
    let mut draws = draws(BuildingKind::Office, 30_000, &[6_600]);
    draws.users[1].points.push(Point { gun: 41, rating_w: 60_000, power_w: 45_000 });
    let loaded = loaded(&draws, 0.0, 7);
    let mut on: Vec<f64> = loaded[1].single_va.iter().map(|va| va.re).collect();
    on.sort_by(f64::total_cmp);
    assert_eq!(on, [0.0, 0.0, 6_600.0]);
    assert_eq!(loaded[1].three_va, Complex::new(45_000.0, 0.0));
    assert_eq!(loaded[0].single_va, [Complex::ZERO; 3]);
}

/// What is taken from the world's entities is the transformer's power: buildings, solar arrays and storage units to the
/// watt, vehicles but for those that went within the step, and the remainder makes it whole.
#[test]
fn what_is_drawn_is_what_the_tree_has() {
    let mut twin = block(1, 7, 60, 9);
    let (mut looks, mut whole, mut most_w, mut seen) = (0, 0, 0, [0; 2]);
    while !twin.is_over() {
        twin.step();
        let w = twin.world_mut();
        let flow = *w.query::<&TransformerFlow>().iter(w).next().unwrap();
        let draws = Draws::of(&mut twin, 0).unwrap();
        let sum = |of: fn(&User) -> i64| draws.users.iter().map(of).sum::<i64>();
        let points_w: i64 = draws.points().map(|point| point.power_w).sum();
        assert_eq!(sum(User::power_w) + draws.busbar_w(), i64::from(flow.net_w), "{draws:?}");
        // What is no vehicle's is met but for rounding: whole watts are taken of sums there, of each one here.
        let others_w = sum(|user| user.building_w - user.solar_w + user.storage_w);
        let (net_w, ev_w) = (i64::from(flow.net_w), i64::from(flow.ev_w));
        assert!((others_w - (net_w - ev_w)).abs() <= 6, "{draws:?} {flow:?}");
        assert!((ev_w - points_w - draws.standby_w - draws.remainder_w).abs() <= 6, "{draws:?} {flow:?}");
        seen = [seen[0].max(sum(|user| user.solar_w)), seen[1].max(sum(|user| user.storage_w.abs()))];
        // Each vehicle may lose a watt in rounding, and storage too.
        let in_use = draws.points().filter(|point| point.power_w != 0).count() as i64;
        (looks, most_w) = (looks + 1, most_w.max(points_w));
        whole += i64::from(draws.remainder_w.abs() <= in_use + 3);
    }
    // In few minutes of the day a session ends or an ending is rounded to whole seconds.
    assert!(whole * 10 >= looks * 8, "{whole} of {looks}");
    assert!(most_w > 30_000, "few vehicles charge: {most_w} W");
    assert!(seen.iter().all(|most_w| *most_w > 10_000), "the sun shines and storage moves: {seen:?}");
}

#[test]
fn threads_change_nothing_and_seeds_leave_the_balanced_model_alone() {
    let [mut one, mut two] = [1, 2].map(|threads| block(threads, 7, 300, 21));
    let area = Area::of(&mut one, 0).unwrap();
    assert_eq!(area, Area::of(&mut two, 0).unwrap());
    assert!(area.flow.unbalance() > 1e-5 && area.flow.busbar.neutral_a > 1.0, "{area:?}");
    assert!((area.flow.users_pu()[0] - area.lumped.users_pu).abs() < 0.05, "{area:?}");
    let none = Area::of(&mut one, 1).unwrap_err();
    assert_eq!(none, AreaError::NoSuchRow { row: 1, count: 1 });
    assert_eq!(none.to_string(), "there is no transformer 1: the world has 1, rows 0 to 0");
}

#[test]
fn an_area_that_carries_more_than_it_can_is_named() {
    let draws = draws(BuildingKind::Office, 30_000_000, &[]);
    let error = AreaFlow::of(&draws, 1.0, &loaded(&draws, 0.3, 1)).unwrap_err();
    assert!(matches!(error, AreaError::Solve { row: 5, .. }), "{error}");
    assert!(error.to_string().contains("carries more than it can"), "{error}");
}

/// Mains of users' own never lose less than the one cable of the balanced model, however power is shared.
#[test]
fn mains_of_their_own_lose_no_less() {
    let mut least_w = f64::INFINITY;
    for building_w in [0, 100_000, 200_000, 300_000] {
        let mut draws = draws(BuildingKind::Office, building_w, &[7_000; 40]);
        draws.users[1].storage_w = 20_000 - building_w;
        let even: Vec<Loaded> = loaded(&draws, 0.0, 1).iter().map(Loaded::even).collect();
        least_w = least_w.min(AreaFlow::of(&draws, 1.0, &even).unwrap().mains_lost_w);
    }
    // 300 kW through the three mains of 800 kVA as one cable, at a voltage that is higher than what there is.
    let current_a = 300_000.0 / (3.0_f64.sqrt() * 400.0);
    let one_w = 3.0 * current_a * current_a * 0.0754 * 0.15 / 3.0;
    assert!(least_w > one_w, "{least_w} W, not {one_w} W");
}
