//! Measured temperatures, day by day: 24 values at the full hours, read or interpolated between readings close by.

use crate::args::WeatherDaysArgs;
use crate::fragment::{Made, compose, decimal};
use crate::problem::{Failure, Findings, Problem};
use crate::table::{Cells, Table};
use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// So many hours in a row may lack a reading; their temperatures are interpolated.
const INTERPOLATED_H: i64 = 3;
/// Temperatures that the air may have.
const TEMPERATURES_C: RangeInclusive<f64> = -60.0..=60.0;

/// Readings in the order of time, each with its row.
type Readings<'t> = BTreeMap<DateTime, (f64, Cells<'t>)>;

/// Composes the fragment of `voltcity-import weather-days`.
///
/// # Errors
/// The file cannot be read, or has no whole day.
pub(crate) fn import(options: &WeatherDaysArgs, findings: &mut Findings) -> Result<Made, Failure> {
    let path = &options.hourly;
    let table = Table::read(path, &["time", "T"], findings)?;
    let hourly = hourly(&table, findings);
    let is_read = |at: DateTime| options.read_at.is_empty() || options.read_at.contains(&at.hour().cast_unsigned());
    let (read, between): (Readings, Readings) = hourly.into_iter().partition(|(at, _)| is_read(*at));
    note_changes(&read, &between, findings);
    let days = whole_days(&by_hour(&read, is_read, findings));
    let (Some((first, _)), Some((last, _))) = (days.first_key_value(), days.last_key_value()) else {
        let text = "no day has a temperature at every hour".to_owned();
        return Err(Failure::Unusable(Problem { file: path.display().to_string(), line: 1, column: 1, text }));
    };
    let values = || days.values().flatten().copied();
    let (least, most) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    let mean = values().sum::<f64>() / values().count() as f64;
    let totals = vec![format!(
        "{} days from {first} to {last}: {} readings, {least:.1} to {most:.1} C, mean {mean:.2} C",
        days.len(),
        read.len()
    )];
    let text = compose("weather-days", &["weather", "measured_c"], &source(options), &rows(&days));
    Ok(Made::fragment(text, totals))
}

/// Every row's time and temperature.
fn hourly<'t>(table: &'t Table, findings: &mut Findings) -> Readings<'t> {
    let mut hourly = Readings::new();
    for row in table.rows() {
        let time = full_hour(row.text("time")).map_err(|text| findings.bad(row.remark("time", text)));
        let temperature_c = row.real("T", &TEMPERATURES_C, findings);
        let (Ok(time), Some(temperature_c)) = (time, temperature_c) else { continue };
        if let Some((_, earlier)) = hourly.get(&time) {
            let text = format!("{} is already on line {}", row.text("time"), earlier.line());
            findings.bad(row.remark("time", text));
        } else {
            hourly.insert(time, (temperature_c, row));
        }
    }
    hourly
}

/// Reads a time such as `2022/9/1 0:00`, or says why it is none.
fn full_hour(text: &str) -> Result<DateTime, String> {
    let parse = || -> Option<(Date, i8, &str)> {
        let (date, time) = text.split_once([' ', 'T'])?;
        let mut parts = date.split(['/', '-']).map(str::parse::<i16>);
        let [year, month, day] = [parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?];
        let date = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
        let (hour, rest) = time.split_once(':')?;
        let hour = hour.parse().ok().filter(|hour| (0..24).contains(hour))?;
        parts.next().is_none().then_some((date, hour, rest))
    };
    match parse() {
        Some((date, hour, "00" | "00:00")) => Ok(date.at(hour, 0, 0, 0)),
        Some(_) => Err(format!("{text} is not on the hour")),
        None => Err(format!("{text:?} is not a time such as 2022/9/1 0:00")),
    }
}

/// Remarks on rows between readings that say something of their own.
fn note_changes(read: &Readings, between: &Readings, findings: &mut Findings) {
    let repeats = |at: DateTime, temperature_c: f64| {
        let last = read.range(..at).next_back().or_else(|| read.first_key_value());
        last.is_some_and(|(_, (reading_c, _))| *reading_c == temperature_c)
    };
    let mut changes = between.iter().filter(|(at, (temperature_c, _))| !repeats(**at, *temperature_c)).peekable();
    if let Some((_, (_, row))) = changes.peek() {
        let (row, count) = (*row, changes.count());
        let text = format!("differs from the last reading, here and in {} more rows that are left out", count - 1);
        findings.note(row.remark("T", text));
    }
}

