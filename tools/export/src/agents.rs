//! What is told of every kind of agent, and its rows one after the other.

use crate::args::Kind;
use crate::table::{Column, Holds, Value};
use bevy_ecs::prelude::World;
use std::io;
use voltcity::city::geography::Geography;
use voltcity::city::tree::{BranchFlow, Feeder, Substation, Transformer, TransformerFlow, Tree};
use voltcity::fleet::charger::{Gun, GunStatus, NONE};
use voltcity::fleet::shard::FleetShards;
use voltcity::fleet::station::Station;
use voltcity::fleet::vehicle::{Access, Chemistry, Phase, Place, Vehicle, VehicleState};
use voltcity::site::pv::{PvArray, PvOutput};
use voltcity::site::stock::{Building, BuildingLoad};
use voltcity::site::storage::{StorageState, StorageUnit};
use voltcity::twin::Twin;

/// Takes a row.
pub(crate) type Visit<'a> = dyn FnMut(&[Value]) -> io::Result<()> + 'a;

macro_rules! columns {
    ($($name:literal $unit:literal $holds:ident $doc:literal),+ $(,)?) => {
        &[$(Column { name: $name, unit: $unit, doc: $doc, holds: Holds::$holds }),+]
    };
}

const VEHICLE: &[Column] = columns!(
    "id" "1" Whole "row of the vehicle",
    "class" "" Words "class",
    "chemistry" "" Words "cell chemistry",
    "access" "" Words "how it can charge where it is kept",
    "hybrid" "1" Whole "1 for a plug-in hybrid",
    "v2g" "1" Whole "1 if it can discharge into the grid",
    "follows_price" "1" Whole "1 if its owner looks at the price",
    "capacity_j" "J" Whole "usable capacity",
    "energy_j" "J" Whole "energy in its battery now, what flows included",
    "state_of_charge" "1" Number "energy over capacity",
    "battery_w" "W" Whole "power into the battery, negative when it discharges",
    "phase" "" Words "what it is doing",
    "place" "" Words "what the place it is at is to it",
    "zone" "1" Whole "number of the zone it is in",
    "home_zone" "1" Whole "number of the zone where it is kept",
    "station" "1" Whole "station it is at or bound for",
    "charger" "1" Whole "charge point it is plugged into",
    "depart_s" "s" Whole "second of the run at which its next leg is to begin",
);

const CHARGER: &[Column] = columns!(
    "id" "1" Whole "row of the charge point",
    "station" "1" Whole "row of its station",
    "kind" "" Words "what it is",
    "two_way" "1" Whole "1 if it can take energy back",
    "rating_w" "W" Whole "rated output",
    "status" "" Words "state it is in",
    "vehicle" "1" Whole "vehicle plugged in",
    "owner" "1" Whole "vehicle that alone may use it",
    "allotted_w" "W" Whole "what its host allots to it, at the battery",
);

const STATION: &[Column] = columns!(
    "id" "1" Whole "row of the station",
    "kind" "" Words "what it is",
    "zone" "1" Whole "number of its zone",
    "transformer" "1" Whole "row of its transformer",
    "lon_deg" "deg" Number "longitude, in the datum of the world (GCJ-02)",
    "lat_deg" "deg" Number "latitude, in the datum of the world (GCJ-02)",
    "chargers" "1" Whole "charge points",
    "plugged" "1" Whole "charge points at which a vehicle is plugged in",
    "failed" "1" Whole "charge points out of order",
    "rating_w" "W" Whole "rated output of all charge points",
    "queue" "1" Whole "vehicles that wait",
);

const BUILDING: &[Column] = columns!(
    "id" "1" Whole "row of the building",
    "kind" "" Words "what it is",
    "transformer" "1" Whole "row of its transformer",
    "base_w" "W" Whole "power at design conditions without cooling",
    "cooling_w" "W" Whole "cooling power at design conditions",
    "power_w" "W" Whole "mean power of the last step",
);

const PV: &[Column] = columns!(
    "id" "1" Whole "row of the array",
    "transformer" "1" Whole "row of its transformer",
    "peak_w" "W" Whole "power of its modules under standard test conditions",
    "power_w" "W" Whole "mean power of the last step",
);

