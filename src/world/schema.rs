//! The shape of a world file. Every figure stands beside its source; tables carry one source for all their rows.
//!
//! Nothing here computes: `check` judges the values, `synth` turns them into agents.

use crate::clock::DayKind;
use crate::fleet::charger::GunKind;
use crate::fleet::params::ControlMode;
use crate::fleet::vehicle::{Place, VehicleClass};
use crate::market::tariff::Period;
use crate::network::InverterControl;
use crate::site::building::{LoadFile, LoadSharesFile};
use crate::site::weather::WeatherFile;
use crate::world::figure::Figure;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The version of the format this program reads.
pub const FORMAT: u32 = 1;

/// The top-level fields of a world file, but for `base`.
pub const FIELDS: &[&str] = &[
    "format",
    "name",
    "extent",
    "sample",
    "seed",
    "calendar",
    "published",
    "survey",
    "fit",
    "districts",
    "zones",
    "stations",
    "weather",
    "load",
    "load_shares",
    "tariff",
    "behaviour",
    "fleet",
    "charging",
    "grid",
    "pv",
    "storage",
    "aggregators",
];

/// A whole world, parsed.
#[derive(Clone, Debug)]
pub struct WorldFile {
    /// Version of the format.
    pub format: u32,
    /// Name of the world.
    pub name: String,
    /// The districts that are simulated, if not all: every count of the city is scaled to their share.
    pub extent: Option<Figure<Vec<String>>>,
    /// The share of the city that is simulated, if not all: every count is scaled to it, vehicles and chargers alike.
    pub sample: Option<Figure<f64>>,
    /// Seed of a run if nothing else is said.
    pub seed: Figure<u64>,
    /// Start, warm-up and special days.
    pub calendar: CalendarFile,
    /// Published figures, for comparison only.
    pub published: BTreeMap<String, PublishedFile>,
    /// What was measured of public charging, and when: the points of [`ZoneRow::survey`].
    pub survey: Option<SurveyFile>,
    /// What may be fitted to what was measured.
    pub fit: Option<FitFile>,
    /// Districts by name.
    pub districts: BTreeMap<String, DistrictFile>,
    /// Traffic zones by number.
    pub zones: ZonesFile,
    /// Individual stations, where they are known.
    pub stations: Option<StationsFile>,
    /// Weather.
    pub weather: WeatherFile,
    /// Buildings' load model.
    pub load: LoadFile,
    /// Shares of each kind's load by district.
    pub load_shares: LoadSharesFile,
    /// Time-of-use tariff.
    pub tariff: TariffFile,
    /// Behaviour common to all classes.
    pub behaviour: BehaviourFile,
    /// Vehicle classes.
    pub fleet: BTreeMap<VehicleClass, ClassFile>,
    /// Charge points.
    pub charging: ChargingFile,
    /// Electrical tree.
    pub grid: GridFile,
    /// Solar arrays.
    pub pv: PvFile,
    /// Storage.
    pub storage: StorageFile,
    /// Aggregators and their resources.
    pub aggregators: AggregatorsFile,
}

/// When a run begins, and days that are not what their weekday says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarFile {
    /// First day of a run, `2024-07-25`.
    pub start: Figure<String>,
    /// Days simulated before it.
    pub warmup_days: Figure<u32>,
    /// Source of the special days.
    pub source: String,
    /// Special days by date.
    #[serde(default)]
    pub special: BTreeMap<String, DayKind>,
}

/// A published figure beside which the twin's own is shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedFile {
    /// Value.
    pub value: f64,
    /// Unit.
    pub unit: String,
    /// Source.
    pub source: String,
}

/// A survey of public charging. In a world that has one, the counted public points are the surveyed ones.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SurveyFile {
    /// Source of what was measured.
    pub source: String,
    /// First and last day.
    pub days: Figure<(String, String)>,
    /// Days left out of comparisons, as first and last day of each gap.
    pub left_out: Figure<Vec<(String, String)>>,
}

