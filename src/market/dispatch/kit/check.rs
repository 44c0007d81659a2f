//! The invariants of a policy.

use super::super::Policy;
use super::super::offer::Request;
use super::super::tree::{Level, Room};
use super::case::{Case, shuffled};

/// A rule of [`Policy`] that was broken. Figures in W.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A call is negative or more than was offered.
    #[error("resource {resource} offered {within_w} W and was called for {called_w} W")]
    OutsideOffer {
        /// Whose offer.
        resource: u32,
        /// What was called.
        called_w: i64,
        /// What it can do.
        within_w: i64,
    },
    /// More is called in sum than was requested.
    #[error("{wanted_w} W were requested and {called_w} W called")]
    OverRequest {
        /// What was called in sum.
        called_w: i128,
        /// What was requested.
        wanted_w: i64,
    },
    /// More is called behind an element than it has room for, by a policy that claims to respect the tree.
    #[error("{called_w} W are called behind {level:?} {row}, which has room for {room_w} W")]
    OverRoom {
        /// Its level.
        level: Level,
        /// Its row.
        row: usize,
        /// What was called behind it.
        called_w: i128,
        /// Its room.
        room_w: i64,
    },
    /// A resource outside the tree is called by a policy that claims to respect the tree.
    #[error("resource {resource} is called and hangs on no transformer of the tree")]
    OutsideTree {
        /// The resource.
        resource: u32,
    },
    /// The same question had another answer, or what was in the buffer mattered.
    #[error("resource {resource} was called for {first_w} W and, asked again, for {then_w} W")]
    NotDeterministic {
        /// The resource.
        resource: u32,
        /// The first answer.
        first_w: i64,
        /// Another answer.
        then_w: i64,
    },
    /// The offers in another order had another answer.
    #[error("resource {resource} was called for {first_w} W and, among the same offers in another order, {then_w} W")]
    OrderMatters {
        /// The resource.
        resource: u32,
        /// The answer in the order of the case.
        first_w: i64,
        /// The answer in another order.
        then_w: i64,
    },
    /// A greater request led to less being called.
    #[error("{fewer_w} W are called of {more_wanted_w} W requested, and {called_w} W of {wanted_w} W")]
    NotMonotone {
        /// The lesser request.
        wanted_w: i64,
        /// What was called for it.
        called_w: i128,
        /// The greater request.
        more_wanted_w: i64,
        /// What was called for that.
        fewer_w: i128,
    },
    /// More could have been placed.
    #[error("{called_w} W are called, and {most_w} W could be")]
    NotMaximal {
        /// What was called in sum.
        called_w: i128,
        /// What could have been.
        most_w: i64,
    },
}

/// What a policy calls in a case, in W for each offer.
pub fn call(policy: &dyn Policy, case: &Case) -> Vec<i64> {
    call_over(policy, case, 0)
}

/// The same, over a buffer filled with something.
fn call_over(policy: &dyn Policy, case: &Case, filling_w: i64) -> Vec<i64> {
    let mut called_w = vec![filling_w; case.offers.len()];
    policy.dispatch(&case.request, &case.offers, &case.grid, &mut called_w);
    called_w
}

/// Holds a policy to every rule of [`Policy`] in a case.
///
/// # Errors
/// The first rule that is broken.
pub fn check(policy: &dyn Policy, case: &Case) -> Result<(), Violation> {
    let called_w = call(policy, case);
    bounds(case, &called_w)?;
    if policy.respects_tree() {
        tree(case, &called_w)?;
    }
    deterministic(policy, case, &called_w)?;
    indifferent(policy, case, &called_w)?;
    monotone(policy, case)
}

fn sum(called_w: &[i64]) -> i128 {
    called_w.iter().map(|&w| i128::from(w)).sum()
}

/// Every call within its offer, and the sum within the request.
///
/// # Errors
/// The first call that is not, or the sum.
pub fn bounds(case: &Case, called_w: &[i64]) -> Result<(), Violation> {
    for (offer, &called_w) in case.offers.iter().zip(called_w) {
        let within_w = offer.within_w(&case.request);
        if !(0..=within_w).contains(&called_w) {
            return Err(Violation::OutsideOffer { resource: offer.resource, called_w, within_w });
        }
    }
    let (called_w, wanted_w) = (sum(called_w), case.request.wanted_w());
    if called_w > i128::from(wanted_w) { Err(Violation::OverRequest { called_w, wanted_w }) } else { Ok(()) }
}

/// The sum behind every element within its room.
///
/// # Errors
/// The first element that is overrun, from below, or the first call outside the tree.
pub fn tree(case: &Case, called_w: &[i64]) -> Result<(), Violation> {
    let mut sums_w: [Vec<i128>; 3] = Level::ALL.map(|level| vec![0; case.grid.rooms(level).len()]);
    for (offer, &called_w) in case.offers.iter().zip(called_w) {
        let Some(path) = case.grid.path(offer.node) else {
            if called_w != 0 {
                return Err(Violation::OutsideTree { resource: offer.resource });
            }
            continue;
        };
        for (row, sums_w) in path.into_iter().zip(&mut sums_w) {
            sums_w[row] += i128::from(called_w);
        }
    }
    for (level, sums_w) in Level::ALL.into_iter().zip(sums_w) {
        for (row, called_w) in sums_w.into_iter().enumerate() {
            let room_w = Room::room_w(case.grid.rooms(level)[row], case.request.direction);
            if called_w > i128::from(room_w) {
                return Err(Violation::OverRoom { level, row, called_w, room_w });
            }
        }
    }
    Ok(())
}

