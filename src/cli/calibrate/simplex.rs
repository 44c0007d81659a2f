//! The search: the downhill simplex of Nelder and Mead (The Computer Journal 7, 1965), as the crate `argmin` has it.
//!
//! It needs no derivative of what it minimises, and it takes the same way every time. It is given a number of runs
//! instead of a number of iterations, for an iteration may take many.

use argmin::core::{CostFunction, Error, Executor};
use argmin::solver::neldermead::NelderMead;
use std::cell::RefCell;

/// The first simplex: so far along each axis from where it begins, as a share of the range.
const FIRST_STEP: f64 = 0.1;
/// Spread of the objective over the simplex at which it has arrived, as a standard deviation.
const SPREAD: f64 = 2e-4;

/// What a search has come to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// The objective of every run, in order.
    pub(super) trace: Vec<f64>,
    /// Where it was least.
    pub(super) best: Vec<f64>,
    /// How much it was there.
    pub(super) cost: f64,
    /// Whether the simplex has contracted before its runs were used up.
    pub(super) arrived: bool,
}

/// Minimises a function of shares of ranges, from a point on, in a number of runs.
pub(super) fn minimise(start: &[f64], runs: usize, cost: impl FnMut(&[f64], &Found) -> f64) -> Found {
    let found = Found { trace: Vec::new(), best: start.to_vec(), cost: f64::INFINITY, arrived: false };
    // The first simplex is always run whole.
    let runs = runs.max(start.len() + 1);
    let counted = Counted(RefCell::new(Inner { cost, runs, found }));
    let solver = NelderMead::new(corners(start)).with_sd_tolerance(SPREAD).expect("a spread is not negative");
    // Each iteration takes at least one run. What goes wrong is that the runs are used up.
    let search = Executor::new(&counted, solver).configure(|state| state.max_iters(runs as u64)).run();
    let arrived = search.is_ok();
    Found { arrived, ..counted.0.into_inner().found }
}

/// The corners of the first simplex: a point and one beside it along each axis, within the range.
fn corners(start: &[f64]) -> Vec<Vec<f64>> {
    let mut corners = vec![start.to_vec()];
    for axis in 0..start.len() {
        let mut corner = start.to_vec();
        corner[axis] += if start[axis] + FIRST_STEP > 1.0 { -FIRST_STEP } else { FIRST_STEP };
        corners.push(corner);
    }
    corners
}

/// The function that is minimised, counting its runs.
struct Counted<C>(RefCell<Inner<C>>);

struct Inner<C> {
    cost: C,
    runs: usize,
    found: Found,
}

impl<C: FnMut(&[f64], &Found) -> f64> CostFunction for &Counted<C> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, point: &Vec<f64>) -> Result<f64, Error> {
        let Inner { cost, runs, found } = &mut *self.0.borrow_mut();
        if found.trace.len() >= *runs {
            return Err(Error::msg("all runs are used up"));
        }
        let value = cost(point, found);
        found.trace.push(value);
        if value < found.cost {
            (found.cost, found.best) = (value, point.clone());
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::space::Space;
    use super::super::space::tests::axis;
    use super::*;

    /// A valley with a bend in it, over ranges of different size, with its least value within or at a bound.
    fn valley(values: &[f64], at: &[f64; 3]) -> f64 {
        let x: Vec<f64> = values.iter().zip(at).zip([0.4, 140_000.0, 90.0]).map(|((v, a), r)| (v - a) / r).collect();
        x[0] * x[0] + (x[1] - x[0] * x[0]) * (x[1] - x[0] * x[0]) * 4.0 + x[2] * x[2]
    }

    fn space() -> Space {
        Space(vec![
            axis((0.05, 0.45), false, 0.4),
            axis((190_000.0, 330_000.0), true, 216_000.0),
            axis((0.0, 90.0), false, 20.0),
        ])
    }

    #[test]
    fn it_finds_the_least_value_within_bounds_and_at_one() {
        let space = space();
        for at in [[0.2, 250_000.0, 60.0], [0.3, 300_000.0, 0.0]] {
            let found = minimise(&space.start(), 300, |point, _| valley(&space.values(point), &at));
            let values = space.values(&found.best);
            for ((value, at), range) in values.iter().zip(at).zip([0.4, 140_000.0, 90.0]) {
                assert!((value - at).abs() < 0.03 * range, "{values:?} in {} runs", found.trace.len());
            }
            assert!(found.arrived && found.trace.len() < 300, "{}", found.trace.len());
        }
    }

    #[test]
    fn runs_are_counted_and_the_first_is_the_start() {
        let space = space();
        let at = [0.2, 250_000.0, 60.0];
        let cost = |point: &[f64], _: &Found| valley(&space.values(point), &at);
        let found = minimise(&space.start(), 20, cost);
        assert_eq!((found.trace.len(), found.arrived), (20, false));
        assert_eq!(found.trace[0], valley(&[0.4, 216_000.0, 20.0], &at));
        assert_eq!(found.cost, found.trace.iter().copied().fold(f64::INFINITY, f64::min));
        assert_eq!(found.cost, valley(&space.values(&found.best), &at));
        assert_eq!(minimise(&space.start(), 20, cost), found);
        assert_eq!(minimise(&space.start(), 1, cost).trace.len(), 4);
    }

    #[test]
    fn worlds_that_are_not_sound_are_gone_round() {
        let cost = |point: &[f64], _: &Found| {
            let x = point[0] - 0.8;
            if point[0] > 0.9 { f64::INFINITY } else { x * x }
        };
        let found = minimise(&[0.5], 60, cost);
        assert!((found.best[0] - 0.8).abs() < 0.02, "{found:?}");
    }
}
