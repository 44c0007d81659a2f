//! The end of an event: who is let go when.
//!
//! What was held back comes back: vehicles charge what they missed, buildings cool down. If all are let go in the same
//! second, that rebound is a step of the size of the event or more. Programmes therefore spread the end over a recovery
//! time, as `randomizeDuration` of IEEE 2030.5 does. (`OpenADR` 3 has such a field, `randomizeStart`, for the start.)

use crate::chance::{Purpose, Seed, draw};

/// How the end is spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Release {
    /// All at the end of the event.
    AtOnce,
    /// Each at a moment of its own, drawn by itself: needs no coordinator and no message, but power comes back
    /// unevenly when a few resources are large.
    #[default]
    Randomised,
    /// One after another in a drawn order, so that power comes back in proportion to time: needs to know what is
    /// called of everyone.
    Staggered,
}

/// Seconds after the end of the event at which a resource is let go by [`Release::Randomised`]: uniform in
/// `0..=recovery_s`, and another for each event, so that nobody is always last.
pub fn randomised_s(seed: Seed, event: u32, resource: u32, recovery_s: u32) -> u32 {
    draw(seed, Purpose::Release, resource, event).below(recovery_s.saturating_add(1))
}

/// Seconds after the end of the event at which each resource is let go, for `(resource, called power in W)` in any
/// order; never more than `recovery_s`.
///
/// Staggered, each resource has a share of the recovery time like its share of the power, and is let go in the middle
/// of it: at every moment as much has come back as the time that has passed, give or take half of one resource.
/// Negative powers count as zero.
pub fn plan(release: Release, seed: Seed, event: u32, recovery_s: u32, called_w: &[(u32, i64)]) -> Vec<u32> {
    match release {
        Release::AtOnce => vec![0; called_w.len()],
        Release::Randomised => called_w.iter().map(|&(r, _)| randomised_s(seed, event, r, recovery_s)).collect(),
        Release::Staggered => staggered(seed, event, recovery_s, called_w),
    }
}

fn staggered(seed: Seed, event: u32, recovery_s: u32, called_w: &[(u32, i64)]) -> Vec<u32> {
    let mut order: Vec<(u64, u32, usize)> = called_w
        .iter()
        .enumerate()
        .map(|(i, &(resource, _))| (draw(seed, Purpose::Release, resource, event).bits(), resource, i))
        .collect();
    order.sort_unstable();
    let total_w: i128 = called_w.iter().map(|c| i128::from(c.1.max(0))).sum();
    let mut after_s = vec![0; called_w.len()];
    let mut before_w = 0;
    for (_, _, i) in order {
        let power_w = i128::from(called_w[i].1.max(0));
        let middle = i128::from(recovery_s) * (2 * before_w + power_w);
        after_s[i] = (middle / (2 * total_w).max(1)) as u32;
        before_w += power_w;
    }
    after_s
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SEED: Seed = Seed(11);

    /// Power that has come back by each second.
    fn back_w(after_s: &[u32], called_w: &[(u32, i64)], recovery_s: u32) -> Vec<i64> {
        let back = |second| after_s.iter().zip(called_w).filter(|(a, _)| **a <= second).map(|(_, c)| c.1).sum();
        (0..=recovery_s).map(back).collect()
    }

    #[test]
    fn power_comes_back_evenly() {
        let called_w: Vec<(u32, i64)> = (0..2_000).map(|i| (i * 3, 7_000 + i64::from(i % 5) * 20_000)).collect();
        let total_w: i64 = called_w.iter().map(|c| c.1).sum();
        let recovery_s = 900;
        for (release, slack_w) in [(Release::Staggered, 90_000 + total_w / 900), (Release::Randomised, total_w / 20)] {
            let after_s = plan(release, SEED, 1, recovery_s, &called_w);
            for (second, back_w) in back_w(&after_s, &called_w, recovery_s).into_iter().enumerate() {
                let even_w = total_w * second as i64 / i64::from(recovery_s);
                assert!((back_w - even_w).abs() <= slack_w, "{release:?} {second}: {back_w} for {even_w}");
            }
        }
        assert_eq!(plan(Release::AtOnce, SEED, 1, recovery_s, &called_w), vec![0; 2_000]);
    }

    #[test]
    fn each_is_let_go_in_the_middle_of_its_share() {
        let mut after_s = plan(Release::Staggered, SEED, 3, 600, &[(5, 40), (6, 40), (7, 40)]);
        after_s.sort_unstable();
        assert_eq!(after_s, [100, 300, 500]);
        assert_eq!(plan(Release::Staggered, SEED, 3, 600, &[(5, 0)]), [0]);
    }

    #[test]
    fn nobody_is_always_last() {
        let called_w: Vec<(u32, i64)> = (0..50).map(|i| (i, 7_000)).collect();
        for release in [Release::Randomised, Release::Staggered] {
            let events: Vec<Vec<u32>> = (0..40).map(|event| plan(release, SEED, event, 600, &called_w)).collect();
            for resource in 0..50 {
                let mean_s = events.iter().map(|e| e[resource]).sum::<u32>() / 40;
                assert!((180..420).contains(&mean_s), "{release:?} {resource}: {mean_s}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_order_of_resources_does_not_matter(
            powers in prop::collection::btree_map(any::<u32>(), any::<i64>(), 0..40),
            recovery_s: u32,
            event: u32,
        ) {
            let called_w: Vec<(u32, i64)> = powers.into_iter().collect();
            let reversed: Vec<(u32, i64)> = called_w.iter().rev().copied().collect();
            for release in [Release::AtOnce, Release::Randomised, Release::Staggered] {
                let after_s = plan(release, SEED, event, recovery_s, &called_w);
                let mut other_s = plan(release, SEED, event, recovery_s, &reversed);
                other_s.reverse();
                prop_assert_eq!(&after_s, &other_s);
                prop_assert!(after_s.iter().all(|&s| s <= recovery_s));
            }
        }
    }
}
