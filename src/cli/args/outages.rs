//! Arguments of `voltcity outages`.

use super::capability::moment;
use super::{Draws, WARMUP_DAYS_MAX, WorldArgs, available_threads, step};
use clap::Args;
use jiff::civil::DateTime;
use std::path::PathBuf;
use voltcity::network::outage::Element;

/// Years that may be drawn: beyond, the year to be expected tells as much.
const YEARS_MAX: i64 = 1_000;

/// A failure at a local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fail {
    /// What fails.
    pub(crate) element: Element,
    /// When.
    pub(crate) at: DateTime,
}

/// Which outages of which world.
#[derive(Clone, Debug)]
pub(crate) struct OutagesRequest {
    /// The world.
    pub(crate) world: WorldArgs,
    /// Local time; the world's first day at the programme's reference hour when `None`.
    pub(crate) at: Option<DateTime>,
    /// Whether areas are carried as islands.
    pub(crate) islands: bool,
    /// Years to draw; only the year that is to be expected when `None`.
    pub(crate) years: Option<u32>,
    /// Failures that are given.
    pub(crate) fails: Vec<Fail>,
    /// Days before the day; the world's own number when `None`.
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

/// The arguments as they are given.
#[derive(Args, Debug)]
pub(super) struct OutagesArgs {
    #[command(flatten)]
    world: WorldArgs,
    #[arg(long, value_name = "TIME", value_parser = moment)]
    #[arg(
        help = "Local time whose loads ties must carry, as in\n\"2024-07-25 18:00\" [default: the world's first day\nat its reference hour]"
    )]
    at: Option<DateTime>,
    #[arg(long)]
    #[arg(help = "Carry transformer areas with the storage and the\nvehicles in them")]
    island: bool,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=YEARS_MAX), conflicts_with = "expected")]
    #[arg(help = "Draw so many years, beside the one to be expected")]
    years: Option<u32>,
    /// Tell the year that is to be expected only [default]
    #[arg(long)]
    expected: bool,
    #[arg(long = "fail", value_name = "FAILURE", value_parser = fail)]
    #[arg(help = "A failure of the day, such as\n\"head:12@2024-07-25 15:00\"; may be repeated")]
    fails: Vec<Fail>,
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(0..=WARMUP_DAYS_MAX))]
    #[arg(help = "Days simulated before the day to settle it\n[default: the world's]")]
    warmup: Option<u32>,
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = step, hide_default_value = true)]
    #[arg(help = "Length of a step: whole minutes that divide an hour\n[default: 300]")]
    step: u32,
    #[command(flatten)]
    draws: Draws,
    #[arg(long, value_name = "N", default_value_t = 10, hide_default_value = true)]
    #[arg(help = "Elements that are listed, those whose failure costs\nmost customer-minutes [default: 10]")]
    worst: usize,
    /// Directory for outages.json and outages.csv
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Say nothing but errors; the files have it all
    #[arg(long)]
    quiet: bool,
}

impl OutagesArgs {
    pub(super) fn checked(self) -> OutagesRequest {
        OutagesRequest {
            world: self.world,
            at: self.at,
            islands: self.island,
            years: self.years,
            fails: self.fails,
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

/// A failure, as it is written: `KIND:ROW@TIME`.
fn fail(text: &str) -> Result<Fail, String> {
    let wrong = || {
        "not a failure: write it as \"KIND:ROW@TIME\", such as \"head:12@2024-07-25 15:00\", with cable, head, \
         transformer or unit"
            .to_owned()
    };
    let (element, at) = text.split_once('@').ok_or_else(wrong)?;
    let (kind, row) = element.split_once(':').ok_or_else(wrong)?;
    let row: u32 = row.parse().map_err(|_| wrong())?;
    let element = match kind {
        "cable" => Element::Cable(row),
        "head" => Element::Head(row),
        "transformer" => Element::Transformer(row),
        "unit" => Element::Unit(row),
        _ => return Err(wrong()),
    };
    Ok(Fail { element, at: moment(at)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;

    #[test]
    fn a_failure_is_read() {
        let at = datetime(2024, 7, 25, 15, 0, 0, 0);
        assert_eq!(fail("unit:3@2024-07-25 15:00"), Ok(Fail { element: Element::Unit(3), at }));
        for text in ["unit:3", "unit@2024-07-25 15:00", "line:3@2024-07-25 15:00", "head:-1@2024-07-25 15:00"] {
            assert!(fail(text).is_err_and(|message| message.contains("head:12@")), "{text}");
        }
        assert!(fail("unit:3@2024-07-25").is_err());
    }
}
