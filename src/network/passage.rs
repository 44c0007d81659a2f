//! How much of a change of load the wires let through: a call, V2G, or charging that is moved.

use super::check::VOLTAGE_BAND_PU;
use super::city::CityNetwork;
use super::hosting::Limit;
use super::section::{Load, Passage, Section, nominal};
use crate::parallel::Threads;
use crate::powerflow::limits::OVERLOADED;

/// What a network lets through.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LetThrough {
    /// The change that was wanted where users are, in W: positive raises what they draw.
    pub wanted_w: i64,
    /// What of it the wires let through, in W.
    pub through_w: i64,
    /// By how much that changes what the 110 kV delivers, in W: losses change too.
    pub supply_w: i64,
    /// What is held back by transformer, in W without a sign, from the greatest, and by what at last.
    pub held: Vec<(u32, u64, Limit)>,
    /// Whether all is within limits, or no further beyond them than it was, at the end.
    pub is_settled: bool,
}

/// Rounds in which a change is made smaller, at most; ten are usual.
const ROUNDS_MOST: u32 = 60;
/// Part of the way to a limit that a round goes, as if loading and voltage were linear in the change: a great one is
/// not, and what has been taken away is not given back.
const STEP: f64 = 0.6;
/// Solves in which inverters come to rest.
const SETTLING: u32 = 8;
/// How far beyond a limit still counts as at it: 0.1 % of a rating, or a thousandth of a pu of voltage.
const AT_LIMIT: f64 = 1e-3;

/// Change in W behind an element from which on it is its own doing that it is beyond a limit.
const LEAST_W: u64 = 1_000;

/// A change behind one transformer.
#[derive(Clone, Copy, Debug)]
struct Change {
    wanted_w: i64,
    /// Part of it that is made.
    share: f64,
    hold: Option<Limit>,
}

impl Change {
    fn made_w(&self) -> i64 {
        (self.wanted_w as f64 * self.share) as i64
    }
}

impl CityNetwork {
    /// Lets as much of a change through as the wires carry: what is beyond a limit, and further than without the
    /// change, is made smaller behind the element in question, in proportion, until nothing is. Changes are by
    /// transformer row, in W, at a power factor of one.
    ///
    /// # Panics
    /// If there are not as many loads and changes as transformers.
    pub fn let_through(&self, loads: &[Load], change_w: &[i64], threads: Threads) -> LetThrough {
        assert_eq!(loads.len(), change_w.len(), "a change for every transformer");
        let mut before = self.clone();
        let mut supplied_w = before.solve(loads, 0, threads).sum.supplied_whole_w;
        // Inverters come to rest, as they will with the change.
        for _ in 0..if before.inverters().is_reactive() { SETTLING } else { 0 } {
            supplied_w = before.solve(loads, 0, threads).sum.supplied_whole_w;
        }
        let mut after = before.clone();
        let change = |&wanted_w: &i64| Change { wanted_w, share: 1.0, hold: None };
        let mut changes: Vec<Change> = change_w.iter().map(change).collect();
        let mut changed = loads.to_vec();
        let (mut flow, mut is_settled) = (super::CityFlow::default(), false);
        for _ in 0..ROUNDS_MOST {
            for ((to, load), change) in changed.iter_mut().zip(loads).zip(&changes) {
                to.power_w = load.power_w + change.made_w() as f64;
            }
            flow = after.solve(&changed, 0, threads);
            let pairs = before.sections().iter().zip(after.sections());
            is_settled = pairs.fold(true, |settled, (before, after)| shrink(before, after, &mut changes) && settled);
            if is_settled {
                break;
            }
        }
        let held = |(row, change): (u32, &Change)| {
            let held_w = change.wanted_w.abs_diff(change.made_w());
            change.hold.filter(|_| held_w > 0).map(|hold| (row, held_w, hold))
        };
        let mut held: Vec<(u32, u64, Limit)> = (0..).zip(&changes).filter_map(held).collect();
        held.sort_by_key(|(row, held_w, _)| (core::cmp::Reverse(*held_w), *row));
        let through_w = changes.iter().map(Change::made_w).sum();
        let supply_w = flow.sum.supplied_whole_w - supplied_w;
        LetThrough { wanted_w: change_w.iter().sum(), through_w, supply_w, held, is_settled }
    }
}

/// Makes changes smaller behind what is beyond its limit; true if nothing is.
fn shrink(before: &Section, after: &Section, changes: &mut [Change]) -> bool {
    if !after.state().is_solved() {
        // What has no solution by itself is not the change's doing.
        if before.state().is_solved() {
            hold(changes, after.transformers(), 0.5, Limit::LowVoltage);
        }
        return !before.state().is_solved();
    }
    let mut settled = true;
    for (node, (was, is)) in (1..).zip(before.passages().zip(after.passages())) {
        let Some((part, by)) = beyond(&was, &is) else { continue };
        settled = false;
        let is_voltage = matches!(by, Limit::LowVoltage | Limit::HighVoltage);
        let from = if is_voltage { after.feeder_of(node) } else { node };
        let made_w: u64 = after.behind(from).map(|row| changes[row as usize].made_w().unsigned_abs()).sum();
        if made_w >= LEAST_W {
            hold(changes, after.behind(from), part, by);
        } else {
            // Others of the section have done it, by way of the busbar.
            hold(changes, after.transformers(), part, by);
        }
    }
    settled
}

