//! Monthly statistics of a typical meteorological year: enough to draw days with the year's spread, without carrying
//! hours that may not be redistributed.

use crate::args::WeatherArgs;
use crate::fragment::{Made, compose, decimal};
use crate::problem::{Failure, Findings, Problem};
use crate::tmy::{DAYS_IN_MONTHS, Form, Hour, MONTH_NAMES, Site, Year, read_year};
use core::f64::consts::{PI, TAU};

/// With fewer complete days than this a month's deciles mean little, and nothing is written.
const LEAST_COMPLETE_DAYS: usize = 20;
/// How many of a month's days count as its hottest.
const HOT_DAYS: usize = 3;
/// Solar radiation outside the atmosphere at the mean distance from the sun, in W/m2: the value that the common
/// typical years are made with (Duffie and Beckman, Solar Engineering of Thermal Processes, 4th ed., section 1.2).
const SOLAR_CONSTANT_W_M2: f64 = 1_367.0;
/// Extraterrestrial radiation whose centre is farther than this from solar noon has its hours labelled otherwise.
const NOON_TOLERANCE_H: f64 = 0.25;

/// The statistics of one month.
#[derive(Clone, Debug, PartialEq)]
struct Month {
    /// Mean of the readings at `h`:00 for each `h`. The one at midnight belongs to the day that it ends.
    temperature_c: [f64; 24],
    /// Standard deviation of the daily means.
    daily_sd_c: f64,
    /// Mean of the daily means of the hottest days, less the month's mean.
    hot_day_c: f64,
    /// Deciles from 0 to 100 % of the daily clearness index.
    clearness: [f64; 11],
    humidity_percent: f64,
    wind_m_s: f64,
}

/// Composes the fragment of `voltcity-import weather`.
///
/// # Errors
/// The file cannot be read, is of no use, or has too few complete days in a month.
pub(crate) fn import(options: &WeatherArgs, findings: &mut Findings) -> Result<Made, Failure> {
    let (path, form) = match (&options.mos, &options.epw) {
        (Some(path), _) => (path, Form::Mos),
        (None, Some(path)) => (path, Form::Epw),
        (None, None) => return Err(Failure::Usage("give --mos or --epw".to_owned())),
    };
    let remark = |text| Problem { file: path.display().to_string(), line: 1, column: 1, text };
    let year = read_year(path, form, findings)?;
    for text in check_radiation(&year) {
        findings.note(remark(text));
    }
    let mut months = Vec::with_capacity(12);
    for month in 0..12 {
        months.push(statistics(&year, month).map_err(|text| Failure::Unusable(remark(text)))?);
    }
    let text = compose("weather", &["weather"], &source(&year.site), &lines(&year.site, &months));
    Ok(Made::fragment(text, totals(&year, &months)))
}

/// The statistics of a month counted from 0, or why there are none.
fn statistics(year: &Year, month: usize) -> Result<Month, String> {
    let first_day: usize = DAYS_IN_MONTHS[..month].iter().sum();
    let days = first_day..first_day + DAYS_IN_MONTHS[month];
    let of_day = |day: usize| day * 24..day * 24 + 24;
    let is_complete = |day: &usize| year.hours[of_day(*day)].iter().all(Option::is_some);
    let complete: Vec<usize> = days.clone().filter(is_complete).collect();
    if complete.len() < LEAST_COMPLETE_DAYS {
        let name = MONTH_NAMES[month];
        return Err(format!("{name} has {} complete days; at least {LEAST_COMPLETE_DAYS} are needed", complete.len()));
    }
    let readings_c = |day: usize| year.hours[of_day(day)].iter().flatten().map(|hour| hour.temperature_c);
    let mut daily_c: Vec<f64> = complete.iter().map(|day| mean(readings_c(*day))).collect();
    let mut clearness = Vec::with_capacity(complete.len());
    for day in complete {
        let hours: Vec<Hour> = year.hours[of_day(day)].iter().flatten().copied().collect();
        let outside_wh_m2 = extraterrestrial_wh_m2(&hours, year.site.lat, day);
        if outside_wh_m2 > 0.0 {
            clearness.push(hours.iter().map(|hour| hour.global_wh_m2).sum::<f64>() / outside_wh_m2);
        }
    }
    if clearness.is_empty() {
        return Err(format!("{} has no day on which the sun rises", MONTH_NAMES[month]));
    }
    let mut temperature_c = [0.0; 24];
    for (index, hour) in (0..24).map(|index| (index, (index + 23) % 24)) {
        // Row `hour` of a day is read at its end, an hour later.
        let readings = days.clone().filter_map(|day| year.hours[day * 24 + hour]);
        temperature_c[index] = mean(readings.map(|hour| hour.temperature_c));
    }
    let hours = || year.hours[days.start * 24..days.end * 24].iter().flatten();
    let mean_c = mean(daily_c.iter().copied());
    let daily_sd_c = standard_deviation(&daily_c);
    daily_c.sort_by(|a, b| b.total_cmp(a));
    clearness.sort_by(f64::total_cmp);
    Ok(Month {
        temperature_c,
        daily_sd_c,
        hot_day_c: mean(daily_c.iter().take(HOT_DAYS).copied()) - mean_c,
        clearness: deciles(&clearness),
        humidity_percent: mean(hours().map(|hour| hour.humidity_percent)),
        wind_m_s: mean(hours().map(|hour| hour.wind_m_s)),
    })
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    sum / f64::from(count.max(1))
}

