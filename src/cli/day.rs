//! A day of a world, simulated to be looked at every quarter of an hour.

use super::args::DayRequest;
use super::exit::Failure;
use super::load;
use super::notes::fits_ledger;
use super::progress::Progress;
use jiff::civil::DateTime;
use voltcity::market::event::run_second;
use voltcity::parallel::Threads;
use voltcity::plan::Plan;
use voltcity::twin::{Options, Twin};

/// Time between two looks in s.
pub(crate) const EVERY_S: u32 = 900;

/// The day, about to be simulated.
pub(crate) struct Day {
    /// The twin, at the start of its warm-up.
    pub(crate) twin: Twin,
    /// Name of the world.
    pub(crate) world: String,
    /// The wanted time.
    pub(crate) at: DateTime,
    /// The seed.
    pub(crate) seed: u64,
    /// Threads to compute on.
    pub(crate) threads: Threads,
    step_s: u32,
    quiet: bool,
}

impl Day {
    /// Makes the twin, and whatever else is made of its plan. If no time is wanted it is an hour of the first day, the
    /// programme's reference hour when `None`.
    ///
    /// # Errors
    /// A world that cannot be read or has problems; what `of_plan` says.
    pub(crate) fn begin<T>(
        wanted: &DayRequest,
        hour: Option<i8>,
        of_plan: impl FnOnce(&Plan, Threads) -> Result<T, Failure>,
    ) -> Result<(Self, T), Failure> {
        let plan = load(&wanted.world)?.plan();
        let warmup_days = wanted.warmup_days.unwrap_or(plan.warmup_days);
        fits_ledger(&plan, warmup_days + 1).map_err(Failure::World)?;
        let hour = hour.unwrap_or(plan.programme.reference_hour as i8);
        let at = wanted.at.unwrap_or_else(|| plan.start.at(hour, 0, 0, 0));
        let options = Options {
            start: Some(at.date()),
            warmup_days: Some(warmup_days),
            step_s: wanted.step_s,
            seed: wanted.seed,
            threads: wanted.threads,
            ..Options::default()
        };
        let threads = Threads::start(wanted.threads);
        let made = of_plan(&plan, threads)?;
        let (world, seed) = (plan.name.clone(), wanted.seed.unwrap_or(plan.seed));
        let twin = Twin::new(plan, &options);
        Ok((Self { twin, world, at, seed, threads, step_s: wanted.step_s, quiet: wanted.quiet }, made))
    }

    /// The second of the run at whose end a local time of the day is seen: the first quarter of an hour that ends not
    /// before it, and is of the day itself.
    pub(crate) fn seen_s(&self, at: DateTime) -> i64 {
        let at_s = run_second(self.twin.calendar().first(), at);
        let first_s = i64::from(self.twin.warmup_s()) + 1;
        let every_s = i64::from(EVERY_S);
        at_s.max(first_s).div_euclid(every_s) * every_s
            + if at_s.max(first_s).rem_euclid(every_s) == 0 { 0 } else { every_s }
    }

    /// Local time of a second of the run.
    pub(crate) fn civil(&self, second: u32) -> DateTime {
        self.twin.calendar().civil(second).parse().unwrap_or(self.at)
    }

    /// Simulates, and looks after every step, with the second of the run.
    pub(crate) fn steps(&mut self, look: impl FnMut(&mut Twin, u32)) {
        let end_tick = self.twin.total_steps();
        self.run(end_tick, look);
    }

    /// Simulates to a second of the run, or to the first step's end that is not before it.
    pub(crate) fn until(&mut self, second: i64) {
        let tick = (second + i64::from(self.step_s) - 1)
            .div_euclid(i64::from(self.step_s))
            .clamp(0, i64::from(self.twin.total_steps()));
        self.run(tick as u32, |_, _| {});
    }

    fn run(&mut self, until_tick: u32, mut look: impl FnMut(&mut Twin, u32)) {
        let mut progress = Progress::new(u64::from(until_tick), self.step_s, self.quiet);
        while self.twin.clock().tick < until_tick {
            self.twin.step();
            let clock = self.twin.clock();
            progress.at(u64::from(clock.tick), "");
            look(&mut self.twin, clock.now_s());
        }
        progress.finish();
    }

    /// Simulates, and looks at the end of every quarter of an hour of the day itself, with the second of the run.
    pub(crate) fn quarters(&mut self, mut look: impl FnMut(&mut Twin, u32)) {
        let warmup_s = self.twin.warmup_s();
        self.steps(|twin, now_s| {
            if now_s > warmup_s && now_s.is_multiple_of(EVERY_S) {
                look(twin, now_s);
            }
        });
    }
}
