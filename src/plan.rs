//! The plan: every agent of a world, in id order, ready to be spawned. Nothing after it knows a file.

use crate::city::geography::Geography;
use crate::city::tree::{Feeder, Substation, Transformer, Tree};
use crate::clock::DayKind;
use crate::fleet::charger::Gun;
use crate::fleet::params::FleetParams;
use crate::fleet::station::{Site, Station};
use crate::fleet::vehicle::{Vehicle, VehicleState};
use crate::market::programme::Programme;
use crate::market::tariff::{ClimateUse, Tariff};
use crate::network::InverterControl;
use crate::report::survey::SurveyZone;
use crate::site::building::Load;
use crate::site::pv::{PvArray, PvParams};
use crate::site::stock::Building;
use crate::site::storage::{StorageParams, StorageUnit};
use crate::site::weather::Weather;
use crate::units::Energy;
use crate::world::synth::vehicles::VehiclePlan;
use bevy_ecs::prelude::Component;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// An operator that bundles resources for the virtual power plant.
#[derive(Component, Clone, Debug, PartialEq, Eq)]
#[component(immutable)]
pub struct Aggregator {
    /// Its name.
    pub name: String,
    /// Charging stations that have joined it.
    pub stations: u32,
    /// Buildings that have joined it.
    pub buildings: u32,
    /// Storage units that have joined it.
    pub storage: u32,
    /// Solar arrays that have joined it.
    pub pv: u32,
}

/// Everything a twin is made of.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Name of the world.
    pub name: String,
    /// Digest of the world's content.
    pub digest: u64,
    /// Day a run begins if nothing else is said.
    pub start: Date,
    /// Seed if nothing else is said.
    pub seed: u64,
    /// Offset of local time from UTC in s.
    pub utc_offset_s: i64,
    /// Days that are not what their weekday says.
    pub special_days: BTreeMap<Date, DayKind>,
    /// Electrical tree.
    pub tree: Tree,
    /// Zones, distances, nearby stations.
    pub geography: Geography,
    /// Transformers.
    pub transformers: Vec<Transformer>,
    /// Feeders.
    pub feeders: Vec<Feeder>,
    /// Substations.
    pub substations: Vec<Substation>,
    /// Buildings.
    pub buildings: Vec<Building>,
    /// Solar arrays.
    pub pv: Vec<PvArray>,
    /// Storage units with the energy they begin with.
    pub storage: Vec<(StorageUnit, Energy)>,
    /// Stations.
    pub stations: Vec<Station>,
    /// What everyone may know of them.
    pub sites: Vec<Site>,
    /// Zones with surveyed points; a site's slot of the survey is a place in this list.
    pub surveyed: Vec<SurveyZone>,
    /// Guns.
    pub guns: Vec<Gun>,
    /// Vehicles, made on demand.
    pub vehicles: VehiclePlan,
    /// Aggregators.
    pub aggregators: Vec<Aggregator>,
    /// Who has joined the virtual power plant.
    pub programme: Programme,
    /// Behaviour of the fleet.
    pub fleet: FleetParams,
    /// How climate weighs on consumption.
    pub climate: ClimateUse,
    /// Tariff.
    pub tariff: Tariff,
    /// Weather.
    pub weather: Weather,
    /// Load model.
    pub load: Load,
    /// Solar parameters.
    pub pv_params: PvParams,
    /// What inverters do about the voltage they see.
    pub inverters: InverterControl,
    /// Storage rules.
    pub storage_params: StorageParams,
    /// Days simulated before the start so that the run begins settled.
    pub warmup_days: u32,
}

impl Plan {
    /// The vehicle of a row with the state it begins in (seconds count from the first midnight of the run).
    pub fn vehicle(&self, row: u32) -> (Vehicle, VehicleState) {
        self.vehicles.make(&self.geography, &self.fleet, row)
    }
}
