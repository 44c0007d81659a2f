//! What a survey of public charging would have seen: busy points and points that deliver energy, by hour and by zone.
//!
//! A point is *busy* when nobody else can use it: a vehicle is plugged in, or it is out of order. It is *charging*
//! while energy flows. Both are measured in Shenzhen for the points of `UrbanEV`, and kept here for the same points.

use bevy_ecs::prelude::Resource;

/// What was seen in some time at some points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SurveySums {
    /// Seconds in which points were busy, summed over points.
    pub busy_s: i64,
    /// Seconds in which points delivered energy, summed over points.
    pub charging_s: i64,
    /// Energy delivered at the meter in J.
    pub energy_j: i64,
}

impl SurveySums {
    /// Adds another sum.
    pub const fn add(&mut self, o: &Self) {
        self.busy_s += o.busy_s;
        self.charging_s += o.charging_s;
        self.energy_j += o.energy_j;
    }
}

/// A zone with surveyed points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SurveyZone {
    /// Its number in the zone layer.
    pub id: u32,
    /// Its index among the zones of the world.
    pub index: u16,
    /// Surveyed points in it.
    pub points: u32,
}

/// What the survey has seen since the run proper began.
#[derive(Resource, Clone, Debug, Default)]
pub struct Survey {
    /// Zones with surveyed points, by index.
    pub zones: Vec<SurveyZone>,
    /// The city's sums by hour, from the first midnight of the run proper.
    pub hours: Vec<SurveySums>,
    /// Sums by day and zone, a row of `zones.len()` per day.
    pub days: Vec<Vec<SurveySums>>,
}

impl Survey {
    /// All surveyed points.
    pub fn points(&self) -> u32 {
        self.zones.iter().map(|z| z.points).sum()
    }
}
