//! What a shard of the fleet books: power that stands, energy that deviates from it, and counts.
//!
//! A flow at constant power is booked once, as standing power that every step integrates over its length, with a
//! correction for the seconds before it began; when it ends, the correction makes the sum equal to what really
//! moved. Steps in between cost nothing, and the sum is exact to the joule.

use crate::fleet::vehicle::{ChargePlace, VehicleClass};
use serde::{Deserialize, Serialize};

/// Classes times charging places.
pub const CELLS: usize = VehicleClass::ALL.len() * ChargePlace::ALL.len();

/// The cell in which a class's charging at a place is booked.
pub const fn cell(class: VehicleClass, place: ChargePlace) -> usize {
    class as usize * ChargePlace::ALL.len() + place as usize
}

/// A change of the load of one transformer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeChange {
    /// Row of the transformer.
    pub node: u32,
    /// Index of its zone.
    pub zone: u16,
    /// True for energy that vehicles return.
    pub returned: bool,
    /// Change of standing power at the meter in W, never negative in sum; returned power counts positive.
    pub standing_w: i32,
    /// Energy of this step beside the standing power, in J.
    pub extra_j: i64,
}

/// Power that stands and energy beside it, within a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Power in W that holds for the whole step.
    pub standing_w: i64,
    /// Energy of the step beside it, in J.
    pub extra_j: i64,
}

impl Line {
    /// Energy of a step, after which the extra energy is cleared.
    pub fn close(&mut self, step_s: u32) -> i64 {
        self.standing_w * i64::from(step_s) + core::mem::take(&mut self.extra_j)
    }

    /// Books power that stands from `from_s` in a step that began at `step_from_s`.
    pub fn begin(&mut self, power_w: i64, step_from_s: u32, from_s: u32) {
        self.standing_w += power_w;
        self.extra_j -= power_w * (i64::from(from_s) - i64::from(step_from_s));
    }

    /// Sum up to a second of a line whose step began at second zero.
    pub const fn sum_until(&self, now_s: u32) -> i64 {
        self.standing_w * now_s as i64 + self.extra_j
    }

    /// Ends standing power that began at `from_s` and moved `energy_j` in all.
    pub fn end(&mut self, power_w: i64, step_from_s: u32, from_s: u32, energy_j: i64) {
        self.standing_w -= power_w;
        self.extra_j += energy_j + power_w * (i64::from(from_s) - i64::from(step_from_s));
    }
}

/// Counts of what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Legs begun.
    pub trips: u64,
    /// Legs that an empty battery forbade.
    pub trips_unmet: u64,
    /// Legs put off to charge first.
    pub trips_late: u64,
    /// Legs put off by vehicles that have less than they came for, in sessions that followed an order.
    pub trips_harmed: u64,
    /// Charging sessions begun.
    pub sessions: u64,
    /// Vehicles that left a queue without having charged, or were turned away and gave up.
    pub gave_up: u64,
    /// Seconds spent in queues.
    pub queued_s: u64,
    /// Sessions cut short by a fault.
    pub interrupted: u64,
    /// Vehicles plugged in at the moment.
    pub plugged: i64,
    /// Metres driven.
    pub metres: u64,
}

impl Counts {
    /// Adds another shard's counts.
    pub fn add(&mut self, o: &Self) {
        self.trips += o.trips;
        self.trips_unmet += o.trips_unmet;
        self.trips_late += o.trips_late;
        self.trips_harmed += o.trips_harmed;
        self.sessions += o.sessions;
        self.gave_up += o.gave_up;
        self.queued_s += o.queued_s;
        self.interrupted += o.interrupted;
        self.plugged += o.plugged;
        self.metres += o.metres;
    }
}

/// What flows at the surveyed points of a zone, in lines whose step begins at the first second of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyLines {
    /// Points that deliver energy; the line's watts are points and its joules point-seconds.
    pub points: Line,
    /// Energy they deliver, at the meter.
    pub energy: Line,
    /// Rated power of the points that deliver energy.
    pub rated: Line,
}

/// The books of one shard.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Books {
    /// Energy bought, at the meter, by class and place.
    pub charged: [Line; CELLS],
    /// Energy returned, at the meter, by class and place.
    pub returned: [Line; CELLS],
    /// Energy that reached batteries, net of what left them at a gun.
    pub battery: Line,
    /// Energy that left batteries for driving, in J, this step.
    pub driving_j: i64,
    /// Driving energy by class since the run began, in J.
    pub driving_by_class_j: [i64; 8],
    /// Metres driven by class since the run began.
    pub metres_by_class: [u64; 8],
    /// Legs put off to charge first, by class, since the run began.
    pub late_by_class: [u64; 8],
    /// Sessions by class and place since the run began.
    pub sessions_by_cell: [u64; CELLS],
    /// Sessions at public points by class and hour of the day, since the run began.
    pub public_sessions_by_hour: [[u64; 24]; 8],
    /// Surveyed points by slot of the survey.
    pub survey: Vec<SurveyLines>,
    /// Counts since the run began.
    pub counts: Counts,
    /// Changes for the transformers, this step; none between steps.
    #[serde(skip)]
    pub nodes: Vec<NodeChange>,
}

impl Default for Books {
    fn default() -> Self {
        Self {
            charged: [Line::default(); CELLS],
            returned: [Line::default(); CELLS],
            battery: Line::default(),
            driving_j: 0,
            driving_by_class_j: [0; 8],
            metres_by_class: [0; 8],
            late_by_class: [0; 8],
            sessions_by_cell: [0; CELLS],
            public_sessions_by_hour: [[0; 24]; 8],
            survey: Vec::new(),
            counts: Counts::default(),
            nodes: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_line_books_exactly_what_moved(
            from in 0_u32..1_000, length in 0_u32..5_000, power in -400_000_i64..400_000, short in 0_i64..1_000,
            step in prop::sample::select(vec![60_u32, 300, 900]),
        ) {
            let (to, moved) = (from + length, power * i64::from(length) - short.min(i64::from(length)));
            let (mut line, mut sum) = (Line::default(), 0);
            for k in 0..(to / step + 2) {
                let (a, b) = (k * step, (k + 1) * step);
                if (a..b).contains(&from) { line.begin(power, a, from); }
                if (a..b).contains(&to) { line.end(power, a, from, moved); }
                sum += line.close(step);
            }
            prop_assert_eq!(sum, moved);
            prop_assert_eq!(line, Line::default());
        }
    }
}
