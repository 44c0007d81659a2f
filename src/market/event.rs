//! A response event of the virtual power plant: what is asked of whom, when, and what is paid for it.
//!
//! ```text
//! Event ─► Book ─► ruling event of a resource ─► participants go through their stages ─► Log
//!          versions, cancellations, priorities
//! ```
//!
//! The record is the one of section 7 of the city's fact sheet: id, version, issuer, scope, direction, power by
//! interval, notice, start, ramp, recovery, price, cap, baseline and response class. Times are local civil times, for
//! the city keeps one offset from UTC all year. Powers are what is asked at the grid, never negative: the direction
//! says which way.

mod book;
mod log;
mod rules;
mod scope;
mod stage;

pub use book::{Book, Cancellation, EventNo, Refusal, Taken};
pub use log::{Entry, Log, LogError, Participant};
pub use rules::{
    CLASS_NOTICE_S, ENERGY_J_MAX, Fault, ID_CHARS_MAX, INTERVALS_MAX, LISTED_MAX, MONEY_MAX, NAME_CHARS_MAX,
    PERIOD_S_MAX, POWER_W_MAX, TOTAL_S_MAX, YEARS, drop_out, id, invited, lead, name, reach_of_time, shape,
};
pub use scope::{Node, Reach, Scope};
pub use stage::{Cause, Stage};

use crate::market::baseline::Method;
use crate::market::resource::{Direction, ResourceKind, ResponseClass};
use crate::market::settlement::Price;
use crate::units::{Energy, Money, Power};
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Parts of a whole that a share is counted in.
pub const PARTS_PER_MILLION: u32 = 1_000_000;

/// How soon after it is called a resource must answer, or that it is not asked at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CallClass {
    /// Called on a day before.
    DayAhead,
    /// Called at least an hour ahead.
    Hour,
    /// Called at least a minute ahead.
    Minute,
    /// Called with seconds to go.
    Second,
    /// Controlled by the centre itself, without asking, and also where others wait for a gun: equipment comes first.
    Direct,
}

impl CallClass {
    /// All classes, the slowest first.
    pub const ALL: [Self; 5] = [Self::DayAhead, Self::Hour, Self::Minute, Self::Second, Self::Direct];

    /// The name used in event files and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DayAhead => "DayAhead",
            Self::Hour => "Hour",
            Self::Minute => "Minute",
            Self::Second => "Second",
            Self::Direct => "Direct",
        }
    }

    /// The class of response whose capability can be called so; direct control reaches what answers within a minute.
    pub const fn response(self) -> ResponseClass {
        match self {
            Self::DayAhead => ResponseClass::DayAhead,
            Self::Hour => ResponseClass::Hour,
            Self::Minute => ResponseClass::Minute,
            Self::Second | Self::Direct => ResponseClass::Second,
        }
    }

    /// The slowest class that a call with so much notice keeps. It is never [`Self::Direct`], which is a contract.
    pub fn of_lead(notice: DateTime, start: DateTime) -> Self {
        let slow = [Self::DayAhead, Self::Hour, Self::Minute];
        slow.into_iter().find(|&class| lead(class, notice, start, 0).is_empty()).unwrap_or(Self::Second)
    }
}

/// Power asked for some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// How long, in s, at least 1.
    pub duration_s: u32,
    /// Change of power that is asked, in the direction of the event; never negative. Zero is a pause.
    pub power: Power,
}

/// What is paid for a kilowatt-hour; never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// To the operator for energy delivered.
    pub operator: Price,
    /// By the operator to the owner of a vehicle that discharges.
    pub owner_discharge: Price,
    /// By the operator to the owner of a vehicle that charges at another time.
    pub owner_shift: Price,
}

/// The most that is paid for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// Most energy, if there is a limit.
    pub energy: Option<Energy>,
    /// Most money to operators, if there is a limit.
    pub money: Option<Money>,
}

/// Who is invited, of those in scope.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// Kinds of resources. If there is none, all kinds are.
    pub kinds: BTreeSet<ResourceKind>,
    /// Names of aggregators. If there is none, all are.
    pub aggregators: BTreeSet<String>,
    /// Share of the resources, in millionths, if not all.
    pub share_ppm: Option<u32>,
    /// Vehicles, at most.
    pub vehicles: Option<u32>,
    /// Vehicles that discharge, at most; they are among the vehicles.
    pub discharging: Option<u32>,
    /// Stations, at most.
    pub stations: Option<u32>,
}

/// For a drill: an aggregator that neither hears nor reports for a while.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DropOut {
    /// Its name.
    pub aggregator: String,
    /// From when.
    pub from: DateTime,
    /// Until when; if nothing is said, for good.
    pub until: Option<DateTime>,
}

