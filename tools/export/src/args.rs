//! The command line.

use crate::failure::Failure;
use clap::{Parser, ValueEnum};
use std::path::PathBuf;

const AFTER: &str = "\
Examples:
    voltcity-export noon.twin --out out/noon --format parquet
    voltcity-export noon.twin --out out/noon --kind vehicle \\
        --where \"class = 'taxi' and state_of_charge < 0.3\" \\
        --columns id,zone,state_of_charge
    voltcity-export noon.twin --out out/map --format geojson
    voltcity-export out/july --out out/tables --kind district

A condition compares columns with numbers and 'words' by = != < <= > >=,
joined by and, or, not and parentheses.

Exit codes:
    0  done
    2  the command line is wrong
    4  the snapshot, or a series of the run, cannot be read
    5  a file cannot be written; older ones stay
    6  the snapshot or a series is damaged or of another version";

/// Writes the agents of a voltcity snapshot, or the series of a run, to tables and maps
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, after_help = AFTER)]
pub(crate) struct Args {
    /// Snapshot (*.twin), or the directory of a run
    #[arg(value_name = "SNAPSHOT|DIR")]
    pub(crate) source: PathBuf,
    /// Directory for the files, one for each kind
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[arg(long, value_enum, value_name = "F", default_value_t = Format::Csv, hide_possible_values = true)]
    #[arg(help = "csv, parquet, geojson, geoparquet, json or ron", hide_default_value = true)]
    pub(crate) format: Format,
    #[arg(long = "kind", value_enum, value_name = "K", hide_possible_values = true)]
    #[arg(
        help = "vehicle, charger, station, building, pv, storage,\ntransformer, feeder, substation, zone or district;\nof a run: city, district, zone, feeder, transformer;\nmay be repeated [default: all that there are]"
    )]
    kinds: Vec<Kind>,
    /// Write only the rows for which a condition holds
    #[arg(long = "where", value_name = "EXPR")]
    pub(crate) condition: Option<String>,
    /// Write only these columns, in this order
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) columns: Option<Vec<String>>,
    #[arg(long, value_enum, value_name = "D", hide_possible_values = true)]
    #[arg(default_value_t = Datum::Wgs84, hide_default_value = true)]
    #[arg(help = "Datum of points on maps: wgs84 (GPS) or gcj02 (maps\nof China) [default: wgs84]")]
    pub(crate) coordinates: Datum,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_024))]
    #[arg(help = "Threads to read with [default: as many as there are]")]
    threads: Option<u32>,
}

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Csv,
    Parquet,
    Geojson,
    Geoparquet,
    Json,
    Ron,
}

/// The datum of coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Datum {
    Wgs84,
    Gcj02,
}

/// A kind of agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Vehicle,
    Charger,
    Station,
    Building,
    Pv,
    Storage,
    Transformer,
    Feeder,
    Substation,
    Zone,
    District,
    City,
}

impl Kind {
    /// The name on the command line, and of its file.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Vehicle => "vehicle",
            Self::Charger => "charger",
            Self::Station => "station",
            Self::Building => "building",
            Self::Pv => "pv",
            Self::Storage => "storage",
            Self::Transformer => "transformer",
            Self::Feeder => "feeder",
            Self::Substation => "substation",
            Self::Zone => "zone",
            Self::District => "district",
            Self::City => "city",
        }
    }

    /// True for those of which it is known where they are.
    pub(crate) const fn has_place(self) -> bool {
        matches!(self, Self::Station | Self::Zone)
    }
}

impl Args {
    /// Threads to read with.
    pub(crate) fn threads(&self) -> usize {
        let available = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(available, |threads| threads as usize)
    }

    /// The kinds that are written, of those there are.
    ///
    /// # Errors
    /// A kind that there is not, and one without a place in a format of places.
    pub(crate) fn kinds(&self, there: Vec<Kind>) -> Result<Vec<Kind>, Failure> {
        let needs_place = matches!(self.format, Format::Geojson | Format::Geoparquet);
        let fits = |kind: &Kind| !needs_place || kind.has_place();
        if let Some(kind) = self.kinds.iter().find(|kind| !fits(kind)) {
            let name = kind.name();
            return Err(Failure::Usage(format!("a {name} has no place on a map: choose --kind station or zone")));
        }
        if let Some(kind) = self.kinds.iter().find(|kind| !there.contains(kind)) {
            let names: Vec<&str> = there.iter().map(|kind| kind.name()).collect();
            let text = format!("there is no {} in {}: choose {}", kind.name(), self.source.display(), names.join(", "));
            return Err(Failure::Usage(text));
        }
        if !self.kinds.is_empty() {
            return Ok(self.kinds.clone());
        }
        Ok(there.into_iter().filter(fits).collect())
    }
}
