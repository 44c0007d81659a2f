//! Oil-immersed transformers after IEC 60076-7:2018: top oil and hot spot, exact for steps of any length.
//!
//! The top oil strives for `air + rise ((1 + R K^2) / (1 + R))^x` with the time constant `k11 tau_o`. The hot
//! spot lies above it by the difference of two parts, which strive for `k21 g K^y` with `k22 tau_w` and for
//! `(k21 - 1) g K^y` with `tau_o / k22`: with `k21 > 1` it overshoots for a while, as the oil in the winding
//! takes time to move.

use super::ageing::{Paper, mean_rate};
use serde::{Deserialize, Serialize};

/// What makes up the thermal behaviour of an oil-immersed transformer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OilParams {
    /// Rise of the top oil over air at rated load in K, above zero.
    pub top_oil_rise_k: f64,
    /// Hot spot over top oil at rated load in K, not negative: hot-spot factor times winding-to-oil gradient.
    pub gradient_k: f64,
    /// Load loss at rated current over no-load loss (`R`), not negative.
    pub loss_ratio: f64,
    /// Oil exponent (`x`), above zero.
    pub oil_exponent: f64,
    /// Winding exponent (`y`), above zero.
    pub winding_exponent: f64,
    /// Constant of the top oil (`k11`), above zero.
    pub k11: f64,
    /// Constant of the overshoot of the hot spot (`k21`), at least 1; 1 is none.
    pub k21: f64,
    /// Constant of the hot spot's time constants (`k22`), above zero.
    pub k22: f64,
    /// Time constant of the oil (`tau_o`) in min, above zero.
    pub oil_min: f64,
    /// Time constant of the winding (`tau_w`) in min, above zero.
    pub winding_min: f64,
}

impl OilParams {
    /// Distribution transformer, natural oil and air: exponents, constants and time constants of IEC 60076-7.
    ///
    /// Rises are those that transformer-thermal-model 0.6.0 takes: 60 K, the limit of IEC 60076-2, and 1.2 x
    /// 23 K. A ratio of losses of 5 is the standard's example; [`Self::with_losses`] takes those of the name
    /// plate.
    pub const fn onan_distribution() -> Self {
        Self {
            top_oil_rise_k: 60.0,
            gradient_k: 1.2 * 23.0,
            loss_ratio: 5.0,
            oil_exponent: 0.8,
            winding_exponent: 1.6,
            k11: 1.0,
            k21: 1.0,
            k22: 2.0,
            oil_min: 180.0,
            winding_min: 4.0,
        }
    }

    /// Power transformer, natural oil and air: the figures of IEC 60076-7, read from a published
    /// implementation of it
    /// (<https://github.com/Ildar-Daminov/Assessment_Dynamic_Thermal_Rating_of_Transformers>) and from
    /// transformer-thermal-model, which agree on all but the rises.
    pub const fn onan_power() -> Self {
        Self {
            top_oil_rise_k: 52.0,
            gradient_k: 26.0,
            loss_ratio: 6.0,
            oil_exponent: 0.8,
            winding_exponent: 1.3,
            k11: 0.5,
            k21: 2.0,
            k22: 2.0,
            oil_min: 210.0,
            winding_min: 10.0,
        }
    }

    /// Power transformer, natural oil and fans, from the same sources as [`Self::onan_power`].
    pub const fn onaf_power() -> Self {
        Self { oil_min: 150.0, winding_min: 7.0, ..Self::onan_power() }
    }

    /// With the ratio of load loss at rated current to no-load loss, both in W and above zero.
    #[must_use]
    pub const fn with_losses(self, load_loss_w: f64, no_load_loss_w: f64) -> Self {
        Self { loss_ratio: load_loss_w / no_load_loss_w, ..self }
    }

    /// The first number that is not finite or out of its range, by name.
    pub fn flaw(&self) -> Option<&'static str> {
        let positive = |n: f64| n.is_finite() && n > 0.0;
        let checks = [
            (positive(self.top_oil_rise_k), "top-oil rise"),
            (self.gradient_k.is_finite() && self.gradient_k >= 0.0, "gradient"),
            (self.loss_ratio.is_finite() && self.loss_ratio >= 0.0, "ratio of losses"),
            (positive(self.oil_exponent), "oil exponent"),
            (positive(self.winding_exponent), "winding exponent"),
            (positive(self.k11), "k11"),
            (self.k21.is_finite() && self.k21 >= 1.0, "k21"),
            (positive(self.k22), "k22"),
            (positive(self.oil_min), "time constant of the oil"),
            (positive(self.winding_min), "time constant of the winding"),
        ];
        checks.into_iter().find(|(fine, _)| !fine).map(|(_, name)| name)
    }

    /// The state that a load in pu leads to in the end in air of a temperature in °C.
    pub fn steady(&self, load: f64, ambient_c: f64) -> OilState {
        let load = load.abs();
        let losses = (1.0 + self.loss_ratio * load * load) / (1.0 + self.loss_ratio);
        let gradient_k = self.gradient_k * libm::pow(load, self.winding_exponent);
        OilState {
            top_oil_c: ambient_c + self.top_oil_rise_k * libm::pow(losses, self.oil_exponent),
            winding_k: self.k21 * gradient_k,
            oil_k: (self.k21 - 1.0) * gradient_k,
        }
    }

    /// The state after a step of a length in s at a load in pu in air of a temperature in °C.
    pub fn step(&self, state: &OilState, load: f64, ambient_c: f64, step_s: u32) -> OilState {
        state.towards(&self.steady(load, ambient_c), &OilDecay::new(self, step_s))
    }

    /// As [`Self::step`], with the life lost in the step in h.
    ///
    /// The life lost is Simpson's rule over the exact temperatures. With steps of 15 min it is within 1 % on
    /// a day that steps from half to 1.3 times rated load and back.
    pub fn step_aged(&self, paper: Paper, state: &OilState, load: f64, ambient_c: f64, step_s: u32) -> (OilState, f64) {
        let steady = self.steady(load, ambient_c);
        let decays = OilDecay::halfway_and_whole(self, step_s);
        let (next, _, rate) = state.aged(&steady, &decays, paper, paper.rate(state.hot_spot_c()));
        (next, rate * f64::from(step_s) / 3_600.0)
    }
}