/// The values that a calibration may change.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FitFile {
    /// Source of the bounds.
    pub source: String,
    /// The free parameters.
    pub parameters: Vec<FitParameter>,
}

/// A free parameter of a calibration, which begins at the world's own value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FitParameter {
    /// Path of a number in the world, as for `--set`.
    pub path: String,
    /// Least and greatest value.
    pub bounds: (f64, f64),
    /// True when only whole numbers make sense.
    #[serde(default)]
    pub whole: bool,
    /// What it means.
    pub meaning: String,
}

/// A district.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistrictFile {
    /// Its name in Chinese.
    pub name_zh: String,
    /// Residents.
    pub population: Figure<f64>,
    /// Share of the city's V2G stations.
    pub v2g_share: Figure<f64>,
}

/// Traffic zones.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZonesFile {
    /// Source of all rows.
    pub source: String,
    /// Rows by number of the zone.
    pub rows: BTreeMap<u32, ZoneRow>,
}

/// A traffic zone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZoneRow {
    /// Name of its district.
    pub district: String,
    /// Longitude of its centroid in degrees (GCJ-02).
    pub lon: f64,
    /// Latitude of its centroid in degrees (GCJ-02).
    pub lat: f64,
    /// Area in m².
    pub area_m2: f64,
    /// Length of its roads in m.
    pub road_m: f64,
    /// Public stations counted in it.
    #[serde(default)]
    pub public: Option<PublicCount>,
    /// Stations and points of the survey of 2022/23.
    #[serde(default)]
    pub survey: Option<SurveyCount>,
}

/// Counted public stations of a zone.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicCount {
    /// Stations.
    pub stations: u32,
    /// Points with direct current.
    pub fast: u32,
    /// Points with alternating current.
    pub slow: u32,
}

/// Surveyed stations of a zone.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SurveyCount {
    /// Stations.
    pub stations: u32,
    /// Points.
    pub points: u32,
    /// Of these, points with direct current.
    #[serde(default)]
    pub fast: u32,
    /// Public points that the same source lists in the zone, where they are more than the surveyed ones.
    #[serde(default)]
    pub listed: u32,
}

/// Individual stations.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StationsFile {
    /// Source of all rows.
    pub source: String,
    /// Rows by name.
    pub rows: BTreeMap<String, StationRow>,
}

/// An individual station.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StationRow {
    /// Number of its zone.
    pub zone: u32,
    /// Longitude in degrees (GCJ-02).
    pub lon: f64,
    /// Latitude in degrees (GCJ-02).
    pub lat: f64,
    /// Points with direct current.
    #[serde(default)]
    pub fast: u32,
    /// Points with alternating current.
    #[serde(default)]
    pub slow: u32,
    /// Points of unknown kind.
    #[serde(default)]
    pub unsplit: u32,
}

/// Time-of-use tariff.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TariffFile {
    /// Period by hour of day, 24 entries.
    pub hours: Figure<Vec<Period>>,
    /// Hours that turn sharp.
    pub sharp_hours: Figure<Vec<u32>>,
    /// Months in which they do.
    pub sharp_months: Figure<Vec<u32>>,
    /// Daily maximum in °C from which they do in other months.
    pub sharp_from_c: Figure<f64>,
    /// Price in valley, flat, peak and sharp hours in yuan/kWh.
    pub price_yuan_kwh: Figure<(f64, f64, f64, f64)>,
}

