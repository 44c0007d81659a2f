//! Arguments of `voltcity outages`.

use super::capability::moment;
use super::day::{DayArgs, DayRequest};
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
    /// The day.
    pub(crate) day: DayRequest,
    /// Whether areas are carried as islands.
    pub(crate) islands: bool,
    /// Years to draw; only the year that is to be expected when `None`.
    pub(crate) years: Option<u32>,
    /// Failures that are given.
    pub(crate) fails: Vec<Fail>,
    /// Elements that are listed.
    pub(crate) worst: usize,
    /// Directory for the files.
    pub(crate) out: Option<PathBuf>,
}

/// The arguments as they are given.
#[derive(Args, Debug)]
pub(super) struct OutagesArgs {
    #[command(flatten)]
    day: DayArgs,
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
    #[arg(long, value_name = "N", default_value_t = 10, hide_default_value = true)]
    #[arg(help = "Elements that are listed, those whose failure costs\nmost customer-minutes [default: 10]")]
    worst: usize,
    /// Directory for outages.json and outages.csv
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl OutagesArgs {
    pub(super) fn checked(self) -> OutagesRequest {
        OutagesRequest {
            day: self.day.checked(),
            islands: self.island,
            years: self.years,
            fails: self.fails,
            worst: self.worst,
            out: self.out,
        }
    }
}

/// A failure, as it is written: `KIND:ROW@TIME`.
pub(super) fn fail(text: &str) -> Result<Fail, String> {
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
