//! Which station: a multinomial logit over price, distance, expected wait, power and size.
//!
//! Alternatives are drawn uniformly from the stations near a zone, which leaves the logit's estimates unbiased
//! (McFadden 1978), and the choice itself is the alternative with the greatest utility plus Gumbel noise.

use crate::chance::{Purpose, draw};
use crate::city::geography::Near;
use crate::clock::{DAY_S, HOUR_S};
use crate::fleet::context::Context;
use crate::fleet::params::ChoiceWeights;
use crate::fleet::station::Site;

/// The systematic utility of a station.
pub fn utility(w: &ChoiceWeights, price_yuan: f64, km: f64, wait_h: f64, kw: f64, guns: f64) -> f64 {
    w.price * price_yuan
        + w.distance * km
        + w.wait * wait_h
        + w.log_power * libm::log(kw.max(1.0))
        + w.log_size * libm::log(guns.max(1.0))
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

/// Chooses a station near a zone for a vehicle, or none when there is none within `reach_m`.
pub fn choose(ctx: &Context, row: u32, zone: u16, dc: bool, reach_m: u32, now_s: u32) -> Option<Near> {
    let near = ctx.geography.near(zone, dc);
    let w = &ctx.params.choice;
    let mut d = draw(ctx.seed, Purpose::StationChoice, row, now_s);
    let hour = (now_s % DAY_S / HOUR_S) as usize;
    let mut best: Option<(f64, Near)> = None;
    let looked_at = (w.alternatives as usize).min(near.len());
    // A stride over the list from a random start looks at distinct stations.
    let stride = (near.len() / looked_at.max(1)).max(1);
    let start = d.below(near.len() as u32) as usize;
    for k in 0..looked_at {
        let here = near[(start + k * stride) % near.len()];
        if here.metres > reach_m {
            continue;
        }
        let site: &Site = &ctx.board.sites[here.station as usize];
        let (free, guns) = if dc { (site.free_dc, site.guns_dc) } else { (site.free_ac, site.guns_ac) };
        let price = site.price(ctx.around, hour);
        let wait = expected_wait_h(u32::from(free), u32::from(site.queued), u32::from(guns), ctx.params.service_s);
        let kw = if dc { f64::from(site.kw) } else { 7.0 };
        let systematic = utility(w, price, f64::from(here.metres) / 1_000.0, wait, kw, f64::from(guns));
        let noise = -libm::log(-libm::log(d.unit().max(1e-300)));
        let total = systematic + noise;
        if guns > 0 && best.is_none_or(|(b, _)| total > b) {
            best = Some((total, here));
        }
    }
    best.map(|(_, near)| near)
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
        let w = ChoiceWeights { price: -1.5, distance: -0.4, wait: -2.0, log_power: 0.3, log_size: 0.5, alternatives: 8 };
        let share = |p: f64| probabilities(&[utility(&w, p, 1.0, 0.0, 60.0, 10.0), utility(&w, 1.2, 2.0, 0.0, 60.0, 10.0)])[0];
        let (p, h) = (1.0, 1e-5);
        let elasticity = (share(p + h) - share(p - h)) / (2.0 * h) * p / share(p);
        assert!((elasticity - w.price * p * (1.0 - share(p))).abs() < 1e-6);
    }
}