/// Behaviour common to all classes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BehaviourFile {
    /// How charging is controlled.
    pub control: Figure<ControlMode>,
    /// True when vehicles at bidirectional points sell at peak prices.
    pub v2g_on_tariff: Figure<bool>,
    /// State of charge below which no vehicle is discharged.
    pub v2g_floor_soc: Figure<f64>,
    /// Mild temperatures in °C, from and to.
    pub mild_c: Figure<(f64, f64)>,
    /// Share of consumption added per °C below and above them.
    pub per_c: Figure<(f64, f64)>,
    /// Mean speed by hour of day in km/h, 24 entries.
    pub speed_km_h: Figure<Vec<f64>>,
    /// Length by road over length as the crow flies.
    pub detour: Figure<f64>,
    /// Distance over which attraction falls to 1/e, in km.
    pub decay_km: Figure<f64>,
    /// Charging curve for alternating current.
    pub ac_curve: Figure<Vec<(f64, f64)>>,
    /// Charging curve for direct current.
    pub dc_curve: Figure<Vec<(f64, f64)>>,
    /// Utility per yuan/kWh.
    pub utility_price: Figure<f64>,
    /// Utility per km.
    pub utility_km: Figure<f64>,
    /// Utility per hour of wait.
    pub utility_wait_h: Figure<f64>,
    /// Utility per unit of log power in kW.
    pub utility_log_kw: Figure<f64>,
    /// Utility per unit of log number of points.
    pub utility_log_points: Figure<f64>,
    /// Stations a driver looks at.
    pub alternatives: Figure<u32>,
    /// Mean time at a fast point in min.
    pub service_min: Figure<f64>,
    /// How much the odds of charging now grow, as a logarithm, when the coming hours are twice as dear on average.
    pub price_now: Figure<f64>,
    /// How far ahead those who follow the price look, in h.
    pub price_horizon_h: Figure<u32>,
    /// Rate per h at which those who follow the price begin a charge that they may put off within a stay.
    pub putting_off_h: Figure<f64>,
    /// The same away from home, where the driver has to come back to the car for it.
    pub putting_off_away_h: Figure<f64>,
    /// How much the odds of charging grow, as a logarithm, where a vehicle stays on a day off.
    pub at_leisure: Figure<f64>,
    /// Mean overstay at a public slow point in min.
    pub overstay_slow_min: Figure<f64>,
}

/// A class of vehicles.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassFile {
    /// How many there are.
    pub count: Figure<u32>,
    /// Usable capacity in kWh: median, and standard deviation of its logarithm.
    pub battery_kwh: Figure<(f64, f64)>,
    /// Share of plug-in hybrids.
    pub hybrid_share: Figure<f64>,
    /// Usable capacity of hybrids in kWh: median, and standard deviation of its logarithm.
    pub hybrid_kwh: Figure<(f64, f64)>,
    /// Consumption in kWh/km in mild weather: mean, and standard deviation of its logarithm.
    pub kwh_per_km: Figure<(f64, f64)>,
    /// Published or assumed distance in km a day, for comparison and for the settled start.
    pub km_per_day: Figure<f64>,
    /// Power of the on-board charger in kW.
    pub ac_kw: Figure<f64>,
    /// Power of the on-board charger of hybrids in kW.
    pub hybrid_ac_kw: Figure<f64>,
    /// Greatest charging rate with direct current over capacity, 1/h.
    pub dc_c_rate: Figure<f64>,
    /// Share with cells of lithium iron phosphate.
    pub lfp_share: Figure<f64>,
    /// Share with a pile of their own, and share with shared piles where they live.
    pub home: Figure<(f64, f64)>,
    /// Depot, for classes that are kept in one.
    #[serde(default)]
    pub depot: Option<DepotFile>,
    /// Share whose driver goes to work in it.
    pub worker_share: Figure<f64>,
    /// Share that can discharge into the grid.
    pub v2g_share: Figure<f64>,
    /// Share that delays charging to cheap hours.
    pub price_follower_share: Figure<f64>,
    /// Plugging in where it is kept: state of charge of half probability, width.
    pub plug_in_base: Figure<(f64, f64)>,
    /// Looking for a public point: the same.
    pub plug_in_public: Figure<(f64, f64)>,
    /// Looking for a public point at shift change: the same.
    pub plug_in_shift: Figure<(f64, f64)>,
    /// Hours of shift change, from and to.
    pub shift_hours: Figure<Vec<(f64, f64)>>,
    /// State of charge drivers keep in hand.
    pub reserve_soc: Figure<f64>,
    /// Share of long stops at which a slow point is preferred.
    pub slow_share: Figure<f64>,
    /// Share of stops away from home, at work or on errands, at which a public point is an option.
    pub away_share: Figure<f64>,
    /// State of charge at which charging at a fast point ends.
    pub dc_target_soc: Figure<f64>,
    /// Mean overstay at a fast point in min.
    pub overstay_min: Figure<f64>,
    /// Mean patience in a queue in min.
    pub patience_min: Figure<f64>,
    /// What its days look like.
    pub days: DaysFile,
}

