//! Arguments of `voltcity grid`.

use super::day::{DayArgs, DayRequest};
use super::{WorldArgs, refused};
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
    /// Rows of the transformers whose areas are solved phase by phase, each once; of none, the whole network is told.
    pub(crate) areas: Vec<u32>,
    /// Directory for the files.
    pub(crate) out: Option<PathBuf>,
}

impl GridRequest {
    /// Of a world's first day, without files.
    pub(crate) fn of(world: &WorldArgs) -> Self {
        Self { day: DayRequest::of(world), worst: 10, networks: 0, areas: Vec::new(), out: None }
    }

    /// Whether the network is that of a world.
    pub(crate) fn is_world(&self) -> bool {
        self.day.world.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("ron"))
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
    #[arg(long = "area", value_name = "ROW", value_delimiter = ',', conflicts_with_all = ["networks", "worst"])]
    #[arg(
        help = "Tell the area of a transformer phase by phase instead:\nits row, as tables have it; with commas, or repeated"
    )]
    areas: Vec<u32>,
    /// Directory for grid.json and the tables
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl GridArgs {
    pub(super) fn checked(self) -> Result<GridRequest, clap::Error> {
        let Self { day, worst, networks, areas: asked, out } = self;
        let mut areas: Vec<u32> = Vec::new();
        for row in asked {
            if !areas.contains(&row) {
                areas.push(row);
            }
        }
        let request = GridRequest { day: day.checked(), worst, networks, areas, out };
        if !request.areas.is_empty() && !request.is_world() {
            let message = "--area is of a world (*.ron): other networks have no buildings and vehicles behind a node";
            return Err(refused("grid", message.to_owned()));
        }
        Ok(request)
    }
}
