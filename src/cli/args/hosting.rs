//! Arguments of `voltcity hosting`.

use super::capability::moment;
use super::{Draws, WARMUP_DAYS_MAX, WorldArgs, available_threads, step};
use clap::{Args, ValueEnum};
use jiff::civil::DateTime;
use std::path::PathBuf;
use voltcity::network::hosting::{Kind, Level};

/// What is to be added where, and when.
#[derive(Clone, Debug)]
pub(crate) struct HostingRequest {
    /// The world.
    pub(crate) world: WorldArgs,
    /// What is added.
    pub(crate) what: Kind,
    /// Where it is added.
    pub(crate) level: Level,
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
    /// Elements that are listed.
    pub(crate) worst: usize,
    /// Directory for the files.
    pub(crate) out: Option<PathBuf>,
    /// Whether to say nothing but errors.
    pub(crate) quiet: bool,
}

/// Names of what is added.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    V2g,
    Charging,
    Pv,
}

/// Names of levels.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum At {
    Transformer,
    Feeder,
    Substation,
}

/// The arguments as they are given.
#[derive(Args, Debug)]
pub(super) struct HostingArgs {
    #[command(flatten)]
    world: WorldArgs,
    #[arg(long, value_enum, default_value_t = What::V2g, hide_default_value = true, hide_possible_values = true)]
    #[arg(help = "What is added: v2g, charging or pv [default: v2g]")]
    what: What,
    #[arg(long, value_enum, default_value_t = At::Transformer, hide_default_value = true, hide_possible_values = true)]
    #[arg(
        help = "Behind what it is added: each transformer alone, a\nfeeder or a substation (a 110/10 kV unit of it), their\n\
                transformers in proportion to their ratings\n[default: transformer]"
    )]
    level: At,
    #[arg(long, value_name = "TIME", value_parser = moment)]
    #[arg(
        help = "Local time, as in \"2024-07-25 18:00\", up to the next\nquarter of an hour [default: the world's first day at\nits reference hour; 13:00 for pv]"
    )]
    at: Option<DateTime>,
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(0..=WARMUP_DAYS_MAX))]
    #[arg(help = "Days simulated before the day to settle it\n[default: the world's]")]
    warmup: Option<u32>,
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = step, hide_default_value = true)]
    #[arg(help = "Length of a step: whole minutes that divide an hour\n[default: 300]")]
    step: u32,
    #[command(flatten)]
    draws: Draws,
    #[arg(long, value_name = "N", default_value_t = 10, hide_default_value = true)]
    #[arg(help = "Elements that are listed, those that take least\n[default: 10]")]
    worst: usize,
    #[arg(long, value_name = "DIR", help = "Directory for hosting.json, hosting.parquet and\nhosting.svg")]
    out: Option<PathBuf>,
    /// Say nothing but errors; the files have it all
    #[arg(long)]
    quiet: bool,
}

impl HostingArgs {
    pub(super) fn checked(self) -> HostingRequest {
        HostingRequest {
            world: self.world,
            what: match self.what {
                What::V2g => Kind::V2g,
                What::Charging => Kind::Charging,
                What::Pv => Kind::Pv,
            },
            level: match self.level {
                At::Transformer => Level::Transformer,
                At::Feeder => Level::Feeder,
                At::Substation => Level::Substation,
            },
            at: self.at,
            warmup_days: self.warmup,
            step_s: self.step,
            seed: self.draws.seed,
            threads: available_threads(self.draws.threads),
            worst: self.worst,
            out: self.out,
            quiet: self.quiet,
        }
    }
}
