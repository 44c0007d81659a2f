//! Arguments of `voltcity grid`.

use super::WorldArgs;
use super::day::{DayArgs, DayRequest};
use clap::Args;
use std::path::PathBuf;

/// Which network is to be solved, and when.
#[derive(Clone, Debug)]
pub(crate) struct GridRequest {
    /// The day.
    pub(crate) day: DayRequest,
    /// Rows of each list of the worst.
    pub(crate) worst: usize,
    /// Sections that are written as networks.
    pub(crate) networks: usize,
    /// Directory for the files.
    pub(crate) out: Option<PathBuf>,
}

impl GridRequest {
    /// Of a world's first day, without files.
    pub(crate) fn of(world: &WorldArgs) -> Self {
        Self { day: DayRequest::of(world), worst: 10, networks: 0, out: None }
    }
}

/// The arguments as they are given.
#[derive(Args, Debug)]
pub(super) struct GridArgs {
    #[command(flatten)]
    day: DayArgs,
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
}

impl GridArgs {
    pub(super) fn checked(self) -> GridRequest {
        GridRequest { day: self.day.checked(), worst: self.worst, networks: self.networks, out: self.out }
    }
}