/// A response event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its name: 1 to 128 letters of ASCII, digits, `-` and `_`, which is what OpenADR allows of an id.
    pub id: String,
    /// Version, from 1. A higher one replaces a lower one.
    pub version: u32,
    /// Who calls it.
    pub issuer: String,
    /// Where.
    pub scope: Scope,
    /// Which way.
    pub direction: Direction,
    /// How soon resources must answer.
    pub class: CallClass,
    /// Rank among events that want the same resource: the lowest number is served first, as in OpenADR and in the
    /// primacy of IEEE 2030.5.
    pub priority: u8,
    /// When this version is announced.
    pub notice: DateTime,
    /// When power is first asked.
    pub start: DateTime,
    /// What is asked, one interval after another from the start.
    pub intervals: Vec<Interval>,
    /// Time from the start within which all of the power must be there, in s.
    pub ramp_s: u32,
    /// Time after the end over which resources come back, in s.
    pub recovery_s: u32,
    /// Most that a resource may begin earlier or later than the start, so that not all begin at once, in s.
    pub randomise_start_s: u32,
    /// What is paid.
    pub prices: Prices,
    /// The most that is paid for.
    pub cap: Cap,
    /// How delivery is measured.
    pub baseline: Method,
    /// Who is invited.
    pub invited: Invited,
    /// Who drops out, for a drill, in order.
    pub drop_outs: Vec<DropOut>,
}

impl Event {
    /// How long power is asked for, in s.
    pub fn total_s(&self) -> i64 {
        self.intervals.iter().map(|interval| i64::from(interval.duration_s)).sum()
    }

    /// When the last interval ends.
    pub fn end(&self) -> DateTime {
        after(self.start, self.total_s())
    }

    /// When the last resource is back.
    pub fn recovered(&self) -> DateTime {
        after(self.end(), i64::from(self.recovery_s))
    }

    /// Power that is asked at an instant; zero before the start and from the end on.
    pub fn power_at(&self, at: DateTime) -> Power {
        let mut left_s = seconds_between(self.start, at);
        for interval in &self.intervals {
            if (0..i64::from(interval.duration_s)).contains(&left_s) {
                return interval.power;
            }
            left_s -= i64::from(interval.duration_s);
        }
        Power::ZERO
    }

    /// Energy that is asked over all intervals: exact.
    ///
    /// An event that keeps the [rules](Self::faults) asks for less than an [`Energy`] holds.
    pub fn energy(&self) -> Energy {
        self.intervals.iter().map(|interval| interval.power.over(i64::from(interval.duration_s))).sum()
    }

    /// Greatest power that is asked.
    pub fn peak(&self) -> Power {
        self.intervals.iter().map(|interval| interval.power).max().unwrap_or_default()
    }

    /// Asks for nothing from an instant on.
    pub fn cut(&mut self, at: DateTime) {
        let mut left_s = seconds_between(self.start, at).max(0);
        for interval in &mut self.intervals {
            let length_s = left_s.min(i64::from(interval.duration_s));
            interval.duration_s = length_s as u32;
            left_s -= length_s;
        }
        self.intervals.retain(|interval| interval.duration_s > 0);
    }

    /// True from the start until the last resource is back.
    pub fn runs_at(&self, at: DateTime) -> bool {
        self.start <= at && at < self.recovered()
    }

    /// Whether an aggregator neither hears nor reports at an instant.
    pub fn is_dropped_out(&self, aggregator: &str, at: DateTime) -> bool {
        let holds = |d: &DropOut| d.aggregator == aggregator && d.from <= at && d.until.is_none_or(|until| at < until);
        self.drop_outs.iter().any(holds)
    }
}

/// An instant some seconds after another (or before it, if they are negative), held within the calendar.
pub fn after(at: DateTime, seconds: i64) -> DateTime {
    at.saturating_add(SignedDuration::from_secs(seconds))
}

/// Seconds from one instant to another; negative if the other is earlier. Fractions of a second are dropped.
pub fn seconds_between(from: DateTime, to: DateTime) -> i64 {
    to.duration_since(from).as_secs()
}

