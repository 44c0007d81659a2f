//! Nonlinear least squares: the method of Levenberg (1944) and Marquardt (1963) as in MINPACK, from the crate
//! `levenberg-marquardt`.
//!
//! The Jacobian is made of differences of runs, as in MINPACK's `lmdif`. They are wide: a run is a draw of chance events,
//! and what a small difference shows is these.

use super::search::{Found, Judged, Runs};
use levenberg_marquardt::{LeastSquaresProblem, LevenbergMarquardt};
use nalgebra::storage::Owned;
use nalgebra::{DMatrix, DVector, Dyn};
use std::cell::RefCell;

/// How far a parameter is moved for a difference, as a share of its range.
const DIFFERENCE: f64 = 0.08;
/// The first step is at most this, relative to where it begins.
const FIRST_STEP: f64 = 0.5;
/// Relative change of the sum of squares below which nothing is gained.
const TOLERANCE: f64 = 1e-3;

/// Goes down from a point until nothing is gained or the runs are used up. The runs keep the best point.
pub(super) fn descend<J: FnMut(&[f64], &Found) -> Judged>(start: &[f64], runs: &Runs<J>) {
    // Before a first step, the point and its neighbours have to be run.
    if runs.left() < start.len() + 2 {
        return;
    }
    let problem = Problem { runs, at: DVector::from_column_slice(start), known: RefCell::new(Vec::new()) };
    let method = LevenbergMarquardt::new().with_ftol(TOLERANCE).with_xtol(TOLERANCE).with_stepbound(FIRST_STEP);
    // However it ends, what was found is with the runs.
    let _ = method.minimize(problem);
}

struct Problem<'a, J> {
    runs: &'a Runs<J>,
    at: DVector<f64>,
    /// Points that have been run and what they missed: the Jacobian begins at one of them.
    known: RefCell<Vec<(DVector<f64>, DVector<f64>)>>,
}

impl<J: FnMut(&[f64], &Found) -> Judged> Problem<'_, J> {
    fn misses(&self, at: &DVector<f64>) -> Option<DVector<f64>> {
        if let Some((_, misses)) = self.known.borrow().iter().find(|(known, _)| known == at) {
            return Some(misses.clone());
        }
        let judged = self.runs.judge(at.as_slice()).filter(|judged| !judged.misses.is_empty())?;
        let misses = DVector::from_vec(judged.misses);
        self.known.borrow_mut().push((at.clone(), misses.clone()));
        Some(misses)
    }
}

impl<J: FnMut(&[f64], &Found) -> Judged> LeastSquaresProblem<f64, Dyn, Dyn> for Problem<'_, J> {
    type ResidualStorage = Owned<f64, Dyn>;
    type JacobianStorage = Owned<f64, Dyn, Dyn>;
    type ParameterStorage = Owned<f64, Dyn>;

    fn set_params(&mut self, at: &DVector<f64>) {
        self.at.copy_from(at);
    }

    fn params(&self) -> DVector<f64> {
        self.at.clone()
    }

    fn residuals(&self) -> Option<DVector<f64>> {
        self.misses(&self.at)
    }

    fn jacobian(&self) -> Option<DMatrix<f64>> {
        // A Jacobian without a step after it would be in vain.
        if self.runs.left() < self.at.len() + 1 {
            return None;
        }
        let here = self.misses(&self.at)?;
        let mut columns = Vec::new();
        for axis in 0..self.at.len() {
            let mut beside = self.at.clone();
            beside[axis] += if beside[axis] + DIFFERENCE > 1.0 { -DIFFERENCE } else { DIFFERENCE };
            columns.push((self.misses(&beside)? - &here) / (beside[axis] - self.at[axis]));
        }
        Some(DMatrix::from_columns(&columns))
    }
}
