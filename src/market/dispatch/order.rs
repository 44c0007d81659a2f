//! Policies that call one offer after another: by price, by laxity, by use.

use super::offer::{Direction, Offer, Request};
use super::tree::Grid;
use super::{Policy, Rule};

/// Calls the cheapest offers first. A negative price is cheaper than none.
#[derive(Clone, Copy, Debug, Default)]
pub struct MeritOrder;

/// Calls first who can best afford it.
///
/// When load is reduced, those with the most laxity are called first: they can wait longest, so that the fewest
/// departures come near. When load is raised, those with the least are called first, as on a single machine least
/// laxity first meets every deadline that can be met (Dertouzos and Mok 1989): what is to be charged anyway is charged
/// where it is most urgent, and the patient stay in reserve for the next event.
#[derive(Clone, Copy, Debug, Default)]
pub struct LeastLaxity;

/// Calls first who has been called least this season, in energy, so that the burden goes round.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rotation;

fn by_price(_: &Request, offer: &Offer) -> i64 {
    offer.price_per_kwh.0
}

fn by_laxity(request: &Request, offer: &Offer) -> i64 {
    match request.direction {
        // The complement turns the order round and, unlike the negative, exists for every number.
        Direction::Reduce => !offer.laxity_s,
        Direction::Raise => offer.laxity_s,
    }
}

fn by_use(_: &Request, offer: &Offer) -> i64 {
    offer.used_j
}

/// Indices of the offers with anything to give, by rising key, then by resource.
pub(super) fn sorted(request: &Request, offers: &[Offer], key: fn(&Request, &Offer) -> i64) -> Vec<u32> {
    // Key, resource and index side by side in one number: it compares without a branch. Flipping the sign bit gives
    // signed keys the order of unsigned ones.
    let mut keys: Vec<u128> = offers
        .iter()
        .enumerate()
        .filter(|(_, offer)| offer.most_w > 0)
        .map(|(i, offer)| {
            let key = key(request, offer) as u64 ^ (1 << 63);
            (u128::from(key) << 64) | (u128::from(offer.resource) << 32) | i as u128
        })
        .collect();
    keys.sort_unstable();
    keys.into_iter().map(|k| k as u32).collect()
}

/// Calls offers in full, in order, until the request is met.
fn in_turn(request: &Request, offers: &[Offer], called_w: &mut [i64], key: fn(&Request, &Offer) -> i64) {
    called_w.fill(0);
    let mut left_w = request.wanted_w();
    for i in sorted(request, offers, key) {
        if left_w == 0 {
            break;
        }
        let i = i as usize;
        called_w[i] = offers[i].within_w(request).min(left_w);
        left_w -= called_w[i];
    }
}

macro_rules! ordered_policy {
    ($policy:ident, $name:literal, $key:ident) => {
        impl Policy for $policy {
            fn name(&self) -> &'static str {
                $name
            }

            fn dispatch(&self, request: &Request, offers: &[Offer], _: &Grid, called_w: &mut [i64]) {
                in_turn(request, offers, called_w, $key);
            }

            fn rule(&self) -> Rule {
                Rule::Order($key)
            }
        }
    };
}

ordered_policy!(MeritOrder, "merit order", by_price);
ordered_policy!(LeastLaxity, "least laxity first", by_laxity);
ordered_policy!(Rotation, "fair rotation", by_use);

#[cfg(test)]
mod tests {
    use super::super::offer::ResourceKind;
    use super::*;
    use crate::units::Money;

    fn offer(resource: u32, most_w: i64) -> Offer {
        Offer {
            resource,
            node: 0,
            aggregator: 0,
            kind: ResourceKind::Charging,
            held_s: u32::MAX,
            most_w,
            laxity_s: 0,
            price_per_kwh: Money::ZERO,
            used_j: 0,
        }
    }

    fn called(policy: &dyn Policy, direction: Direction, power_w: i64, offers: &[Offer]) -> Vec<i64> {
        let grid = Grid::new(vec![0], vec![0], 1).unwrap();
        let mut called_w = vec![-1; offers.len()];
        policy.dispatch(&Request { direction, power_w, now_s: 0, hold_s: 900 }, offers, &grid, &mut called_w);
        called_w
    }

    #[test]
    fn the_cheapest_come_first_and_equals_by_resource() {
        let price = |resource, yuan: i64| Offer { price_per_kwh: Money(yuan * 1_000_000), ..offer(resource, 10) };
        let offers = [price(4, 3), price(9, -1), price(2, 3), price(1, 5)];
        assert_eq!(called(&MeritOrder, Direction::Reduce, 25, &offers), [5, 10, 10, 0]);
        assert_eq!(called(&MeritOrder, Direction::Raise, 25, &offers), [5, 10, 10, 0]);
        assert_eq!(called(&MeritOrder, Direction::Raise, -25, &offers), [0; 4]);
    }

    #[test]
    fn the_patient_wait_and_the_hurried_charge() {
        let laxity = |resource, laxity_s| Offer { laxity_s, ..offer(resource, 7) };
        let offers = [laxity(0, 600), laxity(1, i64::MAX), laxity(2, i64::MIN), laxity(3, -60)];
        assert_eq!(called(&LeastLaxity, Direction::Reduce, 15, &offers), [7, 7, 0, 1]);
        assert_eq!(called(&LeastLaxity, Direction::Raise, 15, &offers), [1, 0, 7, 7]);
    }

    #[test]
    fn the_burden_goes_round() {
        // Four resources that are each called for one interval at a time: after four, all have been.
        let mut offers: Vec<Offer> = (0..4).map(|r| offer(r, 10)).collect();
        for _ in 0..4 {
            let called_w = called(&Rotation, Direction::Reduce, 10, &offers);
            for (offer, called_w) in offers.iter_mut().zip(called_w) {
                offer.used_j += called_w * 900;
            }
        }
        assert!(offers.iter().all(|o| o.used_j == 9_000), "{offers:?}");
    }

    #[test]
    fn what_cannot_be_held_counts_for_less() {
        let short = Offer { held_s: 450, ..offer(0, 10) };
        assert_eq!(called(&Rotation, Direction::Reduce, 12, &[short, offer(1, 10)]), [5, 7]);
    }
}
