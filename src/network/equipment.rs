//! Cables and transformers: every electrical figure of the synthetic network, in one place.

use crate::powerflow::Pi;
use crate::powerflow::limits::{Rating, base_current_a};

/// Base power of all per-unit numbers, in VA.
pub const S_BASE_VA: f64 = 10e6;
/// Nominal voltages, phase to phase, in kV: 110 kV, 10 kV, and 0.4 kV behind transformers.
pub const HIGH_KV: f64 = 110.0;
/// The same of feeders.
pub const MEDIUM_KV: f64 = 10.0;
/// The same of low voltage.
pub const LOW_KV: f64 = 0.4;
/// Frequency in Hz.
const FREQUENCY_HZ: f64 = 50.0;

/// A kind of 10 kV cable. Figures are those of the Shenzhen-shaped reference cell (assumption: from memory, not from a
/// maker's table).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cable {
    /// What it is called.
    pub name: &'static str,
    /// Resistance in ohm/km.
    pub r_ohm_per_km: f64,
    /// Reactance in ohm/km.
    pub x_ohm_per_km: f64,
    /// Capacitance in nF/km.
    pub c_nf_per_km: f64,
    /// Rated current in A.
    pub rated_a: f64,
}

/// From the substation to where laterals leave: three cores of 300 mm² copper.
pub const TRUNK: Cable =
    Cable { name: "YJV22 3x300", r_ohm_per_km: 0.0784, x_ohm_per_km: 0.087, c_nf_per_km: 376.0, rated_a: 500.0 };
/// To the last transformers: three cores of 120 mm² copper.
pub const LATERAL: Cable =
    Cable { name: "YJV22 3x120", r_ohm_per_km: 0.196, x_ohm_per_km: 0.097, c_nf_per_km: 280.0, rated_a: 300.0 };

/// From a distribution transformer to its users: four cores of 240 mm² copper.
pub const MAIN: Cable =
    Cable { name: "YJV 4x240", r_ohm_per_km: 0.0754, x_ohm_per_km: 0.072, c_nf_per_km: 900.0, rated_a: 450.0 };
/// Length of the mains in km, with all users at their far end (assumption: the longest that DL/T 5729 lets mains be
/// where load is dense, that figure from memory; at the 90 m of the reference cell the city would lose 1.9 % instead
/// of the recipe's 2 to 4 %).
pub const MAIN_KM: f64 = 0.15;

impl Cable {
    /// A length in km of some of these side by side, at a nominal voltage in kV.
    pub fn pi(&self, length_km: f64, parallel: u32, base_kv: f64) -> Pi {
        let base_ohm = base_kv * base_kv * 1e6 / S_BASE_VA;
        let side_by_side = f64::from(parallel.max(1));
        let per_ohm = length_km / side_by_side / base_ohm;
        let omega = 2.0 * core::f64::consts::PI * FREQUENCY_HZ;
        let b_pu = omega * self.c_nf_per_km * 1e-9 * length_km * side_by_side * base_ohm;
        Pi { b_pu, ..Pi::line(self.r_ohm_per_km * per_ohm, self.x_ohm_per_km * per_ohm) }
    }

    /// How many side by side carry an apparent power in VA at a voltage in kV.
    pub fn needed(&self, power_va: f64, kv: f64) -> u32 {
        (power_va / (3.0_f64.sqrt() * kv * 1e3 * self.rated_a)).ceil().clamp(1.0, 1e6) as u32
    }

    /// Apparent power in VA that some side by side carry at nominal voltage.
    pub fn rated_va(&self, parallel: u32) -> f64 {
        self.rated_a * f64::from(parallel.max(1)) * MEDIUM_KV * 1e3 * 3.0_f64.sqrt()
    }

    /// Rated current of some side by side.
    pub fn rating(&self, parallel: u32) -> Rating {
        Rating::line(self.rated_a * f64::from(parallel.max(1)))
    }
}

/// What a transformer loses and how stiff it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transformer {
    /// Rating in VA.
    pub rating_va: f64,
    /// Short-circuit voltage, as a share.
    pub uk: f64,
    /// Losses at rated load, iron apart, in W.
    pub load_loss_w: f64,
    /// Losses without load in W.
    pub no_load_loss_w: f64,
    /// Current without load, as a share of the rated one.
    pub no_load_current: f64,
}

