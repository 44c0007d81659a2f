//! Makes the weather of any instant out of a typical year: air temperature, the temperature that buildings still
//! feel, wind, and the clearness of the sky.
//!
//! The weather belongs to the world and not to a run: it is a pure function of the parameters, the civil day and the
//! second of the day. Two runs that begin on different dates, or step at different lengths, live under one sky.
//!
//! * The **climate** is the month's mean day, held at the middle of the month and interpolated between months.
//! * The **anomaly** of a day is a moving average of addressed bells, so that warm days come in spells; it holds at
//!   midday and slides to the next midday.
//! * The **clearness** of a day is drawn by its rank among the month's deciles, and independent of the anomaly. Clouds
//!   move it between quarters of an hour and leave the day's mean, weighted by the sun's height, as drawn.
//! * Single dates can be **pinned**, such as the day of a record peak.
//! * A spell can have **measured** temperatures, which stand in for climate and anomaly. The rest of its weather is drawn
//!   or pinned as on other days.

use super::sun::{self, SunPosition};
use crate::chance::{Purpose, Seed, draw};
use crate::clock::{self, DAY_S, HOUR_S};
use crate::world::figure::Figure;
use core::ops::RangeInclusive;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Hours that the lagged temperature looks back.
pub const LAG_HOURS: usize = 48;
/// Length of a cloud slot in seconds: within one, clearness is constant.
pub const CLOUD_SLOT_S: u32 = 900;
/// Cloud slots in a day.
const CLOUD_SLOTS: usize = (DAY_S / CLOUD_SLOT_S) as usize;
/// Least clearness of a quarter of an hour: heavy rain.
const LEAST_CLEARNESS: f64 = 0.02;
/// Greatest clearness of a quarter of an hour: a clean, cloudless sky with the sun overhead (the clear-sky model of
/// Ineichen at Linke turbidity 2.5 gives 0.80).
const GREATEST_CLEARNESS: f64 = 0.82;
/// Clearness there can be.
pub const CLEARNESS: RangeInclusive<f64> = LEAST_CLEARNESS..=GREATEST_CLEARNESS;
/// Bells reach 3.46 and a day's mean of them 0.5, so four of these shares never pass the nearer bound.
const BELL_REACH: f64 = 4.0;

/// The weather of a world as its file gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeatherFile {
    /// Where the monthly figures come from.
    pub source: String,
    /// The place the weather is of.
    pub site: SiteFile,
    /// January to December.
    pub months: Vec<MonthFile>,
    /// Seed of the weather's own draws.
    pub seed: Figure<u64>,
    /// Over how many days the bells of the temperature anomaly are averaged, 1 to 30.
    pub persistence_days: Figure<u32>,
    /// How far clouds move clearness between quarters of an hour: 0 not at all, 1 as far as the bounds allow.
    pub flicker: Figure<f64>,
    /// Time constant in hours with which buildings follow the outside temperature, 0.5 to 48.
    pub building_lag_h: Figure<f64>,
    /// Days whose weather is given instead of drawn, by date (`2024-07-25`).
    #[serde(default)]
    pub days: BTreeMap<String, PinnedDayFile>,
    /// Temperatures that were measured.
    #[serde(default)]
    pub measured_c: Option<MeasuredFile>,
}

/// A place and its time zone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteFile {
    /// Latitude in degrees, north positive.
    pub lat: f64,
    /// Longitude in degrees, east positive.
    pub lon: f64,
    /// Height above the sea in metres.
    pub altitude_m: f64,
    /// Hours that local time is ahead of UTC, the year round.
    pub utc_offset_h: f64,
}

impl SiteFile {
    /// The place, for the sun.
    pub const fn place(&self) -> sun::Site {
        sun::Site { latitude_deg: self.lat, longitude_deg: self.lon, altitude_m: self.altitude_m }
    }
}

