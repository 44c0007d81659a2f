//! Arguments of `voltcity capability`.

use super::{Draws, WARMUP_DAYS_MAX, WorldArgs, YEARS, available_threads, step};
use clap::Args;
use jiff::civil::DateTime;
use std::path::PathBuf;

/// What is to be assessed, and when.
#[derive(Clone, Debug)]
pub(crate) struct CapabilityRequest {
    /// The world.
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
    /// A world to compare with.
    pub(crate) beside: Option<PathBuf>,
    /// Whether to ask the network what it lets through.
    pub(crate) powerflow: bool,
    /// File for everything, as JSON.
    pub(crate) out: Option<PathBuf>,
    /// Whether to say nothing but errors.
    pub(crate) quiet: bool,
}

/// The arguments as they are given.
#[derive(Args, Debug)]
pub(super) struct CapabilityArgs {
    #[command(flatten)]
    world: WorldArgs,
    #[arg(long, value_name = "TIME", value_parser = moment)]
    #[arg(help = "Local time, as in \"2024-07-25 18:00\" [default: the\nworld's first day at its reference hour]")]
    at: Option<DateTime>,
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(0..=WARMUP_DAYS_MAX))]
    #[arg(help = "Days simulated before the day to settle it\n[default: the world's]")]
    warmup: Option<u32>,
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = step, hide_default_value = true)]
    #[arg(help = "Length of a step: whole minutes that divide an hour\n[default: 300]")]
    step: u32,
    #[command(flatten)]
    draws: Draws,
    #[arg(long, value_name = "WORLD")]
    #[arg(help = "Compare with another world at its own reference hour,\nkind by kind")]
    beside: Option<PathBuf>,
    #[arg(long)]
    #[arg(
        help = "Also solve the network that the world's may have with\nall called at once: what its wires let through"
    )]
    powerflow: bool,
    /// Write everything as JSON to this file too
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Say nothing but errors; the file has it all
    #[arg(long)]
    quiet: bool,
}

impl CapabilityArgs {
    pub(super) fn checked(self) -> CapabilityRequest {
        CapabilityRequest {
            world: self.world,
            at: self.at,
            warmup_days: self.warmup,
            step_s: self.step,
            seed: self.draws.seed,
            threads: available_threads(self.draws.threads),
            beside: self.beside,
            powerflow: self.powerflow,
            out: self.out,
            quiet: self.quiet,
        }
    }
}

/// A local time to the minute, within the years of the sun's table.
pub(super) fn moment(text: &str) -> Result<DateTime, String> {
    let wrong = || "not a time: write it as \"2024-07-25 18:00\"".to_owned();
    let parsed: DateTime = text.parse().map_err(|_| wrong())?;
    let is_whole = parsed.second() == 0 && parsed.subsec_nanosecond() == 0;
    // A date alone would be a midnight that nobody has asked for.
    if !is_whole || !text.contains(':') {
        return Err(wrong());
    }
    if YEARS.contains(&parsed.year()) {
        Ok(parsed)
    } else {
        Err(format!("the sun is known from {} to {}: choose a time of these years", YEARS.start(), YEARS.end()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_date_and_a_minute() {
        assert_eq!(moment("2024-07-25 18:05").unwrap().to_string(), "2024-07-25T18:05:00");
        assert_eq!(moment("2024-07-25T18:05").unwrap().to_string(), "2024-07-25T18:05:00");
        for wrong in ["2024-07-25", "18:00", "2024-07-25 18:00:30", "2024-02-30 10:00", "1066-10-14 09:00", ""] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }
}
