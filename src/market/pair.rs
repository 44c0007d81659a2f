//! An event and the same day without it: two futures of one past, side by side.
//!
//! Both have the same draws, so what they differ in is what the event did. This is the baseline that no meter can give:
//! the methods of `baseline` are held against it.

use crate::clock::DAY_S;
use crate::fleet::shard::FleetShards;
use crate::fleet::vehicle::VehicleState;
use crate::grid::balance::{StepSums, Sums};
use crate::market::baseline::Day;
use crate::market::conduct::{Conductor, HOLD_BACK_S};
use crate::market::desk::{Announcement, Desk, DeskError};
use crate::market::dispatch::Policy;
use crate::market::event::{EventNo, run_second};
use crate::market::exact::INTERVAL_S as QUARTER_S;
use crate::market::resource::Direction;
use crate::network::CityNetwork;
use crate::parallel::rows;
use crate::plan::Plan;
use crate::twin::{Options, Twin};
use jiff::civil::{Date, DateTime};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Length of a settled interval in s.
const INTERVAL_S: u32 = QUARTER_S as u32;
/// Time before the start and after the recovery that is metered, in s: as far as baselines look.
const BEFORE_S: i64 = 4 * 3_600 + 900;
const AFTER_S: i64 = 3 * 3_600;
/// Time after the end that is settled, in s: what comes back is paid for too.
pub const REBOUND_S: i64 = 2 * 3_600;
/// How often meters are read in what is settled, in s: after every step.
const READ_S: u32 = 60;

/// What both cities drew in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// First second of the step.
    pub at_s: u32,
    /// Without the event.
    pub usual: Sums,
    /// With it.
    pub called: Sums,
}

/// An event and its counterfactual.
pub struct Pair {
    /// Whoever carries the events out.
    desk: Desk,
    /// The same without the event; other events go on.
    usual_desk: Desk,
    no: EventNo,
    /// The twin without the event, at the end.
    pub usual: Twin,
    /// The twin with it.
    pub called: Twin,
    /// From the notice on, or from the first midnight of the event's day if that is earlier, step by step.
    pub moments: Vec<Moment>,
    /// Quarter-hour loads of each aggregator's invited members from the first midnight of the run, without the event
    /// from its day on, in W; zero where no baseline looks.
    pub usual_w: Vec<Vec<i64>>,
    /// The same with the event.
    pub called_w: Vec<Vec<i64>>,
    /// The days of the run.
    pub days: Vec<Day>,
    /// Energy that each vehicle's battery did not gain because of the event, at its end, in J: of those that were
    /// called, or had promised.
    pub vehicles_j: BTreeMap<u32, i64>,
    /// Trips that an order or a promise has made impossible.
    pub trips_harmed: u64,
    warmup_s: u32,
    /// True once the batteries of its vehicles have been compared, at the event's end.
    is_judged: bool,
}