/// One month of the typical year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonthFile {
    /// Mean temperature of the hours from 0:00 to 1:00, 1:00 to 2:00, .. 23:00 to 24:00 local time, degrees Celsius.
    pub temperature_c: Vec<f64>,
    /// Standard deviation of the daily mean temperature, kelvin.
    pub daily_sd_c: f64,
    /// Kelvin by which the month's hottest days lie above its mean: no drawn day lies higher, a pinned one may.
    pub hot_day_c: f64,
    /// Least value, nine deciles and greatest value of the day's clearness: horizontal irradiation on the ground over
    /// that above the atmosphere.
    pub clearness: Vec<f64>,
    /// Mean relative humidity, percent.
    pub humidity_percent: f64,
    /// Mean wind at 10 m, m/s.
    pub wind_m_s: f64,
}

/// A day of which something is given: either field, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedDayFile {
    /// Kelvin above the climate of the date.
    #[serde(default)]
    pub temperature_offset_c: Option<Figure<f64>>,
    /// The day's clearness, 0.02 to 0.82.
    #[serde(default)]
    pub clearness: Option<Figure<f64>>,
}

/// Measured temperatures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasuredFile {
    /// Source of all rows.
    pub source: String,
    /// The temperature at 0:00, 1:00, .. 23:00 local time by date, degrees Celsius.
    pub rows: BTreeMap<String, Vec<f64>>,
}

/// The air at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Air {
    /// Outside temperature, degrees Celsius.
    pub temperature_c: f64,
    /// Outside temperature as a building's mass still feels it, degrees Celsius: the mean of the last 48 hours,
    /// weighted by an exponential.
    pub lagged_c: f64,
    /// Wind at 10 m, m/s.
    pub wind_m_s: f64,
    /// Horizontal irradiance on the ground over that above the atmosphere, 0.02 to 0.82; by night it has no meaning.
    pub clearness: f64,
}

/// A month, ready for use.
#[derive(Clone, Debug, PartialEq)]
struct Month {
    temperature_c: [f64; 24],
    sd_c: f64,
    hot_day_c: f64,
    clearness: [f64; 11],
    wind_m_s: f64,
}

/// What is given of a day.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pinned {
    offset_c: Option<f64>,
    clearness: Option<f64>,
}

/// The weather of a world, ready for use.
#[derive(Clone, Debug, PartialEq)]
pub struct Weather {
    months: [Month; 12],
    seed: Seed,
    persistence_days: u32,
    flicker: f64,
    /// Weights of the last [`LAG_HOURS`] hourly temperatures, the latest first; their sum is 1.
    lag_weights: [f64; LAG_HOURS],
    place: sun::Site,
    utc_offset_s: i64,
    pinned: BTreeMap<i32, Pinned>,
    /// Temperatures at the full hours of days that were measured.
    measured_c: BTreeMap<i32, [f64; 24]>,
}

impl Weather {
    /// Prepares the weather of a file that has been checked: lists of a wrong length are a mistake of ours.
    pub fn new(file: &WeatherFile) -> Self {
        let day_of = |date: &str| Some(clock::unix_day(date.parse().ok()?));
        let value = |figure: &Option<Figure<f64>>| figure.as_ref().map(Figure::get);
        let pinned = file.days.iter().filter_map(|(date, day)| {
            let pinned = Pinned { offset_c: value(&day.temperature_offset_c), clearness: value(&day.clearness) };
            Some((day_of(date)?, pinned))
        });
        let measured = file.measured_c.iter().flat_map(|measured| &measured.rows);
        let measured = measured.filter_map(|(date, row)| Some((day_of(date)?, core::array::from_fn(|h| row[h]))));
        Self {
            months: core::array::from_fn(|i| Month::new(&file.months[i])),
            seed: Seed(file.seed.get()),
            persistence_days: file.persistence_days.get(),
            flicker: file.flicker.get(),
            lag_weights: lag_weights(file.building_lag_h.get()),
            place: file.site.place(),
            utc_offset_s: (file.site.utc_offset_h * f64::from(HOUR_S)) as i64,
            pinned: pinned.collect(),
            measured_c: measured.collect(),
        }
    }

    /// The air at a second (0 to 86,399) of a civil day, counted from 1970-01-01.
    pub fn air(&self, unix_day: i32, second: u32) -> Air {
        self.air_with(&mut Memo::default(), unix_day, second)
    }

