//! The branch model: a pi of series impedance and shunt admittance behind an ideal transformer at its from
//! end.
//!
//! The convention is MATPOWER's (Zimmerman, Murillo-Sánchez, Thomas 2011, "MATPOWER: Steady-State
//! Operations", section III): the transformer of ratio t = `ratio` * e^(j shift) stands at the from end, and
//! half the shunt admittance at each side of the series impedance. `g_pu` adds the iron losses of
//! transformers to it.

use super::complex::Complex;
use serde::{Deserialize, Serialize};

/// Parameters of a branch in per unit of the network's base power and of the base voltage of each end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pi {
    /// Series resistance.
    pub r_pu: f64,
    /// Series reactance.
    pub x_pu: f64,
    /// Shunt conductance, both halves together.
    pub g_pu: f64,
    /// Shunt susceptance, both halves together; positive for a cable's charging.
    pub b_pu: f64,
    /// Off-nominal ratio, from end to to end: 1 for a line.
    pub ratio: f64,
    /// Angle in degrees by which the to end lags the from end at no load.
    pub shift_deg: f64,
}

impl Pi {
    /// A line without shunt admittance.
    pub const fn line(r_pu: f64, x_pu: f64) -> Self {
        Self { r_pu, x_pu, g_pu: 0.0, b_pu: 0.0, ratio: 1.0, shift_deg: 0.0 }
    }

    /// A closed switch, which joins its two ends.
    pub const SWITCH: Self = Self::line(0.0, 0.0);

    /// Series impedance.
    pub const fn impedance(&self) -> Complex {
        Complex::new(self.r_pu, self.x_pu)
    }

    /// Shunt admittance of one end.
    const fn half_shunt(&self) -> Complex {
        Complex::new(self.g_pu / 2.0, self.b_pu / 2.0)
    }

    /// The turn of the ideal transformer.
    fn turn(&self) -> Complex {
        if self.shift_deg == 0.0 {
            Complex::new(self.ratio, 0.0)
        } else {
            Complex::from_polar_deg(self.ratio, self.shift_deg)
        }
    }

    /// Its four admittances; none when its impedance is zero, for which they are infinite.
    pub fn admittances(&self) -> Option<Twoport> {
        let z = self.impedance();
        if z == Complex::ZERO {
            return None;
        }
        let series = Complex::ONE / z;
        let own = series + self.half_shunt();
        let turn = self.turn();
        Some(Twoport { yff: own.scale(1.0 / turn.norm2()), yft: -series / turn.conj(), ytf: -series / turn, ytt: own })
    }

    /// The form a sweep uses, fed from its from end, or from its to end if `reversed`.
    ///
    /// It follows from the four admittances by solving for the fed end, with the cancellations done by hand:
    /// it stays exact for the shortest branch, where the admittances grow without bound, and at zero
    /// impedance.
    pub(super) fn step(&self, reversed: bool) -> Step {
        let z = self.impedance();
        let half = self.half_shunt();
        let turn = self.turn();
        let one = Complex::ONE + half * z;
        let shunt = half * (Complex::ONE + one) / one;
        if reversed {
            let square = turn.norm2();
            Step { gain: turn / one, series: z.scale(square) / one, shunt, carry: turn.conj() / one }
        } else {
            Step {
                gain: Complex::ONE / (turn * one),
                series: z / one,
                shunt: shunt.scale(1.0 / turn.norm2()),
                carry: Complex::ONE / (turn.conj() * one),
            }
        }
    }
}

/// The currents into both ends of a branch by the voltages at both ends: `i_f = yff v_f + yft v_t` and
/// `i_t = ytf v_f + ytt v_t`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Twoport {
    /// From end by from end.
    pub yff: Complex,
    /// From end by to end.
    pub yft: Complex,
    /// To end by from end.
    pub ytf: Complex,
    /// To end by to end.
    pub ytt: Complex,
}

impl Twoport {
    /// Currents into the from end and into the to end.
    pub fn currents(&self, v_from: Complex, v_to: Complex) -> (Complex, Complex) {
        (self.yff * v_from + self.yft * v_to, self.ytf * v_from + self.ytt * v_to)
    }
}

/// A branch as a sweep goes through it: with j the current it delivers to the fed end, the fed end's voltage
/// is `gain * v - series * j` and the current it takes from the feeding end is `shunt * v + carry * j`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) gain: Complex,
    pub(super) series: Complex,
    pub(super) shunt: Complex,
    pub(super) carry: Complex,
}

impl Step {
    /// Whether it is a number throughout.
    pub(super) const fn is_finite(&self) -> bool {
        self.gain.is_finite() && self.series.is_finite() && self.shunt.is_finite() && self.carry.is_finite()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn branches() -> impl Strategy<Value = Pi> {
        (1e-6..0.5, -0.5..0.5, 0.0..0.05, -0.2..0.2, 0.8..1.25, -330.0..330.0)
            .prop_map(|(r_pu, x_pu, g_pu, b_pu, ratio, shift_deg)| Pi { r_pu, x_pu, g_pu, b_pu, ratio, shift_deg })
    }

    proptest! {
        /// The sweep's form and the four admittances are the same branch, seen from either end.
        #[test]
        fn both_forms_are_one_branch(pi in branches(), re in -1.0..1.0, im in -1.0..1.0, reversed: bool) {
            let (v, j) = (Complex::new(1.02, -0.05), Complex::new(re, im));
            let step = pi.step(reversed);
            let fed = step.gain * v - step.series * j;
            let taken = step.shunt * v + step.carry * j;
            let (from, to) = if reversed { (fed, v) } else { (v, fed) };
            let port = pi.admittances().unwrap();
            let (i_from, i_to) = port.currents(from, to);
            let (want, got) = (if reversed { (i_to, i_from) } else { (i_from, i_to) }, (taken, -j));
            let scale = port.ytt.abs().max(1.0);
            prop_assert!((want.0 - got.0).abs() < 1e-13 * scale, "{:?} {:?}", want, got);
            prop_assert!((want.1 - got.1).abs() < 1e-13 * scale, "{:?} {:?}", want, got);
        }
    }

    #[test]
    fn a_switch_passes_everything_on() {
        assert!(Pi::SWITCH.admittances().is_none());
        for reversed in [false, true] {
            let step = Pi::SWITCH.step(reversed);
            assert_eq!((step.gain, step.carry), (Complex::ONE, Complex::ONE));
            assert_eq!((step.series, step.shunt), (Complex::ZERO, Complex::ZERO));
        }
    }
}
