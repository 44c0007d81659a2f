//! Arguments of `voltcity calibrate`.

use super::{THREADS_MAX, WorldArgs, available_threads, date, seed, step};
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use std::path::PathBuf;

/// Days of a run at most: each is run hundreds of times.
const DAYS_MAX: i64 = 60;
/// Runs of the search at most.
const EVALUATIONS_MAX: i64 = 100_000;
/// Parts of a cross-validation at most.
const FOLDS_MAX: i64 = 1_000;

/// What may be fitted on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// The free parameters of the world, to the hours of the day.
    Hours,
    /// The weights of the demand by zone.
    Zones,
}

/// A calibration, as asked for.
#[derive(Clone, Debug)]
pub(crate) struct CalibrateRequest {
    /// The world.
    pub(crate) world: WorldArgs,
    /// Folder of the measured tables.
    pub(crate) data: Option<PathBuf>,
    /// Table of zones, if not the usual one.
    pub(crate) zones: Option<PathBuf>,
    /// Table of hours, if not the usual one.
    pub(crate) hours: Option<PathBuf>,
    /// Where to; a name made of the world's when `None`.
    pub(crate) out: Option<PathBuf>,
    /// Share of the city that the search runs.
    pub(crate) sample: f64,
    /// Days of each run.
    pub(crate) days: u32,
    /// The first of them; a week of the survey when `None`.
    pub(crate) start: Option<Date>,
    /// Length of a step in s.
    pub(crate) step_s: u32,
    /// Runs of the search at most.
    pub(crate) evaluations: u32,
    /// The only stage, if not all.
    pub(crate) only: Option<Stage>,
    /// Parts of the cross-validation, if there is to be one.
    pub(crate) folds: Option<u32>,
    /// Threads to compute on.
    pub(crate) threads: usize,
    /// Seed; the world's own when `None`.
    pub(crate) seed: Option<u64>,
    /// Whether to say nothing but errors.
    pub(crate) quiet: bool,
}

/// The arguments of a calibration as they are given.
#[derive(Args, Debug)]
pub(super) struct CalibrateArgs {
    #[command(flatten)]
    world: WorldArgs,
    #[arg(long, value_name = "DIR", required_unless_present_any = ["zones", "hours"])]
    #[arg(help = "Folder of the measured tables")]
    data: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = "Table of zones\n[default: DIR/urbanev/zones_measured_train.csv]")]
    zones: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    #[arg(help = "Table of hours [default: DIR/urbanev/\nshenzhen_public_hour_of_day_profile.csv]")]
    hours: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    #[arg(help = "The patch to write\n[default: out/<name of the world file>-fit.ron]")]
    out: Option<PathBuf>,
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = share, hide_default_value = true)]
    #[arg(help = "Share of the city in the runs of the search\n[default: 0.1]")]
    sample: f64,
    #[arg(long, value_name = "N", default_value_t = 7, hide_default_value = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=DAYS_MAX), help = "Days of each run [default: 7]")]
    days: u32,
    #[arg(long, value_name = "DATE", value_parser = date)]
    #[arg(
        help = "The first of them [default: a Monday after the first\n18 days of the survey, no gap in the days from it]"
    )]
    start: Option<Date>,
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = step, hide_default_value = true)]
    #[arg(help = "Length of a step: whole minutes that divide an hour\n[default: 900]")]
    step: u32,
    #[arg(long, value_name = "N", default_value_t = 200, hide_default_value = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=EVALUATIONS_MAX))]
    #[arg(help = "Runs of the search at most, but one more than there\nare parameters at least [default: 200]")]
    evaluations: u32,
    #[arg(long, value_name = "STAGE", value_enum, hide_possible_values = true)]
    #[arg(help = "Fit only `hours` or only `zones` [default: what the\ntables are there for]")]
    only: Option<Stage>,
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(2..=FOLDS_MAX))]
    #[arg(help = "Tell how well zones are predicted that were left out\nof the fit, in K parts")]
    cross_validate: Option<u32>,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=THREADS_MAX))]
    #[arg(help = "Threads to compute on; results do not depend on them\n[default: as many as the machine has]")]
    threads: Option<u32>,
    /// Seed of all draws of the runs [default: the world's]
    #[arg(long, value_name = "N", value_parser = seed)]
    seed: Option<u64>,
    /// Say nothing but errors; the files have it all
    #[arg(long)]
    quiet: bool,
}

impl CalibrateArgs {
    pub(super) fn checked(self) -> CalibrateRequest {
        CalibrateRequest {
            world: self.world,
            data: self.data,
            zones: self.zones,
            hours: self.hours,
            out: self.out,
            sample: self.sample,
            days: self.days,
            start: self.start,
            step_s: self.step,
            evaluations: self.evaluations,
            only: self.only,
            folds: self.cross_validate,
            threads: available_threads(self.threads),
            seed: self.seed,
            quiet: self.quiet,
        }
    }
}

/// A share of the city that a world may be thinned to.
fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.001..=1.0).contains(share));
    share.ok_or_else(|| "write a share from 0.001 to 1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_more_than_nothing_and_at_most_all() {
        assert_eq!((share("0.1"), share("1")), (Ok(0.1), Ok(1.0)));
        for text in ["0", "1.1", "-0.5", "NaN", "ten"] {
            assert!(share(text).is_err(), "{text}");
        }
    }
}
