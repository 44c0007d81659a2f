//! What there is in a world: agents by kind and by district, and what is installed.

use super::figures::{self, Origin, Sourced};
use serde::Serialize;
use std::collections::BTreeMap;
use voltcity::fleet::charger::{GunKind, GunStatus};
use voltcity::fleet::station::StationKind;
use voltcity::fleet::vehicle::{Access, Vehicle, VehicleClass};
use voltcity::plan::Plan;
use voltcity::site::building::BuildingKind;
use voltcity::site::storage::StorageKind;
use voltcity::units::{Energy, JOULES_PER_KWH};
use voltcity::world::Checked;

const STATION_KINDS: [StationKind; 7] = [
    StationKind::Public,
    StationKind::Super,
    StationKind::V2g,
    StationKind::Integrated,
    StationKind::Demonstration,
    StationKind::Compound,
    StationKind::Depot,
];
const STORAGE_KINDS: [StorageKind; 3] = [StorageKind::UserSide, StorageKind::BaseStation, StorageKind::StationBuffer];

/// Everything `describe` tells of a world.
#[derive(Debug, Serialize)]
pub(crate) struct Inventory {
    pub(crate) world: String,
    pub(crate) digest: String,
    pub(crate) start: String,
    pub(crate) warmup_days: u32,
    pub(crate) seed: u64,
    pub(crate) totals: Totals,
    pub(crate) published: Vec<Published>,
    pub(crate) vehicles: Vec<Class>,
    pub(crate) chargers: Vec<Guns>,
    pub(crate) stations: Vec<(&'static str, usize)>,
    pub(crate) buildings: Vec<Buildings>,
    pub(crate) storage: Vec<Storage>,
    pub(crate) districts: Vec<District>,
    pub(crate) figures: Vec<Sourced>,
}

/// Numbers of agents, and sums of what they are rated for.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Totals {
    pub(crate) zones: usize,
    pub(crate) vehicles: usize,
    pub(crate) chargers: usize,
    pub(crate) stations: usize,
    pub(crate) buildings: usize,
    pub(crate) pv_arrays: usize,
    pub(crate) storage_units: usize,
    pub(crate) transformers: usize,
    pub(crate) feeders: usize,
    pub(crate) substations: usize,
    pub(crate) aggregators: usize,
    pub(crate) resources: u32,
    pub(crate) chargers_failed: usize,
    pub(crate) batteries_mwh: f64,
    pub(crate) chargers_mw: f64,
    pub(crate) pv_mw: f64,
    pub(crate) storage_mw: f64,
    pub(crate) storage_mwh: f64,
    pub(crate) transformers_mva: f64,
    pub(crate) substations_mw: f64,
}

/// A published figure.
#[derive(Debug, Serialize)]
pub(crate) struct Published {
    pub(crate) key: String,
    pub(crate) value: f64,
    pub(crate) unit: String,
    pub(crate) source: String,
}

/// Vehicles of a class.
#[derive(Debug, Serialize)]
pub(crate) struct Class {
    pub(crate) name: &'static str,
    pub(crate) vehicles: usize,
    pub(crate) hybrids: usize,
    pub(crate) v2g: usize,
    pub(crate) own_pile: usize,
    pub(crate) shared_pile: usize,
    pub(crate) depot: usize,
    pub(crate) battery_kwh_mean: f64,
}

/// Guns of a kind at stations of a kind.
#[derive(Debug, Serialize)]
pub(crate) struct Guns {
    pub(crate) station: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) number: usize,
    pub(crate) mw: f64,
}

/// Buildings of a kind.
#[derive(Debug, Serialize)]
pub(crate) struct Buildings {
    pub(crate) kind: &'static str,
    pub(crate) number: usize,
    pub(crate) base_mw: f64,
    pub(crate) cooling_mw: f64,
}

/// Storage of a kind.
#[derive(Debug, Serialize)]
pub(crate) struct Storage {
    pub(crate) kind: &'static str,
    pub(crate) units: usize,
    pub(crate) mw: f64,
    pub(crate) mwh: f64,
}

/// What there is in a district.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct District {
    pub(crate) name: String,
    pub(crate) name_zh: String,
    pub(crate) zones: usize,
    pub(crate) vehicles: usize,
    pub(crate) chargers: usize,
    pub(crate) stations: usize,
    pub(crate) v2g_guns: usize,
    pub(crate) buildings: usize,
    pub(crate) pv_arrays: usize,
    pub(crate) pv_mw: f64,
    pub(crate) storage_units: usize,
    pub(crate) storage_mwh: f64,
    pub(crate) transformers: usize,
    pub(crate) transformers_mva: f64,
    pub(crate) feeders: usize,
    pub(crate) substations: usize,
}

