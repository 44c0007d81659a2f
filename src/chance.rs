//! Addressed randomness: a draw is a pure function of (seed, purpose, agent, slot).
//!
//! Nothing is consumed from a shared stream, so adding an agent, a system or a draw changes no other draw, and a run
//! with an event shares every draw with the run without it. The generator behind an address is the named, portable
//! Xoshiro256++ (<https://prng.di.unimi.it>), seeded from a bijective mix of the address.

use bevy_ecs::prelude::Resource;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

/// The seed of a run.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

/// What a draw is for; each purpose has its own universe of draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    /// A vehicle's fixed traits.
    VehicleTraits = 1,
    /// A vehicle's first state of charge and place.
    VehicleStart = 2,
    /// What a vehicle does on one day.
    DayPlan = 3,
    /// One leg of a day: departure and distance.
    Leg = 4,
    /// Where a leg leads.
    Destination = 5,
    /// Whether to plug in.
    PlugIn = 6,
    /// Which station.
    StationChoice = 7,
    /// How long to wait and to overstay.
    Patience = 8,
    /// When a gun fails and how long it stays failed.
    Fault = 9,
    /// A station's fixed traits.
    StationTraits = 10,
    /// A building's fixed traits.
    BuildingTraits = 11,
    /// A solar array's fixed traits.
    PvTraits = 12,
    /// A storage unit's fixed traits.
    StorageTraits = 13,
    /// A transformer's fixed traits.
    TransformerTraits = 14,
    /// The weather of one day.
    WeatherDay = 15,
    /// The clouds of one quarter of an hour.
    WeatherCloud = 16,
    /// Which aggregator a resource has joined.
    Enrolment = 17,
    /// Test worlds.
    Test = 18,
    /// Which part of a cross-validation a zone is in.
    Fold = 19,
    /// Whether a report arrives, and whether a resource is offline.
    Telemetry = 20,
    /// When a resource is let go at the end of an event.
    Release = 21,
    /// How an owner answers to a call, and whether an order arrives.
    Answer = 22,
    /// Whether an ordinary gun can also take energy back.
    TwoWay = 23,
    /// Where a transformer stands.
    Layout = 24,
    /// How often an element of the network fails in a year.
    Outage = 25,
    /// Whether a feeder's switches are worked from afar.
    Automation = 26,
    /// Which phases an area's single-phase connections are on.
    Phases = 27,
    /// What a household draws of its building.
    Household = 28,
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood 2014): a bijection on 64 bits.
pub const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Opens the draws at an address. Two addresses of one purpose and seed never collide.
pub fn draw(seed: Seed, purpose: Purpose, agent: u32, slot: u32) -> Draw {
    let key = mix(seed.0 ^ mix(0x9e37_79b9_7f4a_7c15 ^ purpose as u64));
    let address = (u64::from(agent) << 32) | u64::from(slot);
    Draw(Xoshiro256PlusPlus::seed_from_u64(mix(address ^ key)))
}

/// The draws of one address, in order.
#[derive(Clone, Debug)]
pub struct Draw(Xoshiro256PlusPlus);

impl Draw {
    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Uniform in 0..n; zero when `n` is zero.
    pub fn below(&mut self, n: u32) -> u32 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u32
    }

    /// Uniform in [low, high).
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Bell-shaped with mean 0 and standard deviation 1, bounded by ±3.46: the sum of four uniform numbers
    /// (Irwin-Hall), which needs no logarithm and has no wild tail.
    pub fn bell(&mut self) -> f64 {
        let bits = self.bits();
        let sum: u64 = (0..4).map(|i| (bits >> (16 * i)) & 0xffff).sum();
        // Four 16-bit uniforms: mean 2 x 65535, variance 4 x (65536^2 - 1) / 12.
        (sum as f64 - 131_070.0) * (1.0 / 37_837.226_7)
    }

    /// Exponential with the given mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * libm::log(1.0 - self.unit())
    }

    /// Exponential with the given rate, of those draws that are at most `most`; uniform when the rate is zero.
    pub fn exponential_within(&mut self, rate: f64, most: f64) -> f64 {
        let u = self.unit();
        let share = -libm::expm1(-rate * most);
        // Below this the density is flat to the last bits.
        if share < 1e-9 { u * most } else { (-libm::log1p(-u * share) / rate).clamp(0.0, most) }
    }

    /// Log-normal with the given median and the standard deviation of its logarithm.
    pub fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        median * libm::exp(sigma * self.bell())
    }

    /// Index into `cumulative`, weights summed up so far, whose last entry is their total.
    pub fn weighted(&mut self, cumulative: &[f64]) -> usize {
        let total = cumulative.last().copied().unwrap_or(0.0);
        let x = self.unit() * total;
        cumulative.partition_point(|&c| c <= x).min(cumulative.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(agent: u32, slot: u32) -> Draw {
        draw(Seed(7), Purpose::Test, agent, slot)
    }

    #[test]
    fn an_address_always_gives_the_same_draws() {
        // A literal: the generator must never change unnoticed, or every golden result would.
        assert_eq!(at(3, 4).bits(), draw(Seed(7), Purpose::Test, 3, 4).bits());
        assert_ne!(at(3, 4).bits(), at(4, 3).bits());
        assert_ne!(at(3, 4).bits(), draw(Seed(8), Purpose::Test, 3, 4).bits());
        assert_ne!(at(3, 4).bits(), draw(Seed(7), Purpose::Fault, 3, 4).bits());
    }

    #[test]
    fn moments_are_right() {
        let n = 100_000;
        let bells: Vec<f64> = (0..n).map(|i| at(i, 0).bell()).collect();
        let mean = bells.iter().sum::<f64>() / f64::from(n);
        let variance = bells.iter().map(|b| (b - mean) * (b - mean)).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 0.01, "{mean}");
        assert!((variance - 1.0).abs() < 0.02, "{variance}");
        let waits = (0..n).map(|i| at(i, 1).exponential(10.0)).sum::<f64>() / f64::from(n);
        assert!((waits - 10.0).abs() < 0.15, "{waits}");
        let (rate, most): (f64, f64) = (0.3, 5.0);
        let expected = 1.0 / rate - most / (libm::exp(rate * most) - 1.0);
        let within = (0..n).map(|i| at(i, 3).exponential_within(rate, most)).sum::<f64>() / f64::from(n);
        assert!((within - expected).abs() < 0.02, "{within} for {expected}");
        let flat = (0..n).map(|i| at(i, 4).exponential_within(0.0, most)).sum::<f64>() / f64::from(n);
        assert!((flat - most / 2.0).abs() < 0.02, "{flat}");
        assert!((0..n).all(|i| (0.0..=most).contains(&at(i, 5).exponential_within(rate, most))));
        let hits = (0..n).filter(|&i| at(i, 2).below(10) == 3).count();
        assert!((9_700..10_300).contains(&hits), "{hits}");
    }

    #[test]
    fn weights_are_respected() {
        let cumulative = [1.0, 1.0, 4.0];
        let picks: Vec<usize> = (0..4_000).map(|i| at(i, 5).weighted(&cumulative)).collect();
        assert!(!picks.contains(&1));
        let third = picks.iter().filter(|&&p| p == 2).count();
        assert!((2_900..3_100).contains(&third), "{third}");
    }
}
