//! Rules of the weather.

use super::rules::Rules;
use super::section::Section;
use crate::site::weather::{CLEARNESS, MeasuredFile, MonthFile, PinnedDayFile, SiteFile, WeatherFile};
use crate::world::text::child;
use core::ops::RangeInclusive;

/// Temperatures that the air may have.
const TEMPERATURES_C: RangeInclusive<f64> = -60.0..=60.0;

pub(super) fn weather(file: &WeatherFile, rules: &mut Rules) {
    let WeatherFile { source, site, months, seed, persistence_days, flicker, building_lag_h, days, measured_c } = file;
    let mut at = rules.at("weather");
    at.source(source);
    self::site(site, at.inside("site"));
    if at.length("weather.months", months.len(), 12..=12) {
        for (i, month) in months.iter().enumerate() {
            self::month(month, at.rules.at(&format!("weather.months[{i}]")));
        }
    }
    at.sourced("seed", seed);
    at.number("persistence_days", persistence_days, 1.0..=30.0, "days");
    at.number("flicker", flicker, 0.0..=1.0, "as a share");
    at.number("building_lag_h", building_lag_h, 0.5..=48.0, "h");
    for (date, day) in days {
        let path = child("weather.days", date);
        rules.date(&path, date, true);
        let PinnedDayFile { temperature_offset_c, clearness } = day;
        let mut at = rules.at(&path);
        if let Some(offset_c) = temperature_offset_c {
            at.number("temperature_offset_c", offset_c, -20.0..=20.0, "degrees Celsius");
        }
        if let Some(clearness) = clearness {
            at.number("clearness", clearness, CLEARNESS, "of the light outside the air");
        }
        let is_measured = measured_c.as_ref().is_some_and(|measured| measured.rows.contains_key(date));
        if temperature_offset_c.is_some() && is_measured {
            let message = format!("{date} has a temperature offset beside the temperatures in `weather.measured_c`");
            at.flag("temperature_offset_c", message, "leave one of the two out");
        }
        if temperature_offset_c.is_none() && clearness.is_none() {
            let message = format!("nothing is given of {date}");
            rules.flag(&path, message, "write `temperature_offset_c`, `clearness` or both, or leave the day out");
        }
    }
    if let Some(measured) = measured_c {
        self::measured(measured, rules.at("weather.measured_c"));
    }
}

fn measured(file: &MeasuredFile, mut at: Section) {
    let MeasuredFile { source, rows } = file;
    at.source(source);
    let mut at = at.inside("rows");
    for (date, readings) in rows {
        let path = at.field(date);
        at.rules.date(&path, date, true);
        at.values(date, readings, 24..=24, TEMPERATURES_C, "degrees Celsius");
    }
}

fn site(file: &SiteFile, mut at: Section) {
    let SiteFile { lat, lon, altitude_m, utc_offset_h } = *file;
    at.value("lat", lat, -90.0..=90.0, "degrees north");
    at.value("lon", lon, -180.0..=180.0, "degrees east");
    at.value("altitude_m", altitude_m, -500.0..=9_000.0, "m");
    at.value("utc_offset_h", utc_offset_h, -12.0..=14.0, "h");
}

fn month(file: &MonthFile, mut at: Section) {
    let MonthFile { temperature_c, daily_sd_c, hot_day_c, clearness, humidity_percent, wind_m_s } = file;
    at.values("temperature_c", temperature_c, 24..=24, TEMPERATURES_C, "degrees Celsius");
    at.value("daily_sd_c", *daily_sd_c, 0.0..=15.0, "K");
    at.value("hot_day_c", *hot_day_c, 0.0..=20.0, "K");
    at.values("clearness", clearness, 11..=11, CLEARNESS, "of the light outside the air");
    let path = at.field("clearness");
    at.rises(&path, clearness.iter().copied(), 0.0, |i| format!("{path}[{i}]"));
    at.value("humidity_percent", *humidity_percent, 0.0..=100.0, "%");
    at.value("wind_m_s", *wind_m_s, 0.0..=60.0, "m/s");
}
