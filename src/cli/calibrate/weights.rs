//! The weights of the demand by zone: a regression of measured utilisation on what is known of the zones.
//!
//! The demand on a point is log-linear in the features of its zone (`demand`), and the shadow prices (`shadow`) see to
//! it that the twin's zones meet their demand. So the weights follow from the logarithms of measured utilisation by
//! ridge regression (Hoerl and Kennard, Technometrics 12, 1970), and no run of the twin is needed for them.

use nalgebra::{SMatrix, SVector};
use voltcity::world::synth::demand::Features;

/// How many features there are.
const N: usize = 6;
/// The penalty on squared weights of standardised features, against zones of mean weight one (assumption: it counts as
/// much as ten zones).
pub(super) const RIDGE: f64 = 10.0;
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

/// Weights that explain the measured utilisation of zones.
pub(super) fn fit(zones: &[Zone]) -> Features {
    let counts: Vec<f64> = zones.iter().map(|zone| libm::pow(zone.points, POINTS_POWER)).collect();
    let total: f64 = counts.iter().sum();
    let mean = |of: &dyn Fn(usize) -> f64| (0..zones.len()).map(|i| counts[i] * of(i)).sum::<f64>() / total;
    let logarithm = |i: usize| libm::log(zones[i].measured.max(LEAST));
    let mean_logarithm = mean(&logarithm);
    let means: Features = core::array::from_fn(|k| mean(&|i| zones[i].features[k]));
    let spreads = spreads(zones.iter().map(|zone| zone.features));
    let mut matrix = SMatrix::<f64, N, N>::from_diagonal_element(RIDGE);
    let mut right = SVector::<f64, N>::zeros();
    for (i, zone) in zones.iter().enumerate() {
        // Of mean one, so that the penalty means the same in every set of zones.
        let count = counts[i] * zones.len() as f64 / total;
        let x: Features = core::array::from_fn(|k| ratio(zone.features[k] - means[k], spreads[k]));
        for row in 0..N {
            right[row] += count * x[row] * (logarithm(i) - mean_logarithm);
            (0..N).for_each(|column| matrix[(row, column)] += count * x[row] * x[column]);
        }
    }
    let scaled = matrix.cholesky().expect("a penalty makes it positive definite").solve(&right);
    // As many decimals as a file shows.
    core::array::from_fn(|k| ((ratio(scaled[k], spreads[k]) * 1e4).round() / 1e4).clamp(-MOST, MOST))
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
            Zone { id, points, measured: utilisation(&features, weights, noise * draw.bell()), features }
        };
        (1..=count).map(zone).collect()
    }

    /// Utilisation of a city that answers to weights as they say, but for an error.
    pub(in super::super) fn utilisation(features: &Features, weights: &Features, off: f64) -> f64 {
        let index: f64 = features.iter().zip(weights).map(|(f, w)| f * w).sum();
        0.2 * libm::exp(index + off)
    }

    const TRUE: Features = [0.3, -0.2, 0.15, 0.4, -0.25, -0.05];

    #[test]
    fn weights_are_recovered_within_what_the_penalty_takes() {
        for noise in [0.0, 0.05] {
            let found = fit(&zones(400, &TRUE, noise));
            for (found, wanted) in found.iter().zip(TRUE) {
                assert!((found - wanted).abs() < 0.05 * wanted.abs() + 0.01 + noise / 2.0, "{found} for {wanted}");
            }
        }
    }

    #[test]
    fn a_feature_that_does_not_vary_gets_no_weight_and_empty_zones_do_no_harm() {
        let mut zones = zones(50, &TRUE, 0.1);
        zones.iter_mut().for_each(|zone| zone.features[2] = 0.7);
        zones[3].measured = 0.0;
        let found = fit(&zones);
        assert_eq!(found[2], 0.0);
        assert!(found.iter().all(|weight| weight.abs() <= MOST), "{found:?}");
    }
}
