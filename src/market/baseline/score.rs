//! How wrong a baseline was, against what the party really would have drawn.
//!
//! Only a simulator can say this: the truth is the same run without the event. Sums are whole numbers, so parties may
//! be tallied in any order and in any grouping.

use super::{BaselineError, sane};
use crate::market::exact::{div_nearest, saturate};

/// Errors of a rule over the events of any number of parties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    intervals: i128,
    error_w: i128,
    square_w2: u128,
    interval_error_w: i128,
    event_error_w: i128,
    requested_w: i128,
}

/// What the errors come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Score {
    /// Intervals tallied.
    pub intervals: i64,
    /// Mean of baseline less truth in W, rounded to the nearest; negative is a baseline that counts too little.
    pub bias_w: i64,
    /// Root of the mean square of baseline less truth in W, rounded to the nearest.
    pub rmse_w: i64,
    /// Settlement error in parts per million, settled interval by interval: the sum of |delivered by the baseline less
    /// truly delivered| over what was requested. `None` if nothing was requested.
    pub interval_error_ppm: Option<i64>,
    /// The same, settled over each party's whole event, where errors of its intervals make up for one another.
    pub event_error_ppm: Option<i64>,
}

impl Tally {
    /// Tallies the event of one party: its baseline, what it would have drawn, and what was requested of it, all in W
    /// by interval.
    ///
    /// The load in the event is not needed: it is taken from baseline and truth alike to find what was delivered, so
    /// the error of the one is the error of the other, in both directions of an event.
    ///
    /// # Errors
    /// Series of different lengths, or a power beyond [`super::MAX_POWER_W`]; nothing is tallied then.
    pub fn add(&mut self, baseline_w: &[i64], truth_w: &[i64], requested_w: &[i64]) -> Result<(), BaselineError> {
        let wanted = baseline_w.len();
        for found in [truth_w.len(), requested_w.len()] {
            if found != wanted {
                return Err(BaselineError::Lengths { wanted, found });
            }
        }
        for &power_w in baseline_w.iter().chain(truth_w).chain(requested_w) {
            sane(power_w)?;
        }
        let mut event_w = 0_i128;
        for (&guess_w, &true_w) in baseline_w.iter().zip(truth_w) {
            let error_w = i128::from(guess_w) - i128::from(true_w);
            event_w += error_w;
            self.square_w2 += error_w.unsigned_abs() * error_w.unsigned_abs();
            self.interval_error_w += error_w.abs();
        }
        self.intervals += wanted as i128;
        self.error_w += event_w;
        self.event_error_w += event_w.abs();
        self.requested_w += requested_w.iter().map(|&w| i128::from(w).abs()).sum::<i128>();
        Ok(())
    }

    /// Takes in what another tally counted.
    pub const fn merge(&mut self, other: &Self) {
        self.intervals += other.intervals;
        self.error_w += other.error_w;
        self.square_w2 += other.square_w2;
        self.interval_error_w += other.interval_error_w;
        self.event_error_w += other.event_error_w;
        self.requested_w += other.requested_w;
    }

    /// The score; `None` without an interval.
    pub fn score(&self) -> Option<Score> {
        (self.intervals > 0).then(|| Score {
            intervals: saturate(self.intervals),
            bias_w: saturate(div_nearest(self.error_w, self.intervals)),
            rmse_w: root_mean(self.square_w2, self.intervals as u128),
            interval_error_ppm: self.ppm_of_request(self.interval_error_w),
            event_error_ppm: self.ppm_of_request(self.event_error_w),
        })
    }

    fn ppm_of_request(&self, error_w: i128) -> Option<i64> {
        (self.requested_w > 0).then(|| saturate(div_nearest(error_w * 1_000_000, self.requested_w)))
    }
}