/// Of a sample: the divisor is one less than the number of values.
fn standard_deviation(values: &[f64]) -> f64 {
    let mean = mean(values.iter().copied());
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (squares / values.len().saturating_sub(1).max(1) as f64).sqrt()
}

/// Minimum, nine deciles and maximum of sorted values, interpolated between neighbours (type 7 of Hyndman and Fan,
/// Sample Quantiles in Statistical Packages, 1996).
fn deciles(sorted: &[f64]) -> [f64; 11] {
    let mut deciles = [0.0; 11];
    for (tenth, cell) in deciles.iter_mut().enumerate() {
        let last = sorted.len() - 1;
        // Whole tenths of a place keep the maximum exact.
        let tenths = tenth * last;
        let (low, high) = (sorted[tenths / 10], sorted[(tenths / 10 + 1).min(last)]);
        *cell = low + (high - low) * ((tenths % 10) as f64 / 10.0);
    }
    deciles
}

/// Radiation outside the atmosphere on a day counted from 0: the file's, or the computed one if an hour lacks it.
fn extraterrestrial_wh_m2(hours: &[Hour], latitude_deg: f64, day: usize) -> f64 {
    let stated: Option<f64> = hours.iter().map(|hour| hour.extraterrestrial_wh_m2).sum();
    stated.unwrap_or_else(|| computed_extraterrestrial_wh_m2(latitude_deg, day))
}

/// Daily radiation on a horizontal plane outside the atmosphere (Duffie and Beckman, 4th ed., equations 1.4.1a,
/// 1.6.1a, 1.6.10 and 1.10.3).
fn computed_extraterrestrial_wh_m2(latitude_deg: f64, day: usize) -> f64 {
    let number = day as f64 + 1.0;
    let distance = 1.0 + 0.033 * libm::cos(TAU * number / 365.0);
    let declination = 23.45_f64.to_radians() * libm::sin(TAU * (284.0 + number) / 365.0);
    let latitude = latitude_deg.to_radians();
    // Beyond the polar circles the sun may not set or not rise.
    let sunset = libm::acos((-libm::tan(latitude) * libm::tan(declination)).clamp(-1.0, 1.0));
    let height = libm::cos(latitude) * libm::cos(declination) * libm::sin(sunset)
        + sunset * libm::sin(latitude) * libm::sin(declination);
    24.0 / PI * SOLAR_CONSTANT_W_M2 * distance * height
}

/// Remarks about radiation: hours labelled against the convention, hours without the extraterrestrial figure, and
/// more radiation at the ground than outside the atmosphere.
fn check_radiation(year: &Year) -> Vec<String> {
    let hours = || year.hours.iter().enumerate().filter_map(|(index, hour)| Some((index, (*hour)?)));
    let mut remarks = Vec::new();
    let without = hours().filter(|(_, hour)| hour.extraterrestrial_wh_m2.is_none()).count();
    if without > 0 {
        remarks.push(format!("{without} h lack extraterrestrial radiation; that of their days is computed"));
    }
    let above =
        hours().filter(|(_, h)| h.extraterrestrial_wh_m2.is_some_and(|outside| h.global_wh_m2 > outside)).count();
    if above > 0 {
        remarks.push(format!("{above} h have more global than extraterrestrial radiation"));
    }
    if let Some(apart_h) = hours_from_noon(year).filter(|apart_h| apart_h.abs() > NOON_TOLERANCE_H) {
        let text = "the rows may be labelled with the start of their hour, or the time zone may be wrong";
        remarks.push(format!("extraterrestrial radiation is centred {apart_h:+.2} h from solar noon: {text}"));
    }
    remarks
}