/// A class's depots.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepotFile {
    /// Vehicles in one depot.
    pub vehicles: Figure<u32>,
    /// Guns per vehicle.
    pub guns_per_vehicle: Figure<f64>,
    /// Kind of gun.
    pub gun: Figure<GunKind>,
}

/// Patterns by kind of day.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DaysFile {
    /// Source of all patterns.
    pub source: String,
    /// Working days.
    pub workday: Vec<PatternFile>,
    /// Saturdays and Sundays.
    pub weekend: Vec<PatternFile>,
    /// Public holidays.
    pub holiday: Vec<PatternFile>,
}

/// What a vehicle may do on a day.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum PatternFile {
    /// It stays where it is.
    Stay {
        /// Weight among the patterns.
        weight: f64,
    },
    /// A chain of legs.
    Chain {
        /// Weight among the patterns.
        weight: f64,
        /// The legs, in order.
        legs: Vec<LegFile>,
    },
    /// Rounds of service.
    Rounds {
        /// Weight among the patterns.
        weight: f64,
        /// Hour of the first round.
        from_h: f64,
        /// Standard deviation of that.
        spread_h: f64,
        /// Minutes from round to round.
        every_min: u32,
        /// Number of rounds.
        rounds: u8,
        /// Kilometres in the whole day.
        km: f64,
        /// Standard deviation of the logarithm of a round's length.
        sigma: f64,
        /// Relative length of a round by hour of day, 24 entries.
        by_hour: Vec<f64>,
        /// True when the vehicle returns to its base.
        to_base: bool,
    },
}

/// One leg of a chain.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegFile {
    /// Where it leads.
    pub to: Place,
    /// Mean hour at which it begins.
    pub at_h: f64,
    /// Standard deviation of that.
    pub spread_h: f64,
}

