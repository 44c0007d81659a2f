//! What a network can bear: loading of branches, voltage bands, power flowing back. Pure functions of
//! numbers.

use super::flow::EndFlows;
use super::network::Network;
use serde::{Deserialize, Serialize};

/// Rated currents of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    /// At its from end in A.
    pub from_a: f64,
    /// At its to end in A.
    pub to_a: f64,
}

impl Rating {
    /// A line or cable of this rated current in A.
    pub const fn line(current_a: f64) -> Self {
        Self { from_a: current_a, to_a: current_a }
    }

    /// A transformer of this rated power in VA and these rated voltages, phase to phase, in V.
    pub fn transformer(power_va: f64, hv_v: f64, lv_v: f64) -> Self {
        Self { from_a: power_va / (hv_v * 3.0_f64.sqrt()), to_a: power_va / (lv_v * 3.0_f64.sqrt()) }
    }

    /// Loading by the currents in A at both ends: 1 when the fuller end is at its rating.
    pub fn loading(&self, from_a: f64, to_a: f64) -> f64 {
        (from_a / self.from_a).max(to_a / self.to_a)
    }
}

/// Current in A of 1 pu, at a base power in VA and a base voltage, phase to phase, in kV.
pub fn base_current_a(s_base_va: f64, base_kv: f64) -> f64 {
    s_base_va / (base_kv * 1e3 * 3.0_f64.sqrt())
}

/// Loading of the branch that feeds a node, by what flows through it; 0 for the slack.
pub fn loading(network: &Network, node: usize, flows: &EndFlows, rating: &Rating) -> f64 {
    let Some(parent) = network.parent(node) else { return 0.0 };
    let (from, to) = if network.is_reversed(node) { (node, parent) } else { (parent, node) };
    let base_a = |node| base_current_a(network.s_base_va(), network.base_kv(node));
    rating.loading(flows.i_from_pu * base_a(from), flows.i_to_pu * base_a(to))
}

/// Loading from which a transformer counts as heavily loaded, by the usage of utilities.
pub const HEAVY_LOADING: f64 = 0.8;
/// Loading from which a branch counts as overloaded.
pub const OVERLOADED: f64 = 1.0;

/// How full a branch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fullness {
    /// Below [`HEAVY_LOADING`].
    Normal,
    /// From [`HEAVY_LOADING`] up to [`OVERLOADED`].
    Heavy,
    /// Above [`OVERLOADED`].
    Overloaded,
}

/// How full a branch of this loading is.
pub fn fullness(loading: f64) -> Fullness {
    if loading > OVERLOADED {
        Fullness::Overloaded
    } else if loading >= HEAVY_LOADING {
        Fullness::Heavy
    } else {
        Fullness::Normal
    }
}

/// Allowed voltages in pu.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Lowest.
    pub low_pu: f64,
    /// Highest.
    pub high_pu: f64,
}

impl Band {
    /// Three-phase supply at 10 kV and 380 V: 7 % either way, after GB/T 12325.
    pub const THREE_PHASE: Self = Self { low_pu: 0.93, high_pu: 1.07 };
    /// Single-phase supply at 220 V: 7 % up and 10 % down, after GB/T 12325.
    pub const SINGLE_PHASE: Self = Self { low_pu: 0.90, high_pu: 1.07 };

    /// Where a voltage lies.
    pub fn place(&self, v_pu: f64) -> Voltage {
        if v_pu < self.low_pu {
            Voltage::Low
        } else if v_pu > self.high_pu {
            Voltage::High
        } else {
            Voltage::Within
        }
    }

    /// By how many pu a voltage is outside: negative below, positive above, 0 within.
    pub fn excess_pu(&self, v_pu: f64) -> f64 {
        (v_pu - self.high_pu).max(0.0) + (v_pu - self.low_pu).min(0.0)
    }
}

/// Where a voltage lies in its band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voltage {
    /// Below.
    Low,
    /// Within, its ends included.
    Within,
    /// Above.
    High,
}

/// Active power in pu that flows from a node back to the slack through the branch that feeds it; 0 when power
/// flows the usual way.
pub fn reverse_pu(network: &Network, node: usize, flows: &EndFlows) -> f64 {
    let end = if network.is_reversed(node) { flows.to } else { flows.from };
    (-end.re).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transformer_is_as_full_as_its_fuller_side() {
        let rating = Rating::transformer(1e6, 10e3, 400.0);
        assert!((rating.from_a - 57.735).abs() < 1e-3);
        assert!((rating.to_a - 1443.376).abs() < 1e-3);
        assert!((rating.loading(rating.from_a * 0.9, rating.to_a * 1.1) - 1.1).abs() < 1e-12);
        assert!((rating.loading(rating.from_a * 1.2, rating.to_a) - 1.2).abs() < 1e-12);
        assert_eq!(
            [0.5, 0.8, 1.0, 1.01].map(fullness),
            [Fullness::Normal, Fullness::Heavy, Fullness::Heavy, Fullness::Overloaded]
        );
    }

    #[test]
    fn a_band_holds_its_ends() {
        let band = Band::SINGLE_PHASE;
        assert_eq!(
            [0.899, 0.90, 1.07, 1.071].map(|v_pu| band.place(v_pu)),
            [Voltage::Low, Voltage::Within, Voltage::Within, Voltage::High]
        );
        assert_eq!([0.90, 1.0, 1.07].map(|v_pu| band.excess_pu(v_pu)), [0.0; 3]);
        assert!((band.excess_pu(0.85) + 0.05).abs() < 1e-12);
        assert!((band.excess_pu(1.08) - 0.01).abs() < 1e-12);
    }
}
