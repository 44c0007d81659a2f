//! The command line: what each subcommand takes, with an example of each.

#![expect(clippy::doc_markdown, reason = "the comments here are help texts, where backticks would show")]

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};

/// What the exit codes mean, under every help text.
const EXIT_CODES: &str = "\
Exit codes: 0 written; 2 wrong usage; 3 bad rows found (nothing is written unless --keep-going); 4 a file cannot be \
read or written.

Messages on standard error name file:line:column. The column is the number of the field in its row; in GeoJSON it is \
the character in its line.";

const ZONES_EXAMPLE: &str = "\
Example:
  voltcity-import zones --polygons st_evcdp/sz_taz_491_gcj02.geojson \\
      --stations st_evcdp/stations.csv --information st_evcdp/information.csv \\
      --survey urbanev/inf.csv --listed urbanev/inf_raw.csv \\
      --reach 600 --out worlds/parts/shenzhen-zones.ron";

const STATIONS_EXAMPLE: &str = "\
Example:
  voltcity-import stations --polygons st_evcdp/sz_taz_491_gcj02.geojson \\
      --urbanev urbanev/inf.csv --out shenzhen-stations.ron

A list of your own with the columns name, lon, lat, kW, count; in GPS positions:
  voltcity-import stations --polygons st_evcdp/sz_taz_491_gcj02.geojson \\
      --csv my-stations.csv --coordinates wgs84 --out my-stations.ron

Header names may also be Chinese (名称, 经度, 纬度, 功率, 枪数), in any case and
order. kW is the rated power of one gun: up to 22 kW it counts as slow, above
as fast. Rows of one name and place are one station.";

const WEATHER_EXAMPLE: &str = "\
Example:
  voltcity-import weather --mos CHN_Guangdong.Shenzhen.594930_SWERA.mos \\
      --out worlds/parts/shenzhen-weather.ron";

const WEATHER_DAYS_EXAMPLE: &str = "\
Example:
  voltcity-import weather-days --hourly urbanev/weather_central.csv --read-at 2,5,8,11,14,17,20,23 \\
      --source \"UrbanEV weather_central.csv (CC0)\" --out worlds/parts/shenzhen-2022-weather.ron";

const NETWORK_EXAMPLE: &str = "\
Examples:
  voltcity-import network --from case33bw.m --out networks/case33bw
  voltcity-import network --from net.json --out networks/net \\
      --source \"the operator's export of 2025-03-01\"
  voltcity grid networks/net

The network must be radial and have one supply. Every row that is wrong is
listed, and nothing is written if there is one. A row of a pandapower table
is named by its index in the place of a line.";

/// Reads real data tables and writes the RON fragments that the Shenzhen worlds carry, and networks as tables.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// What to import.
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// One row per traffic zone: place, area, roads, public stations, surveyed stations
    #[command(after_help = ZONES_EXAMPLE)]
    Zones(ZonesArgs),
    /// One row per public charging station
    #[command(after_help = STATIONS_EXAMPLE)]
    Stations(StationsArgs),
    /// Monthly statistics of a typical meteorological year
    #[command(after_help = WEATHER_EXAMPLE)]
    Weather(WeatherArgs),
    /// Measured temperatures, day by day
    #[command(after_help = WEATHER_DAYS_EXAMPLE)]
    WeatherDays(WeatherDaysArgs),
    /// A radial network, checked, as tables in per unit
    #[command(after_help = NETWORK_EXAMPLE)]
    Network(NetworkArgs),
}

/// Where what is made goes, and what to do about bad rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output<'a> {
    /// The file or folder to write.
    pub(crate) out: &'a Path,
    /// Whether good rows are written in spite of bad ones; `None` where they are of no use without them.
    pub(crate) keep_going: Option<bool>,
}

