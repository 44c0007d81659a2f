//! Reads a typical meteorological year from either of its two common forms, `EnergyPlus` (`.epw`) and the Modelica
//! Buildings library (`.mos`), into the same 8,760 hours.
//!
//! # The hour convention
//!
//! Hour `i` of [`Year::hours`] (0 to 8,759) runs from `i` to `i + 1` hours after the start of 1 January, local
//! standard time.
//! - EPW counts hours 1 to 24, and hour `n` is the one that *ends* at `n`:00: so `n = 1` of 1 January is hour 0.
//! - `.mos` gives the time of the *end* of the hour in seconds: so 3,600 s is hour 0, and the two forms agree row by
//!   row. Its converter repeats the first hour at 0 s and, in files of 8,760 rows, loses the last hour, which would
//!   be at 31,536,000 s. The year is periodic, 0 s and 31,536,000 s are one instant, so the row at 0 s then stands
//!   in for the last hour.
//!
//! In both forms radiation is the sum over the hour, and temperature, humidity and wind are readings at its end.
//! For Shenzhen's file both can be seen in the data: extraterrestrial radiation is centred half an hour before its
//! labels say, and temperature bends at 02:00, 05:00, 08:00 and so on, the hours of synoptic observations.
//!
//! Sources: `EnergyPlus`, Auxiliary Programs, "EPW data dictionary" (fields, missing-value markers, ranges); Modelica
//! Buildings library, `BoundaryConditions.WeatherData.ReaderTMY3` (time stamps).

mod epw;
mod mos;
#[cfg(test)]
pub(crate) mod tests;

use crate::problem::{Failure, Findings, Problem, not_utf8, read};
use crate::table::real;
use std::ops::RangeInclusive;
use std::path::Path;

/// Hours in a year without a leap day.
pub(crate) const HOURS: usize = 8_760;
/// Days in the months of a year without a leap day.
pub(crate) const DAYS_IN_MONTHS: [usize; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/// Names of the months, for messages.
pub(crate) const MONTH_NAMES: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Where a weather station is, from the `LOCATION` record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Site {
    /// City, country, source of the data and station number, as the record spells them.
    pub(crate) city: String,
    pub(crate) country: String,
    pub(crate) data: String,
    pub(crate) station: String,
    /// Degrees north and east.
    pub(crate) lat: f64,
    pub(crate) lon: f64,
    /// Hours that local standard time is ahead of UTC.
    pub(crate) utc_offset_h: f64,
    pub(crate) altitude_m: f64,
}

/// What is used of one hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Hour {
    /// Dry-bulb temperature at the end of the hour.
    pub(crate) temperature_c: f64,
    /// Relative humidity at the end of the hour.
    pub(crate) humidity_percent: f64,
    /// Wind speed at the end of the hour.
    pub(crate) wind_m_s: f64,
    /// Global horizontal radiation over the hour.
    pub(crate) global_wh_m2: f64,
    /// Radiation on a horizontal plane outside the atmosphere over the hour, where the file has it.
    pub(crate) extraterrestrial_wh_m2: Option<f64>,
}

/// A typical year.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Year {
    /// Where.
    pub(crate) site: Site,
    /// [`HOURS`] hours; `None` where the file has no usable row.
    pub(crate) hours: Vec<Option<Hour>>,
}

/// One quantity of an hour: its name, its place among the weather fields that both forms share (0 is dry-bulb
/// temperature), the marker from which a value counts as missing, and the range of real values.
struct Quantity {
    name: &'static str,
    index: usize,
    missing_from: f64,
    range: RangeInclusive<f64>,
}

const TEMPERATURE: Quantity =
    Quantity { name: "dry-bulb temperature", index: 0, missing_from: 99.9, range: -70.0..=70.0 };
const HUMIDITY: Quantity = Quantity { name: "relative humidity", index: 2, missing_from: 999.0, range: 0.0..=110.0 };
/// No hour outside the atmosphere can bring more than the solar constant at perihelion, 1,414 Wh/m2.
const EXTRATERRESTRIAL: Quantity =
    Quantity { name: "extraterrestrial horizontal radiation", index: 4, missing_from: 9_999.0, range: 0.0..=1_420.0 };
