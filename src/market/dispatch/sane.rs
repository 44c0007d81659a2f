//! What stands between any policy and the set-points.

use super::offer::{Offer, Request};
use super::proportional::share;
use super::tree::Grid;
use super::{Policy, Rule};

/// Makes sound calls of whatever a policy left in `called_w`, and returns their sum in W.
///
/// Each call is clamped to zero and to what its offer can do. If the sum is then above the request, all calls are cut
/// in proportion by the largest-remainder method with ties by resource: a cut that favours nobody, since a policy that
/// exceeds the request has not said whom it would rather leave out. Calls that are sound already are not touched.
/// Entries beyond the offers become zero.
pub fn sanitise(request: &Request, offers: &[Offer], called_w: &mut [i64]) -> i64 {
    let known = offers.len().min(called_w.len());
    called_w[known..].fill(0);
    let called_w = &mut called_w[..known];
    let mut sum_w: i128 = 0;
    for (called, offer) in called_w.iter_mut().zip(offers) {
        *called = (*called).clamp(0, offer.within_w(request));
        sum_w += i128::from(*called);
    }
    if sum_w <= i128::from(request.wanted_w()) {
        return sum_w as i64;
    }
    share(request.wanted_w(), called_w, |i| offers[i].resource);
    request.wanted_w()
}

/// A policy whose calls are always sanitised.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sane<P>(pub P);

impl<P: Policy> Policy for Sane<P> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn dispatch(&self, request: &Request, offers: &[Offer], grid: &Grid, called_w: &mut [i64]) {
        self.0.dispatch(request, offers, grid, called_w);
        sanitise(request, offers, called_w);
    }

    fn rule(&self) -> Rule {
        self.0.rule()
    }

    fn respects_tree(&self) -> bool {
        // Cutting calls cannot break a limit that they kept to.
        self.0.respects_tree()
    }
}

#[cfg(test)]
mod tests {
    use super::super::kit;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_comes_is_made_sound(seed: u64, values in prop::collection::vec(any::<i64>(), 1..20)) {
            let case = kit::case(seed);
            let mut called_w: Vec<i64> = values.iter().copied().cycle().take(case.offers.len() + 2).collect();
            let sum_w = sanitise(&case.request, &case.offers, &mut called_w);
            prop_assert_eq!(&called_w[case.offers.len()..], &[0, 0]);
            kit::bounds(&case, &called_w[..case.offers.len()]).map_err(|v| TestCaseError::fail(v.to_string()))?;
            prop_assert_eq!(sum_w, called_w.iter().sum::<i64>());
            // Sound calls stay as they are.
            let before = called_w.clone();
            sanitise(&case.request, &case.offers, &mut called_w);
            prop_assert_eq!(before, called_w);
        }
    }
}
