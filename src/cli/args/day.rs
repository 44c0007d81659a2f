//! Arguments of commands that look at one day of a world.

use super::capability::moment;
use super::{Draws, WARMUP_DAYS_MAX, WorldArgs, available_threads, step};
use clap::Args;
use jiff::civil::DateTime;
use std::path::Path;

/// Which day of which world.
#[derive(Clone, Debug)]
pub(crate) struct DayRequest {
    /// The world; of `grid` also a network that is given.
    pub(crate) world: WorldArgs,
    /// Local time; an hour of the world's first day when `None`.
    pub(crate) at: Option<DateTime>,
    /// Days before it; the world's own number when `None`.
    pub(crate) warmup_days: Option<u32>,
    /// Length of a step in s.
    pub(crate) step_s: u32,
    /// Seed; the world's own when `None`.
    pub(crate) seed: Option<u64>,
    /// Threads to compute on.
    pub(crate) threads: usize,
    /// Whether to say nothing but errors.
    pub(crate) quiet: bool,
}

/// Length of a step in s, if nothing is said.
const STEP_S: u32 = 300;

/// The same as it is given.
#[derive(Args, Debug)]
pub(super) struct DayArgs {
    #[command(flatten)]
    world: WorldArgs,
    #[arg(long, value_name = "TIME", value_parser = moment)]
    #[arg(
        help = "Local time, as in \"2024-07-25 18:00\", up to the next\nquarter of an hour [default: the world's first day at\n\
                its reference hour; of `hosting --what pv` at 13:00]"
    )]
    at: Option<DateTime>,
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(0..=WARMUP_DAYS_MAX))]
    #[arg(help = "Days simulated before the day to settle it\n[default: the world's]")]
    warmup: Option<u32>,
    #[arg(long, value_name = "SECONDS", value_parser = step)]
    #[arg(help = "Length of a step: whole minutes that divide an hour\n[default: 300]")]
    step: Option<u32>,
    #[command(flatten)]
    draws: Draws,
    /// Say nothing but errors; the files have it all
    #[arg(long)]
    quiet: bool,
}

impl DayRequest {
    /// A world's first day.
    pub(crate) fn of(world: &WorldArgs) -> Self {
        let (at, warmup_days, seed) = (None, None, None);
        let (world, threads) = (world.clone(), available_threads(None));
        Self { world, at, warmup_days, step_s: STEP_S, seed, threads, quiet: false }
    }
}

impl DayArgs {
    /// Where the world is, or a network that is given.
    pub(super) fn path(&self) -> &Path {
        &self.world.path
    }

    /// The options that were given and mean nothing without a world.
    pub(super) fn of_a_world(&self) -> Vec<&'static str> {
        let given = [
            ("--patch", !self.world.overlays.is_empty()),
            ("--set", !self.world.patches.is_empty()),
            ("--at", self.at.is_some()),
            ("--warmup", self.warmup.is_some()),
            ("--step", self.step.is_some()),
            ("--seed", self.draws.seed.is_some()),
            ("--threads", self.draws.threads.is_some()),
        ];
        given.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect()
    }

    pub(super) fn checked(self) -> DayRequest {
        DayRequest {
            world: self.world,
            at: self.at,
            warmup_days: self.warmup,
            step_s: self.step.unwrap_or(STEP_S),
            seed: self.draws.seed,
            threads: available_threads(self.draws.threads),
            quiet: self.quiet,
        }
    }
}
