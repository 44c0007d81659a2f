//! The weights of the demand by zone: found by regressing what the twin misses on what is known of the zones.
//!
//! The twin with weights `theta` gives a utilisation in every zone. What it misses, `y = log(measured) - log(simulated)`
//! less its mean, would be made up for by other weights if a change of a zone's index changed the logarithm of its
//! utilisation by as much. So a ridge regression of `y` on the features gives the change, the twin is run again, and
//! so on: a damped Gauss-Newton iteration with the identity as its sensitivity (Nocedal and Wright, Numerical
//! Optimization, 2nd ed., section 10.3), which needs no derivative of the twin. The penalty is on the whole of the
//! weights, not on their change, so that the iteration does not creep past it.

use nalgebra::{SMatrix, SVector};
use voltcity::world::synth::demand::Features;

/// How many features there are.
const N: usize = 6;
/// The penalty on squared weights of standardised features, against zones of mean weight one (assumption: it counts as
/// much as ten zones).
pub(super) const RIDGE: f64 = 10.0;
/// What of each change is made: later ones are damped, for the identity is not quite the sensitivity.
pub(super) const GAINS: [f64; 4] = [1.0, 0.7, 0.7, 0.7];
/// A zone counts as this power of its points: large ones are known better, and are not all.
const POINTS_POWER: f64 = 0.75;
/// Utilisation that counts as the least one, so that an empty zone has a logarithm.
const LEAST: f64 = 0.002;
/// What a world file takes as a weight.
const MOST: f64 = 10.0;

/// A zone to fit to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Zone {
    /// Its number.
    pub(super) id: u32,
    /// Surveyed points.
    pub(super) points: f64,
    /// Measured utilisation.
    pub(super) measured: f64,
    /// What is known of it.
    pub(super) features: Features,
}

/// A round of the iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Round {
    /// What was missed before it: the standard deviation of `y`.
    pub(super) missed: f64,
    /// The weights after it.
    pub(super) weights: Features,
}

/// Fits weights from nothing on, in rounds. `run` gives the simulated utilisation of the zones with some weights, in
/// their order.
///
/// # Errors
/// Whatever `run` meets.
pub(super) fn fit<E>(zones: &[Zone], mut run: impl FnMut(&Features) -> Result<Vec<f64>, E>) -> Result<Vec<Round>, E> {
    let mut rounds = Vec::new();
    let mut weights = [0.0; N];
    for gain in GAINS {
        let round = changed(zones, &run(&weights)?, &weights, gain);
        weights = round.weights;
        rounds.push(round);
    }
    Ok(rounds)
}

/// The weights after the last round.
pub(super) fn last(rounds: &[Round]) -> Features {
    rounds.last().map_or([0.0; N], |round| round.weights)
}

/// One regression of what is missed.
fn changed(zones: &[Zone], simulated: &[f64], weights: &Features, gain: f64) -> Round {
    let counts: Vec<f64> = zones.iter().map(|zone| libm::pow(zone.points, POINTS_POWER)).collect();
    let total: f64 = counts.iter().sum();
    let missed: Vec<f64> = zones
        .iter()
        .zip(simulated)
        .map(|(zone, simulated)| libm::log(zone.measured.max(LEAST)) - libm::log(simulated.max(LEAST)))
        .collect();
    let mean = |of: &dyn Fn(usize) -> f64| (0..zones.len()).map(|i| counts[i] * of(i)).sum::<f64>() / total;
    let mean_missed = mean(&|i| missed[i]);
    let means: Features = core::array::from_fn(|k| mean(&|i| zones[i].features[k]));
    let spreads = spreads(zones.iter().map(|zone| zone.features));
    let mut matrix = SMatrix::<f64, N, N>::zeros();
    let mut right = SVector::<f64, N>::zeros();
    for (i, zone) in zones.iter().enumerate() {
        // Of mean one, so that the penalty means the same in every set of zones.
        let count = counts[i] * zones.len() as f64 / total;
        let x: Features = core::array::from_fn(|k| ratio(zone.features[k] - means[k], spreads[k]));
        for row in 0..N {
            right[row] += count * x[row] * (missed[i] - mean_missed);
            (0..N).for_each(|column| matrix[(row, column)] += count * x[row] * x[column]);
        }
    }
    for k in 0..N {
        matrix[(k, k)] += RIDGE;
        right[k] -= RIDGE * weights[k] * spreads[k];
    }
    let change = matrix.cholesky().expect("a penalty makes it positive definite").solve(&right);
    let weights = core::array::from_fn(|k| {
        let weight = weights[k] + gain * ratio(change[k], spreads[k]);
        // As many decimals as a file shows.
        ((weight * 1e4).round() / 1e4).clamp(-MOST, MOST)
    });
    Round { missed: mean(&|i| (missed[i] - mean_missed) * (missed[i] - mean_missed)).sqrt(), weights }
}

