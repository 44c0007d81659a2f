//! The figures a run is judged by, gathered step by step: peaks, means, the load curve.

use crate::clock::Clock;
use crate::fleet::shard::FleetShards;
use crate::grid::balance::{StepSums, Sums};
use bevy_ecs::prelude::*;
use serde::{Deserialize, Serialize};

/// Length of a point of the load curve in s.
pub const CURVE_S: u32 = 900;

/// Mean power over a quarter of an hour, in W.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// First second.
    pub from_s: u32,
    /// Net import.
    pub net_w: i64,
    /// Buildings.
    pub building_w: i64,
    /// Solar arrays.
    pub pv_w: i64,
    /// Vehicles, drawn.
    pub charged_w: i64,
    /// Vehicles, returned.
    pub returned_w: i64,
    /// Storage, drawn less delivered.
    pub storage_w: i64,
}

/// Observations since a run began.
#[derive(Resource, Clone, Debug, Default, Serialize, Deserialize)]
pub struct Observations {
    /// Steps seen.
    pub steps: u64,
    /// Greatest mean net import of a step in W.
    pub peak_w: i64,
    /// First second of that step.
    pub peak_s: u32,
    /// Greatest mean power drawn by vehicles in a step in W.
    pub ev_peak_w: i64,
    /// First second of that step.
    pub ev_peak_s: u32,
    /// Sum over steps of vehicles plugged in.
    pub plugged_sum: i64,
    /// The load curve.
    pub curve: Vec<CurvePoint>,
    part: Sums,
    part_s: u32,
}

impl Observations {
    /// Mean number of vehicles plugged in.
    pub fn plugged_mean(&self) -> f64 {
        self.plugged_sum as f64 / self.steps.max(1) as f64
    }

    fn see(&mut self, sums: &Sums, plugged: i64, from_s: u32, step_s: u32) {
        let seconds = i64::from(step_s);
        self.steps += 1;
        self.plugged_sum += plugged;
        let (net_w, ev_w) = (sums.net_j() / seconds, sums.charged_j / seconds);
        if net_w > self.peak_w || self.steps == 1 {
            (self.peak_w, self.peak_s) = (net_w, from_s);
        }
        if ev_w > self.ev_peak_w || self.steps == 1 {
            (self.ev_peak_w, self.ev_peak_s) = (ev_w, from_s);
        }
        self.part.add(sums);
        self.part_s += step_s;
        if self.part_s >= CURVE_S {
            self.close_point(from_s + step_s);
        }
    }

    fn close_point(&mut self, end_s: u32) {
        let (sums, seconds) = (core::mem::take(&mut self.part), i64::from(core::mem::take(&mut self.part_s)));
        self.curve.push(CurvePoint {
            from_s: end_s - seconds as u32,
            net_w: sums.net_j() / seconds,
            building_w: sums.building_j / seconds,
            pv_w: sums.pv_j / seconds,
            charged_w: sums.charged_j / seconds,
            returned_w: sums.returned_j / seconds,
            storage_w: (sums.storage_in_j - sums.storage_out_j) / seconds,
        });
    }
}

/// Report: takes note of the step.
pub fn observe(clock: Res<Clock>, sums: Res<StepSums>, shards: Res<FleetShards>, mut seen: ResMut<Observations>) {
    let plugged = shards.0.iter().map(|s| s.books.counts.plugged).sum();
    seen.see(&sums.city, plugged, clock.now_s(), clock.step_s);
}
