//! Time-of-use tariff: which hours are dear, and by how much.

use crate::clock::{Calendar, Clock, DAY_S};
use crate::fleet::params::{FleetParams, Surroundings};
use crate::site::systems::Conditions;
use bevy_ecs::prelude::*;

/// A period of the day's price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Period {
    /// Cheapest.
    Valley,
    /// Between.
    Flat,
    /// Dear.
    Peak,
    /// Dearest, on hot days and in high summer.
    Sharp,
}

/// A time-of-use tariff.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct Tariff {
    /// Period by hour of day, without sharp hours.
    pub hours: [Period; 24],
    /// Hours that turn sharp.
    pub sharp_hours: [bool; 24],
    /// Months (1 to 12) in which they do.
    pub sharp_months: [bool; 13],
    /// Daily maximum temperature in °C from which they do in other months.
    pub sharp_from_c: f64,
    /// Price in yuan/kWh in valley, flat, peak and sharp hours.
    pub price: [f64; 4],
}

impl Tariff {
    /// Prices by hour of a day.
    pub fn day(&self, month: u8, hottest_c: f64) -> [f64; 24] {
        core::array::from_fn(|h| self.price[self.period(month, hottest_c, h) as usize])
    }

    /// The period of an hour of a day.
    pub fn period(&self, month: u8, hottest_c: f64, hour: usize) -> Period {
        let sharp = self.sharp_months[usize::from(month)] || hottest_c >= self.sharp_from_c;
        if sharp && self.sharp_hours[hour] { Period::Sharp } else { self.hours[hour] }
    }
}

/// How consumption of vehicles depends on temperature: a floor at mild weather and slopes to either side.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct ClimateUse {
    /// Mild from this temperature in °C.
    pub mild_from_c: f64,
    /// Mild up to this temperature in °C.
    pub mild_to_c: f64,
    /// Share of consumption added per °C below.
    pub per_c_cold: f64,
    /// Share of consumption added per °C above.
    pub per_c_hot: f64,
}

impl ClimateUse {
    /// Consumption over consumption in mild weather.
    pub fn factor(&self, temperature_c: f64) -> f64 {
        1.0 + self.per_c_cold * (self.mild_from_c - temperature_c).max(0.0)
            + self.per_c_hot * (temperature_c - self.mild_to_c).max(0.0)
    }
}

/// Sense: today's prices and how the air weighs on consumption. Writes [`Surroundings`].
#[expect(clippy::too_many_arguments, reason = "a system reads a resource an argument")]
pub fn sense_prices(
    clock: Res<Clock>,
    calendar: Res<Calendar>,
    tariff: Res<Tariff>,
    climate: Res<ClimateUse>,
    conditions: Res<Conditions>,
    weather: Res<crate::site::systems::WeatherRes>,
    params: Res<FleetParams>,
    mut out: ResMut<Surroundings>,
) {
    if clock.begins(DAY_S) || out.price[0] == 0.0 {
        let day = calendar.day_at(clock.now_s());
        // The day's maximum falls between 13 and 16 h.
        let hottest = [13_u32, 14, 15, 16]
            .map(|h| weather.weather.temperature_c(day.unix_day, h * 3_600))
            .into_iter()
            .fold(f64::NEG_INFINITY, f64::max);
        *out = Surroundings::of_prices(tariff.day(day.month, hottest), params.price_horizon_h);
    }
    out.consumption = climate.factor(conditions.air.temperature_c);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sharp_hours_come_in_summer_and_on_hot_days() {
        let mut hours = [Period::Flat; 24];
        hours[..8].fill(Period::Valley);
        hours[10..12].fill(Period::Peak);
        hours[14..19].fill(Period::Peak);
        let mut sharp_hours = [false; 24];
        for h in [11, 15, 16] {
            sharp_hours[h] = true;
        }
        let mut sharp_months = [false; 13];
        sharp_months[7..10].fill(true);
        let tariff = Tariff { hours, sharp_hours, sharp_months, sharp_from_c: 35.0, price: [0.2, 0.6, 1.0, 1.25] };
        assert_eq!(tariff.day(7, 30.0)[15], 1.25);
        assert_eq!(tariff.day(5, 30.0)[15], 1.0);
        assert_eq!(tariff.day(5, 35.0)[11], 1.25);
        assert_eq!(tariff.day(5, 30.0)[3], 0.2);
    }
}
