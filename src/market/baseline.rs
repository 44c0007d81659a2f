//! Baselines: what a party would have drawn without the event, as a settlement rule guesses it from the meter.
//!
//! A baseline is a guess, and each rule guesses wrong in its own way. The twin also knows what really would have
//! happened (the same seed without the event), so [`score`] measures each rule's error, and [`gaming`] what a party
//! gains that bends its load to bend the guess.
//!
//! The rules are those of China's provinces (Jiangsu and Beijing, 2015, as told by chinasmartgrid.com.cn on
//! 2015-10-19) and of North America. Shenzhen's own formula of 2023 is not public.
//!
//! Everything is whole watts, as mean power of a quarter of an hour. A mean or a scaling is taken exactly and rounded
//! once, to the nearest watt, halves away from zero. Loads may be negative: a party may feed in.

pub mod gaming;
mod history;
mod same_day;
pub mod score;

pub use crate::market::exact::{INTERVAL_S, MAX_POWER_W};

use serde::{Deserialize, Serialize};

/// Intervals in an hour.
pub const PER_HOUR: u32 = 4;
/// Intervals in a day.
pub const PER_DAY: u32 = 96;
/// How many days before the event are searched for normal ones (assumption: the published rules say that days are
/// refilled, not from how far back; the California operator looks back over 45 days).
pub const LOOK_BACK_DAYS: u32 = 45;
/// How far the day-of adjustment may scale, in percent to either side (`ConEdison` and NYISO; California between 20
/// and 40).
pub const ADJUST_CAP_PERCENT: i64 = 20;

/// What a baseline must know of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// A working day. The published rules know no others; who wants to judge an event on a weekend day by weekend
    /// days says here whether the day is of the event day's kind.
    pub workday: bool,
    /// Whether an event was called on it: its load is then not what the party does of itself.
    pub event: bool,
}

impl Day {
    /// True if a history method may use the day.
    pub const fn is_normal(self) -> bool {
        self.workday && !self.event
    }
}

/// The metered load of a party, or the sum of several.
#[derive(Clone, Copy, Debug)]
pub struct Meter<'a> {
    /// Mean power in W of each interval without a gap, from the midnight that begins the first of `days`; positive is
    /// drawn from the grid. It need not reach the event, if the method does not look there.
    pub load_w: &'a [i64],
    /// The days of the series, in order, at least up to the day before the event.
    pub days: &'a [Day],
}

/// Intervals `begin..end` of a series, counted from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first interval.
    pub begin: u32,
    /// The interval after the last.
    pub end: u32,
}

/// Whether the load shortly before the event moves a history baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Adjust {
    /// It does not.
    None,
    /// Day-of adjustment (`ConEdison`, NYISO, California): the baseline is scaled by the event day's load over the
    /// baseline's own, both in the hours from four to two before the event, by at most [`ADJUST_CAP_PERCENT`].
    ///
    /// Where loads are negative a ratio has no meaning (more sun would raise an evening's load), so the rule is kept
    /// in the form `b + c |b|`, where `c` is the change of load over the size of the baseline, `(E - B) / |B|`, held
    /// at the cap. For positive loads this is the ratio. For all loads more load before the event never means a lower
    /// baseline, and a baseline moves by at most the cap. If the baseline's load before the event is zero, any change
    /// moves it by the cap.
    DayOf,
}

/// A rule for the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Method {
    /// Jiangsu, day-ahead events: the mean of the last five normal working days, interval by interval.
    LastFive(Adjust),
    /// Beijing: of ten normal working days, the mean of the five with the highest load, interval by interval.
    ///
    /// The window is 2 to 12 days before; weekends, holidays and event days drop out and are refilled from further
    /// back. So the ten are the latest normal days, the day before the event left out. Days are ranked by their
    /// energy over the event's own intervals, since a day whose load is high at night says nothing of the evening
    /// that is settled (assumption: the text says "highest load"; the American forms of the rule rank in this way).
    /// Of equal days the later counts as the higher. Highest is meant with its sign, so the rule leans upwards:
    /// generous to a reduction, mean to an increase.
    HighFiveOfTen(Adjust),
    /// Jiangsu, real-time events: the load just before the control begins, held for the whole event. The text names
    /// the point 15 minutes before; on a meter of mean powers that is the last quarter of an hour.
    QuarterBefore,
    /// PJM, same day (3 + 2): the mean of three hours before and two hours after, held for the whole event. The hour
    /// next to the event is skipped on both sides (rtowww.com 23098: an event in hours ending 13 to 17 takes hours
    /// ending 9 to 11 and 19 to 20).
    ThreePlusTwo,
}

impl Method {
    /// Every rule, in a fixed order.
    pub const ALL: [Self; 6] = [
        Self::LastFive(Adjust::None),
        Self::LastFive(Adjust::DayOf),
        Self::HighFiveOfTen(Adjust::None),
        Self::HighFiveOfTen(Adjust::DayOf),
        Self::QuarterBefore,
        Self::ThreePlusTwo,
    ];

