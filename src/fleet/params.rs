//! What the fleet's behaviour depends on: parameters by class, curves, converter losses, speeds.

use crate::clock::DayKind;
use crate::fleet::battery::Curve;
use crate::fleet::charger::{ConverterLoss, GunKind};
use crate::fleet::vehicle::{ChargePlace, Place, Vehicle, VehicleState};
use crate::units::Energy;
use bevy_ecs::prelude::Resource;

/// How far a leg of a chain goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LegLength {
    /// The vehicle's own way to work.
    Commute,
    /// The distance to where the gravity model sends it.
    Gravity,
}

/// One leg of a chain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LegSpec {
    /// Where it leads.
    pub to: Place,
    /// Mean second of the day at which it begins.
    pub depart_s: f64,
    /// Standard deviation of that, over drivers and days.
    pub spread_s: f64,
    /// How long it is.
    pub length: LegLength,
}

/// What a vehicle may do on a day.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// It stays where it is.
    Stay,
    /// A chain of legs.
    Chain(Vec<LegSpec>),
    /// Rounds of service: one leg every `every_s` from `from_s` for `rounds` times, then back to base.
    Rounds {
        /// Second of the day of the first round, mean over vehicles.
        from_s: f64,
        /// Standard deviation of that.
        spread_s: f64,
        /// Seconds from round to round.
        every_s: u32,
        /// Number of rounds.
        rounds: u8,
        /// Median length of each round in m.
        median_m: Vec<f64>,
        /// Standard deviation of the logarithm of a round's length.
        sigma: f64,
        /// True when the vehicle returns to its base (home or depot) after the last round.
        to_base: bool,
    },
}

impl Pattern {
    /// How many legs a day of this pattern has, the way back after rounds of service left out.
    pub fn stops(&self) -> u32 {
        match self {
            Self::Stay => 0,
            Self::Chain(legs) => legs.len() as u32,
            Self::Rounds { rounds, .. } => u32::from(*rounds),
        }
    }

    /// Rounds whose lengths follow `by_hour` and add up to `day_m` in the mean.
    #[expect(clippy::too_many_arguments, reason = "one argument per field of a service day")]
    pub fn rounds(
        from_s: f64,
        spread_s: f64,
        every_s: u32,
        rounds: u8,
        day_m: f64,
        sigma: f64,
        by_hour: &[f64; 24],
        to_base: bool,
    ) -> Self {
        let weight = |k: u8| by_hour[((from_s as u32 + u32::from(k) * every_s + every_s / 2) / 3_600 % 24) as usize];
        let total: f64 = (0..rounds).map(weight).sum();
        // The mean of a log-normal is its median times exp(sigma^2 / 2).
        let scale = day_m * libm::exp(-0.5 * sigma * sigma) / total.max(1e-9);
        let median_m = (0..rounds).map(|k| weight(k) * scale).collect();
        Self::Rounds { from_s, spread_s, every_s, rounds, median_m, sigma, to_base }
    }
}

/// The probability of plugging in: a logistic function of state of charge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlugIn {
    /// State of charge at which half of the drivers plug in.
    pub half_soc: f64,
    /// Width of the transition in state of charge.
    pub width: f64,
}

/// Where the logistic function counts as zero: below one in a thousand nobody plugs in, and no time is spent on it.
const NEVER_Z: f64 = 7.0;
/// Where the odds stop growing, so that they stay finite.
const MOST_Z: f64 = 300.0;

impl PlugIn {
    /// Probability at a state of charge; `caution` (-1 to 1) shifts the midpoint by two widths.
    pub fn probability(&self, soc: f64, caution: f64) -> f64 {
        self.probability_pulled(soc, caution, 0.0)
    }

    /// The same when something pulls: `pull` adds to the logarithm of the odds.
    pub fn probability_pulled(&self, soc: f64, caution: f64, pull: f64) -> f64 {
        let z = self.z(soc, caution) - pull;
        if z > NEVER_Z {
            return 0.0;
        }
        1.0 / (1.0 + libm::exp(z))
    }

    /// Odds against plugging in: the probability is one over one and these.
    pub fn odds_against(&self, soc: f64, caution: f64) -> f64 {
        libm::exp(self.z(soc, caution).min(MOST_Z))
    }