/// Charge points.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargingFile {
    /// All charge points of the city.
    pub total: Figure<u32>,
    /// Of these, shared piles in residential compounds.
    pub compound_shared: Figure<u32>,
    /// Public charging stations, of all kinds.
    pub public_stations: Figure<u32>,
    /// Share of public points with direct current.
    pub public_dc_share: Figure<f64>,
    /// Share of 60, 120 and 180 kW among ordinary public points with direct current.
    pub dc_mix: Figure<(f64, f64, f64)>,
    /// Super-charging stations.
    pub super_stations: Figure<u32>,
    /// Guns of a super-charging station.
    pub super_guns: Figure<u32>,
    /// Power of a super-charging host in kW, and guns on it.
    pub super_host_kw: Figure<(f64, u32)>,
    /// Greatest power of one of its guns in kW.
    pub super_gun_kw: Figure<f64>,
    /// V2G stations.
    pub v2g_stations: Figure<u32>,
    /// Guns of a V2G station.
    pub v2g_guns: Figure<u32>,
    /// Share of V2G guns of 20 kW; the others have 60 kW.
    pub v2g_small_share: Figure<f64>,
    /// Integrated energy stations.
    pub integrated_stations: Figure<u32>,
    /// Guns of an integrated station.
    pub integrated_guns: Figure<u32>,
    /// PV-storage-super-charging-V2G demonstration stations.
    pub demonstration_stations: Figure<u32>,
    /// Super-charging guns and V2G guns of a demonstration station.
    pub demonstration_guns: Figure<(u32, u32)>,
    /// How the demand on a public point depends on its zone.
    pub zone_demand: Figure<ZoneDemand>,
    /// Shadow prices of zones by their number, in units of utility: what the balance between zones leaves to be made
    /// up for, so that every zone meets its demand.
    pub zone_shadow: Option<Figure<BTreeMap<u32, f64>>>,
    /// Standard deviation of the logarithm of a station's size.
    pub size_spread: Figure<f64>,
    /// Power of points with alternating current in kW.
    pub ac_kw: Figure<f64>,
    /// Share of public points that have failed for good.
    pub long_failed_share: Figure<f64>,
    /// Mean time between failures of a point in days.
    pub mtbf_days: Figure<f64>,
    /// Mean time to repair in days.
    pub mttr_days: Figure<f64>,
    /// Efficiency of charging with alternating current at full load and at 30 %.
    pub ac_efficiency: Figure<(f64, f64)>,
    /// Efficiency of charging with direct current at full load and at 30 %.
    pub dc_efficiency: Figure<(f64, f64)>,
    /// Efficiency of a bidirectional point, each way, at full load and at 30 %.
    pub v2g_efficiency: Figure<(f64, f64)>,
    /// Share of the guns of other stations, of piles and of depots that are bidirectional too; none if nothing is said.
    pub two_way_share: Option<Figure<f64>>,
    /// Standby of a bidirectional gun in W.
    pub v2g_standby_w: Figure<u32>,
    /// Service fee in yuan/kWh, from and to.
    pub fee_yuan_kwh: Figure<(f64, f64)>,
    /// Share of public stations whose price follows the hours.
    pub by_hour_share: Figure<f64>,
    /// Share of the points of a public station with a transformer of its own that are taken to charge at once.
    pub coincidence: Figure<f64>,
    /// The same of a depot, whose vehicles come back together.
    pub depot_coincidence: Figure<f64>,
    /// Connected power in kW from which a station has a transformer of its own.
    pub own_transformer_kw: Figure<f64>,
}

/// How the demand on a public point depends on its zone: weights on what is known of every zone, whose sum is the
/// logarithm of the demand relative to the city's mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ZoneDemand {
    /// Longitude and latitude of the city's centre in degrees.
    pub centre: (f64, f64),
    /// Per unit of the logarithm of the residents of the zone's district.
    pub district_residents: f64,
    /// Per unit of the logarithm of the mean area of the zones around it: the larger, the fewer people and streets.
    pub area_around: f64,
    /// Per unit of the logarithm of its points per station.
    pub station_size: f64,
    /// For a zone with fast points only, over one with slow points only.
    pub fast_share: f64,
    /// Per unit of the logarithm of its listed points over its counted ones: others compete.
    pub listed: f64,
    /// Per square of 10 km from the centre.
    pub centre_square: f64,
}

/// The electrical tree.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridFile {
    /// Feeders.
    pub feeders: Figure<u32>,
    /// Substations.
    pub substations: Figure<u32>,
    /// Ratings of distribution transformers in kVA, rising.
    pub ratings_kva: Figure<Vec<u32>>,
    /// Rated current of a feeder's first cable in A, at 10 kV.
    pub feeder_a: Figure<f64>,
    /// Rating of a 110/10 kV unit in MVA.
    pub unit_mva: Figure<f64>,
    /// Installed capacity of substations over their load.
    pub capacity_ratio: Figure<f64>,
    /// What inverters of solar arrays, storage units and two-way points do about the voltage: nothing when left out.
    #[serde(default)]
    pub inverters: Option<Figure<InverterControl>>,
}

