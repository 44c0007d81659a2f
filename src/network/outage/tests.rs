//! Closed forms on feeders that fit a page, and what holds of any.

use super::*;
use crate::chance::Seed;
use crate::parallel::Threads;
use proptest::prelude::*;

const MW: i64 = 1_000_000;
const WIDE_VA: f64 = 100e6;

/// Two feeders of four transformers in a row, each behind its own unit, joined at their ends. Every area draws 1 MW, of
/// which 0.8 MW are essential, and has ten customers.
fn two() -> Model {
    let area = Area {
        customers: 10,
        carried: Carried { w: MW, var: 0 },
        demand_w: MW,
        essential_w: 800_000,
        ..Area::default()
    };
    let way = |row: u32| {
        let from = (!row.is_multiple_of(4)).then(|| row - 1);
        Way { feeder: row / 4, from, cable_km: 1.0, rating_va: WIDE_VA }
    };
    let feeder =
        |number: u32| Feeder { areas: 4 * number..4 * number + 4, unit: Some(number), automated: true, tie: Some(0) };
    Model {
        areas: vec![area; 8],
        ways: (0..8).map(way).collect(),
        order: (0..8).collect(),
        feeders: vec![feeder(0), feeder(1)],
        units: (0..2).map(|number| Unit { rating_va: WIDE_VA, feeders: vec![number] }).collect(),
        ties: vec![ModelTie { feeders: [0, 1], ends: [3, 7], rating_va: WIDE_VA }],
        districts: 1,
    }
}

/// Seconds without supply of the first `most` areas.
fn out_s(model: &Model, element: Element, with_ties: bool) -> Vec<u32> {
    let (loads, assumptions) = (Loads::of(model), Assumptions::default());
    let lost = model.lost(&loads, &assumptions, Outage::failure(element), with_ties);
    let mut out_s = vec![0; model.areas.len()];
    lost.iter().for_each(|one| out_s[one.area as usize] = one.out_s);
    out_s
}

const FAST: u32 = 300;
const SLOW: u32 = 3_600;
const REPAIR: u32 = 8 * 3_600;

#[test]
fn a_cable_in_the_middle_fails() {
    let mut model = two();
    let cable = Element::Cable(2);
    assert_eq!(out_s(&model, cable, false), [FAST, FAST, REPAIR, REPAIR, 0, 0, 0, 0]);
    assert_eq!(out_s(&model, cable, true), [FAST, FAST, FAST, FAST, 0, 0, 0, 0]);
    // A crew has to drive to the partner's switch.
    model.feeders[1].automated = false;
    assert_eq!(out_s(&model, cable, true), [FAST, FAST, SLOW, SLOW, 0, 0, 0, 0]);
    let loads = Loads::of(&model);
    let lost = model.lost(&loads, &Assumptions::default(), Outage::failure(cable), true);
    assert_eq!(lost.iter().map(|one| one.back).collect::<Vec<_>>()[1..3], [Back::Switching, Back::Tie]);
    let sums = model.sums(&lost, REPAIR, false);
    assert_eq!((sums[0].1.interruptions, sums[0].1.customer_s), (40, 20 * u64::from(FAST + SLOW)));
    assert_eq!(sums[0].1.not_served_j, i128::from(2 * MW) * i128::from(FAST + SLOW));
}

#[test]
fn a_tie_takes_as_much_as_everything_on_the_way_carries() {
    let cable = Element::Cable(1);
    let cases: [(&str, fn(&mut Model)); 5] = [
        ("tie", |model| model.ties[0].rating_va = 1.5e6),
        ("partner's first cable", |model| model.ways[4].rating_va = 5.5e6),
        ("partner's last cable", |model| model.ways[7].rating_va = 2.5e6),
        ("partner's unit", |model| model.units[1].rating_va = 5.9e6),
        // Backwards it would carry what is behind the fault, less what is at the end.
        ("own cable", |model| model.ways[3].rating_va = 0.9e6),
    ];
    for (what, narrow) in cases {
        let mut model = two();
        narrow(&mut model);
        assert_eq!(out_s(&model, cable, true)[..4], [FAST, REPAIR, REPAIR, FAST], "{what}");
        assert_eq!(out_s(&model, Element::Head(0), true)[..4], [REPAIR, REPAIR, REPAIR, FAST], "{what}");
    }
    let mut model = two();
    model.ties[0].rating_va = 0.9e6;
    assert_eq!(out_s(&model, cable, true), out_s(&model, cable, false));
    // Reactive power counts too.
    let mut model = two();
    model.ties[0].rating_va = 3.1e6;
    assert_eq!(out_s(&model, cable, true)[..4], [FAST; 4]);
    model.areas[2].carried.var = 2 * MW;
    assert_eq!(out_s(&model, cable, true)[..4], [FAST, REPAIR, FAST, FAST]);
}

