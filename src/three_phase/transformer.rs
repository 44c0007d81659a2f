//! The distribution transformer at the head of a feeder: delta on the high side, grounded star on the low
//! side.

use super::complex::{Matrix3, Triple};
use crate::powerflow::Complex;

/// How the low side is turned against the high side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VectorGroup {
    /// Low side 30 degrees ahead: phase a from high-side phases A and B. The usual group in China.
    Dyn11,
    /// Low side 30 degrees behind: phase a from high-side phases A and C. What `OpenDSS` makes of delta-star.
    Dyn1,
}

impl VectorGroup {
    /// The high-side phase at the other end of the winding that lies on high-side phase `k`.
    pub(super) const fn partner(self, k: usize) -> usize {
        match self {
            Self::Dyn11 => (k + 1) % 3,
            Self::Dyn1 => (k + 2) % 3,
        }
    }
}

/// A two-winding transformer, delta on the high side and solidly grounded star on the low side.
///
/// Model: three single-phase units, each an ideal ratio and a series impedance, with the no-load branch at
/// the low-voltage terminals, as in `OpenDSS`. So the zero-sequence impedance equals the short-circuit
/// impedance; that of a three-limb core is somewhat lower. Impedances are in pu of the rating.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transformer {
    /// Rated power of all three phases in VA, above zero.
    pub rated_va: f64,
    /// Rated voltage of the high side between phases in V, above zero.
    pub high_v: f64,
    /// Rated voltage of the low side between phases in V, above zero.
    pub low_v: f64,
    /// Tap of the high side, in pu of its rated voltage, above zero; 1.05 lowers the low side by a twentieth.
    pub tap: f64,
    /// How the windings are connected.
    pub group: VectorGroup,
    /// Series resistance in pu, not negative.
    pub r: f64,
    /// Series reactance in pu; resistance and reactance are not both zero.
    pub x: f64,
    /// No-load loss in pu of the rating at rated voltage, not negative.
    pub no_load_g: f64,
    /// Magnetising power in pu of the rating at rated voltage; positive is inductive.
    pub no_load_b: f64,
}

impl Transformer {
    /// A Dyn11 transformer of 10/0.4 kV from its name plate, on the middle tap.
    ///
    /// `uk` is the short-circuit voltage and `no_load_current` the no-load current, both as a share of rated
    /// (0.06 is 6 %); losses in W. Magnetising current below the share that the no-load loss itself takes is
    /// none.
    pub fn dyn11(rated_va: f64, uk: f64, load_loss_w: f64, no_load_loss_w: f64, no_load_current: f64) -> Self {
        let r = load_loss_w / rated_va;
        let g = no_load_loss_w / rated_va;
        Self {
            rated_va,
            high_v: 10_000.0,
            low_v: 400.0,
            tap: 1.0,
            group: VectorGroup::Dyn11,
            r,
            x: (uk * uk - r * r).max(0.0).sqrt(),
            no_load_g: g,
            no_load_b: (no_load_current * no_load_current - g * g).max(0.0).sqrt(),
        }
    }

