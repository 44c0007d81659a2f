//! The downhill simplex of Nelder and Mead (The Computer Journal 7, 1965), as the crate `argmin` has it.
//!
//! It needs no derivative of what it minimises. It is given a number of runs instead of a number of iterations, for an
//! iteration may take many.

use super::search::{Found, Judged, Runs};
use argmin::core::{CostFunction, Error, Executor};
use argmin::solver::neldermead::NelderMead;

/// The first simplex: so far along each axis from where it begins, as a share of the range.
const FIRST_STEP: f64 = 0.1;
/// Spread of the objective over the simplex at which it has arrived, as a standard deviation.
const SPREAD: f64 = 2e-4;

/// Contracts a simplex that begins at a point until all runs are used up. Returns whether it has arrived before.
pub(super) fn contract<J: FnMut(&[f64], &Found) -> Judged>(start: &[f64], runs: &Runs<J>) -> bool {
    let solver = NelderMead::new(corners(start)).with_sd_tolerance(SPREAD).expect("a spread is not negative");
    // Each iteration takes at least one run. What goes wrong is that the runs are used up.
    Executor::new(Cost(runs), solver).configure(|state| state.max_iters(runs.left() as u64)).run().is_ok()
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

/// The objective alone.
struct Cost<'a, J>(&'a Runs<J>);

impl<J: FnMut(&[f64], &Found) -> Judged> CostFunction for Cost<'_, J> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, point: &Vec<f64>) -> Result<f64, Error> {
        let judged = self.0.judge(point).ok_or_else(|| Error::msg("all runs are used up"))?;
        Ok(judged.cost)
    }
}