const GLOBAL: Quantity =
    Quantity { name: "global horizontal radiation", index: 7, missing_from: 9_999.0, range: 0.0..=1_420.0 };
const WIND: Quantity = Quantity { name: "wind speed", index: 15, missing_from: 999.0, range: 0.0..=40.0 };
/// Weather fields up to and with wind speed.
const LEAST_WEATHER_FIELDS: usize = 16;

/// The forms a typical year comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `EnergyPlus`: comma-separated, eight header records.
    Epw,
    /// Modelica Buildings: tab-separated, header in comments, seconds since the start of the year.
    Mos,
}

/// Reads a typical year. A row that cannot be used goes to `findings` and leaves its hour empty.
///
/// # Errors
/// The file cannot be read, is empty, or has no header that says where the station is.
pub(crate) fn read_year(path: &Path, form: Form, findings: &mut Findings) -> Result<Year, Failure> {
    parse(path.display().to_string(), &read(path)?, form, findings)
}

fn parse(file: String, bytes: &[u8], form: Form, findings: &mut Findings) -> Result<Year, Failure> {
    let mut reader = Reader { file, findings, hours: vec![None; HOURS], lines: vec![0; HOURS], fields: None };
    let lines = lines(bytes);
    if lines.iter().all(|(_, line)| line.is_empty()) {
        return Err(reader.unusable(1, "the file is empty; it should be a typical year"));
    }
    let site = match form {
        Form::Epw => reader.epw(&lines)?,
        Form::Mos => reader.mos(&lines)?,
    };
    reader.report_empty_hours(lines.len() as u64);
    Ok(Year { site, hours: reader.hours })
}

/// The lines with their numbers, without line ends.
fn lines(bytes: &[u8]) -> Vec<(u64, &[u8])> {
    let lines = bytes.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end);
    let mut lines: Vec<_> = (1..).zip(lines).collect();
    while lines.last().is_some_and(|(_, line)| line.is_empty()) {
        lines.pop();
    }
    lines
}

/// Comments may be in any encoding: only their ASCII part is looked at.
fn lossy(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
}

struct Reader<'f> {
    file: String,
    findings: &'f mut Findings,
    hours: Vec<Option<Hour>>,
    /// The line that gave each hour, 0 if none, also for rows that turned out bad.
    lines: Vec<u64>,
    /// How many fields the first row has; all rows have as many.
    fields: Option<usize>,
}

