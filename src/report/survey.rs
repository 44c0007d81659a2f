//! What a survey of public charging would have seen: busy points and points that deliver energy, by hour and by zone.
//!
//! A point is *busy* when nobody else can use it: a vehicle is plugged in, or it is out of order. It is *charging*
//! while energy flows. Both are measured in Shenzhen for the points of `UrbanEV`, and kept here for the same points.

use crate::clock::{Clock, DAY_S, HOUR_S};
use crate::fleet::shard::{FleetShards, StationShards};
use bevy_ecs::prelude::*;
use serde::{Deserialize, Serialize};

/// What was seen in some time at some points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveySums {
    /// Seconds in which points were busy, summed over points.
    pub busy_s: i64,
    /// Seconds in which points delivered energy, summed over points.
    pub charging_s: i64,
    /// Energy delivered at the meter in J.
    pub energy_j: i64,
    /// Rated power times charging time in J: what the energy of `UrbanEV` is.
    pub rated_j: i64,
}

impl SurveySums {
    /// Adds another sum.
    pub const fn add(&mut self, o: &Self) {
        self.busy_s += o.busy_s;
        self.charging_s += o.charging_s;
        self.energy_j += o.energy_j;
        self.rated_j += o.rated_j;
    }
}

/// A zone with surveyed points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurveyZone {
    /// Its number in the zone layer.
    pub id: u32,
    /// Its index among the zones of the world.
    pub index: u16,
    /// Surveyed points in it.
    pub points: u32,
}

/// What the survey has seen since the run proper began.
#[derive(Resource, Clone, Debug, Default, Serialize, Deserialize)]
pub struct Survey {
    /// Zones with surveyed points, by index.
    pub zones: Vec<SurveyZone>,
    /// The city's sums by hour, from the first midnight of the run proper.
    pub hours: Vec<SurveySums>,
    /// Sums by day and zone, a row of `zones.len()` per day.
    pub days: Vec<Vec<SurveySums>>,
    /// Sums by zone from the first second of the run, as of the last full hour.
    before: Vec<SurveySums>,
}

impl Survey {
    /// A survey of these zones that has seen nothing.
    pub fn new(zones: Vec<SurveyZone>) -> Self {
        let before = vec![SurveySums::default(); zones.len()];
        Self { zones, before, ..Self::default() }
    }

    /// Forgets what has been seen so far.
    pub fn start(&mut self) {
        self.hours.clear();
        self.days.clear();
    }

    /// Takes note of the sums by zone from the first second of the run to the end of an hour.
    fn see(&mut self, until: Vec<SurveySums>, begins_day: bool) {
        if begins_day || self.days.is_empty() {
            self.days.push(vec![SurveySums::default(); self.zones.len()]);
        }
        let day = self.days.last_mut().expect("a day has been pushed");
        let mut hour = SurveySums::default();
        for ((now, before), day) in until.iter().zip(&self.before).zip(day) {
            let seen = SurveySums {
                busy_s: now.busy_s - before.busy_s,
                charging_s: now.charging_s - before.charging_s,
                energy_j: now.energy_j - before.energy_j,
                rated_j: now.rated_j - before.rated_j,
            };
            hour.add(&seen);
            day.add(&seen);
        }
        self.hours.push(hour);
        self.before = until;
    }

    /// All surveyed points.
    pub fn points(&self) -> u32 {
        self.zones.iter().map(|z| z.points).sum()
    }
}

/// Report: at the end of every hour, takes note of what the surveyed points did in it.
pub fn look(clock: Res<Clock>, fleet: Res<FleetShards>, stations: Res<StationShards>, mut survey: ResMut<Survey>) {
    let end_s = clock.end_s();
    if !end_s.is_multiple_of(HOUR_S) || survey.zones.is_empty() {
        return;
    }
    let sums = |slot: usize| {
        let mut sum = SurveySums::default();
        for shard in &fleet.0 {
            let lines = &shard.books.survey[slot];
            sum.charging_s += lines.points.sum_until(end_s);
            sum.energy_j += lines.energy.sum_until(end_s);
            sum.rated_j += lines.rated.sum_until(end_s);
        }
        sum.busy_s = stations.0.iter().map(|s| s.busy[slot].sum_until(end_s)).sum();
        sum
    };
    let until = (0..survey.zones.len()).map(sums).collect();
    survey.see(until, (end_s - HOUR_S).is_multiple_of(DAY_S));
}
