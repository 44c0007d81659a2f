//! One vehicle of the reference loop: its states, its decisions, the draws they take, and the charging curve.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// Minutes in a day.
const DAY: u32 = 1_440;
/// Minutes of charging after which a battery that was too low to set off with is looked at again.
const TOP_UP: u32 = 60;
/// Longest trip in minutes; a vehicle sets off only with energy for this long.
pub(super) const LONGEST_TRIP: u32 = 60;
/// Longest discharge in minutes.
const DISCHARGE: u32 = 90;
/// Limit of the power fed back in watts.
pub(super) const DISCHARGE_W: i32 = 15_000;
/// Share of the capacity at the top over which charging power tapers: from a state of charge of 0.8 to 1.
const TAPER: f64 = 0.2;

/// What a vehicle is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Parked,
    Driving,
    Charging,
    Discharging,
}

/// What a draw is for; with the seed, the agent and the minute it is the draw's address.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Make,
    Trip,
    Stay,
    Plug,
}

/// Folds `word` into `hash` with the finaliser of `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014).
pub(super) fn mix(hash: u64, word: u64) -> u64 {
    let mut z = (hash ^ word).wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A vehicle whose time is up, as its decision sees it.
#[derive(Clone, Copy)]
pub(super) struct Due {
    pub(super) seed: u64,
    pub(super) agent: u64,
    pub(super) minute: u32,
    pub(super) state: State,
    /// State of charge, 0 to 1.
    pub(super) soc: f64,
    /// Whether the battery holds the longest trip.
    pub(super) can_drive: bool,
}

impl Due {
    /// The vehicle's next state, and the minute at which it is due again.
    // Out of line, for it is taken six times in 1,440 and would crowd the sweep.
    #[inline(never)]
    pub(super) fn decide(self) -> (State, u32) {
        match self.state {
            State::Driving => self.arrive(),
            State::Discharging => (State::Charging, self.next_departure()),
            _ if !self.can_drive => (State::Charging, self.minute + TOP_UP),
            _ => (State::Driving, self.minute + self.draws(Purpose::Trip).random_range(10..=LONGEST_TRIP)),
        }
    }

    /// At the kerb: plug in, and the sooner the emptier the battery is; feed back in the evening; or just park.
    fn arrive(self) -> (State, u32) {
        let draw: f64 = self.draws(Purpose::Plug).random();
        let plug_in = (0.9 - 1.1 * self.soc).clamp(0.05, 0.95);
        match self.minute % DAY / 60 {
            17..21 if self.soc > 0.6 && draw > 0.92 => (State::Discharging, self.minute + DISCHARGE),
            _ if draw < plug_in => (State::Charging, self.next_departure()),
            _ => (State::Parked, self.next_departure()),
        }
    }

    /// Minute of departure: after a working day, an errand, or a night that ends between five and ten.
    fn next_departure(self) -> u32 {
        let now = self.minute % DAY;
        let mut draws = self.draws(Purpose::Stay);
        let errand = draws.random_bool(0.15);
        let stay = match now / 60 {
            0..5 => draws.random_range(300..600) - now,
            5..12 if !errand => draws.random_range(420..=600),
            17.. if !errand => draws.random_range(300..600) + DAY - now,
            _ => draws.random_range(30..=240),
        };
        self.minute + stay
    }

    fn draws(self, purpose: Purpose) -> Xoshiro256PlusPlus {
        draws(self.seed, self.agent, self.minute, purpose)
    }
}

/// The generator at an address: a pure function of it, whatever else has been drawn.
pub(super) fn draws(seed: u64, agent: u64, minute: u32, purpose: Purpose) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(mix(mix(mix(seed, 0), agent), u64::from(minute) << 8 | purpose as u64))
}

/// Charging power, the nearest watt: `rate_w` up to a state of charge of 0.8, then falling linearly to nothing at 1.
pub(super) fn charging_power_w(rate_w: i32, soc: f64) -> i32 {
    (f64::from(rate_w) * ((1.0 - soc) * (1.0 / TAPER)).min(1.0) + 0.5) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(state: State, minute: u32, soc: f64) -> Due {
        Due { seed: 1, agent: 1, minute, state, soc, can_drive: soc > 0.2 }
    }

    #[test]
    fn charging_tapers_from_four_fifths() {
        let power_w = [0.0, 0.5, 0.8, 0.9, 0.95, 1.0].map(|soc| charging_power_w(7_000, soc));
        assert_eq!(power_w, [7_000, 7_000, 7_000, 3_500, 1_750, 0]);
    }

    #[test]
    fn a_vehicle_leaves_only_with_energy_for_the_longest_trip() {
        for state in [State::Parked, State::Charging] {
            assert_eq!(due(state, 480, 0.1).decide(), (State::Charging, 480 + TOP_UP));
            let (next, until) = due(state, 480, 0.5).decide();
            assert_eq!(next, State::Driving);
            assert!((490..=480 + LONGEST_TRIP).contains(&until));
        }
    }

    #[test]
    fn fewer_plug_in_and_only_full_ones_feed_back() {
        let arrivals = |minute: u32, soc: f64, state: State| {
            let all = (0..1_000).map(|agent| Due { agent, ..due(State::Driving, minute, soc) }.decide().0);
            all.filter(|&next| next == state).count()
        };
        assert!(arrivals(720, 0.2, State::Charging) > arrivals(720, 0.7, State::Charging) + 300);
        assert!((40..130).contains(&arrivals(18 * 60, 0.9, State::Discharging)));
        assert_eq!(arrivals(18 * 60, 0.5, State::Discharging) + arrivals(720, 0.9, State::Discharging), 0);
    }

    #[test]
    fn every_stay_ends_later_and_every_night_in_the_morning() {
        for minute in (0..2 * DAY).step_by(7) {
            let until = due(State::Driving, minute, 0.3).next_departure();
            assert!((minute + 1..minute + DAY).contains(&until), "{minute} to {until}");
            let (now, then) = (minute % DAY, until % DAY);
            assert!(now >= 300 || (300..600).contains(&then), "{minute} to {until}");
        }
    }
}
