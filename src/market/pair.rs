//! An event and the same day without it: two futures of one past, side by side.
//!
//! Both have the same draws, so what they differ in is what the event did. This is the baseline that no meter can give:
//! the methods of `baseline` are held against it.

use crate::clock::DAY_S;
use crate::fleet::shard::FleetShards;
use crate::fleet::vehicle::VehicleState;
use crate::grid::balance::{StepSums, Sums};
use crate::market::baseline::Day;
use crate::market::conduct::Conductor;
use crate::market::dispatch::Policy;
use crate::market::event::{Event, Participant};
use crate::market::exact::INTERVAL_S as QUARTER_S;
use crate::plan::Plan;
use crate::twin::{Options, Twin};
use std::collections::BTreeMap;

/// Length of a settled interval in s.
const INTERVAL_S: u32 = QUARTER_S as u32;
/// Time before the start and after the recovery that is metered, in s: as far as baselines look.
const BEFORE_S: i64 = 4 * 3_600 + 900;
const AFTER_S: i64 = 3 * 3_600;

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
    /// Whoever carried the event out.
    pub conductor: Conductor,
    /// The twin without the event, at the end.
    pub usual: Twin,
    /// The twin with it.
    pub called: Twin,
    /// The event's day, step by step.
    pub moments: Vec<Moment>,
    /// Quarter-hour loads of each aggregator's invited members from the first midnight of the run, without the event
    /// from its day on, in W; zero where no baseline looks.
    pub usual_w: Vec<Vec<i64>>,
    /// The same with the event.
    pub called_w: Vec<Vec<i64>>,
    /// The days of the run.
    pub days: Vec<Day>,
    /// Energy that each called vehicle's battery did not gain because of the event, at its end, in J.
    pub vehicles_j: BTreeMap<u32, i64>,
    step_s: u32,
}

impl Pair {
    /// Runs the pair. `tick` is told how many steps have been run, of how many.
    ///
    /// The run begins `options.warmup_days` before the event's day, and ends with the day on which the last resource is
    /// back and what comes after can be seen. Returns `None` for a scope that the world does not have.
    pub fn run(
        plan: Plan,
        event: Event,
        policy: Box<dyn Policy>,
        options: &Options,
        mut tick: impl FnMut(u64, u64),
    ) -> Option<Self> {
        let seen_s = crate::market::event::run_second(event.start.date(), event.recovered()) + AFTER_S;
        let options = Options {
            start: Some(event.start.date()),
            days: 1 + u32::try_from(seen_s / i64::from(DAY_S)).unwrap_or(0),
            ..options.clone()
        };
        let mut usual = Twin::new(plan, &options);
        let conductor = Conductor::new(event, policy, &mut usual)?;
        let warmup_s = usual.total_steps() * options.step_s - options.days * DAY_S;
        let mut meters = Meters::new(&conductor, usual.total_steps() * options.step_s);
        let total = u64::from(usual.total_steps()) + u64::from(options.days * DAY_S / options.step_s);
        while usual.clock().now_s() < warmup_s {
            meters.read(&conductor, &mut usual, None);
            usual.step();
            tick(u64::from(usual.clock().tick), total);
        }
        usual.warm_up();
        let called = usual.fork();
        let calendar = usual.calendar();
        let day = |index: u32| Day {
            workday: calendar.day(index).kind == crate::clock::DayKind::Workday,
            event: index * DAY_S >= warmup_s,
        };
        let days = (0..calendar.len() as u32).map(day).collect();
        let mut pair = Self {
            conductor,
            usual,
            called,
            moments: Vec::new(),
            usual_w: Vec::new(),
            called_w: Vec::new(),
            days,
            vehicles_j: BTreeMap::new(),
            step_s: options.step_s,
        };
        while !pair.usual.is_over() {
            meters.read(&pair.conductor, &mut pair.usual, Some(&mut pair.called));
            pair.step();
            let done = u64::from(pair.usual.clock().tick) * 2 - u64::from(warmup_s / options.step_s);
            tick(done, total);
        }
        (pair.usual_w, pair.called_w) = (meters.usual_w, meters.called_w);
        Some(pair)
    }

