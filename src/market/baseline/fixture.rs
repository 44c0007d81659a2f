//! Series for tests.

use super::{Day, Meter, PER_DAY};

/// A working day without an event.
pub(crate) const WORK: Day = Day { workday: true, event: false };
/// A day off.
pub(crate) const OFF: Day = Day { workday: false, event: false };
/// A working day with an event.
pub(crate) const CALLED: Day = Day { workday: true, event: true };

/// The interval that begins at an hour of a day.
pub(crate) fn at_hour(day: u32, hour: u32) -> u32 {
    day * PER_DAY + hour * 4
}

/// A series that owns its loads and days.
pub(crate) struct Series {
    pub(crate) load_w: Vec<i64>,
    pub(crate) days: Vec<Day>,
}

impl Series {
    /// Normal working days of one constant load.
    pub(crate) fn flat(days: u32, load_w: i64) -> Self {
        Self { load_w: vec![load_w; (days * PER_DAY) as usize], days: vec![WORK; days as usize] }
    }

    /// Days of constant loads, one load a day.
    pub(crate) fn daily(days: &[(Day, i64)]) -> Self {
        let load_w = days.iter().flat_map(|&(_, w)| [w; PER_DAY as usize]).collect();
        Self { load_w, days: days.iter().map(|d| d.0).collect() }
    }

    /// Sets the loads of intervals `from..to`.
    pub(crate) fn set(&mut self, from: u32, to: u32, load_w: i64) {
        self.load_w[from as usize..to as usize].fill(load_w);
    }

    /// The series as a meter.
    pub(crate) fn meter(&self) -> Meter<'_> {
        Meter { load_w: &self.load_w, days: &self.days }
    }
}