const STORAGE: &[Column] = columns!(
    "id" "1" Whole "row of the unit",
    "kind" "" Words "what it is",
    "transformer" "1" Whole "row of its transformer",
    "capacity_j" "J" Whole "usable capacity",
    "power_w" "W" Whole "greatest power at the battery",
    "energy_j" "J" Whole "energy in it now",
    "meter_j" "J" Whole "energy at the meter in the last step, negative when delivered",
);

const TRANSFORMER: &[Column] = columns!(
    "id" "1" Whole "row of the transformer",
    "feeder" "1" Whole "row of its feeder",
    "zone" "1" Whole "number of its zone",
    "rating_va" "VA" Whole "rating",
    "limit_w" "W" Whole "active power at which it is fully loaded",
    "net_w" "W" Whole "mean net power of the last step, negative when it flows back",
    "ev_w" "W" Whole "what vehicles drew of it, less what they returned",
    "peak_w" "W" Whole "greatest net power either way since the run began",
    "overload_s" "s" Whole "time above its limit since the run began",
);

const FEEDER: &[Column] = columns!(
    "id" "1" Whole "row of the feeder",
    "substation" "1" Whole "row of its substation",
    "zone" "1" Whole "number of its zone",
    "transformers" "1" Whole "its transformers",
    "limit_w" "W" Whole "power that its first cable carries",
    "net_w" "W" Whole "mean net power of the last step",
    "peak_w" "W" Whole "greatest net power either way since the run began",
    "overload_s" "s" Whole "time above its limit since the run began",
);

const SUBSTATION: &[Column] = columns!(
    "id" "1" Whole "row of the substation",
    "district" "" Words "its district",
    "feeders" "1" Whole "its feeders",
    "limit_w" "W" Whole "installed capacity at the world's power factor",
    "net_w" "W" Whole "mean net power of the last step",
    "peak_w" "W" Whole "greatest net power either way since the run began",
    "overload_s" "s" Whole "time above its limit since the run began",
);

const ZONE: &[Column] = columns!(
    "id" "1" Whole "number of the zone",
    "district" "" Words "its district",
    "lon_deg" "deg" Number "longitude of its centre, in the datum of the world (GCJ-02)",
    "lat_deg" "deg" Number "latitude of its centre, in the datum of the world (GCJ-02)",
    "area_m2" "m2" Number "area",
    "vehicles" "1" Whole "vehicles in it or bound for it",
    "charging" "1" Whole "vehicles that charge in it",
    "charging_w" "W" Whole "power into their batteries",
    "discharging_w" "W" Whole "power out of the batteries of those that discharge",
    "stations" "1" Whole "stations",
    "chargers" "1" Whole "charge points",
    "plugged" "1" Whole "charge points at which a vehicle is plugged in",
    "net_w" "W" Whole "net power of its transformers in the last step",
    "limit_w" "W" Whole "what its transformers carry together",
);

const DISTRICT: &[Column] = columns!(
    "id" "1" Whole "row of the district",
    "name" "" Words "its name",
    "zones" "1" Whole "zones",
    "vehicles" "1" Whole "vehicles in it or bound for it",
    "charging" "1" Whole "vehicles that charge in it",
    "charging_w" "W" Whole "power into their batteries",
    "discharging_w" "W" Whole "power out of the batteries of those that discharge",
    "stations" "1" Whole "stations",
    "chargers" "1" Whole "charge points",
    "plugged" "1" Whole "charge points at which a vehicle is plugged in",
    "net_w" "W" Whole "net power of its transformers in the last step",
    "limit_w" "W" Whole "what its transformers carry together",
);

/// What is told of a kind.
pub(crate) const fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Vehicle => VEHICLE,
        Kind::Charger => CHARGER,
        Kind::Station => STATION,
        Kind::Building => BUILDING,
        Kind::Pv => PV,
        Kind::Storage => STORAGE,
        Kind::Transformer => TRANSFORMER,
        Kind::Feeder => FEEDER,
        Kind::Substation => SUBSTATION,
        Kind::Zone => ZONE,
        Kind::District => DISTRICT,
        // What a snapshot has of the city is its books.
        Kind::City => &[],
    }
}