impl Reader<'_> {
    fn problem(&self, line: u64, column: u64, text: impl Into<String>) -> Problem {
        Problem { file: self.file.clone(), line, column, text: text.into() }
    }

    fn unusable(&self, line: u64, text: impl Into<String>) -> Failure {
        Failure::Unusable(self.problem(line, 1, text))
    }

    fn bad(&mut self, line: u64, column: usize, text: impl Into<String>) {
        let problem = self.problem(line, column as u64, text);
        self.findings.bad(problem);
    }

    fn note(&mut self, line: u64, text: impl Into<String>) {
        let note = self.problem(line, 1, text);
        self.findings.note(note);
    }

    /// The fields of a row as text, if there are as many as in the first row, and those up to wind speed at least.
    fn fields<'l>(
        &mut self,
        number: u64,
        line: &'l [u8],
        split: impl Fn(&'l str) -> Vec<&'l str>,
        before_weather: usize,
    ) -> Option<Vec<&'l str>> {
        let text = match std::str::from_utf8(line) {
            Ok(text) => text,
            Err(error) => {
                let at = error.valid_up_to();
                let column = split(std::str::from_utf8(&line[..at]).unwrap_or_default()).len().max(1);
                self.bad(number, column, not_utf8(line, at));
                return None;
            }
        };
        let fields = split(text);
        let least = before_weather + LEAST_WEATHER_FIELDS;
        let expected = *self.fields.get_or_insert(fields.len().max(least));
        if fields.len() != expected {
            let found = fields.len();
            let word = if found == 1 { "field" } else { "fields" };
            self.bad(number, found.min(expected) + 1, format!("{found} {word}; expected {expected}"));
            return None;
        }
        Some(fields)
    }

    /// Takes the weather of one row into its hour.
    fn row(&mut self, line: u64, hour: usize, fields: &[&str], before_weather: usize) {
        if self.lines[hour] != 0 {
            let text = format!("the hour of line {} occurs again", self.lines[hour]);
            return self.bad(line, if before_weather == 1 { 1 } else { 4 }, text);
        }
        self.lines[hour] = line;
        let value = |quantity: &Quantity| {
            let column = before_weather + quantity.index + 1;
            let text = fields[column - 1];
            let missing = text.parse::<f64>().is_ok_and(|value| value >= quantity.missing_from && value.is_finite());
            let value =
                if missing { Err(format!("{text} marks a missing value")) } else { real(text, &quantity.range) };
            (missing, value.map_err(|text| (column, format!("{}: {text}", quantity.name))))
        };
        let extraterrestrial = match value(&EXTRATERRESTRIAL) {
            (true, _) => Ok(None),
            (false, value) => value.map(Some),
        };
        let [temperature, humidity, global, wind] = [TEMPERATURE, HUMIDITY, GLOBAL, WIND].map(|q| value(&q).1);
        match (temperature, humidity, extraterrestrial, global, wind) {
            (Ok(temperature_c), Ok(humidity_percent), Ok(extraterrestrial_wh_m2), Ok(global_wh_m2), Ok(wind_m_s)) => {
                let hour_of_weather =
                    Hour { temperature_c, humidity_percent, wind_m_s, global_wh_m2, extraterrestrial_wh_m2 };
                self.hours[hour] = Some(hour_of_weather);
            }
            (a, b, c, d, e) => {
                let errors = [a.err(), b.err(), c.err(), d.err(), e.err()];
                errors.into_iter().flatten().for_each(|(column, text)| self.bad(line, column, text));
            }
        }
    }

    /// Reads `LOCATION,city,state,country,data,station,latitude,longitude,offset from UTC,altitude`.
    fn site(&mut self, line: u64, text: &str) -> Result<Site, Failure> {
        let fields: Vec<&str> = text.split(',').map(str::trim).collect();
        if fields.len() < 10 {
            return Err(self.unusable(line, format!("LOCATION: {} fields; expected 10", fields.len())));
        }
        let number = |column: usize, name: &str, range: RangeInclusive<f64>| {
            real(fields[column - 1], &range).map_err(|text| {
                Failure::Unusable(self.problem(line, column as u64, format!("LOCATION: {name}: {text}")))
            })
        };
        Ok(Site {
            city: fields[1].to_owned(),
            country: fields[3].to_owned(),
            data: fields[4].to_owned(),
            station: fields[5].to_owned(),
            lat: number(7, "latitude", -90.0..=90.0)?,
            lon: number(8, "longitude", -180.0..=180.0)?,
            utc_offset_h: number(9, "time zone", -12.0..=14.0)?,
            altitude_m: number(10, "elevation", -1_000.0..=9_999.0)?,
        })
    }

    /// Reports each run of hours for which the file has no row at all.
    fn report_empty_hours(&mut self, last_line: u64) {
        let mut hour = 0;
        while hour < HOURS {
            let run = self.lines[hour..].iter().take_while(|line| **line == 0).count();
            if run > 0 {
                let day = hour / 24;
                let (month, day) = month_and_day(day);
                let text = format!("no row for {run} h from {day} {} {:02}:00", MONTH_NAMES[month], hour % 24);
                self.bad(last_line, 1, text);
            }
            hour += run.max(1);
        }
    }
}

/// The month (from 0) and the day in it (from 1) of a day of the year (from 0).
fn month_and_day(mut day: usize) -> (usize, usize) {
    for (month, days) in DAYS_IN_MONTHS.iter().enumerate() {
        if day < *days {
            return (month, day + 1);
        }
        day -= days;
    }
    (11, 31)
}