impl Inventory {
    /// Counts what a world and its plan have.
    pub(crate) fn new(world: &Checked, plan: &Plan) -> Self {
        let published = world.file().published.iter().map(|(key, figure)| Published {
            key: key.clone(),
            value: figure.value,
            unit: figure.unit.clone(),
            source: figure.source.clone(),
        });
        let fleet: Vec<Vehicle> = (0..plan.vehicles.len() as u32).map(|row| plan.vehicle(row).0).collect();
        Self {
            world: plan.name.clone(),
            digest: format!("{:016x}", plan.digest),
            start: plan.start.to_string(),
            warmup_days: plan.warmup_days,
            seed: plan.seed,
            totals: totals(plan, &fleet),
            published: published.collect(),
            vehicles: VehicleClass::ALL.into_iter().map(|class| vehicles(&fleet, class)).collect(),
            chargers: chargers(plan),
            stations: STATION_KINDS
                .map(|kind| (kind.label(), plan.stations.iter().filter(|station| station.kind == kind).count()))
                .to_vec(),
            buildings: BuildingKind::ALL.into_iter().map(|kind| buildings(plan, kind)).collect(),
            storage: STORAGE_KINDS.into_iter().map(|kind| storage(plan, kind)).collect(),
            districts: districts(world, plan, &fleet),
            figures: figures::all(world),
        }
    }

    /// How many stations there are of a kind.
    pub(crate) fn stations_of(&self, kind: StationKind) -> usize {
        self.stations.iter().find(|(label, _)| *label == kind.label()).map_or(0, |(_, stations)| *stations)
    }

    /// How many figures there are of an origin.
    pub(crate) fn figures_of(&self, origin: Origin) -> usize {
        self.figures.iter().filter(|figure| figure.origin == origin).count()
    }
}

fn mw(watts: impl Iterator<Item = u32>) -> f64 {
    watts.map(u64::from).sum::<u64>() as f64 / 1e6
}

fn mwh(joules: impl Iterator<Item = Energy>) -> f64 {
    joules.sum::<Energy>().kwh() / 1e3
}

fn totals(plan: &Plan, fleet: &[Vehicle]) -> Totals {
    Totals {
        zones: plan.tree.zone_ids.len(),
        vehicles: fleet.len(),
        chargers: plan.guns.len(),
        stations: plan.stations.len(),
        buildings: plan.buildings.len(),
        pv_arrays: plan.pv.len(),
        storage_units: plan.storage.len(),
        transformers: plan.transformers.len(),
        feeders: plan.feeders.len(),
        substations: plan.substations.len(),
        aggregators: plan.aggregators.len(),
        resources: plan.aggregators.iter().map(|a| a.stations + a.buildings + a.storage + a.pv).sum(),
        chargers_failed: plan.guns.iter().filter(|gun| gun.status == GunStatus::LongFailed).count(),
        batteries_mwh: mwh(fleet.iter().map(|vehicle| Energy(i64::from(vehicle.capacity_j)))),
        chargers_mw: mw(plan.guns.iter().map(|gun| gun.rating_w)),
        pv_mw: mw(plan.pv.iter().map(|array| array.peak_w)),
        storage_mw: mw(plan.storage.iter().map(|(unit, _)| unit.power_w)),
        storage_mwh: mwh(plan.storage.iter().map(|(unit, _)| unit.capacity)),
        transformers_mva: mw(plan.transformers.iter().map(|transformer| transformer.rating_va)),
        substations_mw: plan.substations.iter().map(|substation| substation.limit_w).sum::<u64>() as f64 / 1e6,
    }
}

fn vehicles(fleet: &[Vehicle], class: VehicleClass) -> Class {
    let of_class = || fleet.iter().filter(|vehicle| vehicle.class == class);
    let with_access = |access| of_class().filter(|vehicle| vehicle.access == access).count();
    let joules: u64 = of_class().map(|vehicle| u64::from(vehicle.capacity_j)).sum();
    let vehicles = of_class().count();
    Class {
        name: class.name(),
        vehicles,
        hybrids: of_class().filter(|vehicle| vehicle.hybrid).count(),
        v2g: of_class().filter(|vehicle| vehicle.v2g).count(),
        own_pile: with_access(Access::Own),
        shared_pile: with_access(Access::Compound),
        depot: with_access(Access::Depot),
        battery_kwh_mean: joules as f64 / JOULES_PER_KWH / vehicles.max(1) as f64,
    }
}

/// Guns by kind of station and kind of gun, without the pairs of which there are none.
fn chargers(plan: &Plan) -> Vec<Guns> {
    let mut pairs: BTreeMap<(StationKind, GunKind), (usize, u64)> = BTreeMap::new();
    for gun in &plan.guns {
        let (guns, watts) = pairs.entry((plan.stations[gun.station as usize].kind, gun.kind)).or_default();
        *guns += 1;
        *watts += u64::from(gun.rating_w);
    }
    let row = |((station, gun), (number, watts)): ((StationKind, GunKind), (usize, u64))| Guns {
        station: station.label(),
        kind: gun.label(),
        number,
        mw: watts as f64 / 1e6,
    };
    pairs.into_iter().map(row).collect()
}