/// The whole number nearest to the root of `sum / count`.
fn root_mean(sum: u128, count: u128) -> i64 {
    let low = (sum / count).isqrt();
    // Nearer to the next one if sum / count > (low + 1/2)^2.
    let up = 4 * sum > count * (2 * low + 1) * (2 * low + 1);
    saturate((low + u128::from(up)) as i128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hand_made_errors() {
        let mut tally = Tally::default();
        assert_eq!(tally.score(), None);
        // Errors 300, -100, -100, 0: mean 25, root of 110,000 / 4 = 165.8.
        tally.add(&[1_300, 900, 900, 1_000], &[1_000; 4], &[500; 4]).unwrap();
        let expected = Score {
            intervals: 4,
            bias_w: 25,
            rmse_w: 166,
            interval_error_ppm: Some(250_000),
            event_error_ppm: Some(50_000),
        };
        assert_eq!(tally.score(), Some(expected));
        // A party that errs the other way takes the bias away, but no party's own error.
        tally.add(&[900], &[1_000], &[0]).unwrap();
        let score = tally.score().unwrap();
        assert_eq!((score.bias_w, score.interval_error_ppm, score.event_error_ppm), (0, Some(300_000), Some(100_000)));
    }

    #[test]
    fn the_error_of_the_baseline_is_the_error_of_what_is_delivered() {
        let (baseline_w, truth_w, actual_w) = ([5_000, 6_000], [4_000, 7_500], [-1_000, 2_000]);
        let delivered = |b: [i64; 2]| [b[0] - actual_w[0], b[1] - actual_w[1]];
        let (guessed_w, true_w) = (delivered(baseline_w), delivered(truth_w));
        let apart_w = (guessed_w[0] - true_w[0]).abs() + (guessed_w[1] - true_w[1]).abs();
        let mut tally = Tally::default();
        tally.add(&baseline_w, &truth_w, &[5_000, 5_000]).unwrap();
        assert_eq!(tally.score().unwrap().interval_error_ppm, Some(apart_w * 1_000_000 / 10_000));
    }

    #[test]
    fn what_does_not_fit_is_refused_and_not_half_counted() {
        let mut tally = Tally::default();
        assert_eq!(tally.add(&[1], &[1, 2], &[1]), Err(BaselineError::Lengths { wanted: 1, found: 2 }));
        assert_eq!(tally.add(&[1], &[1], &[]), Err(BaselineError::Lengths { wanted: 1, found: 0 }));
        let absurd = tally.add(&[1, 2], &[1, i64::MIN], &[1, 1]);
        assert_eq!(absurd, Err(BaselineError::TooLarge { load_w: i64::MIN }));
        assert_eq!(tally, Tally::default());
        tally.add(&[3], &[1], &[0]).unwrap();
        assert_eq!(tally.score().unwrap().interval_error_ppm, None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn the_order_of_parties_does_not_matter(
            parties in prop::collection::vec(
                prop::collection::vec((-9_000_i64..9_000, -9_000_i64..9_000, 0_i64..9_000), 1..6), 1..6,
            ),
        ) {
            let mut forward = Tally::default();
            let mut backward = Tally::default();
            let columns = |party: &[(i64, i64, i64)]| {
                let column = |f: fn(&(i64, i64, i64)) -> i64| party.iter().map(f).collect::<Vec<i64>>();
                [column(|x| x.0), column(|x| x.1), column(|x| x.2)]
            };
            for party in &parties {
                let [b, t, r] = columns(party);
                forward.add(&b, &t, &r).unwrap();
            }
            for party in parties.iter().rev() {
                let [b, t, r] = columns(party);
                let mut own = Tally::default();
                own.add(&b, &t, &r).unwrap();
                backward.merge(&own);
            }
            prop_assert_eq!(forward, backward);
            let score = forward.score().unwrap();
            prop_assert!(score.rmse_w >= score.bias_w.abs());
            prop_assert!(score.interval_error_ppm >= score.event_error_ppm);
        }
    }
}