    fn z(&self, soc: f64, caution: f64) -> f64 {
        (soc - self.half_soc) / self.width - 2.0 * caution
    }
}

/// Behaviour of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassParams {
    /// Patterns by kind of day, with cumulative weights.
    pub days: [(Vec<f64>, Vec<Pattern>); 4],
    /// Plugging in where it is kept.
    pub base: PlugIn,
    /// Looking for a public point.
    pub public: PlugIn,
    /// Looking for a public point in the hours of shift change.
    pub shift: PlugIn,
    /// Hours of shift change, as seconds of the day.
    pub shift_windows_s: Vec<(u32, u32)>,
    /// State of charge drivers want to keep in hand.
    pub reserve_soc: f64,
    /// Share of stops of two hours and more at which a slow point is preferred.
    pub slow_share: f64,
    /// Share of stops away from home at which a public point is an option.
    pub away_share: f64,
    /// Charge up to this at fast points.
    pub dc_target_milli: u16,
    /// Mean overstay at fast points in s.
    pub overstay_s: f64,
    /// Mean patience in a queue in s.
    pub patience_s: f64,
}

impl ClassParams {
    /// Patterns of a kind of day.
    pub fn patterns(&self, kind: DayKind) -> &(Vec<f64>, Vec<Pattern>) {
        &self.days[kind as usize]
    }

    /// Mean number of stops on a kind of day: the ends of the legs of its patterns.
    pub fn stops_per_day(&self, kind: DayKind) -> f64 {
        let (cumulative, patterns) = self.patterns(kind);
        let weights = cumulative.iter().scan(0.0, |before, &sum| Some(sum - core::mem::replace(before, sum)));
        let stops: f64 = weights.zip(patterns).map(|(weight, pattern)| weight * f64::from(pattern.stops())).sum();
        stops / cumulative.last().copied().unwrap_or(1.0).max(1e-12)
    }

    /// True when a second of the day lies in the hours of shift change.
    pub fn is_shift_change(&self, second: u32) -> bool {
        self.shift_windows_s.iter().any(|&(a, b)| (a..b).contains(&second))
    }
}

/// Weights of the multinomial logit that chooses a station; all are per unit and non-positive but for power.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChoiceWeights {
    /// Per yuan/kWh.
    pub price: f64,
    /// Per km.
    pub distance: f64,
    /// Per hour of expected wait.
    pub wait: f64,
    /// Per unit of the natural logarithm of the points' power in kW.
    pub log_power: f64,
    /// Per unit of the natural logarithm of the number of points.
    pub log_size: f64,
    /// Stations looked at.
    pub alternatives: u32,
}

/// How charging is controlled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ControlMode {
    /// Every vehicle charges as soon as it is plugged in.
    Uncontrolled,
    /// Owners who follow the price wait for cheap hours where their stay allows.
    #[default]
    PriceFollowing,
    /// Sites share what their limit allows, least laxity first.
    LeastLaxity,
}

/// Everything the fleet's behaviour depends on.
#[derive(Resource, Clone, Debug)]
pub struct FleetParams {
    /// By class.
    pub classes: Vec<ClassParams>,
    /// Curve for alternating current.
    pub ac_curve: Curve,
    /// Curve for direct current.
    pub dc_curve: Curve,
    /// Converter losses by kind of gun, at a size of 1: scaled with [`Self::loss`].
    pub losses: [ConverterLoss; 8],
    /// The same of guns of a kind that can also take energy back: of direct current as at a V2G station, of alternating
    /// current as at any other, for there the vehicle's own charger converts, and loses the same both ways.
    pub two_way_losses: [ConverterLoss; 8],
    /// Rated power by kind of gun, in W.
    pub rated_w: [i64; 8],
    /// Mean speed by hour of day in m/s.
    pub speed_m_s: [f64; 24],
    /// Station choice.
    pub choice: ChoiceWeights,
    /// How charging is controlled.
    pub control: ControlMode,
    /// Mean service time at a fast point in s, for the expected wait.
    pub service_s: f64,
    /// State of charge below which no vehicle is discharged.
    pub v2g_floor_soc: f64,
    /// Mean time between failures of a point in s.
    pub mtbf_s: f64,
    /// Mean time to repair in s.
    pub mttr_s: f64,
    /// True when vehicles at bidirectional points sell at peak prices.
    pub v2g_on_tariff: bool,
    /// How much the odds of charging now grow, as a logarithm, when the coming hours are twice as dear on average.
    pub price_now: f64,
    /// How far ahead owners who follow the price look, in h.
    pub price_horizon_h: u32,
    /// Rate per h at which those who follow the price begin a charge that they may put off within a stay.
    pub putting_off_h: f64,
    /// The same away from home.
    pub putting_off_away_h: f64,
    /// How much the odds of charging grow, as a logarithm, where a vehicle stays on a day off.
    pub at_leisure: f64,
    /// Mean overstay at a public slow point in s.
    pub overstay_slow_s: f64,
}