/// Goes through all agents of a kind, by id.
///
/// # Errors
/// What `visit` says.
pub(crate) fn each(twin: &mut Twin, kind: Kind, visit: &mut Visit) -> io::Result<()> {
    match kind {
        Kind::Vehicle => vehicles(twin, visit),
        Kind::Charger => chargers(twin.world_mut(), visit),
        Kind::Station => stations(twin.world_mut(), visit),
        Kind::Building | Kind::Pv | Kind::Storage => sites(twin.world_mut(), kind, visit),
        Kind::Transformer | Kind::Feeder | Kind::Substation => tree(twin.world_mut(), kind, visit),
        Kind::Zone => zones(twin, visit),
        Kind::District => districts(twin, visit),
        Kind::City => Ok(()),
    }
}

fn vehicles(twin: &mut Twin, visit: &mut Visit) -> io::Result<()> {
    let now_s = twin.clock().now_s();
    let w = twin.world_mut();
    let mut query = w.query::<(&Vehicle, &VehicleState)>();
    let w: &World = w;
    let (shards, zones) = (w.resource::<FleetShards>(), &w.resource::<Tree>().zone_ids);
    for (row, (v, s)) in (0..).zip(query.iter(w)) {
        let energy_j = shards.energy_at(row, s, now_s).0;
        visit(&[
            row.into(),
            Value::Word(v.class.name()),
            Value::Word(chemistry(v.chemistry)),
            Value::Word(access(v.access)),
            v.hybrid.into(),
            v.v2g.into(),
            v.follows_price.into(),
            v.capacity_j.into(),
            energy_j.into(),
            Value::Number(if v.capacity_j == 0 { 0.0 } else { energy_j as f64 / f64::from(v.capacity_j) }),
            shards.battery_w(row, s, now_s).into(),
            Value::Word(phase(s.phase)),
            Value::Word(place(s.place)),
            zones[usize::from(s.zone)].into(),
            zones[usize::from(v.home_zone)].into(),
            Value::row(s.station),
            Value::row(s.gun),
            Value::row(s.depart_s),
        ])?;
    }
    Ok(())
}

fn chargers(w: &mut World, visit: &mut Visit) -> io::Result<()> {
    let mut query = w.query::<&Gun>();
    for (row, gun) in (0_u32..).zip(query.iter(w)) {
        visit(&[
            row.into(),
            gun.station.into(),
            Value::Word(gun.kind.label()),
            gun.is_two_way().into(),
            gun.rating_w.into(),
            Value::Word(status(gun.status)),
            Value::row(gun.vehicle),
            Value::row(gun.owner),
            gun.allotted_w.into(),
        ])?;
    }
    Ok(())
}

fn stations(w: &mut World, visit: &mut Visit) -> io::Result<()> {
    let guns: Vec<Gun> = w.query::<&Gun>().iter(w).copied().collect();
    let mut query = w.query::<&Station>();
    let w: &World = w;
    let zones = &w.resource::<Tree>().zone_ids;
    for (row, station) in (0_u32..).zip(query.iter(w)) {
        let mine = &guns[station.first_gun as usize..(station.first_gun + station.guns) as usize];
        let count = |wanted: &[GunStatus]| mine.iter().filter(|gun| wanted.contains(&gun.status)).count() as i64;
        visit(&[
            row.into(),
            Value::Word(station.kind.label()),
            zones[usize::from(station.zone)].into(),
            station.node.into(),
            Value::Number(station.lon),
            Value::Number(station.lat),
            station.guns.into(),
            count(&[GunStatus::Plugged]).into(),
            count(&[GunStatus::Faulted, GunStatus::LongFailed]).into(),
            mine.iter().map(|gun| i64::from(gun.rating_w)).sum::<i64>().into(),
            (station.queue.len() as i64).into(),
        ])?;
    }
    Ok(())
}

