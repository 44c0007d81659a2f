//! Shadow prices: what the stations of each zone have to be worth beyond what is known of them, so that every zone
//! meets its demand.
//!
//! The balancing factors of the synthesis make the flows of a still picture meet the demand. In the running twin some
//! is left: drivers look at a few stations only, prices follow the hours, queues turn drivers away. Activity-based
//! travel models meet such constraints by shadow prices (as `ActivitySim` does for workplaces): the model is run, every
//! zone's price is moved by the logarithm of what it lacks, and so on. No measurement is used: the demand is that of
//! the zone's features, also where nothing was measured.

use std::collections::BTreeMap;

/// What of each change is made. A zone answers with less than it is asked, for part of its drivers have nowhere else to
/// go; later changes are damped, for what is left is more and more the draw.
const GAINS: [f64; 7] = [1.5, 1.5, 1.5, 1.2, 1.2, 1.0, 0.8];
/// The most a price may be, as a utility: beyond it a zone has no demand within reach.
const MOST: f64 = 4.0;
/// Utilisation that counts as the least one, so that an empty zone has a logarithm.
const LEAST: f64 = 0.002;

/// A zone that has to meet its demand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wanted {
    /// Its number.
    pub(super) id: u32,
    /// Surveyed points.
    pub(super) points: f64,
    /// Logarithm of the demand on a point relative to the mean.
    pub(super) index: f64,
}

/// Shadow prices by zone.
pub(super) type Prices = BTreeMap<u32, f64>;

/// Prices, and how far the zones were from their demand before each change.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Settled {
    /// The prices.
    pub(super) prices: Prices,
    /// Standard deviation over points of the logarithm of what zones lacked, before each change.
    pub(super) missed: Vec<f64>,
}

/// Moves prices in rounds. `run` gives the simulated utilisation of the zones with some prices, in their order.
///
/// # Errors
/// Whatever `run` meets.
pub(super) fn settle<E>(
    zones: &[Wanted],
    start: &Settled,
    rounds: usize,
    mut run: impl FnMut(&Prices) -> Result<Vec<f64>, E>,
) -> Result<Settled, E> {
    let mut settled = start.clone();
    let from = settled.missed.len();
    for round in from..from + rounds {
        let gain = GAINS[round.min(GAINS.len() - 1)];
        let lacks = lacks(zones, &run(&settled.prices)?);
        settled.missed.push(spread(zones, &lacks));
        for (zone, lack) in zones.iter().zip(lacks) {
            let price = settled.prices.entry(zone.id).or_default();
            // As many decimals as a file shows.
            *price = ((*price + gain * lack).clamp(-MOST, MOST) * 1e3).round() / 1e3;
        }
    }
    Ok(settled)
}

/// Logarithms of what each zone lacks of its demand, less their mean over points.
fn lacks(zones: &[Wanted], simulated: &[f64]) -> Vec<f64> {
    let off = |(zone, simulated): (&Wanted, &f64)| zone.index - libm::log(simulated.max(LEAST));
    let all: Vec<f64> = zones.iter().zip(simulated).map(off).collect();
    let points: f64 = zones.iter().map(|zone| zone.points).sum();
    let mean = zones.iter().zip(&all).map(|(zone, off)| zone.points * off).sum::<f64>() / points.max(1e-9);
    all.iter().map(|off| off - mean).collect()
}

/// Standard deviation over points.
fn spread(zones: &[Wanted], lacks: &[f64]) -> f64 {
    let points: f64 = zones.iter().map(|zone| zone.points).sum();
    let squares: f64 = zones.iter().zip(lacks).map(|(zone, lack)| zone.points * lack * lack).sum();
    libm::sqrt(squares / points.max(1e-9))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Zones whose points draw on one another: what one gains the others lose, and each answers less than asked.
    fn simulated(zones: &[Wanted], worth: &[f64], prices: &Prices) -> Vec<f64> {
        let drawn: Vec<f64> = zones
            .iter()
            .zip(worth)
            .map(|(zone, worth)| libm::exp(worth + 0.7 * prices.get(&zone.id).copied().unwrap_or_default()))
            .collect();
        let all: f64 = zones.iter().zip(&drawn).map(|(zone, drawn)| zone.points * drawn).sum();
        drawn.iter().map(|drawn| 300.0 * drawn / all).collect()
    }

    fn city() -> (Vec<Wanted>, Vec<f64>) {
        let zone = |id: u32| Wanted { id, points: f64::from(10 + id % 7 * 40), index: 0.3 * libm::sin(f64::from(id)) };
        let worth = (0..60).map(|id| 0.5 * libm::cos(f64::from(7 * id))).collect();
        ((0..60).map(zone).collect(), worth)
    }

    #[test]
    fn zones_come_to_meet_their_demand() {
        let (zones, worth) = city();
        let settled = settle(&zones, &Settled::default(), 5, |prices| Ok::<_, ()>(simulated(&zones, &worth, prices)));
        let settled = settled.unwrap();
        assert!(settled.missed[4] < 0.1 * settled.missed[0], "{:?}", settled.missed);
        let left = spread(&zones, &lacks(&zones, &simulated(&zones, &worth, &settled.prices)));
        assert!(left < 0.03, "{left}");
    }

    #[test]
    fn rounds_may_be_gone_on_with_and_empty_zones_do_no_harm() {
        let (zones, mut worth) = city();
        worth[3] = -1e6;
        let mut run = |prices: &Prices| Ok::<_, ()>(simulated(&zones, &worth, prices));
        let at_once = settle(&zones, &Settled::default(), 4, &mut run).unwrap();
        let half = settle(&zones, &Settled::default(), 2, &mut run).unwrap();
        assert_eq!(settle(&zones, &half, 2, &mut run).unwrap(), at_once);
        assert!(at_once.prices.values().all(|price| price.abs() <= MOST));
        assert_eq!(at_once.prices[&3], MOST);
    }
}
