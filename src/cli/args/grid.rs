//! Arguments of `voltcity grid`.

use super::day::{DayArgs, DayRequest};
use super::{WorldArgs, refused};
use clap::Args;
use std::path::{Path, PathBuf};

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
}

/// The arguments as they are given.
#[derive(Args, Debug)]
pub(super) struct GridArgs {
    #[command(flatten)]
    day: DayArgs,
    #[arg(long, value_name = "N", default_value_t = 10, hide_default_value = true)]
    #[arg(help = "Elements of each level that are listed [default: 10]")]
    worst: usize,
    #[arg(long, value_name = "N", requires = "out")]
    #[arg(
        help = "Also write N sections of a world's network, spread\nover the city, as folders that can be solved again"
    )]
    networks: Option<usize>,
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
        self.refuse_of_a_world()?;
        let Self { day, worst, networks, areas: asked, out } = self;
        let mut areas: Vec<u32> = Vec::new();
        for row in asked {
            if !areas.contains(&row) {
                areas.push(row);
            }
        }
        Ok(GridRequest { day: day.checked(), worst, networks: networks.unwrap_or(0), areas, out })
    }

    /// A network that is given has no day, no draws and no sections: options about them would be passed over.
    fn refuse_of_a_world(&self) -> Result<(), clap::Error> {
        let mut given = self.day.of_a_world();
        given.extend(self.networks.is_some().then_some("--networks"));
        given.extend((!self.areas.is_empty()).then_some("--area"));
        let path = self.day.path();
        if given.is_empty() || is_world(path) {
            return Ok(());
        }
        let (names, path) = (given.join(", "), path.display());
        let message = format!(
            "of a world (*.ron) only: {names}; {path} is a network that is given, solved as it stands: leave them out"
        );
        Err(refused("grid", message))
    }
}

/// Whether a path names a world, and not a network that is given.
pub(crate) fn is_world(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("ron"))
}
