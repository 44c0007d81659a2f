//! The `EnergyPlus` form of a typical year: comma-separated, eight header records.

use super::{DAYS_IN_MONTHS, MONTH_NAMES, Reader, Site, lossy};
use crate::problem::Failure;
use crate::table::whole;
use std::ops::RangeInclusive;

/// The header records, each on a line of its own.
const RECORDS: [&str; 8] = [
    "LOCATION",
    "DESIGN CONDITIONS",
    "TYPICAL/EXTREME PERIODS",
    "GROUND TEMPERATURES",
    "HOLIDAYS/DAYLIGHT SAVING",
    "COMMENTS 1",
    "COMMENTS 2",
    "DATA PERIODS",
];
/// Year, month, day, hour, minute and the flags of uncertainty.
const BEFORE_WEATHER: usize = 6;

impl Reader<'_> {
    /// Reads the header records and rows of an EPW file.
    pub(super) fn epw(&mut self, lines: &[(u64, &[u8])]) -> Result<Site, Failure> {
        for (index, record) in RECORDS.iter().enumerate() {
            let number = index as u64 + 1;
            let header = lines.get(index).map(|(_, line)| lossy(line)).unwrap_or_default();
            if !header.to_ascii_uppercase().starts_with(record) {
                return Err(self.unusable(number, format!("header: expected the record {record}")));
            }
        }
        let site = self.site(1, &lossy(lines[0].1))?;
        let periods = lossy(lines[7].1);
        if periods.split(',').nth(2).map(str::trim) != Some("1") {
            let problem = self.problem(8, 3, "records per hour: expected 1");
            return Err(Failure::Unusable(problem));
        }
        for (number, line) in &lines[RECORDS.len()..] {
            let Some(fields) =
                self.fields(*number, line, |line| line.split(',').map(str::trim).collect(), BEFORE_WEATHER)
            else {
                continue;
            };
            let Some(hour) = self.epw_hour(*number, &fields) else { continue };
            self.row(*number, hour, &fields, BEFORE_WEATHER);
        }
        Ok(site)
    }

    /// The index of the hour that an EPW row is about.
    fn epw_hour(&mut self, line: u64, fields: &[&str]) -> Option<usize> {
        let mut part = |column: usize, name: &str, range: RangeInclusive<usize>| {
            let value = whole(fields[column - 1]).map(|value| value as usize);
            let value = value.and_then(|value| {
                let (least, most) = (range.start(), range.end());
                if range.contains(&value) { Ok(value) } else { Err(format!("{value} is outside {least} to {most}")) }
            });
            value.map_err(|text| self.bad(line, column, format!("{name}: {text}"))).ok()
        };
        let month = part(2, "month", 1..=12)?;
        let day = part(3, "day", 1..=31)?;
        let hour = part(4, "hour", 1..=24)?;
        let days = DAYS_IN_MONTHS[month - 1];
        if day > days {
            let text = format!("day: {} has {days} days in a typical year, not {day}", MONTH_NAMES[month - 1]);
            self.bad(line, 3, text);
            return None;
        }
        let days_before: usize = DAYS_IN_MONTHS[..month - 1].iter().sum();
        Some((days_before + day - 1) * 24 + hour - 1)
    }
}
