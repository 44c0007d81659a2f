use super::super::check::VOLTAGE_BAND_PU;
use super::super::section::nominal;
use super::*;
use crate::plan::Plan;
use crate::world::Checked;
use proptest::prelude::*;
use std::path::Path;
use std::sync::LazyLock;

static FUTIAN: LazyLock<(Plan, CityNetwork)> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/futian.ron");
    let plan = Checked::load(&path, &[]).unwrap_or_else(|problems| panic!("{problems}")).plan();
    let city = CityNetwork::of(&plan, Threads(1)).unwrap();
    (plan, city)
});

const KINDS: [Kind; 3] = [Kind::Charging, Kind::V2g, Kind::Pv];
const LEVELS: [Level; 3] = [Level::Transformer, Level::Feeder, Level::Substation];

fn way(kind: Kind) -> f64 {
    if kind == Kind::Charging { 1.0 } else { -1.0 }
}

/// Every transformer at a share of what it can carry.
fn loads(share: impl Fn(usize) -> f64) -> Vec<Load> {
    let of = |(row, t): (usize, &crate::city::tree::Transformer)| {
        let power_w = f64::from(t.limit_w) * share(row);
        Load { power_w, reactive_var: 0.3 * power_w.max(0.0), ..Load::default() }
    };
    FUTIAN.0.transformers.iter().enumerate().map(of).collect()
}

fn feeder_of(row: u32) -> u32 {
    FUTIAN.0.transformers[row as usize].feeder
}

fn rating_va(row: u32) -> f64 {
    f64::from(FUTIAN.0.transformers[row as usize].rating_va)
}

/// Transformers of an element.
fn members(section: &Section, of: Part) -> Vec<u32> {
    let is_of = |row: &u32| match of {
        Part::Transformer(own) => own == *row,
        Part::Head(feeder) => feeder == feeder_of(*row),
        _ => true,
    };
    section.transformers().filter(is_of).collect()
}

/// The loads with power added to those of an element, in proportion to ratings.
fn with(section: &Section, loads: &[Load], of: Part, added_w: f64) -> Vec<Load> {
    let (mut all, members) = (loads.to_vec(), members(section, of));
    let sum_va: f64 = members.iter().map(|row| rating_va(*row)).sum();
    members.iter().for_each(|row| all[*row as usize].power_w += added_w * rating_va(*row) / sum_va);
    all
}

/// A section as it is solved for some loads from where its tap changer stands.
fn solved(section: &Section, loads: &[Load]) -> Option<Section> {
    let mut section = section.clone();
    section.solve(|row| loads[row as usize], 0).is_ok().then_some(section)
}

/// How far what has to do with an element is over its limit at most: from what is told of the section, not from what
/// the search sees.
fn over(section: &Section, of: Part) -> f64 {
    let touches = |part: Part| match (of, part) {
        (Part::Transformer(own), Part::Transformer(row) | Part::Main(row)) => own == row,
        (Part::Transformer(own), Part::Head(feeder) | Part::Cable(feeder)) => feeder_of(own) == feeder,
        (Part::Head(own), Part::Transformer(row) | Part::Main(row)) => own == feeder_of(row),
        (Part::Head(own), Part::Head(feeder) | Part::Cable(feeder)) => own == feeder,
        _ => true,
    };
    let each = |passage: crate::network::Passage| {
        let loaded = if touches(passage.part) { passage.loading - 1.0 } else { f64::MIN };
        let off = nominal(passage.part, passage.v_pu).map_or(f64::MIN, |(_, v)| (v - 1.0).abs() - VOLTAGE_BAND_PU);
        loaded.max(off)
    };
    section.passages().map(each).fold(f64::MIN, f64::max)
}

fn row(of: Part) -> u32 {
    match of {
        Part::Unit => 0,
        Part::Head(row) | Part::Cable(row) | Part::Transformer(row) | Part::Main(row) => row,
    }
}