/// Standard deviations of features.
pub(super) fn spreads(features: impl Iterator<Item = Features> + Clone) -> Features {
    let count = features.clone().count().max(1) as f64;
    core::array::from_fn(|k| {
        let mean = features.clone().map(|row| row[k]).sum::<f64>() / count;
        (features.clone().map(|row| (row[k] - mean) * (row[k] - mean)).sum::<f64>() / count).sqrt()
    })
}

/// A quotient; a feature that does not vary says nothing.
pub(super) fn ratio(a: f64, b: f64) -> f64 {
    if b > 1e-12 { a / b } else { 0.0 }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use voltcity::chance::{Purpose, Seed, draw};

    /// Zones with random features, whose measured utilisation follows from weights and `noise`.
    pub(in super::super) fn zones(count: u32, weights: &Features, noise: f64) -> Vec<Zone> {
        let zone = |id: u32| {
            let mut draw = draw(Seed(5), Purpose::Test, id, 0);
            let features: Features = core::array::from_fn(|k| draw.bell() * [1.0, 0.5, 0.8, 0.3, 0.4, 2.0][k]);
            let points = draw.between(10.0, 300.0).round();
            Zone { id, points, measured: utilisation(&features, weights, 1.0, noise * draw.bell()), features }
        };
        (1..=count).map(zone).collect()
    }

    /// A city that answers to weights with a sensitivity of its own.
    pub(in super::super) fn utilisation(features: &Features, weights: &Features, sensitivity: f64, off: f64) -> f64 {
        let index: f64 = features.iter().zip(weights).map(|(f, w)| f * w).sum();
        0.2 * libm::exp(sensitivity * index + off)
    }

    const TRUE: Features = [0.3, -0.2, 0.15, 0.4, -0.25, -0.05];

    #[test]
    fn weights_are_recovered_from_a_city_that_answers_as_assumed() {
        let zones = zones(400, &TRUE, 0.0);
        let answer = |weights: &Features| {
            let all = zones.iter().map(|zone| 1.7 * utilisation(&zone.features, weights, 1.0, 0.0));
            Ok::<_, ()>(all.collect())
        };
        let rounds = fit(&zones, answer).unwrap();
        assert!(rounds[3].missed < 0.05 * rounds[0].missed, "{rounds:?}");
        for (found, wanted) in last(&rounds).iter().zip(TRUE) {
            assert!((found - wanted).abs() < 0.05 * wanted.abs() + 0.01, "{found} for {wanted}");
        }
    }

    #[test]
    fn a_city_that_answers_weakly_is_met_by_going_on() {
        let zones: Vec<Zone> = zones(400, &TRUE, 0.05);
        let answer = |weights: &Features| {
            Ok::<_, ()>(zones.iter().map(|zone| utilisation(&zone.features, weights, 0.7, 0.0)).collect())
        };
        let found = last(&fit(&zones, answer).unwrap());
        for (found, wanted) in found.iter().zip(TRUE) {
            let wanted = wanted / 0.7;
            assert!((found - wanted).abs() < 0.12 * wanted.abs() + 0.03, "{found} for {wanted}");
        }
    }

    #[test]
    fn a_feature_that_does_not_vary_gets_no_weight_and_empty_zones_do_no_harm() {
        let mut zones = zones(50, &TRUE, 0.1);
        zones.iter_mut().for_each(|zone| zone.features[2] = 0.7);
        zones[3].measured = 0.0;
        let found = last(&fit(&zones, |_| Ok::<_, ()>(vec![0.0; 50])).unwrap());
        assert_eq!(found[2], 0.0);
        assert!(found.iter().all(|weight| weight.abs() <= MOST), "{found:?}");
    }
}
