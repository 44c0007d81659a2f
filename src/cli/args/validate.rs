//! Arguments of `voltcity validate`.

use super::{THREADS_MAX, WorldArgs, available_threads, date, step};
use clap::Args;
use jiff::civil::Date;
use std::path::PathBuf;

/// A comparison, as asked for.
#[derive(Clone, Debug)]
pub(crate) struct ValidateRequest {
    /// The world.
    pub(crate) world: WorldArgs,
    /// Folder of the measured tables.
    pub(crate) data: Option<PathBuf>,
    /// Table of zones, if not the usual one.
    pub(crate) zones: Option<PathBuf>,
    /// Table of days, if not the usual one.
    pub(crate) daily: Option<PathBuf>,
    /// Table of hours, if not the usual one.
    pub(crate) hours: Option<PathBuf>,
    /// First and last day, if not those of the survey.
    pub(crate) days: Option<(Date, Date)>,
    /// Length of a step in s.
    pub(crate) step_s: u32,
    /// Threads to compute on.
    pub(crate) threads: usize,
    /// Where to; a name made of the world's when `None`.
    pub(crate) out: Option<PathBuf>,
    /// Whether to say nothing but errors.
    pub(crate) quiet: bool,
}

/// The arguments of a comparison as they are given.
#[derive(Args, Debug)]
pub(super) struct ValidateArgs {
    #[command(flatten)]
    world: WorldArgs,
    #[arg(long, value_name = "DIR", required_unless_present_any = ["zones", "daily", "hours"])]
    #[arg(help = "Folder of the measured tables; what it has is\ncompared")]
    data: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = "Table of zones\n[default: DIR/urbanev/zones_measured_train.csv]")]
    zones: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    #[arg(help = "Table of days [default: DIR/urbanev/\ncity_daily_2022-09_to_2022-12.csv]")]
    daily: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    #[arg(help = "Table of hours [default: DIR/urbanev/\nshenzhen_public_hour_of_day_profile.csv]")]
    hours: Option<PathBuf>,
    #[arg(long, value_name = "FROM..TO", value_parser = span)]
    #[arg(help = "First and last day, as in 2022-09-01..2022-09-30\n[default: those of the world's survey]")]
    days: Option<(Date, Date)>,
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = step, hide_default_value = true)]
    #[arg(help = "Length of a step: whole minutes that divide an hour\n[default: 300]")]
    step: u32,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=THREADS_MAX))]
    #[arg(help = "Threads to compute on; results do not depend on them\n[default: as many as the machine has]")]
    threads: Option<u32>,
    #[arg(long, value_name = "DIR")]
    #[arg(help = "Directory for the results\n[default: out/validate-<name of the world file>]")]
    out: Option<PathBuf>,
    /// Say nothing but errors; the files have it all
    #[arg(long)]
    quiet: bool,
}

impl ValidateArgs {
    pub(super) fn checked(self) -> ValidateRequest {
        ValidateRequest {
            world: self.world,
            data: self.data,
            zones: self.zones,
            daily: self.daily,
            hours: self.hours,
            days: self.days,
            step_s: self.step,
            threads: available_threads(self.threads),
            out: self.out,
            quiet: self.quiet,
        }
    }
}

/// Two days, the later one last.
fn span(text: &str) -> Result<(Date, Date), String> {
    let (from, to) = text.split_once("..").ok_or("write two days as in 2022-09-01..2022-09-30")?;
    match (date(from)?, date(to)?) {
        (from, to) if from > to => Err(format!("{to} is before {from}: write the earlier day first")),
        days => Ok(days),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_two_days_in_their_order() {
        assert_eq!(span("2022-09-01..2022-09-30"), Ok((Date::constant(2022, 9, 1), Date::constant(2022, 9, 30))));
        assert!(span("2022-09-01..2022-09-01").is_ok());
        for (text, message) in [
            ("2022-09-01", "write two days"),
            ("2022-09-30..2022-09-01", "write the earlier day first"),
            ("2022-09-31..2022-10-01", "not a date"),
            ("2022-09-01..", "not a date"),
        ] {
            assert!(span(text).unwrap_err().contains(message), "{text}");
        }
    }
}
