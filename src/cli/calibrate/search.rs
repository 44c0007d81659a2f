//! The search for the free parameters: first by least squares, which see every hour of the day, then by a simplex,
//! which sees only their sum but follows it through what is not smooth.
//!
//! Neither needs a derivative of the twin, and both take the same way every time. They share a number of runs.

use super::least_squares::descend;
use super::simplex;
use std::cell::RefCell;

/// What of the runs is for the least squares.
const FIRST_SHARE: f64 = 0.6;

/// What a run is worth.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Judged {
    /// The objective.
    pub(super) cost: f64,
    /// What it misses, value by value; empty when the world cannot be run.
    pub(super) misses: Vec<f64>,
}

/// What a search has come to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// The objective of every run, in order.
    pub(super) trace: Vec<f64>,
    /// Runs of these that the least squares took.
    pub(super) descended: usize,
    /// Where it was least.
    pub(super) best: Vec<f64>,
    /// How much it was there.
    pub(super) cost: f64,
    /// Whether the simplex has contracted before its runs were used up.
    pub(super) arrived: bool,
}

/// The function that is minimised, counting its runs.
pub(super) struct Runs<J>(RefCell<Inner<J>>);

struct Inner<J> {
    judge: J,
    most: usize,
    found: Found,
}

impl<J: FnMut(&[f64], &Found) -> Judged> Runs<J> {
    fn new(start: &[f64], judge: J) -> Self {
        let (trace, best) = (Vec::new(), start.to_vec());
        let found = Found { trace, descended: 0, best, cost: f64::INFINITY, arrived: false };
        Self(RefCell::new(Inner { judge, most: 0, found }))
    }

    /// Runs a point; nothing when all runs are used up.
    pub(super) fn judge(&self, point: &[f64]) -> Option<Judged> {
        let Inner { judge, most, found } = &mut *self.0.borrow_mut();
        if found.trace.len() >= *most {
            return None;
        }
        let judged = judge(point, found);
        found.trace.push(judged.cost);
        if judged.cost < found.cost {
            (found.cost, found.best) = (judged.cost, point.to_vec());
        }
        Some(judged)
    }

    /// Runs that are left.
    pub(super) fn left(&self) -> usize {
        let inner = self.0.borrow();
        inner.most - inner.found.trace.len()
    }

    fn grant(&self, most: usize) {
        self.0.borrow_mut().most = most;
    }
}

/// Runs that a search of so many parameters takes at least: the first simplex is always run whole.
pub(super) const fn least_runs(parameters: usize) -> usize {
    parameters + 1
}

/// Minimises a function of shares of ranges, from a point on, in a number of runs.
pub(super) fn minimise(start: &[f64], runs: usize, judge: impl FnMut(&[f64], &Found) -> Judged) -> Found {
    let least = least_runs(start.len());
    let runs = runs.max(least);
    let counted = Runs::new(start, judge);
    // What the simplex needs is kept for it.
    counted.grant(((runs as f64 * FIRST_SHARE) as usize).min(runs - least));
    descend(start, &counted);
    let (best, descended) = {
        let found = &counted.0.borrow().found;
        (found.best.clone(), found.trace.len())
    };
    counted.grant(runs);
    let arrived = simplex::contract(&best, &counted);
    Found { descended, arrived, ..counted.0.into_inner().found }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::space::Space;
    use super::super::space::tests::axis;
    use super::*;

    /// A valley with a bend in it, over ranges of different size, with its least value within or at a bound.
    pub(in super::super) fn valley(values: &[f64], at: &[f64; 3]) -> Judged {
        let x: Vec<f64> = values.iter().zip(at).zip([0.4, 140_000.0, 90.0]).map(|((v, a), r)| (v - a) / r).collect();
        let misses = vec![x[0], 2.0 * (x[1] - x[0] * x[0]), x[2]];
        Judged { cost: misses.iter().map(|miss| miss * miss).sum(), misses }
    }

    pub(in super::super) fn space() -> Space {
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
            let found = minimise(&space.start(), 200, |point, _| valley(&space.values(point), &at));
            let values = space.values(&found.best);
            for ((value, at), range) in values.iter().zip(at).zip([0.4, 140_000.0, 90.0]) {
                assert!((value - at).abs() < 0.03 * range, "{values:?} in {} runs", found.trace.len());
            }
            assert!(found.descended > 4 && found.descended <= 120, "{}", found.descended);
        }
    }

    #[test]
    fn runs_are_counted_and_the_first_is_the_start() {
        let space = space();
        let at = [0.2, 250_000.0, 60.0];
        let judge = |point: &[f64], _: &Found| valley(&space.values(point), &at);
        let found = minimise(&space.start(), 20, judge);
        assert_eq!((found.trace.len(), found.arrived), (20, false));
        assert_eq!(found.trace[0], valley(&[0.4, 216_000.0, 20.0], &at).cost);
        assert_eq!(found.cost, found.trace.iter().copied().fold(f64::INFINITY, f64::min));
        assert_eq!(found.cost, valley(&space.values(&found.best), &at).cost);
        assert_eq!(minimise(&space.start(), 20, judge), found);
        assert_eq!(minimise(&space.start(), 1, judge).trace.len(), 4);
    }

    #[test]
    fn least_squares_come_nearer_in_the_same_runs() {
        let space = space();
        let judge = |point: &[f64], _: &Found| valley(&space.values(point), &[0.2, 250_000.0, 60.0]);
        let both = minimise(&space.start(), 40, judge);
        // Whoever has no residuals is left to the simplex.
        let blind = |point: &[f64], found: &Found| Judged { misses: Vec::new(), ..judge(point, found) };
        let simplex = minimise(&space.start(), 40, blind);
        assert!(both.cost < 0.1 * simplex.cost, "{} and {}", both.cost, simplex.cost);
    }

    #[test]
    fn worlds_that_are_not_sound_are_gone_round() {
        let judge = |point: &[f64], _: &Found| {
            let x = point[0] - 0.8;
            if point[0] > 0.9 {
                Judged { cost: f64::INFINITY, misses: Vec::new() }
            } else {
                Judged { cost: x * x, misses: vec![x, 0.0] }
            }
        };
        let found = minimise(&[0.5], 60, judge);
        assert!((found.best[0] - 0.8).abs() < 0.02, "{found:?}");
    }
}