    /// The same with a memory of the present hour and day, which spares most of the work and changes nothing.
    ///
    /// A memory belongs to one weather.
    pub fn air_with(&self, memo: &mut Memo, unix_day: i32, second: u32) -> Air {
        let hour = i64::from(unix_day) * 24 + i64::from(second / HOUR_S);
        let part = f64::from(second % HOUR_S) / f64::from(HOUR_S);
        let (from, to) = memo.lagged(self, hour);
        let blend = MonthBlend::at(unix_day, second);
        Air {
            temperature_c: self.temperature_c(unix_day, second),
            lagged_c: from + (to - from) * part,
            wind_m_s: blend.of(&self.months, |month| month.wind_m_s),
            clearness: memo.clouds(self, unix_day)[(second / CLOUD_SLOT_S) as usize % CLOUD_SLOTS],
        }
    }

    /// Outside temperature, degrees Celsius. In an hour that begins or ends with a reading it is a straight line.
    pub fn temperature_c(&self, unix_day: i32, second: u32) -> f64 {
        let hour = second / HOUR_S;
        let (next_day, next_hour) = if hour < 23 { (unix_day, hour + 1) } else { (unix_day + 1, 0) };
        let (from, to) = (self.reading_c(unix_day, hour), self.reading_c(next_day, next_hour));
        if from.is_none() && to.is_none() {
            return self.made_c(unix_day, second);
        }
        let from = from.unwrap_or_else(|| self.made_c(unix_day, hour * HOUR_S));
        let to = to.unwrap_or_else(|| self.made_c(next_day, next_hour * HOUR_S));
        from + (to - from) * f64::from(second % HOUR_S) / f64::from(HOUR_S)
    }

    /// The temperature that was measured at a full hour.
    fn reading_c(&self, unix_day: i32, hour: u32) -> Option<f64> {
        self.measured_c.get(&unix_day).map(|readings| readings[hour as usize])
    }

    /// The temperature of the climate.
    fn climate_c(&self, unix_day: i32, second: u32) -> f64 {
        MonthBlend::at(unix_day, second).of(&self.months, |month| month.at(second))
    }

    /// The temperature made of climate and anomalies.
    fn made_c(&self, unix_day: i32, second: u32) -> f64 {
        let noon = DAY_S / 2;
        let (day, past_noon) =
            if second >= noon { (unix_day, second - noon) } else { (unix_day - 1, second + DAY_S - noon) };
        let x = f64::from(past_noon) / f64::from(DAY_S);
        let (from, to) = (self.anomaly_c(day), self.anomaly_c(day + 1));
        self.climate_c(unix_day, second) + from + (to - from) * smooth_step(x)
    }

    /// Kelvin above the climate at midday of a day; of a measured day it is the mean of its hours.
    pub fn anomaly_c(&self, unix_day: i32) -> f64 {
        if let Some(readings) = self.measured_c.get(&unix_day) {
            let above = |(hour, reading)| reading - self.climate_c(unix_day, hour * HOUR_S);
            return (0..).zip(readings).map(above).sum::<f64>() / 24.0;
        }
        if let Some(offset_c) = self.pinned.get(&unix_day).and_then(|pinned| pinned.offset_c) {
            return offset_c;
        }
        let n = self.persistence_days;
        let sum: f64 = (0..n).map(|back| self.day_draw(unix_day.wrapping_sub(back as i32), 0).bell()).sum();
        let blend = MonthBlend::at(unix_day, DAY_S / 2);
        let anomaly = blend.of(&self.months, |month| month.sd_c) * sum / f64::from(n).sqrt();
        anomaly.min(blend.of(&self.months, |month| month.hot_day_c))
    }

    /// Clearness of a whole day.
    pub fn clearness_of_day(&self, unix_day: i32) -> f64 {
        if let Some(clearness) = self.pinned.get(&unix_day).and_then(|pinned| pinned.clearness) {
            return clearness;
        }
        let rank = 10.0 * self.day_draw(unix_day, 1).unit();
        let below = rank as usize;
        MonthBlend::at(unix_day, DAY_S / 2).of(&self.months, |month| {
            let (low, high) = (month.clearness[below], month.clearness[below + 1]);
            low + (high - low) * (rank - below as f64)
        })
    }

    fn day_draw(&self, unix_day: i32, slot: u32) -> crate::chance::Draw {
        draw(self.seed, Purpose::WeatherDay, unix_day.cast_unsigned(), slot)
    }