/// Seconds of an instant from the midnight a run begins on; negative before it.
pub fn run_second(first: Date, at: DateTime) -> i64 {
    seconds_between(first.to_datetime(jiff::civil::Time::midnight()), at)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::clock::HOUR_S;
    use crate::market::baseline::Adjust;
    use jiff::civil::datetime;

    /// The event of 15 May 2024 as it was reported, for tests.
    pub(crate) fn may_event() -> Event {
        Event {
            id: "2024-05-15".to_owned(),
            version: 1,
            issuer: "Shenzhen".to_owned(),
            scope: Scope::City,
            direction: Direction::Reduce,
            class: CallClass::DayAhead,
            priority: 5,
            notice: datetime(2024, 5, 14, 17, 0, 0, 0),
            start: datetime(2024, 5, 15, 13, 30, 0, 0),
            intervals: vec![Interval { duration_s: HOUR_S, power: Power::from_kw(4_389.0) }],
            ramp_s: 60,
            recovery_s: HOUR_S,
            randomise_start_s: 0,
            prices: Prices {
                operator: Price(5_000_000),
                owner_discharge: Price(4_000_000),
                owner_shift: Price(800_000),
            },
            cap: Cap::default(),
            baseline: Method::LastFive(Adjust::None),
            invited: Invited {
                kinds: BTreeSet::from([ResourceKind::Charging, ResourceKind::V2g]),
                vehicles: Some(1_473),
                discharging: Some(53),
                stations: Some(500),
                ..Invited::default()
            },
            drop_outs: Vec::new(),
        }
    }

    #[test]
    fn the_may_event_asks_for_what_was_delivered() {
        let event = may_event();
        assert_eq!(event.energy(), Energy::from_kwh(4_389.0));
        assert_eq!(event.end(), datetime(2024, 5, 15, 14, 30, 0, 0));
        assert_eq!(event.recovered(), datetime(2024, 5, 15, 15, 30, 0, 0));
        assert_eq!(run_second(Date::constant(2024, 5, 15), event.start), 48_600);
        assert_eq!(run_second(Date::constant(2024, 5, 16), event.start), 48_600 - 86_400);
    }

    #[test]
    fn power_follows_the_intervals_to_the_second() {
        let mut event = may_event();
        event.intervals =
            [(600, 5), (300, 0), (900, 7)].map(|(duration_s, w)| Interval { duration_s, power: Power(w) }).to_vec();
        let at = |s: i64| event.power_at(after(event.start, s)).0;
        assert_eq!([-1, 0, 599, 600, 899, 900, 1_799, 1_800].map(at), [0, 5, 5, 0, 0, 7, 7, 0]);
        assert_eq!(event.energy(), Energy(600 * 5 + 900 * 7));
        assert_eq!(event.peak(), Power(7));
        let runs = |s: i64| event.runs_at(after(event.start, s));
        assert_eq!([-1, 0, 5_399, 5_400].map(runs), [false, true, true, false]);
    }

    #[test]
    fn an_event_that_is_cut_asks_for_what_it_asked_until_then() {
        let mut event = may_event();
        event.intervals =
            [(600, 5), (300, 0), (900, 7)].map(|(duration_s, w)| Interval { duration_s, power: Power(w) }).to_vec();
        for (cut_s, total_s, energy_j) in [(-60, 0, 0), (0, 0, 0), (300, 300, 1_500), (900, 900, 3_000)] {
            let mut cut = event.clone();
            cut.cut(after(event.start, cut_s));
            assert_eq!((cut.total_s(), cut.energy()), (total_s, Energy(energy_j)), "at {cut_s} s");
        }
        let mut whole = event.clone();
        whole.cut(after(event.start, 1_800));
        assert_eq!(whole, event);
    }

    #[test]
    fn names_are_those_of_event_files_and_a_class_follows_from_the_notice() {
        assert!(CallClass::ALL.iter().all(|class| ron::to_string(class).unwrap() == class.name()));
        let start = datetime(2024, 7, 25, 1, 0, 0, 0);
        let class = |lead_s: i64| CallClass::of_lead(after(start, -lead_s), start);
        use CallClass::{DayAhead, Hour, Minute, Second};
        assert_eq!([0, 59, 60, 3_599, 3_600, 3_601].map(class), [Second, Second, Minute, Minute, Hour, DayAhead]);
    }

    #[test]
    fn an_aggregator_is_gone_from_its_first_second_to_its_last() {
        let mut event = may_event();
        let at = |s: i64| after(event.start, s);
        let (from, until) = (at(600), at(1_200));
        event.drop_outs = vec![
            DropOut { aggregator: "a".to_owned(), from, until: Some(until) },
            DropOut { aggregator: "b".to_owned(), from, until: None },
        ];
        let gone = |name: &str| [599, 600, 1_199, 1_200].map(|s| event.is_dropped_out(name, after(event.start, s)));
        assert_eq!(gone("a"), [false, true, true, false]);
        assert_eq!(gone("b"), [false, true, true, true]);
        assert_eq!(gone("c"), [false; 4]);
    }
}