/// How far after mean solar noon the year's extraterrestrial radiation is centred, in hours.
fn hours_from_noon(year: &Year) -> Option<f64> {
    let (mut sum, mut moment) = (0.0, 0.0);
    for (index, hour) in year.hours.iter().enumerate() {
        let outside = (*hour)?.extraterrestrial_wh_m2?;
        sum += outside;
        moment += outside * ((index % 24) as f64 + 0.5);
    }
    let noon_h = 12.0 + year.site.utc_offset_h - year.site.lon / 15.0;
    (sum > 0.0).then(|| moment / sum - noon_h)
}

/// Names the station and the data set, and what the figures are.
fn source(site: &Site) -> String {
    let Site { city, country, data, station, .. } = site;
    format!(
        "Typical meteorological year of {city} ({country}), station {station}, data set {data}: monthly statistics of \
         its 8,760 h, made under the data set's own terms; the hours themselves are not redistributed. Local \
         standard time; temperature_c[h] is the mean of the readings at h:00."
    )
}

/// The site and the months.
fn lines(site: &Site, months: &[Month]) -> Vec<String> {
    let figures = [site.lat, site.lon, site.altitude_m, site.utc_offset_h];
    let [lat, lon, altitude_m, offset_h] = figures.map(|figure| decimal(figure, 5));
    let mut lines = vec![
        format!("site: (lat: {lat}, lon: {lon}, altitude_m: {altitude_m}, utc_offset_h: {offset_h}),"),
        "months: [".to_owned(),
    ];
    for (month, name) in months.iter().zip(MONTH_NAMES) {
        lines.push(format!("    // {name}."));
        lines.push(format!("    ({}),", fields(month)));
    }
    lines.push("],".to_owned());
    lines
}

/// One month as the fields of a RON struct.
fn fields(month: &Month) -> String {
    let list =
        |values: &[f64], places| values.iter().map(|value| decimal(*value, places)).collect::<Vec<_>>().join(", ");
    format!(
        "temperature_c: [{}], daily_sd_c: {}, hot_day_c: {}, clearness: [{}], humidity_percent: {}, wind_m_s: {}",
        list(&month.temperature_c, 2),
        decimal(month.daily_sd_c, 2),
        decimal(month.hot_day_c, 2),
        list(&month.clearness, 3),
        decimal(month.humidity_percent, 1),
        decimal(month.wind_m_s, 1)
    )
}