impl Pair {
    /// Runs the pair. `tick` is told how many steps have been run, of how many.
    ///
    /// The first announcement is of the event in question; it may be followed by new versions of it, by its
    /// cancellation, and by other events, which go on in both runs. The run begins `options.warmup_days` before the
    /// event's day, and ends with the day on which the last resource is back and what comes after can be seen. With a
    /// network, and a time in s between two solves of it, both runs solve it and keep to what it carries.
    ///
    /// # Errors
    /// If a version does not follow the one before, the world does not have the scope of an event, or the first
    /// announcement is of none.
    pub fn run(
        plan: Plan,
        announcements: Vec<Announcement>,
        policy: &Arc<dyn Policy>,
        options: &Options,
        network: Option<(CityNetwork, u32)>,
        mut tick: impl FnMut(u64, u64),
    ) -> Result<Self, DeskError> {
        let (date, last) = days_of(&announcements).ok_or(DeskError::NoEvent)?;
        let seen_s = run_second(date, last) + AFTER_S;
        let options = Options {
            start: Some(date),
            days: u32::try_from((seen_s + i64::from(DAY_S) - 1) / i64::from(DAY_S)).unwrap_or(1).max(1),
            ..options.clone()
        };
        let mut usual = Twin::new(plan, &options);
        if let Some((network, every_s)) = network {
            usual.carry(network, every_s);
            usual.hold_to_network();
        }
        let mut desk = Desk::new(announcements, policy, &mut usual)?;
        let no = EventNo(0);
        let warmup_s = usual.total_steps() * options.step_s - options.days * DAY_S;
        let notice_s = run_second(usual.calendar().first(), desk.book().versions(no)[0].notice);
        let fork_s = i64::from(warmup_s).min(notice_s);
        let mut meters = Meters::new(desk.conductor(no), usual.total_steps() * options.step_s);
        let before = u64::try_from(fork_s).unwrap_or(0) / u64::from(options.step_s);
        let total = u64::from(usual.total_steps()) * 2 - before;
        while i64::from(usual.clock().now_s()) < fork_s {
            desk.before_step(&mut usual);
            usual.step();
            meters.read(desk.conductor(no), &mut usual, None);
            tick(u64::from(usual.clock().tick), total);
        }
        let called = usual.fork();
        let days = days(&usual, warmup_s);
        let mut pair = Self {
            usual_desk: desk.without(no),
            desk,
            no,
            usual,
            called,
            moments: Vec::new(),
            usual_w: Vec::new(),
            called_w: Vec::new(),
            days,
            vehicles_j: BTreeMap::new(),
            trips_harmed: 0,
            warmup_s,
            is_judged: false,
        };
        while !pair.usual.is_over() {
            pair.step();
            meters.read(pair.desk.conductor(no), &mut pair.usual, Some(&mut pair.called));
            tick(u64::from(pair.usual.clock().tick) * 2 - before, total);
        }
        pair.trips_harmed += pair.called.fleet_counts().trips_harmed;
        [pair.usual_w, pair.called_w] = meters.means();
        Ok(pair)
    }

    /// Whoever carried the event out.
    pub fn conductor(&self) -> &Conductor {
        self.desk.conductor(self.no)
    }

    /// All events of the run.
    pub const fn desk(&self) -> &Desk {
        &self.desk
    }

    /// One step of both.
    fn step(&mut self) {
        let at_s = self.usual.clock().now_s();
        if at_s == self.warmup_s {
            // The books begin with the event's day; what went wrong before is kept.
            self.trips_harmed = self.called.fleet_counts().trips_harmed;
            self.usual.warm_up();
            self.called.warm_up();
        }
        self.desk.before_step(&mut self.called);
        self.usual_desk.before_step(&mut self.usual);
        self.usual.step();
        self.called.step();
        let [usual, called] = [&self.usual, &self.called].map(|twin| twin.resource::<StepSums>().city);
        self.moments.push(Moment { at_s, usual, called });
        let is_over = i64::from(self.usual.clock().now_s()) >= self.conductor().window_s().1;
        if is_over && !core::mem::replace(&mut self.is_judged, true) {
            let vehicles: Vec<u32> = self.conductor().vehicles().into_iter().collect();
            let [usual, called] = [&mut self.usual, &mut self.called].map(|twin| energies(twin, &vehicles));
            self.vehicles_j = vehicles.into_iter().zip(usual.into_iter().zip(called).map(|(u, c)| u - c)).collect();
        }
    }
}

/// The day of the first event, and when the last resource of any of its versions is back.
fn days_of(announcements: &[Announcement]) -> Option<(Date, DateTime)> {
    let event = |one: &Announcement| if let Announcement::Event(event) = one { Some((**event).clone()) } else { None };
    let first = event(announcements.first()?)?;
    let versions = announcements.iter().filter_map(event).filter(|version| version.id == first.id);
    versions.map(|version| version.recovered()).max().map(|last| (first.start.date(), last))
}