    /// Clearness of each quarter of an hour of a day. Weighted by the sine of the sun's height, their mean is the
    /// clearness of the day.
    fn clouds_of_day(&self, unix_day: i32) -> [f64; CLOUD_SLOTS] {
        let kt = self.clearness_of_day(unix_day);
        let reach = (kt - LEAST_CLEARNESS).min(GREATEST_CLEARNESS - kt).max(0.0) * self.flicker / BELL_REACH;
        let bells: [f64; CLOUD_SLOTS] = core::array::from_fn(|slot| {
            draw(self.seed, Purpose::WeatherCloud, unix_day.cast_unsigned(), slot as u32).bell()
        });
        let midnight_s = i64::from(unix_day) * i64::from(DAY_S) - self.utc_offset_s;
        let heights: [f64; CLOUD_SLOTS] = core::array::from_fn(|slot| {
            let middle_s = midnight_s + i64::from(CLOUD_SLOT_S) * slot as i64 + i64::from(CLOUD_SLOT_S / 2);
            SunPosition::at(&self.place, middle_s).direction[2].max(0.0)
        });
        let total: f64 = heights.iter().sum();
        let weighted: f64 = heights.iter().zip(&bells).map(|(h, b)| h * b).sum();
        let mean = if total > 0.0 { weighted / total } else { 0.0 };
        // The height of the sun is nought by night, so only the slots of the day count in the mean.
        core::array::from_fn(|slot| (kt + reach * (bells[slot] - mean)).clamp(LEAST_CLEARNESS, GREATEST_CLEARNESS))
    }

    /// The lagged temperature at a full hour, counted from 1970-01-01 00:00 local time.
    fn lagged_at_hour_c(&self, hour: i64) -> f64 {
        let at = |hour: i64| self.temperature_c(hour.div_euclid(24) as i32, hour.rem_euclid(24) as u32 * HOUR_S);
        self.lag_weights.iter().zip(0..).map(|(weight, back)| weight * at(hour - back)).sum()
    }
}

impl Month {
    fn new(file: &MonthFile) -> Self {
        Self {
            temperature_c: core::array::from_fn(|h| file.temperature_c[h]),
            sd_c: file.daily_sd_c,
            hot_day_c: file.hot_day_c,
            clearness: core::array::from_fn(|i| file.clearness[i]),
            wind_m_s: file.wind_m_s,
        }
    }

    /// The month's mean day at a second of the day: a cubic (Catmull-Rom) through the hourly means, which stand at half
    /// past the hour.
    fn at(&self, second: u32) -> f64 {
        let since_half_past = second + DAY_S - HOUR_S / 2;
        let hour = (since_half_past / HOUR_S) as usize;
        let x = f64::from(since_half_past % HOUR_S) / f64::from(HOUR_S);
        let [a, b, c, d] = core::array::from_fn(|i| self.temperature_c[(hour + 23 + i) % 24]);
        b + 0.5 * x * (c - a + x * (2.0 * a - 5.0 * b + 4.0 * c - d + x * (3.0 * (b - c) + d - a)))
    }
}

/// Weights of the last hours with a time constant, the latest first, that add up to 1.
fn lag_weights(time_constant_h: f64) -> [f64; LAG_HOURS] {
    let raw: [f64; LAG_HOURS] = core::array::from_fn(|back| libm::exp(-(back as f64) / time_constant_h));
    let total: f64 = raw.iter().sum();
    raw.map(|weight| weight / total)
}

/// Zero to one without a kink at either end.
fn smooth_step(x: f64) -> f64 {
    x * x * (3.0 - 2.0 * x)
}

/// Two neighbouring months and how much of the second there is; a month holds alone at its middle.
#[derive(Clone, Copy, Debug, PartialEq)]
struct MonthBlend {
    first: usize,
    second: usize,
    share: f64,
}

impl MonthBlend {
    fn at(unix_day: i32, second: u32) -> Self {
        let date = Date::constant(1970, 1, 1).saturating_add(jiff::Span::new().days(i64::from(unix_day)));
        let month = date.month() as usize - 1;
        let days = f64::from(date.days_in_month());
        let day = f64::from(date.day()) - 1.0 + f64::from(second) / f64::from(DAY_S);
        let position = day / days - 0.5;
        if position < 0.0 {
            Self { first: (month + 11) % 12, second: month, share: position + 1.0 }
        } else {
            Self { first: month, second: (month + 1) % 12, share: position }
        }
    }