impl Command {
    /// Where what is made goes and what to do about bad rows.
    pub(crate) fn output(&self) -> Output<'_> {
        let args = match self {
            Self::Zones(options) => &options.output,
            Self::Stations(options) => &options.output,
            Self::Weather(options) => &options.output,
            Self::WeatherDays(options) => &options.output,
            Self::Network(options) => return Output { out: &options.out, keep_going: None },
        };
        Output { out: &args.out, keep_going: Some(args.keep_going) }
    }

    /// Every file that will be read.
    pub(crate) fn inputs(&self) -> Vec<&Path> {
        let paths = match self {
            Self::Zones(o) => {
                vec![
                    Some(&o.polygons),
                    o.stations.as_ref(),
                    o.information.as_ref(),
                    o.survey.as_ref(),
                    o.survey_zones.as_ref(),
                    o.listed.as_ref(),
                ]
            }
            Self::Stations(o) => vec![Some(&o.polygons), o.st_evcdp.as_ref(), o.urbanev.as_ref(), o.csv.as_ref()],
            Self::Weather(o) => vec![o.mos.as_ref(), o.epw.as_ref()],
            Self::WeatherDays(o) => vec![Some(&o.hourly)],
            Self::Network(o) => vec![Some(&o.from)],
        };
        paths.into_iter().flatten().map(PathBuf::as_path).collect()
    }
}

#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// The fragment to write; missing folders are made
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Write the good rows in spite of bad ones (the exit code is still 3)
    #[arg(long)]
    pub(crate) keep_going: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReachArgs {
    /// How far outside every zone a station counts in the nearest, in metres
    #[arg(long = "reach", value_name = "METRES", default_value_t = 500)]
    pub(crate) metres: u32,
}