/// A table of the months.
fn totals(year: &Year, months: &[Month]) -> Vec<String> {
    let hours = || year.hours.iter().flatten();
    let global_kwh_m2 = hours().map(|hour| hour.global_wh_m2).sum::<f64>() / 1e3;
    let line = |name: &str, cells: [String; 6]| {
        cells.iter().fold(format!("{name:<10}"), |line, cell| format!("{line}{cell:>11}"))
    };
    let heads = ["mean C", "daily sd C", "hot day C", "clearness", "humidity %", "wind m/s"].map(str::to_owned);
    let mut lines = vec![line("", heads)];
    for (month, name) in months.iter().zip(MONTH_NAMES) {
        let figures = [
            mean(month.temperature_c.iter().copied()),
            month.daily_sd_c,
            month.hot_day_c,
            month.clearness[5],
            month.humidity_percent,
            month.wind_m_s,
        ];
        lines.push(line(name, figures.map(|figure| format!("{figure:.2}"))));
    }
    let mean_c = mean(hours().map(|hour| hour.temperature_c));
    lines.push(format!(
        "{} h of {}: mean {mean_c:.2} C, {global_kwh_m2:.1} kWh/m2 global radiation",
        hours().count(),
        year.site.city
    ));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tmy::HOURS;
    use crate::tmy::tests::{epw, made_up, mos, year};

    fn text(bytes: &str, form: Form) -> String {
        let year = year(bytes.as_bytes(), form).0.expect("a good year");
        let months: Vec<Month> = (0..12).map(|month| statistics(&year, month).expect("a full month")).collect();
        compose("weather", &["weather"], &source(&year.site), &lines(&year.site, &months))
    }

    #[test]
    fn both_forms_give_the_same_fragment() {
        let expected = text(&epw(made_up), Form::Epw);
        assert_eq!(text(&mos(made_up, false), Form::Mos), expected);
        assert_eq!(text(&mos(made_up, true), Form::Mos), expected);
    }

    #[test]
    fn a_reading_is_of_the_end_of_its_hour() {
        // Temperature is the clock's hour at the end of each row: 24 at midnight.
        let clock = |hour: usize| {
            let mut weather = made_up(hour);
            weather[0] = (hour % 24 + 1) as f64;
            weather
        };
        let year = year(epw(clock).as_bytes(), Form::Epw).0.expect("a good year");
        let month = statistics(&year, 1).expect("a full month");
        let expected: [f64; 24] = core::array::from_fn(|hour| if hour == 0 { 24.0 } else { hour as f64 });
        assert_eq!(month.temperature_c, expected);
        assert_eq!((month.daily_sd_c, month.hot_day_c), (0.0, 0.0));
    }

    #[test]
    fn daily_figures_follow_their_definitions() {
        // Day d of the year is d degrees warm all day, and the sky lets through a share that rises by day.
        let by_day = |hour: usize| {
            let mut weather = made_up(hour);
            let day = hour / 24;
            weather[0] = day as f64 / 10.0;
            weather[7] = weather[4] * day as f64 / 400.0;
            weather
        };
        let year = year(epw(by_day).as_bytes(), Form::Epw).0.expect("a good year");
        let month = statistics(&year, 0).expect("a full month");
        // Of 31 days 0, 0.1, .. 3 the mean is 1.5, the hottest three are 0.1 apart, and the variance n(n+1)/12 steps.
        assert!((month.hot_day_c - 1.4).abs() < 1e-9, "{}", month.hot_day_c);
        assert!((month.daily_sd_c - 0.1 * (31.0 * 32.0 / 12.0_f64).sqrt()).abs() < 1e-9, "{}", month.daily_sd_c);
        for (tenth, clearness) in month.clearness.into_iter().enumerate() {
            assert!((clearness - 3.0 * tenth as f64 / 400.0).abs() < 1e-9, "{tenth}: {clearness}");
        }
    }

    #[test]
    fn deciles_reach_both_ends_and_interpolate() {
        assert_eq!(deciles(&[5.0]), [5.0; 11]);
        let found = deciles(&[0.0, 1.0, 2.0, 3.0]);
        assert_eq!((found[0], found[5], found[10]), (0.0, 1.5, 3.0));
        assert!((found[1] - 0.3).abs() < 1e-12);
    }

    #[test]
    fn radiation_outside_the_atmosphere_is_the_textbooks() {
        // Duffie and Beckman, example 1.10.1: 33.8 MJ/m2 at 43 N on 15 April, day 105.
        let mj_m2 = computed_extraterrestrial_wh_m2(43.0, 104) * 3.6e-3;
        assert!((mj_m2 - 33.8).abs() < 0.05, "{mj_m2}");
        assert_eq!(computed_extraterrestrial_wh_m2(80.0, 354), 0.0);
    }

    #[test]
    fn missing_extraterrestrial_radiation_is_computed_and_noted() {
        let without = |hour: usize| {
            let mut weather = made_up(hour);
            if hour < 24 {
                weather[4] = 9_999.0;
            }
            weather
        };
        let (year, bad, _) = year(epw(without).as_bytes(), Form::Epw);
        let year = year.expect("a good year");
        assert!(bad.is_empty(), "{bad:?}");
        assert_eq!(check_radiation(&year), ["24 h lack extraterrestrial radiation; that of their days is computed"]);
        let hours: Vec<Hour> = year.hours[..24].iter().flatten().copied().collect();
        assert_eq!(extraterrestrial_wh_m2(&hours, 22.55, 0), computed_extraterrestrial_wh_m2(22.55, 0));
    }

    #[test]
    fn hours_labelled_by_their_start_are_noticed() {
        let noticed = |shift: usize| {
            let text = epw(|hour| made_up((hour + shift) % HOURS));
            check_radiation(&year(text.as_bytes(), Form::Epw).0.expect("a good year"))
        };
        assert!(noticed(0).is_empty(), "{:?}", noticed(0));
        assert!(noticed(1)[0].starts_with("extraterrestrial radiation is centred -1.00 h from solar noon"));
    }

    #[test]
    fn a_month_with_many_gaps_is_refused() {
        let text: Vec<String> = epw(made_up).lines().map(str::to_owned).collect();
        let cut = |days: usize| {
            let text = [&text[..8], &text[8 + days * 24..]].concat().join("\n");
            statistics(&year(text.as_bytes(), Form::Epw).0.expect("a year with a gap"), 0)
        };
        assert!(cut(11).is_ok());
        let refused = cut(12).expect_err("too few days");
        assert_eq!(refused, "January has 19 complete days; at least 20 are needed");
    }
}