fn sites(w: &mut World, kind: Kind, visit: &mut Visit) -> io::Result<()> {
    match kind {
        Kind::Building => {
            let mut query = w.query::<(&Building, &BuildingLoad)>();
            for (row, (b, load)) in (0_u32..).zip(query.iter(w)) {
                let kind = Value::Word(b.kind.name());
                visit(&[row.into(), kind, b.node.into(), b.base_w.into(), b.cooling_w.into(), load.power_w.into()])?;
            }
        }
        Kind::Pv => {
            let mut query = w.query::<(&PvArray, &PvOutput)>();
            for (row, (array, output)) in (0_u32..).zip(query.iter(w)) {
                visit(&[row.into(), array.node.into(), array.peak_w.into(), output.power_w.into()])?;
            }
        }
        _ => {
            let mut query = w.query::<(&StorageUnit, &StorageState)>();
            for (row, (unit, state)) in (0_u32..).zip(query.iter(w)) {
                visit(&[
                    row.into(),
                    Value::Word(unit.kind.label()),
                    unit.node.into(),
                    unit.capacity.0.into(),
                    unit.power_w.into(),
                    state.energy.0.into(),
                    state.meter_j.into(),
                ])?;
            }
        }
    }
    Ok(())
}

fn tree(w: &mut World, kind: Kind, visit: &mut Visit) -> io::Result<()> {
    let (zones, districts) = (w.resource::<Tree>().zone_ids.clone(), w.resource::<Tree>().districts.clone());
    let zone = |index: u16| Value::from(zones[usize::from(index)]);
    match kind {
        Kind::Transformer => {
            let mut query = w.query::<(&Transformer, &TransformerFlow)>();
            for (row, (t, f)) in (0_u32..).zip(query.iter(w)) {
                let (rating, limit) = (t.rating_va.into(), t.limit_w.into());
                let (net, ev) = (f.net_w.into(), f.ev_w.into());
                let (peak, overload) = (f.peak_w.into(), f.overload_s.into());
                visit(&[row.into(), t.feeder.into(), zone(t.zone), rating, limit, net, ev, peak, overload])?;
            }
        }
        Kind::Feeder => {
            let mut query = w.query::<(&Feeder, &BranchFlow)>();
            for (row, (f, flow)) in (0_u32..).zip(query.iter(w)) {
                let (count, limit) = (f.transformers.len.into(), f.limit_w.into());
                let (net, peak, overload) = (flow.net_w.into(), flow.peak_w.into(), flow.overload_s.into());
                visit(&[row.into(), f.substation.into(), zone(f.zone), count, limit, net, peak, overload])?;
            }
        }
        _ => {
            let mut query = w.query::<(&Substation, &BranchFlow)>();
            for (row, (s, flow)) in (0_u32..).zip(query.iter(w)) {
                let district = Value::Name(districts[usize::from(s.district)].clone());
                let (count, limit) = (s.feeders.len.into(), (s.limit_w as i64).into());
                let (net, peak, overload) = (flow.net_w.into(), flow.peak_w.into(), flow.overload_s.into());
                visit(&[row.into(), district, count, limit, net, peak, overload])?;
            }
        }
    }
    Ok(())
}

/// What is summed by zone.
#[derive(Clone, Default)]
struct Sums {
    vehicles: i64,
    charging: i64,
    charging_w: i64,
    discharging_w: i64,
    stations: i64,
    chargers: i64,
    plugged: i64,
    net_w: i64,
    limit_w: i64,
}

impl Sums {
    fn add(&mut self, more: &Self) {
        self.vehicles += more.vehicles;
        self.charging += more.charging;
        self.charging_w += more.charging_w;
        self.discharging_w += more.discharging_w;
        self.stations += more.stations;
        self.chargers += more.chargers;
        self.plugged += more.plugged;
        self.net_w += more.net_w;
        self.limit_w += more.limit_w;
    }

    fn values(&self) -> [Value; 9] {
        [
            self.vehicles,
            self.charging,
            self.charging_w,
            self.discharging_w,
            self.stations,
            self.chargers,
            self.plugged,
            self.net_w,
            self.limit_w,
        ]
        .map(Value::Whole)
    }
}