/// The sum is the most that the request, the offers and the tree allow.
///
/// This is a property of [`super::super::Limited`], not a rule for all policies: one may hold something back.
///
/// # Errors
/// When it is not.
pub fn maximal(case: &Case, called_w: &[i64]) -> Result<(), Violation> {
    let (called_w, most_w) = (sum(called_w), case.grid.most_w(&case.request, &case.offers));
    if called_w == i128::from(most_w) { Ok(()) } else { Err(Violation::NotMaximal { called_w, most_w }) }
}

fn deterministic(policy: &dyn Policy, case: &Case, called_w: &[i64]) -> Result<(), Violation> {
    for filling_w in [0, 1, i64::MIN] {
        let again_w = call_over(policy, case, filling_w);
        for (offer, (&first_w, &then_w)) in case.offers.iter().zip(called_w.iter().zip(&again_w)) {
            if first_w != then_w {
                return Err(Violation::NotDeterministic { resource: offer.resource, first_w, then_w });
            }
        }
    }
    Ok(())
}

/// The order of the offers does not matter.
fn indifferent(policy: &dyn Policy, case: &Case, called_w: &[i64]) -> Result<(), Violation> {
    let by_resource = |case: &Case, called_w: &[i64]| {
        let mut pairs: Vec<(u32, i64)> = case.offers.iter().map(|o| o.resource).zip(called_w.iter().copied()).collect();
        pairs.sort_unstable();
        pairs
    };
    let first = by_resource(case, called_w);
    let mut reversed = case.clone();
    reversed.offers.reverse();
    for other in [reversed, shuffled(1, case), shuffled(2, case)] {
        let then = by_resource(&other, &call(policy, &other));
        for (&(resource, first_w), &(_, then_w)) in first.iter().zip(&then) {
            if first_w != then_w {
                return Err(Violation::OrderMatters { resource, first_w, then_w });
            }
        }
    }
    Ok(())
}

/// A greater request never leads to less in sum. (A single offer may lose a watt to rounding.)
fn monotone(policy: &dyn Policy, case: &Case) -> Result<(), Violation> {
    let wanted_w = case.request.wanted_w();
    let mut before: Option<(i64, i128)> = None;
    let more_w = wanted_w.saturating_add(1);
    for power_w in [0, 1, wanted_w / 3, wanted_w / 2, wanted_w, more_w, wanted_w.saturating_mul(2).max(more_w)] {
        // Small requests are not in order.
        let power_w = power_w.max(before.map_or(0, |b| b.0));
        let other = Case { request: Request { power_w, ..case.request }, ..case.clone() };
        let called_w = sum(&call(policy, &other));
        if let Some((less_wanted_w, less_w)) = before
            && called_w < less_w
        {
            return Err(Violation::NotMonotone {
                wanted_w: less_wanted_w,
                called_w: less_w,
                more_wanted_w: power_w,
                fewer_w: called_w,
            });
        }
        before = Some((power_w, called_w));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::{Proportional, bare, limited};
    use super::super::case::case;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn the_policies_of_the_library_keep_the_rules(seed: u64) {
            let case = case(seed);
            for policy in bare().iter().chain(&limited()) {
                let kept = check(policy, &case);
                prop_assert!(kept.is_ok(), "{}: {}", policy.name(), kept.unwrap_err());
            }
        }
    }

    #[test]
    fn each_rule_can_be_seen_broken() {
        let case = (0..100).map(case).find(|c| c.request.power_w > 100 && c.offers.len() > 20).unwrap();
        let sound = call(&Proportional, &case);
        assert_eq!(bounds(&case, &sound), Ok(()));
        let mut high = sound.clone();
        high[3] = case.offers[3].within_w(&case.request) + 1;
        assert!(matches!(bounds(&case, &high), Err(Violation::OutsideOffer { .. })));
        let all: Vec<i64> = case.offers.iter().map(|o| o.within_w(&case.request)).collect();
        let little = Case { request: Request { power_w: 5, ..case.request }, ..case.clone() };
        assert!(matches!(bounds(&little, &all), Err(Violation::OverRequest { .. })));
        let mut full = case.clone();
        full.grid.rooms_mut(Level::Transformer).fill(Room::FREE);
        full.grid.rooms_mut(Level::Feeder).fill(Room { fall_w: 0, rise_w: -7 });
        let over = tree(&full, &sound);
        assert!(matches!(over, Err(Violation::OverRoom { level: Level::Feeder, room_w: 0, .. })), "{over:?}");
        assert!(matches!(maximal(&case, &vec![0; case.offers.len()]), Err(Violation::NotMaximal { .. })));
    }
}