/// The temperature at each hour for which there is one: as read, or on a straight line between two readings.
fn by_hour(read: &Readings, is_read: impl Fn(DateTime) -> bool, findings: &mut Findings) -> BTreeMap<DateTime, f64> {
    let mut filled: BTreeMap<DateTime, f64> =
        read.iter().map(|(at, (temperature_c, _))| (*at, *temperature_c)).collect();
    let hour = |at: DateTime, hours: i64| at.saturating_add(hours.hours());
    for ((from, (from_c, _)), (to, (to_c, row))) in read.iter().zip(read.iter().skip(1)) {
        let apart_h = to.duration_since(*from).as_hours();
        let lacking = (1..apart_h).filter(|hours| is_read(hour(*from, *hours))).count();
        let said = format!("{lacking} missing between {from} and {to}");
        if apart_h > INTERPOLATED_H + 1 {
            findings.bad(row.remark("T", format!("{said}: more than {INTERPOLATED_H} h are not interpolated")));
            continue;
        }
        if lacking > 0 {
            findings.note(row.remark("T", format!("{said}, interpolated")));
        }
        for hours in 1..apart_h {
            filled.insert(hour(*from, hours), from_c + (to_c - from_c) * hours as f64 / apart_h as f64);
        }
    }
    let (Some((first, (first_c, first_row))), Some((last, (last_c, last_row)))) =
        (read.first_key_value(), read.last_key_value())
    else {
        return filled;
    };
    let (before_h, after_h) = (i64::from(first.hour()), 23 - i64::from(last.hour()));
    let edges = [
        (before_h, -1, *first, *first_c, first_row, "before the first"),
        (after_h, 1, *last, *last_c, last_row, "after the last"),
    ];
    for (lacking_h, direction, at, temperature_c, row, which) in edges.into_iter().filter(|edge| edge.0 > 0) {
        let said = format!("{lacking_h} h of {} are {which} reading", at.date());
        if lacking_h > INTERPOLATED_H {
            findings.bad(row.remark("T", format!("{said}: more than {INTERPOLATED_H} h are not filled")));
            continue;
        }
        findings.note(row.remark("T", format!("{said}, which stands for them")));
        filled.extend((1..=lacking_h).map(|hours| (hour(at, direction * hours), temperature_c)));
    }
    filled
}

/// The days with a temperature at every hour.
fn whole_days(by_hour: &BTreeMap<DateTime, f64>) -> BTreeMap<Date, Vec<f64>> {
    let mut days = BTreeMap::<Date, Vec<f64>>::new();
    for (at, temperature_c) in by_hour {
        days.entry(at.date()).or_default().push(*temperature_c);
    }
    days.retain(|_, values| values.len() == 24);
    days
}

/// Names the source, and what was done to its readings.
fn source(options: &WeatherDaysArgs) -> String {
    let hours: Vec<String> = options.read_at.iter().map(u8::to_string).collect();
    let between = if hours.is_empty() {
        String::new()
    } else {
        let hours = hours.join(", ");
        format!("; read at {hours} o'clock and interpolated between, where the table repeats the last reading")
    };
    format!("{}: air temperature at 0:00, 1:00, .. 23:00 local time{between}", options.source)
}

/// The rows, in the order of days.
fn rows(days: &BTreeMap<Date, Vec<f64>>) -> Vec<String> {
    let list = |values: &[f64]| values.iter().map(|value| decimal(*value, 1)).collect::<Vec<_>>().join(", ");
    let mut lines = vec!["rows: {".to_owned()];
    lines.extend(days.iter().map(|(date, values)| format!("    \"{date}\": [{}],", list(values))));
    lines.push("},".to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_or_say_what_is_wrong() {
        let expected = Date::constant(2022, 9, 1).at(5, 0, 0, 0);
        for text in ["2022/9/1 5:00", "2022-09-01 05:00", "2022-09-01T05:00:00"] {
            assert_eq!(full_hour(text), Ok(expected), "{text}");
        }
        assert_eq!(full_hour("2022/9/1 5:30"), Err("2022/9/1 5:30 is not on the hour".to_owned()));
        for text in ["", "2022/9/1", "2022/9/31 5:00", "2022/9 5:00", "2022/9/1/2 5:00", "2022/9/1 24:00", "x y:00"] {
            assert_eq!(full_hour(text), Err(format!("{text:?} is not a time such as 2022/9/1 0:00")));
        }
    }
}
