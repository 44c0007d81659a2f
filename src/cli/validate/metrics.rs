//! How far two rows of figures lie apart: what was measured and what was simulated.
//!
//! Every measure that has no value (a correlation of one pair, a share of nothing) is `None`, never a number that only
//! looks like one.

use serde::Serialize;

/// What the two rows are, which decides what their Kolmogorov–Smirnov distance means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Parts of a whole in a fixed order, such as the hours of a day: the distance is that of the two distributions
    /// over this order.
    Profile,
    /// Values of members of a population: the distance is that of two samples.
    Sample,
    /// Parts without an order: no distance.
    Parts,
}

/// How far simulated figures lie from measured ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Metrics {
    /// Pairs.
    pub(super) n: usize,
    /// Mean of the measured figures.
    pub(super) mean_measured: Option<f64>,
    /// Mean of the simulated figures.
    pub(super) mean_simulated: Option<f64>,
    /// Difference of the means over the measured one.
    pub(super) bias: Option<f64>,
    /// Sum of absolute differences over the sum of the measured figures.
    pub(super) wape: Option<f64>,
    /// Root of the mean squared difference.
    pub(super) rmse: Option<f64>,
    /// Correlation of the figures.
    pub(super) pearson: Option<f64>,
    /// Correlation of their ranks.
    pub(super) spearman: Option<f64>,
    /// Greatest distance of the two cumulative distributions.
    pub(super) ks: Option<f64>,
}

impl Metrics {
    /// Compares pairs; the longer row is cut to the shorter one.
    pub(super) fn of(kind: Kind, measured: &[f64], simulated: &[f64]) -> Self {
        let n = measured.len().min(simulated.len());
        let (m, s) = (&measured[..n], &simulated[..n]);
        let (mean_measured, mean_simulated) = (mean(m), mean(s));
        let squares = m.iter().zip(s).map(|(m, s)| (s - m) * (s - m)).sum::<f64>();
        Self {
            n,
            mean_measured,
            mean_simulated,
            bias: mean_measured.zip(mean_simulated).and_then(|(m, s)| ratio(s - m, m)),
            wape: wape(m, s, &vec![1.0; n]),
            rmse: ratio(squares, n as f64).map(f64::sqrt),
            pearson: pearson(m, s),
            spearman: pearson(&ranks(m), &ranks(s)),
            ks: match kind {
                Kind::Profile => ks_profile(m, s),
                Kind::Sample => ks_sample(m, s),
                Kind::Parts => None,
            },
        }
    }
}

/// A quotient, unless there is none.
pub(crate) fn ratio(a: f64, b: f64) -> Option<f64> {
    Some(a / b).filter(|q| q.is_finite())
}

/// The mean of a row, if it is not empty.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    ratio(values.iter().sum(), values.len() as f64)
}

/// Weighted absolute percentage error: the sum of absolute differences over the sum of what was measured.
pub(crate) fn wape(measured: &[f64], simulated: &[f64], weights: &[f64]) -> Option<f64> {
    let rows = || measured.iter().zip(simulated).zip(weights);
    let off: f64 = rows().map(|((m, s), w)| w * (s - m).abs()).sum();
    ratio(off, rows().map(|((m, _), w)| w * m.abs()).sum())
}

/// Pearson's correlation, if there are two different values in each row.
pub(crate) fn pearson(a: &[f64], b: &[f64]) -> Option<f64> {
    let (mean_a, mean_b) = mean(a).zip(mean(b))?;
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    // A row of one value differs from its mean by rounding at most.
    let varies = |row: &[f64]| row.iter().any(|v| *v != row[0]);
    if !varies(a) || !varies(b) {
        return None;
    }
    ratio(ab, (aa * bb).sqrt()).map(|r| r.clamp(-1.0, 1.0))
}

/// Ranks from 1; equal values share the mean of theirs.
pub(crate) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let shared = f64::midpoint((below + 1) as f64, (below + equal.len()) as f64);
        equal.iter().for_each(|i| ranks[*i] = shared);
        below += equal.len();
    }
    ranks
}

