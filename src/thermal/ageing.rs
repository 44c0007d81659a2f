//! How fast a winding's paper ages, after IEC 60076-7.

use serde::{Deserialize, Serialize};

/// Normal life of the insulation in h, about 20.5 years: what IEEE C57.91 gives for distribution transformers
/// and IEC 60076-7 lists among others, down to 65,000 h. Which of them fits a fleet is an `assumption`.
pub const NORMAL_LIFE_H: f64 = 180_000.0;

/// The paper around a winding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// Not thermally upgraded: ages at the normal rate at 98 °C, and twice as fast every 6 K.
    Normal,
    /// Thermally upgraded: ages at the normal rate at 110 °C, by Arrhenius with 15,000 K.
    Upgraded,
}

impl Paper {
    /// Relative ageing rate at a hot-spot temperature in °C, above absolute zero: hours of life lost per
    /// hour.
    pub fn rate(self, hot_spot_c: f64) -> f64 {
        match self {
            Self::Normal => libm::pow(2.0, (hot_spot_c - 98.0) / 6.0),
            // The standard takes 273, not 273.15.
            Self::Upgraded => libm::exp(15_000.0 / (110.0 + 273.0) - 15_000.0 / (hot_spot_c + 273.0)),
        }
    }
}

/// Mean rate over a step from those at its start, middle and end, by Simpson's rule.
pub const fn mean_rate(start: f64, middle: f64, end: f64) -> f64 {
    (start + 4.0 * middle + end) / 6.0
}

/// Adds up life lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LifeMeter {
    /// Life lost in h of normal life.
    pub lost_h: f64,
    /// Time that passed in s.
    pub elapsed_s: u64,
}

impl LifeMeter {
    /// Adds a step of a length in s at a mean ageing rate.
    pub fn add(&mut self, rate: f64, step_s: u32) {
        self.lost_h += rate * f64::from(step_s) / 3_600.0;
        self.elapsed_s += u64::from(step_s);
    }

    /// Life lost per time passed: 1 is normal ageing; 0 before any time has passed.
    pub const fn relative_rate(&self) -> f64 {
        if self.elapsed_s > 0 { 3_600.0 * self.lost_h / self.elapsed_s as f64 } else { 0.0 }
    }

    /// Life lost per day, in % of a normal life in h such as [`NORMAL_LIFE_H`].
    pub const fn percent_per_day(&self, normal_life_h: f64) -> f64 {
        100.0 * 24.0 * self.relative_rate() / normal_life_h
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_papers_age_at_the_normal_rate_at_their_reference_temperature() {
        assert_eq!(Paper::Normal.rate(98.0), 1.0);
        assert_eq!(Paper::Upgraded.rate(110.0), 1.0);
        // Rounded as the standard's table of relative ageing rates has them.
        for (celsius, normal, upgraded) in
            [(80.0, 0.125, 0.036), (92.0, 0.5, 0.145), (116.0, 8.0, 1.83), (140.0, 128.0, 17.2)]
        {
            assert!((Paper::Normal.rate(celsius) - normal).abs() < 1e-12 * normal);
            assert!((Paper::Upgraded.rate(celsius) / upgraded - 1.0).abs() < 0.006, "{celsius}");
        }
    }

    #[test]
    fn a_day_at_the_reference_costs_a_day() {
        let mut meter = LifeMeter::default();
        assert_eq!(meter.percent_per_day(NORMAL_LIFE_H), 0.0);
        (0..96).for_each(|_| meter.add(1.0, 900));
        assert_eq!((meter.lost_h, meter.elapsed_s), (24.0, 86_400));
        assert!((meter.percent_per_day(NORMAL_LIFE_H) - 100.0 / 7_500.0).abs() < 1e-15);
    }
}