#[test]
fn a_branch_away_from_the_tie_waits_for_repair() {
    let mut model = two();
    model.ways[3].from = Some(1);
    assert_eq!(out_s(&model, Element::Cable(2), true)[..4], [FAST, FAST, REPAIR, FAST]);
    assert_eq!(out_s(&model, Element::Cable(1), true)[..4], [FAST; 4]);
}

#[test]
fn a_unit_hands_its_feeders_to_others() {
    let long = Assumptions::default().unit_repair_s;
    let mut model = two();
    assert_eq!(out_s(&model, Element::Unit(0), true), [FAST, FAST, FAST, FAST, 0, 0, 0, 0]);
    assert_eq!(out_s(&model, Element::Unit(0), false)[..4], [long; 4]);
    // Both behind one unit: there is nobody to hand them to.
    model.feeders[1].unit = Some(0);
    model.units[0].feeders = vec![0, 1];
    assert_eq!(out_s(&model, Element::Unit(0), true), [long; 8]);
    // Yet a cable's load stays within the unit, however full it is.
    model.units[0].rating_va = 1.0;
    assert_eq!(out_s(&model, Element::Cable(2), true)[..4], [FAST; 4]);
}

#[test]
fn feeders_of_a_failed_unit_share_the_room_of_another() {
    // Two feeders of a unit whose partners are both behind the other, which has room for one of them.
    let (a, b) = (two(), two());
    let shift = |way: &Way| Way { feeder: way.feeder + 2, from: way.from.map(|from| from + 8), ..*way };
    let mut model = a.clone();
    model.areas.extend(b.areas);
    model.ways.extend(b.ways.iter().map(shift));
    model.order.extend(8..16);
    for number in 2..4_u32 {
        let areas = 4 * number..4 * number + 4;
        model.feeders.push(Feeder { areas, unit: Some(number - 2), automated: true, tie: Some(1) });
        model.units[number as usize - 2].feeders.push(number);
    }
    model.ties.push(ModelTie { feeders: [2, 3], ends: [11, 15], rating_va: WIDE_VA });
    model.units[1].rating_va = 13e6;
    let long = Assumptions::default().unit_repair_s;
    let out_s = out_s(&model, Element::Unit(0), true);
    assert_eq!(out_s[..4], [FAST; 4]);
    assert_eq!(out_s[8..12], [long, long, long, FAST]);
}

#[test]
fn planned_work_cuts_off_only_who_cannot_be_fed_otherwise() {
    let (model, assumptions) = (two(), Assumptions::default());
    let loads = Loads::of(&model);
    let work = |element| Outage { element, planned: true };
    let amounts = |element, ties| {
        let lost = model.lost(&loads, &assumptions, work(element), ties);
        model.sums(&lost, assumptions.planned_s, false)
    };
    assert_eq!(amounts(Element::Cable(2), true), []);
    let without = amounts(Element::Cable(2), false)[0].1;
    assert_eq!((without.interruptions, without.customer_s), (20, 20 * u64::from(assumptions.planned_s)));
    assert_eq!(amounts(Element::Transformer(5), true)[0].1.interruptions, 10);
}

#[test]
fn an_island_carries_exactly_its_energy() {
    let mut area = two().areas[0];
    let amounts = |area: &Area| Sums::of(area, 1_000, 1_500, true);
    // Enough for 500 s of 0.8 MW.
    area.island = Island { power_w: 800_000, energy_j: 400_000_000 };
    let sums = amounts(&area);
    assert_eq!((sums.island_j, sums.customer_s), (400_000_000, 10 * 500));
    assert_eq!((sums.demanded_j, sums.grid_j, sums.not_served_j), (1_500_000_000, 500_000_000, 600_000_000));
    // More than enough: the essential load is carried to the end, the rest is not.
    area.island.energy_j = i64::MAX;
    let sums = amounts(&area);
    assert_eq!((sums.island_j, sums.customer_s, sums.not_served_j), (800_000_000, 0, 200_000_000));
    // One watt too little carries nothing, and so does one that is not wanted.
    area.island.power_w = 799_999;
    assert_eq!((amounts(&area).island_j, amounts(&area).customer_s), (0, 10_000));
    area.island.power_w = 800_000;
    assert_eq!(Sums::of(&area, 1_000, 1_500, false).island_j, 0);
    // The sun covers everything that is essential: customers are carried, and nothing is taken.
    area.essential_w = 0;
    assert_eq!((amounts(&area).island_j, amounts(&area).customer_s), (0, 0));
}

