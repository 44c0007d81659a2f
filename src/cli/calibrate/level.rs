//! The level: as many charge points as it takes for the surveyed ones to be as busy as measured.
//!
//! A sample is not quite without bias, so the level of the whole city is corrected in the end. The more points there
//! are in all, the fewer vehicles the surveyed ones get: one figure, `charging.total`, against the ratio of busy points.

/// The path of the figure that is changed.
pub(super) const PATH: &str = "charging.total.0";
/// Runs of the correction at most.
pub(super) const RUNS: usize = 4;
/// How near to one the ratio has to be.
const NEAR: f64 = 0.003;

/// A run of the correction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tried {
    /// Charge points in all.
    pub(super) total: f64,
    /// Busy points, simulated over measured.
    pub(super) ratio: f64,
}

/// Looks for the total at which the ratio is one by the secant of its logarithm, within bounds. `run` gives the ratio
/// at a total, and the public points there, which tell how far the first step has to go. Returns all runs in order.
///
/// # Errors
/// Whatever `run` meets.
pub(super) fn correct<E>(
    start: f64,
    bounds: (f64, f64),
    mut run: impl FnMut(f64, usize) -> Result<(f64, f64), E>,
) -> Result<Vec<Tried>, E> {
    let mut tried: Vec<Tried> = Vec::new();
    let mut total = start;
    let mut public = 0.0;
    while tried.len() < RUNS {
        let (ratio, points) = run(total, tried.len())?;
        if tried.is_empty() {
            public = points;
        }
        tried.push(Tried { total, ratio });
        if !ratio.is_finite() || ratio <= 0.0 || (ratio - 1.0).abs() < NEAR {
            break;
        }
        let next = match tried[..] {
            // Were the demand the same, busy points would be inverse to points.
            [only] => only.total + public * (only.ratio - 1.0),
            [.., a, b] => {
                let (off_a, off_b) = (libm::log(a.ratio), libm::log(b.ratio));
                b.total - off_b * (b.total - a.total) / (off_b - off_a)
            }
            [] => break,
        };
        if !next.is_finite() {
            break;
        }
        let next = next.round().clamp(bounds.0, bounds.1);
        if tried.iter().any(|run| run.total == next) {
            break;
        }
        total = next;
    }
    Ok(tried)
}

/// The run whose ratio is nearest to one.
pub(super) fn best(tried: &[Tried]) -> usize {
    let off = |run: &Tried| (run.ratio - 1.0).abs();
    (0..tried.len()).min_by(|a, b| off(&tried[*a]).total_cmp(&off(&tried[*b]))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(start: f64, bounds: (f64, f64), ratio: impl Fn(f64) -> f64) -> Vec<Tried> {
        correct::<()>(start, bounds, |total, _| Ok((ratio(total), total - 100_000.0))).unwrap()
    }

    #[test]
    fn the_level_is_met_in_four_runs_if_the_bounds_let_it() {
        let ratio = |total: f64| libm::pow(150_000.0 / (total - 100_000.0), 0.7);
        let tried = run(190_000.0, (190_000.0, 330_000.0), ratio);
        assert!(tried.len() <= RUNS);
        let best = tried[best(&tried)];
        assert!((best.ratio - 1.0).abs() < NEAR && (best.total - 250_000.0).abs() < 1_000.0, "{tried:?}");
        let bound = run(190_000.0, (190_000.0, 220_000.0), ratio);
        assert_eq!(bound.last().unwrap().total, 220_000.0);
        assert_eq!(run(250_000.0, (190_000.0, 330_000.0), ratio).len(), 1);
    }

    #[test]
    fn a_ratio_that_does_not_answer_ends_it() {
        assert_eq!(run(2e5, (1e5, 3e5), |_| 0.0).len(), 1);
        assert_eq!(run(2e5, (1e5, 3e5), |_| 1.5).len(), 2);
    }
}
