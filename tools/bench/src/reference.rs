//! The reference loop: what a good engineer would write by hand, without an ECS, as the bar voltcity is held to.
//!
//! A city's vehicles stand in plain arrays, one per field, and **every vehicle is stepped in every minute**, whether
//! or not anything happens to it: its state machine (parked, driving, charging, discharging), its battery in whole
//! joules, and its power in whole watts added to its transformer. There is no list of active vehicles, no agenda,
//! no mask and no hand-written vector code; leaving vehicles out is what the engine is measured by. Chance is drawn
//! only where a vehicle decides something, about six times a day.
//!
//! The vehicles are cut into one shard per thread. Each thread adds into a load buffer of its own, and the buffers
//! are merged in shard order after each minute; the sums are integers and the draws are addressed, so the result is
//! the same for any number of threads. Habits are round figures (assumptions) that give transitions and charging
//! energy of a real city's size. Losses are left out: a loop without them is the quicker rival.

mod model;

use model::{DISCHARGE_W, Due, LONGEST_TRIP, Purpose, State, charging_power_w, draws, mix};
use rand::RngExt;
use std::sync::mpsc::channel;
use std::{mem, thread, time::Instant};

/// Vehicles on every three distribution transformers: 1.3 million on 78,000, as in Shenzhen at the end of 2024.
const VEHICLES_PER_THREE_TRANSFORMERS: usize = 50;
/// Length of one step in seconds.
const STEP_S: i32 = 60;

/// What one run of the loop did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ReferenceReport {
    /// Wall-clock seconds of the stepping; making the vehicles and digesting the result are not counted.
    pub(crate) wall_s: f64,
    /// Changes of state, all vehicles together.
    pub(crate) transitions: u64,
    /// Net joules that the batteries took up at chargers; discharging counts negative.
    pub(crate) charged_j: i64,
    /// Greatest net load of the whole city in any minute, in watts; zero if it was never positive.
    pub(crate) peak_w: i64,
    /// Digest of every vehicle's last state, every transformer's peak and the city's load in every minute.
    pub(crate) checksum: u64,
}

/// Steps `vehicles` vehicles from midnight through `minutes` minutes on `threads` threads (zero counts as one).
///
/// All fields of the report but `wall_s` depend on `vehicles`, `minutes` (fewer than four billion) and `seed` only.
pub(crate) fn run(vehicles: usize, minutes: usize, threads: usize, seed: u64) -> ReferenceReport {
    let mut city = City::new(vehicles, threads, seed);
    let start = Instant::now();
    city.run(minutes as u32);
    let wall_s = start.elapsed().as_secs_f64();
    let Tally { transitions, charged_j, .. } = city.tally();
    ReferenceReport { wall_s, transitions, charged_j, peak_w: city.sums.peak_w, checksum: city.checksum() }
}

/// Counts since the start.
#[derive(Clone, Copy, Default)]
struct Tally {
    transitions: u64,
    charged_j: i64,
    driven_j: i64,
}

/// Vehicles with consecutive numbers, one array per field.
#[derive(Default)]
struct Shard {
    seed: u64,
    first: u64,
    state: Vec<State>,
    /// Minute at which the vehicle next decides something.
    until: Vec<u32>,
    /// In 32 bits, which hold batteries up to 596 kWh and halve what a minute reads.
    energy_j: Vec<i32>,
    capacity_j: Vec<i32>,
    /// Power of the vehicle's charger below the taper.
    rate_w: Vec<i32>,
    /// Mean power while driving.
    drive_w: Vec<i32>,
    transformer: Vec<u32>,
    tally: Tally,
}

impl Shard {
    /// Adds a vehicle as it stands at midnight. Its number says nothing of its place: transformers are drawn.
    fn push(&mut self, agent: u64, transformers: usize) {
        let mut draws = draws(self.seed, agent, 0, Purpose::Make);
        let capacity_j = draws.random_range(40..=80) * 3_600_000;
        self.capacity_j.push(capacity_j);
        self.energy_j.push((f64::from(capacity_j) * draws.random_range(0.6..0.98)) as i32);
        self.state.push(if draws.random_bool(0.02) { State::Charging } else { State::Parked });
        self.until.push(draws.random_range(300..600));
        self.rate_w.push(if draws.random_bool(0.25) { 60_000 } else { 7_000 });
        self.drive_w.push(draws.random_range(5_000..=7_000));
        self.transformer.push(draws.random_range(0..transformers as u32));
    }