/// What is left of a distance to the steady state after a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OilDecay {
    top_oil: f64,
    winding: f64,
    oil: f64,
}

impl OilDecay {
    /// Of a step of a length in s.
    pub fn new(params: &OilParams, step_s: u32) -> Self {
        Self::after(params, f64::from(step_s) / 60.0)
    }

    /// Of the first half of a step of a length in s, and of all of it.
    pub(super) fn halfway_and_whole(params: &OilParams, step_s: u32) -> [Self; 2] {
        [0.5, 1.0].map(|share| Self::after(params, share * f64::from(step_s) / 60.0))
    }

    fn after(params: &OilParams, step_min: f64) -> Self {
        Self {
            top_oil: libm::exp(-step_min / (params.k11 * params.oil_min)),
            winding: libm::exp(-step_min / (params.k22 * params.winding_min)),
            oil: libm::exp(-step_min * params.k22 / params.oil_min),
        }
    }
}

/// How hot an oil-immersed transformer is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OilState {
    /// Temperature of the oil at the top of the tank in °C.
    pub top_oil_c: f64,
    /// First part of the hot spot over the top oil in K: that of the winding.
    pub winding_k: f64,
    /// Second part in K, which is taken off: that of the oil in the winding.
    pub oil_k: f64,
}

impl OilState {
    /// Out of service for long in air of a temperature in °C.
    pub const fn cold(ambient_c: f64) -> Self {
        Self { top_oil_c: ambient_c, winding_k: 0.0, oil_k: 0.0 }
    }

    /// Temperature of the hot spot in °C.
    pub const fn hot_spot_c(&self) -> f64 {
        self.top_oil_c + self.winding_k - self.oil_k
    }

    /// On the way to a steady state, after a step.
    #[must_use]
    pub const fn towards(&self, steady: &Self, decay: &OilDecay) -> Self {
        Self {
            top_oil_c: steady.top_oil_c + (self.top_oil_c - steady.top_oil_c) * decay.top_oil,
            winding_k: steady.winding_k + (self.winding_k - steady.winding_k) * decay.winding,
            oil_k: steady.oil_k + (self.oil_k - steady.oil_k) * decay.oil,
        }
    }

    /// As [`Self::towards`] with the decays of half the step and all of it, from the ageing rate at the
    /// start: the state, the rate at its end and the mean rate.
    pub(super) fn aged(&self, steady: &Self, decays: &[OilDecay; 2], paper: Paper, start: f64) -> (Self, f64, f64) {
        let [middle, next] = [0, 1].map(|i| self.towards(steady, &decays[i]));
        let end = paper.rate(next.hot_spot_c());
        (next, end, mean_rate(start, paper.rate(middle.hot_spot_c()), end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rated_load_in_air_of_30_degrees_ends_at_90_and_117_6() {
        let steady = OilParams::onan_distribution().with_losses(6_200.0, 810.0).steady(1.0, 30.0);
        assert_eq!(steady.top_oil_c, 90.0);
        assert!((steady.hot_spot_c() - 117.6).abs() < 1e-12);
    }

    #[test]
    fn the_hot_spot_of_a_power_transformer_overshoots_and_settles() {
        for params in [OilParams::onan_power(), OilParams::onaf_power()] {
            let steady = params.steady(1.0, 20.0);
            assert!((steady.hot_spot_c() - 98.0).abs() < 1e-12);
            let over_k = |minutes: u32| {
                let state = params.step(&OilState::cold(20.0), 1.0, 20.0, 60 * minutes);
                state.hot_spot_c() - state.top_oil_c
            };
            assert!(over_k(40) > 1.2 * 26.0 && (over_k(3_000) - 26.0).abs() < 1e-9);
        }
    }

    #[test]
    fn the_two_parts_of_the_hot_spot_decay_with_their_own_time_constants() {
        let params = OilParams::onan_power();
        let state = params.step(&OilState::cold(20.0), 1.0, 20.0, 3_600);
        // After 60 min: 2 (1 - e^-(60 / 20)) and 1 - e^-(60 x 2 / 210) of 26 K.
        assert!((state.winding_k - 52.0 * 0.950_212_932).abs() < 1e-6);
        assert!((state.oil_k - 26.0 * 0.435_281_879).abs() < 1e-6, "{}", state.oil_k / 26.0);
        // And the oil with half its time constant.
        assert!((state.top_oil_c - 20.0 - 52.0 * 0.435_281_879).abs() < 1e-6);
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        let sound = OilParams::onan_distribution();
        assert_eq!(sound.flaw(), None);
        assert_eq!(OilParams { k21: 0.5, ..sound }.flaw(), Some("k21"));
        assert_eq!(OilParams { oil_min: f64::NAN, ..sound }.flaw(), Some("time constant of the oil"));
        assert_eq!(sound.with_losses(1.0, 0.0).flaw(), Some("ratio of losses"));
    }
}