/// Solar arrays.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PvFile {
    /// Installed power in MW.
    pub installed_mw: Figure<f64>,
    /// Number of arrays.
    pub arrays: Figure<u32>,
    /// Standard deviation of the logarithm of an array's size.
    pub size_spread: Figure<f64>,
    /// Share on industry, public buildings, offices, retail and dwellings.
    pub on: Figure<(f64, f64, f64, f64, f64)>,
    /// Tilt in degrees, from and to.
    pub tilt_deg: Figure<(f64, f64)>,
    /// Azimuth in degrees: mean and standard deviation (180 is south).
    pub azimuth_deg: Figure<(f64, f64)>,
    /// Reflectance of the surroundings.
    pub albedo: Figure<f64>,
    /// System loss, DC over AC power, nominal efficiency of the inverter.
    pub system: Figure<(f64, f64, f64)>,
    /// Change of power per K of cell temperature.
    pub power_per_k: Figure<f64>,
    /// Linke turbidity by month, 12 entries.
    pub linke: Figure<Vec<f64>>,
}

/// Storage.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageFile {
    /// Units at users.
    pub user_side: StorageKindFile,
    /// Units at 5G base stations.
    pub base_station: StorageKindFile,
    /// Units at integrated and demonstration stations, one each.
    pub station_buffer: StorageKindFile,
    /// Share of a transformer's limit above which a station buffer shaves.
    pub shave_above: Figure<f64>,
}

/// A kind of storage unit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageKindFile {
    /// Number of units; for station buffers the number of stations decides.
    pub units: Figure<u32>,
    /// Power of all units in MW; for station buffers that of one in MW.
    pub power_mw: Figure<f64>,
    /// Capacity of all units in `MWh`; for station buffers that of one in `MWh`.
    pub energy_mwh: Figure<f64>,
    /// Efficiency one way at full load and at 30 %.
    pub efficiency: Figure<(f64, f64)>,
    /// Share of capacity that is kept in hand.
    pub floor: Figure<f64>,
}

/// Aggregators.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AggregatorsFile {
    /// Number of operators.
    pub operators: Figure<u32>,
    /// Resources they have connected.
    pub resources: Figure<u32>,
    /// Share of the resources that are charging stations, buildings, storage units and solar arrays.
    pub mix: Figure<(f64, f64, f64, f64)>,
    /// On what terms they have joined.
    pub programme: ProgrammeFile,
}

/// Share of the present load that can be shed, for how many hours, and the share of the energy that comes back.
pub type FlexibleFigure = Figure<(f64, f64, f64)>;
/// Time between reports in s, time until one arrives in s, share of them that is lost.
pub type TelemetryFigure = Figure<(u32, u32, f64)>;

/// The terms of the virtual power plant's programme.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeFile {
    /// Hour of the day at which the city's adjustable load is told.
    pub reference_hour: Figure<u32>,
    /// Share of drivers at connected stations who let their charging be moved.
    pub drivers: Figure<f64>,
    /// Cooling of offices, shops and public buildings.
    pub cooling: FlexibleFigure,
    /// District cooling with ice storage.
    pub district_cooling: FlexibleFigure,
    /// Industrial load.
    pub industry: FlexibleFigure,
    /// Data centres.
    pub data_centre: FlexibleFigure,
    /// How owners of vehicles answer to a call.
    pub owners: OwnersFile,
    /// How resources report.
    pub telemetry: TelemetryFile,
    /// Share of resources that are offline for a day.
    pub offline: Figure<f64>,
}

/// How owners of vehicles answer to a call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnersFile {
    /// What an owner must be offered in yuan for half of them to accept, and how much more for three of four.
    pub accepts_yuan: Figure<(f64, f64)>,
    /// How much more in yuan for each call of the last 30 days.
    pub fatigue_yuan: Figure<f64>,
    /// Share of those who have accepted that are not there or do not follow.
    pub no_show: Figure<f64>,
    /// Rate per h at which owners take over while they are called.
    pub opt_out_h: Figure<f64>,
}

/// How resources report, by kind of agent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetryFile {
    /// Charging stations.
    pub stations: TelemetryFigure,
    /// Buildings.
    pub buildings: TelemetryFigure,
    /// Storage units.
    pub storage: TelemetryFigure,
    /// Solar arrays.
    pub pv: TelemetryFigure,
}