/// What baselines know of the days of a run.
fn days(twin: &Twin, warmup_s: u32) -> Vec<Day> {
    let calendar = twin.calendar();
    let day = |index: u32| Day {
        workday: calendar.day(index).kind == crate::clock::DayKind::Workday,
        event: index * DAY_S >= warmup_s,
    };
    (0..calendar.len() as u32).map(day).collect()
}

/// Energy in the batteries of some vehicles now, in J; their rows rise.
fn energies(twin: &mut Twin, vehicles: &[u32]) -> Vec<i64> {
    let now_s = twin.clock().now_s();
    let w = twin.world_mut();
    let mut states = w.query::<&VehicleState>();
    let states = states.query(w);
    let states = rows(&states);
    let shards: &FleetShards = w.resource();
    let energy = |&row: &u32| shards.energy_at(row, &states[row as usize], now_s).0;
    vehicles.iter().map(energy).collect()
}

/// Meters of all aggregators, read in the hours that baselines look at: once a quarter of an hour, and after every step
/// in what is settled.
struct Meters {
    /// Sums of readings without the event and with it, by aggregator and quarter.
    sums_w: [Vec<Vec<i64>>; 2],
    /// Readings by quarter.
    counts: Vec<i64>,
    /// Seconds of a day that are metered.
    hours: core::ops::Range<i64>,
    /// Seconds of the run that are settled.
    settled: core::ops::Range<i64>,
}

impl Meters {
    fn new(conductor: &Conductor, run_s: u32) -> Self {
        let (start_s, end_s) = conductor.window_s();
        let of_day = |s: i64| s.rem_euclid(i64::from(DAY_S));
        let from = of_day(start_s) - BEFORE_S;
        let hours = from..from + BEFORE_S + (end_s - start_s) + AFTER_S + i64::from(conductor.event().recovery_s);
        let quarters = (run_s / INTERVAL_S) as usize;
        let series = vec![vec![0; quarters]; conductor.aggregators().len()];
        let before_s = if conductor.event().direction == Direction::Raise { HOLD_BACK_S } else { 0 };
        let settled = start_s - before_s - QUARTER_S..end_s + REBOUND_S + QUARTER_S;
        Self { sums_w: [series.clone(), series], counts: vec![0; quarters], hours, settled }
    }

    /// Reads after a step, which stands for the quarters that it touches.
    fn read(&mut self, conductor: &Conductor, usual: &mut Twin, called: Option<&mut Twin>) {
        let (step_s, until_s) = (usual.clock().step_s, usual.clock().now_s());
        let from_s = until_s - step_s;
        let (day, second) = (i64::from(DAY_S), i64::from(from_s % DAY_S));
        let settled = self.settled.contains(&i64::from(from_s));
        let wanted = settled || [second - day, second, second + day].iter().any(|s| self.hours.contains(s));
        let every_s = if settled { READ_S } else { INTERVAL_S };
        // A reading for each span, in the step that has its middle.
        let span = |s: u32| (i64::from(s) - 1 - i64::from(every_s / 2)).div_euclid(i64::from(every_s));
        let due = span(until_s) > span(from_s);
        if !wanted || !due {
            return;
        }
        let usual_w = conductor.meters_w(usual);
        let called_w = called.map_or_else(|| usual_w.clone(), |called| conductor.meters_w(called));
        for slot in from_s / INTERVAL_S..until_s.div_ceil(INTERVAL_S) {
            let Some(count) = self.counts.get_mut(slot as usize) else { continue };
            *count += 1;
            for (sums, watts) in self.sums_w.iter_mut().zip([&usual_w, &called_w]) {
                sums.iter_mut().zip(watts).for_each(|(series, watts)| series[slot as usize] += watts);
            }
        }
    }

    /// Means of the readings; zero where none was made.
    fn means(self) -> [Vec<Vec<i64>>; 2] {
        let Self { mut sums_w, counts, .. } = self;
        for series in sums_w.iter_mut().flatten() {
            series.iter_mut().zip(&counts).for_each(|(sum, count)| *sum /= (*count).max(1));
        }
        sums_w
    }
}