    /// One step of both.
    fn step(&mut self) {
        let at_s = self.usual.clock().now_s();
        self.conductor.before_step(&mut self.called);
        self.usual.step();
        self.called.step();
        let [usual, called] = [&self.usual, &self.called].map(|twin| twin.resource::<StepSums>().city);
        self.moments.push(Moment { at_s, usual, called });
        let end_s = (self.conductor.window_s().1 as u32).next_multiple_of(self.step_s);
        if self.usual.clock().now_s() == end_s {
            let vehicles: Vec<u32> = self
                .conductor
                .standing()
                .calls()
                .filter_map(|(p, _)| if let Participant::Vehicle(row) = p { Some(*row) } else { None })
                .collect();
            let [usual, called] = [&mut self.usual, &mut self.called].map(|twin| energies(twin, &vehicles));
            self.vehicles_j = vehicles.into_iter().zip(usual.into_iter().zip(called).map(|(u, c)| u - c)).collect();
        }
    }
}

/// Energy in the batteries of some vehicles now, in J; their rows rise.
fn energies(twin: &mut Twin, vehicles: &[u32]) -> Vec<i64> {
    let now_s = twin.clock().now_s();
    let w = twin.world_mut();
    let mut states = w.query::<&VehicleState>();
    let states: Vec<&VehicleState> = states.iter(w).collect();
    let shards: &FleetShards = w.resource();
    let energy = |&row: &u32| {
        let s = states[row as usize];
        let taper = shards.0[(row / shards.per()) as usize].tapers.get(s.taper as usize);
        taper.map_or_else(|| s.flat_energy_at(now_s), |taper| taper.energy_at(now_s)).0
    };
    vehicles.iter().map(energy).collect()
}

/// Meters of all aggregators, read once a quarter of an hour in the hours that baselines look at.
struct Meters {
    usual_w: Vec<Vec<i64>>,
    called_w: Vec<Vec<i64>>,
    /// Seconds of a day that are metered.
    hours: core::ops::Range<i64>,
}

impl Meters {
    fn new(conductor: &Conductor, run_s: u32) -> Self {
        let (start_s, end_s) = conductor.window_s();
        let of_day = |s: i64| s.rem_euclid(i64::from(DAY_S));
        let from = of_day(start_s) - BEFORE_S;
        let hours = from..from + BEFORE_S + (end_s - start_s) + AFTER_S + i64::from(conductor.event().recovery_s);
        let series = vec![vec![0; (run_s / INTERVAL_S) as usize]; conductor.aggregators().len()];
        Self { usual_w: series.clone(), called_w: series, hours }
    }

    /// Reads at the beginning of a quarter of an hour, if one begins: a reading stands for its quarter.
    fn read(&mut self, conductor: &Conductor, usual: &mut Twin, called: Option<&mut Twin>) {
        let clock = usual.clock();
        let second = i64::from(clock.now_s() % DAY_S);
        let day = i64::from(DAY_S);
        let wanted = [second - day, second, second + day].iter().any(|s| self.hours.contains(s));
        // In the middle of the quarter, as near as steps allow.
        let middle = (INTERVAL_S / 2) / clock.step_s * clock.step_s;
        if !wanted || clock.now_s() % INTERVAL_S != middle {
            return;
        }
        let slot = (clock.now_s() / INTERVAL_S) as usize;
        let note = |to: &mut Vec<Vec<i64>>, watts: &[i64]| {
            to.iter_mut().zip(watts).for_each(|(series, watts)| series[slot] = *watts);
        };
        let watts = conductor.meters_w(usual);
        note(&mut self.usual_w, &watts);
        let watts = called.map_or(watts, |called| conductor.meters_w(called));
        note(&mut self.called_w, &watts);
    }
}
