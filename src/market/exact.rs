//! What baselines and settlement share: the settled interval, and whole-number arithmetic with one rounding per
//! product and splits that add up.

/// Length of a settled interval in s: the 96-point practice of Guangdong's market.
pub const INTERVAL_S: i64 = 900;
/// The greatest power that is taken for one, in W, to either side: four times the peak of Shenzhen. Below it no
/// product overflows.
pub const MAX_POWER_W: i64 = 100_000_000_000;

/// `n / d` to the nearest whole number, halves away from zero, so that a feed-in is rounded as its mirror image is.
///
/// `d` must be positive.
pub const fn div_nearest(n: i128, d: i128) -> i128 {
    let (size, by) = (n.unsigned_abs(), d.unsigned_abs());
    let (whole, rest) = (size / by, size % by);
    let up = rest >= by - rest;
    let rounded = (whole + up as u128) as i128;
    if n < 0 { -rounded } else { rounded }
}

/// The value as `i64`, held at the ends of its range. Checked inputs never reach them.
pub const fn saturate(value: i128) -> i64 {
    if value > i64::MAX as i128 {
        i64::MAX
    } else if value < i64::MIN as i128 {
        i64::MIN
    } else {
        value as i64
    }
}

/// Splits `total` in proportion to `weights` by the largest-remainder method: whole shares that add up exactly.
///
/// For handing down what was paid for a portfolio to its members. Negative weights count as zero; of equal remainders
/// the earlier place is served first, so members stand in the order of their ids. A negative total is split as its
/// mirror image. `None` when there is something to split and no positive weight.
pub fn share_out(total: i64, weights: &[i64]) -> Option<Vec<i64>> {
    let weights: Vec<i128> = weights.iter().map(|&w| i128::from(w.max(0))).collect();
    let sum: i128 = weights.iter().sum();
    if sum == 0 {
        return (total == 0).then(|| vec![0; weights.len()]);
    }
    let size = i128::from(total).abs();
    let mut shares: Vec<i128> = weights.iter().map(|w| size * w / sum).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&i| (-(size * weights[i] % sum), i));
    let left = size - shares.iter().sum::<i128>();
    for &i in order.iter().take(left as usize) {
        shares[i] += 1;
    }
    Some(shares.into_iter().map(|s| saturate(if total < 0 { -s } else { s })).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_go_away_from_zero() {
        let cases = [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (-4, 3, -1), (7, 5, 1), (8, 5, 2), (0, 9, 0), (-1, 3, 0)];
        for (n, d, expected) in cases {
            assert_eq!(div_nearest(n, d), expected, "{n} / {d}");
        }
        assert_eq!(saturate(i128::MAX), i64::MAX);
        assert_eq!(saturate(i128::MIN), i64::MIN);
    }

    #[test]
    fn the_largest_remainder_is_served_first() {
        // Quotas 3.33, 3.33, 3.33: the first of equals. Quotas 1.5, 3.5, 5.0: the first of the two halves.
        assert_eq!(share_out(10, &[1, 1, 1]), Some(vec![4, 3, 3]));
        assert_eq!(share_out(10, &[3, 7, 10]), Some(vec![2, 3, 5]));
        assert_eq!(share_out(-10, &[1, 1, 1]), Some(vec![-4, -3, -3]));
        assert_eq!(share_out(5, &[0, -3]), None);
        assert_eq!(share_out(0, &[0, 0]), Some(vec![0, 0]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn shares_add_up_and_are_within_one_of_the_quota(
            total in any::<i64>(),
            weights in prop::collection::vec(0..=i64::MAX, 1..20),
        ) {
            let sum: i128 = weights.iter().map(|&w| i128::from(w)).sum();
            prop_assume!(sum > 0);
            let shares = share_out(total, &weights).unwrap();
            prop_assert_eq!(shares.iter().map(|&s| i128::from(s)).sum::<i128>(), i128::from(total));
            for (share, w) in shares.iter().zip(&weights) {
                let floor = i128::from(total).abs() * i128::from(*w) / sum;
                let above = i128::from(*share).abs() - floor;
                prop_assert!(above == 0 || above == 1, "{share} of {total} for {w} of {sum}");
            }
        }

        #[test]
        fn a_quotient_is_within_half(n in any::<i64>(), d in 1..=i64::MAX) {
            let (n, d) = (i128::from(n), i128::from(d));
            prop_assert!((2 * (div_nearest(n, d) * d - n)).abs() <= d);
        }
    }
}