/// A section, some loads it is solved for, and nothing is too full or out of its band.
fn sound(shares: &[f64]) -> Result<(Section, Vec<Load>), TestCaseError> {
    let loads = loads(|row| shares[(row * 7) % shares.len()]);
    let section = solved(&FUTIAN.1.sections()[0], &loads).filter(|section| over(section, Part::Unit) < -0.005);
    section.map(|section| (section, loads)).ok_or_else(|| TestCaseError::reject("a limit is broken already"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    /// At the capacity no limit is broken, a little above one is; and ratings leave that much.
    #[test]
    fn what_is_found_holds_and_a_little_more_does_not(
        shares in prop::collection::vec(-0.1_f64..0.35, 13),
        kind in prop::sample::select(KINDS.to_vec()),
        level in prop::sample::select(LEVELS.to_vec()),
        first in 0_usize..9,
    ) {
        let (section, loads) = sound(&shares)?;
        let all = of_section(&section, |row| loads[row as usize], kind, level).unwrap();
        for found in all.iter().skip(first.min(all.len() - 1)).step_by(9) {
            prop_assert!(!found.is_broken && found.added_w > 0.0, "{found:?}");
            let at = |w: f64| solved(&section, &with(&section, &loads, found.of, way(kind) * w));
            let held = at(found.added_w).unwrap();
            prop_assert!(over(&held, found.of) < 1e-6, "{found:?}: {}", over(&held, found.of));
            let broken = at(found.added_w * 1.01 + 1e3);
            prop_assert!(broken.is_none_or(|section| over(&section, found.of) > 0.0), "{found:?}");
            let members = members(&section, found.of);
            let rating_va: f64 = members.iter().map(|row| rating_va(*row)).sum();
            let drawn_w: f64 = members.iter().map(|row| loads[*row as usize].power_w).sum();
            prop_assert!(found.added_w <= 1.07 * rating_va - way(kind) * drawn_w, "{found:?} of {rating_va} VA");
        }
    }

    /// What is drawn more behind a transformer is room for charging less, and room for feed-in more.
    #[test]
    fn load_takes_room_for_charging_and_makes_room_for_feed_in(
        shares in prop::collection::vec(0.0_f64..0.4, 13),
        kind in prop::sample::select(KINDS.to_vec()),
        place in 0_usize..40,
    ) {
        let (section, loads) = sound(&shares)?;
        let row = section.transformers().nth(place).unwrap();
        let of = Part::Transformer(row);
        let more_w = 0.05 * rating_va(row);
        let fuller = with(&section, &loads, of, more_w);
        let room = |loads: &[Load]| {
            let all = of_section(&section, |row| loads[row as usize], kind, Level::Transformer).unwrap();
            *all.iter().find(|found| found.of == of).unwrap()
        };
        let (before, after) = (room(&loads), room(&fuller));
        // A step of the tap changer makes another network of it.
        let tap = |w: f64| solved(&section, &with(&section, &loads, of, way(kind) * w)).map(|section| section.tap());
        let steps = [more_w * way(kind), before.added_w * 1.02 + 1e3].map(tap);
        prop_assume!(steps == [Some(section.tap()); 2]);
        let wanted_w = (before.added_w - way(kind) * more_w).max(0.0);
        let open_w = 2.0 * tolerance_w(before.added_w.max(after.added_w)) + 100.0;
        prop_assert!((after.added_w - wanted_w).abs() < open_w, "{before:?} {after:?} {more_w}");
    }

    /// A feeder takes no more at once than its transformers alone, each while the others stay as they are (but for
    /// currents that fall as voltages rise).
    #[test]
    fn a_feeder_takes_no_more_than_its_transformers_alone(
        shares in prop::collection::vec(0.0_f64..0.4, 13),
        kind in prop::sample::select(KINDS.to_vec()),
    ) {
        let (section, loads) = sound(&shares)?;
        let found = |level: Level| of_section(&section, |row| loads[row as usize], kind, level).unwrap();
        let alone = found(Level::Transformer);
        for feeder in found(Level::Feeder) {
            let full = solved(&section, &with(&section, &loads, feeder.of, way(kind) * feeder.added_w)).unwrap();
            if full.tap() != section.tap() {
                continue;
            }
            let own = alone.iter().filter(|found| Part::Head(feeder_of(row(found.of))) == feeder.of);
            let sum_w: f64 = own.map(|found| found.added_w).sum();
            prop_assert!(feeder.added_w <= 1.05 * sum_w, "{feeder:?}, alone {sum_w}");
        }
    }
}

#[test]
fn every_element_is_told_once_in_order_and_threads_do_not_matter() {
    let (plan, city) = &*FUTIAN;
    let loads = loads(|row| ((row * 7) % 13) as f64 / 40.0);
    for (level, count) in LEVELS.into_iter().zip([plan.transformers.len(), plan.feeders.len(), city.sections().len()]) {
        let one = of_city(city, &loads, Kind::V2g, level, Threads(1));
        assert_eq!((one.elements.len(), one.unsolved.len()), (count, 0), "{level:?}");
        assert_eq!(one, of_city(city, &loads, Kind::V2g, level, Threads::start(2)));
        assert!(one.elements.is_sorted_by_key(|(section, found)| (*section, row(found.of))));
        let mut rows: Vec<(u32, u32)> = one.elements.iter().map(|(section, found)| (*section, row(found.of))).collect();
        rows.dedup();
        assert_eq!(rows.len(), count);
        // Vehicles and solar arrays feed in alike.
        assert_eq!(one, of_city(city, &loads, Kind::Pv, level, Threads(1)));
    }
}

/// An idle transformer takes its rating in charging, less what is lost in it.
#[test]
fn an_idle_network_takes_what_ratings_say() {
    let loads = loads(|_| 0.0);
    let section = &FUTIAN.1.sections()[0];
    let found = of_section(section, |row| loads[row as usize], Kind::Charging, Level::Transformer).unwrap();
    let full = found.iter().filter(|found| found.limit == Limit::Transformer);
    let mut count = 0;
    for found in full {
        let rating_va = rating_va(row(found.of));
        assert!((0.93..1.03).contains(&(found.added_w / rating_va)), "{found:?} of {rating_va} VA");
        assert_eq!(found.at, found.of);
        count += 1;
    }
    assert!(count > found.len() / 2, "{count} of {}", found.len());
}

/// Who draws too much takes no more charging, and is relieved by what feeds in; who stands beside it is not concerned.
#[test]
fn what_is_broken_already_takes_nothing_and_may_be_relieved() {
    let section = &FUTIAN.1.sections()[0];
    let victim = section.transformers().next().unwrap();
    let limit_w = f64::from(FUTIAN.0.transformers[victim as usize].limit_w);
    let loads = loads(|row| if row == victim as usize { 1.25 } else { 0.1 });
    let of = |kind, level| of_section(section, |row| loads[row as usize], kind, level).unwrap();
    let own = |all: &[Hosting]| *all.iter().find(|found| found.of == Part::Transformer(victim)).unwrap();
    let charging = of(Kind::Charging, Level::Transformer);
    let found = own(&charging);
    assert_eq!((found.added_w, found.limit, found.is_broken), (0.0, Limit::Transformer, true), "{found:?}");
    assert_eq!(found.at, Part::Transformer(victim));
    assert!(charging.iter().filter(|found| found.is_broken).count() == 1, "{charging:?}");
    let relieved = own(&of(Kind::V2g, Level::Transformer));
    assert!(relieved.added_w > 1.25 * limit_w && !relieved.is_broken, "{relieved:?}");
    let feeder = of(Kind::Charging, Level::Feeder);
    let broken: Vec<&Hosting> = feeder.iter().filter(|found| found.is_broken).collect();
    assert_eq!(broken.len(), 1);
    assert_eq!((broken[0].of, broken[0].at), (Part::Head(feeder_of(victim)), Part::Transformer(victim)));
}

#[test]
fn a_section_without_a_solution_is_named() {
    let city = &FUTIAN.1;
    let victim = city.sections()[0].transformers().next().unwrap() as usize;
    let loads = loads(|row| if row == victim { 500.0 } else { 0.1 });
    let found = of_city(city, &loads, Kind::Pv, Level::Substation, Threads(1));
    assert_eq!((found.elements.len(), found.unsolved.len()), (city.sections().len() - 1, 1));
    assert!(found.unsolved[0].contains("substation 0, unit 0"), "{:?}", found.unsolved);
}