    /// The rule's name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LastFive(Adjust::None) => "last-5",
            Self::LastFive(Adjust::DayOf) => "last-5-adjusted",
            Self::HighFiveOfTen(Adjust::None) => "high-5-of-10",
            Self::HighFiveOfTen(Adjust::DayOf) => "high-5-of-10-adjusted",
            Self::QuarterBefore => "quarter-before",
            Self::ThreePlusTwo => "same-day-3+2",
        }
    }
}

/// Why there is no baseline, or no score of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// An event without an interval, or one longer than a day, which would look into itself.
    #[error("the event runs from interval {begin} to {end}: it must have at least 1 interval and at most 96")]
    Event {
        /// Its first interval.
        begin: u32,
        /// The interval after its last.
        end: u32,
    },
    /// Too short a history.
    #[error("{found} of the {searched} days before the event are normal working days, {needed} are needed")]
    TooFewDays {
        /// How many normal days there are.
        found: u32,
        /// How many the rule needs.
        needed: u32,
        /// How many days were looked at.
        searched: u32,
    },
    /// A day before the event whose kind nobody has said.
    #[error("the kind of {known} days is known, {needed} are needed before the event")]
    UnknownDays {
        /// Days given.
        known: u32,
        /// Days before the event's own.
        needed: u32,
    },
    /// The series begins too late or ends too early.
    #[error("loads of intervals {from} to {to} are needed, the series has {have} intervals")]
    OutsideSeries {
        /// First interval needed; negative if before the series.
        from: i64,
        /// The interval after the last needed.
        to: i64,
        /// Length of the series.
        have: usize,
    },
    /// A load that no party has.
    #[error("a load of {load_w} W is beyond {MAX_POWER_W} W to either side")]
    TooLarge {
        /// The load at fault.
        load_w: i64,
    },
    /// Series that should be as long as one another.
    #[error("{wanted} values are needed, one per interval of the event, but there are {found}")]
    Lengths {
        /// Intervals.
        wanted: usize,
        /// Values.
        found: usize,
    },
}

impl Window {
    /// Number of intervals; zero if it ends before it begins.
    pub const fn len(self) -> u32 {
        self.end.saturating_sub(self.begin)
    }

    /// True without an interval.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// An event has an interval, and is not so long that the day before would look into it.
    const fn check(self) -> Result<(), BaselineError> {
        if self.is_empty() || self.len() > PER_DAY {
            return Err(BaselineError::Event { begin: self.begin, end: self.end });
        }
        Ok(())
    }
}

impl<'a> Meter<'a> {
    /// The loads of intervals `from..to`.
    fn loads(self, from: i64, to: i64) -> Result<&'a [i64], BaselineError> {
        let outside = || BaselineError::OutsideSeries { from, to, have: self.load_w.len() };
        let range = usize::try_from(from).map_err(|_| outside())?..usize::try_from(to).map_err(|_| outside())?;
        let loads = self.load_w.get(range).ok_or_else(outside)?;
        loads.iter().try_for_each(|&w| sane(w))?;
        Ok(loads)
    }

    /// The sum of the loads of intervals `from..to` in W.
    fn sum_w(self, from: i64, to: i64) -> Result<i128, BaselineError> {
        Ok(self.loads(from, to)?.iter().map(|&w| i128::from(w)).sum())
    }
}

/// A load within [`MAX_POWER_W`].
const fn sane(load_w: i64) -> Result<(), BaselineError> {
    if load_w > MAX_POWER_W || load_w < -MAX_POWER_W { Err(BaselineError::TooLarge { load_w }) } else { Ok(()) }
}

/// The baseline of an event in W, one value per interval of it.
///
/// An event may run past midnight, and so may the hours a rule looks at; a day of the history is the one on which the
/// same interval begins. Rules that do not look at the event day's load need none.
///
/// # Errors
/// Too few normal days, a series or a list of days that does not reach far enough, a load beyond [`MAX_POWER_W`], or
/// an event without an interval or longer than a day.
pub fn baseline_w(meter: Meter<'_>, event: Window, method: Method) -> Result<Vec<i64>, BaselineError> {
    event.check()?;
    match method {
        Method::LastFive(adjust) => history::mean_of(meter, event, &history::last_five(meter, event)?, adjust),
        Method::HighFiveOfTen(adjust) => history::mean_of(meter, event, &history::high_five(meter, event)?, adjust),
        Method::QuarterBefore => same_day::quarter_before(meter, event),
        Method::ThreePlusTwo => same_day::three_plus_two(meter, event),
    }
}

#[cfg(test)]
pub(crate) mod fixture;

#[cfg(test)]
mod tests;
