//! Arguments of `voltcity grid`.

use super::capability::moment;
use super::{Draws, WARMUP_DAYS_MAX, WorldArgs, available_threads, step};
use clap::Args;
use jiff::civil::DateTime;
use std::path::PathBuf;

/// Which network is to be solved, and when.
#[derive(Clone, Debug)]
pub(crate) struct GridRequest {
    /// The world, or a network that is given.
    pub(crate) world: WorldArgs,
    /// Local time; the world's first day at the programme's reference hour when `None`.
    pub(crate) at: Option<DateTime>,
    /// Days before it; the world's own number when `None`.
    pub(crate) warmup_days: Option<u32>,
    /// Length of a step in s.
    pub(crate) step_s: u32,
    /// Seed; the world's own when `None`.
    pub(crate) seed: Option<u64>,
    /// Threads to compute on.
    pub(crate) threads: usize,
    /// Rows of each list of the worst.
    pub(crate) worst: usize,
    /// Sections that are written as networks.
    pub(crate) networks: usize,
    /// Directory for the files.
    pub(crate) out: Option<PathBuf>,
    /// Whether to say nothing but errors.
    pub(crate) quiet: bool,
}

impl GridRequest {
    /// Of a world's first day, without files.
    pub(crate) fn of(world: &WorldArgs) -> Self {
        let (world, threads) = (world.clone(), available_threads(None));
        let (at, warmup_days, seed, out) = (None, None, None, None);
        Self { world, at, warmup_days, step_s: STEP_S, seed, threads, worst: 10, networks: 0, out, quiet: false }
    }
}

/// Length of a step in s, if nothing is said.
const STEP_S: u32 = 300;

/// The arguments as they are given.
#[derive(Args, Debug)]
pub(super) struct GridArgs {
    #[command(flatten)]
    world: WorldArgs,
    #[arg(long, value_name = "TIME", value_parser = moment)]
    #[arg(
        help = "Local time, as in \"2024-07-25 18:00\", up to the next\nquarter of an hour [default: the world's first day at\nits reference hour]"
    )]
    at: Option<DateTime>,
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(0..=WARMUP_DAYS_MAX))]
    #[arg(help = "Days simulated before the day to settle it\n[default: the world's]")]
    warmup: Option<u32>,
    #[arg(long, value_name = "SECONDS", default_value_t = STEP_S, value_parser = step, hide_default_value = true)]
    #[arg(help = "Length of a step: whole minutes that divide an hour\n[default: 300]")]
    step: u32,
    #[command(flatten)]
    draws: Draws,
    #[arg(long, value_name = "N", default_value_t = 10, hide_default_value = true)]
    #[arg(help = "Elements of each level that are listed [default: 10]")]
    worst: usize,
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, requires = "out")]
    #[arg(
        help = "Also write N sections of a world's network, spread\nover the city, as folders that can be solved again"
    )]
    networks: usize,
    /// Directory for grid.json and the tables
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Say nothing but errors; the files have it all
    #[arg(long)]
    quiet: bool,
}

impl GridArgs {
    pub(super) fn checked(self) -> GridRequest {
        GridRequest {
            world: self.world,
            at: self.at,
            warmup_days: self.warmup,
            step_s: self.step,
            seed: self.draws.seed,
            threads: available_threads(self.draws.threads),
            worst: self.worst,
            networks: self.networks,
            out: self.out,
            quiet: self.quiet,
        }
    }
}
