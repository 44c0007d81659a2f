//! Dry-type transformers: a first-order lag. Not validated.
//!
//! The winding strives for `air + rated rise K^1.6`. The exponent, the time constant of half an hour to an
//! hour and the use of the class's limit as rated rise are `assumption`s; no measurement or reference tool
//! stands behind them.

/// Thermal class of the insulation, with the rise of the mean winding temperature that it permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsulationClass {
    /// 155 °C: 100 K.
    F,
    /// 180 °C: 125 K.
    H,
}

impl InsulationClass {
    /// Permitted rise of the mean winding temperature over air at rated load, in K (IEC 60076-11).
    pub const fn rated_rise_k(self) -> f64 {
        match self {
            Self::F => 100.0,
            Self::H => 125.0,
        }
    }
}

/// What makes up the thermal behaviour of a dry-type transformer. Not validated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DryParams {
    /// Rise of the winding over air at rated load in K, above zero.
    pub rated_rise_k: f64,
    /// Time constant of the winding in min, above zero; 30 to 60.
    pub winding_min: f64,
    /// Exponent of the load, above zero.
    pub exponent: f64,
}

impl DryParams {
    /// Of a class at its permitted rise, with a time constant of 45 min, the middle of its range
    /// (`assumption`).
    pub const fn of_class(class: InsulationClass) -> Self {
        Self { rated_rise_k: class.rated_rise_k(), winding_min: 45.0, exponent: USUAL_EXPONENT }
    }

    /// The first number that is not finite or not above zero, by name.
    pub fn flaw(&self) -> Option<&'static str> {
        let checks = [
            (self.rated_rise_k, "rated rise"),
            (self.winding_min, "time constant of the winding"),
            (self.exponent, "exponent"),
        ];
        checks.into_iter().find(|(n, _)| !(n.is_finite() && *n > 0.0)).map(|(_, name)| name)
    }

    /// The state that a load in pu leads to in the end.
    pub fn steady(&self, load: f64) -> DryState {
        let load = load.abs();
        let power = if self.exponent == USUAL_EXPONENT { usual_power(load) } else { libm::pow(load, self.exponent) };
        DryState { rise_k: self.rated_rise_k * power }
    }

    /// What is left of a distance to the steady state after a step of a length in s.
    pub fn decay(&self, step_s: u32) -> f64 {
        libm::exp(-f64::from(step_s) / (60.0 * self.winding_min))
    }

    /// The state after a step of a length in s at a load in pu.
    pub fn step(&self, state: &DryState, load: f64, step_s: u32) -> DryState {
        state.towards(&self.steady(load), self.decay(step_s))
    }
}

/// The exponent of cooling by air that circulates by itself.
const USUAL_EXPONENT: f64 = 1.6;

/// A load to the power of 1.6, as itself times the cube of its fifth root: a third of the time of a general power, of
/// which a city takes one for every transformer and solve. The root by Halley's method, from the fifth of its logarithm
/// that the number's own bits tell.
fn usual_power(load: f64) -> f64 {
    const ONE: u64 = 1.0_f64.to_bits();
    if !(1e-60..1e60).contains(&load) {
        return libm::pow(load, USUAL_EXPONENT);
    }
    let nearer = |root: f64| {
        let fifth = root * root * root * root * root;
        root * (2.0 * fifth + 3.0 * load) / (3.0 * fifth + 2.0 * load)
    };
    let guess = f64::from_bits(load.to_bits() / 5 + ONE / 5 * 4);
    let root = nearer(nearer(nearer(guess)));
    load * (root * root * root)
}

/// How hot a dry-type transformer is. Its rise follows the load alone; the air adds without delay.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DryState {
    /// Rise of the winding over air in K.
    pub rise_k: f64,
}

impl DryState {
    /// Temperature of the winding in °C, in air of a temperature in °C.
    pub const fn winding_c(&self, ambient_c: f64) -> f64 {
        ambient_c + self.rise_k
    }

    /// On the way to a steady state, after a step that leaves this share of the distance.
    #[must_use]
    pub const fn towards(&self, steady: &Self, decay: f64) -> Self {
        Self { rise_k: steady.rise_k + (self.rise_k - steady.rise_k) * decay }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_power_is_the_general_one() {
        for step in -4_000..2_000 {
            let load = libm::exp(f64::from(step) * 0.005);
            let expected = libm::pow(load, 1.6);
            assert!((usual_power(load) / expected - 1.0).abs() < 4e-15, "{load}");
        }
        for load in [0.0, 1.0, 1e-100, 1e100, f64::MIN_POSITIVE] {
            assert_eq!(usual_power(load), libm::pow(load, 1.6));
        }
    }

    #[test]
    fn rated_load_reaches_the_rise_of_the_class_and_one_time_constant_most_of_it() {
        for (class, rise_k) in [(InsulationClass::F, 100.0), (InsulationClass::H, 125.0)] {
            let params = DryParams::of_class(class);
            assert_eq!(params.flaw(), None);
            assert_eq!(params.steady(-1.0).rise_k, rise_k);
            let after = params.step(&DryState::default(), 1.0, 45 * 60);
            assert!((after.rise_k / rise_k - (1.0 - libm::exp(-1.0))).abs() < 1e-14);
            assert!((params.steady(1.2).rise_k / rise_k - 1.338_72).abs() < 1e-5);
            assert_eq!(after.winding_c(40.0), 40.0 + after.rise_k);
        }
        let stuck = DryParams { winding_min: 0.0, ..DryParams::of_class(InsulationClass::F) };
        assert_eq!(stuck.flaw(), Some("time constant of the winding"));
    }
}