/// Dry-type transformers of the older grade of GB 20052 by rating in kVA, with losses without and at rated load in kW
/// (assumption: the table of 2024 is tighter and was not obtained).
const DRY_TYPE_KW: [(f64, f64, f64); 4] =
    [(630.0, 1.05, 5.96), (800.0, 1.215, 6.96), (1_000.0, 1.415, 8.13), (1_250.0, 1.67, 9.69)];

/// A distribution transformer of some rating. One above the largest in the table stands for several of that side by
/// side; between two ratings, and below the smallest, losses are in proportion to the nearest (assumption).
pub fn distribution(rating_va: f64) -> Transformer {
    let kva = rating_va / 1e3;
    let nearest = DRY_TYPE_KW.iter().min_by(|a, b| (a.0 - kva).abs().total_cmp(&(b.0 - kva).abs()));
    let (of_kva, no_load_kw, load_kw) = nearest.copied().unwrap_or(DRY_TYPE_KW[0]);
    let share = kva / of_kva;
    Transformer {
        rating_va,
        uk: 0.06,
        load_loss_w: load_kw * 1e3 * share,
        no_load_loss_w: no_load_kw * 1e3 * share,
        no_load_current: 0.006,
    }
}

/// A 110/10.5 kV unit, in proportion to one of 63 MVA (assumption: usual figures of such units).
pub fn unit(rating_va: f64) -> Transformer {
    let share = rating_va / 63e6;
    Transformer {
        rating_va,
        uk: 0.16,
        load_loss_w: 201_600.0 * share,
        no_load_loss_w: 40_000.0 * share,
        no_load_current: 0.001,
    }
}

/// Voltage on the 10 kV side for which the taps of distribution transformers are set, without current, once for good,
/// in kV (assumption: a step of 2.5 % above the middle one, for busbars are held above 10 kV).
pub const DISTRIBUTION_PRIMARY_KV: f64 = 10.25;
/// Voltage behind a 110 kV unit without load, at its middle tap, in kV.
pub const UNIT_SECONDARY_KV: f64 = 10.5;

impl Transformer {
    /// Its branch, from the high to the low side. The low side's own voltage is `lift` times its base, and the high
    /// side's at its tap `tap` times.
    pub fn pi(&self, lift: f64, tap: f64) -> Pi {
        // Impedances are of the secondary's own voltage.
        let to_base = S_BASE_VA / self.rating_va * lift * lift;
        let r = self.load_loss_w / self.rating_va;
        let x = (self.uk * self.uk - r * r).max(0.0).sqrt();
        let g = self.no_load_loss_w / self.rating_va;
        let b = (self.no_load_current * self.no_load_current - g * g).max(0.0).sqrt();
        let pi = Pi::line(r * to_base, x * to_base);
        Pi { g_pu: g / to_base, b_pu: -b / to_base, ratio: tap / lift, ..pi }
    }

    /// Rated currents at two voltages, phase to phase, in kV.
    pub fn rating(&self, high_kv: f64, low_kv: f64) -> Rating {
        Rating { from_a: base_current_a(self.rating_va, high_kv), to_a: base_current_a(self.rating_va, low_kv) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference cell's own lines and transformers, whose per-unit parameters pandapower has worked out at 1 MVA.
    #[test]
    fn parameters_are_those_of_the_reference_cell() {
        let one_mva = S_BASE_VA / 1e6;
        let lateral = LATERAL.pi(0.08, 1, MEDIUM_KV);
        assert!((lateral.r_pu / one_mva - 0.196 * 0.08 / 100.0).abs() < 1e-15);
        assert!((TRUNK.pi(1.2, 2, MEDIUM_KV).x_pu / one_mva - 0.087 * 1.2 / 2.0 / 100.0).abs() < 1e-15);
        let unit = distribution(800e3).pi(1.0, 1.0);
        assert!((unit.r_pu / one_mva - 0.0087 / 0.8).abs() < 1e-12);
        let x = (0.06_f64 * 0.06 - 0.0087 * 0.0087).sqrt() / 0.8;
        assert!((unit.x_pu / one_mva - x).abs() < 1e-12);
        assert!((unit.g_pu * one_mva - 0.001_215).abs() < 1e-12);
    }

    #[test]
    fn losses_grow_with_the_rating() {
        let ratings = [400e3, 630e3, 800e3, 1_000e3, 1_250e3, 1_600e3, 2_500e3, 5_000e3];
        let losses = ratings.map(|va| (distribution(va).no_load_loss_w, distribution(va).load_loss_w));
        assert!(losses.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1), "{losses:?}");
        assert_eq!(distribution(2_500e3).load_loss_w, 2.0 * 9_690.0);
    }
}