#[derive(Debug, Args)]
pub(crate) struct ZonesArgs {
    /// Traffic zone polygons in GCJ-02 (GeoJSON: TAZID, district, AREA_km2, LENG_ROAD_km, centroid_lon, centroid_lat)
    #[arg(long, value_name = "GEOJSON")]
    pub(crate) polygons: PathBuf,
    /// ST-EVCDP stations (station_id, latitude, longitude, fast, slow, count)
    #[arg(long, value_name = "CSV")]
    pub(crate) stations: Option<PathBuf>,
    /// ST-EVCDP counts per zone (grid, count, fast_count, slow_count, lon, la): compared with the stations, and a
    /// second opinion on which surveyed points are fast
    #[arg(long, value_name = "CSV", requires = "stations")]
    pub(crate) information: Option<PathBuf>,
    /// UrbanEV stations (station_id, longitude, latitude, charge_count, TAZID, area)
    #[arg(long, value_name = "CSV", conflicts_with = "survey_zones")]
    pub(crate) survey: Option<PathBuf>,
    /// UrbanEV summed by zone (TAZID, area_m2, n_stations, capacity_points, road_km, district)
    #[arg(long, value_name = "CSV")]
    pub(crate) survey_zones: Option<PathBuf>,
    /// UrbanEV stations as listed, before those without a usable series were left out (the columns of --survey)
    #[arg(long, value_name = "CSV", requires = "survey")]
    pub(crate) listed: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Datums in which a list may give its coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Datum {
    /// As maps in China have it, and the layer of zones
    Gcj02,
    /// As GPS receivers have it
    Wgs84,
}

#[derive(Debug, Args)]
#[group(skip)]
#[command(group = clap::ArgGroup::new("list").required(true).args(["st_evcdp", "urbanev", "csv"]))]
pub(crate) struct StationsArgs {
    /// Traffic zone polygons in GCJ-02
    #[arg(long, value_name = "GEOJSON")]
    pub(crate) polygons: PathBuf,
    /// ST-EVCDP stations: the zone is found from the coordinates
    #[arg(long, value_name = "CSV")]
    pub(crate) st_evcdp: Option<PathBuf>,
    /// UrbanEV stations: the zone is the one stated; coordinates check it
    #[arg(long, value_name = "CSV")]
    pub(crate) urbanev: Option<PathBuf>,
    /// Any list with the columns name, lon, lat, kW, count
    #[arg(long, value_name = "CSV")]
    pub(crate) csv: Option<PathBuf>,
    /// Datum of the list's coordinates
    #[arg(long, value_name = "DATUM", default_value = "gcj02")]
    #[arg(conflicts_with_all = ["st_evcdp", "urbanev"])]
    pub(crate) coordinates: Datum,
    /// Where the list comes from [default: its file name]
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    #[arg(conflicts_with_all = ["st_evcdp", "urbanev"])]
    pub(crate) source: Option<String>,
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
#[group(skip)]
#[command(group = clap::ArgGroup::new("form").required(true).args(["mos", "epw"]))]
pub(crate) struct WeatherArgs {
    /// A typical year in the form of the Modelica Buildings library
    #[arg(long, value_name = "FILE")]
    pub(crate) mos: Option<PathBuf>,
    /// A typical year in EnergyPlus form
    #[arg(long, value_name = "FILE")]
    pub(crate) epw: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct WeatherDaysArgs {
    /// Hourly temperatures in local time (time, such as 2022/9/1 0:00; T in degrees Celsius)
    #[arg(long, value_name = "CSV")]
    pub(crate) hourly: PathBuf,
    /// Hours of the day at which T is read, if not at all; the rows between repeat the last reading and are left out
    #[arg(long, value_name = "HOURS", value_delimiter = ',', value_parser = clap::value_parser!(u8).range(..24))]
    pub(crate) read_at: Vec<u8>,
    /// Where the temperatures come from, for the fragment
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) source: String,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct NetworkArgs {
    #[arg(long, value_name = "PATH")]
    #[arg(
        help = "A MATPOWER case (*.m), a pandapower file (*.json), or a\nfolder of tables: pandapower's elements (bus.csv, ...) or\n\
                buses and branches in per unit (ppc_bus.csv, ...)"
    )]
    pub(crate) from: PathBuf,
    /// Where the network comes from [default: its file name]
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) source: Option<String>,
    #[arg(long, value_name = "DIR")]
    #[arg(help = "The folder to write, which holds nothing else; missing\nfolders are made")]
    pub(crate) out: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn one_form_of_weather_is_required_and_two_are_too_many() {
        let parse = |line: &str| Cli::try_parse_from(line.split(' '));
        assert!(parse("voltcity-import weather --out x").is_err());
        assert!(parse("voltcity-import weather --mos a --epw b --out x").is_err());
        let cli = parse("voltcity-import weather --epw b --out x").expect("one form is right");
        assert_eq!(cli.command.inputs(), [Path::new("b")]);
        assert!(parse("voltcity-import stations --polygons p --out x").is_err());
        assert!(parse("voltcity-import stations --polygons p --urbanev a --csv b --out x").is_err());
        assert!(parse("voltcity-import stations --polygons p --urbanev a --coordinates wgs84 --out x").is_err());
        assert!(parse("voltcity-import stations --polygons p --urbanev a --source s --out x").is_err());
        assert!(parse("voltcity-import stations --polygons p --csv a --coordinates bd09 --out x").is_err());
        let cli = parse("voltcity-import stations --polygons p --csv a --out x").expect("a list is enough");
        assert_eq!(cli.command.inputs(), [Path::new("p"), Path::new("a")]);
        assert!(parse("voltcity-import zones --polygons p --survey a --survey-zones b --out x").is_err());
        assert!(parse("voltcity-import weather-days --hourly h --out x").is_err());
        assert!(parse("voltcity-import weather-days --hourly h --source s --read-at 2,24 --out x").is_err());
        assert!(parse("voltcity-import network --from a.m --out x --keep-going").is_err());
        let cli = parse("voltcity-import network --from a.m --out x").expect("a network is enough");
        assert_eq!(cli.command.inputs(), [Path::new("a.m")]);
    }
}