impl FleetParams {
    /// What the converter of a kind of gun loses.
    pub fn loss(&self, kind: GunKind) -> ConverterLoss {
        self.losses[kind as usize]
    }

    /// What the converter of a kind of gun loses that can also take energy back, or cannot.
    pub fn loss_of(&self, kind: GunKind, two_way: bool) -> ConverterLoss {
        if two_way { self.two_way_losses[kind as usize] } else { self.loss(kind) }
    }

    /// What the converter loses that a plugged vehicle is at.
    pub fn loss_at(&self, s: &VehicleState) -> ConverterLoss {
        self.loss_of(s.gun_kind, s.two_way)
    }

    /// What a plugged vehicle draws at the meter for some power at its battery, in W; nothing while nothing flows.
    pub fn meter_w(&self, s: &VehicleState, battery_w: i64) -> i64 {
        if battery_w == 0 { 0 } else { self.loss_at(s).meter_w(battery_w) }
    }

    /// Energy a vehicle charges up to at a place: at fast points drivers leave before the slow end of the curve.
    pub fn target(&self, v: &Vehicle, place: ChargePlace) -> Energy {
        let capacity_j = i64::from(v.capacity_j);
        match place {
            ChargePlace::PublicDc => {
                Energy(capacity_j * i64::from(self.classes[v.class as usize].dc_target_milli) / 1_000)
            }
            ChargePlace::Home | ChargePlace::PublicAc | ChargePlace::Depot => Energy(capacity_j),
        }
    }

    /// The curve a vehicle follows at a kind of gun, and its greatest power in W at the battery.
    pub fn curve(&self, v: &Vehicle, kind: GunKind) -> (&Curve, u32) {
        if kind.is_ac() { (&self.ac_curve, v.ac_w) } else { (&self.dc_curve, v.dc_w) }
    }
}

/// Prices and air that decisions of a step may look at.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct Surroundings {
    /// Electricity price by hour of day in yuan/kWh, for today's kind of day.
    pub price: [f64; 24],
    /// Mean of these.
    pub price_mean: f64,
    /// What is saved by charging at an hour and not in one of those after it: the logarithm to base two of their mean
    /// price over the hour's; positive when the hour is the cheaper time.
    pub saving: [f64; 24],
    /// Consumption over mild-weather consumption (air conditioning, cold).
    pub consumption: f64,
}

impl Surroundings {
    /// A day with these prices in mild weather, seen by drivers who look `horizon_h` hours ahead.
    pub fn of_prices(price: [f64; 24], horizon_h: u32) -> Self {
        let saving = core::array::from_fn(|hour| {
            let later: f64 = (1..=horizon_h as usize).map(|k| price[(hour + k) % 24]).sum();
            let (later, now) = (later / f64::from(horizon_h.max(1)), price[hour]);
            if now > 0.0 && later > 0.0 { libm::log2(later / now) } else { 0.0 }
        });
        Self { price, price_mean: price.iter().sum::<f64>() / 24.0, saving, consumption: 1.0 }
    }

    /// True in the cheapest hours of the day.
    pub fn is_valley(&self, hour: usize) -> bool {
        self.price[hour % 24] <= self.lowest() + 1e-9
    }

    /// True in hours dearer than the day's median price.
    pub fn is_peak(&self, hour: usize) -> bool {
        let mut sorted = self.price;
        sorted.sort_by(f64::total_cmp);
        self.price[hour % 24] > sorted[12] + 1e-9
    }