    /// Steps every vehicle through one minute and sets `load_w` to the shard's part of each transformer's load.
    fn step(&mut self, minute: u32, load_w: &mut [i64]) {
        // Slices of one known length let the compiler drop the bounds checks, and a local tally stays in registers.
        let n = self.state.len();
        let (state, until, energy_j) = (&mut self.state[..n], &mut self.until[..n], &mut self.energy_j[..n]);
        let (capacity_j, rate_w, drive_w) = (&self.capacity_j[..n], &self.rate_w[..n], &self.drive_w[..n]);
        let transformer = &self.transformer[..n];
        let mut tally = self.tally;
        load_w.fill(0);
        for i in 0..n {
            if until[i] <= minute {
                let soc = f64::from(energy_j[i]) / f64::from(capacity_j[i]);
                let can_drive = energy_j[i] >= drive_w[i] * STEP_S * LONGEST_TRIP as i32;
                let agent = self.first + i as u64;
                let due = Due { seed: self.seed, agent, minute, state: state[i], soc, can_drive };
                (state[i], until[i]) = due.decide();
                tally.transitions += u64::from(state[i] != due.state);
            }
            // Most vehicles are parked: a test of its own is predicted better than the jump table of the match.
            if state[i] == State::Parked {
                continue;
            }
            match state[i] {
                State::Parked => {}
                State::Driving => {
                    energy_j[i] -= drive_w[i] * STEP_S;
                    tally.driven_j += i64::from(drive_w[i] * STEP_S);
                }
                State::Charging => {
                    let power_w = charging_power_w(rate_w[i], f64::from(energy_j[i]) / f64::from(capacity_j[i]));
                    energy_j[i] += power_w * STEP_S;
                    tally.charged_j += i64::from(power_w * STEP_S);
                    load_w[transformer[i] as usize] += i64::from(power_w);
                    // From 0.98 the charger is off, and the vehicle stays parked until it leaves.
                    if capacity_j[i] - energy_j[i] <= capacity_j[i] / 50 {
                        state[i] = State::Parked;
                        tally.transitions += 1;
                    }
                }
                State::Discharging => {
                    let power_w = rate_w[i].min(DISCHARGE_W);
                    energy_j[i] -= power_w * STEP_S;
                    tally.charged_j -= i64::from(power_w * STEP_S);
                    load_w[transformer[i] as usize] -= i64::from(power_w);
                    // From 0.4 downwards nothing more is fed back.
                    if energy_j[i] <= capacity_j[i] / 5 * 2 {
                        until[i] = minute + 1;
                    }
                }
            }
        }
        self.tally = tally;
    }
}

/// The transformers' loads in this minute and what is kept of them.
#[derive(Default)]
struct Sums {
    load_w: Vec<i64>,
    transformer_peak_w: Vec<i64>,
    peak_w: i64,
    /// What the transformers together have delivered; a second count of what the batteries took up.
    metered_j: i64,
    digest: u64,
}

impl Sums {
    /// Closes the minute whose loads are complete.
    fn close(&mut self) {
        for (peak, &load) in self.transformer_peak_w.iter_mut().zip(&self.load_w) {
            *peak = load.max(*peak);
        }
        let total_w: i64 = self.load_w.iter().sum();
        self.peak_w = total_w.max(self.peak_w);
        self.metered_j += total_w * i64::from(STEP_S);
        self.digest = mix(self.digest, total_w as u64);
    }
}

/// All shards, and the sums over them.
struct City {
    shards: Vec<Shard>,
    sums: Sums,
}

impl City {
    fn new(vehicles: usize, threads: usize, seed: u64) -> Self {
        let transformers = (vehicles * 3).div_ceil(VEHICLES_PER_THREE_TRANSFORMERS);
        let size = vehicles.div_ceil(threads.max(1)).max(1);
        let shard = |first: usize| {
            let mut shard = Shard { seed, first: first as u64, ..Shard::default() };
            (first..vehicles.min(first + size)).for_each(|agent| shard.push(agent as u64, transformers));
            shard
        };
        let zero = vec![0; transformers];
        let sums = Sums { load_w: zero.clone(), transformer_peak_w: zero, ..Sums::default() };
        Self { shards: (0..vehicles).step_by(size).map(shard).collect(), sums }
    }

