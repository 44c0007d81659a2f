//! Why less came than was asked for, told apart by cause and adding up exactly.

use crate::fleet::vehicle::{Phase, Vehicle, VehicleState};
use crate::market::capability::Assessment;
use crate::market::exact::share_out;
use crate::twin::Twin;
use serde::Serialize;

/// Power that was not to be had in a step, by cause, in W.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// What could not be called.
    pub short_w: i64,
    /// Of owners who declined.
    pub declined_w: i64,
    /// Of vehicles that could discharge, have agreed and are elsewhere.
    pub away_w: i64,
    /// Of vehicles at bidirectional points with nothing above their floor.
    pub at_floor_w: i64,
    /// Of vehicles that could discharge, at points that can only charge.
    pub one_way_w: i64,
    /// Of what was offered behind a transformer, feeder or substation without room.
    pub feeder_cap_w: i64,
    /// Of aggregators that do not answer, and of orders that were lost.
    pub communications_w: i64,
}

/// Power that a vehicle is taken to deliver if it could, in W: a small V2G pile (assumption).
const PILE_W: i64 = 20_000;

impl Missing {
    /// Counts vehicles that could discharge and do not.
    pub(super) fn count_v2g(&mut self, assessment: &Assessment, wanted: bool, twin: &mut Twin) {
        if !wanted {
            return;
        }
        let funnel = assessment.funnel;
        let w = twin.world_mut();
        let mut vehicles = w.query::<(&Vehicle, &VehicleState)>();
        let one_way =
            vehicles.iter(w).filter(|(v, s)| v.v2g && s.phase == Phase::Plugged && !s.bidirectional()).count() as u64;
        self.at_floor_w += (funnel.plugged - funnel.able) as i64 * PILE_W;
        self.one_way_w += one_way as i64 * PILE_W;
        self.away_w += (funnel.enrolled.saturating_sub(funnel.plugged + one_way)) as i64 * PILE_W;
    }
}

/// The shortfall of an event by cause, in millionths that add up to a million, or all zero if nothing was missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Shortfall {
    /// Owners declined.
    pub declined_ppm: i64,
    /// Vehicles were elsewhere.
    pub away_ppm: i64,
    /// Batteries were at their floor.
    pub at_floor_ppm: i64,
    /// Points could only charge.
    pub one_way_gun_ppm: i64,
    /// A transformer, feeder or substation had no room.
    pub feeder_cap_ppm: i64,
    /// Telemetry or control did not come through.
    pub communications_ppm: i64,
    /// Everything that was offered was called: nothing else had joined, or resources followed less than they said.
    pub not_enrolled_ppm: i64,
}

impl Shortfall {
    /// Attributes a missing energy to what was missing in the steps of an event.
    ///
    /// Causes are taken in the order in which they could have been cured, each up to what it would have brought:
    /// messages, limits, owners' answers, then vehicles; what none of them explains had not joined.
    pub fn of(missing_w: i64, sums: &Missing) -> Self {
        if missing_w <= 0 {
            return Self::default();
        }
        let mut left_w = missing_w;
        let mut take = |most_w: i64| {
            let taken_w = most_w.clamp(0, left_w);
            left_w -= taken_w;
            taken_w
        };
        let by_cause = [
            take(sums.communications_w),
            take(sums.feeder_cap_w),
            take(sums.declined_w),
            take(sums.at_floor_w),
            take(sums.one_way_w),
            take(sums.away_w),
        ];
        let weights: Vec<i64> = by_cause.into_iter().chain([left_w]).collect();
        let parts = share_out(1_000_000, &weights).unwrap_or_else(|| vec![0; weights.len()]);
        Self {
            communications_ppm: parts[0],
            feeder_cap_ppm: parts[1],
            declined_ppm: parts[2],
            at_floor_ppm: parts[3],
            one_way_gun_ppm: parts[4],
            away_ppm: parts[5],
            not_enrolled_ppm: parts[6],
        }
    }

    /// The sum of all causes.
    pub const fn total_ppm(&self) -> i64 {
        self.declined_ppm
            + self.away_ppm
            + self.at_floor_ppm
            + self.one_way_gun_ppm
            + self.feeder_cap_ppm
            + self.communications_ppm
            + self.not_enrolled_ppm
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn causes_add_up_to_the_whole(
            missing in 1_i64..1_000_000_000, causes in prop::array::uniform6(0_i64..2_000_000_000),
        ) {
            let sums = Missing {
                short_w: 0,
                declined_w: causes[0],
                away_w: causes[1],
                at_floor_w: causes[2],
                one_way_w: causes[3],
                feeder_cap_w: causes[4],
                communications_w: causes[5],
            };
            let shortfall = Shortfall::of(missing, &sums);
            prop_assert_eq!(shortfall.total_ppm(), 1_000_000);
            prop_assert!(shortfall.not_enrolled_ppm == 0 || causes.iter().sum::<i64>() < missing);
        }
    }

    #[test]
    fn of_nothing_missing_nobody_is_the_cause() {
        assert_eq!(Shortfall::of(0, &Missing { declined_w: 5, ..Missing::default() }), Shortfall::default());
        let one = Shortfall::of(10, &Missing { communications_w: 5, declined_w: 50, ..Missing::default() });
        assert_eq!((one.communications_ppm, one.declined_ppm), (500_000, 500_000));
    }
}