    /// Lowest price of the day.
    pub fn lowest(&self) -> f64 {
        self.price.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// First second after `valley_s`, which lies in the valley, that does not; a day later if it never ends.
    pub fn valley_end_s(&self, valley_s: u32) -> u32 {
        let hour = valley_s / 3_600;
        (1..24).find(|&k| !self.is_valley((hour + k) as usize)).map_or(valley_s + 86_400, |k| (hour + k) * 3_600)
    }

    /// First full hour after `now_s` that is not a peak hour; a day later if there is none.
    pub fn peak_end_s(&self, now_s: u32) -> u32 {
        let hour = now_s / 3_600;
        let after = (1..24).find(|&k| !self.is_peak((hour + k) as usize));
        after.map_or(now_s + 86_400, |k| (hour + k) * 3_600)
    }

    /// First full hour after `now_s` that is a peak hour, within a day; `None` if there is none.
    pub fn next_peak_s(&self, now_s: u32) -> Option<u32> {
        let hour = now_s / 3_600;
        (1..=24).find(|&k| self.is_peak((hour + k) as usize)).map(|k| (hour + k) * 3_600)
    }

    /// True if a peak hour is on, or begins within `hold_s`.
    pub fn peak_within(&self, now_s: u32, hold_s: u32) -> bool {
        (now_s / 3_600..=(now_s + hold_s.saturating_sub(1)) / 3_600).any(|hour| self.is_peak(hour as usize))
    }

    /// First second at or after `now_s` in a valley hour.
    pub fn next_valley_s(&self, now_s: u32) -> u32 {
        let hour = now_s / 3_600;
        (0..24)
            .find(|&k| self.is_valley((hour + k) as usize))
            .map_or(now_s, |k| if k == 0 { now_s } else { (hour + k) * 3_600 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugging_in_falls_with_state_of_charge() {
        let plug = PlugIn { half_soc: 0.4, width: 0.1 };
        assert!((plug.probability(0.4, 0.0) - 0.5).abs() < 1e-12);
        assert!(plug.probability(0.2, 0.0) > plug.probability(0.6, 0.0));
        assert!(plug.probability(0.5, 1.0) > plug.probability(0.5, -1.0));
    }

    #[test]
    fn rounds_add_up_to_the_day() {
        let mut by_hour = [1.0; 24];
        by_hour[12] = 3.0;
        let Pattern::Rounds { median_m, .. } =
            Pattern::rounds(5.0 * 3_600.0, 0.0, 3_600, 20, 100_000.0, 0.0, &by_hour, true)
        else {
            unreachable!()
        };
        assert!((median_m.iter().sum::<f64>() - 100_000.0).abs() < 1e-6);
        assert!((median_m[7] / median_m[0] - 3.0).abs() < 1e-9);
    }

    #[test]
    fn the_next_valley_hour_is_found_across_midnight() {
        let mut price = [0.6; 24];
        price[..8].fill(0.2);
        let s = Surroundings::of_prices(price, 8);
        assert_eq!(s.next_valley_s(20 * 3_600 + 5), 24 * 3_600);
        assert_eq!(s.next_valley_s(3 * 3_600 + 5), 3 * 3_600 + 5);
        assert_eq!(s.valley_end_s(3 * 3_600 + 5), 8 * 3_600);
    }

    #[test]
    fn peaks_are_found_across_midnight() {
        let mut price = [0.6; 24];
        price[10..12].fill(1.0);
        let s = Surroundings::of_prices(price, 8);
        assert_eq!(s.peak_end_s(10 * 3_600 + 5), 12 * 3_600);
        assert_eq!(s.next_peak_s(10 * 3_600), Some(11 * 3_600));
        assert_eq!(s.next_peak_s(20 * 3_600 + 5), Some(34 * 3_600));
        let flat = Surroundings::of_prices([0.6; 24], 8);
        assert_eq!(flat.next_peak_s(0), None);
        assert_eq!(flat.saving, [0.0; 24]);
        // From nine on two of eight hours cost 1.0, and 0.6 now: 0.7 later; at eleven 1.0 now and 0.6 later.
        assert!((s.saving[9] - libm::log2(0.7 / 0.6)).abs() < 1e-12);
        assert!((s.saving[11] - libm::log2(0.6)).abs() < 1e-12);
    }
}
