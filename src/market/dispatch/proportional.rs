//! Everyone gives the same share of what they can.

use super::offer::{Offer, Request};
use super::tree::Grid;
use super::{Policy, Rule};
use core::cmp::Reverse;

/// Calls every offer in proportion to what it can do; the last watts go to the largest remainders.
#[derive(Clone, Copy, Debug, Default)]
pub struct Proportional;

impl Policy for Proportional {
    fn name(&self) -> &'static str {
        "proportional"
    }

    fn dispatch(&self, request: &Request, offers: &[Offer], _: &Grid, called_w: &mut [i64]) {
        for (called, offer) in called_w.iter_mut().zip(offers) {
            *called = offer.within_w(request);
        }
        share(request.wanted_w(), called_w, |i| offers[i].resource);
    }

    fn rule(&self) -> Rule {
        Rule::Share
    }
}

/// Scales weights down to a total by the largest-remainder method (Hamilton 1792); ties go to the lower id.
///
/// Every part is its exact share rounded down or up. The method is not monotone: with a greater total a single part
/// may lose one unit (the paradox of Alabama, 1880), never more. If the weights sum to no more than the total, they
/// stay as they are. Negative weights count as zero, and so does a negative total. `id` tells the id of an index.
pub fn share(total: i64, weights: &mut [i64], id: impl Fn(usize) -> u32) {
    weights.iter_mut().for_each(|w| *w = (*w).max(0));
    let total = total.max(0) as u128;
    let sum: u128 = weights.iter().map(|&w| w as u128).sum();
    if sum <= total {
        return;
    }
    let mut left = total as i64;
    let mut remainders = Vec::with_capacity(weights.len());
    for (i, weight) in weights.iter_mut().enumerate() {
        let (part, remainder) = divide(total * *weight as u128, sum);
        *weight = part as i64;
        left -= part as i64;
        if remainder > 0 {
            remainders.push((Reverse(remainder), id(i), i as u32));
        }
    }
    // The remainders are less than one unit each, so fewer units are left than there are remainders.
    let left = left as usize;
    if left > 0 {
        remainders.select_nth_unstable(left - 1);
        for &(_, _, i) in &remainders[..left] {
            weights[i as usize] += 1;
        }
    }
}

/// Quotient and remainder; most divisions fit in 64 bits, where they are several times faster.
fn divide(a: u128, b: u128) -> (u128, u128) {
    match (u64::try_from(a), u64::try_from(b)) {
        (Ok(a), Ok(b)) => (u128::from(a / b), u128::from(a % b)),
        _ => (a / b, a % b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shared(total: i64, weights: &[i64]) -> Vec<i64> {
        let mut parts = weights.to_vec();
        share(total, &mut parts, |i| i as u32);
        parts
    }

    #[test]
    fn the_last_watt_goes_to_the_largest_remainder() {
        // Shares 3.33, 3.33, 1.33 (of 8): one is left for the three equal remainders, and the lowest id has it.
        assert_eq!(shared(8, &[5, 5, 2]), [4, 3, 1]);
        // Shares 1.5, 0.75, 0.75.
        assert_eq!(shared(3, &[4, 2, 2]), [1, 1, 1]);
        assert_eq!(shared(0, &[4, 2]), [0, 0]);
        assert_eq!(shared(7, &[4, 2]), [4, 2]);
        assert_eq!(shared(-7, &[4, -2]), [0, 0]);
        assert_eq!(shared(5, &[]), [0_i64; 0]);
        assert_eq!(shared(i64::MAX, &[i64::MAX; 3]).iter().sum::<i64>(), i64::MAX);
    }

    #[test]
    fn a_greater_total_may_cost_one_part_a_unit() {
        // Hand-made paradox: the quotas for 10 are 4.29, 4.29, 1.43 and for 11 are 4.71, 4.71, 1.57.
        assert_eq!(shared(10, &[6, 6, 2]), [4, 4, 2]);
        assert_eq!(shared(11, &[6, 6, 2]), [5, 5, 1]);
    }

    proptest! {
        #[test]
        fn parts_are_quotas_rounded_down_or_up(
            weights in prop::collection::vec(prop_oneof![0..20_i64, 0..200_000_i64, Just(i64::MAX)], 0..40),
            total in prop_oneof![0..50_i64, 0..2_000_000_i64, Just(i64::MAX)],
        ) {
            let parts = shared(total, &weights);
            let sum: i128 = weights.iter().map(|&w| i128::from(w)).sum();
            let placed: i128 = parts.iter().map(|&p| i128::from(p)).sum();
            prop_assert_eq!(placed, sum.min(i128::from(total)));
            for (&part, &weight) in parts.iter().zip(&weights) {
                prop_assert!((0..=weight).contains(&part));
                if sum > i128::from(total) {
                    // |part - total weight / sum| < 1, multiplied by the sum.
                    let off = i128::from(part) * sum - i128::from(total) * i128::from(weight);
                    prop_assert!(off.abs() < sum, "{} of {}", part, weight);
                }
            }
        }
    }
}
