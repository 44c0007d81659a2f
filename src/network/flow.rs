//! What came of a solve of a section.

use crate::powerflow::limits::{HEAVY_LOADING, OVERLOADED};

/// What came of a solve. Powers in W.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SectionFlow {
    /// Delivered by the 110 kV.
    pub supplied_w: f64,
    /// Lost in the unit.
    pub lost_unit_w: f64,
    /// Lost in cables.
    pub lost_cables_w: f64,
    /// Lost in distribution transformers.
    pub lost_transformers_w: f64,
    /// Lost in the mains behind them.
    pub lost_mains_w: f64,
    /// Sweeps it took, those for taps included.
    pub sweeps: u32,
    /// Steps of the tap changer.
    pub tap_moves: u32,
    /// Delivered by the 110 kV in whole W.
    pub supplied_whole_w: i64,
    /// The residual of that and what users draw in whole W: all that is lost.
    pub lost_whole_w: i64,
    /// Lowest and highest voltage at 10 kV and where users are, each in pu of its nominal one.
    pub v_pu: [[f64; 2]; 2],
    /// Transformers, cables of feeders and units that are overloaded.
    pub overloaded: [u32; 3],
    /// Nodes of 10 kV and of users that are out of their voltage band.
    pub out_of_band: u32,
    /// Transformers that are full from each of [`FULL_FROM`] on.
    pub full: [u32; FULL_FROM.len()],
    /// How far the hottest winding of a transformer is above the air, in K (dry type, first order, not validated).
    pub hottest_k: f64,
}

/// Loadings from which transformers are counted as full: heavily loaded and overloaded as utilities call it, and
/// further beyond.
pub const FULL_FROM: [f64; 4] = [HEAVY_LOADING, OVERLOADED, 1.2, 1.5];

impl Default for SectionFlow {
    fn default() -> Self {
        Self {
            supplied_w: 0.0,
            lost_unit_w: 0.0,
            lost_cables_w: 0.0,
            lost_transformers_w: 0.0,
            lost_mains_w: 0.0,
            sweeps: 0,
            tap_moves: 0,
            supplied_whole_w: 0,
            lost_whole_w: 0,
            v_pu: [[f64::MAX, 0.0]; 2],
            overloaded: [0; 3],
            out_of_band: 0,
            full: [0; FULL_FROM.len()],
            hottest_k: 0.0,
        }
    }
}

impl SectionFlow {
    /// Adds another section's.
    pub(super) fn add(&mut self, other: &Self) {
        self.supplied_w += other.supplied_w;
        self.lost_unit_w += other.lost_unit_w;
        self.lost_cables_w += other.lost_cables_w;
        self.lost_transformers_w += other.lost_transformers_w;
        self.lost_mains_w += other.lost_mains_w;
        self.sweeps += other.sweeps;
        self.tap_moves += other.tap_moves;
        self.supplied_whole_w += other.supplied_whole_w;
        self.lost_whole_w += other.lost_whole_w;
        for (seen, other) in self.v_pu.iter_mut().zip(other.v_pu) {
            *seen = [seen[0].min(other[0]), seen[1].max(other[1])];
        }
        for (count, other) in self.overloaded.iter_mut().zip(other.overloaded) {
            *count += other;
        }
        self.out_of_band += other.out_of_band;
        for (count, other) in self.full.iter_mut().zip(other.full) {
            *count += other;
        }
        self.hottest_k = self.hottest_k.max(other.hottest_k);
    }

    /// All that is lost, in W.
    pub fn lost_w(&self) -> f64 {
        self.lost_unit_w + self.lost_cables_w + self.lost_transformers_w + self.lost_mains_w
    }
}
