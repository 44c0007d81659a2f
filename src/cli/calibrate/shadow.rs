//! Shadow prices: what the stations of each zone have to be worth beyond what is known of them, so that every zone
//! meets its demand.
//!
//! The balancing factors of the synthesis make the flows of a still picture meet the demand. In the running twin some
//! is left: drivers look at a few stations only, prices follow the hours, queues turn drivers away. Activity-based
//! travel models meet such constraints by shadow prices (as `ActivitySim` does for workplaces): the model is run, every
//! zone's price is moved by the logarithm of what it lacks, and so on. No measurement is used: the demand is that of
//! the zone's features, also where nothing was measured.

use std::collections::BTreeMap;

/// What a zone is taken to answer with, as a change of the logarithm of its utilisation by a price, until its own
/// answers are known: less than it is asked, for part of its drivers have nowhere else to go.
const ANSWER: f64 = 0.7;
/// How much that counts against the zone's own answers, as a squared change of price.
const ANSWER_COUNTS: f64 = 0.1;
/// What an answer may be. Weaker ones would make steps into the draw, stronger ones are part of it.
const ANSWERS: [f64; 2] = [0.35, 1.2];
/// What of each change is made. Later changes are damped, for what is left is more and more the draw.
const GAINS: [f64; 7] = [1.0, 1.0, 1.0, 0.9, 0.9, 0.8, 0.7];
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
    /// How each zone has answered to changes of its price.
    answers: BTreeMap<u32, Answer>,
}

/// How a zone has answered to changes of its price: a regression through the origin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Answer {
    /// Price, and logarithm of utilisation, of the last run.
    last: Option<(f64, f64)>,
    /// Sum of squared changes of price, and of their products with the changes of utilisation.
    squares: f64,
    products: f64,
}

impl Answer {
    /// Takes one more run in, and tells what a change of price by one is answered with.
    fn after(&mut self, price: f64, seen: f64) -> f64 {
        if let Some((last_price, last_seen)) = self.last.replace((price, seen)) {
            let change = price - last_price;
            self.squares += change * change;
            self.products += change * (seen - last_seen);
        }
        let answer = (self.products + ANSWER * ANSWER_COUNTS) / (self.squares + ANSWER_COUNTS);
        answer.clamp(ANSWERS[0], ANSWERS[1])
    }
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
    let wanted = less_mean(zones, zones.iter().map(|zone| zone.index));
    for round in from..from + rounds {
        let gain = GAINS[round.min(GAINS.len() - 1)];
        let seen = run(&settled.prices)?.into_iter().map(|seen| libm::log(seen.max(LEAST)));
        let seen = less_mean(zones, seen);
        let lacks: Vec<f64> = wanted.iter().zip(&seen).map(|(wanted, seen)| wanted - seen).collect();
        settled.missed.push(spread(zones, &lacks));
        let moved = zones.iter().zip(&seen).zip(&lacks).map(|((zone, &seen), lack)| {
            let price = settled.prices.get(&zone.id).copied().unwrap_or_default();
            price + gain * lack / settled.answers.entry(zone.id).or_default().after(price, seen)
        });
        // Only differences of prices matter.
        let moved = less_mean(zones, moved);
        // As many decimals as a file shows.
        let round = |price: f64| (price.clamp(-MOST, MOST) * 1e3).round() / 1e3;
        settled.prices.extend(zones.iter().zip(moved).map(|(zone, price)| (zone.id, round(price))));
    }
    Ok(settled)
}

/// Values of the zones less their mean over points.
fn less_mean(zones: &[Wanted], values: impl Iterator<Item = f64>) -> Vec<f64> {
    let values: Vec<f64> = values.collect();
    let points: f64 = zones.iter().map(|zone| zone.points).sum();
    let mean = zones.iter().zip(&values).map(|(zone, value)| zone.points * value).sum::<f64>() / points.max(1e-9);
    values.iter().map(|value| value - mean).collect()
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

    /// How far zones are from their demand.
    fn lacks(zones: &[Wanted], simulated: &[f64]) -> f64 {
        let off = zones.iter().zip(simulated).map(|(zone, simulated)| zone.index - libm::log(simulated.max(LEAST)));
        spread(zones, &less_mean(zones, off))
    }

    #[test]
    fn zones_come_to_meet_their_demand() {
        let (zones, worth) = city();
        let settled = settle(&zones, &Settled::default(), 5, |prices| Ok::<_, ()>(simulated(&zones, &worth, prices)));
        let settled = settled.unwrap();
        assert!(settled.missed[4] < 0.1 * settled.missed[0], "{:?}", settled.missed);
        let left = lacks(&zones, &simulated(&zones, &worth, &settled.prices));
        assert!(left < 0.01, "{left}");
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
        assert!(at_once.prices[&3] > 3.0, "{}", at_once.prices[&3]);
    }
}
