//! Dividing whole things by weights.

/// Divides `total` among `weights` by the largest-remainder method: whole shares that add up exactly.
///
/// Ties go to the lower index. With no positive weight everything goes to index 0.
pub fn largest_remainder(total: u64, weights: &[f64]) -> Vec<u64> {
    let sum: f64 = weights.iter().map(|w| w.max(0.0)).sum();
    if weights.is_empty() {
        return Vec::new();
    }
    if sum <= 0.0 {
        let mut shares = vec![0; weights.len()];
        shares[0] = total;
        return shares;
    }
    let ideal: Vec<f64> = weights.iter().map(|w| total as f64 * w.max(0.0) / sum).collect();
    let mut shares: Vec<u64> = ideal.iter().map(|x| x.floor() as u64).collect();
    let given: u64 = shares.iter().sum();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| (ideal[b] - ideal[b].floor()).total_cmp(&(ideal[a] - ideal[a].floor())).then(a.cmp(&b)));
    let missing = total.saturating_sub(given) as usize;
    for k in 0..missing {
        shares[order[k % order.len()]] += 1;
    }
    shares
}

/// Running sums, with a leading zero.
pub fn running(counts: &[u64]) -> Vec<u64> {
    let mut sum = 0;
    core::iter::once(0)
        .chain(counts.iter().map(|c| {
            sum += c;
            sum
        }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shares_add_up_and_are_fair(total in 0_u64..100_000, weights in prop::collection::vec(0.0_f64..10.0, 1..40)) {
            let shares = largest_remainder(total, &weights);
            prop_assert_eq!(shares.iter().sum::<u64>(), total);
            let sum: f64 = weights.iter().sum();
            if sum > 0.0 {
                for (share, w) in shares.iter().zip(&weights) {
                    prop_assert!((*share as f64 - total as f64 * w / sum).abs() <= 1.0 + 1e-6);
                }
            }
        }
    }
}
