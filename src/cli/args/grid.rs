//! Arguments of `voltcity grid`.

use super::WorldArgs;
use super::day::{DayArgs, DayRequest};
use super::refused_of;
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
    #[arg(long, value_name = "N", requires = "out")]
    #[arg(
        help = "Also write N sections of a world's network, spread\nover the city, as folders that can be solved again"
    )]
    networks: Option<usize>,
    /// Directory for grid.json and the tables
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl GridArgs {
    pub(super) fn checked(self) -> Result<GridRequest, clap::Error> {
        self.refuse_of_a_world()?;
        let (day, networks) = (self.day.checked(), self.networks.unwrap_or(0));
        Ok(GridRequest { day, worst: self.worst, networks, out: self.out })
    }

    /// A network that is given has no day, no draws and no sections: options about them would be passed over.
    fn refuse_of_a_world(&self) -> Result<(), clap::Error> {
        let mut given = self.day.of_a_world();
        given.extend(self.networks.is_some().then_some("--networks"));
        let path = self.day.path();
        if given.is_empty() || is_world(path) {
            return Ok(());
        }
        let (names, path) = (given.join(", "), path.display());
        let message = format!(
            "of a world (*.ron) only: {names}; {path} is a network that is given, solved as it stands: leave them out"
        );
        Err(refused_of("grid", message))
    }
}

/// Whether a path names a world, and not a network that is given.
pub(crate) fn is_world(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("ron"))
}