const BOTH: Aids = Aids { ties: true, islands: true };
const NONE: Aids = Aids { ties: false, islands: false };

#[test]
fn the_year_to_be_expected_is_the_sum_of_rates_times_consequences() {
    let (model, assumptions) = (two(), Assumptions { automated_share: 1.0, ..Assumptions::default() });
    let outages = each(&model, &assumptions, NONE, Threads(1));
    let year = expected(&model, &assumptions, &outages);
    // A feeder of four: its first cable fails with all behind, the next with three, and so on.
    let per_km = assumptions.cable_per_100_km / 100.0;
    let (fast, repair) = (f64::from(FAST) / 60.0, f64::from(REPAIR) / 60.0);
    let cables = 2.0 * per_km * 10.0 * (6.0 * repair + 6.0 * fast);
    assert!((year.cause(Cause::Cable).customer_min - cables).abs() < 1e-9 * cables, "{year:?}");
    assert!((year.cause(Cause::Head).customer_min - 2.0 * per_km * 40.0 * repair).abs() < 1e-9 * cables);
    let transformers =
        8.0 * assumptions.transformer_per_year * 10.0 * f64::from(assumptions.transformer_repair_s) / 60.0;
    assert!((year.cause(Cause::Transformer).customer_min - transformers).abs() < 1e-9 * cables);
    let all = year.all();
    let indices = all.indices(80);
    assert!((indices.saidi_min - indices.saifi * indices.caidi_min).abs() < 1e-9 * indices.saidi_min);
    assert_eq!(year.district(0), all);
    let tied = expected(&model, &assumptions, &each(&model, &assumptions, BOTH, Threads(1)));
    assert!(tied.all().customer_min < 0.7 * all.customer_min);
}

/// The mean of many years is what is to be expected: within four standard errors, which follow from the rates.
#[test]
fn drawn_years_agree_with_the_one_to_be_expected() {
    let (model, assumptions) = (two(), Assumptions::default());
    let outages = each(&model, &assumptions, BOTH, Threads(1));
    let year = expected(&model, &assumptions, &outages);
    let variance: f64 = outages
        .iter()
        .flat_map(|(outage, sums)| sums.iter().map(|(_, sums)| (*outage, sums.customer_s as f64 / 60.0)))
        .map(|(outage, minutes)| assumptions.per_year(&model, outage) * minutes * minutes)
        .sum();
    for seed in 1..4 {
        let years = 3_000_u32;
        let mut sum = (0.0, 0.0);
        for number in 0..years {
            let drawn = drawn(&model, &assumptions, &outages, (Seed(seed), number), Threads(1)).all();
            sum = (sum.0 + drawn.customer_min, sum.1 + drawn.outages);
        }
        let n = f64::from(years);
        let (mean, error) = (sum.0 / n, (variance / n).sqrt());
        let wanted = year.all();
        assert!((mean - wanted.customer_min).abs() < 4.0 * error, "{mean} for {} ± {error}", wanted.customer_min);
        assert!((sum.1 / n - wanted.outages).abs() < 4.0 * (wanted.outages / n).sqrt(), "{}", sum.1 / n);
    }
}

#[test]
fn threads_do_not_matter() {
    let (model, assumptions) = (two(), Assumptions::default());
    let many = Threads::start(2);
    let outages = each(&model, &assumptions, BOTH, Threads(1));
    assert_eq!(outages, each(&model, &assumptions, BOTH, many));
    for number in 0..50 {
        let year = |threads| drawn(&model, &assumptions, &outages, (Seed(5), number), threads);
        assert_eq!(year(Threads(1)), year(many));
    }
}

/// Feeders of any shape: where each transformer hangs, what areas draw, and what everything carries.
fn networks() -> impl Strategy<Value = Model> {
    let shape = prop::collection::vec((0_u32..8, 0..3 * MW, 0.5e6_f64..12e6, 0..2 * MW), 32);
    (shape, prop::collection::vec(4e6_f64..30e6, 6)).prop_map(|(shape, ratings)| {
        let mut model = Model { districts: 2, ..Model::default() };
        for (row, (from, w, rating_va, power_w)) in (0_u32..).zip(shape) {
            let (feeder, place) = (row / 8, row % 8);
            let from = (place > 0).then(|| feeder * 8 + from % place);
            model.ways.push(Way { feeder, from, cable_km: 1.0, rating_va });
            model.order.push(row);
            model.areas.push(Area {
                is_dark: false,
                customers: u64::from(row % 5),
                district: (row % 2) as u16,
                carried: Carried { w, var: w / 3 },
                demand_w: w,
                essential_w: w / 2,
                island: Island { power_w, energy_j: power_w * 1_800 },
            });
        }
        for feeder in 0..4 {
            let areas = feeder * 8..feeder * 8 + 8;
            model.feeders.push(Feeder { areas, unit: Some(feeder / 2), automated: feeder != 1, tie: None });
        }
        for (number, feeders) in [[0, 1], [2, 3]].into_iter().enumerate() {
            model.units.push(Unit { rating_va: ratings[number], feeders: feeders.to_vec() });
        }
        for (number, feeders) in [[0_u32, 2], [1, 3]].into_iter().enumerate() {
            let ends = feeders.map(|feeder| feeder * 8 + 7);
            model.ties.push(ModelTie { feeders, ends, rating_va: ratings[number + 2] });
        }
        model
    })
}

