//! The form of a typical year that the Modelica Buildings library reads: header in comments, fields apart by tabs,
//! time in seconds since the start of the year.

use super::{EXTRATERRESTRIAL, GLOBAL, HOURS, HUMIDITY, Reader, Site, TEMPERATURE, WIND, lossy};
use crate::problem::Failure;
use crate::table::real;

/// Seconds in an hour.
const HOUR_S: f64 = 3_600.0;
/// The time.
const BEFORE_WEATHER: usize = 1;

impl Reader<'_> {
    /// Reads the comments and rows of a `.mos` file.
    pub(super) fn mos(&mut self, lines: &[(u64, &[u8])]) -> Result<Site, Failure> {
        let (comments, rest): (Vec<_>, Vec<_>) = lines.iter().copied().partition(|(_, line)| line.starts_with(b"#"));
        let mut location = comments.iter().map(|(number, line)| (*number, lossy(line)));
        let location = location.find(|(_, line)| line.starts_with("#LOCATION"));
        let Some((number, location)) = location else {
            return Err(self.unusable(1, "header: expected a comment \"#LOCATION,...\""));
        };
        let site = self.site(number, &location)?;
        self.check_column_comments(&comments)?;
        let mut rows = rest.into_iter().filter(|(_, line)| !line.is_empty());
        match rows.next() {
            Some((_, line)) if line.starts_with(b"double ") => {}
            found => {
                let number = found.map_or(lines.len() as u64, |(number, _)| number);
                return Err(self.unusable(number, "header: expected the declaration \"double tab1(rows,columns)\""));
            }
        }
        let mut start = None;
        for (number, line) in rows {
            let Some(fields) = self.fields(number, line, |line| line.split_whitespace().collect(), BEFORE_WEATHER)
            else {
                continue;
            };
            match self.mos_time(number, fields[0]) {
                Some(0) if start.is_none() => start = Some((number, line)),
                Some(0) => self.bad(number, 1, "time: 0 s occurs again"),
                Some(hours) => self.row(number, hours - 1, &fields, BEFORE_WEATHER),
                None => {}
            }
        }
        if let Some((number, line)) = start {
            self.start_of_year(number, line);
        }
        Ok(site)
    }

    /// What the comments `#C1 ...` say about the columns must be what is read from them.
    fn check_column_comments(&mut self, comments: &[(u64, &[u8])]) -> Result<(), Failure> {
        let columns = [(1, "time in seconds")].into_iter().chain(
            [TEMPERATURE, HUMIDITY, EXTRATERRESTRIAL, GLOBAL, WIND].map(|quantity| {
                // Buildings writes "Dry bulb temperature".
                let name = if quantity.index == 0 { "dry bulb temperature" } else { quantity.name };
                (quantity.index + 2, name)
            }),
        );
        for (column, name) in columns {
            let tag = format!("#C{column} ");
            let found = comments.iter().find(|(_, line)| line.starts_with(tag.as_bytes()));
            let Some((number, line)) = found else {
                return Err(self.unusable(1, format!("header: no comment \"{tag}...\" that names the column {name}")));
            };
            let text = lossy(&line[tag.len()..]);
            if !text.to_ascii_lowercase().starts_with(name) {
                return Err(self.unusable(*number, format!("header: column {column} is {text:?}; expected {name}")));
            }
        }
        Ok(())
    }

    /// The time of a `.mos` row in whole hours since the start of the year.
    fn mos_time(&mut self, line: u64, text: &str) -> Option<usize> {
        let end_s = HOURS as f64 * HOUR_S;
        let time_s = real(text, &(0.0..=end_s)).map_err(|text| self.bad(line, 1, format!("time: {text}"))).ok()?;
        // Converters print times with six digits, which leaves some a few seconds off.
        let hours = libm::rint(time_s / HOUR_S);
        if (time_s - hours * HOUR_S).abs() > 60.0 {
            self.bad(line, 1, format!("time: {text} s is not a whole hour"));
            return None;
        }
        Some(hours as usize)
    }

    /// Uses the row at 0 s for the last hour of the year if the file does not reach that hour.
    fn start_of_year(&mut self, number: u64, line: &[u8]) {
        let Some(fields) = self.fields(number, line, |line| line.split_whitespace().collect(), BEFORE_WEATHER) else {
            return;
        };
        if self.lines[HOURS - 1] == 0 {
            self.row(number, HOURS - 1, &fields, BEFORE_WEATHER);
            self.note(number, "time: the file ends at 31,532,400 s; the row at 0 s stands in for the year's last hour");
        } else {
            self.note(number, "time: the row at 0 s is not used; the file has the year's last hour at 31,536,000 s");
        }
    }
}
