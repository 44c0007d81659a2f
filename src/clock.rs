//! Simulated time: whole seconds since the midnight a run begins, and the civil calendar they fall on.
//!
//! Shenzhen keeps China Standard Time, a fixed eight hours ahead of UTC with no summer time, so every civil day has
//! 86,400 seconds and a day index is a plain division.

use bevy_ecs::prelude::Resource;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Seconds in an hour.
pub const HOUR_S: u32 = 3_600;
/// Seconds in a civil day.
pub const DAY_S: u32 = 86_400;

/// What kind of day it is for work, school and trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum DayKind {
    /// Monday to Friday, and weekend days that the State Council makes working days.
    Workday,
    /// A Saturday that is neither a holiday nor a make-up working day.
    Saturday,
    /// A Sunday that is neither a holiday nor a make-up working day.
    Sunday,
    /// A public holiday.
    Holiday,
}

impl DayKind {
    /// All kinds, in order.
    pub const ALL: [Self; 4] = [Self::Workday, Self::Saturday, Self::Sunday, Self::Holiday];

    /// True on working days.
    pub const fn is_workday(self) -> bool {
        matches!(self, Self::Workday)
    }
}

/// One civil day of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Its date.
    pub date: Date,
    /// What kind of day it is.
    pub kind: DayKind,
    /// Day of the year, 1 to 366.
    pub day_of_year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Days since 1970-01-01, which addresses what the weather draws.
    pub unix_day: i32,
}

/// The civil days of a run, by index from its first midnight.
#[derive(Resource, Clone, Debug)]
pub struct Calendar {
    first: Date,
    utc_offset_s: i64,
    days: Vec<Day>,
}

impl Calendar {
    /// A calendar of `days` days from `first`; `special` overrides the kind of single dates.
    pub fn new(first: Date, days: usize, utc_offset_s: i64, special: &BTreeMap<Date, DayKind>) -> Self {
        let days = first.series(jiff::Span::new().days(1)).take(days).map(|date| day_of(date, special)).collect();
        Self { first, utc_offset_s, days }
    }

    /// The day a second of the run falls on. Past the last day it is the last day.
    pub fn day_at(&self, now_s: u32) -> &Day {
        self.day(now_s / DAY_S)
    }

    /// The day with an index. Past the last day it is the last day.
    pub fn day(&self, index: u32) -> &Day {
        &self.days[(index as usize).min(self.days.len() - 1)]
    }

    /// How many days there are.
    pub fn len(&self) -> usize {
        self.days.len()
    }

    /// True when there is no day, which no run has.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// The date of second zero.
    pub fn first(&self) -> Date {
        self.first
    }

    /// Seconds since 1970-01-01 00:00 UTC of a second of the run.
    pub fn unix_s(&self, now_s: u32) -> i64 {
        i64::from(self.days[0].unix_day) * i64::from(DAY_S) - self.utc_offset_s + i64::from(now_s)
    }

    /// Local civil time as `2024-07-25T13:35` (seconds are added when they are not zero).
    pub fn civil(&self, now_s: u32) -> String {
        let date = self.first.saturating_add(jiff::Span::new().days(i64::from(now_s / DAY_S)));
        let (h, m, s) = (now_s % DAY_S / HOUR_S, now_s % HOUR_S / 60, now_s % 60);
        if s == 0 { format!("{date}T{h:02}:{m:02}") } else { format!("{date}T{h:02}:{m:02}:{s:02}") }
    }
}

fn day_of(date: Date, special: &BTreeMap<Date, DayKind>) -> Day {
    let by_week = match date.weekday() {
        Weekday::Saturday => DayKind::Saturday,
        Weekday::Sunday => DayKind::Sunday,
        _ => DayKind::Workday,
    };
    Day {
        date,
        kind: special.get(&date).copied().unwrap_or(by_week),
        day_of_year: date.day_of_year() as u16,
        month: date.month() as u8,
        unix_day: unix_day(date),
    }
}

/// Days from 1970-01-01 to a date.
pub fn unix_day(date: Date) -> i32 {
    (date - Date::constant(1970, 1, 1)).get_days()
}

/// The clock of a run: where the present step begins and how long it is.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Index of the present step from the run's first midnight.
    pub tick: u32,
    /// Length of a step in seconds; divides a day.
    pub step_s: u32,
}

impl Clock {
    /// First second of the present step.
    pub const fn now_s(&self) -> u32 {
        self.tick * self.step_s
    }

    /// First second of the next step.
    pub const fn end_s(&self) -> u32 {
        self.now_s() + self.step_s
    }

    /// The middle of the step, at which slowly moving inputs (weather, sun, load shapes) are read.
    pub const fn middle_s(&self) -> u32 {
        self.now_s() + self.step_s / 2
    }

    /// True when the present step is the first that begins at or after a multiple of `period_s`.
    pub const fn begins(&self, period_s: u32) -> bool {
        self.now_s() % period_s < self.step_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> Calendar {
        let special = BTreeMap::from([
            (Date::constant(2024, 10, 1), DayKind::Holiday),
            (Date::constant(2024, 9, 29), DayKind::Workday),
        ]);
        Calendar::new(Date::constant(2024, 9, 28), 5, 8 * 3_600, &special)
    }

    #[test]
    fn special_days_override_the_week() {
        let kinds: Vec<_> = (0..5).map(|i| calendar().day(i).kind).collect();
        use DayKind::{Holiday, Saturday, Workday};
        assert_eq!(kinds, [Saturday, Workday, Workday, Holiday, Workday]);
    }

    #[test]
    fn civil_and_unix_time_agree() {
        let calendar = calendar();
        assert_eq!(calendar.civil(DAY_S + 13 * HOUR_S + 35 * 60), "2024-09-29T13:35");
        // 2024-09-28 00:00 +08:00 is 2024-09-27 16:00 UTC.
        assert_eq!(calendar.unix_s(0), 1_727_452_800);
    }

    #[test]
    fn a_long_step_still_begins_each_period_once() {
        let hits = (0..24).filter(|&tick| Clock { tick, step_s: 3_600 }.begins(900)).count();
        assert_eq!(hits, 24);
        let hits = (0..1_440).filter(|&tick| Clock { tick, step_s: 60 }.begins(900)).count();
        assert_eq!(hits, 96);
    }
}
