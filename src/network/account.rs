//! What a network has come to over a run: energy lost, voltages seen, time beyond limits.

use super::city::CityFlow;
use super::flow::FULL_FROM;
use super::section::Part;
use serde::{Deserialize, Serialize};

/// The account of a network since a run began. Each solve stands for the time since the one before it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GridAccount {
    /// Solves of the whole city.
    pub solves: u32,
    /// Delivered by the 110 kV to sections that were solved, in J.
    pub supplied_j: i64,
    /// What of it did not reach users, in J: the residual of whole watts, so that what users drew and what was lost
    /// are what was supplied, to the joule.
    pub lost_j: i64,
    /// Lowest and highest voltage at 10 kV and where users are, each in pu of its nominal one; none before a solve.
    pub v_pu: Option<[[f64; 2]; 2]>,
    /// Time that nodes were out of their voltage band, each counted by itself, in s.
    pub out_of_band_s: u64,
    /// Time that transformers were full from each of [`FULL_FROM`] on, each of them counted by itself, in s.
    pub full_s: [u64; FULL_FROM.len()],
    /// Temperature of the hottest winding of a transformer in °C; none before a solve.
    pub hottest_c: Option<f64>,
    /// What the sun would have given, had the voltage been lower, in J.
    pub curtailed_j: i64,
    /// Sections that were not solved, in all solves together.
    pub unsolved: u32,
    /// Sweeps of all sections.
    pub sweeps: u64,
    /// Steps of tap changers.
    pub tap_moves: u64,
}

impl GridAccount {
    /// Adds a solve that stands for some time in s, in air of a temperature in °C.
    pub fn add(&mut self, flow: &CityFlow, held_s: u32, air_c: f64) {
        let sum = &flow.sum;
        let (held_j, held_s) = (i64::from(held_s), u64::from(held_s));
        self.solves += 1;
        self.supplied_j += sum.supplied_whole_w * held_j;
        self.lost_j += sum.lost_whole_w * held_j;
        let seen = self.v_pu.unwrap_or(sum.v_pu);
        self.v_pu = Some([0, 1].map(|level: usize| {
            let ([low, high], [other_low, other_high]) = (seen[level], sum.v_pu[level]);
            [low.min(other_low), high.max(other_high)]
        }));
        for (total_s, count) in self.full_s.iter_mut().zip(sum.full) {
            *total_s += u64::from(count) * held_s;
        }
        let hottest_c = air_c + sum.hottest_k;
        self.hottest_c = Some(self.hottest_c.map_or(hottest_c, |before_c| before_c.max(hottest_c)));
        self.out_of_band_s += u64::from(sum.out_of_band) * held_s;
        self.unsolved += flow.unsolved.len() as u32;
        self.sweeps += u64::from(sum.sweeps);
        self.tap_moves += u64::from(sum.tap_moves);
    }

    /// Share of the supply that was lost; none if on the whole power flowed back.
    pub fn lost_share(&self) -> Option<f64> {
        (self.supplied_j > 0).then(|| self.lost_j as f64 / self.supplied_j as f64)
    }
}

/// Of transformers, feeders and units: which one a part is, or belongs to.
pub(super) const fn level(part: Part) -> Option<usize> {
    match part {
        Part::Transformer(_) => Some(0),
        Part::Head(_) | Part::Cable(_) => Some(1),
        Part::Unit => Some(2),
        Part::Main(_) => None,
    }
}
