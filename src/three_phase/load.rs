//! The current a load draws at a voltage: constant power within limits, an impedance outside them.

use crate::powerflow::Complex;

/// Between which voltages a load keeps its power, and what it does outside.
///
/// The law is that of `OpenDSS` for loads of model 1. Above `max_pu` the load is the impedance that draws its
/// power at `max_pu`. From `min_pu` down to `low_pu` its current falls along a straight line in the voltage,
/// from that of constant power at `min_pu` to that of the rated impedance at `low_pu`; below, it is the rated
/// impedance. So the current is continuous, and bounded where constant power would have it grow without end.
/// The test feeder exercises the upper limit in most of its loads; it does not reach the lower ones, which
/// stand on the source's formulas alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoltageLimits {
    /// Rated voltage from phase to neutral, in V, above zero.
    pub rated_v: f64,
    /// Up to here an impedance, in pu of the rated voltage; 0 to `min_pu`, but above zero unless both are
    /// zero.
    pub low_pu: f64,
    /// From here constant power, in pu of the rated voltage; `low_pu` to `max_pu`.
    pub min_pu: f64,
    /// Up to here constant power, in pu of the rated voltage; may be infinite.
    pub max_pu: f64,
}

impl VoltageLimits {
    /// Constant power at any voltage, with the rated voltage of a phase to neutral in V.
    pub const fn none(rated_v: f64) -> Self {
        Self { rated_v, low_pu: 0.0, min_pu: 0.0, max_pu: f64::INFINITY }
    }

    /// The limits that `OpenDSS` takes unless told otherwise: 0.5, 0.95 and 1.05 pu.
    pub const fn opendss(rated_v: f64) -> Self {
        Self { rated_v, low_pu: 0.5, min_pu: 0.95, max_pu: 1.05 }
    }

    /// Whether the numbers are in order.
    pub(super) fn usable(&self) -> bool {
        let ordered = 0.0 <= self.low_pu && self.low_pu <= self.min_pu && self.min_pu <= self.max_pu;
        let floor = self.low_pu > 0.0 || self.min_pu == 0.0;
        self.rated_v.is_finite() && self.rated_v > 0.0 && ordered && floor && self.max_pu > 0.0
    }
}

/// The same limits as a solve reads them, in V and V squared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Law {
    max_v2: f64,
    min_v2: f64,
    min_v: f64,
    low_v: f64,
    /// Current over power at the low limit, its slope above, and the inverse of the impedance below.
    low_per_v: f64,
    slope_per_v2: f64,
    rated_v2: f64,
}

impl Law {
    /// From limits that are [`VoltageLimits::usable`].
    pub(super) fn new(limits: &VoltageLimits) -> Self {
        let VoltageLimits { rated_v, low_pu, min_pu, max_pu } = *limits;
        let (low_v, min_v, max_v) = (low_pu * rated_v, min_pu * rated_v, max_pu * rated_v);
        let rated_v2 = rated_v * rated_v;
        let low_per_v = low_v / rated_v2;
        let slope_per_v2 = if min_v > low_v { (1.0 / min_v - low_per_v) / (min_v - low_v) } else { 0.0 };
        Self { max_v2: max_v * max_v, min_v2: min_v * min_v, min_v, low_v, low_per_v, slope_per_v2, rated_v2 }
    }

    /// Current in A that a power in VA draws at a voltage in V, flowing from the node into the load.
    #[inline]
    pub(super) fn current_a(&self, power_va: Complex, voltage_v: Complex) -> Complex {
        let v2 = voltage_v.norm2();
        // The load is the admittance conj(S) / d, with d the square of a voltage.
        let per_v2 = if v2 >= self.min_v2 { 1.0 / v2.min(self.max_v2) } else { self.below_per_v2(v2) };
        power_va.conj().scale(per_v2) * voltage_v
    }

    /// Inverse of that square below the lower limit.
    #[cold]
    fn below_per_v2(&self, v2: f64) -> f64 {
        let v = v2.sqrt();
        if v <= self.low_v {
            return 1.0 / self.rated_v2;
        }
        // `min` keeps rounding at the limit itself from stepping past it.
        (self.low_per_v + self.slope_per_v2 * (v.min(self.min_v) - self.low_v)) / v
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn_a(limits: &VoltageLimits, voltage_v: f64) -> f64 {
        Law::new(limits).current_a(Complex::new(2_300.0, 0.0), Complex::new(voltage_v, 0.0)).re
    }

    #[test]
    fn within_its_limits_a_load_keeps_its_power_and_outside_it_is_an_impedance() {
        let limits = VoltageLimits::opendss(230.0);
        assert!((drawn_a(&limits, 230.0) - 10.0).abs() < 1e-12);
        assert!((drawn_a(&limits, 220.0) - 2_300.0 / 220.0).abs() < 1e-12);
        let edge_v = 1.05 * 230.0;
        let edge_a = 2_300.0 / edge_v;
        assert!((drawn_a(&limits, 1.1 * edge_v) - 1.1 * edge_a).abs() < 1e-12);
        // Half the voltage, half the rated current; a tenth of it, a tenth.
        assert!((drawn_a(&limits, 115.0) - 5.0).abs() < 1e-12);
        assert!((drawn_a(&limits, 23.0) - 1.0).abs() < 1e-12);
        // Midway between the low and the minimum voltage, midway between their currents.
        let mid_v = 0.725 * 230.0;
        assert!((drawn_a(&limits, mid_v) - 0.5 * (5.0 + 10.0 / 0.95)).abs() < 1e-12);
    }

    #[test]
    fn the_current_has_no_step_and_free_loads_no_limit() {
        let limits = VoltageLimits::opendss(230.0);
        for edge_pu in [0.5, 0.95, 1.05] {
            let edge_v = edge_pu * 230.0;
            let step_a = drawn_a(&limits, edge_v * (1.0 + 1e-9)) - drawn_a(&limits, edge_v * (1.0 - 1e-9));
            assert!(step_a.abs() < 1e-7, "{edge_pu}: {step_a}");
        }
        let free = VoltageLimits::none(230.0);
        assert!((drawn_a(&free, 23.0) - 100.0).abs() < 1e-10);
        assert!((drawn_a(&free, 460.0) - 5.0).abs() < 1e-12);
        assert!(free.usable() && limits.usable());
        assert!(!VoltageLimits { min_pu: 1.2, ..limits }.usable());
        assert!(!VoltageLimits { low_pu: 0.0, ..limits }.usable());
        assert!(!VoltageLimits { rated_v: f64::NAN, ..limits }.usable());
    }
}
