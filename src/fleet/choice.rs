//! Which station: a multinomial logit over price, distance, expected wait, power and size.
//!
//! Alternatives are drawn uniformly from the stations near a zone, which leaves the logit's estimates unbiased
//! (`McFadden` 1978).

use crate::chance::{Purpose, draw};
use crate::city::geography::Near;
use crate::clock::{DAY_S, HOUR_S};
use crate::fleet::context::Context;
use crate::fleet::params::ChoiceWeights;
use crate::fleet::station::Site;

/// The part of a station's utility that does not change: the power and the number of its points.
pub fn appeal(w: &ChoiceWeights, kw: f64, guns: f64) -> f64 {
    w.log_power * libm::log(kw.max(1.0)) + w.log_size * libm::log(guns.max(1.0))
}

/// The systematic utility of a station.
pub fn utility(w: &ChoiceWeights, price_yuan: f64, km: f64, wait_h: f64, kw: f64, guns: f64) -> f64 {
    appeal(w, kw, guns) + w.price * price_yuan + w.distance * km + w.wait * wait_h
}

/// Choice probabilities of a set of utilities.
pub fn probabilities(utilities: &[f64]) -> Vec<f64> {
    let most = utilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = utilities.iter().map(|u| libm::exp(u - most)).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|w| w / sum).collect()
}

/// Expected wait in hours at points of one kind: none while one is free, else the queue ahead over the points.
pub fn expected_wait_h(free: u32, queued: u32, guns: u32, service_s: f64) -> f64 {
    if free > 0 || guns == 0 {
        return 0.0;
    }
    f64::from(queued + 1) * service_s / f64::from(guns) / f64::from(HOUR_S)
}

/// The most stations a driver looks at.
pub const MOST_ALTERNATIVES: usize = 16;

/// Chooses a station near a zone for a vehicle, or none when there is none within `reach_m`.
pub fn choose(ctx: &Context, row: u32, zone: u16, dc: bool, reach_m: u32, now_s: u32) -> Option<Near> {
    let near = ctx.geography.near(zone, dc);
    let w = &ctx.params.choice;
    let looked_at = (w.alternatives as usize).min(near.len()).min(MOST_ALTERNATIVES);
    if looked_at == 0 {
        return None;
    }
    let mut d = draw(ctx.seed, Purpose::StationChoice, row, now_s);
    let hour = (now_s % DAY_S / HOUR_S) as usize;
    // A stride over the list from a random start looks at distinct stations.
    let stride = near.len() / looked_at;
    let start = d.below(near.len() as u32) as usize;
    let (mut sum, mut running) = (0.0, [0.0; MOST_ALTERNATIVES]);
    for (k, running) in running.iter_mut().enumerate().take(looked_at) {
        let here = near[(start + k * stride) % near.len()];
        let site: &Site = &ctx.board.sites[here.station as usize];
        let (free, guns, appeal) = if dc {
            (site.free_dc, site.guns_dc, site.appeal_dc)
        } else {
            (site.free_ac, site.guns_ac, site.appeal_ac)
        };
        if guns > 0 && here.metres <= reach_m {
            let price = site.price(ctx.around, hour);
            let wait = expected_wait_h(u32::from(free), u32::from(site.queued), u32::from(guns), ctx.params.service_s);
            let km = f64::from(here.metres) / 1_000.0;
            let utility = f64::from(appeal) + w.price * price + w.distance * km + w.wait * wait;
            // Utilities are of the order of -10 to 10: no overflow, and the largest needs not be known first.
            sum += libm::exp(utility.clamp(-300.0, 300.0));
        }
        *running = sum;
    }
    if sum <= 0.0 {
        return None;
    }
    let k = d.weighted(&running[..looked_at]);
    Some(near[(start + k * stride) % near.len()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shares_add_to_one_and_ratios_ignore_other_alternatives(u in prop::collection::vec(-20.0_f64..20.0, 3..9)) {
            let all = probabilities(&u);
            prop_assert!((all.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let fewer = probabilities(&u[..2]);
            prop_assert!((all[0] * fewer[1] - all[1] * fewer[0]).abs() < 1e-9);
        }
    }

    #[test]
    fn own_price_elasticity_is_beta_price_one_minus_share() {
        let w =
            ChoiceWeights { price: -1.5, distance: -0.4, wait: -2.0, log_power: 0.3, log_size: 0.5, alternatives: 8 };
        let share =
            |p: f64| probabilities(&[utility(&w, p, 1.0, 0.0, 60.0, 10.0), utility(&w, 1.2, 2.0, 0.0, 60.0, 10.0)])[0];
        let (p, h) = (1.0, 1e-5);
        let elasticity = (share(p + h) - share(p - h)) / (2.0 * h) * p / share(p);
        assert!((elasticity - w.price * p * (1.0 - share(p))).abs() < 1e-6);
    }
}
