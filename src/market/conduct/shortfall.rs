//! Why less came than was asked for, told apart by cause and adding up exactly.

use crate::market::capability::{Hindrance, SessionOffer};
use crate::market::exact::share_out;
use serde::{Deserialize, Serialize};

/// Power that was not to be had in a step, by cause, in W.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Counts a vehicle at an invited station that could discharge and does not.
    pub(super) const fn count_hindered(&mut self, session: &SessionOffer) {
        match session.hindrance {
            Some(Hindrance::AtFloor) => self.at_floor_w += PILE_W,
            Some(Hindrance::OneWayGun) => self.one_way_w += PILE_W,
            None => {}
        }
    }

    /// Counts vehicles that could discharge and are elsewhere.
    pub(super) const fn count_away(&mut self, vehicles: u64) {
        self.away_w += vehicles as i64 * PILE_W;
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
    /// Everything that was offered was called: nothing else had joined.
    pub not_enrolled_ppm: i64,
    /// Enough was called, but did less than it was taken to: it left, came late, or would have drawn less anyway.
    pub unfollowed_ppm: i64,
}

impl Shortfall {
    /// Attributes what was missing in each step of an event, in W, to what kept it away in that step.
    ///
    /// Up to what could not be called, causes are taken in the order in which they could have been cured, each up to
    /// what it would have brought: messages, limits, owners' answers, then vehicles; what none of them explains had not
    /// joined. Beyond that, enough was called and did not follow.
    pub fn of<'a>(steps: impl IntoIterator<Item = (i64, &'a Missing)>) -> Self {
        let mut sums = [0_i64; 8];
        for (gap_w, missing) in steps {
            let gap_w = gap_w.max(0);
            let mut left_w = gap_w.min(missing.short_w.max(0) + missing.communications_w.max(0));
            let unfollowed_w = gap_w - left_w;
            let causes = [
                missing.communications_w,
                missing.feeder_cap_w,
                missing.declined_w,
                missing.at_floor_w,
                missing.one_way_w,
                missing.away_w,
            ];
            for (sum, most_w) in sums.iter_mut().zip(causes) {
                let taken_w = most_w.clamp(0, left_w);
                left_w -= taken_w;
                *sum += taken_w;
            }
            sums[6] += left_w;
            sums[7] += unfollowed_w;
        }
        let parts = share_out(i64::from(sums.iter().any(|w| *w > 0)) * 1_000_000, &sums).unwrap_or_else(|| vec![0; 8]);
        Self {
            communications_ppm: parts[0],
            feeder_cap_ppm: parts[1],
            declined_ppm: parts[2],
            at_floor_ppm: parts[3],
            one_way_gun_ppm: parts[4],
            away_ppm: parts[5],
            not_enrolled_ppm: parts[6],
            unfollowed_ppm: parts[7],
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
            + self.unfollowed_ppm
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn causes_add_up_to_the_whole(
            steps in prop::collection::vec((0_i64..1_000_000_000, prop::array::uniform7(0_i64..2_000_000_000)), 1..20),
        ) {
            let of = |c: [i64; 7]| Missing {
                short_w: c[6],
                declined_w: c[0],
                away_w: c[1],
                at_floor_w: c[2],
                one_way_w: c[3],
                feeder_cap_w: c[4],
                communications_w: c[5],
            };
            let steps: Vec<(i64, Missing)> = steps.into_iter().map(|(gap_w, causes)| (gap_w, of(causes))).collect();
            let shortfall = Shortfall::of(steps.iter().map(|(gap_w, missing)| (*gap_w, missing)));
            let any = steps.iter().any(|(gap_w, _)| *gap_w > 0);
            prop_assert_eq!(shortfall.total_ppm(), if any { 1_000_000 } else { 0 });
            let followed = steps.iter().all(|(gap_w, m)| *gap_w <= m.short_w + m.communications_w);
            prop_assert!(!followed || shortfall.unfollowed_ppm == 0);
        }
    }

    #[test]
    fn each_step_has_causes_of_its_own() {
        assert_eq!(Shortfall::of([(0, &Missing { declined_w: 5, ..Missing::default() })]), Shortfall::default());
        let lost = Missing { short_w: 10, communications_w: 5, declined_w: 50, ..Missing::default() };
        let one = Shortfall::of([(10, &lost)]);
        assert_eq!((one.communications_ppm, one.declined_ppm), (500_000, 500_000));
        // Who declines while enough is called has nothing to do with what is missing.
        let called = Missing { declined_w: 50, ..Missing::default() };
        assert_eq!(Shortfall::of([(10, &called)]).unfollowed_ppm, 1_000_000);
        let both = Shortfall::of([(10, &called), (30, &Missing { short_w: 40, ..Missing::default() })]);
        assert_eq!((both.unfollowed_ppm, both.not_enrolled_ppm), (250_000, 750_000));
    }
}