    /// The first number that is out of range, by name.
    pub(super) fn flaw(&self) -> Option<&'static str> {
        let positive = |n: f64| n.is_finite() && n > 0.0;
        let checks = [
            (positive(self.rated_va), "rated power"),
            (positive(self.high_v), "high voltage"),
            (positive(self.low_v), "low voltage"),
            (positive(self.tap), "tap"),
            (self.r.is_finite() && self.r >= 0.0, "resistance"),
            (self.x.is_finite(), "reactance"),
            (self.no_load_g.is_finite() && self.no_load_g >= 0.0, "no-load loss"),
            (self.no_load_b.is_finite(), "magnetising power"),
        ];
        checks.into_iter().find(|(fine, _)| !fine).map(|(_, name)| name)
    }

    /// Turns of a high-side winding over those of a low-side one.
    fn turns(&self) -> f64 {
        self.high_v * self.tap / (self.low_v / 3.0_f64.sqrt())
    }

    /// Voltages of the low side at no load in V, from those of the high side to neutral in V.
    pub fn induced_v(&self, high_v: &Triple) -> Triple {
        let ratio = 1.0 / self.turns();
        core::array::from_fn(|k| (high_v[k] - high_v[self.group.partner(k)]).scale(ratio))
    }

    /// Currents out of the high-voltage network in A, from those through the low-side windings in A.
    pub fn high_current_a(&self, low_a: &Triple) -> Triple {
        let ratio = 1.0 / self.turns();
        let mut high_a = [Complex::ZERO; 3];
        for (k, current_a) in low_a.iter().enumerate() {
            let winding_a = current_a.scale(ratio);
            high_a[k] += winding_a;
            high_a[self.group.partner(k)] -= winding_a;
        }
        high_a
    }

    /// Series impedance seen from the low side in ohm, that of the source per high-side phase in ohm
    /// included.
    ///
    /// A delta takes no zero sequence from the source, so only its positive-sequence impedance counts.
    pub(super) fn series_ohm(&self, source_ohm: Complex) -> Matrix3 {
        let own_ohm = Complex::new(self.r, self.x).scale(self.low_v * self.low_v / self.rated_va);
        let seen = source_ohm.scale(1.0 / (self.turns() * self.turns()));
        Matrix3::symmetric(own_ohm + seen.scale(2.0), -seen)
    }

    /// Admittance of the no-load branch per low-side phase in S.
    pub(super) fn no_load_s(&self) -> Complex {
        Complex::new(self.no_load_g, -self.no_load_b).scale(self.rated_va / (self.low_v * self.low_v))
    }

    /// Loading as a share of the rating: the largest phase current over the rated one, of either side.
    ///
    /// Takes the currents through the low-side windings and those out of the high-voltage network, in A.
    pub fn loading(&self, low_a: &Triple, high_a: &Triple) -> f64 {
        let largest = |a: &Triple| a.iter().map(|i| i.norm2()).fold(0.0, f64::max).sqrt();
        let rated = self.rated_va / 3.0_f64.sqrt();
        (largest(low_a) * self.low_v / rated).max(largest(high_a) * self.high_v / rated)
    }
}

#[cfg(test)]
mod tests {
    use super::super::complex::balanced;
    use super::*;

    #[test]
    fn a_name_plate_gives_the_impedance_and_the_no_load_branch() {
        let unit = Transformer::dyn11(1_000e3, 0.06, 8_130.0, 1_415.0, 0.005);
        assert!((unit.r - 0.00813).abs() < 1e-15);
        assert!((unit.r * unit.r + unit.x * unit.x - 0.0036).abs() < 1e-15);
        assert_eq!(unit.flaw(), None);
        assert_eq!(Transformer { tap: 0.0, ..unit }.flaw(), Some("tap"));
        // All three phases at rated voltage draw the no-load loss.
        let loss_w = 400.0 * 400.0 * unit.no_load_s().re;
        assert!((loss_w - 1_415.0).abs() < 1e-9);
    }

    #[test]
    fn dyn11_leads_by_thirty_degrees_and_dyn1_lags() {
        let unit = Transformer::dyn11(630e3, 0.06, 5_960.0, 1_050.0, 0.005);
        let high = balanced(10_000.0 / 3.0_f64.sqrt());
        let low_v = 400.0 / 3.0_f64.sqrt();
        let [a, ..] = unit.induced_v(&high);
        assert!((a - Complex::new(0.75_f64.sqrt(), 0.5).scale(low_v)).abs() < 1e-10);
        let [a, ..] = Transformer { group: VectorGroup::Dyn1, ..unit }.induced_v(&high);
        assert!((a - Complex::new(0.75_f64.sqrt(), -0.5).scale(low_v)).abs() < 1e-10);
    }

    #[test]
    fn power_passes_the_windings_unchanged_and_rated_current_is_full_load() {
        for group in [VectorGroup::Dyn11, VectorGroup::Dyn1] {
            let unit = Transformer { group, ..Transformer::dyn11(630e3, 0.06, 5_960.0, 1_050.0, 0.005) };
            let mut high_v = balanced(5_800.0);
            high_v[1] = high_v[1].scale(0.97);
            let low_a = [Complex::new(500.0, -200.0), Complex::new(-90.0, 40.0), Complex::new(3.0, 700.0)];
            let power = |v: &Triple, i: &Triple| -> Complex { (0..3).map(|k| v[k] * i[k].conj()).sum() };
            let high_va = power(&high_v, &unit.high_current_a(&low_a));
            let low_va = power(&unit.induced_v(&high_v), &low_a);
            assert!((high_va - low_va).abs() < 1e-8 * low_va.abs());
            let rated_a = balanced(630e3 / (3.0_f64.sqrt() * 400.0));
            assert!((unit.loading(&rated_a, &unit.high_current_a(&rated_a)) - 1.0).abs() < 1e-12);
        }
    }
}
