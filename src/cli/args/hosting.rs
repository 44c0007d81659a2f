//! Arguments of `voltcity hosting`.

use super::day::{DayArgs, DayRequest};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use voltcity::network::hosting::{Kind, Level};

/// What is to be added where, and when.
#[derive(Clone, Debug)]
pub(crate) struct HostingRequest {
    /// The day.
    pub(crate) day: DayRequest,
    /// What is added.
    pub(crate) what: Kind,
    /// Where it is added.
    pub(crate) level: Level,
    /// Elements that are listed.
    pub(crate) worst: usize,
    /// Directory for the files.
    pub(crate) out: Option<PathBuf>,
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
    day: DayArgs,
    #[arg(long, value_enum, default_value_t = What::V2g, hide_default_value = true, hide_possible_values = true)]
    #[arg(help = "What is added: v2g, charging or pv [default: v2g]")]
    what: What,
    #[arg(long, value_enum, default_value_t = At::Transformer, hide_default_value = true, hide_possible_values = true)]
    #[arg(
        help = "Behind what it is added: each transformer alone, a\nfeeder or a substation (a 110/10 kV unit of it), their\n\
                transformers in proportion to their ratings\n[default: transformer]"
    )]
    level: At,
    #[arg(long, value_name = "N", default_value_t = 10, hide_default_value = true)]
    #[arg(help = "Elements that are listed, those that take least\n[default: 10]")]
    worst: usize,
    #[arg(long, value_name = "DIR", help = "Directory for hosting.json, hosting.parquet and\nhosting.svg")]
    out: Option<PathBuf>,
}

impl HostingArgs {
    pub(super) fn checked(self) -> HostingRequest {
        HostingRequest {
            day: self.day.checked(),
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
            worst: self.worst,
            out: self.out,
        }
    }
}