fn buildings(plan: &Plan, kind: BuildingKind) -> Buildings {
    let of_kind = || plan.buildings.iter().filter(|building| building.kind == kind);
    Buildings {
        kind: kind.name(),
        number: of_kind().count(),
        base_mw: mw(of_kind().map(|building| building.base_w)),
        cooling_mw: mw(of_kind().map(|building| building.cooling_w)),
    }
}

fn storage(plan: &Plan, kind: StorageKind) -> Storage {
    let of_kind = || plan.storage.iter().map(|(unit, _)| unit).filter(|unit| unit.kind == kind);
    Storage {
        kind: kind.label(),
        units: of_kind().count(),
        mw: mw(of_kind().map(|unit| unit.power_w)),
        mwh: mwh(of_kind().map(|unit| unit.capacity)),
    }
}

fn districts(world: &Checked, plan: &Plan, fleet: &[Vehicle]) -> Vec<District> {
    let tree = &plan.tree;
    let mut rows: Vec<District> = tree.districts.iter().map(|name| district(world, name)).collect();
    let of_zone = |zone: u16| usize::from(tree.zone_district[usize::from(zone)]);
    let of_node = |node: u32| of_zone(plan.transformers[node as usize].zone);
    tree.zone_district.iter().for_each(|district| rows[usize::from(*district)].zones += 1);
    for vehicle in fleet {
        rows[of_zone(vehicle.home_zone)].vehicles += 1;
    }
    for station in &plan.stations {
        let row = &mut rows[of_zone(station.zone)];
        let guns = station.first_gun as usize..(station.first_gun + station.guns) as usize;
        row.stations += 1;
        row.chargers += guns.len();
        row.v2g_guns += plan.guns[guns].iter().filter(|gun| gun.is_two_way()).count();
    }
    plan.buildings.iter().for_each(|building| rows[of_node(building.node)].buildings += 1);
    for array in &plan.pv {
        let row = &mut rows[of_node(array.node)];
        row.pv_arrays += 1;
        row.pv_mw += f64::from(array.peak_w) / 1e6;
    }
    for (unit, _) in &plan.storage {
        let row = &mut rows[of_node(unit.node)];
        row.storage_units += 1;
        row.storage_mwh += unit.capacity.kwh() / 1e3;
    }
    for transformer in &plan.transformers {
        let row = &mut rows[of_zone(transformer.zone)];
        row.transformers += 1;
        row.transformers_mva += f64::from(transformer.rating_va) / 1e6;
    }
    plan.feeders.iter().for_each(|feeder| rows[of_zone(feeder.zone)].feeders += 1);
    plan.substations.iter().for_each(|substation| rows[usize::from(substation.district)].substations += 1);
    rows
}

/// A district in which nothing has been counted yet.
fn district(world: &Checked, name: &str) -> District {
    let name_zh = world.file().districts.get(name).map_or_else(String::new, |district| district.name_zh.clone());
    District { name: name.to_owned(), name_zh, ..District::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_parts_add_up_to_the_whole() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/block.ron");
        let world = Checked::load(&path, &[]).unwrap_or_else(|problems| panic!("{problems}"));
        let plan = world.plan();
        let inventory = Inventory::new(&world, &plan);
        let totals = &inventory.totals;
        assert_eq!((totals.vehicles, totals.chargers, totals.aggregators), (200, 62, 1));
        assert_eq!(inventory.vehicles.iter().map(|class| class.vehicles).sum::<usize>(), totals.vehicles);
        assert_eq!(inventory.chargers.iter().map(|guns| guns.number).sum::<usize>(), totals.chargers);
        assert_eq!(inventory.stations.iter().map(|(_, stations)| stations).sum::<usize>(), totals.stations);
        assert_eq!(inventory.storage.iter().map(|kind| kind.units).sum::<usize>(), totals.storage_units);
        let [futian] = &inventory.districts[..] else { panic!("one district") };
        assert_eq!((futian.name_zh.as_str(), futian.vehicles, futian.chargers), ("福田", 200, 62));
        assert!((futian.pv_mw - totals.pv_mw).abs() < 1e-9 && (totals.pv_mw - 0.08).abs() < 1e-6);
        let origins = [Origin::Published, Origin::Derived, Origin::Assumed, Origin::Unused];
        assert_eq!(origins.map(|o| inventory.figures_of(o)).iter().sum::<usize>(), inventory.figures.len());
    }
}
