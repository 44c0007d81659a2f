//! Policies that break every rule, for tests of whatever stands between a policy and the set-points.

use super::super::Policy;
use super::super::offer::{Offer, Request};
use super::super::tree::Grid;
use crate::chance::{Purpose, Seed, draw};
use core::sync::atomic::{AtomicU32, Ordering};

/// What a hostile policy does to `called_w`.
type Deed = fn(&Request, &[Offer], &mut [i64]);

struct Hostile {
    name: &'static str,
    deed: Deed,
}

impl Policy for Hostile {
    fn name(&self) -> &'static str {
        self.name
    }

    fn dispatch(&self, request: &Request, offers: &[Offer], _: &Grid, called_w: &mut [i64]) {
        (self.deed)(request, offers, called_w);
    }

    fn respects_tree(&self) -> bool {
        // A lie, of course.
        true
    }
}

/// Answers something else every time.
struct Moody(AtomicU32);

impl Policy for Moody {
    fn name(&self) -> &'static str {
        "moody"
    }

    fn dispatch(&self, _: &Request, offers: &[Offer], _: &Grid, called_w: &mut [i64]) {
        let mood = self.0.fetch_add(1, Ordering::Relaxed);
        for (called_w, offer) in called_w.iter_mut().zip(offers) {
            *called_w = draw(Seed(1), Purpose::Test, offer.resource, mood).bits() as i64;
        }
    }
}

/// One of each kind of hostile policy. All claim to respect the tree.
///
/// A policy cannot call a resource that was not offered, nor answer with the wrong number of calls: the signature of
/// [`Policy::dispatch`] leaves no way to say so. A panic is not among the deeds either: nobody catches one.
pub fn hostile() -> Vec<Box<dyn Policy>> {
    let deeds: [(&'static str, Deed); 10] = [
        ("everything at full", |_, offers, called_w| {
            called_w.iter_mut().zip(offers).for_each(|(c, o)| *c = o.most_w);
        }),
        ("negative", |_, offers, called_w| {
            called_w.iter_mut().zip(offers).for_each(|(c, o)| *c = o.most_w.saturating_neg());
        }),
        ("greatest number", |_, _, called_w| called_w.fill(i64::MAX)),
        ("least number", |_, _, called_w| called_w.fill(i64::MIN)),
        ("alternating", |_, _, called_w| {
            called_w.iter_mut().enumerate().for_each(|(i, c)| *c = if i % 2 == 0 { i64::MAX } else { i64::MIN });
        }),
        ("leaves what was there", |_, _, _| {}),
        ("twice what each offers", |_, offers, called_w| {
            called_w.iter_mut().zip(offers).for_each(|(c, o)| *c = o.most_w.saturating_mul(2));
        }),
        ("all of the request from the first", |request, _, called_w| {
            called_w.fill(0);
            if let Some(first) = called_w.first_mut() {
                *first = request.power_w;
            }
        }),
        ("nothing when much is asked", |request, offers, called_w| {
            let much = request.power_w > 10_000;
            called_w.iter_mut().zip(offers).for_each(|(c, o)| *c = if much { 0 } else { o.most_w });
        }),
        ("random", |request, offers, called_w| {
            for (called_w, offer) in called_w.iter_mut().zip(offers) {
                *called_w = draw(Seed(0), Purpose::Test, offer.resource, request.power_w as u32).bits() as i64;
            }
        }),
    ];
    let mut all: Vec<Box<dyn Policy>> =
        deeds.into_iter().map(|(name, deed)| Box::new(Hostile { name, deed }) as Box<dyn Policy>).collect();
    all.push(Box::new(Moody(AtomicU32::new(0))));
    all
}

#[cfg(test)]
mod tests {
    use super::super::super::{Limited, Sane};
    use super::super::{bounds, call, case, check, maximal, tree};
    use super::*;

    #[test]
    fn each_is_found_out() {
        for policy in hostile() {
            let caught = (0..400).find(|&seed| check(&policy, &case(seed)).is_err());
            assert!(caught.is_some(), "{} passes for sound", policy.name());
        }
    }

    #[test]
    fn none_gets_past_the_guards() {
        for seed in 0..300 {
            let case = case(seed);
            for policy in hostile() {
                let name = policy.name();
                let sane = Sane(policy);
                assert_eq!(bounds(&case, &call(&sane, &case)), Ok(()), "{name}, seed {seed}");
                for relieve in [false, true] {
                    let called_w = call(&Limited { inner: &sane.0, relieve }, &case);
                    assert_eq!(bounds(&case, &called_w), Ok(()), "{name}, seed {seed}");
                    assert_eq!(tree(&case, &called_w), Ok(()), "{name}, seed {seed}");
                    assert_eq!(maximal(&case, &called_w), Ok(()), "{name}, seed {seed}");
                }
            }
        }
    }
}