/// Makes changes of some transformers smaller.
fn hold(changes: &mut [Change], rows: impl Iterator<Item = u32>, part: f64, by: Limit) {
    for row in rows {
        let change = &mut changes[row as usize];
        if change.wanted_w != 0 {
            change.share *= part;
            change.hold = Some(by);
        }
    }
}

/// The part of a change that would just keep to a limit, and which, if it is beyond one and further than before.
fn beyond(was: &Passage, is: &Passage) -> Option<(f64, Limit)> {
    let signed = |passage: &Passage| passage.loading * if passage.power_w < 0.0 { -1.0 } else { 1.0 };
    let part = |from: f64, to: f64, limit: f64| {
        let line = ((limit - from) / (to - from)).clamp(0.0, 1.0);
        (1.0 - STEP * (1.0 - line)).min(1.0 - AT_LIMIT / 10.0)
    };
    let full = OVERLOADED.max(was.loading) + AT_LIMIT;
    if is.loading > full {
        let limit = OVERLOADED.max(was.loading) * if is.power_w < 0.0 { -1.0 } else { 1.0 };
        return Some((part(signed(was), signed(is), limit), Limit::of(is.part)));
    }
    let ((_, from), (_, to)) = (nominal(was.part, was.v_pu)?, nominal(is.part, is.v_pu)?);
    let band = VOLTAGE_BAND_PU.max((from - 1.0).abs());
    let off = (to - 1.0).abs();
    (off > band + AT_LIMIT).then(|| {
        let (limit, hold) = if to > 1.0 { (1.0 + band, Limit::HighVoltage) } else { (1.0 - band, Limit::LowVoltage) };
        (part(from, to, limit), hold)
    })
}

#[cfg(test)]
mod tests {
    use super::super::kit::{futian, loads};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_fits_goes_through_whole() {
        let (plan, city) = futian();
        let change: Vec<i64> = plan.transformers.iter().map(|t| -i64::from(t.limit_w) / 10).collect();
        let found = city.let_through(&loads(&plan, |_| 0.3), &change, Threads(1));
        assert!(found.is_settled && found.held.is_empty(), "{found:?}");
        assert_eq!(found.through_w, found.wanted_w);
        // What is not drawn is not lost on the way either.
        assert!(found.supply_w < found.through_w, "{found:?}");
    }

    /// A transformer lets its rating through, either way, and no more.
    #[test]
    fn a_transformer_holds_back_what_is_above_its_rating() {
        let (plan, city) = futian();
        let (base, row) = (loads(&plan, |_| 0.3), 17_usize);
        let rating_w = f64::from(plan.transformers[row].rating_va);
        for (factor, hold, range) in [
            (-3.0, Limit::Transformer, -1.4..-1.25),
            (3.0, Limit::Transformer, 0.66..0.715),
            (-0.5, Limit::Unit, -0.5..-0.49),
        ] {
            let mut change = vec![0; base.len()];
            change[row] = (rating_w * factor) as i64;
            let found = city.let_through(&base, &change, Threads(1));
            assert!(found.is_settled, "{found:?}");
            let through = found.through_w as f64 / rating_w;
            assert!(range.contains(&through), "{factor}: {through}");
            let held_w = found.wanted_w.abs_diff(found.through_w);
            let expected = if held_w == 0 { vec![] } else { vec![(row as u32, held_w, hold)] };
            assert_eq!(found.held, expected);
            // What is let through goes through when it is wanted, but for what a tap changer that stands some steps
            // elsewhere makes of it, and a tenth more does not.
            change[row] = found.through_w;
            let again = city.let_through(&base, &change, Threads(1));
            assert!(again.through_w.abs_diff(found.through_w) < found.through_w.unsigned_abs() / 20, "{again:?}");
            change[row] = found.through_w * 11 / 10;
            assert_eq!(city.let_through(&base, &change, Threads(1)).held.is_empty(), held_w == 0);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        /// Whatever is wanted, what is let through breaks no limit, and is a part of it.
        #[test]
        fn what_is_let_through_breaks_nothing(
            factors in prop::collection::vec(-2.0_f64..2.0, 8), share in 0.05_f64..0.6
        ) {
            let (plan, city) = futian();
            let base = loads(&plan, |_| share);
            let change: Vec<i64> = plan.transformers.iter().enumerate()
                .map(|(row, t)| (f64::from(t.limit_w) * factors[row % 8]) as i64).collect();
            let found = city.let_through(&base, &change, Threads(1));
            prop_assert!(found.is_settled);
            let held: u64 = found.held.iter().map(|(_, held_w, _)| held_w).sum();
            let all: u64 = change.iter().map(|w| w.unsigned_abs()).sum();
            prop_assert!(held < all);
            prop_assert_eq!(&found, &city.let_through(&base, &change, Threads::start(2)));
        }
    }
}