    fn of(self, months: &[Month; 12], what: impl Fn(&Month) -> f64) -> f64 {
        let (from, to) = (what(&months[self.first]), what(&months[self.second]));
        from + (to - from) * self.share
    }
}

/// What the weather of the present hour and day was found to be, kept to be read again.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    hour: Option<(i64, f64, f64)>,
    day: Option<(i32, Box<[f64; CLOUD_SLOTS]>)>,
}

impl Memo {
    /// Lagged temperatures at a full hour and at the next one.
    fn lagged(&mut self, weather: &Weather, hour: i64) -> (f64, f64) {
        match self.hour {
            Some((known, from, to)) if known == hour => (from, to),
            Some((known, _, to)) if known + 1 == hour => self.keep(hour, to, weather.lagged_at_hour_c(hour + 1)),
            _ => self.keep(hour, weather.lagged_at_hour_c(hour), weather.lagged_at_hour_c(hour + 1)),
        }
    }

    fn keep(&mut self, hour: i64, from: f64, to: f64) -> (f64, f64) {
        self.hour = Some((hour, from, to));
        (from, to)
    }

    fn clouds(&mut self, weather: &Weather, unix_day: i32) -> &[f64; CLOUD_SLOTS] {
        if self.day.as_ref().is_none_or(|(known, _)| *known != unix_day) {
            self.day = None;
        }
        &self.day.get_or_insert_with(|| (unix_day, Box::new(weather.clouds_of_day(unix_day)))).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file() -> WeatherFile {
        let month = |i: i32| MonthFile {
            temperature_c: (0..24)
                .map(|h| 22.0 - 7.0 * f64::from((i - 6).abs()) / 3.0 + f64::from(h % 12) / 4.0)
                .collect(),
            daily_sd_c: 2.0,
            hot_day_c: 20.0,
            clearness: (0..11).map(|d| 0.1 + 0.06 * f64::from(d)).collect(),
            humidity_percent: 80.0,
            wind_m_s: 2.0 + f64::from(i) / 10.0,
        };
        let assumed = |value| Figure(value, "assumption: test".to_owned());
        let pinned = PinnedDayFile { temperature_offset_c: Some(assumed(5.0)), clearness: Some(assumed(0.7)) };
        WeatherFile {
            source: "test".to_owned(),
            site: SiteFile { lat: 22.5, lon: 114.0, altitude_m: 20.0, utc_offset_h: 8.0 },
            months: (0..12).map(month).collect(),
            seed: Figure(1, "assumption: test".to_owned()),
            persistence_days: Figure(3, "assumption: test".to_owned()),
            flicker: assumed(1.0),
            building_lag_h: assumed(10.0),
            days: BTreeMap::from([("2024-07-25".to_owned(), pinned)]),
            measured_c: None,
        }
    }

    /// Two winter days with readings: a cold front passes at noon of the first.
    fn measured() -> WeatherFile {
        let front = (0..24).map(|h| if h < 12 { 21.5 } else { 9.5 - 0.25 * f64::from(h) }).collect();
        let rows = BTreeMap::from([("2022-12-16".to_owned(), front), ("2022-12-17".to_owned(), vec![2.0; 24])]);
        WeatherFile { measured_c: Some(MeasuredFile { source: "test".to_owned(), rows }), ..file() }
    }

    fn weather() -> Weather {
        Weather::new(&file())
    }

    fn day(text: &str) -> i32 {
        clock::unix_day(text.parse().expect("a date"))
    }

    #[test]
    fn a_pinned_day_is_as_pinned() {
        let weather = weather();
        let unix_day = day("2024-07-25");
        assert_eq!(weather.anomaly_c(unix_day), 5.0);
        assert_eq!(weather.clearness_of_day(unix_day), 0.7);
        let noon = weather.air(unix_day, DAY_S / 2).temperature_c;
        let climate = MonthBlend::at(unix_day, DAY_S / 2).of(&weather.months, |month| month.at(DAY_S / 2));
        assert!((noon - climate - 5.0).abs() < 1e-9, "{noon} {climate}");
    }

    #[test]
    fn a_day_pinned_in_part_is_drawn_in_the_other() {
        let mut half = file();
        let pinned = half.days.get_mut("2024-07-25").expect("the pinned day");
        let clearness = pinned.clearness.take();
        half.days.insert("2024-07-26".to_owned(), PinnedDayFile { temperature_offset_c: None, clearness });
        let (half, drawn) = (Weather::new(&half), Weather::new(&WeatherFile { days: BTreeMap::new(), ..file() }));
        let (hot, clear) = (day("2024-07-25"), day("2024-07-26"));
        assert_eq!((half.anomaly_c(hot), half.anomaly_c(clear)), (5.0, drawn.anomaly_c(clear)));
        assert_eq!((half.clearness_of_day(hot), half.clearness_of_day(clear)), (drawn.clearness_of_day(hot), 0.7));
    }

    #[test]
    fn readings_stand_at_full_hours_with_straight_lines_between() {
        let weather = Weather::new(&measured());
        let (first, second) = (day("2022-12-16"), day("2022-12-17"));
        let at = |unix_day, h: u32, min: u32| weather.air(unix_day, h * HOUR_S + min * 60).temperature_c;
        assert_eq!((at(first, 15, 0), at(first, 16, 0), at(first, 15, 30)), (5.75, 5.5, 5.625));
        assert_eq!((at(first, 11, 0), at(first, 11, 15), at(first, 12, 0)), (21.5, 17.75, 6.5));
        // Across midnight to the next day's first reading.
        assert_eq!((at(first, 23, 0), at(first, 23, 30), at(second, 0, 0)), (3.75, 2.875, 2.0));
        // The sky stays as drawn.
        assert_eq!(weather.clearness_of_day(first), self::weather().clearness_of_day(first));
    }

    #[test]
    fn measured_days_lead_over_into_drawn_ones() {
        let (weather, drawn) = (Weather::new(&measured()), self::weather());
        let (before, after) = (day("2022-12-15"), day("2022-12-18"));
        let at = |unix_day, second| weather.temperature_c(unix_day, second);
        // From the last drawn hour to the first reading, and from the last reading to the first drawn hour.
        let half = f64::midpoint;
        let halfway = 23 * HOUR_S + HOUR_S / 2;
        assert!((at(before, halfway) - half(at(before, 23 * HOUR_S), 21.5)).abs() < 1e-9);
        assert!((at(after - 1, halfway) - half(2.0, at(after, 0))).abs() < 1e-9);
        // The cold goes in half a day: by noon of the next day the air is as drawn, at midnight half way to it.
        let noon = DAY_S / 2;
        assert_eq!(at(after, noon), drawn.temperature_c(after, noon));
        let midnight = drawn.climate_c(after, 0) + half(weather.anomaly_c(after - 1), drawn.anomaly_c(after));
        assert!((at(after, 0) - midnight).abs() < 1e-9);
        assert!(weather.anomaly_c(after - 1) < -5.0, "{}", weather.anomaly_c(after - 1));
    }

    #[test]
    fn mass_feels_the_readings() {
        let weather = Weather::new(&measured());
        let (first, noon) = (day("2022-12-16"), 12);
        // Two hours after the front: three readings of the cold, twelve of the mild morning, the rest drawn.
        let hour = i64::from(first) * 24 + noon + 2;
        let readings = [6.0, 6.25, 6.5].into_iter().chain([21.5; 12]);
        let known: f64 = weather.lag_weights.iter().zip(readings).map(|(weight, c)| weight * c).sum();
        let earlier = (15..LAG_HOURS).map(|back| {
            let h = hour - back as i64;
            weather.lag_weights[back]
                * weather.temperature_c((h.div_euclid(24)) as i32, h.rem_euclid(24) as u32 * HOUR_S)
        });
        let lagged = weather.air(first, 14 * HOUR_S).lagged_c;
        assert!((lagged - known - earlier.sum::<f64>()).abs() < 1e-9, "{lagged}");
        assert!(lagged > weather.temperature_c(first, 14 * HOUR_S) + 5.0, "{lagged}");
    }

    #[test]
    fn drawn_days_have_the_spread_and_the_spells_of_the_file() {
        let weather = weather();
        let n = 20_000;
        let drawn: Vec<f64> = (0..n).map(|d| weather.anomaly_c(d)).collect();
        let moment = |lag: usize| {
            let products = drawn.iter().zip(&drawn[lag..]).map(|(a, b)| a * b);
            products.sum::<f64>() / f64::from(n)
        };
        assert!((moment(0).sqrt() - 2.0).abs() < 0.04, "standard deviation {}", moment(0).sqrt());
        assert!((moment(1) / moment(0) - 2.0 / 3.0).abs() < 0.03, "next day {}", moment(1) / moment(0));
        assert!((moment(3) / moment(0)).abs() < 0.03, "third day {}", moment(3) / moment(0));
        let clear: f64 = (0..n).map(|d| weather.clearness_of_day(d)).sum::<f64>() / f64::from(n);
        assert!((clear - 0.4).abs() < 0.005, "mean clearness {clear}");
    }

    #[test]
    fn no_drawn_day_is_hotter_than_the_hottest() {
        let mut capped = file();
        for month in &mut capped.months {
            month.hot_day_c = 1.0;
        }
        let capped = Weather::new(&capped);
        let drawn: Vec<f64> = (0..2_000).map(|d| capped.anomaly_c(d)).collect();
        assert!(drawn.iter().all(|&a| a <= 1.0 + 1e-12));
        assert!(drawn.iter().any(|&a| a < -1.0), "cold days stay");
    }

    #[test]
    fn mass_lags_behind_a_jump_of_temperature() {
        let mut jump = file();
        jump.months.iter_mut().for_each(|month| {
            month.daily_sd_c = 0.0;
            month.temperature_c = vec![20.0; 24];
        });
        jump.days.clear();
        let air = Weather::new(&jump).air(day("2024-03-03"), 4_321);
        assert!((air.lagged_c - 20.0).abs() < 1e-9 && (air.temperature_c - 20.0).abs() < 1e-9);
        let weights = lag_weights(10.0);
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((weights[10] / weights[0] - libm::exp(-1.0)).abs() < 1e-12);
    }

    proptest! {
        /// A day's clearness is what was drawn, however its clouds move, and never leaves its bounds.
        #[test]
        fn clouds_keep_the_mean_of_the_day(unix_day in 0..40_000_i32) {
            let weather = weather();
            let (mut up, mut total) = (0.0, 0.0);
            for slot in 0..CLOUD_SLOTS as u32 {
                let middle_s = slot * CLOUD_SLOT_S + CLOUD_SLOT_S / 2;
                let utc_s = i64::from(unix_day) * i64::from(DAY_S) - 8 * 3_600 + i64::from(middle_s);
                let height = SunPosition::at(&weather.place, utc_s).direction[2].max(0.0);
                let clearness = weather.air(unix_day, middle_s).clearness;
                prop_assert!((LEAST_CLEARNESS..=GREATEST_CLEARNESS).contains(&clearness));
                up += height * clearness;
                total += height;
            }
            prop_assert!((up / total - weather.clearness_of_day(unix_day)).abs() < 1e-9);
        }

        /// Reading with a memory, in any order of instants, is reading without one.
        #[test]
        fn a_memory_changes_nothing(instants in proptest::collection::vec((19_000..19_010_i32, 0..DAY_S), 1..40)) {
            let weather = weather();
            let mut memo = Memo::default();
            for (unix_day, second) in instants {
                prop_assert_eq!(weather.air_with(&mut memo, unix_day, second), weather.air(unix_day, second));
            }
        }

        /// A minute moves the air a little, across hours, days, months and years.
        #[test]
        fn temperature_has_no_jumps(unix_day in 18_000..21_000_i32, second in 0..DAY_S) {
            let weather = weather();
            let next = (unix_day + i32::from(second + 60 >= DAY_S), (second + 60) % DAY_S);
            let (now, then) = (weather.air(unix_day, second), weather.air(next.0, next.1));
            prop_assert!((now.temperature_c - then.temperature_c).abs() < 0.15);
            prop_assert!((now.lagged_c - then.lagged_c).abs() < 0.05);
            prop_assert!((now.wind_m_s - then.wind_m_s).abs() < 0.01);
        }
    }
}