fn sums_by_zone(twin: &mut Twin) -> Vec<Sums> {
    let now_s = twin.clock().now_s();
    let w = twin.world_mut();
    let guns: Vec<bool> = w.query::<&Gun>().iter(w).map(|gun| gun.vehicle != NONE).collect();
    let mut states = w.query::<&VehicleState>();
    let mut stations = w.query::<&Station>();
    let mut transformers = w.query::<(&Transformer, &TransformerFlow)>();
    let w: &World = w;
    let (shards, tree) = (w.resource::<FleetShards>(), w.resource::<Tree>());
    let mut sums = vec![Sums::default(); tree.zone_ids.len()];
    for (row, s) in (0..).zip(states.iter(w)) {
        let (sum, power_w) = (&mut sums[usize::from(s.zone)], shards.battery_w(row, s, now_s));
        sum.vehicles += 1;
        sum.charging += i64::from(power_w > 0);
        sum.charging_w += power_w.max(0);
        sum.discharging_w -= power_w.min(0);
    }
    for station in stations.iter(w) {
        let sum = &mut sums[usize::from(station.zone)];
        let mine = &guns[station.first_gun as usize..(station.first_gun + station.guns) as usize];
        sum.stations += 1;
        sum.chargers += i64::from(station.guns);
        sum.plugged += mine.iter().filter(|plugged| **plugged).count() as i64;
    }
    for (t, flow) in transformers.iter(w) {
        let sum = &mut sums[usize::from(t.zone)];
        sum.net_w += i64::from(flow.net_w);
        sum.limit_w += i64::from(t.limit_w);
    }
    sums
}

fn zones(twin: &mut Twin, visit: &mut Visit) -> io::Result<()> {
    let sums = sums_by_zone(twin);
    let w = twin.world_mut();
    let tree = w.resource::<Tree>();
    for (zone, sum) in w.resource::<Geography>().zones().iter().zip(sums) {
        let district = Value::Name(tree.districts[usize::from(zone.district)].clone());
        let place = [zone.lon, zone.lat, zone.area_m2].map(Value::Number);
        let row: Vec<Value> = [zone.id.into(), district].into_iter().chain(place).chain(sum.values()).collect();
        visit(&row)?;
    }
    Ok(())
}

fn districts(twin: &mut Twin, visit: &mut Visit) -> io::Result<()> {
    let of_zones = sums_by_zone(twin);
    let tree = twin.resource::<Tree>();
    let mut sums = vec![(0_i64, Sums::default()); tree.districts.len()];
    for (&district, of_zone) in tree.zone_district.iter().zip(&of_zones) {
        let (zones, sum) = &mut sums[usize::from(district)];
        *zones += 1;
        sum.add(of_zone);
    }
    for (row, (name, (zones, sum))) in (0_u32..).zip(tree.districts.iter().zip(sums)) {
        let keys = [row.into(), Value::Name(name.clone()), zones.into()];
        let row: Vec<Value> = keys.into_iter().chain(sum.values()).collect();
        visit(&row)?;
    }
    Ok(())
}

const fn chemistry(chemistry: Chemistry) -> &'static str {
    match chemistry {
        Chemistry::Lfp => "lfp",
        Chemistry::Nmc => "nmc",
    }
}

const fn access(access: Access) -> &'static str {
    match access {
        Access::Public => "public",
        Access::Compound => "compound",
        Access::Own => "own",
        Access::Depot => "depot",
    }
}

const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Parked => "parked",
        Phase::Driving => "driving",
        Phase::Detour => "to_station",
        Phase::Returning => "from_station",
        Phase::Asking => "asking",
        Phase::Queued => "queued",
        Phase::Plugged => "plugged",
    }
}

const fn place(place: Place) -> &'static str {
    match place {
        Place::Home => "home",
        Place::Work => "work",
        Place::Errand => "errand",
        Place::Street => "street",
        Place::Depot => "depot",
    }
}

const fn status(status: GunStatus) -> &'static str {
    match status {
        GunStatus::Available => "available",
        GunStatus::Plugged => "plugged",
        GunStatus::Faulted => "faulted",
        GunStatus::LongFailed => "long_failed",
    }
}