    /// Runs the minutes from 0: the first shard on this thread, each other one on a thread of its own, to which its
    /// load buffer travels with the order for a minute and from which it comes back filled.
    fn run(&mut self, minutes: u32) {
        let Some((here, others)) = self.shards.split_first_mut() else { return };
        let sums = &mut self.sums;
        thread::scope(|scope| {
            let mut workers = Vec::new();
            for shard in others {
                let (order, orders) = channel::<(u32, Vec<i64>)>();
                let (load, loads) = channel();
                scope.spawn(move || {
                    for (minute, mut load_w) in orders {
                        shard.step(minute, &mut load_w);
                        load.send(load_w).expect("loads are waited for");
                    }
                });
                workers.push((order, loads, vec![0; sums.load_w.len()]));
            }
            for minute in 0..minutes {
                for (order, _, buffer) in &mut workers {
                    order.send((minute, mem::take(buffer))).expect("workers outlive their orders");
                }
                here.step(minute, &mut sums.load_w);
                for (_, loads, buffer) in &mut workers {
                    *buffer = loads.recv().expect("every order is answered");
                    sums.load_w.iter_mut().zip(&*buffer).for_each(|(sum, part)| *sum += part);
                }
                sums.close();
            }
        });
    }

    /// The counts of all shards together.
    fn tally(&self) -> Tally {
        self.shards.iter().fold(Tally::default(), |sum, Shard { tally, .. }| Tally {
            transitions: sum.transitions + tally.transitions,
            charged_j: sum.charged_j + tally.charged_j,
            driven_j: sum.driven_j + tally.driven_j,
        })
    }

    /// Digest of all that the run has computed, vehicles in the order of their numbers.
    fn checksum(&self) -> u64 {
        let peaks = self.sums.transformer_peak_w.iter().fold(self.sums.digest, |hash, &peak| mix(hash, peak as u64));
        let rows = self.shards.iter().flat_map(|s| s.state.iter().zip(&s.until).zip(&s.energy_j));
        rows.fold(peaks, |hash, ((&state, &until), &energy_j)| {
            mix(mix(hash, u64::from(until) << 8 | state as u64), energy_j as u64)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A day of a small city, with all that a report says except the time taken.
    fn day(vehicles: usize, threads: usize, seed: u64) -> ReferenceReport {
        ReferenceReport { wall_s: 0.0, ..run(vehicles, 1_440, threads, seed) }
    }

    fn stored_j(city: &City) -> i64 {
        city.shards.iter().flat_map(|shard| &shard.energy_j).map(|&energy_j| i64::from(energy_j)).sum()
    }

    #[test]
    fn any_number_of_threads_gives_the_same_report() {
        let one = day(3_001, 1, 7);
        for threads in [0, 2, 3, 8] {
            assert_eq!(day(3_001, threads, 7), one, "{threads} threads");
        }
        assert_ne!(day(3_001, 1, 8).checksum, one.checksum);
    }

    #[test]
    fn more_threads_than_vehicles_and_no_vehicles_at_all_are_fine() {
        assert_eq!(day(2, 5, 1), day(2, 1, 1));
        assert_eq!((day(0, 2, 1).transitions, day(0, 2, 1).peak_w), (0, 0));
    }

    #[test]
    fn batteries_gain_what_was_charged_less_what_was_driven() {
        let mut city = City::new(3_000, 2, 3);
        let before_j = stored_j(&city);
        city.run(3 * 1_440);
        let tally = city.tally();
        assert!(tally.charged_j > 0 && tally.driven_j > 0);
        assert_eq!(stored_j(&city) - before_j, tally.charged_j - tally.driven_j);
        assert_eq!(city.sums.metered_j, tally.charged_j);
    }

    #[test]
    fn batteries_stay_between_empty_and_full() {
        let City { mut shards, mut sums } = City::new(1_000, 1, 5);
        for minute in 0..7 * 1_440 {
            shards[0].step(minute, &mut sums.load_w);
            let mut batteries = shards[0].energy_j.iter().zip(&shards[0].capacity_j);
            assert!(batteries.all(|(energy_j, capacity_j)| (0..=*capacity_j).contains(energy_j)), "minute {minute}");
        }
    }

    #[test]
    fn a_day_is_of_a_real_citys_size() {
        let report = day(20_000, 2, 42);
        let transitions = report.transitions as f64 / 20_000.0;
        assert!((5.5..6.5).contains(&transitions), "{transitions} transitions per vehicle");
        let mean_w = report.charged_j as f64 / 86_400.0 / 20_000.0;
        assert!((308.0..462.0).contains(&mean_w), "{mean_w} W per vehicle; 0.4 to 0.6 GW for 1.3 million are right");
    }
}