fn tied(model: &Model, ties: usize) -> Model {
    let mut model = model.clone();
    for (number, tie) in (0_u32..).zip(model.ties.clone()).take(ties) {
        tie.feeders.iter().for_each(|&feeder| model.feeders[feeder as usize].tie = Some(number));
    }
    model
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn energy_balances_and_islands_only_help(model in networks()) {
        let (model, assumptions) = (tied(&model, 2), Assumptions::default());
        let with = each(&model, &assumptions, BOTH, Threads(1));
        let without = each(&model, &assumptions, Aids { islands: false, ..BOTH }, Threads(1));
        for ((outage, sums), (_, bare)) in with.iter().zip(&without) {
            for ((_, sums), (_, bare)) in sums.iter().zip(bare) {
                prop_assert!(sums.balances() && bare.balances(), "{outage:?}: {sums:?}");
                prop_assert!(sums.not_served_j >= 0 && sums.island_j >= 0 && sums.grid_j >= 0);
                prop_assert_eq!(sums.not_served_j + sums.island_j, bare.not_served_j);
                prop_assert!(sums.customer_s <= bare.customer_s);
                prop_assert_eq!((sums.interruptions, bare.island_j), (bare.interruptions, 0));
            }
        }
    }

    /// One more tie never takes longer; of a unit's feeders one could take the room of another, so that for units only
    /// all ties are held against none.
    #[test]
    fn more_ties_never_raise_what_customers_wait(model in networks()) {
        let assumptions = Assumptions::default();
        let waits = |ties: usize| -> Vec<(Outage, u64)> {
            let outages = each(&tied(&model, ties), &assumptions, BOTH, Threads(1));
            let sum = |(outage, sums): (Outage, Vec<(u16, Sums)>)| {
                (outage, sums.iter().map(|(_, sums)| sums.customer_s).sum())
            };
            outages.into_iter().map(sum).collect()
        };
        let (none, one, both) = (waits(0), waits(1), waits(2));
        for ((none, one), both) in none.iter().zip(&one).zip(&both) {
            prop_assert!(both.1 <= none.1, "{both:?} with ties, {none:?} without");
            if !matches!(none.0.element, Element::Unit(_)) {
                prop_assert!(one.1 <= none.1 && both.1 <= one.1, "{none:?}, {one:?}, {both:?}");
            }
        }
    }
}

#[test]
fn a_district_of_the_city_is_carried_by_its_ties() {
    use crate::network::{CityNetwork, ties::Ties};
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/futian.ron");
    let plan = crate::world::Checked::load(&path, &[]).unwrap_or_else(|problems| panic!("{problems}")).plan();
    let city = CityNetwork::of(&plan, Threads(1)).unwrap();
    let ties = Ties::of(&plan, &city.unit_of(&plan));
    let assumptions = Assumptions::default();
    let mut model = Model::of(&plan, &city, &ties, &assumptions);
    let km: f64 = model.ways.iter().map(|way| way.cable_km).sum();
    let laid: f64 = city.sections().iter().map(|section| section.cable_km).sum();
    assert!((km - laid).abs() < 1e-6 * laid, "{km} km of {laid}");
    for (area, transformer) in model.areas.iter_mut().zip(&plan.transformers) {
        let w = i64::from(transformer.limit_w) * 3 / 10;
        *area = Area { customers: 100, carried: Carried { w, var: w / 3 }, demand_w: w, ..Area::default() };
    }
    let minutes = |aids| {
        let year = expected(&model, &assumptions, &each(&model, &assumptions, aids, Threads(1)));
        year.all().indices(model.customers().iter().sum()).saidi_min
    };
    let (with, without) = (minutes(BOTH), minutes(NONE));
    assert!(with > 0.0 && with < 0.9 * without, "{with} min with ties, {without} without");
    assert!(model.outages().iter().all(|outage| model.has(outage.element)));
    assert!(!model.has(Element::Unit(u32::MAX)) && !model.has(Element::Cable(u32::MAX)));
}