/// Greatest distance of two distributions over the same ordered classes, given as parts of a whole each.
pub(super) fn ks_profile(a: &[f64], b: &[f64]) -> Option<f64> {
    let (sum_a, sum_b): (f64, f64) = (a.iter().sum(), b.iter().sum());
    if sum_a <= 0.0 || sum_b <= 0.0 {
        return None;
    }
    let (mut up_to_a, mut up_to_b, mut most) = (0.0, 0.0, 0.0_f64);
    for (x, y) in a.iter().zip(b) {
        up_to_a += x / sum_a;
        up_to_b += y / sum_b;
        most = most.max((up_to_a - up_to_b).abs());
    }
    Some(most)
}

/// Greatest distance of the empirical distributions of two samples.
pub(super) fn ks_sample(a: &[f64], b: &[f64]) -> Option<f64> {
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values
    };
    let (a, b) = (sorted(a), sorted(b));
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let share = |of: &[f64], v: f64| of.partition_point(|x| *x <= v) as f64 / of.len() as f64;
    Some(a.iter().chain(&b).map(|v| (share(&a, *v) - share(&b, *v)).abs()).fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(a: Option<f64>, b: f64) -> bool {
        a.is_some_and(|a| (a - b).abs() < 1e-12)
    }

    /// Worked by hand: differences -1, 1, 1, 3; deviations from the means (-1.5, -0.5, 0.5, 1.5) and (-3, 0, 0, 3).
    #[test]
    fn four_pairs_worked_by_hand() {
        let of = Metrics::of(Kind::Profile, &[1.0, 2.0, 3.0, 4.0], &[0.0, 3.0, 3.0, 6.0]);
        assert_eq!((of.n, of.mean_measured, of.mean_simulated), (4, Some(2.5), Some(3.0)));
        assert!(near(of.bias, 0.2) && near(of.wape, 0.4), "{of:?}");
        assert!(near(of.rmse, 1.5_f64.sqrt()), "{of:?}");
        assert!(near(of.pearson, 9.0 / 90.0_f64.sqrt()), "{of:?}");
        // Ranks 1 2 3 4 against 1 2.5 2.5 4: 4.5 over the root of 5 x 4.5.
        assert!(near(of.spearman, 4.5 / 22.5_f64.sqrt()), "{of:?}");
        // Up to each place 0.1 0.3 0.6 1 against 0 0.25 0.5 1.
        assert!(near(of.ks, 0.1), "{of:?}");
        assert!(near(Metrics::of(Kind::Sample, &[1.0, 2.0, 3.0, 4.0], &[0.0, 3.0, 3.0, 6.0]).ks, 0.25));
        assert_eq!(Metrics::of(Kind::Parts, &[1.0, 2.0], &[1.0, 2.0]).ks, None);
    }

    /// Anscombe's first set: a correlation that is known from its paper (The American Statistician 27, 1973).
    #[test]
    fn a_correlation_of_the_literature() {
        let x = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0];
        let y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
        assert!(pearson(&x, &y).is_some_and(|r| (r - 0.816_420_516_344_84).abs() < 1e-12));
        // Spearman without ties is 1 - 6 d² / (n (n² - 1)): the squared differences of ranks sum to 40.
        assert!(near(pearson(&ranks(&x), &ranks(&y)), 1.0 - 240.0 / 1_320.0));
    }

    #[test]
    fn what_has_no_value_is_none() {
        let none = Metrics::of(Kind::Sample, &[], &[]);
        assert_eq!(none, Metrics::default());
        let one = Metrics::of(Kind::Profile, &[2.0], &[3.0]);
        assert_eq!((one.n, one.bias, one.pearson, one.spearman, one.ks), (1, Some(0.5), None, None, Some(0.0)));
        let flat = Metrics::of(Kind::Profile, &[0.1, 0.1, 0.1], &[1.0, 2.0, 3.0]);
        assert_eq!((flat.pearson, flat.spearman), (None, None));
        let nothing = Metrics::of(Kind::Profile, &[0.0, 0.0], &[1.0, 2.0]);
        assert_eq!((nothing.bias, nothing.wape, nothing.ks), (None, None, None));
    }

    #[test]
    fn weights_count_pairs_more_than_once() {
        let (m, s) = ([1.0, 2.0], [2.0, 2.0]);
        assert_eq!(wape(&m, &s, &[1.0, 1.0]), Some(1.0 / 3.0));
        assert_eq!(wape(&m, &s, &[3.0, 1.0]), wape(&[1.0, 1.0, 1.0, 2.0], &[2.0; 4], &[1.0; 4]));
    }

    fn pairs() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
        prop::collection::vec((0_i32..50, 0_i32..50), 0..40)
            .prop_map(|pairs| pairs.into_iter().map(|(m, s)| (f64::from(m) / 7.0, f64::from(s) / 7.0)).unzip())
    }

    proptest! {
        #[test]
        fn every_measure_keeps_to_its_range((m, s) in pairs()) {
            for kind in [Kind::Profile, Kind::Sample, Kind::Parts] {
                let of = Metrics::of(kind, &m, &s);
                for r in [of.pearson, of.spearman].into_iter().flatten() {
                    prop_assert!((-1.0..=1.0).contains(&r));
                }
                prop_assert!(of.ks.is_none_or(|d| (-1e-12..=1.0 + 1e-12).contains(&d)));
                prop_assert!(of.wape.is_none_or(|w| w >= 0.0) && of.rmse.is_none_or(|e| e >= 0.0));
                // No mean differs by more than the root of the mean square.
                let means = of.mean_measured.zip(of.mean_simulated);
                prop_assert!(of.rmse.zip(means).is_none_or(|(e, (m, s))| e >= (s - m).abs() - 1e-9));
            }
        }

        #[test]
        fn equal_rows_and_only_those_have_no_error((m, s) in pairs()) {
            let itself = Metrics::of(Kind::Sample, &m, &m);
            prop_assert!(itself.wape.is_none_or(|w| w == 0.0) && itself.ks.is_none_or(|d| d == 0.0));
            prop_assert!(itself.pearson.is_none_or(|r| r > 1.0 - 1e-9));
            if let Some(w) = Metrics::of(Kind::Sample, &m, &s).wape {
                prop_assert_eq!(w == 0.0, m == s);
            }
        }

        #[test]
        fn both_correlations_are_symmetric((m, s) in pairs()) {
            prop_assert_eq!(pearson(&m, &s), pearson(&s, &m));
            let (a, b) = (Metrics::of(Kind::Sample, &m, &s), Metrics::of(Kind::Sample, &s, &m));
            prop_assert_eq!((a.spearman, a.ks), (b.spearman, b.ks));
        }

        /// Ranks know only the order, ties included.
        #[test]
        fn a_rising_map_leaves_ranks_as_they_are((m, s) in pairs(), scale in 0.1_f64..10.0) {
            let rising = |v: &f64| scale * v * v * v + v - 5.0;
            let bent: Vec<f64> = s.iter().map(rising).collect();
            let (plain, mapped) = (Metrics::of(Kind::Sample, &m, &s), Metrics::of(Kind::Sample, &m, &bent));
            prop_assert_eq!(plain.spearman, mapped.spearman);
            let n = s.len() as f64;
            prop_assert!((ranks(&s).iter().sum::<f64>() - n * (n + 1.0) / 2.0).abs() < 1e-9);
        }

        /// Neither the unit nor the scale of a row matters to correlation and to the distance of profiles.
        #[test]
        fn a_scale_changes_neither_shape_nor_order((m, s) in pairs(), scale in 0.01_f64..100.0) {
            let scaled: Vec<f64> = s.iter().map(|v| v * scale).collect();
            let (plain, other) = (Metrics::of(Kind::Profile, &m, &s), Metrics::of(Kind::Profile, &m, &scaled));
            let same = |a: Option<f64>, b: Option<f64>| match (a, b) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-9,
                (a, b) => a == b,
            };
            prop_assert!(same(plain.pearson, other.pearson) && same(plain.ks, other.ks));
        }
    }
}
